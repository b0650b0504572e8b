/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a stored event of a case: what is read can be written, and what
 * was written is read back and written the same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "case/step.h"
#include "crypto/sha256.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
decode(const uint8_t *bytes, size_t length, struct case_event *event,
       struct sighting *sighting)
{
	struct cursor cursor;

	cursor_init(&cursor, bytes, length);
	return case_event_decode(&cursor, event, sighting);
}

static size_t
encode(const struct case_event *event, uint8_t *bytes)
{
	struct writer writer;

	writer_init(&writer, bytes, CASE_EVENT_BYTES_MAX);
	case_event_encode(&writer, event);
	lz_assert(!writer.failed);
	return writer.length;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t one[CASE_EVENT_BYTES_MAX], two[CASE_EVENT_BYTES_MAX];
	struct sighting sighting, again;
	struct case_event event;
	size_t length;
	int error;

	if (crypto_init() != 0)
		abort();
	if (decode(data, size, &event, &sighting) != 0)
		return 0;
	length = encode(&event, one);
	error = decode(one, length, &event, &again);
	lz_assert(error == 0);
	lz_assert(encode(&event, two) == length);
	lz_assert(memcmp(one, two, length) == 0);
	error = decode(one, length - 1, &event, &again);
	lz_assert(error != 0);
	return 0;
}
