/* SPDX-License-Identifier: Apache-2.0 */
/* The door of the detectors: whose word counts, when windows close, what comes
 * too late, and that memory stays what it was. */
#include "stand.h"

#include "base/rng.h"
#include "crypto/sha256.h"

#define BOT "192.0.2.7"
#define VICTIM "198.51.100.9"

static struct detect_stats
stats_of(const struct stand *stand)
{
	struct detect_stats stats;

	detect_stats(stand->detect, &stats);
	return stats;
}

/* A window closes at record time minus lateness, not before; time may pass
 * without records too. */
static void
windows_close_with_lateness(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	stand_flow(&stand, BOT, 0, VICTIM, 0, ICMP, 3000, 0, 10 * SECOND);
	stand_idle(&stand, 2 * MINUTE + 9 * SECOND + 999);
	assert_int_equal(stand.count, 0);
	stand_idle(&stand, 2 * MINUTE + 10 * SECOND);
	assert_int_equal(stand.count, 1);
	assert_time(stand.seen[0].time, 10 * SECOND);
	assert_time(stand.seen[0].known, 2 * MINUTE + 10 * SECOND);
	assert_int_equal(stand.seen[0].lateness_us, 120 * TIMES_SECOND_US);
	stand_close(&stand);
	stand_init(&stand);
	stand.conf.lateness_us = 7 * TIMES_SECOND_US;
	stand_open(&stand);
	stand_flow(&stand, BOT, 0, VICTIM, 0, ICMP, 3000, 0, 10 * SECOND);
	stand_wait(&stand, 16 * SECOND);
	assert_int_equal(stand.count, 0);
	stand_wait(&stand, 17 * SECOND);
	assert_int_equal(stand.count, 1);
	stand_close(&stand);
}

/* A late record that is still within the lateness counts in full. */
static void
order_within_the_lateness_changes_nothing(void **state)
{
	static struct flow_record records[400];
	static struct stand one, other;
	struct rng rng;
	size_t count = 0;

	(void)state;
	for (int64_t ms = 0; ms < 30 * SECOND; ms += 100)
		records[count++] = flow(BOT, 0, VICTIM, 0, ICMP, 40, ms,
					ms + 3 * SECOND);
	for (unsigned i = 0; i < count; i++)
		records[i].exported = at(40 * SECOND);
	stand_init(&one);
	stand_open(&one);
	for (size_t i = 0; i < count; i++)
		stand_feed(&one, &records[i]);
	stand_end(&one);
	rng_init(&rng, 1);
	for (size_t i = count - 1; i > 0; i--) {
		size_t k = rng_below(&rng, i + 1);
		struct flow_record swapped = records[i];

		records[i] = records[k];
		records[k] = swapped;
	}
	stand_init(&other);
	stand_open(&other);
	detect_flows(other.detect, records, count, stand_sink, &other);
	stand_end(&other);
	assert_true(one.count >= 2);
	assert_int_equal(one.count, other.count);
	for (size_t i = 0; i < one.count; i++) {
		assert_memory_equal(one.seen[i].id, other.seen[i].id,
				    SIGHTING_ID_SIZE);
		assert_int_equal(one.seen[i].samples, other.seen[i].samples);
	}
	stand_close(&one);
	stand_close(&other);
}

/* What falls into closed windows is counted; what reaches into open ones
 * counts there. */
static void
late_packets_are_counted(void **state)
{
	struct flow_record record;
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	stand_idle(&stand, 0);
	stand_idle(&stand, 4 * MINUTE);
	assert_int_equal(stats_of(&stand).late_milli_packets, 0);
	assert_int_equal(stats_of(&stand).closed_until_us,
			 T0_US + 2 * TIMES_MINUTE_US);
	record = flow(BOT, 0, VICTIM, 0, ICMP, 500, MINUTE, MINUTE + SECOND);
	record.exported = at(4 * MINUTE);
	stand_feed(&stand, &record);
	assert_int_equal(stats_of(&stand).late_milli_packets, 500000);
	/* 60 s before the edge, 20 s behind it. */
	record = flow(BOT, 0, VICTIM, 0, ICMP, 32000, MINUTE,
		      2 * MINUTE + 20 * SECOND);
	record.exported = at(4 * MINUTE);
	stand_feed(&stand, &record);
	assert_int_equal(stats_of(&stand).late_milli_packets, 24500000);
	stand_end(&stand);
	assert_int_equal(stand.count, 2);
	assert_int_equal(stand.seen[0].samples, 4000);
	assert_time(stand.seen[0].first, 2 * MINUTE);
	stand_close(&stand);
}

