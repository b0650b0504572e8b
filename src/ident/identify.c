/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The five answers.
 *
 * All bindings that touch the interval, widened by the clocks' error, cut it
 * into pieces; in each piece the most specific binding holds the address.
 * Who holds which pieces decides the answer.  Where anything is unclear the
 * answer is the weaker one: a wrong name costs more than no name.
 */
#include <string.h>

#include "ident/identify.h"

#define CANDIDATES_MAX 32
#define POINTS_MAX (2 * CANDIDATES_MAX + 4)
#define PARTIES_MAX 256 /* counted; more are "at least" so many */

struct candidate {
	struct binding binding;
	unsigned rank; /* the more specific, the higher */
};

struct party_set {
	uint32_t count;
	uint32_t parties[PARTIES_MAX];
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
	struct party_set sharers;
	struct candidate candidates[CANDIDATES_MAX];
};

/* Who held the pieces. */
struct verdict {
	bool gap_core, gap_margin, overlap, unreadable;
	struct party_set all, core;
	const struct candidate *naming; /* holds the latest piece of the core */
};

static int64_t
add_bounded(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b > 0 ? INT64_MAX : INT64_MIN + 1;
	return sum;
}

static void
set_add(struct party_set *set, uint32_t party)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (set->parties[i] == party)
			return;
	if (set->count < PARTIES_MAX)
		set->parties[set->count++] = party;
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
		set_add(&search->sharers, binding->party);
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
		set_add(&search->sharers, binding->party);
		return;
	}
	candidate = &search->candidates[search->candidate_count++];
	candidate->binding = *binding;
	candidate->rank = 2u * subject->prefix.length + ports;
}

static void
collect(struct search *search, struct identity_answer *answer)
{
	const struct binding_cursor *cursor = search->cursor;
	struct at_event from = {search->from_us};
	struct at_event to = {search->to_us - 1};
	const struct binding *binding;

	cursor->seek(cursor->context, search->question->realm,
		     &search->question->addr, from, to);
	while ((binding = cursor->next(cursor->context)) != NULL)
		consider(search, binding, answer);
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

/* The most specific candidate over a piece; NULL: nobody. */
static const struct candidate *
holder_of(const struct search *search, int64_t from_us, struct verdict *verdict)
{
	const struct candidate *best = NULL;

	for (size_t i = 0; i < search->candidate_count; i++) {
		const struct candidate *it = &search->candidates[i];

		if (it->binding.start.us > from_us ||
		    it->binding.end.us <= from_us)
			continue;
		if (!best || it->rank > best->rank)
			best = it;
	}
	for (size_t i = 0; best && i < search->candidate_count; i++) {
		const struct candidate *it = &search->candidates[i];

		if (it->rank != best->rank || it->binding.start.us > from_us ||
		    it->binding.end.us <= from_us ||
		    it->binding.party == best->binding.party)
			continue;
		verdict->overlap = true;
		set_add(&verdict->all, it->binding.party);
	}
	return best;
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
		const struct binding *it = &search->candidates[i].binding;

		count = add_point(search, points, count, it->start.us);
		count = add_point(search, points, count, it->end.us);
	}
	for (size_t i = 0; i < count; i++) {
		const struct candidate *holder = holder_of(search, points[i],
							   verdict);
		bool core = points[i] >= search->core_from_us &&
			    points[i] < search->core_to_us;

		if (!holder) {
			verdict->gap_core |= core;
			verdict->gap_margin |= !core;
			continue;
		}
		set_add(&verdict->all, holder->binding.party);
		verdict->unreadable |= (holder->binding.marks &
					BINDING_UNREADABLE) != 0;
		add_source(answer, &holder->binding);
		if (core)
			set_add(&verdict->core, holder->binding.party);
		if (core || verdict->core.count == 0)
			verdict->naming = holder;
	}
}

static void
answer_nobody(const struct search *search, struct identity_answer *answer)
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
	add_reason(answer,
		   verdict->overlap
		       ? "rows of two parties overlap"
		       : "the address changed hands during the interval");
}

/* One party is named; how surely? */
static void
answer_party(const struct search *search, const struct verdict *verdict,
	     struct identity_answer *answer)
{
	const struct binding *naming = &verdict->naming->binding;

