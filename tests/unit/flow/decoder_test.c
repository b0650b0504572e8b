/* SPDX-License-Identifier: Apache-2.0 */
/* NetFlow v9 and IPFIX: what export.c writes comes back, whatever is cut off
 * or broken is refused with its reason, and nothing is lost unsaid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/writer.h"
#include "flow/decoder.h"
#include "flow/export.h"
#include "flow/template.h"

#define NOW_US INT64_C(1767607200000000)
#define RECORDS 40
#define TAKEN_MAX 1024

struct taken {
	size_t count;
	struct flow_record records[TAKEN_MAX];
};

static void
take(void *context, const struct flow_record *records, size_t count)
{
	struct taken *taken = context;

	for (size_t i = 0; i < count; i++) {
		assert_true(taken->count < TAKEN_MAX);
		taken->records[taken->count++] = records[i];
	}
}

static const struct flow_conf conf = {.key = {1, 2}};

static int
feed(struct flow_decoder *decoder, const uint8_t *bytes, size_t length,
     struct taken *taken)
{
	struct flow_datagram datagram = {.source_port = 50000,
					 .arrival = {NOW_US + 1000},
					 .bytes = bytes,
					 .length = length};

	datagram.source = addr_from_v4(0xcb007101u);
	return flow_decoder_datagram(decoder, &datagram, take, taken);
}

static struct flow_record
random_record(struct rng *rng)
{
	struct flow_record record = {.sampling_from = SAMPLING_NONE,
				     .sampling = 1,
				     .direction = FLOW_DIRECTION_IN,
				     .marks = FLOW_FLAGS_KNOWN};
	uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8};

	record.src = addr_from_v4((uint32_t)rng_u64(rng));
	record.dst = addr_from_v4((uint32_t)rng_u64(rng));
	if (rng_below(rng, 2)) {
		v6[15] = (uint8_t)rng_u64(rng);
		record.src = addr_from_v6_bytes(v6);
		v6[14] = 1;
		record.dst = addr_from_v6_bytes(v6);
	}
	record.proto = rng_below(rng, 4) ? 6 : 1;
	record.packets = 1 + rng_below(rng, 100000);
	record.bytes = record.packets * 64;
	record.packets_low = record.packets;
	record.packets_high = record.packets;
	record.end.us = NOW_US - (int64_t)rng_below(rng, 5000) * 1000;
	record.start.us = record.end.us - (int64_t)rng_below(rng, 5000) * 1000;
	record.exported.us = NOW_US;
	record.in_if = (uint32_t)rng_below(rng, 100);
	record.out_if = (uint32_t)rng_below(rng, 100);
	record.tcp_flags = (uint8_t)rng_below(rng, 64);
	if (record.proto == 1) {
		record.marks |= FLOW_ICMP_KNOWN;
		record.icmp_type = (uint8_t)rng_below(rng, 20);
		record.icmp_code = (uint8_t)rng_below(rng, 4);
	} else {
		record.sport = (uint16_t)rng_u64(rng);
		record.dport = (uint16_t)rng_u64(rng);
	}
	return record;
}

static void
round_trip(enum flow_protocol protocol)
{
	struct rng rng;

	rng_init(&rng, 11);
	for (unsigned round = 0; round < 50; round++) {
		struct flow_record sent[RECORDS];
		struct flow_export export;
		struct flow_decoder *decoder = flow_decoder_new(&conf);
		struct flow_exporter_stats stats;
		static struct taken taken;
		size_t done = 0;

		assert_non_null(decoder);
		taken.count = 0;
		flow_export_init(&export, protocol, 7, 1,
				 NOW_US - 3600 * TIMES_SECOND_US);
		for (size_t i = 0; i < RECORDS; i++)
			sent[i] = random_record(&rng);
		while (done < RECORDS) {
			uint8_t bytes[FLOW_EXPORT_DATAGRAM_MAX];
			struct at_event now = {NOW_US};
			size_t length;

			done += flow_export_datagram(&export, now, sent + done,
						     RECORDS - done, bytes,
						     &length);
			assert_true(feed(decoder, bytes, length, &taken) > 0);
		}
		assert_int_equal(taken.count, RECORDS);
		for (size_t i = 0; i < RECORDS; i++)
			assert_memory_equal(&taken.records[i], &sent[i],
					    sizeof(sent[i]));
		flow_decoder_exporter(decoder, 0, &stats);
		assert_int_equal(stats.lost, 0);
		assert_int_equal(stats.sampling_from, SAMPLING_NONE);
		assert_int_equal(stats.records, RECORDS);
		flow_decoder_free(decoder);
	}
}

static void
netflow9_comes_back(void **state)
{
	(void)state;
	round_trip(FLOW_NETFLOW9);
}

static void
ipfix_comes_back(void **state)
{
	(void)state;
	round_trip(FLOW_IPFIX);
}

/* Cut anywhere, or with any byte changed: no crash, no invented record count. */
static void
broken_datagrams_do_no_harm(void **state)
{
	static struct taken taken;
	uint8_t bytes[FLOW_EXPORT_DATAGRAM_MAX], bad[FLOW_EXPORT_DATAGRAM_MAX];
	const enum flow_protocol protocols[] = {FLOW_NETFLOW9, FLOW_IPFIX};
	struct rng rng;

	(void)state;
	rng_init(&rng, 5);
	for (unsigned p = 0; p < 2; p++) {
		struct flow_record record = random_record(&rng);
		struct flow_export export;
		struct at_event now = {NOW_US};
		size_t length;

		flow_export_init(&export, protocols[p], 1, 1,
				 NOW_US - TIMES_HOUR_US);
		flow_export_datagram(&export, now, &record, 1, bytes, &length);
		for (size_t cut = 0; cut < length; cut++) {
			struct flow_decoder *decoder = flow_decoder_new(&conf);

			taken.count = 0;
			(void)feed(decoder, bytes, cut, &taken);
			assert_int_equal(taken.count, 0);
			flow_decoder_free(decoder);
		}
		for (unsigned i = 0; i < 4000; i++) {
			struct flow_decoder *decoder = flow_decoder_new(&conf);

			taken.count = 0;
			memcpy(bad, bytes, length);
			bad[rng_below(&rng, length)] = (uint8_t)rng_u64(&rng);
			bad[rng_below(&rng, length)] = (uint8_t)rng_u64(&rng);
			(void)feed(decoder, bad, length, &taken);
			flow_decoder_free(decoder);
		}
	}
}