/* A disputed exporter detects nothing from then on; another one still does. */
static void
disputed_exporter_detects_nothing(void **state)
{
	struct stand stand;

	(void)state;
	for (uint32_t exporter = 4; exporter <= 5; exporter++) {
		stand_init(&stand);
		stand_open(&stand);
		detect_dispute(stand.detect, 5);
		for (unsigned i = 0; i < 20; i++) {
			struct flow_record record = flow(BOT, 0, VICTIM, 0,
							 ICMP, 400, i * SECOND,
							 (i + 1) * SECOND);

			record.exporter = exporter;
			stand_feed(&stand, &record);
			record = flow(BOT, 40000, "198.51.100.1", 23, TCP, 1,
				      i * SECOND, i * SECOND);
			record.dst.bytes[15] = (uint8_t)i;
			record.tcp_flags = S;
			record.exporter = exporter;
			stand_feed(&stand, &record);
		}
		stand_end(&stand);
		assert_int_equal(stand.count, exporter == 5 ? 0 : 3);
		stand_close(&stand);
	}
}

/* Each sighting names the exporter whose record made its rule cross, where its
 * address is known; of text nobody is named. */
static void
sightings_name_the_exporter(void **state)
{
	struct addr router = addr_of("203.0.113.9");
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	detect_exporter(stand.detect, 70, &router);
	for (unsigned i = 0; i < 40; i++) {
		struct flow_record record = flow(BOT, 0, VICTIM, 0, ICMP, 400,
						 i * SECOND, (i + 1) * SECOND);

		record.exporter = 70;
		stand_feed(&stand, &record);
		record = flow(BOT, 40000, "198.51.100.1", 23, TCP, 1,
			      i * SECOND, i * SECOND);
		record.dst.bytes[15] = (uint8_t)i;
		record.tcp_flags = S;
		record.exporter = i < 20 ? 70 : 3;
		stand_feed(&stand, &record);
	}
	stand_end(&stand);
	assert_true(stand.count >= 3);
	for (size_t i = 0; i < stand.count; i++) {
		assert_true(stand.seen[i].marks & SIGHTING_HAS_EXPORTER);
		assert_true(addr_equal(&stand.seen[i].exporter, &router));
	}
	stand_close(&stand);
}

/*
 * Own measurement: entered by a subscriber interface, or from an inside address
 * of a source-filtered network and not by a border.  All else anybody could
 * have sent in the subscriber's name: 1.5 at most.
 */
