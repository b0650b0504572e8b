/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends that others leave a row, and conflicts.
 *
 * An end given by others depends on their starts and first words alone, never on
 * their ends, so that one round over the neighbours is enough; conflicts depend
 * on ends and are looked at behind it.
 */
#include <string.h>

#include "fact/digest.h"
#include "ident/tenure.h"

#define SESSION_TEXT_SIZE 16

bool
tenure_is_note(const struct binding *row)
{
	return row->realm == TRACKER_REALM_NONE;
}

bool
tenure_same_holder(const struct binding *a, const struct binding *b)
{
	if ((a->marks ^ b->marks) & BINDING_INSIDE)
		return false;
	if (a->marks & BINDING_INSIDE)
		return a->inside_realm == b->inside_realm &&
		       addr_equal(&a->inside, &b->inside);
	return a->party == b->party && a->party != BINDING_NO_PARTY;
}

bool
tenure_is_observed(const struct binding *row)
{
	return row->end.us != INT64_MAX &&
	       !(row->marks & BINDING_END_INFERRED) &&
	       row->end.us <= row->heard.us;
}

bool
tenure_is_graced(const struct binding *row)
{
	const uint16_t given = BINDING_BOUNDED | BINDING_SILENT;

	return (row->marks & (given | BINDING_END_INFERRED)) ==
	       BINDING_END_INFERRED;
}

uint64_t
tenure_reset_session(uint16_t source)
{
	/* No text of a session: those are hashed behind another first byte. */
	const uint8_t bytes[] = {'R', (uint8_t)(source >> 8), (uint8_t)source};
	uint64_t number = digest_u64(bytes, sizeof(bytes));

	return number ? number : 1;
}

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

/* Where another row on the same subject ends this one; INT64_MAX: not. */
static int64_t
bound_by(const struct binding *row, const struct binding *other)
{
	bool promise = row->end.us != INT64_MAX &&
		       !(row->marks & BINDING_END_INFERRED);

	if (other->id == row->id || (other->marks & BINDING_SHARES))
		return INT64_MAX;
	/* Assignments end one another, in the order they begin: a hand-over. */
	if ((row->marks | other->marks) & BINDING_ASSIGNED)
		return other->source == row->source &&
			       other->start.us > row->start.us
			   ? other->start.us
			   : INT64_MAX;
	if (other->source != row->source &&
	    (promise || tenure_same_holder(row, other)))
		return INT64_MAX;
	if (other->start.us > row->start.us && other->start.us >= row->heard.us)
		return other->start.us;
	/* It claims to have begun before this one's last word: its first word
	 * is what counts. */
	if (other->reported.us > row->start.us &&
	    other->reported.us > row->heard.us)
		return other->reported.us;
	return INT64_MAX;
}

/* The source's first reset behind the row's last word. */
static int
bound_by_reset(const struct tenure *tenure, const struct binding *row,
	       int64_t *bound)
{
	struct binding resets[TENURE_RESETS_MAX];
	int count = tenure->store->session(tenure->store->context, row->source,
					   tenure_reset_session(row->source),
					   resets, TENURE_RESETS_MAX);

	if (count > TENURE_RESETS_MAX)
		count = TENURE_RESETS_MAX;
	for (int i = 0; i < count; i++) {
		int64_t at = resets[i].end.us;

		if (at > row->start.us && at >= row->heard.us)
			*bound = earlier(*bound, at);
	}
	return count < 0 ? count : LZ_OK;
}

static int
bound_by_others(const struct tenure *tenure, const struct binding *row,
		int64_t *bound)
{
	struct binding others[TENURE_NEIGHBOURS_MAX];
	struct at_event from = {earlier(row->start.us, row->heard.us)};
	struct at_event to = {INT64_MAX};
	int count = tenure->store->touching(tenure->store->context, row->realm,
					    &row->subject, from, to, others,
					    TENURE_NEIGHBOURS_MAX);

	if (count > TENURE_NEIGHBOURS_MAX)
		count = TENURE_NEIGHBOURS_MAX;
	for (int i = 0; i < count; i++)
		*bound = earlier(*bound, bound_by(row, &others[i]));
	return count < 0 ? count : LZ_OK;
}

