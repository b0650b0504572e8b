/* SPDX-License-Identifier: Apache-2.0 */
/* The report for people. */
#include "role/effect_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "role/plain_words.h"

#define VALUE_SIZE 64

static double
days(double us)
{
	return us / (double)TIMES_DAY_US;
}

/* "12.0 % (5.1 to 26.0 %)" */
static const char *
percent(char out[VALUE_SIZE], const struct trial_value *value)
{
	if (!value->known)
		snprintf(out, VALUE_SIZE, "not known");
	else if (!value->bounded)
		snprintf(out, VALUE_SIZE, "%.1f %% (no interval)",
			 100 * value->value);
	else
		snprintf(out, VALUE_SIZE, "%.1f %% (%.1f to %.1f %%)",
			 100 * value->value, 100 * value->low,
			 100 * value->high);
	return out;
}

/* Bounds of a rate reach below a hundredth: as many digits as they need. */
static const char *
share(char out[VALUE_SIZE], const struct trial_value *value)
{
	snprintf(out, VALUE_SIZE, "%.3g %% (%.2g to %.3g %%)",
		 100 * value->value, 100 * value->low, 100 * value->high);
	return out;
}

static void
say_head(const struct effect_report *report)
{
	const struct trial_cases *cases = report->cases;
	const struct trial_window *window = &cases->window;
	char since[WORDS_MOMENT_SIZE], until[WORDS_MOMENT_SIZE];

	words_moment(since, window->since, 0);
	words_moment(until, window->until, 0);
	printf("Does it work?  Cases first told from %s to %s%s%s.\n"
	       "Unit: a case (one party, however many devices).  Watched "
	       "until %s.\n",
	       since, until, window->class ? ", class " : "",
	       window->class ? rsit_class_name(window->class) : "", until);
	if (cases->quiet_max)
		printf(
		    "Clean: from the last certain sighting on, once %g quiet "
		    "days have followed%s;\ndays under a garden or block "
		    "don't count as quiet: a walled line is hardly seen.\n",
		    days((double)cases->quiet_min),
		    cases->quiet_min == cases->quiet_max
			? ""
			: " (more where a case's policy asks it)");
	puts("Shares: Kaplan-Meier, 95 % intervals log-log (Greenwood).  "
	     "Nobody is named.");
}

static void
say_left_out(const struct trial_cases *cases)
{
	static const char *const why[TRIAL_LEFT_COUNT] = {
	    [TRIAL_UNTOLD] = "watched alone: no notice, real or not (such "
			     "cases are erased before\n            they could "
			     "count as clean, so they give no baseline)",
	    [TRIAL_OUTSIDE] = "of another time or class",
	    [TRIAL_DISMISSED] = "dismissed as false alarms",
	    [TRIAL_MERGED] = "merged: they go on in another case",
	    [TRIAL_ERASED] = "so old that others of their age have been erased",
	    [TRIAL_NEW] = "told too lately to be judged",
	    [TRIAL_UNFOUNDED] = "what they rested on was withdrawn"};

	printf("\nlooked at  %zu cases, %zu of them below\n", cases->count,
	       cases->left_out[TRIAL_TAKEN]);
	for (unsigned i = 1; i < TRIAL_LEFT_COUNT; i++)
		if (cases->left_out[i])
			printf("left out   %zu %s\n", cases->left_out[i],
			       why[i]);
	if (cases->unreadable)
		printf("unreadable %zu records, of another program: their arm "
		       "isn't known\n",
		       cases->unreadable);
}

static void
say_median(const struct trial_curve *curve)
{
	const struct trial_median median = trial_median(curve);

	if (!median.known) {
		puts("    half clean after  not known: fewer than half were "
		     "seen to become clean");
		return;
	}
	printf("    half clean after  %.1f days", days(median.us));
	if (median.low_known)
		printf(" (%.1f to ", days(median.low_us));
	else
		printf(" (no lower end to ");
	if (median.high_known)
		printf("%.1f)\n", days(median.high_us));
	else
		puts("no upper end)");
}

