/* SPDX-License-Identifier: Apache-2.0 */
/* What waits: for the help desk, for the day, for a paper, for a trial. */
#include "life.h"

/* Nobody is rung up between ten at night and seven in the morning. */
static void
set_quiet_nights(void)
{
	bench.policy.quiet.set = true;
	for (unsigned quarter = 0; quarter < HOURS_QUARTERS; quarter++)
		if (quarter % 96 < 28 || quarter % 96 >= 88)
			bench.policy.quiet.quarters[quarter / 8] |=
			    (uint8_t)(1u << (quarter % 8));
	case_policy_seal(&bench.policy);
}

/* ---- the help desk ---- */

static void
a_block_waits_until_somebody_could_help(void **state)
{
	(void)state;
	bench.policy.ladder_count = 2;
	bench.policy.ladders[1] = (struct case_ladder){
	    .count = 2,
	    .rungs = {{.channel = CHANNEL_MAIL},
		      {.after_us = DAY, .measure = MEASURE_BLOCK}}};
	bench.policy.ladder_of[RSIT_SCANNER] = 1;
	life_set_desk(&bench.policy);
	for (int day = 0; day < 3; day++) {
		life_see(&shape_scan, day * DAY - 4 * HOUR);
		life_deliver(day * DAY - 3 * HOUR);
	}
	/* Saturday, eight in the evening: three days, and past its delay. */
	life_see(&shape_scan, 2 * DAY + 10 * HOUR);
	life_is(CASE_NOTICED, "waits-for-help");
	assert_string_equal(actions[0].text,
			    "nobody could help before the desk opens");
	life_wait(4 * DAY - 2 * HOUR - 1);
	assert_int_equal(bench.gardens_on, 0);
	life_wait(4 * DAY - 2 * HOUR); /* Monday at eight */
	life_is(CASE_QUARANTINED, "garden-late");
	assert_int_equal(life_measure(), MEASURE_BLOCK);
}

/* A garden has its way out: it waits only for who has used it up. */
static void
a_garden_without_a_way_out_waits_too(void **state)
{
	(void)state;
	bench.policy.self_releases = 0;
	life_set_desk(&bench.policy);
	for (int day = 0; day < 3; day++) {
		life_see(&shape_scan, day * DAY);
		life_deliver(day * DAY + HOUR);
	}
	life_wait(3 * DAY + HOUR);
	life_deliver(3 * DAY + HOUR);
	life_see(&shape_scan, 7 * DAY + 9 * HOUR); /* seven in the evening */
	life_is(CASE_NOTICED, "waits-for-help");
	life_wait(8 * DAY - 2 * HOUR);
	life_is(CASE_QUARANTINED, "garden-late");
}

static void
an_attack_waits_for_nobody(void **state)
{
	(void)state;
	bench.policy.attack_measure = MEASURE_BLOCK;
	set_quiet_nights();
	life_set_desk(&bench.policy);
	life_see(&shape_flood_two, 14 * HOUR);
	life_see(&shape_c2, 14 * HOUR + 30 * SECOND);
	life_is(CASE_QUARANTINED, "attack-goes-on");
	assert_int_equal(life_measure(), MEASURE_BLOCK);
	assert_int_equal(bench.notices, 1);
}

/* ---- quiet hours ---- */

static void
a_notice_waits_for_the_morning(void **state)
{
	(void)state;
	set_quiet_nights();
	life_see(&shape_scan, 14 * HOUR); /* midnight */
	life_is(CASE_OPEN, "told-by-day");
	life_see(&shape_scan, 15 * HOUR);
	assert_int_equal(bench.refused, 1); /* said once */
	life_wait(21 * HOUR - 1);
	assert_int_equal(bench.notices, 0);
	life_wait(21 * HOUR); /* seven */
	life_is(CASE_NOTICED, "notice-late");
}

static void
a_measure_waits_for_the_morning(void **state)
{
	(void)state;
	set_quiet_nights();
	for (int day = 0; day < 3; day++) {
		life_see(&shape_scan, day * DAY);
		life_deliver(day * DAY + HOUR);
	}
	life_wait(3 * DAY + HOUR);
	life_deliver(3 * DAY + HOUR);
	life_see(&shape_scan, 7 * DAY + 14 * HOUR);
	life_is(CASE_NOTICED, "waits-for-day");
	life_wait(7 * DAY + 21 * HOUR);
	life_is(CASE_QUARANTINED, "garden-late");
}

