/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements of a store in PostgreSQL: prepared once a connection, parameters
 * and columns in binary.  What may answer many rows goes through a cursor.
 */
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "store/postgres_engine.h"

#define PARAMETERS_MAX 64
#define BIG_ROWS "500" /* of a cursor at once */
#define BIG_COUNT 500

#define MANY_AT_ONCE 4096
#define MANY_BYTES_FIRST 65536u

enum {
	OID_BOOL = 16,
	OID_BYTES = 17,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_ARRAY_BYTES = 1001,
	OID_ARRAY_TEXT = 1009,
	OID_ARRAY_INT8 = 1016
};

/* One parameter of many rows, as the server takes an array. */
struct gathered {
	uint8_t *bytes; /* its head of ARRAY_HEAD first */
	size_t used, room;
	bool null; /* one of them is */
};
#define ARRAY_HEAD 20u

struct statement {
	struct store *store;
	const char *name, *text;
	bool big, answers;
	bool many; /* its parameters are arrays: one run for many rows */
	struct gathered *gathered; /* many: a parameter each */
	uint32_t rows;             /* that are gathered */
	char key[16];              /* its name on the server */
	unsigned generation;       /* of the connection it is prepared on */
	int count;                 /* of parameters */
	Oid types[PARAMETERS_MAX];
	const char *values[PARAMETERS_MAX];
	int lengths[PARAMETERS_MAX];
	char numbers[PARAMETERS_MAX][8];
	char *clean[PARAMETERS_MAX]; /* copies of texts that were no UTF-8 */
	PGresult *result;            /* of the rows at hand */
	int row;
	bool began, cursor, own_transaction;
};

static const int binary[PARAMETERS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
					   1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
					   1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
					   1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
					   1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
					   1, 1, 1, 1, 1, 1, 1, 1, 1};

/* ---------------------------------------------------------- preparing */

/* Of an array's type; 0: it is none that queries have. */
static uint32_t
element_of(Oid type)
{
	return type == OID_ARRAY_INT8    ? OID_INT8
	       : type == OID_ARRAY_TEXT  ? OID_TEXT
	       : type == OID_ARRAY_BYTES ? OID_BYTES
					 : 0;
}

static int
describe(struct statement *statement, PGconn *connection)
{
	PGresult *result = PQdescribePrepared(connection, statement->key);
	int error = 0;

	if (PQresultStatus(result) != PGRES_COMMAND_OK) {
		error = postgres_fail(statement->store, statement->name,
				      result);
	} else if (PQnparams(result) > PARAMETERS_MAX) {
		error = store_said(statement->store, statement->name,
				   "too many parameters", LZ_E_RANGE);
	} else {
		statement->count = PQnparams(result);
		for (int i = 0; i < statement->count; i++)
			statement->types[i] = PQparamtype(result, i);
		statement->answers = PQnfields(result) > 0;
		statement->many = statement->count > 0 &&
				  element_of(statement->types[0]) != 0;
	}
	PQclear(result);
	return error;
}

/* On the connection there is now. */
static int
prepare_again(struct statement *statement)
{
	struct postgres *postgres = statement->store->handle;
	PGresult *result;
	int error = postgres_answers(statement->store, 0, NULL, NULL);

	if (error)
		return error;
	snprintf(statement->key, sizeof(statement->key), "s%u",
		 postgres->named++);
	result = PQprepare(postgres->connection, statement->key,
			   statement->text, 0, NULL);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		error = postgres_fail(statement->store, statement->name,
				      result);
	PQclear(result);
	if (!error)
		error = describe(statement, postgres->connection);
	if (!error)
		statement->generation = postgres->generation;
	return error;
}

static int
ensure(struct statement *statement)
{
	const struct postgres *postgres = statement->store->handle;
	int error = postgres_ready(statement->store);

	if (!error && statement->generation != postgres->generation)
		error = prepare_again(statement);
	return error;
}

