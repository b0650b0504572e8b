/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret policy stop` and `policy go`: the stop switch. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/order.h"
#include "role/case_find.h"
#include "role/command_send.h"

static const char help[] =
    "usage: lazaret policy stop --reason TEXT [--notices] [--measures] "
    "[--json]\n"
    "       lazaret policy go --reason TEXT [--json]\n"
    "Stops automation for all cases at once: no notice goes out, no measure\n"
    "begins. Measures in force stay until they end; releases go on. `go` lets\n"
    "automation go on when a second, different person has said so.\n"
    "\n"
    "  --reason TEXT  why; it is shown by `lazaret case list`\n"
    "  --notices      stop only notices\n"
    "  --measures     stop only measures\n"
    "  --json         JSON lines\n"
    "  --config C     whose desk is told\n"
    "\n"
    "example: lazaret policy stop --reason \"the new list looks wrong\"\n";

struct asked {
	const char *config, *reason;
	uint8_t stops;
	bool json;
};

static int
usage(const char *verb, const char *what)
{
	fprintf(stderr,
		"lazaret policy %s: %s; see `lazaret policy %s "
		"--help`\n",
		verb, what, verb);
	return CMD_USAGE;
}

static int
act(const struct asked *asked, bool stop)
{
	struct command command = {.act = stop ? COMMAND_STOP : COMMAND_GO,
				  .stops = asked->stops};
	struct conf *conf = options_conf(asked->config);
	struct store *store;
	uint64_t sequence;
	int code;

	if (!conf)
		return CMD_CONF;
	(void)text_copy(command.reason, sizeof(command.reason),
			slice_of(asked->reason));
	store = case_store_open(conf);
	code = store ? order_send(conf, &command, &sequence) : CMD_MISSING;
	if (code == CMD_DONE)
		code = order_results(store, sequence, asked->json);
	store_close(store);
	conf_free(conf);
	return code;
}

int
cmd_policy_stop(int argc, char **argv)
{
	static const struct option names[] = {
	    {"reason", required_argument, NULL, 'r'},
	    {"notices", no_argument, NULL, 'n'},
	    {"measures", no_argument, NULL, 'm'},
	    {"json", no_argument, NULL, 'j'},
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	const char *verb = argv[0], *wrong;
	const bool stop = strcmp(verb, "stop") == 0;
	struct asked asked = {0};
	int name;

	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		if (name == '?')
			return CMD_USAGE;
		if (name == 'r')
			asked.reason = optarg;
		else if (name == 'c')
			asked.config = optarg;
		else if (name == 'j')
			asked.json = true;
		else
			asked.stops |= name == 'n' ? COMMAND_STOP_NOTICES
						   : COMMAND_STOP_MEASURES;
	}
	if (optind != argc)
		return usage(verb, "takes no further word");
	if (!asked.reason)
		return usage(verb, "--reason TEXT is needed");
	wrong = command_reason_check(asked.reason);
	if (wrong)
		return usage(verb, wrong);
	if (!stop && asked.stops)
		return usage(verb, "--notices and --measures are for stop");
	if (!asked.stops)
		asked.stops = COMMAND_STOP_NOTICES | COMMAND_STOP_MEASURES;
	return act(&asked, stop);
}
