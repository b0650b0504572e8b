/* SPDX-License-Identifier: Apache-2.0 */
/* What the table's rows do to a case, and the actions that come of it. */
#ifndef CASE_ACT_H
#define CASE_ACT_H

#include "case/step.h"
#include "case/table.h"

/*
 * Does what the row says, in the order of its CASE_DO_* bits; the state is
 * still the one before.  facts: those that chose the row.
 */
void case_act(struct case_record *record, const struct case_event *event,
	      const struct case_step_input *input, const struct case_row *row,
	      uint64_t facts, struct case_step_result *result);

#endif
