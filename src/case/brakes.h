/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brakes: counts by the hour over all cases, and by cause.  They stop what is
 * new, never a release.
 */
#ifndef CASE_BRAKES_H
#define CASE_BRAKES_H

#include "case/step.h"

#define BRAKE_HOURS 168      /* remembered a cause, for its median */
#define BRAKE_CAUSES_MAX 512 /* the one idle longest gives way */

struct brake_cause {
	uint32_t cause; /* hashed name; 0: free */
	int64_t hour;   /* newest counted */
	int64_t first_hour;
	uint16_t notices[BRAKE_HOURS], measures[BRAKE_HOURS]; /* ring by hour */
};

struct brakes {
	int64_t hour;
	uint32_t notices, measures; /* in this hour */
	struct brake_cause causes[BRAKE_CAUSES_MAX];
};

/* Hashed names of what acting on this sighting would rest on. */
void brakes_causes(const struct sighting *sighting,
		   uint32_t causes[CASE_CAUSES]);
/*
 * Which brakes hold one more notice or measure back; sets input->brake and
 * brake_text.  bound: parties under any measure now; total: parties known, 0
 * where not.
 */
void brakes_ask(const struct brakes *brakes, const struct case_policy *policy,
		uint64_t bound, uint64_t total, struct case_step_input *input);
void brakes_count_notice(struct brakes *brakes,
			 const uint32_t causes[CASE_CAUSES],
			 struct at_event when);
/* Once a party, not once a measure: four filters of one line are one. */
void brakes_count_measure(struct brakes *brakes,
			  const uint32_t causes[CASE_CAUSES],
			  struct at_event when);

#endif
