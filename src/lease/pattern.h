/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One text file that says how a maker's log lines read: for all translators
 * and access nodes that have no decoder of their own.  Data, not code:
 *
 *     lazaret-pattern 1        the first line but for comments
 *     # Lines are comments, empty, or one of these.
 *     input syslog             or "line": lines of a file, without a header
 *     time bsd                 how {time} reads in the events below it: bsd
 *                              "Nov  5 06:07:08", rfc3339, iso "2026-11-05
 *                              06:07:08", epoch, epoch-ms, epoch-hex
 *     zone +02:00              of bsd and iso; else the configuration's
 *     vrf NAME REALM           what {vrf} may say; "*": anything
 *     event alloc TEXT         or release, alive
 *
 * TEXT is what stands in a line, from its first literal on, with fields in
 * braces ("{{" is a brace): {inside} {outside} {port_first} {port_last}
 * {port_count} {port} {time} {proto} {vrf} {host} {word} {skip}, and who holds:
 * {subscriber} {circuit} {remote} {mac} {account}.  {address} in place of
 * {inside} and {outside} is an address that is held whole, by a holder.
 * {word} tells one tenure of the same ports from the next.  Blanks count.
 *
 * Matching never goes back: a field of an address, a port, a number or a time
 * takes all that can be one; any other takes what stands before the first
 * occurrence of the text behind it (or all up to the line's end).  So a line
 * costs its length times the number of events, however it is made.  The event
 * whose text begins first in the line is tried first, then the next; behind a
 * match the rest of the line is looked at again: several entries a line are
 * several events, at most PATTERN_ENTRIES_MAX.
 */
#ifndef LEASE_PATTERN_H
#define LEASE_PATTERN_H

#include "lease/chunk.h"

#define PATTERN_FILE_MAX 65536
#define PATTERN_EVENTS_MAX 64
#define PATTERN_PARTS_MAX 48 /* literals and fields of one event */
#define PATTERN_VRFS_MAX 256
#define PATTERN_ENTRIES_MAX 64
#define PATTERN_LINE_MAX 16384

struct pattern;

/* Where a pattern file is wrong: what was found, what was expected. */
struct pattern_problem {
	uint32_t line, column; /* from 1 */
	char text[160];
};

/*
 * Reads a pattern file (copied).  LZ_E_FORMAT and where it is wrong, LZ_E_FULL
 * (a ceiling above; said there too), LZ_E_MEMORY.
 */
LZ_NODISCARD int pattern_read(struct slice file, struct pattern **made,
			      struct pattern_problem *problem);
void pattern_free(struct pattern *pattern);

/* What the configuration says of the sender or file. */
struct pattern_conf {
	int32_t
	    zone_offset_s; /* of stamps without a zone, of "iso" and "bsd" */
	uint32_t realm;    /* of inside addresses where no VRF is told */
};

/*
 * Reads one message or line.  Answers how many entries it held, those refused
 * included; 0: none of ours, no event's first text is in it.  Refusals (offset:
 * of the entry): port_tenure_say's, syslog_parse's, "pattern" (begins as an
 * event does and goes on otherwise), "time_12_hours" (AM or PM behind a time:
 * the maker's format has changed), "vrf_unset", "entries" (more than the
 * ceiling), "too_long".
 */
size_t pattern_say(const struct pattern *pattern,
		   const struct pattern_conf *conf, struct slice line,
		   struct at_arrival arrival, uint64_t origin,
		   const struct lease_output *output);

/* Lines of a followed file (lease/chunk.h). */
size_t pattern_feed(const struct pattern *pattern,
		    const struct pattern_conf *conf,
		    const struct lease_chunk *chunk,
		    const struct lease_output *output);

#endif
