/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a data record's values to a flow record.  Part of the decoder; nobody
 * else includes this.
 */
#ifndef FLOW_RECORD_H
#define FLOW_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "fact/flow_record.h"
#include "flow/exporter.h"
#include "flow/flow_time.h"
#include "flow/template.h"

/* When a datagram was said, and on what clock. */
struct record_stamp {
	struct flow_time_base base;
	int64_t offset_us; /* exporter's clock - ours */
};

/* Does a template speak of traffic between two addresses? */
bool record_is_flow(const struct template *template);

/* Fills a record; its times are on the corrected clock. */
void record_fill(struct exporter *exporter, const struct record_stamp *stamp,
		 const struct template_values *values,
		 struct flow_record *record);

#endif
