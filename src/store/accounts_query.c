/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts from PostgreSQL and SQLite, row by row into the table. */
#include "store/accounts_query.h"

#include <errno.h>
#include <libpq-fe.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COLUMNS_MAX 256
#define BUSY_MS 5000
#define PROGRESS_STEPS 100000

/* What both engines end in. */
struct taking {
	const struct accounts_query *query;
	struct contracts *contracts;
	char *message;
	size_t column_count;
	uint8_t of_column[COLUMNS_MAX];
	bool found;
	uint64_t row;
	int taken;
};

static int
say(const struct taking *taking, int error, const char *why)
{
	/* One line: libpq ends its own with a line end. */
	snprintf(taking->message, STORE_MESSAGE_SIZE, "%.*s",
		 (int)strcspn(why, "\n"), why);
	return error;
}

static int
take_column(struct taking *taking, size_t column, const char *name)
{
	if (column >= COLUMNS_MAX)
		return say(taking, LZ_E_FULL, "too many columns");
	taking->of_column[column] = (uint8_t)contract_field_of(slice_of(name));
	taking->found |= taking->of_column[column] == CONTRACT_ACCOUNT;
	taking->column_count = column + 1;
	return 0;
}

/* `value` answers a column's text; NULL for NULL. */
static int
take_row(struct taking *taking, const char *(*value)(void *row, int column),
	 void *row)
{
	struct slice fields[CONTRACT_FIELD_COUNT + 1];
	const char *reason = NULL;
	int error;

	if (++taking->row > ACCOUNTS_ROWS_MAX)
		return say(taking, LZ_E_FULL, "too many rows");
	for (size_t i = 0; i <= CONTRACT_FIELD_COUNT; i++)
		fields[i] = slice_of("");
	for (size_t i = 0; i < taking->column_count; i++) {
		const char *text = value(row, (int)i);
		struct slice *field = &fields[taking->of_column[i]];

		if (text && field->length == 0)
			*field = slice_trim(slice_of(text));
	}
	error = contracts_add(taking->contracts, fields, &reason);
	if (error)
		return say(taking, error, lz_strerror(error));
	if (reason && taking->query->refused)
		taking->query->refused(taking->query->context, taking->row,
				       reason);
	taking->taken += !reason;
	return 0;
}

/* ---------------------------------------------------------------- postgres */

struct pq_row {
	const PGresult *result;
	int row;
};

static const char *
pq_value(void *context, int column)
{
	const struct pq_row *it = context;

	return PQgetisnull(it->result, it->row, column)
		   ? NULL
		   : PQgetvalue(it->result, it->row, column);
}

static int
pq_result(struct taking *taking, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	int error = 0;

	switch (PQresultStatus(result)) {
	case PGRES_SINGLE_TUPLE:
	case PGRES_TUPLES_OK:
		break;
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY:
		return say(taking, LZ_E_UNSUPPORTED,
			   "the query answers no rows");
	default:
		/* query_canceled; read_only_sql_transaction */
		error = state && strcmp(state, "57014") == 0 ? -ETIMEDOUT
			: state && strcmp(state, "25006") == 0
			    ? LZ_E_UNSUPPORTED
			    : -EIO;
		return say(taking, error, PQresultErrorMessage(result));
	}
	if (taking->column_count == 0) {
		for (int i = 0; i < PQnfields(result) && !error; i++)
			error = take_column(taking, (size_t)i,
					    PQfname(result, i));
		if (!error && !taking->found)
			error = say(taking, LZ_E_FORMAT,
				    "the query answers no column `account`");
	}
	for (int i = 0; i < PQntuples(result) && !error; i++) {
		struct pq_row row = {result, i};

		error = take_row(taking, pq_value, &row);
	}
	return error;
}

