/* SPDX-License-Identifier: Apache-2.0 */
/* The facts, put together; and whether automation would act on them. */
#include "case/facts.h"

/* Would automation do something in this state, were it let? */
static bool
is_about_to_act(enum case_state state, uint64_t facts)
{
	bool waits = facts & (CASE_F_HELD_BACK | CASE_F_CONTESTED);

	if (facts & CASE_F_ATTACK)
		return true;
	switch (state) {
	case CASE_WATCHING:
	case CASE_OPEN:
		return facts & CASE_F_ENOUGH;
	case CASE_NOTICED:
		return (facts & CASE_F_A && !waits) ||
		       facts & (CASE_F_B | CASE_F_AGAIN) ||
		       (facts & CASE_F_ENOUGH && !(facts & CASE_F_TOLD));
	case CASE_QUARANTINED:
		return facts &
		       (CASE_F_MOVED | CASE_F_STRONGER | CASE_F_FIERCER);
	case CASE_PROBATION:
		return facts & CASE_F_RELAPSE;
	default:
		return false;
	}
}

uint64_t
case_facts(const struct case_record *record, const struct case_event *event,
	   const struct case_step_input *input, uint64_t known,
	   struct case_weight *weight)
{
	struct case_view view = {
	    .record = record,
	    .event = event,
	    .input = input,
	    .policy = input->policy,
	    .current = case_current(input),
	    .now = input->now,
	    .live = case_is_live(input, ACT_NOTICE, case_newest_class(record)),
	    .facts = known,
	};

	/* Their rows stand before all others. */
	if (known & (CASE_F_DUPLICATE | CASE_F_UNKNOWN | CASE_F_EARLIER))
		return known;
	if (event->kind == CASE_EVENT_SIGHTING &&
	    times_is_set(record->probation_since) &&
	    event->sighting->time.us <= record->probation_since.us)
		view.facts |= CASE_F_STALE;
	view.facts |= case_evidence_facts(&view, weight);
	view.facts |= case_clock_facts(&view);
	view.facts |= case_people_facts(&view);
	if (is_about_to_act(record->state, view.facts))
		view.facts |= CASE_F_ACTS;
	return view.facts;
}
