/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passes of the enforcer against a device of the test's own: what is asked and
 * heard in which order, what a device that fails leads to, and that any order
 * of wishes, losses, failures and deaths ends as desired.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "crypto/sha256.h"
#include "role/counter_table.h"
#include "role/enforcing.h"

#define CASE_ID 17
#define TIMEOUT (60 * TIMES_SECOND_US)
#define EFFECTS_MAX 512
#define MEASURES 6

static const char *const targets[MEASURES] = {
    "192.0.2.7",         "192.0.2.8/30",    "192.0.2.9",
    "2001:db8:7:1::/64", "2001:db8:7::/57", "192.0.2.7"};

/* ---------------------------------------------------------------- device */

/* What the next batch meets. */
static struct {
	struct state there;
	struct changes done;
	enum device_result result; /* of every change but a removal */
	size_t dies_after;         /* so many changes; 0: never */
	bool gone;
} fake;

static int
fake_apply(struct device *device, const struct change *changes, size_t count)
{
	(void)device;
	fake.done.count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct have have = {changes[i].element,
					  changes[i].timeout_us};
		size_t at = 0;

		if (fake.dies_after && i >= fake.dies_after)
			return -EIO;
		assert_int_equal(changes_add(&fake.done, &changes[i]), 0);
		while (at < fake.there.count &&
		       element_compare(&fake.there.list[at].element,
				       &changes[i].element) != 0)
			at++;
		if (changes[i].act == CHANGE_REMOVE) {
			if (at < fake.there.count)
				fake.there.list[at] =
				    fake.there.list[--fake.there.count];
		} else if (fake.result == DEVICE_DONE) {
			if (at < fake.there.count)
				fake.there.list[at] = have;
			else
				assert_int_equal(state_add(&fake.there, &have),
						 0);
		}
	}
	return 0;
}

static int
fake_dump(struct device *device, device_have_cb *have, void *context)
{
	int error = fake.gone ? LZ_E_NOT_FOUND : 0;

	(void)device;
	for (size_t i = 0; i < fake.there.count && !error; i++)
		error = have(context, &fake.there.list[i]);
	return error;
}

static int
fake_poll(struct device *device, device_event_cb *tell, void *context)
{
	(void)device;
	for (size_t i = 0; i < fake.done.count; i++) {
		struct device_event event = {fake.done.list[i], DEVICE_DONE, 0};

		if (event.change.act != CHANGE_REMOVE &&
		    fake.result != DEVICE_DONE) {
			event.result = fake.result;
			event.cause = 23;
		}
		tell(context, &event);
	}
	return 0;
}

static const struct driver fake_driver = {.name = "fake",
					  .caps = DEVICE_CAN_GARDEN |
						  DEVICE_CAN_BLOCK |
						  DEVICE_CAN_FILTER,
					  .apply = fake_apply,
					  .dump = fake_dump,
					  .poll = fake_poll};

/* ----------------------------------------------------------------- stand */

static char folder[] = "/tmp/lazaret-enforcing-XXXXXX";
static struct store *desk, *own;
static struct counters *counters;
static struct device device = {.driver = &fake_driver,
			       .lengths = {3, {56, 64, 128}}};
static struct quarantine_conf conf;
static struct prefix essential[1];
static struct inside_item inside[2];
static struct guard guard = {&conf, 1, essential, 2, inside};
static struct enforcing enforcing;

static struct at_event
now(void)
{
	struct timespec clock;

	clock_gettime(CLOCK_REALTIME, &clock);
	return (struct at_event){(int64_t)clock.tv_sec * TIMES_SECOND_US +
				 clock.tv_nsec / 1000};
}

static struct store *
open_store(const char *name, const struct sql_set *set)
{
	char path[128], message[STORE_MESSAGE_SIZE];
	struct store *store;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(store_open_writer(path, set,
					   (struct at_arrival){now().us},
					   &store, message),
			 0);
	return store;
}

static void
want_kind(uint64_t id, enum measure_kind kind, const char *target, bool wanted)
{
	const struct store_measure row = {.id = id,
					  .case_id = CASE_ID,
					  .kind = kind,
					  .target = target,
					  .wanted = wanted,
					  .since = now(),
					  .changed = now(),
					  .expires = {now().us + TIMES_HOUR_US},
					  .reason = "a test"};

	assert_int_equal(desk_store_measure_put(desk, &row), 0);
}

static void
want(uint64_t id, const char *target, bool wanted)
{
	want_kind(id, MEASURE_GARDEN, target, wanted);
}

static void
begin(void)
{
	enforcing = (struct enforcing){.guard = &guard,
				       .device = &device,
				       .store = own,
				       .counters = counters,
				       .timeout_us = TIMEOUT};
	assert_int_equal(enforcing_load(&enforcing), 0);
}

/* As a kill would: nothing of memory is left. */
static void
die(void)
{
	enforcing_fini(&enforcing);
	begin();
}

static int
pass(void)
{
	const char *shown;

	return enforcing_pass(&enforcing, desk, now(), &shown);
}

