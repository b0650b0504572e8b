/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk's erasing of what is older than it may be: cases with all they own
 * and their keys, sightings of nobody, results, look-ups.  Each erasure of a
 * case that had leaves is a leaf itself.
 */
#ifndef ROLE_DESK_RETAIN_H
#define ROLE_DESK_RETAIN_H

#include "store/desk_store.h"
#include "store/leaf_store.h"

struct desk_retain {
	struct store *store;
	struct leaf_store *leaves;
	struct store_retention kept;
	int64_t lookups_us;
	/* A case is gone, and it is on disk that it is. */
	void (*forget)(void *context, uint64_t case_id);
	void *context;
};

/*
 * One slice, in a transaction of its own; *more: there is more to erase.  After
 * an error the caller rolls back and forgets, as after any round.
 */
LZ_NODISCARD int desk_retain_slice(const struct desk_retain *retain,
				   struct at_event now, bool *more);

#endif
