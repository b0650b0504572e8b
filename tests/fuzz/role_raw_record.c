/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a record of the raw log: what is read lies within them, and is
 * written back as the same bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "role/raw_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct raw_record record;
	struct writer writer;
	uint8_t *again;

	if (raw_record_decode(data, size, &record) != 0)
		return 0;
	lz_assert(record.name_length <= RAW_NAME_MAX);
	lz_assert(record.length <= size);
	again = malloc(size + 1);
	lz_assert(again);
	writer_init(&writer, again, size);
	raw_record_encode(&writer, &record);
	lz_assert(!writer.failed && writer.length == size);
	lz_assert(memcmp(again, data, size) == 0);
	free(again);
	return 0;
}
