/* SPDX-License-Identifier: Apache-2.0 */
/* Cases out of the desk's store. */
#include "role/case_show.h"
#include "role/case_find.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "role/case_why.h"
#include "role/desk_stop.h"
#include "role/plain_words.h"
#include "role/print.h"
#include "role/print_case.h"
#include "store/effect_store.h"
#include "store/recall_store.h"

#define LINE_SIZE 4096

struct showing {
	struct store *store;
	struct case_record *record; /* of the case at hand; too large a thing */
	struct case_policy *policy; /* it opened under; NULL: not kept */
	const struct case_view *how;
	uint64_t case_id, notice;
	char party[PARTY_LABEL_SIZE];
	char measure[MEASURE_TARGET_SIZE + 16];
	uint64_t count;
	unsigned would, real; /* notices and measures; cases of a list */
	bool found;           /* record is that of the case to show */
};

/* What persons said that explains where it stands. */
struct telling {
	bool held, waits;
	char row[64], actor[CASE_TEXT_SIZE], reason[CASE_TEXT_SIZE];
	char first[CASE_TEXT_SIZE];
	struct at_event first_at;
};

/* ---------------------------------------------------------------- cases */

static struct print_head
head_of(const struct showing *showing, struct at_event time)
{
	return (struct print_head){.time = time,
				   .case_id = showing->case_id,
				   .party = showing->party};
}

/* Its record, whole; NULL where it can't be read. */
static const struct case_record *
read_record(const struct showing *showing, const struct store_case *stored)
{
	struct cursor cursor;

	cursor_init(&cursor, stored->record.at, stored->record.length);
	return case_record_decode(&cursor, showing->record) == 0
		   ? showing->record
		   : NULL;
}

static void
case_as_json(const struct showing *showing, const struct store_case *stored)
{
	char line[LINE_SIZE];
	struct text text;
	const struct print_case out = {
	    .head = head_of(showing, stored->changed),
	    .certainty = certainty_name(stored->certainty),
	    .state = stored->state,
	    .score_milli = stored->score_milli,
	    .classes = stored->classes,
	    .opened = stored->opened,
	    .due = stored->due,
	    .closed = stored->closed,
	    .record = read_record(showing, stored),
	    .policy = showing->policy};

	text_init(&text, line, sizeof(line));
	print_case(&text, &out);
	fputs(line, stdout);
}

static int
list_case(void *context, const struct desk_view_case *view)
{
	struct showing *showing = context;
	const struct store_case *stored = &view->stored;
	char digits[PRINT_NUMBER_SIZE], changed[WORDS_MOMENT_SIZE];
	char classes[LINE_SIZE], score[16], waits[CASE_WHY_SIZE] = "";
	const struct case_record *record;
	struct text text;

	showing->case_id = stored->id;
	case_party_text(view, showing->party);
	if (showing->how->json) {
		case_as_json(showing, stored);
		return 0;
	}
	if (showing->count++ == 0)
		printf("%-16s  %-11s  %7s  %-9s  %-25s  %-26s  %-15s  %s\n",
		       "CASE", "STATE", "SCORE", "CERTAINTY", "CHANGED",
		       "PARTY", "CLASSES", "WAITS FOR");
	print_number(stored->id, digits);
	words_moment(changed, stored->changed, showing->how->zone_s);
	text_init(&text, score, sizeof(score));
	words_milli(&text, stored->score_milli);
	text_init(&text, classes, sizeof(classes));
	words_classes(&text, stored->classes);
	record = read_record(showing, stored);
	if (record) {
		case_why_waits(record, showing->how->zone_s, waits);
		showing->would += case_why_would(record);
	}
	printf("%s  %-11s  %7s  %-9s  %-25s  %-26s  %-15s  %s\n", digits,
	       case_state_name(stored->state), score,
	       certainty_name(stored->certainty), changed, showing->party,
	       classes, waits);
	return 0;
}

/* Before the cases: why nothing is done now, whatever they say. */
static int
say_standing(void *context, const char *name, struct at_event since,
	     const char *text)
{
	const bool notices = strcmp(name, STOP_NOTICES_NAME) == 0;
	const bool measures = strcmp(name, STOP_MEASURES_NAME) == 0;
	const struct case_view *how = context;
	char moment[WORDS_MOMENT_SIZE];

	words_moment(moment, since, how->zone_s);
	fprintf(stderr, "lazaret case: %s since %s: %s: %s\n",
		notices || measures ? "stopped" : "held", moment,
		notices    ? "nobody is told"
		: measures ? "nobody is limited"
			   : "nobody is told or limited",
		text);
	return 0;
}

