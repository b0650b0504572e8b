/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes, keys and values of the head. */
#include "index/row.h"

#include <string.h>

#include "base/check.h"
#include "base/cursor.h"
#include "base/writer.h"

#define V4_BITS 96 /* where IPv4 begins among mapped prefix lengths */
#define HALF_BITS 64
#define ADDR_BITS 128
#define KEY_TAIL 16 /* start, id */

void
shape_of(const struct binding *row, struct shape *shape)
{
	const struct subject *subject = &row->subject;

	*shape = (struct shape){.realm = row->realm,
				.v4 = subject->prefix.length >= V4_BITS &&
				      addr_is_v4(&subject->prefix.addr),
				.length = subject->prefix.length};
	if (!subject_has_ports(subject))
		return;
	shape->port_size =
	    (uint16_t)(subject->port_last - subject->port_first + 1);
	/* Blocks of 0..65535 and of 65535 ports don't fit the arithmetic. */
	if (shape->port_size == 0 || shape->port_size == SHAPE_ANY_PORTS)
		*shape = shape_any_ports(shape);
	else
		shape->port_base = subject->port_first % shape->port_size;
}

struct shape
shape_any_ports(const struct shape *shape)
{
	struct shape any = *shape;

	any.port_base = 0;
	any.port_size = SHAPE_ANY_PORTS;
	return any;
}

bool
shape_equal(const struct shape *a, const struct shape *b)
{
	return a->realm == b->realm && a->v4 == b->v4 &&
	       a->length == b->length && a->port_base == b->port_base &&
	       a->port_size == b->port_size;
}

bool
shape_may_hold(const struct shape *shape, uint32_t realm,
	       const struct addr *addr)
{
	if (shape->realm != realm)
		return false;
	if (shape->v4)
		return addr_is_v4(addr);
	return shape->length < V4_BITS || !addr_is_v4(addr);
}

/* Number of the block that holds a port; -1: none can. */
static int32_t
block_number(const struct shape *shape, int32_t port)
{
	if (port < shape->port_base)
		return -1;
	return (port - shape->port_base) / shape->port_size;
}

bool
shape_ports(const struct shape *shape, int32_t port, int32_t port_last,
	    int32_t *block)
{
	int32_t first, last;

	*block = shape->port_size == 0 ? 0 : -1;
	if (shape->port_size == 0 || shape->port_size == SHAPE_ANY_PORTS ||
	    port < 0)
		return true;
	first = block_number(shape, port);
	last = block_number(shape, port_last);
	if (last < 0)
		return false;
	if (first == last)
		*block = shape->port_base + first * shape->port_size;
	return true;
}

void
shape_pack(const struct shape *shape, uint8_t bytes[SHAPE_BYTES])
{
	struct writer writer;

	writer_init(&writer, bytes, SHAPE_BYTES);
	writer_u32(&writer, shape->realm);
	writer_u8(&writer, shape->v4);
	writer_u8(&writer, shape->length);
	writer_u16(&writer, shape->port_base);
	writer_u16(&writer, shape->port_size);
}

void
shape_unpack(const uint8_t bytes[SHAPE_BYTES], struct shape *shape)
{
	struct cursor cursor;

	cursor_init(&cursor, bytes, SHAPE_BYTES);
	shape->realm = cursor_u32(&cursor);
	shape->v4 = cursor_u8(&cursor) == 1;
	shape->length = cursor_u8(&cursor);
	shape->port_base = cursor_u16(&cursor);
	shape->port_size = cursor_u16(&cursor);
	if (shape->length > ADDR_BITS)
		shape->length = ADDR_BITS;
}

/* Where the prefix's bytes lie in an address, and how many. */
static size_t
prefix_bytes(const struct shape *shape, size_t *skip)
{
	*skip = shape->v4 ? V4_BITS / 8 : 0;
	if (shape->v4)
		return (ADDR_BITS - V4_BITS) / 8;
	return shape->length <= HALF_BITS ? HALF_BITS / 8 : ADDR_BITS / 8;
}

size_t
row_key_fixed(const struct shape *shape, uint16_t number,
	      const struct addr *addr, int32_t port_first,
	      uint8_t key[ROW_KEY_MAX])
{
	struct prefix prefix = prefix_of(addr, shape->length);
	struct writer writer;
	size_t skip, length = prefix_bytes(shape, &skip);

	writer_init(&writer, key, ROW_KEY_MAX);
	writer_u16(&writer, number);
	writer_bytes(&writer, prefix.addr.bytes + skip, length);
	if (shape->port_size > 0 && port_first >= 0)
		writer_u16(&writer, (uint16_t)port_first);
	return writer.length;
}

