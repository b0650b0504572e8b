/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FreeRADIUS detail text: records as version 3.2 writes them, half-written and
 * torn ones, all forms of values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lease/detail.h"
#include "lease/detail_value.h"
#include "sink.h"

#define EIGHT_US (INT64_C(1718870400) * TIMES_SECOND_US)

static struct sink sink;
static const struct accounting_conf conf = {.holder_count = 2,
					    .holders = {ACCOUNTING_CLASS,
							ACCOUNTING_USER},
					    .clock_bound_us = 30 *
							      TIMES_SECOND_US};

static const char start[] =
    "Thu Jun 20 08:00:03 2024\n"
    "\tAcct-Status-Type = Start\n"
    "\tAcct-Session-Id = \"S\\\"1\\\\x\\t\\001\303\251\"\n"
    "\tUser-Name = \"sub-a\"\n"
    "\tNAS-IP-Address = 203.0.113.20\n"
    "\tNAS-IPv6-Address = 2001:db8::7\n"
    "\tNAS-Identifier = \"bng 1\"\n"
    "\tFramed-IP-Address = 192.0.2.20\n"
    "\tFramed-IPv6-Prefix = 2001:db8:1::/64\n"
    "\tDelegated-IPv6-Prefix = 2001:db8:12:3400::/56\n"
    "\tFramed-IPv6-Address = 2001:db8::5\n"
    "\tEvent-Timestamp = \"Jun 20 2024 08:00:00 UTC\"\n"
    "\tAcct-Delay-Time = 3\n"
    "\tClass = 0x616263\n"
    "\tCalling-Station-Id = \"02-00-5E-10-00-0A\"\n"
    "\tADSL-Agent-Circuit-Id = 0x6f6c7431\n"
    "\tIP-Port-Range-Ext-IPv4-Addr = 203.0.113.40\n"
    "\tIP-Port-Range-Alloc = Allocation\n"
    "\tIP-Port-Range-Range-Start = 2048\n"
    "\tIP-Port-Range-Range-End = 2559\n"
    "\tAcct-Session-Time = 60\n"
    "\tTimestamp = 1718870403\n"
    "\n";
static const char stop[] = "Thu Jun 20 09:00:00 2024\n"
			   "\tAcct-Status-Type = Stop\n"
			   "\tAcct-Session-Id = \"S2\"\n"
			   "\tUser-Name = \"sub-b\"\n"
			   "\tFramed-IP-Address = 192.0.2.21\n"
			   "\tAcct-Session-Time = 600\n"
			   "\tAcct-Delay-Time = 10\n"
			   "\tTimestamp = 1718874010\n"
			   "\n";

static size_t
feed(const char *text, size_t length, bool end)
{
	struct lease_output output = sink_begin(&sink);
	struct lease_chunk chunk = {.bytes = {text, length},
				    .origin = 9 << 16,
				    .arrival = {EIGHT_US * 2},
				    .end = end};

	return detail_feed(&conf, &chunk, &output);
}

static void
expect_reason(const char *reason, uint64_t offset)
{
	assert_int_equal(sink.reason_count, 1);
	assert_string_equal(sink.reasons[0], reason);
	assert_int_equal(sink.offsets[0], offset);
}

static void
reads_what_freeradius_writes(void **state)
{
	char text[sizeof(start) + sizeof(stop)];
	const struct lease_event *event = sink.events;
	size_t length;

	(void)state;
	length = (size_t)snprintf(text, sizeof(text), "%s%s", start, stop);
	assert_int_equal(feed(text, length, false), length);
	assert_int_equal(sink.reason_count, 0);
	assert_int_equal(sink.event_count, 3);
	assert_int_equal(event[0].kind, LEASE_ALIVE);
	assert_int_equal(event[0].subject_count, 1);
	assert_int_equal(event[0].subjects[0].subject.port_first, 2048);
	assert_int_equal(event[0].subjects[0].subject.port_last, 2559);
	assert_int_equal(event[1].kind, LEASE_START);
	assert_string_equal(event[1].session, "S\"1\\x\t\001\303\251");
	assert_string_equal(event[1].speaker, "203.0.113.20");
	assert_string_equal(event[1].holder, "class:0x616263");
	assert_int_equal(event[1].subject_count, 4);
	assert_int_equal(event[1].subjects[2].subject.prefix.length, 56);
	assert_int_equal(event[1].at.us, EIGHT_US);
	assert_int_equal(event[1].error_us, TIMES_SECOND_US);
	assert_int_equal(event[1].arrival.us, EIGHT_US + 3 * TIMES_SECOND_US);
	assert_int_equal(event[1].origin, 9 << 16);
	assert_int_equal(event[2].kind, LEASE_STOP);
	assert_string_equal(event[2].holder, "user:sub-b");
	assert_string_equal(event[2].speaker, "");
	assert_int_equal(event[2].at.us, EIGHT_US + TIMES_HOUR_US);
	assert_int_equal(event[2].start.us, EIGHT_US + 50 * TIMES_MINUTE_US);
	assert_int_equal(event[2].error_us, conf.clock_bound_us);
	assert_int_equal(event[2].origin, (9 << 16) + sizeof(start) - 1);
}

