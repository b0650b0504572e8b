/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A writer that is killed at random moments of commits, seals and drops, and
 * opened again: what it holds is exactly what its position says, nothing lost,
 * nothing double, and it goes on from there to the same end.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "crypto/sha256.h"
#include "unit/index/folder.h"
#include "unit/index/history.h"

#define ROUNDS 80
#define EVENTS 24000
#define STEPS_MAX 12 /* batches before a kill that waits for no seal */
#define SPIN_NS_MAX 4000000

static void
tell(void *context, char what)
{
	const int *fd = context;

	if (write(*fd, &what, 1) != 1)
		_exit(3);
}

static int
run_writer(const char *path, int fd, unsigned batch)
{
	struct index_conf conf = {.path = path, .head_bytes = 1 << 20};
	struct index_writer *writer = NULL;
	int error = index_writer_open(&conf, &writer);

	if (!error)
		error = history_write(writer, EVENTS, batch, tell, &fd);
	index_writer_close(writer);
	return error;
}

/* Some time passes, so that the kill falls into the middle of something. */
static void
spin(uint64_t ns)
{
	struct timespec from, now;

	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	do
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	while ((uint64_t)(now.tv_sec - from.tv_sec) * 1000000000u +
		   (uint64_t)now.tv_nsec - (uint64_t)from.tv_nsec <
	       ns);
}

/* When a writer is killed: after so many steps of a kind. */
struct moment {
	char what;
	uint64_t steps, spin_ns;
};

/* Lets a writer work until then; answers whether it came to its end. */
static bool
round_of(const char *path, unsigned batch, struct moment moment)
{
	int fds[2], status;
	char byte;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(fds[0]);
		_exit(run_writer(path, fds[1], batch) != 0);
	}
	(void)close(fds[1]);
	while (moment.steps > 0 && read(fds[0], &byte, 1) == 1)
		moment.steps -= byte == moment.what;
	spin(moment.spin_ns);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	(void)close(fds[0]);
	if (WIFSIGNALED(status))
		return false;
	assert_int_equal(WEXITSTATUS(status), 0);
	return true;
}

static void
look(const char *path, struct history_model *model, uint64_t seed)
{
	struct index_reader *reader = NULL;
	struct index_facts facts;
	int error = index_reader_open(path, &reader);

	/* Killed before there was an index, or while LMDB made its files. */
	if ((error == -2 /* ENOENT */ || error == -9 /* EBADF */) &&
	    model->position == 0)
		return;
	assert_int_equal(error, 0);
	assert_true(index_reader_position(reader) >= model->position);
	history_model_run(model, index_reader_position(reader));
	index_reader_facts(reader, &facts);
	history_model_drop(model, facts.oldest);
	assert_int_equal(facts.days_damaged, 0);
	assert_int_equal(index_reader_verify(reader), 0);
	history_compare(reader, model, seed);
	index_reader_close(reader);
}

static void
test_kills(void **state)
{
	struct folder folder = folder_new();
	struct history_model model = {0};
	unsigned killed = 0;
	struct rng rng;
	bool ended = false;

	(void)state;
	rng_init(&rng, 20261125);
	for (unsigned i = 0; i < ROUNDS && !ended; i++) {
		struct moment moment = {"bsd"[i % 3], 1,
					rng_below(&rng, SPIN_NS_MAX)};

		if (moment.what == 'b')
			moment.steps = rng_below(&rng, STEPS_MAX);
		ended = round_of(folder.path, 1 + (unsigned)rng_below(&rng, 60),
				 moment);
		killed += !ended;
		look(folder.path, &model, i);
	}
	assert_true(killed >= 60);
	/* And in the end, undisturbed. */
	while (!ended)
		ended = round_of(folder.path, 40,
				 (struct moment){'-', UINT64_MAX, 0});
	look(folder.path, &model, ROUNDS);
	assert_int_equal(model.position, EVENTS);
	fprintf(stderr, "index_kill: %u kills, %llu events\n", killed,
		(unsigned long long)model.position);
	history_model_fini(&model);
	folder_free(&folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_kills)};
	int failed;

	if (crypto_init() != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_fini();
	return failed;
}
