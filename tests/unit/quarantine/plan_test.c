/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting targets into entries; which changes lead from one state to another;
 * that any order of events ends where it should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "quarantine/plan.h"

#define SECOND TIMES_SECOND_US
#define TIMEOUT (60 * SECOND)

static const struct plan_lengths lengths = {4, {48, 56, 64, 128}};

static int
add(struct plan *plan, enum measure_kind kind, const char *text,
    int64_t expires_us)
{
	struct target target;

	assert_int_equal(target_parse(kind, slice_of(text), &target), 0);
	return plan_add(plan, kind, &target, &lengths, expires_us);
}

static struct element
one(enum measure_kind kind, const char *text)
{
	struct plan plan;
	struct element element;

	plan_init(&plan);
	assert_int_equal(add(&plan, kind, text, 1), 0);
	assert_int_equal(plan.count, 1);
	element = plan.wanted[0].element;
	plan_fini(&plan);
	return element;
}

static void
assert_pieces(const char *target, size_t count, const char *first,
	      const char *last)
{
	struct plan plan;
	char bytes[128];
	struct text text;

	plan_init(&plan);
	assert_int_equal(add(&plan, MEASURE_GARDEN, target, 1), 0);
	assert_int_equal(plan.count, count);
	plan_seal(&plan);
	assert_int_equal(plan.count, count);
	text_init(&text, bytes, sizeof(bytes));
	element_format(&text, &plan.wanted[0].element);
	assert_string_equal(bytes, first);
	text_init(&text, bytes, sizeof(bytes));
	element_format(&text, &plan.wanted[count - 1].element);
	assert_string_equal(bytes, last);
	plan_fini(&plan);
}

static void
cuts_into_sizes_of_the_device(void **state)
{
	struct plan plan;

	(void)state;
	assert_pieces("192.0.2.7", 1, "garden 192.0.2.7/32",
		      "garden 192.0.2.7/32");
	assert_pieces("192.0.2.248/29", 8, "garden 192.0.2.248/32",
		      "garden 192.0.2.255/32");
	assert_pieces("2001:db8:7::/48", 1, "garden 2001:db8:7::/48",
		      "garden 2001:db8:7::/48");
	assert_pieces("2001:db8:7::/49", 128, "garden 2001:db8:7::/56",
		      "garden 2001:db8:7:7f00::/56");
	assert_pieces("2001:db8:7:f0::/60", 16, "garden 2001:db8:7:f0::/64",
		      "garden 2001:db8:7:ff::/64");
	assert_pieces("2001:db8::fffc/126", 4, "garden 2001:db8::fffc/128",
		      "garden 2001:db8::ffff/128");
	plan_init(&plan);
	assert_int_equal(add(&plan, MEASURE_GARDEN, "2001:db8::/80", 1),
			 LZ_E_RANGE);
	assert_int_equal(add(&plan, MEASURE_GARDEN, "203.0.113.40:2001-2512",
			     1),
			 LZ_E_UNSUPPORTED);
	assert_int_equal(plan.count, 0);
	plan_fini(&plan);
}

static void
keeps_the_latest_end(void **state)
{
	const struct element element = one(MEASURE_GARDEN, "192.0.2.7");
	struct plan plan;

	(void)state;
	plan_init(&plan);
	plan_seal(&plan);
	assert_null(plan_find(&plan, &element));
	assert_int_equal(add(&plan, MEASURE_GARDEN, "192.0.2.7", 5), 0);
	assert_int_equal(add(&plan, MEASURE_GARDEN, "192.0.2.7", 9), 0);
	assert_int_equal(add(&plan, MEASURE_BLOCK, "192.0.2.7", 7), 0);
	assert_int_equal(add(&plan, MEASURE_GARDEN, "192.0.2.7", 6), 0);
	plan_seal(&plan);
	assert_int_equal(plan.count, 2);
	assert_int_equal(plan_find(&plan, &element)->expires_us, 9);
	plan_fini(&plan);
}

static void
sees_that_a_dump_was_torn(void **state)
{
	const struct have one_of_two[] = {{one(MEASURE_GARDEN, "192.0.2.7"),
					   SECOND},
					  {one(MEASURE_GARDEN, "192.0.2.8"),
					   SECOND}};
	struct state there;

	(void)state;
	state_init(&there);
	state_seal(&there);
	assert_null(state_find(&there, &one_of_two[0].element));
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(state_add(&there, &one_of_two[i % 2]), 0);
	state_seal(&there);
	assert_int_equal(there.count, 2);
	assert_int_equal(there.doubled, 4);
	assert_non_null(state_find(&there, &one_of_two[1].element));
	state_clear(&there);
	assert_int_equal(there.doubled, 0);
	state_fini(&there);
}

