/* SPDX-License-Identifier: Apache-2.0 */
/* Peels a captured frame down to the UDP datagram in it. */
#include "flow/capture.h"

#include "base/cursor.h"
#include "flow/packet.h"

#define PROTO_UDP 17
#define UDP_HEADER 8

int
capture_udp(uint32_t link, const uint8_t *frame, size_t length,
	    struct capture_udp *udp)
{
	struct packet packet;
	struct cursor cursor;
	uint16_t said;
	int error = packet_read(link, frame, length, &packet);

	if (error)
		return error;
	if (packet.proto != PROTO_UDP || packet.marks & PACKET_FRAGMENT)
		return LZ_E_UNSUPPORTED;
	cursor_init(&cursor, packet.payload, packet.payload_length);
	udp->src = packet.src;
	udp->dst = packet.dst;
	udp->sport = cursor_u16(&cursor);
	udp->dport = cursor_u16(&cursor);
	said = cursor_u16(&cursor);
	cursor_skip(&cursor, 2);
	if (cursor.failed)
		return LZ_E_SHORT;
	if (said < UDP_HEADER)
		return LZ_E_FORMAT;
	udp->length = said - (size_t)UDP_HEADER;
	udp->payload = cursor_take(&cursor, udp->length);
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
