/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret who`: who held an address at a time, and how sure that is. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "role/command_send.h"
#include "role/file_bindings.h"
#include "role/who_tell.h"

static const char help[] =
    "usage: lazaret who ADDR[:PORT][/PROTO] --at TIME [--reveal] [--json]\n"
    "                   [--why TEXT] [--case CASE]\n"
    "Says who held an address at a time, how sure that is, and why.\n"
    "\n"
    "  --at TIME    RFC 3339, as 2024-06-20T10:00:00Z\n"
    "  --reveal     name the account behind a party number; binding files "
    "that\n"
    "               are read directly hide none\n"
    "  --why TEXT   why you ask; a look-up in the registrar's index is kept "
    "for\n"
    "               a year, with who asked: `lazaret audit` lists them\n"
    "  --case CASE  for which case; kept, too\n"
    "  --json       one JSON object\n"
    "  --config C   its bindings are asked: lists, and the registrar's index;\n"
    "               where no registrar has run, the files it names are read\n"
    "\n"
    "example: lazaret who 192.0.2.7 --at 2024-06-20T10:00:00Z\n"
    "         lazaret who '[2001:db8::7]:443/tcp' --at ...\n";

static int
usage(const char *what)
{
	fprintf(stderr, "lazaret who: %s; see `lazaret who --help`\n", what);
	return CMD_USAGE;
}

static int
misread(const char *which, const char *what, const char *expected)
{
	fprintf(stderr,
		"lazaret who: %s: '%s' can't be read; expected something as "
		"%s\n",
		which, what, expected);
	return CMD_USAGE;
}

static int
ask(const struct who_order *order, const char *config)
{
	struct conf *conf = options_conf(config);
	struct holders *holders = conf ? file_holders_open(conf, HOLDERS_ALL)
				       : NULL;
	int code = !conf ? CMD_CONF : !holders ? CMD_INPUT : CMD_DONE;
	int error = 0;

	if (code == CMD_DONE && !who_heard(conf, holders))
		code = CMD_MISSING;
	if (code == CMD_DONE && order->asked.reveal &&
	    !holders_indexed(holders))
		fputs("lazaret who: --reveal has nothing to add: names of "
		      "binding files are shown as they stand there\n",
		      stderr);
	if (code == CMD_DONE)
		error = who_tell(conf, holders, order);
	if (error)
		code = error == LZ_E_STATE ? CMD_MISSING : CMD_FAULT;
	holders_close(holders);
	conf_free(conf);
	return code;
}

static int
check(struct who_order *order, int argc, char **argv, const char *at)
{
	const char *wrong = NULL;

	if (optind + 1 != argc)
		return usage(optind == argc ? "which address?"
					    : "one address at a time");
	if (endpoint_parse(slice_of(argv[optind]), &order->asked.endpoint))
		return misread("the address", argv[optind],
			       "192.0.2.7, 192.0.2.7:443/tcp or "
			       "'[2001:db8::7]:443/tcp'");
	if (!at)
		return usage("--at TIME is needed, as 2024-06-20T10:00:00Z");
	if (times_parse(slice_of(at), &order->asked.at.us) != 0)
		return misread("--at", at,
			       "2024-06-20T10:00:00Z or "
			       "2024-06-20T12:00:00+02:00");
	if (order->why)
		wrong = command_reason_check(order->why);
	if (!wrong && order->about)
		wrong = command_reason_check(order->about);
	if (!wrong)
		return CMD_DONE;
	fprintf(stderr, "lazaret who: --why or --case: %s\n", wrong);
	return CMD_USAGE;
}

int
cmd_who(int argc, char **argv)
{
	static const struct option names[] = {
	    {"at", required_argument, NULL, 'a'},
	    {"reveal", no_argument, NULL, 'r'},
	    {"why", required_argument, NULL, 'w'},
	    {"case", required_argument, NULL, 'b'},
	    {"json", no_argument, NULL, 'j'},
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	struct who_order order = {.why = NULL};
	const char *at = NULL, *config = NULL;
	int name, code;

	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		if (name == '?')
			return CMD_USAGE;
		at = name == 'a' ? optarg : at;
		config = name == 'c' ? optarg : config;
		order.why = name == 'w' ? optarg : order.why;
		order.about = name == 'b' ? optarg : order.about;
		order.json = order.json || name == 'j';
		order.asked.reveal = order.asked.reveal || name == 'r';
	}
	code = check(&order, argc, argv, at);
	return code == CMD_DONE ? ask(&order, config) : code;
}
