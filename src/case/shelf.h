/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the book keeps its cases: each one found by its number, each party's
 * newest by the party.
 *
 * A case stands there whole (a record with only the room it needs) or as a
 * stub: of an ended case, whose record the store keeps, what the next one of
 * that party must know.
 */
#ifndef CASE_SHELF_H
#define CASE_SHELF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "case/step.h"

struct shelf_slot {
	uint64_t id; /* 0: the slot is free */
	uint64_t party;
	struct at_event opened, closed; /* closed: unset while it is open */
	uint64_t events;                /* numbers of events given so far */
	/* A merged one: the case it went into.  An open one: a further open
	 * case of the same party, 0: none. */
	uint64_t other;
	struct case_record *record; /* NULL: a stub */
	uint16_t room;              /* sightings that record has room for */
	uint8_t state;              /* enum case_state */
	bool current;               /* its party's newest case */
	bool unknown;               /* of an address, not of an account */
	bool loose; /* ended, and whole only until it is settled */
};

struct shelf {
	struct shelf_slot *slots;
	uint32_t used, room; /* slots used so far, and room */
	uint32_t *spare;
	uint32_t spare_count, spare_room;
	struct map *by_id, *by_party;
	uint32_t count; /* of cases */
	uint32_t whole; /* of them with a record */
	struct hash_key key;
};

void shelf_init(struct shelf *shelf, struct hash_key key);
void shelf_fini(struct shelf *shelf);
/*
 * Puts a case in; its record (NULL: a stub) is the shelf's from then on, but
 * not after an error.  LZ_E_MEMORY, LZ_E_EXISTS, LZ_E_FULL.
 */
LZ_NODISCARD int shelf_add(struct shelf *shelf, const struct shelf_slot *made,
			   uint32_t *slot);
void shelf_remove(struct shelf *shelf, uint32_t slot);
/* A slot, or MAP_NONE. */
uint32_t shelf_find(const struct shelf *shelf, uint64_t id);
uint32_t shelf_of_party(const struct shelf *shelf, uint64_t party);
/* This one is its party's newest now. */
void shelf_make_current(struct shelf *shelf, uint32_t slot);

/* A record of its own with room for so many sightings; NULL: no memory. */
struct case_record *shelf_record(uint32_t sightings, uint16_t *room);
/* Room for one more sighting; LZ_E_MEMORY. */
LZ_NODISCARD int shelf_grow(struct shelf_slot *slot);
/* A stub becomes whole, and back. */
LZ_NODISCARD int shelf_make_whole(struct shelf *shelf, uint32_t slot,
				  const struct case_record *record);
void shelf_make_stub(struct shelf *shelf, uint32_t slot);
/* Is the case over: closed, dismissed, merged? */
bool shelf_ended(const struct shelf_slot *slot);

#endif
