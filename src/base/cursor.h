/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cursor over received bytes, with a sticky error.
 *
 * Each read past the end sets the error and answers 0 (or NULL); once failed,
 * every further read answers 0 and moves nothing.  So a parser is straight
 * line code that checks once at its end.  All integers are in network order.
 * The bytes are borrowed and must outlive the cursor.  Not for writing
 * (base/writer.h) and not for text (base/text.h).
 *
 * Inline: the flow decoders read millions of records a second through it.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

/* bytes may be NULL when length is 0. */
static inline void
cursor_init(struct cursor *cursor, const void *bytes, size_t length)
{
	cursor->at = bytes;
	cursor->end = length ? cursor->at + length : cursor->at;
	cursor->failed = false;
}

/* Bytes not read yet; 0 once failed. */
static inline size_t
cursor_left(const struct cursor *cursor)
{
	return (size_t)(cursor->end - cursor->at);
}

/* Marks the cursor failed: the content made no sense to the caller. */
static inline void
cursor_fail(struct cursor *cursor)
{
	/* Nothing is left from here on, so bounds checks alone keep it so. */
	cursor->end = cursor->at;
	cursor->failed = true;
}

/* Lends length bytes and moves past them; NULL when there are fewer. */
static inline const uint8_t *
cursor_take(struct cursor *cursor, size_t length)
{
	const uint8_t *at = cursor->at;

	if (__builtin_expect(cursor_left(cursor) < length || cursor->failed,
			     0)) {
		cursor_fail(cursor);
		return NULL;
	}
	if (length)
		cursor->at = at + length;
	return at;
}

static inline uint8_t
cursor_u8(struct cursor *cursor)
{
	const uint8_t *at = cursor_take(cursor, 1);

	return at ? at[0] : 0;
}

static inline uint16_t
cursor_u16(struct cursor *cursor)
{
	const uint8_t *at = cursor_take(cursor, 2);

	if (!at)
		return 0;
	return (uint16_t)((unsigned)at[0] << 8 | at[1]);
}

static inline uint32_t
cursor_u32(struct cursor *cursor)
{
	const uint8_t *at = cursor_take(cursor, 4);

	return at ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
			(uint32_t)at[2] << 8 | at[3]
		  : 0;
}

static inline uint64_t
cursor_u64(struct cursor *cursor)
{
	const uint8_t *at = cursor_take(cursor, 8);

	return at ? (uint64_t)at[0] << 56 | (uint64_t)at[1] << 48 |
			(uint64_t)at[2] << 40 | (uint64_t)at[3] << 32 |
			(uint64_t)at[4] << 24 | (uint64_t)at[5] << 16 |
			(uint64_t)at[6] << 8 | at[7]
		  : 0;
}

/* An unsigned integer of 1 to 8 bytes (IPFIX reduced size); else fails. */
static inline uint64_t
cursor_uint(struct cursor *cursor, size_t width)
{
	const uint8_t *at;
	uint64_t value = 0;

	if (width < 1 || width > 8) {
		cursor_fail(cursor);
		return 0;
	}
	at = cursor_take(cursor, width);
	for (size_t i = 0; at && i < width; i++)
		value = value << 8 | at[i];
	return value;
}

/* Moves past length bytes. */
static inline void
cursor_skip(struct cursor *cursor, size_t length)
{
	(void)cursor_take(cursor, length);
}

/*
 * Splits the next length bytes off as a cursor of their own and moves past
 * them.  When there are fewer, both cursors are failed.
 */
static inline struct cursor
cursor_sub(struct cursor *cursor, size_t length)
{
	struct cursor sub;

	cursor_init(&sub, cursor_take(cursor, length), 0);
	sub.failed = cursor->failed;
	if (!sub.failed && length)
		sub.end = sub.at + length;
	return sub;
}

#endif