	answer->certainty = CERTAINTY_PROBABLE;
	answer->party = naming->party;
	answer->binding = *naming;
	answer->candidates = verdict->all.count;
	if (verdict->all.count > 1)
		add_reason(answer, "the address changed hands within the "
				   "clocks' error");
	if (verdict->gap_core)
		add_reason(answer, "the binding covers only part of the "
				   "interval");
	else if (verdict->gap_margin)
		add_reason(answer, "the binding begins or ends within the "
				   "clocks' error");
	if (naming->vouched.us < search->to_us) {
		answer->awaiting = answer->reason_count == 0;
		add_reason(answer, "not yet confirmed: its source has not "
				   "spoken of a later time");
	}
	if (answer->reason_count == 0) {
		answer->certainty = CERTAINTY_CERTAIN;
		add_reason(answer, "one party held it over the whole interval, "
				   "clocks' error included");
	}
	if (naming->marks & BINDING_START_INFERRED)
		add_reason(answer, "the binding's start is inferred");
	if (naming->marks & BINDING_END_INFERRED)
		add_reason(answer, "the binding's end is inferred");
}

void
identify(const struct binding_cursor *cursor,
	 const struct identity_question *question,
	 struct identity_answer *answer)
{
	struct search search = {.cursor = cursor, .question = question};
	struct verdict verdict = {.naming = NULL};
	int64_t error_us = question->error_us > 0 ? question->error_us : 0;

	memset(answer, 0, sizeof(*answer));
	search.core_from_us = question->first.us;
	search.core_to_us = add_bounded(question->last.us, 1);
	search.from_us = add_bounded(search.core_from_us, -error_us);
	search.to_us = add_bounded(search.core_to_us, error_us);
	collect(&search, answer);
	if (search.port_unheld) {
		/* What a wider row says of a port outside all blocks of a
		 * shared address is no holder's name. */
		bool held = false;

		for (size_t i = 0; i < search.candidate_count; i++)
			held |= subject_has_ports(
			    &search.candidates[i].binding.subject);
		if (!held)
			search.candidate_count = 0;
	}
	weigh(&search, &verdict, answer);
	if (search.port_needed || search.overflow || verdict.overlap ||
	    verdict.unreadable || verdict.core.count > 1 ||
	    (verdict.core.count == 0 && verdict.all.count > 1))
		answer_ambiguous(&search, &verdict, answer);
	else if (verdict.all.count == 0)
		answer_nobody(&search, answer);
	else
		answer_party(&search, &verdict, answer);
}

/* What one question of several answered is folded into what all answered. */
static void
fold(struct identity_answer *all, const struct identity_answer *one,
     struct party_set *parties)
{
	bool named = one->certainty >= CERTAINTY_PROBABLE;

	if (named)
		set_add(parties, one->party);
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

/* Up to eight (port, time) pairs: certain only if all name one party. */
static void
identify_pairs(const struct binding_cursor *cursor,
	       const struct sighting *sighting, int64_t error_us,
	       struct identity_answer *answer)
{
	struct party_set parties = {0};
	uint8_t count = sighting->port_count;

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
		struct identity_answer one;

		identify(cursor, &question, &one);
		if (i == 0) {
			*answer = one;
			if (one.certainty >= CERTAINTY_PROBABLE)
				set_add(&parties, one.party);
		} else {
			fold(answer, &one, &parties);
		}
	}
	if (parties.count < 2)
		return;
	answer->certainty = CERTAINTY_AMBIGUOUS;
	answer->awaiting = false;
	answer->shared = true;
	answer->party = 0;
	answer->candidates = parties.count;
	memset(&answer->binding, 0, sizeof(answer->binding));
	answer->reason_count = 0;
	add_reason(answer, "the ports seen belonged to several parties");
}

/* A whole block of ports, its single ports unknown: both ends must agree. */
static void
identify_block(const struct binding_cursor *cursor,
	       const struct sighting *sighting, int64_t error_us,
	       struct identity_answer *answer)
{
	const uint16_t ports[2] = {sighting->subject.port_first,
				   sighting->subject.port_last};
	struct sighting spread = *sighting;

	spread.port_count = 0;
	for (size_t i = 0; i < 2; i++) {
		spread.ports[spread.port_count++] =
		    (struct port_time){ports[i], sighting->first};
		spread.ports[spread.port_count++] =
		    (struct port_time){ports[i], sighting->last};
	}
	identify_pairs(cursor, &spread, error_us, answer);
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
