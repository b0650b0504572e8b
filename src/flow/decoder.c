/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks a datagram: its sets, their templates, their records.
 */
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "flow/decoder_inside.h"
#include "flow/learned.h"
#include "flow/nat_record.h"
#include "flow/record.h"

#define RECORD_V5 48
/* What waited longer for its template is too late for any window. */
#define HELD_US (30 * TIMES_MINUTE_US)

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

const char *
flow_given_up_name(enum flow_given_up reason)
{
	static const char *const names[FLOW_GIVEN_UP_COUNT] = {
	    [FLOW_GIVEN_UP_FULL] = "full",
	    [FLOW_GIVEN_UP_LATE] = "late",
	    [FLOW_GIVEN_UP_RESTART] = "restart",
	};

	lz_assert(reason < FLOW_GIVEN_UP_COUNT);
	return names[reason];
}

const char *
flow_protocol_name(enum flow_protocol protocol)
{
	switch (protocol) {
	case FLOW_NETFLOW5:
		return "netflow5";
	case FLOW_NETFLOW9:
		return "netflow9";
	case FLOW_IPFIX:
		return "ipfix";
	case FLOW_SFLOW5:
		return "sflow5";
	default:
		return "none";
	}
}

const char *
flow_protocol_lost_unit(enum flow_protocol protocol)
{
	switch (protocol) {
	case FLOW_NETFLOW5:
		return "flows";
	case FLOW_IPFIX:
		return "records";
	case FLOW_SFLOW5:
		return "samples";
	default:
		return "datagrams";
	}
}

/*
 * NetFlow v5 has no templates: each record is this one, said as a v9 router
 * would say it (count, then element and width of each field; 210 is padding).
 */
static struct template *
netflow5_template(void)
{
	static const uint8_t said[] = {0, 20, 0, 8,  0, 4, 0, 12,  0, 4, 0, 15,
				       0, 4,  0, 10, 0, 2, 0, 14,  0, 2, 0, 2,
				       0, 4,  0, 1,  0, 4, 0, 22,  0, 4, 0, 21,
				       0, 4,  0, 7,  0, 2, 0, 11,  0, 2, 0, 210,
				       0, 1,  0, 6,  0, 1, 0, 4,   0, 1, 0, 5,
				       0, 1,  0, 16, 0, 2, 0, 17,  0, 2, 0, 9,
				       0, 1,  0, 13, 0, 1, 0, 210, 0, 2};
	struct template *made = NULL;
	struct cursor cursor;
	bool withdrawn;

	cursor_init(&cursor, said, sizeof(said));
	if (template_read(&cursor, true, false, &withdrawn, &made) != 0)
		return NULL;
	lz_assert(made->width == RECORD_V5);
	return made;
}

struct flow_decoder *
flow_decoder_new(const struct flow_conf *conf)
{
	struct flow_decoder *decoder = memory_new(1, sizeof(*decoder));

	if (!decoder)
		return NULL;
	decoder->held.bytes_max = conf->held_bytes_max
				      ? conf->held_bytes_max
				      : FLOW_HELD_BYTES_MAX_DEFAULT;
	decoder->netflow5 = netflow5_template();
	if (!decoder->netflow5 || !sflow_sources_init(&decoder->sflow, conf) ||
	    !exporter_table_init(&decoder->exporters, conf) ||
	    !template_table_init(&decoder->templates, conf,
				 decoder->exporters.max)) {
		flow_decoder_free(decoder);
		return NULL;
	}
	return decoder;
}

void
flow_decoder_nat(struct flow_decoder *decoder, const struct nat_output *output)
{
	decoder->nat = *output;
}

void
flow_decoder_free(struct flow_decoder *decoder)
{
	if (!decoder)
		return;
	memory_free(decoder->netflow5);
	sflow_sources_fini(&decoder->sflow);
	held_fini(&decoder->held);
	template_table_fini(&decoder->templates);
	exporter_table_fini(&decoder->exporters);
	memory_free(decoder);
}

void
decoder_refuse(struct flow_decoder *decoder, struct exporter *exporter,
	       enum flow_malformed reason)
{
	decoder->stats.malformed[reason]++;
	if (exporter)
		exporter->stats.malformed[reason]++;
}

