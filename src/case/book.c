/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All cases in memory: found by number and by party, woken by a heap of due
 * times, numbered from a seed.
 */
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "case/book.h"
#include "case/brakes.h"

#define SLOTS_FIRST 64u
#define POLICIES_MAX 64
#define NOT_IN_HEAP UINT32_MAX

struct slot {
	struct case_record *record; /* NULL: free */
	uint32_t heap_at;
	bool current; /* its party's newest case */
	bool unknown; /* of an address, not of an account */
};

struct case_book {
	const struct case_policy *policy;
	const struct case_policy *older[POLICIES_MAX];
	size_t older_count;
	struct rng rng;
	struct slot *slots;
	uint32_t slot_count, slot_room; /* used so far, and room */
	uint32_t *free_slots;
	uint32_t free_count;
	uint32_t *heap; /* slots, the one due first on top */
	uint32_t heap_count;
	struct map *by_id, *by_party;
	size_t count;
	uint64_t bound;         /* cases with a measure in force */
	uint64_t parties_total; /* as last said */
	uint32_t unknown_count;
	uint64_t turned_away;
	struct brakes brakes;
	uint8_t stop;                   /* CASE_BRAKE_* from outside */
	const char *stop_text;          /* static */
	struct case_step_result result; /* of the step at hand */
};

/* ---- slots ---- */

static const void *
id_of(const void *context, uint32_t slot)
{
	return &((const struct case_book *)context)->slots[slot].record->id;
}

static const void *
party_of(const void *context, uint32_t slot)
{
	return &((const struct case_book *)context)
		    ->slots[slot]
		    .record->party.value;
}

static struct hash_key
key_of(const struct case_book *book)
{
	struct rng rng = rng_fork(&book->rng, 0);
	struct hash_key key = {rng_u64(&rng), 0};

	key.k1 = rng_u64(&rng);
	return key;
}

struct case_book *
case_book_new(const struct case_policy *policy, struct rng rng)
{
	struct case_book *book = memory_new(1, sizeof(*book));

	if (!book)
		return NULL;
	book->policy = policy;
	book->rng = rng;
	return book;
}

void
case_book_free(struct case_book *book)
{
	if (!book)
		return;
	for (uint32_t i = 0; i < book->slot_count; i++)
		memory_free(book->slots[i].record);
	map_free(book->by_id);
	map_free(book->by_party);
	memory_free(book->slots);
	memory_free(book->free_slots);
	memory_free(book->heap);
	memory_free(book);
}

void
case_book_stop(struct case_book *book, uint8_t brake, const char *text)
{
	book->stop = brake;
	book->stop_text = text;
}

int
case_book_add_policy(struct case_book *book, const struct case_policy *policy)
{
	if (book->older_count == POLICIES_MAX)
		return LZ_E_FULL;
	book->older[book->older_count++] = policy;
	return LZ_OK;
}

/* Both maps built anew for `room` slots. */
static int
grow_maps(struct case_book *book, uint32_t room)
{
	struct map *by_id = map_new(room, sizeof(uint64_t), key_of(book), id_of,
				    book);
	struct map *by_party = map_new(room, sizeof(uint64_t), key_of(book),
				       party_of, book);
	int error = by_id && by_party ? LZ_OK : LZ_E_MEMORY;

	for (uint32_t i = 0; i < book->slot_count && !error; i++) {
		if (!book->slots[i].record)
			continue;
		error = map_put(by_id, i);
		if (!error && book->slots[i].current)
			error = map_put(by_party, i);
	}
	if (error) {
		map_free(by_id);
		map_free(by_party);
		return error;
	}
	map_free(book->by_id);
	map_free(book->by_party);
	book->by_id = by_id;
	book->by_party = by_party;
	return LZ_OK;
}

/* Grows one list of the book from slot_room to `room`; false: no memory. */
static bool
grow_list(uint32_t **list, uint32_t old_room, uint32_t room)
{
	uint32_t *grown = memory_grow(*list, old_room, room, sizeof(**list));

	if (grown)
		*list = grown;
	return grown != NULL;
}

static int
grow(struct case_book *book)
{
	uint32_t old = book->slot_room;
	uint32_t room = old ? old * 2 : SLOTS_FIRST;
	struct slot *slots;

	if (old > UINT32_MAX / 4)
		return LZ_E_FULL;
	slots = memory_grow(book->slots, old, room, sizeof(*slots));
	if (!slots)
		return LZ_E_MEMORY;
	book->slots = slots;
	if (!grow_list(&book->free_slots, old, room) ||
	    !grow_list(&book->heap, old, room) || grow_maps(book, room))
		return LZ_E_MEMORY;
	book->slot_room = room;
	return LZ_OK;
}

/* ---- the heap of due times ---- */

