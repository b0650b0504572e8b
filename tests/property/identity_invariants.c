/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever sources say, sense or nonsense, of any kind and in any order: rows
 * stay well formed, marks of conflict stand exactly where rows contradict one
 * another, and every question gets one of the five answers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/rng.h"
#include "crypto/sha256.h"
#include "ident/binding_table.h"
#include "ident/identify.h"

#define SECOND TIMES_SECOND_US
#define MINUTE TIMES_MINUTE_US
#define DAY0 INT64_C(1718841600000000)
#define SPAN (6 * 60 * MINUTE)
#define WORDS 40
#define SOURCES 5
#define SUBJECTS 6

struct play {
	struct rng rng;
	struct binding_table *table;
	uint64_t origin;
};

static int64_t
some_time(struct play *play)
{
	/* Whole minutes, so that many fall together. */
	return DAY0 + (int64_t)rng_below(&play->rng, SPAN / MINUTE) * MINUTE +
	       (int64_t)rng_below(&play->rng, 3) * SECOND;
}

static struct at_event
perhaps(struct play *play, int64_t us)
{
	return rng_below(&play->rng, 2) ? (struct at_event){us} : times_unset();
}

static struct lease_subject
some_subject(struct play *play)
{
	unsigned which = (unsigned)rng_below(&play->rng, SUBJECTS);
	struct addr addr = addr_from_v4(0xc0000208u + which % 3);
	struct lease_subject it = {.slot = LEASE_SLOT_ADDRESS};

	it.subject.prefix = prefix_of(&addr, which == 5 ? 125 : 128);
	if (which == 3 || which == 4) {
		it.slot = LEASE_SLOT_PORTS;
		it.subject.port_first = (uint16_t)(which * 1000);
		it.subject.port_last = (uint16_t)(it.subject.port_first + 1500);
	}
	return it;
}

static struct lease_event
some_word(struct play *play)
{
	struct lease_event event = {0};
	struct text text;

	event.kind = (uint8_t)(1 + rng_below(&play->rng, LEASE_KIND_COUNT - 1));
	event.marks = (uint8_t)rng_below(&play->rng, 64);
	event.at.us = some_time(play);
	event.start = perhaps(play, some_time(play));
	event.end = perhaps(play, some_time(play));
	event.sure = perhaps(play, some_time(play));
	event.error_us = (int64_t)rng_below(&play->rng, 3) * SECOND;
	event.origin = ++play->origin << 16;
	event.subject_count = (uint8_t)rng_below(&play->rng, 4);
	for (uint8_t i = 0; i < event.subject_count; i++)
		event.subjects[i] = some_subject(play);
	if (rng_below(&play->rng, 3)) {
		text_init(&text, event.session, sizeof(event.session));
		text_u64(&text, rng_below(&play->rng, 4));
	}
	if (rng_below(&play->rng, 3)) {
		text_init(&text, event.holder, sizeof(event.holder));
		text_add(&text, "user:");
		text_u64(&text, rng_below(&play->rng, 3));
	}
	if (rng_below(&play->rng, 8) == 0) {
		event.inside_told = true;
		event.inside = addr_from_v4(0xc0000208u);
	}
	return event;
}

static bool
overlap(const struct subject *a, const struct subject *b)
{
	return prefix_equal(&a->prefix, &b->prefix) &&
	       (!subject_has_ports(a) || !subject_has_ports(b) ||
		(a->port_first <= b->port_last &&
		 b->port_first <= a->port_last));
}

static bool
same_holder(const struct binding *a, const struct binding *b)
{
	if ((a->marks | b->marks) & BINDING_INSIDE)
		return (a->marks & b->marks & BINDING_INSIDE) &&
		       addr_equal(&a->inside, &b->inside) &&
		       a->inside_realm == b->inside_realm;
	return a->party == b->party && a->party != BINDING_NO_PARTY;
}

static bool
contradict(const struct binding *a, const struct binding *b)
{
	int64_t from = a->start.us > b->start.us ? a->start.us : b->start.us;
	int64_t to = a->end.us < b->end.us ? a->end.us : b->end.us;

	return a != b && a->realm == b->realm && !same_holder(a, b) &&
	       overlap(&a->subject, &b->subject) && to > from &&
	       (uint64_t)(to - from) > (uint64_t)(a->error_us + b->error_us);
}

