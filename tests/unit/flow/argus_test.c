/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Argus text: every column form that flow/argus.c promises to read, and what
 * it does with rows it can't.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flow/argus.h"

#define HEADER                                                                 \
	"StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos," \
	"TotPkts,TotBytes,SrcBytes,Label\n"
#define HEADER_SRCPKTS                                                         \
	"StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos," \
	"TotPkts,TotBytes,SrcBytes,SrcPkts,Label\n"
/* 2024-06-20T10:00:00Z */
#define TEN_O_CLOCK_US INT64_C(1718877600000000)

struct kept {
	size_t count;
	struct flow_record records[64];
};

static void
keep(void *context, const struct flow_record *records, size_t count)
{
	struct kept *kept = context;

	assert_true(count <= FLOW_BATCH_MAX);
	assert_true(kept->count + count <= 64);
	memcpy(kept->records + kept->count, records, count * sizeof(*records));
	kept->count += count;
}

/* Reads a whole text in pieces of `piece` bytes. */
static int
read_text(const char *text, size_t piece, int32_t zone_s, struct kept *kept,
	  struct argus_stats *stats)
{
	struct argus *argus = argus_new(zone_s);
	size_t length = strlen(text);
	int result = 0;

	assert_non_null(argus);
	kept->count = 0;
	for (size_t at = 0; at < length && result == 0; at += piece) {
		size_t n = length - at < piece ? length - at : piece;

		result = argus_feed(argus, text + at, n, keep, kept);
	}
	if (result == 0)
		result = argus_end(argus, keep, kept);
	argus_stats(argus, stats);
	argus_free(argus);
	return result;
}

static void
read_rows(const char *text, struct kept *kept, struct argus_stats *stats)
{
	assert_int_equal(read_text(text, strlen(text), 0, kept, stats), 0);
}

static void
assert_addr(const struct addr *addr, const char *expected)
{
	struct addr other;

	assert_int_equal(addr_parse(slice_of(expected), &other), 0);
	assert_true(addr_equal(addr, &other));
}

static void
reads_a_two_way_row_as_two_records(void **state)
{
	struct kept kept;
	struct argus_stats stats;
	const struct flow_record *a = &kept.records[0], *b = a + 1;

	(void)state;
	read_rows(HEADER_SRCPKTS
		  "2024/06/20 10:00:00.250000,2.500000,tcp,192.0.2.7,40000,"
		  "   ->,198.51.100.9,6667,SPA_FSPA,0,0,30,9000,2000,10,x=y\n",
		  &kept, &stats);
	assert_int_equal(kept.count, 2);
	assert_int_equal(stats.rows, 1);
	assert_addr(&a->src, "192.0.2.7");
	assert_addr(&a->dst, "198.51.100.9");
	assert_int_equal(a->sport, 40000);
	assert_int_equal(a->dport, 6667);
	assert_int_equal(a->proto, 6);
	assert_int_equal(a->packets, 10);
	assert_int_equal(a->packets_low, 10);
	assert_int_equal(a->packets_high, 10);
	assert_int_equal(a->bytes, 2000);
	assert_int_equal(a->start.us, TEN_O_CLOCK_US + 250000);
	assert_int_equal(a->end.us, TEN_O_CLOCK_US + 2750000);
	assert_int_equal(a->exported.us, a->end.us);
	assert_int_equal(a->tcp_flags,
			 FLOW_TCP_SYN | FLOW_TCP_PSH | FLOW_TCP_ACK);
	assert_int_equal(a->peer_flags, FLOW_TCP_FIN | FLOW_TCP_SYN |
					    FLOW_TCP_PSH | FLOW_TCP_ACK);
	assert_int_equal(a->marks, FLOW_TEXT | FLOW_INITIATOR |
				       FLOW_PEER_KNOWN | FLOW_FLAGS_KNOWN);
	assert_int_equal(a->sampling, 0);
	assert_int_equal(a->direction, FLOW_DIRECTION_UNKNOWN);
	assert_addr(&b->src, "198.51.100.9");
	assert_int_equal(b->sport, 6667);
	assert_int_equal(b->packets, 20);
	assert_int_equal(b->bytes, 7000);
	assert_int_equal(b->tcp_flags, a->peer_flags);
	assert_int_equal(b->peer_flags, a->tcp_flags);
	assert_true(b->marks & FLOW_RESPONDER);
	assert_false(b->marks & FLOW_INITIATOR);
}

