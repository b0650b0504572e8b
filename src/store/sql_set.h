/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of the generated tables of SQL text (sql_text.h, made from sql/ by
 * tools/sql_embed.py): one set a database file, or a schema of a database.
 */
#ifndef STORE_SQL_SET_H
#define STORE_SQL_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sql_dialect { SQL_SQLITE = 0, SQL_POSTGRES = 1, SQL_DIALECTS };

struct sql_query {
	const char *name;
	/* One statement a dialect; NULL at SQL_POSTGRES: as SQLite's.
	 * Parameters are $1, $2 ... */
	const char *text[SQL_DIALECTS];
	bool big; /* may answer more rows than memory should hold */
};

struct sql_migration {
	uint32_t n; /* from 1 */
	const char *name;
	const char *sha256;               /* of its file, 64 hex digits */
	const char *text[SQL_DIALECTS];   /* statements */
	const char *undone[SQL_DIALECTS]; /* what takes it back */
};

struct sql_set {
	const char *name; /* on PostgreSQL also the schema's */
	size_t query_count;
	const struct sql_query *queries;
	size_t migration_count;
	const struct sql_migration *migrations;
};

/* The sets there are: desk.sql, enforcer.sql, keys.sql, notifier.sql. */
extern const struct sql_set sql_desk;
extern const struct sql_set sql_enforcer;
extern const struct sql_set sql_keys;
extern const struct sql_set sql_notifier;

#endif