/* An IPFIX message of one set. */
static size_t
message(uint8_t *bytes, uint32_t sequence, uint16_t set, const uint8_t *body,
	size_t length)
{
	struct writer writer;

	writer_init(&writer, bytes, 512);
	writer_u16(&writer, 10);
	writer_u16(&writer, (uint16_t)(20 + length));
	writer_u32(&writer, (uint32_t)(NOW_US / TIMES_SECOND_US));
	writer_u32(&writer, sequence);
	writer_u32(&writer, 0);
	writer_u16(&writer, set);
	writer_u16(&writer, (uint16_t)(4 + length));
	writer_bytes(&writer, body, length);
	assert_false(writer.failed);
	return writer.length;
}

/* Template 256: two addresses and packets in 3 bytes. */
static const uint8_t template_256[] = {1, 0,  0, 3, 0, 8, 0, 4,
				       0, 12, 0, 4, 0, 2, 0, 3};
static const uint8_t data_256[] = {192, 0, 2,    7,    198, 51,
				   100, 9, 0x4c, 0x4b, 0x40};

static void
data_waits_for_its_template(void **state)
{
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct flow_exporter_stats stats;
	uint8_t bytes[512];

	(void)state;
	taken.count = 0;
	(void)feed(decoder, bytes,
		   message(bytes, 0, 256, data_256, sizeof(data_256)), &taken);
	assert_int_equal(taken.count, 0);
	flow_decoder_exporter(decoder, 0, &stats);
	assert_int_equal(stats.undecoded, 1);
	(void)feed(decoder, bytes,
		   message(bytes, 1, 2, template_256, sizeof(template_256)),
		   &taken);
	assert_int_equal(taken.count, 1);
	assert_int_equal(taken.records[0].packets, 5000000);
	flow_decoder_exporter(decoder, 0, &stats);
	assert_int_equal(stats.undecoded, 0);
	assert_int_equal(stats.lost, 0);
	flow_decoder_free(decoder);
}

static void
impossible_templates_are_refused(void **state)
{
	static const uint8_t empty_record[] = {1, 0, 0, 1, 0, 8, 0, 0};
	static const uint8_t huge[] = {1, 0, 0xea, 0x60, 0, 8, 0, 4};
	static const uint8_t low_id[] = {0, 5, 0, 1, 0, 8, 0, 4};
	const struct {
		const uint8_t *bytes;
		size_t length;
	} bad[] = {{empty_record, sizeof(empty_record)},
		   {huge, sizeof(huge)},
		   {low_id, sizeof(low_id)}};
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct flow_exporter_stats stats;
	uint8_t bytes[512];

	(void)state;
	taken.count = 0;
	for (uint32_t i = 0; i < 3; i++) {
		(void)feed(decoder, bytes,
			   message(bytes, 0, 2, bad[i].bytes, bad[i].length),
			   &taken);
		flow_decoder_exporter(decoder, 0, &stats);
		assert_int_equal(stats.malformed[FLOW_MALFORMED_TEMPLATE],
				 i + 1);
	}
	/* A broken redefinition takes the old template along. */
	(void)feed(decoder, bytes,
		   message(bytes, 0, 2, template_256, sizeof(template_256)),
		   &taken);
	(void)feed(decoder, bytes, message(bytes, 0, 2, huge, sizeof(huge)),
		   &taken);
	(void)feed(decoder, bytes,
		   message(bytes, 0, 256, data_256, sizeof(data_256)), &taken);
	assert_int_equal(taken.count, 0);
	flow_decoder_free(decoder);
}

