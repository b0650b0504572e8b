/* SPDX-License-Identifier: Apache-2.0 */
/* Each law is a function; the first one that is broken is said. */
#include "property/case_laws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALONE_MAX 3000 /* timers until a case that is left alone is over */
#define SOME 8         /* the dear laws: one step in so many */

static struct case_record copy, read_back;
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

static bool
same_result(const struct case_step_result *a, const struct case_step_result *b)
{
	if (a->changed != b->changed || a->row != b->row ||
	    a->refused != b->refused || a->facts != b->facts ||
	    a->action_count != b->action_count)
		return false;
	for (size_t i = 0; i < a->action_count; i++) {
		struct case_entry_action left, right;

		case_entry_action_of(&a->actions[i], &left);
		case_entry_action_of(&b->actions[i], &right);
		if (memcmp(&left, &right, sizeof(left)) != 0)
			return false;
	}
	return true;
}

/* What lies beyond what is counted is nobody's: filled with what could be
 * real, and heavy, so that whoever looks at it decides otherwise. */
static void
spoil(struct case_record *record, struct at_event now)
{
	static const struct case_place place = {.binding = 99,
						.end = {INT64_MAX},
						.last = {INT64_MAX}};
	const struct case_sighting sighting = {.time = now,
					       .weight_milli = 50000,
					       .origin_hash = 77,
					       .class = RSIT_DDOS,
					       .role = ROLE_INFECTED,
					       .certainty = CERTAINTY_CERTAIN,
					       .own = true};
	const struct case_notice notice = {
	    .id = 7777,
	    .created = {now.us - 5 * TIMES_DAY_US},
	    .sent = {now.us - 5 * TIMES_DAY_US},
	    .accepted = times_unset(),
	    .delivered = {now.us - 5 * TIMES_DAY_US},
	    .seen = times_unset(),
	    .acknowledged = times_unset(),
	    .failed = times_unset()};
	const struct case_measure measure = {.id = 8888,
					     .kind = MEASURE_FILTER,
					     .since = now,
					     .expires = {now.us + 1},
					     .reason = 1};

#define SPOIL(list, used, with)                                       \
	for (size_t i = record->used;                                 \
	     i < sizeof(record->list) / sizeof(record->list[0]); i++) \
	record->list[i] = with
	SPOIL(sightings, sighting_count, sighting);
	SPOIL(notices, notice_count, notice);
	SPOIL(measures, measure_count, measure);
	SPOIL(places, place_count, place);
	SPOIL(self_released, self_release_count, now);
	SPOIL(findings, finding_count, (struct case_finding){.class = 1});
#undef SPOIL
}

/* ---- again, twice, read back ---- */

static const char *
check_again(const struct moment *moment)
{
	static uint8_t bytes[CASE_RECORD_BYTES_MAX];
	struct writer writer;
	struct cursor cursor;

	case_record_copy(&copy, moment->before);
	spoil(&copy, moment->input->now);
	case_step(&copy, moment->event, moment->input, &result_again);
	if (!same(&copy, moment->after) ||
	    !same_result(&result_again, moment->result))
		return "a step that looks at what isn't there";
	writer_init(&writer, bytes, sizeof(bytes));
	case_record_encode(&writer, moment->before);
	cursor_init(&cursor, bytes, writer.length);
	if (writer.failed || case_record_decode(&cursor, &read_back))
		return "a case that can't be read back";
	if (!same(&read_back, moment->before))
		return "a case that is another one when read back";
	case_step(&read_back, moment->event, moment->input, &result_again);
	if (!same(&read_back, moment->after) ||
	    !same_result(&result_again, moment->result))
		return "a step that is another one after a restart";
	return NULL;
}

/* What comes a second time changes nothing the second time. */
static const char *
check_twice(const struct moment *moment)
{
	switch (moment->event->kind) {
	case CASE_EVENT_SIGHTING:
	case CASE_EVENT_RECEIPT:
	case CASE_EVENT_HOLD:
	case CASE_EVENT_DISMISS:
	case CASE_EVENT_MERGE:
	case CASE_EVENT_WITHDRAW:
	case CASE_EVENT_OBJECT:
		break;
	default:
		return NULL;
	}
	case_record_copy(&copy, moment->after);
	case_step(&copy, moment->event, moment->input, &result_again);
	if (result_again.changed || result_again.action_count > 0 ||
	    !same(&copy, moment->after))
		return "an event that counts twice";
	return NULL;
}

