/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams of NetFlow v9 and IPFIX to flow records.
 */
#include <string.h>

#include "base/check.h"
#include "base/map.h"
#include "base/memory.h"
#include "flow/decoder.h"
#include "flow/flow_time.h"
#include "flow/template.h"

#define V9 9
#define IPFIX 10
#define SAMPLERS_MAX 16
#define HELD_MAX 1024
#define ICMP 1
#define ICMP6 58
/* A clock further off than this is corrected; less is the network's delay. */
#define CLOCK_TRUST_US (60 * TIMES_SECOND_US)
/* A step back by so few is a datagram overtaken by others. */
#define REORDER_MAX 64
/* A step forward by more is another stream, not loss. */
#define LOSS_MAX (1 << 24)
#define PACKET_BYTES_MAX 65535

struct exporter_key {
	struct addr addr;
	uint32_t domain;
	uint16_t source_port;
	uint16_t protocol;
};

struct sampler {
	uint64_t number;
	uint32_t sampling;
};

struct exporter {
	struct exporter_key key;
	struct flow_exporter_stats stats;
	const struct flow_exporter_conf *conf; /* NULL: not configured */
	bool seen;                             /* sequence and uptime are set */
	bool unsure;        /* records went undecoded: IPFIX' count is open */
	uint32_t sequence;  /* expected next */
	uint32_t uptime_ms; /* v9: of the last datagram */
	uint64_t init_ms;   /* IPFIX: when its uptime began; 0: not said */
	uint32_t announced; /* 1:N without a sampler's number; 0: none */
	uint32_t sampler_count;
	struct sampler samplers[SAMPLERS_MAX];
};

/* A data set that waits for its template, with its own datagram's times. */
struct held {
	uint32_t exporter, id;
	struct flow_time_base base;
	uint32_t length;
	uint8_t *bytes;
};

struct template_key {
	uint32_t exporter, id;
};

struct flow_decoder {
	const struct flow_conf *conf;
	struct flow_decoder_stats stats;
	uint32_t exporters_max, templates_max, held_bytes_max;
	struct exporter *exporters;
	uint32_t exporter_count;
	struct map *exporter_map;
	struct template **templates;
	uint32_t template_count;
	struct map *template_map;
	struct held held[HELD_MAX];
	uint32_t held_count, held_bytes;
	struct flow_record batch[FLOW_BATCH_MAX];
};

/* One datagram on its way. */
struct run {
	struct flow_decoder *decoder;
	struct exporter *exporter;
	uint32_t index; /* of the exporter */
	struct flow_time_base base;
	flow_sink *sink;
	void *context;
	size_t count;     /* in the batch */
	uint32_t records; /* decoded, options data included */
	bool undecoded;
};

const char *
flow_malformed_name(enum flow_malformed reason)
{
	static const char *const names[FLOW_MALFORMED_COUNT] = {
	    [FLOW_MALFORMED_HEADER] = "header",
	    [FLOW_MALFORMED_VERSION] = "version",
	    [FLOW_MALFORMED_LENGTH] = "length",
	    [FLOW_MALFORMED_SET_LENGTH] = "set_length",
	    [FLOW_MALFORMED_TEMPLATE] = "template",
	    [FLOW_MALFORMED_RECORD] = "record",
	    [FLOW_MALFORMED_CEILING] = "ceiling",
	};

	lz_assert(reason < FLOW_MALFORMED_COUNT);
	return names[reason];
}

static const void *
exporter_key_of(const void *context, uint32_t slot)
{
	const struct flow_decoder *decoder = context;

	return &decoder->exporters[slot].key;
}

static const void *
template_key_of(const void *context, uint32_t slot)
{
	const struct flow_decoder *decoder = context;

	return &decoder->templates[slot]->exporter;
}