/* Works the row's end out anew. */
static int
settle(const struct tenure *tenure, struct binding *row)
{
	int64_t bound = INT64_MAX;
	int error = LZ_OK;

	if (row->marks & BINDING_BOUNDED) {
		row->end.us = INT64_MAX;
		row->marks &= (uint16_t) ~(BINDING_BOUNDED |
					   BINDING_END_INFERRED);
	}
	if (tenure_is_observed(row))
		return LZ_OK;
	if (!(row->marks & BINDING_ASSIGNED))
		error = bound_by_reset(tenure, row, &bound);
	if (!error)
		error = bound_by_others(tenure, row, &bound);
	if (error || bound >= row->end.us)
		return error;
	/* What was open opens again when the bound goes; what was promised or
	 * given away before doesn't. */
	if (row->end.us == INT64_MAX || (row->marks & BINDING_SILENT))
		row->marks |= BINDING_BOUNDED;
	row->marks &= (uint16_t)~BINDING_SILENT;
	row->marks |= BINDING_END_INFERRED;
	row->end.us = bound;
	return LZ_OK;
}

static bool
contradicts(const struct binding *a, const struct binding *b)
{
	int64_t from = later(a->start.us, b->start.us);
	int64_t to = earlier(a->end.us, b->end.us);

	return a->id != b->id && !tenure_same_holder(a, b) && to > from &&
	       (uint64_t)to - (uint64_t)from >
		   (uint64_t)(a->error_us + b->error_us);
}

static bool
same_claims(const struct binding *a, const struct binding *b)
{
	const uint16_t marks = BINDING_INSIDE | BINDING_UNREADABLE |
			       BINDING_CONFLICT | BINDING_LOSSY;

	return a->party == b->party && ((a->marks ^ b->marks) & marks) == 0 &&
	       (!(a->marks & BINDING_INSIDE) || tenure_same_holder(a, b));
}

static int
tell(const struct tenure *tenure, const struct binding *row, int64_t from_us,
     int64_t to_us)
{
	struct at_event from = {from_us}, to = {to_us};

	if (from_us >= to_us || !tenure->store->changed)
		return LZ_OK;
	return tenure->store->changed(tenure->store->context, row->realm,
				      &row->subject, from, to, tenure->cause);
}

/* Tells which answers may be others now. */
static int
tell_difference(const struct tenure *tenure, const struct binding *old,
		const struct binding *row)
{
	int error;

	if (!old)
		return tell(tenure, row, row->start.us, row->end.us);
	if (!same_claims(old, row))
		return tell(tenure, row, earlier(old->start.us, row->start.us),
			    later(old->end.us, row->end.us));
	error = tell(tenure, row, earlier(old->start.us, row->start.us),
		     later(old->start.us, row->start.us));
	if (!error)
		error = tell(tenure, row, earlier(old->end.us, row->end.us),
			     later(old->end.us, row->end.us));
	return error;
}

static int
write_row(const struct tenure *tenure, const struct binding *old,
	  struct binding *row)
{
	int error;

	if (old && (old->start.us != row->start.us || !same_claims(old, row) ||
		    (old->end.us != INT64_MAX && old->end.us != row->end.us)))
		row->marks |= BINDING_AMENDED;
	if (old && memcmp(old, row, sizeof(*row)) == 0)
		return LZ_OK;
	error = tenure->store->put(tenure->store->context, row);
	return error < 0 ? error : tell_difference(tenure, old, row);
}

/* Is any row in conflict with this one? */
static int
find_conflict(const struct tenure *tenure, const struct binding *row,
	      bool *found)
{
	struct binding others[TENURE_NEIGHBOURS_MAX];
	int count = tenure->store->touching(tenure->store->context, row->realm,
					    &row->subject, row->start, row->end,
					    others, TENURE_NEIGHBOURS_MAX);

	*found = count > TENURE_NEIGHBOURS_MAX;
	for (int i = 0; i < count && i < TENURE_NEIGHBOURS_MAX; i++)
		*found |= contradicts(row, &others[i]);
	return count < 0 ? count : LZ_OK;
}

