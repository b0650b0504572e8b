/* SPDX-License-Identifier: Apache-2.0 */
/* A person's word holds: neither a brake nor the next sighting takes it back.  What
 * anybody could have forged is no word at all. */
#include "book_bench.h"

#define PARTIES 21 /* the last one is one too many for an hour */

/* So many scanners at once that all look like one mistake. */
static void
wave(struct bench *bench)
{
	for (unsigned i = 1; i <= PARTIES; i++) {
		bench->party.id.value = i;
		bench->answer.binding.id = i;
		bench->answer.binding.subject.prefix.addr =
		    addr_from_v4(0xc0000200u + i);
		bench_see(bench, &shape_scan, i * TIMES_SECOND_US);
	}
	assert_int_equal(bench->notices, PARTIES - 1);
	assert_int_equal(bench_case(bench)->state, CASE_HELD);
}

static void
what_is_resumed_goes_on(void **state)
{
	const int64_t minute = TIMES_MINUTE_US;
	struct bench bench;

	(void)state;
	bench_init(&bench);
	wave(&bench);
	bench_act(&bench, CASE_EVENT_RESUME, 5 * minute);
	bench_wait(&bench, 6 * minute); /* the same hour: the brake is on */
	assert_int_equal(bench_case(&bench)->state, CASE_NOTICED);
	assert_int_equal(bench.notices, PARTIES);
	/* Others are asked about as before. */
	bench.party.id.value = PARTIES + 1;
	bench.answer.binding.id = PARTIES + 1;
	bench_see(&bench, &shape_scan, 7 * minute);
	assert_int_equal(bench_case(&bench)->state, CASE_HELD);
	bench_fini(&bench);
}

/* Resumed after a person's own hold: nobody was asked about the cause yet. */
static void
a_hold_is_no_answer(void **state)
{
	const int64_t minute = TIMES_MINUTE_US;
	struct bench bench;

	(void)state;
	bench_init(&bench);
	bench.party.id.value = PARTIES + 1;
	bench_see(&bench, &shape_flood_one, 0);
	bench_act(&bench, CASE_EVENT_HOLD, 0);
	wave(&bench);
	bench.party.id.value = PARTIES + 1;
	bench_act(&bench, CASE_EVENT_RESUME, 4 * minute);
	bench_see(&bench, &shape_scan, 5 * minute);
	assert_int_equal(bench_case(&bench)->state, CASE_HELD);
	assert_string_equal(bench.row, "common-cause");
	bench_fini(&bench);
}

/* Dismissed as wrong: the next sighting, a minute later, tells nobody. */
static void
what_was_dismissed_is_asked_about(void **state)
{
	const int64_t minute = TIMES_MINUTE_US, day = TIMES_DAY_US;
	struct bench bench;

	(void)state;
	bench_init(&bench);
	bench_see(&bench, &shape_flood_two, 0);
	assert_int_equal(bench.notices, 1);
	bench_act(&bench, CASE_EVENT_DISMISS, 4 * minute);
	for (int64_t i = 5; i < 20; i++)
		bench_see(&bench, &shape_flood_two, i * minute);
	assert_int_equal(bench_case(&bench)->state, CASE_HELD);
	assert_int_equal(bench.notices, 1);
	assert_int_equal(bench.filters_on, 1);
	assert_int_equal(bench.persons, 1);
	bench_act(&bench, CASE_EVENT_RESUME, 30 * minute);
	bench_wait(&bench, 31 * minute);
	assert_int_equal(bench_case(&bench)->state, CASE_NOTICED);
	assert_int_equal(bench.notices, 2);
	/* A second dismissal; long after it, all is as at first. */
	bench_act(&bench, CASE_EVENT_DISMISS, 40 * minute);
	bench_see(&bench, &shape_flood_two, 15 * day);
	assert_int_equal(bench_case(&bench)->state, CASE_NOTICED);
	assert_int_equal(bench.notices, 3);
	bench_fini(&bench);
}

/* What an outsider can forge tells nobody, however much of it there is. */
static void
what_can_be_forged_tells_nobody(void **state)
{
	static const struct shape forged[] = {
	    {"own-flow", "scan/1", RSIT_SCANNER, 1500, SIGHTING_SPOOFABLE, 0},
	    {"own-flow", "flood.udp/1", RSIT_DDOS, 1500, SIGHTING_SPOOFABLE, 9},
	    {"list:c2", "contact/1", RSIT_INFECTED_SYSTEM, 1500,
	     SIGHTING_SPOOFABLE | SIGHTING_ESTABLISHED, 77},
	};
	struct bench bench;

	(void)state;
	bench_init(&bench);
	for (int64_t day = 0; day < 4; day++)
		for (int64_t i = 0; i < 12; i++)
			bench_see(&bench, &forged[i % 3],
				  day * TIMES_DAY_US + i * TIMES_MINUTE_US);
	assert_true(bench_case(&bench)->score_milli > 5000);
	assert_int_equal(bench_case(&bench)->state, CASE_WATCHING);
	assert_int_equal(bench.notices, 0);
	/* Beside what can't be, it counts as it did. */
	bench_see(&bench, &shape_brute, 4 * TIMES_DAY_US);
	assert_int_equal(bench.notices, 1);
	bench_fini(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_resumed_goes_on),
	    cmocka_unit_test(a_hold_is_no_answer),
	    cmocka_unit_test(what_was_dismissed_is_asked_about),
	    cmocka_unit_test(what_can_be_forged_tells_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
