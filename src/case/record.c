/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored forms of a case and of an event.
 */
#include <string.h>

#include "case/step.h"

#define LATEST_SET 1
#define SIGHTING_SET 1

/* ---- small parts ---- */

static void
put_time(struct writer *writer, struct at_event time)
{
	writer_u64(writer, (uint64_t)time.us);
}

static struct at_event
get_time(struct cursor *cursor)
{
	return (struct at_event){(int64_t)cursor_u64(cursor)};
}

static void
put_text(struct writer *writer, const char *text)
{
	size_t length = strlen(text);

	writer_u16(writer, (uint16_t)length);
	writer_bytes(writer, text, length);
}

/* False: too long, or not printable text. */
static bool
get_text(struct cursor *cursor, char *text, size_t size)
{
	size_t length = cursor_u16(cursor);
	const uint8_t *at = cursor_take(cursor, length);

	if (!at || length >= size)
		return false;
	for (size_t i = 0; i < length; i++)
		if (at[i] < ' ' || at[i] == 0x7f)
			return false;
	memset(text, 0, size);
	if (length > 0)
		memcpy(text, at, length);
	return true;
}

static void
put_subject(struct writer *writer, const struct subject *subject)
{
	writer_bytes(writer, subject->prefix.addr.bytes,
		     sizeof(subject->prefix.addr.bytes));
	writer_u8(writer, subject->prefix.length);
	writer_u16(writer, subject->port_first);
	writer_u16(writer, subject->port_last);
}

static bool
get_subject(struct cursor *cursor, struct subject *subject)
{
	const uint8_t *at = cursor_take(cursor,
					sizeof(subject->prefix.addr.bytes));
	struct prefix cut;

	if (!at)
		return false;
	memcpy(subject->prefix.addr.bytes, at,
	       sizeof(subject->prefix.addr.bytes));
	subject->prefix.length = cursor_u8(cursor);
	subject->port_first = cursor_u16(cursor);
	subject->port_last = cursor_u16(cursor);
	if (cursor->failed || subject->prefix.length > 128 ||
	    subject->port_first > subject->port_last)
		return false;
	cut = prefix_of(&subject->prefix.addr, subject->prefix.length);
	return prefix_equal(&cut, &subject->prefix);
}

static void
put_causes(struct writer *writer, const uint32_t causes[CASE_CAUSES])
{
	for (unsigned i = 0; i < CASE_CAUSES; i++)
		writer_u32(writer, causes[i]);
}

static void
get_causes(struct cursor *cursor, uint32_t causes[CASE_CAUSES])
{
	for (unsigned i = 0; i < CASE_CAUSES; i++)
		causes[i] = cursor_u32(cursor);
}

static bool
get_flag(struct cursor *cursor, bool *flag)
{
	uint8_t value = cursor_u8(cursor);

	*flag = value == 1;
	return value <= 1;
}

/* ---- parts of a case ---- */

static void
put_sighting(struct writer *writer, const struct case_sighting *it)
{
	writer_bytes(writer, it->id, sizeof(it->id));
	put_time(writer, it->time);
	writer_u32(writer, it->origin_hash);
	writer_u32(writer, (uint32_t)it->weight_milli);
	writer_u16(writer, it->marks);
	writer_u8(writer, it->class);
	writer_u8(writer, it->role);
	writer_u8(writer, it->certainty);
	writer_u8(writer, it->own);
}

static bool
get_sighting(struct cursor *cursor, struct case_sighting *it)
{
	const uint8_t *id = cursor_take(cursor, sizeof(it->id));

	if (!id)
		return false;
	memcpy(it->id, id, sizeof(it->id));
	it->time = get_time(cursor);
	it->origin_hash = cursor_u32(cursor);
	it->weight_milli = (int32_t)cursor_u32(cursor);
	it->marks = cursor_u16(cursor);
	it->class = cursor_u8(cursor);
	it->role = cursor_u8(cursor);
	it->certainty = cursor_u8(cursor);
	return get_flag(cursor, &it->own) && it->class < RSIT_CLASS_COUNT &&
	       it->role < ROLE_COUNT && it->certainty < CERTAINTY_COUNT &&
	       it->weight_milli <= 1000000 && it->weight_milli >= -1000000;
}

