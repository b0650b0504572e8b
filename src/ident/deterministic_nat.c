/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arithmetic of deterministic translation.  Outside addresses are cut into
 * segments in which the same plans hold, so that a look-up is a short search
 * and two divisions.
 */
#include "ident/deterministic_nat.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "fact/lease_event.h"
#include "fact/row_id.h"

/* A plan, ready for arithmetic. */
struct layout {
	int64_t from_us, to_us; /* [from, to) */
	uint32_t outside, outside_count;
	uint32_t inside, inside_count;
	uint32_t ports;  /* of a block */
	uint32_t blocks; /* of an outside address */
	uint32_t inside_realm;
	uint16_t first, last;
	uint8_t order;
	uint8_t excluded_count; /* these sorted, apart, within first to last */
	struct deterministic_nat_ports excluded[DETERMINISTIC_NAT_EXCLUDED_MAX];
	int64_t error_us;
	uint32_t line;
};

/* Outside addresses from `start` up to the next segment's. */
struct segment {
	uint32_t start;
	uint32_t first, count; /* of the list of plans */
};

/* A cursor's walk: a block of a plan after the other. */
struct walk {
	struct segment segment;
	uint32_t address;
	int64_t from_us, to_us;
	int32_t port; /* -1: not known */
	uint32_t plan, block, shown;
	bool held; /* the port was found in a block */
};

struct deterministic_nat {
	struct layout *plans;
	size_t count;
	bool sealed;
	struct segment *segments;
	size_t segment_count;
	uint32_t *lists;
	uint16_t source;
	struct walk walk;
	struct binding binding;
};

int
deterministic_nat_range(const struct prefix *prefix, bool boundaries,
			struct addr *first, struct addr *last)
{
	uint64_t from, to;

	if (prefix->length < 96 || !addr_is_v4(&prefix->addr))
		return LZ_E_UNSUPPORTED;
	from = addr_v4(&prefix->addr);
	to = from + (UINT64_C(1) << (128 - prefix->length)) - 1;
	if (!boundaries) {
		if (to - from < 2)
			return LZ_E_RANGE;
		from++;
		to--;
	}
	*first = addr_from_v4((uint32_t)from);
	*last = addr_from_v4((uint32_t)to);
	return 0;
}

struct deterministic_nat *
deterministic_nat_new(void)
{
	return memory_new(1, sizeof(struct deterministic_nat));
}

void
deterministic_nat_free(struct deterministic_nat *nat)
{
	if (!nat)
		return;
	memory_free(nat->plans);
	memory_free(nat->segments);
	memory_free(nat->lists);
	memory_free(nat);
}

size_t
deterministic_nat_count(const struct deterministic_nat *nat)
{
	return nat->count;
}

/* Excluded ports, sorted and apart, of those given away. */
static void
set_excluded(const struct deterministic_nat_plan *plan, struct layout *layout)
{
	struct deterministic_nat_ports *all = layout->excluded;
	uint8_t count = 0;

	for (uint8_t i = 0; i < plan->excluded_count; i++) {
		struct deterministic_nat_ports it = plan->excluded[i];
		uint8_t at;

		if (it.first < layout->first)
			it.first = layout->first;
		if (it.last > layout->last)
			it.last = layout->last;
		if (it.first > it.last)
			continue;
		for (at = count; at > 0 && all[at - 1].first > it.first; at--)
			all[at] = all[at - 1];
		all[at] = it;
		count++;
	}
	for (uint8_t i = 0; i < count; i++) {
		struct deterministic_nat_ports *last =
		    layout->excluded_count > 0
			? &all[layout->excluded_count - 1]
			: NULL;

		if (!last || all[i].first > (uint32_t)last->last + 1)
			all[layout->excluded_count++] = all[i];
		else if (all[i].last > last->last)
			last->last = all[i].last;
	}
}

