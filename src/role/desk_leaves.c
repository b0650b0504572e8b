/* SPDX-License-Identifier: Apache-2.0 */
/* Steps into leaves. */
#include "role/desk_leaves.h"

#include <string.h>

/* What the event itself says; kind 0: nothing that is to be proved. */
static struct leaf_fact
of_event(const struct case_output *step)
{
	static const uint8_t receipts[RECEIPT_KIND_COUNT] = {
	    [RECEIPT_SENT] = LEAF_NOTICE_SENT,
	    [RECEIPT_ACCEPTED] = LEAF_NOTICE_ACCEPTED,
	    [RECEIPT_DELIVERED] = LEAF_NOTICE_DELIVERED,
	    [RECEIPT_SEEN] = LEAF_NOTICE_SEEN,
	    [RECEIPT_ACKNOWLEDGED] = LEAF_NOTICE_ACKNOWLEDGED,
	    [RECEIPT_FAILED] = LEAF_NOTICE_FAILED};
	const struct case_event *event = step->event;
	struct leaf_fact fact = {.case_id = step->record->id,
				 .time = step->input->now};

	switch (event->kind) {
	case CASE_EVENT_SIGHTING:
		if (event->certainty == CERTAINTY_CERTAIN)
			fact.kind = LEAF_ATTRIBUTED;
		fact.detail = event->certainty;
		break;
	case CASE_EVENT_WITHDRAW:
		if (step->record->known)
			fact.kind = LEAF_WITHDRAWN;
		break;
	case CASE_EVENT_RECEIPT:
		fact.kind = (enum leaf_kind)receipts[event->receipt];
		fact.ref = event->notice_id;
		fact.time = event->time;
		break;
	case CASE_EVENT_OBJECT:
		fact.kind = LEAF_OBJECTION;
		break;
	case CASE_EVENT_ANSWER:
		fact.kind = LEAF_ANSWER;
		fact.detail = event->granted;
		break;
	case CASE_EVENT_RELEASE:
		fact.kind = LEAF_RELEASE;
		break;
	default:
		break;
	}
	if (fact.kind && event->sighting) {
		memcpy(fact.about, event->sighting->id, SIGHTING_ID_SIZE);
		fact.about_length = SIGHTING_ID_SIZE;
	}
	return fact;
}

static struct leaf_fact
of_action(const struct case_output *step, const struct case_action *action)
{
	struct leaf_fact fact = {.case_id = step->record->id,
				 .time = step->input->now};

	switch (action->kind) {
	case CASE_ACTION_NOTICE:
		fact.kind = LEAF_NOTICE_CREATED;
		fact.ref = action->notice.id;
		fact.detail = action->notice.step;
		break;
	case CASE_ACTION_CORRECTION:
		fact.kind = LEAF_CORRECTION;
		fact.ref = action->notice.id;
		break;
	case CASE_ACTION_MEASURE_ON:
	case CASE_ACTION_MEASURE_OFF:
		fact.kind = action->kind == CASE_ACTION_MEASURE_ON
				? LEAF_MEASURE_ON
				: LEAF_MEASURE_OFF;
		fact.ref = action->measure.id;
		fact.detail = action->measure.kind;
		break;
	default:
		break;
	}
	return fact;
}

int
desk_leaves_step(struct leaf_store *leaves, const struct case_output *step,
		 struct at_event now)
{
	struct leaf_fact fact = of_event(step);
	int error = 0;

	if (!step->changed)
		return 0;
	if (fact.kind)
		error = leaf_store_add(leaves, &fact, now);
	for (size_t i = 0; i < step->action_count && !error; i++) {
		if (step->actions[i].would)
			continue;
		fact = of_action(step, &step->actions[i]);
		if (fact.kind)
			error = leaf_store_add(leaves, &fact, now);
	}
	return error;
}
