/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded steps, stepped again. */
#include "case/entry.h"

#include <string.h>

#include "base/memory.h"

void
case_entry_action_of(const struct case_action *action,
		     struct case_entry_action *recorded)
{
	memset(recorded, 0, sizeof(*recorded));
	recorded->kind = (uint8_t)action->kind;
	recorded->would = action->would;
	recorded->expires = times_unset();
	if (action->text)
		(void)text_copy(recorded->text, sizeof(recorded->text),
				slice_of(action->text));
	switch (action->kind) {
	case CASE_ACTION_NOTICE:
	case CASE_ACTION_CORRECTION:
		recorded->ref = action->notice.id;
		recorded->step = action->notice.step;
		break;
	case CASE_ACTION_MEASURE_ON:
	case CASE_ACTION_MEASURE_RENEW:
	case CASE_ACTION_MEASURE_OFF:
		recorded->ref = action->measure.id;
		recorded->measure = (uint8_t)action->measure.kind;
		recorded->expires = action->measure.expires;
		(void)text_copy(recorded->target, sizeof(recorded->target),
				slice_of(action->measure.target));
		break;
	case CASE_ACTION_REFUSED:
	case CASE_ACTION_PERSON:
		break;
	}
}

void
case_entry_begin(const struct case_record *recorded,
		 const struct case_policy *policy, struct case_record *record)
{
	case_record_init(record, recorded->id, recorded->party,
			 recorded->opened, policy);
	record->earlier = recorded->earlier;
	record->earlier_until = recorded->earlier_until;
	record->asked = recorded->asked & CASE_DISMISSED_BEFORE;
	/* Those of the case before; its own come with its events. */
	if (recorded->staff_released.us < recorded->opened.us)
		record->staff_released = recorded->staff_released;
	for (uint32_t i = 0; i < recorded->self_release_count; i++)
		if (recorded->self_released[i].us < recorded->opened.us)
			record->self_released[record->self_release_count++] =
			    recorded->self_released[i];
}

static bool
same_action(const struct case_entry_action *a,
	    const struct case_entry_action *b)
{
	return a->kind == b->kind && a->would == b->would && a->ref == b->ref &&
	       a->measure == b->measure && a->step == b->step &&
	       a->expires.us == b->expires.us &&
	       strcmp(a->target, b->target) == 0 &&
	       strcmp(a->text, b->text) == 0;
}

static bool
same_actions(const struct case_entry *entry,
	     const struct case_step_result *result)
{
	if (result->action_count != entry->action_count)
		return false;
	for (uint32_t i = 0; i < entry->action_count; i++) {
		struct case_entry_action again;

		case_entry_action_of(&result->actions[i], &again);
		if (!same_action(&again, &entry->actions[i]))
			return false;
	}
	return true;
}

uint32_t
case_entry_again(struct case_record *record, const struct case_entry *entry,
		 struct case_step_result *result)
{
	const bool fresh = record->version == 0;
	const char *refused;
	uint32_t differs = 0;

	if (entry->from != (fresh ? 0 : record->state))
		differs |= CASE_ENTRY_FROM;
	if (memcmp(record->policy_hash, entry->input.policy->hash,
		   sizeof(record->policy_hash)) != 0)
		differs |= CASE_ENTRY_POLICY;
	case_step(record, &entry->event, &entry->input, result);
	refused = result->refused ? result->refused : "";
	if (record->state != entry->state)
		differs |= CASE_ENTRY_STATE;
	if (record->score_milli != entry->score_milli)
		differs |= CASE_ENTRY_SCORE;
	if (record->version != entry->version)
		differs |= CASE_ENTRY_VERSION;
	if (result->changed != entry->changed)
		differs |= CASE_ENTRY_CHANGED;
	if (strcmp(result->row, entry->row) != 0)
		differs |= CASE_ENTRY_ROW;
	if (strcmp(refused, entry->refused) != 0)
		differs |= CASE_ENTRY_REFUSED;
	if (!same_actions(entry, result))
		differs |= CASE_ENTRY_ACTIONS;
	return differs;
}

/* The stored form without `due`; *length 0 when it doesn't fit. */
static void
encode(struct case_record *copy, const struct case_record *record,
       uint8_t *bytes, size_t *length)
{
	struct writer writer;

	case_record_copy(copy, record);
	copy->due = times_unset();
	writer_init(&writer, bytes, CASE_RECORD_BYTES_MAX);
	case_record_encode(&writer, copy);
	*length = writer.failed ? 0 : writer.length;
}

int
case_entry_same_record(const struct case_record *a, const struct case_record *b,
		       bool *same)
{
	struct case_record *copy = memory_new(1, sizeof(*copy));
	uint8_t *bytes = memory_new(2, CASE_RECORD_BYTES_MAX);
	size_t length_a, length_b;
	int error = LZ_E_MEMORY;

	*same = false;
	if (copy && bytes) {
		encode(copy, a, bytes, &length_a);
		encode(copy, b, bytes + CASE_RECORD_BYTES_MAX, &length_b);
		error = length_a && length_b ? LZ_OK : LZ_E_FULL;
		*same = length_a == length_b &&
			memcmp(bytes, bytes + CASE_RECORD_BYTES_MAX,
			       length_a) == 0;
	}
	memory_free(bytes);
	memory_free(copy);
	return error;
}