static const char *
check_unchanged(const struct moment *moment)
{
	const struct case_step_result *result = moment->result;

	if (result->refused && result->changed)
		return "refused, and yet changed";
	if (result->changed)
		return moment->after->version == moment->before->version + 1
			   ? NULL
			   : "a step that isn't counted";
	if (result->action_count > 0)
		return "acts, and changes nothing";
	return same(moment->before, moment->after)
		   ? NULL
		   : "changes what it says it doesn't";
}

/* ---- acts ---- */

static bool
has_ended(const struct case_record *record)
{
	return record->state == CASE_CLOSED ||
	       record->state == CASE_DISMISSED || record->state == CASE_MERGED;
}

static bool
has_notice(const struct case_record *record, bool real)
{
	for (uint32_t i = 0; i < record->notice_count; i++)
		if (!times_is_set(record->notices[i].failed) &&
		    !(real && record->notices[i].would))
			return true;
	return false;
}

/* Was something stronger on the same target taken away in this step? */
static bool
is_eased(const struct moment *moment, const struct case_measure *measure)
{
	for (size_t i = 0; i < moment->result->action_count; i++) {
		const struct case_action *action = &moment->result->actions[i];

		if (action->kind == CASE_ACTION_MEASURE_OFF &&
		    action->measure.kind > measure->kind &&
		    strcmp(action->measure.target, measure->target) == 0)
			return true;
	}
	return false;
}

static bool
is_person(enum case_event_kind kind)
{
	return kind == CASE_EVENT_ORDER || kind == CASE_EVENT_ANSWER;
}

static const char *
check_filter(const struct moment *moment, const struct case_measure *measure)
{
	const struct sighting *seen = moment->event->sighting;

	if (moment->event->kind != CASE_EVENT_SIGHTING)
		return "a filter by what is no sighting";
	if (seen->class != RSIT_DDOS || seen->role != ROLE_INFECTED ||
	    !(seen->marks & SIGHTING_FLOOD_LASTS) ||
	    seen->marks & (SIGHTING_SPOOFABLE | SIGHTING_UNAUTHENTICATED) ||
	    strncmp(seen->origin, "own-", 4) != 0)
		return "a filter without an attack of our own measuring";
	if (moment->event->shared)
		return "a filter on an address that others share";
	if (measure->binding != 0)
		return "a filter that hangs on a binding";
	if (measure->expires.us !=
	    moment->input->now.us + moment->input->policy->filter_us)
		return "a filter of another length";
	return NULL;
}

static const char *
check_party_measure(const struct moment *moment,
		    const struct case_measure *measure)
{
	const struct case_record *record = moment->after;
	const bool eased = is_eased(moment, measure);

	if (!record->known)
		return "a measure on nobody known";
	if (measure->binding == 0)
		return "a measure that hangs on no binding";
	if (measure->expires.us >
	    moment->input->now.us + moment->input->policy->garden_us)
		return "a measure longer than the longest";
	if (eased)
		return NULL;
	if (!has_notice(record, !measure->would))
		return "a measure on a party that wasn't told";
	if (record->protected && !(record->asked & CASE_ANSWERED_PROTECTED) &&
	    !measure->ordered)
		return "a measure on a protected party";
	if (!is_person(moment->event->kind) &&
	    !(moment->result->facts & (CASE_F_A | CASE_F_B)) &&
	    moment->before->state != CASE_QUARANTINED)
		return "a measure without a reason to";
	return NULL;
}

static const char *
check_on(const struct moment *moment, const struct case_action *action)
{
	const struct case_measure *measure = &action->measure;
	const struct case_step_input *input = moment->input;
	const bool eased = is_eased(moment, measure);

	if (input->brake & (CASE_BRAKE_MEASURE | CASE_BRAKE_COMMON) && !eased &&
	    !is_person(moment->event->kind) &&
	    !(!(input->brake & CASE_BRAKE_MEASURE) &&
	      moment->before->asked & CASE_ANSWERED_BRAKE))
		return "a measure under a brake";
	if (measure->expires.us <= input->now.us)
		return "a measure that ends before it begins";
	if (!measure->would &&
	    !(input->policy->live_mode && input->current->live_mode &&
	      input->current->essential_set) &&
	    !eased)
		return "a real measure in shadow";
	if (moment->before->state == CASE_HELD && !eased &&
	    !is_person(moment->event->kind))
		return "a measure on a held case";
	if (has_ended(moment->before))
		return "a measure after the end";
	return measure->kind == MEASURE_FILTER
		   ? check_filter(moment, measure)
		   : check_party_measure(moment, measure);
}

