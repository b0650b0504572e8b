/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store: opening it, its schema, transactions.
 *
 * A store is an SQLite file, or a schema of a PostgreSQL database.  One role
 * writes it; everybody else opens it to read only.  `where` is a path, or
 * "postgres:" and libpq's connection text (a password may stand in it: never
 * print it); what follows is the same for both, and so is the SQL (store/sql).
 *
 * SQLite: WAL, synchronous=FULL; -wal and -shm stay behind when the writer
 * closes (else no user without write access could open it).  PostgreSQL: a
 * commit is answered when it is on disk (a server with fsync off is refused); a
 * lost connection is made anew by the next store_begin, or the next query that
 * is in no transaction.
 *
 * The schema's number stands in the table schema_version: the writer brings an
 * older store forward, a reader reads the number it knows and no other.  No
 * other room knows SQL.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/times.h"
#include "store/sql_set.h"

#define STORE_MESSAGE_SIZE 256
#define STORE_PATH_SIZE 1200

struct store;

/*
 * Opens (creates) a store for its one writer and migrates it; now goes into
 * schema_version.  LZ_E_VERSION: made by a newer program, or a migration's
 * text differs from the one that was applied.  LZ_E_CHECKSUM: no database or
 * damaged.  LZ_E_UNSUPPORTED: the server isn't durable, or its texts aren't
 * UTF-8.  -ENOTCONN: it isn't reached.  -EACCES, -ENOSPC, -EIO, -EBUSY, -errno.
 * On failure *store is NULL and message (of STORE_MESSAGE_SIZE) says what
 * happened.
 */
LZ_NODISCARD int store_open_writer(const char *where, const struct sql_set *set,
				   struct at_arrival now, struct store **store,
				   char *message);

/*
 * Opens it to read.  -ENOENT: there is no file yet; LZ_E_STATE: its schema is
 * older than ours or not made yet (the writer hasn't started since an
 * upgrade: try again); LZ_E_VERSION: newer than ours.
 */
LZ_NODISCARD int store_open_reader(const char *where, const struct sql_set *set,
				   struct store **store, char *message);
void store_close(struct store *store);

/*
 * Takes migrations above `schema` back, newest first, each in a transaction of
 * its own: rows and columns that only they know are lost.  For going back to an
 * older program; nobody else may have it open.
 */
LZ_NODISCARD int store_migrate_down(const char *where,
				    const struct sql_set *set, uint32_t schema,
				    char *message);

/* Schema number of the open store. */
uint32_t store_schema(const struct store *store);
/* What the last failed call was about: "case_put: database or disk is full". */
const char *store_message(const struct store *store);

/*
 * Transactions: of the writer, and of a reader that wants one moment's view.
 * store_commit: after an error nothing of the transaction is in the store, or
 * (-ENOTCONN alone) it isn't known whether all of it is: ask the store.
 */
LZ_NODISCARD int store_begin(struct store *store);
LZ_NODISCARD int store_commit(struct store *store);
void store_rollback(struct store *store);

/*
 * What was deleted before goes from the store's own files: an SQLite journal is
 * written back and emptied (-EBUSY while another reads), PostgreSQL's tables
 * are vacuumed.  In no transaction.  Copies and archives go by their own term.
 */
LZ_NODISCARD int store_scrub(struct store *store);

/* Prepares every query of the set: a test for each, and a reader's check. */
LZ_NODISCARD int store_prepare_all(struct store *store);

#endif
