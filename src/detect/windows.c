/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spreading records over windows, and the bounded memory behind it.
 */
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "detect/windows.h"

/* Larger counts are cut: nothing here can send or sample that much. */
#define PACKETS_MAX UINT64_C(0xffffffff)
#define SAMPLING_MAX UINT32_C(0xfffff)
#define EVICT_STEPS 16
#define EVICT_AHEAD 8
/* A cell under need / this both ways is quiet. */
#define QUIET_PART 50
/* A stream is loud, and not beginning, at need / this. */
#define LOUD_PART 10

_Static_assert(sizeof(struct window_cell) == 128, "two cache lines");

static bool
any_shared(const struct detect_conf *conf)
{
	size_t count = conf->inside ? prefix_map_count(conf->inside) : 0;

	for (size_t i = 0; i < count; i++)
		if (conf->items[i].shared)
			return true;
	return false;
}

bool
windows_init(struct windows *windows, const struct detect_conf *conf)
{
	uint64_t open = (uint64_t)(conf->lateness_us / WINDOW_NARROW_US);

	memset(windows, 0, sizeof(*windows));
	windows->conf = conf;
	windows->window_us = conf->sampling > conf->sampling_wide_min
				 ? WINDOW_WIDE_US
				 : WINDOW_NARROW_US;
	/* Those open, the one the newest record time is in and its next, one
	 * that began before the lateness did, and those kept. */
	windows->ring = (uint32_t)open + WINDOWS_BEFORE + 4;
	windows->heads = memory_new(windows->ring, sizeof(*windows->heads));
	if (!windows->heads)
		return false;
	for (uint32_t i = 0; i < windows->ring; i++)
		windows->heads[i] = POOL_NONE;
	if (!pool_init(&windows->cells, conf->pairs_max,
		       sizeof(struct window_cell))) {
		windows_fini(windows);
		return false;
	}
	windows->bytes = windows->cells.bytes;
	if (!any_shared(conf))
		return true;
	windows->ports = memory_new(conf->pairs_max, sizeof(*windows->ports));
	if (!windows->ports) {
		windows_fini(windows);
		return false;
	}
	windows->bytes += (uint64_t)conf->pairs_max * sizeof(*windows->ports);
	return true;
}

void
windows_fini(struct windows *windows)
{
	pool_fini(&windows->cells);
	memory_free(windows->ports);
	memory_free(windows->heads);
	memset(windows, 0, sizeof(*windows));
}

static struct window_cell *
cell_at(const struct windows *windows, uint32_t slot)
{
	return pool_at(&windows->cells, slot);
}

static uint32_t *
head_of(const struct windows *windows, int64_t window)
{
	return &windows->heads[(uint64_t)window % windows->ring];
}

void
windows_start(struct windows *windows, int64_t closed_us)
{
	windows->closed = closed_us > 0 ? windows_index(windows, closed_us) : 0;
}

void
windows_forget(struct windows *windows, int64_t window)
{
	uint32_t *head = head_of(windows, window);

	while (*head != POOL_NONE) {
		uint32_t slot = *head;

		*head = cell_at(windows, slot)->item.link;
		pool_drop(&windows->cells, slot);
	}
}

void
windows_widen(struct windows *windows, int64_t now_us)
{
	for (uint32_t i = 0; i < windows->ring; i++)
		windows_forget(windows, i);
	windows->window_us = WINDOW_WIDE_US;
	windows->closed = windows_index(windows, now_us) + 1;
}

uint32_t
windows_first(const struct windows *windows, int64_t window)
{
	return *head_of(windows, window);
}

static void
unlink_cell(struct windows *windows, struct window_cell *cell)
{
	if (cell->before == POOL_NONE)
		*head_of(windows, cell->window) = cell->item.link;
	else
		cell_at(windows, cell->before)->item.link = cell->item.link;
	if (cell->item.link != POOL_NONE)
		cell_at(windows, cell->item.link)->before = cell->before;
}

/* Makes room for one cell; false when all that are near are loud. */
static bool
evict(struct windows *windows)
{
	uint64_t quiet = windows_need(windows, windows->conf->flood_pps) /
			 QUIET_PART;

	windows->evicted++;
	for (unsigned i = 0; i < EVICT_STEPS; i++) {
		uint32_t slot = pool_turn(&windows->cells);
		struct window_cell *cell;

		if (slot == POOL_NONE)
			break;
		cell = cell_at(windows, slot);
		if (cell->sent[0] + cell->sent[1] >= quiet ||
		    cell->back >= quiet)
			continue;
		/* The hand comes to this one soon. */
		if (slot + EVICT_AHEAD < windows->cells.fresh)
			pool_prefetch(
			    &windows->cells,
			    cell_at(windows, slot + EVICT_AHEAD)->item.hash);
		unlink_cell(windows, cell);
		pool_drop(&windows->cells, slot);
		return true;
	}
	return false;
}