/* One entry, as it is and as it is wanted. */
static const struct {
	int64_t left_us, expires_us; /* -1: not there, not wanted */
	bool ours;
	int act; /* -1: none */
	int64_t timeout_us;
} single[] = {
    {-1, 1000 * SECOND, true, CHANGE_ADD, TIMEOUT},
    {-1, 10 * SECOND, true, CHANGE_ADD, 10 * SECOND},
    {-1, 0, true, -1, 0}, /* has expired */
    {50 * SECOND, 1000 * SECOND, true, -1, 0},
    {39 * SECOND, 1000 * SECOND, true, CHANGE_REFRESH, TIMEOUT},
    {HAVE_FOR_EVER, 1000 * SECOND, true, CHANGE_REFRESH, TIMEOUT},
    {400 * SECOND, 1000 * SECOND, true, CHANGE_REFRESH, TIMEOUT},
    {10 * SECOND, 10 * SECOND, true, -1, 0}, /* ends with its measure */
    {60 * SECOND, 10 * SECOND, true, CHANGE_REFRESH, 10 * SECOND},
    {50 * SECOND, 0, true, CHANGE_REMOVE, 0},
    {50 * SECOND, -1, true, CHANGE_REMOVE, 0},
    {50 * SECOND, -1, false, -1, 0}, /* somebody else's */
    {50 * SECOND, 0, false, CHANGE_REMOVE, 0},
};

static void
changes_what_differs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		struct plan wanted, ours;
		struct state there;
		struct changes changes;
		const struct have have = {one(MEASURE_GARDEN, "192.0.2.7"),
					  single[i].left_us};

		plan_init(&wanted);
		plan_init(&ours);
		state_init(&there);
		changes_init(&changes);
		if (single[i].expires_us >= 0)
			assert_int_equal(add(&wanted, MEASURE_GARDEN,
					     "192.0.2.7", single[i].expires_us),
					 0);
		if (single[i].ours)
			assert_int_equal(add(&ours, MEASURE_GARDEN, "192.0.2.7",
					     1),
					 0);
		if (single[i].left_us >= 0)
			assert_int_equal(state_add(&there, &have), 0);
		assert_int_equal(reconcile(&wanted, &there, &ours, 0, TIMEOUT,
					   &changes),
				 0);
		assert_int_equal(changes.count, single[i].act >= 0);
		if (changes.count) {
			assert_int_equal(changes.list[0].act, single[i].act);
			assert_int_equal(changes.list[0].timeout_us,
					 single[i].timeout_us);
		}
		assert_int_equal(changes.foreign, single[i].left_us >= 0 &&
						      !single[i].ours &&
						      single[i].expires_us < 0);
		plan_fini(&wanted);
		plan_fini(&ours);
		state_fini(&there);
		changes_fini(&changes);
	}
}

/* ------------------------------------------------------------- any order */

#define TARGETS 8
#define ENDS_US (200 * SECOND)

static const char *const targets[TARGETS] = {
    "192.0.2.7",       "192.0.2.8/30",      "192.0.2.9",
    "2001:db8:7::/56", "2001:db8:7:1::/64", "2001:db8:7::/58",
    "2001:db8:7:1::1", "192.0.2.8/31"};

/* A device of a test: what it has ends at a time. */
struct world {
	struct state there; /* left_us: the end */
	struct plan wanted, ours;
	struct changes changes;
	struct have foreign;
	int64_t now_us;
	int64_t until_us[TARGETS][MEASURE_KIND_COUNT]; /* 0: not wanted */
	bool asked[TARGETS][MEASURE_KIND_COUNT];
};

static void
world_apply(struct world *world, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct change *change = &world->changes.list[i];
		struct have have = {change->element,
				    world->now_us + change->timeout_us};
		size_t at = 0;

		while (at < world->there.count &&
		       element_compare(&world->there.list[at].element,
				       &change->element) != 0)
			at++;
		if (change->act != CHANGE_ADD) {
			assert_true(at < world->there.count);
			world->there.list[at] =
			    world->there.list[--world->there.count];
		} else {
			assert_int_equal(at, world->there.count);
		}
		if (change->act != CHANGE_REMOVE)
			assert_int_equal(state_add(&world->there, &have), 0);
	}
}

static void
world_plan(struct world *world)
{
	plan_clear(&world->wanted);
	plan_clear(&world->ours);
	for (unsigned i = 0; i < TARGETS; i++)
		for (unsigned kind = MEASURE_LIMIT; kind < MEASURE_KIND_COUNT;
		     kind++) {
			const int64_t until_us = world->until_us[i][kind];

			if (until_us > world->now_us) {
				world->asked[i][kind] = true;
				assert_int_equal(add(&world->wanted, kind,
						     targets[i], until_us),
						 0);
			}
			if (world->asked[i][kind])
				assert_int_equal(add(&world->ours, kind,
						     targets[i], 1),
						 0);
		}
	plan_seal(&world->wanted);
	plan_seal(&world->ours);
}

