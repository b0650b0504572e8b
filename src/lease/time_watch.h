/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches the stamps of an imported log for a change of their form or meaning:
 * a feed that goes from 24 to 12 hours names the wrong customers from one line
 * to the next, and every line still parses.  What it notices it notices from
 * the data:
 *
 *   form        the stamps look otherwise than those it has learned: AM or PM,
 *               milliseconds for seconds, a zone, another order of parts
 *   unreadable  the form is the same, but 8 in a row make no time (month 13)
 *   future      8 in a row lie more than 5 minutes after their arrival
 *   back        8 in a row lie more than 10 minutes before what came already
 *               (24 to 12 hours at one o'clock, a zone, day and month)
 *   late        they lie steadily, for a minute and 8 stamps at least, 10
 *               minutes or more off the usual time before their arrival (the
 *               same, but begun with a new file or during an outage)
 *
 * What is neither: a quiet night; an outage and its backlog (times go on where
 * they were, and catch up faster than time passes); single late words.
 *
 * One watch for each speaker of a source.  Feed it words of their own time only:
 * Kea's release, for one, bears the time of the last renewal.
 * Once stopped it stays so until a person has looked: time_watch_resume.
 */
#ifndef LEASE_TIME_WATCH_H
#define LEASE_TIME_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "base/times.h"

#define TIME_WATCH_FORMS_MAX 3
#define TIME_WATCH_FORM_SIZE 32

enum time_watch_verdict {
	TIME_WATCH_GOOD,
	/* Maybe a single late word, maybe the first of a change: to be used with
	 * its error widened by watch->jump_us. */
	TIME_WATCH_DOUBT,
	TIME_WATCH_STOP /* this one and all from watch->first_doubt on: not */
};

enum time_watch_cause {
	TIME_WATCH_NONE,
	TIME_WATCH_FORM,
	TIME_WATCH_UNREADABLE,
	TIME_WATCH_FUTURE,
	TIME_WATCH_BACK,
	TIME_WATCH_LATE
};

/* Holds no pointer: it may be stored and read again as it is. */
struct time_watch {
	enum time_watch_cause cause; /* of the stop */
	int64_t jump_us;      /* by how much the last doubtful one was off */
	uint64_t first_doubt; /* origin of the first stamp that was off */
	/* The watch's own. */
	enum time_watch_cause doubt; /* what the last stamps were */
	uint32_t doubts;             /* how many of them in a row */
	uint32_t seen, timed;        /* stamps; those with an arrival */
	bool broken;                 /* may lie before what came already */
	struct at_event newest;
	struct at_event before; /* the newest before the last leap forward */
	uint32_t supported;     /* stamps since that leap */
	int64_t lag_low_us, lag_high_us; /* arrival less event, usually */
	uint32_t steady;                 /* late ones with about the same lag */
	int64_t steady_lag_us;
	struct at_arrival steady_from;
	uint32_t form_count;
	char forms[TIME_WATCH_FORMS_MAX][TIME_WATCH_FORM_SIZE];
};

void time_watch_init(struct time_watch *watch);
/*
 * `stamp` as it stood; `event` what was made of it, unset where nothing could
 * be; `arrival` unset while an old file, or a backlog, is being read; `origin`
 * is only kept.
 */
enum time_watch_verdict time_watch_see(struct time_watch *watch,
				       struct slice stamp,
				       struct at_event event,
				       struct at_arrival arrival,
				       uint64_t origin);
/* The next stamps may lie before what came already: a new file, a replay. */
void time_watch_break(struct time_watch *watch);
/* A person has looked: all that was learned is learned anew. */
void time_watch_resume(struct time_watch *watch);
/* "stamps of another form", for the alarm; never NULL. */
const char *time_watch_text(enum time_watch_cause cause);

#endif
