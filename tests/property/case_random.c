/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random histories of a case against the laws of every step (case_laws.h).  One
 * that breaks a law is shrunk and told, with the seed it came from.
 *
 *	SEED=7 ROUNDS=100000 case_random
 *
 * Without them the same histories each time.  `case_random planted` tries the
 * shrinker on bugs that are planted in what the step answers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/sha256.h"
#include "property/case_laws.h"
#include "property/shrink.h"

#define ROUNDS 3000
#define PLANTED_MOST 5 /* deeds a shrunk history of a planted bug has */
#define PLANT_SEEDS 4000

struct trial {
	const struct history *history;
	/* A bug that isn't there: says what is wrong with a right step. */
	const char *(*planted)(const struct moment *moment);
	const char *wrong;
	bool tells;
	uint64_t steps;
	bool fired[CASE_ROWS_MAX];
};

static bool
look(void *context, const struct moment *moment)
{
	struct trial *trial = context;

	trial->steps++;
	for (size_t i = 0; i < case_table_rows; i++)
		if (case_table[i].name == moment->result->row)
			trial->fired[i] = true;
	if (trial->tells)
		history_tell(moment);
	trial->wrong = laws_check(moment);
	if (!trial->wrong && trial->planted)
		trial->wrong = trial->planted(moment);
	return !trial->wrong;
}

/* NULL: it breaks nothing. */
static const char *
try_history(struct trial *trial, const struct history *history)
{
	trial->wrong = NULL;
	if (!history_run(history, look, trial) && !trial->wrong)
		return "a history that can't be run";
	return trial->wrong;
}

/* ---- shrinking ---- */

struct looked_for {
	struct trial *trial;
	struct history history;
	const char *wrong;
};

static bool
still_fails(void *context, const void *things, size_t count)
{
	struct looked_for *it = context;
	const char *wrong;

	memcpy(it->history.deeds, things, count * sizeof(struct deed));
	it->history.count = count;
	wrong = try_history(it->trial, &it->history);
	return wrong && strcmp(wrong, it->wrong) == 0;
}

static bool
plainer(void *context, void *thing, unsigned n)
{
	(void)context;
	return history_plainer(thing, n);
}

/* The rules that it needs not go first: they say most. */
static void
shrink_rules(struct looked_for *it, struct history *history)
{
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		it->history = *history;
		it->history.rules &= (uint16_t) ~(1u << i);
		if (still_fails(it, history->deeds, history->count))
			history->rules = it->history.rules;
	}
	it->history = *history;
	it->history.after_earlier = it->history.dismissed_before = false;
	if (still_fails(it, history->deeds, history->count))
		history->after_earlier = history->dismissed_before = false;
	it->history = *history;
}

static void
shrink_history(struct trial *trial, struct history *history, const char *wrong)
{
	static struct deed spare[DEEDS_MAX];
	static struct looked_for it;
	struct shrink shrink = {.things = history->deeds,
				.count = history->count,
				.size = sizeof(history->deeds[0]),
				.spare = spare,
				.fails = still_fails,
				.plainer = plainer,
				.context = &it};

	it.trial = trial;
	it.wrong = wrong;
	shrink_rules(&it, history);
	shrink_run(&shrink);
	history->count = shrink.count;
}

static void
tell(struct trial *trial, const struct history *history, const char *wrong)
{
	printf("violated: %s\n  seed %llu, %u deeds\n", wrong,
	       (unsigned long long)history->seed, (unsigned)history->count);
	history_tell_rules(history->rules);
	trial->tells = true;
	(void)try_history(trial, history);
	trial->tells = false;
}

/* ---- planted bugs ---- */

static const char *
plant_second_notice(const struct moment *moment)
{
	return moment->after->notice_count > 1 ? "planted: a second notice"
					       : NULL;
}

static const char *
plant_released_filter(const struct moment *moment)
{
	return moment->event->kind == CASE_EVENT_RELEASE &&
		       moment->before->measure_count > 0 &&
		       moment->before->measures[0].kind == MEASURE_FILTER
		   ? "planted: a filter that was released"
		   : NULL;
}

static const char *
plant_answer(const struct moment *moment)
{
	return moment->event->kind == CASE_EVENT_ANSWER &&
		       moment->result->changed
		   ? "planted: an objection that was answered"
		   : NULL;
}

/* 0: found, and shrunk to few deeds that break it yet. */
static int
try_planted(const char *(*planted)(const struct moment *moment))
{
	static struct history history;
	static struct trial trial;
	const char *wrong = NULL;
	size_t count;

	memset(&trial, 0, sizeof(trial));
	trial.planted = planted;
	for (uint64_t seed = 1; seed < PLANT_SEEDS && !wrong; seed++) {
		history_make(seed, &history);
		wrong = try_history(&trial, &history);
	}
	if (!wrong || strncmp(wrong, "planted", 7) != 0) {
		printf("a planted bug wasn't found: %s\n",
		       wrong ? wrong : "nothing was");
		if (wrong)
			tell(&trial, &history, wrong);
		return 1;
	}
	count = history.count;
	shrink_history(&trial, &history, wrong);
	printf("%s: %u deeds shrunk to %u\n", wrong, (unsigned)count,
	       (unsigned)history.count);
	if (history.count <= PLANTED_MOST && try_history(&trial, &history))
		return 0;
	tell(&trial, &history, wrong);
	return 1;
}

/* ---- all ---- */

static uint64_t
number_of(const char *name, uint64_t other)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : other;
}

int
main(int argc, char **argv)
{
	static struct trial trial;
	static struct history history;
	const uint64_t rounds = number_of("ROUNDS", ROUNDS);
	const uint64_t seed = number_of("SEED", 1);
	size_t fired = 0;

	if (crypto_init())
		return 1;
	if (argc > 1 && strcmp(argv[1], "planted") == 0)
		return try_planted(plant_second_notice) ||
		       try_planted(plant_released_filter) ||
		       try_planted(plant_answer);
	for (uint64_t round = 0; round < rounds; round++) {
		const char *wrong;

		history_make(seed + round, &history);
		wrong = try_history(&trial, &history);
		if (!wrong)
			continue;
		shrink_history(&trial, &history, wrong);
		tell(&trial, &history, wrong);
		return 1;
	}
	for (size_t i = 0; i < case_table_rows; i++)
		fired += trial.fired[i];
	printf("random: %llu histories from seed %llu, %llu steps, %u of %u "
	       "rows, no law broken\n",
	       (unsigned long long)rounds, (unsigned long long)seed,
	       (unsigned long long)trial.steps, (unsigned)fired,
	       (unsigned)case_table_rows);
	return 0;
}
