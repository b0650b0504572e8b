/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A book of cases on a bench: a policy in shadow, one certain party, sightings
 * made in a line, and what came out kept for the asking.
 */
#ifndef TEST_BOOK_BENCH_H
#define TEST_BOOK_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "case/book.h"
#include "case/score.h"
#include "case/table.h"
#include "crypto/sha256.h"

#define BENCH_T0 (INT64_C(1718877600) * TIMES_SECOND_US) /* 2024-06-20 10:00 */
#define BENCH_LATENESS (120 * TIMES_SECOND_US)

struct bench {
	struct case_policy policy;
	struct case_book *book;
	struct case_party party;
	bool host; /* 192.0.2.7 was seen, not all of the binding */
	struct identity_answer answer;
	unsigned notices, on, off, renewed, refused, persons, outputs;
	unsigned filters_on, gardens_on, real;
	char row[48];
	char refusal[96];
	char target[MEASURE_TARGET_SIZE];
	struct at_event garden_at;
};

/* A sighting's shape; the rest is filled in. */
struct shape {
	const char *origin, *detector;
	uint8_t class;
	int32_t weight;
	uint16_t marks;
	uint8_t peer; /* last byte of 198.51.100.x */
};

static const struct shape shape_flood_one = {"own-flow", "flood.icmp/1",
					     RSIT_DDOS,  4000,
					     0,          9};
static const struct shape shape_flood_two = {
    "own-flow", "flood.icmp/1", RSIT_DDOS, 6000, SIGHTING_FLOOD_LASTS, 9};
static const struct shape shape_scan = {"own-flow", "scan/1", RSIT_SCANNER,
					5000,       0,        0};
static const struct shape shape_c2 = {
    "list:c2", "contact/1",          RSIT_INFECTED_SYSTEM,
    5000,      SIGHTING_ESTABLISHED, 77};
static const struct shape shape_sinkhole = {"sinkhole-a",
					    "feed/1",
					    RSIT_INFECTED_SYSTEM,
					    5000,
					    SIGHTING_ESTABLISHED |
						SIGHTING_SINKHOLE,
					    0};
static const struct shape shape_brute = {
    "own-flow", "brute/1", RSIT_BRUTE_FORCE, 3000, 0, 0};
static const struct shape shape_mail = {
    "mail", "mail/1", RSIT_SPAM, 1500, SIGHTING_UNAUTHENTICATED, 0};

static inline void
bench_sink(void *context, const struct case_output *output)
{
	struct bench *bench = context;

	bench->outputs++;
	(void)text_copy(bench->row, sizeof(bench->row), slice_of(output->row));
	bench->refusal[0] = '\0';
	if (output->refused)
		(void)text_copy(bench->refusal, sizeof(bench->refusal),
				slice_of(output->refused));
	for (size_t i = 0; i < output->action_count; i++) {
		const struct case_action *action = &output->actions[i];
		bool filter = action->measure.kind == MEASURE_FILTER;

		bench->notices += action->kind == CASE_ACTION_NOTICE;
		bench->on += action->kind == CASE_ACTION_MEASURE_ON;
		bench->off += action->kind == CASE_ACTION_MEASURE_OFF;
		bench->renewed += action->kind == CASE_ACTION_MEASURE_RENEW;
		bench->refused += action->kind == CASE_ACTION_REFUSED;
		bench->persons += action->kind == CASE_ACTION_PERSON;
		if (action->kind == CASE_ACTION_NOTICE ||
		    action->kind == CASE_ACTION_MEASURE_ON)
			bench->real += !action->would;
		if (action->kind != CASE_ACTION_MEASURE_ON)
			continue;
		bench->filters_on += filter;
		bench->gardens_on += !filter;
		if (!filter)
			bench->garden_at = output->input->now;
		(void)text_copy(bench->target, sizeof(bench->target),
				slice_of(action->measure.target));
	}
}

static inline void
bench_init(struct bench *bench)
{
	struct rng rng;

	memset(bench, 0, sizeof(*bench));
	assert_int_equal(crypto_init(), 0);
	case_policy_init(&bench->policy);
	bench->policy.essential_set = true;
	case_policy_seal(&bench->policy);
	rng_init(&rng, 1);
	bench->book = case_book_new(&bench->policy, rng);
	assert_non_null(bench->book);
	bench->party =
	    (struct case_party){.id = {42}, .known = true, .reachable = true};
	bench->answer.certainty = CERTAINTY_CERTAIN;
	bench->answer.binding.id = 7;
	bench->answer.binding.subject.prefix.addr = addr_from_v4(0xc0000207u);
	bench->answer.binding.subject.prefix.length = 128;
	bench->answer.binding.start.us = BENCH_T0 - 300 * TIMES_DAY_US;
	bench->answer.binding.end.us = INT64_MAX;
}

static inline void
bench_fini(struct bench *bench)
{
	case_book_free(bench->book);
}

static inline struct sighting
bench_make(const struct bench *bench, const struct shape *shape,
	   int64_t time_us)
{
	struct sighting sighting = {.class = shape->class,
				    .role = ROLE_INFECTED,
				    .proto = 17,
				    .peer_port = 80,
				    .weight_milli = shape->weight,
				    .marks = shape->marks,
				    .lateness_us = BENCH_LATENESS};

	sighting.time.us = sighting.last.us = time_us;
	sighting.first.us = time_us - 10 * TIMES_SECOND_US;
	sighting.known.us = time_us + BENCH_LATENESS + TIMES_SECOND_US;
	sighting.address = bench->answer.binding.subject.prefix.addr;
	sighting.subject = bench->answer.binding.subject;
	if (bench->host) {
		sighting.address = addr_from_v4(0xc0000207u);
		sighting.subject.prefix = prefix_of(&sighting.address, 128);
	}
	if (shape->peer) {
		sighting.peer = addr_from_v4(0xc6336400u + shape->peer);
		sighting.marks |= SIGHTING_HAS_PEER | SIGHTING_HAS_PEER_PORT;
	}
	(void)text_copy(sighting.origin, sizeof(sighting.origin),
			slice_of(shape->origin));
	(void)text_copy(sighting.detector, sizeof(sighting.detector),
			slice_of(shape->detector));
	sighting_seal(&sighting);
	return sighting;
}

static inline void
bench_feed(struct bench *bench, const struct sighting *sighting, int64_t now_us)
{
	assert_int_equal(case_book_sighting(bench->book, &bench->party,
					    sighting, &bench->answer,
					    (struct at_event){now_us},
					    bench_sink, bench),
			 0);
}

/* Seen at an offset from T0, told at once. */
static inline void
bench_see(struct bench *bench, const struct shape *shape, int64_t offset_us)
{
	struct sighting sighting = bench_make(bench, shape,
					      BENCH_T0 + offset_us);

	bench_feed(bench, &sighting, sighting.known.us);
}

static inline void
bench_wait(struct bench *bench, int64_t offset_us)
{
	case_book_advance(bench->book, (struct at_event){BENCH_T0 + offset_us},
			  bench_sink, bench);
}

static inline const struct case_record *
bench_case(const struct bench *bench)
{
	const struct case_record *record = case_book_of_party(bench->book,
							      bench->party.id);

	assert_non_null(record);
	return record;
}

static inline void
bench_act(struct bench *bench, enum case_event_kind kind, int64_t offset_us)
{
	struct case_event event = {.kind = kind,
				   .time = {BENCH_T0 + offset_us},
				   .actor = "staff"};

	assert_int_equal(case_book_event(bench->book, bench_case(bench)->id,
					 &event, event.time, bench_sink, bench),
			 0);
}

#endif
