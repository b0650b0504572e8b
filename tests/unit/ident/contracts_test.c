/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts over bindings: keys in all their spellings, contracts that cut, two
 * accounts of one key, rows that can't be read; and several sources as one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "ident/binding_list.h"
#include "ident/contracts.h"
#include "ident/identify.h"
#include "ident/joined.h"

#define HEADER "address,port_first,port_last,party,start,end\n"
#define ACCOUNTS                                                            \
	"subscriber,name,login,circuit,mac,class,email,protected,reseller," \
	"contract_from,contract_to\n"
#define ROWS_MAX 8

/* A source that calls holders by keys, as the index does. */
struct source {
	struct binding rows[ROWS_MAX];
	const char *labels[ROWS_MAX];
	size_t count, at;
	struct at_event oldest;
};

struct bed {
	struct source source;
	struct binding_list *list;
	struct contracts *contracts;
	struct party_table *parties, *accounts;
	struct joined *joined;
	struct contract_layer *layer;
	struct binding_cursor cursor;
	unsigned refused;
	const char *reason;
	struct binding found[ROWS_MAX];
	size_t found_count;
};

static void
source_seek(void *context, uint32_t realm, const struct addr *addr,
	    struct at_event from, struct at_event to)
{
	struct source *source = context;

	(void)realm;
	(void)addr;
	(void)from;
	(void)to;
	source->at = 0;
}

static const struct binding *
source_next(void *context)
{
	struct source *source = context;

	return source->at < source->count ? &source->rows[source->at++] : NULL;
}

static struct at_event
source_oldest(void *context)
{
	return ((struct source *)context)->oldest;
}

static const char *
source_label(void *context, uint32_t party)
{
	return ((struct source *)context)->labels[party];
}

static const char *
list_label(void *context, uint32_t party)
{
	return binding_list_party(context, party);
}

static int64_t
at(const char *text)
{
	int64_t us;

	assert_int_equal(times_parse(slice_of(text), &us), 0);
	return us;
}

/* A session of the source on 192.0.2.7; end NULL: still open. */
static void
session(struct bed *bed, const char *label, const char *start, const char *end)
{
	struct source *source = &bed->source;
	struct binding *row = &source->rows[source->count];

	*row = (struct binding){.id = 100 + source->count,
				.start = {at(start)},
				.end = {end ? at(end) : INT64_MAX},
				.party = (uint32_t)source->count,
				.source = 7,
				.marks = BINDING_END_INFERRED,
				.vouched = {INT64_MAX}};
	assert_int_equal(subject_parse(slice_of("192.0.2.7"), &row->subject),
			 0);
	source->labels[source->count++] = label;
}

static void
refused(void *context, uint64_t line, const char *reason)
{
	struct bed *bed = context;

	(void)line;
	bed->refused++;
	bed->reason = reason;
}

static void
accounts(struct bed *bed, const char *csv)
{
	bed->contracts = contracts_new();
	assert_non_null(bed->contracts);
	assert_true(contracts_add_csv(bed->contracts, csv, strlen(csv), refused,
				      bed) >= 0);
	assert_int_equal(contracts_seal(bed->contracts), 0);
}

static void
list(struct bed *bed, const char *csv)
{
	assert_true(binding_list_add_csv(bed->list, "b.csv", csv, strlen(csv),
					 NULL, NULL) >= 0);
}

/* All that stands for 192.0.2.7 from..to, held by accounts. */
static void
look(struct bed *bed, const char *address, const char *from, const char *to)
{
	const struct joined_part parts[] = {
	    {.cursor = {.context = &bed->source,
			.seek = source_seek,
			.next = source_next,
			.oldest = source_oldest},
	     .label = source_label,
	     .context = &bed->source,
	     .kind = PARTY_HOLDER},
	    {.cursor = binding_list_cursor(bed->list),
	     .label = list_label,
	     .context = bed->list,
	     .kind = PARTY_ACCOUNT}};
	struct contract_layer_conf conf = {.contracts = bed->contracts};
	const struct binding *row;
	struct addr addr;

	if (!bed->layer) {
		assert_int_equal(binding_list_seal(bed->list), 0);
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(joined_add(bed->joined, &parts[i]), 0);
		conf.below = joined_cursor(bed->joined);
		conf.parties = bed->parties;
		conf.accounts = bed->accounts;
		bed->layer = contract_layer_new(&conf);
		assert_non_null(bed->layer);
		bed->cursor = contract_layer_cursor(bed->layer);
	}
	assert_int_equal(addr_parse(slice_of(address), &addr), 0);
	bed->found_count = 0;
	bed->cursor.seek(bed->cursor.context, 0, &addr,
			 (struct at_event){at(from)},
			 (struct at_event){at(to)});
	while ((row = bed->cursor.next(bed->cursor.context)) != NULL) {
		assert_true(bed->found_count < ROWS_MAX);
		bed->found[bed->found_count++] = *row;
	}
}