static const char *
check_notice(const struct moment *moment, const struct case_action *action)
{
	const struct case_notice *notice = &action->notice;
	const struct case_record *record = moment->after;
	const struct case_step_input *input = moment->input;

	if (!notice->would &&
	    !(input->policy->live_mode && input->current->live_mode))
		return "a real notice in shadow";
	if (notice->would && !times_is_set(notice->delivered))
		return "a would-be notice that never arrives";
	if (input->brake & CASE_BRAKE_NOTICE &&
	    moment->event->kind != CASE_EVENT_ORDER)
		return "a notice under a brake";
	if (!record->known || !record->reachable)
		return "a notice to nobody";
	if (record->protected && !(record->asked & CASE_ANSWERED_PROTECTED) &&
	    moment->event->kind != CASE_EVENT_ORDER)
		return "a notice to a protected party";
	if ((moment->before->state == CASE_HELD &&
	     moment->event->kind != CASE_EVENT_ORDER) ||
	    has_ended(moment->before))
		return "a notice of a case that is held or over";
	if (notice->step != record->notice_count ||
	    notice->created.us != input->now.us)
		return "a notice that isn't the next one";
	return NULL;
}

static const char *
check_actions(const struct moment *moment)
{
	const char *wrong = NULL;

	for (size_t i = 0; i < moment->result->action_count && !wrong; i++) {
		const struct case_action *action = &moment->result->actions[i];

		if (!action->text)
			wrong = "an act without a reason";
		else if (action->kind == CASE_ACTION_MEASURE_ON)
			wrong = check_on(moment, action);
		else if (action->kind == CASE_ACTION_NOTICE)
			wrong = check_notice(moment, action);
	}
	return wrong;
}

/* ---- the record ---- */

static const char *
check_shape(const struct moment *moment)
{
	const struct case_record *record = moment->after;
	const struct case_policy *policy = moment->input->policy;
	unsigned filters = 0;

	for (uint32_t i = 0; i < record->measure_count; i++) {
		const struct case_measure *measure = &record->measures[i];

		filters += measure->kind == MEASURE_FILTER;
		if (!times_is_set(measure->expires))
			return "a measure that never ends";
		if (!times_is_set(record->due) ||
		    record->due.us > measure->expires.us)
			return "no timer for a measure's end";
	}
	if (filters > policy->filters_max)
		return "more filters than may be";
	if (record->state == CASE_QUARANTINED && !case_is_bound(record))
		return "quarantined without a measure";
	if (case_is_bound(record) && record->state != CASE_QUARANTINED &&
	    record->state != CASE_HELD)
		return "a measure in a state that has none";
	if (has_ended(record) && record->measure_count > 0)
		return "a measure after the end";
	if (has_ended(moment->before) && record->state != moment->before->state)
		return "a case that wakes up";
	if (has_ended(record) && !times_is_set(record->closed))
		return "over, and no time of it";
	return NULL;
}

/* ---- the score, by the prose of design section 7, in floating point ---- */

struct plain_item {
	int64_t first_us, last_us;
	double strongest, others;
	bool signed_word;
};

static double
plain_value(const struct plain_item *item, const struct case_policy *policy,
	    struct at_event now)
{
	double cap = fabs(item->strongest) / 2, others = item->others;
	double value, hours;

	others = others > cap ? cap : others < -cap ? -cap : others;
	value = item->strongest + others;
	hours = (double)(now.us - item->last_us - policy->item_whole_us);
	hours = floor(hours * 168 / (double)policy->item_half_us);
	return hours <= 0 ? value : value * pow(2, -hours / 168);
}

