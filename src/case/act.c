/* SPDX-License-Identifier: Apache-2.0 */
/* What rows do: notices and measures, clocks, and questions to people. */
#include "case/act.h"

#include <string.h>

#include "case/facts.h"
#include "case/ladder.h"
#include "fact/security_reason.h"

#define CODE_BITS_MASK ((UINT64_C(1) << 55) - 1)
/* Places keep room for their measures, however many attacks are filtered. */
#define FILTERS_ROOM (CASE_MEASURES_MAX - CASE_PLACES_MAX)

struct step {
	struct case_record *record;
	const struct case_event *event;
	const struct case_step_input *input;
	const struct case_row *row;
	struct case_step_result *result;
	uint64_t facts;
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

static const char *
brake_text(const struct step *step)
{
	if (step->facts & CASE_F_NO_BASIS)
		return CASE_NO_BASIS_TEXT;
	return step->input->brake_text ? step->input->brake_text
				       : "it can't be done now";
}

/* ---- notices ---- */

static void
do_notice(struct step *step)
{
	struct case_record *record = step->record;
	const struct case_policy *policy = step->input->policy;
	const uint8_t class = case_newest_class(record);
	struct at_event now = step->input->now;
	struct case_notice *notice = &record->notices[record->notice_count];
	const struct case_ladder *ladder;
	struct case_action *action;
	unsigned rung;

	/* The first one chooses the ladder. */
	if (record->notice_count == 0 && class < RSIT_CLASS_COUNT)
		record->ladder = policy->ladder_of[class];
	ladder = case_ladder_of(record, policy);
	rung = case_ladder_next_notice(record);
	memset(notice, 0, sizeof(*notice));
	notice->channel = rung < case_ladder_notices(ladder)
			      ? ladder->rungs[rung].channel
			      : CHANNEL_OTHER;
	if (rung >= case_ladder_notices(ladder))
		rung = case_ladder_notices(ladder) ? rung - 1 : 0;
	notice->rung = (uint8_t)(rung < CASE_RUNGS_MAX ? rung : 0);
	notice->id = take_id(step);
	notice->code_bits = take_id(step) & CODE_BITS_MASK;
	notice->step = ++record->notice_count;
	notice->created = now;
	notice->sent = notice->accepted = notice->delivered = times_unset();
	notice->seen = notice->acknowledged = notice->failed = times_unset();
	notice->would = !case_is_live(step->input, ACT_NOTICE, class);
	if (notice->would)
		notice->sent = notice->delivered = now;
	memcpy(notice->causes, step->input->causes, sizeof(notice->causes));
	action = add_action(step, CASE_ACTION_NOTICE,
			    "the evidence is enough for a notice");
	action->notice = *notice;
	action->would = notice->would;
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

static void do_ask(struct step *step, uint32_t reason, const char *text);

/* Each notice that doesn't stand is withdrawn once, by the way it came; none
 * stands where a person found it a mistake. */
static void
do_correct(struct step *step)
{
	struct case_record *record = step->record;
	bool all = step->event->kind == CASE_EVENT_ANSWER ||
		   step->event->kind == CASE_EVENT_DISMISS;

	for (uint32_t i = 0; i < record->notice_count; i++) {
		struct case_notice *notice = &record->notices[i];
		struct case_action *action;

		if (!case_notice_stands(notice) ||
		    (!all && case_is_enough(record, step->input->policy,
					    times_unset(), notice->created)))
			continue;
		if (step->facts & CASE_F_NO_CHANNEL) {
			do_ask(step, CASE_ASKED_CORRECT,
			       "what was said has been withdrawn, and no "
			       "channel reaches the party: tell it");
			return;
		}
		notice->corrected = true;
		action = add_action(step, CASE_ACTION_CORRECTION,
				    "what it said is withdrawn");
		action->notice = *notice;
		action->would = notice->would;
	}
}

/* ---- measures ---- */

static void
say_measure(struct step *step, enum case_action_kind kind,
	    const struct case_measure *measure, const char *why)
{
	struct case_action *action = add_action(step, kind, why);

	action->measure = *measure;
	action->would = measure->would;
}

static void
measure_off(struct step *step, uint32_t at, const char *why)
{
	struct case_record *record = step->record;

	say_measure(step, CASE_ACTION_MEASURE_OFF, &record->measures[at], why);
	memmove(&record->measures[at], &record->measures[at + 1],
		(record->measure_count - at - 1) * sizeof(record->measures[0]));
	record->measure_count--;
}

static struct case_measure *
measure_add(struct step *step, enum measure_kind kind, const char *target)
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
	memcpy(measure->causes, step->input->causes, sizeof(measure->causes));
	return measure;
}

/* Off, and another kind in the same place with the same end, which the caller
 * says is on. */
static struct case_measure *
measure_swap(struct step *step, uint32_t at, enum measure_kind kind,
	     const char *why)
{
	struct case_measure *measure = &step->record->measures[at];

	say_measure(step, CASE_ACTION_MEASURE_OFF, measure, why);
	measure->id = take_id(step);
	measure->weakened_from = kind < measure->kind ? (uint8_t)measure->kind
						      : 0;
	measure->kind = kind;
	measure->would = !case_measure_live(step->record, step->input, kind);
	return measure;
}

/* On the party, and not at its end, where it is left to its timer. */
static bool
goes_on(const struct step *step, const struct case_measure *measure)
{
	return measure->kind != MEASURE_FILTER &&
	       measure->expires.us > step->input->now.us;
}

static unsigned
count_filters(const struct case_record *record)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < record->measure_count; i++)
		count += record->measures[i].kind == MEASURE_FILTER;
	return count;
}

