/* SPDX-License-Identifier: Apache-2.0 */
/* Orders to the desk. */
#include "cmd/order.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "role/case_result.h"
#include "role/command_send.h"

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

int
order_send(const struct conf *conf, struct command *command, uint64_t *sequence)
{
	struct timespec now;
	int error;

	clock_gettime(CLOCK_REALTIME, &now);
	command->time.us = (int64_t)now.tv_sec * TIMES_SECOND_US +
			   now.tv_nsec / 1000;
	command_actor(command->actor);
	error = command_send(conf, command, COMMAND_WAIT, sequence);
	return error ? not_sent(conf, error) : CMD_DONE;
}

int
order_results(struct store *store, uint64_t sequence, bool json)
{
	bool refused;
	const int error = case_results(store, sequence, json, &refused);

	if (error)
		fprintf(stderr,
			"lazaret: the desk took the order but says not what "
			"became of it: %s; see what it wrote to its standard "
			"error\n",
			lz_strerror(error));
	return error ? CMD_FAULT : refused ? CMD_REFUSED : CMD_DONE;
}
