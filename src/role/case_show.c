/* SPDX-License-Identifier: Apache-2.0 */
/* Cases out of the desk's store. */
#include "role/case_show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crypto/sha256.h"
#include "role/print.h"
#include "role/print_case.h"

#define LINE_SIZE 4096
#define DIGITS_MIN 4

struct showing {
	struct store *store;
	bool json;
	uint64_t case_id;
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

static void
party_text(const struct desk_view_case *view, char party[PARTY_LABEL_SIZE])
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
	uint64_t found;
	unsigned count;
	bool party;
};

static int
match_case(void *context, const struct desk_view_case *view)
{
	struct search *search = context;
	char digits[PRINT_NUMBER_SIZE], party[PARTY_LABEL_SIZE];

	print_number(view->stored.id, digits);
	party_text(view, party);
	if (strncmp(digits, search->text, strlen(search->text)) == 0 ||
	    strcmp(party, search->text) == 0) {
		search->found = view->stored.id;
		search->count++;
	}
	return 0;
}

int
case_find(struct store *store, const char *text, uint64_t *case_id)
{
	struct search search = {.text = text};
	uint64_t code;
	int error;

	if (strlen(text) < DIGITS_MIN)
		return LZ_E_FORMAT;
	if (notice_code_parse(slice_of(text), &code) == 0 &&
	    desk_view_case_of_code(store, code, case_id) == 0)
		return 0;
	error = desk_view_cases(store, UINT32_MAX, match_case, &search);
	if (error)
		return error;
	*case_id = search.found;
	return search.count == 1 ? 0
	       : search.count    ? LZ_E_FULL
				 : LZ_E_NOT_FOUND;
}

/* --------------------------------------------------------------- lines */

static void
time_text(struct at_event time, char out[TIMES_RFC3339_SIZE])
{
	struct text text;

	text_init(&text, out, TIMES_RFC3339_SIZE);
	if (times_is_set(time))
		times_format(&text, time.us);
	else
		text_add(&text, "-");
	/* To the second, for people. */
	if (text.length > 20)
		memcpy(out + 19, "Z", 2);
}

static void
classes_text(uint32_t classes, char *out, size_t size)
{
	struct text text;

	text_init(&text, out, size);
	for (unsigned class = 1; class < RSIT_CLASS_COUNT; class ++) {
		if (!(classes & 1u << class))
			continue;
		if (text.length)
			text_add(&text, ", ");
		text_add(&text, rsit_class_name(class));
	}
}

static struct print_head
head_of(const struct showing *showing, struct at_event time)
{
	return (struct print_head){.time = time,
				   .case_id = showing->case_id,
				   .party = showing->party};
}

static int
show_case(void *context, const struct desk_view_case *view)
{
	struct showing *showing = context;
	const struct store_case *stored = &view->stored;
	char line[LINE_SIZE], digits[PRINT_NUMBER_SIZE];
	char changed[TIMES_RFC3339_SIZE];
	struct text text;

	showing->count++;
	showing->case_id = stored->id;
	party_text(view, showing->party);
	if (showing->json) {
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
		return 0;
	}
	print_number(stored->id, digits);
	time_text(stored->changed, changed);
	classes_text(stored->classes, line, sizeof(line));
	printf("%s  %-11s %6d.%03d  %-9s  %s  %-26s  %s\n", digits,
	       case_state_name(stored->state), stored->score_milli / 1000,
	       stored->score_milli % 1000, certainty_name(stored->certainty),
	       changed, showing->party, line);
	return 0;
}

static void
list_head(void)
{
	printf("%-16s  %-11s %10s  %-9s  %-20s  %-26s  %s\n", "CASE", "STATE",
	       "SCORE", "CERTAINTY", "CHANGED", "PARTY", "CLASSES");
}

int
case_list(struct store *store, uint32_t states, bool json)
{
	struct showing showing = {.store = store, .json = json};
	int error;

	if (!json)
		list_head();
	error = desk_view_cases(store, states, show_case, &showing);
	if (!error && !json && showing.count == 0)
		puts("no case");
	return error;
}

