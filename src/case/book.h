/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The book of cases: one open case a party, kept in memory, stepped by
 * case_step (step.h); timers; brakes across cases.
 *
 * Pure: time and randomness are arguments, what became of each event goes out
 * through one sink, and the caller (desk role, replay, simulation) makes it
 * durable or prints it.  Restoring the records that went out gives the same
 * book.  Two calls with the same sighting change nothing the second time.
 *
 * A case that is open stands in memory whole, with only the room it needs.  One
 * that has ended is a stub of 80 bytes where the caller can fetch it again
 * (case_book_fetch), and stays whole where nobody can.
 */
#ifndef CASE_BOOK_H
#define CASE_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "case/policy.h"
#include "case/step.h"
#include "fact/case_fact.h"
#include "fact/identity.h"
#include "fact/sighting.h"

/*
 * Open cases of mere addresses kept at a time (up to 17 kB each: 560 MB);
 * further ones open none and are counted.  Accounts are as many as there are: who forges
 * the sources of a million addresses must not take the memory they need.
 */
#define CASE_UNKNOWN_MAX 32768

struct case_book;

/* What case_step made of one event; everything borrowed until the sink returns. */
struct case_output {
	const struct case_record *record; /* after */
	const struct case_event *event;
	uint64_t n;    /* of this event in its case, from 1 */
	uint64_t twin; /* another open case of the same party: merge? 0 */
	enum case_state from; /* 0: the case is new */
	bool changed;         /* false: the event changed nothing */
	const struct case_action *actions;
	size_t action_count;
	const char *refused; /* NULL, or why it was refused (static) */
	const char *row;     /* name of the table row that fired (static) */
	const struct case_step_input *input;   /* as the step got it */
	const struct case_step_result *result; /* whole */
};
typedef void case_sink(void *context, const struct case_output *output);

/*
 * policy is borrowed for life.  rng makes case, notice and measure numbers and
 * codes: seed it from the system in a role.  A number depends on the seed, the
 * party, the case and its version alone, not on what other cases did.
 */
struct case_book *case_book_new(const struct case_policy *policy,
				struct rng rng);
void case_book_free(struct case_book *book);
/*
 * A policy that stored cases were opened under (borrowed for life): they keep
 * it.  Cases of a policy that wasn't added go on under the current one.
 */
LZ_NODISCARD int case_book_add_policy(struct case_book *book,
				      const struct case_policy *policy);

/*
 * Where ended cases are to be had: fills *record and *events (how many events
 * it was given).  LZ_E_NOT_FOUND: it is gone or can't be read, and its party
 * begins anew; any other error ends the call that asked.
 */
typedef int case_fetch(void *context, uint64_t case_id,
		       struct case_record *record, uint64_t *events);
LZ_NODISCARD int case_book_fetch(struct case_book *book, case_fetch *fetch,
				 void *context);

/* Why automation may be stopped from outside of all cases, one beside the
 * other. */
enum case_stop {
	CASE_STOP_PERSON,  /* the stop switch */
	CASE_STOP_SOURCES, /* a source of bindings is silent */
	CASE_STOP_COUNT
};

/*
 * Stops automation for one reason: CASE_BRAKE_* and why (copied); 0 takes this
 * reason away and leaves the others.  Releases never stop.
 */
void case_book_stop(struct case_book *book, enum case_stop why, uint8_t brake,
		    const char *text);

/* The party a sighting belongs to, as the caller knows it. */
struct case_party {
	struct party_id id;
	bool known; /* an account; false: "addr:..." */
	bool protected;
	bool reachable;             /* there is a channel for notices */
	uint8_t channels;           /* how many; 0: one where reachable */
	const char *binding_source; /* what names the holder; NULL: nothing */
	/* All bindings it holds now; 0 where it holds more than a line does. */
	uint8_t open_count;
	struct case_other open[CASE_PLACES_MAX];
	uint64_t parties_total; /* accounts known, for the share brake */
};

/*
 * An attributed sighting reaches its party's case (opened when there is none,
 * or as a relapse when the last one is closed and the sighting is newer).
 * now >= all earlier nows.  The sink isn't called for a sighting that is known
 * already, nor for one that accuses nobody (victim, information).
 */
LZ_NODISCARD int case_book_sighting(struct case_book *book,
				    const struct case_party *party,
				    const struct sighting *sighting,
				    const struct identity_answer *answer,
				    struct at_event now, case_sink *sink,
				    void *context);

