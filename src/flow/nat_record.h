/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a data record's values to what a translator said.  Part of the decoder;
 * nobody else includes this.
 */
#ifndef FLOW_NAT_RECORD_H
#define FLOW_NAT_RECORD_H

#include "fact/nat_event.h"
#include "flow/exporter.h"
#include "flow/template.h"

/* Fills an event; its times are on the corrected clock. */
void nat_record_fill(const struct exporter *exporter,
		     const struct exporter_stamp *stamp,
		     const struct template_values *values,
		     struct nat_event *event);

#endif
