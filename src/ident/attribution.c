/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attribution stage: a list of sightings that wait for their source's
 * word, asked again in the order they came.
 */
#include <string.h>

#include "base/memory.h"
#include "ident/attribution.h"
#include "ident/identify.h"

#define WAITING_FIRST 64u

struct attribution {
	struct binding_cursor cursor;
	int64_t error_us;
	struct attributed *waiting;
	size_t count, room;
	uint64_t given_up;
};

struct attribution *
attribution_new(struct binding_cursor cursor, int64_t error_us)
{
	struct attribution *attribution = memory_new(1, sizeof(*attribution));

	if (!attribution)
		return NULL;
	attribution->cursor = cursor;
	attribution->error_us = error_us;
	return attribution;
}

void
attribution_free(struct attribution *attribution)
{
	if (!attribution)
		return;
	memory_free(attribution->waiting);
	memory_free(attribution);
}

/* A slot for one more; NULL at the ceiling or without memory. */
static struct attributed *
waiting_slot(struct attribution *attribution)
{
	size_t room = attribution->room ? attribution->room * 2 : WAITING_FIRST;
	struct attributed *waiting;

	if (attribution->count < attribution->room)
		return &attribution->waiting[attribution->count++];
	if (attribution->room == ATTRIBUTION_WAITING_MAX)
		return NULL;
	waiting = memory_grow(attribution->waiting, attribution->room, room,
			      sizeof(*waiting));
	if (!waiting)
		return NULL;
	attribution->waiting = waiting;
	attribution->room = room;
	return &waiting[attribution->count++];
}

static void
keep_waiting(struct attribution *attribution,
	     const struct attributed *attributed)
{
	struct attributed *slot = waiting_slot(attribution);

	if (slot)
		*slot = *attributed;
	else
		attribution->given_up++;
}

void
attribution_wait(struct attribution *attribution,
		 const struct sighting *sighting)
{
	/* No answer is of that kind: whatever comes differs from it. */
	const struct attributed attributed = {
	    .sighting = *sighting, .answer = {.certainty = CERTAINTY_COUNT}};

	keep_waiting(attribution, &attributed);
}

void
attribution_sighting(struct attribution *attribution,
		     const struct sighting *sighting, attributed_sink *sink,
		     void *context)
{
	struct attributed attributed = {.sighting = *sighting};

	identify_sighting(&attribution->cursor, sighting, attribution->error_us,
			  &attributed.answer);
	if (attributed.answer.awaiting)
		keep_waiting(attribution, &attributed);
	sink(context, &attributed);
}

/* Does the new answer lead elsewhere than the old one? */
static bool
differs(const struct identity_answer *a, const struct identity_answer *b)
{
	return a->certainty != b->certainty || a->party != b->party ||
	       a->binding.id != b->binding.id;
}

void
attribution_again(struct attribution *attribution, attributed_sink *sink,
		  void *context)
{
	size_t kept = 0;

	for (size_t i = 0; i < attribution->count; i++) {
		struct attributed *it = &attribution->waiting[i];
		struct identity_answer answer;

		identify_sighting(&attribution->cursor, &it->sighting,
				  attribution->error_us, &answer);
		if (differs(&it->answer, &answer)) {
			struct attributed out = {.sighting = it->sighting,
						 .answer = answer,
						 .again = true};

			sink(context, &out);
			it->answer = answer;
		}
		if (answer.awaiting)
			attribution->waiting[kept++] = *it;
	}
	attribution->count = kept;
}

void
attribution_forget(struct attribution *attribution,
		   const struct sighting *sighting)
{
	size_t kept = 0;

	for (size_t i = 0; i < attribution->count; i++)
		if (memcmp(attribution->waiting[i].sighting.id, sighting->id,
			   SIGHTING_ID_SIZE) != 0)
			attribution->waiting[kept++] = attribution->waiting[i];
	attribution->count = kept;
}

size_t
attribution_waiting(const struct attribution *attribution)
{
	return attribution->count;
}

uint64_t
attribution_given_up(const struct attribution *attribution)
{
	return attribution->given_up;
}
