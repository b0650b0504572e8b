/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store's connection to PostgreSQL, shared by its two files: the connection
 * (postgres_engine.c) and its statements (postgres_statement.c).  Inside store/
 * and its tests only.
 *
 * What answers nothing is sent ahead (libpq's pipeline): up to
 * POSTGRES_AHEAD_MAX statements wait for one answer of the server.
 */
#ifndef STORE_POSTGRES_ENGINE_H
#define STORE_POSTGRES_ENGINE_H

#include "store/connection.h"

/* As libpq-fe.h declares them: its users include it. */
typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;

#define POSTGRES_AHEAD_MAX 256

struct postgres {
	PGconn *connection;
	char where[STORE_PATH_SIZE];
	unsigned generation; /* of the connection: what was prepared is gone */
	unsigned named;      /* statements that were given a name */
	const char *ahead[POSTGRES_AHEAD_MAX]; /* names of what was sent */
	unsigned ahead_count;
};

/* Makes the connection anew where it is lost and no transaction runs on it. */
LZ_NODISCARD int postgres_ready(struct store *store);
/* Keeps what the server, or the connection, said; answers its error. */
int postgres_fail(struct store *store, const char *what,
		  const PGresult *result);
/* Counts one more that was sent; takes answers where too many wait. */
LZ_NODISCARD int postgres_sent(struct store *store, const char *name);
/*
 * Takes the answers of all that was sent.  `own` of the last of them go to
 * take(context, i, result), i from 0, which owns the result and answers 0.
 */
typedef void postgres_take(void *context, size_t i, PGresult *result);
LZ_NODISCARD int postgres_answers(struct store *store, unsigned own,
				  postgres_take *take, void *context);
/* Runs a text; the result is the caller's to clear, NULL on an error. */
LZ_NODISCARD int postgres_run(struct store *store, const char *what,
			      const char *sql, PGresult **result);

/* The statements' part of store_postgres. */
int postgres_prepare(struct store *store, const struct sql_query *query,
		     void **made);
void postgres_finalize(struct store *store, void *made);
int postgres_bind_i64(void *made, int parameter, int64_t value);
int postgres_bind_text(void *made, int parameter, const char *value);
int postgres_bind_blob(void *made, int parameter, const void *bytes,
		       size_t length);
int postgres_step(void *made, bool *row);
int postgres_run_later(void *made);
void postgres_end(void *made);
int postgres_each(struct store *store, unsigned number, size_t count,
		  query_bind *bind, query_take *take, void *context);
int64_t postgres_column_i64(void *made, int column);
bool postgres_column_null(void *made, int column);
const char *postgres_column_text(void *made, int column);
const uint8_t *postgres_column_blob(void *made, int column, size_t *length);

#endif
