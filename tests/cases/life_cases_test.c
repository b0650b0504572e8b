/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared cases whose right behaviour is the case's own: each input becomes
 * a story in the language of tests/scenario and has to end as the index of
 * cases says.  Rows, times, names and steps are read from the inputs, so that
 * a changed input changes the story.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../scenario/language/print.h"
#include "../scenario/language/reader.h"
#include "../scenario/language/run.h"
#include "base/csv.h"
#include "base/json_reader.h"
#include "base/memory.h"
#include "case/book.h"
#include "crypto/sha256.h"

#define BYTES_MAX 262144
#define STEPS_MAX 8
#define STEP_SIZE 96

static char folder[4096];
static char *bytes; /* of the input */
static size_t length;
static char *script; /* the story that comes of it */
static struct text story_text;

static void
read_input(const char *name)
{
	char path[8192];
	FILE *file;

	snprintf(path, sizeof(path), "%s/cases/%s", folder, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	length = fread(bytes, 1, BYTES_MAX - 1, file);
	assert_true(length > 0 && length < BYTES_MAX - 1);
	bytes[length] = '\0';
	fclose(file);
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
say(const char *format, ...)
{
	char line[512];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	text_add(&story_text, line);
	text_char(&story_text, '\n');
}

/* The story so far has to hold. */
static void
holds(void)
{
	struct story story;
	struct world *world;
	bool passed;

	assert_false(story_text.full);
	if (story_read(&story, script, story_text.length) != 0)
		fail_msg("line %u: %s", story.error_line, story.error);
	world = world_new(&story);
	assert_non_null(world);
	passed = run_story(world);
	if (!passed) {
		print_error("%s: %s\n", story.statements[world->statement].text,
			    world->why);
		print_story(stderr, world);
	}
	world_free(world);
	story_free(&story);
	assert_true(passed);
}

static int
setup(void **state)
{
	(void)state;
	bytes = memory_new(BYTES_MAX, 1);
	script = memory_new(BYTES_MAX, 1);
	if (!bytes || !script || crypto_init() != 0)
		return -1;
	text_init(&story_text, script, BYTES_MAX);
	say("SCENARIO a shared case");
	say("RULE its row in the index of cases");
	say("LIVE");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	memory_free(bytes);
	memory_free(script);
	return 0;
}

/* The strings of "data" of the first input. */
static unsigned
read_steps(const char *name, char steps[STEPS_MAX][STEP_SIZE])
{
	struct json_reader reader;
	struct json_token token;
	unsigned count = 0;
	bool inside = false;

	read_input(name);
	json_reader_init(&reader, bytes, length);
	do {
		(void)json_next(&reader, &token);
		assert_int_not_equal(token.kind, JSON_BAD);
		if (token.kind == JSON_ARRAY)
			inside = json_raw_is(token.key, "data");
		else if (token.kind == JSON_ARRAY_END)
			inside = false;
		else if (inside && token.kind == JSON_STRING) {
			assert_true(count < STEPS_MAX);
			assert_true(json_text(token.raw, steps[count++],
					      STEP_SIZE) >= 0);
		}
	} while (token.kind != JSON_END);
	assert_true(count > 0);
	return count;
}

/* ------------------------------------------------------------------- d07 */

struct row {
	char time[20], address[46], port[6], peer[46], peer_port[6];
	char proto[8], family[32];
};

static void
take_field(const struct csv_row *row, unsigned field, char *to, size_t size)
{
	assert_true(field < row->field_count);
	assert_true(text_copy(to, size, row->fields[field]));
}

static void
say_row(const struct row *row, const char *arrives)
{
	say("REPORT sinkhole %s:%s AT %s ABOUT %s:%s/%s FAMILY %s FROM "
	    "sinkhole-a%s%s",
	    row->address, row->port, row->time, row->peer, row->peer_port,
	    row->proto, row->family, arrives[0] ? " ARRIVES " : "", arrives);
}

/* Says the rows from..to of the file; answers how many are of a family. */
static unsigned
say_rows(unsigned from, unsigned to, const char *arrives, const char *family)
{
	struct csv *csv = memory_new(1, sizeof(*csv));
	struct csv_row *line = memory_new(1, sizeof(*line));
	int at[7];
	static const char *const names[7] = {"timestamp", "src_ip",
					     "src_port",  "dst_ip",
					     "dst_port",  "protocol",
					     "family"};
	unsigned number = 0, of_family = 0;

	assert_non_null(csv);
	assert_non_null(line);
	csv_init(csv, bytes, length, ',');
	assert_true(csv_next(csv, line));
	for (unsigned i = 0; i < 7; i++) {
		at[i] = csv_column(line, names[i]);
		assert_true(at[i] >= 0);
	}
	while (csv_next(csv, line)) {
		struct row row;

		assert_null(line->reason);
		take_field(line, (unsigned)at[0], row.time, sizeof(row.time));
		take_field(line, (unsigned)at[1], row.address,
			   sizeof(row.address));
		take_field(line, (unsigned)at[2], row.port, sizeof(row.port));
		take_field(line, (unsigned)at[3], row.peer, sizeof(row.peer));
		take_field(line, (unsigned)at[4], row.peer_port,
			   sizeof(row.peer_port));
		take_field(line, (unsigned)at[5], row.proto, sizeof(row.proto));
		take_field(line, (unsigned)at[6], row.family,
			   sizeof(row.family));
		of_family += strcmp(row.family, family) == 0;
		if (number >= from && number < to)
			say_row(&row, arrives);
		number++;
	}
	memory_free(csv);
	memory_free(line);
	return of_family;
}

/* What 500 events of three families come to: one case, one notice. */
static void
expect_digest(unsigned mirai, unsigned qsnatch, unsigned andromeda)
{
	say("EXPECT NOTICE TO sub-a STEP 1");
	say("EXPECT CASES OF sub-a ARE 1");
	say("EXPECT FINDING OF sub-a CLASS infected-system FAMILY mirai COUNT "
	    "%u",
	    mirai);
	say("EXPECT FINDING OF sub-a CLASS infected-system FAMILY qsnatch "
	    "COUNT %u",
	    qsnatch);
	say("EXPECT FINDING OF sub-a CLASS infected-system FAMILY andromeda "
	    "COUNT %u",
	    andromeda);
}

static void
d07_five_hundred_events(void **state)
{
	unsigned mirai, qsnatch, andromeda;

	(void)state;
	read_input("d07_five_hundred_events_one_customer.csv");
	say("BIND 192.0.2.1 TO sub-a FROM 2024-01-01");
	say("AT 2024-06-20 12:00");
	mirai = say_rows(0, 500, "", "mirai");
	qsnatch = say_rows(0, 0, "", "qsnatch");
	andromeda = say_rows(0, 0, "", "andromeda");
	assert_int_equal(mirai + qsnatch + andromeda, 500);
	say("TIME PASSES 1 day");
	expect_digest(mirai, qsnatch, andromeda);
	say("EXPECT NOTHING");
	holds();
}

/* The same mail again, the file renumbered, a daily file that overlaps. */
static void
d07_sent_again(void **state)
{
	unsigned mirai, qsnatch, andromeda;

	(void)state;
	read_input("d07_five_hundred_events_one_customer.csv");
	say("BIND 192.0.2.1 TO sub-a FROM 2024-01-01");
	say("AT 2024-06-20 12:00");
	mirai = say_rows(0, 300, "", "mirai");
	qsnatch = say_rows(0, 0, "", "qsnatch");
	andromeda = say_rows(0, 0, "", "andromeda");
	say("EXPECT NOTICE TO sub-a STEP 1");
	say_rows(200, 500, "2024-06-21 06:00", "");
	say_rows(0, 500, "2024-06-21 12:00", "");
	say("TIME PASSES 2 days");
	say("EXPECT NOTHING");
	say("RESTART");
	say_rows(0, 500, "", "");
	say("EXPECT NOTHING");
	say("EXPECT CASES OF sub-a ARE 1");
	say("EXPECT FINDING OF sub-a CLASS infected-system FAMILY mirai");
	say("EXPECT FINDING OF sub-a CLASS infected-system FAMILY qsnatch");
	say("EXPECT FINDING OF sub-a CLASS infected-system FAMILY andromeda");
	assert_int_equal(mirai + qsnatch + andromeda, 500);
	holds();
}

/* ------------------------------------------------------------------- d09 */

static void
d09_no_contact(void **state)
{
	struct json_reader reader;
	struct json_token token;
	char id[STEP_SIZE] = "";

	(void)state;
	read_input("d09_no_contact.json");
	json_reader_init(&reader, bytes, length);
	do {
		(void)json_next(&reader, &token);
		assert_int_not_equal(token.kind, JSON_BAD);
		if (token.kind == JSON_STRING && token.has_key &&
		    json_raw_is(token.key, "id"))
			assert_true(json_text(token.raw, id, sizeof(id)) > 0);
		/* Nothing else is known of the subscriber. */
		if (token.kind == JSON_STRING && token.has_key)
			assert_false(json_raw_is(token.key, "email") ||
				     json_raw_is(token.key, "phone"));
	} while (token.kind != JSON_END);
	say("CONTACT %s none", id);
	say("BIND 192.0.2.1 TO %s FROM 2024-01-01", id);
	say("BIND 192.0.2.2 TO second-line FROM 2024-01-01");
	say("CONTACT second-line none");
	say("AT 2024-06-20 12:00");
	say("REPORT sinkhole 192.0.2.1 FROM sinkhole-a TIMES 6 EVERY 1 day");
	say("REPORT sinkhole 192.0.2.2 FROM sinkhole-b");
	say("TIME PASSES 2 days");
	say("EXPECT PERSON ASKED \"no channel reaches the party\" OF %s", id);
	say("EXPECT PERSON ASKED \"no channel reaches the party\" OF "
	    "second-line");
	say("EXPECT STATE OF %s IS open", id);
	say("PERSON anna MERGES second-line INTO %s", id);
	say("CONTACT %s mail", id);
	say("TIME PASSES 1 day");
	say("EXPECT NOTICE TO %s STEP 1", id);
	say("EXPECT STATE OF %s IS noticed", id);
	say("EXPECT STATE OF second-line IS noticed");
	holds();
}

/* ------------------------------------------------------- e11, e12, e14 */

/* Into the garden at that moment of the fifth day. */
static void
say_quarantine(const char *party, const char *clock)
{
	say("BIND 192.0.2.33 TO %s FROM 2024-01-01", party);
	say("AT 2024-06-20 %s", clock);
	say("REPORT sinkhole 192.0.2.33 FAMILY mirai FROM sinkhole-a TIMES 5 "
	    "EVERY 1 day");
	say("TIME PASSES 4 days");
	say("EXPECT NOTICE TO %s", party);
	say("EXPECT MEASURE garden OF %s AT 2024-06-24 %s", party, clock);
}

static void
e11_release_when_blind(void **state)
{
	char steps[STEPS_MAX][STEP_SIZE], party[32], from[8], until[8],
	    released[8], seen[8];

	(void)state;
	assert_int_equal(read_steps("e11_release_when_blind.json", steps), 4);
	assert_int_equal(sscanf(steps[0], "quarantine %31s %7s", party, from),
			 2);
	assert_int_equal(sscanf(steps[1], "no flows %5[0-9:]-%5[0-9:]", from,
				until),
			 2);
	assert_int_equal(sscanf(steps[2], "self-release %7s", released), 1);
	assert_int_equal(sscanf(steps[3], "same family seen %7s", seen), 1);
	say_quarantine(party, from);
	say("AT 2024-06-24 %s", until);
	say("EXPECT STATE OF %s IS quarantined", party);
	say("AT 2024-06-24 %s", released);
	say("SUBSCRIBER %s RELEASES HIMSELF", party);
	say("EXPECT RELEASE garden OF %s", party);
	say("EXPECT STATE OF %s IS probation", party);
	say("REPORT sinkhole 192.0.2.33 AT 2024-06-24 %s FAMILY mirai FROM "
	    "sinkhole-b",
	    from);
	say("EXPECT NOTHING");
	say("AT 2024-06-24 %s", seen);
	say("REPORT sinkhole 192.0.2.33 FAMILY mirai FROM sinkhole-a");
	say("EXPECT MEASURE garden OF %s WITHIN 1 s", party);
	say("EXPECT STATE OF %s IS quarantined", party);
	holds();
}

static void
e12_follows_the_line(void **state)
{
	char steps[STEPS_MAX][STEP_SIZE], party[32], address[46], again[32];
	const char *moved;

	(void)state;
	assert_int_equal(read_steps("e12_stuck_after_release.json", steps), 4);
	assert_int_equal(sscanf(steps[0], "quarantine %31s", party), 1);
	moved = strstr(steps[1], "new address ");
	assert_non_null(moved);
	assert_int_equal(sscanf(moved, "new address %45[0-9.]", address), 1);
	assert_int_equal(sscanf(steps[3], "release %31s", again), 1);
	assert_string_equal(party, again);
	say_quarantine(party, "10:00");
	say("AT 2024-06-24 11:00");
	say("HOLDING 192.0.2.33 OF %s ENDED 2024-06-24 10:50", party);
	say("BIND %s TO %s FROM 2024-06-24 10:50", address, party);
	say("BIND 192.0.2.33 TO sub-next FROM 2024-06-24 10:50");
	say("TIME PASSES 1 min");
	say("REPORT sinkhole %s FAMILY mirai FROM sinkhole-a", address);
	say("EXPECT MEASURE garden OF %s ON %s", party, address);
	say("EXPECT RELEASE garden OF %s ON 192.0.2.33", party);
	say("EXPECT LINE 192.0.2.33 FEELS nothing");
	say("EXPECT LINE %s FEELS garden", address);
	say("DRIVER FAILS");
	say("PERSON anna RELEASES %s", party);
	say("EXPECT RELEASE garden OF %s ON %s", party, address);
	say("EXPECT LINE %s FEELS garden", address);
	say("DRIVER WORKS");
	say("TIME PASSES 1 min");
	say("EXPECT LINE %s FEELS nothing", address);
	holds();
}

static void
e14_repeat_offender(void **state)
{
	char steps[STEPS_MAX][STEP_SIZE];
	const unsigned count = read_steps("e14_repeat_offender_ladder.json",
					  steps);

	(void)state;
	assert_int_equal(count, 4);
	say_quarantine("sub-a", "10:00");
	for (unsigned i = 0; i < count; i++) {
		const bool free = strstr(steps[i], "self-release") &&
				  !strstr(steps[i], "attempt");

		if (i > 0) {
			say("TIME PASSES 5 days");
			say("REPORT sinkhole 192.0.2.33 FAMILY mirai FROM "
			    "sinkhole-a");
			say("EXPECT MEASURE garden OF sub-a");
		}
		say("SUBSCRIBER sub-a RELEASES HIMSELF");
		if (free) {
			say("EXPECT RELEASE garden OF sub-a");
			continue;
		}
		say("EXPECT REFUSED \"%s\" OF sub-a",
		    i + 1 < count ? "the help desk decides" : "written word");
		say("PERSON anna RELEASES sub-a \"router replaced\"");
		say("EXPECT RELEASE garden OF sub-a");
	}
	say("TIME PASSES 120 days");
	say("EXPECT STATE OF sub-a IS closed");
	say("REPORT sinkhole 192.0.2.33 FAMILY mirai FROM sinkhole-a TIMES 5 "
	    "EVERY 1 day");
	say("TIME PASSES 4 days");
	say("EXPECT NOTICE TO sub-a");
	say("EXPECT MEASURE garden OF sub-a");
	say("SUBSCRIBER sub-a RELEASES HIMSELF");
	say("EXPECT RELEASE garden OF sub-a");
	holds();
}

/* ------------------------------------------------------------------- e04 */

static void
take_key(const char *key, char *to)
{
	struct json_reader reader;
	struct json_token token;

	json_reader_init(&reader, bytes, length);
	do {
		(void)json_next(&reader, &token);
		assert_int_not_equal(token.kind, JSON_BAD);
		if (token.kind == JSON_STRING && token.has_key &&
		    json_raw_is(token.key, key))
			assert_true(json_text(token.raw, to, STEP_SIZE) > 0);
	} while (token.kind != JSON_END);
	assert_true(to[0] != '\0');
}

static void
e04_no_leak_by_another_family(void **state)
{
	char v4[STEP_SIZE] = "", link[STEP_SIZE] = "", pd[STEP_SIZE] = "";

	(void)state;
	read_input("e04_ipv6_leak.json");
	take_key("ipv4", v4);
	take_key("prefix", link);
	take_key("pd", pd);
	say("NETWORK 192.0.2.0/24");
	say("NETWORK 2001:db8:40::/48 ASSIGN 56");
	say("NETWORK 2001:db8:fe::/48 ASSIGN 64");
	say("BIND %s TO sub-a FROM 2024-01-01", v4);
	say("BIND %s TO sub-a FROM 2024-01-01", link);
	say("BIND %s TO sub-a FROM 2024-01-01", pd);
	say("AT 2024-06-20 10:00");
	say("REPORT sinkhole %s FROM sinkhole-a TIMES 5 EVERY 1 day", v4);
	say("TIME PASSES 4 days");
	say("EXPECT NOTICE TO sub-a STEP 1");
	say("EXPECT MEASURE garden OF sub-a ON %s", v4);
	say("EXPECT MEASURE garden OF sub-a ON %s", link);
	say("EXPECT MEASURE garden OF sub-a ON %s", pd);
	say("SUBSCRIBER sub-a RELEASES HIMSELF");
	say("EXPECT RELEASE garden OF sub-a ON %s", v4);
	say("EXPECT RELEASE garden OF sub-a ON %s", link);
	say("EXPECT RELEASE garden OF sub-a ON %s", pd);
	say("EXPECT LINE %s FEELS nothing", v4);
	holds();
}

/* ------------------------------------------------------------------- c14 */

static void
c14_older_than_the_log(void **state)
{
	char text[4096] = "", now[STEP_SIZE] = "", when[STEP_SIZE] = "",
	     address[STEP_SIZE] = "", user[32];
	const char *login;

	(void)state;
	read_input("c14_late_report_after_log_expiry.json");
	(void)text_copy(text, sizeof(text), (struct slice){bytes, length});
	login = strstr(text, "User-Name = \\\"");
	assert_non_null(login);
	assert_int_equal(sscanf(login, "User-Name = \\\"%31[a-z-]", user), 1);
	take_key("now", now);
	take_key("ip", address);
	take_key("time", when);
	now[10] = when[10] = ' ';
	now[16] = when[16] = '\0';
	say("BIND %s TO %s FROM 2024-06-20 08:00", address, user);
	say("AT %s", now);
	say("REPORT sinkhole %s AT %s FROM sinkhole-a", address, when);
	say("EXPECT NO CASE OF %s", user);
	say("TIME PASSES 60 days");
	say("EXPECT NO CASE OF %s", user);
	say("EXPECT NOTHING");
	holds();
}

/* ------------------------------------------------------------------- h06 */

struct seen_steps {
	unsigned count;
	uint64_t last, twin;
};

static void
see_step(void *context, const struct case_output *output)
{
	struct seen_steps *seen = context;

	seen->count++;
	seen->last = output->record->id;
	seen->twin = output->twin;
}

static struct case_record *
open_record(uint64_t id, uint64_t party, int64_t opened_us,
	    const struct case_policy *policy)
{
	struct case_record *record = memory_new(1, sizeof(*record));

	assert_non_null(record);
	case_record_init(record, id, (struct party_id){party},
			 (struct at_event){opened_us}, policy);
	record->known = record->reachable = true;
	record->due.us = opened_us + 14 * TIMES_DAY_US;
	return record;
}

/* What is said of the incident's key, "ADDRESS/FAMILY". */
static void
take_sighting(struct sighting *sighting, int64_t us)
{
	char key[STEP_SIZE] = "";

	*sighting = (struct sighting){.class = RSIT_INFECTED_SYSTEM,
				      .role = ROLE_INFECTED,
				      .weight_milli = 3000,
				      .time = {us},
				      .first = {us},
				      .last = {us},
				      .known = {us}};
	take_key("key", key);
	assert_int_equal(addr_parse((struct slice){key, strcspn(key, "/")},
				    &sighting->address),
			 0);
	strcpy(sighting->family, strchr(key, '/') + 1);
	strcpy(sighting->origin, "sinkhole-a");
	sighting->subject.prefix = prefix_of(&sighting->address, 128);
	sighting_seal(sighting);
}

static void
h06_two_open_cases(void **state)
{
	const int64_t t0_us = INT64_C(1718877600) * TIMES_SECOND_US;
	const struct case_party one = {.id = {7},
				       .known = true,
				       .reachable = true},
				other = {.id = {8},
					 .known = true,
					 .reachable = true};
	const struct identity_answer answer = {.certainty = CERTAINTY_CERTAIN};
	struct seen_steps seen = {0};
	struct case_policy policy;
	struct case_book *book;
	struct case_record *records[2];
	struct sighting sighting;
	struct case_moved moved;
	struct case_merge merge = {.moved = &moved,
				   .count = 1,
				   .actor = "anna",
				   .reason = "one incident"};
	struct rng rng;

	(void)state;
	read_input("h06_poison_item.json");
	take_sighting(&sighting, t0_us);
	case_policy_init(&policy);
	case_policy_seal(&policy);
	rng_init(&rng, 1);
	book = case_book_new(&policy, rng);
	assert_non_null(book);
	for (unsigned i = 0; i < 2; i++) {
		records[i] = open_record(i + 1, one.id.value,
					 t0_us - (2 - i) * TIMES_DAY_US,
					 &policy);
		assert_int_equal(case_book_restore(book, records[i], 1), 0);
	}
	/* It goes to the newest one, and says that there is another. */
	assert_int_equal(case_book_sighting(book, &one, &sighting, &answer,
					    (struct at_event){t0_us}, see_step,
					    &seen),
			 0);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.last, 2);
	assert_int_equal(seen.twin, 1);
	/* The next item is fine. */
	sighting.peer_port++;
	sighting.marks |= SIGHTING_HAS_PEER_PORT;
	sighting_seal(&sighting);
	assert_int_equal(case_book_sighting(book, &other, &sighting, &answer,
					    (struct at_event){t0_us}, see_step,
					    &seen),
			 0);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.twin, 0);
	/* A person makes one of them; both numbers stay valid. */
	moved = (struct case_moved){.sighting = &sighting,
				    .certainty = CERTAINTY_CERTAIN};
	merge.from = 1;
	merge.into = 2;
	merge.count = 0;
	assert_int_equal(case_book_merge(book, &merge, (struct at_event){t0_us},
					 see_step, &seen),
			 0);
	assert_int_equal(case_book_find(book, 1)->state, CASE_MERGED);
	assert_int_equal(case_book_find(book, 1)->merged_into, 2);
	assert_int_equal(case_book_find(book, 2)->state, CASE_WATCHING);
	case_book_free(book);
	memory_free(records[0]);
	memory_free(records[1]);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
	    CASE(d07_five_hundred_events), CASE(d07_sent_again),
	    CASE(d09_no_contact),          CASE(e04_no_leak_by_another_family),
	    CASE(e11_release_when_blind),  CASE(e12_follows_the_line),
	    CASE(e14_repeat_offender),     CASE(c14_older_than_the_log),
	    CASE(h06_two_open_cases),
	};
#undef CASE
	const char *shared = getenv("LAZARET_SHARED");
	const char *source = getenv("LAZARET_SOURCE");
	FILE *index;
	char path[8192];

	if (shared)
		snprintf(folder, sizeof(folder), "%s", shared);
	else
		snprintf(folder, sizeof(folder), "%s/../shared",
			 source ? source : ".");
	snprintf(path, sizeof(path), "%s/cases/INDEX.tsv", folder);
	index = fopen(path, "r");
	if (!index) {
		puts("skipped: no test material (LAZARET_SHARED)");
		return 77;
	}
	fclose(index);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
