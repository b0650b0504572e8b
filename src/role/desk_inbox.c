/* SPDX-License-Identifier: Apache-2.0 */
/* The spools of the desk. */
#include "role/desk_inbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "role/audit.h"
#include "role/counter_table.h"
#include "role/credible.h"
#include "role/desk_changes.h"
#include "role/desk_command.h"
#include "role/effect.h"
#include "role/receipt.h"
#include "role/trial_cases.h"
#include "role/verdict.h"
#include "store/audit_store.h"
#include "store/desk_view.h"
#include "store/effect_store.h"
#include "store/recall_store.h"
#include "store/trial_view.h"

const char *
desk_spool_name(enum desk_spool spool)
{
	static const char *const names[DESK_SPOOL_COUNT] = {
	    [DESK_SPOOL_COMMAND] = "command",
	    [DESK_SPOOL_WEB] = "web",
	    [DESK_SPOOL_NOTIFIER] = "notifier",
	    [DESK_SPOOL_ENFORCER] = "enforcer",
	    [DESK_SPOOL_REGISTRAR] = "registrar",
	    [DESK_SPOOL_SENSOR] = "sensor"};

	return names[spool];
}

int
desk_inbox_init(struct desk_inbox *inbox, const char *state_root)
{
	*inbox = (struct desk_inbox){.arrivals = arrivals_new()};
	for (unsigned i = 0; i < DESK_SPOOL_COUNT; i++)
		snprintf(inbox->path[i], sizeof(inbox->path[i]), "%s/%s/spool",
			 state_root, desk_spool_name(i));
	return inbox->arrivals ? 0 : LZ_E_MEMORY;
}

static void
reader_close(struct desk_inbox *inbox, enum desk_spool spool)
{
	if (!inbox->readers[spool])
		return;
	inbox->lost += spool_reader_lost(inbox->readers[spool]);
	spool_reader_close(inbox->readers[spool]);
	inbox->readers[spool] = NULL;
}

void
desk_inbox_fini(struct desk_inbox *inbox)
{
	for (unsigned i = 0; i < DESK_SPOOL_COUNT; i++)
		reader_close(inbox, i);
	chain_news_fini(&inbox->news);
	arrivals_free(inbox->arrivals);
	inbox->arrivals = NULL;
}

int
desk_inbox_rewind(struct desk_inbox *inbox)
{
	int error = 0;

	inbox->inside.any = false;
	arrivals_clear(inbox->arrivals);
	error = desk_recalls_load(&inbox->recalls, inbox->store);
	for (unsigned i = 0; i < DESK_SPOOL_COUNT && !error; i++) {
		reader_close(inbox, i);
		error = desk_store_offset(inbox->store, desk_spool_name(i),
					  &inbox->taken[i]);
	}
	return error;
}

static void
pass_over(struct desk_inbox *inbox, enum desk_spool spool, uint64_t sequence,
	  int error)
{
	counters_add(inbox->counters, COUNTER_DESK_POISON, 1);
	fprintf(stderr, "desk: %s: record %" PRIu64 " passed over: %s\n",
		inbox->path[spool], sequence, lz_strerror(error));
}

/* One receipt; what is wrong with it itself is passed over. */
static int
take_receipt(struct desk_inbox *inbox, struct cursor *cursor, uint64_t sequence,
	     struct at_event now)
{
	struct case_event event = {.kind = CASE_EVENT_RECEIPT};
	struct receipt receipt;
	uint64_t case_id;
	int error = receipt_decode(cursor, &receipt);

