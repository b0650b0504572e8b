/* SPDX-License-Identifier: Apache-2.0 */
/* Holder keys in the one form in which two spellings are one. */
#include <string.h>

#include "ident/contract_table.h"

#define MAC_BYTES 6
#define SEPARATORS ":.-"

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Pairs of digits, whatever stands between them, as "02:00:5e". */
static bool
hex_pairs(struct slice given, size_t bytes, struct text *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t count = 0;

	for (size_t i = 0; i < given.length; i++) {
		const int value = digit(given.at[i]);

		if (value < 0) {
			if (!strchr(SEPARATORS, given.at[i]) ||
			    given.at[i] == '\0')
				return false;
			continue;
		}
		if (count > 0 && count % 2 == 0)
			text_char(out, ':');
		text_char(out, digits[value]);
		count++;
	}
	return count > 0 && count % 2 == 0 && (!bytes || count == 2 * bytes);
}

/* "0x...": bytes that are no text. */
static bool
is_hex(struct slice given)
{
	if (given.length < 3 || given.at[0] != '0' ||
	    (given.at[1] != 'x' && given.at[1] != 'X'))
		return false;
	for (size_t i = 2; i < given.length; i++)
		if (digit(given.at[i]) < 0)
			return false;
	return true;
}

static void
add_lower(struct slice given, struct text *out)
{
	for (size_t i = 0; i < given.length; i++) {
		const char c = given.at[i];

		text_char(out,
			  c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
	}
}

/* Class is bytes: "0x..." as sources write it, or the text they stand for. */
static void
class_bytes(struct slice given, struct text *out)
{
	if (is_hex(given)) {
		add_lower(given, out);
		return;
	}
	text_add(out, "0x");
	text_hex(out, (const uint8_t *)given.at, given.length);
}

bool
contract_key(struct slice given, char key[CONTRACT_KEY_SIZE])
{
	struct slice value = given;
	struct slice scheme = slice_split(&value, ':');
	bool good = scheme.length > 0 && value.at && value.length > 0;
	struct text text;

	text_init(&text, key, CONTRACT_KEY_SIZE);
	if (!good)
		return false;
	text_slice(&text, scheme);
	text_char(&text, ':');
	if (slice_equal(scheme, "mac"))
		good = hex_pairs(value, MAC_BYTES, &text);
	else if (slice_equal(scheme, "duid"))
		good = hex_pairs(value, 0, &text);
	else if (slice_equal(scheme, "class"))
		class_bytes(value, &text);
	else if (is_hex(value))
		add_lower(value, &text);
	else
		text_slice(&text, value);
	return good && !text.full;
}
