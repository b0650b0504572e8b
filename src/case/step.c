/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one function that changes a case: take the event in, look at the facts,
 * let the table's row fire.
 */
#include <string.h>

#include "case/act.h"
#include "case/facts.h"
#include "case/ladder.h"
#include "case/take.h"

/* Nothing waits for an answer in a case that has ended. */
static void
end_case(struct case_record *record, struct at_event now)
{
	record->closed = now;
	record->objected = record->answer_due = times_unset();
	record->first_person = 0;
	record->first_deed = 0;
	record->first_person_at = times_unset();
}

static void
move_to(struct case_record *record, const struct case_row *row,
	struct at_event now)
{
	enum case_state next = (enum case_state)row->next;

	if (row->next == CASE_NEXT_SAME)
		return;
	if (row->next == CASE_NEXT_BACK)
		next = record->held_from;
	if (next == record->state)
		return;
	if (next == CASE_HELD)
		record->held_from = record->state;
	if (next == CASE_PROBATION)
		record->probation_since = now;
	if (case_has_ended(next))
		end_case(record, now);
	record->state = next;
	record->state_since = now;
}

/* Minutes of attack since the last notice, for whoever reads the record. */
static void
count_minutes(struct case_record *record)
{
	const struct case_notice *notice = case_last_notice(record, false);
	int64_t minute = INT64_MIN;

	record->attack_minutes = 0;
	for (uint32_t i = record->sighting_count; notice && i-- > 0;) {
		const struct case_sighting *it = &record->sightings[i];

		if (it->time.us <= notice->created.us)
			break;
		if (!it->own || it->class != RSIT_DDOS ||
		    it->time.us / TIMES_MINUTE_US == minute)
			continue;
		minute = it->time.us / TIMES_MINUTE_US;
		record->attack_minutes++;
	}
}

void
case_step(struct case_record *record, const struct case_event *event,
	  const struct case_step_input *input, struct case_step_result *result)
{
	struct case_weight weight = {0};
	const struct case_row *row;
	uint64_t known;

	memset(result, 0, offsetof(struct case_step_result, actions));
	/* What is refused hasn't been taken in: there is nothing to undo. */
	known = case_take(record, event, input);
	result->facts = case_facts(record, event, input, known, &weight);
	row = case_table_find(record->state, event->kind, result->facts);
	result->row = row ? row->name : "unlisted";
	result->refused = row ? row->refusal : "it can't happen in this state";
	result->changed = row && !row->refusal &&
			  !(result->facts & CASE_F_DUPLICATE);
	if (!result->changed)
		return;
	case_act(record, event, input, row, result->facts, result);
	/* A trial ends where an attack begins. */
	if (result->facts & (CASE_F_ATTACK | CASE_F_B) &&
	    record->held_back_until.us > input->now.us)
		record->held_back_until = input->now;
	move_to(record, row, input->now);
	record->version++;
	record->changed = input->now;
	record->score_milli = weight.score_milli;
	count_minutes(record);
	record->due = case_due(record, input);
}

bool
case_is_bound(const struct case_record *record)
{
	return case_strongest(record) > MEASURE_FILTER;
}

void
case_record_init(struct case_record *record, uint64_t id, struct party_id party,
		 struct at_event now, const struct case_policy *policy)
{
	memset(record, 0, CASE_RECORD_SIZE(0));
	record->id = id;
	record->party = party;
	record->state = CASE_WATCHING;
	record->opened = record->changed = record->state_since = now;
	record->due = record->closed = record->retry = times_unset();
	record->earlier_until = record->probation_since = times_unset();
	record->first_seen = record->last_seen = times_unset();
	record->attack_last = record->latest.time = times_unset();
	record->bound_since = record->staff_released = times_unset();
	record->held_back_until = record->first_person_at = times_unset();
	record->objected = record->answer_due = times_unset();
	memcpy(record->policy_hash, policy->hash, sizeof(record->policy_hash));
}
