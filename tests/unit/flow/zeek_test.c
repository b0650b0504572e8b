/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zeek's conn.log: what flow/zeek.h promises to read of both forms, what it
 * makes of histories, and what it does with rows it can't read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "flow/zeek.h"
#include "text_feed.h"

#define FIELDS                                                               \
	"ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\t"       \
	"duration\torig_bytes\tresp_bytes\tconn_state\thistory\torig_pkts\t" \
	"orig_ip_bytes\tresp_pkts\tresp_ip_bytes"
#define HEAD(path)                                                     \
	"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n" \
	"#unset_field\t-\n#path\t" path "\n"
#define HEADER HEAD("conn") "#fields\t" FIELDS "\n"
#define UDP_ROW                                                               \
	"1718877600.500000\tC1\t192.0.2.7\t5000\t198.51.100.9\t53\tudp\t-\t-" \
	"\t-\tS0\tD\t1\t60\t0\t0\n"
#define TSV(ends, proto, state, history, counts)                               \
	HEADER "1718877600.5\tC1\t" ends "\t" proto "\t1.25\t100\t200\t" state \
	       "\t" history "\t" counts "\n"
#define TCP(state, history, counts) \
	TSV("192.0.2.7\t40000\t198.51.100.9\t23", "tcp", state, history, counts)
/* 2024-06-20T10:00:00.5Z */
#define START_US INT64_C(1718877600500000)

static int
read_text(const char *text, size_t piece, struct kept *kept,
	  struct text_stats *stats)
{
	struct zeek *zeek = zeek_new();
	const size_t length = strlen(text);
	int result = 0;

	assert_non_null(zeek);
	kept->count = 0;
	for (size_t at = 0; at < length && result == 0; at += piece) {
		const size_t n = length - at < piece ? length - at : piece;

		result = zeek_feed(zeek, text + at, n, keep, kept);
	}
	if (result == 0)
		result = zeek_end(zeek, keep, kept);
	zeek_stats(zeek, stats);
	zeek_free(zeek);
	return result;
}

static void
read_rows(const char *text, struct kept *kept, struct text_stats *stats)
{
	assert_int_equal(read_text(text, strlen(text), kept, stats), 0);
}

static void
assert_two_way(const struct kept *kept)
{
	const struct flow_record *a = kept->records, *b = a + 1;

	assert_int_equal(kept->count, 2);
	assert_addr(&a->src, "192.0.2.7");
	assert_addr(&a->dst, "198.51.100.9");
	assert_int_equal(a->sport, 40000);
	assert_int_equal(a->dport, 23);
	assert_int_equal(a->proto, 6);
	assert_int_equal(a->packets, 6);
	assert_int_equal(a->packets_low, 6);
	assert_int_equal(a->packets_high, 6);
	assert_int_equal(a->bytes, 420);
	assert_int_equal(a->start.us, START_US);
	assert_int_equal(a->end.us, START_US + 1250000);
	assert_int_equal(a->exported.us, a->end.us);
	assert_int_equal(a->tcp_flags, FLOW_TCP_SYN | FLOW_TCP_ACK |
					   FLOW_TCP_PSH | FLOW_TCP_FIN);
	assert_int_equal(a->peer_flags, a->tcp_flags);
	assert_int_equal(a->marks, FLOW_TEXT | FLOW_FLAGS_KNOWN |
				       FLOW_PEER_KNOWN | FLOW_INITIATOR);
	assert_int_equal(a->sampling, 0);
	assert_addr(&b->src, "198.51.100.9");
	assert_int_equal(b->dport, 40000);
	assert_int_equal(b->packets, 5);
	assert_int_equal(b->bytes, 480);
	assert_int_equal(b->marks, FLOW_TEXT | FLOW_FLAGS_KNOWN |
				       FLOW_PEER_KNOWN | FLOW_RESPONDER);
}

