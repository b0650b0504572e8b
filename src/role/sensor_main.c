/* SPDX-License-Identifier: Apache-2.0 */
/* lazaret-sensor: flows in, sightings out (role/sensor.h). */
#include <stdio.h>

#include "role/sensor.h"

int
main(int argc, char **argv)
{
	struct role role;
	struct sensor *sensor = NULL;
	const char *note = "";
	int code = role_begin(&role, ROLE_SENSOR, argc, argv);

	if (!code)
		code = sensor_open(&role, &sensor);
	if (!code) {
		const int error = role_sandbox(&role, sensor_needs(sensor),
					       &note);

		if (error) {
			fprintf(stderr, "sensor: no sandbox: %s\n",
				lz_strerror(error));
			code = 5;
		}
	}
	if (!code)
		code = sensor_run(sensor, note);
	sensor_free(sensor);
	role_end(&role);
	return code;
}
