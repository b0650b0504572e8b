/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stored form of a letter (notice/notice.h): the body of an outbox row,
 * from the desk to the notifier.
 */
#ifndef ROLE_LETTER_H
#define ROLE_LETTER_H

#include "base/cursor.h"
#include "base/writer.h"
#include "notice/notice.h"

#define LETTER_SCHEMA 2 /* 1 knew no channel and no correction */
#define LETTER_BYTES_MAX (SIGHTING_BYTES_MAX + 64)
#define LETTER_SPAN_US_MAX (3660 * TIMES_DAY_US) /* grace, quiet */

void letter_encode(struct writer *writer, const struct notice_letter *letter);
/*
 * Reads schema 1, too.  LZ_E_VERSION for an unknown one, LZ_E_SHORT,
 * LZ_E_RANGE, LZ_E_FORMAT for bytes that are no letter, or what sighting_decode answers.  *letter is set
 * only on 0.
 */
LZ_NODISCARD int letter_decode(struct cursor *cursor,
			       struct notice_letter *letter);

#endif