struct flow_decoder *
flow_decoder_new(const struct flow_conf *conf)
{
	struct flow_decoder *decoder = memory_new(1, sizeof(*decoder));

	if (!decoder)
		return NULL;
	decoder->conf = conf;
	decoder->exporters_max = conf->exporters_max
				     ? conf->exporters_max
				     : FLOW_EXPORTERS_MAX_DEFAULT;
	decoder->templates_max = conf->templates_max
				     ? conf->templates_max
				     : FLOW_TEMPLATES_MAX_DEFAULT;
	decoder->held_bytes_max = conf->held_bytes_max
				      ? conf->held_bytes_max
				      : FLOW_HELD_BYTES_MAX_DEFAULT;
	decoder->exporters = memory_new(decoder->exporters_max,
					sizeof(*decoder->exporters));
	decoder->templates = memory_new(decoder->templates_max,
					sizeof(*decoder->templates));
	decoder->exporter_map = map_new(decoder->exporters_max,
					sizeof(struct exporter_key), conf->key,
					exporter_key_of, decoder);
	decoder->template_map = map_new(decoder->templates_max,
					sizeof(struct template_key), conf->key,
					template_key_of, decoder);
	if (!decoder->exporters || !decoder->templates ||
	    !decoder->exporter_map || !decoder->template_map) {
		flow_decoder_free(decoder);
		return NULL;
	}
	return decoder;
}

void
flow_decoder_free(struct flow_decoder *decoder)
{
	if (!decoder)
		return;
	for (uint32_t i = 0; i < decoder->template_count; i++)
		memory_free(decoder->templates[i]);
	for (uint32_t i = 0; i < decoder->held_count; i++)
		memory_free(decoder->held[i].bytes);
	map_free(decoder->exporter_map);
	map_free(decoder->template_map);
	memory_free(decoder->exporters);
	memory_free(decoder->templates);
	memory_free(decoder);
}

/* Counts a refusal, for its exporter where it has one. */
static void
refuse(struct flow_decoder *decoder, struct exporter *exporter,
       enum flow_malformed reason)
{
	decoder->stats.malformed[reason]++;
	if (exporter)
		exporter->stats.malformed[reason]++;
}

static const struct flow_exporter_conf *
find_conf(const struct flow_conf *conf, const struct addr *addr)
{
	for (size_t i = 0; i < conf->exporter_count; i++)
		if (addr_equal(&conf->exporters[i].addr, addr))
			return &conf->exporters[i];
	return NULL;
}

/* The exporter of a datagram, new or known; NULL at the ceiling. */
static struct exporter *
exporter_of(struct flow_decoder *decoder, const struct flow_datagram *datagram,
	    uint32_t domain, uint16_t version)
{
	struct exporter_key key;
	struct exporter *exporter;
	uint32_t slot;

	memset(&key, 0, sizeof(key));
	key.addr = datagram->source;
	key.domain = domain;
	key.source_port = datagram->source_port;
	key.protocol = version;
	slot = map_find(decoder->exporter_map, &key);
	if (slot != MAP_NONE)
		return &decoder->exporters[slot];
	if (decoder->exporter_count == decoder->exporters_max)
		return NULL;
	exporter = &decoder->exporters[decoder->exporter_count];
	exporter->key = key;
	exporter->conf = find_conf(decoder->conf, &key.addr);
	exporter->stats.addr = key.addr;
	exporter->stats.source_port = key.source_port;
	exporter->stats.domain = domain;
	exporter->stats.protocol = version == V9 ? FLOW_NETFLOW9 : FLOW_IPFIX;
	if (map_put(decoder->exporter_map, decoder->exporter_count) != 0)
		return NULL;
	decoder->exporter_count++;
	return exporter;
}

/* Takes a template out, by its slot: the last one moves into its place. */
static void
template_drop(struct flow_decoder *decoder, uint32_t slot)
{
	uint32_t last = decoder->template_count - 1;
	struct template *gone = decoder->templates[slot];

	(void)map_take(decoder->template_map, &gone->exporter);
	if (slot != last) {
		struct template *moved = decoder->templates[last];
		int error;

		(void)map_take(decoder->template_map, &moved->exporter);
		decoder->templates[slot] = moved;
		error = map_put(decoder->template_map, slot);
		lz_assert(error == 0);
	}
	decoder->templates[last] = NULL;
	decoder->template_count--;
	memory_free(gone);
}

static struct template *
template_find(struct flow_decoder *decoder, uint32_t exporter, uint32_t id)
{
	struct template_key key = {exporter, id};
	uint32_t slot = map_find(decoder->template_map, &key);

	return slot == MAP_NONE ? NULL : decoder->templates[slot];
}

