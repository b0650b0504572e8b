/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret run`: the supervisor of all roles. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "role/supervisor.h"

static const char help[] =
    "usage: lazaret run [--config FILE] [--json] [--role NAME]...\n"
    "Starts the roles the configuration asks for and restarts what dies, "
    "until\n"
    "SIGTERM or SIGINT.  SIGHUP restarts the roles with the configuration "
    "read\n"
    "anew; the listening addresses stay.\n"
    "\n"
    "  --json       print a `listening` line for each socket on standard "
    "output\n"
    "  --role NAME  start these roles alone: sensor, registrar, desk, "
    "notifier,\n"
    "               enforcer, web, metrics; without it all that the\n"
    "               configuration has work for\n"
    "\n"
    "example: lazaret run --config /etc/lazaret/lazaret.yaml\n";

static bool
role_known(const char *name)
{
	static const char *const names[] = {"sensor",   "registrar", "desk",
					    "notifier", "enforcer",  "web",
					    "metrics"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	fprintf(stderr, "lazaret run: there is no role '%s'\n", name);
	return false;
}

int
cmd_run(int argc, char **argv)
{
	static const struct option known[] = {{"config", required_argument,
					       NULL, 'c'},
					      {"json", no_argument, NULL, 'j'},
					      {"role", required_argument, NULL,
					       'r'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	struct supervisor_order order = {0};
	const char *given = NULL;
	struct conf *conf;
	int c, code;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'c') {
			given = optarg;
		} else if (c == 'j') {
			order.json = true;
		} else if (c == 'r' && role_known(optarg) &&
			   order.role_count < SUPERVISOR_ROLES_MAX) {
			order.roles[order.role_count++] = optarg;
		} else if (c == 'h') {
			fputs(help, stdout);
			return CMD_DONE;
		} else {
			return CMD_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "lazaret run: unexpected '%s'; see --help\n",
			argv[optind]);
		return CMD_USAGE;
	}
	conf = options_conf(given);
	if (!conf)
		return CMD_CONF;
	order.conf = conf;
	order.conf_file = conf_path(given, getenv("LAZARET_CONFIG"));
	code = supervisor_run(&order);
	conf_free(conf);
	return code;
}
