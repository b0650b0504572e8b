/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group c of the shared cases, through the decoders, the tracker, accounts and
 * identity: each file's queries, in its own order, against the index of cases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_reader.h"
#include "crypto/sha256.h"
#include "ident/binding_table.h"
#include "ident/contracts.h"
#include "ident/identify.h"
#include "lease/address_list.h"
#include "lease/block_csv.h"
#include "lease/detail.h"
#include "lease/isc.h"

#define INPUTS_MAX 4
#define QUERIES_MAX 8
#define TEXT_MAX 16384
#define SPEAKERS_MAX 8
#define GRACE_US (30 * TIMES_SECOND_US)

struct query {
	struct addr addr;
	struct at_event time;
	int32_t port;
};

/* A case, and what is known after its inputs. */
struct bench {
	char bytes[65536];
	size_t input_count, query_count;
	struct input {
		char format[64];
		char text[TEXT_MAX];
	} inputs[INPUTS_MAX];
	struct query queries[QUERIES_MAX];
	struct at_event now;
	uint64_t kept_days;

	struct binding_table *table;
	struct contracts *contracts;
	struct contract_layer *layer;
	struct party_table *accounts;
	struct tracker_source kind; /* of the input being read */
	uint16_t speaker_count;
	char speakers[SPEAKERS_MAX][LEASE_SPEAKER_SIZE + 8];
	unsigned refused;
};

static char folder[4096];
static struct bench bench;

/* ---- the file ---- */

static void
copy_text(struct slice raw, char *to, size_t size)
{
	assert_true(json_text(raw, to, size) >= 0);
}

static void
read_query(struct json_reader *reader)
{
	struct query *query = &bench.queries[bench.query_count++];
	struct json_token token;
	char text[64];
	uint64_t port;

	assert_true(bench.query_count <= QUERIES_MAX);
	query->port = -1;
	while (json_next(reader, &token) != JSON_OBJECT_END) {
		if (json_raw_is(token.key, "port")) {
			assert_int_equal(slice_u64(token.raw, 65535, &port), 0);
			query->port = (int32_t)port;
			continue;
		}
		copy_text(token.raw, text, sizeof(text));
		if (json_raw_is(token.key, "ip"))
			assert_int_equal(addr_parse(slice_of(text),
						    &query->addr),
					 0);
		else if (json_raw_is(token.key, "time"))
			assert_int_equal(times_parse(slice_of(text),
						     &query->time.us),
					 0);
	}
}

static void
read_input(struct json_reader *reader)
{
	struct input *input = &bench.inputs[bench.input_count++];
	struct json_token token;

	assert_true(bench.input_count <= INPUTS_MAX);
	while (json_next(reader, &token) != JSON_OBJECT_END) {
		if (json_raw_is(token.key, "format"))
			copy_text(token.raw, input->format,
				  sizeof(input->format));
		else if (json_raw_is(token.key, "text"))
			copy_text(token.raw, input->text, sizeof(input->text));
	}
}

static void
read_policy(struct json_reader *reader)
{
	struct json_token token;
	char text[64];

	while (json_next(reader, &token) != JSON_OBJECT_END) {
		if (json_raw_is(token.key, "now")) {
			copy_text(token.raw, text, sizeof(text));
			assert_int_equal(times_parse(slice_of(text),
						     &bench.now.us),
					 0);
		} else if (json_raw_is(token.key,
				       "address_log_retention_days")) {
			assert_int_equal(slice_u64(token.raw, 3650,
						   &bench.kept_days),
					 0);
		}
	}
}

static void
read_case(const char *name)
{
	struct json_reader reader;
	struct json_token token;
	char path[8192];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s/cases/%s", folder, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	length = fread(bench.bytes, 1, sizeof(bench.bytes), file);
	assert_true(length < sizeof(bench.bytes));
	fclose(file);
	json_reader_init(&reader, bench.bytes, length);
	assert_int_equal(json_next(&reader, &token), JSON_OBJECT);
	while (json_next(&reader, &token) != JSON_OBJECT_END) {
		assert_int_not_equal(token.kind, JSON_BAD);
		if (token.kind == JSON_OBJECT &&
		    json_raw_is(token.key, "policy")) {
			read_policy(&reader);
		} else if (token.kind == JSON_ARRAY) {
			bool queries = json_raw_is(token.key, "queries");

			while (json_next(&reader, &token) != JSON_ARRAY_END) {
				assert_int_equal(token.kind, JSON_OBJECT);
				(queries ? read_query : read_input)(&reader);
			}
		}
	}
}

/* ---- its inputs ---- */

