/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a story's traffic. */
#include "traffic.h"

#include <string.h>

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define SMALL_BYTES 60
#define SCAN_TARGETS 8 /* tried each slice */
/* Benchmark addresses (RFC 2544): nobody's. */
#define SCAN_NET UINT32_C(0xc6120000)

bool
traffic_begin(struct traffic *traffic, const struct statement *statement,
	      uint32_t exporter, struct at_event now)
{
	struct traffic_source *source;
	const int64_t span_us = statement_gives(statement, "span")
				    ? statement->span_us
				    : TRAFFIC_SLICE_US;

	if (traffic->count == TRAFFIC_SOURCES_MAX)
		return false;
	source = &traffic->sources[traffic->count++];
	*source = (struct traffic_source){.statement = *statement,
					  .next_us = now.us,
					  .end_us = now.us + span_us,
					  .exporter = exporter};
	return true;
}

static int64_t
exported_us(const struct traffic_source *source)
{
	const int64_t end_us = source->next_us + TRAFFIC_SLICE_US;

	return end_us < source->end_us ? end_us : source->end_us;
}

struct at_event
traffic_due(const struct traffic *traffic)
{
	struct at_event due = times_unset();

	for (size_t i = 0; i < traffic->count; i++) {
		const int64_t us = exported_us(&traffic->sources[i]);

		if (!times_is_set(due) || us < due.us)
			due.us = us;
	}
	return due;
}

static struct flow_record
record_of(const struct traffic_source *source, const struct addr *from,
	  const struct addr *to)
{
	const struct statement *say = &source->statement;
	struct flow_record record = {.src = *from,
				     .dst = *to,
				     .start = {source->next_us},
				     .end = {exported_us(source) - 1},
				     .exported = {exported_us(source)},
				     .exporter = source->exporter,
				     .sampling = 1,
				     .sampling_from = SAMPLING_NONE,
				     .entered = say->said & SAID_BORDER
						    ? ENTERED_BORDER
						    : ENTERED_UNKNOWN,
				     .direction = FLOW_DIRECTION_UNKNOWN,
				     .marks = FLOW_FLAGS_KNOWN};

	return record;
}

static void
put_packets(struct flow_record *record, uint64_t packets)
{
	record->packets = record->packets_low = record->packets_high = packets;
	record->bytes = packets * SMALL_BYTES;
}

static size_t
flow_records(const struct traffic_source *source, struct flow_record *records)
{
	const struct statement *say = &source->statement;
	const uint64_t span_us =
	    (uint64_t)(exported_us(source) - source->next_us);
	const uint64_t packets = (uint64_t)say->number * span_us /
				 TIMES_SECOND_US;
	struct flow_record *out = &records[0], *back = &records[1];

	*out = record_of(source, &say->subject.prefix.addr, &say->peer.addr);
	out->proto = (uint8_t)say->peer.proto;
	put_packets(out, packets);
	if (out->proto == PROTO_ICMP) {
		out->icmp_type = 8;
		out->marks |= FLOW_ICMP_KNOWN;
	} else {
		out->sport = say->port > 0 ? (uint16_t)say->port : 40000;
		out->dport = say->peer.port > 0 ? (uint16_t)say->peer.port : 0;
	}
	if (out->proto == PROTO_TCP)
		out->tcp_flags = FLOW_TCP_SYN;
	if (!(say->said & SAID_ANSWERED))
		return 1;
	if (out->proto == PROTO_TCP)
		out->tcp_flags = FLOW_TCP_SYN | FLOW_TCP_ACK | FLOW_TCP_PSH;
	*back = *out;
	back->src = out->dst;
	back->dst = out->src;
	back->sport = out->dport;
	back->dport = out->sport;
	back->icmp_type = 0;
	back->entered = ENTERED_BORDER;
	return 2;
}

static size_t
scan_records(struct traffic_source *source, struct flow_record *records)
{
	const struct statement *say = &source->statement;

	for (size_t i = 0; i < SCAN_TARGETS; i++) {
		const struct addr to =
		    addr_from_v4(SCAN_NET + source->turn++ % 65536);
		struct flow_record *record = &records[i];

		*record = record_of(source, &say->subject.prefix.addr, &to);
		record->proto = PROTO_TCP;
		record->sport = (uint16_t)(40000 + source->turn % 20000);
		record->dport = (uint16_t)say->number;
		record->tcp_flags = FLOW_TCP_SYN;
		put_packets(record, 1);
	}
	return SCAN_TARGETS;
}

static size_t
contact_records(const struct traffic_source *source,
		struct flow_record *records)
{
	const struct statement *say = &source->statement;
	const bool probed = say->said & SAID_PROBED;
	struct flow_record *out = &records[0], *back = &records[1];

	*out = record_of(source, &say->subject.prefix.addr, &say->peer.addr);
	out->proto = (uint8_t)say->peer.proto;
	out->sport = say->port > 0 ? (uint16_t)say->port : 40001;
	out->dport = (uint16_t)say->peer.port;
	out->tcp_flags = probed ? FLOW_TCP_RST | FLOW_TCP_ACK
				: FLOW_TCP_SYN | FLOW_TCP_ACK | FLOW_TCP_PSH;
	put_packets(out, probed ? 1 : 12);
	*back = record_of(source, &say->peer.addr, &say->subject.prefix.addr);
	back->proto = out->proto;
	back->sport = out->dport;
	back->dport = out->sport;
	back->tcp_flags = probed ? FLOW_TCP_SYN
				 : FLOW_TCP_SYN | FLOW_TCP_ACK | FLOW_TCP_PSH;
	back->entered = ENTERED_BORDER;
	put_packets(back, probed ? 1 : 10);
	return 2;
}

size_t
traffic_step(struct traffic *traffic, struct at_event now,
	     struct flow_record records[TRAFFIC_RECORDS_MAX])
{
	for (size_t i = 0; i < traffic->count; i++) {
		struct traffic_source *source = &traffic->sources[i];
		size_t count;

		if (exported_us(source) > now.us)
			continue;
		if (source->statement.kind == SAY_FLOW)
			count = flow_records(source, records);
		else if (source->statement.kind == SAY_SCAN)
			count = scan_records(source, records);
		else
			count = contact_records(source, records);
		source->next_us = exported_us(source);
		if (source->next_us >= source->end_us)
			*source = traffic->sources[--traffic->count];
		return count;
	}
	return 0;
}
