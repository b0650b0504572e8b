/* SPDX-License-Identifier: Apache-2.0 */
/* Contacts of listed servers: our side must have taken part, at the listed
 * port, while the list's word holds.  And the list itself, row by row. */
#include "stand.h"

#include <stdio.h>

#include "crypto/sha256.h"

#define BOT "192.0.2.7"
#define C2 "198.51.100.66"
#define HEADER                                                            \
	"type,value,port,proto,family,source,first_seen,last_seen,valid_" \
	"until\n"
/* Seen the day before T0; seen three weeks before; no longer valid. */
#define LIST                                                               \
	HEADER                                                             \
	"address," C2 ",6667,tcp,rbot,list-a,,2026-01-04T10:00:00Z,\n"     \
	"address," C2 ",53,udp,rbot,list-a,,2026-01-04T10:00:00Z,\n"       \
	"address,198.51.100.67,6667,tcp,,list-a,,2025-12-15T00:00:00Z,\n"  \
	"address,198.51.100.68,6667,tcp,,list-a,,,\n"                      \
	"address,198.51.100.69,6667,tcp,,list-a,,,2026-01-05T09:59:59Z\n"  \
	"prefix,203.0.113.0/24,80,tcp,,list-a,,2026-01-04T10:00:00Z,\n"    \
	"address,203.0.113.9,80,tcp,exact,list-a,,2026-01-04T10:00:00Z,\n" \
	"sinkhole,198.51.100.70,80,tcp,conficker,keeper,,,\n"

static void
open_with_list(struct stand *stand)
{
	stand_init(stand);
	stand_list(stand, LIST);
	stand_open(stand);
}

static struct flow_record
tcp(const char *src, uint16_t sport, const char *dst, uint16_t dport,
    uint8_t flags, int64_t ms)
{
	struct flow_record record = flow(src, sport, dst, dport, TCP, 3, ms,
					 ms + SECOND);

	record.tcp_flags = flags;
	return record;
}

/* Our flags, who began, their flags where known (-1: not), and whether that
 * is a contact. */
