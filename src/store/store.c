/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, migrating and closing a store, whatever its engine: see the header.
 */
#include "store/store.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "store/connection.h"

#define SCHEMA_TABLE                                           \
	"CREATE TABLE IF NOT EXISTS schema_version ("          \
	"n BIGINT PRIMARY KEY NOT NULL, sha256 TEXT NOT NULL," \
	" applied_us BIGINT NOT NULL)"

static const struct sql_query schema_newest =
    {"schema", {"SELECT COALESCE(MAX(n), 0) FROM schema_version"}, false};
static const struct sql_query schema_all =
    {"schema", {"SELECT n, sha256 FROM schema_version ORDER BY n"}, false};
static const struct sql_query schema_add = {
    "schema_version",
    {"INSERT INTO schema_version (n, sha256, applied_us) VALUES ($1, $2, $3)"},
    false};
static const struct sql_query schema_drop =
    {"schema_version", {"DELETE FROM schema_version WHERE n = $1"}, false};

static void
say(char *message, const char *what, const char *why)
{
	struct text text;

	text_init(&text, message, STORE_MESSAGE_SIZE);
	text_add(&text, what);
	text_add(&text, ": ");
	text_add(&text, why);
	/* One line: libpq ends its own with a line end. */
	message[strcspn(message, "\n")] = '\0';
}

int
store_said(struct store *store, const char *what, const char *why, int error)
{
	char said[STORE_MESSAGE_SIZE];

	say(said, what, why);
	memcpy(store->message, said, sizeof(said));
	return error;
}

static int
allocate(const char *where, const struct sql_set *set, struct store **store)
{
	struct store *made = memory_new(1, sizeof(*made));

	if (!made)
		return LZ_E_MEMORY;
	made->set = set;
	made->engine = strncmp(where, STORE_POSTGRES, strlen(STORE_POSTGRES))
			   ? &store_sqlite
			   : &store_postgres;
	made->statements = memory_new(set->query_count,
				      sizeof(made->statements[0]));
	if (!made->statements) {
		memory_free(made);
		return LZ_E_MEMORY;
	}
	*store = made;
	return 0;
}

/* ------------------------------------------------------------- schema */

/* Runs one query with at most one number as its answer; -1 without a row. */
static int
ask(struct store *store, const struct sql_query *query, int64_t *answer)
{
	const struct store_engine *engine = store->engine;
	void *statement;
	bool row = false;
	int error = engine->prepare(store, query, &statement);

	*answer = -1;
	if (!error)
		error = engine->step(statement, &row);
	if (row)
		*answer = engine->column_i64(statement, 0);
	engine->finalize(store, statement);
	return error;
}

int
store_read_schema(struct store *store, uint32_t *schema)
{
	const struct sql_query there = {"schema",
					{store->engine->schema_there,
					 store->engine->schema_there},
					false};
	int64_t n;
	int error = ask(store, &there, &n);

	*schema = 0;
	if (error || n < 1)
		return error;
	error = ask(store, &schema_newest, &n);
	if (!error)
		*schema = (uint32_t)n;
	return error;
}

static bool
is_ours(const struct sql_set *set, int64_t n, const char *sha256)
{
	return n >= 1 && n <= (int64_t)set->migration_count &&
	       strcmp(sha256, set->migrations[n - 1].sha256) == 0;
}

/* Each applied migration must be the very text this program holds. */
static int
check_applied(struct store *store)
{
	const struct store_engine *engine = store->engine;
	void *statement;
	bool row, ours = true;
	int error;

	if (store->schema == 0)
		return 0;
	error = engine->prepare(store, &schema_all, &statement);
	while (!error && ours && !(error = engine->step(statement, &row)) &&
	       row)
		ours = is_ours(store->set, engine->column_i64(statement, 0),
			       engine->column_text(statement, 1));
	engine->finalize(store, statement);
	if (error || ours)
		return error;
	return store_said(
	    store, store->set->name,
	    store->schema > store->set->migration_count
		? "made by a newer program"
		: "its schema was made by another text of a migration than "
		  "this program's",
	    LZ_E_VERSION);
}

/* One row of schema_version, there or gone. */
static int
record_migration(struct store *store, const struct sql_migration *step,
		 const struct at_arrival *now)
{
	const struct store_engine *engine = store->engine;
	void *statement;
	bool row;
	int error = engine->prepare(store, now ? &schema_add : &schema_drop,
				    &statement);

	if (!error)
		error = engine->bind_i64(statement, 1, step->n);
	if (!error && now)
		error = engine->bind_text(statement, 2, step->sha256);
	if (!error && now)
		error = engine->bind_i64(statement, 3, now->us);
	if (!error)
		error = engine->step(statement, &row);
	engine->finalize(store, statement);
	return error;
}

/* A transaction in which nobody else migrates; reads the schema anew. */
static int
migration_begin(struct store *store)
{
	int error = store_begin(store);

	if (!error && store->engine->schema_lock)
		error = store->engine->execute(store, "schema_version",
					       store->engine->schema_lock);
	if (!error)
		error = store_read_schema(store, &store->schema);
	return error;
}

