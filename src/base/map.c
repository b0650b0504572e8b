/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linear probing over (hash, slot) pairs.  A home is the hash scaled to the
 * table's size, so the table is as large as the load asks for and not rounded
 * up to a power of two; taking out shifts the followers back, so there are no
 * tombstones and look-ups don't slow down with age.
 */
#include "base/map.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

struct entry {
	uint32_t hash;
	uint32_t slot; /* MAP_NONE: empty */
};

struct map {
	struct entry *entries;
	uint32_t size; /* of entries; always some are empty */
	uint32_t capacity;
	uint32_t count;
	size_t key_length;
	struct hash_key key;
	map_key_of *key_of;
	const void *context;
};

struct map *
map_new(uint32_t capacity, size_t key_length, struct hash_key key,
	map_key_of *key_of, const void *context)
{
	uint64_t size = (uint64_t)capacity * 10 / 7 + 2;
	struct map *map;

	if (size > UINT32_MAX)
		return NULL;
	map = memory_new(1, sizeof(*map));
	if (!map)
		return NULL;
	map->entries = memory_new_aligned(size, sizeof(*map->entries));
	if (!map->entries) {
		memory_free(map);
		return NULL;
	}
	/* Every slot MAP_NONE. */
	memset(map->entries, 0xff, size * sizeof(*map->entries));
	map->size = (uint32_t)size;
	map->capacity = capacity;
	map->key_length = key_length;
	map->key = key;
	map->key_of = key_of;
	map->context = context;
	return map;
}

void
map_free(struct map *map)
{
	if (map)
		memory_free(map->entries);
	memory_free(map);
}

static uint32_t
home_of(const struct map *map, uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * map->size >> 32);
}

static uint32_t
next_of(const struct map *map, uint32_t at)
{
	return at + 1 == map->size ? 0 : at + 1;
}

static uint32_t
hash_of(const struct map *map, const void *key)
{
	return (uint32_t)hash_bytes(&map->key, key, map->key_length);
}

/* Where `key` stands, or the empty entry where it would. */
static uint32_t
locate(const struct map *map, const void *key, uint32_t hash)
{
	uint32_t at = home_of(map, hash);

	for (;; at = next_of(map, at)) {
		const struct entry *entry = &map->entries[at];

		if (entry->slot == MAP_NONE)
			return at;
		if (entry->hash == hash &&
		    memcmp(map->key_of(map->context, entry->slot), key,
			   map->key_length) == 0)
			return at;
	}
}

uint32_t
map_find(const struct map *map, const void *key)
{
	return map->entries[locate(map, key, hash_of(map, key))].slot;
}

int
map_put(struct map *map, uint32_t slot)
{
	const void *key = map->key_of(map->context, slot);
	uint32_t hash = hash_of(map, key);
	uint32_t at = locate(map, key, hash);

	if (map->entries[at].slot != MAP_NONE)
		return LZ_E_EXISTS;
	if (map->count == map->capacity)
		return LZ_E_FULL;
	map->entries[at] = (struct entry){hash, slot};
	map->count++;
	return 0;
}

/* Whether going round from `from`, `at` comes before `to`. */
static bool
between(uint32_t from, uint32_t at, uint32_t to)
{
	return from <= to ? from <= at && at < to : from <= at || at < to;
}

uint32_t
map_take(struct map *map, const void *key)
{
	uint32_t hole = locate(map, key, hash_of(map, key));
	uint32_t slot = map->entries[hole].slot;
	uint32_t at = hole;

	if (slot == MAP_NONE)
		return MAP_NONE;
	/*
	 * Each follower up to the next empty entry moves into the hole unless
	 * its home lies behind the hole.
	 */
	for (;;) {
		at = next_of(map, at);
		if (map->entries[at].slot == MAP_NONE)
			break;
		if (between(next_of(map, hole),
			    home_of(map, map->entries[at].hash),
			    next_of(map, at)))
			continue;
		map->entries[hole] = map->entries[at];
		hole = at;
	}
	map->entries[hole].slot = MAP_NONE;
	map->count--;
	return slot;
}

uint32_t
map_count(const struct map *map)
{
	return map->count;
}

size_t
map_bytes(const struct map *map)
{
	return sizeof(*map) + (size_t)map->size * sizeof(*map->entries);
}