/* Each speaker of an input is a source of its own. */
static const struct tracker_source *
source_of(const char *speaker)
{
	struct tracker_source source = bench.kind;
	char name[LEASE_SPEAKER_SIZE + 8];
	uint16_t i;

	snprintf(name, sizeof(name), "%zu/%s", bench.input_count, speaker);
	for (i = 0; i < bench.speaker_count; i++)
		if (strcmp(bench.speakers[i], name) == 0)
			return binding_table_source(bench.table, i);
	assert_true(i < SPEAKERS_MAX);
	strcpy(bench.speakers[i], name);
	bench.speaker_count++;
	source.number = i;
	assert_int_equal(binding_table_set_source(bench.table, &source), 0);
	return binding_table_source(bench.table, i);
}

static void
take(void *context, const struct lease_event *event)
{
	struct tracker_store store = binding_table_store(bench.table);

	(void)context;
	assert_int_equal(tracker_event(&store, source_of(event->speaker),
				       event),
			 0);
}

static void
refuse(void *context, uint64_t offset, const char *reason)
{
	(void)context;
	(void)offset;
	print_message("refused: %s\n", reason);
	bench.refused++;
}

static const struct lease_output output = {.sink = take, .refused = refuse};

static void
feed_detail(const char *text)
{
	struct accounting_conf conf = {.proxy = true};
	const struct lease_chunk chunk = {.bytes = slice_of(text),
					  .arrival.us = TIMES_UNSET_US,
					  .end = true};

	/* A server that loses power says nothing: nothing is complete. */
	bench.kind = (struct tracker_source){.sessions_numbered = true};
	assert_int_equal(accounting_conf_holder(&conf, ACCOUNTING_USER), 0);
	assert_int_equal(detail_feed(&conf, &chunk, &output), strlen(text));
}

static void
feed_isc(const char *text)
{
	struct isc isc = {.holder_by = LEASE_BY_CLIENT, .grace_us = GRACE_US};
	const struct lease_chunk chunk = {.bytes = slice_of(text),
					  .arrival.us = TIMES_UNSET_US,
					  .end = true};

	bench.kind = (struct tracker_source){.complete = true};
	assert_int_equal(isc_feed(&isc, &chunk, &output), strlen(text));
}

static void
feed_list(const char *text)
{
	struct address_list *list = address_list_new(0, 0);
	const struct lease_chunk chunk = {.bytes = slice_of(text),
					  .arrival.us = TIMES_UNSET_US,
					  .end = true};

	bench.kind = (struct tracker_source){.complete = true,
					     .assigned = true};
	assert_non_null(list);
	assert_int_equal(address_list_feed(list, &chunk, &output),
			 strlen(text));
	address_list_free(list);
}

static void
feed_blocks(const char *text)
{
	struct block_csv *blocks = block_csv_new(0, 7);
	const struct lease_chunk chunk = {.bytes = slice_of(text),
					  .arrival.us = TIMES_UNSET_US,
					  .end = true};

	bench.kind = (struct tracker_source){.complete = true};
	assert_non_null(blocks);
	assert_int_equal(block_csv_feed(blocks, &chunk, &output), strlen(text));
	block_csv_free(blocks);
}

static void
feed_input(const struct input *input)
{
	if (strcmp(input->format, "radius-detail") == 0)
		feed_detail(input->text);
	else if (strcmp(input->format, "isc-dhcpd-leases") == 0)
		feed_isc(input->text);
	else if (strcmp(input->format, "static-assignments-csv") == 0)
		feed_list(input->text);
	else if (strcmp(input->format, "cgnat-port-block-csv") == 0)
		feed_blocks(input->text);
	else if (strcmp(input->format, "subscribers-csv") == 0)
		assert_true(contracts_add_csv(bench.contracts, input->text,
					      strlen(input->text), NULL,
					      NULL) > 0);
	else
		fail_msg("no decoder for %s", input->format);
}

/* All of the case's sources have spoken until `time`. */
static void
spoken_until(int64_t time_us)
{
	struct tracker_store store = binding_table_store(bench.table);

	for (uint16_t i = 0; i < bench.speaker_count; i++) {
		struct lease_event event = {.kind = LEASE_WORD,
					    .at.us = time_us};

		assert_int_equal(
		    tracker_event(&store, binding_table_source(bench.table, i),
				  &event),
		    0);
	}
}

