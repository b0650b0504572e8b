/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret effect`: does it work? */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "role/case_find.h"
#include "role/effect_report.h"

static const char help[] =
    "usage: lazaret effect [--since TIME] [--until TIME] [--class C]\n"
    "                      [--svg FOLDER] [--json]\n"
    "How soon cases become clean, with 95 % intervals: by arm of a trial, "
    "with\n"
    "and without a measure, and in shadow, where nobody was told; how many "
    "come\n"
    "back; what it asks of people, what it costs, and how often it was wrong.\n"
    "No party and no case is named.\n"
    "\n"
    "  --since TIME  RFC 3339; cases first told since then. By default all of\n"
    "                which none has been erased yet\n"
    "  --until TIME  told before, and watched until then; by default now\n"
    "  --class C     cases with a finding of that class (ddos, scanner ...)\n"
    "  --svg FOLDER  draws cleaned.svg, time-to-clean.svg and days.svg there\n"
    "  --json        JSON lines\n"
    "  --config C    whose state_dir is read\n"
    "\n"
    "example: lazaret effect --since 2024-03-01T00:00:00Z --svg /tmp/effect\n";

struct asked {
	struct trial_window window;
	const char *config, *svg;
	bool json;
};

static int
usage(const char *what)
{
	fprintf(stderr, "lazaret effect: %s; see `lazaret effect --help`\n",
		what);
	return CMD_USAGE;
}

/* NULL, or what is wrong. */
static const char *
take(struct asked *asked, int name, const char *value)
{
	struct trial_window *window = &asked->window;

	if (name == 's' && times_parse(slice_of(value), &window->since.us) != 0)
		return "--since TIME, as 2024-06-20T10:00:00Z";
	if (name == 'u' && times_parse(slice_of(value), &window->until.us) != 0)
		return "--until TIME, as 2024-06-20T10:00:00Z";
	if (name == 'l') {
		window->class = (uint8_t)rsit_class_of(slice_of(value));
		if (window->class == RSIT_NONE)
			return "--class is ddos, scanner, brute-force, spam, "
			       "infected-system, c2-server, ddos-amplifier or "
			       "vulnerable-system";
	}
	asked->config = name == 'c' ? value : asked->config;
	asked->svg = name == 'g' ? value : asked->svg;
	asked->json = asked->json || name == 'j';
	return name == '?' ? "" : NULL;
}

static int
draw(const struct effect_report *report, const char *folder)
{
	int error = mkdir(folder, 0755) == 0 || errno == EEXIST ? 0 : -errno;

	if (!error)
		error = effect_report_plot(report, folder);
	fprintf(stderr, "lazaret effect: %s: %s\n", folder,
		error ? lz_strerror(error) : "drawn");
	return error;
}

static int
answer(const struct asked *asked, const struct conf *conf, struct store *store)
{
	struct effect_report report;
	struct trial_cases *cases;
	int error = trial_cases_read(store, conf, &asked->window, &cases);
	int drawn = 0;

	if (error == LZ_E_RANGE)
		return usage("--since is not before --until, or 10 years");
	if (error) {
		fprintf(stderr, "lazaret effect: %s: %s\n", lz_strerror(error),
			store_message(store));
		return CMD_FAULT;
	}
	error = effect_report_make(cases, &conf->costs, &report);
	if (!error) {
		(asked->json ? effect_report_json
			     : effect_report_text)(&report);
		drawn = asked->svg ? draw(&report, asked->svg) : 0;
		effect_report_free(&report);
	}
	trial_cases_free(cases);
	if (error || fflush(stdout) != 0)
		return CMD_FAULT;
	return drawn ? CMD_REFUSED : CMD_DONE;
}

int
cmd_effect(int argc, char **argv)
{
	static const struct option names[] = {
	    {"since", required_argument, NULL, 's'},
	    {"until", required_argument, NULL, 'u'},
	    {"class", required_argument, NULL, 'l'},
	    {"svg", required_argument, NULL, 'g'},
	    {"json", no_argument, NULL, 'j'},
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	struct asked asked = {
	    .window = {.since = times_unset(), .until = times_unset()}};
	struct store *store;
	struct conf *conf;
	int name, code = CMD_MISSING;

	while ((name = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		const char *wrong = name == 'h' ? NULL
						: take(&asked, name, optarg);

		if (name == 'h')
			return fputs(help, stdout) < 0 ? CMD_FAULT : CMD_DONE;
		if (wrong)
			return *wrong ? usage(wrong) : CMD_USAGE;
	}
	if (optind != argc)
		return usage("takes no argument");
	conf = options_conf(asked.config);
	if (!conf)
		return CMD_CONF;
	trial_cases_window(conf, &asked.window);
	store = case_store_open(conf);
	if (store)
		code = answer(&asked, conf, store);
	store_close(store);
	conf_free(conf);
	return code;
}
