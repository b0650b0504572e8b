/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of "ask again who held this". */
#include "role/binding_changed.h"

#include "role/stored_text.h"

void
binding_changed_encode(struct writer *writer,
		       const struct binding_changed *changed)
{
	const struct subject *subject = &changed->subject;

	writer_u8(writer, BINDING_CHANGED_SCHEMA);
	writer_u32(writer, changed->realm);
	writer_bytes(writer, subject->prefix.addr.bytes, 16);
	writer_u8(writer, subject->prefix.length);
	writer_u16(writer, subject->port_first);
	writer_u16(writer, subject->port_last);
	writer_u64(writer, (uint64_t)changed->from.us);
	writer_u64(writer, (uint64_t)changed->to.us);
	stored_text_encode(writer, changed->cause);
}

static bool
is_possible(const struct binding_changed *changed)
{
	const struct subject *subject = &changed->subject;
	struct prefix cut;

	if (subject->prefix.length > 128 ||
	    subject->port_first > subject->port_last ||
	    changed->from.us >= changed->to.us)
		return false;
	cut = prefix_of(&subject->prefix.addr, subject->prefix.length);
	return prefix_equal(&cut, &subject->prefix);
}

int
binding_changed_decode(struct cursor *cursor, struct binding_changed *changed)
{
	struct binding_changed read = {0};
	const uint8_t schema = cursor_u8(cursor);
	const uint8_t *bytes;
	int error;

	if (cursor->failed)
		return LZ_E_SHORT;
	if (schema != BINDING_CHANGED_SCHEMA)
		return LZ_E_VERSION;
	read.realm = cursor_u32(cursor);
	bytes = cursor_take(cursor, 16);
	if (!bytes)
		return LZ_E_SHORT;
	read.subject.prefix.addr = addr_from_v6_bytes(bytes);
	read.subject.prefix.length = cursor_u8(cursor);
	read.subject.port_first = cursor_u16(cursor);
	read.subject.port_last = cursor_u16(cursor);
	read.from.us = (int64_t)cursor_u64(cursor);
	read.to.us = (int64_t)cursor_u64(cursor);
	error = stored_text_decode(cursor, read.cause, sizeof(read.cause));
	if (error)
		return error;
	if (!is_possible(&read))
		return LZ_E_RANGE;
	if (cursor_left(cursor) != 0)
		return LZ_E_FORMAT;
	*changed = read;
	return 0;
}
