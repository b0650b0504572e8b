/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items and scores: what one origin says of one class, in spans of 20 hours.
 *
 * Pure functions of a record's sightings, by event time: in which order they
 * came changes nothing.  Integers in thousandths.
 */
#ifndef CASE_SCORE_H
#define CASE_SCORE_H

#include "case/step.h"

struct case_item {
	uint32_t origin_hash;
	uint8_t class;
	bool unauthenticated;
	bool sound; /* not only what an outsider could have sent */
	bool
	    measured; /* our own measurement, or established sinkhole contact */
	struct at_event first, last;
	int32_t strongest_milli;
	int64_t others_milli; /* a fifth of each other */
	int32_t value_milli;  /* now */
};

/* Which sightings count. */
enum case_count {
	CASE_COUNT_ALL,     /* to be shown */
	CASE_COUNT_CERTAIN, /* what a notice may rest on */
	CASE_COUNT_INFECTED /* what a measure may rest on: certain, role
				infected or c2 */
};

struct case_items {
	size_t count;
	struct case_item items[CASE_SIGHTINGS_MAX];
};

/* All items of the sightings newer than `after` (unset: all), as of now. */
void case_items(const struct case_record *record,
		const struct case_policy *policy, enum case_count which,
		struct at_event after, struct at_event now,
		struct case_items *items);

/* Their sum; all unauthenticated ones together have a ceiling. */
int32_t case_items_score(const struct case_items *items,
			 const struct case_policy *policy);

/* value after age_us of an item whose last event is `age_us` past. */
int32_t case_decay(int32_t value_milli, int64_t age_us,
		   const struct case_policy *policy);

/* Does the sighting count for `which`? */
bool case_counts(const struct case_sighting *sighting, enum case_count which);

#endif