int
postgres_prepare(struct store *store, const struct sql_query *query,
		 void **made)
{
	struct statement *statement = memory_new(1, sizeof(*statement));

	*made = statement;
	if (!statement)
		return store_said(store, query->name, "no memory", LZ_E_MEMORY);
	statement->store = store;
	statement->name = query->name;
	statement->text = store_text(store, query->text);
	statement->big = query->big;
	return ensure(statement);
}

void
postgres_finalize(struct store *store, void *made)
{
	struct statement *statement = made;
	const struct postgres *postgres = store->handle;
	char sql[32];

	if (!statement)
		return;
	postgres_end(statement);
	/* Those of a set go with the connection; this one may be of once. */
	if (statement->generation == postgres->generation &&
	    PQtransactionStatus(postgres->connection) == PQTRANS_IDLE) {
		snprintf(sql, sizeof(sql), "DEALLOCATE %s", statement->key);
		PQclear(PQexec(postgres->connection, sql));
	}
	for (int i = 0; statement->gathered && i < PARAMETERS_MAX; i++)
		memory_free(statement->gathered[i].bytes);
	memory_free(statement->gathered);
	memory_free(statement);
}

/* ------------------------------------------------------------ binding */

static int
at_of(const struct statement *statement, int parameter)
{
	lz_assert(parameter >= 1 && parameter <= PARAMETERS_MAX);
	lz_assert(parameter <= statement->count);
	return parameter - 1;
}

static void
forget_clean(struct statement *statement, int at)
{
	memory_free(statement->clean[at]);
	statement->clean[at] = NULL;
}

static void
forget_values(struct statement *statement)
{
	for (int i = 0; i < statement->count; i++) {
		statement->values[i] = NULL;
		forget_clean(statement, i);
	}
}

int
postgres_bind_i64(void *made, int parameter, int64_t value)
{
	struct statement *statement = made;
	const int at = at_of(statement, parameter);
	const int width = statement->types[at] == OID_INT4   ? 4
			  : statement->types[at] == OID_INT2 ? 2
							     : 8;
	uint64_t rest = (uint64_t)value;

	for (int i = width; i-- > 0; rest >>= 8)
		statement->numbers[at][i] = (char)(rest & 0xff);
	statement->values[at] = statement->numbers[at];
	statement->lengths[at] = width;
	return 0;
}

