/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an export of radacct, whole and in pieces. */
#include <stddef.h>
#include <stdint.h>

#include "fuzz/lease_feed.h"
#include "lease/radacct.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
feeder(void *decoder, const struct lease_chunk *chunk,
       const struct lease_output *output)
{
	return radacct_feed(decoder, chunk, output);
}

/* A fresh reader each time: it learns the form of times. */
static uint32_t
read_all(const uint8_t *data, size_t size, size_t piece, bool zone_told)
{
	struct accounting_conf conf = {.holder_count = 3,
				       .holders = {ACCOUNTING_CLASS,
						   ACCOUNTING_USER,
						   ACCOUNTING_CALLING},
				       .clock_bound_us = TIMES_MINUTE_US};
	struct radacct *radacct = radacct_new(&conf, zone_told, -3600);
	uint32_t crc;

	lz_assert(radacct);
	crc = lease_feed_all(feeder, radacct, data, size, piece);
	radacct_free(radacct);
	return crc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t whole, cut;
	bool zone_told;

	if (size < 2 || size > LEASE_CHUNK_MAX)
		return 0;
	zone_told = data[0] & 1;
	whole = read_all(data + 1, size - 1, size, zone_told);
	cut = read_all(data + 1, size - 1, data[0] % 61 + 1u, zone_told);
	lz_assert(whole == cut);
	return 0;
}