static void
reads_tsv(void **state)
{
	struct kept kept;
	struct text_stats stats;

	(void)state;
	read_rows(TCP("SF", "ShADadFf", "6\t420\t5\t480"), &kept, &stats);
	assert_int_equal(stats.rows, 1);
	assert_int_equal(stats.refused, 0);
	assert_two_way(&kept);
}

#define JSON(ts, duration)                                                     \
	"{\"ts\":" ts ",\"uid\":\"C1\",\"id.orig_h\":\"192.0.2.7\","           \
	"\"id.orig_p\":40000,\"id.resp_h\":\"198.51.100.9\",\"id.resp_p\":23," \
	"\"proto\":\"tcp\",\"duration\":" duration ",\"local_orig\":true,"     \
	"\"tunnel_parents\":[\"a\",{\"ts\":1}],\"conn_state\":\"SF\","         \
	"\"history\":\"ShADadFf\",\"orig_pkts\":6,\"orig_ip_bytes\":420,"      \
	"\"resp_pkts\":5,\"resp_ip_bytes\":480}\n"

static void
reads_json_with_every_form_of_time(void **state)
{
	static const char *const lines[] = {
	    JSON("1718877600.5", "1.25"),
	    JSON("1718877600500.0", "1.25"),
	    JSON("\"2024-06-20T10:00:00.500000Z\"", "1.25"),
	    JSON("1.7188776005e9", "125e-2"),
	    JSON("17188776005E-1", "0.0125E+02"),
	};
	struct kept kept;
	struct text_stats stats;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_true(zeek_recognise(lines[i], strlen(lines[i])));
		read_rows(lines[i], &kept, &stats);
		assert_int_equal(stats.refused, 0);
		assert_two_way(&kept);
	}
	read_rows(JSON("1718877600.5", "9.3e-06"), &kept, &stats);
	assert_int_equal(kept.records[0].end.us, START_US + 9);
}

static void
makes_flags_of_histories(void **state)
{
	static const struct {
		const char *text;
		uint8_t src, dst, marks; /* of the first record */
	} rows[] = {
	    /* A scan: without an answer, refused, given up. */
	    {TCP("S0", "S", "1\t40\t0\t0"), FLOW_TCP_SYN, 0,
	     FLOW_FLAGS_KNOWN | FLOW_PEER_KNOWN | FLOW_INITIATOR},
	    {TCP("REJ", "Sr", "1\t40\t1\t40"), FLOW_TCP_SYN, FLOW_TCP_RST,
	     FLOW_FLAGS_KNOWN | FLOW_PEER_KNOWN | FLOW_INITIATOR},
	    {TCP("RSTO", "ShR", "2\t80\t1\t40"), FLOW_TCP_SYN | FLOW_TCP_RST,
	     FLOW_TCP_SYN | FLOW_TCP_ACK,
	     FLOW_FLAGS_KNOWN | FLOW_PEER_KNOWN | FLOW_INITIATOR},
	    /* Data in a SYN that nobody answers is still a SYN alone. */
	    {TCP("S0", "SD", "1\t140\t0\t0"), FLOW_TCP_SYN, 0,
	     FLOW_FLAGS_KNOWN | FLOW_PEER_KNOWN | FLOW_INITIATOR},
	    /* An answer that Zeek threw away makes no failure of a SYN. */
	    {TCP("S0", "Sc", "1\t40\t0\t0"), 0, 0, FLOW_INITIATOR},
	    {TCP("S0", "SC", "1\t40\t0\t0"), 0, 0, FLOW_INITIATOR},
	    {TCP("S0", "S", "1\t40\t1\t40"), 0, 0, FLOW_INITIATOR},
	    /* Met in the middle: nobody knows who began. */
	    {TCP("OTH", "DadA", "2\t80\t1\t40"), FLOW_TCP_ACK | FLOW_TCP_PSH,
	     FLOW_TCP_ACK | FLOW_TCP_PSH, FLOW_FLAGS_KNOWN | FLOW_PEER_KNOWN},
	    /* Turned round; the SYN went by unseen. */
	    {TCP("SHR", "^hA", "1\t40\t1\t40"), FLOW_TCP_ACK,
	     FLOW_TCP_SYN | FLOW_TCP_ACK,
	     FLOW_FLAGS_KNOWN | FLOW_PEER_KNOWN | FLOW_INITIATOR},
	    {TCP("OTH", "Ha", "1\t40\t1\t40"), FLOW_TCP_SYN | FLOW_TCP_ACK,
	     FLOW_TCP_ACK, FLOW_FLAGS_KNOWN | FLOW_PEER_KNOWN | FLOW_RESPONDER},
	    /* Both sent a SYN. */
	    {TCP("OTH", "Ss", "1\t40\t1\t40"), FLOW_TCP_SYN, FLOW_TCP_SYN,
	     FLOW_FLAGS_KNOWN | FLOW_PEER_KNOWN},
	    /* Without a history its state has to do. */
	    {TCP("REJ", "-", "1\t40\t1\t40"), FLOW_TCP_SYN,
	     FLOW_TCP_RST | FLOW_TCP_ACK,
	     FLOW_FLAGS_KNOWN | FLOW_PEER_KNOWN | FLOW_INITIATOR},
	    {TCP("OTH", "-", "1\t40\t1\t40"), 0, 0, 0},
	    {TCP("-", "(empty)", "1\t40\t1\t40"), 0, 0, 0},
	};
	struct kept kept;
	struct text_stats stats;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		read_rows(rows[i].text, &kept, &stats);
		assert_int_equal(stats.refused, 0);
		assert_int_equal(kept.records[0].tcp_flags, rows[i].src);
		assert_int_equal(kept.records[0].peer_flags, rows[i].dst);
		assert_int_equal(kept.records[0].marks,
				 rows[i].marks | FLOW_TEXT);
	}
}

