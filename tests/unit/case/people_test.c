/* SPDX-License-Identifier: Apache-2.0 */
/* What persons may say of a case: two where it takes two, objections, orders. */
#include "life.h"

/* ---- protected parties ---- */

static void
a_protected_party_is_let_go_on_by_two_different_persons(void **state)
{
	(void)state;
	bench.party.protected = true;
	life_see(&shape_scan, 0);
	life_is(CASE_HELD, "protected");
	life_act(CASE_EVENT_RESUME, "ann (uid 1000)", HOUR);
	life_is(CASE_HELD, "first-person");
	life_act(CASE_EVENT_RESUME, "root (uid 0) for ann (uid 1000)",
		 2 * HOUR);
	life_is(CASE_HELD, "resumed-by-one");
	assert_string_equal(bench.refusal, "a second person must say so");
	life_act(CASE_EVENT_RESUME, "root (uid 0)", 2 * HOUR);
	life_is(CASE_HELD, "resumed-by-one");
	assert_int_equal(bench.notices, 0);
	life_act(CASE_EVENT_RESUME, "ben (uid 1001)", 3 * HOUR);
	assert_string_equal(bench.row, "resumed-by-two");
	life_wait(3 * HOUR);
	life_is(CASE_NOTICED, "notice-late");
	assert_int_equal(bench.notices, 1);
}

/* Root alone may be whoever comes next. */
static void
root_without_a_name_is_no_first_person_either(void **state)
{
	(void)state;
	bench.party.protected = true;
	life_see(&shape_scan, 0);
	life_act(CASE_EVENT_RESUME, "root (uid 0)", HOUR);
	life_is(CASE_HELD, "first-person");
	life_act(CASE_EVENT_RESUME, "ann (uid 1000)", HOUR);
	life_is(CASE_HELD, "first-person");
	life_act(CASE_EVENT_RESUME, "ben (uid 10)", HOUR);
	assert_string_equal(bench.row, "resumed-by-two");
}

static void
a_first_word_counts_a_day(void **state)
{
	(void)state;
	bench.party.protected = true;
	life_see(&shape_scan, 0);
	life_act(CASE_EVENT_RESUME, "ann", HOUR);
	life_act(CASE_EVENT_RESUME, "ben", 25 * HOUR + 1);
	life_is(CASE_HELD, "first-person"); /* ann's is too old: ben is first */
	life_act(CASE_EVENT_RESUME, "ann", 26 * HOUR);
	assert_string_equal(bench.row, "resumed-by-two");
}

/* ---- orders ---- */

static void
a_person_orders_a_garden_and_the_party_is_told_beside_it(void **state)
{
	(void)state;
	life_see(&shape_scan, 0);
	life_see(&shape_sinkhole, MINUTE);
	life_order(MEASURE_GARDEN, REASON_CREDENTIALS, "ann", HOUR);
	life_is(CASE_QUARANTINED, "ordered");
	assert_int_equal(life_measure(), MEASURE_GARDEN);
	assert_int_equal(bench_case(&bench)->measures[0].reason,
			 REASON_CREDENTIALS);
	assert_int_equal(bench.notices, 1);
	life_order(MEASURE_GARDEN, REASON_CREDENTIALS, "ann", 2 * HOUR);
	life_is(CASE_QUARANTINED, "order-of-nothing");
	life_wait(31 * DAY);
	life_is(CASE_PROBATION, "measure-ended");
}

static void
no_order_without_a_security_reason(void **state)
{
	(void)state;
	life_see(&shape_scan, 0);
	life_order(MEASURE_LIMIT, REASON_NONE, "ann", HOUR);
	life_is(CASE_NOTICED, "order-without-reason");
	assert_string_equal(bench.refusal, REASON_REFUSED_TEXT);
	life_order(MEASURE_LIMIT, REASON_COUNT, "ann", HOUR);
	life_is(CASE_NOTICED, "order-without-reason");
	life_order(MEASURE_FILTER, REASON_ATTACK, "ann", HOUR);
	life_is(CASE_NOTICED, "order-of-nothing");
}

