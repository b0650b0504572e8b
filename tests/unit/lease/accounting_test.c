/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RADIUS accounting packets to lease events: times, speakers, holders, port
 * blocks, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "lease/accounting.h"
#include "radius/numbers.h"
#include "radius/radius_build.h"
#include "sink.h"

/* 2024-06-20 08:00:00 UTC. */
#define EIGHT_S 1718870400u
#define EIGHT_US (INT64_C(1718870400) * TIMES_SECOND_US)
#define BOUND_US (30 * TIMES_SECOND_US)

static struct md5 *md5;
static struct sink sink;
static struct accounting_conf conf;
static struct radius_build build;
static uint8_t bytes[RADIUS_PACKET_MAX];
static const struct addr nas = {{[10] = 0xff, 0xff, 203, 0, 113, 20}};

static int
begin(void **state)
{
	(void)state;
	if (crypto_init() != 0)
		return -1;
	md5 = md5_new();
	return md5 ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	md5_free(md5);
	crypto_fini();
	return 0;
}

static int
fresh(void **state)
{
	(void)state;
	memset(&conf, 0, sizeof(conf));
	conf.clock_bound_us = BOUND_US;
	conf.realm = 7;
	return accounting_conf_holder(&conf, ACCOUNTING_CLASS) ||
	       accounting_conf_holder(&conf, ACCOUNTING_USER);
}

/* A packet of session S1 with a status, to be added to. */
static void
packet(uint32_t status)
{
	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 1);
	radius_build_u32(&build, RADIUS_ACCT_STATUS_TYPE, status);
	radius_build_text(&build, RADIUS_ACCT_SESSION_ID, "S1");
}

static void
with_usual(void)
{
	struct addr framed = addr_from_v4(0xc0000214);

	radius_build_text(&build, RADIUS_USER_NAME, "sub-a");
	radius_build_addr(&build, RADIUS_NAS_IP_ADDRESS, &nas);
	radius_build_addr(&build, RADIUS_FRAMED_IP_ADDRESS, &framed);
}

/* Reads what was built, sent by `peer`, arrived at `us`. */
static const struct lease_event *
read_at(const struct addr *peer, int64_t us)
{
	struct lease_output output = sink_begin(&sink);
	struct at_arrival arrival = {us};

	assert_int_equal(radius_build_request(&build, md5, slice_of("s")), 0);
	accounting_read(&conf, bytes, build.length, arrival, peer, 0x50000,
			&output);
	return &sink.events[0];
}

static void
expect_reason(const char *reason)
{
	assert_int_equal(sink.reason_count, 1);
	assert_string_equal(sink.reasons[0], reason);
}

static void
expect_refused(const char *reason)
{
	assert_int_equal(sink.event_count, 0);
	expect_reason(reason);
}

static void
reads_a_start(void **state)
{
	const struct lease_event *event;

	(void)state;
	packet(RADIUS_STATUS_START);
	with_usual();
	radius_build_u32(&build, RADIUS_EVENT_TIMESTAMP, EIGHT_S);
	event = read_at(&nas, EIGHT_US + TIMES_SECOND_US);
	assert_int_equal(sink.event_count, 1);
	assert_int_equal(sink.reason_count, 0);
	assert_int_equal(event->kind, LEASE_START);
	/* User-Name stands in for the Class that isn't there. */
	assert_int_equal(event->marks, LEASE_HOLDER_LESSER);
	assert_string_equal(event->session, "S1");
	assert_string_equal(event->holder, "user:sub-a");
	assert_string_equal(event->speaker, "203.0.113.20");
	assert_int_equal(event->subject_count, 1);
	assert_int_equal(event->subjects[0].slot, LEASE_SLOT_ADDRESS);
	assert_int_equal(event->subjects[0].subject.prefix.length, 128);
	assert_int_equal(addr_v4(&event->subjects[0].subject.prefix.addr),
			 0xc0000214);
	assert_int_equal(event->realm, 7);
	assert_int_equal(event->at.us, EIGHT_US);
	assert_false(times_is_set(event->start));
	assert_false(times_is_set(event->end));
	assert_int_equal(event->error_us, TIMES_SECOND_US);
	assert_int_equal(event->arrival.us, EIGHT_US + TIMES_SECOND_US);
	assert_int_equal(event->origin, 0x50000);
}