static void
spoofable_or_own_measurement(void **state)
{
	static const struct {
		bool filtered;
		uint8_t entered;
		bool spoofable;
	} rows[] = {
	    {true, ENTERED_UNKNOWN, false},
	    {true, ENTERED_SUBSCRIBER, false},
	    {true, ENTERED_BORDER, true},
	    {false, ENTERED_UNKNOWN, true},
	    {false, ENTERED_SUBSCRIBER, false},
	    {false, ENTERED_BORDER, true},
	};
	static const char list[] =
	    "type,value,port,proto,source,last_seen\n"
	    "address,198.51.100.66,6667,tcp,a,2026-01-04T10:00:00Z\n";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool seen[RSIT_CLASS_COUNT] = {false};
		struct stand stand;

		stand_init(&stand);
		stand_list(&stand, list);
		stand.conf.source_filtered = rows[i].filtered;
		stand_open(&stand);
		for (unsigned k = 0; k < 20; k++) {
			struct flow_record record = flow(BOT, 0, VICTIM, 0,
							 ICMP, 400, k * SECOND,
							 (k + 1) * SECOND);

			record.entered = rows[i].entered;
			stand_feed(&stand, &record);
			record = flow(BOT, 40000, "198.51.100.1", 23, TCP, 1,
				      k * SECOND, k * SECOND);
			record.dst.bytes[15] = (uint8_t)k;
			record.tcp_flags = S;
			record.entered = rows[i].entered;
			stand_feed(&stand, &record);
			record = flow(BOT, 40000, "198.51.100.66", 6667, TCP, 5,
				      k * SECOND, k * SECOND);
			record.tcp_flags = A | P;
			record.entered = rows[i].entered;
			stand_feed(&stand, &record);
		}
		stand_end(&stand);
		assert_int_equal(stand.count, 4);
		for (size_t k = 0; k < stand.count; k++) {
			const struct sighting *it = &stand.seen[k];

			seen[it->class] = true;
			assert_int_equal(!!(it->marks & SIGHTING_SPOOFABLE),
					 rows[i].spoofable);
			assert_int_equal(it->entered, rows[i].entered);
			if (rows[i].spoofable)
				assert_int_equal(it->weight_milli, 1500);
			else
				assert_true(it->weight_milli >= 4000);
		}
		assert_true(seen[RSIT_DDOS] && seen[RSIT_SCANNER] &&
			    seen[RSIT_INFECTED_SYSTEM]);
		stand_close(&stand);
	}
}

/* Half of a flood came in by the border, in the subscriber's name: what the
 * subscriber sent is none by itself, and the whole weighs as hearsay. */
static void
spoofed_packets_make_hearsay(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	for (unsigned i = 0; i < 20; i++) {
		struct flow_record record = flow(BOT, 0, VICTIM, 0, ICMP, 150,
						 i * SECOND, (i + 1) * SECOND);

		record.entered = ENTERED_SUBSCRIBER;
		stand_feed(&stand, &record);
		record.entered = ENTERED_BORDER;
		stand_feed(&stand, &record);
	}
	stand_end(&stand);
	assert_int_equal(stand.count, 2);
	for (size_t i = 0; i < stand.count; i++) {
		assert_true(stand.seen[i].marks & SIGHTING_SPOOFABLE);
		assert_int_equal(stand.seen[i].weight_milli, 1500);
	}
	stand_close(&stand);
}

/* Impossible records are counted and move neither time nor windows. */
static void
implausible_records_are_counted(void **state)
{
	struct flow_record record = flow(BOT, 0, VICTIM, 0, ICMP, 9000, 0,
					 10 * SECOND);
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	record.marks |= FLOW_IMPLAUSIBLE;
	stand_feed(&stand, &record);
	record.marks = 0;
	record.packets = 0;
	stand_feed(&stand, &record);
	record.packets = 9000;
	record.end = at(-1);
	stand_feed(&stand, &record);
	record.end = at(10 * SECOND);
	record.exported = at(0);
	stand_feed(&stand, &record);
	record.exported.us = INT64_MAX;
	stand_feed(&stand, &record);
	stand_end(&stand);
	assert_int_equal(stand.count, 0);
	assert_int_equal(stats_of(&stand).implausible, 5);
	assert_int_equal(stats_of(&stand).record_time_us, TIMES_UNSET_US);
	stand_close(&stand);
}

/* NetFlow v9 says its export time in whole seconds: a record that ended within
 * that second is none from the future. */
static void
whole_second_clocks_are_plausible(void **state)
{
	struct flow_record record = flow(BOT, 0, VICTIM, 0, ICMP, 9000, -9000,
					 900);
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	record.exported = at(0);
	stand_feed(&stand, &record);
	assert_int_equal(stats_of(&stand).implausible, 0);
	stand_close(&stand);
}

static void
flows_past_us_are_counted(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	stand_flow(&stand, "198.51.100.1", 0, VICTIM, 0, ICMP, 9000, 0,
		   10 * SECOND);
	stand_flow(&stand, BOT, 0, VICTIM, 0, ICMP, 1, 0, 0);
	assert_int_equal(stats_of(&stand).outside, 1);
	assert_int_equal(stats_of(&stand).records, 2);
	stand_close(&stand);
}