static void
reads_udp_icmp_and_ipv6(void **state)
{
	struct kept kept;
	struct text_stats stats;
	const struct flow_record *a = kept.records, *b = a + 1;

	(void)state;
	read_rows(HEADER UDP_ROW, &kept, &stats);
	assert_int_equal(kept.count, 1);
	assert_int_equal(a->proto, 17);
	assert_int_equal(a->start.us, a->end.us);
	assert_int_equal(a->marks, FLOW_TEXT);
	read_rows(TSV("192.0.2.7\t8\t192.0.2.8\t0", "icmp", "OTH", "-",
		      "2\t120\t2\t120"),
		  &kept, &stats);
	assert_int_equal(kept.count, 2);
	assert_int_equal(a->proto, 1);
	assert_int_equal(a->icmp_type, 8);
	assert_int_equal(a->sport, 0);
	assert_int_equal(a->marks, FLOW_TEXT | FLOW_ICMP_KNOWN);
	assert_int_equal(b->icmp_type, 0);
	assert_int_equal(b->marks, FLOW_TEXT | FLOW_ICMP_KNOWN);
	/* An unreachable has a code, and no answer that has a type. */
	read_rows(TSV("192.0.2.7\t3\t192.0.2.8\t1", "icmp", "OTH", "-",
		      "2\t120\t1\t60"),
		  &kept, &stats);
	assert_int_equal(a->icmp_type, 3);
	assert_int_equal(a->icmp_code, 1);
	assert_int_equal(b->marks, FLOW_TEXT);
	read_rows(TSV("2001:db8::7\t135\t2001:db8::8\t136", "icmp", "OTH", "-",
		      "1\t72\t1\t64"),
		  &kept, &stats);
	assert_int_equal(a->proto, 58);
	assert_int_equal(a->icmp_type, 135);
	assert_int_equal(a->icmp_code, 0);
	assert_int_equal(b->icmp_type, 136);
}

