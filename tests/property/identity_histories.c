/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random histories against what really happened: questions asked in the middle
 * of them, with the words that had got through by then, and at their end.
 * Never certain and wrong; never certain without a word of that holder on both
 * sides; and where nothing is lost, certain nearly always.  How often the answer
 * is declined is printed, by cause.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/sha256.h"
#include "ident/identify.h"
#include "property/identity_world.h"

#define SECOND TIMES_SECOND_US
#define MINUTE TIMES_MINUTE_US
#define ASKED 12
#define CAUSES_MAX 64
#define STEPS 40

struct cause {
	const char *reason;
	uint8_t certainty;
	uint64_t count;
};

struct tally {
	uint64_t histories, words, questions, wrong, unbracketed;
	uint64_t by_certainty[CERTAINTY_COUNT];
	uint64_t probable_wrong, held, held_certain;
	uint64_t plain_questions, plain_certain;
	size_t cause_count;
	struct cause causes[CAUSES_MAX];
};

struct asked {
	int resource;
	int64_t from_us, to_us;
	struct identity_answer answer;
	int customer; /* that was named; -1 */
};

static struct world world;

static void
count_cause(struct tally *tally, const struct identity_answer *answer)
{
	const char *reason = answer->reasons[0];

	for (size_t i = 0; i < tally->cause_count; i++) {
		struct cause *it = &tally->causes[i];

		if (it->reason == reason &&
		    it->certainty == answer->certainty) {
			it->count++;
			return;
		}
	}
	lz_assert(tally->cause_count < CAUSES_MAX);
	tally->causes[tally->cause_count++] =
	    (struct cause){reason, answer->certainty, 1};
}

static struct asked
ask(struct binding_table *table, struct rng *rng, int resource, int64_t from_us,
    int64_t to_us, int64_t error_us)
{
	struct binding_cursor cursor = binding_table_cursor(table);
	struct identity_question question = {.port = -1,
					     .first.us = from_us,
					     .last.us = to_us,
					     .error_us = error_us};
	struct asked asked = {resource, from_us, to_us, {0}, -1};
	struct subject subject;
	const char *label;

	world_subject(resource, &subject, &question.realm);
	question.addr = subject.prefix.addr;
	/* Any host of a prefix, any port of a block. */
	if (subject.prefix.length < 128)
		question.addr.bytes[15] = (uint8_t)rng_below(rng, 256);
	if (subject_has_ports(&subject) && rng_below(rng, 16) != 0)
		question.port = subject.port_first +
				(int32_t)rng_below(rng, 1024);
	identify(&cursor, &question, &asked.answer);
	lz_assert(asked.answer.reason_count > 0);
	if (asked.answer.certainty < CERTAINTY_PROBABLE)
		return asked;
	label = party_table_label(binding_table_parties(table),
				  asked.answer.party);
	lz_assert(label);
	asked.customer = atoi(label + sizeof("user:") - 1);
	return asked;
}

/* By the words alone, one after the other: was who is named said to hold the
 * subject both before and after? */
static bool
is_bracketed(const struct asked *asked, size_t word_count)
{
	const struct binding *row = &asked->answer.binding;
	int64_t slack_us = row->error_us + SECOND;
	bool before = false, after = false;

	if (row->source >= SOURCE_DHCP)
		return true;
	for (size_t i = 0; i < word_count; i++) {
		const struct world_word *it = &world.words[i];
		char label[PARTY_LABEL_SIZE];

		world_label(asked->customer, label);
		if (it->source >= SOURCE_DHCP ||
		    strcmp(it->event.holder, label) != 0)
			continue;
		for (uint8_t k = 0; k < it->event.subject_count; k++) {
			if (!subject_equal(&it->event.subjects[k].subject,
					   &row->subject))
				continue;
			before |= it->event.at.us <= asked->from_us + slack_us;
			after |= it->event.at.us >= asked->to_us - slack_us;
		}
	}
	return before && after;
}

