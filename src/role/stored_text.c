/* SPDX-License-Identifier: Apache-2.0 */
/* Short text in a stored record. */
#include <string.h>

#include "role/stored_text.h"

void
stored_text_encode(struct writer *writer, const char *text)
{
	const size_t length = strlen(text);

	if (length > UINT8_MAX)
		writer->failed = true;
	writer_u8(writer, (uint8_t)length);
	writer_bytes(writer, text, length);
}

int
stored_text_decode(struct cursor *cursor, char *text, size_t size)
{
	const uint8_t length = cursor_u8(cursor);
	const uint8_t *bytes = cursor_take(cursor, length);

	if (cursor->failed)
		return LZ_E_SHORT;
	if (length >= size)
		return LZ_E_RANGE;
	for (size_t i = 0; i < length; i++)
		if (bytes[i] < 0x20 || bytes[i] == 0x7f)
			return LZ_E_FORMAT;
	if (length)
		memcpy(text, bytes, length);
	text[length] = '\0';
	return 0;
}
