/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores of either engine: schema forward, and back only when asked; readers
 * beside the writer; transactions whole or not at all; values there and back.
 */
#include "test_sets.h"

#include <errno.h>

static const struct sql_set set_other = {"test", 1, test_queries, 1,
					 other_steps};
static const struct sql_set set_broken = {"test", 1, test_queries, 2,
					  broken_steps};

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
	scratch_execute(scratch, scratch->postgres
				     ? "CREATE TABLE test.half (x BIGINT)"
				     : "CREATE TABLE half (x BIGINT)");
}

static void
readers_wait_for_their_schema(void **state)
{
	struct scratch *scratch = *state;
	char message[STORE_MESSAGE_SIZE] = "";
	struct store *store, *reader;

	assert_int_equal(store_open_reader(scratch->path, &set_2, &reader,
					   message),
			 scratch->postgres ? LZ_E_STATE : -ENOENT);
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
	reader = scratch_reader(*state, &set_2);
	assert_int_equal(sum(reader), 3003);
	store_close(reader);
}

static void
goes_back_when_asked(void **state)
{
	struct scratch *scratch = *state;
	char message[STORE_MESSAGE_SIZE] = "";
	struct store *store = scratch_writer(scratch, &set_2);

	add(store, 2, 1);
	store_close(store);
	assert_int_equal(store_migrate_down(scratch->path, &set_other, 0,
					    message),
			 LZ_E_VERSION);
	assert_int_equal(store_migrate_down(scratch->path, &set_2, 1, message),
			 0);
	store = scratch_writer(scratch, &set_1);
	assert_int_equal(store_schema(store), 1);
	store_close(store);
	/* What only the later step knew is gone, the row isn't. */
	store = scratch_writer(scratch, &set_2);
	assert_int_equal(sum(store), 1000);
	store_close(store);
	assert_int_equal(store_migrate_down(scratch->path, &set_2, 0, message),
			 0);
	store = scratch_writer(scratch, &set_2);
	assert_int_equal(sum(store), 0);
	store_close(store);
}

static void
a_failed_statement_undoes_all(void **state)
{
	struct store *store = scratch_writer(*state, &set_2);
	int error;

	add(store, 1, 1);
	assert_int_equal(store_begin(store), 0);
	add(store, 2, 2);
	error = try_add(store, 3, 1);
	/* Over a wire it may show with the commit alone. */
	if (!error)
		error = store_commit(store);
	else
		store_rollback(store);
	assert_int_equal(error, LZ_E_EXISTS);
	assert_non_null(strstr(store_message(store), "add: "));
	assert_int_equal(sum(store), 1001);
	/* And it goes on. */
	assert_int_equal(store_begin(store), 0);
	add(store, 2, 2);
	assert_int_equal(store_commit(store), 0);
	assert_int_equal(sum(store), 3003);
	store_close(store);
}

static void
values_come_back(void **state)
{
	static const char odd[] = "it's \"odd\" \xc3\xbc \\ $1 %s";
	static const uint8_t bytes[] = {0, 0xff, '\\', '\'', 0};
	struct store *store = scratch_writer(*state, &set_2);
	struct query query;
	size_t length;

	for (int64_t a = 0; a < 3; a++) {
		query_begin(&query, store, SAY);
		query_i64(&query, 1, a == 0 ? INT64_MIN : a);
		if (a < 2)
			query_text(&query, 2, a ? "" : odd);
		if (a < 2)
			query_blob(&query, 3, bytes, a ? 0 : sizeof(bytes));
		assert_int_equal(query_run(&query), 0);
	}
	query_begin(&query, store, SAID);
	query_i64(&query, 1, INT64_MIN);
	assert_true(query_step(&query));
	assert_string_equal(query_column_text(&query, 0), odd);
	assert_memory_equal(query_column_blob(&query, 1, &length), bytes,
			    sizeof(bytes));
	assert_int_equal(length, sizeof(bytes));
	assert_false(query_step(&query));
	assert_int_equal(query_end(&query), 0);
	query_begin(&query, store, SAID);
	query_i64(&query, 1, 2);
	assert_true(query_step(&query));
	assert_true(query_column_null(&query, 0));
	assert_true(query_column_null(&query, 1));
	assert_string_equal(query_column_text(&query, 0), "");
	assert_int_equal(query_end(&query), 0);
	store_close(store);
}

