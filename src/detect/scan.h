/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scans: connection attempts that failed, to many targets.
 *
 * Two groups of watch ports: nine that bots look for (N = conf.scan_targets)
 * and others that neither browsers nor peers of a peer-to-peer network use
 * (N = conf.scan_targets_wide).  Counted are distinct targets in the running
 * and the last five-minute slot, so no attack is cut in two; one sighting per
 * five minutes.  A subject has state only while it fails on watch ports.
 */
#ifndef DETECT_SCAN_H
#define DETECT_SCAN_H

#include "detect/pool.h"
#include "detect/say.h"

#define SCAN_SLOT_US (5 * TIMES_MINUTE_US)
/* No rule asks for more distinct targets than this. */
#define SCAN_TARGETS_MAX 128

struct scan {
	const struct detect_conf *conf;
	struct pool groups[2]; /* subjects by group: the nine, the others */
	uint64_t evicted;
	uint64_t late;
	uint64_t bytes;
};

bool scan_init(struct scan *scan, const struct detect_conf *conf);
void scan_fini(struct scan *scan);

/* Is this a failed attempt to a watch port? */
bool scan_concerns(const struct flow_record *record);
/* Is this an attempt to a watch port that was answered, and taken up by us? */
bool scan_answered(const struct flow_record *record);
/*
 * Such a record: who has failed at this target before had a reason that has
 * gone.  A scanner's dead targets never answer; a monitor's do, a minute later.
 */
void scan_forgive(struct scan *scan, const struct flow_record *record,
		  const struct side *side);
/* A record that concerns scan, sent by `side`. */
void scan_record(struct scan *scan, const struct flow_record *record,
		 const struct side *side, struct say *say);

#endif
