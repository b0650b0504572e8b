/* SPDX-License-Identifier: Apache-2.0 */
/* Peels a packet: link, tags, labels, PPPoE, IP, ports. */
#include <string.h>

#include "base/cursor.h"
#include "flow/packet.h"

#define ETHER_IPV4 0x0800
#define ETHER_IPV6 0x86dd
#define ETHER_VLAN 0x8100
#define ETHER_QINQ 0x88a8
#define ETHER_QINQ_OLD 0x9100
#define ETHER_QINQ_OLDER 0x9200
#define ETHER_MPLS 0x8847
#define ETHER_MPLS_MULTICAST 0x8848
#define ETHER_PPPOE 0x8864
#define ETHER_BRIDGED 0x6558 /* in GRE: an Ethernet frame */
#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057

#define PROTO_HOP_BY_HOP 0
#define PROTO_ICMP 1
#define PROTO_IPIP 4
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_IPV6 41
#define PROTO_ROUTING 43
#define PROTO_FRAGMENT 44
#define PROTO_GRE 47
#define PROTO_AUTHENTICATION 51
#define PROTO_ICMP6 58
#define PROTO_DESTINATION 60
#define PROTO_SCTP 132
#define PROTO_MOBILITY 135
#define PROTO_UDPLITE 136

#define GRE_CHECKSUM 0x8000u
#define GRE_ROUTING 0x4000u
#define GRE_KEY 0x2000u
#define GRE_SEQUENCE 0x1000u
#define GRE_VERSION 0x0007u

static bool
is_tag(uint16_t type)
{
	return type == ETHER_VLAN || type == ETHER_QINQ ||
	       type == ETHER_QINQ_OLD || type == ETHER_QINQ_OLDER;
}

/* ---- IP ---- */

static void
read_ports(struct cursor *ip, struct packet *packet)
{
	struct cursor at = *ip;
	const uint16_t first = cursor_u16(&at), second = cursor_u16(&at);

	if (at.failed)
		return;
	switch (packet->proto) {
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_SCTP:
	case PROTO_UDPLITE:
		packet->sport = first;
		packet->dport = second;
		packet->marks |= PACKET_PORTS;
		break;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		packet->icmp_type = (uint8_t)(first >> 8);
		packet->icmp_code = (uint8_t)first;
		packet->marks |= PACKET_ICMP;
		return;
	default:
		return;
	}
	if (packet->proto != PROTO_TCP)
		return;
	packet->tcp_sequence = cursor_u32(&at);
	cursor_skip(&at, 5);
	packet->tcp_flags = cursor_u8(&at);
	if (!at.failed)
		packet->marks |= PACKET_FLAGS;
	else
		packet->tcp_flags = 0;
}

/* Payload is what was captured of what the packet says it carries. */
static void
set_payload(const struct cursor *ip, size_t said, struct packet *packet)
{
	const size_t left = cursor_left(ip);

	packet->payload = ip->at;
	packet->payload_length = said < left ? said : left;
}

static int
read_ipv4(struct cursor *cursor, struct packet *packet)
{
	const uint8_t first = cursor_u8(cursor);
	const size_t header = (size_t)(first & 0x0f) * 4;
	const uint8_t *addresses;
	struct cursor ip;
	uint16_t fragment;

	cursor_skip(cursor, 1);
	packet->ip_length = cursor_u16(cursor);
	cursor_skip(cursor, 2);
	fragment = cursor_u16(cursor);
	cursor_skip(cursor, 1);
	packet->proto = cursor_u8(cursor);
	cursor_skip(cursor, 2);
	addresses = cursor_take(cursor, 8);
	if (!addresses)
		return LZ_E_SHORT;
	if (first >> 4 != 4 || header < 20 || packet->ip_length < header)
		return LZ_E_FORMAT;
	packet->src = addr_from_v4_bytes(addresses);
	packet->dst = addr_from_v4_bytes(addresses + 4);
	if (fragment & 0x3fff)
		packet->marks |= PACKET_FRAGMENT;
	if (fragment & 0x1fff)
		packet->marks |= PACKET_LATER_FRAGMENT;
	cursor_skip(cursor, header - 20);
	if (cursor->failed)
		return 0; /* cut in its options: addresses are all there is */
	set_payload(cursor, packet->ip_length - header, packet);
	cursor_init(&ip, packet->payload, packet->payload_length);
	if (!(packet->marks & PACKET_LATER_FRAGMENT))
		read_ports(&ip, packet);
	return 0;
}

