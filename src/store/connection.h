/* SPDX-License-Identifier: Apache-2.0 */
/* What store.c and query.c share of an open file.  Inside store/ only. */
#ifndef STORE_CONNECTION_H
#define STORE_CONNECTION_H

#include <sqlite3.h>

#include "store/store.h"

struct store {
	sqlite3 *db;
	const struct sql_set *set;
	sqlite3_stmt **statements; /* one a query of the set, made when used */
	uint32_t schema;
	bool in_transaction;
	char message[STORE_MESSAGE_SIZE];
};

/* Turns an SQLite code into one of ours and keeps "what: why" as message. */
int store_fail(struct store *store, const char *what, int code);

#endif
