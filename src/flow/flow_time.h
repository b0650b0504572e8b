/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a record says of time to microseconds UTC.
 *
 * NetFlow counts milliseconds of the router's uptime, modulo 2^32, against
 * the uptime in the datagram's header; a flow may end after that (seen on real
 * routers).  IPFIX says absolute times in four units, deltas, or uptime with
 * the time the system was initialised, anywhere in the record.
 */
#ifndef FLOW_FLOW_TIME_H
#define FLOW_FLOW_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/template.h"

struct flow_time_base {
	bool uptime;       /* uptime_ms is said */
	int64_t export_us; /* by the exporter's clock */
	uint32_t uptime_ms;
	uint64_t init_ms; /* IPFIX: said in options; 0: never */
};

/* Start and end by the exporter's clock; the export time where the record
 * says nothing.  start <= end.  False: impossible times. */
bool flow_time_of(const struct template_values *values,
		  const struct flow_time_base *base, int64_t *start_us,
		  int64_t *end_us);

/* When an event was observed (elements 322 to 325), by the exporter's clock.
 * False where that isn't said, is 0 or impossible. */
bool flow_time_observed(const struct template_values *values, int64_t *us);

#endif
