/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts out of somebody else's database: a query of the operator's own whose
 * columns are called as those of an accounts file (ident/contracts.h).
 *
 * Read-only, one statement, bounded in time and rows; columns that are none of
 * ours are ignored.  Called before a role's sandbox.
 */
#ifndef STORE_ACCOUNTS_QUERY_H
#define STORE_ACCOUNTS_QUERY_H

#include "ident/contracts.h"
#include "store/store.h"

#define ACCOUNTS_QUERY_S_MAX 60
#define ACCOUNTS_ROWS_MAX 50000000u

struct accounts_query {
	const char *where;    /* libpq's connection text, or a path */
	const char *password; /* "" where there is none */
	const char *query;
	contracts_refused *refused; /* row numbers from 1 */
	void *context;
};

/*
 * The rows taken, or an error and why in `message` (of STORE_MESSAGE_SIZE, no
 * password in it): LZ_E_FORMAT without a column of accounts; -ENOTCONN: the
 * database isn't there; -ETIMEDOUT; LZ_E_UNSUPPORTED: the query would write, or
 * is several; LZ_E_FULL, LZ_E_MEMORY; -EIO: what else it says.
 */
LZ_NODISCARD int accounts_query_postgres(const struct accounts_query *query,
					 struct contracts *contracts,
					 char *message);
LZ_NODISCARD int accounts_query_sqlite(const struct accounts_query *query,
				       struct contracts *contracts,
				       char *message);

#endif
