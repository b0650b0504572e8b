/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must be true of every step of a case, whatever came before it: the
 * invariants of design section 8, and laws that hold by construction (again,
 * twice, stored and read back, left alone).
 */
#ifndef TEST_CASE_LAWS_H
#define TEST_CASE_LAWS_H

#include "property/case_history.h"

/* NULL, or what the step breaks (static). */
const char *laws_check(const struct moment *moment);
/* The same after the last step, where more time may be spent. */
const char *laws_check_end(const struct case_record *record,
			   const struct case_step_input *input);

#endif
