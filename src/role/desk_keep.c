/* SPDX-License-Identifier: Apache-2.0 */
/* From a step of a case to rows of the desk's store. */
#include "role/desk_keep.h"

#include <string.h>

#include "case/facts.h"
#include "fact/digest.h"
#include "role/counter_table.h"
#include "role/letter.h"

static void
note(struct desk_keep *keep, int error)
{
	if (error && !keep->error)
		keep->error = error;
}

static void
keep_case(struct desk_keep *keep, const struct case_record *record)
{
	struct store_case row = {.id = record->id,
				 .party = record->party,
				 .known = record->known,
				 .state = record->state,
				 .certainty = record->certainty,
				 .score_milli = record->score_milli,
				 .version = record->version,
				 .classes = record->classes,
				 .opened = record->opened,
				 .changed = record->changed,
				 .last = record->last_seen,
				 .due = record->due,
				 .closed = record->closed};
	struct writer writer;

	writer_init(&writer, keep->bytes, sizeof(keep->bytes));
	case_record_encode(&writer, record);
	row.record = (struct store_bytes){keep->bytes, writer.length};
	note(keep, writer.failed ? LZ_E_FULL
				 : desk_store_case_put(keep->store, &row));
}

static struct store_event
keep_event(struct desk_keep *keep, const struct case_output *step)
{
	const struct case_record *record = step->record;
	struct store_event row = {.case_id = record->id,
				  .now = step->input->now,
				  .kind = step->event->kind,
				  .brake = step->input->brake,
				  .brake_text = step->input->brake_text,
				  .from = (uint8_t)step->from,
				  .state = record->state,
				  .score_milli = record->score_milli,
				  .version = record->version,
				  .changed = step->changed,
				  .row = step->row,
				  .refused = step->refused,
				  .table_version = CASE_TABLE_VERSION,
				  .program = LZ_VERSION};
	struct writer writer;

	_Static_assert(STORE_IDS == CASE_ACTIONS_MAX, "numbers of a step");
	_Static_assert(STORE_CAUSES == CASE_CAUSES, "causes of a step");
	memcpy(row.ids, step->input->ids, sizeof(row.ids));
	memcpy(row.causes, step->input->causes, sizeof(row.causes));
	memcpy(row.policy_hash, record->policy_hash, STORE_HASH_SIZE);
	memcpy(row.current_hash, keep->conf->policy.hash, STORE_HASH_SIZE);
	writer_init(&writer, keep->bytes, CASE_EVENT_BYTES_MAX);
	case_event_encode(&writer, step->event);
	note(keep, desk_store_event_last(keep->store, record->id, &row.n));
	row.n++;
	row.body = (struct store_bytes){keep->bytes, writer.length};
	note(keep, writer.failed ? LZ_E_FULL
				 : desk_store_event_add(keep->store, &row));
	return row;
}

/* Would the party's measure be done, were it decided on for this class? */
static bool
limits(const struct case_output *step, uint8_t class)
{
	const enum case_act act =
	    step->input->policy->party_measure == MEASURE_LIMIT ? ACT_LIMIT
								: ACT_GARDEN;

	return case_is_live(step->input, act, class);
}

static void
keep_letter(struct desk_keep *keep, const struct case_output *step,
	    const struct case_notice *notice)
{
	const struct case_policy *policy = step->input->policy;
	const struct notice_letter letter = {
	    .id = notice->id,
	    .code_bits = notice->code_bits,
	    .step = notice->step,
	    .limits = limits(step, step->record->latest.class),
	    .created = notice->created,
	    .grace_us = policy->grace_us,
	    .quiet_us = policy->probation_us,
	    .sighting = step->record->latest};
	struct store_outbox row = {.case_id = step->record->id,
				   .notice = notice->id,
				   .kind = "notice",
				   .lane = STORE_LANE_NOTICE,
				   .due = notice->created};
	struct writer writer;

	writer_init(&writer, keep->bytes, LETTER_BYTES_MAX);
	letter_encode(&writer, &letter);
	row.body = (struct store_bytes){keep->bytes, writer.length};
	note(keep, writer.failed ? LZ_E_FULL
				 : desk_store_outbox_add(keep->store, &row));
	keep->outbox_rang = true;
}