/* One extension header; false: there is none of ours, or it is cut. */
static bool
read_extension(struct cursor *ip, struct packet *packet)
{
	struct cursor at = *ip;
	uint8_t next, length;
	uint16_t fragment;

	switch (packet->proto) {
	case PROTO_HOP_BY_HOP:
	case PROTO_ROUTING:
	case PROTO_DESTINATION:
	case PROTO_MOBILITY:
		next = cursor_u8(&at);
		length = cursor_u8(&at);
		cursor_skip(&at, (size_t)length * 8 + 6);
		break;
	case PROTO_AUTHENTICATION:
		next = cursor_u8(&at);
		length = cursor_u8(&at);
		cursor_skip(&at, (size_t)length * 4 + 6);
		break;
	case PROTO_FRAGMENT:
		next = cursor_u8(&at);
		cursor_skip(&at, 1);
		fragment = cursor_u16(&at);
		cursor_skip(&at, 4);
		if (at.failed)
			return false;
		packet->marks |= PACKET_FRAGMENT;
		if (fragment & 0xfff8)
			packet->marks |= PACKET_LATER_FRAGMENT;
		break;
	default:
		return false;
	}
	if (at.failed)
		return false;
	packet->proto = next;
	*ip = at;
	return true;
}

static int
read_ipv6(struct cursor *cursor, struct packet *packet)
{
	const uint32_t first = cursor_u32(cursor);
	const uint16_t payload = cursor_u16(cursor);
	const uint8_t *addresses;
	struct cursor ip;

	packet->proto = cursor_u8(cursor);
	cursor_skip(cursor, 1);
	addresses = cursor_take(cursor, 32);
	if (!addresses)
		return LZ_E_SHORT;
	if (first >> 28 != 6)
		return LZ_E_FORMAT;
	packet->src = addr_from_v6_bytes(addresses);
	packet->dst = addr_from_v6_bytes(addresses + 16);
	packet->ip_length = 40u + payload;
	set_payload(cursor, payload, packet);
	cursor_init(&ip, packet->payload, packet->payload_length);
	for (int i = 0; i < PACKET_EXTENSIONS_MAX; i++)
		if (packet->marks & PACKET_LATER_FRAGMENT ||
		    !read_extension(&ip, packet))
			break;
	packet->payload = ip.at;
	packet->payload_length = cursor_left(&ip);
	if (!(packet->marks & PACKET_LATER_FRAGMENT))
		read_ports(&ip, packet);
	return 0;
}

static int
read_ip(struct cursor *cursor, struct packet *packet)
{
	if (cursor_left(cursor) == 0)
		return LZ_E_SHORT;
	switch (*cursor->at >> 4) {
	case 4:
		return read_ipv4(cursor, packet);
	case 6:
		return read_ipv6(cursor, packet);
	default:
		return LZ_E_FORMAT;
	}
}

/* ---- what lies above IP ---- */

static int read_ethernet(struct cursor *cursor, struct packet *packet,
			 bool wrapped);

/*
 * Labels say nothing of what they carry: IP shows by its version, and a
 * pseudowire by the zeros of its control word (RFC 4385).
 */
static int
read_mpls(struct cursor *cursor, struct packet *packet, bool wrapped)
{
	uint32_t label = 0;

	for (int i = 0; i < PACKET_LABELS_MAX && !(label & 0x100); i++)
		label = cursor_u32(cursor);
	if (cursor->failed || cursor_left(cursor) == 0)
		return LZ_E_SHORT;
	if (!(label & 0x100))
		return LZ_E_FORMAT;
	switch (*cursor->at >> 4) {
	case 4:
	case 6:
		return read_ip(cursor, packet);
	case 0:
		cursor_skip(cursor, 4);
		return wrapped ? LZ_E_UNSUPPORTED
			       : read_ethernet(cursor, packet, true);
	default:
		return LZ_E_UNSUPPORTED;
	}
}

static int
read_pppoe(struct cursor *cursor, struct packet *packet)
{
	uint16_t proto;

	cursor_skip(cursor, 6);
	proto = cursor_u16(cursor);
	if (cursor->failed)
		return LZ_E_SHORT;
	return proto == PPP_IPV4 || proto == PPP_IPV6 ? read_ip(cursor, packet)
						      : LZ_E_UNSUPPORTED;
}

