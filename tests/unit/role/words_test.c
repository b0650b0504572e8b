/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people read: every row of the case table and every state has words,
 * times in a zone, thousandths, what was seen; and `who`'s rarer answers, which
 * no list of bindings alone can give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "case/table.h"
#include "crypto/sha256.h"
#include "ident/identify.h"
#include "role/command_send.h"
#include "role/plain_words.h"
#include "role/print_who.h"

static void
has_words_for_each_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < case_table_rows; i++) {
		const char *name = case_table[i].name;

		/* The name itself is what is said of a row nobody knows. */
		if (words_row(name) == name)
			fail_msg("no words for the row '%s'", name);
	}
	assert_string_equal(words_row("of-a-later-version"),
			    "of-a-later-version");
	assert_ptr_not_equal(words_row("unlisted"), "unlisted");
}

static void
has_words_for_each_state(void **state)
{
	(void)state;
	for (unsigned i = CASE_WATCHING; i < CASE_STATE_COUNT; i++)
		assert_true(strlen(words_state((enum case_state)i)) > 3);
	assert_string_equal(words_state((enum case_state)99), "unknown");
}

static void
assert_moment(int64_t us, int32_t zone_s, const char *expected)
{
	char moment[WORDS_MOMENT_SIZE];

	words_moment(moment, (struct at_event){us}, zone_s);
	assert_string_equal(moment, expected);
}

static void
says_times(void **state)
{
	const int64_t us = INT64_C(1718877600) * TIMES_SECOND_US;

	(void)state;
	assert_moment(us, 0, "2024-06-20T10:00:00Z");
	assert_moment(us + 999999, 0, "2024-06-20T10:00:00Z");
	assert_moment(us, 7200, "2024-06-20T12:00:00+02:00");
	assert_moment(us, -(9 * 3600 + 1800), "2024-06-20T00:30:00-09:30");
	assert_moment(us, -11 * 3600, "2024-06-19T23:00:00-11:00");
	assert_moment(TIMES_UNSET_US, 7200, "-");
}

static void
assert_milli(int32_t milli, const char *expected)
{
	char buffer[16];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	words_milli(&text, milli);
	assert_string_equal(buffer, expected);
}

static void
says_thousandths(void **state)
{
	(void)state;
	assert_milli(0, "0.000");
	assert_milli(6800, "6.800");
	assert_milli(-5, "-0.005");
	assert_milli(INT32_MIN, "-2147483.648");
}

static void
says_what_was_seen(void **state)
{
	struct sighting sighting = {.class = RSIT_DDOS,
				    .proto = 17,
				    .peer_port = 80,
				    .weight_milli = 1500,
				    .marks = SIGHTING_HAS_PEER |
					     SIGHTING_HAS_PEER_PORT |
					     SIGHTING_SPOOFABLE,
				    .origin = "own-flow",
				    .detector = "flood.udp/1"};
	char buffer[256];
	struct text text;

	(void)state;
	sighting.address = addr_from_v4(0xc0000207u);
	sighting.peer = addr_from_v4(0xc6336409u);
	text_init(&text, buffer, sizeof(buffer));
	words_sighting(&text, &sighting);
	assert_string_equal(buffer, "ddos from 192.0.2.7 to 198.51.100.9:80/"
				    "udp, said by own-flow (flood.udp/1), "
				    "weight 1.500, could be forged");
	sighting.marks = SIGHTING_HAS_PEER_PORT;
	sighting.class = RSIT_SCANNER;
	text_init(&text, buffer, sizeof(buffer));
	words_sighting(&text, &sighting);
	assert_string_equal(buffer, "scanner from 192.0.2.7 to port 80, said "
				    "by own-flow (flood.udp/1), weight 1.500");
	text_init(&text, buffer, sizeof(buffer));
	words_classes(&text, 1u << RSIT_DDOS | 1u << RSIT_SCANNER);
	assert_non_null(strstr(buffer, "ddos"));
	assert_non_null(strstr(buffer, ", "));
}