/* No templates, 16 bits of interface, the engine as its domain. */
static void
netflow5_comes_back(void **state)
{
	static struct flow_record sent[RECORDS];
	static struct taken taken;
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	struct flow_exporter_stats stats;
	uint8_t bytes[FLOW_EXPORT_DATAGRAM_MAX];
	struct flow_export export;
	size_t at = 0, got = 0, length;
	struct rng rng;

	(void)state;
	taken.count = 0;
	rng_init(&rng, 5);
	for (size_t i = 0; i < RECORDS; i++)
		sent[i] = random_record(&rng);
	flow_export_init(&export, FLOW_NETFLOW5, 0x0203, 100,
			 NOW_US - TIMES_HOUR_US);
	while (at < RECORDS) {
		at += flow_export_datagram(&export, (struct at_event){NOW_US},
					   sent + at, RECORDS - at, bytes,
					   &length);
		assert_true(feed(decoder, bytes, length, &taken) >= 0);
	}
	for (size_t i = 0; i < RECORDS; i++) {
		const struct flow_record *back = &taken.records[got];

		if (!addr_is_v4(&sent[i].src))
			continue;
		assert_true(got++ < taken.count);
		assert_true(addr_equal(&back->src, &sent[i].src));
		assert_true(addr_equal(&back->dst, &sent[i].dst));
		assert_int_equal(back->packets, sent[i].packets);
		assert_int_equal(back->bytes, sent[i].bytes);
		assert_int_equal(back->start.us, sent[i].start.us);
		assert_int_equal(back->end.us, sent[i].end.us);
		assert_int_equal(back->sport, sent[i].sport);
		assert_int_equal(back->dport, sent[i].dport);
		assert_int_equal(back->proto, sent[i].proto);
		assert_int_equal(back->icmp_type, sent[i].icmp_type);
		assert_int_equal(back->tcp_flags, sent[i].tcp_flags);
		assert_int_equal(back->in_if, sent[i].in_if);
		assert_int_equal(back->out_if, sent[i].out_if);
		assert_int_equal(back->sampling, 100);
		assert_int_equal(back->sampling_from, SAMPLING_ANNOUNCED);
		assert_int_equal(back->direction, FLOW_DIRECTION_UNKNOWN);
	}
	assert_int_equal(got, taken.count);
	flow_decoder_exporter(decoder, 0, &stats);
	assert_int_equal(flow_decoder_exporter_count(decoder), 1);
	assert_int_equal(stats.protocol, FLOW_NETFLOW5);
	assert_int_equal(stats.domain, 0x0203);
	assert_int_equal(stats.lost, 0);
	flow_decoder_free(decoder);
}

/* v5 counts flows: what is missing is so many of them. */
static void
netflow5_counts_lost_flows(void **state)
{
	static const struct flow_record none[3];
	static struct taken taken;
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	struct flow_exporter_stats stats;
	uint8_t bytes[FLOW_EXPORT_DATAGRAM_MAX];
	struct flow_record records[3];
	struct flow_export export;
	size_t length;

	(void)state;
	taken.count = 0;
	memcpy(records, none, sizeof(records));
	for (size_t i = 0; i < 3; i++) {
		records[i].src = records[i].dst = addr_from_v4(0xc0000201u);
		records[i].start.us = records[i].end.us = NOW_US;
	}
	flow_export_init(&export, FLOW_NETFLOW5, 0, 0, NOW_US - TIMES_HOUR_US);
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(flow_export_datagram(&export,
						      (struct at_event){NOW_US},
						      records, 1 + i % 3, bytes,
						      &length),
				 1 + i % 3);
		if (i % 10 != 5)
			(void)feed(decoder, bytes, length, &taken);
	}
	flow_decoder_exporter(decoder, 0, &stats);
	/* The 6th, 16th, 26th and 36th: 3, 1, 2 and 3 flows. */
	assert_int_equal(stats.lost, 3 + 1 + 2 + 3);
	assert_int_equal(stats.sampling_from, SAMPLING_UNKNOWN);
	/* More records announced than there are: nothing is read. */
	taken.count = 0;
	bytes[3] = 30;
	assert_int_equal(feed(decoder, bytes, length, &taken), LZ_E_FORMAT);
	assert_int_equal(taken.count, 0);
	flow_decoder_exporter(decoder, 0, &stats);
	assert_int_equal(stats.malformed[FLOW_MALFORMED_LENGTH], 1);
	flow_decoder_free(decoder);
}