static void
reads_all_of_ipv6(void **state)
{
	struct prefix framed = {{{0x20, 0x01, 0x0d, 0xb8, 0, 1}}, 64};
	struct prefix second = {{{0x20, 0x01, 0x0d, 0xb8, 0, 2}}, 64};
	struct prefix delegated = {{{0x20, 0x01, 0x0d, 0xb8, 0x12}}, 56};
	struct addr one = {{0x20, 0x01, 0x0d, 0xb8, [15] = 5}};
	static const uint8_t slots[] = {LEASE_SLOT_PREFIX, LEASE_SLOT_PREFIX,
					LEASE_SLOT_DELEGATED,
					LEASE_SLOT_ADDRESS6};
	const struct lease_event *event;

	(void)state;
	packet(RADIUS_STATUS_INTERIM);
	radius_build_prefix6(&build, RADIUS_FRAMED_IPV6_PREFIX, &framed);
	radius_build_prefix6(&build, RADIUS_FRAMED_IPV6_PREFIX, &framed);
	radius_build_prefix6(&build, RADIUS_FRAMED_IPV6_PREFIX, &second);
	radius_build_prefix6(&build, RADIUS_DELEGATED_IPV6_PREFIX, &delegated);
	radius_build_addr(&build, RADIUS_FRAMED_IPV6_ADDRESS, &one);
	event = read_at(&nas, EIGHT_US);
	assert_int_equal(sink.reason_count, 0);
	assert_int_equal(event->kind, LEASE_ALIVE);
	assert_int_equal(event->subject_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(event->subjects[i].slot, slots[i]);
	assert_true(prefix_equal(&event->subjects[0].subject.prefix, &framed));
	assert_true(prefix_equal(&event->subjects[1].subject.prefix, &second));
	assert_true(
	    prefix_equal(&event->subjects[2].subject.prefix, &delegated));
	assert_int_equal(event->subjects[3].subject.prefix.length, 128);
	assert_string_equal(event->holder, "");
}

/* Addresses that are nobody's are not told; the rest of the record counts. */
static void
leaves_out_impossible_addresses(void **state)
{
	static const struct {
		uint8_t type;
		const char *value;
		size_t length;
		const char *reason; /* NULL: nothing to say of it */
	} rows[] = {
	    {RADIUS_FRAMED_IP_ADDRESS, "\377\377\377\376", 4, NULL},
	    {RADIUS_FRAMED_IP_ADDRESS, "\377\377\377\377", 4, NULL},
	    {RADIUS_FRAMED_IP_ADDRESS, "\0\0\0\0", 4, NULL},
	    {RADIUS_FRAMED_IP_ADDRESS, "\177\0\0\1", 4, "framed_address"},
	    {RADIUS_FRAMED_IP_ADDRESS, "\340\0\0\1", 4, "framed_address"},
	    {RADIUS_FRAMED_IP_ADDRESS, "\300\0\2", 3, "framed_address"},
	    {RADIUS_FRAMED_IPV6_ADDRESS,
	     "\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2\1", 16, "framed_address"},
	    {RADIUS_FRAMED_IPV6_ADDRESS, "\376\200\0\0\0\0\0\0\0\0\0\0\0\0\0\1",
	     16, "framed_address"},
	    {RADIUS_FRAMED_IPV6_PREFIX, "\0\0", 2, "framed_prefix"},
	    {RADIUS_FRAMED_IPV6_PREFIX, "\0\30\040\1\15", 5, "framed_prefix"},
	    {RADIUS_FRAMED_IPV6_PREFIX, "\0\100\377\2\0\0\0\0\0\0", 10,
	     "framed_prefix"},
	    {RADIUS_DELEGATED_IPV6_PREFIX, "\0\201", 2, "delegated_prefix"},
	    {RADIUS_DELEGATED_IPV6_PREFIX, "\0\70\040\1", 4,
	     "delegated_prefix"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		packet(RADIUS_STATUS_START);
		radius_build_bytes(&build, rows[i].type, rows[i].value,
				   rows[i].length);
		read_at(&nas, EIGHT_US);
		assert_int_equal(sink.event_count, 1);
		assert_int_equal(sink.events[0].subject_count, 0);
		if (rows[i].reason)
			expect_reason(rows[i].reason);
		else
			assert_int_equal(sink.reason_count, 0);
	}
}

static void
takes_time_from_event_or_arrival(void **state)
{
	static const struct {
		uint32_t event_s; /* 0: not told */
		uint32_t delay_s;
		int64_t arrival_us;
		int64_t at_us, error_us;
		uint8_t marks;
		const char *reason;
	} rows[] = {
	    {EIGHT_S, 0, EIGHT_US, EIGHT_US, TIMES_SECOND_US, 0, NULL},
	    /* Within the bound, either way; also through the delay. */
	    {EIGHT_S, 0, EIGHT_US + BOUND_US, EIGHT_US, TIMES_SECOND_US, 0,
	     NULL},
	    {EIGHT_S, 0, EIGHT_US - BOUND_US, EIGHT_US, TIMES_SECOND_US, 0,
	     NULL},
	    {EIGHT_S, 600, EIGHT_US + 600 * TIMES_SECOND_US, EIGHT_US,
	     TIMES_SECOND_US, 0, NULL},
	    /* Beyond it: widened to the whole difference. */
	    {EIGHT_S, 0, EIGHT_US + TIMES_HOUR_US, EIGHT_US, TIMES_HOUR_US,
	     LEASE_CLOCK_DOUBTED, NULL},
	    {EIGHT_S, 0, EIGHT_US - 6 * TIMES_HOUR_US, EIGHT_US,
	     6 * TIMES_HOUR_US, LEASE_CLOCK_DOUBTED, NULL},
	    {EIGHT_S, 3600, EIGHT_US, EIGHT_US, TIMES_HOUR_US,
	     LEASE_CLOCK_DOUBTED, NULL},
	    /* By arrival alone it's no better than the bound. */
	    {0, 0, EIGHT_US + 5, EIGHT_US + 5, BOUND_US, 0, NULL},
	    {0, 30, EIGHT_US + BOUND_US, EIGHT_US, BOUND_US, 0, NULL},
	    /* The clock of a NAS that has just booted. */
	    {86400, 0, EIGHT_US, EIGHT_US, BOUND_US, LEASE_CLOCK_DOUBTED,
	     "event_timestamp"},
	    /* One that is years ahead, and packets that waited by it. */
	    {EIGHT_S, 0, EIGHT_US - 730 * TIMES_DAY_US,
	     EIGHT_US - 730 * TIMES_DAY_US, BOUND_US, LEASE_CLOCK_DOUBTED,
	     "event_timestamp"},
	    {EIGHT_S, 600, EIGHT_US - 730 * TIMES_DAY_US,
	     EIGHT_US - 730 * TIMES_DAY_US - 600 * TIMES_SECOND_US,
	     600 * TIMES_SECOND_US, LEASE_CLOCK_DOUBTED, "event_timestamp"},
	    {EIGHT_S, 2 * 86400, EIGHT_US, EIGHT_US, 2 * TIMES_DAY_US,
	     LEASE_CLOCK_DOUBTED, NULL},
	    /* An arrival that isn't known can't contradict. */
	    {EIGHT_S, 0, TIMES_UNSET_US, EIGHT_US, TIMES_SECOND_US, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct lease_event *event;

		packet(RADIUS_STATUS_STOP);
		if (rows[i].event_s)
			radius_build_u32(&build, RADIUS_EVENT_TIMESTAMP,
					 rows[i].event_s);
		if (rows[i].delay_s)
			radius_build_u32(&build, RADIUS_ACCT_DELAY_TIME,
					 rows[i].delay_s);
		event = read_at(&nas, rows[i].arrival_us);
		assert_int_equal(sink.event_count, 1);
		assert_int_equal(event->at.us, rows[i].at_us);
		assert_int_equal(event->error_us, rows[i].error_us);
		assert_int_equal(event->marks, rows[i].marks);
		if (rows[i].reason)
			expect_reason(rows[i].reason);
	}
	packet(RADIUS_STATUS_STOP);
	read_at(&nas, TIMES_UNSET_US);
	expect_refused("no_time");
	packet(RADIUS_STATUS_STOP);
	radius_build_u32(&build, RADIUS_ACCT_DELAY_TIME, UINT32_MAX);
	read_at(&nas, EIGHT_US);
	expect_refused("time");
}

static void
reckons_the_start(void **state)
{
	const struct lease_event *event;

	(void)state;
	for (uint32_t status = 1; status <= 3; status++) {
		packet(status);
		radius_build_u32(&build, RADIUS_EVENT_TIMESTAMP, EIGHT_S);
		radius_build_u32(&build, RADIUS_ACCT_SESSION_TIME, 3600);
		event = read_at(&nas, EIGHT_US);
		if (status == RADIUS_STATUS_START) {
			assert_false(times_is_set(event->start));
			assert_int_equal(event->marks, 0);
			continue;
		}
		assert_int_equal(event->start.us, EIGHT_US - TIMES_HOUR_US);
		assert_int_equal(event->marks, LEASE_START_INFERRED);
	}
	packet(RADIUS_STATUS_STOP);
	radius_build_u32(&build, RADIUS_ACCT_SESSION_TIME, UINT32_MAX);
	event = read_at(&nas, EIGHT_US);
	assert_int_equal(sink.event_count, 1);
	assert_false(times_is_set(event->start));
	assert_int_equal(event->marks, 0);
	expect_reason("session_time");
}

static void
says_who_speaks(void **state)
{
	static const struct addr other = {{[10] = 0xff, 0xff, 203, 0, 113, 77}};
	const struct lease_event *event;

	(void)state;
	/* No claim: the client's address. */
	packet(RADIUS_STATUS_START);
	event = read_at(&other, EIGHT_US);
	assert_string_equal(event->speaker, "203.0.113.77");
	assert_int_equal(sink.reason_count, 0);
	/* One NAS can't speak for another ... */
	packet(RADIUS_STATUS_ON);
	with_usual();
	event = read_at(&other, EIGHT_US);
	assert_int_equal(event->kind, LEASE_RESET);
	assert_string_equal(event->speaker, "203.0.113.77");
	expect_reason("nas_not_its_own");
	/* ... but where it may. */
	assert_int_equal(accounting_conf_allow(&conf, slice_of("bng-1")), 0);
	assert_int_equal(accounting_conf_allow(&conf, slice_of("203.0.113.20")),
			 0);
	event = read_at(&other, EIGHT_US);
	assert_string_equal(event->speaker, "203.0.113.20");
	assert_int_equal(sink.reason_count, 0);
	/* Of several names the first that it may use. */
	packet(RADIUS_STATUS_START);
	radius_build_text(&build, RADIUS_NAS_IDENTIFIER, "bng-1");
	radius_build_addr(&build, RADIUS_NAS_IP_ADDRESS,
			  &(struct addr){{[10] = 0xff, 0xff, 192, 0, 2, 1}});
	event = read_at(&other, EIGHT_US);
	assert_string_equal(event->speaker, "bng-1");
	/* A loopback address names nothing. */
	packet(RADIUS_STATUS_START);
	radius_build_bytes(&build, RADIUS_NAS_IP_ADDRESS, "\177\0\0\1", 4);
	event = read_at(&other, EIGHT_US);
	assert_string_equal(event->speaker, "203.0.113.77");
	expect_reason("nas_address");
	/* A name of control characters neither. */
	packet(RADIUS_STATUS_START);
	radius_build_text(&build, RADIUS_NAS_IDENTIFIER, "bng\n1");
	event = read_at(&other, EIGHT_US);
	assert_string_equal(event->speaker, "203.0.113.77");
	expect_reason("nas_identifier");
}

static void
believes_a_proxy_what_it_may_say(void **state)
{
	static const struct addr proxy = {{[10] = 0xff, 0xff, 192, 0, 2, 99}};
	struct addr nas6 = {{0x20, 0x01, 0x0d, 0xb8, [15] = 7}};
	const struct lease_event *event;

	(void)state;
	conf.proxy = true;
	/* Its own reset is its own alone. */
	packet(RADIUS_STATUS_OFF);
	event = read_at(&proxy, EIGHT_US);
	assert_string_equal(event->speaker, "192.0.2.99");
	packet(RADIUS_STATUS_OFF);
	with_usual();
	event = read_at(&proxy, EIGHT_US);
	assert_string_equal(event->speaker, "203.0.113.20");
	packet(RADIUS_STATUS_START);
	radius_build_addr(&build, RADIUS_NAS_IPV6_ADDRESS, &nas6);
	event = read_at(&proxy, EIGHT_US);
	assert_string_equal(event->speaker, "2001:db8::7");
	assert_int_equal(accounting_conf_allow(&conf, slice_of("2001:DB8::7")),
			 0);
	event = read_at(&proxy, EIGHT_US);
	assert_string_equal(event->speaker, "2001:db8::7");
	packet(RADIUS_STATUS_START);
	with_usual();
	read_at(&proxy, EIGHT_US);
	expect_refused("nas_not_allowed");
}

static void
names_the_holder(void **state)
{
	const struct lease_event *event;
	char text[254];

	(void)state;
	packet(RADIUS_STATUS_START);
	with_usual();
	radius_build_bytes(&build, RADIUS_CLASS, "acct-4711", 9);
	event = read_at(&nas, EIGHT_US);
	assert_string_equal(event->holder, "class:0x616363742d34373131");
	assert_int_equal(event->marks, 0);
	/* Two Classes: none is the account for sure. */
	radius_build_bytes(&build, RADIUS_CLASS, "acct-4711", 9);
	event = read_at(&nas, EIGHT_US);
	assert_string_equal(event->holder, "class:0x616363742d34373131");
	radius_build_bytes(&build, RADIUS_CLASS, "gold", 4);
	event = read_at(&nas, EIGHT_US);
	assert_string_equal(event->holder, "user:sub-a");
	assert_int_equal(event->marks, LEASE_HOLDER_LESSER);
	expect_reason("class_twice");
	/* Too long to tell apart from others: not cut, left out. */
	packet(RADIUS_STATUS_START);
	with_usual();
	memset(text, 'x', 253);
	radius_build_bytes(&build, RADIUS_CLASS, text, 253);
	event = read_at(&nas, EIGHT_US);
	assert_string_equal(event->holder, "user:sub-a");
	expect_reason("holder_long");
	/* The line. */
	memset(&conf, 0, sizeof(conf));
	assert_int_equal(accounting_conf_holder(&conf, ACCOUNTING_CIRCUIT), 0);
	assert_int_equal(accounting_conf_holder(&conf, ACCOUNTING_CIRCUIT),
			 LZ_E_EXISTS);
	packet(RADIUS_STATUS_START);
	radius_build_vendor(&build, RADIUS_VENDOR_BROADBAND_FORUM,
			    RADIUS_AGENT_CIRCUIT_ID, "olt1 eth 1/1/2", 14);
	radius_build_vendor(&build, RADIUS_VENDOR_BROADBAND_FORUM,
			    RADIUS_AGENT_REMOTE_ID, "\0\1", 2);
	radius_build_vendor(&build, 9, RADIUS_AGENT_CIRCUIT_ID, "cisco", 5);
	radius_build_text(&build, RADIUS_CALLING_STATION_ID,
			  "02-00-5E-10-00-0A:home");
	event = read_at(&nas, EIGHT_US);
	assert_string_equal(event->holder, "circuit:olt1 eth 1/1/2");
	conf.holders[0] = ACCOUNTING_REMOTE;
	event = read_at(&nas, EIGHT_US);
	assert_string_equal(event->holder, "remote:0x0001");
	conf.holders[0] = ACCOUNTING_CALLING;
	event = read_at(&nas, EIGHT_US);
	assert_string_equal(event->holder, "mac:02:00:5e:10:00:0a");
}

static void
with_block(uint8_t alloc, uint16_t first, uint16_t last)
{
	const uint8_t ports[] = {3,
				 6,
				 203,
				 0,
				 113,
				 40,
				 8,
				 6,
				 0,
				 0,
				 0,
				 alloc,
				 9,
				 6,
				 0,
				 0,
				 (uint8_t)(first >> 8),
				 (uint8_t)first,
				 10,
				 6,
				 0,
				 0,
				 (uint8_t)(last >> 8),
				 (uint8_t)last};

	radius_build_extended(&build, RADIUS_EXTENDED_1, RADIUS_IP_PORT_RANGE,
			      ports, sizeof(ports));
}

/* Blocks come and go within a session: never since the session's start. */
static void
keeps_port_blocks_apart(void **state)
{
	const struct lease_event *event;

	(void)state;
	packet(RADIUS_STATUS_INTERIM);
	with_usual();
	radius_build_u32(&build, RADIUS_ACCT_SESSION_TIME, 60);
	with_block(RADIUS_PORT_ALLOCATION, 2048, 2559);
	with_block(RADIUS_PORT_RELEASE, 1024, 1535);
	event = read_at(&nas, EIGHT_US);
	assert_int_equal(sink.event_count, 3);
	assert_int_equal(sink.reason_count, 0);
	assert_int_equal(event[0].kind, LEASE_STOP);
	assert_int_equal(event[0].marks,
			 LEASE_BLOCK_ENDS | LEASE_HOLDER_LESSER);
	assert_int_equal(event[0].realm, 0);
	assert_int_equal(event[0].subject_count, 1);
	assert_int_equal(event[0].subjects[0].slot, LEASE_SLOT_PORTS);
	assert_int_equal(event[0].subjects[0].subject.port_first, 1024);
	assert_false(times_is_set(event[0].start));
	assert_int_equal(event[1].kind, LEASE_ALIVE);
	assert_int_equal(event[1].marks, LEASE_HOLDER_LESSER);
	assert_string_equal(event[1].holder, "user:sub-a");
	assert_string_equal(event[1].session, "S1");
	assert_int_equal(event[1].subjects[0].subject.port_first, 2048);
	assert_int_equal(event[1].subjects[0].subject.port_last, 2559);
	assert_int_equal(addr_v4(&event[1].subjects[0].subject.prefix.addr),
			 0xcb007128);
	assert_false(times_is_set(event[1].start));
	assert_int_equal(event[2].kind, LEASE_ALIVE);
	assert_int_equal(event[2].realm, 7);
	assert_int_equal(event[2].subjects[0].slot, LEASE_SLOT_ADDRESS);
	assert_true(times_is_set(event[2].start));

	/* At a Stop all of them end. */
	packet(RADIUS_STATUS_STOP);
	for (uint16_t i = 0; i < 9; i++)
		with_block(RADIUS_PORT_ALLOCATION, (uint16_t)(1024 + 512 * i),
			   (uint16_t)(1535 + 512 * i));
	event = read_at(&nas, EIGHT_US);
	assert_int_equal(sink.event_count, 3);
	assert_int_equal(event[0].subject_count, 8);
	assert_int_equal(event[1].subject_count, 1);
	assert_int_equal(event[1].marks, LEASE_BLOCK_ENDS);
	assert_int_equal(event[2].kind, LEASE_STOP);
	assert_int_equal(event[2].marks, 0);
	assert_int_equal(event[2].subject_count, 0);
}

static void
refuses_odd_port_ranges(void **state)
{
	static const struct {
		const char *tlvs;
		size_t length;
	} rows[] = {
	    {"", 0},
	    {"\3\6\313\0\161\50\10\6\0\0\0\1", 12},
	    {"\3\6\313\0\161\50\10\6\0\0\0\1\11\6\0\0\1\0\12\6\0\1\0\0", 24},
	    {"\3\6\313\0\161\50\10\6\0\0\0\1\11\6\0\0\2\0\12\6\0\0\1\0", 24},
	    {"\3\6\313\0\161\50\10\6\0\0\0\3\11\6\0\0\1\0\12\6\0\0\2\0", 24},
	    {"\10\6\0\0\0\1\11\6\0\0\1\0\12\6\0\0\2\0", 18},
	    {"\3\6\313\0\161\50\10\6\0\0\0\1\11\6\0\0\1\0\12\5\0\0\2", 23},
	    {"\3\6\313\0\161\50\10\6\0\0\0\1\11\6\0\0\1\0\12\7\0\0\2\0", 24},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		packet(RADIUS_STATUS_INTERIM);
		radius_build_extended(&build, RADIUS_EXTENDED_1,
				      RADIUS_IP_PORT_RANGE, rows[i].tlvs,
				      rows[i].length);
		read_at(&nas, EIGHT_US);
		assert_int_equal(sink.event_count, 1);
		expect_reason("port_range");
	}
}

static void
refuses_records(void **state)
{
	static const struct {
		uint32_t status;
		const char *reason;
	} rows[] = {{0, "status_unknown"},  {4, "status_unknown"},
		    {9, "status_tunnel"},   {14, "status_tunnel"},
		    {15, "status_failed"},  {16, "status_unknown"},
		    {~0u, "status_unknown"}};
	struct lease_output output;
	struct at_arrival arrival = {EIGHT_US};
	char text[254];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		packet(rows[i].status);
		with_usual();
		read_at(&nas, EIGHT_US);
		expect_refused(rows[i].reason);
	}
	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 1);
	with_usual();
	read_at(&nas, EIGHT_US);
	expect_refused("no_status_type");
	radius_build_u32(&build, RADIUS_ACCT_STATUS_TYPE, 1);
	read_at(&nas, EIGHT_US);
	expect_refused("no_session_id");
	memset(text, 'x', 96);
	radius_build_bytes(&build, RADIUS_ACCT_SESSION_ID, text, 96);
	read_at(&nas, EIGHT_US);
	expect_refused("session_id");
	packet(1);
	radius_build_text(&build, RADIUS_ACCT_SESSION_ID, "S2");
	read_at(&nas, EIGHT_US);
	expect_refused("attribute_twice");
	packet(1);
	radius_build_u32(&build, RADIUS_ACCT_STATUS_TYPE, 2);
	read_at(&nas, EIGHT_US);
	expect_refused("attribute_twice");

	output = sink_begin(&sink);
	accounting_read(&conf, bytes, build.length - 1, arrival, &nas, 0,
			&output);
	expect_refused("packet");
	radius_build_begin(&build, bytes, RADIUS_COA_REQUEST, 1);
	read_at(&nas, EIGHT_US);
	expect_refused("code");
}

/* Some send the NUL at the end of their C strings along; others inside. */
static void
treats_nul_as_it_must(void **state)
{
	const struct lease_event *event;

	(void)state;
	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 1);
	radius_build_u32(&build, RADIUS_ACCT_STATUS_TYPE, 1);
	radius_build_bytes(&build, RADIUS_ACCT_SESSION_ID, "S1", 3);
	radius_build_bytes(&build, RADIUS_USER_NAME, "sub-a", 6);
	event = read_at(&nas, EIGHT_US);
	assert_string_equal(event->session, "S1");
	assert_string_equal(event->holder, "user:sub-a");
	radius_build_begin(&build, bytes, RADIUS_ACCOUNTING_REQUEST, 1);
	radius_build_u32(&build, RADIUS_ACCT_STATUS_TYPE, 1);
	radius_build_bytes(&build, RADIUS_ACCT_SESSION_ID, "S\0001", 3);
	read_at(&nas, EIGHT_US);
	expect_refused("session_id");
	packet(1);
	radius_build_bytes(&build, RADIUS_USER_NAME, "sub\0b", 5);
	event = read_at(&nas, EIGHT_US);
	assert_string_equal(event->holder, "user:0x7375620062");
}

