/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a match is a contact, and how much it weighs.
 */
#include <string.h>

#include "base/check.h"
#include "detect/contact.h"

#define PROTO_TCP 6
#define PROTO_UDP 17
#define AGAIN_US (5 * TIMES_MINUTE_US)
#define FRESH_US (7 * TIMES_DAY_US)
#define EVICT_STEPS 16
#define PAIRS_PART 4
#define PAIRS_MIN 64

struct pair {
	struct pool_item item;
	struct subject subject;
	struct addr peer;
	uint16_t peer_port;
	uint8_t proto;
	bool key_spoofable;     /* part of the key; UDP: false */
	bool spoofable;         /* what our side sent */
	bool out_seen, in_seen; /* UDP */
	uint16_t out_port, in_port;
	int64_t out_start_us, out_end_us, in_us;
	int64_t said_us; /* start of the flow last said; 0: none */
	int64_t newest_us;
};

bool
contact_init(struct contact *contact, const struct detect_conf *conf)
{
	uint32_t pairs = conf->subjects_max / PAIRS_PART;

	memset(contact, 0, sizeof(*contact));
	contact->conf = conf;
	contact->indicators = conf->indicators;
	pairs = pairs > PAIRS_MIN ? pairs : PAIRS_MIN;
	if (!pool_init(&contact->pairs, pairs, sizeof(struct pair)))
		return false;
	contact->bytes = contact->pairs.bytes;
	return true;
}

void
contact_fini(struct contact *contact)
{
	pool_fini(&contact->pairs);
	memset(contact, 0, sizeof(*contact));
}

/*
 * Did our side do more than answer a probe?  ACK with PSH or FIN is data or an
 * orderly end; ACK without SYN and RST is the middle of a connection; SYN and
 * ACK only where we began and they answered, else it may be our own SYN-ACK.
 */
static bool
is_established(const struct flow_record *record)
{
	uint8_t ours = record->tcp_flags;

	if (!(record->marks & FLOW_FLAGS_KNOWN) || !(ours & FLOW_TCP_ACK))
		return false;
	if (ours & (FLOW_TCP_PSH | FLOW_TCP_FIN))
		return true;
	if (!(ours & (FLOW_TCP_SYN | FLOW_TCP_RST)))
		return true;
	return (ours & FLOW_TCP_SYN) && (record->marks & FLOW_INITIATOR) &&
	       (record->marks & FLOW_PEER_KNOWN) && record->peer_flags != 0;
}

/* 0: the indicator has nothing to say of that time. */
static int32_t
weight_of(const struct detect_conf *conf, const struct indicator *indicator,
	  int64_t us)
{
	if (times_is_set(indicator->valid_until) &&
	    us > indicator->valid_until.us)
		return 0;
	if (indicator->sinkhole)
		return conf->weight_sinkhole_milli;
	if (times_is_set(indicator->last_seen) &&
	    us - indicator->last_seen.us <= FRESH_US)
		return conf->weight_c2_milli;
	return conf->weight_c2_old_milli;
}

/* Room for one more: of a few from the hand on, the longest silent goes. */
static void
evict(struct contact *contact)
{
	uint32_t oldest = POOL_NONE;
	int64_t oldest_us = INT64_MAX;

	for (unsigned i = 0; i < EVICT_STEPS; i++) {
		uint32_t slot = pool_turn(&contact->pairs);
		const struct pair *pair;

		if (slot == POOL_NONE)
			break;
		pair = pool_at(&contact->pairs, slot);
		if (pair->newest_us < oldest_us) {
			oldest_us = pair->newest_us;
			oldest = slot;
		}
	}
	lz_assert(oldest != POOL_NONE);
	pool_drop(&contact->pairs, oldest);
	contact->evicted++;
}

/* NULL: refused, and counted. */
static struct pair *
pair_of(struct contact *contact, const struct side *side,
	const struct addr *peer, uint16_t peer_port, uint8_t proto,
	bool spoofable)
{
	uint32_t extra = (uint32_t)peer_port << 16 | (uint32_t)proto << 8 |
			 spoofable;
	uint64_t hash = side_hash(contact->conf, SIDE_CONTACT, &side->subject,
				  peer, extra);
	uint32_t slot = pool_find(&contact->pairs, hash);
	struct pair *pair;

	if (slot != POOL_NONE) {
		pair = pool_at(&contact->pairs, slot);
		if (subject_equal(&pair->subject, &side->subject) &&
		    addr_equal(&pair->peer, peer) &&
		    pair->peer_port == peer_port && pair->proto == proto &&
		    pair->key_spoofable == spoofable)
			return pair;
		contact->evicted++;
		return NULL;
	}
	if (contact->pairs.used == contact->pairs.capacity)
		evict(contact);
	pair = pool_at(&contact->pairs, pool_take(&contact->pairs, hash));
	pair->subject = side->subject;
	pair->peer = *peer;
	pair->peer_port = peer_port;
	pair->proto = proto;
	pair->key_spoofable = spoofable;
	pair->spoofable = spoofable;
	return pair;
}

