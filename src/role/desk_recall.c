/* SPDX-License-Identifier: Apache-2.0 */
/* Recalls at the desk. */
#include "role/desk_recall.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "notice/notice.h"
#include "role/counter_table.h"
#include "role/person.h"
#include "store/leaf_store.h"

/* --------------------------------------------------------- in memory */

static bool
is_in_force(const struct store_recall *recall)
{
	return recall->state == RECALL_RUNNING || recall->state == RECALL_DONE;
}

static int
load_one(void *context, const struct store_recall *recall)
{
	struct desk_recalls *recalls = context;
	const size_t i = recalls->count;

	if (!is_in_force(recall))
		return 0;
	if (i == DESK_RECALLS_MAX)
		return LZ_E_FULL;
	recalls->list[i] = *recall;
	(void)text_copy(recalls->reasons[i], sizeof(recalls->reasons[i]),
			slice_of(recall->reason));
	recalls->list[i].reason = recalls->reasons[i];
	recalls->count++;
	return 0;
}

int
desk_recalls_load(struct desk_recalls *recalls, struct store *store)
{
	recalls->count = 0;
	return recall_store_list(store, load_one, recalls);
}

uint64_t
desk_recalls_meets(const struct desk_recalls *recalls,
		   const struct sighting *sighting)
{
	for (size_t i = 0; i < recalls->count; i++)
		if (recall_meets(&recalls->list[i].what, sighting, NULL))
			return recalls->list[i].id;
	return 0;
}

bool
desk_recalls_doubt(void *context, const char *binding_source,
		   struct at_event time)
{
	const struct desk_recalls *recalls = context;
	const struct sighting sighting = {.time = time};

	for (size_t i = 0; i < recalls->count; i++)
		if (recalls->list[i].what.kind == RECALL_BINDING_SOURCE &&
		    recall_meets(&recalls->list[i].what, &sighting,
				 binding_source))
			return true;
	return false;
}

/* ----------------------------------------------------------- orders */

static int
say(struct desk_answer *answer, int outcome, const char *text)
{
	answer->outcome = outcome;
	snprintf(answer->text, sizeof(answer->text), "%s", text);
	return 0;
}

static int
propose(struct desk_recalls *recalls, struct store *store,
	const struct command *command, struct desk_answer *answer)
{
	struct store_recall recall = {.reason = command->reason,
				      .state = RECALL_WAITING,
				      .asked = command->time,
				      .done = times_unset()};
	int error = recall_init(&recall.what, command->recall, command->value,
				command->since, command->until);

	(void)recalls;
	if (error)
		return say(answer, error, "nothing can be recalled by that");
	if (person_is_anybody(command->actor))
		return say(answer, LZ_E_STATE,
			   "it takes two persons, and root alone may be "
			   "anybody: use sudo");
	recall.at_day = recall_store_day(recall.what.since);
	error = recall_store_add(store, &recall);
	if (!error)
		error = recall_store_person_add(store, recall.id,
						command->actor, command->time);
	answer->number = recall.id;
	return error ? error
		     : say(answer, DESK_ANSWER_WAITS,
			   "proposed; it waits for a second person");
}

struct finding {
	uint64_t id;
	struct store_recall recall;
	char reason[CASE_TEXT_SIZE];
	bool found;
};

static int
find_one(void *context, const struct store_recall *recall)
{
	struct finding *finding = context;

	if (recall->id != finding->id)
		return 0;
	finding->recall = *recall;
	(void)text_copy(finding->reason, sizeof(finding->reason),
			slice_of(recall->reason));
	finding->recall.reason = finding->reason;
	finding->found = true;
	return 0;
}

struct asking {
	const char *actor;
	bool same;
};

static int
ask_person(void *context, const char *actor, struct at_event time)
{
	struct asking *asking = context;

	(void)time;
	asking->same |= person_same(actor, asking->actor);
	return 0;
}

static int
approve(struct desk_recalls *recalls, struct store *store,
	struct store_recall *recall, const struct command *command,
	struct desk_answer *answer)
{
	struct asking asking = {.actor = command->actor};
	int error;

