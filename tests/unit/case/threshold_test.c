/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest weight that counts, and what counts as nothing: found by
 * `make mutate`, which broke each of these unseen. */
#include "book_bench.h"

#define DAY TIMES_DAY_US
#define MINUTE TIMES_MINUTE_US

static struct bench bench;

static int
setup(void **state)
{
	(void)state;
	bench_init(&bench);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bench_fini(&bench);
	return 0;
}

static void
go_live(void)
{
	bench.policy.live_mode = true;
	memset(bench.policy.live, true, sizeof(bench.policy.live));
	case_policy_seal(&bench.policy);
}

static void
deliver(int64_t offset_us)
{
	struct case_event event = {.kind = CASE_EVENT_RECEIPT,
				   .receipt = RECEIPT_DELIVERED,
				   .notice_id =
				       bench_case(&bench)->notices[0].id,
				   .time = {BENCH_T0 + offset_us}};

	assert_int_equal(case_book_event(bench.book, bench_case(&bench)->id,
					 &event, event.time, bench_sink,
					 &bench),
			 0);
}

/* Four origins' forgeable word, and one that can't be forged. */
static void
forge(int32_t sound_weight)
{
	static const struct shape forged[] = {
	    {"own-flow", "scan/1", RSIT_SCANNER, 1500, SIGHTING_SPOOFABLE, 0},
	    {"own-flow", "brute/1", RSIT_BRUTE_FORCE, 1500, SIGHTING_SPOOFABLE,
	     0},
	    {"list:c2", "contact/1", RSIT_INFECTED_SYSTEM, 1500,
	     SIGHTING_SPOOFABLE, 77},
	    {"feed-b", "feed/1", RSIT_SPAM, 1500, SIGHTING_SPOOFABLE, 0},
	};
	const struct shape sound = {"feed-c",     "feed/1", RSIT_DDOS_AMPLIFIER,
				    sound_weight, 0,        0};

	for (size_t i = 0; i < 4; i++)
		bench_see(&bench, &forged[i], (int64_t)i * MINUTE);
	assert_int_equal(bench.notices, 0);
	bench_see(&bench, &sound, 5 * MINUTE);
}

static void
one_word_that_cant_be_forged_is_enough_beside_others(void **state)
{
	(void)state;
	forge(1);
	assert_int_equal(bench.notices, 1);
}

static void
a_word_of_no_weight_is_none(void **state)
{
	(void)state;
	forge(0);
	assert_int_equal(bench.notices, 0);
}

/* A ladder of notices alone leads to no measure by the mere passing of time. */
static void
a_ladder_without_a_measure_measures_nobody(void **state)
{
	(void)state;
	bench.policy.ladder_count = 2;
	bench.policy.ladders[1] = (struct case_ladder){
	    .count = 2,
	    .rungs = {{.channel = CHANNEL_ANY},
		      {.after_us = 3 * DAY, .channel = CHANNEL_OTHER}}};
	bench.policy.ladder_of[RSIT_SCANNER] = 1;
	case_policy_seal(&bench.policy);
	bench_see(&bench, &shape_scan, 0);
	assert_int_equal(bench_case(&bench)->ladder, 1);
	bench_see(&bench, &shape_scan, 4 * DAY);
	bench_see(&bench, &shape_sinkhole, 4 * DAY + MINUTE);
	bench_see(&bench, &shape_scan, 8 * DAY);
	assert_int_equal(bench.gardens_on, 0);
}

/* Evidence of a class that isn't live, however light, keeps all of it shadow. */
static void
what_rests_on_shadow_stays_shadow(void **state)
{
	const struct shape light = {"own-flow", "brute/1", RSIT_BRUTE_FORCE,
				    1,          0,         0};

	(void)state;
	go_live();
	bench.policy.live[ACT_GARDEN][RSIT_BRUTE_FORCE] = false;
	case_policy_seal(&bench.policy);
	bench_see(&bench, &shape_scan, 0);
	deliver(TIMES_HOUR_US);
	bench_see(&bench, &light, TIMES_HOUR_US);
	bench_see(&bench, &shape_scan, 4 * DAY);
	bench_see(&bench, &shape_sinkhole, 4 * DAY + MINUTE);
	assert_int_equal(bench.gardens_on, 1);
	assert_true(bench_case(&bench)->measures[0].would);
}

static void
what_weighs_nothing_is_no_evidence_of_shadow(void **state)
{
	const struct shape nothing = {"own-flow", "brute/1", RSIT_BRUTE_FORCE,
				      0,          0,         0};

	(void)state;
	go_live();
	bench.policy.live[ACT_GARDEN][RSIT_BRUTE_FORCE] = false;
	case_policy_seal(&bench.policy);
	bench_see(&bench, &shape_scan, 0);
	deliver(TIMES_HOUR_US);
	bench_see(&bench, &nothing, TIMES_HOUR_US);
	bench_see(&bench, &shape_scan, 4 * DAY);
	bench_see(&bench, &shape_sinkhole, 4 * DAY + MINUTE);
	assert_int_equal(bench.gardens_on, 1);
	assert_false(bench_case(&bench)->measures[0].would);
}

/* More families than there is room for: the last of them share a row. */
static void
findings_keep_within_their_room(void **state)
{
	const struct case_record *record;
	uint32_t count = 0;

	(void)state;
	for (int i = 0; i < CASE_FINDINGS_MAX + 3; i++) {
		struct sighting sighting = bench_make(&bench, &shape_c2,
						      BENCH_T0 + i * MINUTE);

		sighting.family[0] = (char)('a' + i);
		sighting_seal(&sighting);
		bench_feed(&bench, &sighting, sighting.known.us);
	}
	record = bench_case(&bench);
	assert_int_equal(record->finding_count, CASE_FINDINGS_MAX);
	for (uint32_t i = 0; i < record->finding_count; i++)
		count += record->findings[i].count;
	assert_int_equal(count, CASE_FINDINGS_MAX + 3);
	assert_memory_equal(record->policy_hash, bench.policy.hash,
			    sizeof(record->policy_hash));
}

