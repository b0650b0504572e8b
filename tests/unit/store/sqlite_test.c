/* SPDX-License-Identifier: Apache-2.0 */
/* What is of SQLite files alone: what stays beside them, full and damaged ones.
 */
#include "test_sets.h"

#include <errno.h>

#include "store/sqlite_engine.h"

static void
leaves_wal_and_shm_behind(void **state)
{
	struct scratch *scratch = *state;
	struct store *store = scratch_writer(scratch, &set_2);
	char path[1100];

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
	char said[4000];
	int error = 0;

	memset(said, 'x', sizeof(said));
	said[sizeof(said) - 1] = '\0';
	add(store, 1, 1);
	/* The engine's own ceiling stands in for a full disk. */
	assert_int_equal(sqlite3_exec(sqlite_engine_handle(store),
				      "PRAGMA max_page_count = 8", NULL, NULL,
				      NULL),
			 SQLITE_OK);
	assert_int_equal(store_begin(store), 0);
	for (int i = 0; i < 20 && !error; i++) {
		query_begin(&query, store, SAY);
		query_i64(&query, 1, i + 2);
		query_text(&query, 2, said);
		error = query_run(&query);
	}
	assert_int_equal(error, -ENOSPC);
	assert_non_null(strstr(store_message(store), "say: "));
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

#define CASE(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(leaves_wal_and_shm_behind),
	    CASE(a_full_file_loses_nothing),
	    CASE(names_a_damaged_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
