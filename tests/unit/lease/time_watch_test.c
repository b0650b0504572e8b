/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs are made up second by second, with a writer that stamps as it is told to
 * and a reader behind it.  A change must be noticed before it has told more than
 * a few lies, and what is no change must not be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "lease/time_watch.h"

/* 2024-06-20T00:00:00Z */
#define MIDNIGHT_US INT64_C(1718841600000000)
#define HOUR TIMES_HOUR_US
#define MINUTE TIMES_MINUTE_US
#define SECOND TIMES_SECOND_US
#define NO_ARRIVAL INT64_MIN

enum writer {
	PLAIN,       /* 2024-06-20 13:05:09 */
	TWELVE,      /* 2024-06-20 01:05:09 */
	TWELVE_MARK, /* 2024-06-20 01:05:09 PM */
	FRACTION,    /* 2024-06-20 13:05:09.25, without where it is 0 */
	SECONDS,     /* 1718888709 */
	MILLIS,      /* 1718888709000 */
	SWAPPED      /* 2024-20-06: day and month */
};

struct log {
	struct time_watch watch;
	struct rng rng;
	enum writer writer;
	int64_t zone_us; /* added by the writer, not known to the reader */
	size_t lines,
	    lies; /* lies: taken as good though more than a minute off */
	size_t doubts;
	enum time_watch_verdict verdict; /* of the last line */
};

static void
begin(struct log *log, enum writer writer, uint64_t seed)
{
	memset(log, 0, sizeof(*log));
	time_watch_init(&log->watch);
	rng_init(&log->rng, seed);
	log->writer = writer;
}

/* The stamp of a time, and what a reader that knows one form makes of it. */
static struct at_event
stamp_of(const struct log *log, int64_t us, char *stamp, size_t size)
{
	struct times_date date = times_date_of(us + log->zone_us);
	uint32_t hour = date.hour;
	int64_t read_us = us + log->zone_us;

	if (log->writer == SECONDS || log->writer == MILLIS) {
		snprintf(stamp, size,
			 log->writer == MILLIS ? "%lld000" : "%lld",
			 (long long)(read_us / SECOND));
		return (struct at_event){read_us / SECOND * SECOND};
	}
	if (log->writer == TWELVE || log->writer == TWELVE_MARK) {
		hour = hour % 12 ? hour % 12 : 12;
		read_us += ((int64_t)hour - date.hour) * HOUR;
	}
	snprintf(stamp, size, "%04d-%02u-%02u %02u:%02u:%02u%s%s", date.year,
		 log->writer == SWAPPED ? date.day : date.month,
		 log->writer == SWAPPED ? date.month : date.day, hour,
		 date.minute, date.second,
		 log->writer == FRACTION && date.second % 3 ? ".25" : "",
		 log->writer != TWELVE_MARK ? ""
		 : date.hour < 12           ? " AM"
					    : " PM");
	if (log->writer == SWAPPED) {
		struct times_date swapped = date;

		swapped.month = date.day;
		swapped.day = date.month;
		if (times_from_date(&swapped, &read_us))
			return times_unset();
	}
	return (struct at_event){read_us};
}

/* One line of the time `us` that is read at `arrival_us`. */
static void
line(struct log *log, int64_t us, int64_t arrival_us)
{
	char stamp[64];
	struct at_event event = stamp_of(log, us, stamp, sizeof(stamp));

	log->verdict = time_watch_see(&log->watch, slice_of(stamp), event,
				      (struct at_arrival){arrival_us},
				      log->lines);
	log->lines++;
	log->doubts += log->verdict == TIME_WATCH_DOUBT;
	if (log->verdict == TIME_WATCH_GOOD &&
	    (event.us > us + MINUTE || event.us < us - MINUTE))
		log->lies++;
}

/* Lines of [from, to), about one in `every_us`, read up to `lag_us` later. */
static void
run(struct log *log, int64_t from_us, int64_t to_us, int64_t every_us,
    int64_t lag_us, bool live)
{
	int64_t us = from_us;

	while (us < to_us && log->watch.cause == TIME_WATCH_NONE) {
		int64_t order = (int64_t)rng_below(&log->rng, 5) * SECOND;
		int64_t late = (int64_t)rng_below(&log->rng,
						  (uint64_t)lag_us + 1);

		line(log, us - order, live ? us + late : NO_ARRIVAL);
		us += (int64_t)rng_below(&log->rng, (uint64_t)(2 * every_us)) +
		      1;
	}
}

static void
expect_stop(const struct log *log, enum time_watch_cause cause, size_t lies)
{
	if (log->watch.cause != cause)
		fail_msg("'%s', not '%s'", time_watch_text(log->watch.cause),
			 time_watch_text(cause));
	if (log->lies > lies)
		fail_msg("%zu lies were taken", log->lies);
}

