/* SPDX-License-Identifier: Apache-2.0 */
/* lazaret-registrar: who holds what address and port (role/registrar.h). */
#include <stdio.h>

#include "role/registrar.h"

int
main(int argc, char **argv)
{
	struct role role;
	struct registrar *registrar = NULL;
	const char *note = "";
	int code = role_begin(&role, ROLE_REGISTRAR, argc, argv);

	if (!code)
		code = registrar_open(&role, &registrar);
	if (!code) {
		const int error =
		    role_sandbox(&role, registrar_needs(registrar), &note);

		if (error) {
			fprintf(stderr, "registrar: no sandbox: %s\n",
				lz_strerror(error));
			code = 5;
		}
	}
	if (!code)
		code = registrar_run(registrar, note);
	registrar_free(registrar);
	role_end(&role);
	return code;
}
