/* SPDX-License-Identifier: Apache-2.0 */
/* Peels a captured frame down to the UDP datagram in it. */
#include <stdbool.h>

#include "base/cursor.h"
#include "flow/capture.h"

/* Link types as pcap numbers them. */
#define LINK_NULL 0
#define LINK_ETHERNET 1
#define LINK_RAW 12
#define LINK_RAW_FILE 101
#define LINK_LINUX_COOKED 113
#define LINK_IPV4 228
#define LINK_IPV6 229

#define ETHER_IPV4 0x0800
#define ETHER_IPV6 0x86dd
#define ETHER_VLAN 0x8100
#define ETHER_QINQ 0x88a8
#define VLAN_TAGS_MAX 4
#define EXTENSIONS_MAX 8
#define PROTO_UDP 17

/* What follows the link header: 4, 6 or 0 for nothing we read. */
static int
ether_version(struct cursor *cursor)
{
	uint16_t type = cursor_u16(cursor);

	for (int tags = 0;
	     tags < VLAN_TAGS_MAX && (type == ETHER_VLAN || type == ETHER_QINQ);
	     tags++) {
		cursor_skip(cursor, 2);
		type = cursor_u16(cursor);
	}
	if (type == ETHER_IPV4)
		return 4;
	return type == ETHER_IPV6 ? 6 : 0;
}

static int
link_version(uint32_t link, struct cursor *cursor)
{
	switch (link) {
	case LINK_ETHERNET:
		cursor_skip(cursor, 12);
		return ether_version(cursor);
	case LINK_LINUX_COOKED:
		cursor_skip(cursor, 14);
		return ether_version(cursor);
	case LINK_NULL:
		cursor_skip(cursor, 4);
		break;
	case LINK_RAW:
	case LINK_RAW_FILE:
	case LINK_IPV4:
	case LINK_IPV6:
		break;
	default:
		return 0;
	}
	return cursor_left(cursor) > 0 ? *cursor->at >> 4 : 0;
}

/* Leaves in *ip what the packet says it carries: padding is cut off. */
static int
ipv4(struct cursor *cursor, struct capture_udp *udp, struct cursor *ip)
{
	uint8_t first = cursor_u8(cursor);
	size_t header = (size_t)(first & 0x0f) * 4;
	uint16_t total, fragment;
	uint8_t proto;
	const uint8_t *addresses;

	cursor_skip(cursor, 1);
	total = cursor_u16(cursor);
	cursor_skip(cursor, 2);
	fragment = cursor_u16(cursor);
	cursor_skip(cursor, 1);
	proto = cursor_u8(cursor);
	cursor_skip(cursor, 2);
	addresses = cursor_take(cursor, 8);
	if (!addresses)
		return LZ_E_SHORT;
	if (first >> 4 != 4 || header < 20 || total < header)
		return LZ_E_FORMAT;
	if ((fragment & 0x3fff) != 0 || proto != PROTO_UDP)
		return LZ_E_UNSUPPORTED;
	udp->src = addr_from_v4_bytes(addresses);
	udp->dst = addr_from_v4_bytes(addresses + 4);
	cursor_skip(cursor, header - 20);
	*ip = cursor_sub(cursor, total - header);
	return ip->failed ? LZ_E_SHORT : 0;
}

static bool
is_extension(uint8_t next)
{
	return next == 0 || next == 43 || next == 60;
}

static int
ipv6(struct cursor *cursor, struct capture_udp *udp, struct cursor *ip)
{
	uint32_t first = cursor_u32(cursor);
	uint16_t payload = cursor_u16(cursor);
	uint8_t next = cursor_u8(cursor);
	const uint8_t *addresses;

	cursor_skip(cursor, 1);
	addresses = cursor_take(cursor, 32);
	if (!addresses)
		return LZ_E_SHORT;
	if (first >> 28 != 6)
		return LZ_E_FORMAT;
	udp->src = addr_from_v6_bytes(addresses);
	udp->dst = addr_from_v6_bytes(addresses + 16);
	*ip = cursor_sub(cursor, payload);
	for (int i = 0; i < EXTENSIONS_MAX && is_extension(next); i++) {
		next = cursor_u8(ip);
		cursor_skip(ip, (size_t)cursor_u8(ip) * 8 + 6);
	}
	if (ip->failed)
		return LZ_E_SHORT;
	return next == PROTO_UDP ? 0 : LZ_E_UNSUPPORTED;
}

int
capture_udp(uint32_t link, const uint8_t *frame, size_t length,
	    struct capture_udp *udp)
{
	struct cursor cursor, ip;
	uint16_t said;
	int version, error;

	cursor_init(&cursor, frame, length);
	version = link_version(link, &cursor);
	if (cursor.failed)
		return LZ_E_SHORT;
	if (version != 4 && version != 6)
		return LZ_E_UNSUPPORTED;
	error = version == 4 ? ipv4(&cursor, udp, &ip)
			     : ipv6(&cursor, udp, &ip);
	if (error)
		return error;
	udp->sport = cursor_u16(&ip);
	udp->dport = cursor_u16(&ip);
	said = cursor_u16(&ip);
	cursor_skip(&ip, 2);
	if (ip.failed)
		return LZ_E_SHORT;
	if (said < 8)
		return LZ_E_FORMAT;
	udp->length = said - 8u;
	udp->payload = cursor_take(&ip, udp->length);
	return udp->payload || udp->length == 0 ? 0 : LZ_E_SHORT;
}

bool
capture_is_flow_port(uint16_t port)
{
	switch (port) {
	case 2055:
	case 4739:
	case 6343:
	case 9995:
	case 9996:
		return true;
	default:
		return false;
	}
}
