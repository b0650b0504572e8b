/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forgetting connections the kernel tracks, so that what began before a
 * measure is judged anew by it, and what a garden led elsewhere goes where it
 * was meant for once released.
 */
#ifndef QUARANTINE_CONNTRACK_H
#define QUARANTINE_CONNTRACK_H

#include "quarantine/nft_wire.h"

struct conntrack_cut {
	const struct device_conf *conf;
	const struct plan_lengths *lengths;
	/* Sealed.  Measures that begin: all connections of these subjects but
	 * those with essential services; of a filter, those of its tuple. */
	const struct plan *begun;
	/* Sealed.  Gardens that ended: those led to the portal. */
	const struct plan *ended;
};

/*
 * *count gets how many were forgotten.  0, or -errno of the kernel; one that
 * is gone meanwhile is no error.
 */
LZ_NODISCARD int conntrack_cut(struct nft_talk *talk,
			       const struct conntrack_cut *cut, size_t *count);

#endif