static int
setup(void **state)
{
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

	(void)state;
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	memset(&fake, 0, sizeof(fake));
	counters = counters_create(folder, "enforcer");
	assert_non_null(counters);
	assert_int_equal(prefix_parse(slice_of("203.0.113.0/24"), essential),
			 0);
	assert_int_equal(prefix_parse(slice_of("192.0.2.0/24"),
				      &inside[0].prefix),
			 0);
	assert_int_equal(prefix_parse(slice_of("2001:db8::/32"),
				      &inside[1].prefix),
			 0);
	desk = open_store("desk.sqlite", &sql_desk);
	own = open_store("enforcer.sqlite", &sql_enforcer);
	assert_int_equal(desk_store_party_add(desk, party, "acct-7", true,
					      now()),
			 0);
	assert_int_equal(desk_store_case_put(desk, &row), 0);
	begin();
	return 0;
}

static int
teardown(void **state)
{
	char command[64];

	(void)state;
	enforcing_fini(&enforcing);
	state_fini(&fake.there);
	changes_fini(&fake.done);
	store_close(desk);
	store_close(own);
	counters_close(counters);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* --------------------------------------------------------------- effects */

struct told {
	uint64_t measure;
	size_t length;
	char words[EFFECTS_MAX];
};

static int
take_effect(void *context, const struct device_effect *effect)
{
	struct told *told = context;

	if (effect->measure != told->measure)
		return 0;
	told->length += (size_t)snprintf(told->words + told->length,
					 sizeof(told->words) - told->length,
					 "%s%s %s", told->length ? ", " : "",
					 effect->on ? "on" : "off",
					 effect_kind_name(effect->kind));
	assert_true(told->length < sizeof(told->words));
	return 0;
}

static void
assert_told(uint64_t measure, const char *words)
{
	struct told told = {.measure = measure};

	assert_int_equal(enforcer_store_effects(own, take_effect, &told), 0);
	assert_string_equal(told.words, words);
}

#define ON "on asked, on acknowledged, on observed"
#define OFF "off asked, off acknowledged, off observed"

/* ----------------------------------------------------------------- tests */

static void
asks_hears_and_sees(void **state)
{
	(void)state;
	want(1, "192.0.2.7", true);
	assert_int_equal(pass(), 0);
	assert_int_equal(fake.there.count, 1);
	assert_told(1, ON);
	assert_int_equal(pass(), 0);
	assert_told(1, ON);
	want(1, "192.0.2.7", false);
	assert_int_equal(pass(), 0);
	assert_int_equal(fake.there.count, 0);
	assert_told(1, ON ", " OFF);
	assert_int_equal(enforcing.count, 0);
	die();
	assert_int_equal(enforcing.count, 0);
}

/* Two measures on one address: the entry stays as long as one wants it. */
static void
shares_entries(void **state)
{
	(void)state;
	want(1, "192.0.2.7", true);
	want(2, "192.0.2.6/31", true);
	assert_int_equal(pass(), 0);
	assert_int_equal(fake.there.count, 2);
	want(2, "192.0.2.6/31", false);
	assert_int_equal(pass(), 0);
	assert_int_equal(fake.there.count, 1);
	assert_told(2, ON ", " OFF);
	want(1, "192.0.2.7", false);
	assert_int_equal(pass(), 0);
	assert_int_equal(fake.there.count, 0);
}

static void
tells_what_the_device_refuses(void **state)
{
	(void)state;
	fake.result = DEVICE_REFUSED;
	want(1, "192.0.2.7", true);
	assert_int_equal(pass(), 0);
	assert_int_equal(pass(), 0);
	assert_told(1, "on asked, on failed");
	fake.result = DEVICE_DONE;
	assert_int_equal(pass(), 0);
	assert_told(1, "on asked, on failed, on acknowledged, on observed");
}

/* What the last check refuses is never asked, and released if it was. */
static void
refuses_before_the_device(void **state)
{
	(void)state;
	want(1, "203.0.113.7", true);
	want_kind(2, MEASURE_LIMIT, "192.0.2.7", true);
	want(3, "192.0.2.9", true);
	want_kind(4, MEASURE_FILTER, "192.0.2.9 > 203.0.113.9:80/udp", true);
	assert_int_equal(pass(), 0);
	assert_int_equal(pass(), 0);
	assert_told(1, "on refused");
	assert_told(2, "on refused");
	assert_told(3, ON);
	assert_told(4, "on refused");
	assert_int_equal(fake.there.count, 1);
	/* Essential from now on: its entry goes at once. */
	assert_int_equal(prefix_parse(slice_of("192.0.2.9/32"), essential), 0);
	assert_int_equal(pass(), 0);
	assert_told(3, ON ", on refused, " OFF);
	assert_int_equal(fake.there.count, 0);
	assert_int_equal(prefix_parse(slice_of("203.0.113.0/24"), essential),
			 0);
	assert_int_equal(pass(), 0);
	assert_told(3, ON ", on refused, " OFF ", " ON);
	for (uint64_t id = 1; id <= 4; id++)
		want(id, "192.0.2.9", false);
	assert_int_equal(pass(), 0);
	assert_int_equal(pass(), 0);
	assert_int_equal(enforcing.count, 0);
	assert_told(1, "on refused");
}

static void
mends_what_is_lost(void **state)
{
	const uint64_t lost = counters_get(counters, COUNTER_ENFORCER_LOST);

	(void)state;
	want(1, "192.0.2.7", true);
	assert_int_equal(pass(), 0);
	fake.there.count = 0;
	assert_int_equal(pass(), 0);
	assert_int_equal(fake.there.count, 1);
	assert_told(1, ON ", on lost, on acknowledged, on observed");
	assert_int_equal(counters_get(counters, COUNTER_ENFORCER_LOST),
			 lost + 1);
	fake.gone = true;
	assert_int_equal(pass(), LZ_E_NOT_FOUND);
}

/* Dead behind the device's answer: asked once more, so that it cuts again. */
static void
asks_again_what_it_has_not_heard(void **state)
{
	(void)state;
	want(1, "192.0.2.7", true);
	fake.dies_after = 1;
	want(2, "192.0.2.9", true);
	assert_int_equal(pass(), -EIO);
	assert_int_equal(fake.there.count, 1);
	die();
	fake.dies_after = 0;
	assert_int_equal(pass(), 0);
	assert_int_equal(fake.there.count, 2);
	/* One was missing, the other one added once more. */
	assert_int_equal(fake.done.count, 2);
	assert_told(1, ON);
	assert_told(2, ON);
}

static void
leaves_strangers_alone(void **state)
{
	struct have strange = {.left_us = HAVE_FOR_EVER};

	(void)state;
	strange.element =
	    (struct element){.kind = MEASURE_GARDEN,
			     .subject = {addr_from_v4(0xc0000263), 128},
			     .peer_port = -1,
			     .proto = -1};
	assert_int_equal(state_add(&fake.there, &strange), 0);
	assert_int_equal(pass(), 0);
	assert_int_equal(fake.there.count, 1);
	assert_int_equal(counters_get(counters, COUNTER_ENFORCER_FOREIGN), 1);
}

/* ------------------------------------------------------------- any order */

static void
event(struct rng *rng, bool wanted[MEASURES])
{
	const size_t i = (size_t)rng_below(rng, MEASURES);

	fake.result = DEVICE_DONE;
	fake.dies_after = 0;
	switch (rng_below(rng, 8)) {
	case 0:
	case 1:
	case 2:
		wanted[i] = !wanted[i];
		want(i + 1, targets[i], wanted[i]);
		return;
	case 3:
		die();
		return;
	case 4:
		fake.dies_after = 1 + (size_t)rng_below(rng, 4);
		return;
	case 5:
		fake.result = DEVICE_UNREACHABLE;
		return;
	case 6:
		if (fake.there.count)
			fake.there.count--;
		return;
	default:
		for (size_t j = 0; j < fake.there.count; j++)
			fake.there.list[j].left_us -= TIMEOUT / 2;
		return;
	}
}

static void
assert_as_desired(const bool wanted[MEASURES])
{
	struct plan plan;
	struct target target;

	plan_init(&plan);
	for (size_t i = 0; i < MEASURES; i++) {
		assert_int_equal(target_parse(MEASURE_GARDEN,
					      slice_of(targets[i]), &target),
				 0);
		if (wanted[i])
			assert_int_equal(plan_add(&plan, MEASURE_GARDEN,
						  &target, &device.lengths, 1),
					 0);
	}
	plan_seal(&plan);
	assert_int_equal(fake.there.count, plan.count);
	for (size_t i = 0; i < fake.there.count; i++) {
		assert_non_null(plan_find(&plan, &fake.there.list[i].element));
		assert_true(fake.there.list[i].left_us > TIMEOUT / 3);
		assert_true(fake.there.list[i].left_us <= TIMEOUT);
	}
	plan_fini(&plan);
}

static void
any_order_ends_as_desired(void **state)
{
	bool wanted[MEASURES] = {false};
	struct rng rng;

	(void)state;
	rng_init(&rng, 3);
	for (unsigned i = 0; i < 600; i++) {
		event(&rng, wanted);
		if (pass() != 0)
			die();
		if (i % 7 != 0)
			continue;
		fake.result = DEVICE_DONE;
		fake.dies_after = 0;
		assert_int_equal(pass(), 0);
		assert_as_desired(wanted);
	}
	for (size_t i = 0; i < MEASURES; i++)
		want(i + 1, targets[i], false);
	assert_int_equal(pass(), 0);
	assert_int_equal(fake.there.count, 0);
	assert_int_equal(enforcing.count, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(asks_hears_and_sees),
	    CASE(shares_entries),
	    CASE(tells_what_the_device_refuses),
	    CASE(refuses_before_the_device),
	    CASE(mends_what_is_lost),
	    CASE(asks_again_what_it_has_not_heard),
	    CASE(leaves_strangers_alone),
	    CASE(any_order_ends_as_desired)};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
