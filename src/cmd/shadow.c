/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret shadow`: what would be done, and may it be done? */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/shadow_judge.h"
#include "cmd/shadow_tell.h"

static const char help[] =
    "usage: lazaret shadow report [--since TIME] [--days N] [--tickets FILE]\n"
    "                             [--sample N] [--seed S] [--bound B] "
    "[--json]\n"
    "       lazaret shadow judge CASE right|wrong|unclear [--note TEXT] [--as "
    "NAME]\n"
    "report: what would have been done, day by day; cases to judge, by lot "
    "and\n"
    "by doubt; how many are wrong at most; how sure holders were; who fell\n"
    "silent; what your own tickets know. judge: says what you found of a "
    "case.\n"
    "\n"
    "  --since TIME    RFC 3339; by default 30 days ago\n"
    "  --days N        from then on; by default until now\n"
    "  --tickets FILE  CSV with time, and address or account\n"
    "  --sample N      cases to judge, at most 1000; by default 20\n"
    "  --seed S        of the lot; by default 1\n"
    "  --bound B       share of wrong ones that is wanted; by default 0.001\n"
    "  --note TEXT     what you saw; it stands beside the verdict\n"
    "  --as NAME       who judged, where you only write it down\n"
    "  --json          JSON lines\n"
    "  --config C      whose state_dir is read\n"
    "\n"
    "example: lazaret shadow report --since 2024-06-01T00:00:00Z --days 30\n";

struct asked {
	struct shadow_telling telling;
	struct shadow_judging judging;
	const char *config;
};

static int
usage(const char *what)
{
	fprintf(stderr, "lazaret shadow: %s; see `lazaret shadow --help`\n",
		what);
	return CMD_USAGE;
}

/* NULL, or what is wrong. */
static const char *
take(struct asked *asked, int name, const char *value)
{
	struct shadow_asked *report = &asked->telling.asked;
	uint64_t number = 0;
	int64_t micro = 0;

	if (name == 's' &&
	    times_parse(slice_of(value), &report->window.since.us) != 0)
		return "--since TIME, as 2024-06-20T10:00:00Z";
	if (name == 'd' && (slice_u64(slice_of(value), TRIAL_DAYS_MAX,
				      &asked->telling.days) != 0 ||
			    asked->telling.days == 0))
		return "--days is 1 to 3660";
	if (name == 'n' &&
	    slice_u64(slice_of(value), SHADOW_SAMPLE_MAX, &number) != 0)
		return "--sample is 0 to 1000";
	if (name == 'S' &&
	    slice_u64(slice_of(value), UINT64_MAX, &report->seed) != 0)
		return "--seed is a number";
	if (name == 'b' && (slice_micro(slice_of(value), &micro) != 0 ||
			    micro <= 0 || micro >= 1000000))
		return "--bound is above 0 and below 1, as 0.001";
	report->sample = name == 'n' ? (uint32_t)number : report->sample;
	report->goal = name == 'b' ? (double)micro / 1e6 : report->goal;
	report->tickets = name == 't' ? value : report->tickets;
	asked->judging.note = name == 'o' ? value : asked->judging.note;
	asked->judging.as = name == 'a' ? value : asked->judging.as;
	asked->config = name == 'c' ? value : asked->config;
	asked->telling.json = asked->telling.json || name == 'j';
	return name == '?' ? "" : NULL;
}

int
cmd_shadow(int argc, char **argv)
{
	static const struct option names[] = {
	    {"since", required_argument, NULL, 's'},
	    {"days", required_argument, NULL, 'd'},
	    {"tickets", required_argument, NULL, 't'},
	    {"sample", required_argument, NULL, 'n'},
	    {"seed", required_argument, NULL, 'S'},
	    {"bound", required_argument, NULL, 'b'},
	    {"note", required_argument, NULL, 'o'},
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	struct asked asked = {
	    .telling.asked = {.window = {.since = times_unset(),
					 .until = times_unset()},
			      .sample = 20,
			      .seed = 1,
			      .goal = 0.001}};
	const char *wrong = NULL;
	struct conf *conf;
	int name, code;
	bool judges;

	while (!wrong &&
	       (name = getopt_long(argc, argv, "h", names, NULL)) != -1)
		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		else
			wrong = take(&asked, name, optarg);
	argv += optind;
	argc -= optind;
	judges = argc == 3 && strcmp(argv[0], "judge") == 0;
	if (!wrong && !judges && !(argc == 1 && strcmp(argv[0], "report") == 0))
		wrong = "expected report, or judge CASE right|wrong|unclear";
	if (!wrong && judges) {
		asked.judging.which = argv[1];
		asked.judging.verdict = argv[2];
		wrong = shadow_judge_check(&asked.judging);
	}
	if (wrong)
		return *wrong ? usage(wrong) : CMD_USAGE;
	conf = options_conf(asked.config);
	if (!conf)
		return CMD_CONF;
	code = judges ? shadow_judge(&asked.judging, conf)
		      : shadow_tell(&asked.telling, conf);
	conf_free(conf);
	return code;
}
