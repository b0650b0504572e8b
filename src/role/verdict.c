/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of what a person said of a case. */
#include "role/verdict.h"

#include "fact/rsit.h"
#include "role/stored_text.h"
#include "role/trial_cases.h"

bool
verdict_is(const uint8_t *bytes, size_t length)
{
	return length > 0 && bytes[0] == VERDICT_SCHEMA;
}

void
verdict_encode(struct writer *writer, const struct verdict *verdict)
{
	writer_u8(writer, VERDICT_SCHEMA);
	writer_u64(writer, verdict->case_id);
	writer_u64(writer, (uint64_t)verdict->time.us);
	writer_u8(writer, verdict->class);
	writer_u8(writer, verdict->verdict);
	stored_text_encode(writer, verdict->judge);
	stored_text_encode(writer, verdict->note);
}

int
verdict_decode(struct cursor *cursor, struct verdict *verdict)
{
	struct verdict read = {0};
	const uint8_t schema = cursor_u8(cursor);
	int error;

	if (cursor->failed)
		return LZ_E_SHORT;
	if (schema != VERDICT_SCHEMA)
		return LZ_E_VERSION;
	read.case_id = cursor_u64(cursor);
	read.time.us = (int64_t)cursor_u64(cursor);
	read.class = cursor_u8(cursor);
	read.verdict = cursor_u8(cursor);
	error = stored_text_decode(cursor, read.judge, sizeof(read.judge));
	if (!error)
		error = stored_text_decode(cursor, read.note,
					   sizeof(read.note));
	if (error)
		return error;
	if (read.case_id == 0 || read.class >= RSIT_CLASS_COUNT ||
	    read.verdict == 0 || read.verdict >= TRIAL_VERDICT_COUNT ||
	    read.time.us < TIMES_EARLIEST_US || read.time.us >= TIMES_LATEST_US)
		return LZ_E_RANGE;
	if (cursor_left(cursor) != 0)
		return LZ_E_FORMAT;
	*verdict = read;
	return 0;
}
