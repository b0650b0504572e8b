/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of what came in. */
#include "role/raw_record.h"

enum { MARK_LAST = 1, MARK_FRESH = 2 };

void
raw_record_encode(struct writer *writer, const struct raw_record *record)
{
	writer_u8(writer, RAW_RECORD_VERSION);
	writer_u8(writer, record->kind);
	writer_u16(writer, record->input);
	writer_u64(writer, (uint64_t)record->arrival.us);
	writer_bytes(writer, record->peer.bytes, 16);
	writer_u16(writer, record->port);
	if (record->name_length > RAW_NAME_MAX)
		writer->failed = true;
	writer_u16(writer, (uint16_t)record->name_length);
	writer_bytes(writer, record->name, record->name_length);
	if (record->kind == RAW_FILE) {
		writer_u64(writer, record->inode);
		writer_u64(writer, record->offset);
		writer_u8(writer, (uint8_t)((record->last ? MARK_LAST : 0) |
					    (record->fresh ? MARK_FRESH : 0)));
		if (record->header.length > RAW_LINE_MAX)
			writer->failed = true;
		writer_u16(writer, (uint16_t)record->header.length);
		writer_bytes(writer, record->header.at, record->header.length);
	}
	writer_bytes(writer, record->bytes, record->length);
}

int
raw_record_decode(const uint8_t *body, size_t length, struct raw_record *record)
{
	struct raw_record read = {0};
	struct cursor cursor;
	const uint8_t *peer;
	uint8_t version, marks = 0;

	cursor_init(&cursor, body, length);
	version = cursor_u8(&cursor);
	if (cursor.failed)
		return LZ_E_SHORT;
	if (version != RAW_RECORD_VERSION)
		return LZ_E_VERSION;
	read.kind = cursor_u8(&cursor);
	read.input = cursor_u16(&cursor);
	read.arrival.us = (int64_t)cursor_u64(&cursor);
	peer = cursor_take(&cursor, 16);
	read.port = cursor_u16(&cursor);
	read.name_length = cursor_u16(&cursor);
	read.name = (const char *)cursor_take(&cursor, read.name_length);
	if (read.kind == RAW_FILE) {
		read.inode = cursor_u64(&cursor);
		read.offset = cursor_u64(&cursor);
		marks = cursor_u8(&cursor);
		read.last = marks & MARK_LAST;
		read.fresh = marks & MARK_FRESH;
		read.header.length = cursor_u16(&cursor);
		read.header.at = (const char *)cursor_take(&cursor,
							   read.header.length);
	}
	if (cursor.failed)
		return LZ_E_SHORT;
	if (read.kind == 0 || read.kind >= RAW_KIND_COUNT ||
	    read.name_length > RAW_NAME_MAX ||
	    marks > (MARK_LAST | MARK_FRESH) ||
	    read.header.length > RAW_LINE_MAX ||
	    read.arrival.us < TIMES_EARLIEST_US ||
	    read.arrival.us >= TIMES_LATEST_US)
		return LZ_E_RANGE;
	read.peer = addr_from_v6_bytes(peer);
	read.length = cursor_left(&cursor);
	read.bytes = cursor_take(&cursor, read.length);
	*record = read;
	return 0;
}

const char *
raw_kind_name(uint8_t kind)
{
	static const char *const names[RAW_KIND_COUNT] = {
	    [RAW_RADIUS] = "RADIUS packet",
	    [RAW_SYSLOG] = "syslog message",
	    [RAW_IPFIX] = "IPFIX datagram",
	    [RAW_FILE] = "piece of a file",
	    [RAW_ROWS] = "rows of a table",
	    [RAW_GAP] = "gap",
	    [RAW_WHOLE] = "end of a file",
	    [RAW_MACHINES] = "word of a webhook"};

	return kind < RAW_KIND_COUNT && names[kind] ? names[kind] : "?";
}
