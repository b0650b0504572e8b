/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks the real case_step over every state and event, with each fact unset,
 * long before, just inside, at and just past its limit, and each score 0 and
 * one below, at and one above its thresholds; checks the invariants of design
 * section 8 after every step.  A row of the table that never fires fails too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case/facts.h"
#include "case/table.h"
#include "crypto/sha256.h"

#define NOW (INT64_C(1718877600) * TIMES_SECOND_US)
#define LATENESS (120 * TIMES_SECOND_US)
#define NEWEST (NOW - 5 * TIMES_MINUTE_US)
#define NOTICE_ID 900
#define FILTER_ID 901
#define GARDEN_ID 902
#define BINDING 7
#define BINDING_MOVED 8
#define SAMPLE 61     /* the dear checks: one step in so many */
#define AT_ONCE_MAX 8 /* timers due at one time */
#define SHOWN_MAX 20

/* Axes of the walk. */
enum start_state {
	START_WATCHING,
	START_OPEN,
	START_NOTICED,
	START_QUARANTINED,
	START_PROBATION,
	START_HELD_NOTICED,
	START_HELD_QUARANTINED,
	START_CLOSED,
	START_DISMISSED,
	START_COUNT
};

enum shape {
	SHAPE_ONE,
	SHAPE_TWO_ORIGINS,
	SHAPE_THREE_DAYS,
	SHAPE_FLOOD,
	SHAPE_COUNT
};

enum told {
	TOLD_NEVER,
	TOLD_LONG_BEFORE,
	TOLD_GRACE_INSIDE,
	TOLD_GRACE_AT,
	TOLD_GRACE_PAST,
	TOLD_FAILED,
	TOLD_ACCEPTED_INSIDE,
	TOLD_ACCEPTED_AT,
	TOLD_JUST_SENT,
	TOLD_WOULD,
	TOLD_COUNT
};

enum timing {
	TIMING_NONE,
	TIMING_INSIDE,
	TIMING_AT,
	TIMING_PAST,
	TIMING_RETRY,
	TIMING_QUIET_INSIDE,
	TIMING_QUIET_AT,
	TIMING_COUNT
};

enum deed {
	DEED_SEEN,
	DEED_FLOOD_ONE,
	DEED_ATTACK,
	DEED_ATTACK_LATE,
	DEED_ATTACK_PROBABLE,
	DEED_ATTACK_SHARED,
	DEED_STALE,
	DEED_KNOWN,
	DEED_EARLIER,
	DEED_MOVED,
	DEED_DELIVERED,
	DEED_FAILED,
	DEED_RECEIPT_KNOWN,
	DEED_RECEIPT_UNKNOWN,
	DEED_TIMER,
	DEED_HOLD,
	DEED_RESUME,
	DEED_RELEASE,
	DEED_RELEASE_SELF,
	DEED_DISMISS,
	DEED_WITHDRAW,
	DEED_WITHDRAW_UNKNOWN,
	DEED_COUNT
};

struct setting {
	bool live, known, protected, essential, place_ended;
	uint8_t channels, brake;
	uint8_t self_inside, self_at;
	bool dismissed;
};

