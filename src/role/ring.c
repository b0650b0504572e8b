/* SPDX-License-Identifier: Apache-2.0 */
/* The ring between the sensor's two threads. */
#include "role/ring.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "base/memory.h"

#define SKIP UINT32_MAX /* an entry's length: go on at the ring's beginning */

struct entry {
	uint32_t length;
	uint16_t source_port;
	uint16_t reserved;
	struct addr source;
	int64_t arrival_us;
};
_Static_assert(sizeof(struct entry) % 8 == 0, "entries stay aligned");

struct ring {
	/* Bytes ever written and read; each changed by one side alone. */
	_Alignas(64) _Atomic uint64_t written;
	_Alignas(64) _Atomic uint64_t read;
	uint8_t *bytes;
};

static size_t
entry_size(size_t length)
{
	return (sizeof(struct entry) + length + 7) & ~(size_t)7;
}

struct ring *
ring_new(void)
{
	struct ring *ring = memory_new_aligned(1, sizeof(*ring));

	if (!ring)
		return NULL;
	ring->bytes = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ring->bytes == MAP_FAILED) {
		memory_free(ring);
		return NULL;
	}
	return ring;
}

void
ring_free(struct ring *ring)
{
	if (!ring)
		return;
	munmap(ring->bytes, RING_BYTES);
	memory_free(ring);
}

bool
ring_put(struct ring *ring, const struct flow_datagram *datagram)
{
	const size_t size = entry_size(datagram->length);
	uint64_t written = atomic_load_explicit(&ring->written,
						memory_order_relaxed);
	const uint64_t read = atomic_load_explicit(&ring->read,
						   memory_order_acquire);
	size_t at = (size_t)(written % RING_BYTES);
	const size_t skipped = RING_BYTES - at < size ? RING_BYTES - at : 0;
	struct entry entry = {.length = (uint32_t)datagram->length,
			      .source_port = datagram->source_port,
			      .source = datagram->source,
			      .arrival_us = datagram->arrival.us};

	if (RING_BYTES - (size_t)(written - read) < skipped + size)
		return false;
	if (skipped) {
		const uint32_t skip = SKIP;

		memcpy(ring->bytes + at, &skip, sizeof(skip));
		written += skipped;
		at = 0;
	}
	memcpy(ring->bytes + at, &entry, sizeof(entry));
	memcpy(ring->bytes + at + sizeof(entry), datagram->bytes,
	       datagram->length);
	atomic_store_explicit(&ring->written, written + size,
			      memory_order_release);
	return true;
}

bool
ring_peek(struct ring *ring, struct flow_datagram *datagram)
{
	const uint64_t written = atomic_load_explicit(&ring->written,
						      memory_order_acquire);
	uint64_t read = atomic_load_explicit(&ring->read, memory_order_relaxed);
	struct entry entry;
	uint32_t length;
	size_t at;

	if (read == written)
		return false;
	at = (size_t)(read % RING_BYTES);
	memcpy(&length, ring->bytes + at, sizeof(length));
	if (length == SKIP) {
		read += RING_BYTES - at;
		atomic_store_explicit(&ring->read, read, memory_order_release);
		at = 0;
	}
	memcpy(&entry, ring->bytes + at, sizeof(entry));
	*datagram =
	    (struct flow_datagram){.source = entry.source,
				   .source_port = entry.source_port,
				   .arrival = {entry.arrival_us},
				   .bytes = ring->bytes + at + sizeof(entry),
				   .length = entry.length};
	return true;
}

void
ring_pop(struct ring *ring)
{
	const uint64_t read = atomic_load_explicit(&ring->read,
						   memory_order_relaxed);
	uint32_t length;

	memcpy(&length, ring->bytes + read % RING_BYTES, sizeof(length));
	atomic_store_explicit(&ring->read, read + entry_size(length),
			      memory_order_release);
}
