/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stored steps of one moment, in an order in which they can have happened.
 *
 * A desk takes many sightings in one round, all at the same time, and the store
 * doesn't keep which came first.  It matters where a brake closed among them:
 * so, each case's own steps in their order, those that no brake met come first.
 */
#ifndef ROLE_POLICY_MOMENT_H
#define ROLE_POLICY_MOMENT_H

#include "case/step.h"
#include "store/policy_view.h"

/* A stored step, copied. */
struct policy_step {
	uint64_t case_id, n;
	struct at_event now;
	uint8_t brake;
	char brake_text[2 * CASE_TEXT_SIZE]; /* "": none */
	uint8_t from;
	enum case_state state;
	bool changed;
	uint8_t policy_hash[STORE_HASH_SIZE];
	bool readable; /* else event and sighting are empty */
	struct case_event event;
	struct sighting sighting;
	size_t deed_count;
	struct policy_deed deeds[POLICY_DEEDS_MAX];
};

struct policy_moment;

struct policy_moment *policy_moment_new(void);
void policy_moment_free(struct policy_moment *moment);
/* The time of what was added; unset: nothing. */
struct at_event policy_moment_time(const struct policy_moment *moment);
/* Added by case, then by number, all of one time.  LZ_E_MEMORY. */
LZ_NODISCARD int policy_moment_add(struct policy_moment *moment,
				   const struct store_event *stored,
				   const struct policy_deed *deeds,
				   size_t count);
/* Walks and forgets them; stops at the visitor's first error. */
typedef int policy_moment_visit(void *context, const struct policy_step *step);
LZ_NODISCARD int policy_moment_end(struct policy_moment *moment,
				   policy_moment_visit *visit, void *context);

#endif
