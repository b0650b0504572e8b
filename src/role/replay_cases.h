/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cases of a replay: the desk's chain on the records' own clock, each step
 * printed instead of stored.
 *
 * Parties get numbers from the seed and their label alone.  Where notices are
 * live, each counts as sent, accepted and delivered at once, as by the local
 * Maildir; nothing is sent.
 */
#ifndef ROLE_REPLAY_CASES_H
#define ROLE_REPLAY_CASES_H

#include <stdio.h>

#include "conf/conf.h"
#include "role/chain.h"

struct replay_cases;

struct replay_cases_conf {
	struct conf *conf; /* its policy gets sealed */
	uint64_t seed;
	bool json;
	FILE *out;
	/* Sees each step besides; may be NULL (tests). */
	chain_sink *watch;
	void *context;
};

struct replay_counts {
	uint64_t cases, notices, measures, refused;
};

/* Reads the binding files.  NULL: it has said why. */
struct replay_cases *replay_cases_new(const struct replay_cases_conf *conf);
void replay_cases_free(struct replay_cases *cases);
LZ_NODISCARD int replay_cases_sighting(struct replay_cases *cases,
				       const struct sighting *sighting);
/* Lets time pass until the last record; timers due after it never fire. */
LZ_NODISCARD int replay_cases_end(struct replay_cases *cases,
				  struct at_event last);
/* For people: each case as it stands, in the order they were opened. */
void replay_cases_tell(const struct replay_cases *cases);
void replay_cases_count(const struct replay_cases *cases,
			struct replay_counts *counts);

#endif
