/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lease files come to: journals as Kea and dhcpd write them, through
 * decoder and tracker, asked for a moment.  Rows are read as they would be while
 * the file is followed: each with its own arrival.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "ident/binding_table.h"
#include "ident/identify.h"
#include "lease/address_list.h"
#include "lease/isc.h"
#include "lease/kea.h"

#define MINUTE TIMES_MINUTE_US
/* 2024-06-20T08:00:00Z */
#define EIGHT INT64_C(1718870400)
#define HEADER4                                                              \
	"address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd," \
	"fqdn_rev,hostname,state,user_context\n"

static struct binding_table *table;
static struct kea kea;
static uint64_t raw_records;

/* Each piece is a raw record of its own. */
static uint64_t
next_origin(void)
{
	return ++raw_records << 16;
}

static void
take(void *context, const struct lease_event *event)
{
	struct tracker_store store = binding_table_store(table);

	(void)context;
	assert_true(
	    tracker_event(&store, binding_table_source(table, 1), event) >= 0);
}

static const struct lease_output output = {.sink = take};

static int
setup(void **state)
{
	const struct tracker_source source = {.number = 1, .complete = true};

	(void)state;
	table = binding_table_new();
	kea_init(&kea, LEASE_BY_LINE, 0, 0);
	return crypto_init() || !table ||
	       binding_table_set_source(table, &source);
}

static int
teardown(void **state)
{
	(void)state;
	binding_table_free(table);
	return 0;
}

/* Minutes past eight, as microseconds. */
static int64_t
at(int64_t minutes)
{
	return EIGHT * TIMES_SECOND_US + minutes * MINUTE;
}

/*
 * A row of Kea's that is read at `arrival` (minutes past eight): from `start` on
 * for `minutes`, 0: released.
 */
static void
kea_row(const char *address, unsigned client, int64_t start, int64_t minutes,
	unsigned state, int64_t arrival)
{
	char text[512], mac[32] = "";
	struct lease_chunk chunk = {.header = slice_of(HEADER4),
				    .offset = 1000,
				    .origin = next_origin(),
				    .arrival = {at(arrival)},
				    .end = true};

	if (client > 0)
		snprintf(mac, sizeof(mac), "02:00:5e:00:53:%02x", client);
	snprintf(text, sizeof(text), "%s,%s,,%lld,%lld,1,0,0,,%u,\n", address,
		 mac, (long long)minutes * 60,
		 (long long)(EIGHT + (start + minutes) * 60), state);
	chunk.bytes = slice_of(text);
	assert_int_equal(kea_feed(&kea, &chunk, &output), strlen(text));
}

/* The source has spoken until so many minutes past eight. */
static void
spoken(int64_t minutes)
{
	const struct lease_event event = {.kind = LEASE_WORD,
					  .at = {at(minutes)}};

	take(NULL, &event);
}

/* "certain" and the like, with who is named, "-" for nobody. */
static void
expect(const char *address, int64_t minutes, uint8_t certainty,
       const char *holder)
{
	struct binding_cursor cursor = binding_table_cursor(table);
	struct identity_question question = {.port = -1,
					     .first = {at(minutes)},
					     .last = {at(minutes)}};
	struct identity_answer answer;
	const char *label = "-";

	assert_int_equal(addr_parse(slice_of(address), &question.addr), 0);
	identify(&cursor, &question, &answer);
	if (answer.certainty >= CERTAINTY_PROBABLE)
		label = party_table_label(binding_table_parties(table),
					  answer.party);
	if (answer.certainty != certainty || strcmp(label, holder) != 0)
		fail_msg("%s, minute %lld: %s %s (%s), not %s %s", address,
			 (long long)minutes, certainty_name(answer.certainty),
			 label, answer.reasons[0], certainty_name(certainty),
			 holder);
}

#define A "192.0.2.10"
#define ONE "mac:02:00:5e:00:53:01"
#define TWO "mac:02:00:5e:00:53:02"

static void
a_renewal_extends(void **state)
{
	(void)state;
	kea_row(A, 1, 0, 60, 0, 0);
	kea_row(A, 1, 30, 60, 0, 30);
	expect(A, 20, CERTAINTY_CERTAIN, ONE);
	/* Promised, but nothing later has been read of that file. */
	expect(A, 50, CERTAINTY_PROBABLE, ONE);
	spoken(100);
	expect(A, 50, CERTAINTY_CERTAIN, ONE);
	expect(A, 85, CERTAINTY_CERTAIN, ONE);
	expect(A, 95, CERTAINTY_NOBODY, "-");
	/* Kea clears up: that changes nothing. */
	kea_row(A, 1, 30, 60, 2, 101);
	kea_row(A, 1, 30, 0, 2, 160);
	expect(A, 20, CERTAINTY_CERTAIN, ONE);
	expect(A, 85, CERTAINTY_CERTAIN, ONE);
	expect(A, 95, CERTAINTY_NOBODY, "-");
}

