/* SPDX-License-Identifier: Apache-2.0 */
/* The small captures that make flow decoders fail, against what is right. */
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

#define RECORDS_MAX 64

struct result {
	size_t count;
	struct flow_record records[RECORDS_MAX];
	size_t nat_count;
	struct nat_event nat[RECORDS_MAX];
	struct flow_decoder *decoder;
};

static char folder[4096];

static void
take(void *context, const struct flow_record *records, size_t count)
{
	struct result *result = context;

	for (size_t i = 0; i < count; i++) {
		assert_true(result->count < RECORDS_MAX);
		result->records[result->count++] = records[i];
	}
}

static void
take_nat(void *context, const struct nat_event *events, size_t count)
{
	struct result *result = context;

	for (size_t i = 0; i < count; i++) {
		assert_true(result->nat_count < RECORDS_MAX);
		result->nat[result->nat_count++] = events[i];
	}
}

static void
read_case(const char *name, struct result *result)
{
	static const struct flow_conf conf = {.key = {3, 4}};
	char path[8192], why[PCAP_ERRBUF_SIZE];
	const struct nat_output nat = {.events = take_nat, .context = result};
	struct pcap_pkthdr *header;
	const u_char *frame;
	pcap_t *pcap;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	pcap = pcap_open_offline(path, why);
	assert_non_null(pcap);
	memset(result, 0, sizeof(*result));
	result->decoder = flow_decoder_new(&conf);
	flow_decoder_nat(result->decoder, &nat);
	while (pcap_next_ex(pcap, &header, &frame) == 1) {
		struct capture_udp udp;
		struct flow_datagram datagram;

		if (capture_udp((uint32_t)pcap_datalink(pcap), frame,
				header->caplen, &udp) != 0)
			continue;
		datagram.source = udp.src;
		datagram.source_port = udp.sport;
		datagram.bytes = udp.payload;
		datagram.length = udp.length;
		datagram.arrival.us = (int64_t)header->ts.tv_sec *
					  TIMES_SECOND_US +
				      header->ts.tv_usec;
		(void)flow_decoder_datagram(result->decoder, &datagram, take,
					    result);
	}
	pcap_close(pcap);
}

static struct flow_exporter_stats
exporter(const struct result *result, uint32_t index)
{
	struct flow_exporter_stats stats;

	flow_decoder_exporter(result->decoder, index, &stats);
	return stats;
}

static void
assert_src(const struct flow_record *record, const char *expected)
{
	char buffer[ADDR_TEXT_SIZE];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	addr_format(&text, &record->src);
	assert_string_equal(buffer, expected);
}

static void
a01_data_before_template(void **state)
{
	struct result result;

	(void)state;
	read_case("a01_v9_data_before_template.pcap", &result);
	assert_int_equal(result.count, 3);
	assert_int_equal(exporter(&result, 0).undecoded, 0);
	flow_decoder_free(result.decoder);
}

static void
a02_template_redefined(void **state)
{
	struct result result;

	(void)state;
	read_case("a02_v9_template_redefined.pcap", &result);
	assert_int_equal(result.count, 2);
	assert_int_equal(result.records[0].packets, 5);
	assert_int_equal(result.records[0].bytes, 200);
	assert_int_equal(result.records[1].packets, 7);
	assert_int_equal(result.records[1].bytes, 280);
	assert_int_equal(result.records[1].sport, 40002);
	assert_int_equal(result.records[1].dport, 23);
	flow_decoder_free(result.decoder);
}

static void
a04_two_exporters_of_one_address(void **state)
{
	struct result result;

	(void)state;
	read_case("a04_ipfix_two_exporters_same_ip_and_domain.pcap", &result);
	assert_int_equal(result.count, 2);
	assert_src(&result.records[0], "192.0.2.31");
	assert_src(&result.records[1], "192.0.2.32");
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(result.records[i].packets, 5);
		assert_int_equal(result.records[i].bytes, 200);
		assert_int_equal(exporter(&result, i).lost, 0);
	}
	flow_decoder_free(result.decoder);
}