static void
what_is_no_text_stops_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct store *store = scratch_writer(scratch, &set_2);
	struct query query;

	query_begin(&query, store, SAY);
	query_i64(&query, 1, 1);
	query_text(&query, 2, "M\xfcller \xc3\xbc \xed\xa0\x80");
	assert_int_equal(query_run(&query), 0);
	query_begin(&query, store, SAID);
	query_i64(&query, 1, 1);
	assert_true(query_step(&query));
	assert_string_equal(query_column_text(&query, 0),
			    scratch->postgres
				? "M?ller \xc3\xbc ???"
				: "M\xfcller \xc3\xbc \xed\xa0\x80");
	assert_int_equal(query_end(&query), 0);
	store_close(store);
}

#define MANY 1300

static void
bind_pair(void *context, struct query *query, size_t i)
{
	query_i64(query, 1, *(int64_t *)context);
	query_i64(query, 2, (int64_t)i);
}

static void
bind_key(void *context, struct query *query, size_t i)
{
	(void)context;
	query_i64(query, 1, (int64_t)i);
}

static int
take_one(void *context, struct query *query, size_t i)
{
	assert_int_equal(query_column_i64(query, 0), 7);
	*(int64_t *)context += (int64_t)i;
	return i == MANY - 1 ? LZ_E_FULL : 0;
}

/* More than memory should hold, with other questions in between. */
static int64_t
walk(struct store *store, int64_t from)
{
	struct query query, inner;
	int64_t rows = 0;

	query_begin(&query, store, BIG);
	query_i64(&query, 1, from);
	while (query_step(&query)) {
		assert_int_equal(query_column_i64(&query, 0), from + rows++);
		query_begin(&inner, store, ONE);
		query_i64(&inner, 1, query_column_i64(&query, 0));
		assert_true(query_step(&inner));
		assert_int_equal(query_column_i64(&inner, 0), 7);
		assert_int_equal(query_end(&inner), 0);
	}
	assert_int_equal(query_end(&query), 0);
	return rows;
}

static void
many_go_at_once(void **state)
{
	struct store *store = scratch_writer(*state, &set_2);
	struct store *reader = scratch_reader(*state, &set_2);
	int64_t b = 7, sum_of = 0;

	assert_int_equal(store_begin(store), 0);
	assert_int_equal(query_each(store, ADD, MANY, bind_pair, NULL, &b), 0);
	assert_int_equal(query_each(store, ONE, MANY - 1, bind_key, take_one,
				    &sum_of),
			 0);
	assert_int_equal(sum_of, (MANY - 2) * (MANY - 1) / 2);
	assert_int_equal(query_each(store, ONE, MANY, bind_key, take_one,
				    &sum_of),
			 LZ_E_FULL);
	assert_int_equal(walk(store, 0), MANY);
	assert_int_equal(walk(store, 800), 500);
	assert_int_equal(store_commit(store), 0);
	assert_int_equal(walk(reader, 0), MANY);
	assert_int_equal(walk(reader, 300), 1000);
	/* One that is known already is an error of all. */
	assert_int_equal(store_begin(store), 0);
	if (query_each(store, ADD, MANY, bind_pair, NULL, &b) == 0)
		assert_int_equal(store_commit(store), LZ_E_EXISTS);
	else
		store_rollback(store);
	store_close(reader);
	store_close(store);
}

static void
every_query_is_sound(void **state)
{
	static const struct sql_set *const sets[] = {&sql_desk, &sql_enforcer,
						     &sql_keys, &sql_notifier};
	struct scratch *scratch = *state;
	char message[STORE_MESSAGE_SIZE] = "";

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct store *store = scratch_writer(scratch, sets[i]);

		if (store_prepare_all(store) != 0)
			fail_msg("%s: %s", sets[i]->name, store_message(store));
		store_close(store);
		/* Down to nothing, and up again. */
		if (store_migrate_down(scratch->path, sets[i], 0, message) != 0)
			fail_msg("%s", message);
		store = scratch_writer(scratch, sets[i]);
		assert_int_equal(store_prepare_all(store), 0);
		store_close(store);
		if (!scratch->postgres) {
			assert_int_equal(scratch_teardown(state), 0);
			assert_int_equal(scratch_setup(state), 0);
			scratch = *state;
		}
	}
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
	    CASE(goes_back_when_asked),
	    CASE(a_failed_statement_undoes_all),
	    CASE(values_come_back),
	    CASE(what_is_no_text_stops_nothing),
	    CASE(many_go_at_once),
	    CASE(every_query_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
