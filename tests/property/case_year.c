/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A year of an operator through the book: thousands of parties whose lines
 * change, infections that come and go, feeds that are late and re-send, a bad
 * feed's wave, receipts, people who hold, release, object, order, merge and
 * split.  All that was recorded is folded again from scratch: every step is
 * decided as it was and every case has the very bytes it has in the book; and a
 * year with a restart every few weeks is the same year.
 *
 *	SEED=7 PARTIES=20000 case_year
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "crypto/sha256.h"
#include "property/case_log.h"

#define T0 (INT64_C(1704067200) * TIMES_SECOND_US) /* 2024-01-01 */
#define DAYS 365
#define PARTIES 3000
#define LATEST_DAYS 12 /* a feed is at most so late */
#define RESTART_DAYS 23
#define LATENESS (120 * TIMES_SECOND_US)
#define WAVE_DAY 200
#define WAVE 60
#define MERGED_MAX 4096
#define LATELY 2000      /* recorded steps that a merge looks through */
#define ADDRESSES 131072 /* 198.18.0.0/15 */

/* What comes to the desk, at its time. */
struct arrival {
	struct at_event at;
	uint64_t serial; /* of two at one time the first made is first */
	uint32_t party;
	uint8_t certainty;
	uint64_t case_id, notice; /* a receipt */
	uint8_t receipt;          /* 0: a sighting */
	struct sighting sighting;
};

struct bucket {
	struct arrival *list;
	size_t count, room;
};

struct subscriber {
	uint64_t binding;
	uint32_t address;
	uint32_t infected_until; /* day */
	uint8_t kind;
	bool protected, unknown;
};

struct world {
	struct case_policy policy;
	struct case_book *book;
	struct rng rng, book_rng;
	struct subscriber *subscribers;
	uint32_t parties;
	unsigned restart_days; /* 0: never */
	struct bucket days[LATEST_DAYS + 2];
	uint32_t day;
	uint64_t serial, binding;
	struct case_log log;
	bool arrived; /* the step is that of what came in just now */
	struct party_id merged[MERGED_MAX], into[MERGED_MAX];
	size_t merged_count;
	uint64_t notices, measures, persons, restarts;
	int error;
};

static bool
one_in(struct world *world, uint64_t count)
{
	return rng_below(&world->rng, count) == 0;
}

static void
fail(struct world *world, int error)
{
	if (error && !world->error)
		world->error = error;
}

/* ---- arrivals ---- */

static struct arrival *
add_arrival(struct world *world, int64_t at_us)
{
	int64_t day = (at_us - T0) / TIMES_DAY_US;
	struct bucket *bucket;

	if (day < world->day)
		day = world->day;
	if (day > world->day + LATEST_DAYS)
		day = world->day + LATEST_DAYS;
	bucket = &world->days[day % (LATEST_DAYS + 2)];
	if (bucket->count == bucket->room) {
		bucket->room = bucket->room * 2 + 256;
		bucket->list = realloc(bucket->list,
				       bucket->room * sizeof(struct arrival));
		if (!bucket->list)
			exit(1);
	}
	memset(&bucket->list[bucket->count], 0, sizeof(struct arrival));
	bucket->list[bucket->count].at.us = at_us;
	bucket->list[bucket->count].serial = world->serial++;
	return &bucket->list[bucket->count++];
}

static int
compare_arrivals(const void *a, const void *b)
{
	const struct arrival *left = a, *right = b;

	if (left->at.us != right->at.us)
		return left->at.us < right->at.us ? -1 : 1;
	return left->serial < right->serial ? -1 : 1;
}

/* ---- what happens ---- */

struct shape {
	const char *origin, *detector, *family;
	uint8_t class;
	int32_t weight;
	uint16_t marks;
	bool peer;
};

static const struct shape shapes[] = {
    {"own-flow", "scan/1", "", RSIT_SCANNER, 5000, 0, false},
    {"own-flow", "flood.icmp/1", "", RSIT_DDOS, 6000, SIGHTING_FLOOD_LASTS,
     true},
    {"list:c2", "contact/1", "mirai", RSIT_INFECTED_SYSTEM, 5000,
     SIGHTING_ESTABLISHED, true},
    {"own-flow", "brute/1", "", RSIT_BRUTE_FORCE, 3000, 0, false},
    {"own-dns", "dga/1", "qakbot", RSIT_INFECTED_SYSTEM, 3000, 0, false},
    {"mail", "mail/1", "", RSIT_SPAM, 1500, SIGHTING_UNAUTHENTICATED, false},
    {"sinkhole-a", "feed/1", "mirai", RSIT_INFECTED_SYSTEM, 5000,
     SIGHTING_ESTABLISHED | SIGHTING_SINKHOLE, false},
};
#define MAIL 5
#define SINKHOLE 6

