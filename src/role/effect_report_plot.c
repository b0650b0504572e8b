/* SPDX-License-Identifier: Apache-2.0 */
/* The report as three pictures. */
#include "role/effect_report.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "role/plain_words.h"
#include "role/svg.h"

#define WIDTH 820
#define LEFT 96.0
#define NAMES 170.0 /* left edge where groups are named beside it */
#define RIGHT 790.0
#define TOP 74.0
#define WORDS_SIZE 1024
#define CURVES_MAX SVG_SERIES

static double
days(double us)
{
	return us / (double)TIMES_DAY_US;
}

/* A picture's axis of days: from 0 to what is shown. */
struct axis {
	double left, days_max, step;
};

/* Up to where anybody was watched; ticks at round numbers of days. */
static struct axis
axis_for(double left, double reach)
{
	static const double steps[] = {1, 2, 5, 7, 14, 30, 60};
	struct axis axis = {.left = left, .step = 60};

	reach = fmin(fmax(reach, 7), 180);
	for (size_t i = sizeof(steps) / sizeof(*steps); i-- > 0;)
		if (reach / steps[i] <= 10)
			axis.step = steps[i];
	axis.days_max = ceil(reach / axis.step) * axis.step;
	return axis;
}

static double
x_of(const struct axis *axis, double day)
{
	return axis->left + (RIGHT - axis->left) * fmin(day, axis->days_max) /
				axis->days_max;
}

static void
draw_days(struct svg *svg, const struct axis *axis, double top, double bottom,
	  const char *words)
{
	char label[32];

	for (double day = 0; day <= axis->days_max + 0.001; day += axis->step) {
		const double x = x_of(axis, day);

		svg_rule(svg, x, top, x, bottom, true);
		svg_rule(svg, x, bottom, x, bottom + 5, false);
		(void)snprintf(label, sizeof(label), "%.0f", day);
		svg_text(svg, x, bottom + 19, SVG_MIDDLE, SVG_SMALL, label);
	}
	svg_rule(svg, axis->left, bottom, RIGHT, bottom, false);
	svg_text(svg, (axis->left + RIGHT) / 2, bottom + 38, SVG_MIDDLE,
		 SVG_NORMAL, words);
}

/* "cases first told 2024-03-01 to 2024-09-01, class ddos" */
static void
window_words(const struct trial_cases *cases, char words[WORDS_SIZE])
{
	char since[WORDS_MOMENT_SIZE], until[WORDS_MOMENT_SIZE];

	words_moment(since, cases->window.since, 0);
	words_moment(until, cases->window.until, 0);
	(void)snprintf(words, WORDS_SIZE, "%.10s to %.10s (UTC)%s%s", since,
		       until, cases->window.class ? ", class " : "",
		       cases->window.class ? rsit_class_name(
						 cases->window.class)
					   : "");
}

/* --------------------------------------------------------------- cleaned */

#define CLEANED_BOTTOM 400.0

/* The groups drawn: a trial's arms where there is one, else told; and shadow. */
static size_t
choose(const struct effect_report *report, enum effect_group *chosen)
{
	static const enum effect_group wanted[] = {EFFECT_TREATED,
						   EFFECT_HELD_BACK,
						   EFFECT_NO_TRIAL,
						   EFFECT_BASELINE};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (report->figures[wanted[i]].clean.cases >= TRIAL_CASES_MIN)
			chosen[count++] = wanted[i];
	return count;
}

static double
y_of(double share)
{
	return CLEANED_BOTTOM - (CLEANED_BOTTOM - TOP) * share;
}

/* Steps that can't be told apart on the picture are one. */
static bool
is_seen(double x, double y, const struct svg_curve *curve, bool last)
{
	return last || !curve->any || fabs(y - curve->y) >= 0.4 ||
	       x - curve->x >= 3;
}

