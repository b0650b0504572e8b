/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealing turns nested prefixes into ranges that don't overlap, sorted by
 * their first address; a look-up is then the last range that begins at or
 * before the address.  IPv4 has ranges of its own with 32-bit beginnings and,
 * where there are many, an index by the upper 16 bits, so that few are left to
 * search.
 */
#include "net/prefix_map.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/map.h"
#include "base/memory.h"

#define FIRST_ENTRIES 16u
/* Up to so many IPv4 ranges a search fits a few cache lines by itself. */
#define UNINDEXED_MAX 32u
#define INDEX_SIZE 65536u
#define NESTING_MAX 130

struct entry {
	struct prefix prefix;
	uint32_t value;
};

struct bits128 {
	uint64_t high, low;
};

struct prefix_map {
	/* While building. */
	struct entry *entries;
	struct map *by_prefix;
	uint32_t capacity;
	/* Once sealed: range i begins at first[i] and ends before the next. */
	struct bits128 *first;
	uint32_t *value;
	uint32_t ranges;
	uint32_t *v4_first;
	uint32_t *v4_value;
	uint32_t v4_ranges;
	/* [h]: the range that holds h << 16; [INDEX_SIZE]: the last. */
	uint32_t *v4_index;
	uint32_t count;
	bool sealed;
};

struct prefix_map *
prefix_map_new(void)
{
	return memory_new(1, sizeof(struct prefix_map));
}

void
prefix_map_free(struct prefix_map *map)
{
	if (!map)
		return;
	memory_free(map->entries);
	map_free(map->by_prefix);
	memory_free(map->first);
	memory_free(map->value);
	memory_free(map->v4_first);
	memory_free(map->v4_value);
	memory_free(map->v4_index);
	memory_free(map);
}

static const void *
entry_key(const void *context, uint32_t slot)
{
	const struct prefix_map *map = context;

	return &map->entries[slot].prefix;
}

/* Doubles the room for entries and indexes them anew. */
static int
grow(struct prefix_map *map)
{
	/* The prefixes are the operator's own: no attacker picks them. */
	const struct hash_key key = {0, 0};
	uint32_t capacity = map->capacity ? map->capacity * 2 : FIRST_ENTRIES;
	struct map *by_prefix;
	struct entry *entries;

	if (map->capacity > UINT32_MAX / 4)
		return LZ_E_FULL;
	by_prefix = map_new(capacity, sizeof(struct prefix), key, entry_key,
			    map);
	if (!by_prefix)
		return LZ_E_MEMORY;
	entries = memory_grow(map->entries, map->capacity, capacity,
			      sizeof(*entries));
	if (!entries) {
		map_free(by_prefix);
		return LZ_E_MEMORY;
	}
	map->entries = entries;
	map->capacity = capacity;
	for (uint32_t i = 0; i < map->count; i++) {
		int error = map_put(by_prefix, i);

		lz_assert(!error);
	}
	map_free(map->by_prefix);
	map->by_prefix = by_prefix;
	return 0;
}

int
prefix_map_add(struct prefix_map *map, const struct prefix *prefix,
	       uint32_t value)
{
	struct entry *entry;
	int error = 0;

	lz_assert(prefix->length <= 128);
	if (map->sealed)
		return LZ_E_STATE;
	if (map->count == map->capacity)
		error = grow(map);
	if (error)
		return error;
	entry = &map->entries[map->count];
	entry->prefix = prefix_of(&prefix->addr, prefix->length);
	entry->value = value;
	error = map_put(map->by_prefix, map->count);
	if (!error)
		map->count++;
	return error;
}

static struct bits128
bits_of(const struct addr *addr)
{
	struct bits128 bits = {0, 0};

	for (unsigned i = 0; i < 8; i++) {
		bits.high = bits.high << 8 | addr->bytes[i];
		bits.low = bits.low << 8 | addr->bytes[8 + i];
	}
	return bits;
}

static bool
at_or_before(struct bits128 a, struct bits128 b)
{
	return a.high < b.high || (a.high == b.high && a.low <= b.low);
}

static struct bits128
last_of(const struct prefix *prefix)
{
	struct bits128 bits = bits_of(&prefix->addr);
	unsigned length = prefix->length;

	if (length < 64)
		bits.high |= UINT64_MAX >> length;
	if (length <= 64)
		bits.low = UINT64_MAX;
	else if (length < 128)
		bits.low |= UINT64_MAX >> (length - 64);
	return bits;
}

/* By first address, the wider of two that begin together before. */
static int
compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = addr_compare(&x->prefix.addr, &y->prefix.addr);

	return order ? order : x->prefix.length - y->prefix.length;
}

static void
emit(struct prefix_map *map, struct bits128 first, uint32_t value)
{
	uint32_t i = map->ranges;

	/* What begins where the last one did replaces it: it's narrower. */
	if (i > 0 && at_or_before(first, map->first[i - 1]))
		i--;
	else
		map->ranges++;
	map->first[i] = first;
	map->value[i] = value;
}

