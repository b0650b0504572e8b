/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sequence of datagrams, each with its sender's number and arrival, into one
 * decoder with small ceilings.  Input: for each datagram a port byte, a byte
 * of seconds, two bytes of length, the bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "flow/decoder.h"

#define ARRIVAL_US INT64_C(1767607200000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(void *context, const struct flow_record *records, size_t count)
{
	uint64_t *seen = context;

	if (count == 0 || count > FLOW_BATCH_MAX)
		abort();
	for (size_t i = 0; i < count; i++)
		if (records[i].start.us > records[i].end.us ||
		    records[i].packets_low > records[i].packets_high)
			abort();
	*seen += count;
}

static void
check_nat(void *context, const struct nat_event *events, size_t count)
{
	uint64_t *seen = context;

	if (count == 0 || count > FLOW_BATCH_MAX)
		abort();
	for (size_t i = 0; i < count; i++)
		if (events[i].at.us <= 0 || !times_is_set(events[i].exported))
			abort();
	*seen += count;
}

static void
check_word(void *context, const struct nat_word *word)
{
	(void)context;
	if (word->gap > NAT_GAP_UNREAD || word->exporter >= 8)
		abort();
}

/* Whatever comes: no exporter's figures are lost, doubled or below zero. */
static void
check_figures(const struct flow_decoder *decoder, uint64_t seen, uint64_t nat)
{
	const uint32_t count = flow_decoder_exporter_count(decoder);
	struct flow_decoder_stats stats;
	uint64_t records = 0, restarts = 0;

	flow_decoder_stats(decoder, &stats);
	if (stats.records != seen || stats.nat_events != nat || count > 8)
		abort();
	for (uint32_t i = 0; i < count; i++) {
		struct flow_exporter_stats exporter;
		uint64_t given_up = 0;

		flow_decoder_exporter(decoder, i, &exporter);
		for (unsigned k = 0; k < FLOW_GIVEN_UP_COUNT; k++)
			given_up += exporter.given_up[k];
		if (given_up > exporter.undecoded ||
		    exporter.undecoded > given_up + 1024)
			abort();
		records += exporter.records;
		restarts += exporter.restarts;
	}
	/* An IPFIX datagram may hold several messages of four bytes and more. */
	if (records != stats.records || restarts > stats.datagrams * 16384)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct flow_conf conf = {.key = {1, 2},
					      .exporters_max = 8,
					      .templates_max = 32,
					      .held_bytes_max = 4096};
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	struct cursor cursor;
	uint64_t seen = 0, nat = 0;
	const struct nat_output output = {check_nat, check_word, &nat};

	if (!decoder)
		return 0;
	flow_decoder_nat(decoder, &output);
	cursor_init(&cursor, data, size);
	while (cursor_left(&cursor) >= 4) {
		struct flow_datagram datagram = {
		    .source = addr_from_v4(0xcb007101u)};
		const uint8_t *bytes;
		uint8_t *copy;
		size_t left;

		datagram.source_port = cursor_u8(&cursor);
		datagram.arrival.us = ARRIVAL_US +
				      cursor_u8(&cursor) * TIMES_SECOND_US;
		datagram.length = cursor_u16(&cursor);
		left = cursor_left(&cursor);
		if (datagram.length > left)
			datagram.length = left;
		bytes = cursor_take(&cursor, datagram.length);
		/* An exact copy: reading past its end is then seen. */
		copy = malloc(datagram.length + 1);
		if (!copy)
			break;
		if (datagram.length > 0)
			memcpy(copy + 1, bytes, datagram.length);
		datagram.bytes = copy + 1;
		flow_decoder_datagram(decoder, &datagram, check, &seen);
		free(copy);
	}
	check_figures(decoder, seen, nat);
	flow_decoder_free(decoder);
	return 0;
}