static bool
cell_is(const struct window_cell *cell, const struct window_part *part,
	int64_t window)
{
	const struct subject *subject = &part->side->subject;

	return addr_equal(&cell->subject, &subject->prefix.addr) &&
	       addr_equal(&cell->peer, part->peer) && cell->window == window &&
	       cell->kind == part->kind &&
	       cell->length == subject->prefix.length &&
	       cell->port_first == subject->port_first;
}

static struct window_cell *
cell_new(struct windows *windows, const struct window_part *part, uint64_t hash,
	 int64_t window)
{
	const struct subject *subject = &part->side->subject;
	uint32_t *head = head_of(windows, window);
	uint32_t slot = pool_take(&windows->cells, hash);
	struct window_cell *cell;

	if (slot == POOL_NONE) {
		if (!evict(windows))
			return NULL;
		slot = pool_take(&windows->cells, hash);
		lz_assert(slot != POOL_NONE);
	}
	cell = cell_at(windows, slot);
	cell->subject = subject->prefix.addr;
	cell->length = subject->prefix.length;
	cell->port_first = subject->port_first;
	cell->port_last = subject->port_last;
	cell->peer = *part->peer;
	cell->kind = (uint8_t)part->kind;
	cell->window = (int32_t)window;
	cell->sampling = 1;
	cell->before = POOL_NONE;
	cell->item.link = *head;
	if (*head != POOL_NONE)
		cell_at(windows, *head)->before = slot;
	*head = slot;
	if (windows->ports)
		windows->ports[slot].count = 0;
	return cell;
}

/* NULL: refused, and counted. */
static struct window_cell *
cell_get(struct windows *windows, const struct window_part *part,
	 int64_t window)
{
	uint64_t hash = windows_hash(part->hash, window);
	uint32_t slot = pool_find(&windows->cells, hash);
	struct window_cell *cell;

	if (slot == POOL_NONE)
		return cell_new(windows, part, hash, window);
	cell = cell_at(windows, slot);
	if (cell_is(cell, part, window))
		return cell;
	windows->evicted++;
	return NULL;
}

static void
mark_port(uint8_t *flags, uint16_t *port, uint16_t seen, uint8_t set,
	  uint8_t mixed)
{
	if (!(*flags & set))
		*port = seen;
	else if (*port != seen)
		*flags |= mixed;
	*flags |= set;
}

static size_t
slot_of(const struct windows *windows, const struct window_cell *cell)
{
	return (size_t)((const uint8_t *)cell - windows->cells.items) /
	       windows->cells.stride;
}

const struct window_ports *
windows_ports(const struct windows *windows, const struct window_cell *cell)
{
	return &windows->ports[slot_of(windows, cell)];
}

static void
cell_describe(struct windows *windows, struct window_cell *cell,
	      const struct flow_record *record, const struct window_part *part,
	      int64_t from, int64_t to)
{
	int64_t start = cell->window * windows->window_us;
	uint32_t first = (uint32_t)(from - start);
	uint32_t last = (uint32_t)(to - start);
	bool fresh = cell->sent[0] == 0 && cell->sent[1] == 0;

	if (fresh || first < cell->first_us)
		cell->first_us = first;
	if (fresh || last > cell->last_us)
		cell->last_us = last;
	/* The lowest address of a prefix, whatever order they came in. */
	if (fresh || addr_compare(&part->side->address, &cell->address) < 0)
		cell->address = part->side->address;
	cell->entered |= (uint8_t)(1u << record->entered);
	cell->item.note = record->exporter + 1;
	mark_port(&cell->flags, &cell->port, part->side->port, CELL_PORT,
		  CELL_PORT_MIXED);
	mark_port(&cell->flags, &cell->peer_port, part->peer_port,
		  CELL_PEER_PORT, CELL_PEER_PORT_MIXED);
	if (part->side->shared && windows->ports && part->kind != SIDE_ICMP) {
		size_t slot = (size_t)((uint8_t *)cell - windows->cells.items) /
			      windows->cells.stride;
		struct window_ports *ports = &windows->ports[slot];

		ports->count = (uint8_t)say_add_port(ports->ports, ports->count,
						     part->side->port, from);
	}
}