struct open_prefix {
	struct bits128 last;
	uint32_t value;
};

/*
 * Ends the innermost open prefix: from behind it on its parent holds.  False,
 * with nothing done, when it ends with the last address of all.
 */
static bool
close_innermost(struct prefix_map *map, const struct open_prefix *open,
		unsigned depth)
{
	struct bits128 next = open[depth].last;

	next.low++;
	next.high += next.low == 0;
	if (next.high == 0 && next.low == 0)
		return false;
	emit(map, next, open[depth - 1].value);
	return true;
}

static void
sweep(struct prefix_map *map)
{
	const struct bits128 zero = {0, 0};
	/* [0] stands for the space outside all prefixes. */
	struct open_prefix open[NESTING_MAX + 1] = {
	    {{UINT64_MAX, UINT64_MAX}, PREFIX_MAP_NONE}};
	unsigned depth = 0;

	emit(map, zero, PREFIX_MAP_NONE);
	for (uint32_t i = 0; i < map->count; i++) {
		const struct entry *entry = &map->entries[i];
		struct bits128 first = bits_of(&entry->prefix.addr);

		while (depth && !at_or_before(first, open[depth].last)) {
			close_innermost(map, open, depth);
			depth--;
		}
		lz_assert(depth < NESTING_MAX);
		open[++depth].last = last_of(&entry->prefix);
		open[depth].value = entry->value;
		emit(map, first, entry->value);
	}
	while (depth && close_innermost(map, open, depth))
		depth--;
}

/* The last of n ranges that begins at or before bits; the first begins at 0. */
static uint32_t
search(const struct bits128 *first, uint32_t n, struct bits128 bits)
{
	uint32_t at = 0;

	while (n > 1) {
		uint32_t half = n / 2;

		if (at_or_before(first[at + half], bits))
			at += half;
		n -= half;
	}
	return at;
}

/* Copies the ranges that reach into IPv4, with 32-bit beginnings. */
static int
seal_v4(struct prefix_map *map)
{
	const struct addr lowest = addr_from_v4(0);
	const struct addr highest = addr_from_v4(UINT32_MAX);
	uint32_t from = search(map->first, map->ranges, bits_of(&lowest));
	uint32_t to = search(map->first, map->ranges, bits_of(&highest));
	uint32_t at = 0;

	map->v4_ranges = to - from + 1;
	map->v4_first = memory_new(map->v4_ranges, sizeof(*map->v4_first));
	map->v4_value = memory_new(map->v4_ranges, sizeof(*map->v4_value));
	if (!map->v4_first || !map->v4_value)
		return LZ_E_MEMORY;
	for (uint32_t i = 0; i < map->v4_ranges; i++) {
		/* The first may begin below IPv4; here it begins at 0. */
		map->v4_first[i] = i ? (uint32_t)map->first[from + i].low : 0;
		map->v4_value[i] = map->value[from + i];
	}
	if (map->v4_ranges <= UNINDEXED_MAX)
		return 0;
	map->v4_index = memory_new(INDEX_SIZE + 1, sizeof(*map->v4_index));
	if (!map->v4_index)
		return LZ_E_MEMORY;
	for (uint32_t h = 0; h < INDEX_SIZE; h++) {
		while (at + 1 < map->v4_ranges &&
		       map->v4_first[at + 1] <= h << 16)
			at++;
		map->v4_index[h] = at;
	}
	map->v4_index[INDEX_SIZE] = map->v4_ranges - 1;
	return 0;
}

int
prefix_map_seal(struct prefix_map *map)
{
	size_t most = (size_t)map->count * 2 + 1;
	int error;

	if (map->sealed)
		return LZ_E_STATE;
	map->first = memory_new_aligned(most, sizeof(*map->first));
	map->value = memory_new(most, sizeof(*map->value));
	if (!map->first || !map->value)
		return LZ_E_MEMORY;
	if (map->count)
		qsort(map->entries, map->count, sizeof(*map->entries),
		      compare_entries);
	sweep(map);
	error = seal_v4(map);
	if (error)
		return error;
	memory_free(map->entries);
	map_free(map->by_prefix);
	map->entries = NULL;
	map->by_prefix = NULL;
	map->sealed = true;
	return 0;
}

static uint32_t
find_v4(const struct prefix_map *map, uint32_t addr)
{
	uint32_t at = 0, n = map->v4_ranges;

	if (map->v4_index) {
		at = map->v4_index[addr >> 16];
		n = map->v4_index[(addr >> 16) + 1] - at + 1;
	}
	while (n > 1) {
		uint32_t half = n / 2;

		if (map->v4_first[at + half] <= addr)
			at += half;
		n -= half;
	}
	return map->v4_value[at];
}

uint32_t
prefix_map_find(const struct prefix_map *map, const struct addr *addr)
{
	lz_assert(map->sealed);
	if (addr_is_v4(addr))
		return find_v4(map, addr_v4(addr));
	return map->value[search(map->first, map->ranges, bits_of(addr))];
}

size_t
prefix_map_count(const struct prefix_map *map)
{
	return map->count;
}
