/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret who`: who held an address at a time, and how sure that is. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "ident/identify.h"
#include "role/bindings.h"
#include "role/chain.h"
#include "role/print_who.h"

static const char help[] =
    "usage: lazaret who ADDR[:PORT][/PROTO] --at TIME [--reveal] [--json]\n"
    "Says who held an address at a time, how sure that is, and why.\n"
    "\n"
    "  --at TIME   RFC 3339, as 2024-06-20T10:00:00Z\n"
    "  --reveal    name the account behind a party number; binding files "
    "that\n"
    "              are read directly hide none\n"
    "  --json      one JSON object\n"
    "  --config C  its bindings are asked\n"
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
answer(struct identity_question *question, const char *config, bool json)
{
	struct conf *conf = options_conf(config);
	struct binding_list *list = conf ? bindings_read(conf) : NULL;
	struct identity_answer found;
	struct binding_cursor cursor;
	char line[8192];
	struct text text;

	if (list) {
		cursor = binding_list_cursor(list);
		identify(&cursor, question, &found);
		text_init(&text, line, sizeof(line));
		(json ? print_who_json : print_who)(&text, list, &found);
		fputs(line, stdout);
	}
	binding_list_free(list);
	conf_free(conf);
	return !conf                 ? CMD_CONF
	       : !list               ? CMD_INPUT
	       : fflush(stdout) == 0 ? CMD_DONE
				     : CMD_FAULT;
}

int
cmd_who(int argc, char **argv)
{
	static const struct option names[] = {
	    {"at", required_argument, NULL, 'a'},
	    {"reveal", no_argument, NULL, 'r'},
	    {"json", no_argument, NULL, 'j'},
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	struct identity_question question = {0};
	struct endpoint endpoint;
	const char *config = NULL, *at = NULL;
	bool json = false, reveal = false;
	int name;

	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		if (name == '?')
			return CMD_USAGE;
		at = name == 'a' ? optarg : at;
		config = name == 'c' ? optarg : config;
		json = json || name == 'j';
		reveal = reveal || name == 'r';
	}
	if (optind + 1 != argc ||
	    endpoint_parse(slice_of(argv[optind]), &endpoint) != 0)
		return usage("expected one address, as 192.0.2.7 or "
			     "[2001:db8::7]:443/tcp");
	if (!at || times_parse(slice_of(at), &question.first.us) != 0)
		return usage("--at TIME is needed, as 2024-06-20T10:00:00Z");
	if (reveal)
		fputs("lazaret who: --reveal has nothing to add: names of "
		      "binding files are shown as they stand there\n",
		      stderr);
	question.last = question.first;
	question.addr = endpoint.addr;
	question.port = endpoint.port;
	/* The clock of who wrote the bindings, as the desk allows for it. */
	question.error_us = CHAIN_BINDING_ERROR_US;
	return answer(&question, config, json);
}
