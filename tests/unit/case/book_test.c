/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The book: ended cases as stubs, two cases that are one, one that is two,
 * reasons to stop that stand side by side, and what is blamed together.
 */
#include <stdlib.h>

#include "book_bench.h"
#include "case/brakes.h"

#define KEPT_MAX 64
#define DAY TIMES_DAY_US

/* What a store would have: each case as it last went out. */
struct kept {
	struct case_record *records[KEPT_MAX];
	uint64_t events[KEPT_MAX];
	size_t count;
	unsigned fetched;
	uint64_t twin;
	char rows[512]; /* all rows that fired, in a line */
	bool lost;      /* nothing can be fetched */
};

static struct bench bench;
static struct kept kept;

static void
keep(void *context, const struct case_output *output)
{
	size_t at = 0;

	(void)context;
	bench_sink(&bench, output);
	while (at < kept.count && kept.records[at]->id != output->record->id)
		at++;
	assert_true(at < KEPT_MAX);
	if (at == kept.count) {
		kept.records[at] = calloc(1, sizeof(struct case_record));
		kept.count++;
	}
	/* Numbers rise one by one. */
	assert_int_equal(output->n, kept.events[at] + 1);
	kept.events[at] = output->n;
	kept.twin = output->twin;
	case_record_copy(kept.records[at], output->record);
	strncat(kept.rows, output->row,
		sizeof(kept.rows) - strlen(kept.rows) - 1);
	strncat(kept.rows, " ", sizeof(kept.rows) - strlen(kept.rows) - 1);
}

static int
fetch(void *context, uint64_t case_id, struct case_record *record,
      uint64_t *events)
{
	(void)context;
	kept.fetched++;
	for (size_t i = 0; i < kept.count && !kept.lost; i++) {
		if (kept.records[i]->id != case_id)
			continue;
		case_record_copy(record, kept.records[i]);
		*events = kept.events[i];
		return 0;
	}
	return LZ_E_NOT_FOUND;
}

static int
setup(void **state)
{
	(void)state;
	bench_init(&bench);
	memset(&kept, 0, sizeof(kept));
	assert_int_equal(case_book_fetch(bench.book, fetch, NULL), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < kept.count; i++)
		free(kept.records[i]);
	bench_fini(&bench);
	return 0;
}

static struct sighting
see(uint64_t party, const struct shape *shape, int64_t offset_us)
{
	struct sighting sighting;

	bench.answer.binding.id = party;
	bench.answer.binding.subject.prefix.addr =
	    addr_from_v4(0xc0000200u + (uint32_t)party % 200);
	sighting = bench_make(&bench, shape, BENCH_T0 + offset_us);
	bench.party.id.value = party;
	assert_int_equal(case_book_sighting(bench.book, &bench.party, &sighting,
					    &bench.answer, sighting.known, keep,
					    NULL),
			 0);
	return sighting;
}

static void
act(uint64_t case_id, enum case_event_kind kind, int64_t offset_us)
{
	struct case_event event = {.kind = kind,
				   .time = {BENCH_T0 + offset_us},
				   .actor = "ann",
				   .reason = "because"};

	assert_int_equal(case_book_event(bench.book, case_id, &event,
					 event.time, keep, NULL),
			 0);
}

static uint64_t
case_of(uint64_t party)
{
	const struct case_record *record =
	    case_book_of_party(bench.book, (struct party_id){party});

	assert_non_null(record);
	return record->id;
}

/* ---- stubs ---- */

static void
an_ended_case_is_a_stub(void **state)
{
	uint64_t first, second;
	struct sighting late;

	(void)state;
	see(1, &shape_scan, 0);
	first = case_of(1);
	act(first, CASE_EVENT_DISMISS, DAY);
	assert_int_equal(case_book_whole(bench.book), 1);
	case_book_settle(bench.book);
	assert_int_equal(case_book_whole(bench.book), 0);
	assert_int_equal(case_book_count(bench.book), 1);
	/* A word of before reaches it, and changes nothing. */
	late = see(1, &shape_brute, DAY / 2);
	assert_int_equal(kept.fetched, 1);
	assert_string_equal(bench.row, "of-ended-case");
	assert_int_equal(late.time.us, BENCH_T0 + DAY / 2);
	case_book_settle(bench.book);
	/* A newer one begins the next, which knows of it. */
	see(1, &shape_scan, 2 * DAY);
	second = case_of(1);
	assert_true(second != first);
	assert_int_equal(kept.records[1]->earlier, first);
	assert_true(kept.records[1]->asked & CASE_DISMISSED_BEFORE);
	case_book_settle(bench.book);
	assert_int_equal(case_book_whole(bench.book), 1);
	assert_int_equal(case_book_find(bench.book, first)->state,
			 CASE_DISMISSED);
}

