/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fan-out on watch ports.  Targets are kept one by one (hashed to 32 bits, by
 * a key no outsider knows): the numbers are small, and an estimate would blur
 * the one threshold that matters.
 */
#include <string.h>

#include "base/check.h"
#include "detect/scan.h"

#define PROTO_TCP 6
#define TCP_FLAGS 0x3f
#define EVICT_STEPS 16
#define WIDE_PART 4
#define POOL_MIN 64

enum { GROUP_NINE, GROUP_WIDE, GROUP_NONE };

/* What was seen in one five-minute slot. */
struct slot {
	int64_t first_us, last_us;
	uint32_t probes; /* packets, before scaling */
};

struct target {
	uint32_t hash;
	int32_t slot;
};

struct scanner {
	struct pool_item item;
	struct subject subject;
	struct addr address;
	int32_t slot;         /* the running one */
	struct slot slots[2]; /* running and last, by the slot's lowest bit */
	int64_t newest_us;    /* start of the newest first probe of a target */
	int64_t said_us;      /* 0: nothing said yet */
	uint32_t sampling;
	uint16_t port; /* probed */
	bool mixed;    /* more than one port was */
	bool spoofable;
	bool sampling_unknown;
	uint8_t entered;
	uint8_t port_count;
	struct port_time ports[SIGHTING_PORTS_MAX];
	uint32_t target_count;
	struct target targets[]; /* as many as the group needs, and some */
};

/* Beyond the nine: remote access, databases, industrial control, management.
 * Sorted.  Not here: 80, 443, 8000-8999 (browsers), mail (a mail server has
 * many dead neighbours), 6881-6999 and high ports (peers). */
static const uint16_t wide_ports[] = {
    21,   102,  111,  135,  139,  143,  389,  502,  512,  513,  514,
    515,  548,  554,  623,  631,  873,  1080, 1099, 1433, 1521, 1723,
    1883, 1911, 2049, 2222, 2375, 2376, 3306, 3388, 4786, 4899, 5038,
    5432, 5800, 5900, 5901, 5984, 5985, 6379, 7001, 9200, 9300,
};

static unsigned
group_of(uint16_t port)
{
	unsigned low = 0, high = sizeof(wide_ports) / sizeof(wide_ports[0]);

	switch (port) {
	case 22:
	case 23:
	case 445:
	case 2323:
	case 3389:
	case 5555:
	case 7547:
	case 37215:
	case 52869:
		return GROUP_NINE;
	default:
		break;
	}
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (wide_ports[middle] == port)
			return GROUP_WIDE;
		if (wide_ports[middle] < port)
			low = middle + 1;
		else
			high = middle;
	}
	return GROUP_NONE;
}

static uint32_t
needed(const struct scan *scan, unsigned group)
{
	uint32_t n = group == GROUP_NINE ? scan->conf->scan_targets
					 : scan->conf->scan_targets_wide;

	return n < SCAN_TARGETS_MAX ? n : SCAN_TARGETS_MAX;
}

/* Room for the targets of a rule, and some of the slot before. */
static uint32_t
capacity(const struct scan *scan, unsigned group)
{
	uint32_t n = needed(scan, group);

	return n + n / 4 + 2;
}

bool
scan_init(struct scan *scan, const struct detect_conf *conf)
{
	memset(scan, 0, sizeof(*scan));
	scan->conf = conf;
	for (unsigned group = GROUP_NINE; group <= GROUP_WIDE; group++) {
		uint32_t items = conf->subjects_max;
		size_t stride = sizeof(struct scanner) +
				capacity(scan, group) * sizeof(struct target);

		if (group == GROUP_WIDE)
			items /= WIDE_PART;
		items = items > POOL_MIN ? items : POOL_MIN;
		if (!pool_init(&scan->groups[group], items, stride)) {
			scan_fini(scan);
			return false;
		}
		scan->bytes += scan->groups[group].bytes;
	}
	return true;
}

void
scan_fini(struct scan *scan)
{
	pool_fini(&scan->groups[GROUP_NINE]);
	pool_fini(&scan->groups[GROUP_WIDE]);
	memset(scan, 0, sizeof(*scan));
}

/*
 * Ours exactly SYN; theirs nothing or a reset, and no SYN: what answered a SYN
 * with a SYN is neither failure nor success.  Where an exporter counts each
 * direction alone, ours exactly SYN says that we never acknowledged anything.
 */
static bool
is_failure(const struct flow_record *record)
{
	uint8_t theirs = record->peer_flags & TCP_FLAGS;

	if (record->proto != PROTO_TCP || !(record->marks & FLOW_FLAGS_KNOWN) ||
	    (record->tcp_flags & TCP_FLAGS) != FLOW_TCP_SYN)
		return false;
	if (!(record->marks & FLOW_PEER_KNOWN) || theirs == 0)
		return true;
	return (theirs & FLOW_TCP_RST) && !(theirs & FLOW_TCP_SYN);
}