static struct subject
line_of(const struct subscriber *subscriber)
{
	struct addr addr = addr_from_v4(0xc6120000u + subscriber->address);

	return (struct subject){.prefix = prefix_of(&addr, 128)};
}

static struct sighting
make_sighting(struct world *world, uint32_t party, unsigned kind,
	      int64_t time_us)
{
	const struct shape *shape = &shapes[kind];
	struct sighting sighting = {
	    .time = {time_us},
	    .known = {time_us + LATENESS},
	    .first = {time_us - 10 * TIMES_SECOND_US},
	    .last = {time_us},
	    .lateness_us = LATENESS,
	    .proto = 17,
	    .port = (uint16_t)(1024 + rng_below(&world->rng, 60000)),
	    .class = shape->class,
	    .role = ROLE_INFECTED,
	    .marks = shape->marks | SIGHTING_HAS_PORT,
	    .weight_milli = shape->weight};

	sighting.subject = line_of(&world->subscribers[party]);
	sighting.address = sighting.subject.prefix.addr;
	if (shape->peer) {
		sighting.peer = addr_from_v4(0xc6336400u + party % 200);
		sighting.peer_port = 80;
		sighting.marks |= SIGHTING_HAS_PEER | SIGHTING_HAS_PEER_PORT;
	}
	(void)text_copy(sighting.origin, sizeof(sighting.origin),
			slice_of(shape->origin));
	(void)text_copy(sighting.detector, sizeof(sighting.detector),
			slice_of(shape->detector));
	(void)text_copy(sighting.family, sizeof(sighting.family),
			slice_of(shape->family));
	sighting_seal(&sighting);
	return sighting;
}

/* Said at once, or when the feed is read; again, and again. */
static void
see(struct world *world, uint32_t party, unsigned kind, int64_t time_us)
{
	struct sighting sighting = make_sighting(world, party, kind, time_us);
	const bool feed = kind == SINKHOLE;
	unsigned times = 1;
	int64_t at_us = sighting.known.us;

	if (feed)
		at_us += TIMES_DAY_US;
	if (feed && one_in(world, 12))
		at_us += (int64_t)(3 + rng_below(&world->rng, 8)) *
			 TIMES_DAY_US;
	if (feed && one_in(world, 4))
		times += (unsigned)(1 + rng_below(&world->rng, 3));
	for (unsigned i = 0; i < times; i++) {
		struct arrival *arrival = add_arrival(world, at_us);

		arrival->party = party;
		arrival->sighting = sighting;
		arrival->certainty = CERTAINTY_CERTAIN;
		if (i == 0 && one_in(world, 8)) {
			/* Not confirmed yet: it is asked again tomorrow. */
			arrival->certainty = one_in(world, 3)
						 ? CERTAINTY_AMBIGUOUS
						 : CERTAINTY_PROBABLE;
			times += times == 1;
		}
		at_us += TIMES_DAY_US -
			 (int64_t)rng_below(&world->rng, TIMES_HOUR_US);
	}
}

static void
spend_day(struct world *world, uint32_t party)
{
	struct subscriber *subscriber = &world->subscribers[party];
	const int64_t day_us = T0 + world->day * TIMES_DAY_US;
	unsigned count;

	if (one_in(world, 30)) { /* the line gets another address */
		subscriber->binding = ++world->binding;
		subscriber->address = (subscriber->address + world->parties) %
				      ADDRESSES;
	}
	if (one_in(world, 1000) && subscriber->infected_until <= world->day) {
		subscriber->kind = (uint8_t)rng_below(&world->rng, MAIL);
		subscriber->infected_until =
		    world->day + 2 + (uint32_t)rng_below(&world->rng, 50);
	}
	if (one_in(world, 700))
		see(world, party, MAIL,
		    day_us + (int64_t)rng_below(&world->rng, TIMES_DAY_US));
	if (subscriber->infected_until <= world->day || one_in(world, 3))
		return;
	count = (unsigned)(1 + rng_below(&world->rng, 4));
	for (unsigned i = 0; i < count; i++)
		see(world, party, subscriber->kind,
		    day_us + (int64_t)rng_below(&world->rng, TIMES_DAY_US));
	if (one_in(world, 2))
		see(world, party, SINKHOLE,
		    day_us + (int64_t)rng_below(&world->rng, TIMES_DAY_US));
}

