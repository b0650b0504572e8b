/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short text in a stored record: a length of one byte, then the bytes, at most
 * 255.  What is read back goes to terminals and pages: no control characters.
 */
#ifndef ROLE_STORED_TEXT_H
#define ROLE_STORED_TEXT_H

#include "base/cursor.h"
#include "base/errors.h"
#include "base/writer.h"

/* Fails the writer for text of more than 255 bytes. */
void stored_text_encode(struct writer *writer, const char *text);
/*
 * LZ_E_SHORT; LZ_E_RANGE when it and its NUL don't fit into `size`;
 * LZ_E_FORMAT for control characters.
 */
LZ_NODISCARD int stored_text_decode(struct cursor *cursor, char *text,
				    size_t size);

#endif
