/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what a device said, as it stands in the enforcer's spool: what is
 * read is written back as the same bytes, and its texts hold nothing a terminal
 * obeys.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "role/effect.h"

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
	uint8_t again[EFFECT_BYTES_MAX];
	struct effect effect;
	struct cursor cursor;
	struct writer writer;

	cursor_init(&cursor, data, size);
	if (effect_decode(&cursor, &effect) != 0)
		return 0;
	check_text(effect.device, sizeof(effect.device));
	check_text(effect.detail, sizeof(effect.detail));
	writer_init(&writer, again, sizeof(again));
	effect_encode(&writer, &effect);
	lz_assert(!writer.failed && writer.length == size);
	lz_assert(memcmp(again, data, size) == 0);
	return 0;
}
