/* SPDX-License-Identifier: Apache-2.0 */
/* Stored form of a case: what later schemas added is derived where it's missing. */
#include <string.h>

#include "case/findings.h"
#include "case/step.h"
#include "case/stored.h"
#include "fact/security_reason.h"

#define LATEST_SET 1
#define CAUSES_FIRST 3 /* of schema 1 */
#define RUNGS_FIRST 2  /* notices of schema 1's one ladder */

static void
put_causes(struct writer *writer, const uint32_t causes[CASE_CAUSES])
{
	for (unsigned i = 0; i < CASE_CAUSES; i++)
		writer_u32(writer, causes[i]);
}

static void
get_causes(struct cursor *cursor, unsigned schema, uint32_t causes[CASE_CAUSES])
{
	for (unsigned i = 0; i < (schema > 1 ? CASE_CAUSES : CAUSES_FIRST); i++)
		causes[i] = cursor_u32(cursor);
}

/* ---- parts of a case ---- */

static void
put_sighting(struct writer *writer, const struct case_sighting *it)
{
	writer_bytes(writer, it->id, sizeof(it->id));
	stored_put_time(writer, it->time);
	writer_u32(writer, it->origin_hash);
	writer_u32(writer, (uint32_t)it->weight_milli);
	writer_u16(writer, it->marks);
	writer_u8(writer, it->class);
	writer_u8(writer, it->role);
	writer_u8(writer, it->certainty);
	writer_u8(writer, it->own);
	writer_u8(writer, it->finding);
}

static bool
get_sighting(struct cursor *cursor, unsigned schema, struct case_sighting *it)
{
	const uint8_t *id = cursor_take(cursor, sizeof(it->id));
	bool good;

	if (!id)
		return false;
	memcpy(it->id, id, sizeof(it->id));
	it->time = stored_get_time(cursor);
	it->origin_hash = cursor_u32(cursor);
	it->weight_milli = (int32_t)cursor_u32(cursor);
	it->marks = cursor_u16(cursor);
	it->class = cursor_u8(cursor);
	it->role = cursor_u8(cursor);
	it->certainty = cursor_u8(cursor);
	good = stored_get_flag(cursor, &it->own);
	if (schema > 1)
		it->finding = cursor_u8(cursor);
	return good && it->finding < CASE_FINDINGS_MAX &&
	       it->class < RSIT_CLASS_COUNT && it->role < ROLE_COUNT &&
	       it->certainty < CERTAINTY_COUNT && it->weight_milli <= 1000000 &&
	       it->weight_milli >= -1000000;
}

static void
put_notice(struct writer *writer, const struct case_notice *it)
{
	writer_u64(writer, it->id);
	writer_u64(writer, it->code_bits);
	writer_u32(writer, it->step);
	writer_u8(writer, it->rung);
	writer_u8(writer, it->channel);
	writer_u8(writer, it->corrected);
	stored_put_time(writer, it->created);
	stored_put_time(writer, it->sent);
	stored_put_time(writer, it->accepted);
	stored_put_time(writer, it->delivered);
	stored_put_time(writer, it->seen);
	stored_put_time(writer, it->acknowledged);
	stored_put_time(writer, it->failed);
	writer_u8(writer, it->would);
	put_causes(writer, it->causes);
}

static bool
get_notice(struct cursor *cursor, unsigned schema, struct case_notice *it)
{
	bool good = true;

	it->id = cursor_u64(cursor);
	it->code_bits = cursor_u64(cursor);
	it->step = cursor_u32(cursor);
	if (schema > 1) {
		it->rung = cursor_u8(cursor);
		it->channel = cursor_u8(cursor);
		good = stored_get_flag(cursor, &it->corrected);
	}
	it->created = stored_get_time(cursor);
	it->sent = stored_get_time(cursor);
	it->accepted = stored_get_time(cursor);
	it->delivered = stored_get_time(cursor);
	it->seen = stored_get_time(cursor);
	it->acknowledged = stored_get_time(cursor);
	it->failed = stored_get_time(cursor);
	good &= stored_get_flag(cursor, &it->would);
	get_causes(cursor, schema, it->causes);
	return good && it->rung < CASE_RUNGS_MAX && it->channel < CHANNEL_COUNT;
}