static void
bounds_packets_that_are_not_counted(void **state)
{
	struct kept kept;
	struct text_stats stats;
	const struct flow_record *a = kept.records, *b = a + 1;

	(void)state;
	read_rows(TCP("SF", "ShADad", "-\t4000\t-\t80"), &kept, &stats);
	assert_int_equal(kept.count, 2);
	assert_int_equal(a->bytes, 4000);
	assert_int_equal(a->packets_low, 3);
	assert_int_equal(a->packets, 3);
	assert_int_equal(a->packets_high, 100); /* 40 bytes each */
	assert_int_equal(b->packets_low, 1);
	assert_int_equal(b->packets_high, 2);
	/* Payload alone: 100 and 200 bytes of it. */
	read_rows(TCP("SF", "ShADad", "-\t-\t-\t-"), &kept, &stats);
	assert_int_equal(a->bytes, 100);
	assert_int_equal(a->packets_low, 1);
	assert_int_equal(a->packets_high, 100 + 200 + 3);
	/* Who was seen to send nothing sent nothing. */
	read_rows(TCP("S0", "S", "-\t-\t-\t0"), &kept, &stats);
	assert_int_equal(kept.count, 1);
	read_rows(TSV("2001:db8::7\t5\t2001:db8::8\t53", "udp", "SF", "Dd",
		      "-\t480\t1\t90"),
		  &kept, &stats);
	assert_int_equal(a->packets_high, 10); /* 48 bytes each */
	assert_int_equal(b->packets, 1);
}

static void
refuses_single_rows_by_reason(void **state)
{
#define ROW(ts, orig, proto, port, counts)                   \
	ts "\tC1\t" orig "\t" port "\t192.0.2.8\t23\t" proto \
	   "\t1\t0\t0\tS0\tS\t" counts
	static const struct {
		const char *row;
		enum text_reason reason;
	} rows[] = {
	    {"1718877600.5\tC1\t192.0.2.7", TEXT_COLUMNS},
	    {"{\"ts\":1,", TEXT_COLUMNS},
	    {"{\"ts\":1,\"proto\":\"udp\",\"query\":\"a.test\"}", TEXT_OTHER},
	    {"{\"_path\":\"ssl\",\"ts\":1,\"orig_pkts\":1}", TEXT_OTHER},
	    {ROW("soon", "192.0.2.7", "tcp", "1", "1\t40\t0\t0"), TEXT_TIME},
	    {ROW("-", "192.0.2.7", "tcp", "1", "1\t40\t0\t0"), TEXT_TIME},
	    {ROW("1e300", "192.0.2.7", "tcp", "1", "1\t40\t0\t0"), TEXT_TIME},
	    {ROW("-1", "192.0.2.7", "tcp", "1", "1\t40\t0\t0"), TEXT_TIME},
	    {ROW("1", "192.0.2", "tcp", "1", "1\t40\t0\t0"), TEXT_ADDRESS},
	    {ROW("1", "192.0.2.7", "unknown_transport", "1", "1\t40\t0\t0"),
	     TEXT_PROTO},
	    {ROW("1", "192.0.2.7", "tcp", "65536", "1\t40\t0\t0"), TEXT_PORT},
	    {ROW("1", "192.0.2.7", "icmp", "256", "1\t40\t0\t0"), TEXT_PORT},
	    {ROW("1", "192.0.2.7", "tcp", "1", "x\t40\t0\t0"), TEXT_COUNT},
	    {ROW("1", "192.0.2.7", "tcp", "1", "0\t0\t0\t0"), TEXT_EMPTY},
	};
	struct kept kept;
	struct text_stats stats;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), HEADER "%s\n" UDP_ROW,
			 rows[i].row);
		read_rows(text, &kept, &stats);
		assert_int_equal(stats.refused, 1);
		assert_int_equal(stats.by_reason[rows[i].reason], 1);
		assert_int_equal(stats.refused_line, 7);
		assert_int_equal(kept.count, 1);
	}