/* A list goes wrong: many parties within half an hour. */
static void
make_wave(struct world *world)
{
	const int64_t noon_us = T0 + world->day * TIMES_DAY_US +
				12 * TIMES_HOUR_US;

	for (uint32_t i = 0; i < WAVE; i++)
		see(world, (uint32_t)rng_below(&world->rng, world->parties), 2,
		    noon_us + (int64_t)i * 20 * TIMES_SECOND_US);
}

/* ---- the desk ---- */

static void
expect_receipts(struct world *world, const struct case_output *output,
		const struct case_notice *notice)
{
	static const struct {
		uint8_t receipt, one_in;
		int64_t after_us;
	} comes[] = {{RECEIPT_SENT, 1, TIMES_SECOND_US},
		     {RECEIPT_ACCEPTED, 1, 3 * TIMES_SECOND_US},
		     {RECEIPT_DELIVERED, 2, TIMES_HOUR_US},
		     {RECEIPT_FAILED, 12, 2 * TIMES_HOUR_US},
		     {RECEIPT_SEEN, 4, TIMES_DAY_US}};

	for (size_t i = 0; i < sizeof(comes) / sizeof(comes[0]); i++) {
		struct arrival *arrival;

		if (!one_in(world, comes[i].one_in))
			continue;
		arrival = add_arrival(world, output->input->now.us +
						 comes[i].after_us);
		arrival->receipt = comes[i].receipt;
		arrival->case_id = output->record->id;
		arrival->notice = notice->id;
	}
}

static void
take_output(void *context, const struct case_output *output)
{
	struct world *world = context;

	fail(world, case_log_add(&world->log, output,
				 world->arrived && output->event->kind ==
						       CASE_EVENT_SIGHTING));
	for (size_t i = 0; i < output->action_count; i++) {
		const struct case_action *action = &output->actions[i];

		world->notices += action->kind == CASE_ACTION_NOTICE;
		world->measures += action->kind == CASE_ACTION_MEASURE_ON;
		world->persons += action->kind == CASE_ACTION_PERSON;
		if (action->kind == CASE_ACTION_NOTICE && !action->would)
			expect_receipts(world, output, &action->notice);
	}
}

static struct case_party
party_of(const struct world *world, uint32_t number)
{
	const struct subscriber *subscriber = &world->subscribers[number];

	return (struct case_party){.id = {number + 1},
				   .known = !subscriber->unknown,
				   .protected = subscriber->protected,
				   .reachable = number % 40 != 0,
				   .channels = (uint8_t)(number % 40 == 0
							     ? 0
							     : 1 + number % 3),
				   .binding_source = "bng1",
				   .parties_total = world->parties};
}

static void
take_arrival(struct world *world, const struct arrival *arrival)
{
	const struct subscriber *subscriber;
	struct identity_answer answer = {.certainty = arrival->certainty};
	struct case_party party;

	if (arrival->receipt) {
		struct case_event event = {.kind = CASE_EVENT_RECEIPT,
					   .receipt = arrival->receipt,
					   .notice_id = arrival->notice,
					   .time = arrival->at};

		fail(world,
		     case_book_event(world->book, arrival->case_id, &event,
				     arrival->at, take_output, world));
		return;
	}
	subscriber = &world->subscribers[arrival->party];
	party = party_of(world, arrival->party);
	if (subscriber->unknown)
		answer.certainty = CERTAINTY_NOBODY;
	answer.binding.id = subscriber->binding;
	answer.binding.subject = line_of(subscriber);
	answer.binding.start.us = T0 - TIMES_DAY_US;
	answer.binding.end.us = INT64_MAX;
	world->arrived = true;
	fail(world,
	     case_book_sighting(world->book, &party, &arrival->sighting,
				&answer, arrival->at, take_output, world));
	world->arrived = false;
}

/* ---- people ---- */

