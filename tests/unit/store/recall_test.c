/* SPDX-License-Identifier: Apache-2.0 */
/* Recalls in the desk's store: there and back, and the walk over sightings. */
#include "scratch.h"

#include "crypto/sha256.h"
#include "store/desk_view.h"
#include "store/recall_store.h"

#define NOW_US INT64_C(1700000000000000)
#define CASE_ID UINT64_C(0xf123456789abcdef) /* top bit set: stored signed */
#define SIGHTINGS 30                         /* of three days */

static const struct at_event now = {NOW_US};

static struct store_recall
a_recall(void)
{
	struct store_recall recall = {.reason = "a shared server",
				      .state = RECALL_WAITING,
				      .asked = now,
				      .done = times_unset()};

	assert_int_equal(recall_init(&recall.what, RECALL_FEED, "example",
				     (struct at_event){NOW_US - TIMES_DAY_US},
				     times_unset()),
			 0);
	recall.at_day = recall_store_day(recall.what.since);
	return recall;
}

static int
copy_recall(void *context, const struct store_recall *recall)
{
	struct store_recall *kept = context;

	*kept = *recall;
	kept->reason = strcmp(recall->reason, "a shared server") == 0 ? "same"
								      : "";
	return 0;
}

static int
see_person(void *context, const char *actor, struct at_event time)
{
	char *names = context;

	assert_true(time.us >= NOW_US);
	strcat(names, actor);
	strcat(names, " ");
	return 0;
}

static void
recalls_come_back(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);
	struct store_recall recall = a_recall(), back;
	char names[64] = "";

	assert_int_equal(recall_store_add(store, &recall), 0);
	assert_int_equal(recall.id, 1);
	assert_int_equal(recall_store_person_add(store, 1, "ann", now), 0);
	assert_int_equal(recall_store_person_add(store, 1, "bob",
						 (struct at_event){
						     NOW_US + TIMES_SECOND_US}),
			 0);
	assert_int_equal(recall_store_person_add(store, 1, "ann",
						 (struct at_event){
						     NOW_US + TIMES_DAY_US}),
			 0);
	recall.state = RECALL_RUNNING;
	recall.sightings = 7;
	recall.corrected = 2;
	recall.at_id[0] = 0xfe;
	assert_int_equal(recall_store_put(store, &recall), 0);
	assert_int_equal(recall_store_list(store, copy_recall, &back), 0);
	assert_int_equal(back.id, 1);
	assert_int_equal(back.what.kind, RECALL_FEED);
	assert_string_equal(back.what.value, "example");
	assert_string_equal(back.reason, "same");
	assert_true(back.what.since.us == NOW_US - TIMES_DAY_US);
	assert_false(times_is_set(back.what.until));
	assert_int_equal(back.state, RECALL_RUNNING);
	assert_int_equal(back.sightings, 7);
	assert_int_equal(back.corrected, 2);
	assert_false(times_is_set(back.done));
	assert_memory_equal(back.at_id, recall.at_id, SIGHTING_ID_SIZE);
	assert_int_equal(recall_store_persons(store, 1, see_person, names), 0);
	assert_string_equal(names, "ann bob ");
	assert_int_equal(recall_store_add(store, &recall), 0);
	assert_int_equal(recall.id, 2);
	store_close(store);
}

static void
add_case(struct store *store)
{
	const struct store_case record = {.id = CASE_ID,
					  .party = {7},
					  .known = true,
					  .state = CASE_NOTICED,
					  .certainty = CERTAINTY_CERTAIN,
					  .version = 1,
					  .opened = now,
					  .changed = now,
					  .last = now,
					  .due = times_unset(),
					  .closed = times_unset(),
					  .record = {(const uint8_t *)"r", 1}};

	assert_int_equal(desk_store_party_add(store, record.party, "acct-1",
					      true, now),
			 0);
	assert_int_equal(desk_store_case_put(store, &record), 0);
}

