/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands between a log's decoder and where its events go, with a time watch for
 * each speaker: doubtful times pass with their error widened and
 * LEASE_CLOCK_DOUBTED, and once a speaker's stamps have changed their meaning
 * nothing of it passes until somebody says so (watched_resume).
 *
 * For logs whose stamps a person or a daemon may write in another way: port
 * blocks, pattern files, syslog.  Not for Kea and dhcpd, whose times are UTC by
 * their format and whose files tell old leases again; not for lists.
 *
 * What doesn't pass is refused: "time changed".  The stamps' texts aren't seen
 * here: a form that the decoder can't read comes as its refusals, of which those
 * with "time" in their reason count as unreadable stamps.
 */
#ifndef LEASE_WATCHED_H
#define LEASE_WATCHED_H

#include "fact/lease_event.h"
#include "lease/time_watch.h"

/* Speakers beyond share the last watch. */
#define WATCHED_SPEAKERS_MAX 256

struct watched;

/* NULL: no memory. */
struct watched *watched_new(void);
void watched_free(struct watched *watched);
/*
 * Where the decoder writes: what passes goes on to `to`, which is borrowed until
 * the next call.
 */
struct lease_output watched_output(struct watched *watched,
				   const struct lease_output *to);
/* The next stamps may be old: a new file, one read again. */
void watched_break(struct watched *watched);
/* Why a speaker is stopped (static text), and which; NULL: none is. */
const char *watched_stopped(const struct watched *watched,
			    const char **speaker);
/* All stopped speakers begin anew. */
void watched_resume(struct watched *watched);

#endif
