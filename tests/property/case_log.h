/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps of cases kept as bytes, the way the desk's store keeps them: a step
 * that left all but the evidence as it was is folded into its sighting's row,
 * without the random numbers it was given.
 */
#ifndef TEST_CASE_LOG_H
#define TEST_CASE_LOG_H

#include "case/book.h"
#include "case/entry.h"

struct case_log_row {
	uint64_t case_id, n;
	uint8_t *bytes;
	uint32_t length;
};

struct case_log {
	struct case_log_row *rows;
	size_t count, room;
	size_t folded;
	uint64_t bytes;
};

/* arrived: the step of a sighting that came in just now.  0, or LZ_E_*. */
int case_log_add(struct case_log *log, const struct case_output *output,
		 bool arrived);
/* Policies are the caller's to set in entry->input.  0, or LZ_E_*. */
int case_log_read(const struct case_log_row *row, struct case_entry *entry);
/* By case, and in each by number. */
void case_log_sort(struct case_log *log);
void case_log_free(struct case_log *log);

#endif