static void
say_again(const struct trial_curve *again)
{
	char value[VALUE_SIZE];

	for (unsigned i = 4; i < EFFECT_HORIZONS; i++) {
		const unsigned day = effect_report_days[i];
		const struct trial_value seen =
		    trial_cleaned(again, day * TIMES_DAY_US);

		printf("    seen again within %u days of becoming clean: %s\n",
		       day, percent(value, &seen));
	}
}

static void
say_group(const struct effect_report *report, enum effect_group group)
{
	const struct effect_figures *figures = &report->figures[group];
	const struct trial_curve *curve = &figures->clean;
	char value[VALUE_SIZE];

	printf("\n%s (%s): %u case%s, %u clean\n",
	       effect_report_group_name(group),
	       effect_report_group_words(group), curve->cases,
	       curve->cases == 1 ? "" : "s", curve->cleaned);
	if (curve->cases < TRIAL_CASES_MIN) {
		printf("    too few cases to say anything (fewer than %u)\n",
		       TRIAL_CASES_MIN);
		return;
	}
	for (unsigned i = 0; i < EFFECT_HORIZONS; i++) {
		const int64_t at = effect_report_days[i] * TIMES_DAY_US;
		const struct trial_value cleaned = trial_cleaned(curve, at);

		printf("    clean after %3u days  %-26s  at risk %u\n",
		       effect_report_days[i], percent(value, &cleaned),
		       trial_at_risk(curve, at));
	}
	say_median(curve);
	if (group == EFFECT_TREATED || group == EFFECT_HELD_BACK ||
	    group == EFFECT_MEASURED) {
		const struct trial_value cleaned =
		    trial_cleaned(&figures->freed, 14 * TIMES_DAY_US);

		printf("    dated no earlier than the end of a garden: %s "
		       "after 14 days\n",
		       percent(value, &cleaned));
	}
	say_again(&figures->again);
}

static void
say_difference(const struct effect_report *report, enum effect_pair pair,
	       unsigned day)
{
	const int64_t at = day * TIMES_DAY_US;
	const struct effect_figures *one, *other;
	enum effect_group groups[2];
	char value[VALUE_SIZE];
	struct trial_value less;

	effect_report_pair(pair, groups);
	one = &report->figures[groups[0]];
	other = &report->figures[groups[1]];
	less = trial_difference(&one->clean, &other->clean, at);
	printf("    clean after %3u days  %-26s", day, percent(value, &less));
	if (pair == EFFECT_PAIR_TRIAL) {
		less = trial_difference(&one->freed, &other->freed, at);
		printf("  %s", percent(value, &less));
	}
	putchar('\n');
}

static void
say_test(const char *name, const struct trial_test *test)
{
	if (test->known)
		printf("    %-15s  chi-square %.2f, p = %.3g%s\n", name,
		       test->chi2, test->p,
		       test->p < 0.05 ? "" : ": no difference is shown");
	else
		printf("    %-15s  not possible: nobody became clean\n", name);
}

static void
say_pair(const struct effect_report *report, enum effect_pair pair)
{
	const struct trial_test *test = &report->tests[pair];
	const struct trial_curve *one, *other;
	enum effect_group groups[2];

	effect_report_pair(pair, groups);
	one = &report->figures[groups[0]].clean;
	other = &report->figures[groups[1]].clean;
	printf("\n%s less %s\n    %s\n", effect_report_group_name(groups[0]),
	       effect_report_group_name(groups[1]),
	       effect_report_pair_words(pair));
	if (one->cases < TRIAL_CASES_MIN || other->cases < TRIAL_CASES_MIN) {
		printf("    too few cases to compare (%u and %u, at least %u "
		       "each)\n",
		       one->cases, other->cases, TRIAL_CASES_MIN);
		return;
	}
	if (pair == EFFECT_PAIR_TRIAL)
		puts("                          by the last sighting        by "
		     "the garden's end");
	for (unsigned i = 0; i < EFFECT_HORIZONS; i++)
		say_difference(report, pair, effect_report_days[i]);
	say_test("log-rank test", test);
	if (pair == EFFECT_PAIR_TRIAL)
		say_test("by garden's end", &report->freed);
}

