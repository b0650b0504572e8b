/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brakes against a plain list of all that was counted; and each limit just
 * below, at and above.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "case/brakes.h"

#define HOUR TIMES_HOUR_US
#define T0 (INT64_C(475000) * HOUR)
#define COUNTED_MAX 60000
#define NAMES 6

static struct brakes brakes;
static struct case_policy policy;

struct counted {
	uint32_t cause;
	int64_t hour;
	bool measure;
};
static struct counted list[COUNTED_MAX];
static size_t list_count;

static int
setup(void **state)
{
	(void)state;
	memset(&brakes, 0, sizeof(brakes));
	case_policy_init(&policy);
	list_count = 0;
	return 0;
}

static void
tell(uint32_t cause, int64_t hour, bool measure)
{
	uint32_t causes[CASE_CAUSES] = {0};
	struct at_event when = {T0 + hour * HOUR + 7};

	causes[cause % CASE_CAUSES] = cause;
	assert_true(list_count < COUNTED_MAX);
	list[list_count++] = (struct counted){cause, hour, measure};
	if (measure)
		brakes_count_measure(&brakes, causes, when);
	else
		brakes_count_notice(&brakes, causes, when);
}

static struct case_step_input
asked(uint32_t cause, int64_t hour, uint64_t bound, uint64_t total)
{
	struct case_step_input input = {.now = {T0 + hour * HOUR + 9}};

	if (cause)
		input.causes[cause % CASE_CAUSES] = cause;
	brakes_ask(&brakes, &policy, bound, total, &input);
	assert_int_equal(input.brake != 0, input.brake_text != NULL);
	return input;
}

/* ---- each limit ---- */

static void
the_hour_has_an_end(void **state)
{
	(void)state;
	policy.brake_notices_hour = 3;
	policy.brake_measures_hour = 2;
	for (unsigned i = 0; i < 2; i++)
		tell(1, 5, false);
	assert_int_equal(asked(0, 5, 0, 0).brake, 0);
	tell(1, 5, false);
	assert_int_equal(asked(0, 5, 0, 0).brake, CASE_BRAKE_NOTICE);
	assert_string_equal(asked(0, 5, 0, 0).brake_text,
			    "brake: enough notices for this hour");
	tell(1, 5, true);
	assert_int_equal(asked(0, 5, 0, 0).brake, CASE_BRAKE_NOTICE);
	tell(1, 5, true);
	assert_int_equal(asked(0, 5, 0, 0).brake,
			 CASE_BRAKE_NOTICE | CASE_BRAKE_MEASURE);
	/* The next hour begins anew; what is told of an older one is none of
	 * it. */
	assert_int_equal(asked(0, 6, 0, 0).brake, 0);
	tell(1, 6, true);
	tell(1, 5, true);
	assert_int_equal(asked(0, 6, 0, 0).brake, 0);
	tell(1, 6, true);
	assert_int_equal(asked(0, 6, 0, 0).brake, CASE_BRAKE_MEASURE);
	assert_string_equal(asked(0, 6, 0, 0).brake_text,
			    "brake: enough measures for this hour");
}

static void
a_share_of_all_parties_is_enough(void **state)
{
	(void)state;
	policy.brake_share_ppm = 500;
	policy.brake_share_min = 5;
	/* A small network may have five. */
	assert_int_equal(asked(0, 1, 4, 1000).brake, 0);
	assert_int_equal(asked(0, 1, 5, 1000).brake, CASE_BRAKE_MEASURE);
	assert_int_equal(asked(0, 1, 5, 1).brake, CASE_BRAKE_MEASURE);
	/* A large one the share, to the last. */
	assert_int_equal(asked(0, 1, 49, 100000).brake, 0);
	assert_int_equal(asked(0, 1, 50, 100000).brake, CASE_BRAKE_MEASURE);
	assert_int_equal(asked(0, 1, 50, 101999).brake, CASE_BRAKE_MEASURE);
	assert_int_equal(asked(0, 1, 50, 102000).brake, 0);
	/* How many there are isn't known: no share. */
	assert_int_equal(asked(0, 1, 5000, 0).brake, 0);
}

