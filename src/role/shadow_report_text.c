/* SPDX-License-Identifier: Apache-2.0 */
/* The report for an abuse desk. */
#include "role/shadow_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "role/plain_words.h"
#include "role/print_case.h"

#define LINE_SIZE 1024
#define SOURCE_WIDTH 28

static void
say_head(const struct shadow_report *report)
{
	const struct trial_window *window = &report->cases->window;
	const struct case_policy *policy = &report->conf->policy;
	char since[WORDS_MOMENT_SIZE], until[WORDS_MOMENT_SIZE];
	bool live = policy->live_mode;

	for (unsigned act = 0; act < ACT_COUNT; act++)
		for (unsigned i = 0; i < RSIT_CLASS_COUNT; i++)
			live |= policy->live[act][i];
	words_moment(since, window->since, 0);
	words_moment(until, window->until, 0);
	printf("Shadow: what %s done from %s to %s.\n"
	       "%" PRIu64 " cases were told or would have been, %" PRIu64
	       " of them measured or would have been.\n",
	       live ? "was and would have been" : "would have been", since,
	       until, report->told, report->measured);
	for (size_t i = 0; i < report->standing_count; i++)
		printf("held now: %s\n", report->standings[i]);
}

/* ------------------------------------------------------------ day by day */

static uint32_t
acts(const struct trial_day *day, unsigned class, unsigned would)
{
	return day->notices[would][class] + day->measures[would][class] +
	       day->filters[would][class];
}

static void
say_day(const struct trial_cases *cases, size_t i)
{
	const struct trial_day *day = &cases->days[i];
	const struct at_event when = {(cases->first_day + (int64_t)i) *
				      TIMES_DAY_US};
	char moment[WORDS_MOMENT_SIZE];

	words_moment(moment, when, 0);
	for (unsigned class = 0; class < RSIT_CLASS_COUNT; class ++) {
		if (!acts(day, class, 0) && !acts(day, class, 1))
			continue;
		printf("  %.10s  %-18s %8" PRIu32 " %8" PRIu32 " %8" PRIu32,
		       moment, rsit_class_name(class), day->notices[1][class],
		       day->measures[1][class], day->filters[1][class]);
		if (acts(day, class, 0))
			printf("    really: %" PRIu32 ", %" PRIu32 ", %" PRIu32,
			       day->notices[0][class], day->measures[0][class],
			       day->filters[0][class]);
		putchar('\n');
	}
}

static void
say_days(const struct trial_cases *cases)
{
	bool any = false;

	puts("\nday by day (UTC; a case of several classes stands under the "
	     "first)");
	for (size_t i = 0; i < cases->day_count && !any; i++)
		for (unsigned class = 0; class < RSIT_CLASS_COUNT; class ++)
			any |= acts(&cases->days[i], class, 0) ||
			       acts(&cases->days[i], class, 1);
	if (!any) {
		puts("  nobody would have been told or measured");
		return;
	}
	printf("  %-10s  %-18s %8s %8s %8s\n", "day", "class", "notices",
	       "measures", "filters");
	for (size_t i = 0; i < cases->day_count; i++)
		say_day(cases, i);
}

/* ---------------------------------------------------------------- verdicts */

static void
say_bound(const char *what, const struct shadow_bound *bound, double goal)
{
	printf("  %s: %" PRIu64 " judged, %" PRIu64 " wrong, %" PRIu64
	       " unclear",
	       what, bound->judged, bound->wrong, bound->unclear);
	if (bound->judged == 0)
		printf(": nothing is known yet");
	else
		printf(": at most %.3g %% are wrong (95 %%)",
		       100 * bound->bound);
	if (bound->unclear)
		printf("; %.3g %% if the unclear ones are",
		       100 * trial_bound(bound->wrong + bound->unclear,
					 bound->judged + bound->unclear));
	printf("\n    for at most %g %%: ", 100 * goal);
	if (bound->reached)
		puts("reached");
	else if (bound->needed == 0)
		puts("no number would do");
	else if (bound->a_day > 0)
		printf("%" PRIu64 " more judged right: %.0f days at %.2g a "
		       "day\n",
		       bound->needed - bound->judged,
		       (double)(bound->needed - bound->judged) / bound->a_day,
		       bound->a_day);
	else
		printf("%" PRIu64 " judged right and none wrong (3/n); at 20 "
		       "a day %" PRIu64 " days\n",
		       bound->needed, (bound->needed + 19) / 20);
}