static int
show_sighting(void *context, const struct sighting *sighting)
{
	const struct showing *showing = context;
	char line[LINE_SIZE], time[TIMES_RFC3339_SIZE];
	char address[ADDR_TEXT_SIZE];
	struct text text;

	text_init(&text, line, sizeof(line));
	if (showing->json) {
		print_sighting(&text, sighting);
		fputs(line, stdout);
		return 0;
	}
	time_text(sighting->time, time);
	text_init(&text, address, sizeof(address));
	addr_format(&text, &sighting->address);
	printf("  %s  seen      %s from %s, %s by %s, weight %d.%03d\n", time,
	       rsit_class_name(sighting->class), address, sighting->detector,
	       sighting->origin, sighting->weight_milli / 1000,
	       sighting->weight_milli % 1000);
	return 0;
}

static int
show_receipt(void *context, const struct desk_view_receipt *receipt)
{
	const struct showing *showing = context;
	char line[LINE_SIZE], time[TIMES_RFC3339_SIZE];
	struct text text;

	if (showing->json) {
		const struct print_receipt out = {
		    .head = {.time = receipt->time,
			     .case_id = showing->case_id,
			     .party = showing->party},
		    .notice = showing->count,
		    .kind = receipt->kind,
		    .proof = receipt->proof};

		text_init(&text, line, sizeof(line));
		print_receipt(&text, &out);
		fputs(line, stdout);
		return 0;
	}
	time_text(receipt->time, time);
	printf("  %s  receipt   %s\n", time, receipt_kind_name(receipt->kind));
	return 0;
}

static int
show_notice(void *context, const struct store_notice *notice)
{
	struct showing receipts = *(struct showing *)context;
	char line[LINE_SIZE], time[TIMES_RFC3339_SIZE];
	char code[NOTICE_CODE_SIZE];
	struct text text;

	if (receipts.json) {
		const struct print_notice out = {
		    .head = head_of(&receipts, notice->created),
		    .notice = notice->id,
		    .channel = notice->channel,
		    .step = notice->step};

		text_init(&text, line, sizeof(line));
		print_notice(&text, &out);
		fputs(line, stdout);
	} else {
		time_text(notice->created, time);
		notice_code_format(notice->code_bits, code);
		printf("  %s  notice %u  %s\n", time, notice->step,
		       notice->would ? "would be sent (shadow)" : code);
	}
	receipts.count = notice->id; /* whose receipts follow */
	return desk_view_receipts(receipts.store, notice->id, show_receipt,
				  &receipts);
}

static int
show_measure(void *context, const struct store_measure *measure)
{
	const struct showing *showing = context;
	char line[LINE_SIZE], since[TIMES_RFC3339_SIZE];
	char expires[TIMES_RFC3339_SIZE];
	const char *action = measure->would    ? "would"
			     : measure->wanted ? "on"
					       : "off";
	struct text text;

	if (showing->json) {
		const struct print_measure out = {
		    .head = head_of(showing, measure->since),
		    .measure = measure->id,
		    .kind = measure->kind,
		    .action = action,
		    .target = measure->target,
		    .expires = measure->expires,
		    .reason = measure->reason};

		text_init(&text, line, sizeof(line));
		print_measure(&text, &out);
		fputs(line, stdout);
		return 0;
	}
	time_text(measure->since, since);
	time_text(measure->expires, expires);
	printf("  %s  measure   %s %s, %s%s until %s: %s\n", since,
	       measure_kind_name(measure->kind), measure->target,
	       measure->would ? "would be " : "",
	       measure->wanted ? "on" : "off", expires, measure->reason);
	return 0;
}

int
case_show(struct store *store, uint64_t case_id, bool json)
{
	struct showing showing = {.store = store, .json = json};
	int error;

	if (!json)
		list_head();
	error = desk_view_case(store, case_id, show_case, &showing);
	if (!error)
		error = desk_view_sightings(store, case_id, show_sighting,
					    &showing);
	if (!error)
		error = desk_view_notices(store, case_id, show_notice,
					  &showing);
	if (!error)
		error = desk_view_measures(store, case_id, show_measure,
					   &showing);
	return error;
}