static void
put_notice(struct writer *writer, const struct case_notice *it)
{
	writer_u64(writer, it->id);
	writer_u64(writer, it->code_bits);
	writer_u32(writer, it->step);
	put_time(writer, it->created);
	put_time(writer, it->sent);
	put_time(writer, it->accepted);
	put_time(writer, it->delivered);
	put_time(writer, it->seen);
	put_time(writer, it->acknowledged);
	put_time(writer, it->failed);
	writer_u8(writer, it->would);
	put_causes(writer, it->causes);
}

static bool
get_notice(struct cursor *cursor, struct case_notice *it)
{
	bool good;

	it->id = cursor_u64(cursor);
	it->code_bits = cursor_u64(cursor);
	it->step = cursor_u32(cursor);
	it->created = get_time(cursor);
	it->sent = get_time(cursor);
	it->accepted = get_time(cursor);
	it->delivered = get_time(cursor);
	it->seen = get_time(cursor);
	it->acknowledged = get_time(cursor);
	it->failed = get_time(cursor);
	good = get_flag(cursor, &it->would);
	get_causes(cursor, it->causes);
	return good;
}

static void
put_measure(struct writer *writer, const struct case_measure *it)
{
	writer_u64(writer, it->id);
	writer_u8(writer, (uint8_t)it->kind);
	put_text(writer, it->target);
	put_time(writer, it->since);
	put_time(writer, it->expires);
	writer_u64(writer, it->binding);
	writer_u8(writer, it->would);
	put_causes(writer, it->causes);
}

static bool
get_measure(struct cursor *cursor, struct case_measure *it)
{
	bool good;
	uint8_t kind;

	it->id = cursor_u64(cursor);
	kind = cursor_u8(cursor);
	it->kind = (enum measure_kind)kind;
	if (!get_text(cursor, it->target, sizeof(it->target)))
		return false;
	it->since = get_time(cursor);
	it->expires = get_time(cursor);
	it->binding = cursor_u64(cursor);
	good = get_flag(cursor, &it->would);
	get_causes(cursor, it->causes);
	return good && kind >= MEASURE_FILTER && kind < MEASURE_KIND_COUNT;
}

static void
put_place(struct writer *writer, const struct case_place *it)
{
	writer_u64(writer, it->binding);
	put_subject(writer, &it->target);
	put_time(writer, it->end);
	put_time(writer, it->last);
}

static bool
get_place(struct cursor *cursor, struct case_place *it)
{
	it->binding = cursor_u64(cursor);
	if (!get_subject(cursor, &it->target))
		return false;
	it->end = get_time(cursor);
	it->last = get_time(cursor);
	return true;
}

/* ---- the whole case ---- */

/* Every time of the record itself, in stored order. */
#define RECORD_TIMES(X)  \
	X(opened)        \
	X(changed)       \
	X(due)           \
	X(closed)        \
	X(state_since)   \
	X(retry)         \
	X(earlier_until) \
	X(first_seen)    \
	X(last_seen)     \
	X(attack_last)   \
	X(probation_since)

static void
put_head(struct writer *writer, const struct case_record *record)
{
	writer_u64(writer, record->id);
	writer_u64(writer, record->party.value);
	writer_u64(writer, record->earlier);
	writer_u8(writer, (uint8_t)record->state);
	writer_u8(writer, (uint8_t)record->held_from);
	writer_u8(writer, record->certainty);
	writer_u8(writer, record->known);
	writer_u8(writer, record->protected);
	writer_u8(writer, record->reachable);
	writer_u8(writer, record->channels);
	writer_u8(writer, (uint8_t)record->asked);
	writer_u64(writer, record->version);
#define PUT(field) put_time(writer, record->field);
	RECORD_TIMES(PUT)
#undef PUT
	writer_u32(writer, record->attack_minutes);
	writer_u32(writer, (uint32_t)record->score_milli);
	writer_u32(writer, record->classes);
	writer_bytes(writer, record->policy_hash, sizeof(record->policy_hash));
}

