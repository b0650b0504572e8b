/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC-SHA-256 (RFC 2104), cut to 128 bits, over a fixed body. */
#include "web/token.h"

#include <string.h>

#include "base/cursor.h"
#include "base/writer.h"
#include "crypto/sha256.h"

#define BLOCK 64
#define SIGNED_SIZE (TOKEN_BODY_SIZE + 16)
#define CLOCK_SLACK_US TIMES_MINUTE_US

static void
mac(const uint8_t key[TOKEN_KEY_SIZE], const uint8_t body[TOKEN_BODY_SIZE],
    const struct addr *line, uint8_t out[TOKEN_MAC_SIZE])
{
	uint8_t inner[BLOCK + SIGNED_SIZE] = {0}, outer[BLOCK + SHA256_SIZE];
	uint8_t digest[SHA256_SIZE];

	memcpy(inner, key, TOKEN_KEY_SIZE);
	memset(outer, 0, BLOCK);
	memcpy(outer, key, TOKEN_KEY_SIZE);
	for (size_t i = 0; i < BLOCK; i++) {
		inner[i] ^= 0x36;
		outer[i] ^= 0x5c;
	}
	memcpy(inner + BLOCK, body, TOKEN_BODY_SIZE);
	if (line)
		memcpy(inner + BLOCK + TOKEN_BODY_SIZE, line->bytes, 16);
	sha256(inner, sizeof(inner), outer + BLOCK);
	sha256(outer, sizeof(outer), digest);
	memcpy(out, digest, TOKEN_MAC_SIZE);
}

void
token_make(const uint8_t key[TOKEN_KEY_SIZE], const struct token *token,
	   const struct addr *line, char text[TOKEN_TEXT_SIZE])
{
	uint8_t bytes[TOKEN_BODY_SIZE + TOKEN_MAC_SIZE];
	struct writer writer;
	struct text out;

	writer_init(&writer, bytes, TOKEN_BODY_SIZE);
	writer_u8(&writer, (uint8_t)token->purpose);
	writer_u64(&writer, token->case_id);
	writer_u64(&writer, token->order);
	writer_u64(&writer, (uint64_t)token->made.us);
	writer_u32(&writer, token->ticks);
	mac(key, bytes, line, bytes + TOKEN_BODY_SIZE);
	text_init(&out, text, TOKEN_TEXT_SIZE);
	text_hex(&out, bytes, sizeof(bytes));
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
from_hex(struct slice text, uint8_t *bytes, size_t count)
{
	if (text.length != 2 * count)
		return LZ_E_FORMAT;
	for (size_t i = 0; i < count; i++) {
		const int high = nibble(text.at[2 * i]);
		const int low = nibble(text.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return LZ_E_FORMAT;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

/* In the same time wherever they differ. */
static bool
same(const uint8_t *left, const uint8_t *right, size_t length)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < length; i++)
		differ |= left[i] ^ right[i];
	return differ == 0;
}

int
token_read(const uint8_t key[TOKEN_KEY_SIZE], struct slice text,
	   enum token_purpose purpose, const struct addr *line,
	   struct at_event now, int64_t max_us, struct token *token)
{
	uint8_t bytes[TOKEN_BODY_SIZE + TOKEN_MAC_SIZE];
	uint8_t expected[TOKEN_MAC_SIZE];
	struct cursor cursor;
	struct token read;

	if (from_hex(text, bytes, sizeof(bytes)) != 0)
		return LZ_E_FORMAT;
	mac(key, bytes, line, expected);
	if (!same(expected, bytes + TOKEN_BODY_SIZE, TOKEN_MAC_SIZE))
		return LZ_E_CHECKSUM;
	cursor_init(&cursor, bytes, TOKEN_BODY_SIZE);
	read.purpose = (enum token_purpose)cursor_u8(&cursor);
	read.case_id = cursor_u64(&cursor);
	read.order = cursor_u64(&cursor);
	read.made.us = (int64_t)cursor_u64(&cursor);
	read.ticks = cursor_u32(&cursor);
	if (read.purpose != purpose || read.made.us > now.us + CLOCK_SLACK_US ||
	    now.us - read.made.us > max_us)
		return LZ_E_STATE;
	*token = read;
	return 0;
}
