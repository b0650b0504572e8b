/* SPDX-License-Identifier: Apache-2.0 */
/* Cases, their findings and whose they are, in the desk's store. */
#include "store/desk_store.h"
#include "store/query.h"
#include "store/sql_text.h"

#define CASES_AT_ONCE 256

static int
finish(struct query *query, int error)
{
	const int ended = query_end(query);

	return error ? error : ended;
}

static void
bind_or_null(struct query *query, int parameter, uint64_t id)
{
	if (id)
		query_u64(query, parameter, id);
	else
		query_null(query, parameter);
}

static void
bind_case(const struct store_case *record, struct query *query)
{
	query_u64(query, 1, record->id);
	query_u64(query, 2, record->party.value);
	query_i64(query, 3, record->known);
	query_i64(query, 4, record->state);
	query_i64(query, 5, record->certainty);
	query_i64(query, 6, record->score_milli);
	query_u64(query, 7, record->version);
	query_i64(query, 8, record->classes);
	query_i64(query, 9, record->opened.us);
	query_i64(query, 10, record->changed.us);
	query_time(query, 11, record->last);
	query_time(query, 12, record->due);
	query_time(query, 13, record->closed);
	query_blob(query, 14, record->record.at, record->record.length);
	query_u64(query, 15, record->events);
	query_i64(query, 16, record->arm);
	query_i64(query, 17, record->ladder);
	query_time(query, 18, record->objected);
	query_time(query, 19, record->answer_due);
	bind_or_null(query, 20, record->merged_into);
	bind_or_null(query, 21, record->earlier);
}

/* Many steps change nothing that is indexed: such a row is only touched. */
struct putting {
	const struct store_case *rows;
	size_t which[CASES_AT_ONCE]; /* of rows */
	bool touched[CASES_AT_ONCE];
};

static void
bind_touch(void *context, struct query *query, size_t i)
{
	const struct putting *putting = context;
	const struct store_case *record = &putting->rows[i];

	query_u64(query, 1, record->id);
	query_i64(query, 2, record->known);
	query_i64(query, 3, record->state);
	query_i64(query, 4, record->certainty);
	query_i64(query, 5, record->score_milli);
	query_u64(query, 6, record->version);
	query_i64(query, 7, record->classes);
	query_i64(query, 8, record->changed.us);
	query_time(query, 9, record->last);
	query_time(query, 10, record->due);
	query_time(query, 11, record->closed);
	query_blob(query, 12, record->record.at, record->record.length);
	query_u64(query, 13, record->events);
	query_i64(query, 14, record->arm);
	query_i64(query, 15, record->ladder);
	query_time(query, 16, record->objected);
	query_time(query, 17, record->answer_due);
	bind_or_null(query, 18, record->merged_into);
}

static int
take_touched(void *context, struct query *query, size_t i)
{
	struct putting *putting = context;

	(void)query;
	putting->touched[i] = true;
	return 0;
}

static void
bind_which(void *context, struct query *query, size_t i)
{
	const struct putting *putting = context;

	bind_case(&putting->rows[putting->which[i]], query);
}

static int
put_some(struct store *store, const struct store_case *rows, size_t count)
{
	struct putting putting = {.rows = rows};
	size_t left = 0;
	int error = query_each(store, SQL_DESK_CASE_TOUCH, count, bind_touch,
			       take_touched, &putting);

	for (size_t i = 0; i < count; i++)
		if (!putting.touched[i])
			putting.which[left++] = i;
	return error ? error
		     : query_each(store, SQL_DESK_CASE_PUT, left, bind_which,
				  NULL, &putting);
}

int
desk_store_cases_put(struct store *store, const struct store_case *rows,
		     size_t count)
{
	int error = 0;

	for (size_t i = 0; i < count && !error; i += CASES_AT_ONCE)
		error = put_some(store, rows + i,
				 count - i < CASES_AT_ONCE ? count - i
							   : CASES_AT_ONCE);
	return error;
}

int
desk_store_case_put(struct store *store, const struct store_case *record)
{
	struct putting putting = {.rows = record};

	return query_each(store, SQL_DESK_CASE_PUT, 1, bind_which, NULL,
			  &putting);
}

static int
visit_record(struct query *query, desk_store_record_visit *visit, void *context)
{
	struct store_bytes record;

	record.at = query_column_blob(query, 0, &record.length);
	return visit(context, record, query_column_u64(query, 1));
}

int
desk_store_open_cases(struct store *store, desk_store_record_visit *visit,
		      void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_CASE_OPEN);
	while (!error && query_step(&query))
		error = visit_record(&query, visit, context);
	return finish(&query, error);
}

int
desk_store_ended_cases(struct store *store, desk_store_ended_visit *visit,
		       void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_CASE_ENDED);
	while (!error && query_step(&query)) {
		const struct store_ended ended = {
		    .id = query_column_u64(&query, 0),
		    .party = {query_column_u64(&query, 1)},
		    .state = (enum case_state)query_column_i64(&query, 2),
		    .opened = query_column_time(&query, 3),
		    .closed = query_column_time(&query, 4),
		    .merged_into = query_column_u64(&query, 5)};

		error = visit(context, &ended);
	}
	return finish(&query, error);
}

int
desk_store_case_fetch(struct store *store, uint64_t case_id,
		      desk_store_record_visit *visit, void *context)
{
	struct query query;
	bool found;
	int error = 0;

	query_begin(&query, store, SQL_DESK_CASE_FETCH);
	query_u64(&query, 1, case_id);
	found = query_step(&query);
	if (found)
		error = visit_record(&query, visit, context);
	error = finish(&query, error);
	return error || found ? error : LZ_E_NOT_FOUND;
}

int
desk_store_finding_put(struct store *store, uint64_t case_id,
		       const struct store_finding *finding)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_FINDING_PUT);
	query_u64(&query, 1, case_id);
	query_i64(&query, 2, finding->class);
	query_text(&query, 3, finding->family);
	query_u64(&query, 4, finding->n);
	query_i64(&query, 5, finding->first.us);
	query_i64(&query, 6, finding->last.us);
	return query_run(&query);
}

int
desk_store_findings(struct store *store, uint64_t case_id,
		    desk_store_finding_visit *visit, void *context)
{
	struct query query;
	int error = 0;

	query_begin(&query, store, SQL_DESK_FINDING_LIST);
	query_u64(&query, 1, case_id);
	while (!error && query_step(&query)) {
		const struct store_finding finding = {
		    .class = (uint8_t)query_column_i64(&query, 0),
		    .family = query_column_text(&query, 1),
		    .n = query_column_u64(&query, 2),
		    .first = query_column_time(&query, 3),
		    .last = query_column_time(&query, 4)};

		error = visit(context, &finding);
	}
	return finish(&query, error);
}
