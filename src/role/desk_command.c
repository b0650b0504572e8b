/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of persons, taken in by the desk. */
#include "role/desk_command.h"

#include <string.h>

#include "base/memory.h"

struct ordering {
	struct chain *chain;
	struct desk_keep *keep;
	const struct command *command;
	uint64_t sequence;
	struct at_event now;
};

static int
add_result(const struct ordering *ordering, uint64_t case_id, int outcome,
	   const char *message)
{
	const struct desk_keep *keep = ordering->keep;
	const struct case_record *record =
	    case_book_find(chain_book(ordering->chain), case_id);
	const struct store_result row = {
	    .command = ordering->sequence,
	    .time = ordering->now,
	    .actor = ordering->command->actor,
	    .act = (uint8_t)ordering->command->act,
	    .case_id = case_id,
	    .outcome = outcome,
	    .from = keep->stepped ? (uint8_t)keep->from
		    : record      ? (uint8_t)record->state
				  : 0,
	    .state = record ? (uint8_t)record->state : 0,
	    .measures_off = keep->stepped ? keep->measures_off : 0,
	    .message = message};

	return desk_store_result_add(keep->store, &row);
}

static int
act_on(const struct ordering *ordering, uint64_t case_id)
{
	const struct command *command = ordering->command;
	struct desk_keep *keep = ordering->keep;
	struct case_event event = {.kind = command->act,
				   .self = command->self,
				   .time = command->time};
	int error;

	memcpy(event.actor, command->actor, sizeof(event.actor));
	memcpy(event.reason, command->reason, sizeof(event.reason));
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
	if (!keep->stepped)
		return add_result(ordering, case_id, 0,
				  "nothing to change: it is so already");
	if (keep->refused)
		return add_result(ordering, case_id, LZ_E_STATE, keep->refused);
	return add_result(ordering, case_id, 0, "");
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

int
desk_command_take(struct chain *chain, struct desk_keep *keep,
		  uint64_t sequence, const struct command *command,
		  struct at_event now)
{
	const struct ordering ordering = {.chain = chain,
					  .keep = keep,
					  .command = command,
					  .sequence = sequence,
					  .now = now};

	if (command->case_id == 0)
		return act_on_all(&ordering);
	return act_on(&ordering, command->case_id);
}