static bool
due_before(const struct case_book *book, uint32_t a, uint32_t b)
{
	const struct case_record *left = book->slots[a].record;
	const struct case_record *right = book->slots[b].record;

	if (left->due.us != right->due.us)
		return left->due.us < right->due.us;
	return left->id < right->id;
}

static void
heap_set(struct case_book *book, uint32_t at, uint32_t slot)
{
	book->heap[at] = slot;
	book->slots[slot].heap_at = at;
}

static void
heap_up(struct case_book *book, uint32_t at)
{
	uint32_t slot = book->heap[at];

	while (at > 0 && due_before(book, slot, book->heap[(at - 1) / 2])) {
		heap_set(book, at, book->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_set(book, at, slot);
}

static void
heap_down(struct case_book *book, uint32_t at)
{
	uint32_t slot = book->heap[at];

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= book->heap_count)
			break;
		if (child + 1 < book->heap_count &&
		    due_before(book, book->heap[child + 1], book->heap[child]))
			child++;
		if (!due_before(book, book->heap[child], slot))
			break;
		heap_set(book, at, book->heap[child]);
		at = child;
	}
	heap_set(book, at, slot);
}

static void
heap_remove(struct case_book *book, uint32_t slot)
{
	uint32_t at = book->slots[slot].heap_at;
	uint32_t last;

	if (at == NOT_IN_HEAP)
		return;
	book->slots[slot].heap_at = NOT_IN_HEAP;
	last = book->heap[--book->heap_count];
	if (last == slot)
		return;
	heap_set(book, at, last);
	heap_up(book, at);
	heap_down(book, book->slots[last].heap_at);
}

static void
heap_update(struct case_book *book, uint32_t slot)
{
	uint32_t at = book->slots[slot].heap_at;

	if (!times_is_set(book->slots[slot].record->due)) {
		heap_remove(book, slot);
		return;
	}
	if (at == NOT_IN_HEAP) {
		at = book->heap_count++;
		heap_set(book, at, slot);
	}
	heap_up(book, at);
	heap_down(book, book->slots[slot].heap_at);
}

/* ---- cases in and out ---- */

/* Puts a record (owned from now on) in; it becomes its party's newest. */
static int
add_record(struct case_book *book, struct case_record *record, uint32_t *slot)
{
	uint32_t before;
	int error = LZ_OK;

	if (book->free_count == 0 && book->slot_count == book->slot_room)
		error = grow(book);
	if (error)
		return error;
	*slot = book->free_count > 0 ? book->free_slots[--book->free_count]
				     : book->slot_count++;
	book->slots[*slot] = (struct slot){.record = record,
					   .heap_at = NOT_IN_HEAP};
	error = map_put(book->by_id, *slot);
	if (error) {
		book->slots[*slot].record = NULL;
		book->free_slots[book->free_count++] = *slot;
		return error;
	}
	before = map_find(book->by_party, &record->party.value);
	if (before != MAP_NONE) {
		/* Restored in any order: the one opened last is current. */
		if (book->slots[before].record->opened.us > record->opened.us ||
		    book->slots[before].record->earlier == record->id) {
			book->count++;
			return LZ_OK;
		}
		(void)map_take(book->by_party, &record->party.value);
		book->slots[before].current = false;
	}
	book->slots[*slot].current = true;
	book->count++;
	return map_put(book->by_party, *slot);
}

void
case_book_forget(struct case_book *book, uint64_t case_id)
{
	uint32_t slot = book->by_id ? map_take(book->by_id, &case_id)
				    : MAP_NONE;
	struct case_record *record;

	if (slot == MAP_NONE)
		return;
	record = book->slots[slot].record;
	if (book->slots[slot].current)
		(void)map_take(book->by_party, &record->party.value);
	heap_remove(book, slot);
	book->bound -= record->measure_count > 0;
	book->unknown_count -= book->slots[slot].unknown;
	memory_free(record);
	book->slots[slot].record = NULL;
	book->free_slots[book->free_count++] = slot;
	book->count--;
}

static const struct case_policy *
policy_of(const struct case_book *book, const struct case_record *record)
{
	for (size_t i = 0; i < book->older_count; i++)
		if (memcmp(book->older[i]->hash, record->policy_hash,
			   sizeof(record->policy_hash)) == 0)
			return book->older[i];
	return book->policy;
}

/* Numbers of a case's step: the same whenever it is stepped. */
static void
draw_ids(const struct case_book *book, const struct case_record *record,
	 uint64_t ids[CASE_ACTIONS_MAX])
{
	struct rng of_case = rng_fork(&book->rng, record->id);
	struct rng of_step = rng_fork(&of_case, record->version);

	for (unsigned i = 0; i < CASE_ACTIONS_MAX; i++)
		ids[i] = rng_u64(&of_step);
}