static void
no_order_without_evidence_or_a_place(void **state)
{
	(void)state;
	life_see(&shape_brute, 0);
	life_order(MEASURE_LIMIT, REASON_INFECTED, "ann", HOUR);
	life_is(CASE_WATCHING, "order-without-evidence");
	bench.party.id.value = 43;
	bench.answer.binding.end.us = BENCH_T0 + 2 * HOUR;
	life_see(&shape_scan, 0);
	life_order(MEASURE_LIMIT, REASON_INFECTED, "ann", 3 * HOUR);
	life_is(CASE_NOTICED, "order-without-place");
}

static void
no_order_on_who_cant_be_told(void **state)
{
	(void)state;
	bench.party.reachable = false;
	life_see(&shape_scan, 0);
	life_order(MEASURE_LIMIT, REASON_INFECTED, "ann", HOUR);
	life_is(CASE_OPEN, "order-untold");
}

static void
a_block_takes_two_persons(void **state)
{
	(void)state;
	life_see(&shape_scan, 0);
	life_order(MEASURE_BLOCK, REASON_INFECTED, "ann", HOUR);
	life_is(CASE_NOTICED, "first-person-orders");
	life_order(MEASURE_BLOCK, REASON_INFECTED, "ann", HOUR);
	life_is(CASE_NOTICED, "ordered-by-one");
	/* Another deed is no second word for this one. */
	bench.policy.two_persons |= 1u << MEASURE_GARDEN;
	life_order(MEASURE_GARDEN, REASON_INFECTED, "ben", HOUR);
	life_is(CASE_NOTICED, "first-person-orders");
	life_order(MEASURE_GARDEN, REASON_INFECTED, "ann", 2 * HOUR);
	life_is(CASE_QUARANTINED, "ordered-by-two");
	assert_int_equal(life_measure(), MEASURE_GARDEN);
}

static void
any_measure_on_a_protected_party_takes_two_persons(void **state)
{
	(void)state;
	bench.party.protected = true;
	life_see(&shape_scan, 0);
	life_order(MEASURE_LIMIT, REASON_INFECTED, "ann", HOUR);
	life_is(CASE_HELD, "first-person-orders");
	assert_int_equal(bench.on, 0);
	life_order(MEASURE_LIMIT, REASON_INFECTED, "ben", HOUR);
	life_is(CASE_QUARANTINED, "ordered-by-two");
	assert_int_equal(life_measure(), MEASURE_LIMIT);
	assert_int_equal(bench.notices, 1);
}

/* ---- objections ---- */

static void
an_objection_asks_a_person_and_counts_once(void **state)
{
	unsigned persons;

	(void)state;
	life_infected();
	persons = bench.persons;
	life_act(CASE_EVENT_OBJECT, "subscriber", 7 * DAY + HOUR);
	life_is(CASE_QUARANTINED, "objected");
	assert_int_equal(bench.persons, persons + 1);
	assert_true(bench_case(&bench)->answer_due.us ==
		    BENCH_T0 + 7 * DAY + 5 * HOUR);
	life_act(CASE_EVENT_OBJECT, "subscriber", 7 * DAY + 2 * HOUR);
	assert_int_equal(bench_case(&bench)->objection_count, 1);
	assert_true(bench_case(&bench)->answer_due.us ==
		    BENCH_T0 + 7 * DAY + 5 * HOUR);
}

static void
an_objection_unanswered_in_its_time_makes_a_garden_a_limit(void **state)
{
	int64_t end_us;

	(void)state;
	life_infected();
	end_us = bench_case(&bench)->measures[0].expires.us;
	life_act(CASE_EVENT_OBJECT, "subscriber", 7 * DAY + HOUR);
	life_wait(7 * DAY + 5 * HOUR - 1);
	assert_int_equal(life_measure(), MEASURE_GARDEN);
	life_wait(7 * DAY + 5 * HOUR);
	life_is(CASE_QUARANTINED, "objection-eases");
	assert_int_equal(life_measure(), MEASURE_LIMIT);
	assert_true(bench_case(&bench)->measures[0].expires.us == end_us);
	assert_int_equal(bench_case(&bench)->measures[0].weakened_from,
			 MEASURE_GARDEN);
}

