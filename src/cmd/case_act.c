/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret case hold`, `release`, `dismiss`, `resume`: orders to the desk. */
#include "cmd/case_act.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "role/case_find.h"
#include "role/case_result.h"
#include "role/command_send.h"

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

	if (!asked->all || asked->yes || !isatty(STDIN_FILENO) ||
	    !isatty(STDERR_FILENO))
		return true;
	fputs("This lifts every measure of every case. Go on? [y/N] ", stderr);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return answer[0] == 'y' || answer[0] == 'Y';
}

static int
not_sent(const struct conf *conf, int error)
{
	switch (error) {
	case -ETIMEDOUT:
		fprintf(stderr, "lazaret: the desk hasn't answered yet; the "
				"order is safe in the command spool and will "
				"be done when the desk comes to it\n");
		return CMD_MISSING;
	case LZ_E_STATE:
		fprintf(stderr,
			"lazaret: the desk isn't running (nobody listens at "
			"%s/desk.bell); nothing was ordered. Start it with "
			"`lazaret run`\n",
			conf->run_dir);
		return CMD_MISSING;
	case LZ_E_EXISTS:
		fprintf(stderr, "lazaret: another `lazaret case` holds the "
				"command spool; nothing was ordered, try "
				"again\n");
		return CMD_MISSING;
	case -EACCES:
	case -EPERM:
		fprintf(stderr,
			"lazaret: %s/command/spool or %s/desk.bell: %s; "
			"nothing was ordered. Run it as root, or as the user "
			"who runs `lazaret run`\n",
			conf->state_dir, conf->run_dir, strerror(-error));
		return CMD_MISSING;
	default:
		fprintf(stderr,
			"lazaret: %s/command/spool: %s; nothing was ordered\n",
			conf->state_dir, lz_strerror(error));
		return CMD_FAULT;
	}
}

static int
order(const struct case_asked *asked, const struct conf *conf, uint64_t case_id,
      uint64_t *sequence)
{
	struct command command = {.act = asked->act, .case_id = case_id};
	struct timespec now;
	int error;

	clock_gettime(CLOCK_REALTIME, &now);
	command.time.us = (int64_t)now.tv_sec * TIMES_SECOND_US +
			  now.tv_nsec / 1000;
	command_actor(command.actor);
	(void)text_copy(command.reason, sizeof(command.reason),
			slice_of(asked->reason ? asked->reason : ""));
	error = command_send(conf, &command, COMMAND_WAIT, sequence);
	return error ? not_sent(conf, error) : CMD_DONE;
}

int
case_act(const struct case_asked *asked, const struct conf *conf)
{
	struct store *store = case_store_open(conf);
	uint64_t case_id = 0, sequence;
	bool refused;
	int code = CMD_MISSING, error;

	if (!store)
		return CMD_MISSING;
	code = asked->all ? CMD_DONE
			  : case_choose(store, asked->which, &case_id);
	if (code == CMD_DONE && !is_agreed(asked)) {
		fputs("lazaret: nothing was ordered\n", stderr);
		code = CMD_REFUSED;
	}
	if (code == CMD_DONE)
		code = order(asked, conf, case_id, &sequence);
	if (code == CMD_DONE) {
		error = case_results(store, sequence, asked->json, &refused);
		if (error)
			fprintf(stderr,
				"lazaret: the desk took the order but says not "
				"what became of it: %s; see what it wrote to "
				"its standard error\n",
				lz_strerror(error));
		code = error ? CMD_FAULT : refused ? CMD_REFUSED : CMD_DONE;
	}
	store_close(store);
	return code;
}