static void
say_case(const struct trial_case *one)
{
	char digits[PRINT_NUMBER_SIZE], moment[WORDS_MOMENT_SIZE];
	char line[LINE_SIZE];
	struct text text;

	print_number(one->id, digits);
	words_moment(moment, one->origin, 0);
	text_init(&text, line, sizeof(line));
	words_classes(&text, one->classes);
	printf("  %s  %s  %s%s", digits, moment, line,
	       shadow_report_is_measured(one) ? ", measured" : "");
}

static void
say_sample(const struct shadow_report *report)
{
	puts("\nso far (people who looked; `lazaret shadow judge CASE "
	     "right|wrong|unclear`)");
	say_bound("notices", &report->notices, report->asked->goal);
	say_bound("measures", &report->measures, report->asked->goal);
	if (report->erased_judged)
		printf("  erased since: %" PRIu64 " judged in this time, "
		       "%" PRIu64 " wrong; not in the bounds\n",
		       report->erased_judged, report->erased_wrong);
	printf("\nto judge: %zu by lot (seed %" PRIu64 "), of all that nobody "
	       "judged yet; `lazaret explain CASE`\n",
	       report->sample_count, report->asked->seed);
	for (size_t i = 0; i < report->sample_count; i++) {
		say_case(report->sample[i]);
		putchar('\n');
	}
	puts("\nmost likely wrong (points are added up)");
	if (report->doubt_count == 0)
		puts("  none gives a reason to doubt it");
	for (size_t i = 0; i < report->doubt_count; i++) {
		const struct shadow_doubt *doubt = &report->doubts[i];
		char line[LINE_SIZE];
		struct text text;

		say_case(doubt->one);
		printf(": %" PRIu32 " points\n", doubt->points);
		for (unsigned j = 0; j < SHADOW_REASONS; j++) {
			if (!(doubt->reasons & 1u << j))
				continue;
			text_init(&text, line, sizeof(line));
			shadow_sample_reason(&text, doubt, j);
			printf("    %" PRIu32 "  %s\n", shadow_sample_points(j),
			       line);
		}
	}
}

/* ------------------------------------------------------------- identity */

static double
percent(uint64_t part, uint64_t of)
{
	return of ? 100 * (double)part / (double)of : 0;
}

/* Of a long path the end tells most. */
static const char *
tail_of(const char *name)
{
	const size_t length = strlen(name);

	if (length == 0)
		return "(none named)";
	return length > SOURCE_WIDTH ? name + length - SOURCE_WIDTH : name;
}

static void
say_shares(const char *what, const struct shadow_names *names)
{
	printf("  %-28s %10s %8s %9s %10s %8s %7s\n", what, "sightings",
	       "certain", "probable", "ambiguous", "expired", "nobody");
	for (size_t i = 0; i < names->count; i++) {
		const struct shadow_name *name = &names->list[i];

		if (name->total == 0)
			continue;
		printf("  %-28s %10" PRIu64 " %8.1f %9.1f %10.1f %8.1f %7.1f\n",
		       tail_of(name->name), name->total,
		       percent(name->count[CERTAINTY_CERTAIN], name->total),
		       percent(name->count[CERTAINTY_PROBABLE], name->total),
		       percent(name->count[CERTAINTY_AMBIGUOUS], name->total),
		       percent(name->count[CERTAINTY_EXPIRED], name->total),
		       percent(name->count[CERTAINTY_NOBODY], name->total));
	}
}

