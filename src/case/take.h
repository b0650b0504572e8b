/* SPDX-License-Identifier: Apache-2.0 */
/* Taking an event's own word into the record, before anything is decided. */
#ifndef CASE_TAKE_H
#define CASE_TAKE_H

#include "case/step.h"

/*
 * Answers CASE_F_DUPLICATE, CASE_F_UNKNOWN, CASE_F_EARLIER, CASE_F_REACHED
 * (facts.h) or 0.
 * Adds one sighting at most; what the table will refuse changes nothing.
 */
uint64_t case_take(struct case_record *record, const struct case_event *event,
		   const struct case_step_input *input);

#endif
