/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made-up sightings for measurements of the case: by number, so that two runs
 * see the same.
 */
#ifndef BENCH_CASE_MADE_H
#define BENCH_CASE_MADE_H

#include <stdint.h>

#include "base/rng.h"
#include "case/policy.h"
#include "fact/sighting.h"

#define CASE_MADE_T0 (INT64_C(1718877600) * TIMES_SECOND_US)

/* Of account n: 10.0.0.0 + n. */
struct addr case_made_address(uint32_t n);
/*
 * One of a day's usual mix (of ten: four scans, two C2 contacts, a sinkhole
 * row, brute force, an unsigned mail, a flood), seen at that time.
 */
void case_made_sighting(struct sighting *sighting, uint32_t account,
			struct at_event time, struct rng *rng);
/* The default policy, live in everything. */
void case_made_policy(struct case_policy *policy);
/* Seconds of the clock; of the processor, this process alone. */
double case_made_clock(void);
double case_made_processor(void);
/* Median of an odd number of values; sorts them. */
double case_made_median(double *values, unsigned count);

#endif
