/* SPDX-License-Identifier: Apache-2.0 */
/* Port-block logs of three makers, several entries a message, bad ones among
 * them, and clocks that can't be right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lease/port_block.h"
#include "lease/reason.h"

/* 2026-11-25T01:02:03Z, and 0x6b06338b as a block's creation word. */
#define EVENT_US INT64_C(1795568523000000)
#define EVENTS_MAX 16

struct said {
	size_t count, refused_count, entries;
	struct lease_event events[EVENTS_MAX];
	const char *reason;
	uint64_t offset;
};

static struct said said;

static void
sink(void *context, const struct lease_event *event)
{
	(void)context;
	assert_true(said.count < EVENTS_MAX);
	said.events[said.count++] = *event;
}

static void
refused(void *context, uint64_t offset, const char *reason)
{
	(void)context;
	assert_non_null(reason_find(reason));
	said.refused_count++;
	said.reason = reason;
	said.offset = offset;
}

static const struct port_block_vrf vrfs[] = {{"Broadband", 3}, {"Second", 4}};
static const struct port_block_conf conf = {.realm = 9,
					    .vrf_count = 2,
					    .vrfs = vrfs};

static void
read_with(const struct port_block_conf *with, const char *text)
{
	const struct lease_output output = {sink, refused, NULL};

	memset(&said, 0, sizeof(said));
	said.entries =
	    port_block_read(with, slice_of(text),
			    (struct at_arrival){EVENT_US + 2 * TIMES_SECOND_US},
			    5 << 16, &output);
	assert_int_equal(said.entries, said.count + said.refused_count);
}

static void
assert_block(const struct lease_event *event, uint8_t kind, uint32_t inside,
	     uint32_t realm, uint16_t first, uint16_t last)
{
	assert_int_equal(event->kind, kind);
	assert_true(event->inside_told);
	assert_int_equal(addr_v4(&event->inside), inside);
	assert_int_equal(event->inside_realm, realm);
	assert_int_equal(event->realm, 0);
	assert_int_equal(addr_v4(&event->subjects[0].subject.prefix.addr),
			 0xcb007128);
	assert_int_equal(event->subjects[0].subject.port_first, first);
	assert_int_equal(event->subjects[0].subject.port_last, last);
	assert_int_equal(event->origin, 5 << 16);
}

static void
juniper_services(void **state)
{
	(void)state;
	read_with(&conf, "<14>Nov 25 02:02:03 2026-11-25 01:02:03: mx1{SS1}"
			 "[jservices-nat]: JSERVICES_NAT_PORT_BLOCK_ALLOC: "
			 "100.64.0.5 -> 203.0.113.40:1024-1535 0x6b06338b");
	assert_int_equal(said.count, 1);
	assert_block(&said.events[0], LEASE_START, 0x64400005, 9, 1024, 1535);
	assert_string_equal(said.events[0].session,
			    "100.64.0.5@9>203.0.113.40:1024-1535#6b06338b");
	/* Its own time is UTC, whatever the header's is. */
	assert_int_equal(said.events[0].at.us, EVENT_US);
	read_with(&conf, "Nov 25 01:02:03 mx1 (FPC Slot 2, PIC Slot 0) "
			 "2026-11-25 01:02:03 [FWNAT]:"
			 "ASP_NAT_PORT_BLOCK_RELEASE: 2001:db8:0:0:0:0:0:1 -> "
			 "203.0.113.40:1050-1099");
	assert_int_equal(said.count, 1);
	assert_int_equal(said.events[0].kind, LEASE_STOP);
	assert_int_equal(said.events[0].marks, LEASE_BLOCK_ENDS);
	assert_string_equal(said.events[0].speaker, "mx1");
	assert_false(addr_is_v4(&said.events[0].inside));
}

/* Sent again and again while it is held: since when says the word. */
static void
juniper_interim(void **state)
{
	(void)state;
	/* 0x6b063300 is well before, 0x7fffffff well after. */
	read_with(&conf, "Nov 25 01:02:03 mx1 JSERVICES_NAT_PORT_BLOCK_ACTIVE: "
			 "100.64.0.5 -> 203.0.113.40:1024-1535 0x6b063300");
	assert_int_equal(said.count, 1);
	assert_block(&said.events[0], LEASE_ALIVE, 0x64400005, 9, 1024, 1535);
	assert_int_equal(said.events[0].start.us,
			 INT64_C(0x6b063300) * TIMES_SECOND_US);
	assert_int_equal(said.events[0].marks, LEASE_START_INFERRED);
	read_with(&conf, "Nov 25 01:02:03 mx1 JSERVICES_NAT_PORT_BLOCK_ACTIVE: "
			 "100.64.0.5 -> 203.0.113.40:1024-1535 0x7fffffff");
	assert_false(times_is_set(said.events[0].start));
}

