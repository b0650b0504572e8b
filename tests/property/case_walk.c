/* SPDX-License-Identifier: Apache-2.0 */
/* Builds one point of the walk from its axes. */
#include "property/case_walk.h"

#include <string.h>

#include "fact/security_reason.h"

#define NOW WALK_NOW
#define NEWEST WALK_NEWEST
#define NOTICE_ID 900
#define FILTER_ID 901
#define GARDEN_ID 902
#define FILTER_TARGET "192.0.2.7 > 198.51.100.9:80/udp"
#define QUARTERS_DAY 96
#define THURSDAY 3
#define TEN_O_CLOCK (THURSDAY * QUARTERS_DAY + 40)

const struct setting walk_settings[SETTING_COUNT] = {
    {false, true, false, true, false, 1, 0, 0, 0, false},
    {true, true, false, true, false, 1, 0, 1, 1, false},
    {false, false, false, true, false, 0, 0, 0, 0, false},
    {true, true, false, true, false, 0, 0, 0, 0, false},
    {false, true, true, true, false, 1, 0, 0, 0, false},
    {true, true, true, true, false, 1, 0, 0, 0, false},
    {true, true, false, true, false, 2, 0, 2, 0, false},
    {true, true, false, true, false, 1, CASE_BRAKE_NOTICE, 0, 0, false},
    {true, true, false, true, false, 1, CASE_BRAKE_MEASURE, 0, 0, false},
    {false, true, false, true, false, 2, CASE_BRAKE_NOTICE | CASE_BRAKE_MEASURE,
     0, 0, false},
    {true, true, false, true, false, 1, CASE_BRAKE_COMMON, 0, 0, false},
    {true, true, false, false, false, 1, 0, 0, 0, false},
    {false, true, false, true, true, 1, 0, 0, 0, false},
    {true, true, false, true, false, 1, 0, 0, 0, true},
};

const int32_t walk_scores[SCORE_COUNT] = {0,     4999,  5000, 5001,
					  10999, 11000, 11001};

const uint8_t walk_axis_sizes[AXIS_COUNT] = {
    [AXIS_DESK] = 5,   [AXIS_NIGHT] = 4,  [AXIS_OBJECTION] = 5,
    [AXIS_ATTACK] = 4, [AXIS_PERSON] = 6, [AXIS_TRIAL] = 7,
    [AXIS_LADDER] = 7, [AXIS_FIERCE] = 3, [AXIS_PAPER] = 6,
    [AXIS_END] = 4,    [AXIS_KIND] = 5,   [AXIS_STAFF] = 3,
    [AXIS_TWO] = 2};

bool
walk_is_bound(enum start_state start)
{
	return start == START_QUARANTINED || start == START_HELD_QUARANTINED;
}

bool
walk_has_ended(enum start_state start)
{
	return start >= START_CLOSED;
}

bool
walk_is_order(enum deed deed)
{
	return deed >= DEED_ORDER_LIMIT && deed <= DEED_ORDER_NO_REASON;
}

/* ---- rules ---- */

/* Hours before ten, those from ten on, or all of the week. */
static void
set_week(struct hours_week *week, bool before, bool after)
{
	week->set = true;
	for (unsigned i = 0; i < HOURS_QUARTERS; i++)
		if (i < TEN_O_CLOCK ? before : after)
			week->quarters[i / 8] |= (uint8_t)(1u << (i % 8));
}

static void
set_paper(struct case_policy *policy, unsigned at)
{
	struct case_basis *basis = &policy->bases[0];

	if (at == 0)
		return;
	policy->basis_count = 1;
	*basis = (struct case_basis){.kind = BASIS_CONTRACT,
				     .from_us = NOW - 1,
				     .until_us = NOW + 1};
	basis->network.addr = addr_from_v4(at == 5 ? 0xcb007100u : 0xc0000200u);
	basis->network.length = 120;
	if (at == 2)
		basis->until_us = NOW;
	if (at == 3)
		basis->from_us = NOW;
	if (at == 4)
		basis->from_us = NOW + 1;
}