	if (recall->state != RECALL_WAITING)
		return say(answer, LZ_E_STATE, "it doesn't wait for anybody");
	error = recall_store_persons(store, recall->id, ask_person, &asking);
	if (error)
		return error;
	if (asking.same)
		return say(answer, LZ_E_STATE,
			   "a second person must say so, not the same one "
			   "twice");
	if (recalls->count == DESK_RECALLS_MAX)
		return say(answer, LZ_E_FULL,
			   "64 recalls are in force: lift one first");
	recall->state = RECALL_RUNNING;
	error = recall_store_person_add(store, recall->id, command->actor,
					command->time);
	if (!error)
		error = recall_store_put(store, recall);
	if (!error)
		error = load_one(recalls, recall);
	return error ? error
		     : say(answer, 0,
			   "approved: what rests on it is taken back now");
}

static int
end(struct desk_recalls *recalls, struct store *store,
    struct store_recall *recall, const struct command *command,
    enum recall_state state, struct desk_answer *answer)
{
	int error;

	recall->state = state;
	error = recall_store_person_add(store, recall->id, command->actor,
					command->time);
	if (!error)
		error = recall_store_put(store, recall);
	if (!error)
		error = desk_recalls_load(recalls, store);
	return error ? error
		     : say(answer, 0,
			   state == RECALL_DROPPED
			       ? "dropped: nothing was taken back"
			       : "lifted: what comes of it is believed again; "
				 "what was taken back stays so");
}

int
desk_recall_take(struct desk_recalls *recalls, struct store *store,
		 const struct command *command, struct desk_answer *answer)
{
	struct finding finding = {.id = command->other};
	int error;

	*answer = (struct desk_answer){.number = command->other};
	if (command->act == COMMAND_RECALL)
		return propose(recalls, store, command, answer);
	error = recall_store_list(store, find_one, &finding);
	if (error)
		return error;
	if (!finding.found)
		return say(answer, LZ_E_NOT_FOUND, "there is no such recall");
	if (command->act == COMMAND_RECALL_APPROVE)
		return approve(recalls, store, &finding.recall, command,
			       answer);
	if (command->act == COMMAND_RECALL_DROP)
		return finding.recall.state == RECALL_WAITING
			   ? end(recalls, store, &finding.recall, command,
				 RECALL_DROPPED, answer)
			   : say(answer, LZ_E_STATE,
				 "only one that waits can be dropped");
	return finding.recall.state == RECALL_DONE
		   ? end(recalls, store, &finding.recall, command,
			 RECALL_LIFTED, answer)
		   : say(answer, LZ_E_STATE,
			 "only one that is done can be lifted");
}

/* ----------------------------------------------------------- slices */

struct touched {
	struct sighting sighting;
	uint64_t case_id;
};

struct batch {
	const struct store_recall *recall;
	size_t count;
	struct touched *list; /* DESK_RECALL_STEPS */
};

static int
look(void *context, const struct recall_seen *seen)
{
	struct batch *batch = context;

	if (batch->count == DESK_RECALL_STEPS)
		return 1;
	if (seen->recalled <= 0 && seen->case_id &&
	    recall_meets(&batch->recall->what, seen->sighting,
			 seen->binding_source))
		batch->list[batch->count++] = (struct touched){*seen->sighting,
							       seen->case_id};
	return 0;
}

static bool
is_of_holder(const struct store_recall *recall)
{
	return recall->what.kind == RECALL_BINDING_SOURCE;
}

static int64_t
mark_of(const struct store_recall *recall)
{
	return is_of_holder(recall) ? -(int64_t)recall->id
				    : (int64_t)recall->id;
}

/* Who held it was wrong: it is as true as before, of somebody else. */
static int
give_elsewhere(const struct desk_recall_work *work,
	       const struct touched *touched, const char *why,
	       struct at_event now)
{
	/* Of no case until a step says so. */
	const int error =
	    desk_store_sighting_assign(work->store, &touched->sighting, 0,
				       CERTAINTY_NOBODY, false, NULL);

	work->keep->wrong = NOTICE_WRONG_HOLDER;
	return error ? error
		     : chain_move(work->chain, &touched->sighting,
				  touched->case_id, why, now);
}

