/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of sessions become rows.
 *
 * A session's rows hold all that is needed: which subjects, named from when to
 * when, ended by which Stop.  Each word is put into the rows of its tenure (the
 * group), and what follows from all of them together is worked out anew; what
 * other sessions make of it is tenure.c's.
 */
#include "ident/tracker.h"

#include <string.h>

#include "base/check.h"
#include "base/writer.h"
#include "fact/digest.h"
#include "fact/row_id.h"
#include "ident/tenure.h"

#define ROWS_LOADED 40
#define ROWS_MAX (ROWS_LOADED + LEASE_SUBJECTS_MAX)
#define SILENT_AFTER 4
#define SILENT_BATCH 32
/* A clock may be years off; what is said by it is then sure nowhere. */
#define ERROR_MAX_US (200 * INT64_C(366) * TIMES_DAY_US)
#define NOTE_SLOT 255

struct entry {
	struct binding old, row;
	bool stored; /* old is what the store holds */
	bool member; /* of the word's tenure */
	bool gone;
};

/* One word, or one subject's part of it, while it is worked in. */
struct work {
	struct tenure tenure;
	const struct lease_event *event;
	uint64_t session;
	bool block; /* rows are told apart by their subject alone */
	/* Of the word. */
	struct at_event at, told; /* told: the session's start; unset */
	bool told_surely;         /* not computed */
	uint32_t party;           /* BINDING_NO_PARTY: not told */
	int64_t error_us, same_us;
	size_t count;
	struct entry entries[ROWS_MAX];
	int reset_count;
	struct binding resets[TENURE_RESETS_MAX];
};

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool
possible(struct at_event time)
{
	return time.us >= TIMES_EARLIEST_US && time.us <= TIMES_LATEST_US;
}

static uint64_t
session_number(char kind, uint16_t source, const void *bytes, size_t length)
{
	uint8_t buffer[LEASE_ID_SIZE + 8];
	struct writer writer;
	uint64_t number;

	writer_init(&writer, buffer, sizeof(buffer));
	writer_u8(&writer, (uint8_t)kind);
	writer_u16(&writer, source);
	writer_bytes(&writer, bytes, length);
	lz_assert(!writer.failed);
	number = digest_u64(buffer, writer.length);
	return number ? number : 1;
}

uint64_t
tracker_session(uint16_t source, const char *session)
{
	size_t length = strlen(session);

	return session_number('S', source, session,
			      length < LEASE_ID_SIZE ? length
						     : LEASE_ID_SIZE - 1);
}

/* A block of ports, or an address, that is its own session. */
static uint64_t
subject_session(uint16_t source, uint32_t realm, const struct subject *subject)
{
	uint8_t bytes[32];
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	writer_u32(&writer, realm);
	writer_bytes(&writer, subject->prefix.addr.bytes, 16);
	writer_u8(&writer, subject->prefix.length);
	writer_u16(&writer, subject->port_first);
	writer_u16(&writer, subject->port_last);
	return session_number('B', source, bytes, writer.length);
}

static int
check(const struct lease_event *event)
{
	bool told = possible(event->start);

	if (event->kind < LEASE_START || event->kind >= LEASE_KIND_COUNT ||
	    !possible(event->at) || event->subject_count > LEASE_SUBJECTS_MAX ||
	    event->error_us < 0)
		return LZ_E_RANGE;
	for (uint8_t i = 0; i < event->subject_count; i++) {
		const struct subject *subject = &event->subjects[i].subject;

		if (subject->prefix.length > 128 ||
		    subject->port_first > subject->port_last)
			return LZ_E_RANGE;
	}
	if (event->realm == TRACKER_REALM_NONE)
		return LZ_E_RANGE;
	if (event->kind == LEASE_WHOLE)
		return told && (!possible(event->end) ||
				event->end.us > event->start.us)
			   ? LZ_OK
			   : LZ_E_RANGE;
	return told && event->start.us > event->at.us + TRACKER_SAME_US
		   ? LZ_E_RANGE
		   : LZ_OK;
}

/* ---- which rows the word is about ---- */

