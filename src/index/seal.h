/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A day sealed from rows that aren't in the head: the measurements build large
 * indexes with it.  The same code as the sealing of the head's own days.
 */
#ifndef INDEX_SEAL_H
#define INDEX_SEAL_H

#include "index/index.h"

/* The next row by rising key, those of one shape together; 1, 0 at the end, or
 * an error. */
typedef int seal_next(void *context, struct binding *row);
/* LZ_E_EXISTS: that day is live; LZ_E_RANGE: a row isn't of it. */
LZ_NODISCARD int seal_day(struct index_writer *writer, uint32_t day,
			  seal_next *next, void *context);

#endif
