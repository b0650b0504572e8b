/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sighting's way from the sensor to the desk, each in its own sandbox and as
 * its own user: the bell wakes the desk, its word of what it has read comes
 * back, and a desk that was away gets what waited.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "role/counter_table.h"
#include "role/counters.h"
#include "unit/role/exporting.h"
#include "unit/role/running.h"

#define RINGS 20
/* A lost ring costs a second; most must not be lost. */
#define RING_MS_MAX 500

struct trial {
	struct running *running;
	const struct counters *sensor, *desk;
	unsigned index;
	uint64_t wanted;
};

static bool
desk_has_counted(void *context)
{
	const struct trial *trial = context;

	return counters_get(trial->desk, trial->index) >= trial->wanted;
}

static bool
sensor_has_counted(void *context)
{
	const struct trial *trial = context;

	return counters_get(trial->sensor, trial->index) >= trial->wanted;
}

static void
wait_for(struct trial *trial, bool (*counted)(void *), unsigned index,
	 uint64_t wanted)
{
	trial->index = index;
	trial->wanted = wanted;
	if (!running_until(counted, trial, RUNNING_DEADLINE_MS))
		fail_msg("%s stays below %llu", counter_rows[index].name,
			 (unsigned long long)wanted);
}

static void
start(struct trial *trial, struct exporting *exporting)
{
	static const char *const roles[] = {"sensor", "desk", NULL};

	exporting_configure(trial->running);
	running_start(trial->running, roles);
	running_wait_ready(trial->running, "sensor");
	running_wait_ready(trial->running, "desk");
	exporting_begin(exporting, running_port(trial->running, "netflow"));
	trial->sensor = counters_open(trial->running->run, "sensor");
	trial->desk = counters_open(trial->running->run, "desk");
	assert_non_null(trial->sensor);
	assert_non_null(trial->desk);
}

static void
finish(struct trial *trial, struct exporting *exporting)
{
	exporting_end(exporting);
	counters_close(trial->sensor);
	counters_close(trial->desk);
	assert_int_equal(running_end(trial->running, SIGTERM), 0);
	assert_int_equal(running_said(trial->running, "forbidden"), 0);
}

static void
test_bell(void **state)
{
	struct trial trial = {.running = *state};
	struct exporting exporting;
	int64_t longest_ms = 0, sum_ms = 0;
	unsigned prompt = 0;

	start(&trial, &exporting);
	for (unsigned i = 1; i <= RINGS; i++) {
		int64_t ms;

		exporting_send(&exporting);
		wait_for(&trial, desk_has_counted, COUNTER_DESK_SIGHTINGS,
			 (uint64_t)i * EXPORTING_FLOWS);
		ms = running_now_ms() - exporting.sent_ms;
		longest_ms = ms > longest_ms ? ms : longest_ms;
		sum_ms += ms;
		prompt += ms < RING_MS_MAX;
	}
	print_message("datagram to desk: %.1f ms on average, at most %d ms\n",
		      (double)sum_ms / RINGS, (int)longest_ms);
	assert_true(prompt > RINGS / 2);
	/* What the desk has taken in comes back to the sensor. */
	wait_for(&trial, sensor_has_counted, COUNTER_SENSOR_SPOOL_READ,
		 RINGS * EXPORTING_FLOWS);
	finish(&trial, &exporting);
}

static void
test_desk_was_away(void **state)
{
	struct trial trial = {.running = *state};
	struct exporting exporting;
	pid_t desk;

	start(&trial, &exporting);
	exporting_send(&exporting);
	wait_for(&trial, desk_has_counted, COUNTER_DESK_SIGHTINGS,
		 EXPORTING_FLOWS);
	desk = running_wait_role(trial.running, "desk", 0);
	assert_int_equal(kill(desk, SIGSTOP), 0);
	for (unsigned i = 0; i < RINGS; i++)
		exporting_send(&exporting);
	wait_for(&trial, sensor_has_counted, COUNTER_SENSOR_SPOOL_LAST,
		 (RINGS + 1) * EXPORTING_FLOWS);
	assert_int_equal(kill(desk, SIGKILL), 0);
	/* Its successor goes on behind what was committed. */
	wait_for(&trial, sensor_has_counted, COUNTER_SENSOR_SPOOL_READ,
		 (RINGS + 1) * EXPORTING_FLOWS);
	assert_int_equal(counters_get(trial.desk, COUNTER_DESK_SPOOL_LOST), 0);
	finish(&trial, &exporting);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, running_setup, running_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_bell),
	    TEST(test_desk_was_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