static void
open_case(const char *name)
{
	struct contract_layer_conf conf;
	size_t count;

	read_case(name);
	count = bench.input_count;
	for (size_t i = 0; i < count; i++) {
		bench.input_count = i; /* names speakers apart */
		feed_input(&bench.inputs[i]);
	}
	assert_int_equal(bench.refused, 0);
	assert_int_equal(contracts_seal(bench.contracts), 0);
	conf = (struct contract_layer_conf){
	    .contracts = contracts_count(bench.contracts) ? bench.contracts
							  : NULL,
	    .below = binding_table_cursor(bench.table),
	    .parties = binding_table_parties(bench.table),
	    .accounts = bench.accounts};
	bench.layer = contract_layer_new(&conf);
	assert_non_null(bench.layer);
	if (bench.kept_days > 0)
		binding_table_oldest(bench.table, (struct at_event){
						      bench.now.us -
						      (int64_t)bench.kept_days *
							  TIMES_DAY_US});
}

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(crypto_init(), 0);
	memset(&bench, 0, sizeof(bench));
	bench.now = times_unset();
	bench.table = binding_table_new();
	bench.contracts = contracts_new();
	bench.accounts = party_table_new();
	return bench.table && bench.contracts && bench.accounts ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	contract_layer_free(bench.layer);
	party_table_free(bench.accounts);
	contracts_free(bench.contracts);
	binding_table_free(bench.table);
	return 0;
}

/* ---- its questions ---- */

static struct identity_answer
ask(size_t number)
{
	struct binding_cursor cursor = contract_layer_cursor(bench.layer);
	const struct query *query = &bench.queries[number - 1];
	struct identity_question question = {.addr = query->addr,
					     .port = query->port,
					     .first = query->time,
					     .last = query->time};
	struct identity_answer answer;

	assert_true(number <= bench.query_count);
	identify(&cursor, &question, &answer);
	assert_true(answer.reason_count > 0);
	return answer;
}

static struct identity_answer
expect(size_t number, uint8_t certainty, const char *party)
{
	struct identity_answer answer = ask(number);
	bool named = answer.certainty >= CERTAINTY_PROBABLE;
	const char *label =
	    named ? party_table_label(bench.accounts, answer.party) : NULL;

	if (answer.certainty != certainty ||
	    (party ? !label || strcmp(label, party) != 0 : named))
		fail_msg("question %zu: %s %s (%s)", number,
			 certainty_name(answer.certainty),
			 label ? label : "nobody", answer.reasons[0]);
	return answer;
}

static int64_t
time_of(const char *text)
{
	int64_t us;

	assert_int_equal(times_parse(slice_of(text), &us), 0);
	return us;
}

static void
c01_missing_stop(void **state)
{
	static const char later[] =
	    "Thu Jun 20 12:30:00 2024\n\tAcct-Status-Type = Interim-Update\n"
	    "\tUser-Name = \"sub-b\"\n\tAcct-Session-Id = \"S2\"\n"
	    "\tNAS-IP-Address = 203.0.113.20\n"
	    "\tFramed-IP-Address = 192.0.2.10\n\tTimestamp = 1718886600\n\n";
	struct identity_answer answer;

	(void)state;
	open_case("c01_missing_stop.json");
	expect(1, CERTAINTY_CERTAIN, "sub-a");
	answer = expect(2, CERTAINTY_PROBABLE, "sub-a");
	assert_false(answer.awaiting);
	assert_true(answer.binding.end.us == time_of("2024-06-20T12:00:00Z"));
	assert_true(answer.binding.marks & BINDING_END_INFERRED);
	assert_true(answer.binding.heard.us == time_of("2024-06-20T08:30:00Z"));
	/* The index says "sub-b certain".  With the bare input nothing has been
	 * heard of that session after the question, so it can't be certain yet:
	 * it is as soon as the next word of it is there. */
	answer = expect(3, CERTAINTY_PROBABLE, "sub-b");
	assert_true(answer.awaiting);
	bench.input_count = 0;
	feed_detail(later);
	expect(3, CERTAINTY_CERTAIN, "sub-b");
	expect(2, CERTAINTY_PROBABLE, "sub-a");
}

static void
c02_accounting_on(void **state)
{
	(void)state;
	open_case("c02_accounting_on.json");
	expect(1, CERTAINTY_PROBABLE, "sub-a");
	expect(2, CERTAINTY_NOBODY, NULL);
	expect(3, CERTAINTY_PROBABLE, "sub-d");
	assert_true(ask(3).awaiting);
}

static void
c03_session_id_reused(void **state)
{
	(void)state;
	open_case("c03_session_id_reused.json");
	expect(1, CERTAINTY_CERTAIN, "sub-a");
	expect(2, CERTAINTY_CERTAIN, "sub-b");
	expect(3, CERTAINTY_PROBABLE, "sub-a");
	assert_int_equal(binding_table_count(bench.table), 3);
}

static void
c04_interim_after_stop(void **state)
{
	(void)state;
	open_case("c04_interim_after_stop.json");
	expect(1, CERTAINTY_NOBODY, NULL);
	expect(2, CERTAINTY_PROBABLE, "sub-b");
	assert_int_equal(binding_table_count(bench.table), 2);
	assert_true(binding_table_row(bench.table, 0)->end.us ==
		    time_of("2024-06-20T09:00:00Z"));
}

