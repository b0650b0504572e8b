/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sightings that have come in and are to be looked up in the store together:
 * one question instead of one each.  What came twice stands in it once.
 */
#ifndef ROLE_ARRIVALS_H
#define ROLE_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>

#include "fact/sighting.h"

#define ARRIVALS_MAX 16384

struct arrivals;

struct arrivals *arrivals_new(void); /* NULL: no memory */
void arrivals_free(struct arrivals *arrivals);
/* False: it is there already.  At most ARRIVALS_MAX before the next clear. */
bool arrivals_add(struct arrivals *arrivals, const struct sighting *sighting,
		  uint64_t sequence);
size_t arrivals_count(const struct arrivals *arrivals);
/* All of them, in the order they came; borrowed until the next add. */
const struct sighting *const *arrivals_list(const struct arrivals *arrivals);
uint64_t arrivals_sequence(const struct arrivals *arrivals, size_t at);
void arrivals_clear(struct arrivals *arrivals);

#endif
