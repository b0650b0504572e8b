/* SPDX-License-Identifier: Apache-2.0 */
/* Another life of a case, from the same inputs. */
#include "role/what_if.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define RINGS_MAX 20000 /* timers of one life; a brake rings once an hour */
#define PPM 1000000u

/* A step of the story in the order of the other life. */
struct turn {
	struct at_event now;
	size_t step;
};

/* A receipt that comes when its notice is there. */
struct waiting {
	uint32_t notice; /* which one, from 0 */
	int64_t after_us;
	struct at_event due; /* unset: its notice isn't there */
	size_t step;
};

struct life {
	const struct what_if_story *story;
	const struct what_if *change;
	struct case_policy policy;
	struct case_record record;
	struct case_step_result result;
	struct what_if_outcome *outcome;
	uint32_t notices_known;
	uint64_t serial;
	struct at_event now;
	size_t passed; /* recorded steps up to now: for their brakes */
	size_t waiting_count, turn_count;
	struct waiting *waiting;
	struct turn *turns;
	struct case_event event;
	struct sighting sighting;
};

int
what_if_add(struct what_if_story *story, const struct case_entry *entry)
{
	struct what_if_step *step;

	if (story->count == story->room) {
		size_t room = story->room * 2 + 64;
		struct what_if_step **grown = memory_grow(story->steps,
							  story->room, room,
							  sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		story->steps = grown;
		story->room = room;
	}
	step = memory_new(1, sizeof(*step));
	if (!step)
		return LZ_E_MEMORY;
	step->input = entry->input;
	step->event = entry->event;
	memcpy(step->brake_text, entry->brake_text, sizeof(step->brake_text));
	if (entry->input.brake_text)
		step->input.brake_text = step->brake_text;
	if (entry->event.sighting) {
		step->sighting = entry->sighting;
		step->event.sighting = &step->sighting;
	}
	story->steps[story->count++] = step;
	return LZ_OK;
}

void
what_if_free(struct what_if_story *story)
{
	for (size_t i = 0; i < story->count; i++)
		memory_free(story->steps[i]);
	memory_free(story->steps);
	story->steps = NULL;
	story->count = story->room = 0;
}

/* ---- what comes of it ---- */

void
what_if_count(struct what_if_outcome *outcome, enum case_state state,
	      struct at_event now, const struct case_entry_action *actions,
	      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct case_entry_action *action = &actions[i];
		const bool filter = action->measure == MEASURE_FILTER;

		if (action->kind == CASE_ACTION_NOTICE &&
		    outcome->notices++ == 0)
			outcome->noticed = now;
		if (action->kind == CASE_ACTION_MEASURE_OFF && !filter)
			outcome->released = now;
		if (action->kind != CASE_ACTION_MEASURE_ON)
			continue;
		outcome->filters += filter;
		if (filter)
			continue;
		if (outcome->measures++ == 0)
			outcome->measured = now;
		if (action->measure > outcome->measure)
			outcome->measure = (enum measure_kind)action->measure;
	}
	outcome->held |= state == CASE_HELD;
	outcome->state = state;
}

bool
what_if_same(const struct what_if_outcome *a, const struct what_if_outcome *b)
{
	return a->notices == b->notices && a->filters == b->filters &&
	       a->measure == b->measure && a->noticed.us == b->noticed.us &&
	       a->measured.us == b->measured.us && a->held == b->held &&
	       a->state == b->state && a->released.us == b->released.us;
}

/* ---- what is changed ---- */

static bool
is_receipt(const struct what_if_step *step)
{
	return step->event.kind == CASE_EVENT_RECEIPT;
}

