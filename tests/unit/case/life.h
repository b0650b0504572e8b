/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lives of a case on the bench (book_bench.h), under rules that a test changes:
 * everything live unless it says else, T0 a Thursday at ten, UTC.
 */
#ifndef TEST_CASE_LIFE_H
#define TEST_CASE_LIFE_H

#include "book_bench.h"
#include "fact/security_reason.h"

#define DAY TIMES_DAY_US
#define HOUR TIMES_HOUR_US
#define MINUTE TIMES_MINUTE_US
#define SECOND TIMES_SECOND_US

static struct bench bench;
static struct case_action actions[CASE_ACTIONS_MAX]; /* of the last step */
static size_t action_count;
static unsigned corrections;

static inline void
life_sink(void *context, const struct case_output *output)
{
	bench_sink(context, output);
	action_count = output->action_count;
	memcpy(actions, output->actions, action_count * sizeof(actions[0]));
	for (size_t i = 0; i < action_count; i++)
		corrections += actions[i].kind == CASE_ACTION_CORRECTION;
}

static inline int
life_begin(void **state)
{
	(void)state;
	bench_init(&bench);
	bench.policy.live_mode = true;
	memset(bench.policy.live, true, sizeof(bench.policy.live));
	case_policy_seal(&bench.policy);
	bench.party.channels = 2;
	action_count = corrections = 0;
	return 0;
}

static inline int
life_end(void **state)
{
	(void)state;
	bench_fini(&bench);
	return 0;
}

/* The help desk: Monday to Friday, eight to six. */
static inline void
life_set_desk(struct case_policy *policy)
{
	policy->help_desk.set = true;
	for (unsigned day = 0; day < 5; day++)
		for (unsigned quarter = 32; quarter < 72; quarter++) {
			unsigned at = day * 96 + quarter;

			policy->help_desk.quarters[at / 8] |=
			    (uint8_t)(1u << (at % 8));
		}
	case_policy_seal(policy);
}

static inline void
life_see(const struct shape *shape, int64_t offset_us)
{
	struct sighting sighting = bench_make(&bench, shape,
					      BENCH_T0 + offset_us);

	assert_int_equal(case_book_sighting(bench.book, &bench.party, &sighting,
					    &bench.answer, sighting.known,
					    life_sink, &bench),
			 0);
}

static inline void
life_wait(int64_t offset_us)
{
	case_book_advance(bench.book, (struct at_event){BENCH_T0 + offset_us},
			  life_sink, &bench);
}

static inline void
life_say(struct case_event event, int64_t offset_us)
{
	event.time.us = BENCH_T0 + offset_us;
	assert_int_equal(case_book_event(bench.book, bench_case(&bench)->id,
					 &event, event.time, life_sink, &bench),
			 0);
}

/* By somebody. */
static inline void
life_act(enum case_event_kind kind, const char *actor, int64_t offset_us)
{
	struct case_event event = {.kind = kind};

	(void)text_copy(event.actor, sizeof(event.actor), slice_of(actor));
	life_say(event, offset_us);
}

static inline void
life_order(uint8_t measure, uint8_t security, const char *actor,
	   int64_t offset_us)
{
	struct case_event event = {.kind = CASE_EVENT_ORDER,
				   .measure = measure,
				   .security = security};

	(void)text_copy(event.actor, sizeof(event.actor), slice_of(actor));
	life_say(event, offset_us);
}

/* All notices so far were delivered. */
static inline void
life_deliver(int64_t offset_us)
{
	const struct case_record *record = bench_case(&bench);

	for (uint32_t i = 0; i < record->notice_count; i++) {
		const struct case_notice *notice = &record->notices[i];

		if (times_is_set(notice->delivered) ||
		    times_is_set(notice->failed))
			continue;
		life_say((struct case_event){.kind = CASE_EVENT_RECEIPT,
					     .notice_id = notice->id,
					     .receipt = RECEIPT_SENT},
			 offset_us);
		life_say((struct case_event){.kind = CASE_EVENT_RECEIPT,
					     .notice_id = notice->id,
					     .receipt = RECEIPT_DELIVERED},
			 offset_us);
	}
}

/* A scanner that was told twice and is still infected after the grace: the last
 * scan, at seven days, begins what is next. */
static inline void
life_infected(void)
{
	for (int day = 0; day < 3; day++) {
		life_see(&shape_scan, day * DAY);
		life_deliver(day * DAY + HOUR);
	}
	life_wait(3 * DAY + HOUR);
	life_deliver(3 * DAY + HOUR);
	life_see(&shape_scan, 5 * DAY);
	life_see(&shape_scan, 7 * DAY);
}

/* The measure on the party; it has one place. */
static inline enum measure_kind
life_measure(void)
{
	const struct case_record *record = bench_case(&bench);

	for (uint32_t i = 0; i < record->measure_count; i++)
		if (record->measures[i].kind != MEASURE_FILTER)
			return record->measures[i].kind;
	return (enum measure_kind)0;
}

static inline void
life_is(enum case_state state, const char *row)
{
	assert_string_equal(case_state_name(bench_case(&bench)->state),
			    case_state_name(state));
	assert_string_equal(bench.row, row);
}

#define LIFE(name) cmocka_unit_test_setup_teardown(name, life_begin, life_end)

#endif
