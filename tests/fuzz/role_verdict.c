/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a person's word on a case, as it stands in the command spool:
 * what is read is written back as the same bytes, and its texts hold nothing a
 * terminal obeys.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "role/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text)
{
	const size_t length = strnlen(text, VERDICT_TEXT_SIZE);

	lz_assert(length < VERDICT_TEXT_SIZE);
	for (size_t i = 0; i < length; i++)
		lz_assert((uint8_t)text[i] >= 0x20 && text[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[VERDICT_BYTES_MAX];
	struct verdict verdict;
	struct cursor cursor;
	struct writer writer;

	cursor_init(&cursor, data, size);
	if (verdict_decode(&cursor, &verdict) != 0)
		return 0;
	lz_assert(verdict_is(data, size));
	check_text(verdict.judge);
	check_text(verdict.note);
	writer_init(&writer, again, sizeof(again));
	verdict_encode(&writer, &verdict);
	lz_assert(!writer.failed && writer.length == size);
	lz_assert(memcmp(again, data, size) == 0);
	return 0;
}