static void
reads_every_form_of_time(void **state)
{
	static const char *const forms[] = {
	    "2024/06/20 10:00:00.5",    "2024-06-20 10:00:00.500000",
	    "2024-06-20T10:00:00.500",  "2024-06-20T12:00:00.500000+02:00",
	    "2024-06-20T10:00:00.500Z", "1718877600.500000",
	};
	struct kept kept;
	struct argus_stats stats;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(text, sizeof(text),
			 HEADER "%s,0,udp,192.0.2.7,1,->,192.0.2.8,2,INT,0,,1,"
				"60,60,\n",
			 forms[i]);
		read_rows(text, &kept, &stats);
		assert_int_equal(kept.count, 1);
		assert_int_equal(kept.records[0].start.us,
				 TEN_O_CLOCK_US + 500000);
	}
	/* The zone is for times that name none. */
	snprintf(text, sizeof(text),
		 HEADER "%s,0,udp,192.0.2.7,1,->,192.0.2.8,2,INT,0,,1,60,60,\n"
			"%s,0,udp,192.0.2.7,1,->,192.0.2.8,2,INT,0,,1,60,60,\n",
		 forms[0], forms[4]);
	assert_int_equal(read_text(text, 7, 7200, &kept, &stats), 0);
	assert_int_equal(kept.records[0].start.us,
			 TEN_O_CLOCK_US + 500000 - 7200 * TIMES_SECOND_US);
	assert_int_equal(kept.records[1].start.us, TEN_O_CLOCK_US + 500000);
}

static void
credits_a_reply_row_to_its_sender(void **state)
{
	struct kept kept;
	struct argus_stats stats;
	const struct flow_record *a = &kept.records[0];

	(void)state;
	read_rows(HEADER "2024/06/20 10:00:00,1,icmp,198.51.100.9,0xb200,"
			 "  <-,192.0.2.7,0x1234,ECR,,0,75,79950,0,\n",
		  &kept, &stats);
	assert_int_equal(kept.count, 1);
	assert_addr(&a->src, "192.0.2.7");
	assert_addr(&a->dst, "198.51.100.9");
	assert_int_equal(a->packets, 75);
	assert_int_equal(a->packets_low, 75);
	assert_int_equal(a->packets_high, 75);
	assert_int_equal(a->bytes, 79950);
	assert_true(a->marks & FLOW_ICMP_KNOWN);
	assert_int_equal(a->icmp_type, 0);
	assert_int_equal(a->icmp_code, 0xb2);
	/* Only for TCP does the arrow say who began. */
	assert_false(a->marks & (FLOW_INITIATOR | FLOW_RESPONDER));
}

static void
reads_types_of_icmp(void **state)
{
	static const struct {
		const char *proto, *sport, *dport, *src, *dst;
		uint8_t type, code;
	} rows[] = {
	    {"icmp", "0x0008", "0x2311", "192.0.2.7", "192.0.2.8", 8, 0},
	    {"icmp", "0x0303", "0xd913", "192.0.2.7", "192.0.2.8", 3, 3},
	    {"icmp", "0x0d03", "", "192.0.2.7", "192.0.2.8", 3, 13},
	    {"icmp", "0x000b", "", "192.0.2.7", "192.0.2.8", 11, 0},
	    {"icmp", "", "0x0002", "192.0.2.7", "192.0.2.8", 0, 0},
	    {"icmp", "0x03", "0x01", "192.0.2.7", "192.0.2.8", 3, 1},
	    {"ipv6-icmp", "135", "0", "2001:db8::1", "2001:db8::2", 135, 0},
	};
	struct kept kept;
	struct argus_stats stats;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text),
			 HEADER "2024/06/20 10:00:00,0,%s,%s,%s,   ->,%s,%s,"
				"UNK,0,,1,98,98,\n",
			 rows[i].proto, rows[i].src, rows[i].sport, rows[i].dst,
			 rows[i].dport);
		read_rows(text, &kept, &stats);
		assert_int_equal(kept.count, 1);
		assert_true(kept.records[0].marks & FLOW_ICMP_KNOWN);
		assert_int_equal(kept.records[0].icmp_type, rows[i].type);
		assert_int_equal(kept.records[0].icmp_code, rows[i].code);
		assert_int_equal(kept.records[0].sport, 0);
		assert_int_equal(kept.records[0].dport, 0);
	}
	/* The other half of an echo is its reply; of an unknown type, unknown. */
	read_rows(HEADER "2024/06/20 10:00:00,0,icmp,192.0.2.7,0x0008,  <->,"
			 "192.0.2.8,0x1,ECO,0,,2,196,98,\n"
			 "2024/06/20 10:00:00,0,icmp,192.0.2.7,0x00fb,  <->,"
			 "192.0.2.8,0x1,UNK,0,,2,196,98,\n",
		  &kept, &stats);
	assert_int_equal(kept.count, 4);
	assert_int_equal(kept.records[0].icmp_type, 8);
	assert_int_equal(kept.records[1].icmp_type, 0);
	assert_true(kept.records[1].marks & FLOW_ICMP_KNOWN);
	assert_int_equal(kept.records[2].icmp_type, 0xfb);
	assert_false(kept.records[3].marks & FLOW_ICMP_KNOWN);
}

