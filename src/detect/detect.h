/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The detectors behind one door: flow records in, sightings out.
 *
 * Streaming and bounded; all time comes from the records.  Windows are aligned
 * to the epoch and close at record time minus lateness.  The result depends on
 * the records and their order alone, not on how they are batched.  Behaviours:
 * flood.c (ICMP, UDP, SYN-only), scan.c, contact.c (C2 and sinkhole
 * indicators).  Only what an inside address sent can make it infected.
 * Rules, parameters, traps: detection.md section 5 ("Rules made exact").
 */
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include <stddef.h>
#include <stdint.h>

#include "detect/detect_conf.h"
#include "fact/flow_record.h"
#include "fact/sighting.h"

struct detect_stats {
	uint64_t records;
	uint64_t late_milli_packets; /* fell into closed windows */
	uint64_t implausible;
	uint64_t outside; /* no inside address on either side */
	uint64_t sightings;
	uint64_t pairs_evicted, subjects_evicted;
	uint32_t pairs, subjects;
	uint64_t bytes;          /* held by all pools and tables */
	int64_t record_time_us;  /* newest */
	int64_t closed_until_us; /* windows before this are closed */
};

struct detect;

/* conf is borrowed for life (its lists too).  NULL: no memory. */
struct detect *detect_new(const struct detect_conf *conf);
void detect_free(struct detect *detect);

/* Takes records; sightings that become due on the way go to `sink`. */
void detect_flows(struct detect *detect, const struct flow_record *records,
		  size_t count, sighting_sink *sink, void *context);

/*
 * Time passes without records: record time becomes at least `now`; windows
 * that are due close.
 */
void detect_advance(struct detect *detect, struct at_event now,
		    sighting_sink *sink, void *context);

/* The input has ended: all windows close. */
void detect_end(struct detect *detect, sighting_sink *sink, void *context);

/* From now on (record time) an exporter is disputed: its records count no more. */
void detect_dispute(struct detect *detect, uint32_t exporter);

/*
 * The address of an exporter: sightings name it.  Without memory for it they
 * don't.
 */
void detect_exporter(struct detect *detect, uint32_t exporter,
		     const struct addr *addr);

/* New indicators (reload); borrowed. */
void detect_set_indicators(struct detect *detect,
			   const struct indicator_list *indicators);

void detect_stats(const struct detect *detect, struct detect_stats *stats);

/*
 * The one-sided ICMP flood in packets a second that one window finds with
 * 95 % at 1:sampling (Poisson; detection.md 1.3).
 */
double detect_floor_pps(const struct detect_conf *conf, uint32_t sampling);

#endif