/* Doesn't the word name another holder than the row? */
static bool
compatible(const struct work *work, const struct binding *row)
{
	const struct lease_event *event = work->event;

	/* A holder who is told counts for more than an inside address. */
	if (event->inside_told && !event->holder[0])
		return (row->marks & BINDING_INSIDE)
			   ? row->inside_realm == event->inside_realm &&
				 addr_equal(&row->inside, &event->inside)
			   : row->party == BINDING_NO_PARTY;
	if (work->party == BINDING_NO_PARTY ||
	    (!(row->marks & BINDING_INSIDE) && row->party == BINDING_NO_PARTY))
		return true;
	return row->party == work->party ||
	       ((row->marks & BINDING_HOLDER_LESSER) != 0) !=
		   ((event->marks & LEASE_HOLDER_LESSER) != 0);
}

/* Nothing is known of its session's start but the first word. */
static bool
start_unknown(const struct binding *row)
{
	return (row->marks & BINDING_START_INFERRED) &&
	       row->reported.us <= row->start.us + 1;
}

/* Did a tenure of this session surely begin in (from, to]? */
static bool
begun_between(const struct work *work, int64_t from_us, int64_t to_us)
{
	for (size_t i = 0; i < work->count; i++) {
		const struct binding *row = &work->entries[i].old;

		if (!(row->marks & BINDING_START_INFERRED) &&
		    compatible(work, row) && row->start.us > from_us &&
		    row->start.us <= to_us)
			return true;
	}
	return false;
}

static bool
reset_between(const struct work *work, int64_t from_us, int64_t to_us)
{
	for (int i = 0; i < work->reset_count; i++)
		if (work->resets[i].end.us > from_us &&
		    work->resets[i].end.us <= to_us)
			return true;
	return false;
}

/* Is a word that tells its session's start of this row's tenure? */
static bool
told_member(const struct work *work, const struct binding *row)
{
	int64_t told = work->told.us, start = row->start.us;

	/* Behind its Stop, unless it was over in the second it began. */
	if (tenure_is_observed(row) && told >= row->end.us && told > start + 1)
		return false;
	if (told > start + work->same_us)
		return false;
	if (told >= start - work->same_us &&
	    work->at.us >= start - work->same_us)
		return true;
	/* It began earlier than the row: the same tenure only if all that is
	 * known of the row's beginning is a first word. */
	return start_unknown(row) && !begun_between(work, told + work->same_us,
						    later(start, work->at.us));
}

/* ... and one that doesn't? */
static bool
untold_member(const struct work *work, const struct binding *row)
{
	int64_t at = work->at.us, start = row->start.us;

	if (start <= at + work->same_us)
		return !begun_between(work, start + work->same_us, at) &&
		       !reset_between(work, later(row->heard.us, start), at);
	return start_unknown(row) && !begun_between(work, at, start) &&
	       !reset_between(work, at, start);
}

static void
choose_members(struct work *work)
{
	for (size_t i = 0; i < work->count; i++) {
		struct entry *entry = &work->entries[i];

		entry->member = compatible(work, &entry->old) &&
				(times_is_set(work->told)
				     ? told_member(work, &entry->old)
				     : untold_member(work, &entry->old));
	}
}

static int
load(struct work *work)
{
	const struct tracker_store *store = work->tenure.store;
	uint16_t source = work->tenure.source->number;
	struct binding rows[ROWS_LOADED];
	int count = store->session(store->context, source, work->session, rows,
				   ROWS_LOADED);

	if (count < 0)
		return count;
	if (count > ROWS_LOADED)
		count = ROWS_LOADED;
	work->count = (size_t)count;
	for (int i = 0; i < count; i++) {
		memset(&work->entries[i], 0, sizeof(work->entries[i]));
		work->entries[i].old = work->entries[i].row = rows[i];
		work->entries[i].stored = true;
	}
	count = store->session(store->context, source,
			       tenure_reset_session(source), work->resets,
			       TENURE_RESETS_MAX);
	work->reset_count = count > TENURE_RESETS_MAX ? TENURE_RESETS_MAX
						      : count;
	return count < 0 ? count : LZ_OK;
}

/* ---- the word's holder ---- */

static void
set_holder(const struct work *work, struct binding *row)
{
	const struct lease_event *event = work->event;
	bool lesser = (event->marks & LEASE_HOLDER_LESSER) != 0;

	if (event->inside_told && !event->holder[0]) {
		row->marks |= BINDING_INSIDE;
		row->inside = event->inside;
		row->inside_realm = event->inside_realm;
	} else if (work->party != BINDING_NO_PARTY &&
		   (row->party == BINDING_NO_PARTY ||
		    ((row->marks & BINDING_HOLDER_LESSER) && !lesser))) {
		row->party = work->party;
		row->marks &= (uint16_t)~BINDING_HOLDER_LESSER;
		row->marks |= lesser ? BINDING_HOLDER_LESSER : 0;
	}
}

