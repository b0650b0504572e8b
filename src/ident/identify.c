/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The five answers.
 *
 * All bindings that touch the interval, widened by the clocks' error, cut it
 * into pieces.  In each piece the most specific binding holds the address; who
 * else could have held it, by his own clock's error, is a rival; and the
 * holder's source stands for it or doesn't.  Where anything is unclear the
 * answer is the weaker one: a wrong name costs more than no name.
 */
#include <stddef.h>
#include <string.h>

#include "ident/identify.h"

#define CANDIDATES_MAX 32
#define POINTS_MAX (6 * CANDIDATES_MAX + 4)
#define SET_MAX 256 /* counted; more are "at least" so many */
#define DISPUTED_MAX 4
#define DISPUTE_ROWS_MAX 512 /* more than can be looked through */
#define DEPTH_MAX 3          /* of address translators behind one another */
#define BLOCKS_ASKED_MAX 16  /* for a sighting of a block of ports */

struct candidate {
	struct binding binding;
	unsigned rank;                    /* the more specific, the higher */
	int64_t possible_us, over_us;     /* its clock's error around it */
	int64_t sure_from_us, sure_to_us; /* and cut off */
};

/* Different holders: parties, inside addresses, or nobody's customer. */
struct set {
	uint32_t count;
	struct holder {
		bool inside;
		uint32_t number; /* party or realm */
		struct addr addr;
	} holders[SET_MAX];
};

/* All that is known while one question is answered. */
struct search {
	const struct binding_cursor *cursor;
	const struct identity_question *question;
	int64_t from_us, to_us;           /* widened, half-open */
	int64_t core_from_us, core_to_us; /* as asked, half-open */
	size_t candidate_count;
	bool overflow;    /* more candidates than we weigh */
	bool port_needed; /* blocks of ports, and no port was given */
	bool port_unheld; /* blocks of ports, and the port is in none */
	bool shared_near; /* blocks of ports shortly before or after */
	struct set sharers;
	struct candidate candidates[CANDIDATES_MAX];
};

/* Who held the pieces, and what keeps it from being sure. */
struct verdict {
	bool gap_core, gap_margin;
	bool overlap;    /* rows of two holders */
	bool rival;      /* another may have, by the clocks' error */
	bool unreadable; /* a row that couldn't be read */
	bool beside;     /* a session of another inside an assignment */
	bool conflict, lossy, early, late, edge, waiting;
	uint8_t
	    disputed_count; /* rows marked as in conflict that hold pieces */
	uint8_t lack;       /* the latest piece that nobody's customer held */
	const struct candidate *naming; /* holds the latest piece of the core */
	const struct candidate *disputed[DISPUTED_MAX];
	struct set all, core;
};

static int64_t
add_bounded(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b > 0 ? INT64_MAX : INT64_MIN + 1;
	return sum;
}

