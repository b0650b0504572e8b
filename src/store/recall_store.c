/* SPDX-License-Identifier: Apache-2.0 */
/* Recalls, and first words of two persons: see the header. */
#include "store/recall_store.h"

#include <string.h>

#include "store/query.h"
#include "store/sql_text.h"

const char *
recall_state_name(enum recall_state state)
{
	static const char *const names[RECALL_STATE_COUNT] = {
	    [RECALL_WAITING] = "waiting",
	    [RECALL_RUNNING] = "running",
	    [RECALL_DONE] = "done",
	    [RECALL_DROPPED] = "dropped",
	    [RECALL_LIFTED] = "lifted"};

	return state > 0 && state < RECALL_STATE_COUNT ? names[state]
						       : "unknown";
}

int64_t
recall_store_day(struct at_event time)
{
	const int64_t day = time.us / TIMES_DAY_US;

	return time.us % TIMES_DAY_US < 0 ? day - 1 : day;
}

static int
next_number(struct store *store, uint64_t *id)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_COUNTER_NEXT);
	query_text(&query, 1, "recall");
	if (query_step(&query))
		*id = query_column_u64(&query, 0);
	return query_end(&query);
}

int
recall_store_add(struct store *store, struct store_recall *recall)
{
	struct query query;
	const int error = next_number(store, &recall->id);

	if (error)
		return error;
	query_begin(&query, store, SQL_DESK_RECALL_ADD);
	query_u64(&query, 1, recall->id);
	query_text(&query, 2, recall_kind_name(recall->what.kind));
	query_text(&query, 3, recall->what.value);
	query_i64(&query, 4, recall->what.since.us);
	query_time(&query, 5, recall->what.until);
	query_text(&query, 6, recall->reason);
	query_text(&query, 7, recall_state_name(recall->state));
	query_i64(&query, 8, recall->asked.us);
	query_i64(&query, 9, recall->at_day);
	query_blob(&query, 10, recall->at_id, sizeof(recall->at_id));
	return query_run(&query);
}

int
recall_store_put(struct store *store, const struct store_recall *recall)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_RECALL_PUT);
	query_u64(&query, 1, recall->id);
	query_text(&query, 2, recall_state_name(recall->state));
	query_time(&query, 3, recall->done);
	query_u64(&query, 4, recall->sightings);
	query_u64(&query, 5, recall->cases);
	query_u64(&query, 6, recall->released);
	query_u64(&query, 7, recall->corrected);
	query_i64(&query, 8, recall->at_day);
	query_blob(&query, 9, recall->at_id, sizeof(recall->at_id));
	return query_run(&query);
}

static unsigned
kind_of(const char *name)
{
	for (unsigned kind = 1; kind < RECALL_KIND_COUNT; kind++)
		if (strcmp(recall_kind_name(kind), name) == 0)
			return kind;
	return 0;
}

static enum recall_state
state_of(const char *name)
{
	for (unsigned state = 1; state < RECALL_STATE_COUNT; state++)
		if (strcmp(recall_state_name(state), name) == 0)
			return (enum recall_state)state;
	return 0;
}

static int
read_recall(struct query *query, struct store_recall *recall)
{
	*recall =
	    (struct store_recall){.id = query_column_u64(query, 0),
				  .reason = query_column_text(query, 5),
				  .state =
				      state_of(query_column_text(query, 6)),
				  .asked = query_column_time(query, 7),
				  .done = query_column_time(query, 8),
				  .sightings = query_column_u64(query, 9),
				  .cases = query_column_u64(query, 10),
				  .released = query_column_u64(query, 11),
				  .corrected = query_column_u64(query, 12),
				  .at_day = query_column_i64(query, 13)};
	query_column_bytes(query, 14, recall->at_id, sizeof(recall->at_id));
	/* A number that no program knew: written by a newer one. */
	if (!recall->state ||
	    recall_init(&recall->what, kind_of(query_column_text(query, 1)),
			query_column_text(query, 2),
			query_column_time(query, 3),
			query_column_time(query, 4)) != 0)
		return LZ_E_CHECKSUM;
	return 0;
}

int
recall_store_list(struct store *store, recall_store_visit *visit, void *context)
{
	struct query query;
	int error = 0, ended;

	query_begin(&query, store, SQL_DESK_RECALL_LIST);
	while (!error && query_step(&query)) {
		struct store_recall recall;

		error = read_recall(&query, &recall);
		if (!error)
			error = visit(context, &recall);
	}
	ended = query_end(&query);
	return error ? error : ended;
}

int
recall_store_person_add(struct store *store, uint64_t recall, const char *actor,
			struct at_event time)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_RECALL_PERSON_ADD);
	query_u64(&query, 1, recall);
	query_text(&query, 2, actor);
	query_i64(&query, 3, time.us);
	return query_run(&query);
}

