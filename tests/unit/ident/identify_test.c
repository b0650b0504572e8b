/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The five answers over a bindings file: edges, overlaps, ports, clock error,
 * watermarks; and the attribution stage that asks again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "ident/attribution.h"
#include "ident/binding_list.h"
#include "ident/identify.h"

#define HEADER "address,port_first,port_last,party,start,end\n"
#define SECOND TIMES_SECOND_US

static const char bindings[] = HEADER
    "192.0.2.7,,,sub-a,2024-06-20T08:00:00Z,2024-06-20T12:00:00Z\n"
    "192.0.2.7,,,sub-b,2024-06-20T12:00:00Z,\n"
    "192.0.2.8,,,sub-old,2024-06-01T00:00:00Z,2024-06-10T00:00:00Z\n"
    "192.0.2.9,,,sub-c,2024-06-20T08:00:00Z,\n"
    "192.0.2.9,,,sub-d,2024-06-20T09:00:00Z,\n"
    "192.0.2.10,,,sub-e,2024-06-20T08:00:00Z,2024-06-20T09:00:00Z\n"
    "192.0.2.10,,,sub-e,2024-06-20T09:00:00Z,\n"
    "203.0.113.40,2001,2512,sub-f,2024-06-20T08:00:00Z,\n"
    "203.0.113.40,2513,3024,sub-g,2024-06-20T08:00:00Z,\n"
    "203.0.113.42,1024,1535,sub-h,2024-06-20T08:00:00Z,\n"
    "203.0.113.42,1536,2047,sub-i,2024-06-20T08:00:00Z,\n"
    "203.0.113.42,2048,2559,sub-h,2024-06-20T08:00:00Z,\n"
    "203.0.113.43,1024,1535,sub-h,2024-06-20T08:00:00Z,"
    "2024-06-20T08:59:00Z\n"
    "203.0.113.43,1024,1535,sub-i,2024-06-20T08:59:00Z,"
    "2024-06-20T09:01:00Z\n"
    "203.0.113.43,1024,1535,sub-h,2024-06-20T09:01:00Z,\n"
    "203.0.113.0/24,,,isp-rest,2024-06-20T08:00:00Z,\n"
    "198.51.100.0/24,,,pool,2024-01-01T00:00:00Z,\n"
    "198.51.100.64/29,,,biz-1,2024-01-01T00:00:00Z,\n"
    "198.51.100.66,,,reseller-2,2024-01-01T00:00:00Z,\n"
    "2001:db8:7::/56,,,sub-six,2024-01-01T00:00:00Z,\n";

static struct binding_list *list;
static struct binding_cursor cursor;
static struct at_event watermark, oldest;

static const struct binding *(*list_next)(void *context);

/* A source whose word reaches to `watermark`. */
static const struct binding *
next_vouched(void *context)
{
	static struct binding given;
	const struct binding *binding = list_next(context);

	if (!binding)
		return NULL;
	given = *binding;
	if (given.vouched.us > watermark.us)
		given.vouched = watermark;
	return &given;
}

static struct at_event
get_oldest(void *context)
{
	(void)context;
	return oldest;
}

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(crypto_init(), 0);
	list = binding_list_new();
	assert_non_null(list);
	assert_int_equal(binding_list_add_csv(list, "bindings.csv", bindings,
					      sizeof(bindings) - 1, NULL, NULL),
			 20);
	assert_int_equal(binding_list_seal(list), 0);
	cursor = binding_list_cursor(list);
	list_next = cursor.next;
	cursor.next = next_vouched;
	cursor.oldest = get_oldest;
	watermark.us = INT64_MAX;
	oldest = times_unset();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	binding_list_free(list);
	return 0;
}

static struct at_event
at(const char *text)
{
	struct at_event time;

	assert_int_equal(times_parse(slice_of(text), &time.us), 0);
	return time;
}

static struct addr
addr(const char *text)
{
	struct addr parsed;

	assert_int_equal(addr_parse(slice_of(text), &parsed), 0);
	return parsed;
}

