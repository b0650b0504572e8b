/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a command has come, on standard error where that is a terminal;
 * elsewhere nothing.  Where standard output is the same terminal, the bar
 * makes room for lines.
 */
#ifndef ROLE_PROGRESS_BAR_H
#define ROLE_PROGRESS_BAR_H

#include <stdbool.h>
#include <stdint.h>

struct progress_bar {
	const char *what; /* "replay" */
	bool shows;       /* standard error is a terminal */
	bool yields;      /* so is standard output */
	bool drawn;
	unsigned filled; /* as drawn */
};

void progress_bar_init(struct progress_bar *bar, const char *what);
/* total 0: not known, only the count is shown.  Draws when it looks
 * different. */
void progress_bar_show(struct progress_bar *bar, uint64_t done, uint64_t total,
		       uint64_t records);
/* Before a line of standard output. */
void progress_bar_yield(struct progress_bar *bar);
/* Leaves the bar as it is and begins a new line; before messages too. */
void progress_bar_end(struct progress_bar *bar);

#endif
