/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translators' events to leases: which number means what by whose profile, and
 * what is refused rather than guessed at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lease/nat.h"
#include "lease/reason.h"

#define NOW_US INT64_C(1767607200000000)
#define EVENTS_MAX 1200

struct said {
	size_t count, refused_count;
	struct lease_event events[EVENTS_MAX];
	const char *reason; /* the last */
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

static const struct lease_output output = {sink, refused, NULL};

static struct nat_event
block(uint16_t event)
{
	return (struct nat_event){
	    .inside = addr_from_v4(0x64400005),
	    .outside = addr_from_v4(0xcb007128),
	    .at = {NOW_US},
	    .exported = {NOW_US},
	    .vrf = 7,
	    .event = event,
	    .port_first = 2048,
	    .port_last = 2559,
	    .marks = NAT_HAS_FIRST | NAT_HAS_LAST,
	};
}

/* One datagram of these events; the word of its source comes last. */
static void
settle(const struct nat_event *events, size_t count, enum nat_profile profile,
       uint8_t gap)
{
	struct nat *nat = nat_new();
	struct nat_source source = {.profile = profile,
				    .arrival = {NOW_US + 5000},
				    .origin = 77 << 16};
	const struct nat_word word = {.exported = {NOW_US},
				      .before = {NOW_US - 9000000},
				      .gap = gap};
	const struct addr exporter = addr_from_v4(0xcb007101);

	assert_non_null(nat);
	memset(&said, 0, sizeof(said));
	nat_speaker(source.speaker, &exporter, 5);
	if (count > 0)
		assert_int_equal(nat_gather(nat, events, count), 0);
	nat_settle(nat, &word, &source, &output);
	assert_true(said.count > 0);
	assert_int_equal(said.events[said.count - 1].kind, LEASE_WORD);
	assert_int_equal(said.events[said.count - 1].at.us, NOW_US - 5000000);
	said.count--;
	nat_free(nat);
}

static const char *
refusal(const struct nat_event *event, enum nat_profile profile)
{
	settle(event, 1, profile, NAT_GAP_NONE);
	assert_int_equal(said.count, 0);
	assert_int_equal(said.refused_count, 1);
	return said.reason;
}

static uint8_t
kind(const struct nat_event *event, enum nat_profile profile)
{
	settle(event, 1, profile, NAT_GAP_NONE);
	assert_int_equal(said.count, 1);
	assert_int_equal(said.refused_count, 0);
	return said.events[0].kind;
}

static void
a_block_is_held_by_its_inside(void **state)
{
	const struct nat_event event = block(NAT_BLOCK_ALLOC);
	const struct lease_event *lease = &said.events[0];

	(void)state;
	assert_int_equal(kind(&event, NAT_PROFILE_RFC8158), LEASE_START);
	assert_string_equal(lease->speaker, "203.0.113.1/5");
	assert_string_equal(lease->session,
			    "100.64.0.5@7>203.0.113.40:2048-2559");
	assert_int_equal(lease->subject_count, 1);
	assert_int_equal(lease->subjects[0].slot, LEASE_SLOT_PORTS);
	assert_int_equal(lease->subjects[0].subject.prefix.length, 128);
	assert_int_equal(addr_v4(&lease->subjects[0].subject.prefix.addr),
			 0xcb007128);
	assert_int_equal(lease->subjects[0].subject.port_first, 2048);
	assert_int_equal(lease->subjects[0].subject.port_last, 2559);
	assert_true(lease->inside_told);
	assert_int_equal(addr_v4(&lease->inside), 0x64400005);
	assert_int_equal(lease->inside_realm, 7);
	assert_int_equal(lease->realm, 0);
	assert_string_equal(lease->holder, "");
	assert_int_equal(lease->marks, 0);
	assert_int_equal(lease->at.us, NOW_US);
	assert_false(times_is_set(lease->start));
	assert_int_equal(lease->origin, 77 << 16);
}

/* The trap: the same number, a port block to one and an address to another. */
static void
fourteen_is_never_guessed(void **state)
{
	const struct nat_event alloc = block(14), release = block(15);
	const struct nat_event alloc16 = block(16), release17 = block(17);
	struct nat_event lone = block(14);

	(void)state;
	assert_string_equal(refusal(&alloc, NAT_PROFILE_UNSET),
			    "profile_unset");
	assert_non_null(reason_find("profile_unset")->advice);
	assert_string_equal(refusal(&release, NAT_PROFILE_UNSET),
			    "profile_unset");
	assert_string_equal(refusal(&alloc, NAT_PROFILE_RFC8158),
			    "not_of_profile");
	assert_int_equal(kind(&alloc, NAT_PROFILE_JUNIPER_DRAFT), LEASE_START);
	assert_int_equal(kind(&release, NAT_PROFILE_JUNIPER_DRAFT), LEASE_STOP);
	assert_int_equal(said.events[0].marks, LEASE_BLOCK_ENDS);
	/* 16 and 17 are what the standard says, but not to a draft's. */
	assert_int_equal(kind(&alloc16, NAT_PROFILE_UNSET), LEASE_START);
	assert_int_equal(kind(&release17, NAT_PROFILE_UNSET), LEASE_STOP);
	assert_string_equal(refusal(&alloc16, NAT_PROFILE_JUNIPER_DRAFT),
			    "not_of_profile");
	/* An address binding is no tenure of all its ports. */
	lone.marks = 0;
	assert_string_equal(refusal(&lone, NAT_PROFILE_UNSET),
			    "address_binding");
	assert_string_equal(refusal(&lone, NAT_PROFILE_RFC8158),
			    "address_binding");
	assert_string_equal(refusal(&lone, NAT_PROFILE_JUNIPER_DRAFT),
			    "port_range");
}

static void
a_session_holds_one_port(void **state)
{
	struct nat_event event = block(NAT_NAT44_CREATE);
	char session[LEASE_ID_SIZE];

	(void)state;
	event.marks = NAT_HAS_PORT;
	event.outside_port = 2001;
	event.inside_port = 40000;
	event.proto = 6;
	event.peer = addr_from_v4(0xc6336409);
	event.peer_port = 443;
	for (uint16_t number = 1; number <= 11; number++) {
		event.event = number;
		if (number == NAT_ADDRESSES_EXHAUSTED)
			continue;
		/* Creations are odd before 3, and even behind it. */
		assert_int_equal(kind(&event, NAT_PROFILE_UNSET),
				 (number == 1 ||
				  (number > 3 && number % 2 == 0))
				     ? LEASE_START
				     : LEASE_STOP);
		assert_int_equal(said.events[0].subjects[0].subject.port_first,
				 2001);
		assert_int_equal(said.events[0].subjects[0].subject.port_last,
				 2001);
		/* UDP's port of the same number may be somebody else's. */
		assert_true(said.events[0].marks & LEASE_SHARES);
	}
	event.event = NAT_NAT44_BIB_CREATE;
	(void)kind(&event, NAT_PROFILE_UNSET);
	assert_string_equal(said.events[0].session,
			    "100.64.0.5@7>203.0.113.40:2001-2001/6");
	/* Two sessions of one port to two peers end each for itself. */
	event.event = NAT_NAT44_CREATE;
	(void)kind(&event, NAT_PROFILE_UNSET);
	memcpy(session, said.events[0].session, sizeof(session));
	event.peer_port = 80;
	(void)kind(&event, NAT_PROFILE_UNSET);
	assert_string_not_equal(said.events[0].session, session);
}

static void
a_range_may_be_counted(void **state)
{
	struct nat_event event = block(NAT_BLOCK_ALLOC);

	(void)state;
	event.marks = NAT_HAS_FIRST | NAT_HAS_COUNT;
	event.port_count = 512;
	(void)kind(&event, NAT_PROFILE_RFC8158);
	assert_int_equal(said.events[0].subjects[0].subject.port_last, 2559);
	event.port_step = 1;
	event.marks |= NAT_HAS_LAST;
	(void)kind(&event, NAT_PROFILE_RFC8158);
	assert_int_equal(said.events[0].subjects[0].subject.port_last, 2559);
	event.port_count = 511; /* which of them lies? */
	assert_string_equal(refusal(&event, NAT_PROFILE_RFC8158), "port_count");
	event.port_count = 0;
	assert_string_equal(refusal(&event, NAT_PROFILE_RFC8158), "port_count");
	event.port_count = UINT32_MAX;
	event.port_step = UINT16_MAX;
	assert_string_equal(refusal(&event, NAT_PROFILE_RFC8158), "port_count");
	event.marks = NAT_HAS_FIRST;
	assert_string_equal(refusal(&event, NAT_PROFILE_RFC8158), "port_range");
	event.marks = NAT_HAS_FIRST | NAT_HAS_LAST;
	event.port_last = 2047;
	assert_string_equal(refusal(&event, NAT_PROFILE_RFC8158), "port_range");
}

static void
scattered_ports_are_single_ones(void **state)
{
	struct nat_event event = block(NAT_BLOCK_ALLOC);

	(void)state;
	event.port_step = 4;
	event.port_first = 1024;
	event.port_count = 1024;
	event.marks = NAT_HAS_FIRST | NAT_HAS_COUNT;
	settle(&event, 1, NAT_PROFILE_RFC8158, NAT_GAP_NONE);
	assert_int_equal(said.count, 1024);
	for (size_t i = 0; i < said.count; i++) {
		const struct subject *it = &said.events[i].subjects[0].subject;

		assert_int_equal(it->port_first, 1024 + 4 * i);
		assert_int_equal(it->port_last, 1024 + 4 * i);
	}
	event.port_last = 1024 + 4 * 1024 - 1;
	event.marks |= NAT_HAS_LAST;
	settle(&event, 1, NAT_PROFILE_RFC8158, NAT_GAP_NONE);
	assert_int_equal(said.count, 1024);
	event.port_count = 1025;
	event.port_last = 1024 + 4 * 1025 - 1;
	assert_string_equal(refusal(&event, NAT_PROFILE_RFC8158), "port_step");
}

static void
what_says_nothing_is_refused(void **state)
{
	struct nat_event event = block(NAT_BLOCK_ALLOC);

	(void)state;
	memset(&event.inside, 0, sizeof(event.inside));
	assert_string_equal(refusal(&event, NAT_PROFILE_RFC8158), "inside");
	event = block(NAT_BLOCK_ALLOC);
	memset(&event.outside, 0, sizeof(event.outside));
	assert_string_equal(refusal(&event, NAT_PROFILE_RFC8158), "outside");
	event.outside = event.inside;
	assert_string_equal(refusal(&event, NAT_PROFILE_RFC8158),
			    "same_address");
	event = block(NAT_NAT44_CREATE);
	event.marks = 0;
	assert_string_equal(refusal(&event, NAT_PROFILE_RFC8158), "ports");
	event = block(19);
	assert_string_equal(refusal(&event, NAT_PROFILE_RFC8158),
			    "event_unknown");
	event = block(0);
	assert_string_equal(refusal(&event, NAT_PROFILE_RFC8158),
			    "event_unknown");
	event = block(NAT_THRESHOLD);
	settle(&event, 1, NAT_PROFILE_RFC8158, NAT_GAP_NONE);
	assert_int_equal(said.count + said.refused_count, 0);
	/* The numbers of echo requests are no ports. */
	event = block(NAT_NAT44_CREATE);
	event.proto = 1;
	settle(&event, 1, NAT_PROFILE_RFC8158, NAT_GAP_NONE);
	assert_int_equal(said.count + said.refused_count, 0);
}

static void
a_bad_one_sinks_no_other(void **state)
{
	const struct nat_event events[3] = {block(NAT_BLOCK_ALLOC), block(14),
					    block(NAT_BLOCK_RELEASE)};

	(void)state;
	settle(events, 3, NAT_PROFILE_UNSET, NAT_GAP_NONE);
	assert_int_equal(said.count, 2);
	assert_int_equal(said.refused_count, 1);
	assert_int_equal(said.offset, 1);
	assert_int_equal(said.events[1].kind, LEASE_STOP);
}

static void
a_gap_is_said_before_what_came_after_it(void **state)
{
	struct nat_event events[3] = {block(NAT_BLOCK_ALLOC),
				      block(NAT_BLOCK_ALLOC),
				      block(NAT_BLOCK_ALLOC)};

	(void)state;
	events[0].at.us = NOW_US - 250000;
	events[1].at.us = NOW_US - 400000;
	/* Had waited for its template since before the last datagram. */
	events[2].at.us = NOW_US - 60000000;
	settle(events, 3, NAT_PROFILE_UNSET, NAT_GAP_LOST);
	assert_int_equal(said.count, 4);
	assert_int_equal(said.events[0].kind, LEASE_GAP);
	assert_int_equal(said.events[0].start.us, NOW_US - 9000000);
	assert_int_equal(said.events[0].at.us, NOW_US - 400000);
	assert_int_equal(said.events[0].subject_count, 0);
	assert_string_equal(said.events[0].speaker, "203.0.113.1/5");
	settle(NULL, 0, NAT_PROFILE_UNSET, NAT_GAP_UNREAD);
	assert_int_equal(said.count, 1);
	assert_int_equal(said.events[0].at.us, NOW_US);
}

static void
times_in_doubt_widen_the_error(void **state)
{
	struct nat_event event = block(NAT_BLOCK_ALLOC);

	(void)state;
	(void)kind(&event, NAT_PROFILE_UNSET);
	assert_int_equal(said.events[0].error_us, 0);
	event.marks |= NAT_TIME_OF_EXPORT;
	(void)kind(&event, NAT_PROFILE_UNSET);
	assert_int_equal(said.events[0].error_us, 5 * TIMES_SECOND_US);
	assert_int_equal(said.events[0].marks, 0);
	event = block(NAT_BLOCK_ALLOC);
	event.at.us = NOW_US - 3 * TIMES_HOUR_US;
	event.marks |= NAT_TIME_DOUBTED;
	(void)kind(&event, NAT_PROFILE_UNSET);
	assert_int_equal(said.events[0].error_us, 3 * TIMES_HOUR_US);
	assert_int_equal(said.events[0].marks, LEASE_CLOCK_DOUBTED);
	event.error_us = 7;
	(void)kind(&event, NAT_PROFILE_UNSET);
	assert_int_equal(said.events[0].error_us, 3 * TIMES_HOUR_US + 7);
	event.error_us = 0;
	event.marks |= NAT_CLOCK_DOUBTED;
	(void)kind(&event, NAT_PROFILE_UNSET);
	assert_int_equal(said.events[0].error_us,
			 3 * TIMES_HOUR_US + TIMES_MINUTE_US);
}

static void
two_long_addresses_have_a_name_too(void **state)
{
	struct nat_event event = block(NAT_NAT64_CREATE);
	uint8_t bytes[16];
	char session[LEASE_ID_SIZE];

	(void)state;
	memset(bytes, 0xfe, sizeof(bytes));
	event.inside = addr_from_v6_bytes(bytes);
	bytes[15] = 1;
	event.peer = addr_from_v6_bytes(bytes);
	event.vrf = UINT32_MAX;
	event.marks = NAT_HAS_PORT;
	event.outside_port = 65535;
	(void)kind(&event, NAT_PROFILE_UNSET);
	memcpy(session, said.events[0].session, sizeof(session));
	assert_int_equal(strlen(session), 5 + 32);
	event.peer_port = 1;
	(void)kind(&event, NAT_PROFILE_UNSET);
	assert_string_not_equal(said.events[0].session, session);
}

static void
many_events_of_one_datagram(void **state)
{
	static struct nat_event events[1000];

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		events[i] = block(NAT_BLOCK_ALLOC);
		events[i].inside = addr_from_v4((uint32_t)(0x64400000 + i));
	}
	settle(events, 1000, NAT_PROFILE_UNSET, NAT_GAP_NONE);
	assert_int_equal(said.count, 1000);
	assert_int_equal(addr_v4(&said.events[999].inside), 0x64400000 + 999);
}

