/* SPDX-License-Identifier: Apache-2.0 */
/* What a book does, recorded step by step as the desk records it. */
#ifndef TEST_RECORDER_H
#define TEST_RECORDER_H

#include "book_bench.h"

#include "case/entry.h"

#define RECORDER_MAX 256

struct recorder {
	struct bench bench;
	size_t count;
	uint64_t case_of[RECORDER_MAX];
	struct case_entry entries[RECORDER_MAX];
};

/* Fills an entry that stays where it is: its event may point into it. */
static inline void
recorder_entry(struct case_entry *entry, const struct case_output *output)
{
	memset(entry, 0, sizeof(*entry));
	entry->input = *output->input;
	if (output->input->brake_text) {
		(void)text_copy(entry->brake_text, sizeof(entry->brake_text),
				slice_of(output->input->brake_text));
		entry->input.brake_text = entry->brake_text;
	}
	entry->event = *output->event;
	if (output->event->sighting) {
		entry->sighting = *output->event->sighting;
		entry->event.sighting = &entry->sighting;
	}
	entry->from = output->from;
	entry->state = output->record->state;
	entry->score_milli = output->record->score_milli;
	entry->version = output->record->version;
	entry->changed = output->changed;
	(void)text_copy(entry->row, sizeof(entry->row), slice_of(output->row));
	if (output->refused)
		(void)text_copy(entry->refused, sizeof(entry->refused),
				slice_of(output->refused));
	entry->action_count = (uint32_t)output->action_count;
	for (size_t i = 0; i < output->action_count; i++)
		case_entry_action_of(&output->actions[i], &entry->actions[i]);
}

/* A case_sink; context: the recorder. */
static inline void
recorder_sink(void *context, const struct case_output *output)
{
	struct recorder *recorder = context;

	assert_true(recorder->count < RECORDER_MAX);
	recorder->case_of[recorder->count] = output->record->id;
	recorder_entry(&recorder->entries[recorder->count++], output);
	bench_sink(&recorder->bench, output);
}

#endif
