/* SPDX-License-Identifier: Apache-2.0 */
/* What a recorded step does otherwise today, printed. */
#include <inttypes.h>
#include <stdio.h>

#include "base/json_writer.h"
#include "role/explain_print.h"
#include "role/plain_words.h"
#include "role/print_case.h"

static void
say_score(int32_t then, int32_t now)
{
	char was[16], is[16];
	struct text text;

	text_init(&text, was, sizeof(was));
	words_milli(&text, then);
	text_init(&text, is, sizeof(is));
	words_milli(&text, now);
	printf("  score was %s, is %s\n", was, is);
}

static void
say_actions(const struct case_entry *entry,
	    const struct case_step_result *result)
{
	for (uint32_t i = 0; i < entry->action_count; i++)
		printf("  did then:  %s %s %s\n",
		       entry->actions[i].would ? "(would)" : "",
		       entry->actions[i].target, entry->actions[i].text);
	for (size_t i = 0; i < result->action_count; i++) {
		struct case_entry_action now;

		case_entry_action_of(&result->actions[i], &now);
		printf("  does now:  %s %s %s\n", now.would ? "(would)" : "",
		       now.target, now.text);
	}
}

void
explain_difference_text(const struct explain_step *step, uint32_t differs,
			const struct case_record *record,
			const struct case_step_result *result)
{
	const struct case_entry *entry = step->entry;

	printf("#%" PRIu64 " (program %s, table %u):\n", step->event->n,
	       step->event->program, step->event->table_version);
	if (!result) {
		puts("  can't be stepped: its policy isn't stored");
		return;
	}
	if (differs & CASE_ENTRY_POLICY)
		puts("  the case began under another policy");
	if (differs & CASE_ENTRY_FROM)
		printf("  it was %s before; it is otherwise now\n",
		       entry->from ? case_state_name(entry->from)
				   : "not there");
	if (differs & CASE_ENTRY_STATE)
		printf("  became %s, becomes %s\n",
		       case_state_name(entry->state),
		       case_state_name(record->state));
	if (differs & CASE_ENTRY_SCORE)
		say_score(entry->score_milli, record->score_milli);
	if (differs & CASE_ENTRY_ROW)
		printf("  decided by %s, now by %s\n", entry->row, result->row);
	if (differs & CASE_ENTRY_REFUSED)
		printf("  refused: \"%s\", now \"%s\"\n", entry->refused,
		       result->refused ? result->refused : "");
	if (differs & CASE_ENTRY_CHANGED)
		printf("  %s the case, now it %s\n",
		       entry->changed ? "changed" : "didn't change",
		       result->changed ? "does" : "doesn't");
	if (differs & CASE_ENTRY_VERSION)
		printf("  was step %" PRIu64 ", is step %" PRIu64 "\n",
		       entry->version, record->version);
	if (differs & CASE_ENTRY_ACTIONS)
		say_actions(entry, result);
}

void
explain_difference_json(struct text *text, const struct explain_step *step,
			uint32_t differs, const struct case_record *record,
			const struct case_step_result *result)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
	    {CASE_ENTRY_FROM, "from"},       {CASE_ENTRY_STATE, "state"},
	    {CASE_ENTRY_SCORE, "score"},     {CASE_ENTRY_VERSION, "version"},
	    {CASE_ENTRY_CHANGED, "changed"}, {CASE_ENTRY_ROW, "row"},
	    {CASE_ENTRY_REFUSED, "refused"}, {CASE_ENTRY_ACTIONS, "actions"},
	    {CASE_ENTRY_POLICY, "policy"}};
	char digits[PRINT_NUMBER_SIZE];
	struct json_writer json;

	print_number(step->event->case_id, digits);
	json_writer_init(&json, text);
	json_open_object(&json, NULL);
	json_u64(&json, "v", 1);
	json_string(&json, "kind", "difference");
	json_time(&json, "time", step->event->now.us);
	json_string(&json, "case", digits);
	json_string(&json, "party", step->party);
	json_u64(&json, "n", step->event->n);
	json_open_array(&json, "differs");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (differs & names[i].bit)
			json_string(&json, NULL, names[i].name);
	json_close_array(&json);
	json_string(&json, "state", case_state_name(step->entry->state));
	json_string(&json, "row", step->entry->row);
	json_i64(&json, "score", step->entry->score_milli);
	if (result) {
		json_string(&json, "state_now", case_state_name(record->state));
		json_string(&json, "row_now", result->row);
		json_i64(&json, "score_now", record->score_milli);
	}
	json_close_object(&json);
	text_char(text, '\n');
}
