/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded cases, lived once more: as they were, and with one thing otherwise
 * each time.
 */
#include "unit/case/recorder.h"

#include <stdlib.h>

#include "role/what_if.h"

#define DAY TIMES_DAY_US
#define MINUTE TIMES_MINUTE_US

static struct recorder *recorder;
static struct what_if_story story;
static struct what_if_outcome recorded;

static int
setup(void **state)
{
	(void)state;
	recorder = calloc(1, sizeof(*recorder));
	if (!recorder)
		return -1;
	bench_init(&recorder->bench);
	memset(&story, 0, sizeof(story));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	what_if_free(&story);
	bench_fini(&recorder->bench);
	free(recorder);
	return 0;
}

static void
see(const struct shape *shape, int64_t offset_us)
{
	struct bench *bench = &recorder->bench;
	struct sighting sighting = bench_make(bench, shape,
					      BENCH_T0 + offset_us);

	assert_int_equal(case_book_sighting(bench->book, &bench->party,
					    &sighting, &bench->answer,
					    sighting.known, recorder_sink,
					    recorder),
			 0);
}

static void
tell(struct case_event event, int64_t offset_us)
{
	struct bench *bench = &recorder->bench;

	event.time.us = BENCH_T0 + offset_us;
	(void)text_copy(event.actor, sizeof(event.actor), slice_of("ann"));
	assert_int_equal(case_book_event(bench->book, bench_case(bench)->id,
					 &event, event.time, recorder_sink,
					 recorder),
			 0);
}

static void
wait_until(int64_t offset_us)
{
	case_book_advance(recorder->bench.book,
			  (struct at_event){BENCH_T0 + offset_us},
			  recorder_sink, recorder);
}

/* What was recorded becomes a story; lived as it was, it is the same. */
static void
tell_story(void)
{
	const struct what_if nothing = {.kind = WHAT_IF_NOTHING};
	struct what_if_outcome again;

	recorded = (struct what_if_outcome){.noticed = times_unset(),
					    .measured = times_unset(),
					    .released = times_unset()};
	story.end = bench_case(&recorder->bench);
	case_entry_begin(story.end, &recorder->bench.policy, &story.begin);
	for (size_t i = 0; i < recorder->count; i++) {
		const struct case_entry *entry = &recorder->entries[i];

		assert_int_equal(what_if_add(&story, entry), 0);
		if (entry->changed)
			what_if_count(&recorded, entry->state, entry->input.now,
				      entry->actions, entry->action_count);
	}
	assert_int_equal(what_if_run(&story, &nothing, &again), 0);
	assert_true(what_if_same(&recorded, &again));
}

static struct what_if_outcome
what_if(struct what_if change)
{
	struct what_if_outcome outcome;

	assert_int_equal(what_if_run(&story, &change, &outcome), 0);
	return outcome;
}

/* Which step is the n-th sighting of an origin? */
static size_t
step_of(const char *origin, unsigned n)
{
	for (size_t i = 0; i < story.count; i++)
		if (story.steps[i]->event.kind == CASE_EVENT_SIGHTING &&
		    strcmp(story.steps[i]->sighting.origin, origin) == 0 &&
		    n-- == 0)
			return i;
	fail_msg("no such sighting of %s", origin);
	return 0;
}

/* A scan, its notice, and after the grace a scan and a sinkhole's word. */
static void
live_to_garden(void)
{
	see(&shape_scan, 0);
	see(&shape_scan, 4 * DAY);
	see(&shape_sinkhole, 4 * DAY + MINUTE);
	see(&shape_brute, 5 * DAY);
	wait_until(9 * DAY);
	assert_int_equal(bench_case(&recorder->bench)->state, CASE_QUARANTINED);
	tell_story();
	assert_int_equal(recorded.notices, 1);
	assert_int_equal(recorded.measure, MEASURE_GARDEN);
}

static void
one_origin_decides(void **state)
{
	struct what_if_outcome is;

	(void)state;
	live_to_garden();
	is = what_if((struct what_if){.kind = WHAT_IF_NO_ORIGIN,
				      .origin = "sinkhole-a"});
	assert_int_equal(is.notices, 1);
	assert_int_equal(is.measure, 0);
	assert_int_equal(is.state, CASE_NOTICED);
	is = what_if(
	    (struct what_if){.kind = WHAT_IF_NO_ORIGIN, .origin = "own-flow"});
	assert_int_equal(is.measure, 0);
	assert_true(is.noticed.us > recorded.noticed.us);
	is = what_if(
	    (struct what_if){.kind = WHAT_IF_NO_ORIGIN, .origin = "nobody"});
	assert_true(what_if_same(&recorded, &is));
}

static void
one_sighting_decides(void **state)
{
	struct what_if_outcome is;

	(void)state;
	live_to_garden();
	is = what_if((struct what_if){.kind = WHAT_IF_NO_STEP,
				      .step = step_of("own-flow", 2)});
	assert_true(what_if_same(&recorded, &is)); /* the brute force */
	is = what_if((struct what_if){.kind = WHAT_IF_NO_STEP,
				      .step = step_of("sinkhole-a", 0)});
	assert_int_equal(is.measure, 0);
}

