/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hours of people in Prague, 2026: the day that lacks an hour (29 March) and
 * the one that has an hour twice (25 October), days off, the week's turn,
 * nights that span midnight, and desks that nobody ever staffs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "case/hours.h"

enum { MON, TUE, WED, THU, FRI, SAT, SUN };

static int64_t
at(const char *stamp)
{
	int64_t us;

	assert_int_equal(times_parse(slice_of(stamp), &us), 0);
	return us;
}

/* Quarters [from, to) of a day, 0..96. */
static void
open_hours(struct hours_week *week, int day, int from, int to)
{
	week->set = true;
	for (int i = day * 96 + from; i < day * 96 + to; i++)
		week->quarters[i / 8] |= (uint8_t)(1u << i % 8);
}

static struct hours_calendar
prague(void)
{
	struct hours_calendar calendar = {.zone.count = 3};

	calendar.zone.rows[0].from_us = at("2025-10-26T01:00:00Z");
	calendar.zone.rows[0].offset_s = 3600;
	calendar.zone.rows[1].from_us = at("2026-03-29T01:00:00Z");
	calendar.zone.rows[1].offset_s = 7200;
	calendar.zone.rows[2].from_us = at("2026-10-25T01:00:00Z");
	calendar.zone.rows[2].offset_s = 3600;
	return calendar;
}

/* mon-fri 08:00-18:00, sat 09:00-12:00 */
static struct hours_week
desk(void)
{
	struct hours_week week = {0};

	for (int day = MON; day <= FRI; day++)
		open_hours(&week, day, 32, 72);
	open_hours(&week, SAT, 36, 48);
	return week;
}

static bool
within(const struct hours_week *week, const char *stamp)
{
	struct hours_calendar calendar = prague();

	return hours_within(&calendar, week, (struct at_event){at(stamp)});
}

static int64_t
next(const struct hours_week *week, const char *stamp)
{
	struct hours_calendar calendar = prague();

	return hours_next(&calendar, week, (struct at_event){at(stamp)}).us;
}

static int64_t
after(const struct hours_week *week, const char *stamp, int64_t minutes)
{
	struct hours_calendar calendar = prague();

	return hours_after(&calendar, week, (struct at_event){at(stamp)},
			   minutes * TIMES_MINUTE_US)
	    .us;
}

static void
the_desk_opens_by_the_local_clock(void **state)
{
	struct hours_week week = desk();

	(void)state;
	/* Wednesday in winter: 08:00 is 07:00Z; in summer 06:00Z. */
	assert_false(within(&week, "2026-01-14T06:59:59.999999Z"));
	assert_true(within(&week, "2026-01-14T07:00:00Z"));
	assert_true(within(&week, "2026-01-14T16:59:59.999999Z"));
	assert_false(within(&week, "2026-01-14T17:00:00Z"));
	assert_true(within(&week, "2026-07-15T06:00:00Z"));
	assert_false(within(&week, "2026-07-15T16:00:00Z"));
	/* Before the first row its offset holds. */
	assert_true(within(&week, "2020-01-15T07:00:00Z"));
	assert_false(within(&week, "2020-01-15T06:59:59Z"));
	/* Before 1970 too: 1969-12-31 was a Wednesday. */
	{
		struct hours_calendar calendar = prague();
		struct at_event noon = {-13 * TIMES_HOUR_US};

		assert_true(hours_within(&calendar, &week, noon));
		noon.us = -(24 + 4 * 24 + 13) * TIMES_HOUR_US; /* Friday */
		assert_true(hours_within(&calendar, &week, noon));
		noon.us = -(24 + 2 * 24 + 13) * TIMES_HOUR_US; /* Sunday */
		assert_false(hours_within(&calendar, &week, noon));
	}
}

static void
next_is_exact(void **state)
{
	struct hours_week week = desk();

	(void)state;
	assert_int_equal(next(&week, "2026-01-14T10:00:00.5Z"),
			 at("2026-01-14T10:00:00.5Z"));
	assert_int_equal(next(&week, "2026-01-14T03:07:11Z"),
			 at("2026-01-14T07:00:00Z"));
	/* Saturday noon over Sunday into Monday: the week's turn. */
	assert_int_equal(next(&week, "2026-01-17T11:00:00Z"),
			 at("2026-01-19T07:00:00Z"));
	/* The same weekend with the change in it: 06:00Z on Monday. */
	assert_int_equal(next(&week, "2026-03-28T11:00:00Z"),
			 at("2026-03-30T06:00:00Z"));
	assert_int_equal(next(&week, "2026-10-24T10:00:00Z"),
			 at("2026-10-26T07:00:00Z"));
}

