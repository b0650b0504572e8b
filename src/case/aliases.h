/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parties that a person found to be one: what names the first means the other.
 * Few; sorted; never longer than one step, never in a ring.
 */
#ifndef CASE_ALIASES_H
#define CASE_ALIASES_H

#include <stddef.h>

#include "fact/identity.h"

struct party_alias {
	struct party_id party, into;
};

struct aliases {
	struct party_alias *list; /* by party */
	size_t count, room;
};

void aliases_fini(struct aliases *aliases);
/* Whose case it is: the party itself, or the one it goes on in. */
struct party_id aliases_resolve(const struct aliases *aliases,
				struct party_id party);
/*
 * From now on party means into; what meant party means into as well, and into
 * is itself again if it meant another.  LZ_E_MEMORY.  The same twice, or a
 * party into itself: harmless.
 */
LZ_NODISCARD int aliases_add(struct aliases *aliases, struct party_id party,
			     struct party_id into);
/* Does another party mean this one? */
bool aliases_meant(const struct aliases *aliases, struct party_id into);
/* It is itself again. */
void aliases_remove(struct aliases *aliases, struct party_id party);

#endif
