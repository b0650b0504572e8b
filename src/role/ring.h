/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams on their way from the receiving thread to the deciding one: a ring
 * of bytes with one writer and one reader, without locks.  Full means the
 * newest is dropped and counted; memory is touched only as far as it is used.
 */
#ifndef ROLE_RING_H
#define ROLE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "flow/decoder.h"

/* More than a second of 1,400-byte datagrams at 40,000 a second. */
#define RING_BYTES (64u << 20)
#define RING_DATAGRAM_MAX 65535

struct ring;

struct ring *ring_new(void); /* NULL: no memory */
void ring_free(struct ring *ring);

/* Writing side: copies; false when there is no room. */
bool ring_put(struct ring *ring, const struct flow_datagram *datagram);
/*
 * Reading side: lends the oldest datagram until ring_pop; false when there is
 * none.
 */
bool ring_peek(struct ring *ring, struct flow_datagram *datagram);
void ring_pop(struct ring *ring);

#endif
