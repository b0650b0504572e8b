/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of persons, taken in by the desk. */
#include "role/desk_command.h"

#include <string.h>

#include "base/memory.h"
#include "role/desk_parties.h"
#include "role/desk_stop.h"

/* The rows of the case's table that wait for a second person begin so. */
#define FIRST_PERSON "first-person"

struct ordering {
	struct chain *chain;
	struct desk_keep *keep;
	struct desk_recalls *recalls;
	const struct command *command;
	uint64_t sequence;
	struct at_event now;
};

static int
add_result(const struct ordering *ordering, uint64_t case_id, int outcome,
	   const char *message)
{
	const struct desk_keep *keep = ordering->keep;
	const bool of_case = ordering->command->act < COMMAND_STOP;
	const struct case_record *record =
	    of_case ? case_book_find(chain_book(ordering->chain), case_id)
		    : NULL;
	const bool stepped = of_case && keep->stepped;
	const struct store_result row = {
	    .command = ordering->sequence,
	    .time = ordering->now,
	    .actor = ordering->command->actor,
	    .act = ordering->command->act,
	    .case_id = case_id,
	    .outcome = outcome,
	    .from = stepped  ? (uint8_t)keep->from
		    : record ? (uint8_t)record->state
			     : 0,
	    .state = record ? (uint8_t)record->state : 0,
	    .measures_off = stepped ? keep->measures_off : 0,
	    .message = message};

	return desk_store_result_add(keep->store, &row);
}

static struct case_event
event_of(const struct command *command)
{
	struct case_event event = {.kind = command->act,
				   .self = command->self,
				   .granted = command->granted,
				   .measure = command->measure,
				   .security = command->security,
				   .time = command->time};

	memcpy(event.actor, command->actor, sizeof(event.actor));
	memcpy(event.reason, command->reason, sizeof(event.reason));
	return event;
}

/* What the step made of it, in a result row. */
static int
add_outcome(const struct ordering *ordering, uint64_t case_id)
{
	const struct desk_keep *keep = ordering->keep;

	if (!keep->stepped)
		return add_result(ordering, case_id, 0,
				  "nothing to change: it is so already");
	if (keep->refused)
		return add_result(ordering, case_id, LZ_E_STATE, keep->refused);
	if (keep->row &&
	    strncmp(keep->row, FIRST_PERSON, sizeof(FIRST_PERSON) - 1) == 0)
		return add_result(ordering, case_id, DESK_ANSWER_WAITS,
				  "waits for a second person");
	return add_result(ordering, case_id, 0, "");
}

static int
act_on(const struct ordering *ordering, uint64_t case_id)
{
	const struct case_event event = event_of(ordering->command);
	struct desk_keep *keep = ordering->keep;
	int error;

	/* Its timers first: they are steps of their own. */
	error = chain_advance(ordering->chain, ordering->now);
	keep->stepped = false;
	if (!error)
		error = chain_event(ordering->chain, case_id, &event,
				    ordering->now);
	if (error == LZ_E_NOT_FOUND)
		return add_result(ordering, case_id, LZ_E_NOT_FOUND,
				  "there is no such case");
	if (error || keep->error)
		return error ? error : keep->error;
	return add_outcome(ordering, case_id);
}

struct chosen {
	uint64_t *ids;
	size_t count, room;
	bool failed;
};

/* What a release of all releases: each case with a measure in force. */
static bool
choose(void *context, const struct case_record *record)
{
	struct chosen *chosen = context;
	uint64_t *grown;

	if (record->measure_count == 0)
		return true;
	if (chosen->count == chosen->room) {
		grown = memory_grow(chosen->ids, chosen->room,
				    chosen->room * 2 + 64, sizeof(*grown));
		chosen->failed = !grown;
		if (!grown)
			return false;
		chosen->ids = grown;
		chosen->room = chosen->room * 2 + 64;
	}
	chosen->ids[chosen->count++] = record->id;
	return true;
}

static int
act_on_all(const struct ordering *ordering)
{
	struct chosen chosen = {0};
	int error;

	ordering->keep->stepped = false;
	if (ordering->command->act != CASE_EVENT_RELEASE)
		return add_result(ordering, 0, LZ_E_UNSUPPORTED,
				  "only a release may be for all cases");
	case_book_visit(chain_book(ordering->chain), choose, &chosen);
	error = chosen.failed ? LZ_E_MEMORY : 0;
	if (!error && chosen.count == 0)
		error = add_result(ordering, 0, 0,
				   "no case is under a measure");
	for (size_t i = 0; i < chosen.count && !error; i++)
		error = act_on(ordering, chosen.ids[i]);
	memory_free(chosen.ids);
	return error;
}

static int
act_on_parties(const struct ordering *ordering)
{
	struct desk_keep *keep = ordering->keep;
	const struct desk_parties parties = {.store = keep->store,
					     .chain = ordering->chain,
					     .command = ordering->command,
					     .sequence = ordering->sequence,
					     .now = ordering->now};
	struct desk_answer answer;
	int error = chain_advance(ordering->chain, ordering->now);

	keep->stepped = false;
	if (!error)
		error = desk_keep_flush(keep);
	if (!error)
		error = ordering->command->act == CASE_EVENT_MERGE
			    ? desk_parties_merge(&parties, &answer)
			    : desk_parties_split(&parties, &answer);
	if (error || keep->error)
		return error ? error : keep->error;
	/* The case itself says best why it can't be. */
	return add_result(ordering, answer.number, answer.outcome,
			  answer.outcome < 0 && keep->stepped && keep->refused
			      ? keep->refused
			      : answer.text);
}

static int
act_on_none(const struct ordering *ordering)
{
	struct desk_keep *keep = ordering->keep;
	const struct command *command = ordering->command;
	struct desk_answer answer;
	int error;

	if (command->act == COMMAND_STOP || command->act == COMMAND_GO)
		error = desk_stop_take(keep->store, chain_book(ordering->chain),
				       command, keep->conf->policy.approval_us,
				       &answer);
	else
		error = desk_recall_take(ordering->recalls, keep->store,
					 command, &answer);
	return error ? error
		     : add_result(ordering, answer.number, answer.outcome,
				  answer.text);
}

int
desk_command_take(struct chain *chain, struct desk_keep *keep,
		  struct desk_recalls *recalls, uint64_t sequence,
		  const struct command *command, struct at_event now)
{
	const struct ordering ordering = {.chain = chain,
					  .keep = keep,
					  .recalls = recalls,
					  .command = command,
					  .sequence = sequence,
					  .now = now};

	if (command->act == CASE_EVENT_MERGE || command->act == COMMAND_SPLIT)
		return act_on_parties(&ordering);
	if (command->act >= COMMAND_STOP)
		return act_on_none(&ordering);
	if (command->case_id == 0)
		return act_on_all(&ordering);
	return act_on(&ordering, command->case_id);
}
