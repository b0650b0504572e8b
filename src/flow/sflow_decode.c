/* SPDX-License-Identifier: Apache-2.0 */
/* Walks an sFlow datagram: a record for each packet that was sampled. */
#include <string.h>

#include "flow/decoder_inside.h"
#include "flow/sflow.h"

static uint8_t
direction_of(const struct sflow_sample *sample)
{
	if (sample->source_if == 0 || sample->in_if == sample->out_if)
		return FLOW_DIRECTION_UNKNOWN;
	if (sample->source_if == sample->in_if)
		return FLOW_DIRECTION_IN;
	return sample->source_if == sample->out_if ? FLOW_DIRECTION_OUT
						   : FLOW_DIRECTION_UNKNOWN;
}

static void
set_sampling(const struct exporter *exporter, uint32_t said,
	     struct flow_record *record)
{
	if (exporter->conf && exporter->conf->sampling > 0) {
		record->sampling = exporter->conf->sampling;
		record->sampling_from = SAMPLING_CONFIGURED;
		return;
	}
	record->sampling = said;
	record->sampling_from = said == 0   ? SAMPLING_UNKNOWN
				: said == 1 ? SAMPLING_NONE
					    : SAMPLING_ANNOUNCED;
}

/* The record of one packet; the caller sets its bytes and where it entered. */
static struct flow_record *
add_record(struct run *run, const struct sflow_sample *sample,
	   const struct packet *packet)
{
	struct flow_record *record;

	if (run->count == FLOW_BATCH_MAX)
		decoder_flush(run);
	record = &run->decoder->batch[run->count++];
	memset(record, 0, sizeof(*record));
	record->src = packet->src;
	record->dst = packet->dst;
	record->start.us = record->end.us = run->arrival_us;
	record->exported.us = run->arrival_us;
	record->packets = record->packets_low = record->packets_high = 1;
	record->exporter = run->exporter->index;
	record->in_if = sample->in_if;
	record->out_if = sample->out_if;
	record->proto = packet->proto;
	record->direction = direction_of(sample);
	if (packet->marks & PACKET_PORTS) {
		record->sport = packet->sport;
		record->dport = packet->dport;
	}
	if (packet->marks & PACKET_FLAGS) {
		record->tcp_flags = packet->tcp_flags;
		record->marks |= FLOW_FLAGS_KNOWN;
	}
	if (packet->marks & PACKET_ICMP) {
		record->icmp_type = packet->icmp_type;
		record->icmp_code = packet->icmp_code;
		record->marks |= FLOW_ICMP_KNOWN;
	}
	set_sampling(run->exporter, sample->sampling, record);
	run->exporter->stats.records++;
	run->decoder->stats.records++;
	return record;
}

static void
take_packet(struct run *run, const struct sflow_sample *sample)
{
	struct flow_record *record = add_record(run, sample, &sample->packet);
	struct packet inner;

	run->exporter->announced = sample->sampling;
	record->bytes = sample->frame_bytes ? sample->frame_bytes
					    : sample->packet.ip_length;
	record->entered = exporter_entered(run->exporter, sample->in_if);
	if (packet_inner(&sample->packet, &inner) != 0)
		return;
	record = add_record(run, sample, &inner);
	record->bytes = inner.ip_length;
	record->entered = ENTERED_BORDER;
}

static int
read_samples(struct run *run, struct cursor *cursor, uint32_t samples)
{
	struct flow_decoder *decoder = run->decoder;
	struct exporter *exporter = run->exporter;

	for (uint32_t i = 0; i < samples; i++) {
		struct sflow_sample sample;
		const int error = sflow_read_sample(cursor, &sample);

		if (error) {
			decoder_refuse(decoder, exporter,
				       error == LZ_E_SHORT
					   ? FLOW_MALFORMED_SET_LENGTH
					   : FLOW_MALFORMED_RECORD);
			if (error == LZ_E_SHORT)
				return error;
			continue;
		}
		if (sample.kind != SFLOW_FLOW)
			continue;
		run->records.all++;
		run->records.flows++;
		exporter_lost(exporter, sflow_sources_heard(&decoder->sflow,
							    exporter->index,
							    sample.source,
							    sample.sequence));
		if (sample.packet_known)
			take_packet(run, &sample);
	}
	return 0;
}

int
sflow_datagram(struct flow_decoder *decoder,
	       const struct flow_datagram *datagram, struct cursor *cursor,
	       flow_sink *sink, void *context)
{
	struct run run = {.decoder = decoder,
			  .protocol = FLOW_SFLOW5,
			  .arrival_us = datagram->arrival.us,
			  .sink = sink,
			  .context = context};
	struct exporter_header header = {.protocol = FLOW_SFLOW5,
					 .export_us = datagram->arrival.us,
					 .arrival = datagram->arrival};
	struct flow_datagram agents = *datagram;
	struct sflow_header said;
	int error;

	if (!sflow_read_header(cursor, &said)) {
		decoder_refuse(decoder, NULL, FLOW_MALFORMED_HEADER);
		return LZ_E_SHORT;
	}
	/* Several agents speak through one replicator: its own name counts. */
	agents.source = said.agent;
	agents.source_port = 0;
	header.uptime_ms = said.uptime_ms;
	header.sequence = said.sequence;
	header.domain = said.sub_agent;
	run.exporter = decoder_exporter(decoder, &agents, &header);
	if (!run.exporter)
		return LZ_E_FULL;
	if (exporter_restarted(run.exporter, &header))
		sflow_sources_forget(&decoder->sflow, run.exporter->index);
	run.exporter->stats.datagrams++;
	error = read_samples(&run, cursor, said.samples);
	decoder_flush(&run);
	(void)exporter_heard(run.exporter, &header, &run.records);
	return error ? error : (int)run.records.all;
}
