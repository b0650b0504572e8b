/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fixed-capacity index from small byte keys to slot numbers.
 *
 * Open addressing, keyed hash, no allocation after _new.  The caller keeps the
 * objects in an array of its own; the map stores (hash, slot) and asks the
 * caller's array for the key bytes: key_of(context, slot).  Load is at most
 * 7/10: capacity given is the number of slots that fit.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/hash.h"

#define MAP_NONE UINT32_MAX

struct map;
typedef const void *map_key_of(const void *context, uint32_t slot);

/* key_length: bytes each key has.  NULL when there is no memory. */
struct map *map_new(uint32_t capacity, size_t key_length, struct hash_key key,
		    map_key_of *key_of, const void *context);
void map_free(struct map *map);

/* The slot under `key`, or MAP_NONE. */
uint32_t map_find(const struct map *map, const void *key);
/* Puts a slot in; LZ_E_FULL at capacity, LZ_E_EXISTS if the key is there. */
LZ_NODISCARD int map_put(struct map *map, uint32_t slot);
/* Takes the slot under `key` out; answers it, or MAP_NONE. */
uint32_t map_take(struct map *map, const void *key);
uint32_t map_count(const struct map *map);
/* Bytes the map itself holds. */
size_t map_bytes(const struct map *map);

#endif
