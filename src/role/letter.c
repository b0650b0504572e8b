/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of a letter. */
#include "role/letter.h"

void
letter_encode(struct writer *writer, const struct notice_letter *letter)
{
	writer_u8(writer, LETTER_SCHEMA);
	writer_u64(writer, letter->id);
	writer_u64(writer, letter->code_bits);
	writer_u32(writer, letter->step);
	writer_u8(writer, letter->limits);
	writer_u64(writer, (uint64_t)letter->created.us);
	writer_u64(writer, (uint64_t)letter->grace_us);
	writer_u64(writer, (uint64_t)letter->quiet_us);
	writer_u8(writer, letter->channel);
	writer_u8(writer, letter->wrong);
	if (letter->wrong) {
		writer_u8(writer, letter->lifted);
		writer_u64(writer, (uint64_t)letter->told.us);
	}
	sighting_encode(writer, &letter->sighting);
}

static bool
is_time(struct at_event time)
{
	return time.us >= TIMES_EARLIEST_US && time.us < TIMES_LATEST_US;
}

/* What schema 1 didn't say. */
static int
decode_further(struct cursor *cursor, struct notice_letter *read)
{
	uint8_t lifted = 0;

	read->channel = cursor_u8(cursor);
	read->wrong = cursor_u8(cursor);
	if (read->wrong) {
		lifted = cursor_u8(cursor);
		read->told.us = (int64_t)cursor_u64(cursor);
		read->lifted = lifted == 1;
	}
	if (cursor->failed)
		return LZ_E_SHORT;
	return read->channel < CHANNEL_COUNT &&
		       read->wrong < NOTICE_WRONG_COUNT && lifted <= 1 &&
		       (!read->wrong || is_time(read->told))
		   ? 0
		   : LZ_E_RANGE;
}

int
letter_decode(struct cursor *cursor, struct notice_letter *letter)
{
	struct notice_letter read = {0};
	const uint8_t schema = cursor_u8(cursor);
	uint8_t limits;
	int error;

	if (cursor->failed)
		return LZ_E_SHORT;
	if (schema != LETTER_SCHEMA && schema != 1)
		return LZ_E_VERSION;
	read.id = cursor_u64(cursor);
	read.code_bits = cursor_u64(cursor);
	read.step = cursor_u32(cursor);
	limits = cursor_u8(cursor);
	read.created.us = (int64_t)cursor_u64(cursor);
	read.grace_us = (int64_t)cursor_u64(cursor);
	read.quiet_us = (int64_t)cursor_u64(cursor);
	if (cursor->failed)
		return LZ_E_SHORT;
	if (limits > 1 || read.step < 1 || read.grace_us < 0 ||
	    read.grace_us > LETTER_SPAN_US_MAX || read.quiet_us < 0 ||
	    read.quiet_us > LETTER_SPAN_US_MAX || !is_time(read.created))
		return LZ_E_RANGE;
	read.limits = limits == 1;
	error = schema > 1 ? decode_further(cursor, &read) : 0;
	if (!error)
		error = sighting_decode(cursor, &read.sighting);
	if (error)
		return error;
	if (cursor_left(cursor) != 0)
		return LZ_E_FORMAT;
	*letter = read;
	return 0;
}
