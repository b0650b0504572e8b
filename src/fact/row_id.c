/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of bindings' rows: a fast hash, since readers compute one a row. */
#include "fact/row_id.h"
#include "base/cursor.h"

/* Odd constants of xxHash64, which were chosen for how they spread bits. */
#define PRIME_1 UINT64_C(0x9e3779b185ebca87)
#define PRIME_2 UINT64_C(0xc2b2ae3d27d4eb4f)

static uint64_t
half_of(const uint8_t *bytes)
{
	struct cursor cursor;

	cursor_init(&cursor, bytes, 8);
	return cursor_u64(&cursor);
}

static uint64_t
mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * PRIME_1;
	hash ^= hash >> 32;
	hash *= PRIME_2;
	return hash ^ hash >> 29;
}

/* Never to change: the numbers are stored. */
uint64_t
binding_row_id(const struct binding *row)
{
	const struct subject *subject = &row->subject;
	const uint8_t *bytes = subject->prefix.addr.bytes;
	uint64_t id = mix(PRIME_2, half_of(bytes));

	id = mix(id, half_of(bytes + 8));
	id = mix(id, (uint64_t)subject->port_first << 48 |
			 (uint64_t)subject->port_last << 32 | row->realm);
	id = mix(id, (uint64_t)subject->prefix.length << 32 |
			 (uint64_t)row->slot << 16 | row->source);
	id = mix(id, row->offset);
	return id ? id : 1;
}