/* All rows of a tenure have one holder: the best that any word told. */
static void
spread_holder(struct work *work)
{
	const struct binding *best = NULL;

	for (size_t i = 0; i < work->count; i++) {
		const struct binding *row = &work->entries[i].row;

		if (work->entries[i].member && row->party != BINDING_NO_PARTY &&
		    (!best || ((best->marks & BINDING_HOLDER_LESSER) &&
			       !(row->marks & BINDING_HOLDER_LESSER))))
			best = row;
	}
	for (size_t i = 0; i < work->count; i++) {
		struct binding *row = &work->entries[i].row;

		if (!work->entries[i].member)
			continue;
		if (best && !(row->marks & BINDING_INSIDE)) {
			row->party = best->party;
			row->marks &= (uint16_t)~BINDING_HOLDER_LESSER;
			row->marks |= best->marks & BINDING_HOLDER_LESSER;
		}
		row->marks &= (uint16_t)~BINDING_UNREADABLE;
		if (row->party == BINDING_NO_PARTY &&
		    !(row->marks & BINDING_INSIDE))
			row->marks |= BINDING_UNREADABLE;
	}
}

/* ---- rows ---- */

static bool
id_taken(const struct work *work, uint64_t id)
{
	for (size_t i = 0; i < work->count; i++)
		if (work->entries[i].row.id == id)
			return true;
	return false;
}

static struct entry *
add_entry(struct work *work, const struct lease_subject *subject)
{
	const struct tracker_source *source = work->tenure.source;
	struct entry *entry;
	struct binding *row;

	if (work->count == ROWS_MAX)
		return NULL;
	entry = &work->entries[work->count];
	memset(entry, 0, sizeof(*entry));
	entry->member = true;
	row = &entry->row;
	row->realm = work->event->realm;
	row->subject = subject->subject;
	row->slot = subject->slot;
	if (subject->slot == NOTE_SLOT)
		row->realm = TRACKER_REALM_NONE;
	row->source = source->number;
	row->session = work->session;
	row->offset = work->event->origin;
	row->party = BINDING_NO_PARTY;
	row->start = row->reported = row->heard = work->at;
	row->end.us = INT64_MAX;
	row->vouched = times_unset();
	row->marks = BINDING_START_INFERRED;
	if (!source->complete && !source->sessions_numbered)
		row->marks |= BINDING_LOSSY;
	if (source->assigned)
		row->marks |= BINDING_ASSIGNED;
	if (work->event->marks & LEASE_SHARES)
		row->marks |= BINDING_SHARES;
	row->id = binding_row_id(row);
	while (id_taken(work, row->id))
		row->id++;
	work->count++;
	return entry;
}

/* The tenure's row of a subject. */
static struct entry *
find_entry(struct work *work, const struct lease_subject *subject)
{
	for (size_t i = 0; i < work->count; i++) {
		struct entry *entry = &work->entries[i];

		if (!entry->member || entry->row.slot != subject->slot ||
		    !subject_equal(&entry->row.subject, &subject->subject) ||
		    (!tenure_is_note(&entry->row) &&
		     entry->row.realm != work->event->realm))
			continue;
		/* A block that was given back can be given out again. */
		if (entry->row.slot == LEASE_SLOT_PORTS && !work->block &&
		    tenure_is_observed(&entry->row) &&
		    work->at.us > entry->row.end.us + work->same_us)
			continue;
		return entry;
	}
	return NULL;
}

static void
reopen(struct binding *row)
{
	if (!(row->marks & BINDING_END_INFERRED))
		return;
	row->end.us = INT64_MAX;
	row->marks &= (uint16_t) ~(BINDING_END_INFERRED | BINDING_BOUNDED |
				   BINDING_SILENT);
}

/* A Stop, and another's tenure, that were lost in a gap could have come and gone
 * before this word. */
static void
mark_gap(const struct work *work, struct binding *row)
{
	const struct tracker_source *source = work->tenure.source;

	if (!source->sessions_numbered && times_is_set(source->gap) &&
	    row->heard.us < source->gap.us)
		row->marks |= BINDING_LOSSY;
}

