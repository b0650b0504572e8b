/* SPDX-License-Identifier: Apache-2.0 */
/* Queries by number, their parameters by name: see the header. */
#include "store/query.h"

#include <string.h>

#include "base/check.h"
#include "store/connection.h"

static void
check(struct query *query, int error)
{
	if (error && !query->error)
		query->error = error;
}

void
query_begin(struct query *query, struct store *store, unsigned number)
{
	void **statement = &store->statements[number];
	int error = 0;

	lz_assert(number < store->set->query_count);
	*query = (struct query){.store = store, .number = number};
	if (!*statement)
		error = store->engine->prepare(store,
					       &store->set->queries[number],
					       statement);
	if (error) {
		check(query, error);
		store->engine->finalize(store, *statement);
		*statement = NULL;
	}
	query->statement = *statement;
}

void
query_i64(struct query *query, int parameter, int64_t value)
{
	/* When the query has failed nothing is bound any more. */
	if (!query->error)
		check(query, query->store->engine->bind_i64(query->statement,
							    parameter, value));
}

void
query_u64(struct query *query, int parameter, uint64_t value)
{
	query_i64(query, parameter, (int64_t)value);
}

void
query_text(struct query *query, int parameter, const char *value)
{
	if (!query->error)
		check(query, query->store->engine->bind_text(query->statement,
							     parameter, value));
}

void
query_blob(struct query *query, int parameter, const void *bytes, size_t length)
{
	if (!query->error)
		check(query, query->store->engine->bind_blob(query->statement,
							     parameter, bytes,
							     length));
}

void
query_null(struct query *query, int parameter)
{
	query_text(query, parameter, NULL);
}

void
query_time(struct query *query, int parameter, struct at_event time)
{
	if (times_is_set(time))
		query_i64(query, parameter, time.us);
	else
		query_null(query, parameter);
}

bool
query_step(struct query *query)
{
	query->row = false;
	if (query->error)
		return false;
	check(query, query->store->engine->step(query->statement, &query->row));
	return query->row;
}

int64_t
query_column_i64(const struct query *query, int column)
{
	return query->store->engine->column_i64(query->statement, column);
}

uint64_t
query_column_u64(const struct query *query, int column)
{
	return (uint64_t)query_column_i64(query, column);
}

bool
query_column_null(const struct query *query, int column)
{
	return query->store->engine->column_null(query->statement, column);
}

struct at_event
query_column_time(const struct query *query, int column)
{
	if (query_column_null(query, column))
		return times_unset();
	return (struct at_event){query_column_i64(query, column)};
}

const char *
query_column_text(const struct query *query, int column)
{
	return query->store->engine->column_text(query->statement, column);
}

const uint8_t *
query_column_blob(const struct query *query, int column, size_t *length)
{
	return query->store->engine->column_blob(query->statement, column,
						 length);
}

void
query_column_bytes(struct query *query, int column, void *bytes, size_t size)
{
	size_t length;
	const uint8_t *stored = query_column_blob(query, column, &length);

	if (length == size)
		memcpy(bytes, stored, size);
	else if (!query->error)
		query->error =
		    store_said(query->store,
			       query->store->set->queries[query->number].name,
			       "stored bytes are damaged", LZ_E_CHECKSUM);
}

void
query_column_bytes_short(struct query *query, int column, void *bytes,
			 size_t size)
{
	size_t length;
	const uint8_t *stored = query_column_blob(query, column, &length);

	memset(bytes, 0, size);
	if (length && length <= size)
		memcpy(bytes, stored, length);
}

int
query_end(struct query *query)
{
	if (query->statement)
		query->store->engine->end(query->statement);
	return query->error;
}

int
query_run(struct query *query)
{
	if (!query->error)
		check(query, query->store->engine->run(query->statement));
	return query_end(query);
}

int
query_each(struct store *store, unsigned number, size_t count, query_bind *bind,
	   query_take *take, void *context)
{
	int error = 0;

	if (store->engine->each)
		return store->engine->each(store, number, count, bind, take,
					   context);
	for (size_t i = 0; i < count && !error; i++) {
		struct query query;
		int ended;

		query_begin(&query, store, number);
		bind(context, &query, i);
		while (!error && query_step(&query) && take)
			error = take(context, &query, i);
		ended = query_end(&query);
		error = error ? error : ended;
	}
	return error;
}

int
query_sightings(struct query *query,
		int (*visit)(void *context, const struct sighting *sighting),
		void *context)
{
	int error = 0, ended;

	while (!error && query_step(query)) {
		struct sighting sighting;
		struct cursor cursor;
		size_t length;
		const uint8_t *at = query_column_blob(query, 0, &length);

		cursor_init(&cursor, at, length);
		error = sighting_decode(&cursor, &sighting);
		if (!error)
			error = visit(context, &sighting);
	}
	ended = query_end(query);
	return error ? error : ended;
}