static void
an_objection_outside_staffed_hours_makes_a_garden_a_limit(void **state)
{
	(void)state;
	life_set_desk(&bench.policy);
	life_infected(); /* Thursday again */
	life_act(CASE_EVENT_OBJECT, "subscriber", 7 * DAY + 7 * HOUR);
	assert_int_equal(life_measure(), MEASURE_GARDEN); /* five o'clock */
	life_wait(7 * DAY + 8 * HOUR);
	life_is(CASE_QUARANTINED, "objection-eases"); /* six: they went home */
	assert_int_equal(life_measure(), MEASURE_LIMIT);
	/* Four staffed hours: one on Thursday, three on Friday. */
	assert_true(bench_case(&bench)->answer_due.us ==
		    BENCH_T0 + 8 * DAY + HOUR);
}

static void
an_attack_keeps_the_garden_until_it_is_over(void **state)
{
	(void)state;
	life_set_desk(&bench.policy);
	life_see(&shape_flood_two, 12 * HOUR);
	life_see(&shape_c2, 12 * HOUR + 30 * SECOND);
	assert_int_equal(life_measure(), MEASURE_GARDEN);
	life_act(CASE_EVENT_OBJECT, "subscriber", 12 * HOUR + 5 * MINUTE);
	life_wait(12 * HOUR + 6 * MINUTE);
	assert_int_equal(life_measure(), MEASURE_GARDEN);
	/* Half an hour after the last own flood. */
	life_wait(12 * HOUR + 30 * MINUTE);
	assert_int_equal(life_measure(), MEASURE_LIMIT);
}

static void
an_objection_that_is_right_ends_all_and_is_told(void **state)
{
	(void)state;
	life_infected();
	life_act(CASE_EVENT_OBJECT, "subscriber", 7 * DAY + HOUR);
	life_say((struct case_event){.kind = CASE_EVENT_ANSWER,
				     .granted = true,
				     .actor = "ann"},
		 7 * DAY + 2 * HOUR);
	life_is(CASE_DISMISSED, "objection-granted");
	assert_int_equal(bench_case(&bench)->measure_count, 0);
	assert_int_equal(corrections, bench.notices);
	assert_true(corrections > 0);
}

static void
an_objection_that_is_wrong_brings_the_garden_back(void **state)
{
	(void)state;
	life_infected();
	life_act(CASE_EVENT_OBJECT, "subscriber", 7 * DAY + HOUR);
	life_wait(7 * DAY + 6 * HOUR);
	assert_int_equal(life_measure(), MEASURE_LIMIT);
	life_act(CASE_EVENT_ANSWER, "ann", 7 * DAY + 7 * HOUR);
	life_is(CASE_QUARANTINED, "objection-denied");
	assert_int_equal(life_measure(), MEASURE_GARDEN);
	assert_false(times_is_set(bench_case(&bench)->objected));
	life_act(CASE_EVENT_ANSWER, "ann", 7 * DAY + 8 * HOUR);
	life_is(CASE_QUARANTINED, "nothing-to-answer");
}

static void
no_garden_begins_while_an_objection_waits(void **state)
{
	(void)state;
	life_see(&shape_scan, 0);
	life_deliver(HOUR);
	life_act(CASE_EVENT_OBJECT, "subscriber", 2 * HOUR);
	for (int day = 1; day < 3; day++)
		life_see(&shape_scan, day * DAY);
	life_wait(3 * DAY + HOUR);
	life_deliver(3 * DAY + HOUR);
	life_see(&shape_scan, 7 * DAY);
	assert_int_equal(bench.gardens_on, 0);
	life_order(MEASURE_GARDEN, REASON_INFECTED, "ann", 7 * DAY + HOUR);
	life_is(CASE_NOTICED, "order-contested");
	life_act(CASE_EVENT_ANSWER, "ann", 7 * DAY + 2 * HOUR);
	life_wait(7 * DAY + 2 * HOUR);
	life_is(CASE_QUARANTINED, "garden-late");
}

static void
nobody_objects_to_nothing(void **state)
{
	(void)state;
	life_see(&shape_brute, 0);
	life_act(CASE_EVENT_OBJECT, "subscriber", HOUR);
	life_is(CASE_WATCHING, "objected-early");
}

/* Quiet for two weeks: it stays open until the word is answered. */
static void
a_case_isnt_closed_over_an_objection(void **state)
{
	(void)state;
	life_see(&shape_scan, 0);
	life_act(CASE_EVENT_OBJECT, "subscriber", HOUR);
	life_wait(60 * DAY);
	assert_int_equal(bench_case(&bench)->state, CASE_NOTICED);
	life_act(CASE_EVENT_ANSWER, "ann", 60 * DAY);
	life_wait(60 * DAY);
	life_is(CASE_CLOSED, "went-quiet");
}

