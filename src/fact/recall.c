/* SPDX-License-Identifier: Apache-2.0 */
/* Which sightings a recall meets. */
#include "fact/recall.h"

#include <string.h>

#define LIST "list:"

const char *
recall_kind_name(unsigned kind)
{
	static const char *const names[RECALL_KIND_COUNT] = {
	    [RECALL_DETECTOR] = "detector",
	    [RECALL_INDICATOR] = "indicator",
	    [RECALL_FEED] = "feed",
	    [RECALL_EXPORTER] = "exporter",
	    [RECALL_BINDING_SOURCE] = "binding-source"};

	return kind < RECALL_KIND_COUNT ? names[kind] : NULL;
}

/* Does it look like a host's name?  Then it is one, and no mistake. */
static bool
is_name(const char *value)
{
	bool letter = false;

	for (const char *at = value; *at; at++) {
		const bool alpha = (*at >= 'a' && *at <= 'z') ||
				   (*at >= 'A' && *at <= 'Z');

		letter |= alpha;
		if (!alpha && !(*at >= '0' && *at <= '9') && *at != '-' &&
		    *at != '.')
			return false;
	}
	return letter;
}

static int
init_address(struct recall *recall)
{
	struct endpoint endpoint;

	if (is_name(recall->value))
		return recall->kind == RECALL_INDICATOR ? LZ_E_UNSUPPORTED
							: LZ_E_FORMAT;
	if (endpoint_parse(slice_of(recall->value), &endpoint) != 0 ||
	    endpoint.proto >= 0 ||
	    (recall->kind == RECALL_EXPORTER && endpoint.port >= 0))
		return LZ_E_FORMAT;
	recall->addr = endpoint.addr;
	recall->port = endpoint.port;
	return 0;
}

int
recall_init(struct recall *recall, unsigned kind, const char *value,
	    struct at_event since, struct at_event until)
{
	struct recall made = {.kind = (uint8_t)kind,
			      .since = since,
			      .until = until,
			      .port = -1};
	int error = 0;

	if (!recall_kind_name(kind) || !times_is_set(since) ||
	    (times_is_set(until) && until.us <= since.us))
		return LZ_E_RANGE;
	if (!value[0] ||
	    !text_copy(made.value, sizeof(made.value), slice_of(value)))
		return LZ_E_FORMAT;
	if (kind == RECALL_INDICATOR || kind == RECALL_EXPORTER)
		error = init_address(&made);
	if (!error)
		*recall = made;
	return error;
}

/* "radius" is each of its speakers, "radius/192.0.2.1" one of them. */
static bool
is_source(const char *source, const char *name)
{
	const size_t length = strlen(name);

	return strncmp(source, name, length) == 0 &&
	       (source[length] == '\0' || source[length] == '/');
}

static bool
is_feed(const char *origin, const char *name)
{
	if (strcmp(origin, name) == 0)
		return true;
	return strncmp(origin, LIST, sizeof(LIST) - 1) == 0 &&
	       strcmp(origin + sizeof(LIST) - 1, name) == 0;
}

/* A contact with it; that our own measurement attacks it is another matter. */
static bool
is_contact(const struct recall *recall, const struct sighting *sighting)
{
	if (!(sighting->marks & SIGHTING_HAS_PEER) ||
	    strncmp(sighting->origin, "own-", 4) == 0 ||
	    !addr_equal(&sighting->peer, &recall->addr))
		return false;
	return recall->port < 0 ||
	       ((sighting->marks & SIGHTING_HAS_PEER_PORT) &&
		sighting->peer_port == recall->port);
}

bool
recall_meets(const struct recall *recall, const struct sighting *sighting,
	     const char *binding_source)
{
	if (sighting->time.us < recall->since.us ||
	    (times_is_set(recall->until) &&
	     sighting->time.us >= recall->until.us))
		return false;
	switch (recall->kind) {
	case RECALL_DETECTOR:
		return strcmp(sighting->detector, recall->value) == 0;
	case RECALL_INDICATOR:
		return is_contact(recall, sighting);
	case RECALL_FEED:
		return is_feed(sighting->origin, recall->value);
	case RECALL_EXPORTER:
		return (sighting->marks & SIGHTING_HAS_EXPORTER) &&
		       addr_equal(&sighting->exporter, &recall->addr);
	case RECALL_BINDING_SOURCE:
		return binding_source &&
		       is_source(binding_source, recall->value);
	default:
		return false;
	}
}
