/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flood rules.  What is judged is what all records said of a pair in a
 * window, so neither order nor batches matter; what is doubtful counts for
 * the accused.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "detect/flood.h"

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ICMP6 58
#define TCP_FLAGS 0x3f

/* Replies of a tenth void a flood; a tenth of T is no stream yet. */
#define TENTH 10
#define DESTINATIONS_MAX 4
#define MINUTE_US TIMES_MINUTE_US
#define EPISODE_US (5 * TIMES_MINUTE_US)
#define TRACKS_PART 16
#define TRACKS_MIN 64

struct flood_candidate {
	uint64_t sent;
	const struct window_cell *cell;
	bool spoofable;
};

/* A pair that floods, from its first flooding window on. */
struct track {
	struct pool_item item;
	struct subject subject;
	struct addr peer;
	int32_t last_window;
	uint32_t streak; /* flooding windows in a row, the last one included */
	uint32_t said;   /* sightings of this episode */
	int64_t said_us; /* end of the window last said */
	/* Since the stream began (UDP), scaled packets x 1000. */
	uint64_t sent, back;
	/* Since it was last said. */
	int64_t first_us, last_us;
	uint64_t samples_milli;
	uint8_t kind;
	bool spoofable;
	bool begun; /* it was seen to begin */
};

struct attacker {
	struct pool_item item;
	struct subject subject;
	struct addr peers[DESTINATIONS_MAX];
	int64_t busy_us[DESTINATIONS_MAX]; /* end of its last flooding window */
};

bool
flood_init(struct flood *flood, const struct detect_conf *conf)
{
	uint32_t tracks = conf->pairs_max / TRACKS_PART;

	memset(flood, 0, sizeof(*flood));
	flood->conf = conf;
	tracks = tracks > TRACKS_MIN ? tracks : TRACKS_MIN;
	flood->candidates = memory_new(tracks, sizeof(*flood->candidates));
	flood->candidates_max = tracks;
	if (!flood->candidates || !windows_init(&flood->windows, conf) ||
	    !pool_init(&flood->tracks, tracks, sizeof(struct track)) ||
	    !pool_init(&flood->attackers, tracks, sizeof(struct attacker))) {
		flood_fini(flood);
		return false;
	}
	flood->bytes = flood->windows.bytes + flood->tracks.bytes +
		       flood->attackers.bytes +
		       (uint64_t)tracks * sizeof(*flood->candidates);
	return true;
}

void
flood_fini(struct flood *flood)
{
	memory_free(flood->candidates);
	windows_fini(&flood->windows);
	pool_fini(&flood->tracks);
	pool_fini(&flood->attackers);
	memset(flood, 0, sizeof(*flood));
}

void
flood_start(struct flood *flood, int64_t record_time_us)
{
	flood->watch_from_us = record_time_us;
	windows_start(&flood->windows,
		      record_time_us - flood->conf->lateness_us);
}

void
flood_widen(struct flood *flood, int64_t record_time_us)
{
	flood->watch_from_us = record_time_us;
	windows_widen(&flood->windows, record_time_us);
	for (uint32_t i = 0; i < flood->tracks.fresh; i++) {
		const struct track *track = pool_at(&flood->tracks, i);

		if (track->item.hash != 0)
			pool_drop(&flood->tracks, i);
	}
}

static bool
is_syn_only(const struct flow_record *record)
{
	return record->proto == PROTO_TCP &&
	       (record->marks & FLOW_FLAGS_KNOWN) &&
	       (record->tcp_flags & TCP_FLAGS) == FLOW_TCP_SYN;
}

/*
 * A connection that came about, as far as this record can show: both ends'
 * flags where they are known, else our SYN and ACK in one record; where packets
 * are sampled any ACK of ours has to do.
 */
static bool
is_handshake(const struct flow_record *record)
{
	const uint8_t both = FLOW_TCP_SYN | FLOW_TCP_ACK;

	if (record->proto != PROTO_TCP || !(record->marks & FLOW_FLAGS_KNOWN))
		return false;
	if (record->sampling > 1)
		return (record->tcp_flags & FLOW_TCP_ACK) != 0;
	if ((record->tcp_flags & both) != both)
		return false;
	if (record->marks & FLOW_PEER_KNOWN)
		return (record->peer_flags & both) == both;
	return record->packets > 1;
}

/* Echo replies and errors are answers to what others sent. */
static bool
is_icmp_answer(const struct flow_record *record)
{
	if (!(record->marks & FLOW_ICMP_KNOWN))
		return false;
	if (record->proto == PROTO_ICMP)
		return record->icmp_type == 0 || record->icmp_type == 3 ||
		       record->icmp_type == 11;
	return record->icmp_type <= 4 || record->icmp_type == 129;
}