static void
is_held(const struct bed *bed, size_t index, const char *account,
	const char *start, const char *end)
{
	const struct binding *row = &bed->found[index];

	assert_true(index < bed->found_count);
	if (account)
		assert_string_equal(party_table_label(bed->accounts,
						      row->party),
				    account);
	else
		assert_int_equal(row->party, BINDING_NO_PARTY);
	assert_int_equal(row->start.us, at(start));
	assert_int_equal(row->end.us, end ? at(end) : INT64_MAX);
}

/* Anew for each row of a table, so not of cmocka's own memory. */
static int
setup(void **state)
{
	struct bed *bed = calloc(1, sizeof(*bed));

	if (!bed || crypto_init() != 0)
		return -1;
	bed->source.oldest = times_unset();
	bed->list = binding_list_new();
	bed->parties = party_table_new();
	bed->accounts = party_table_new();
	bed->joined = joined_new(bed->parties);
	*state = bed;
	return bed->list && bed->parties && bed->accounts && bed->joined ? 0
									 : -1;
}

static int
teardown(void **state)
{
	struct bed *bed = *state;

	contract_layer_free(bed->layer);
	joined_free(bed->joined);
	party_table_free(bed->parties);
	party_table_free(bed->accounts);
	contracts_free(bed->contracts);
	binding_list_free(bed->list);
	free(bed);
	return 0;
}

/* ------------------------------------------------------------- no accounts */

static void
names_lose_their_scheme_and_lines_keep_it(void **state)
{
	struct bed *bed = *state;

	session(bed, "user:sub-a", "2024-06-20T08:00:00Z", NULL);
	session(bed, "circuit:7", "2024-06-20T08:00:00Z", NULL);
	session(bed, "remote:7", "2024-06-20T08:00:00Z", NULL);
	session(bed, "declined:192.0.2.7", "2024-06-20T08:00:00Z", NULL);
	list(bed, HEADER "192.0.2.7,,,sub-a,2024-01-01T00:00:00Z,\n"
			 "192.0.2.8,,,user:x,2024-01-01T00:00:00Z,\n");
	look(bed, "192.0.2.7", "2024-06-20T09:00:00Z", "2024-06-20T10:00:00Z");
	assert_int_equal(bed->found_count, 5);
	is_held(bed, 0, "sub-a", "2024-06-20T08:00:00Z", NULL);
	is_held(bed, 1, "circuit:7", "2024-06-20T08:00:00Z", NULL);
	is_held(bed, 2, "remote:7", "2024-06-20T08:00:00Z", NULL);
	is_held(bed, 3, NULL, "2024-06-20T08:00:00Z", NULL);
	assert_int_equal(bed->found[3].lack, BINDING_LACK_ACCOUNT);
	/* What two sources call alike is one party. */
	assert_int_equal(bed->found[0].party, bed->found[4].party);
}

static void
a_list_of_accounts_is_taken_by_its_word(void **state)
{
	struct bed *bed = *state;

	list(bed, HEADER "192.0.2.8,,,user:x,2024-01-01T00:00:00Z,\n");
	look(bed, "192.0.2.8", "2024-06-20T09:00:00Z", "2024-06-20T10:00:00Z");
	assert_int_equal(bed->found_count, 1);
	is_held(bed, 0, "user:x", "2024-01-01T00:00:00Z", NULL);
}