static void
what_cant_be_fetched_begins_anew(void **state)
{
	uint64_t first;

	(void)state;
	see(1, &shape_scan, 0);
	first = case_of(1);
	act(first, CASE_EVENT_DISMISS, DAY);
	case_book_settle(bench.book);
	kept.lost = true;
	see(1, &shape_scan, 2 * DAY);
	assert_int_equal(kept.records[1]->earlier, 0);
	assert_null(case_book_find(bench.book, first));
	assert_int_equal(case_book_count(bench.book), 1);
}

static void
stubs_come_back_at_start(void **state)
{
	const struct case_stub stub = {.id = 77,
				       .party = {5},
				       .state = CASE_CLOSED,
				       .opened = {BENCH_T0 - 9 * DAY},
				       .closed = {BENCH_T0 - 2 * DAY}};
	struct case_stub open = stub;

	(void)state;
	open.id = 78;
	open.state = CASE_OPEN;
	assert_int_equal(case_book_restore_stub(bench.book, &stub), 0);
	assert_int_equal(case_book_restore_stub(bench.book, &stub),
			 LZ_E_EXISTS);
	assert_int_equal(case_book_restore_stub(bench.book, &open), LZ_E_RANGE);
	assert_int_equal(case_book_count(bench.book), 1);
	case_book_forget(bench.book, 77);
	case_book_forget(bench.book, 77);
	assert_int_equal(case_book_count(bench.book), 0);
}

/* ---- two that are one ---- */

static int
merge(uint64_t from, uint64_t into, const struct sighting *sightings,
      size_t count, int64_t offset_us)
{
	struct case_moved moved[4];
	const struct case_merge how = {.from = from,
				       .into = into,
				       .moved = moved,
				       .count = count,
				       .actor = "ann",
				       .reason = "one household"};

	for (size_t i = 0; i < count; i++)
		moved[i] = (struct case_moved){&sightings[i], CERTAINTY_CERTAIN,
					       "bng1"};
	return case_book_merge(bench.book, &how,
			       (struct at_event){BENCH_T0 + offset_us}, keep,
			       NULL);
}

static void
two_parties_become_one(void **state)
{
	struct sighting of_first[1];
	uint64_t first, second;

	(void)state;
	of_first[0] = see(1, &shape_brute, 0);
	see(2, &shape_mail, TIMES_HOUR_US);
	first = case_of(1);
	second = case_of(2);
	assert_int_equal(merge(first, first, of_first, 1, DAY), LZ_E_STATE);
	assert_int_equal(merge(first, 99, of_first, 1, DAY), LZ_E_NOT_FOUND);
	assert_int_equal(merge(first, second, of_first, 1, DAY), 0);
	/* Both numbers are good. */
	assert_int_equal(case_book_find(bench.book, first)->state, CASE_MERGED);
	assert_int_equal(case_book_find(bench.book, first)->merged_into,
			 second);
	assert_int_equal(case_book_find(bench.book, second)->sighting_count, 2);
	assert_int_equal(case_of(1), second);
	case_book_settle(bench.book);
	/* What comes of the first goes on in the second. */
	see(1, &shape_scan, 2 * DAY);
	assert_int_equal(case_of(1), second);
	assert_int_equal(case_book_find(bench.book, second)->sighting_count, 3);
	assert_int_equal(merge(first, second, of_first, 1, 3 * DAY),
			 LZ_E_STATE);
	/* And in the next one of the second's party, too. */
	act(second, CASE_EVENT_DISMISS, 3 * DAY);
	see(1, &shape_scan, 5 * DAY);
	assert_true(case_of(1) != second);
	assert_int_equal(case_of(1), case_of(2));
	assert_int_equal(case_book_find(bench.book, case_of(1))->party.value,
			 2);
}

