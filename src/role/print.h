/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine output of CONTRACT, one JSON object into `text`, newline
 * included; what isn't known is left out.
 */
#ifndef ROLE_PRINT_H
#define ROLE_PRINT_H

#include "base/text.h"
#include "fact/flow_record.h"
#include "fact/sighting.h"
#include "flow/decoder.h"

/* exporter: NULL for text, which has none. */
void print_flow(struct text *text, const struct flow_record *record,
		const struct flow_exporter_stats *exporter);
void print_exporter(struct text *text,
		    const struct flow_exporter_stats *exporter);
void print_sighting(struct text *text, const struct sighting *sighting);

#endif