/* Is the step left out of the other life? */
static bool
is_left_out(const struct life *life, size_t at)
{
	const struct what_if_step *step = life->story->steps[at];
	const struct what_if *change = life->change;
	const struct what_if_step *without;

	if (step->event.kind == CASE_EVENT_TIMER)
		return true; /* they ring by themselves */
	switch (change->kind) {
	case WHAT_IF_NO_ORIGIN:
		return step->event.sighting &&
		       strcmp(step->sighting.origin, change->origin) == 0;
	case WHAT_IF_NO_STEP:
		without = life->story->steps[change->step];
		return step->event.sighting &&
		       memcmp(step->sighting.id, without->sighting.id,
			      SIGHTING_ID_SIZE) == 0;
	case WHAT_IF_UNDELIVERED:
		return is_receipt(step) &&
		       step->event.receipt != RECEIPT_SENT &&
		       step->event.receipt != RECEIPT_FAILED;
	case WHAT_IF_UNHELD:
		return step->event.kind == CASE_EVENT_HOLD;
	default:
		return false;
	}
}

static int
compare_turns(const void *a, const void *b)
{
	const struct turn *left = a, *right = b;

	if (left->now.us != right->now.us)
		return left->now.us < right->now.us ? -1 : 1;
	return left->step < right->step ? -1 : 1;
}

/* Receipts wait for their notices; all else has its turn. */
static void
plan(struct life *life)
{
	const struct what_if_story *story = life->story;
	const struct case_record *end = story->end;

	for (size_t i = 0; i < story->count; i++) {
		const struct what_if_step *step = story->steps[i];
		struct at_event now = step->input.now;

		if (is_left_out(life, i))
			continue;
		if (life->change->kind == WHAT_IF_MOVED &&
		    life->change->step == i)
			now.us += life->change->shift_us;
		if (!is_receipt(step)) {
			life->turns[life->turn_count++] =
			    (struct turn){.now = now, .step = i};
			continue;
		}
		for (uint32_t k = 0; k < end->notice_count; k++)
			if (end->notices[k].id == step->event.notice_id)
				life->waiting[life->waiting_count++] =
				    (struct waiting){
					.notice = k,
					.after_us = now.us -
						    end->notices[k].created.us,
					.due = times_unset(),
					.step = i};
	}
	if (life->turn_count > 0)
		qsort(life->turns, life->turn_count, sizeof(life->turns[0]),
		      compare_turns);
}

/* ---- steps ---- */

/* Notices of the other life: who got them, and what comes back of them. */
static void
note_notices(struct life *life)
{
	for (; life->notices_known < life->record.notice_count;
	     life->notices_known++) {
		struct case_notice *notice =
		    &life->record.notices[life->notices_known];

		if (life->change->kind == WHAT_IF_UNDELIVERED)
			notice->delivered = times_unset();
		for (size_t i = 0; i < life->waiting_count; i++)
			if (life->waiting[i].notice == life->notices_known)
				life->waiting[i].due.us =
				    notice->created.us +
				    life->waiting[i].after_us;
	}
}

static void
do_step(struct life *life, const struct case_event *event,
	const struct case_step_input *recorded)
{
	struct case_step_input input = *recorded;
	struct case_entry_action actions[CASE_ACTIONS_MAX];

	input.now = life->now;
	input.policy = &life->policy;
	if (life->change->kind == WHAT_IF_POLICY)
		input.current = life->change->policy;
	if (life->change->kind == WHAT_IF_UNBRAKED) {
		input.brake = 0;
		input.brake_text = NULL;
	}
	/* Numbers that are nobody's: each differs. */
	for (unsigned i = 0; i < CASE_ACTIONS_MAX; i++)
		input.ids[i] = ++life->serial;
	case_step(&life->record, event, &input, &life->result);
	for (size_t i = 0; i < life->result.action_count; i++)
		case_entry_action_of(&life->result.actions[i], &actions[i]);
	if (life->result.changed)
		what_if_count(life->outcome, life->record.state, life->now,
			      actions, life->result.action_count);
	note_notices(life);
}

/* What the recorded step that was the last one by now was told of brakes. */
static const struct case_step_input *
input_of_now(struct life *life)
{
	const struct what_if_story *story = life->story;

	while (life->passed + 1 < story->count &&
	       story->steps[life->passed + 1]->input.now.us <= life->now.us)
		life->passed++;
	return &story->steps[life->passed]->input;
}

