/* SPDX-License-Identifier: Apache-2.0 */
/* Ladders: which notice, which measure, and that no rung lengthens the time. */
#include "life.h"

/* Mail, a letter two days later; limit, garden, block, three days each. */
static void
set_long_ladder(void)
{
	bench.policy.ladder_count = 2;
	bench.policy.ladders[1] = (struct case_ladder){
	    .count = 5,
	    .rungs = {{.channel = CHANNEL_MAIL},
		      {.after_us = 2 * DAY, .channel = CHANNEL_LETTER},
		      {.after_us = 3 * DAY, .measure = MEASURE_LIMIT},
		      {.after_us = 3 * DAY, .measure = MEASURE_GARDEN},
		      {.after_us = 3 * DAY, .measure = MEASURE_BLOCK}}};
	bench.policy.ladder_of[RSIT_SCANNER] = 1;
	case_policy_seal(&bench.policy);
}

static void
a_case_climbs_the_ladder_of_its_first_notice(void **state)
{
	(void)state;
	set_long_ladder();
	life_see(&shape_sinkhole, 0);
	assert_int_equal(bench_case(&bench)->ladder, 0);
	assert_int_equal(bench_case(&bench)->notices[0].channel, CHANNEL_ANY);
	/* Another class later doesn't change it. */
	life_see(&shape_scan, HOUR);
	assert_int_equal(bench_case(&bench)->ladder, 0);
	bench.party.id.value = 43;
	life_see(&shape_scan, 2 * HOUR);
	assert_int_equal(bench_case(&bench)->ladder, 1);
	assert_int_equal(bench_case(&bench)->notices[0].channel, CHANNEL_MAIL);
}

static void
the_next_notice_goes_by_the_next_channel_if_it_is_seen_again(void **state)
{
	(void)state;
	set_long_ladder();
	life_see(&shape_scan, 0);
	life_deliver(HOUR);
	life_wait(2 * DAY);
	assert_int_equal(bench.notices, 1); /* nothing was seen since */
	life_see(&shape_scan, 2 * DAY);
	assert_int_equal(bench.notices, 2);
	assert_int_equal(bench_case(&bench)->notices[1].channel,
			 CHANNEL_LETTER);
	assert_int_equal(bench_case(&bench)->notices[1].rung, 1);
}

static void
a_channel_of_its_own_that_fails_is_climbed(void **state)
{
	struct case_event failed = {.kind = CASE_EVENT_RECEIPT,
				    .receipt = RECEIPT_FAILED};

	(void)state;
	set_long_ladder();
	life_see(&shape_scan, 0);
	failed.notice_id = bench_case(&bench)->notices[0].id;
	life_say(failed, HOUR); /* it has no mail: the letter goes at once */
	life_is(CASE_NOTICED, "next-channel");
	assert_int_equal(bench_case(&bench)->notices[1].channel,
			 CHANNEL_LETTER);
}

static void
measures_get_stronger_while_it_goes_on_and_end_as_the_first(void **state)
{
	int64_t end_us;

	(void)state;
	set_long_ladder();
	for (int day = 0; day < 4; day++) {
		life_see(&shape_scan, day * DAY);
		life_deliver(day * DAY + HOUR);
	}
	life_see(&shape_scan, 6 * DAY);
	life_is(CASE_QUARANTINED, "still-infected");
	assert_int_equal(life_measure(), MEASURE_LIMIT);
	end_us = bench_case(&bench)->measures[0].expires.us;
	life_see(&shape_scan, 8 * DAY); /* its three days aren't over */
	assert_int_equal(life_measure(), MEASURE_LIMIT);
	life_see(&shape_scan, 9 * DAY + HOUR);
	life_is(CASE_QUARANTINED, "ladder-climbed");
	assert_int_equal(life_measure(), MEASURE_GARDEN);
	assert_int_equal(action_count, 2); /* off the one, on the other */
	assert_int_equal(actions[0].kind, CASE_ACTION_MEASURE_OFF);
	assert_int_equal(actions[0].measure.kind, MEASURE_LIMIT);
	assert_int_equal(actions[1].kind, CASE_ACTION_MEASURE_ON);
	assert_true(bench_case(&bench)->measures[0].expires.us == end_us);
	life_see(&shape_scan, 12 * DAY + 2 * HOUR);
	assert_int_equal(life_measure(), MEASURE_BLOCK);
	assert_true(bench_case(&bench)->measures[0].expires.us == end_us);
	life_see(&shape_scan, 20 * DAY); /* there is nothing stronger */
	assert_int_equal(life_measure(), MEASURE_BLOCK);
	life_wait(36 * DAY + HOUR);
	life_is(CASE_PROBATION, "measure-ended");
}

