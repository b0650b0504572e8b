/* SPDX-License-Identifier: Apache-2.0 */
/* The desk's rows, there and back; what is known already; what is erased. */
#include "scratch.h"

#include "crypto/sha256.h"
#include "store/desk_view.h"
#include "store/notifier_store.h"

#define NOW_US INT64_C(1700000000000000)
#define CASE_ID UINT64_C(0xf123456789abcdef) /* top bit set: stored signed */

static const struct party_id party = {UINT64_C(0xfedcba9876543210)};
static const struct at_event now = {NOW_US};

static struct sighting
make_sighting(int64_t time_us)
{
	struct sighting sighting = {.class = RSIT_SCANNER,
				    .role = ROLE_INFECTED,
				    .proto = 6,
				    .marks = SIGHTING_HAS_PEER,
				    .weight_milli = 5000};

	assert_int_equal(addr_parse(slice_of("192.0.2.7"), &sighting.address),
			 0);
	assert_int_equal(addr_parse(slice_of("198.51.100.9"), &sighting.peer),
			 0);
	sighting.subject.prefix = prefix_of(&sighting.address, 128);
	sighting.time = sighting.known = sighting.first = sighting.last =
	    (struct at_event){time_us};
	strcpy(sighting.origin, "own-flow");
	strcpy(sighting.detector, "scan");
	sighting_seal(&sighting);
	return sighting;
}

static void
add_party(struct store *store)
{
	assert_int_equal(desk_store_party_add(store, party, "acct-17", true,
					      now),
			 0);
}

static void
put_case(struct store *store, enum case_state state, bool known,
	 struct at_event changed, struct at_event closed)
{
	struct store_case record = {
	    .id = CASE_ID,
	    .party = party,
	    .known = known,
	    .state = state,
	    .certainty = CERTAINTY_CERTAIN,
	    .score_milli = 5000,
	    .version = 1,
	    .classes = 1u << RSIT_SCANNER,
	    .opened = now,
	    .changed = changed,
	    .last = changed,
	    .due = times_unset(),
	    .closed = closed,
	    .record = {(const uint8_t *)"record", 6},
	};

	assert_int_equal(desk_store_case_put(store, &record), 0);
}

/* ---- two parties that are one ---- */

static int
hear_alias(void *context, struct party_id from, struct party_id into)
{
	uint64_t *means = context;

	means[from.value] = into.value;
	return 0;
}

/* 3 went on in 2 and that in 1, though 2 stands before 3: read in any order
 * both are 1; and what goes back the other way makes no ring. */
static void
what_means_another_means_it_in_one_step(void **state)
{
	static const struct {
		uint64_t party, into;
	} merged[] = {{3, 2}, {2, 1}, {1, 4}, {4, 3}};
	struct store *store = scratch_writer(*state, &sql_desk);
	uint64_t means[5] = {0};

	for (uint64_t i = 1; i < 5; i++) {
		char label[8];

		snprintf(label, sizeof(label), "p%u", (unsigned)i);
		assert_int_equal(desk_store_party_add(store,
						      (struct party_id){i},
						      label, true, now),
				 0);
	}
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(desk_store_alias_put(
				     store, (struct party_id){merged[i].party},
				     (struct party_id){merged[i].into}, "ann",
				     now),
				 0);
	assert_int_equal(desk_store_aliases(store, hear_alias, means), 0);
	assert_int_equal(means[1], 3);
	assert_int_equal(means[2], 3);
	assert_int_equal(means[3], 0);
	assert_int_equal(means[4], 3);
	store_close(store);
}

