/* SPDX-License-Identifier: Apache-2.0 */
/* The notifier's own file: each try to deliver a row of the outbox. */
#ifndef STORE_NOTIFIER_STORE_H
#define STORE_NOTIFIER_STORE_H

#include "store/store.h"

enum attempt_result {
	ATTEMPT_RUNNING = 0, /* began, and no end is known: a crash */
	ATTEMPT_DONE = 1,    /* delivered */
	ATTEMPT_FAILED = 2,  /* `next` says when it is tried again */
	ATTEMPT_GIVEN_UP = 3,
	ATTEMPT_ACCEPTED = 4,  /* a mail server's business now */
	ATTEMPT_CUT_OFF = 5,   /* may have been sent; `next` as above */
	ATTEMPT_NO_CONTACT = 6 /* nobody to write to: looked up again daily */
};

struct attempt {
	uint64_t n; /* from 1; 0: never tried */
	struct at_event started, ended, next;
	enum attempt_result result;
};

/*
 * The last attempt at a notice under this number: a desk whose database was put
 * back gives numbers to other notices again.
 */
LZ_NODISCARD int notifier_store_last(struct store *store, uint64_t outbox,
				     uint64_t notice, struct attempt *attempt);
/* Sets attempt->n.  Of older attempts the last twenty are kept. */
LZ_NODISCARD int notifier_store_start(struct store *store, uint64_t outbox,
				      uint64_t notice, struct at_event now,
				      struct attempt *attempt);
/* How many of its attempts (of those kept) ended so. */
LZ_NODISCARD int notifier_store_count(struct store *store, uint64_t outbox,
				      uint64_t notice,
				      enum attempt_result result,
				      uint64_t *count);
LZ_NODISCARD int notifier_store_end(struct store *store, uint64_t outbox,
				    const struct attempt *attempt,
				    const char *proof);
/* Erases attempts that ended, or were cut off, before. */
LZ_NODISCARD int notifier_store_retain(struct store *store,
				       struct at_event before);

#endif