/* What an EtherType announces, with the tags before it. */
static int
read_type(struct cursor *cursor, struct packet *packet, bool wrapped)
{
	uint16_t type = cursor_u16(cursor);

	for (int i = 0; i < PACKET_TAGS_MAX && is_tag(type); i++) {
		const uint16_t tag = cursor_u16(cursor) & 0x0fff;

		if (packet->vlan == 0)
			packet->vlan = tag;
		type = cursor_u16(cursor);
	}
	if (cursor->failed)
		return LZ_E_SHORT;
	switch (type) {
	case ETHER_IPV4:
	case ETHER_IPV6:
		return read_ip(cursor, packet);
	case ETHER_MPLS:
	case ETHER_MPLS_MULTICAST:
		return read_mpls(cursor, packet, wrapped);
	case ETHER_PPPOE:
		return read_pppoe(cursor, packet);
	default:
		return LZ_E_UNSUPPORTED;
	}
}

/* wrapped: it is itself inside a frame, which may not go on for ever. */
static int
read_ethernet(struct cursor *cursor, struct packet *packet, bool wrapped)
{
	cursor_skip(cursor, 12);
	return read_type(cursor, packet, wrapped);
}

/* What it carries stands first, 18 bytes before it. */
static int
read_cooked2(struct cursor *cursor, struct packet *packet)
{
	const uint16_t type = cursor_u16(cursor);

	cursor_skip(cursor, 18);
	if (cursor->failed)
		return LZ_E_SHORT;
	return type == ETHER_IPV4 || type == ETHER_IPV6
		   ? read_ip(cursor, packet)
		   : LZ_E_UNSUPPORTED;
}

int
packet_read(uint32_t link, const uint8_t *frame, size_t length,
	    struct packet *packet)
{
	struct packet read = {.vlan = 0};
	struct cursor cursor;
	int error;

	cursor_init(&cursor, frame, length);
	switch (link) {
	case PACKET_LINK_ETHERNET:
		error = read_ethernet(&cursor, &read, false);
		break;
	case PACKET_LINK_LINUX_COOKED:
		cursor_skip(&cursor, 14);
		error = read_type(&cursor, &read, false);
		break;
	case PACKET_LINK_LINUX_COOKED2:
		error = read_cooked2(&cursor, &read);
		break;
	case PACKET_LINK_NULL:
		cursor_skip(&cursor, 4);
		error = read_ip(&cursor, &read);
		break;
	case PACKET_LINK_RAW:
	case PACKET_LINK_RAW_FILE:
	case PACKET_LINK_IPV4:
	case PACKET_LINK_IPV6:
		error = read_ip(&cursor, &read);
		break;
	case PACKET_LINK_MPLS:
		error = read_mpls(&cursor, &read, false);
		break;
	default:
		error = LZ_E_UNSUPPORTED;
	}
	if (!error)
		*packet = read;
	return error;
}

/* RFC 2784 and 2890; PPTP's (version 1) carries PPP and is left alone. */
static int
read_gre(struct cursor *cursor, struct packet *packet)
{
	const uint16_t flags = cursor_u16(cursor);
	const uint16_t type = cursor_u16(cursor);

	if (flags & (GRE_VERSION | GRE_ROUTING))
		return LZ_E_UNSUPPORTED;
	if (flags & GRE_CHECKSUM)
		cursor_skip(cursor, 4);
	if (flags & GRE_KEY)
		cursor_skip(cursor, 4);
	if (flags & GRE_SEQUENCE)
		cursor_skip(cursor, 4);
	if (cursor->failed)
		return LZ_E_SHORT;
	switch (type) {
	case ETHER_IPV4:
	case ETHER_IPV6:
		return read_ip(cursor, packet);
	case ETHER_BRIDGED:
		return read_ethernet(cursor, packet, true);
	case ETHER_MPLS:
		return read_mpls(cursor, packet, true);
	default:
		return LZ_E_UNSUPPORTED;
	}
}

int
packet_inner(const struct packet *outer, struct packet *inner)
{
	struct packet read = {.vlan = 0};
	struct cursor cursor;
	int error;

	if (outer->marks & PACKET_LATER_FRAGMENT)
		return LZ_E_UNSUPPORTED;
	cursor_init(&cursor, outer->payload, outer->payload_length);
	switch (outer->proto) {
	case PROTO_IPIP:
	case PROTO_IPV6:
		error = read_ip(&cursor, &read);
		break;
	case PROTO_GRE:
		error = read_gre(&cursor, &read);
		break;
	default:
		return LZ_E_UNSUPPORTED;
	}
	if (!error)
		*inner = read;
	return error;
}