static void
reads_every_arrow(void **state)
{
	static const struct {
		const char *arrow;
		uint8_t marks; /* of the record from SrcAddr */
	} arrows[] = {
	    {"   ->", FLOW_INITIATOR},
	    {"  <-", FLOW_RESPONDER},
	    {"  <->", 0},
	    {"   ?>", 0},
	    {"  <?", 0},
	    {"  <?>", 0},
	    {"   |>", FLOW_INITIATOR},
	    {"  <|", FLOW_RESPONDER},
	    {"   o>", FLOW_INITIATOR},
	    {"  who", 0},
	    {" get_message  ->", FLOW_INITIATOR},
	    {"", 0},
	};
	struct kept kept;
	struct argus_stats stats;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(arrows) / sizeof(arrows[0]); i++) {
		snprintf(text, sizeof(text),
			 HEADER "2024/06/20 10:00:00,0,tcp,192.0.2.7,1,%s,"
				"192.0.2.8,2,PA_A,0,0,2,120,60,\n",
			 arrows[i].arrow);
		read_rows(text, &kept, &stats);
		assert_int_equal(kept.count, 2);
		assert_int_equal(kept.records[0].marks &
				     (FLOW_INITIATOR | FLOW_RESPONDER),
				 arrows[i].marks);
	}
}

static void
reads_states_in_letters_and_words(void **state)
{
	static const struct {
		const char *state;
		bool known;
		uint8_t src, dst;
	} states[] = {
	    {"S_", true, 0x02, 0},     {"S_RA", true, 0x02, 0x14},
	    {"_FSPA", true, 0, 0x1b},  {"FSRPAUEC_A", true, 0xff, 0x10},
	    {"REQ", true, 0x02, 0},    {"ACC", true, 0x02, 0x12},
	    {"CON", true, 0x10, 0x10}, {"S0", true, 0x02, 0},
	    {"RST", false, 0, 0},      {"", false, 0, 0},
	    {"SX_A", false, 0, 0},
	};
	struct kept kept;
	struct argus_stats stats;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		snprintf(text, sizeof(text),
			 HEADER "2024/06/20 10:00:00,0,tcp,192.0.2.7,1,   ->,"
				"192.0.2.8,2,%s,0,0,2,120,60,\n",
			 states[i].state);
		read_rows(text, &kept, &stats);
		assert_int_equal((kept.records[0].marks & FLOW_FLAGS_KNOWN) !=
				     0,
				 states[i].known);
		assert_int_equal(kept.records[0].tcp_flags, states[i].src);
		assert_int_equal(kept.records[1].tcp_flags, states[i].dst);
	}
}

