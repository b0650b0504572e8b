/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the recorded steps of a case, and steps them again. */
#include "role/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json_writer.h"
#include "base/memory.h"
#include "role/case_find.h"
#include "role/case_show.h"
#include "role/explain_otherwise.h"
#include "role/explain_print.h"
#include "role/print_case.h"
#include "role/stored_entry.h"

#define LINE_SIZE 8192

struct story {
	struct store *store;
	const struct explain *how;
	uint64_t case_id;
	char party[PARTY_LABEL_SIZE];
	struct stored_policies *policies;
	uint64_t events, differences, unreadable;
	/* For what would have happened otherwise. */
	struct what_if_story lives;
	struct what_if_outcome recorded;
	bool incomplete; /* a step can't be stepped again */
	/* Under what the step before was decided. */
	uint8_t policy_hash[STORE_HASH_SIZE], current_hash[STORE_HASH_SIZE];
	char program[CASE_TEXT_SIZE];
	uint32_t table_version;
	struct case_record stored, again;
	struct case_step_result result;
	struct case_entry entry;
};

static int
take_case(void *context, const struct desk_view_case *view)
{
	struct story *story = context;
	struct cursor cursor;

	case_party_text(view, story->party);
	cursor_init(&cursor, view->stored.record.at,
		    view->stored.record.length);
	return case_record_decode(&cursor, &story->stored);
}

static bool
is_ruled_anew(struct story *story, const struct store_event *event)
{
	const bool same = story->events > 0 &&
			  memcmp(story->policy_hash, event->policy_hash,
				 STORE_HASH_SIZE) == 0 &&
			  memcmp(story->current_hash, event->current_hash,
				 STORE_HASH_SIZE) == 0 &&
			  story->table_version == event->table_version &&
			  strcmp(story->program, event->program) == 0;

	memcpy(story->policy_hash, event->policy_hash, STORE_HASH_SIZE);
	memcpy(story->current_hash, event->current_hash, STORE_HASH_SIZE);
	story->table_version = event->table_version;
	(void)text_copy(story->program, sizeof(story->program),
			slice_of(event->program));
	return !same;
}

static void
print_json(const struct story *story, const struct explain_step *step,
	   uint32_t differs, const struct case_step_result *result)
{
	char line[LINE_SIZE];
	struct text text;

	text_init(&text, line, sizeof(line));
	if (story->how->again)
		explain_difference_json(&text, step, differs, &story->again,
					result);
	else
		explain_step_json(&text, step);
	fputs(line, stdout);
}

static void
step_again(struct story *story, const struct explain_step *step)
{
	const struct case_entry *entry = &story->entry;
	const struct case_step_result *result = &story->result;
	uint32_t differs = CASE_ENTRY_POLICY;

	if (entry->input.policy && entry->input.current) {
		if (story->events == 0)
			case_entry_begin(&story->stored, entry->input.policy,
					 &story->again);
		differs = case_entry_again(&story->again, entry,
					   &story->result);
	} else {
		result = NULL;
	}
	if (!differs)
		return;
	story->differences++;
	if (story->how->json)
		print_json(story, step, differs, result);
	else
		explain_difference_text(step, differs, &story->again, result);
}

/* Keeps the step's inputs, and counts what it did. */
static int
keep_step(struct story *story)
{
	const struct case_entry *entry = &story->entry;

	if (!entry->input.policy || !entry->input.current) {
		story->incomplete = true;
		return 0;
	}
	if (story->lives.count == 0)
		case_entry_begin(&story->stored, entry->input.policy,
				 &story->lives.begin);
	if (entry->changed)
		what_if_count(&story->recorded, entry->state, entry->input.now,
			      entry->actions, entry->action_count);
	return what_if_add(&story->lives, entry);
}

static int
take_event(void *context, const struct store_event *event)
{
	struct story *story = context;
	struct explain_step step = {.event = event,
				    .entry = &story->entry,
				    .party = story->party,
				    .zone_s = story->how->zone_s};
	int error = stored_entry_read(story->store, event, story->policies,
				      &story->entry);

	step.ruled_anew = is_ruled_anew(story, event);
	if (error) {
		/* Of a later program, or damaged: said, and passed over. */
		fprintf(stderr,
			"lazaret explain: step %" PRIu64 " can't be read: %s\n",
			event->n, lz_strerror(error));
		story->unreadable++;
		story->incomplete = true;
		error = 0;
	} else if (story->how->again) {
		step_again(story, &step);
	} else if (story->how->json) {
		print_json(story, &step, 0, NULL);
	} else {
		explain_step_text(&step);
	}
	if (!error && !story->how->again)
		error = keep_step(story);
	story->events++;
	return error;
}

