/* SPDX-License-Identifier: Apache-2.0 */
/* Stored forms: what earlier programs wrote is read, what is written comes back. */
#include "book_bench.h"
#include "schema1.h"

#include "fact/security_reason.h"

static struct case_record record, again;

static int
read_record(const uint8_t *bytes, size_t length, struct case_record *to)
{
	struct cursor cursor;

	cursor_init(&cursor, bytes, length);
	return case_record_decode(&cursor, to);
}

static void
a_first_quarantine_is_read(void **state)
{
	const struct case_measure *filter = &record.measures[0];
	const struct case_measure *garden = &record.measures[1];

	(void)state;
	assert_int_equal(read_record(record_quarantined,
				     sizeof(record_quarantined), &record),
			 0);
	assert_int_equal(record.state, CASE_QUARANTINED);
	assert_int_equal(record.measure_count, 2);
	assert_int_equal(filter->kind, MEASURE_FILTER);
	assert_int_equal(filter->reason, REASON_ATTACK);
	assert_int_equal(garden->kind, MEASURE_GARDEN);
	assert_int_equal(garden->reason, REASON_INFECTED);
	assert_int_equal(garden->weakened_from, 0);
	assert_true(garden->causes[0] != 0);
	assert_int_equal(garden->causes[3], 0);
	assert_true(record.bound_since.us == garden->since.us);
	assert_int_equal(record.measure_step, 1);
	assert_int_equal(record.finding_count, 2);
	assert_int_equal(record.findings[0].class, RSIT_DDOS);
	assert_int_equal(record.findings[0].count, 1);
	assert_string_equal(record.findings[0].family, "");
	assert_int_equal(record.sightings[1].finding, 1);
	assert_false(times_is_set(record.objected));
	assert_false(times_is_set(record.held_back_until));
	assert_int_equal(record.arm, ARM_NONE);
	assert_int_equal(record.first_person, 0);
}

static void
a_first_ladder_is_read(void **state)
{
	(void)state;
	assert_int_equal(read_record(record_noticed_twice,
				     sizeof(record_noticed_twice), &record),
			 0);
	assert_int_equal(record.state, CASE_NOTICED);
	assert_int_equal(record.notice_count, 2);
	assert_int_equal(record.notices[0].rung, 0);
	assert_int_equal(record.notices[1].rung, 1);
	assert_false(times_is_set(record.bound_since));
	assert_int_equal(record.measure_step, 0);
	assert_int_equal(record.findings[0].count, 4);
}

/* What was read is written as today, and read again as it was. */
static void
a_first_record_is_written_as_today(void **state)
{
	static uint8_t one[CASE_RECORD_BYTES_MAX], two[CASE_RECORD_BYTES_MAX];
	struct writer first, second;

	(void)state;
	assert_int_equal(read_record(record_quarantined,
				     sizeof(record_quarantined), &record),
			 0);
	writer_init(&first, one, sizeof(one));
	case_record_encode(&first, &record);
	assert_int_equal(one[1], CASE_SCHEMA);
	assert_int_equal(read_record(one, first.length, &again), 0);
	writer_init(&second, two, sizeof(two));
	case_record_encode(&second, &again);
	assert_int_equal(first.length, second.length);
	assert_memory_equal(one, two, first.length);
	one[1] = CASE_SCHEMA + 1;
	assert_int_equal(read_record(one, first.length, &again), LZ_E_VERSION);
	one[1] = 0;
	assert_int_equal(read_record(one, first.length, &again), LZ_E_VERSION);
}

static int
read_event(const uint8_t *bytes, size_t length, struct case_event *event,
	   struct sighting *sighting)
{
	struct cursor cursor;

	cursor_init(&cursor, bytes, length);
	return case_event_decode(&cursor, event, sighting);
}

static void
first_events_are_read(void **state)
{
	uint8_t oldest[sizeof(event_receipt) - 1];
	struct sighting sighting;
	struct case_event event;

	(void)state;
	assert_int_equal(read_event(event_receipt, sizeof(event_receipt),
				    &event, &sighting),
			 0);
	assert_int_equal(event.kind, CASE_EVENT_RECEIPT);
	assert_int_equal(event.receipt, RECEIPT_SEEN);
	assert_int_equal(read_event(event_sighting, sizeof(event_sighting),
				    &event, &sighting),
			 0);
	assert_int_equal(event.kind, CASE_EVENT_SIGHTING);
	assert_int_equal(event.other_count, 1);
	assert_string_equal(event.binding_source, "");
	assert_ptr_equal(event.sighting, &sighting);
	assert_string_equal(sighting.origin, "own-flow");
	/* Schema 1 had no others. */
	memcpy(oldest, event_receipt, sizeof(oldest));
	oldest[1] = 1;
	assert_int_equal(read_event(oldest, sizeof(oldest), &event, &sighting),
			 0);
	assert_int_equal(event.kind, CASE_EVENT_RECEIPT);
}