static void
other_versions_are_unsupported_or_malformed(void **state)
{
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct flow_decoder_stats stats;
	static const uint8_t v7[24] = {0, 7, 0, 30}, odd[24] = {0, 77};

	(void)state;
	assert_int_equal(feed(decoder, v7, 24, &taken), LZ_E_UNSUPPORTED);
	assert_int_equal(feed(decoder, odd, 24, &taken), LZ_E_FORMAT);
	assert_int_equal(feed(decoder, odd, 0, &taken), LZ_E_SHORT);
	flow_decoder_stats(decoder, &stats);
	assert_int_equal(stats.unsupported, 1);
	assert_int_equal(stats.malformed[FLOW_MALFORMED_VERSION], 1);
	assert_int_equal(stats.malformed[FLOW_MALFORMED_HEADER], 1);
	flow_decoder_free(decoder);
}

/*
 * Two byte counters, the second what went out again; times by an uptime whose
 * start only the options say.
 */
static void
reads_the_first_counter_and_the_options_uptime(void **state)
{
	static const uint16_t options[] = {3, 18, 300, 2, 1, 149, 4, 160, 8};
	static const uint16_t fields[] = {2,  44, 301, 9, 8, 4, 12, 4,
					  4,  1,  2,   4, 1, 4, 23, 4,
					  22, 4,  21,  4, 7, 2};
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct writer writer;
	uint8_t bytes[256];

	(void)state;
	assert_non_null(decoder);
	taken.count = 0;
	writer_init(&writer, bytes, sizeof(bytes));
	writer_u32(&writer, 10u << 16);
	writer_u32(&writer, (uint32_t)(NOW_US / 1000000));
	writer_u32(&writer, 0);
	writer_u32(&writer, 7);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		writer_u16(&writer, options[i]);
	writer_u32(&writer, 300u << 16 | 16);
	writer_u32(&writer, 7);
	/* Up for a minute and one turn of the uptime's 32 bits. */
	writer_u64(&writer,
		   (uint64_t)NOW_US / 1000 - 60000 - (UINT64_C(1) << 32));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		writer_u16(&writer, fields[i]);
	writer_u32(&writer, 301u << 16 | 35);
	writer_u32(&writer, 0xc0000207u);
	writer_u32(&writer, 0xc6336409u);
	writer_u8(&writer, 6);
	writer_u32(&writer, 5);
	writer_u32(&writer, 200);
	writer_u32(&writer, 0);
	writer_u32(&writer, 50000);
	writer_u32(&writer, 55250);
	writer_u16(&writer, 40000);
	assert_false(writer.failed);
	writer_patch_u16(&writer, 2, (uint16_t)writer.length);
	assert_int_equal(feed(decoder, bytes, writer.length, &taken), 2);
	assert_int_equal(taken.count, 1);
	assert_int_equal(taken.records[0].bytes, 200);
	assert_int_equal(taken.records[0].start.us, NOW_US - 10000000);
	assert_int_equal(taken.records[0].end.us, NOW_US - 4750000);
	assert_false(taken.records[0].marks & FLOW_IMPLAUSIBLE);
	flow_decoder_free(decoder);
}

/* One forged datagram six hours off: the exporter's clock stays, the forged
 * record is kept out of rates and not far from its arrival. */
static void
one_datagram_does_not_move_the_clock(void **state)
{
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct flow_exporter_stats stats;
	struct flow_export export;
	struct rng rng;

	(void)state;
	taken.count = 0;
	rng_init(&rng, 3);
	flow_export_init(&export, FLOW_IPFIX, 7, 1, NOW_US - TIMES_HOUR_US);
	for (unsigned i = 0; i < 12; i++) {
		struct flow_record record = random_record(&rng);
		struct at_event now = {i == 6 ? NOW_US - 6 * TIMES_HOUR_US
					      : NOW_US};
		uint8_t bytes[FLOW_EXPORT_DATAGRAM_MAX];
		size_t length;

		record.proto = 17;
		flow_export_datagram(&export, now, &record, 1, bytes, &length);
		assert_true(feed(decoder, bytes, length, &taken) > 0);
		assert_int_equal(taken.count, i + 1);
		assert_int_equal(!!(taken.records[i].marks & FLOW_IMPLAUSIBLE),
				 i == 6);
		assert_in_range(taken.records[i].exported.us, NOW_US,
				NOW_US + TIMES_SECOND_US);
		flow_decoder_exporter(decoder, 0, &stats);
		assert_int_equal(stats.clock_offset_us, 0);
	}
	assert_int_equal(stats.clock_doubts, 1);
	assert_int_equal(stats.implausible, 1);
	flow_decoder_free(decoder);
}

/* One v9 datagram of one record, from a port, `seconds` later, by a router
 * up for `uptime_ms`. */
static int
speak(struct flow_decoder *decoder, struct flow_export *export, uint16_t port,
      int64_t seconds, int64_t uptime_ms, struct taken *taken)
{
	struct flow_record record = {.proto = 17, .packets = 1, .bytes = 40};
	struct at_event now = {NOW_US + seconds * TIMES_SECOND_US};
	uint8_t bytes[FLOW_EXPORT_DATAGRAM_MAX];
	struct flow_datagram datagram = {.source_port = port,
					 .arrival = {now.us + 1000},
					 .bytes = bytes};

	record.src = addr_from_v4(0xc0000207u);
	record.dst = addr_from_v4(0xc6336409u);
	record.start = now;
	record.end = now;
	datagram.source = addr_from_v4(0xcb007101u);
	export->boot_us = now.us - uptime_ms * 1000;
	flow_export_datagram(export, now, &record, 1, bytes, &datagram.length);
	return flow_decoder_datagram(decoder, &datagram, take, taken);
}