/* 100 packets, 120,000 bytes one way and 1,200 back: at most 20 replies. */
static void
bounds_packets_where_only_totals_are_given(void **state)
{
	struct kept kept;
	struct argus_stats stats;
	const struct flow_record *a = &kept.records[0], *b = a + 1;

	(void)state;
	read_rows(HEADER "2024/06/20 10:00:00,9,udp,192.0.2.7,4500,  <->,"
			 "198.51.100.9,4500,CON,0,0,100,121200,120000,\n",
		  &kept, &stats);
	assert_int_equal(b->packets_high, 20);
	assert_int_equal(a->packets_low, 80);
	/* 120,000 bytes are at least 80 frames: at most 20 are replies. */
	assert_int_equal(a->packets_high, 99);
	assert_int_equal(b->packets_low, 1);
	assert_int_equal(a->packets + b->packets, 100);
	assert_int_equal(b->packets, 1);
	/* Frames smaller than Ethernet's: the row's own mean stands in. */
	read_rows(HEADER "2024/06/20 10:00:00,9,udp,192.0.2.7,4500,  <->,"
			 "198.51.100.9,4500,CON,0,0,10,400,200,\n",
		  &kept, &stats);
	assert_true(a->packets_low <= a->packets);
	assert_true(a->packets <= a->packets_high);
	assert_int_equal(a->packets + b->packets, 10);
	assert_int_equal(a->packets, 5);
}

static void
counts_what_is_not_ip(void **state)
{
	struct kept kept;
	struct argus_stats stats;

	(void)state;
	read_rows(HEADER
		  "2024/06/20 10:00:00,9,arp,192.0.2.7,,  who,192.0.2.8,,CON,,"
		  ",6,360,180,\n"
		  "2024/06/20 10:00:00,9,ipx/spx,00:00:5e:00:53:01,,   ->,"
		  "ff:ff:ff:ff:ff:ff,,INT,,,1,60,60,\n"
		  "2024/06/20 10:00:00,9,rarp,00:00:5e:00:53:01,,  who,"
		  "00:00:5e:00:53:02,,INT,,,1,60,60,\n"
		  "2024/06/20 10:00:00,0.009,man,0,0,,0,0,STA,,,0,0,0,\n"
		  "2024/06/20 10:00:00,9,gre,192.0.2.7,,   ->,192.0.2.8,,INT,,"
		  ",2,200,200,\n"
		  "2024/06/20 10:00:00,9,rtp,192.0.2.7,5004,   ->,192.0.2.8,"
		  "5005,INT,,,2,200,200,\n"
		  "2024/06/20 10:00:00,9,udt,192.0.2.7,9000,   ->,192.0.2.8,"
		  "9001,INT,,,2,200,200,\n",
		  &kept, &stats);
	assert_int_equal(stats.not_ip, 4);
	assert_int_equal(stats.refused, 0);
	assert_int_equal(kept.count, 3);
	assert_int_equal(kept.records[0].proto, 47);
	assert_int_equal(kept.records[1].proto, 17);
	assert_int_equal(kept.records[1].sport, 5004);
	assert_int_equal(kept.records[2].proto, 17);
}

static void
refuses_single_rows_with_their_line(void **state)
{
	static const char *const rows[] = {
	    "2024/06/31 10:00:00,9,udp,192.0.2.7,1,->,192.0.2.8,2,I,,,2,9,9,\n",
	    "2024/06/20 24:00:00,9,udp,192.0.2.7,1,->,192.0.2.8,2,I,,,2,9,9,\n",
	    "10:00:00,9,udp,192.0.2.7,1,->,192.0.2.8,2,I,,,2,9,9,\n",
	    "2024/06/20 "
	    "10:00:00,-1,udp,192.0.2.7,1,->,192.0.2.8,2,I,,,2,9,9,\n",
	    "2024/06/20 "
	    "10:00:00,9,udp,192.0.2.07,1,->,192.0.2.8,2,I,,,2,9,9,\n",
	    "2024/06/20 "
	    "10:00:00,9,nope,192.0.2.7,1,->,192.0.2.8,2,I,,,2,9,9,\n",
	    "2024/06/20 "
	    "10:00:00,9,udp,192.0.2.7,70000,->,192.0.2.8,2,I,,,2,9,9,"
	    "\n",
	    "2024/06/20 "
	    "10:00:00,9,udp,192.0.2.7,1,->,192.0.2.8,2,I,,,2,9,10,\n",
	    "2024/06/20 10:00:00,9,udp,192.0.2.7,1,->,192.0.2.8,2,I,,,0,0,0,\n",
	    "2024/06/20 10:00:00,9,udp,192.0.2.7,1,->,192.0.2.8,2\n",
	};
	struct kept kept;
	struct argus_stats stats;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text),
			 HEADER "%s2024/06/20 10:00:00,0,udp,192.0.2.7,1,->,"
				"192.0.2.8,2,INT,0,,1,60,60,a,b",
			 rows[i]);
		read_rows(text, &kept, &stats);
		assert_int_equal(stats.refused, 1);
		assert_int_equal(stats.refused_line, 2);
		assert_non_null(stats.reason);
		/* The next row is read: without newline, label with comma. */
		assert_int_equal(kept.count, 1);
	}
}