static void
one_cause_is_enough(void **state)
{
	(void)state;
	policy.cause_notices_hour = 4;
	policy.cause_measures_hour = 2;
	for (unsigned i = 0; i < 3; i++)
		tell(11, 5, false);
	assert_int_equal(asked(11, 5, 0, 0).brake, 0);
	tell(11, 5, false);
	assert_int_equal(asked(11, 5, 0, 0).brake, CASE_BRAKE_COMMON);
	assert_string_equal(asked(11, 5, 0, 0).brake_text,
			    "brake: too much rests on one cause this hour");
	/* Of another cause, of another kind of cause, in another hour: not. */
	assert_int_equal(asked(16, 5, 0, 0).brake, 0);
	assert_int_equal(asked(12, 5, 0, 0).brake, 0);
	assert_int_equal(asked(0, 5, 0, 0).brake, 0);
	assert_int_equal(asked(11, 6, 0, 0).brake, 0);
	tell(12, 7, true);
	assert_int_equal(asked(12, 7, 0, 0).brake, 0);
	tell(12, 7, true);
	assert_int_equal(asked(12, 7, 0, 0).brake, CASE_BRAKE_COMMON);
}

/* Three medians are allowed to what is always busy. */
static void
what_is_always_busy_may_go_on(void **state)
{
	(void)state;
	policy.cause_notices_hour = 4;
	for (int64_t hour = 0; hour < 5; hour++)
		for (unsigned i = 0; i < 3; i++)
			tell(11, hour, false);
	for (unsigned i = 0; i < 8; i++)
		tell(11, 5, false);
	assert_int_equal(asked(11, 5, 0, 0).brake, 0); /* the ninth */
	tell(11, 5, false);
	assert_int_equal(asked(11, 5, 0, 0).brake, CASE_BRAKE_COMMON);
}

/* ---- against the plain list ---- */

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int
plain_count(uint32_t cause, int64_t hour, bool measure)
{
	int count = 0;

	for (size_t i = 0; i < list_count; i++)
		count += list[i].cause == cause && list[i].hour == hour &&
			 list[i].measure == measure;
	return count;
}

/* Of the week before, from the first hour on in which it was counted. */
static int
plain_median(uint32_t cause, int64_t hour, bool measure)
{
	int counts[BRAKE_HOURS];
	int64_t first = INT64_MAX;
	size_t used = 0;

	for (size_t i = 0; i < list_count; i++)
		if (list[i].cause == cause && list[i].hour < first)
			first = list[i].hour;
	for (int64_t at = hour - 1; at >= first && used < BRAKE_HOURS - 1; at--)
		counts[used++] = plain_count(cause, at, measure);
	if (used == 0)
		return 0;
	qsort(counts, used, sizeof(counts[0]), compare);
	return counts[used / 2];
}

static bool
plain_common(uint32_t cause, int64_t hour, bool measure, uint32_t limit)
{
	int now = plain_count(cause, hour, measure) + 1;

	return now > (int)limit && now > 3 * plain_median(cause, hour, measure);
}

static void
assert_as_plain(uint32_t cause, int64_t hour)
{
	bool common =
	    plain_common(cause, hour, false, policy.cause_notices_hour) ||
	    plain_common(cause, hour, true, policy.cause_measures_hour);

	if (!!(asked(cause, hour, 0, 0).brake & CASE_BRAKE_COMMON) != common)
		fail_msg("cause %u in hour %lld", cause, (long long)hour);
}