static void
a05_sampler_in_options(void **state)
{
	struct result result;

	(void)state;
	read_case("a05_v9_sampler_options.pcap", &result);
	assert_int_equal(result.count, 1);
	assert_int_equal(result.records[0].packets, 10);
	assert_int_equal(result.records[0].bytes, 600);
	assert_int_equal(result.records[0].sampling, 1000);
	assert_int_equal(result.records[0].sampling_from, SAMPLING_ANNOUNCED);
	flow_decoder_free(result.decoder);
}

static void
a09_last_switched_after_uptime(void **state)
{
	struct result result;

	(void)state;
	read_case("a09_v9_last_switched_after_uptime.pcap", &result);
	assert_int_equal(result.count, 1);
	assert_int_equal(result.records[0].end.us -
			     result.records[0].exported.us,
			 160000);
	assert_int_equal(result.records[0].end.us - result.records[0].start.us,
			 3200000);
	flow_decoder_free(result.decoder);
}

static void
a10_clock_six_hours_behind(void **state)
{
	struct result result;

	(void)state;
	read_case("a10_exporter_clock_six_hours_behind.pcap", &result);
	assert_true(result.count > 0);
	assert_int_equal(exporter(&result, 0).clock_offset_us / TIMES_SECOND_US,
			 -22800);
	/* 12:00:00 by our clock, and the flow began two seconds before. */
	assert_int_equal(times_date_of(result.records[0].start.us).hour, 11);
	assert_int_equal(times_date_of(result.records[0].start.us).minute, 59);
	assert_int_equal(times_date_of(result.records[0].start.us).second, 58);
	flow_decoder_free(result.decoder);
}

static void
a11_init_time_comes_last(void **state)
{
	struct result result;

	(void)state;
	read_case("a11_ipfix_relative_time_init_last.pcap", &result);
	assert_int_equal(result.count, 1);
	assert_int_equal(times_date_of(result.records[0].start.us).second, 50);
	assert_int_equal(result.records[0].end.us - result.records[0].start.us,
			 5250000);
	assert_int_equal(times_date_of(result.records[0].start.us).hour, 11);
	assert_int_equal(times_date_of(result.records[0].start.us).minute, 59);
	flow_decoder_free(result.decoder);
}

static void
a12_times_in_seconds(void **state)
{
	struct result result;
	struct times_date date;

	(void)state;
	read_case("a12_ipfix_seconds_time.pcap", &result);
	assert_int_equal(result.count, 1);
	date = times_date_of(result.records[0].start.us);
	assert_true(date.year > 2000);
	assert_int_equal(date.second, 50);
	assert_int_equal(result.records[0].end.us - result.records[0].start.us,
			 5000000);
	flow_decoder_free(result.decoder);
}

static void
a13_reduced_size(void **state)
{
	struct result result;

	(void)state;
	read_case("a13_ipfix_reduced_size.pcap", &result);
	assert_int_equal(result.count, 1);
	assert_int_equal(result.records[0].packets, 5000000);
	assert_int_equal(result.records[0].bytes, INT64_C(7000000000));
	flow_decoder_free(result.decoder);
}

static void
a14_saturated_counters(void **state)
{
	struct result result;

	(void)state;
	read_case("a14_v9_saturated_counters.pcap", &result);
	assert_int_equal(result.count, 3);
	assert_true(result.records[0].marks & FLOW_IMPLAUSIBLE);
	assert_true(result.records[1].marks & FLOW_IMPLAUSIBLE);
	assert_false(result.records[2].marks & FLOW_IMPLAUSIBLE);
	assert_int_equal(result.records[2].packets, 5);
	assert_int_equal(exporter(&result, 0).implausible, 2);
	flow_decoder_free(result.decoder);
}