/* ---- a legal basis ---- */

static void
set_basis(int64_t until_us)
{
	struct case_basis *basis = &bench.policy.bases[0];

	bench.policy.basis_count = 1;
	*basis = (struct case_basis){.kind = BASIS_CONTRACT,
				     .from_us = BENCH_T0,
				     .until_us = until_us};
	basis->network.addr = addr_from_v4(0xc0000200u);
	basis->network.length = 120;
	case_policy_seal(&bench.policy);
}

static void
nothing_is_done_after_a_basis_has_ended(void **state)
{
	(void)state;
	set_basis(BENCH_T0 + DAY);
	life_see(&shape_flood_two, 0);
	assert_int_equal(bench.filters_on, 1);
	assert_int_equal(bench.notices, 1);
	bench.party.id.value = 43;
	life_see(&shape_flood_two, DAY);
	life_is(CASE_OPEN, "notice-braked");
	assert_int_equal(bench.filters_on, 1);
	assert_int_equal(bench.notices, 1);
	assert_string_equal(actions[0].text,
			    "no legal basis is recorded for this network now");
}

static void
a_release_needs_no_basis(void **state)
{
	(void)state;
	set_basis(BENCH_T0 + 8 * DAY);
	life_infected();
	life_act(CASE_EVENT_RELEASE, "ann", 9 * DAY);
	life_is(CASE_PROBATION, "released");
}

/* A network of its own within a larger one: its own rows count, and no other. */
static void
the_longest_network_counts(void **state)
{
	struct case_basis *narrow = &bench.policy.bases[1];

	(void)state;
	set_basis(INT64_MAX);
	*narrow = bench.policy.bases[0];
	narrow->network.addr = addr_from_v4(0xc0000207u);
	narrow->network.length = 128;
	narrow->until_us = BENCH_T0;
	bench.policy.basis_count = 2;
	case_policy_seal(&bench.policy);
	life_see(&shape_scan, 0);
	assert_int_equal(bench.notices, 0);
}

/* ---- the trial ---- */

static void
set_trial(void)
{
	bench.policy.hold_back =
	    (struct case_hold_back){CASE_HOLD_BACK_PPM_MAX, 10 * DAY,
				    BENCH_T0 + 300 * DAY, "board"};
	case_policy_seal(&bench.policy);
}

static void
infect(uint64_t party)
{
	bench.party.id.value = party;
	bench.answer.binding.id = party;
	for (int day = 0; day < 3; day++)
		life_see(&shape_scan, (int64_t)party * 10 * DAY + day * DAY);
}

static void
finish(uint64_t party)
{
	const int64_t begin = (int64_t)party * 10 * DAY;

	life_wait(begin + 3 * DAY + HOUR);
	life_deliver(begin + 3 * DAY + HOUR);
	life_see(&shape_scan, begin + 7 * DAY);
}

/* The first party that the lot holds back. */
static uint64_t
find_held_back(void)
{
	for (uint64_t party = 1; party < 30; party++) {
		infect(party);
		life_deliver((int64_t)party * 10 * DAY + 2 * DAY + HOUR);
		finish(party);
		if (bench_case(&bench)->arm == ARM_HELD_BACK)
			return party;
		assert_int_equal(bench_case(&bench)->arm, ARM_TREATED);
		life_is(CASE_QUARANTINED, "still-infected");
	}
	fail_msg("a tenth of thirty holds nobody back");
	return 0;
}

static void
a_trial_delays_the_measure_and_not_for_ever(void **state)
{
	int64_t begin;

	(void)state;
	set_trial();
	begin = (int64_t)find_held_back() * 10 * DAY;
	life_is(CASE_NOTICED, "held-back");
	assert_true(times_is_set(bench_case(&bench)->held_back_until));
	for (int day = 8; day < 17; day++) {
		life_see(&shape_scan, begin + day * DAY);
		assert_int_equal(bench_case(&bench)->state, CASE_NOTICED);
	}
	life_wait(begin + 18 * DAY);
	assert_int_equal(bench_case(&bench)->state, CASE_QUARANTINED);
	assert_int_equal(bench_case(&bench)->arm, ARM_HELD_BACK);
}

