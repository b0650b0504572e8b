/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Static assignments, business blocks and blocks handed over to resellers, from
 * a CSV list, to lease events.  Columns by the header line, in any order:
 *
 *   prefix | address             what is assigned; host bits 0
 *   subscriber | party | account the reference of who has it: for a reseller's
 *                                block the reseller, no end user is known
 *   valid_from | start           RFC 3339, a date, or without zone by `zone_s`
 *   valid_to | end               the first moment when it isn't any more, or ""
 *   kind                         "", "business" or "reseller"
 *
 * The list says how things are, not what happened: each reading of it (a chunk
 * with offset 0) says all again.  Where the arrival is known it begins with a
 * LEASE_GAP, so that a row which has gone is vouched for by what was read
 * before alone, and each row's word is of the arrival; else of its start.
 *
 * WHOLE, holder "account:REF", session holder and prefix.  A block is handed over
 * by ending one row and beginning the next; where the former is left open both
 * hold it, and the answer is ambiguous.
 *
 * Refused: "list header", "list fields", "list address", "list holder",
 * "list time", "list kind", and CSV's own reasons.  Where the address of a bad
 * row can be read, "unreadable:ADDRESS" keeps its place, since its start or
 * for ever: a wider row must not name anybody there.
 */
#ifndef LEASE_ADDRESS_LIST_H
#define LEASE_ADDRESS_LIST_H

#include "lease/chunk.h"

struct address_list;

/* NULL: no memory.  `zone_s`: seconds east of UTC of times without a zone, or
 * LEASE_ZONE_UNTOLD. */
struct address_list *address_list_new(int32_t zone_s, uint32_t realm);
void address_list_free(struct address_list *list);
/* See lease/chunk.h. */
size_t address_list_feed(struct address_list *list,
			 const struct lease_chunk *chunk,
			 const struct lease_output *output);

#endif
