/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers of one packet, from its link layer down to its ports: for sFlow's
 * raw headers and for metering of captured packets.
 *
 * What an operator's own equipment wraps around a subscriber's packet is taken
 * off: any stack of VLAN tags, MPLS labels (with or without a pseudowire),
 * PPPoE.  A tunnel of IP in IP is a packet of its own (protocol 4, 41, 47): who
 * builds it may write whatever he likes inside, so what is inside is asked for
 * apart, by packet_inner.
 *
 * Pure; bounded by the bytes that are there.  A header cut by the snap length
 * answers what stood before the cut.  Not here: payload, reassembly, checksums.
 */
#ifndef FLOW_PACKET_H
#define FLOW_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "net/addr.h"

/* Link types as pcap numbers them. */
#define PACKET_LINK_NULL 0
#define PACKET_LINK_ETHERNET 1
#define PACKET_LINK_RAW 12
#define PACKET_LINK_RAW_FILE 101
#define PACKET_LINK_LINUX_COOKED 113
#define PACKET_LINK_IPV4 228
#define PACKET_LINK_IPV6 229
#define PACKET_LINK_LINUX_COOKED2 276
/* None of pcap's: an MPLS label stack without a frame around it (sFlow). */
#define PACKET_LINK_MPLS 0x10000

#define PACKET_TAGS_MAX 8        /* VLAN tags */
#define PACKET_LABELS_MAX 16     /* MPLS labels */
#define PACKET_EXTENSIONS_MAX 12 /* IPv6 extension headers */

struct packet {
	struct addr src, dst;
	uint16_t sport, dport; /* PACKET_PORTS */
	uint8_t proto;         /* of the last header that could be read */
	uint8_t tcp_flags;     /* PACKET_FLAGS */
	uint8_t icmp_type, icmp_code; /* PACKET_ICMP */
	uint8_t marks;
	uint16_t vlan;          /* outermost tag's; 0: none */
	uint32_t ip_length;     /* of the whole packet, as it says itself */
	uint32_t tcp_sequence;  /* PACKET_FLAGS */
	const uint8_t *payload; /* behind the IP headers, as far as captured */
	size_t payload_length;  /* no more than the packet says it has */
};

/* packet.marks */
#define PACKET_PORTS 0x01
#define PACKET_FLAGS 0x02 /* of TCP; its sequence number too */
#define PACKET_ICMP 0x04
#define PACKET_LATER_FRAGMENT 0x08 /* its ports are in another packet */
#define PACKET_FRAGMENT 0x10       /* one of several, the first or later */

/*
 * Reads a frame.  LZ_E_SHORT: cut before both addresses were there;
 * LZ_E_FORMAT: lengths or versions that can't be; LZ_E_UNSUPPORTED: not IP, or
 * an unknown link type.  *packet is set only on 0 and borrows from frame.
 */
LZ_NODISCARD int packet_read(uint32_t link, const uint8_t *frame, size_t length,
			     struct packet *packet);

/*
 * The packet inside of one of IP in IP, 6in4 or GRE (with IP or an Ethernet
 * frame in it).  As packet_read; LZ_E_UNSUPPORTED: it isn't such a tunnel.
 */
LZ_NODISCARD int packet_inner(const struct packet *outer, struct packet *inner);

#endif
