/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of what a person orders. */
#include "role/command.h"

#include "role/stored_text.h"

bool
command_act(enum case_event_kind act)
{
	return act == CASE_EVENT_HOLD || act == CASE_EVENT_RELEASE ||
	       act == CASE_EVENT_DISMISS || act == CASE_EVENT_RESUME;
}

void
command_encode(struct writer *writer, const struct command *command)
{
	writer_u8(writer, COMMAND_SCHEMA);
	writer_u8(writer, (uint8_t)command->act);
	writer_u64(writer, command->case_id);
	writer_u64(writer, (uint64_t)command->time.us);
	stored_text_encode(writer, command->actor);
	stored_text_encode(writer, command->reason);
}

int
command_decode(struct cursor *cursor, struct command *command)
{
	struct command read = {0};
	const uint8_t schema = cursor_u8(cursor);
	int error;

	if (cursor->failed)
		return LZ_E_SHORT;
	if (schema != COMMAND_SCHEMA)
		return LZ_E_VERSION;
	read.act = (enum case_event_kind)cursor_u8(cursor);
	read.case_id = cursor_u64(cursor);
	read.time.us = (int64_t)cursor_u64(cursor);
	error = stored_text_decode(cursor, read.actor, sizeof(read.actor));
	if (!error)
		error = stored_text_decode(cursor, read.reason,
					   sizeof(read.reason));
	if (error)
		return error;
	if (!command_act(read.act) || read.time.us < TIMES_EARLIEST_US ||
	    read.time.us >= TIMES_LATEST_US)
		return LZ_E_RANGE;
	if (cursor_left(cursor) != 0)
		return LZ_E_FORMAT;
	*command = read;
	return 0;
}