/* The word names this row's subject. */
static void
name(const struct work *work, struct binding *row, bool ends)
{
	int64_t from = work->at.us;

	if (work->told_surely)
		from = earlier(from, work->told.us);
	set_holder(work, row);
	row->error_us = later(row->error_us, work->error_us);
	if (row->marks & BINDING_SILENT || work->at.us > row->heard.us)
		reopen(row);
	if (work->at.us > row->heard.us)
		mark_gap(work, row);
	if (ends) {
		row->end.us = tenure_is_observed(row)
				  ? earlier(row->end.us, work->at.us)
				  : work->at.us;
		row->marks &= (uint16_t) ~(BINDING_END_INFERRED |
					   BINDING_BOUNDED | BINDING_SILENT);
	}
	row->heard.us = later(row->heard.us, work->at.us);
	if (tenure_is_observed(row) || ends)
		row->heard.us = row->end.us;
	row->reported.us = earlier(row->reported.us, from);
}

/* ---- what follows from all rows of a tenure ---- */

static bool
is_first(const struct work *work, const struct binding *row)
{
	for (size_t i = 0; i < work->count; i++) {
		const struct entry *entry = &work->entries[i];

		if (entry->member && entry->row.slot == row->slot &&
		    entry->row.reported.us < row->reported.us)
			return false;
	}
	return true;
}

/* The session's start; whether it is more than computed. */
static int64_t
tenure_start(const struct work *work, bool *surely)
{
	int64_t sure = INT64_MAX, computed = work->at.us;

	/* Of a Stop alone nothing is known but that it held until then. */
	if (work->event->kind == LEASE_STOP)
		computed--;
	if (times_is_set(work->told)) {
		computed = earlier(computed, work->told.us);
		sure = work->told_surely ? work->told.us : sure;
	}
	for (size_t i = 0; i < work->count; i++) {
		const struct binding *row = &work->entries[i].row;

		if (!work->entries[i].member || !work->entries[i].stored)
			continue;
		if (!(row->marks & BINDING_START_INFERRED))
			sure = earlier(sure, row->start.us);
		computed = earlier(computed, row->start.us);
	}
	*surely = sure != INT64_MAX;
	return *surely ? sure : computed;
}

/* The earliest Stop of the whole session; INT64_MAX. */
static int64_t
tenure_stop(const struct work *work)
{
	int64_t stop = INT64_MAX;

	for (size_t i = 0; i < work->count; i++) {
		const struct entry *entry = &work->entries[i];

		if (entry->member && tenure_is_observed(&entry->row) &&
		    (entry->row.slot != LEASE_SLOT_PORTS || work->block))
			stop = earlier(stop, entry->row.end.us);
	}
	return stop;
}

static void
settle_start(const struct work *work, struct binding *row, int64_t start_us,
	     bool surely)
{
	bool alone = row->slot == LEASE_SLOT_PORTS && !work->block;

	if (alone ? !(row->marks & BINDING_START_INFERRED)
		  : surely && row->reported.us <= start_us &&
			is_first(work, row)) {
		if (!alone)
			row->start.us = start_us;
		row->reported.us = row->start.us;
		row->marks &= (uint16_t)~BINDING_START_INFERRED;
		return;
	}
	row->marks |= BINDING_START_INFERRED;
	row->start.us = alone || !is_first(work, row) ? row->reported.us
						      : start_us;
}

/* A later value of the slot that this one wasn't heard of beside ends it. */
static void
settle_slot(const struct work *work, struct binding *row)
{
	if (row->slot == LEASE_SLOT_PORTS || tenure_is_observed(row))
		return;
	for (size_t i = 0; i < work->count; i++) {
		const struct entry *other = &work->entries[i];
		int64_t first = other->row.reported.us;

		if (!other->member || other->gone || &other->row == row ||
		    other->row.slot != row->slot || first <= row->heard.us ||
		    first <= row->start.us)
			continue;
		if (first >= row->end.us &&
		    !(row->marks & (BINDING_BOUNDED | BINDING_SILENT)))
			continue;
		row->end.us = first;
		row->marks |= BINDING_END_INFERRED;
		row->marks &= (uint16_t) ~(BINDING_BOUNDED | BINDING_SILENT);
	}
}

