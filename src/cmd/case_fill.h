/* SPDX-License-Identifier: Apache-2.0 */
/* From what was asked for to the order that the desk gets. */
#ifndef CMD_CASE_FILL_H
#define CMD_CASE_FILL_H

#include "cmd/case_asked.h"
#include "role/command.h"
#include "store/desk_view.h"

/* One of cmd_exit; where it isn't CMD_DONE, it has said what is wrong. */
int case_fill(const struct case_asked *asked, struct store *store,
	      struct command *command);

#endif
