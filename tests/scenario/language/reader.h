/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language: text into a story.  Nothing is done here, and any bytes may
 * come: what can't be read is named with its line and what was expected.
 */
#ifndef SCENARIO_READER_H
#define SCENARIO_READER_H

#include "statement.h"

/*
 * 0: *story is owned by the caller (story_free).  LZ_E_FORMAT: error_line and
 * error say what is wrong, LZ_E_FULL: it is too long; LZ_E_MEMORY.  story_free
 * even then.
 */
LZ_NODISCARD int story_read(struct story *story, const char *bytes,
			    size_t length);
void story_free(struct story *story);

/* The language's forms, in order; NULL behind the last.  `says` is what one
 * line of it means. */
const char *reader_form(size_t index, const char **says);

#endif