int
recall_store_persons(struct store *store, uint64_t recall,
		     recall_store_person_visit *visit, void *context)
{
	struct query query;
	int error = 0, ended;

	query_begin(&query, store, SQL_DESK_RECALL_PERSON_LIST);
	query_u64(&query, 1, recall);
	while (!error && query_step(&query))
		error = visit(context, query_column_text(&query, 0),
			      query_column_time(&query, 1));
	ended = query_end(&query);
	return error ? error : ended;
}

static int
visit_seen(struct query *query, recall_store_seen *visit, void *context)
{
	struct recall_seen seen = {.day = query_column_i64(query, 0),
				   .case_id = query_column_u64(query, 2),
				   .binding_source = query_column_text(query,
								       3),
				   .recalled = query_column_i64(query, 4),
				   .certainty = (uint8_t)query_column_i64(query,
									  6)};
	struct sighting sighting;
	struct cursor cursor;
	size_t length;
	const uint8_t *body = query_column_blob(query, 1, &length);

	cursor_init(&cursor, body, length);
	if (sighting_decode(&cursor, &sighting) != 0)
		return 0;
	seen.sighting = &sighting;
	return visit(context, &seen);
}

int
recall_store_scan(struct store *store, struct recall_place *place,
		  int64_t to_day, uint32_t limit, uint32_t *rows,
		  recall_store_seen *visit, void *context)
{
	const struct recall_place after = *place;
	struct query query;
	int error = 0, ended;

	*rows = 0;
	query_begin(&query, store, SQL_DESK_RECALL_SCAN);
	query_i64(&query, 1, after.day);
	query_blob(&query, 2, after.id, sizeof(after.id));
	query_i64(&query, 3, to_day);
	query_i64(&query, 4, limit);
	while (!error && query_step(&query)) {
		error = visit_seen(&query, visit, context);
		if (error)
			break;
		place->day = query_column_i64(&query, 0);
		query_column_bytes(&query, 5, place->id, sizeof(place->id));
		++*rows;
	}
	ended = query_end(&query);
	return error ? error : ended;
}

int
recall_store_of_case(struct store *store, uint64_t case_id,
		     recall_store_seen *visit, void *context)
{
	struct query query;
	int error = 0, ended;

	query_begin(&query, store, SQL_DESK_SIGHTING_OF_CASE);
	query_u64(&query, 1, case_id);
	while (!error && query_step(&query))
		error = visit_seen(&query, visit, context);
	ended = query_end(&query);
	return error ? error : ended;
}

int
recall_store_mark(struct store *store, const struct sighting *sighting,
		  int64_t recall)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_RECALL_MARK);
	query_i64(&query, 1, recall_store_day(sighting->time));
	query_blob(&query, 2, sighting->id, sizeof(sighting->id));
	query_i64(&query, 3, recall);
	return query_run(&query);
}

int
recall_store_cases(struct store *store, int64_t recall, uint64_t *count)
{
	struct query query;

	*count = 0;
	query_begin(&query, store, SQL_DESK_RECALL_CASES);
	query_i64(&query, 1, recall);
	if (query_step(&query))
		*count = query_column_u64(&query, 0);
	return query_end(&query);
}

int
correction_store_receipt(struct store *store, uint64_t notice,
			 enum receipt_kind kind, struct at_event time,
			 const char *proof)
{
	struct query query;
	bool added;
	int error;

	query_begin(&query, store, SQL_DESK_RECEIPT_CORRECTION_ADD);
	query_u64(&query, 1, notice);
	query_i64(&query, 2, kind);
	query_i64(&query, 3, time.us);
	query_text(&query, 4, proof);
	added = query_step(&query);
	error = query_end(&query);
	return error || added ? error : LZ_E_EXISTS;
}

int
waiting_store_get(struct store *store, const char *name,
		  struct store_waiting *waiting)
{
	struct query query;
	bool found;
	int error;

	query_begin(&query, store, SQL_DESK_WAITING_GET);
	query_text(&query, 1, name);
	found = query_step(&query);
	if (found) {
		(void)text_copy(waiting->actor, sizeof(waiting->actor),
				slice_of(query_column_text(&query, 0)));
		(void)text_copy(waiting->reason, sizeof(waiting->reason),
				slice_of(query_column_text(&query, 1)));
		waiting->time = query_column_time(&query, 2);
	}
	error = query_end(&query);
	return error || found ? error : LZ_E_NOT_FOUND;
}

int
waiting_store_put(struct store *store, const char *name,
		  const struct store_waiting *waiting)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_WAITING_PUT);
	query_text(&query, 1, name);
	query_text(&query, 2, waiting->actor);
	query_text(&query, 3, waiting->reason);
	query_i64(&query, 4, waiting->time.us);
	return query_run(&query);
}

int
waiting_store_delete(struct store *store, const char *name)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_WAITING_DELETE);
	query_text(&query, 1, name);
	return query_run(&query);
}
