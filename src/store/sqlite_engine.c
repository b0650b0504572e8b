/* SPDX-License-Identifier: Apache-2.0 */
/* A store in an SQLite file. */
#include "store/sqlite_engine.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/memory.h"

/* A reader meets a checkpoint, a second writer never: the wait is short. */
#define BUSY_MS 2000
#define PARAMETERS_MAX 64

/*
 * SQLite numbers $n by first appearance, so what $3 means is looked up by its
 * name, once.
 */
struct statement {
	struct store *store;
	sqlite3_stmt *made;
	const char *name;
	int index[PARAMETERS_MAX + 1]; /* of $n; 0: there is none */
};

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

sqlite3 *
sqlite_engine_handle(struct store *store)
{
	return store->handle;
}

static int
fail(struct store *store, const char *what, int code)
{
	return store_said(store, what, sqlite3_errmsg(store->handle),
			  error_of(code));
}

static int
execute(struct store *store, const char *what, const char *sql)
{
	int code = sqlite3_exec(store->handle, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : fail(store, what, code);
}

static int
open_file(struct store *store, const char *path)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, code;
	sqlite3 *db = NULL;
	struct stat status;

	if (!store->writer) {
		flags = SQLITE_OPEN_READONLY;
		if (stat(path, &status) != 0)
			return store_said(store, path, strerror(errno), -errno);
	}
	code = sqlite3_open_v2(path, &db, flags, NULL);
	store->handle = db;
	if (code != SQLITE_OK)
		return fail(store, path, code);
	(void)sqlite3_extended_result_codes(db, 1);
	(void)sqlite3_busy_timeout(db, BUSY_MS);
	return execute(store, path,
		       "PRAGMA temp_store = MEMORY;"
		       "PRAGMA foreign_keys = ON;"
		       "PRAGMA trusted_schema = OFF");
}

static int
open_do(struct store *store, const char *path)
{
	int error = open_file(store, path), on = 1;

	if (error || !store->writer)
		return error;
	error = execute(store, path,
			"PRAGMA journal_mode = WAL;"
			"PRAGMA synchronous = FULL;"
			/* Indexes are met at random: 128 MB of them stay at
			 * hand, and what is written often goes back once. */
			"PRAGMA cache_size = -131072;"
			"PRAGMA wal_autocheckpoint = 16000;"
			"PRAGMA journal_size_limit = 67108864");
	/* A destroyed key leaves no bytes behind. */
	if (!error && store->set == &sql_keys)
		error = execute(store, path, "PRAGMA secure_delete = ON");
	if (!error)
		(void)sqlite3_file_control(store->handle, NULL,
					   SQLITE_FCNTL_PERSIST_WAL, &on);
	return error;
}

static void
close_do(struct store *store)
{
	(void)sqlite3_close(store->handle);
}

static int
begin(struct store *store)
{
	return execute(store, "begin",
		       store->writer ? "BEGIN IMMEDIATE" : "BEGIN");
}

static int
commit(struct store *store)
{
	return execute(store, "commit", "COMMIT");
}

static void
rollback(struct store *store)
{
	/* SQLite may have rolled back by itself. */
	if (!sqlite3_get_autocommit(store->handle))
		(void)execute(store, "rollback", "ROLLBACK");
}

static int
scrub(struct store *store)
{
	const int code = sqlite3_wal_checkpoint_v2(store->handle, NULL,
						   SQLITE_CHECKPOINT_TRUNCATE,
						   NULL, NULL);

	return code == SQLITE_OK ? 0 : fail(store, "checkpoint", code);
}

/* --------------------------------------------------------- statements */

static void
parameters_find(struct statement *statement)
{
	const int count = sqlite3_bind_parameter_count(statement->made);

	for (int n = 1; n <= count; n++) {
		char name[8];
		struct text text;

		text_init(&text, name, sizeof(name));
		text_char(&text, '$');
		text_u64(&text, (uint64_t)n);
		statement->index[n] =
		    sqlite3_bind_parameter_index(statement->made, name);
	}
}