/* A real garden makes a filter needless; a would-be one doesn't, nor does a
 * limit, through which an attack goes on. */
static bool
is_contained(const struct case_record *record, bool would)
{
	for (uint32_t i = 0; i < record->measure_count; i++)
		if (record->measures[i].kind > MEASURE_LIMIT &&
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
	unsigned filters = count_filters(record);

	if (!(step->facts & CASE_F_ATTACK) || is_contained(record, would))
		return;
	case_attack_target(step->event->sighting, target);
	measure = case_find_filter(record, target);
	if (measure) {
		/* What may no longer be done isn't done for longer. */
		if (until.us > measure->expires.us &&
		    !(step->facts & CASE_F_NO_BASIS)) {
			measure->expires = until;
			say_measure(step, CASE_ACTION_MEASURE_RENEW, measure,
				    "the attack goes on");
		}
		return;
	}
	if (filters >= policy->filters_max || filters >= FILTERS_ROOM ||
	    record->measure_count == CASE_MEASURES_MAX) {
		add_action(step, CASE_ACTION_REFUSED,
			   "as many attacks of this party are filtered as may "
			   "be");
		return;
	}
	if (step->facts & CASE_F_BRAKE_MEASURE) {
		add_action(step, CASE_ACTION_REFUSED, brake_text(step));
		return;
	}
	measure = measure_add(step, MEASURE_FILTER, target);
	measure->expires = until;
	measure->would = would;
	measure->reason = REASON_ATTACK;
	say_measure(step, CASE_ACTION_MEASURE_ON, measure,
		    "an attack is in progress");
}

/* What the row begins: a person's, the attack's, the ladder's, or, where a
 * line moved, what is in force elsewhere on it. */
struct beginning {
	enum measure_kind kind;
	uint8_t reason, weakened_from;
	bool ordered, climbs;
	const char *why;
};

static struct beginning
beginning_of(const struct step *step)
{
	const struct case_record *record = step->record;
	const struct case_policy *policy = step->input->policy;
	const struct case_rung *rung = case_ladder_measure(record, policy);
	struct beginning it = {.kind = case_strongest(record),
			       .reason = (uint8_t)security_reason_of(
				   (enum rsit_class)case_newest_class(record)),
			       .weakened_from = (uint8_t)case_weakened(record),
			       .why = "the line has moved"};

	if (step->event->kind == CASE_EVENT_ORDER) {
		it = (struct beginning){.kind = (enum measure_kind)
						    step->event->measure,
					.reason = step->event->security,
					.ordered = true,
					.why = "a person ordered it"};
	} else if (step->row->need & CASE_F_B) {
		it = (struct beginning){.kind = step->facts & CASE_F_OVERDUE
						    ? MEASURE_LIMIT
						    : policy->attack_measure,
					.reason = REASON_ATTACK,
					.why = "it attacks, and was told"};
	} else if (step->row->need & (CASE_F_A | CASE_F_STRONGER) && rung) {
		it.kind = (enum measure_kind)rung->measure;
		it.weakened_from = 0;
		it.climbs = true;
		it.why = step->row->need & CASE_F_A
			     ? "it is still infected after the grace"
			     : "it is still infected under a weaker measure";
	}
	return it;
}

static void
begin_on(struct step *step, const struct case_place *place,
	 const struct beginning *it, int64_t until_us)
{
	struct case_record *record = step->record;
	char target[MEASURE_TARGET_SIZE];
	struct case_measure *measure;
	struct text text;

	text_init(&text, target, sizeof(target));
	subject_format(&text, &place->target);
	measure = measure_add(step, it->kind, target);
	measure->binding = place->binding;
	measure->expires.us = place->end.us < until_us ? place->end.us
						       : until_us;
	measure->would = !case_measure_live(record, step->input, it->kind);
	measure->ordered = it->ordered;
	measure->reason = it->reason;
	measure->weakened_from = it->weakened_from;
	say_measure(step, CASE_ACTION_MEASURE_ON, measure, it->why);
}

static void
strengthen(struct step *step, uint32_t at, const struct beginning *it)
{
	struct case_measure *measure = measure_swap(step, at, it->kind,
						    it->why);

	measure->since = step->input->now;
	measure->reason = it->reason;
	measure->ordered = it->ordered;
	memcpy(measure->causes, step->input->causes, sizeof(measure->causes));
	say_measure(step, CASE_ACTION_MEASURE_ON, measure, it->why);
}

/* The party's measure on every open place; weaker ones make way.  Neither a
 * line that moved nor a stronger measure begins the time anew. */
static void
do_measure(struct step *step)
{
	struct case_record *record = step->record;
	const struct beginning it = beginning_of(step);
	const uint32_t before = record->measure_count;
	int64_t until_us;

	if (!times_is_set(record->bound_since)) {
		record->bound_since = step->input->now;
		record->asked &= ~(uint32_t)CASE_ASKED_END;
	}
	until_us = record->bound_since.us + step->input->policy->garden_us;
	if (it.climbs && !case_ladder_on_top(record, step->input->policy))
		record->measure_step++;
	if (step->facts & CASE_F_TRIAL && it.climbs)
		record->arm = ARM_TREATED;
	for (uint32_t i = 0; i < before; i++)
		if (goes_on(step, &record->measures[i]) &&
		    record->measures[i].kind < it.kind &&
		    step->result->action_count + 2 <= CASE_ACTIONS_MAX)
			strengthen(step, i, &it);
	for (uint32_t i = 0; i < record->place_count; i++)
		if (case_place_open(&record->places[i], step->input->now) &&
		    !case_place_bound(record, &record->places[i]) &&
		    step->input->now.us < until_us &&
		    record->measure_count < CASE_MEASURES_MAX)
			begin_on(step, &record->places[i], &it, until_us);
}

static void
do_off(struct step *step, bool all, const char *why)
{
	struct case_record *record = step->record;

	for (uint32_t i = record->measure_count; i-- > 0;)
		if (all ||
		    record->measures[i].expires.us <= step->input->now.us)
			measure_off(step, i, why);
	if (!case_is_bound(record))
		record->bound_since = times_unset();
	/* A held case must not come back as quarantined without a measure. */
	if (record->state == CASE_HELD &&
	    record->held_from == CASE_QUARANTINED && !case_is_bound(record)) {
		record->held_from = CASE_PROBATION;
		record->probation_since = step->input->now;
	}
}

static void
do_off_all(struct step *step)
{
	bool withdrawn = step->event->kind == CASE_EVENT_WITHDRAW;

	do_off(step, true,
	       withdrawn ? "what it rested on was withdrawn"
			 : "a person ended it");
	/* What was climbed for nothing wasn't climbed. */
	if (withdrawn && step->facts & CASE_F_BASELESS)
		step->record->measure_step = 0;
}

static void
do_ease(struct step *step)
{
	struct case_record *record = step->record;

	const char *why = "an objection waits: a limit until it is decided";

	for (uint32_t i = 0; i < record->measure_count; i++)
		if (goes_on(step, &record->measures[i]) &&
		    record->measures[i].kind > MEASURE_LIMIT)
			say_measure(step, CASE_ACTION_MEASURE_ON,
				    measure_swap(step, i, MEASURE_LIMIT, why),
				    why);
}

static void
do_restore(struct step *step)
{
	struct case_record *record = step->record;

	const char *why = "the objection was found wrong";

	for (uint32_t i = 0; i < record->measure_count; i++) {
		uint8_t from = record->measures[i].weakened_from;

		if (from && goes_on(step, &record->measures[i]))
			say_measure(step, CASE_ACTION_MEASURE_ON,
				    measure_swap(step, i,
						 (enum measure_kind)from, why),
				    why);
	}
}

/* ---- clocks ---- */

static void
do_self(struct case_record *record, struct at_event now)
{
	if (record->self_release_count == CASE_SELF_RELEASES_MAX) {
		memmove(&record->self_released[0], &record->self_released[1],
			(CASE_SELF_RELEASES_MAX - 1) *
			    sizeof(record->self_released[0]));
		record->self_release_count--;
	}
	record->self_released[record->self_release_count++] = now;
}

static void
do_hold_back(struct step *step)
{
	const struct case_hold_back *trial =
	    &case_current(step->input)->hold_back;
	const int64_t span_us = trial->span_us < CASE_HOLD_BACK_US_MAX
				    ? trial->span_us
				    : CASE_HOLD_BACK_US_MAX;
	const int64_t until_us = step->input->now.us + span_us;

	/* Nobody is held back for longer than there is a basis to. */
	step->record->arm = ARM_HELD_BACK;
	step->record->held_back_until.us = until_us < trial->until_us
					       ? until_us
					       : trial->until_us;
}

/* Said once, and tried again at that time. */
static void
do_wait(struct step *step, struct at_event until, const char *text)
{
	struct case_record *record = step->record;
	struct at_event now = step->input->now;

	if (times_is_set(record->retry) && record->retry.us > now.us)
		return;
	record->retry = until;
	if (!times_is_set(until) || until.us <= now.us)
		record->retry.us = now.us + step->input->policy->retry_us;
	add_action(step, CASE_ACTION_REFUSED, text);
}

static void
do_waits(struct step *step)
{
	const struct case_policy *current = case_current(step->input);
	const struct at_event now = step->input->now;
	const uint32_t does = step->row->does;

	/* A brake is asked again each hour, not at each sighting. */
	if (does & CASE_DO_BRAKED)
		do_wait(step, times_unset(), brake_text(step));
	if (does & CASE_DO_WAIT_DESK)
		do_wait(step,
			hours_next(&current->calendar, &current->help_desk,
				   now),
			"nobody could help before the desk opens");
	if (does & CASE_DO_WAIT_DAY)
		do_wait(step,
			hours_quiet_end(&current->calendar, &current->quiet,
					now),
			"quiet hours: what can wait goes out after them");
}

/* ---- people ---- */

static void
do_ask(struct step *step, uint32_t reason, const char *text)
{
	if (step->record->asked & reason)
		return;
	step->record->asked |= reason;
	add_action(step, CASE_ACTION_PERSON, text);
}

static void
do_object(struct step *step)
{
	struct case_record *record = step->record;
	const struct case_policy *current = case_current(step->input);
	const int64_t span_us = step->input->policy->objection_us;
	const int64_t said_us = step->event->time.us;
	const struct at_event now = step->input->now;

	record->objected = said_us > 0 && said_us < now.us ? step->event->time
							   : now;
	record->answer_due = hours_after(&current->calendar,
					 &current->help_desk, record->objected,
					 span_us);
	if (!times_is_set(record->answer_due))
		record->answer_due.us = record->objected.us + span_us;
	record->objection_count++;
	add_action(step, CASE_ACTION_PERSON,
		   "the party says it is a mistake: decide");
}

/* What waited for the answer goes on, if it may. */
static void
do_answered(struct step *step)
{
	struct case_record *record = step->record;

	record->objected = record->answer_due = times_unset();
	if (!step->event->granted && !times_is_set(record->retry))
		record->retry = step->input->now;
}

static void
do_first(struct step *step)
{
	step->record->first_person = case_person(step->event->actor);
	step->record->first_deed = case_deed(step->event);
	step->record->first_person_at = step->input->now;
	add_action(step, CASE_ACTION_PERSON, "a second person must say so too");
}

static void
do_agreed(struct step *step)
{
	struct case_record *record = step->record;

	record->first_person = 0;
	record->first_deed = 0;
	record->first_person_at = times_unset();
	if (step->event->kind == CASE_EVENT_RESUME)
		record->asked |= CASE_ANSWERED_PROTECTED;
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
do_asks(struct step *step)
{
	static const struct {
		uint32_t does, reason;
		const char *text;
	} asks[] = {
	    {CASE_DO_ASK_CHANNEL, CASE_ASKED_CHANNEL,
	     "no channel reaches the party: find one"},
	    {CASE_DO_ASK_PROTECTED, CASE_ASKED_PROTECTED,
	     "the party is protected: decide"},
	    {CASE_DO_ASK_BRAKE, CASE_ASKED_BRAKE,
	     "too many rest on one cause: is it right?"},
	    {CASE_DO_ASK_DISMISSED, CASE_ASKED_DISMISSED,
	     "a case of this party was dismissed lately: is this one right?"},
	    {CASE_DO_ASK_END, CASE_ASKED_END, "it ends tomorrow: look at it"},
	};

	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		if (step->row->does & asks[i].does)
			do_ask(step, asks[i].reason, asks[i].text);
}

/* ---- all of it ---- */

static void
act_on_party(struct step *step, uint32_t does)
{
	struct case_record *record = step->record;

	if (does & CASE_DO_FILTER)
		do_filter(step);
	if (does & CASE_DO_NOTICE ||
	    (does & CASE_DO_TELL && !(step->facts & CASE_F_TOLD)))
		do_notice(step);
	if (does & CASE_DO_MEASURE)
		do_measure(step);
	if (does & CASE_DO_SELF)
		do_self(record, step->input->now);
	if (does & CASE_DO_STAFF && case_is_bound(record))
		record->staff_released = step->input->now;
	if (does & CASE_DO_OFF_SPENT)
		do_off(step, false,
		       step->event->kind == CASE_EVENT_BINDING
			   ? "the line is another's now"
			   : "its time is over");
	if (does & CASE_DO_OFF_ALL)
		do_off_all(step);
	if (does & CASE_DO_DELIVERED)
		do_delivered(step);
	if (does & CASE_DO_HOLD_BACK)
		do_hold_back(step);
}

static void
act_on_words(struct step *step, uint32_t does)
{
	if (does & CASE_DO_OBJECT)
		do_object(step);
	if (does & CASE_DO_EASE)
		do_ease(step);
	if (does & CASE_DO_RESTORE)
		do_restore(step);
	if (does & CASE_DO_ANSWERED)
		do_answered(step);
	if (does & CASE_DO_FIRST)
		do_first(step);
	if (does & CASE_DO_AGREED)
		do_agreed(step);
	if (does & CASE_DO_MERGE)
		step->record->merged_into = step->event->other_case;
	if (does & CASE_DO_CORRECT)
		do_correct(step);
}

void
case_act(struct case_record *record, const struct case_event *event,
	 const struct case_step_input *input, const struct case_row *row,
	 uint64_t facts, struct case_step_result *result)
{
	struct step step = {.record = record,
			    .event = event,
			    .input = input,
			    .row = row,
			    .result = result,
			    .facts = facts};

	act_on_party(&step, row->does);
	act_on_words(&step, row->does);
	do_waits(&step);
	if (row->does & CASE_DO_RESUME)
		do_resume(record, input->now);
	if (row->does & CASE_DO_NO_RETRY ||
	    (row->does & CASE_DO_RETRIED && record->retry.us <= input->now.us))
		record->retry = times_unset();
	do_asks(&step);
}
