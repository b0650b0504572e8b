/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a JSON object on one line into a text buffer: the machine output of
 * CONTRACT.  Keys are ours and written as they are; strings are escaped and
 * made valid UTF-8 (each bad byte becomes U+FFFD).  Values that are unknown
 * are simply not written.  The newline after the object is the caller's, and
 * so is the look at text->full: an object that doesn't fit is cut.
 */
#ifndef BASE_JSON_WRITER_H
#define BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define JSON_WRITER_DEPTH_MAX 8

struct json_writer {
	struct text *text;
	unsigned depth;
	bool comma[JSON_WRITER_DEPTH_MAX + 1];
};

void json_writer_init(struct json_writer *json, struct text *text);
/* key is NULL inside an array and at the top. */
void json_open_object(struct json_writer *json, const char *key);
void json_close_object(struct json_writer *json);
void json_open_array(struct json_writer *json, const char *key);
void json_close_array(struct json_writer *json);
void json_string(struct json_writer *json, const char *key, const char *value);
void json_slice(struct json_writer *json, const char *key, struct slice value);
void json_u64(struct json_writer *json, const char *key, uint64_t value);
void json_i64(struct json_writer *json, const char *key, int64_t value);
/* Thousandths, as a decimal: 2983 is 2.983. */
void json_milli(struct json_writer *json, const char *key, uint64_t milli);
/* value / 10^digits, digits up to 18: -1250, 3 is -1.250. */
void json_scaled(struct json_writer *json, const char *key, int64_t value,
		 unsigned digits);
void json_bool(struct json_writer *json, const char *key, bool value);
/* An RFC 3339 time; nothing is written for TIMES_UNSET_US. */
void json_time(struct json_writer *json, const char *key, int64_t us);
void json_hex(struct json_writer *json, const char *key, const uint8_t *bytes,
	      size_t length);

#endif