static struct sighting
a_sighting(unsigned n)
{
	struct sighting sighting = {.class = RSIT_SCANNER,
				    .role = ROLE_INFECTED,
				    .weight_milli = 5000};

	assert_int_equal(addr_parse(slice_of("192.0.2.7"), &sighting.address),
			 0);
	sighting.subject.prefix = prefix_of(&sighting.address, 128);
	sighting.time.us = NOW_US + n % 3 * TIMES_DAY_US + n;
	sighting.known = sighting.first = sighting.last = sighting.time;
	strcpy(sighting.origin, "own-flow");
	sighting_seal(&sighting);
	return sighting;
}

static void
add_sightings(struct store *store)
{
	for (unsigned n = 0; n < SIGHTINGS; n++) {
		const struct sighting sighting = a_sighting(n);

		assert_int_equal(desk_store_sighting_add(store, &sighting), 0);
		assert_int_equal(desk_store_sighting_assign(
				     store, &sighting, n == 0 ? 0 : CASE_ID,
				     CERTAINTY_CERTAIN, true, "bng1"),
				 0);
	}
}

struct walk {
	unsigned seen, stop, marked, none;
	int64_t day;
	uint8_t id[SIGHTING_ID_SIZE];
};

static int
see(void *context, const struct recall_seen *seen)
{
	struct walk *walk = context;

	if (walk->seen == walk->stop)
		return 1;
	/* Rising by day, then by id. */
	assert_true(
	    seen->day > walk->day ||
	    (seen->day == walk->day &&
	     memcmp(seen->sighting->id, walk->id, SIGHTING_ID_SIZE) > 0));
	walk->day = seen->day;
	memcpy(walk->id, seen->sighting->id, SIGHTING_ID_SIZE);
	assert_string_equal(seen->binding_source, "bng1");
	assert_int_equal(seen->certainty, CERTAINTY_CERTAIN);
	walk->none += seen->case_id == 0;
	walk->marked += seen->recalled != 0;
	walk->seen++;
	return 0;
}

/* In pieces, however they are cut, each is met once. */
static void
the_walk_goes_on_where_it_was(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);
	struct recall_place place = {.day = recall_store_day(now)};
	struct walk walk = {.stop = 4, .day = INT64_MIN};
	uint32_t rows = 1;

	add_case(store);
	add_sightings(store);
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(recall_store_scan(store, &place, INT64_MAX, 100, &rows,
					   see, &walk),
			 1);
	assert_int_equal(rows, 4);
	walk.stop = 1000;
	while (rows > 0)
		assert_int_equal(recall_store_scan(store, &place, INT64_MAX, 7,
						   &rows, see, &walk),
				 0);
	assert_int_equal(walk.seen, SIGHTINGS);
	assert_int_equal(walk.none, 1);
	/* Up to a day only. */
	place = (struct recall_place){.day = recall_store_day(now)};
	walk = (struct walk){.stop = 1000, .day = INT64_MIN};
	assert_int_equal(recall_store_scan(store, &place, recall_store_day(now),
					   100, &rows, see, &walk),
			 0);
	assert_int_equal(rows, SIGHTINGS / 3);
	store_rollback(store);
	store_close(store);
}

static int
count_touching(void *context, const struct sighting *sighting, uint64_t case_id,
	       uint8_t certainty)
{
	(void)sighting;
	(void)case_id;
	(void)certainty;
	++*(unsigned *)context;
	return 0;
}

static int
count_waiting(void *context, const struct sighting *sighting)
{
	(void)sighting;
	++*(unsigned *)context;
	return 0;
}

/* What is taken back stays with its case and is asked about no more; what only
 * had another holder is. */
