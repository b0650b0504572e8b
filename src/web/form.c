/* SPDX-License-Identifier: Apache-2.0 */
/* Reading of forms. */
#include "web/form.h"

#include <string.h>

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* How many bytes the character there has; 0: it is none. */
static size_t
character_length(const unsigned char *at, size_t left)
{
	const size_t length = *at < 0x80   ? 1
			      : *at < 0xc2 ? 0
			      : *at < 0xe0 ? 2
			      : *at < 0xf0 ? 3
			      : *at < 0xf5 ? 4
					   : 0;

	if (length == 0 || length > left)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, beyond the last code point. */
	if ((*at == 0xe0 && at[1] < 0xa0) || (*at == 0xed && at[1] > 0x9f) ||
	    (*at == 0xf0 && at[1] < 0x90) || (*at == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

static bool
is_text(const char *bytes, size_t length)
{
	const unsigned char *at = (const unsigned char *)bytes;

	for (size_t i = 0; i < length;) {
		const size_t step = character_length(at + i, length - i);

		if (step == 0 || at[i] == 0x7f ||
		    (at[i] < 0x20 && at[i] != '\t' && at[i] != '\r' &&
		     at[i] != '\n'))
			return false;
		i += step;
	}
	return true;
}

/* Decodes into `to`, which holds as much; the length, or LZ_E_FORMAT. */
static int
decode(struct slice part, char *to)
{
	size_t length = 0;

	for (size_t i = 0; i < part.length; i++) {
		char c = part.at[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int high, low;

			if (part.length - i < 3)
				return LZ_E_FORMAT;
			high = hex_value(part.at[i + 1]);
			low = hex_value(part.at[i + 2]);
			if (high < 0 || low < 0)
				return LZ_E_FORMAT;
			c = (char)(high << 4 | low);
			i += 2;
		}
		to[length++] = c;
	}
	to[length] = '\0';
	return is_text(to, length) ? (int)length : LZ_E_FORMAT;
}

static int
read_fields(struct form *form, struct slice left)
{
	char *to = form->bytes;

	while (left.at) {
		struct slice value = slice_split(&left, '&');
		const struct slice name = slice_split(&value, '=');
		int length;

		if (name.length == 0 && !value.at)
			continue;
		if (form->count == FORM_FIELDS_MAX)
			return LZ_E_FULL;
		form->fields[form->count].name = to;
		length = decode(name, to);
		if (length < 0)
			return length;
		to += length + 1;
		form->fields[form->count].value = to;
		length = value.at ? decode(value, to) : (*to = '\0');
		if (length < 0)
			return length;
		to += length + 1;
		form->count++;
	}
	return 0;
}

int
form_parse(struct form *form, const char *bytes, size_t length)
{
	int error = LZ_E_FULL;

	form->count = 0;
	if (length <= FORM_BYTES_MAX)
		error = length
			    ? read_fields(form, (struct slice){bytes, length})
			    : 0;
	if (error)
		form->count = 0;
	return error;
}

const char *
form_get(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return form->fields[i].value;
	return NULL;
}

bool
form_has(const struct form *form, const char *name, const char *value)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->fields[i].name, name) == 0 &&
		    strcmp(form->fields[i].value, value) == 0)
			return true;
	return false;
}
