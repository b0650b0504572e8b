/* SPDX-License-Identifier: Apache-2.0 */
/* Wanted measures and their effects: see the header. */
#include "store/effect_store.h"
#include "store/query.h"
#include "store/sql_text.h"

int
effect_store_add(struct store *store, const struct store_effect *effect)
{
	struct query query;
	bool added;
	int error;

	query_begin(&query, store, SQL_DESK_EFFECT_ADD);
	query_u64(&query, 1, effect->measure);
	query_i64(&query, 2, effect->on);
	query_i64(&query, 3, effect->kind);
	query_i64(&query, 4, effect->time.us);
	query_text(&query, 5, effect->device);
	query_text(&query, 6, effect->detail);
	added = query_step(&query);
	error = query_end(&query);
	return error || added ? error : LZ_E_EXISTS;
}

int
effect_store_list(struct store *store, uint64_t measure,
		  effect_store_visit *visit, void *context)
{
	struct query query;
	int error = 0, ended;

	query_begin(&query, store, SQL_DESK_EFFECT_LIST);
	query_u64(&query, 1, measure);
	while (!error && query_step(&query)) {
		const struct store_effect effect = {
		    .measure = measure,
		    .on = query_column_i64(&query, 0) != 0,
		    .kind = (enum effect_kind)query_column_i64(&query, 1),
		    .time = query_column_time(&query, 2),
		    .device = query_column_text(&query, 3),
		    .detail = query_column_text(&query, 4)};

		error = visit(context, &effect);
	}
	ended = query_end(&query);
	return error ? error : ended;
}

int
effect_store_wanted(struct store *store, struct at_event now,
		    desk_view_measure_visit *visit, void *context)
{
	struct query query;
	int error = 0, ended;

	query_begin(&query, store, SQL_DESK_MEASURE_WANTED);
	query_i64(&query, 1, now.us);
	while (!error && query_step(&query)) {
		const struct store_measure measure = {
		    .id = query_column_u64(&query, 0),
		    .case_id = query_column_u64(&query, 1),
		    .kind = (enum measure_kind)query_column_i64(&query, 2),
		    .target = query_column_text(&query, 3),
		    .wanted = query_column_i64(&query, 4) != 0,
		    .would = query_column_i64(&query, 5) != 0,
		    .since = query_column_time(&query, 6),
		    .expires = query_column_time(&query, 7),
		    .changed = query_column_time(&query, 8),
		    .reason = query_column_text(&query, 9)};

		error = visit(context, &measure);
	}
	ended = query_end(&query);
	return error ? error : ended;
}
