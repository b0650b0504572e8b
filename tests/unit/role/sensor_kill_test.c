/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sensor dies 50 times, at seeded moments, while NetFlow v9 comes in over
 * UDP.  What a reader of its spool has seen once stays, sequences have no hole,
 * the supervisor starts it again, what arrives meanwhile waits in the socket,
 * and each gap is said and counted.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/rng.h"
#include "crypto/sha256.h"
#include "fact/sighting.h"
#include "role/counter_table.h"
#include "role/counters.h"
#include "spool/spool.h"
#include "unit/role/exporting.h"
#include "unit/role/running.h"

#define KILLS 50
#define SEED 1
#define DATAGRAM_EVERY_MS 4
#define SEQUENCES_MAX (2 * EXPORTING_HOSTS_MAX)
#define QUICK_MS 400 /* most deaths come within this of a start */
#define SLOW_MS 1100 /* one in three after it: waiting starts anew */

struct trial {
	struct running running;
	struct exporting exporting;
	struct rng rng;
	struct spool_reader *reader;
	uint64_t last; /* sequence read */
	uint32_t sums[SEQUENCES_MAX];
	bool sighted[EXPORTING_HOSTS_MAX];
};

/* --------------------------------------------------------------- reading */

static void
record_take(struct trial *trial, const uint8_t *body, size_t length,
	    uint64_t sequence)
{
	struct sighting sighting;
	struct cursor cursor;
	uint32_t host;

	assert_int_equal(sequence, trial->last + 1);
	assert_true(sequence < SEQUENCES_MAX);
	cursor_init(&cursor, body, length);
	assert_int_equal(sighting_decode(&cursor, &sighting), 0);
	host = exporting_host(&trial->exporting, &sighting.address);
	trial->sighted[host] = true;
	trial->sums[sequence] = hash_crc32c(0, body, length);
	trial->last = sequence;
}

static void
spool_follow(struct trial *trial)
{
	const uint8_t *body;
	uint64_t sequence;
	size_t length;
	int got;

	while ((got = spool_reader_next(trial->reader, &body, &length,
					&sequence)) == 1)
		record_take(trial, body, length, sequence);
	assert_int_equal(got, 0);
	assert_int_equal(spool_reader_lost(trial->reader), 0);
}

/* From the beginning: what was seen is there still, byte for byte. */
static void
spool_compare(struct trial *trial, const char *path)
{
	struct spool_reader *reader;
	const uint8_t *body;
	uint64_t sequence, next = 1;
	size_t length;

	assert_int_equal(spool_reader_open(path, 0, &reader), 0);
	while (spool_reader_next(reader, &body, &length, &sequence) == 1) {
		assert_int_equal(sequence, next++);
		if (sequence <= trial->last)
			assert_int_equal(hash_crc32c(0, body, length),
					 trial->sums[sequence]);
	}
	assert_true(next > trial->last);
	spool_reader_close(reader);
}

/* ---------------------------------------------------------------- trials */

/* Traffic and reading go on until the condition holds. */
static void
play_until(struct trial *trial, bool (*condition)(struct trial *, int64_t),
	   int64_t argument)
{
	const int64_t end = running_now_ms() + RUNNING_DEADLINE_MS;

	while (!condition(trial, argument)) {
		if (running_now_ms() > end)
			fail_msg("nothing comes of it any more");
		if (running_now_ms() - trial->exporting.sent_ms >=
		    DATAGRAM_EVERY_MS)
			exporting_send(&trial->exporting);
		spool_follow(trial);
		running_breathe();
	}
}

static bool
time_has_come(struct trial *trial, int64_t at_ms)
{
	(void)trial;
	return running_now_ms() >= at_ms;
}

static bool
host_is_sighted(struct trial *trial, int64_t host)
{
	return trial->sighted[host];
}

static bool
other_sensor_runs(struct trial *trial, int64_t not )
{
	const pid_t now = running_role(&trial->running, "sensor");

	return now && now != not ;
}

static bool
watched_is_noted(struct trial *trial, int64_t unused)
{
	char path[RUNNING_PATH_SIZE + 32];
	uint64_t until;

	(void)unused;
	snprintf(path, sizeof(path), "%s/sensor/watched", trial->running.state);
	return spool_watermark_read(path, &until) == 0 && until != 0;
}

