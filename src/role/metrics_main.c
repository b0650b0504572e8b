/* SPDX-License-Identifier: Apache-2.0 */
/* lazaret-metrics: health and counters over HTTP (role/metrics.h). */
#include <stdio.h>

#include "role/metrics.h"

int
main(int argc, char **argv)
{
	struct role role;
	struct metrics *metrics = NULL;
	const char *note = "";
	int code = role_begin(&role, ROLE_METRICS, argc, argv);

	if (!code)
		code = metrics_open(&role, &metrics);
	if (!code) {
		const int error = role_sandbox(&role, metrics_needs(metrics),
					       &note);

		if (error) {
			fprintf(stderr, "metrics: no sandbox: %s\n",
				lz_strerror(error));
			code = 5;
		}
	}
	if (!code)
		code = metrics_run(metrics, note);
	metrics_free(metrics);
	role_end(&role);
	return code;
}
