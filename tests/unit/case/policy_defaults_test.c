/* SPDX-License-Identifier: Apache-2.0 */
/* The start values are the design's (section 7): written down here again, by
 * hand, in the units people speak in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "case/policy.h"
#include "crypto/sha256.h"

#define SECONDS(n) (INT64_C(1000000) * (n))
#define MINUTES(n) (60 * SECONDS(n))
#define HOURS(n) (60 * MINUTES(n))
#define DAYS(n) (24 * HOURS(n))

static void
weighs_as_designed(void **state)
{
	struct case_policy policy;

	(void)state;
	case_policy_init(&policy);
	assert_int_equal(policy.notice_at_milli, 5000);
	assert_int_equal(policy.measure_at_milli, 11000);
	assert_int_equal(policy.spoofable_max_milli, 1500);
	assert_int_equal(policy.unauthenticated_max_milli, 3000);
	assert_int_equal(policy.item_span_us, HOURS(20));
	assert_int_equal(policy.item_whole_us, HOURS(48));
	assert_int_equal(policy.item_half_us, DAYS(7));
	assert_int_equal(policy.attack_fresh_us, MINUTES(1));
	assert_int_equal(policy.attack_minutes, 3);
	assert_int_equal(policy.factor_count, 0);
}

static void
waits_as_designed(void **state)
{
	struct case_policy policy;

	(void)state;
	case_policy_init(&policy);
	assert_int_equal(policy.grace_us, DAYS(3));
	assert_int_equal(policy.second_notice_us, DAYS(3));
	assert_int_equal(policy.accepted_us, HOURS(24));
	assert_int_equal(policy.filter_us, MINUTES(30));
	assert_int_equal(policy.retry_us, HOURS(1));
	assert_int_equal(policy.garden_us, DAYS(30));
	assert_int_equal(policy.probation_us, DAYS(14));
	assert_int_equal(policy.self_releases, 2);
	assert_int_equal(policy.self_release_span_us, DAYS(90));
	assert_int_equal(policy.objection_us, HOURS(4));
	assert_int_equal(policy.approval_us, HOURS(24));
}

static void
brakes_as_designed(void **state)
{
	struct case_policy policy;

	(void)state;
	case_policy_init(&policy);
	assert_int_equal(policy.brake_notices_hour, 1000);
	assert_int_equal(policy.brake_measures_hour, 50);
	assert_int_equal(policy.brake_node_measures_hour, 20);
	assert_int_equal(policy.brake_share_ppm, 500);
	assert_int_equal(policy.brake_share_min, 5);
	assert_int_equal(policy.cause_notices_hour, 20);
	assert_int_equal(policy.cause_measures_hour, 5);
}

/* Nothing acts, nobody is tried on, and a block takes two persons. */
static void
begins_harmless(void **state)
{
	struct case_policy policy;

	(void)state;
	case_policy_init(&policy);
	assert_false(policy.live_mode);
	for (unsigned act = 0; act < ACT_COUNT; act++)
		for (unsigned class = 0; class < RSIT_CLASS_COUNT; class ++)
			assert_false(policy.live[act][class]);
	assert_false(policy.essential_set);
	assert_int_equal(policy.party_measure, MEASURE_GARDEN);
	assert_int_equal(policy.attack_measure, MEASURE_GARDEN);
	assert_int_equal(policy.filters_max, 4);
	assert_int_equal(policy.two_persons, 1u << MEASURE_BLOCK);
	assert_true(policy.auto_release);
	assert_int_equal(policy.hold_back.share_ppm, 0);
	assert_false(policy.help_desk.set);
	assert_false(policy.quiet.set);
	assert_int_equal(policy.basis_count, 0);
}

/* Sealed: the ladder of the plain keys. */
static void
climbs_as_designed(void **state)
{
	struct case_policy policy;
	const struct case_ladder *ladder = &policy.ladders[0];

	(void)state;
	assert_int_equal(crypto_init(), 0);
	case_policy_init(&policy);
	case_policy_seal(&policy);
	assert_int_equal(policy.ladder_count, 1);
	assert_int_equal(ladder->count, 3);
	assert_int_equal(ladder->rungs[0].after_us, 0);
	assert_int_equal(ladder->rungs[0].channel, CHANNEL_ANY);
	assert_int_equal(ladder->rungs[0].measure, 0);
	assert_int_equal(ladder->rungs[1].after_us, DAYS(3));
	assert_int_equal(ladder->rungs[1].channel, CHANNEL_OTHER);
	assert_int_equal(ladder->rungs[1].measure, 0);
	assert_int_equal(ladder->rungs[2].after_us, DAYS(3));
	assert_int_equal(ladder->rungs[2].measure, MEASURE_GARDEN);
	for (unsigned class = 0; class < RSIT_CLASS_COUNT; class ++)
		assert_int_equal(policy.ladder_of[class], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(weighs_as_designed),
	    cmocka_unit_test(waits_as_designed),
	    cmocka_unit_test(brakes_as_designed),
	    cmocka_unit_test(begins_harmless),
	    cmocka_unit_test(climbs_as_designed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
