/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a decoder keeps over a restart: a new one reads on without hearing the
 * templates again, unless the router restarted too; damage is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "flow/decoder.h"
#include "flow/export.h"

#define NOW_US INT64_C(1700000000000000)
#define BYTES_MAX 4096

static const struct flow_conf conf = {.key = {1, 2}};

struct seen {
	uint64_t records;
	uint32_t sampling;
};

static void
take(void *context, const struct flow_record *records, size_t count)
{
	struct seen *seen = context;

	seen->records += count;
	seen->sampling = records[0].sampling;
}

/* One datagram of two records at a time after NOW_US. */
static uint64_t
say(struct flow_decoder *decoder, struct flow_export *export, int64_t after_us,
    struct seen *seen)
{
	struct flow_record records[2] = {
	    {.src = addr_from_v4(0xc0000207),
	     .dst = addr_from_v4(0xc6336409),
	     .start = {NOW_US + after_us - 2000000},
	     .end = {NOW_US + after_us - 1000000},
	     .packets = 3,
	     .bytes = 180,
	     .proto = 6,
	     .marks = FLOW_FLAGS_KNOWN},
	};
	uint8_t bytes[FLOW_EXPORT_DATAGRAM_MAX];
	const uint64_t before = seen->records;
	struct flow_datagram datagram = {.source = addr_from_v4(0xcb007101),
					 .source_port = 4000,
					 .arrival = {NOW_US + after_us},
					 .bytes = bytes};

	records[1] = records[0];
	assert_int_equal(
	    flow_export_datagram(export, (struct at_event){NOW_US + after_us},
				 records, 2, bytes, &datagram.length),
	    2);
	(void)flow_decoder_datagram(decoder, &datagram, take, seen);
	return seen->records - before;
}

static size_t
save(const struct flow_decoder *decoder, int64_t after_us,
     uint8_t bytes[BYTES_MAX])
{
	struct writer writer;

	assert_true(flow_decoder_save_bytes(decoder) <= BYTES_MAX);
	writer_init(&writer, bytes, flow_decoder_save_bytes(decoder));
	flow_decoder_save(decoder, (struct at_arrival){NOW_US + after_us},
			  &writer);
	assert_false(writer.failed);
	return writer.length;
}

static int
load(struct flow_decoder **decoder, int64_t after_us, const uint8_t *bytes,
     size_t length)
{
	struct cursor cursor;

	*decoder = flow_decoder_new(&conf);
	assert_non_null(*decoder);
	cursor_init(&cursor, bytes, length);
	return flow_decoder_load(*decoder,
				 (struct at_arrival){NOW_US + after_us},
				 &cursor);
}

static const enum flow_protocol protocols[] = {FLOW_NETFLOW9, FLOW_IPFIX};

/* An exporter that said its templates once; what of it was kept. */
static size_t
learn(struct flow_export *export, enum flow_protocol protocol,
      uint8_t bytes[BYTES_MAX])
{
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	const uint64_t before = flow_decoder_learned(decoder);
	struct seen seen = {0, 0};
	size_t length;

	flow_export_init(export, protocol, 7, 100, NOW_US - TIMES_HOUR_US);
	for (unsigned i = 0; i < 1100; i++)
		assert_int_equal(say(decoder, export, 0, &seen), 2);
	assert_true(flow_decoder_learned(decoder) > before);
	length = save(decoder, 0, bytes);
	flow_decoder_free(decoder);
	return length;
}

static void
test_reads_on(void **state)
{
	(void)state;
	for (size_t p = 0; p < 2; p++) {
		uint8_t bytes[BYTES_MAX], again[BYTES_MAX];
		struct flow_exporter_stats stats;
		struct flow_export export;
		struct flow_decoder *decoder;
		struct seen seen = {0, 0};
		size_t length = learn(&export, protocols[p], bytes);

		/* Without it, data wait for their template. */
		decoder = flow_decoder_new(&conf);
		assert_int_equal(say(decoder, &export, 1000000, &seen), 0);
		flow_decoder_free(decoder);
		assert_int_equal(load(&decoder, 2000000, bytes, length), 0);
		/* Kept on by who heard nothing. */
		assert_int_equal(save(decoder, 0, again), length);
		assert_memory_equal(again, bytes, length);
		assert_int_equal(say(decoder, &export, 2000000, &seen), 2);
		assert_int_equal(seen.sampling, 100);
		assert_int_equal(flow_decoder_exporter_count(decoder), 1);
		flow_decoder_exporter(decoder, 0, &stats);
		/* What was said to nobody isn't lost on the way. */
		assert_int_equal(stats.lost, 0);
		assert_int_equal(stats.restarts, 0);
		assert_false(stats.disputed);
		flow_decoder_free(decoder);
	}
}

