/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would have been decided, had one thing been otherwise: the recorded
 * inputs of a case are stepped once more by the real case_step, with that thing
 * changed.  Timers ring when they are due in that other life, receipts come as
 * long after their notice as they did, persons act as they acted.
 *
 * A question, not a proof: what people or machines would have done differently
 * isn't known.
 */
#ifndef ROLE_WHAT_IF_H
#define ROLE_WHAT_IF_H

#include "case/entry.h"

/* A step's inputs, as recorded; not to be copied: event points into it. */
struct what_if_step {
	struct case_step_input input; /* policies borrowed */
	struct case_event event;
	struct sighting sighting;
	char brake_text[CASE_TEXT_SIZE];
};

/* All steps of a case, in the order in which they were recorded. */
struct what_if_story {
	size_t count, room;
	struct what_if_step **steps;   /* owned */
	struct case_record begin;      /* before the first step */
	const struct case_record *end; /* as it was recorded at last */
};

enum what_if_kind {
	WHAT_IF_NOTHING,     /* all as it was */
	WHAT_IF_NO_ORIGIN,   /* without all that `origin` said */
	WHAT_IF_NO_STEP,     /* without the sighting of step `step` */
	WHAT_IF_MOVED,       /* that sighting seen and told `shift_us` later */
	WHAT_IF_UNDELIVERED, /* no notice reached anybody */
	WHAT_IF_POLICY,      /* decided under `policy` */
	WHAT_IF_UNPROTECTED, /* the party isn't protected */
	WHAT_IF_UNBRAKED,    /* no brake was on */
	WHAT_IF_NO_TRIAL,    /* its measure wasn't held back */
	WHAT_IF_UNHELD       /* no person held it */
};

struct what_if {
	enum what_if_kind kind;
	const char *origin;
	size_t step;
	int64_t shift_us;
	const struct case_policy *policy;
};

/* What a subscriber would have noticed of it. */
struct what_if_outcome {
	unsigned notices, filters, measures; /* measures: on the party */
	struct at_event noticed;             /* the first one; unset: none */
	struct at_event measured, released;
	enum measure_kind measure; /* the strongest; 0: none */
	bool held;                 /* automation stopped, a person was asked */
	enum case_state state;     /* at the end */
};

/* Copies the entry's inputs; LZ_E_MEMORY. */
LZ_NODISCARD int what_if_add(struct what_if_story *story,
			     const struct case_entry *entry);
void what_if_free(struct what_if_story *story);

/* Counts what a step did, as it was recorded. */
void what_if_count(struct what_if_outcome *outcome, enum case_state state,
		   struct at_event now, const struct case_entry_action *actions,
		   size_t count);

/*
 * Decides the story once more, up to the time of its last step; LZ_E_MEMORY.
 * Every step must have its policies.
 */
LZ_NODISCARD int what_if_run(const struct what_if_story *story,
			     const struct what_if *change,
			     struct what_if_outcome *outcome);
/* Would anybody have noticed the difference? */
bool what_if_same(const struct what_if_outcome *a,
		  const struct what_if_outcome *b);

#endif
