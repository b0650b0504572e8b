/* SPDX-License-Identifier: Apache-2.0 */
/* From a step of a case to rows of the desk's store. */
#include "role/desk_keep.h"

#include <string.h>

#include "base/memory.h"
#include "case/facts.h"
#include "fact/digest.h"
#include "role/counter_table.h"
#include "role/desk_leaves.h"
#include "role/desk_letter.h"

static void
note(struct desk_keep *keep, int error)
{
	if (error && !keep->error)
		keep->error = error;
}

/*
 * Rows that name a case need its row.  One that was opened in this round has
 * none yet.
 */
static void
found_case(struct desk_keep *keep, const struct case_output *step)
{
	const struct case_record *record = step->record;

	if (record->opened.us >= keep->now.us)
		note(keep,
		     desk_rows_case(keep->rows, keep->store, record, step->n));
}

/* All of the event but its body. */
static struct store_event
event_of(const struct desk_keep *keep, const struct case_output *step)
{
	const struct case_record *record = step->record;
	struct store_event row = {.case_id = record->id,
				  .n = step->n,
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

	_Static_assert(STORE_IDS == CASE_ACTIONS_MAX, "numbers of a step");
	_Static_assert(STORE_CAUSES == CASE_CAUSES, "causes of a step");
	memcpy(row.causes, step->input->causes, sizeof(row.causes));
	memcpy(row.policy_hash, record->policy_hash, STORE_HASH_SIZE);
	memcpy(row.current_hash, keep->conf->policy.hash, STORE_HASH_SIZE);
	return row;
}

/* The step's own row. */
static struct store_event
keep_event(struct desk_keep *keep, const struct case_output *step)
{
	struct store_event row = event_of(keep, step);
	struct writer writer;

	memcpy(row.ids, step->input->ids, sizeof(row.ids));
	writer_init(&writer, keep->bytes, sizeof(keep->bytes));
	case_event_encode(&writer, step->event);
	row.body = (struct store_bytes){keep->bytes, writer.length};
	note(keep, writer.failed ? LZ_E_FULL
				 : desk_store_event_add(keep->store, &row));
	return row;
}

/* Did the step leave everything but the evidence as it was? */
static bool
is_quiet(const struct case_output *step)
{
	return step->changed && !step->refused && step->action_count == 0 &&
	       (step->from == 0 || step->from == step->record->state);
}

/* The row of a sighting that came in; with its step where that was quiet. */
static void
keep_arrived(struct desk_keep *keep, const struct chain_output *output)
{
	const struct attributed *attributed = output->attributed;
	const struct case_output *step = output->step;
	struct store_event event;
	struct store_sighting row = {.sighting = &attributed->sighting,
				     .case_id = step->record->id,
				     .certainty = attributed->answer.certainty,
				     .awaiting = attributed->answer.awaiting,
				     .binding_source = output->binding_source};
	struct writer writer;

	keep->placed = true;
	if (is_quiet(step)) {
		event = event_of(keep, step);
		writer_init(&writer, keep->bytes, sizeof(keep->bytes));
		case_event_encode_bare(&writer, step->event);
		event.body = (struct store_bytes){keep->bytes, writer.length};
		row.event = &event;
		note(keep, writer.failed ? LZ_E_FULL : 0);
		counters_add(keep->counters, COUNTER_DESK_FOLDED, 1);
	}
	note(keep, desk_rows_sighting(keep->rows, &row));
}

/* A sighting whose row is there goes to another case. */
static void
keep_moved(struct desk_keep *keep, const struct chain_output *output)
{
	const struct attributed *attributed = output->attributed;
	const struct case_event *event = output->step->event;
	const bool awaiting = attributed && attributed->answer.awaiting;
	const char *source = *event->binding_source ? event->binding_source
						    : NULL;

	if (desk_rows_waiting(keep->rows))
		note(keep,
		     desk_rows_flush(keep->rows, keep->store, keep->book));
	note(keep,
	     desk_store_sighting_assign(keep->store, event->sighting,
					output->step->record->id,
					event->certainty, awaiting, source));
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
					 .would = action->would,
					 .channel_asked =
					     action->notice.channel};

	note(keep, desk_store_notice_add(keep->store, &row));
	counters_add(keep->counters, COUNTER_DESK_NOTICES, 1);
	if (action->would)
		return;
	note(keep, desk_letter_notice(keep->store, step, &action->notice));
	keep->outbox_rang = true;
}

