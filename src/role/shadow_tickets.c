/* SPDX-License-Identifier: Apache-2.0 */
/* Compares tickets with cases. */
#include "role/shadow_tickets.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "role/shadow_report.h"
#include "role/whole_file.h"
#include "store/desk_store.h"

struct reading {
	struct store *store;
	const struct trial_cases *cases;
	struct shadow_tickets *tickets;
};

static int
take(void *context, const struct ticket *ticket)
{
	const struct reading *reading = context;
	struct shadow_tickets *tickets = reading->tickets;
	const struct trial_window *window = &reading->cases->window;
	struct party_id party = {0};
	int error = 0;

	if (ticket->to.us < window->since.us ||
	    ticket->from.us >= window->until.us) {
		tickets->outside++;
		return 0;
	}
	if (ticket->account[0])
		error = desk_store_party(reading->store, ticket->account, true,
					 &party);
	if (error && error != LZ_E_NOT_FOUND)
		return error;
	if (tickets->count == tickets->room) {
		struct shadow_ticket *grown =
		    memory_grow(tickets->list, tickets->room,
				tickets->room * 2 + 64, sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		tickets->list = grown;
		tickets->room = tickets->room * 2 + 64;
	}
	tickets->list[tickets->count++] =
	    (struct shadow_ticket){.line = ticket->line,
				   .from = ticket->from,
				   .to = ticket->to,
				   .has_address = ticket->has_address,
				   .address = ticket->address,
				   .party = party.value};
	return 0;
}

static void
refuse(void *context, uint64_t line, const char *reason)
{
	struct shadow_tickets *tickets =
	    ((const struct reading *)context)->tickets;

	if (tickets->refused < SHADOW_REFUSED_MAX) {
		tickets->refusals[tickets->refused].line = line;
		tickets->refusals[tickets->refused].reason = reason;
	}
	tickets->refused++;
}

static int
by_address(const void *left, const void *right, void *context)
{
	const struct shadow_ticket *list = context;
	const size_t a = *(const size_t *)left, b = *(const size_t *)right;

	return memcmp(&list[a].address, &list[b].address, sizeof(struct addr));
}

static int
index_addresses(struct shadow_tickets *tickets)
{
	tickets->by_address = memory_new(tickets->count + 1,
					 sizeof(*tickets->by_address));
	if (!tickets->by_address)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < tickets->count; i++)
		if (tickets->list[i].has_address)
			tickets->by_address[tickets->address_count++] = i;
	qsort_r(tickets->by_address, tickets->address_count,
		sizeof(*tickets->by_address), by_address, tickets->list);
	return 0;
}

int
shadow_tickets_read(struct store *store, const char *path,
		    const struct trial_cases *cases,
		    struct shadow_tickets *tickets)
{
	struct reading reading = {store, cases, tickets};
	char *bytes;
	size_t length;
	int error = whole_file_read(path, TICKETS_BYTES_MAX, &bytes, &length);

	*tickets = (struct shadow_tickets){.case_count = cases->count};
	if (error)
		return error;
	error = tickets_parse(bytes, length, take, refuse, &reading);
	memory_free(bytes);
	if (!error)
		error = index_addresses(tickets);
	tickets->ticketed = memory_new(cases->count + 1, sizeof(bool));
	return error || tickets->ticketed ? error : LZ_E_MEMORY;
}

void
shadow_tickets_free(struct shadow_tickets *tickets)
{
	memory_free(tickets->list);
	memory_free(tickets->by_address);
	memory_free(tickets->ticketed);
	*tickets = (struct shadow_tickets){0};
}

static bool
near(const struct shadow_ticket *ticket, struct at_event first,
     struct at_event last)
{
	return times_is_set(first) &&
	       ticket->to.us >= first.us - SHADOW_TICKET_SPAN_US &&
	       ticket->from.us <= last.us + SHADOW_TICKET_SPAN_US;
}

/* The ticket speaks of this case. */
static void
join(struct shadow_tickets *tickets, struct shadow_ticket *ticket,
     const struct trial_cases *cases, const struct trial_case *one)
{
	if (!shadow_report_is_told(cases, one)) {
		ticket->watched = true;
		return;
	}
	ticket->both = true;
	tickets->ticketed[one - cases->list] = true;
}

void
shadow_tickets_seen(struct shadow_tickets *tickets,
		    const struct trial_cases *cases,
		    const struct sighting *sighting,
		    const struct trial_case *one)
{
	const struct prefix *prefix = &sighting->subject.prefix;
	size_t low = 0, high = tickets->address_count;

	/* The first ticket at or behind the prefix's first address. */
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct shadow_ticket *ticket =
		    &tickets->list[tickets->by_address[middle]];

		if (memcmp(&ticket->address, &prefix->addr,
			   sizeof(struct addr)) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < tickets->address_count; low++) {
		struct shadow_ticket *ticket =
		    &tickets->list[tickets->by_address[low]];

		if (!prefix_contains(prefix, &ticket->address))
			break;
		if (!near(ticket, sighting->first, sighting->last))
			continue;
		ticket->seen = true;
		/* A shared address alone names nobody: tickets have no port. */
		if (one && sighting->subject.port_first == 0)
			join(tickets, ticket, cases, one);
	}
}

/* --------------------------------------------------------------- parties */

static int
by_party(const void *left, const void *right)
{
	const struct trial_case *const *a = left, *const *b = right;

	return ((*a)->party > (*b)->party) - ((*a)->party < (*b)->party);
}

static void
join_party(struct shadow_tickets *tickets, struct shadow_ticket *ticket,
	   const struct trial_cases *cases,
	   const struct trial_case *const *order)
{
	size_t low = 0, high = cases->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (order[middle]->party < ticket->party)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < cases->count && order[low]->party == ticket->party;
	     low++) {
		if (!near(ticket, order[low]->first_seen,
			  order[low]->last_seen))
			continue;
		ticket->seen = true;
		join(tickets, ticket, cases, order[low]);
	}
}

int
shadow_tickets_end(struct shadow_tickets *tickets,
		   const struct trial_cases *cases)
{
	const struct trial_case **order = memory_new(cases->count + 1,
						     sizeof(*order));

	if (!order)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < cases->count; i++)
		order[i] = &cases->list[i];
	qsort(order, cases->count, sizeof(*order), by_party);
	for (size_t i = 0; i < tickets->count; i++) {
		struct shadow_ticket *ticket = &tickets->list[i];

		if (ticket->party)
			join_party(tickets, ticket, cases, order);
		tickets->both += ticket->both;
		tickets->watched += !ticket->both && ticket->watched;
		tickets->unattributed += !ticket->both && !ticket->watched &&
					 ticket->seen;
		tickets->never += !ticket->seen;
	}
	memory_free(order);
	for (size_t i = 0; i < cases->count; i++) {
		if (!shadow_report_is_told(cases, &cases->list[i]))
			continue;
		tickets->ours++;
		tickets->ours_alone += !tickets->ticketed[i];
	}
	return 0;
}
