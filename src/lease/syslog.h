/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syslog messages: cut out of a TCP stream (RFC 6587), and their header, old
 * (RFC 3164) or new (RFC 5424), with the time in it.
 *
 * What stands in the message is other files' business (port_block.h,
 * pattern.h).  Nothing here trusts a byte: a message too long, or with a NUL
 * inside, is refused, it alone.
 */
#ifndef LEASE_SYSLOG_H
#define LEASE_SYSLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "base/times.h"

/* A longer message is refused; RFC 5424 asks for 2048 at least. */
#define SYSLOG_BYTES_MAX 16384

/* What a stream remembers from one call to the next; begins as {0}. */
struct syslog_framer {
	uint64_t skip_bytes; /* of a message refused: so many are left */
	bool skip_line;      /* ... or all up to the next line's end */
};

/*
 * Takes what stands at the start of a stream's bytes: one message ("34 <13>..."
 * by its count, else up to LF or NUL; blank lines are none), or a piece of one
 * that is refused as too long.  Answers the bytes taken; 0: wait for more.
 * *message is empty (at NULL) where what was taken is none; *reason is
 * "too_long" or "count" once for each message refused, else NULL.  `last`: the
 * stream has ended, what is left is a message.  Waits for no more than
 * SYSLOG_BYTES_MAX + 8 bytes.
 */
size_t syslog_cut(struct syslog_framer *framer, const void *bytes,
		  size_t length, bool last, struct slice *message,
		  const char **reason);

/* All slices are in the bytes given, empty where not told. */
struct syslog_message {
	struct at_event time; /* unset where not told, or impossible */
	int64_t error_us;     /* of it: what its digits leave open */
	uint16_t priority;    /* UINT16_MAX: not told */
	struct slice host;
	struct slice app;  /* APP-NAME, or the tag without its colon */
	struct slice rest; /* all behind the host */
	struct slice text; /* MSG: behind structured data, or the tag */
};

/*
 * Reads a message; stamps without a zone are local time so many seconds east
 * of UTC, those without a year are of the year that brings them nearest to
 * `arrival` (New Year, 29 February; unset: their time is unset).  NULL; or why
 * it is refused: "empty", "nul", "too_long".  What isn't of either form is
 * text without a header.
 */
const char *syslog_parse(struct slice bytes, int32_t zone_offset_s,
			 struct at_arrival arrival,
			 struct syslog_message *message);

/*
 * A date without a year (date->year is ignored), in local time, nearest to
 * `near_us`.  LZ_E_RANGE: there is none within half a year of it.
 */
LZ_NODISCARD int syslog_nearest_year(struct times_date date,
				     int32_t zone_offset_s, int64_t near_us,
				     int64_t *us);

/*
 * "Nov  5 06:07:08", with a year before the month, before the time or behind
 * it, and with a fraction.  Moves behind it and answers true where *rest begins
 * so; *time is unset where it can't be a time.
 */
bool syslog_stamp(struct slice *rest, int32_t zone_offset_s,
		  struct at_arrival arrival, struct at_event *time,
		  int64_t *error_us);

#endif