static bool
is_echo_request(const struct flow_record *record)
{
	return (record->marks & FLOW_ICMP_KNOWN) &&
	       record->icmp_type == (record->proto == PROTO_ICMP ? 8 : 128);
}

/* Source ports of services that answer more than they are asked. */
static bool
is_reflector_port(uint16_t port)
{
	switch (port) {
	case 17:
	case 19:
	case 53:
	case 123:
	case 161:
	case 389:
	case 1900:
	case 3283:
	case 3702:
	case 10001:
	case 11211:
	case 37810:
		return true;
	default:
		return false;
	}
}

/* Destination ports of QUIC and VPNs: uploads look one-sided there. */
static bool
is_tunnel_port(uint16_t port)
{
	return port == 443 || port == 500 || port == 4500 || port == 51820;
}

/* Which kind of state a record concerns; SIDE_ATTACKER: none. */
static enum side_kind
kind_of(const struct flow_record *record, bool sent)
{
	switch (record->proto) {
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return sent && is_icmp_answer(record) ? SIDE_ATTACKER
						      : SIDE_ICMP;
	case PROTO_UDP:
		return SIDE_UDP;
	case PROTO_TCP:
		return sent && (is_syn_only(record) || is_handshake(record))
			   ? SIDE_SYN
			   : SIDE_ATTACKER;
	default:
		return SIDE_ATTACKER;
	}
}

uint64_t
flood_hash(const struct flood *flood, const struct flow_record *record,
	   const struct side *side, bool sent)
{
	enum side_kind kind = kind_of(record, sent);
	const struct addr *peer = sent ? &record->dst : &record->src;

	if (kind == SIDE_ATTACKER || side_is_nobody(peer))
		return 0;
	return side_hash(flood->conf, kind, &side->subject, peer, 0);
}

void
flood_record(struct flood *flood, const struct flow_record *record,
	     const struct side *side, uint64_t hash, bool sent)
{
	struct window_part part = {
	    .side = side,
	    .peer = sent ? &record->dst : &record->src,
	    .hash = hash,
	    .kind = kind_of(record, sent),
	    .packets = sent ? record->packets_low : record->packets_high,
	    .sent = sent,
	    .spoofable = side_is_spoofable(flood->conf, record),
	    .peer_port = sent ? record->dport : record->sport,
	};

	if (sent && part.kind == SIDE_UDP) {
		bool reflector = is_reflector_port(record->sport);

		/* Sampled, the questions that were answered go unseen. */
		if (reflector && record->sampling > 1)
			return;
		part.aux = reflector || is_tunnel_port(record->dport);
	} else if (sent && part.kind == SIDE_ICMP) {
		part.aux = is_echo_request(record);
	} else if (part.kind == SIDE_SYN && !is_syn_only(record)) {
		windows_note(&flood->windows, &part, record->start.us,
			     record->sampling);
		return;
	}
	windows_add(&flood->windows, record, &part);
}

/* Packets sent that are held against the pair: all of them, or own only. */
static uint64_t
cell_sent(const struct window_cell *cell, bool spoofable)
{
	return cell->sent[0] + (spoofable ? cell->sent[1] : 0);
}

static const struct window_cell *
cell_before(const struct flood *flood, const struct window_cell *cell,
	    unsigned n)
{
	return windows_other(&flood->windows, cell,
			     windows_pair_hash(&flood->windows, cell),
			     cell->window - (int64_t)n);
}

/*
 * What of a UDP window counts: not the answers of a reflector that somebody
 * asked, and not what goes to a tunnel that answers at all.
 */
static uint64_t
udp_sent(const struct flood *flood, const struct window_cell *cell,
	 bool spoofable)
{
	uint64_t sent = cell_sent(cell, spoofable);
	uint64_t back = cell->back;

	if (cell->aux == 0)
		return sent;
	for (unsigned n = 1; n <= WINDOWS_BEFORE && back == 0; n++) {
		const struct window_cell *before = cell_before(flood, cell, n);

		back = before ? before->back : 0;
	}
	if (back == 0)
		return sent;
	return sent > cell->aux ? sent - cell->aux : 0;
}

