/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict JSON pull reader (RFC 8259) over bytes in memory: one token a call,
 * no tree, no allocation.  It checks as it goes: grammar, escapes, control
 * characters, numbers, depth; UTF-8 where a string is copied out.  Several
 * values one behind the other (JSON lines) are read as such.
 *
 * Slices borrow the input.  Keys and strings are raw, between their quotes:
 * json_text turns them into text, json_raw_is compares those that need no
 * unescaping.  Duplicate keys are the caller's to refuse or to take.
 */
#ifndef BASE_JSON_READER_H
#define BASE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/text.h"

#define JSON_READER_DEPTH_MAX 32

enum json_kind {
	JSON_END, /* of the input, at the top */
	JSON_BAD, /* no JSON: `json_reader.offset` says where; sticky */
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL
};

struct json_token {
	enum json_kind kind;
	bool has_key;     /* a member of an object (not its end) */
	struct slice key; /* raw, without quotes */
	struct slice raw; /* string without quotes, number as written */
	size_t offset;    /* of the value's first byte */
};

struct json_reader {
	const char *bytes;
	size_t length;
	size_t offset;
	unsigned depth;
	uint32_t objects; /* bit d: depth d is an object, else an array */
	bool first;       /* nothing yet inside the innermost */
	bool bad;
};

void json_reader_init(struct json_reader *reader, const char *bytes,
		      size_t length);
/* The next token; answers token->kind. */
enum json_kind json_next(struct json_reader *reader, struct json_token *token);
/*
 * Moves behind the value that `token` began (nothing to do for a scalar).
 * LZ_E_FORMAT when it isn't whole.
 */
LZ_NODISCARD int json_skip(struct json_reader *reader,
			   const struct json_token *token);
/*
 * Unescapes a raw key or string into `to` with a NUL; answers its length.
 * LZ_E_RANGE when it doesn't fit, LZ_E_FORMAT for a NUL, for a lone surrogate
 * or for bytes that are no UTF-8.
 */
LZ_NODISCARD int json_text(struct slice raw, char *to, size_t capacity);
/* Is a raw key or string exactly this text (which needs no escapes)? */
bool json_raw_is(struct slice raw, const char *text);

#endif
