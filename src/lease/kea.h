/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kea's memfile lease journal (leases4.csv, leases6.csv) to lease events.
 *
 * Columns go by the names in the header line, never by position; whether it is
 * leases4 or leases6 is told by them too.  Kea's rows aren't RFC 4180: fields
 * are cut at each comma, quotes mean nothing, and a byte that would disturb is
 * written "&#x2c".  Each row is a word (seen in a running Kea 2.2):
 *
 *   state 0, lifetime > 0  leased or renewed at expire - lifetime, promised
 *                          until expire: WHOLE, at = start, end = expire.  A
 *                          renewal tells its own start alone; the tracker joins
 *                          them by session.
 *   state 0, lifetime 0    released, or deleted by hand.  `expire` is the last
 *                          renewal and nobody says when it ended: WHOLE, at =
 *                          start = that, end = arrival (unset where that isn't
 *                          known), LEASE_END_INFERRED.
 *   state 1                declined: somebody else uses the address.  WHOLE for
 *                          the holder "declined:ADDRESS", who is nobody: the
 *                          row doesn't say whose lease it was.
 *   state 2, lifetime > 0  expired at `expire`: WHOLE, at = end.
 *   state 2, lifetime 0    forgotten after that: no word about who held it.
 *
 * Session: client-id (else hardware address) or DUID and IAID, with the
 * address.  Holder: see enum lease_holder_by.  Prefixes of leases6 are IA_NA
 * addresses (lease_type 0) and IA_PD prefixes (2); temporary addresses (1) too.
 *
 * Refused, with its reason: "kea header", "kea fields", "kea address",
 * "kea time", "kea lifetime", "kea state", "kea client", "kea lease type",
 * "kea prefix length", "kea context".  Where address and times of such a row
 * could be read, "unreadable:ADDRESS" keeps its place; else it is a LEASE_GAP.
 */
#ifndef LEASE_KEA_H
#define LEASE_KEA_H

#include "lease/chunk.h"
#include "lease/line.h"

enum kea_column {
	KEA_ADDRESS,
	KEA_HWADDR,
	KEA_CLIENT_ID,
	KEA_DUID,
	KEA_LIFETIME,
	KEA_EXPIRE,
	KEA_LEASE_TYPE,
	KEA_IAID,
	KEA_PREFIX_LENGTH,
	KEA_STATE,
	KEA_CONTEXT,
	KEA_COLUMN_COUNT
};

struct kea {
	enum lease_holder_by holder_by;
	/* So long after expiry the holder is still probable; 0: not at all. */
	int64_t grace_us;
	uint32_t realm;
	/* The decoder's own. */
	bool begun, has_header;
	struct at_event newest; /* the latest start so far; unset: none */
	size_t fields;
	int16_t at[KEA_COLUMN_COUNT]; /* -1: there is no such column */
};

void kea_init(struct kea *kea, enum lease_holder_by holder_by, int64_t grace_us,
	      uint32_t realm);
/* See lease/chunk.h. */
size_t kea_feed(struct kea *kea, const struct lease_chunk *chunk,
		const struct lease_output *output);

#endif