/* However the file is cut, only whole records are taken, each once. */
static void
waits_for_the_empty_line(void **state)
{
	char text[sizeof(start) + sizeof(stop)];
	size_t first = sizeof(start) - 1, length;

	(void)state;
	length = (size_t)snprintf(text, sizeof(text), "%s%s", start, stop);
	for (size_t cut = 0; cut <= length; cut++) {
		size_t want = cut < first ? 0 : cut < length ? first : length;

		assert_int_equal(feed(text, cut, false), want);
		assert_int_equal(sink.reason_count, 0);
		assert_int_equal(sink.event_count, want == 0       ? 0
						   : want == first ? 2
								   : 3);
	}
	/* Nothing more will come: what has no end is refused. */
	for (size_t cut = first + 1; cut < length; cut++) {
		assert_int_equal(feed(text, cut, true), cut);
		assert_int_equal(sink.event_count, 2);
		expect_reason("cut_record", first);
	}
}

/* The server died while writing, and began the next record right there. */
static void
never_joins_two_records(void **state)
{
	char text[sizeof(start) + sizeof(stop)];

	(void)state;
	for (size_t cut = 1; cut < sizeof(start) - 1; cut++) {
		size_t length = (size_t)snprintf(text, sizeof(text), "%.*s%s",
						 (int)cut, start, stop);

		assert_int_equal(feed(text, length, false), length);
		for (size_t i = 0; i < sink.event_count; i++)
			assert_true(strcmp(sink.events[i].session, "S2") == 0
					? sink.events[i].subject_count == 1 &&
					      strcmp(sink.events[i].holder,
						     "user:sub-b") == 0 &&
					      sink.events[i].speaker[0] == '\0'
					: cut == sizeof(start) - 2 && i < 2);
		if (cut < sizeof(start) - 2 && cut > 24)
			assert_int_equal(sink.reason_count, 1);
	}
}

static void
survives_bad_records(void **state)
{
	static const struct {
		const char *text;
		const char *reason;
	} rows[] = {
	    {"\tAcct-Status-Type = Start\n\n", "no_header"},
	    {"date\n\n", "no_status_type"},
	    {"date\n\tAcct-Status-Type\n\n", "line"},
	    {"date\n\tAcct-Status-Type =\n\n", "line"},
	    {"date\n\tAcct-Status-Type = \n\n", "line"},
	    {"date\n\tAcct-Status-Type = Start Stop\n\n", "line"},
	    {"date\n\tAcct-Status-Type = Begin\n\n", "value"},
	    {"date\n\tOther = \"open\n\n", "line"},
	    {"date\n\tOther = \"a\" b\n\n", "line"},
	    {"date\n\tUser-Name = \"\\8\"\n\n", "value"},
	    {"date\n\tUser-Name = plain\n\n", "value"},
	    {"date\n\tFramed-IP-Address = 192.0.2.300\n\n", "value"},
	    {"date\n\tFramed-IP-Address = 2001:db8::1\n\n", "value"},
	    {"date\n\tEvent-Timestamp = \"Jun 31 2024 08:00:00 UTC\"\n\n",
	     "value"},
	    {"date\n\tAcct-Status-Type = Failed\n\n", "status_failed"},
	    {"date\n\tAcct-Status-Type = Tunnel-Link-Stop\n\n",
	     "status_tunnel"},
	    {"date\n\tAcct-Status-Type = 77\n\n", "status_unknown"},
	};
	char text[sizeof(stop) + 200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = (size_t)snprintf(text, sizeof(text), "\n%s%s",
						 rows[i].text, stop);

		assert_int_equal(feed(text, length, true), length);
		assert_int_equal(sink.event_count, 1);
		assert_string_equal(sink.events[0].session, "S2");
		expect_reason(rows[i].reason, 1);
	}
}

