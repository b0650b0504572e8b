/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of time that don't convert into one another by accident.
 *
 * All are microseconds.  at_event: when something happened, by the clock of
 * who saw it, UTC since 1970.  at_arrival: when we received it, our clock,
 * UTC.  at_mono: monotonic, no epoch.  No function here reads a clock: only
 * roles do.  INT64_MIN means "unset" (a fact that hasn't happened).
 */
#ifndef BASE_TIMES_H
#define BASE_TIMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/text.h"

struct at_event {
	int64_t us;
};
struct at_arrival {
	int64_t us;
};
struct at_mono {
	int64_t us;
};

#define TIMES_UNSET_US INT64_MIN
#define TIMES_SECOND_US INT64_C(1000000)
#define TIMES_MINUTE_US (60 * TIMES_SECOND_US)
#define TIMES_HOUR_US (60 * TIMES_MINUTE_US)
#define TIMES_DAY_US (24 * TIMES_HOUR_US)
/* "2024-06-20T10:00:00.000000Z" and its NUL. */
#define TIMES_RFC3339_SIZE 28
/* Event times outside 2000-01-01 .. 2200-01-01 are refused by parsers. */
#define TIMES_EARLIEST_US INT64_C(946684800000000)
#define TIMES_LATEST_US INT64_C(7258118400000000)

struct times_date {
	int32_t year;
	uint32_t month, day, hour, minute, second, weekday; /* 0 = Sunday */
	uint32_t us;
};

struct at_event times_unset(void);
bool times_is_set(struct at_event time);

/* Civil date (proleptic Gregorian, UTC) of a time, and back. */
struct times_date times_date_of(int64_t us);
/* LZ_E_RANGE when a part is impossible (31 April, hour 24, second 61). */
LZ_NODISCARD int times_from_date(const struct times_date *date, int64_t *us);

/* RFC 3339 UTC with microseconds into `text`. */
void times_format(struct text *text, int64_t us);
/*
 * RFC 3339: date, 'T' or 't' or one blank, time, up to 9 fraction digits (cut
 * to 6), 'Z' or an offset.  LZ_E_FORMAT without a zone; LZ_E_RANGE outside
 * EARLIEST..LATEST.  A leap second (60) is read as the second after 59.
 */
LZ_NODISCARD int times_parse(struct slice slice, int64_t *us);

#endif
