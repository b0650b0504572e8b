/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of what a person orders. */
#include "role/command.h"

#include <string.h>

#include "fact/security_reason.h"
#include "role/stored_text.h"

static bool
is_case_act(uint8_t act)
{
	switch (act) {
	case CASE_EVENT_HOLD:
	case CASE_EVENT_RELEASE:
	case CASE_EVENT_DISMISS:
	case CASE_EVENT_RESUME:
	case CASE_EVENT_OBJECT:
	case CASE_EVENT_ANSWER:
	case CASE_EVENT_ORDER:
	case CASE_EVENT_MERGE:
		return true;
	default:
		return false;
	}
}

bool
command_act(uint8_t act)
{
	return is_case_act(act) ||
	       (act >= COMMAND_SPLIT && act < COMMAND_KIND_END);
}

const char *
command_act_name(uint8_t act)
{
	static const char *const names[COMMAND_KIND_END - COMMAND_SPLIT] = {
	    "split",          "stop",        "go",         "recall",
	    "recall approve", "recall drop", "recall lift"};

	if (act >= COMMAND_SPLIT && act < COMMAND_KIND_END)
		return names[act - COMMAND_SPLIT];
	return is_case_act(act) ? case_event_kind_name(act) : "unknown";
}

/* ------------------------------------------------------------ writing */

static void
encode_split(struct writer *writer, const struct command *command)
{
	writer_u64(writer, command->other);
	writer_u8(writer, command->split);
	if (command->split == SPLIT_CLASS)
		writer_u8(writer, command->class);
	if (command->split == SPLIT_ADDRESS)
		writer_bytes(writer, command->address.bytes,
			     sizeof(command->address.bytes));
	if (command->split != SPLIT_IDS)
		return;
	writer_u8(writer, command->id_count);
	for (unsigned i = 0; i < command->id_count; i++)
		writer_bytes(writer, command->ids[i], SIGHTING_ID_SIZE);
}

static void
encode_recall(struct writer *writer, const struct command *command)
{
	writer_u8(writer, command->recall);
	stored_text_encode(writer, command->value);
	writer_u64(writer, (uint64_t)command->since.us);
	writer_u64(writer, (uint64_t)command->until.us);
}

void
command_encode(struct writer *writer, const struct command *command)
{
	writer_u8(writer, COMMAND_SCHEMA);
	writer_u8(writer, command->act);
	writer_u64(writer, command->case_id);
	writer_u64(writer, (uint64_t)command->time.us);
	stored_text_encode(writer, command->actor);
	stored_text_encode(writer, command->reason);
	switch (command->act) {
	case CASE_EVENT_ANSWER:
		writer_u8(writer, command->granted);
		break;
	case CASE_EVENT_ORDER:
		writer_u8(writer, command->measure);
		writer_u8(writer, command->security);
		break;
	case CASE_EVENT_MERGE:
	case COMMAND_RECALL_APPROVE:
	case COMMAND_RECALL_DROP:
	case COMMAND_RECALL_LIFT:
		writer_u64(writer, command->other);
		break;
	case COMMAND_STOP:
	case COMMAND_GO:
		writer_u8(writer, command->stops);
		break;
	case COMMAND_SPLIT:
		encode_split(writer, command);
		break;
	case COMMAND_RECALL:
		encode_recall(writer, command);
		break;
	default:
		break;
	}
}

/* ------------------------------------------------------------ reading */

static bool
is_time(struct at_event time)
{
	return time.us >= TIMES_EARLIEST_US && time.us < TIMES_LATEST_US;
}

static int
decode_ids(struct cursor *cursor, struct command *read)
{
	read->id_count = cursor_u8(cursor);
	if (cursor->failed)
		return LZ_E_SHORT;
	if (read->id_count == 0 || read->id_count > COMMAND_IDS_MAX)
		return LZ_E_RANGE;
	for (unsigned i = 0; i < read->id_count; i++) {
		const uint8_t *id = cursor_take(cursor, SIGHTING_ID_SIZE);

		if (id)
			memcpy(read->ids[i], id, SIGHTING_ID_SIZE);
	}
	return 0;
}

