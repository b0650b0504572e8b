/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as dhcpd's lease file, whole and in pieces. */
#include <stddef.h>
#include <stdint.h>

#include "crypto/sha256.h"
#include "fuzz/lease_feed.h"
#include "lease/isc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
feeder(void *decoder, const struct lease_chunk *chunk,
       const struct lease_output *output)
{
	return isc_feed(decoder, chunk, output);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct isc isc;
	uint8_t first;

	if (size < 2 || size > LEASE_CHUNK_MAX || crypto_init() != 0)
		return 0;
	first = data[0];
	isc = (struct isc){.holder_by = first % 5,
			   .grace_us = first % 2 * TIMES_MINUTE_US};
	lz_assert(
	    lease_feed_all(feeder, &isc, data + 1, size - 1, size) ==
	    lease_feed_all(feeder, &isc, data + 1, size - 1, first % 61 + 1u));
	return 0;
}
