/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a subscriber reads: rendered notices of every class hold to the voice
 * of the house; wrapping; the template's parts.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/template.h"
#include "notice/notice.h"
#include "notice/wrap.h"

#define WORDS_PER_SENTENCE_MAX 20
/* 2026-11-17 07:14 UTC, a Tuesday. */
#define SEEN_US INT64_C(1794899640000000)

static const struct notice_conf conf = {
    .operator_name = "Example Telecom security desk",
    .from = "Example Telecom <security@example.net>",
    .phone = "202-555-0143",
    .hours = "every day 8 am to 8 pm",
    .zone_name = "Eastern Time",
    .zone_offset_s = -5 * 3600};

static struct notice_letter
make_letter(enum rsit_class class, uint32_t step)
{
	struct notice_letter letter = {.id = 0xabcdef,
				       .code_bits = UINT64_C(0x123456789abcd),
				       .step = step,
				       .created = {SEEN_US + TIMES_HOUR_US},
				       .grace_us = 3 * TIMES_DAY_US,
				       .quiet_us = 14 * TIMES_DAY_US};
	struct sighting *sighting = &letter.sighting;

	assert_int_equal(addr_parse(slice_of("192.0.2.17"), &sighting->address),
			 0);
	assert_int_equal(addr_parse(slice_of("198.51.100.9"), &sighting->peer),
			 0);
	sighting->class = (uint8_t) class;
	sighting->proto = 6;
	sighting->port = 40122;
	sighting->peer_port = 23;
	sighting->marks = SIGHTING_HAS_PORT | SIGHTING_HAS_PEER |
			  SIGHTING_HAS_PEER_PORT;
	sighting->first.us = SEEN_US;
	sighting->last.us = SEEN_US + 106 * TIMES_MINUTE_US;
	strcpy(sighting->origin, "own-flow");
	strcpy(sighting->family, "mirai");
	return letter;
}

static const char *
render(const struct notice_conf *with, const struct notice_letter *letter)
{
	static char buffer[NOTICE_BYTES_MAX];
	struct at_event now = {SEEN_US + TIMES_HOUR_US};
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	assert_int_equal(notice_render(with, letter, now, &text), 0);
	return buffer;
}

static void
holds(const char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		fail_msg("no '%s' in:\n%s", wanted, text);
}

static bool
has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; *at; at++)
		if (strncasecmp(at, word, length) == 0 &&
		    (at == text || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[length]))
			return true;
	return false;
}

/* The words of the body before the part for experts, on one line. */
static void
read_body(const char *message, char *body, size_t size)
{
	const char *start = strstr(message, "\n\n"), *end;
	size_t length = 0;

	assert_non_null(start);
	end = strstr(start, "\n--\n");
	assert_non_null(end);
	for (; start < end && length + 1 < size; start++)
		body[length++] = *start;
	body[length] = '\0';
}

static void
check_voice(const char *message)
{
	static const char *const never[] = {
	    "bot",           "botnet",
	    "malware",       "C2",
	    "quarantine",    "remediation",
	    "abuse",         "violation",
	    "user",          "suspected",
	    "immediately",   "failure to comply",
	    "your computer", "we detected you",
	    "click here",    "virus-free",
	    "guaranteed",    "infected",
	    "password:",     "euro",
	    "dollar"};
	static const char *const nowhere[] = {"http",
					      "://",
					      "www.",
					      "href",
					      "multipart",
					      "filename",
					      "Content-Disposition",
					      "198.51.100.9",
					      "{{",
					      "}}"};
	char body[NOTICE_BYTES_MAX];

	read_body(message, body, sizeof(body));
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (has_word(body, never[i]))
			fail_msg("says '%s':\n%s", never[i], body);
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++)
		if (strcasestr(message, nowhere[i]))
			fail_msg("holds '%s':\n%s", nowhere[i], message);
}

static void
check_sentences(const char *message)
{
	char body[NOTICE_BYTES_MAX];
	unsigned words = 0, sentences = 0;
	bool in_word = false;

	read_body(message, body, sizeof(body));
	for (const char *at = body; *at; at++) {
		bool letter = isalnum((unsigned char)*at) != 0;

		words += letter && !in_word;
		in_word = letter || *at == '\'' || *at == '-';
		if (strchr(".?!:", *at) &&
		    (isspace((unsigned char)at[1]) || at[1] == ')'))
			sentences++;
	}
	assert_true(sentences > 10);
	if (words > sentences * WORDS_PER_SENTENCE_MAX)
		fail_msg("%u words in %u sentences", words, sentences);
}

static void
check_lines(const char *message)
{
	struct slice rest = slice_of(message);

	while (rest.length > 0) {
		struct slice line = slice_split(&rest, '\n');

		if (line.length > WRAP_COLUMNS)
			fail_msg("long line: %.*s", (int)line.length, line.at);
	}
}

