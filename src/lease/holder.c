/* SPDX-License-Identifier: Apache-2.0 */
/* Exact labels; the rules stand in the header. */
#include "lease/holder.h"

#include <string.h>

#define MAC_DIGITS 12

/*
 * Bytes of the UTF-8 character at the start, 0 if there is none.  Overlong
 * forms, surrogates and what lies above U+10FFFF are none (RFC 3629).
 */
static size_t
character(const uint8_t *at, size_t left)
{
	size_t length = at[0] < 0x80   ? 1
			: at[0] < 0xc2 ? 0
			: at[0] < 0xe0 ? 2
			: at[0] < 0xf0 ? 3
			: at[0] < 0xf5 ? 4
				       : 0;

	if (length == 0 || length > left)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) ||
	    (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

/* May it stand as it is? */
static bool
is_plain(struct slice value)
{
	const uint8_t *at = (const uint8_t *)value.at;
	size_t left = value.length;

	if (left >= 2 && at[0] == '0' && at[1] == 'x')
		return false;
	while (left) {
		size_t length = character(at, left);

		/* Controls: below blank, DEL, and U+0080 to U+009F. */
		if (length == 0 || at[0] < ' ' || at[0] == 0x7f ||
		    (at[0] == 0xc2 && at[1] < 0xa0))
			return false;
		at += length;
		left -= length;
	}
	return true;
}

static bool
make(char label[PARTY_LABEL_SIZE], const char *kind, struct slice value,
     bool plain)
{
	struct text text;

	text_init(&text, label, PARTY_LABEL_SIZE);
	if (value.length == 0)
		return false;
	text_add(&text, kind);
	text_char(&text, ':');
	if (plain) {
		text_slice(&text, value);
	} else {
		text_add(&text, "0x");
		text_hex(&text, (const uint8_t *)value.at, value.length);
	}
	if (text.full)
		label[0] = '\0';
	return !text.full;
}

bool
holder_text(char label[PARTY_LABEL_SIZE], const char *kind, struct slice value)
{
	return make(label, kind, value, is_plain(value));
}

bool
holder_octets(char label[PARTY_LABEL_SIZE], const char *kind,
	      struct slice value)
{
	return make(label, kind, value, false);
}

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The twelve digits, folded, and how many bytes they took; 0: no address. */
static size_t
mac_digits(struct slice value, char digits[MAC_DIGITS])
{
	static const char hexadecimal[] = "0123456789abcdef";
	/* Digits between two marks: 2 of ':' and '-', 4 of '.', else none. */
	char mark = value.length > 2 && digit_of(value.at[2]) < 0 ? value.at[2]
		    : value.length > 4 && value.at[4] == '.'      ? '.'
								  : '\0';
	size_t group = mark == '.' ? 4 : mark ? 2 : MAC_DIGITS;
	bool letter = mark != '\0';
	size_t at = 0;

	if (mark && mark != '.' && mark != ':' && mark != '-')
		return 0;
	for (size_t i = 0; i < MAC_DIGITS; i++) {
		int digit;

		if (i && i % group == 0 &&
		    (at >= value.length || value.at[at++] != mark))
			return 0;
		digit = at < value.length ? digit_of(value.at[at++]) : -1;
		if (digit < 0)
			return 0;
		digits[i] = hexadecimal[digit];
		letter |= digit > 9;
	}
	/* Twelve figures and no mark: a telephone number. */
	return letter ? at : 0;
}

bool
holder_mac(char label[PARTY_LABEL_SIZE], struct slice value, bool tail)
{
	char digits[MAC_DIGITS];
	size_t taken = mac_digits(value, digits);
	struct text text;

	text_init(&text, label, PARTY_LABEL_SIZE);
	if (taken == 0)
		return false;
	if (taken < value.length &&
	    (!tail || (value.at[taken] != ':' && value.at[taken] != '-')))
		return false;
	text_add(&text, "mac");
	for (size_t i = 0; i < MAC_DIGITS; i += 2) {
		text_char(&text, ':');
		text_bytes(&text, digits + i, 2);
	}
	return true;
}