static int
prepare(struct store *store, const struct sql_query *query, void **made)
{
	struct statement *statement = memory_new(1, sizeof(*statement));
	int code;

	*made = statement;
	if (!statement)
		return store_said(store, query->name, "no memory", LZ_E_MEMORY);
	statement->store = store;
	statement->name = query->name;
	code = sqlite3_prepare_v3(store->handle, store_text(store, query->text),
				  -1, SQLITE_PREPARE_PERSISTENT,
				  &statement->made, NULL);
	if (code != SQLITE_OK)
		return fail(store, query->name, code);
	if (sqlite3_bind_parameter_count(statement->made) > PARAMETERS_MAX)
		return store_said(store, query->name, "too many parameters",
				  LZ_E_RANGE);
	parameters_find(statement);
	return 0;
}

static void
finalize(struct store *store, void *made)
{
	struct statement *statement = made;

	(void)store;
	if (statement)
		(void)sqlite3_finalize(statement->made);
	memory_free(statement);
}

static int
index_of(const struct statement *statement, int parameter)
{
	const int index = parameter <= PARAMETERS_MAX
			      ? statement->index[parameter]
			      : 0;

	lz_assert(index > 0);
	return index;
}

static int
checked(const struct statement *statement, int code)
{
	return code == SQLITE_OK
		   ? 0
		   : fail(statement->store, statement->name, code);
}

static int
bind_i64(void *made, int parameter, int64_t value)
{
	const struct statement *statement = made;

	return checked(statement,
		       sqlite3_bind_int64(statement->made,
					  index_of(statement, parameter),
					  value));
}

static int
bind_text(void *made, int parameter, const char *value)
{
	const struct statement *statement = made;

	return checked(statement,
		       sqlite3_bind_text(statement->made,
					 index_of(statement, parameter), value,
					 -1, SQLITE_STATIC));
}

static int
bind_blob(void *made, int parameter, const void *bytes, size_t length)
{
	const struct statement *statement = made;

	return checked(statement,
		       sqlite3_bind_blob64(statement->made,
					   index_of(statement, parameter),
					   bytes, length, SQLITE_STATIC));
}

static int
step(void *made, bool *row)
{
	const struct statement *statement = made;
	const int code = sqlite3_step(statement->made);

	*row = code == SQLITE_ROW;
	return code == SQLITE_ROW || code == SQLITE_DONE
		   ? 0
		   : fail(statement->store, statement->name, code);
}

static int
run(void *made)
{
	bool row;

	return step(made, &row);
}

static void
end(void *made)
{
	const struct statement *statement = made;

	/* A step's error was taken when it happened. */
	(void)sqlite3_reset(statement->made);
	(void)sqlite3_clear_bindings(statement->made);
}

static int64_t
column_i64(void *made, int column)
{
	return sqlite3_column_int64(((struct statement *)made)->made, column);
}

static bool
column_null(void *made, int column)
{
	return sqlite3_column_type(((struct statement *)made)->made, column) ==
	       SQLITE_NULL;
}

static const char *
column_text(void *made, int column)
{
	const unsigned char *text =
	    sqlite3_column_text(((struct statement *)made)->made, column);

	return text ? (const char *)text : "";
}

static const uint8_t *
column_blob(void *made, int column, size_t *length)
{
	sqlite3_stmt *statement = ((struct statement *)made)->made;
	const void *bytes = sqlite3_column_blob(statement, column);

	*length = (size_t)sqlite3_column_bytes(statement, column);
	return bytes;
}

const struct store_engine store_sqlite = {
    .dialect = SQL_SQLITE,
    .schema_there = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' "
		    "AND name = 'schema_version'",
    .open = open_do,
    .close = close_do,
    .execute = execute,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .scrub = scrub,
    .prepare = prepare,
    .finalize = finalize,
    .bind_i64 = bind_i64,
    .bind_text = bind_text,
    .bind_blob = bind_blob,
    .step = step,
    .run = run,
    .end = end,
    .column_i64 = column_i64,
    .column_null = column_null,
    .column_text = column_text,
    .column_blob = column_blob,
};
