/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Longest-prefix match from addresses to small numbers.
 *
 * Built once, then read only (safe to share): add prefixes, then seal.  Inside,
 * sorted ranges: a look-up is a short search, for IPv4 behind a table of the
 * upper 16 bits where there are many.
 */
#ifndef NET_PREFIX_MAP_H
#define NET_PREFIX_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "net/addr.h"

#define PREFIX_MAP_NONE UINT32_MAX

struct prefix_map;

struct prefix_map *prefix_map_new(void);
void prefix_map_free(struct prefix_map *map);
/* LZ_E_EXISTS when that very prefix is in; LZ_E_STATE once sealed. */
LZ_NODISCARD int prefix_map_add(struct prefix_map *map,
				const struct prefix *prefix, uint32_t value);
/*
 * Makes it ready for _find; LZ_E_STATE the second time.  After LZ_E_MEMORY it
 * can only be freed.
 */
LZ_NODISCARD int prefix_map_seal(struct prefix_map *map);
/* The value of the longest prefix that holds addr, or PREFIX_MAP_NONE. */
uint32_t prefix_map_find(const struct prefix_map *map, const struct addr *addr);
/* How many prefixes it holds. */
size_t prefix_map_count(const struct prefix_map *map);

#endif