static void
every_class_keeps_the_voice(void **state)
{
	(void)state;
	for (int class = RSIT_DDOS; class < RSIT_CLASS_COUNT; class ++)
		for (uint32_t step = 1; step <= 2; step++) {
			struct notice_letter letter =
			    make_letter((enum rsit_class) class, step);
			const char *message;

			letter.limits = step == 2;
			message = render(&conf, &letter);
			check_voice(message);
			check_sentences(message);
			check_lines(message);
		}
}

static void
says_what_when_and_how_to_check(void **state)
{
	struct notice_letter letter = make_letter(RSIT_SCANNER, 1);
	char code[NOTICE_CODE_SIZE];
	const char *message = render(&conf, &letter);

	(void)state;
	notice_code_format(letter.code_bits, code);
	holds(message, code);
	holds(message, "From: Example Telecom <security@example.net>\n");
	holds(message, "Message-ID: <lz-0000000000abcdef@example.net>\n");
	holds(message, "Date: Tue, 17 Nov 2026 08:14:00 +0000\n");
	holds(message, "Tuesday 17 November 2026, 02:14 to 04:00, Eastern");
	holds(message, "(07:14\n          to 09:00 UTC).");
	holds(message, "clean it by Friday 20 November.");
	holds(message, "192.0.2.17, TCP port 40122.");
	holds(message, "192.0.2.17 port 40122 -> 198.51.100[.]0/24");
	holds(message, "scanner mirai\n");
	holds(message, "Call 202-555-0143, every day 8 am to 8 pm.");
	assert_null(strstr(message, "wrote to you"));
	assert_null(strstr(message, "limit your internet"));
}

static void
promises_no_limit_that_is_not_live(void **state)
{
	struct notice_letter letter = make_letter(RSIT_DDOS, 2);

	(void)state;
	assert_null(strstr(render(&conf, &letter), "limit"));
	letter.limits = true;
	holds(render(&conf, &letter), "limit");
	holds(render(&conf, &letter), "wrote to you about this before");
}

/* The part from the first step to the last. */
static void
read_steps(enum rsit_class class, char *steps, size_t size)
{
	struct notice_letter letter = make_letter(class, 1);
	const char *message = render(&conf, &letter);
	const char *from = strstr(message, "WHAT TO DO NOW"), *to;

	assert_non_null(from);
	to = strstr(from, "\nThen call us");
	assert_non_null(to);
	assert_true((size_t)(to - from) < size);
	memcpy(steps, from, (size_t)(to - from));
	steps[to - from] = '\0';
}

static void
steps_are_those_of_the_class(void **state)
{
	static const struct {
		enum rsit_class class;
		const char *own; /* stands in no other class's steps */
	} rows[] = {{RSIT_DDOS, "attack stops"},
		    {RSIT_SCANNER, "sold with"},
		    {RSIT_INFECTED_SYSTEM, "Make a list"},
		    {RSIT_SPAM, "forwarding"}};
	char steps[NOTICE_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		read_steps(rows[i].class, steps, sizeof(steps));
		holds(steps, "\n5. ");
		holds(steps, "Going to the police?");
		holds(steps, "router");
		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
			if ((strstr(steps, rows[j].own) != NULL) != (i == j))
				fail_msg("'%s' in:%s", rows[j].own, steps);
	}
}

/* What takes a notice back says so, says why, gives the same code, and is a
 * message of its own. */
static void
corrections_say_what_was_wrong(void **state)
{
	static const struct {
		uint8_t wrong;
		const char *why;
	} rows[] = {{NOTICE_WRONG_EVIDENCE,
		     "What we relied on turned out to be wrong"},
		    {NOTICE_WRONG_HOLDER, "it was not you"},
		    {NOTICE_WRONG_OBJECTION,
		     "You told us that this was a mistake"}};
	struct notice_letter letter = make_letter(RSIT_SCANNER, 1);
	char code[NOTICE_CODE_SIZE];

	(void)state;
	notice_code_format(letter.code_bits, code);
	letter.told.us = SEEN_US;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *message;

		letter.wrong = rows[i].wrong;
		letter.lifted = i == 0;
		message = render(&conf, &letter);
		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
			if ((strstr(message, rows[j].why) != NULL) != (i == j))
				fail_msg("'%s' in:%s", rows[j].why, message);
		holds(message, "Subject: We were wrong about your internet");
		holds(message, "On Tuesday 17 November we wrote");
		holds(message, "We are sorry for the trouble.");
		holds(message, code);
		holds(message, "Message-ID: <lz-ffffffffff543210@");
		holds(message, "In-Reply-To: <lz-0000000000abcdef@");
		assert_int_equal(strstr(message, "is open again") != NULL,
				 i == 0);
		/* The address was perhaps another's. */
		assert_null(strstr(message, "192.0.2.17"));
		assert_null(strstr(message, "{{"));
		check_lines(message);
	}
}