/* One template of an exporter, or with id 0 all of them. */
static void
templates_forget(struct flow_decoder *decoder, uint32_t exporter, uint32_t id)
{
	struct template_key key = {exporter, id};
	uint32_t slot;

	if (id != 0) {
		slot = map_find(decoder->template_map, &key);
		if (slot != MAP_NONE)
			template_drop(decoder, slot);
		return;
	}
	for (uint32_t i = decoder->template_count; i > 0; i--) {
		const struct template *template = decoder->templates[i - 1];

		if (template->exporter == exporter)
			template_drop(decoder, i - 1);
	}
}

/* Interfaces say where a packet came in, if their roles are configured. */
static uint8_t
entered_by(const struct exporter *exporter, uint32_t in_if)
{
	const struct flow_exporter_conf *conf = exporter->conf;

	for (size_t i = 0; conf && i < conf->interface_count; i++)
		if (conf->interfaces[i].index == in_if)
			return conf->interfaces[i].entered;
	return ENTERED_UNKNOWN;
}

static bool
has(const struct template_values *values, enum template_value value)
{
	return values->present >> value & 1;
}

/* 1:N out of what one record says, however it says it; 0: nothing. */
static uint32_t
sampling_said(const struct template_values *values)
{
	const uint64_t *numbers = values->numbers;
	uint64_t n = 0;

	if (has(values, VALUE_SAMPLING))
		n = numbers[VALUE_SAMPLING];
	else if (has(values, VALUE_SAMPLED) && numbers[VALUE_SAMPLED] > 0)
		n = (numbers[VALUE_SAMPLED] +
		     (has(values, VALUE_SAMPLE_SPACE)
			  ? numbers[VALUE_SAMPLE_SPACE]
			  : numbers[VALUE_SAMPLED] - 1)) /
		    numbers[VALUE_SAMPLED];
	else if (has(values, VALUE_POPULATION) &&
		 has(values, VALUE_SAMPLE_SIZE) &&
		 numbers[VALUE_SAMPLE_SIZE] > 0)
		n = numbers[VALUE_POPULATION] / numbers[VALUE_SAMPLE_SIZE];
	return n <= UINT32_MAX ? (uint32_t)n : 0;
}

/* The newest word of each sampler; one that has no number is the exporter's. */
static void
learn_sampling(struct exporter *exporter, const struct template_values *values)
{
	uint32_t sampling = sampling_said(values);
	uint64_t number = values->numbers[VALUE_SAMPLER];

	if (sampling == 0)
		return;
	if (!has(values, VALUE_SAMPLER)) {
		exporter->announced = sampling;
		return;
	}
	for (uint32_t i = 0; i < exporter->sampler_count; i++) {
		if (exporter->samplers[i].number == number) {
			exporter->samplers[i].sampling = sampling;
			return;
		}
	}
	if (exporter->sampler_count < SAMPLERS_MAX)
		exporter->samplers[exporter->sampler_count++] =
		    (struct sampler){number, sampling};
}

static void
set_sampling(struct exporter *exporter, const struct template_values *values,
	     struct flow_record *record)
{
	uint32_t sampling = sampling_said(values);

	if (exporter->conf && exporter->conf->sampling > 0) {
		record->sampling = exporter->conf->sampling;
		record->sampling_from = SAMPLING_CONFIGURED;
		return;
	}
	for (uint32_t i = 0; sampling == 0 && has(values, VALUE_SAMPLER) &&
			     i < exporter->sampler_count;
	     i++)
		if (exporter->samplers[i].number ==
		    values->numbers[VALUE_SAMPLER])
			sampling = exporter->samplers[i].sampling;
	if (sampling == 0)
		sampling = exporter->announced;
	record->sampling = sampling;
	record->sampling_from = sampling == 0   ? SAMPLING_UNKNOWN
				: sampling == 1 ? SAMPLING_NONE
						: SAMPLING_ANNOUNCED;
}

static void
set_icmp(const struct template_values *values, struct flow_record *record)
{
	const uint64_t *numbers = values->numbers;
	uint64_t both = 0;

	if (has(values, VALUE_ICMP_TYPE)) {
		both = numbers[VALUE_ICMP_TYPE] << 8;
		if (has(values, VALUE_ICMP_CODE))
			both |= numbers[VALUE_ICMP_CODE] & 0xff;
	} else if (has(values, VALUE_ICMP)) {
		both = numbers[VALUE_ICMP];
	} else if (has(values, VALUE_DPORT)) {
		/* Where routers without a field of its own put it. */
		both = record->dport;
	} else {
		return;
	}
	record->icmp_type = (uint8_t)(both >> 8);
	record->icmp_code = (uint8_t)both;
	record->marks |= FLOW_ICMP_KNOWN;
	record->sport = 0;
	record->dport = 0;
}

