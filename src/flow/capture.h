/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a captured link-layer frame to the UDP datagram in it, whatever packet.h
 * can peel off.  Pure: the frames are read by libpcap in role/.  Fragments are
 * refused.
 */
#ifndef FLOW_CAPTURE_H
#define FLOW_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/errors.h"
#include "net/addr.h"

struct capture_udp {
	struct addr src, dst;
	uint16_t sport, dport;
	const uint8_t *payload; /* borrowed from the frame */
	size_t length;
};

/* link: DLT_* number of the capture.  LZ_E_FORMAT, LZ_E_SHORT (cut by snap
 * length), LZ_E_UNSUPPORTED (not UDP, a fragment, unknown link type). */
LZ_NODISCARD int capture_udp(uint32_t link, const uint8_t *frame, size_t length,
			     struct capture_udp *udp);

/* The ports export datagrams are recognised by. */
bool capture_is_flow_port(uint16_t port);

#endif
