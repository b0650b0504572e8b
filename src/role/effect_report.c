/* SPDX-License-Identifier: Apache-2.0 */
/* Puts cases into groups and makes their figures. */
#include "role/effect_report.h"

#include "base/memory.h"

const unsigned effect_report_days[EFFECT_HORIZONS] = {1, 3, 7, 14, 30, 180};

const char *
effect_report_group_name(enum effect_group group)
{
	static const char *const names[EFFECT_GROUP_COUNT] = {
	    [EFFECT_TREATED] = "treated",   [EFFECT_HELD_BACK] = "held-back",
	    [EFFECT_NO_TRIAL] = "no-trial", [EFFECT_TOLD] = "told",
	    [EFFECT_MEASURED] = "measured", [EFFECT_NOTICE] = "notice-only",
	    [EFFECT_BASELINE] = "baseline"};

	return names[group];
}

const char *
effect_report_group_words(enum effect_group group)
{
	static const char *const words[EFFECT_GROUP_COUNT] = {
	    [EFFECT_TREATED] = "in the trial, measured as soon as due",
	    [EFFECT_HELD_BACK] = "in the trial, measured later",
	    [EFFECT_NO_TRIAL] = "told, in no trial",
	    [EFFECT_TOLD] = "all that were told",
	    [EFFECT_MEASURED] = "told and under a garden, limit or block",
	    [EFFECT_NOTICE] = "told and never measured",
	    [EFFECT_BASELINE] = "shadow: nobody was told, nothing was done"};

	return words[group];
}

void
effect_report_pair(enum effect_pair pair, enum effect_group groups[2])
{
	static const enum effect_group pairs[EFFECT_PAIR_COUNT][2] = {
	    [EFFECT_PAIR_TRIAL] = {EFFECT_TREATED, EFFECT_HELD_BACK},
	    [EFFECT_PAIR_BASELINE] = {EFFECT_TOLD, EFFECT_BASELINE},
	    [EFFECT_PAIR_MEASURE] = {EFFECT_MEASURED, EFFECT_NOTICE}};

	groups[0] = pairs[pair][0];
	groups[1] = pairs[pair][1];
}

const char *
effect_report_pair_words(enum effect_pair pair)
{
	if (pair == EFFECT_PAIR_BASELINE)
		return "not drawn by lot: shadow saw other cases at other "
		       "times";
	if (pair == EFFECT_PAIR_MEASURE)
		return "not drawn by lot: only those still infected are "
		       "measured, so this says\n    nothing of what a measure "
		       "does";
	return "drawn by lot, so the difference is the measure's. A walled "
	       "line is hardly seen:\n    by the last sighting a garden looks "
	       "faster than it is, by its end slower;\n    the truth lies "
	       "between the two columns";
}

bool
effect_report_is_live(const struct trial_case *one)
{
	return times_is_set(one->told) || times_is_set(one->measured);
}

static bool
belongs(const struct trial_case *one, enum effect_group group)
{
	const bool live = effect_report_is_live(one);

	switch (group) {
	case EFFECT_TREATED:
		return live && one->arm == ARM_TREATED;
	case EFFECT_HELD_BACK:
		return live && one->arm == ARM_HELD_BACK;
	case EFFECT_NO_TRIAL:
		return live && one->arm == ARM_NONE;
	case EFFECT_TOLD:
		return live;
	case EFFECT_MEASURED:
		return times_is_set(one->measured);
	case EFFECT_NOTICE:
		return live && !times_is_set(one->measured);
	default:
		return !live;
	}
}

/* Three sets of spells, each as long as there are cases. */
struct spells {
	struct trial_spell *clean, *freed, *again;
	size_t count, again_count;
};

static void
add_spells(struct spells *spells, const struct trial_case *one,
	   struct at_event until)
{
	const int64_t end = one->clean ? one->clean_at.us : one->watched.us;
	const int64_t freed = one->clean ? one->freed_at.us : one->watched.us;

	spells->clean[spells->count] =
	    (struct trial_spell){.span_us = end - one->origin.us,
				 .clean = one->clean};
	spells->freed[spells->count++] =
	    (struct trial_spell){.span_us = freed - one->origin.us,
				 .clean = one->clean};
	if (!one->clean)
		return;
	spells->again[spells->again_count++] = (struct trial_spell){
	    .span_us = (times_is_set(one->again) ? one->again.us : until.us) -
		       one->clean_at.us,
	    .clean = times_is_set(one->again)};
}

