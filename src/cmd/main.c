/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret`: finds the subcommand. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
    {"audit", cmd_audit, "list look-ups of who held an address"},
    {"case", cmd_case, "show cases, decide about them"},
    {"check-config", cmd_check_config, "check or explain a configuration"},
    {"decode", cmd_decode, "print the records of flow files"},
    {"effect", cmd_effect, "measure whether what is done works"},
    {"explain", cmd_explain, "tell why a case is where it is"},
    {"generate", cmd_generate, "make an invented provider's traffic"},
    {"policy", cmd_policy, "show, compare and try policies; stop all"},
    {"recall", cmd_recall, "take back what rests on something wrong"},
    {"replay", cmd_replay, "run recorded flows through the whole chain"},
    {"run", cmd_run, "start the roles and keep them running"},
    {"shadow", cmd_shadow, "judge what would be done, before it is"},
    {"version", cmd_version, "say which version this is"},
    {"who", cmd_who, "say who held an address at a time"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
help(FILE *to)
{
	fputs("usage: lazaret COMMAND [OPTIONS]; each command has --help\n\n",
	      to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-12s %s\n", commands[i].name, commands[i].what);
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		help(stderr);
		return CMD_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		help(stdout);
		return CMD_DONE;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr,
		"lazaret: no command '%s'; `lazaret --help` lists them\n",
		argv[1]);
	return CMD_USAGE;
}