static void
set_ladder(struct case_policy *policy)
{
	policy->ladder_count = 2;
	policy->ladders[1] = (struct case_ladder){
	    .count = 5,
	    .rungs = {{.channel = CHANNEL_MAIL},
		      {.after_us = policy->second_notice_us,
		       .channel = CHANNEL_LETTER},
		      {.after_us = policy->grace_us, .measure = MEASURE_LIMIT},
		      {.after_us = TIMES_DAY_US, .measure = MEASURE_GARDEN},
		      {.after_us = TIMES_DAY_US, .measure = MEASURE_BLOCK}}};
	memset(policy->ladder_of, 1, sizeof(policy->ladder_of));
}

void
walk_rules(const struct point *point, struct scene *scene)
{
	static const enum measure_kind fierce[] = {MEASURE_GARDEN,
						   MEASURE_LIMIT,
						   MEASURE_BLOCK};
	const struct setting *setting = &walk_settings[point->setting];
	const uint8_t *at = point->at;
	struct case_policy *policy = &scene->policy;

	case_policy_init(policy);
	policy->essential_set = true;
	policy->live_mode = setting->live;
	memset(policy->live, setting->live, sizeof(policy->live));
	if (at[AXIS_DESK] > 0)
		set_week(&policy->help_desk, at[AXIS_DESK] % 2 == 1,
			 at[AXIS_DESK] <= 2);
	if (at[AXIS_NIGHT] > 0)
		set_week(&policy->quiet, at[AXIS_NIGHT] != 2,
			 at[AXIS_NIGHT] != 3);
	if (at[AXIS_TRIAL] > 0)
		policy->hold_back =
		    (struct case_hold_back){CASE_HOLD_BACK_PPM_MAX,
					    CASE_HOLD_BACK_US_MAX,
					    at[AXIS_TRIAL] == 3 ? NOW : NOW + 1,
					    "board"};
	if (at[AXIS_LADDER] > 0)
		set_ladder(policy);
	policy->attack_measure = fierce[at[AXIS_FIERCE]];
	set_paper(policy, at[AXIS_PAPER]);
	policy->auto_release = at[AXIS_END] == 0;
	if (at[AXIS_TWO])
		policy->two_persons = UINT32_MAX;
	case_policy_seal(policy);
	scene->current = *policy;
	scene->current.essential_set = setting->essential;
}

/* ---- evidence, notices, measures ---- */

static void
add_evidence(struct case_record *record, uint8_t number, int64_t time_us,
	     const char *origin, uint8_t class, int32_t weight)
{
	struct case_sighting *it = &record->sightings[record->sighting_count++];

	memset(it, 0, sizeof(*it));
	it->id[0] = number;
	it->time.us = time_us;
	it->origin_hash = (uint32_t)(unsigned char)origin[0];
	it->weight_milli = weight;
	it->class = class;
	it->role = ROLE_INFECTED;
	it->certainty = CERTAINTY_CERTAIN;
	it->own = origin[0] == 'o';
	record->classes |= 1u << class;
}

