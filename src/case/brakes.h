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

/* Rows of a step's causes. */
enum case_cause {
	CASE_CAUSE_ORIGIN,
	CASE_CAUSE_DETECTOR,
	CASE_CAUSE_INDICATOR,
	CASE_CAUSE_EXPORTER,
	CASE_CAUSE_SOURCE /* of bindings */
};

struct brake_counts {
	uint16_t by_hour[BRAKE_HOURS]; /* ring by hour */
	int64_t median_hour; /* the hour the median was computed for */
	uint16_t median;
};

struct brake_cause {
	int64_t hour; /* newest counted */
	int64_t first_hour;
	struct brake_counts notices, measures;
};

struct brakes {
	int64_t hour;
	uint32_t notices, measures; /* in this hour */
	/* Hashed name of each row of causes, in an array of its own: it is
	 * looked through at each step. */
	uint32_t names[BRAKE_CAUSES_MAX]; /* 0: free */
	uint32_t name_count;              /* rows used so far */
	struct brake_cause causes[BRAKE_CAUSES_MAX];
};

/*
 * Hashed names of what acting on this sighting would rest on; binding_source:
 * what names its holder, NULL or "": nothing.
 */
void brakes_causes(const struct sighting *sighting, const char *binding_source,
		   uint32_t causes[CASE_CAUSES]);
/*
 * Which brakes hold one more notice or measure back; sets input->brake and
 * brake_text.  bound: parties under any measure now; total: parties known, 0
 * where not.
 */
void brakes_ask(struct brakes *brakes, const struct case_policy *policy,
		uint64_t bound, uint64_t total, struct case_step_input *input);
void brakes_count_notice(struct brakes *brakes,
			 const uint32_t causes[CASE_CAUSES],
			 struct at_event when);
/* Once a party, not once a measure: four filters of one line are one. */
void brakes_count_measure(struct brakes *brakes,
			  const uint32_t causes[CASE_CAUSES],
			  struct at_event when);

#endif
