/* SPDX-License-Identifier: Apache-2.0 */
/* Slots in one array, two maps over it. */
#include "case/shelf.h"

#include "base/memory.h"

#define SLOTS_FIRST 64u
#define SIGHTINGS_FIRST 2u

static const void *
id_of(const void *context, uint32_t slot)
{
	return &((const struct shelf *)context)->slots[slot].id;
}

static const void *
party_of(const void *context, uint32_t slot)
{
	return &((const struct shelf *)context)->slots[slot].party;
}

void
shelf_init(struct shelf *shelf, struct hash_key key)
{
	*shelf = (struct shelf){.key = key};
}

void
shelf_fini(struct shelf *shelf)
{
	for (uint32_t i = 0; i < shelf->used; i++)
		memory_free(shelf->slots[i].record);
	map_free(shelf->by_id);
	map_free(shelf->by_party);
	memory_free(shelf->slots);
	memory_free(shelf->spare);
}

/* Both maps built anew for `room` slots. */
static int
grow_maps(struct shelf *shelf, uint32_t room)
{
	struct map *by_id = map_new(room, sizeof(uint64_t), shelf->key, id_of,
				    shelf);
	struct map *by_party = map_new(room, sizeof(uint64_t), shelf->key,
				       party_of, shelf);
	int error = by_id && by_party ? LZ_OK : LZ_E_MEMORY;

	for (uint32_t i = 0; i < shelf->used && !error; i++) {
		if (shelf->slots[i].id == 0)
			continue;
		error = map_put(by_id, i);
		if (!error && shelf->slots[i].current)
			error = map_put(by_party, i);
	}
	if (error) {
		map_free(by_id);
		map_free(by_party);
		return error;
	}
	map_free(shelf->by_id);
	map_free(shelf->by_party);
	shelf->by_id = by_id;
	shelf->by_party = by_party;
	return LZ_OK;
}

static int
grow(struct shelf *shelf)
{
	const uint32_t room = shelf->room ? shelf->room * 2 : SLOTS_FIRST;
	struct shelf_slot *slots;
	int error;

	if (shelf->room > UINT32_MAX / 4)
		return LZ_E_FULL;
	slots = memory_grow(shelf->slots, shelf->room, room, sizeof(*slots));
	if (!slots)
		return LZ_E_MEMORY;
	shelf->slots = slots;
	error = grow_maps(shelf, room);
	if (!error)
		shelf->room = room;
	return error;
}

bool
shelf_ended(const struct shelf_slot *slot)
{
	return slot->state == CASE_CLOSED || slot->state == CASE_DISMISSED ||
	       slot->state == CASE_MERGED;
}

/* Which of two cases of one party stands for it: an open one, the newest. */
static bool
stands_for(const struct shelf_slot *a, const struct shelf_slot *b)
{
	if (shelf_ended(a) != shelf_ended(b))
		return !shelf_ended(a);
	if ((a->state == CASE_MERGED) != (b->state == CASE_MERGED))
		return a->state != CASE_MERGED;
	if (a->opened.us != b->opened.us)
		return a->opened.us > b->opened.us;
	if (a->closed.us != b->closed.us)
		return a->closed.us > b->closed.us;
	return a->id > b->id;
}

void
shelf_make_current(struct shelf *shelf, uint32_t slot)
{
	const uint32_t before = map_take(shelf->by_party,
					 &shelf->slots[slot].party);

	if (before != MAP_NONE)
		shelf->slots[before].current = false;
	shelf->slots[slot].current = true;
	/* There is room: a party has one entry at most, and a slot. */
	if (map_put(shelf->by_party, slot) != 0)
		shelf->slots[slot].current = false;
}

/* Two open cases of one party know of each other. */
static void
pair(struct shelf_slot *made, struct shelf_slot *before)
{
	if (shelf_ended(made) || shelf_ended(before))
		return;
	made->other = before->id;
	before->other = made->id;
}