static void
a21_nat_events(void **state)
{
	struct result result;
	const struct nat_event *create, *delete;

	(void)state;
	read_case("a21_ipfix_nat_events.pcap", &result);
	assert_int_equal(result.count, 0);
	assert_int_equal(exporter(&result, 0).records, 0);
	assert_int_equal(result.nat_count, 2);
	create = &result.nat[0];
	delete = &result.nat[1];
	assert_int_equal(create->event, NAT_CREATE);
	assert_int_equal(delete->event, NAT_DELETE);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(addr_v4(&result.nat[i].inside), 0x64400005);
		assert_int_equal(addr_v4(&result.nat[i].outside), 0xcb007128);
		assert_int_equal(result.nat[i].inside_port, 40000);
		assert_int_equal(result.nat[i].outside_port, 2001);
		assert_int_equal(result.nat[i].proto, 6);
	}
	assert_true(create->marks & NAT_TIME_OF_EXPORT);
	assert_int_equal(create->at.us, create->exported.us);
	assert_int_equal(times_date_of(create->at.us).year, 2024);
	assert_int_equal(delete->marks & NAT_TIME_OF_EXPORT, 0);
	assert_int_equal(times_date_of(delete->at.us).hour, 12);
	assert_int_equal(times_date_of(delete->at.us).minute, 5);
	assert_int_equal(times_date_of(delete->at.us).second, 0);
	flow_decoder_free(result.decoder);
}

static void
a20_malformed(void **state)
{
	struct result result;
	struct flow_decoder_stats stats;
	uint64_t malformed = 0;

	(void)state;
	read_case("a20_malformed_datagrams.pcap", &result);
	assert_int_equal(result.count, 1);
	assert_src(&result.records[0], "192.0.2.77");
	flow_decoder_stats(result.decoder, &stats);
	for (unsigned i = 0; i < FLOW_MALFORMED_COUNT; i++)
		malformed += stats.malformed[i];
	assert_int_equal(stats.unsupported, 0);
	assert_int_equal(malformed, 9);
	flow_decoder_free(result.decoder);
}

static void
a17_two_tags_in_either_order(void **state)
{
	struct result result;

	(void)state;
	read_case("a17_sflow_qinq.pcap", &result);
	assert_int_equal(result.count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct flow_record *record = &result.records[i];

		assert_src(record, i == 0 ? "192.0.2.72" : "192.0.2.73");
		assert_int_equal(record->proto, 17);
		assert_int_equal(record->dport, 53);
		assert_int_equal(record->packets * record->sampling, 2048);
		assert_int_equal(record->bytes * record->sampling, 2867200);
	}
	flow_decoder_free(result.decoder);
}

static void
a19_agents_behind_a_replicator(void **state)
{
	struct result result;

	(void)state;
	read_case("a19_sflow_via_replicator.pcap", &result);
	assert_int_equal(flow_decoder_exporter_count(result.decoder), 2);
	for (uint32_t i = 0; i < 2; i++) {
		struct flow_exporter_stats stats = exporter(&result, i);

		assert_int_equal(addr_v4(&stats.addr), 0xcb00710bu + i);
		assert_int_equal(stats.sampling, i == 0 ? 512 : 4096);
		assert_int_equal(stats.lost, 0);
		assert_false(stats.disputed);
	}
	flow_decoder_free(result.decoder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a01_data_before_template),
	    cmocka_unit_test(a02_template_redefined),
	    cmocka_unit_test(a04_two_exporters_of_one_address),
	    cmocka_unit_test(a05_sampler_in_options),
	    cmocka_unit_test(a09_last_switched_after_uptime),
	    cmocka_unit_test(a10_clock_six_hours_behind),
	    cmocka_unit_test(a11_init_time_comes_last),
	    cmocka_unit_test(a12_times_in_seconds),
	    cmocka_unit_test(a13_reduced_size),
	    cmocka_unit_test(a14_saturated_counters),
	    cmocka_unit_test(a17_two_tags_in_either_order),
	    cmocka_unit_test(a19_agents_behind_a_replicator),
	    cmocka_unit_test(a20_malformed),
	    cmocka_unit_test(a21_nat_events),
	};
	const char *shared = getenv("LAZARET_SHARED");
	const char *source = getenv("LAZARET_SOURCE");

	if (shared)
		snprintf(folder, sizeof(folder), "%s/cases", shared);
	else
		snprintf(folder, sizeof(folder), "%s/../shared/cases",
			 source ? source : ".");
	if (access(folder, R_OK) != 0) {
		puts("skipped: no test material (LAZARET_SHARED)");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
