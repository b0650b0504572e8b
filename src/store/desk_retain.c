/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasing what is older than it may be, children with their case: a slice at a
 * time, each by an index.
 */
#include "store/desk_store.h"
#include "store/query.h"
#include "store/sql_text.h"

#define CASES_AT_ONCE 200
#define ROWS_AT_ONCE 20000

struct erasable {
	uint64_t case_id, party;
};

static int
erasable_read(struct store *store, unsigned number, int64_t before_us,
	      struct erasable cases[CASES_AT_ONCE], size_t *count)
{
	struct query query;

	*count = 0;
	query_begin(&query, store, number);
	query_i64(&query, 1, before_us);
	query_i64(&query, 2, CASES_AT_ONCE);
	while (*count < CASES_AT_ONCE && query_step(&query))
		cases[(*count)++] =
		    (struct erasable){query_column_u64(&query, 0),
				      query_column_u64(&query, 1)};
	return query_end(&query);
}

static int
one(struct store *store, unsigned number, uint64_t key)
{
	struct query query;

	query_begin(&query, store, number);
	query_u64(&query, 1, key);
	return query_run(&query);
}

static int
erase_case(struct store *store, const struct erasable *erasable)
{
	int error = one(store, SQL_DESK_CASE_COUNT_ADD, erasable->case_id);

	if (!error)
		error = one(store, SQL_DESK_VERDICT_COUNT_ADD,
			    erasable->case_id);
	if (!error)
		error = one(store, SQL_DESK_CASE_DELETE, erasable->case_id);
	if (!error)
		error = one(store, SQL_DESK_PARTY_OTHERS_DELETE,
			    erasable->party);
	if (!error)
		error = one(store, SQL_DESK_PARTY_DELETE, erasable->party);
	return error;
}

static int
erase_cases(struct store *store, unsigned number, int64_t before_us,
	    desk_store_erasing *erasing, void *context, bool *more)
{
	struct erasable cases[CASES_AT_ONCE];
	size_t count;
	int error = erasable_read(store, number, before_us, cases, &count);

	for (size_t i = 0; i < count && !error; i++) {
		error = erasing(context, cases[i].case_id);
		if (!error)
			error = erase_case(store, &cases[i]);
	}
	*more |= count == CASES_AT_ONCE;
	return error;
}

/* Rows of one kind, as many as one slice takes. */
static int
erase_rows(struct store *store, unsigned number, int64_t before_us, bool *more)
{
	struct query query;
	size_t count = 0;

	query_begin(&query, store, number);
	query_i64(&query, 1, before_us);
	query_i64(&query, 2, ROWS_AT_ONCE);
	while (query_step(&query))
		count++;
	*more |= count == ROWS_AT_ONCE;
	return query_end(&query);
}

int
desk_store_retain(struct store *store, const struct store_retention *retention,
		  struct at_event now, desk_store_erasing *erasing,
		  void *context, bool *more)
{
	const int64_t closed_us = now.us - retention->cases_us;
	const int64_t quiet_us = now.us - retention->sightings_us;
	struct query query;
	int error;

	*more = false;
	error = erase_cases(store, SQL_DESK_ERASABLE_CLOSED, closed_us, erasing,
			    context, more);
	if (!error)
		error = erase_cases(store, SQL_DESK_ERASABLE_QUIET, quiet_us,
				    erasing, context, more);
	if (!error)
		error = erase_rows(store, SQL_DESK_FREE_SIGHTINGS_DELETE,
				   quiet_us, more);
	if (!error)
		error = erase_rows(store, SQL_DESK_QUIET_SIGHTINGS_DELETE,
				   quiet_us, more);
	if (!error)
		error = erase_rows(store, SQL_DESK_RESULT_DELETE,
				   now.us - retention->commands_us, more);
	if (error)
		return error;
	query_begin(&query, store, SQL_DESK_LEAF_SCRUB);
	return query_run(&query);
}