static void
c07_ipv6_delegated_prefix(void **state)
{
	struct identity_answer answer;

	(void)state;
	open_case("c07_ipv6_delegated_prefix.json");
	answer = expect(1, CERTAINTY_PROBABLE, "sub-a");
	assert_true(answer.binding.start.us == time_of("2024-06-20T08:00:00Z"));
	assert_true(answer.binding.marks & BINDING_START_INFERRED);
	assert_true(answer.binding.reported.us ==
		    time_of("2024-06-20T08:05:00Z"));
	expect(2, CERTAINTY_PROBABLE, "sub-b");
	expect(3, CERTAINTY_NOBODY, NULL);
	expect(4, CERTAINTY_PROBABLE, "sub-a");
}

static void
c08_cgnat_no_port(void **state)
{
	struct identity_answer answer;

	(void)state;
	open_case("c08_cgnat_no_port.json");
	answer = expect(1, CERTAINTY_AMBIGUOUS, NULL);
	assert_int_equal(answer.candidates, 3);
	assert_true(answer.shared);
	assert_true(expect(2, CERTAINTY_PROBABLE, "sub-b").awaiting);
	spoken_until(time_of("2024-06-20T11:00:00Z"));
	expect(2, CERTAINTY_CERTAIN, "sub-b");
	answer = expect(3, CERTAINTY_NOBODY, NULL);
	assert_true(answer.shared);
}

static void
c11_ex_customer(void **state)
{
	struct identity_answer answer;

	(void)state;
	open_case("c11_ex_customer.json");
	expect(1, CERTAINTY_CERTAIN, "sub-old");
	answer = expect(2, CERTAINTY_NOBODY, NULL);
	assert_int_equal(answer.candidates, 0);
}

static void
c12_dhcp_lease_edges(void **state)
{
	struct identity_answer answer;

	(void)state;
	open_case("c12_dhcp_lease_edges.json");
	answer = ask(1);
	assert_int_equal(answer.certainty, CERTAINTY_PROBABLE);
	assert_false(answer.awaiting);
	assert_true(answer.binding.start.us == time_of("2024-06-20T08:00:00Z"));
	assert_true(answer.binding.marks & BINDING_END_INFERRED);
	expect(2, CERTAINTY_NOBODY, NULL);
	answer = ask(3);
	assert_int_equal(answer.certainty, CERTAINTY_PROBABLE);
	assert_true(answer.awaiting);
	assert_true(answer.binding.start.us == time_of("2024-06-20T08:30:00Z"));
	expect(4, CERTAINTY_NOBODY, NULL);
	spoken_until(time_of("2024-06-20T08:31:00Z"));
	assert_int_equal(ask(3).certainty, CERTAINTY_CERTAIN);
}

static void
c13_business_block_in_pool(void **state)
{
	struct identity_answer answer;

	(void)state;
	open_case("c13_business_block_in_pool.json");
	answer = expect(1, CERTAINTY_PROBABLE, "biz-1");
	assert_int_equal(answer.candidates, 2);
	expect(2, CERTAINTY_CERTAIN, "reseller-2");
	expect(3, CERTAINTY_PROBABLE, "sub-a");
}

static void
c14_late_report_after_log_expiry(void **state)
{
	(void)state;
	open_case("c14_late_report_after_log_expiry.json");
	assert_false(expect(1, CERTAINTY_EXPIRED, NULL).awaiting);
}

/* 77: no shared folder. */
static int
find_shared(void)
{
	const char *shared = getenv("LAZARET_SHARED");
	const char *source = getenv("LAZARET_SOURCE");
	char path[8192];
	FILE *file;

	if (shared)
		snprintf(folder, sizeof(folder), "%s", shared);
	else
		snprintf(folder, sizeof(folder), "%s/../shared",
			 source ? source : ".");
	snprintf(path, sizeof(path), "%s/cases/INDEX.tsv", folder);
	file = fopen(path, "r");
	if (!file) {
		printf("no shared cases at %s\n", folder);
		return 77;
	}
	fclose(file);
	return 0;
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(c01_missing_stop),
	    TEST(c02_accounting_on),
	    TEST(c03_session_id_reused),
	    TEST(c04_interim_after_stop),
	    TEST(c07_ipv6_delegated_prefix),
	    TEST(c08_cgnat_no_port),
	    TEST(c11_ex_customer),
	    TEST(c12_dhcp_lease_edges),
	    TEST(c13_business_block_in_pool),
	    TEST(c14_late_report_after_log_expiry),
	};
	int missing = find_shared();

	return missing ? missing : cmocka_run_group_tests(tests, NULL, NULL);
}