/*
 * 200,000 random destinations and sources against 4,096 places: memory is what
 * it was at the start, what gave way is counted, and a flood that was there
 * before and one that begins in the midst are both found.
 */
static void
full_pools_stay_bounded(void **state)
{
	struct stand stand;
	uint64_t bytes;
	struct rng rng;

	(void)state;
	stand_init(&stand);
	stand.conf.subjects_max = 256;
	stand_open(&stand);
	bytes = stats_of(&stand).bytes;
	assert_true(bytes > 0);
	rng_init(&rng, 1);
	for (int64_t ms = 0; ms < 40 * SECOND; ms++) {
		for (unsigned i = 0; i < 5; i++) {
			struct flow_record record =
			    flow(BOT, 40000, VICTIM, 23,
				 rng_below(&rng, 2) ? TCP : UDP, 1, ms, ms);

			record.dst = addr_from_v4(
			    0xcb007100u + (uint32_t)rng_u64(&rng) % 65536u);
			record.src = addr_from_v4(
			    0xc0000200u + (uint32_t)rng_below(&rng, 256));
			record.tcp_flags = S;
			stand_feed(&stand, &record);
		}
		if (ms % 100 == 0)
			stand_flow(&stand, "192.0.2.250", 0, VICTIM, 0, ICMP,
				   40, ms, ms);
		if (ms % 100 == 0 && ms >= 20 * SECOND)
			stand_flow(&stand, "192.0.2.251", 0, VICTIM, 0, ICMP,
				   40, ms, ms);
		/* Only the floods are of interest here. */
		if (stand.count > SEEN_MAX / 2)
			stand.count = 0;
	}
	stand.count = 0;
	stand_end(&stand);
	assert_int_equal(stats_of(&stand).bytes, bytes);
	assert_true(stats_of(&stand).pairs <= stand.conf.pairs_max);
	assert_true(stats_of(&stand).pairs_evicted > 100000);
	assert_true(stand_seen(&stand, "192.0.2.250", RSIT_DDOS) >= 1);
	assert_true(stand_seen(&stand, "192.0.2.251", RSIT_DDOS) >= 1);
	stand_close(&stand);
}

/* 100,000 subjects that probe one target each, against 64 places. */
static void
probing_subjects_stay_bounded(void **state)
{
	struct stand stand;
	struct detect_stats stats;

	(void)state;
	stand_init(&stand);
	stand.conf.inside = NULL;
	stand.conf.subjects_max = 64;
	stand_open(&stand);
	for (uint32_t i = 0; i < 100000; i++) {
		struct flow_record record = flow(BOT, 40000, VICTIM, 23, TCP, 1,
						 i / 100, i / 100);

		record.src = addr_from_v4(0x0a000000u + i);
		record.tcp_flags = S;
		stand_feed(&stand, &record);
	}
	stats = stats_of(&stand);
	assert_int_equal(stand.count, 0);
	assert_true(stats.subjects <= 64 + 64 + 64);
	assert_true(stats.subjects_evicted >= 100000 - 64);
	stand_close(&stand);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(windows_close_with_lateness),
	    cmocka_unit_test(order_within_the_lateness_changes_nothing),
	    cmocka_unit_test(late_packets_are_counted),
	    cmocka_unit_test(disputed_exporter_detects_nothing),
	    cmocka_unit_test(sightings_name_the_exporter),
	    cmocka_unit_test(spoofable_or_own_measurement),
	    cmocka_unit_test(spoofed_packets_make_hearsay),
	    cmocka_unit_test(implausible_records_are_counted),
	    cmocka_unit_test(whole_second_clocks_are_plausible),
	    cmocka_unit_test(flows_past_us_are_counted),
	    cmocka_unit_test(full_pools_stay_bounded),
	    cmocka_unit_test(probing_subjects_stay_bounded),
	};
	int failed;

	if (crypto_init() != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_fini();
	return failed;
}
