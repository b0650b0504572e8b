/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traffic that a story speaks of, as the records of its exporters: a record a
 * direction every five seconds, exported a moment later.
 */
#ifndef SCENARIO_TRAFFIC_H
#define SCENARIO_TRAFFIC_H

#include "fact/flow_record.h"
#include "statement.h"

#define TRAFFIC_SOURCES_MAX 64
#define TRAFFIC_SLICE_US (5 * TIMES_SECOND_US)
#define TRAFFIC_RECORDS_MAX 16

struct traffic_source {
	struct statement statement;
	int64_t next_us, end_us; /* start of the next slice */
	uint32_t exporter;       /* its number */
	uint32_t turn;
};

struct traffic {
	size_t count;
	struct traffic_source sources[TRAFFIC_SOURCES_MAX];
};

/* FLOW, SCAN or C2, from now on; false: too many. */
bool traffic_begin(struct traffic *traffic, const struct statement *statement,
		   uint32_t exporter, struct at_event now);
/* When the next records are exported; unset: there are none. */
struct at_event traffic_due(const struct traffic *traffic);
/*
 * The next slice's records that are exported by now; how many.  0: none any
 * more; those that ended are dropped.
 */
size_t traffic_step(struct traffic *traffic, struct at_event now,
		    struct flow_record records[TRAFFIC_RECORDS_MAX]);

#endif
