/* SPDX-License-Identifier: Apache-2.0 */
/* What no measure may be on. */
#include "quarantine/guard.h"

#define MAPPED_BITS 96

static bool
overlap(const struct prefix *a, const struct prefix *b)
{
	return a->length <= b->length ? prefix_contains(a, &b->addr)
				      : prefix_contains(b, &a->addr);
}

static bool
overlaps_any(const struct prefix *list, size_t count,
	     const struct prefix *prefix)
{
	for (size_t i = 0; i < count; i++)
		if (overlap(&list[i], prefix))
			return true;
	return false;
}

/* Resolvers and portals: a garden leads there. */
static bool
is_service(const struct quarantine_conf *conf, const struct prefix *prefix)
{
	for (size_t i = 0; i < conf->resolver_count; i++)
		if (prefix_contains(prefix, &conf->resolvers[i]))
			return true;
	return (conf->portal4.port &&
		prefix_contains(prefix, &conf->portal4.addr)) ||
	       (conf->portal6.port &&
		prefix_contains(prefix, &conf->portal6.addr));
}

static bool
is_wide(const struct prefix *prefix)
{
	if (addr_is_v4(&prefix->addr) && prefix->length >= MAPPED_BITS)
		return prefix->length < MAPPED_BITS + GUARD_V4_LENGTH_MIN;
	return prefix->length < GUARD_V6_LENGTH_MIN;
}

/* The longest item that holds all of it; NULL: it isn't inside. */
static const struct inside_item *
inside_of(const struct guard *guard, const struct prefix *prefix)
{
	const struct inside_item *found = NULL;

	for (size_t i = 0; i < guard->inside_count; i++) {
		const struct inside_item *item = &guard->inside[i];

		if (item->prefix.length <= prefix->length &&
		    prefix_contains(&item->prefix, &prefix->addr) &&
		    (!found || item->prefix.length > found->prefix.length))
			found = item;
	}
	return found;
}

const char *
guard_refuses(const struct guard *guard, enum measure_kind kind,
	      const struct target *target)
{
	const struct prefix *subject = &target->subject.prefix;
	const struct inside_item *item;

	if (guard->essential_count == 0)
		return "nothing is essential";
	if (is_wide(subject))
		return "wider than a measure may be";
	item = inside_of(guard, subject);
	if (!item)
		return "not an address of ours";
	if (item->shared && !subject_has_ports(&target->subject))
		return "shared by many customers, and no ports are named";
	if (overlaps_any(guard->essential, guard->essential_count, subject))
		return "an essential service";
	if (is_service(guard->conf, subject) ||
	    overlaps_any(guard->conf->infrastructure,
			 guard->conf->infrastructure_count, subject))
		return "infrastructure";
	if (kind == MEASURE_FILTER) {
		const struct prefix peer = {target->peer.addr, 128};

		if (overlaps_any(guard->essential, guard->essential_count,
				 &peer))
			return "towards an essential service";
		if (is_service(guard->conf, &peer))
			return "towards the resolver or the portal";
	}
	return NULL;
}
