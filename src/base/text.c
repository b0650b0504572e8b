/* SPDX-License-Identifier: Apache-2.0 */
/* Slices and the bounded text buffer.  ASCII only: no locale is asked. */
#include "base/text.h"

#include <string.h>

#include "base/check.h"

#define MICRO_DIGITS_MAX 18
#define U64_DIGITS_MAX 20

struct slice
slice_of(const char *text)
{
	return (struct slice){text, strlen(text)};
}

bool
slice_equal(struct slice slice, const char *text)
{
	size_t length = strlen(text);

	return slice.length == length &&
	       (length == 0 || memcmp(slice.at, text, length) == 0);
}

static char
folded(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
slice_equal_folded(struct slice slice, const char *text)
{
	if (slice.length != strlen(text))
		return false;
	for (size_t i = 0; i < slice.length; i++)
		if (folded(slice.at[i]) != folded(text[i]))
			return false;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct slice
slice_trim(struct slice slice)
{
	while (slice.length && is_blank(slice.at[0])) {
		slice.at++;
		slice.length--;
	}
	while (slice.length && is_blank(slice.at[slice.length - 1]))
		slice.length--;
	return slice;
}

struct slice
slice_split(struct slice *rest, char separator)
{
	struct slice head = *rest;
	const char *found = rest->length
				? memchr(rest->at, separator, rest->length)
				: NULL;

	if (!found) {
		*rest = (struct slice){NULL, 0};
		return head;
	}
	head.length = (size_t)(found - head.at);
	rest->at = found + 1;
	rest->length -= head.length + 1;
	return head;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int
slice_u64(struct slice slice, uint64_t max, uint64_t *value)
{
	uint64_t sum = 0;
	bool over = false;

	if (slice.length == 0)
		return LZ_E_FORMAT;
	for (size_t i = 0; i < slice.length; i++) {
		if (!is_digit(slice.at[i]))
			return LZ_E_FORMAT;
		over |= __builtin_mul_overflow(sum, 10u, &sum);
		over |= __builtin_add_overflow(sum,
					       (uint64_t)(slice.at[i] - '0'),
					       &sum);
	}
	if (over || sum > max)
		return LZ_E_RANGE;
	*value = sum;
	return 0;
}

static int
hex_digit(char c)
{
	c = folded(c);
	if (is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
slice_hex(struct slice slice, uint64_t max, uint64_t *value)
{
	uint64_t sum = 0;
	bool over = false;

	if (slice.length < 3 || slice.at[0] != '0' ||
	    folded(slice.at[1]) != 'x')
		return LZ_E_FORMAT;
	for (size_t i = 2; i < slice.length; i++) {
		int digit = hex_digit(slice.at[i]);

		if (digit < 0)
			return LZ_E_FORMAT;
		over |= sum >> 60 != 0;
		sum = sum << 4 | (uint64_t)digit;
	}
	if (over || sum > max)
		return LZ_E_RANGE;
	*value = sum;
	return 0;
}

int
slice_micro(struct slice slice, int64_t *micro)
{
	struct slice fraction = slice;
	struct slice whole = slice_split(&fraction, '.');
	uint64_t units, millionths = 0;
	int64_t sum;
	int error = slice_u64(whole, UINT64_MAX, &units);

	if (error == LZ_E_FORMAT || (fraction.at && fraction.length == 0))
		return LZ_E_FORMAT;
	for (size_t i = 0; i < fraction.length; i++)
		if (!is_digit(fraction.at[i]))
			return LZ_E_FORMAT;
	for (size_t i = 0; i < 6; i++)
		millionths = millionths * 10 +
			     (i < fraction.length
				  ? (uint64_t)(fraction.at[i] - '0')
				  : 0);
	if (error || whole.length > MICRO_DIGITS_MAX ||
	    __builtin_mul_overflow((int64_t)units, (int64_t)1000000, &sum) ||
	    __builtin_add_overflow(sum, (int64_t)millionths, &sum))
		return LZ_E_RANGE;
	*micro = sum;
	return 0;
}

void
text_init(struct text *text, char *buffer, size_t capacity)
{
	lz_assert(capacity > 0);
	text->at = buffer;
	text->length = 0;
	text->capacity = capacity;
	text->full = false;
	buffer[0] = '\0';
}

void
text_bytes(struct text *text, const void *bytes, size_t length)
{
	if (text->full || text->capacity - text->length - 1 < length) {
		text->full = true;
		return;
	}
	if (length)
		memcpy(text->at + text->length, bytes, length);
	text->length += length;
	text->at[text->length] = '\0';
}

void
text_char(struct text *text, char c)
{
	text_bytes(text, &c, 1);
}

void
text_add(struct text *text, const char *string)
{
	text_bytes(text, string, strlen(string));
}

void
text_slice(struct text *text, struct slice slice)
{
	text_bytes(text, slice.at, slice.length);
}

void
text_padded(struct text *text, uint64_t value, unsigned width)
{
	char digits[U64_DIGITS_MAX];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	for (size_t length = sizeof(digits) - at; length < width; length++)
		text_char(text, '0');
	text_bytes(text, digits + at, sizeof(digits) - at);
}

void
text_u64(struct text *text, uint64_t value)
{
	text_padded(text, value, 1);
}

void
text_i64(struct text *text, int64_t value)
{
	if (value < 0)
		text_char(text, '-');
	text_u64(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void
text_hex(struct text *text, const uint8_t *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++) {
		const char pair[2] = {digits[bytes[i] >> 4],
				      digits[bytes[i] & 15]};

		text_bytes(text, pair, 2);
	}
}

bool
text_copy(char *to, size_t capacity, struct slice from)
{
	size_t length = from.length;

	lz_assert(capacity > 0);
	if (length > capacity - 1)
		length = capacity - 1;
	if (length)
		memcpy(to, from.at, length);
	to[length] = '\0';
	return length == from.length;
}
