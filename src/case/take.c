/* SPDX-License-Identifier: Apache-2.0 */
/* Sightings, withdrawals and receipts, taken into the record. */
#include "case/take.h"

#include <string.h>

#include "base/hash.h"
#include "case/facts.h"
#include "case/findings.h"

#define WEIGHT_MAX_MILLI 1000000
#define FACTOR_ONE 1000
#define FIFTHS_ENOUGH 4 /* sightings that fill an item */
#define CAUSE_SOURCE 4  /* of case_step_input.causes: the binding source */

static int
compare_sightings(const struct case_sighting *a, const struct case_sighting *b)
{
	if (a->time.us != b->time.us)
		return a->time.us < b->time.us ? -1 : 1;
	return memcmp(a->id, b->id, sizeof(a->id));
}

static struct case_sighting *
find_sighting(struct case_record *record, const uint8_t *id)
{
	/* The newest first: what comes twice mostly comes soon.  A hash's
	 * first byte differs from nearly all others. */
	for (uint32_t i = record->sighting_count; i-- > 0;)
		if (record->sightings[i].id[0] == id[0] &&
		    memcmp(record->sightings[i].id, id, SIGHTING_ID_SIZE) == 0)
			return &record->sightings[i];
	return NULL;
}

static void
remove_sighting(struct case_record *record, uint32_t at)
{
	memmove(&record->sightings[at], &record->sightings[at + 1],
		(record->sighting_count - at - 1) *
		    sizeof(record->sightings[0]));
	record->sighting_count--;
}

/* How many sightings each origin says of each class; the fullest key's first
 * sighting. */
static uint32_t
find_fullest(const struct case_record *record, uint32_t *best_count)
{
	struct {
		uint32_t origin_hash, count, first;
		uint8_t class;
	} keys[CASE_SIGHTINGS_MAX];
	uint32_t key_count = 0, best = 0;

	for (uint32_t i = 0; i < record->sighting_count; i++) {
		const struct case_sighting *it = &record->sightings[i];
		uint32_t at = 0;

		while (at < key_count &&
		       (keys[at].origin_hash != it->origin_hash ||
			keys[at].class != it->class))
			at++;
		if (at == key_count) {
			keys[key_count].origin_hash = it->origin_hash;
			keys[key_count].class = it->class;
			keys[key_count].count = 0;
			keys[key_count++].first = i;
		}
		keys[at].count++;
	}
	for (uint32_t at = 1; at < key_count; at++)
		if (keys[at].count > keys[best].count)
			best = at;
	*best_count = key_count > 0 ? keys[best].count : 0;
	return key_count > 0 ? keys[best].first : 0;
}

/*
 * Makes room: of the key with the most sightings the least telling goes, never
 * one of its newest, for those close its item and count its minutes.
 */
static void
thin_sightings(struct case_record *record)
{
	uint32_t count, first = find_fullest(record, &count);
	const struct case_sighting key = record->sightings[first];
	uint32_t seen = 0, least = first;

	/* The first opens the item; the rest of its day counts only
	 * FIFTHS_ENOUGH of them. */
	for (uint32_t i = first;
	     count > 2 * FIFTHS_ENOUGH && i < record->sighting_count; i++) {
		const struct case_sighting *it = &record->sightings[i];

		if (it->origin_hash != key.origin_hash ||
		    it->class != key.class)
			continue;
		if (++seen > count - FIFTHS_ENOUGH)
			break;
		if (seen > 1 &&
		    (least == first ||
		     it->weight_milli < record->sightings[least].weight_milli))
			least = i;
	}
	remove_sighting(record, least);
}

/* In thousandths: what its origin or its detector counts, the smaller. */
static uint32_t
factor_of(const struct sighting *sighting, const struct case_policy *policy)
{
	uint32_t smallest = UINT32_MAX;

	for (uint32_t i = 0; i < policy->factor_count; i++) {
		const struct case_factor *factor = &policy->factors[i];

		if ((strcmp(factor->name, sighting->origin) == 0 ||
		     strcmp(factor->name, sighting->detector) == 0) &&
		    factor->factor_milli < smallest)
			smallest = factor->factor_milli;
	}
	return smallest == UINT32_MAX ? FACTOR_ONE : smallest;
}