static void
an_event_comes_back_with_and_without_its_sighting(void **state)
{
	struct bench bench;
	struct sighting seen, sighting;
	uint8_t bytes[CASE_EVENT_BYTES_MAX];
	struct case_event event = {.kind = CASE_EVENT_SIGHTING,
				   .certainty = CERTAINTY_CERTAIN,
				   .binding_end = {INT64_MAX},
				   .binding_source = "bng1",
				   .granted = true,
				   .measure = MEASURE_BLOCK,
				   .security = REASON_CREDENTIALS,
				   .other_case = 77,
				   .time = {BENCH_T0}};
	struct case_event read;
	struct writer writer;
	struct cursor cursor;

	(void)state;
	bench_init(&bench);
	seen = bench_make(&bench, &shape_scan, BENCH_T0);
	event.sighting = &seen;
	writer_init(&writer, bytes, sizeof(bytes));
	case_event_encode(&writer, &event);
	assert_int_equal(read_event(bytes, writer.length, &read, &sighting), 0);
	assert_string_equal(read.binding_source, "bng1");
	assert_true(read.granted);
	assert_int_equal(read.measure, MEASURE_BLOCK);
	assert_int_equal(read.security, REASON_CREDENTIALS);
	assert_int_equal(read.other_case, 77);
	assert_memory_equal(sighting.id, seen.id, sizeof(seen.id));
	writer_init(&writer, bytes, sizeof(bytes));
	case_event_encode_bare(&writer, &event);
	cursor_init(&cursor, bytes, writer.length);
	assert_int_equal(case_event_decode_bare(&cursor, &read), 0);
	assert_null(read.sighting);
	assert_string_equal(read.binding_source, "bng1");
	assert_int_equal(cursor_left(&cursor), 0);
	bench_fini(&bench);
}

static int
read_policy(const uint8_t *bytes, size_t length, struct case_policy *policy)
{
	struct cursor cursor;

	cursor_init(&cursor, bytes, length);
	return case_policy_decode(&cursor, policy);
}

/* Its ladder is made of its plain keys; the rest is as it was then. */
static void
a_first_policy_is_read(void **state)
{
	static struct case_policy policy;
	const struct case_ladder *ladder = &policy.ladders[0];
	const uint8_t *hash = policy_limit + sizeof(policy_limit) -
			      CASE_POLICY_HASH_SIZE;

	(void)state;
	assert_int_equal(read_policy(policy_limit, sizeof(policy_limit),
				     &policy),
			 0);
	assert_memory_equal(policy.hash, hash, CASE_POLICY_HASH_SIZE);
	assert_true(policy.live_mode);
	assert_int_equal(policy.ladder_count, 1);
	assert_int_equal(ladder->count, 3);
	assert_int_equal(ladder->rungs[0].after_us, 0);
	assert_int_equal(ladder->rungs[0].channel, CHANNEL_ANY);
	assert_true(ladder->rungs[1].after_us == 2 * TIMES_DAY_US);
	assert_int_equal(ladder->rungs[1].channel, CHANNEL_OTHER);
	assert_true(ladder->rungs[2].after_us == 4 * TIMES_DAY_US);
	assert_int_equal(ladder->rungs[2].measure, MEASURE_LIMIT);
	assert_int_equal(policy.attack_measure, MEASURE_GARDEN);
	assert_true(policy.auto_release);
	assert_false(policy.help_desk.set);
	assert_int_equal(policy.basis_count, 0);
	assert_int_equal(policy.hold_back.share_ppm, 0);
}

static void
fill_policy(struct case_policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	case_policy_init(policy);
	policy->ladder_count = 2;
	policy->ladders[1] = (struct case_ladder){
	    .count = 3,
	    .rungs = {{.channel = CHANNEL_MAIL},
		      {.after_us = 1, .channel = CHANNEL_LETTER},
		      {.after_us = 2, .measure = MEASURE_BLOCK}}};
	policy->ladder_of[RSIT_SPAM] = 1;
	policy->factor_count = 1;
	policy->factors[0] = (struct case_factor){"list:c2", 500};
	policy->calendar.zone.count = 1;
	policy->calendar.zone.rows[0].offset_s = -3600;
	policy->calendar.off_count = 1;
	policy->calendar.off[0] = 20000;
	policy->help_desk.set = policy->quiet.set = true;
	policy->help_desk.quarters[3] = 0xff;
	policy->basis_count = 1;
	policy->bases[0] = (struct case_basis){.kind = BASIS_STATUTE,
					       .until_us = INT64_MAX,
					       .reference = "section 7"};
	policy->hold_back =
	    (struct case_hold_back){100000, CASE_HOLD_BACK_US_MAX, 5, "board"};
	case_policy_seal(policy);
}

static void
a_policy_comes_back(void **state)
{
	static struct case_policy policy, read;
	uint8_t bytes[CASE_POLICY_BYTES_MAX];
	struct writer writer;

	(void)state;
	fill_policy(&policy);
	writer_init(&writer, bytes, sizeof(bytes));
	case_policy_encode(&writer, &policy);
	assert_false(writer.failed);
	assert_int_equal(read_policy(bytes, writer.length, &read), 0);
	assert_memory_equal(&policy, &read, sizeof(policy));
	assert_int_equal(read_policy(bytes, writer.length - 1, &read),
			 LZ_E_SHORT);
}

