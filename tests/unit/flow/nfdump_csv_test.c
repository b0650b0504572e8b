/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfdump's CSV: what flow/nfdump_csv.h promises to read, and what it does with
 * rows it can't.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "flow/nfdump_csv.h"
#include "text_feed.h"

#define HEADER "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out"
#define SUMMARY                                                  \
	"Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n" \
	"1,300,5,1,2,60\n"
#define TIMES "2024-06-20 10:00:00,2024-06-20 10:00:02,2.500,"
#define UDP_ROW \
	TIMES "192.0.2.7,192.0.2.8,5000,53,UDP,........,0,0,1,60,0,0,1,2\n"
/* 2024-06-20T10:00:00Z */
#define TEN_O_CLOCK_US INT64_C(1718877600000000)

static int
read_text(const char *text, size_t piece, int32_t zone_s, struct kept *kept,
	  struct text_stats *stats)
{
	struct nfdump_csv *csv = nfdump_csv_new(zone_s);
	const size_t length = strlen(text);
	int result = 0;

	assert_non_null(csv);
	kept->count = 0;
	for (size_t at = 0; at < length && result == 0; at += piece) {
		const size_t n = length - at < piece ? length - at : piece;

		result = nfdump_csv_feed(csv, text + at, n, keep, kept);
	}
	if (result == 0)
		result = nfdump_csv_end(csv, keep, kept);
	nfdump_csv_stats(csv, stats);
	nfdump_csv_free(csv);
	return result;
}

static void
read_rows(const char *text, struct kept *kept, struct text_stats *stats)
{
	assert_int_equal(read_text(text, strlen(text), 0, kept, stats), 0);
}

static void
reads_a_flow(void **state)
{
	struct kept kept;
	struct text_stats stats;
	const struct flow_record *record = kept.records;

	(void)state;
	read_rows(HEADER "\n" TIMES "192.0.2.7,198.51.100.9,40000,443,TCP,"
			 "...AP.SF,0,0,5,300,0,0,1,2\n" SUMMARY,
		  &kept, &stats);
	assert_int_equal(kept.count, 1);
	assert_int_equal(stats.rows, 1);
	assert_int_equal(stats.refused, 0);
	assert_addr(&record->src, "192.0.2.7");
	assert_addr(&record->dst, "198.51.100.9");
	assert_int_equal(record->sport, 40000);
	assert_int_equal(record->dport, 443);
	assert_int_equal(record->proto, 6);
	assert_int_equal(record->tcp_flags, 0x1b);
	assert_int_equal(record->packets, 5);
	assert_int_equal(record->packets_low, 5);
	assert_int_equal(record->packets_high, 5);
	assert_int_equal(record->bytes, 300);
	assert_int_equal(record->in_if, 1);
	assert_int_equal(record->out_if, 2);
	assert_int_equal(record->start.us, TEN_O_CLOCK_US);
	assert_int_equal(record->end.us, TEN_O_CLOCK_US + 2500000);
	assert_int_equal(record->exported.us, record->end.us);
	assert_int_equal(record->marks, FLOW_TEXT | FLOW_FLAGS_KNOWN);
	assert_int_equal(record->sampling, 0);
	assert_int_equal(record->direction, FLOW_DIRECTION_UNKNOWN);
}

/* ts and te are cut to seconds, td is not. */
static void
starts_where_all_three_times_allow(void **state)
{
	static const struct {
		const char *times;
		int64_t start_us, end_us;
	} rows[] = {
	    {"2024-06-20 10:00:00,2024-06-20 10:00:01,0.200", 800000, 1000000},
	    {"2024-06-20 10:00:00,2024-06-20 10:00:00,0.200", 0, 200000},
	    {"2024-06-20 10:00:00,2024-06-20 09:00:03,3.500", 0, 3500000},
	    {"2024-06-20 10:00:00.250,2024-06-20 10:00:01.500,1.250", 250000,
	     1500000},
	};
	struct kept kept;
	struct text_stats stats;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text),
			 HEADER "\n%s,192.0.2.7,192.0.2.8,1,2,UDP,........,0,0,"
				"1,60,0,0,0,0\n",
			 rows[i].times);
		read_rows(text, &kept, &stats);
		assert_int_equal(kept.count, 1);
		assert_int_equal(kept.records[0].start.us,
				 TEN_O_CLOCK_US + rows[i].start_us);
		assert_int_equal(kept.records[0].end.us,
				 TEN_O_CLOCK_US + rows[i].end_us);
	}
	assert_int_equal(read_text(text, 7, 7200, &kept, &stats), 0);
	assert_int_equal(kept.records[0].start.us,
			 TEN_O_CLOCK_US + 250000 - INT64_C(7200000000));
}