/* Sightings that weigh exactly `score`, all of them still whole. */
static void
build_evidence(const struct point *point, struct case_record *record)
{
	int32_t score = walk_scores[point->score];

	switch (point->shape) {
	case SHAPE_TWO_ORIGINS:
		add_evidence(record, 1, NEWEST - TIMES_MINUTE_US, "own",
			     RSIT_SCANNER, score - score / 2);
		add_evidence(record, 2, NEWEST, "list", RSIT_INFECTED_SYSTEM,
			     score / 2);
		break;
	case SHAPE_THREE_DAYS:
		add_evidence(record, 1, NEWEST - 46 * TIMES_HOUR_US, "own",
			     RSIT_SCANNER, score / 3);
		add_evidence(record, 2, NEWEST - 23 * TIMES_HOUR_US, "own",
			     RSIT_SCANNER, score / 3);
		add_evidence(record, 3, NEWEST, "own", RSIT_SCANNER,
			     score - 2 * (score / 3));
		break;
	case SHAPE_FLOOD:
		add_evidence(record, 1, NEWEST - 2 * TIMES_MINUTE_US, "own",
			     RSIT_DDOS, 0);
		add_evidence(record, 2, NEWEST - TIMES_MINUTE_US, "own",
			     RSIT_DDOS, 0);
		add_evidence(record, 3, NEWEST, "own", RSIT_DDOS, score);
		break;
	default:
		add_evidence(record, 1, NEWEST, "list", RSIT_INFECTED_SYSTEM,
			     score);
		break;
	}
}

static void
build_notice(const struct point *point, const struct case_policy *policy,
	     struct case_record *record)
{
	struct case_notice *notice = &record->notices[0];
	int64_t grace = policy->grace_us, delivered = NOW - 10 * TIMES_DAY_US;

	if (point->told == TOLD_NEVER)
		return;
	memset(notice, 0, sizeof(*notice));
	record->notice_count = 1;
	if (point->told == TOLD_GRACE_INSIDE)
		delivered = NEWEST - grace + 1;
	if (point->told == TOLD_GRACE_AT)
		delivered = NEWEST - grace;
	if (point->told == TOLD_GRACE_PAST)
		delivered = NEWEST - grace - 1;
	if (point->told == TOLD_JUST_SENT)
		delivered = NOW - TIMES_SECOND_US;
	notice->id = NOTICE_ID;
	notice->step = 1;
	/* All notices of the longer ladder were climbed. */
	notice->rung = point->at[AXIS_LADDER] > 0;
	notice->created.us = notice->sent.us = delivered;
	notice->delivered.us = delivered;
	notice->accepted = notice->seen = notice->acknowledged =
	    notice->failed = times_unset();
	notice->would = !walk_settings[point->setting].live ||
			point->told == TOLD_WOULD;
	if (point->told == TOLD_FAILED) {
		notice->delivered = times_unset();
		notice->failed.us = NOW - TIMES_DAY_US;
	}
	if (point->told == TOLD_ACCEPTED_INSIDE ||
	    point->told == TOLD_ACCEPTED_AT) {
		notice->delivered = times_unset();
		notice->accepted.us = NOW - policy->accepted_us +
				      (point->told == TOLD_ACCEPTED_INSIDE);
	}
	if (point->told == TOLD_JUST_SENT)
		notice->delivered = times_unset();
}

static void
build_measure(const struct point *point, struct case_record *record,
	      enum measure_kind kind, uint64_t id, const char *target)
{
	static const enum measure_kind kinds[] = {MEASURE_GARDEN, MEASURE_LIMIT,
						  MEASURE_BLOCK, MEASURE_LIMIT,
						  MEASURE_LIMIT};
	static const uint8_t from[] = {0, 0, 0, MEASURE_GARDEN, MEASURE_BLOCK};
	const struct setting *setting = &walk_settings[point->setting];
	struct case_measure *measure =
	    &record->measures[record->measure_count++];

