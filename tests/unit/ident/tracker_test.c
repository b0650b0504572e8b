/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of sessions, one test a rule, by what is answered in the end.
 */
#include "ident/contracts.h"
#include "unit/ident/words.h"

#define X "192.0.2.10"
#define Y "192.0.2.11"
#define NAS 1
#define OTHER 2
#define LEASES 3
#define LIST 4
#define NAT 5

static struct binding_table *table;

static int
setup(void **state)
{
	static const struct tracker_source sources[] = {
	    {.number = NAS,
	     .sessions_numbered = true,
	     .interim_us = 15 * MINUTE,
	     .silent_after = 4},
	    {.number = OTHER, .sessions_numbered = true},
	    {.number = LEASES, .complete = true},
	    {.number = LIST, .complete = true, .assigned = true},
	    {.number = NAT, .complete = true},
	};

	(void)state;
	assert_int_equal(crypto_init(), 0);
	table = binding_table_new();
	assert_non_null(table);
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		assert_int_equal(binding_table_set_source(table, &sources[i]),
				 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	binding_table_free(table);
	return 0;
}

/* Rows of addresses, without notes. */
static size_t
rows(void)
{
	size_t count = 0;

	for (size_t i = 0; i < binding_table_count(table); i++) {
		const struct binding *row = binding_table_row(table, i);

		count += row && row->realm != TRACKER_REALM_NONE;
	}
	return count;
}

static void
start_to_stop_is_certain(void **state)
{
	(void)state;
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:a", X, -1, AT(8, 20), 0);
	assert_true(ask_at(table, X, -1, AT(8, 20), 0).awaiting);
	FEED(table, NAS, word(LEASE_ALIVE, "S1", "user:a", X, AT(8, 30)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:a", X, -1, AT(8, 20), 0);
	FEED(table, NAS, word(LEASE_STOP, "S1", "user:a", X, AT(9, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:a", X, -1, AT(8, 50), 0);
	EXPECT_AT(table, CERTAINTY_NOBODY, NULL, X, -1, AT(9, 0), 0);
	/* Again and again changes nothing. */
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	FEED(table, NAS, word(LEASE_STOP, "S1", "user:a", X, AT(9, 0)));
	assert_int_equal(rows(), 1);
}

static void
a_lost_start_is_computed(void **state)
{
	struct identity_answer answer;

	(void)state;
	FEED(table, NAS,
	     timed(LEASE_ALIVE, "S1", "user:a", X, AT(8, 30), AT(8, 0)));
	FEED(table, NAS,
	     timed(LEASE_STOP, "S1", "user:a", X, AT(9, 0), AT(8, 0) + SECOND));
	/* Before the first word it may have had another address. */
	answer = ask_at(table, X, -1, AT(8, 10), 0);
	expect_answer(table, &answer, CERTAINTY_PROBABLE, "user:a", __LINE__);
	assert_false(answer.awaiting);
	assert_true(answer.binding.start.us == AT(8, 0));
	assert_true(answer.binding.marks & BINDING_START_INFERRED);
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:a", X, -1, AT(8, 40), 0);
	assert_int_equal(rows(), 1);
	/* Only late: it makes all certain. */
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:a", X, -1, AT(8, 10), 0);
	assert_int_equal(rows(), 1);
}

static void
a_lost_stop_is_bounded_by_the_next_holder(void **state)
{
	(void)state;
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	FEED(table, NAS, word(LEASE_ALIVE, "S1", "user:a", X, AT(8, 30)));
	/* Another NAS counts as well: the address is one. */
	FEED(table, OTHER, word(LEASE_START, "S1", "user:b", X, AT(12, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:a", X, -1, AT(8, 20), 0);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:a", X, -1, AT(10, 0), 0);
	assert_false(ask_at(table, X, -1, AT(10, 0), 0).awaiting);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:b", X, -1, AT(12, 5), 0);
	FEED(table, OTHER, word(LEASE_ALIVE, "S1", "user:b", X, AT(12, 30)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:b", X, -1, AT(12, 5), 0);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:a", X, -1, AT(11, 59), 0);
}

static void
silence_ends_a_session(void **state)
{
	struct tracker_store store = binding_table_store(table);
	const struct tracker_source *nas = binding_table_source(table, NAS);

	(void)state;
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	assert_int_equal(tracker_silence(&store, nas,
					 (struct at_event){AT(8, 59)}),
			 0);
	assert_int_equal(tracker_silence(&store, nas,
					 (struct at_event){AT(9, 5)}),
			 1);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:a", X, -1, AT(8, 50), 0);
	EXPECT_AT(table, CERTAINTY_NOBODY, NULL, X, -1, AT(9, 1), 0);
	/* It was only slow. */
	FEED(table, NAS, word(LEASE_ALIVE, "S1", "user:a", X, AT(9, 10)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:a", X, -1, AT(9, 1), 0);
	assert_int_equal(rows(), 1);
}

static void
a_reset_ends_its_own_sessions_at_its_time(void **state)
{
	(void)state;
	/* It arrives first, and ends what began before it all the same. */
	FEED(table, NAS, word(LEASE_RESET, NULL, NULL, NULL, AT(9, 0)));
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	FEED(table, OTHER, word(LEASE_START, "S1", "user:b", Y, AT(8, 0)));
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:a", X, -1, AT(8, 59), 0);
	EXPECT_AT(table, CERTAINTY_NOBODY, NULL, X, -1, AT(9, 30), 0);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:b", Y, -1, AT(9, 30), 0);
	/* What begins in its very second is a new session. */
	FEED(table, NAS, word(LEASE_START, "S1", "user:c", X, AT(9, 0)));
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:c", X, -1, AT(9, 30), 0);
	/* Late, and between a session's words and its next holder. */
	FEED(table, OTHER, word(LEASE_START, "S2", "user:d", Y, AT(12, 0)));
	FEED(table, OTHER, word(LEASE_RESET, NULL, NULL, NULL, AT(10, 0)));
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:b", Y, -1, AT(9, 59), 0);
	EXPECT_AT(table, CERTAINTY_NOBODY, NULL, Y, -1, AT(11, 0), 0);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:d", Y, -1, AT(12, 5), 0);
}

static void
a_session_number_comes_again(void **state)
{
	(void)state;
	FEED(table, NAS, word(LEASE_START, "1", "user:a", X, AT(8, 0)));
	FEED(table, NAS, word(LEASE_START, "1", "user:b", Y, AT(10, 0)));
	FEED(table, NAS,
	     word(LEASE_START, "1", "user:a", "192.0.2.16", AT(11, 0)));
	FEED(table, NAS,
	     timed(LEASE_STOP, "1", "user:b", Y, AT(12, 0), AT(10, 0)));
	assert_int_equal(rows(), 3);
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:b", Y, -1, AT(11, 30), 0);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:a", "192.0.2.16", -1,
		  AT(12, 30), 0);
	/* The same holder, told by the start alone. */
	FEED(table, NAS,
	     timed(LEASE_ALIVE, "1", "user:a", X, AT(14, 0), AT(13, 0)));
	assert_int_equal(rows(), 4);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:a", X, -1, AT(9, 0), 0);
	assert_true(ask_at(table, X, -1, AT(9, 0), 0).binding.end.us ==
		    AT(13, 0));
}

static void
a_late_interim_does_not_reopen(void **state)
{
	(void)state;
	FEED(table, NAS, word(LEASE_STOP, "S1", "user:a", X, AT(9, 0)));
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	FEED(table, NAS,
	     timed(LEASE_ALIVE, "S1", "user:a", X, AT(9, 0) + SECOND,
		   AT(8, 0) + SECOND));
	FEED(table, NAS,
	     timed(LEASE_STOP, "S1", "user:a", X, AT(9, 0), AT(8, 0)));
	assert_int_equal(rows(), 1);
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:a", X, -1, AT(8, 59), 0);
	EXPECT_AT(table, CERTAINTY_NOBODY, NULL, X, -1, AT(9, 5), 0);
}

static void
absent_is_unchanged_and_a_new_value_moves(void **state)
{
	(void)state;
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	/* Unchanged, and not vouched for: it may have moved. */
	FEED(table, NAS, word(LEASE_ALIVE, "S1", "user:a", NULL, AT(8, 30)));
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:a", X, -1, AT(8, 10), 0);
	FEED(table, NAS, word(LEASE_ALIVE, "S1", "user:a", Y, AT(9, 0)));
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:a", X, -1, AT(8, 45), 0);
	EXPECT_AT(table, CERTAINTY_NOBODY, NULL, X, -1, AT(9, 10), 0);
	EXPECT_AT(table, CERTAINTY_NOBODY, NULL, Y, -1, AT(8, 45), 0);
	FEED(table, NAS, word(LEASE_STOP, "S1", "user:a", NULL, AT(10, 0)));
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:a", Y, -1, AT(9, 30), 0);
	EXPECT_AT(table, CERTAINTY_NOBODY, NULL, Y, -1, AT(10, 0), 0);
	/* Late: it had the first address for longer. */
	FEED(table, NAS, word(LEASE_ALIVE, "S1", "user:a", X, AT(8, 40)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:a", X, -1, AT(8, 35), 0);
}

static void
a_prefix_reported_later_is_the_sessions(void **state)
{
	struct lease_event interim = word(LEASE_ALIVE, "S1", "user:a", X,
					  AT(8, 5));
	struct identity_answer answer;

	(void)state;
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	add_subject(&interim, "2001:db8:40:5600::/56", LEASE_SLOT_DELEGATED);
	feed(table, NAS, &interim);
	answer = ask_at(table, "2001:db8:40:56ff::1", -1, AT(8, 4), 0);
	expect_answer(table, &answer, CERTAINTY_PROBABLE, "user:a", __LINE__);
	assert_true(answer.binding.start.us == AT(8, 0));
	assert_true(answer.binding.reported.us == AT(8, 5));
	assert_true(answer.binding.marks & BINDING_START_INFERRED);
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:a", X, -1, AT(8, 4), 0);
	EXPECT_AT(table, CERTAINTY_NOBODY, NULL, "2001:db8:40:5800::1", -1,
		  AT(8, 4), 0);
}

static void
two_holders_at_once_are_a_conflict(void **state)
{
	(void)state;
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	FEED(table, OTHER, word(LEASE_START, "S9", "user:b", X, AT(8, 30)));
	FEED(table, OTHER, word(LEASE_STOP, "S9", "user:b", X, AT(9, 30)));
	FEED(table, NAS, word(LEASE_STOP, "S1", "user:a", X, AT(9, 0)));
	EXPECT_AT(table, CERTAINTY_AMBIGUOUS, NULL, X, -1, AT(8, 45), 0);
	/* Outside of the overlap one of the clocks is in doubt. */
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:a", X, -1, AT(8, 15), 0);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:b", X, -1, AT(9, 15), 0);
	for (size_t i = 0; i < binding_table_count(table); i++)
		assert_true(binding_table_row(table, i)->marks &
			    BINDING_CONFLICT);
}

static void
two_sources_that_agree_are_none(void **state)
{
	(void)state;
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	FEED(table, OTHER,
	     word(LEASE_START, "S1", "user:a", X, AT(8, 0) + SECOND));
	FEED(table, NAS, word(LEASE_STOP, "S1", "user:a", X, AT(9, 0)));
	FEED(table, OTHER, word(LEASE_STOP, "S1", "user:a", X, AT(9, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:a", X, -1, AT(8, 30), 0);
	assert_int_equal(ask_at(table, X, -1, AT(8, 30), 0).candidates, 1);
}

/* A login and a line, which accounts make one customer of. */
static void
a_conflict_that_accounts_resolve_is_none(void **state)
{
	static const char rows[] = "account,login,mac\n"
				   "one,a,02:00:5e:00:53:01\n";
	struct contract_layer_conf conf = {.accounts = party_table_new()};
	struct contracts *contracts = contracts_new();
	struct contract_layer *layer;
	struct identity_question question = {.port = -1};
	struct identity_answer answer;
	struct binding_cursor cursor;

	(void)state;
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	FEED(table, OTHER,
	     word(LEASE_START, "S9", "mac:02:00:5e:00:53:01", X, AT(8, 1)));
	FEED(table, NAS, word(LEASE_STOP, "S1", "user:a", X, AT(9, 0)));
	FEED(table, OTHER,
	     word(LEASE_STOP, "S9", "mac:02:00:5e:00:53:01", X, AT(9, 0)));
	assert_true(binding_table_row(table, 0)->marks & BINDING_CONFLICT);
	EXPECT_AT(table, CERTAINTY_AMBIGUOUS, NULL, X, -1, AT(8, 30), 0);
	assert_int_equal(contracts_add_csv(contracts, rows, sizeof(rows) - 1,
					   NULL, NULL),
			 1);
	assert_int_equal(contracts_seal(contracts), 0);
	conf.contracts = contracts;
	conf.below = binding_table_cursor(table);
	conf.parties = binding_table_parties(table);
	layer = contract_layer_new(&conf);
	assert_non_null(layer);
	cursor = contract_layer_cursor(layer);
	assert_int_equal(addr_parse(slice_of(X), &question.addr), 0);
	question.first.us = question.last.us = AT(8, 30);
	identify(&cursor, &question, &answer);
	assert_int_equal(answer.certainty, CERTAINTY_CERTAIN);
	assert_string_equal(party_table_label(conf.accounts, answer.party),
			    "one");
	contract_layer_free(layer);
	party_table_free(conf.accounts);
	contracts_free(contracts);
}

static void
clocks_that_are_off_make_it_ambiguous(void **state)
{
	struct lease_event stop = word(LEASE_STOP, "S1", "user:a", X, AT(9, 0));
	struct lease_event start = word(LEASE_START, "S2", "user:b", X,
					AT(9, 0) + 20 * SECOND);

	(void)state;
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	stop.error_us = MINUTE;
	feed(table, NAS, &stop);
	feed(table, NAS, &start);
	FEED(table, NAS, word(LEASE_ALIVE, "S2", "user:b", X, AT(10, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:a", X, -1, AT(8, 58), 0);
	EXPECT_AT(table, CERTAINTY_AMBIGUOUS, NULL, X, -1,
		  AT(9, 0) + 30 * SECOND, 0);
	EXPECT_AT(table, CERTAINTY_CERTAIN, "user:b", X, -1, AT(9, 2), 0);
}

static struct lease_event
lease(const char *client, const char *address, int64_t at_us, int64_t end_us)
{
	struct lease_event event = word(LEASE_WHOLE, client, client, address,
					at_us);

	event.start.us = at_us;
	event.end.us = end_us;
	return event;
}

static void
renewals_extend_and_releases_shorten(void **state)
{
	(void)state;
	FEED(table, LEASES, lease("mac:1", X, AT(8, 0), AT(9, 0)));
	/* A promise is vouched for as far as the file has got. */
	EXPECT_AT(table, CERTAINTY_PROBABLE, "mac:1", X, -1, AT(8, 20), 0);
	FEED(table, LEASES, lease("mac:1", X, AT(8, 30), AT(9, 30)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "mac:1", X, -1, AT(8, 20), 0);
	FEED(table, LEASES, lease("mac:2", Y, AT(9, 10), AT(10, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "mac:1", X, -1, AT(9, 5), 0);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "mac:1", X, -1, AT(9, 20), 0);
	/* Somebody else got it: the promise is off. */
	FEED(table, LEASES, lease("mac:3", X, AT(9, 15), AT(10, 15)));
	EXPECT_AT(table, CERTAINTY_PROBABLE, "mac:1", X, -1, AT(9, 10), 0);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "mac:3", X, -1, AT(9, 20), 0);
	assert_int_equal(rows(), 3);
	/* Gone, and back: history stays. */
	FEED(table, LEASES, lease("mac:2", Y, AT(11, 0), AT(12, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "mac:2", Y, -1, AT(9, 30), 0);
	EXPECT_AT(table, CERTAINTY_NOBODY, NULL, Y, -1, AT(10, 30), 0);
	assert_int_equal(rows(), 4);
}

static void
grace_is_probable_and_a_new_lease_beats_it(void **state)
{
	struct lease_event event = lease("mac:1", X, AT(8, 0),
					 AT(9, 0) + 30 * SECOND);

	(void)state;
	event.sure.us = AT(9, 0);
	event.marks |= LEASE_END_INFERRED;
	feed(table, LEASES, &event);
	FEED(table, LEASES, word(LEASE_WORD, NULL, NULL, NULL, AT(10, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "mac:1", X, -1, AT(8, 59), 0);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "mac:1", X, -1,
		  AT(9, 0) + 20 * SECOND, 0);
	EXPECT_AT(table, CERTAINTY_NOBODY, NULL, X, -1, AT(9, 1), 0);
	FEED(table, LEASES,
	     lease("mac:2", X, AT(9, 0) + 10 * SECOND, AT(11, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "mac:2", X, -1,
		  AT(9, 0) + 20 * SECOND, 0);
}

static void
an_assignment_goes_before_a_session_in_it(void **state)
{
	struct lease_event block = word(LEASE_WHOLE, NULL, "account:biz", NULL,
					AT(0, 0));
	struct identity_answer answer;

	(void)state;
	add_subject(&block, "192.0.2.8/29", LEASE_SLOT_ADDRESS);
	block.start.us = AT(0, 0);
	feed(table, LIST, &block);
	EXPECT_AT(table, CERTAINTY_CERTAIN, "account:biz", X, -1, AT(8, 30), 0);
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	answer = ask_at(table, X, -1, AT(8, 30), 0);
	expect_answer(table, &answer, CERTAINTY_PROBABLE, "account:biz",
		      __LINE__);
	assert_int_equal(answer.candidates, 2);
	EXPECT_AT(table, CERTAINTY_CERTAIN, "account:biz", Y, -1, AT(8, 30), 0);
}

static struct lease_event
block(uint8_t kind, const char *subject, const char *inside, int64_t at_us)
{
	struct lease_event event = word(kind, NULL, NULL, NULL, at_us);

	add_subject(&event, subject, LEASE_SLOT_PORTS);
	event.inside_told = true;
	event.inside_realm = 7;
	assert_int_equal(addr_parse(slice_of(inside), &event.inside), 0);
	return event;
}

static void
blocks_lead_to_who_holds_the_inside(void **state)
{
	struct lease_event inside = word(LEASE_WHOLE, "mac:1", "mac:1",
					 "100.64.0.1", AT(7, 0));
	struct identity_answer answer;

	(void)state;
	FEED(table, NAT,
	     block(LEASE_START, "203.0.113.40:1024-2047", "100.64.0.1",
		   AT(8, 0)));
	FEED(table, NAT,
	     block(LEASE_START, "203.0.113.40:2048-3071", "100.64.0.2",
		   AT(8, 0)));
	FEED(table, NAT, word(LEASE_WORD, NULL, NULL, NULL, AT(10, 0)));
	EXPECT_AT(table, CERTAINTY_NOBODY, NULL, "203.0.113.40", 1100, AT(9, 0),
		  0);
	inside.realm = 7;
	inside.start.us = AT(7, 0);
	inside.end.us = AT(12, 0);
	feed(table, LEASES, &inside);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "mac:1", "203.0.113.40", 1100,
		  AT(9, 0), 0);
	assert_true(ask_at(table, "203.0.113.40", 1100, AT(9, 0), 0).awaiting);
	FEED(table, LEASES, word(LEASE_WORD, NULL, NULL, NULL, AT(10, 0)));
	answer = ask_at(table, "203.0.113.40", 1100, AT(9, 0), 0);
	expect_answer(table, &answer, CERTAINTY_CERTAIN, "mac:1", __LINE__);
	assert_int_equal(answer.source_count, 2);
	answer = ask_at(table, "203.0.113.40", -1, AT(9, 0), 0);
	expect_answer(table, &answer, CERTAINTY_AMBIGUOUS, NULL, __LINE__);
	assert_int_equal(answer.candidates, 2);
	answer = ask_at(table, "203.0.113.40", 5000, AT(9, 0), 0);
	expect_answer(table, &answer, CERTAINTY_NOBODY, NULL, __LINE__);
	assert_true(answer.shared);
	/* Words may have been lost: what is open is no longer vouched for. */
	FEED(table, NAT, word(LEASE_GAP, NULL, NULL, NULL, AT(8, 30)));
	EXPECT_AT(table, CERTAINTY_PROBABLE, "mac:1", "203.0.113.40", 1100,
		  AT(9, 0), 0);
}

static void
a_stop_behind_a_gap_is_doubted(void **state)
{
	struct lease_event stop = block(LEASE_STOP, "203.0.113.40:1024-2047",
					"100.64.0.1", AT(10, 0));

	(void)state;
	FEED(table, NAT,
	     block(LEASE_START, "203.0.113.40:1024-2047", "100.64.0.1",
		   AT(8, 0)));
	FEED(table, NAT, word(LEASE_GAP, NULL, NULL, NULL, AT(9, 0)));
	/* In the gap it may have been another's, and come back. */
	feed(table, NAT, &stop);
	assert_true(binding_table_row(table, 0)->marks & BINDING_LOSSY);
	/* A holder who is told counts for more than the inside address. */
	stop = block(LEASE_START, "203.0.113.40:2048-3071", "100.64.0.2",
		     AT(10, 0));
	strcpy(stop.holder, "account:b");
	feed(table, NAT, &stop);
	FEED(table, NAT, word(LEASE_WORD, NULL, NULL, NULL, AT(12, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "account:b", "203.0.113.40", 3000,
		  AT(11, 0), 0);
}

/* Nonsense, but nobody should wait for its end. */
static void
a_translator_behind_itself_is_nobody(void **state)
{
	struct lease_event event = block(LEASE_START, "203.0.113.40:1024-2047",
					 "100.64.0.1", AT(8, 0));
	struct identity_answer answer;

	(void)state;
	feed(table, NAT, &event);
	event = word(LEASE_START, NULL, NULL, "100.64.0.1", AT(8, 0));
	event.realm = event.inside_realm = 7;
	event.inside_told = true;
	event.inside = event.subjects[0].subject.prefix.addr;
	feed(table, NAT, &event);
	FEED(table, NAT, word(LEASE_WORD, NULL, NULL, NULL, AT(12, 0)));
	answer = ask_at(table, "203.0.113.40", 1100, AT(9, 0), 0);
	expect_answer(table, &answer, CERTAINTY_AMBIGUOUS, NULL, __LINE__);
	assert_int_equal(answer.source_count, 2);
}

static struct lease_event
assignment(const char *holder, const char *prefix, int64_t start_us,
	   int64_t read_us)
{
	struct lease_event event = word(LEASE_WHOLE, holder, holder, prefix,
					read_us);

	event.start.us = start_us;
	return event;
}

static void
a_list_hands_over_and_forgets(void **state)
{
	struct identity_answer answer;

	(void)state;
	FEED(table, LIST, word(LEASE_GAP, NULL, NULL, NULL, AT(8, 0)));
	FEED(table, LIST, assignment("account:a", X, AT(1, 0), AT(8, 0)));
	FEED(table, LIST, assignment("account:b", Y, AT(1, 0), AT(8, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "account:a", X, -1, AT(9, 0), 0);
	/* Read again: one has changed hands, the other has gone. */
	FEED(table, LIST, word(LEASE_GAP, NULL, NULL, NULL, AT(12, 0)));
	FEED(table, LIST, assignment("account:c", X, AT(11, 0), AT(12, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "account:c", X, -1, AT(13, 0), 0);
	EXPECT_AT(table, CERTAINTY_CERTAIN, "account:a", X, -1, AT(7, 0), 0);
	answer = ask_at(table, Y, -1, AT(9, 0), 0);
	expect_answer(table, &answer, CERTAINTY_PROBABLE, "account:b",
		      __LINE__);
	EXPECT_AT(table, CERTAINTY_CERTAIN, "account:b", Y, -1, AT(7, 0), 0);
}

/* A clock that is a year ahead vouches for nothing of that year. */
static void
a_word_from_the_future_vouches_for_nothing(void **state)
{
	struct lease_event event = lease("mac:1", X, AT(8, 0), AT(20, 0));

	(void)state;
	feed(table, LEASES, &event);
	event = word(LEASE_WORD, NULL, NULL, NULL, AT(8, 0) + 365 * 24 * HOUR);
	event.arrival.us = AT(10, 0);
	feed(table, LEASES, &event);
	EXPECT_AT(table, CERTAINTY_CERTAIN, "mac:1", X, -1, AT(9, 59), 0);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "mac:1", X, -1, AT(10, 1), 0);
}

/* It booted without knowing the year, and was told it before it stopped. */
static void
a_clock_years_off_is_sure_of_nothing(void **state)
{
	const int64_t off_us = 5 * 365 * 24 * HOUR;
	struct lease_event event = word(LEASE_START, "S1", "user:a", X,
					AT(8, 0) - off_us);

	(void)state;
	event.arrival.us = AT(8, 0);
	event.error_us = off_us;
	feed(table, NAS, &event);
	event = word(LEASE_STOP, "S1", "user:a", X, AT(9, 0));
	event.arrival.us = AT(9, 0);
	feed(table, NAS, &event);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "user:a", X, -1,
		  AT(8, 0) - 24 * HOUR, 0);
}

/* An hour ahead: its leases begin an hour before they say. */
static void
a_server_ahead_of_its_words_is_doubted(void **state)
{
	struct lease_event event = lease("mac:1", X, AT(8, 0), AT(9, 0));

	(void)state;
	event.arrival.us = AT(7, 0);
	feed(table, LEASES, &event);
	event = lease("mac:2", X, AT(9, 0), AT(10, 0));
	event.arrival.us = AT(8, 0);
	feed(table, LEASES, &event);
	FEED(table, LEASES, word(LEASE_WORD, NULL, NULL, NULL, AT(12, 0)));
	EXPECT_AT(table, CERTAINTY_AMBIGUOUS, NULL, X, -1, AT(8, 30), 0);
}

/* What is sure of it lies ahead; it may have been given away in the gap. */
static void
grace_heals_no_gap(void **state)
{
	struct lease_event event = lease("mac:1", X, AT(8, 0), AT(12, 10));

	(void)state;
	event.sure.us = AT(12, 0);
	event.marks |= LEASE_END_INFERRED;
	feed(table, LEASES, &event);
	FEED(table, LEASES, word(LEASE_WORD, NULL, NULL, NULL, AT(9, 0)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "mac:1", X, -1, AT(8, 50), 0);
	FEED(table, LEASES, word(LEASE_GAP, NULL, NULL, NULL, AT(10, 0)));
	FEED(table, LEASES, word(LEASE_WORD, NULL, NULL, NULL, AT(11, 0)));
	EXPECT_AT(table, CERTAINTY_PROBABLE, "mac:1", X, -1, AT(9, 30), 0);
	/* Renewed behind it: sure from then on, and no earlier. */
	event.start = event.at = (struct at_event){AT(11, 0)};
	event.end.us = AT(15, 10);
	event.sure.us = AT(15, 0);
	event.origin++;
	feed(table, LEASES, &event);
	FEED(table, LEASES, word(LEASE_WORD, NULL, NULL, NULL, AT(14, 0)));
	EXPECT_AT(table, CERTAINTY_PROBABLE, "mac:1", X, -1, AT(9, 30), 0);
	EXPECT_AT(table, CERTAINTY_CERTAIN, "mac:1", X, -1, AT(13, 0), 0);
}

/* Released, another's, and back: all of it while nobody listened. */
static void
a_renewal_heals_no_gap(void **state)
{
	struct lease_event event = lease("mac:1", X, AT(8, 0), AT(12, 0));

	(void)state;
	feed(table, LEASES, &event);
	FEED(table, LEASES, word(LEASE_WORD, NULL, NULL, NULL, AT(8, 30)));
	EXPECT_AT(table, CERTAINTY_CERTAIN, "mac:1", X, -1, AT(8, 20), 0);
	FEED(table, LEASES, word(LEASE_GAP, NULL, NULL, NULL, AT(9, 30)));
	FEED(table, LEASES, lease("mac:1", X, AT(9, 25), AT(13, 25)));
	FEED(table, LEASES, lease("mac:1", X, AT(10, 0), AT(14, 0)));
	FEED(table, LEASES, word(LEASE_WORD, NULL, NULL, NULL, AT(11, 0)));
	EXPECT_AT(table, CERTAINTY_PROBABLE, "mac:1", X, -1, AT(9, 0), 0);
	EXPECT_AT(table, CERTAINTY_CERTAIN, "mac:1", X, -1, AT(10, 30), 0);
	/* Told again, from a file that is read once more: no more than before. */
	feed(table, LEASES, &event);
	assert_int_equal(rows(), 3);
	EXPECT_AT(table, CERTAINTY_PROBABLE, "mac:1", X, -1, AT(9, 0), 0);
	/* A block that is heard of again may have been another's as well. */
	FEED(table, NAT,
	     block(LEASE_START, "203.0.113.40:1024-2047", "100.64.0.1",
		   AT(8, 0)));
	FEED(table, NAT, word(LEASE_GAP, NULL, NULL, NULL, AT(9, 0)));
	FEED(table, NAT,
	     block(LEASE_ALIVE, "203.0.113.40:1024-2047", "100.64.0.1",
		   AT(10, 0)));
	for (size_t i = 0; i < binding_table_count(table); i++) {
		const struct binding *row = binding_table_row(table, i);

		assert_true(!row || !subject_has_ports(&row->subject) ||
			    row->marks & BINDING_LOSSY);
	}
}

struct changes {
	unsigned count;
	int64_t from_us, to_us;
	const char *cause;
};

static int
note_change(void *context, uint32_t realm, const struct subject *subject,
	    struct at_event from, struct at_event to, const char *cause)
{
	struct changes *changes = context;

	assert_int_equal(realm, 0);
	assert_int_equal(subject->prefix.length, 128);
	assert_true(from.us < to.us);
	changes->count++;
	changes->from_us = from.us;
	changes->to_us = to.us;
	changes->cause = cause;
	return 0;
}

static void
what_changes_is_told(void **state)
{
	struct changes changes = {0};

	(void)state;
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	FEED(table, NAS, word(LEASE_START, "S2", "user:b", X, AT(12, 0)));
	binding_table_watch(table, note_change, &changes);
	/* Nothing. */
	FEED(table, NAS, word(LEASE_START, "S1", "user:a", X, AT(8, 0)));
	FEED(table, NAS, word(LEASE_ALIVE, "S2", "user:b", X, AT(12, 30)));
	assert_int_equal(changes.count, 0);
	FEED(table, NAS, word(LEASE_STOP, "S1", "user:a", X, AT(9, 0)));
	assert_int_equal(changes.count, 1);
	assert_true(changes.from_us == AT(9, 0) && changes.to_us == AT(12, 0));
	assert_string_equal(changes.cause, "a Stop");
}

static void
the_impossible_is_refused(void **state)
{
	struct tracker_store store = binding_table_store(table);
	const struct tracker_source *nas = binding_table_source(table, NAS);
	struct lease_event event;

	(void)state;
	event = word(LEASE_START, "S1", "user:a", X, 5);
	assert_int_equal(tracker_event(&store, nas, &event), LZ_E_RANGE);
	event = timed(LEASE_STOP, "S1", "user:a", X, AT(8, 0), AT(9, 0));
	assert_int_equal(tracker_event(&store, nas, &event), LZ_E_RANGE);
	event = lease("mac:1", X, AT(8, 0), AT(8, 0));
	assert_int_equal(tracker_event(&store, nas, &event), LZ_E_RANGE);
	event = word(LEASE_KIND_COUNT, "S1", "user:a", X, AT(8, 0));
	assert_int_equal(tracker_event(&store, nas, &event), LZ_E_RANGE);
	event = word(LEASE_START, "S1", "user:a", X, AT(8, 0));
	event.subject_count = LEASE_SUBJECTS_MAX + 1;
	assert_int_equal(tracker_event(&store, nas, &event), LZ_E_RANGE);
	assert_int_equal(rows(), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(start_to_stop_is_certain),
	    TEST(a_lost_start_is_computed),
	    TEST(a_lost_stop_is_bounded_by_the_next_holder),
	    TEST(silence_ends_a_session),
	    TEST(a_reset_ends_its_own_sessions_at_its_time),
	    TEST(a_session_number_comes_again),
	    TEST(a_late_interim_does_not_reopen),
	    TEST(absent_is_unchanged_and_a_new_value_moves),
	    TEST(a_prefix_reported_later_is_the_sessions),
	    TEST(two_holders_at_once_are_a_conflict),
	    TEST(two_sources_that_agree_are_none),
	    TEST(a_conflict_that_accounts_resolve_is_none),
	    TEST(clocks_that_are_off_make_it_ambiguous),
	    TEST(renewals_extend_and_releases_shorten),
	    TEST(grace_is_probable_and_a_new_lease_beats_it),
	    TEST(a_clock_years_off_is_sure_of_nothing),
	    TEST(a_server_ahead_of_its_words_is_doubted),
	    TEST(grace_heals_no_gap),
	    TEST(a_renewal_heals_no_gap),
	    TEST(an_assignment_goes_before_a_session_in_it),
	    TEST(blocks_lead_to_who_holds_the_inside),
	    TEST(a_stop_behind_a_gap_is_doubted),
	    TEST(a_translator_behind_itself_is_nobody),
	    TEST(a_list_hands_over_and_forgets),
	    TEST(a_word_from_the_future_vouches_for_nothing),
	    TEST(what_changes_is_told),
	    TEST(the_impossible_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