static int
pq_run(struct taking *taking, PGconn *connection)
{
	PGresult *result;
	int error = 0;

	if (PQstatus(connection) != CONNECTION_OK)
		return say(taking, -ENOTCONN, PQerrorMessage(connection));
	/* The extended protocol takes one statement, never several. */
	if (!PQsendQueryParams(connection, taking->query->query, 0, NULL, NULL,
			       NULL, NULL, 0) ||
	    !PQsetSingleRowMode(connection))
		return say(taking, -EIO, PQerrorMessage(connection));
	while ((result = PQgetResult(connection)) != NULL) {
		if (!error)
			error = pq_result(taking, result);
		PQclear(result);
		if (error)
			break; /* the connection goes with it */
	}
	return error;
}

int
accounts_query_postgres(const struct accounts_query *query,
			struct contracts *contracts, char *message)
{
	struct taking taking = {.query = query,
				.contracts = contracts,
				.message = message};
	char options[128], wait[16];
	const char *const names[] = {
	    "dbname",           "password",        "options", "connect_timeout",
	    "application_name", "client_encoding", NULL};
	const char *const values[] = {
	    query->where, query->password[0] ? query->password : NULL,
	    options,      wait,
	    "lazaret",    "UTF8",
	    NULL};
	PGconn *connection;
	int error;

	snprintf(options, sizeof(options),
		 "-c default_transaction_read_only=on "
		 "-c statement_timeout=%ds",
		 ACCOUNTS_QUERY_S_MAX);
	snprintf(wait, sizeof(wait), "%d", ACCOUNTS_QUERY_S_MAX / 6);
	message[0] = '\0';
	connection = PQconnectdbParams(names, values, 1);
	error = connection ? pq_run(&taking, connection)
			   : say(&taking, LZ_E_MEMORY, "no memory");
	PQfinish(connection);
	return error ? error : taking.taken;
}

/* ------------------------------------------------------------------ sqlite */

static const char *
sqlite_value(void *context, int column)
{
	return (const char *)sqlite3_column_text(context, column);
}

static int64_t
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int
is_late(void *context)
{
	return now_s() > *(const int64_t *)context;
}

static int
sqlite_error(struct taking *taking, sqlite3 *db, int code)
{
	return say(taking,
		   code == SQLITE_INTERRUPT  ? -ETIMEDOUT
		   : code == SQLITE_CANTOPEN ? -ENOTCONN
		   : code == SQLITE_NOMEM    ? LZ_E_MEMORY
					     : -EIO,
		   db ? sqlite3_errmsg(db) : "no memory");
}

static int
sqlite_run(struct taking *taking, sqlite3 *db, sqlite3_stmt **statement)
{
	const char *behind = "";
	int error = 0, code = sqlite3_prepare_v2(db, taking->query->query, -1,
						 statement, &behind);

	if (code != SQLITE_OK)
		return sqlite_error(taking, db, code);
	if (!*statement || !sqlite3_stmt_readonly(*statement) ||
	    behind[strspn(behind, " \t\r\n;")] != '\0')
		return say(taking, LZ_E_UNSUPPORTED,
			   "the query is not one SELECT alone");
	for (int i = 0; i < sqlite3_column_count(*statement) && !error; i++)
		error = take_column(taking, (size_t)i,
				    sqlite3_column_name(*statement, i));
	if (!error && !taking->found)
		error = say(taking, LZ_E_FORMAT,
			    "the query answers no column `account`");
	while (!error && (code = sqlite3_step(*statement)) == SQLITE_ROW)
		error = take_row(taking, sqlite_value, *statement);
	if (!error && code != SQLITE_DONE)
		error = sqlite_error(taking, db, code);
	return error;
}

int
accounts_query_sqlite(const struct accounts_query *query,
		      struct contracts *contracts, char *message)
{
	struct taking taking = {.query = query,
				.contracts = contracts,
				.message = message};
	int64_t deadline = now_s() + ACCOUNTS_QUERY_S_MAX;
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	int error, code = sqlite3_open_v2(query->where, &db,
					  SQLITE_OPEN_READONLY, NULL);

	message[0] = '\0';
	if (code == SQLITE_OK) {
		sqlite3_busy_timeout(db, BUSY_MS);
		sqlite3_progress_handler(db, PROGRESS_STEPS, is_late,
					 &deadline);
		error = sqlite_run(&taking, db, &statement);
	} else {
		error = sqlite_error(&taking, db, code);
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return error ? error : taking.taken;
}
