/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attribution stage: sightings in, attributed sightings out.
 *
 * Each sighting is answered at once.  A "probable, not yet confirmed" one is
 * kept (bounded) and asked again as watermarks move; when the answer changes
 * it comes out again with `again` set, so that what rested on the old answer
 * can be withdrawn.
 */
#ifndef IDENT_ATTRIBUTION_H
#define IDENT_ATTRIBUTION_H

#include "fact/identity.h"
#include "fact/sighting.h"
#include "ident/binding_cursor.h"

#define ATTRIBUTION_WAITING_MAX 65536

struct attributed {
	struct sighting sighting;
	struct identity_answer answer;
	bool again; /* came out before with another answer */
};
typedef void attributed_sink(void *context,
			     const struct attributed *attributed);

struct attribution;

struct attribution *attribution_new(struct binding_cursor cursor,
				    int64_t error_us);
void attribution_free(struct attribution *attribution);
void attribution_sighting(struct attribution *attribution,
			  const struct sighting *sighting,
			  attributed_sink *sink, void *context);
/*
 * A sighting that waited when an earlier process ended: attribution_again asks
 * for it, and gives it out whatever the answer is.
 */
void attribution_wait(struct attribution *attribution,
		      const struct sighting *sighting);
/* Asks the waiting ones again; call when watermarks may have moved. */
void attribution_again(struct attribution *attribution, attributed_sink *sink,
		       void *context);
/* A sighting is given elsewhere: it waits no more. */
void attribution_forget(struct attribution *attribution,
			const struct sighting *sighting);
/* How many wait; how many had to be given up at WAITING_MAX: those stay
 * "probable" for good. */
size_t attribution_waiting(const struct attribution *attribution);
uint64_t attribution_given_up(const struct attribution *attribution);

#endif
