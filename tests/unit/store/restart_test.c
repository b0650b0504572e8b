/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database server is restarted under load, again and again, as if it had
 * crashed: the writer undoes its round and goes on from what is stored.  Nothing
 * is lost, nothing is there twice, and a reader beside it never sees half.
 */
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "crypto/sha256.h"
#include "store/desk_view.h"
#include "store/leaf_store.h"

#define ROUNDS 3000
#define A_ROUND 10
#define RESTARTS 4
#define FAILURES_MAX 5000

static const struct at_event now = {INT64_C(1700000000000000)};

/* Restarts the server some times; ended by the parent. */
static pid_t
restarter_start(void)
{
	const pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		const struct timespec between = {0, 150000000};

		for (unsigned i = 0; i < RESTARTS; i++) {
			nanosleep(&between, NULL);
			if (system(getenv("STORE_RESTART")) != 0)
				_exit(1);
		}
		_exit(0);
	}
	return child;
}

static int
round_do(struct store *store, struct leaf_store *leaves, uint64_t round)
{
	const struct leaf_fact fact = {.kind = LEAF_RECALL,
				       .time = now,
				       .ref = round};
	int error = store_begin(store);

	for (uint64_t i = 0; i < A_ROUND && !error; i++) {
		const struct store_result result = {.command = round * A_ROUND +
							       i,
						    .time = now,
						    .actor = "ann",
						    .message = ""};

		error = desk_store_result_add(store, &result);
	}
	if (!error)
		error = leaf_store_add(leaves, &fact, now);
	if (!error)
		error = desk_store_set_offset(store, "command", round);
	if (!error)
		error = leaf_store_settle(leaves);
	if (!error)
		error = store_commit(store);
	if (error) {
		store_rollback(store);
		leaf_store_forget(leaves);
	}
	return error;
}

/* How far it is, once the server answers. */
static uint64_t
offset_wait(struct store *store)
{
	const struct timespec moment = {0, 5000000};
	uint64_t offset = 0;

	for (unsigned i = 0; desk_store_offset(store, "command", &offset) != 0;
	     i++) {
		assert_true(i < FAILURES_MAX);
		nanosleep(&moment, NULL);
	}
	return offset;
}

static int
count_result(void *context, const struct store_result *result)
{
	(void)result;
	++*(unsigned *)context;
	return 0;
}

static int
check_leaf(void *context, const struct leaf_row *row)
{
	assert_int_equal(row->number, ++*(uint64_t *)context);
	return 0;
}

static void
all_there_once(struct store *store)
{
	uint64_t leaves = 0;

	for (uint64_t n = A_ROUND; n < (ROUNDS + 1) * A_ROUND; n++) {
		unsigned count = 0;

		assert_int_equal(desk_view_results(store, n, count_result,
						   &count),
				 0);
		assert_int_equal(count, 1);
	}
	assert_int_equal(leaf_store_list(store, 0, ROUNDS + 1, check_leaf,
					 &leaves),
			 0);
	assert_int_equal(leaves, ROUNDS);
}

static void
a_restart_loses_nothing(void **state)
{
	struct scratch *scratch = *state;
	struct store *store = scratch_writer(scratch, &sql_desk);
	struct store *reader = scratch_reader(scratch, &sql_desk);
	struct leaf_store *leaves;
	unsigned failures = 0;
	pid_t restarter;
	int status = 0;
	bool restarted = false;

	assert_int_equal(leaf_store_open(scratch_writer(scratch, &sql_keys),
					 store, &leaves),
			 0);
	restarter = restarter_start();
	for (uint64_t round = 1; round <= ROUNDS || !restarted; round++) {
		if (round <= ROUNDS && round_do(store, leaves, round) != 0) {
			failures++;
			round = offset_wait(store);
		}
		if (round % 16 == 0) {
			uint64_t offset, n = 0;

			/* Half a round is never seen: the newest has its last
			 * row. */
			offset = offset_wait(reader);
			if (offset) {
				unsigned count = 0;

				n = offset * A_ROUND + A_ROUND - 1;
				if (desk_view_results(reader, n, count_result,
						      &count) == 0)
					assert_int_equal(count, 1);
			}
		}
		restarted = restarted ||
			    waitpid(restarter, &status, WNOHANG) == restarter;
		if (round > ROUNDS)
			round = ROUNDS;
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(failures > 0);
	all_there_once(store);
	leaf_store_close(leaves);
	store_close(reader);
	store_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_restart_loses_nothing,
					    scratch_setup, scratch_teardown),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