	if (error) {
		pass_over(inbox, DESK_SPOOL_NOTIFIER, sequence, error);
		return 0;
	}
	error = desk_view_case_of_notice(inbox->store, receipt.notice,
					 &case_id);
	if (error == LZ_E_NOT_FOUND) {
		/* Its case has been erased meanwhile. */
		pass_over(inbox, DESK_SPOOL_NOTIFIER, sequence, error);
		return 0;
	}
	if (error)
		return error;
	counters_add(inbox->counters, COUNTER_DESK_RECEIPTS, 1);
	if (receipt.correction) {
		error = correction_store_receipt(inbox->store, receipt.notice,
						 receipt.kind, receipt.time,
						 receipt.proof);
		return error == LZ_E_EXISTS ? 0 : error;
	}
	error = desk_store_receipt_add(inbox->store, receipt.notice,
				       receipt.kind, receipt.time,
				       receipt.proof);
	if (error)
		return error == LZ_E_EXISTS ? 0 : error;
	event.notice_id = receipt.notice;
	event.receipt = receipt.kind;
	event.time = receipt.time;
	error = chain_event(inbox->chain, case_id, &event, now);
	return error == LZ_E_NOT_FOUND ? 0 : error;
}

/* What became of a measure is kept beside it; the case goes on without. */
static int
take_effect(struct desk_inbox *inbox, struct cursor *cursor, uint64_t sequence)
{
	struct effect effect;
	struct store_effect row;
	int error = effect_decode(cursor, &effect);

	if (error) {
		pass_over(inbox, DESK_SPOOL_ENFORCER, sequence, error);
		return 0;
	}
	row = (struct store_effect){.measure = effect.measure,
				    .on = effect.on,
				    .kind = effect.kind,
				    .time = effect.time,
				    .device = effect.device,
				    .detail = effect.detail};
	counters_add(inbox->counters, COUNTER_DESK_EFFECTS, 1);
	error = effect_store_add(inbox->store, &row);
	return error == LZ_E_EXISTS ? 0 : error;
}

static bool
is_translated(const struct registrar_conf *conf)
{
	bool found = conf->plan_count || conf->exporter_count ||
		     conf->sender_count;

	for (size_t i = 0; i < conf->file_count; i++)
		found |= conf->files[i].format == REGISTRAR_PORT_BLOCKS ||
			 conf->files[i].format == REGISTRAR_PATTERN;
	return found;
}

static struct desk_changes
changes_of(struct desk_inbox *inbox)
{
	return (struct desk_changes){.store = inbox->store,
				     .chain = inbox->chain,
				     .holders = inbox->holders,
				     .news = &inbox->news,
				     .counters = inbox->counters,
				     .translated = is_translated(
					 &inbox->keep->conf->registrar)};
}

/* A later word of who held an address: what rested on the old one moves. */
static int
take_change(struct desk_inbox *inbox, struct cursor *cursor, uint64_t sequence,
	    struct at_event now)
{
	const struct desk_changes changes = changes_of(inbox);
	struct binding_changed changed;
	const int error = binding_changed_decode(cursor, &changed);

	if (error) {
		pass_over(inbox, DESK_SPOOL_REGISTRAR, sequence, error);
		return 0;
	}
	counters_add(inbox->counters, COUNTER_DESK_CHANGES, 1);
	return desk_changes_take(&changes, &changed, &inbox->inside, now);
}

/* Said at the first, second, fourth ... of them: many would fill a disk. */
static void
disbelieve(struct desk_inbox *inbox, uint64_t sequence, const char *why)
{
	counters_add(inbox->counters, COUNTER_DESK_DISBELIEVED, 1);
	inbox->disbelieved++;
	if ((inbox->disbelieved & (inbox->disbelieved - 1)) != 0)
		return;
	fprintf(stderr,
		"desk: %s: record %" PRIu64 " isn't believed: %s (%" PRIu64
		" so far)\n",
		inbox->path[DESK_SPOOL_SENSOR], sequence, why,
		inbox->disbelieved);
}

/* Gathers one; those of a batch are looked up in the store together. */
static int
take_sighting(struct desk_inbox *inbox, struct cursor *cursor,
	      uint64_t sequence, struct at_event now)
{
	struct sighting sighting;
	const char *why;
	int error = sighting_decode(cursor, &sighting);

	if (error) {
		pass_over(inbox, DESK_SPOOL_SENSOR, sequence, error);
		return 0;
	}
	why = credible_sighting(inbox->keep->conf, now, &sighting);
	if (why) {
		disbelieve(inbox, sequence, why);
		return 0;
	}
	(void)arrivals_add(inbox->arrivals, &sighting, sequence);
	return 0;
}

