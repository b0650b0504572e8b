/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floods that a subject sends to one destination: ICMP and UDP that is hardly
 * answered, TCP that is nothing but SYNs.
 *
 * A pair is judged when a window closes, by all records of both directions in
 * it.  A sighting for each of the first two flooding windows (UDP: for the
 * second only), then one a minute, for at most four destinations of a subject
 * at a time.  Rules made exact: detection.md section 5.
 */
#ifndef DETECT_FLOOD_H
#define DETECT_FLOOD_H

#include "detect/pool.h"
#include "detect/say.h"
#include "detect/windows.h"

struct flood_candidate;

struct flood {
	const struct detect_conf *conf;
	struct windows windows;
	struct pool tracks;    /* pairs that flood */
	struct pool attackers; /* subjects that flood, their destinations */
	struct flood_candidate *candidates;
	uint32_t candidates_max;
	int64_t watch_from_us;
	uint64_t refused; /* flooding pairs there was no room for */
	uint64_t bytes;
};

bool flood_init(struct flood *flood, const struct detect_conf *conf);
void flood_fini(struct flood *flood);

/* The first record time. */
void flood_start(struct flood *flood, int64_t record_time_us);

/* The hash of the pair a record belongs to, seen from `side`, or 0 when the
 * record is none of flood's: for prefetching and for flood_record. */
uint64_t flood_hash(const struct flood *flood, const struct flow_record *record,
		    const struct side *side, bool sent);
void flood_record(struct flood *flood, const struct flow_record *record,
		  const struct side *side, uint64_t hash, bool sent);

/* Wide windows from now on; what was counted in narrow ones is dropped. */
void flood_widen(struct flood *flood, int64_t record_time_us);

/* Closes and judges every window that ends at or before until_us. */
void flood_close(struct flood *flood, int64_t until_us, struct say *say);

#endif
