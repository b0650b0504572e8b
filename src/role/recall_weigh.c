/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what rests on a recall. */
#include "role/recall_weigh.h"

#include <stdlib.h>

#include "base/memory.h"
#include "store/desk_view.h"
#include "store/recall_store.h"

struct numbers {
	uint64_t *list;
	size_t count, room;
};

struct weighing {
	const struct recall *recall;
	struct recall_weight *weight;
	struct numbers cases, parties;
};

static int
add(struct numbers *numbers, uint64_t number)
{
	const size_t room = numbers->room * 2 + 1024;
	uint64_t *grown;

	if (numbers->count && numbers->list[numbers->count - 1] == number)
		return 0;
	if (numbers->count == numbers->room) {
		grown = memory_grow(numbers->list, numbers->room, room,
				    sizeof(*grown));
		if (!grown)
			return LZ_E_MEMORY;
		numbers->list = grown;
		numbers->room = room;
	}
	numbers->list[numbers->count++] = number;
	return 0;
}

static int
compare(const void *one, const void *other)
{
	const uint64_t a = *(const uint64_t *)one;
	const uint64_t b = *(const uint64_t *)other;

	return (a > b) - (a < b);
}

/* Each once. */
static void
sort(struct numbers *numbers)
{
	size_t kept = 0;

	if (numbers->count)
		qsort(numbers->list, numbers->count, sizeof(*numbers->list),
		      compare);
	for (size_t i = 0; i < numbers->count; i++)
		if (i == 0 || numbers->list[i] != numbers->list[kept - 1])
			numbers->list[kept++] = numbers->list[i];
	numbers->count = kept;
}

static int
weigh_sighting(void *context, const struct recall_seen *seen)
{
	struct weighing *weighing = context;

	if (seen->recalled > 0 || !seen->case_id ||
	    !recall_meets(weighing->recall, seen->sighting,
			  seen->binding_source))
		return 0;
	weighing->weight->sightings++;
	return add(&weighing->cases, seen->case_id);
}

static int
weigh_case(void *context, const struct desk_view_case *view)
{
	struct weighing *weighing = context;

	return add(&weighing->parties, view->stored.party.value);
}

static int
weigh_measure(void *context, const struct store_measure *measure)
{
	struct weighing *weighing = context;

	weighing->weight->measures += measure->wanted && !measure->would;
	return 0;
}

static int
weigh_notice(void *context, const struct store_notice *notice)
{
	struct weighing *weighing = context;

	weighing->weight->notices += !notice->would;
	return 0;
}

static int
weigh_cases(struct store *store, struct weighing *weighing)
{
	int error = 0;

	sort(&weighing->cases);
	for (size_t i = 0; i < weighing->cases.count && !error; i++) {
		const uint64_t id = weighing->cases.list[i];

		error = desk_view_case(store, id, weigh_case, weighing);
		if (error == LZ_E_NOT_FOUND) {
			error = 0;
			continue;
		}
		if (!error)
			error = desk_view_measures(store, id, weigh_measure,
						   weighing);
		if (!error)
			error = desk_view_notices(store, id, weigh_notice,
						  weighing);
	}
	sort(&weighing->parties);
	weighing->weight->cases = weighing->cases.count;
	weighing->weight->parties = weighing->parties.count;
	return error;
}

int
recall_weigh(struct store *store, const struct recall *recall,
	     struct recall_weight *weight)
{
	struct weighing weighing = {.recall = recall, .weight = weight};
	struct recall_place place = {.day = recall_store_day(recall->since)};
	int64_t to_day = INT64_MAX;
	uint32_t rows;
	int error = store_begin(store);

	*weight = (struct recall_weight){0};
	if (error)
		return error;
	if (times_is_set(recall->until))
		to_day = recall_store_day(recall->until);
	error = recall_store_scan(store, &place, to_day, UINT32_MAX, &rows,
				  weigh_sighting, &weighing);
	if (!error)
		error = weigh_cases(store, &weighing);
	store_rollback(store);
	memory_free(weighing.cases.list);
	memory_free(weighing.parties.list);
	return error;
}
