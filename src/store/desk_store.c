/* SPDX-License-Identifier: Apache-2.0 */
/* The desk's writing: each function is one row or one question. */
#include <string.h>

#include "store/desk_store.h"
#include "store/query.h"
#include "store/sql_text.h"

#define PART 0 /* the desk isn't divided yet */

int
desk_store_offset(struct store *store, const char *source, uint64_t *offset)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_OFFSET_GET);
	query_text(&query, 1, source);
	query_i64(&query, 2, PART);
	*offset = query_step(&query) ? query_column_u64(&query, 0) : 0;
	return query_end(&query);
}

int
desk_store_set_offset(struct store *store, const char *source, uint64_t offset)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_OFFSET_PUT);
	query_text(&query, 1, source);
	query_i64(&query, 2, PART);
	query_u64(&query, 3, offset);
	return query_run(&query);
}

int
desk_store_lease_take(struct store *store, struct store_lease *lease,
		      struct at_event now, int64_t span_us)
{
	struct query query;
	bool taken;
	int error;

	query_begin(&query, store, SQL_DESK_LEASE_TAKE);
	query_text(&query, 1, lease->source);
	query_i64(&query, 2, PART);
	query_text(&query, 3, lease->desk);
	query_i64(&query, 4, now.us);
	query_i64(&query, 5, now.us + span_us);
	taken = query_step(&query);
	if (taken)
		lease->token = query_column_u64(&query, 0);
	error = query_end(&query);
	return error || taken ? error : LZ_E_STATE;
}

/* A change that the newest token's desk alone may make. */
static int
fenced(struct query *query)
{
	const bool ours = query_step(query);
	const int error = query_end(query);

	return error || ours ? error : LZ_E_STATE;
}

int
desk_store_lease_renew(struct store *store, const struct store_lease *lease,
		       struct at_event now, int64_t span_us)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_LEASE_RENEW);
	query_text(&query, 1, lease->source);
	query_i64(&query, 2, PART);
	query_u64(&query, 3, lease->token);
	query_i64(&query, 4, now.us + span_us);
	return fenced(&query);
}

int
desk_store_set_offset_fenced(struct store *store,
			     const struct store_lease *lease, uint64_t offset)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_OFFSET_PUT_FENCED);
	query_text(&query, 1, lease->source);
	query_i64(&query, 2, PART);
	query_u64(&query, 3, offset);
	query_u64(&query, 4, lease->token);
	return fenced(&query);
}

static int
next_number(struct store *store, const char *name, uint64_t *number)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_COUNTER_NEXT);
	query_text(&query, 1, name);
	if (query_step(&query))
		*number = query_column_u64(&query, 0);
	return query_end(&query);
}

int
desk_store_awaiting(struct store *store, desk_store_sighting_visit *visit,
		    void *context)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_SIGHTING_AWAITING);
	return query_sightings(&query, visit, context);
}

int
desk_store_touching(struct store *store, const struct addr *first,
		    const struct addr *last, struct at_event from,
		    struct at_event to, uint32_t max,
		    desk_store_touching_visit *visit, void *context)
{
	struct query query;
	int error = 0, ended;

	query_begin(&query, store, SQL_DESK_SIGHTING_TOUCHING);
	query_blob(&query, 1, first->bytes, sizeof(first->bytes));
	query_blob(&query, 2, last->bytes, sizeof(last->bytes));
	query_i64(&query, 3, from.us);
	query_i64(&query, 4, to.us);
	query_i64(&query, 5, max);
	while (!error && query_step(&query)) {
		struct sighting sighting;
		struct cursor cursor;
		size_t length;
		const uint8_t *at = query_column_blob(&query, 0, &length);

		cursor_init(&cursor, at, length);
		error = sighting_decode(&cursor, &sighting);
		if (!error)
			error = visit(context, &sighting,
				      query_column_u64(&query, 1),
				      (uint8_t)query_column_i64(&query, 2));
	}
	ended = query_end(&query);
	return error ? error : ended;
}