static void
sources_and_oldest_are_told_apart(void **state)
{
	struct bed *bed = *state;
	unsigned part;
	uint16_t of_part;

	session(bed, "user:sub-a", "2024-06-20T08:00:00Z", NULL);
	bed->source.oldest.us = at("2024-06-13T00:00:00Z");
	list(bed, HEADER "192.0.2.7,,,sub-a,2024-01-01T00:00:00Z,\n");
	look(bed, "192.0.2.7", "2024-06-20T09:00:00Z", "2024-06-20T10:00:00Z");
	assert_int_equal(bed->found_count, 2);
	assert_true(
	    joined_source(bed->joined, bed->found[0].source, &part, &of_part));
	assert_int_equal(part, 0);
	assert_int_equal(of_part, 7);
	assert_true(
	    joined_source(bed->joined, bed->found[1].source, &part, &of_part));
	assert_int_equal(part, 1);
	assert_false(joined_source(bed->joined, 99, &part, &of_part));
	assert_int_equal(bed->cursor.oldest(bed->cursor.context).us,
			 at("2024-06-13T00:00:00Z"));
}

/* ----------------------------------------------------------------- accounts */

static void
every_spelling_of_a_key_is_the_key(void **state)
{
	static const char *const labels[] = {"user:ann", "circuit:eth 0/1:7",
					     "mac:02:00:5e:00:53:01",
					     "class:0x6b3137", "user:Ann"};
	struct bed *bed = *state;

	accounts(
	    bed, ACCOUNTS
	    "acc-1,n,ann,eth 0/1:7,0200.5E00.5301,k17,ann@example.net,yes,,"
	    ",\n");
	assert_int_equal(bed->refused, 0);
	for (size_t i = 0; i < 5; i++)
		session(bed, labels[i], "2024-06-20T08:00:00Z", NULL);
	look(bed, "192.0.2.7", "2024-06-20T09:00:00Z", "2024-06-20T10:00:00Z");
	assert_int_equal(bed->found_count, 5);
	for (size_t i = 0; i < 4; i++)
		is_held(bed, i, "acc-1", "2024-06-20T08:00:00Z", NULL);
	/* A login is exact: another one is in no account. */
	is_held(bed, 4, NULL, "2024-06-20T08:00:00Z", NULL);
	assert_int_equal(bed->found[4].lack, BINDING_LACK_ACCOUNT);
}

static void
a_contract_cuts_what_its_line_held(void **state)
{
	struct bed *bed = *state;

	accounts(bed,
		 ACCOUNTS "old,,ann,,,,,,,2022-01-01,2024-03-05T00:00:00Z\n"
			  "new,,ann,,,,,,,2024-04-01T12:00:00+02:00,\n");
	assert_int_equal(bed->refused, 0);
	session(bed, "user:ann", "2021-06-01T00:00:00Z", NULL);
	look(bed, "192.0.2.7", "2021-01-01T00:00:00Z", "2024-06-20T00:00:00Z");
	assert_int_equal(bed->found_count, 4);
	is_held(bed, 0, "old", "2022-01-01T00:00:00Z", "2024-03-05T00:00:00Z");
	assert_int_equal(bed->found[0].marks & BINDING_END_INFERRED, 0);
	is_held(bed, 1, "new", "2024-04-01T10:00:00Z", NULL);
	assert_int_equal(bed->found[1].marks & BINDING_END_INFERRED,
			 BINDING_END_INFERRED);
	is_held(bed, 2, NULL, "2021-06-01T00:00:00Z", "2022-01-01T00:00:00Z");
	assert_int_equal(bed->found[2].lack, BINDING_LACK_NOT_BEGUN);
	is_held(bed, 3, NULL, "2024-03-05T00:00:00Z", "2024-04-01T10:00:00Z");
	assert_int_equal(bed->found[3].lack, BINDING_LACK_ENDED);
	/* Only what touches the question comes. */
	look(bed, "192.0.2.7", "2024-03-10T00:00:00Z", "2024-03-11T00:00:00Z");
	assert_int_equal(bed->found_count, 1);
	is_held(bed, 0, NULL, "2024-03-05T00:00:00Z", "2024-04-01T10:00:00Z");
}

