/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams through the flow decoder to leases.  Input: a byte of profile, then
 * for each datagram a byte of seconds, two bytes of length, the bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "flow/decoder.h"
#include "lease/nat.h"
#include "lease/reason.h"

#define ARRIVAL_US INT64_C(1767607200000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	struct nat *nat;
	struct nat_source source;
	uint64_t gathered, refused;
};

static void
take_lease(void *context, const struct lease_event *event)
{
	(void)context;
	if (event->kind == 0 || event->kind >= LEASE_KIND_COUNT ||
	    event->subject_count > 1 ||
	    !memchr(event->session, '\0', sizeof(event->session)))
		abort();
	if (event->subject_count == 0)
		return;
	/* Whatever comes: a tenure has an inside, an outside and ports. */
	if (!event->inside_told || addr_is_unspecified(&event->inside) ||
	    addr_equal(&event->inside,
		       &event->subjects[0].subject.prefix.addr) ||
	    !subject_has_ports(&event->subjects[0].subject) ||
	    event->subjects[0].subject.port_first >
		event->subjects[0].subject.port_last ||
	    event->at.us < TIMES_EARLIEST_US || event->error_us < 0)
		abort();
}

static void
take_refusal(void *context, uint64_t offset, const char *reason)
{
	struct run *run = context;

	(void)offset;
	if (!reason_find(reason))
		abort();
	run->refused++;
}

static void
take_events(void *context, const struct nat_event *events, size_t count)
{
	struct run *run = context;

	if (nat_gather(run->nat, events, count) == 0)
		run->gathered += count;
}

static void
take_word(void *context, const struct nat_word *word)
{
	struct run *run = context;
	const struct lease_output output = {take_lease, take_refusal, run};

	nat_settle(run->nat, word, &run->source, &output);
	if (run->refused > run->gathered)
		abort();
}

static void
take_flows(void *context, const struct flow_record *records, size_t count)
{
	(void)context;
	(void)records;
	if (count == 0)
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
	struct run run = {.nat = nat_new()};
	const struct nat_output output = {take_events, take_word, &run};
	struct cursor cursor;

	if (!decoder || !run.nat)
		goto end;
	flow_decoder_nat(decoder, &output);
	cursor_init(&cursor, data, size);
	run.source.profile = cursor_u8(&cursor) % 3;
	while (cursor_left(&cursor) >= 3) {
		struct flow_datagram datagram = {.source =
						     addr_from_v4(0xcb007101u),
						 .source_port = 40000};
		size_t length;

		datagram.arrival.us = ARRIVAL_US +
				      cursor_u8(&cursor) * TIMES_SECOND_US;
		length = cursor_u16(&cursor);
		if (length > cursor_left(&cursor))
			length = cursor_left(&cursor);
		datagram.length = length;
		datagram.bytes = cursor_take(&cursor, length);
		nat_speaker(run.source.speaker, &datagram.source, 5);
		run.source.arrival = datagram.arrival;
		(void)flow_decoder_datagram(decoder, &datagram, take_flows,
					    NULL);
	}
end:
	nat_free(run.nat);
	flow_decoder_free(decoder);
	return 0;
}