void
decoder_flush(struct run *run)
{
	if (run->count > 0)
		run->sink(run->context, run->decoder->batch, run->count);
	run->count = 0;
}

static void
flush_nat(struct run *run)
{
	const struct nat_output *nat = &run->decoder->nat;

	if (run->nat_count > 0 && nat->events)
		nat->events(nat->context, run->decoder->nat_batch,
			    run->nat_count);
	run->nat_count = 0;
}

/* What a translator did: no traffic. */
static void
nat_set(struct run *run, struct template *template, struct cursor *set)
{
	struct template_values values;

	while (cursor_left(set) >= template->width) {
		if (!template_values(template, set, &values)) {
			run->unread = true;
			decoder_refuse(run->decoder, run->exporter,
				       FLOW_MALFORMED_RECORD);
			return;
		}
		run->records.all++;
		run->records.flows++;
		nat_record_fill(run->exporter, &run->stamp, &values,
				&run->decoder->nat_batch[run->nat_count++]);
		run->exporter->stats.nat_events++;
		run->decoder->stats.nat_events++;
		if (run->nat_count == FLOW_BATCH_MAX)
			flush_nat(run);
	}
}

static void
learn_uptime(struct run *run, const struct template_values *values)
{
	if (run->stamp.base.uptime || !template_has(values, VALUE_INIT_MS))
		return;
	run->exporter->init_ms = values->numbers[VALUE_INIT_MS];
	run->stamp.base.init_ms = run->exporter->init_ms;
}

static void
data_set(struct run *run, struct template *template, struct cursor *set)
{
	struct template_values values;
	bool flows = record_is_flow(template);

	if (!template_fits(template, cursor_left(set), run->stamp.arrival_us)) {
		/* The change was somebody else's: these bytes aren't of it. */
		run->exporter->stats.disputed = true;
		run->unread = true;
		decoder_refuse(run->decoder, run->exporter,
			       FLOW_MALFORMED_RECORD);
		return;
	}
	template->used = true;
	if (template_is_nat(template)) {
		nat_set(run, template, set);
		return;
	}
	values.numbers[VALUE_SAMPLER] = 0;
	/* What is left is padding once it is shorter than a record. */
	while (cursor_left(set) >= template->width) {
		if (!template_values(template, set, &values)) {
			decoder_refuse(run->decoder, run->exporter,
				       FLOW_MALFORMED_RECORD);
			return;
		}
		run->records.all++;
		if (template->options) {
			exporter_learn_sampling(run->exporter, &values);
			learn_uptime(run, &values);
			continue;
		}
		run->records.flows++;
		if (!flows)
			continue;
		record_fill(run->exporter, &run->stamp, &values,
			    &run->decoder->batch[run->count++]);
		run->exporter->stats.records++;
		run->decoder->stats.records++;
		if (run->count == FLOW_BATCH_MAX)
			decoder_flush(run);
	}
}

/* Data sets that waited go, undecoded; of another exporter as well. */
static void
give_up(struct run *run, const struct held_set *set, struct exporter *exporter,
	enum flow_given_up reason)
{
	run->decoder->exporters.exporters[set->exporter].waiting--;
	exporter->stats.given_up[reason]++;
}

static void
give_up_full(void *context, const struct held_set *set)
{
	struct run *run = context;

	give_up(run, set, &run->decoder->exporters.exporters[set->exporter],
		FLOW_GIVEN_UP_FULL);
}

static void
give_up_restart(void *context, const struct held_set *set)
{
	struct run *run = context;

	give_up(run, set, run->exporter, FLOW_GIVEN_UP_RESTART);
}

/*
 * Keeps a data set until its template comes.  Where there is no room the
 * oldest go: what never gets its template can't fill the place for good.
 */
static void
hold(struct run *run, uint32_t id, const struct cursor *set)
{
	struct held *held = &run->decoder->held;
	size_t length = cursor_left(set);
	struct held_set kept = {run->exporter->index, id, run->stamp,
				(uint32_t)length, (uint8_t *)set->at};

	if (length == 0)
		return;
	run->records.unsure = true;
	run->unread = true;
	while (held->count > 0 && !held_has_room(held, length))
		held_take_oldest(held, give_up_full, run);
	if (held_has_room(held, length) && held_put(held, &kept))
		run->exporter->waiting++;
	else
		run->exporter->stats.given_up[FLOW_GIVEN_UP_FULL]++;
}

