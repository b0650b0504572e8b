/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a list of machines, whole and in pieces, and as a JSON body. */
#include <stddef.h>
#include <stdint.h>

#include "crypto/sha256.h"
#include "fuzz/lease_feed.h"
#include "lease/machines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
feed_csv(void *decoder, const struct lease_chunk *chunk,
	 const struct lease_output *output)
{
	return machines_feed(decoder, chunk, output);
}

static size_t
feed_json(void *decoder, const struct lease_chunk *chunk,
	  const struct lease_output *output)
{
	machines_json(decoder, chunk, output);
	return chunk->bytes.length;
}

static uint32_t
read_all(lease_feeder *feeder, const uint8_t *data, size_t size, size_t piece)
{
	struct machines *machines = machines_new(0, 0);
	uint32_t crc;

	lz_assert(machines);
	crc = lease_feed_all(feeder, machines, data, size, piece);
	machines_free(machines);
	return crc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t first;

	if (size < 2 || size > LEASE_CHUNK_MAX || crypto_init() != 0)
		return 0;
	first = data[0];
	data++;
	size--;
	if (first % 2)
		(void)read_all(feed_json, data, size, size);
	else
		lz_assert(read_all(feed_csv, data, size, size) ==
			  read_all(feed_csv, data, size, first % 61 + 1u));
	return 0;
}
