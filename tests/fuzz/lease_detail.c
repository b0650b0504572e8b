/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a FreeRADIUS detail file, whole and in pieces. */
#include <stddef.h>
#include <stdint.h>

#include "fuzz/lease_feed.h"
#include "lease/detail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
feeder(void *decoder, const struct lease_chunk *chunk,
       const struct lease_output *output)
{
	return detail_feed(decoder, chunk, output);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct accounting_conf conf = {.holder_count = 2,
				       .holders = {ACCOUNTING_CLASS,
						   ACCOUNTING_USER},
				       .clock_bound_us = TIMES_MINUTE_US};
	uint32_t whole, cut;

	/* As long as a chunk, a record is given up before its end. */
	if (size < 2 || size > LEASE_CHUNK_MAX)
		return 0;
	whole = lease_feed_all(feeder, &conf, data + 1, size - 1, size);
	cut = lease_feed_all(feeder, &conf, data + 1, size - 1,
			     data[0] % 61 + 1u);
	lz_assert(whole == cut);
	return 0;
}
