/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the desk's store to read, and finds the case that is meant. */
#include "role/case_find.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "crypto/sha256.h"
#include "role/print_case.h"
#include "role/store_place.h"

#define DIGITS_MIN 4

struct store *
case_store_open(const struct conf *conf)
{
	struct store_place place;
	char message[STORE_MESSAGE_SIZE];
	struct store *store = NULL;
	int error = crypto_init(); /* stored sightings carry a hash */

	snprintf(message, sizeof(message), "no SHA-256");
	if (store_place(conf, conf->state_dir, "desk", NULL, &place) != 0)
		return NULL; /* said */
	if (!error)
		error = store_open_reader(place.where, &sql_desk, &store,
					  message);
	store_place_forget(&place);
	if (!error)
		return store;
	if (error == -ENOENT)
		fprintf(stderr,
			"lazaret: there are no cases in %s: `lazaret run` has "
			"not run with this configuration yet\n",
			conf->state_dir);
	else if (error == -EACCES && !place.postgres)
		fprintf(stderr,
			"lazaret: %s: %s: run it as root or as a member of "
			"the roles' group (%u)\n",
			place.name, message, conf->uid_base);
	else
		fprintf(stderr, "lazaret: %s: %s\n", place.name, message);
	return NULL;
}

struct store *
case_store_try(const struct conf *conf)
{
	struct store_place place;
	char message[STORE_MESSAGE_SIZE];
	struct store *store = NULL;

	if (store_place(conf, conf->state_dir, "desk", NULL, &place) != 0)
		return NULL;
	if (store_open_reader(place.where, &sql_desk, &store, message) != 0)
		store = NULL;
	store_place_forget(&place);
	return store;
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
	if (strncmp(text, "addr:", 5) == 0 || strncmp(text, "split:", 6) == 0)
		return find_by_digits(store, text, case_id);
	error = notice_code_parse(slice_of(text), &code);
	return error ? LZ_E_FORMAT
		     : desk_view_case_of_code(store, code, case_id);
}