static void
is_as_a_plain_list(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, 5);
	policy.cause_notices_hour = 3;
	policy.cause_measures_hour = 2;
	for (int64_t hour = 0; hour < 700; hour++) {
		/* Busy days, quiet weeks, and a rush now and then. */
		uint64_t most = hour % 300 < 200 ? 4 : 1;

		if (hour > 400 && hour < 620)
			hour += 200; /* longer silent than is remembered */
		if (rng_below(&rng, 20) == 0)
			most = 14;
		for (uint32_t cause = 1; cause <= NAMES; cause++) {
			uint64_t count = rng_below(&rng, most);

			for (uint64_t i = 0; i < count; i++) {
				assert_as_plain(cause, hour);
				tell(cause, hour, rng_below(&rng, 3) == 0);
			}
			assert_as_plain(cause, hour);
			assert_as_plain(cause, hour + 1);
		}
		/* Restored: of an hour before, not older than is known. */
		if (rng_below(&rng, 4) == 0 && hour > 0)
			tell(1 + (uint32_t)rng_below(&rng, NAMES), hour - 1,
			     false);
	}
}

/* ---- names ---- */

static void
the_idle_one_gives_way(void **state)
{
	(void)state;
	policy.cause_notices_hour = 1;
	for (uint32_t i = 0; i < BRAKE_CAUSES_MAX; i++)
		tell(1000 + i, i == 7 ? 1 : 2, false);
	assert_int_equal(asked(1000, 2, 0, 0).brake, CASE_BRAKE_COMMON);
	assert_int_equal(asked(1000 + BRAKE_CAUSES_MAX - 1, 2, 0, 0).brake,
			 CASE_BRAKE_COMMON);
	tell(5000, 2, false);
	assert_int_equal(asked(5000, 2, 0, 0).brake, CASE_BRAKE_COMMON);
	assert_int_equal(asked(1006, 2, 0, 0).brake, CASE_BRAKE_COMMON);
	assert_int_equal(asked(1008, 2, 0, 0).brake, CASE_BRAKE_COMMON);
	tell(1007, 2, false); /* it is new again */
	assert_int_equal(asked(1007, 2, 0, 0).brake, CASE_BRAKE_COMMON);
}

/* Of those that are idle alike the one that was there first. */
static void
the_first_of_the_idle_gives_way(void **state)
{
	(void)state;
	policy.cause_notices_hour = 1;
	for (uint32_t i = 0; i < BRAKE_CAUSES_MAX; i++)
		tell(1000 + i, 2, false);
	tell(5000, 2, false);
	assert_int_equal(asked(1000, 2, 0, 0).brake, 0);
	assert_int_equal(asked(1001, 2, 0, 0).brake, CASE_BRAKE_COMMON);
	assert_int_equal(asked(1000 + BRAKE_CAUSES_MAX - 1, 2, 0, 0).brake,
			 CASE_BRAKE_COMMON);
}

/* One hour is enough to know what is usual. */
static void
the_second_hour_is_measured_by_the_first(void **state)
{
	(void)state;
	policy.cause_notices_hour = 20;
	for (int i = 0; i < 10; i++)
		tell(9, 0, false);
	for (int i = 0; i < 29; i++)
		tell(9, 1, false);
	assert_int_equal(asked(9, 1, 0, 0).brake, 0);
	tell(9, 1, false);
	assert_int_equal(asked(9, 1, 0, 0).brake, CASE_BRAKE_COMMON);
}

/* A week is remembered: what is older has no hour any more to count in. */
static void
what_is_older_than_a_week_counts_in_no_hour(void **state)
{
	(void)state;
	policy.cause_notices_hour = 2;
	tell(9, 200, false);
	for (int i = 0; i < 5; i++)
		tell(9, 200 - BRAKE_HOURS, false);
	assert_int_equal(asked(9, 200, 0, 0).brake, 0);
	tell(9, 200, false);
	assert_int_equal(asked(9, 200, 0, 0).brake, CASE_BRAKE_COMMON);
}

/* A cause that nothing was sent for in this hour has sent nothing. */
static void
an_hour_without_any_has_none(void **state)
{
	(void)state;
	policy.cause_notices_hour = 1;
	policy.cause_measures_hour = 5;
	tell(9, 0, true);
	assert_int_equal(asked(9, 1, 0, 0).brake, 0);
}

