/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a sighting from "this address" to "this party's case".
 *
 * Only a certain answer names an account.  Everything else goes to a party of
 * its own, "addr:SUBJECT": it collects what was seen there, is never told and
 * never limited, and hands a sighting over when the answer becomes certain.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "ident/identify.h"
#include "role/chain.h"

#define ADDR_LABEL "addr:"

/* On its way from the first stage to the second. */
struct waiting {
	struct attributed attributed;
	struct case_party party; /* its number is found in the second */
	char label[PARTY_LABEL_SIZE];
	char source[CASE_TEXT_SIZE]; /* that names the holder; "" */
	struct at_event now;
	uint64_t tag;
	bool arrived;
};

struct chain {
	struct chain_conf conf;
	struct case_book *book;
	struct attribution *attribution;
	struct at_event now;
	struct at_event asked;       /* when those that wait were asked last */
	uint64_t version;            /* of the holders then */
	int error;                   /* the first one of a sink */
	struct waiting *queue;       /* room for max(1, conf.queue) */
	struct chain_asked *parties; /* of the queue */
	size_t queued, room;
	bool arriving; /* what attribution gives out now came in just now */
	uint64_t tag, fault;
	struct chain_counts counts;
	/* What goes out with the steps made right now. */
	const struct waiting *at;
	const char *label;
};

struct chain *
chain_new(const struct chain_conf *conf)
{
	struct chain *chain = memory_new(1, sizeof(*chain));

	if (!chain)
		return NULL;
	chain->conf = *conf;
	chain->now = chain->asked = times_unset();
	chain->room = conf->queue == 0                ? 1
		      : conf->queue > CHAIN_QUEUE_MAX ? CHAIN_QUEUE_MAX
						      : conf->queue;
	chain->book = case_book_new(conf->policy, conf->rng);
	chain->attribution = attribution_new(holders_cursor(conf->holders),
					     CHAIN_BINDING_ERROR_US);
	chain->queue = memory_new(chain->room, sizeof(chain->queue[0]));
	chain->parties = memory_new(chain->room, sizeof(chain->parties[0]));
	if (!chain->book || !chain->attribution || !chain->queue ||
	    !chain->parties) {
		chain_free(chain);
		return NULL;
	}
	return chain;
}

void
chain_free(struct chain *chain)
{
	if (!chain)
		return;
	case_book_free(chain->book);
	attribution_free(chain->attribution);
	memory_free(chain->queue);
	memory_free(chain->parties);
	memory_free(chain);
}

struct case_book *
chain_book(struct chain *chain)
{
	return chain->book;
}

struct holders *
chain_holders(const struct chain *chain)
{
	return chain->conf.holders;
}

int
chain_is_of(struct chain *chain, uint32_t account, struct party_id party,
	    bool *is_of)
{
	const char *borrowed = holders_account(chain->conf.holders, account);
	char label[PARTY_LABEL_SIZE];
	struct party_id found;
	int error;

	*is_of = true;
	if (!borrowed || !chain->conf.party_find)
		return 0;
	(void)text_copy(label, sizeof(label), slice_of(borrowed));
	error = chain->conf.party_find(chain->conf.context, label, &found);
	if (error == LZ_E_NOT_FOUND) {
		*is_of = false;
		return 0;
	}
	if (!error)
		*is_of = case_book_resolve(chain->book, found).value ==
			 party.value;
	return error;
}

static void
take_step(void *context, const struct case_output *step)
{
	struct chain *chain = context;
	const struct waiting *at = chain->at;
	struct chain_output output = {.step = step,
				      .party_label = chain->label};

	if (at && step->event->kind == CASE_EVENT_SIGHTING &&
	    step->event->sighting == &at->attributed.sighting) {
		output.attributed = &at->attributed;
		output.arrived = at->arrived;
		output.binding_source = *at->source ? at->source : NULL;
	}
	chain->conf.sink(chain->conf.context, &output);
}

static void
fail(struct chain *chain, int error)
{
	if (!chain->error)
		chain->error = error;
}

static struct at_event
move_on(struct chain *chain, struct at_event now)
{
	if (now.us > chain->now.us)
		chain->now = now;
	return chain->now;
}

static void
addr_label(const struct subject *subject, char label[PARTY_LABEL_SIZE])
{
	struct text text;

	text_init(&text, label, PARTY_LABEL_SIZE);
	text_add(&text, ADDR_LABEL);
	subject_format(&text, subject);
}

