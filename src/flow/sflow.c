/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of sFlow version 5. */
#include "flow/sflow.h"

#include <string.h>

#define ADDRESS_V4 1
#define ADDRESS_V6 2

/* Enterprise 0's forms of samples ... */
#define SAMPLE_FLOW 1
#define SAMPLE_COUNTER 2
#define SAMPLE_FLOW_EXPANDED 3
#define SAMPLE_COUNTER_EXPANDED 4
/* ... of what a flow sample holds ... */
#define RECORD_HEADER 1
#define RECORD_IPV4 3
#define RECORD_IPV6 4
/* ... and of counters. */
#define COUNTER_INTERFACE 1

/* What a raw header begins with. */
#define HEADER_ETHERNET 1
#define HEADER_IPV4 11
#define HEADER_IPV6 12
#define HEADER_MPLS 13

/* Interfaces of short samples: a number of 30 bits, of a form in two. */
#define IF_FORM(value) ((value) >> 30)
#define IF_NUMBER(value) ((value)&0x3fffffffu)
#define IF_INTERNAL 0x3fffffffu /* of the device itself */
#define SOURCE_CLASS_IF 0
#define SOURCE_MIX UINT32_C(0x9e3779b1)
#define PROTO_TCP 6

bool
sflow_read_header(struct cursor *datagram, struct sflow_header *header)
{
	const uint32_t form = cursor_u32(datagram);
	const uint8_t *addr;

	if (form != ADDRESS_V4 && form != ADDRESS_V6)
		return false;
	addr = cursor_take(datagram, form == ADDRESS_V4 ? 4 : 16);
	if (!addr)
		return false;
	header->agent = form == ADDRESS_V4 ? addr_from_v4_bytes(addr)
					   : addr_from_v6_bytes(addr);
	header->sub_agent = cursor_u32(datagram);
	header->sequence = cursor_u32(datagram);
	header->uptime_ms = cursor_u32(datagram);
	header->samples = cursor_u32(datagram);
	return !datagram->failed;
}

static uint32_t
interface_of(uint32_t form, uint32_t number)
{
	return form == 0 && number != IF_INTERNAL ? number
						  : SFLOW_INTERFACE_NONE;
}

static void
read_source(struct cursor *body, bool expanded, struct sflow_sample *sample)
{
	uint32_t class, index;

	sample->sequence = cursor_u32(body);
	if (expanded) {
		class = cursor_u32(body);
		index = cursor_u32(body);
		sample->source = class * SOURCE_MIX ^ index;
	} else {
		sample->source = cursor_u32(body);
		class = sample->source >> 24;
		index = sample->source & 0xffffff;
	}
	sample->source_if = class == SOURCE_CLASS_IF ? index : 0;
}

static void
read_raw_header(struct cursor *record, struct sflow_sample *sample)
{
	const uint32_t form = cursor_u32(record);
	const uint32_t frame = cursor_u32(record);
	uint32_t link, length;
	const uint8_t *header;

	cursor_skip(record, 4); /* stripped: counted in the frame's length */
	length = cursor_u32(record);
	header = cursor_take(record, length);
	if (!header)
		return;
	switch (form) {
	case HEADER_ETHERNET:
		link = PACKET_LINK_ETHERNET;
		break;
	case HEADER_IPV4:
	case HEADER_IPV6:
		link = PACKET_LINK_RAW;
		break;
	case HEADER_MPLS:
		link = PACKET_LINK_MPLS;
		break;
	default:
		return;
	}
	sample->packet_known = packet_read(link, header, length,
					   &sample->packet) == 0;
	sample->frame_bytes = frame;
}