/* One of two persons wants what is stopped to go on. */
static int
say_go(struct store *store, const struct case_view *view)
{
	char moment[WORDS_MOMENT_SIZE];
	struct store_waiting waiting;
	const int error = waiting_store_get(store, STOP_GO_NAME, &waiting);

	if (error)
		return error == LZ_E_NOT_FOUND ? 0 : error;
	words_moment(moment, waiting.time, view->zone_s);
	fprintf(stderr,
		"lazaret case: %s said at %s that it may go on (%s): a second "
		"person is needed\n",
		waiting.actor, moment, waiting.reason);
	return 0;
}

int
case_list(struct store *store, uint32_t states, const struct case_view *view)
{
	struct showing showing = {.store = store, .how = view};
	int error = desk_store_standings(store, say_standing,
					 (void *)(uintptr_t)view);

	showing.record = memory_new(1, sizeof(*showing.record));
	if (!showing.record)
		return LZ_E_MEMORY;
	if (!error)
		error = say_go(store, view);
	if (!error)
		error = desk_view_cases(store, states, list_case, &showing);
	memory_free(showing.record);
	if (!error && !view->json && showing.count == 0)
		puts("no case");
	if (!error && !view->json && showing.would)
		fprintf(stderr,
			"lazaret case: in shadow: %u of these are noticed or "
			"quarantined only in what would be done\n",
			showing.would);
	return error;
}

/* A line of what is said about one case: its name and a time. */
static void
say_time(const struct showing *showing, const char *name, struct at_event time)
{
	char moment[WORDS_MOMENT_SIZE];

	if (!times_is_set(time))
		return;
	words_moment(moment, time, showing->how->zone_s);
	printf("  %-10s %s\n", name, moment);
}

static int
show_case(void *context, const struct desk_view_case *view)
{
	struct showing *showing = context;
	const struct store_case *stored = &view->stored;
	char digits[PRINT_NUMBER_SIZE], line[LINE_SIZE];
	const struct case_record *record;
	struct text text;

	showing->case_id = stored->id;
	case_party_text(view, showing->party);
	if (showing->how->json) {
		case_as_json(showing, stored);
		return 0;
	}
	print_number(stored->id, digits);
	record = read_record(showing, stored);
	text_init(&text, line, sizeof(line));
	words_milli(&text, stored->score_milli);
	printf("case %s\n  %-10s %s: %s\n  %-10s %s\n  %-10s %s, %s\n", digits,
	       "state", case_state_name(stored->state),
	       record ? case_why_state(record) : words_state(stored->state),
	       "party", showing->party, "score", line,
	       certainty_name(stored->certainty));
	text_init(&text, line, sizeof(line));
	words_classes(&text, stored->classes);
	printf("  %-10s %s\n", "classes", line);
	say_time(showing, "opened", stored->opened);
	say_time(showing, "last seen", stored->last);
	say_time(showing, "changed", stored->changed);
	say_time(showing, "closed", stored->closed);
	say_time(showing, "next look", stored->due);
	if (record)
		case_why_print(record, showing->policy, showing->how->zone_s);
	return 0;
}

/* What a person last said that counts still, or what holds the case. */
static int
see_event(void *context, const struct store_event *event)
{
	struct telling *telling = context;
	struct sighting sighting;
	struct case_event said;
	struct cursor cursor;

	if (event->state != CASE_HELD)
		telling->held = false;
	if (event->sighting.length || event->refused || !event->row)
		return 0;
	cursor_init(&cursor, event->body.at, event->body.length);
	if (case_event_decode(&cursor, &said, &sighting) != 0)
		return 0;
	if (strncmp(event->row, "first-person", 12) == 0) {
		telling->first_at = event->now;
		memcpy(telling->first, said.actor, sizeof(telling->first));
	}
	if (event->state == CASE_HELD && event->from != CASE_HELD) {
		telling->held = true;
		memcpy(telling->actor, said.actor, sizeof(telling->actor));
		memcpy(telling->reason, said.reason, sizeof(telling->reason));
		(void)text_copy(telling->row, sizeof(telling->row),
				slice_of(event->row));
	}
	return 0;
}

static void
say_telling(const struct showing *showing, const struct telling *telling)
{
	char moment[WORDS_MOMENT_SIZE];

	if (telling->held)
		printf("  %-10s %s%s%s%s%s\n", "held", words_row(telling->row),
		       telling->actor[0] ? ": " : "", telling->actor,
		       telling->reason[0] ? ": " : "", telling->reason);
	if (!telling->waits)
		return;
	words_moment(moment, telling->first_at, showing->how->zone_s);
	printf("  %-10s %s, %s\n", "first said", telling->first, moment);
}

