/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as JSON: the reader ends, its slices lie in the input, opening and
 * closing tokens pair off, and skipping a value ends where walking it does.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/json_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_slice(struct slice slice, const char *bytes, size_t size)
{
	char text[256];
	int length;

	if (slice.length == 0)
		return;
	lz_assert(slice.at >= bytes && slice.at + slice.length <= bytes + size);
	length = json_text(slice, text, sizeof(text));
	lz_assert(length < (int)sizeof(text) && length <= (int)slice.length);
}

/* Offset behind the first value, by walking it; 0: it isn't whole. */
static size_t
walk(const char *bytes, size_t size)
{
	struct json_reader reader;
	struct json_token token;
	size_t open = 0, first = 0;

	json_reader_init(&reader, bytes, size);
	while (json_next(&reader, &token) != JSON_END) {
		if (token.kind == JSON_BAD) {
			lz_assert(json_next(&reader, &token) == JSON_BAD);
			return first;
		}
		check_slice(token.key, bytes, size);
		check_slice(token.raw, bytes, size);
		lz_assert(token.offset < size);
		if (token.kind == JSON_OBJECT || token.kind == JSON_ARRAY)
			open++;
		if (token.kind == JSON_OBJECT_END ||
		    token.kind == JSON_ARRAY_END) {
			lz_assert(open > 0);
			open--;
		}
		lz_assert(open == reader.depth && open < JSON_READER_DEPTH_MAX);
		if (open == 0 && first == 0)
			first = reader.offset;
	}
	lz_assert(open == 0);
	return first;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct json_reader reader;
	struct json_token token;
	size_t end = walk(bytes, size);

	json_reader_init(&reader, bytes, size);
	if (json_next(&reader, &token) == JSON_END ||
	    json_skip(&reader, &token) != 0)
		end = 0;
	lz_assert(end == 0 || reader.offset == end);
	return 0;
}