static bool
is_flood(const struct flood *flood, const struct window_cell *cell,
	 bool spoofable)
{
	const struct detect_conf *conf = flood->conf;
	const struct windows *windows = &flood->windows;
	uint64_t sent = cell_sent(cell, spoofable);
	uint64_t need = windows_need(windows, conf->flood_pps);
	uint64_t against = cell->back;

	if (cell->kind == SIDE_SYN) {
		need = windows_need(windows, conf->flood_syn_pps);
		against = cell->aux;
	}
	if (sent < need ||
	    (cell->sampling > 1 &&
	     sent / cell->sampling < UINT64_C(1000) * conf->flood_samples_min))
		return false;
	if (cell->kind == SIDE_UDP) {
		sent = udp_sent(flood, cell, spoofable);
		if (sent < need)
			return false;
	}
	if (cell->kind == SIDE_ICMP && cell->aux <= sent &&
	    cell->aux >= windows_need(windows, conf->flood_icmp_abs_pps))
		return true;
	return against < sent / TENTH;
}

/*
 * Was the stream seen to begin: under a tenth of T in one of the three windows
 * before this one, while we were watching?  Adds up what was sent and came
 * back since then.
 */
static bool
seen_to_begin(const struct flood *flood, const struct window_cell *cell,
	      struct track *track)
{
	const struct windows *windows = &flood->windows;
	uint64_t loud = windows_need(windows, flood->conf->flood_pps) / TENTH;
	int64_t start = cell->window * windows->window_us;
	bool ran_before = cell->flags & CELL_RAN_BEFORE;

	track->sent = cell_sent(cell, track->spoofable);
	track->back = cell->back;
	if (start < flood->watch_from_us + MINUTE_US + 2 * windows->window_us)
		return false;
	for (unsigned n = 1; n <= WINDOWS_BEFORE && !ran_before; n++) {
		const struct window_cell *before = cell_before(flood, cell, n);

		if (!before || cell_sent(before, true) < loud)
			return true;
		ran_before = before->flags & CELL_RAN_BEFORE;
		track->sent += cell_sent(before, track->spoofable);
		track->back += before->back;
	}
	return false;
}

/* The 99 % upper bound of a Poisson mean of which `count` were seen
 * (Wilson-Hilferty). */
static double
upper_bound(double count)
{
	const double z = 2.3263;
	double n = count + 1;
	double root = 1 - 1 / (9 * n) + z / (3 * sqrt(n));

	return n * root * root * root;
}

/* May a UDP stream that is one-sided in this window be called a flood? */
static bool
udp_is_sure(const struct window_cell *cell, const struct track *track)
{
	double sampling = cell->sampling;

	if (track->streak < 2 || !track->begun)
		return false;
	if (cell->sampling <= 1)
		return true;
	return upper_bound((double)track->back / 1000 / sampling) * TENTH <
	       (double)track->sent / 1000 / sampling;
}

/* One of the four places for destinations; false when all are busy. */
static bool
take_place(struct flood *flood, const struct track *track, int64_t end_us)
{
	uint64_t hash = side_hash(flood->conf, SIDE_ATTACKER, &track->subject,
				  NULL, track->spoofable);
	uint32_t slot = pool_find(&flood->attackers, hash);
	int64_t over_us = end_us - MINUTE_US - flood->windows.window_us;
	struct attacker *attacker;
	int free = -1;

	if (slot == POOL_NONE)
		slot = pool_take(&flood->attackers, hash);
	if (slot == POOL_NONE)
		return false;
	attacker = pool_at(&flood->attackers, slot);
	attacker->subject = track->subject;
	for (int i = 0; i < DESTINATIONS_MAX; i++) {
		if (attacker->busy_us[i] != 0 &&
		    addr_equal(&attacker->peers[i], &track->peer)) {
			attacker->busy_us[i] = end_us;
			return true;
		}
		if (free < 0 && attacker->busy_us[i] < over_us)
			free = i;
	}
	if (free < 0)
		return false;
	attacker->peers[free] = track->peer;
	attacker->busy_us[free] = end_us;
	return true;
}

static uint8_t
entered_of(const struct window_cell *cell, bool spoofable)
{
	if (cell->entered == 1u << ENTERED_SUBSCRIBER)
		return ENTERED_SUBSCRIBER;
	if (cell->entered == 1u << ENTERED_BORDER)
		return ENTERED_BORDER;
	/* Own and foreign beside each other: own is what was held against it. */
	if (!spoofable && !(cell->entered & 1u << ENTERED_UNKNOWN))
		return ENTERED_SUBSCRIBER;
	return ENTERED_UNKNOWN;
}