#undef ROW
}

/* Rotated logs put together; another log among them; other columns. */
static void
reads_joined_logs(void **state)
{
	struct kept kept;
	struct text_stats stats;

	(void)state;
	read_rows(
	    "\t" HEADER UDP_ROW "#close\t2024-06-20-11-00-00\n" HEAD(
		"dns") "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\t"
		       "id.resp_p\tproto\torig_pkts\n"
		       "1\tC1\t192.0.2.7\t1\t192.0.2.8\t53\tudp\t1\n"
		       "\xef\xbb\xbf#separator "
		       ",\r\n#unset_field,NIL\r\n#path,conn\r\n"
		       "#fields,ts,proto,id.orig_h,id.orig_p,id.resp_h,id.resp_"
		       "p,"
		       "orig_pkts,ip_proto\r\n"
		       "1718877600.5,gre,192.0.2.7,0,192.0.2.8,0,3,47\r\n"
		       "1718877600.5,udp,192.0.2.7,NIL,192.0.2.8,0,3,17\r\n",
	    &kept, &stats);
	assert_int_equal(kept.count, 2);
	assert_int_equal(stats.by_reason[TEXT_OTHER], 1);
	assert_int_equal(stats.by_reason[TEXT_PORT], 1);
	assert_int_equal(stats.refused, 2);
	assert_int_equal(kept.records[1].proto, 47);
	assert_int_equal(kept.records[1].packets, 3);
}

static void
refuses_what_is_no_conn_log(void **state)
{
	static const char *const texts[] = {
	    UDP_ROW,
	    HEAD("dns") "#fields\t" FIELDS "\n" UDP_ROW,
	    HEAD("conn") "#fields\tts\tuid\n",
	    HEAD("conn") UDP_ROW,
	    HEAD("conn"),
	    "#separator \\x0\n",
	    "{\"ts\":1}\n",
	    "",
	};
	struct kept kept;
	struct text_stats stats;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(read_text(texts[i], 64, &kept, &stats),
				 LZ_E_FORMAT);
	assert_false(zeek_recognise("{\"ts\":1}", 8));
	assert_false(zeek_recognise("ts,te", 5));
	assert_true(zeek_recognise("\t#separator \\x09\n", 17));
}

static void
reads_the_same_cut_anywhere(void **state)
{
	static char text[2 * TEXT_LINE_MAX + 4096];
	struct kept whole, cut;
	struct text_stats stats;
	size_t length;

	(void)state;
	snprintf(text, sizeof(text), "%s%s%s", "\xef\xbb\xbf" HEADER UDP_ROW,
		 "\r\nbad\r\n", JSON("1718877600.5", "1.25"));
	length = strlen(text);
	memset(text + length, '{', TEXT_LINE_MAX + 1);
	snprintf(text + length + TEXT_LINE_MAX + 1, 1024, "\n" UDP_ROW);
	read_rows(text, &whole, &stats);
	assert_int_equal(whole.count, 4);
	assert_int_equal(stats.by_reason[TEXT_LONG], 1);
	for (size_t piece = 1; piece < 40; piece++) {
		assert_int_equal(read_text(text, piece, &cut, &stats), 0);
		assert_int_equal(stats.refused, 2);
		assert_int_equal(cut.count, whole.count);
		assert_memory_equal(cut.records, whole.records,
				    whole.count * sizeof(whole.records[0]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_tsv),
	    cmocka_unit_test(reads_json_with_every_form_of_time),
	    cmocka_unit_test(makes_flags_of_histories),
	    cmocka_unit_test(reads_udp_icmp_and_ipv6),
	    cmocka_unit_test(bounds_packets_that_are_not_counted),
	    cmocka_unit_test(refuses_single_rows_by_reason),
	    cmocka_unit_test(reads_joined_logs),
	    cmocka_unit_test(refuses_what_is_no_conn_log),
	    cmocka_unit_test(reads_the_same_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