static void
parties_have_one_number(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);
	struct party_id found, other = {5};
	char label[PARTY_LABEL_SIZE];

	assert_int_equal(desk_store_party(store, "acct-17", true, &found),
			 LZ_E_NOT_FOUND);
	add_party(store);
	assert_int_equal(desk_store_party_add(store, party, "acct-18", true,
					      now),
			 LZ_E_EXISTS);
	assert_int_equal(desk_store_party(store, "acct-17", true, &found), 0);
	assert_true(found.value == party.value);
	/* An account that is called like an address is another party. */
	assert_int_equal(desk_store_party(store, "acct-17", false, &found),
			 LZ_E_NOT_FOUND);
	assert_int_equal(desk_store_party_add(store, other, "addr:192.0.2.7",
					      false, now),
			 0);
	assert_int_equal(desk_view_account(store, other, label),
			 LZ_E_NOT_FOUND);
	assert_int_equal(desk_view_account(store, party, label), 0);
	assert_string_equal(label, "acct-17");
	store_close(store);
}

static int
count_sighting(void *context, const struct sighting *sighting)
{
	assert_int_equal(sighting->weight_milli, 5000);
	++*(int *)context;
	return 0;
}

static void
a_sighting_is_new_once(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);
	struct sighting sighting = make_sighting(NOW_US);
	int count = 0;

	assert_int_equal(desk_store_sighting_add(store, &sighting), 0);
	assert_int_equal(desk_store_sighting_add(store, &sighting),
			 LZ_E_EXISTS);
	assert_int_equal(desk_store_awaiting(store, count_sighting, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(desk_store_sighting_assign(store, &sighting, 0,
						    CERTAINTY_PROBABLE, true,
						    NULL),
			 0);
	assert_int_equal(desk_store_awaiting(store, count_sighting, &count), 0);
	assert_int_equal(count, 1);
	store_close(store);
}

static void
offsets_move_forward_alone(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);
	uint64_t offset = 1;

	assert_int_equal(desk_store_offset(store, "sensor", &offset), 0);
	assert_int_equal(offset, 0);
	assert_int_equal(desk_store_set_offset(store, "sensor", 9), 0);
	assert_int_equal(desk_store_set_offset(store, "sensor", 4), 0);
	assert_int_equal(desk_store_offset(store, "sensor", &offset), 0);
	assert_int_equal(offset, 9);
	store_close(store);
}

static int
check_case(void *context, const struct desk_view_case *view)
{
	assert_true(view->stored.id == CASE_ID);
	assert_true(view->stored.party.value == party.value);
	assert_int_equal(view->stored.record.length, 6);
	assert_false(times_is_set(view->stored.closed));
	++*(int *)context;
	return 0;
}

static int
check_event(void *context, const struct store_event *event)
{
	assert_int_equal(event->n, ++*(uint64_t *)context);
	assert_true(event->ids[15] == UINT64_C(0xffffffffffffffff));
	assert_null(event->refused);
	assert_string_equal(event->row, "watch");
	assert_int_equal(event->body.length, 4);
	return 0;
}

static void
cases_and_events_come_back(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);
	struct store_event event = {.case_id = CASE_ID,
				    .now = now,
				    .kind = CASE_EVENT_SIGHTING,
				    .state = CASE_WATCHING,
				    .row = "watch",
				    .program = "0",
				    .body = {(const uint8_t *)"body", 4}};
	int count = 0;
	uint64_t n = 0;

	event.ids[15] = UINT64_MAX;
	add_party(store);
	put_case(store, CASE_WATCHING, true, now, times_unset());
	assert_int_equal(desk_view_case(store, CASE_ID, check_case, &count), 0);
	assert_int_equal(desk_view_case(store, 1, check_case, &count),
			 LZ_E_NOT_FOUND);
	assert_int_equal(desk_view_cases(store, 1u << CASE_WATCHING, check_case,
					 &count),
			 0);
	assert_int_equal(desk_view_cases(store, 1u << CASE_OPEN, check_case,
					 &count),
			 0);
	assert_int_equal(count, 2);
	event.n = 1;
	assert_int_equal(desk_store_event_add(store, &event), 0);
	event.n = 2;
	assert_int_equal(desk_store_event_add(store, &event), 0);
	assert_int_equal(desk_store_event_add(store, &event), LZ_E_EXISTS);
	assert_int_equal(desk_view_events(store, CASE_ID, check_event, &n), 0);
	assert_int_equal(n, 2);
	store_close(store);
}

