/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The invariants of design section 8, each checked after every step of the
 * walk, from the point itself and not from the facts that the step found.
 */
#include "property/case_walk.h"

#include <string.h>

#include "fact/security_reason.h"

#define AT_ONCE_MAX 8 /* timers due at one time */
#define NOW WALK_NOW

/* Where a check fails, its sentence is the answer. */
#define CHECK(condition, what)       \
	do {                         \
		if (!(condition))    \
			return what; \
	} while (0)

/* What the checks of one step look at. */
struct seen {
	const struct point *point;
	const struct scene *scene;
	const struct setting *setting;
	const struct case_record *before, *after;
	const struct case_event *event;
	const struct case_step_result *result;
	bool attacked;
};

static bool
has_notice(const struct case_record *record, bool real)
{
	for (uint32_t i = 0; i < record->notice_count; i++)
		if (!times_is_set(record->notices[i].failed) &&
		    !record->notices[i].corrected &&
		    !(real && record->notices[i].would))
			return true;
	return false;
}

static bool
is_ordered(const struct seen *seen)
{
	return seen->event->kind == CASE_EVENT_ORDER;
}

/* Nobody to help now: shut since long, or from this moment on. */
static bool
is_shut(const struct seen *seen)
{
	return seen->point->at[AXIS_DESK] >= 3;
}

static bool
is_night(const struct seen *seen)
{
	return seen->point->at[AXIS_NIGHT] == 1 ||
	       seen->point->at[AXIS_NIGHT] == 2;
}

/* No recorded basis holds for 192.0.2.0/24 at this moment. */
static bool
lacks_paper(const struct seen *seen)
{
	const uint8_t at = seen->point->at[AXIS_PAPER];

	return at == 2 || at == 4 || at == 5;
}

/* Another person said the same, not too long ago. */
static bool
is_second(const struct seen *seen)
{
	return seen->point->at[AXIS_PERSON] == 1 ||
	       seen->point->at[AXIS_PERSON] == 2;
}

/* The step only takes force out of what was, or gives back what it took. */
static bool
is_swap(const struct seen *seen)
{
	return (seen->event->kind == CASE_EVENT_TIMER &&
		times_is_set(seen->before->objected) &&
		case_strongest(seen->before) > case_strongest(seen->after)) ||
	       seen->event->kind == CASE_EVENT_ANSWER ||
	       (seen->event->kind == CASE_EVENT_TIMER &&
		case_weakened(seen->before) &&
		!times_is_set(seen->before->objected));
}

/* ---- measures ---- */

static const char *
check_filter(const struct seen *seen, const struct case_measure *measure)
{
	CHECK(seen->point->deed == DEED_ATTACK ||
		  seen->point->deed == DEED_ATTACK_PROBABLE,
	      "a filter without an attack in progress");
	CHECK(strcmp(measure->target, "192.0.2.7 > 198.51.100.9:80/udp") == 0,
	      "a filter of something else");
	CHECK(measure->reason == REASON_ATTACK, "a filter for another reason");
	return NULL;
}

/* Hours, objections and persons: what may not begin now. */
static const char *
check_time_for(const struct seen *seen, const struct case_measure *measure)
{
	bool two = seen->setting->protected ||
		   (is_ordered(seen) &&
		    (seen->scene->policy.two_persons >> measure->kind & 1));
	bool no_way_out = seen->setting->self_inside >= 2;

	CHECK(measure->kind != MEASURE_BLOCK || !is_shut(seen) ||
		  seen->attacked,
	      "a block while nobody can help");
	CHECK(measure->kind != MEASURE_GARDEN || !no_way_out ||
		  !is_shut(seen) || seen->attacked,
	      "a garden without a way out while nobody can help");
	CHECK(measure->kind <= MEASURE_LIMIT ||
		  !times_is_set(seen->before->objected) || seen->attacked ||
		  seen->event->kind == CASE_EVENT_ANSWER,
	      "more than a limit while an objection waits");
	CHECK(!is_night(seen) || seen->attacked || is_swap(seen) ||
		  is_ordered(seen) || seen->before->state == CASE_QUARANTINED,
	      "a measure in quiet hours");
	CHECK(!two || (is_ordered(seen) && is_second(seen)),
	      "a measure that wants two persons, by one");
	return NULL;
}