static void
keep_notice(struct desk_keep *keep, const struct case_output *step,
	    const struct case_action *action)
{
	const struct store_notice row = {.id = action->notice.id,
					 .case_id = step->record->id,
					 .step = action->notice.step,
					 .code_bits = action->notice.code_bits,
					 .channel = action->would ? "none"
								  : "maildir",
					 .created = action->notice.created,
					 .would = action->would};

	note(keep, desk_store_notice_add(keep->store, &row));
	counters_add(keep->counters, COUNTER_DESK_NOTICES, 1);
	if (!action->would)
		keep_letter(keep, step, &action->notice);
}

static void
keep_measure(struct desk_keep *keep, const struct case_output *step,
	     const struct case_action *action)
{
	const struct case_measure *measure = &action->measure;
	const bool off = action->kind == CASE_ACTION_MEASURE_OFF;
	const struct store_measure row = {.id = measure->id,
					  .case_id = step->record->id,
					  .kind = measure->kind,
					  .target = measure->target,
					  .wanted = !off,
					  .would = action->would,
					  .since = measure->since,
					  .expires = measure->expires,
					  .changed = step->input->now,
					  .reason = action->text};

	note(keep, desk_store_measure_put(keep->store, &row));
	keep->measures_rang |= !action->would;
	keep->measures_off += off;
	if (action->kind == CASE_ACTION_MEASURE_ON)
		counters_add(keep->counters, COUNTER_DESK_MEASURES, 1);
}

static void
keep_action(struct desk_keep *keep, const struct case_output *step,
	    const struct store_event *event, unsigned index)
{
	const struct case_action *action = &step->actions[index];
	struct store_action row = {.kind = (uint8_t)action->kind,
				   .would = action->would,
				   .target = "",
				   .expires = times_unset(),
				   .text = action->text ? action->text : ""};

	switch (action->kind) {
	case CASE_ACTION_NOTICE:
		row.ref = action->notice.id;
		row.step = action->notice.step;
		keep_notice(keep, step, action);
		break;
	case CASE_ACTION_MEASURE_ON:
	case CASE_ACTION_MEASURE_RENEW:
	case CASE_ACTION_MEASURE_OFF:
		row.ref = action->measure.id;
		row.measure = (uint8_t)action->measure.kind;
		row.target = action->measure.target;
		row.expires = action->measure.expires;
		keep_measure(keep, step, action);
		break;
	case CASE_ACTION_REFUSED:
		counters_add(keep->counters, COUNTER_DESK_REFUSED, 1);
		break;
	case CASE_ACTION_CORRECTION:
	case CASE_ACTION_PERSON:
		counters_add(keep->counters, COUNTER_DESK_PERSONS, 1);
		break;
	}
	note(keep, desk_store_action_add(keep->store, event, index, &row));
}

void
desk_keep_step(void *context, const struct chain_output *output)
{
	struct desk_keep *keep = context;
	const struct case_output *step = output->step;
	const struct attributed *attributed = output->attributed;
	struct store_event event;

	keep->stepped = true;
	keep->from = step->from;
	keep->refused = step->refused;
	keep->measures_off = 0;
	if (keep->error)
		return;
	keep_case(keep, step->record);
	event = keep_event(keep, step);
	for (unsigned i = 0; i < step->action_count; i++)
		keep_action(keep, step, &event, i);
	if (attributed && step->event->kind == CASE_EVENT_SIGHTING)
		note(keep, desk_store_sighting_assign(
			       keep->store, &attributed->sighting,
			       step->record->id, attributed->answer.certainty,
			       attributed->answer.awaiting, NULL));
	if (step->refused)
		counters_add(keep->counters, COUNTER_DESK_REFUSED, 1);
}

int
desk_keep_party(void *context, const char *label, bool known,
		struct party_id *party)
{
	struct desk_keep *keep = context;
	struct rng rng = rng_fork(&keep->rng, digest_u64(label, strlen(label)));
	int error;

	error = desk_store_party(keep->store, label, known, party);
	if (error != LZ_E_NOT_FOUND)
		return error;
	do {
		error = LZ_E_EXISTS;
		if (party->value != 0)
			error = desk_store_party_add(keep->store, *party, label,
						     known, keep->now);
		if (error == LZ_E_EXISTS)
			party->value = rng_u64(&rng);
	} while (error == LZ_E_EXISTS);
	return error;
}
