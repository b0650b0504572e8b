/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counterpart of the cursor: writes into a buffer of the caller's, in
 * network order, with a sticky error.  A write that doesn't fit sets the error
 * and writes nothing, nor does any later one; `length` is what was written
 * before.
 */
#ifndef BASE_WRITER_H
#define BASE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct writer {
	uint8_t *bytes;
	size_t length;
	size_t capacity;
	bool failed;
};

static inline void
writer_init(struct writer *writer, void *bytes, size_t capacity)
{
	writer->bytes = bytes;
	writer->length = 0;
	writer->capacity = capacity;
	writer->failed = false;
}

/* Where the next `length` bytes go, counted as written; NULL if no room. */
static inline uint8_t *
writer_room(struct writer *writer, size_t length)
{
	uint8_t *at;

	if (writer->failed || writer->capacity - writer->length < length) {
		writer->failed = true;
		return NULL;
	}
	at = length ? writer->bytes + writer->length : writer->bytes;
	writer->length += length;
	return at;
}

/* The low `width` bytes (1 to 8) of value; any other width fails. */
static inline void
writer_uint(struct writer *writer, uint64_t value, size_t width)
{
	uint8_t *at;

	if (width < 1 || width > 8) {
		writer->failed = true;
		return;
	}
	at = writer_room(writer, width);
	for (size_t i = width; at && i-- > 0; value >>= 8)
		at[i] = (uint8_t)value;
}

static inline void
writer_u8(struct writer *writer, uint8_t value)
{
	writer_uint(writer, value, 1);
}

static inline void
writer_u16(struct writer *writer, uint16_t value)
{
	writer_uint(writer, value, 2);
}

static inline void
writer_u32(struct writer *writer, uint32_t value)
{
	writer_uint(writer, value, 4);
}

static inline void
writer_u64(struct writer *writer, uint64_t value)
{
	writer_uint(writer, value, 8);
}

/* bytes may be NULL when length is 0. */
static inline void
writer_bytes(struct writer *writer, const void *bytes, size_t length)
{
	uint8_t *at = writer_room(writer, length);

	if (at && length)
		memcpy(at, bytes, length);
}

/*
 * Overwrites two or four bytes written before, at `offset`; fails when they
 * were not written.
 */
void writer_patch_u16(struct writer *writer, size_t offset, uint16_t value);
void writer_patch_u32(struct writer *writer, size_t offset, uint32_t value);

#endif
