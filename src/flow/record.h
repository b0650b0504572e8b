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
#include "flow/template.h"

/* Does a template speak of traffic between two addresses? */
bool record_is_flow(const struct template *template);

/* Fills a record; its times are on the corrected clock.  Of a doubtful stamp
 * it is marked implausible. */
void record_fill(struct exporter *exporter, const struct exporter_stamp *stamp,
		 const struct template_values *values,
		 struct flow_record *record);

#endif
