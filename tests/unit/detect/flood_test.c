/* SPDX-License-Identifier: Apache-2.0 */
/* Floods: what is one, what only looks so, and how often it is said. */
#include "stand.h"

#include "crypto/sha256.h"
#include "flow/argus.h"

#define BOT "192.0.2.7"
#define VICTIM "198.51.100.9"
/* The stream of a UDP flood can be seen to begin from here on. */
#define WATCHED (2 * MINUTE)

static void
feed_argus(void *context, const struct flow_record *records, size_t count)
{
	struct stand *stand = context;

	detect_flows(stand->detect, records, count, stand_sink, stand);
}

/*
 * Argus writes some attack records `<-`: the victim as SrcAddr, SrcBytes 0.
 * Who sent is the one to blame, though the victim is inside too.
 */
static void
victim_first_rows_blame_the_sender(void **state)
{
	static const char text[] =
	    "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,"
	    "dTos,TotPkts,TotBytes,SrcBytes,Label\n"
	    "2026/01/05 10:00:00.000000,20.000000,icmp,192.0.2.9,0x0008,  <-,"
	    "192.0.2.7,0x4d70,ECO,0,0,8000,8528000,0,flow=Background\n";
	struct argus *argus = argus_new(0);
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	assert_int_equal(argus_feed(argus, text, sizeof(text) - 1, feed_argus,
				    &stand),
			 0);
	assert_int_equal(argus_end(argus, feed_argus, &stand), 0);
	argus_free(argus);
	stand_end(&stand);
	assert_int_equal(stand_seen(&stand, "192.0.2.7", RSIT_DDOS), 2);
	assert_int_equal(stand.count, 2);
	stand_close(&stand);
}

/* Only what an address sent can make it infected. */
static void
victim_inside_is_not_blamed(void **state)
{
	struct addr victim = addr_of("192.0.2.9");
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	stand_stream(&stand, BOT, 0, "192.0.2.9", 0, ICMP, 400, 0, 0,
		     20 * SECOND);
	stand_end(&stand);
	assert_int_equal(stand_seen(&stand, BOT, RSIT_DDOS), 2);
	assert_int_equal(stand.count, 2);
	assert_true(addr_equal(&stand.seen[0].peer, &victim));
	assert_int_equal(stand.seen[0].proto, ICMP);
	assert_false(stand.seen[0].marks & SIGHTING_HAS_PORT);
	stand_close(&stand);
}

static void
icmp_stream(struct stand *stand, const char *src, const char *dst, uint8_t type,
	    uint64_t pps, int64_t to_ms)
{
	for (int64_t ms = 0; ms < to_ms; ms += SECOND) {
		struct flow_record record = flow(src, 0, dst, 0, ICMP, pps, ms,
						 ms + SECOND);

		record.icmp_type = type;
		record.marks |= FLOW_ICMP_KNOWN;
		stand_feed(stand, &record);
	}
}

/* A victim that answers pings hides a small flood, not one of 1,000 pps; its
 * answers are no attack of its own, and neither are errors it sends. */
