/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of design section 7, row by row, through the real book in shadow.
 */
#include "book_bench.h"

#define DAY TIMES_DAY_US
#define MINUTE TIMES_MINUTE_US
#define SECOND TIMES_SECOND_US

static struct bench bench;

static int
setup(void **state)
{
	(void)state;
	bench_init(&bench);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bench_fini(&bench);
	return 0;
}

static void
expect(enum case_state state, int32_t low, int32_t high)
{
	const struct case_record *record = bench_case(&bench);

	assert_string_equal(case_state_name(record->state),
			    case_state_name(state));
	assert_in_range(record->score_milli, low, high);
	assert_int_equal(bench.real, 0);
}

static void
flood_of_one_window_is_a_case(void **state)
{
	(void)state;
	bench_see(&bench, &shape_flood_one, 0);
	expect(CASE_OPEN, 4000, 4000);
	assert_int_equal(bench.notices + bench.on, 0);
}

static void
flood_of_two_windows_is_filtered_and_told(void **state)
{
	(void)state;
	bench_see(&bench, &shape_flood_one, 0);
	bench_see(&bench, &shape_flood_two, 10 * SECOND);
	expect(CASE_NOTICED, 6800, 6800);
	assert_int_equal(bench.notices, 1);
	assert_int_equal(bench.filters_on, 1);
	assert_int_equal(bench.gardens_on, 0);
	assert_string_equal(bench.target, "192.0.2.7 > 198.51.100.9:80/udp");
}

static void
udp_flood_begins_with_its_second_window(void **state)
{
	(void)state;
	bench_see(&bench, &shape_flood_two, 0);
	expect(CASE_NOTICED, 6000, 6000);
	assert_int_equal(bench.filters_on, 1);
}

static void
lasting_flood_becomes_a_garden_by_its_minutes(void **state)
{
	(void)state;
	bench_see(&bench, &shape_flood_one, 0);
	bench_see(&bench, &shape_flood_two, 10 * SECOND);
	/* Told at T0 + 131 s: what lies before counts no minute. */
	for (int minute = 1; minute <= 4; minute++)
		bench_see(&bench, &shape_flood_two, minute * MINUTE);
	assert_int_equal(bench.gardens_on, 0);
	bench_see(&bench, &shape_flood_two, 5 * MINUTE);
	expect(CASE_QUARANTINED, 9000, 9000);
	assert_int_equal(bench.notices, 1);
	assert_int_equal(bench.gardens_on, 1);
	assert_string_equal(bench.target, "192.0.2.7");
	bench_see(&bench, &shape_flood_two, 6 * MINUTE);
	expect(CASE_QUARANTINED, 9000, 9000);
}

static void
flood_and_c2_match_is_a_garden_at_once(void **state)
{
	(void)state;
	bench_see(&bench, &shape_flood_two, 0);
	assert_int_equal(bench.gardens_on, 0);
	bench_see(&bench, &shape_c2, 30 * SECOND);
	expect(CASE_QUARANTINED, 11000, 11000);
	assert_int_equal(bench.gardens_on, 1);
	assert_int_equal(bench.notices, 1);
}

/* What else the line holds goes into the garden with it: IPv6 would walk round
 * a garden on the IPv4 address alone. */
static void
a_garden_is_on_the_whole_line(void **state)
{
	(void)state;
	bench.party.open_count = 3;
	for (uint8_t i = 0; i < 3; i++) {
		bench.party.open[i].binding = 7u + i;
		bench.party.open[i].end.us = INT64_MAX;
		bench.party.open[i].target = bench.answer.binding.subject;
		bench.party.open[i].target.prefix.addr.bytes[15] =
		    (uint8_t)(7 + i);
	}
	bench_see(&bench, &shape_flood_two, 0);
	bench_see(&bench, &shape_c2, 30 * SECOND);
	assert_int_equal(bench.gardens_on, 3);
	assert_int_equal(bench_case(&bench)->place_count, 3);
	assert_int_equal(bench_case(&bench)->measure_count, 3 + 1);
}