static struct identity_answer
ask(const char *address, int32_t port, const char *first, const char *last,
    int64_t error_us)
{
	struct identity_question question = {.addr = addr(address),
					     .port = port,
					     .first = at(first),
					     .last = at(last),
					     .error_us = error_us};
	struct identity_answer answer;

	identify(&cursor, &question, &answer);
	assert_true(answer.reason_count > 0);
	return answer;
}

static void
expect(const struct identity_answer *answer, enum certainty certainty,
       const char *party)
{
	assert_string_equal(certainty_name(answer->certainty),
			    certainty_name(certainty));
	if (party)
		assert_string_equal(binding_list_party(list, answer->party),
				    party);
}

#define EXPECT(certainty, party, ...)                              \
	do {                                                       \
		struct identity_answer answer_ = ask(__VA_ARGS__); \
		expect(&answer_, certainty, party);                \
	} while (0)

static void
one_party_all_the_time_is_certain(void **state)
{
	(void)state;
	EXPECT(CERTAINTY_CERTAIN, "sub-a", "192.0.2.7", -1,
	       "2024-06-20T09:00:00Z", "2024-06-20T09:05:00Z", SECOND);
	/* Two leases of one party are no change of hands. */
	EXPECT(CERTAINTY_CERTAIN, "sub-e", "192.0.2.10", -1,
	       "2024-06-20T08:59:00Z", "2024-06-20T09:01:00Z", SECOND);
	EXPECT(CERTAINTY_CERTAIN, "sub-six", "2001:db8:7:0:1::9", -1,
	       "2024-06-20T09:00:00Z", "2024-06-20T09:00:00Z", 0);
}

static void
a_binding_holds_its_start_and_not_its_end(void **state)
{
	(void)state;
	EXPECT(CERTAINTY_CERTAIN, "sub-a", "192.0.2.7", -1,
	       "2024-06-20T08:00:00Z", "2024-06-20T08:00:00Z", 0);
	EXPECT(CERTAINTY_NOBODY, NULL, "192.0.2.7", -1,
	       "2024-06-20T07:59:59.999999Z", "2024-06-20T07:59:59.999999Z", 0);
	EXPECT(CERTAINTY_CERTAIN, "sub-a", "192.0.2.7", -1,
	       "2024-06-20T11:59:59.999999Z", "2024-06-20T11:59:59.999999Z", 0);
	EXPECT(CERTAINTY_CERTAIN, "sub-b", "192.0.2.7", -1,
	       "2024-06-20T12:00:00Z", "2024-06-20T12:00:00Z", 0);
}

static void
a_change_of_hands_is_never_certain(void **state)
{
	struct identity_answer answer;

	(void)state;
	EXPECT(CERTAINTY_AMBIGUOUS, NULL, "192.0.2.7", -1,
	       "2024-06-20T11:59:00Z", "2024-06-20T12:01:00Z", 0);
	answer = ask("192.0.2.7", -1, "2024-06-20T11:59:58Z",
		     "2024-06-20T11:59:58Z", 3 * SECOND);
	expect(&answer, CERTAINTY_AMBIGUOUS, NULL);
	assert_int_equal(answer.candidates, 2);
	assert_false(answer.awaiting);
	/* Held by nobody before its start: the clock may be wrong. */
	EXPECT(CERTAINTY_PROBABLE, "sub-a", "192.0.2.7", -1,
	       "2024-06-20T08:00:01Z", "2024-06-20T08:00:01Z", 2 * SECOND);
	EXPECT(CERTAINTY_PROBABLE, "sub-a", "192.0.2.7", -1,
	       "2024-06-20T07:59:59Z", "2024-06-20T07:59:59Z", 2 * SECOND);
}

static void
overlapping_rows_of_two_parties_name_nobody(void **state)
{
	struct identity_answer answer;

	(void)state;
	answer = ask("192.0.2.9", -1, "2024-06-20T09:30:00Z",
		     "2024-06-20T09:30:00Z", 0);
	expect(&answer, CERTAINTY_AMBIGUOUS, NULL);
	assert_int_equal(answer.candidates, 2);
	EXPECT(CERTAINTY_CERTAIN, "sub-c", "192.0.2.9", -1,
	       "2024-06-20T08:30:00Z", "2024-06-20T08:30:00Z", 0);
}

