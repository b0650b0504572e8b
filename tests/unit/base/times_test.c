/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and RFC 3339, odd forms included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/times.h"

#define SECOND TIMES_SECOND_US
#define AT(seconds) (INT64_C(seconds) * SECOND)

static int
parse(const char *text, int64_t *us)
{
	return times_parse(slice_of(text), us);
}

static void
reads_rfc3339(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} cases[] = {
	    {"2024-06-20T10:00:00Z", AT(1718877600)},
	    {"2024-06-20t10:00:00z", AT(1718877600)},
	    {"2024-06-20 10:00:00Z", AT(1718877600)},
	    {"2024-06-20T12:00:00+02:00", AT(1718877600)},
	    {"2024-06-20T04:30:00-05:30", AT(1718877600)},
	    {"2024-06-20T10:00:00-00:00", AT(1718877600)},
	    {"2024-06-20T10:00:00.5Z", AT(1718877600) + 500000},
	    {"2024-06-20T10:00:00.000001Z", AT(1718877600) + 1},
	    {"2024-06-20T10:00:00.123456789Z", AT(1718877600) + 123456},
	    {"2024-06-20T10:00:00.999999999Z", AT(1718877600) + 999999},
	    {"2024-12-31T23:30:00-01:00", AT(1735691400)},
	    {"2024-02-29T00:00:00Z", AT(1709164800)},
	    {"2000-02-29T12:00:00Z", AT(951825600)},
	    {"2000-01-01T00:00:00Z", TIMES_EARLIEST_US},
	    {"2200-01-01T00:00:00Z", TIMES_LATEST_US},
	    /* A leap second is the second after 59. */
	    {"2016-12-31T23:59:60Z", AT(1483228800)},
	    {"2017-01-01T00:59:60.25+01:00", AT(1483228800) + 250000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t us = 0;

		assert_int_equal(parse(cases[i].text, &us), 0);
		assert_true(us == cases[i].us);
	}
}