/* Length of the UTF-8 character at `at`; 0: it is none. */
static size_t
utf8_length(const unsigned char *at)
{
	const size_t length = at[0] < 0x80                     ? 1
			      : at[0] >= 0xc2 && at[0] <= 0xdf ? 2
			      : at[0] >= 0xe0 && at[0] <= 0xef ? 3
			      : at[0] >= 0xf0 && at[0] <= 0xf4 ? 4
							       : 0;

	for (size_t i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) ||
	    (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

static size_t
utf8_prefix(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t length;

	while (*at && (length = utf8_length(at)) != 0)
		at += length;
	return (size_t)(at - (const unsigned char *)text);
}

/* What somebody typed must not stop the desk: '?' for what is no UTF-8. */
static const char *
cleaned(struct statement *statement, int at, const char *value)
{
	const size_t size = strlen(value) + 1;
	char *copy;

	if (!value[utf8_prefix(value)])
		return value;
	copy = memory_new(size, 1);
	if (!copy)
		return NULL;
	memcpy(copy, value, size);
	for (size_t i = utf8_prefix(copy); copy[i]; i = utf8_prefix(copy))
		copy[i] = '?';
	forget_clean(statement, at);
	statement->clean[at] = copy;
	return copy;
}

int
postgres_bind_text(void *made, int parameter, const char *value)
{
	struct statement *statement = made;
	const int at = at_of(statement, parameter);

	statement->values[at] = value ? cleaned(statement, at, value) : NULL;
	if (value && !statement->values[at])
		return store_said(statement->store, statement->name,
				  "no memory", LZ_E_MEMORY);
	statement->lengths[at] = value ? (int)strlen(statement->values[at]) : 0;
	return 0;
}

int
postgres_bind_blob(void *made, int parameter, const void *bytes, size_t length)
{
	struct statement *statement = made;
	const int at = at_of(statement, parameter);

	lz_assert(length <= INT32_MAX);
	statement->values[at] = bytes;
	statement->lengths[at] = (int)length;
	return 0;
}

/* ------------------------------------------------------------ running */

/* Sends it behind what was sent before; the answer isn't waited for. */
static int
send_ahead(struct statement *statement)
{
	struct store *store = statement->store;
	struct postgres *postgres = store->handle;
	int error = ensure(statement);

	if (error)
		return error;
	if (PQenterPipelineMode(postgres->connection) != 1 ||
	    PQsendQueryPrepared(postgres->connection, statement->key,
				statement->count, statement->values,
				statement->lengths, binary, 1) != 1)
		return postgres_fail(store, statement->name, NULL);
	return postgres_sent(store, statement->name);
}

static void
keep_result(void *context, size_t i, PGresult *result)
{
	struct statement *statement = context;

	(void)i;
	statement->result = result;
}

static int
execute_once(struct statement *statement)
{
	struct store *store = statement->store;
	struct postgres *postgres = store->handle;
	PGresult *result;
	ExecStatusType status;
	int error = ensure(statement);

	if (error)
		return error;
	if (postgres->ahead_count) {
		error = send_ahead(statement);
		return error
			   ? error
			   : postgres_answers(store, 1, keep_result, statement);
	}
	result = PQexecPrepared(postgres->connection, statement->key,
				statement->count, statement->values,
				statement->lengths, binary, 1);
	status = PQresultStatus(result);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
		statement->result = result;
		return 0;
	}
	error = postgres_fail(store, statement->name, result);
	PQclear(result);
	return error;
}

static int
execute_now(struct statement *statement)
{
	int error = execute_once(statement);

	/* That the server was restarted shows only now. */
	if (error == -ENOTCONN && !statement->store->in_transaction)
		error = execute_once(statement);
	return error;
}

static int
fetch(struct statement *statement)
{
	struct store *store = statement->store;
	struct postgres *postgres = store->handle;
	char sql[48];
	int error = postgres_answers(store, 0, NULL, NULL);

	if (error)
		return error;
	PQclear(statement->result);
	snprintf(sql, sizeof(sql), "FETCH " BIG_ROWS " FROM c%s",
		 statement->key);
	statement->result = PQexecParams(postgres->connection, sql, 0, NULL,
					 NULL, NULL, NULL, 1);
	if (PQresultStatus(statement->result) == PGRES_TUPLES_OK)
		return 0;
	error = postgres_fail(store, statement->name, statement->result);
	PQclear(statement->result);
	statement->result = NULL;
	return error;
}

/* A cursor lives in a transaction: its own, where none runs. */
static int
cursor_open(struct statement *statement)
{
	struct store *store = statement->store;
	struct postgres *postgres = store->handle;
	const size_t size = strlen(statement->text) + 64;
	char *sql;
	PGresult *result;
	int error = ensure(statement);

	if (!error && !store->in_transaction) {
		error = store_begin(store);
		statement->own_transaction = !error;
	}
	if (!error)
		error = postgres_answers(store, 0, NULL, NULL);
	sql = error ? NULL : memory_new(size, 1);
	if (!sql)
		return error ? error : LZ_E_MEMORY;
	snprintf(sql, size, "DECLARE c%s NO SCROLL CURSOR FOR %s",
		 statement->key, statement->text);
	result = PQexecParams(postgres->connection, sql, statement->count,
			      statement->types, statement->values,
			      statement->lengths, binary, 1);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		error = postgres_fail(store, statement->name, result);
	statement->cursor = !error;
	PQclear(result);
	memory_free(sql);
	return error ? error : fetch(statement);
}

int
postgres_step(void *made, bool *row)
{
	struct statement *statement = made;
	int error = 0;

	*row = false;
	if (!statement->began) {
		statement->began = true;
		statement->row = 0;
		error = statement->big ? cursor_open(statement)
				       : execute_now(statement);
	} else {
		statement->row++;
		if (statement->cursor && statement->row == BIG_COUNT) {
			statement->row = 0;
			error = fetch(statement);
		}
	}
	*row = !error && statement->row < PQntuples(statement->result);
	return error;
}

int
postgres_run_later(void *made)
{
	struct statement *statement = made;
	bool row;

	if (statement->store->in_transaction && !statement->big &&
	    !statement->answers)
		return send_ahead(statement);
	return postgres_step(made, &row);
}

void
postgres_end(void *made)
{
	struct statement *statement = made;
	const struct postgres *postgres = statement->store->handle;
	char sql[32];

	PQclear(statement->result);
	statement->result = NULL;
	if (statement->own_transaction && statement->store->in_transaction) {
		store_rollback(statement->store);
	} else if (statement->cursor && statement->store->in_transaction &&
		   postgres_answers(statement->store, 0, NULL, NULL) == 0) {
		snprintf(sql, sizeof(sql), "CLOSE c%s", statement->key);
		PQclear(PQexec(postgres->connection, sql));
	}
	statement->began = statement->cursor = false;
	statement->own_transaction = false;
	forget_values(statement);
}

/* ---------------------------------------------------------- many at once */

struct each {
	struct query *query;
	query_take *take;
	void *context;
	size_t from;
	int error; /* the first of take */
};

static void
take_each(void *context, size_t i, PGresult *result)
{
	struct each *each = context;
	struct statement *statement = each->query->statement;
	int error = 0;

	statement->result = result;
	for (statement->row = 0; !error && statement->row < PQntuples(result);
	     statement->row++)
		error = each->take(each->context, each->query, each->from + i);
	PQclear(result);
	statement->result = NULL;
	if (!each->error)
		each->error = error;
}

static int
each_sent(struct store *store, struct query *query, size_t from, size_t to,
	  query_bind *bind, query_take *take, void *context)
{
	struct each each = {query, take, context, from, 0};

	for (size_t i = from; i < to && !query->error; i++) {
		bind(context, query, i);
		if (!query->error)
			query->error = send_ahead(query->statement);
		postgres_end(query->statement);
	}
	if (query->error)
		return query->error;
	if (!take && store->in_transaction)
		return 0;
	query->error = postgres_answers(store, (unsigned)(to - from),
					take ? take_each : NULL, &each);
	if (!query->error)
		query->error = each.error;
	return query->error;
}

static void
put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 4; i-- > 0; value >>= 8)
		at[i] = (uint8_t)(value & 0xff);
}