int
desk_store_standing(struct store *store, const char *name,
		    struct at_event since, const char *text)
{
	struct query query;

	query_begin(&query, store,
		    text ? SQL_DESK_STANDING_PUT : SQL_DESK_STANDING_DELETE);
	query_text(&query, 1, name);
	if (text) {
		query_i64(&query, 2, since.us);
		query_text(&query, 3, text);
	}
	return query_run(&query);
}

int
desk_store_standings(struct store *store, desk_store_standing_visit *visit,
		     void *context)
{
	struct query query;
	int error = 0, ended;

	query_begin(&query, store, SQL_DESK_STANDING_LIST);
	while (!error && query_step(&query))
		error = visit(context, query_column_text(&query, 0),
			      query_column_time(&query, 1),
			      query_column_text(&query, 2));
	ended = query_end(&query);
	return error ? error : ended;
}

int
desk_store_policy_add(struct store *store, const uint8_t hash[STORE_HASH_SIZE],
		      struct store_bytes body, struct at_event now)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_POLICY_ADD);
	query_blob(&query, 1, hash, STORE_HASH_SIZE);
	query_i64(&query, 2, now.us);
	query_blob(&query, 3, body.at, body.length);
	return query_run(&query);
}

static int
visit_bytes(struct store *store, unsigned number, desk_store_bytes_visit *visit,
	    void *context)
{
	struct query query;
	int error = 0, ended;

	query_begin(&query, store, number);
	while (!error && query_step(&query)) {
		struct store_bytes key = {NULL, 0}, body;

		if (number == SQL_DESK_POLICY_LIST)
			key.at = query_column_blob(&query, 0, &key.length);
		body.at = query_column_blob(&query, 1, &body.length);
		error = visit(context, key, body);
	}
	ended = query_end(&query);
	return error ? error : ended;
}

int
desk_store_policies(struct store *store, desk_store_bytes_visit *visit,
		    void *context)
{
	return visit_bytes(store, SQL_DESK_POLICY_LIST, visit, context);
}

int
desk_store_records(struct store *store, desk_store_bytes_visit *visit,
		   void *context)
{
	return visit_bytes(store, SQL_DESK_CASE_RECORDS, visit, context);
}

int
desk_store_event_last(struct store *store, uint64_t case_id, uint64_t *n)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_EVENT_LAST);
	query_u64(&query, 1, case_id);
	*n = query_step(&query) ? query_column_u64(&query, 0) : 0;
	return query_end(&query);
}

int
desk_store_event_add(struct store *store, const struct store_event *event)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_EVENT_ADD);
	query_u64(&query, 1, event->case_id);
	query_u64(&query, 2, event->n);
	query_i64(&query, 3, event->now.us);
	query_i64(&query, 4, event->kind);
	query_i64(&query, 5, event->brake);
	query_text(&query, 6, event->brake_text);
	query_blob(&query, 7, event->ids, sizeof(event->ids));
	query_blob(&query, 8, event->causes, sizeof(event->causes));
	query_i64(&query, 9, event->from);
	query_i64(&query, 10, event->state);
	query_i64(&query, 11, event->score_milli);
	query_u64(&query, 12, event->version);
	query_i64(&query, 13, event->changed);
	query_text(&query, 14, event->row);
	query_text(&query, 15, event->refused);
	query_blob(&query, 16, event->policy_hash, STORE_HASH_SIZE);
	query_blob(&query, 17, event->current_hash, STORE_HASH_SIZE);
	query_i64(&query, 18, event->table_version);
	query_text(&query, 19, event->program);
	query_blob(&query, 20, event->body.at, event->body.length);
	if (event->sighting.length)
		query_blob(&query, 21, event->sighting.at,
			   event->sighting.length);
	return query_run(&query);
}