static void
another_client_begins(void **state)
{
	(void)state;
	kea_row(A, 1, 0, 60, 0, 0);
	kea_row(A, 2, 70, 60, 0, 70);
	spoken(80);
	expect(A, 30, CERTAINTY_CERTAIN, ONE);
	expect(A, 65, CERTAINTY_NOBODY, "-");
	expect(A, 75, CERTAINTY_CERTAIN, TWO);
	/* The first comes back: nothing of the past is forgotten. */
	kea_row(A, 2, 70, 0, 0, 90);
	kea_row(A, 1, 100, 60, 0, 100);
	spoken(120);
	expect(A, 30, CERTAINTY_CERTAIN, ONE);
	expect(A, 65, CERTAINTY_NOBODY, "-");
	expect(A, 80, CERTAINTY_PROBABLE, TWO);
	expect(A, 95, CERTAINTY_NOBODY, "-");
	expect(A, 110, CERTAINTY_CERTAIN, ONE);
}

static void
a_release_has_no_time(void **state)
{
	(void)state;
	kea_row(A, 1, 0, 60, 0, 0);
	kea_row(A, 1, 30, 60, 0, 30);
	/* Given back at minute 50; the row says 30. */
	kea_row(A, 1, 30, 0, 0, 50);
	kea_row(A, 2, 52, 60, 0, 52);
	spoken(60);
	expect(A, 20, CERTAINTY_CERTAIN, ONE);
	expect(A, 40, CERTAINTY_PROBABLE, ONE);
	expect(A, 51, CERTAINTY_NOBODY, "-");
	expect(A, 55, CERTAINTY_CERTAIN, TWO);
}

static void
a_promise_ends_with_the_next_holder(void **state)
{
	(void)state;
	/* Kea gave it to another before the hour was over: when the first one
	 * went nobody has said. */
	kea_row(A, 1, 0, 60, 0, 0);
	kea_row(A, 2, 20, 60, 0, 20);
	spoken(60);
	expect(A, 10, CERTAINTY_PROBABLE, ONE);
	expect(A, 40, CERTAINTY_CERTAIN, TWO);
}

static void
a_declined_address_is_nobodys(void **state)
{
	(void)state;
	kea_row(A, 1, 0, 60, 0, 0);
	kea_row(A, 0, 10, 1440, 1, 10);
	spoken(60);
	expect(A, 5, CERTAINTY_PROBABLE, ONE);
	/* Not the one who declined it, whoever uses it now. */
	expect(A, 30, CERTAINTY_CERTAIN, "declined:" A);
}

static void
a_row_nobody_can_read_takes_the_certainty(void **state)
{
	static const char torn[] = "192.0.2.1192.0.2.12,02:00:5e:00:53:02,,3\n";
	const struct lease_chunk chunk = {.header = slice_of(HEADER4),
					  .bytes = slice_of(torn),
					  .offset = 1000,
					  .origin = next_origin(),
					  .arrival = {at(20)}};

	(void)state;
	kea_row(A, 1, 0, 60, 0, 0);
	spoken(15);
	expect(A, 10, CERTAINTY_CERTAIN, ONE);
	/* It may have been its release. */
	assert_int_equal(kea_feed(&kea, &chunk, &output), strlen(torn));
	spoken(50);
	expect(A, 40, CERTAINTY_PROBABLE, ONE);
	kea_row(A, 1, 52, 60, 0, 52);
	spoken(60);
	expect(A, 55, CERTAINTY_CERTAIN, ONE);
}

static void
any_order_comes_to_the_same(void **state)
{
	(void)state;
	/* As after a cleanup that was missed: the last rows first. */
	kea_row(A, 2, 70, 60, 0, 75);
	kea_row(A, 1, 30, 60, 0, 75);
	kea_row(A, 1, 0, 60, 0, 75);
	spoken(80);
	expect(A, 20, CERTAINTY_CERTAIN, ONE);
	expect(A, 50, CERTAINTY_CERTAIN, ONE);
	expect(A, 75, CERTAINTY_CERTAIN, TWO);
}

