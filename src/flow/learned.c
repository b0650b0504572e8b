/* SPDX-License-Identifier: Apache-2.0 */
/* What a decoder has learned from routers, as bytes. */
#include <string.h>

#include "base/memory.h"
#include "flow/learned.h"

#define HEAD_BYTES (2u + 8)
#define EXPORTER_BYTES (16u + 2 + 2 + 4 + 4 + 1 + 4 + 4 + 8 + 8 + 4 + 1 + 4)
#define SAMPLER_BYTES (8u + 4)
#define TEMPLATE_BYTES (2u + 1 + 2)
#define FIELD_BYTES (2u + 1)
#define MORE 1 /* before each exporter */
#define END 0

size_t
learned_bytes(const struct exporter_table *exporters,
	      const struct template_table *templates)
{
	size_t bytes = HEAD_BYTES + 1;

	for (uint32_t i = 0; i < exporters->count; i++)
		bytes += 1 + EXPORTER_BYTES +
			 exporters->exporters[i].sampler_count * SAMPLER_BYTES;
	for (uint32_t i = 0; i < templates->count; i++)
		bytes += TEMPLATE_BYTES +
			 templates->templates[i]->field_count * FIELD_BYTES;
	return bytes;
}

static bool
is_fresh(int64_t then_us, struct at_arrival now)
{
	return then_us > 0 && then_us <= now.us &&
	       now.us - then_us < LEARNED_AGE_US_MAX;
}

static void
save_exporter(struct writer *writer, const struct exporter *exporter)
{
	uint32_t next = exporter->next;
	/* What waits for its template isn't kept: something is missing then. */
	const bool known = exporter->waiting == 0 &&
			   (exporter->kept
				? exporter->next_known
				: sequence_next(&exporter->sequence,
						exporter->key.protocol, &next));

	writer_bytes(writer, exporter->key.addr.bytes, 16);
	writer_u16(writer, exporter->key.source_port);
	writer_u16(writer, exporter->key.protocol);
	writer_u32(writer, exporter->key.domain);
	writer_u32(writer, exporter->sequence.last);
	writer_u8(writer, known);
	writer_u32(writer, known ? next : 0);
	writer_u32(writer, exporter->uptime_ms);
	writer_u64(writer, (uint64_t)exporter->arrival_us);
	writer_u64(writer, exporter->init_ms);
	writer_u32(writer, exporter->announced);
	writer_u8(writer, (uint8_t)exporter->sampler_count);
	for (uint32_t i = 0; i < exporter->sampler_count; i++) {
		writer_u64(writer, exporter->samplers[i].number);
		writer_u32(writer, exporter->samplers[i].sampling);
	}
}

static void
save_templates(struct writer *writer, const struct template_table *templates,
	       uint32_t exporter)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < templates->count; i++)
		count += templates->templates[i]->exporter == exporter;
	writer_u32(writer, count);
	for (uint32_t i = 0; i < templates->count; i++)
		if (templates->templates[i]->exporter == exporter)
			template_save(writer, templates->templates[i]);
}

void
learned_save(const struct exporter_table *exporters,
	     const struct template_table *templates, struct at_arrival now,
	     struct writer *writer)
{
	writer_u16(writer, LEARNED_SCHEMA);
	writer_u64(writer, (uint64_t)now.us);
	for (uint32_t i = 0; i < exporters->count; i++) {
		const struct exporter *exporter = &exporters->exporters[i];

		if ((!exporter->seen && !exporter->kept) ||
		    exporter->stats.superseded ||
		    /* It says all of itself in each datagram. */
		    exporter->key.protocol == FLOW_SFLOW5 ||
		    /* Never said a record: maybe nobody's. */
		    (exporter->stats.records == 0 &&
		     exporter->stats.nat_events == 0 && !exporter->kept) ||
		    !is_fresh(exporter->arrival_us, now))
			continue;
		writer_u8(writer, MORE);
		save_exporter(writer, exporter);
		save_templates(writer, templates, i);
	}
	writer_u8(writer, END);
}

static int
load_exporter(struct exporter_table *table, uint16_t schema,
	      struct cursor *cursor, struct exporter **made)
{
	const uint8_t *addr = cursor_take(cursor, 16);
	struct exporter_key key;
	struct exporter *exporter;
	uint8_t samplers;

	memset(&key, 0, sizeof(key));
	key.source_port = cursor_u16(cursor);
	key.protocol = cursor_u16(cursor);
	key.domain = cursor_u32(cursor);
	if (cursor->failed ||
	    (key.protocol != FLOW_NETFLOW5 && key.protocol != FLOW_NETFLOW9 &&
	     key.protocol != FLOW_IPFIX))
		return LZ_E_FORMAT;
	memcpy(key.addr.bytes, addr, 16);
	exporter = exporter_add(table, &key);
	if (!exporter)
		return LZ_E_FULL;
	exporter->kept = true;
	exporter->sequence.last = cursor_u32(cursor);
	if (schema > LEARNED_SCHEMA_1) {
		exporter->next_known = cursor_u8(cursor) == 1;
		exporter->next = cursor_u32(cursor);
	}
	exporter->uptime_ms = cursor_u32(cursor);
	exporter->arrival_us = (int64_t)cursor_u64(cursor);
	exporter->init_ms = cursor_u64(cursor);
	exporter->announced = cursor_u32(cursor);
	samplers = cursor_u8(cursor);
	if (samplers > EXPORTER_SAMPLERS_MAX || exporter->arrival_us <= 0 ||
	    exporter->arrival_us > TIMES_LATEST_US)
		return LZ_E_FORMAT;
	for (uint8_t i = 0; i < samplers; i++) {
		exporter->samplers[i].number = cursor_u64(cursor);
		exporter->samplers[i].sampling = cursor_u32(cursor);
	}
	exporter->sampler_count = samplers;
	*made = exporter;
	return cursor->failed ? LZ_E_FORMAT : 0;
}

static int
load_templates(struct template_table *table, uint32_t exporter, uint16_t schema,
	       struct cursor *cursor)
{
	const uint32_t count = cursor_u32(cursor);

	for (uint32_t i = 0; i < count; i++) {
		struct template *template;
		int error = template_load(cursor, &template);

		if (error)
			return error;
		if (schema == LEARNED_SCHEMA_1 && template_is_nat(template)) {
			memory_free(template);
			continue;
		}
		template->exporter = exporter;
		switch (template_table_put(table, template, 0)) {
		case TEMPLATE_NEW:
			break;
		case TEMPLATE_CEILING:
			return LZ_E_FULL;
		default: /* twice the same number */
			return LZ_E_FORMAT;
		}
	}
	return cursor->failed ? LZ_E_FORMAT : 0;
}

int
learned_load(struct exporter_table *exporters, struct template_table *templates,
	     struct at_arrival now, struct cursor *cursor)
{
	const uint16_t schema = cursor_u16(cursor);
	const int64_t saved_us = (int64_t)cursor_u64(cursor);
	uint8_t more;

	if (cursor->failed)
		return LZ_E_FORMAT;
	if (schema != LEARNED_SCHEMA && schema != LEARNED_SCHEMA_1)
		return LZ_E_VERSION;
	if (!is_fresh(saved_us, now))
		return 0;
	while ((more = cursor_u8(cursor)) == MORE) {
		struct exporter *exporter;
		int error = load_exporter(exporters, schema, cursor, &exporter);

		if (!error)
			error = load_templates(templates, exporter->index,
					       schema, cursor);
		if (error)
			return error;
	}
	return cursor->failed || more != END || cursor_left(cursor) > 0
		   ? LZ_E_FORMAT
		   : 0;
}
