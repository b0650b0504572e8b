/* SPDX-License-Identifier: Apache-2.0 */
/* lazaret-enforcer: desired state in, a device as desired (role/enforcer.h). */
#include <stdio.h>

#include "role/enforcer.h"

int
main(int argc, char **argv)
{
	struct role role;
	struct enforcer *enforcer = NULL;
	const char *note = "";
	int code = role_begin(&role, ROLE_ENFORCER, argc, argv);

	if (!code)
		code = enforcer_open(&role, &enforcer);
	if (!code) {
		const int error = role_sandbox(&role, enforcer_needs(enforcer),
					       &note);

		if (error) {
			fprintf(stderr, "enforcer: no sandbox: %s\n",
				lz_strerror(error));
			code = 5;
		}
	}
	if (!code)
		code = enforcer_run(enforcer, note);
	enforcer_free(enforcer);
	role_end(&role);
	return code;
}
