/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of what was seen: is it enough, does it go on, does it still stand? */
#include <string.h>

#include "case/facts.h"
#include "case/ladder.h"

static struct at_event
later(struct at_event a, struct at_event b)
{
	return a.us > b.us ? a : b;
}

uint8_t
case_newest_class(const struct case_record *record)
{
	for (uint32_t i = record->sighting_count; i-- > 0;)
		if (case_counts(&record->sightings[i], CASE_COUNT_CERTAIN))
			return record->sightings[i].class;
	return RSIT_NONE;
}

struct at_event
case_newest_infected(const struct case_record *record)
{
	for (uint32_t i = record->sighting_count; i-- > 0;)
		if (case_counts(&record->sightings[i], CASE_COUNT_INFECTED) &&
		    record->sightings[i].weight_milli > 0)
			return record->sightings[i].time;
	return times_unset();
}

/* ---- places and targets ---- */

bool
case_place_open(const struct case_place *place, struct at_event now)
{
	return place->end.us > now.us;
}

bool
case_place_bound(const struct case_record *record,
		 const struct case_place *place)
{
	char target[MEASURE_TARGET_SIZE];
	struct text text;

	text_init(&text, target, sizeof(target));
	subject_format(&text, &place->target);
	for (uint32_t i = 0; i < record->measure_count; i++)
		if (record->measures[i].kind != MEASURE_FILTER &&
		    record->measures[i].binding == place->binding &&
		    strcmp(record->measures[i].target, target) == 0)
			return true;
	return false;
}

void
case_attack_target(const struct sighting *sighting,
		   char target[MEASURE_TARGET_SIZE])
{
	struct endpoint peer = {.addr = sighting->peer,
				.port = -1,
				.proto = sighting->proto};
	struct text text;

	if (sighting->marks & SIGHTING_HAS_PEER_PORT)
		peer.port = sighting->peer_port;
	text_init(&text, target, MEASURE_TARGET_SIZE);
	if (subject_has_ports(&sighting->subject))
		subject_format(&text, &sighting->subject);
	else
		addr_format(&text, &sighting->address);
	text_add(&text, " > ");
	endpoint_format(&text, &peer);
}

struct case_measure *
case_find_filter(struct case_record *record, const char *target)
{
	for (uint32_t i = 0; i < record->measure_count; i++)
		if (record->measures[i].kind == MEASURE_FILTER &&
		    strcmp(record->measures[i].target, target) == 0)
			return &record->measures[i];
	return NULL;
}

static uint64_t
place_facts(const struct case_view *view)
{
	const struct case_record *record = view->record;
	uint64_t facts = 0;

	for (uint32_t i = 0; record->known && i < record->place_count; i++) {
		if (!case_place_open(&record->places[i], view->now))
			continue;
		facts |= CASE_F_PLACE;
		if (record->state == CASE_QUARANTINED &&
		    record->bound_since.us + view->policy->garden_us >
			view->now.us &&
		    !case_place_bound(record, &record->places[i]))
			facts |= CASE_F_MOVED;
	}
	return facts;
}

/* ---- attacks ---- */

static bool
is_own_flood(const struct case_sighting *sighting)
{
	return sighting->own && sighting->class == RSIT_DDOS &&
	       sighting->role == ROLE_INFECTED;
}

/* Own, two windows, and the newest closed less than a minute ago. */
static bool
is_attack(const struct case_view *view)
{
	const struct case_event *event = view->event;
	const struct sighting *sighting = event->sighting;
	int64_t closed_us;

	if (event->kind != CASE_EVENT_SIGHTING ||
	    sighting->class != RSIT_DDOS || sighting->role != ROLE_INFECTED ||
	    !(sighting->marks & SIGHTING_FLOOD_LASTS) ||
	    !(sighting->marks & SIGHTING_HAS_PEER) ||
	    sighting->marks & (SIGHTING_SPOOFABLE | SIGHTING_UNAUTHENTICATED) ||
	    strncmp(sighting->origin, "own-", 4) != 0)
		return false;
	/* Others behind the same address would lose the victim too. */
	if (event->shared && !subject_has_ports(&sighting->subject))
		return false;
	closed_us = sighting->known.us - sighting->lateness_us;
	return closed_us - sighting->time.us < view->policy->attack_fresh_us &&
	       sighting->known.us + view->policy->filter_us > view->now.us;
}

/* Minutes with own flood, certain, after the notice and the last release. */
static uint32_t
attack_minutes(const struct case_record *record, bool live)
{
	const struct case_notice *notice = case_last_notice(record, live);
	struct at_event after;
	int64_t minute = INT64_MIN;
	uint32_t count = 0;

	if (!notice || !times_is_set(notice->sent))
		return 0;
	after = later(notice->sent, record->probation_since);
	for (uint32_t i = record->sighting_count; i-- > 0;) {
		const struct case_sighting *it = &record->sightings[i];

		if (it->time.us <= after.us)
			break;
		if (!is_own_flood(it) || it->certainty != CERTAINTY_CERTAIN ||
		    it->time.us / TIMES_MINUTE_US == minute)
			continue;
		minute = it->time.us / TIMES_MINUTE_US;
		count++;
	}
	return count;
}