static void
one_becomes_two_again(void **state)
{
	struct sighting of_first[1];
	struct case_party party = {.id = {1}, .known = true};
	struct identity_answer answer = {.certainty = CERTAINTY_PROBABLE};
	struct case_split split = {.party = &party,
				   .sightings = of_first,
				   .answers = &answer,
				   .count = 1,
				   .actor = "ann",
				   .reason = "split: two households"};
	uint64_t first, second;

	(void)state;
	of_first[0] = see(1, &shape_brute, 0);
	see(2, &shape_mail, TIMES_HOUR_US);
	first = case_of(1);
	second = case_of(2);
	assert_int_equal(merge(first, second, of_first, 1, DAY), 0);
	split.from = second;
	party.id.value = 2;
	assert_int_equal(case_book_split(bench.book, &split,
					 (struct at_event){BENCH_T0 + 2 * DAY},
					 keep, NULL),
			 LZ_E_STATE);
	party.id.value = 1;
	assert_int_equal(case_book_split(bench.book, &split,
					 (struct at_event){BENCH_T0 + 2 * DAY},
					 keep, NULL),
			 0);
	assert_int_equal(case_book_find(bench.book, second)->sighting_count, 1);
	assert_true(case_of(1) != second);
	/* What is later of the first is the first's own. */
	see(1, &shape_scan, 3 * DAY);
	assert_true(case_of(1) != case_of(2));
	assert_int_equal(case_book_find(bench.book, case_of(1))->party.value,
			 1);
}

/* As ../shared/cases h06: a second case of one key must not stop the line. */
static void
two_open_cases_of_one_party(void **state)
{
	struct case_record *old = calloc(1, sizeof(*old));
	struct case_record *new = calloc(1, sizeof(*new));
	struct sighting sighting;

	(void)state;
	case_record_init(old, 1, (struct party_id){9},
			 (struct at_event){BENCH_T0 - 2 * DAY}, &bench.policy);
	case_record_init(new, 2, (struct party_id){9},
			 (struct at_event){BENCH_T0 - DAY}, &bench.policy);
	old->known = new->known = true;
	assert_int_equal(case_book_restore(bench.book, new, 0), 0);
	assert_int_equal(case_book_restore(bench.book, old, 0), 0);
	assert_int_equal(case_of(9), 2);
	sighting = see(9, &shape_scan, 0);
	assert_int_equal(kept.records[0]->id, 2);
	assert_int_equal(kept.twin, 1);
	see(3, &shape_scan, TIMES_HOUR_US);
	assert_int_equal(kept.twin, 0);
	assert_int_equal(merge(2, 1, &sighting, 1, DAY), 0);
	assert_int_equal(case_of(9), 1);
	assert_int_equal(case_book_find(bench.book, 2)->state, CASE_MERGED);
	see(9, &shape_brute, 2 * DAY);
	assert_int_equal(kept.twin, 0);
	assert_int_equal(case_book_find(bench.book, 1)->sighting_count, 2);
	free(old);
	free(new);
}

static void
the_one_left_stands_for_the_party(void **state)
{
	struct case_record *record = calloc(1, sizeof(*record));

	(void)state;
	for (uint64_t id = 1; id <= 2; id++) {
		case_record_init(record, id, (struct party_id){9},
				 (struct at_event){BENCH_T0 +
						   (int64_t)id * DAY},
				 &bench.policy);
		record->known = true;
		assert_int_equal(case_book_restore(bench.book, record, 0), 0);
	}
	assert_int_equal(case_of(9), 2);
	act(2, CASE_EVENT_DISMISS, 3 * DAY);
	assert_int_equal(case_of(9), 1);
	free(record);
}

/* ---- what stops ---- */

static void
reasons_to_stop_stand_side_by_side(void **state)
{
	const uint8_t both = CASE_BRAKE_NOTICE | CASE_BRAKE_MEASURE;

	(void)state;
	case_book_stop(bench.book, CASE_STOP_SOURCES, both, "a source");
	case_book_stop(bench.book, CASE_STOP_PERSON, both, "a person");
	see(1, &shape_scan, 0);
	assert_int_equal(bench.notices, 0);
	assert_string_equal(bench.row, "notice-braked");
	case_book_stop(bench.book, CASE_STOP_SOURCES, 0, NULL);
	see(2, &shape_scan, TIMES_MINUTE_US);
	assert_int_equal(bench.notices, 0);
	case_book_stop(bench.book, CASE_STOP_PERSON, 0, NULL);
	see(3, &shape_scan, 2 * TIMES_MINUTE_US);
	assert_int_equal(bench.notices, 1);
}