static void
answers_to_pings(void **state)
{
	static const struct {
		uint8_t back;
		uint64_t pps;
		size_t found;
	} rows[] = {{0, 400, 0}, {0, 1000, 2}, {3, 400, 0}, {11, 1000, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stand stand;

		stand_init(&stand);
		stand.conf.lateness_us = 600 * TIMES_SECOND_US;
		stand_open(&stand);
		icmp_stream(&stand, BOT, "192.0.2.9", 8, rows[i].pps,
			    20 * SECOND);
		icmp_stream(&stand, "192.0.2.9", BOT, rows[i].back, rows[i].pps,
			    20 * SECOND);
		stand_end(&stand);
		assert_int_equal(stand_seen(&stand, BOT, RSIT_DDOS),
				 rows[i].found);
		assert_int_equal(stand.count, rows[i].found);
		stand_close(&stand);
	}
}

/* Who answers what never came by us (backscatter of a spoofed flood, another
 * way back) attacks nobody. */
static void
answers_alone_are_no_flood(void **state)
{
	static const struct {
		const char *src, *dst;
		uint8_t proto, type;
		size_t found;
	} rows[] = {
	    {BOT, VICTIM, ICMP, 0, 0},
	    {BOT, VICTIM, ICMP, 3, 0},
	    {BOT, VICTIM, ICMP, 11, 0},
	    {BOT, VICTIM, ICMP, 8, 2},
	    {BOT, VICTIM, ICMP, 13, 2},
	    {"2001:db8:1::7", "2001:db8:ffff::9", 58, 1, 0},
	    {"2001:db8:1::7", "2001:db8:ffff::9", 58, 129, 0},
	    {"2001:db8:1::7", "2001:db8:ffff::9", 58, 128, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stand stand;

		stand_init(&stand);
		stand_open(&stand);
		for (int64_t ms = 0; ms < 20 * SECOND; ms += SECOND) {
			struct flow_record record =
			    flow(rows[i].src, 0, rows[i].dst, 0, rows[i].proto,
				 2000, ms, ms + SECOND);

			record.icmp_type = rows[i].type;
			record.marks |= FLOW_ICMP_KNOWN;
			stand_feed(&stand, &record);
		}
		stand_end(&stand);
		assert_int_equal(stand.count, rows[i].found);
		stand_close(&stand);
	}
}

static void
udp_flood_is_said_from_its_second_window(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	stand_idle(&stand, 0);
	stand_stream(&stand, BOT, 4000, VICTIM, 80, UDP, 300, 0, WATCHED,
		     WATCHED + 20 * SECOND);
	stand_end(&stand);
	assert_int_equal(stand.count, 1);
	assert_int_equal(stand_seen(&stand, BOT, RSIT_DDOS), 1);
	assert_time(stand.seen[0].time, WATCHED + 20 * SECOND);
	assert_time(stand.seen[0].first, WATCHED);
	assert_time(stand.seen[0].last, WATCHED + 20 * SECOND);
	assert_int_equal(stand.seen[0].samples, 6000);
	assert_true(stand.seen[0].marks & SIGHTING_FLOOD_LASTS);
	assert_int_equal(stand.seen[0].weight_milli, 6000);
	assert_int_equal(stand.seen[0].port, 4000);
	assert_int_equal(stand.seen[0].peer_port, 80);
	assert_string_equal(stand.seen[0].origin, "own-flow");
	stand_close(&stand);
}

/* Half a minute of one-sided UDP that isn't an attack. */
static void
benign_udp_is_no_flood(void **state)
{
	static const struct {
		const char *what;
		uint16_t sport, dport;
		uint64_t pps, back;
		int64_t from_ms;
	} rows[] = {
	    {"a camera that was there before", 5004, 5006, 600, 2, 0},
	    {"a speed test, answered by a tenth", 4000, 8080, 9000, 900,
	     WATCHED},
	    {"a video call", 4000, 3478, 400, 300, WATCHED},
	    {"a VPN upload", 4000, 51820, 3000, 20, WATCHED},
	    {"IPsec", 4500, 4500, 3000, 20, WATCHED},
	    {"a QUIC upload", 4000, 443, 3000, 20, WATCHED},
	    {"a game under 200 pps", 4000, 27015, 199, 0, WATCHED},
	    {"a name server that was asked", 53, 4000, 3000, 2, WATCHED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stand stand;

		stand_init(&stand);
		stand_open(&stand);
		stand_idle(&stand, 0);
		stand_stream(&stand, BOT, rows[i].sport, VICTIM, rows[i].dport,
			     UDP, rows[i].pps, rows[i].back, rows[i].from_ms,
			     WATCHED + 30 * SECOND);
		stand_end(&stand);
		if (stand.count != 0)
			fail_msg("%s: %zu sightings", rows[i].what,
				 stand.count);
		stand_close(&stand);
	}
}

/* The same streams without an answer are floods, tunnel port or not. */
static void
unanswered_tunnel_is_a_flood(void **state)
{
	static const uint16_t ports[] = {80, 443, 500, 4500, 51820};

	(void)state;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		struct stand stand;

		stand_init(&stand);
		stand_open(&stand);
		stand_idle(&stand, 0);
		stand_stream(&stand, BOT, 4000, VICTIM, ports[i], UDP, 3000, 0,
			     WATCHED, WATCHED + 20 * SECOND);
		stand_end(&stand);
		assert_int_equal(stand.count, 1);
		stand_close(&stand);
	}
}

/* Sampled, the questions to a reflector can't be seen: never a flood. */
static void
reflector_is_judged_unsampled_only(void **state)
{
	(void)state;
	for (int sampled = 0; sampled <= 1; sampled++) {
		struct stand stand;

		stand_init(&stand);
		stand_open(&stand);
		stand_idle(&stand, 0);
		for (int64_t ms = WATCHED; ms < WATCHED + 20 * SECOND;
		     ms += 100) {
			struct flow_record record = flow(BOT, 123, VICTIM, 4000,
							 UDP, 60, ms, ms + 100);

			if (sampled) {
				record.sampling = 10;
				record.sampling_from = SAMPLING_ANNOUNCED;
			}
			stand_feed(&stand, &record);
		}
		stand_end(&stand);
		assert_int_equal(stand.count, sampled ? 0 : 1);
		stand_close(&stand);
	}
}

/* Many peers with some traffic each, both ways or not: no flood of any. */
static void
torrent_is_no_flood(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	stand_idle(&stand, 0);
	for (int64_t ms = WATCHED; ms < WATCHED + 30 * SECOND; ms += SECOND) {
		for (unsigned peer = 1; peer <= 60; peer++) {
			char address[ADDR_TEXT_SIZE];
			struct text text;

			text_init(&text, address, sizeof(address));
			text_add(&text, "203.0.113.");
			text_u64(&text, peer + 100);
			stand_flow(&stand, BOT, 6881, address,
				   (uint16_t)(20000 + peer), UDP, 50, ms,
				   ms + SECOND);
			if (peer > 12)
				stand_flow(&stand, address,
					   (uint16_t)(20000 + peer), BOT, 6881,
					   UDP, 40, ms, ms + SECOND);
		}
	}
	stand_end(&stand);
	assert_int_equal(stand.count, 0);
	stand_close(&stand);
}

/* One packet a record, 1:100, evenly: `pps` as it was before sampling. */
static void
sampled_stream(struct stand *stand, uint64_t pps, int64_t from_ms,
	       int64_t to_ms)
{
	int64_t step = 100 * 1000 / (int64_t)pps;

	for (int64_t ms = from_ms; ms < to_ms; ms += step) {
		struct flow_record record = flow(BOT, 4000, VICTIM, 80, UDP, 1,
						 ms, ms);

		record.sampling = 100;
		record.sampling_from = SAMPLING_ANNOUNCED;
		stand_feed(stand, &record);
	}
}

/* A single loud UDP window at 1:100 blames nobody; two in a row do. */
static void
one_sampled_udp_window_is_nothing(void **state)
{
	(void)state;
	for (int windows = 1; windows <= 2; windows++) {
		struct stand stand;

		stand_init(&stand);
		stand.conf.sampling = 100;
		stand_open(&stand);
		stand_idle(&stand, 0);
		sampled_stream(&stand, 500, WATCHED,
			       WATCHED + windows * 10 * SECOND);
		stand_idle(&stand, WATCHED + MINUTE);
		stand_end(&stand);
		assert_int_equal(stand.count, windows == 2);
		if (windows == 2) {
			assert_int_equal(stand.seen[0].sampling, 100);
			assert_int_equal(stand.seen[0].samples, 100);
		}
		stand_close(&stand);
	}
}

/*
 * 300 pps at 1:100 are 30 packets a window.  No reply among 60: the 99 % upper
 * bound of what came back, 4.6, is under a tenth.  One a window: 8.4 is not,
 * until the stream has lasted longer.
 */
static void
sampled_replies_make_it_wait(void **state)
{
	(void)state;
	for (unsigned replies = 0; replies <= 1; replies++) {
		struct stand stand;

		stand_init(&stand);
		stand.conf.sampling = 100;
		stand_open(&stand);
		stand_idle(&stand, 0);
		for (unsigned window = 0; window < 5; window++) {
			int64_t ms = WATCHED + window * 10 * (int64_t)SECOND;
			struct flow_record record =
			    flow(VICTIM, 80, BOT, 4000, UDP, 1, ms + 5, ms + 5);

			record.sampling = 100;
			sampled_stream(&stand, 300, ms, ms + 10 * SECOND);
			if (replies)
				stand_feed(&stand, &record);
		}
		stand_idle(&stand, WATCHED + MINUTE);
		stand_end(&stand);
		assert_int_equal(stand.count, 1);
		assert_time(stand.seen[0].time,
			    WATCHED + (replies ? 40 : 20) * SECOND);
		stand_close(&stand);
	}
}

/* Sampled replies are few: not until enough were missing is it sure. */
static void
few_sampled_packets_prove_nothing(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand.conf.sampling = 1000;
	stand_open(&stand);
	stand_idle(&stand, 0);
	/* Three one-packet records at 1:10000: 30,000 packets by the book. */
	for (int64_t ms = 10 * MINUTE; ms < 10 * MINUTE + 3; ms++) {
		struct flow_record record = flow(BOT, 0, VICTIM, 0, ICMP, 1, ms,
						 ms);

		record.sampling = 10000;
		record.sampling_from = SAMPLING_ANNOUNCED;
		stand_feed(&stand, &record);
	}
	stand_end(&stand);
	assert_int_equal(stand.count, 0);
	stand_close(&stand);
}

static void
syn_stream(struct stand *stand, uint8_t flags, uint8_t peer_flags, unsigned pps,
	   int64_t to_ms)
{
	uint16_t port = 1024;

	for (int64_t ms = 0; ms < to_ms; ms += SECOND) {
		for (unsigned i = 0; i < pps; i++) {
			struct flow_record record = flow(BOT, port++, VICTIM,
							 80, TCP, 1, ms, ms);

			record.tcp_flags = flags;
			record.peer_flags = peer_flags;
			record.marks |= FLOW_PEER_KNOWN;
			stand_feed(stand, &record);
		}
	}
}

/* Handshakes of a tenth void it: a busy client is no flooder. */
static void
syn_flood_needs_unfinished_handshakes(void **state)
{
	struct stand stand;

	(void)state;
	for (unsigned done = 0; done <= 12; done += 6) {
		stand_init(&stand);
		stand.conf.lateness_us = 600 * TIMES_SECOND_US;
		stand_open(&stand);
		syn_stream(&stand, S, 0, 120, 20 * SECOND);
		syn_stream(&stand, S | A | P, S | A | P, done, 20 * SECOND);
		stand_end(&stand);
		assert_int_equal(stand.count, done < 12 ? 2 : 0);
		if (stand.count > 0) {
			assert_int_equal(stand.seen[0].proto, TCP);
			assert_int_equal(stand.seen[0].weight_milli, 4000);
			assert_int_equal(stand.seen[1].weight_milli, 6000);
			assert_int_equal(stand.seen[0].peer_port, 80);
			assert_false(stand.seen[0].marks & SIGHTING_HAS_PORT);
		}
		stand_close(&stand);
	}
}

/* Uploads of any rate, and 99 SYNs a second, are none. */
static void
other_tcp_is_no_flood(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	syn_stream(&stand, S, 0, 99, 20 * SECOND);
	stand_end(&stand);
	assert_int_equal(stand.count, 0);
	stand_close(&stand);
	stand_init(&stand);
	stand_open(&stand);
	for (int64_t ms = 0; ms < 20 * SECOND; ms += SECOND) {
		struct flow_record record = flow(BOT, 5000, VICTIM, 443, TCP,
						 50000, ms, ms + SECOND);

		record.tcp_flags = A | P;
		stand_feed(&stand, &record);
	}
	stand_end(&stand);
	assert_int_equal(stand.count, 0);
	stand_close(&stand);
}

/* 25,000 packets in a record of 100 s are 250 a second, in every window of it;
 * the same in 1,000 s are 25. */
static void
packets_are_spread_over_the_record(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	stand_flow(&stand, BOT, 0, VICTIM, 0, ICMP, 25000, 0, 100 * SECOND);
	stand_end(&stand);
	assert_int_equal(stand.count, 3);
	assert_time(stand.seen[0].time, 10 * SECOND);
	assert_time(stand.seen[0].first, 0);
	assert_time(stand.seen[0].last, 10 * SECOND);
	assert_int_equal(stand.seen[0].samples, 2500);
	assert_time(stand.seen[1].time, 20 * SECOND);
	assert_time(stand.seen[2].time, 80 * SECOND);
	assert_int_equal(stand.seen[2].samples, 15000);
	stand_close(&stand);
	stand_init(&stand);
	stand.conf.lateness_us = 1200 * TIMES_SECOND_US;
	stand_open(&stand);
	stand_flow(&stand, BOT, 0, VICTIM, 0, ICMP, 25000, 0, 1000 * SECOND);
	stand_end(&stand);
	assert_int_equal(stand.count, 0);
	stand_close(&stand);
}

/* In fractions of a packet: 12 sampled packets in 6 records of 60 s that begin
 * half-way count 6 in each of two windows, not 12 in the last. */
static void
fractions_of_a_packet_are_kept(void **state)
{
	struct stand stand;

	(void)state;
	for (unsigned packets = 1; packets <= 2; packets++) {
		stand_init(&stand);
		stand.conf.sampling = 1000;
		stand_open(&stand);
		stand_idle(&stand, 0);
		for (unsigned i = 0; i < 12; i++) {
			struct flow_record record =
			    flow(BOT, 0, VICTIM, 0, ICMP, packets, 30 * SECOND,
				 90 * SECOND);

			record.sampling = 1000;
			record.sampling_from = SAMPLING_ANNOUNCED;
			stand_feed(&stand, &record);
		}
		stand_end(&stand);
		assert_int_equal(stand.count, packets == 1 ? 0 : 2);
		stand_close(&stand);
	}
}

/* Judged per subject and destination: many small flows to one add up, one
 * subject's small flows to many don't. */
static void
pairs_are_judged_not_flows(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	for (uint16_t i = 0; i < 3000; i++)
		stand_flow(&stand, BOT, 0, VICTIM, 0, ICMP, 1, i * 3, i * 3);
	stand_end(&stand);
	assert_int_equal(stand.count, 1);
	stand_close(&stand);
	stand_init(&stand);
	stand_open(&stand);
	for (unsigned peer = 1; peer <= 30; peer++) {
		char address[ADDR_TEXT_SIZE];
		struct text text;

		text_init(&text, address, sizeof(address));
		text_add(&text, "203.0.113.");
		text_u64(&text, peer);
		stand_flow(&stand, BOT, 0, address, 0, ICMP, 1900, 0,
			   10 * SECOND);
	}
	stand_end(&stand);
	assert_int_equal(stand.count, 0);
	stand_close(&stand);
}

/* The assignment is the subject: a host that changes its IPv6 addresses adds
 * up, and the home next door is another. */
static void
addresses_of_one_assignment_add_up(void **state)
{
	static const char *const sources[] = {"2001:db8:1:2300::1",
					      "2001:db8:1:2301::2",
					      "2001:db8:1:23ff::3"};
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	for (unsigned i = 0; i < 3; i++)
		stand_flow(&stand, sources[i], 0, "2001:db8:ffff::9", 0, 58,
			   1000, 0, 10 * SECOND);
	stand_flow(&stand, "2001:db8:1:2400::1", 0, "2001:db8:ffff::9", 0, 58,
		   1000, 0, 10 * SECOND);
	stand_end(&stand);
	assert_int_equal(stand.count, 1);
	assert_int_equal(stand.seen[0].subject.prefix.length, 56);
	assert_int_equal(stand_seen(&stand, sources[0], RSIT_DDOS), 1);
	stand_close(&stand);
}

/* Behind a shared address the block of ports is the subject, and up to eight
 * (port, time) pairs come along for identity. */
static void
shared_address_says_its_ports(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	stand_idle(&stand, 0);
	for (int64_t ms = WATCHED; ms < WATCHED + 20 * SECOND; ms += SECOND)
		for (uint16_t i = 0; i < 10; i++)
			stand_flow(&stand, "203.0.113.40", (uint16_t)(1024 + i),
				   VICTIM, 80, UDP, 30, ms, ms + SECOND);
	stand_end(&stand);
	assert_int_equal(stand.count, 1);
	assert_int_equal(stand.seen[0].subject.port_first, 1024);
	assert_int_equal(stand.seen[0].subject.port_last, 1535);
	assert_int_equal(stand.seen[0].port_count, SIGHTING_PORTS_MAX);
	for (unsigned i = 0; i < SIGHTING_PORTS_MAX; i++)
		assert_int_equal(stand.seen[0].ports[i].port, 1024 + i);
	stand_close(&stand);
}

/* The first two windows, then one a minute; UDP from its second. */
static void
lasting_flood_is_said_once_a_minute(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	stand_stream(&stand, BOT, 0, VICTIM, 0, ICMP, 400, 0, 0, 10 * MINUTE);
	stand_end(&stand);
	assert_int_equal(stand.count, 11);
	assert_time(stand.seen[0].time, 10 * SECOND);
	assert_false(stand.seen[0].marks & SIGHTING_FLOOD_LASTS);
	for (unsigned i = 1; i < stand.count; i++) {
		assert_time(stand.seen[i].time,
			    20 * SECOND + (i - 1) * (int64_t)MINUTE);
		assert_true(stand.seen[i].marks & SIGHTING_FLOOD_LASTS);
	}
	stand_close(&stand);
	stand_init(&stand);
	stand_open(&stand);
	stand_idle(&stand, 0);
	stand_stream(&stand, BOT, 4000, VICTIM, 80, UDP, 400, 0, WATCHED,
		     WATCHED + 5 * MINUTE);
	stand_end(&stand);
	assert_int_equal(stand.count, 5);
	for (unsigned i = 0; i < stand.count; i++)
		assert_time(stand.seen[i].time,
			    WATCHED + 20 * SECOND + i * (int64_t)MINUTE);
	stand_close(&stand);
}

/* Seven destinations flooded at once: four of them are named, the loudest. */
static void
four_destinations_at_most(void **state)
{
	static const char *const peers[] = {"198.51.100.1", "198.51.100.2",
					    "198.51.100.3", "198.51.100.4",
					    "198.51.100.5", "198.51.100.6",
					    "198.51.100.7"};
	size_t named[7] = {0};
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand_open(&stand);
	for (int64_t ms = 0; ms < 2 * MINUTE; ms += SECOND)
		for (unsigned i = 0; i < 7; i++)
			stand_flow(&stand, BOT, 0, peers[i], 0, ICMP,
				   300 + 10 * i, ms, ms + SECOND);
	stand_end(&stand);
	for (size_t i = 0; i < stand.count; i++)
		for (unsigned k = 0; k < 7; k++) {
			struct addr peer = addr_of(peers[k]);

			named[k] += addr_equal(&stand.seen[i].peer, &peer);
		}
	for (unsigned k = 0; k < 7; k++)
		assert_int_equal(named[k], k < 3 ? 0 : 3);
	stand_close(&stand);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(victim_first_rows_blame_the_sender),
	    cmocka_unit_test(victim_inside_is_not_blamed),
	    cmocka_unit_test(answers_to_pings),
	    cmocka_unit_test(answers_alone_are_no_flood),
	    cmocka_unit_test(udp_flood_is_said_from_its_second_window),
	    cmocka_unit_test(benign_udp_is_no_flood),
	    cmocka_unit_test(unanswered_tunnel_is_a_flood),
	    cmocka_unit_test(reflector_is_judged_unsampled_only),
	    cmocka_unit_test(torrent_is_no_flood),
	    cmocka_unit_test(one_sampled_udp_window_is_nothing),
	    cmocka_unit_test(sampled_replies_make_it_wait),
	    cmocka_unit_test(few_sampled_packets_prove_nothing),
	    cmocka_unit_test(syn_flood_needs_unfinished_handshakes),
	    cmocka_unit_test(other_tcp_is_no_flood),
	    cmocka_unit_test(packets_are_spread_over_the_record),
	    cmocka_unit_test(fractions_of_a_packet_are_kept),
	    cmocka_unit_test(pairs_are_judged_not_flows),
	    cmocka_unit_test(addresses_of_one_assignment_add_up),
	    cmocka_unit_test(shared_address_says_its_ports),
	    cmocka_unit_test(lasting_flood_is_said_once_a_minute),
	    cmocka_unit_test(four_destinations_at_most),
	};
	int failed;

	if (crypto_init() != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_fini();
	return failed;
}