static int
check_outbox(void *context, const struct store_outbox *outbox)
{
	struct store_outbox *seen = context;

	assert_int_equal(outbox->lane, seen->lane);
	seen->id++;
	assert_string_equal(outbox->kind, "notice");
	return 0;
}

static void
the_outbox_takes_a_notice_once(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);
	struct store_outbox outbox = {.case_id = CASE_ID,
				      .notice = 3,
				      .kind = "notice",
				      .lane = STORE_LANE_NOTICE,
				      .due = now,
				      .body = {(const uint8_t *)"b", 1}};
	struct store_outbox seen = {0};
	uint64_t first, newest;

	add_party(store);
	put_case(store, CASE_OPEN, true, now, times_unset());
	assert_int_equal(desk_view_outbox_newest(store, &newest), 0);
	assert_int_equal(newest, 0);
	assert_int_equal(desk_store_outbox_add(store, &outbox), 0);
	first = outbox.id;
	assert_int_equal(desk_store_outbox_add(store, &outbox), 0);
	outbox.notice = 4;
	outbox.lane = STORE_LANE_RELEASE;
	assert_int_equal(desk_store_outbox_add(store, &outbox), 0);
	assert_true(outbox.id > first);
	for (enum store_lane lane = STORE_LANE_RELEASE;
	     lane <= STORE_LANE_NOTICE; lane++) {
		seen = (struct store_outbox){.lane = lane};
		assert_int_equal(desk_view_outbox(store, lane, 0, 10,
						  check_outbox, &seen),
				 0);
		assert_int_equal(seen.id, 1);
	}
	assert_int_equal(desk_view_outbox(store, STORE_LANE_NOTICE, first, 10,
					  check_outbox, &seen),
			 0);
	assert_int_equal(seen.id, 1);
	assert_int_equal(desk_view_outbox_newest(store, &newest), 0);
	assert_true(newest == outbox.id);
	store_close(store);
}

static void
receipts_are_facts_of_their_own(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);
	struct store_notice notice = {.id = 8,
				      .case_id = CASE_ID,
				      .step = 1,
				      .code_bits = UINT64_C(1) << 54,
				      .channel = "maildir",
				      .created = now};
	uint64_t found = 0;

	add_party(store);
	put_case(store, CASE_OPEN, true, now, times_unset());
	assert_int_equal(desk_store_notice_add(store, &notice), 0);
	assert_int_equal(desk_store_receipt_add(store, 8, RECEIPT_SENT, now,
						"f"),
			 0);
	assert_int_equal(desk_store_receipt_add(store, 8, RECEIPT_SENT, now,
						"f"),
			 LZ_E_EXISTS);
	assert_int_equal(desk_store_receipt_add(store, 8, RECEIPT_ACCEPTED, now,
						"f"),
			 0);
	assert_int_equal(desk_view_case_of_code(store, UINT64_C(1) << 54,
						&found),
			 0);
	assert_true(found == CASE_ID);
	assert_int_equal(desk_view_case_of_code(store, 1, &found),
			 LZ_E_NOT_FOUND);
	store_close(store);
}

static int
note_erased(void *context, uint64_t case_id)
{
	assert_true(case_id == CASE_ID);
	++*(int *)context;
	return 0;
}

static int
retain(struct store *store, int64_t days)
{
	const struct store_retention retention = {180 * TIMES_DAY_US,
						  14 * TIMES_DAY_US,
						  365 * TIMES_DAY_US};
	struct at_event later = {NOW_US + days * TIMES_DAY_US + 1};
	bool more;
	int erased = 0;

	assert_int_equal(desk_store_retain(store, &retention, later,
					   note_erased, &erased, &more),
			 0);
	assert_false(more);
	return erased;
}