static void
who_falls_ill_again_climbs_higher(void **state)
{
	(void)state;
	set_long_ladder();
	life_infected();
	assert_int_equal(life_measure(), MEASURE_LIMIT);
	life_say((struct case_event){.kind = CASE_EVENT_RELEASE, .self = true},
		 8 * DAY);
	life_is(CASE_PROBATION, "released-by-self");
	/* A report of before the release changes nothing. */
	life_see(&shape_c2, 8 * DAY - HOUR);
	life_is(CASE_PROBATION, "word-of-before");
	life_see(&shape_scan, 8 * DAY + HOUR);
	life_is(CASE_QUARANTINED, "relapse-infected");
	assert_int_equal(life_measure(), MEASURE_GARDEN);
}

static void
an_attack_has_a_measure_of_its_own(void **state)
{
	(void)state;
	bench.policy.attack_measure = MEASURE_BLOCK;
	case_policy_seal(&bench.policy);
	life_see(&shape_flood_two, 0);
	life_see(&shape_c2, 30 * SECOND);
	assert_int_equal(life_measure(), MEASURE_BLOCK);
	assert_int_equal(bench_case(&bench)->measures[1].reason, REASON_ATTACK);
	assert_int_equal(bench_case(&bench)->measure_step, 0);
}

/* A limit lets an attack through: the filter stays, and the garden comes. */
static void
an_attack_under_a_limit_makes_it_a_garden(void **state)
{
	(void)state;
	set_long_ladder();
	life_infected();
	assert_int_equal(life_measure(), MEASURE_LIMIT);
	life_see(&shape_flood_two, 7 * DAY + HOUR);
	assert_int_equal(bench.filters_on, 1);
	for (int minute = 1; minute < 3; minute++)
		life_see(&shape_flood_two, 7 * DAY + HOUR + minute * MINUTE);
	life_is(CASE_QUARANTINED, "attack-under-measure");
	assert_int_equal(life_measure(), MEASURE_GARDEN);
}

static void
measures_say_for_which_reason(void **state)
{
	(void)state;
	life_infected();
	assert_int_equal(bench_case(&bench)->measures[0].reason,
			 REASON_INFECTED);
	bench.party.id.value = 43;
	life_see(&shape_flood_two, 8 * DAY);
	assert_int_equal(bench_case(&bench)->measures[0].kind, MEASURE_FILTER);
	assert_int_equal(bench_case(&bench)->measures[0].reason, REASON_ATTACK);
}

static void
what_an_origin_says_counts_its_factor(void **state)
{
	(void)state;
	bench.policy.factor_count = 2;
	bench.policy.factors[0] = (struct case_factor){"own-flow", 800};
	bench.policy.factors[1] = (struct case_factor){"scan/1", 500};
	case_policy_seal(&bench.policy);
	life_see(&shape_scan, 0); /* both match: the smaller */
	assert_int_equal(bench_case(&bench)->score_milli, 2500);
	life_see(&shape_brute, MINUTE);
	assert_int_equal(bench_case(&bench)->score_milli, 2500 + 2400);
	life_see(&shape_c2, 2 * MINUTE);
	assert_int_equal(bench_case(&bench)->score_milli, 4900 + 5000);
}

static void
findings_are_kept_by_class_and_family(void **state)
{
	const struct case_record *record;

	(void)state;
	for (int i = 0; i < 3; i++)
		life_see(&shape_scan, i * MINUTE);
	life_see(&shape_sinkhole, HOUR);
	record = bench_case(&bench);
	assert_int_equal(record->finding_count, 2);
	assert_int_equal(record->findings[0].class, RSIT_SCANNER);
	assert_int_equal(record->findings[0].count, 3);
	assert_true(record->findings[0].first.us == BENCH_T0);
	assert_true(record->findings[0].last.us == BENCH_T0 + 2 * MINUTE);
	assert_int_equal(record->findings[1].class, RSIT_INFECTED_SYSTEM);
	assert_int_equal(record->sightings[3].finding, 1);
}

/* Five hundred events of one customer: one notice, and nothing forgotten. */
static void
five_hundred_events_are_one_notice(void **state)
{
	const struct case_record *record;
	uint32_t counted = 0;

	(void)state;
	for (int i = 0; i < 500; i++)
		life_see(i % 2 ? &shape_sinkhole : &shape_brute, i * SECOND);
	record = bench_case(&bench);
	assert_int_equal(bench.notices, 1);
	assert_int_equal(record->sighting_count, CASE_SIGHTINGS_MAX);
	for (uint32_t i = 0; i < record->finding_count; i++)
		counted += record->findings[i].count;
	assert_int_equal(counted, 500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LIFE(a_case_climbs_the_ladder_of_its_first_notice),
	    LIFE(the_next_notice_goes_by_the_next_channel_if_it_is_seen_again),
	    LIFE(a_channel_of_its_own_that_fails_is_climbed),
	    LIFE(measures_get_stronger_while_it_goes_on_and_end_as_the_first),
	    LIFE(who_falls_ill_again_climbs_higher),
	    LIFE(an_attack_has_a_measure_of_its_own),
	    LIFE(an_attack_under_a_limit_makes_it_a_garden),
	    LIFE(measures_say_for_which_reason),
	    LIFE(what_an_origin_says_counts_its_factor),
	    LIFE(findings_are_kept_by_class_and_family),
	    LIFE(five_hundred_events_are_one_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