static void
put_measure(struct writer *writer, const struct case_measure *it)
{
	writer_u64(writer, it->id);
	writer_u8(writer, (uint8_t)it->kind);
	stored_put_text(writer, it->target);
	stored_put_time(writer, it->since);
	stored_put_time(writer, it->expires);
	writer_u64(writer, it->binding);
	writer_u8(writer, it->would);
	writer_u8(writer, it->ordered);
	writer_u8(writer, it->reason);
	writer_u8(writer, it->weakened_from);
	put_causes(writer, it->causes);
}

static bool
get_measure(struct cursor *cursor, unsigned schema, struct case_measure *it)
{
	bool good;
	uint8_t kind;

	it->id = cursor_u64(cursor);
	kind = cursor_u8(cursor);
	it->kind = (enum measure_kind)kind;
	if (!stored_get_text(cursor, it->target, sizeof(it->target)))
		return false;
	it->since = stored_get_time(cursor);
	it->expires = stored_get_time(cursor);
	it->binding = cursor_u64(cursor);
	good = stored_get_flag(cursor, &it->would);
	it->reason = kind == MEASURE_FILTER ? REASON_ATTACK : REASON_INFECTED;
	if (schema > 1) {
		good &= stored_get_flag(cursor, &it->ordered);
		it->reason = cursor_u8(cursor);
		it->weakened_from = cursor_u8(cursor);
	}
	get_causes(cursor, schema, it->causes);
	return good && kind >= MEASURE_FILTER && kind < MEASURE_KIND_COUNT &&
	       it->reason > REASON_NONE && it->reason < REASON_COUNT &&
	       it->weakened_from < MEASURE_KIND_COUNT;
}

static void
put_place(struct writer *writer, const struct case_place *it)
{
	writer_u64(writer, it->binding);
	stored_put_subject(writer, &it->target);
	stored_put_time(writer, it->end);
	stored_put_time(writer, it->last);
}

static bool
get_place(struct cursor *cursor, struct case_place *it)
{
	it->binding = cursor_u64(cursor);
	if (!stored_get_subject(cursor, &it->target))
		return false;
	it->end = stored_get_time(cursor);
	it->last = stored_get_time(cursor);
	return true;
}

static void
put_finding(struct writer *writer, const struct case_finding *it)
{
	writer_u8(writer, it->class);
	stored_put_text(writer, it->family);
	writer_u32(writer, it->count);
	stored_put_time(writer, it->first);
	stored_put_time(writer, it->last);
}

static bool
get_finding(struct cursor *cursor, struct case_finding *it)
{
	it->class = cursor_u8(cursor);
	if (!stored_get_text(cursor, it->family, sizeof(it->family)))
		return false;
	it->count = cursor_u32(cursor);
	it->first = stored_get_time(cursor);
	it->last = stored_get_time(cursor);
	return it->class < RSIT_CLASS_COUNT;
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

/* Those that schema 2 added. */
#define RECORD_TIMES_ADDED(X) \
	X(bound_since)        \
	X(staff_released)     \
	X(held_back_until)    \
	X(objected)           \
	X(answer_due)         \
	X(first_person_at)

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
	writer_u32(writer, record->asked);
	writer_u64(writer, record->version);
#define PUT(field) stored_put_time(writer, record->field);
	RECORD_TIMES(PUT)
#undef PUT
	writer_u32(writer, record->attack_minutes);
	writer_u32(writer, (uint32_t)record->score_milli);
	writer_u32(writer, record->classes);
	writer_bytes(writer, record->policy_hash, sizeof(record->policy_hash));
}

static void
put_added(struct writer *writer, const struct case_record *record)
{
	writer_u8(writer, record->ladder);
	writer_u8(writer, record->measure_step);
	writer_u8(writer, record->arm);
	writer_u32(writer, record->objection_count);
	writer_u32(writer, record->first_person);
	writer_u8(writer, record->first_deed);
	writer_u64(writer, record->merged_into);
	writer_u32(writer, record->latest_cause);
#define PUT(field) stored_put_time(writer, record->field);
	RECORD_TIMES_ADDED(PUT)
#undef PUT
	writer_u8(writer, (uint8_t)record->finding_count);
	for (uint32_t i = 0; i < record->finding_count; i++)
		put_finding(writer, &record->findings[i]);
}

