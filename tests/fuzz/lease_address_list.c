/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an address list and as port blocks, whole and in pieces. */
#include <stddef.h>
#include <stdint.h>

#include "crypto/sha256.h"
#include "fuzz/lease_feed.h"
#include "lease/address_list.h"
#include "lease/block_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
feed_list(void *decoder, const struct lease_chunk *chunk,
	  const struct lease_output *output)
{
	return address_list_feed(decoder, chunk, output);
}

static size_t
feed_blocks(void *decoder, const struct lease_chunk *chunk,
	    const struct lease_output *output)
{
	return block_csv_feed(decoder, chunk, output);
}

static uint32_t
read_all(uint8_t first, const uint8_t *data, size_t size, size_t piece)
{
	struct address_list *list = address_list_new(first * 60, 0);
	struct block_csv *blocks = block_csv_new(first * 60, 0);
	uint32_t crc;

	lz_assert(list && blocks);
	crc = first % 2
		  ? lease_feed_all(feed_list, list, data, size, piece)
		  : lease_feed_all(feed_blocks, blocks, data, size, piece);
	address_list_free(list);
	block_csv_free(blocks);
	return crc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > LEASE_CHUNK_MAX || crypto_init() != 0)
		return 0;
	lz_assert(read_all(data[0], data + 1, size - 1, size) ==
		  read_all(data[0], data + 1, size - 1, data[0] % 61 + 1u));
	return 0;
}
