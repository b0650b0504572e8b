/* SPDX-License-Identifier: Apache-2.0 */
/* The report as JSON lines: all of it, curves step by step. */
#include "role/effect_report.h"

#include <stdio.h>

#include "base/json_writer.h"

#define LINE_SIZE 4096
#define NANO 1e9

struct line {
	char bytes[LINE_SIZE];
	struct text text;
	struct json_writer json;
};

static struct json_writer *
begin(struct line *line, const char *kind)
{
	text_init(&line->text, line->bytes, sizeof(line->bytes));
	json_writer_init(&line->json, &line->text);
	json_open_object(&line->json, NULL);
	json_u64(&line->json, "v", 1);
	json_string(&line->json, "kind", kind);
	return &line->json;
}

static void
end(struct line *line)
{
	json_close_object(&line->json);
	puts(line->bytes);
}

/* To nine digits; all these are small. */
static void
number(struct json_writer *json, const char *key, double value)
{
	json_scaled(json, key,
		    (int64_t)(value * NANO + (value < 0 ? -0.5 : 0.5)), 9);
}

static void
value(struct json_writer *json, const char *key,
      const struct trial_value *found)
{
	if (found->known)
		number(json, key, found->value);
	if (found->known && found->bounded) {
		number(json, "low", found->low);
		number(json, "high", found->high);
	}
}

static void
say_head(const struct effect_report *report)
{
	static const char *const why[TRIAL_LEFT_COUNT] = {
	    [TRIAL_TAKEN] = "taken",     [TRIAL_UNTOLD] = "watched",
	    [TRIAL_OUTSIDE] = "outside", [TRIAL_DISMISSED] = "dismissed",
	    [TRIAL_MERGED] = "merged",   [TRIAL_ERASED] = "erased",
	    [TRIAL_NEW] = "too_new",     [TRIAL_UNFOUNDED] = "withdrawn"};
	const struct trial_cases *cases = report->cases;
	struct line line;
	struct json_writer *json = begin(&line, "effect");

	json_time(json, "since", cases->window.since.us);
	json_time(json, "until", cases->window.until.us);
	if (cases->window.class)
		json_string(json, "class",
			    rsit_class_name(cases->window.class));
	if (cases->quiet_max) {
		number(json, "quiet_days_min",
		       (double)cases->quiet_min / (double)TIMES_DAY_US);
		number(json, "quiet_days_max",
		       (double)cases->quiet_max / (double)TIMES_DAY_US);
	}
	json_u64(json, "cases", cases->count);
	for (unsigned i = 0; i < TRIAL_LEFT_COUNT; i++)
		json_u64(json, why[i], cases->left_out[i]);
	json_u64(json, "unreadable", cases->unreadable);
	end(&line);
}

static void
say_days(enum effect_group group, const char *kind,
	 const struct trial_curve *curve)
{
	for (unsigned i = 0; i < EFFECT_HORIZONS; i++) {
		const int64_t at = effect_report_days[i] * TIMES_DAY_US;
		const struct trial_value cleaned = trial_cleaned(curve, at);
		struct line line;
		struct json_writer *json = begin(&line, kind);

		json_string(json, "group", effect_report_group_name(group));
		json_u64(json, "days", effect_report_days[i]);
		value(json, "share", &cleaned);
		json_u64(json, "at_risk", trial_at_risk(curve, at));
		end(&line);
	}
}

static void
say_steps(enum effect_group group, const struct trial_curve *curve)
{
	for (size_t i = 0; i < curve->step_count; i++) {
		const struct trial_step *step = &curve->steps[i];
		const struct trial_value cleaned = trial_step_cleaned(step);
		struct line line;
		struct json_writer *json = begin(&line, "step");

		json_string(json, "group", effect_report_group_name(group));
		json_i64(json, "after_us", step->at_us);
		json_u64(json, "at_risk", step->at_risk);
		json_u64(json, "cleaned", step->cleaned);
		json_u64(json, "censored", step->censored);
		value(json, "share", &cleaned);
		end(&line);
	}
}

static void
say_group(const struct effect_report *report, enum effect_group group)
{
	const struct effect_figures *figures = &report->figures[group];
	const struct trial_median median = trial_median(&figures->clean);
	const double day = (double)TIMES_DAY_US;
	struct line line;
	struct json_writer *json = begin(&line, "group");

	json_string(json, "group", effect_report_group_name(group));
	json_u64(json, "cases", figures->clean.cases);
	json_u64(json, "cleaned", figures->clean.cleaned);
	json_bool(json, "few", figures->clean.cases < TRIAL_CASES_MIN);
	if (median.known)
		number(json, "median_days", median.us / day);
	if (median.low_known)
		number(json, "low", median.low_us / day);
	if (median.high_known)
		number(json, "high", median.high_us / day);
	end(&line);
	if (figures->clean.cases == 0)
		return;
	say_days(group, "cleaned", &figures->clean);
	say_days(group, "freed", &figures->freed);
	say_days(group, "again", &figures->again);
	say_steps(group, &figures->clean);
}

