/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Silence, judged: was a case unseen for its policy's quiet days, those under a
 * garden or block not counted?  Pure; for trial_cases.c, which tells it each
 * case's sightings in order.
 */
#ifndef ROLE_TRIAL_QUIET_H
#define ROLE_TRIAL_QUIET_H

#include "role/trial_cases.h"

/*
 * Nothing was seen of the case in [last, next); last unset: never before.  Where
 * that was long enough and it isn't clean yet, sets clean, clean_at, freed_at
 * and, where `next` is a sighting, again.  Gaps before the first notice count
 * for nothing.
 */
void trial_quiet_gap(const struct trial_cases *cases, struct trial_case *one,
		     struct at_event last, struct at_event next,
		     bool seen_again);
/* No sighting follows in the window: the last gap, else until when it surely
 * wasn't clean.  A case that was never told is left as it is. */
void trial_quiet_end(const struct trial_cases *cases, struct trial_case *one,
		     struct at_event last);

#endif
