/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret policy`: which policy holds, which did, and what another would do.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/policy_answer.h"

static const char help[] =
    "usage: lazaret policy show [POLICY] [--json]\n"
    "       lazaret policy versions [--json]\n"
    "       lazaret policy diff A B [--json]\n"
    "       lazaret policy try FILE [--since TIME] [--until TIME] [--json]\n"
    "       lazaret policy stop | go     (see `lazaret policy stop --help`)\n"
    "A policy is named by a file (a path, or NAME.yaml), by the first digits "
    "of\n"
    "its hash, or as 'present'. `versions` lists those that cases were opened\n"
    "under. `diff` says what two say otherwise; exit 1 if anything. `try` "
    "tells\n"
    "the policy of FILE what came in during some weeks, and says what it "
    "would\n"
    "have done otherwise; exit 1 if the present policy doesn't do again what "
    "was\n"
    "done.\n"
    "\n"
    "  --since TIME  RFC 3339; by default 30 days before --until\n"
    "  --until TIME  by default now\n"
    "  --reason TEXT stop, go: why\n"
    "  --notices     stop: notices alone\n"
    "  --measures    stop: measures alone\n"
    "  --json        JSON lines\n"
    "  --config C    whose policy is the present one, whose state_dir is read\n"
    "\n"
    "example: lazaret policy try new.yaml --since 2024-03-01T00:00:00Z\n";

static int
usage(const char *what)
{
	fprintf(stderr, "lazaret policy: %s; see `lazaret policy --help`\n",
		what);
	return CMD_USAGE;
}

/* How many words each verb takes: at least, at most. */
static const struct {
	const char *verb;
	int least, most;
	const char *expected;
} verbs[] = {{"show", 0, 1, "expected one policy, or none for the present one"},
	     {"versions", 0, 0, "versions takes no policy"},
	     {"diff", 2, 2,
	      "expected two policies: a file, a hash, or present"},
	     {"try", 1, 1, "expected one file that holds the new policy"}};

/* NULL, or what is wrong. */
static const char *
take_words(struct policy_asked *asked, int argc, char **argv)
{
	asked->verb = argv[optind++];
	asked->count = argc - optind;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(asked->verb, verbs[i].verb) != 0)
			continue;
		if (asked->count < verbs[i].least ||
		    asked->count > verbs[i].most)
			return verbs[i].expected;
		for (int j = 0; j < asked->count; j++)
			asked->words[j] = argv[optind + j];
		return NULL;
	}
	return "expected show, versions, diff, try, stop or go";
}

int
cmd_policy(int argc, char **argv)
{
	static const struct option names[] = {
	    {"since", required_argument, NULL, 's'},
	    {"until", required_argument, NULL, 'u'},
	    {"json", no_argument, NULL, 'j'},
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	struct policy_asked asked = {.since = times_unset(),
				     .until = times_unset()};
	const char *wrong;
	int name;

	if (argc > 1 &&
	    (strcmp(argv[1], "stop") == 0 || strcmp(argv[1], "go") == 0))
		return cmd_policy_stop(argc - 1, argv + 1);
	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		if (name == '?')
			return CMD_USAGE;
		if (name == 's' &&
		    times_parse(slice_of(optarg), &asked.since.us) != 0)
			return usage("--since TIME, as 2024-06-20T10:00:00Z");
		if (name == 'u' &&
		    times_parse(slice_of(optarg), &asked.until.us) != 0)
			return usage("--until TIME, as 2024-06-20T10:00:00Z");
		asked.config = name == 'c' ? optarg : asked.config;
		asked.json = asked.json || name == 'j';
	}
	if (optind >= argc)
		return usage("expected show, versions, diff, try, stop or go");
	wrong = take_words(&asked, argc, argv);
	if (wrong)
		return usage(wrong);
	return policy_answer(&asked);
}
