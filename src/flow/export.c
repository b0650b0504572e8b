/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes NetFlow v5, v9 (RFC 3954) and IPFIX (RFC 7011) datagrams.
 *
 * Both say the same of a flow; v9 times are milliseconds of the router's
 * uptime, IPFIX times are absolute.  One table of fields serves both.
 */
#include <string.h>

#include "base/check.h"
#include "base/writer.h"
#include "flow/export.h"

#define TEMPLATE_V4 300
#define TEMPLATE_V6 301
#define TEMPLATE_SAMPLING 310
#define REFRESH_DATAGRAMS 200
#define V9_TEMPLATE_SET 0
#define V9_OPTIONS_SET 1
#define IPFIX_TEMPLATE_SET 2
#define IPFIX_OPTIONS_SET 3
#define IPFIX_LENGTH_AT 2

/* Information elements; what v9 and IPFIX call the same has one number. */
enum {
	IE_BYTES = 1,
	IE_PACKETS = 2,
	IE_PROTOCOL = 4,
	IE_TCP_FLAGS = 6,
	IE_SRC_PORT = 7,
	IE_SRC_V4 = 8,
	IE_IN_IF = 10,
	IE_DST_PORT = 11,
	IE_DST_V4 = 12,
	IE_OUT_IF = 14,
	IE_LAST_SWITCHED = 21,
	IE_FIRST_SWITCHED = 22,
	IE_SRC_V6 = 27,
	IE_DST_V6 = 28,
	IE_ICMP_V4 = 32,
	IE_SAMPLING = 34,
	IE_DIRECTION = 61,
	IE_ICMP_V6 = 139,
	IE_DOMAIN = 149,
	IE_START_MS = 152,
	IE_END_MS = 153
};

struct field {
	uint16_t id, width;
};

static size_t
fields_of(const struct flow_export *export, bool v6, struct field fields[16])
{
	bool v9 = export->protocol == FLOW_NETFLOW9;
	uint16_t addr = v6 ? 16 : 4, time = v9 ? 4 : 8;
	const struct field all[] = {
	    {v6 ? IE_SRC_V6 : IE_SRC_V4, addr},
	    {v6 ? IE_DST_V6 : IE_DST_V4, addr},
	    {IE_SRC_PORT, 2},
	    {IE_DST_PORT, 2},
	    {IE_PROTOCOL, 1},
	    {IE_TCP_FLAGS, 1},
	    {v6 ? IE_ICMP_V6 : IE_ICMP_V4, 2},
	    {IE_PACKETS, 8},
	    {IE_BYTES, 8},
	    {v9 ? IE_FIRST_SWITCHED : IE_START_MS, time},
	    {v9 ? IE_LAST_SWITCHED : IE_END_MS, time},
	    {IE_IN_IF, 4},
	    {IE_OUT_IF, 4},
	    {IE_DIRECTION, 1},
	};
	size_t count = sizeof(all) / sizeof(all[0]);

	memcpy(fields, all, sizeof(all));
	return count;
}

static size_t
record_width(const struct flow_export *export, bool v6)
{
	struct field fields[16];
	size_t count = fields_of(export, v6, fields), width = 0;

	for (size_t i = 0; i < count; i++)
		width += fields[i].width;
	return width;
}

/* A set's header; its length is patched by set_end. */
static size_t
set_begin(struct writer *writer, uint16_t id)
{
	size_t at = writer->length;

	writer_u16(writer, id);
	writer_u16(writer, 0);
	return at;
}

static void
set_end(struct writer *writer, size_t at)
{
	while ((writer->length - at) % 4 != 0)
		writer_u8(writer, 0);
	writer_patch_u16(writer, at + 2, (uint16_t)(writer->length - at));
}

static void
write_templates(const struct flow_export *export, struct writer *writer)
{
	bool v9 = export->protocol == FLOW_NETFLOW9;
	size_t at = set_begin(writer,
			      v9 ? V9_TEMPLATE_SET : IPFIX_TEMPLATE_SET);

	for (int v6 = 0; v6 < 2; v6++) {
		struct field fields[16];
		size_t count = fields_of(export, v6, fields);

		writer_u16(writer, v6 ? TEMPLATE_V6 : TEMPLATE_V4);
		writer_u16(writer, (uint16_t)count);
		for (size_t i = 0; i < count; i++) {
			writer_u16(writer, fields[i].id);
			writer_u16(writer, fields[i].width);
		}
	}
	set_end(writer, at);
}