/* Nobody counts hours, calls back or has a page to reconnect oneself yet. */
static void
promises_nothing_that_nobody_keeps(void **state)
{
	static const char *const never[] = {" hours in", "within", "call you",
					    "yourself", "at night"};

	(void)state;
	for (int class = RSIT_DDOS; class < RSIT_CLASS_COUNT; class ++) {
		struct notice_letter letter =
		    make_letter((enum rsit_class) class, 2);
		const char *message;

		letter.limits = true;
		message = render(&conf, &letter);
		for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
			if (strstr(message, never[i]))
				fail_msg("promises '%s':\n%s", never[i],
					 message);
		holds(message, "A person looks at your case");
	}
}

static void
does_without_what_is_not_configured(void **state)
{
	struct notice_conf bare = {.operator_name = "example"};
	struct notice_letter letter = make_letter(RSIT_DDOS, 1);
	const char *message;

	(void)state;
	letter.sighting.marks = 0;
	message = render(&bare, &letter);
	holds(message, "Call the number on your bill.");
	holds(message, "Your address 192.0.2.17.\n");
	holds(message, ", 07:14 to 09:00, UTC.");
	check_voice(message);
}

static void
headers_take_no_line_ends(void **state)
{
	struct notice_conf odd = conf;
	struct notice_letter letter = make_letter(RSIT_DDOS, 1);
	const char *message;

	(void)state;
	strcpy(odd.from, "Caf\303\251\nBcc: x <a@example.net\nBcc: y>");
	message = render(&odd, &letter);
	holds(message, "From: =?UTF-8?Q?Caf=C3=A9");
	assert_null(strstr(message, "\nBcc"));
}

static void template(const char *source, const char *wanted)
{
	const struct template_value values[] = {{"yes", "Y"},
						{"no", NULL},
						{"word", "w"}};
	char buffer[128];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	assert_int_equal(template_render(source, TEMPLATE_PLAIN, values, 3,
					 &text),
			 0);
	assert_string_equal(buffer, wanted);
}

static void
template_html(void)
{
	const struct template_value values[] = {{"v", "<a href=\"'&'\">"}};
	char out[64];
	struct text text;

	text_init(&text, out, sizeof(out));
	assert_int_equal(template_render("<b>{{v}}</b>", TEMPLATE_HTML, values,
					 1, &text),
			 0);
	assert_string_equal(out, "<b>&lt;a href=&quot;&#39;&amp;&#39;"
				 "&quot;&gt;</b>");
}

static int
template_error(const char *source)
{
	const struct template_value values[] = {{"yes", "Y"}};
	char buffer[8];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	return template_render(source, TEMPLATE_PLAIN, values, 1, &text);
}

static void
templates_do_these_things(void **state)
{
	(void)state;
	template("a {{word}} b", "a w b");
	template("{{#yes}}a{{/yes}}{{#no}}b{{/no}}{{^no}}c{{/no}}", "ac");
	template("{{#no}}{{#yes}}x{{/yes}}{{/no}}.", ".");
	template("{{! said }}\nx\n{{#yes}}\ny\n{{/yes}}\nz", "x\ny\nz");
	template("{{no}}|", "|");
	template_html();
	assert_int_equal(template_error("{{#yes}}"), LZ_E_FORMAT);
	assert_int_equal(template_error("{{/yes}}"), LZ_E_FORMAT);
	assert_int_equal(template_error("{{yes"), LZ_E_FORMAT);
	assert_int_equal(template_error("{{who}}"), LZ_E_NOT_FOUND);
	assert_int_equal(template_error("123456789"), LZ_E_FULL);
}

static void
wrapped(const char *source, const char *wanted)
{
	char buffer[512];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	wrap_lines(source, &text);
	assert_string_equal(buffer, wanted);
}

#define TEN "abcdefghi "
#define SIXTY TEN TEN TEN TEN TEN TEN

static void
lines_hang_where_they_began(void **state)
{
	(void)state;
	wrapped("short\n\nlines", "short\n\nlines\n");
	wrapped(SIXTY TEN "and more",
		"abcdefghi abcdefghi abcdefghi abcdefghi abcdefghi abcdefghi "
		"abcdefghi\nand more\n");
	wrapped("1. " SIXTY "and more words",
		"1. abcdefghi abcdefghi abcdefghi abcdefghi abcdefghi "
		"abcdefghi and more\n   words\n");
	wrapped("What      " SIXTY "word",
		"What      abcdefghi abcdefghi abcdefghi abcdefghi abcdefghi "
		"abcdefghi\n          word\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_class_keeps_the_voice),
	    cmocka_unit_test(says_what_when_and_how_to_check),
	    cmocka_unit_test(promises_no_limit_that_is_not_live),
	    cmocka_unit_test(corrections_say_what_was_wrong),
	    cmocka_unit_test(steps_are_those_of_the_class),
	    cmocka_unit_test(promises_nothing_that_nobody_keeps),
	    cmocka_unit_test(does_without_what_is_not_configured),
	    cmocka_unit_test(headers_take_no_line_ends),
	    cmocka_unit_test(templates_do_these_things),
	    cmocka_unit_test(lines_hang_where_they_began),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
