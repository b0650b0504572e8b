/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of bindings' rows: a fast hash, since readers compute one a row. */
#include "base/check.h"
#include "base/hash.h"
#include "base/writer.h"
#include "fact/row_id.h"

#define ROW_ID_BYTES 40

uint64_t
binding_row_id(const struct binding *row)
{
	/* Fixed: the numbers are stored. */
	static const struct hash_key key = {UINT64_C(0x6c617a617265742e),
					    UINT64_C(0x62696e64696e672e)};
	const struct subject *subject = &row->subject;
	uint8_t bytes[ROW_ID_BYTES];
	struct writer writer;
	uint64_t id;

	writer_init(&writer, bytes, sizeof(bytes));
	writer_bytes(&writer, subject->prefix.addr.bytes,
		     sizeof(subject->prefix.addr.bytes));
	writer_u8(&writer, subject->prefix.length);
	writer_u16(&writer, subject->port_first);
	writer_u16(&writer, subject->port_last);
	writer_u32(&writer, row->realm);
	writer_u16(&writer, row->source);
	writer_u8(&writer, row->slot);
	writer_u64(&writer, row->offset);
	lz_assert(!writer.failed);
	id = hash_bytes(&key, bytes, writer.length);
	return id ? id : 1;
}
