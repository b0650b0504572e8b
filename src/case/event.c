/* SPDX-License-Identifier: Apache-2.0 */
/* Stored form of an event. */
#include <string.h>

#include "case/step.h"
#include "case/stored.h"

#define SIGHTING_SET 1

static void
put_other(struct writer *writer, const struct case_other *it)
{
	writer_u64(writer, it->binding);
	stored_put_subject(writer, &it->target);
	stored_put_time(writer, it->end);
}

static bool
get_others(struct cursor *cursor, struct case_event *event)
{
	event->other_count = cursor_u8(cursor);
	if (event->other_count > CASE_PLACES_MAX - 1)
		return false;
	for (uint8_t i = 0; i < event->other_count; i++) {
		struct case_other *it = &event->others[i];

		it->binding = cursor_u64(cursor);
		if (!stored_get_subject(cursor, &it->target))
			return false;
		it->end = stored_get_time(cursor);
	}
	return true;
}

void
case_event_encode_bare(struct writer *writer, const struct case_event *event)
{
	writer_u16(writer, CASE_EVENT_SCHEMA);
	writer_u8(writer, (uint8_t)event->kind);
	writer_u8(writer, event->certainty);
	writer_u64(writer, event->binding);
	stored_put_time(writer, event->binding_end);
	stored_put_subject(writer, &event->target);
	writer_u8(writer, event->shared);
	writer_u8(writer, event->known);
	writer_u8(writer, event->protected);
	writer_u8(writer, event->reachable);
	writer_u8(writer, event->channels);
	writer_u8(writer, event->self);
	writer_u64(writer, event->notice_id);
	writer_u8(writer, (uint8_t)event->receipt);
	stored_put_time(writer, event->time);
	stored_put_text(writer, event->actor);
	stored_put_text(writer, event->reason);
	writer_u8(writer, event->other_count);
	for (uint8_t i = 0; i < event->other_count; i++)
		put_other(writer, &event->others[i]);
	stored_put_text(writer, event->binding_source);
	writer_u8(writer, event->granted);
	writer_u8(writer, event->measure);
	writer_u8(writer, event->security);
	writer_u64(writer, event->other_case);
}

void
case_event_encode(struct writer *writer, const struct case_event *event)
{
	case_event_encode_bare(writer, event);
	writer_u8(writer, event->sighting ? SIGHTING_SET : 0);
	if (event->sighting)
		sighting_encode(writer, event->sighting);
}

/* What schema 3 added. */
static bool
get_added(struct cursor *cursor, struct case_event *event)
{
	bool good = stored_get_text(cursor, event->binding_source,
				    sizeof(event->binding_source));

	good = good && stored_get_flag(cursor, &event->granted);
	event->measure = cursor_u8(cursor);
	event->security = cursor_u8(cursor);
	event->other_case = cursor_u64(cursor);
	return good;
}

static bool
get_party(struct cursor *cursor, struct case_event *event)
{
	return stored_get_subject(cursor, &event->target) &&
	       stored_get_flag(cursor, &event->shared) &&
	       stored_get_flag(cursor, &event->known) &&
	       stored_get_flag(cursor, &event->protected) &&
	       stored_get_flag(cursor, &event->reachable);
}

static bool
get_texts(struct cursor *cursor, struct case_event *event)
{
	return stored_get_text(cursor, event->actor, sizeof(event->actor)) &&
	       stored_get_text(cursor, event->reason, sizeof(event->reason));
}

static int
decode_bare(struct cursor *cursor, struct case_event *read)
{
	const uint16_t schema = cursor_u16(cursor);
	bool good;

	if (schema < 1 || schema > CASE_EVENT_SCHEMA)
		return cursor->failed ? LZ_E_SHORT : LZ_E_VERSION;
	read->kind = (enum case_event_kind)cursor_u8(cursor);
	read->certainty = cursor_u8(cursor);
	read->binding = cursor_u64(cursor);
	read->binding_end = stored_get_time(cursor);
	good = get_party(cursor, read);
	read->channels = cursor_u8(cursor);
	good = good && stored_get_flag(cursor, &read->self);
	read->notice_id = cursor_u64(cursor);
	read->receipt = (enum receipt_kind)cursor_u8(cursor);
	read->time = stored_get_time(cursor);
	good = good && get_texts(cursor, read);
	if (schema > 1)
		good = good && get_others(cursor, read);
	if (schema > 2)
		good = good && get_added(cursor, read);
	if (cursor->failed)
		return LZ_E_SHORT;
	if (!good || read->kind < CASE_EVENT_SIGHTING ||
	    read->kind >= CASE_EVENT_KIND_COUNT ||
	    read->receipt >= RECEIPT_KIND_COUNT ||
	    read->certainty >= CERTAINTY_COUNT)
		return LZ_E_RANGE;
	return LZ_OK;
}

int
case_event_decode_bare(struct cursor *cursor, struct case_event *event)
{
	struct case_event read = {0};
	int error = decode_bare(cursor, &read);

	if (!error)
		*event = read;
	return error;
}

int
case_event_decode(struct cursor *cursor, struct case_event *event,
		  struct sighting *sighting)
{
	struct case_event read = {0};
	int error = decode_bare(cursor, &read);
	uint8_t has;

	if (error)
		return error;
	has = cursor_u8(cursor);
	if (cursor->failed)
		return LZ_E_SHORT;
	if (has > SIGHTING_SET)
		return LZ_E_RANGE;
	if (has) {
		error = sighting_decode(cursor, sighting);
		if (error)
			return error;
		read.sighting = sighting;
	}
	if (!has && (read.kind == CASE_EVENT_SIGHTING ||
		     read.kind == CASE_EVENT_WITHDRAW))
		return LZ_E_FORMAT;
	*event = read;
	return LZ_OK;
}