static void
reads_both_directions(void **state)
{
	struct kept kept;
	struct text_stats stats;
	const struct flow_record *a = kept.records, *b = a + 1;

	(void)state;
	read_rows(HEADER "\n" TIMES
			 "192.0.2.7,198.51.100.9,31337,23,TCP,......S."
			 ",0,0,3,180,1,40,1,2\n",
		  &kept, &stats);
	assert_int_equal(kept.count, 2);
	assert_int_equal(stats.rows, 1);
	assert_int_equal(a->tcp_flags, FLOW_TCP_SYN);
	assert_int_equal(a->marks, FLOW_TEXT | FLOW_FLAGS_KNOWN);
	assert_addr(&b->src, "198.51.100.9");
	assert_int_equal(b->sport, 23);
	assert_int_equal(b->dport, 31337);
	assert_int_equal(b->packets, 1);
	assert_int_equal(b->bytes, 40);
	assert_int_equal(b->in_if, 2);
	/* What came back had flags, which nobody wrote down. */
	assert_int_equal(b->marks, FLOW_TEXT | FLOW_PEER_KNOWN);
	assert_int_equal(b->peer_flags, FLOW_TCP_SYN);
}

static void
reads_types_of_icmp_and_ipv6(void **state)
{
	struct kept kept;
	struct text_stats stats;
	const struct flow_record *records = kept.records;

	(void)state;
	read_rows(HEADER "\n" TIMES
			 "192.0.2.7,192.0.2.8,0,769,ICMP,........,0,0,"
			 "1,60,0,0,0,0\n" TIMES "2001:db8::7,2001:db8::8,0,"
			 "32768,ICMP6,........,0,0,1,60,0,0,0,0\n" TIMES
			 "192.0.2.7,192.0.2.8,0,3.10,ICMP,........,0,0,1,60,0,0"
			 ",0,0\n" TIMES "192.0.2.7,192.0.2.8,0,0,GRE,........,"
			 "0,0,1,60,0,0,0,0\n" TIMES "192.0.2.7,192.0.2.8,0,0,"
			 "138  ,........,0,0,1,60,0,0,0,0\n",
		  &kept, &stats);
	assert_int_equal(kept.count, 5);
	assert_int_equal(records[0].proto, 1);
	assert_int_equal(records[0].icmp_type, 3);
	assert_int_equal(records[0].icmp_code, 1);
	assert_int_equal(records[0].marks, FLOW_TEXT | FLOW_ICMP_KNOWN);
	assert_int_equal(records[1].proto, 58);
	assert_int_equal(records[1].icmp_type, 128);
	assert_addr(&records[1].src, "2001:db8::7");
	assert_int_equal(records[2].icmp_type, 3);
	assert_int_equal(records[2].icmp_code, 10);
	assert_int_equal(records[3].proto, 47);
	assert_int_equal(records[4].proto, 138);
}

static void
refuses_single_rows_by_reason(void **state)
{
	static const struct {
		const char *row;
		enum text_reason reason;
	} rows[] = {
	    {TIMES "192.0.2.7,192.0.2.8,1,2,UDP,........,0,0,1,60",
	     TEXT_COLUMNS},
	    {"2024-06-31 10:00:00,2024-06-20 10:00:00,0.000,192.0.2.7,"
	     "192.0.2.8,1,2,UDP,........,0,0,1,60,0,0,0,0",
	     TEXT_TIME},
	    {"2024-06-20 10:00:00,2024-06-20 10:00:00,-1.000,192.0.2.7,"
	     "192.0.2.8,1,2,UDP,........,0,0,1,60,0,0,0,0",
	     TEXT_TIME},
	    {TIMES "192.0.2.7,0.0.0.0,0,0,0,........,0,0,1,60,0,0,0,0",
	     TEXT_ADDRESS},
	    {TIMES "2001:d..b8::7,::1,1,2,UDP,........,0,0,1,60,0,0,0,0",
	     TEXT_ADDRESS},
	    {TIMES "192.0.2.7,192.0.2.8,1,2,XYZ,........,0,0,1,60,0,0,0,0",
	     TEXT_PROTO},
	    {TIMES "192.0.2.7,192.0.2.8,1,65536,UDP,........,0,0,1,60,0,0,0,0",
	     TEXT_PORT},
	    {TIMES "192.0.2.7,192.0.2.8,0,8.256,ICMP,........,0,0,1,60,0,0,0,0",
	     TEXT_PORT},
	    {TIMES "192.0.2.7,192.0.2.8,1,2,UDP,........,0,0,1.2 M,60,0,0,0,0",
	     TEXT_COUNT},
	    {TIMES "192.0.2.7,192.0.2.8,1,2,UDP,........,0,0,0,0,0,0,0,0",
	     TEXT_EMPTY},
	};
	struct kept kept;
	struct text_stats stats;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), HEADER "\n%s\n" UDP_ROW,
			 rows[i].row);
		read_rows(text, &kept, &stats);
		assert_int_equal(stats.refused, 1);
		assert_int_equal(stats.by_reason[rows[i].reason], 1);
		assert_int_equal(stats.refused_line, 2);
		assert_string_equal(stats.reason,
				    text_reason_words(rows[i].reason));
		assert_int_equal(kept.count, 1);
	}
}