static uint64_t
add_capped(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint32_t
sampling_of(const struct flow_record *record)
{
	if (record->sampling == 0)
		return 1;
	return record->sampling < SAMPLING_MAX ? record->sampling
					       : SAMPLING_MAX;
}

/* One record's share of one window. */
static void
cell_add(struct windows *windows, const struct flow_record *record,
	 const struct window_part *part, int64_t window, uint64_t milli,
	 int64_t from, int64_t to, bool ran_before)
{
	struct window_cell *cell = cell_get(windows, part, window);
	uint32_t sampling = sampling_of(record);

	if (!cell)
		return;
	if (sampling > cell->sampling)
		cell->sampling = sampling;
	if (record->sampling == 0)
		cell->flags |= CELL_SAMPLING_UNKNOWN;
	if (!part->sent) {
		cell->back = add_capped(cell->back, milli);
		return;
	}
	cell_describe(windows, cell, record, part, from, to);
	cell->sent[part->spoofable] = add_capped(cell->sent[part->spoofable],
						 milli);
	if (part->aux)
		cell->aux = add_capped(cell->aux, milli);
	if (ran_before)
		cell->flags |= CELL_RAN_BEFORE;
}

/* An amount that is spread evenly over a duration. */
struct spread {
	uint64_t whole, rest; /* amount = whole * duration + rest */
	uint64_t duration;
	unsigned shift; /* that keeps duration under 32 bits */
	uint64_t amount;
};

static struct spread
spread_of(uint64_t amount, int64_t duration_us)
{
	struct spread spread = {.amount = amount,
				.duration = (uint64_t)duration_us};

	while (spread.duration >> 32) {
		spread.duration >>= 1;
		spread.shift++;
	}
	if (spread.duration > 0) {
		spread.whole = amount / spread.duration;
		spread.rest = amount % spread.duration;
	}
	return spread;
}

/* What falls into the first us of it, rounded down. */
static uint64_t
spread_until(const struct spread *spread, int64_t us)
{
	uint64_t at = (uint64_t)us >> spread->shift;

	if (at >= spread->duration)
		return spread->amount;
	return spread->whole * at + spread->rest * at / spread->duration;
}

void
windows_add(struct windows *windows, const struct flow_record *record,
	    const struct window_part *part)
{
	int64_t start = record->start.us, duration = record->end.us - start;
	uint64_t packets = part->packets < PACKETS_MAX ? part->packets
						       : PACKETS_MAX;
	uint64_t amount = packets * 1000 * sampling_of(record), done = 0;
	int64_t window = windows_index(windows, start), last = window;
	struct spread spread;
	bool ran_before = false;

	if (duration == 0) {
		if (window >= windows->closed)
			cell_add(windows, record, part, window, amount, start,
				 start, false);
		return;
	}
	last = windows_index(windows, record->end.us - 1);
	spread = spread_of(amount, duration);
	if (window < windows->closed) {
		int64_t edge = windows->closed * windows->window_us - start;
		uint64_t need = windows_need(windows, windows->conf->flood_pps);

		done = spread_until(&spread, edge);
		ran_before = spread_until(&spread, windows->window_us) >=
			     need / LOUD_PART;
		window = windows->closed;
	}
	for (; window <= last; window++) {
		int64_t from = window * windows->window_us;
		int64_t to = from + windows->window_us;
		uint64_t until;

		from = from > start ? from : start;
		to = to < record->end.us ? to : record->end.us;
		until = spread_until(&spread, to - start);
		if (until > done)
			cell_add(windows, record, part, window, until - done,
				 from, to, ran_before);
		ran_before = false;
		done = until;
	}
}

void
windows_late(struct windows *windows, const struct flow_record *record)
{
	int64_t edge = windows->closed * windows->window_us;
	struct spread spread;

	if (record->start.us >= edge)
		return;
	spread = spread_of(record->packets < PACKETS_MAX
			       ? record->packets * 1000
			       : PACKETS_MAX * 1000,
			   record->end.us - record->start.us);
	windows->late_milli += spread_until(&spread, edge - record->start.us);
}

void
windows_note(struct windows *windows, const struct window_part *part,
	     int64_t us, uint32_t sampling)
{
	int64_t window = windows_index(windows, us);
	uint32_t slot = pool_find(&windows->cells,
				  windows_hash(part->hash, window));
	struct window_cell *cell;

	if (slot == POOL_NONE || window < windows->closed)
		return;
	cell = cell_at(windows, slot);
	if (cell_is(cell, part, window))
		cell->aux =
		    add_capped(cell->aux,
			       UINT64_C(1000) * (sampling ? sampling : 1));
}

uint64_t
windows_pair_hash(const struct windows *windows, const struct window_cell *cell)
{
	struct subject subject = {.prefix = {cell->subject, cell->length},
				  .port_first = cell->port_first,
				  .port_last = cell->port_last};

	return side_hash(windows->conf, (enum side_kind)cell->kind, &subject,
			 &cell->peer, 0);
}

const struct window_cell *
windows_other(const struct windows *windows, const struct window_cell *cell,
	      uint64_t pair_hash, int64_t window)
{
	uint32_t slot = pool_find(&windows->cells,
				  windows_hash(pair_hash, window));
	const struct window_cell *other;

	if (slot == POOL_NONE)
		return NULL;
	other = cell_at(windows, slot);
	if (other->window != window || other->kind != cell->kind ||
	    other->length != cell->length ||
	    other->port_first != cell->port_first ||
	    !addr_equal(&other->subject, &cell->subject) ||
	    !addr_equal(&other->peer, &cell->peer))
		return NULL;
	return other;
}