static int
mark_conflict(const struct tenure *tenure, const struct binding *row)
{
	const struct tenure as_conflict = {tenure->store, tenure->source,
					   "two holders"};
	struct binding marked = *row;
	bool found;
	int error = find_conflict(tenure, row, &found);

	if (error || found == ((row->marks & BINDING_CONFLICT) != 0))
		return error;
	marked.marks ^= BINDING_CONFLICT;
	return write_row(&as_conflict, row, &marked);
}

/* Marks of all rows that this one touches, or touched. */
static int
mark_conflicts(const struct tenure *tenure, const struct binding *old,
	       const struct binding *row)
{
	struct binding others[TENURE_NEIGHBOURS_MAX];
	struct at_event from = row->start, to = row->end;
	int count, error = LZ_OK;

	if (old) {
		from.us = earlier(from.us, old->start.us);
		to.us = later(to.us, old->end.us);
	}
	count = tenure->store->touching(tenure->store->context, row->realm,
					&row->subject, from, to, others,
					TENURE_NEIGHBOURS_MAX);
	if (count < 0)
		return count;
	for (int i = 0; !error && i < count && i < TENURE_NEIGHBOURS_MAX; i++) {
		bool now = contradicts(row, &others[i]);
		bool marked = (others[i].marks & BINDING_CONFLICT) != 0;

		if (others[i].id == row->id ? count > 1 || marked
					    : now != marked)
			error = mark_conflict(tenure, &others[i]);
	}
	return error;
}

/* Rows whose end may hang on this one's start or first word. */
static int
settle_neighbours(const struct tenure *tenure, const struct binding *old,
		  const struct binding *row)
{
	struct binding others[TENURE_NEIGHBOURS_MAX];
	struct at_event from = {row->start.us - 1}, to = row->reported;
	int count, error = LZ_OK;

	if (old && old->start.us == row->start.us &&
	    old->reported.us == row->reported.us && same_claims(old, row))
		return LZ_OK;
	if (old) {
		from.us = earlier(from.us, old->start.us - 1);
		to.us = later(to.us, old->reported.us);
	}
	to.us = later(to.us, row->start.us) + 1;
	count = tenure->store->touching(tenure->store->context, row->realm,
					&row->subject, from, to, others,
					TENURE_NEIGHBOURS_MAX);
	if (count < 0)
		return count;
	for (int i = 0; !error && i < count && i < TENURE_NEIGHBOURS_MAX; i++) {
		struct binding settled = others[i];

		if (others[i].id == row->id)
			continue;
		error = settle(tenure, &settled);
		if (error || settled.end.us == others[i].end.us)
			continue;
		error = write_row(tenure, &others[i], &settled);
		if (!error)
			error = mark_conflicts(tenure, &others[i], &settled);
	}
	return error;
}

int
tenure_put(const struct tenure *tenure, const struct binding *old,
	   struct binding *row)
{
	int error;

	if (tenure_is_note(row)) {
		error = tenure->store->put(tenure->store->context, row);
		return error < 0 ? error : LZ_OK;
	}
	/* A later word of an open session, the common case, moves nothing. */
	if (old && old->end.us == INT64_MAX && row->end.us == INT64_MAX &&
	    row->heard.us > old->heard.us && old->start.us == row->start.us &&
	    old->reported.us == row->reported.us &&
	    !(old->marks & BINDING_CONFLICT) && same_claims(old, row))
		return write_row(tenure, old, row);
	error = settle(tenure, row);
	if (!error)
		error = write_row(tenure, old, row);
	if (!error)
		error = settle_neighbours(tenure, old, row);
	if (!error)
		error = mark_conflicts(tenure, old, row);
	return error;
}

int
tenure_drop(const struct tenure *tenure, const struct binding *old)
{
	/* As if it had moved to where it touches nobody. */
	struct binding gone = *old;
	int error = tenure->store->drop(tenure->store->context, old);

	if (error < 0 || tenure_is_note(old))
		return error < 0 ? error : LZ_OK;
	gone.start = gone.end = gone.reported = old->reported;
	gone.marks ^= BINDING_UNREADABLE;
	error = tell(tenure, old, old->start.us, old->end.us);
	if (!error)
		error = settle_neighbours(tenure, old, &gone);
	if (!error)
		error = mark_conflicts(tenure, old, &gone);
	return error;
}
