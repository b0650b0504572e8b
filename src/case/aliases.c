/* SPDX-License-Identifier: Apache-2.0 */
/* A sorted list. */
#include "case/aliases.h"

#include <string.h>

#include "base/memory.h"

void
aliases_fini(struct aliases *aliases)
{
	memory_free(aliases->list);
	*aliases = (struct aliases){0};
}

/* Where the party stands, or would. */
static size_t
place_of(const struct aliases *aliases, struct party_id party)
{
	size_t low = 0, high = aliases->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (aliases->list[middle].party.value < party.value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
stands_at(const struct aliases *aliases, size_t at, struct party_id party)
{
	return at < aliases->count &&
	       aliases->list[at].party.value == party.value;
}

struct party_id
aliases_resolve(const struct aliases *aliases, struct party_id party)
{
	const size_t at = place_of(aliases, party);

	return stands_at(aliases, at, party) ? aliases->list[at].into : party;
}

bool
aliases_meant(const struct aliases *aliases, struct party_id into)
{
	for (size_t i = 0; i < aliases->count; i++)
		if (aliases->list[i].into.value == into.value)
			return true;
	return false;
}

void
aliases_remove(struct aliases *aliases, struct party_id party)
{
	const size_t at = place_of(aliases, party);

	if (!stands_at(aliases, at, party))
		return;
	aliases->count--;
	memmove(&aliases->list[at], &aliases->list[at + 1],
		(aliases->count - at) * sizeof(aliases->list[0]));
}

static int
make_room(struct aliases *aliases)
{
	const size_t room = aliases->room * 2 + 16;
	struct party_alias *grown;

	if (aliases->count < aliases->room)
		return LZ_OK;
	grown = memory_grow(aliases->list, aliases->room, room, sizeof(*grown));
	if (!grown)
		return LZ_E_MEMORY;
	aliases->list = grown;
	aliases->room = room;
	return LZ_OK;
}

int
aliases_add(struct aliases *aliases, struct party_id party,
	    struct party_id into)
{
	size_t at;

	if (party.value == into.value)
		return LZ_OK;
	if (make_room(aliases) != LZ_OK)
		return LZ_E_MEMORY;
	aliases_remove(aliases, into);
	for (size_t i = 0; i < aliases->count; i++)
		if (aliases->list[i].into.value == party.value)
			aliases->list[i].into = into;
	at = place_of(aliases, party);
	if (!stands_at(aliases, at, party)) {
		memmove(&aliases->list[at + 1], &aliases->list[at],
			(aliases->count - at) * sizeof(aliases->list[0]));
		aliases->count++;
	}
	aliases->list[at] = (struct party_alias){party, into};
	return LZ_OK;
}
