/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret case`: what the desk knows, and what a person decides. */
#include <getopt.h>
#include <stdio.h>

#include "cmd/case_act.h"
#include "cmd/case_asked.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "role/case_find.h"
#include "role/case_show.h"

static const char help[] =
    "usage: lazaret case list [--state STATE]... [--all] [--json]\n"
    "       lazaret case show CASE [--json]\n"
    "       lazaret case hold CASE --reason TEXT     stop automation, a person "
    "decides\n"
    "       lazaret case resume CASE                 let it go on by itself\n"
    "       lazaret case release CASE|--all          lift every measure\n"
    "       lazaret case dismiss CASE --reason TEXT  a false alarm: end it\n"
    "       lazaret case object CASE                 the subscriber says: a "
    "mistake\n"
    "       lazaret case answer CASE --grant|--refuse --reason TEXT\n"
    "       lazaret case order CASE --measure M --reason-code C --reason TEXT\n"
    "       lazaret case merge CASE INTO             both are one customer's\n"
    "       lazaret case split CASE --sightings ID,..|--class C|--address A\n"
    "                          --to PARTY|new        those are another's\n"
    "CASE is its number or the first digits of it, the code of a notice\n"
    "(LZ-XXXX-XXXX-XXXX), or a party as `list` shows it (its newest case).\n"
    "Acts wait until the desk has done them and say what became of them.\n"
    "What needs two persons waits for a second, different one.\n"
    "\n"
    "  --state S        watching, open, noticed, quarantined, probation, "
    "held,\n"
    "                   closed, dismissed or merged; by default all but the "
    "last three\n"
    "  --all            list: ended ones too; release: all cases\n"
    "  --reason TEXT    why; it stands in the case\n"
    "  --grant          the objection is right: it ends, and that is said\n"
    "  --refuse         the objection isn't right: what it eased comes back\n"
    "  --measure M      limit, garden or block\n"
    "  --reason-code C  attack, infected, c2-hosted, amplifier, vulnerable or\n"
    "                   credentials: security, and nothing else\n"
    "  --sightings IDS  by number, as `show --json` prints them\n"
    "  --class C        all of a class, as `show` prints it\n"
    "  --address A      all of an address\n"
    "  --to PARTY       whose they are, by a case of theirs, or `new`\n"
    "  --yes            don't ask before `release --all`\n"
    "  --zone Z         of times shown: UTC or as +02:00\n"
    "  --json           JSON lines\n"
    "  --config C       whose state_dir is read\n"
    "\n"
    "example: lazaret case hold 4f0c --reason \"calls us at 10\"\n";

#define STATES_OVER \
	((1u << CASE_CLOSED) | (1u << CASE_DISMISSED) | (1u << CASE_MERGED))

static int
usage(const char *what)
{
	fprintf(stderr, "lazaret case: %s; see `lazaret case --help`\n", what);
	return CMD_USAGE;
}

static int
show(const struct case_asked *asked, const struct conf *conf)
{
	const uint32_t states = (asked->given & ASKED_ALL) ? UINT32_MAX
				: asked->states            ? asked->states
							   : ~STATES_OVER;
	const struct case_view view = {.json = asked->json,
				       .zone_s = asked->zone_s};
	struct store *store = case_store_open(conf);
	uint64_t case_id;
	int code = CMD_DONE, error = 0;

	if (!store)
		return CMD_MISSING;
	if (asked->which)
		code = case_choose(store, asked->which, &case_id);
	if (code == CMD_DONE)
		error = asked->which ? case_show(store, case_id, &view)
				     : case_list(store, states, &view);
	if (error)
		fprintf(stderr, "lazaret case: %s: %s\n", lz_strerror(error),
			store_message(store));
	store_close(store);
	if (error || fflush(stdout) != 0)
		return CMD_FAULT;
	return code;
}

int
cmd_case(int argc, char **argv)
{
	static const struct option names[] = {
	    {"state", required_argument, NULL, 's'},
	    {"all", no_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"yes", no_argument, NULL, 'y'},
	    {"reason", required_argument, NULL, 'r'},
	    {"grant", no_argument, NULL, 'g'},
	    {"refuse", no_argument, NULL, 'f'},
	    {"measure", required_argument, NULL, 'm'},
	    {"reason-code", required_argument, NULL, 'o'},
	    {"sightings", required_argument, NULL, 'i'},
	    {"class", required_argument, NULL, 'l'},
	    {"address", required_argument, NULL, 'd'},
	    {"to", required_argument, NULL, 't'},
	    {"zone", required_argument, NULL, 'z'},
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	struct case_asked asked = {0};
	struct conf *conf;
	const char *wrong;
	int name, code;

	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		if (!case_asked_take(&asked, name, optarg))
			return CMD_USAGE;
	}
	if (optind == argc)
		return usage("expected list, show or an act");
	wrong = case_asked_check(&asked, argc - optind, &argv[optind]);
	if (wrong)
		return usage(wrong);
	conf = options_conf(asked.config);
	if (!conf)
		return CMD_CONF;
	code = asked.act ? case_act_run(&asked, conf) : show(&asked, conf);
	conf_free(conf);
	return code;
}