/* What a recalled detector, list, feed or exporter says is kept, and stepped
 * into no case. */
static int
take_recalled(struct desk_inbox *inbox, const struct sighting *sighting,
	      uint64_t recall)
{
	int error = desk_store_sighting_add(inbox->store, sighting);

	counters_add(inbox->counters, COUNTER_DESK_RECALLED_NEW, 1);
	return error
		   ? error
		   : recall_store_mark(inbox->store, sighting, (int64_t)recall);
}

static int
take_arrival(struct desk_inbox *inbox, size_t at, struct at_event now)
{
	const struct sighting *sighting = arrivals_list(inbox->arrivals)[at];
	const uint64_t recall = desk_recalls_meets(&inbox->recalls, sighting);

	counters_add(inbox->counters, COUNTER_DESK_SIGHTINGS, 1);
	if (recall)
		return take_recalled(inbox, sighting, recall);
	chain_mark(inbox->chain, arrivals_sequence(inbox->arrivals, at));
	return chain_sighting(inbox->chain, sighting, now);
}

/* Those of the batch that are new go to their cases, and into the store. */
static int
take_arrivals(struct desk_inbox *inbox, struct at_event now)
{
	const struct sighting *const *list = arrivals_list(inbox->arrivals);
	const size_t count = arrivals_count(inbox->arrivals);
	bool known[ARRIVALS_MAX];
	int error;

	if (count == 0)
		return 0;
	/* Alone it is at fault for whatever comes of it. */
	inbox->at = count == 1 ? arrivals_sequence(inbox->arrivals, 0) : 0;
	error = desk_store_known(inbox->store, list, count, known);
	for (size_t i = 0; i < count && !error; i++)
		if (!known[i])
			error = take_arrival(inbox, i, now);
	if (!error)
		error = chain_drain(inbox->chain);
	chain_mark(inbox->chain, 0);
	if (error && chain_fault(inbox->chain))
		inbox->at = chain_fault(inbox->chain);
	if (!error)
		error = desk_keep_flush(inbox->keep);
	arrivals_clear(inbox->arrivals);
	inbox->at_spool = DESK_SPOOL_SENSOR;
	if (!error)
		inbox->at = 0;
	return error;
}

/* A look-up somebody made; it was answered when this was durable. */
static int
take_audit(struct desk_inbox *inbox, enum desk_spool spool,
	   struct cursor *cursor, uint64_t sequence)
{
	struct audit audit;
	struct store_audit row;
	int error = audit_decode(cursor, &audit);

	if (error) {
		pass_over(inbox, spool, sequence, error);
		return 0;
	}
	row = (struct store_audit){.source = desk_spool_name(spool),
				   .sequence = sequence,
				   .time = audit.time,
				   .actor = audit.actor,
				   .why = audit.why,
				   .about = audit.about,
				   .question = audit.question,
				   .certainty = audit.certainty,
				   .party = audit.party,
				   .reveal = audit.reveal};
	counters_add(inbox->counters, COUNTER_DESK_LOOKUPS, 1);
	/* Whom it named is kept by number alone. */
	if (audit.account[0])
		error = desk_keep_party(inbox->keep, audit.account, true,
					&row.party);
	if (!error)
		error = audit_store_add(inbox->store, &row);
	return error == LZ_E_EXISTS ? 0 : error;
}

/* What a person says of a case of the sample that shadow shows. */
static int
take_verdict(struct desk_inbox *inbox, struct cursor *cursor, uint64_t sequence)
{
	struct verdict verdict;
	struct trial_verdict row;
	int error = verdict_decode(cursor, &verdict);

	if (error) {
		pass_over(inbox, DESK_SPOOL_COMMAND, sequence, error);
		return 0;
	}
	row = (struct trial_verdict){.case_id = verdict.case_id,
				     .judge = verdict.judge,
				     .time = verdict.time,
				     .class = verdict.class,
				     .verdict =
					 trial_verdict_name(verdict.verdict),
				     .note = verdict.note};
	error = trial_verdict_add(inbox->store, &row);
	return error == LZ_E_EXISTS || error == LZ_E_NOT_FOUND ? 0 : error;
}

