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
#include "role/counters.h"
#include "store/desk_store.h"

#define DESK_CHANGE_SIGHTINGS_MAX 65536 /* asked again for one change */

struct desk_changes {
	struct store *store; /* borrowed, as all of these */
	struct chain *chain;
	struct holders *holders;
	struct counters *counters;
};

/*
 * Inside the open transaction.  A change of an inside address (behind a NAT)
 * asks for all shared addresses' sightings of that time.  0, or an error of
 * store or chain.
 */
LZ_NODISCARD int desk_changes_take(const struct desk_changes *changes,
				   const struct binding_changed *changed,
				   struct at_event now);

#endif