static void
a_shared_address_needs_a_port(void **state)
{
	struct identity_answer answer;

	(void)state;
	answer = ask("203.0.113.40", -1, "2024-06-20T09:00:00Z",
		     "2024-06-20T09:00:00Z", 0);
	expect(&answer, CERTAINTY_AMBIGUOUS, NULL);
	assert_int_equal(answer.candidates, 2);
	assert_true(answer.shared);
	EXPECT(CERTAINTY_CERTAIN, "sub-f", "203.0.113.40", 2512,
	       "2024-06-20T09:00:00Z", "2024-06-20T09:00:00Z", 0);
	EXPECT(CERTAINTY_CERTAIN, "sub-g", "203.0.113.40", 2513,
	       "2024-06-20T09:00:00Z", "2024-06-20T09:00:00Z", 0);
	/* In no block: the wider row is not its holder. */
	EXPECT(CERTAINTY_NOBODY, NULL, "203.0.113.40", 3025,
	       "2024-06-20T09:00:00Z", "2024-06-20T09:00:00Z", 0);
	EXPECT(CERTAINTY_CERTAIN, "isp-rest", "203.0.113.41", 3025,
	       "2024-06-20T09:00:00Z", "2024-06-20T09:00:00Z", 0);
}

static void
the_most_specific_prefix_wins(void **state)
{
	(void)state;
	EXPECT(CERTAINTY_CERTAIN, "biz-1", "198.51.100.65", -1,
	       "2024-06-20T09:00:00Z", "2024-06-20T09:00:00Z", 0);
	EXPECT(CERTAINTY_CERTAIN, "reseller-2", "198.51.100.66", -1,
	       "2024-06-20T09:00:00Z", "2024-06-20T09:00:00Z", 0);
	EXPECT(CERTAINTY_CERTAIN, "pool", "198.51.100.72", -1,
	       "2024-06-20T09:00:00Z", "2024-06-20T09:00:00Z", 0);
}

static void
expired_is_not_nobody(void **state)
{
	(void)state;
	EXPECT(CERTAINTY_NOBODY, NULL, "192.0.2.8", -1, "2024-06-20T09:00:00Z",
	       "2024-06-20T09:00:00Z", 0);
	EXPECT(CERTAINTY_CERTAIN, "sub-old", "192.0.2.8", -1,
	       "2024-06-05T09:00:00Z", "2024-06-05T09:00:00Z", 0);
	oldest = at("2024-06-13T00:00:00Z");
	EXPECT(CERTAINTY_EXPIRED, NULL, "192.0.2.8", -1, "2024-06-12T09:00:00Z",
	       "2024-06-12T09:00:00Z", 0);
	EXPECT(CERTAINTY_NOBODY, NULL, "192.0.2.8", -1, "2024-06-14T09:00:00Z",
	       "2024-06-14T09:00:00Z", 0);
}

static struct sighting
sighting_of(const char *address, const char *time)
{
	struct sighting sighting = {.class = RSIT_SCANNER,
				    .role = ROLE_INFECTED,
				    .origin = "own-flow"};

	sighting.address = addr(address);
	sighting.subject.prefix = prefix_of(&sighting.address, 128);
	sighting.time = sighting.first = sighting.last = at(time);
	sighting.known = sighting.time;
	sighting_seal(&sighting);
	return sighting;
}

