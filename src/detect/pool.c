/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linear probing over eight-byte buckets that hold half the hash, so that a
 * look-up costs one miss in the buckets and one in the items.  Taking out
 * shifts the followers back: there are no tombstones.
 */
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "detect/pool.h"

#define CACHE_LINE 64u
#define BUCKETS_MIN 16u

static uint64_t
bucket_of(uint64_t hash, uint32_t slot)
{
	return (uint64_t)(slot + 1) << 32 | (uint32_t)hash;
}

static uint32_t
bucket_slot(uint64_t bucket)
{
	return (uint32_t)(bucket >> 32) - 1;
}

bool
pool_init(struct pool *pool, uint32_t capacity, size_t stride)
{
	uint32_t buckets = BUCKETS_MIN;

	memset(pool, 0, sizeof(*pool));
	lz_assert(capacity > 0 && capacity < UINT32_MAX / 4);
	if (stride > CACHE_LINE)
		stride = (stride + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
	while (buckets < capacity + capacity / 3)
		buckets *= 2;
	pool->items = memory_new_aligned(capacity, stride);
	pool->buckets = memory_new_aligned(buckets, sizeof(*pool->buckets));
	if (!pool->items || !pool->buckets) {
		pool_fini(pool);
		return false;
	}
	pool->stride = stride;
	pool->capacity = capacity;
	pool->free_head = POOL_NONE;
	pool->mask = buckets - 1;
	pool->bytes = (uint64_t)capacity * stride +
		      buckets * sizeof(*pool->buckets);
	return true;
}

void
pool_fini(struct pool *pool)
{
	memory_free(pool->items);
	memory_free(pool->buckets);
	memset(pool, 0, sizeof(*pool));
}

static const struct pool_item *
item_at(const struct pool *pool, uint32_t slot)
{
	return pool_at(pool, slot);
}

uint32_t
pool_find(const struct pool *pool, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & pool->mask;

	for (;; at = (at + 1) & pool->mask) {
		uint64_t bucket = pool->buckets[at];

		if (bucket == 0)
			return POOL_NONE;
		if ((uint32_t)bucket == (uint32_t)hash &&
		    item_at(pool, bucket_slot(bucket))->hash == hash)
			return bucket_slot(bucket);
	}
}

void
pool_prefetch_item(const struct pool *pool, uint64_t hash)
{
	uint64_t bucket = pool->buckets[(uint32_t)hash & pool->mask];

	if ((uint32_t)bucket == (uint32_t)hash && bucket != 0)
		__builtin_prefetch(item_at(pool, bucket_slot(bucket)), 1);
}

uint32_t
pool_take(struct pool *pool, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & pool->mask;
	struct pool_item *item;
	uint32_t slot;

	lz_assert(hash != 0);
	if (pool->free_head != POOL_NONE) {
		slot = pool->free_head;
		pool->free_head = item_at(pool, slot)->link;
	} else if (pool->fresh < pool->capacity) {
		slot = pool->fresh++;
	} else {
		return POOL_NONE;
	}
	while (pool->buckets[at] != 0)
		at = (at + 1) & pool->mask;
	pool->buckets[at] = bucket_of(hash, slot);
	item = pool_at(pool, slot);
	memset(item, 0, pool->stride);
	item->hash = hash;
	pool->used++;
	return slot;
}

/* Empties a bucket and moves those behind it that probed past it. */
static void
bucket_empty(struct pool *pool, uint32_t hole)
{
	uint32_t at = hole;

	for (;;) {
		uint32_t home;

		at = (at + 1) & pool->mask;
		if (pool->buckets[at] == 0)
			break;
		home = (uint32_t)pool->buckets[at] & pool->mask;
		if (((at - home) & pool->mask) < ((at - hole) & pool->mask))
			continue;
		pool->buckets[hole] = pool->buckets[at];
		hole = at;
	}
	pool->buckets[hole] = 0;
}

void
pool_drop(struct pool *pool, uint32_t slot)
{
	struct pool_item *item = pool_at(pool, slot);
	uint64_t bucket = bucket_of(item->hash, slot);
	uint32_t at = (uint32_t)item->hash & pool->mask;

	lz_assert(item->hash != 0);
	while (pool->buckets[at] != bucket)
		at = (at + 1) & pool->mask;
	bucket_empty(pool, at);
	item->hash = 0;
	item->link = pool->free_head;
	pool->free_head = slot;
	pool->used--;
}

uint32_t
pool_turn(struct pool *pool)
{
	for (uint32_t i = 0; i < pool->fresh && pool->used > 0; i++) {
		uint32_t slot = pool->hand;

		pool->hand = slot + 1 < pool->fresh ? slot + 1 : 0;
		if (item_at(pool, slot)->hash != 0)
			return slot;
	}
	return POOL_NONE;
}
