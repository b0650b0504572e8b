/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the book share.  Inside the book alone. */
#ifndef CASE_BOOK_INSIDE_H
#define CASE_BOOK_INSIDE_H

#include "case/aliases.h"
#include "case/book.h"
#include "case/brakes.h"
#include "case/due_heap.h"
#include "case/shelf.h"

#define POLICIES_MAX 64

struct stop {
	uint8_t brake; /* CASE_BRAKE_*; 0: it isn't one */
	char text[CASE_TEXT_SIZE];
};

struct case_book {
	const struct case_policy *policy;
	const struct case_policy *older[POLICIES_MAX];
	size_t older_count;
	struct rng rng;
	struct shelf shelf;
	struct due_heap heap;
	struct aliases aliases;
	/* Ended cases that stand whole until they are settled. */
	uint32_t *loose;
	size_t loose_count, loose_room;
	case_fetch *fetch; /* NULL: ended cases stay whole */
	void *fetch_context;
	struct case_record *fetched; /* room for one; NULL without a fetch */
	uint64_t bound;              /* cases whose measures count */
	uint64_t parties_total;      /* as last said */
	uint32_t unknown_count;      /* of open ones */
	uint64_t turned_away;
	struct brakes brakes;
	struct stop stops[CASE_STOP_COUNT];
	struct case_step_result result; /* of the step at hand */
};

/* The slot of a case, whole; MAP_NONE: there is none.  An error of fetch or of
 * memory. */
LZ_NODISCARD int book_whole(struct case_book *book, uint64_t case_id,
			    uint32_t *slot);
/* Steps one whole case and says what became of it; 1: it changed, 0: it
 * didn't, or LZ_E_MEMORY before anything was done. */
LZ_NODISCARD int book_step(struct case_book *book, uint32_t slot,
			   const struct case_event *event, struct at_event now,
			   bool fresh, case_sink *sink, void *context);

#endif