/* A router that restarts: on its old port or on another, it is one exporter
 * that restarted once, and nothing is lost. */
static void
a_restart_is_one_restart(void **state)
{
	static struct taken taken;

	(void)state;
	for (uint16_t moved = 0; moved < 2; moved++) {
		struct flow_decoder *decoder = flow_decoder_new(&conf);
		struct flow_export before, after;
		struct flow_exporter_stats stats;

		taken.count = 0;
		flow_export_init(&before, FLOW_NETFLOW9, 1, 1, 0);
		before.sequence = 90000;
		flow_export_init(&after, FLOW_NETFLOW9, 1, 1, 0);
		speak(decoder, &before, 50000, 0, 99000000, &taken);
		/* Without its templates nothing of the new life decodes. */
		after.refresh = 2;
		after.since_template = 1;
		speak(decoder, &after, 50000 + moved, 120, 12000, &taken);
		assert_int_equal(taken.count, 1);
		speak(decoder, &after, 50000 + moved, 121, 13000, &taken);
		assert_int_equal(taken.count, 3);
		flow_decoder_exporter(decoder, moved, &stats);
		assert_int_equal(stats.restarts, 1);
		assert_int_equal(stats.lost, 0);
		assert_int_equal(stats.datagrams, 3);
		assert_int_equal(stats.records, 3);
		assert_int_equal(stats.undecoded, 0);
		assert_int_equal(stats.source_port, 50000 + moved);
		assert_false(stats.disputed);
		flow_decoder_exporter(decoder, 0, &stats);
		assert_int_equal(stats.superseded, moved);
		assert_int_equal(flow_decoder_exporter_count(decoder),
				 1 + moved);
		flow_decoder_free(decoder);
	}
}

/* A forged restart on another port takes no templates away, and is no restart
 * once the router speaks on. */
static void
a_forged_restart_takes_nothing_away(void **state)
{
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct flow_export router, forger;
	struct flow_exporter_stats stats;

	(void)state;
	taken.count = 0;
	flow_export_init(&router, FLOW_NETFLOW9, 1, 1, 0);
	flow_export_init(&forger, FLOW_NETFLOW9, 1, 1, 0);
	speak(decoder, &router, 50000, 0, 99000000, &taken);
	speak(decoder, &forger, 50001, 1, 0, &taken);
	speak(decoder, &router, 50000, 2, 99002000, &taken);
	assert_int_equal(taken.count, 3);
	for (uint32_t i = 0; i < 2; i++) {
		flow_decoder_exporter(decoder, i, &stats);
		assert_int_equal(stats.restarts, 0);
		assert_int_equal(stats.lost, 0);
		assert_false(stats.superseded);
		assert_false(stats.disputed);
	}
	flow_decoder_free(decoder);
}

/* A chain of forged restarts, and all come back, the newest first. */
static void
forged_restarts_add_up_to_none(void **state)
{
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct flow_export exports[3];
	struct flow_exporter_stats stats;

	(void)state;
	taken.count = 0;
	for (uint16_t i = 0; i < 3; i++) {
		flow_export_init(&exports[i], FLOW_NETFLOW9, 1, 1, 0);
		speak(decoder, &exports[i], 50000 + i, 10 * i, 5000, &taken);
	}
	flow_decoder_exporter(decoder, 2, &stats);
	assert_int_equal(stats.restarts, 2);
	assert_int_equal(stats.records, 3);
	speak(decoder, &exports[1], 50001, 21, 16000, &taken);
	speak(decoder, &exports[0], 50000, 22, 27000, &taken);
	for (uint32_t i = 0; i < 3; i++) {
		flow_decoder_exporter(decoder, i, &stats);
		assert_in_range(stats.restarts, 0, 1);
		assert_int_equal(stats.records, i == 2 ? 3 : 1);
		assert_false(stats.superseded);
	}
	flow_decoder_free(decoder);
}

/* Two routers behind one address, both up for long: two exporters. */
static void
a_second_port_is_a_second_exporter(void **state)
{
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct flow_export exports[2];
	struct flow_exporter_stats stats;

	(void)state;
	taken.count = 0;
	flow_export_init(&exports[0], FLOW_NETFLOW9, 1, 1, 0);
	flow_export_init(&exports[1], FLOW_NETFLOW9, 1, 1, 0);
	speak(decoder, &exports[0], 50000, 0, 99000000, &taken);
	speak(decoder, &exports[1], 50001, 120, 121000, &taken);
	assert_int_equal(taken.count, 2);
	for (uint32_t i = 0; i < 2; i++) {
		flow_decoder_exporter(decoder, i, &stats);
		assert_int_equal(stats.restarts, 0);
		assert_int_equal(stats.datagrams, 1);
	}
	flow_decoder_free(decoder);
}

