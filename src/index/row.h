/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes, keys and values of binding rows in the head.
 *
 * A shape says how a subject is cut: realm, family, prefix length, regular
 * blocks of ports or none.  Key, all in network order, so that byte order is
 * search order: shape 2 | prefix 4, 8 or 16 | first port 2 (shapes with ports)
 * | start 8 (us) | id 8.  Used inside this room alone.
 */
#ifndef INDEX_ROW_H
#define INDEX_ROW_H

#include <stddef.h>

#include "fact/identity.h"

/* Rows that lasted longer are looked for whatever the time asked.  An hour more
 * than a day: providers that cut lines every 24 hours do it a little late. */
#define ROW_SHORT_US (25 * TIMES_HOUR_US)
/* A shape's port_size where its blocks aren't all alike. */
#define SHAPE_ANY_PORTS UINT16_MAX

struct shape {
	uint32_t realm;
	bool v4;
	uint8_t length;     /* of the prefix, mapped bits */
	uint16_t port_base; /* first port of a block, modulo port_size */
	uint16_t port_size; /* 0: all ports */
};

#define SHAPE_BYTES 10
#define ROW_KEY_MAX 36
#define ROW_VALUE_MAX 96

void shape_of(const struct binding *row, struct shape *shape);
/* The shape for irregular blocks of the same prefix length. */
struct shape shape_any_ports(const struct shape *shape);
bool shape_equal(const struct shape *a, const struct shape *b);
/* May a row of this shape hold the address? */
bool shape_may_hold(const struct shape *shape, uint32_t realm,
		    const struct addr *addr);
/*
 * Which keys can hold ports of port..port_last (port -1: any): false if none,
 * else *block is the first port of the one block, or -1: look through all.
 */
bool shape_ports(const struct shape *shape, int32_t port, int32_t port_last,
		 int32_t *block);
void shape_pack(const struct shape *shape, uint8_t bytes[SHAPE_BYTES]);
void shape_unpack(const uint8_t bytes[SHAPE_BYTES], struct shape *shape);

/* The key's part before the start; port_first -1 leaves the port out.  Answers
 * its length. */
size_t row_key_fixed(const struct shape *shape, uint16_t number,
		     const struct addr *addr, int32_t port_first,
		     uint8_t key[ROW_KEY_MAX]);
size_t row_key(const struct shape *shape, uint16_t number,
	       const struct binding *row, uint8_t key[ROW_KEY_MAX]);
/* The start in a whole key. */
struct at_event row_key_start(const uint8_t *key, size_t length);
/* Shape number of a key. */
uint16_t row_key_shape(const uint8_t *key);
size_t row_value_pack(const struct binding *row, uint8_t value[ROW_VALUE_MAX]);
/* LZ_E_FORMAT: not ours. vouched and lack are left 0. */
LZ_NODISCARD int row_unpack(const struct shape *shape, const uint8_t *key,
			    size_t key_length, const uint8_t *value,
			    size_t value_length, struct binding *row);
/* Day of a row's end, as days since 1970. */
uint32_t row_day(struct at_event end);
/* Lies among the rows that are looked for whatever the time: still open, or
 * longer than a day, or of times no day stands for. */
bool row_is_long(const struct binding *row);
bool row_touches(const struct binding *row, struct at_event from,
		 struct at_event to);

#endif