static const char *
check_place(const struct seen *seen, const struct case_measure *measure)
{
	for (uint32_t i = 0; i < seen->after->place_count; i++) {
		const struct case_place *place = &seen->after->places[i];
		char target[MEASURE_TARGET_SIZE];
		struct text text;

		text_init(&text, target, sizeof(target));
		subject_format(&text, &place->target);
		if (place->binding == measure->binding && place->end.us > NOW &&
		    strcmp(target, measure->target) == 0)
			return NULL;
	}
	return "a measure outside the places of its party";
}

static const char *
check_trigger(const struct seen *seen)
{
	const struct point *point = seen->point;

	if (seen->before->state == CASE_QUARANTINED || is_ordered(seen))
		return NULL;
	CHECK(seen->result->facts & (CASE_F_A | CASE_F_B),
	      "a measure without its trigger");
	if (seen->result->facts & CASE_F_B)
		return NULL;
	CHECK(walk_scores[point->score] >=
		      seen->scene->policy.measure_at_milli &&
		  point->shape != SHAPE_ONE &&
		  point->told != TOLD_GRACE_INSIDE &&
		  point->told != TOLD_GRACE_AT && point->told != TOLD_JUST_SENT,
	      "a garden below its score or inside the grace");
	CHECK(seen->before->arm != ARM_HELD_BACK ||
		  seen->before->held_back_until.us <= NOW || seen->attacked,
	      "a measure on who is held back");
	return NULL;
}

static const char *
check_on(const struct seen *seen, const struct case_action *action)
{
	const struct case_measure *measure = &action->measure;
	const struct case_policy *policy = &seen->scene->policy;
	const struct setting *setting = seen->setting;
	const bool filter = measure->kind == MEASURE_FILTER;
	const uint8_t stops = CASE_BRAKE_MEASURE | CASE_BRAKE_COMMON;
	const char *wrong;
	int64_t most = NOW + (filter ? policy->filter_us : policy->garden_us);

	CHECK(measure->expires.us > NOW && measure->expires.us <= most,
	      "a measure without a right end");
	CHECK(filter || measure->expires.us <=
			    seen->after->bound_since.us + policy->garden_us,
	      "a measure that begins its time anew");
	CHECK(measure->would || (setting->live && setting->essential),
	      "a real measure in shadow");
	CHECK(measure->reason > REASON_NONE && measure->reason < REASON_COUNT,
	      "a measure for a reason that isn't on the list");
	if (is_swap(seen) && measure->kind == MEASURE_LIMIT)
		return NULL;
	if (is_swap(seen) && seen->event->kind == CASE_EVENT_ANSWER)
		return check_time_for(seen, measure);
	CHECK(!(setting->brake & stops) || is_ordered(seen),
	      "a measure under a brake");
	CHECK(!lacks_paper(seen), "a measure without a legal basis");
	CHECK(!setting->dismissed || is_ordered(seen) ||
		  seen->before->state == CASE_QUARANTINED,
	      "a measure on who was dismissed lately");
	CHECK(!setting->protected || is_ordered(seen),
	      "a measure on a protected party");
	CHECK(seen->event->kind == CASE_EVENT_SIGHTING ||
		  seen->event->kind == CASE_EVENT_TIMER || is_ordered(seen),
	      "a measure by what is no cause");
	if (filter)
		return check_filter(seen, measure);
	CHECK(has_notice(seen->after, !measure->would),
	      "a measure without a notice");
	CHECK(setting->known && measure->binding != 0,
	      "a party measure without a certain binding");
	wrong = check_place(seen, measure);
	if (!wrong)
		wrong = check_trigger(seen);
	return wrong ? wrong : check_time_for(seen, measure);
}

/* ---- notices ---- */

