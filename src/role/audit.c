/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of a look-up that is remembered. */
#include "role/audit.h"

#include "role/stored_text.h"

bool
audit_is(const uint8_t *bytes, size_t length)
{
	return length > 0 && bytes[0] == AUDIT_SCHEMA;
}

void
audit_encode(struct writer *writer, const struct audit *audit)
{
	writer_u8(writer, AUDIT_SCHEMA);
	writer_u64(writer, (uint64_t)audit->time.us);
	writer_u8(writer, audit->certainty);
	writer_u8(writer, audit->reveal);
	writer_u64(writer, audit->party.value);
	stored_text_encode(writer, audit->actor);
	stored_text_encode(writer, audit->why);
	stored_text_encode(writer, audit->about);
	stored_text_encode(writer, audit->question);
	stored_text_encode(writer, audit->account);
}

int
audit_decode(struct cursor *cursor, struct audit *audit)
{
	struct audit read = {0};
	const uint8_t schema = cursor_u8(cursor);
	uint8_t reveal;
	int error;

	if (cursor->failed)
		return LZ_E_SHORT;
	if (schema != AUDIT_SCHEMA)
		return LZ_E_VERSION;
	read.time.us = (int64_t)cursor_u64(cursor);
	read.certainty = cursor_u8(cursor);
	reveal = cursor_u8(cursor);
	read.party.value = cursor_u64(cursor);
	error = stored_text_decode(cursor, read.actor, sizeof(read.actor));
	if (!error)
		error = stored_text_decode(cursor, read.why, sizeof(read.why));
	if (!error)
		error = stored_text_decode(cursor, read.about,
					   sizeof(read.about));
	if (!error)
		error = stored_text_decode(cursor, read.question,
					   sizeof(read.question));
	if (!error)
		error = stored_text_decode(cursor, read.account,
					   sizeof(read.account));
	if (error)
		return error;
	if (read.certainty >= CERTAINTY_COUNT || reveal > 1 ||
	    read.time.us < TIMES_EARLIEST_US || read.time.us >= TIMES_LATEST_US)
		return LZ_E_RANGE;
	if (cursor_left(cursor) != 0)
		return LZ_E_FORMAT;
	read.reveal = reveal;
	*audit = read;
	return 0;
}
