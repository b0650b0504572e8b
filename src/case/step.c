/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one function that changes a case: take the event in, look at the facts,
 * let the table's row fire.
 */
#include <string.h>

#include "base/hash.h"
#include "case/facts.h"
#include "case/table.h"

#define WEIGHT_MAX_MILLI 1000000
#define CODE_BITS_MASK ((UINT64_C(1) << 55) - 1)
#define FIFTHS_ENOUGH 4 /* sightings that fill an item */

struct step {
	struct case_record *record;
	const struct case_event *event;
	const struct case_step_input *input;
	struct case_step_result *result;
	uint32_t facts;
	size_t ids_used;
};

static struct case_action *
add_action(struct step *step, enum case_action_kind kind, const char *text)
{
	struct case_step_result *result = step->result;
	struct case_action *action;

	/* A row can't ask for more; were it so, the last one gives way. */
	if (result->action_count == CASE_ACTIONS_MAX)
		result->action_count--;
	action = &result->actions[result->action_count++];
	memset(action, 0, sizeof(*action));
	action->kind = kind;
	action->text = text;
	return action;
}

static uint64_t
take_id(struct step *step)
{
	return step->input->ids[step->ids_used++ % CASE_ACTIONS_MAX];
}

/* ---- taking sightings in ---- */

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
	for (uint32_t i = 0; i < record->sighting_count; i++)
		if (memcmp(record->sightings[i].id, id, SIGHTING_ID_SIZE) == 0)
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

/*
 * Makes room: of the key with the most sightings the least telling goes, never
 * one of its newest, for those close its item and count its minutes.
 */
static void
thin_sightings(struct case_record *record)
{
	uint32_t best_count = 0, victim = 0;

	for (uint32_t i = 0; i < record->sighting_count; i++) {
		const struct case_sighting *it = &record->sightings[i];
		uint32_t count = 0;

		for (uint32_t j = 0; j < record->sighting_count; j++)
			count += record->sightings[j].origin_hash ==
				     it->origin_hash &&
				 record->sightings[j].class == it->class;
		if (count > best_count) {
			best_count = count;
			victim = i;
		}
	}
	if (best_count > 2 * FIFTHS_ENOUGH) {
		const struct case_sighting key = record->sightings[victim];
		uint32_t seen = 0, least = victim;

		for (uint32_t i = victim; i < record->sighting_count; i++) {
			const struct case_sighting *it = &record->sightings[i];

			if (it->origin_hash != key.origin_hash ||
			    it->class != key.class)
				continue;
			/* The first opens the item; the rest of its day
			 * counts only FIFTHS_ENOUGH of them. */
			if (++seen > best_count - FIFTHS_ENOUGH)
				break;
			if (seen > 1 &&
			    (least == victim ||
			     it->weight_milli <
				 record->sightings[least].weight_milli))
				least = i;
		}
		victim = least;
	}
	remove_sighting(record, victim);
}

static int32_t
capped_weight(const struct sighting *sighting, const struct case_policy *policy)
{
	int32_t weight = sighting->weight_milli;

	if (weight > WEIGHT_MAX_MILLI)
		weight = WEIGHT_MAX_MILLI;
	if (weight < -WEIGHT_MAX_MILLI)
		weight = -WEIGHT_MAX_MILLI;
	if (sighting->marks & SIGHTING_SPOOFABLE &&
	    weight > policy->spoofable_max_milli)
		weight = policy->spoofable_max_milli;
	return weight;
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

static uint32_t
take_sighting(struct case_record *record, const struct case_event *event,
	      const struct case_policy *policy)
{
	const struct sighting *sighting = event->sighting;
	struct case_sighting *known = find_sighting(record, sighting->id);

	if (known && known->certainty >= event->certainty)
		return CASE_F_DUPLICATE;
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
		add_sighting(record, event, policy);
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
	     memcmp(record->latest.id, sighting->id, SIGHTING_ID_SIZE) < 0))
		record->latest = *sighting;
	return 0;
}

static uint32_t
take_withdrawal(struct case_record *record, const struct case_event *event)
{
	struct case_sighting *known = find_sighting(record,
						    event->sighting->id);

	if (!known)
		return CASE_F_UNKNOWN;
	remove_sighting(record, (uint32_t)(known - record->sightings));
	record->classes = 0;
	record->certainty = CERTAINTY_NOBODY;
	for (uint32_t i = 0; i < record->sighting_count; i++) {
		record->classes |= 1u << record->sightings[i].class;
		if (record->sightings[i].certainty > record->certainty)
			record->certainty = record->sightings[i].certainty;
	}
	return 0;
}

