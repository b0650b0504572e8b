/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data sets that wait for their template, in the order they came.  Part of the
 * decoder; nobody else includes this.
 */
#ifndef FLOW_HELD_H
#define FLOW_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/record.h"

#define HELD_SETS_MAX 1024

struct held_set {
	uint32_t exporter, id;
	struct exporter_stamp stamp;
	uint32_t length;
	uint8_t *bytes; /* owned */
};

struct held {
	struct held_set sets[HELD_SETS_MAX];
	uint32_t first, count; /* a ring */
	uint32_t bytes, bytes_max;
};

void held_fini(struct held *held);

/* Is there room for one more set of this length? */
bool held_has_room(const struct held *held, size_t length);
/* Keeps a copy of a set's bytes (there is room).  False: no memory. */
bool held_put(struct held *held, const struct held_set *set);

typedef void held_taker(void *context, const struct held_set *set);
/* Gives out and then lets go the oldest (there is one). */
void held_take_oldest(struct held *held, held_taker *taker, void *context);
/* Gives out, oldest first, and then lets go what waits for a template of an
 * exporter; id 0: for any of it.  The taker may not put. */
void held_take(struct held *held, uint32_t exporter, uint32_t id,
	       held_taker *taker, void *context);

#endif