/* One more element; NULL where value is. */
static int
gather(struct gathered *gathered, const char *value, int length)
{
	const size_t needed = gathered->used + 4 + (value ? (size_t)length : 0);
	size_t room = gathered->room ? gathered->room : MANY_BYTES_FIRST;

	while (room < needed)
		room *= 2;
	if (room > gathered->room) {
		uint8_t *grown = memory_grow(gathered->bytes, gathered->room,
					     room, 1);

		if (!grown)
			return LZ_E_MEMORY;
		gathered->bytes = grown;
		gathered->room = room;
	}
	put_u32(gathered->bytes + gathered->used,
		value ? (uint32_t)length : UINT32_MAX);
	if (value)
		memcpy(gathered->bytes + gathered->used + 4, value,
		       (size_t)length);
	else
		gathered->null = true;
	gathered->used = needed;
	return 0;
}

/* What is bound is one row more. */
static int
gather_row(struct statement *statement)
{
	int error = 0;

	for (int i = 0; i < statement->count && !error; i++)
		error = gather(&statement->gathered[i], statement->values[i],
			       statement->lengths[i]);
	forget_values(statement);
	statement->rows++;
	return error ? store_said(statement->store, statement->name,
				  "no memory", error)
		     : 0;
}

static int
gather_begin(struct statement *statement)
{
	if (!statement->gathered)
		statement->gathered = memory_new(PARAMETERS_MAX,
						 sizeof(struct gathered));
	if (!statement->gathered)
		return store_said(statement->store, statement->name,
				  "no memory", LZ_E_MEMORY);
	for (int i = 0; i < statement->count; i++) {
		statement->gathered[i].used = ARRAY_HEAD;
		statement->gathered[i].null = false;
	}
	statement->rows = 0;
	return 0;
}