/* Overtaken by datagrams of many seconds later: the same life. */
static void
an_overtaken_datagram_is_no_restart(void **state)
{
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct flow_export router, late;
	struct flow_exporter_stats stats;

	(void)state;
	taken.count = 0;
	flow_export_init(&router, FLOW_NETFLOW9, 1, 1, 0);
	router.sequence = 500;
	speak(decoder, &router, 50000, 0, 99000000, &taken);
	late = router;
	router.sequence = 505;
	speak(decoder, &router, 50000, 20, 99020000, &taken);
	flow_decoder_exporter(decoder, 0, &stats);
	assert_int_equal(stats.lost, 4);
	speak(decoder, &late, 50000, 4, 99004000, &taken);
	speak(decoder, &router, 50000, 21, 99021000, &taken);
	flow_decoder_exporter(decoder, 0, &stats);
	assert_int_equal(taken.count, 4);
	assert_int_equal(stats.lost, 3);
	assert_int_equal(stats.restarts, 0);
	assert_false(stats.disputed);
	flow_decoder_free(decoder);
}

/* An uptime that went back although the router spoke since: somebody else. */
static void
a_boot_before_its_last_word_is_disputed(void **state)
{
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct flow_export router, forger;
	struct flow_exporter_stats stats;

	(void)state;
	taken.count = 0;
	flow_export_init(&router, FLOW_NETFLOW9, 1, 1, 0);
	router.sequence = 90000;
	flow_export_init(&forger, FLOW_NETFLOW9, 1, 1, 0);
	speak(decoder, &router, 50000, 0, 99000000, &taken);
	speak(decoder, &forger, 50000, 1, 500000, &taken);
	flow_decoder_exporter(decoder, 0, &stats);
	assert_int_equal(stats.restarts, 0);
	assert_true(stats.disputed);
	flow_decoder_free(decoder);
}

/* Layouts of template 256: A is two addresses and packets (12 bytes), B has
 * bytes too (16), C is A with the addresses changed over (12 bytes). */
static const uint8_t layout_a[] = {1, 0,  0, 3, 0, 8, 0, 4,
				   0, 12, 0, 4, 0, 2, 0, 4};
static const uint8_t layout_b[] = {1, 0, 0, 4, 0, 8, 0, 4, 0, 12,
				   0, 4, 0, 2, 0, 4, 0, 1, 0, 4};
static const uint8_t layout_c[] = {1, 0, 0, 3, 0, 12, 0, 4,
				   0, 8, 0, 4, 0, 2,  0, 4};

/* Steps: a b c tell a layout, 1 and 2 send a record that fits A (and C) or B,
 * r restarts.  Answers whether the exporter is disputed in the end. */
static bool
disputed_after(const char *steps, size_t *records, uint64_t *malformed)
{
	static const uint8_t data[16] = {192, 0, 2, 7, 198, 51, 100, 9,
					 0,   0, 0, 5, 0,   0,  0,   200};
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct flow_exporter_stats stats;
	uint32_t sequence = 100000;

	assert_non_null(decoder);
	taken.count = 0;
	for (; *steps; steps++) {
		uint8_t bytes[512];
		size_t length = 0;
		bool record = *steps == '1' || *steps == '2';

		if (*steps == 'a')
			length = message(bytes, sequence, 2, layout_a,
					 sizeof(layout_a));
		else if (*steps == 'b')
			length = message(bytes, sequence, 2, layout_b,
					 sizeof(layout_b));
		else if (*steps == 'c')
			length = message(bytes, sequence, 2, layout_c,
					 sizeof(layout_c));
		else if (*steps == 'r')
			sequence = 0;
		else
			length = message(bytes, sequence, 256, data,
					 *steps == '1' ? 12 : 16);
		if (length > 0)
			(void)feed(decoder, bytes, length, &taken);
		sequence += record;
	}
	flow_decoder_exporter(decoder, 0, &stats);
	*records = taken.count;
	*malformed = stats.malformed[FLOW_MALFORMED_RECORD];
	assert_int_equal(stats.lost, 0);
	flow_decoder_free(decoder);
	return stats.disputed;
}

static void
odd_template_changes_are_disputed(void **state)
{
	static const struct {
		const char *steps;
		bool disputed;
		size_t records;
		uint64_t malformed;
	} cases[] = {
	    {"a1a1", false, 2, 0},
	    {"a1b2b2", false, 3, 0}, /* a plain redefinition */
	    {"ac1", false, 1, 0},    /* no data of the old one */
	    {"a1c1", true, 2, 0},    /* the same width, other fields */
	    {"a1b2a1", true, 3, 0},  /* back again: two voices */
	    {"aba", true, 0, 0},     /* the same, heard before data */
	    {"a1b1", true, 1, 1},    /* data goes on as if nothing were */
	    {"a1rc1", false, 2, 0},  /* a restart: another life */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t records;
		uint64_t malformed;

		print_message("%s\n", cases[i].steps);
		assert_int_equal(disputed_after(cases[i].steps, &records,
						&malformed),
				 cases[i].disputed);
		assert_int_equal(records, cases[i].records);
		assert_int_equal(malformed, cases[i].malformed);
	}
}

