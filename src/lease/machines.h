/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rented servers from an address management or hypervisor list, to lease
 * events: CSV with a header line (machines_feed), or the same members as JSON,
 * one object, an array of them or one a line (machines_json: a webhook's body).
 *
 *   address | prefix | ip            what the machine has
 *   vm | server | machine            the machine's name
 *   account | subscriber | customer  who rents it
 *   reseller                         who lets it on: then he is the holder, for
 *                                    his customers are not ours
 *   port | switch_port               where it hangs, "switch:port"
 *   valid_from | start, valid_to | end
 *   event, time | at                 instead of the two: assign (create, start)
 *                                    or release (delete, stop)
 *
 * Rows with valid_from are a list, read as address_list.h says (WHOLE, and a
 * LEASE_GAP where a reading begins).  Rows with an event are words of their
 * time: LEASE_START and LEASE_STOP of the session MACHINE/ADDRESS.
 *
 * Holder: "account:RESELLER", else "account:ACCOUNT", else "port:PORT", else
 * "vm:MACHINE".
 *
 * Refused: "machine header", "machine fields", "machine address",
 * "machine holder", "machine time", "machine event", "machine json" (no whole
 * object, a member twice, a value that is neither text nor number), "machine
 * text" (too long), and CSV's own reasons.  A list's row whose address can be
 * read keeps its place with "unreadable:ADDRESS".
 */
#ifndef LEASE_MACHINES_H
#define LEASE_MACHINES_H

#include "lease/chunk.h"

struct machines;

/* NULL: no memory.  `zone_s`: seconds east of UTC of times without a zone, or
 * LEASE_ZONE_UNTOLD. */
struct machines *machines_new(int32_t zone_s, uint32_t realm);
void machines_free(struct machines *machines);
/* See lease/chunk.h. */
size_t machines_feed(struct machines *machines, const struct lease_chunk *chunk,
		     const struct lease_output *output);
/*
 * A whole body at a time (chunk->bytes; a body cut off is refused from where it
 * ends).  Each object is a word of its own, no list: no LEASE_GAP.
 */
void machines_json(struct machines *machines, const struct lease_chunk *chunk,
		   const struct lease_output *output);

#endif