static void
juniper_firewall(void **state)
{
	(void)state;
	read_with(&conf,
		  "<14>Nov 25 01:02:03 srx1 RT_NAT: RT_SRC_NAT_PBA_ALLOC: "
		  "Subscriber 100.64.0.5 used/maximum [10/15] blocks, "
		  "allocates port block [24064-24191] from 203.0.113.40 in "
		  "source pool POOL lsys_id: 0 epoch 0x6b06338b");
	assert_int_equal(said.count, 1);
	assert_block(&said.events[0], LEASE_START, 0x64400005, 9, 24064, 24191);
	assert_string_equal(said.events[0].speaker, "srx1");
	read_with(&conf,
		  "<14>1 2026-11-25T01:02:03Z srx1 RT_NAT - "
		  "RT_SRC_NAT_PBA_RELEASE [junos@2636.1.1.1.2.129 "
		  "internal-ip=\"100.64.0.5\" block-used=\"1\" "
		  "block-max-per-host=\"4\" block-port-low=\"48640\" "
		  "block-port-high=\"48895\" reflexive-ip=\"203.0.113.40\" "
		  "nat-pool-name=\"guest\" epoch-time-64=\"6b06338b\"]");
	assert_int_equal(said.count, 1);
	assert_block(&said.events[0], LEASE_STOP, 0x64400005, 9, 48640, 48895);
	assert_string_equal(said.events[0].session,
			    "100.64.0.5@9>203.0.113.40:48640-48895#6b06338b");
	read_with(&conf,
		  "<14>Nov 25 01:02:03 srx1 RT_NAT: RT_SRC_NAT_PBA_INTERIM: "
		  "Subscriber 100.64.0.5 used/maximum [1/15] blocks, port "
		  "block [1024-1151] from 203.0.113.40 in source pool P");
	assert_block(&said.events[0], LEASE_ALIVE, 0x64400005, 9, 1024, 1151);
}

static void
cisco_has_several_a_message(void **state)
{
	(void)state;
	read_with(&conf,
		  "<134>1 2026 Nov 25 01:02:03 192.0.2.3 - - NAT44 - "
		  "[UserbasedA - 100.64.0.5 Broadband - 203.0.113.40 - 1024 "
		  "1535 - -][UserbasedW - 100.64.0.6 Second - 203.0.113.40 - "
		  "1536 2047 - -][UserbasedA - 100.64.0.7 - - 203.0.113.40 - "
		  "2048 2559]");
	assert_int_equal(said.count, 3);
	assert_block(&said.events[0], LEASE_START, 0x64400005, 3, 1024, 1535);
	assert_block(&said.events[1], LEASE_STOP, 0x64400006, 4, 1536, 2047);
	assert_block(&said.events[2], LEASE_START, 0x64400007, 9, 2048, 2559);
	assert_string_equal(said.events[0].speaker, "192.0.2.3");
	assert_int_equal(said.events[0].at.us, EVENT_US);
}

static void
cisco_sessions(void **state)
{
	(void)state;
	read_with(&conf,
		  "<134>1 2026 Nov 25 01:02:03 - - - NAT44 - "
		  "[SessionbasedAD tcp 100.64.0.5 Broadband - 203.0.113.40 "
		  "40000 2001 - 198.51.100.9 443]"
		  "[SessionbasedW udp 100.64.0.5 Broadband - 203.0.113.40 "
		  "40000 2001 2001 - -]");
	assert_int_equal(said.count, 2);
	assert_block(&said.events[0], LEASE_START, 0x64400005, 3, 2001, 2001);
	assert_int_equal(said.events[0].marks, LEASE_SHARES);
	assert_string_equal(said.events[0].session,
			    "100.64.0.5@3>203.0.113.40:2001-2001/6#198.51.100.9"
			    " 443");
	assert_string_equal(said.events[1].session,
			    "100.64.0.5@3>203.0.113.40:2001-2001/17");
}

/* The softwire's end is the subscriber, not what it translates. */
static void
cisco_softwires(void **state)
{
	(void)state;
	read_with(&conf, "<134>1 2026 Nov 25 01:02:03 - - - DSLite - "
			 "[UserbasedA - 192.168.1.2 Broadband 2001:db8::4 "
			 "203.0.113.40 - 1024 1535 - -]");
	assert_int_equal(said.count, 1);
	assert_false(addr_is_v4(&said.events[0].inside));
}