/* The hour just past counts for what is usual, though none came since. */
static void
the_hour_just_past_is_usual(void **state)
{
	(void)state;
	policy.cause_notices_hour = 0;
	tell(9, 0, false);
	assert_int_equal(asked(9, 1, 0, 0).brake, 0);
	assert_int_equal(asked(8, 1, 0, 0).brake, 0);
	tell(8, 1, false);
	assert_int_equal(asked(8, 1, 0, 0).brake, CASE_BRAKE_COMMON);
}

static void
what_it_rests_on_has_five_names(void **state)
{
	struct sighting sighting = {.marks = SIGHTING_HAS_PEER,
				    .peer_port = 443,
				    .proto = 6,
				    .origin = "list:c2",
				    .detector = "contact/1"};
	uint32_t causes[CASE_CAUSES], others[CASE_CAUSES];

	(void)state;
	brakes_causes(&sighting, "bng1", causes);
	assert_int_not_equal(causes[CASE_CAUSE_ORIGIN], 0);
	assert_int_not_equal(causes[CASE_CAUSE_DETECTOR], 0);
	assert_int_not_equal(causes[CASE_CAUSE_INDICATOR], 0);
	assert_int_equal(causes[CASE_CAUSE_EXPORTER], 0);
	assert_int_not_equal(causes[CASE_CAUSE_SOURCE], 0);
	sighting.peer_port = 444;
	brakes_causes(&sighting, NULL, others);
	assert_int_not_equal(others[CASE_CAUSE_INDICATOR],
			     causes[CASE_CAUSE_INDICATOR]);
	assert_int_equal(others[CASE_CAUSE_SOURCE], 0);
	brakes_causes(&sighting, "", others);
	assert_int_equal(others[CASE_CAUSE_SOURCE], 0);
	sighting.proto = 17;
	brakes_causes(&sighting, "bng2", causes);
	assert_int_not_equal(others[CASE_CAUSE_INDICATOR],
			     causes[CASE_CAUSE_INDICATOR]);
	sighting.marks = SIGHTING_HAS_EXPORTER;
	brakes_causes(&sighting, "bng2", causes);
	assert_int_equal(causes[CASE_CAUSE_INDICATOR], 0);
	assert_int_not_equal(causes[CASE_CAUSE_EXPORTER], 0);
	/* A victim is no indicator. */
	sighting.marks = SIGHTING_HAS_PEER;
	(void)text_copy(sighting.origin, sizeof(sighting.origin),
			slice_of("own-flow"));
	brakes_causes(&sighting, "bng2", causes);
	assert_int_equal(causes[CASE_CAUSE_INDICATOR], 0);
	/* A list whose name begins otherwise is a list. */
	(void)text_copy(sighting.origin, sizeof(sighting.origin),
			slice_of("own"));
	brakes_causes(&sighting, "bng2", causes);
	assert_int_not_equal(causes[CASE_CAUSE_INDICATOR], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(the_hour_has_an_end, setup),
	    cmocka_unit_test_setup(a_share_of_all_parties_is_enough, setup),
	    cmocka_unit_test_setup(one_cause_is_enough, setup),
	    cmocka_unit_test_setup(what_is_always_busy_may_go_on, setup),
	    cmocka_unit_test_setup(is_as_a_plain_list, setup),
	    cmocka_unit_test_setup(the_idle_one_gives_way, setup),
	    cmocka_unit_test_setup(the_first_of_the_idle_gives_way, setup),
	    cmocka_unit_test_setup(the_second_hour_is_measured_by_the_first,
				   setup),
	    cmocka_unit_test_setup(what_is_older_than_a_week_counts_in_no_hour,
				   setup),
	    cmocka_unit_test_setup(an_hour_without_any_has_none, setup),
	    cmocka_unit_test_setup(the_hour_just_past_is_usual, setup),
	    cmocka_unit_test_setup(what_it_rests_on_has_five_names, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
