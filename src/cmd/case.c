/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret case`: what the desk knows, and what a person decides. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "role/case_show.h"

static const char help[] =
    "usage: lazaret case list [--state STATE]... [--all] [--json]\n"
    "       lazaret case show CASE [--json]\n"
    "Shows cases.  CASE is its number or the first digits of it, the code of "
    "a\n"
    "notice (LZ-XXXX-XXXX-XXXX), or a party as `list` shows it.\n"
    "\n"
    "  --state S   watching, open, noticed, quarantined, probation, held,\n"
    "              closed or dismissed; by default all but the last two\n"
    "  --all       closed and dismissed ones too\n"
    "  --json      JSON lines\n"
    "  --config C  whose state_dir is read\n"
    "\n"
    "example: lazaret case list --state quarantined\n";

#define STATES_OVER ((1u << CASE_CLOSED) | (1u << CASE_DISMISSED))

struct asked {
	const char *config;
	uint32_t states; /* bit per enum case_state; 0: by default */
	bool json;
};

static int
usage(const char *what)
{
	fprintf(stderr, "lazaret case: %s; see `lazaret case --help`\n", what);
	return CMD_USAGE;
}

static bool
state_add(const char *name, uint32_t *states)
{
	for (unsigned state = 1; state < CASE_STATE_COUNT; state++) {
		if (strcmp(case_state_name(state), name) != 0)
			continue;
		*states |= 1u << state;
		return true;
	}
	fprintf(stderr, "lazaret case: there is no state '%s'\n", name);
	return false;
}

static int
answer(struct store *store, const struct asked *asked, const char *which)
{
	const uint32_t states = asked->states ? asked->states : ~STATES_OVER;
	uint64_t case_id;
	int error;

	if (!which) {
		error = case_list(store, states, asked->json);
	} else {
		error = case_find(store, which, &case_id);
		if (error == LZ_E_NOT_FOUND || error == LZ_E_FORMAT)
			return usage("there is no such case");
		if (error == LZ_E_FULL)
			return usage("several cases begin like that");
		if (!error)
			error = case_show(store, case_id, asked->json);
	}
	if (error)
		fprintf(stderr, "lazaret case: %s: %s\n", lz_strerror(error),
			store_message(store));
	return error ? CMD_FAULT : fflush(stdout) == 0 ? CMD_DONE : CMD_FAULT;
}

static int
show(const struct asked *asked, const char *which)
{
	struct conf *conf = options_conf(asked->config);
	struct store *store = conf ? case_store_open(conf) : NULL;
	int code = !conf ? CMD_CONF : CMD_MISSING;

	if (store)
		code = answer(store, asked, which);
	store_close(store);
	conf_free(conf);
	return code;
}

int
cmd_case(int argc, char **argv)
{
	static const struct option names[] = {{"state", required_argument, NULL,
					       's'},
					      {"all", no_argument, NULL, 'a'},
					      {"json", no_argument, NULL, 'j'},
					      {"config", required_argument,
					       NULL, 'c'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	struct asked asked = {0};
	int name;
	bool listing;

	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		if (name == '?' ||
		    (name == 's' && !state_add(optarg, &asked.states)))
			return CMD_USAGE;
		if (name == 'a')
			asked.states = UINT32_MAX;
		asked.json = asked.json || name == 'j';
		asked.config = name == 'c' ? optarg : asked.config;
	}
	if (optind == argc)
		return usage("expected list, show or an act");
	listing = strcmp(argv[optind], "list") == 0;
	if (!listing && strcmp(argv[optind], "show") != 0)
		return usage("expected list, show or an act");
	if (argc - optind != (listing ? 1 : 2))
		return usage(listing ? "list takes no further word"
				     : "expected one case, as `case list` "
				       "shows it");
	return show(&asked, listing ? NULL : argv[optind + 1]);
}