static void
draw_curve(struct svg *svg, const struct axis *axis,
	   const struct trial_curve *curve, unsigned series)
{
	struct svg_curve line;

	svg_curve_begin(svg, &line, series);
	svg_curve_point(svg, &line, x_of(axis, 0), y_of(0));
	for (size_t i = 0; i < curve->step_count; i++) {
		const struct trial_step *step = &curve->steps[i];
		const double day = days((double)step->at_us);
		const bool beyond = day > axis->days_max;
		const double x = x_of(axis, day), y = y_of(1 - step->left);

		if (beyond) {
			svg_curve_point(svg, &line, x, line.y);
			break;
		}
		if (is_seen(x, y, &line, i + 1 == curve->step_count))
			svg_curve_point(svg, &line, x, y);
	}
	svg_curve_end(svg);
}

static int
draw_band(struct svg *svg, const struct axis *axis,
	  const struct trial_curve *curve)
{
	double *x = memory_new(curve->step_count + 2, 3 * sizeof(*x));
	double *low, *high;
	size_t count = 0;

	if (!x)
		return LZ_E_MEMORY;
	low = x + curve->step_count + 2;
	high = low + curve->step_count + 2;
	for (size_t i = 0; i < curve->step_count; i++) {
		const struct trial_step *step = &curve->steps[i];
		const struct trial_value value = trial_step_cleaned(step);
		const double at = x_of(axis, days((double)step->at_us));

		if (!value.bounded || (count > 0 && at - x[count - 1] < 1 &&
				       i + 1 < curve->step_count))
			continue;
		x[count] = at;
		low[count] = y_of(value.low);
		high[count++] = y_of(value.high);
		if (days((double)step->at_us) > axis->days_max)
			break;
	}
	svg_band(svg, x, low, high, count);
	memory_free(x);
	return 0;
}

/* Below the axis: who is still being watched and not clean. */
static void
draw_at_risk(struct svg *svg, const struct axis *axis,
	     const struct effect_report *report,
	     const enum effect_group *groups, size_t count)
{
	double y = CLEANED_BOTTOM + 92;
	char words[64];

	svg_text(svg, LEFT - 82, y, SVG_START, SVG_NORMAL,
		 "cases still watched and not clean");
	for (size_t i = 0; i < count; i++) {
		y += 18;
		svg_text(svg, LEFT - 24, y, SVG_END, SVG_SMALL,
			 effect_report_group_name(groups[i]));
		for (double day = 0; day <= axis->days_max + 0.001;
		     day += axis->step) {
			(void)snprintf(
			    words, sizeof(words), "%u",
			    trial_at_risk(&report->figures[groups[i]].clean,
					  (int64_t)day * TIMES_DAY_US));
			svg_text(svg, x_of(axis, day), y, SVG_MIDDLE, SVG_SMALL,
				 words);
		}
	}
}

static void
draw_shares(struct svg *svg)
{
	for (unsigned i = 0; i <= 5; i++) {
		const double y = y_of(i / 5.0);
		char label[16];

		svg_rule(svg, LEFT, y, RIGHT, y, true);
		(void)snprintf(label, sizeof(label), "%u %%", i * 20);
		svg_text(svg, LEFT - 8, y + 4, SVG_END, SVG_SMALL, label);
	}
	svg_rule(svg, LEFT, TOP, LEFT, CLEANED_BOTTOM, false);
	svg_text_up(svg, LEFT - 58, (TOP + CLEANED_BOTTOM) / 2,
		    "cases that became clean");
}

static void
draw_legend(struct svg *svg, const enum effect_group *groups, size_t count,
	    double y)
{
	double x = LEFT;

	for (size_t i = 0; i < count; i++) {
		svg_line(svg, (unsigned)i, x, y - 4, x + 44, y - 4);
		svg_text(svg, x + 52, y, SVG_START, SVG_NORMAL,
			 effect_report_group_name(groups[i]));
		x += 170;
	}
}

