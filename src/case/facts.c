/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts, from the record, the event, the policy and the time.
 */
#include <string.h>

#include "case/facts.h"

#define NOTICES_A_LADDER 2

static struct at_event
later(struct at_event a, struct at_event b)
{
	return a.us > b.us ? a : b;
}

bool
case_is_live(const struct case_step_input *input, enum case_act act,
	     uint8_t class)
{
	const struct case_policy *current = input->current ? input->current
							   : input->policy;

	if (!input->policy->live_mode || !current->live_mode)
		return false;
	if (act != ACT_NOTICE && !current->essential_set)
		return false;
	return class < RSIT_CLASS_COUNT && input->policy->live[act][class];
}

uint8_t
case_newest_class(const struct case_record *record)
{
	for (uint32_t i = record->sighting_count; i-- > 0;)
		if (case_counts(&record->sightings[i], CASE_COUNT_CERTAIN))
			return record->sightings[i].class;
	return RSIT_NONE;
}

static struct at_event
newest_certain(const struct case_record *record)
{
	for (uint32_t i = record->sighting_count; i-- > 0;)
		if (case_counts(&record->sightings[i], CASE_COUNT_INFECTED) &&
		    record->sightings[i].weight_milli > 0)
			return record->sightings[i].time;
	return times_unset();
}

const struct case_notice *
case_last_notice(const struct case_record *record, bool live)
{
	for (uint32_t i = record->notice_count; i-- > 0;) {
		const struct case_notice *notice = &record->notices[i];

		if (!times_is_set(notice->failed) && !(live && notice->would))
			return notice;
	}
	return NULL;
}

bool
case_party_measure_live(const struct case_record *record,
			const struct case_step_input *input)
{
	enum case_act act = input->policy->party_measure == MEASURE_LIMIT
				? ACT_LIMIT
				: ACT_GARDEN;
	bool any = false;

	for (uint32_t i = 0; i < record->sighting_count; i++) {
		const struct case_sighting *it = &record->sightings[i];

		if (!case_counts(it, CASE_COUNT_INFECTED) ||
		    it->weight_milli <= 0)
			continue;
		any = true;
		if (!case_is_live(input, act, it->class))
			return false;
	}
	return any && case_last_notice(record, true) != NULL;
}

bool
case_is_bound(const struct case_record *record)
{
	for (uint32_t i = 0; i < record->measure_count; i++)
		if (record->measures[i].kind != MEASURE_FILTER)
			return true;
	return false;
}

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

static bool
is_own_flood(const struct case_sighting *sighting)
{
	return sighting->own && sighting->class == RSIT_DDOS &&
	       sighting->role == ROLE_INFECTED;
}

/* Own, two windows, and the newest closed less than a minute ago. */
static bool
is_attack(const struct case_event *event, const struct case_step_input *input)
{
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
	return closed_us - sighting->time.us < input->policy->attack_fresh_us &&
	       sighting->known.us + input->policy->filter_us > input->now.us;
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
	for (uint32_t i = 0; i < record->sighting_count; i++) {
		const struct case_sighting *it = &record->sightings[i];

		if (!is_own_flood(it) || it->time.us <= after.us ||
		    it->certainty != CERTAINTY_CERTAIN ||
		    it->time.us / TIMES_MINUTE_US == minute)
			continue;
		minute = it->time.us / TIMES_MINUTE_US;
		count++;
	}
	return count;
}

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

struct evidence {
	int32_t score;
	bool two_origins, three_items;
};

static struct evidence
weigh(const struct case_record *record, const struct case_policy *policy,
      struct at_event now)
{
	struct case_items items;

	case_items(record, policy, CASE_COUNT_INFECTED, times_unset(), now,
		   &items);
	return (struct evidence){
	    .score = case_items_score(&items, policy),
	    .two_origins = count_origins(&items) >= 2,
	    .three_items = three_items(&items),
	};
}

/* Certain evidence for a notice, newer than `after`, as of `now`: something of
 * it signed, and not forged by whoever can write an address of ours. */
static bool
is_enough(const struct case_record *record, const struct case_policy *policy,
	  struct at_event after, struct at_event now)
{
	struct case_items items;
	bool signed_word = false;

	if (!record->known)
		return false;
	case_items(record, policy, CASE_COUNT_CERTAIN, after, now, &items);
	for (size_t i = 0; i < items.count; i++)
		signed_word |= !items.items[i].unauthenticated &&
			       items.items[i].sound &&
			       items.items[i].value_milli > 0;
	return signed_word &&
	       case_items_score(&items, policy) >= policy->notice_at_milli;
}

static bool
has_open_place(const struct case_record *record, struct at_event now)
{
	for (uint32_t i = 0; i < record->place_count; i++)
		if (case_place_open(&record->places[i], now))
			return true;
	return false;
}

/* Grace: the newest sighting must be after it, and after the last release. */
static bool
is_after_grace(const struct case_record *record,
	       const struct case_policy *policy, bool live)
{
	struct at_event newest = newest_certain(record);
	struct at_event delivered = times_unset();

	for (uint32_t i = 0; i < record->notice_count; i++) {
		const struct case_notice *notice = &record->notices[i];

		if (!times_is_set(notice->failed) && !(live && notice->would))
			delivered = later(delivered, notice->delivered);
	}
	return times_is_set(delivered) && times_is_set(newest) &&
	       newest.us > delivered.us + policy->grace_us &&
	       newest.us > record->probation_since.us;
}