/* Any other event for a case by number; LZ_E_NOT_FOUND. */
LZ_NODISCARD int case_book_event(struct case_book *book, uint64_t case_id,
				 const struct case_event *event,
				 struct at_event now, case_sink *sink,
				 void *context);

/*
 * Fires the timers due until now, in order of their due time, each with its
 * due time as its now.  All calls with a now do so first.
 */
void case_book_advance(struct case_book *book, struct at_event now,
		       case_sink *sink, void *context);
/* The next time case_book_advance has something to do; unset: never. */
struct at_event case_book_due(const struct case_book *book);

/*
 * Two cases of one customer become one: a MERGE event ends `from`, whose party
 * means `into`'s from then on, and its sightings are stepped into `into`.  A
 * merge makes nobody certain: each sighting stays as sure as it was.
 * LZ_E_NOT_FOUND: there is no such case; LZ_E_STATE: one of them has ended, both
 * are the same, or `from` refuses (the sink says why): nothing has moved.
 */
struct case_moved {
	const struct sighting *sighting;
	uint8_t certainty;
	const char *binding_source; /* NULL: nothing named its holder */
};
struct case_merge {
	uint64_t from, into;
	const struct case_moved *moved; /* by time */
	size_t count;
	const char *actor, *reason;
};
LZ_NODISCARD int case_book_merge(struct case_book *book,
				 const struct case_merge *merge,
				 struct at_event now, case_sink *sink,
				 void *context);

/*
 * Sightings of one case turn out to be another party's: each is withdrawn from
 * it and goes to that party, as sure as its answer is.  Where the party had
 * been merged into the case's, it is itself again.  LZ_E_NOT_FOUND: there is no
 * such case; LZ_E_STATE: it is that party's own.
 */
struct case_split {
	uint64_t from;
	const struct case_party *party;
	const struct sighting *sightings;
	const struct identity_answer *answers; /* one a sighting */
	size_t count;
	const char *actor, *reason; /* "split: ..." */
};
LZ_NODISCARD int case_book_split(struct case_book *book,
				 const struct case_split *split,
				 struct at_event now, case_sink *sink,
				 void *context);
/* A stored alias (start-up), oldest first; LZ_E_MEMORY. */
LZ_NODISCARD int case_book_alias(struct case_book *book, struct party_id party,
				 struct party_id into);
/* The party itself, or the one it was merged into. */
struct party_id case_book_resolve(const struct case_book *book,
				  struct party_id party);

/* Puts a stored record back (start-up), and how many events it was given. */
LZ_NODISCARD int case_book_restore(struct case_book *book,
				   const struct case_record *record,
				   uint64_t events);
/* Puts an ended case back without its record: a fetch must be set. */
struct case_stub {
	uint64_t id;
	struct party_id party;
	enum case_state state;
	struct at_event opened, closed;
	uint64_t merged_into; /* CASE_MERGED; 0 */
};
LZ_NODISCARD int case_book_restore_stub(struct case_book *book,
					const struct case_stub *stub);
/*
 * NULL: there is none (or it couldn't be fetched).  Borrowed until the book is
 * called again.
 */
const struct case_record *case_book_find(struct case_book *book,
					 uint64_t case_id);
/* As find; of a party that was merged, the other's case. */
const struct case_record *case_book_of_party(struct case_book *book,
					     struct party_id party);
/* How many events a case was given; 0: it isn't there, or a stub. */
uint64_t case_book_events(const struct case_book *book, uint64_t case_id);
/*
 * What went out is kept by the caller: ended cases may become stubs.  Without
 * a fetch it does nothing.
 */
void case_book_settle(struct case_book *book);
/* Takes an erased case out of memory; no output.  Unknown: harmless. */
void case_book_forget(struct case_book *book, uint64_t case_id);
/* Those that stand whole, in no particular order; stops when the visitor
 * answers false. */
typedef bool case_visit(void *context, const struct case_record *record);
void case_book_visit(const struct case_book *book, case_visit *visit,
		     void *context);
/* Sightings of addresses that opened no case at the ceiling. */
uint64_t case_book_turned_away(const struct case_book *book);
size_t case_book_count(const struct case_book *book);
/* Of them, those that stand whole: all that are open. */
size_t case_book_whole(const struct case_book *book);

#endif