bool
scan_concerns(const struct flow_record *record)
{
	return is_failure(record) && group_of(record->dport) != GROUP_NONE &&
	       !side_is_nobody(&record->dst);
}

/* Ours has SYN and ACK: whoever it went to has answered, and it was no reset
 * that we acknowledged. */
bool
scan_answered(const struct flow_record *record)
{
	const uint8_t ours = record->tcp_flags & TCP_FLAGS;

	return record->proto == PROTO_TCP &&
	       (record->marks & FLOW_FLAGS_KNOWN) && (ours & FLOW_TCP_SYN) &&
	       (ours & FLOW_TCP_ACK) && !(ours & FLOW_TCP_RST) &&
	       group_of(record->dport) != GROUP_NONE;
}

/* Of a few scanners from the hand on, the one that is longest silent. */
static void
evict(struct scan *scan, struct pool *pool)
{
	uint32_t oldest = POOL_NONE;
	int64_t oldest_us = INT64_MAX;

	for (unsigned i = 0; i < EVICT_STEPS; i++) {
		uint32_t slot = pool_turn(pool);
		const struct scanner *scanner;

		if (slot == POOL_NONE)
			break;
		scanner = pool_at(pool, slot);
		/* More targets weigh as if seen later: a slot each. */
		if (scanner->newest_us + scanner->target_count * SCAN_SLOT_US <
		    oldest_us) {
			oldest_us = scanner->newest_us +
				    scanner->target_count * SCAN_SLOT_US;
			oldest = slot;
		}
	}
	lz_assert(oldest != POOL_NONE);
	pool_drop(pool, oldest);
	scan->evicted++;
}

static struct scanner *
scanner_known(struct scan *scan, const struct flow_record *record,
	      const struct side *side)
{
	const bool spoofable = side_is_spoofable(scan->conf, record);
	const uint64_t hash = side_hash(scan->conf, SIDE_SCAN, &side->subject,
					NULL, spoofable);
	struct pool *pool = &scan->groups[group_of(record->dport)];
	const uint32_t slot = pool_find(pool, hash);
	struct scanner *scanner;

	if (slot == POOL_NONE)
		return NULL;
	scanner = pool_at(pool, slot);
	return subject_equal(&scanner->subject, &side->subject) &&
		       scanner->spoofable == spoofable
		   ? scanner
		   : NULL;
}

static struct scanner *
scanner_of(struct scan *scan, const struct flow_record *record,
	   const struct side *side, unsigned group)
{
	bool spoofable = side_is_spoofable(scan->conf, record);
	uint64_t hash = side_hash(scan->conf, SIDE_SCAN, &side->subject, NULL,
				  spoofable);
	struct pool *pool = &scan->groups[group];
	uint32_t slot = pool_find(pool, hash);
	struct scanner *scanner;

	if (slot != POOL_NONE) {
		scanner = pool_at(pool, slot);
		if (subject_equal(&scanner->subject, &side->subject) &&
		    scanner->spoofable == spoofable)
			return scanner;
		scan->evicted++;
		return NULL;
	}
	if (pool->used == pool->capacity)
		evict(scan, pool);
	scanner = pool_at(pool, pool_take(pool, hash));
	scanner->subject = side->subject;
	scanner->address = side->address;
	scanner->spoofable = spoofable;
	scanner->slot = INT32_MIN;
	return scanner;
}

/* A new running slot: what is older than the last one is forgotten. */
static void
move_on(struct scanner *scanner, int32_t slot)
{
	uint32_t kept = 0;

	memset(&scanner->slots[slot & 1], 0, sizeof(scanner->slots[0]));
	if (slot != scanner->slot + 1) {
		memset(&scanner->slots[(slot & 1) ^ 1], 0,
		       sizeof(scanner->slots[0]));
		scanner->port_count = 0;
	}
	for (uint32_t i = 0; i < scanner->target_count; i++)
		if (scanner->targets[i].slot >= slot - 1)
			scanner->targets[kept++] = scanner->targets[i];
	scanner->target_count = kept;
	if (kept == 0) {
		scanner->newest_us = 0;
		scanner->mixed = false;
		scanner->entered = 0;
		scanner->port = 0;
	}
	scanner->slot = slot;
}

/*
 * Notes a target in a slot; true when it wasn't known.  Where all places are
 * taken the oldest slot's give way: there are more than any rule asks for.
 */
static bool
note_target(struct scanner *scanner, uint32_t hash, int32_t slot,
	    uint32_t places)
{
	for (uint32_t i = 0; i < scanner->target_count; i++) {
		if (scanner->targets[i].hash != hash)
			continue;
		if (slot > scanner->targets[i].slot)
			scanner->targets[i].slot = slot;
		return false;
	}
	if (scanner->target_count < places) {
		scanner->targets[scanner->target_count++] =
		    (struct target){hash, slot};
		return true;
	}
	for (uint32_t i = 0; i < places; i++) {
		if (scanner->targets[i].slot < slot) {
			scanner->targets[i] = (struct target){hash, slot};
			break;
		}
	}
	return true;
}