static void
taking_part_is_what_counts(void **state)
{
	static const struct {
		const char *what;
		uint8_t ours, marks;
		int theirs;
		bool contact;
	} rows[] = {
	    {"data", S | A | P, FLOW_INITIATOR, S | A | P, true},
	    {"an orderly end", A | F, 0, -1, true},
	    {"the middle of a connection", A, 0, -1, true},
	    {"a handshake we began", S | A, FLOW_INITIATOR, S | A, true},
	    {"a SYN alone", S, FLOW_INITIATOR, 0, false},
	    {"a SYN that was reset", S, FLOW_INITIATOR, R | A, false},
	    {"our SYN-ACK to their probe", S | A, FLOW_RESPONDER, S, false},
	    {"our SYN-ACK, nothing known", S | A, 0, -1, false},
	    {"SYN and ACK, nothing came back", S | A, FLOW_INITIATOR, 0, false},
	    {"our RST-ACK to their probe", R | A, FLOW_RESPONDER, S, false},
	    {"our SYN-ACK, then our reset", S | A | R, FLOW_RESPONDER, S,
	     false},
	    {"a bare reset", R, 0, -1, false},
	    {"no flags", 0, 0, -1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct flow_record record = tcp(BOT, 50000, C2, 6667,
						rows[i].ours, 0);
		struct stand stand;

		open_with_list(&stand);
		record.marks |= rows[i].marks;
		if (rows[i].theirs >= 0) {
			record.marks |= FLOW_PEER_KNOWN;
			record.peer_flags = (uint8_t)rows[i].theirs;
		}
		stand_feed(&stand, &record);
		stand_end(&stand);
		if (stand.count != rows[i].contact)
			fail_msg("%s: %zu sightings", rows[i].what,
				 stand.count);
		stand_close(&stand);
	}
}

static void
contact_says_who_where_and_when(void **state)
{
	struct flow_record record = tcp(BOT, 50000, C2, 6667, A | P, 5000);
	struct addr peer = addr_of(C2);
	struct stand stand;

	(void)state;
	open_with_list(&stand);
	record.end = at(5000 + 416800);
	record.exported = record.end;
	stand_feed(&stand, &record);
	assert_int_equal(stand.count, 1);
	assert_int_equal(stand_seen(&stand, BOT, RSIT_INFECTED_SYSTEM), 1);
	assert_time(stand.seen[0].time, 5000);
	assert_time(stand.seen[0].first, 5000);
	assert_time(stand.seen[0].last, 421800);
	assert_time(stand.seen[0].known, 421800);
	assert_int_equal(stand.seen[0].time_error_us, 61000000);
	assert_string_equal(stand.seen[0].origin, "list:list-a");
	assert_string_equal(stand.seen[0].family, "rbot");
	assert_int_equal(stand.seen[0].port, 50000);
	assert_int_equal(stand.seen[0].peer_port, 6667);
	assert_true(addr_equal(&stand.seen[0].peer, &peer));
	assert_int_equal(stand.seen[0].marks,
			 SIGHTING_HAS_PORT | SIGHTING_HAS_PEER |
			     SIGHTING_HAS_PEER_PORT | SIGHTING_ESTABLISHED);
	stand_close(&stand);
}

/* Data that only arrives, probes of the C2 that scans us, another port or
 * protocol of the same address: nothing. */
static void
what_only_arrives_proves_nothing(void **state)
{
	struct stand stand;
	struct flow_record record;

	(void)state;
	open_with_list(&stand);
	record = tcp(C2, 6667, BOT, 50000, A | P, 0);
	stand_feed(&stand, &record);
	for (unsigned i = 0; i < 50; i++) {
		record = tcp(C2, 6667, BOT, (uint16_t)(20 + i), S, i * SECOND);
		stand_feed(&stand, &record);
	}
	record = tcp(BOT, 50000, C2, 80, A | P, 0);
	stand_feed(&stand, &record);
	record = tcp(BOT, 6667, C2, 50000, A | P, 0);
	stand_feed(&stand, &record);
	stand_flow(&stand, BOT, 50000, C2, 6667, UDP, 5, 0, 0);
	stand_flow(&stand, C2, 6667, BOT, 50000, UDP, 5, 0, 0);
	stand_end(&stand);
	assert_int_equal(stand.count, 0);
	stand_close(&stand);
}

/* UDP: out and in, on one port of ours, within minutes. */
static void
udp_must_go_both_ways(void **state)
{
	struct stand stand;

	(void)state;
	open_with_list(&stand);
	stand_flow(&stand, BOT, 40000, C2, 53, UDP, 1, 0, 0);
	stand_flow(&stand, BOT, 40000, C2, 53, UDP, 1, 1000, 1000);
	assert_int_equal(stand.count, 0);
	stand_flow(&stand, C2, 53, BOT, 40001, UDP, 1, 1100, 1100);
	assert_int_equal(stand.count, 0);
	stand_flow(&stand, C2, 53, BOT, 40000, UDP, 1, 20 * MINUTE,
		   20 * MINUTE);
	assert_int_equal(stand.count, 0);
	stand_flow(&stand, BOT, 40000, C2, 53, UDP, 1, 20 * MINUTE + 50,
		   20 * MINUTE + 50);
	assert_int_equal(stand.count, 1);
	assert_time(stand.seen[0].time, 20 * MINUTE + 50);
	stand_close(&stand);
	open_with_list(&stand);
	for (unsigned i = 0; i < 10; i++)
		stand_flow(&stand, C2, 53, BOT, 40000, UDP, 1, i * SECOND,
			   i * SECOND);
	assert_int_equal(stand.count, 0);
	stand_close(&stand);
}

/* Fresh 5, older or undated 3, past its validity nothing; a sinkhole 5. */
static void
age_of_the_word_weighs(void **state)
{
	static const struct {
		const char *peer;
		uint16_t port;
		int32_t weight; /* 0: no sighting */
	} rows[] = {
	    {C2, 6667, 5000},
	    {"198.51.100.67", 6667, 3000},
	    {"198.51.100.68", 6667, 3000},
	    {"198.51.100.69", 6667, 0},
	    {"203.0.113.200", 80, 5000},
	    {"198.51.100.70", 80, 5000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct flow_record record = tcp(BOT, 50000, rows[i].peer,
						rows[i].port, A | P, 0);
		struct stand stand;

		open_with_list(&stand);
		stand_feed(&stand, &record);
		assert_int_equal(stand.count, rows[i].weight != 0);
		if (stand.count > 0)
			assert_int_equal(stand.seen[0].weight_milli,
					 rows[i].weight);
		if (rows[i].port == 80 && i == 5) {
			assert_true(stand.seen[0].marks & SIGHTING_SINKHOLE);
			assert_string_equal(stand.seen[0].origin,
					    "list:keeper");
		}
		stand_close(&stand);
	}
}

/* An address in a listed prefix that has a row of its own: that row. */
static void
narrowest_row_speaks(void **state)
{
	struct flow_record record = tcp(BOT, 50000, "203.0.113.9", 80, A | P,
					0);
	struct stand stand;

	(void)state;
	open_with_list(&stand);
	stand_feed(&stand, &record);
	assert_int_equal(stand.count, 1);
	assert_string_equal(stand.seen[0].family, "exact");
	stand_close(&stand);
}

static void
lasting_contact_is_said_each_five_minutes(void **state)
{
	struct stand stand;

	(void)state;
	open_with_list(&stand);
	for (unsigned i = 0; i < 200; i++) {
		struct flow_record record = tcp(BOT, (uint16_t)(50000 + i), C2,
						6667, A | P, i * 6 * SECOND);

		stand_feed(&stand, &record);
	}
	assert_int_equal(stand.count, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_time(stand.seen[i].time, i * 5 * (int64_t)MINUTE);
	stand_close(&stand);
}

/* Two subscribers, two servers: each its own. */
static void
each_pair_is_its_own(void **state)
{
	static const char *const bots[] = {"192.0.2.7", "192.0.2.8"};
	struct stand stand;

	(void)state;
	open_with_list(&stand);
	for (unsigned i = 0; i < 2; i++) {
		struct flow_record record = tcp(bots[i], 50000, C2, 6667, A | P,
						0);

		stand_feed(&stand, &record);
		record = tcp(bots[i], 50000, "198.51.100.70", 80, A | P, 0);
		stand_feed(&stand, &record);
	}
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(stand_seen(&stand, bots[i],
					    RSIT_INFECTED_SYSTEM),
				 2);
	assert_int_equal(stand.count, 4);
	stand_close(&stand);
}

struct refusals {
	unsigned count;
	char first[96];
};

static void
refuse(void *context, uint64_t line, const char *reason)
{
	struct refusals *refusals = context;

	assert_int_equal(line, 2);
	refusals->count++;
	snprintf(refusals->first, sizeof(refusals->first), "%s", reason);
}

/* Each bad row is refused with its reason, and matches nothing. */
static void
bad_rows_are_refused(void **state)
{
	static const char *const rows[][2] = {
	    {"address,192.0.2.66,,tcp,,a,,,\n", "without a port"},
	    {"address,192.0.2.66,0,tcp,,a,,,\n", "port"},
	    {"address,192.0.2.66,65536,tcp,,a,,,\n", "port"},
	    {"address,192.0.2.66,80,,,a,,,\n", "proto"},
	    {"address,192.0.2.66,80,icmp,,a,,,\n", "tcp and udp"},
	    {"address,192.0.2.666,80,tcp,,a,,,\n", "value"},
	    {"prefix,192.0.2.66/24,80,tcp,,a,,,\n", "value"},
	    {"address,192.0.2.66,80,tcp,,,,,\n", "source"},
	    {"host,192.0.2.66,80,tcp,,a,,,\n", "type"},
	    {"address,192.0.2.66,80,tcp,,a,,yesterday,\n", "RFC 3339"},
	    {"address,192.0.2.66,80,tcp,\x1b[m,a,,,\n", "ASCII"},
	    {"address,192.0.2.66,80,tcp,,"
	     "abcdefghijklmnopqrstuvwxyz012345,,,\n",
	     "31"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct indicator_list *list =
		    indicator_list_new((struct hash_key){0});
		struct addr addr = addr_of("192.0.2.66");
		struct refusals refusals = {0};
		char csv[512];

		snprintf(csv, sizeof(csv), "%s%s", HEADER, rows[i][0]);
		assert_int_equal(indicator_list_add_csv(list, csv, strlen(csv),
							refuse, &refusals),
				 0);
		assert_int_equal(refusals.count, 1);
		if (!strstr(refusals.first, rows[i][1]))
			fail_msg("%s: %s", rows[i][0], refusals.first);
		assert_int_equal(indicator_list_seal(list), 0);
		assert_int_equal(indicator_list_count(list), 0);
		assert_null(indicator_list_find(list, &addr, 80, TCP));
		indicator_list_free(list);
	}
}

/* A sample of a month of the list: what is added later and seen later stays;
 * domains are kept for the DNS detectors and match no flow. */
static void
newer_row_of_one_endpoint_stays(void **state)
{
	static const char csv[] = HEADER
	    "address,192.0.2.66,80,tcp,old,a,,2026-01-01T00:00:00Z,\n"
	    "address,192.0.2.66,80,tcp,new,a,,2026-01-03T00:00:00Z,\n"
	    "address,192.0.2.66,80,tcp,older,a,,2026-01-02T00:00:00Z,\n"
	    "domain,c2.example,,,,a,,,\n";
	struct indicator_list *list = indicator_list_new((struct hash_key){0});
	struct addr addr = addr_of("192.0.2.66");
	const struct indicator *found;

	(void)state;
	assert_int_equal(indicator_list_add_csv(list, csv, strlen(csv), NULL,
						NULL),
			 4);
	assert_int_equal(indicator_list_seal(list), 0);
	found = indicator_list_find(list, &addr, 80, TCP);
	assert_non_null(found);
	assert_string_equal(found->family, "new");
	assert_null(indicator_list_find(list, &addr, 81, TCP));
	assert_null(indicator_list_find(list, &addr, 80, UDP));
	indicator_list_free(list);
}

/* A new list counts from the next record on; none forgets all. */
static void
lists_can_change(void **state)
{
	struct indicator_list *other = indicator_list_new((struct hash_key){0});
	static const char csv[] = HEADER
	    "address,198.51.100.80,443,tcp,,b,,,\n";
	struct flow_record record = tcp(BOT, 50000, "198.51.100.80", 443, A | P,
					0);
	struct stand stand;

	(void)state;
	assert_int_equal(indicator_list_add_csv(other, csv, strlen(csv), NULL,
						NULL),
			 1);
	assert_int_equal(indicator_list_seal(other), 0);
	open_with_list(&stand);
	stand_feed(&stand, &record);
	assert_int_equal(stand.count, 0);
	detect_set_indicators(stand.detect, other);
	stand_feed(&stand, &record);
	assert_int_equal(stand.count, 1);
	detect_set_indicators(stand.detect, NULL);
	record = tcp(BOT, 50000, C2, 6667, A | P, 0);
	stand_feed(&stand, &record);
	assert_int_equal(stand.count, 1);
	stand_close(&stand);
	indicator_list_free(other);
}

static void
keep_reason(void *context, uint64_t line, const char *reason)
{
	(void)line;
	(void)text_copy(context, 64, slice_of(reason));
}

/* Our own resolver on a list: not everybody is infected. */
static void
what_is_essential_is_no_indicator(void **state)
{
	static const char rows[] = "type,value,port,proto,family,source\n"
				   "address,203.0.113.53,53,udp,x,list-a\n"
				   "prefix,203.0.0.0/16,53,udp,x,list-a\n"
				   "address,203.0.114.53,53,udp,x,list-a\n";
	struct indicator_list *list = indicator_list_new((struct hash_key){0});
	struct prefix essential;
	char reason[64] = "";

	(void)state;
	assert_non_null(list);
	assert_int_equal(prefix_parse(slice_of("203.0.113.0/26"), &essential),
			 0);
	indicator_list_spare(list, &essential, 1);
	assert_int_equal(indicator_list_add_csv(list, rows, strlen(rows),
						keep_reason, reason),
			 1);
	assert_string_equal(reason, "it is essential: everybody talks to it");
	indicator_list_free(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(taking_part_is_what_counts),
	    cmocka_unit_test(contact_says_who_where_and_when),
	    cmocka_unit_test(what_only_arrives_proves_nothing),
	    cmocka_unit_test(udp_must_go_both_ways),
	    cmocka_unit_test(age_of_the_word_weighs),
	    cmocka_unit_test(narrowest_row_speaks),
	    cmocka_unit_test(lasting_contact_is_said_each_five_minutes),
	    cmocka_unit_test(each_pair_is_its_own),
	    cmocka_unit_test(bad_rows_are_refused),
	    cmocka_unit_test(newer_row_of_one_endpoint_stays),
	    cmocka_unit_test(lists_can_change),
	    cmocka_unit_test(what_is_essential_is_no_indicator),
	};
	int failed;

	if (crypto_init() != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_fini();
	return failed;
}