static const char *
set_ports(const struct deterministic_nat_plan *plan, struct layout *layout)
{
	uint32_t usable;

	if (plan->first == 0 || plan->first > plan->last)
		return "the ports given away have no beginning or no end";
	if (plan->excluded_count > DETERMINISTIC_NAT_EXCLUDED_MAX)
		return "more excluded ranges of ports than eight";
	if ((plan->ports == 0) == (plan->ratio == 0))
		return "either ports a subscriber or subscribers an address "
		       "are to be said";
	layout->first = plan->first;
	layout->last = plan->last;
	set_excluded(plan, layout);
	usable = (uint32_t)plan->last - plan->first + 1;
	for (uint8_t i = 0; i < layout->excluded_count; i++)
		usable -= (uint32_t)layout->excluded[i].last -
			  layout->excluded[i].first + 1;
	layout->ports = plan->ports > 0 ? plan->ports : usable / plan->ratio;
	if (layout->ports == 0 || layout->ports > usable)
		return "an outside address has fewer ports than that";
	layout->blocks = plan->ports > 0 ? usable / layout->ports : plan->ratio;
	return NULL;
}

static const char *
set_ranges(const struct deterministic_nat_plan *plan, struct layout *layout)
{
	uint64_t inside_count, outside_count;

	layout->inside = addr_v4(&plan->inside_first);
	layout->outside = addr_v4(&plan->outside_first);
	if (addr_v4(&plan->inside_last) < layout->inside ||
	    addr_v4(&plan->outside_last) < layout->outside)
		return "a range of addresses ends before it begins";
	inside_count = (uint64_t)addr_v4(&plan->inside_last) - layout->inside +
		       1;
	outside_count = (uint64_t)addr_v4(&plan->outside_last) -
			layout->outside + 1;
	if (inside_count > UINT32_MAX || outside_count > UINT32_MAX)
		return "a range of addresses is all there are";
	if (inside_count > outside_count * layout->blocks)
		return "the outside addresses have fewer blocks than there are "
		       "inside addresses";
	layout->inside_count = (uint32_t)inside_count;
	layout->outside_count = (uint32_t)outside_count;
	if (plan->inside_realm == 0 &&
	    layout->inside <= addr_v4(&plan->outside_last) &&
	    layout->outside <= addr_v4(&plan->inside_last))
		return "an address is both inside and outside";
	return NULL;
}

int
deterministic_nat_add(struct deterministic_nat *nat,
		      const struct deterministic_nat_plan *plan,
		      const char **reason)
{
	struct layout layout = {.order = plan->order,
				.inside_realm = plan->inside_realm,
				.from_us = plan->from.us,
				.to_us = times_is_set(plan->to) ? plan->to.us
								: INT64_MAX,
				.error_us = plan->error_us,
				.line = plan->line};
	struct layout *more;

	*reason = NULL;
	if (nat->sealed)
		return LZ_E_STATE;
	if (nat->count == DETERMINISTIC_NAT_PLANS_MAX) {
		*reason = "there are too many plans";
		return LZ_E_FULL;
	}
	if (!addr_is_v4(&plan->inside_first) ||
	    !addr_is_v4(&plan->inside_last) ||
	    !addr_is_v4(&plan->outside_first) ||
	    !addr_is_v4(&plan->outside_last) ||
	    plan->order > DETERMINISTIC_NAT_SPREAD) {
		*reason = "only IPv4 and the orders fill and spread are known";
		return LZ_E_UNSUPPORTED;
	}
	*reason = set_ports(plan, &layout);
	if (!*reason)
		*reason = set_ranges(plan, &layout);
	if (!*reason && layout.from_us >= layout.to_us)
		*reason = "it ends before it begins";
	if (*reason)
		return LZ_E_RANGE;
	more = memory_grow(nat->plans, nat->count, nat->count + 1,
			   sizeof(*more));
	if (!more)
		return LZ_E_MEMORY;
	nat->plans = more;
	nat->plans[nat->count++] = layout;
	return 0;
}

static int
by_start(const void *a, const void *b)
{
	const uint32_t x = ((const struct segment *)a)->start;
	const uint32_t y = ((const struct segment *)b)->start;

	return (x > y) - (x < y);
}

static bool
covers(const struct layout *plan, uint32_t address)
{
	return address - plan->outside < plan->outside_count &&
	       address >= plan->outside;
}

/* Do two plans give away a port of one address at one time? */
static bool
clash(const struct layout *a, const struct layout *b)
{
	return a->from_us < b->to_us && b->from_us < a->to_us &&
	       a->first <= b->last && b->first <= a->last;
}

