/* SPDX-License-Identifier: Apache-2.0 */
/* The parts are walked one after the other, each row's numbers exchanged. */
#include "ident/joined.h"

#include <string.h>

#include "base/memory.h"

#define SOURCES_MAX UINT16_MAX
#define SOURCES_FIRST 16u

struct joined_number {
	uint16_t part, source;
};

struct joined {
	struct party_table *parties;
	unsigned part_count;
	struct joined_part parts[JOINED_PARTS_MAX];
	/* Number here by number there, plus 1; 0: not met yet. */
	uint16_t *numbers[JOINED_PARTS_MAX];
	size_t number_room[JOINED_PARTS_MAX];
	struct joined_number *sources;
	size_t source_count, source_room;
	/* The walk. */
	unsigned at;
	uint32_t realm;
	struct addr addr;
	int32_t port; /* -1: any */
	struct at_event from, to;
	struct binding given;
};

struct joined *
joined_new(struct party_table *parties)
{
	struct joined *joined = memory_new(1, sizeof(*joined));

	if (joined)
		joined->parties = parties;
	return joined;
}

void
joined_free(struct joined *joined)
{
	if (!joined)
		return;
	for (unsigned i = 0; i < JOINED_PARTS_MAX; i++)
		memory_free(joined->numbers[i]);
	memory_free(joined->sources);
	memory_free(joined);
}

int
joined_add(struct joined *joined, const struct joined_part *part)
{
	if (joined->part_count == JOINED_PARTS_MAX)
		return LZ_E_FULL;
	joined->parts[joined->part_count++] = *part;
	return 0;
}

static bool
numbers_reach(struct joined *joined, unsigned part, uint16_t source)
{
	size_t room = joined->number_room[part];
	uint16_t *grown;

	if (source < room)
		return true;
	while (room <= source)
		room = room ? room * 2 : SOURCES_FIRST;
	grown = memory_grow(joined->numbers[part], joined->number_room[part],
			    room, sizeof(*grown));
	if (!grown)
		return false;
	joined->numbers[part] = grown;
	joined->number_room[part] = room;
	return true;
}

static bool
sources_reach(struct joined *joined)
{
	const size_t room = joined->source_room ? joined->source_room * 2
						: SOURCES_FIRST;
	struct joined_number *grown;

	if (joined->source_count < joined->source_room)
		return true;
	if (joined->source_count >= SOURCES_MAX)
		return false;
	grown = memory_grow(joined->sources, joined->source_room, room,
			    sizeof(*grown));
	if (!grown)
		return false;
	joined->sources = grown;
	joined->source_room = room;
	return true;
}

/* Without memory for one more: a number that is nobody's. */
static uint16_t
source_number(struct joined *joined, unsigned part, uint16_t source)
{
	uint16_t *number;

	if (!numbers_reach(joined, part, source))
		return UINT16_MAX;
	number = &joined->numbers[part][source];
	if (*number == 0) {
		if (!sources_reach(joined))
			return UINT16_MAX;
		joined->sources[joined->source_count++] =
		    (struct joined_number){(uint16_t)part, source};
		*number = (uint16_t)joined->source_count;
	}
	return (uint16_t)(*number - 1);
}

static void
seek_part(struct joined *joined)
{
	const struct binding_cursor *cursor = &joined->parts[joined->at].cursor;

	if (joined->port >= 0 && cursor->seek_port)
		cursor->seek_port(cursor->context, joined->realm, &joined->addr,
				  (uint16_t)joined->port, joined->from,
				  joined->to);
	else
		cursor->seek(cursor->context, joined->realm, &joined->addr,
			     joined->from, joined->to);
}

static void
begin(struct joined *joined, uint32_t realm, const struct addr *addr,
      int32_t port, struct at_event from, struct at_event to)
{
	joined->at = 0;
	joined->realm = realm;
	joined->addr = *addr;
	joined->port = port;
	joined->from = from;
	joined->to = to;
	if (joined->part_count > 0)
		seek_part(joined);
}

static void
walk_begin(void *context, uint32_t realm, const struct addr *addr,
	   struct at_event from, struct at_event to)
{
	begin(context, realm, addr, -1, from, to);
}

static void
walk_begin_port(void *context, uint32_t realm, const struct addr *addr,
		uint16_t port, struct at_event from, struct at_event to)
{
	begin(context, realm, addr, port, from, to);
}

/* A holder that can't be told is an unreadable row: no wider row names
 * anybody in its place. */
static void
party_exchange(struct joined *joined, const struct joined_part *part)
{
	struct binding *given = &joined->given;
	const char *label;

	if (given->party == BINDING_NO_PARTY ||
	    given->marks & (BINDING_INSIDE | BINDING_UNREADABLE)) {
		given->party = BINDING_NO_PARTY;
		return;
	}
	label = part->label(part->context, given->party);
	if (label && party_table_add(joined->parties, part->kind,
				     slice_of(label), &given->party) == 0)
		return;
	given->party = BINDING_NO_PARTY;
	given->marks |= BINDING_UNREADABLE;
}

static const struct binding *
walk_next(void *context)
{
	struct joined *joined = context;

	while (joined->at < joined->part_count) {
		const struct joined_part *part = &joined->parts[joined->at];
		const struct binding *row =
		    part->cursor.next(part->cursor.context);

		if (row) {
			joined->given = *row;
			party_exchange(joined, part);
			joined->given.source = source_number(joined, joined->at,
							     row->source);
			return &joined->given;
		}
		if (++joined->at < joined->part_count)
			seek_part(joined);
	}
	return NULL;
}

/* What one part no longer knows, none of the others can answer for. */
static struct at_event
walk_oldest(void *context)
{
	const struct joined *joined = context;
	struct at_event oldest = times_unset();

	for (unsigned i = 0; i < joined->part_count; i++) {
		const struct binding_cursor *cursor = &joined->parts[i].cursor;
		const struct at_event of_part = cursor->oldest(cursor->context);

		if (times_is_set(of_part) && of_part.us > oldest.us)
			oldest = of_part;
	}
	return oldest;
}

struct binding_cursor
joined_cursor(struct joined *joined)
{
	return (struct binding_cursor){.context = joined,
				       .seek = walk_begin,
				       .seek_port = walk_begin_port,
				       .next = walk_next,
				       .oldest = walk_oldest};
}

bool
joined_source(const struct joined *joined, uint16_t source, unsigned *part,
	      uint16_t *of_part)
{
	if (source >= joined->source_count)
		return false;
	*part = joined->sources[source].part;
	*of_part = joined->sources[source].source;
	return true;
}
