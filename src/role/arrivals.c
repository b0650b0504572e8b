/* SPDX-License-Identifier: Apache-2.0 */
/* An array, and a table of places by id: ids are hashes already. */
#include "role/arrivals.h"

#include <string.h>

#include "base/check.h"
#include "base/memory.h"

#define PLACES (2 * ARRIVALS_MAX)

struct arrivals {
	struct sighting sightings[ARRIVALS_MAX];
	const struct sighting *list[ARRIVALS_MAX];
	uint64_t sequences[ARRIVALS_MAX];
	size_t count;
	uint16_t places[PLACES]; /* index + 1; 0: free */
};

struct arrivals *
arrivals_new(void)
{
	return memory_new(1, sizeof(struct arrivals));
}

void
arrivals_free(struct arrivals *arrivals)
{
	memory_free(arrivals);
}

bool
arrivals_add(struct arrivals *arrivals, const struct sighting *sighting,
	     uint64_t sequence)
{
	const size_t at = arrivals->count;
	uint32_t place;

	lz_assert(at < ARRIVALS_MAX);
	memcpy(&place, sighting->id, sizeof(place));
	for (place %= PLACES; arrivals->places[place];
	     place = (place + 1) % PLACES)
		if (memcmp(arrivals->list[arrivals->places[place] - 1]->id,
			   sighting->id, SIGHTING_ID_SIZE) == 0)
			return false;
	arrivals->places[place] = (uint16_t)(at + 1);
	arrivals->sightings[at] = *sighting;
	arrivals->list[at] = &arrivals->sightings[at];
	arrivals->sequences[at] = sequence;
	arrivals->count++;
	return true;
}

size_t
arrivals_count(const struct arrivals *arrivals)
{
	return arrivals->count;
}

const struct sighting *const *
arrivals_list(const struct arrivals *arrivals)
{
	return arrivals->list;
}

uint64_t
arrivals_sequence(const struct arrivals *arrivals, size_t at)
{
	return arrivals->sequences[at];
}

void
arrivals_clear(struct arrivals *arrivals)
{
	arrivals->count = 0;
	memset(arrivals->places, 0, sizeof(arrivals->places));
}