static void
world_reconcile(struct world *world)
{
	struct state seen;
	enum change_act last = CHANGE_REMOVE;

	world_plan(world);
	state_init(&seen);
	for (size_t i = 0; i < world->there.count; i++) {
		struct have have = world->there.list[i];

		if (have.left_us != HAVE_FOR_EVER)
			have.left_us -= world->now_us;
		assert_int_equal(state_add(&seen, &have), 0);
	}
	state_seal(&seen);
	assert_int_equal(reconcile(&world->wanted, &seen, &world->ours,
				   world->now_us, TIMEOUT, &world->changes),
			 0);
	state_fini(&seen);
	for (size_t i = 0; i < world->changes.count; i++) {
		assert_true(world->changes.list[i].act >= last);
		last = world->changes.list[i].act;
	}
}

/* Time passes; what has ended is gone. */
static void
world_age(struct world *world, int64_t us)
{
	world->now_us += us;
	for (size_t i = world->there.count; i-- > 0;)
		if (world->there.list[i].left_us <= world->now_us)
			world->there.list[i] =
			    world->there.list[--world->there.count];
}

static void
world_check(struct world *world)
{
	const size_t foreign = world->foreign.left_us != 0;

	assert_int_equal(world->there.count, world->wanted.count + foreign);
	for (size_t i = 0; i < world->there.count; i++) {
		const struct have *have = &world->there.list[i];
		const struct wanted *wanted = plan_find(&world->wanted,
							&have->element);

		if (!wanted) {
			assert_int_equal(
			    element_compare(&have->element,
					    &world->foreign.element),
			    0);
			continue;
		}
		/* Never longer than wanted, never longer than we live. */
		assert_true(have->left_us <= wanted->expires_us + SECOND);
		assert_true(have->left_us <= world->now_us + TIMEOUT + SECOND);
	}
}

static void
world_event(struct world *world, struct rng *rng)
{
	const unsigned i = (unsigned)(rng_u64(rng) % TARGETS);
	const unsigned kind = MEASURE_LIMIT + (unsigned)(rng_u64(rng) % 3);

	switch (rng_u64(rng) % 8) {
	case 0:
	case 1:
	case 2:
		world->until_us[i][kind] = world->now_us + 1 +
					   (int64_t)(rng_u64(rng) % ENDS_US);
		break;
	case 3:
	case 4:
		world->until_us[i][kind] = 0;
		break;
	case 5: /* somebody flushes a part of it */
		if (world->there.count && !world->foreign.left_us)
			world->there.count--;
		break;
	case 6: /* dead for a while */
		world_age(world, (int64_t)(rng_u64(rng) % (2 * TIMEOUT)));
		break;
	default:
		world_age(world, SECOND);
		break;
	}
}

static void
world_run(uint64_t seed)
{
	struct world world = {.now_us = 1000 * SECOND};
	struct rng rng;

	rng_init(&rng, seed);
	if (seed % 3 == 0) {
		world.foreign = (struct have){one(MEASURE_GARDEN, "192.0.2.99"),
					      HAVE_FOR_EVER};
		assert_int_equal(state_add(&world.there, &world.foreign), 0);
	}
	for (unsigned step = 0; step < 120; step++) {
		world_event(&world, &rng);
		world_reconcile(&world);
		/* Killed in the middle of a batch, now and then. */
		if (rng_u64(&rng) % 4 == 0) {
			world_apply(&world, world.changes.count / 2);
			continue;
		}
		world_apply(&world, world.changes.count);
		world_check(&world);
		assert_int_equal(world.changes.foreign,
				 world.foreign.left_us != 0);
	}
	/* All is released: nothing of ours is left. */
	memset(world.until_us, 0, sizeof(world.until_us));
	world_reconcile(&world);
	world_apply(&world, world.changes.count);
	assert_int_equal(world.there.count, world.foreign.left_us != 0);
	state_fini(&world.there);
	plan_fini(&world.wanted);
	plan_fini(&world.ours);
	changes_fini(&world.changes);
}

static void
any_order_ends_as_desired(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++)
		world_run(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cuts_into_sizes_of_the_device),
	    cmocka_unit_test(keeps_the_latest_end),
	    cmocka_unit_test(sees_that_a_dump_was_torn),
	    cmocka_unit_test(changes_what_differs),
	    cmocka_unit_test(any_order_ends_as_desired)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
