/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who held this address (and port) from `first` to `last`?  Five answers, and
 * never the wrong customer: certain needs ONE party over the whole interval
 * widened by the clocks' error AND word from that source with an event time
 * after it.  DESIGN section 6.
 */
#ifndef IDENT_IDENTIFY_H
#define IDENT_IDENTIFY_H

#include "fact/identity.h"
#include "fact/sighting.h"
#include "ident/binding_cursor.h"

/* A source's clock is off by at most this (binding.error_us): rows that begin or
 * end so near are looked at. */
#define IDENTITY_ERROR_MAX_US TIMES_HOUR_US

struct identity_question {
	struct addr addr;
	uint32_t realm; /* 0: public */
	int32_t port;   /* -1: not known */
	struct at_event first, last;
	int64_t error_us; /* both clocks together, each way */
};

/*
 * What is asked for behind a translator (BINDING_INSIDE) is asked again: the
 * answer's party and binding are the inside address's, its sources both's, its
 * certainty the weaker one.  answer->binding is what names the party: its start
 * and end are the interval, its marks say which of them are inferred.
 *
 * Two holders within the clocks' error are ambiguous; a row that its source
 * doesn't vouch for at that time, probable; and `awaiting` only where nothing
 * but a later word of an open row is missing.
 */
void identify(const struct binding_cursor *cursor,
	      const struct identity_question *question,
	      struct identity_answer *answer);

/*
 * The same for a sighting: its subject; where the subject is shared, all of
 * its (port, time) pairs must name one party.  error_us: our sources' bound,
 * the sighting's own is added.
 */
void identify_sighting(const struct binding_cursor *cursor,
		       const struct sighting *sighting, int64_t error_us,
		       struct identity_answer *answer);

#endif