/* A minute of flood at one more victim each time. */
static void
attack(unsigned victims)
{
	struct shape flood = shape_flood_two;

	for (unsigned i = 0; i < victims; i++) {
		flood.peer = (uint8_t)(100 + i);
		bench_see(&bench, &flood, (int64_t)i * TIMES_SECOND_US);
	}
}

static void
a_party_filters_as_many_attacks_as_may_be(void **state)
{
	(void)state;
	bench.policy.filters_max = 3;
	case_policy_seal(&bench.policy);
	attack(3);
	assert_int_equal(bench.filters_on, 3);
	assert_int_equal(bench.refused, 0);
	attack(4);
	assert_int_equal(bench.filters_on, 3);
	assert_int_equal(bench.refused, 1);
}

/* Filters leave room for the measures of a party's lines. */
static void
filters_leave_room_for_other_measures(void **state)
{
	(void)state;
	bench.policy.filters_max = CASE_MEASURES_MAX;
	case_policy_seal(&bench.policy);
	attack(CASE_MEASURES_MAX);
	assert_int_equal(bench.filters_on, CASE_MEASURES_MAX - CASE_PLACES_MAX);
}

/* Ours is what begins with "own-", and nothing that merely looks like it. */
static void
who_is_called_like_us_measures_nothing(void **state)
{
	struct shape flood = shape_flood_two, scan = shape_scan;

	(void)state;
	flood.origin = scan.origin = "ownership";
	bench_see(&bench, &flood, 0);
	assert_int_equal(bench.filters_on, 0);
	for (int64_t day = 0; day < 6; day++)
		bench_see(&bench, &scan, day * DAY);
	assert_int_equal(bench.gardens_on, 0);
	assert_true(bench.notices > 0);
}

/* What allows holds from its first moment on, and no longer than its last. */
static void
a_basis_holds_from_its_first_moment(void **state)
{
	struct sighting seen = bench_make(&bench, &shape_scan, BENCH_T0);
	struct case_basis *basis = &bench.policy.bases[0];

	(void)state;
	go_live();
	bench.policy.basis_count = 1;
	basis->network = prefix_of(&seen.address, 120);
	basis->kind = BASIS_CONTRACT;
	basis->from_us = seen.known.us + 1;
	basis->until_us = INT64_MAX;
	case_policy_seal(&bench.policy);
	bench_feed(&bench, &seen, seen.known.us);
	assert_int_equal(bench.notices, 0);
	bench.party.id.value++;
	bench_feed(&bench, &seen, basis->from_us);
	assert_int_equal(bench.notices, 1);
}

/* The oldest of as many self-releases as are kept gives way, and nothing else. */
static void
the_oldest_self_release_gives_way(void **state)
{
	static struct case_record record;
	static struct case_step_result result;
	const struct case_event release = {.kind = CASE_EVENT_RELEASE,
					   .self = true};
	const int64_t now_us = BENCH_T0;
	struct case_step_input input = {.policy = &bench.policy,
					.current = &bench.policy,
					.now = {now_us}};

	(void)state;
	bench.policy.self_releases = CASE_SELF_RELEASES_MAX + 1;
	case_policy_seal(&bench.policy);
	case_record_init(&record, 1, bench.party.id,
			 (struct at_event){now_us - 80 * DAY}, &bench.policy);
	record.state = CASE_QUARANTINED;
	record.known = record.reachable = true;
	record.measure_count = 1;
	record.measures[0] = (struct case_measure){.id = 9,
						   .kind = MEASURE_GARDEN,
						   .reason = 2,
						   .since = {now_us - DAY},
						   .expires = {now_us + DAY},
						   .binding = 7};
	record.notice_count = 3;
	record.self_release_count = CASE_SELF_RELEASES_MAX;
	for (int i = 0; i < CASE_SELF_RELEASES_MAX; i++)
		record.self_released[i].us = now_us - (70 - i) * DAY;
	case_step(&record, &release, &input, &result);
	assert_true(result.changed);
	assert_int_equal(record.state, CASE_PROBATION);
	assert_int_equal(record.self_release_count, CASE_SELF_RELEASES_MAX);
	for (int i = 0; i + 1 < CASE_SELF_RELEASES_MAX; i++)
		assert_int_equal(record.self_released[i].us,
				 now_us - (69 - i) * DAY);
	assert_int_equal(record.self_released[CASE_SELF_RELEASES_MAX - 1].us,
			 now_us);
	assert_int_equal(record.notice_count, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	    TEST(one_word_that_cant_be_forged_is_enough_beside_others),
	    TEST(a_word_of_no_weight_is_none),
	    TEST(a_ladder_without_a_measure_measures_nobody),
	    TEST(what_rests_on_shadow_stays_shadow),
	    TEST(what_weighs_nothing_is_no_evidence_of_shadow),
	    TEST(findings_keep_within_their_room),
	    TEST(a_party_filters_as_many_attacks_as_may_be),
	    TEST(filters_leave_room_for_other_measures),
	    TEST(who_is_called_like_us_measures_nothing),
	    TEST(a_basis_holds_from_its_first_moment),
	    TEST(the_oldest_self_release_gives_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