static void
isc_text(const char *text)
{
	struct isc isc = {.holder_by = LEASE_BY_LINE,
			  .grace_us = 30 * TIMES_SECOND_US};
	const struct lease_chunk chunk = {.bytes = slice_of(text),
					  .origin = next_origin(),
					  .arrival = {at(60)},
					  .end = true};

	assert_int_equal(isc_feed(&isc, &chunk, &output), strlen(text));
}

static void
dhcpd_releases_and_grace(void **state)
{
	(void)state;
	isc_text("lease 192.0.2.10 {\n  starts 4 2024/06/20 08:00:00;\n"
		 "  ends 4 2024/06/20 09:00:00;\n  binding state active;\n"
		 "  hardware ethernet 02:00:5e:00:53:01;\n}\n"
		 "lease 192.0.2.10 {\n  starts 4 2024/06/20 08:00:00;\n"
		 "  ends 4 2024/06/20 08:20:00;\n  binding state free;\n"
		 "  hardware ethernet 02:00:5e:00:53:01;\n}\n"
		 "lease 192.0.2.10 {\n  starts 4 2024/06/20 08:40:00;\n"
		 "  ends 4 2024/06/20 09:40:00;\n  binding state active;\n"
		 "  hardware ethernet 02:00:5e:00:53:02;\n}\n");
	spoken(60);
	expect(A, 10, CERTAINTY_CERTAIN, ONE);
	expect(A, 30, CERTAINTY_NOBODY, "-");
	expect(A, 50, CERTAINTY_CERTAIN, TWO);
}

static void
list_text(const char *text, int64_t arrival)
{
	struct address_list *list = address_list_new(LEASE_ZONE_UNTOLD, 0);
	const struct lease_chunk chunk = {.bytes = slice_of(text),
					  .origin = next_origin(),
					  .arrival = {at(arrival)},
					  .end = true};

	assert_non_null(list);
	assert_int_equal(address_list_feed(list, &chunk, &output),
			 strlen(text));
	address_list_free(list);
}

static void
a_row_that_has_gone_is_not_certain(void **state)
{
	static const char first[] =
	    "prefix,party,start\n192.0.2.8/29,one,2024-01-01T00:00:00Z\n"
	    "192.0.2.16/29,two,2024-01-01T00:00:00Z\n";
	static const char second[] =
	    "prefix,party,start\n192.0.2.16/29,two,2024-01-01T00:00:00Z\n";

	(void)state;
	list_text(first, 0);
	spoken(60);
	expect(A, 30, CERTAINTY_CERTAIN, "account:one");
	list_text(second, 120);
	spoken(200);
	expect(A, -30, CERTAINTY_CERTAIN, "account:one");
	expect(A, 150, CERTAINTY_PROBABLE, "account:one");
	expect("192.0.2.17", 150, CERTAINTY_CERTAIN, "account:two");
}

static void
handed_over_to_a_reseller(void **state)
{
	(void)state;
	list_text("prefix,party,start,end,kind\n"
		  "192.0.2.8/29,one,2024-01-01T00:00:00Z,"
		  "2024-06-20T08:30:00Z,business\n"
		  "192.0.2.8/29,shop,2024-06-20T08:30:00Z,,reseller\n"
		  /* Here the former row was never closed: both hold it. */
		  "192.0.2.16/29,one,2024-01-01T00:00:00Z,,business\n"
		  "192.0.2.16/29,shop,2024-06-20T08:30:00Z,,reseller\n",
		  40);
	spoken(60);
	expect(A, 10, CERTAINTY_CERTAIN, "account:one");
	expect(A, 50, CERTAINTY_CERTAIN, "account:shop");
	expect("192.0.2.17", 10, CERTAINTY_PROBABLE, "account:one");
	expect("192.0.2.17", 50, CERTAINTY_AMBIGUOUS, "-");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_renewal_extends),
	    TEST(another_client_begins),
	    TEST(a_release_has_no_time),
	    TEST(a_promise_ends_with_the_next_holder),
	    TEST(a_declined_address_is_nobodys),
	    TEST(a_row_nobody_can_read_takes_the_certainty),
	    TEST(any_order_comes_to_the_same),
	    TEST(dhcpd_releases_and_grace),
	    TEST(a_row_that_has_gone_is_not_certain),
	    TEST(handed_over_to_a_reseller),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