static void
do_receipt(struct life *life, size_t at)
{
	struct waiting *waiting = &life->waiting[at];
	const struct what_if_step *step = life->story->steps[waiting->step];
	struct case_event event = step->event;

	event.notice_id = life->record.notices[waiting->notice].id;
	event.time.us += life->now.us - step->input.now.us;
	waiting->due = times_unset();
	waiting->notice = UINT32_MAX; /* it came */
	do_step(life, &event, input_of_now(life));
}

/* Timers and receipts until then, each at its own time. */
static void
advance(struct life *life, struct at_event until)
{
	static const struct case_event timer = {.kind = CASE_EVENT_TIMER};

	for (unsigned i = 0; i < RINGS_MAX; i++) {
		struct at_event next = life->record.due;
		size_t receipt = life->waiting_count;

		for (size_t k = 0; k < life->waiting_count; k++) {
			struct at_event due = life->waiting[k].due;

			if (times_is_set(due) &&
			    (!times_is_set(next) || due.us <= next.us)) {
				next = due;
				receipt = k;
			}
		}
		if (!times_is_set(next) || next.us > until.us)
			return;
		if (next.us > life->now.us)
			life->now = next;
		if (receipt < life->waiting_count) {
			do_receipt(life, receipt);
			continue;
		}
		do_step(life, &timer, input_of_now(life));
		if (!life->result.changed)
			life->record.due = times_unset();
	}
}

static void
take_turn(struct life *life, const struct turn *turn)
{
	const struct what_if_step *step = life->story->steps[turn->step];
	const struct what_if *change = life->change;
	const bool moved = change->kind == WHAT_IF_MOVED &&
			   change->step == turn->step;

	advance(life, turn->now);
	if (turn->now.us > life->now.us)
		life->now = turn->now;
	life->event = step->event;
	if (step->event.sighting) {
		life->sighting = step->sighting;
		life->event.sighting = &life->sighting;
	}
	if (moved) {
		life->sighting.time.us += change->shift_us;
		life->sighting.known.us += change->shift_us;
		life->sighting.first.us += change->shift_us;
		life->sighting.last.us += change->shift_us;
	}
	if (change->kind == WHAT_IF_UNPROTECTED)
		life->event.protected = false;
	do_step(life, &life->event, &step->input);
}

/* The arm of a trial was drawn then: it isn't drawn anew. */
static void
set_arm(struct life *life)
{
	const bool held_back = life->story->end->arm == ARM_HELD_BACK &&
			       life->change->kind != WHAT_IF_NO_TRIAL;

	life->policy.hold_back.share_ppm = held_back ? PPM : 0;
}

static int
live(struct life *life)
{
	const struct what_if_story *story = life->story;

	life->waiting = memory_new(story->count, sizeof(life->waiting[0]));
	life->turns = memory_new(story->count, sizeof(life->turns[0]));
	if (!life->waiting || !life->turns)
		return LZ_E_MEMORY;
	life->policy = life->change->kind == WHAT_IF_POLICY
			   ? *life->change->policy
			   : *story->steps[0]->input.policy;
	set_arm(life);
	case_record_copy(&life->record, &story->begin);
	plan(life);
	life->now = life->turn_count > 0 ? life->turns[0].now
					 : story->steps[0]->input.now;
	for (size_t i = 0; i < life->turn_count; i++)
		take_turn(life, &life->turns[i]);
	advance(life, story->steps[story->count - 1]->input.now);
	life->outcome->state = life->record.state;
	return LZ_OK;
}

int
what_if_run(const struct what_if_story *story, const struct what_if *change,
	    struct what_if_outcome *outcome)
{
	struct life *life = memory_new(1, sizeof(*life));
	int error = LZ_E_MEMORY;

	*outcome = (struct what_if_outcome){.noticed = times_unset(),
					    .measured = times_unset(),
					    .released = times_unset(),
					    .state = story->begin.state};
	if (!life)
		return error;
	life->story = story;
	life->change = change;
	life->outcome = outcome;
	error = story->count > 0 ? live(life) : LZ_OK;
	memory_free(life->waiting);
	memory_free(life->turns);
	memory_free(life);
	return error;
}
