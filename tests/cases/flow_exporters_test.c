/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams of real exporters: as many data records as others read from them.
 *
 * The manifest names sets of single-datagram files and the records that the
 * tests of another decoder count in them (options data included).  A set of
 * which a file is not there is named and left out.  Everything else there is
 * (captures, message files, what once broke other decoders) is read for the
 * sanitizers' sake.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "flow/capture.h"
#include "flow/decoder.h"

#define LINE_MAX_BYTES 16384
#define FILE_MAX_BYTES (4 << 20)
#define SETS_MIN 30 /* of 33 complete ones in the material of today */

static const struct flow_conf conf = {.key = {3, 4}};
static char folder[4096];
static uint8_t content[FILE_MAX_BYTES];

/* Where we read another number, and why that is right. */
static const struct {
	const char *set;
	int records;
	const char *why;
} ours[] = {
    {"ipfix.dat", 13, "three messages, of which the others read the first"},
};

static void
take(void *context, const struct flow_record *records, size_t count)
{
	size_t *sum = context;

	for (size_t i = 0; i < count; i++)
		assert_true(records[i].start.us <= records[i].end.us);
	*sum += count;
}

/* The file's bytes in `content`; -1 where there is none. */
static ssize_t
read_whole(const char *name)
{
	char path[8192];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (!file)
		return -1;
	length = fread(content, 1, sizeof(content), file);
	fclose(file);
	return (ssize_t)length;
}

static int
feed(struct flow_decoder *decoder, const uint8_t *bytes, size_t length,
     size_t *sum)
{
	/* Sized to the datagram: one byte too far is found. */
	uint8_t *copy = malloc(length ? length : 1);
	struct flow_datagram datagram = {.source_port = 50000,
					 .arrival = {INT64_C(1500000000000000)},
					 .bytes = copy,
					 .length = length};
	int records;

	assert_non_null(copy);
	memcpy(copy, bytes, length);
	datagram.source = addr_from_v4(0xcb007101u);
	records = flow_decoder_datagram(decoder, &datagram, take, sum);
	free(copy);
	return records;
}

/* A set: "a.dat+b.dat" in logstash/.  -1 where a file is missing. */
static int
records_of(const char *set, size_t length)
{
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	size_t sum = 0, at = 0;
	int total = 0;

	assert_non_null(decoder);
	while (at < length && total >= 0) {
		size_t end = at;
		char name[1024];
		ssize_t bytes;
		int records;

		while (end < length && set[end] != '+')
			end++;
		snprintf(name, sizeof(name), "logstash/%.*s", (int)(end - at),
			 set + at);
		bytes = read_whole(name);
		at = end + 1;
		if (bytes < 0) {
			total = -1;
			break;
		}
		records = feed(decoder, content, (size_t)bytes, &sum);
		total += records > 0 ? records : 0;
	}
	flow_decoder_free(decoder);
	return total;
}

/* "…[SET]: N events" or ">=N events".  Answers where it ends, NULL: no more. */
static const char *
next_set(const char *text, const char **set, size_t *length, int *records,
	 bool *at_least)
{
	const char *open = strchr(text, '[');
	const char *close = open ? strstr(open, "]: ") : NULL;

	if (!close)
		return NULL;
	*set = open + 1;
	*length = (size_t)(close - open - 1);
	close += 3;
	*at_least = *close == '>';
	close += *at_least ? 2 : 0;
	*records = isdigit((unsigned char)*close) ? atoi(close) : -1;
	return close;
}

static bool
is_as_expected(const char *set, size_t length, int records, bool at_least)
{
	int got = records_of(set, length);
	const char *why = NULL;

	if (got < 0) {
		print_message("left out, a file is missing: %.*s\n",
			      (int)length, set);
		return false;
	}
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strlen(ours[i].set) == length &&
		    memcmp(ours[i].set, set, length) == 0) {
			records = ours[i].records;
			why = ours[i].why;
		}
	}
	if (why)
		print_message("%.*s: %d records: %s\n", (int)length, set,
			      records, why);
	if (at_least ? got < records : got != records)
		fail_msg("%.*s: %d records, not %d", (int)length, set, got,
			 records);
	return true;
}

