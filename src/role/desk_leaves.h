/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a step to what the ledger is to prove later: a leaf for each fact that
 * touches a person (told, limited, released, objected, taken back), none for
 * what shadow would have done.  An attribution is one where it led to more than
 * evidence.
 */
#ifndef ROLE_DESK_LEAVES_H
#define ROLE_DESK_LEAVES_H

#include "case/book.h"
#include "store/leaf_store.h"

/* Inside the open transaction, behind the case's row; now: record time. */
LZ_NODISCARD int desk_leaves_step(struct leaf_store *leaves,
				  const struct case_output *step,
				  struct at_event now);

#endif