static bool
get_head(struct cursor *cursor, struct case_record *record)
{
	const uint8_t *hash;
	uint8_t state, held_from;
	bool good;

	record->id = cursor_u64(cursor);
	record->party.value = cursor_u64(cursor);
	record->earlier = cursor_u64(cursor);
	state = cursor_u8(cursor);
	held_from = cursor_u8(cursor);
	record->state = (enum case_state)state;
	record->held_from = (enum case_state)held_from;
	record->certainty = cursor_u8(cursor);
	good = get_flag(cursor, &record->known);
	good &= get_flag(cursor, &record->protected);
	good &= get_flag(cursor, &record->reachable);
	record->channels = cursor_u8(cursor);
	record->asked = cursor_u8(cursor);
	record->version = cursor_u64(cursor);
#define GET(field) record->field = get_time(cursor);
	RECORD_TIMES(GET)
#undef GET
	record->attack_minutes = cursor_u32(cursor);
	record->score_milli = (int32_t)cursor_u32(cursor);
	record->classes = cursor_u32(cursor);
	hash = cursor_take(cursor, sizeof(record->policy_hash));
	if (!hash)
		return false;
	memcpy(record->policy_hash, hash, sizeof(record->policy_hash));
	return good && state >= CASE_WATCHING && state < CASE_STATE_COUNT &&
	       held_from < CASE_STATE_COUNT &&
	       (state != CASE_HELD || held_from >= CASE_WATCHING) &&
	       record->certainty < CERTAINTY_COUNT;
}

void
case_record_copy(struct case_record *to, const struct case_record *from)
{
	memcpy(to, from, CASE_RECORD_SIZE(from->sighting_count));
}

void
case_record_encode(struct writer *writer, const struct case_record *record)
{
	bool latest = times_is_set(record->latest.time);

	writer_u16(writer, CASE_SCHEMA);
	put_head(writer, record);
	writer_u8(writer, (uint8_t)record->self_release_count);
	for (uint32_t i = 0; i < record->self_release_count; i++)
		put_time(writer, record->self_released[i]);
	writer_u8(writer, (uint8_t)record->notice_count);
	for (uint32_t i = 0; i < record->notice_count; i++)
		put_notice(writer, &record->notices[i]);
	writer_u8(writer, (uint8_t)record->measure_count);
	for (uint32_t i = 0; i < record->measure_count; i++)
		put_measure(writer, &record->measures[i]);
	writer_u8(writer, (uint8_t)record->place_count);
	for (uint32_t i = 0; i < record->place_count; i++)
		put_place(writer, &record->places[i]);
	writer_u16(writer, (uint16_t)record->sighting_count);
	for (uint32_t i = 0; i < record->sighting_count; i++)
		put_sighting(writer, &record->sightings[i]);
	writer_u8(writer, latest ? LATEST_SET : 0);
	if (latest)
		sighting_encode(writer, &record->latest);
}

static bool
get_lists(struct cursor *cursor, struct case_record *record)
{
	record->self_release_count = cursor_u8(cursor);
	if (record->self_release_count > CASE_SELF_RELEASES_MAX)
		return false;
	for (uint32_t i = 0; i < record->self_release_count; i++)
		record->self_released[i] = get_time(cursor);
	record->notice_count = cursor_u8(cursor);
	if (record->notice_count > CASE_NOTICES_MAX)
		return false;
	for (uint32_t i = 0; i < record->notice_count; i++)
		if (!get_notice(cursor, &record->notices[i]))
			return false;
	record->measure_count = cursor_u8(cursor);
	if (record->measure_count > CASE_MEASURES_MAX)
		return false;
	for (uint32_t i = 0; i < record->measure_count; i++)
		if (!get_measure(cursor, &record->measures[i]))
			return false;
	record->place_count = cursor_u8(cursor);
	if (record->place_count > CASE_PLACES_MAX)
		return false;
	for (uint32_t i = 0; i < record->place_count; i++)
		if (!get_place(cursor, &record->places[i]))
			return false;
	record->sighting_count = cursor_u16(cursor);
	if (record->sighting_count > CASE_SIGHTINGS_MAX)
		return false;
	for (uint32_t i = 0; i < record->sighting_count; i++)
		if (!get_sighting(cursor, &record->sightings[i]))
			return false;
	return true;
}