/* An open end, and a start before all time, know no error. */
static int64_t
shift(int64_t us, int64_t by_us)
{
	return us == INT64_MAX || us == INT64_MIN ? us : add_bounded(us, by_us);
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

static struct holder
holder_of(const struct binding *binding)
{
	struct holder holder = {.number = binding->party};

	if (binding->marks & BINDING_INSIDE) {
		holder.inside = true;
		holder.number = binding->inside_realm;
		holder.addr = binding->inside;
	}
	return holder;
}

static bool
same_holder(const struct binding *a, const struct binding *b)
{
	struct holder one = holder_of(a), two = holder_of(b);

	return one.inside == two.inside && one.number == two.number &&
	       addr_equal(&one.addr, &two.addr);
}

static void
set_add(struct set *set, const struct binding *binding)
{
	struct holder holder = holder_of(binding);

	for (uint32_t i = 0; i < set->count; i++)
		if (set->holders[i].inside == holder.inside &&
		    set->holders[i].number == holder.number &&
		    addr_equal(&set->holders[i].addr, &holder.addr))
			return;
	if (set->count < SET_MAX)
		set->holders[set->count++] = holder;
}

static void
add_reason(struct identity_answer *answer, const char *reason)
{
	if (answer->reason_count < IDENTITY_REASONS_MAX)
		answer->reasons[answer->reason_count++] = reason;
}

static void
add_source(struct identity_answer *answer, const struct binding *binding)
{
	for (uint8_t i = 0; i < answer->source_count; i++)
		if (answer->sources[i].id == binding->id)
			return;
	if (answer->source_count < IDENTITY_SOURCES_MAX)
		answer->sources[answer->source_count++] = *binding;
}

/* When its clock lets it have begun and ended, and what its source vouches
 * for. */
static void
bound(struct candidate *candidate)
{
	const struct binding *it = &candidate->binding;
	int64_t error_us = it->error_us > 0 ? it->error_us : 0;

	candidate->possible_us = shift(it->start.us, -error_us);
	candidate->over_us = shift(it->end.us, error_us);
	candidate->sure_from_us = shift(later(it->start.us, it->reported.us),
					error_us);
	candidate->sure_to_us = shift(earlier(it->end.us, it->vouched.us),
				      -error_us);
}

/* Takes in one binding of the walk. */
static void
consider(struct search *search, const struct binding *binding,
	 struct identity_answer *answer)
{
	const struct subject *subject = &binding->subject;
	int32_t port = search->question->port;
	bool ports = subject_has_ports(subject);
	struct candidate *candidate;

	if (ports && port < 0) {
		search->port_needed = true;
		set_add(&search->sharers, binding);
		add_source(answer, binding);
		return;
	}
	if (ports &&
	    (port < subject->port_first || port > subject->port_last)) {
		search->port_unheld = true;
		return;
	}
	if (search->candidate_count == CANDIDATES_MAX) {
		search->overflow = true;
		set_add(&search->sharers, binding);
		return;
	}
	candidate = &search->candidates[search->candidate_count++];
	candidate->binding = *binding;
	candidate->rank = 2u * subject->prefix.length + ports;
	bound(candidate);
}

static void
collect(struct search *search, struct identity_answer *answer)
{
	const struct binding_cursor *cursor = search->cursor;
	const struct identity_question *question = search->question;
	/* A row's own error may reach in from beyond the interval: what is
	 * looked at is wider by as much as any source's may be. */
	struct at_event from = {
	    add_bounded(search->from_us, -IDENTITY_ERROR_MAX_US)};
	struct at_event to = {
	    add_bounded(search->to_us - 1, IDENTITY_ERROR_MAX_US)};
	const struct binding *it;

	if (cursor->seek_port && question->port >= 0)
		cursor->seek_port(cursor->context, question->realm,
				  &question->addr, (uint16_t)question->port,
				  from, to);
	else
		cursor->seek(cursor->context, question->realm, &question->addr,
			     from, to);
	while ((it = cursor->next(cursor->context)) != NULL) {
		int64_t error_us = it->error_us > 0 ? it->error_us : 0;

		if (shift(it->start.us, -error_us) < search->to_us &&
		    shift(it->end.us, error_us) > search->from_us)
			consider(search, it, answer);
		else
			search->shared_near |= subject_has_ports(&it->subject);
	}
}

/* An address that is shared by its ports is held by blocks alone: what a wider
 * row says of the rest is no holder's name. */
static void
drop_unported(struct search *search)
{
	bool ports = search->port_unheld || search->shared_near;
	size_t kept = 0;

	for (size_t i = 0; i < search->candidate_count; i++)
		ports |=
		    subject_has_ports(&search->candidates[i].binding.subject);
	for (size_t i = 0; i < search->candidate_count; i++)
		if (!ports ||
		    subject_has_ports(&search->candidates[i].binding.subject))
			search->candidates[kept++] = search->candidates[i];
	search->candidate_count = kept;
}

/* Keeps points sorted and inside the widened interval. */
static size_t
add_point(const struct search *search, int64_t *points, size_t count,
	  int64_t us)
{
	size_t at = count;

	if (us <= search->from_us || us >= search->to_us)
		return count;
	while (at > 0 && points[at - 1] > us)
		at--;
	if (at > 0 && points[at - 1] == us)
		return count;
	memmove(&points[at + 1], &points[at], (count - at) * sizeof(*points));
	points[at] = us;
	return count + 1;
}

static bool
goes_before(const struct candidate *a, const struct candidate *b)
{
	bool assigned = (a->binding.marks & BINDING_ASSIGNED) != 0;

	if (assigned != ((b->binding.marks & BINDING_ASSIGNED) != 0))
		return assigned;
	return a->rank > b->rank;
}

static bool
holds(const struct candidate *it, int64_t at_us, bool possibly)
{
	return possibly ? it->possible_us <= at_us && it->over_us > at_us
			: it->binding.start.us <= at_us &&
			      it->binding.end.us > at_us;
}

/* Of two equally specific rows: the one that is sure of the piece, or is sure
 * for longest.  Whatever the order of the walk, the answer is one. */
static bool
tells_more(const struct candidate *a, const struct candidate *b, int64_t at_us)
{
	bool a_sure = a->sure_from_us <= at_us && a->sure_to_us > at_us;
	bool b_sure = b->sure_from_us <= at_us && b->sure_to_us > at_us;

	if (a_sure != b_sure)
		return a_sure;
	if (a->sure_to_us != b->sure_to_us)
		return a->sure_to_us > b->sure_to_us;
	if (a->binding.start.us != b->binding.start.us)
		return a->binding.start.us < b->binding.start.us;
	if (a->binding.end.us != b->binding.end.us)
		return a->binding.end.us > b->binding.end.us;
	return a->binding.id < b->binding.id;
}

/* Who holds a piece, or possibly does; NULL: nobody. */
static const struct candidate *
top_of(const struct search *search, int64_t at_us, bool possibly)
{
	const struct candidate *best = NULL;

	for (size_t i = 0; i < search->candidate_count; i++) {
		const struct candidate *it = &search->candidates[i];

		if (!holds(it, at_us, possibly))
			continue;
		if (!best || goes_before(it, best) ||
		    (!goes_before(best, it) && tells_more(it, best, at_us)))
			best = it;
	}
	return best;
}

/* Others that may have held the piece. */
static void
find_rivals(const struct search *search, int64_t at_us,
	    const struct candidate *top, struct verdict *verdict)
{
	for (size_t i = 0; i < search->candidate_count; i++) {
		const struct candidate *it = &search->candidates[i];

		if (!holds(it, at_us, true) ||
		    same_holder(&it->binding, &top->binding))
			continue;
		if (goes_before(top, it)) {
			verdict->beside |= it->rank >= top->rank;
			continue;
		}
		set_add(&verdict->all, &it->binding);
		verdict->rival = true;
		verdict->overlap |= holds(it, at_us, false) &&
				    holds(top, at_us, false);
	}
}

/* What keeps the holder of a piece from being sure of it? */
static void
find_doubts(const struct candidate *top, int64_t at_us, struct verdict *verdict)
{
	const struct binding *it = &top->binding;

	verdict->unreadable |= (it->marks & BINDING_UNREADABLE) != 0;
	verdict->lossy |= (it->marks & BINDING_LOSSY) != 0;
	if (at_us >= top->sure_from_us && at_us < top->sure_to_us)
		return;
	if (at_us < top->sure_from_us)
		*(it->reported.us > it->start.us && at_us < it->reported.us
		      ? &verdict->early
		      : &verdict->edge) = true;
	else if (it->vouched.us >= it->end.us)
		verdict->edge = true;
	/* What is sure of a lease may lie ahead of its source's last word. */
	else if ((it->marks & BINDING_END_INFERRED) &&
		 at_us >= shift(it->heard.us, -it->error_us))
		verdict->late = true;
	else
		verdict->waiting = true;
}

static void
note_dispute(const struct candidate *top, struct verdict *verdict)
{
	for (uint8_t i = 0; i < verdict->disputed_count; i++)
		if (verdict->disputed[i] == top)
			return;
	if (!(top->binding.marks & BINDING_CONFLICT))
		return;
	if (verdict->disputed_count == DISPUTED_MAX)
		verdict->conflict = true;
	else
		verdict->disputed[verdict->disputed_count++] = top;
}

static void
weigh_piece(const struct search *search, int64_t at_us, struct verdict *verdict,
	    struct identity_answer *answer)
{
	const struct candidate *top = top_of(search, at_us, false);
	bool core = at_us >= search->core_from_us && at_us < search->core_to_us;

	if (!top || top->binding.lack != BINDING_LACK_NONE) {
		verdict->gap_core |= core;
		verdict->gap_margin |= !core;
	}
	if (!top)
		top = top_of(search, at_us, true);
	if (!top)
		return;
	find_rivals(search, at_us, top, verdict);
	if (top->binding.lack != BINDING_LACK_NONE) {
		verdict->lack = core || !verdict->lack ? top->binding.lack
						       : verdict->lack;
		add_source(answer, &top->binding);
		return;
	}
	find_doubts(top, at_us, verdict);
	note_dispute(top, verdict);
	set_add(&verdict->all, &top->binding);
	add_source(answer, &top->binding);
	if (core)
		set_add(&verdict->core, &top->binding);
	if (core || verdict->core.count == 0)
		verdict->naming = top;
}

static void
weigh(const struct search *search, struct verdict *verdict,
      struct identity_answer *answer)
{
	int64_t points[POINTS_MAX + 1];
	size_t count = 1;

	points[0] = search->from_us;
	count = add_point(search, points, count, search->core_from_us);
	count = add_point(search, points, count, search->core_to_us);
	for (size_t i = 0; i < search->candidate_count; i++) {
		const struct candidate *it = &search->candidates[i];
		const int64_t ends[] = {
		    it->binding.start.us, it->binding.end.us, it->possible_us,
		    it->over_us,          it->sure_from_us,   it->sure_to_us};

		for (size_t k = 0; k < sizeof(ends) / sizeof(*ends); k++)
			count = add_point(search, points, count, ends[k]);
	}
	for (size_t i = 0; i < count; i++)
		weigh_piece(search, points[i], verdict, answer);
}

/* Does another holder's row lie over this one, anywhere, by more than clocks
 * may be off? */
static bool
disputes(const struct binding *row, const struct binding *other)
{
	const struct subject *a = &row->subject, *b = &other->subject;
	bool ports = subject_has_ports(a) && subject_has_ports(b);
	int64_t from = later(row->start.us, other->start.us);
	int64_t to = earlier(row->end.us, other->end.us);

	return row->id != other->id && !same_holder(row, other) &&
	       prefix_equal(&a->prefix, &b->prefix) &&
	       (!ports || (a->port_first <= b->port_last &&
			   b->port_first <= a->port_last)) &&
	       to > from &&
	       (uint64_t)to - (uint64_t)from >
		   (uint64_t)(row->error_us + other->error_us);
}

/*
 * A row is marked as in conflict by what its sources call the holders.  Where
 * accounts have made one party of them (a login and a line) there is none, so
 * the other row is looked for again.
 */
static void
weigh_disputes(const struct search *search, struct verdict *verdict)
{
	const struct binding_cursor *cursor = search->cursor;

	for (uint8_t i = 0; i < verdict->disputed_count; i++) {
		const struct binding *row = &verdict->disputed[i]->binding;
		struct at_event from = row->start, to = {row->end.us - 1};
		const struct binding *it;
		unsigned seen = 0;

		cursor->seek(cursor->context, search->question->realm,
			     &search->question->addr, from, to);
		while (!verdict->conflict &&
		       (it = cursor->next(cursor->context)) != NULL)
			verdict->conflict |= disputes(row, it) ||
					     ++seen == DISPUTE_ROWS_MAX;
	}
}

static const char *
lack_reason(uint8_t lack)
{
	switch (lack) {
	case BINDING_LACK_ENDED:
		return "its holder's contract had ended";
	case BINDING_LACK_NOT_BEGUN:
		return "its holder's contract had not begun";
	default:
		return "its holder is in no account";
	}
}

static void
answer_nobody(const struct search *search, const struct verdict *verdict,
	      struct identity_answer *answer)
{
	const struct binding_cursor *cursor = search->cursor;
	struct at_event oldest = cursor->oldest(cursor->context);

	if (times_is_set(oldest) && search->from_us < oldest.us) {
		answer->certainty = CERTAINTY_EXPIRED;
		add_reason(answer, "it is older than what the bindings are "
				   "kept for");
		return;
	}
	answer->certainty = CERTAINTY_NOBODY;
	answer->shared = search->port_unheld;
	if (verdict->lack != BINDING_LACK_NONE) {
		add_reason(answer, lack_reason(verdict->lack));
		return;
	}
	add_reason(answer, search->port_unheld
			       ? "the address is shared and this port was in "
				 "no block given out then"
			       : "no binding covers the address at that time");
}

static void
answer_ambiguous(const struct search *search, const struct verdict *verdict,
		 struct identity_answer *answer)
{
	answer->certainty = CERTAINTY_AMBIGUOUS;
	if (search->port_needed || search->overflow) {
		answer->shared = search->port_needed;
		answer->candidates = search->sharers.count;
		add_reason(answer,
			   search->port_needed
			       ? "several parties share the address: a source "
				 "port is needed"
			       : "more bindings than can be weighed touch the "
				 "interval");
		return;
	}
	answer->candidates = verdict->all.count;
	if (verdict->unreadable) {
		add_reason(answer, "a row of the bindings for this address "
				   "could not be read");
		return;
	}
	add_reason(answer, verdict->overlap ? "rows of two parties overlap"
			   : verdict->core.count > 1
			       ? "the address changed hands during the interval"
			       : "the address changed hands within the clocks' "
				 "error");
}

static void
give_doubts(const struct verdict *verdict, struct identity_answer *answer)
{
	if (verdict->beside)
		add_reason(answer, "a session of another party lies inside "
				   "this assignment");
	if (verdict->conflict)
		add_reason(answer, "another holder was reported for a part of "
				   "this binding");
	if (verdict->lossy)
		add_reason(answer, "its source can lose words unseen");
	if (verdict->late)
		add_reason(answer, "not confirmed: its end is inferred, and "
				   "it was last heard of before");
	if (verdict->early)
		add_reason(answer, "it was first reported later, and its "
				   "start is inferred");
	if (verdict->gap_core)
		add_reason(answer, "the binding covers only part of the "
				   "interval");
	else if (verdict->gap_margin || verdict->edge)
		add_reason(answer, "the binding begins or ends within the "
				   "clocks' error");
}

/* One holder is named; how surely? */
static void
answer_party(const struct verdict *verdict, struct identity_answer *answer)
{
	const struct binding *naming = &verdict->naming->binding;

	answer->certainty = CERTAINTY_PROBABLE;
	answer->party = naming->party;
	answer->binding = *naming;
	answer->candidates = verdict->all.count + verdict->beside;
	give_doubts(verdict, answer);
	if (verdict->waiting) {
		answer->awaiting = answer->reason_count == 0;
		add_reason(answer, "not yet confirmed: its source has not "
				   "spoken of a later time");
	}
	if (answer->reason_count == 0) {
		answer->certainty = CERTAINTY_CERTAIN;
		add_reason(answer, "one party held it over the whole interval, "
				   "clocks' error included");
	}
	if ((naming->marks & BINDING_START_INFERRED) && !verdict->early)
		add_reason(answer, "the binding's start is inferred");
	if ((naming->marks & BINDING_END_INFERRED) && !verdict->late)
		add_reason(answer, "the binding's end is inferred");
}

static void
answer_one(const struct binding_cursor *cursor,
	   const struct identity_question *question,
	   struct identity_answer *answer)
{
	struct search search;
	struct verdict verdict;
	int64_t error_us = question->error_us > 0 ? question->error_us : 0;

	/* The sets and candidates are large, and mostly stay empty. */
	memset(&search, 0, offsetof(struct search, sharers));
	memset(&verdict, 0, offsetof(struct verdict, all));
	search.sharers.count = verdict.all.count = verdict.core.count = 0;
	memset(answer, 0, sizeof(*answer));
	search.cursor = cursor;
	search.question = question;
	search.core_from_us = question->first.us;
	search.core_to_us = add_bounded(question->last.us, 1);
	search.from_us = add_bounded(search.core_from_us, -error_us);
	search.to_us = add_bounded(search.core_to_us, error_us);
	collect(&search, answer);
	/* A walk for one port shows one block of others, of whatever time. */
	search.port_unheld |= search.shared_near && question->port >= 0;
	drop_unported(&search);
	weigh(&search, &verdict, answer);
	weigh_disputes(&search, &verdict);
	if (search.port_needed || search.overflow || verdict.overlap ||
	    verdict.rival || verdict.unreadable || verdict.all.count > 1)
		answer_ambiguous(&search, &verdict, answer);
	else if (!verdict.naming)
		answer_nobody(&search, &verdict, answer);
	else
		answer_party(&verdict, answer);
}

/* The holder of an inside address is put in its place: the weaker of the two
 * answers, and the rows of both. */
static void
replace_inside(struct identity_answer *answer,
	       const struct identity_answer *inner)
{
	struct identity_answer outer = *answer;

	*answer = *inner;
	answer->source_count = outer.source_count;
	memcpy(answer->sources, outer.sources, sizeof(answer->sources));
	for (uint8_t i = 0; i < inner->source_count; i++)
		add_source(answer, &inner->sources[i]);
	answer->shared = false;
	if (inner->certainty == CERTAINTY_NOBODY)
		add_reason(answer, "asked for the address behind the "
				   "translator");
	if (inner->certainty < CERTAINTY_PROBABLE ||
	    outer.certainty != CERTAINTY_PROBABLE)
		return;
	/* Waiting helps only if all that is missing is a later word. */
	answer->awaiting = outer.awaiting &&
			   (inner->awaiting ||
			    inner->certainty == CERTAINTY_CERTAIN);
	answer->certainty = CERTAINTY_PROBABLE;
	answer->reason_count = 0;
	for (uint8_t i = 0; i < outer.reason_count; i++)
		add_reason(answer, outer.reasons[i]);
	for (uint8_t i = 0;
	     inner->certainty == CERTAINTY_PROBABLE && i < inner->reason_count;
	     i++)
		add_reason(answer, inner->reasons[i]);
}

void
identify(const struct binding_cursor *cursor,
	 const struct identity_question *question,
	 struct identity_answer *answer)
{
	struct identity_question inside = *question;
	struct identity_answer inner;

	answer_one(cursor, question, answer);
	for (unsigned depth = 1; answer->certainty >= CERTAINTY_PROBABLE &&
				 (answer->binding.marks & BINDING_INSIDE);
	     depth++) {
		inside.addr = answer->binding.inside;
		inside.realm = answer->binding.inside_realm;
		inside.port = -1;
		if (depth < DEPTH_MAX) {
			answer_one(cursor, &inside, &inner);
		} else {
			memset(&inner, 0, sizeof(inner));
			inner.certainty = CERTAINTY_AMBIGUOUS;
			add_reason(&inner, "more translators behind one "
					   "another than can be followed");
		}
		replace_inside(answer, &inner);
	}
}

/* What one question of several answered is folded into what all answered. */
static void
fold(struct identity_answer *all, const struct identity_answer *one,
     struct set *parties)
{
	bool named = one->certainty >= CERTAINTY_PROBABLE;

	if (named)
		set_add(parties, &one->binding);
	for (uint8_t i = 0; i < one->source_count; i++)
		add_source(all, &one->sources[i]);
	all->shared |= one->shared;
	if (one->certainty < all->certainty) {
		struct identity_answer kept = *all;

		*all = *one;
		all->shared = kept.shared;
		all->source_count = kept.source_count;
		memcpy(all->sources, kept.sources, sizeof(all->sources));
	} else if (one->certainty == all->certainty) {
		/* Asking again helps only if it helps with each of them. */
		all->awaiting &= one->awaiting;
	}
}

/* Asks once more, and folds that in. */
static void
ask_and_fold(const struct binding_cursor *cursor,
	     const struct identity_question *question, bool is_first,
	     struct identity_answer *answer, struct identity_answer *one,
	     struct set *parties)
{
	identify(cursor, question, one);
	if (!is_first) {
		fold(answer, one, parties);
		return;
	}
	*answer = *one;
	if (one->certainty >= CERTAINTY_PROBABLE)
		set_add(parties, &one->binding);
}

static void
answer_several(struct identity_answer *answer, uint32_t candidates,
	       const char *reason)
{
	answer->certainty = CERTAINTY_AMBIGUOUS;
	answer->awaiting = false;
	answer->shared = true;
	answer->party = 0;
	answer->candidates = candidates;
	memset(&answer->binding, 0, sizeof(answer->binding));
	answer->reason_count = 0;
	add_reason(answer, reason);
}

#define SEVERAL "the ports seen belonged to several parties"

/* Up to eight (port, time) pairs: certain only if all name one party. */
static void
identify_pairs(const struct binding_cursor *cursor,
	       const struct sighting *sighting, int64_t error_us,
	       struct identity_answer *answer)
{
	struct identity_answer one;
	struct set parties;
	uint8_t count = sighting->port_count;

	parties.count = 0;
	if (count > SIGHTING_PORTS_MAX)
		count = SIGHTING_PORTS_MAX;
	for (uint8_t i = 0; i < count; i++) {
		struct identity_question question = {
		    .addr = sighting->address,
		    .port = sighting->ports[i].port,
		    .first = sighting->ports[i].time,
		    .last = sighting->ports[i].time,
		    .error_us = error_us,
		};

		ask_and_fold(cursor, &question, i == 0, answer, &one, &parties);
	}
	if (parties.count > 1)
		answer_several(answer, parties.count, SEVERAL);
}

/* The last port of the block that answered for this one; -1: none did. */
static int32_t
block_end(const struct identity_answer *answer, int32_t port)
{
	int32_t end = -1;

	for (uint8_t i = 0; i < answer->source_count; i++) {
		const struct subject *it = &answer->sources[i].subject;

		if (subject_has_ports(it) && it->port_first <= port &&
		    it->port_last >= port && (end < 0 || it->port_last < end))
			end = it->port_last;
	}
	return end;
}

/* A whole block of ports, its single ports unknown: all that is given out of it
 * must be one party's, over all of the time. */
static void
identify_block(const struct binding_cursor *cursor,
	       const struct sighting *sighting, int64_t error_us,
	       struct identity_answer *answer)
{
	struct identity_question question = {
	    .addr = sighting->address,
	    .port = sighting->subject.port_first,
	    .first = sighting->first,
	    .last = sighting->last,
	    .error_us = error_us,
	};
	struct identity_answer one;
	struct set parties;

	parties.count = 0;
	for (unsigned asked = 0; asked < BLOCKS_ASKED_MAX; asked++) {
		int32_t end;

		ask_and_fold(cursor, &question, asked == 0, answer, &one,
			     &parties);
		end = block_end(&one, question.port);
		/* Not given out, or not clear to whom: it has been folded. */
		if (end < 0 || end >= sighting->subject.port_last) {
			if (parties.count > 1)
				answer_several(answer, parties.count, SEVERAL);
			return;
		}
		question.port = end + 1;
	}
	answer_several(answer, parties.count,
		       "more blocks of ports than can be weighed");
}

void
identify_sighting(const struct binding_cursor *cursor,
		  const struct sighting *sighting, int64_t error_us,
		  struct identity_answer *answer)
{
	int64_t error = add_bounded(error_us, sighting->time_error_us);
	struct identity_question question = {
	    .addr = sighting->address,
	    .port = -1,
	    .first = sighting->first,
	    .last = sighting->last,
	    .error_us = error,
	};

	if (sighting->port_count > 0) {
		identify_pairs(cursor, sighting, error, answer);
		return;
	}
	if (subject_has_ports(&sighting->subject)) {
		identify_block(cursor, sighting, error, answer);
		return;
	}
	identify(cursor, &question, answer);
	/* Other hosts of the wider prefix may belong to somebody else. */
	if (answer->certainty == CERTAINTY_CERTAIN &&
	    answer->binding.subject.prefix.length >
		sighting->subject.prefix.length) {
		answer->certainty = CERTAINTY_PROBABLE;
		answer->reason_count = 0;
		add_reason(answer,
			   "what was seen speaks of a wider prefix than the "
			   "binding: give its assignment size (assign)");
	}
}