static void
refuses_what_is_not_a_time(void **state)
{
	static const struct {
		const char *text;
		int error;
	} cases[] = {
	    {"", LZ_E_FORMAT},
	    {"2024-06-20", LZ_E_FORMAT},
	    {"2024-06-20T10:00Z", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00", LZ_E_FORMAT}, /* no zone */
	    {"2024-06-20 10:00:00", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00.5", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00.Z", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00.1234567890Z", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00,5Z", LZ_E_FORMAT},
	    {"2024-06-20  10:00:00Z", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00 Z", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00ZZ", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00Z ", LZ_E_FORMAT},
	    {" 2024-06-20T10:00:00Z", LZ_E_FORMAT},
	    {"2024-6-20T10:00:00Z", LZ_E_FORMAT},
	    {"+2024-06-20T10:00:00Z", LZ_E_FORMAT},
	    {"24-06-20T10:00:00Z", LZ_E_FORMAT},
	    {"2024/06/20T10:00:00Z", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00+02", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00+0200", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00+02:00x", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00UTC", LZ_E_FORMAT},
	    {"1718877600", LZ_E_FORMAT},
	    {"2024-06-20T10:00:00+24:00", LZ_E_RANGE},
	    {"2024-06-20T10:00:00+02:60", LZ_E_RANGE},
	    {"2024-04-31T10:00:00Z", LZ_E_RANGE},
	    {"2023-02-29T10:00:00Z", LZ_E_RANGE},
	    {"2100-02-29T10:00:00Z", LZ_E_RANGE},
	    {"2024-00-20T10:00:00Z", LZ_E_RANGE},
	    {"2024-13-20T10:00:00Z", LZ_E_RANGE},
	    {"2024-06-00T10:00:00Z", LZ_E_RANGE},
	    {"2024-06-20T24:00:00Z", LZ_E_RANGE},
	    {"2024-06-20T10:60:00Z", LZ_E_RANGE},
	    {"2024-06-20T10:00:61Z", LZ_E_RANGE},
	    {"1970-01-01T00:00:00Z", LZ_E_RANGE},
	    {"1999-12-31T23:59:59.999999Z", LZ_E_RANGE},
	    {"2000-01-01T00:00:00+00:01", LZ_E_RANGE},
	    {"2200-01-01T00:00:00.000001Z", LZ_E_RANGE},
	    {"9999-12-31T23:59:59Z", LZ_E_RANGE},
	    {"0000-00-00T00:00:00Z", LZ_E_RANGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t us = 42;

		assert_int_equal(parse(cases[i].text, &us), cases[i].error);
		assert_true(us == 42);
	}
}

static bool
is_leap(int32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Every day of 1600 to 2400 by counting, against the formulas. */
static void
walks_eight_centuries(void **state)
{
	static const uint32_t days[] = {31, 28, 31, 30, 31, 30,
					31, 31, 30, 31, 30, 31};
	/* 1600-01-01 was a Saturday, 135,140 days before 1970. */
	int64_t us = -135140 * TIMES_DAY_US;
	uint32_t weekday = 6;

	(void)state;
	for (int32_t year = 1600; year <= 2400; year++) {
		for (uint32_t month = 1; month <= 12; month++) {
			uint32_t last = days[month - 1];

			if (month == 2 && is_leap(year))
				last++;
			for (uint32_t day = 1; day <= last; day++) {
				struct times_date date =
				    times_date_of(us + TIMES_DAY_US - 1);
				int64_t back;

				assert_true(
				    date.year == year && date.month == month &&
				    date.day == day && date.weekday == weekday);
				assert_true(
				    date.hour == 23 && date.minute == 59 &&
				    date.second == 59 && date.us == 999999);
				assert_int_equal(times_from_date(&date, &back),
						 0);
				assert_true(back == us + TIMES_DAY_US - 1);
				us += TIMES_DAY_US;
				weekday = (weekday + 1) % 7;
			}
		}
	}
}

static void
formats_what_it_parses(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, 7);
	for (unsigned i = 0; i < 20000; i++) {
		int64_t us =
		    TIMES_EARLIEST_US +
		    (int64_t)rng_below(&rng, (uint64_t)(TIMES_LATEST_US -
							TIMES_EARLIEST_US + 1));
		char buffer[TIMES_RFC3339_SIZE];
		struct text text;
		int64_t back;

		text_init(&text, buffer, sizeof(buffer));
		times_format(&text, us);
		assert_false(text.full);
		assert_int_equal(text.length, TIMES_RFC3339_SIZE - 1);
		assert_int_equal(parse(buffer, &back), 0);
		assert_true(back == us);
	}
}

static void
survives_the_ends_of_the_range(void **state)
{
	static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, -1, 0,
				       INT64_MAX};
	struct times_date date;
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char buffer[TIMES_RFC3339_SIZE + 8];
		struct text text;

		text_init(&text, buffer, sizeof(buffer));
		times_format(&text, ends[i]);
		assert_false(text.full);
	}
	date = times_date_of(-1);
	assert_int_equal(date.year, 1969);
	assert_int_equal(date.us, 999999);
	date = times_date_of(INT64_MAX);
	assert_int_equal(date.year, 294247);
	assert_int_equal(times_from_date(&date, &us), LZ_E_RANGE);
	date = times_date_of(0);
	date.us = 1000000;
	assert_int_equal(times_from_date(&date, &us), LZ_E_RANGE);
	date.us = 0;
	date.month = 0;
	assert_int_equal(times_from_date(&date, &us), LZ_E_RANGE);
}

static void
unset_is_a_value_of_its_own(void **state)
{
	(void)state;
	assert_false(times_is_set(times_unset()));
	assert_true(times_is_set((struct at_event){0}));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_rfc3339),
	    cmocka_unit_test(refuses_what_is_not_a_time),
	    cmocka_unit_test(walks_eight_centuries),
	    cmocka_unit_test(formats_what_it_parses),
	    cmocka_unit_test(survives_the_ends_of_the_range),
	    cmocka_unit_test(unset_is_a_value_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
