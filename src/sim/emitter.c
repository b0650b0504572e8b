/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of traffic, stepped from one export time to the next. */
#include "sim/emitter.h"

#include <string.h>

#include "base/check.h"
#include "sim/isp.h"

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_ICMP6 58
#define SESSION_US_MAX (4 * TIMES_SECOND_US)
#define SERVERS 4000 /* web servers the lines talk to */

static const uint8_t FLAGS_WHOLE = FLOW_TCP_SYN | FLOW_TCP_ACK | FLOW_TCP_PSH |
				   FLOW_TCP_FIN;

static void
record_init(const struct emitter *emitter, bool out, struct flow_record *record)
{
	memset(record, 0, sizeof(*record));
	record->src = out ? emitter->local : emitter->remote;
	record->dst = out ? emitter->remote : emitter->local;
	record->sport = out ? emitter->local_port : emitter->remote_port;
	record->dport = out ? emitter->remote_port : emitter->local_port;
	record->proto = emitter->proto;
	record->exporter = emitter->router;
	record->in_if = out ? ISP_IF_SUBSCRIBER : ISP_IF_BORDER;
	record->out_if = out ? ISP_IF_BORDER : ISP_IF_SUBSCRIBER;
	record->sampling = 1;
	record->sampling_from = SAMPLING_NONE;
	record->direction = FLOW_DIRECTION_IN;
	record->entered = out ? ENTERED_SUBSCRIBER : ENTERED_BORDER;
	record->marks = FLOW_FLAGS_KNOWN;
	if (emitter->proto == PROTO_ICMP || emitter->proto == PROTO_ICMP6) {
		record->marks |= FLOW_ICMP_KNOWN;
		record->icmp_type = out ? emitter->icmp_out : emitter->icmp_in;
		record->sport = 0;
		record->dport = 0;
	}
}

static void
record_count(struct flow_record *record, uint64_t packets, uint32_t size)
{
	record->packets = packets;
	record->packets_low = packets;
	record->packets_high = packets;
	record->bytes = packets * size;
}

/* Packets a steady stream has sent `us` after its start. */
static uint64_t
sent_until(uint64_t mpps, int64_t us)
{
	return mpps * (uint64_t)us / (1000 * (uint64_t)TIMES_SECOND_US);
}

static size_t
stream_half(const struct emitter *emitter, bool out, int64_t end,
	    struct flow_record *record)
{
	uint64_t mpps = out ? emitter->out_mpps : emitter->in_mpps;
	uint64_t packets = sent_until(mpps, end - emitter->from_us) -
			   sent_until(mpps,
				      emitter->slice_us - emitter->from_us);

	if (packets == 0)
		return 0;
	record_init(emitter, out, record);
	record_count(record, packets,
		     out ? emitter->out_bytes : emitter->in_bytes);
	record->tcp_flags = out ? emitter->out_flags : emitter->in_flags;
	record->start.us = emitter->slice_us;
	record->end.us = end;
	record->exported.us = emitter->next_us;
	return 1;
}

static int64_t
stream_slice_end(const struct emitter *emitter)
{
	int64_t end = emitter->slice_us + emitter->active_us;

	return end < emitter->until_us ? end : emitter->until_us;
}

static void
stream_schedule(struct emitter *emitter)
{
	int64_t end = stream_slice_end(emitter);

	emitter->next_us = end;
	if (end == emitter->until_us)
		emitter->next_us += emitter->inactive_us;
}

static size_t
stream_step(struct emitter *emitter, struct flow_record *records)
{
	int64_t end = stream_slice_end(emitter);
	size_t count = stream_half(emitter, true, end, records);

	count += stream_half(emitter, false, end, records + count);
	emitter->slice_us = end;
	if (end == emitter->until_us)
		emitter->next_us = INT64_MAX;
	else
		stream_schedule(emitter);
	return count;
}

