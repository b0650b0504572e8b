/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded text: slices of received text, and a buffer that text is built in.
 *
 * A slice borrows bytes (no NUL at its end).  The buffer is the caller's;
 * what doesn't fit sets `full` and is left out, it and all that comes after;
 * the text stays NUL-terminated.
 * No locale is ever asked.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

struct slice {
	const char *at;
	size_t length;
};

struct slice slice_of(const char *text);
bool slice_equal(struct slice slice, const char *text);
/* The same, letters A-Z and a-z being one. */
bool slice_equal_folded(struct slice slice, const char *text);
/* Without leading and trailing blanks, tabs and CR. */
struct slice slice_trim(struct slice slice);
/*
 * Splits at the first `separator`: answers what stands before it and moves
 * *rest behind it; without one answers all and leaves *rest empty (at = NULL).
 */
struct slice slice_split(struct slice *rest, char separator);

/*
 * Whole-slice decimal number, no sign, no blanks, at least one digit;
 * LZ_E_FORMAT, or LZ_E_RANGE above `max`.  *value is set only on 0.
 */
LZ_NODISCARD int slice_u64(struct slice slice, uint64_t max, uint64_t *value);
/* As slice_u64 for "0x..." hexadecimal (prefix required). */
LZ_NODISCARD int slice_hex(struct slice slice, uint64_t max, uint64_t *value);
/*
 * A non-negative decimal with at most 18 digits before the point, as
 * millionths (further digits are cut): "2.983247" -> 2983247.
 */
LZ_NODISCARD int slice_micro(struct slice slice, int64_t *micro);

struct text {
	char *at;
	size_t length;
	size_t capacity; /* of the buffer, NUL included; at least 1 */
	bool full;
};

void text_init(struct text *text, char *buffer, size_t capacity);
void text_char(struct text *text, char c);
void text_add(struct text *text, const char *string);
void text_slice(struct text *text, struct slice slice);
void text_bytes(struct text *text, const void *bytes, size_t length);
void text_u64(struct text *text, uint64_t value);
void text_i64(struct text *text, int64_t value);
/* Decimal with leading zeros up to `width` digits. */
void text_padded(struct text *text, uint64_t value, unsigned width);
/* Lower-case hexadecimal, two digits a byte. */
void text_hex(struct text *text, const uint8_t *bytes, size_t length);

/* Copies with NUL; answers false (and cuts) when it doesn't fit. */
bool text_copy(char *to, size_t capacity, struct slice from);

#endif