static void
describe(const struct flood *flood, const struct window_cell *cell,
	 const struct track *track, struct sighting *sighting)
{
	const struct detect_conf *conf = flood->conf;
	bool lasts = track->streak >= 2;
	bool v4 = addr_is_v4(&cell->peer);

	sighting->class = RSIT_DDOS;
	sighting->first.us = track->first_us;
	sighting->last.us = track->last_us;
	sighting->address = cell->address;
	sighting->peer = cell->peer;
	sighting->marks = SIGHTING_HAS_PEER;
	if (track->spoofable)
		sighting->marks |= SIGHTING_SPOOFABLE;
	if (lasts)
		sighting->marks |= SIGHTING_FLOOD_LASTS;
	sighting->weight_milli = lasts ? conf->weight_flood_lasts_milli
				       : conf->weight_flood_milli;
	sighting->entered = entered_of(cell, track->spoofable);
	sighting->samples = (uint32_t)(track->samples_milli / 1000);
	sighting->sampling = cell->sampling == 1 &&
				     (cell->flags & CELL_SAMPLING_UNKNOWN)
				 ? 0
				 : cell->sampling;
	if (cell->kind == SIDE_ICMP) {
		sighting->proto = v4 ? PROTO_ICMP : PROTO_ICMP6;
		return;
	}
	sighting->proto = cell->kind == SIDE_UDP ? PROTO_UDP : PROTO_TCP;
	if (!(cell->flags & CELL_PORT_MIXED)) {
		sighting->port = cell->port;
		sighting->marks |= SIGHTING_HAS_PORT;
	}
	if (!(cell->flags & CELL_PEER_PORT_MIXED)) {
		sighting->peer_port = cell->peer_port;
		sighting->marks |= SIGHTING_HAS_PEER_PORT;
	}
}

static void
say_flood(struct flood *flood, const struct window_cell *cell,
	  struct track *track, int64_t end_us, struct say *say)
{
	static const char *const detectors[] = {
	    [SIDE_ICMP] = "flood.icmp/1",
	    [SIDE_UDP] = "flood.udp/1",
	    [SIDE_SYN] = "flood.syn/1",
	};
	struct sighting sighting;

	say_begin(say, &sighting, &track->subject, "own-flow",
		  detectors[cell->kind]);
	sighting.time.us = end_us;
	describe(flood, cell, track, &sighting);
	if (cell->item.note)
		say_exporter(say, &sighting, cell->item.note - 1);
	if (flood->windows.ports) {
		const struct window_ports *ports =
		    windows_ports(&flood->windows, cell);

		sighting.port_count = ports->count;
		memcpy(sighting.ports, ports->ports,
		       ports->count * sizeof(ports->ports[0]));
	}
	say_send(say, &sighting);
	track->said++;
	track->said_us = end_us;
	track->samples_milli = 0;
}

/* One sighting for each of the first two windows, then one a minute. */
static bool
is_due(const struct window_cell *cell, const struct track *track,
       int64_t end_us)
{
	if (cell->kind == SIDE_UDP && !udp_is_sure(cell, track))
		return false;
	if (track->said == 0)
		return true;
	if (track->said == 1 && cell->kind != SIDE_UDP && track->streak == 2)
		return true;
	return end_us - track->said_us >= MINUTE_US;
}

static bool
track_is(const struct track *track, const struct flood_candidate *candidate)
{
	const struct window_cell *cell = candidate->cell;

	return addr_equal(&track->subject.prefix.addr, &cell->subject) &&
	       track->subject.prefix.length == cell->length &&
	       track->subject.port_first == cell->port_first &&
	       addr_equal(&track->peer, &cell->peer) &&
	       track->kind == cell->kind &&
	       track->spoofable == candidate->spoofable;
}

/* NULL: no room for another flooding pair. */
static struct track *
track_of(struct flood *flood, const struct flood_candidate *candidate)
{
	const struct window_cell *cell = candidate->cell;
	uint64_t hash = windows_pair_hash(&flood->windows, cell) ^
			(uint64_t)candidate->spoofable;
	uint32_t slot = pool_find(&flood->tracks, hash ? hash : 1);
	struct track *track;

	if (slot != POOL_NONE) {
		track = pool_at(&flood->tracks, slot);
		if (!track_is(track, candidate)) {
			flood->refused++;
			return NULL;
		}
		if ((cell->window - track->last_window) *
			flood->windows.window_us <
		    EPISODE_US)
			return track;
		pool_drop(&flood->tracks, slot);
	}
	slot = pool_take(&flood->tracks, hash ? hash : 1);
	if (slot == POOL_NONE) {
		flood->refused++;
		return NULL;
	}
	track = pool_at(&flood->tracks, slot);
	track->subject = (struct subject){{cell->subject, cell->length},
					  cell->port_first,
					  cell->port_last};
	track->peer = cell->peer;
	track->kind = cell->kind;
	track->spoofable = candidate->spoofable;
	track->last_window = INT32_MIN;
	return track;
}

