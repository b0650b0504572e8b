/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk's thinking, without its effects: sighting -> attribution -> party
 * -> case.  The desk role wraps it in transactions, replay in printing; both
 * run this very code.
 */
#ifndef ROLE_CHAIN_H
#define ROLE_CHAIN_H

#include "base/rng.h"
#include "case/book.h"
#include "ident/attribution.h"
#include "role/holders.h"

struct chain;

/*
 * The party number of a label (an account reference, or "addr:SUBJECT" where
 * known is false); makes one when there is none, of *party where that isn't 0
 * (the number it has elsewhere) and still free.  LZ_E_* or -errno.
 */
typedef int chain_party_of(void *context, const char *label, bool known,
			   struct party_id *party);

struct chain_output {
	const struct case_output *step;
	const struct attributed *attributed; /* NULL: a timer or an act */
	const char *party_label;             /* NULL where not known here */
};
typedef void chain_sink(void *context, const struct chain_output *output);

/* The clocks of those who write down leases follow NTP; rows are often cut to
 * whole seconds. */
#define CHAIN_BINDING_ERROR_US (5 * TIMES_SECOND_US)

struct chain_conf {
	const struct case_policy *policy;
	struct holders *holders; /* borrowed */
	bool reachable;          /* a notice channel is configured */
	struct rng rng;
	chain_party_of *party_of;
	chain_sink *sink;
	void *context; /* of both */
};

struct chain *chain_new(const struct chain_conf *conf); /* NULL: no memory */
void chain_free(struct chain *chain);
/*
 * now: record time in replay, our clock in the desk; a now below an earlier
 * one counts as that.  Timers due until now fire first, so that the result
 * doesn't depend on when chain_advance was called.  Once a call has failed
 * (party_of, no memory) the chain and what is stored may differ: the caller
 * rolls back and starts again from the store.
 */
LZ_NODISCARD int chain_sighting(struct chain *chain,
				const struct sighting *sighting,
				struct at_event now);
LZ_NODISCARD int chain_event(struct chain *chain, uint64_t case_id,
			     const struct case_event *event,
			     struct at_event now);
/* Puts a stored case back (start-up), and how many events it was given; moves
 * the clock to its last change. */
LZ_NODISCARD int chain_restore(struct chain *chain,
			       const struct case_record *record,
			       uint64_t events);
/* A stored sighting whose identity is to be asked again (start-up). */
void chain_wait(struct chain *chain, const struct sighting *sighting);
/*
 * Would a stored sighting, which went to that case (0: to none) with that
 * certainty, lead to another party now?  Where only the same address's own case
 * is meant: is it to wait for a certain answer, and didn't before?
 */
bool chain_leads_elsewhere(struct chain *chain, const struct sighting *sighting,
			   uint64_t case_id, uint8_t certainty);
/*
 * Takes it out of the case it went to, with `why`, and gives it to whom it is
 * found to belong now.  As chain_sighting.
 */
LZ_NODISCARD int chain_move(struct chain *chain,
			    const struct sighting *sighting, uint64_t case_id,
			    const char *why, struct at_event now);
/* Its clock: the newest now it was given. */
struct at_event chain_now(const struct chain *chain);
/* How many sightings wait for an identity. */
size_t chain_waiting(const struct chain *chain);
/* Timers, and identity asked again; 0 or what party_of answered. */
int chain_advance(struct chain *chain, struct at_event now);
struct case_book *chain_book(struct chain *chain);

#endif
