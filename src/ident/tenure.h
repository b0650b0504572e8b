/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row among its neighbours: writes what the tracker made of a session's
 * words, with the end that other holders of the same subject, resets and silence
 * leave it, and does the same for the neighbours that it ends, overlaps, or no
 * longer does.
 *
 * Not for the tracker's callers.
 */
#ifndef IDENT_TENURE_H
#define IDENT_TENURE_H

#include "ident/tracker.h"

/* Neighbours looked at; more on one subject at once are left as they are: they
 * overlap, and answers there are ambiguous. */
#define TENURE_NEIGHBOURS_MAX 32
#define TENURE_RESETS_MAX 32

struct tenure {
	const struct tracker_store *store;
	const struct tracker_source *source; /* whose word this is */
	const char *cause;                   /* for store->changed */
};

/* Rows of no address: a reset, a word that named none. */
bool tenure_is_note(const struct binding *row);
/* Same party, or same inside address; two unknown holders are not the same. */
bool tenure_same_holder(const struct binding *a, const struct binding *b);
/* Ended by a word of its own that nothing else overrules. */
bool tenure_is_observed(const struct binding *row);

/* A lease with grace behind it: its heard lies ahead, at its expiry, so when it
 * was last spoken of isn't known.  (Or one that was given away; as safe.) */
bool tenure_is_graced(const struct binding *row);

/* Session number under which a source's resets are kept. */
uint64_t tenure_reset_session(uint16_t source);

/*
 * Writes `row`; old: what the store holds under its id, NULL when it is new.
 * row->end is what its own words say, BINDING_BOUNDED what it was left last
 * time: both are worked out anew.  0 or the store's error.
 */
LZ_NODISCARD int tenure_put(const struct tenure *tenure,
			    const struct binding *old, struct binding *row);
LZ_NODISCARD int tenure_drop(const struct tenure *tenure,
			     const struct binding *old);

#endif