static void
expect_good(const struct log *log)
{
	if (log->watch.cause != TIME_WATCH_NONE)
		fail_msg("'%s' in line %zu, off by %lld s",
			 time_watch_text(log->watch.cause), log->lines,
			 (long long)(log->watch.jump_us / SECOND));
	assert_int_equal(log->doubts, 0);
	assert_true(log->lines > 0);
}

static void
no_alarm_without_a_change(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		static const enum writer writers[] = {PLAIN, FRACTION, SECONDS};
		struct log log;
		bool live = seed % 2;
		int64_t day = MIDNIGHT_US + 9 * HOUR;

		begin(&log, writers[seed % 3], seed);
		for (int d = 0; d < 3; d++, day += 24 * HOUR) {
			run(&log, day, day + 12 * HOUR,
			    (int64_t)(1 + seed % 50) * SECOND,
			    (int64_t)(seed % 7) * 10 * SECOND, live);
			/* A quiet night: four lines, hours apart. */
			run(&log, day + 13 * HOUR, day + 22 * HOUR, 2 * HOUR,
			    SECOND, live);
		}
		expect_good(&log);
	}
}

static void
no_alarm_after_an_outage(void **state)
{
	struct log log;
	int64_t nine = MIDNIGHT_US + 9 * HOUR, us;

	(void)state;
	/* The reader was away from 10:00 to 15:00: its backlog comes in two
	 * minutes, and it may say that it is one, or not. */
	for (int told = 0; told < 2; told++) {
		begin(&log, PLAIN, 1);
		run(&log, nine, nine + HOUR, 2 * SECOND, 3 * SECOND, true);
		for (us = nine + HOUR; us < nine + 6 * HOUR; us += 2 * SECOND)
			line(&log, us,
			     told ? NO_ARRIVAL
				  : nine + 6 * HOUR + (us - nine - HOUR) / 150);
		run(&log, nine + 6 * HOUR + 2 * MINUTE, nine + 9 * HOUR,
		    2 * SECOND, 3 * SECOND, true);
		expect_good(&log);
	}
}

static void
no_alarm_in_a_replay(void **state)
{
	struct log log;
	int64_t nine = MIDNIGHT_US + 9 * HOUR;

	(void)state;
	begin(&log, PLAIN, 2);
	run(&log, nine, nine + 5 * HOUR, 5 * SECOND, 3 * SECOND, true);
	time_watch_break(&log.watch);
	run(&log, nine, nine + 5 * HOUR, 5 * SECOND, 0, false);
	run(&log, nine + 5 * HOUR, nine + 9 * HOUR, 5 * SECOND, 3 * SECOND,
	    true);
	expect_good(&log);
}

static void
single_late_words_are_doubted(void **state)
{
	struct log log;
	int64_t nine = MIDNIGHT_US + 9 * HOUR;

	(void)state;
	begin(&log, PLAIN, 3);
	run(&log, nine, nine + HOUR, 5 * SECOND, 3 * SECOND, true);
	for (int64_t i = 0; i < 20; i++) {
		line(&log, nine - HOUR, nine + HOUR + i * MINUTE);
		assert_int_equal(log.verdict, TIME_WATCH_DOUBT);
		assert_true(log.watch.jump_us > HOUR);
		run(&log, nine + HOUR + i * MINUTE,
		    nine + HOUR + i * MINUTE + 30 * SECOND, 5 * SECOND,
		    3 * SECOND, true);
	}
	assert_int_equal(log.watch.cause, TIME_WATCH_NONE);
	/* One far ahead, in an old file, isn't held against all others. */
	line(&log, nine + 30 * HOUR, NO_ARRIVAL);
	line(&log, nine + 2 * HOUR, NO_ARRIVAL);
	assert_int_equal(log.verdict, TIME_WATCH_GOOD);
}

static void
twelve_hours_are_noticed(void **state)
{
	(void)state;
	/* Changed at each hour of the day, live and in a file: nobody can tell
	 * before one o'clock, or midnight, that anything is wrong. */
	for (int64_t hour = 1; hour < 48; hour++) {
		struct log log;
		int64_t change = MIDNIGHT_US + 24 * HOUR + hour * HOUR / 2;

		begin(&log, PLAIN, (uint64_t)hour);
		run(&log, MIDNIGHT_US + 12 * HOUR, change, 7 * SECOND,
		    3 * SECOND, hour % 2);
		expect_good(&log);
		log.writer = TWELVE;
		run(&log, change, change + 30 * HOUR, 7 * SECOND, 3 * SECOND,
		    hour % 2);
		/* In a file a clock that says 12 past midnight is believed
		 * until it says one. */
		if (hour % 2 || (change - MIDNIGHT_US) % (24 * HOUR) >= HOUR)
			assert_true(log.watch.cause == TIME_WATCH_BACK ||
				    log.watch.cause == TIME_WATCH_FUTURE);
		if (hour % 2)
			assert_int_equal(log.lies, 0);
		assert_true(log.watch.first_doubt + 8 >= log.lines);
	}
}

