/* SPDX-License-Identifier: Apache-2.0 */
/* Polling FreeRADIUS' table radacct. */
#include "store/radacct_query.h"

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

#define WAIT_MS_MAX 60000 /* for the next rows, or for a connection */
#define QUERY_SIZE 1024
#define NUMBER_SIZE 24

struct radacct_query {
	const char *where, *password, *columns;
	int stop;
	PGconn *connection;
	char *message; /* of the poll at hand */
	radacct_rows *sink;
	void *context;
	struct text csv;
	size_t header;
	char bytes[RADACCT_ROWS_BYTES];
};

static int
say(struct radacct_query *query, int error, const char *why)
{
	/* One line: libpq ends its own with a line end. */
	snprintf(query->message, STORE_MESSAGE_SIZE, "%.*s",
		 (int)strcspn(why, "\n"), why);
	return error;
}

/* Until the socket has something, or takes something. */
static int
wait_for(struct radacct_query *query, short events)
{
	struct pollfd polled[2] = {{.fd = PQsocket(query->connection),
				    .events = events},
				   {.fd = query->stop, .events = POLLIN}};
	const int n = poll(polled, 2, WAIT_MS_MAX);

	if (n < 0 && errno != EINTR)
		return say(query, -errno, "poll");
	if (polled[1].revents)
		return say(query, -ECANCELED, "asked to end");
	return n == 0 ? say(query, -ETIMEDOUT, "no answer in time") : 0;
}

static int
connect_do(struct radacct_query *query)
{
	/* No Kerberos unless it is asked for: it looks for more than a sandbox
	 * lets it. */
	const char *const names[] = {
	    "gssencmode",       "dbname",          "password", "options",
	    "application_name", "client_encoding", NULL};
	const char *const values[] = {
	    "disable",
	    query->where,
	    query->password[0] ? query->password : NULL,
	    "-c default_transaction_read_only=on -c timezone=UTC "
	    "-c datestyle=ISO",
	    "lazaret",
	    "UTF8",
	    NULL};
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	int error = 0;

	query->connection = PQconnectStartParams(names, values, 1);
	if (!query->connection)
		return say(query, LZ_E_MEMORY, "no memory");
	if (PQstatus(query->connection) == CONNECTION_BAD)
		status = PGRES_POLLING_FAILED;
	while (!error && status != PGRES_POLLING_OK &&
	       status != PGRES_POLLING_FAILED) {
		error = wait_for(query, status == PGRES_POLLING_READING
					    ? POLLIN
					    : POLLOUT);
		if (!error)
			status = PQconnectPoll(query->connection);
	}
	if (!error && status == PGRES_POLLING_FAILED)
		error = say(query, -ENOTCONN,
			    PQerrorMessage(query->connection));
	return error;
}

/* The next result; *result NULL behind the last. */
static int
result_next(struct radacct_query *query, PGresult **result)
{
	int error = 0;

	while (!error && PQisBusy(query->connection)) {
		error = wait_for(query, POLLIN);
		if (!error && !PQconsumeInput(query->connection))
			error = say(query, -ENOTCONN,
				    PQerrorMessage(query->connection));
	}
	*result = error ? NULL : PQgetResult(query->connection);
	return error;
}

static int
result_check(struct radacct_query *query, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_SINGLE_TUPLE:
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		return 0;
	default:
		return say(query, -EIO, PQresultErrorMessage(result));
	}
}

/* Takes each row of a statement: row() answers 0 to go on. */
static int
statement(struct radacct_query *query, const char *sql, int count,
	  const char *const *values,
	  int (*row)(struct radacct_query *query, const PGresult *result,
		     int index, void *context),
	  void *context)
{
	PGresult *result = NULL;
	int error = 0;

	if (!PQsendQueryParams(query->connection, sql, count, NULL, values,
			       NULL, NULL, 0) ||
	    !PQsetSingleRowMode(query->connection))
		return say(query, -ENOTCONN, PQerrorMessage(query->connection));
	for (;;) {
		error = result_next(query, &result);
		if (error || !result)
			return error;
		error = result_check(query, result);
		for (int i = 0; row && i < PQntuples(result) && !error; i++)
			error = row(query, result, i, context);
		PQclear(result);
		if (error)
			return error; /* the connection goes with it */
	}
}

/* -------------------------------------------------------------------- rows */

static int
piece_give(struct radacct_query *query)
{
	int error;

	if (query->csv.length == query->header)
		return 0;
	error = query->sink(query->context, query->bytes, query->csv.length);
	query->csv.length = query->header;
	query->bytes[query->header] = '\0';
	return error ? say(query, error, "rows can't be taken") : 0;
}

