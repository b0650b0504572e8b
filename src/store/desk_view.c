/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the desk's store: each turns the rows of one query to structs. */
#include <string.h>

#include "store/desk_view.h"
#include "store/folded_event.h"
#include "store/query.h"
#include "store/sql_text.h"

#define PAGE_CASES 1000000 /* a list on a terminal; pages will ask by key */

static int
finish(struct query *query, int error)
{
	int ended = query_end(query);

	return error ? error : ended;
}

static const char *
text_or_null(const struct query *query, int column)
{
	return query_column_null(query, column)
		   ? NULL
		   : query_column_text(query, column);
}

static void
read_case(struct query *query, struct desk_view_case *view)
{
	struct store_case *stored = &view->stored;

	stored->id = query_column_u64(query, 0);
	stored->party.value = query_column_u64(query, 1);
	stored->known = query_column_i64(query, 2) != 0;
	stored->state = (enum case_state)query_column_i64(query, 3);
	stored->certainty = (uint8_t)query_column_i64(query, 4);
	stored->score_milli = (int32_t)query_column_i64(query, 5);
	stored->version = query_column_u64(query, 6);
	stored->classes = (uint32_t)query_column_i64(query, 7);
	stored->opened = query_column_time(query, 8);
	stored->changed = query_column_time(query, 9);
	stored->last = query_column_time(query, 10);
	stored->due = query_column_time(query, 11);
	stored->closed = query_column_time(query, 12);
	view->subject = query_column_text(query, 13);
	stored->record.at = query_column_blob(query, 14,
					      &stored->record.length);
	stored->events = query_column_u64(query, 15);
	stored->arm = (uint8_t)query_column_i64(query, 16);
	stored->ladder = (uint8_t)query_column_i64(query, 17);
	stored->objected = query_column_time(query, 18);
	stored->answer_due = query_column_time(query, 19);
	stored->merged_into = query_column_u64(query, 20);
	stored->earlier = query_column_u64(query, 21);
}

static int
visit_cases(struct query *query, desk_view_case_visit *visit, void *context,
	    bool *any)
{
	int error = 0;

	*any = false;
	while (!error && query_step(query)) {
		struct desk_view_case view;

		*any = true;
		read_case(query, &view);
		error = visit(context, &view);
	}
	return finish(query, error);
}

int
desk_view_case(struct store *store, uint64_t case_id,
	       desk_view_case_visit *visit, void *context)
{
	struct query query;
	bool any;
	int error;

	query_begin(&query, store, SQL_DESK_CASE_GET);
	query_u64(&query, 1, case_id);
	error = visit_cases(&query, visit, context, &any);
	return error || any ? error : LZ_E_NOT_FOUND;
}

int
desk_view_cases(struct store *store, uint32_t states,
		desk_view_case_visit *visit, void *context)
{
	struct query query;
	bool any;

	query_begin(&query, store, SQL_DESK_CASE_LIST);
	query_i64(&query, 1, states);
	query_i64(&query, 2, INT64_MIN);
	query_i64(&query, 3, INT64_MIN);
	query_i64(&query, 4, PAGE_CASES);
	return visit_cases(&query, visit, context, &any);
}

static int
case_by(struct store *store, unsigned number, uint64_t key, uint64_t *case_id)
{
	struct query query;
	bool found;
	int error;

	query_begin(&query, store, number);
	query_u64(&query, 1, key);
	found = query_step(&query);
	if (found)
		*case_id = query_column_u64(&query, 0);
	error = query_end(&query);
	return error || found ? error : LZ_E_NOT_FOUND;
}

int
desk_view_case_of_code(struct store *store, uint64_t code_bits,
		       uint64_t *case_id)
{
	return case_by(store, SQL_DESK_CASE_OF_CODE, code_bits, case_id);
}

int
desk_view_case_of_notice(struct store *store, uint64_t notice,
			 uint64_t *case_id)
{
	return case_by(store, SQL_DESK_NOTICE_CASE, notice, case_id);
}

