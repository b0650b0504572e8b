/* SPDX-License-Identifier: Apache-2.0 */
/* One recorded step of a case, printed; used by explain.c alone. */
#ifndef ROLE_EXPLAIN_PRINT_H
#define ROLE_EXPLAIN_PRINT_H

#include "case/entry.h"
#include "store/desk_view.h"

struct explain_step {
	const struct store_event *event;
	const struct case_entry *entry;
	const char *party;
	int32_t zone_s;
	bool ruled_anew; /* first step under this policy and program */
};

void explain_step_text(const struct explain_step *step);
void explain_step_json(struct text *text, const struct explain_step *step);

/* How it ends: where the case is, and what is to happen next. */
void explain_end_text(const struct case_record *record,
		      const struct case_policy *policy, int32_t zone_s);

/*
 * What one step does otherwise today; differs: CASE_ENTRY_* of case/entry.h.
 * result NULL: it couldn't be stepped, its policy isn't stored.
 */
void explain_difference_text(const struct explain_step *step, uint32_t differs,
			     const struct case_record *record,
			     const struct case_step_result *result);
void explain_difference_json(struct text *text, const struct explain_step *step,
			     uint32_t differs, const struct case_record *record,
			     const struct case_step_result *result);

#endif