/* "For this domain (v9: the whole system) 1 packet in N was looked at." */
static void
write_sampling(const struct flow_export *export, struct writer *writer)
{
	bool v9 = export->protocol == FLOW_NETFLOW9;
	size_t at = set_begin(writer, v9 ? V9_OPTIONS_SET : IPFIX_OPTIONS_SET);

	writer_u16(writer, TEMPLATE_SAMPLING);
	writer_u16(writer, v9 ? 4 : 2); /* scope bytes; fields in all */
	writer_u16(writer, v9 ? 4 : 1); /* option bytes; scope fields */
	writer_u16(writer, v9 ? 1 : IE_DOMAIN);
	writer_u16(writer, 4);
	writer_u16(writer, IE_SAMPLING);
	writer_u16(writer, 4);
	set_end(writer, at);
	at = set_begin(writer, TEMPLATE_SAMPLING);
	writer_u32(writer, export->domain);
	writer_u32(writer, export->sampling);
	set_end(writer, at);
}

static void
write_time(const struct flow_export *export, struct writer *writer, int64_t us)
{
	if (export->protocol == FLOW_IPFIX)
		writer_u64(writer, (uint64_t)(us / 1000));
	else
		writer_u32(writer, (uint32_t)((us - export->boot_us) / 1000));
}

static void
write_record(const struct flow_export *export, struct writer *writer,
	     const struct flow_record *record)
{
	bool v4 = addr_is_v4(&record->src);
	uint16_t icmp = 0;

	if (record->marks & FLOW_ICMP_KNOWN)
		icmp = (uint16_t)(record->icmp_type << 8 | record->icmp_code);
	writer_bytes(writer, record->src.bytes + (v4 ? 12 : 0), v4 ? 4 : 16);
	writer_bytes(writer, record->dst.bytes + (v4 ? 12 : 0), v4 ? 4 : 16);
	writer_u16(writer, record->sport);
	writer_u16(writer, record->dport);
	writer_u8(writer, record->proto);
	writer_u8(writer, record->tcp_flags);
	writer_u16(writer, icmp);
	writer_u64(writer, record->packets);
	writer_u64(writer, record->bytes);
	write_time(export, writer, record->start.us);
	write_time(export, writer, record->end.us);
	writer_u32(writer, record->in_if);
	writer_u32(writer, record->out_if);
	writer_u8(writer, record->direction);
}

static void
write_header(const struct flow_export *export, struct writer *writer,
	     struct at_event now)
{
	uint32_t seconds = (uint32_t)(now.us / TIMES_SECOND_US);

	writer_u16(writer, (uint16_t) export->protocol);
	writer_u16(writer, 0); /* count or length, patched at the end */
	if (export->protocol == FLOW_NETFLOW9)
		/* Uptime of the second the header speaks of, so that both
		 * clocks of it agree. */
		writer_u32(writer,
			   (uint32_t)(((int64_t)seconds * TIMES_SECOND_US -
				       export->boot_us) /
				      1000));
	writer_u32(writer, seconds);
	writer_u32(writer, export->sequence);
	writer_u32(writer, export->domain);
}

/* Records of one family in a row share a set. */
static size_t
write_records(const struct flow_export *export, struct writer *writer,
	      const struct flow_record *records, size_t count)
{
	size_t taken = 0;

	while (taken < count) {
		bool v6 = !addr_is_v4(&records[taken].src);
		size_t width = record_width(export, v6);
		size_t at, before = taken;

		/* Header of the set, the record, padding. */
		if (writer->length + 4 + width + 3 > FLOW_EXPORT_DATAGRAM_MAX)
			break;
		at = set_begin(writer, v6 ? TEMPLATE_V6 : TEMPLATE_V4);
		while (taken < count &&
		       addr_is_v4(&records[taken].src) == !v6 &&
		       writer->length + width + 3 <= FLOW_EXPORT_DATAGRAM_MAX)
			write_record(export, writer, &records[taken++]);
		set_end(writer, at);
		lz_assert(taken > before);
	}
	return taken;
}

#define V5_RECORD 48u
#define V5_SAMPLED 0x4000u /* one packet in so many, at even distances */
#define V5_SAMPLING_MAX 0x3fffu

static uint32_t
least(uint64_t value, uint32_t most)
{
	return value < most ? (uint32_t)value : most;
}