/* A new case of a party, after `earlier` (NULL: its first). */
static int
open_case(struct case_book *book, const struct case_party *party,
	  const struct case_record *earlier, struct at_event now,
	  uint32_t *slot)
{
	struct rng of_party = rng_fork(&book->rng, party->id.value);
	struct rng of_case = rng_fork(&of_party, earlier ? earlier->id : 0);
	struct case_record *record = memory_new(1, sizeof(*record));
	int error;

	if (!record)
		return LZ_E_MEMORY;
	case_record_init(record, rng_u64(&of_case), party->id, now,
			 book->policy);
	if (earlier) {
		record->earlier = earlier->id;
		record->earlier_until = earlier->closed;
		if (earlier->state == CASE_DISMISSED &&
		    now.us - earlier->closed.us <= book->policy->probation_us)
			record->asked |= CASE_DISMISSED_BEFORE;
		record->self_release_count = earlier->self_release_count;
		memcpy(record->self_released, earlier->self_released,
		       sizeof(record->self_released));
	}
	error = add_record(book, record, slot);
	if (error) {
		memory_free(record);
		return error;
	}
	book->slots[*slot].unknown = !party->known;
	book->unknown_count += !party->known;
	return LZ_OK;
}

/* ---- steps ---- */

static void
count_actions(struct case_book *book, const struct case_step_input *input,
	      bool was_bound)
{
	const struct case_step_result *result = &book->result;
	bool measured = false;

	for (size_t i = 0; i < result->action_count; i++) {
		if (result->actions[i].kind == CASE_ACTION_NOTICE)
			brakes_count_notice(&book->brakes, input->causes,
					    input->now);
		measured |= result->actions[i].kind == CASE_ACTION_MEASURE_ON;
	}
	if (measured && !was_bound)
		brakes_count_measure(&book->brakes, input->causes, input->now);
}

/* Steps one case and says what became of it; answers whether it changed. */
static bool
step_case(struct case_book *book, uint32_t slot, const struct case_event *event,
	  struct at_event now, bool fresh, case_sink *sink, void *context)
{
	struct case_record *record = book->slots[slot].record;
	struct case_step_input input = {.policy = policy_of(book, record),
					.current = book->policy,
					.now = now};
	struct case_output output = {.record = record,
				     .event = event,
				     .from = fresh ? 0 : record->state,
				     .input = &input,
				     .result = &book->result};
	bool was_bound = record->measure_count > 0;

	if (event->kind == CASE_EVENT_SIGHTING)
		brakes_causes(event->sighting, input.causes);
	else if (times_is_set(record->latest.time))
		brakes_causes(&record->latest, input.causes);
	draw_ids(book, record, input.ids);
	brakes_ask(&book->brakes, book->policy,
		   book->bound - (uint64_t)was_bound, book->parties_total,
		   &input);
	if (book->stop) {
		input.brake |= book->stop;
		input.brake_text = book->stop_text;
	}
	case_step(record, event, &input, &book->result);
	output.changed = book->result.changed;
	output.refused = book->result.refused;
	output.row = book->result.row;
	output.actions = book->result.actions;
	output.action_count = book->result.action_count;
	if (output.changed) {
		book->bound -= was_bound;
		book->bound += record->measure_count > 0;
		count_actions(book, &input, was_bound);
		heap_update(book, slot);
	}
	if (sink && (output.changed ||
		     (output.refused && event->kind != CASE_EVENT_TIMER)))
		sink(context, &output);
	return output.changed;
}

void
case_book_advance(struct case_book *book, struct at_event now, case_sink *sink,
		  void *context)
{
	static const struct case_event timer = {.kind = CASE_EVENT_TIMER};

	while (book->heap_count > 0) {
		uint32_t slot = book->heap[0];
		struct case_record *record = book->slots[slot].record;
		struct at_event due = record->due;

		if (due.us > now.us)
			return;
		/* A timer that finds nothing to do must not ring for ever. */
		if (!step_case(book, slot, &timer, due, false, sink, context)) {
			record->due = times_unset();
			heap_remove(book, slot);
		}
	}
}

struct at_event
case_book_due(const struct case_book *book)
{
	if (book->heap_count == 0)
		return times_unset();
	return book->slots[book->heap[0]].record->due;
}

static bool
accuses(const struct sighting *sighting)
{
	return sighting->role == ROLE_INFECTED || sighting->role == ROLE_C2 ||
	       sighting->role == ROLE_REFLECTOR ||
	       sighting->role == ROLE_VULNERABLE;
}

static bool
has_ended(const struct case_record *record)
{
	return record->state == CASE_CLOSED || record->state == CASE_DISMISSED;
}

/* The narrower of what was seen and the binding. */
static struct subject
narrowest(const struct sighting *sighting, const struct binding *binding)
{
	const struct subject *seen = &sighting->subject;

	if (seen->prefix.length > binding->subject.prefix.length &&
	    prefix_contains(&binding->subject.prefix, &seen->prefix.addr) &&
	    !subject_has_ports(&binding->subject))
		return *seen;
	return binding->subject;
}

