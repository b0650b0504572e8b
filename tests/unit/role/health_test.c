/* SPDX-License-Identifier: Apache-2.0 */
/* Counter pages, who holds them, and what /healthz makes of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "role/counter_table.h"
#include "role/counters.h"
#include "role/metrics.h"

static const char *const names[] = {"sensor", "desk", "notifier", "metrics",
				    "run"};
static char folder[] = "/tmp/lazaret-health-XXXXXX";
static char page[METRICS_TEXT_SIZE];

static int
setup(void **state)
{
	(void)state;
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[96];

		snprintf(path, sizeof(path), "%s/%s.counters", folder,
			 names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

static bool
healthy(bool supervised)
{
	struct text text;

	text_init(&text, page, sizeof(page));
	return metrics_health(&text, folder, supervised);
}

static void
test_hold(void **state)
{
	int held, again;

	(void)state;
	assert_false(counters_held(folder, "sensor"));
	held = counters_hold(folder, "sensor");
	assert_true(held >= 0);
	assert_true(counters_held(folder, "sensor"));
	assert_false(counters_held(folder, "desk"));
	/* Another description of the same file is another holder. */
	assert_int_equal(counters_hold(folder, "sensor"), -EAGAIN);
	close(held);
	assert_false(counters_held(folder, "sensor"));
	again = counters_hold(folder, "sensor");
	assert_true(again >= 0);
	close(again);
	assert_true(counters_hold("/nowhere/lazaret", "sensor") < 0);
}

static void
test_states_of_a_role(void **state)
{
	struct counters *run = counters_create(folder, "run");
	struct counters *sensor = counters_create(folder, "sensor");
	int held;

	(void)state;
	assert_non_null(run);
	assert_non_null(sensor);
	counters_set(run, COUNTER_RUN_WANTED_SENSOR, 1);
	assert_false(healthy(true));
	assert_string_equal(page, "{\"v\":1,\"kind\":\"health\",\"roles\":{"
				  "\"sensor\":{\"state\":\"down\"}},"
				  "\"ready\":false}\n");
	held = counters_hold(folder, "sensor");
	assert_false(healthy(true));
	assert_non_null(strstr(page, "{\"state\":\"starting\"}"));
	/* Ready, but never heard of since the machine started. */
	counters_set_ready(sensor, INT64_C(1700000000000000));
	assert_true(counters_silent_us(sensor) > 0);
	if (counters_silent_us(sensor) > ROLE_SILENT_US_MAX) {
		assert_false(healthy(true));
		assert_non_null(strstr(page, "{\"state\":\"stuck\","));
	}
	counters_beat(sensor);
	assert_true(healthy(true));
	assert_string_equal(page, "{\"v\":1,\"kind\":\"health\",\"roles\":{"
				  "\"sensor\":{\"state\":\"ready\","
				  "\"since\":\"2023-11-14T22:13:20.000000Z\"}},"
				  "\"ready\":true}\n");
	/* It died without a word: its page says ready, nobody holds it. */
	close(held);
	assert_false(healthy(true));
	assert_non_null(strstr(page, "{\"state\":\"down\"}"));
	counters_close(sensor);
	counters_close(run);
}

/* Units of their own: all roles are expected. */
static void
test_without_supervisor(void **state)
{
	struct counters *pages[4];
	int held[4];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_false(healthy(false));
		pages[i] = counters_create(folder, names[i]);
		held[i] = counters_hold(folder, names[i]);
		assert_true(held[i] >= 0);
		counters_set_ready(pages[i], 1);
		counters_beat(pages[i]);
	}
	assert_true(healthy(false));
	for (size_t i = 0; i < 4; i++) {
		close(held[i]);
		counters_close(pages[i]);
	}
	assert_false(healthy(false));
}

/* A role that begins anew goes on counting, and isn't ready yet. */
static void
test_counting_goes_on(void **state)
{
	struct counters *sensor = counters_create(folder, "sensor");
	const struct counters *reading;

	(void)state;
	assert_null(counters_open(folder, "desk"));
	counters_add(sensor, COUNTER_SENSOR_DATAGRAMS, 40);
	counters_set_ready(sensor, 5);
	counters_close(sensor);
	sensor = counters_create(folder, "sensor");
	counters_add(sensor, COUNTER_SENSOR_DATAGRAMS, 2);
	reading = counters_open(folder, "sensor");
	assert_non_null(reading);
	assert_int_equal(counters_get(reading, COUNTER_SENSOR_DATAGRAMS), 42);
	assert_int_equal(counters_ready_since_us(reading), 0);
	counters_close(reading);
	counters_close(sensor);
}

/* The table itself: names as Prometheus wants them, each once. */
static void
test_table(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		const struct counter_row *row = &counter_rows[i];
		const bool total = strstr(row->name, "_total") != NULL;

		assert_int_equal(strncmp(row->name, "lazaret_", 8), 0);
		assert_int_equal(strcmp(row->type, "counter") == 0, total);
		assert_true(total || strcmp(row->type, "gauge") == 0);
		for (unsigned other = 0; other < i; other++)
			assert_string_not_equal(counter_rows[other].name,
						row->name);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_hold),
	    TEST(test_states_of_a_role),
	    TEST(test_without_supervisor),
	    TEST(test_counting_goes_on),
	    TEST(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
