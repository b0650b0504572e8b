/* SPDX-License-Identifier: Apache-2.0 */
/* From rows of the desk's store to recorded steps. */
#include "role/stored_entry.h"

#include <string.h>

#include "base/memory.h"

/* --------------------------------------------------------------- policies */

struct stored_policies {
	size_t count, room;
	struct case_policy *list;
};

static int
take_policy(void *context, struct store_bytes key, struct store_bytes body)
{
	struct stored_policies *policies = context;
	struct cursor cursor;

	(void)key;
	if (policies->count == policies->room) {
		struct case_policy *grown =
		    memory_grow(policies->list, policies->room,
				policies->room * 2 + 8, sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		policies->list = grown;
		policies->room = policies->room * 2 + 8;
	}
	cursor_init(&cursor, body.at, body.length);
	if (case_policy_decode(&cursor, &policies->list[policies->count]) == 0)
		policies->count++;
	return 0;
}

int
stored_policies_read(struct store *store, struct stored_policies **policies)
{
	int error;

	*policies = memory_new(1, sizeof(**policies));
	if (!*policies)
		return LZ_E_MEMORY;
	error = desk_store_policies(store, take_policy, *policies);
	if (error) {
		stored_policies_free(*policies);
		*policies = NULL;
	}
	return error;
}

void
stored_policies_free(struct stored_policies *policies)
{
	if (policies)
		memory_free(policies->list);
	memory_free(policies);
}

const struct case_policy *
stored_policies_find(const struct stored_policies *policies,
		     const uint8_t hash[STORE_HASH_SIZE])
{
	_Static_assert(STORE_HASH_SIZE == CASE_POLICY_HASH_SIZE, "one hash");
	for (size_t i = 0; i < policies->count; i++)
		if (memcmp(policies->list[i].hash, hash, STORE_HASH_SIZE) == 0)
			return &policies->list[i];
	return NULL;
}

/* ---------------------------------------------------------------- entries */

static int
take_action(void *context, const struct store_action *action)
{
	struct case_entry *entry = context;
	struct case_entry_action *taken;

	if (entry->action_count == CASE_ACTIONS_MAX)
		return LZ_E_FULL;
	taken = &entry->actions[entry->action_count++];
	*taken = (struct case_entry_action){.kind = action->kind,
					    .would = action->would,
					    .ref = action->ref,
					    .measure = action->measure,
					    .step = action->step,
					    .expires = action->expires};
	(void)text_copy(taken->target, sizeof(taken->target),
			slice_of(action->target));
	(void)text_copy(taken->text, sizeof(taken->text),
			slice_of(action->text));
	return 0;
}

static void
take_result(const struct store_event *event, struct case_entry *entry)
{
	entry->from = (enum case_state)event->from;
	entry->state = event->state;
	entry->score_milli = event->score_milli;
	entry->version = event->version;
	entry->changed = event->changed;
	if (event->row)
		(void)text_copy(entry->row, sizeof(entry->row),
				slice_of(event->row));
	if (event->refused)
		(void)text_copy(entry->refused, sizeof(entry->refused),
				slice_of(event->refused));
}

int
stored_entry_read(struct store *store, const struct store_event *event,
		  const struct stored_policies *policies,
		  struct case_entry *entry)
{
	struct cursor cursor;
	int error;

	memset(entry, 0, sizeof(*entry));
	entry->input.policy = stored_policies_find(policies,
						   event->policy_hash);
	entry->input.current = stored_policies_find(policies,
						    event->current_hash);
	entry->input.now = event->now;
	entry->input.brake = event->brake;
	memcpy(entry->input.ids, event->ids, sizeof(entry->input.ids));
	memcpy(entry->input.causes, event->causes, sizeof(entry->input.causes));
	if (event->brake_text) {
		(void)text_copy(entry->brake_text, sizeof(entry->brake_text),
				slice_of(event->brake_text));
		entry->input.brake_text = entry->brake_text;
	}
	take_result(event, entry);
	cursor_init(&cursor, event->body.at, event->body.length);
	if (event->sighting.length == 0) {
		error = case_event_decode(&cursor, &entry->event,
					  &entry->sighting);
	} else {
		/* It stands in the row of its sighting. */
		error = case_event_decode_bare(&cursor, &entry->event);
		cursor_init(&cursor, event->sighting.at,
			    event->sighting.length);
		if (!error)
			error = sighting_decode(&cursor, &entry->sighting);
		entry->event.sighting = &entry->sighting;
	}
	return error ? error
		     : desk_view_actions(store, event->case_id, event->n,
					 take_action, entry);
}