static void
judge(struct flood *flood, const struct flood_candidate *candidate,
      struct say *say)
{
	const struct window_cell *cell = candidate->cell;
	struct track *track = track_of(flood, candidate);
	int64_t start_us = cell->window * flood->windows.window_us;
	int64_t end_us = start_us + flood->windows.window_us;
	uint64_t sent = cell_sent(cell, candidate->spoofable);
	bool lasts;

	if (!track)
		return;
	lasts = track->last_window == cell->window - 1;
	track->last_window = cell->window;
	track->streak = lasts ? track->streak + 1 : 1;
	if (lasts) {
		track->sent += sent;
		track->back += cell->back;
	} else {
		track->begun = seen_to_begin(flood, cell, track);
		track->samples_milli = 0;
	}
	if (track->samples_milli == 0)
		track->first_us = start_us + cell->first_us;
	track->last_us = start_us + cell->last_us;
	track->samples_milli += sent / cell->sampling;
	if (is_due(cell, track, end_us) && take_place(flood, track, end_us))
		say_flood(flood, cell, track, end_us, say);
}

/* The loudest first: four destinations have a place.  Then by who. */
static int
compare(const void *a, const void *b)
{
	const struct flood_candidate *x = a, *y = b;
	int order;

	if (x->sent != y->sent)
		return x->sent > y->sent ? -1 : 1;
	order = addr_compare(&x->cell->subject, &y->cell->subject);
	if (order == 0)
		order = x->cell->port_first - y->cell->port_first;
	if (order == 0)
		order = addr_compare(&x->cell->peer, &y->cell->peer);
	return order ? order : x->cell->kind - y->cell->kind;
}

static void
judge_window(struct flood *flood, int64_t window, struct say *say)
{
	const struct windows *windows = &flood->windows;
	uint32_t count = 0;

	for (uint32_t slot = windows_first(windows, window);
	     slot != POOL_NONE;) {
		const struct window_cell *cell = pool_at(&windows->cells, slot);
		bool own = is_flood(flood, cell, false);

		slot = cell->item.link;
		if (!own && !is_flood(flood, cell, true))
			continue;
		if (count == flood->candidates_max) {
			flood->refused++;
			continue;
		}
		flood->candidates[count++] =
		    (struct flood_candidate){cell_sent(cell, !own), cell, !own};
	}
	if (count > 0)
		qsort(flood->candidates, count, sizeof(*flood->candidates),
		      compare);
	for (uint32_t i = 0; i < count; i++)
		judge(flood, &flood->candidates[i], say);
}

/* Episodes that ended, and subjects that flood nobody any more. */
static void
sweep(struct flood *flood, int64_t end_us)
{
	const int64_t over_us = end_us - EPISODE_US;

	for (uint32_t i = 0; i < flood->tracks.fresh; i++) {
		const struct track *track = pool_at(&flood->tracks, i);

		if (track->item.hash != 0 && (track->last_window + INT64_C(1)) *
						     flood->windows.window_us <=
						 over_us)
			pool_drop(&flood->tracks, i);
	}
	for (uint32_t i = 0; i < flood->attackers.fresh; i++) {
		const struct attacker *attacker = pool_at(&flood->attackers, i);
		bool busy = false;

		for (int j = 0; j < DESTINATIONS_MAX; j++)
			busy = busy || attacker->busy_us[j] > over_us;
		if (attacker->item.hash != 0 && !busy)
			pool_drop(&flood->attackers, i);
	}
}

void
flood_close(struct flood *flood, int64_t until_us, struct say *say)
{
	struct windows *windows = &flood->windows;
	int64_t target = until_us > 0 ? windows_index(windows, until_us) : 0;
	int64_t steps = target - windows->closed;

	if (steps <= 0)
		return;
	/* Past a gap in the traffic there is nothing left to judge. */
	if (steps > windows->ring)
		steps = windows->ring;
	for (int64_t i = 0; i < steps; i++) {
		int64_t window = windows->closed + i;

		judge_window(flood, window, say);
		sweep(flood, (window + 1) * windows->window_us);
		windows_forget(windows, window - WINDOWS_BEFORE);
	}
	windows->closed = target;
}
