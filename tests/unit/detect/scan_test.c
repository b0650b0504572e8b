/* SPDX-License-Identifier: Apache-2.0 */
/* Scans: which failures count, of which ports, and in what time. */
#include "stand.h"

#include "crypto/sha256.h"

#define BOT "192.0.2.7"

/* One attempt to the n-th target: our flags, and theirs. */
static struct flow_record
attempt(unsigned target, uint16_t port, uint8_t ours, uint8_t theirs,
	int64_t ms)
{
	struct flow_record record = flow(BOT, 40000, "198.51.100.1", port, TCP,
					 1, ms, ms);

	record.dst = addr_from_v4(0xcb007100u + target);
	record.tcp_flags = ours;
	record.peer_flags = theirs;
	record.marks |= FLOW_PEER_KNOWN | FLOW_INITIATOR;
	return record;
}

static void
probe(struct stand *stand, unsigned target, uint16_t port, int64_t ms)
{
	struct flow_record record = attempt(target, port, S, 0, ms);

	stand_feed(stand, &record);
}

/* A monitor asks its own servers each minute; now and then one is silent. */
static void
who_answers_later_was_no_target(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	for (unsigned minute = 0; minute < 60; minute++) {
		for (unsigned i = 0; i < 40; i++) {
			const bool silent = (minute * 7 + i) % 40 == 0;
			struct flow_record record =
			    attempt(i, 22, silent ? S : S | A | F,
				    silent ? 0 : S | A | F,
				    minute * MINUTE + i * 500);

			stand_feed(&stand, &record);
		}
	}
	stand_end(&stand);
	assert_int_equal(stand.count, 0);
	/* Dead targets between those that answer make a scanner all the same:
	 * what answers isn't forgiven for the others. */
	for (unsigned i = 0; i < 10; i++) {
		struct flow_record record = attempt(100 + i, 22, S | A | F,
						    S | A | F,
						    60 * MINUTE + i * SECOND);

		stand_feed(&stand, &record);
		probe(&stand, 200 + i, 22, 60 * MINUTE + i * SECOND + 500);
	}
	stand_end(&stand);
	assert_int_equal(stand.count, 1);
	stand_close(&stand);
}

/* The tenth target makes it a scan, at the time of its SYN. */
static void
tenth_target_makes_a_scan(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	for (unsigned i = 0; i < 9; i++)
		probe(&stand, i, 23, i * SECOND);
	stand_end(&stand);
	assert_int_equal(stand.count, 0);
	probe(&stand, 8, 23, 9 * SECOND);
	assert_int_equal(stand.count, 0);
	probe(&stand, 9, 2323, 10 * SECOND);
	assert_int_equal(stand.count, 1);
	assert_int_equal(stand_seen(&stand, BOT, RSIT_SCANNER), 1);
	assert_time(stand.seen[0].time, 10 * SECOND);
	assert_time(stand.seen[0].first, 0);
	assert_time(stand.seen[0].last, 10 * SECOND);
	assert_int_equal(stand.seen[0].samples, 11);
	assert_int_equal(stand.seen[0].weight_milli, 5000);
	/* Two ports were probed: neither is named. */
	assert_false(stand.seen[0].marks & SIGHTING_HAS_PEER_PORT);
	assert_false(stand.seen[0].marks & SIGHTING_HAS_PEER);
	stand_close(&stand);
}

/* A client that retries one dead server for ten minutes. */
static void
retry_is_no_scan(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	for (unsigned i = 0; i < 600; i++)
		probe(&stand, 1, 22, i * SECOND);
	stand_end(&stand);
	assert_int_equal(stand.count, 0);
	stand_close(&stand);
}

/* Failure is ours exactly SYN, theirs nothing or a reset and no SYN.  The rest
 * is neither failure nor success. */