static const char *
check_notice(const struct seen *seen, const struct case_action *action)
{
	const struct setting *setting = seen->setting;

	CHECK(setting->known && setting->channels > 0,
	      "a notice that reaches nobody");
	CHECK(!lacks_paper(seen), "a notice without a legal basis");
	CHECK(action->would || setting->live, "a real notice in shadow");
	CHECK(!action->would || times_is_set(action->notice.delivered),
	      "a would-be notice that isn't delivered");
	if (seen->before->state != CASE_NOTICED)
		CHECK(walk_scores[seen->point->score] >=
			  seen->scene->policy.notice_at_milli,
		      "a notice below its score");
	if (is_ordered(seen))
		return NULL;
	CHECK(!(setting->brake & (CASE_BRAKE_NOTICE | CASE_BRAKE_COMMON)),
	      "a notice under a brake");
	CHECK(!setting->dismissed || seen->event->kind != CASE_EVENT_SIGHTING,
	      "a notice to who was dismissed lately");
	CHECK(!setting->protected, "a notice to a protected party");
	CHECK(!is_night(seen) || seen->attacked, "a notice in quiet hours");
	CHECK(seen->event->kind == CASE_EVENT_SIGHTING ||
		  seen->event->kind == CASE_EVENT_TIMER ||
		  seen->event->kind == CASE_EVENT_RECEIPT,
	      "a notice by what is no cause");
	return NULL;
}

static const char *
check_correction(const struct seen *seen, const struct case_action *action)
{
	CHECK(seen->event->kind == CASE_EVENT_WITHDRAW ||
		  seen->event->kind == CASE_EVENT_ANSWER ||
		  seen->event->kind == CASE_EVENT_DISMISS,
	      "a correction by what is no cause");
	for (uint32_t i = 0; i < seen->before->notice_count; i++)
		if (seen->before->notices[i].id == action->notice.id)
			return seen->before->notices[i].corrected
				   ? "a correction of what was corrected"
				   : NULL;
	return "a correction of a notice that never was";
}

/* ---- actions, and the case they leave ---- */

static const char *
check_actions(const struct seen *seen)
{
	const struct case_step_result *result = seen->result;
	bool acting = false;

	for (size_t i = 0; i < result->action_count; i++) {
		const struct case_action *action = &result->actions[i];
		const char *wrong = NULL;

		CHECK(action->text != NULL, "an action without a reason");
		if (action->kind == CASE_ACTION_MEASURE_ON)
			wrong = check_on(seen, action);
		if (action->kind == CASE_ACTION_NOTICE)
			wrong = check_notice(seen, action);
		if (action->kind == CASE_ACTION_CORRECTION)
			wrong = check_correction(seen, action);
		if (action->kind == CASE_ACTION_MEASURE_RENEW)
			wrong = lacks_paper(seen) ? "renewed without a basis"
						  : NULL;
		CHECK(!wrong, wrong);
		acting |= action->kind == CASE_ACTION_MEASURE_RENEW ||
			  action->kind == CASE_ACTION_NOTICE ||
			  (action->kind == CASE_ACTION_MEASURE_ON &&
			   !is_swap(seen));
	}
	if (!acting)
		return NULL;
	CHECK((seen->before->state != CASE_HELD &&
	       seen->after->state != CASE_HELD) ||
		  is_ordered(seen),
	      "automation acts on a held case");
	CHECK(!(result->facts & CASE_F_STALE) ||
		  seen->event->kind != CASE_EVENT_SIGHTING,
	      "an old report acts after the release");
	return NULL;
}

static const char *
check_measures_end(const struct seen *seen)
{
	const struct case_record *record = seen->after;
	unsigned filters = 0;

	for (uint32_t i = 0; i < record->measure_count; i++) {
		filters += record->measures[i].kind == MEASURE_FILTER;
		CHECK(times_is_set(record->measures[i].expires),
		      "a measure that never ends");
		CHECK(times_is_set(record->due) &&
			  record->due.us <= record->measures[i].expires.us,
		      "no timer for a measure's end");
	}
	CHECK(filters <= seen->scene->policy.filters_max, "too many filters");
	CHECK(record->state != CASE_QUARANTINED || case_is_bound(record),
	      "quarantined without a measure");
	CHECK(!case_is_bound(record) || record->state == CASE_QUARANTINED ||
		  record->state == CASE_HELD,
	      "a measure in a state that has none");
	CHECK(case_is_bound(record) == times_is_set(record->bound_since),
	      "bound since a time that isn't its own");
	return NULL;
}

static const char *
check_release(const struct seen *seen)
{
	if (seen->event->kind != CASE_EVENT_RELEASE)
		return NULL;
	if (seen->result->changed)
		CHECK(seen->after->measure_count == 0,
		      "a release that doesn't");
	if (seen->before->measure_count > 0 && !seen->event->self)
		CHECK(seen->result->changed, "a release that is refused");
	if (seen->before->state == CASE_QUARANTINED && seen->event->self)
		CHECK(seen->result->changed == (seen->setting->self_inside < 2),
		      "a self-release out of its count");
	return NULL;
}