/* The arrays become the statement's parameters: one dimension, from 1. */
static void
gather_end(struct statement *statement)
{
	for (int i = 0; i < statement->count; i++) {
		struct gathered *gathered = &statement->gathered[i];

		put_u32(gathered->bytes, 1);
		put_u32(gathered->bytes + 4, gathered->null);
		put_u32(gathered->bytes + 8, element_of(statement->types[i]));
		put_u32(gathered->bytes + 12, statement->rows);
		put_u32(gathered->bytes + 16, 1);
		statement->values[i] = (const char *)gathered->bytes;
		statement->lengths[i] = (int)gathered->used;
	}
}

/* The answered rows tell which they are of in a column i, from 1. */
static int
take_many(struct statement *statement, struct query *query, size_t from,
	  query_take *take, void *context)
{
	const int which = PQfnumber(statement->result, "i");
	int error = 0;

	for (statement->row = 0;
	     !error && statement->row < PQntuples(statement->result);
	     statement->row++) {
		const size_t i =
		    which < 0
			? from
			: from - 1 +
			      (size_t)postgres_column_i64(statement, which);

		error = take(context, query, i);
	}
	return error;
}

/* One run for the rows from..to. */
static int
many_run(struct query *query, size_t from, size_t to, query_bind *bind,
	 query_take *take, void *context)
{
	struct statement *statement = query->statement;

	query->error = gather_begin(statement);
	for (size_t i = from; i < to && !query->error; i++) {
		bind(context, query, i);
		if (!query->error)
			query->error = gather_row(statement);
	}
	if (query->error)
		return query->error;
	gather_end(statement);
	if (!take && statement->store->in_transaction) {
		query->error = send_ahead(statement);
	} else {
		query->error = execute_now(statement);
		if (!query->error && take)
			query->error = take_many(statement, query, from, take,
						 context);
	}
	postgres_end(statement);
	return query->error;
}

int
postgres_each(struct store *store, unsigned number, size_t count,
	      query_bind *bind, query_take *take, void *context)
{
	/* No answer may be taken unasked between the first and the last. */
	const size_t at_once = POSTGRES_AHEAD_MAX / 2;
	struct query query;
	int error = 0;

	if (count == 0)
		return 0;
	query_begin(&query, store, number);
	if (!query.error && ((struct statement *)query.statement)->many) {
		for (size_t i = 0; i < count && !query.error; i += MANY_AT_ONCE)
			(void)many_run(&query, i,
				       count - i < MANY_AT_ONCE
					   ? count
					   : i + MANY_AT_ONCE,
				       bind, take, context);
		return query_end(&query);
	}
	if (take && !query.error)
		query.error = postgres_answers(store, 0, NULL, NULL);
	for (size_t i = 0; i < count && !query.error; i += at_once)
		(void)each_sent(store, &query, i,
				count - i < at_once ? count : i + at_once, bind,
				take, context);
	error = query_end(&query);
	return error;
}

/* ------------------------------------------------------------ columns */

int64_t
postgres_column_i64(void *made, int column)
{
	const struct statement *statement = made;
	const unsigned char *at =
	    (const unsigned char *)PQgetvalue(statement->result, statement->row,
					      column);
	const int length = PQgetlength(statement->result, statement->row,
				       column);
	uint64_t value = length && (at[0] & 0x80) && length > 1 ? UINT64_MAX
								: 0;

	/* int2, int4, int8 and bool; NULL is 0. */
	lz_assert(length <= 8);
	for (int i = 0; i < length; i++)
		value = value << 8 | at[i];
	return (int64_t)value;
}

bool
postgres_column_null(void *made, int column)
{
	const struct statement *statement = made;

	return PQgetisnull(statement->result, statement->row, column) == 1;
}

const char *
postgres_column_text(void *made, int column)
{
	const struct statement *statement = made;

	return PQgetvalue(statement->result, statement->row, column);
}

const uint8_t *
postgres_column_blob(void *made, int column, size_t *length)
{
	const struct statement *statement = made;

	*length = (size_t)PQgetlength(statement->result, statement->row,
				      column);
	return (const uint8_t *)PQgetvalue(statement->result, statement->row,
					   column);
}