/* What the picture shows, for those who don't see it. */
static void
describe(const struct effect_report *report, const enum effect_group *groups,
	 size_t count, char words[WORDS_SIZE])
{
	size_t length;
	char window[WORDS_SIZE];

	window_words(report->cases, window);
	length = (size_t)snprintf(words, WORDS_SIZE,
				  "Kaplan-Meier curves with 95 %% bands, cases "
				  "first told %.300s.",
				  window);
	for (size_t i = 0; i < count && length < WORDS_SIZE; i++) {
		const struct trial_curve *curve =
		    &report->figures[groups[i]].clean;
		const struct trial_value week = trial_cleaned(curve,
							      7 * TIMES_DAY_US);
		const struct trial_value two = trial_cleaned(curve,
							     14 * TIMES_DAY_US);

		length += (size_t)snprintf(words + length, WORDS_SIZE - length,
					   " %s: %u cases",
					   effect_report_group_name(groups[i]),
					   curve->cases);
		if (length < WORDS_SIZE && week.known)
			length +=
			    (size_t)snprintf(words + length,
					     WORDS_SIZE - length,
					     ", %.0f %% clean after 7 days",
					     100 * week.value);
		if (length < WORDS_SIZE && two.known)
			length += (size_t)snprintf(words + length,
						   WORDS_SIZE - length,
						   ", %.0f %% after 14 days",
						   100 * two.value);
		if (length < WORDS_SIZE)
			length += (size_t)snprintf(words + length,
						   WORDS_SIZE - length, ".");
	}
	if (count == 0)
		(void)snprintf(words, WORDS_SIZE,
			       "Too few cases (fewer than %u in each group), "
			       "told %.300s.",
			       TRIAL_CASES_MIN, window);
}

static double
reach_of(const struct effect_report *report, const enum effect_group *groups,
	 size_t count)
{
	double reach = 0;

	for (size_t i = 0; i < count; i++) {
		const struct trial_curve *curve =
		    &report->figures[groups[i]].clean;

		reach = fmax(
		    reach,
		    days((double)curve->steps[curve->step_count - 1].at_us));
	}
	return reach;
}

static int
plot_cleaned(const struct effect_report *report, const char *folder)
{
	enum effect_group groups[CURVES_MAX];
	const size_t count = choose(report, groups);
	const struct axis axis = axis_for(LEFT,
					  reach_of(report, groups, count));
	const unsigned height =
	    (unsigned)(CLEANED_BOTTOM + 112 + 18 * (double)count);
	char words[WORDS_SIZE];
	struct svg svg;
	int error, closed;

	describe(report, groups, count, words);
	error = svg_open(&svg, folder, "cleaned.svg", WIDTH, height,
			 "Share of cases that became clean, by days since the "
			 "first notice",
			 words);
	if (error)
		return error;
	svg_text(&svg, LEFT, 28, SVG_START, SVG_LARGE,
		 "Cases that became clean");
	window_words(report->cases, words);
	draw_days(&svg, &axis, TOP, CLEANED_BOTTOM,
		  "days since the first notice");
	draw_shares(&svg);
	for (size_t i = 0; i < count && !error; i++)
		error = draw_band(&svg, &axis,
				  &report->figures[groups[i]].clean);
	for (size_t i = 0; i < count; i++)
		draw_curve(&svg, &axis, &report->figures[groups[i]].clean,
			   (unsigned)i);
	if (count)
		draw_legend(&svg, groups, count, 54);
	else
		svg_text(&svg, (LEFT + RIGHT) / 2, 200, SVG_MIDDLE, SVG_NORMAL,
			 "too few cases to say anything");
	svg_text(&svg, RIGHT, 28, SVG_END, SVG_SMALL, words);
	svg_text(&svg, LEFT - 82, CLEANED_BOTTOM + 62, SVG_START, SVG_SMALL,
		 "dated at the last certain sighting; a walled line is hardly "
		 "seen, so a garden looks faster than it is (see the report)");
	draw_at_risk(&svg, &axis, report, groups, count);
	closed = svg_close(&svg);
	return error ? error : closed;
}

/* --------------------------------------------------------- time to clean */

