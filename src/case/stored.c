/* SPDX-License-Identifier: Apache-2.0 */
/* Flags, texts, prefixes and subjects as stored bytes. */
#include <string.h>

#include "case/stored.h"

bool
stored_get_flag(struct cursor *cursor, bool *flag)
{
	uint8_t value = cursor_u8(cursor);

	*flag = value == 1;
	return value <= 1;
}

void
stored_put_text(struct writer *writer, const char *text)
{
	size_t length = strlen(text);

	writer_u16(writer, (uint16_t)length);
	writer_bytes(writer, text, length);
}

bool
stored_get_text(struct cursor *cursor, char *text, size_t size)
{
	size_t length = cursor_u16(cursor);
	const uint8_t *at = cursor_take(cursor, length);

	if (!at || length >= size)
		return false;
	for (size_t i = 0; i < length; i++)
		if (at[i] < ' ' || at[i] == 0x7f)
			return false;
	memset(text, 0, size);
	if (length > 0)
		memcpy(text, at, length);
	return true;
}

void
stored_put_prefix(struct writer *writer, const struct prefix *prefix)
{
	writer_bytes(writer, prefix->addr.bytes, sizeof(prefix->addr.bytes));
	writer_u8(writer, prefix->length);
}

bool
stored_get_prefix(struct cursor *cursor, struct prefix *prefix)
{
	const uint8_t *at = cursor_take(cursor, sizeof(prefix->addr.bytes));
	struct prefix cut;

	if (!at)
		return false;
	memcpy(prefix->addr.bytes, at, sizeof(prefix->addr.bytes));
	prefix->length = cursor_u8(cursor);
	if (cursor->failed || prefix->length > 128)
		return false;
	cut = prefix_of(&prefix->addr, prefix->length);
	return prefix_equal(&cut, prefix);
}

void
stored_put_subject(struct writer *writer, const struct subject *subject)
{
	stored_put_prefix(writer, &subject->prefix);
	writer_u16(writer, subject->port_first);
	writer_u16(writer, subject->port_last);
}

bool
stored_get_subject(struct cursor *cursor, struct subject *subject)
{
	if (!stored_get_prefix(cursor, &subject->prefix))
		return false;
	subject->port_first = cursor_u16(cursor);
	subject->port_last = cursor_u16(cursor);
	return !cursor->failed && subject->port_first <= subject->port_last;
}