/* One origin's word of one class, day by day. */
static unsigned
plain_items(const struct case_record *record, uint32_t at,
	    const struct case_policy *policy, struct at_event now,
	    double *signed_sum, double *unsigned_sum)
{
	const struct case_sighting *key = &record->sightings[at];
	struct plain_item item = {.first_us = INT64_MIN};
	unsigned count = 0;

	for (uint32_t i = 0; i <= record->sighting_count; i++) {
		const struct case_sighting *it = &record->sightings[i];
		const bool end = i == record->sighting_count;

		if (!end && (it->origin_hash != key->origin_hash ||
			     it->class != key->class))
			continue;
		if (count > 0 && (end || it->time.us - item.first_us >=
					     policy->item_span_us))
			*(item.signed_word ? signed_sum : unsigned_sum) +=
			    plain_value(&item, policy, now);
		if (end)
			return count;
		if (count == 0 ||
		    it->time.us - item.first_us >= policy->item_span_us) {
			item = (struct plain_item){.first_us = it->time.us,
						   .signed_word = true};
			count++;
		}
		item.last_us = it->time.us;
		item.signed_word &= !(it->marks & SIGHTING_UNAUTHENTICATED);
		if (abs(it->weight_milli) > fabs(item.strongest)) {
			item.others += trunc(item.strongest / 5);
			item.strongest = it->weight_milli;
		} else {
			item.others += it->weight_milli / 5;
		}
	}
	return count;
}

static const char *
check_score(const struct moment *moment)
{
	const struct case_record *record = moment->after;
	const struct case_policy *policy = moment->input->policy;
	double signed_sum = 0, unsigned_sum = 0;
	unsigned items = 0;

	for (uint32_t i = 0; i < record->sighting_count; i++) {
		bool first = true;

		for (uint32_t k = 0; k < i; k++)
			first &= record->sightings[k].origin_hash !=
				     record->sightings[i].origin_hash ||
				 record->sightings[k].class !=
				     record->sightings[i].class;
		if (first)
			items += plain_items(record, i, policy,
					     moment->input->now, &signed_sum,
					     &unsigned_sum);
	}
	if (unsigned_sum > policy->unauthenticated_max_milli)
		unsigned_sum = policy->unauthenticated_max_milli;
	if (fabs(signed_sum + unsigned_sum - record->score_milli) >
	    1.0 + 1.5 * items)
		return "a score that isn't the sum of what was seen";
	return NULL;
}

/* ---- what can always be done ---- */

static const char *
check_release(const struct moment *moment)
{
	struct case_event release = {.kind = CASE_EVENT_RELEASE,
				     .actor = "ann"};

	if (moment->after->measure_count == 0)
		return NULL;
	case_record_copy(&copy, moment->after);
	case_step(&copy, &release, moment->input, &result_again);
	if (!result_again.changed || copy.measure_count > 0)
		return "a measure that a person can't end";
	return NULL;
}

const char *
laws_check_end(const struct case_record *record,
	       const struct case_step_input *input)
{
	static const struct case_event timer = {.kind = CASE_EVENT_TIMER};
	struct case_step_input later = *input;
	int64_t begun_us = input->now.us;

	/* No brake is on for ever; each hour that one is, it is asked again. */
	later.brake = 0;
	case_record_copy(&copy, record);
	for (unsigned i = 0; times_is_set(copy.due); i++) {
		if (i == ALONE_MAX)
			return "timers that ring for ever";
		if (copy.due.us > later.now.us)
			later.now = copy.due;
		case_step(&copy, &timer, &later, &result_again);
		if (!result_again.changed)
			return "a timer that finds nothing to do";
		if (copy.measure_count > 0 &&
		    later.now.us - begun_us > 2 * input->policy->garden_us)
			return "a measure that outlives the longest time";
	}
	if (copy.measure_count > 0)
		return "a measure that no timer ends";
	if (copy.state == CASE_QUARANTINED)
		return "quarantined for ever";
	/* Who objected is answered before his case is closed. */
	if (copy.state != CASE_HELD && !has_ended(&copy) && !input->brake &&
	    !times_is_set(copy.objected))
		return "left alone, it never closes";
	return NULL;
}

const char *
laws_check(const struct moment *moment)
{
	const char *(*const laws[])(const struct moment *moment) = {
	    check_unchanged, check_actions, check_shape,   check_score,
	    check_again,     check_twice,   check_release,
	};
	const char *wrong = NULL;

	if (!moment->result->changed)
		return check_unchanged(moment);
	for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]) && !wrong; i++)
		wrong = laws[i](moment);
	if (!wrong && moment->after->version % SOME == 0)
		wrong = laws_check_end(moment->after, moment->input);
	return wrong;
}
