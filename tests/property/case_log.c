/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded steps as bytes, and back. */
#include "property/case_log.h"

#include <stdlib.h>
#include <string.h>

#define ROW_BYTES_MAX 32768

/* ---- writing ---- */

/* The desk's rule (role/desk_keep.c). */
static bool
is_quiet(const struct case_output *step)
{
	return step->changed && !step->refused && step->action_count == 0 &&
	       (step->from == 0 || step->from == step->record->state);
}

static void
put_text(struct writer *writer, const char *text)
{
	const size_t length = text ? strlen(text) : 0;

	writer_u16(writer, (uint16_t)length);
	if (length > 0)
		writer_bytes(writer, text, length);
}

static void
put_action(struct writer *writer, const struct case_action *action)
{
	struct case_entry_action recorded;

	case_entry_action_of(action, &recorded);
	writer_u8(writer, recorded.kind);
	writer_u8(writer, recorded.would);
	writer_u64(writer, recorded.ref);
	writer_u8(writer, recorded.measure);
	writer_u32(writer, recorded.step);
	writer_u64(writer, (uint64_t)recorded.expires.us);
	put_text(writer, recorded.target);
	put_text(writer, recorded.text);
}

static void
put_event(struct writer *writer, const struct case_output *output, bool folded)
{
	if (!folded) {
		case_event_encode(writer, output->event);
		return;
	}
	case_event_encode_bare(writer, output->event);
	sighting_encode(writer, output->event->sighting);
}

static void
put_step(struct writer *writer, const struct case_output *output, bool folded)
{
	const struct case_step_input *input = output->input;

	writer_u8(writer, folded);
	writer_u64(writer, (uint64_t)input->now.us);
	writer_u8(writer, input->brake);
	put_text(writer, input->brake_text);
	for (unsigned i = 0; i < CASE_CAUSES; i++)
		writer_u32(writer, input->causes[i]);
	for (unsigned i = 0; i < CASE_ACTIONS_MAX && !folded; i++)
		writer_u64(writer, input->ids[i]);
	writer_u8(writer, (uint8_t)output->from);
	writer_u8(writer, (uint8_t)output->record->state);
	writer_u32(writer, (uint32_t)output->record->score_milli);
	writer_u64(writer, output->record->version);
	writer_u8(writer, output->changed);
	put_text(writer, output->row);
	put_text(writer, output->refused);
	writer_u8(writer, (uint8_t)output->action_count);
	for (size_t i = 0; i < output->action_count; i++)
		put_action(writer, &output->actions[i]);
	put_event(writer, output, folded);
}

int
case_log_add(struct case_log *log, const struct case_output *output,
	     bool arrived)
{
	static uint8_t bytes[ROW_BYTES_MAX];
	const bool folded = arrived && is_quiet(output);
	struct case_log_row *row;
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	put_step(&writer, output, folded);
	if (writer.failed)
		return LZ_E_FULL;
	if (log->count == log->room) {
		log->room = log->room * 2 + 1024;
		log->rows = realloc(log->rows, log->room * sizeof(*row));
		if (!log->rows)
			return LZ_E_MEMORY;
	}
	row = &log->rows[log->count++];
	*row = (struct case_log_row){.case_id = output->record->id,
				     .n = output->n,
				     .bytes = malloc(writer.length),
				     .length = (uint32_t)writer.length};
	if (!row->bytes)
		return LZ_E_MEMORY;
	memcpy(row->bytes, bytes, writer.length);
	log->folded += folded;
	log->bytes += writer.length;
	return 0;
}

/* ---- reading ---- */

static void
get_text(struct cursor *cursor, char *text, size_t size)
{
	const size_t length = cursor_u16(cursor);
	const uint8_t *bytes = cursor_take(cursor, length);

	memset(text, 0, size);
	if (bytes && length > 0 && length < size)
		memcpy(text, bytes, length);
}

static void
get_action(struct cursor *cursor, struct case_entry_action *action)
{
	memset(action, 0, sizeof(*action));
	action->kind = cursor_u8(cursor);
	action->would = cursor_u8(cursor) != 0;
	action->ref = cursor_u64(cursor);
	action->measure = cursor_u8(cursor);
	action->step = cursor_u32(cursor);
	action->expires.us = (int64_t)cursor_u64(cursor);
	get_text(cursor, action->target, sizeof(action->target));
	get_text(cursor, action->text, sizeof(action->text));
}

static int
get_event(struct cursor *cursor, struct case_entry *entry, bool folded)
{
	int error;

	if (!folded)
		return case_event_decode(cursor, &entry->event,
					 &entry->sighting);
	error = case_event_decode_bare(cursor, &entry->event);
	if (!error)
		error = sighting_decode(cursor, &entry->sighting);
	entry->event.sighting = &entry->sighting;
	return error;
}

static void
get_input(struct cursor *cursor, struct case_entry *entry, bool folded)
{
	struct case_step_input *input = &entry->input;

	input->now.us = (int64_t)cursor_u64(cursor);
	input->brake = cursor_u8(cursor);
	get_text(cursor, entry->brake_text, sizeof(entry->brake_text));
	if (*entry->brake_text)
		input->brake_text = entry->brake_text;
	for (unsigned i = 0; i < CASE_CAUSES; i++)
		input->causes[i] = cursor_u32(cursor);
	for (unsigned i = 0; i < CASE_ACTIONS_MAX && !folded; i++)
		input->ids[i] = cursor_u64(cursor);
}

int
case_log_read(const struct case_log_row *row, struct case_entry *entry)
{
	struct cursor cursor;
	bool folded;

	memset(entry, 0, sizeof(*entry));
	cursor_init(&cursor, row->bytes, row->length);
	folded = cursor_u8(&cursor) != 0;
	get_input(&cursor, entry, folded);
	entry->from = (enum case_state)cursor_u8(&cursor);
	entry->state = (enum case_state)cursor_u8(&cursor);
	entry->score_milli = (int32_t)cursor_u32(&cursor);
	entry->version = cursor_u64(&cursor);
	entry->changed = cursor_u8(&cursor) != 0;
	get_text(&cursor, entry->row, sizeof(entry->row));
	get_text(&cursor, entry->refused, sizeof(entry->refused));
	entry->action_count = cursor_u8(&cursor);
	if (entry->action_count > CASE_ACTIONS_MAX)
		return LZ_E_RANGE;
	for (uint32_t i = 0; i < entry->action_count; i++)
		get_action(&cursor, &entry->actions[i]);
	return cursor.failed ? LZ_E_SHORT : get_event(&cursor, entry, folded);
}

static int
compare_rows(const void *a, const void *b)
{
	const struct case_log_row *left = a, *right = b;

	if (left->case_id != right->case_id)
		return left->case_id < right->case_id ? -1 : 1;
	return left->n < right->n ? -1 : left->n > right->n;
}

void
case_log_sort(struct case_log *log)
{
	if (log->count > 0)
		qsort(log->rows, log->count, sizeof(log->rows[0]),
		      compare_rows);
}

void
case_log_free(struct case_log *log)
{
	for (size_t i = 0; i < log->count; i++)
		free(log->rows[i].bytes);
	free(log->rows);
	memset(log, 0, sizeof(*log));
}
