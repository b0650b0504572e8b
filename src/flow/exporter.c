/* SPDX-License-Identifier: Apache-2.0 */
/* The table of exporters, their sequence and their sampling. */
#include <string.h>

#include "base/memory.h"
#include "flow/exporter.h"

/* Arrivals jitter, and uptimes are counted from a little after the boot. */
#define BOOT_SLACK_US TIMES_SECOND_US
/* Headers say whole seconds, and clocks are set right by some. */
#define OWN_BOOT_SLACK_US (5 * TIMES_SECOND_US)
/* Routers repeat their templates at least every half hour. */
#define SILENT_US TIMES_HOUR_US
#define SILENT_CONFIGURED_US TIMES_MINUTE_US
/* A flood of forged ones gets no faster through the table than that; a few
 * routers may come at once. */
#define GIVE_UP_US (10 * INT64_C(1000))
#define GIVE_UP_BURST_US (16 * GIVE_UP_US)

static const void *
key_of(const void *context, uint32_t slot)
{
	const struct exporter_table *table = context;

	return &table->exporters[slot].key;
}

bool
exporter_table_init(struct exporter_table *table, const struct flow_conf *conf)
{
	table->conf = conf;
	table->spare = MAP_NONE;
	table->max = conf->exporters_max ? conf->exporters_max
					 : FLOW_EXPORTERS_MAX_DEFAULT;
	table->exporters = memory_new(table->max, sizeof(*table->exporters));
	table->map = map_new(table->max, sizeof(struct exporter_key), conf->key,
			     key_of, table);
	return table->exporters && table->map;
}

void
exporter_table_fini(struct exporter_table *table)
{
	map_free(table->map);
	memory_free(table->exporters);
}

static const struct flow_exporter_conf *
find_conf(const struct flow_conf *conf, const struct addr *addr)
{
	for (size_t i = 0; i < conf->exporter_count; i++)
		if (addr_equal(&conf->exporters[i].addr, addr))
			return &conf->exporters[i];
	return NULL;
}

/* When the router booted, by our clock. */
static int64_t
boot_us(const struct exporter_header *header)
{
	return header->arrival.us - (int64_t)header->uptime_ms * 1000;
}

/*
 * Whom a new NetFlow exporter succeeds: of those of its address and domain that have
 * been silent since before it booted, the one heard last.  NULL: nobody.
 */
static struct exporter *
predecessor_of(struct exporter_table *table, const struct exporter *exporter,
	       const struct exporter_header *header)
{
	struct exporter *found = NULL;

	if (!exporter_says_uptime(header->protocol))
		return NULL;
	for (uint32_t i = 0; i < table->count; i++) {
		struct exporter *other = &table->exporters[i];

		if (other->key.domain == exporter->key.domain &&
		    other->key.protocol == exporter->key.protocol &&
		    addr_equal(&other->key.addr, &exporter->key.addr) &&
		    other->seen && !other->stats.superseded &&
		    other->arrival_us < boot_us(header) &&
		    (!found || other->arrival_us > found->arrival_us))
			found = other;
	}
	return found;
}

/* An exporter's own names in its figures. */
static void
name_stats(struct exporter *exporter)
{
	exporter->stats.addr = exporter->key.addr;
	exporter->stats.source_port = exporter->key.source_port;
	exporter->stats.domain = exporter->key.domain;
	exporter->stats.protocol = exporter->key.protocol;
}

static void
succeed(struct exporter *exporter, struct exporter *old)
{
	exporter->stats = old->stats;
	name_stats(exporter);
	exporter->stats.restarts++;
	old->stats =
	    (struct flow_exporter_stats){.disputed = old->stats.disputed,
					 .superseded = true};
	name_stats(old);
	old->successor = exporter->index;
	exporter->predecessor = old->index;
}

/* Speaks again: it wasn't the one that restarted.  Its figures of before stay
 * with who took them. */
static void
come_back(struct exporter_table *table, struct exporter *exporter)
{
	struct exporter *other = exporter;

	while (other->stats.superseded)
		other = &table->exporters[other->successor];
	/* Zero where that one has come back itself, without its figures. */
	if (other->stats.restarts > 0)
		other->stats.restarts--;
	exporter->stats.superseded = false;
}

