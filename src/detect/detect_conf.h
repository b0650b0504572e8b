/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the detectors are told: the network's inside, how far flows can be
 * trusted, thresholds, weights and pool sizes.  Filled by conf/.
 */
#ifndef DETECT_DETECT_CONF_H
#define DETECT_DETECT_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "fact/subject.h"
#include "net/prefix_map.h"

struct indicator_list;

struct detect_conf {
	/* Inside: prefix map of indices into items.  inside NULL: every
	 * address is inside, IPv4 by address, IPv6 by /64. */
	const struct prefix_map *inside;
	const struct inside_item *items;
	bool source_filtered; /* BCP 38: no inside source comes from outside */

	const struct indicator_list *indicators; /* NULL: none */

	int64_t lateness_us; /* windows close at record time minus this */
	/* What the records' times may be off: exporters' clocks are corrected
	 * from a minute on only, and a v9 header's seconds are whole. */
	int64_t time_error_us; /* 61 s */
	uint32_t sampling;     /* largest 1:N expected: chooses the window */
	uint32_t sampling_wide_min; /* above this 1:N windows are 60 s: 100 */

	/* flood.c */
	uint32_t flood_pps;     /* T, to one destination: 200 */
	uint32_t flood_syn_pps; /* 100 */
	uint32_t
	    flood_icmp_abs_pps; /* echo requests, without reverse test: 1000 */
	uint32_t flood_samples_min; /* when sampled, packets a window: 12 */
	/* scan.c */
	uint32_t scan_targets;      /* on the nine ports: 10 */
	uint32_t scan_targets_wide; /* on other watch ports: 50 */

	int32_t weight_flood_milli;       /* one window: 4000 */
	int32_t weight_flood_lasts_milli; /* 6000 */
	int32_t weight_scan_milli;        /* 5000 */
	int32_t weight_c2_milli;          /* 5000 */
	int32_t
	    weight_c2_old_milli; /* last seen > 7 days before, undated: 3000 */
	int32_t weight_sinkhole_milli;      /* 5000 */
	int32_t weight_spoofable_max_milli; /* 1500 */

	/* Pools; what happens when they are full is counted as evicted. */
	uint32_t subjects_max; /* subjects with state of their own */
	uint32_t pairs_max;    /* (subject, destination) with windows */
	struct hash_key key;
};

/* The defaults above, everything else zero. */
void detect_conf_init(struct detect_conf *conf);

#endif
