/* SPDX-License-Identifier: Apache-2.0 */
/* From a changed binding to the sightings that rested on it. */
#include "role/desk_changes.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "role/chain_lines.h"
#include "role/counter_table.h"

/* How far a sighting's clock and ours may be apart. */
#define MARGIN_US TIMES_HOUR_US
#define WHY "who held the address is known better now: "

struct touched {
	struct sighting sighting;
	uint64_t case_id;
};

struct asking {
	struct chain *chain;
	bool shared_only;
	struct touched *found; /* that lead elsewhere */
	size_t count, room;
	uint32_t seen;
};

static int
ask_again(void *context, const struct sighting *sighting, uint64_t case_id,
	  uint8_t certainty)
{
	struct asking *asking = context;
	const size_t room = asking->room * 2 + 16;
	struct touched *grown;

	asking->seen++;
	if ((asking->shared_only && sighting->port_count == 0 &&
	     !subject_has_ports(&sighting->subject)) ||
	    !chain_leads_elsewhere(asking->chain, sighting, case_id, certainty))
		return 0;
	if (asking->count == asking->room) {
		grown = memory_grow(asking->found, asking->room, room,
				    sizeof(*grown));
		if (!grown)
			return LZ_E_MEMORY;
		asking->found = grown;
		asking->room = room;
	}
	asking->found[asking->count++] = (struct touched){*sighting, case_id};
	return 0;
}

/* Addresses that only mean something behind a NAT: RFC 1918, RFC 6598. */
static bool
is_inside(const struct binding_changed *changed)
{
	static const struct {
		uint32_t net, mask;
	} private[] = {{0x0a000000, 0xff000000},
		       {0x64400000, 0xffc00000},
		       {0xac100000, 0xfff00000},
		       {0xc0a80000, 0xffff0000}};
	const struct addr *addr = &changed->subject.prefix.addr;

	if (changed->realm)
		return true;
	for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++)
		if (addr_is_v4(addr) &&
		    (addr_v4(addr) & private[i].mask) == private[i].net)
			return true;
	return false;
}

/* First and last address of the subject. */
static void
range_of(const struct binding_changed *changed, struct addr *first,
	 struct addr *last)
{
	const struct prefix *prefix = &changed->subject.prefix;

	*first = *last = prefix->addr;
	for (unsigned bit = prefix->length; bit < 128; bit++)
		last->bytes[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
}

static int
move_one(const struct desk_changes *changes, const struct touched *touched,
	 const char *why, struct at_event now)
{
	/* Of no case until a step says so. */
	int error = desk_store_sighting_assign(changes->store,
					       &touched->sighting, 0,
					       CERTAINTY_NOBODY, false, NULL);

	if (!error)
		error = chain_move(changes->chain, &touched->sighting,
				   touched->case_id, why, now);
	counters_add(changes->counters, COUNTER_DESK_MOVED, 1);
	return error;
}

/* Of addresses first..last, at the time of the change. */
static int
ask_range(const struct desk_changes *changes,
	  const struct binding_changed *changed, const struct addr *first,
	  const struct addr *last, bool shared_only, struct at_event now)
{
	struct asking asking = {.chain = changes->chain,
				.shared_only = shared_only};
	struct at_event from = {changed->from.us - MARGIN_US};
	struct at_event to = changed->to;
	char why[CASE_TEXT_SIZE];
	int error;

	if (to.us < INT64_MAX - MARGIN_US)
		to.us += MARGIN_US;
	error = desk_store_touching(changes->store, first, last, from, to,
				    DESK_CHANGE_SIGHTINGS_MAX, ask_again,
				    &asking);
	snprintf(why, sizeof(why), WHY "%s", changed->cause);
	for (size_t i = 0; i < asking.count && !error; i++)
		error = move_one(changes, &asking.found[i], why, now);
	if (asking.seen == DESK_CHANGE_SIGHTINGS_MAX)
		fputs("desk: more sightings rest on one binding than are asked "
		      "again at once: the newest keep their answer\n",
		      stderr);
	memory_free(asking.found);
	return error;
}

static void
gather_inside(struct desk_inside *inside, const struct binding_changed *changed)
{
	if (!inside->any) {
		inside->all = *changed;
		inside->any = true;
		return;
	}
	if (changed->from.us < inside->all.from.us)
		inside->all.from = changed->from;
	if (changed->to.us > inside->all.to.us)
		inside->all.to = changed->to;
}

int
desk_changes_take(const struct desk_changes *changes,
		  const struct binding_changed *changed,
		  struct desk_inside *inside, struct at_event now)
{
	struct addr first, last;
	int error;

	/* It stands in the index already: our view has to be as new. */
	holders_renew(changes->holders);
	if (changes->translated || is_inside(changed))
		gather_inside(inside, changed);
	range_of(changed, &first, &last);
	holders_meet_realm(changes->holders, changed->realm);
	chain_news_add(changes->news, &changed->subject.prefix);
	error = chain_lines_news(changes->chain, changes->news, now);
	if (error)
		return error;
	return ask_range(changes, changed, &first, &last, false, now);
}

int
desk_changes_inside(const struct desk_changes *changes,
		    struct desk_inside *inside, struct at_event now)
{
	struct addr first, last;

	if (!inside->any)
		return 0;
	inside->any = false;
	memset(&first, 0, sizeof(first));
	memset(&last, 0xff, sizeof(last));
	return ask_range(changes, &inside->all, &first, &last, true, now);
}
