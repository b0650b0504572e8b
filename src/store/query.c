/* SPDX-License-Identifier: Apache-2.0 */
/* Queries by number, their parameters by name: see the header. */
#include <string.h>

#include "base/check.h"
#include "store/connection.h"
#include "store/query.h"

static const char *
query_name(const struct query *query)
{
	return query->store->set->queries[query->number].name;
}

static void
check(struct query *query, int code)
{
	if (code != SQLITE_OK && !query->error)
		query->error = store_fail(query->store, query_name(query),
					  code);
}

void
query_begin(struct query *query, struct store *store, unsigned number)
{
	sqlite3_stmt **statement = &store->statements[number];

	lz_assert(number < store->set->query_count);
	*query = (struct query){.store = store, .number = number};
	if (!*statement)
		check(query,
		      sqlite3_prepare_v3(store->db,
					 store->set->queries[number].text, -1,
					 SQLITE_PREPARE_PERSISTENT, statement,
					 NULL));
	query->statement = *statement;
}

/* 0 when the query has failed: nothing is bound any more. */
static int
parameter_index(struct query *query, int parameter)
{
	char name[8];
	struct text text;
	int index;

	if (query->error)
		return 0;
	text_init(&text, name, sizeof(name));
	text_char(&text, '$');
	text_u64(&text, (uint64_t)parameter);
	index = sqlite3_bind_parameter_index(query->statement, name);
	lz_assert(index > 0);
	return index;
}

void
query_i64(struct query *query, int parameter, int64_t value)
{
	int index = parameter_index(query, parameter);

	if (index)
		check(query,
		      sqlite3_bind_int64(query->statement, index, value));
}

void
query_u64(struct query *query, int parameter, uint64_t value)
{
	query_i64(query, parameter, (int64_t)value);
}

void
query_text(struct query *query, int parameter, const char *value)
{
	int index = parameter_index(query, parameter);

	if (index)
		check(query, sqlite3_bind_text(query->statement, index, value,
					       -1, SQLITE_STATIC));
}

void
query_blob(struct query *query, int parameter, const void *bytes, size_t length)
{
	int index = parameter_index(query, parameter);

	if (index)
		check(query, sqlite3_bind_blob64(query->statement, index, bytes,
						 length, SQLITE_STATIC));
}

void
query_null(struct query *query, int parameter)
{
	int index = parameter_index(query, parameter);

	if (index)
		check(query, sqlite3_bind_null(query->statement, index));
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
	int code;

	query->row = false;
	if (query->error)
		return false;
	code = sqlite3_step(query->statement);
	query->row = code == SQLITE_ROW;
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		check(query, code);
	return query->row;
}

int64_t
query_column_i64(const struct query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}

uint64_t
query_column_u64(const struct query *query, int column)
{
	return (uint64_t)query_column_i64(query, column);
}

bool
query_column_null(const struct query *query, int column)
{
	return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
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
	const unsigned char *text = sqlite3_column_text(query->statement,
							column);

	return text ? (const char *)text : "";
}

const uint8_t *
query_column_blob(const struct query *query, int column, size_t *length)
{
	const void *bytes = sqlite3_column_blob(query->statement, column);

	*length = (size_t)sqlite3_column_bytes(query->statement, column);
	return bytes;
}

void
query_column_bytes(struct query *query, int column, void *bytes, size_t size)
{
	size_t length;
	const uint8_t *stored = query_column_blob(query, column, &length);

	if (length == size)
		memcpy(bytes, stored, size);
	else if (!query->error)
		query->error = store_fail(query->store, query_name(query),
					  SQLITE_CORRUPT);
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
	if (query->statement) {
		/* A step's error was taken when it happened. */
		(void)sqlite3_reset(query->statement);
		(void)sqlite3_clear_bindings(query->statement);
	}
	return query->error;
}

int
query_run(struct query *query)
{
	(void)query_step(query);
	return query_end(query);
}

int
query_each(struct store *store, unsigned number, size_t count, query_bind *bind,
	   query_take *take, void *context)
{
	int error = 0;

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