static void
the_hour_that_is_missing_and_the_one_that_is_twice(void **state)
{
	struct hours_week night = {0};

	(void)state;
	/* Sundays 01:00-04:00 by the local clock. */
	open_hours(&night, SUN, 4, 16);
	/* An ordinary Sunday has three hours. */
	assert_int_equal(after(&night, "2026-01-18T00:00:00Z", 180),
			 at("2026-01-18T03:00:00Z"));
	/* 29 March: 01:00 is 00:00Z, 04:00 is 02:00Z: two hours. */
	assert_int_equal(after(&night, "2026-03-28T12:00:00Z", 120),
			 at("2026-03-29T02:00:00Z"));
	assert_int_equal(after(&night, "2026-03-28T12:00:00Z", 121),
			 at("2026-04-04T23:01:00Z"));
	/* 25 October: 01:00 is 23:00Z the day before, 04:00 is 03:00Z. */
	assert_int_equal(after(&night, "2026-10-24T12:00:00Z", 240),
			 at("2026-10-25T03:00:00Z"));
	assert_int_equal(after(&night, "2026-10-24T12:00:00Z", 241),
			 at("2026-11-01T00:01:00Z"));
	/* An hour that a spring day lacks opens no desk on it. */
	memset(&night, 0, sizeof(night));
	open_hours(&night, SUN, 8, 12); /* 02:00-03:00 */
	assert_int_equal(next(&night, "2026-03-28T12:00:00Z"),
			 at("2026-04-05T00:00:00Z"));
	/* And the one it has twice opens it twice. */
	assert_true(within(&night, "2026-10-25T00:30:00Z"));
	assert_true(within(&night, "2026-10-25T01:30:00Z"));
	assert_false(within(&night, "2026-10-25T02:00:00Z"));
}

static void
objections_are_counted_in_staffed_time(void **state)
{
	struct hours_week week = desk(), always = {0};

	(void)state;
	assert_int_equal(after(&week, "2026-01-14T10:00:00Z", 240),
			 at("2026-01-14T14:00:00Z"));
	/* To the very end of a day is that end, not the next morning. */
	assert_int_equal(after(&week, "2026-01-14T13:00:00Z", 240),
			 at("2026-01-14T17:00:00Z"));
	/* Friday 17:00 local: an hour left, three on Saturday. */
	assert_int_equal(after(&week, "2026-01-16T16:00:00Z", 240),
			 at("2026-01-17T11:00:00Z"));
	assert_int_equal(after(&week, "2026-01-16T16:00:00Z", 241),
			 at("2026-01-19T07:01:00Z"));
	assert_int_equal(after(&week, "2026-01-16T23:00:00Z", 0),
			 at("2026-01-16T23:00:00Z"));
	assert_int_equal(after(&always, "2026-01-16T23:00:00Z", 240),
			 at("2026-01-17T03:00:00Z"));
	assert_int_equal(after(&always, "2026-01-16T23:00:00Z", 600000),
			 TIMES_UNSET_US);
}

static void
days_off_are_not_staffed(void **state)
{
	struct hours_calendar calendar = prague();
	struct hours_week week = desk();
	struct at_event eve = {at("2026-12-24T17:00:00Z")};

	(void)state;
	/* 25 December 2026 (a Friday) and the Saturday after. */
	calendar.off_count = 2;
	calendar.off[0] = (int32_t)(at("2026-12-25T00:00:00Z") / TIMES_DAY_US);
	calendar.off[1] = calendar.off[0] + 1;
	assert_false(
	    hours_within(&calendar, &week,
			 (struct at_event){at("2026-12-25T10:00:00Z")}));
	assert_true(
	    hours_within(&calendar, &week,
			 (struct at_event){at("2026-12-24T10:00:00Z")}));
	assert_int_equal(hours_next(&calendar, &week, eve).us,
			 at("2026-12-28T07:00:00Z"));
	assert_int_equal(hours_after(&calendar, &week, eve, TIMES_HOUR_US).us,
			 at("2026-12-28T08:00:00Z"));
	/* A local day: at 23:30Z of the 24th it is the 25th in Prague. */
	open_hours(&week, FRI, 0, 96);
	assert_false(
	    hours_within(&calendar, &week,
			 (struct at_event){at("2026-12-24T23:30:00Z")}));
	/* Thursday noon: closed at 18:00; on Friday it doesn't open. */
	assert_int_equal(hours_end(&calendar, &week,
				   (struct at_event){
				       at("2026-12-24T11:00:00Z")})
			     .us,
			 eve.us);
	assert_int_equal(hours_end(&calendar, &week,
				   (struct at_event){
				       at("2026-12-25T09:07:00Z")})
			     .us,
			 at("2026-12-25T09:07:00Z"));
	week.set = false;
	assert_int_equal(hours_end(&calendar, &week, eve).us, TIMES_UNSET_US);
	assert_true(
	    hours_within(&calendar, &week,
			 (struct at_event){at("2026-12-25T10:00:00Z")}));
}

static void
nobody_is_ever_there(void **state)
{
	struct hours_calendar calendar = prague();
	struct hours_week never = {.set = true}, mondays = {0};
	struct at_event when = {at("2026-01-14T10:00:00Z")};

	(void)state;
	assert_false(hours_within(&calendar, &never, when));
	assert_int_equal(next(&never, "2026-01-14T10:00:00Z"), TIMES_UNSET_US);
	assert_int_equal(after(&never, "2026-01-14T10:00:00Z", 1),
			 TIMES_UNSET_US);
	/* A desk open on Mondays, each of which is a day off. */
	open_hours(&mondays, MON, 32, 36);
	calendar.off_count = HOURS_DAYS_OFF;
	for (int i = 0; i < HOURS_DAYS_OFF; i++)
		calendar.off[i] =
		    (int32_t)(at("2026-01-12T00:00:00Z") / TIMES_DAY_US) +
		    7 * i;
	assert_int_equal(hours_next(&calendar, &mondays, when).us,
			 TIMES_UNSET_US);
	assert_int_equal(hours_after(&calendar, &mondays, when, 1).us,
			 TIMES_UNSET_US);
}

