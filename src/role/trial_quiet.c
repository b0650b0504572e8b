/* SPDX-License-Identifier: Apache-2.0 */
/* Judges silence. */
#include "role/trial_quiet.h"

static size_t
first_wall(const struct trial_cases *cases, size_t index)
{
	size_t low = 0, high = cases->wall_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (cases->walls[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Time in [from, to) that the case was under a garden or block; several at once
 * (a party's places) count once.  *end: when the last of them fell, else from.
 */
static int64_t
walled(const struct trial_cases *cases, size_t index, int64_t from, int64_t to,
       int64_t *end)
{
	int64_t sum = 0;

	*end = from;
	for (size_t i = first_wall(cases, index);
	     i < cases->wall_count && cases->walls[i].index == index; i++) {
		const struct trial_wall *wall = &cases->walls[i];
		const int64_t begin = wall->from_us > *end ? wall->from_us
							   : *end;
		const int64_t stop = wall->to_us < to ? wall->to_us : to;

		if (stop > begin) {
			sum += stop - begin;
			*end = stop;
		}
	}
	return sum;
}

void
trial_quiet_gap(const struct trial_cases *cases, struct trial_case *one,
		struct at_event last, struct at_event next, bool seen_again)
{
	const int64_t from = times_is_set(last) ? last.us : one->origin.us;
	int64_t freed, walls;

	if (one->clean || next.us <= one->origin.us || next.us <= from)
		return;
	walls = walled(cases, (size_t)(one - cases->list), from, next.us,
		       &freed);
	if (next.us - from - walls < one->quiet_us)
		return;
	one->clean = true;
	one->clean_at.us = from > one->origin.us ? from : one->origin.us;
	one->freed_at.us = freed > one->clean_at.us ? freed : one->clean_at.us;
	if (seen_again)
		one->again = next;
}

void
trial_quiet_end(const struct trial_cases *cases, struct trial_case *one,
		struct at_event last)
{
	const struct at_event until = cases->window.until;
	int64_t surely;

	if (!times_is_set(one->origin))
		return;
	trial_quiet_gap(cases, one, last, until, false);
	if (one->clean)
		return;
	/* Whoever was seen later than this couldn't have been judged clean:
	 * to stop there treats all alike, whenever they were seen. */
	surely = until.us - one->quiet_us;
	if (times_is_set(last) && last.us < surely)
		surely = last.us;
	one->watched.us = surely > one->origin.us ? surely : one->origin.us;
}
