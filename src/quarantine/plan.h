/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From measures to entries of a device, and from what is wanted and what is
 * there to what has to be changed.  No clock, no device: all by argument.
 */
#ifndef QUARANTINE_PLAN_H
#define QUARANTINE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/errors.h"
#include "quarantine/element.h"
#include "quarantine/target.h"

/* Sizes of subjects a device looks up, shortest first (mapped bits). */
#define PLAN_LENGTHS_MAX 32
struct plan_lengths {
	size_t count;
	uint8_t at[PLAN_LENGTHS_MAX];
};
/* A subject may be cut into so many pieces. */
#define PLAN_PIECES_MAX 256

struct plan {
	size_t count, room;
	struct wanted *wanted; /* owned */
};

void plan_init(struct plan *plan);
void plan_fini(struct plan *plan);
void plan_clear(struct plan *plan);
/*
 * Adds the entries of one measure.  LZ_E_RANGE: no size of the device cuts it
 * into at most PLAN_PIECES_MAX; LZ_E_UNSUPPORTED: a block of ports;
 * LZ_E_MEMORY.
 */
LZ_NODISCARD int plan_add(struct plan *plan, enum measure_kind kind,
			  const struct target *target,
			  const struct plan_lengths *lengths,
			  int64_t expires_us);
/* Sorts; of several for one entry the latest end stays. */
void plan_seal(struct plan *plan);
/* Only of a sealed plan; NULL: it isn't in. */
const struct wanted *plan_find(const struct plan *plan,
			       const struct element *element);

enum change_act {
	CHANGE_REMOVE = 0, /* in the order they are done in */
	CHANGE_ADD = 1,
	CHANGE_REFRESH = 2
};

struct change {
	enum change_act act;
	struct element element;
	int64_t timeout_us; /* ADD, REFRESH */
};

struct changes {
	size_t count, room;
	struct change *list; /* owned; releases first */
	size_t foreign;      /* entries there that nobody of us asked for */
};

void changes_init(struct changes *changes);
void changes_fini(struct changes *changes);
LZ_NODISCARD int changes_add(struct changes *changes,
			     const struct change *change);

/* A device's state as it was dumped. */
struct state {
	size_t count, room;
	struct have *list; /* owned */
	size_t unknown;    /* entries whose form isn't ours */
	size_t doubled;    /* seen twice: then others may not have been seen */
};

void state_init(struct state *state);
void state_fini(struct state *state);
void state_clear(struct state *state);
LZ_NODISCARD int state_add(struct state *state, const struct have *have);
/* Sorts; one of each stays, the others are counted as doubled. */
void state_seal(struct state *state);
/* Only of a sealed state; NULL: it isn't there. */
const struct have *state_find(const struct state *state,
			      const struct element *element);

/*
 * What makes `there` (sealed) what `wanted` (sealed) says at `now`.  Entries
 * get at most timeout_us to live and are refreshed when a third of it is gone;
 * what has expired isn't wanted.  Of what isn't wanted, that which stands in
 * `ours` (sealed: everything ever asked for and not seen gone) is removed, the
 * rest counted as foreign and left alone.  LZ_E_MEMORY.
 */
LZ_NODISCARD int reconcile(const struct plan *wanted, const struct state *there,
			   const struct plan *ours, int64_t now_us,
			   int64_t timeout_us, struct changes *changes);

#endif
