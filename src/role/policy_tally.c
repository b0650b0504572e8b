/* SPDX-License-Identifier: Apache-2.0 */
/* Cells by day, class and kind; measures in force as a list a party. */
#include "role/policy_tally.h"

#include <string.h>

#include "base/memory.h"

#define DAYS_MAX 3660
#define MEASURES (POLICY_BLOCK - POLICY_FILTER + 1)
#define NOTHING UINT32_MAX

/* A measure in force. */
struct node {
	uint64_t id;
	int64_t since_us;
	uint32_t cell; /* NOTHING: it began before the period */
	uint32_t next; /* of its party and side, or of the free ones */
};

struct of_party {
	uint32_t first; /* node */
	int32_t last_day[MEASURES];
	uint8_t met;
};

struct policy_tally {
	int64_t since_us, until_us, first_day;
	uint32_t days, parties;
	struct policy_cell *cells;
	struct of_party *of[POLICY_SIDE_COUNT];
	struct node *nodes;
	uint32_t node_count, node_room, free;
	bool short_of_memory;
};

int
policy_tally_new(struct at_event since, struct at_event until, uint32_t parties,
		 struct policy_tally **tally)
{
	const int64_t first = since.us / TIMES_DAY_US;
	const int64_t days = (until.us - 1) / TIMES_DAY_US - first + 1;
	struct policy_tally *made;

	*tally = NULL;
	if (since.us < 0 || until.us <= since.us || days > DAYS_MAX)
		return LZ_E_RANGE;
	made = memory_new(1, sizeof(*made));
	if (!made)
		return LZ_E_MEMORY;
	*made = (struct policy_tally){.since_us = since.us,
				      .until_us = until.us,
				      .first_day = first,
				      .days = (uint32_t)days,
				      .parties = parties,
				      .free = NOTHING};
	made->cells =
	    memory_new((size_t)days * RSIT_CLASS_COUNT * POLICY_WHAT_COUNT,
		       sizeof(*made->cells));
	made->short_of_memory = !made->cells;
	for (unsigned side = 0; side < POLICY_SIDE_COUNT; side++) {
		made->of[side] = memory_new((size_t)parties + 1,
					    sizeof(struct of_party));
		if (!made->of[side]) {
			made->short_of_memory = true;
			continue;
		}
		for (uint32_t i = 0; i <= parties; i++)
			made->of[side][i].first = NOTHING;
	}
	if (made->short_of_memory) {
		policy_tally_free(made);
		return LZ_E_MEMORY;
	}
	*tally = made;
	return 0;
}

void
policy_tally_free(struct policy_tally *tally)
{
	if (!tally)
		return;
	for (unsigned side = 0; side < POLICY_SIDE_COUNT; side++)
		memory_free(tally->of[side]);
	memory_free(tally->cells);
	memory_free(tally->nodes);
	memory_free(tally);
}

/* NOTHING: outside the period. */
static uint32_t
cell_at(const struct policy_tally *tally, const struct policy_act *act,
	enum policy_what what)
{
	const uint8_t class = act->class < RSIT_CLASS_COUNT ? act->class : 0;
	int64_t day;

	if (act->when.us < tally->since_us || act->when.us >= tally->until_us)
		return NOTHING;
	day = act->when.us / TIMES_DAY_US - tally->first_day;
	return ((uint32_t)day * RSIT_CLASS_COUNT + class) * POLICY_WHAT_COUNT +
	       what;
}

static uint32_t
count(struct policy_tally *tally, const struct policy_act *act,
      enum policy_what what)
{
	const uint32_t cell = cell_at(tally, act, what);

	if (cell != NOTHING)
		tally->cells[cell].count[act->side]++;
	return cell;
}

void
policy_tally_notice(struct policy_tally *tally, const struct policy_act *act)
{
	if (count(tally, act, POLICY_NOTICE) != NOTHING)
		tally->of[act->side][act->party].met |= POLICY_MET_NOTICE;
}

void
policy_tally_held(struct policy_tally *tally, const struct policy_act *act)
{
	(void)count(tally, act, POLICY_HELD);
}