static void
closed_cases_go_with_all_they_own(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);
	struct sighting sighting = make_sighting(NOW_US);
	struct store_event event = {.case_id = CASE_ID,
				    .now = now,
				    .kind = CASE_EVENT_TIMER,
				    .state = CASE_CLOSED,
				    .program = "0",
				    .row = "watch",
				    .body = {(const uint8_t *)"body", 4}};
	struct store_action action = {.kind = 1,
				      .target = "",
				      .expires = times_unset(),
				      .text = ""};
	char label[PARTY_LABEL_SIZE];
	uint64_t n = 0;

	add_party(store);
	put_case(store, CASE_CLOSED, true, now, now);
	assert_int_equal(desk_store_event_add(store, &event), 0);
	assert_int_equal(desk_store_action_add(store, &event, 0, &action), 0);
	assert_int_equal(desk_store_sighting_add(store, &sighting), 0);
	assert_int_equal(desk_store_sighting_assign(store, &sighting, CASE_ID,
						    CERTAINTY_CERTAIN, false,
						    "leases.csv"),
			 0);
	assert_int_equal(retain(store, 179), 0);
	assert_int_equal(desk_store_sighting_add(store, &sighting),
			 LZ_E_EXISTS);
	assert_int_equal(retain(store, 180), 1);
	assert_int_equal(desk_view_events(store, CASE_ID, check_event, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(desk_store_sighting_add(store, &sighting), 0);
	assert_int_equal(desk_view_account(store, party, label),
			 LZ_E_NOT_FOUND);
	store_close(store);
}

static void
what_was_only_watched_goes_after_14_days(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);

	add_party(store);
	put_case(store, CASE_WATCHING, true, now, times_unset());
	assert_int_equal(retain(store, 13), 0);
	assert_int_equal(retain(store, 14), 1);
	add_party(store);
	put_case(store, CASE_OPEN, false, now, times_unset());
	assert_int_equal(retain(store, 14), 1); /* nobody known */
	add_party(store);
	put_case(store, CASE_OPEN, true, now, times_unset());
	assert_int_equal(retain(store, 14), 0);
	store_close(store);
}

static void
attempts_number_themselves(void **state)
{
	struct store *store = scratch_writer(*state, &sql_notifier);
	struct attempt attempt;

	assert_int_equal(notifier_store_last(store, 4, 8, &attempt), 0);
	assert_int_equal(attempt.n, 0);
	assert_int_equal(notifier_store_start(store, 4, 8, now, &attempt), 0);
	assert_int_equal(notifier_store_last(store, 4, 8, &attempt), 0);
	assert_int_equal(attempt.n, 1);
	assert_int_equal(attempt.result, ATTEMPT_RUNNING);
	attempt.ended = now;
	attempt.result = ATTEMPT_DONE;
	assert_int_equal(notifier_store_end(store, 4, &attempt, "file"), 0);
	assert_int_equal(notifier_store_last(store, 4, 8, &attempt), 0);
	assert_int_equal(attempt.result, ATTEMPT_DONE);
	/* The same number, another notice: not tried yet. */
	assert_int_equal(notifier_store_last(store, 4, 9, &attempt), 0);
	assert_int_equal(attempt.n, 0);
	for (unsigned i = 2; i <= 30; i++)
		assert_int_equal(notifier_store_start(store, 4, 8, now,
						      &attempt),
				 0);
	assert_int_equal(attempt.n, 30);
	/* Those that were cut off go as well. */
	assert_int_equal(notifier_store_retain(store,
					       (struct at_event){NOW_US + 1}),
			 0);
	assert_int_equal(notifier_store_last(store, 4, 8, &attempt), 0);
	assert_int_equal(attempt.n, 0);
	store_close(store);
}

#define CASE(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(what_means_another_means_it_in_one_step),
	    CASE(parties_have_one_number),
	    CASE(a_sighting_is_new_once),
	    CASE(offsets_move_forward_alone),
	    CASE(cases_and_events_come_back),
	    CASE(the_outbox_takes_a_notice_once),
	    CASE(receipts_are_facts_of_their_own),
	    CASE(closed_cases_go_with_all_they_own),
	    CASE(what_was_only_watched_goes_after_14_days),
	    CASE(attempts_number_themselves),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
