/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Desk and enforcer beside one another: what the desk's store wants is asked
 * of the device, the device's words come back as effects, whoever is killed in
 * between.  The device is one that only remembers; a real one is tried in
 * tests/interop/enforcer_test.py.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "role/counter_table.h"
#include "role/counters.h"
#include "role/state_folders.h"
#include "store/effect_store.h"
#include "unit/role/running.h"

#define CASE_ID 17
#define KILLS 7
#define SHORT_US (4 * TIMES_SECOND_US)

static const char conf_lines[] =
    "essential: [198.51.100.0/28]\nmode: live\nlive: [garden, filter]\n"
    "quarantine: { driver: \"null\", timeout: 5s }\n";

static struct at_event
now(void)
{
	struct timespec clock;

	clock_gettime(CLOCK_REALTIME, &clock);
	return (struct at_event){(int64_t)clock.tv_sec * TIMES_SECOND_US +
				 clock.tv_nsec / 1000};
}

static void
path_of(const struct running *running, char path[RUNNING_PATH_SIZE])
{
	snprintf(path, RUNNING_PATH_SIZE, "%.90s/desk/desk.sqlite",
		 running->state);
}

static void
add_measure(struct store *store, uint64_t id, enum measure_kind kind,
	    const char *target, int64_t life_us, bool would)
{
	const struct store_measure row = {.id = id,
					  .case_id = CASE_ID,
					  .kind = kind,
					  .target = target,
					  .wanted = true,
					  .would = would,
					  .since = now(),
					  .changed = now(),
					  .expires = {now().us + life_us},
					  .reason = "a test"};

	assert_int_equal(desk_store_measure_put(store, &row), 0);
}

/* What root has made becomes the desk's. */
static void
give_away(const char *path)
{
	static const char *const tails[] = {"", "-wal", "-shm"};
	char name[RUNNING_PATH_SIZE + 8], folder[RUNNING_PATH_SIZE];
	struct stat status;

	snprintf(folder, sizeof(folder), "%s", path);
	*strrchr(folder, '/') = '\0';
	assert_int_equal(stat(folder, &status), 0);
	for (size_t i = 0; i < 3 && geteuid() == 0; i++) {
		snprintf(name, sizeof(name), "%s%s", path, tails[i]);
		assert_int_equal(chown(name, status.st_uid, status.st_gid), 0);
		assert_int_equal(chmod(name, 0640), 0);
	}
}

static void
fill(struct running *running)
{
	static struct conf_errors errors;
	const struct party_id party = {7};
	const struct store_case row = {.id = CASE_ID,
				       .party = party,
				       .state = CASE_OPEN,
				       .opened = now(),
				       .changed = now(),
				       .last = now(),
				       .due = times_unset(),
				       .closed = times_unset(),
				       .record = {(const uint8_t *)"none", 4}};
	char path[RUNNING_PATH_SIZE], message[STORE_MESSAGE_SIZE];
	struct store *store;
	struct conf *conf;

	running_configure(running, conf_lines);
	assert_int_equal(conf_read(running->conf, &conf, &errors), 0);
	assert_int_equal(state_folders_make(conf), 0);
	conf_free(conf);
	path_of(running, path);
	assert_int_equal(store_open_writer(path, &sql_desk,
					   (struct at_arrival){now().us},
					   &store, message),
			 0);
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(desk_store_party_add(store, party, "acct-7", true,
					      now()),
			 0);
	assert_int_equal(desk_store_case_put(store, &row), 0);
	add_measure(store, 1, MEASURE_GARDEN, "198.18.0.7", TIMES_HOUR_US,
		    false);
	add_measure(store, 2, MEASURE_FILTER, "198.18.0.8 > 203.0.113.9:80/udp",
		    SHORT_US, false);
	add_measure(store, 3, MEASURE_GARDEN, "198.18.0.9", TIMES_HOUR_US,
		    true);
	add_measure(store, 4, MEASURE_GARDEN, "198.51.100.1", TIMES_HOUR_US,
		    false);
	assert_int_equal(store_commit(store), 0);
	store_close(store);
	give_away(path);
}

/* ---------------------------------------------------------------- waiting */