int
case_record_decode(struct cursor *cursor, struct case_record *record)
{
	struct case_record read;
	int error = LZ_OK;
	uint8_t latest;

	memset(&read, 0, sizeof(read));
	if (cursor_u16(cursor) != CASE_SCHEMA)
		return cursor->failed ? LZ_E_SHORT : LZ_E_VERSION;
	if (!get_head(cursor, &read) || !get_lists(cursor, &read))
		return cursor->failed ? LZ_E_SHORT : LZ_E_RANGE;
	latest = cursor_u8(cursor);
	read.latest.time = times_unset();
	if (latest == LATEST_SET)
		error = sighting_decode(cursor, &read.latest);
	else if (latest != 0)
		error = LZ_E_FORMAT;
	if (error)
		return error;
	if (cursor->failed)
		return LZ_E_SHORT;
	*record = read;
	return LZ_OK;
}

/* ---- events ---- */

static void
put_other(struct writer *writer, const struct case_other *it)
{
	writer_u64(writer, it->binding);
	put_subject(writer, &it->target);
	put_time(writer, it->end);
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
		if (!get_subject(cursor, &it->target))
			return false;
		it->end = get_time(cursor);
	}
	return true;
}

void
case_event_encode(struct writer *writer, const struct case_event *event)
{
	writer_u16(writer, CASE_EVENT_SCHEMA);
	writer_u8(writer, (uint8_t)event->kind);
	writer_u8(writer, event->certainty);
	writer_u64(writer, event->binding);
	put_time(writer, event->binding_end);
	put_subject(writer, &event->target);
	writer_u8(writer, event->shared);
	writer_u8(writer, event->known);
	writer_u8(writer, event->protected);
	writer_u8(writer, event->reachable);
	writer_u8(writer, event->channels);
	writer_u8(writer, event->self);
	writer_u64(writer, event->notice_id);
	writer_u8(writer, (uint8_t)event->receipt);
	put_time(writer, event->time);
	put_text(writer, event->actor);
	put_text(writer, event->reason);
	writer_u8(writer, event->other_count);
	for (uint8_t i = 0; i < event->other_count; i++)
		put_other(writer, &event->others[i]);
	writer_u8(writer, event->sighting ? SIGHTING_SET : 0);
	if (event->sighting)
		sighting_encode(writer, event->sighting);
}

int
case_event_decode(struct cursor *cursor, struct case_event *event,
		  struct sighting *sighting)
{
	struct case_event read = {0};
	const uint16_t schema = cursor_u16(cursor);
	uint8_t kind, receipt, has;
	bool good;
	int error;

	if (schema < 1 || schema > CASE_EVENT_SCHEMA)
		return cursor->failed ? LZ_E_SHORT : LZ_E_VERSION;
	kind = cursor_u8(cursor);
	read.kind = (enum case_event_kind)kind;
	read.certainty = cursor_u8(cursor);
	read.binding = cursor_u64(cursor);
	read.binding_end = get_time(cursor);
	good = get_subject(cursor, &read.target);
	good = good && get_flag(cursor, &read.shared);
	good = good && get_flag(cursor, &read.known);
	good = good && get_flag(cursor, &read.protected);
	good = good && get_flag(cursor, &read.reachable);
	read.channels = cursor_u8(cursor);
	good = good && get_flag(cursor, &read.self);
	read.notice_id = cursor_u64(cursor);
	receipt = cursor_u8(cursor);
	read.receipt = (enum receipt_kind)receipt;
	read.time = get_time(cursor);
	good = good && get_text(cursor, read.actor, sizeof(read.actor));
	good = good && get_text(cursor, read.reason, sizeof(read.reason));
	if (schema > 1)
		good = good && get_others(cursor, &read);
	has = cursor_u8(cursor);
	if (cursor->failed)
		return LZ_E_SHORT;
	if (!good || kind < CASE_EVENT_SIGHTING ||
	    kind >= CASE_EVENT_KIND_COUNT || receipt >= RECEIPT_KIND_COUNT ||
	    read.certainty >= CERTAINTY_COUNT || has > SIGHTING_SET)
		return LZ_E_RANGE;
	if (has) {
		error = sighting_decode(cursor, sighting);
		if (error)
			return error;
		read.sighting = sighting;
	}
	if (!has &&
	    (kind == CASE_EVENT_SIGHTING || kind == CASE_EVENT_WITHDRAW))
		return LZ_E_FORMAT;
	*event = read;
	return LZ_OK;
}
