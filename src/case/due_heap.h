/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is to be woken when: slots by due time, the earliest on top.
 *
 * A slot stands in it at most once.  Equal times go by number, so that the
 * order never depends on how they came in.
 */
#ifndef CASE_DUE_HEAP_H
#define CASE_DUE_HEAP_H

#include <stdint.h>

#include "base/errors.h"
#include "base/times.h"

struct due_entry {
	struct at_event due;
	uint64_t id; /* of the case: breaks ties */
	uint32_t slot;
};

struct due_heap {
	struct due_entry *entries;
	uint32_t count, room;
	uint32_t *at; /* by slot: where it stands */
	uint32_t slots;
};

void due_heap_fini(struct due_heap *heap);
/* Room for slots below `slots`, `entries` of them at a time; LZ_E_MEMORY. */
LZ_NODISCARD int due_heap_reserve(struct due_heap *heap, uint32_t slots,
				  uint32_t entries);
/* An unset due takes the slot out. */
void due_heap_set(struct due_heap *heap, uint32_t slot, struct at_event due,
		  uint64_t id);
void due_heap_remove(struct due_heap *heap, uint32_t slot);
/* NULL: it is empty. */
const struct due_entry *due_heap_first(const struct due_heap *heap);

#endif
