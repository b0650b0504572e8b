/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps in order of time come from three queries at once: events with rows of
 * their own, those in sightings' rows, and what they asked for.  Each answers
 * in the same order, so the walk is a merge.
 */
#include "store/policy_view.h"

#include <string.h>

#include "base/cursor.h"
#include "store/folded_event.h"
#include "store/query.h"
#include "store/sql_text.h"

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

/* ------------------------------------------------------------- the merge */

struct merge {
	struct query events, folded, deeds;
	bool has_event, has_folded, has_deed;
	struct store_event event, packed; /* the next of each */
	struct folded_texts texts;
	int error;
};

static void
next_event(struct merge *merge)
{
	struct query *query = &merge->events;
	struct store_event *event = &merge->event;

	merge->has_event = query_step(query);
	if (!merge->has_event)
		return;
	*event = (struct store_event){0};
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

static void
next_folded(struct merge *merge)
{
	struct query *query = &merge->folded;
	struct cursor cursor;
	const uint8_t *at;
	size_t length;

	merge->has_folded = query_step(query);
	if (!merge->has_folded)
		return;
	at = query_column_blob(query, 2, &length);
	cursor_init(&cursor, at, length);
	merge->error = folded_event_decode(&cursor, &merge->texts,
					   &merge->packed);
	merge->packed.case_id = query_column_u64(query, 0);
	merge->packed.n = query_column_u64(query, 1);
	merge->packed.sighting.at =
	    query_column_blob(query, 3, &merge->packed.sighting.length);
}

/* Numbers are stored signed, and so they are sorted. */
static bool
is_before(const struct store_event *a, const struct store_event *b)
{
	if (a->now.us != b->now.us)
		return a->now.us < b->now.us;
	if (a->case_id != b->case_id)
		return (int64_t)a->case_id < (int64_t)b->case_id;
	return a->n < b->n;
}

/* The deeds of a step; those of steps that aren't there are passed over. */
static size_t
take_deeds(struct merge *merge, const struct store_event *event,
	   struct policy_deed deeds[POLICY_DEEDS_MAX])
{
	struct query *query = &merge->deeds;
	size_t count = 0;

	while (merge->has_deed) {
		const struct store_event of = {
		    .case_id = query_column_u64(query, 0),
		    .n = query_column_u64(query, 1),
		    .now = query_column_time(query, 2)};

		if (is_before(event, &of))
			break;
		if (!is_before(&of, event) && count < POLICY_DEEDS_MAX)
			deeds[count++] = (struct policy_deed){
			    .kind = (uint8_t)query_column_i64(query, 3),
			    .would = query_column_i64(query, 4) != 0,
			    .ref = query_column_u64(query, 5),
			    .measure = (uint8_t)query_column_i64(query, 6)};
		merge->has_deed = query_step(query);
	}
	return count;
}

static int
run(struct merge *merge, policy_step_visit *visit, void *context)
{
	struct policy_deed deeds[POLICY_DEEDS_MAX];

	next_event(merge);
	next_folded(merge);
	merge->has_deed = query_step(&merge->deeds);
	while (!merge->error && (merge->has_event || merge->has_folded)) {
		const bool folded = merge->has_folded &&
				    (!merge->has_event ||
				     is_before(&merge->packed, &merge->event));
		const struct store_event *event = folded ? &merge->packed
							 : &merge->event;
		const size_t count = take_deeds(merge, event, deeds);

		merge->error = merge->events.error;
		if (!merge->error)
			merge->error = visit(context, event, deeds, count);
		if (merge->error)
			break;
		(folded ? next_folded : next_event)(merge);
	}
	return merge->error;
}

int
policy_view_steps(struct store *store, struct at_event until,
		  policy_step_visit *visit, void *context)
{
	struct merge merge = {.error = 0};
	uint8_t before[8];
	struct writer writer;
	int error;

	writer_init(&writer, before, sizeof(before));
	writer_u64(&writer, (uint64_t)until.us);
	query_begin(&merge.events, store, SQL_DESK_POLICY_EVENTS);
	query_i64(&merge.events, 1, until.us);
	query_begin(&merge.folded, store, SQL_DESK_POLICY_FOLDED);
	query_blob(&merge.folded, 1, before, sizeof(before));
	query_begin(&merge.deeds, store, SQL_DESK_POLICY_DEEDS);
	query_i64(&merge.deeds, 1, until.us);
	error = run(&merge, visit, context);
	error = finish(&merge.deeds, error);
	error = finish(&merge.folded, error);
	return finish(&merge.events, error);
}

/* ------------------------------------------------------------ the others */

int
policy_view_cases(struct store *store, policy_case_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_POLICY_CASES);
	while (!error && query_step(&query)) {
		const struct party_id party = {query_column_u64(&query, 1)};

		error = visit(context, query_column_u64(&query, 0), party,
			      query_column_i64(&query, 2) != 0);
	}
	return finish(&query, error);
}

int
policy_view_notices(struct store *store, struct at_event until,
		    policy_notice_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_POLICY_NOTICES);
	query_i64(&query, 1, until.us);
	while (!error && query_step(&query)) {
		const struct party_id party = {query_column_u64(&query, 1)};

		error = visit(context, query_column_u64(&query, 0), party,
			      query_column_time(&query, 2));
	}
	return finish(&query, error);
}

int
policy_view_receipts(struct store *store, struct at_event until,
		     policy_receipt_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_POLICY_RECEIPTS);
	query_i64(&query, 1, until.us);
	query_i64(&query, 2, CASE_EVENT_RECEIPT);
	while (!error && query_step(&query)) {
		struct store_bytes body;

		body.at = query_column_blob(&query, 1, &body.length);
		error = visit(context, query_column_time(&query, 0), body);
	}
	return finish(&query, error);
}

int
policy_view_versions(struct store *store, policy_version_visit *visit,
		     void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_POLICY_VERSIONS);
	while (!error && query_step(&query)) {
		uint8_t hash[STORE_HASH_SIZE];
		struct store_bytes body;

		query_column_bytes(&query, 0, hash, sizeof(hash));
		body.at = query_column_blob(&query, 2, &body.length);
		error = query.error;
		if (!error)
			error = visit(context, hash,
				      query_column_time(&query, 1), body);
	}
	return finish(&query, error);
}

int
policy_view_erased(struct store *store, int64_t day, policy_erased_visit *visit,
		   void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_POLICY_ERASED);
	query_i64(&query, 1, day);
	while (!error && query_step(&query))
		error = visit(context, (uint32_t)query_column_i64(&query, 0),
			      query_column_u64(&query, 1));
	return finish(&query, error);
}