	memset(measure, 0, sizeof(*measure));
	measure->id = id;
	measure->kind = kind;
	(void)text_copy(measure->target, sizeof(measure->target),
			slice_of(target));
	measure->since.us = NEWEST;
	measure->expires.us = NOW + 5 * TIMES_MINUTE_US;
	if (point->timing == TIMING_AT)
		measure->expires.us = NOW;
	if (point->timing == TIMING_PAST)
		measure->expires.us = NOW - 1;
	measure->would = !setting->live || !setting->essential ||
			 point->told == TOLD_WOULD;
	measure->reason = REASON_ATTACK;
	if (kind == MEASURE_FILTER)
		return;
	measure->reason = REASON_INFECTED;
	measure->binding = WALK_BINDING;
	measure->kind = kinds[point->at[AXIS_KIND]];
	measure->weakened_from = from[point->at[AXIS_KIND]];
	if (point->at[AXIS_END] == 1)
		measure->expires.us = NOW + TIMES_DAY_US + 1;
	if (point->at[AXIS_END] >= 2)
		measure->expires.us = NOW + TIMES_DAY_US;
	if (point->at[AXIS_LADDER] == 4)
		measure->since.us = NEWEST - TIMES_DAY_US + 1;
	if (point->at[AXIS_LADDER] == 5)
		measure->since.us = NEWEST - TIMES_DAY_US;
	if (point->at[AXIS_LADDER] == 2 || point->at[AXIS_LADDER] == 3)
		measure->since.us = NEWEST - TIMES_DAY_US - 1;
	record->bound_since = measure->since;
}

/* ---- times, people, papers ---- */

static void
build_times(const struct point *point, const struct case_policy *policy,
	    struct case_record *record)
{
	const struct setting *setting = &walk_settings[point->setting];

	record->first_seen.us = NEWEST - 3 * TIMES_DAY_US;
	record->last_seen.us = NEWEST;
	record->state_since.us = NOW - 20 * TIMES_DAY_US;
	if (point->timing == TIMING_RETRY)
		record->retry.us = NOW;
	if (point->timing == TIMING_QUIET_INSIDE)
		record->last_seen.us = NOW - policy->probation_us + 1;
	if (point->timing == TIMING_QUIET_AT)
		record->last_seen.us = NOW - policy->probation_us;
	record->earlier_until.us = NOW - 100 * TIMES_DAY_US;
	if (record->state == CASE_PROBATION)
		record->probation_since.us = point->shape == SHAPE_TWO_ORIGINS
						 ? NEWEST
						 : NOW - 5 * TIMES_DAY_US;
	for (unsigned i = 0; i < setting->self_at; i++)
		record->self_released[record->self_release_count++].us =
		    NOW - policy->self_release_span_us;
	for (unsigned i = 0; i < setting->self_inside; i++)
		record->self_released[record->self_release_count++].us =
		    NOW - policy->self_release_span_us + 1;
	if (point->at[AXIS_STAFF])
		record->staff_released.us = NOW - policy->self_release_span_us +
					    (point->at[AXIS_STAFF] == 1);
}

static const char *
order_actor(const struct point *point)
{
	return point->at[AXIS_PERSON] == 4 ? "root (uid 0) for ann" : "ben";
}

static void
build_people(const struct point *point, const struct case_policy *policy,
	     const struct case_event *event, struct case_record *record)
{
	static const int64_t due_us[] = {0, 3600 * TIMES_SECOND_US, 1, 0, -1};
	static const int64_t over_us[] = {0, 1, 0, -1};
	const uint8_t *at = point->at;

	if (at[AXIS_OBJECTION]) {
		record->objected.us = NOW - TIMES_HOUR_US;
		record->objection_count = 1;
		record->answer_due.us = NOW + due_us[at[AXIS_OBJECTION]];
	}
	if (at[AXIS_ATTACK])
		record->attack_last.us = NOW - policy->filter_us +
					 over_us[at[AXIS_ATTACK]];
	if (at[AXIS_PERSON]) {
		record->first_person = case_person("ann");
		record->first_deed = at[AXIS_PERSON] == 5 ? MEASURE_FILTER
							  : case_deed(event);
		record->first_person_at.us = NOW - 1;
	}
	if (at[AXIS_PERSON] == 2)
		record->first_person_at.us = NOW - policy->approval_us;
	if (at[AXIS_PERSON] == 3)
		record->first_person_at.us = NOW - policy->approval_us - 1;
	if (at[AXIS_TRIAL] >= 4) {
		record->arm = ARM_HELD_BACK;
		record->held_back_until.us = NOW + 5 - at[AXIS_TRIAL];
		record->changed.us = NOW - TIMES_HOUR_US;
	}
	if (at[AXIS_LADDER])
		record->ladder = 1;
	if (at[AXIS_LADDER] >= 2)
		record->measure_step = at[AXIS_LADDER] == 3   ? 2
				       : at[AXIS_LADDER] == 6 ? 3
							      : 1;
	if (at[AXIS_END] == 3)
		record->asked |= CASE_ASKED_END;
}