/* ---- weighing ---- */

/* Origins whose word an outsider can't have forged. */
static unsigned
count_origins(const struct case_items *items)
{
	uint32_t first = 0;
	unsigned count = 0;

	for (size_t i = 0; i < items->count; i++) {
		const struct case_item *item = &items->items[i];

		if (item->unauthenticated || !item->sound ||
		    item->value_milli <= 0)
			continue;
		if (count == 0) {
			first = item->origin_hash;
			count = 1;
		} else if (item->origin_hash != first) {
			return 2;
		}
	}
	return count;
}

/* Three items of one class, of one origin that measured. */
static bool
three_items(const struct case_items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		unsigned count = 0;

		for (size_t j = i; j < items->count; j++) {
			const struct case_item *item = &items->items[j];

			count += item->measured && item->value_milli > 0 &&
				 item->class == items->items[i].class &&
				 item->origin_hash ==
				     items->items[i].origin_hash;
		}
		if (count >= 3)
			return true;
	}
	return false;
}

/* Evidence for a measure: high, and from two origins or on three days. */
struct proof {
	bool high, two_origins, three_items;
};

static struct proof
proof_of(const struct case_items *items, const struct case_policy *policy)
{
	struct proof proof = {0};

	if (case_items_score(items, policy) < policy->measure_at_milli)
		return proof;
	proof.high = true;
	proof.two_origins = count_origins(items) >= 2;
	proof.three_items = three_items(items);
	return proof;
}

static bool
is_proof(const struct proof *proof)
{
	return proof->high && (proof->two_origins || proof->three_items);
}

static bool
is_enough(const struct case_items *items, const struct case_policy *policy)
{
	bool signed_word = false;

	for (size_t i = 0; i < items->count; i++)
		signed_word |= !items->items[i].unauthenticated &&
			       items->items[i].sound &&
			       items->items[i].value_milli > 0;
	return signed_word &&
	       case_items_score(items, policy) >= policy->notice_at_milli;
}

bool
case_is_enough(const struct case_record *record,
	       const struct case_policy *policy, struct at_event after,
	       struct at_event now)
{
	struct case_items items;

	if (!record->known)
		return false;
	case_items(record, policy, CASE_COUNT_CERTAIN, after, now, &items);
	return is_enough(&items, policy);
}

/* What the sightings are, looked through once. */
struct survey {
	bool all_certain, all_infected; /* so that they count alike */
	bool flood;                     /* an own one was seen */
};

static struct survey
survey_of(const struct case_record *record)
{
	struct survey survey = {.all_certain = true, .all_infected = true};

	for (uint32_t i = 0; i < record->sighting_count; i++) {
		const struct case_sighting *it = &record->sightings[i];
		bool certain = case_counts(it, CASE_COUNT_CERTAIN);

		survey.all_certain &= certain;
		survey.all_infected &= certain ==
				       case_counts(it, CASE_COUNT_INFECTED);
		survey.flood |= is_own_flood(it);
	}
	return survey;
}

/* Items are made once for all that they are asked for, where sightings count
 * alike: mostly everything that was seen is certain and infected. */
static void
weigh(const struct case_view *view, const struct survey *survey,
      struct case_weight *weight, struct proof *proof)
{
	const struct case_record *record = view->record;
	const struct case_policy *policy = view->policy;
	const struct at_event all = times_unset();
	struct case_items items;

	case_items(record, policy, CASE_COUNT_ALL, all, view->now, &items);
	weight->score_milli = case_items_score(&items, policy);
	if (!survey)
		return;
	if (!survey->all_certain)
		case_items(record, policy, CASE_COUNT_CERTAIN, all, view->now,
			   &items);
	weight->enough = record->known && is_enough(&items, policy);
	if (!survey->all_infected)
		case_items(record, policy, CASE_COUNT_INFECTED, all, view->now,
			   &items);
	*proof = proof_of(&items, policy);
}

static bool
was_proof(const struct case_record *record, const struct case_policy *policy,
	  struct at_event then)
{
	struct case_items items;
	struct proof proof;

	case_items(record, policy, CASE_COUNT_INFECTED, times_unset(), then,
		   &items);
	proof = proof_of(&items, policy);
	return is_proof(&proof);
}

