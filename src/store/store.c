/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, migrating and closing a database file: see the header. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/memory.h"
#include "store/connection.h"

/* A reader meets a checkpoint, a second writer never: the wait is short. */
#define BUSY_MS 2000

#define SCHEMA_TABLE                                           \
	"CREATE TABLE IF NOT EXISTS schema_version ("          \
	"n BIGINT PRIMARY KEY NOT NULL, sha256 TEXT NOT NULL," \
	" applied_us BIGINT NOT NULL)"

static int
error_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
		return LZ_OK;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return LZ_E_MEMORY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return LZ_E_CHECKSUM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_CONSTRAINT:
		return LZ_E_EXISTS;
	default:
		return -EIO;
	}
}

static void
say(char *message, const char *what, const char *why)
{
	struct text text;

	text_init(&text, message, STORE_MESSAGE_SIZE);
	text_add(&text, what);
	text_add(&text, ": ");
	text_add(&text, why);
}

int
store_fail(struct store *store, const char *what, int code)
{
	say(store->message, what,
	    code == SQLITE_CORRUPT ? "stored bytes are damaged"
				   : sqlite3_errmsg(store->db));
	return error_of(code);
}

static int
execute(struct store *store, const char *what, const char *sql)
{
	int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : store_fail(store, what, code);
}

/* Runs one query with at most one number as its answer; -1 without a row. */
static int
ask(struct store *store, const char *what, const char *sql, int64_t *answer)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

	*answer = -1;
	if (code == SQLITE_OK) {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW)
			*answer = sqlite3_column_int64(statement, 0);
	}
	(void)sqlite3_finalize(statement);
	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
		return 0;
	return store_fail(store, what, code);
}

static int
allocate(const struct sql_set *set, struct store **store)
{
	struct store *made = memory_new(1, sizeof(*made));

	if (!made)
		return LZ_E_MEMORY;
	made->set = set;
	made->statements = memory_new(set->query_count,
				      sizeof(made->statements[0]));
	if (!made->statements) {
		memory_free(made);
		return LZ_E_MEMORY;
	}
	*store = made;
	return 0;
}

/* The number of the newest migration in the file; 0: none. */
static int
read_schema(struct store *store)
{
	int64_t n;
	int error = ask(store, "schema",
			"SELECT COUNT(*) FROM sqlite_master WHERE "
			"type = 'table' AND name = 'schema_version'",
			&n);

	store->schema = 0;
	if (error || n < 1)
		return error;
	error = ask(store, "schema",
		    "SELECT COALESCE(MAX(n), 0) FROM schema_version", &n);
	if (!error)
		store->schema = (uint32_t)n;
	return error;
}

/* Each applied migration must be the very text this program holds. */
static int
check_applied(struct store *store)
{
	const struct sql_set *set = store->set;
	sqlite3_stmt *statement = NULL;
	int error = 0, code;

	if (store->schema == 0)
		return 0;
	code = sqlite3_prepare_v2(
	    store->db, "SELECT n, sha256 FROM schema_version ORDER BY n", -1,
	    &statement, NULL);
	while (code == SQLITE_OK && !error &&
	       (code = sqlite3_step(statement)) == SQLITE_ROW) {
		int64_t n = sqlite3_column_int64(statement, 0);
		const char *sha = (const char *)sqlite3_column_text(statement,
								    1);

		code = SQLITE_OK;
		if (n < 1 || n > (int64_t)set->migration_count || !sha ||
		    strcmp(sha, set->migrations[n - 1].sha256) != 0)
			error = LZ_E_VERSION;
	}
	if (!error && code != SQLITE_OK && code != SQLITE_DONE)
		error = store_fail(store, "schema", code);
	(void)sqlite3_finalize(statement);
	if (error == LZ_E_VERSION)
		say(store->message, set->name,
		    store->schema > set->migration_count
			? "made by a newer program"
			: "its schema was made by another text of a migration "
			  "than this program's");
	return error;
}

static int
record_migration(struct store *store, const struct sql_migration *step,
		 struct at_arrival now)
{
	sqlite3_stmt *statement = NULL;
	int code =
	    sqlite3_prepare_v2(store->db,
			       "INSERT INTO schema_version VALUES (?1, ?2, ?3)",
			       -1, &statement, NULL);

	if (code == SQLITE_OK) {
		(void)sqlite3_bind_int64(statement, 1, step->n);
		(void)sqlite3_bind_text(statement, 2, step->sha256, -1,
					SQLITE_STATIC);
		(void)sqlite3_bind_int64(statement, 3, now.us);
		code = sqlite3_step(statement);
	}
	(void)sqlite3_finalize(statement);
	return code == SQLITE_DONE ? 0
				   : store_fail(store, "schema_version", code);
}