int
desk_store_action_add(struct store *store, const struct store_event *event,
		      unsigned index, const struct store_action *action)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_ACTION_ADD);
	query_u64(&query, 1, event->case_id);
	query_u64(&query, 2, event->n);
	query_i64(&query, 3, index);
	query_i64(&query, 4, action->kind);
	query_i64(&query, 5, action->would);
	query_u64(&query, 6, action->ref);
	query_i64(&query, 7, action->measure);
	query_i64(&query, 8, action->step);
	query_text(&query, 9, action->target);
	query_time(&query, 10, action->expires);
	query_text(&query, 11, action->text);
	return query_run(&query);
}

int
desk_store_notice_add(struct store *store, const struct store_notice *notice)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_NOTICE_ADD);
	query_u64(&query, 1, notice->id);
	query_u64(&query, 2, notice->case_id);
	query_i64(&query, 3, notice->step);
	query_u64(&query, 4, notice->code_bits);
	query_text(&query, 5, notice->channel);
	query_i64(&query, 6, notice->created.us);
	query_i64(&query, 7, notice->would);
	query_i64(&query, 8, notice->channel_asked);
	return query_run(&query);
}

int
desk_store_notice_corrected(struct store *store, uint64_t notice,
			    struct at_event time)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_NOTICE_CORRECTED);
	query_u64(&query, 1, notice);
	query_i64(&query, 2, time.us);
	return query_run(&query);
}

int
desk_store_measure_put(struct store *store, const struct store_measure *measure)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_MEASURE_PUT);
	query_u64(&query, 1, measure->id);
	query_u64(&query, 2, measure->case_id);
	query_i64(&query, 3, measure->kind);
	query_text(&query, 4, measure->target);
	query_i64(&query, 5, measure->wanted);
	query_i64(&query, 6, measure->would);
	query_i64(&query, 7, measure->since.us);
	query_i64(&query, 8, measure->expires.us);
	query_i64(&query, 9, measure->changed.us);
	query_text(&query, 10, measure->reason);
	query_i64(&query, 11, measure->security);
	query_i64(&query, 12, measure->weakened_from);
	return query_run(&query);
}

int
desk_store_outbox_add(struct store *store, struct store_outbox *outbox)
{
	struct query query;
	int error = next_number(store, "outbox", &outbox->id);

	if (error)
		return error;
	query_begin(&query, store, SQL_DESK_OUTBOX_ADD);
	query_u64(&query, 1, outbox->id);
	query_u64(&query, 2, outbox->case_id);
	query_u64(&query, 3, outbox->notice);
	query_text(&query, 4, outbox->kind);
	query_i64(&query, 5, outbox->lane);
	query_i64(&query, 6, outbox->due.us);
	query_blob(&query, 7, outbox->body.at, outbox->body.length);
	return query_run(&query);
}

int
desk_store_receipt_add(struct store *store, uint64_t notice,
		       enum receipt_kind kind, struct at_event time,
		       const char *proof)
{
	struct query query;
	bool added;
	int error;

	query_begin(&query, store, SQL_DESK_RECEIPT_ADD);
	query_u64(&query, 1, notice);
	query_i64(&query, 2, kind);
	query_i64(&query, 3, time.us);
	query_text(&query, 4, proof);
	added = query_step(&query);
	error = query_end(&query);
	return error || added ? error : LZ_E_EXISTS;
}

int
desk_store_result_add(struct store *store, const struct store_result *result)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_RESULT_ADD);
	query_u64(&query, 1, result->command);
	query_i64(&query, 2, result->time.us);
	query_text(&query, 3, result->actor);
	query_i64(&query, 4, result->act);
	query_u64(&query, 5, result->case_id);
	query_i64(&query, 6, result->outcome);
	query_i64(&query, 7, result->from);
	query_i64(&query, 8, result->state);
	query_i64(&query, 9, result->measures_off);
	query_text(&query, 10, result->message);
	return query_run(&query);
}
