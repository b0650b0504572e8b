/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the desk's store that wait for the end of a batch: new sightings, and
 * cases that were touched (each written once, as it is then).
 */
#ifndef ROLE_DESK_ROWS_H
#define ROLE_DESK_ROWS_H

#include "case/book.h"
#include "store/desk_store.h"

struct desk_rows;

/* NULL: no memory. */
struct desk_rows *desk_rows_new(void);
void desk_rows_free(struct desk_rows *rows);
/*
 * A new sighting; all but row->sighting->... strings that are static
 * (event->row, program) is copied.  LZ_E_MEMORY.
 */
LZ_NODISCARD int desk_rows_sighting(struct desk_rows *rows,
				    const struct store_sighting *row);
/* The case is to be written; twice is once.  LZ_E_MEMORY. */
LZ_NODISCARD int desk_rows_touch(struct desk_rows *rows, uint64_t case_id);
/* Do sightings wait? */
bool desk_rows_waiting(const struct desk_rows *rows);
/*
 * Writes all of it into the open transaction: cases first, out of the book
 * where they stand whole.  Or the store's error.
 */
LZ_NODISCARD int desk_rows_flush(struct desk_rows *rows, struct store *store,
				 struct case_book *book);
/* A round is undone: what waits is none of the next one's. */
void desk_rows_drop(struct desk_rows *rows);
/* One case's row, now. */
LZ_NODISCARD int desk_rows_case(struct desk_rows *rows, struct store *store,
				const struct case_record *record,
				uint64_t events);

#endif
