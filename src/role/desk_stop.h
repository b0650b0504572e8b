/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stop switch: a person stops automation everywhere and at once; two
 * persons let it go on.  It stands in the store ("stop-notices",
 * "stop-measures"), so a restart keeps it.  Releases are never stopped.
 */
#ifndef ROLE_DESK_STOP_H
#define ROLE_DESK_STOP_H

#include "case/book.h"
#include "role/command.h"
#include "store/desk_store.h"

#define STOP_NOTICES_NAME "stop-notices"
#define STOP_MEASURES_NAME "stop-measures"
#define STOP_GO_NAME "go" /* in waiting_act: its first person */

/* What came of an order, for its result row. */
struct desk_answer {
	int outcome; /* 0, DESK_ANSWER_WAITS, or an LZ_E_* */
	uint64_t number;
	char text[2 * CASE_TEXT_SIZE];
};
#define DESK_ANSWER_WAITS 1 /* for a second person */

/*
 * Inside the open transaction; applies to the book at once.  approval_us: how
 * long a first person's word counts.  0 or the store's error.
 */
LZ_NODISCARD int desk_stop_take(struct store *store, struct case_book *book,
				const struct command *command,
				int64_t approval_us,
				struct desk_answer *answer);
/* What stands in the store, put into the book; *brake: CASE_BRAKE_* of it. */
LZ_NODISCARD int desk_stop_load(struct store *store, struct case_book *book,
				uint8_t *brake);
/* The same bits as COMMAND_STOP_*, for the counter. */
unsigned desk_stop_bits(uint8_t brake);

#endif
