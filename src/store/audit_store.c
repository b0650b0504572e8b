/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of look-ups: see the header. */
#include "store/audit_store.h"

#include "store/query.h"
#include "store/sql_text.h"

int
audit_store_add(struct store *store, const struct store_audit *audit)
{
	struct query query;
	bool added;
	int error;

	query_begin(&query, store, SQL_DESK_AUDIT_ADD);
	query_text(&query, 1, audit->source);
	query_u64(&query, 2, audit->sequence);
	query_i64(&query, 3, audit->time.us);
	query_text(&query, 4, audit->actor);
	query_text(&query, 5, audit->why);
	query_text(&query, 6, audit->about);
	query_text(&query, 7, audit->question);
	query_i64(&query, 8, audit->certainty);
	query_u64(&query, 9, audit->party.value);
	query_i64(&query, 10, audit->reveal);
	added = query_step(&query);
	error = query_end(&query);
	return error || added ? error : LZ_E_EXISTS;
}

int
audit_store_list(struct store *store, struct at_event since,
		 audit_store_visit *visit, void *context)
{
	struct query query;
	int error = 0, ended;

	query_begin(&query, store, SQL_DESK_AUDIT_LIST);
	query_i64(&query, 1, since.us);
	while (!error && query_step(&query)) {
		const struct store_audit audit = {
		    .source = query_column_text(&query, 0),
		    .sequence = query_column_u64(&query, 1),
		    .time = query_column_time(&query, 2),
		    .actor = query_column_text(&query, 3),
		    .why = query_column_text(&query, 4),
		    .about = query_column_text(&query, 5),
		    .question = query_column_text(&query, 6),
		    .certainty = (uint8_t)query_column_i64(&query, 7),
		    .party = {query_column_u64(&query, 8)},
		    .reveal = query_column_i64(&query, 9) != 0};

		error = visit(context, &audit);
	}
	ended = query_end(&query);
	return error ? error : ended;
}

int
audit_store_delete(struct store *store, struct at_event before)
{
	struct query query;

	query_begin(&query, store, SQL_DESK_AUDIT_DELETE);
	query_i64(&query, 1, before.us);
	return query_run(&query);
}
