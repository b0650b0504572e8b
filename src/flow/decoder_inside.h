/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder's inside, shared by its files: decoder.c walks NetFlow and IPFIX,
 * sflow_decode.c sFlow.  Nobody else includes this.
 */
#ifndef FLOW_DECODER_INSIDE_H
#define FLOW_DECODER_INSIDE_H

#include "flow/decoder.h"
#include "flow/exporter.h"
#include "flow/held.h"
#include "flow/sflow_sources.h"
#include "flow/template.h"
#include "flow/template_table.h"

struct flow_decoder {
	struct flow_decoder_stats stats;
	struct exporter_table exporters;
	struct template_table templates;
	struct sflow_sources sflow;
	struct held held;
	struct template *netflow5; /* a v5 record, as v9 would describe it */
	struct nat_output nat;
	struct nat_event nat_batch[FLOW_BATCH_MAX];
	struct flow_record batch[FLOW_BATCH_MAX];
};

/* One datagram on its way. */
struct run {
	struct flow_decoder *decoder;
	enum flow_protocol protocol;
	struct exporter *exporter;
	struct exporter_stamp stamp;
	int64_t arrival_us;
	struct template *template; /* that held sets waited for */
	flow_sink *sink;
	void *context;
	size_t count, nat_count; /* in the batches */
	bool unread; /* something of it could not be decoded, or not yet */
	struct sequence_records records; /* decoded */
};

/* Counts a refusal, for its exporter where it has one. */
void decoder_refuse(struct flow_decoder *decoder, struct exporter *exporter,
		    enum flow_malformed reason);
/* The exporter of a datagram, another one giving way at the ceiling; NULL: it
 * is counted. */
struct exporter *decoder_exporter(struct flow_decoder *decoder,
				  const struct flow_datagram *datagram,
				  const struct exporter_header *header);
/* Hands the batch on. */
void decoder_flush(struct run *run);

/* A datagram of sFlow 5, behind its version; as flow_decoder_datagram. */
int sflow_datagram(struct flow_decoder *decoder,
		   const struct flow_datagram *datagram, struct cursor *cursor,
		   flow_sink *sink, void *context);

#endif
