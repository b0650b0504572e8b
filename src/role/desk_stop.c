/* SPDX-License-Identifier: Apache-2.0 */
/* The stop switch. */
#include "role/desk_stop.h"

#include <stdio.h>
#include <string.h>

#include "role/person.h"
#include "store/recall_store.h"

struct standing {
	uint8_t brake;
	char text[2 * CASE_TEXT_SIZE + 8];
};

static int
see_standing(void *context, const char *name, struct at_event since,
	     const char *text)
{
	struct standing *standing = context;
	const uint8_t brake = strcmp(name, STOP_NOTICES_NAME) == 0
				  ? CASE_BRAKE_NOTICE
			      : strcmp(name, STOP_MEASURES_NAME) == 0
				  ? CASE_BRAKE_MEASURE
				  : 0;

	(void)since;
	standing->brake |= brake;
	if (brake)
		snprintf(standing->text, sizeof(standing->text),
			 "stopped by %s", text);
	return 0;
}

int
desk_stop_load(struct store *store, struct case_book *book, uint8_t *brake)
{
	struct standing standing = {0};
	const int error = desk_store_standings(store, see_standing, &standing);

	if (error)
		return error;
	case_book_stop(book, CASE_STOP_PERSON, standing.brake, standing.text);
	*brake = standing.brake;
	return 0;
}

unsigned
desk_stop_bits(uint8_t brake)
{
	return (brake & CASE_BRAKE_NOTICE ? COMMAND_STOP_NOTICES : 0u) |
	       (brake & CASE_BRAKE_MEASURE ? COMMAND_STOP_MEASURES : 0u);
}

static int
set(struct store *store, const struct command *command)
{
	char text[2 * CASE_TEXT_SIZE + 4];
	int error = 0;

	snprintf(text, sizeof(text), "%s: %s", command->actor, command->reason);
	if (command->stops & COMMAND_STOP_NOTICES)
		error = desk_store_standing(store, STOP_NOTICES_NAME,
					    command->time, text);
	if (!error && (command->stops & COMMAND_STOP_MEASURES))
		error = desk_store_standing(store, STOP_MEASURES_NAME,
					    command->time, text);
	/* Who wanted to go on before this was said didn't know of it. */
	return error ? error : waiting_store_delete(store, STOP_GO_NAME);
}

static int
clear(struct store *store)
{
	const struct at_event any = {0};
	int error = desk_store_standing(store, STOP_NOTICES_NAME, any, NULL);

	if (!error)
		error = desk_store_standing(store, STOP_MEASURES_NAME, any,
					    NULL);
	return error ? error : waiting_store_delete(store, STOP_GO_NAME);
}

static const char *
stopped_text(uint8_t brake)
{
	switch (brake) {
	case CASE_BRAKE_NOTICE:
		return "no notice goes out; measures begin as before";
	case CASE_BRAKE_MEASURE:
		return "no measure begins; notices go out as before";
	default:
		return "no notice goes out and no measure begins";
	}
}

/* One person's word, or the second one's. */
static int
go(struct store *store, const struct command *command, int64_t approval_us,
   struct desk_answer *answer)
{
	struct store_waiting first;
	int error = waiting_store_get(store, STOP_GO_NAME, &first);

	if (error && error != LZ_E_NOT_FOUND)
		return error;
	if (error || command->time.us - first.time.us > approval_us ||
	    person_is_anybody(first.actor)) {
		first = (struct store_waiting){.time = command->time};
		memcpy(first.actor, command->actor, sizeof(first.actor));
		memcpy(first.reason, command->reason, sizeof(first.reason));
		answer->outcome = DESK_ANSWER_WAITS;
		snprintf(answer->text, sizeof(answer->text),
			 "waits for a second person; automation stays stopped");
		return waiting_store_put(store, STOP_GO_NAME, &first);
	}
	if (person_same(first.actor, command->actor)) {
		answer->outcome = LZ_E_STATE;
		snprintf(answer->text, sizeof(answer->text),
			 "a second person must say so, not the same one twice");
		return 0;
	}
	snprintf(answer->text, sizeof(answer->text),
		 "automation goes on; first said by %s", first.actor);
	return clear(store);
}

int
desk_stop_take(struct store *store, struct case_book *book,
	       const struct command *command, int64_t approval_us,
	       struct desk_answer *answer)
{
	uint8_t brake;
	int error = desk_stop_load(store, book, &brake);

	*answer = (struct desk_answer){.outcome = 0};
	if (error)
		return error;
	if (command->act == COMMAND_STOP) {
		error = set(store, command);
		if (!error)
			error = desk_stop_load(store, book, &brake);
		snprintf(answer->text, sizeof(answer->text),
			 "%s; releases go on", stopped_text(brake));
		return error;
	}
	if (!brake) {
		snprintf(answer->text, sizeof(answer->text),
			 "nothing to change: automation isn't stopped");
		return 0;
	}
	error = go(store, command, approval_us, answer);
	return error ? error : desk_stop_load(store, book, &brake);
}