struct at_event
row_key_start(const uint8_t *key, size_t length)
{
	struct cursor cursor;

	lz_assert(length >= 16);
	cursor_init(&cursor, key + length - 16, 8);
	return (struct at_event){(int64_t)cursor_u64(&cursor)};
}

size_t
row_key(const struct shape *shape, uint16_t number, const struct binding *row,
	uint8_t key[ROW_KEY_MAX])
{
	size_t fixed = row_key_fixed(shape, number, &row->subject.prefix.addr,
				     row->subject.port_first, key);
	struct writer writer;

	writer_init(&writer, key + fixed, ROW_KEY_MAX - fixed);
	writer_u64(&writer, (uint64_t)row->start.us);
	writer_u64(&writer, row->id);
	lz_assert(!writer.failed);
	return fixed + writer.length;
}

uint16_t
row_key_shape(const uint8_t *key)
{
	return (uint16_t)((unsigned)key[0] << 8 | key[1]);
}

size_t
row_value_pack(const struct binding *row, uint8_t value[ROW_VALUE_MAX])
{
	struct writer writer;

	writer_init(&writer, value, ROW_VALUE_MAX);
	writer_u64(&writer, (uint64_t)row->end.us);
	writer_u64(&writer, (uint64_t)row->heard.us);
	writer_u64(&writer, (uint64_t)row->reported.us);
	writer_u64(&writer, (uint64_t)row->error_us);
	writer_u64(&writer, row->session);
	writer_u64(&writer, row->offset);
	writer_u32(&writer, row->party);
	writer_u16(&writer, row->source);
	writer_u16(&writer, row->subject.port_last);
	writer_u8(&writer, row->slot);
	writer_u16(&writer, row->marks);
	writer_u32(&writer, row->line);
	writer_u64(&writer, row->hash);
	if (row->marks & BINDING_INSIDE) {
		writer_bytes(&writer, row->inside.bytes,
			     sizeof(row->inside.bytes));
		writer_u32(&writer, row->inside_realm);
	}
	lz_assert(!writer.failed);
	return writer.length;
}

static void
unpack_value(struct cursor *cursor, struct binding *row)
{
	const uint8_t *inside;

	row->end.us = (int64_t)cursor_u64(cursor);
	row->heard.us = (int64_t)cursor_u64(cursor);
	row->reported.us = (int64_t)cursor_u64(cursor);
	row->error_us = (int64_t)cursor_u64(cursor);
	row->session = cursor_u64(cursor);
	row->offset = cursor_u64(cursor);
	row->party = cursor_u32(cursor);
	row->source = cursor_u16(cursor);
	row->subject.port_last = cursor_u16(cursor);
	row->slot = cursor_u8(cursor);
	row->marks = cursor_u16(cursor);
	row->line = cursor_u32(cursor);
	row->hash = cursor_u64(cursor);
	if (!(row->marks & BINDING_INSIDE))
		return;
	inside = cursor_take(cursor, sizeof(row->inside.bytes));
	if (inside)
		row->inside = addr_from_v6_bytes(inside);
	row->inside_realm = cursor_u32(cursor);
}

int
row_unpack(const struct shape *shape, const uint8_t *key, size_t key_length,
	   const uint8_t *value, size_t value_length, struct binding *row)
{
	size_t skip, length = prefix_bytes(shape, &skip);
	const uint8_t *bytes;
	struct cursor cursor;

	memset(row, 0, sizeof(*row));
	cursor_init(&cursor, key, key_length);
	cursor_skip(&cursor, 2);
	bytes = cursor_take(&cursor, length);
	if (shape->port_size > 0)
		row->subject.port_first = cursor_u16(&cursor);
	row->start.us = (int64_t)cursor_u64(&cursor);
	row->id = cursor_u64(&cursor);
	if (cursor.failed || cursor_left(&cursor) > 0)
		return LZ_E_FORMAT;
	if (shape->v4)
		row->subject.prefix.addr = addr_from_v4_bytes(bytes);
	else
		memcpy(row->subject.prefix.addr.bytes, bytes, length);
	row->subject.prefix.length = shape->length;
	row->realm = shape->realm;
	cursor_init(&cursor, value, value_length);
	unpack_value(&cursor, row);
	return cursor.failed || cursor_left(&cursor) > 0 ? LZ_E_FORMAT : LZ_OK;
}

uint32_t
row_day(struct at_event end)
{
	return (uint32_t)(end.us / TIMES_DAY_US);
}

bool
row_is_long(const struct binding *row)
{
	return row->end.us == INT64_MAX || row->end.us < row->start.us ||
	       row->start.us < TIMES_EARLIEST_US ||
	       row->end.us > TIMES_LATEST_US ||
	       row->end.us - row->start.us > ROW_SHORT_US;
}

bool
row_touches(const struct binding *row, struct at_event from, struct at_event to)
{
	return row->start.us <= to.us && row->end.us > from.us;
}