int
shelf_add(struct shelf *shelf, const struct shelf_slot *made, uint32_t *slot)
{
	uint32_t before;
	int error = LZ_OK;

	if (shelf->spare_count == 0 && shelf->used == shelf->room)
		error = grow(shelf);
	if (error)
		return error;
	*slot = shelf->spare_count > 0 ? shelf->spare[shelf->spare_count - 1]
				       : shelf->used;
	shelf->slots[*slot] = *made;
	shelf->slots[*slot].current = false;
	error = map_put(shelf->by_id, *slot);
	if (error) {
		shelf->slots[*slot] = (struct shelf_slot){0};
		return error;
	}
	if (shelf->spare_count > 0)
		shelf->spare_count--;
	else
		shelf->used++;
	shelf->count++;
	shelf->whole += made->record != NULL;
	before = map_find(shelf->by_party, &made->party);
	if (before != MAP_NONE)
		pair(&shelf->slots[*slot], &shelf->slots[before]);
	if (before == MAP_NONE ||
	    stands_for(&shelf->slots[*slot], &shelf->slots[before]))
		shelf_make_current(shelf, *slot);
	return LZ_OK;
}

void
shelf_remove(struct shelf *shelf, uint32_t slot)
{
	struct shelf_slot *it = &shelf->slots[slot];

	(void)map_take(shelf->by_id, &it->id);
	if (it->current)
		(void)map_take(shelf->by_party, &it->party);
	shelf->count--;
	shelf->whole -= it->record != NULL;
	memory_free(it->record);
	*it = (struct shelf_slot){0};
	if (shelf->spare_count == shelf->spare_room) {
		const uint32_t room = shelf->spare_room * 2 + SLOTS_FIRST;
		uint32_t *spare = memory_grow(shelf->spare, shelf->spare_room,
					      room, sizeof(*spare));

		/* No memory: the slot is lost until the next start. */
		if (!spare)
			return;
		shelf->spare = spare;
		shelf->spare_room = room;
	}
	shelf->spare[shelf->spare_count++] = slot;
}

uint32_t
shelf_find(const struct shelf *shelf, uint64_t id)
{
	return shelf->by_id ? map_find(shelf->by_id, &id) : MAP_NONE;
}

uint32_t
shelf_of_party(const struct shelf *shelf, uint64_t party)
{
	return shelf->by_party ? map_find(shelf->by_party, &party) : MAP_NONE;
}

struct case_record *
shelf_record(uint32_t sightings, uint16_t *room)
{
	*room = (uint16_t)(sightings > SIGHTINGS_FIRST ? sightings
						       : SIGHTINGS_FIRST);
	return memory_new(1, CASE_RECORD_SIZE(*room));
}

int
shelf_grow(struct shelf_slot *slot)
{
	uint32_t room = slot->room;
	struct case_record *grown;

	if (slot->record->sighting_count < room || room >= CASE_SIGHTINGS_MAX)
		return LZ_OK;
	room += room / 2 + 1;
	if (room > CASE_SIGHTINGS_MAX)
		room = CASE_SIGHTINGS_MAX;
	grown = memory_grow(slot->record, CASE_RECORD_SIZE(slot->room),
			    CASE_RECORD_SIZE(room), 1);
	if (!grown)
		return LZ_E_MEMORY;
	slot->record = grown;
	slot->room = (uint16_t)room;
	return LZ_OK;
}

int
shelf_make_whole(struct shelf *shelf, uint32_t slot,
		 const struct case_record *record)
{
	struct shelf_slot *it = &shelf->slots[slot];

	it->record = shelf_record(record->sighting_count, &it->room);
	if (!it->record)
		return LZ_E_MEMORY;
	case_record_copy(it->record, record);
	shelf->whole++;
	return LZ_OK;
}

void
shelf_make_stub(struct shelf *shelf, uint32_t slot)
{
	struct shelf_slot *it = &shelf->slots[slot];

	shelf->whole -= it->record != NULL;
	memory_free(it->record);
	it->record = NULL;
	it->room = 0;
	it->loose = false;
}
