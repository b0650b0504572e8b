/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of a test's own, where the real ones have too few migrations. */
#ifndef TESTS_STORE_TEST_SETS_H
#define TESTS_STORE_TEST_SETS_H

#include "scratch.h"

#define SHA(digit)                                                       \
	"00000000000000000000000000000000000000000000000000000000000000" \
	"0" digit

static const struct sql_query test_queries[] = {
    /* Numbers against the order of first appearance: see query.h. */
    {"add", {"INSERT INTO pair (a, b) VALUES ($2, $1)", NULL}, false},
    {"get", {"SELECT a, b FROM pair ORDER BY a", NULL}, false},
    {"big", {"SELECT a, b FROM pair WHERE a >= $1 ORDER BY a", NULL}, true},
    {"one", {"SELECT b FROM pair WHERE a = $1", NULL}, false},
    {"say",
     {"INSERT INTO pair (a, said, bytes) VALUES ($1, $2, $3)", NULL},
     false},
    {"said", {"SELECT said, bytes FROM pair WHERE a = $1", NULL}, false},
};
enum { ADD, GET, BIG, ONE, SAY, SAID, TEST_QUERIES };

#define STEP_1                                                             \
	{                                                                  \
		1, "begin", SHA("1"),                                      \
		    {"CREATE TABLE pair (a BIGINT PRIMARY KEY, said TEXT," \
		     " bytes BLOB)",                                       \
		     NULL},                                                \
		    {"DROP TABLE pair", NULL},                             \
	}
static const struct sql_migration test_steps[] = {
    STEP_1,
    {2,
     "more",
     SHA("2"),
     {"ALTER TABLE pair ADD COLUMN b BIGINT", NULL},
     {"ALTER TABLE pair DROP COLUMN b", NULL}}};
static const struct sql_migration other_steps[] = {
    {1,
     "begin",
     SHA("9"),
     {"CREATE TABLE pair (a BIGINT)", NULL},
     {"DROP TABLE pair", NULL}}};
static const struct sql_migration broken_steps[] = {
    STEP_1,
    {2,
     "broken",
     SHA("3"),
     {"CREATE TABLE half (x BIGINT); CREATE TABEL nonsense", NULL},
     {"DROP TABLE half", NULL}}};

static const struct sql_set set_1 = {"test", 1, test_queries, 1, test_steps};
static const struct sql_set set_2 = {"test", TEST_QUERIES, test_queries, 2,
				     test_steps};

/* All sums a thousandfold and b, of each row. */
static inline int64_t
sum(struct store *store)
{
	struct query query;
	int64_t total = 0;

	query_begin(&query, store, GET);
	while (query_step(&query))
		total += query_column_i64(&query, 0) * 1000 +
			 query_column_i64(&query, 1);
	assert_int_equal(query_end(&query), 0);
	return total;
}

static inline int
try_add(struct store *store, int64_t b, int64_t a)
{
	struct query query;

	query_begin(&query, store, ADD);
	query_i64(&query, 1, b);
	query_i64(&query, 2, a);
	return query_run(&query);
}

static inline void
add(struct store *store, int64_t b, int64_t a)
{
	assert_int_equal(try_add(store, b, a), 0);
}

#endif