static void
a_trial_ends_where_an_attack_begins(void **state)
{
	int64_t begin;

	(void)state;
	set_trial();
	begin = (int64_t)find_held_back() * 10 * DAY;
	life_see(&shape_flood_two, begin + 8 * DAY);
	life_is(CASE_QUARANTINED, "still-infected");
	assert_true(bench_case(&bench)->held_back_until.us <=
		    bench_case(&bench)->changed.us);
}

static void
an_ended_trial_holds_nobody_back(void **state)
{
	(void)state;
	set_trial();
	bench.policy.hold_back.until_us = BENCH_T0;
	case_policy_seal(&bench.policy);
	for (uint64_t party = 1; party < 10; party++) {
		infect(party);
		life_deliver((int64_t)party * 10 * DAY + 2 * DAY + HOUR);
		finish(party);
		assert_int_equal(bench_case(&bench)->arm, ARM_NONE);
	}
}

/* ---- ends ---- */

static void
a_person_is_asked_a_day_before_the_end_which_comes_all_the_same(void **state)
{
	unsigned persons;

	(void)state;
	bench.policy.auto_release = false;
	case_policy_seal(&bench.policy);
	life_infected();
	persons = bench.persons;
	life_wait(36 * DAY + HOUR);
	life_is(CASE_QUARANTINED, "ends-tomorrow");
	assert_int_equal(bench.persons, persons + 1);
	life_wait(37 * DAY + HOUR);
	life_is(CASE_PROBATION, "measure-ended");
	assert_int_equal(bench.persons, persons + 1);
}

static void
a_line_that_is_anothers_is_free_at_once(void **state)
{
	const struct case_event gone = {.kind = CASE_EVENT_BINDING,
					.binding = 7,
					.binding_end = {BENCH_T0 + 8 * DAY}};
	struct case_event later = gone;

	(void)state;
	bench.policy.brake_measures_hour = 0; /* whatever brake is on */
	life_infected();
	bench.policy.brake_measures_hour = 50;
	life_see(&shape_scan, 7 * DAY + MINUTE);
	assert_int_equal(life_measure(), MEASURE_GARDEN);
	later.binding_end.us += DAY;
	life_say(later, 7 * DAY + HOUR);
	life_is(CASE_QUARANTINED, "line-ends");
	assert_true(bench_case(&bench)->measures[0].expires.us ==
		    BENCH_T0 + 9 * DAY);
	life_say(gone, 8 * DAY);
	life_is(CASE_PROBATION, "line-gone");
	assert_int_equal(actions[0].kind, CASE_ACTION_MEASURE_OFF);
	assert_string_equal(actions[0].text, "the line is another's now");
	life_say(gone, 8 * DAY + HOUR);
	assert_int_equal(bench_case(&bench)->state, CASE_PROBATION);
}

/* What failed for want of a channel goes out when one is found. */
static void
a_notice_that_goes_out_late_was_told(void **state)
{
	struct case_event receipt = {.kind = CASE_EVENT_RECEIPT,
				     .receipt = RECEIPT_FAILED};

	(void)state;
	bench.party.channels = 1;
	life_see(&shape_scan, 0);
	receipt.notice_id = bench_case(&bench)->notices[0].id;
	life_say(receipt, HOUR);
	life_is(CASE_OPEN, "notice-failed");
	receipt.receipt = RECEIPT_SENT;
	life_say(receipt, 3 * DAY);
	life_is(CASE_NOTICED, "told-late");
	assert_false(times_is_set(bench_case(&bench)->notices[0].failed));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LIFE(a_block_waits_until_somebody_could_help),
	    LIFE(a_garden_without_a_way_out_waits_too),
	    LIFE(an_attack_waits_for_nobody),
	    LIFE(a_notice_waits_for_the_morning),
	    LIFE(a_measure_waits_for_the_morning),
	    LIFE(nothing_is_done_after_a_basis_has_ended),
	    LIFE(a_release_needs_no_basis),
	    LIFE(the_longest_network_counts),
	    LIFE(a_trial_delays_the_measure_and_not_for_ever),
	    LIFE(a_trial_ends_where_an_attack_begins),
	    LIFE(an_ended_trial_holds_nobody_back),
	    LIFE(
		a_person_is_asked_a_day_before_the_end_which_comes_all_the_same),
	    LIFE(a_line_that_is_anothers_is_free_at_once),
	    LIFE(a_notice_that_goes_out_late_was_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
