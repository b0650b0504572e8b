/* SPDX-License-Identifier: Apache-2.0 */
/* lazaret-desk: sightings, receipts and commands in, cases out (role/desk.h). */
#include <stdio.h>

#include "role/desk.h"

int
main(int argc, char **argv)
{
	struct role role;
	struct desk *desk = NULL;
	const char *note = "";
	int code = role_begin(&role, ROLE_DESK, argc, argv);

	if (!code)
		code = desk_open(&role, &desk);
	if (!code) {
		const int error = role_sandbox(&role, desk_needs(desk), &note);

		if (error) {
			fprintf(stderr, "desk: no sandbox: %s\n",
				lz_strerror(error));
			code = 5;
		}
	}
	if (!code)
		code = desk_run(desk, note);
	desk_free(desk);
	role_end(&role);
	return code;
}
