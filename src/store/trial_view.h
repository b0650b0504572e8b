/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `lazaret effect` and `lazaret shadow` ask the desk's store: rows of all
 * cases at once, few columns each.  No answer names a party; cases themselves
 * are desk_view_cases'.  Visitors as in desk_view.h.
 */
#ifndef STORE_TRIAL_VIEW_H
#define STORE_TRIAL_VIEW_H

#include "fact/case_fact.h"
#include "store/desk_store.h"
#include "store/store.h"

/* A certain sighting of a case. */
struct trial_seen {
	uint64_t case_id;
	struct at_event first, last;
};
typedef int trial_seen_visit(void *context, const struct trial_seen *seen);
/* Those that began by then; by case, then by time. */
LZ_NODISCARD int trial_view_seen(struct store *store, struct at_event until,
				 trial_seen_visit *visit, void *context);

struct trial_told {
	uint64_t case_id;
	const char *channel;
	struct at_event created;
	bool would;
};
typedef int trial_told_visit(void *context, const struct trial_told *told);
/* Notices created in [since, until); by case, then by time. */
LZ_NODISCARD int trial_view_told(struct store *store, struct at_event since,
				 struct at_event until, trial_told_visit *visit,
				 void *context);

struct trial_measured {
	uint64_t case_id;
	enum measure_kind kind;
	bool would;
	struct at_event since;
	struct at_event end; /* lifted, else when it expires */
};
typedef int trial_measured_visit(void *context,
				 const struct trial_measured *measured);
/* Measures that began in [since, until); by case, then by time. */
LZ_NODISCARD int trial_view_measured(struct store *store, struct at_event since,
				     struct at_event until,
				     trial_measured_visit *visit,
				     void *context);

/* What a person did: RELEASE, DISMISS, OBJECT or ANSWER, where it changed
 * the case. */
struct trial_deed {
	uint64_t case_id;
	struct at_event now;
	enum case_event_kind kind;
	uint8_t from;            /* enum case_state */
	struct store_bytes body; /* case_event_encode */
};
typedef int trial_deed_visit(void *context, const struct trial_deed *deed);
LZ_NODISCARD int trial_view_deeds(struct store *store, struct at_event since,
				  struct at_event until,
				  trial_deed_visit *visit, void *context);

typedef int trial_asked_visit(void *context, uint64_t case_id, uint64_t count);
/* How often the desk asked for a person, by case. */
LZ_NODISCARD int trial_view_asked(struct store *store, struct at_event since,
				  struct at_event until,
				  trial_asked_visit *visit, void *context);

/* A sighting, how sure it is who held its subject, and which source named the
 * holder (or didn't). */
struct trial_sighting {
	const struct sighting *sighting;
	uint64_t case_id;           /* 0: none */
	uint8_t certainty;          /* enum certainty */
	const char *binding_source; /* "" where it isn't known */
};
typedef int trial_sighting_visit(void *context,
				 const struct trial_sighting *row);
/* All that were known by then, in no order. */
LZ_NODISCARD int trial_view_sightings(struct store *store,
				      struct at_event until,
				      trial_sighting_visit *visit,
				      void *context);

/* A person's word on a case. */
struct trial_verdict {
	uint64_t case_id;
	const char *judge;
	struct at_event time;
	uint8_t class;       /* enum rsit_class, of its first notice */
	const char *verdict; /* "right", "wrong", "unclear" */
	const char *note;
};
typedef int trial_verdict_visit(void *context,
				const struct trial_verdict *verdict);
/* In [since, until); by case, then by judge, then by time. */
LZ_NODISCARD int trial_view_verdicts(struct store *store, struct at_event since,
				     struct at_event until,
				     trial_verdict_visit *visit, void *context);
typedef int trial_verdicts_visit(void *context, const char *verdict,
				 uint64_t count);
/* How many of each were given in [since, until) to cases erased since. */
LZ_NODISCARD int trial_view_erased(struct store *store, struct at_event since,
				   struct at_event until,
				   trial_verdicts_visit *visit, void *context);
/* LZ_E_EXISTS: that person's word of that moment is known; LZ_E_NOT_FOUND:
 * there is no such case (any more).  The desk's alone. */
LZ_NODISCARD int trial_verdict_add(struct store *store,
				   const struct trial_verdict *verdict);

#endif