static int
see_policy(void *context, struct store_bytes key, struct store_bytes body)
{
	struct showing *showing = context;
	struct cursor cursor;

	if (showing->policy || key.length != CASE_POLICY_HASH_SIZE ||
	    memcmp(key.at, showing->record->policy_hash, key.length) != 0)
		return 0;
	showing->policy = memory_new(1, sizeof(*showing->policy));
	if (!showing->policy)
		return LZ_E_MEMORY;
	cursor_init(&cursor, body.at, body.length);
	if (case_policy_decode(&cursor, showing->policy) != 0) {
		memory_free(showing->policy);
		showing->policy = NULL;
	}
	return 0;
}

static int
see_record(void *context, const struct desk_view_case *view)
{
	struct showing *showing = context;

	showing->found = read_record(showing, &view->stored) != NULL;
	return 0;
}

/* The record first: it says which policy it opened under. */
static int
begin_show(struct showing *showing, uint64_t case_id)
{
	int error;

	showing->record = memory_new(1, sizeof(*showing->record));
	if (!showing->record)
		return LZ_E_MEMORY;
	error = desk_view_case(showing->store, case_id, see_record, showing);
	if (!error && showing->found)
		error = desk_store_policies(showing->store, see_policy,
					    showing);
	return error;
}

static int
tell(const struct showing *showing, uint64_t case_id)
{
	struct telling telling = {.held = false};
	int error = 0;

	if (showing->how->json || !showing->found)
		return 0;
	telling.waits = showing->record->first_person != 0;
	error = desk_view_events(showing->store, case_id, see_event, &telling);
	if (!error)
		say_telling(showing, &telling);
	return error;
}

/* ------------------------------------------------- what belongs to a case */

static int
show_sighting(void *context, const struct sighting *sighting)
{
	struct showing *showing = context;
	char line[LINE_SIZE], moment[WORDS_MOMENT_SIZE];
	struct text text;

	text_init(&text, line, sizeof(line));
	if (showing->how->json) {
		print_sighting(&text, sighting);
		fputs(line, stdout);
		return 0;
	}
	if (showing->count++ == 0)
		puts("seen");
	words_moment(moment, sighting->time, showing->how->zone_s);
	words_sighting(&text, sighting);
	printf("  %s  %s\n", moment, line);
	return 0;
}

static int
show_receipt(void *context, const struct desk_view_receipt *receipt)
{
	const struct showing *showing = context;
	char line[LINE_SIZE], moment[WORDS_MOMENT_SIZE];
	struct text text;

	if (showing->how->json) {
		const struct print_receipt out = {
		    .head = head_of(showing, receipt->time),
		    .notice = showing->notice,
		    .kind = receipt->kind,
		    .correction = receipt->correction,
		    .proof = receipt->proof};

		text_init(&text, line, sizeof(line));
		print_receipt(&text, &out);
		fputs(line, stdout);
		return 0;
	}
	words_moment(moment, receipt->time, showing->how->zone_s);
	printf("  %s    %s%s %s\n", moment,
	       receipt->correction ? "correction " : "",
	       receipt_kind_name(receipt->kind), receipt->proof);
	return 0;
}

static int
show_notice(void *context, const struct store_notice *notice)
{
	struct showing *showing = context;
	char line[LINE_SIZE], moment[WORDS_MOMENT_SIZE];
	char code[NOTICE_CODE_SIZE];
	struct text text;

	showing->would += notice->would;
	showing->real += !notice->would;
	notice_code_format(notice->code_bits, code);
	showing->notice = notice->id;
	if (showing->how->json) {
		const struct print_notice out = {
		    .head = head_of(showing, notice->created),
		    .notice = notice->id,
		    .channel = notice->channel,
		    .step = notice->step,
		    .code = notice->would ? NULL : code};

		text_init(&text, line, sizeof(line));
		print_notice(&text, &out);
		fputs(line, stdout);
	} else {
		if (showing->count++ == 0)
			puts("notices");
		words_moment(moment, notice->created, showing->how->zone_s);
		printf("  %s  notice %u ", moment, notice->step);
		if (notice->would)
			puts("would be sent (shadow)");
		else
			printf("%s to %s\n", code, notice->channel);
	}
	return desk_view_receipts(showing->store, notice->id, show_receipt,
				  showing);
}

