/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an open store is inside of store/, and what each engine offers: SQLite
 * (sqlite_engine.c) and PostgreSQL (postgres_engine.c).  All that is common
 * stands in store.c and query.c.  Inside store/ only.
 */
#ifndef STORE_CONNECTION_H
#define STORE_CONNECTION_H

#include "store/query.h"
#include "store/store.h"

struct store_engine;

struct store {
	const struct store_engine *engine;
	void *handle; /* the engine's own */
	const struct sql_set *set;
	void **statements; /* one a query of the set, made when used */
	uint32_t schema;   /* 0: not read yet */
	bool writer;
	bool in_transaction;
	char message[STORE_MESSAGE_SIZE];
};

/*
 * Functions answer 0 or an error and have said what it was in store->message.
 * A statement is made for one text; its parameters and its rows stand until it
 * is begun again.
 */
struct store_engine {
	enum sql_dialect dialect;
	/* Asks whether there is a table schema_version: a number, 0 or 1. */
	const char *schema_there;
	/* Keeps others from migrating until the transaction's end; NULL. */
	const char *schema_lock;

	int (*open)(struct store *store, const char *where);
	/* A writer's last act of opening, behind its migrations; or NULL. */
	int (*opened)(struct store *store);
	void (*close)(struct store *store);
	/* Statements without parameters or rows, one after the other. */
	int (*execute)(struct store *store, const char *what, const char *sql);
	int (*begin)(struct store *store);
	int (*commit)(struct store *store);
	void (*rollback)(struct store *store);
	int (*scrub)(struct store *store);

	int (*prepare)(struct store *store, const struct sql_query *query,
		       void **statement);
	void (*finalize)(struct store *store, void *statement);
	/* Values are borrowed until the statement's end. */
	int (*bind_i64)(void *statement, int parameter, int64_t value);
	int (*bind_text)(void *statement, int parameter, const char *value);
	int (*bind_blob)(void *statement, int parameter, const void *bytes,
			 size_t length);
	int (*step)(void *statement, bool *row);
	/* One step of what answers nothing: it may be done later, and then an
	 * error of it comes with a later step or the commit. */
	int (*run)(void *statement);
	void (*end)(void *statement);
	/* query_each, or NULL: one by one. */
	int (*each)(struct store *store, unsigned number, size_t count,
		    query_bind *bind, query_take *take, void *context);

	int64_t (*column_i64)(void *statement, int column);
	bool (*column_null)(void *statement, int column);
	const char *(*column_text)(void *statement, int column);
	const uint8_t *(*column_blob)(void *statement, int column,
				      size_t *length);
};

extern const struct store_engine store_sqlite;
extern const struct store_engine store_postgres;

/* How a place in a database is told from a path. */
#define STORE_POSTGRES "postgres:"

/* The text of a query or migration for an engine: [0] where it is for both. */
static inline const char *
store_text(const struct store *store, const char *const text[SQL_DIALECTS])
{
	const char *own = text[store->engine->dialect];

	return own ? own : text[SQL_SQLITE];
}

/* Keeps "what: why" as the store's message; answers error. */
int store_said(struct store *store, const char *what, const char *why,
	       int error);
/* The number of the newest migration that is there; 0: none. */
LZ_NODISCARD int store_read_schema(struct store *store, uint32_t *schema);

#endif
