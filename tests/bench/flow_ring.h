/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of distinct export datagrams in memory, for measurements. */
#ifndef BENCH_FLOW_RING_H
#define BENCH_FLOW_RING_H

#include "flow/decoder.h"
#include "flow/export.h"

#define FLOW_RING 4096
#define FLOW_RING_NOW_US INT64_C(1767607200000000)

struct flow_ring {
	size_t length[FLOW_RING];
	uint8_t bytes[FLOW_RING][FLOW_EXPORT_DATAGRAM_MAX];
};

/* Fills it with one exporter's datagrams, seeded: sources out of a million. */
void flow_ring_fill(struct flow_ring *ring, enum flow_protocol protocol);

#endif
