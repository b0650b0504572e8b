/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hours of people: when the help desk is staffed, when nobody is rung up.
 *
 * A week of quarter hours in the operator's own zone, with its days off.  The
 * zone is a table of offsets (conf/ fills it from the system's, summer time
 * and all), so that the same policy gives the same answer everywhere and
 * always.  Pure: time is an argument.
 */
#ifndef CASE_HOURS_H
#define CASE_HOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/times.h"

#define HOURS_QUARTERS 672 /* of a week, from Monday 00:00 local */
#define HOURS_ZONE_ROWS 64
#define HOURS_DAYS_OFF 64

/* Offsets from UTC: row i holds from from_us up to the next row's; before the
 * first one, the first one's. */
struct hours_zone {
	uint32_t count; /* 0: UTC */
	struct {
		int64_t from_us;
		int32_t offset_s;
	} rows[HOURS_ZONE_ROWS];
};

struct hours_week {
	bool set; /* false: every hour of every day */
	uint8_t quarters[HOURS_QUARTERS / 8]; /* bit set: within */
};

struct hours_calendar {
	struct hours_zone zone;
	uint32_t off_count;          /* days off, rising */
	int32_t off[HOURS_DAYS_OFF]; /* local days since 1970-01-01 */
};

/* Is it within the week's hours, and no day off?  Unset: always. */
bool hours_within(const struct hours_calendar *calendar,
		  const struct hours_week *week, struct at_event when);
/* The first moment from `when` on that is within; unset: none in 366 days. */
struct at_event hours_next(const struct hours_calendar *calendar,
			   const struct hours_week *week, struct at_event when);
/* When so much time within the hours has passed since `when`; `when` where none
 * is asked for; unset: not in 366 days. */
struct at_event hours_after(const struct hours_calendar *calendar,
			    const struct hours_week *week, struct at_event when,
			    int64_t within_us);
/* The first moment from `when` on that is outside the week's hours, a day off
 * being outside; unset: none in 366 days, or the week isn't set. */
struct at_event hours_end(const struct hours_calendar *calendar,
			  const struct hours_week *week, struct at_event when);

/*
 * The other kind of week: hours in which nobody is rung up.  Here unset means
 * never, and days off are nights and days like any other.
 */
bool hours_quiet(const struct hours_calendar *calendar,
		 const struct hours_week *quiet, struct at_event when);
/* The first moment from `when` on that isn't quiet; unset: none in 366 days. */
struct at_event hours_quiet_end(const struct hours_calendar *calendar,
				const struct hours_week *quiet,
				struct at_event when);

#endif