static void
note_probe(struct scanner *scanner, const struct flow_record *record,
	   const struct side *side, int32_t slot)
{
	struct slot *at = &scanner->slots[slot & 1];
	uint64_t packets = record->packets_low;

	if (at->probes == 0 || record->start.us < at->first_us)
		at->first_us = record->start.us;
	if (at->probes == 0 || record->end.us > at->last_us)
		at->last_us = record->end.us;
	at->probes += packets < UINT32_MAX - at->probes ? (uint32_t)packets : 0;
	if (scanner->target_count == 0)
		scanner->port = record->dport;
	else if (scanner->port != record->dport)
		scanner->mixed = true;
	scanner->entered |= (uint8_t)(1u << record->entered);
	if (record->sampling > scanner->sampling)
		scanner->sampling = record->sampling;
	if (side->shared)
		scanner->port_count =
		    (uint8_t)say_add_port(scanner->ports, scanner->port_count,
					  side->port, record->start.us);
}

static void
say_scan(const struct scan *scan, const struct flow_record *record,
	 struct scanner *scanner, int64_t time_us, struct say *say)
{
	const struct slot *now = &scanner->slots[scanner->slot & 1];
	const struct slot *last = &scanner->slots[(scanner->slot & 1) ^ 1];
	struct sighting sighting;

	say_begin(say, &sighting, &scanner->subject, "own-flow", "scan/1");
	say_exporter(say, &sighting, record->exporter);
	sighting.class = RSIT_SCANNER;
	sighting.time.us = time_us;
	sighting.first.us = now->first_us;
	sighting.last.us = now->last_us;
	sighting.samples = now->probes;
	if (last->probes > 0) {
		if (last->first_us < sighting.first.us)
			sighting.first.us = last->first_us;
		if (last->last_us > sighting.last.us)
			sighting.last.us = last->last_us;
		sighting.samples += last->probes;
	}
	sighting.address = scanner->address;
	sighting.proto = PROTO_TCP;
	sighting.sampling = scanner->sampling;
	sighting.weight_milli = scan->conf->weight_scan_milli;
	sighting.entered = ENTERED_UNKNOWN;
	if (scanner->entered == 1u << ENTERED_SUBSCRIBER)
		sighting.entered = ENTERED_SUBSCRIBER;
	else if (scanner->entered == 1u << ENTERED_BORDER)
		sighting.entered = ENTERED_BORDER;
	if (scanner->spoofable)
		sighting.marks |= SIGHTING_SPOOFABLE;
	if (!scanner->mixed) {
		sighting.peer_port = scanner->port;
		sighting.marks |= SIGHTING_HAS_PEER_PORT;
	}
	sighting.port_count = scanner->port_count;
	memcpy(sighting.ports, scanner->ports, sizeof(sighting.ports));
	say_send(say, &sighting);
	scanner->said_us = time_us;
	scanner->port_count = 0;
}

static uint32_t
target_hash(const struct scan *scan, const struct flow_record *record)
{
	return (uint32_t)hash_bytes(&scan->conf->key, &record->dst,
				    sizeof(record->dst));
}

void
scan_forgive(struct scan *scan, const struct flow_record *record,
	     const struct side *side)
{
	struct scanner *scanner = scanner_known(scan, record, side);
	uint32_t hash;

	if (!scanner)
		return;
	hash = target_hash(scan, record);
	for (uint32_t i = 0; i < scanner->target_count; i++) {
		if (scanner->targets[i].hash != hash)
			continue;
		scanner->targets[i] = scanner->targets[--scanner->target_count];
		return;
	}
}

void
scan_record(struct scan *scan, const struct flow_record *record,
	    const struct side *side, struct say *say)
{
	unsigned group = group_of(record->dport);
	struct scanner *scanner = scanner_of(scan, record, side, group);
	int32_t slot = (int32_t)(record->start.us / SCAN_SLOT_US);
	int64_t time_us = record->start.us;
	uint32_t hash;

	if (!scanner)
		return;
	if (scanner->slot == INT32_MIN)
		scanner->slot = slot - 2;
	if (slot > scanner->slot)
		move_on(scanner, slot);
	if (slot < scanner->slot - 1) {
		scan->late++;
		return;
	}
	note_probe(scanner, record, side, slot);
	hash = target_hash(scan, record);
	if (note_target(scanner, hash, slot, capacity(scan, group)) &&
	    time_us > scanner->newest_us)
		scanner->newest_us = time_us;
	if (scanner->target_count < needed(scan, group))
		return;
	/* The newest of those that made it full, not the last to arrive. */
	if (scanner->said_us == 0)
		time_us = scanner->newest_us;
	else if (time_us - scanner->said_us < SCAN_SLOT_US)
		return;
	say_scan(scan, record, scanner, time_us, say);
}
