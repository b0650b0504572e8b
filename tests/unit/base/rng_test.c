/* SPDX-License-Identifier: Apache-2.0 */
/* The generator: published values, bounds, and streams of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"

static void
steps_as_published(void **state)
{
	struct rng rng = {{1, 2, 3, 4}};

	(void)state;
	assert_true(rng_u64(&rng) == 11520);
	assert_true(rng_u64(&rng) == 0);
	assert_true(rng_u64(&rng) == 1509978240);
	assert_true(rng_u64(&rng) == UINT64_C(1215971899390074240));
}

static void
seeds_as_published(void **state)
{
	struct rng rng;

	(void)state;
	rng_init(&rng, 1234567);
	assert_true(rng.state[0] == UINT64_C(6457827717110365317));
	assert_true(rng.state[1] == UINT64_C(3203168211198807973));
	assert_true(rng.state[2] == UINT64_C(9817491932198370423));
	assert_true(rng.state[3] == UINT64_C(4593380528125082431));
}

static void
stays_below_its_bound(void **state)
{
	/* Above 2^63 almost half of all draws are refused. */
	static const uint64_t bounds[] = {1,         2,
					  3,         10,
					  1000,      (UINT64_C(1) << 63) + 1,
					  UINT64_MAX};
	struct rng rng;

	(void)state;
	rng_init(&rng, 1);
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		for (unsigned n = 0; n < 1000; n++)
			assert_true(rng_below(&rng, bounds[i]) < bounds[i]);
}

static void
is_even_enough(void **state)
{
	unsigned count[6] = {0};
	double sum = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, 2);
	for (unsigned i = 0; i < 60000; i++) {
		double unit = rng_unit(&rng);

		count[rng_below(&rng, 6)]++;
		assert_true(unit >= 0 && unit < 1);
		sum += unit;
	}
	/* Five standard deviations of a fair die and of a fair mean. */
	for (unsigned i = 0; i < 6; i++)
		assert_in_range(count[i], 10000 - 457, 10000 + 457);
	assert_true(sum > 30000 - 354 && sum < 30000 + 354);
}

/* A plain remainder would put half of all draws into the lowest third. */
static void
has_no_bias_at_large_bounds(void **state)
{
	unsigned lowest = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, 4);
	for (unsigned i = 0; i < 9000; i++)
		lowest += rng_below(&rng, UINT64_C(3) << 62) >> 62 == 0;
	assert_in_range(lowest, 3000 - 224, 3000 + 224);
}

static void
forks_by_state_and_stream_alone(void **state)
{
	struct rng rng, before, a, b, again;

	(void)state;
	rng_init(&rng, 3);
	before = rng;
	a = rng_fork(&rng, 0);
	b = rng_fork(&rng, 1);
	assert_memory_equal(&rng, &before, sizeof(rng));
	again = rng_fork(&rng, 0);
	assert_memory_equal(&a, &again, sizeof(a));
	assert_memory_not_equal(&a, &b, sizeof(a));
	assert_memory_not_equal(&a, &rng, sizeof(a));
	(void)rng_u64(&rng);
	again = rng_fork(&rng, 0);
	assert_memory_not_equal(&a, &again, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(steps_as_published),
	    cmocka_unit_test(seeds_as_published),
	    cmocka_unit_test(stays_below_its_bound),
	    cmocka_unit_test(is_even_enough),
	    cmocka_unit_test(has_no_bias_at_large_bounds),
	    cmocka_unit_test(forks_by_state_and_stream_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
