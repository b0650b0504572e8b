/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A captured frame of the link type in its first byte: what is found must lie
 * inside the frame.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "flow/capture.h"
#include "flow/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_payload(const struct packet *packet, const uint8_t *frame, size_t length)
{
	if (packet->payload_length > 0 &&
	    (packet->payload < frame ||
	     packet->payload + packet->payload_length > frame + length))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet packet, inner;
	struct capture_udp udp;
	const uint8_t *frame;
	size_t length;

	if (size < 1)
		return 0;
	frame = data + 1;
	length = size - 1;
	if (capture_udp(data[0], frame, length, &udp) == 0 &&
	    (udp.payload < frame || udp.length > length ||
	     udp.payload + udp.length > frame + length))
		abort();
	/* Number 255 stands for labels without a frame (sFlow). */
	if (packet_read(data[0] == 255 ? PACKET_LINK_MPLS : data[0], frame,
			length, &packet) != 0)
		return 0;
	check_payload(&packet, frame, length);
	if (packet_inner(&packet, &inner) == 0)
		check_payload(&inner, frame, length);
	return 0;
}
