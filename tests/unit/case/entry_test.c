/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the book did, recorded and stepped again: the same, until one recorded
 * fact is another one.
 */
#include <stdlib.h>

#include "recorder.h"

static struct recorder *recorder;

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
	assert_int_equal(case_book_event(bench->book, bench_case(bench)->id,
					 &event, event.time, recorder_sink,
					 recorder),
			 0);
}

static void
act(enum case_event_kind kind, int64_t offset_us)
{
	tell((struct case_event){.kind = kind, .actor = "staff"}, offset_us);
}

static void
wait_until(int64_t offset_us)
{
	case_book_advance(recorder->bench.book,
			  (struct at_event){BENCH_T0 + offset_us},
			  recorder_sink, recorder);
}

/* A life with nearly everything in it; then a second case of the party. */
static void
live(void)
{
	const int64_t day = TIMES_DAY_US, minute = TIMES_MINUTE_US;
	const struct case_notice *notice;
	struct sighting first;
	uint64_t first_case;

	see(&shape_flood_one, 0);
	see(&shape_flood_two, 10 * TIMES_SECOND_US);
	see(&shape_flood_two, minute);
	see(&shape_flood_two, 2 * minute);
	notice = &bench_case(&recorder->bench)->notices[0];
	tell((struct case_event){.kind = CASE_EVENT_RECEIPT,
				 .notice_id = notice->id,
				 .receipt = RECEIPT_SEEN},
	     10 * minute);
	tell((struct case_event){.kind = CASE_EVENT_RECEIPT,
				 .notice_id = 99,
				 .receipt = RECEIPT_SENT},
	     11 * minute);
	see(&shape_c2, day);
	act(CASE_EVENT_HOLD, day + minute);
	act(CASE_EVENT_HOLD, day + 2 * minute); /* refused */
	act(CASE_EVENT_RESUME, day + 3 * minute);
	see(&shape_c2, 5 * day);
	see(&shape_scan, 5 * day + minute);
	act(CASE_EVENT_RELEASE, 6 * day);
	tell((struct case_event){.kind = CASE_EVENT_RELEASE, .self = true},
	     6 * day + minute); /* refused */
	see(&shape_scan, 9 * day);
	see(&shape_sinkhole, 9 * day + minute);
	tell((struct case_event){.kind = CASE_EVENT_RELEASE, .self = true},
	     10 * day);
	first = bench_make(&recorder->bench, &shape_flood_two,
			   BENCH_T0 + minute);
	tell((struct case_event){.kind = CASE_EVENT_WITHDRAW,
				 .sighting = &first},
	     11 * day);
	wait_until(90 * day);
	first_case = bench_case(&recorder->bench)->id;
	assert_int_equal(bench_case(&recorder->bench)->state, CASE_CLOSED);
	see(&shape_scan, 100 * day);
	assert_true(bench_case(&recorder->bench)->earlier == first_case);
	see(&shape_brute, 101 * day);
	wait_until(130 * day);
}

static int
record_life(void **state)
{
	(void)state;
	recorder = calloc(1, sizeof(*recorder));
	if (!recorder)
		return -1;
	bench_init(&recorder->bench);
	live();
	return 0;
}

static int
forget_life(void **state)
{
	(void)state;
	bench_fini(&recorder->bench);
	free(recorder);
	return 0;
}

/* Steps a case's entries again; answers how many of them differ. */
static unsigned
again(uint64_t case_id, struct case_record *record, uint32_t *first)
{
	static struct case_step_result result;
	const struct case_record *recorded =
	    case_book_find(recorder->bench.book, case_id);
	unsigned differing = 0;

	assert_non_null(recorded);
	case_entry_begin(recorded, &recorder->bench.policy, record);
	*first = 0;
	for (size_t i = 0; i < recorder->count; i++) {
		uint32_t differs;

		if (recorder->case_of[i] != case_id)
			continue;
		differs = case_entry_again(record, &recorder->entries[i],
					   &result);
		if (!*first)
			*first = differs;
		differing += differs != 0;
	}
	return differing;
}

static void
is_the_same(void **state)
{
	static struct case_record record;
	uint64_t seen = 0;
	unsigned cases = 0;
	uint32_t first;

	(void)state;
	assert_true(recorder->count > 20);
	assert_true(recorder->bench.gardens_on > 0);
	assert_true(recorder->bench.notices > 1);
	for (size_t i = 0; i < recorder->count; i++) {
		bool same;

		if (recorder->case_of[i] == seen)
			continue;
		seen = recorder->case_of[i];
		cases++;
		assert_int_equal(again(seen, &record, &first), 0);
		assert_int_equal(case_entry_same_record(
				     &record,
				     case_book_find(recorder->bench.book, seen),
				     &same),
				 0);
		assert_true(same);
	}
	assert_int_equal(cases, 2);
}

