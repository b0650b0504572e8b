/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded ring of data sets that wait. */
#include <string.h>

#include "base/memory.h"
#include "flow/held.h"

static struct held_set *
place(struct held *held, uint32_t i)
{
	return &held->sets[(held->first + i) % HELD_SETS_MAX];
}

void
held_fini(struct held *held)
{
	for (uint32_t i = 0; i < held->count; i++)
		memory_free(place(held, i)->bytes);
}

bool
held_has_room(const struct held *held, size_t length)
{
	return held->count < HELD_SETS_MAX && length <= held->bytes_max &&
	       held->bytes <= held->bytes_max - length;
}

bool
held_put(struct held *held, const struct held_set *set)
{
	uint8_t *bytes = memory_new(set->length, 1);

	if (!bytes)
		return false;
	memcpy(bytes, set->bytes, set->length);
	*place(held, held->count) = *set;
	place(held, held->count)->bytes = bytes;
	held->bytes += set->length;
	held->count++;
	return true;
}

static void
let_go(struct held *held, const struct held_set *set, held_taker *taker,
       void *context)
{
	taker(context, set);
	held->bytes -= set->length;
	memory_free(set->bytes);
}

void
held_take_oldest(struct held *held, held_taker *taker, void *context)
{
	let_go(held, place(held, 0), taker, context);
	held->first = (held->first + 1) % HELD_SETS_MAX;
	held->count--;
}

void
held_take(struct held *held, uint32_t exporter, uint32_t id, held_taker *taker,
	  void *context)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < held->count; i++) {
		struct held_set set = *place(held, i);

		if (set.exporter != exporter || (id != 0 && set.id != id)) {
			*place(held, kept++) = set;
			continue;
		}
		let_go(held, &set, taker, context);
	}
	held->count = kept;
}
