/* SPDX-License-Identifier: Apache-2.0 */
/* The stored form of what became of a notice. */
#include "role/receipt.h"

#include "role/stored_text.h"

void
receipt_encode(struct writer *writer, const struct receipt *receipt)
{
	writer_u8(writer, RECEIPT_SCHEMA);
	writer_u64(writer, receipt->notice);
	writer_u8(writer, (uint8_t)receipt->kind);
	writer_u64(writer, (uint64_t)receipt->time.us);
	stored_text_encode(writer, receipt->proof);
	writer_u8(writer, receipt->correction);
}

int
receipt_decode(struct cursor *cursor, struct receipt *receipt)
{
	struct receipt read = {0};
	const uint8_t schema = cursor_u8(cursor);
	uint8_t correction = 0;
	int error;

	if (cursor->failed)
		return LZ_E_SHORT;
	if (schema != RECEIPT_SCHEMA && schema != 1)
		return LZ_E_VERSION;
	read.notice = cursor_u64(cursor);
	read.kind = (enum receipt_kind)cursor_u8(cursor);
	read.time.us = (int64_t)cursor_u64(cursor);
	error = stored_text_decode(cursor, read.proof, sizeof(read.proof));
	if (error)
		return error;
	if (schema > 1)
		correction = cursor_u8(cursor);
	if (cursor->failed)
		return LZ_E_SHORT;
	read.correction = correction == 1;
	if (correction > 1 || read.kind < RECEIPT_SENT ||
	    read.kind >= RECEIPT_KIND_COUNT ||
	    read.time.us < TIMES_EARLIEST_US || read.time.us >= TIMES_LATEST_US)
		return LZ_E_RANGE;
	if (cursor_left(cursor) != 0)
		return LZ_E_FORMAT;
	*receipt = read;
	return 0;
}
