/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of the generated tables of SQL text (sql_text.h, made from sql/ by
 * tools/sql_embed.py): one set a database file.
 */
#ifndef STORE_SQL_SET_H
#define STORE_SQL_SET_H

#include <stddef.h>
#include <stdint.h>

struct sql_query {
	const char *name;
	const char *text; /* one statement; parameters $1, $2 ... */
};

struct sql_migration {
	uint32_t n; /* from 1 */
	const char *name;
	const char *sha256; /* of its file, 64 hex digits */
	const char *text;   /* statements */
};

struct sql_set {
	const char *name;
	size_t query_count;
	const struct sql_query *queries;
	size_t migration_count;
	const struct sql_migration *migrations;
};

/* The sets there are: desk.sql, enforcer.sql, notifier.sql. */
extern const struct sql_set sql_desk;
extern const struct sql_set sql_enforcer;
extern const struct sql_set sql_notifier;

#endif