/* Nothing stays on a line that is another's. */
static const char *
check_line(const struct seen *seen)
{
	const struct case_record *record = seen->after;

	if (seen->event->kind != CASE_EVENT_BINDING)
		return NULL;
	for (uint32_t i = 0; i < record->measure_count; i++)
		CHECK(record->measures[i].binding != seen->event->binding ||
			  record->measures[i].expires.us <=
			      seen->event->binding_end.us,
		      "a measure beyond its line's end");
	for (uint32_t i = 0; i < record->place_count; i++)
		CHECK(record->places[i].binding != seen->event->binding ||
			  record->places[i].end.us <=
			      seen->event->binding_end.us,
		      "a place beyond its line's end");
	if (seen->point->deed == DEED_LINE_GONE)
		CHECK(!case_is_bound(record),
		      "the next holder sits in another's garden");
	return NULL;
}

/* Two persons, and never one of them twice. */
static const char *
check_two(const struct seen *seen)
{
	const uint32_t flag = CASE_ANSWERED_PROTECTED;

	if (seen->after->asked & ~seen->before->asked & flag)
		CHECK(seen->event->kind == CASE_EVENT_RESUME && is_second(seen),
		      "let go on by one person");
	if (seen->event->kind == CASE_EVENT_RESUME &&
	    seen->after->state != CASE_HELD && seen->setting->protected)
		CHECK(seen->after->asked & flag,
		      "a protected party resumed by one person");
	if (is_ordered(seen) && seen->result->changed)
		CHECK(seen->event->security != REASON_COUNT &&
			  seen->event->measure != MEASURE_FILTER,
		      "an order that may not be");
	return NULL;
}

static const char *
check_trial(const struct seen *seen)
{
	const struct case_record *before = seen->before, *after = seen->after;

	if (after->arm == before->arm)
		return NULL;
	CHECK(before->arm == ARM_NONE, "drawn a second time");
	CHECK(seen->scene->policy.hold_back.share_ppm > 0 &&
		  NOW < seen->scene->policy.hold_back.until_us,
	      "a trial without its paper");
	CHECK(!seen->attacked, "an attacker in a trial");
	if (after->arm == ARM_HELD_BACK)
		CHECK(after->held_back_until.us > NOW &&
			  after->held_back_until.us <=
			      NOW + CASE_HOLD_BACK_US_MAX,
		      "held back for too long");
	return NULL;
}

static const char *
check_case(const struct seen *seen)
{
	const struct case_record *before = seen->before, *after = seen->after;
	bool ended = after->state == CASE_CLOSED ||
		     after->state == CASE_DISMISSED ||
		     after->state == CASE_MERGED;

	CHECK(!ended || after->measure_count == 0, "a measure after the end");
	if (walk_has_ended(seen->point->start))
		CHECK(after->state == before->state, "an ended case wakes up");
	CHECK(after->version == before->version + 1, "a step not counted");
	CHECK(!ended || walk_has_ended(seen->point->start) ||
		  !times_is_set(after->objected),
	      "an objection that nobody will answer");
	CHECK(after->measure_step >= before->measure_step ||
		  seen->event->kind == CASE_EVENT_WITHDRAW,
	      "a ladder climbed down");
	if (case_is_bound(before) && case_is_bound(after) &&
	    case_strongest(after) < case_strongest(before))
		CHECK(is_swap(seen), "a measure that got weaker by itself");
	if (seen->attacked)
		CHECK(after->held_back_until.us <= NOW,
		      "held back in an attack");
	return NULL;
}

const char *
checks_run(const struct point *point, const struct scene *scene,
	   const struct case_record *before,
	   const struct case_step_result *result)
{
	struct seen seen = {
	    .point = point,
	    .scene = scene,
	    .setting = &walk_settings[point->setting],
	    .before = before,
	    .after = &scene->record,
	    .event = &scene->event,
	    .result = result,
	    .attacked = point->deed == DEED_ATTACK ||
			point->deed == DEED_ATTACK_PROBABLE ||
			(result->facts & CASE_F_B),
	};
	static const char *(*const checks[])(const struct seen *seen) = {
	    check_actions, check_measures_end, check_release, check_two,
	    check_line,    check_trial,        check_case,
	};
	const char *wrong = NULL;

	if (!result->changed) {
		CHECK(result->action_count == 0, "a refused event that acts");
		if (point->deed == DEED_LINE_GONE)
			CHECK(!case_is_bound(&scene->record),
			      "a line's end that is refused");
		return check_release(&seen);
	}
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && !wrong;
	     i++)
		wrong = checks[i](&seen);
	return wrong;
}