/* A zone that could be two isn't guessed: the arrival stands in. */
static void
reads_no_doubtful_zone(void **state)
{
	static const struct {
		const char *zone;
		int64_t hour; /* UTC, of 20:00 there; -1: not read */
	} rows[] = {{"UTC", 20}, {"CEST", 18}, {"PDT", 27}, {"+0330", 16},
		    {"-03", 23}, {"CST", -1},  {"IST", -1}, {"BST", -1},
		    {"+15", -1}, {"", -1},     {"X", -1}};
	char text[400];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = (size_t)
		    snprintf(text, sizeof(text),
			     "date\n\tAcct-Status-Type = Start\n"
			     "\tAcct-Session-Id = \"S1\"\n"
			     "\tEvent-Timestamp = \"Jun  5 2024 20:00:00 %s\"\n"
			     "\tTimestamp = 1718870403\n\n",
			     rows[i].zone);

		assert_int_equal(feed(text, length, false), length);
		assert_int_equal(sink.event_count, 1);
		if (rows[i].hour < 0) {
			expect_reason("zone", 0);
			assert_int_equal(sink.events[0].at.us,
					 EIGHT_US + 3 * TIMES_SECOND_US);
			assert_int_equal(sink.events[0].error_us,
					 conf.clock_bound_us);
			continue;
		}
		assert_int_equal(sink.reason_count, 0);
		assert_int_equal(
		    sink.events[0].at.us - rows[i].hour * TIMES_HOUR_US -
			(rows[i].zone[0] == '+' ? 30 * TIMES_MINUTE_US : 0),
		    EIGHT_US - 15 * TIMES_DAY_US - 8 * TIMES_HOUR_US);
	}
}

static void
groups_port_ranges_only_where_it_is_sure(void **state)
{
	static const struct {
		const char *lines;
		size_t blocks; /* 0: refused */
	} rows[] = {
	    {"AXSE", 1},    {"XASEXASE", 2}, {"ASEXASEX", 2}, {"ASEXASE", 0},
	    {"XASEASE", 0}, {"XASEAXSE", 0}, {"XASEXAS", 0},  {"ASE", 0},
	};
	char text[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = (size_t)snprintf(
		    text, sizeof(text),
		    "date\n\tAcct-Status-Type = Interim-Update\n"
		    "\tAcct-Session-Id = \"S1\"\n\tTimestamp = 1718870403\n");

		for (const char *c = rows[i].lines; *c; c++)
			length += (size_t)snprintf(
			    text + length, sizeof(text) - length, "%s",
			    *c == 'X'   ? "\tIP-Port-Range-Ext-IPv4-Addr = "
					  "203.0.113.40\n"
			    : *c == 'A' ? "\tIP-Port-Range-Alloc = Allocation\n"
			    : *c == 'S' ? "\tIP-Port-Range-Range-Start = "
					  "1024\n"
					: "\tIP-Port-Range-Range-End = "
					  "1535\n");
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "\n");
		assert_int_equal(feed(text, length, false), length);
		if (rows[i].blocks == 0) {
			assert_int_equal(sink.event_count, 1);
			expect_reason("port_range", 0);
			continue;
		}
		assert_int_equal(sink.reason_count, 0);
		assert_int_equal(sink.event_count, 2);
		assert_int_equal(sink.events[0].subject_count, rows[i].blocks);
	}
}