static uint32_t
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
		if (times_is_set(*facts[event->receipt]))
			return CASE_F_DUPLICATE;
		*facts[event->receipt] = event->time;
		return 0;
	}
	return CASE_F_UNKNOWN;
}

static uint32_t
take_in(struct case_record *record, const struct case_event *event,
	const struct case_policy *policy)
{
	switch (event->kind) {
	case CASE_EVENT_SIGHTING:
		return take_sighting(record, event, policy);
	case CASE_EVENT_WITHDRAW:
		return take_withdrawal(record, event);
	case CASE_EVENT_RECEIPT:
		return take_receipt(record, event);
	default:
		return 0;
	}
}

/* ---- what rows do ---- */

static void
measure_off(struct step *step, uint32_t at, const char *why)
{
	struct case_record *record = step->record;
	struct case_action *action = add_action(step, CASE_ACTION_MEASURE_OFF,
						why);

	action->measure = record->measures[at];
	action->would = action->measure.would;
	memmove(&record->measures[at], &record->measures[at + 1],
		(record->measure_count - at - 1) * sizeof(record->measures[0]));
	record->measure_count--;
}

static struct case_measure *
measure_on(struct step *step, enum measure_kind kind, const char *target,
	   bool would)
{
	struct case_record *record = step->record;
	struct case_measure *measure =
	    &record->measures[record->measure_count++];

	memset(measure, 0, sizeof(*measure));
	measure->id = take_id(step);
	measure->kind = kind;
	(void)text_copy(measure->target, sizeof(measure->target),
			slice_of(target));
	measure->since = step->input->now;
	measure->would = would;
	memcpy(measure->causes, step->input->causes, sizeof(measure->causes));
	return measure;
}

static void
say_measure(struct step *step, enum case_action_kind kind,
	    const struct case_measure *measure, const char *why)
{
	struct case_action *action = add_action(step, kind, why);

	action->measure = *measure;
	action->would = measure->would;
}

static unsigned
count_filters(const struct case_record *record)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < record->measure_count; i++)
		count += record->measures[i].kind == MEASURE_FILTER;
	return count;
}

/* A real garden makes a filter needless; a would-be one doesn't. */
static bool
is_contained(const struct case_record *record, bool would)
{
	for (uint32_t i = 0; i < record->measure_count; i++)
		if (record->measures[i].kind != MEASURE_FILTER &&
		    record->measures[i].would <= would)
			return true;
	return false;
}

static void
do_filter(struct step *step)
{
	struct case_record *record = step->record;
	const struct case_policy *policy = step->input->policy;
	struct at_event until = {step->input->now.us + policy->filter_us};
	bool would = !case_is_live(step->input, ACT_FILTER, RSIT_DDOS);
	char target[MEASURE_TARGET_SIZE];
	struct case_measure *measure;

	if (!(step->facts & CASE_F_ATTACK) || is_contained(record, would))
		return;
	case_attack_target(step->event->sighting, target);
	measure = case_find_filter(record, target);
	if (measure) {
		if (until.us > measure->expires.us) {
			measure->expires = until;
			say_measure(step, CASE_ACTION_MEASURE_RENEW, measure,
				    "the attack goes on");
		}
		return;
	}
	if (count_filters(record) >= policy->filters_max ||
	    record->measure_count == CASE_MEASURES_MAX) {
		add_action(step, CASE_ACTION_REFUSED,
			   "as many attacks of this party are filtered as may "
			   "be");
		return;
	}
	if (step->facts & CASE_F_BRAKE_MEASURE) {
		add_action(step, CASE_ACTION_REFUSED, step->input->brake_text);
		return;
	}
	measure = measure_on(step, MEASURE_FILTER, target, would);
	measure->expires = until;
	say_measure(step, CASE_ACTION_MEASURE_ON, measure,
		    "an attack is in progress");
}

static void
do_notice(struct step *step)
{
	struct case_record *record = step->record;
	struct at_event now = step->input->now;
	struct case_notice *notice = &record->notices[record->notice_count];
	struct case_action *action;

	memset(notice, 0, sizeof(*notice));
	notice->id = take_id(step);
	notice->code_bits = take_id(step) & CODE_BITS_MASK;
	notice->step = ++record->notice_count;
	notice->created = now;
	notice->sent = notice->accepted = notice->delivered = times_unset();
	notice->seen = notice->acknowledged = notice->failed = times_unset();
	notice->would = !case_is_live(step->input, ACT_NOTICE,
				      case_newest_class(record));
	if (notice->would)
		notice->sent = notice->delivered = now;
	memcpy(notice->causes, step->input->causes, sizeof(notice->causes));
	action = add_action(step, CASE_ACTION_NOTICE,
			    "the evidence is enough for a notice");
	action->notice = *notice;
	action->would = notice->would;
}