struct exporter *
exporter_add(struct exporter_table *table, const struct exporter_key *key)
{
	struct exporter *exporter;
	uint32_t index = table->spare == MAP_NONE ? table->count : table->spare;

	if (index == table->max || map_find(table->map, key) != MAP_NONE)
		return NULL;
	exporter = &table->exporters[index];
	exporter->key = *key;
	exporter->index = index;
	exporter->predecessor = MAP_NONE;
	exporter->conf = find_conf(table->conf, &key->addr);
	exporter->stats.superseded = false;
	name_stats(exporter);
	if (map_put(table->map, index) != 0)
		return NULL;
	table->count += index == table->count;
	table->spare = MAP_NONE;
	return exporter;
}

/* Does another one's figures or name hang on it? */
static bool
is_linked(const struct exporter_table *table, const struct exporter *exporter)
{
	const struct exporter *before;

	if (exporter->stats.superseded)
		return true;
	if (exporter->predecessor == MAP_NONE)
		return false;
	before = &table->exporters[exporter->predecessor];
	return before->stats.superseded && before->successor == exporter->index;
}

/* The less, the sooner it goes; 3: it stays. */
static unsigned
missed(const struct exporter_table *table, const struct exporter *exporter,
       bool for_configured, int64_t arrival_us)
{
	const int64_t silent_us = arrival_us - exporter->arrival_us;

	if (is_linked(table, exporter))
		return 3;
	if (exporter->stats.records == 0 && exporter->stats.nat_events == 0 &&
	    !exporter->kept &&
	    (!exporter->conf || silent_us > SILENT_CONFIGURED_US))
		return 0;
	/* Detection knows a disputed one by its index. */
	if (exporter->stats.disputed)
		return 3;
	if (silent_us > SILENT_US)
		return 1;
	return for_configured && !exporter->conf ? 2 : 3;
}

uint32_t
exporter_give_up(struct exporter_table *table, const struct addr *addr,
		 const struct exporter *keep, const uint32_t *shares,
		 int64_t arrival_us)
{
	const bool configured = find_conf(table->conf, addr) != NULL;
	int64_t *from_us = &table->give_up_us[keep != NULL];
	struct exporter *found = NULL;
	unsigned least = 3;

	if (table->spare != MAP_NONE || arrival_us < *from_us)
		return MAP_NONE;
	if (*from_us < arrival_us - GIVE_UP_BURST_US)
		*from_us = arrival_us - GIVE_UP_BURST_US;
	*from_us += GIVE_UP_US;
	for (uint32_t i = 0; i < table->count; i++) {
		struct exporter *it = &table->exporters[i];
		const unsigned by = missed(table, it, configured, arrival_us);

		if (it == keep || (keep && shares[i] == 0) || by > least ||
		    by == 3 ||
		    (by == least && it->arrival_us >= found->arrival_us))
			continue;
		found = it;
		least = by;
	}
	if (!found)
		return MAP_NONE;
	table->spare = found->index;
	(void)map_take(table->map, &found->key);
	memset(found, 0, sizeof(*found));
	/* Until somebody else is there it isn't shown. */
	found->stats.superseded = true;
	found->index = table->spare;
	found->predecessor = MAP_NONE;
	return table->spare;
}

struct exporter *
exporter_of(struct exporter_table *table, const struct flow_datagram *datagram,
	    const struct exporter_header *header)
{
	struct exporter_key key;
	struct exporter *exporter, *old;
	uint32_t slot;

	memset(&key, 0, sizeof(key));
	key.addr = datagram->source;
	key.domain = header->domain;
	key.source_port = datagram->source_port;
	key.protocol = (uint16_t)header->protocol;
	slot = map_find(table->map, &key);
	if (slot != MAP_NONE) {
		exporter = &table->exporters[slot];
		if (exporter->stats.superseded)
			come_back(table, exporter);
		return exporter;
	}
	exporter = exporter_add(table, &key);
	if (!exporter)
		return NULL;
	old = predecessor_of(table, exporter, header);
	if (old)
		succeed(exporter, old);
	return exporter;
}