static void
say_rate(const char *what, uint64_t count, uint64_t measures)
{
	const struct trial_value rate = trial_rate(count,
						   (double)measures / 100);

	printf("    %-24s %" PRIu64, what, count);
	if (rate.known)
		printf(", %.1f per 100 measures (%.1f to %.1f)", rate.value,
		       rate.low, rate.high);
	putchar('\n');
}

static void
say_load(const struct trial_counts *counts)
{
	printf("\nwhat was done in that time\n"
	       "    notices   %" PRIu64 " sent (%" PRIu64 " by mail, %" PRIu64
	       " by text message, %" PRIu64 " by letter, %" PRIu64
	       " by telephone); %" PRIu64 " would have been\n"
	       "    measures  %" PRIu64 " gardens, limits and blocks, %" PRIu64
	       " filters; %" PRIu64 " and %" PRIu64 " would have been\n",
	       counts->notices, counts->mails, counts->messages,
	       counts->letters, counts->calls, counts->would_notices,
	       counts->measures, counts->filters, counts->would_measures,
	       counts->would_filters);
	puts("what it asked of people (exact Poisson intervals)");
	say_rate("released by themselves", counts->self_releases,
		 counts->measures);
	say_rate("released by staff", counts->staff_releases, counts->measures);
	say_rate("objections", counts->objections, counts->measures);
	say_rate("asked for a person", counts->asked, counts->measures);
}

static void
say_wrong(const struct effect_report *report)
{
	const struct trial_value known = trial_share(report->wrong,
						     report->measured);
	const struct trial_value judged = trial_share(report->judged_wrong,
						      report->judged);
	char value[VALUE_SIZE];

	puts("\nwrongly measured (exact binomial intervals)");
	if (!known.known) {
		puts("    not known: nobody was under a garden, limit or "
		     "block");
		return;
	}
	printf("    %" PRIu64 " of %" PRIu64 " measured cases are known to "
	       "have been wrong: %s\n    (dismissed afterwards, an objection "
	       "was granted, or judged wrong; what nobody found out isn't "
	       "in it)\n",
	       report->wrong, report->measured, share(value, &known));
	if (!judged.known) {
		puts("    none of them has been judged: `lazaret shadow judge` "
		     "gives a bound");
		return;
	}
	printf("    of %" PRIu64 " that were judged, %" PRIu64 " were wrong: "
	       "%s, at most %.3g %% (95 %%, one-sided)\n",
	       report->judged, report->judged_wrong, share(value, &judged),
	       100 * trial_bound(report->judged_wrong, report->judged));
}

static void
say_costs(const struct effect_report *report)
{
	const struct trial_counts *counts = &report->cases->counts;
	const uint32_t cleaned = report->figures[EFFECT_TOLD].clean.cleaned;
	const double notices = (double)report->notice_milli / 1000,
		     staff = (double)report->staff_milli / 1000;
	const char *currency = report->costs->currency;

	puts("\ncost");
	if (!*currency) {
		puts("    not counted: `costs` names no currency");
		return;
	}
	printf("    notices %.2f %s, staff %.2f %s", notices, currency, staff,
	       currency);
	if (report->costs->contact_minutes == 0 ||
	    report->costs->hour_milli == 0)
		printf(" (costs.hour and costs.contact_minutes say nothing of "
		       "it)");
	putchar('\n');
	if (counts->notices)
		printf("    per notice    %.3f %s\n",
		       notices / (double)counts->notices, currency);
	if (cleaned)
		printf("    per clean-up  %.2f %s, of cases that became clean "
		       "with or without it\n",
		       (notices + staff) / cleaned, currency);
	else
		puts("    per clean-up  not known: no case that was told is "
		     "clean yet");
}

void
effect_report_text(const struct effect_report *report)
{
	say_head(report);
	say_left_out(report->cases);
	for (unsigned i = 0; i < EFFECT_GROUP_COUNT; i++)
		say_group(report, i);
	if (report->shadow_arms[0] || report->shadow_arms[1])
		printf("    (of these, a trial would have measured %" PRIu64
		       " as due and %" PRIu64 " later)\n",
		       report->shadow_arms[0], report->shadow_arms[1]);
	for (unsigned i = 0; i < EFFECT_PAIR_COUNT; i++)
		say_pair(report, i);
	say_load(&report->cases->counts);
	say_wrong(report);
	say_costs(report);
}