static void
settle_stop(struct binding *row, int64_t stop_us)
{
	if (stop_us == INT64_MAX)
		return;
	if (tenure_is_observed(row)) {
		row->end.us = earlier(row->end.us, stop_us);
	} else if (row->end.us > stop_us ||
		   (row->marks & (BINDING_BOUNDED | BINDING_SILENT))) {
		row->end.us = stop_us;
		row->marks |= BINDING_END_INFERRED;
		row->marks &= (uint16_t) ~(BINDING_BOUNDED | BINDING_SILENT);
	}
	row->heard.us = earlier(row->heard.us, row->end.us);
	row->reported.us = earlier(row->reported.us, row->end.us);
}

static void
settle_length(struct entry *entry)
{
	struct binding *row = &entry->row;

	if (row->start.us < row->end.us)
		return;
	/* Named by its Stop alone: the fact stays, an instant long.  First heard
	 * of behind it: it never was. */
	if (tenure_is_observed(row))
		row->start.us = row->end.us - 1;
	else
		entry->gone = true;
}

static void
settle_members(struct work *work)
{
	bool surely;
	int64_t start = tenure_start(work, &surely), stop = tenure_stop(work);

	spread_holder(work);
	for (size_t i = 0; i < work->count; i++) {
		struct entry *entry = &work->entries[i];

		if (!entry->member)
			continue;
		/* What others of the tenure left it is found anew. What is told
		 * in whole leases isn't: there order counts. */
		if ((entry->row.marks & BINDING_SILENT) ||
		    !work->tenure.source->complete)
			reopen(&entry->row);
		settle_start(work, &entry->row, start, surely);
		settle_stop(&entry->row, stop);
		settle_length(entry);
	}
	for (size_t i = 0; i < work->count; i++)
		if (work->entries[i].member && !work->entries[i].gone)
			settle_slot(work, &work->entries[i].row);
}

/* Rows of one word on one prefix (blocks of ports of an address) may touch: what
 * writing the first did to the next is taken from the store. */
static int
refresh(struct work *work, size_t index)
{
	const struct tracker_store *store = work->tenure.store;
	struct entry *entry = &work->entries[index];
	struct binding rows[ROWS_LOADED];
	bool touched = false;
	int count;

	for (size_t i = 0; i < index; i++)
		touched |= work->entries[i].member &&
			   prefix_equal(&work->entries[i].row.subject.prefix,
					&entry->row.subject.prefix);
	if (!touched || !entry->stored || tenure_is_note(&entry->row))
		return LZ_OK;
	count = store->session(store->context, entry->row.source, work->session,
			       rows, ROWS_LOADED);
	for (int i = 0; i < count && i < ROWS_LOADED; i++)
		if (rows[i].id == entry->row.id)
			entry->old = rows[i];
	entry->row.marks &= (uint16_t)~BINDING_CONFLICT;
	entry->row.marks |= entry->old.marks & BINDING_CONFLICT;
	return count < 0 ? count : LZ_OK;
}

static int
write_members(struct work *work)
{
	int error = LZ_OK;

	for (size_t i = 0; !error && i < work->count; i++) {
		struct entry *entry = &work->entries[i];

		if (!entry->member || (entry->gone && !entry->stored))
			continue;
		error = refresh(work, i);
		if (error ||
		    (!entry->gone && entry->stored &&
		     memcmp(&entry->old, &entry->row, sizeof(entry->row)) == 0))
			continue;
		error = entry->gone
			    ? tenure_drop(&work->tenure, &entry->old)
			    : tenure_put(&work->tenure,
					 entry->stored ? &entry->old : NULL,
					 &entry->row);
	}
	return error;
}

/* ---- Start, Alive, Stop ---- */