static void
keeps_to_its_limits(void **state)
{
	char name[LEASE_SPEAKER_SIZE + 1];

	(void)state;
	assert_int_equal(accounting_conf_allow(&conf, slice_of("")),
			 LZ_E_RANGE);
	assert_int_equal(accounting_conf_allow(&conf, slice_of("a\tb")),
			 LZ_E_RANGE);
	memset(name, 'n', sizeof(name));
	assert_int_equal(accounting_conf_allow(&conf, (struct slice){name, 64}),
			 LZ_E_RANGE);
	for (size_t i = 0; i < ACCOUNTING_NAMES_MAX; i++)
		assert_int_equal(
		    accounting_conf_allow(&conf, (struct slice){name, 63}), 0);
	assert_int_equal(accounting_conf_allow(&conf, slice_of("one")),
			 LZ_E_FULL);
	/* More subjects than an event holds: the first ones, and said so. */
	packet(RADIUS_STATUS_START);
	for (uint8_t i = 0; i < 9; i++) {
		struct prefix prefix = {{{0x20, 0x01, 0x0d, 0xb8, 0, i}}, 64};

		radius_build_prefix6(&build, RADIUS_FRAMED_IPV6_PREFIX,
				     &prefix);
	}
	read_at(&nas, EIGHT_US);
	assert_int_equal(sink.events[0].subject_count, LEASE_SUBJECTS_MAX);
	expect_reason("subjects");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(reads_a_start, fresh),
	    cmocka_unit_test_setup(reads_all_of_ipv6, fresh),
	    cmocka_unit_test_setup(leaves_out_impossible_addresses, fresh),
	    cmocka_unit_test_setup(takes_time_from_event_or_arrival, fresh),
	    cmocka_unit_test_setup(reckons_the_start, fresh),
	    cmocka_unit_test_setup(says_who_speaks, fresh),
	    cmocka_unit_test_setup(believes_a_proxy_what_it_may_say, fresh),
	    cmocka_unit_test_setup(names_the_holder, fresh),
	    cmocka_unit_test_setup(keeps_port_blocks_apart, fresh),
	    cmocka_unit_test_setup(refuses_odd_port_ranges, fresh),
	    cmocka_unit_test_setup(refuses_records, fresh),
	    cmocka_unit_test_setup(treats_nul_as_it_must, fresh),
	    cmocka_unit_test_setup(keeps_to_its_limits, fresh),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