static void
explain(const struct asked *asked, uint64_t seed)
{
	printf("history %llu: resource %d at %lld..%lld: customer %d %s, "
	       "truly %d, by source %u\n",
	       (unsigned long long)seed, asked->resource,
	       (long long)asked->from_us, (long long)asked->to_us,
	       asked->customer, certainty_name(asked->answer.certainty),
	       world_holder(&world, asked->resource, asked->from_us),
	       asked->answer.binding.source);
}

static void
judge(struct tally *tally, const struct asked *asked, size_t word_count,
      uint64_t seed)
{
	uint8_t certainty = asked->answer.certainty;
	bool right = asked->customer >= 0 &&
		     world_held(&world, asked->resource, asked->customer,
				asked->from_us, asked->to_us);

	tally->questions++;
	tally->by_certainty[certainty]++;
	count_cause(tally, &asked->answer);
	if (world_holder(&world, asked->resource, asked->from_us) >= 0) {
		tally->held++;
		tally->held_certain += certainty == CERTAINTY_CERTAIN;
	}
	tally->probable_wrong += certainty == CERTAINTY_PROBABLE && !right;
	if (certainty != CERTAINTY_CERTAIN)
		return;
	if (!right) {
		tally->wrong++;
		explain(asked, seed);
	}
	if (!is_bracketed(asked, word_count)) {
		tally->unbracketed++;
		explain(asked, seed);
	}
}

/* What and when to ask for: around a change, or anything up to now. */
static int64_t
pick_time(struct rng *rng, int64_t now_us, int *resource)
{
	int64_t start_us = world.words[0].arrival_us - MINUTE;
	const struct truth *truth;
	int64_t at_us;

	*resource = (int)rng_below(rng, RESOURCES);
	if (rng_below(rng, 3) != 0 && world.truth_count > 0) {
		truth = &world.truths[rng_below(rng, world.truth_count)];
		*resource = truth->resource;
		at_us = rng_below(rng, 2) ? truth->from_us : truth->to_us;
		at_us = at_us == INT64_MAX ? now_us : at_us;
		at_us += (int64_t)rng_below(rng, 60 * SECOND) - 30 * SECOND;
		if (at_us <= now_us)
			return at_us;
	}
	return start_us +
	       (int64_t)rng_below(rng, (uint64_t)(now_us - start_us));
}

static void
ask_some(struct tally *tally, struct binding_table *table, struct rng *rng,
	 size_t word_count, int64_t now_us, uint64_t seed)
{
	int resource;
	int64_t from_us = pick_time(rng, now_us, &resource), to_us = from_us;
	struct asked asked;

	if (rng_below(rng, 4) == 0)
		to_us += (int64_t)rng_below(rng, 5 * MINUTE);
	asked = ask(table, rng, resource, from_us, to_us,
		    (int64_t)rng_below(rng, 4) * SECOND);
	judge(tally, &asked, word_count, seed);
}

static void
silence(struct binding_table *table, int64_t now_us)
{
	struct tracker_store store = binding_table_store(table);

	for (uint16_t i = SOURCE_NAS; i < SOURCES; i++) {
		int ended = tracker_silence(&store,
					    binding_table_source(table, i),
					    (struct at_event){now_us});

		lz_assert(ended >= 0);
	}
}

static void
run_history(struct tally *tally, uint64_t seed)
{
	struct binding_table *table;
	struct world_conf conf = {.steps = STEPS};
	struct rng rng;

	rng_init(&rng, seed ^ UINT64_C(0x9e3779b97f4a7c15));
	conf.loss_permille = (unsigned)rng_below(&rng, 3) * 150;
	conf.late_permille = (unsigned)rng_below(&rng, 3) * 100;
	conf.twice_permille = 100;
	conf.power_cut_permille = 200;
	conf.skewed = rng_below(&rng, 2);
	conf.numbers_again = rng_below(&rng, 2);
	conf.translator = (enum translator)rng_below(&rng, 3);
	world_run(&world, seed, &conf);
	if (world.word_count == 0)
		return;
	table = world_table(&world);
	for (size_t i = 0; i < world.word_count; i++) {
		world_feed(table, &world.words[i]);
		if (rng_below(&rng, 4) == 0)
			silence(table, world.words[i].arrival_us);
		if (rng_below(&rng, 4) == 0)
			ask_some(tally, table, &rng, i + 1,
				 world.words[i].arrival_us, seed);
	}
	for (unsigned i = 0; i < ASKED; i++)
		ask_some(tally, table, &rng, world.word_count,
			 world.words[world.word_count - 1].arrival_us, seed);
	tally->histories++;
	tally->words += world.word_count;
	binding_table_free(table);
}