static int
take_command(struct desk_inbox *inbox, struct cursor *cursor, uint64_t sequence,
	     struct at_event now)
{
	struct command command;
	int error = command_decode(cursor, &command);

	if (error) {
		pass_over(inbox, DESK_SPOOL_COMMAND, sequence, error);
		return 0;
	}
	counters_add(inbox->counters, COUNTER_DESK_COMMANDS, 1);
	return desk_command_take(inbox->chain, inbox->keep, &inbox->recalls,
				 sequence, &command, now);
}

/* A subscriber's own release of one case; whatever else stands there is none
 * of the portal's business. */
static int
take_release(struct desk_inbox *inbox, struct cursor *cursor, uint64_t sequence,
	     struct at_event now)
{
	struct command command;
	int error = command_decode(cursor, &command);

	if (!error &&
	    (command.act != CASE_EVENT_RELEASE || command.case_id == 0))
		error = LZ_E_RANGE;
	if (error) {
		pass_over(inbox, DESK_SPOOL_WEB, sequence, error);
		return 0;
	}
	command.self = true;
	counters_add(inbox->counters, COUNTER_DESK_SELF_RELEASES, 1);
	return desk_command_take(inbox->chain, inbox->keep, &inbox->recalls,
				 sequence | COMMAND_RESULT_WEB, &command, now);
}

static int
take(struct desk_inbox *inbox, enum desk_spool spool, const uint8_t *body,
     size_t length, uint64_t sequence, struct at_event now)
{
	struct cursor cursor;
	int error = 0;

	if (inbox->at_fault && inbox->fault_spool == spool &&
	    inbox->fault_sequence == sequence) {
		inbox->at_fault = inbox->singly = false;
		inbox->passed = true;
		pass_over(inbox, spool, sequence, inbox->fault);
		return 0;
	}
	inbox->at = sequence;
	inbox->at_spool = spool;
	cursor_init(&cursor, body, length);
	/* A person's command and what follows a binding ask the store. */
	if (spool != DESK_SPOOL_SENSOR && spool != DESK_SPOOL_NOTIFIER)
		error = desk_keep_flush(inbox->keep);
	if (error)
		return error;
	if (spool == DESK_SPOOL_COMMAND && verdict_is(body, length))
		error = take_verdict(inbox, &cursor, sequence);
	else if ((spool == DESK_SPOOL_COMMAND || spool == DESK_SPOOL_WEB) &&
		 audit_is(body, length))
		error = take_audit(inbox, spool, &cursor, sequence);
	else if (spool == DESK_SPOOL_COMMAND)
		error = take_command(inbox, &cursor, sequence, now);
	else if (spool == DESK_SPOOL_WEB)
		error = take_release(inbox, &cursor, sequence, now);
	else if (spool == DESK_SPOOL_NOTIFIER)
		error = take_receipt(inbox, &cursor, sequence, now);
	else if (spool == DESK_SPOOL_ENFORCER)
		error = take_effect(inbox, &cursor, sequence);
	else if (spool == DESK_SPOOL_REGISTRAR)
		error = take_change(inbox, &cursor, sequence, now);
	else
		error = take_sighting(inbox, &cursor, sequence, now);
	if (!error)
		error = inbox->keep->error;
	if (!error)
		inbox->at = 0;
	return error;
}

/* Errors of the environment are small numbers; a store that is damaged isn't
 * the record's fault either. */
static bool
is_blamed(int error)
{
	return error <= LZ_E_SHORT && error != LZ_E_MEMORY &&
	       error != LZ_E_CHECKSUM && error != LZ_E_VERSION &&
	       error != LZ_E_STATE;
}

