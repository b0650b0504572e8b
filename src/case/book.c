/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The book: cases opened and stepped, woken by a heap of due times, numbered
 * from a seed, braked together.
 */
#include <string.h>

#include "base/memory.h"
#include "case/book_inside.h"

static struct hash_key
key_of(const struct rng *rng)
{
	struct rng own = rng_fork(rng, 0);
	struct hash_key key = {rng_u64(&own), 0};

	key.k1 = rng_u64(&own);
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
	shelf_init(&book->shelf, key_of(&rng));
	return book;
}

void
case_book_free(struct case_book *book)
{
	if (!book)
		return;
	shelf_fini(&book->shelf);
	due_heap_fini(&book->heap);
	aliases_fini(&book->aliases);
	memory_free(book->loose);
	memory_free(book->fetched);
	memory_free(book);
}

int
case_book_fetch(struct case_book *book, case_fetch *fetch, void *context)
{
	if (!book->fetched)
		book->fetched = memory_new(1, sizeof(*book->fetched));
	if (!book->fetched)
		return LZ_E_MEMORY;
	book->fetch = fetch;
	book->fetch_context = context;
	return LZ_OK;
}

void
case_book_stop(struct case_book *book, enum case_stop why, uint8_t brake,
	       const char *text)
{
	struct stop *stop = &book->stops[why];

	stop->brake = brake;
	(void)text_copy(stop->text, sizeof(stop->text),
			slice_of(brake && text ? text : ""));
}

int
case_book_add_policy(struct case_book *book, const struct case_policy *policy)
{
	if (book->older_count == POLICIES_MAX)
		return LZ_E_FULL;
	book->older[book->older_count++] = policy;
	return LZ_OK;
}

/* ---- cases in and out ---- */

/* Puts a record (owned by the book from now on) in. */
static int
add_record(struct case_book *book, struct case_record *record, uint16_t room,
	   bool unknown, uint32_t *slot)
{
	const struct shelf_slot made = {.id = record->id,
					.party = record->party.value,
					.opened = record->opened,
					.closed = record->closed,
					.other = record->merged_into,
					.record = record,
					.room = room,
					.state = (uint8_t)record->state,
					.unknown = unknown};
	int error = shelf_add(&book->shelf, &made, slot);

	if (!error) {
		error = due_heap_reserve(&book->heap, book->shelf.used,
					 book->shelf.whole);
		if (error) {
			book->shelf.slots[*slot].record = NULL;
			shelf_remove(&book->shelf, *slot);
		}
	}
	if (error)
		memory_free(record);
	else
		book->unknown_count += unknown;
	return error;
}

/* For the share of parties that may be: where some acts are live, what is only
 * imagined doesn't hold up a real one. */
static bool
is_under_measure(const struct case_book *book, const struct case_record *record)
{
	for (uint32_t i = 0; i < record->measure_count; i++)
		if (!record->measures[i].would || !book->policy->live_mode)
			return true;
	return false;
}

static void
forget_slot(struct case_book *book, uint32_t slot)
{
	const struct shelf_slot *it = &book->shelf.slots[slot];

	due_heap_remove(&book->heap, slot);
	if (it->record) {
		book->bound -= is_under_measure(book, it->record);
		book->unknown_count -= it->unknown;
	}
	shelf_remove(&book->shelf, slot);
}

void
case_book_forget(struct case_book *book, uint64_t case_id)
{
	const uint32_t slot = shelf_find(&book->shelf, case_id);

	if (slot != MAP_NONE)
		forget_slot(book, slot);
}

