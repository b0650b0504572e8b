/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made-up bindings that can be computed both ways: the rows of a day in order,
 * and which row an address (and port) had at a time.
 */
#ifndef BENCH_INDEX_BENCH_H
#define BENCH_INDEX_BENCH_H

#include "base/rng.h"
#include "fact/identity.h"

#define BENCH_DAY0 20450u
#define BENCH_BLOCKS 63u /* of 1024 ports an address */

/* ports 0: one session an address and day, reconnected every 24 hours; else
 * blocks of ports, each held by `turns` customers a day. */
struct made {
	uint32_t addrs, days, turns;
	bool ports;
};

struct bench_query {
	struct addr addr;
	int32_t port; /* -1: none */
	struct at_event at;
	uint64_t offset; /* of the row that answers; 0: nobody */
};

uint64_t made_rows_a_day(const struct made *made);
/* Row n (by rising key) of those that ended on day `day` (0 ...). */
void made_row(const struct made *made, uint32_t day, uint64_t n,
	      struct binding *row);
/* The open row of address n, after the last day. */
void made_open(const struct made *made, uint32_t n, struct binding *row);
/* A question about a random address and time; one in eight misses. */
void made_query(const struct made *made, struct rng *rng,
		struct bench_query *query);

/* The same look-up in an SQL index, for the same queries; NULL: not here. */
struct bench_sql;
struct bench_sql *bench_sqlite_new(const char *folder, const struct made *made);
struct bench_sql *bench_postgres_new(const char *folder,
				     const struct made *made);
/* Answers the row's offset, 0: nobody. */
uint64_t bench_sql_find(struct bench_sql *sql, const struct bench_query *query);
void bench_sql_free(struct bench_sql *sql);

#endif