static void
quiet_hours_span_midnight(void **state)
{
	struct hours_calendar calendar = prague();
	struct hours_week quiet = {0}, unset = {0}, all = {.set = true};
	struct at_event night = {at("2026-03-28T21:30:00Z")};

	(void)state;
	for (int day = MON; day <= SUN; day++) {
		open_hours(&quiet, day, 0, 28);
		open_hours(&quiet, day, 84, 96);
	}
	/* 22:30 on the eve of summer time: 07:00 comes at 05:00Z. */
	assert_true(hours_quiet(&calendar, &quiet, night));
	assert_int_equal(hours_quiet_end(&calendar, &quiet, night).us,
			 at("2026-03-29T05:00:00Z"));
	/* A day off has its night all the same. */
	calendar.off_count = 1;
	calendar.off[0] = (int32_t)(night.us / TIMES_DAY_US);
	assert_true(hours_quiet(&calendar, &quiet, night));
	/* Unset is never quiet; all of the week never ends. */
	assert_false(hours_quiet(&calendar, &unset, night));
	assert_int_equal(hours_quiet_end(&calendar, &unset, night).us,
			 night.us);
	memset(all.quarters, 0xff, sizeof(all.quarters));
	assert_int_equal(hours_quiet_end(&calendar, &all, night).us,
			 TIMES_UNSET_US);
}

/* Offsets that are no quarters, and no zone at all: UTC. */
static void
odd_zones(void **state)
{
	struct hours_calendar calendar = {.zone.count = 1};
	struct hours_week week = desk();

	(void)state;
	calendar.zone.rows[0].offset_s = 3600 * 5 + 40 * 60;
	assert_int_equal(hours_next(&calendar, &week,
				    (struct at_event){
					at("2026-01-14T00:00:00Z")})
			     .us,
			 at("2026-01-14T02:20:00Z"));
	calendar.zone.count = 0;
	assert_int_equal(hours_next(&calendar, &week,
				    (struct at_event){
					at("2026-01-14T00:00:00Z")})
			     .us,
			 at("2026-01-14T08:00:00Z"));
}

/* A year is looked ahead, its last moment too. */
static void
a_year_has_a_last_moment(void **state)
{
	struct hours_calendar calendar = {.off_count = 1};
	struct hours_week week = {0}, unset = {0};
	struct at_event saturday = {at("2026-01-03T00:00:00Z")};
	const int64_t year_us = 366 * TIMES_DAY_US;
	const int64_t quarter_us = 15 * TIMES_MINUTE_US;

	(void)state;
	assert_int_equal(hours_after(&calendar, &unset, saturday, year_us).us,
			 saturday.us + year_us);
	assert_int_equal(
	    hours_after(&calendar, &unset, saturday, year_us + 1).us,
	    TIMES_UNSET_US);
	/* A quarter a week: the 53rd begins with the last moment. */
	open_hours(&week, MON, 0, 1);
	assert_int_equal(
	    hours_after(&calendar, &week, saturday, 53 * quarter_us).us,
	    saturday.us + year_us + quarter_us);
	assert_int_equal(
	    hours_after(&calendar, &week, saturday, 53 * quarter_us + 1).us,
	    TIMES_UNSET_US);
	/* 52 of them are days off. */
	for (int i = 0; i < 52; i++)
		calendar.off[i] = (int32_t)(saturday.us / TIMES_DAY_US) + 2 +
				  7 * i;
	calendar.off_count = 52;
	assert_int_equal(hours_next(&calendar, &week, saturday).us,
			 saturday.us + year_us);
	/* Always, up to a day off at the end. */
	memset(week.quarters, 0xff, sizeof(week.quarters));
	calendar.off[0] = (int32_t)((saturday.us + year_us) / TIMES_DAY_US);
	calendar.off_count = 1;
	assert_int_equal(hours_end(&calendar, &week, saturday).us,
			 saturday.us + year_us);
	saturday.us -= 1;
	assert_int_equal(hours_end(&calendar, &week, saturday).us,
			 TIMES_UNSET_US);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_desk_opens_by_the_local_clock),
	    cmocka_unit_test(next_is_exact),
	    cmocka_unit_test(
		the_hour_that_is_missing_and_the_one_that_is_twice),
	    cmocka_unit_test(objections_are_counted_in_staffed_time),
	    cmocka_unit_test(days_off_are_not_staffed),
	    cmocka_unit_test(nobody_is_ever_there),
	    cmocka_unit_test(quiet_hours_span_midnight),
	    cmocka_unit_test(odd_zones),
	    cmocka_unit_test(a_year_has_a_last_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