static int
show_measure(void *context, const struct store_measure *measure)
{
	struct showing *showing = context;
	char line[LINE_SIZE], since[WORDS_MOMENT_SIZE],
	    until[WORDS_MOMENT_SIZE];
	struct text text;

	showing->would += measure->would;
	showing->real += !measure->would;
	if (showing->how->json) {
		const struct print_measure out = {
		    .head = head_of(showing, measure->since),
		    .measure = measure->id,
		    .kind = measure->kind,
		    .action = !measure->wanted ? "off"
			      : measure->would ? "would"
					       : "on",
		    .target = measure->target,
		    .expires = measure->expires,
		    .reason = measure->reason};

		text_init(&text, line, sizeof(line));
		print_measure(&text, &out);
		fputs(line, stdout);
		return 0;
	}
	if (showing->count++ == 0)
		puts("measures");
	words_moment(since, measure->since, showing->how->zone_s);
	words_moment(until,
		     measure->wanted ? measure->expires : measure->changed,
		     showing->how->zone_s);
	printf("  %s  %s of %s%s, %s %s: %s\n", since,
	       measure_kind_name(measure->kind), measure->target,
	       measure->would ? " would be set (shadow)" : "",
	       measure->wanted ? "until" : "lifted", until, measure->reason);
	return 0;
}

static int
show_effect(void *context, const struct store_effect *effect)
{
	struct showing *showing = context;
	char line[LINE_SIZE], moment[WORDS_MOMENT_SIZE];
	struct text text;

	if (showing->how->json) {
		const struct print_effect out = {.head = head_of(showing,
								 effect->time),
						 .measure = effect->measure,
						 .action = effect->on ? "on"
								      : "off",
						 .kind = effect->kind,
						 .device = effect->device,
						 .detail = effect->detail};

		text_init(&text, line, sizeof(line));
		print_effect(&text, &out);
		fputs(line, stdout);
		return 0;
	}
	if (showing->count++ == 0)
		puts("devices");
	words_moment(moment, effect->time, showing->how->zone_s);
	printf("  %s  %s, %s of %s: %s%s%s\n", moment, effect->device,
	       effect->on ? "setting" : "lifting", showing->measure,
	       effect_kind_name(effect->kind), *effect->detail ? ": " : "",
	       effect->detail);
	return 0;
}

static int
show_effects(void *context, const struct store_measure *measure)
{
	struct showing *showing = context;
	struct text text;

	text_init(&text, showing->measure, sizeof(showing->measure));
	text_add(&text, measure_kind_name(measure->kind));
	text_add(&text, " of ");
	text_add(&text, measure->target);
	return effect_store_list(showing->store, measure->id, show_effect,
				 showing);
}

int
case_show_effects(struct store *store, uint64_t case_id,
		  const struct case_view *view)
{
	struct showing showing = {.store = store,
				  .how = view,
				  .case_id = case_id};

	return desk_view_measures(store, case_id, show_effects, &showing);
}

/* Said once, so that nobody takes for done what would be. */
static void
say_shadow(const struct showing *showing)
{
	if (!showing->how->json && showing->would && !showing->real)
		puts("in shadow: none of this was really sent or set");
}

/* None of its sightings is there: erased, or another case's now. */
static void
say_nothing_left(const struct showing *showing)
{
	char digits[PRINT_NUMBER_SIZE];

	if (!showing->found || !showing->record->merged_into) {
		puts("seen\n  what it rests on has been erased, withdrawn or "
		     "given to another case");
		return;
	}
	print_number(showing->record->merged_into, digits);
	printf("seen\n  what it rested on went on in case %s\n", digits);
}

static int
show_parts(struct showing *showing, uint64_t case_id)
{
	struct store *store = showing->store;
	int error = desk_view_sightings(store, case_id, show_sighting, showing);

	if (!error && !showing->how->json && showing->count == 0)
		say_nothing_left(showing);
	showing->count = 0;
	if (!error)
		error = desk_view_notices(store, case_id, show_notice, showing);
	showing->count = 0;
	if (!error)
		error = desk_view_measures(store, case_id, show_measure,
					   showing);
	showing->count = 0;
	if (!error)
		error = desk_view_measures(store, case_id, show_effects,
					   showing);
	return error;
}

int
case_show(struct store *store, uint64_t case_id, const struct case_view *view)
{
	struct showing showing = {.store = store, .how = view};
	int error = begin_show(&showing, case_id);

	if (!error)
		error = desk_view_case(store, case_id, show_case, &showing);
	if (!error)
		error = tell(&showing, case_id);
	if (!error)
		error = show_parts(&showing, case_id);
	if (!error)
		say_shadow(&showing);
	memory_free(showing.record);
	memory_free(showing.policy);
	return error;
}