/* One transaction a step: a kill in between leaves a whole schema. */
static int
migrate(struct store *store, struct at_arrival now)
{
	int error = execute(store, "schema_version", SCHEMA_TABLE);

	if (!error)
		error = read_schema(store);
	if (!error)
		error = check_applied(store);
	while (!error && store->schema < store->set->migration_count) {
		const struct sql_migration *step =
		    &store->set->migrations[store->schema];

		error = store_begin(store);
		if (!error)
			error = execute(store, step->name, step->text);
		if (!error)
			error = record_migration(store, step, now);
		if (!error)
			error = store_commit(store);
		if (error)
			store_rollback(store);
		else
			store->schema = step->n;
	}
	return error;
}

static int
open_file(const char *path, const struct sql_set *set, int flags,
	  struct store **store, char *message)
{
	int error = allocate(set, store), code;

	if (error) {
		say(message, path, "no memory");
		return error;
	}
	code = sqlite3_open_v2(path, &(*store)->db, flags, NULL);
	if (code != SQLITE_OK)
		return store_fail(*store, path, code);
	(void)sqlite3_extended_result_codes((*store)->db, 1);
	(void)sqlite3_busy_timeout((*store)->db, BUSY_MS);
	return execute(*store, path,
		       "PRAGMA temp_store = MEMORY;"
		       "PRAGMA foreign_keys = ON;"
		       "PRAGMA trusted_schema = OFF");
}

/* On an error the message goes out and the store away. */
static int
hand_over(int error, struct store **store, char *message)
{
	struct slice said;

	if (!error || !*store)
		return error;
	said = slice_of((*store)->message);
	(void)text_copy(message, STORE_MESSAGE_SIZE, said);
	store_close(*store);
	*store = NULL;
	return error;
}

int
store_open_writer(const char *path, const struct sql_set *set,
		  struct at_arrival now, struct store **store, char *message)
{
	int error, on = 1;

	*store = NULL;
	error = open_file(path, set, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
			  store, message);
	if (!error)
		error = execute(*store, path,
				"PRAGMA journal_mode = WAL;"
				"PRAGMA synchronous = FULL;"
				"PRAGMA journal_size_limit = 67108864");
	if (!error) {
		(void)sqlite3_file_control((*store)->db, NULL,
					   SQLITE_FCNTL_PERSIST_WAL, &on);
		error = migrate(*store, now);
	}
	return hand_over(error, store, message);
}

int
store_open_reader(const char *path, const struct sql_set *set,
		  struct store **store, char *message)
{
	struct stat stat_of;
	int error;

	*store = NULL;
	if (stat(path, &stat_of) != 0) {
		error = -errno;
		say(message, path, strerror(errno));
		return error;
	}
	error = open_file(path, set, SQLITE_OPEN_READONLY, store, message);
	if (!error)
		error = read_schema(*store);
	if (!error && (*store)->schema < set->migration_count) {
		say((*store)->message, path,
		    "its schema isn't the one this program knows yet: its "
		    "writer has not started since");
		error = LZ_E_STATE;
	}
	if (!error)
		error = check_applied(*store);
	return hand_over(error, store, message);
}

void
store_close(struct store *store)
{
	if (!store)
		return;
	if (store->in_transaction)
		store_rollback(store);
	for (size_t i = 0; i < store->set->query_count; i++)
		(void)sqlite3_finalize(store->statements[i]);
	(void)sqlite3_close(store->db);
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

int
store_begin(struct store *store)
{
	int error;

	lz_assert(!store->in_transaction);
	error = execute(store, "begin",
			sqlite3_db_readonly(store->db, "main")
			    ? "BEGIN"
			    : "BEGIN IMMEDIATE");
	store->in_transaction = !error;
	return error;
}

int
store_commit(struct store *store)
{
	int error;

	lz_assert(store->in_transaction);
	error = execute(store, "commit", "COMMIT");
	if (error)
		store_rollback(store);
	store->in_transaction = false;
	return error;
}

void
store_rollback(struct store *store)
{
	char said[STORE_MESSAGE_SIZE];

	/* SQLite may have rolled back by itself; what was said stays. */
	memcpy(said, store->message, sizeof(said));
	if (store->in_transaction && !sqlite3_get_autocommit(store->db))
		(void)execute(store, "rollback", "ROLLBACK");
	memcpy(store->message, said, sizeof(said));
	store->in_transaction = false;
}

int
store_prepare_all(struct store *store)
{
	for (size_t i = 0; i < store->set->query_count; i++) {
		const struct sql_query *query = &store->set->queries[i];
		sqlite3_stmt *statement = NULL;
		int code = sqlite3_prepare_v2(store->db, query->text, -1,
					      &statement, NULL);

		(void)sqlite3_finalize(statement);
		if (code != SQLITE_OK)
			return store_fail(store, query->name, code);
	}
	return 0;
}