/* The line is meant, not one host of it: what else belongs to it. */
static void
fill_others(struct case_event *event, const struct case_party *party,
	    const struct binding *binding)
{
	if (!subject_equal(&event->target, &binding->subject))
		return;
	for (uint8_t i = 0; i < party->open_count; i++)
		if (party->open[i].binding != binding->id &&
		    event->other_count < CASE_PLACES_MAX - 1)
			event->others[event->other_count++] = party->open[i];
}

int
case_book_sighting(struct case_book *book, const struct case_party *party,
		   const struct sighting *sighting,
		   const struct identity_answer *answer, struct at_event now,
		   case_sink *sink, void *context)
{
	struct case_event event = {
	    .kind = CASE_EVENT_SIGHTING,
	    .sighting = sighting,
	    .certainty = answer->certainty,
	    .binding_end = times_unset(),
	    .target = sighting->subject,
	    .shared = answer->shared,
	    .known = party->known,
	    .protected = party->protected,
	    .reachable = party->reachable,
	    .channels = party->channels ? party->channels : party->reachable,
	    .time = now,
	};
	uint32_t slot;
	bool fresh = false;
	int error;

	if (!accuses(sighting))
		return LZ_OK;
	case_book_advance(book, now, sink, context);
	book->parties_total = party->parties_total;
	if (answer->certainty == CERTAINTY_CERTAIN) {
		event.binding = answer->binding.id;
		event.binding_end = answer->binding.end;
		event.target = narrowest(sighting, &answer->binding);
		fill_others(&event, party, &answer->binding);
	}
	slot = book->by_party ? map_find(book->by_party, &party->id.value)
			      : MAP_NONE;
	if (slot == MAP_NONE ||
	    (has_ended(book->slots[slot].record) &&
	     sighting->time.us > book->slots[slot].record->closed.us)) {
		if (!party->known && book->unknown_count >= CASE_UNKNOWN_MAX) {
			book->turned_away++;
			return LZ_OK;
		}
		error = open_case(book, party,
				  slot == MAP_NONE ? NULL
						   : book->slots[slot].record,
				  now, &slot);
		if (error)
			return error;
		fresh = true;
	}
	(void)step_case(book, slot, &event, now, fresh, sink, context);
	return LZ_OK;
}

int
case_book_event(struct case_book *book, uint64_t case_id,
		const struct case_event *event, struct at_event now,
		case_sink *sink, void *context)
{
	uint32_t slot;

	case_book_advance(book, now, sink, context);
	slot = book->by_id ? map_find(book->by_id, &case_id) : MAP_NONE;
	if (slot == MAP_NONE)
		return LZ_E_NOT_FOUND;
	(void)step_case(book, slot, event, now, false, sink, context);
	return LZ_OK;
}

int
case_book_restore(struct case_book *book, const struct case_record *record)
{
	struct case_record *copy = memory_new(1, sizeof(*copy));
	uint32_t slot;
	int error;

	if (!copy)
		return LZ_E_MEMORY;
	case_record_copy(copy, record);
	error = add_record(book, copy, &slot);
	if (error) {
		memory_free(copy);
		return error;
	}
	heap_update(book, slot);
	book->slots[slot].unknown = !copy->known;
	book->unknown_count += !copy->known;
	book->bound += copy->measure_count > 0;
	for (uint32_t i = 0; i < copy->notice_count; i++)
		brakes_count_notice(&book->brakes, copy->notices[i].causes,
				    copy->notices[i].created);
	if (copy->measure_count > 0)
		brakes_count_measure(&book->brakes, copy->measures[0].causes,
				     copy->measures[0].since);
	return LZ_OK;
}

const struct case_record *
case_book_find(const struct case_book *book, uint64_t case_id)
{
	uint32_t slot = book->by_id ? map_find(book->by_id, &case_id)
				    : MAP_NONE;

	return slot == MAP_NONE ? NULL : book->slots[slot].record;
}

const struct case_record *
case_book_of_party(const struct case_book *book, struct party_id party)
{
	uint32_t slot = book->by_party ? map_find(book->by_party, &party.value)
				       : MAP_NONE;

	return slot == MAP_NONE ? NULL : book->slots[slot].record;
}

void
case_book_visit(const struct case_book *book, case_visit *visit, void *context)
{
	for (uint32_t i = 0; i < book->slot_count; i++)
		if (book->slots[i].record &&
		    !visit(context, book->slots[i].record))
			return;
}

uint64_t
case_book_turned_away(const struct case_book *book)
{
	return book->turned_away;
}

size_t
case_book_count(const struct case_book *book)
{
	return book->count;
}