/* Whatever is weighed stands in the hash: any change of it is another one. */
static void
all_of_a_policy_is_in_its_hash(void **state)
{
	static struct case_policy policy;
	uint8_t hash[CASE_POLICY_HASH_SIZE];

	(void)state;
	fill_policy(&policy);
	memcpy(hash, policy.hash, sizeof(hash));
#define ASSERT_HASHED(change)                                             \
	do {                                                              \
		fill_policy(&policy);                                     \
		change;                                                   \
		case_policy_seal(&policy);                                \
		assert_memory_not_equal(hash, policy.hash, sizeof(hash)); \
	} while (0)
	ASSERT_HASHED(policy.version++);
	ASSERT_HASHED(policy.live[ACT_BLOCK][RSIT_SPAM] = true);
	ASSERT_HASHED(policy.grace_us++);
	ASSERT_HASHED(policy.ladder_count = 1);
	ASSERT_HASHED(policy.ladders[1].rungs[1].after_us++);
	ASSERT_HASHED(policy.ladders[1].rungs[1].channel = CHANNEL_SMS);
	ASSERT_HASHED(policy.ladders[1].rungs[2].measure = MEASURE_LIMIT);
	ASSERT_HASHED(policy.ladder_of[RSIT_DDOS] = 1);
	ASSERT_HASHED(policy.attack_measure = MEASURE_BLOCK);
	ASSERT_HASHED(policy.factors[0].name[0] = 'm');
	ASSERT_HASHED(policy.factors[0].factor_milli++);
	ASSERT_HASHED(policy.calendar.zone.rows[0].offset_s++);
	ASSERT_HASHED(policy.calendar.off[0]++);
	ASSERT_HASHED(policy.help_desk.quarters[4] = 1);
	ASSERT_HASHED(policy.quiet.set = false);
	ASSERT_HASHED(policy.objection_us++);
	ASSERT_HASHED(policy.auto_release = false);
	ASSERT_HASHED(policy.approval_us++);
	ASSERT_HASHED(policy.two_persons = 0);
	ASSERT_HASHED(policy.brake_node_measures_hour++);
	ASSERT_HASHED(policy.bases[0].network.length = 1);
	ASSERT_HASHED(policy.bases[0].kind = BASIS_CONSENT);
	ASSERT_HASHED(policy.bases[0].from_us++);
	ASSERT_HASHED(policy.bases[0].reference[0] = 'S');
	ASSERT_HASHED(policy.hold_back.share_ppm--);
	ASSERT_HASHED(policy.hold_back.span_us--);
	ASSERT_HASHED(policy.hold_back.until_us++);
	ASSERT_HASHED(policy.hold_back.basis[0] = 'B');
#undef ASSERT_HASHED
}

/* Bytes that would let a trial or a ladder do more than may be. */
static void
a_policy_beyond_its_bounds_is_refused(void **state)
{
	static struct case_policy policy, read;
	uint8_t bytes[CASE_POLICY_BYTES_MAX];
	struct writer writer;

	(void)state;
#define ASSERT_REFUSED(change)                                             \
	do {                                                               \
		fill_policy(&policy);                                      \
		change;                                                    \
		writer_init(&writer, bytes, sizeof(bytes));                \
		case_policy_encode(&writer, &policy);                      \
		assert_int_equal(read_policy(bytes, writer.length, &read), \
				 LZ_E_FORMAT);                             \
	} while (0)
	ASSERT_REFUSED(policy.hold_back.share_ppm++);
	ASSERT_REFUSED(policy.hold_back.span_us++);
	ASSERT_REFUSED(policy.factors[0].factor_milli = 2001);
	ASSERT_REFUSED(policy.attack_measure = MEASURE_FILTER);
	ASSERT_REFUSED(policy.ladders[1].rungs[1].measure = MEASURE_BLOCK);
	ASSERT_REFUSED(policy.ladders[1].rungs[2].measure = MEASURE_FILTER);
	ASSERT_REFUSED(policy.ladders[1].rungs[0].measure = MEASURE_LIMIT;
		       policy.ladders[1].rungs[2].measure = 0);
	ASSERT_REFUSED(policy.bases[0].kind = 0);
#undef ASSERT_REFUSED
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_first_quarantine_is_read),
	    cmocka_unit_test(a_first_ladder_is_read),
	    cmocka_unit_test(a_first_record_is_written_as_today),
	    cmocka_unit_test(first_events_are_read),
	    cmocka_unit_test(an_event_comes_back_with_and_without_its_sighting),
	    cmocka_unit_test(a_first_policy_is_read),
	    cmocka_unit_test(a_policy_comes_back),
	    cmocka_unit_test(all_of_a_policy_is_in_its_hash),
	    cmocka_unit_test(a_policy_beyond_its_bounds_is_refused),
	};

	if (crypto_init())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
