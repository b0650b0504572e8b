/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of time: what is due, whose hours it is, and when to look next. */
#include <string.h>

#include "case/facts.h"
#include "case/ladder.h"

#define PPM 1000000u

static struct at_event
later(struct at_event a, struct at_event b)
{
	return a.us > b.us ? a : b;
}

bool
case_has_ended(enum case_state state)
{
	return state == CASE_CLOSED || state == CASE_DISMISSED ||
	       state == CASE_MERGED;
}

/* ---- notices and measures ---- */

static bool
is_accepted(const struct case_notice *notice)
{
	return times_is_set(notice->accepted) &&
	       !times_is_set(notice->delivered) &&
	       !times_is_set(notice->failed);
}

/* When a case has nothing more to do: nothing was seen for so long. */
static struct at_event
quiet_at(const struct case_record *record, const struct case_policy *policy)
{
	return (struct at_event){
	    later(record->last_seen, record->state_since).us +
	    policy->probation_us};
}

/* When the next notice of the ladder may go out; unset: it may not. */
static struct at_event
again_at(const struct case_record *record, const struct case_policy *policy,
	 struct at_event now)
{
	const struct case_notice *last = case_last_notice(record, false);

	if (record->state != CASE_NOTICED || !last ||
	    !case_has_channel(record) ||
	    record->notice_count == CASE_NOTICES_MAX ||
	    now.us >= quiet_at(record, policy).us ||
	    case_newest_infected(record).us <= last->created.us)
		return times_unset();
	return case_ladder_notice_due(record, policy);
}

static uint64_t
measure_facts(const struct case_view *view)
{
	const struct case_record *record = view->record;
	uint64_t facts = 0;

	for (uint32_t i = 0; i < record->measure_count; i++) {
		bool spent = record->measures[i].expires.us <= view->now.us;

		facts |= CASE_F_MEASURE;
		if (spent)
			facts |= CASE_F_SPENT;
		else if (record->measures[i].kind != MEASURE_FILTER)
			facts |= CASE_F_BOUND;
		if (record->measures[i].weakened_from)
			facts |= CASE_F_WEAKENED;
	}
	return facts;
}

/* A day before the first measure on the party ends; unset: nobody is asked. */
static struct at_event
ends_soon_at(const struct case_record *record, const struct case_policy *policy)
{
	struct at_event first = times_unset();

	if (policy->auto_release || record->asked & CASE_ASKED_END)
		return first;
	for (uint32_t i = 0; i < record->measure_count; i++) {
		const struct case_measure *it = &record->measures[i];

		if (it->kind != MEASURE_FILTER &&
		    (!times_is_set(first) || it->expires.us < first.us))
			first = it->expires;
	}
	if (times_is_set(first))
		first.us -= TIMES_DAY_US;
	return first;
}

/* ---- hours ---- */

/* What would begin now, were it by the ladder or by a person. */
static enum measure_kind
next_kind(const struct case_view *view)
{
	const struct case_record *record = view->record;
	const struct case_rung *rung;

	if (view->event->kind == CASE_EVENT_ORDER)
		return (enum measure_kind)view->event->measure;
	if (case_weakened(record))
		return case_weakened(record);
	if (record->state == CASE_QUARANTINED &&
	    !(view->facts & CASE_F_STRONGER))
		return case_strongest(record);
	rung = case_ladder_measure(record, view->policy);
	return rung ? (enum measure_kind)rung->measure : (enum measure_kind)0;
}

static bool
self_is_spent(const struct case_view *view)
{
	const struct case_record *record = view->record;
	uint32_t recent = 0;

	for (uint32_t i = 0; i < record->self_release_count; i++)
		recent += record->self_released[i].us >
			  view->now.us - view->policy->self_release_span_us;
	return recent >= view->policy->self_releases;
}

static bool
is_staffed(const struct case_view *view)
{
	return hours_within(&view->current->calendar, &view->current->help_desk,
			    view->now);
}

/* An own flood counts as going on for as long as it would be filtered. */
static struct at_event
attack_over(const struct case_record *record, const struct case_policy *policy)
{
	struct at_event over = record->attack_last;

	if (times_is_set(over))
		over.us += policy->filter_us;
	return over;
}

static uint64_t
hour_facts(const struct case_view *view, bool attacked)
{
	const struct case_policy *current = view->current;
	enum measure_kind kind = next_kind(view);
	uint64_t facts = 0;

	/* A person orders what no sighting speaks of at that moment. */
	if (attacked ||
	    (view->event->kind == CASE_EVENT_ORDER &&
	     attack_over(view->record, view->policy).us > view->now.us))
		return 0;
	if (current->quiet.set &&
	    hours_quiet(&current->calendar, &current->quiet, view->now))
		facts |= CASE_F_NIGHT;
	if ((kind == MEASURE_BLOCK ||
	     (kind == MEASURE_GARDEN && self_is_spent(view))) &&
	    !is_staffed(view))
		facts |= CASE_F_UNHELPED;
	return facts;
}

/* ---- objections ---- */

static bool
is_overdue(const struct case_view *view)
{
	return times_is_set(view->record->answer_due) &&
	       view->now.us >= view->record->answer_due.us;
}

