/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: each stored step is counted as done and told to two books. */
#include "role/policy_try.h"

#include <string.h>

#include "base/memory.h"
#include "role/policy_past.h"
#include "role/policy_replay.h"
#include "role/progress_bar.h"

/* Erased cases were opened so long before the period at most, to be in it. */
#define ERASED_DAYS 30

struct walk {
	const struct policy_try *how;
	struct policy_trial *trial;
	struct policy_past *past;
	struct policy_replay *present, *other;
	uint8_t *class; /* of the newest word about a party */
	struct progress_bar bar;
	int64_t first_us;
	struct case_event event;
	struct sighting sighting;
};

static int
read_event(struct walk *walk, const struct store_event *stored)
{
	struct cursor cursor;
	int error;

	cursor_init(&cursor, stored->body.at, stored->body.length);
	if (!stored->sighting.length)
		return case_event_decode(&cursor, &walk->event,
					 &walk->sighting);
	error = case_event_decode_bare(&cursor, &walk->event);
	cursor_init(&cursor, stored->sighting.at, stored->sighting.length);
	if (!error)
		error = sighting_decode(&cursor, &walk->sighting);
	walk->event.sighting = &walk->sighting;
	return error;
}

static void
count_done(struct walk *walk, uint32_t party, const struct store_event *stored,
	   const struct policy_deed *deeds, size_t count)
{
	struct policy_tally *tally = walk->trial->tally;
	const struct policy_act act = {.side = POLICY_DONE,
				       .party = party,
				       .class = walk->class[party],
				       .when = stored->now};

	if (stored->changed && stored->state == CASE_HELD &&
	    stored->from != CASE_HELD)
		policy_tally_held(tally, &act);
	for (size_t i = 0; i < count; i++)
		switch (deeds[i].kind) {
		case CASE_ACTION_NOTICE:
			policy_tally_notice(tally, &act);
			break;
		case CASE_ACTION_MEASURE_ON:
			policy_tally_on(tally, &act,
					(enum measure_kind)deeds[i].measure,
					deeds[i].ref);
			break;
		case CASE_ACTION_MEASURE_OFF:
			policy_tally_off(tally, &act, deeds[i].ref);
			break;
		default:
			break;
		}
}

static void
count_case(struct walk *walk, const struct store_event *stored)
{
	const struct policy_try *how = walk->how;

	if (stored->from != 0)
		return;
	walk->trial->cases++;
	walk->trial->elsewhere += stored->now.us >= how->since.us &&
				  memcmp(stored->policy_hash,
					 how->present->hash,
					 STORE_HASH_SIZE) != 0;
}

static int
take_step(void *context, const struct store_event *stored,
	  const struct policy_deed *deeds, size_t count)
{
	struct walk *walk = context;
	const uint32_t row = policy_past_case(walk->past, stored->case_id);
	uint32_t party;
	int error;

	if (row == POLICY_PAST_NONE)
		return 0;
	if (!walk->trial->steps++)
		walk->first_us = stored->now.us;
	progress_bar_show(&walk->bar,
			  (uint64_t)(stored->now.us - walk->first_us),
			  (uint64_t)(walk->how->until.us - walk->first_us),
			  walk->trial->steps);
	count_case(walk, stored);
	party = policy_past_party_of(walk->past, row);
	walk->trial->newest = stored->now;
	error = read_event(walk, stored);
	if (error) {
		count_done(walk, party, stored, deeds, count);
		walk->trial->unreadable++;
		return 0;
	}
	if (walk->event.kind == CASE_EVENT_SIGHTING)
		walk->class[party] = walk->sighting.class;
	count_done(walk, party, stored, deeds, count);
	error = policy_replay_step(walk->present, row, stored, &walk->event);
	if (!error)
		error = policy_replay_step(walk->other, row, stored,
					   &walk->event);
	return error;
}

static int
take_erased(void *context, uint32_t classes, uint64_t count)
{
	struct policy_trial *trial = context;

	for (unsigned i = 0; i < RSIT_CLASS_COUNT; i++)
		if (classes >> i & 1)
			trial->erased[i] += count;
	return 0;
}

static int
begin(struct walk *walk, struct store *store)
{
	const struct policy_try *how = walk->how;
	struct policy_trial *trial = walk->trial;
	uint32_t parties;
	int error = policy_past_read(store, how->until, &walk->past);

	if (error)
		return error;
	parties = policy_past_parties(walk->past);
	error = policy_tally_new(how->since, how->until, parties,
				 &trial->tally);
	if (error)
		return error;
	walk->class = memory_new(parties + (size_t)1, 1);
	walk->present = policy_replay_new(how->present, walk->past,
					  trial->tally, POLICY_PRESENT);
	walk->other = policy_replay_new(how->other, walk->past, trial->tally,
					POLICY_NEW);
	return walk->class && walk->present && walk->other ? 0 : LZ_E_MEMORY;
}

/* Did the present policy do again what was done? */
static void
compare(struct policy_trial *trial)
{
	int64_t first;
	const uint32_t days = policy_tally_days(trial->tally, &first);

	for (uint32_t day = 0; day < days; day++)
		for (uint8_t class = 0; class < RSIT_CLASS_COUNT; class ++)
			for (unsigned what = 0; what < POLICY_WHAT_COUNT;
			     what++) {
				const struct policy_cell *cell =
				    policy_tally_cell(trial->tally, day, class,
						      (enum policy_what)what);
				const uint64_t done = cell->count[POLICY_DONE];
				const uint64_t again =
				    cell->count[POLICY_PRESENT];

				trial->done += done;
				trial->differs += done > again ? done - again
							       : again - done;
			}
}

static int
walk_store(struct walk *walk, struct store *store)
{
	struct policy_trial *trial = walk->trial;
	int error = begin(walk, store);

	if (!error)
		error = policy_view_steps(store, walk->how->until, take_step,
					  walk);
	progress_bar_end(&walk->bar);
	if (!error && times_is_set(trial->newest)) {
		error = policy_replay_end(walk->present, trial->newest);
		if (!error)
			error = policy_replay_end(walk->other, trial->newest);
		if (!error)
			error = policy_tally_end(trial->tally, trial->newest);
	}
	if (!error)
		error = policy_view_erased(store,
					   walk->how->since.us / TIMES_DAY_US -
					       ERASED_DAYS,
					   take_erased, trial);
	if (error)
		return error;
	trial->unmet = policy_replay_unmet(walk->other);
	compare(trial);
	return 0;
}

int
policy_try(struct store *store, const struct policy_try *how,
	   struct policy_trial *trial)
{
	struct walk *walk = memory_new(1, sizeof(*walk));
	int error;

	*trial = (struct policy_trial){.newest = times_unset()};
	if (!walk)
		return LZ_E_MEMORY;
	walk->how = how;
	walk->trial = trial;
	progress_bar_init(&walk->bar, "policy try");
	error = store_begin(store);
	if (!error) {
		error = walk_store(walk, store);
		store_rollback(store);
	}
	policy_replay_free(walk->present);
	policy_replay_free(walk->other);
	policy_past_free(walk->past);
	memory_free(walk->class);
	memory_free(walk);
	return error;
}

void
policy_trial_free(struct policy_trial *trial)
{
	policy_tally_free(trial->tally);
	trial->tally = NULL;
}