static void
read_event(struct query *query, struct store_event *event)
{
	event->case_id = query_column_u64(query, 0);
	event->n = query_column_u64(query, 1);
	event->now = query_column_time(query, 2);
	event->kind = (enum case_event_kind)query_column_i64(query, 3);
	event->brake = (uint8_t)query_column_i64(query, 4);
	event->brake_text = text_or_null(query, 5);
	query_column_bytes(query, 6, event->ids, sizeof(event->ids));
	query_column_bytes_short(query, 7, event->causes,
				 sizeof(event->causes));
	event->from = (uint8_t)query_column_i64(query, 8);
	event->state = (enum case_state)query_column_i64(query, 9);
	event->score_milli = (int32_t)query_column_i64(query, 10);
	event->version = query_column_u64(query, 11);
	event->changed = query_column_i64(query, 12) != 0;
	event->row = text_or_null(query, 13);
	event->refused = text_or_null(query, 14);
	query_column_bytes(query, 15, event->policy_hash, STORE_HASH_SIZE);
	query_column_bytes(query, 16, event->current_hash, STORE_HASH_SIZE);
	event->table_version = (uint32_t)query_column_i64(query, 17);
	event->program = query_column_text(query, 18);
	event->body.at = query_column_blob(query, 19, &event->body.length);
	event->sighting.at = query_column_blob(query, 20,
					       &event->sighting.length);
}

/* An event that stands in its sighting's row. */
static int
read_folded(struct query *query, struct folded_texts *texts,
	    struct store_event *event)
{
	struct cursor cursor;
	size_t length;
	const uint8_t *at = query_column_blob(query, 21, &length);
	int error;

	cursor_init(&cursor, at, length);
	error = folded_event_decode(&cursor, texts, event);
	event->case_id = query_column_u64(query, 0);
	event->n = query_column_u64(query, 1);
	event->sighting.at = query_column_blob(query, 20,
					       &event->sighting.length);
	return error;
}

int
desk_view_events(struct store *store, uint64_t case_id,
		 desk_view_event_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_EVENT_LIST);
	query_u64(&query, 1, case_id);
	while (!error && query_step(&query)) {
		struct store_event event = {0};
		struct folded_texts texts;

		if (query_column_null(&query, 21))
			read_event(&query, &event);
		else
			error = read_folded(&query, &texts, &event);
		error = error ? error : query.error;
		if (!error)
			error = visit(context, &event);
	}
	return finish(&query, error);
}

int
desk_view_sightings(struct store *store, uint64_t case_id,
		    desk_store_sighting_visit *visit, void *context)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_SIGHTING_LIST);
	query_u64(&query, 1, case_id);
	return query_sightings(&query, visit, context);
}

int
desk_view_actions(struct store *store, uint64_t case_id, uint64_t n,
		  desk_view_action_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_ACTION_LIST);
	query_u64(&query, 1, case_id);
	query_u64(&query, 2, n);
	while (!error && query_step(&query)) {
		struct store_action action = {
		    .kind = (uint8_t)query_column_i64(&query, 3),
		    .would = query_column_i64(&query, 4) != 0,
		    .ref = query_column_u64(&query, 5),
		    .measure = (uint8_t)query_column_i64(&query, 6),
		    .step = (uint32_t)query_column_i64(&query, 7),
		    .target = query_column_text(&query, 8),
		    .expires = query_column_time(&query, 9),
		    .text = query_column_text(&query, 10)};

		error = visit(context, &action);
	}
	return finish(&query, error);
}

int
desk_view_notices(struct store *store, uint64_t case_id,
		  desk_view_notice_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_NOTICE_LIST);
	query_u64(&query, 1, case_id);
	while (!error && query_step(&query)) {
		struct store_notice notice = {
		    .id = query_column_u64(&query, 0),
		    .case_id = query_column_u64(&query, 1),
		    .step = (uint32_t)query_column_i64(&query, 2),
		    .code_bits = query_column_u64(&query, 3),
		    .channel = query_column_text(&query, 4),
		    .created = query_column_time(&query, 5),
		    .would = query_column_i64(&query, 6) != 0,
		    .channel_asked = (uint8_t)query_column_i64(&query, 7)};

		error = visit(context, &notice);
	}
	return finish(&query, error);
}

