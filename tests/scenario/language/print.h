/* SPDX-License-Identifier: Apache-2.0 */
/* A story for people: what happened, line by line, and the page about all. */
#ifndef SCENARIO_PRINT_H
#define SCENARIO_PRINT_H

#include <stdio.h>

#include "world.h"

#define PRINT_LINE_SIZE 512

/* "2026-03-02 08:02:11 notice 1 to sub-a". */
void print_happening(const struct happening *happening, char *line,
		     size_t size);
/* The story up to the statement being done, with what happened at each. */
void print_story(FILE *out, const struct world *world);
/* What docs/SCENARIOS.md says of the language, above the list of stories. */
void print_page_head(FILE *out);

#endif