/* The starts of all segments, each once. */
static int
cut_segments(struct deterministic_nat *nat)
{
	size_t count = 0;

	nat->segments = memory_new(2 * nat->count + 1, sizeof(*nat->segments));
	if (!nat->segments)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < nat->count; i++) {
		const struct layout *plan = &nat->plans[i];
		const uint64_t end = (uint64_t)plan->outside +
				     plan->outside_count;

		nat->segments[count++].start = plan->outside;
		if (end <= UINT32_MAX)
			nat->segments[count++].start = (uint32_t)end;
	}
	qsort(nat->segments, count, sizeof(*nat->segments), by_start);
	for (size_t i = 0; i < count; i++)
		if (nat->segment_count == 0 ||
		    nat->segments[nat->segment_count - 1].start !=
			nat->segments[i].start)
			nat->segments[nat->segment_count++] = nat->segments[i];
	return 0;
}

/* Which plans hold in each segment: counts them, then lists them. */
static uint32_t
list_plans(struct deterministic_nat *nat)
{
	uint32_t total = 0;

	for (size_t i = 0; i < nat->segment_count; i++) {
		struct segment *segment = &nat->segments[i];

		segment->first = total;
		segment->count = 0;
		for (uint32_t k = 0; k < nat->count; k++) {
			if (!covers(&nat->plans[k], segment->start))
				continue;
			if (nat->lists)
				nat->lists[total] = k;
			total++;
			segment->count++;
		}
	}
	return total;
}

int
deterministic_nat_seal(struct deterministic_nat *nat, uint32_t lines[2])
{
	int error = nat->sealed ? LZ_E_STATE : cut_segments(nat);

	if (error)
		return error;
	nat->lists = memory_new(list_plans(nat) + 1, sizeof(*nat->lists));
	if (!nat->lists)
		return LZ_E_MEMORY;
	(void)list_plans(nat);
	nat->sealed = true;
	for (size_t i = 0; i < nat->segment_count; i++) {
		const struct segment *segment = &nat->segments[i];
		const uint32_t *list = nat->lists + segment->first;

		for (uint32_t a = 0; a < segment->count; a++) {
			for (uint32_t b = a + 1; b < segment->count; b++) {
				const struct layout *x = &nat->plans[list[a]];
				const struct layout *y = &nat->plans[list[b]];

				if (!clash(x, y))
					continue;
				lines[0] = x->line;
				lines[1] = y->line;
				return LZ_E_EXISTS;
			}
		}
	}
	return 0;
}