static void
all_pairs_must_name_one_party(void **state)
{
	struct sighting sighting = sighting_of("203.0.113.40",
					       "2024-06-20T09:00:00Z");
	struct identity_answer answer;

	(void)state;
	sighting.port_count = 2;
	sighting.ports[0] = (struct port_time){2001, sighting.time};
	sighting.ports[1] = (struct port_time){2400, sighting.time};
	identify_sighting(&cursor, &sighting, 0, &answer);
	expect(&answer, CERTAINTY_CERTAIN, "sub-f");
	sighting.ports[1].port = 2600;
	identify_sighting(&cursor, &sighting, 0, &answer);
	expect(&answer, CERTAINTY_AMBIGUOUS, NULL);
	assert_int_equal(answer.candidates, 2);
	assert_int_equal(answer.binding.id, 0);
	sighting.ports[1].port = 9000;
	identify_sighting(&cursor, &sighting, 0, &answer);
	expect(&answer, CERTAINTY_NOBODY, NULL);
	sighting.port_count = 0;
	sighting.subject.port_first = 2001;
	sighting.subject.port_last = 2512;
	identify_sighting(&cursor, &sighting, 0, &answer);
	expect(&answer, CERTAINTY_CERTAIN, "sub-f");
	sighting.subject.port_last = 3024;
	identify_sighting(&cursor, &sighting, 0, &answer);
	expect(&answer, CERTAINTY_AMBIGUOUS, NULL);
}

/* Its first and last ports, or moments, may be one party's and the middle
 * another's. */
static void
a_block_is_asked_for_whole(void **state)
{
	struct sighting sighting = sighting_of("203.0.113.42",
					       "2024-06-20T09:00:00Z");
	struct identity_answer answer;

	(void)state;
	sighting.subject.port_first = 1024;
	sighting.subject.port_last = 2559;
	identify_sighting(&cursor, &sighting, 0, &answer);
	expect(&answer, CERTAINTY_AMBIGUOUS, NULL);
	assert_int_equal(answer.candidates, 2);
	sighting.subject.port_first = 2048;
	identify_sighting(&cursor, &sighting, 0, &answer);
	expect(&answer, CERTAINTY_CERTAIN, "sub-h");
	sighting = sighting_of("203.0.113.43", "2024-06-20T08:58:00Z");
	sighting.last = at("2024-06-20T09:02:00Z");
	sighting.subject.port_first = 1024;
	sighting.subject.port_last = 1535;
	identify_sighting(&cursor, &sighting, 0, &answer);
	expect(&answer, CERTAINTY_AMBIGUOUS, NULL);
}

static void
a_subject_wider_than_the_binding_is_not_certain(void **state)
{
	struct sighting sighting = sighting_of("2001:db8:7::9",
					       "2024-06-20T09:00:00Z");
	struct identity_answer answer;

	(void)state;
	sighting.subject.prefix = prefix_of(&sighting.address, 56);
	identify_sighting(&cursor, &sighting, 0, &answer);
	expect(&answer, CERTAINTY_CERTAIN, "sub-six");
	sighting.subject.prefix = prefix_of(&sighting.address, 48);
	identify_sighting(&cursor, &sighting, 0, &answer);
	expect(&answer, CERTAINTY_PROBABLE, "sub-six");
}

struct seen {
	unsigned count, again;
	struct identity_answer last;
};

static void
see(void *context, const struct attributed *attributed)
{
	struct seen *seen = context;

	seen->count++;
	seen->again += attributed->again;
	seen->last = attributed->answer;
}

static void
what_waits_is_asked_again(void **state)
{
	struct attribution *attribution = attribution_new(cursor, SECOND);
	struct sighting sighting = sighting_of("192.0.2.7",
					       "2024-06-20T09:00:00Z");
	struct seen seen = {0};

	(void)state;
	assert_non_null(attribution);
	watermark = at("2024-06-20T08:59:00Z");
	attribution_sighting(attribution, &sighting, see, &seen);
	expect(&seen.last, CERTAINTY_PROBABLE, "sub-a");
	assert_true(seen.last.awaiting);
	assert_int_equal(attribution_waiting(attribution), 1);
	attribution_again(attribution, see, &seen);
	assert_int_equal(seen.count, 1);
	/* Word of exactly the widened end is not yet word from after it. */
	watermark = at("2024-06-20T09:00:01Z");
	attribution_again(attribution, see, &seen);
	assert_int_equal(seen.count, 1);
	watermark = at("2024-06-20T09:00:01.000001Z");
	attribution_again(attribution, see, &seen);
	assert_int_equal(seen.again, 1);
	expect(&seen.last, CERTAINTY_CERTAIN, "sub-a");
	assert_int_equal(attribution_waiting(attribution), 0);
	assert_int_equal(attribution_given_up(attribution), 0);
	attribution_free(attribution);
}