/* Everything that is recorded of a result, one at a time. */
static void
sees_another_result(void **state)
{
	static struct case_record record;
	struct case_entry *entry = NULL, kept;
	uint32_t first;

	(void)state;
	for (size_t i = 0; i < recorder->count && !entry; i++)
		if (recorder->entries[i].action_count > 0)
			entry = &recorder->entries[i];
	assert_non_null(entry);
	kept = *entry;
#define ASSERT_SEEN(change, bit)                                               \
	do {                                                                   \
		change;                                                        \
		assert_int_equal(again(recorder->case_of[0], &record, &first), \
				 1);                                           \
		assert_int_equal(first, bit);                                  \
		*entry = kept;                                                 \
	} while (0)
	ASSERT_SEEN(entry->from = CASE_PROBATION, CASE_ENTRY_FROM);
	ASSERT_SEEN(entry->state = CASE_PROBATION, CASE_ENTRY_STATE);
	ASSERT_SEEN(entry->score_milli++, CASE_ENTRY_SCORE);
	ASSERT_SEEN(entry->version++, CASE_ENTRY_VERSION);
	ASSERT_SEEN(entry->changed = false, CASE_ENTRY_CHANGED);
	ASSERT_SEEN(entry->row[0] = 'x', CASE_ENTRY_ROW);
	ASSERT_SEEN(entry->refused[0] = 'x', CASE_ENTRY_REFUSED);
	ASSERT_SEEN(entry->action_count--, CASE_ENTRY_ACTIONS);
	ASSERT_SEEN(entry->actions[0].would = !entry->actions[0].would,
		    CASE_ENTRY_ACTIONS);
	ASSERT_SEEN(entry->actions[0].ref++, CASE_ENTRY_ACTIONS);
	ASSERT_SEEN(entry->actions[0].text[0] = 'x', CASE_ENTRY_ACTIONS);
	ASSERT_SEEN(entry->actions[0].target[0] = 'x', CASE_ENTRY_ACTIONS);
	ASSERT_SEEN(entry->actions[0].expires.us++, CASE_ENTRY_ACTIONS);
#undef ASSERT_SEEN
	assert_int_equal(again(recorder->case_of[0], &record, &first), 0);
}

/* Another input gives another life. */
static void
follows_another_input(void **state)
{
	static struct case_record record;
	struct case_policy strict = recorder->bench.policy;
	struct case_entry *entry = &recorder->entries[0];
	const struct case_entry kept = *entry;
	uint32_t first;

	(void)state;
	recorder->entries[1].event.certainty = CERTAINTY_PROBABLE;
	assert_true(again(recorder->case_of[0], &record, &first) > 0);
	assert_true(first & CASE_ENTRY_STATE);
	recorder->entries[1].event.certainty = CERTAINTY_CERTAIN;
	entry->sighting.weight_milli = 6000;
	assert_true(again(recorder->case_of[0], &record, &first) > 0);
	assert_true(first & CASE_ENTRY_SCORE);
	*entry = kept;
	recorder->entries[1].input.now.us += 1; /* its filter's end moves */
	assert_true(again(recorder->case_of[0], &record, &first) > 0);
	assert_int_equal(first, CASE_ENTRY_ACTIONS);
	recorder->entries[1].input.now.us -= 1;
	recorder->entries[1].input.ids[0]++;
	assert_true(again(recorder->case_of[0], &record, &first) > 0);
	assert_int_equal(first, CASE_ENTRY_ACTIONS);
	recorder->entries[1].input.ids[0]--;
	strict.notice_at_milli = 3000;
	case_policy_seal(&strict);
	entry->input.policy = &strict;
	assert_true(again(recorder->case_of[0], &record, &first) > 0);
	assert_true(first & CASE_ENTRY_POLICY);
	*entry = kept;
	assert_int_equal(again(recorder->case_of[0], &record, &first), 0);
}

/* A record that no longer is what its steps made. */
static void
sees_another_record(void **state)
{
	static struct case_record record, other;
	uint32_t first;
	bool same;

	(void)state;
	assert_int_equal(again(recorder->case_of[0], &record, &first), 0);
	other = record;
	other.due.us = 1; /* that alone may differ */
	assert_int_equal(case_entry_same_record(&record, &other, &same), 0);
	assert_true(same);
	other.sightings[0].weight_milli++;
	assert_int_equal(case_entry_same_record(&record, &other, &same), 0);
	assert_false(same);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(is_the_same, record_life,
					    forget_life),
	    cmocka_unit_test_setup_teardown(sees_another_result, record_life,
					    forget_life),
	    cmocka_unit_test_setup_teardown(follows_another_input, record_life,
					    forget_life),
	    cmocka_unit_test_setup_teardown(sees_another_record, record_life,
					    forget_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