static void
refuses_text_without_its_header(void **state)
{
	struct kept kept;
	struct argus_stats stats;

	(void)state;
	assert_int_equal(
	    read_text("2024/06/20 10:00:00,0,udp,192.0.2.7,1,->,192.0.2.8,2,"
		      "INT,0,,1,60,60,\n",
		      8, 0, &kept, &stats),
	    LZ_E_FORMAT);
	assert_int_equal(read_text("", 1, 0, &kept, &stats), LZ_E_FORMAT);
	assert_int_equal(
	    read_text("StartTime,Dur,Proto,SrcAddr,DstAddr,TotPkts\n", 9, 0,
		      &kept, &stats),
	    LZ_E_FORMAT);
	assert_int_equal(kept.count, 0);
	assert_true(argus_recognise(HEADER, strlen(HEADER)));
	assert_false(argus_recognise("ts,uid,id.orig_h\n", 17));
}

static void
refuses_a_line_too_long_and_goes_on(void **state)
{
	static char text[40000];
	struct kept kept;
	struct argus_stats stats;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, HEADER, strlen(HEADER));
	snprintf(text + 30000, sizeof(text) - 30000,
		 "\n2024/06/20 10:00:00,0,udp,192.0.2.7,1,->,192.0.2.8,2,INT,"
		 "0,,1,60,60,\n");
	assert_int_equal(read_text(text, 4096, 0, &kept, &stats), 0);
	assert_int_equal(stats.refused, 1);
	assert_int_equal(stats.refused_line, 2);
	assert_int_equal(kept.count, 1);
}

static void
reads_the_same_cut_anywhere(void **state)
{
	static const char text[] =
	    "\xef\xbb\xbfStartTime\tDur\tProto\tSrcAddr\tSport\tDir\tDstAddr\t"
	    "Dport\tState\tTotPkts\tTotBytes\tSrcBytes\tSrcPkts\tLabel\r\n"
	    "2024/06/20 10:00:00.1\t9.5\ttcp\t192.0.2.7\t1\t   ->\t192.0.2.8\t"
	    "23\tS_RA\t2\t120\t60\t1\tx\r\n"
	    "\r\n"
	    "2024/06/20 10:00:01\t0\tudp\t2001:db8::7\t1\t  <->\t2001:db8::8\t"
	    "53\tCON\t2\t160\t60\t1\ty";
	struct kept whole, cut;
	struct argus_stats stats;

	(void)state;
	read_rows(text, &whole, &stats);
	assert_int_equal(whole.count, 4);
	for (size_t piece = 1; piece < 40; piece++) {
		assert_int_equal(read_text(text, piece, 0, &cut, &stats), 0);
		assert_int_equal(cut.count, whole.count);
		assert_memory_equal(cut.records, whole.records,
				    whole.count * sizeof(whole.records[0]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_a_two_way_row_as_two_records),
	    cmocka_unit_test(reads_every_form_of_time),
	    cmocka_unit_test(credits_a_reply_row_to_its_sender),
	    cmocka_unit_test(reads_types_of_icmp),
	    cmocka_unit_test(reads_every_arrow),
	    cmocka_unit_test(reads_states_in_letters_and_words),
	    cmocka_unit_test(bounds_packets_where_only_totals_are_given),
	    cmocka_unit_test(counts_what_is_not_ip),
	    cmocka_unit_test(refuses_single_rows_with_their_line),
	    cmocka_unit_test(refuses_text_without_its_header),
	    cmocka_unit_test(refuses_a_line_too_long_and_goes_on),
	    cmocka_unit_test(reads_the_same_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