/* Grace: the newest sighting must be after it, and after the last release. */
static bool
is_after_grace(const struct case_view *view, struct at_event newest)
{
	const struct case_record *record = view->record;
	int64_t grace_us = case_ladder_grace(record, view->policy);
	struct at_event delivered = times_unset();

	for (uint32_t i = 0; i < record->notice_count; i++) {
		const struct case_notice *notice = &record->notices[i];

		if (case_notice_stands(notice) &&
		    !(view->live && notice->would))
			delivered = later(delivered, notice->delivered);
	}
	return grace_us >= 0 && times_is_set(delivered) &&
	       times_is_set(newest) && newest.us > delivered.us + grace_us &&
	       newest.us > record->probation_since.us;
}

/* Seen after the measure in force had its time, and there is a stronger one. */
static bool
is_stronger_due(const struct case_view *view, struct at_event newest)
{
	const struct case_record *record = view->record;
	const struct case_rung *rung = case_ladder_measure(record,
							   view->policy);
	int64_t begin_us = INT64_MIN;

	if (record->state != CASE_QUARANTINED || !rung ||
	    case_ladder_on_top(record, view->policy) ||
	    rung->measure <= case_strongest(record))
		return false;
	for (uint32_t i = 0; i < record->measure_count; i++)
		if (record->measures[i].kind != MEASURE_FILTER &&
		    record->measures[i].since.us > begin_us)
			begin_us = record->measures[i].since.us;
	return newest.us > begin_us + rung->after_us &&
	       newest.us > record->probation_since.us;
}

static uint64_t
trigger_facts(const struct case_view *view, const struct proof *proof,
	      uint64_t facts)
{
	const struct case_record *record = view->record;
	const struct case_policy *policy = view->policy;
	struct at_event newest = case_newest_infected(record);
	bool filtered = facts & CASE_F_ATTACK;

	if (!(facts & CASE_F_PLACE))
		return 0;
	for (uint32_t i = 0; i < record->measure_count; i++)
		filtered |= record->measures[i].kind == MEASURE_FILTER &&
			    record->measures[i].expires.us > view->now.us;
	if (is_proof(proof) && is_after_grace(view, newest))
		facts |= CASE_F_A;
	if (is_proof(proof) && is_stronger_due(view, newest))
		facts |= CASE_F_STRONGER;
	if (filtered && facts & CASE_F_ENOUGH &&
	    ((proof->high && proof->two_origins) ||
	     attack_minutes(record, view->live) >= policy->attack_minutes))
		facts |= CASE_F_B;
	if (facts & CASE_F_B && policy->attack_measure > case_strongest(record))
		facts |= CASE_F_FIERCER;
	return facts;
}

/* Does what was decided still stand, judged as of when it was decided? */
static uint64_t
foundation_facts(const struct case_view *view)
{
	const struct case_record *record = view->record;
	const struct case_policy *policy = view->policy;
	const struct case_notice *notice = case_last_notice(record, false);
	uint64_t facts = 0;

	if (notice &&
	    !case_is_enough(record, policy, times_unset(), notice->created))
		facts |= CASE_F_UNFOUNDED;
	for (uint32_t i = 0; i < record->measure_count; i++) {
		const struct case_measure *measure = &record->measures[i];

		if (measure->kind == MEASURE_FILTER)
			continue;
		/* What persons ordered rests on what a notice does. */
		if (measure->ordered) {
			if (!case_is_enough(record, policy, times_unset(),
					    measure->since))
				facts |= CASE_F_BASELESS;
			continue;
		}
		if (!was_proof(record, policy, measure->since) &&
		    attack_minutes(record, false) < policy->attack_minutes)
			facts |= CASE_F_BASELESS;
	}
	return facts;
}

uint64_t
case_evidence_facts(const struct case_view *view, struct case_weight *weight)
{
	const enum case_event_kind kind = view->event->kind;
	const struct case_record *record = view->record;
	const bool deep = kind == CASE_EVENT_SIGHTING ||
			  kind == CASE_EVENT_TIMER ||
			  kind == CASE_EVENT_WITHDRAW ||
			  kind == CASE_EVENT_ORDER;
	struct survey survey;
	struct proof proof;
	uint64_t facts = 0;

	if (deep)
		survey = survey_of(record);
	weigh(view, deep ? &survey : NULL, weight, &proof);
	if (!deep)
		return 0;
	if (is_attack(view))
		facts |= CASE_F_ATTACK;
	if (survey.flood)
		facts |= CASE_F_FLOOD;
	if (weight->enough)
		facts |= CASE_F_ENOUGH;
	if (kind == CASE_EVENT_WITHDRAW)
		return facts | foundation_facts(view);
	facts |= place_facts(view);
	if (kind == CASE_EVENT_ORDER)
		return facts;
	if (record->state == CASE_PROBATION &&
	    case_is_enough(record, view->policy, record->probation_since,
			   view->now))
		facts |= CASE_F_RELAPSE;
	return facts | trigger_facts(view, &proof, facts);
}