void
exporter_clock(struct exporter *exporter, struct exporter_stamp *stamp)
{
	const int64_t off_us = stamp->base.export_us - stamp->arrival_us;

	stamp->doubtful = !drift_vote(&exporter->drift, off_us);
	if (stamp->doubtful)
		exporter->stats.clock_doubts++;
	exporter->stats.clock_offset_us = exporter->drift.offset_us;
	stamp->offset_us = stamp->doubtful ? off_us : exporter->drift.offset_us;
}

static void
restart(struct exporter *exporter)
{
	exporter->stats.restarts++;
	exporter->announced = 0;
	exporter->init_ms = 0;
	exporter->sampler_count = 0;
}

/*
 * Has it restarted since before a restart of ours?  A NetFlow router has if it
 * booted after that; of an IPFIX one the sequence alone can tell.
 */
static bool
restarted_since(const struct exporter *exporter,
		const struct exporter_header *header)
{
	if (exporter_says_uptime(header->protocol))
		return boot_us(header) > exporter->arrival_us - BOOT_SLACK_US;
	return sequence_is_back(&exporter->sequence, header->sequence);
}

/* When a NetFlow router booted, by its own clock: the same all its life. */
static int64_t
own_boot_us(const struct exporter_header *header)
{
	return header->export_us - (int64_t)header->uptime_ms * 1000;
}

/* An uptime that went back, and not because a datagram was overtaken. */
static bool
is_other_life(const struct exporter *exporter,
	      const struct exporter_header *header)
{
	uint32_t next = exporter->sequence.last + 1;

	(void)sequence_next(&exporter->sequence, header->protocol, &next);
	return exporter_says_uptime(header->protocol) && exporter->seen &&
	       header->sequence != next &&
	       (int32_t)(header->uptime_ms - exporter->uptime_ms) < -1000 &&
	       own_boot_us(header) > exporter->boot_us + OWN_BOOT_SLACK_US;
}

bool
exporter_resumes(const struct exporter *exporter,
		 const struct exporter_header *header)
{
	return exporter->kept && exporter->next_known &&
	       header->sequence == exporter->next;
}

bool
exporter_restarted(struct exporter *exporter,
		   const struct exporter_header *header)
{
	enum sequence_finding finding = sequence_before(&exporter->sequence,
							header->protocol,
							header->sequence);

	if (exporter->kept) {
		exporter->kept = false;
		if (!restarted_since(exporter, header))
			return false;
		restart(exporter);
		return true;
	}
	if (is_other_life(exporter, header)) {
		/* Nobody boots before they last spoke: somebody else. */
		finding = boot_us(header) < exporter->arrival_us - BOOT_SLACK_US
			      ? SEQUENCE_FOREIGN
			      : SEQUENCE_ANEW;
	}
	if (finding == SEQUENCE_GOES_ON)
		return false;
	sequence_reset(&exporter->sequence);
	if (finding == SEQUENCE_ANEW)
		restart(exporter);
	else
		exporter->stats.disputed = true;
	return finding == SEQUENCE_ANEW;
}

void
exporter_lost(struct exporter *exporter, int32_t lost)
{
	struct flow_exporter_stats *stats = &exporter->stats;

	if (lost >= 0)
		stats->lost += (uint32_t)lost;
	else
		stats->lost -= stats->lost < (uint32_t)-lost ? stats->lost
							     : (uint32_t)-lost;
}

int32_t
exporter_heard(struct exporter *exporter, const struct exporter_header *header,
	       const struct sequence_records *records)
{
	int32_t lost = sequence_after(&exporter->sequence, header->protocol,
				      header->sequence, records);

	/* Of sFlow the samples of each source are counted: sflow_sources.h. */
	if (header->protocol != FLOW_SFLOW5)
		exporter_lost(exporter, lost);
	exporter->seen = true;
	exporter->uptime_ms = header->uptime_ms;
	exporter->arrival_us = header->arrival.us;
	exporter->boot_us = own_boot_us(header);
	return lost;
}