static int32_t
capped_weight(const struct sighting *sighting, const struct case_policy *policy)
{
	int64_t weight = (int64_t)sighting->weight_milli *
			 factor_of(sighting, policy) / FACTOR_ONE;

	if (weight > WEIGHT_MAX_MILLI)
		weight = WEIGHT_MAX_MILLI;
	if (weight < -WEIGHT_MAX_MILLI)
		weight = -WEIGHT_MAX_MILLI;
	if (sighting->marks & SIGHTING_SPOOFABLE &&
	    weight > policy->spoofable_max_milli)
		weight = policy->spoofable_max_milli;
	return (int32_t)weight;
}

static void
add_sighting(struct case_record *record, const struct case_event *event,
	     const struct case_policy *policy)
{
	const struct sighting *sighting = event->sighting;
	struct case_sighting added = {
	    .time = sighting->time,
	    .weight_milli = capped_weight(sighting, policy),
	    .marks = sighting->marks,
	    .class = sighting->class,
	    .role = sighting->role,
	    .certainty = event->certainty,
	};
	uint32_t at;

	memcpy(added.id, sighting->id, sizeof(added.id));
	added.finding = case_findings_add(record, sighting->class,
					  sighting->family, sighting->time);
	if (!(sighting->marks & SIGHTING_UNAUTHENTICATED))
		added.origin_hash = hash_crc32c(0, sighting->origin,
						strlen(sighting->origin));
	added.own = strncmp(sighting->origin, "own-", 4) == 0 &&
		    !(sighting->marks &
		      (SIGHTING_SPOOFABLE | SIGHTING_UNAUTHENTICATED));
	if (record->sighting_count == CASE_SIGHTINGS_MAX)
		thin_sightings(record);
	at = record->sighting_count++;
	while (at > 0 &&
	       compare_sightings(&record->sightings[at - 1], &added) > 0) {
		record->sightings[at] = record->sightings[at - 1];
		at--;
	}
	record->sightings[at] = added;
	if (added.own && added.class == RSIT_DDOS &&
	    added.role == ROLE_INFECTED &&
	    added.time.us > record->attack_last.us)
		record->attack_last = added.time;
}

/* The newest places are kept. */
static void
note_place(struct case_record *record, const struct case_event *event)
{
	struct case_place *place = NULL;

	if (event->certainty != CERTAINTY_CERTAIN || event->binding == 0)
		return;
	for (uint32_t i = 0; i < record->place_count; i++)
		if (record->places[i].binding == event->binding &&
		    subject_equal(&record->places[i].target, &event->target))
			place = &record->places[i];
	if (!place && record->place_count < CASE_PLACES_MAX) {
		place = &record->places[record->place_count++];
		place->last = times_unset();
	}
	for (uint32_t i = 0; !place && i < record->place_count; i++)
		if (record->places[i].last.us < event->sighting->time.us)
			place = &record->places[i];
	if (!place)
		return;
	if (place->binding != event->binding ||
	    !subject_equal(&place->target, &event->target))
		place->last = times_unset();
	place->binding = event->binding;
	place->target = event->target;
	place->end = event->binding_end;
	if (event->sighting->time.us > place->last.us)
		place->last = event->sighting->time;
}

/* What else the party holds, in places that are free; never instead of where
 * something was seen. */
static void
note_others(struct case_record *record, const struct case_event *event)
{
	for (uint8_t i = 0; i < event->other_count; i++) {
		const struct case_other *other = &event->others[i];
		struct case_place *place = NULL;

		for (uint32_t at = 0; at < record->place_count; at++)
			if (record->places[at].binding == other->binding)
				place = &record->places[at];
		if (place) {
			place->end = other->end;
			continue;
		}
		if (record->place_count == CASE_PLACES_MAX)
			return;
		record->places[record->place_count++] =
		    (struct case_place){.binding = other->binding,
					.target = other->target,
					.end = other->end,
					.last = times_unset()};
	}
}