static struct addr
random_host(struct rng *rng, const struct prefix *prefix)
{
	struct addr addr = prefix->addr;
	uint64_t low = rng_u64(rng);
	unsigned bit;

	for (bit = prefix->length; bit < 128; bit++) {
		if (low >> (bit % 64) & 1)
			addr.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	return addr;
}

static void
probe_aim(struct emitter *emitter)
{
	const struct emitter_target *target = &emitter->target;
	struct addr addr = random_host(&emitter->rng, &target->prefix);
	uint16_t port = target->port;

	if (target->random_port)
		port = (uint16_t)(1025 + rng_below(&emitter->rng, 64000));
	else if (target->other_port != 0 && rng_below(&emitter->rng, 10) == 0)
		port = target->other_port;
	emitter->remote = addr;
	emitter->remote_port = port;
	if (emitter->random_local_port)
		emitter->local_port =
		    (uint16_t)(1025 + rng_below(&emitter->rng, 64000));
}

static void
probes_schedule(struct emitter *emitter)
{
	uint64_t spread = (uint64_t)emitter->gap_us;

	emitter->at_us += emitter->gap_us / 2 +
			  (int64_t)rng_below(&emitter->rng, spread);
	emitter->next_us = emitter->at_us < emitter->until_us
			       ? emitter->at_us + emitter->inactive_us
			       : INT64_MAX;
}

/* One probe, and what came back. */
static size_t
probes_step(struct emitter *emitter, struct flow_record *records)
{
	bool answered;
	bool whole = emitter->proto == PROTO_TCP && emitter->answer_flags == 0;
	size_t count = 1, i;

	if (!emitter->inbound)
		probe_aim(emitter);
	answered = rng_below(&emitter->rng, 100) < emitter->answered_percent;
	record_init(emitter, !emitter->inbound, &records[0]);
	record_count(&records[0], answered && whole ? 5 : 1, 60);
	records[0].tcp_flags = answered && whole ? FLAGS_WHOLE : FLOW_TCP_SYN;
	if (answered) {
		record_init(emitter, emitter->inbound, &records[1]);
		record_count(&records[1], whole ? 4 : 1, 60);
		records[1].tcp_flags = whole ? FLAGS_WHOLE
					     : emitter->answer_flags;
		count = 2;
	}
	for (i = 0; i < count; i++) {
		if (emitter->proto != PROTO_TCP)
			records[i].tcp_flags = 0;
		records[i].start.us = emitter->at_us;
		records[i].end.us = emitter->at_us;
		records[i].exported.us = emitter->next_us;
	}
	probes_schedule(emitter);
	return count;
}

static void
sessions_schedule(struct emitter *emitter)
{
	int64_t pause = SESSION_US_MAX +
			(int64_t)rng_below(&emitter->rng,
					   30 * (uint64_t)TIMES_SECOND_US);

	emitter->at_us += pause;
	emitter->next_us = emitter->at_us < emitter->until_us
			       ? emitter->at_us + emitter->inactive_us +
				     SESSION_US_MAX
			       : INT64_MAX;
}

/* The web server of this session: one of a fixed crowd. */
static void
sessions_aim(struct emitter *emitter)
{
	static const uint8_t v6_crowd[16] = {0x20, 0x01, 0x0d, 0xb8, 0xf0};
	uint32_t number = (uint32_t)rng_below(&emitter->rng, SERVERS);

	if (addr_is_v4(&emitter->local)) {
		emitter->remote = addr_from_v4(0xc6120000u + number);
	} else {
		emitter->remote = addr_from_v6_bytes(v6_crowd);
		emitter->remote.bytes[14] = (uint8_t)(number >> 8);
		emitter->remote.bytes[15] = (uint8_t)number;
	}
	emitter->remote_port = 443;
	emitter->local_port =
	    (uint16_t)(32768 + rng_below(&emitter->rng, 28000));
}

static size_t
sessions_step(struct emitter *emitter, struct flow_record *records)
{
	int64_t lasts = (int64_t)rng_below(&emitter->rng, SESSION_US_MAX);
	uint64_t out = 6 + rng_below(&emitter->rng, 60);
	bool dead = rng_below(&emitter->rng, 50) == 0;
	size_t count = dead ? 1 : 2, i;

	sessions_aim(emitter);
	record_init(emitter, true, &records[0]);
	record_count(&records[0], dead ? 3 : out, dead ? 60 : 180);
	records[0].tcp_flags = dead ? FLOW_TCP_SYN : FLAGS_WHOLE;
	if (!dead) {
		record_init(emitter, false, &records[1]);
		record_count(&records[1], out * 2, 1100);
		records[1].tcp_flags = FLAGS_WHOLE;
	}
	for (i = 0; i < count; i++) {
		records[i].start.us = emitter->at_us;
		records[i].end.us = emitter->at_us + lasts;
		records[i].exported.us = emitter->next_us;
	}
	sessions_schedule(emitter);
	return count;
}

void
emitter_start(struct emitter *emitter)
{
	emitter->slice_us = emitter->from_us;
	emitter->at_us = emitter->from_us;
	emitter->next_us = INT64_MAX;
	if (emitter->from_us >= emitter->until_us)
		return;
	switch (emitter->kind) {
	case EMITTER_STREAM:
		stream_schedule(emitter);
		break;
	case EMITTER_PROBES:
		probes_schedule(emitter);
		break;
	case EMITTER_SESSIONS:
		sessions_schedule(emitter);
		break;
	}
}

size_t
emitter_step(struct emitter *emitter,
	     struct flow_record records[EMITTER_RECORDS_MAX])
{
	lz_assert(emitter->next_us != INT64_MAX);
	switch (emitter->kind) {
	case EMITTER_STREAM:
		return stream_step(emitter, records);
	case EMITTER_PROBES:
		return probes_step(emitter, records);
	case EMITTER_SESSIONS:
		return sessions_step(emitter, records);
	}
	return 0;
}