static void
a_vrf_has_a_realm(void **state)
{
	static const struct nat_vrf vrfs[] = {{7, 70}, {8, 0}};
	static const struct {
		uint32_t vrf, realm;
	} expected[] = {{0, 5}, {7, 70}, {8, 0}, {9, 9}};
	struct nat_source source = {.realm = 5,
				    .vrf_count = 2,
				    .vrfs = vrfs,
				    .speaker = "x"};
	const struct nat_word word = {.exported = {NOW_US}};
	struct nat *nat = nat_new();

	(void)state;
	memset(&said, 0, sizeof(said));
	for (size_t i = 0; i < 4; i++) {
		struct nat_event event = block(NAT_BLOCK_ALLOC);

		event.vrf = expected[i].vrf;
		assert_int_equal(nat_gather(nat, &event, 1), 0);
	}
	nat_settle(nat, &word, &source, &output);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(said.events[i].inside_realm,
				 expected[i].realm);
	nat_free(nat);
}

static void
profiles_have_names(void **state)
{
	enum nat_profile profile = NAT_PROFILE_UNSET;

	(void)state;
	assert_int_equal(nat_profile_parse(slice_of("rfc8158"), &profile), 0);
	assert_int_equal(profile, NAT_PROFILE_RFC8158);
	assert_int_equal(nat_profile_parse(slice_of("juniper-draft"), &profile),
			 0);
	assert_int_equal(profile, NAT_PROFILE_JUNIPER_DRAFT);
	assert_int_equal(nat_profile_parse(slice_of("juniper"), &profile),
			 LZ_E_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_block_is_held_by_its_inside),
	    cmocka_unit_test(fourteen_is_never_guessed),
	    cmocka_unit_test(a_session_holds_one_port),
	    cmocka_unit_test(a_range_may_be_counted),
	    cmocka_unit_test(scattered_ports_are_single_ones),
	    cmocka_unit_test(what_says_nothing_is_refused),
	    cmocka_unit_test(a_bad_one_sinks_no_other),
	    cmocka_unit_test(a_gap_is_said_before_what_came_after_it),
	    cmocka_unit_test(times_in_doubt_widen_the_error),
	    cmocka_unit_test(two_long_addresses_have_a_name_too),
	    cmocka_unit_test(many_events_of_one_datagram),
	    cmocka_unit_test(a_vrf_has_a_realm),
	    cmocka_unit_test(profiles_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