static int64_t
distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static void
describe(const struct flow_record *record, const struct side *side, bool sent,
	 const struct pair *pair, struct sighting *sighting)
{
	sighting->class = RSIT_INFECTED_SYSTEM;
	sighting->address = side->address;
	sighting->proto = pair->proto;
	sighting->port = side->port;
	sighting->peer = pair->peer;
	sighting->peer_port = pair->peer_port;
	sighting->marks = SIGHTING_HAS_PORT | SIGHTING_HAS_PEER |
			  SIGHTING_HAS_PEER_PORT | SIGHTING_ESTABLISHED;
	if (pair->spoofable)
		sighting->marks |= SIGHTING_SPOOFABLE;
	sighting->entered = sent ? record->entered : ENTERED_UNKNOWN;
	sighting->sampling = record->sampling;
	sighting->samples = record->packets < UINT32_MAX
				? (uint32_t)record->packets
				: UINT32_MAX;
	if (!side->shared)
		return;
	sighting->port_count = 1;
	sighting->ports[0] = (struct port_time){side->port, sighting->first};
}

/* The pair took part in a flow from first to last: say so, if it's time. */
static void
say_contact(const struct contact *contact, const struct indicator *indicator,
	    const struct flow_record *record, const struct side *side,
	    bool sent, struct pair *pair, int64_t first_us, int64_t last_us,
	    struct say *say)
{
	char origin[SIGHTING_NAME_SIZE];
	struct sighting sighting;
	struct text text;
	int32_t weight = weight_of(contact->conf, indicator, first_us);

	if (weight == 0 || (pair->said_us != 0 &&
			    distance(first_us, pair->said_us) < AGAIN_US))
		return;
	text_init(&text, origin, sizeof(origin));
	text_add(&text, "list:");
	text_add(&text, indicator->source);
	say_begin(say, &sighting, &side->subject, origin, "contact/1");
	sighting.time.us = first_us;
	sighting.first.us = first_us;
	sighting.last.us = last_us;
	describe(record, side, sent, pair, &sighting);
	say_exporter(say, &sighting, record->exporter);
	sighting.weight_milli = weight;
	if (indicator->sinkhole)
		sighting.marks |= SIGHTING_SINKHOLE;
	(void)text_copy(sighting.family, sizeof(sighting.family),
			slice_of(indicator->family));
	say_send(say, &sighting);
	pair->said_us = first_us;
}

/* UDP went both ways: out and in on the same port, minutes apart at most. */
static void
udp_record(const struct contact *contact, const struct indicator *indicator,
	   const struct flow_record *record, const struct side *side, bool sent,
	   struct pair *pair, struct say *say)
{
	if (sent) {
		pair->spoofable = side_is_spoofable(contact->conf, record);
		pair->out_seen = true;
		pair->out_port = side->port;
		pair->out_start_us = record->start.us;
		pair->out_end_us = record->end.us;
	} else {
		pair->in_seen = true;
		pair->in_port = side->port;
		pair->in_us = record->start.us;
	}
	if (!pair->out_seen || !pair->in_seen ||
	    pair->out_port != pair->in_port ||
	    pair->in_us < pair->out_start_us - AGAIN_US ||
	    pair->in_us > pair->out_end_us + AGAIN_US)
		return;
	say_contact(contact, indicator, record, side, sent, pair,
		    pair->out_start_us, pair->out_end_us, say);
}

void
contact_record(struct contact *contact, const struct flow_record *record,
	       const struct side *side, bool sent, struct say *say)
{
	const struct addr *peer = sent ? &record->dst : &record->src;
	uint16_t peer_port = sent ? record->dport : record->sport;
	const struct indicator *indicator;
	struct pair *pair;

	if (!contact->indicators ||
	    !(record->proto == PROTO_UDP ||
	      (record->proto == PROTO_TCP && sent && is_established(record))))
		return;
	indicator = indicator_list_find(contact->indicators, peer, peer_port,
					record->proto);
	if (!indicator)
		return;
	pair = pair_of(contact, side, peer, peer_port, record->proto,
		       record->proto == PROTO_TCP &&
			   side_is_spoofable(contact->conf, record));
	if (!pair)
		return;
	if (record->end.us > pair->newest_us)
		pair->newest_us = record->end.us;
	if (record->proto == PROTO_UDP)
		udp_record(contact, indicator, record, side, sent, pair, say);
	else
		say_contact(contact, indicator, record, side, sent, pair,
			    record->start.us, record->end.us, say);
}
