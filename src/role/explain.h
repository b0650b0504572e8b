/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of a case, from what was recorded of each of its steps: what came
 * in, what was decided and why, what was done, would be done or was refused,
 * under which policy and program; what it rests on and how each sighting
 * counts; what would have happened otherwise; and what is to happen next.
 */
#ifndef ROLE_EXPLAIN_H
#define ROLE_EXPLAIN_H

#include "case/policy.h"
#include "store/desk_view.h"

struct explain {
	bool json;
	bool again;     /* step it all once more and say what differs */
	int32_t zone_s; /* of times shown to people */
	/* Sealed: what would be decided under it; NULL: that isn't told. */
	const struct case_policy *present;
};

/*
 * Prints to standard output.  *differs: with `again`, something is decided
 * otherwise today, or couldn't be stepped.  LZ_E_NOT_FOUND: no such case; or as
 * the store.
 */
LZ_NODISCARD int explain_case(struct store *store, uint64_t case_id,
			      const struct explain *how, bool *differs);

#endif