static void
draw_median(struct svg *svg, const struct axis *axis,
	    const struct effect_report *report, enum effect_group group,
	    double y)
{
	const struct trial_curve *curve = &report->figures[group].clean;
	const struct trial_median median = trial_median(curve);
	char words[128];

	(void)snprintf(words, sizeof(words), "%s (%u)",
		       effect_report_group_name(group), curve->cases);
	svg_text(svg, NAMES - 12, y + 4, SVG_END, SVG_NORMAL, words);
	if (curve->cases < TRIAL_CASES_MIN || !median.known) {
		svg_text(svg, NAMES + 12, y + 4, SVG_START, SVG_SMALL,
			 curve->cases < TRIAL_CASES_MIN
			     ? "too few cases"
			     : "fewer than half became clean");
		return;
	}
	svg_line(svg, 0, x_of(axis, median.low_known ? days(median.low_us) : 0),
		 y,
		 x_of(axis, median.high_known ? days(median.high_us)
					      : axis->days_max),
		 y);
	svg_dot(svg, x_of(axis, days(median.us)), y);
	(void)snprintf(words, sizeof(words), "%.1f days", days(median.us));
	svg_text(svg, x_of(axis, days(median.us)), y - 9, SVG_MIDDLE, SVG_SMALL,
		 words);
}

static int
plot_medians(const struct effect_report *report, const char *folder)
{
	const double bottom = TOP + 42.0 * EFFECT_GROUP_COUNT;
	struct axis axis;
	double reach = 0;
	char words[WORDS_SIZE], window[WORDS_SIZE];
	struct svg svg;
	int error;

	for (unsigned i = 0; i < EFFECT_GROUP_COUNT; i++) {
		const struct trial_median median =
		    trial_median(&report->figures[i].clean);

		if (report->figures[i].clean.cases < TRIAL_CASES_MIN)
			continue;
		reach = fmax(reach, days(median.us));
		if (median.high_known)
			reach = fmax(reach, days(median.high_us));
	}
	axis = axis_for(NAMES, reach * 1.1);
	window_words(report->cases, window);
	(void)snprintf(words, sizeof(words),
		       "Median days from the first notice until a case is "
		       "clean, with 95 %% intervals, by what was done; cases "
		       "first told %.400s. The figures stand beside each dot.",
		       window);
	error = svg_open(&svg, folder, "time-to-clean.svg", WIDTH,
			 (unsigned)bottom + 56,
			 "Median time until a case is clean", words);
	if (error)
		return error;
	svg_text(&svg, LEFT - 60, 28, SVG_START, SVG_LARGE,
		 "Half of the cases are clean after");
	svg_text(&svg, RIGHT, 28, SVG_END, SVG_SMALL, window);
	svg_text(&svg, LEFT - 60, 50, SVG_START, SVG_SMALL,
		 "group (cases); dot: median, line: 95 % interval; a line to "
		 "the edge has no end");
	draw_days(&svg, &axis, TOP, bottom, "days since the first notice");
	for (unsigned i = 0; i < EFFECT_GROUP_COUNT; i++)
		draw_median(&svg, &axis, report, i, TOP + 42.0 * i + 26);
	return svg_close(&svg);
}

/* ---------------------------------------------------------- day by day */

enum panel { PANEL_NOTICES, PANEL_MEASURES, PANEL_CLEAN, PANEL_COUNT };

static void
count_day(const struct trial_day *day, enum panel panel, double counts[2])
{
	counts[0] = counts[1] = 0;
	if (panel == PANEL_CLEAN) {
		counts[0] = day->clean;
		return;
	}
	for (unsigned would = 0; would < 2; would++)
		for (unsigned i = 0; i < RSIT_CLASS_COUNT; i++)
			counts[would] += panel == PANEL_NOTICES
					     ? day->notices[would][i]
					     : day->measures[would][i];
}

