/* SPDX-License-Identifier: Apache-2.0 */
/* lazaret-notifier: outbox in, messages and receipts out (role/notifier.h). */
#include <stdio.h>

#include "role/notifier.h"

int
main(int argc, char **argv)
{
	struct role role;
	struct notifier *notifier = NULL;
	const char *note = "";
	int code = role_begin(&role, ROLE_NOTIFIER, argc, argv);

	if (!code)
		code = notifier_open(&role, &notifier);
	if (!code) {
		const int error = role_sandbox(&role, notifier_needs(notifier),
					       &note);

		if (error) {
			fprintf(stderr, "notifier: no sandbox: %s\n",
				lz_strerror(error));
			code = 5;
		}
	}
	if (!code)
		code = notifier_run(notifier, note);
	notifier_free(notifier);
	role_end(&role);
	return code;
}
