/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flow record: what one exporter said of packets in ONE direction.
 *
 * A two-way text row (Argus, Zeek) becomes two records, one a direction, with
 * `peer_flags` filled in.  Counts are as exported; `sampling` multiplies them.
 */
#ifndef FACT_FLOW_RECORD_H
#define FACT_FLOW_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/times.h"
#include "fact/rsit.h"
#include "net/addr.h"

enum sampling_from {
	SAMPLING_UNKNOWN = 0, /* nothing known: sampling is 0 */
	SAMPLING_NONE = 1,    /* known to be unsampled: sampling is 1 */
	SAMPLING_ANNOUNCED = 2,
	SAMPLING_CONFIGURED = 3
};

/* TCP flag bits as on the wire. */
#define FLOW_TCP_FIN 0x01
#define FLOW_TCP_SYN 0x02
#define FLOW_TCP_RST 0x04
#define FLOW_TCP_PSH 0x08
#define FLOW_TCP_ACK 0x10
#define FLOW_TCP_URG 0x20

/* flow_record.marks */
#define FLOW_PEER_KNOWN 0x01  /* peer_flags/peer_packets are of this flow */
#define FLOW_INITIATOR 0x02   /* src is known to have begun the flow */
#define FLOW_RESPONDER 0x04   /* dst is known to have begun the flow */
#define FLOW_ICMP_KNOWN 0x08  /* icmp_type and icmp_code are set */
#define FLOW_FLAGS_KNOWN 0x10 /* tcp_flags was in the record */
#define FLOW_THINNED 0x20     /* thinned by replay --sample */
#define FLOW_TEXT 0x40        /* text without a live exporter's clock */
#define FLOW_IMPLAUSIBLE 0x80 /* physically impossible; kept out of rates */

#define FLOW_DIRECTION_IN 0
#define FLOW_DIRECTION_OUT 1
#define FLOW_DIRECTION_UNKNOWN 255

struct flow_record {
	struct addr src, dst;
	struct at_event start, end; /* corrected clock; start <= end */
	struct at_event
	    exported;            /* record time: when a live exporter said it */
	uint64_t packets, bytes; /* src -> dst, as exported */
	/*
	 * What src sent to dst, bounded: equal to `packets` where the record
	 * counts each direction; where text gives only totals, the least and
	 * the most that its bytes allow (detection.md section 5).
	 */
	uint64_t packets_low, packets_high;
	uint32_t exporter; /* index into the decoder's exporter table */
	uint32_t sampling; /* 1:N; 0 unknown */
	uint32_t in_if, out_if, vrf;
	uint16_t sport, dport; /* 0 for ICMP */
	uint8_t proto;
	uint8_t tcp_flags;  /* all flags src sent, ORed */
	uint8_t peer_flags; /* all flags dst sent back, ORed (PEER_KNOWN) */
	uint8_t icmp_type, icmp_code;
	uint8_t sampling_from; /* enum sampling_from */
	uint8_t entered;       /* enum entered */
	uint8_t direction;     /* FLOW_DIRECTION_* */
	uint8_t marks;         /* FLOW_* above */
};

/* Receives decoded records, at most FLOW_BATCH_MAX at a time; it may not keep
 * the pointer. */
#define FLOW_BATCH_MAX 256
typedef void flow_sink(void *context, const struct flow_record *records,
		       size_t count);

#endif
