/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sightings that no flow shows: what feeds, mails and detectors to come say.
 * Their weights are those of DESIGN section 7.
 */
#include <stdio.h>
#include <string.h>

#include "world.h"

struct report_kind {
	const char *name;
	uint8_t class, role;
	int32_t weight_milli;
	uint16_t marks;
	const char *origin, *detector; /* NULL: by FROM */
};

static const struct report_kind kinds[] = {
    {"sinkhole", RSIT_INFECTED_SYSTEM, ROLE_INFECTED, 5000,
     SIGHTING_SINKHOLE | SIGHTING_ESTABLISHED, NULL, "feed/1"},
    {"feed", RSIT_INFECTED_SYSTEM, ROLE_INFECTED, 5000, 0, NULL, "feed/1"},
    {"mail", RSIT_SPAM, ROLE_INFECTED, 1500, SIGHTING_UNAUTHENTICATED, NULL,
     "mail/1"},
    {"flood", RSIT_DDOS, ROLE_INFECTED, 4000, 0, "own-flow", "flood.icmp/1"},
    {"lasting-flood", RSIT_DDOS, ROLE_INFECTED, 6000, SIGHTING_FLOOD_LASTS,
     "own-flow", "flood.icmp/1"},
    {"scan", RSIT_SCANNER, ROLE_INFECTED, 5000, 0, "own-flow", "scan/1"},
    {"brute-force", RSIT_BRUTE_FORCE, ROLE_INFECTED, 3000, 0, "own-flow",
     "brute/1"},
    {"spam", RSIT_SPAM, ROLE_INFECTED, 3000, 0, "own-flow", "spam/1"},
    {"dga", RSIT_INFECTED_SYSTEM, ROLE_INFECTED, 3000, 0, "own-dns", "dga/1"},
    {"beacon", RSIT_INFECTED_SYSTEM, ROLE_INFECTED, 500, 0, "own-flow",
     "beacon/1"},
};

static enum sighting_role
role_of(const char *name)
{
	for (unsigned i = ROLE_INFECTED; i < ROLE_COUNT; i++)
		if (strcmp(sighting_role_name((enum sighting_role)i), name) ==
		    0)
			return (enum sighting_role)i;
	return ROLE_NONE;
}

static bool
set_names(struct world *world, const struct statement *say,
	  const struct report_kind *kind, struct sighting *sighting)
{
	sighting->class = kind->class;
	sighting->role = kind->role;
	if (statement_gives(say, "class"))
		sighting->class = (uint8_t)rsit_class_of(slice_of(say->class));
	if (statement_gives(say, "role"))
		sighting->role = (uint8_t)role_of(say->role);
	if (sighting->class == RSIT_NONE || sighting->role == ROLE_NONE)
		return world_fail(world, "no such class or role");
	if (!kind->origin && !statement_gives(say, "name") &&
	    !(kind->marks & SIGHTING_UNAUTHENTICATED))
		return world_fail(world, "expected FROM and the feed's name");
	return (text_copy(sighting->origin, sizeof(sighting->origin),
			  slice_of(kind->origin   ? kind->origin
				   : say->name[0] ? say->name
						  : "mail")) &&
		text_copy(sighting->family, sizeof(sighting->family),
			  slice_of(say->family)) &&
		text_copy(sighting->detector, sizeof(sighting->detector),
			  slice_of(kind->detector))) ||
	       world_fail(world, "a name is too long");
}

static void
set_sides(const struct world *world, const struct statement *say,
	  struct sighting *sighting)
{
	const struct conf *conf = world->conf;
	const uint32_t index = conf->inside
				   ? prefix_map_find(conf->inside,
						     &say->subject.prefix.addr)
				   : PREFIX_MAP_NONE;

	sighting->address = say->subject.prefix.addr;
	sighting->subject = say->subject;
	if (say->port >= 0) {
		sighting->port = (uint16_t)say->port;
		sighting->marks |= SIGHTING_HAS_PORT;
	}
	sighting->proto = 6;
	if (index != PREFIX_MAP_NONE && !subject_has_ports(&say->subject)) {
		const struct inside_item *item = &conf->inside_items[index];

		if (!item->shared || say->port >= 0)
			sighting->subject = subject_of(item, &sighting->address,
						       sighting->port);
		if (item->shared && say->port >= 0) {
			sighting->port_count = 1;
			sighting->ports[0].port = sighting->port;
		}
	}
	if (!statement_gives(say, "peer"))
		return;
	sighting->peer = say->peer.addr;
	sighting->proto = (uint8_t)say->peer.proto;
	sighting->marks |= SIGHTING_HAS_PEER;
	if (say->peer.port >= 0) {
		sighting->peer_port = (uint16_t)say->peer.port;
		sighting->marks |= SIGHTING_HAS_PEER_PORT;
	}
}

static bool
arrive(struct world *world, const struct sighting *sighting,
       struct at_event when)
{
	if (world->arrival_count == WORLD_ARRIVALS_MAX)
		return world_fail(world, "too many reports");
	world->arrivals[world->arrival_count++] =
	    (struct arrival){.sighting = *sighting, .at = when};
	return true;
}

bool
reports_do(struct world *world, const struct statement *say)
{
	const struct report_kind *kind = NULL;
	const int64_t times = statement_gives(say, "times") ? say->times : 1;
	struct sighting sighting = {.known = world->clock};
	struct at_event seen = world->clock, arrives = world->clock;
	bool good = true;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, say->word) == 0)
			kind = &kinds[i];
	if (!kind)
		return world_fail(world, "no such kind of report");
	sighting.weight_milli = kind->weight_milli;
	sighting.marks = kind->marks;
	if (say->said & SAID_SPOOFABLE)
		sighting.marks |= SIGHTING_SPOOFABLE;
	if (!set_names(world, say, kind, &sighting))
		return false;
	set_sides(world, say, &sighting);
	if (statement_gives(say, "time"))
		seen = world_moment(world, say->time);
	if (statement_gives(say, "until"))
		arrives = world_moment(world, say->until);
	for (int64_t i = 0; i < times && good; i++) {
		sighting.time = sighting.first = sighting.last =
		    (struct at_event){seen.us + i * say->every_us};
		if (sighting.port_count)
			sighting.ports[0].time = sighting.time;
		sighting_seal(&sighting);
		good =
		    arrive(world, &sighting,
			   (struct at_event){arrives.us + i * say->every_us});
	}
	return good;
}