static uint64_t
objection_facts(const struct case_view *view)
{
	const struct case_record *record = view->record;
	bool strong = case_strongest(record) > MEASURE_LIMIT;
	bool attacks = attack_over(record, view->policy).us > view->now.us;
	uint64_t facts = CASE_F_OBJECTED;

	if (!times_is_set(record->objected))
		return 0;
	if (is_overdue(view))
		facts |= CASE_F_OVERDUE;
	if (strong &&
	    (facts & CASE_F_OVERDUE || (!attacks && !is_staffed(view))))
		facts |= CASE_F_EASES;
	if (!(view->facts & CASE_F_B) && next_kind(view) > MEASURE_LIMIT)
		facts |= CASE_F_CONTESTED;
	return facts;
}

/* When case_clock_facts begins to answer CASE_F_EASES. */
static struct at_event
eases_at(const struct case_record *record, const struct case_step_input *input)
{
	const struct case_policy *current = case_current(input);
	struct at_event at = later(attack_over(record, input->policy),
				   input->now);

	if (!times_is_set(record->objected) ||
	    case_strongest(record) <= MEASURE_LIMIT)
		return times_unset();
	if (hours_within(&current->calendar, &current->help_desk, at))
		at = hours_end(&current->calendar, &current->help_desk, at);
	return times_is_set(at) && at.us < record->answer_due.us
		   ? at
		   : record->answer_due;
}

/* ---- the trial ---- */

static uint64_t
trial_facts(const struct case_view *view, bool attacked)
{
	const struct case_hold_back *trial = &view->current->hold_back;
	const struct case_record *record = view->record;
	uint32_t share = trial->share_ppm < CASE_HOLD_BACK_PPM_MAX
			     ? trial->share_ppm
			     : CASE_HOLD_BACK_PPM_MAX;
	uint64_t facts = 0;

	if (record->arm == ARM_HELD_BACK) {
		if (record->held_back_until.us > view->now.us && !attacked)
			facts |= CASE_F_HELD_BACK;
		if (record->held_back_until.us <= view->now.us &&
		    record->held_back_until.us > record->changed.us)
			facts |= CASE_F_HOLD_OVER;
	}
	/* Its first measure, by trigger A. */
	if (record->arm != ARM_NONE || share == 0 || attacked ||
	    view->now.us >= trial->until_us || !(view->facts & CASE_F_A) ||
	    record->state != CASE_NOTICED ||
	    times_is_set(record->probation_since))
		return facts;
	facts |= CASE_F_TRIAL;
	if (view->input->ids[CASE_ACTIONS_MAX - 1] % PPM < share)
		facts |= CASE_F_LOT;
	return facts;
}

uint64_t
case_clock_facts(const struct case_view *view)
{
	const struct case_record *record = view->record;
	const struct case_policy *policy = view->policy;
	bool attacked = view->facts & (CASE_F_ATTACK | CASE_F_B);
	struct at_event again = again_at(record, policy, view->now);
	struct at_event soon = ends_soon_at(record, policy);
	uint64_t facts = measure_facts(view);

	for (uint32_t i = 0; i < record->notice_count; i++)
		if (is_accepted(&record->notices[i]) &&
		    view->now.us >=
			record->notices[i].accepted.us + policy->accepted_us)
			facts |= CASE_F_ACCEPTED;
	if (times_is_set(again) && view->now.us >= again.us)
		facts |= CASE_F_AGAIN;
	if (times_is_set(soon) && view->now.us >= soon.us)
		facts |= CASE_F_ENDS_SOON;
	if (quiet_at(record, policy).us <= view->now.us)
		facts |= CASE_F_QUIET;
	if (times_is_set(record->retry) && record->retry.us <= view->now.us)
		facts |= CASE_F_RETRY;
	facts |= hour_facts(view, attacked);
	facts |= objection_facts(view);
	return facts | trial_facts(view, attacked);
}

/* ---- the next look ---- */

static void
sooner(struct at_event *due, struct at_event at)
{
	if (times_is_set(at) && (!times_is_set(*due) || at.us < due->us))
		*due = at;
}

struct at_event
case_due(const struct case_record *record, const struct case_step_input *input)
{
	const struct case_policy *policy = input->policy;
	struct at_event again = again_at(record, policy, input->now);
	struct at_event due = times_unset();

	if (case_has_ended(record->state))
		return due;
	for (uint32_t i = 0; i < record->measure_count; i++)
		sooner(&due, record->measures[i].expires);
	for (uint32_t i = 0; i < record->notice_count; i++)
		if (is_accepted(&record->notices[i]))
			sooner(&due, (struct at_event){
					 record->notices[i].accepted.us +
					 policy->accepted_us});
	sooner(&due, ends_soon_at(record, policy));
	sooner(&due, eases_at(record, input));
	if (record->state == CASE_HELD)
		return due;
	if (times_is_set(again))
		sooner(&due, later(again, record->retry));
	sooner(&due, record->retry);
	if (record->arm == ARM_HELD_BACK &&
	    record->held_back_until.us > input->now.us)
		sooner(&due, record->held_back_until);
	/* Who objected is answered before his case is closed. */
	if (record->measure_count == 0 && record->state != CASE_QUARANTINED &&
	    !times_is_set(record->objected))
		sooner(&due, quiet_at(record, policy));
	return due;
}