static int
work_word(struct work *work, const struct lease_subject *subjects, size_t count)
{
	static const struct lease_subject none = {.slot = NOTE_SLOT,
						  .subject.prefix.length = 128};
	bool block_ends = (work->event->marks & LEASE_BLOCK_ENDS) != 0;
	bool stop = work->event->kind == LEASE_STOP;
	bool noted = count == 0;
	int error = load(work);

	if (error)
		return error;
	choose_members(work);
	/* Blocks don't stand for their session: its Stop needs a row. */
	if (stop && !block_ends && !work->block) {
		noted = true;
		for (size_t i = 0; i < count; i++)
			noted &= subjects[i].slot == LEASE_SLOT_PORTS;
	}
	for (size_t i = 0; i < count + noted; i++) {
		const struct lease_subject *subject = i < count ? &subjects[i]
								: &none;
		struct entry *entry = find_entry(work, subject);

		if (!entry)
			entry = add_entry(work, subject);
		/* Too many for one session: the word's own fault, and nothing
		 * has been written. */
		if (!entry)
			return LZ_E_RANGE;
		if (!entry->stored && times_is_set(work->told) &&
		    (work->block || (work->told_surely &&
				     subject->slot == LEASE_SLOT_PORTS))) {
			entry->row.start = work->told;
			if (work->told_surely)
				entry->row.marks &=
				    (uint16_t)~BINDING_START_INFERRED;
		} else if (!entry->stored && stop &&
			   subject->slot == LEASE_SLOT_PORTS) {
			/* All that is known is its end. */
			entry->row.reported.us--;
		}
		name(work, &entry->row, stop);
	}
	settle_members(work);
	return write_members(work);
}

/* ---- leases, rows of databases, lists ---- */

static bool
whole_member(const struct work *work, const struct binding *row)
{
	const struct lease_event *event = work->event;
	int64_t end = possible(event->end) ? event->end.us : INT64_MAX;

	/* Words of a gap may have given it to another and back: what was said on
	 * one side of it, and doesn't reach over it itself, isn't joined to what
	 * was said on the other, in whichever order they come. */
	if (work->tenure.source->complete &&
	    ((row->heard.us < work->tenure.source->gap.us &&
	      event->start.us > row->heard.us) ||
	     (event->at.us < work->tenure.source->gap.us &&
	      row->start.us > event->at.us)))
		return false;
	/* A row that doesn't know when it was last spoken of can't take in a
	 * word from behind a gap: that would heal the gap. */
	if (work->tenure.source->complete && tenure_is_graced(row) &&
	    row->start.us < work->tenure.source->gap.us &&
	    event->at.us >= work->tenure.source->gap.us)
		return false;
	return compatible(work, row) &&
	       event->start.us <= later(row->end.us, row->heard.us) &&
	       end >= row->start.us;
}

/* Is this a newer word than those the row's end is from? */
static bool
whole_newer(const struct work *work, const struct binding *row)
{
	const struct lease_event *event = work->event;

	/* What is sure of a lease in its grace lies ahead of its word's own
	 * time: there the order in the file decides. */
	if (tenure_is_graced(row) || (event->marks & LEASE_END_INFERRED))
		return event->start.us >= row->start.us ||
		       event->at.us >= row->heard.us;
	return event->at.us >= row->heard.us;
}

static void
take_whole(const struct work *work, struct binding *row, bool fresh)
{
	const struct lease_event *event = work->event;
	bool inferred = (event->marks & LEASE_END_INFERRED) != 0;
	int64_t sure = inferred && times_is_set(event->sure) ? event->sure.us
							     : event->at.us;

	set_holder(work, row);
	row->error_us = later(row->error_us, work->error_us);
	if (fresh || event->start.us < row->start.us) {
		row->start = row->reported = event->start;
		row->marks &= (uint16_t)~BINDING_START_INFERRED;
		if (event->marks & LEASE_START_INFERRED) {
			row->marks |= BINDING_START_INFERRED;
			row->reported.us = later(event->start.us, sure);
		}
	}
	if (!fresh && !whole_newer(work, row))
		return;
	reopen(row);
	if (possible(event->end))
		row->end = event->end;
	else if (!inferred)
		row->end.us = INT64_MAX;
	row->heard.us = earlier(sure, row->end.us);
	if (inferred && row->end.us != INT64_MAX)
		row->marks |= BINDING_END_INFERRED;
}

static int
work_whole(struct work *work, const struct lease_subject *subject)
{
	struct entry *entry = NULL;
	bool fresh;
	int error = load(work);

	if (error)
		return error;
	for (size_t i = 0; i < work->count; i++) {
		struct entry *it = &work->entries[i];

		if (it->row.slot == subject->slot &&
		    it->row.realm == work->event->realm &&
		    subject_equal(&it->row.subject, &subject->subject) &&
		    whole_member(work, &it->row) &&
		    (!entry || it->row.start.us > entry->row.start.us))
			entry = it;
	}
	fresh = !entry;
	if (!entry)
		entry = add_entry(work, subject);
	if (!entry)
		return LZ_E_RANGE;
	entry->member = true;
	take_whole(work, &entry->row, fresh);
	spread_holder(work);
	entry->gone = entry->row.end.us <= entry->row.start.us;
	return write_members(work);
}