static void
act(struct world *world, const struct case_record *record, struct at_event now)
{
	static const uint8_t kinds[] = {
	    CASE_EVENT_HOLD,    CASE_EVENT_RESUME,  CASE_EVENT_RESUME,
	    CASE_EVENT_RELEASE, CASE_EVENT_RELEASE, CASE_EVENT_DISMISS,
	    CASE_EVENT_OBJECT,  CASE_EVENT_ANSWER,  CASE_EVENT_ORDER,
	    CASE_EVENT_WITHDRAW};
	struct case_event event = {
	    .kind = kinds[rng_below(&world->rng, sizeof(kinds))],
	    .time = now,
	    .measure = (uint8_t)(MEASURE_LIMIT + rng_below(&world->rng, 3)),
	    .security = 1,
	    .granted = one_in(world, 3)};
	static struct sighting withdrawn;

	event.self = event.kind == CASE_EVENT_RELEASE && one_in(world, 2);
	(void)text_copy(event.actor, sizeof(event.actor),
			slice_of(one_in(world, 2) ? "ann (uid 1000)"
						  : "ben (uid 1001)"));
	if (event.kind == CASE_EVENT_WITHDRAW) {
		withdrawn = record->latest;
		event.sighting = &withdrawn;
		if (!times_is_set(withdrawn.time))
			return;
	}
	fail(world, case_book_event(world->book, record->id, &event, now,
				    take_output, world));
}

static bool
is_open(const struct case_record *record)
{
	return record && record->state != CASE_CLOSED &&
	       record->state != CASE_DISMISSED && record->state != CASE_MERGED;
}

/* What of a case's sightings the log has lately. */
static size_t
sightings_of(const struct world *world, uint64_t case_id, struct sighting *list,
	     struct case_moved *moved, size_t most)
{
	static struct case_entry entry;
	size_t count = 0;

	for (size_t i = world->log.count > LATELY ? world->log.count - LATELY
						  : 0;
	     i < world->log.count && count < most; i++) {
		const struct case_log_row *row = &world->log.rows[i];

		if (row->case_id != case_id || case_log_read(row, &entry) ||
		    entry.event.kind != CASE_EVENT_SIGHTING || !entry.changed)
			continue;
		list[count] = entry.sighting;
		moved[count] =
		    (struct case_moved){.sighting = &list[count],
					.certainty = entry.event.certainty,
					.binding_source = "bng1"};
		count++;
	}
	return count;
}

static void
merge(struct world *world, uint64_t from, uint64_t into, struct at_event now)
{
	static struct sighting list[64];
	static struct case_moved moved[64];
	struct case_merge merge = {.from = from,
				   .into = into,
				   .moved = moved,
				   .actor = "ann (uid 1000)",
				   .reason = "one customer"};
	const struct party_id party = case_book_find(world->book, from)->party;
	const struct party_id other = case_book_find(world->book, into)->party;

	if (world->merged_count == MERGED_MAX)
		return;
	merge.count = sightings_of(world, from, list, moved, 64);
	if (case_book_merge(world->book, &merge, now, take_output, world))
		return;
	world->merged[world->merged_count] = party;
	world->into[world->merged_count++] = other;
}

static void
split(struct world *world, uint64_t from, uint32_t to, struct at_event now)
{
	static struct sighting list[1];
	struct case_moved moved[1];
	struct identity_answer answer = {.certainty = CERTAINTY_PROBABLE};
	struct case_party party = party_of(world, to);
	struct case_split split = {.from = from,
				   .party = &party,
				   .sightings = list,
				   .answers = &answer,
				   .actor = "ben (uid 1001)",
				   .reason = "split: another line"};

	split.count = sightings_of(world, from, list, moved, 1);
	/* It may be that party's own: then nothing is done. */
	if (split.count > 0 &&
	    case_book_split(world->book, &split, now, take_output, world) ==
		LZ_E_MEMORY)
		fail(world, LZ_E_MEMORY);
}

static void
people_act(struct world *world, struct at_event now)
{
	uint64_t before = 0;

	for (uint32_t i = 0; i < world->parties; i++) {
		const uint32_t number = (uint32_t)rng_below(&world->rng,
							    world->parties);
		const struct case_record *record;

		if (!one_in(world, 6))
			continue;
		record = case_book_of_party(world->book,
					    (struct party_id){number + 1});
		if (!is_open(record))
			continue;
		if (before && before != record->id && one_in(world, 60))
			merge(world, before, record->id, now);
		else if (one_in(world, 60))
			split(world, record->id,
			      (uint32_t)rng_below(&world->rng, world->parties),
			      now);
		else if (one_in(world, 2))
			act(world, record, now);
		record = case_book_of_party(world->book,
					    (struct party_id){number + 1});
		before = is_open(record) ? record->id : 0;
	}
}