static void
write_v5_record(const struct flow_export *export, struct writer *writer,
		const struct flow_record *record)
{
	uint16_t second = record->dport;

	if (record->marks & FLOW_ICMP_KNOWN)
		second = (uint16_t)(record->icmp_type << 8 | record->icmp_code);
	writer_bytes(writer, record->src.bytes + 12, 4);
	writer_bytes(writer, record->dst.bytes + 12, 4);
	writer_u32(writer, 0); /* next hop */
	writer_u16(writer, (uint16_t)least(record->in_if, UINT16_MAX));
	writer_u16(writer, (uint16_t)least(record->out_if, UINT16_MAX));
	writer_u32(writer, least(record->packets, UINT32_MAX));
	writer_u32(writer, least(record->bytes, UINT32_MAX));
	write_time(export, writer, record->start.us);
	write_time(export, writer, record->end.us);
	writer_u16(writer, record->sport);
	writer_u16(writer, second);
	writer_u8(writer, 0);
	writer_u8(writer, record->tcp_flags);
	writer_u8(writer, record->proto);
	writer_u8(writer, 0);  /* type of service */
	writer_u64(writer, 0); /* AS numbers, masks, padding */
}

static size_t
write_v5(struct flow_export *export, struct at_event now,
	 const struct flow_record *records, size_t count, struct writer *writer)
{
	const uint32_t seconds = (uint32_t)(now.us / TIMES_SECOND_US);
	const uint32_t sampling = least(export->sampling, V5_SAMPLING_MAX);
	size_t taken = 0;
	uint16_t written = 0;

	/* Version, and how many records: patched below. */
	writer_u32(writer, (uint32_t)FLOW_NETFLOW5 << 16);
	writer_u32(writer, (uint32_t)(((int64_t)seconds * TIMES_SECOND_US -
				       export->boot_us) /
				      1000));
	writer_u32(writer, seconds);
	writer_u32(writer, 0);
	writer_u32(writer, export->sequence);
	writer_u16(writer, (uint16_t) export->domain);
	writer_u16(writer,
		   (uint16_t)(sampling > 1 ? V5_SAMPLED | sampling : sampling));
	while (taken < count &&
	       writer->length + V5_RECORD <= FLOW_EXPORT_DATAGRAM_MAX) {
		const struct flow_record *record = &records[taken++];

		if (!addr_is_v4(&record->src) || !addr_is_v4(&record->dst))
			continue;
		write_v5_record(export, writer, record);
		written++;
	}
	writer_patch_u16(writer, 2, written);
	export->sequence += written;
	return taken;
}

void
flow_export_init(struct flow_export *export, enum flow_protocol protocol,
		 uint32_t domain, uint32_t sampling, int64_t boot_us)
{
	memset(export, 0, sizeof(*export));
	export->protocol = protocol;
	export->domain = domain;
	export->sampling = sampling;
	export->boot_us = boot_us;
	export->refresh = REFRESH_DATAGRAMS;
	export->since_template = REFRESH_DATAGRAMS;
}

size_t
flow_export_datagram(struct flow_export *export, struct at_event now,
		     const struct flow_record *records, size_t count,
		     uint8_t bytes[FLOW_EXPORT_DATAGRAM_MAX], size_t *length)
{
	bool v9 = export->protocol == FLOW_NETFLOW9;
	struct writer writer;
	size_t taken, others = 0;

	writer_init(&writer, bytes, FLOW_EXPORT_DATAGRAM_MAX);
	if (export->protocol == FLOW_NETFLOW5) {
		taken = write_v5(export, now, records, count, &writer);
		*length = writer.length;
		return taken;
	}
	write_header(export, &writer, now);
	if (export->since_template >= export->refresh) {
		write_templates(export, &writer);
		write_sampling(export, &writer);
		export->since_template = 0;
		others = 4; /* two templates, an options template, its data */
	}
	taken = write_records(export, &writer, records, count);
	lz_assert(!writer.failed);
	export->since_template++;
	if (v9) {
		writer_patch_u16(&writer, 2, (uint16_t)(taken + others));
		export->sequence++;
	} else {
		writer_patch_u16(&writer, IPFIX_LENGTH_AT,
				 (uint16_t)writer.length);
		/* IPFIX counts data records, options data among them. */
		export->sequence += (uint32_t)taken + (others > 0 ? 1 : 0);
	}
	*length = writer.length;
	return taken;
}
