/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks FreeRADIUS' table radacct for what is new since the last time, as CSV
 * with a header line.  Read-only; one connection that is made again when it is
 * lost.
 *
 * New rows are known by their number, changed ones by acctupdatetime and
 * acctstoptime, with an overlap, for rows are written by clocks that aren't the
 * database's: what comes twice is the same word twice.  A row that is changed
 * with a time older than the overlap isn't seen.
 */
#ifndef STORE_RADACCT_QUERY_H
#define STORE_RADACCT_QUERY_H

#include <stdint.h>

#include "store/store.h"

#define RADACCT_OVERLAP_S 300
#define RADACCT_ROWS_BYTES 60000 /* of a piece */

/* How far it has been read; zeros: not at all. */
struct radacct_place {
	uint64_t id;     /* largest radacctid */
	int64_t seen_us; /* then, by the database's clock */
};

/* Whole rows behind a header line.  Anything but 0 ends the poll. */
typedef int radacct_rows(void *context, const char *csv, size_t length);

struct radacct_query;

/*
 * where: libpq's connection text; password: "" where there is none; columns:
 * names, comma-separated.  stop: a descriptor whose being readable ends every
 * wait; all are borrowed.  NULL: no memory.  Nothing is opened yet.
 */
struct radacct_query *radacct_query_new(const char *where, const char *password,
					const char *columns, int stop);
void radacct_query_free(struct radacct_query *query);

/*
 * Gives out what is new since *place and moves it on, or leaves it where it
 * was and answers why, in `message` (of STORE_MESSAGE_SIZE, no password in it)
 * too: -ENOTCONN, -ETIMEDOUT, -EIO, -ECANCELED (stop), what the sink answered.
 */
LZ_NODISCARD int radacct_query_poll(struct radacct_query *query,
				    struct radacct_place *place,
				    radacct_rows *sink, void *context,
				    char *message);

#endif
