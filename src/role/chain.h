/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk's thinking, without its effects: sighting -> attribution -> party
 * -> case.  The desk role wraps it in transactions, replay in printing; both
 * run this very code.
 *
 * Two stages with a bounded queue between them.  *Attribution* (by address)
 * asks who held it and what there is to know of him; *case* (by party) finds
 * the parties' numbers, all of a queue in one question, and steps their cases
 * one after the other.  A full queue is worked off before more is taken.
 * Without a queue each sighting goes through both at once.
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

/* The same for many; parties come back in asked[i].party. */
struct chain_asked {
	const char *label;
	bool known;
	struct party_id party;
};
typedef int chain_parties_of(void *context, struct chain_asked *asked,
			     size_t count);

struct chain_output {
	const struct case_output *step;
	/* The sighting that went to its case with it; NULL: a timer or an act. */
	const struct attributed *attributed;
	bool arrived; /* it came in just now: nothing is stored of it yet */
	const char *binding_source; /* that names its holder; NULL */
	const char *party_label;    /* NULL where not known here */
};
typedef void chain_sink(void *context, const struct chain_output *output);
/* Behind all steps that a sighting led to when it came in; also where it led to
 * none. */
typedef void chain_arrival(void *context, const struct sighting *sighting);

#define CHAIN_PARTITIONS 256
#define CHAIN_QUEUE_MAX 65536

/* The clocks of those who write down leases follow NTP; rows are often cut to
 * whole seconds. */
#define CHAIN_BINDING_ERROR_US (5 * TIMES_SECOND_US)

struct chain_conf {
	const struct case_policy *policy;
	struct holders *holders; /* borrowed */
	bool reachable;          /* a notice channel is configured */
	struct rng rng;
	size_t queue; /* sightings between the stages, at most; 0: none */
	chain_party_of *party_of;
	chain_parties_of *parties_of; /* NULL: party_of is asked for each */
	/* The number of a label that has one already: LZ_E_NOT_FOUND, and makes
	 * none.  NULL: whose a row is that no case knows can't be told. */
	int (*party_find)(void *context, const char *label,
			  struct party_id *party);
	/* Channels that reach a party known by this label; NULL: one where
	 * `reachable`. */
	unsigned (*channels)(void *context, const char *label);
	/* Is what that source says of that time recalled?  NULL: never. */
	bool (*doubted)(void *doubted_context, const char *source,
			struct at_event when);
	void *doubted_context;
	chain_sink *sink;
	chain_arrival *arrival; /* NULL: nobody asks */
	void *context;          /* of all of them */
};

struct chain *chain_new(const struct chain_conf *conf); /* NULL: no memory */
void chain_free(struct chain *chain);
/*
 * now: record time in replay, our clock in the desk; a now below an earlier
 * one counts as that.  Timers due until now fire first, so that the result
 * doesn't depend on when chain_advance was called.  Once a call has failed
 * (party_of, no memory) the chain and what is stored may differ: the caller
 * rolls back and starts again from the store.
 *
 * With a queue the steps come when it is full or worked off: chain_fault tells
 * what was at fault then.
 */
LZ_NODISCARD int chain_sighting(struct chain *chain,
				const struct sighting *sighting,
				struct at_event now);
/* Who feeds it names what comes next; 0: nothing. */
void chain_mark(struct chain *chain, uint64_t tag);
/* Works the queue off.  All calls below do so first. */
LZ_NODISCARD int chain_drain(struct chain *chain);
/* The mark of the sighting whose case stage failed; 0: none has. */
uint64_t chain_fault(const struct chain *chain);
struct chain_counts {
	uint64_t attributed; /* went through the first stage */
	uint64_t stepped;    /* through the second */
	uint64_t full;       /* times the queue was full */
	size_t deepest;      /* it ever was */
};
void chain_count(const struct chain *chain, struct chain_counts *counts);
/* Of CHAIN_PARTITIONS, by hash of the party. */
unsigned chain_partition(struct party_id party);
LZ_NODISCARD int chain_event(struct chain *chain, uint64_t case_id,
			     const struct case_event *event,
			     struct at_event now);
/*
 * case_book_merge and case_book_split (book.h) with what is known here.  split:
 * the party by its label, as party_of takes it; each sighting is as sure as its
 * answer is where that names this party, else probable at most: a person's word
 * moves it and makes nobody certain.
 */
LZ_NODISCARD int chain_merge(struct chain *chain,
			     const struct case_merge *merge,
			     struct at_event now);
LZ_NODISCARD int chain_split(struct chain *chain, uint64_t from,
			     const char *label, bool known,
			     const struct sighting *sightings, size_t count,
			     const char *actor, const char *reason,
			     struct at_event now);
/*
 * What the case has on lines of that account ends: it was merged into the
 * case's party, and is itself again.  chain_split does it.
 */
LZ_NODISCARD int chain_give_back(struct chain *chain, uint64_t case_id,
				 const char *label, struct at_event now);
/*
 * Takes a sighting out of the case it went to, and gives it nowhere: it proved
 * wrong.  Unknown there: harmless.
 */
LZ_NODISCARD int chain_withdraw(struct chain *chain,
				const struct sighting *sighting,
				uint64_t case_id, const char *why,
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
struct holders *chain_holders(const struct chain *chain);
/* Is that account (holders_account) this party, or merged into it?  Where that
 * can't be told it is.  0, or what party_find answered. */
LZ_NODISCARD int chain_is_of(struct chain *chain, uint32_t account,
			     struct party_id party, bool *is_of);

#endif
