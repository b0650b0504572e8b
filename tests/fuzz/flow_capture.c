/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A captured frame of the link type in its first byte: what is found must lie
 * inside the frame.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "flow/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
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
	return 0;
}