static void
draw_panel(struct svg *svg, const struct trial_cases *cases, enum panel panel,
	   double top, double bottom)
{
	static const char *const words[PANEL_COUNT] = {"notices", "measures",
						       "became clean"};
	const double width = (RIGHT - LEFT) / (double)cases->day_count;
	double most = 1, counts[2];
	char label[32];

	for (size_t i = 0; i < cases->day_count; i++) {
		count_day(&cases->days[i], panel, counts);
		most = fmax(most, counts[0] + counts[1]);
	}
	for (size_t i = 0; i < cases->day_count; i++) {
		const double x = LEFT + width * (double)i;
		double unit = (bottom - top) / most;

		count_day(&cases->days[i], panel, counts);
		svg_bar(svg, x, bottom - unit * counts[0], width,
			unit * counts[0], false);
		svg_bar(svg, x, bottom - unit * (counts[0] + counts[1]), width,
			unit * counts[1], true);
	}
	svg_rule(svg, LEFT, top, LEFT, bottom, false);
	svg_rule(svg, LEFT, bottom, RIGHT, bottom, false);
	svg_rule(svg, LEFT - 5, top, LEFT, top, false);
	(void)snprintf(label, sizeof(label), "%.0f", most);
	svg_text(svg, LEFT - 8, top + 4, SVG_END, SVG_SMALL, label);
	svg_text(svg, LEFT - 8, bottom + 4, SVG_END, SVG_SMALL, "0");
	svg_text_up(svg, LEFT - 42, (top + bottom) / 2, words[panel]);
}

static void
draw_dates(struct svg *svg, const struct trial_cases *cases, double bottom)
{
	const size_t step = cases->day_count / 8 + 1;

	for (size_t i = 0; i < cases->day_count; i += step) {
		const double x = LEFT + (RIGHT - LEFT) * (double)i /
					    (double)cases->day_count;
		const struct at_event day = {(cases->first_day + (int64_t)i) *
					     TIMES_DAY_US};
		char moment[WORDS_MOMENT_SIZE];

		words_moment(moment, day, 0);
		moment[10] = '\0';
		svg_rule(svg, x, bottom, x, bottom + 5, false);
		svg_text(svg, x, bottom + 19, SVG_START, SVG_SMALL, moment);
	}
	svg_text(svg, (LEFT + RIGHT) / 2, bottom + 38, SVG_MIDDLE, SVG_NORMAL,
		 "day (UTC)");
}

static int
plot_days(const struct effect_report *report, const char *folder)
{
	const struct trial_counts *counts = &report->cases->counts;
	char words[WORDS_SIZE], window[WORDS_SIZE];
	struct svg svg;
	double top = TOP;
	int error;

	window_words(report->cases, window);
	(void)
	    snprintf(words, sizeof(words),
		     "Three rows of bars, one a day, %.400s: notices (%llu "
		     "sent, %llu that shadow would have sent), measures (%llu "
		     "and %llu), cases that became clean.",
		     window, (unsigned long long)counts->notices,
		     (unsigned long long)counts->would_notices,
		     (unsigned long long)counts->measures,
		     (unsigned long long)counts->would_measures);
	error = svg_open(&svg, folder, "days.svg", WIDTH, 560,
			 "Notices, measures and clean cases a day", words);
	if (error)
		return error;
	svg_text(&svg, LEFT, 28, SVG_START, SVG_LARGE, "Day by day");
	svg_text(&svg, RIGHT, 28, SVG_END, SVG_SMALL, window);
	svg_bar(&svg, LEFT, 42, 14, 12, false);
	svg_text(&svg, LEFT + 20, 53, SVG_START, SVG_SMALL, "done");
	svg_bar(&svg, LEFT + 80, 42, 14, 12, true);
	svg_text(&svg, LEFT + 100, 53, SVG_START, SVG_SMALL,
		 "would have been done (shadow)");
	for (unsigned i = 0; i < PANEL_COUNT; i++) {
		draw_panel(&svg, report->cases, i, top, top + 120);
		top += 146;
	}
	draw_dates(&svg, report->cases, top - 26);
	return svg_close(&svg);
}

int
effect_report_plot(const struct effect_report *report, const char *folder)
{
	int error = plot_cleaned(report, folder);

	if (!error)
		error = plot_medians(report, folder);
	return error ? error : plot_days(report, folder);
}