static bool
get_added(struct cursor *cursor, struct case_record *record)
{
	record->ladder = cursor_u8(cursor);
	record->measure_step = cursor_u8(cursor);
	record->arm = cursor_u8(cursor);
	record->objection_count = cursor_u32(cursor);
	record->first_person = cursor_u32(cursor);
	record->first_deed = cursor_u8(cursor);
	record->merged_into = cursor_u64(cursor);
	record->latest_cause = cursor_u32(cursor);
#define GET(field) record->field = stored_get_time(cursor);
	RECORD_TIMES_ADDED(GET)
#undef GET
	record->finding_count = cursor_u8(cursor);
	if (record->finding_count > CASE_FINDINGS_MAX)
		return false;
	for (uint32_t i = 0; i < record->finding_count; i++)
		if (!get_finding(cursor, &record->findings[i]))
			return false;
	return record->ladder < CASE_LADDERS_MAX &&
	       record->measure_step <= CASE_RUNGS_MAX &&
	       record->arm <= ARM_HELD_BACK;
}

/* What a record of schema 1 says of itself without having the fields. */
static void
derive_added(struct case_record *record)
{
#define UNSET(field) record->field = times_unset();
	RECORD_TIMES_ADDED(UNSET)
#undef UNSET
	for (uint32_t i = 0; i < record->measure_count; i++) {
		const struct case_measure *it = &record->measures[i];

		if (it->kind == MEASURE_FILTER)
			continue;
		record->measure_step = 1;
		if (!times_is_set(record->bound_since) ||
		    it->since.us < record->bound_since.us)
			record->bound_since = it->since;
	}
	/* What failed was tried again by another channel on the same rung. */
	for (uint32_t i = 0, rung = 0; i < record->notice_count; i++) {
		struct case_notice *it = &record->notices[i];

		if (it->created.us <= record->probation_since.us)
			continue;
		it->rung = (uint8_t)rung;
		if (!times_is_set(it->failed) && rung < RUNGS_FIRST - 1)
			rung++;
	}
	for (uint32_t i = 0; i < record->sighting_count; i++) {
		struct case_sighting *it = &record->sightings[i];

		it->finding = case_findings_add(record, it->class, "",
						it->time);
	}
}

static bool
get_head(struct cursor *cursor, unsigned schema, struct case_record *record)
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
	good = stored_get_flag(cursor, &record->known);
	good &= stored_get_flag(cursor, &record->protected);
	good &= stored_get_flag(cursor, &record->reachable);
	record->channels = cursor_u8(cursor);
	record->asked = schema > 1 ? cursor_u32(cursor) : cursor_u8(cursor);
	record->version = cursor_u64(cursor);
#define GET(field) record->field = stored_get_time(cursor);
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
	put_added(writer, record);
	writer_u8(writer, (uint8_t)record->self_release_count);
	for (uint32_t i = 0; i < record->self_release_count; i++)
		stored_put_time(writer, record->self_released[i]);
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
get_lists(struct cursor *cursor, unsigned schema, struct case_record *record)
{
	record->self_release_count = cursor_u8(cursor);
	if (record->self_release_count > CASE_SELF_RELEASES_MAX)
		return false;
	for (uint32_t i = 0; i < record->self_release_count; i++)
		record->self_released[i] = stored_get_time(cursor);
	record->notice_count = cursor_u8(cursor);
	if (record->notice_count > CASE_NOTICES_MAX)
		return false;
	for (uint32_t i = 0; i < record->notice_count; i++)
		if (!get_notice(cursor, schema, &record->notices[i]))
			return false;
	record->measure_count = cursor_u8(cursor);
	if (record->measure_count > CASE_MEASURES_MAX)
		return false;
	for (uint32_t i = 0; i < record->measure_count; i++)
		if (!get_measure(cursor, schema, &record->measures[i]))
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
		if (!get_sighting(cursor, schema, &record->sightings[i]))
			return false;
	return true;
}

int
case_record_decode(struct cursor *cursor, struct case_record *record)
{
	struct case_record read;
	const unsigned schema = cursor_u16(cursor);
	int error = LZ_OK;
	uint8_t latest;

	memset(&read, 0, sizeof(read));
	if (schema < 1 || schema > CASE_SCHEMA)
		return cursor->failed ? LZ_E_SHORT : LZ_E_VERSION;
	if (!get_head(cursor, schema, &read) ||
	    (schema > 1 && !get_added(cursor, &read)) ||
	    !get_lists(cursor, schema, &read))
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
	if (schema < 2)
		derive_added(&read);
	*record = read;
	return LZ_OK;
}
