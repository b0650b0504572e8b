/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what became of a notice, as it stands in the notifier's spool: what is read is
 * written back as what reads the same, and its texts hold nothing a terminal obeys.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "role/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text, size_t size)
{
	const size_t length = strnlen(text, size);

	lz_assert(length < size);
	for (size_t i = 0; i < length; i++)
		lz_assert((uint8_t)text[i] >= 0x20 && text[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[RECEIPT_BYTES_MAX], twice[RECEIPT_BYTES_MAX];
	struct receipt receipt;
	struct cursor cursor;
	struct writer writer;

	cursor_init(&cursor, data, size);
	if (receipt_decode(&cursor, &receipt) != 0)
		return 0;
	check_text(receipt.proof, sizeof(receipt.proof));
	writer_init(&writer, again, sizeof(again));
	receipt_encode(&writer, &receipt);
	lz_assert(!writer.failed);
	/* Written under today's number: that reads as the same. */
	cursor_init(&cursor, again, writer.length);
	lz_assert(receipt_decode(&cursor, &receipt) == 0);
	writer_init(&writer, twice, sizeof(twice));
	receipt_encode(&writer, &receipt);
	lz_assert(!writer.failed);
	lz_assert(memcmp(again, twice, writer.length) == 0);
	return 0;
}