static void
say_differences(const struct effect_report *report, enum effect_pair pair,
		bool freed)
{
	const struct effect_figures *one, *other;
	enum effect_group groups[2];
	struct line line;

	effect_report_pair(pair, groups);
	one = &report->figures[groups[0]];
	other = &report->figures[groups[1]];
	for (unsigned i = 0; i < EFFECT_HORIZONS; i++) {
		const struct trial_value less =
		    trial_difference(freed ? &one->freed : &one->clean,
				     freed ? &other->freed : &other->clean,
				     effect_report_days[i] * TIMES_DAY_US);
		struct json_writer *json;

		if (!less.known)
			continue;
		json = begin(&line, "difference");
		json_string(json, "group", effect_report_group_name(groups[0]));
		json_string(json, "less", effect_report_group_name(groups[1]));
		json_string(json, "dated", freed ? "freed" : "last-seen");
		json_u64(json, "days", effect_report_days[i]);
		value(json, "share", &less);
		json_bool(json, "random", pair == EFFECT_PAIR_TRIAL);
		end(&line);
	}
}

static void
say_test(const struct trial_test *test, enum effect_pair pair, bool freed)
{
	enum effect_group groups[2];
	struct line line;
	struct json_writer *json;

	if (!test->known)
		return;
	effect_report_pair(pair, groups);
	json = begin(&line, "log-rank");
	json_string(json, "group", effect_report_group_name(groups[0]));
	json_string(json, "other", effect_report_group_name(groups[1]));
	json_string(json, "dated", freed ? "freed" : "last-seen");
	number(json, "chi_square", test->chi2);
	number(json, "p", test->p);
	json_bool(json, "random", pair == EFFECT_PAIR_TRIAL);
	end(&line);
}

static void
say_load(const struct trial_counts *counts)
{
	const struct {
		const char *what;
		uint64_t count;
	} loads[] = {{"self-release", counts->self_releases},
		     {"staff-release", counts->staff_releases},
		     {"objection", counts->objections},
		     {"asked", counts->asked}};
	struct line line;
	struct json_writer *json = begin(&line, "acts");

	json_u64(json, "notices", counts->notices);
	json_u64(json, "mails", counts->mails);
	json_u64(json, "messages", counts->messages);
	json_u64(json, "letters", counts->letters);
	json_u64(json, "calls", counts->calls);
	json_u64(json, "would_notices", counts->would_notices);
	json_u64(json, "measures", counts->measures);
	json_u64(json, "would_measures", counts->would_measures);
	json_u64(json, "filters", counts->filters);
	json_u64(json, "would_filters", counts->would_filters);
	json_u64(json, "objections_granted", counts->granted);
	json_u64(json, "dismissed", counts->dismissed);
	end(&line);
	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++) {
		const struct trial_value rate =
		    trial_rate(loads[i].count, (double)counts->measures / 100);

		json = begin(&line, "support");
		json_string(json, "what", loads[i].what);
		json_u64(json, "count", loads[i].count);
		value(json, "per_100_measures", &rate);
		end(&line);
	}
}

static void
say_wrong(const struct effect_report *report)
{
	const struct trial_value known = trial_share(report->wrong,
						     report->measured);
	struct line line;
	struct json_writer *json = begin(&line, "wrongly-measured");

	json_u64(json, "measured", report->measured);
	json_u64(json, "wrong", report->wrong);
	value(json, "share", &known);
	json_u64(json, "judged", report->judged);
	json_u64(json, "judged_wrong", report->judged_wrong);
	json_u64(json, "judged_unclear", report->unclear);
	if (report->judged)
		number(json, "bound",
		       trial_bound(report->judged_wrong, report->judged));
	end(&line);
}

static void
say_costs(const struct effect_report *report)
{
	const uint64_t notices = report->cases->counts.notices;
	const uint32_t cleaned = report->figures[EFFECT_TOLD].clean.cleaned;
	struct line line;
	struct json_writer *json;

	if (report->costs->currency[0] == '\0')
		return;
	json = begin(&line, "cost");
	json_string(json, "currency", report->costs->currency);
	json_scaled(json, "notices", report->notice_milli, 3);
	json_scaled(json, "staff", report->staff_milli, 3);
	if (notices)
		number(json, "per_notice",
		       (double)report->notice_milli / 1000 / (double)notices);
	if (cleaned)
		number(json, "per_clean_up",
		       (double)(report->notice_milli + report->staff_milli) /
			   1000 / cleaned);
	end(&line);
}

void
effect_report_json(const struct effect_report *report)
{
	say_head(report);
	for (unsigned i = 0; i < EFFECT_GROUP_COUNT; i++)
		say_group(report, i);
	for (unsigned i = 0; i < EFFECT_PAIR_COUNT; i++) {
		say_differences(report, i, false);
		say_test(&report->tests[i], i, false);
	}
	say_differences(report, EFFECT_PAIR_TRIAL, true);
	say_test(&report->freed, EFFECT_PAIR_TRIAL, true);
	say_load(&report->cases->counts);
	say_wrong(report);
	say_costs(report);
}