/* Case c11: the address list still names who left months ago. */
static void
who_left_is_nobody_by_the_list_too(void **state)
{
	struct bed *bed = *state;

	accounts(bed, "subscriber,name,email,contract_from,contract_to\n"
		      "sub-old,Redacted,old@example.org,2022-01-01,"
		      "2024-03-05\n");
	list(bed, HEADER "192.0.2.24,,,sub-old,2022-01-01T00:00:00Z,\n"
			 "192.0.2.25,,,sub-new,2022-01-01T00:00:00Z,\n");
	look(bed, "192.0.2.24", "2024-02-01T00:00:00Z", "2024-02-01T00:00:00Z");
	assert_int_equal(bed->found_count, 1);
	is_held(bed, 0, "sub-old", "2022-01-01T00:00:00Z",
		"2024-03-05T00:00:00Z");
	look(bed, "192.0.2.24", "2024-06-20T00:00:00Z", "2024-06-20T00:00:00Z");
	assert_int_equal(bed->found_count, 1);
	is_held(bed, 0, NULL, "2024-03-05T00:00:00Z", NULL);
	assert_int_equal(bed->found[0].lack, BINDING_LACK_ENDED);
	/* An account that the list knows and the table doesn't stays. */
	look(bed, "192.0.2.25", "2024-06-20T00:00:00Z", "2024-06-20T00:00:00Z");
	assert_int_equal(bed->found_count, 1);
	is_held(bed, 0, "sub-new", "2022-01-01T00:00:00Z", NULL);
}

/* The provider's midnight was an hour, or a day, from ours. */
static void
a_date_alone_is_sure_of_no_midnight(void **state)
{
	static const struct {
		const char *at;
		uint8_t certainty;
	} asked[] = {{"2024-02-29T09:00:00Z", CERTAINTY_CERTAIN},
		     {"2024-02-29T23:30:00Z", CERTAINTY_PROBABLE},
		     {"2024-03-01T10:00:00Z", CERTAINTY_PROBABLE},
		     {"2024-03-01T15:00:00Z", CERTAINTY_CERTAIN},
		     {"2024-03-31T22:01:00Z", CERTAINTY_CERTAIN}};
	struct bed *bed = *state;

	accounts(bed, ACCOUNTS
		 "old,,ann,,,,,,,2022-01-01,2024-03-01\n"
		 "new,,ann,,,,,,,2024-03-01,2024-04-01T00:00:00+02:00\n"
		 "next,,ann,,,,,,,2024-04-01T00:00:00+02:00,\n");
	session(bed, "user:ann", "2024-02-01T08:00:00Z", NULL);
	look(bed, "192.0.2.7", "2024-02-29T00:00:00Z", "2024-04-02T00:00:00Z");
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		struct identity_question question = {
		    .port = -1,
		    .first.us = at(asked[i].at),
		    .last.us = at(asked[i].at)};
		struct identity_answer answer;

		assert_int_equal(addr_parse(slice_of("192.0.2.7"),
					    &question.addr),
				 0);
		identify(&bed->cursor, &question, &answer);
		assert_int_equal(answer.certainty, asked[i].certainty);
	}
}

static void
two_accounts_of_one_key_contradict(void **state)
{
	struct bed *bed = *state;

	accounts(bed, ACCOUNTS "a,,ann,,,,,,,2024-01-01,2024-06-01\n"
			       "b,,ann,,,,,,,2024-05-01,\n");
	session(bed, "user:ann", "2024-01-01T00:00:00Z", NULL);
	look(bed, "192.0.2.7", "2024-05-10T00:00:00Z", "2024-05-10T00:00:00Z");
	assert_int_equal(bed->found_count, 2);
	is_held(bed, 0, "a", "2024-01-01T00:00:00Z", "2024-06-01T00:00:00Z");
	is_held(bed, 1, "b", "2024-05-01T00:00:00Z", NULL);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(bed->found[i].marks & BINDING_CONFLICT,
				 BINDING_CONFLICT);
}

static void
rows_of_one_account_add_up(void **state)
{
	struct bed *bed = *state;
	struct contract_facts facts;

	accounts(bed, ACCOUNTS "a,,ann,,,,x@example.net,,,2024-01-01,\n"
			       "a,,ann,,,,,yes,,2024-03-01,\n"
			       "a,,bob,,,,y@example.net,,,,\n");
	assert_int_equal(bed->refused, 1);
	assert_string_equal(bed->reason, "an earlier row of the account says "
					 "otherwise: that one counts");
	assert_int_equal(contracts_count(bed->contracts), 1);
	assert_true(contracts_facts(bed->contracts, "a", &facts));
	assert_string_equal(facts.contact, "x@example.net");
	assert_string_equal(facts.phone, "");
	assert_true(facts.protected);
	assert_false(facts.voice);
	assert_false(contracts_facts(bed->contracts, "b", &facts));
	session(bed, "user:ann", "2024-02-01T00:00:00Z", NULL);
	look(bed, "192.0.2.7", "2024-05-10T00:00:00Z", "2024-05-10T00:00:00Z");
	assert_int_equal(bed->found_count, 1);
	is_held(bed, 0, "a", "2024-02-01T00:00:00Z", NULL);
}