/* ---- the rest ---- */

static int
reset(struct work *work)
{
	const struct tracker_store *store = work->tenure.store;
	uint16_t source = work->tenure.source->number;
	struct binding note = {.realm = TRACKER_REALM_NONE, .slot = NOTE_SLOT};
	struct binding rows[SILENT_BATCH];
	uint64_t after = 0;
	int count, error;

	work->session = tenure_reset_session(source);
	note.subject.prefix.length = 128;
	note.source = source;
	note.session = work->session;
	note.offset = work->event->origin;
	note.party = BINDING_NO_PARTY;
	note.start.us = work->at.us - 1;
	note.reported = note.heard = note.end = work->at;
	note.vouched = times_unset();
	note.id = binding_row_id(&note);
	error = load(work);
	for (size_t i = 0; !error && i < work->count; i++) {
		if (work->entries[i].old.end.us == note.end.us)
			return LZ_OK;
		while (id_taken(work, note.id))
			note.id++;
	}
	if (!error)
		error = tenure_put(&work->tenure, NULL, &note);
	do {
		count = error ? error
			      : store->open_of(store->context, source, work->at,
					       after, rows, SILENT_BATCH);
		for (int i = 0; !error && i < count; i++) {
			struct binding row = rows[i];

			after = row.id;
			if (!tenure_is_note(&row))
				error = tenure_put(&work->tenure, &rows[i],
						   &row);
		}
	} while (!error && count == SILENT_BATCH);
	return error ? error : count < 0 ? count : LZ_OK;
}

static int
each_subject(struct work *work)
{
	const struct lease_event *event = work->event;
	bool whole = event->kind == LEASE_WHOLE;
	int error = LZ_OK;

	work->session = tracker_session(work->tenure.source->number,
					event->session);
	if (event->session[0] && !whole)
		return work_word(work, event->subjects, event->subject_count);
	for (uint8_t i = 0; !error && i < event->subject_count; i++) {
		const struct lease_subject *subject = &event->subjects[i];

		if (!event->session[0]) {
			work->block = true;
			work->session =
			    subject_session(work->tenure.source->number,
					    event->realm, &subject->subject);
		}
		error = whole ? work_whole(work, subject)
			      : work_word(work, subject, 1);
	}
	return error;
}

/* By how much a word lies ahead of its own arrival: nobody speaks of what is
 * still to come, so its clock is off by so much. */
static int64_t
ahead_us(const struct lease_event *event)
{
	int64_t apart;

	if (event->arrival.us < TIMES_EARLIEST_US ||
	    __builtin_sub_overflow(event->at.us, event->arrival.us, &apart))
		return 0;
	return later(apart, 0);
}

static int
read_word(struct work *work)
{
	const struct lease_event *event = work->event;
	const struct tracker_source *source = work->tenure.source;
	const struct tracker_store *store = work->tenure.store;
	int error = LZ_OK;

	work->at = event->at;
	work->told = times_unset();
	work->party = BINDING_NO_PARTY;
	if (event->kind == LEASE_START) {
		work->told = event->at;
		work->told_surely = true;
	} else if (event->kind != LEASE_WHOLE && possible(event->start)) {
		work->told.us = earlier(event->start.us, event->at.us);
		work->told_surely = !(event->marks & LEASE_START_INFERRED);
	}
	work->error_us = earlier(source->error_us, ERROR_MAX_US) +
			 earlier(event->error_us, ERROR_MAX_US);
	work->error_us = later(work->error_us, ahead_us(event));
	work->same_us = TRACKER_SAME_US +
			earlier(event->error_us, TIMES_MINUTE_US);
	if (event->holder[0])
		error = store->party(store->context, event->holder,
				     &work->party);
	return error < 0 ? error : LZ_OK;
}

static const char *
cause_of(uint8_t kind)
{
	static const char *const causes[LEASE_KIND_COUNT] = {
	    [LEASE_START] = "a Start", [LEASE_ALIVE] = "an Interim",
	    [LEASE_STOP] = "a Stop",   [LEASE_WHOLE] = "a lease",
	    [LEASE_RESET] = "a reset",
	};

	return causes[kind] ? causes[kind] : "a word";
}

