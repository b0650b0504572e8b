/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as "ask again who held this": what is read is written back as the
 * same bytes, and its cause holds nothing a terminal obeys.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "role/binding_changed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[BINDING_CHANGED_BYTES_MAX];
	struct binding_changed changed;
	struct cursor cursor;
	struct writer writer;

	cursor_init(&cursor, data, size);
	if (binding_changed_decode(&cursor, &changed) != 0)
		return 0;
	lz_assert(changed.from.us < changed.to.us);
	for (const char *at = changed.cause; *at; at++)
		lz_assert((uint8_t)*at >= 0x20 && *at != 0x7f);
	writer_init(&writer, again, sizeof(again));
	binding_changed_encode(&writer, &changed);
	lz_assert(!writer.failed && writer.length == size);
	lz_assert(memcmp(again, data, size) == 0);
	return 0;
}
