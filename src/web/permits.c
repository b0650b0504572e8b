/* SPDX-License-Identifier: Apache-2.0 */
/* The file of permits, and who shows which. */
#include "web/permits.h"

#include <string.h>

#define BEARER "bearer "

static const struct {
	const char *name;
	uint8_t may;
} permissions[] = {{"who", PERMIT_WHO},
		   {"who.reveal", PERMIT_REVEAL},
		   {"machines", PERMIT_MACHINES}};

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

static bool
hash_read(struct slice text, uint8_t hash[SHA256_SIZE])
{
	if (text.length != (size_t)2 * SHA256_SIZE)
		return false;
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		const int high = digit(text.at[2 * i]);
		const int low = digit(text.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		hash[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool
may_read(struct slice text, uint8_t *may)
{
	*may = 0;
	while (text.at && text.length > 0) {
		const struct slice one = slice_split(&text, ',');
		uint8_t found = 0;

		for (size_t i = 0;
		     i < sizeof(permissions) / sizeof(permissions[0]); i++)
			if (slice_equal(one, permissions[i].name))
				found = permissions[i].may;
		if (!found)
			return false;
		*may |= found;
	}
	return *may != 0;
}

/* The next word of a line. */
static struct slice
word(struct slice *rest)
{
	struct slice one;

	*rest = slice_trim(*rest);
	one = (struct slice){rest->at, 0};
	while (one.length < rest->length && rest->at[one.length] != ' ' &&
	       rest->at[one.length] != '\t')
		one.length++;
	rest->at += one.length;
	rest->length -= one.length;
	return one;
}

static const char *
line_read(struct slice line, struct permit *permit)
{
	struct slice rest = line;
	const struct slice hash = word(&rest);
	const struct slice name = word(&rest);
	const struct slice may = word(&rest);

	*permit = (struct permit){.may = 0};
	if (!hash_read(hash, permit->hash))
		return "it doesn't begin with the SHA-256 of a token, 64 "
		       "hexadecimal digits";
	if (name.length == 0 ||
	    !text_copy(permit->name, sizeof(permit->name), name))
		return "the name is missing or too long";
	for (size_t i = 0; i < name.length; i++)
		if ((unsigned char)name.at[i] <= 0x20 ||
		    (unsigned char)name.at[i] >= 0x7f)
			return "the name is no plain word";
	if (!may_read(may, &permit->may))
		return "expected permissions: who, who.reveal, machines";
	if (slice_trim(rest).length > 0)
		return "there is more behind the permissions";
	return NULL;
}

static bool
is_same(const uint8_t *a, const uint8_t *b)
{
	uint8_t differs = 0;

	for (size_t i = 0; i < SHA256_SIZE; i++)
		differs |= a[i] ^ b[i];
	return differs == 0;
}

int
permits_read(struct permits *permits, const char *bytes, size_t length,
	     permits_refused *refused, void *context)
{
	struct slice rest = {bytes, length};
	uint64_t number = 0;

	while (rest.at && rest.length > 0) {
		const struct slice line = slice_trim(slice_split(&rest, '\n'));
		struct permit *permit = &permits->of[permits->count];
		const char *reason;

		number++;
		if (line.length == 0 || line.at[0] == '#')
			continue;
		if (permits->count == PERMITS_MAX)
			return LZ_E_FULL;
		reason = line_read(line, permit);
		for (size_t i = 0; !reason && i < permits->count; i++)
			if (is_same(permits->of[i].hash, permit->hash))
				reason = "this token stands there twice";
		permits->count += !reason;
		if (reason && refused)
			refused(context, number, reason);
	}
	return 0;
}

struct permit *
permits_find(struct permits *permits, const char *header)
{
	const size_t begin = sizeof(BEARER) - 1;
	uint8_t hash[SHA256_SIZE];
	struct permit *found = NULL;
	struct slice token;

	if (!header || strlen(header) <= begin ||
	    !slice_equal_folded((struct slice){header, begin}, BEARER))
		return NULL;
	token = slice_trim(slice_of(header + begin));
	if (token.length == 0 || token.length > PERMIT_TOKEN_MAX)
		return NULL;
	sha256(token.at, token.length, hash);
	for (size_t i = 0; i < permits->count; i++)
		if (is_same(permits->of[i].hash, hash))
			found = &permits->of[i];
	return found;
}

bool
permit_ask(struct permit *permit, struct at_mono now)
{
	if (permit->asked == 0 || now.us - permit->since_us >= PERMIT_SPAN_US) {
		permit->since_us = now.us;
		permit->asked = 0;
	}
	if (permit->asked >= PERMIT_ASKED_MAX)
		return false;
	permit->asked++;
	return true;
}
