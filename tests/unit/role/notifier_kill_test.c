/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notifier dies 50 times by kill -9, at seeded moments, while 200 rows go
 * from the outbox into a Maildir whose reader moves and flags messages all the
 * time.  Each notice is there once, with its receipts, and the end is the one
 * of a trial in which nobody died.
 */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/rng.h"
#include "role/counter_table.h"
#include "unit/role/posting.h"

#define KILLS 50
#define ROWS 200
#define ROWS_A_ROUND (ROWS / KILLS)
#define SEED 1

struct trial {
	struct posting posting;
	struct rng rng;
	int64_t start_us, round_us; /* until ready; until a round's rows are
				       told, from then on */
	unsigned busy;              /* deaths with rows open */
};

/* What is left in the end, of one notice. */
struct outcome {
	unsigned files, receipts[RECEIPT_KIND_COUNT];
	uint32_t words; /* sum over the message, but for its date */
};

/* ----------------------------------------------------------------- reader */

static void
folder_of(const struct trial *trial, const char *name,
	  char path[RUNNING_PATH_SIZE + 8])
{
	snprintf(path, RUNNING_PATH_SIZE + 8, "%s/%s", trial->posting.mail,
		 name);
}

/* Moves one in four of what is new, flags one in four of what it has. */
static void
reader_plays(struct trial *trial)
{
	char new[RUNNING_PATH_SIZE + 8], cur[RUNNING_PATH_SIZE + 8];
	const struct dirent *entry;
	DIR *folder;

	folder_of(trial, "new", new);
	folder_of(trial, "cur", cur);
	folder = opendir(new);
	while (folder && (entry = readdir(folder))) {
		char from[1024], to[1040];

		if (entry->d_name[0] == '.' || rng_below(&trial->rng, 4) != 0)
			continue;
		snprintf(from, sizeof(from), "%s/%s", new, entry->d_name);
		snprintf(to, sizeof(to), "%s/%s:2,", cur, entry->d_name);
		assert_int_equal(rename(from, to), 0);
	}
	if (folder)
		closedir(folder);
	folder = opendir(cur);
	while (folder && (entry = readdir(folder))) {
		const size_t length = strlen(entry->d_name);
		char from[1024], to[1040];

		if (entry->d_name[0] == '.' ||
		    entry->d_name[length - 1] == 'S' ||
		    rng_below(&trial->rng, 4) != 0)
			continue;
		snprintf(from, sizeof(from), "%s/%s", cur, entry->d_name);
		snprintf(to, sizeof(to), "%sS", from);
		assert_int_equal(rename(from, to), 0);
	}
	if (folder)
		closedir(folder);
}

/* ----------------------------------------------------------------- trials */

/* Monotonic: a clock that is set must not end a trial. */
static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
}

/* Every tenth as a release. */
static void
rows_add(struct trial *trial, uint64_t first, uint64_t last)
{
	for (uint64_t notice = first; notice <= last; notice++)
		posting_add(&trial->posting,
			    notice % 10 == 0 ? STORE_LANE_RELEASE
					     : STORE_LANE_NOTICE,
			    notice);
}

struct sent {
	const struct trial *trial;
	uint64_t wanted;
};

static bool
has_sent(void *context)
{
	const struct sent *sent = context;
	const struct counters *page = sent->trial->posting.page;

	return counters_get(page, COUNTER_NOTIFIER_SENT) >= sent->wanted;
}

static void
wait_sent(struct trial *trial, uint64_t wanted)
{
	struct sent sent = {trial, wanted};

	if (!running_until(has_sent, &sent, RUNNING_DEADLINE_MS))
		fail_msg("not %u sent", (unsigned)wanted);
}

static void
undisturbed(struct trial *trial)
{
	int64_t began_us = now_us();

	posting_desk_open(&trial->posting);
	posting_start(&trial->posting, true);
	trial->start_us = now_us() - began_us;
	for (unsigned i = 0; i < KILLS; i++) {
		began_us = now_us();
		rows_add(trial, i * ROWS_A_ROUND + 1, (i + 1) * ROWS_A_ROUND);
		wait_sent(trial, (i + 1) * ROWS_A_ROUND);
		trial->round_us += (now_us() - began_us) / KILLS;
		reader_plays(trial);
	}
	posting_wait(&trial->posting, COUNTER_NOTIFIER_BEHIND, 0);
	assert_int_equal(posting_end(&trial->posting, SIGTERM), 0);
}

/* From its start on, or from the first row it tells in this life. */
static void
kill_once(struct trial *trial, const struct trial *calm, unsigned round)
{
	struct posting *posting = &trial->posting;
	const struct counters *page = posting->page;
	const uint64_t sent = counters_get(page, COUNTER_NOTIFIER_SENT) +
			      counters_get(page, COUNTER_NOTIFIER_THERE);
	const int64_t span_us = round % 5 == 0 ? calm->start_us + calm->round_us
					       : calm->round_us / 2 + 1;
	int64_t until_us;

	posting_start(posting, false);
	if (round % 5 != 0) {
		const int64_t late_us = now_us() + 10 * TIMES_SECOND_US;

		while (counters_get(page, COUNTER_NOTIFIER_SENT) +
			   counters_get(page, COUNTER_NOTIFIER_THERE) ==
		       sent)
			assert_true(now_us() < late_us);
	}
	until_us = now_us() +
		   (int64_t)rng_below(&trial->rng, (uint32_t)span_us);
	do
		reader_plays(trial);
	while (now_us() < until_us);
	assert_int_equal(posting_end(posting, SIGKILL), -1);
	trial->busy += posting_files(posting, "new") +
			   posting_files(posting, "cur") <
		       (round + 1) * ROWS_A_ROUND;
}