/* Counters that no link can have carried: all ones, or packets too large. */
static bool
is_implausible(const struct flow_record *record)
{
	if (record->packets == 0)
		return record->bytes > 0;
	return record->packets == UINT32_MAX || record->bytes == UINT32_MAX ||
	       record->packets >= UINT64_MAX >> 16 ||
	       record->bytes / record->packets > PACKET_BYTES_MAX;
}

static void
set_addresses(const struct template_values *values, struct flow_record *record)
{
	const uint8_t *const *addrs = values->addrs;

	if (has(values, VALUE_SRC_V6))
		record->src =
		    addr_from_v6_bytes(addrs[VALUE_SRC_V6 - VALUE_NUMBERS]);
	if (has(values, VALUE_DST_V6))
		record->dst =
		    addr_from_v6_bytes(addrs[VALUE_DST_V6 - VALUE_NUMBERS]);
	/* A template with both families fills the one it doesn't use with 0. */
	if (has(values, VALUE_SRC_V4) &&
	    (!has(values, VALUE_SRC_V6) || addr_is_unspecified(&record->src)))
		record->src =
		    addr_from_v4_bytes(addrs[VALUE_SRC_V4 - VALUE_NUMBERS]);
	if (has(values, VALUE_DST_V4) &&
	    (!has(values, VALUE_DST_V6) || addr_is_unspecified(&record->dst)))
		record->dst =
		    addr_from_v4_bytes(addrs[VALUE_DST_V4 - VALUE_NUMBERS]);
}

static uint64_t
number(const struct template_values *values, enum template_value value)
{
	return has(values, value) ? values->numbers[value] : 0;
}

/* A record's values to the record; its times on the corrected clock. */
static void
fill_record(const struct run *run, const struct template_values *values,
	    struct flow_record *record)
{
	struct exporter *exporter = run->exporter;
	int64_t offset_us = exporter->stats.clock_offset_us;
	bool timely;

	memset(record, 0, sizeof(*record));
	set_addresses(values, record);
	timely = flow_time_of(values, &run->base, &record->start.us,
			      &record->end.us);
	record->start.us -= offset_us;
	record->end.us -= offset_us;
	record->exported.us = run->base.export_us - offset_us;
	record->packets = number(values, VALUE_PACKETS);
	record->bytes = number(values, VALUE_BYTES);
	record->exporter = run->index;
	record->in_if = (uint32_t)number(values, VALUE_IN_IF);
	record->out_if = (uint32_t)number(values, VALUE_OUT_IF);
	record->vrf = (uint32_t)number(values, VALUE_VRF);
	record->sport = (uint16_t)number(values, VALUE_SPORT);
	record->dport = (uint16_t)number(values, VALUE_DPORT);
	record->proto = (uint8_t)number(values, VALUE_PROTO);
	record->tcp_flags = (uint8_t)number(values, VALUE_TCP_FLAGS);
	record->direction = has(values, VALUE_DIRECTION)
				? (uint8_t)number(values, VALUE_DIRECTION)
				: FLOW_DIRECTION_UNKNOWN;
	if (has(values, VALUE_TCP_FLAGS))
		record->marks |= FLOW_FLAGS_KNOWN;
	record->entered = entered_by(exporter, record->in_if);
	set_sampling(exporter, values, record);
	if (record->proto == ICMP || record->proto == ICMP6)
		set_icmp(values, record);
	if (!timely || is_implausible(record)) {
		record->marks |= FLOW_IMPLAUSIBLE;
		exporter->stats.implausible++;
	}
	record->packets_low = record->packets;
	record->packets_high = record->packets;
}

static void
flush(struct run *run)
{
	if (run->count > 0)
		run->sink(run->context, run->decoder->batch, run->count);
	run->count = 0;
}

/* Does a record speak of traffic between two addresses? */
static bool
is_flow(const struct template *template)
{
	const uint64_t v4 = UINT64_C(1) << VALUE_SRC_V4 | UINT64_C(1)
							      << VALUE_DST_V4;
	const uint64_t v6 = UINT64_C(1) << VALUE_SRC_V6 | UINT64_C(1)
							      << VALUE_DST_V6;

	return ((template->present & v4) == v4 ||
		(template->present & v6) == v6) &&
	       !(template->present >> VALUE_NAT_EVENT & 1);
}

