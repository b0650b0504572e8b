/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One policy over the words that a desk's store kept: a fresh book of cases
 * under that policy is told them in order of time, and what it does is counted.
 *
 * What is the world's own is taken as it was: sightings with the certainty and
 * the bindings they had, what persons said, when automation was stopped from
 * outside.  A notice that was sent then has the receipts it had then, as long
 * after it; one that wasn't is taken as accepted at once.  Chance (a trial's
 * arms) is drawn anew.
 */
#ifndef ROLE_POLICY_REPLAY_H
#define ROLE_POLICY_REPLAY_H

#include "case/policy.h"
#include "case/step.h"
#include "role/policy_moment.h"
#include "role/policy_past.h"
#include "role/policy_tally.h"

struct policy_replay;

/* All are borrowed for life; parties_total: accounts there are, for the brake
 * by share, 0: not known.  NULL: no memory. */
struct policy_replay *policy_replay_new(const struct case_policy *policy,
					const struct policy_past *past,
					struct policy_tally *tally,
					enum policy_side side,
					uint64_t parties_total);
void policy_replay_free(struct policy_replay *replay);
/*
 * The next stored step: of which case (row of past), what came in, under which
 * brake.  Its timers and receipts are this book's own and pass by.
 * LZ_E_MEMORY.
 */
LZ_NODISCARD int policy_replay_step(struct policy_replay *replay, uint32_t row,
				    const struct policy_step *step);
/* Timers and receipts until then. */
LZ_NODISCARD int policy_replay_end(struct policy_replay *replay,
				   struct at_event until);
/* Words of persons that met no case of this policy. */
uint64_t policy_replay_unmet(const struct policy_replay *replay);

#endif
