/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the bytes.  What a comma or a colon may stand before is known
 * from the depth, the kind of the innermost value and whether it has begun.
 */
#include "base/json_reader.h"

#include <string.h>

#define SURROGATE_FIRST 0xd800u
#define SURROGATE_LOW 0xdc00u
#define SURROGATE_LAST 0xdfffu

void
json_reader_init(struct json_reader *reader, const char *bytes, size_t length)
{
	*reader = (struct json_reader){.bytes = bytes,
				       .length = length,
				       .first = true};
}

static bool
more(const struct json_reader *reader)
{
	return reader->offset < reader->length;
}

static char
here(const struct json_reader *reader)
{
	return more(reader) ? reader->bytes[reader->offset] : '\0';
}

static void
blanks(struct json_reader *reader)
{
	while (more(reader)) {
		char c = here(reader);

		if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			return;
		reader->offset++;
	}
}

static bool
accept(struct json_reader *reader, char c)
{
	if (!more(reader) || here(reader) != c)
		return false;
	reader->offset++;
	return true;
}

static bool
word(struct json_reader *reader, const char *text)
{
	size_t length = strlen(text);

	if (reader->length - reader->offset < length ||
	    memcmp(reader->bytes + reader->offset, text, length) != 0)
		return false;
	reader->offset += length;
	return true;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The four digits behind "\u"; -1 when they aren't. */
static int32_t
hex_four(const char *at, size_t length)
{
	int32_t value = 0;

	if (length < 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* What a one-letter escape stands for; 0: it is none. */
static char
escaped(char letter)
{
	switch (letter) {
	case '"':
	case '\\':
	case '/':
		return letter;
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return '\0';
	}
}

/* A string whose opening quote is here. */
static bool
string(struct json_reader *reader, struct slice *raw)
{
	size_t from;

	if (!accept(reader, '"'))
		return false;
	from = reader->offset;
	while (more(reader)) {
		char c = reader->bytes[reader->offset++];

		if ((unsigned char)c < ' ')
			return false;
		if (c == '"') {
			raw->at = reader->bytes + from;
			raw->length = reader->offset - 1 - from;
			return true;
		}
		if (c != '\\')
			continue;
		if (accept(reader, 'u')) {
			if (hex_four(reader->bytes + reader->offset,
				     reader->length - reader->offset) < 0)
				return false;
			reader->offset += 4;
		} else if (!escaped(here(reader))) {
			return false;
		} else {
			reader->offset++;
		}
	}
	return false;
}

static bool
digits(struct json_reader *reader)
{
	size_t from = reader->offset;

	while (more(reader) && here(reader) >= '0' && here(reader) <= '9')
		reader->offset++;
	return reader->offset > from;
}

static bool
number(struct json_reader *reader, struct slice *raw)
{
	size_t from = reader->offset;

	(void)accept(reader, '-');
	if (!accept(reader, '0') && !digits(reader))
		return false;
	if (accept(reader, '.') && !digits(reader))
		return false;
	if (accept(reader, 'e') || accept(reader, 'E')) {
		if (!accept(reader, '+'))
			(void)accept(reader, '-');
		if (!digits(reader))
			return false;
	}
	raw->at = reader->bytes + from;
	raw->length = reader->offset - from;
	return true;
}

static enum json_kind
bad(struct json_reader *reader, struct json_token *token)
{
	reader->bad = true;
	token->kind = JSON_BAD;
	return JSON_BAD;
}

static bool
inside_object(const struct json_reader *reader)
{
	return reader->objects >> (reader->depth - 1) & 1;
}

static bool
open_value(struct json_reader *reader, bool object)
{
	uint32_t bit = UINT32_C(1) << reader->depth;

	if (reader->depth == JSON_READER_DEPTH_MAX - 1)
		return false;
	reader->objects = object ? reader->objects | bit
				 : reader->objects & ~bit;
	reader->depth++;
	reader->first = true;
	return true;
}

/* The value that stands here; false: none does. */
static bool
value(struct json_reader *reader, struct json_token *token)
{
	token->offset = reader->offset;
	switch (here(reader)) {
	case '{':
	case '[':
		token->kind = here(reader) == '{' ? JSON_OBJECT : JSON_ARRAY;
		reader->offset++;
		return open_value(reader, token->kind == JSON_OBJECT);
	case '"':
		token->kind = JSON_STRING;
		return string(reader, &token->raw);
	case 't':
		token->kind = JSON_TRUE;
		return word(reader, "true");
	case 'f':
		token->kind = JSON_FALSE;
		return word(reader, "false");
	case 'n':
		token->kind = JSON_NULL;
		return word(reader, "null");
	default:
		token->kind = JSON_NUMBER;
		return number(reader, &token->raw);
	}
}

enum json_kind
json_next(struct json_reader *reader, struct json_token *token)
{
	bool object;

	*token = (struct json_token){.raw = {"", 0}, .key = {"", 0}};
	if (reader->bad)
		return bad(reader, token);
	blanks(reader);
	token->offset = reader->offset;
	if (reader->depth == 0) {
		if (!more(reader))
			return token->kind = JSON_END;
		return value(reader, token) ? token->kind : bad(reader, token);
	}
	object = inside_object(reader);
	if (accept(reader, object ? '}' : ']')) {
		reader->depth--;
		reader->first = false;
		return token->kind = object ? JSON_OBJECT_END : JSON_ARRAY_END;
	}
	if (!reader->first && !accept(reader, ','))
		return bad(reader, token);
	reader->first = false;
	blanks(reader);
	if (object) {
		token->has_key = true;
		if (!string(reader, &token->key))
			return bad(reader, token);
		blanks(reader);
		if (!accept(reader, ':'))
			return bad(reader, token);
		blanks(reader);
	}
	return value(reader, token) ? token->kind : bad(reader, token);
}

int
json_skip(struct json_reader *reader, const struct json_token *token)
{
	struct json_token inner;
	unsigned depth = reader->depth;

	if (token->kind == JSON_BAD)
		return LZ_E_FORMAT;
	if (token->kind != JSON_OBJECT && token->kind != JSON_ARRAY)
		return LZ_OK;
	while (reader->depth >= depth)
		if (json_next(reader, &inner) == JSON_BAD ||
		    inner.kind == JSON_END)
			return LZ_E_FORMAT;
	return LZ_OK;
}

/* Bytes of the UTF-8 character that begins a slice; 0: it is none. */
static size_t
utf8_length(struct slice rest)
{
	const unsigned char *at = (const unsigned char *)rest.at;
	uint32_t code, least;
	size_t length;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (rest.length < length)
		return 0;
	code = at[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3fu);
	}
	least = length == 2 ? 0x80u : length == 3 ? 0x800u : 0x10000u;
	if (code < least || code > 0x10ffff ||
	    (code >= SURROGATE_FIRST && code <= SURROGATE_LAST))
		return 0;
	return length;
}

static void
add_code(struct text *text, uint32_t code)
{
	if (code < 0x80) {
		text_char(text, (char)code);
		return;
	}
	if (code < 0x800) {
		text_char(text, (char)(0xc0 | code >> 6));
	} else if (code < 0x10000) {
		text_char(text, (char)(0xe0 | code >> 12));
		text_char(text, (char)(0x80 | (code >> 6 & 0x3f)));
	} else {
		text_char(text, (char)(0xf0 | code >> 18));
		text_char(text, (char)(0x80 | (code >> 12 & 0x3f)));
		text_char(text, (char)(0x80 | (code >> 6 & 0x3f)));
	}
	text_char(text, (char)(0x80 | (code & 0x3f)));
}

/* The escape at the start of a slice; answers its bytes, 0 when it's bad. */
static size_t
unescape(struct slice rest, struct text *text)
{
	int32_t high, low;

	if (rest.length < 2)
		return 0;
	if (rest.at[1] != 'u') {
		char c = escaped(rest.at[1]);

		text_char(text, c);
		return c ? 2 : 0;
	}
	high = hex_four(rest.at + 2, rest.length - 2);
	if (high <= 0)
		return 0;
	if (high < (int32_t)SURROGATE_FIRST || high > (int32_t)SURROGATE_LAST) {
		add_code(text, (uint32_t)high);
		return 6;
	}
	if (high >= (int32_t)SURROGATE_LOW || rest.length < 12 ||
	    rest.at[6] != '\\' || rest.at[7] != 'u')
		return 0;
	low = hex_four(rest.at + 8, rest.length - 8);
	if (low < (int32_t)SURROGATE_LOW || low > (int32_t)SURROGATE_LAST)
		return 0;
	add_code(text, 0x10000u + (((uint32_t)high - SURROGATE_FIRST) << 10) +
			   ((uint32_t)low - SURROGATE_LOW));
	return 12;
}

int
json_text(struct slice raw, char *to, size_t capacity)
{
	struct text text;
	size_t at = 0;

	text_init(&text, to, capacity);
	while (at < raw.length) {
		struct slice rest = {raw.at + at, raw.length - at};
		size_t length;

		if (*rest.at == '\\') {
			length = unescape(rest, &text);
		} else {
			length = *rest.at ? utf8_length(rest) : 0;
			text_bytes(&text, rest.at, length);
		}
		if (length == 0)
			return LZ_E_FORMAT;
		at += length;
	}
	return text.full ? LZ_E_RANGE : (int)text.length;
}

bool
json_raw_is(struct slice raw, const char *text)
{
	return slice_equal(raw, text);
}