static void
disturbed(struct trial *trial, const struct trial *calm)
{
	struct posting *posting = &trial->posting;

	posting_desk_open(posting);
	for (unsigned i = 0; i < KILLS; i++) {
		rows_add(trial, i * ROWS_A_ROUND + 1, (i + 1) * ROWS_A_ROUND);
		kill_once(trial, calm, i);
		reader_plays(trial);
	}
	/* All may be told already: it must be able to end calmly. */
	posting_start(posting, true);
	posting_wait_receipts(posting, 3 * (size_t)ROWS);
	posting_wait(posting, COUNTER_NOTIFIER_BEHIND, 0);
	assert_int_equal(posting_end(posting, SIGTERM), 0);
}

/* ---------------------------------------------------------------- outcome */

/* The sum of a message without its Date and what depends on when it was. */
static uint32_t
words_sum(const char *path)
{
	char line[1024];
	uint32_t sum = 0;
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "Date:", 5) != 0 &&
		    strncmp(line, "When ", 5) != 0 && !strstr(line, "UTC") &&
		    strncmp(line, "20", 2) != 0)
			sum = hash_crc32c(sum, (const uint8_t *)line,
					  strlen(line));
	fclose(file);
	return sum;
}

static void
folder_take(const struct trial *trial, const char *name,
	    struct outcome *outcomes)
{
	char folder[RUNNING_PATH_SIZE + 8], path[1024];
	const struct dirent *entry;
	DIR *files;

	folder_of(trial, name, folder);
	files = opendir(folder);
	assert_non_null(files);
	while ((entry = readdir(files))) {
		uint64_t notice;

		if (entry->d_name[0] == '.')
			continue;
		notice = strtoull(entry->d_name + 3, NULL, 16);
		assert_true(notice >= 1 && notice <= ROWS);
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		outcomes[notice].files++;
		outcomes[notice].words = words_sum(path);
	}
	closedir(files);
}

static void
outcome_take(struct trial *trial, struct outcome *outcomes)
{
	struct posting *posting = &trial->posting;

	memset(outcomes, 0, (ROWS + 1) * sizeof(*outcomes));
	folder_take(trial, "new", outcomes);
	folder_take(trial, "cur", outcomes);
	assert_int_equal(posting_files(posting, "tmp"), 0);
	posting_receipts_read(posting);
	for (size_t i = 0; i < posting->receipt_count; i++) {
		assert_true(posting->receipts[i].notice <= ROWS);
		outcomes[posting->receipts[i].notice]
		    .receipts[posting->receipts[i].kind]++;
	}
}

static void
outcome_compare(const struct outcome *one, const struct outcome *other)
{
	for (unsigned notice = 1; notice <= ROWS; notice++) {
		assert_int_equal(one[notice].files, 1);
		for (unsigned kind = 0; kind < RECEIPT_KIND_COUNT; kind++)
			assert_int_equal(one[notice].receipts[kind],
					 kind >= RECEIPT_SENT &&
					     kind <= RECEIPT_DELIVERED);
		assert_memory_equal(&one[notice], &other[notice], sizeof(*one));
	}
}

static struct trial calm, wild; /* large */

static int
setup(void **state)
{
	(void)state;
	posting_init(&calm.posting, true);
	posting_init(&wild.posting, true);
	rng_init(&calm.rng, SEED);
	rng_init(&wild.rng, SEED);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	posting_fini(&calm.posting);
	posting_fini(&wild.posting);
	return 0;
}

static void
test_killed_notifier(void **state)
{
	static struct outcome calm_out[ROWS + 1], wild_out[ROWS + 1];
	const int64_t began_us = now_us();
	const struct counters *page = wild.posting.page;

	(void)state;
	undisturbed(&calm);
	disturbed(&wild, &calm);
	outcome_take(&calm, calm_out);
	outcome_take(&wild, wild_out);
	outcome_compare(calm_out, calm_out);
	outcome_compare(wild_out, calm_out);
	assert_int_equal(running_said(&wild.posting.running, "forbidden"), 0);
	print_message("%u kills in %.1f s (ready after %d ms, a round takes "
		      "%d ms): %u with rows open, %u messages found there\n",
		      (unsigned)KILLS,
		      (double)(now_us() - began_us) / TIMES_SECOND_US,
		      (int)(calm.start_us / 1000), (int)(calm.round_us / 1000),
		      wild.busy,
		      (unsigned)counters_get(page, COUNTER_NOTIFIER_THERE));
	/* Else nothing was tried. */
	assert_true(wild.busy > KILLS / 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_killed_notifier, setup,
					    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