struct refusals {
	unsigned count;
	uint64_t lines;
};

static void
refuse(void *context, uint64_t line, const char *reason)
{
	struct refusals *refusals = context;

	assert_true(strlen(reason) > 0);
	refusals->count++;
	refusals->lines += line;
}

static void
bad_rows_are_refused_one_by_one(void **state)
{
	static const char bad[] = "party,address,start\n"
				  "p,192.0.2.1/24,2024-06-20T08:00:00Z\n"
				  "p,no,2024-06-20T08:00:00Z\n"
				  ",192.0.2.1,2024-06-20T08:00:00Z\n"
				  "addr:x,192.0.2.1,2024-06-20T08:00:00Z\n"
				  "p,192.0.2.1,2024-06-20T08:00:00\n"
				  "good,192.0.2.1,2024-06-20T08:00:00Z\n";
	static const char ports[] = HEADER
	    "192.0.2.1,5,4,p,2024-06-20T08:00:00Z,\n"
	    "192.0.2.1,5,,p,2024-06-20T08:00:00Z,\n"
	    "192.0.2.0/24,5,9,p,2024-06-20T08:00:00Z,\n"
	    "192.0.2.1,0,0,p,2024-06-20T08:00:00Z,\n"
	    "192.0.2.1,1,65536,p,2024-06-20T08:00:00Z,\n"
	    "192.0.2.1,,,p,2024-06-20T08:00:00Z,2024-06-20T08:00:00Z\n";
	struct binding_list *other = binding_list_new();
	struct refusals refusals = {0};

	(void)state;
	assert_int_equal(binding_list_add_csv(other, "a", bad, sizeof(bad) - 1,
					      refuse, &refusals),
			 1);
	assert_int_equal(refusals.count, 5);
	assert_int_equal(refusals.lines, 2 + 3 + 4 + 5 + 6);
	assert_int_equal(binding_list_add_csv(other, "b", ports,
					      sizeof(ports) - 1, refuse,
					      &refusals),
			 0);
	assert_int_equal(refusals.count, 11);
	assert_int_equal(binding_list_add_csv(other, "c", "address,party\n", 14,
					      NULL, NULL),
			 LZ_E_FORMAT);
	assert_int_equal(binding_list_add_csv(other, "d", HEADER,
					      sizeof(HEADER) - 1, NULL, NULL),
			 0);
	assert_int_equal(binding_list_count(other), 1);
	assert_int_equal(binding_list_party_count(other), 1);
	assert_string_equal(binding_list_source(other, 1), "b");
	assert_null(binding_list_party(other, 1));
	binding_list_free(other);
}

static void
a_binding_keeps_its_number_when_it_ends(void **state)
{
	static const char open[] = HEADER
	    "192.0.2.1,,,p,2024-06-20T08:00:00Z,\n";
	static const char ended[] = HEADER
	    "192.0.2.2,,,q,2024-06-20T08:00:00Z,\n"
	    "192.0.2.1,,,p,2024-06-20T08:00:00Z,2024-06-21T08:00:00Z\n";
	const char *files[] = {open, ended};
	uint64_t ids[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct binding_list *other = binding_list_new();
		struct binding_cursor walk;
		struct addr address = addr("192.0.2.1");

		assert_true(binding_list_add_csv(other, "f", files[i],
						 strlen(files[i]), NULL,
						 NULL) > 0);
		assert_int_equal(binding_list_seal(other), 0);
		walk = binding_list_cursor(other);
		walk.seek(walk.context, 0, &address, at("2024-06-20T09:00:00Z"),
			  at("2024-06-20T09:00:00Z"));
		ids[i] = walk.next(walk.context)->id;
		assert_null(walk.next(walk.context));
		binding_list_free(other);
	}
	assert_true(ids[0] == ids[1]);
}