static void
learn_uptime(struct run *run, const struct template_values *values)
{
	if (run->base.v9 || !has(values, VALUE_INIT_MS))
		return;
	run->exporter->init_ms = values->numbers[VALUE_INIT_MS];
	run->base.init_ms = run->exporter->init_ms;
}

static void
data_set(struct run *run, const struct template *template, struct cursor *set)
{
	struct template_values values;
	bool flows = is_flow(template);

	values.numbers[VALUE_SAMPLER] = 0;
	/* What is left is padding once it is shorter than a record. */
	while (cursor_left(set) >= template->width) {
		if (!template_values(template, set, &values)) {
			refuse(run->decoder, run->exporter,
			       FLOW_MALFORMED_RECORD);
			return;
		}
		run->records++;
		if (template->options) {
			learn_sampling(run->exporter, &values);
			learn_uptime(run, &values);
			continue;
		}
		if (!flows)
			continue;
		fill_record(run, &values, &run->decoder->batch[run->count++]);
		run->exporter->stats.records++;
		run->decoder->stats.records++;
		if (run->count == FLOW_BATCH_MAX)
			flush(run);
	}
}

static void
hold(struct run *run, uint32_t id, const struct cursor *set)
{
	struct flow_decoder *decoder = run->decoder;
	size_t length = cursor_left(set);
	struct held *held = &decoder->held[decoder->held_count];

	run->undecoded = true;
	run->exporter->stats.undecoded++;
	if (decoder->held_count == HELD_MAX || length == 0 ||
	    decoder->held_bytes + length > decoder->held_bytes_max)
		return;
	held->bytes = memory_new(length, 1);
	if (!held->bytes)
		return;
	memcpy(held->bytes, set->at, length);
	held->exporter = run->index;
	held->id = id;
	held->base = run->base;
	held->length = (uint32_t)length;
	decoder->held_bytes += held->length;
	decoder->held_count++;
}

/* A template has come: what waited for it is decoded, in its order. */
static void
release_held(struct run *run, const struct template *template)
{
	struct flow_decoder *decoder = run->decoder;
	struct flow_time_base base = run->base;
	uint32_t records = run->records, kept = 0;

	for (uint32_t i = 0; i < decoder->held_count; i++) {
		struct held held = decoder->held[i];
		struct cursor set;

		if (held.exporter != run->index || held.id != template->id) {
			decoder->held[kept++] = held;
			continue;
		}
		run->base = held.base;
		cursor_init(&set, held.bytes, held.length);
		data_set(run, template, &set);
		run->exporter->stats.undecoded--;
		decoder->held_bytes -= held.length;
		memory_free(held.bytes);
	}
	decoder->held_count = kept;
	run->base = base;
	run->records = records;
}

static bool
template_put(struct run *run, struct template *template, uint32_t id)
{
	struct flow_decoder *decoder = run->decoder;

	template->exporter = run->index;
	template->id = id;
	templates_forget(decoder, run->index, id);
	if (decoder->template_count == decoder->templates_max) {
		memory_free(template);
		return false;
	}
	decoder->templates[decoder->template_count] = template;
	if (map_put(decoder->template_map, decoder->template_count) != 0) {
		memory_free(template);
		return false;
	}
	decoder->template_count++;
	release_held(run, template);
	return true;
}

static bool
template_same(struct flow_decoder *decoder, uint32_t exporter, uint32_t id,
	      const struct template *template)
{
	const struct template *old = template_find(decoder, exporter, id);

	return old && old->options == template->options &&
	       old->field_count == template->field_count &&
	       memcmp(old->fields, template->fields,
		      template->field_count * sizeof(template->fields[0])) == 0;
}

