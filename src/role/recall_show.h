/* SPDX-License-Identifier: Apache-2.0 */
/* Recalls out of the desk's store, for people or as JSON lines. */
#ifndef ROLE_RECALL_SHOW_H
#define ROLE_RECALL_SHOW_H

#include "store/recall_store.h"

struct recall_view {
	bool json;
	int32_t zone_s; /* of times shown to people, seconds east of UTC */
};
/* All of them, oldest first; prints to stdout. */
LZ_NODISCARD int recall_list(struct store *store,
			     const struct recall_view *view);
/* One with who said so, and what rests on it still; LZ_E_NOT_FOUND. */
LZ_NODISCARD int recall_show(struct store *store, uint64_t id,
			     const struct recall_view *view);

/*
 * Waits until it isn't running any more, and says on standard error how far it
 * is.  -ETIMEDOUT: the desk has got no further for a minute.
 */
LZ_NODISCARD int recall_follow(struct store *store, uint64_t id);

#endif
