/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database file: opening it, its schema, transactions.
 *
 * One role writes a file; everybody else opens it to read only.  WAL,
 * synchronous=FULL; -wal and -shm stay behind when the writer closes (else no
 * user without write access could open it).  The schema's number stands in the
 * table schema_version: the writer brings an older file forward, a reader
 * reads the number it knows and no other.  No other room knows SQL.
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
 * Opens (creates) a file for its one writer and migrates it; now goes into
 * schema_version.  LZ_E_VERSION: made by a newer program, or a migration's
 * text differs from the one that was applied.  LZ_E_CHECKSUM: no database or
 * damaged.  -ENOSPC, -EIO, -EBUSY, -errno.  On failure *store is NULL and
 * message (of STORE_MESSAGE_SIZE) says what happened.
 */
LZ_NODISCARD int store_open_writer(const char *path, const struct sql_set *set,
				   struct at_arrival now, struct store **store,
				   char *message);

/*
 * Opens it to read.  -ENOENT: there is no file yet; LZ_E_STATE: its schema is
 * older than ours or not made yet (the writer hasn't started since an
 * upgrade: try again); LZ_E_VERSION: newer than ours.
 */
LZ_NODISCARD int store_open_reader(const char *path, const struct sql_set *set,
				   struct store **store, char *message);
void store_close(struct store *store);

/* Schema number of the open file. */
uint32_t store_schema(const struct store *store);
/* What the last failed call was about: "case_put: database or disk is full". */
const char *store_message(const struct store *store);

/*
 * Transactions: of the writer, and of a reader that wants one moment's view.
 * store_commit: after an error nothing of the transaction is in the file.
 */
LZ_NODISCARD int store_begin(struct store *store);
LZ_NODISCARD int store_commit(struct store *store);
void store_rollback(struct store *store);

/* Prepares every query of the set: a test for each, and a reader's check. */
LZ_NODISCARD int store_prepare_all(struct store *store);

#endif