/* A data template that becomes an options template, and the other way. */
static void
another_kind_of_template_is_disputed(void **state)
{
	static const uint8_t options[] = {1,   0, 0, 2, 0,  1, 0,
					  149, 0, 4, 0, 34, 0, 4};
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct flow_exporter_stats stats;
	uint8_t bytes[512];

	(void)state;
	(void)feed(decoder, bytes,
		   message(bytes, 0, 2, layout_a, sizeof(layout_a)), &taken);
	flow_decoder_exporter(decoder, 0, &stats);
	assert_false(stats.disputed);
	(void)feed(decoder, bytes,
		   message(bytes, 0, 3, options, sizeof(options)), &taken);
	flow_decoder_exporter(decoder, 0, &stats);
	assert_true(stats.disputed);
	flow_decoder_free(decoder);
}

/* A data set for template 256 at a time. */
static void
feed_waiting(struct flow_decoder *decoder, uint32_t packets, int64_t seconds,
	     struct taken *taken)
{
	uint8_t data[12] = {192, 0, 2, 7, 198, 51, 100, 9};
	uint8_t bytes[512];
	struct flow_datagram datagram = {.source_port = 50000,
					 .arrival = {NOW_US +
						     seconds * TIMES_SECOND_US},
					 .bytes = bytes};

	data[10] = (uint8_t)(packets >> 8);
	data[11] = (uint8_t)packets;
	datagram.length = message(bytes, 100000, 256, data, sizeof(data));
	datagram.source = addr_from_v4(0xcb007101u);
	(void)flow_decoder_datagram(decoder, &datagram, take, taken);
}

static void
feed_layout_a(struct flow_decoder *decoder, uint32_t sequence,
	      struct taken *taken)
{
	uint8_t bytes[512];
	size_t length = message(bytes, sequence, 2, layout_a, sizeof(layout_a));

	(void)feed(decoder, bytes, length, taken);
}

/* More waits than there is room for: the newest are kept, the others are
 * counted with their reason; by number and by bytes. */
static void
the_newest_sets_wait(void **state)
{
	static const struct flow_conf few = {.key = {1, 2},
					     .held_bytes_max = 12 * 100};
	static struct taken taken;

	(void)state;
	for (int by_bytes = 0; by_bytes < 2; by_bytes++) {
		struct flow_decoder *decoder =
		    flow_decoder_new(by_bytes ? &few : &conf);
		const uint32_t room = by_bytes ? 100 : 1024;
		struct flow_exporter_stats stats;

		taken.count = 0;
		for (uint32_t i = 1; i <= room + 76; i++)
			feed_waiting(decoder, i, 0, &taken);
		flow_decoder_exporter(decoder, 0, &stats);
		assert_int_equal(stats.undecoded, room + 76);
		assert_int_equal(stats.given_up[FLOW_GIVEN_UP_FULL], 76);
		feed_layout_a(decoder, 100000, &taken);
		assert_int_equal(taken.count, room);
		for (uint32_t i = 0; i < room; i++)
			assert_int_equal(taken.records[i].packets, 77 + i);
		flow_decoder_exporter(decoder, 0, &stats);
		assert_int_equal(stats.undecoded, 76);
		assert_int_equal(stats.records, room);
		flow_decoder_free(decoder);
	}
}

static void
what_waited_in_vain_has_a_reason(void **state)
{
	static struct taken taken;
	struct flow_exporter_stats stats;
	struct flow_decoder *decoder = flow_decoder_new(&conf);

	(void)state;
	taken.count = 0;
	feed_waiting(decoder, 1, -1801, &taken);
	feed_waiting(decoder, 2, -1799, &taken);
	feed_layout_a(decoder, 100000, &taken);
	assert_int_equal(taken.count, 1);
	assert_int_equal(taken.records[0].packets, 2);
	flow_decoder_exporter(decoder, 0, &stats);
	assert_int_equal(stats.undecoded, 1);
	assert_int_equal(stats.given_up[FLOW_GIVEN_UP_LATE], 1);
	flow_decoder_free(decoder);
}