/* An ended case that is whole goes back to a stub at the next settling. */
static int
let_loose(struct case_book *book, uint32_t slot)
{
	struct shelf_slot *it = &book->shelf.slots[slot];

	if (!book->fetch || it->loose)
		return LZ_OK;
	if (book->loose_count == book->loose_room) {
		const size_t room = book->loose_room * 2 + 64;
		uint32_t *grown = memory_grow(book->loose, book->loose_room,
					      room, sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		book->loose = grown;
		book->loose_room = room;
	}
	book->loose[book->loose_count++] = slot;
	it->loose = true;
	return LZ_OK;
}

void
case_book_settle(struct case_book *book)
{
	for (size_t i = 0; i < book->loose_count; i++) {
		struct shelf_slot *it = &book->shelf.slots[book->loose[i]];

		/* Forgotten meanwhile, and perhaps another's by now. */
		if (!it->loose || !it->record)
			continue;
		book->bound -= is_under_measure(book, it->record);
		book->unknown_count -= it->unknown;
		due_heap_remove(&book->heap, book->loose[i]);
		shelf_make_stub(&book->shelf, book->loose[i]);
	}
	book->loose_count = 0;
}

/* Makes a stub whole; MAP_NONE in *slot: it is gone from the store too. */
static int
fetch_slot(struct case_book *book, uint32_t *slot)
{
	const uint64_t id = book->shelf.slots[*slot].id;
	struct shelf_slot *it;
	uint64_t events = 0;
	int error = book->fetch(book->fetch_context, id, book->fetched,
				&events);

	if (error == LZ_E_NOT_FOUND || (!error && book->fetched->id != id)) {
		forget_slot(book, *slot);
		*slot = MAP_NONE;
		return LZ_OK;
	}
	if (!error)
		error = let_loose(book, *slot);
	if (!error)
		error = shelf_make_whole(&book->shelf, *slot, book->fetched);
	if (!error)
		error = due_heap_reserve(&book->heap, book->shelf.used,
					 book->shelf.whole);
	if (error)
		return error;
	it = &book->shelf.slots[*slot];
	it->events = events;
	it->unknown = !it->record->known;
	book->unknown_count += it->unknown;
	book->bound += is_under_measure(book, it->record);
	return LZ_OK;
}

int
book_whole(struct case_book *book, uint64_t case_id, uint32_t *slot)
{
	*slot = shelf_find(&book->shelf, case_id);
	if (*slot == MAP_NONE || book->shelf.slots[*slot].record)
		return LZ_OK;
	return fetch_slot(book, slot);
}

static const struct case_policy *
policy_of(const struct case_book *book, const struct case_record *record)
{
	if (memcmp(book->policy->hash, record->policy_hash,
		   sizeof(record->policy_hash)) == 0)
		return book->policy;
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

/* What a party's new case has from the one before. */
static void
follow(struct case_record *record, const struct case_record *earlier,
       const struct case_policy *policy, struct at_event now)
{
	record->earlier = earlier->id;
	record->earlier_until = earlier->closed;
	if (earlier->state == CASE_DISMISSED &&
	    now.us - earlier->closed.us <= policy->probation_us)
		record->asked |= CASE_DISMISSED_BEFORE;
	record->staff_released = earlier->staff_released;
	record->self_release_count = earlier->self_release_count;
	memcpy(record->self_released, earlier->self_released,
	       sizeof(record->self_released));
}

/*
 * A new case of a party, after `earlier` (NULL: it follows none).  before: the
 * number of the party's last case, 0: it had none; no number is given twice.
 */
static int
open_case(struct case_book *book, const struct case_party *party,
	  struct party_id id, const struct case_record *earlier,
	  uint64_t before, struct at_event now, uint32_t *slot)
{
	struct rng of_party = rng_fork(&book->rng, id.value);
	struct rng of_case = rng_fork(&of_party, before);
	uint16_t room;
	struct case_record *record = shelf_record(0, &room);

	if (!record)
		return LZ_E_MEMORY;
	case_record_init(record, rng_u64(&of_case), id, now, book->policy);
	if (earlier)
		follow(record, earlier, book->policy, now);
	return add_record(book, record, room, !party->known, slot);
}

/* ---- steps ---- */

static void
count_actions(struct case_book *book, const struct case_step_input *input,
	      bool was_measured)
{
	const struct case_step_result *result = &book->result;
	bool measured = false;

	for (size_t i = 0; i < result->action_count; i++) {
		if (result->actions[i].kind == CASE_ACTION_NOTICE)
			brakes_count_notice(&book->brakes, input->causes,
					    input->now);
		measured |= result->actions[i].kind == CASE_ACTION_MEASURE_ON;
	}
	if (measured && !was_measured)
		brakes_count_measure(&book->brakes, input->causes, input->now);
}

/* What acting now would rest on: the event's sighting, or the newest one. */
static void
fill_causes(const struct case_record *record, const struct case_event *event,
	    uint32_t causes[CASE_CAUSES])
{
	if (event->kind == CASE_EVENT_SIGHTING)
		brakes_causes(event->sighting, event->binding_source, causes);
	else if (times_is_set(record->latest.time))
		brakes_causes(&record->latest, NULL, causes);
	if (event->kind != CASE_EVENT_SIGHTING)
		causes[CASE_CAUSE_SOURCE] = record->latest_cause;
}

static void
add_stops(const struct case_book *book, struct case_step_input *input)
{
	for (unsigned i = CASE_STOP_COUNT; i-- > 0;) {
		if (!book->stops[i].brake)
			continue;
		input->brake |= book->stops[i].brake;
		input->brake_text = book->stops[i].text;
	}
}

/* After a change: the slot says what the record says. */
static void
follow_record(struct case_book *book, uint32_t slot)
{
	struct shelf_slot *it = &book->shelf.slots[slot];
	const uint64_t twin = shelf_ended(it) ? 0 : it->other;
	uint32_t other;

	it->state = (uint8_t)it->record->state;
	it->closed = it->record->closed;
	due_heap_set(&book->heap, slot, it->record->due, it->id);
	if (!shelf_ended(it))
		return;
	it->other = it->record->merged_into;
	/* A further open case of the party stands for it from now on. */
	other = twin ? shelf_find(&book->shelf, twin) : MAP_NONE;
	if (other == MAP_NONE || shelf_ended(&book->shelf.slots[other]))
		return;
	if (book->shelf.slots[other].other == it->id)
		book->shelf.slots[other].other = 0;
	if (it->current && book->shelf.slots[other].party == it->party)
		shelf_make_current(&book->shelf, other);
}

int
book_step(struct case_book *book, uint32_t slot, const struct case_event *event,
	  struct at_event now, bool fresh, case_sink *sink, void *context)
{
	struct shelf_slot *it = &book->shelf.slots[slot];
	struct case_step_input input = {.current = book->policy, .now = now};
	struct case_output output = {.event = event,
				     .input = &input,
				     .result = &book->result};
	struct case_record *record;
	bool was_measured, was_bound;

	if (event->kind == CASE_EVENT_SIGHTING && shelf_grow(it) != LZ_OK)
		return LZ_E_MEMORY;
	record = it->record;
	was_measured = record->measure_count > 0;
	was_bound = is_under_measure(book, record);
	input.policy = policy_of(book, record);
	output.record = record;
	output.from = fresh ? 0 : record->state;
	output.twin = shelf_ended(it) ? 0 : it->other;
	fill_causes(record, event, input.causes);
	draw_ids(book, record, input.ids);
	brakes_ask(&book->brakes, book->policy,
		   book->bound - (uint64_t)was_bound, book->parties_total,
		   &input);
	add_stops(book, &input);
	case_step(record, event, &input, &book->result);
	output.changed = book->result.changed;
	output.refused = book->result.refused;
	output.row = book->result.row;
	output.actions = book->result.actions;
	output.action_count = book->result.action_count;
	if (output.changed) {
		book->bound -= was_bound;
		book->bound += is_under_measure(book, record);
		count_actions(book, &input, was_measured);
		follow_record(book, slot);
		if (shelf_ended(it) && let_loose(book, slot) != LZ_OK)
			return LZ_E_MEMORY;
	}
	if (output.changed ||
	    (output.refused && event->kind != CASE_EVENT_TIMER)) {
		output.n = ++it->events;
		if (sink)
			sink(context, &output);
	}
	return output.changed;
}

void
case_book_advance(struct case_book *book, struct at_event now, case_sink *sink,
		  void *context)
{
	static const struct case_event timer = {.kind = CASE_EVENT_TIMER};
	const struct due_entry *first;

	while ((first = due_heap_first(&book->heap)) != NULL &&
	       first->due.us <= now.us) {
		const uint32_t slot = first->slot;

		/* A timer that finds nothing to do must not ring for ever. */
		if (book_step(book, slot, &timer, first->due, false, sink,
			      context) != 1) {
			book->shelf.slots[slot].record->due = times_unset();
			due_heap_remove(&book->heap, slot);
		}
	}
}

struct at_event
case_book_due(const struct case_book *book)
{
	const struct due_entry *first = due_heap_first(&book->heap);

	return first ? first->due : times_unset();
}

/* ---- sightings ---- */

static bool
accuses(const struct sighting *sighting)
{
	return sighting->role == ROLE_INFECTED || sighting->role == ROLE_C2 ||
	       sighting->role == ROLE_REFLECTOR ||
	       sighting->role == ROLE_VULNERABLE;
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

static void
fill_event(struct case_event *event, const struct case_party *party,
	   const struct sighting *sighting,
	   const struct identity_answer *answer, struct at_event now)
{
	*event = (struct case_event){
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
	if (party->binding_source)
		(void)text_copy(event->binding_source,
				sizeof(event->binding_source),
				slice_of(party->binding_source));
	if (answer->certainty != CERTAINTY_CERTAIN)
		return;
	event->binding = answer->binding.id;
	event->binding_end = answer->binding.end;
	event->target = narrowest(sighting, &answer->binding);
	fill_others(event, party, &answer->binding);
}

/* The case that stands for a party: that of whom it was merged into. */
static uint32_t
slot_of_party(const struct case_book *book, struct party_id party)
{
	return shelf_of_party(&book->shelf,
			      aliases_resolve(&book->aliases, party).value);
}

/* A sighting newer than an ended case begins the next one. */
static bool
begins_anew(const struct shelf_slot *slot, const struct sighting *sighting)
{
	return shelf_ended(slot) && sighting->time.us > slot->closed.us;
}

/*
 * The slot that a sighting goes to; *fresh: a new one.  MAP_NONE: it opens no
 * case, for as many as there may be are there.
 */
static int
choose_slot(struct case_book *book, const struct case_party *party,
	    const struct sighting *sighting, struct at_event now,
	    uint32_t *slot, bool *fresh)
{
	const struct party_id whose = aliases_resolve(&book->aliases,
						      party->id);
	const struct case_record *earlier = NULL;
	uint64_t before = 0;
	int error;

	*slot = slot_of_party(book, party->id);
	if (*slot != MAP_NONE) {
		const struct shelf_slot *it = &book->shelf.slots[*slot];

		before = it->id;
		/* The next case needs its earlier one whole, and so does a late
		 * word.  (What was merged goes on elsewhere, or was parted.) */
		error = it->record ? LZ_OK : fetch_slot(book, slot);
		if (error)
			return error;
	}
	if (*slot != MAP_NONE) {
		const struct shelf_slot *it = &book->shelf.slots[*slot];

		if (it->state != CASE_MERGED && !begins_anew(it, sighting))
			return LZ_OK;
		if (it->state != CASE_MERGED)
			earlier = it->record;
	}
	if (!party->known && book->unknown_count >= CASE_UNKNOWN_MAX) {
		book->turned_away++;
		*slot = MAP_NONE;
		return LZ_OK;
	}
	*fresh = true;
	return open_case(book, party, whose, earlier, before, now, slot);
}

/* What was seen of one of two parties that are one doesn't make the other one
 * less protected: its lines are places of the same case. */
static bool
stays_protected(const struct case_book *book, const struct shelf_slot *slot)
{
	return slot->record->protected &&
	       aliases_meant(&book->aliases, (struct party_id){slot->party});
}

int
case_book_sighting(struct case_book *book, const struct case_party *party,
		   const struct sighting *sighting,
		   const struct identity_answer *answer, struct at_event now,
		   case_sink *sink, void *context)
{
	struct case_event event;
	uint32_t slot;
	bool fresh = false;
	int error;

	if (!accuses(sighting))
		return LZ_OK;
	case_book_advance(book, now, sink, context);
	book->parties_total = party->parties_total;
	fill_event(&event, party, sighting, answer, now);
	error = choose_slot(book, party, sighting, now, &slot, &fresh);
	if (error || slot == MAP_NONE)
		return error;
	event.protected |= stays_protected(book, &book->shelf.slots[slot]);
	error = book_step(book, slot, &event, now, fresh, sink, context);
	return error < 0 ? error : LZ_OK;
}

static bool
rests_on(const struct case_record *record, const struct sighting *sighting)
{
	for (uint32_t i = 0; i < record->sighting_count; i++)
		if (memcmp(record->sightings[i].id, sighting->id,
			   SIGHTING_ID_SIZE) == 0)
			return true;
	return false;
}

/* Cases that went on in this party's told somebody what is withdrawn now. */
static int
withdraw_merged(struct case_book *book, uint64_t party,
		const struct case_event *event, struct at_event now,
		case_sink *sink, void *context)
{
	int error = LZ_OK;

	if (!aliases_meant(&book->aliases, (struct party_id){party}))
		return LZ_OK;
	for (uint32_t i = 0; i < book->shelf.used && error >= 0; i++) {
		const struct shelf_slot *it = &book->shelf.slots[i];
		const struct party_id other = {it->party};
		uint32_t slot = MAP_NONE;

		if (it->state != CASE_MERGED || it->party == party ||
		    aliases_resolve(&book->aliases, other).value != party)
			continue;
		error = book_whole(book, it->id, &slot);
		if (!error && slot != MAP_NONE &&
		    rests_on(book->shelf.slots[slot].record, event->sighting))
			error = book_step(book, slot, event, now, false, sink,
					  context);
	}
	return error < 0 ? error : LZ_OK;
}

int
case_book_event(struct case_book *book, uint64_t case_id,
		const struct case_event *event, struct at_event now,
		case_sink *sink, void *context)
{
	uint32_t slot;
	int error;

	case_book_advance(book, now, sink, context);
	error = book_whole(book, case_id, &slot);
	if (error)
		return error;
	if (slot == MAP_NONE)
		return LZ_E_NOT_FOUND;
	error = book_step(book, slot, event, now, false, sink, context);
	if (error >= 0 && event->kind == CASE_EVENT_WITHDRAW)
		error = withdraw_merged(book, book->shelf.slots[slot].party,
					event, now, sink, context);
	return error < 0 ? error : LZ_OK;
}

/* ---- start-up ---- */

int
case_book_restore(struct case_book *book, const struct case_record *record,
		  uint64_t events)
{
	uint16_t room;
	struct case_record *copy;
	uint32_t slot;
	int error;

	if (record->id == 0)
		return LZ_E_RANGE;
	copy = shelf_record(record->sighting_count, &room);
	if (!copy)
		return LZ_E_MEMORY;
	case_record_copy(copy, record);
	error = add_record(book, copy, room, !copy->known, &slot);
	if (error)
		return error;
	book->shelf.slots[slot].events = events;
	due_heap_set(&book->heap, slot, copy->due, copy->id);
	book->bound += is_under_measure(book, copy);
	for (uint32_t i = 0; i < copy->notice_count; i++)
		brakes_count_notice(&book->brakes, copy->notices[i].causes,
				    copy->notices[i].created);
	if (copy->measure_count > 0)
		brakes_count_measure(&book->brakes, copy->measures[0].causes,
				     copy->measures[0].since);
	return LZ_OK;
}

int
case_book_restore_stub(struct case_book *book, const struct case_stub *stub)
{
	const struct shelf_slot made = {.id = stub->id,
					.party = stub->party.value,
					.opened = stub->opened,
					.closed = stub->closed,
					.other = stub->merged_into,
					.state = (uint8_t)stub->state};
	uint32_t slot;

	if (stub->id == 0 || !shelf_ended(&made) || !book->fetch)
		return LZ_E_RANGE;
	return shelf_add(&book->shelf, &made, &slot);
}

/* ---- questions ---- */

const struct case_record *
case_book_find(struct case_book *book, uint64_t case_id)
{
	uint32_t slot;

	if (book_whole(book, case_id, &slot) != LZ_OK || slot == MAP_NONE)
		return NULL;
	return book->shelf.slots[slot].record;
}

uint64_t
case_book_events(const struct case_book *book, uint64_t case_id)
{
	const uint32_t slot = shelf_find(&book->shelf, case_id);

	return slot == MAP_NONE ? 0 : book->shelf.slots[slot].events;
}

const struct case_record *
case_book_of_party(struct case_book *book, struct party_id party)
{
	const uint32_t slot = slot_of_party(book, party);

	return slot == MAP_NONE
		   ? NULL
		   : case_book_find(book, book->shelf.slots[slot].id);
}

void
case_book_visit(const struct case_book *book, case_visit *visit, void *context)
{
	for (uint32_t i = 0; i < book->shelf.used; i++)
		if (book->shelf.slots[i].record &&
		    !visit(context, book->shelf.slots[i].record))
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
	return book->shelf.count;
}

size_t
case_book_whole(const struct case_book *book)
{
	return book->shelf.whole;
}
