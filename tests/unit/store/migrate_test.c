/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores of each schema there ever was, as the programs of their day left them
 * (fixtures/), brought forward: every row is there, unchanged, and the cases go
 * on.  On PostgreSQL the same rows are put into a schema of that number.  Back
 * again as well, and a migration that is cut off leaves a whole schema.
 */
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "crypto/sha256.h"
#include "store/desk_view.h"
#include "store/sqlite_engine.h"

#define FIXTURES 4 /* schemas that had been when this was written */
#define TEXT_SIZE (1u << 20)

/* The set as it was when its newest migration was that of `schema`. */
static struct sql_set
set_of(uint32_t schema)
{
	struct sql_set set = sql_desk;

	set.migration_count = schema;
	set.query_count = 0;
	return set;
}

static sqlite3 *
fixture_open(const char *path, unsigned schema)
{
	char file_path[1024], *text = calloc(1, TEXT_SIZE);
	sqlite3 *db;
	FILE *file;

	assert_non_null(text);
	snprintf(file_path, sizeof(file_path),
		 "%s/tests/unit/store/fixtures/schema_%u.sql",
		 getenv("LAZARET_SOURCE"), schema);
	file = fopen(file_path, "r");
	assert_non_null(file);
	assert_true(fread(text, 1, TEXT_SIZE - 1, file) < TEXT_SIZE - 1);
	fclose(file);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	free(text);
	return db;
}

/* ---------------------------------------------------- rows of a fixture */

typedef void row_visit(void *context, const char *table, sqlite3_stmt *row);

/* Parents before children, as the tables were made. */
static void
visit_rows(sqlite3 *db, row_visit *visit, void *context)
{
	sqlite3_stmt *tables, *rows;

	assert_int_equal(
	    sqlite3_prepare_v2(db,
			       "SELECT name FROM sqlite_master WHERE "
			       "type = 'table' AND name <> 'schema_version' "
			       "ORDER BY rootpage",
			       -1, &tables, NULL),
	    SQLITE_OK);
	while (sqlite3_step(tables) == SQLITE_ROW) {
		const char *table = (const char *)sqlite3_column_text(tables,
								      0);
		char sql[96];

		snprintf(sql, sizeof(sql), "SELECT * FROM %s", table);
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL),
				 SQLITE_OK);
		while (sqlite3_step(rows) == SQLITE_ROW)
			visit(context, table, rows);
		sqlite3_finalize(rows);
	}
	sqlite3_finalize(tables);
}

/* The row's columns and $n, or column = $n: as a text of SQL. */
static void
columns_text(sqlite3_stmt *row, const char *between, bool matched, char *text,
	     size_t size)
{
	size_t length = 0;

	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const char *name = sqlite3_column_name(row, i);

		length += (size_t)snprintf(text + length, size - length, "%s%s",
					   i ? between : "", name);
		if (matched)
			length += (size_t)snprintf(text + length, size - length,
						   " IS NOT DISTINCT FROM $%d",
						   i + 1);
		assert_true(length < size);
	}
}

static void
bind_row(struct store *store, void *statement, sqlite3_stmt *row)
{
	const struct store_engine *engine = store->engine;

	for (int i = 0; i < sqlite3_column_count(row); i++) {
		int error = 0;

		if (sqlite3_column_type(row, i) == SQLITE_INTEGER)
			error = engine->bind_i64(statement, i + 1,
						 sqlite3_column_int64(row, i));
		else if (sqlite3_column_type(row, i) == SQLITE_BLOB)
			error = engine->bind_blob(
			    statement, i + 1, sqlite3_column_blob(row, i),
			    (size_t)sqlite3_column_bytes(row, i));
		else /* NULL too */
			error = engine->bind_text(
			    statement, i + 1,
			    (const char *)sqlite3_column_text(row, i));
		assert_int_equal(error, 0);
	}
}