/* What a device says of the packet where it has no header to show. */
static void
read_sampled_ip(struct cursor *record, bool v6, struct sflow_sample *sample)
{
	const size_t size = v6 ? 16 : 4;
	struct packet packet = {.marks = PACKET_PORTS};
	uint32_t length = cursor_u32(record);
	const uint8_t *addresses;

	packet.proto = (uint8_t)cursor_u32(record);
	addresses = cursor_take(record, 2 * size);
	packet.sport = (uint16_t)cursor_u32(record);
	packet.dport = (uint16_t)cursor_u32(record);
	packet.tcp_flags = (uint8_t)cursor_u32(record);
	if (record->failed || sample->packet_known)
		return;
	packet.src = v6 ? addr_from_v6_bytes(addresses)
			: addr_from_v4_bytes(addresses);
	packet.dst = v6 ? addr_from_v6_bytes(addresses + size)
			: addr_from_v4_bytes(addresses + size);
	packet.ip_length = length;
	if (packet.proto == PROTO_TCP)
		packet.marks |= PACKET_FLAGS;
	sample->packet = packet;
	sample->packet_known = true;
	if (sample->frame_bytes == 0)
		sample->frame_bytes = length;
}

/* A record of a sample, cut out of it; false: it runs past its sample. */
static bool
next_record(struct cursor *body, uint32_t *form, struct cursor *record)
{
	uint32_t length;

	*form = cursor_u32(body);
	length = cursor_u32(body);
	*record = cursor_sub(body, length);
	if (record->failed)
		return false;
	/* Bytes up to a whole word; the last one's are left out by some. */
	if (length % 4 && cursor_left(body) >= 4 - length % 4)
		cursor_skip(body, 4 - length % 4);
	return true;
}

static int
read_flow(struct cursor *body, bool expanded, struct sflow_sample *sample)
{
	uint32_t in, in_form = 0, out, out_form = 0, records;

	read_source(body, expanded, sample);
	sample->sampling = cursor_u32(body);
	cursor_skip(body, 4); /* pool */
	sample->drops = cursor_u32(body);
	if (expanded)
		in_form = cursor_u32(body);
	in = cursor_u32(body);
	if (expanded)
		out_form = cursor_u32(body);
	out = cursor_u32(body);
	if (!expanded) {
		in_form = IF_FORM(in);
		in = IF_NUMBER(in);
		out_form = IF_FORM(out);
		out = IF_NUMBER(out);
	}
	sample->in_if = interface_of(in_form, in);
	sample->out_if = interface_of(out_form, out);
	records = cursor_u32(body);
	if (body->failed)
		return LZ_E_FORMAT;
	for (uint32_t i = 0; i < records && cursor_left(body) > 0; i++) {
		struct cursor record;
		uint32_t form;

		if (!next_record(body, &form, &record))
			return LZ_E_FORMAT;
		if (form == RECORD_HEADER)
			read_raw_header(&record, sample);
		else if (form == RECORD_IPV4 || form == RECORD_IPV6)
			read_sampled_ip(&record, form == RECORD_IPV6, sample);
	}
	return 0;
}

static int
read_counters(struct cursor *body, bool expanded, struct sflow_sample *sample)
{
	uint32_t records;

	read_source(body, expanded, sample);
	records = cursor_u32(body);
	if (body->failed)
		return LZ_E_FORMAT;
	for (uint32_t i = 0; i < records && cursor_left(body) > 0; i++) {
		struct cursor record;
		uint32_t form;

		if (!next_record(body, &form, &record))
			return LZ_E_FORMAT;
		if (form != COUNTER_INTERFACE)
			continue;
		sample->interface = cursor_u32(&record);
		cursor_skip(&record, 4); /* type */
		sample->bits_per_s = cursor_u64(&record);
		sample->speed_known = !record.failed && sample->bits_per_s > 0;
	}
	return 0;
}

int
sflow_read_sample(struct cursor *datagram, struct sflow_sample *sample)
{
	const uint32_t form = cursor_u32(datagram);
	const uint32_t length = cursor_u32(datagram);
	struct cursor body = cursor_sub(datagram, length);

	memset(sample, 0, sizeof(*sample));
	if (body.failed)
		return LZ_E_SHORT;
	switch (form) {
	case SAMPLE_FLOW:
	case SAMPLE_FLOW_EXPANDED:
		sample->kind = SFLOW_FLOW;
		return read_flow(&body, form == SAMPLE_FLOW_EXPANDED, sample);
	case SAMPLE_COUNTER:
	case SAMPLE_COUNTER_EXPANDED:
		sample->kind = SFLOW_COUNTER;
		return read_counters(&body, form == SAMPLE_COUNTER_EXPANDED,
				     sample);
	default:
		sample->kind = SFLOW_OTHER;
		return 0;
	}
}
