/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk's own tickets against the cases: who knew of what.
 *
 * A ticket and a case are the same where the ticket's account is the case's
 * party, or its address was seen in a certain sighting of the case, within a
 * week of the ticket's time.  Accounts are looked up inside and never printed.
 */
#ifndef ROLE_SHADOW_TICKETS_H
#define ROLE_SHADOW_TICKETS_H

#include "fact/sighting.h"
#include "role/tickets.h"
#include "role/trial_cases.h"
#include "store/store.h"

#define SHADOW_TICKET_SPAN_US (7 * TIMES_DAY_US)
#define SHADOW_REFUSED_MAX 20 /* kept with their line; the rest is counted */

struct shadow_ticket {
	uint64_t line;
	struct at_event from, to;
	bool has_address;
	struct addr address;
	uint64_t party; /* 0: no account, or one nothing is known of */
	bool seen;      /* a sighting of its address, whoever it was */
	bool watched;   /* of a case that wasn't told */
	bool both;      /* of a case that was told */
};

struct shadow_tickets {
	size_t count, room;
	struct shadow_ticket *list;
	size_t address_count;
	size_t *by_address; /* rows with an address, by it */
	size_t case_count;
	bool *ticketed; /* as trial_cases.list: a ticket speaks of it */
	size_t refused;
	struct {
		uint64_t line;
		const char *reason;
	} refusals[SHADOW_REFUSED_MAX];
	size_t outside; /* of another time than the window */
	/* shadow_tickets_end: */
	size_t both, watched, unattributed, never; /* of count */
	size_t ours, ours_alone; /* cases told in the window */
};

/*
 * Reads a file; accounts become numbers.  -errno, LZ_E_FORMAT (no header, said
 * in refusals), LZ_E_FULL, LZ_E_MEMORY, or as the store.
 */
LZ_NODISCARD int shadow_tickets_read(struct store *store, const char *path,
				     const struct trial_cases *cases,
				     struct shadow_tickets *tickets);
void shadow_tickets_free(struct shadow_tickets *tickets);
/* A sighting passes by; one: the case it went to, or NULL. */
void shadow_tickets_seen(struct shadow_tickets *tickets,
			 const struct trial_cases *cases,
			 const struct sighting *sighting,
			 const struct trial_case *one);
/* After all sightings: parties, and the sums.  LZ_E_MEMORY. */
LZ_NODISCARD int shadow_tickets_end(struct shadow_tickets *tickets,
				    const struct trial_cases *cases);

#endif
