/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked of a device: see the header. */
#include "store/enforcer_store.h"
#include "store/query.h"
#include "store/sql_text.h"

int
enforcer_store_put(struct store *store, const struct device_state *state)
{
	struct query query;

	query_begin(&query, store, SQL_ENFORCER_STATE_PUT);
	query_u64(&query, 1, state->measure);
	query_i64(&query, 2, state->kind);
	query_text(&query, 3, state->target);
	query_i64(&query, 4, state->on);
	query_i64(&query, 5, state->expires.us);
	query_time(&query, 6, state->asked);
	query_time(&query, 7, state->acknowledged);
	query_time(&query, 8, state->observed);
	query_text(&query, 9, state->refused);
	return query_run(&query);
}

int
enforcer_store_open(struct store *store, device_state_visit *visit,
		    void *context)
{
	struct query query;
	int error = 0, ended;

	query_begin(&query, store, SQL_ENFORCER_STATE_OPEN);
	while (!error && query_step(&query)) {
		struct device_state state = {
		    .measure = query_column_u64(&query, 0),
		    .kind = (enum measure_kind)query_column_i64(&query, 1),
		    .on = query_column_i64(&query, 3) != 0,
		    .expires = query_column_time(&query, 4),
		    .asked = query_column_time(&query, 5),
		    .acknowledged = query_column_time(&query, 6),
		    .observed = query_column_time(&query, 7)};

		(void)text_copy(state.target, sizeof(state.target),
				slice_of(query_column_text(&query, 2)));
		(void)text_copy(state.refused, sizeof(state.refused),
				slice_of(query_column_text(&query, 8)));
		error = visit(context, &state);
	}
	ended = query_end(&query);
	return error ? error : ended;
}

int
enforcer_store_retain(struct store *store, struct at_event before)
{
	struct query query;

	query_begin(&query, store, SQL_ENFORCER_STATE_DELETE);
	query_i64(&query, 1, before.us);
	return query_run(&query);
}

int
enforcer_store_effect_add(struct store *store,
			  const struct device_effect *effect)
{
	struct query query;

	query_begin(&query, store, SQL_ENFORCER_EFFECT_ADD);
	query_u64(&query, 1, effect->measure);
	query_i64(&query, 2, effect->on);
	query_i64(&query, 3, effect->kind);
	query_i64(&query, 4, effect->time.us);
	query_text(&query, 5, effect->detail);
	return query_run(&query);
}

int
enforcer_store_effects(struct store *store, device_effect_visit *visit,
		       void *context)
{
	struct query query;
	int error = 0, ended;

	query_begin(&query, store, SQL_ENFORCER_EFFECT_LIST);
	while (!error && query_step(&query)) {
		const struct device_effect effect = {
		    .n = query_column_u64(&query, 0),
		    .measure = query_column_u64(&query, 1),
		    .on = query_column_i64(&query, 2) != 0,
		    .kind = (enum effect_kind)query_column_i64(&query, 3),
		    .time = query_column_time(&query, 4),
		    .detail = query_column_text(&query, 5)};

		error = visit(context, &effect);
	}
	ended = query_end(&query);
	return error ? error : ended;
}

int
enforcer_store_effects_done(struct store *store, uint64_t n)
{
	struct query query;

	query_begin(&query, store, SQL_ENFORCER_EFFECT_DELETE);
	query_u64(&query, 1, n);
	return query_run(&query);
}