static const enum case_state start_states[START_COUNT] = {
    CASE_WATCHING, CASE_OPEN, CASE_NOTICED, CASE_QUARANTINED, CASE_PROBATION,
    CASE_HELD,     CASE_HELD, CASE_CLOSED,  CASE_DISMISSED,   CASE_MERGED};

static void
build_record(const struct point *point, struct scene *scene)
{
	const struct setting *setting = &walk_settings[point->setting];
	struct case_record *record = &scene->record;
	struct case_place *place = &record->places[0];
	struct party_id party = {42};
	bool bound = walk_is_bound(point->start);

	case_record_init(record, 1, party,
			 (struct at_event){NOW - 20 * TIMES_DAY_US},
			 &scene->policy);
	record->state = start_states[point->start];
	if (record->state == CASE_HELD)
		record->held_from = bound ? CASE_QUARANTINED : CASE_NOTICED;
	record->known = setting->known;
	record->protected = setting->protected;
	record->reachable = setting->channels > 0;
	record->channels = setting->channels;
	record->asked = setting->dismissed ? CASE_DISMISSED_BEFORE : 0;
	if (record->state == CASE_HELD && setting->protected)
		record->asked |= CASE_ASKED_PROTECTED;
	build_evidence(point, record);
	build_notice(point, &scene->policy, record);
	build_times(point, &scene->policy, record);
	record->place_count = 1;
	place->binding = WALK_BINDING;
	place->target.prefix.addr = addr_from_v4(0xc0000207u);
	place->target.prefix.length = 128;
	place->end.us = setting->place_ended ? NOW : INT64_MAX;
	place->last.us = NEWEST;
	if (point->timing >= TIMING_INSIDE && point->timing <= TIMING_PAST)
		build_measure(point, record, MEASURE_FILTER, FILTER_ID,
			      FILTER_TARGET);
	if (bound)
		build_measure(point, record, MEASURE_GARDEN, GARDEN_ID,
			      "192.0.2.7");
	if (walk_has_ended(point->start))
		record->closed.us = NOW - TIMES_DAY_US;
}

/* ---- the event ---- */

static void
build_sighting(const struct point *point, struct scene *scene, int64_t time_us,
	       bool attack)
{
	const struct setting *setting = &walk_settings[point->setting];
	struct case_event *event = &scene->event;
	struct sighting *seen = &scene->seen;

	memset(seen, 0, sizeof(*seen));
	seen->time.us = seen->last.us = seen->first.us = time_us;
	seen->known.us = NOW;
	seen->lateness_us = WALK_LATENESS;
	seen->address = addr_from_v4(0xc0000207u);
	seen->subject.prefix.addr = seen->address;
	seen->subject.prefix.length = 128;
	seen->peer = addr_from_v4(0xc6336409u);
	seen->peer_port = 80;
	seen->proto = 17;
	seen->class = attack ? RSIT_DDOS : RSIT_SCANNER;
	seen->role = ROLE_INFECTED;
	seen->marks = SIGHTING_HAS_PEER | SIGHTING_HAS_PEER_PORT;
	seen->id[0] = 77;
	(void)text_copy(seen->origin, sizeof(seen->origin),
			slice_of("own-flow"));
	event->kind = CASE_EVENT_SIGHTING;
	event->sighting = seen;
	event->certainty = setting->known ? CERTAINTY_CERTAIN
					  : CERTAINTY_PROBABLE;
	event->binding = setting->known ? WALK_BINDING : 0;
	event->binding_end = scene->record.places[0].end;
	event->target = scene->record.places[0].target;
	event->known = setting->known;
	event->protected = setting->protected;
	event->reachable = setting->channels > 0;
	event->channels = setting->channels;
}