/* 1:N out of what one record says, however it says it; 0: nothing. */
static uint32_t
sampling_said(const struct template_values *values)
{
	const uint64_t *numbers = values->numbers;
	uint64_t n = 0;

	if (template_has(values, VALUE_SAMPLING))
		n = numbers[VALUE_SAMPLING];
	else if (template_has(values, VALUE_SAMPLED) &&
		 numbers[VALUE_SAMPLED] > 0)
		n = (numbers[VALUE_SAMPLED] +
		     (template_has(values, VALUE_SAMPLE_SPACE)
			  ? numbers[VALUE_SAMPLE_SPACE]
			  : numbers[VALUE_SAMPLED] - 1)) /
		    numbers[VALUE_SAMPLED];
	else if (template_has(values, VALUE_POPULATION) &&
		 template_has(values, VALUE_SAMPLE_SIZE) &&
		 numbers[VALUE_SAMPLE_SIZE] > 0)
		n = numbers[VALUE_POPULATION] / numbers[VALUE_SAMPLE_SIZE];
	return n <= UINT32_MAX ? (uint32_t)n : 0;
}

/* The newest word of each sampler; one that has no number is the exporter's. */
void
exporter_learn_sampling(struct exporter *exporter,
			const struct template_values *values)
{
	uint32_t sampling = sampling_said(values);
	uint64_t number = values->numbers[VALUE_SAMPLER];

	if (sampling == 0)
		return;
	if (!template_has(values, VALUE_SAMPLER)) {
		exporter->announced = sampling;
		return;
	}
	for (uint32_t i = 0; i < exporter->sampler_count; i++) {
		if (exporter->samplers[i].number == number) {
			exporter->samplers[i].sampling = sampling;
			return;
		}
	}
	if (exporter->sampler_count < EXPORTER_SAMPLERS_MAX)
		exporter->samplers[exporter->sampler_count++] =
		    (struct exporter_sampler){number, sampling};
}

static uint8_t
said_by(uint32_t sampling)
{
	return sampling == 0   ? SAMPLING_UNKNOWN
	       : sampling == 1 ? SAMPLING_NONE
			       : SAMPLING_ANNOUNCED;
}

uint32_t
exporter_sampling(const struct exporter *exporter,
		  const struct template_values *values, uint8_t *from)
{
	uint32_t sampling = sampling_said(values);

	if (exporter->conf && exporter->conf->sampling > 0) {
		*from = SAMPLING_CONFIGURED;
		return exporter->conf->sampling;
	}
	for (uint32_t i = 0;
	     sampling == 0 && template_has(values, VALUE_SAMPLER) &&
	     i < exporter->sampler_count;
	     i++)
		if (exporter->samplers[i].number ==
		    values->numbers[VALUE_SAMPLER])
			sampling = exporter->samplers[i].sampling;
	if (sampling == 0)
		sampling = exporter->announced;
	*from = said_by(sampling);
	return sampling;
}

/* Interfaces say where a packet came in, if their roles are configured. */
uint8_t
exporter_entered(const struct exporter *exporter, uint32_t in_if)
{
	const struct flow_exporter_conf *conf = exporter->conf;

	for (size_t i = 0; conf && i < conf->interface_count; i++)
		if (conf->interfaces[i].index == in_if)
			return conf->interfaces[i].entered;
	return ENTERED_UNKNOWN;
}

void
exporter_stats(const struct exporter *exporter,
	       struct flow_exporter_stats *stats)
{
	uint32_t sampling = exporter->announced;

	*stats = exporter->stats;
	stats->undecoded = exporter->waiting;
	for (unsigned i = 0; i < FLOW_GIVEN_UP_COUNT; i++)
		stats->undecoded += stats->given_up[i];
	if (sampling == 0 && exporter->sampler_count > 0)
		sampling = exporter->samplers[0].sampling;
	stats->sampling_from = said_by(sampling);
	if (exporter->conf && exporter->conf->sampling > 0) {
		sampling = exporter->conf->sampling;
		stats->sampling_from = SAMPLING_CONFIGURED;
	}
	stats->sampling = sampling;
}
