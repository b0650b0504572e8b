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

#include "base/memory.h"
#include "ident/identify.h"
#include "role/chain.h"

#define ADDR_LABEL "addr:"

struct chain {
	struct chain_conf conf;
	struct case_book *book;
	struct attribution *attribution;
	struct at_event now;
	struct at_event asked; /* when those that wait were asked last */
	uint64_t version;      /* of the holders then */
	int error;             /* the first one of a sink */
	/* What goes out with the steps made right now. */
	const struct attributed *attributed;
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
	chain->book = case_book_new(conf->policy, conf->rng);
	chain->attribution = attribution_new(holders_cursor(conf->holders),
					     CHAIN_BINDING_ERROR_US);
	if (!chain->book || !chain->attribution) {
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
	memory_free(chain);
}

struct case_book *
chain_book(struct chain *chain)
{
	return chain->book;
}

static void
take_step(void *context, const struct case_output *step)
{
	struct chain *chain = context;
	struct chain_output output = {step, chain->attributed, chain->label};

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

/* The party an answer leads to, its label in `label`. */
static int
party_of_answer(struct chain *chain, const struct attributed *attributed,
		char label[PARTY_LABEL_SIZE], struct case_party *party)
{
	const struct chain_conf *conf = &chain->conf;
	const uint32_t row = attributed->answer.party;
	struct contract_facts facts = {.protected = false};
	const char *account = NULL;

	*party = (struct case_party){
	    .parties_total = holders_party_count(conf->holders)};
	if (attributed->answer.certainty == CERTAINTY_CERTAIN)
		account = holders_account(conf->holders, row);
	party->known = account != NULL;
	if (account) {
		(void)text_copy(label, PARTY_LABEL_SIZE, slice_of(account));
		(void)holders_facts(conf->holders, row, &facts);
		fill_open(chain, row, party);
		party->id = holders_number(conf->holders, label);
	} else {
		addr_label(&attributed->sighting.subject, label);
	}
	party->protected = facts.protected || is_protected(conf->policy, label);
	party->reachable = party->known && conf->reachable;
	return conf->party_of(conf->context, label, party->known, &party->id);
}

/*
 * Takes a sighting away from the party of its address, where it went while
 * its answer wasn't certain.
 */
static int
withdraw(struct chain *chain, const struct sighting *sighting,
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

static void
take_attributed(void *context, const struct attributed *attributed)
{
	struct chain *chain = context;
	char label[PARTY_LABEL_SIZE];
	struct case_party party;
	int error;

	if (chain->error)
		return;
	chain->attributed = attributed;
	error = party_of_answer(chain, attributed, label, &party);
	if (!error && attributed->again)
		error = withdraw(chain, &attributed->sighting, party.id);
	if (!error) {
		chain->label = label;
		error = case_book_sighting(chain->book, &party,
					   &attributed->sighting,
					   &attributed->answer, chain->now,
					   take_step, chain);
	}
	chain->label = NULL;
	chain->attributed = NULL;
	if (error < 0)
		fail(chain, error);
}

int
chain_sighting(struct chain *chain, const struct sighting *sighting,
	       struct at_event now)
{
	case_book_advance(chain->book, move_on(chain, now), take_step, chain);
	attribution_sighting(chain->attribution, sighting, take_attributed,
			     chain);
	return chain->error;
}

bool
chain_leads_elsewhere(struct chain *chain, const struct sighting *sighting,
		      uint64_t case_id, uint8_t certainty)
{
	const struct binding_cursor cursor =
	    holders_cursor(chain->conf.holders);
	const struct case_record *record = case_book_find(chain->book, case_id);
	struct attributed attributed = {.sighting = *sighting};
	char label[PARTY_LABEL_SIZE];
	struct case_party party;

	identify_sighting(&cursor, sighting, CHAIN_BINDING_ERROR_US,
			  &attributed.answer);
	/* One that was nobody's when it came, because the word of its holder came
	 * later, must wait like one that came behind that word. */
	if (!record || !record->known)
		return attributed.answer.certainty == CERTAINTY_CERTAIN ||
		       (attributed.answer.awaiting &&
			attributed.answer.certainty != certainty);
	if (attributed.answer.certainty != CERTAINTY_CERTAIN)
		return true;
	return party_of_answer(chain, &attributed, label, &party) == 0 &&
	       party.id.value != record->party.value;
}

int
chain_move(struct chain *chain, const struct sighting *sighting,
	   uint64_t case_id, const char *why, struct at_event now)
{
	struct case_event event = {.kind = CASE_EVENT_WITHDRAW,
				   .sighting = sighting,
				   .target = sighting->subject};
	int error = 0;

	case_book_advance(chain->book, move_on(chain, now), take_step, chain);
	event.time = chain->now;
	(void)text_copy(event.reason, sizeof(event.reason), slice_of(why));
	if (case_book_find(chain->book, case_id))
		error = case_book_event(chain->book, case_id, &event,
					chain->now, take_step, chain);
	attribution_forget(chain->attribution, sighting);
	if (!error)
		attribution_sighting(chain->attribution, sighting,
				     take_attributed, chain);
	return error ? error : chain->error;
}

int
chain_event(struct chain *chain, uint64_t case_id,
	    const struct case_event *event, struct at_event now)
{
	case_book_advance(chain->book, move_on(chain, now), take_step, chain);
	return case_book_event(chain->book, case_id, event, chain->now,
			       take_step, chain);
}

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
	case_book_advance(chain->book, move_on(chain, now), take_step, chain);
	if (is_to_ask(chain))
		attribution_again(chain->attribution, take_attributed, chain);
	return chain->error;
}