static void
build_sighting_deed(const struct point *point, struct scene *scene)
{
	/* The newest window closed just less than a minute ago. */
	int64_t fresh = NOW - WALK_LATENESS - scene->policy.attack_fresh_us + 1;
	struct case_event *event = &scene->event;

	build_sighting(point, scene, NOW - WALK_LATENESS,
		       point->deed == DEED_FLOOD_ONE);
	switch (point->deed) {
	case DEED_ATTACK:
	case DEED_ATTACK_PROBABLE:
	case DEED_ATTACK_SHARED:
		build_sighting(point, scene, fresh, true);
		scene->seen.marks |= SIGHTING_FLOOD_LASTS;
		break;
	case DEED_ATTACK_LATE:
		build_sighting(point, scene, fresh - 1, true);
		scene->seen.marks |= SIGHTING_FLOOD_LASTS;
		break;
	case DEED_STALE:
		build_sighting(point, scene, NOW - 5 * TIMES_DAY_US, false);
		break;
	case DEED_EARLIER:
		build_sighting(point, scene, NOW - 100 * TIMES_DAY_US, false);
		break;
	case DEED_KNOWN:
		scene->seen.id[0] = 1;
		break;
	case DEED_MOVED:
		event->binding = WALK_BINDING_MOVED;
		event->binding_end.us = INT64_MAX;
		event->target.prefix.addr = addr_from_v4(0xc0000208u);
		break;
	default:
		break;
	}
	if (point->deed == DEED_ATTACK_PROBABLE)
		event->certainty = CERTAINTY_PROBABLE;
	event->shared = point->deed == DEED_ATTACK_SHARED;
}

static const enum case_event_kind deed_kinds[DEED_COUNT] = {
    [DEED_DELIVERED] = CASE_EVENT_RECEIPT,
    [DEED_FAILED] = CASE_EVENT_RECEIPT,
    [DEED_RECEIPT_KNOWN] = CASE_EVENT_RECEIPT,
    [DEED_RECEIPT_UNKNOWN] = CASE_EVENT_RECEIPT,
    [DEED_REACHED] = CASE_EVENT_RECEIPT,
    [DEED_TIMER] = CASE_EVENT_TIMER,
    [DEED_HOLD] = CASE_EVENT_HOLD,
    [DEED_RESUME] = CASE_EVENT_RESUME,
    [DEED_RELEASE] = CASE_EVENT_RELEASE,
    [DEED_RELEASE_SELF] = CASE_EVENT_RELEASE,
    [DEED_DISMISS] = CASE_EVENT_DISMISS,
    [DEED_OBJECT] = CASE_EVENT_OBJECT,
    [DEED_ANSWER_GRANTED] = CASE_EVENT_ANSWER,
    [DEED_ANSWER_DENIED] = CASE_EVENT_ANSWER,
    [DEED_ORDER_LIMIT] = CASE_EVENT_ORDER,
    [DEED_ORDER_GARDEN] = CASE_EVENT_ORDER,
    [DEED_ORDER_BLOCK] = CASE_EVENT_ORDER,
    [DEED_ORDER_FILTER] = CASE_EVENT_ORDER,
    [DEED_ORDER_NO_REASON] = CASE_EVENT_ORDER,
    [DEED_MERGE] = CASE_EVENT_MERGE,
    [DEED_MERGE_NOTHING] = CASE_EVENT_MERGE,
    [DEED_LINE_GONE] = CASE_EVENT_BINDING,
    [DEED_LINE_ENDS] = CASE_EVENT_BINDING,
    [DEED_LINE_UNKNOWN] = CASE_EVENT_BINDING,
    [DEED_LINE_KNOWN] = CASE_EVENT_BINDING,
    [DEED_WITHDRAW] = CASE_EVENT_WITHDRAW,
    [DEED_WITHDRAW_UNKNOWN] = CASE_EVENT_WITHDRAW,
};

