/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ladder of a case: which notice and which measure comes next.  A release
 * lets the notices begin anew; measures go on where they were, so that who
 * falls ill again climbs higher.
 */
#ifndef CASE_LADDER_H
#define CASE_LADDER_H

#include "case/step.h"

const struct case_ladder *case_ladder_of(const struct case_record *record,
					 const struct case_policy *policy);
/* Rungs that are notices; measures stand behind them. */
unsigned case_ladder_notices(const struct case_ladder *ladder);

/* A notice stands: it didn't fail and wasn't withdrawn. */
bool case_notice_stands(const struct case_notice *notice);
/* The newest notice that stands (of the real ones, where live), or NULL. */
const struct case_notice *case_last_notice(const struct case_record *record,
					   bool live);
/*
 * Rung of the next notice since the last release: what failed by a channel
 * that the rung didn't name is tried again by another one.  May be the number
 * of a measure's rung: all notices were climbed.
 */
unsigned case_ladder_next_notice(const struct case_record *record);
/* When the next notice is due, if the party is still seen; unset: there is
 * none.  The one before must stand. */
struct at_event case_ladder_notice_due(const struct case_record *record,
				       const struct case_policy *policy);

/* What trigger A would begin; NULL: this ladder has no measures. */
const struct case_rung *case_ladder_measure(const struct case_record *record,
					    const struct case_policy *policy);
/* Was the last measure of the ladder climbed already? */
bool case_ladder_on_top(const struct case_record *record,
			const struct case_policy *policy);
/* Time between the last delivered notice and the first measure; negative:
 * there is none. */
int64_t case_ladder_grace(const struct case_record *record,
			  const struct case_policy *policy);

/* The strongest measure on the party; 0: none. */
enum measure_kind case_strongest(const struct case_record *record);
/* What the strongest one was before an objection; 0: none is weakened. */
enum measure_kind case_weakened(const struct case_record *record);

#endif