static void
checks_reasons(void **state)
{
	static const char *const good[] = {"calls at ten", "Pr\303\274fung",
					   "\xe2\x82\xac 5",
					   "\xf0\x9f\x9b\x8f ill"};
	static const char *const bad[] = {
	    "",         "  ",           "a\nb",         "a\x7f",
	    "\x1b[2J",  "\302\2332J",   "\xc3",         "\xff",
	    "\xc0\xaf", "\xed\xa0\x80", "\xe0\x80\xaf", "\xf5\x80\x80\x80"};
	char text[CASE_TEXT_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_null(command_reason_check(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(command_reason_check(bad[i]));
	memset(text, 'x', sizeof(text));
	text[CASE_TEXT_SIZE] = '\0';
	assert_non_null(command_reason_check(text));
	text[CASE_TEXT_SIZE - 1] = '\0';
	assert_null(command_reason_check(text));
}

static void
names_who_orders(void **state)
{
	char plain[CASE_TEXT_SIZE], actor[CASE_TEXT_SIZE];

	(void)state;
	unsetenv("SUDO_USER");
	unsetenv("SUDO_UID");
	command_actor(plain);
	assert_non_null(strstr(plain, "(uid "));
	assert_null(command_reason_check(plain));
	/* Only root's word for who became root counts, and only as text. */
	setenv("SUDO_USER", "ann", 1);
	setenv("SUDO_UID", "1000", 1);
	command_actor(actor);
	if (strstr(plain, "(uid 0)")) {
		assert_non_null(strstr(actor, " for ann (uid 1000)"));
		setenv("SUDO_USER", "a\x1b[2J", 1);
		command_actor(actor);
	}
	assert_string_equal(actor, plain);
	unsetenv("SUDO_USER");
	unsetenv("SUDO_UID");
}

static struct who_said said;

static void
assert_who(const char *in_json, const char *for_people)
{
	char buffer[4096];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	print_who_json(&text, &said);
	if (!strstr(buffer, in_json))
		fail_msg("%s isn't in %s", in_json, buffer);
	text_init(&text, buffer, sizeof(buffer));
	print_who(&text, &said);
	if (!strstr(buffer, for_people))
		fail_msg("%s isn't in %s", for_people, buffer);
}

static void
says_who(void **state)
{
	struct identity_answer *answer = &said.answer;

	(void)state;
	said = (struct who_said){.answer = {.certainty = CERTAINTY_PROBABLE,
					    .candidates = 1,
					    .reason_count = 1,
					    .reasons = {"not yet confirmed"},
					    .source_count = 1},
				 .account = "acct-1",
				 .reseller = "wholesale-1"};
	strcpy(said.sources[0].file, "b.csv");
	strcpy(said.sources[0].hash, "00ff");
	answer->binding.marks = BINDING_END_INFERRED;
	assert_who("\"certainty\":\"probable\",\"party\":\"acct-1\",\"from\"",
		   "probably, not confirmed: acct-1\n  it held it from ");
	assert_who("\"end\":\"inferred\"",
		   " (inferred: nobody said so)\n  not yet confirmed");
	assert_who("\"end\":\"inferred\"", "  from b.csv at byte 0\n");
	assert_who("\"sources\":[{\"file\":\"b.csv\",\"offset\":0,"
		   "\"hash\":\"00ff\"}]",
		   "");
	/* Where parties have numbers, the account is for who may see it. */
	said.numbered = true;
	assert_who("\"certainty\":\"probable\",\"from\"",
		   "one party, without a number yet\n");
	said.party.value = 0xabc;
	assert_who("\"party\":\"0000000000000abc\",\"from\"",
		   "probably, not confirmed: 0000000000000abc\n");
	said.reveal = true;
	assert_who("\"party\":\"0000000000000abc\",\"account\":\"acct-1\","
		   "\"reseller\":\"wholesale-1\"",
		   "0000000000000abc, account acct-1, a customer of "
		   "wholesale-1\n");
	/* A record of the raw log that is gone. */
	said.sources[0] = (struct who_source){.name = "radius/bng-1"};
	assert_who("\"sources\":[{\"source\":\"radius/bng-1\"}]",
		   "  from radius/bng-1, whose record is no longer kept\n");
	*answer = (struct identity_answer){.certainty = CERTAINTY_EXPIRED};
	assert_who("\"certainty\":\"expired\",\"candidates\":0",
		   "the record of that time has been erased\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(has_words_for_each_row),
	    cmocka_unit_test(has_words_for_each_state),
	    cmocka_unit_test(says_times),
	    cmocka_unit_test(says_thousandths),
	    cmocka_unit_test(says_what_was_seen),
	    cmocka_unit_test(checks_reasons),
	    cmocka_unit_test(names_who_orders),
	    cmocka_unit_test(says_who),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
