/* SPDX-License-Identifier: Apache-2.0 */
/* A book of cases, and a heap of receipts that are still to come. */
#include "role/policy_replay.h"

#include <string.h>

#include "base/memory.h"
#include "case/book.h"

#define SEED 1              /* numbers are compared by nobody */
#define OWN_BRAKE "brake: " /* how the book's own brakes begin */

struct pending {
	int64_t now_us;
	uint64_t order; /* of those at one time: as they were made */
	uint64_t case_id, notice;
	int64_t time_us;
	uint8_t kind;
};

struct party_state {
	uint32_t notices; /* it got so far */
	uint8_t class;    /* of the newest word about it */
};

struct policy_replay {
	struct case_book *book;
	const struct policy_past *past;
	struct policy_tally *tally;
	enum policy_side side;
	struct party_state *parties;
	uint64_t *linked; /* this book's case, by row of the past's */
	uint32_t row;     /* whose sighting is being told */
	struct pending *heap;
	size_t heap_count, heap_room;
	uint64_t made, unmet, parties_total;
	uint8_t brake;
	bool short_of_memory;
};

struct policy_replay *
policy_replay_new(const struct case_policy *policy,
		  const struct policy_past *past, struct policy_tally *tally,
		  enum policy_side side, uint64_t parties_total)
{
	struct policy_replay *replay = memory_new(1, sizeof(*replay));
	struct rng rng;

	if (!replay)
		return NULL;
	rng_init(&rng, SEED);
	replay->past = past;
	replay->tally = tally;
	replay->side = side;
	replay->parties_total = parties_total;
	replay->row = POLICY_PAST_NONE;
	replay->book = case_book_new(policy, rng);
	replay->parties = memory_new(policy_past_parties(past) + (size_t)1,
				     sizeof(*replay->parties));
	replay->linked = memory_new(policy_past_cases(past) + (size_t)1,
				    sizeof(*replay->linked));
	if (!replay->book || !replay->parties || !replay->linked) {
		policy_replay_free(replay);
		return NULL;
	}
	return replay;
}

void
policy_replay_free(struct policy_replay *replay)
{
	if (!replay)
		return;
	case_book_free(replay->book);
	memory_free(replay->parties);
	memory_free(replay->linked);
	memory_free(replay->heap);
	memory_free(replay);
}

/* --------------------------------------------------- receipts to come */

static bool
comes_before(const struct pending *a, const struct pending *b)
{
	return a->now_us != b->now_us ? a->now_us < b->now_us
				      : a->order < b->order;
}

static void
push(struct policy_replay *replay, const struct pending *pending)
{
	size_t at = replay->heap_count;

	if (at == replay->heap_room) {
		const size_t room = replay->heap_room * 2 + 64;
		struct pending *grown = memory_grow(replay->heap,
						    replay->heap_room, room,
						    sizeof(*grown));

		if (!grown) {
			replay->short_of_memory = true;
			return;
		}
		replay->heap = grown;
		replay->heap_room = room;
	}
	replay->heap_count++;
	while (at > 0 && comes_before(pending, &replay->heap[(at - 1) / 2])) {
		replay->heap[at] = replay->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	replay->heap[at] = *pending;
}

static struct pending
pop(struct policy_replay *replay)
{
	const struct pending first = replay->heap[0];
	const struct pending last = replay->heap[--replay->heap_count];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < replay->heap_count) {
		if (child + 1 < replay->heap_count &&
		    comes_before(&replay->heap[child + 1],
				 &replay->heap[child]))
			child++;
		if (!comes_before(&replay->heap[child], &last))
			break;
		replay->heap[at] = replay->heap[child];
		at = child;
	}
	replay->heap[at] = last;
	return first;
}

/* What becomes of a notice: as then, or accepted at once. */
static void
expect_receipts(struct policy_replay *replay, uint32_t party, uint64_t case_id,
		const struct case_notice *notice, struct at_event when)
{
	static const struct policy_past_receipt accepted[] = {
	    {.kind = RECEIPT_SENT}, {.kind = RECEIPT_ACCEPTED}};
	const struct policy_past_receipt *list = accepted;
	size_t count = 2;

	(void)policy_past_receipts(replay->past, party,
				   replay->parties[party].notices, &list,
				   &count);
	for (size_t i = 0; i < count; i++)
		push(replay,
		     &(struct pending){.now_us = when.us + list[i].now_after_us,
				       .order = replay->made++,
				       .case_id = case_id,
				       .notice = notice->id,
				       .time_us = when.us +
						  list[i].time_after_us,
				       .kind = list[i].kind});
}

/* ------------------------------------------------------- what it does */

static void
take_action(struct policy_replay *replay, const struct case_output *output,
	    const struct policy_act *act, const struct case_action *action)
{
	switch (action->kind) {
	case CASE_ACTION_NOTICE:
		policy_tally_notice(replay->tally, act);
		if (!action->would)
			expect_receipts(replay, act->party, output->record->id,
					&action->notice, act->when);
		replay->parties[act->party].notices++;
		break;
	case CASE_ACTION_MEASURE_ON:
		policy_tally_on(replay->tally, act, action->measure.kind,
				action->measure.id);
		break;
	case CASE_ACTION_MEASURE_OFF:
		policy_tally_off(replay->tally, act, action->measure.id);
		break;
	default:
		break;
	}
}