static uint64_t
take_sighting(struct case_record *record, const struct case_event *event,
	      const struct case_step_input *input)
{
	const struct sighting *sighting = event->sighting;
	struct case_sighting *known = find_sighting(record, sighting->id);

	if (known && known->certainty >= event->certainty)
		return CASE_F_DUPLICATE;
	/* The table refuses it. */
	if (case_has_ended(record->state))
		return 0;
	if (times_is_set(record->earlier_until) &&
	    sighting->time.us <= record->earlier_until.us)
		return CASE_F_EARLIER;
	record->known = event->known;
	record->protected = event->protected;
	record->reachable = event->reachable;
	record->channels = event->channels;
	if (known)
		known->certainty = event->certainty;
	else
		add_sighting(record, event, input->policy);
	note_place(record, event);
	note_others(record, event);
	if (event->certainty > record->certainty)
		record->certainty = event->certainty;
	if (sighting->class > RSIT_NONE && sighting->class < RSIT_CLASS_COUNT)
		record->classes |= 1u << sighting->class;
	if (!times_is_set(record->first_seen) ||
	    sighting->time.us < record->first_seen.us)
		record->first_seen = sighting->time;
	if (sighting->time.us > record->last_seen.us)
		record->last_seen = sighting->time;
	if (record->latest.time.us < sighting->time.us ||
	    (record->latest.time.us == sighting->time.us &&
	     memcmp(record->latest.id, sighting->id, SIGHTING_ID_SIZE) < 0)) {
		record->latest = *sighting;
		record->latest_cause = input->causes[CAUSE_SOURCE];
	}
	return 0;
}

/* Of a sighting that isn't the newest itself a case doesn't know these. */
#define MARKS_OF_DETAILS                                                  \
	(SIGHTING_HAS_PORT | SIGHTING_HAS_PEER | SIGHTING_HAS_PEER_PORT | \
	 SIGHTING_HAS_EXPORTER)

/*
 * The newest one was withdrawn, and perhaps is somebody else's: what the party
 * reads of from now on is the newest that is left, on its own line.  Where it
 * has none, nothing is told it any more.
 */
static void
choose_latest(struct case_record *record)
{
	const struct case_sighting *newest;
	const struct case_place *place = NULL;
	struct sighting *latest = &record->latest;

	if (record->sighting_count == 0)
		return;
	newest = &record->sightings[record->sighting_count - 1];
	for (uint32_t i = 0; i < record->place_count; i++)
		if (record->places[i].end.us > newest->time.us &&
		    (!place || record->places[i].last.us > place->last.us))
			place = &record->places[i];
	if (!place)
		return;
	*latest = (struct sighting){
	    .time = newest->time,
	    .known = newest->time,
	    .first = newest->time,
	    .last = newest->time,
	    .subject = place->target,
	    .address = place->target.prefix.addr,
	    .class = newest->class,
	    .role = newest->role,
	    .marks = newest->marks & (uint16_t)~MARKS_OF_DETAILS,
	    .weight_milli = newest->weight_milli,
	};
	if (newest->finding < record->finding_count)
		memcpy(latest->family, record->findings[newest->finding].family,
		       sizeof(latest->family));
	if (newest->own)
		(void)text_copy(latest->origin, sizeof(latest->origin),
				slice_of("own-flow"));
	sighting_seal(latest);
	record->latest_cause = 0;
}

static uint64_t
take_withdrawal(struct case_record *record, const struct case_event *event)
{
	struct case_sighting *known = find_sighting(record,
						    event->sighting->id);

	if (!known)
		return CASE_F_UNKNOWN;
	case_findings_drop(record, known->finding);
	remove_sighting(record, (uint32_t)(known - record->sightings));
	record->classes = 0;
	record->certainty = CERTAINTY_NOBODY;
	for (uint32_t i = 0; i < record->sighting_count; i++) {
		record->classes |= 1u << record->sightings[i].class;
		if (record->sightings[i].certainty > record->certainty)
			record->certainty = record->sightings[i].certainty;
	}
	if (memcmp(record->latest.id, event->sighting->id, SIGHTING_ID_SIZE) ==
	    0)
		choose_latest(record);
	return 0;
}

