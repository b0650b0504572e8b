/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One desk at a time steps the cases of a store (all CHAIN_PARTITIONS of them):
 * the one that has the lease.  Others stand by, and take it when it has run
 * out.  Whoever lost it can't commit any more, whether he knows it or not: each
 * taker gets a higher token, and a round that writes holds it to the store's.
 *
 * The lease runs by the desks' own clocks: they must agree within seconds.
 */
#ifndef ROLE_DESK_LEASE_H
#define ROLE_DESK_LEASE_H

#include "store/desk_store.h"

#define DESK_LEASE_US (10 * TIMES_SECOND_US)
#define DESK_LEASE_RENEW_US (2 * TIMES_SECOND_US)
#define DESK_LEASE_NAME_SIZE 256

struct desk_lease {
	char name[DESK_LEASE_NAME_SIZE]; /* of this desk */
	struct store_lease lease;
	struct at_event renewed; /* unset: it isn't ours */
};

/* Who we are: this host, and the run directory (one desk has each). */
void desk_lease_init(struct desk_lease *lease, const char *run_dir);
/*
 * Takes it, in a transaction of its own.  LZ_E_STATE: another desk has it; else
 * as the store.  One of the same name is us, from before a restart.
 */
LZ_NODISCARD int desk_lease_take(struct desk_lease *lease, struct store *store,
				 struct at_event now);
/*
 * Last in a round's transaction.  wrote: something of the round must not be
 * committed by another than who has the lease.  LZ_E_STATE: that isn't us any
 * more: roll back, and stop.
 */
LZ_NODISCARD int desk_lease_hold(struct desk_lease *lease, struct store *store,
				 struct at_event now, bool wrote);
/* Gives it back, in a transaction of its own: another needn't wait. */
void desk_lease_end(struct desk_lease *lease, struct store *store,
		    struct at_event now);

#endif
