/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Database files: schema forward and never backward, readers beside the
 * writer, full and damaged files.  Sets of its own where the real ones have
 * too few migrations to show it.
 */
#include "scratch.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "store/query.h"

static const struct sql_query queries[] = {
    /* Numbers against the order of first appearance: see query.h. */
    {"add", "INSERT INTO pair (a, b) VALUES ($2, $1)"},
    {"get", "SELECT a, b FROM pair"},
    {"fill", "INSERT INTO pair (a, b) VALUES ($1, "
	     "CAST(zeroblob(4000) AS TEXT))"}};
static const struct sql_migration steps[] = {
    {1, "begin",
     "0000000000000000000000000000000000000000000000000000000000000001",
     "CREATE TABLE pair (a BIGINT)"},
    {2, "more",
     "0000000000000000000000000000000000000000000000000000000000000002",
     "ALTER TABLE pair ADD COLUMN b BIGINT"}};
static const struct sql_migration other_steps[] = {
    {1, "begin",
     "0000000000000000000000000000000000000000000000000000000000000009",
     "CREATE TABLE pair (a BIGINT)"}};
static const struct sql_migration broken_steps[] = {
    {1, "begin",
     "0000000000000000000000000000000000000000000000000000000000000001",
     "CREATE TABLE pair (a BIGINT)"},
    {2, "broken",
     "0000000000000000000000000000000000000000000000000000000000000003",
     "CREATE TABLE half (x BIGINT); CREATE TABEL nonsense"}};

static const struct sql_set set_1 = {"test", 1, queries, 1, steps};
static const struct sql_set set_2 = {"test", 3, queries, 2, steps};
static const struct sql_set set_other = {"test", 1, queries, 1, other_steps};
static const struct sql_set set_broken = {"test", 1, queries, 2, broken_steps};

enum { ADD, GET, FILL };