/* A template has come: a set that waited for it. */
static void
release(void *context, const struct held_set *held)
{
	struct run *run = context;
	struct cursor set;

	if (run->arrival_us - held->stamp.arrival_us > HELD_US) {
		give_up(run, held, run->exporter, FLOW_GIVEN_UP_LATE);
		return;
	}
	run->stamp = held->stamp;
	cursor_init(&set, held->bytes, held->length);
	data_set(run, run->template, &set);
	run->exporter->waiting--;
}

static void
give_up_exporter(void *context, const struct held_set *set)
{
	(void)set;
	decoder_refuse(context, NULL, FLOW_MALFORMED_CEILING);
}

/* For one more exporter, or for templates of `keep`. */
static bool
make_room(struct flow_decoder *decoder, const struct addr *addr,
	  const struct exporter *keep, int64_t arrival_us)
{
	const uint32_t index = exporter_give_up(&decoder->exporters, addr, keep,
						decoder->templates.shares,
						arrival_us);

	if (index == MAP_NONE)
		return false;
	template_table_forget(&decoder->templates, index, 0);
	sflow_sources_forget(&decoder->sflow, index);
	held_take(&decoder->held, index, 0, give_up_exporter, decoder);
	return true;
}

struct exporter *
decoder_exporter(struct flow_decoder *decoder,
		 const struct flow_datagram *datagram,
		 const struct exporter_header *header)
{
	struct exporter *exporter = exporter_of(&decoder->exporters, datagram,
						header);

	if (!exporter &&
	    make_room(decoder, &datagram->source, NULL, datagram->arrival.us))
		exporter = exporter_of(&decoder->exporters, datagram, header);
	if (!exporter)
		decoder_refuse(decoder, NULL, FLOW_MALFORMED_CEILING);
	return exporter;
}

/* A template as read; owned from here on. */
static void
template_come(struct run *run, struct template *template, uint16_t id)
{
	struct flow_decoder *decoder = run->decoder;
	struct exporter_stamp stamp = run->stamp;
	struct sequence_records records = run->records;

	template->exporter = run->exporter->index;
	template->id = id;
	if (decoder->templates.count == decoder->templates.max)
		(void)make_room(decoder, &run->exporter->key.addr,
				run->exporter, stamp.arrival_us);
	switch (template_table_put(&decoder->templates, template,
				   stamp.arrival_us)) {
	case TEMPLATE_KNOWN:
		return;
	case TEMPLATE_CEILING:
		decoder_refuse(decoder, run->exporter, FLOW_MALFORMED_CEILING);
		return;
	case TEMPLATE_ODD:
		run->exporter->stats.disputed = true;
		break;
	case TEMPLATE_NEW:
		break;
	}
	run->template = template;
	held_take(&decoder->held, template->exporter, template->id, release,
		  run);
	run->stamp = stamp;
	run->records = records;
}

static void
template_set(struct run *run, struct cursor *set, bool options)
{
	struct template_table *templates = &run->decoder->templates;
	uint32_t exporter = run->exporter->index;
	bool v9 = run->protocol == FLOW_NETFLOW9;

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
				template_table_forget(templates, exporter, id);
			decoder_refuse(run->decoder, run->exporter,
				       error == LZ_E_MEMORY
					   ? FLOW_MALFORMED_CEILING
					   : FLOW_MALFORMED_TEMPLATE);
			return;
		}
		/* Set id in place of a template's: all of them. */
		if (withdrawn)
			template_table_forget(templates, exporter,
					      id < 256 ? 0 : id);
		else
			template_come(run, template, id);
	}
}

/* A firewall fills its datagrams up with zeros. */
static bool
is_filling(const struct cursor *cursor)
{
	for (size_t i = 0; i < cursor_left(cursor); i++)
		if (cursor->at[i] != 0)
			return false;
	return true;
}

