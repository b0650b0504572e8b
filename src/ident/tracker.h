/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what sources said (lease events) to who held what when (bindings): the
 * rules of lost Starts and Stops, late and repeated words, resets, sessions
 * whose number comes again, changed addresses, two holders at once.
 *
 * It keeps nothing itself: rows lie behind struct tracker_store (the binding
 * index in the registrar, a table in tests and in `lazaret who` on files), so
 * one event is one small batch of reads and puts that the caller commits
 * together with its place in the raw log.
 *
 * It orders by event time, never by arrival.  Any order of the same words ends
 * in the same rows, but for ids, offsets and marks AMENDED, where words tell
 * their session's start (a Start by itself, others by session time) or session
 * numbers don't come again; a session of less than a second, whose Start and Stop
 * have one time, aside.
 *
 * Which words make one tenure: the same session number, holders that don't
 * contradict each other, and the same told start (to 3 s).  A word that tells
 * no start belongs to the latest tenure that began before it.
 *
 * Ends: a Stop (the earliest counts, later words of that session don't reopen
 * it); else, inferred, the earliest of: another holder's later start on the same
 * subject, the source's reset, a new value in the same slot of the session, a
 * Stop that didn't name the subject, silence.
 *
 * A source has spoken until its latest word, or until that word's arrival where
 * its clock runs ahead.
 *
 * A word vouches only for subjects that it names: absent is unchanged, yet the
 * session may have changed its address in a word that was lost.
 */
#ifndef IDENT_TRACKER_H
#define IDENT_TRACKER_H

#include "fact/lease_event.h"

/* Rows of no address in this realm: resets, and words that named none. */
#define TRACKER_REALM_NONE UINT32_MAX
/* Told starts this near are one. */
#define TRACKER_SAME_US (3 * TIMES_SECOND_US)

/* What the configuration says of one source (number = binding.source). */
struct tracker_source {
	uint16_t number;
	/* How often it speaks of an open session; 0: not at all.  A session not
	 * heard of for `silent_after` of these has ended, inferred. */
	int64_t interim_us;
	uint32_t silent_after; /* 4 */
	/* It loses nothing, or we would see it (a file, a database, TCP): its
	 * open rows are vouched for up to its watermark.  Else only up to the
	 * last word of that session itself. */
	bool complete;
	/* Where not complete: its sessions carry numbers, so that a later word
	 * proves the session lasted.  Without, rows are BINDING_LOSSY. */
	bool sessions_numbered;
	/* Its rows are assignments by contract (an address list): they go before
	 * sessions inside them, and no session ends them. */
	bool assigned;
	int64_t error_us; /* its clock's bound, added to each event's own */
	/* Up to here words may have been lost (LEASE_GAP); INT64_MIN: none. */
	struct at_event gap;
};

/* All calls: 0 or more, or an LZ_E_* / -errno that ends the event. */
struct tracker_store {
	void *context;
	/* Rows of one session of a source, open or ended within 48 h; the newest
	 * `max` of them by start. Answers how many. */
	int (*session)(void *context, uint16_t source, uint64_t session,
		       struct binding *rows, size_t max);
	/* Rows on exactly this prefix, with ports that overlap the subject's
	 * (none on either side: all), whose [start, end) touches [from, to), of
	 * any source, by rising start, at most `max`; answers how many there
	 * are. */
	int (*touching)(void *context, uint32_t realm,
			const struct subject *subject, struct at_event from,
			struct at_event to, struct binding *rows, size_t max);
	/* Rows of a source that began before `before` and are open, or ended
	 * later than it within 48 h by an inferred end; at most `max`, those
	 * behind `after_id` by rising id (0: from the first). */
	int (*open_of)(void *context, uint16_t source, struct at_event before,
		       uint64_t after_id, struct binding *rows, size_t max);
	/* Optional (NULL: open_of is walked instead).  Open rows of a source that
	 * neither began nor were heard of since `before`; else as open_of. */
	int (*silent)(void *context, uint16_t source, struct at_event before,
		      uint64_t after_id, struct binding *rows, size_t max);
	/* Writes a row; one with the same id is replaced (its key may change). */
	int (*put)(void *context, const struct binding *row);
	int (*drop)(void *context, const struct binding *row);
	/* Row of the party table for a label; made when new. */
	int (*party)(void *context, const char *label, uint32_t *party);
	/* The source has spoken until `at`: never moves back. */
	int (*mark)(void *context, uint16_t source, struct at_event at);
	/* Its words up to `at` may have been lost: never moves back. */
	int (*gap)(void *context, uint16_t source, struct at_event at);
	/* Answers may have changed: who held `subject` in [from, to).  The cause
	 * is a static text ("late Interim", "Accounting-On", "two holders"). */
	int (*changed)(void *context, uint32_t realm,
		       const struct subject *subject, struct at_event from,
		       struct at_event to, const char *cause);
};

/* 0; LZ_E_RANGE: impossible times or subjects, nothing was done; or what the
 * store answered: the caller gives up the whole batch. */
LZ_NODISCARD int tracker_event(const struct tracker_store *store,
			       const struct tracker_source *source,
			       const struct lease_event *event);
/*
 * Ends sessions of the source that have been silent too long at `now`; nothing
 * where it has no interim.  Answers how many.
 */
LZ_NODISCARD int tracker_silence(const struct tracker_store *store,
				 const struct tracker_source *source,
				 struct at_event now);
/* First 8 bytes of SHA-256 over the source number and the session's id; never
 * 0. */
uint64_t tracker_session(uint16_t source, const char *session);
/*
 * Up to when a row is vouched for.  Assigned: to its end, or where it has gone
 * from its list, to the last reading it was in.  Ended by an observed end:
 * its end.  Open, or promised to an end still to come (a DHCP lease): the
 * watermark of a complete source that lost nothing since; else, and where the
 * end is inferred, the last word that named it.
 */
struct at_event tracker_vouched(const struct tracker_source *source,
				const struct binding *row,
				struct at_event watermark);

#endif
