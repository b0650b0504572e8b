/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret explain`: why a case is where it is. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/case_act.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "role/case_find.h"
#include "role/explain.h"

static const char help[] =
    "usage: lazaret explain CASE [--again] [--zone Z] [--json]\n"
    "Tells the story of a case, step by step: what came in, what was decided\n"
    "and why, what was done, would be done or was refused, under which "
    "policy;\n"
    "what it rests on and how each sighting counts; what would have happened\n"
    "otherwise; and what happens next.  CASE as in `lazaret case`.\n"
    "\n"
    "  --again     step all that was recorded once more and print what this\n"
    "              program decides otherwise today; exit 1 if anything is\n"
    "  --zone Z    of times shown: UTC or as +02:00\n"
    "  --json      JSON lines\n"
    "  --config C  whose state_dir is read\n"
    "\n"
    "example: lazaret explain LZ-7Q4K-M2XD-9PHT\n";

static int
usage(const char *what)
{
	fprintf(stderr, "lazaret explain: %s; see `lazaret explain --help`\n",
		what);
	return CMD_USAGE;
}

static int
answer(const struct conf *conf, const char *which, const struct explain *how)
{
	struct store *store = case_store_open(conf);
	struct case_policy present = conf->policy;
	struct explain told = *how;
	uint64_t case_id;
	bool differs = false;
	int code, error = 0;

	if (!store)
		return CMD_MISSING;
	case_policy_seal(&present);
	told.present = &present;
	code = case_choose(store, which, &case_id);
	if (code == CMD_DONE)
		error = explain_case(store, case_id, &told, &differs);
	if (error)
		fprintf(stderr, "lazaret explain: %s: %s\n", lz_strerror(error),
			store_message(store));
	store_close(store);
	if (error || fflush(stdout) != 0)
		return CMD_FAULT;
	return code == CMD_DONE && differs ? CMD_REFUSED : code;
}

int
cmd_explain(int argc, char **argv)
{
	static const struct option names[] = {
	    {"again", no_argument, NULL, 'a'},
	    {"zone", required_argument, NULL, 'z'},
	    {"json", no_argument, NULL, 'j'},
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	struct explain how = {0};
	const char *config = NULL;
	struct conf *conf;
	int name, code;

	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		if (name == '?')
			return CMD_USAGE;
		if (name == 'z' && !options_zone(optarg, &how.zone_s))
			return usage("--zone is UTC or as +02:00");
		how.again = how.again || name == 'a';
		how.json = how.json || name == 'j';
		config = name == 'c' ? optarg : config;
	}
	if (argc - optind != 1)
		return usage("expected one case, as `lazaret case list` shows "
			     "it");
	conf = options_conf(config);
	if (!conf)
		return CMD_CONF;
	code = answer(conf, argv[optind], &how);
	conf_free(conf);
	return code;
}