/* Outputs put together, one of them without a flow; with other columns. */
static void
reads_joined_outputs(void **state)
{
	struct kept kept;
	struct text_stats stats;

	(void)state;
	read_rows(HEADER
		  "\n" UDP_ROW SUMMARY HEADER "\nNo matching flows\n" SUMMARY
		  "\xef\xbb\xbfts,te,td,pr,sa,da,sp,dp,ipkt,ibyt\r\n" TIMES
		  "UDP,192.0.2.7,192.0.2.8,5,53,2,90\r\n",
		  &kept, &stats);
	assert_int_equal(stats.refused, 0);
	assert_int_equal(kept.count, 2);
	assert_int_equal(kept.records[1].packets, 2);
	assert_int_equal(kept.records[1].sport, 5);
}

static void
refuses_text_without_its_header(void **state)
{
	static const char *const texts[] = {
	    UDP_ROW,
	    "ts,te,td,pr,val,fl,flP,ipkt,ipktP,ibyt,ibytP,ipps,ibps,ibpp\n",
	    "",
	};
	struct kept kept;
	struct text_stats stats;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(nfdump_csv_recognise(texts[i], strlen(texts[i])));
		assert_int_equal(read_text(texts[i], 64, 0, &kept, &stats),
				 LZ_E_FORMAT);
	}
	assert_true(nfdump_csv_recognise(HEADER "\r\n", strlen(HEADER) + 2));
}

static void
refuses_a_line_too_long_and_goes_on(void **state)
{
	static char text[2 * TEXT_LINE_MAX];
	struct kept kept;
	struct text_stats stats;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, HEADER "\n", strlen(HEADER) + 1);
	snprintf(text + TEXT_LINE_MAX + 1000, 500, "\n" UDP_ROW);
	assert_int_equal(read_text(text, 4096, 0, &kept, &stats), 0);
	assert_int_equal(stats.by_reason[TEXT_LONG], 1);
	assert_int_equal(stats.refused_line, 2);
	assert_int_equal(kept.count, 1);
}

static void
reads_the_same_cut_anywhere(void **state)
{
	static const char text[] = "\xef\xbb\xbf" HEADER "\r\n" UDP_ROW
				   "\r\nbad\r\n" UDP_ROW SUMMARY HEADER
				   "\n" UDP_ROW;
	struct kept whole, cut;
	struct text_stats stats;

	(void)state;
	read_rows(text, &whole, &stats);
	assert_int_equal(whole.count, 3);
	for (size_t piece = 1; piece < 40; piece++) {
		assert_int_equal(read_text(text, piece, 0, &cut, &stats), 0);
		assert_int_equal(stats.refused, 1);
		assert_int_equal(cut.count, whole.count);
		assert_memory_equal(cut.records, whole.records,
				    whole.count * sizeof(whole.records[0]));
	}
}

/* More rows than a batch, each record once. */
static void
count_records(void *context, const struct flow_record *records, size_t count)
{
	uint64_t *packets = context;

	assert_in_range(count, 1, FLOW_BATCH_MAX);
	for (size_t i = 0; i < count; i++)
		*packets += records[i].packets;
}

static void
hands_over_in_batches(void **state)
{
	struct nfdump_csv *csv = nfdump_csv_new(0);
	uint64_t packets = 0;

	(void)state;
	assert_non_null(csv);
	assert_int_equal(nfdump_csv_feed(csv, HEADER "\n", strlen(HEADER) + 1,
					 count_records, &packets),
			 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(nfdump_csv_feed(csv, UDP_ROW UDP_ROW,
						 strlen(UDP_ROW UDP_ROW),
						 count_records, &packets),
				 0);
	assert_int_equal(nfdump_csv_end(csv, count_records, &packets), 0);
	assert_int_equal(packets, 2000);
	nfdump_csv_free(csv);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_a_flow),
	    cmocka_unit_test(starts_where_all_three_times_allow),
	    cmocka_unit_test(reads_both_directions),
	    cmocka_unit_test(reads_types_of_icmp_and_ipv6),
	    cmocka_unit_test(refuses_single_rows_by_reason),
	    cmocka_unit_test(reads_joined_outputs),
	    cmocka_unit_test(refuses_text_without_its_header),
	    cmocka_unit_test(refuses_a_line_too_long_and_goes_on),
	    cmocka_unit_test(reads_the_same_cut_anywhere),
	    cmocka_unit_test(hands_over_in_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
