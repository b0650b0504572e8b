/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sensor's receiving thread: drains the handed-down sockets into the ring
 * and does nothing else, so that a busy decoder costs no datagram as long as
 * the ring has room.
 */
#ifndef ROLE_RECEIVER_H
#define ROLE_RECEIVER_H

#include <stddef.h>

#include "base/errors.h"
#include "role/counters.h"
#include "role/ring.h"

struct receiver;

/*
 * wake: an eventfd, rung after each batch.  The sockets and it stay the
 * caller's.  Nothing runs before receiver_start.  -errno, LZ_E_MEMORY.
 */
LZ_NODISCARD int receiver_new(const int *sockets, size_t count, int wake,
			      struct ring *ring, struct counters *counters,
			      struct receiver **receiver);
LZ_NODISCARD int receiver_start(struct receiver *receiver);
/* Ends the thread, where it runs; what it has taken is in the ring. */
void receiver_stop(struct receiver *receiver);
/* The same, and frees. */
void receiver_free(struct receiver *receiver);

#endif
