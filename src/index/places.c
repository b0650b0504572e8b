/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows a batch has touched, by id.  Ids are hashes: no other is needed. */
#include <string.h>

#include "base/memory.h"
#include "index/writer.h"

#define PLACES_FIRST 256

struct place *
places_find(const struct places *places, uint64_t id)
{
	if (places->count == 0)
		return NULL;
	for (size_t i = id & (places->bucket_count - 1);;
	     i = (i + 1) & (places->bucket_count - 1)) {
		uint32_t item = places->buckets[i];

		if (item == 0)
			return NULL;
		if (places->items[item - 1].row.id == id)
			return &places->items[item - 1];
	}
}

static void
link_item(struct places *places, size_t item)
{
	size_t mask = places->bucket_count - 1;
	size_t i = places->items[item].row.id & mask;

	while (places->buckets[i] != 0)
		i = (i + 1) & mask;
	places->buckets[i] = (uint32_t)item + 1;
}

/* Twice the room; buckets are twice the items. */
static int
grow(struct places *places)
{
	size_t room = places->room ? 2 * places->room : PLACES_FIRST;
	struct place *items;
	uint32_t *buckets;

	if (room > UINT32_MAX / 4)
		return LZ_E_FULL;
	items = memory_grow(places->items, places->room, room, sizeof(*items));
	if (!items)
		return LZ_E_MEMORY;
	places->items = items;
	buckets = memory_new(2 * room, sizeof(*buckets));
	if (!buckets)
		return LZ_E_MEMORY;
	memory_free(places->buckets);
	places->buckets = buckets;
	places->bucket_count = 2 * room;
	places->room = room;
	for (size_t i = 0; i < places->count; i++)
		link_item(places, i);
	return LZ_OK;
}

int
places_set(struct places *places, const struct place *place)
{
	struct place *old = places_find(places, place->row.id);

	if (old) {
		*old = *place;
		return LZ_OK;
	}
	if (places->count == places->room) {
		int error = grow(places);

		if (error)
			return error;
	}
	places->items[places->count] = *place;
	link_item(places, places->count++);
	return LZ_OK;
}

void
places_clear(struct places *places)
{
	if (places->count > 0)
		memset(places->buckets, 0,
		       places->bucket_count * sizeof(*places->buckets));
	places->count = 0;
}

void
places_fini(struct places *places)
{
	memory_free(places->items);
	memory_free(places->buckets);
	*places = (struct places){0};
}