static void
row_put(void *context, const char *table, sqlite3_stmt *row)
{
	struct store *store = context;
	char sql[2048], columns[1024], numbers[512] = "";
	const struct sql_query query = {"put", {sql, NULL}, false};
	void *statement;
	size_t length = 0;
	bool any;

	columns_text(row, ", ", false, columns, sizeof(columns));
	for (int i = 0; i < sqlite3_column_count(row); i++)
		length += (size_t)snprintf(numbers + length,
					   sizeof(numbers) - length, "%s$%d",
					   i ? ", " : "", i + 1);
	snprintf(sql, sizeof(sql), "INSERT INTO %s (%s) VALUES (%s)", table,
		 columns, numbers);
	assert_int_equal(store->engine->prepare(store, &query, &statement), 0);
	bind_row(store, statement, row);
	if (store->engine->step(statement, &any) != 0)
		fail_msg("%s", store_message(store));
	store->engine->finalize(store, statement);
}

struct looking {
	struct store *store;
	unsigned rows;
};

/* The very row is there. */
static void
row_look(void *context, const char *table, sqlite3_stmt *row)
{
	struct looking *looking = context;
	struct store *store = looking->store;
	char sql[4096], columns[3072];
	const struct sql_query query = {"look", {sql, NULL}, false};
	void *statement;
	bool any;

	columns_text(row, " AND ", true, columns, sizeof(columns));
	snprintf(sql, sizeof(sql), "SELECT 1 FROM %s WHERE %s", table, columns);
	if (store->engine->prepare(store, &query, &statement) != 0)
		fail_msg("%s", store_message(store));
	bind_row(store, statement, row);
	assert_int_equal(store->engine->step(statement, &any), 0);
	if (!any)
		fail_msg("a row of %s is not as it was", table);
	store->engine->finalize(store, statement);
	looking->rows++;
}

/* -------------------------------------------------------------- forward */

/* A store of a schema, as its program left it; *before: for comparing. */
static void
put_back(const struct scratch *scratch, unsigned schema, sqlite3 **before)
{
	const struct sql_set set = set_of(schema);
	struct store *store;

	if (!scratch->postgres) {
		sqlite3_close(fixture_open(scratch->path, schema));
		*before = fixture_open(":memory:", schema);
		return;
	}
	*before = fixture_open(":memory:", schema);
	store = scratch_writer(scratch, &set);
	assert_int_equal(store_schema(store), schema);
	visit_rows(*before, row_put, store);
	store_close(store);
}

struct cases {
	struct store *store;
	unsigned count, open, events;
};

static int
check_event(void *context, const struct store_event *event)
{
	assert_int_equal(event->n, ++*(uint64_t *)context);
	assert_int_equal(event->sighting.length, 0);
	/* The fifth cause came later. */
	assert_int_equal(event->causes[STORE_CAUSES - 1], 0);
	return 0;
}

static int
check_case(void *context, const struct desk_view_case *view)
{
	struct cases *cases = context;
	uint64_t n = 0;

	assert_int_equal(desk_view_events(cases->store, view->stored.id,
					  check_event, &n),
			 0);
	assert_true(n > 0 && view->stored.events == n);
	assert_int_equal(view->stored.arm, ARM_NONE);
	cases->events += (unsigned)n;
	cases->count++;
	return 0;
}

static int
count_open(void *context, struct store_bytes record, uint64_t events)
{
	struct cases *cases = context;

	assert_true(record.length > 0 && events > 0);
	cases->open++;
	return 0;
}

static int
check_sighting(void *context, const struct sighting *sighting)
{
	(void)context;
	assert_true(sighting->weight_milli > 0);
	return 0;
}

static int
check_sightings(void *context, const struct desk_view_case *view)
{
	const struct cases *cases = context;

	return desk_view_sightings(cases->store, view->stored.id,
				   check_sighting, NULL);
}