/* What a router sent before it restarted isn't read by its new templates. */
static void
a_restart_ends_the_wait(void **state)
{
	static struct taken taken;

	(void)state;
	for (uint16_t moved = 0; moved < 2; moved++) {
		struct flow_decoder *decoder = flow_decoder_new(&conf);
		struct flow_export before, after;
		struct flow_exporter_stats stats;

		taken.count = 0;
		flow_export_init(&before, FLOW_NETFLOW9, 1, 1, 0);
		before.sequence = 90000;
		before.since_template = 0;
		flow_export_init(&after, FLOW_NETFLOW9, 1, 1, 0);
		speak(decoder, &before, 50000, 0, 99000000, &taken);
		speak(decoder, &after, 50000 + moved, 120, 12000, &taken);
		assert_int_equal(taken.count, 1);
		flow_decoder_exporter(decoder, moved, &stats);
		assert_int_equal(stats.restarts, 1);
		assert_int_equal(stats.undecoded, 1);
		assert_int_equal(stats.given_up[FLOW_GIVEN_UP_RESTART], 1);
		flow_decoder_free(decoder);
	}
}

/* One exporter can't fill the table of templates. */
static void
an_exporter_has_its_share_of_templates(void **state)
{
	static const struct flow_conf few = {.key = {1, 2},
					     .templates_max = 80};
	struct flow_decoder *decoder = flow_decoder_new(&few);
	static struct taken taken;
	struct flow_exporter_stats stats;
	uint8_t bytes[512], template[sizeof(layout_a)];

	(void)state;
	memcpy(template, layout_a, sizeof(layout_a));
	for (uint8_t i = 0; i < 12; i++) {
		template[1] = i;
		(void)feed(decoder, bytes,
			   message(bytes, 0, 2, template, sizeof(template)),
			   &taken);
	}
	flow_decoder_exporter(decoder, 0, &stats);
	assert_int_equal(stats.malformed[FLOW_MALFORMED_CEILING], 2);
	flow_decoder_free(decoder);
}

/*
 * As real exporters do it: v9 with a field whose width the record says, bytes
 * without packets, and a datagram filled up with zeros.
 */
static void
odd_datagrams_of_real_exporters_are_read(void **state)
{
	static const uint16_t fields[] = {256, 4, 8,  4,
					  12,  4, 96, TEMPLATE_VARIABLE,
					  1,   4};
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	static struct taken taken;
	struct flow_exporter_stats stats;
	struct writer writer;
	uint8_t bytes[256] = {0};

	(void)state;
	taken.count = 0;
	writer_init(&writer, bytes, sizeof(bytes));
	writer_u32(&writer, 9u << 16 | 2);
	writer_u32(&writer, 60000);
	writer_u32(&writer, (uint32_t)(NOW_US / TIMES_SECOND_US));
	writer_u32(&writer, 1);
	writer_u32(&writer, 0);
	writer_u32(&writer, 24);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		writer_u16(&writer, fields[i]);
	writer_u32(&writer, 256u << 16 | 20);
	writer_u32(&writer, 0xc0000207u);
	writer_u32(&writer, 0xc6336409u);
	writer_u32(&writer, 3u << 24 | 0x616263);
	writer_u32(&writer, 4000000000u);
	assert_false(writer.failed);
	assert_int_equal(feed(decoder, bytes, sizeof(bytes), &taken), 1);
	assert_int_equal(taken.count, 1);
	assert_int_equal(taken.records[0].bytes, 4000000000u);
	assert_false(taken.records[0].marks & FLOW_IMPLAUSIBLE);
	flow_decoder_exporter(decoder, 0, &stats);
	for (unsigned i = 0; i < FLOW_MALFORMED_COUNT; i++)
		assert_int_equal(stats.malformed[i], 0);
	flow_decoder_free(decoder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(netflow9_comes_back),
	    cmocka_unit_test(ipfix_comes_back),
	    cmocka_unit_test(broken_datagrams_do_no_harm),
	    cmocka_unit_test(data_waits_for_its_template),
	    cmocka_unit_test(impossible_templates_are_refused),
	    cmocka_unit_test(netflow5_comes_back),
	    cmocka_unit_test(netflow5_counts_lost_flows),
	    cmocka_unit_test(other_versions_are_unsupported_or_malformed),
	    cmocka_unit_test(reads_the_first_counter_and_the_options_uptime),
	    cmocka_unit_test(one_datagram_does_not_move_the_clock),
	    cmocka_unit_test(a_restart_is_one_restart),
	    cmocka_unit_test(a_forged_restart_takes_nothing_away),
	    cmocka_unit_test(forged_restarts_add_up_to_none),
	    cmocka_unit_test(a_second_port_is_a_second_exporter),
	    cmocka_unit_test(an_overtaken_datagram_is_no_restart),
	    cmocka_unit_test(a_boot_before_its_last_word_is_disputed),
	    cmocka_unit_test(odd_template_changes_are_disputed),
	    cmocka_unit_test(another_kind_of_template_is_disputed),
	    cmocka_unit_test(the_newest_sets_wait),
	    cmocka_unit_test(what_waited_in_vain_has_a_reason),
	    cmocka_unit_test(a_restart_ends_the_wait),
	    cmocka_unit_test(an_exporter_has_its_share_of_templates),
	    cmocka_unit_test(odd_datagrams_of_real_exporters_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
