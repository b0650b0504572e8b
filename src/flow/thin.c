/* SPDX-License-Identifier: Apache-2.0 */
/* Packet sampling after the fact: one coin a packet. */
#include "flow/thin.h"

/* Draws a packet's time within the record, uniformly. */
static int64_t
draw_time(const struct flow_record *record, struct rng *rng)
{
	uint64_t span = (uint64_t)(record->end.us - record->start.us);

	return record->start.us + (int64_t)rng_below(rng, span + 1);
}

/* What was sampled before is sampled once more. */
static uint32_t
sampling_of(uint32_t before, uint32_t n)
{
	const uint64_t both = (uint64_t)(before ? before : 1) * n;

	return both < UINT32_MAX ? (uint32_t)both : UINT32_MAX;
}

bool
flow_thin(struct flow_record *record, uint32_t n, struct rng *rng)
{
	uint64_t drawn = 0;
	int64_t first = INT64_MAX, last = INT64_MIN;

	if (n <= 1)
		return true;
	for (uint64_t i = 0; i < record->packets; i++) {
		int64_t us;

		if (rng_below(rng, n) != 0)
			continue;
		us = draw_time(record, rng);
		first = us < first ? us : first;
		last = us > last ? us : last;
		drawn++;
	}
	if (drawn == 0)
		return false;
	record->bytes = record->bytes / record->packets * drawn;
	record->packets = drawn;
	record->packets_low = drawn;
	record->packets_high = drawn;
	record->start.us = first;
	record->end.us = last;
	record->sampling = sampling_of(record->sampling, n);
	record->sampling_from = SAMPLING_CONFIGURED;
	record->marks |= FLOW_THINNED;
	return true;
}
