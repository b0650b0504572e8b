/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret audit`: who looked up who held an address, and why. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "role/audit_show.h"
#include "role/case_find.h"

static const char help[] =
    "usage: lazaret audit [--since TIME] [--json]\n"
    "Lists the look-ups of who held an address that are kept: when, who "
    "asked,\n"
    "what, how it was answered, why, and for which case. They are kept a "
    "year.\n"
    "\n"
    "  --since TIME  RFC 3339; those since then\n"
    "  --json        JSON lines\n"
    "  --config C    whose state_dir is read\n"
    "\n"
    "example: lazaret audit --since 2024-06-20T00:00:00Z\n";

int
cmd_audit(int argc, char **argv)
{
	static const struct option names[] = {{"since", required_argument, NULL,
					       's'},
					      {"json", no_argument, NULL, 'j'},
					      {"config", required_argument,
					       NULL, 'c'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	struct at_event since = {TIMES_EARLIEST_US};
	const char *config = NULL;
	struct store *store;
	struct conf *conf;
	bool json = false;
	int name, error;

	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		if (name == '?' ||
		    (name == 's' &&
		     times_parse(slice_of(optarg), &since.us) != 0)) {
			fputs("lazaret audit: --since TIME, as "
			      "2024-06-20T10:00:00Z; see `lazaret audit "
			      "--help`\n",
			      stderr);
			return CMD_USAGE;
		}
		config = name == 'c' ? optarg : config;
		json = json || name == 'j';
	}
	if (optind != argc) {
		fputs("lazaret audit: takes no argument; see `lazaret audit "
		      "--help`\n",
		      stderr);
		return CMD_USAGE;
	}
	conf = options_conf(config);
	if (!conf)
		return CMD_CONF;
	store = case_store_open(conf);
	conf_free(conf);
	if (!store)
		return CMD_MISSING;
	error = audit_show(store, since, json);
	if (error)
		fprintf(stderr, "lazaret audit: %s: %s\n", lz_strerror(error),
			store_message(store));
	store_close(store);
	return error || fflush(stdout) != 0 ? CMD_FAULT : CMD_DONE;
}