static void
field_write(struct text *text, const char *value)
{
	if (!value[strcspn(value, ",\"\r\n")]) {
		text_add(text, value);
		return;
	}
	text_char(text, '"');
	for (; *value; value++) {
		if (*value == '"')
			text_char(text, '"');
		text_char(text, *value);
	}
	text_char(text, '"');
}

static void
row_write(struct text *text, const PGresult *result, int index)
{
	for (int i = 0; i < PQnfields(result); i++) {
		if (i)
			text_char(text, ',');
		if (!PQgetisnull(result, index, i))
			field_write(text, PQgetvalue(result, index, i));
	}
	text_char(text, '\n');
}

static int
row_take(struct radacct_query *query, const PGresult *result, int index,
	 void *context)
{
	struct text before;
	int error;

	(void)context;
	if (!query->header) {
		for (int i = 0; i < PQnfields(result); i++) {
			text_add(&query->csv, i ? "," : "");
			text_add(&query->csv, PQfname(result, i));
		}
		text_char(&query->csv, '\n');
		query->header = query->csv.length;
	}
	before = query->csv;
	row_write(&query->csv, result, index);
	if (!query->csv.full)
		return 0;
	query->csv = before;
	error = piece_give(query);
	if (error)
		return error;
	row_write(&query->csv, result, index);
	/* A row larger than a piece is nobody's session. */
	if (query->csv.full) {
		query->csv.full = false;
		query->csv.length = query->header;
	}
	return 0;
}

static int
number_take(const char *written, int64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoll(written, &end, 10);
	return errno || end == written || *end ? LZ_E_FORMAT : 0;
}

static int
place_take(struct radacct_query *query, const PGresult *result, int index,
	   void *context)
{
	struct radacct_place *place = context;
	int64_t id, seen_us;

	if (PQnfields(result) != 2 ||
	    number_take(PQgetvalue(result, index, 0), &seen_us) != 0 ||
	    number_take(PQgetvalue(result, index, 1), &id) != 0 || id < 0)
		return say(query, -EIO, "radacctid isn't a number");
	*place = (struct radacct_place){(uint64_t)id, seen_us};
	return 0;
}

/* In one snapshot: how far the table goes, then what is new up to there. */
static int
poll_do(struct radacct_query *query, const struct radacct_place *from,
	struct radacct_place *to)
{
	char sql[QUERY_SIZE], id[NUMBER_SIZE], since[NUMBER_SIZE];
	const char *const values[] = {id, since};
	int64_t since_us = from->seen_us - RADACCT_OVERLAP_S * INT64_C(1000000);
	int error;

	if (snprintf(sql, sizeof(sql),
		     "SELECT %s FROM radacct WHERE radacctid > $1::bigint OR "
		     "acctupdatetime >= to_timestamp($2::bigint) OR "
		     "acctstoptime >= to_timestamp($2::bigint) "
		     "ORDER BY radacctid",
		     query->columns) >= (int)sizeof(sql))
		return say(query, LZ_E_RANGE, "too many columns");
	if (since_us < 0)
		since_us = 0;
	snprintf(id, sizeof(id), "%" PRIu64, from->id);
	snprintf(since, sizeof(since), "%" PRId64, since_us / 1000000);
	error = statement(query,
			  "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0,
			  NULL, NULL, NULL);
	if (!error)
		error = statement(
		    query,
		    "SELECT (extract(epoch FROM now()) * 1000000)::bigint, "
		    "coalesce(max(radacctid), 0)::bigint FROM radacct",
		    0, NULL, place_take, to);
	if (!error)
		error = statement(query, sql, 2, values, row_take, NULL);
	if (!error)
		error = piece_give(query);
	if (!error)
		error = statement(query, "COMMIT", 0, NULL, NULL, NULL);
	return error;
}

int
radacct_query_poll(struct radacct_query *query, struct radacct_place *place,
		   radacct_rows *sink, void *context, char *message)
{
	struct radacct_place to = {0};
	int error = 0;

	query->message = message;
	query->sink = sink;
	query->context = context;
	query->header = 0;
	text_init(&query->csv, query->bytes, sizeof(query->bytes));
	message[0] = '\0';
	if (!query->connection)
		error = connect_do(query);
	if (!error)
		error = poll_do(query, place, &to);
	if (!error) {
		*place = to;
		return 0;
	}
	PQfinish(query->connection);
	query->connection = NULL;
	return error;
}

struct radacct_query *
radacct_query_new(const char *where, const char *password, const char *columns,
		  int stop)
{
	struct radacct_query *made = memory_new(1, sizeof(*made));

	if (!made)
		return NULL;
	made->where = where;
	made->password = password;
	made->columns = columns;
	made->stop = stop;
	return made;
}

void
radacct_query_free(struct radacct_query *query)
{
	if (!query)
		return;
	PQfinish(query->connection);
	memory_free(query);
}
