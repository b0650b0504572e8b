/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over the sightings. */
#include "role/shadow_seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "store/trial_view.h"

/* A case rests on what a list says of a peer. */
struct leaning {
	uint64_t peer;
	size_t index; /* of the case */
};

struct walk {
	const struct conf *conf;
	const struct trial_cases *cases;
	struct shadow_tickets *tickets;
	struct shadow_seen *seen;
	size_t leaning_count, leaning_room;
	struct leaning *leanings;
};

/* ----------------------------------------------------------------- names */

static int
name_at(struct shadow_names *names, const char *name,
	struct shadow_name **found)
{
	size_t low = 0, high = names->count;

	*found = NULL;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = strcmp(names->list[middle].name, name);

		if (order == 0) {
			*found = &names->list[middle];
			return 0;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (names->count == SHADOW_NAMES_MAX) {
		names->more++;
		return 0;
	}
	if (names->count == names->room) {
		struct shadow_name *grown =
		    memory_grow(names->list, names->room, names->room * 2 + 16,
				sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		names->list = grown;
		names->room = names->room * 2 + 16;
	}
	memmove(&names->list[low + 1], &names->list[low],
		(names->count++ - low) * sizeof(*names->list));
	*found = &names->list[low];
	**found = (struct shadow_name){.last = times_unset()};
	(void)text_copy((*found)->name, SHADOW_NAME_SIZE, slice_of(name));
	return 0;
}

static int
count_name(const struct walk *walk, struct shadow_names *names,
	   const char *name, const struct trial_sighting *row)
{
	const struct at_event known = row->sighting->known;
	char cut[SHADOW_NAME_SIZE];
	struct shadow_name *found;
	int error;

	(void)text_copy(cut, sizeof(cut), slice_of(name));
	error = name_at(names, cut, &found);
	if (error || !found)
		return error;
	if (!times_is_set(found->last) || known.us > found->last.us)
		found->last = known;
	if (known.us < walk->cases->window.since.us)
		return 0;
	found->total++;
	if (row->certainty < CERTAINTY_COUNT)
		found->count[row->certainty]++;
	return 0;
}

/* ----------------------------------------------------------------- cases */

/* What own flows saw of a peer is its target; a list's peer is its accusation. */
static bool
is_listed(const struct sighting *sighting)
{
	return (sighting->marks & SIGHTING_HAS_PEER) &&
	       strcmp(sighting->origin, "own-flow") != 0;
}

static int
lean(struct walk *walk, const struct sighting *sighting, size_t index)
{
	static const struct hash_key key = {0x6c617a61726574, 0x736861646f77};
	struct {
		struct addr addr;
		uint16_t port;
	} peer;

	if (walk->leaning_count == walk->leaning_room) {
		struct leaning *grown =
		    memory_grow(walk->leanings, walk->leaning_room,
				walk->leaning_room * 2 + 256, sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		walk->leanings = grown;
		walk->leaning_room = walk->leaning_room * 2 + 256;
	}
	memset(&peer, 0, sizeof(peer));
	peer.addr = sighting->peer;
	peer.port = sighting->peer_port;
	walk->leanings[walk->leaning_count++] =
	    (struct leaning){hash_bytes(&key, &peer, sizeof(peer)), index};
	return 0;
}

static int
by_peer(const void *left, const void *right)
{
	const struct leaning *a = left, *b = right;

	if (a->peer != b->peer)
		return a->peer < b->peer ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* How many cases lean on each peer; a case keeps its largest crowd. */
static void
count_crowds(struct walk *walk)
{
	const struct leaning *list = walk->leanings;
	size_t begin = 0;

	if (walk->leaning_count)
		qsort(walk->leanings, walk->leaning_count, sizeof(*list),
		      by_peer);
	while (begin < walk->leaning_count) {
		uint32_t crowd = 0;
		size_t end = begin;

		for (; end < walk->leaning_count &&
		       list[end].peer == list[begin].peer;
		     end++)
			crowd += end == begin ||
				 list[end].index != list[end - 1].index;
		for (size_t i = begin; i < end; i++) {
			struct shadow_case *one =
			    &walk->seen->cases[list[i].index];

			if (crowd > one->crowd)
				one->crowd = crowd;
		}
		begin = end;
	}
}

/* The part of the operator's own space it was seen in; "": none. */
static void
name_network(const struct conf *conf, const struct addr *addr,
	     char name[SHADOW_NAME_SIZE])
{
	const uint32_t index = conf->inside
				   ? prefix_map_find(conf->inside, addr)
				   : PREFIX_MAP_NONE;
	struct text text;

	text_init(&text, name, SHADOW_NAME_SIZE);
	if (index < conf->inside_count)
		prefix_format(&text, &conf->inside_items[index].prefix);
}

static int
take_sighting(void *context, const struct trial_sighting *row)
{
	struct walk *walk = context;
	struct shadow_seen *seen = walk->seen;
	const struct sighting *sighting = row->sighting;
	const struct trial_case *one = trial_cases_find(walk->cases,
							row->case_id);
	char exporter[ADDR_TEXT_SIZE] = "", network[SHADOW_NAME_SIZE];
	struct text text;
	int error;

	if (sighting->known.us >= walk->cases->window.since.us)
		seen->total++;
	text_init(&text, exporter, sizeof(exporter));
	if (sighting->marks & SIGHTING_HAS_EXPORTER)
		addr_format(&text, &sighting->exporter);
	error = count_name(walk, &seen->sources, row->binding_source, row);
	name_network(walk->conf, &sighting->address, network);
	if (!error)
		error = count_name(walk, &seen->networks, network, row);
	if (!error)
		error = count_name(walk, &seen->exporters, exporter, row);
	if (!error)
		error = count_name(walk, &seen->origins, sighting->origin, row);
	if (!error && walk->tickets)
		shadow_tickets_seen(walk->tickets, walk->cases, sighting, one);
	if (error || !one)
		return error;
	seen->cases[one - walk->cases->list].sightings++;
	if (row->certainty != CERTAINTY_CERTAIN)
		seen->cases[one - walk->cases->list].uncertain++;
	return is_listed(sighting)
		   ? lean(walk, sighting, (size_t)(one - walk->cases->list))
		   : 0;
}

int
shadow_seen_read(struct store *store, const struct conf *conf,
		 const struct trial_cases *cases,
		 struct shadow_tickets *tickets, struct shadow_seen *seen)
{
	struct walk walk = {.conf = conf,
			    .cases = cases,
			    .tickets = tickets,
			    .seen = seen};
	int error;

	*seen = (struct shadow_seen){.case_count = cases->count};
	seen->cases = memory_new(cases->count + 1, sizeof(*seen->cases));
	error = seen->cases ? trial_view_sightings(store, cases->window.until,
						   take_sighting, &walk)
			    : LZ_E_MEMORY;
	if (!error)
		count_crowds(&walk);
	memory_free(walk.leanings);
	if (error)
		shadow_seen_free(seen);
	return error;
}

void
shadow_seen_free(struct shadow_seen *seen)
{
	memory_free(seen->sources.list);
	memory_free(seen->networks.list);
	memory_free(seen->exporters.list);
	memory_free(seen->origins.list);
	memory_free(seen->cases);
	*seen = (struct shadow_seen){0};
}