static int
make_figures(const struct trial_cases *cases, enum effect_group group,
	     struct spells *spells, struct effect_figures *figures)
{
	int error;

	spells->count = spells->again_count = 0;
	for (size_t i = 0; i < cases->count; i++)
		if (cases->list[i].left_out == TRIAL_TAKEN &&
		    belongs(&cases->list[i], group))
			add_spells(spells, &cases->list[i],
				   cases->window.until);
	error = trial_curve_make(spells->clean, spells->count, &figures->clean);
	if (!error)
		error = trial_curve_make(spells->freed, spells->count,
					 &figures->freed);
	if (!error)
		error = trial_curve_make(spells->again, spells->again_count,
					 &figures->again);
	return error;
}

static void
count_wrong(const struct trial_cases *cases, struct effect_report *report)
{
	const struct trial_window *window = &cases->window;

	for (size_t i = 0; i < cases->count; i++) {
		const struct trial_case *one = &cases->list[i];

		if (one->left_out == TRIAL_TAKEN &&
		    !effect_report_is_live(one) && one->arm != ARM_NONE)
			report->shadow_arms[one->arm == ARM_HELD_BACK]++;
		if (!times_is_set(one->measured) ||
		    one->measured.us < window->since.us ||
		    one->measured.us >= window->until.us ||
		    (window->class && !(one->classes & 1u << window->class)))
			continue;
		report->measured++;
		report->wrong += one->wrong ||
				 one->verdict == TRIAL_VERDICT_WRONG;
		report->judged += one->verdict == TRIAL_VERDICT_RIGHT ||
				  one->verdict == TRIAL_VERDICT_WRONG;
		report->judged_wrong += one->verdict == TRIAL_VERDICT_WRONG;
		report->unclear += one->verdict == TRIAL_VERDICT_UNCLEAR;
	}
}

static void
count_costs(struct effect_report *report)
{
	const struct trial_counts *counts = &report->cases->counts;
	const struct costs_conf *costs = report->costs;
	const uint64_t contacts = counts->staff_releases + counts->objections +
				  counts->asked;

	if (costs->currency[0] == '\0')
		return;
	report->notice_milli = (int64_t)counts->mails * costs->mail_milli +
			       (int64_t)counts->messages * costs->sms_milli +
			       (int64_t)counts->letters * costs->letter_milli +
			       (int64_t)counts->calls * costs->call_milli;
	report->staff_milli = (int64_t)contacts * costs->contact_minutes *
			      costs->hour_milli / 60;
}

int
effect_report_make(const struct trial_cases *cases,
		   const struct costs_conf *costs, struct effect_report *report)
{
	const size_t room = cases->count + 1;
	struct spells spells = {
	    .clean = memory_new(room, sizeof(struct trial_spell)),
	    .freed = memory_new(room, sizeof(struct trial_spell)),
	    .again = memory_new(room, sizeof(struct trial_spell))};
	int error = spells.clean && spells.freed && spells.again ? 0
								 : LZ_E_MEMORY;

	*report = (struct effect_report){.cases = cases, .costs = costs};
	for (unsigned i = 0; i < EFFECT_GROUP_COUNT && !error; i++)
		error = make_figures(cases, i, &spells, &report->figures[i]);
	memory_free(spells.clean);
	memory_free(spells.freed);
	memory_free(spells.again);
	if (error) {
		effect_report_free(report);
		return error;
	}
	for (unsigned i = 0; i < EFFECT_PAIR_COUNT; i++) {
		enum effect_group pair[2];

		effect_report_pair(i, pair);
		report->tests[i] =
		    trial_log_rank(&report->figures[pair[0]].clean,
				   &report->figures[pair[1]].clean);
	}
	report->freed =
	    trial_log_rank(&report->figures[EFFECT_TREATED].freed,
			   &report->figures[EFFECT_HELD_BACK].freed);
	count_wrong(cases, report);
	count_costs(report);
	return 0;
}

void
effect_report_free(struct effect_report *report)
{
	for (unsigned i = 0; i < EFFECT_GROUP_COUNT; i++) {
		trial_curve_free(&report->figures[i].clean);
		trial_curve_free(&report->figures[i].freed);
		trial_curve_free(&report->figures[i].again);
	}
}