static int
read_sets(struct run *run, struct cursor *cursor)
{
	const uint16_t templates = run->protocol == FLOW_NETFLOW9 ? 0 : 2;

	while (cursor_left(cursor) >= 4) {
		uint16_t id = cursor_u16(cursor);
		uint16_t length = cursor_u16(cursor);
		struct template *template;
		struct cursor set;

		if (id == 0 && length == 0 && is_filling(cursor))
			return 0;
		if (length < 4 || length - 4u > cursor_left(cursor)) {
			decoder_refuse(run->decoder, run->exporter,
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
		template = template_table_find(&run->decoder->templates,
					       run->exporter->index, id);
		if (template)
			data_set(run, template, &set);
		else
			hold(run, id, &set);
	}
	return 0;
}

/* What makes this datagram's sequence number worthless to compare. */
static uint8_t
gap_before(const struct exporter *exporter)
{
	if (!exporter->seen)
		return NAT_GAP_FIRST;
	/* Nobody knows how many records that one held. */
	return exporter->sequence.records.unsure ? NAT_GAP_UNREAD
						 : NAT_GAP_NONE;
}

/* After a datagram's events: are there others that we don't know? */
static void
nat_word(struct run *run, uint8_t gap)
{
	const struct nat_output *nat = &run->decoder->nat;
	const int64_t before_us = run->exporter->word_us;
	struct nat_word word = {.exporter = run->exporter->index,
				.before = {before_us ? before_us
						     : TIMES_UNSET_US},
				.gap = gap};

	word.exported.us = run->stamp.base.export_us - run->stamp.offset_us;
	run->exporter->word_us = word.exported.us;
	if (word.gap == NAT_GAP_NONE && run->unread)
		word.gap = NAT_GAP_UNREAD;
	if (nat->word)
		nat->word(nat->context, &word);
}

/* What stands behind version and count (or length); false: cut. */
static bool
header_read(struct cursor *cursor, struct exporter_header *header)
{
	if (exporter_says_uptime(header->protocol))
		header->uptime_ms = cursor_u32(cursor);
	header->export_us = (int64_t)cursor_u32(cursor) * TIMES_SECOND_US;
	if (header->protocol == FLOW_NETFLOW5)
		header->export_us += cursor_u32(cursor) / 1000 %
				     TIMES_SECOND_US;
	header->sequence = cursor_u32(cursor);
	if (header->protocol == FLOW_NETFLOW5) {
		header->domain = cursor_u16(cursor); /* engine */
		/* Above the interval stand two bits of how it is drawn. */
		header->sampling = cursor_u16(cursor) & 0x3fff;
	} else {
		header->domain = cursor_u32(cursor);
	}
	return !cursor->failed;
}

/* As many records as the header says there are. */
static int
read_netflow5(struct run *run, struct cursor *cursor, uint16_t count)
{
	size_t length = (size_t)count * RECORD_V5;
	struct cursor records;

	if (count == 0 || length > cursor_left(cursor)) {
		decoder_refuse(run->decoder, run->exporter,
			       FLOW_MALFORMED_LENGTH);
		return LZ_E_FORMAT;
	}
	records = cursor_sub(cursor, length);
	data_set(run, run->decoder->netflow5, &records);
	return 0;
}

/* count: of the header; v5 says how many records. */
static int
decode(struct flow_decoder *decoder, const struct flow_datagram *datagram,
       enum flow_protocol protocol, uint16_t count, struct cursor *cursor,
       flow_sink *sink, void *context)
{
	struct run run = {.decoder = decoder,
			  .protocol = protocol,
			  .sink = sink,
			  .context = context};
	struct exporter_header header = {.protocol = protocol,
					 .arrival = datagram->arrival};
	struct exporter *exporter;
	uint8_t gap;
	bool resumed;
	int error;

	if (!header_read(cursor, &header)) {
		decoder_refuse(decoder, NULL, FLOW_MALFORMED_HEADER);
		return LZ_E_SHORT;
	}
	exporter = decoder_exporter(decoder, datagram, &header);
	if (!exporter)
		return LZ_E_FULL;
	run.exporter = exporter;
	run.arrival_us = datagram->arrival.us;
	run.stamp.base.uptime = exporter_says_uptime(protocol);
	run.stamp.base.export_us = header.export_us;
	run.stamp.base.uptime_ms = header.uptime_ms;
	run.stamp.arrival_us = datagram->arrival.us;
	exporter_clock(exporter, &run.stamp);
	if (!exporter->seen && exporter->predecessor != MAP_NONE)
		held_take(&decoder->held, exporter->predecessor, 0,
			  give_up_restart, &run);
	resumed = exporter_resumes(exporter, &header);
	gap = resumed ? NAT_GAP_NONE : gap_before(exporter);
	if (exporter_restarted(exporter, &header)) {
		template_table_forget(&decoder->templates, exporter->index, 0);
		held_take(&decoder->held, exporter->index, 0, give_up_restart,
			  &run);
		resumed = false;
	}
	/* It has forgotten the sequence of before: another's, or anew. */
	if (gap == NAT_GAP_NONE && !exporter->sequence.seen && !resumed)
		gap = NAT_GAP_RESTART;
	run.stamp.base.init_ms = exporter->init_ms;
	exporter->stats.datagrams++;
	if (protocol == FLOW_NETFLOW5) {
		exporter->announced = header.sampling;
		error = read_netflow5(&run, cursor, count);
	} else {
		error = read_sets(&run, cursor);
	}
	decoder_flush(&run);
	flush_nat(&run);
	run.records.unsure = run.records.unsure || error != 0;
	if (gap == NAT_GAP_NONE && run.records.unsure)
		gap = NAT_GAP_UNREAD;
	if (exporter_heard(exporter, &header, &run.records) > 0 &&
	    gap == NAT_GAP_NONE)
		gap = NAT_GAP_LOST;
	nat_word(&run, gap);
	return error ? error : (int)run.records.all;
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

		if (cursor.failed || version != FLOW_IPFIX || length < 4 ||
		    length - 4u > cursor_left(&cursor)) {
			decoder_refuse(decoder, NULL, FLOW_MALFORMED_LENGTH);
			return records > 0 ? records : LZ_E_FORMAT;
		}
		message = cursor_sub(&cursor, length - 4u);
		result = decode(decoder, datagram, FLOW_IPFIX, 0, &message,
				sink, context);
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
		decoder_refuse(decoder, NULL, FLOW_MALFORMED_HEADER);
		return LZ_E_SHORT;
	}
	switch (version) {
	case FLOW_NETFLOW5:
	case FLOW_NETFLOW9:
		return decode(decoder, datagram, (enum flow_protocol)version,
			      length, &cursor, sink, context);
	case FLOW_IPFIX:
		return ipfix_messages(decoder, datagram, sink, context);
	default:
		break;
	}
	/* sFlow's version has four bytes; older ones are of no agent today. */
	if (version == 0 && length == 5)
		return sflow_datagram(decoder, datagram, &cursor, sink,
				      context);
	if (version == 1 || version == 7) {
		decoder->stats.unsupported++;
		return LZ_E_UNSUPPORTED;
	}
	decoder_refuse(decoder, NULL, FLOW_MALFORMED_VERSION);
	return LZ_E_FORMAT;
}

uint64_t
flow_decoder_learned(const struct flow_decoder *decoder)
{
	return decoder->templates.changes;
}

size_t
flow_decoder_save_bytes(const struct flow_decoder *decoder)
{
	return learned_bytes(&decoder->exporters, &decoder->templates);
}

void
flow_decoder_save(const struct flow_decoder *decoder, struct at_arrival now,
		  struct writer *writer)
{
	learned_save(&decoder->exporters, &decoder->templates, now, writer);
}

int
flow_decoder_load(struct flow_decoder *decoder, struct at_arrival now,
		  struct cursor *cursor)
{
	lz_assert(decoder->exporters.count == 0);
	return learned_load(&decoder->exporters, &decoder->templates, now,
			    cursor);
}

uint32_t
flow_decoder_exporter_count(const struct flow_decoder *decoder)
{
	return decoder->exporters.count;
}

void
flow_decoder_exporter(const struct flow_decoder *decoder, uint32_t index,
		      struct flow_exporter_stats *stats)
{
	lz_assert(index < decoder->exporters.count);
	exporter_stats(&decoder->exporters.exporters[index], stats);
}

void
flow_decoder_stats(const struct flow_decoder *decoder,
		   struct flow_decoder_stats *stats)
{
	*stats = decoder->stats;
}