/* ---- the dear ones ---- */

static struct case_record again;
static struct case_step_result result_again;

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

/* The case as it was stored, decoded. */
static bool
read_back(const struct case_record *record)
{
	static uint8_t bytes[CASE_RECORD_BYTES_MAX];
	struct writer writer;
	struct cursor cursor;

	writer_init(&writer, bytes, sizeof(bytes));
	case_record_encode(&writer, record);
	cursor_init(&cursor, bytes, writer.length);
	return !writer.failed && case_record_decode(&cursor, &again) == 0;
}

/* A notice that would go out to the one goes out to the other, held back. */
static const char *
check_told_alike(const struct scene *scene, const struct case_record *before,
		 const struct case_step_result *result, uint64_t *transitions)
{
	bool told = false, would = false;

	case_record_copy(&again, before);
	again.arm = ARM_TREATED;
	case_step(&again, &scene->event, &scene->input, &result_again);
	(*transitions)++;
	for (size_t i = 0; i < result->action_count; i++)
		told |= result->actions[i].kind == CASE_ACTION_NOTICE;
	for (size_t i = 0; i < result_again.action_count; i++)
		would |= result_again.actions[i].kind == CASE_ACTION_NOTICE;
	return would && !told ? "a notice that is held back" : NULL;
}

const char *
checks_again(const struct point *point, const struct scene *scene,
	     const struct case_record *before,
	     const struct case_step_result *result, uint64_t *transitions)
{
	const enum case_event_kind kind = scene->event.kind;

	CHECK(result->changed || same(&scene->record, before),
	      "a refused event that changes the case");
	if (kind == CASE_EVENT_SIGHTING || kind == CASE_EVENT_RECEIPT ||
	    kind == CASE_EVENT_OBJECT || kind == CASE_EVENT_ORDER ||
	    kind == CASE_EVENT_MERGE || kind == CASE_EVENT_HOLD ||
	    kind == CASE_EVENT_BINDING) {
		case_record_copy(&again, &scene->record);
		case_step(&again, &scene->event, &scene->input, &result_again);
		(*transitions)++;
		CHECK(!result_again.changed && result_again.action_count == 0 &&
			  same(&again, &scene->record),
		      "an event that counts twice");
	}
	CHECK(read_back(before), "a case that can't be read back");
	CHECK(same(&again, before), "a case that is another when read back");
	case_step(&again, &scene->event, &scene->input, &result_again);
	(*transitions)++;
	CHECK(same(&again, &scene->record) && result_again.row == result->row,
	      "a step that is another one after a restart");
	if (before->arm == ARM_HELD_BACK)
		return check_told_alike(scene, before, result, transitions);
	(void)point;
	return NULL;
}

/*
 * Left alone, every measure ends, and no timer rings for ever at one time (a
 * brake that stays on is asked again each hour, and that is all) nor for
 * nothing.
 */
const char *
checks_end(const struct scene *scene, uint64_t *transitions)
{
	static const struct case_event timer = {.kind = CASE_EVENT_TIMER};
	struct case_step_input input = scene->input;
	unsigned at_once = 0;

	case_record_copy(&again, &scene->record);
	while (times_is_set(again.due) && at_once < AT_ONCE_MAX &&
	       again.measure_count > 0) {
		at_once = again.due.us > input.now.us ? 0 : at_once + 1;
		if (again.due.us > input.now.us)
			input.now = again.due;
		case_step(&again, &timer, &input, &result_again);
		(*transitions)++;
		CHECK(result_again.changed, "a timer that finds nothing to do");
	}
	CHECK(at_once < AT_ONCE_MAX, "timers that ring for ever");
	CHECK(again.measure_count == 0, "a measure that outlives its timers");
	CHECK(again.state != CASE_QUARANTINED, "quarantined for ever");
	return NULL;
}