/* The party's measure on every open place that has none. */
static void
do_garden(struct step *step)
{
	struct case_record *record = step->record;
	const struct case_policy *policy = step->input->policy;
	struct at_event now = step->input->now;
	bool would = !case_party_measure_live(record, step->input);
	int64_t until_us = now.us + policy->garden_us;

	/* A line that moved doesn't begin its time anew. */
	for (uint32_t i = 0; i < record->measure_count; i++)
		if (record->measures[i].kind != MEASURE_FILTER &&
		    record->measures[i].since.us + policy->garden_us < until_us)
			until_us = record->measures[i].since.us +
				   policy->garden_us;
	for (uint32_t i = 0; i < record->place_count; i++) {
		const struct case_place *place = &record->places[i];
		char target[MEASURE_TARGET_SIZE];
		struct case_measure *measure;
		struct text text;

		if (!case_place_open(place, now) ||
		    case_place_bound(record, place) ||
		    record->measure_count == CASE_MEASURES_MAX)
			continue;
		text_init(&text, target, sizeof(target));
		subject_format(&text, &place->target);
		measure = measure_on(step, policy->party_measure, target,
				     would);
		measure->binding = place->binding;
		measure->expires.us = place->end.us < until_us ? place->end.us
							       : until_us;
		say_measure(step, CASE_ACTION_MEASURE_ON, measure,
			    step->facts & CASE_F_B
				? "it attacks, and was told"
				: "it is still infected after the grace");
	}
}

static void
do_off(struct step *step, bool all, const char *why)
{
	struct case_record *record = step->record;

	for (uint32_t i = record->measure_count; i-- > 0;)
		if (all ||
		    record->measures[i].expires.us <= step->input->now.us)
			measure_off(step, i, why);
	/* A held case must not come back as quarantined without a measure. */
	if (record->state == CASE_HELD &&
	    record->held_from == CASE_QUARANTINED && !case_is_bound(record)) {
		record->held_from = CASE_PROBATION;
		record->probation_since = step->input->now;
	}
}

static void
do_delivered(struct step *step)
{
	const struct case_policy *policy = step->input->policy;

	for (uint32_t i = 0; i < step->record->notice_count; i++) {
		struct case_notice *notice = &step->record->notices[i];

		if (times_is_set(notice->accepted) &&
		    !times_is_set(notice->delivered) &&
		    !times_is_set(notice->failed) &&
		    step->input->now.us >=
			notice->accepted.us + policy->accepted_us)
			notice->delivered.us = notice->accepted.us +
					       policy->accepted_us;
	}
}

static void
do_self(struct step *step)
{
	struct case_record *record = step->record;

	if (record->self_release_count == CASE_SELF_RELEASES_MAX) {
		memmove(&record->self_released[0], &record->self_released[1],
			(CASE_SELF_RELEASES_MAX - 1) *
			    sizeof(record->self_released[0]));
		record->self_release_count--;
	}
	record->self_released[record->self_release_count++] = step->input->now;
}

static void
do_ask(struct step *step, uint8_t reason, const char *text)
{
	if (step->record->asked & reason)
		return;
	step->record->asked |= reason;
	add_action(step, CASE_ACTION_PERSON, text);
}

static void
do_braked(struct step *step)
{
	struct case_record *record = step->record;
	struct at_event now = step->input->now;

	/* Said once an hour, not once a sighting. */
	if (times_is_set(record->retry) && record->retry.us > now.us)
		return;
	record->retry.us = now.us + step->input->policy->retry_us;
	add_action(step, CASE_ACTION_REFUSED,
		   step->input->brake_text ? step->input->brake_text
					   : "it can't be done now");
}

/* Else what held it would hold it again in the next moment. */
static void
do_resume(struct case_record *record, struct at_event now)
{
	record->retry = now;
	if (record->asked & CASE_ASKED_BRAKE)
		record->asked |= CASE_ANSWERED_BRAKE;
	if (record->asked & CASE_ASKED_DISMISSED)
		record->asked |= CASE_ANSWERED_DISMISSED;
}

