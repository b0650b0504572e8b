/* SPDX-License-Identifier: Apache-2.0 */
/* What translators said, by their profile. */
#include <string.h>

#include "base/memory.h"
#include "lease/nat.h"
#include "lease/port_tenure.h"

#define EVENTS_FIRST 256
/* Some exporters gather events for a moment before they send them. */
#define GATHERED_US (5 * TIMES_SECOND_US)
/* A clock that leapt: what is known is when we got it. */
#define LEAPT_US TIMES_MINUTE_US
/* Scattered ports of one block; more are no block any more. */
#define SCATTERED_MAX 1024

#define ICMP 1
#define ICMP6 58

struct nat {
	struct nat_event *events;
	size_t count, room;
	bool dropped; /* some of this datagram, for want of memory */
};

/* One event on its way out. */
struct saying {
	const struct nat_event *event;
	const struct nat_source *source;
	const struct lease_output *output;
	size_t number; /* in its datagram */
};

int
nat_profile_parse(struct slice name, enum nat_profile *profile)
{
	if (slice_equal(name, "rfc8158"))
		*profile = NAT_PROFILE_RFC8158;
	else if (slice_equal(name, "juniper-draft"))
		*profile = NAT_PROFILE_JUNIPER_DRAFT;
	else
		return LZ_E_NOT_FOUND;
	return 0;
}

struct nat *
nat_new(void)
{
	struct nat *nat = memory_new(1, sizeof(*nat));

	if (!nat)
		return NULL;
	nat->events = memory_new(EVENTS_FIRST, sizeof(*nat->events));
	nat->room = EVENTS_FIRST;
	if (!nat->events) {
		memory_free(nat);
		return NULL;
	}
	return nat;
}

void
nat_free(struct nat *nat)
{
	if (!nat)
		return;
	memory_free(nat->events);
	memory_free(nat);
}

int
nat_gather(struct nat *nat, const struct nat_event *events, size_t count)
{
	while (nat->count + count > nat->room) {
		struct nat_event *more = memory_grow(nat->events, nat->room,
						     2 * nat->room,
						     sizeof(*more));

		if (!more) {
			nat->count = 0;
			nat->dropped = true;
			return LZ_E_MEMORY;
		}
		nat->events = more;
		nat->room *= 2;
	}
	memcpy(nat->events + nat->count, events, count * sizeof(*events));
	nat->count += count;
	return 0;
}

void
nat_speaker(char speaker[LEASE_SPEAKER_SIZE], const struct addr *addr,
	    uint32_t domain)
{
	struct text text;

	text_init(&text, speaker, LEASE_SPEAKER_SIZE);
	addr_format(&text, addr);
	text_char(&text, '/');
	text_u64(&text, domain);
}

/* A peer tells sessions of one port apart. */
static void
name_peer(const struct nat_event *event, struct text *text)
{
	if (event->event != NAT_NAT44_CREATE &&
	    event->event != NAT_NAT44_DELETE &&
	    event->event != NAT_NAT64_CREATE &&
	    event->event != NAT_NAT64_DELETE)
		return;
	text_u64(text, event->inside_port);
	text_char(text, '~');
	addr_format(text, &event->peer);
	text_char(text, ':');
	text_u64(text, event->peer_port);
}

static void
set_time(const struct saying *saying, struct port_tenure *tenure)
{
	const struct nat_event *event = saying->event;
	const int64_t off_us = event->at.us - event->exported.us;

	tenure->at = event->at;
	tenure->start = times_unset();
	tenure->error_us = event->error_us;
	if (event->marks & NAT_TIME_OF_EXPORT)
		tenure->error_us += GATHERED_US;
	if (event->marks & NAT_TIME_DOUBTED)
		tenure->error_us += off_us < 0 ? -off_us : off_us;
	if (event->marks & NAT_CLOCK_DOUBTED)
		tenure->error_us += LEAPT_US;
	if (event->marks & (NAT_TIME_DOUBTED | NAT_CLOCK_DOUBTED))
		tenure->marks |= LEASE_CLOCK_DOUBTED;
}

/* Inside addresses of two networks may be the same. */
static uint32_t
realm_of(const struct nat_source *source, uint32_t vrf)
{
	if (vrf == 0)
		return source->realm;
	for (size_t i = 0; i < source->vrf_count; i++)
		if (source->vrfs[i].vrf == vrf)
			return source->vrfs[i].realm;
	return vrf;
}

static const char *
say_ports(const struct saying *saying, uint8_t kind, uint16_t first,
	  uint16_t last)
{
	const struct nat_event *event = saying->event;
	char peer[128];
	struct text text;
	struct port_tenure tenure = {
	    .kind = kind,
	    .proto = event->proto,
	    .inside = event->inside,
	    .outside = event->outside,
	    .inside_realm = realm_of(saying->source, event->vrf),
	    .first = first,
	    .last = last,
	    .single = first == last,
	    .speaker = slice_of(saying->source->speaker),
	    .arrival = saying->source->arrival,
	    .origin = saying->source->origin,
	};

	text_init(&text, peer, sizeof(peer));
	name_peer(event, &text);
	tenure.word = (struct slice){peer, text.length};
	set_time(saying, &tenure);
	return port_tenure_say(&tenure, saying->output);
}

/* The last port of a range, by its end or by its count; they must agree. */
static const char *
last_port(const struct nat_event *event, uint32_t step, uint32_t *last)
{
	const bool counted = (event->marks & NAT_HAS_COUNT) != 0;
	uint64_t by_count = event->port_first;

	if (counted && event->port_count == 0)
		return "port_count";
	if (counted)
		by_count += (uint64_t)(event->port_count - 1) * step;
	if (counted && by_count > UINT16_MAX)
		return "port_count";
	*last = (uint32_t)by_count;
	if (!(event->marks & NAT_HAS_LAST))
		return counted ? NULL : "port_range";
	if (event->port_last < event->port_first)
		return "port_range";
	/* A block's end may lie behind its last scattered port. */
	if (counted && (event->port_last < by_count ||
			event->port_last >= by_count + step))
		return "port_count";
	*last = event->port_last;
	return NULL;
}

