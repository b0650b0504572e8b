/* SPDX-License-Identifier: Apache-2.0 */
/* The vote on an exporter's clock: one datagram moves nothing, half of them
 * move nothing, a real step is followed, slow drift loses nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/times.h"
#include "flow/drift.h"

#define S TIMES_SECOND_US
#define HOURS (-22800 * S)

static void
the_first_is_believed(void **state)
{
	struct drift off = {0}, right = {0};

	(void)state;
	assert_true(drift_vote(&off, HOURS));
	assert_int_equal(off.offset_us, HOURS);
	assert_true(drift_vote(&right, -59 * S));
	assert_int_equal(right.offset_us, 0);
}

/* Also in second place, where there are only two to vote. */
static void
one_datagram_moves_nothing(void **state)
{
	static const int64_t lies[] = {HOURS, -61 * S, 61 * S,
				       INT64_C(1) << 51};

	(void)state;
	for (unsigned lie = 0; lie < 4; lie++) {
		for (unsigned before = 1; before < 12; before++) {
			struct drift drift = {0};

			for (unsigned i = 0; i < before; i++)
				assert_true(drift_vote(&drift, -S / 2));
			(void)drift_vote(&drift, lies[lie]);
			assert_int_equal(drift.offset_us, 0);
			assert_true(drift_vote(&drift, -S / 2));
			assert_int_equal(drift.offset_us, 0);
		}
	}
}

static void
a_forger_as_loud_as_the_router_moves_nothing(void **state)
{
	struct drift drift = {0};

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		assert_true(drift_vote(&drift, 0));
		assert_int_equal(drift.offset_us, 0);
		assert_false(drift_vote(&drift, HOURS));
	}
}

static void
a_forger_who_was_first_is_outvoted(void **state)
{
	struct drift drift = {0};

	(void)state;
	assert_true(drift_vote(&drift, HOURS));
	assert_false(drift_vote(&drift, 0));
	assert_true(drift_vote(&drift, 0));
	assert_int_equal(drift.offset_us, 0);
}

/* The clock is set right: five datagrams are doubtful, the sixth is not. */
static void
a_step_is_followed(void **state)
{
	struct drift drift = {0};

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		assert_true(drift_vote(&drift, HOURS));
	for (unsigned i = 0; i < 5; i++)
		assert_false(drift_vote(&drift, 0));
	assert_int_equal(drift.offset_us, HOURS);
	assert_true(drift_vote(&drift, 0));
	assert_int_equal(drift.offset_us, 0);
}

/* A clock that runs away by 0.1 s a datagram, with jitter of a second. */
static void
slow_drift_is_never_doubtful(void **state)
{
	struct drift drift = {0};

	(void)state;
	for (int64_t i = 0; i < 20000; i++) {
		int64_t off = i * S / 10 - (i % 7) * S / 7;

		assert_true(drift_vote(&drift, off));
		assert_true(off - drift.offset_us <= 62 * S);
	}
}

/* Every datagram elsewhere: none is relied on once there is no majority. */
static void
an_erratic_clock_is_doubtful(void **state)
{
	struct drift drift = {0};
	unsigned doubts = 0;

	(void)state;
	for (int64_t i = 0; i < 90; i++)
		doubts += !drift_vote(&drift, (i * 7919 % 97) * 1000 * S);
	assert_true(doubts > 70);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_is_believed),
	    cmocka_unit_test(one_datagram_moves_nothing),
	    cmocka_unit_test(a_forger_as_loud_as_the_router_moves_nothing),
	    cmocka_unit_test(a_forger_who_was_first_is_outvoted),
	    cmocka_unit_test(a_step_is_followed),
	    cmocka_unit_test(slow_drift_is_never_doubtful),
	    cmocka_unit_test(an_erratic_clock_is_doubtful),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