void
desk_inbox_blame(struct desk_inbox *inbox, int error)
{
	const bool blamed = is_blamed(error);

	inbox->at_fault = inbox->at != 0 && blamed;
	inbox->singly = inbox->at == 0 && blamed;
	inbox->fault = error;
	inbox->fault_spool = inbox->at_spool;
	inbox->fault_sequence = inbox->at;
	inbox->at = 0;
}

static int
unreadable(const struct desk_inbox *inbox, enum desk_spool spool, int error)
{
	if (error)
		fprintf(stderr, "desk: %s: %s\n", inbox->path[spool],
			lz_strerror(error));
	return error;
}

/* A folder that isn't there yet is an empty spool. */
static int
reader_open(struct desk_inbox *inbox, enum desk_spool spool)
{
	int error;

	if (inbox->readers[spool])
		return 0;
	error = spool_reader_open(inbox->path[spool], inbox->taken[spool],
				  &inbox->readers[spool]);
	return error == -ENOENT ? 0 : unreadable(inbox, spool, error);
}

/* Behind the records of a spool: what was gathered of them. */
static int
spool_end(struct desk_inbox *inbox, enum desk_spool spool, uint64_t before,
	  struct at_event now)
{
	int error = 0;

	if (spool == DESK_SPOOL_REGISTRAR) {
		const struct desk_changes changes = changes_of(inbox);

		error = desk_changes_inside(&changes, &inbox->inside, now);
	}
	if (spool == DESK_SPOOL_SENSOR)
		error = take_arrivals(inbox, now);
	if (!error)
		error = desk_keep_flush(inbox->keep);
	if (!error && inbox->taken[spool] != before)
		error = desk_store_set_offset(inbox->store,
					      desk_spool_name(spool),
					      inbox->taken[spool]);
	return error;
}

static int
spool_round(struct desk_inbox *inbox, enum desk_spool spool,
	    struct at_event now, bool *more)
{
	const uint64_t before = inbox->taken[spool];
	const unsigned most = spool == DESK_SPOOL_SENSOR
				  ? DESK_SIGHTINGS_A_ROUND
				  : DESK_RECORDS_A_ROUND;
	int error = reader_open(inbox, spool);

	for (unsigned i = 0; inbox->readers[spool] && !error; i++) {
		const uint8_t *body;
		size_t length;
		uint64_t sequence;
		int found;

		if (i == most) {
			*more = true;
			break;
		}
		found = spool_reader_next(inbox->readers[spool], &body, &length,
					  &sequence);
		if (found == 0)
			break;
		if (found == LZ_E_CHECKSUM) {
			pass_over(inbox, spool, inbox->taken[spool] + 1, found);
			continue;
		}
		if (found < 0)
			return unreadable(inbox, spool, found);
		error = take(inbox, spool, body, length, sequence, now);
		if (!error && inbox->singly && spool == DESK_SPOOL_SENSOR)
			error = take_arrivals(inbox, now);
		inbox->taken[spool] = sequence;
		/* That it was passed over has to be durable before anything
		 * else can fail. */
		if (inbox->passed)
			break;
	}
	return error ? error : spool_end(inbox, spool, before, now);
}

int
desk_inbox_round(struct desk_inbox *inbox, struct at_event now, bool *more)
{
	uint64_t lost = inbox->lost;
	int error = 0;

	*more = false;
	inbox->passed = false;
	for (unsigned i = 0; i < DESK_SPOOL_COUNT && !error && !inbox->passed;
	     i++)
		error = spool_round(inbox, i, now, more);
	if (!error && !inbox->passed) {
		const struct desk_recall_work work = {inbox->store,
						      inbox->chain, inbox->keep,
						      inbox->counters};

		error = desk_recall_slice(&inbox->recalls, &work, now, more);
	}
	if (!error)
		error = desk_keep_flush(inbox->keep);
	*more |= inbox->passed;
	for (unsigned i = 0; i < DESK_SPOOL_COUNT; i++)
		if (inbox->readers[i])
			lost += spool_reader_lost(inbox->readers[i]);
	counters_set(inbox->counters, COUNTER_DESK_SPOOL_LOST, lost);
	return error;
}
