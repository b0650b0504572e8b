/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sFlow version 5: the form of its datagrams (sflow.org, "sFlow Version 5",
 * 2004), and nothing of who sent them.
 *
 * A datagram is a header and samples; each is read on its own, so that one that
 * makes no sense costs itself alone.  Part of the decoder; nobody else includes
 * this.
 */
#ifndef FLOW_SFLOW_H
#define FLOW_SFLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "flow/packet.h"

struct sflow_header {
	struct addr agent; /* who samples, whoever sends it on */
	uint32_t sub_agent;
	uint32_t sequence; /* datagrams of this sub-agent */
	uint32_t uptime_ms;
	uint32_t samples;
};

/* An interface number of a sample: none, or several (a multicast). */
#define SFLOW_INTERFACE_NONE 0

enum sflow_kind {
	SFLOW_FLOW,    /* a packet */
	SFLOW_COUNTER, /* counters of an interface */
	SFLOW_OTHER    /* a form of another maker's, or none of a packet */
};

struct sflow_sample {
	enum sflow_kind kind;
	uint32_t source;    /* class << 24 | index; of expanded ones mixed */
	uint32_t source_if; /* interface that samples; 0: it isn't one */
	uint32_t sequence;  /* samples of this source */
	/* Of a flow sample. */
	uint32_t sampling; /* 1:N; 0: not said */
	uint32_t in_if, out_if;
	uint32_t drops;       /* samples that its agent lost, in all */
	bool packet_known;    /* what follows is set */
	uint32_t frame_bytes; /* on the wire, where said */
	struct packet packet;
	/* Of a counter sample. */
	bool speed_known;
	uint32_t interface;
	uint64_t bits_per_s;
};

/* Behind the four bytes of the version.  False: cut, or no address. */
bool sflow_read_header(struct cursor *datagram, struct sflow_header *header);

/*
 * The next sample.  LZ_E_SHORT: its length runs past the datagram: nothing
 * behind it can be found; LZ_E_FORMAT: it makes no sense, the next one may.
 * The packet borrows from the datagram.
 */
LZ_NODISCARD int sflow_read_sample(struct cursor *datagram,
				   struct sflow_sample *sample);

#endif