/* ---- self-release ---- */

static void
the_third_needs_the_help_desk_and_the_fourth_a_written_word(void **state)
{
	const struct case_event self = {.kind = CASE_EVENT_RELEASE,
					.self = true};
	int64_t at = 7 * DAY;

	(void)state;
	life_infected();
	for (int i = 0; i < 2; i++) {
		life_say(self, at + HOUR);
		life_is(CASE_PROBATION, "released-by-self");
		at += DAY;
		life_see(&shape_scan, at);
		life_is(CASE_QUARANTINED, "relapse-infected");
	}
	life_say(self, at + HOUR);
	life_is(CASE_QUARANTINED, "self-spent");
	life_act(CASE_EVENT_RELEASE, "ann", at + 2 * HOUR);
	life_is(CASE_PROBATION, "released");
	at += DAY;
	life_see(&shape_scan, at);
	life_say(self, at + HOUR);
	life_is(CASE_QUARANTINED, "self-in-writing");
	life_act(CASE_EVENT_RELEASE, "ann", at + 2 * HOUR); /* always may */
	life_is(CASE_PROBATION, "released");
}

/* Who was told that something is wrong hears that nothing is. */
static void
a_false_alarm_is_told(void **state)
{
	(void)state;
	life_infected();
	life_act(CASE_EVENT_DISMISS, "ann", 7 * DAY);
	life_is(CASE_DISMISSED, "dismissed");
	assert_int_equal(actions[0].kind, CASE_ACTION_MEASURE_OFF);
	assert_int_equal(action_count, 1 + bench_case(&bench)->notice_count);
	for (uint32_t i = 0; i < bench_case(&bench)->notice_count; i++) {
		assert_int_equal(actions[1 + i].kind, CASE_ACTION_CORRECTION);
		assert_true(bench_case(&bench)->notices[i].corrected);
	}
}

/* Whoever holds a case stops automation, and shuts nobody in. */
static void
who_is_held_can_still_release_himself(void **state)
{
	const struct case_event self = {.kind = CASE_EVENT_RELEASE,
					.self = true};

	(void)state;
	life_infected();
	life_act(CASE_EVENT_HOLD, "ann", 7 * DAY);
	life_say(self, 7 * DAY + HOUR);
	life_is(CASE_HELD, "released-by-self-while-held");
	assert_int_equal(bench_case(&bench)->measure_count, 0);
	assert_int_equal(bench_case(&bench)->self_release_count, 1);
	life_say(self, 7 * DAY + 2 * HOUR);
	life_is(CASE_HELD, "nothing-to-release");
	life_act(CASE_EVENT_RESUME, "ann", 8 * DAY);
	life_is(CASE_PROBATION, "resumed");
}

static void
who_is_held_has_no_more_self_releases_than_others(void **state)
{
	const struct case_event self = {.kind = CASE_EVENT_RELEASE,
					.self = true};

	(void)state;
	bench.policy.self_releases = 0;
	life_infected();
	life_act(CASE_EVENT_HOLD, "ann", 7 * DAY);
	life_say(self, 7 * DAY + HOUR);
	life_is(CASE_HELD, "self-spent");
	assert_int_equal(bench_case(&bench)->measure_count, 1);
}

/* ---- two cases, and what proved wrong ---- */

static void
a_merged_case_ends_and_names_where_it_goes_on(void **state)
{
	(void)state;
	life_infected();
	life_say((struct case_event){.kind = CASE_EVENT_MERGE, .actor = "ann"},
		 8 * DAY);
	life_is(CASE_QUARANTINED, "merge-with-nothing");
	life_say((struct case_event){.kind = CASE_EVENT_MERGE,
				     .other_case = 77,
				     .actor = "ann"},
		 8 * DAY);
	assert_string_equal(bench.row, "merged");
	assert_int_equal(action_count, 1);
	assert_int_equal(actions[0].kind, CASE_ACTION_MEASURE_OFF);
}

