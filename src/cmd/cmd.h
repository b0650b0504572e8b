/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of `lazaret`, and what they answer to the shell. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

enum cmd_exit {
	CMD_DONE = 0,
	CMD_REFUSED = 1, /* done, but something was refused or lost */
	CMD_USAGE = 2,
	CMD_CONF = 3,
	CMD_INPUT = 4,   /* input unreadable */
	CMD_MISSING = 5, /* a service or package isn't there */
	CMD_FAULT = 70   /* our fault */
};

/* argv[0] is the subcommand's name; each answers one of cmd_exit. */
int cmd_audit(int argc, char **argv);
int cmd_case(int argc, char **argv);
int cmd_check_config(int argc, char **argv);
int cmd_decode(int argc, char **argv);
int cmd_effect(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_generate(int argc, char **argv);
int cmd_policy(int argc, char **argv);
/* `policy stop` and `policy go`; argv[0] is stop or go. */
int cmd_policy_stop(int argc, char **argv);
int cmd_recall(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_shadow(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_who(int argc, char **argv);

#endif