static const struct setting settings[] = {
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
#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

static const int32_t scores[] = {0, 4999, 5000, 5001, 10999, 11000, 11001};
#define SCORE_COUNT (sizeof(scores) / sizeof(scores[0]))

/* One point of the walk. */
struct point {
	enum start_state start;
	enum shape shape;
	enum told told;
	enum timing timing;
	enum deed deed;
	size_t score, setting;
};

static struct case_policy policy_shadow, policy_live, policy_bare;
static bool fired[CASE_ROWS_MAX];
static uint64_t states, transitions, violations;
static struct point here;
static struct case_record record, before, again;
static struct case_step_result result, result_again;
static struct sighting seen;

static void
violate(const char *what)
{
	if (violations++ < SHOWN_MAX)
		printf("violated: %s (state %d shape %d told %d timing %d "
		       "deed %d score %d setting %d, row %s)\n",
		       what, here.start, here.shape, here.told, here.timing,
		       here.deed, (int)scores[here.score], (int)here.setting,
		       result.row);
}

#define CHECK(condition, what)         \
	do {                           \
		if (!(condition))      \
			violate(what); \
	} while (0)

/* ---- building a record ---- */

static void
add_evidence(uint8_t number, int64_t time_us, const char *origin, uint8_t class,
	     int32_t weight)
{
	struct case_sighting *it = &record.sightings[record.sighting_count++];

	memset(it, 0, sizeof(*it));
	it->id[0] = number;
	it->time.us = time_us;
	it->origin_hash = (uint32_t)(unsigned char)origin[0];
	it->weight_milli = weight;
	it->class = class;
	it->role = ROLE_INFECTED;
	it->certainty = CERTAINTY_CERTAIN;
	it->own = origin[0] == 'o';
	record.classes |= 1u << class;
}

/* Sightings that weigh exactly `score`, all of them still whole. */
static void
build_evidence(void)
{
	int32_t score = scores[here.score];

	switch (here.shape) {
	case SHAPE_TWO_ORIGINS:
		add_evidence(1, NEWEST - TIMES_MINUTE_US, "own", RSIT_SCANNER,
			     score - score / 2);
		add_evidence(2, NEWEST, "list", RSIT_INFECTED_SYSTEM,
			     score / 2);
		break;
	case SHAPE_THREE_DAYS:
		add_evidence(1, NEWEST - 46 * TIMES_HOUR_US, "own",
			     RSIT_SCANNER, score / 3);
		add_evidence(2, NEWEST - 23 * TIMES_HOUR_US, "own",
			     RSIT_SCANNER, score / 3);
		add_evidence(3, NEWEST, "own", RSIT_SCANNER,
			     score - 2 * (score / 3));
		break;
	case SHAPE_FLOOD:
		add_evidence(1, NEWEST - 2 * TIMES_MINUTE_US, "own", RSIT_DDOS,
			     0);
		add_evidence(2, NEWEST - TIMES_MINUTE_US, "own", RSIT_DDOS, 0);
		add_evidence(3, NEWEST, "own", RSIT_DDOS, score);
		break;
	default:
		add_evidence(1, NEWEST, "list", RSIT_INFECTED_SYSTEM, score);
		break;
	}
}

static void
build_notice(void)
{
	const struct case_policy *policy = &policy_shadow;
	struct case_notice *notice = &record.notices[0];
	int64_t grace = policy->grace_us, delivered = NOW - 10 * TIMES_DAY_US;

	if (here.told == TOLD_NEVER)
		return;
	memset(notice, 0, sizeof(*notice));
	record.notice_count = 1;
	if (here.told == TOLD_GRACE_INSIDE)
		delivered = NEWEST - grace + 1;
	if (here.told == TOLD_GRACE_AT)
		delivered = NEWEST - grace;
	if (here.told == TOLD_GRACE_PAST)
		delivered = NEWEST - grace - 1;
	if (here.told == TOLD_JUST_SENT)
		delivered = NOW - TIMES_SECOND_US;
	notice->id = NOTICE_ID;
	notice->step = 1;
	notice->created.us = notice->sent.us = delivered;
	notice->delivered.us = delivered;
	notice->accepted = notice->seen = notice->acknowledged =
	    notice->failed = times_unset();
	notice->would = !settings[here.setting].live || here.told == TOLD_WOULD;
	if (here.told == TOLD_FAILED) {
		notice->delivered = times_unset();
		notice->failed.us = NOW - TIMES_DAY_US;
	}
	if (here.told == TOLD_ACCEPTED_INSIDE ||
	    here.told == TOLD_ACCEPTED_AT) {
		notice->delivered = times_unset();
		notice->accepted.us = NOW - policy->accepted_us +
				      (here.told == TOLD_ACCEPTED_INSIDE);
	}
	if (here.told == TOLD_JUST_SENT)
		notice->delivered = times_unset();
}

static void
build_measure(enum measure_kind kind, uint64_t id, const char *target)
{
	struct case_measure *measure = &record.measures[record.measure_count++];

	memset(measure, 0, sizeof(*measure));
	measure->id = id;
	measure->kind = kind;
	(void)text_copy(measure->target, sizeof(measure->target),
			slice_of(target));
	measure->since.us = NEWEST;
	measure->expires.us = NOW + 5 * TIMES_MINUTE_US;
	if (here.timing == TIMING_AT)
		measure->expires.us = NOW;
	if (here.timing == TIMING_PAST)
		measure->expires.us = NOW - 1;
	measure->would = !settings[here.setting].live ||
			 !settings[here.setting].essential ||
			 here.told == TOLD_WOULD;
	measure->binding = kind == MEASURE_FILTER ? 0 : BINDING;
}

static void
build_times(void)
{
	const struct setting *setting = &settings[here.setting];

	record.first_seen.us = NEWEST - 3 * TIMES_DAY_US;
	record.last_seen.us = NEWEST;
	record.state_since.us = NOW - 20 * TIMES_DAY_US;
	if (here.timing == TIMING_RETRY)
		record.retry.us = NOW;
	if (here.timing == TIMING_QUIET_INSIDE)
		record.last_seen.us = NOW - policy_shadow.probation_us + 1;
	if (here.timing == TIMING_QUIET_AT)
		record.last_seen.us = NOW - policy_shadow.probation_us;
	record.earlier_until.us = NOW - 100 * TIMES_DAY_US;
	if (record.state == CASE_PROBATION)
		record.probation_since.us = here.shape == SHAPE_TWO_ORIGINS
						? NEWEST
						: NOW - 5 * TIMES_DAY_US;
	for (unsigned i = 0; i < setting->self_at; i++)
		record.self_released[record.self_release_count++].us =
		    NOW - policy_shadow.self_release_span_us;
	for (unsigned i = 0; i < setting->self_inside; i++)
		record.self_released[record.self_release_count++].us =
		    NOW - policy_shadow.self_release_span_us + 1;
}

static const enum case_state start_states[START_COUNT] = {
    CASE_WATCHING, CASE_OPEN, CASE_NOTICED, CASE_QUARANTINED, CASE_PROBATION,
    CASE_HELD,     CASE_HELD, CASE_CLOSED,  CASE_DISMISSED};

static void
build_record(void)
{
	const struct setting *setting = &settings[here.setting];
	bool bound = here.start == START_QUARANTINED ||
		     here.start == START_HELD_QUARANTINED;
	struct case_place *place = &record.places[0];
	struct party_id party = {42};

	case_record_init(&record, 1, party,
			 (struct at_event){NOW - 20 * TIMES_DAY_US},
			 &policy_shadow);
	record.state = start_states[here.start];
	if (record.state == CASE_HELD)
		record.held_from = bound ? CASE_QUARANTINED : CASE_NOTICED;
	record.known = setting->known;
	record.protected = setting->protected;
	record.reachable = setting->channels > 0;
	record.channels = setting->channels;
	record.asked = setting->dismissed ? CASE_DISMISSED_BEFORE : 0;
	build_evidence();
	build_notice();
	build_times();
	record.place_count = 1;
	place->binding = BINDING;
	place->target.prefix.addr = addr_from_v4(0xc0000207u);
	place->target.prefix.length = 128;
	place->end.us = setting->place_ended ? NOW : INT64_MAX;
	place->last.us = NEWEST;
	if (here.timing >= TIMING_INSIDE && here.timing <= TIMING_PAST)
		build_measure(MEASURE_FILTER, FILTER_ID,
			      "192.0.2.7 > 198.51.100.9:80/udp");
	if (bound)
		build_measure(MEASURE_GARDEN, GARDEN_ID, "192.0.2.7");
	if (record.state == CASE_CLOSED || record.state == CASE_DISMISSED)
		record.closed.us = NOW - TIMES_DAY_US;
}

/* ---- building an event ---- */

static void
build_sighting(struct case_event *event, int64_t time_us, bool attack)
{
	const struct setting *setting = &settings[here.setting];

	memset(&seen, 0, sizeof(seen));
	seen.time.us = seen.last.us = seen.first.us = time_us;
	seen.known.us = NOW;
	seen.lateness_us = LATENESS;
	seen.address = addr_from_v4(0xc0000207u);
	seen.subject.prefix.addr = seen.address;
	seen.subject.prefix.length = 128;
	seen.peer = addr_from_v4(0xc6336409u);
	seen.peer_port = 80;
	seen.proto = 17;
	seen.class = attack ? RSIT_DDOS : RSIT_SCANNER;
	seen.role = ROLE_INFECTED;
	seen.marks = SIGHTING_HAS_PEER | SIGHTING_HAS_PEER_PORT;
	seen.id[0] = 77;
	(void)text_copy(seen.origin, sizeof(seen.origin), slice_of("own-flow"));
	event->kind = CASE_EVENT_SIGHTING;
	event->sighting = &seen;
	event->certainty = setting->known ? CERTAINTY_CERTAIN
					  : CERTAINTY_PROBABLE;
	event->binding = setting->known ? BINDING : 0;
	event->binding_end = record.places[0].end;
	event->target = record.places[0].target;
	event->known = setting->known;
	event->protected = setting->protected;
	event->reachable = setting->channels > 0;
	event->channels = setting->channels;
}

static void
build_sighting_deed(struct case_event *event)
{
	/* The newest window closed just less than a minute ago. */
	int64_t fresh = NOW - LATENESS - policy_shadow.attack_fresh_us + 1;

	build_sighting(event, NOW - LATENESS, here.deed == DEED_FLOOD_ONE);
	switch (here.deed) {
	case DEED_ATTACK:
	case DEED_ATTACK_PROBABLE:
	case DEED_ATTACK_SHARED:
		build_sighting(event, fresh, true);
		seen.marks |= SIGHTING_FLOOD_LASTS;
		break;
	case DEED_ATTACK_LATE:
		build_sighting(event, fresh - 1, true);
		seen.marks |= SIGHTING_FLOOD_LASTS;
		break;
	case DEED_STALE:
		build_sighting(event, NOW - 5 * TIMES_DAY_US, false);
		break;
	case DEED_EARLIER:
		build_sighting(event, NOW - 100 * TIMES_DAY_US, false);
		break;
	case DEED_KNOWN:
		seen.id[0] = 1;
		break;
	case DEED_MOVED:
		event->binding = BINDING_MOVED;
		event->binding_end.us = INT64_MAX;
		event->target.prefix.addr = addr_from_v4(0xc0000208u);
		break;
	default:
		break;
	}
	if (here.deed == DEED_ATTACK_PROBABLE)
		event->certainty = CERTAINTY_PROBABLE;
	event->shared = here.deed == DEED_ATTACK_SHARED;
}

static void
build_event(struct case_event *event)
{
	static const enum case_event_kind kinds[DEED_COUNT] = {
	    [DEED_DELIVERED] = CASE_EVENT_RECEIPT,
	    [DEED_FAILED] = CASE_EVENT_RECEIPT,
	    [DEED_RECEIPT_KNOWN] = CASE_EVENT_RECEIPT,
	    [DEED_RECEIPT_UNKNOWN] = CASE_EVENT_RECEIPT,
	    [DEED_TIMER] = CASE_EVENT_TIMER,
	    [DEED_HOLD] = CASE_EVENT_HOLD,
	    [DEED_RESUME] = CASE_EVENT_RESUME,
	    [DEED_RELEASE] = CASE_EVENT_RELEASE,
	    [DEED_RELEASE_SELF] = CASE_EVENT_RELEASE,
	    [DEED_DISMISS] = CASE_EVENT_DISMISS,
	    [DEED_WITHDRAW] = CASE_EVENT_WITHDRAW,
	    [DEED_WITHDRAW_UNKNOWN] = CASE_EVENT_WITHDRAW,
	};

	memset(event, 0, sizeof(*event));
	if (here.deed <= DEED_MOVED) {
		build_sighting_deed(event);
		return;
	}
	if (here.deed >= DEED_WITHDRAW)
		build_sighting(event, NEWEST, false);
	event->kind = kinds[here.deed];
	event->time.us = NOW;
	event->notice_id = here.deed == DEED_RECEIPT_UNKNOWN ? NOTICE_ID + 50
							     : NOTICE_ID;
	event->receipt = RECEIPT_DELIVERED;
	if (here.deed == DEED_FAILED)
		event->receipt = RECEIPT_FAILED;
	if (here.deed == DEED_RECEIPT_KNOWN)
		event->receipt = RECEIPT_SENT;
	event->self = here.deed == DEED_RELEASE_SELF;
	if (here.deed == DEED_WITHDRAW)
		seen.id[0] = record.sightings[record.sighting_count - 1].id[0];
}

/* ---- the invariants ---- */

static bool
has_notice(bool real)
{
	for (uint32_t i = 0; i < record.notice_count; i++)
		if (!times_is_set(record.notices[i].failed) &&
		    !(real && record.notices[i].would))
			return true;
	return false;
}

static void
check_on(const struct case_event *event, const struct case_action *action)
{
	const struct case_measure *measure = &action->measure;
	const struct setting *setting = &settings[here.setting];
	bool filter = measure->kind == MEASURE_FILTER;
	int64_t most = NOW + (filter ? policy_shadow.filter_us
				     : policy_shadow.garden_us);

	CHECK(!(setting->brake & (CASE_BRAKE_MEASURE | CASE_BRAKE_COMMON)),
	      "a measure under a brake");
	CHECK(!setting->dismissed || before.state == CASE_QUARANTINED,
	      "a measure on who was dismissed lately");
	CHECK(measure->expires.us > NOW && measure->expires.us <= most,
	      "a measure without a right end");
	CHECK(!setting->protected, "a measure on a protected party");
	CHECK(measure->would || (setting->live && setting->essential),
	      "a real measure in shadow");
	CHECK(event->kind == CASE_EVENT_SIGHTING ||
		  event->kind == CASE_EVENT_TIMER,
	      "a measure by what is no cause");
	if (filter) {
		CHECK(here.deed == DEED_ATTACK ||
			  here.deed == DEED_ATTACK_PROBABLE,
		      "a filter without an attack in progress");
		CHECK(strcmp(measure->target,
			     "192.0.2.7 > 198.51.100.9:80/udp") == 0,
		      "a filter of something else");
		return;
	}
	CHECK(has_notice(!measure->would), "a measure without a notice");
	CHECK(setting->known && measure->binding != 0,
	      "a party measure without a certain binding");
	CHECK(!setting->place_ended || measure->binding != BINDING,
	      "a measure on an ended binding");
	CHECK(before.state == CASE_QUARANTINED ||
		  result.facts & (CASE_F_A | CASE_F_B),
	      "a measure without its trigger");
	if (before.state != CASE_QUARANTINED && !(result.facts & CASE_F_B))
		CHECK(scores[here.score] >= policy_shadow.measure_at_milli &&
			  here.shape != SHAPE_ONE &&
			  here.told != TOLD_GRACE_INSIDE &&
			  here.told != TOLD_GRACE_AT &&
			  here.told != TOLD_JUST_SENT,
		      "a garden below its score or inside the grace");
}

static void
check_notice(const struct case_event *event, const struct case_action *action)
{
	const struct setting *setting = &settings[here.setting];

	CHECK(!(setting->brake & (CASE_BRAKE_NOTICE | CASE_BRAKE_COMMON)),
	      "a notice under a brake");
	CHECK(!setting->dismissed || event->kind != CASE_EVENT_SIGHTING,
	      "a notice to who was dismissed lately");
	CHECK(setting->known && !setting->protected && setting->channels > 0,
	      "a notice that needs a person");
	CHECK(action->would || setting->live, "a real notice in shadow");
	CHECK(!action->would || times_is_set(action->notice.delivered),
	      "a would-be notice that isn't delivered");
	CHECK(event->kind == CASE_EVENT_SIGHTING ||
		  event->kind == CASE_EVENT_TIMER ||
		  event->kind == CASE_EVENT_RECEIPT,
	      "a notice by what is no cause");
	if (before.state != CASE_NOTICED)
		CHECK(scores[here.score] >= policy_shadow.notice_at_milli,
		      "a notice below its score");
}

static void
check_actions(const struct case_event *event)
{
	bool acting = false;

	for (size_t i = 0; i < result.action_count; i++) {
		const struct case_action *action = &result.actions[i];

		if (action->kind == CASE_ACTION_MEASURE_ON)
			check_on(event, action);
		if (action->kind == CASE_ACTION_NOTICE)
			check_notice(event, action);
		acting |= action->kind == CASE_ACTION_MEASURE_ON ||
			  action->kind == CASE_ACTION_MEASURE_RENEW ||
			  action->kind == CASE_ACTION_NOTICE;
		CHECK(action->text != NULL, "an action without a reason");
	}
	if (!acting)
		return;
	CHECK(before.state != CASE_HELD && record.state != CASE_HELD,
	      "automation acts on a held case");
	CHECK(!(result.facts & CASE_F_STALE) ||
		  event->kind != CASE_EVENT_SIGHTING,
	      "an old report acts after the release");
}

static void
check_shape(const struct case_event *event)
{
	unsigned filters = 0;

	for (uint32_t i = 0; i < record.measure_count; i++) {
		filters += record.measures[i].kind == MEASURE_FILTER;
		CHECK(times_is_set(record.measures[i].expires),
		      "a measure that never ends");
		CHECK(times_is_set(record.due) &&
			  record.due.us <= record.measures[i].expires.us,
		      "no timer for a measure's end");
	}
	CHECK(filters <= policy_shadow.filters_max, "too many filters");
	CHECK(record.state != CASE_QUARANTINED || case_is_bound(&record),
	      "quarantined without a measure");
	CHECK(!case_is_bound(&record) || record.state == CASE_QUARANTINED ||
		  record.state == CASE_HELD,
	      "a measure in a state that has none");
	CHECK((record.state != CASE_CLOSED && record.state != CASE_DISMISSED) ||
		  record.measure_count == 0,
	      "a measure after the end");
	if (event->kind == CASE_EVENT_RELEASE && result.changed)
		CHECK(record.measure_count == 0, "a release that doesn't");
	if (event->kind == CASE_EVENT_RELEASE && before.measure_count > 0 &&
	    !event->self)
		CHECK(result.changed, "a release that is refused");
	if (before.state == CASE_CLOSED || before.state == CASE_DISMISSED)
		CHECK(record.state == before.state, "an ended case wakes up");
	CHECK(record.version == before.version + 1, "a step not counted");
}

static void
step(struct case_record *of, const struct case_event *event, int64_t now_us,
     struct case_step_result *to)
{
	const struct setting *setting = &settings[here.setting];
	struct case_step_input input = {
	    .policy = setting->live ? &policy_live : &policy_shadow,
	    .current = !setting->live       ? &policy_shadow
		       : setting->essential ? &policy_live
					    : &policy_bare,
	    .now = {now_us},
	    .brake = setting->brake,
	    .brake_text = setting->brake ? "brake" : NULL,
	};

	for (unsigned i = 0; i < CASE_ACTIONS_MAX; i++)
		input.ids[i] = 1000 + i;
	case_step(of, event, &input, to);
	transitions++;
}

static bool
same(const struct case_record *a, const struct case_record *b)
{
	static uint8_t left[CASE_RECORD_BYTES_MAX];
	static uint8_t right[CASE_RECORD_BYTES_MAX];
	struct writer of_a, of_b;

	writer_init(&of_a, left, sizeof(left));
	writer_init(&of_b, right, sizeof(right));
	case_record_encode(&of_a, a);
	case_record_encode(&of_b, b);
	return !of_a.failed && of_a.length == of_b.length &&
	       memcmp(left, right, of_a.length) == 0;
}

/* The same event again; and the same step from the same start. */
static void
check_twice(const struct case_event *event)
{
	if (event->kind == CASE_EVENT_SIGHTING ||
	    event->kind == CASE_EVENT_RECEIPT) {
		again = record;
		step(&again, event, NOW, &result_again);
		CHECK(!result_again.changed && result_again.action_count == 0 &&
			  same(&again, &record),
		      "an event that counts twice");
	}
	again = before;
	step(&again, event, NOW, &result_again);
	CHECK(same(&again, &record) && result_again.row == result.row,
	      "a step that differs from itself");
}

/*
 * Left alone, every measure ends, and no timer rings for ever at one time (a
 * brake that stays on is asked again each hour, and that is all).
 */
static void
check_ends(void)
{
	static const struct case_event timer = {.kind = CASE_EVENT_TIMER};
	int64_t now_us = NOW;
	unsigned at_once = 0;

	again = record;
	while (again.measure_count > 0 && times_is_set(again.due) &&
	       at_once < AT_ONCE_MAX) {
		at_once = again.due.us > now_us ? 0 : at_once + 1;
		if (again.due.us > now_us)
			now_us = again.due.us;
		step(&again, &timer, now_us, &result_again);
		if (!result_again.changed)
			break;
	}
	CHECK(at_once < AT_ONCE_MAX, "timers that ring for ever");
	CHECK(again.measure_count == 0, "a measure that outlives its timers");
}

static void
mark_row(void)
{
	for (size_t i = 0; i < case_table_rows; i++)
		if (case_table[i].name == result.row)
			fired[i] = true;
}

static void
walk_point(void)
{
	struct case_event event;

	build_record();
	build_event(&event);
	before = record;
	states++;
	step(&record, &event, NOW, &result);
	mark_row();
	if (!result.changed) {
		CHECK(same(&record, &before),
		      "a refused event that changes the case");
		CHECK(result.action_count == 0, "a refused event that acts");
		return;
	}
	check_actions(&event);
	check_shape(&event);
	if (states % SAMPLE == 0)
		check_twice(&event);
	if (record.measure_count > 0 && states % SAMPLE == 1)
		check_ends();
}

/* Combinations that can't be, or that say nothing new. */
static bool
is_idle(void)
{
	bool ended = here.start == START_CLOSED ||
		     here.start == START_DISMISSED;
	bool bound = here.start == START_QUARANTINED ||
		     here.start == START_HELD_QUARANTINED;
	bool human = here.deed >= DEED_HOLD && here.deed <= DEED_DISMISS;

	if (scores[here.score] == 0 && here.shape != SHAPE_ONE &&
	    here.shape != SHAPE_FLOOD)
		return true;
	if (bound && (here.told == TOLD_NEVER || !settings[here.setting].known))
		return true;
	if (ended && (here.timing != TIMING_NONE || here.score > 1))
		return true;
	if (human && here.score % 3 != 0)
		return true;
	if (here.start == START_WATCHING && here.told > TOLD_LONG_BEFORE)
		return true;
	return here.timing == TIMING_RETRY && here.deed != DEED_TIMER;
}

static void
walk(void)
{
	for (int start = 0; start < START_COUNT; start++)
		for (int deed = 0; deed < DEED_COUNT; deed++)
			for (size_t score = 0; score < SCORE_COUNT; score++)
				for (int i = 0; i < SHAPE_COUNT * TOLD_COUNT *
							TIMING_COUNT;
				     i++)
					for (size_t set = 0;
					     set < SETTING_COUNT; set++) {
						here = (struct point){
						    .start =
							(enum start_state)start,
						    .deed = (enum deed)deed,
						    .score = score,
						    .shape = (enum shape)(
							i % SHAPE_COUNT),
						    .told = (enum told)(
							i / SHAPE_COUNT %
							TOLD_COUNT),
						    .timing = (enum timing)(
							i / SHAPE_COUNT /
							TOLD_COUNT),
						    .setting = set};
						if (!is_idle())
							walk_point();
					}
}

static void
build_policies(void)
{
	case_policy_init(&policy_shadow);
	policy_shadow.essential_set = true;
	case_policy_seal(&policy_shadow);
	policy_live = policy_shadow;
	policy_live.live_mode = true;
	memset(policy_live.live, true, sizeof(policy_live.live));
	case_policy_seal(&policy_live);
	policy_bare = policy_live;
	policy_bare.essential_set = false;
	case_policy_seal(&policy_bare);
}

int
main(void)
{
	if (crypto_init() || case_table_rows > CASE_ROWS_MAX)
		return 1;
	build_policies();
	walk();
	for (size_t i = 0; i < case_table_rows; i++) {
		if (fired[i])
			continue;
		printf("violated: row %s never fires\n", case_table[i].name);
		violations++;
	}
	printf("invariants: %llu states, %llu transitions, %llu violations\n",
	       (unsigned long long)states, (unsigned long long)transitions,
	       (unsigned long long)violations);
	return violations ? 1 : 0;
}
