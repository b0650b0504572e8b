/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recorded step: what case_step got, and what came of it when it was done.
 * Stepping the same inputs again tells whether this program, today, would
 * decide as was decided then (`explain --again`).
 */
#ifndef CASE_ENTRY_H
#define CASE_ENTRY_H

#include "case/step.h"

struct case_entry_action {
	uint8_t kind; /* enum case_action_kind */
	bool would;
	uint64_t ref;    /* number of the notice or measure; 0 */
	uint8_t measure; /* enum measure_kind; 0 */
	uint32_t step;   /* of a notice; 0 */
	char target[MEASURE_TARGET_SIZE];
	struct at_event expires; /* of a measure */
	char text[CASE_TEXT_SIZE];
};

/* Not to be copied: event may point into it. */
struct case_entry {
	/* The step's inputs. */
	struct case_step_input input; /* policies borrowed */
	struct case_event event;
	struct sighting sighting; /* of the event, where it has one */
	char brake_text[CASE_TEXT_SIZE];
	/* What came of it. */
	enum case_state from; /* 0: the case was new */
	enum case_state state;
	int32_t score_milli;
	uint64_t version;
	bool changed;
	char row[CASE_TEXT_SIZE];
	char refused[CASE_TEXT_SIZE]; /* "": it wasn't */
	uint32_t action_count;
	struct case_entry_action actions[CASE_ACTIONS_MAX];
};

/* The recorded form of an action. */
void case_entry_action_of(const struct case_action *action,
			  struct case_entry_action *recorded);

/*
 * The record a recorded case began with: as `recorded` (its present form) was
 * before its first event.  policy: the one it opened under.
 */
void case_entry_begin(const struct case_record *recorded,
		      const struct case_policy *policy,
		      struct case_record *record);

/* What differs: a set. */
#define CASE_ENTRY_FROM 0x001u
#define CASE_ENTRY_STATE 0x002u
#define CASE_ENTRY_SCORE 0x004u
#define CASE_ENTRY_VERSION 0x008u
#define CASE_ENTRY_CHANGED 0x010u
#define CASE_ENTRY_ROW 0x020u
#define CASE_ENTRY_REFUSED 0x040u
#define CASE_ENTRY_ACTIONS 0x080u
#define CASE_ENTRY_POLICY 0x100u /* the record is of another policy */

/*
 * Steps *record once more through the entry; *result is what comes of it
 * today.  Answers what differs, 0: nothing.
 */
uint32_t case_entry_again(struct case_record *record,
			  const struct case_entry *entry,
			  struct case_step_result *result);

/*
 * Are both records the same in all that is stored, but the time of the next
 * look (a timer that found nothing to do takes it away unrecorded)?
 * LZ_E_MEMORY, LZ_E_FULL; else 0, *same is set.
 */
LZ_NODISCARD int case_entry_same_record(const struct case_record *a,
					const struct case_record *b,
					bool *same);

#endif
