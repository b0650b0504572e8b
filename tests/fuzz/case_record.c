/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a stored case: what is read can be written, and what was
 * written is read back and written the same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "case/step.h"
#include "crypto/sha256.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct room {
	struct case_record record;
	uint8_t one[CASE_RECORD_BYTES_MAX], two[CASE_RECORD_BYTES_MAX];
};

static int
decode(const uint8_t *bytes, size_t length, struct case_record *record)
{
	struct cursor cursor;

	cursor_init(&cursor, bytes, length);
	return case_record_decode(&cursor, record);
}

static size_t
encode(const struct case_record *record, uint8_t *bytes)
{
	struct writer writer;

	writer_init(&writer, bytes, CASE_RECORD_BYTES_MAX);
	case_record_encode(&writer, record);
	lz_assert(!writer.failed);
	return writer.length;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct room *room = memory_new(1, sizeof(*room));
	size_t length;
	int error;

	if (crypto_init() != 0 || !room)
		abort();
	if (decode(data, size, &room->record) == 0) {
		length = encode(&room->record, room->one);
		error = decode(room->one, length, &room->record);
		lz_assert(error == 0);
		lz_assert(encode(&room->record, room->two) == length);
		lz_assert(memcmp(room->one, room->two, length) == 0);
		/* One byte less is no record. */
		error = decode(room->one, length - 1, &room->record);
		lz_assert(error != 0);
	}
	memory_free(room);
	return 0;
}