static void
a_notice_that_falls_is_corrected_once_by_its_own_way(void **state)
{
	struct sighting scan = bench_make(&bench, &shape_scan, BENCH_T0);

	(void)state;
	life_see(&shape_scan, 0);
	life_say((struct case_event){.kind = CASE_EVENT_WITHDRAW,
				     .sighting = &scan},
		 HOUR);
	life_is(CASE_WATCHING, "wrongly-noticed");
	assert_int_equal(corrections, 1);
	assert_int_equal(actions[0].notice.id,
			 bench_case(&bench)->notices[0].id);
	assert_int_equal(bench.persons, 0);
	/* It stands no more: a new one begins the ladder anew. */
	life_see(&shape_sinkhole, 2 * HOUR);
	life_is(CASE_NOTICED, "enough-for-notice");
	assert_int_equal(bench_case(&bench)->notices[1].rung, 0);
}

static void
a_notice_of_an_ended_case_is_corrected_too(void **state)
{
	struct sighting scan = bench_make(&bench, &shape_scan, BENCH_T0);

	(void)state;
	life_see(&shape_scan, 0);
	life_wait(20 * DAY);
	assert_int_equal(bench_case(&bench)->state, CASE_CLOSED);
	life_say((struct case_event){.kind = CASE_EVENT_WITHDRAW,
				     .sighting = &scan},
		 21 * DAY);
	life_is(CASE_CLOSED, "correct-later");
	assert_int_equal(corrections, 1);
}

/* What was another's is nothing that this party may read of. */
static void
what_is_told_next_speaks_of_what_is_left(void **state)
{
	const struct addr own = bench.answer.binding.subject.prefix.addr;
	const struct case_record *record;
	struct sighting other;

	(void)state;
	life_see(&shape_scan, 0);
	bench.answer.binding.id = 8;
	bench.answer.binding.subject.prefix.addr = addr_from_v4(0xc0000263u);
	other = bench_make(&bench, &shape_sinkhole, BENCH_T0 + HOUR);
	life_see(&shape_sinkhole, HOUR);
	record = bench_case(&bench);
	assert_memory_equal(record->latest.id, other.id, SIGHTING_ID_SIZE);
	life_say((struct case_event){.kind = CASE_EVENT_BINDING,
				     .binding = 8,
				     .binding_end = {BENCH_T0}},
		 2 * HOUR);
	life_say((struct case_event){.kind = CASE_EVENT_WITHDRAW,
				     .sighting = &other},
		 2 * HOUR);
	record = bench_case(&bench);
	assert_int_equal(record->latest.time.us, BENCH_T0);
	assert_int_equal(record->latest.class, RSIT_SCANNER);
	assert_true(addr_equal(&record->latest.address, &own));
	assert_int_equal(record->latest.marks &
			     (SIGHTING_HAS_PEER | SIGHTING_HAS_PORT),
			 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LIFE(a_protected_party_is_let_go_on_by_two_different_persons),
	    LIFE(root_without_a_name_is_no_first_person_either),
	    LIFE(a_first_word_counts_a_day),
	    LIFE(a_person_orders_a_garden_and_the_party_is_told_beside_it),
	    LIFE(no_order_without_a_security_reason),
	    LIFE(no_order_without_evidence_or_a_place),
	    LIFE(no_order_on_who_cant_be_told),
	    LIFE(a_block_takes_two_persons),
	    LIFE(any_measure_on_a_protected_party_takes_two_persons),
	    LIFE(an_objection_asks_a_person_and_counts_once),
	    LIFE(an_objection_unanswered_in_its_time_makes_a_garden_a_limit),
	    LIFE(an_objection_outside_staffed_hours_makes_a_garden_a_limit),
	    LIFE(an_attack_keeps_the_garden_until_it_is_over),
	    LIFE(an_objection_that_is_right_ends_all_and_is_told),
	    LIFE(an_objection_that_is_wrong_brings_the_garden_back),
	    LIFE(no_garden_begins_while_an_objection_waits),
	    LIFE(nobody_objects_to_nothing),
	    LIFE(a_case_isnt_closed_over_an_objection),
	    LIFE(the_third_needs_the_help_desk_and_the_fourth_a_written_word),
	    LIFE(a_false_alarm_is_told),
	    LIFE(who_is_held_can_still_release_himself),
	    LIFE(who_is_held_has_no_more_self_releases_than_others),
	    LIFE(a_merged_case_ends_and_names_where_it_goes_on),
	    LIFE(a_notice_that_falls_is_corrected_once_by_its_own_way),
	    LIFE(a_notice_of_an_ended_case_is_corrected_too),
	    LIFE(what_is_told_next_speaks_of_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
