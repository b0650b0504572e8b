/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recalls at the desk: what proved wrong is taken back, sighting by sighting,
 * and what comes of it is not believed until a person lifts the recall.
 *
 * One person proposes, a different one approves.  What rests on it is then
 * withdrawn in slices, each inside a round's transaction together with how far
 * it went: a kill at any moment goes on from the last slice.  The case's step
 * says what follows (a lower score, a release, a correction).
 */
#ifndef ROLE_DESK_RECALL_H
#define ROLE_DESK_RECALL_H

#include "role/chain.h"
#include "role/command.h"
#include "role/counters.h"
#include "role/desk_keep.h"
#include "role/desk_stop.h"
#include "store/recall_store.h"

#define DESK_RECALLS_MAX 64    /* in force at a time */
#define DESK_RECALL_STEPS 500  /* withdrawn in a round */
#define DESK_RECALL_SCAN 20000 /* looked at in a round */

struct desk_recalls {
	size_t count; /* running or done, not lifted */
	struct store_recall list[DESK_RECALLS_MAX];
	char reasons[DESK_RECALLS_MAX][CASE_TEXT_SIZE];
};

/* Out of the store: at start and after a round that was undone. */
LZ_NODISCARD int desk_recalls_load(struct desk_recalls *recalls,
				   struct store *store);
/*
 * Inside the open transaction: proposes, approves, drops or lifts one;
 * answer->number is the recall's.  0 or the store's error.
 */
LZ_NODISCARD int desk_recall_take(struct desk_recalls *recalls,
				  struct store *store,
				  const struct command *command,
				  struct desk_answer *answer);
/* The number of a recall in force that the sighting rests on; 0: none. */
uint64_t desk_recalls_meets(const struct desk_recalls *recalls,
			    const struct sighting *sighting);
/* Is the source, which named a holder at that time, recalled?  For the chain;
 * context is the struct desk_recalls. */
bool desk_recalls_doubt(void *context, const char *binding_source,
			struct at_event time);

struct desk_recall_work {
	struct store *store; /* borrowed, as all of these */
	struct chain *chain;
	struct desk_keep *keep;
	struct counters *counters;
};
/*
 * Inside the open transaction: takes back the next slice of one that is
 * running.  *more: there is more to take back.  0, or an error of store or
 * chain.
 */
LZ_NODISCARD int desk_recall_slice(struct desk_recalls *recalls,
				   const struct desk_recall_work *work,
				   struct at_event now, bool *more);

#endif