/* Each file of a set names it: the first one's row counts. */
static bool
is_row_of(const char *line, const char *set, size_t length)
{
	const char *name = line + strlen("logstash/");
	size_t own = strcspn(name, "\t");

	return own <= length && memcmp(name, set, own) == 0 &&
	       (own == length || set[own] == '+');
}

static void
as_many_records_as_others_read(void **state)
{
	static char line[LINE_MAX_BYTES];
	char path[8192];
	unsigned complete = 0;
	FILE *manifest;

	(void)state;
	snprintf(path, sizeof(path), "%s/MANIFEST.tsv", folder);
	manifest = fopen(path, "r");
	assert_non_null(manifest);
	while (fgets(line, sizeof(line), manifest)) {
		const char *at = line, *set;
		size_t length;
		int records;
		bool at_least;

		if (strncmp(line, "logstash/", 9) != 0)
			continue;
		while ((at = next_set(at, &set, &length, &records, &at_least)))
			if (records >= 0 && is_row_of(line, set, length))
				complete += is_as_expected(set, length, records,
							   at_least);
	}
	fclose(manifest);
	print_message("%u complete sets\n", complete);
	assert_true(complete >= SETS_MIN);
}

static void
read_capture(struct flow_decoder *decoder, const char *path, size_t *sum)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, why);
	struct pcap_pkthdr *header;
	const u_char *frame;

	if (!pcap)
		return; /* some are broken on purpose */
	while (pcap_next_ex(pcap, &header, &frame) == 1) {
		struct capture_udp udp;

		if (capture_udp((uint32_t)pcap_datalink(pcap), frame,
				header->caplen, &udp) == 0)
			(void)feed(decoder, udp.payload, udp.length, sum);
	}
	pcap_close(pcap);
}

/* Messages one after the other, as an IPFIX file has them. */
static void
read_messages(struct flow_decoder *decoder, size_t length, size_t *sum)
{
	size_t at = 0;

	while (at + 4 <= length) {
		size_t message = (size_t)content[at + 2] << 8 | content[at + 3];

		if (message < 4 || message > length - at)
			message = length - at;
		(void)feed(decoder, content + at, message, sum);
		at += message;
	}
}

static void
everything_is_survived(void **state)
{
	static char line[LINE_MAX_BYTES], path[2 * LINE_MAX_BYTES];
	size_t files = 0, sum = 0;
	FILE *manifest;

	(void)state;
	snprintf(path, sizeof(path), "%s/MANIFEST.tsv", folder);
	manifest = fopen(path, "r");
	assert_non_null(manifest);
	while (fgets(line, sizeof(line), manifest)) {
		struct flow_decoder *decoder = flow_decoder_new(&conf);
		ssize_t length;

		assert_non_null(decoder);
		line[strcspn(line, "\t\n")] = '\0';
		length = read_whole(line);
		if (length >= 0) {
			snprintf(path, sizeof(path), "%s/%s", folder, line);
			(void)feed(decoder, content,
				   length < 65536 ? (size_t)length : 65535,
				   &sum);
			read_messages(decoder, (size_t)length, &sum);
			read_capture(decoder, path, &sum);
			files++;
		}
		flow_decoder_free(decoder);
	}
	fclose(manifest);
	print_message("%zu files, %zu flow records\n", files, sum);
	assert_true(files > 100 && sum > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(as_many_records_as_others_read),
	    cmocka_unit_test(everything_is_survived),
	};
	const char *shared = getenv("LAZARET_SHARED");
	const char *source = getenv("LAZARET_SOURCE");

	if (shared)
		snprintf(folder, sizeof(folder), "%s/data/flow", shared);
	else
		snprintf(folder, sizeof(folder), "%s/../shared/data/flow",
			 source ? source : ".");
	if (access(folder, R_OK) != 0) {
		puts("skipped: no datagrams of real exporters "
		     "(LAZARET_SHARED)");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