static unsigned
failed_notices(const struct case_record *record)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < record->notice_count; i++)
		count += times_is_set(record->notices[i].failed);
	return count;
}

static uint32_t
channel_facts(const struct case_record *record,
	      const struct case_step_input *input, bool live)
{
	unsigned channels = record->channels ? record->channels : 1;
	uint32_t facts = 0;

	if (!record->reachable || channels <= failed_notices(record))
		facts |= CASE_F_NO_CHANNEL;
	if (input->brake & CASE_BRAKE_NOTICE)
		facts |= CASE_F_BRAKE_NOTICE;
	if (input->brake & CASE_BRAKE_MEASURE)
		facts |= CASE_F_BRAKE_MEASURE;
	if (input->brake & CASE_BRAKE_COMMON &&
	    !(record->asked & CASE_ANSWERED_BRAKE))
		facts |= CASE_F_COMMON;
	if (record->asked & CASE_DISMISSED_BEFORE &&
	    !(record->asked & CASE_ANSWERED_DISMISSED))
		facts |= CASE_F_DISMISSED;
	if (record->protected)
		facts |= CASE_F_PROTECTED;
	if (case_last_notice(record, live))
		facts |= CASE_F_TOLD;
	if (record->known &&
	    !(facts &
	      (CASE_F_NO_CHANNEL | CASE_F_PROTECTED | CASE_F_BRAKE_NOTICE)) &&
	    record->notice_count < CASE_NOTICES_MAX)
		facts |= CASE_F_CAN_TELL;
	return facts;
}

/* The second notice: once a ladder, by another channel, if still seen. */
static bool
is_second_due(const struct case_record *record,
	      const struct case_policy *policy, struct at_event now)
{
	const struct case_notice *last = case_last_notice(record, false);
	unsigned ladder = 0;

	if (record->state != CASE_NOTICED || !last || record->channels < 2)
		return false;
	for (uint32_t i = 0; i < record->notice_count; i++)
		ladder += !times_is_set(record->notices[i].failed) &&
			  record->notices[i].created.us >
			      record->probation_since.us;
	return ladder > 0 && ladder < NOTICES_A_LADDER &&
	       newest_certain(record).us > last->created.us &&
	       now.us >= last->created.us + policy->second_notice_us;
}

static bool
is_accepted_long(const struct case_notice *notice,
		 const struct case_policy *policy, struct at_event now)
{
	return times_is_set(notice->accepted) &&
	       !times_is_set(notice->delivered) &&
	       !times_is_set(notice->failed) &&
	       now.us >= notice->accepted.us + policy->accepted_us;
}

static struct at_event
quiet_since(const struct case_record *record)
{
	return later(record->last_seen, record->state_since);
}

static uint32_t
time_facts(const struct case_record *record, const struct case_policy *policy,
	   struct at_event now)
{
	uint32_t facts = 0;

	for (uint32_t i = 0; i < record->measure_count; i++) {
		bool spent = record->measures[i].expires.us <= now.us;

		facts |= CASE_F_MEASURE;
		if (spent)
			facts |= CASE_F_SPENT;
		else if (record->measures[i].kind != MEASURE_FILTER)
			facts |= CASE_F_BOUND;
	}
	for (uint32_t i = 0; i < record->notice_count; i++)
		if (is_accepted_long(&record->notices[i], policy, now))
			facts |= CASE_F_ACCEPTED;
	if (is_second_due(record, policy, now))
		facts |= CASE_F_AGAIN;
	if (quiet_since(record).us + policy->probation_us <= now.us)
		facts |= CASE_F_QUIET;
	if (times_is_set(record->retry) && record->retry.us <= now.us)
		facts |= CASE_F_RETRY;
	return facts;
}

static uint32_t
event_facts(const struct case_record *record, const struct case_event *event,
	    const struct case_step_input *input)
{
	uint32_t facts = 0, recent = 0;

	if (event->kind == CASE_EVENT_SIGHTING &&
	    times_is_set(record->probation_since) &&
	    event->sighting->time.us <= record->probation_since.us)
		facts |= CASE_F_STALE;
	if (event->kind == CASE_EVENT_RECEIPT &&
	    event->receipt == RECEIPT_FAILED)
		facts |= CASE_F_FAILED;
	if (event->kind != CASE_EVENT_RELEASE || !event->self)
		return facts;
	for (uint32_t i = 0; i < record->self_release_count; i++)
		recent += record->self_released[i].us >
			  input->now.us - input->policy->self_release_span_us;
	facts |= CASE_F_SELF;
	if (recent >= input->policy->self_releases)
		facts |= CASE_F_SELF_SPENT;
	return facts;
}

