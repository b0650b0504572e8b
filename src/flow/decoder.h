/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetFlow v5, v9 (RFC 3954), IPFIX (RFC 7011) and sFlow 5 over UDP: datagrams
 * in, flow records out.
 *
 * One receive path for live sockets and captures: templates are compiled once
 * into copy steps, a datagram is decoded in batches, nothing is allocated per
 * record.  Exporters are told apart by source address, source port and
 * observation domain; a router that restarts on another port is recognised.  Data that comes before its template is held (bounded:
 * the newest are kept) and decoded when the template arrives, with the times
 * of its own datagram.
 * What translators say of their bindings goes a way of its own.  An sFlow sample
 * is a record of one packet, at its arrival (sFlow says no time); its exporter
 * is the agent it names, whoever sent it on.  What such a packet carries in a
 * tunnel is a record beside it, entered as if by the border: whoever builds a
 * tunnel may write any address inside.
 * Sampling announced in options is applied.  Everything refused is counted
 * with its reason; nothing a datagram says can end the process.
 *
 * Not here: sockets, file formats (capture.h), text (argus.h), other versions
 * (counted as unsupported).  One decoder belongs to one thread.
 */
#ifndef FLOW_DECODER_H
#define FLOW_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/times.h"
#include "base/writer.h"
#include "fact/flow_record.h"
#include "fact/nat_event.h"
#include "flow/flow_conf.h"

#define FLOW_EXPORTERS_MAX_DEFAULT 1024
#define FLOW_TEMPLATES_MAX_DEFAULT 8192
#define FLOW_HELD_BYTES_MAX_DEFAULT (4u << 20)

/* Why a datagram, set or record was refused. */
enum flow_malformed {
	FLOW_MALFORMED_HEADER,     /* shorter than its header */
	FLOW_MALFORMED_VERSION,    /* a version nobody decodes here */
	FLOW_MALFORMED_LENGTH,     /* IPFIX length or v5 count disagrees */
	FLOW_MALFORMED_SET_LENGTH, /* set length 0..3 or past the datagram */
	FLOW_MALFORMED_TEMPLATE,   /* field count, id or width impossible */
	FLOW_MALFORMED_RECORD,     /* a variable length runs past its set */
	FLOW_MALFORMED_CEILING,    /* exporters or templates are full */
	FLOW_MALFORMED_COUNT
};
/* snake_case name for machine output: "set_length" ... */
const char *flow_malformed_name(enum flow_malformed reason);

/* Why a data set that waited for its template was given up. */
enum flow_given_up {
	FLOW_GIVEN_UP_FULL,    /* newer ones needed its place */
	FLOW_GIVEN_UP_LATE,    /* it waited for more than half an hour */
	FLOW_GIVEN_UP_RESTART, /* templates of another life came */
	FLOW_GIVEN_UP_COUNT
};
/* snake_case name for machine output: "full" ... */
const char *flow_given_up_name(enum flow_given_up reason);

struct flow_datagram {
	struct addr source;
	uint16_t source_port;
	struct at_arrival arrival;
	const uint8_t *bytes;
	size_t length;
};

enum flow_protocol {
	FLOW_PROTOCOL_NONE = 0,
	FLOW_NETFLOW5 = 5,
	FLOW_NETFLOW9 = 9,
	FLOW_IPFIX = 10,
	FLOW_SFLOW5 = 105
};
/* "netflow5", "netflow9", "ipfix", "sflow5"; "none". */
const char *flow_protocol_name(enum flow_protocol protocol);
/* What its sequence numbers count: "flows", "datagrams", "records",
 * "samples". */
const char *flow_protocol_lost_unit(enum flow_protocol protocol);

struct flow_exporter_stats {
	struct addr addr;
	uint16_t source_port;
	uint32_t domain;
	enum flow_protocol protocol;
	uint64_t datagrams, records;
	uint64_t nat_events; /* what translators said: no records */
	uint64_t lost;       /* by sequence: flow_protocol_lost_unit */
	uint64_t restarts;
	uint64_t undecoded; /* data sets that wait for a template, or did in
			       vain: these by reason */
	uint64_t given_up[FLOW_GIVEN_UP_COUNT];
	uint64_t implausible;
	uint64_t malformed[FLOW_MALFORMED_COUNT];
	int64_t clock_offset_us; /* exporter's clock - ours, 0 when trusted */
	/* Datagrams on another clock than the exporter's: their records are
	 * implausible.  A real step of the clock costs the first five. */
	uint64_t clock_doubts;
	uint32_t sampling;
	uint8_t sampling_from;
	/* Another index goes on for it, with its figures: not to be shown. */
	bool superseded;
	bool disputed; /* second sequence stream, jump back, odd template */
};

struct flow_decoder_stats {
	uint64_t datagrams, records, nat_events;
	uint64_t unsupported; /* NetFlow v1, v7: not read here */
	uint64_t
	    malformed[FLOW_MALFORMED_COUNT]; /* also those of no exporter */
};

struct flow_decoder;

/* NULL when there is no memory.  conf is borrowed for the decoder's life. */
struct flow_decoder *flow_decoder_new(const struct flow_conf *conf);
void flow_decoder_free(struct flow_decoder *decoder);

/*
 * Where translators' events go, which are no traffic (templates that hold a
 * natEvent): first what a datagram holds of them, in pieces of at most
 * FLOW_BATCH_MAX, then one word of the datagram itself, which says whether
 * others may be missing.  Without it they are counted only.  Copied.
 */
void flow_decoder_nat(struct flow_decoder *decoder,
		      const struct nat_output *output);

/*
 * Decodes one datagram; records go to `sink`, batch by batch.  Answers the
 * number of records, or a negative error when the datagram was refused as a
 * whole (it has been counted either way).
 */
int flow_decoder_datagram(struct flow_decoder *decoder,
			  const struct flow_datagram *datagram, flow_sink *sink,
			  void *context);

/*
 * What routers say once in many minutes (templates, samplers), to be kept over
 * a restart of ours: without it data can't be read until they say it again.
 * An exporter that restarted meanwhile is told by its uptime or sequence and
 * starts anew.
 */
/* Grows whenever templates change. */
uint64_t flow_decoder_learned(const struct flow_decoder *decoder);
/* Bytes that saving takes at most. */
size_t flow_decoder_save_bytes(const struct flow_decoder *decoder);
/* Of exporters heard within the last hour before `now`. */
void flow_decoder_save(const struct flow_decoder *decoder,
		       struct at_arrival now, struct writer *writer);
/*
 * Into a decoder that has seen nothing.  Older than an hour: nothing is taken.
 * LZ_E_VERSION, LZ_E_FORMAT, LZ_E_FULL, LZ_E_MEMORY: the decoder holds a part of
 * it then, and is best freed.
 */
LZ_NODISCARD int flow_decoder_load(struct flow_decoder *decoder,
				   struct at_arrival now,
				   struct cursor *cursor);

/* Number of exporters seen, and one of them (index < count). */
uint32_t flow_decoder_exporter_count(const struct flow_decoder *decoder);
void flow_decoder_exporter(const struct flow_decoder *decoder, uint32_t index,
			   struct flow_exporter_stats *stats);
void flow_decoder_stats(const struct flow_decoder *decoder,
			struct flow_decoder_stats *stats);

#endif
