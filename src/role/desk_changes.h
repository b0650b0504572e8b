/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Later words of who held an address: what the registrar says has changed is
 * asked again, and what rested on the old answer is withdrawn.
 */
#ifndef ROLE_DESK_CHANGES_H
#define ROLE_DESK_CHANGES_H

#include "conf/conf.h"
#include "role/binding_changed.h"
#include "role/chain.h"
#include "role/chain_news.h"
#include "role/counters.h"
#include "store/desk_store.h"

#define DESK_CHANGE_SIGHTINGS_MAX 65536 /* asked again for one change */

struct desk_changes {
	struct store *store; /* borrowed, as all of these */
	struct chain *chain;
	struct holders *holders;
	struct chain_news *news; /* gathers what is not looked for at once */
	struct counters *counters;
	/* Addresses are translated: any change may be of an inside one. */
	bool translated;
};

/* Changes of inside addresses (behind a NAT), gathered over a round. */
struct desk_inside {
	bool any;
	struct binding_changed all; /* from the earliest to the latest */
};

/*
 * Inside the open transaction: asks again for the sightings of the subject.
 * One of an inside address is gathered besides.  0, or an error of store or
 * chain.
 */
LZ_NODISCARD int desk_changes_take(const struct desk_changes *changes,
				   const struct binding_changed *changed,
				   struct desk_inside *inside,
				   struct at_event now);
/* Once a round: who comes out of a NAT may have been another.  Asks again for
 * all shared addresses' sightings of the gathered time. */
LZ_NODISCARD int desk_changes_inside(const struct desk_changes *changes,
				     struct desk_inside *inside,
				     struct at_event now);

#endif
