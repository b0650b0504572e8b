/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap that knows where each slot stands. */
#include "case/due_heap.h"

#include <string.h>

#include "base/check.h"
#include "base/memory.h"

#define NOWHERE UINT32_MAX

void
due_heap_fini(struct due_heap *heap)
{
	memory_free(heap->entries);
	memory_free(heap->at);
	memset(heap, 0, sizeof(*heap));
}

static uint32_t
doubled(uint32_t room, uint32_t wanted)
{
	uint32_t grown = room ? room : 64;

	while (grown < wanted && grown <= UINT32_MAX / 2)
		grown *= 2;
	return grown < wanted ? wanted : grown;
}

int
due_heap_reserve(struct due_heap *heap, uint32_t slots, uint32_t entries)
{
	if (slots > heap->slots) {
		const uint32_t room = doubled(heap->slots, slots);
		uint32_t *at = memory_grow(heap->at, heap->slots, room,
					   sizeof(*at));

		if (!at)
			return LZ_E_MEMORY;
		for (uint32_t i = heap->slots; i < room; i++)
			at[i] = NOWHERE;
		heap->at = at;
		heap->slots = room;
	}
	if (entries > heap->room) {
		const uint32_t room = doubled(heap->room, entries);
		struct due_entry *grown = memory_grow(heap->entries, heap->room,
						      room, sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		heap->entries = grown;
		heap->room = room;
	}
	return 0;
}

static bool
before(const struct due_entry *a, const struct due_entry *b)
{
	return a->due.us != b->due.us ? a->due.us < b->due.us : a->id < b->id;
}

static void
place(struct due_heap *heap, uint32_t at, struct due_entry entry)
{
	heap->entries[at] = entry;
	heap->at[entry.slot] = at;
}

static void
move_up(struct due_heap *heap, uint32_t at)
{
	const struct due_entry entry = heap->entries[at];

	while (at > 0 && before(&entry, &heap->entries[(at - 1) / 2])) {
		place(heap, at, heap->entries[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	place(heap, at, entry);
}

static void
move_down(struct due_heap *heap, uint32_t at)
{
	const struct due_entry entry = heap->entries[at];

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= heap->count)
			break;
		if (child + 1 < heap->count &&
		    before(&heap->entries[child + 1], &heap->entries[child]))
			child++;
		if (!before(&heap->entries[child], &entry))
			break;
		place(heap, at, heap->entries[child]);
		at = child;
	}
	place(heap, at, entry);
}

void
due_heap_remove(struct due_heap *heap, uint32_t slot)
{
	const uint32_t at = slot < heap->slots ? heap->at[slot] : NOWHERE;
	struct due_entry last;

	if (at == NOWHERE)
		return;
	heap->at[slot] = NOWHERE;
	last = heap->entries[--heap->count];
	if (last.slot == slot)
		return;
	place(heap, at, last);
	move_up(heap, at);
	move_down(heap, heap->at[last.slot]);
}

void
due_heap_set(struct due_heap *heap, uint32_t slot, struct at_event due,
	     uint64_t id)
{
	uint32_t at;

	if (!times_is_set(due)) {
		due_heap_remove(heap, slot);
		return;
	}
	lz_assert(slot < heap->slots);
	at = heap->at[slot];
	if (at == NOWHERE) {
		lz_assert(heap->count < heap->room);
		at = heap->count++;
	}
	place(heap, at, (struct due_entry){due, id, slot});
	move_up(heap, at);
	move_down(heap, heap->at[slot]);
}

const struct due_entry *
due_heap_first(const struct due_heap *heap)
{
	return heap->count > 0 ? &heap->entries[0] : NULL;
}
