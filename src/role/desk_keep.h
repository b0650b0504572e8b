/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk's sink: makes each step of a case durable, as rows of the desk's
 * store, inside the transaction that is open.
 */
#ifndef ROLE_DESK_KEEP_H
#define ROLE_DESK_KEEP_H

#include "conf/conf.h"
#include "role/chain.h"
#include "role/counters.h"
#include "store/desk_store.h"

struct desk_keep {
	struct store *store;     /* borrowed, as all of these */
	const struct conf *conf; /* its policy is the current one */
	struct counters *counters;
	struct at_event now; /* record time of the round */
	struct rng rng;      /* party numbers come from it */
	int error;          /* the first one; the transaction is to be undone */
	bool outbox_rang;   /* rows were added to the outbox */
	bool measures_rang; /* measures that are to be done changed */
	/* Of the newest step, for who ordered it. */
	bool stepped;
	enum case_state from;
	const char *refused; /* NULL, or why (static) */
	uint32_t measures_off;
	uint8_t bytes[CASE_RECORD_BYTES_MAX];
};

/*
 * A chain_party_of; context is the struct desk_keep.  A number is random, but
 * the same for a label whenever it is drawn, so that a round that was undone
 * gives it again.
 */
LZ_NODISCARD int desk_keep_party(void *context, const char *label, bool known,
				 struct party_id *party);

/* A chain_sink; context is the struct desk_keep. */
void desk_keep_step(void *context, const struct chain_output *output);

#endif
