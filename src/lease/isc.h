/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ISC dhcpd's lease file (dhcpd.leases) to lease events.
 *
 * A journal of blocks, each a word about one address; the last one for it
 * counts.  Times are UTC with the weekday first, or "epoch N", or "never".
 *
 *   active                  leased at cltt (else starts), promised until ends:
 *                           WHOLE [starts, ends), at = cltt
 *   free, expired, released, reset
 *                           over at ends, which a release moves to its own
 *                           time: WHOLE [starts, ends), at = ends; no word
 *                           where the block names no client
 *   abandoned               somebody else uses the address: WHOLE for the holder
 *                           "declined:ADDRESS", who is nobody, since ends
 *   backup                  the failover peer's to give: no word at all
 *
 * With a grace, a client may be meant so much longer, never more than probable
 * (LEASE_END_INFERRED).  Holder: see enum lease_holder_by, with the options
 * agent.circuit-id and agent.remote-id.
 *
 * Refused, with its reason: "isc address", "isc time", "isc state",
 * "isc client", "isc torn block" (another begins inside it), "isc syntax",
 * "isc v6 block" (dhcpd6.leases isn't read).  Where address and times of a bad
 * block could be read, "unreadable:ADDRESS" keeps its place; else, but for the
 * last, it is a LEASE_GAP.
 */
#ifndef LEASE_ISC_H
#define LEASE_ISC_H

#include "lease/chunk.h"
#include "lease/line.h"

struct isc {
	enum lease_holder_by holder_by;
	int64_t grace_us; /* 0: none */
	uint32_t realm;
};

/* See lease/chunk.h; a record is a block or a statement, up to its end. */
size_t isc_feed(struct isc *isc, const struct lease_chunk *chunk,
		const struct lease_output *output);

/* How many of these bytes isc_feed would consume: whole blocks. */
size_t isc_whole(const char *bytes, size_t length);

#endif