/* What a notice said is taken back, the way it was said. */
static void
keep_correction(struct desk_keep *keep, const struct case_output *step,
		const struct case_action *action)
{
	if (action->would)
		return;
	counters_add(keep->counters, COUNTER_DESK_CORRECTIONS, 1);
	keep->corrected++;
	note(keep, desk_store_notice_corrected(keep->store, action->notice.id,
					       step->input->now));
	note(keep, desk_letter_correction(keep->store, step, &action->notice,
					  keep->wrong));
	keep->outbox_rang = true;
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
					  .reason = action->text,
					  .security = measure->reason,
					  .weakened_from =
					      measure->weakened_from};

	note(keep, desk_store_measure_put(keep->store, &row));
	keep->measures_rang |= !action->would;
	keep->measures_off += off;
	keep->lifted += off && !action->would;
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
		row.ref = action->notice.id;
		row.step = action->notice.step;
		keep_correction(keep, step, action);
		break;
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
	const bool arrived = output->attributed && output->arrived;
	struct store_event event;

	keep->stepped = true;
	keep->steps++;
	keep->from = step->from;
	keep->refused = step->refused;
	keep->row = step->row;
	keep->measures_off = 0;
	if (keep->error)
		return;
	note(keep, desk_rows_touch(keep->rows, step->record->id));
	if (!arrived || !is_quiet(step)) {
		found_case(keep, step);
		event = keep_event(keep, step);
		for (unsigned i = 0; i < step->action_count; i++)
			keep_action(keep, step, &event, i);
		if (keep->leaves)
			note(keep,
			     desk_leaves_step(keep->leaves, step, keep->now));
	}
	if (arrived)
		keep_arrived(keep, output);
	else if (step->event->kind == CASE_EVENT_SIGHTING)
		keep_moved(keep, output);
	counters_add(keep->counters, COUNTER_DESK_STEPS, 1);
	if (step->refused)
		counters_add(keep->counters, COUNTER_DESK_REFUSED, 1);
}

void
desk_keep_arrival(void *context, const struct sighting *sighting)
{
	struct desk_keep *keep = context;
	const struct store_sighting row = {.sighting = sighting,
					   .certainty = CERTAINTY_NOBODY};

	if (!keep->placed && !keep->error)
		note(keep, desk_rows_sighting(keep->rows, &row));
	keep->placed = false;
}

int
desk_keep_flush(struct desk_keep *keep)
{
	if (!keep->error)
		note(keep,
		     desk_rows_flush(keep->rows, keep->store, keep->book));
	if (!keep->error)
		case_book_settle(keep->book);
	return keep->error;
}

void
desk_keep_drop(struct desk_keep *keep)
{
	desk_rows_drop(keep->rows);
	keep->placed = false;
	keep->error = 0;
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

int
desk_keep_find(void *context, const char *label, struct party_id *party)
{
	const struct desk_keep *keep = context;

	return desk_store_party(keep->store, label, true, party);
}

/* Numbers of those that the store doesn't know, drawn one by one. */
int
desk_keep_parties(void *context, struct chain_asked *asked, size_t count)
{
	struct desk_keep *keep = context;
	struct store_party *names = memory_new(count, sizeof(*names));
	struct party_id *found = memory_new(count, sizeof(*found));
	int error = names && found ? 0 : LZ_E_MEMORY;

	for (size_t i = 0; i < count && !error; i++)
		names[i] = (struct store_party){.label = asked[i].label,
						.known = asked[i].known};
	if (!error)
		error = desk_store_parties(keep->store, names, count, found);
	for (size_t i = 0; i < count && !error; i++) {
		if (found[i].value != 0)
			asked[i].party = found[i];
		else
			error = desk_keep_party(keep, asked[i].label,
						asked[i].known,
						&asked[i].party);
	}
	memory_free(names);
	memory_free(found);
	return error;
}