static struct node *
new_node(struct policy_tally *tally, uint32_t *at)
{
	if (tally->free != NOTHING) {
		*at = tally->free;
		tally->free = tally->nodes[*at].next;
		return &tally->nodes[*at];
	}
	if (tally->node_count == tally->node_room) {
		const uint32_t room = tally->node_room * 2 + 64;
		struct node *grown = memory_grow(tally->nodes, tally->node_room,
						 room, sizeof(*grown));

		if (!grown) {
			tally->short_of_memory = true;
			return NULL;
		}
		tally->nodes = grown;
		tally->node_room = room;
	}
	*at = tally->node_count++;
	return &tally->nodes[*at];
}

static const enum policy_what what_of[MEASURE_KIND_COUNT] = {
    [MEASURE_FILTER] = POLICY_FILTER,
    [MEASURE_LIMIT] = POLICY_LIMIT,
    [MEASURE_GARDEN] = POLICY_GARDEN,
    [MEASURE_BLOCK] = POLICY_BLOCK,
};

void
policy_tally_on(struct policy_tally *tally, const struct policy_act *act,
		enum measure_kind kind, uint64_t id)
{
	struct of_party *party = &tally->of[act->side][act->party];
	const enum policy_what what =
	    what_of[(unsigned)kind < MEASURE_KIND_COUNT ? kind : 0];
	/* Days are told apart from none by one more. */
	const int32_t day = (int32_t)(act->when.us / TIMES_DAY_US) + 1;
	struct node *node;
	uint32_t at, cell;

	if (what == POLICY_NOTICE) /* a measure of a later program */
		return;
	cell = count(tally, act, what);
	if (cell != NOTHING) {
		party->met |= POLICY_MET_MEASURE;
		if (party->last_day[what - POLICY_FILTER] != day)
			tally->cells[cell].lines[act->side]++;
		party->last_day[what - POLICY_FILTER] = day;
	}
	node = new_node(tally, &at);
	if (!node)
		return;
	*node = (struct node){id, act->when.us, cell, party->first};
	party->first = at;
}

static void
end_node(struct policy_tally *tally, enum policy_side side,
	 const struct node *node, int64_t end_us)
{
	if (node->cell != NOTHING)
		tally->cells[node->cell].us[side] += end_us - node->since_us;
}

void
policy_tally_off(struct policy_tally *tally, const struct policy_act *act,
		 uint64_t id)
{
	uint32_t *link = &tally->of[act->side][act->party].first;

	(void)count(tally, act, POLICY_RELEASE);
	while (*link != NOTHING && tally->nodes[*link].id != id)
		link = &tally->nodes[*link].next;
	if (*link != NOTHING) {
		const uint32_t at = *link;

		end_node(tally, act->side, &tally->nodes[at], act->when.us);
		*link = tally->nodes[at].next;
		tally->nodes[at].next = tally->free;
		tally->free = at;
	}
}

int
policy_tally_end(struct policy_tally *tally, struct at_event end)
{
	for (unsigned side = 0; side < POLICY_SIDE_COUNT; side++)
		for (uint32_t i = 0; i < tally->parties; i++)
			for (uint32_t at = tally->of[side][i].first;
			     at != NOTHING; at = tally->nodes[at].next)
				end_node(tally, (enum policy_side)side,
					 &tally->nodes[at], end.us);
	return tally->short_of_memory ? LZ_E_MEMORY : 0;
}

const char *
policy_what_name(enum policy_what what)
{
	static const char *const names[POLICY_WHAT_COUNT] = {"notice", "filter",
							     "limit",  "garden",
							     "block",  "held",
							     "release"};

	return names[what];
}

uint32_t
policy_tally_days(const struct policy_tally *tally, int64_t *first)
{
	*first = tally->first_day;
	return tally->days;
}

const struct policy_cell *
policy_tally_cell(const struct policy_tally *tally, uint32_t day, uint8_t class,
		  enum policy_what what)
{
	return &tally->cells[(day * RSIT_CLASS_COUNT + class) *
				 POLICY_WHAT_COUNT +
			     what];
}

uint64_t
policy_tally_met(const struct policy_tally *tally, uint8_t how,
		 enum policy_side a, enum policy_side b)
{
	uint64_t met = 0;

	for (uint32_t i = 0; i < tally->parties; i++)
		met += (tally->of[a][i].met & how) &&
		       !(tally->of[b][i].met & how);
	return met;
}
