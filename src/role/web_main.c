/* SPDX-License-Identifier: Apache-2.0 */
/* lazaret-web: the subscribers' portal (role/web.h). */
#include <stdio.h>

#include "role/web.h"

int
main(int argc, char **argv)
{
	struct role role;
	struct web *web = NULL;
	const char *note = "";
	int code = role_begin(&role, ROLE_WEB, argc, argv);

	if (!code)
		code = web_open(&role, &web);
	if (!code) {
		const int error = role_sandbox(&role, web_needs(web), &note);

		if (error) {
			fprintf(stderr, "web: no sandbox: %s\n",
				lz_strerror(error));
			code = 5;
		}
	}
	if (!code)
		code = web_run(web, note);
	web_free(web);
	role_end(&role);
	return code;
}