static void
build_order(const struct point *point, struct case_event *event)
{
	static const uint8_t measures[] = {MEASURE_LIMIT, MEASURE_GARDEN,
					   MEASURE_BLOCK, MEASURE_FILTER,
					   MEASURE_GARDEN};

	event->measure = measures[point->deed - DEED_ORDER_LIMIT];
	event->security = point->deed == DEED_ORDER_NO_REASON ? REASON_COUNT
							      : REASON_INFECTED;
}

/* Over, in a moment, nobody's, and as it was. */
static void
build_line(const struct point *point, struct case_event *event)
{
	static const int64_t ends_us[] = {NOW, NOW + 1, NOW, INT64_MAX};

	event->binding = point->deed == DEED_LINE_UNKNOWN ? WALK_BINDING_MOVED
							  : WALK_BINDING;
	event->binding_end.us = ends_us[point->deed - DEED_LINE_GONE];
}

static void
build_event(const struct point *point, struct scene *scene)
{
	const struct case_record *record = &scene->record;
	struct case_event *event = &scene->event;

	memset(event, 0, sizeof(*event));
	if (point->deed <= DEED_MOVED) {
		build_sighting_deed(point, scene);
		return;
	}
	if (point->deed >= DEED_WITHDRAW)
		build_sighting(point, scene, NEWEST, false);
	event->kind = deed_kinds[point->deed];
	event->time.us = NOW;
	(void)text_copy(event->actor, sizeof(event->actor),
			slice_of(order_actor(point)));
	event->notice_id = point->deed == DEED_RECEIPT_UNKNOWN ? NOTICE_ID + 50
							       : NOTICE_ID;
	event->receipt = RECEIPT_DELIVERED;
	if (point->deed == DEED_FAILED)
		event->receipt = RECEIPT_FAILED;
	if (point->deed == DEED_RECEIPT_KNOWN)
		event->receipt = RECEIPT_SENT;
	if (point->deed == DEED_RECEIPT_KNOWN)
		event->time.us = NOW - 2 * TIMES_DAY_US;
	if (point->deed == DEED_REACHED)
		event->receipt = RECEIPT_SENT;
	event->self = point->deed == DEED_RELEASE_SELF;
	event->granted = point->deed == DEED_ANSWER_GRANTED;
	event->other_case = point->deed == DEED_MERGE ? 2 : 0;
	if (walk_is_order(point->deed))
		build_order(point, event);
	if (event->kind == CASE_EVENT_BINDING)
		build_line(point, event);
	if (point->deed == DEED_WITHDRAW)
		scene->seen.id[0] =
		    record->sightings[record->sighting_count - 1].id[0];
}

void
walk_build(const struct point *point, struct scene *scene)
{
	const struct setting *setting = &walk_settings[point->setting];
	struct case_step_input *input = &scene->input;

	build_record(point, scene);
	build_event(point, scene);
	build_people(point, &scene->policy, &scene->event, &scene->record);
	memset(input, 0, sizeof(*input));
	input->policy = &scene->policy;
	input->current = &scene->current;
	input->now.us = NOW;
	input->brake = setting->brake;
	input->brake_text = setting->brake ? "brake" : NULL;
	for (unsigned i = 0; i < CASE_ACTIONS_MAX; i++)
		input->ids[i] = 1000 + i;
	/* Drawn, or not: the share is a tenth of a million. */
	input->ids[CASE_ACTIONS_MAX - 1] = point->at[AXIS_TRIAL] == 2
					       ? CASE_HOLD_BACK_PPM_MAX
					       : CASE_HOLD_BACK_PPM_MAX - 1;
}
