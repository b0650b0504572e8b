/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `nfdump -o csv` of nfdump 1.7.1 prints, to flow records.
 *
 * Columns go by header name; needed are ts, sa, da, sp, dp, pr, ipkt, ibyt and
 * td or te.  Each row gives a record; a row with opkt (nfdump -b, -B) two, the
 * second of what came back, whose TCP flags the row doesn't hold.
 *
 * Times are of the zone that nfdump ran in, whole seconds (td has its
 * millisecond): a record starts at the earliest moment that ts, te and td
 * allow, less than a second before it did.  Counts are as nfdump prints them,
 * which multiplies by a sampling it knows and doesn't say so: the sampling of
 * a record is unknown.  ICMP's type and code stand in dp, as 256 * type + code
 * or as "type.code".
 *
 * The lines of a summary are passed over, and a header may come again where
 * outputs were joined.  Not read: tables (-s), `csv` of nfdump 1.7.3 and later,
 * which has other names.
 */
#ifndef FLOW_NFDUMP_CSV_H
#define FLOW_NFDUMP_CSV_H

#include "flow/text_rows.h"

struct nfdump_csv;

/* zone_offset_s: seconds east of UTC that times are read in. */
struct nfdump_csv *nfdump_csv_new(int32_t zone_offset_s);
void nfdump_csv_free(struct nfdump_csv *csv);

/* Do these first bytes look like it (its header line)? */
bool nfdump_csv_recognise(const char *bytes, size_t length);

/*
 * Feeds the next piece of the text, cut anywhere; records go to `sink`.
 * LZ_E_FORMAT when the header line is not understood (nothing is guessed).
 */
LZ_NODISCARD int nfdump_csv_feed(struct nfdump_csv *csv, const char *bytes,
				 size_t length, flow_sink *sink, void *context);
/* The text has ended: a last line without newline is read. */
LZ_NODISCARD int nfdump_csv_end(struct nfdump_csv *csv, flow_sink *sink,
				void *context);
void nfdump_csv_stats(const struct nfdump_csv *csv, struct text_stats *stats);

#endif
