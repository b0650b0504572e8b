/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A translator's port blocks as CSV, to lease events.  Columns by the header
 * line, in any order:
 *
 *   event                            alloc or allocate; active; free or release
 *   time | at                        RFC 3339, or without zone by `zone_s`
 *   inside                           the inside address
 *   public | outside                 the outside address
 *   port_lo | port_first, port_hi | port_last
 *   subscriber | account | party     who has the inside address, may be ""
 *
 * Refused: "block header", "block fields", "block event", "block time",
 * "block address", "block ports", "block holder", those of lease/port_tenure.h
 * and CSV's own reasons.
 */
#ifndef LEASE_BLOCK_CSV_H
#define LEASE_BLOCK_CSV_H

#include "lease/chunk.h"

struct block_csv;

/* NULL: no memory.  `zone_s`: seconds east of UTC of times without a zone, or
 * LEASE_ZONE_UNTOLD; `inside_realm`: of the inside addresses. */
struct block_csv *block_csv_new(int32_t zone_s, uint32_t inside_realm);
void block_csv_free(struct block_csv *blocks);
/* See lease/chunk.h. */
size_t block_csv_feed(struct block_csv *blocks, const struct lease_chunk *chunk,
		      const struct lease_output *output);

#endif
