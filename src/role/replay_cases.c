/* SPDX-License-Identifier: Apache-2.0 */
/* Cases on the records' clock, printed. */
#include "role/replay_cases.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "fact/digest.h"
#include "role/file_bindings.h"
#include "role/holders.h"
#include "role/print_case.h"
#include "role/replay_text.h"

#define LINE_SIZE 4096
#define DETAIL_SIZE 512

struct party_name {
	struct party_id id;
	char label[PARTY_LABEL_SIZE];
};

struct told {
	uint64_t case_id, notice;
	struct at_event time;
};

struct replay_cases {
	struct replay_cases_conf conf;
	struct holders *holders;
	struct chain *chain;
	struct rng rng;
	struct party_name **parties; /* by number */
	size_t party_count, party_room;
	struct told *told; /* whose receipts are to be fed */
	size_t told_count, told_room;
	int error; /* the first one of the sink */
	struct replay_counts counts;
};

/* -------------------------------------------------------------- parties */

/* Where a number stands, or would. */
static size_t
party_at(const struct replay_cases *cases, struct party_id id)
{
	size_t low = 0, high = cases->party_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (cases->parties[middle]->id.value < id.value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const char *
party_label(const struct replay_cases *cases, struct party_id id)
{
	const size_t at = party_at(cases, id);

	return at < cases->party_count &&
		       cases->parties[at]->id.value == id.value
		   ? cases->parties[at]->label
		   : NULL;
}

static int
party_add(struct replay_cases *cases, struct party_id id, const char *label)
{
	const size_t at = party_at(cases, id);
	struct party_name *name = memory_new(1, sizeof(*name));

	if (name && cases->party_count == cases->party_room) {
		const size_t room = cases->party_room * 2 + 64;
		struct party_name **grown =
		    memory_grow(cases->parties, cases->party_room, room,
				sizeof(struct party_name *));

		if (!grown) {
			memory_free(name);
			name = NULL;
		} else {
			cases->parties = grown;
			cases->party_room = room;
		}
	}
	if (!name)
		return LZ_E_MEMORY;
	name->id = id;
	(void)text_copy(name->label, sizeof(name->label), slice_of(label));
	memmove(cases->parties + at + 1, cases->parties + at,
		(cases->party_count - at) * sizeof(struct party_name *));
	cases->parties[at] = name;
	cases->party_count++;
	return 0;
}

static int
party_of(void *context, const char *label, bool known, struct party_id *party)
{
	struct replay_cases *cases = context;
	struct rng rng = rng_fork(&cases->rng,
				  digest_u64(label, strlen(label)));
	const char *other = NULL;

	(void)known;
	do {
		party->value = rng_u64(&rng);
		other = party_label(cases, *party);
	} while (party->value == 0 || (other && strcmp(other, label) != 0));
	return other ? 0 : party_add(cases, *party, label);
}

/* ---------------------------------------------------------------- lines */

static void
put(const struct replay_cases *cases, const char *line)
{
	fputs(line, cases->conf.out);
}

static void
say_case(const struct replay_cases *cases, const struct print_head *head,
	 const struct case_output *step)
{
	const struct case_record *record = step->record;
	const struct print_case line = {.head = *head,
					.certainty =
					    certainty_name(record->certainty),
					.state = record->state,
					.score_milli = record->score_milli,
					.classes = record->classes,
					.opened = record->opened,
					.due = record->due,
					.closed = record->closed};
	char out[LINE_SIZE] = "";
	struct text text;

	text_init(&text, out, sizeof(out));
	if (cases->conf.json)
		print_case(&text, &line);
	else if (step->from != record->state)
		replay_text_state(&text, &line, step->row);
	put(cases, out);
}

static void
remember_told(struct replay_cases *cases, const struct print_head *head,
	      uint64_t notice)
{
	const size_t room = cases->told_room * 2 + 16;
	struct told *grown = cases->told;

	if (cases->told_count == cases->told_room) {
		grown = memory_grow(cases->told, cases->told_room, room,
				    sizeof(*grown));
		if (!grown) {
			cases->error = LZ_E_MEMORY;
			return;
		}
		cases->told = grown;
		cases->told_room = room;
	}
	cases->told[cases->told_count++] = (struct told){head->case_id, notice,
							 head->time};
}

static void
say_notice(struct replay_cases *cases, const struct print_head *head,
	   const struct case_action *action, uint32_t classes)
{
	const struct print_notice line = {.head = *head,
					  .notice = action->notice.id,
					  .channel = action->would ? "none"
								   : "maildir",
					  .step = action->notice.step};
	char out[LINE_SIZE];
	struct text text;

	cases->counts.notices++;
	text_init(&text, out, sizeof(out));
	if (cases->conf.json)
		print_notice(&text, &line);
	else
		replay_text_notice(&text, &line, classes, action->would);
	put(cases, out);
	if (!action->would)
		remember_told(cases, head, line.notice);
}

static void
say_measure(struct replay_cases *cases, const struct print_head *head,
	    const struct case_action *action)
{
	const bool off = action->kind == CASE_ACTION_MEASURE_OFF;
	const struct print_measure line = {.head = *head,
					   .measure = action->measure.id,
					   .kind = action->measure.kind,
					   .action = off             ? "off"
						     : action->would ? "would"
								     : "on",
					   .target = action->measure.target,
					   .expires = action->measure.expires,
					   .reason = action->text};
	char out[LINE_SIZE];
	struct text text;

	cases->counts.measures += action->kind == CASE_ACTION_MEASURE_ON;
	text_init(&text, out, sizeof(out));
	if (cases->conf.json)
		print_measure(&text, &line);
	else
		replay_text_measure(&text, &line,
				    off ? "end"
				    : action->kind == CASE_ACTION_MEASURE_ON
					? "begin"
					: "go on",
				    action->would);
	put(cases, out);
}

static void
say_refused(struct replay_cases *cases, const struct print_head *head,
	    const char *what, const char *why)
{
	const struct print_refused line = {.head = *head,
					   .what = what,
					   .why = why};
	char out[LINE_SIZE], detail[DETAIL_SIZE];
	struct text text;

	cases->counts.refused++;
	text_init(&text, detail, sizeof(detail));
	text_add(&text, what);
	text_add(&text, ": ");
	text_add(&text, why);
	text_init(&text, out, sizeof(out));
	if (cases->conf.json)
		print_refused(&text, &line);
	else
		replay_text_line(&text, head->time, head->party, "refused",
				 detail);
	put(cases, out);
}

static void
say_action(struct replay_cases *cases, const struct print_head *head,
	   const struct case_action *action, uint32_t classes)
{
	switch (action->kind) {
	case CASE_ACTION_NOTICE:
		say_notice(cases, head, action, classes);
		break;
	case CASE_ACTION_MEASURE_ON:
	case CASE_ACTION_MEASURE_RENEW:
	case CASE_ACTION_MEASURE_OFF:
		say_measure(cases, head, action);
		break;
	case CASE_ACTION_REFUSED:
		say_refused(cases, head, "measure", action->text);
		break;
	case CASE_ACTION_CORRECTION:
	case CASE_ACTION_PERSON:
		say_refused(cases, head, "automation", action->text);
		break;
	}
}

static void
take_step(void *context, const struct chain_output *output)
{
	struct replay_cases *cases = context;
	const struct case_output *step = output->step;
	const struct print_head head = {
	    .time = step->input->now,
	    .case_id = step->record->id,
	    .party = party_label(cases, step->record->party)};

	cases->counts.cases += step->from == 0;
	if (cases->conf.watch)
		cases->conf.watch(cases->conf.context, output);
	if (step->changed)
		say_case(cases, &head, step);
	for (size_t i = 0; i < step->action_count; i++)
		say_action(cases, &head, &step->actions[i],
			   step->record->classes);
	if (step->refused)
		say_refused(cases, &head,
			    case_event_kind_name(step->event->kind),
			    step->refused);
}

/* ----------------------------------------------------------------- chain */

struct replay_cases *
replay_cases_new(const struct replay_cases_conf *conf)
{
	struct replay_cases *cases = memory_new(1, sizeof(*cases));
	struct chain_conf chain = {.policy = &conf->conf->policy,
				   .reachable = true,
				   .party_of = party_of,
				   .sink = take_step,
				   .context = cases};

	if (!cases) {
		fputs("lazaret replay: no memory\n", stderr);
		return NULL;
	}
	cases->conf = *conf;
	case_policy_seal(&conf->conf->policy);
	rng_init(&cases->rng, conf->seed);
	if (registrar_conf_heard(&conf->conf->registrar))
		fputs("lazaret replay: what the registrar heard itself "
		      "(accounting, syslog, NAT exporters, databases) isn't "
		      "asked here: whoever only it knows is shown by address. "
		      "Its files and all lists are\n",
		      stderr);
	cases->holders = file_holders_open(conf->conf, HOLDERS_FILES);
	if (cases->holders) {
		chain.holders = cases->holders;
		chain.rng = rng_fork(&cases->rng, 1);
		cases->rng = rng_fork(&cases->rng, 0);
		cases->chain = chain_new(&chain);
	}
	if (!cases->chain) {
		replay_cases_free(cases);
		return NULL;
	}
	return cases;
}

void
replay_cases_free(struct replay_cases *cases)
{
	if (!cases)
		return;
	chain_free(cases->chain);
	holders_close(cases->holders);
	for (size_t i = 0; i < cases->party_count; i++)
		memory_free(cases->parties[i]);
	memory_free(cases->parties);
	memory_free(cases->told);
	memory_free(cases);
}

/* What was told just now was delivered just now. */
static int
feed_receipts(struct replay_cases *cases)
{
	static const enum receipt_kind kinds[] = {RECEIPT_SENT,
						  RECEIPT_ACCEPTED,
						  RECEIPT_DELIVERED};
	int error = cases->error;

	for (size_t i = 0; i < cases->told_count && !error; i++) {
		const struct told told = cases->told[i];
		struct case_event event = {.kind = CASE_EVENT_RECEIPT,
					   .notice_id = told.notice,
					   .time = told.time};

		for (size_t k = 0; k < 3 && !error; k++) {
			event.receipt = kinds[k];
			error = chain_event(cases->chain, told.case_id, &event,
					    told.time);
		}
	}
	cases->told_count = 0;
	return error;
}

int
replay_cases_sighting(struct replay_cases *cases,
		      const struct sighting *sighting)
{
	const int error = chain_sighting(cases->chain, sighting,
					 sighting->known);

	return error ? error : feed_receipts(cases);
}

int
replay_cases_end(struct replay_cases *cases, struct at_event last)
{
	const int error = chain_advance(cases->chain, last);

	return error ? error : feed_receipts(cases);
}

void
replay_cases_count(const struct replay_cases *cases,
		   struct replay_counts *counts)
{
	*counts = cases->counts;
}

/* ------------------------------------------------------------ at the end */

struct standing {
	const struct case_record **records;
	size_t count, room;
};

static bool
gather(void *context, const struct case_record *record)
{
	struct standing *standing = context;

	if (standing->count < standing->room)
		standing->records[standing->count++] = record;
	return true;
}

static int
by_opening(const void *a, const void *b)
{
	const struct case_record *const *x = a, *const *y = b;

	if ((*x)->opened.us != (*y)->opened.us)
		return (*x)->opened.us < (*y)->opened.us ? -1 : 1;
	return (*x)->id < (*y)->id ? -1 : (*x)->id > (*y)->id;
}

void
replay_cases_tell(const struct replay_cases *cases)
{
	const struct case_book *book = chain_book(cases->chain);
	struct standing standing = {.room = case_book_count(book)};
	char out[LINE_SIZE];
	struct text text;

	if (standing.room == 0)
		return;
	standing.records = memory_new(standing.room, sizeof(void *));
	if (!standing.records)
		return;
	case_book_visit(book, gather, &standing);
	qsort(standing.records, standing.count, sizeof(standing.records[0]),
	      by_opening);
	put(cases, "\nwhen the records end:\n");
	for (size_t i = 0; i < standing.count; i++) {
		text_init(&text, out, sizeof(out));
		replay_text_case(&text, standing.records[i],
				 party_label(cases,
					     standing.records[i]->party));
		put(cases, out);
	}
	put(cases, "\n");
	memory_free(standing.records);
}