static void
gives_up_on_endless_records(void **state)
{
	static char text[LEASE_CHUNK_MAX];
	size_t length = 5;

	(void)state;
	memcpy(text, "date\n", length);
	while (length + 8 <= sizeof(text)) {
		memcpy(text + length, "\tA = 12\n", 8);
		length += 8;
	}
	memset(text + length, 'x', sizeof(text) - length);
	assert_int_equal(feed(text, sizeof(text), false), sizeof(text));
	expect_reason("record_long", 0);
	assert_int_equal(feed(text, sizeof(text) - 1, false), 0);
	assert_int_equal(sink.reason_count, 0);
	/* More Classes than a packet could hold. */
	length = 5;
	for (int i = 0; i < 60; i++) {
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "\tClass = \"");
		memset(text + length, 'x', 200);
		length += 200;
		text[length++] = '"';
		text[length++] = '\n';
	}
	text[length++] = '\n';
	assert_int_equal(feed(text, length, false), length);
	expect_reason("record_long", 0);
}

static void
undoes_all_escapes(void **state)
{
	static const struct {
		const char *value;
		enum detail_form form;
		int length; /* or an error */
		const char *octets;
	} rows[] = {
	    {"\"a\\n\\r\\t\\\"\\\\\\303\"", DETAIL_TEXT, 7, "a\n\r\t\"\\\303"},
	    {"\"\"", DETAIL_TEXT, 0, ""},
	    {"\"\\400\"", DETAIL_TEXT, LZ_E_FORMAT, NULL},
	    {"\"\\18\"", DETAIL_TEXT, LZ_E_FORMAT, NULL},
	    {"0x", DETAIL_OCTETS, 0, ""},
	    {"0x00fF", DETAIL_OCTETS, 2, "\0\377"},
	    {"0x0", DETAIL_OCTETS, LZ_E_FORMAT, NULL},
	    {"0x0g", DETAIL_OCTETS, LZ_E_FORMAT, NULL},
	    {"\"ab\"", DETAIL_OCTETS, 2, "ab"},
	    {"4294967295", DETAIL_NUMBER, 4, "\377\377\377\377"},
	    {"4294967296", DETAIL_NUMBER, LZ_E_FORMAT, NULL},
	    {"Alive", DETAIL_STATUS, 4, "\0\0\0\3"},
	    {"1718870400", DETAIL_DATE, 4, "\146\163\341\200"},
	    {"\"Jan  1 1970 00:00:00 UTC\"", DETAIL_DATE, 4, "\0\0\0\0"},
	    {"\"Jan  1 1970 00:00:00 CET\"", DETAIL_DATE, LZ_E_FORMAT, NULL},
	    {"\"Foo  1 2024 00:00:00 UTC\"", DETAIL_DATE, LZ_E_FORMAT, NULL},
	    {"2001:db8::/129", DETAIL_PREFIX6, LZ_E_FORMAT, NULL},
	    {"192.0.2.0/24", DETAIL_PREFIX6, LZ_E_FORMAT, NULL},
	    {"2001:db8::", DETAIL_PREFIX6, LZ_E_FORMAT, NULL},
	    {"192.0.2.1", DETAIL_ADDR6, LZ_E_FORMAT, NULL},
	    {"Deallocation", DETAIL_ALLOC, 4, "\0\0\0\2"},
	    {"3", DETAIL_ALLOC, 4, "\0\0\0\3"},
	};
	uint8_t octets[DETAIL_OCTETS_MAX];
	char text[300];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(detail_value(slice_of(rows[i].value),
					      rows[i].form, octets),
				 rows[i].length);
		if (rows[i].length > 0)
			assert_memory_equal(octets, rows[i].octets,
					    (size_t)rows[i].length);
	}
	memset(text, 'x', sizeof(text));
	text[0] = '"';
	text[254] = '"';
	assert_int_equal(detail_value((struct slice){text, 255}, DETAIL_TEXT,
				      octets),
			 253);
	text[254] = 'x';
	text[255] = '"';
	assert_int_equal(detail_value((struct slice){text, 256}, DETAIL_TEXT,
				      octets),
			 LZ_E_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_freeradius_writes),
	    cmocka_unit_test(waits_for_the_empty_line),
	    cmocka_unit_test(never_joins_two_records),
	    cmocka_unit_test(survives_bad_records),
	    cmocka_unit_test(reads_no_doubtful_zone),
	    cmocka_unit_test(groups_port_ranges_only_where_it_is_sure),
	    cmocka_unit_test(gives_up_on_endless_records),
	    cmocka_unit_test(undoes_all_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