static void
say_sources(const struct shadow_seen *seen)
{
	printf("\nwho it was: %" PRIu64 " sightings, by what named the holder, "
	       "and by network (share of each, %%)\n",
	       seen->total);
	if (seen->total == 0) {
		puts("  nothing was seen");
		return;
	}
	say_shares("source", &seen->sources);
	say_shares("network", &seen->networks);
	puts("  Where none is named, no source held the address then, or "
	     "several did: the network says\n  whose words are missing.");
}

static void
say_heard(const char *what, const struct shadow_names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct shadow_name *name = &names->list[i];
		char moment[WORDS_MOMENT_SIZE];

		if (*name->name == '\0')
			continue;
		words_moment(moment, name->last, 0);
		printf("  %-8s %-40.40s %10" PRIu64 "  last %s%s\n", what,
		       name->name, name->total, moment,
		       name->total ? "" : "  SILENT in this time");
	}
	if (names->more)
		printf("  %-8s and others: %" PRIu64 " sightings\n", what,
		       names->more);
}

/* An exporter that is configured and never let anything be seen. */
static void
say_unheard(const struct shadow_report *report)
{
	const struct flow_conf *flow = &report->conf->flow;

	for (size_t i = 0; i < flow->exporter_count; i++) {
		char address[ADDR_TEXT_SIZE];
		struct text text;
		bool heard = false;

		text_init(&text, address, sizeof(address));
		addr_format(&text, &flow->exporters[i].addr);
		for (size_t j = 0; j < report->seen.exporters.count; j++)
			heard |=
			    slice_equal(slice_of(address),
					report->seen.exporters.list[j].name);
		if (!heard)
			printf(
			    "  exporter %-40s          0  never: configured, "
			    "and nothing was seen through it\n",
			    address);
	}
}

static void
say_sensors(const struct shadow_report *report)
{
	const struct shadow_running *running = &report->running;

	puts("\nwho was heard (sightings)");
	say_heard("exporter", &report->seen.exporters);
	say_unheard(report);
	say_heard("origin", &report->seen.origins);
	puts("  An exporter or list without a sighting may be well and have "
	     "seen nothing bad.");
	if (running->sensor)
		printf("  The sensor has heard %" PRIu64 " exporters since it "
		       "started; %" PRIu64 " disputed, %" PRIu64
		       " missing in their sequences.\n",
		       running->exporters, running->disputed, running->lost);
	else
		puts("  Whether their records arrive isn't known: no sensor "
		     "runs here (/metrics says it there).");
	if (running->registrar)
		printf("  The registrar misses %" PRIu64 " of its inputs.\n",
		       running->silent);
}

/* -------------------------------------------------------------- tickets */

static void
say_tickets(const struct shadow_tickets *tickets)
{
	printf("\nyour tickets: %zu of this time, %zu of another, %zu rows "
	       "refused\n",
	       tickets->count, tickets->outside, tickets->refused);
	for (size_t i = 0; i < tickets->refused && i < SHADOW_REFUSED_MAX; i++)
		printf("  line %" PRIu64 ": %s\n", tickets->refusals[i].line,
		       tickets->refusals[i].reason);
	if (tickets->refused > SHADOW_REFUSED_MAX)
		printf("  and %zu more\n",
		       tickets->refused - SHADOW_REFUSED_MAX);
	printf("  both       %zu tickets speak of a case that was or would "
	       "have been told\n"
	       "  only ours  %zu of %zu cases have no ticket\n"
	       "  only yours %zu tickets:\n"
	       "             %zu of a case that is watched: not enough to "
	       "tell anybody\n"
	       "             %zu of an address that was seen, and nobody "
	       "certain named (or it is shared)\n"
	       "             %zu of nothing that was seen\n"
	       "  The same: the account is the case's, or its address was "
	       "seen in it, within 7 days.\n",
	       tickets->both, tickets->ours_alone, tickets->ours,
	       tickets->count - tickets->both, tickets->watched,
	       tickets->unattributed, tickets->never);
}

void
shadow_report_text(const struct shadow_report *report)
{
	say_head(report);
	say_days(report->cases);
	say_sample(report);
	say_sources(&report->seen);
	say_sensors(report);
	if (report->has_tickets)
		say_tickets(&report->tickets);
}
