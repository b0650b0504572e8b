/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of what a device said. */
#include "role/effect.h"

#include "role/stored_text.h"

void
effect_encode(struct writer *writer, const struct effect *effect)
{
	writer_u8(writer, EFFECT_SCHEMA);
	writer_u64(writer, effect->measure);
	writer_u8(writer, effect->on);
	writer_u8(writer, (uint8_t)effect->kind);
	writer_u64(writer, (uint64_t)effect->time.us);
	stored_text_encode(writer, effect->device);
	stored_text_encode(writer, effect->detail);
}

int
effect_decode(struct cursor *cursor, struct effect *effect)
{
	struct effect read = {0};
	const uint8_t schema = cursor_u8(cursor);
	uint8_t on;
	int error;

	if (cursor->failed)
		return LZ_E_SHORT;
	if (schema != EFFECT_SCHEMA)
		return LZ_E_VERSION;
	read.measure = cursor_u64(cursor);
	on = cursor_u8(cursor);
	read.on = on != 0;
	read.kind = (enum effect_kind)cursor_u8(cursor);
	read.time.us = (int64_t)cursor_u64(cursor);
	error = stored_text_decode(cursor, read.device, sizeof(read.device));
	if (!error)
		error = stored_text_decode(cursor, read.detail,
					   sizeof(read.detail));
	if (error)
		return error;
	if (on > 1 || read.kind < EFFECT_ASKED ||
	    read.kind >= EFFECT_KIND_COUNT ||
	    read.time.us < TIMES_EARLIEST_US || read.time.us >= TIMES_LATEST_US)
		return LZ_E_RANGE;
	if (cursor_left(cursor) != 0)
		return LZ_E_FORMAT;
	*effect = read;
	return 0;
}
