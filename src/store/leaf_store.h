/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaves of the desk's store and the keys of their cases, which stand in a store
 * of their own.  One writer: the desk.
 *
 *   leaf_store_add ...       within the desk's transaction
 *   leaf_store_settle        last, right before store_commit
 *   leaf_store_forget        after store_rollback instead
 *
 * A key is kept before any leaf that rests on it; a kill between both leaves a
 * key that nothing rests on.
 */
#ifndef STORE_LEAF_STORE_H
#define STORE_LEAF_STORE_H

#include "fact/leaf.h"
#include "store/store.h"

struct leaf_store;

/*
 * `desk` is borrowed; `keys`, opened for its one writer, is owned from here on.
 * LZ_E_MEMORY.
 */
LZ_NODISCARD int leaf_store_open(struct store *keys, struct store *desk,
				 struct leaf_store **leaves);
void leaf_store_close(struct leaf_store *leaves);
/* Of the keys' store: what the last failed call was about. */
const char *leaf_store_message(const struct leaf_store *leaves);

/* One more leaf, written by leaf_store_settle: its case is there then, or
 * case_id is 0.  now: of a new key. */
LZ_NODISCARD int leaf_store_add(struct leaf_store *leaves,
				const struct leaf_fact *fact,
				struct at_event now);
LZ_NODISCARD int leaf_store_settle(struct leaf_store *leaves);
void leaf_store_forget(struct leaf_store *leaves);

/*
 * Before a case is erased, in that transaction: a leaf says so under the
 * house's own key (how many leaves it had, and a hash over them), and its key
 * is doomed.
 */
LZ_NODISCARD int leaf_store_erasing(struct leaf_store *leaves, uint64_t case_id,
				    struct at_event now);
/*
 * After the commit, and at a start (what a kill left): destroys the keys of all
 * erased cases, in transactions of its own.
 */
LZ_NODISCARD int leaf_store_destroy(struct leaf_store *leaves);

/* A case's key, to prove with.  LZ_E_NOT_FOUND: it is erased, or had none. */
LZ_NODISCARD int leaf_store_key(struct leaf_store *leaves, uint64_t case_id,
				uint8_t key[LEAF_KEY_SIZE]);

struct leaf_row {
	uint64_t number;
	uint8_t version, kind;
	int64_t hour; /* since 1970 */
	const uint8_t *commitment;
	/* What it commits to; NULL: asked without, or erased. */
	const uint8_t *body;
	size_t body_length;
};
typedef int leaf_visit(void *context, const struct leaf_row *row);
/* At most `limit` leaves above `after`, in order, without what they are. */
LZ_NODISCARD int leaf_store_list(struct store *desk, uint64_t after,
				 uint32_t limit, leaf_visit *visit,
				 void *context);
/* All of a case, with it. */
LZ_NODISCARD int leaf_store_of_case(struct store *desk, uint64_t case_id,
				    leaf_visit *visit, void *context);

#endif
