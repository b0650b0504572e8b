/* SPDX-License-Identifier: Apache-2.0 */
/* Where a case stands on its ladder, read from its notices and measures. */
#include "case/ladder.h"

const struct case_ladder *
case_ladder_of(const struct case_record *record,
	       const struct case_policy *policy)
{
	return &policy->ladders[record->ladder < policy->ladder_count
				    ? record->ladder
				    : 0];
}

unsigned
case_ladder_notices(const struct case_ladder *ladder)
{
	unsigned count = 0;

	while (count < ladder->count && !ladder->rungs[count].measure)
		count++;
	return count;
}

bool
case_notice_stands(const struct case_notice *notice)
{
	return !times_is_set(notice->failed) && !notice->corrected;
}

const struct case_notice *
case_last_notice(const struct case_record *record, bool live)
{
	for (uint32_t i = record->notice_count; i-- > 0;) {
		const struct case_notice *notice = &record->notices[i];

		if (case_notice_stands(notice) && !(live && notice->would))
			return notice;
	}
	return NULL;
}

/* Of those since the last release; what failed by a channel of its own counts:
 * the party hasn't got that channel. */
static bool
is_climbed(const struct case_record *record, const struct case_notice *notice)
{
	return notice->created.us > record->probation_since.us &&
	       !notice->corrected &&
	       (!times_is_set(notice->failed) ||
		notice->channel >= CHANNEL_MAIL);
}

unsigned
case_ladder_next_notice(const struct case_record *record)
{
	unsigned next = 0;

	for (uint32_t i = 0; i < record->notice_count; i++)
		if (is_climbed(record, &record->notices[i]) &&
		    record->notices[i].rung + 1u > next)
			next = record->notices[i].rung + 1u;
	return next;
}

struct at_event
case_ladder_notice_due(const struct case_record *record,
		       const struct case_policy *policy)
{
	const struct case_ladder *ladder = case_ladder_of(record, policy);
	unsigned next = case_ladder_next_notice(record);
	struct at_event since = times_unset();
	bool stands = false;

	for (uint32_t i = 0; i < record->notice_count; i++) {
		const struct case_notice *notice = &record->notices[i];

		if (!is_climbed(record, notice))
			continue;
		stands |= !times_is_set(notice->failed);
		if (notice->created.us > since.us)
			since = notice->created;
	}
	if (!stands || next >= case_ladder_notices(ladder))
		return times_unset();
	/* Another channel than the one before: there must be one. */
	if (ladder->rungs[next].channel == CHANNEL_OTHER &&
	    record->channels < 2)
		return times_unset();
	return (struct at_event){since.us + ladder->rungs[next].after_us};
}

const struct case_rung *
case_ladder_measure(const struct case_record *record,
		    const struct case_policy *policy)
{
	const struct case_ladder *ladder = case_ladder_of(record, policy);
	unsigned at = case_ladder_notices(ladder) + record->measure_step;

	if (at >= ladder->count)
		at = ladder->count - 1;
	return ladder->count > 0 && ladder->rungs[at].measure
		   ? &ladder->rungs[at]
		   : NULL;
}

bool
case_ladder_on_top(const struct case_record *record,
		   const struct case_policy *policy)
{
	const struct case_ladder *ladder = case_ladder_of(record, policy);

	return case_ladder_notices(ladder) + record->measure_step >=
	       ladder->count;
}

int64_t
case_ladder_grace(const struct case_record *record,
		  const struct case_policy *policy)
{
	const struct case_ladder *ladder = case_ladder_of(record, policy);
	unsigned first = case_ladder_notices(ladder);

	return first < ladder->count ? ladder->rungs[first].after_us : -1;
}

enum measure_kind
case_strongest(const struct case_record *record)
{
	enum measure_kind strongest = (enum measure_kind)0;

	for (uint32_t i = 0; i < record->measure_count; i++)
		if (record->measures[i].kind != MEASURE_FILTER &&
		    record->measures[i].kind > strongest)
			strongest = record->measures[i].kind;
	return strongest;
}

enum measure_kind
case_weakened(const struct case_record *record)
{
	uint8_t strongest = 0;

	for (uint32_t i = 0; i < record->measure_count; i++)
		if (record->measures[i].weakened_from > strongest)
			strongest = record->measures[i].weakened_from;
	return (enum measure_kind)strongest;
}
