/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: each stored step is counted as done and told to two books. */
#include "role/policy_try.h"

#include <string.h>

#include "base/memory.h"
#include "role/policy_moment.h"
#include "role/policy_past.h"
#include "role/policy_replay.h"
#include "role/progress_bar.h"

/* Erased cases were opened so long before the period at most, to be in it. */
#define ERASED_DAYS 30

struct walk {
	const struct policy_try *how;
	struct policy_trial *trial;
	struct policy_past *past;
	struct policy_replay *of[POLICY_SIDE_COUNT]; /* but DONE */
	uint8_t *class; /* of the newest word about a party */
	struct progress_bar bar;
	int64_t first_us;
	struct policy_moment *moment;
};

static void
count_done(struct walk *walk, uint32_t party, const struct policy_step *step)
{
	struct policy_tally *tally = walk->trial->tally;
	const struct policy_act act = {.side = POLICY_DONE,
				       .party = party,
				       .class = walk->class[party],
				       .when = step->now};

	if (step->changed && step->state == CASE_HELD &&
	    step->from != CASE_HELD)
		policy_tally_held(tally, &act);
	for (size_t i = 0; i < step->deed_count; i++) {
		const struct policy_deed *deed = &step->deeds[i];

		switch (deed->kind) {
		case CASE_ACTION_NOTICE:
			policy_tally_notice(tally, &act);
			break;
		case CASE_ACTION_MEASURE_ON:
			policy_tally_on(tally, &act,
					(enum measure_kind)deed->measure,
					deed->ref);
			break;
		case CASE_ACTION_MEASURE_OFF:
			policy_tally_off(tally, &act, deed->ref);
			break;
		default:
			break;
		}
	}
}

static void
count_case(struct walk *walk, const struct policy_step *step)
{
	const struct policy_try *how = walk->how;

	if (step->from != 0)
		return;
	walk->trial->cases++;
	walk->trial->elsewhere += step->now.us >= how->since.us &&
				  memcmp(step->policy_hash, how->present->hash,
					 STORE_HASH_SIZE) != 0;
}

static int
tell(void *context, const struct policy_step *step)
{
	struct walk *walk = context;
	const uint32_t row = policy_past_case(walk->past, step->case_id);
	uint32_t party;

	if (row == POLICY_PAST_NONE)
		return 0;
	count_case(walk, step);
	party = policy_past_party_of(walk->past, row);
	if (step->readable && step->event.kind == CASE_EVENT_SIGHTING)
		walk->class[party] = step->sighting.class;
	count_done(walk, party, step);
	if (!step->readable) {
		walk->trial->unreadable++;
		return 0;
	}
	for (unsigned side = POLICY_PRESENT; side < POLICY_SIDE_COUNT; side++) {
		const int error = policy_replay_step(walk->of[side], row, step);

		if (error)
			return error;
	}
	return 0;
}

static int
take_step(void *context, const struct store_event *stored,
	  const struct policy_deed *deeds, size_t count)
{
	struct walk *walk = context;
	const struct at_event time = policy_moment_time(walk->moment);
	int error = 0;

	if (!walk->trial->steps++)
		walk->first_us = stored->now.us;
	progress_bar_show(&walk->bar,
			  (uint64_t)(stored->now.us - walk->first_us),
			  (uint64_t)(walk->how->until.us - walk->first_us),
			  walk->trial->steps);
	walk->trial->newest = stored->now;
	if (times_is_set(time) && time.us != stored->now.us)
		error = policy_moment_end(walk->moment, tell, walk);
	return error ? error
		     : policy_moment_add(walk->moment, stored, deeds, count);
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
	walk->moment = policy_moment_new();
	if (!walk->class || !walk->moment)
		return LZ_E_MEMORY;
	for (unsigned side = POLICY_PRESENT; side < POLICY_SIDE_COUNT; side++) {
		walk->of[side] = policy_replay_new(
		    side == POLICY_NEW ? how->other : how->present, walk->past,
		    trial->tally, (enum policy_side)side, how->parties_total);
		if (!walk->of[side])
			return LZ_E_MEMORY;
	}
	return 0;
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
	if (!error)
		error = policy_moment_end(walk->moment, tell, walk);
	progress_bar_end(&walk->bar);
	if (!error && times_is_set(trial->newest)) {
		for (unsigned side = POLICY_PRESENT;
		     side < POLICY_SIDE_COUNT && !error; side++)
			error = policy_replay_end(walk->of[side],
						  trial->newest);
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
	trial->unmet = policy_replay_unmet(walk->of[POLICY_NEW]);
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
	for (unsigned side = 0; side < POLICY_SIDE_COUNT; side++)
		policy_replay_free(walk->of[side]);
	policy_past_free(walk->past);
	policy_moment_free(walk->moment);
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
