/* SPDX-License-Identifier: Apache-2.0 */
/* Cases out of the desk's store. */
#include "role/case_show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crypto/sha256.h"
#include "role/plain_words.h"
#include "role/print.h"
#include "role/print_case.h"

#define LINE_SIZE 4096
#define DIGITS_MIN 4

struct showing {
	struct store *store;
	const struct case_view *how;
	uint64_t case_id, notice;
	char party[PARTY_LABEL_SIZE];
	uint64_t count;
};

struct store *
case_store_open(const struct conf *conf)
{
	char path[CONF_PATH_SIZE + 32], message[STORE_MESSAGE_SIZE];
	struct store *store;
	int error = crypto_init(); /* stored sightings carry a hash */

	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", conf->state_dir);
	snprintf(message, sizeof(message), "no SHA-256");
	if (!error)
		error = store_open_reader(path, &sql_desk, &store, message);
	if (!error)
		return store;
	if (error == -ENOENT)
		fprintf(stderr,
			"lazaret: there are no cases in %s: `lazaret run` has "
			"not run with this configuration yet\n",
			conf->state_dir);
	else if (error == -EACCES)
		fprintf(stderr,
			"lazaret: %s: %s: run it as root or as a member of "
			"the roles' group (%u)\n",
			path, message, conf->uid_base);
	else
		fprintf(stderr, "lazaret: %s: %s\n", path, message);
	return NULL;
}

void
case_party_text(const struct desk_view_case *view, char party[PARTY_LABEL_SIZE])
{
	if (view->subject && *view->subject)
		(void)text_copy(party, PARTY_LABEL_SIZE,
				slice_of(view->subject));
	else
		print_number(view->stored.party.value, party);
}

/* ---------------------------------------------------------------- find */

struct search {
	const char *text;
	uint64_t found, of_party;
	struct at_event opened; /* of of_party */
	unsigned count;
};

static int
match_case(void *context, const struct desk_view_case *view)
{
	struct search *search = context;
	char digits[PRINT_NUMBER_SIZE], party[PARTY_LABEL_SIZE];
	const struct slice text = slice_of(search->text);

	print_number(view->stored.id, digits);
	case_party_text(view, party);
	if (text.length < sizeof(digits) &&
	    slice_equal_folded((struct slice){digits, text.length},
			       search->text)) {
		search->found = view->stored.id;
		search->count++;
	}
	if (slice_equal_folded(text, party) &&
	    (!search->of_party ||
	     view->stored.opened.us >= search->opened.us)) {
		search->of_party = view->stored.id;
		search->opened = view->stored.opened;
	}
	return 0;
}

static int
find_by_digits(struct store *store, const char *text, uint64_t *case_id)
{
	struct search search = {.text = text};
	const int error = desk_view_cases(store, UINT32_MAX, match_case,
					  &search);

	if (error)
		return error;
	*case_id = search.count == 1 ? search.found : search.of_party;
	if (search.count > 1)
		return LZ_E_FULL;
	return *case_id ? 0 : LZ_E_NOT_FOUND;
}

int
case_find(struct store *store, const char *text, uint64_t *case_id)
{
	const bool digits = strspn(text, "0123456789abcdefABCDEF") ==
			    strlen(text);
	uint64_t code;
	int error;

	if (digits && strlen(text) >= DIGITS_MIN &&
	    strlen(text) < PRINT_NUMBER_SIZE)
		return find_by_digits(store, text, case_id);
	if (strncmp(text, "addr:", 5) == 0)
		return find_by_digits(store, text, case_id);
	error = notice_code_parse(slice_of(text), &code);
	return error ? LZ_E_FORMAT
		     : desk_view_case_of_code(store, code, case_id);
}

/* ---------------------------------------------------------------- cases */

static struct print_head
head_of(const struct showing *showing, struct at_event time)
{
	return (struct print_head){.time = time,
				   .case_id = showing->case_id,
				   .party = showing->party};
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
	    .closed = stored->closed};

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
	char classes[LINE_SIZE], score[16];
	struct text text;

	showing->case_id = stored->id;
	case_party_text(view, showing->party);
	if (showing->how->json) {
		case_as_json(showing, stored);
		return 0;
	}
	if (showing->count++ == 0)
		printf("%-16s  %-11s  %7s  %-9s  %-25s  %-26s  %s\n", "CASE",
		       "STATE", "SCORE", "CERTAINTY", "CHANGED", "PARTY",
		       "CLASSES");
	print_number(stored->id, digits);
	words_moment(changed, stored->changed, showing->how->zone_s);
	text_init(&text, score, sizeof(score));
	words_milli(&text, stored->score_milli);
	text_init(&text, classes, sizeof(classes));
	words_classes(&text, stored->classes);
	printf("%s  %-11s  %7s  %-9s  %-25s  %-26s  %s\n", digits,
	       case_state_name(stored->state), score,
	       certainty_name(stored->certainty), changed, showing->party,
	       classes);
	return 0;
}

int
case_list(struct store *store, uint32_t states, const struct case_view *view)
{
	struct showing showing = {.store = store, .how = view};
	const int error = desk_view_cases(store, states, list_case, &showing);

	if (!error && !view->json && showing.count == 0)
		puts("no case");
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
	struct text text;

	showing->case_id = stored->id;
	case_party_text(view, showing->party);
	if (showing->how->json) {
		case_as_json(showing, stored);
		return 0;
	}
	print_number(stored->id, digits);
	text_init(&text, line, sizeof(line));
	words_milli(&text, stored->score_milli);
	printf("case %s\n  %-10s %s: %s\n  %-10s %s\n  %-10s %s, %s\n", digits,
	       "state", case_state_name(stored->state),
	       words_state(stored->state), "party", showing->party, "score",
	       line, certainty_name(stored->certainty));
	text_init(&text, line, sizeof(line));
	words_classes(&text, stored->classes);
	printf("  %-10s %s\n", "classes", line);
	say_time(showing, "opened", stored->opened);
	say_time(showing, "last seen", stored->last);
	say_time(showing, "changed", stored->changed);
	say_time(showing, "closed", stored->closed);
	say_time(showing, "next look", stored->due);
	return 0;
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
		    .proof = receipt->proof};

		text_init(&text, line, sizeof(line));
		print_receipt(&text, &out);
		fputs(line, stdout);
		return 0;
	}
	words_moment(moment, receipt->time, showing->how->zone_s);
	printf("  %s    %s %s\n", moment, receipt_kind_name(receipt->kind),
	       receipt->proof);
	return 0;
}

static int
show_notice(void *context, const struct store_notice *notice)
{
	struct showing *showing = context;
	char line[LINE_SIZE], moment[WORDS_MOMENT_SIZE];
	char code[NOTICE_CODE_SIZE];
	struct text text;

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

int
case_show(struct store *store, uint64_t case_id, const struct case_view *view)
{
	struct showing showing = {.store = store, .how = view};
	int error = desk_view_case(store, case_id, show_case, &showing);

	if (!error)
		error = desk_view_sightings(store, case_id, show_sighting,
					    &showing);
	if (!error && !view->json && showing.count == 0)
		puts("seen\n  what it rests on has been erased");
	showing.count = 0;
	if (!error)
		error = desk_view_notices(store, case_id, show_notice,
					  &showing);
	showing.count = 0;
	if (!error)
		error = desk_view_measures(store, case_id, show_measure,
					   &showing);
	return error;
}