static void
template_set(struct run *run, struct cursor *set, bool options)
{
	bool v9 = run->base.v9;

	/* Less than a template's header is padding. */
	while (cursor_left(set) >= 4) {
		uint16_t id = cursor_u16(set);
		struct template *template;
		bool withdrawn;
		int error = template_read(set, v9, options, &withdrawn,
					  &template);

		if (error || (!withdrawn && id < 256)) {
			memory_free(template);
			/* The old one may describe other bytes: gone too. */
			if (id >= 256)
				templates_forget(run->decoder, run->index, id);
			refuse(run->decoder, run->exporter,
			       error == LZ_E_MEMORY ? FLOW_MALFORMED_CEILING
						    : FLOW_MALFORMED_TEMPLATE);
			return;
		}
		if (withdrawn) {
			/* Set id in place of a template's: all of them. */
			templates_forget(run->decoder, run->index,
					 id < 256 ? 0 : id);
		} else if (template_same(run->decoder, run->index, id,
					 template)) {
			memory_free(template);
		} else if (!template_put(run, template, id)) {
			refuse(run->decoder, run->exporter,
			       FLOW_MALFORMED_CEILING);
		}
	}
}

static int
read_sets(struct run *run, struct cursor *cursor)
{
	const uint16_t templates = run->base.v9 ? 0 : 2;

	while (cursor_left(cursor) >= 4) {
		uint16_t id = cursor_u16(cursor);
		uint16_t length = cursor_u16(cursor);
		const struct template *template;
		struct cursor set;

		if (length < 4 || length - 4u > cursor_left(cursor)) {
			refuse(run->decoder, run->exporter,
			       FLOW_MALFORMED_SET_LENGTH);
			return LZ_E_FORMAT;
		}
		set = cursor_sub(cursor, length - 4u);
		if (id == templates || id == templates + 1) {
			template_set(run, &set, id != templates);
			continue;
		}
		if (id < 256)
			continue; /* reserved: skipped as the RFCs say */
		template = template_find(run->decoder, run->index, id);
		if (template)
			data_set(run, template, &set);
		else
			hold(run, id, &set);
	}
	return 0;
}

/* A restart of the router: nothing it said before holds. */
static void
restarted(struct run *run)
{
	run->exporter->stats.restarts++;
	run->exporter->announced = 0;
	run->exporter->init_ms = 0;
	run->exporter->sampler_count = 0;
	templates_forget(run->decoder, run->index, 0);
}

/* Where the sequence jumps: lost, overtaken, restarted, or somebody else. */
static void
check_sequence(struct run *run, uint32_t sequence)
{
	struct exporter *exporter = run->exporter;
	int32_t step = (int32_t)(sequence - exporter->sequence);
	bool v9 = run->base.v9;

	if (!exporter->seen || (!v9 && exporter->unsure))
		return;
	if (v9 && step != 0 &&
	    (int32_t)(run->base.uptime_ms - exporter->uptime_ms) < -1000) {
		restarted(run);
	} else if (step > 0 && step < LOSS_MAX) {
		exporter->stats.lost += (uint32_t)step;
	} else if (step < 0 && step >= -REORDER_MAX) {
		if (exporter->stats.lost > 0)
			exporter->stats.lost--;
	} else if (step != 0 && !v9 && sequence < REORDER_MAX) {
		restarted(run);
	} else if (step != 0) {
		exporter->stats.disputed = true;
	}
}

/* How far the exporter's clock is off, where that is beyond the network. */
static void
check_clock(struct exporter *exporter, int64_t export_us, int64_t arrival_us)
{
	int64_t off = export_us - arrival_us;

	if (off > -CLOCK_TRUST_US && off < CLOCK_TRUST_US)
		off = 0;
	/* Once known it is kept, or jitter would move each record's times. */
	if (off - exporter->stats.clock_offset_us > CLOCK_TRUST_US ||
	    exporter->stats.clock_offset_us - off > CLOCK_TRUST_US)
		exporter->stats.clock_offset_us = off;
}