static void
test_router_restarted_too(void **state)
{
	(void)state;
	for (size_t p = 0; p < 2; p++) {
		uint8_t bytes[BYTES_MAX];
		struct flow_exporter_stats stats;
		struct flow_export export;
		struct flow_decoder *decoder;
		struct seen seen = {0, 0};
		size_t length = learn(&export, protocols[p], bytes);

		assert_int_equal(load(&decoder, 60000000, bytes, length), 0);
		/* Booted since; it believes to have said its templates. */
		export.boot_us = NOW_US + 30000000;
		export.sequence = 0;
		export.since_template = 1;
		assert_int_equal(say(decoder, &export, 60000000, &seen), 0);
		flow_decoder_exporter(decoder, 0, &stats);
		assert_int_equal(stats.restarts, 1);
		assert_int_equal(stats.undecoded, 1);
		flow_decoder_free(decoder);
	}
}

static void
test_too_old(void **state)
{
	uint8_t bytes[BYTES_MAX], again[BYTES_MAX];
	struct flow_export export;
	struct flow_decoder *decoder;
	struct seen seen = {0, 0};
	size_t length = learn(&export, FLOW_NETFLOW9, bytes);

	(void)state;
	assert_int_equal(load(&decoder, TIMES_HOUR_US, bytes, length), 0);
	assert_int_equal(flow_decoder_exporter_count(decoder), 0);
	assert_int_equal(say(decoder, &export, TIMES_HOUR_US, &seen), 0);
	flow_decoder_free(decoder);
	/* Saved lately, but not heard of for an hour: let go. */
	assert_int_equal(load(&decoder, 0, bytes, length), 0);
	length = save(decoder, TIMES_HOUR_US, again);
	flow_decoder_free(decoder);
	assert_int_equal(load(&decoder, TIMES_HOUR_US, again, length), 0);
	assert_int_equal(flow_decoder_exporter_count(decoder), 0);
	flow_decoder_free(decoder);
	/* From the future: some clock is wrong. */
	length = learn(&export, FLOW_NETFLOW9, bytes);
	assert_int_equal(load(&decoder, -1, bytes, length), 0);
	assert_int_equal(flow_decoder_exporter_count(decoder), 0);
	flow_decoder_free(decoder);
}

/* Cut anywhere: refused.  Any byte changed: refused, or read on safely. */
static void
test_damage(void **state)
{
	uint8_t bytes[BYTES_MAX];
	struct flow_export export;
	struct flow_decoder *decoder;
	struct seen seen = {0, 0};
	size_t length = learn(&export, FLOW_NETFLOW9, bytes);
	unsigned refused = 0;

	(void)state;
	for (size_t cut = 0; cut < length; cut++) {
		uint8_t *copy = memory_new(cut + 1, 1);

		assert_non_null(copy);
		memcpy(copy, bytes, cut);
		assert_true(load(&decoder, 0, copy, cut) < 0);
		flow_decoder_free(decoder);
		memory_free(copy);
	}
	assert_int_equal(load(&decoder, 0, bytes, length + 1), LZ_E_FORMAT);
	flow_decoder_free(decoder);
	for (size_t at = 0; at < length; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes[at] ^= (uint8_t)(1u << bit);
			if (load(&decoder, 0, bytes, length) == 0)
				(void)say(decoder, &export, 0, &seen);
			else
				refused++;
			flow_decoder_free(decoder);
			bytes[at] ^= (uint8_t)(1u << bit);
		}
	}
	assert_true(refused > length);
	bytes[1]++;
	assert_int_equal(load(&decoder, 0, bytes, length), LZ_E_VERSION);
	flow_decoder_free(decoder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reads_on),
	    cmocka_unit_test(test_router_restarted_too),
	    cmocka_unit_test(test_too_old),
	    cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