/* NULL: no plan speaks of that address. */
static const struct segment *
segment_of(const struct deterministic_nat *nat, const struct addr *outside)
{
	size_t low = 0, high = nat->segment_count;
	uint32_t address;

	lz_assert(nat->sealed);
	if (!addr_is_v4(outside))
		return NULL;
	address = addr_v4(outside);
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (nat->segments[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? NULL : &nat->segments[low - 1];
}

/* The number of a port among the usable ones; false: it isn't one. */
static bool
index_of(const struct layout *plan, uint32_t port, uint32_t *index)
{
	uint32_t below = plan->first;

	if (port < plan->first || port > plan->last)
		return false;
	for (uint8_t i = 0; i < plan->excluded_count; i++) {
		if (port < plan->excluded[i].first)
			break;
		if (port <= plan->excluded[i].last)
			return false;
		below += (uint32_t)plan->excluded[i].last -
			 plan->excluded[i].first + 1;
	}
	*index = port - below;
	return true;
}

/* And back. */
static uint32_t
port_at(const struct layout *plan, uint32_t index)
{
	uint32_t port = plan->first + index;

	for (uint8_t i = 0; i < plan->excluded_count; i++) {
		if (port < plan->excluded[i].first)
			break;
		port += (uint32_t)plan->excluded[i].last -
			plan->excluded[i].first + 1;
	}
	return port;
}

/* The inside address of an outside one's block; false: nobody's. */
static bool
inside_of(const struct layout *plan, uint32_t address, uint32_t block,
	  uint32_t *inside)
{
	const uint64_t at = address - plan->outside;
	const uint64_t number = plan->order == DETERMINISTIC_NAT_FILL
				    ? at * plan->blocks + block
				    : (uint64_t)block * plan->outside_count +
					  at;

	if (block >= plan->blocks || number >= plan->inside_count)
		return false;
	*inside = plan->inside + (uint32_t)number;
	return true;
}

/* The ports of a block, up to nine runs of them; answers how many. */
static uint8_t
runs_of(const struct layout *plan, uint32_t block,
	struct deterministic_nat_ports runs[DETERMINISTIC_NAT_RUNS_MAX])
{
	const uint32_t index = block * plan->ports;
	uint32_t from = port_at(plan, index);
	const uint32_t to = port_at(plan, index + plan->ports - 1);
	uint8_t count = 0;

	for (uint8_t i = 0; i < plan->excluded_count; i++) {
		const struct deterministic_nat_ports *it = &plan->excluded[i];

		if (it->last < from || it->first > to)
			continue;
		runs[count++] =
		    (struct deterministic_nat_ports){(uint16_t)from,
						     (uint16_t)(it->first - 1)};
		from = (uint32_t)it->last + 1;
	}
	runs[count++] = (struct deterministic_nat_ports){(uint16_t)from,
							 (uint16_t)to};
	return count;
}

static struct deterministic_nat_ports
run_of(const struct layout *plan, uint32_t block, uint16_t port)
{
	struct deterministic_nat_ports runs[DETERMINISTIC_NAT_RUNS_MAX];
	uint8_t count = runs_of(plan, block, runs);

	while (count > 1 && runs[count - 1].first > port)
		count--;
	return runs[count - 1];
}

static bool
tenant_of(const struct layout *plan, uint32_t address, uint16_t port,
	  struct deterministic_nat_tenant *tenant)
{
	uint32_t index, inside, block;

	if (!index_of(plan, port, &index))
		return false;
	block = index / plan->ports;
	if (!inside_of(plan, address, block, &inside))
		return false;
	tenant->inside = addr_from_v4(inside);
	tenant->inside_realm = plan->inside_realm;
	tenant->run = run_of(plan, block, port);
	return true;
}

bool
deterministic_nat_find(const struct deterministic_nat *nat,
		       const struct addr *outside, uint16_t port,
		       struct at_event at,
		       struct deterministic_nat_tenant *tenant)
{
	const struct segment *segment = segment_of(nat, outside);

	for (uint32_t i = 0; segment && i < segment->count; i++) {
		const uint32_t number = nat->lists[segment->first + i];
		const struct layout *plan = &nat->plans[number];

		if (at.us < plan->from_us || at.us >= plan->to_us ||
		    !tenant_of(plan, addr_v4(outside), port, tenant))
			continue;
		tenant->plan = number;
		return true;
	}
	return false;
}

bool
deterministic_nat_place(const struct deterministic_nat *nat, uint32_t number,
			const struct addr *inside,
			struct deterministic_nat_place *place)
{
	const struct layout *plan = &nat->plans[number];
	uint32_t n, address, block;

	lz_assert(number < nat->count);
	if (!addr_is_v4(inside) || addr_v4(inside) < plan->inside ||
	    addr_v4(inside) - plan->inside >= plan->inside_count)
		return false;
	n = addr_v4(inside) - plan->inside;
	if (plan->order == DETERMINISTIC_NAT_FILL) {
		address = n / plan->blocks;
		block = n % plan->blocks;
	} else {
		address = n % plan->outside_count;
		block = n / plan->outside_count;
	}
	place->outside = addr_from_v4(plan->outside + address);
	place->run_count = runs_of(plan, block, place->runs);
	return true;
}

uint32_t
deterministic_nat_sharers(const struct deterministic_nat *nat,
			  const struct addr *outside, struct at_event at)
{
	const struct segment *segment = segment_of(nat, outside);
	uint32_t count = 0;

	for (uint32_t i = 0; segment && i < segment->count; i++) {
		const struct layout *plan =
		    &nat->plans[nat->lists[segment->first + i]];
		uint32_t inside;

		if (at.us < plan->from_us || at.us >= plan->to_us)
			continue;
		for (uint32_t block = 0; block < plan->blocks; block++)
			count += inside_of(plan, addr_v4(outside), block,
					   &inside);
	}
	return count;
}

static void
seek_any(struct deterministic_nat *nat, uint32_t realm, const struct addr *addr,
	 int32_t port, struct at_event from, struct at_event to)
{
	/* Outside addresses are public ones. */
	const struct segment *segment = realm == 0 ? segment_of(nat, addr)
						   : NULL;

	nat->walk =
	    (struct walk){.from_us = from.us, .to_us = to.us, .port = port};
	if (!segment)
		return;
	nat->walk.segment = *segment;
	nat->walk.address = addr_v4(addr);
}

static void
seek(void *context, uint32_t realm, const struct addr *addr,
     struct at_event from, struct at_event to)
{
	seek_any(context, realm, addr, -1, from, to);
}

static void
seek_port(void *context, uint32_t realm, const struct addr *addr, uint16_t port,
	  struct at_event from, struct at_event to)
{
	seek_any(context, realm, addr, port, from, to);
}

static const struct binding *
show(struct deterministic_nat *nat, uint32_t number, uint32_t inside,
     const struct deterministic_nat_ports *run)
{
	const struct layout *plan = &nat->plans[number];
	struct binding *binding = &nat->binding;
	const struct addr outside = addr_from_v4(nat->walk.address);

	memset(binding, 0, sizeof(*binding));
	binding->subject.prefix = prefix_of(&outside, 128);
	binding->subject.port_first = run->first;
	binding->subject.port_last = run->last;
	binding->start.us = plan->from_us;
	binding->end.us = plan->to_us;
	binding->reported = binding->start;
	binding->heard.us = INT64_MAX;
	binding->vouched.us = INT64_MAX;
	binding->error_us = plan->error_us;
	binding->party = BINDING_NO_PARTY;
	binding->inside = addr_from_v4(inside);
	binding->inside_realm = plan->inside_realm;
	binding->source = nat->source;
	binding->slot = LEASE_SLOT_PORTS;
	binding->marks = BINDING_INSIDE;
	binding->offset = number;
	binding->line = plan->line;
	binding->id = binding_row_id(binding);
	return binding;
}

/* The next sharer of the plan that is walked; NULL: no more of them. */
static const struct binding *
next_sharer(struct deterministic_nat *nat, uint32_t number)
{
	const struct layout *plan = &nat->plans[number];
	struct walk *walk = &nat->walk;
	/* That it is shared, and not by whom, is to be seen by a port that is
	 * in no block. */
	const uint32_t most = walk->port < 0 ? DETERMINISTIC_NAT_SHARERS_MAX
					     : 1;

	while (walk->shown < most && walk->block < plan->blocks) {
		struct deterministic_nat_ports runs[DETERMINISTIC_NAT_RUNS_MAX];
		const uint32_t block = walk->block++;
		uint32_t inside;

		if (!inside_of(plan, walk->address, block, &inside))
			continue;
		walk->shown++;
		(void)runs_of(plan, block, runs);
		return show(nat, number, inside, &runs[0]);
	}
	return NULL;
}

static const struct binding *
next(void *context)
{
	struct deterministic_nat *nat = context;
	struct walk *walk = &nat->walk;

	while (walk->plan < walk->segment.count) {
		const uint32_t number =
		    nat->lists[walk->segment.first + walk->plan];
		const struct layout *plan = &nat->plans[number];
		struct deterministic_nat_tenant tenant;
		const struct binding *binding = NULL;

		if (plan->from_us <= walk->to_us &&
		    plan->to_us > walk->from_us) {
			if (walk->port >= 0 && !walk->held &&
			    walk->block == 0 &&
			    tenant_of(plan, walk->address, (uint16_t)walk->port,
				      &tenant)) {
				walk->held = true;
				return show(nat, number,
					    addr_v4(&tenant.inside),
					    &tenant.run);
			}
			if (!walk->held)
				binding = next_sharer(nat, number);
		}
		if (binding)
			return binding;
		walk->plan++;
		walk->block = 0;
		walk->shown = 0;
		walk->held = false;
	}
	return NULL;
}

static struct at_event
oldest(void *context)
{
	(void)context;
	return times_unset();
}

struct binding_cursor
deterministic_nat_cursor(struct deterministic_nat *nat, uint16_t source)
{
	nat->source = source;
	return (struct binding_cursor){.context = nat,
				       .seek = seek,
				       .seek_port = seek_port,
				       .next = next,
				       .oldest = oldest};
}