static void
a_bad_entry_sinks_no_other(void **state)
{
	static const char line[] =
	    "<134>1 2026 Nov 25 01:02:03 - - - NAT44 - "
	    "[UserbasedA - 100.64.0.5 Third - 203.0.113.40 - 1024 1535 - -]"
	    "[UserbasedA - 100.64.0.6 Broadband - 203.0.113.40 - 1024 1535 - -]"
	    "[UserbasedA - 100.64.0.7 Broadband - 203.0.113.40 - 1536 x - -]"
	    "[UserbasedA 100.64.0.7 Broadband]"
	    "[UserbasedA - 100.64.0.8 Broadband - 203.0.113.40 - 2047 1536]"
	    "[UserbasedW - 100.64.0.9 Broadband - 203.0.113.40 - 1536 2047"
	    "[UserbasedW - 100.64.0.9 Broadband - 203.0.113.40 - 1536 2047]";

	(void)state;
	read_with(&conf, line);
	assert_int_equal(said.entries, 7);
	assert_int_equal(said.count, 2);
	assert_block(&said.events[0], LEASE_START, 0x64400006, 3, 1024, 1535);
	assert_block(&said.events[1], LEASE_STOP, 0x64400009, 3, 1536, 2047);
	assert_string_equal(said.reason, "entry"); /* never closed */
}

static void
an_unknown_vrf_is_refused_unless_any_will_do(void **state)
{
	static const struct port_block_vrf any[] = {{"*", 2}};
	const struct port_block_conf one = {.vrf_count = 1, .vrfs = any};
	static const char line[] =
	    "<134>1 2026 Nov 25 01:02:03 - - - NAT44 - [UserbasedA - "
	    "100.64.0.5 Third - 203.0.113.40 - 1024 1535 - -]";

	(void)state;
	read_with(&conf, line);
	assert_int_equal(said.count, 0);
	assert_string_equal(said.reason, "vrf_unset");
	assert_int_equal(said.offset, strstr(line, "[User") - line);
	read_with(&one, line);
	assert_block(&said.events[0], LEASE_START, 0x64400005, 2, 1024, 1535);
}

static void
clocks_that_cannot_be_right(void **state)
{
	(void)state;
	/* An hour off what came at once: a zone nobody configured. */
	read_with(&conf, "<14>Nov 25 02:02:03 mx1 x: "
			 "JSERVICES_NAT_PORT_BLOCK_RELEASE: 100.64.0.5 -> "
			 "203.0.113.40:1024-1535");
	assert_int_equal(said.events[0].marks,
			 LEASE_CLOCK_DOUBTED | LEASE_BLOCK_ENDS);
	assert_int_equal(said.events[0].error_us,
			 TIMES_HOUR_US - 2 * TIMES_SECOND_US);
	/* Four minutes: believed, but no more exact than that. */
	read_with(&conf, "<14>Nov 25 00:58:03 mx1 x: "
			 "JSERVICES_NAT_PORT_BLOCK_ALLOC: 100.64.0.5 -> "
			 "203.0.113.40:1024-1535");
	assert_int_equal(said.events[0].marks, 0);
	assert_int_equal(said.events[0].error_us,
			 4 * TIMES_MINUTE_US + 2 * TIMES_SECOND_US);
	/* Two hours off the block's own word of its creation. */
	read_with(&conf, "<14>Nov 25 01:02:03 mx1 x: "
			 "JSERVICES_NAT_PORT_BLOCK_ALLOC: 100.64.0.5 -> "
			 "203.0.113.40:1024-1535 0x6b06176b");
	assert_int_equal(said.events[0].marks, LEASE_CLOCK_DOUBTED);
	assert_true(said.events[0].error_us > TIMES_HOUR_US);
	/* No time at all: it came just now. */
	read_with(&conf, "JSERVICES_NAT_PORT_BLOCK_ALLOC: 100.64.0.5 -> "
			 "203.0.113.40:1024-1535");
	assert_int_equal(said.events[0].at.us, EVENT_US + 2 * TIMES_SECOND_US);
	assert_int_equal(said.events[0].error_us, 5 * TIMES_SECOND_US);
}

static void
other_logs_are_passed_over(void **state)
{
	(void)state;
	read_with(&conf, "<14>Nov 25 01:02:03 mx1 sshd[7]: hello");
	assert_int_equal(said.entries, 0);
	read_with(&conf, "");
	assert_int_equal(said.entries, 0);
	read_with(&conf, "[UserbasedA");
	assert_int_equal(said.entries, 0);
	read_with(&conf, "[UserbasedA ");
	assert_int_equal(said.entries, 0); /* a blank at the end is trimmed */
	read_with(&conf, "RT_SRC_NAT_PBA_ALLOC");
	assert_int_equal(said.refused_count, 1);
	read_with(&conf, "x NAT_PORT_BLOCK_ALLOC: 100.64.0.5 -> 203.0.113.40");
	assert_string_equal(said.reason, "entry");
	assert_int_equal(said.offset, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(juniper_services),
	    cmocka_unit_test(juniper_interim),
	    cmocka_unit_test(juniper_firewall),
	    cmocka_unit_test(cisco_has_several_a_message),
	    cmocka_unit_test(cisco_sessions),
	    cmocka_unit_test(cisco_softwires),
	    cmocka_unit_test(a_bad_entry_sinks_no_other),
	    cmocka_unit_test(an_unknown_vrf_is_refused_unless_any_will_do),
	    cmocka_unit_test(clocks_that_cannot_be_right),
	    cmocka_unit_test(other_logs_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
