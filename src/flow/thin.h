/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packet sampling after the fact (replay --sample N): draws each packet of a
 * record by itself with probability 1/N, at a time of its own; a thinned
 * record lasts from its first to its last drawn packet, its TCP flags stay
 * the record's, its bytes are the drawn share.  Records that lose all their
 * packets vanish.
 */
#ifndef FLOW_THIN_H
#define FLOW_THIN_H

#include <stdbool.h>

#include "base/rng.h"
#include "fact/flow_record.h"

/* false: nothing of it was drawn.  n >= 1; n = 1 changes nothing. */
bool flow_thin(struct flow_record *record, uint32_t n, struct rng *rng);

#endif
