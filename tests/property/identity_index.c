/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The binding index answers as the rows in memory do: random histories go through
 * the tracker into both, and the same questions are put to both, with all rows
 * in the head, and again when the days are sealed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "ident/identify.h"
#include "index/index.h"
#include "property/identity_world.h"
#include "unit/index/folder.h"

#define HISTORIES 100
#define QUESTIONS 250
#define BATCH 16

struct both {
	struct folder folder;
	struct binding_table *table;
	struct index_writer *writer;
	struct index_reader *reader;
	struct tracker_source sources[SOURCES]; /* as the index numbers them */
	struct rng rng;
	uint64_t position, certain;
};

static struct world world;

static struct tracker_source *
source_in_index(struct both *both, uint16_t number)
{
	struct tracker_source *source = &both->sources[number];
	char name[16];

	/* Its gap is the index's: read anew. */
	snprintf(name, sizeof(name), "source %u", number);
	*source = world.sources[number];
	assert_int_equal(index_source(both->writer, name, source), 0);
	return source;
}

static void
feed_both(struct both *both)
{
	struct tracker_store store = index_store(both->writer, NULL, NULL);

	for (size_t i = 0; i < world.word_count; i++) {
		const struct world_word *word = &world.words[i];

		world_feed(both->table, word);
		if (i % BATCH == 0)
			assert_int_equal(index_begin(both->writer), 0);
		assert_int_equal(
		    tracker_event(&store, source_in_index(both, word->source),
				  &word->event),
		    0);
		if (i % BATCH == BATCH - 1 || i + 1 == world.word_count)
			assert_int_equal(index_commit(both->writer,
						      ++both->position),
					 0);
	}
}

static void
silence_both(struct both *both)
{
	const struct at_event now = {world.end_us};
	struct tracker_store of_table = binding_table_store(both->table);
	struct tracker_store of_index = index_store(both->writer, NULL, NULL);

	assert_int_equal(index_begin(both->writer), 0);
	for (uint16_t i = SOURCE_NAS; i < SOURCES; i++)
		assert_int_equal(
		    tracker_silence(&of_table,
				    binding_table_source(both->table, i), now),
		    tracker_silence(&of_index, source_in_index(both, i), now));
	assert_int_equal(index_commit(both->writer, ++both->position), 0);
}

static void
ask_both(struct both *both, const struct identity_question *question)
{
	struct binding_cursor of_table = binding_table_cursor(both->table);
	struct binding_cursor of_index = index_reader_cursor(both->reader);
	struct identity_answer one, two;
	const char *label;
	struct party_id id;

	identify(&of_table, question, &one);
	identify(&of_index, question, &two);
	assert_string_equal(certainty_name(one.certainty),
			    certainty_name(two.certainty));
	assert_string_equal(one.reasons[0], two.reasons[0]);
	assert_int_equal(one.awaiting, two.awaiting);
	assert_int_equal(one.candidates, two.candidates);
	assert_int_equal(one.shared, two.shared);
	if (one.certainty < CERTAINTY_PROBABLE)
		return;
	both->certain += one.certainty == CERTAINTY_CERTAIN;
	assert_int_equal(index_reader_party(both->reader, two.party, &label,
					    &id),
			 0);
	assert_string_equal(
	    party_table_label(binding_table_parties(both->table), one.party),
	    label);
	/* Rows of two sources may say the same; which one names is chance. */
	if (both->sources[one.binding.source].number != two.binding.source)
		return;
	/* The index keeps milliseconds. */
	assert_true(llabs(one.binding.start.us - two.binding.start.us) < 1000);
	assert_int_equal(one.binding.end.us == INT64_MAX,
			 two.binding.end.us == INT64_MAX);
}

static void
compare(struct both *both)
{
	const uint64_t span =
	    (uint64_t)(world.end_us - world.words[0].arrival_us) + 1;

	for (unsigned i = 0; i < QUESTIONS; i++) {
		struct identity_question question = {.port = -1};
		int resource = (int)rng_below(&both->rng, RESOURCES);
		struct subject subject;

		world_subject(resource, &subject, &question.realm);
		question.addr = subject.prefix.addr;
		if (subject_has_ports(&subject) && rng_below(&both->rng, 8))
			question.port = subject.port_first + 7;
		question.first.us = world.words[0].arrival_us +
				    (int64_t)rng_below(&both->rng, span);
		question.last = question.first;
		question.error_us = (int64_t)rng_below(&both->rng, 3) *
				    TIMES_SECOND_US;
		ask_both(both, &question);
	}
}

static void
run(struct both *both, uint64_t seed)
{
	struct world_conf conf = {.steps = 60,
				  .loss_permille = seed % 3 ? 150 : 0,
				  .late_permille = 100,
				  .twice_permille = 100,
				  .power_cut_permille = 200,
				  .skewed = seed % 2,
				  .numbers_again = seed % 5 != 0,
				  .translator = (enum translator)(seed % 3)};
	struct index_conf index = {.path = both->folder.path,
				   .head_bytes = (size_t)1 << 24};
	struct at_event later;

	rng_init(&both->rng, seed);
	world_run(&world, seed, &conf);
	both->table = world_table(&world);
	assert_int_equal(index_writer_open(&index, &both->writer), 0);
	feed_both(both);
	silence_both(both);
	assert_int_equal(index_reader_open(both->folder.path, &both->reader),
			 0);
	compare(both);
	later.us = world.end_us + 5 * TIMES_DAY_US;
	assert_true(index_seal(both->writer, later) >= 1);
	assert_int_equal(index_reader_renew(both->reader), 0);
	compare(both);
	index_reader_close(both->reader);
	index_writer_close(both->writer);
	binding_table_free(both->table);
}

static void
the_index_answers_as_memory_does(void **state)
{
	uint64_t certain = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
		struct both both = {.folder = folder_new()};

		run(&both, seed);
		certain += both.certain;
		folder_free(&both.folder);
	}
	assert_true(certain > HISTORIES * QUESTIONS / 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_index_answers_as_memory_does),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