/* ---- restarts ---- */

struct saved {
	uint8_t *bytes;
	size_t length;
	uint64_t events;
};
struct saving {
	struct world *world;
	struct saved *list;
	size_t count, room;
};

static bool
save_record(void *context, const struct case_record *record)
{
	static uint8_t bytes[CASE_RECORD_BYTES_MAX];
	struct saving *saving = context;
	struct saved *saved;
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	case_record_encode(&writer, record);
	if (saving->count == saving->room) {
		saving->room = saving->room * 2 + 256;
		saving->list = realloc(saving->list,
				       saving->room * sizeof(*saved));
		if (!saving->list)
			exit(1);
	}
	saved = &saving->list[saving->count++];
	saved->events = case_book_events(saving->world->book, record->id);
	saved->length = writer.length;
	saved->bytes = malloc(writer.length);
	if (!saved->bytes || writer.failed)
		exit(1);
	memcpy(saved->bytes, bytes, writer.length);
	return true;
}

static void
open_book(struct world *world)
{
	world->book = case_book_new(&world->policy, world->book_rng);
	if (!world->book)
		exit(1);
}

/* All that is known is written, forgotten, and read back. */
static void
restart(struct world *world)
{
	static struct case_record record;
	struct saving saving = {.world = world};

	case_book_visit(world->book, save_record, &saving);
	case_book_free(world->book);
	open_book(world);
	for (size_t i = 0; i < saving.count; i++) {
		struct cursor cursor;

		cursor_init(&cursor, saving.list[i].bytes,
			    saving.list[i].length);
		fail(world, case_record_decode(&cursor, &record));
		fail(world, case_book_restore(world->book, &record,
					      saving.list[i].events));
		free(saving.list[i].bytes);
	}
	free(saving.list);
	for (size_t i = 0; i < world->merged_count; i++)
		fail(world, case_book_alias(world->book, world->merged[i],
					    world->into[i]));
	world->restarts++;
}

/* ---- a year ---- */

static void
begin(struct world *world, uint64_t seed, uint32_t parties, unsigned restarts)
{
	memset(world, 0, sizeof(*world));
	rng_init(&world->rng, seed);
	rng_init(&world->book_rng, seed + 1);
	world->parties = parties;
	world->restart_days = restarts;
	case_policy_init(&world->policy);
	world->policy.live_mode = true;
	memset(world->policy.live, true, sizeof(world->policy.live));
	world->policy.essential_set = true;
	world->policy.brake_measures_hour = 3;
	world->policy.brake_share_ppm = 200000;
	world->policy.hold_back =
	    (struct case_hold_back){.share_ppm = CASE_HOLD_BACK_PPM_MAX,
				    .span_us = 14 * TIMES_DAY_US,
				    .until_us = T0 + 300 * TIMES_DAY_US};
	case_policy_seal(&world->policy);
	world->subscribers = calloc(parties, sizeof(*world->subscribers));
	if (!world->subscribers)
		exit(1);
	for (uint32_t i = 0; i < parties; i++) {
		world->subscribers[i].address = i % ADDRESSES;
		world->subscribers[i].binding = ++world->binding;
		world->subscribers[i].protected = one_in(world, 50);
		world->subscribers[i].unknown = one_in(world, 60);
	}
	open_book(world);
}

static void
end(struct world *world)
{
	for (size_t i = 0; i < LATEST_DAYS + 2; i++)
		free(world->days[i].list);
	free(world->subscribers);
	case_book_free(world->book);
	case_log_free(&world->log);
}