static void
marked_ones_are_left_alone(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);
	const struct sighting one = a_sighting(1), two = a_sighting(2);
	const struct at_event to = {NOW_US + 9 * TIMES_DAY_US};
	struct walk walk = {.stop = 1000, .day = INT64_MIN};
	struct recall_place place = {.day = recall_store_day(now)};
	unsigned touching = 0, waiting = 0;
	uint64_t cases;
	uint32_t rows;

	add_case(store);
	add_sightings(store);
	assert_int_equal(recall_store_mark(store, &one, 5), 0);
	assert_int_equal(recall_store_mark(store, &two, -6), 0);
	assert_int_equal(recall_store_cases(store, 5, &cases), 0);
	assert_int_equal(cases, 1);
	assert_int_equal(recall_store_cases(store, -6, &cases), 0);
	assert_int_equal(cases, 1);
	assert_int_equal(recall_store_cases(store, 6, &cases), 0);
	assert_int_equal(cases, 0);
	assert_int_equal(desk_store_touching(store, &one.address, &one.address,
					     now, to, 1000, count_touching,
					     &touching),
			 0);
	assert_int_equal(touching, SIGHTINGS - 1);
	assert_int_equal(desk_store_awaiting(store, count_waiting, &waiting),
			 0);
	assert_int_equal(waiting, SIGHTINGS - 2);
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(recall_store_scan(store, &place, INT64_MAX, 100, &rows,
					   see, &walk),
			 0);
	assert_int_equal(walk.marked, 2);
	store_rollback(store);
	store_close(store);
}

static void
first_words_wait(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);
	struct store_waiting waiting = {.actor = "ann",
					.reason = "why",
					.time = now},
			     back;

	assert_int_equal(waiting_store_get(store, "go", &back), LZ_E_NOT_FOUND);
	assert_int_equal(waiting_store_put(store, "go", &waiting), 0);
	strcpy(waiting.actor, "bob");
	assert_int_equal(waiting_store_put(store, "go", &waiting), 0);
	assert_int_equal(waiting_store_get(store, "go", &back), 0);
	assert_string_equal(back.actor, "bob");
	assert_string_equal(back.reason, "why");
	assert_true(back.time.us == NOW_US);
	assert_int_equal(waiting_store_delete(store, "go"), 0);
	assert_int_equal(waiting_store_get(store, "go", &back), LZ_E_NOT_FOUND);
	store_close(store);
}

struct receipts {
	unsigned of_notice, of_correction;
};

static int
count_receipt(void *context, const struct desk_view_receipt *receipt)
{
	struct receipts *receipts = context;

	*(receipt->correction ? &receipts->of_correction
			      : &receipts->of_notice) += 1;
	return 0;
}

static void
corrections_have_receipts_of_their_own(void **state)
{
	struct store *store = scratch_writer(*state, &sql_desk);
	const struct store_notice notice = {.id = 9,
					    .case_id = CASE_ID,
					    .step = 1,
					    .channel = "maildir",
					    .created = now};
	const struct at_event later = {NOW_US + 1};
	struct receipts receipts = {0};

	add_case(store);
	assert_int_equal(desk_store_notice_add(store, &notice), 0);
	assert_int_equal(desk_store_receipt_add(store, 9, RECEIPT_SENT, now,
						"lz-9"),
			 0);
	assert_int_equal(correction_store_receipt(store, 9, RECEIPT_SENT, later,
						  "lz-f"),
			 0);
	assert_int_equal(correction_store_receipt(store, 9, RECEIPT_SENT, later,
						  "lz-f"),
			 LZ_E_EXISTS);
	assert_int_equal(desk_view_receipts(store, 9, count_receipt, &receipts),
			 0);
	assert_int_equal(receipts.of_notice, 1);
	assert_int_equal(receipts.of_correction, 1);
	store_close(store);
}

#define CASE(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(recalls_come_back),
	    CASE(the_walk_goes_on_where_it_was),
	    CASE(marked_ones_are_left_alone),
	    CASE(first_words_wait),
	    CASE(corrections_have_receipts_of_their_own),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
