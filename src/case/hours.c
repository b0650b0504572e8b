/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hours of people.  Time is walked in pieces that are wholly within or wholly
 * without: to the next quarter hour by the local clock, or to the next change
 * of the zone's offset, whichever comes first.  So the hour that a spring
 * night lacks and the one that an autumn night has twice come out right.
 */
#include "case/hours.h"

#include <stddef.h>

#define QUARTER_US (15 * TIMES_MINUTE_US)
#define QUARTERS_A_DAY 96
#define LONGEST_US (366 * TIMES_DAY_US)
#define THURSDAY 3 /* 1970-01-01, counted from Monday */

struct piece {
	int64_t end_us; /* same answer up to here */
	int32_t day;    /* local, since 1970-01-01 */
	uint32_t quarter;
};

static int64_t
floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

/* The offset at a time, and when it changes (INT64_MAX: never). */
static int64_t
offset_us(const struct hours_zone *zone, int64_t us, int64_t *until)
{
	uint32_t row = 0;

	*until = INT64_MAX;
	if (!zone->count)
		return 0;
	while (row + 1 < zone->count && zone->rows[row + 1].from_us <= us)
		row++;
	if (row + 1 < zone->count)
		*until = zone->rows[row + 1].from_us;
	return zone->rows[row].offset_s * TIMES_SECOND_US;
}

static struct piece
piece_at(const struct hours_calendar *calendar, int64_t us)
{
	int64_t until, offset = offset_us(&calendar->zone, us, &until);
	int64_t quarter = floor_div(us + offset, QUARTER_US);
	int64_t day = floor_div(quarter, QUARTERS_A_DAY);
	int64_t weekday = day + THURSDAY - 7 * floor_div(day + THURSDAY, 7);
	int64_t end = (quarter + 1) * QUARTER_US - offset;

	return (struct piece){
	    .end_us = end < until ? end : until,
	    .day = (int32_t)day,
	    .quarter = (uint32_t)(weekday * QUARTERS_A_DAY + quarter -
				  day * QUARTERS_A_DAY),
	};
}

static bool
is_off(const struct hours_calendar *calendar, int32_t day)
{
	for (uint32_t i = 0; i < calendar->off_count; i++)
		if (calendar->off[i] == day)
			return true;
	return false;
}

static bool
in_week(const struct hours_week *week, const struct piece *piece)
{
	return week->quarters[piece->quarter / 8] >> (piece->quarter % 8) & 1;
}

/* No quarter at all: a year needn't be walked to see it. */
static bool
is_empty(const struct hours_week *week)
{
	for (size_t i = 0; i < sizeof(week->quarters); i++)
		if (week->quarters[i])
			return false;
	return true;
}

bool
hours_within(const struct hours_calendar *calendar,
	     const struct hours_week *week, struct at_event when)
{
	struct piece piece;

	if (!week->set)
		return true;
	piece = piece_at(calendar, when.us);
	return in_week(week, &piece) && !is_off(calendar, piece.day);
}

struct at_event
hours_next(const struct hours_calendar *calendar, const struct hours_week *week,
	   struct at_event when)
{
	int64_t us = when.us;

	if (!week->set)
		return when;
	if (is_empty(week))
		return times_unset();
	while (us - when.us <= LONGEST_US) {
		struct piece piece = piece_at(calendar, us);

		if (in_week(week, &piece) && !is_off(calendar, piece.day))
			return (struct at_event){us};
		us = piece.end_us;
	}
	return times_unset();
}

struct at_event
hours_after(const struct hours_calendar *calendar,
	    const struct hours_week *week, struct at_event when,
	    int64_t within_us)
{
	int64_t us = when.us, left = within_us > 0 ? within_us : 0;

	if (left > LONGEST_US || (left && week->set && is_empty(week)))
		return times_unset();
	if (!week->set)
		return (struct at_event){us + left};
	while (left > 0 && us - when.us <= LONGEST_US) {
		struct piece piece = piece_at(calendar, us);
		int64_t span = piece.end_us - us;

		if (in_week(week, &piece) && !is_off(calendar, piece.day)) {
			if (span >= left)
				return (struct at_event){us + left};
			left -= span;
		}
		us = piece.end_us;
	}
	return left ? times_unset() : when;
}

struct at_event
hours_end(const struct hours_calendar *calendar, const struct hours_week *week,
	  struct at_event when)
{
	int64_t us = when.us;

	while (week->set && us - when.us <= LONGEST_US) {
		struct piece piece = piece_at(calendar, us);

		if (!in_week(week, &piece) || is_off(calendar, piece.day))
			return (struct at_event){us};
		us = piece.end_us;
	}
	return times_unset();
}

bool
hours_quiet(const struct hours_calendar *calendar,
	    const struct hours_week *quiet, struct at_event when)
{
	struct piece piece = piece_at(calendar, when.us);

	return quiet->set && in_week(quiet, &piece);
}

struct at_event
hours_quiet_end(const struct hours_calendar *calendar,
		const struct hours_week *quiet, struct at_event when)
{
	int64_t us = when.us;

	while (us - when.us <= LONGEST_US) {
		struct piece piece = piece_at(calendar, us);

		if (!quiet->set || !in_week(quiet, &piece))
			return (struct at_event){us};
		us = piece.end_us;
	}
	return times_unset();
}
