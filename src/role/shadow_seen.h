/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk over all sightings of the desk's store, for `lazaret shadow report`:
 * how sure their holders were by the source that named them, who was heard and
 * who fell silent, what a case rests on, and which tickets speak of the same.
 */
#ifndef ROLE_SHADOW_SEEN_H
#define ROLE_SHADOW_SEEN_H

#include "role/shadow_tickets.h"
#include "role/trial_cases.h"
#include "store/store.h"

#define SHADOW_NAMES_MAX 4096
#define SHADOW_NAME_SIZE 96

/* What one name (a source, an exporter, an origin) said. */
struct shadow_name {
	char name[SHADOW_NAME_SIZE];     /* "": none is named */
	struct at_event last;            /* known, ever */
	uint64_t count[CERTAINTY_COUNT]; /* in the window */
	uint64_t total;
};

struct shadow_names {
	size_t count, room;
	struct shadow_name *list; /* by name */
	uint64_t more;            /* sightings of names beyond the ceiling */
};

/* What a case rests on, beside what trial_cases.h knows. */
struct shadow_case {
	uint32_t sightings, uncertain; /* certainty below certain */
	uint32_t crowd; /* cases that rest on one and the same peer */
};

struct shadow_seen {
	struct shadow_names sources, networks, exporters, origins;
	size_t case_count;
	struct shadow_case *cases; /* as trial_cases.list */
	uint64_t total;            /* sightings of the window */
};

/* Networks are the configuration's.  tickets: NULL, or to be marked.
 * LZ_E_MEMORY, or as the store. */
LZ_NODISCARD int shadow_seen_read(struct store *store, const struct conf *conf,
				  const struct trial_cases *cases,
				  struct shadow_tickets *tickets,
				  struct shadow_seen *seen);
void shadow_seen_free(struct shadow_seen *seen);

#endif