/* Does what was decided still stand, judged as of when it was decided? */
static uint32_t
foundation_facts(const struct case_record *record,
		 const struct case_step_input *input)
{
	const struct case_policy *policy = input->policy;
	const struct case_notice *notice = case_last_notice(record, false);
	uint32_t facts = 0;

	if (notice &&
	    !is_enough(record, policy, times_unset(), notice->created))
		facts |= CASE_F_UNFOUNDED;
	for (uint32_t i = 0; i < record->measure_count; i++) {
		const struct case_measure *measure = &record->measures[i];
		struct evidence then = weigh(record, policy, measure->since);

		if (measure->kind != MEASURE_FILTER &&
		    !(then.score >= policy->measure_at_milli &&
		      (then.two_origins || then.three_items)) &&
		    attack_minutes(record, false) < policy->attack_minutes)
			facts |= CASE_F_BASELESS;
	}
	return facts;
}

static uint32_t
evidence_facts(const struct case_record *record, const struct case_event *event,
	       const struct case_step_input *input, bool live)
{
	const struct case_policy *policy = input->policy;
	struct evidence evidence = weigh(record, policy, input->now);
	bool open = record->known && has_open_place(record, input->now);
	bool filtered = is_attack(event, input);
	uint32_t facts = 0;

	if (filtered)
		facts |= CASE_F_ATTACK;
	for (uint32_t i = 0; i < record->sighting_count; i++)
		if (is_own_flood(&record->sightings[i]))
			facts |= CASE_F_FLOOD;
	if (is_enough(record, policy, times_unset(), input->now))
		facts |= CASE_F_ENOUGH;
	if (is_enough(record, policy, record->probation_since, input->now))
		facts |= CASE_F_RELAPSE;
	for (uint32_t i = 0; i < record->measure_count; i++)
		filtered |= record->measures[i].kind == MEASURE_FILTER &&
			    record->measures[i].expires.us > input->now.us;
	if (open && evidence.score >= policy->measure_at_milli &&
	    (evidence.two_origins || evidence.three_items) &&
	    is_after_grace(record, policy, live))
		facts |= CASE_F_A;
	if (open && filtered && facts & CASE_F_ENOUGH &&
	    ((evidence.score >= policy->measure_at_milli &&
	      evidence.two_origins) ||
	     attack_minutes(record, live) >= policy->attack_minutes))
		facts |= CASE_F_B;
	for (uint32_t i = 0; i < record->place_count; i++)
		if (open && case_place_open(&record->places[i], input->now) &&
		    !case_place_bound(record, &record->places[i]))
			facts |= CASE_F_MOVED;
	return facts;
}

/* Would automation do something in this state, were it let? */
static bool
is_about_to_act(enum case_state state, uint32_t facts)
{
	if (facts & CASE_F_ATTACK)
		return true;
	switch (state) {
	case CASE_WATCHING:
	case CASE_OPEN:
		return facts & CASE_F_ENOUGH;
	case CASE_NOTICED:
		return facts & (CASE_F_A | CASE_F_B | CASE_F_AGAIN) ||
		       (facts & CASE_F_ENOUGH && !(facts & CASE_F_TOLD));
	case CASE_QUARANTINED:
		return facts & CASE_F_MOVED;
	case CASE_PROBATION:
		return facts & CASE_F_RELAPSE;
	default:
		return false;
	}
}

uint32_t
case_facts(const struct case_record *record, const struct case_event *event,
	   const struct case_step_input *input, uint32_t known)
{
	bool live = case_is_live(input, ACT_NOTICE, case_newest_class(record));
	uint32_t facts = known;

	facts |= event_facts(record, event, input);
	facts |= channel_facts(record, input, live);
	facts |= time_facts(record, input->policy, input->now);
	facts |= evidence_facts(record, event, input, live);
	if (event->kind == CASE_EVENT_WITHDRAW)
		facts |= foundation_facts(record, input);
	if (is_about_to_act(record->state, facts))
		facts |= CASE_F_ACTS;
	return facts;
}

static void
sooner(struct at_event *due, int64_t us)
{
	if (!times_is_set(*due) || us < due->us)
		due->us = us;
}

struct at_event
case_due(const struct case_record *record, const struct case_policy *policy)
{
	const struct case_notice *last = case_last_notice(record, false);
	struct at_event due = times_unset();

	if (record->state == CASE_CLOSED || record->state == CASE_DISMISSED)
		return due;
	for (uint32_t i = 0; i < record->measure_count; i++)
		sooner(&due, record->measures[i].expires.us);
	for (uint32_t i = 0; i < record->notice_count; i++)
		if (is_accepted_long(&record->notices[i], policy,
				     (struct at_event){INT64_MAX}))
			sooner(&due, record->notices[i].accepted.us +
					 policy->accepted_us);
	if (record->state == CASE_HELD)
		return due;
	if (last && is_second_due(record, policy, (struct at_event){INT64_MAX}))
		sooner(&due, later(record->retry,
				   (struct at_event){last->created.us +
						     policy->second_notice_us})
				 .us);
	if (times_is_set(record->retry))
		sooner(&due, record->retry.us);
	if (record->measure_count == 0 && record->state != CASE_QUARANTINED)
		sooner(&due, quiet_since(record).us + policy->probation_us);
	return due;
}
