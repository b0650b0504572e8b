/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes to the desk: the spools, in the order in which a round takes
 * them: commands of persons (and look-ups they made), receipts of notices,
 * effects of measures, words that change who held an address, sightings.
 *
 * What can't be read is counted, named by spool and sequence, and passed over:
 * a poison record never stops the line.
 */
#ifndef ROLE_DESK_INBOX_H
#define ROLE_DESK_INBOX_H

#include "base/rng.h"
#include "role/arrivals.h"
#include "role/chain.h"
#include "role/counters.h"
#include "role/desk_changes.h"
#include "role/desk_keep.h"
#include "role/desk_recall.h"
#include "spool/spool.h"

#define DESK_RECORDS_A_ROUND 500
/* Sightings are taken in together, as many as wait, up to: */
#define DESK_SIGHTINGS_A_ROUND ARRIVALS_MAX

enum desk_spool {
	DESK_SPOOL_COMMAND,
	DESK_SPOOL_WEB,
	DESK_SPOOL_NOTIFIER,
	DESK_SPOOL_ENFORCER,
	DESK_SPOOL_REGISTRAR,
	DESK_SPOOL_SENSOR,
	DESK_SPOOL_COUNT
};

struct desk_inbox {
	struct store *store; /* borrowed, as the next four */
	struct chain *chain;
	struct desk_keep *keep; /* the chain's sink */
	struct counters *counters;
	struct holders *holders;
	struct desk_inside inside; /* gathered in this round */
	struct chain_news news;    /* what no case was looked through for yet */
	struct arrivals *arrivals; /* sightings of this batch; owned */
	struct desk_recalls recalls;
	/* A batch failed, and nobody knows by which record: they go one by one
	 * until it is found. */
	bool singly;
	char path[DESK_SPOOL_COUNT][CONF_PATH_SIZE + 32];
	struct spool_reader *readers[DESK_SPOOL_COUNT]; /* NULL: not open */
	uint64_t taken[DESK_SPOOL_COUNT]; /* sequence taken in last */
	uint64_t lost;                    /* of readers closed meanwhile */
	uint64_t disbelieved;             /* credible.h: passed over */
	/* What made a round fail, and is passed over in the next one. */
	bool at_fault, passed; /* passed: in this round */
	int fault;
	enum desk_spool fault_spool;
	uint64_t at, fault_sequence; /* at: being taken in, 0: none */
	enum desk_spool at_spool;
};

/* "command", "web", "notifier", "enforcer", "registrar", "sensor": folders and
 * ack files are named so. */
const char *desk_spool_name(enum desk_spool spool);
/* LZ_E_MEMORY. */
LZ_NODISCARD int desk_inbox_init(struct desk_inbox *inbox,
				 const char *state_root);
void desk_inbox_fini(struct desk_inbox *inbox);
/*
 * Goes back to what the store says was taken in; 0 or the store's error.  For
 * the start, and for after a round that was undone.
 */
LZ_NODISCARD int desk_inbox_rewind(struct desk_inbox *inbox);
/*
 * Takes in what is there, at most DESK_RECORDS_A_ROUND of each spool (of
 * sightings DESK_SIGHTINGS_A_ROUND), and writes the offsets, all inside the
 * open transaction.  *more: a spool has more.
 * Answers an error of store or chain: the round is to be undone.
 */
LZ_NODISCARD int desk_inbox_round(struct desk_inbox *inbox, struct at_event now,
				  bool *more);

/*
 * A round has failed with `error`: where that is the fault of what was being
 * taken in, and not of disk or memory, the next round passes it over.
 */
void desk_inbox_blame(struct desk_inbox *inbox, int error);

#endif
