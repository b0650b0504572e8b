/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of one query, with a sticky error: bind, step, read columns, end.
 * Inside store/ only.
 *
 *   struct query query;
 *   query_begin(&query, store, SQL_DESK_CASE_GET);
 *   query_u64(&query, 1, id);
 *   while (query_step(&query))
 *           state = query_column_i64(&query, 3);
 *   return query_end(&query);
 *
 * Parameter numbers are the SQL's own ($3 is 3).  One that isn't bound is NULL.
 * A statement runs once at a time: no run of a query within its own rows.
 */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/times.h"
#include "fact/sighting.h"
#include "store/store.h"

struct query {
	struct store *store;
	void *statement; /* the engine's own */
	unsigned number;
	int error;
	bool row;
};

void query_begin(struct query *query, struct store *store, unsigned number);
void query_i64(struct query *query, int parameter, int64_t value);
void query_u64(struct query *query, int parameter, uint64_t value);
/* NULL for NULL.  Texts and bytes are borrowed until query_end. */
void query_text(struct query *query, int parameter, const char *value);
void query_blob(struct query *query, int parameter, const void *bytes,
		size_t length);
void query_null(struct query *query, int parameter);
/* NULL where unset. */
void query_time(struct query *query, int parameter, struct at_event time);

/* True: a row is there.  False: none left, or an error. */
bool query_step(struct query *query);

/* Columns count from 0. */
int64_t query_column_i64(const struct query *query, int column);
uint64_t query_column_u64(const struct query *query, int column);
struct at_event query_column_time(const struct query *query, int column);
bool query_column_null(const struct query *query, int column);
/* Borrowed until the next step; never NULL, "" for NULL. */
const char *query_column_text(const struct query *query, int column);
const uint8_t *query_column_blob(const struct query *query, int column,
				 size_t *length);
/* Fills `size` bytes, or fails the query with LZ_E_CHECKSUM. */
void query_column_bytes(struct query *query, int column, void *bytes,
			size_t size);

/* As column_bytes, of at most `size`: what is missing becomes 0. */
void query_column_bytes_short(struct query *query, int column, void *bytes,
			      size_t size);

/* 0 or the first error; the statement can be begun again. */
LZ_NODISCARD int query_end(struct query *query);
/*
 * The same after one step: for queries that answer nothing.  In a transaction
 * an engine over a wire may do it later, before the next answer or the commit,
 * and its error comes then.
 */
LZ_NODISCARD int query_run(struct query *query);
/*
 * One query for each of many: bind(i) gives its parameters; take(i), or NULL,
 * sees each of its rows and answers 0 or what ends the walk.  Engines that are
 * reached over a wire send many before they wait for answers, so what bind
 * gives must stand until this returns.
 */
typedef void query_bind(void *context, struct query *query, size_t i);
typedef int query_take(void *context, struct query *query, size_t i);
LZ_NODISCARD int query_each(struct store *store, unsigned number, size_t count,
			    query_bind *bind, query_take *take, void *context);
/*
 * Walks and ends a query whose column 0 is the stored form of a sighting;
 * stops at the visitor's first error and answers it.
 */
LZ_NODISCARD int query_sightings(struct query *query,
				 int (*visit)(void *context,
					      const struct sighting *sighting),
				 void *context);

#endif
