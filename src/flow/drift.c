/* SPDX-License-Identifier: Apache-2.0 */
/* The vote on an exporter's clock. */
#include "flow/drift.h"

#include "base/times.h"

#define TRUST_US (60 * TIMES_SECOND_US)

static bool
is_near(int64_t a, int64_t b, int64_t within)
{
	return a - b <= within && b - a <= within;
}

static int64_t
median(const struct drift *drift)
{
	int64_t sorted[DRIFT_VOTES];

	for (unsigned i = 0; i < drift->count; i++) {
		unsigned at = i;

		for (; at > 0 && sorted[at - 1] > drift->votes[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = drift->votes[i];
	}
	return sorted[drift->count / 2];
}

/* Two thirds: of nine turns, one who speaks every other time has five. */
static bool
is_agreed(const struct drift *drift, int64_t off_us)
{
	unsigned agreeing = 0;

	for (unsigned i = 0; i < drift->count; i++)
		agreeing += is_near(drift->votes[i], off_us, TRUST_US);
	return agreeing * 3 >= drift->count * 2u;
}

bool
drift_vote(struct drift *drift, int64_t off_us)
{
	int64_t middle;

	drift->votes[drift->next] = off_us;
	drift->next = (uint8_t)((drift->next + 1) % DRIFT_VOTES);
	if (drift->count < DRIFT_VOTES)
		drift->count++;
	if (is_near(off_us, drift->offset_us, TRUST_US))
		return true;
	middle = median(drift);
	if (!is_agreed(drift, middle))
		return is_near(off_us, drift->offset_us, 2 * TRUST_US);
	if (is_near(middle, 0, TRUST_US - 1))
		middle = 0;
	/* Once known it is kept, or jitter would move each record's times. */
	if (!is_near(middle, drift->offset_us, TRUST_US))
		drift->offset_us = middle;
	/* Twice, or a clock that drifts past the limit would lose records. */
	return is_near(off_us, drift->offset_us, 2 * TRUST_US);
}