static void
live_day(struct world *world)
{
	struct bucket *bucket = &world->days[world->day % (LATEST_DAYS + 2)];

	for (uint32_t party = 0; party < world->parties; party++)
		spend_day(world, party);
	if (world->day == WAVE_DAY)
		make_wave(world);
	/* What today's arrivals bring today (receipts) comes in turn. */
	for (size_t i = 0; i < bucket->count; i++) {
		struct arrival arrival;

		qsort(&bucket->list[i], bucket->count - i,
		      sizeof(struct arrival), compare_arrivals);
		for (; i < bucket->count; i++) {
			const size_t count = bucket->count;

			arrival = bucket->list[i];
			take_arrival(world, &arrival);
			if (bucket->count != count)
				break;
		}
	}
	bucket->count = 0;
	people_act(world,
		   (struct at_event){T0 + (world->day + 1) * TIMES_DAY_US});
	if (world->restart_days && world->day % world->restart_days == 0)
		restart(world);
}

static int
live_year(struct world *world)
{
	for (world->day = 0; world->day < DAYS && !world->error; world->day++)
		live_day(world);
	case_book_advance(world->book,
			  (struct at_event){T0 + (DAYS + 1) * TIMES_DAY_US},
			  take_output, world);
	return world->error;
}

/* ---- folding it again ---- */

/* One case's rows from `at` on; answers how many, 0: it is another case now. */
static size_t
fold_case(struct world *world, size_t at)
{
	static struct case_record record;
	static struct case_entry entry;
	static struct case_step_result result;
	const struct case_log_row *rows = &world->log.rows[at];
	const struct case_record *kept = case_book_find(world->book,
							rows[0].case_id);
	size_t count = 0;
	bool same = false;

	if (!kept)
		return 0;
	case_entry_begin(kept, &world->policy, &record);
	while (at + count < world->log.count &&
	       rows[count].case_id == rows[0].case_id) {
		uint32_t differs;
		int error = case_log_read(&rows[count], &entry);

		entry.input.policy = entry.input.current = &world->policy;
		differs = error ? 0
				: case_entry_again(&record, &entry, &result);
		if (error || differs || rows[count].n != count + 1) {
			printf("case %llx step %llu: error %d, differs %x, row "
			       "%s\n",
			       (unsigned long long)rows[0].case_id,
			       (unsigned long long)rows[count].n, error,
			       differs, entry.row);
			return 0;
		}
		count++;
	}
	if (case_entry_same_record(&record, kept, &same) || !same) {
		printf("case %llx isn't what its %u steps make of it\n",
		       (unsigned long long)rows[0].case_id, (unsigned)count);
		return 0;
	}
	return count;
}

/* 0: some case differs; else how many there are. */
static size_t
fold_all(struct world *world)
{
	size_t at = 0, cases = 0;

	case_log_sort(&world->log);
	while (at < world->log.count) {
		const size_t count = fold_case(world, at);

		if (count == 0)
			return 0;
		at += count;
		cases++;
	}
	return cases;
}

/* Are both logs the same, byte by byte? */
static bool
same_logs(const struct case_log *a, const struct case_log *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->rows[i].case_id != b->rows[i].case_id ||
		    a->rows[i].length != b->rows[i].length ||
		    memcmp(a->rows[i].bytes, b->rows[i].bytes,
			   a->rows[i].length) != 0)
			return false;
	return true;
}

static uint64_t
number_of(const char *name, uint64_t other)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : other;
}

int
main(void)
{
	static struct world year, restarted;
	const uint64_t seed = number_of("SEED", 1);
	const uint32_t parties = (uint32_t)number_of("PARTIES", PARTIES);
	size_t cases;
	bool same;

	if (crypto_init())
		return 1;
	begin(&year, seed, parties, 0);
	begin(&restarted, seed, parties, RESTART_DAYS);
	if (live_year(&year) || live_year(&restarted)) {
		printf("year: error %d %d\n", year.error, restarted.error);
		return 1;
	}
	cases = fold_all(&year);
	same = fold_all(&restarted) == cases &&
	       same_logs(&year.log, &restarted.log);
	printf("year: %u parties, %u cases, %u steps (%u folded into their "
	       "sighting), %llu notices, %llu measures, %llu questions to "
	       "people, %u merges; %llu restarts: %s\n",
	       parties, (unsigned)cases, (unsigned)year.log.count,
	       (unsigned)year.log.folded, (unsigned long long)year.notices,
	       (unsigned long long)year.measures,
	       (unsigned long long)year.persons, (unsigned)year.merged_count,
	       (unsigned long long)restarted.restarts,
	       same ? "all the same" : "they differ");
	end(&year);
	end(&restarted);
	return cases > 0 && same ? 0 : 1;
}