/* What a row that is refused would have said is missing: nobody is named. */
static void
a_bad_row_names_nobody_and_sinks_nothing(void **state)
{
	static const char *const reasons[][2] = {
	    {"a,,ann,,,,,,,yesterday,\n",
	     "contract_from is neither a date nor an RFC 3339 time"},
	    {"a,,ann,,,,,,,2024-01-01,2024-13-01\n",
	     "contract_to is neither a date nor an RFC 3339 time"},
	    {"a,,ann,,,,,,,2024-01-02,2024-01-02\n",
	     "contract_to is not after contract_from"},
	    {"a,,ann,,,,,perhaps,,,\n", "protected is neither yes nor no"},
	    {",,ann,,,,,,,,\n", "the account is empty"},
	    {"a,,ann,,,,\001,,,,\n", "a field holds a control character"}};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct bed *bed;
		char csv[512];
		struct text text;

		assert_int_equal(setup(state), 0);
		bed = *state;
		text_init(&text, csv, sizeof(csv));
		text_add(&text, ACCOUNTS);
		text_add(&text, reasons[i][0]);
		text_add(&text, "b,,bob,,,,,,,,\nc,,ann,,,,,,,,\n");
		accounts(bed, csv);
		assert_int_equal(bed->refused, 1);
		assert_string_equal(bed->reason, reasons[i][1]);
		session(bed, "user:ann", "2024-02-01T00:00:00Z", NULL);
		session(bed, "user:bob", "2024-02-01T00:00:00Z", NULL);
		look(bed, "192.0.2.7", "2024-05-10T00:00:00Z",
		     "2024-05-10T00:00:00Z");
		assert_int_equal(bed->found_count, 2);
		is_held(bed, 0, NULL, "2024-02-01T00:00:00Z", NULL);
		assert_int_equal(bed->found[0].marks & BINDING_UNREADABLE,
				 BINDING_UNREADABLE);
		is_held(bed, 1, "b", "2024-02-01T00:00:00Z", NULL);
		teardown(state);
	}
}

static void
no_column_of_accounts_is_no_file_of_them(void **state)
{
	static const char csv[] = "name,login\nx,y\n";
	struct bed *bed = *state;

	bed->contracts = contracts_new();
	assert_int_equal(contracts_add_csv(bed->contracts, csv, strlen(csv),
					   refused, bed),
			 LZ_E_FORMAT);
}

static bool
gather(void *context, const char *key)
{
	struct text *text = context;

	text_add(text, key);
	text_char(text, ' ');
	return true;
}

static void
an_account_knows_its_keys(void **state)
{
	struct bed *bed = *state;
	char keys[256];
	struct text text;

	accounts(bed, ACCOUNTS "a,,ann,,,,,,,,\nb,,bob,,,,,,,,\n"
			       "a,,cid,,,,,,,,\n");
	text_init(&text, keys, sizeof(keys));
	contracts_keys(bed->contracts, "a", gather, &text);
	assert_non_null(strstr(keys, "user:ann "));
	assert_non_null(strstr(keys, "user:cid "));
	assert_null(strstr(keys, "user:bob "));
	text_init(&text, keys, sizeof(keys));
	contracts_keys(bed->contracts, "none", gather, &text);
	assert_string_equal(keys, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(names_lose_their_scheme_and_lines_keep_it),
	    TEST(a_list_of_accounts_is_taken_by_its_word),
	    TEST(sources_and_oldest_are_told_apart),
	    TEST(every_spelling_of_a_key_is_the_key),
	    TEST(a_contract_cuts_what_its_line_held),
	    TEST(who_left_is_nobody_by_the_list_too),
	    TEST(a_date_alone_is_sure_of_no_midnight),
	    TEST(two_accounts_of_one_key_contradict),
	    TEST(rows_of_one_account_add_up),
	    cmocka_unit_test(a_bad_row_names_nobody_and_sinks_nothing),
	    TEST(no_column_of_accounts_is_no_file_of_them),
	    TEST(an_account_knows_its_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