static void
only_failures_count(void **state)
{
	static const struct {
		uint8_t ours, theirs;
		bool fails;
	} rows[] = {
	    {S, 0, true},          {S, R, true},          {S, R | A, true},
	    {S, S | A, false},     {S | R, S | A, false}, {S, S | A | R, false},
	    {S | A, S | A, false}, {S | A, 0, false},     {R | A, S, false},
	    {A, 0, false},         {S | R, 0, false},     {0, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stand stand;

		stand_init(&stand);
		stand_open(&stand);
		for (unsigned target = 0; target < 20; target++) {
			struct flow_record record =
			    attempt(target, 445, rows[i].ours, rows[i].theirs,
				    target * SECOND);

			stand_feed(&stand, &record);
		}
		assert_int_equal(stand.count, rows[i].fails);
		stand_close(&stand);
	}
}

/* An exporter of single directions knows nothing of the answers: that ours is
 * exactly SYN says that we never acknowledged one.  Without flags, nothing. */
static void
one_sided_exporters_show_failures(void **state)
{
	struct stand stand;

	(void)state;
	for (int known = 0; known <= 1; known++) {
		stand_init(&stand);
		stand_open(&stand);
		for (unsigned target = 0; target < 20; target++) {
			struct flow_record record =
			    attempt(target, 7547, S, S | A, target * SECOND);

			record.marks = known ? FLOW_FLAGS_KNOWN : 0;
			stand_feed(&stand, &record);
		}
		assert_int_equal(stand.count, known);
		stand_close(&stand);
	}
}

/* Ten on the nine ports, fifty on the others, none on what browsers, mail and
 * peers use. */
static void
ports_decide_how_many(void **state)
{
	static const struct {
		uint16_t port;
		unsigned needed;
	} rows[] = {
	    {22, 10},   {23, 10},   {445, 10},   {2323, 10},  {3389, 10},
	    {5555, 10}, {7547, 10}, {37215, 10}, {52869, 10}, {1433, 50},
	    {3306, 50}, {5900, 50}, {6379, 50},  {80, 0},     {443, 0},
	    {8000, 0},  {8080, 0},  {8999, 0},   {25, 0},     {6881, 0},
	    {6999, 0},  {51413, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stand stand;

		stand_init(&stand);
		stand_open(&stand);
		for (unsigned target = 0; target < 200 && stand.count == 0;
		     target++) {
			probe(&stand, target, rows[i].port, target * SECOND);
			if (stand.count == 1)
				assert_int_equal(target + 1, rows[i].needed);
		}
		assert_int_equal(stand.count, rows[i].needed > 0);
		stand_close(&stand);
	}
}

/* The running and the last slot count together: none is cut in two.  What is
 * older is forgotten. */
static void
scans_across_a_slot_are_whole(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	for (unsigned i = 0; i < 5; i++)
		probe(&stand, i, 23, 5 * MINUTE - 10 * SECOND + i * SECOND);
	for (unsigned i = 5; i < 10; i++)
		probe(&stand, i, 23, 5 * MINUTE + i * SECOND);
	assert_int_equal(stand.count, 1);
	stand_close(&stand);
	stand_init(&stand);
	stand_open(&stand);
	for (unsigned i = 0; i < 5; i++)
		probe(&stand, i, 23, i * SECOND);
	for (unsigned i = 5; i < 10; i++)
		probe(&stand, i, 23, 10 * MINUTE + i * SECOND);
	assert_int_equal(stand.count, 0);
	stand_close(&stand);
}

/* Lasting: one in five minutes.  Over: silence. */
static void
lasting_scan_is_said_each_five_minutes(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	for (unsigned i = 0; i < 1200; i++)
		probe(&stand, i, 23, i * SECOND);
	assert_int_equal(stand.count, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_time(stand.seen[i].time,
			    9 * SECOND + i * 5 * (int64_t)MINUTE);
	for (unsigned i = 0; i < 5; i++)
		probe(&stand, i, 23, 40 * MINUTE + i * SECOND);
	assert_int_equal(stand.count, 4);
	stand_close(&stand);
}

/* Whom others scan, or who resets their probes, scans nobody. */
static void
being_scanned_is_no_scan(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	for (unsigned i = 0; i < 50; i++) {
		struct flow_record record = attempt(i, 23, S, R | A,
						    i * SECOND);
		struct addr ours = record.src;

		record.src = record.dst;
		record.dst = ours;
		stand_feed(&stand, &record);
		record.dst = record.src;
		record.src = ours;
		record.sport = 23;
		record.dport = 40000;
		record.tcp_flags = R | A;
		record.peer_flags = S;
		stand_feed(&stand, &record);
	}
	assert_int_equal(stand.count, 0);
	stand_close(&stand);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_answers_later_was_no_target),
	    cmocka_unit_test(tenth_target_makes_a_scan),
	    cmocka_unit_test(retry_is_no_scan),
	    cmocka_unit_test(only_failures_count),
	    cmocka_unit_test(one_sided_exporters_show_failures),
	    cmocka_unit_test(ports_decide_how_many),
	    cmocka_unit_test(scans_across_a_slot_are_whole),
	    cmocka_unit_test(lasting_scan_is_said_each_five_minutes),
	    cmocka_unit_test(being_scanned_is_no_scan),
	};
	int failed;

	if (crypto_init() != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_fini();
	return failed;
}