static void
do_all(struct step *step, uint16_t does)
{
	struct case_record *record = step->record;

	if (does & CASE_DO_FILTER)
		do_filter(step);
	if (does & CASE_DO_NOTICE ||
	    (does & CASE_DO_TELL && !(step->facts & CASE_F_TOLD)))
		do_notice(step);
	if (does & CASE_DO_GARDEN)
		do_garden(step);
	if (does & CASE_DO_OFF_SPENT)
		do_off(step, false, "its time is over");
	if (does & CASE_DO_OFF_ALL)
		do_off(step, true,
		       step->event->kind == CASE_EVENT_WITHDRAW
			   ? "what it rested on was withdrawn"
			   : "a person ended it");
	if (does & CASE_DO_DELIVERED)
		do_delivered(step);
	if (does & CASE_DO_SELF)
		do_self(step);
	if (does & CASE_DO_BRAKED)
		do_braked(step);
	if (does & CASE_DO_RETRY_NOW)
		do_resume(record, step->input->now);
	if (does & CASE_DO_NO_RETRY)
		record->retry = times_unset();
	if (does & CASE_DO_ASK_CHANNEL)
		do_ask(step, CASE_ASKED_CHANNEL,
		       "no channel reaches the party: find one");
	if (does & CASE_DO_ASK_PROTECTED)
		do_ask(step, CASE_ASKED_PROTECTED,
		       "the party is protected: decide");
	if (does & CASE_DO_ASK_DISMISSED)
		do_ask(step, CASE_ASKED_DISMISSED,
		       "a case of this party was dismissed lately: is this "
		       "one right?");
	if (does & CASE_DO_ASK_BRAKE)
		do_ask(step, CASE_ASKED_BRAKE,
		       "too many rest on one cause: is it right?");
	if (does & CASE_DO_CORRECT)
		do_ask(step, CASE_ASKED_CORRECT,
		       "what was said or done has been withdrawn: tell the "
		       "party");
}

static void
move_to(struct case_record *record, const struct case_row *row,
	struct at_event now)
{
	enum case_state next = (enum case_state)row->next;

	if (row->next == CASE_NEXT_SAME)
		return;
	if (row->next == CASE_NEXT_BACK)
		next = record->held_from;
	if (next == record->state)
		return;
	if (next == CASE_HELD)
		record->held_from = record->state;
	if (next == CASE_PROBATION)
		record->probation_since = now;
	if (next == CASE_CLOSED || next == CASE_DISMISSED)
		record->closed = now;
	record->state = next;
	record->state_since = now;
}

/* Minutes of attack since the last notice, for whoever reads the record. */
static void
count_minutes(struct case_record *record)
{
	const struct case_notice *notice = case_last_notice(record, false);
	int64_t minute = INT64_MIN;

	record->attack_minutes = 0;
	for (uint32_t i = 0; notice && i < record->sighting_count; i++) {
		const struct case_sighting *it = &record->sightings[i];

		if (!it->own || it->class != RSIT_DDOS ||
		    it->time.us <= notice->created.us ||
		    it->time.us / TIMES_MINUTE_US == minute)
			continue;
		minute = it->time.us / TIMES_MINUTE_US;
		record->attack_minutes++;
	}
}

void
case_step(struct case_record *record, const struct case_event *event,
	  const struct case_step_input *input, struct case_step_result *result)
{
	struct case_record before;
	struct step step = {.record = record,
			    .event = event,
			    .input = input,
			    .result = result};
	const struct case_row *row;
	uint32_t known;

	memset(result, 0, offsetof(struct case_step_result, actions));
	case_record_copy(&before, record);
	known = take_in(record, event, input->policy);
	step.facts = case_facts(record, event, input, known);
	row = case_table_find(record->state, event->kind, step.facts);
	result->facts = step.facts;
	result->row = row ? row->name : "unlisted";
	result->refused = row ? row->refusal : "it can't happen in this state";
	result->changed = row && !row->refusal &&
			  !(step.facts & CASE_F_DUPLICATE);
	if (!result->changed) {
		case_record_copy(record, &before);
		return;
	}
	do_all(&step, row->does);
	move_to(record, row, input->now);
	record->version++;
	record->changed = input->now;
	record->score_milli = case_score(record, input->policy, input->now);
	count_minutes(record);
	record->due = case_due(record, input->policy);
}

void
case_record_init(struct case_record *record, uint64_t id, struct party_id party,
		 struct at_event now, const struct case_policy *policy)
{
	memset(record, 0, offsetof(struct case_record, sightings));
	record->id = id;
	record->party = party;
	record->state = CASE_WATCHING;
	record->opened = record->changed = record->state_since = now;
	record->due = record->closed = record->retry = times_unset();
	record->earlier_until = record->probation_since = times_unset();
	record->first_seen = record->last_seen = times_unset();
	record->attack_last = record->latest.time = times_unset();
	record->bound_since = record->staff_released = times_unset();
	record->held_back_until = record->first_person_at = times_unset();
	record->objected = record->answer_due = times_unset();
	memcpy(record->policy_hash, policy->hash, sizeof(record->policy_hash));
}
