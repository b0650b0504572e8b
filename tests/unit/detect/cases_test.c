/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The confusers of the shared cases, under the detectors: a speed test, a
 * torrent, a client that retries, three sampled packets.  They are NetFlow v5,
 * which flow/ doesn't read yet: the few fields that count are read here.
 * Beside each stands what would be a finding, made of the same records.
 */
#include "stand.h"

#include <stdio.h>

#include "base/cursor.h"
#include "crypto/sha256.h"

#define RECORDS_MAX 1024
#define PCAP_HEADER 24
#define FRAME_HEADER 16
#define UDP_PAYLOAD (14 + 20 + 8)
#define V5_HEADER 24
#define V5_RECORD 48
#define V5_INTERVAL 0x3fff

static char folder[4096];
static struct flow_record records[RECORDS_MAX];
static size_t count;

static void
read_record(struct cursor *cursor, int64_t export_us, int64_t uptime_ms,
	    uint32_t sampling)
{
	struct flow_record *record = &records[count++];
	int64_t first, last;

	assert_true(count <= RECORDS_MAX);
	memset(record, 0, sizeof(*record));
	record->src = addr_from_v4(cursor_u32(cursor));
	record->dst = addr_from_v4(cursor_u32(cursor));
	cursor_skip(cursor, 8);
	record->packets = cursor_u32(cursor);
	record->packets_low = record->packets_high = record->packets;
	record->bytes = cursor_u32(cursor);
	first = cursor_u32(cursor);
	last = cursor_u32(cursor);
	record->start.us = export_us + (first - uptime_ms) * 1000;
	record->end.us = export_us + (last - uptime_ms) * 1000;
	record->exported.us = export_us;
	record->sport = cursor_u16(cursor);
	record->dport = cursor_u16(cursor);
	cursor_skip(cursor, 1);
	record->tcp_flags = cursor_u8(cursor);
	record->proto = cursor_u8(cursor);
	cursor_skip(cursor, 9);
	record->sampling = sampling > 1 ? sampling : 1;
	record->sampling_from = sampling > 1 ? SAMPLING_ANNOUNCED
					     : SAMPLING_NONE;
	if (record->proto == TCP)
		record->marks = FLOW_FLAGS_KNOWN;
}

static void
read_datagram(struct cursor *cursor)
{
	unsigned number, version = cursor_u16(cursor);
	int64_t uptime_ms, export_us;
	uint32_t sampling;

	number = cursor_u16(cursor);
	uptime_ms = cursor_u32(cursor);
	export_us = cursor_u32(cursor) * TIMES_SECOND_US;
	export_us += cursor_u32(cursor) / 1000;
	cursor_skip(cursor, 6);
	sampling = cursor_u16(cursor) & V5_INTERVAL;
	assert_int_equal(version, 5);
	assert_int_equal(cursor_left(cursor), number * V5_RECORD);
	for (unsigned i = 0; i < number; i++)
		read_record(cursor, export_us, uptime_ms, sampling);
	assert_false(cursor->failed);
}

