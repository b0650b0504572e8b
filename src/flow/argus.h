/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Argus text (ra's CSV or TAB output, "binetflow") to flow records.
 *
 * Columns go by header name.  Both date forms (2011/08/18 15:40:53.826372 and
 * RFC-like 2011-08-18 ...; seconds since the epoch), every Dir form (->, <-,
 * <->, ?>, <?, <?>, who, |>, <| ...), with or without SrcPkts.  Each row gives
 * one or two records, one a direction that carried bytes.  Rows that aren't
 * IP (arp, ipx, llc, man ...) are counted, not refused.
 */
#ifndef FLOW_ARGUS_H
#define FLOW_ARGUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "fact/flow_record.h"

struct argus_stats {
	uint64_t rows; /* that gave records */
	uint64_t not_ip;
	uint64_t refused; /* bad rows; the reason of the last in `reason` */
	uint64_t refused_line;
	const char *reason;
};

struct argus;

/* zone_offset_s: seconds east of UTC that zoneless times are read in. */
struct argus *argus_new(int32_t zone_offset_s);
void argus_free(struct argus *argus);

/* Do these first bytes look like Argus text (a header line with its names)? */
bool argus_recognise(const char *bytes, size_t length);

/*
 * Feeds the next piece of the text, cut anywhere; records go to `sink`.
 * LZ_E_FORMAT when the header line is not understood (nothing is guessed).
 */
LZ_NODISCARD int argus_feed(struct argus *argus, const char *bytes,
			    size_t length, flow_sink *sink, void *context);
/* The text has ended: a last line without newline is read. */
LZ_NODISCARD int argus_end(struct argus *argus, flow_sink *sink, void *context);
void argus_stats(const struct argus *argus, struct argus_stats *stats);

#endif