/* One transaction a step: a kill in between leaves a whole schema. */
static int
migrate_up(struct store *store, struct at_arrival now)
{
	const struct sql_set *set = store->set;
	const struct sql_migration *step = NULL;
	int error = migration_begin(store);

	if (!error && store->schema < set->migration_count) {
		step = &set->migrations[store->schema];
		error = store->engine->execute(store, step->name,
					       store_text(store, step->text));
		if (!error)
			error = record_migration(store, step, &now);
	}
	if (!error)
		error = store_commit(store);
	if (error)
		store_rollback(store);
	else if (step)
		store->schema = step->n;
	return error;
}

static int
migrate(struct store *store, struct at_arrival now)
{
	int error = store_read_schema(store, &store->schema);

	if (!error && store->schema == 0)
		error = store->engine->execute(store, "schema_version",
					       SCHEMA_TABLE);
	if (!error)
		error = check_applied(store);
	while (!error && store->schema < store->set->migration_count)
		error = migrate_up(store, now);
	return error;
}

static int
migrate_down(struct store *store, uint32_t target)
{
	const struct sql_set *set = store->set;
	int error = 0;

	while (!error && store->schema > target) {
		const struct sql_migration *step =
		    &set->migrations[store->schema - 1];

		error = migration_begin(store);
		if (!error && store->schema != step->n)
			error = store_said(store, set->name,
					   "it is migrated by another", -EBUSY);
		if (!error)
			error = store->engine->execute(
			    store, step->name, store_text(store, step->undone));
		if (!error)
			error = record_migration(store, step, NULL);
		if (!error)
			error = store_commit(store);
		if (error)
			store_rollback(store);
		else
			store->schema = step->n - 1;
	}
	return error;
}

/* ------------------------------------------------------------ opening */

/* On an error the message goes out and the store away. */
static int
hand_over(int error, struct store **store, char *message)
{
	if (!error || !*store)
		return error;
	(void)text_copy(message, STORE_MESSAGE_SIZE,
			slice_of((*store)->message));
	store_close(*store);
	*store = NULL;
	return error;
}

static int
open_at(const char *where, const struct sql_set *set, bool writer,
	struct store **store, char *message)
{
	int error;

	*store = NULL;
	message[0] = '\0';
	error = allocate(where, set, store);
	if (error) {
		say(message, set->name, "no memory");
		return error;
	}
	(*store)->writer = writer;
	return (*store)->engine->open(*store, where);
}

int
store_open_writer(const char *where, const struct sql_set *set,
		  struct at_arrival now, struct store **store, char *message)
{
	int error = open_at(where, set, true, store, message);

	if (!error)
		error = migrate(*store, now);
	if (!error && (*store)->engine->opened)
		error = (*store)->engine->opened(*store);
	return hand_over(error, store, message);
}

int
store_open_reader(const char *where, const struct sql_set *set,
		  struct store **store, char *message)
{
	int error = open_at(where, set, false, store, message);

	if (!error)
		error = store_read_schema(*store, &(*store)->schema);
	if (!error && (*store)->schema < set->migration_count)
		error = store_said(
		    *store, set->name,
		    "its schema isn't the one this program knows yet: its "
		    "writer has not started since; the first start of "
		    "`lazaret run` brings it forward",
		    LZ_E_STATE);
	if (!error)
		error = check_applied(*store);
	return hand_over(error, store, message);
}

int
store_migrate_down(const char *where, const struct sql_set *set,
		   uint32_t schema, char *message)
{
	struct store *store;
	int error = open_at(where, set, true, &store, message);

	if (!error)
		error = store_read_schema(store, &store->schema);
	if (!error)
		error = check_applied(store);
	if (!error)
		error = migrate_down(store, schema);
	error = hand_over(error, &store, message);
	store_close(store);
	return error;
}

void
store_close(struct store *store)
{
	if (!store)
		return;
	if (store->in_transaction)
		store_rollback(store);
	for (size_t i = 0; i < store->set->query_count; i++)
		if (store->statements[i])
			store->engine->finalize(store, store->statements[i]);
	store->engine->close(store);
	memory_free(store->statements);
	memory_free(store);
}

uint32_t
store_schema(const struct store *store)
{
	return store->schema;
}

const char *
store_message(const struct store *store)
{
	return store->message;
}

/* ------------------------------------------------------- transactions */

int
store_begin(struct store *store)
{
	int error;

	lz_assert(!store->in_transaction);
	error = store->engine->begin(store);
	store->in_transaction = !error;
	return error;
}

int
store_commit(struct store *store)
{
	int error;

	lz_assert(store->in_transaction);
	error = store->engine->commit(store);
	if (error)
		store_rollback(store);
	store->in_transaction = false;
	return error;
}

void
store_rollback(struct store *store)
{
	char said[STORE_MESSAGE_SIZE];

	/* What was said of the error that led here stays. */
	memcpy(said, store->message, sizeof(said));
	if (store->in_transaction)
		store->engine->rollback(store);
	memcpy(store->message, said, sizeof(said));
	store->in_transaction = false;
}

int
store_scrub(struct store *store)
{
	lz_assert(!store->in_transaction);
	return store->engine->scrub(store);
}

int
store_prepare_all(struct store *store)
{
	int error = 0;

	for (size_t i = 0; i < store->set->query_count && !error; i++) {
		void *statement;

		error = store->engine->prepare(store, &store->set->queries[i],
					       &statement);
		store->engine->finalize(store, statement);
	}
	return error;
}