/* A word from the future would vouch for all that is to come. */
static int
mark(const struct work *work)
{
	const struct tracker_store *store = work->tenure.store;
	struct at_event until = work->at;
	int error;

	if (work->event->arrival.us >= TIMES_EARLIEST_US)
		until.us = earlier(until.us, work->event->arrival.us);
	error = store->mark(store->context, work->tenure.source->number, until);
	return error < 0 ? error : LZ_OK;
}

int
tracker_event(const struct tracker_store *store,
	      const struct tracker_source *source,
	      const struct lease_event *event)
{
	struct work work;
	int error = check(event);

	if (error)
		return error;
	/* Entries are cleared as they are taken: they are large. */
	work.count = 0;
	work.reset_count = 0;
	work.block = work.told_surely = false;
	work.session = 0;
	work.event = event;
	work.tenure = (struct tenure){store, source, cause_of(event->kind)};
	error = read_word(&work);
	if (error)
		return error;
	if (event->kind == LEASE_RESET)
		error = reset(&work);
	else if (event->kind == LEASE_GAP)
		error = store->gap(store->context, source->number, event->at);
	else if (event->kind != LEASE_WORD)
		error = each_subject(&work);
	return error < 0 ? error : mark(&work);
}

/* ---- silence ---- */

/* The last word of a row's session, of any of its subjects. */
static int
last_heard(const struct tracker_store *store, const struct binding *row,
	   int64_t *heard_us)
{
	struct binding rows[ROWS_LOADED];
	int count = store->session(store->context, row->source, row->session,
				   rows, ROWS_LOADED);

	/* A list may know of what is still to begin. */
	*heard_us = later(row->heard.us, row->start.us);
	for (int i = 0; i < count && i < ROWS_LOADED; i++)
		if (rows[i].party == row->party)
			*heard_us = later(*heard_us, rows[i].heard.us);
	return count < 0 ? count : LZ_OK;
}

int
tracker_silence(const struct tracker_store *store,
		const struct tracker_source *source, struct at_event now)
{
	const struct tenure tenure = {store, source, "silence"};
	uint32_t times = source->silent_after ? source->silent_after
					      : SILENT_AFTER;
	int (*find)(void *context, uint16_t number, struct at_event before,
		    uint64_t after_id, struct binding *rows, size_t max) =
	    store->silent ? store->silent : store->open_of;
	struct binding rows[SILENT_BATCH];
	uint64_t after = 0;
	int64_t limit, heard;
	int count, error = LZ_OK, ended = 0;

	if (source->interim_us <= 0 || source->assigned ||
	    __builtin_mul_overflow(source->interim_us, (int64_t)times, &limit))
		return 0;
	do {
		struct at_event before = {now.us - limit};

		count = find(store->context, source->number, before, after,
			     rows, SILENT_BATCH);
		for (int i = 0; !error && i < count; i++) {
			struct binding row = rows[i];

			after = row.id;
			if (row.end.us != INT64_MAX)
				continue;
			error = last_heard(store, &row, &heard);
			if (error || heard + limit > now.us)
				continue;
			row.end.us = heard + limit;
			row.marks |= BINDING_END_INFERRED | BINDING_SILENT;
			error = tenure_put(&tenure, &rows[i], &row);
			ended++;
		}
	} while (!error && count == SILENT_BATCH);
	return error ? error : count < 0 ? count : ended;
}

struct at_event
tracker_vouched(const struct tracker_source *source, const struct binding *row,
		struct at_event watermark)
{
	struct at_event vouched = row->heard;

	/* A list says again what still is: what has gone from it isn't vouched
	 * for behind its last reading. */
	if ((row->marks & BINDING_ASSIGNED) &&
	    (!times_is_set(source->gap) || row->heard.us >= source->gap.us))
		return row->end;
	if (tenure_is_observed(row))
		return row->end;
	/* What is sure of a lease may still lie ahead; how much of it was said
	 * before a gap isn't known. */
	vouched.us = earlier(vouched.us, watermark.us);
	if (source->complete && tenure_is_graced(row) &&
	    times_is_set(source->gap) && row->start.us < source->gap.us &&
	    row->heard.us >= source->gap.us)
		vouched = row->reported;
	if (source->complete && !(row->marks & BINDING_END_INFERRED) &&
	    (!times_is_set(source->gap) || row->heard.us >= source->gap.us))
		vouched = watermark;
	vouched.us = earlier(vouched.us, row->end.us);
	return vouched;
}
