/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The book of cases: one open case a party, kept in memory, stepped by
 * case_step (step.h); timers; brakes across cases.
 *
 * Pure: time and randomness are arguments, what became of each event goes out
 * through one sink, and the caller (desk role, replay, simulation) makes it
 * durable or prints it.  Restoring the records that went out gives the same
 * book.  Two calls with the same sighting change nothing the second time.
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
 * Cases of mere addresses kept at a time (13 kB each: 430 MB); further ones
 * open none and are counted.  Accounts are as many as there are: who forges
 * the sources of a million addresses must not take the memory they need.
 */
#define CASE_UNKNOWN_MAX 32768

struct case_book;

/* What case_step made of one event; everything borrowed until the sink returns. */
struct case_output {
	const struct case_record *record; /* after */
	const struct case_event *event;
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
 * Automation stops for a reason outside of all cases (a source is silent):
 * CASE_BRAKE_* and why (static); 0 lets it go on.  Releases never stop.
 */
void case_book_stop(struct case_book *book, uint8_t brake, const char *text);

/* The party a sighting belongs to, as the caller knows it. */
struct case_party {
	struct party_id id;
	bool known; /* an account; false: "addr:..." */
	bool protected;
	bool reachable;   /* there is a channel for notices */
	uint8_t channels; /* how many; 0: one where reachable */
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
 * due time as its now.  case_book_sighting and case_book_event do so first.
 */
void case_book_advance(struct case_book *book, struct at_event now,
		       case_sink *sink, void *context);
/* The next time case_book_advance has something to do; unset: never. */
struct at_event case_book_due(const struct case_book *book);

/* Puts a stored record back (start-up). */
LZ_NODISCARD int case_book_restore(struct case_book *book,
				   const struct case_record *record);
const struct case_record *case_book_find(const struct case_book *book,
					 uint64_t case_id);
const struct case_record *case_book_of_party(const struct case_book *book,
					     struct party_id party);
/* Takes an erased case out of memory; no output.  Unknown: harmless. */
void case_book_forget(struct case_book *book, uint64_t case_id);
/* In no particular order; stops when the visitor answers false. */
typedef bool case_visit(void *context, const struct case_record *record);
void case_book_visit(const struct case_book *book, case_visit *visit,
		     void *context);
/* Sightings of addresses that opened no case at the ceiling. */
uint64_t case_book_turned_away(const struct case_book *book);
size_t case_book_count(const struct case_book *book);

#endif
