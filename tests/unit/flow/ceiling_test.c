/* SPDX-License-Identifier: Apache-2.0 */
/* A table of exporters that somebody fills: routers are heard all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/writer.h"
#include "flow/decoder.h"

#define NOW_US INT64_C(1700000000000000)
#define PLACES 8
#define ROUTER 0xcb007101u
#define FORGER 0xc0000263u

static const uint8_t template_256[] = {1, 0,  0, 3, 0, 8, 0, 4,
				       0, 12, 0, 4, 0, 2, 0, 3};
static const uint8_t data_256[] = {192, 0, 2,    7,    198, 51,
				   100, 9, 0x4c, 0x4b, 0x40};

static void
take(void *context, const struct flow_record *records, size_t count)
{
	size_t *taken = context;

	(void)records;
	*taken += count;
}

/* One IPFIX message of one set; the records it gave, or why not. */
static int
say(struct flow_decoder *decoder, uint32_t address, uint16_t port,
    int64_t after_us, uint16_t set)
{
	const bool data = set >= 256;
	const size_t length = data ? sizeof(data_256) : sizeof(template_256);
	const int64_t now_us = NOW_US + after_us;
	uint8_t bytes[64];
	struct flow_datagram datagram = {.source = addr_from_v4(address),
					 .source_port = port,
					 .arrival = {now_us},
					 .bytes = bytes};
	struct writer writer;
	size_t taken = 0;
	int result;

	writer_init(&writer, bytes, sizeof(bytes));
	writer_u16(&writer, 10);
	writer_u16(&writer, (uint16_t)(20 + length));
	writer_u32(&writer, (uint32_t)(now_us / TIMES_SECOND_US));
	writer_u32(&writer, 0);
	writer_u32(&writer, 0);
	writer_u16(&writer, set);
	writer_u16(&writer, (uint16_t)(4 + length));
	writer_bytes(&writer, data ? data_256 : template_256, length);
	assert_false(writer.failed);
	datagram.length = writer.length;
	result = flow_decoder_datagram(decoder, &datagram, take, &taken);
	return result < 0 ? result : (int)taken;
}

static struct flow_decoder *
decoder_new(struct flow_conf *conf)
{
	struct flow_decoder *decoder;

	conf->exporters_max = PLACES;
	conf->key = (struct hash_key){1, 2};
	decoder = flow_decoder_new(conf);
	assert_non_null(decoder);
	return decoder;
}

/* All places taken; with a record each, or with a template alone. */
static void
fill(struct flow_decoder *decoder, uint32_t address, bool records)
{
	for (uint16_t i = 0; i < PLACES; i++) {
		const int64_t after_us = i * TIMES_SECOND_US;

		assert_int_equal(say(decoder, address, i, after_us, 2), 0);
		if (records)
			assert_int_equal(say(decoder, address, i, after_us,
					     256),
					 1);
	}
}

static void
who_never_said_a_record_goes(void **state)
{
	const int64_t minute = TIMES_MINUTE_US;
	struct flow_conf conf = {0};
	struct flow_decoder *decoder = decoder_new(&conf);
	int64_t at_us = minute;

	(void)state;
	fill(decoder, FORGER, false);
	assert_int_equal(say(decoder, ROUTER, 4000, minute, 2), 0);
	assert_int_equal(say(decoder, ROUTER, 4000, minute, 256), 1);
	/* No flood of further ones takes its place. */
	for (uint16_t port = 100; port < 10100; port++, at_us += 1000)
		(void)say(decoder, FORGER, port, at_us, 2);
	assert_int_equal(say(decoder, ROUTER, 4000, at_us, 256), 1);
	/* And they go through no faster than one in ten milliseconds. */
	assert_int_equal(say(decoder, FORGER, 20000, at_us + 10000, 2), 0);
	(void)say(decoder, FORGER, 20001, at_us + 10000, 2);
	assert_int_equal(say(decoder, FORGER, 20002, at_us + 10000, 2),
			 LZ_E_FULL);
	assert_int_equal(flow_decoder_exporter_count(decoder), PLACES);
	flow_decoder_free(decoder);
}

static void
who_speaks_stays(void **state)
{
	struct flow_conf conf = {0};
	struct flow_decoder *decoder = decoder_new(&conf);

	(void)state;
	fill(decoder, ROUTER, true);
	assert_int_equal(say(decoder, FORGER, 1, TIMES_MINUTE_US, 2),
			 LZ_E_FULL);
	for (uint16_t i = 0; i < PLACES; i++)
		assert_int_equal(say(decoder, ROUTER, i, TIMES_MINUTE_US, 256),
				 1);
	/* The one that was silent for an hour is nobody any more. */
	for (uint16_t i = 1; i < PLACES; i++)
		(void)say(decoder, ROUTER, i, TIMES_HOUR_US, 256);
	assert_int_equal(say(decoder, ROUTER, 99,
			     TIMES_HOUR_US + 2 * TIMES_MINUTE_US, 2),
			 0);
	for (uint16_t i = 1; i < PLACES; i++)
		assert_int_equal(say(decoder, ROUTER, i,
				     TIMES_HOUR_US + 2 * TIMES_MINUTE_US, 256),
				 1);
	flow_decoder_free(decoder);
}

static void
a_configured_one_comes_first(void **state)
{
	struct flow_exporter_conf router = {.addr = addr_from_v4(ROUTER)};
	struct flow_conf conf = {.exporters = &router, .exporter_count = 1};
	struct flow_decoder *decoder = decoder_new(&conf);

	(void)state;
	fill(decoder, FORGER, true);
	assert_int_equal(say(decoder, FORGER, 99, TIMES_MINUTE_US, 2),
			 LZ_E_FULL);
	assert_int_equal(say(decoder, ROUTER, 1, 2 * TIMES_MINUTE_US, 2), 0);
	assert_int_equal(say(decoder, ROUTER, 1, 2 * TIMES_MINUTE_US, 256), 1);
	flow_decoder_free(decoder);
}

/* The places for templates are as few. */
static void
templates_make_room_too(void **state)
{
	struct flow_conf conf = {.templates_max = PLACES - 2};
	struct flow_decoder *decoder = decoder_new(&conf);

	(void)state;
	/* Both are full; the longest silent has no template to give. */
	(void)say(decoder, FORGER, 1000, 0, 256);
	for (uint16_t i = 0; i < PLACES - 1; i++)
		(void)say(decoder, FORGER, i, i * TIMES_SECOND_US, 2);
	(void)say(decoder, ROUTER, 1, TIMES_MINUTE_US, 2);
	assert_int_equal(say(decoder, ROUTER, 1, TIMES_MINUTE_US, 256), 1);
	assert_int_equal(say(decoder, ROUTER, 2, 2 * TIMES_MINUTE_US, 2), 0);
	assert_int_equal(say(decoder, ROUTER, 2, 2 * TIMES_MINUTE_US, 256), 1);
	assert_int_equal(say(decoder, ROUTER, 1, 2 * TIMES_MINUTE_US, 256), 1);
	flow_decoder_free(decoder);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_never_said_a_record_goes),
	    cmocka_unit_test(who_speaks_stays),
	    cmocka_unit_test(a_configured_one_comes_first),
	    cmocka_unit_test(templates_make_room_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
