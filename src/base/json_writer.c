/* SPDX-License-Identifier: Apache-2.0 */
/* Commas, escapes and UTF-8 for base/json_writer.h. */
#include "base/json_writer.h"

#include "base/check.h"
#include "base/times.h"

void
json_writer_init(struct json_writer *json, struct text *text)
{
	*json = (struct json_writer){.text = text};
}

/* What stands before any value: a comma, the key. */
static void
begin(struct json_writer *json, const char *key)
{
	if (json->comma[json->depth])
		text_char(json->text, ',');
	json->comma[json->depth] = true;
	if (key) {
		text_char(json->text, '"');
		text_add(json->text, key);
		text_add(json->text, "\":");
	}
}

static void
open_level(struct json_writer *json, const char *key, char bracket)
{
	begin(json, key);
	lz_assert(json->depth < JSON_WRITER_DEPTH_MAX);
	json->comma[++json->depth] = false;
	text_char(json->text, bracket);
}

static void
close_level(struct json_writer *json, char bracket)
{
	lz_assert(json->depth > 0);
	json->depth--;
	/* A second object at the top is a line of its own, without comma. */
	if (json->depth == 0)
		json->comma[0] = false;
	text_char(json->text, bracket);
}

void
json_open_object(struct json_writer *json, const char *key)
{
	open_level(json, key, '{');
}

void
json_close_object(struct json_writer *json)
{
	close_level(json, '}');
}

void
json_open_array(struct json_writer *json, const char *key)
{
	open_level(json, key, '[');
}

void
json_close_array(struct json_writer *json)
{
	close_level(json, ']');
}

/*
 * Bytes of the well-formed UTF-8 sequence that `at` begins with, 0 when it's
 * none (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF).
 */
static size_t
utf8_length(const uint8_t *at, size_t left)
{
	uint8_t lowest = 0x80, highest = 0xbf;
	size_t length;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (left < length)
		return 0;
	if (at[0] == 0xe0)
		lowest = 0xa0;
	else if (at[0] == 0xed)
		highest = 0x9f;
	else if (at[0] == 0xf0)
		lowest = 0x90;
	else if (at[0] == 0xf4)
		highest = 0x8f;
	if (at[1] < lowest || at[1] > highest)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static void
escape(struct text *text, uint8_t c)
{
	switch (c) {
	case '"':
		text_add(text, "\\\"");
		break;
	case '\\':
		text_add(text, "\\\\");
		break;
	case '\n':
		text_add(text, "\\n");
		break;
	case '\r':
		text_add(text, "\\r");
		break;
	case '\t':
		text_add(text, "\\t");
		break;
	default:
		text_add(text, "\\u00");
		text_hex(text, &c, 1);
	}
}

void
json_slice(struct json_writer *json, const char *key, struct slice value)
{
	const uint8_t *at = (const uint8_t *)value.at;
	struct text *text = json->text;
	size_t from = 0, i = 0;

	begin(json, key);
	text_char(text, '"');
	/* Runs that need nothing done are copied in one piece. */
	while (i < value.length) {
		size_t length = utf8_length(at + i, value.length - i);

		if (length > 1 || (length == 1 && at[i] >= 0x20 &&
				   at[i] != '"' && at[i] != '\\')) {
			i += length;
			continue;
		}
		text_bytes(text, value.at + from, i - from);
		if (length)
			escape(text, at[i]);
		else
			text_add(text, "\xef\xbf\xbd");
		from = ++i;
	}
	if (from < i)
		text_bytes(text, value.at + from, i - from);
	text_char(text, '"');
}

void
json_string(struct json_writer *json, const char *key, const char *value)
{
	json_slice(json, key, slice_of(value));
}

void
json_u64(struct json_writer *json, const char *key, uint64_t value)
{
	begin(json, key);
	text_u64(json->text, value);
}

void
json_i64(struct json_writer *json, const char *key, int64_t value)
{
	begin(json, key);
	text_i64(json->text, value);
}

void
json_milli(struct json_writer *json, const char *key, uint64_t milli)
{
	begin(json, key);
	text_u64(json->text, milli / 1000);
	text_char(json->text, '.');
	text_padded(json->text, milli % 1000, 3);
}

void
json_scaled(struct json_writer *json, const char *key, int64_t value,
	    unsigned digits)
{
	const uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	uint64_t unit = 1;

	for (unsigned i = 0; i < digits; i++)
		unit *= 10;
	begin(json, key);
	if (value < 0)
		text_char(json->text, '-');
	text_u64(json->text, size / unit);
	if (digits == 0)
		return;
	text_char(json->text, '.');
	text_padded(json->text, size % unit, digits);
}

void
json_bool(struct json_writer *json, const char *key, bool value)
{
	begin(json, key);
	text_add(json->text, value ? "true" : "false");
}

void
json_time(struct json_writer *json, const char *key, int64_t us)
{
	if (us == TIMES_UNSET_US)
		return;
	begin(json, key);
	text_char(json->text, '"');
	times_format(json->text, us);
	text_char(json->text, '"');
}

void
json_hex(struct json_writer *json, const char *key, const uint8_t *bytes,
	 size_t length)
{
	begin(json, key);
	text_char(json->text, '"');
	text_hex(json->text, bytes, length);
	text_char(json->text, '"');
}