int
desk_view_receipts(struct store *store, uint64_t notice,
		   desk_view_receipt_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_RECEIPT_LIST);
	query_u64(&query, 1, notice);
	while (!error && query_step(&query)) {
		struct desk_view_receipt receipt = {
		    .kind = (enum receipt_kind)query_column_i64(&query, 0),
		    .time = query_column_time(&query, 1),
		    .proof = query_column_text(&query, 2),
		    .correction = query_column_i64(&query, 3) != 0};

		error = visit(context, &receipt);
	}
	return finish(&query, error);
}

int
desk_view_measures(struct store *store, uint64_t case_id,
		   desk_view_measure_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_MEASURE_LIST);
	query_u64(&query, 1, case_id);
	while (!error && query_step(&query)) {
		struct store_measure measure = {
		    .id = query_column_u64(&query, 0),
		    .case_id = query_column_u64(&query, 1),
		    .kind = (enum measure_kind)query_column_i64(&query, 2),
		    .target = query_column_text(&query, 3),
		    .wanted = query_column_i64(&query, 4) != 0,
		    .would = query_column_i64(&query, 5) != 0,
		    .since = query_column_time(&query, 6),
		    .expires = query_column_time(&query, 7),
		    .changed = query_column_time(&query, 8),
		    .reason = query_column_text(&query, 9),
		    .security = (uint8_t)query_column_i64(&query, 10),
		    .weakened_from = (uint8_t)query_column_i64(&query, 11)};

		error = visit(context, &measure);
	}
	return finish(&query, error);
}

int
desk_view_outbox(struct store *store, enum store_lane lane, uint64_t after,
		 uint32_t limit, desk_view_outbox_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_OUTBOX_LIST);
	query_i64(&query, 1, lane);
	query_u64(&query, 2, after);
	query_i64(&query, 3, limit);
	while (!error && query_step(&query)) {
		struct store_outbox outbox = {
		    .id = query_column_u64(&query, 0),
		    .case_id = query_column_u64(&query, 1),
		    .notice = query_column_u64(&query, 2),
		    .kind = query_column_text(&query, 3),
		    .lane = (enum store_lane)query_column_i64(&query, 4),
		    .due = query_column_time(&query, 5)};

		outbox.body.at = query_column_blob(&query, 6,
						   &outbox.body.length);
		error = visit(context, &outbox);
	}
	return finish(&query, error);
}

int
desk_view_outbox_newest(struct store *store, uint64_t *newest)
{
	struct query query;

	*newest = 0;
	query_begin(&query, store, SQL_DESK_OUTBOX_NEWEST);
	if (query_step(&query))
		*newest = query_column_u64(&query, 0);
	return query_end(&query);
}

int
desk_view_results(struct store *store, uint64_t command,
		  desk_view_result_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_RESULT_LIST);
	query_u64(&query, 1, command);
	while (!error && query_step(&query)) {
		struct store_result result = {
		    .command = query_column_u64(&query, 0),
		    .time = query_column_time(&query, 1),
		    .actor = query_column_text(&query, 2),
		    .act = (uint8_t)query_column_i64(&query, 3),
		    .case_id = query_column_u64(&query, 4),
		    .outcome = (int)query_column_i64(&query, 5),
		    .from = (uint8_t)query_column_i64(&query, 6),
		    .state = (uint8_t)query_column_i64(&query, 7),
		    .measures_off = (uint32_t)query_column_i64(&query, 8),
		    .message = query_column_text(&query, 9)};

		error = visit(context, &result);
	}
	return finish(&query, error);
}

int
desk_view_account(struct store *store, struct party_id party,
		  char label[PARTY_LABEL_SIZE])
{
	struct query query;
	bool found;
	int error;

	query_begin(&query, store, SQL_DESK_ACCOUNT_OF);
	query_u64(&query, 1, party.value);
	found = query_step(&query);
	if (found)
		(void)text_copy(label, PARTY_LABEL_SIZE,
				slice_of(query_column_text(&query, 0)));
	error = query_end(&query);
	return error || found ? error : LZ_E_NOT_FOUND;
}
