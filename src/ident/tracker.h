/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what sources said (lease events) to who held what when (bindings): the
 * rules of lost Starts and Stops, late and repeated words, resets, sessions
 * whose number comes again, changed addresses, two holders at once.
 *
 * It keeps nothing itself: rows lie behind struct tracker_store (the binding
 * index in the registrar, an array in tests), so one event is one small batch of
 * reads and puts that the caller commits together with its place in the raw log.
 * It orders by event time, never by arrival: any order of the same events ends
 * in the same rows (but for marks AMENDED).
 */
#ifndef IDENT_TRACKER_H
#define IDENT_TRACKER_H

#include "fact/lease_event.h"

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
	int64_t error_us; /* its clock's bound, added to each event's own */
};

/* All calls: 0 or more, or an LZ_E_* / -errno that ends the event. */
struct tracker_store {
	void *context;
	/* Rows of one session of a source, open or ended within 48 h; the newest
	 * `max` of them by start. Answers how many. */
	int (*session)(void *context, uint16_t source, uint64_t session,
		       struct binding *rows, size_t max);
	/* Rows on exactly this prefix (any ports) whose [start, end) touches
	 * [from, to), of any source, by rising start, at most `max`; answers how
	 * many there are. */
	int (*touching)(void *context, uint32_t realm,
			const struct prefix *prefix, struct at_event from,
			struct at_event to, struct binding *rows, size_t max);
	/* Open rows of a source that began before `before`, at most `max`, those
	 * behind `after_id` by rising id (0: from the first). */
	int (*open_of)(void *context, uint16_t source, struct at_event before,
		       uint64_t after_id, struct binding *rows, size_t max);
	/* Writes a row; one with the same id is replaced (its key may change). */
	int (*put)(void *context, const struct binding *row);
	int (*drop)(void *context, const struct binding *row);
	/* Row of the party table for a label; made when new. */
	int (*party)(void *context, const char *label, uint32_t *party);
	/* The source has spoken until `at`: never moves back. */
	int (*mark)(void *context, uint16_t source, struct at_event at);
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
/* Ends sessions of the source that have been silent too long at `now`. */
LZ_NODISCARD int tracker_silence(const struct tracker_store *store,
				 const struct tracker_source *source,
				 struct at_event now);
/* First 8 bytes of SHA-256 over speaker's source number, session id. */
uint64_t tracker_session(uint16_t source, const char *session);
/*
 * Up to when a row is vouched for: its observed end; an open row of a complete
 * source: the source's watermark; else the last word of the session.
 */
struct at_event tracker_vouched(const struct tracker_source *source,
				const struct binding *row,
				struct at_event watermark);

#endif