static void
twelve_hours_with_a_new_file(void **state)
{
	struct log log;
	int64_t one = MIDNIGHT_US + 13 * HOUR;

	(void)state;
	begin(&log, PLAIN, 4);
	run(&log, one - 3 * HOUR, one, 2 * SECOND, 3 * SECOND, true);
	time_watch_break(&log.watch);
	log.writer = TWELVE;
	run(&log, one + MINUTE, one + 12 * HOUR, 2 * SECOND, 3 * SECOND, true);
	/* A minute's lines. */
	expect_stop(&log, TIME_WATCH_LATE, 60);
	assert_true(log.watch.jump_us > 11 * HOUR);
	assert_int_equal(log.verdict, TIME_WATCH_STOP);
	line(&log, one + 13 * HOUR, one + 13 * HOUR);
	assert_int_equal(log.verdict, TIME_WATCH_STOP);
	time_watch_resume(&log.watch);
	log.writer = PLAIN;
	log.doubts = 0;
	run(&log, one + 14 * HOUR, one + 20 * HOUR, 5 * SECOND, 3 * SECOND,
	    true);
	expect_good(&log);
}

static void
zones(void **state)
{
	struct log log;
	int64_t nine = MIDNIGHT_US + 9 * HOUR;

	(void)state;
	for (int64_t shift = -12; shift <= 12; shift++) {
		bool hidden = shift == -3;

		if (shift == 0)
			continue;
		begin(&log, PLAIN, (uint64_t)(shift + 50));
		run(&log, nine, nine + HOUR, 4 * SECOND, 3 * SECOND, true);
		log.zone_us = shift * HOUR;
		/* Once behind an outage as long as the shift. */
		run(&log, nine + (hidden ? 4 : 1) * HOUR, nine + 20 * HOUR,
		    4 * SECOND, 3 * SECOND, true);
		expect_stop(&log,
			    hidden      ? TIME_WATCH_LATE
			    : shift < 0 ? TIME_WATCH_BACK
					: TIME_WATCH_FUTURE,
			    hidden ? 60 : 0);
	}
	/* From the first line on: only what lies ahead can be told. */
	begin(&log, PLAIN, 5);
	log.zone_us = 2 * HOUR;
	run(&log, nine, nine + HOUR, 4 * SECOND, 3 * SECOND, true);
	expect_stop(&log, TIME_WATCH_FUTURE, 0);
}

static void
forms(void **state)
{
	static const enum writer pairs[][2] = {{SECONDS, MILLIS},
					       {PLAIN, TWELVE_MARK},
					       {PLAIN, SECONDS}};
	int64_t nine = MIDNIGHT_US + 9 * HOUR;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct log log;

		begin(&log, pairs[i][0], 6);
		run(&log, nine, nine + HOUR, 4 * SECOND, 3 * SECOND, true);
		expect_good(&log);
		log.writer = pairs[i][1];
		line(&log, nine + HOUR, nine + HOUR);
		expect_stop(&log, TIME_WATCH_FORM, 0);
		assert_int_equal(log.watch.first_doubt, log.lines - 1);
	}
}

static void
day_and_month(void **state)
{
	struct log log;
	int64_t nine = MIDNIGHT_US + 9 * HOUR;

	(void)state;
	begin(&log, PLAIN, 7);
	run(&log, nine, nine + HOUR, 4 * SECOND, 3 * SECOND, true);
	log.writer = SWAPPED; /* the 20th month */
	run(&log, nine + HOUR, nine + 2 * HOUR, 4 * SECOND, 3 * SECOND, true);
	expect_stop(&log, TIME_WATCH_UNREADABLE, 0);
	/* 8 June is 6 August, 4 June 6 April. */
	begin(&log, PLAIN, 8);
	nine -= 12 * 24 * HOUR;
	run(&log, nine, nine + HOUR, 4 * SECOND, 3 * SECOND, true);
	log.writer = SWAPPED;
	run(&log, nine + HOUR, nine + 2 * HOUR, 4 * SECOND, 3 * SECOND, true);
	expect_stop(&log, TIME_WATCH_FUTURE, 0);
	begin(&log, PLAIN, 9);
	nine -= 4 * 24 * HOUR;
	run(&log, nine, nine + HOUR, 4 * SECOND, 3 * SECOND, false);
	log.writer = SWAPPED;
	run(&log, nine + HOUR, nine + 2 * HOUR, 4 * SECOND, 3 * SECOND, false);
	expect_stop(&log, TIME_WATCH_BACK, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_alarm_without_a_change),
	    cmocka_unit_test(no_alarm_after_an_outage),
	    cmocka_unit_test(no_alarm_in_a_replay),
	    cmocka_unit_test(single_late_words_are_doubted),
	    cmocka_unit_test(twelve_hours_are_noticed),
	    cmocka_unit_test(twelve_hours_with_a_new_file),
	    cmocka_unit_test(zones),
	    cmocka_unit_test(forms),
	    cmocka_unit_test(day_and_month),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