static void
whole(struct store *store, sqlite3 *before)
{
	struct looking looking = {store, 0};
	struct cases cases = {.store = store};

	visit_rows(before, row_look, &looking);
	assert_true(looking.rows > 60);
	assert_int_equal(desk_view_cases(store, UINT32_MAX, check_case, &cases),
			 0);
	assert_int_equal(cases.count, 4);
	assert_int_equal(cases.events, 26);
	assert_int_equal(desk_view_cases(store, UINT32_MAX, check_sightings,
					 &cases),
			 0);
	assert_int_equal(desk_store_open_cases(store, count_open, &cases), 0);
	assert_int_equal(cases.open, 3); /* one was dismissed */
}

static void
every_schema_comes_forward(void **state)
{
	struct scratch *scratch = *state;

	for (unsigned schema = 1; schema <= FIXTURES; schema++) {
		struct store *store;
		sqlite3 *before;

		put_back(scratch, schema, &before);
		store = scratch_writer(scratch, &sql_desk);
		assert_int_equal(store_schema(store), sql_desk.migration_count);
		whole(store, before);
		store_close(store);
		/* A second start changes nothing. */
		store = scratch_writer(scratch, &sql_desk);
		whole(store, before);
		store_close(store);
		sqlite3_close(before);
		assert_int_equal(scratch_teardown(state), 0);
		assert_int_equal(scratch_setup(state), 0);
		scratch = *state;
	}
}

static void
and_back_to_where_it_was(void **state)
{
	struct scratch *scratch = *state;
	char message[STORE_MESSAGE_SIZE];

	for (unsigned schema = 1; schema <= FIXTURES; schema++) {
		const struct sql_set set = set_of(schema);
		struct looking looking = {NULL, 0};
		sqlite3 *before;

		put_back(scratch, schema, &before);
		looking.store = scratch_writer(scratch, &sql_desk);
		store_close(looking.store);
		if (store_migrate_down(scratch->path, &sql_desk, schema,
				       message) != 0)
			fail_msg("%s", message);
		/* The older program opens it as its own. */
		looking.store = scratch_writer(scratch, &set);
		assert_int_equal(store_schema(looking.store), schema);
		visit_rows(before, row_look, &looking);
		store_close(looking.store);
		sqlite3_close(before);
		assert_int_equal(scratch_teardown(state), 0);
		assert_int_equal(scratch_setup(state), 0);
		scratch = *state;
	}
}

static void
a_newer_store_is_refused(void **state)
{
	const struct scratch *scratch = *state;
	const struct sql_set older = set_of(4);
	char message[STORE_MESSAGE_SIZE];
	struct store *store = scratch_writer(scratch, &sql_desk);

	store_close(store);
	assert_int_equal(store_open_writer(scratch->path, &older,
					   (struct at_arrival){1}, &store,
					   message),
			 LZ_E_VERSION);
	assert_string_equal(message, "desk: made by a newer program");
	assert_int_equal(store_open_reader(scratch->path, &older, &store,
					   message),
			 LZ_E_VERSION);
	assert_string_equal(message, "desk: made by a newer program");
}

/* ------------------------------------------------------------- cut off */

#define KILLS 12

/* Killed at any moment, it is of one whole schema and comes forward after. */
static void
a_kill_leaves_a_whole_schema(void **state)
{
	struct scratch *scratch = *state;

	for (unsigned i = 0; i < KILLS; i++) {
		const struct timespec moment = {0, (long)i * 1500000};
		struct store *store;
		sqlite3 *before;
		pid_t child;
		int status;

		put_back(scratch, 1 + i % FIXTURES, &before);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			char message[STORE_MESSAGE_SIZE];

			_exit(store_open_writer(scratch->path, &sql_desk,
						(struct at_arrival){1}, &store,
						message) != 0);
		}
		nanosleep(&moment, NULL);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		store = scratch_writer(scratch, &sql_desk);
		whole(store, before);
		store_close(store);
		sqlite3_close(before);
		assert_int_equal(scratch_teardown(state), 0);
		assert_int_equal(scratch_setup(state), 0);
		scratch = *state;
	}
}

#define CASE(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(every_schema_comes_forward),
	    CASE(and_back_to_where_it_was),
	    CASE(a_newer_store_is_refused),
	    CASE(a_kill_leaves_a_whole_schema),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
