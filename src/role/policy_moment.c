/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of one time, merged case by case. */
#include "role/policy_moment.h"

#include <string.h>

#include "base/memory.h"

struct policy_moment {
	struct policy_step *steps;
	/* Steps that may come next, one a case: met by no brake, or by one. */
	size_t *free, *braked;
	size_t count, room;
};

struct policy_moment *
policy_moment_new(void)
{
	return memory_new(1, sizeof(struct policy_moment));
}

void
policy_moment_free(struct policy_moment *moment)
{
	if (!moment)
		return;
	memory_free(moment->steps);
	memory_free(moment->free);
	memory_free(moment->braked);
	memory_free(moment);
}

struct at_event
policy_moment_time(const struct policy_moment *moment)
{
	return moment->count ? moment->steps[0].now : times_unset();
}

static int
make_room(struct policy_moment *moment)
{
	const size_t old = moment->room, room = old * 2 + 64;
	void *steps, *free, *braked;

	if (moment->count < old)
		return 0;
	steps = memory_grow(moment->steps, old, room, sizeof(*moment->steps));
	if (steps)
		moment->steps = steps;
	free = memory_grow(moment->free, old, room, sizeof(*moment->free));
	if (free)
		moment->free = free;
	braked = memory_grow(moment->braked, old, room,
			     sizeof(*moment->braked));
	if (braked)
		moment->braked = braked;
	if (!steps || !free || !braked)
		return LZ_E_MEMORY;
	moment->room = room;
	return 0;
}

static int
read_event(struct policy_step *step, const struct store_event *stored)
{
	struct cursor cursor;
	int error;

	cursor_init(&cursor, stored->body.at, stored->body.length);
	if (!stored->sighting.length)
		return case_event_decode(&cursor, &step->event,
					 &step->sighting);
	error = case_event_decode_bare(&cursor, &step->event);
	cursor_init(&cursor, stored->sighting.at, stored->sighting.length);
	return error ? error : sighting_decode(&cursor, &step->sighting);
}

int
policy_moment_add(struct policy_moment *moment,
		  const struct store_event *stored,
		  const struct policy_deed *deeds, size_t count)
{
	struct policy_step *step;
	int error = make_room(moment);

	if (error)
		return error;
	step = &moment->steps[moment->count++];
	*step = (struct policy_step){.case_id = stored->case_id,
				     .n = stored->n,
				     .now = stored->now,
				     .brake = stored->brake,
				     .from = stored->from,
				     .state = stored->state,
				     .changed = stored->changed,
				     .deed_count = count};
	if (stored->brake_text)
		(void)text_copy(step->brake_text, sizeof(step->brake_text),
				slice_of(stored->brake_text));
	memcpy(step->policy_hash, stored->policy_hash, STORE_HASH_SIZE);
	memcpy(step->deeds, deeds, count * sizeof(*deeds));
	step->readable = read_event(step, stored) == 0;
	if (!step->readable)
		memset(&step->event, 0, sizeof(step->event));
	return 0;
}

int
policy_moment_end(struct policy_moment *moment, policy_moment_visit *visit,
		  void *context)
{
	size_t free_at = 0, free_count = 0, braked_at = 0, braked_count = 0;
	int error = 0;

	for (size_t i = 0; i < moment->count; i++) {
		struct policy_step *step = &moment->steps[i];

		/* The array may have moved since it was read. */
		step->event.sighting = &step->sighting;
		if (i && step->case_id == step[-1].case_id)
			continue;
		if (step->brake)
			moment->braked[braked_count++] = i;
		else
			moment->free[free_count++] = i;
	}
	while (!error && (free_at < free_count || braked_at < braked_count)) {
		const size_t at = free_at < free_count
				      ? moment->free[free_at++]
				      : moment->braked[braked_at++];
		const struct policy_step *step = &moment->steps[at];

		error = visit(context, step);
		if (at + 1 >= moment->count || step[1].case_id != step->case_id)
			continue;
		if (step[1].brake)
			moment->braked[braked_count++] = at + 1;
		else
			moment->free[free_count++] = at + 1;
	}
	moment->count = 0;
	return error;
}