/* One host of a binding was seen: it alone is meant. */
static void
a_garden_on_one_host_stays_there(void **state)
{
	(void)state;
	bench.answer.binding.subject.prefix =
	    prefix_of(&bench.answer.binding.subject.prefix.addr, 120);
	bench.party.open_count = 2;
	for (uint8_t i = 0; i < 2; i++) {
		bench.party.open[i].binding = 7u + i;
		bench.party.open[i].end.us = INT64_MAX;
		bench.party.open[i].target = bench.answer.binding.subject;
	}
	bench.host = true;
	bench_see(&bench, &shape_flood_two, 0);
	bench_see(&bench, &shape_c2, 30 * SECOND);
	assert_int_equal(bench.gardens_on, 1);
	assert_string_equal(bench.target, "192.0.2.7");
}

static void
one_list_alone_never_gardens(void **state)
{
	(void)state;
	bench_see(&bench, &shape_c2, 0);
	expect(CASE_NOTICED, 5000, 5000);
	for (int i = 1; i < 30; i++)
		bench_see(&bench, &shape_c2, i * 5 * MINUTE);
	expect(CASE_NOTICED, 7500, 7500);
	for (int day = 1; day < 12; day++)
		bench_see(&bench, &shape_c2, day * DAY);
	assert_int_equal(bench_case(&bench)->state, CASE_NOTICED);
	assert_true(bench_case(&bench)->score_milli > 11000);
	assert_int_equal(bench.gardens_on, 0);
	assert_int_equal(bench.notices, 1);
}

static void
scan_once_and_lasting_is_a_notice(void **state)
{
	(void)state;
	bench_see(&bench, &shape_scan, 0);
	expect(CASE_NOTICED, 5000, 5000);
	for (int i = 1; i < 24; i++)
		bench_see(&bench, &shape_scan, i * 5 * MINUTE);
	expect(CASE_NOTICED, 7500, 7500);
	assert_int_equal(bench.notices, 1);
	assert_int_equal(bench.on, 0);
}

static void
scan_on_three_days_gardens_after_grace(void **state)
{
	(void)state;
	for (int day = 0; day < 3; day++)
		bench_see(&bench, &shape_scan, day * DAY);
	assert_true(bench_case(&bench)->score_milli >= 15000);
	expect(CASE_NOTICED, 15000, 15000);
	/* Grace is three days from the notice, 121 s after the first scan. */
	bench_see(&bench, &shape_scan, 3 * DAY + 120 * SECOND);
	assert_int_equal(bench.gardens_on, 0);
	bench_see(&bench, &shape_scan, 3 * DAY + 122 * SECOND);
	expect(CASE_QUARANTINED, 15000, 21000);
	assert_int_equal(bench.gardens_on, 1);
}

static void
scan_and_sinkhole_need_one_repeat_more(void **state)
{
	(void)state;
	bench_see(&bench, &shape_scan, 0);
	bench_see(&bench, &shape_sinkhole, MINUTE);
	expect(CASE_NOTICED, 10000, 10000);
	bench_see(&bench, &shape_scan, 5 * MINUTE);
	expect(CASE_NOTICED, 11000, 11000);
	assert_int_equal(bench.gardens_on, 0);
	bench_see(&bench, &shape_scan, 3 * DAY + 5 * MINUTE);
	assert_int_equal(bench_case(&bench)->state, CASE_QUARANTINED);
	assert_int_equal(bench.notices, 1);
}

static void
sinkhole_rows_day_by_day(void **state)
{
	static const int32_t scores[] = {5000, 10000, 15000, 19528};

	(void)state;
	for (int day = 0; day < 4; day++) {
		bench_see(&bench, &shape_sinkhole, day * DAY);
		expect(CASE_NOTICED, scores[day], scores[day]);
	}
	/* The hour of a daily feed wanders: still a day of its own. */
	bench_see(&bench, &shape_sinkhole, 4 * DAY - 4 * TIMES_HOUR_US);
	assert_int_equal(bench_case(&bench)->state, CASE_QUARANTINED);
}