static int
take_back(const struct desk_recall_work *work, struct store_recall *recall,
	  const struct touched *touched, const char *why, struct at_event now)
{
	struct desk_keep *keep = work->keep;
	const uint64_t lifted = keep->lifted, corrected = keep->corrected;
	int error = recall_store_mark(work->store, &touched->sighting,
				      mark_of(recall));

	keep->wrong = NOTICE_WRONG_EVIDENCE;
	if (!error && is_of_holder(recall))
		error = give_elsewhere(work, touched, why, now);
	else if (!error)
		error = chain_withdraw(work->chain, &touched->sighting,
				       touched->case_id, why, now);
	keep->wrong = NOTICE_WRONG_NONE;
	if (error || keep->error)
		return error ? error : keep->error;
	recall->sightings++;
	recall->released += keep->lifted - lifted;
	recall->corrected += keep->corrected - corrected;
	counters_add(work->counters, COUNTER_DESK_RECALLED, 1);
	return 0;
}

static int
batch_take(const struct desk_recall_work *work, struct store_recall *recall,
	   const struct batch *batch, struct at_event now)
{
	char why[CASE_TEXT_SIZE];
	int error = 0;

	snprintf(why, sizeof(why), "recall %" PRIu64 ": %.70s", recall->id,
		 recall->reason);
	for (size_t i = 0; i < batch->count && !error; i++)
		error = take_back(work, recall, &batch->list[i], why, now);
	return error;
}

static int
finish(const struct desk_recall_work *work, struct store_recall *recall,
       struct at_event now)
{
	const struct leaf_fact fact = {.kind = LEAF_RECALL,
				       .time = now,
				       .ref = recall->id,
				       .detail = recall->sightings};
	int error = recall_store_cases(work->store, mark_of(recall),
				       &recall->cases);

	recall->state = RECALL_DONE;
	recall->done = now;
	if (!error && work->keep->leaves)
		error = leaf_store_add(work->keep->leaves, &fact, now);
	if (!error)
		fprintf(stderr,
			"desk: recall %" PRIu64 " is done: %" PRIu64
			" sightings of %" PRIu64 " cases taken back, %" PRIu64
			" measures lifted, %" PRIu64 " notices corrected\n",
			recall->id, recall->sightings, recall->cases,
			recall->released, recall->corrected);
	return error;
}

static int
batch_run(const struct desk_recall_work *work, struct store_recall *recall,
	  struct batch *batch, struct at_event now)
{
	struct recall_place place = {.day = recall->at_day};
	int64_t to_day = INT64_MAX;
	uint32_t rows;
	int error;

	memcpy(place.id, recall->at_id, SIGHTING_ID_SIZE);
	if (times_is_set(recall->what.until))
		to_day = recall_store_day(recall->what.until);
	/* What is on its way through the chain is stored by that. */
	error = chain_advance(work->chain, now);
	if (!error)
		error = desk_keep_flush(work->keep);
	if (!error)
		error = recall_store_scan(work->store, &place, to_day,
					  DESK_RECALL_SCAN, &rows, look, batch);
	if (error < 0)
		return error;
	error = batch_take(work, recall, batch, now);
	recall->at_day = place.day;
	memcpy(recall->at_id, place.id, SIGHTING_ID_SIZE);
	if (!error && rows < DESK_RECALL_SCAN &&
	    batch->count < DESK_RECALL_STEPS)
		error = finish(work, recall, now);
	return error ? error : recall_store_put(work->store, recall);
}

int
desk_recall_slice(struct desk_recalls *recalls,
		  const struct desk_recall_work *work, struct at_event now,
		  bool *more)
{
	struct batch batch = {0};
	size_t i = 0;
	int error;

	while (i < recalls->count && recalls->list[i].state != RECALL_RUNNING)
		i++;
	if (i == recalls->count)
		return 0;
	batch.recall = &recalls->list[i];
	batch.list = memory_new(DESK_RECALL_STEPS, sizeof(*batch.list));
	if (!batch.list)
		return LZ_E_MEMORY;
	error = batch_run(work, &recalls->list[i], &batch, now);
	*more = true; /* this one, or the next */
	memory_free(batch.list);
	return error;
}