static void
a_day_later_decides_later(void **state)
{
	struct what_if_outcome is;
	size_t first, sinkhole;

	(void)state;
	live_to_garden();
	first = step_of("own-flow", 0);
	sinkhole = step_of("sinkhole-a", 0);
	is = what_if((struct what_if){.kind = WHAT_IF_MOVED,
				      .step = first,
				      .shift_us = DAY});
	assert_int_equal(is.noticed.us, recorded.noticed.us + DAY);
	is = what_if((struct what_if){.kind = WHAT_IF_MOVED,
				      .step = first,
				      .shift_us = -DAY});
	assert_int_equal(is.noticed.us, recorded.noticed.us - DAY);
	is = what_if((struct what_if){.kind = WHAT_IF_MOVED,
				      .step = sinkhole,
				      .shift_us = DAY});
	assert_int_equal(is.measured.us, recorded.measured.us + DAY);
	/* Seen before the grace was over, it waits for the next sighting. */
	is = what_if((struct what_if){.kind = WHAT_IF_MOVED,
				      .step = sinkhole,
				      .shift_us = -2 * DAY});
	assert_int_equal(is.noticed.us, recorded.noticed.us);
	assert_true(is.measured.us < recorded.measured.us);
}

static void
untold_is_unmeasured(void **state)
{
	struct what_if_outcome is;

	(void)state;
	live_to_garden();
	is = what_if((struct what_if){.kind = WHAT_IF_UNDELIVERED});
	assert_int_equal(is.measure, 0);
	assert_true(is.notices > 0);
}

static void
another_policy_decides_otherwise(void **state)
{
	struct case_policy strict = recorder->bench.policy;
	struct what_if_outcome is;

	(void)state;
	live_to_garden();
	is = what_if(
	    (struct what_if){.kind = WHAT_IF_POLICY, .policy = &strict});
	assert_true(what_if_same(&recorded, &is));
	strict.notice_at_milli = 30000;
	case_policy_seal(&strict);
	is = what_if(
	    (struct what_if){.kind = WHAT_IF_POLICY, .policy = &strict});
	assert_int_equal(is.notices, 0);
	assert_int_equal(is.measure, 0);
}

static void
unprotected_is_told(void **state)
{
	struct what_if_outcome is;

	(void)state;
	recorder->bench.party.protected = true;
	see(&shape_scan, 0);
	wait_until(DAY);
	tell_story();
	assert_true(recorded.held);
	assert_int_equal(recorded.notices, 0);
	is = what_if((struct what_if){.kind = WHAT_IF_UNPROTECTED});
	assert_false(is.held);
	assert_int_equal(is.notices, 1);
}

static void
unbraked_is_told_at_once(void **state)
{
	struct bench *bench = &recorder->bench;
	struct what_if_outcome is;

	(void)state;
	case_book_stop(bench->book, CASE_STOP_PERSON,
		       CASE_BRAKE_NOTICE | CASE_BRAKE_MEASURE, "stopped");
	see(&shape_scan, 0);
	wait_until(5 * TIMES_HOUR_US);
	case_book_stop(bench->book, CASE_STOP_PERSON, 0, NULL);
	wait_until(DAY);
	tell_story();
	assert_int_equal(recorded.notices, 1);
	is = what_if((struct what_if){.kind = WHAT_IF_UNBRAKED});
	assert_int_equal(is.notices, 1);
	assert_true(is.noticed.us < recorded.noticed.us);
}

static void
unheld_goes_on(void **state)
{
	struct what_if_outcome is;

	(void)state;
	see(&shape_brute, 0);
	tell((struct case_event){.kind = CASE_EVENT_HOLD}, TIMES_HOUR_US);
	see(&shape_scan, DAY);
	wait_until(2 * DAY);
	tell_story();
	assert_int_equal(recorded.notices, 0);
	is = what_if((struct what_if){.kind = WHAT_IF_UNHELD});
	assert_int_equal(is.notices, 1);
	assert_false(is.held);
}

/* What comes back of a notice comes as long after it as it did. */
static void
receipts_follow_their_notice(void **state)
{
	struct bench *bench = &recorder->bench;
	struct what_if_outcome is;

	(void)state;
	bench->policy.live_mode = true;
	memset(bench->policy.live, true, sizeof(bench->policy.live));
	case_policy_seal(&bench->policy);
	see(&shape_scan, 0);
	tell((struct case_event){.kind = CASE_EVENT_RECEIPT,
				 .receipt = RECEIPT_DELIVERED,
				 .notice_id = bench_case(bench)->notices[0].id},
	     DAY);
	see(&shape_scan, 4 * DAY + TIMES_HOUR_US);
	see(&shape_sinkhole, 4 * DAY + 2 * TIMES_HOUR_US);
	wait_until(5 * DAY);
	tell_story();
	assert_int_equal(recorded.measure, MEASURE_GARDEN);
	/* Told two hours later, the grace ends just after what was seen. */
	is = what_if((struct what_if){.kind = WHAT_IF_MOVED,
				      .step = step_of("own-flow", 0),
				      .shift_us = 2 * TIMES_HOUR_US});
	assert_int_equal(is.notices, 1);
	assert_int_equal(is.measure, 0);
	is = what_if((struct what_if){.kind = WHAT_IF_UNDELIVERED});
	assert_int_equal(is.measure, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	    TEST(one_origin_decides),
	    TEST(one_sighting_decides),
	    TEST(a_day_later_decides_later),
	    TEST(untold_is_unmeasured),
	    TEST(another_policy_decides_otherwise),
	    TEST(unprotected_is_told),
	    TEST(unbraked_is_told_at_once),
	    TEST(unheld_goes_on),
	    TEST(receipts_follow_their_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