/* Captures of this machine's byte order, Ethernet, IPv4 without options. */
static void
read_case(const char *name)
{
	uint8_t frame[2048];
	char path[4200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.pcap", folder, name);
	file = fopen(path, "rb");
	if (!file)
		fail_msg("%s can't be read", path);
	count = 0;
	assert_int_equal(fread(frame, 1, PCAP_HEADER, file), PCAP_HEADER);
	while (fread(frame, 1, FRAME_HEADER, file) == FRAME_HEADER) {
		struct cursor cursor;
		uint32_t length;

		memcpy(&length, frame + 8, sizeof(length));
		assert_in_range(length, UDP_PAYLOAD + V5_HEADER, sizeof(frame));
		assert_int_equal(fread(frame, 1, length, file), length);
		cursor_init(&cursor, frame + UDP_PAYLOAD, length - UDP_PAYLOAD);
		read_datagram(&cursor);
	}
	fclose(file);
}

/* How many sightings the records lead to. */
static size_t
sightings(void)
{
	static struct stand stand;
	size_t answer;

	stand_init(&stand);
	/* All lie within the lateness, as if exported ten minutes late. */
	stand.conf.lateness_us = 900 * TIMES_SECOND_US;
	stand.conf.sampling = records[0].sampling;
	stand_open(&stand);
	/* The sensor has been watching for an hour. */
	stand_wait(&stand,
		   (records[0].exported.us - T0_US) / 1000 - 60 * MINUTE);
	detect_flows(stand.detect, records, count, stand_sink, &stand);
	stand_end(&stand);
	answer = stand.count;
	stand_close(&stand);
	return answer;
}

static void
speed_test_is_no_attack(void **state)
{
	(void)state;
	read_case("f01_speedtest");
	assert_int_equal(count, 16);
	assert_int_equal(sightings(), 0);
	/* The same rates as UDP that nobody answers. */
	for (size_t i = 0; i < count; i++) {
		records[i].proto = UDP;
		records[i].marks = 0;
		if (addr_v4(&records[i].src) != 0xc0000250u)
			records[i].packets_high = 0;
	}
	assert_int_equal(sightings(), 1);
}

static void
torrent_is_no_scan(void **state)
{
	(void)state;
	read_case("f03_bittorrent_not_scan");
	assert_int_equal(count, 440);
	assert_int_equal(sightings(), 0);
	/* The same peers tried on telnet. */
	for (size_t i = 0; i < count; i++) {
		records[i].proto = TCP;
		records[i].tcp_flags = S;
		records[i].marks = FLOW_FLAGS_KNOWN;
		records[i].dport = 23;
	}
	assert_int_equal(sightings(), 1);
}

static void
retry_is_no_scan_and_no_flood(void **state)
{
	(void)state;
	read_case("f04_retry_not_scan");
	assert_int_equal(count, 600);
	assert_int_equal(sightings(), 0);
	for (size_t i = 0; i < count; i++)
		records[i].dport = 22;
	assert_int_equal(sightings(), 0);
	/* A hundred a second to the one, then one a second to ten. */
	for (size_t i = 0; i < count; i++)
		records[i].packets = records[i].packets_low = 1000;
	assert_true(sightings() > 0);
	for (size_t i = 0; i < count; i++) {
		records[i].packets = records[i].packets_low = 1;
		records[i].dst.bytes[15] = (uint8_t)(i % 10);
	}
	assert_int_equal(sightings(), 2);
}

/* 30,000 packets in a second, by the book, of which three were seen. */
static void
three_samples_are_too_few(void **state)
{
	(void)state;
	read_case("f09_three_sampled_packets");
	assert_int_equal(count, 3);
	assert_int_equal(records[0].sampling, 10000);
	assert_int_equal(sightings(), 0);
	/* Twelve were enough. */
	for (size_t i = 0; i < count; i++)
		records[i].packets = records[i].packets_low = 4;
	assert_int_equal(sightings(), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(speed_test_is_no_attack),
	    cmocka_unit_test(torrent_is_no_scan),
	    cmocka_unit_test(retry_is_no_scan_and_no_flood),
	    cmocka_unit_test(three_samples_are_too_few),
	};
	const char *shared = getenv("LAZARET_SHARED");
	const char *source = getenv("LAZARET_SOURCE");
	FILE *index;
	int failed;

	snprintf(folder, sizeof(folder), "%s%s/cases",
		 shared ? shared : (source ? source : "."),
		 shared ? "" : "/../shared");
	if (strlen(folder) > sizeof(folder) - 64)
		return 1;
	strcat(folder, "/INDEX.tsv");
	index = fopen(folder, "r");
	if (!index) {
		printf("skipped: no shared cases\n");
		return 77;
	}
	fclose(index);
	folder[strlen(folder) - strlen("/INDEX.tsv")] = '\0';
	if (crypto_init() != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_fini();
	return failed;
}