static bool
well_formed(const struct binding *it)
{
	bool nobody = it->party == BINDING_NO_PARTY &&
		      !(it->marks & BINDING_INSIDE);

	return it->start.us < it->end.us && it->reported.us >= it->start.us &&
	       it->error_us >= 0 && it->id != 0 && it->session != 0 &&
	       nobody == ((it->marks & BINDING_UNREADABLE) != 0) &&
	       (it->end.us != INT64_MAX ||
		!(it->marks &
		  (BINDING_END_INFERRED | BINDING_BOUNDED | BINDING_SILENT))) &&
	       (!(it->marks & (BINDING_BOUNDED | BINDING_SILENT)) ||
		(it->marks & BINDING_END_INFERRED)) &&
	       (it->marks & (BINDING_BOUNDED | BINDING_SILENT)) !=
		   (BINDING_BOUNDED | BINDING_SILENT);
}

static bool
check_rows(const struct binding_table *table)
{
	size_t count = binding_table_count(table);

	for (size_t i = 0; i < count; i++) {
		const struct binding *it = binding_table_row(table, i);
		bool conflict = false;

		if (!it || it->realm == TRACKER_REALM_NONE)
			continue;
		for (size_t k = 0; k < count; k++) {
			const struct binding *other = binding_table_row(table,
									k);

			conflict |= other && contradict(it, other);
		}
		if (well_formed(it) &&
		    conflict == ((it->marks & BINDING_CONFLICT) != 0))
			continue;
		printf("row %zu of source %u: [%lld, %lld) %lld..%lld party %u "
		       "marks %x, %sin conflict\n",
		       i, it->source, (long long)it->start.us,
		       (long long)it->end.us, (long long)it->reported.us,
		       (long long)it->heard.us, it->party, it->marks,
		       conflict ? "" : "not ");
		return false;
	}
	return true;
}

static void
ask_something(struct play *play)
{
	struct binding_cursor cursor = binding_table_cursor(play->table);
	struct lease_subject subject = some_subject(play);
	struct identity_question question = {.addr =
						 subject.subject.prefix.addr,
					     .port = -1,
					     .first.us = some_time(play)};
	struct identity_answer answer;

	question.last.us = question.first.us +
			   (int64_t)rng_below(&play->rng, 3) * MINUTE;
	question.error_us = (int64_t)rng_below(&play->rng, 3) * SECOND;
	if (rng_below(&play->rng, 2))
		question.port = (int32_t)rng_below(&play->rng, 6000);
	identify(&cursor, &question, &answer);
	lz_assert(answer.certainty < CERTAINTY_COUNT);
	lz_assert(answer.reason_count > 0);
	lz_assert((answer.certainty >= CERTAINTY_PROBABLE) ==
		  (answer.binding.id != 0));
	lz_assert(answer.certainty < CERTAINTY_PROBABLE ||
		  answer.party != BINDING_NO_PARTY);
	lz_assert(!answer.awaiting || answer.certainty == CERTAINTY_PROBABLE);
}

static bool
run(uint64_t seed)
{
	struct play play = {.table = binding_table_new()};
	struct tracker_store store = binding_table_store(play.table);
	bool good = true;

	rng_init(&play.rng, seed);
	for (uint16_t i = 0; i < SOURCES; i++) {
		const struct tracker_source source = {
		    .number = i,
		    .interim_us = i % 2 ? 15 * MINUTE : 0,
		    .complete = i >= 2,
		    .sessions_numbered = i != 1,
		    .assigned = i == 4,
		    .error_us = (int64_t)rng_below(&play.rng, 3) * SECOND};
		int error = binding_table_set_source(play.table, &source);

		lz_assert(error == 0);
	}
	for (unsigned i = 0; good && i < WORDS; i++) {
		const struct tracker_source *source = binding_table_source(
		    play.table, (uint16_t)rng_below(&play.rng, SOURCES));
		struct lease_event event = some_word(&play);
		int error = tracker_event(&store, source, &event);

		lz_assert(error == 0 || error == LZ_E_RANGE);
		if (rng_below(&play.rng, 8) == 0)
			error = tracker_silence(&store, source,
						(struct at_event){
						    some_time(&play)});
		lz_assert(error >= 0 || error == LZ_E_RANGE);
		good = check_rows(play.table);
		if (!good)
			printf("history %llu, word %u of kind %u\n",
			       (unsigned long long)seed, i, event.kind);
		ask_something(&play);
	}
	binding_table_free(play.table);
	return good;
}

int
main(int argc, char **argv)
{
	uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 3000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	unsigned failed = 0;

	if (crypto_init() != 0)
		return 1;
	for (uint64_t i = 0; i < count && failed < 3; i++)
		failed += !run(seed + i);
	crypto_fini();
	return failed != 0;
}