static int
decode(struct flow_decoder *decoder, const struct flow_datagram *datagram,
       uint16_t version, struct cursor *cursor, flow_sink *sink, void *context)
{
	struct run run = {decoder, NULL, 0, {0}, sink, context, 0, 0, false};
	uint32_t seconds, sequence, domain;
	int error;

	run.base.v9 = version == V9;
	if (run.base.v9)
		run.base.uptime_ms = cursor_u32(cursor);
	seconds = cursor_u32(cursor);
	sequence = cursor_u32(cursor);
	domain = cursor_u32(cursor);
	if (cursor->failed) {
		refuse(decoder, NULL, FLOW_MALFORMED_HEADER);
		return LZ_E_SHORT;
	}
	run.base.export_us = (int64_t)seconds * TIMES_SECOND_US;
	run.exporter = exporter_of(decoder, datagram, domain, version);
	if (!run.exporter) {
		refuse(decoder, NULL, FLOW_MALFORMED_CEILING);
		return LZ_E_FULL;
	}
	run.index = (uint32_t)(run.exporter - decoder->exporters);
	run.base.init_ms = run.exporter->init_ms;
	run.exporter->stats.datagrams++;
	check_clock(run.exporter, run.base.export_us, datagram->arrival.us);
	check_sequence(&run, sequence);
	error = read_sets(&run, cursor);
	flush(&run);
	/* One that was overtaken doesn't turn the count back. */
	if (!run.exporter->seen || run.exporter->unsure ||
	    (int32_t)(sequence - run.exporter->sequence) >= 0 ||
	    (int32_t)(sequence - run.exporter->sequence) < -REORDER_MAX)
		run.exporter->sequence = sequence +
					 (run.base.v9 ? 1 : run.records);
	run.exporter->seen = true;
	run.exporter->unsure = run.undecoded || error != 0;
	run.exporter->uptime_ms = run.base.uptime_ms;
	return error ? error : (int)run.records;
}

/* IPFIX says each message's length; some send several in one datagram. */
static int
ipfix_messages(struct flow_decoder *decoder,
	       const struct flow_datagram *datagram, flow_sink *sink,
	       void *context)
{
	struct cursor cursor;
	int records = 0;

	cursor_init(&cursor, datagram->bytes, datagram->length);
	while (cursor_left(&cursor) > 0) {
		uint16_t version = cursor_u16(&cursor);
		uint16_t length = cursor_u16(&cursor);
		struct cursor message;
		int result;

		if (cursor.failed || version != IPFIX || length < 4 ||
		    length - 4u > cursor_left(&cursor)) {
			refuse(decoder, NULL, FLOW_MALFORMED_LENGTH);
			return records > 0 ? records : LZ_E_FORMAT;
		}
		message = cursor_sub(&cursor, length - 4u);
		result = decode(decoder, datagram, version, &message, sink,
				context);
		if (result < 0)
			return records > 0 ? records : result;
		records += result;
	}
	return records;
}

int
flow_decoder_datagram(struct flow_decoder *decoder,
		      const struct flow_datagram *datagram, flow_sink *sink,
		      void *context)
{
	struct cursor cursor;
	uint16_t version, length;

	decoder->stats.datagrams++;
	cursor_init(&cursor, datagram->bytes, datagram->length);
	version = cursor_u16(&cursor);
	length = cursor_u16(&cursor);
	if (cursor.failed) {
		refuse(decoder, NULL, FLOW_MALFORMED_HEADER);
		return LZ_E_SHORT;
	}
	if (version != V9 && version != IPFIX) {
		/* NetFlow 1, 5, 7, and sFlow, whose version has 4 bytes. */
		if (version == 1 || version == 5 || version == 7 ||
		    (version == 0 && length == 5)) {
			decoder->stats.unsupported++;
			return LZ_E_UNSUPPORTED;
		}
		refuse(decoder, NULL, FLOW_MALFORMED_VERSION);
		return LZ_E_FORMAT;
	}
	if (version == V9)
		return decode(decoder, datagram, version, &cursor, sink,
			      context);
	return ipfix_messages(decoder, datagram, sink, context);
}

uint32_t
flow_decoder_exporter_count(const struct flow_decoder *decoder)
{
	return decoder->exporter_count;
}

void
flow_decoder_exporter(const struct flow_decoder *decoder, uint32_t index,
		      struct flow_exporter_stats *stats)
{
	const struct exporter *exporter = &decoder->exporters[index];
	uint32_t sampling = exporter->announced;

	lz_assert(index < decoder->exporter_count);
	*stats = exporter->stats;
	if (sampling == 0 && exporter->sampler_count > 0)
		sampling = exporter->samplers[0].sampling;
	stats->sampling_from = sampling == 0   ? SAMPLING_UNKNOWN
			       : sampling == 1 ? SAMPLING_NONE
					       : SAMPLING_ANNOUNCED;
	if (exporter->conf && exporter->conf->sampling > 0) {
		sampling = exporter->conf->sampling;
		stats->sampling_from = SAMPLING_CONFIGURED;
	}
	stats->sampling = sampling;
}

void
flow_decoder_stats(const struct flow_decoder *decoder,
		   struct flow_decoder_stats *stats)
{
	*stats = decoder->stats;
}
