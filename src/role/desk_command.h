/* SPDX-License-Identifier: Apache-2.0 */
/* Does what a person ordered and writes down what became of it. */
#ifndef ROLE_DESK_COMMAND_H
#define ROLE_DESK_COMMAND_H

#include "role/chain.h"
#include "role/command.h"
#include "role/desk_keep.h"
#include "role/desk_recall.h"

/*
 * Inside the open transaction: steps the case (or, for case number 0, each
 * case the act fits) and adds one result row a case.  0 or an error of store
 * or chain.  An unknown case, or an act the case refuses, is a result; an act
 * that waits for a second person is one, too (outcome DESK_ANSWER_WAITS).
 */
LZ_NODISCARD int desk_command_take(struct chain *chain, struct desk_keep *keep,
				   struct desk_recalls *recalls,
				   uint64_t sequence,
				   const struct command *command,
				   struct at_event now);

#endif