static const char *
say_range(const struct saying *saying, uint8_t kind)
{
	const struct nat_event *event = saying->event;
	const uint32_t step = event->port_step > 1 ? event->port_step : 1;
	uint32_t last;
	const char *reason = last_port(event, step, &last);

	if (reason)
		return reason;
	if (step == 1)
		return say_ports(saying, kind, event->port_first,
				 (uint16_t)last);
	if ((last - event->port_first) / step >= SCATTERED_MAX)
		return "port_step";
	for (uint32_t port = event->port_first; port <= last && !reason;
	     port += step)
		reason = say_ports(saying, kind, (uint16_t)port,
				   (uint16_t)port);
	return reason;
}

/* Created or gone: a port where one is said, else a range. */
static const char *
say_binding(const struct saying *saying, uint8_t kind)
{
	const struct nat_event *event = saying->event;

	/* What ICMP numbers are no ports. */
	if (event->proto == ICMP || event->proto == ICMP6)
		return NULL;
	if (event->marks & NAT_HAS_FIRST)
		return say_range(saying, kind);
	if (!(event->marks & NAT_HAS_PORT))
		return "ports";
	return say_ports(saying, kind, event->outside_port,
			 event->outside_port);
}

/* 14 and 15: of an address to RFC 8158, of a port block to a draft of it. */
static const char *
say_address(const struct saying *saying, uint8_t kind)
{
	const bool ports = (saying->event->marks & NAT_HAS_FIRST) != 0;

	switch (saying->source->profile) {
	case NAT_PROFILE_JUNIPER_DRAFT:
		return say_range(saying, kind);
	case NAT_PROFILE_RFC8158:
		return ports ? "not_of_profile" : "address_binding";
	default:
		return ports ? "profile_unset" : "address_binding";
	}
}

static const char *
say_block(const struct saying *saying, uint8_t kind)
{
	return saying->source->profile == NAT_PROFILE_JUNIPER_DRAFT
		   ? "not_of_profile"
		   : say_range(saying, kind);
}

static const char *
say(const struct saying *saying)
{
	switch (saying->event->event) {
	case NAT_CREATE:
	case NAT_NAT44_CREATE:
	case NAT_NAT64_CREATE:
	case NAT_NAT44_BIB_CREATE:
	case NAT_NAT64_BIB_CREATE:
		return say_binding(saying, LEASE_START);
	case NAT_DELETE:
	case NAT_NAT44_DELETE:
	case NAT_NAT64_DELETE:
	case NAT_NAT44_BIB_DELETE:
	case NAT_NAT64_BIB_DELETE:
		return say_binding(saying, LEASE_STOP);
	case NAT_ADDRESS_CREATE:
		return say_address(saying, LEASE_START);
	case NAT_ADDRESS_DELETE:
		return say_address(saying, LEASE_STOP);
	case NAT_BLOCK_ALLOC:
		return say_block(saying, LEASE_START);
	case NAT_BLOCK_RELEASE:
		return say_block(saying, LEASE_STOP);
	case NAT_ADDRESSES_EXHAUSTED:
	case NAT_PORTS_EXHAUSTED:
	case NAT_QUOTA_EXCEEDED:
	case NAT_THRESHOLD:
		return NULL; /* nobody holds anything by them */
	default:
		return "event_unknown";
	}
}

/* A word that is about the source alone. */
static void
say_source(const struct nat_source *source, uint8_t kind, struct at_event start,
	   struct at_event at, const struct lease_output *output)
{
	struct lease_event event;

	memset(&event, 0, sizeof(event));
	event.kind = kind;
	memcpy(event.speaker, source->speaker, sizeof(event.speaker));
	event.at = at;
	event.start = start;
	event.end = times_unset();
	event.sure = times_unset();
	event.arrival = source->arrival;
	event.origin = source->origin;
	output->sink(output->context, &event);
}

/*
 * Up to when words may have been lost.  An exporter sends in order, so what
 * this datagram says first comes after them; but not what had waited for its
 * template since before the last datagram.
 */
static struct at_event
gap_until(const struct nat *nat, const struct nat_word *word)
{
	const int64_t least_us = times_is_set(word->before)
				     ? word->before.us
				     : word->exported.us - GATHERED_US;
	struct at_event until = word->exported;

	for (size_t i = 0; i < nat->count; i++)
		if (nat->events[i].at.us < until.us &&
		    nat->events[i].at.us > least_us)
			until = nat->events[i].at;
	return until;
}

void
nat_settle(struct nat *nat, const struct nat_word *word,
	   const struct nat_source *source, const struct lease_output *output)
{
	/* A clock that runs ahead vouches for nothing that is still to come. */
	const int64_t now_us = word->exported.us < source->arrival.us
				   ? word->exported.us
				   : source->arrival.us;
	const struct at_event spoken = {now_us - GATHERED_US};

	if (word->gap != NAT_GAP_NONE || nat->dropped)
		say_source(source, LEASE_GAP, word->before,
			   gap_until(nat, word), output);
	for (size_t i = 0; i < nat->count; i++) {
		const struct saying saying = {&nat->events[i], source, output,
					      i};
		const char *reason = say(&saying);

		if (reason)
			port_tenure_refuse(output, i, reason);
	}
	say_source(source, LEASE_WORD, times_unset(), spoken, output);
	nat->count = 0;
	nat->dropped = false;
}