/* Nothing lost, all clocks right: after its next word, certain. */
static void
run_plain(struct tally *tally, uint64_t seed)
{
	const struct world_conf conf = {.steps = STEPS, .sessions_only = true};
	struct binding_table *table;
	struct rng rng;

	rng_init(&rng, seed);
	world_run(&world, seed, &conf);
	table = world_table(&world);
	for (size_t i = 0; i < world.word_count; i++)
		world_feed(table, &world.words[i]);
	for (size_t i = 0; i < world.truth_count; i++) {
		const struct truth *it = &world.truths[i];
		int64_t from_us, to_us;
		struct asked asked;

		if (it->named_us == INT64_MAX)
			continue;
		from_us = it->named_us + 3 * SECOND;
		to_us = it->last_us - 3 * SECOND;
		if (from_us >= to_us)
			continue;
		from_us += (int64_t)rng_below(&rng,
					      (uint64_t)(to_us - from_us));
		asked = ask(table, &rng, it->resource, from_us, from_us, 0);
		judge(tally, &asked, world.word_count, seed);
		tally->plain_questions++;
		tally->plain_certain += asked.answer.certainty ==
					CERTAINTY_CERTAIN;
	}
	binding_table_free(table);
}

static void
print_tally(const char *title, const struct tally *tally)
{
	printf("%s: %llu histories, %llu words, %llu questions; "
	       "certain and wrong: %llu\n",
	       title, (unsigned long long)tally->histories,
	       (unsigned long long)tally->words,
	       (unsigned long long)tally->questions,
	       (unsigned long long)tally->wrong);
	for (int i = 0; i < CERTAINTY_COUNT; i++)
		printf("  %-10s %6.2f %%\n", certainty_name((uint8_t)i),
		       100.0 * (double)tally->by_certainty[i] /
			   (double)tally->questions);
	printf("  of what somebody held, certain: %.2f %%; probable and not "
	       "that party over all of the interval: %llu\n",
	       100.0 * (double)tally->held_certain / (double)tally->held,
	       (unsigned long long)tally->probable_wrong);
	for (size_t i = 0; i < tally->cause_count; i++)
		printf("  %6.2f %% %s: %s\n",
		       100.0 * (double)tally->causes[i].count /
			   (double)tally->questions,
		       certainty_name(tally->causes[i].certainty),
		       tally->causes[i].reason);
}

int
main(int argc, char **argv)
{
	static struct tally tally, plain;
	uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000;
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

	if (crypto_init() != 0)
		return 1;
	for (uint64_t i = 0; i < count; i++)
		run_history(&tally, first + i);
	for (uint64_t i = 0; i < 1 + count / 20; i++)
		run_plain(&plain, first + i);
	print_tally("anything may happen", &tally);
	plain.histories = 1 + count / 20;
	print_tally("nothing is lost", &plain);
	printf("asked after the next word: %.3f %% certain\n",
	       100.0 * (double)plain.plain_certain /
		   (double)plain.plain_questions);
	crypto_fini();
	/* Declining everything would be no proof. */
	return tally.wrong == 0 && plain.wrong == 0 && tally.unbracketed == 0 &&
		       tally.held_certain * 4 > tally.held &&
		       plain.plain_certain * 100 >= plain.plain_questions * 99
		   ? 0
		   : 1;
}
