/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded pool of equally sized items, found by a keyed 64-bit hash.
 *
 * All memory is taken at the start; nothing grows afterwards.  An item begins
 * with a struct pool_item.  The pool compares hashes only: the caller compares
 * what it keys on before it trusts an item (two keys of one hash: the second
 * is refused, never mixed with the first).
 */
#ifndef DETECT_POOL_H
#define DETECT_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_NONE UINT32_MAX

struct pool_item {
	uint64_t hash; /* 0: free */
	uint32_t link; /* free list while free; the owner's while in use */
	uint32_t note; /* the owner's */
};

struct pool {
	uint8_t *items;
	uint64_t *buckets; /* low half: hash, high half: slot + 1; 0 empty */
	size_t stride;
	uint32_t capacity;
	uint32_t used;
	uint32_t free_head;
	uint32_t fresh; /* slots from here on were never used */
	uint32_t mask;
	uint32_t hand;
	uint64_t bytes;
};

/* Items of `stride` bytes, rounded up to 64 where larger.  False: no memory,
 * and nothing is held. */
bool pool_init(struct pool *pool, uint32_t capacity, size_t stride);
void pool_fini(struct pool *pool);

/* The item with this hash, or POOL_NONE. */
uint32_t pool_find(const struct pool *pool, uint64_t hash);
/* A zeroed item under this hash, which isn't in; POOL_NONE when full. */
uint32_t pool_take(struct pool *pool, uint64_t hash);
void pool_drop(struct pool *pool, uint32_t slot);
/* The next item in use, going round; POOL_NONE when there is none. */
uint32_t pool_turn(struct pool *pool);

static inline void *
pool_at(const struct pool *pool, uint32_t slot)
{
	return pool->items + (size_t)slot * pool->stride;
}

/* Hints: first the bucket of a hash, later the item it points to. */
static inline void
pool_prefetch(const struct pool *pool, uint64_t hash)
{
	__builtin_prefetch(&pool->buckets[(uint32_t)hash & pool->mask]);
}
void pool_prefetch_item(const struct pool *pool, uint64_t hash);

#endif