static void
take_output(void *context, const struct case_output *output)
{
	struct policy_replay *replay = context;
	const uint32_t party = policy_past_party(replay->past,
						 output->record->party);
	struct policy_act act = {.side = replay->side,
				 .party = party,
				 .when = output->input->now};

	if (party == POLICY_PAST_NONE)
		return;
	if (output->event->kind == CASE_EVENT_SIGHTING &&
	    replay->row != POLICY_PAST_NONE)
		replay->linked[replay->row] = output->record->id;
	act.class = replay->parties[party].class;
	if (output->changed && output->record->state == CASE_HELD &&
	    output->from != CASE_HELD)
		policy_tally_held(replay->tally, &act);
	for (size_t i = 0; i < output->action_count; i++)
		take_action(replay, output, &act, &output->actions[i]);
}

/* ------------------------------------------------------ what it is told */

/* Timers and receipts until then. */
static int
run_until(struct policy_replay *replay, struct at_event until)
{
	int error = 0;

	while (!error && replay->heap_count &&
	       replay->heap[0].now_us <= until.us) {
		const struct pending next = pop(replay);
		const struct case_event event = {.kind = CASE_EVENT_RECEIPT,
						 .notice_id = next.notice,
						 .receipt = (enum receipt_kind)
								next.kind,
						 .time = {next.time_us}};

		error = case_book_event(replay->book, next.case_id, &event,
					(struct at_event){next.now_us},
					take_output, replay);
		if (error == LZ_E_NOT_FOUND)
			error = 0;
	}
	if (!error)
		case_book_advance(replay->book, until, take_output, replay);
	return replay->short_of_memory ? LZ_E_MEMORY : error;
}

/* Automation is stopped from outside where a step says so in words that are
 * none of the book's own. */
static void
follow_stop(struct policy_replay *replay, const struct policy_step *step)
{
	const bool outside = step->brake_text[0] &&
			     strncmp(step->brake_text, OWN_BRAKE,
				     strlen(OWN_BRAKE)) != 0;
	const uint8_t brake = outside ? step->brake & (CASE_BRAKE_NOTICE |
						       CASE_BRAKE_MEASURE)
				      : 0;

	if (brake == replay->brake)
		return;
	replay->brake = brake;
	case_book_stop(replay->book, CASE_STOP_SOURCES, brake,
		       brake ? step->brake_text : NULL);
}

static int
tell_sighting(struct policy_replay *replay, uint32_t row,
	      const struct case_event *event, struct at_event now)
{
	const uint32_t party = policy_past_party_of(replay->past, row);
	struct case_party whose = {.id = policy_past_party_id(replay->past,
							      party),
				   .known = event->known,
				   .protected = event->protected,
				   .reachable = event->reachable,
				   .channels = event->channels,
				   .binding_source = event->binding_source,
				   .parties_total = replay->parties_total,
				   .open_count = event->other_count};
	const struct identity_answer answer = {
	    .certainty = event->certainty,
	    .shared = event->shared,
	    .binding = {.id = event->binding,
			.subject = event->target,
			.end = event->binding_end}};
	int error;

	memcpy(whose.open, event->others, sizeof(event->others));
	replay->parties[party].class = event->sighting->class;
	replay->row = row;
	error = case_book_sighting(replay->book, &whose, event->sighting,
				   &answer, now, take_output, replay);
	replay->row = POLICY_PAST_NONE;
	return error;
}

/* A person's word, a sighting taken back, a line that ends. */
static int
tell_other(struct policy_replay *replay, uint32_t row,
	   const struct case_event *event, struct at_event now)
{
	struct case_event own = *event;
	int error = LZ_E_NOT_FOUND;

	if (event->other_case) {
		const uint32_t other = policy_past_case(replay->past,
							event->other_case);

		own.other_case = other == POLICY_PAST_NONE
				     ? 0
				     : replay->linked[other];
	}
	if (replay->linked[row] && (!event->other_case || own.other_case))
		error = case_book_event(replay->book, replay->linked[row], &own,
					now, take_output, replay);
	if (error != LZ_E_NOT_FOUND)
		return error;
	replay->unmet += event->kind != CASE_EVENT_WITHDRAW &&
			 event->kind != CASE_EVENT_BINDING;
	return 0;
}

int
policy_replay_step(struct policy_replay *replay, uint32_t row,
		   const struct policy_step *step)
{
	const struct case_event *event = &step->event;
	int error = run_until(replay, (struct at_event){step->now.us - 1});

	if (error)
		return error;
	follow_stop(replay, step);
	error = run_until(replay, step->now);
	if (error || event->kind == CASE_EVENT_TIMER ||
	    event->kind == CASE_EVENT_RECEIPT)
		return error;
	error = event->kind == CASE_EVENT_SIGHTING
		    ? tell_sighting(replay, row, event, step->now)
		    : tell_other(replay, row, event, step->now);
	return replay->short_of_memory ? LZ_E_MEMORY : error;
}

int
policy_replay_end(struct policy_replay *replay, struct at_event until)
{
	return run_until(replay, until);
}

uint64_t
policy_replay_unmet(const struct policy_replay *replay)
{
	return replay->unmet;
}