static void
execute(const struct scratch *scratch, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(scratch->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
moves_forward_and_not_back(void **state)
{
	struct scratch *scratch = *state;
	char message[STORE_MESSAGE_SIZE] = "";
	struct at_arrival now = {0};
	struct store *store = scratch_writer(scratch, &set_1);

	assert_int_equal(store_schema(store), 1);
	store_close(store);
	store = scratch_writer(scratch, &set_2);
	assert_int_equal(store_schema(store), 2);
	assert_int_equal(store_prepare_all(store), 0);
	store_close(store);
	assert_int_equal(store_open_writer(scratch->path, &set_1, now, &store,
					   message),
			 LZ_E_VERSION);
	assert_null(store);
	assert_non_null(strstr(message, "newer program"));
	assert_int_equal(store_open_reader(scratch->path, &set_1, &store,
					   message),
			 LZ_E_VERSION);
}

static void
notices_an_edited_migration(void **state)
{
	struct scratch *scratch = *state;
	char message[STORE_MESSAGE_SIZE] = "";
	struct at_arrival now = {0};
	struct store *store = scratch_writer(scratch, &set_1);

	store_close(store);
	assert_int_equal(store_open_writer(scratch->path, &set_other, now,
					   &store, message),
			 LZ_E_VERSION);
	assert_non_null(strstr(message, "another text"));
}

static void
keeps_the_last_whole_schema(void **state)
{
	struct scratch *scratch = *state;
	char message[STORE_MESSAGE_SIZE] = "";
	struct at_arrival now = {0};
	struct store *store;

	assert_true(store_open_writer(scratch->path, &set_broken, now, &store,
				      message) < 0);
	assert_non_null(strstr(message, "broken"));
	/* Nothing of step 2 is there, so the right step 2 can follow. */
	store = scratch_writer(scratch, &set_2);
	assert_int_equal(store_schema(store), 2);
	store_close(store);
	execute(scratch, "CREATE TABLE half (x BIGINT)");
}

static void
readers_wait_for_their_schema(void **state)
{
	struct scratch *scratch = *state;
	char message[STORE_MESSAGE_SIZE] = "";
	struct store *store, *reader;

	assert_int_equal(store_open_reader(scratch->path, &set_2, &reader,
					   message),
			 -ENOENT);
	store = scratch_writer(scratch, &set_1);
	assert_int_equal(store_open_reader(scratch->path, &set_2, &reader,
					   message),
			 LZ_E_STATE);
	assert_non_null(strstr(message, "its writer has not started"));
	store_close(store);
	store = scratch_writer(scratch, &set_2);
	reader = scratch_reader(scratch, &set_2);
	store_close(reader);
	store_close(store);
}

static int64_t
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

static void
add(struct store *store, int64_t b, int64_t a)
{
	struct query query;

	query_begin(&query, store, ADD);
	query_i64(&query, 1, b);
	query_i64(&query, 2, a);
	assert_int_equal(query_run(&query), 0);
}

static void
binds_by_name(void **state)
{
	struct store *store = scratch_writer(*state, &set_2);

	add(store, 7, 3);
	assert_int_equal(sum(store), 3007);
	store_close(store);
}

static void
reads_beside_the_writer(void **state)
{
	struct store *store = scratch_writer(*state, &set_2);
	struct store *reader = scratch_reader(*state, &set_2);
	struct query query;

	add(store, 1, 1);
	assert_int_equal(store_begin(store), 0);
	add(store, 2, 2);
	assert_int_equal(sum(reader), 1001); /* not before the commit */
	assert_int_equal(store_commit(store), 0);
	assert_int_equal(sum(reader), 3003);
	assert_int_equal(store_begin(store), 0);
	add(store, 4, 4);
	store_rollback(store);
	assert_int_equal(sum(store), 3003);
	query_begin(&query, reader, ADD);
	query_i64(&query, 1, 1);
	query_i64(&query, 2, 1);
	assert_int_equal(query_run(&query), -EROFS);
	store_close(store);
	store_close(reader);
	/* -wal and -shm stay, or no read-only user could open it. */
	reader = scratch_reader(*state, &set_2);
	assert_int_equal(sum(reader), 3003);
	store_close(reader);
}

static void
leaves_wal_and_shm_behind(void **state)
{
	struct scratch *scratch = *state;
	struct store *store = scratch_writer(scratch, &set_2);
	char path[160];

	add(store, 1, 1);
	store_close(store);
	snprintf(path, sizeof(path), "%s-wal", scratch->path);
	assert_int_equal(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s-shm", scratch->path);
	assert_int_equal(access(path, F_OK), 0);
}

static void
a_full_file_loses_nothing(void **state)
{
	struct scratch *scratch = *state;
	struct store *store = scratch_writer(scratch, &set_2);
	struct query query;
	int error = 0;

	add(store, 1, 1);
	query_begin(&query, store, GET);
	assert_int_equal(query_end(&query), 0);
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(store_commit(store), 0);
	/* The engine's own ceiling stands in for a full disk. */
	assert_int_equal(sqlite3_exec(sqlite3_db_handle(query.statement),
				      "PRAGMA max_page_count = 8", NULL, NULL,
				      NULL),
			 SQLITE_OK);
	assert_int_equal(store_begin(store), 0);
	for (int i = 0; i < 20 && !error; i++) {
		query_begin(&query, store, FILL);
		query_i64(&query, 1, i);
		error = query_run(&query);
	}
	assert_int_equal(error, -ENOSPC);
	assert_non_null(strstr(store_message(store), "fill: "));
	store_rollback(store);
	assert_int_equal(sum(store), 1001);
	store_close(store);
}

static void
names_a_damaged_file(void **state)
{
	struct scratch *scratch = *state;
	char message[STORE_MESSAGE_SIZE] = "";
	struct at_arrival now = {0};
	struct store *store;
	FILE *file = fopen(scratch->path, "w");

	assert_non_null(file);
	for (int i = 0; i < 4096; i++)
		fputs("no database ", file);
	fclose(file);
	assert_int_equal(store_open_writer(scratch->path, &set_1, now, &store,
					   message),
			 LZ_E_CHECKSUM);
	assert_int_equal(store_open_reader(scratch->path, &set_1, &store,
					   message),
			 LZ_E_CHECKSUM);
	assert_true(strlen(message) > 0);
}

static void
every_query_is_sound(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);

	if (store_prepare_all(store) != 0)
		fail_msg("%s", store_message(store));
	store_close(store);
	assert_int_equal(scratch_teardown(state), 0);
	assert_int_equal(scratch_setup(state), 0);
	store = scratch_writer(*state, &sql_notifier);
	if (store_prepare_all(store) != 0)
		fail_msg("%s", store_message(store));
	store_close(store);
}

#define CASE(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(moves_forward_and_not_back),
	    CASE(notices_an_edited_migration),
	    CASE(keeps_the_last_whole_schema),
	    CASE(readers_wait_for_their_schema),
	    CASE(binds_by_name),
	    CASE(reads_beside_the_writer),
	    CASE(leaves_wal_and_shm_behind),
	    CASE(a_full_file_loses_nothing),
	    CASE(names_a_damaged_file),
	    CASE(every_query_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