static int
decode_split(struct cursor *cursor, struct command *read)
{
	const uint8_t *bytes;

	read->other = cursor_u64(cursor);
	read->split = cursor_u8(cursor);
	if (cursor->failed)
		return LZ_E_SHORT;
	switch (read->split) {
	case SPLIT_IDS:
		return decode_ids(cursor, read);
	case SPLIT_CLASS:
		read->class = cursor_u8(cursor);
		return read->class < RSIT_CLASS_COUNT ? 0 : LZ_E_RANGE;
	case SPLIT_ADDRESS:
		bytes = cursor_take(cursor, sizeof(read->address.bytes));
		if (bytes)
			memcpy(read->address.bytes, bytes,
			       sizeof(read->address.bytes));
		return 0;
	default:
		return LZ_E_RANGE;
	}
}

static int
decode_recall(struct cursor *cursor, struct command *read)
{
	int error;

	read->recall = cursor_u8(cursor);
	error = stored_text_decode(cursor, read->value, sizeof(read->value));
	read->since.us = (int64_t)cursor_u64(cursor);
	read->until.us = (int64_t)cursor_u64(cursor);
	if (error || cursor->failed)
		return error ? error : LZ_E_SHORT;
	if (!recall_kind_name(read->recall) || !read->value[0] ||
	    !is_time(read->since) ||
	    (times_is_set(read->until) &&
	     (!is_time(read->until) || read->until.us <= read->since.us)))
		return LZ_E_RANGE;
	return 0;
}

static int
decode_details(struct cursor *cursor, struct command *read)
{
	uint8_t granted;

	switch (read->act) {
	case CASE_EVENT_ANSWER:
		granted = cursor_u8(cursor);
		read->granted = granted == 1;
		return granted <= 1 ? 0 : LZ_E_RANGE;
	case CASE_EVENT_ORDER:
		read->measure = cursor_u8(cursor);
		read->security = cursor_u8(cursor);
		if (cursor->failed)
			return LZ_E_SHORT;
		return read->measure > MEASURE_FILTER &&
			       read->measure < MEASURE_KIND_COUNT &&
			       read->security > REASON_NONE &&
			       read->security < REASON_COUNT
			   ? 0
			   : LZ_E_RANGE;
	case CASE_EVENT_MERGE:
	case COMMAND_RECALL_APPROVE:
	case COMMAND_RECALL_DROP:
	case COMMAND_RECALL_LIFT:
		read->other = cursor_u64(cursor);
		if (cursor->failed)
			return LZ_E_SHORT;
		return read->other ? 0 : LZ_E_RANGE;
	case COMMAND_STOP:
	case COMMAND_GO:
		read->stops = cursor_u8(cursor);
		if (cursor->failed)
			return LZ_E_SHORT;
		return read->stops != 0 && read->stops <= 3 ? 0 : LZ_E_RANGE;
	case COMMAND_SPLIT:
		return decode_split(cursor, read);
	case COMMAND_RECALL:
		return decode_recall(cursor, read);
	default:
		return 0;
	}
}

int
command_decode(struct cursor *cursor, struct command *command)
{
	struct command read = {0};
	const uint8_t schema = cursor_u8(cursor);
	int error;

	if (cursor->failed)
		return LZ_E_SHORT;
	if (schema != COMMAND_SCHEMA && schema != 1)
		return LZ_E_VERSION;
	read.act = cursor_u8(cursor);
	read.case_id = cursor_u64(cursor);
	read.time.us = (int64_t)cursor_u64(cursor);
	error = stored_text_decode(cursor, read.actor, sizeof(read.actor));
	if (!error)
		error = stored_text_decode(cursor, read.reason,
					   sizeof(read.reason));
	if (error)
		return error;
	if (!command_act(read.act) || !is_time(read.time) ||
	    (schema == 1 && read.act > CASE_EVENT_RESUME))
		return LZ_E_RANGE;
	error = decode_details(cursor, &read);
	if (error || cursor->failed)
		return error ? error : LZ_E_SHORT;
	if (cursor_left(cursor) != 0)
		return LZ_E_FORMAT;
	*command = read;
	return 0;
}