static void
brute_force_day_by_day(void **state)
{
	(void)state;
	bench_see(&bench, &shape_brute, 0);
	expect(CASE_WATCHING, 3000, 3000);
	bench_see(&bench, &shape_brute, DAY);
	expect(CASE_NOTICED, 6000, 6000);
	bench_see(&bench, &shape_brute, 2 * DAY);
	expect(CASE_NOTICED, 9000, 9000);
	bench_see(&bench, &shape_brute, 3 * DAY);
	expect(CASE_NOTICED, 11700, 11720);
	assert_int_equal(bench.gardens_on, 0);
}

static void
brute_force_often_a_day(void **state)
{
	(void)state;
	for (int day = 0; day < 3; day++) {
		for (int i = 0; i < 6; i++)
			bench_see(&bench, &shape_brute,
				  day * DAY + i * 5 * MINUTE);
		expect(day == 0 ? CASE_WATCHING : CASE_NOTICED,
		       4500 * (day + 1), 4500 * (day + 1));
	}
	/* Told on day 2; the garden waits for its grace. */
	bench_see(&bench, &shape_brute, 3 * DAY);
	assert_int_equal(bench.gardens_on, 0);
	bench_see(&bench, &shape_brute, 4 * DAY + 30 * MINUTE);
	assert_int_equal(bench.gardens_on, 1);
}

static void
unsigned_mails_are_watched(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		bench_see(&bench, &shape_mail, i * MINUTE);
	expect(CASE_WATCHING, 2250, 2250);
	for (int day = 1; day < 10; day++)
		bench_see(&bench, &shape_mail, day * DAY);
	expect(CASE_WATCHING, 3000, 3000);
	assert_int_equal(bench.notices, 0);
}

static void
spoofable_counts_little(void **state)
{
	struct shape spoofable = shape_flood_two;

	(void)state;
	spoofable.marks |= SIGHTING_SPOOFABLE;
	bench_see(&bench, &spoofable, 0);
	expect(CASE_WATCHING, 1500, 1500);
	assert_int_equal(bench.on, 0);
}

/* Against the rate itself, not against the table. */
static void
an_item_halves_by_the_hour(void **state)
{
	const struct case_policy *policy = &bench.policy;
	int32_t before = 1000000;

	(void)state;
	assert_int_equal(case_decay(5000, 48 * TIMES_HOUR_US, policy), 5000);
	assert_int_equal(case_decay(5000, 49 * TIMES_HOUR_US - 1, policy),
			 5000);
	assert_int_equal(case_decay(5000, 72 * TIMES_HOUR_US, policy), 4528);
	assert_int_equal(case_decay(5000, 9 * DAY, policy), 2500);
	assert_int_equal(case_decay(5000, 16 * DAY, policy), 1250);
	assert_int_equal(case_decay(-5000, 16 * DAY, policy), -1250);
	assert_int_equal(case_decay(5000, 400 * DAY, policy), 0);
	for (int hour = 49; hour < 48 + 3 * 168; hour++) {
		int32_t now = case_decay(1000000, hour * TIMES_HOUR_US, policy);

		/* Each hour takes 2^(-1/168), 0.41174 %. */
		assert_in_range(now, (uint64_t)before * 99588 / 100000 - 1,
				(uint64_t)before * 99589 / 100000 + 1);
		before = now;
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(flood_of_one_window_is_a_case),
	    TEST(flood_of_two_windows_is_filtered_and_told),
	    TEST(udp_flood_begins_with_its_second_window),
	    TEST(lasting_flood_becomes_a_garden_by_its_minutes),
	    TEST(flood_and_c2_match_is_a_garden_at_once),
	    TEST(a_garden_is_on_the_whole_line),
	    TEST(a_garden_on_one_host_stays_there),
	    TEST(one_list_alone_never_gardens),
	    TEST(scan_once_and_lasting_is_a_notice),
	    TEST(scan_on_three_days_gardens_after_grace),
	    TEST(scan_and_sinkhole_need_one_repeat_more),
	    TEST(sinkhole_rows_day_by_day),
	    TEST(brute_force_day_by_day),
	    TEST(brute_force_often_a_day),
	    TEST(unsigned_mails_are_watched),
	    TEST(spoofable_counts_little),
	    TEST(an_item_halves_by_the_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
