/* SPDX-License-Identifier: Apache-2.0 */
/* Fills a ring with export datagrams. */
#include <string.h>

#include "base/rng.h"
#include "flow_ring.h"

void
flow_ring_fill(struct flow_ring *ring, enum flow_protocol protocol)
{
	struct flow_record records[64];
	struct flow_export export;
	struct rng rng;

	rng_init(&rng, 1);
	flow_export_init(&export, protocol, 1, 1000,
			 FLOW_RING_NOW_US - TIMES_HOUR_US);
	export.refresh = 512;
	for (size_t i = 0; i < FLOW_RING; i++) {
		struct at_event now = {FLOW_RING_NOW_US};

		memset(records, 0, sizeof(records));
		for (size_t k = 0; k < 64; k++) {
			struct flow_record *record = &records[k];

			record->src = addr_from_v4(
			    0x0a000000u + (uint32_t)rng_below(&rng, 1000000));
			record->dst = addr_from_v4((uint32_t)rng_u64(&rng));
			record->proto = rng_below(&rng, 4) ? 6 : 17;
			record->sport = (uint16_t)rng_u64(&rng);
			record->dport = (uint16_t)rng_u64(&rng);
			record->packets = 1 + rng_below(&rng, 100);
			record->bytes = record->packets * 500;
			record->end.us = FLOW_RING_NOW_US - 1000000;
			record->start.us = FLOW_RING_NOW_US - 3000000;
			record->tcp_flags = 0x12;
			record->in_if = 7;
			record->out_if = 2;
		}
		flow_export_datagram(&export, now, records, 64, ring->bytes[i],
				     &ring->length[i]);
	}
}