static void
five_causes_are_blamed(void **state)
{
	struct sighting sighting = bench_make(&bench, &shape_c2, BENCH_T0);
	uint32_t causes[CASE_CAUSES], others[CASE_CAUSES];

	(void)state;
	sighting.marks |= SIGHTING_HAS_EXPORTER;
	sighting.exporter = addr_from_v4(0xcb007101u);
	brakes_causes(&sighting, "bng1", causes);
	for (unsigned i = 0; i < CASE_CAUSES; i++)
		assert_int_not_equal(causes[i], 0);
	sighting.exporter = addr_from_v4(0xcb007102u);
	brakes_causes(&sighting, "bng2", others);
	assert_int_equal(causes[CASE_CAUSE_ORIGIN], others[CASE_CAUSE_ORIGIN]);
	assert_int_not_equal(causes[CASE_CAUSE_EXPORTER],
			     others[CASE_CAUSE_EXPORTER]);
	assert_int_not_equal(causes[CASE_CAUSE_SOURCE],
			     others[CASE_CAUSE_SOURCE]);
	sighting.marks = 0;
	brakes_causes(&sighting, NULL, others);
	assert_int_equal(others[CASE_CAUSE_EXPORTER], 0);
	assert_int_equal(others[CASE_CAUSE_INDICATOR], 0);
	assert_int_equal(others[CASE_CAUSE_SOURCE], 0);
}

/* Each of the five, alone, holds what is one too many. */
static void
each_cause_alone_holds(void **state)
{
	struct brakes *brakes = calloc(1, sizeof(*brakes));
	struct case_step_input input = {.now = {BENCH_T0}};

	(void)state;
	for (uint32_t cause = 0; cause < CASE_CAUSES; cause++) {
		memset(brakes, 0, sizeof(*brakes));
		for (uint32_t i = 0; i < 25; i++) {
			for (uint32_t j = 0; j < CASE_CAUSES; j++)
				input.causes[j] = j == cause ? 7
							     : 1000 * i + j + 1;
			brakes_ask(brakes, &bench.policy, 0, 0, &input);
			assert_int_equal((input.brake & CASE_BRAKE_COMMON) != 0,
					 i >= 20);
			brakes_count_notice(brakes, input.causes, input.now);
		}
	}
	free(brakes);
}

static void
a_node_has_its_own_measures(void **state)
{
	struct brakes *brakes = calloc(1, sizeof(*brakes));
	struct case_step_input input = {.now = {BENCH_T0}};

	(void)state;
	bench.policy.brake_node_measures_hour = 2;
	bench.policy.cause_measures_hour = 100;
	for (uint32_t i = 0; i < 3; i++) {
		input.causes[CASE_CAUSE_SOURCE] = 7;
		brakes_ask(brakes, &bench.policy, 0, 0, &input);
		assert_int_equal((input.brake & CASE_BRAKE_MEASURE) != 0,
				 i == 2);
		brakes_count_measure(brakes, input.causes, input.now);
	}
	input.causes[CASE_CAUSE_SOURCE] = 8;
	brakes_ask(brakes, &bench.policy, 0, 0, &input);
	assert_int_equal(input.brake, 0);
	free(brakes);
}

/* ---- with and without stubs the same comes out ---- */

static void
stubs_change_nothing(void **state)
{
	static const struct shape *const shapes[] = {&shape_scan, &shape_brute,
						     &shape_mail, &shape_c2};
	char with[sizeof(kept.rows)];

	for (unsigned seed = 1; seed <= 20; seed++) {
		for (unsigned stubs = 0; stubs < 2; stubs++) {
			struct rng rng;

			rng_init(&rng, seed);
			teardown(state);
			setup(state);
			for (int64_t at = 1; at <= 60; at++) {
				const uint64_t party = 1 + rng_below(&rng, 3);
				const int64_t back =
				    (int64_t)rng_below(&rng, 3) * DAY;

				see(party, shapes[rng_below(&rng, 4)],
				    at * 2 * DAY - back);
				if (rng_below(&rng, 4) == 0)
					act(case_of(party), CASE_EVENT_DISMISS,
					    at * 2 * DAY + TIMES_HOUR_US);
				if (stubs)
					case_book_settle(bench.book);
			}
			if (stubs)
				assert_string_equal(kept.rows, with);
			else
				memcpy(with, kept.rows, sizeof(with));
		}
		assert_true(kept.fetched > 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	    TEST(an_ended_case_is_a_stub),
	    TEST(what_cant_be_fetched_begins_anew),
	    TEST(stubs_come_back_at_start),
	    TEST(two_parties_become_one),
	    TEST(one_becomes_two_again),
	    TEST(two_open_cases_of_one_party),
	    TEST(the_one_left_stands_for_the_party),
	    TEST(reasons_to_stop_stand_side_by_side),
	    TEST(five_causes_are_blamed),
	    TEST(each_cause_alone_holds),
	    TEST(a_node_has_its_own_measures),
	    TEST(stubs_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
