/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk's sink: makes each step of a case durable, as rows of the desk's
 * store, inside the transaction that is open.
 *
 * A new sighting whose step neither did nor asked anything is its own event: it
 * stands in the sighting's row (desk_store.h), and that row is written at the
 * end of the batch, with the rows of the cases that were touched.  All other
 * rows are written at once.
 */
#ifndef ROLE_DESK_KEEP_H
#define ROLE_DESK_KEEP_H

#include "conf/conf.h"
#include "role/chain.h"
#include "role/counters.h"
#include "role/desk_rows.h"
#include "store/desk_store.h"

struct leaf_store;
struct desk_recalls;

struct desk_keep {
	struct store *store;          /* borrowed, as all of these */
	struct case_book *book;       /* whose steps these are */
	struct desk_rows *rows;       /* what waits for the end of the batch */
	struct leaf_store *leaves;    /* for the ledger; NULL: none are kept */
	struct desk_recalls *recalls; /* what is recalled now */
	const struct conf *conf;      /* its policy is the current one */
	struct counters *counters;
	struct at_event now; /* record time of the round */
	struct rng rng;      /* party numbers come from it */
	int error;          /* the first one; the transaction is to be undone */
	bool outbox_rang;   /* rows were added to the outbox */
	bool measures_rang; /* measures that are to be done changed */
	bool placed;        /* the sighting that comes in has its row */
	/* Totals, never set back: measures that were really lifted, notices
	 * that were really taken back. */
	uint64_t lifted, corrected;
	uint64_t steps; /* all of them */
	/* Of the newest step, for who ordered it. */
	bool stepped;
	enum case_state from;
	const char *refused; /* NULL, or why (static) */
	const char *row;     /* of the table (static) */
	uint8_t wrong;       /* enum notice_wrong, set by who takes back; 0 */
	uint32_t measures_off;
	uint8_t bytes[CASE_EVENT_BYTES_MAX]; /* of an event, or a letter */
};

/*
 * A chain_party_of; context is the struct desk_keep.  A number is random, but
 * the same for a label whenever it is drawn, so that a round that was undone
 * gives it again.
 */
LZ_NODISCARD int desk_keep_party(void *context, const char *label, bool known,
				 struct party_id *party);

/* As long as there is one: the chain's party_find. */
LZ_NODISCARD int desk_keep_find(void *context, const char *label,
				struct party_id *party);

/* The same for many at once: a chain_parties_of. */
LZ_NODISCARD int desk_keep_parties(void *context, struct chain_asked *asked,
				   size_t count);

/* A chain_sink; context is the struct desk_keep. */
void desk_keep_step(void *context, const struct chain_output *output);
/* A chain_arrival: a sighting that led to no step is kept as well. */
void desk_keep_arrival(void *context, const struct sighting *sighting);
/*
 * The end of a batch: writes what waits.  For whoever asks the store, too.
 * keep->error, or the store's.
 */
LZ_NODISCARD int desk_keep_flush(struct desk_keep *keep);
/* A round is undone. */
void desk_keep_drop(struct desk_keep *keep);

#endif