/* It dies at `after_ms`; what is sent to nobody arrives all the same. */
static pid_t
kill_once(struct trial *trial, pid_t sensor, int64_t after_ms)
{
	uint32_t orphan;

	play_until(trial, time_has_come, running_now_ms() + after_ms);
	assert_int_equal(kill(sensor, SIGKILL), 0);
	running_wait_dead(sensor);
	orphan = exporting_send(&trial->exporting);
	play_until(trial, other_sensor_runs, sensor);
	if (after_ms >= QUICK_MS)
		play_until(trial, host_is_sighted, orphan);
	return running_role(&trial->running, "sensor");
}

static void
start(struct trial *trial)
{
	static const char *const roles[] = {"sensor", NULL};
	char spool[RUNNING_PATH_SIZE + 32];

	rng_init(&trial->rng, SEED);
	exporting_configure(&trial->running);
	running_start(&trial->running, roles);
	running_wait_ready(&trial->running, "sensor");
	exporting_begin(&trial->exporting,
			running_port(&trial->running, "netflow"));
	snprintf(spool, sizeof(spool), "%s/sensor/spool", trial->running.state);
	assert_int_equal(spool_reader_open(spool, 0, &trial->reader), 0);
}

static void
gaps_compare(struct trial *trial)
{
	const struct counters *page = counters_open(trial->running.run,
						    "sensor");
	const uint64_t gaps = counters_get(page, COUNTER_SENSOR_GAPS);

	assert_non_null(page);
	assert_int_equal(gaps, running_said(&trial->running,
					    "sensor: not watched: "));
	/* Who dies before it could say so leaves it to the next. */
	assert_true(gaps > KILLS / 3);
	assert_true(gaps <= KILLS);
	counters_close(page);
}

static void
lost_print(const struct trial *trial, int64_t began_ms)
{
	uint32_t sighted = 0;

	for (uint32_t i = 0; i < trial->exporting.hosts; i++)
		sighted += trial->sighted[i];
	print_message("%u kills in %.1f s: %u of %u flows sighted, %.2f %% "
		      "lost in a dying sensor\n",
		      (unsigned)KILLS,
		      (double)(running_now_ms() - began_ms) / 1000, sighted,
		      trial->exporting.hosts,
		      100.0 * (trial->exporting.hosts - sighted) /
			  trial->exporting.hosts);
	/* All that its socket and its list hold beyond is the test's. */
	assert_true(sighted > trial->exporting.hosts / 2);
}

static struct trial the_trial; /* large */

static int
setup(void **state)
{
	(void)state;
	running_init(&the_trial.running);
	return crypto_init(); /* an id is looked at when it is read */
}

static int
teardown(void **state)
{
	(void)state;
	running_fini(&the_trial.running);
	return 0;
}

static void
test_killed_sensor(void **state)
{
	const int64_t began_ms = running_now_ms();
	char spool[RUNNING_PATH_SIZE + 32];
	pid_t sensor;

	(void)state;
	start(&the_trial);
	play_until(&the_trial, host_is_sighted,
		   exporting_send(&the_trial.exporting));
	play_until(&the_trial, watched_is_noted, 0);
	sensor = running_wait_role(&the_trial.running, "sensor", 0);
	for (unsigned i = 0; i < KILLS; i++)
		sensor = kill_once(&the_trial, sensor,
				   i % 3 == 0
				       ? SLOW_MS
				       : (int64_t)rng_below(&the_trial.rng,
							    QUICK_MS));
	play_until(&the_trial, host_is_sighted,
		   exporting_send(&the_trial.exporting));
	gaps_compare(&the_trial);
	assert_int_equal(running_end(&the_trial.running, SIGTERM), 0);
	spool_follow(&the_trial);
	snprintf(spool, sizeof(spool), "%s/sensor/spool",
		 the_trial.running.state);
	spool_compare(&the_trial, spool);
	lost_print(&the_trial, began_ms);
	spool_reader_close(the_trial.reader);
	exporting_end(&the_trial.exporting);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_killed_sensor, setup,
					    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
