/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms that lines of a scenario have, as data: the reader walks them, and
 * docs/SCENARIOS.md is printed from them.
 *
 * Words in capitals stand as they are.  <slot> is something named; [..] may be
 * left out, and such parts may stand in any order.
 */
#ifndef SCENARIO_FORMS_H
#define SCENARIO_FORMS_H

#include "statement.h"

struct form {
	enum statement_kind kind;
	const char *form;
	const char *says; /* one sentence for people */
};

extern const struct form forms[];
extern const size_t form_count;

/* What a bracket without a slot says: a SAID_* bit; 0: nothing known. */
uint32_t form_said(struct slice words);

#endif