struct waited {
	const struct running *running;
	uint64_t measure;
	bool on;
	unsigned kinds; /* bits of what is to be there */
	unsigned found;
	struct at_event last;
	bool in_order;
};

static int
take_effect(void *context, const struct store_effect *effect)
{
	struct waited *waited = context;

	if (effect->on != waited->on)
		return 0;
	waited->found |= 1u << effect->kind;
	waited->in_order = waited->in_order &&
			   effect->time.us >= waited->last.us;
	waited->last = effect->time;
	assert_string_equal(effect->device, "null");
	return 0;
}

static bool
has_effects(void *context)
{
	struct waited *waited = context;
	char path[RUNNING_PATH_SIZE], message[STORE_MESSAGE_SIZE];
	struct store *store;

	path_of(waited->running, path);
	if (store_open_reader(path, &sql_desk, &store, message) != 0)
		return false;
	waited->found = 0;
	waited->last.us = 0;
	waited->in_order = true;
	assert_int_equal(effect_store_list(store, waited->measure, take_effect,
					   waited),
			 0);
	store_close(store);
	return (waited->found & waited->kinds) == waited->kinds;
}

static void
wait_for(const struct running *running, uint64_t measure, bool on,
	 unsigned kinds)
{
	struct waited waited = {running, measure, on, kinds, 0, {0}, true};

	if (!running_until(has_effects, &waited, RUNNING_DEADLINE_MS))
		fail_msg("measure %u, on %d: %x of %x", (unsigned)measure, on,
			 waited.found, kinds);
	assert_true(waited.in_order);
	assert_int_equal(waited.found & ~kinds, 0);
}

#define IN_FORCE \
	(1u << EFFECT_ASKED | 1u << EFFECT_ACKNOWLEDGED | 1u << EFFECT_OBSERVED)

static void
start(struct running *running)
{
	static const char *const roles[] = {"desk", "enforcer", NULL};

	running_start(running, roles);
	running_wait_ready(running, "desk");
	running_wait_ready(running, "enforcer");
}

/* ------------------------------------------------------------------ tests */

static void
effects_come_back(void **state)
{
	struct running *running = *state;
	struct waited shadow = {running, 3,   true, 1u << EFFECT_ASKED,
				0,       {0}, true};

	fill(running);
	start(running);
	wait_for(running, 1, true, IN_FORCE);
	wait_for(running, 2, true, IN_FORCE);
	wait_for(running, 4, true, 1u << EFFECT_REFUSED);
	/* It ends by its own time, and that is seen, too. */
	wait_for(running, 2, false, IN_FORCE);
	assert_false(has_effects(&shadow));
	assert_int_equal(running_end(running, SIGTERM), 0);
	assert_int_equal(running_said(running, "forbidden"), 0);
}

/* The device forgets with its enforcer: each time it is lost and asked anew. */
static void
killed_at_any_moment(void **state)
{
	struct running *running = *state;
	const struct counters *page;
	pid_t enforcer = 0;

	fill(running);
	start(running);
	for (unsigned i = 0; i < KILLS; i++) {
		enforcer = running_wait_role(running, "enforcer", enforcer);
		if (i % 3 == 0)
			wait_for(running, 4, true, 1u << EFFECT_REFUSED);
		assert_int_equal(kill(enforcer, SIGKILL), 0);
		running_wait_dead(enforcer);
	}
	running_wait_role(running, "enforcer", enforcer);
	wait_for(running, 2, false, IN_FORCE);
	page = counters_open(running->run, "enforcer");
	assert_non_null(page);
	assert_int_equal(counters_get(page, COUNTER_ENFORCER_MEASURES), 1);
	assert_int_equal(counters_get(page, COUNTER_ENFORCER_ENTRIES), 1);
	counters_close(page);
	assert_int_equal(running_end(running, SIGTERM), 0);
	assert_int_equal(running_said(running, "forbidden"), 0);
	assert_int_equal(running_said(running, "passed over: "), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(effects_come_back, running_setup,
					    running_teardown),
	    cmocka_unit_test_setup_teardown(killed_at_any_moment, running_setup,
					    running_teardown)};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
