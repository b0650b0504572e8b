/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case has seen is a set: random sightings of one party that reach the
 * book in other orders, and some of them again and again, leave the same
 * sightings, the same score at every later time, and the same numbers.
 */
#include "base/rng.h"
#include "unit/case/book_bench.h"

#define ROUNDS 200
#define ORDERS 3
#define MANY 200
#define CEILING_PART 50
#define NOTICE_TENTH 500
#define TOO_MANY (CASE_SIGHTINGS_MAX + 150)

static struct sighting sightings[TOO_MANY];

static void
make_sightings(const struct bench *bench, struct rng *rng, size_t count,
	       unsigned hours_max)
{
	static const struct shape *const shapes[] = {
	    &shape_flood_one, &shape_flood_two, &shape_scan, &shape_c2,
	    &shape_sinkhole,  &shape_brute,     &shape_mail,
	};

	/* All differ: the peer's port is in the id. */
	for (size_t i = 0; i < count; i++) {
		const struct shape *shape = shapes[rng_below(rng, 7)];
		/* Some at the very same time, and some fifteen days apart. */
		int64_t hours = (int64_t)rng_below(rng, hours_max);

		sightings[i] = bench_make(bench, shape,
					  BENCH_T0 + hours * TIMES_HOUR_US);
		sightings[i].peer_port = (uint16_t)(1 + i);
		sightings[i].marks |= SIGHTING_HAS_PEER_PORT;
		sighting_seal(&sightings[i]);
	}
}

static void
shuffle(struct rng *rng, size_t count)
{
	for (size_t i = count - 1; i > 0; i--) {
		size_t k = rng_below(rng, i + 1);
		struct sighting swapped = sightings[i];

		sightings[i] = sightings[k];
		sightings[k] = swapped;
	}
}

/* All arrive at one time, after the last of them happened. */
static int64_t
arrival_us(void)
{
	return BENCH_T0 + 16 * TIMES_DAY_US;
}

static void
feed(struct bench *bench, struct rng *rng, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t back = rng_below(rng, i + 1);
		unsigned outputs;

		bench_feed(bench, &sightings[i], arrival_us());
		if (count > CASE_SIGHTINGS_MAX || i % 4 != 0)
			continue;
		/* One that is known already. */
		outputs = bench->outputs;
		bench_feed(bench, &sightings[back], arrival_us());
		assert_int_equal(bench->outputs, outputs);
	}
}

/* part: scores that could matter may be a part of it apart; 0: nothing. */
static void
assert_scores(const struct case_record *a, const struct case_record *b,
	      const struct case_policy *policy, int32_t part)
{
	assert_int_equal(a->classes, b->classes);
	for (int64_t day = 0; day < 60; day++) {
		struct at_event now = {arrival_us() + day * TIMES_DAY_US};
		int32_t one = case_score(a, policy, now);
		int32_t two = case_score(b, policy, now);
		int32_t apart = one > two ? one - two : two - one;

		if (part == 0 ? apart > 0
			      : one >= NOTICE_TENTH && apart > one / part)
			fail_msg("scores of %d and %d", one, two);
	}
}

static void
assert_alike(const struct case_record *a, const struct case_record *b,
	     const struct case_policy *policy)
{
	assert_int_equal(a->sighting_count, b->sighting_count);
	for (uint32_t i = 0; i < a->sighting_count; i++) {
		assert_memory_equal(a->sightings[i].id, b->sightings[i].id,
				    SIGHTING_ID_SIZE);
		assert_int_equal(a->sightings[i].weight_milli,
				 b->sightings[i].weight_milli);
	}
	assert_int_equal(a->first_seen.us, b->first_seen.us);
	assert_int_equal(a->last_seen.us, b->last_seen.us);
	assert_memory_equal(a->latest.id, b->latest.id, SIGHTING_ID_SIZE);
	assert_scores(a, b, policy, 0);
}

/* A book that was given the sightings in another order each time. */
static void
orders_agree(size_t count, unsigned hours_max, uint64_t seed)
{
	struct bench first, other;
	struct rng rng;

	rng_init(&rng, seed);
	bench_init(&first);
	make_sightings(&first, &rng, count, hours_max);
	feed(&first, &rng, count);
	for (unsigned order = 0; order < ORDERS; order++) {
		shuffle(&rng, count);
		bench_init(&other);
		feed(&other, &rng, count);
		if (count <= CASE_SIGHTINGS_MAX)
			assert_alike(bench_case(&first), bench_case(&other),
				     &first.policy);
		else
			assert_scores(bench_case(&first), bench_case(&other),
				      &first.policy, CEILING_PART);
		bench_fini(&other);
	}
	bench_fini(&first);
}

static void
order_of_arrival_changes_nothing(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, 1);
	for (unsigned round = 0; round < ROUNDS; round++)
		orders_agree(1 + rng_below(&rng, MANY), 15 * 24, round);
}

/* Beyond the ceiling those go that add nothing: repeats of a day that has
 * more than enough.  Which they are depends on the order, the score by a fiftieth
 * at most. */
static void
scores_hold_beyond_the_ceiling(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 10; round++)
		orders_agree(TOO_MANY, 3 * 24, 1000 + round);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(order_of_arrival_changes_nothing),
	    cmocka_unit_test(scores_hold_beyond_the_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
