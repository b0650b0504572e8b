/* SPDX-License-Identifier: Apache-2.0 */
/* Two cases of one customer become one, and one of two becomes two again. */
#include <string.h>

#include "case/book_inside.h"

static void
fill_person(struct case_event *event, const char *actor, const char *reason,
	    struct at_event now)
{
	event->time = now;
	(void)text_copy(event->actor, sizeof(event->actor), slice_of(actor));
	(void)text_copy(event->reason, sizeof(event->reason), slice_of(reason));
}

/* The place of a case where a sighting was: it goes with it. */
static void
fill_place(struct case_event *event, const struct case_record *from)
{
	const struct sighting *sighting = event->sighting;

	event->target = sighting->subject;
	event->binding_end = times_unset();
	if (event->certainty != CERTAINTY_CERTAIN)
		return;
	for (uint32_t i = 0; i < from->place_count; i++) {
		const struct case_place *place = &from->places[i];

		if (!prefix_contains(&place->target.prefix, &sighting->address))
			continue;
		if (subject_has_ports(&place->target) &&
		    (sighting->port < place->target.port_first ||
		     sighting->port > place->target.port_last))
			continue;
		event->binding = place->binding;
		event->binding_end = place->end;
		event->target = place->target;
	}
}

/* Steps one sighting of `from` into the other case. */
static int
move_sighting(struct case_book *book, const struct case_moved *moved,
	      uint32_t from, uint32_t into, struct at_event now,
	      case_sink *sink, void *context)
{
	const struct case_record *old = book->shelf.slots[from].record;
	const struct case_record *new = book->shelf.slots[into].record;
	struct case_event event = {.kind = CASE_EVENT_SIGHTING,
				   .sighting = moved->sighting,
				   .certainty = moved->certainty,
				   .known = new->known,
				   .protected = old->protected ||
						new->protected,
				   .reachable = new->reachable,
				   .channels = new->channels,
				   .time = now};
	int error;

	fill_place(&event, old);
	if (moved->binding_source)
		(void)text_copy(event.binding_source,
				sizeof(event.binding_source),
				slice_of(moved->binding_source));
	error = book_step(book, into, &event, now, false, sink, context);
	return error < 0 ? error : LZ_OK;
}

int
case_book_merge(struct case_book *book, const struct case_merge *merge,
		struct at_event now, case_sink *sink, void *context)
{
	struct case_event event = {.kind = CASE_EVENT_MERGE,
				   .other_case = merge->into};
	struct party_id party, other;
	uint32_t from, into;
	int error = LZ_OK;

	case_book_advance(book, now, sink, context);
	from = shelf_find(&book->shelf, merge->from);
	into = shelf_find(&book->shelf, merge->into);
	if (from == MAP_NONE || into == MAP_NONE)
		return LZ_E_NOT_FOUND;
	/* An open case stands whole. */
	if (from == into || shelf_ended(&book->shelf.slots[from]) ||
	    shelf_ended(&book->shelf.slots[into]))
		return LZ_E_STATE;
	party.value = book->shelf.slots[from].party;
	other.value = book->shelf.slots[into].party;
	/* First: where it is refused, nothing may have moved. */
	fill_person(&event, merge->actor, merge->reason, now);
	error = book_step(book, from, &event, now, false, sink, context);
	if (error < 0)
		return error;
	if (book->shelf.slots[from].state != CASE_MERGED)
		return LZ_E_STATE;
	error = aliases_add(&book->aliases, party, other);
	for (size_t i = 0; i < merge->count && !error; i++)
		error = move_sighting(book, &merge->moved[i], from, into, now,
				      sink, context);
	return error;
}

int
case_book_split(struct case_book *book, const struct case_split *split,
		struct at_event now, case_sink *sink, void *context)
{
	struct party_id whose;
	uint32_t slot;
	int error;

	case_book_advance(book, now, sink, context);
	error = book_whole(book, split->from, &slot);
	if (error)
		return error;
	if (slot == MAP_NONE)
		return LZ_E_NOT_FOUND;
	whose.value = book->shelf.slots[slot].party;
	if (whose.value == split->party->id.value)
		return LZ_E_STATE;
	if (case_book_resolve(book, split->party->id).value == whose.value)
		aliases_remove(&book->aliases, split->party->id);
	for (size_t i = 0; i < split->count && !error; i++) {
		struct case_event event = {.kind = CASE_EVENT_WITHDRAW,
					   .sighting = &split->sightings[i],
					   .target =
					       split->sightings[i].subject};

		fill_person(&event, split->actor, split->reason, now);
		error = case_book_event(book, split->from, &event, now, sink,
					context);
		if (!error)
			error = case_book_sighting(book, split->party,
						   &split->sightings[i],
						   &split->answers[i], now,
						   sink, context);
	}
	return error;
}

int
case_book_alias(struct case_book *book, struct party_id party,
		struct party_id into)
{
	return aliases_add(&book->aliases, party, into);
}

struct party_id
case_book_resolve(const struct case_book *book, struct party_id party)
{
	return aliases_resolve(&book->aliases, party);
}
