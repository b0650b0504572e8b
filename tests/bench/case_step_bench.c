/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step of a case as the desk makes it: found by its party, its causes asked
 * of the brakes, stepped, its next look put into the heap; timers and receipts
 * among the sightings.  5,000 parties, a sighting of a random one every 27
 * seconds of 52 days; what is told is delivered at once.  Processor time of
 * this thread over all steps, median of nine rounds and their spread.  Making
 * the sightings isn't counted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "case/book.h"
#include "case_made.h"
#include "crypto/sha256.h"

#define PARTIES 5000u
#define ROUNDS 9u
#define PIECE 2000u
#define PIECES 83u
#define GOAL_US 2.0

struct told {
	uint64_t case_id, notice;
	struct at_event time;
};

struct bench {
	struct case_policy policy;
	struct case_book *book;
	struct rng rng;
	struct sighting sightings[PIECE];
	uint32_t accounts[PIECE];
	struct told told[64];
	unsigned told_count;
	uint64_t steps, notices, measures;
};

static void
take_step(void *context, const struct case_output *output)
{
	struct bench *bench = context;

	bench->steps++;
	for (size_t i = 0; i < output->action_count; i++) {
		const struct case_action *action = &output->actions[i];

		bench->measures += action->kind == CASE_ACTION_MEASURE_ON;
		if (action->kind != CASE_ACTION_NOTICE)
			continue;
		bench->notices++;
		if (bench->told_count < 64)
			bench->told[bench->told_count++] =
			    (struct told){output->record->id, action->notice.id,
					  output->input->now};
	}
}

static void
deliver(struct bench *bench, struct at_event now)
{
	static const enum receipt_kind kinds[] = {RECEIPT_SENT,
						  RECEIPT_ACCEPTED,
						  RECEIPT_DELIVERED};

	while (bench->told_count > 0) {
		const struct told told = bench->told[--bench->told_count];
		struct case_event event = {.kind = CASE_EVENT_RECEIPT,
					   .notice_id = told.notice,
					   .time = now};

		for (unsigned k = 0; k < 3; k++) {
			event.receipt = kinds[k];
			if (case_book_event(bench->book, told.case_id, &event,
					    now, take_step, bench) != 0)
				abort();
		}
	}
}

static void
make(struct bench *bench, int64_t *now_us)
{
	for (unsigned i = 0; i < PIECE; i++) {
		*now_us += 27 * TIMES_SECOND_US;
		bench->accounts[i] = (uint32_t)rng_below(&bench->rng, PARTIES);
		case_made_sighting(&bench->sightings[i], bench->accounts[i],
				   (struct at_event){*now_us}, &bench->rng);
	}
}

/* Answers the processor's seconds. */
static double
step_piece(struct bench *bench)
{
	const double begin = case_made_processor();

	for (unsigned i = 0; i < PIECE; i++) {
		const struct sighting *sighting = &bench->sightings[i];
		struct case_party party = {.id = {bench->accounts[i] + 1},
					   .known = true,
					   .reachable = true,
					   .channels = 2,
					   .binding_source = "bng1",
					   .parties_total = 1000000};
		struct identity_answer answer = {
		    .certainty = CERTAINTY_CERTAIN};

		answer.binding.id = bench->accounts[i] + 1;
		answer.binding.subject = sighting->subject;
		answer.binding.start.us = CASE_MADE_T0 - TIMES_DAY_US;
		answer.binding.end.us = INT64_MAX;
		if (case_book_sighting(bench->book, &party, sighting, &answer,
				       sighting->known, take_step, bench) != 0)
			abort();
		deliver(bench, sighting->known);
	}
	return case_made_processor() - begin;
}

static double
run_round(struct bench *bench, unsigned round)
{
	int64_t now_us = CASE_MADE_T0;
	double spent = 0;

	rng_init(&bench->rng, round + 1);
	bench->steps = bench->notices = bench->measures = 0;
	bench->book = case_book_new(&bench->policy, bench->rng);
	for (unsigned i = 0; i < PIECES; i++) {
		make(bench, &now_us);
		spent += step_piece(bench);
	}
	now_us += 600 * TIMES_SECOND_US;
	case_book_free(bench->book);
	return spent / (double)bench->steps * 1e6;
}

int
main(void)
{
	static struct bench bench;
	double us[ROUNDS];
	double median;

	if (crypto_init() != 0)
		return 1;
	case_made_policy(&bench.policy);
	/* Brakes let a bench go on: they are asked all the same. */
	bench.policy.brake_notices_hour = bench.policy.brake_measures_hour =
	    1000000;
	bench.policy.brake_node_measures_hour = 1000000;
	bench.policy.cause_notices_hour = bench.policy.cause_measures_hour =
	    1000000;
	bench.policy.brake_share_ppm = 1000000;
	case_policy_seal(&bench.policy);
	for (unsigned i = 0; i < ROUNDS; i++)
		us[i] = run_round(&bench, i);
	median = case_made_median(us, ROUNDS);
	printf("case_step: %u rounds of %u sightings, the last made %llu "
	       "steps, %llu notices, %llu measures; %.2f to %.2f us a step\n",
	       ROUNDS, PIECE * PIECES, (unsigned long long)bench.steps,
	       (unsigned long long)bench.notices,
	       (unsigned long long)bench.measures, us[0], us[ROUNDS - 1]);
	printf("bench: case_step %.2f us goal %.0f %s\n", median, GOAL_US,
	       median <= GOAL_US ? "met" : "missed");
	return 0;
}