/* It had failed for want of a channel; one was found, and it went out. */
static bool
is_reached(const struct case_notice *notice, const struct case_event *event)
{
	return times_is_set(notice->failed) &&
	       event->receipt <= RECEIPT_DELIVERED &&
	       event->time.us > notice->failed.us;
}

static uint64_t
take_receipt(struct case_record *record, const struct case_event *event)
{
	for (uint32_t i = 0; i < record->notice_count; i++) {
		struct case_notice *notice = &record->notices[i];
		struct at_event *facts[RECEIPT_KIND_COUNT] = {
		    [RECEIPT_SENT] = &notice->sent,
		    [RECEIPT_ACCEPTED] = &notice->accepted,
		    [RECEIPT_DELIVERED] = &notice->delivered,
		    [RECEIPT_SEEN] = &notice->seen,
		    [RECEIPT_ACKNOWLEDGED] = &notice->acknowledged,
		    [RECEIPT_FAILED] = &notice->failed,
		};

		if (notice->id != event->notice_id)
			continue;
		if (event->receipt < RECEIPT_SENT ||
		    event->receipt >= RECEIPT_KIND_COUNT)
			return CASE_F_UNKNOWN;
		if (is_reached(notice, event)) {
			notice->failed = times_unset();
			*facts[event->receipt] = event->time;
			record->asked &= ~(uint32_t)CASE_ASKED_CHANNEL;
			record->reachable = true;
			return CASE_F_REACHED;
		}
		if (times_is_set(*facts[event->receipt]))
			return CASE_F_DUPLICATE;
		*facts[event->receipt] = event->time;
		return 0;
	}
	return CASE_F_UNKNOWN;
}

/* Whoever holds the line next must not meet what was meant for this party. */
static uint64_t
take_binding(struct case_record *record, const struct case_event *event,
	     struct at_event now)
{
	const struct at_event end = event->binding_end;
	bool known = false, changed = false;

	if (case_has_ended(record->state))
		return 0;
	if (event->binding == 0 || !times_is_set(end))
		return CASE_F_UNKNOWN;
	for (uint32_t i = 0; i < record->place_count; i++) {
		struct case_place *place = &record->places[i];

		if (place->binding != event->binding)
			continue;
		known = true;
		changed |= end.us < place->end.us;
		if (end.us < place->end.us)
			place->end = end;
	}
	for (uint32_t i = 0; i < record->measure_count; i++) {
		struct case_measure *measure = &record->measures[i];

		if (measure->kind == MEASURE_FILTER ||
		    measure->binding != event->binding)
			continue;
		known = true;
		changed |= end.us < measure->expires.us ||
			   measure->expires.us <= now.us;
		if (end.us < measure->expires.us)
			measure->expires = end;
	}
	if (!known)
		return CASE_F_UNKNOWN;
	return changed ? 0 : CASE_F_DUPLICATE;
}

uint64_t
case_take(struct case_record *record, const struct case_event *event,
	  const struct case_step_input *input)
{
	switch (event->kind) {
	case CASE_EVENT_SIGHTING:
		return take_sighting(record, event, input);
	case CASE_EVENT_WITHDRAW:
		return take_withdrawal(record, event);
	case CASE_EVENT_RECEIPT:
		return take_receipt(record, event);
	case CASE_EVENT_BINDING:
		return take_binding(record, event, input->now);
	case CASE_EVENT_OBJECT:
		return times_is_set(record->objected) ? CASE_F_DUPLICATE : 0;
	case CASE_EVENT_MERGE:
		return event->other_case == 0 || event->other_case == record->id
			   ? CASE_F_UNKNOWN
			   : 0;
	default:
		return 0;
	}
}
