/* SPDX-License-Identifier: Apache-2.0 */
/* The acts of `lazaret case`: orders to the desk. */
#include "cmd/case_act.h"

#include <stdio.h>
#include <unistd.h>

#include "cmd/case_fill.h"
#include "cmd/cmd.h"
#include "cmd/order.h"
#include "role/case_find.h"

int
case_choose(struct store *store, const char *which, uint64_t *case_id)
{
	const int error = case_find(store, which, case_id);

	switch (error) {
	case 0:
		return CMD_DONE;
	case LZ_E_FORMAT:
		fprintf(stderr,
			"lazaret: '%s' names no case: expected its number or "
			"at least the first 4 digits of it, the code of a "
			"notice, or a party\n",
			which);
		return CMD_USAGE;
	case LZ_E_NOT_FOUND:
		fprintf(stderr,
			"lazaret: there is no case '%s'; `lazaret case list "
			"--all` shows all\n",
			which);
		return CMD_REFUSED;
	case LZ_E_FULL:
		fprintf(stderr,
			"lazaret: several cases begin with '%s': give more "
			"digits\n",
			which);
		return CMD_REFUSED;
	default:
		fprintf(stderr, "lazaret: %s: %s\n", lz_strerror(error),
			store_message(store));
		return CMD_FAULT;
	}
}

static bool
is_agreed(const struct case_asked *asked)
{
	char answer[8] = "";

	if (!(asked->given & ASKED_ALL) || (asked->given & ASKED_YES) ||
	    !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	fputs("This lifts every measure of every case. Go on? [y/N] ", stderr);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return answer[0] == 'y' || answer[0] == 'Y';
}

int
case_act_run(const struct case_asked *asked, const struct conf *conf)
{
	struct command command = {.case_id = 0};
	struct store *store = case_store_open(conf);
	uint64_t sequence;
	int code;

	if (!store)
		return CMD_MISSING;
	code = asked->which ? case_choose(store, asked->which, &command.case_id)
			    : CMD_DONE;
	if (code == CMD_DONE)
		code = case_fill(asked, store, &command);
	if (code == CMD_DONE && !is_agreed(asked)) {
		fputs("lazaret: nothing was ordered\n", stderr);
		code = CMD_REFUSED;
	}
	if (code == CMD_DONE)
		code = order_send(conf, &command, &sequence);
	if (code == CMD_DONE)
		code = order_results(store, sequence, asked->json);
	store_close(store);
	return code;
}