/* What is kept beside the steps isn't what they give. */
static void
say_record(const struct story *story)
{
	puts("the case as it is stored isn't what its steps make of it today");
	if (story->table_version < CASE_TABLE_VERSION)
		printf(
		    "  its last step was decided by table %u, and this "
		    "program's is %u: what an\n"
		    "  earlier program stored it may keep otherwise (families "
		    "of findings, whom it asked)\n",
		    story->table_version, CASE_TABLE_VERSION);
}

/* Does all of it together give the case that is stored? */
static int
end_again(struct story *story)
{
	bool same;
	int error = case_entry_same_record(&story->stored, &story->again,
					   &same);
	char digits[PRINT_NUMBER_SIZE], line[LINE_SIZE];
	struct json_writer json;
	struct text text;

	if (error)
		return error;
	story->differences += !same && story->differences == 0;
	if (!story->how->json) {
		if (!same)
			say_record(story);
		printf("re-run of %" PRIu64 " events: ", story->events);
		if (story->differences)
			printf("%" PRIu64 " differ\n", story->differences);
		else
			puts("the same");
		return 0;
	}
	print_number(story->case_id, digits);
	text_init(&text, line, sizeof(line));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_u64(&json, "v", 1);
	json_string(&json, "kind", "again");
	json_string(&json, "case", digits);
	json_string(&json, "party", story->party);
	json_u64(&json, "events", story->events);
	json_u64(&json, "differences", story->differences);
	json_bool(&json, "same_record", same);
	json_close_object(&json);
	puts(line);
	return 0;
}

/* What it rests on, and what would have happened otherwise. */
static int
tell_why(struct story *story)
{
	const struct explain_case it = {
	    .record = &story->stored,
	    .policy = stored_policies_find(story->policies,
					   story->stored.policy_hash),
	    .story = &story->lives,
	    .case_id = story->case_id,
	    .party = story->party,
	    .zone_s = story->how->zone_s};

	if (!it.policy)
		return 0;
	story->lives.end = &story->stored;
	if (story->how->json)
		explain_evidence_json(&it);
	else
		explain_evidence_text(&it);
	if (story->incomplete) {
		fputs("lazaret explain: some steps can't be stepped again: "
		      "what would have happened otherwise isn't told\n",
		      stderr);
		return 0;
	}
	return explain_otherwise(&it, &story->recorded, story->how->present,
				 story->how->json);
}

static int
tell(struct story *story)
{
	const struct case_view view = {.json = story->how->json,
				       .zone_s = story->how->zone_s};
	int error = desk_view_case(story->store, story->case_id, take_case,
				   story);
	char digits[PRINT_NUMBER_SIZE];

	if (!error)
		error = stored_policies_read(story->store, &story->policies);
	if (error)
		return error;
	print_number(story->case_id, digits);
	if (!story->how->json)
		printf("case %s of party %s\n", digits, story->party);
	if (!story->how->json && story->stored.earlier) {
		print_number(story->stored.earlier, digits);
		printf("again, after case %s\n", digits);
	}
	error = desk_view_events(story->store, story->case_id, take_event,
				 story);
	if (error)
		return error;
	if (story->how->again)
		return end_again(story);
	error = tell_why(story);
	if (error)
		return error;
	if (story->how->json)
		return case_show(story->store, story->case_id, &view);
	puts("");
	error = case_show_effects(story->store, story->case_id, &view);
	if (error)
		return error;
	explain_end_text(&story->stored,
			 stored_policies_find(story->policies,
					      story->stored.policy_hash),
			 story->how->zone_s);
	return 0;
}

int
explain_case(struct store *store, uint64_t case_id, const struct explain *how,
	     bool *differs)
{
	struct story *story = memory_new(1, sizeof(*story));
	int error;

	*differs = false;
	if (!story)
		return LZ_E_MEMORY;
	story->store = store;
	story->how = how;
	story->case_id = case_id;
	story->recorded = (struct what_if_outcome){.noticed = times_unset(),
						   .measured = times_unset(),
						   .released = times_unset()};
	/* One moment's view: the desk goes on meanwhile. */
	error = store_begin(store);
	if (!error) {
		error = tell(story);
		store_rollback(store);
	}
	*differs = story->differences || story->unreadable;
	what_if_free(&story->lives);
	stored_policies_free(story->policies);
	memory_free(story);
	return error;
}
