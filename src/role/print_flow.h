/* SPDX-License-Identifier: Apache-2.0 */
/* Flow records and exporters as people and programs read them (CONTRACT). */
#ifndef ROLE_PRINT_FLOW_H
#define ROLE_PRINT_FLOW_H

#include <stdbool.h>

#include "fact/flow_record.h"
#include "flow/decoder.h"

/* One line to standard output; exporter NULL for text input. */
void print_flow(const struct flow_record *record,
		const struct flow_exporter_stats *exporter, bool json);
/* What a translator said; exporter as above. */
void print_nat(const struct nat_event *event,
	       const struct flow_exporter_stats *exporter, bool json);
void print_exporter(const struct flow_exporter_stats *exporter, bool json);

#endif