static int
compare_label(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

static bool
is_protected(const struct case_policy *policy, const char *label)
{
	return policy->protected_count > 0 &&
	       bsearch(label, policy->protected_labels, policy->protected_count,
		       sizeof(policy->protected_labels[0]), compare_label);
}

/* ---- the first stage: whose address it was ---- */

/* All it holds now; nothing where that is more than a line has. */
static void
fill_open(const struct chain *chain, uint32_t party, struct case_party *out)
{
	struct binding open[CASE_PLACES_MAX];
	const size_t count = holders_open_of(chain->conf.holders, party,
					     chain->now, open, CASE_PLACES_MAX);

	if (count > CASE_PLACES_MAX)
		return;
	for (size_t i = 0; i < count; i++)
		out->open[i] = (struct case_other){.binding = open[i].id,
						   .target = open[i].subject,
						   .end = open[i].end};
	out->open_count = (uint8_t)count;
}

static void
fill_channels(const struct chain *chain, const char *label,
	      struct case_party *party)
{
	unsigned channels;

	party->reachable = party->known && chain->conf.reachable;
	if (!party->reachable || !chain->conf.channels)
		return;
	channels = chain->conf.channels(chain->conf.context, label);
	party->reachable = channels > 0;
	party->channels = (uint8_t)(channels < UINT8_MAX ? channels
							 : UINT8_MAX);
}

/* Of a name that is too long (a path) the end, which tells more. */
static void
copy_source(char source[CASE_TEXT_SIZE], const char *name)
{
	const size_t length = strlen(name);
	const size_t over = length < CASE_TEXT_SIZE
				? 0
				: length - CASE_TEXT_SIZE + 1;

	(void)text_copy(source, CASE_TEXT_SIZE, slice_of(name + over));
}

/* Which source names the holder; false: what it says is recalled. */
static bool
fill_source(const struct chain *chain, const struct attributed *attributed,
	    char source[CASE_TEXT_SIZE])
{
	const struct chain_conf *conf = &chain->conf;
	struct holders_source said;

	source[0] = '\0';
	if (attributed->answer.certainty != CERTAINTY_CERTAIN ||
	    !holders_source(conf->holders, attributed->answer.binding.source,
			    &said) ||
	    !said.name)
		return true;
	copy_source(source, said.name);
	return !conf->doubted || !conf->doubted(conf->doubted_context, source,
						attributed->sighting.time);
}

/* Everything about whom an answer leads to but his number. */
static void
name_party(struct chain *chain, struct waiting *waiting)
{
	const struct chain_conf *conf = &chain->conf;
	struct attributed *attributed = &waiting->attributed;
	struct case_party *party = &waiting->party;
	struct contract_facts facts = {.protected = false};
	const uint32_t row = attributed->answer.party;
	const char *account = NULL;

	*party = (struct case_party){
	    .parties_total = holders_party_count(conf->holders)};
	if (!fill_source(chain, attributed, waiting->source))
		attributed->answer.certainty = CERTAINTY_PROBABLE;
	if (attributed->answer.certainty == CERTAINTY_CERTAIN)
		account = holders_account(conf->holders, row);
	party->known = account != NULL;
	if (account) {
		(void)text_copy(waiting->label, PARTY_LABEL_SIZE,
				slice_of(account));
		(void)holders_facts(conf->holders, row, &facts);
		fill_open(chain, row, party);
		party->id = holders_number(conf->holders, waiting->label);
	} else {
		addr_label(&attributed->sighting.subject, waiting->label);
	}
	party->protected = facts.protected ||
			   is_protected(conf->policy, waiting->label);
	fill_channels(chain, waiting->label, party);
}

static void
take_attributed(void *context, const struct attributed *attributed)
{
	struct chain *chain = context;
	struct waiting *waiting;

	if (chain->error)
		return;
	if (chain->queued == chain->room) {
		chain->counts.full++;
		if (chain_drain(chain) != 0)
			return;
	}
	waiting = &chain->queue[chain->queued];
	waiting->attributed = *attributed;
	waiting->now = chain->now;
	waiting->tag = chain->tag;
	waiting->arrived = chain->arriving;
	name_party(chain, waiting);
	chain->queued++;
	chain->counts.attributed++;
	if (chain->queued > chain->counts.deepest)
		chain->counts.deepest = chain->queued;
}

/* ---- the second stage: whose case it is ---- */

unsigned
chain_partition(struct party_id party)
{
	return hash_crc32c(0, &party.value, sizeof(party.value)) %
	       CHAIN_PARTITIONS;
}

/* Numbers of all parties in the queue. */
static int
find_parties(struct chain *chain)
{
	const struct chain_conf *conf = &chain->conf;
	int error = 0;

	for (size_t i = 0; i < chain->queued; i++)
		chain->parties[i] =
		    (struct chain_asked){.label = chain->queue[i].label,
					 .known = chain->queue[i].party.known,
					 .party = chain->queue[i].party.id};
	if (conf->parties_of && chain->queued > 1)
		error = conf->parties_of(conf->context, chain->parties,
					 chain->queued);
	else
		for (size_t i = 0; i < chain->queued && !error; i++)
			error = conf->party_of(conf->context,
					       chain->parties[i].label,
					       chain->parties[i].known,
					       &chain->parties[i].party);
	for (size_t i = 0; i < chain->queued && !error; i++)
		chain->queue[i].party.id = chain->parties[i].party;
	return error;
}

/*
 * Takes a sighting away from the party of its address, where it went while
 * its answer wasn't certain.
 */
static int
take_away(struct chain *chain, const struct sighting *sighting,
	  struct party_id now_of)
{
	struct case_event event = {.kind = CASE_EVENT_WITHDRAW,
				   .sighting = sighting,
				   .time = chain->now,
				   .target = sighting->subject};
	const struct case_record *record;
	char label[PARTY_LABEL_SIZE];
	struct party_id before = {0};
	int error;

	addr_label(&sighting->subject, label);
	error = chain->conf.party_of(chain->conf.context, label, false,
				     &before);
	if (error || before.value == now_of.value)
		return error;
	record = case_book_of_party(chain->book, before);
	if (!record)
		return 0;
	(void)text_copy(event.reason, sizeof(event.reason),
			slice_of("the answer to who it was has changed"));
	chain->label = label;
	error = case_book_event(chain->book, record->id, &event, chain->now,
				take_step, chain);
	chain->label = NULL;
	return error;
}

static int
step_waiting(struct chain *chain, struct waiting *waiting)
{
	const struct sighting *sighting = &waiting->attributed.sighting;
	int error = 0;

	waiting->party.binding_source = waiting->source;
	if (waiting->attributed.again)
		error = take_away(chain, sighting, waiting->party.id);
	if (!error) {
		chain->at = waiting;
		chain->label = waiting->label;
		error = case_book_sighting(chain->book, &waiting->party,
					   sighting,
					   &waiting->attributed.answer,
					   waiting->now, take_step, chain);
	}
	if (!error && waiting->arrived && chain->conf.arrival)
		chain->conf.arrival(chain->conf.context, sighting);
	chain->at = NULL;
	chain->label = NULL;
	chain->counts.stepped++;
	return error;
}

int
chain_drain(struct chain *chain)
{
	size_t i = 0;
	int error = chain->error;

	if (!error && chain->queued > 0)
		error = find_parties(chain);
	for (; i < chain->queued && !error; i++) {
		chain->fault = chain->queue[i].tag;
		error = step_waiting(chain, &chain->queue[i]);
	}
	if (!error)
		chain->fault = 0;
	chain->queued = 0;
	if (error < 0)
		fail(chain, error);
	return chain->error;
}

/* ---- what comes in ---- */

void
chain_mark(struct chain *chain, uint64_t tag)
{
	chain->tag = tag;
}

uint64_t
chain_fault(const struct chain *chain)
{
	return chain->fault;
}

void
chain_count(const struct chain *chain, struct chain_counts *counts)
{
	*counts = chain->counts;
}

/* Into the queue; without one, through it. */
static int
attribute(struct chain *chain, const struct sighting *sighting, bool arriving)
{
	chain->arriving = arriving;
	attribution_sighting(chain->attribution, sighting, take_attributed,
			     chain);
	chain->arriving = false;
	return chain->conf.queue == 0 ? chain_drain(chain) : chain->error;
}

int
chain_sighting(struct chain *chain, const struct sighting *sighting,
	       struct at_event now)
{
	(void)move_on(chain, now);
	if (chain->conf.queue == 0)
		case_book_advance(chain->book, chain->now, take_step, chain);
	return attribute(chain, sighting, true);
}

/* Before anything else than a sighting: what waits goes first, then time. */
static int
catch_up(struct chain *chain, struct at_event now)
{
	const int error = chain_drain(chain);

	if (error)
		return error;
	case_book_advance(chain->book, move_on(chain, now), take_step, chain);
	return chain->error;
}

bool
chain_leads_elsewhere(struct chain *chain, const struct sighting *sighting,
		      uint64_t case_id, uint8_t certainty)
{
	const struct binding_cursor cursor =
	    holders_cursor(chain->conf.holders);
	const struct case_record *record = case_book_find(chain->book, case_id);
	struct waiting waiting = {.attributed = {.sighting = *sighting}};
	const struct identity_answer *answer = &waiting.attributed.answer;

	identify_sighting(&cursor, sighting, CHAIN_BINDING_ERROR_US,
			  &waiting.attributed.answer);
	name_party(chain, &waiting);
	/* One that was nobody's when it came, because the word of its holder came
	 * later, must wait like one that came behind that word. */
	if (!record || !record->known)
		return answer->certainty == CERTAINTY_CERTAIN ||
		       (answer->awaiting && answer->certainty != certainty);
	if (answer->certainty != CERTAINTY_CERTAIN)
		return true;
	return chain->conf.party_of(chain->conf.context, waiting.label,
				    waiting.party.known,
				    &waiting.party.id) == 0 &&
	       case_book_resolve(chain->book, waiting.party.id).value !=
		   record->party.value;
}

int
chain_withdraw(struct chain *chain, const struct sighting *sighting,
	       uint64_t case_id, const char *why, struct at_event now)
{
	struct case_event event = {.kind = CASE_EVENT_WITHDRAW,
				   .sighting = sighting,
				   .target = sighting->subject};
	int error = catch_up(chain, now);

	event.time = chain->now;
	(void)text_copy(event.reason, sizeof(event.reason), slice_of(why));
	attribution_forget(chain->attribution, sighting);
	if (!error)
		error = case_book_event(chain->book, case_id, &event,
					chain->now, take_step, chain);
	return error == LZ_E_NOT_FOUND ? chain->error : error;
}

int
chain_move(struct chain *chain, const struct sighting *sighting,
	   uint64_t case_id, const char *why, struct at_event now)
{
	int error = chain_withdraw(chain, sighting, case_id, why, now);

	if (!error)
		error = attribute(chain, sighting, false);
	return error ? error : chain_drain(chain);
}

int
chain_event(struct chain *chain, uint64_t case_id,
	    const struct case_event *event, struct at_event now)
{
	const int error = catch_up(chain, now);

	return error ? error
		     : case_book_event(chain->book, case_id, event, chain->now,
				       take_step, chain);
}

/* ---- two parties that are one, one that is two ---- */

int
chain_merge(struct chain *chain, const struct case_merge *merge,
	    struct at_event now)
{
	const int error = catch_up(chain, now);

	return error ? error
		     : case_book_merge(chain->book, merge, chain->now,
				       take_step, chain);
}

/* Who it was, as far as the answer names that very party. */
static void
answer_for(struct chain *chain, const struct sighting *sighting,
	   const char *label, struct waiting *waiting)
{
	const struct binding_cursor cursor =
	    holders_cursor(chain->conf.holders);

	*waiting = (struct waiting){.attributed = {.sighting = *sighting}};
	identify_sighting(&cursor, sighting, CHAIN_BINDING_ERROR_US,
			  &waiting->attributed.answer);
	name_party(chain, waiting);
	if (strcmp(waiting->label, label) != 0 &&
	    waiting->attributed.answer.certainty > CERTAINTY_PROBABLE)
		waiting->attributed.answer.certainty = CERTAINTY_PROBABLE;
}

/* What a case has on a line: a place, or a measure. */
struct on_line {
	uint64_t binding;
	struct subject target;
	struct at_event since;
};

static size_t
lines_of(const struct case_record *record, struct at_event now,
	 struct on_line lines[CASE_PLACES_MAX + CASE_MEASURES_MAX])
{
	size_t count = 0;

	for (uint32_t i = 0; i < record->place_count; i++) {
		const struct case_place *it = &record->places[i];

		if (it->binding != 0 && it->end.us > now.us)
			lines[count++] =
			    (struct on_line){it->binding, it->target,
					     times_is_set(it->last) ? it->last
								    : now};
	}
	for (uint32_t i = 0; i < record->measure_count; i++) {
		const struct case_measure *it = &record->measures[i];
		struct on_line line = {.binding = it->binding,
				       .since = it->since};

		if (it->kind != MEASURE_FILTER && it->binding != 0 &&
		    subject_parse(slice_of(it->target), &line.target) == 0)
			lines[count++] = line;
	}
	return count;
}

/* Is it that account's, as far as anybody says? */
static bool
is_line_of(struct chain *chain, const struct on_line *line, const char *label)
{
	const struct binding_cursor cursor =
	    holders_cursor(chain->conf.holders);
	const char *account = NULL;
	const struct binding *row;

	cursor.seek(cursor.context, 0, &line->target.prefix.addr, line->since,
		    chain->now);
	while ((row = cursor.next(cursor.context)) != NULL)
		if (row->id == line->binding && row->party != BINDING_NO_PARTY)
			account = holders_account(chain->conf.holders,
						  row->party);
	return account && strcmp(account, label) == 0;
}

int
chain_give_back(struct chain *chain, uint64_t case_id, const char *label,
		struct at_event now)
{
	struct on_line lines[CASE_PLACES_MAX + CASE_MEASURES_MAX];
	struct case_event event = {.kind = CASE_EVENT_BINDING};
	int error = catch_up(chain, now);
	const struct case_record *record =
	    error ? NULL : case_book_find(chain->book, case_id);
	const size_t count = record ? lines_of(record, chain->now, lines) : 0;

	event.time = event.binding_end = chain->now;
	(void)text_copy(event.reason, sizeof(event.reason),
			slice_of("a person says the line is another's"));
	for (size_t i = 0; i < count && !error; i++) {
		if (!is_line_of(chain, &lines[i], label))
			continue;
		event.binding = lines[i].binding;
		event.target = lines[i].target;
		error = case_book_event(chain->book, case_id, &event,
					chain->now, take_step, chain);
	}
	return error;
}

int
chain_split(struct chain *chain, uint64_t from, const char *label, bool known,
	    const struct sighting *sightings, size_t count, const char *actor,
	    const char *reason, struct at_event now)
{
	const struct chain_conf *conf = &chain->conf;
	struct case_party party = {
	    .known = known,
	    .protected = is_protected(conf->policy, label),
	    .parties_total = holders_party_count(conf->holders)};
	struct case_split split = {.from = from,
				   .party = &party,
				   .sightings = sightings,
				   .count = count,
				   .actor = actor,
				   .reason = reason};
	struct identity_answer *answers = memory_new(count + 1,
						     sizeof(*answers));
	struct waiting *waiting = memory_new(1, sizeof(*waiting));
	int error = answers && waiting ? catch_up(chain, now) : LZ_E_MEMORY;

	for (size_t i = 0; i < count && !error; i++) {
		answer_for(chain, &sightings[i], label, waiting);
		answers[i] = waiting->attributed.answer;
		if (strcmp(waiting->label, label) == 0)
			party.protected |= waiting->party.protected;
	}
	fill_channels(chain, label, &party);
	split.answers = answers;
	if (!error)
		error = conf->party_of(conf->context, label, known, &party.id);
	if (!error)
		error = case_book_split(chain->book, &split, chain->now,
					take_step, chain);
	if (!error)
		error = chain_give_back(chain, from, label, chain->now);
	memory_free(answers);
	memory_free(waiting);
	return error;
}

/* ---- start, time, questions ---- */

int
chain_restore(struct chain *chain, const struct case_record *record,
	      uint64_t events)
{
	move_on(chain, record->changed);
	return case_book_restore(chain->book, record, events);
}

void
chain_wait(struct chain *chain, const struct sighting *sighting)
{
	attribution_wait(chain->attribution, sighting);
}

struct at_event
chain_now(const struct chain *chain)
{
	return chain->now;
}

size_t
chain_waiting(const struct chain *chain)
{
	return attribution_waiting(chain->attribution);
}

/* Answers change only when what stands behind them does; an index that is
 * written all the time is asked once a second. */
static bool
is_to_ask(struct chain *chain)
{
	const uint64_t version = holders_version(chain->conf.holders);

	if (times_is_set(chain->asked) &&
	    (version == chain->version ||
	     chain->now.us - chain->asked.us < TIMES_SECOND_US))
		return false;
	chain->asked = chain->now;
	chain->version = version;
	return true;
}

int
chain_advance(struct chain *chain, struct at_event now)
{
	const int error = catch_up(chain, now);

	if (error || !is_to_ask(chain))
		return error;
	attribution_again(chain->attribution, take_attributed, chain);
	return chain_drain(chain);
}