/* A row that is refused never leaves its address to a wider one. */
static void
a_refused_row_names_nobody(void **state)
{
	static const char rows[] = HEADER
	    "203.0.113.0/24,,,isp-rest,2024-01-01T00:00:00Z,\n"
	    "203.0.113.7,,,sub-a,yesterday,\n"
	    "203.0.113.8,,,,2024-01-01T00:00:00Z,\n"
	    "203.0.113.9,,,sub-b,2024-01-01T00:00:00Z,\n";
	static const struct {
		const char *address;
		uint8_t certainty;
	} expected[] = {{"203.0.113.6", CERTAINTY_CERTAIN},
			{"203.0.113.7", CERTAINTY_AMBIGUOUS},
			{"203.0.113.8", CERTAINTY_AMBIGUOUS},
			{"203.0.113.9", CERTAINTY_CERTAIN}};
	struct binding_list *other = binding_list_new();
	struct binding_cursor walk;

	(void)state;
	assert_int_equal(binding_list_add_csv(other, "b.csv", rows,
					      sizeof(rows) - 1, NULL, NULL),
			 2);
	assert_int_equal(binding_list_seal(other), 0);
	assert_int_equal(binding_list_count(other), 2);
	walk = binding_list_cursor(other);
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		struct identity_question question = {.port = -1};
		struct identity_answer answer;

		question.first = question.last = at("2024-06-20T10:00:00Z");
		assert_int_equal(addr_parse(slice_of(expected[i].address),
					    &question.addr),
				 0);
		identify(&walk, &question, &answer);
		assert_int_equal(answer.certainty, expected[i].certainty);
	}
	binding_list_free(other);
}

static void
what_a_party_holds_is_found(void **state)
{
	const struct binding *open[4];
	const char *label;
	uint32_t party = 0;

	(void)state;
	while ((label = binding_list_party(list, party)) &&
	       strcmp(label, "sub-e") != 0)
		party++;
	assert_non_null(label);
	/* [start, end): one row ends where the next begins. */
	assert_int_equal(binding_list_open(list, party,
					   at("2024-06-20T09:00:00Z"), open, 4),
			 1);
	assert_true(open[0]->end.us == INT64_MAX);
	assert_int_equal(binding_list_open(list, party,
					   at("2024-06-20T08:59:59Z"), open, 4),
			 1);
	assert_true(open[0]->end.us != INT64_MAX);
	assert_int_equal(binding_list_open(list, party,
					   at("2024-06-20T07:00:00Z"), open, 4),
			 0);
	/* Each row belongs to one party, and only to it. */
	for (party = 0, label = NULL; binding_list_party(list, party);
	     party++) {
		const size_t count =
		    binding_list_open(list, party, at("2024-06-20T10:00:00Z"),
				      open, 4);

		for (size_t i = 0; i < count; i++)
			assert_int_equal(open[i]->party, party);
	}
	assert_int_equal(binding_list_open(list, party,
					   at("2024-06-20T10:00:00Z"), open, 4),
			 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(one_party_all_the_time_is_certain),
	    TEST(a_binding_holds_its_start_and_not_its_end),
	    TEST(a_change_of_hands_is_never_certain),
	    TEST(overlapping_rows_of_two_parties_name_nobody),
	    TEST(a_shared_address_needs_a_port),
	    TEST(the_most_specific_prefix_wins),
	    TEST(expired_is_not_nobody),
	    TEST(all_pairs_must_name_one_party),
	    TEST(a_block_is_asked_for_whole),
	    TEST(a_subject_wider_than_the_binding_is_not_certain),
	    TEST(what_waits_is_asked_again),
	    TEST(bad_rows_are_refused_one_by_one),
	    TEST(a_binding_keeps_its_number_when_it_ends),
	    TEST(a_refused_row_names_nobody),
	    TEST(what_a_party_holds_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
