/* SPDX-License-Identifier: Apache-2.0 */
/* Packing an event into its sighting's row: see the header. */
#include "store/folded_event.h"

#include <string.h>

#define ABSENT 0xff /* length of a text that isn't there; none is as long */

static void
text_encode(struct writer *writer, const char *text)
{
	const size_t length = text ? strlen(text) : 0;

	if (length >= ABSENT) {
		writer->failed = true;
		return;
	}
	writer_u8(writer, text ? (uint8_t)length : ABSENT);
	writer_bytes(writer, text, length);
}

static const char *
text_decode(struct cursor *cursor, char text[256])
{
	const uint8_t length = cursor_u8(cursor);
	const uint8_t *at = length == ABSENT ? NULL
					     : cursor_take(cursor, length);

	if (!at)
		return NULL;
	memcpy(text, at, length);
	text[length] = '\0';
	return text;
}

void
folded_event_encode(struct writer *writer, const struct store_event *event)
{
	writer_u8(writer, FOLDED_EVENT_SCHEMA);
	writer_u64(writer, (uint64_t)event->now.us);
	writer_u8(writer, (uint8_t)event->kind);
	writer_u8(writer, event->brake);
	for (unsigned i = 0; i < STORE_CAUSES; i++)
		writer_u32(writer, event->causes[i]);
	writer_u8(writer, event->from);
	writer_u8(writer, (uint8_t)event->state);
	writer_u32(writer, (uint32_t)event->score_milli);
	writer_u64(writer, event->version);
	writer_u8(writer, event->changed);
	writer_bytes(writer, event->policy_hash, STORE_HASH_SIZE);
	writer_bytes(writer, event->current_hash, STORE_HASH_SIZE);
	writer_u32(writer, event->table_version);
	text_encode(writer, event->brake_text);
	text_encode(writer, event->row);
	text_encode(writer, event->refused);
	text_encode(writer, event->program ? event->program : "");
	writer_u16(writer, (uint16_t)event->body.length);
	if (event->body.length > UINT16_MAX)
		writer->failed = true;
	writer_bytes(writer, event->body.at, event->body.length);
}

static void
hash_decode(struct cursor *cursor, uint8_t hash[STORE_HASH_SIZE])
{
	const uint8_t *at = cursor_take(cursor, STORE_HASH_SIZE);

	if (at)
		memcpy(hash, at, STORE_HASH_SIZE);
}

int
folded_event_decode(struct cursor *cursor, struct folded_texts *texts,
		    struct store_event *event)
{
	if (cursor_u8(cursor) != FOLDED_EVENT_SCHEMA)
		return cursor->failed ? LZ_E_SHORT : LZ_E_VERSION;
	*event = (struct store_event){0};
	event->now.us = (int64_t)cursor_u64(cursor);
	event->kind = (enum case_event_kind)cursor_u8(cursor);
	event->brake = cursor_u8(cursor);
	for (unsigned i = 0; i < STORE_CAUSES; i++)
		event->causes[i] = cursor_u32(cursor);
	event->from = cursor_u8(cursor);
	event->state = (enum case_state)cursor_u8(cursor);
	event->score_milli = (int32_t)cursor_u32(cursor);
	event->version = cursor_u64(cursor);
	event->changed = cursor_u8(cursor) != 0;
	hash_decode(cursor, event->policy_hash);
	hash_decode(cursor, event->current_hash);
	event->table_version = cursor_u32(cursor);
	event->brake_text = text_decode(cursor, texts->brake);
	event->row = text_decode(cursor, texts->row);
	event->refused = text_decode(cursor, texts->refused);
	event->program = text_decode(cursor, texts->program);
	event->body.length = cursor_u16(cursor);
	event->body.at = cursor_take(cursor, event->body.length);
	if (cursor->failed)
		return LZ_E_SHORT;
	return event->kind < CASE_EVENT_KIND_COUNT &&
		       event->state < CASE_STATE_COUNT && event->program
		   ? 0
		   : LZ_E_RANGE;
}
