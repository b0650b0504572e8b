/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines against forms.  A line has the form that fits it furthest; what stands
 * behind that point is what the error names.
 */
#include "reader.h"

#include <string.h>

#include "base/memory.h"
#include "forms.h"

#define WORDS_MAX 48

enum slot_type {
	SLOT_WORD,
	SLOT_QUOTE,
	SLOT_REST,
	SLOT_SUBJECT,
	SLOT_PEER,
	SLOT_ADDR,
	SLOT_MOMENT,
	SLOT_SPAN,
	SLOT_NUMBER,
	SLOT_MILLI
};

struct slot {
	const char *name;
	enum slot_type type;
	size_t offset;
	const char *expected;
};

#define SLOT(name, type, member, expected)                               \
	{                                                                \
		name, type, offsetof(struct statement, member), expected \
	}

static const struct slot slots[] = {
    SLOT("party", SLOT_WORD, party, "a party such as sub-a"),
    SLOT("other", SLOT_WORD, other, "a party such as sub-b"),
    SLOT("actor", SLOT_WORD, actor, "a person's name"),
    SLOT("second", SLOT_WORD, second, "a person's name"),
    SLOT("word", SLOT_WORD, word, "a word"),
    SLOT("name", SLOT_WORD, name, "a name"),
    SLOT("family", SLOT_WORD, family, "a family's name"),
    SLOT("class", SLOT_WORD, class, "a class such as infected-system"),
    SLOT("role", SLOT_WORD, role, "a role such as infected"),
    SLOT("words", SLOT_QUOTE, words, "words in quotes"),
    SLOT("rest", SLOT_REST, words, "something"),
    SLOT("address", SLOT_SUBJECT, subject,
	 "an address such as 192.0.2.7, 192.0.2.7:40001 or 2001:db8::/56"),
    SLOT("peer", SLOT_PEER, peer, "an endpoint such as 198.51.100.9:80/udp"),
    SLOT("exporter", SLOT_ADDR, exporter, "an address such as 203.0.113.1"),
    SLOT("time", SLOT_MOMENT, time, "a time such as 2026-03-02 08:00"),
    SLOT("until", SLOT_MOMENT, until, "a time such as 2026-03-02 08:00"),
    SLOT("span", SLOT_SPAN, span_us, "a time span such as 3 days"),
    SLOT("every", SLOT_SPAN, every_us, "a time span such as 1 hour"),
    SLOT("n", SLOT_NUMBER, number, "a number"),
    SLOT("times", SLOT_NUMBER, times, "a number"),
    SLOT("milli", SLOT_MILLI, milli, "a score such as 7.5"),
};
#define SLOT_COUNT (sizeof(slots) / sizeof(slots[0]))

struct word {
	struct slice text;
	bool quoted;
};

/* A line on its way into a statement. */
struct line {
	struct slice whole;
	struct word words[WORDS_MAX];
	size_t count, at;
	size_t furthest;      /* word no form got beyond */
	const char *expected; /* there */
	bool literal;         /* it is a form's own word */
	size_t expected_length;
	const char *form; /* that got there */
};

bool
statement_gives(const struct statement *statement, const char *name)
{
	for (size_t i = 0; i < SLOT_COUNT; i++)
		if (strcmp(slots[i].name, name) == 0)
			return statement->given >> i & 1;
	return false;
}

const char *
reader_form(size_t index, const char **says)
{
	if (index >= form_count)
		return NULL;
	*says = forms[index].says;
	return forms[index].form;
}

/* ---------------------------------------------------------------- words */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* false: too many, or a quote without an end. */
static bool
cut_words(struct line *line)
{
	const char *at = line->whole.at;
	const char *end = at + line->whole.length;

	line->count = 0;
	while (at < end) {
		const char *begin = at;
		struct word *word;
		bool quoted = false;

		if (is_blank(*at)) {
			at++;
			continue;
		}
		if (line->count == WORDS_MAX)
			return false;
		quoted = *at == '"';
		if (quoted) {
			at = begin = at + 1;
			while (at < end && *at != '"')
				at++;
			if (at == end)
				return false;
		} else {
			while (at < end && !is_blank(*at))
				at++;
		}
		word = &line->words[line->count++];
		*word = (struct word){{begin, (size_t)(at - begin)}, quoted};
		at += quoted;
	}
	return true;
}

/* ---------------------------------------------------------------- values */

static bool
take_text(struct slice word, char *to, size_t size)
{
	for (size_t i = 0; i < word.length; i++)
		if ((unsigned char)word.at[i] < 0x20 ||
		    (unsigned char)word.at[i] > 0x7e)
			return false;
	return word.length > 0 && text_copy(to, size, word);
}

/* "192.0.2.7", ":PORT", ":FIRST-LAST", "/LENGTH". */
static bool
take_subject(struct slice word, struct statement *statement)
{
	struct endpoint endpoint;

	statement->port = statement->proto = -1;
	if (subject_parse(word, &statement->subject) == 0)
		return true;
	if (endpoint_parse(word, &endpoint) != 0)
		return false;
	statement->subject =
	    (struct subject){.prefix = prefix_of(&endpoint.addr, 128)};
	statement->port = endpoint.port;
	statement->proto = endpoint.proto;
	return true;
}

static bool
take_clock(struct slice word, int64_t *us, bool *minute)
{
	struct slice rest = word;
	const struct slice hour = slice_split(&rest, ':');
	const struct slice min = slice_split(&rest, ':');
	uint64_t h, m, s = 0;

	if (slice_u64(hour, 23, &h) != 0 || slice_u64(min, 59, &m) != 0 ||
	    min.length != 2 || hour.length != 2)
		return false;
	*minute = rest.at == NULL;
	if (rest.at && slice_u64(rest, 59, &s) != 0)
		return false;
	*us = (int64_t)((h * 60 + m) * 60 + s) * TIMES_SECOND_US;
	return true;
}

/* "2026-03-02 08:00[:00]", "2026-03-02" or "08:00[:00]". */
static bool
take_moment(struct line *line, struct moment *moment)
{
	struct slice word = line->words[line->at].text;
	char text[TIMES_RFC3339_SIZE];
	struct text whole;
	int64_t clock_us = 0;

	*moment = (struct moment){.minute = true};
	line->at++;
	if (take_clock(word, &moment->us, &moment->minute)) {
		moment->of_day = true;
		return true;
	}
	text_init(&whole, text, sizeof(text));
	text_slice(&whole, word);
	text_add(&whole, "T00:00:00Z");
	if (word.length != 10 ||
	    times_parse((struct slice){text, whole.length}, &moment->us) != 0)
		return false;
	if (line->at < line->count &&
	    take_clock(line->words[line->at].text, &clock_us, &moment->minute))
		line->at++;
	moment->us += clock_us;
	return true;
}

/* "3 days": two words. */
static bool
take_span(struct line *line, int64_t *us)
{
	static const struct {
		const char *name;
		int64_t us;
	} units[] = {
	    {"s", TIMES_SECOND_US},       {"second", TIMES_SECOND_US},
	    {"seconds", TIMES_SECOND_US}, {"min", TIMES_MINUTE_US},
	    {"minute", TIMES_MINUTE_US},  {"minutes", TIMES_MINUTE_US},
	    {"hour", TIMES_HOUR_US},      {"hours", TIMES_HOUR_US},
	    {"day", TIMES_DAY_US},        {"days", TIMES_DAY_US},
	};
	uint64_t number;

	if (line->at + 1 >= line->count ||
	    slice_u64(line->words[line->at].text, 100000, &number) != 0)
		return false;
	line->at++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (slice_equal(line->words[line->at].text, units[i].name)) {
			line->at++;
			*us = (int64_t)number * units[i].us;
			return number > 0;
		}
	return false;
}

static bool
take_number(struct slice word, int64_t *value)
{
	uint64_t number;

	if (slice_u64(word, 1000000000, &number) != 0)
		return false;
	*value = (int64_t)number;
	return true;
}

static bool
take_milli(struct slice word, int64_t *value)
{
	int64_t micro;

	if (word.length > 9 || slice_micro(word, &micro) != 0 ||
	    micro % 1000 != 0)
		return false;
	*value = micro / 1000;
	return true;
}

/* The value at the line's word, into the statement; moves behind it. */
static bool
take_value(struct line *line, const struct slot *slot,
	   struct statement *statement)
{
	void *at = (char *)statement + slot->offset;
	const struct word *word;

	if (line->at >= line->count)
		return false;
	word = &line->words[line->at];
	if (word->quoted != (slot->type == SLOT_QUOTE) &&
	    slot->type != SLOT_REST)
		return false;
	switch (slot->type) {
	case SLOT_MOMENT:
		return take_moment(line, at);
	case SLOT_SPAN:
		return take_span(line, at);
	case SLOT_REST: {
		const char *begin = word->text.at - word->quoted;
		const char *end = line->whole.at + line->whole.length;

		line->at = line->count;
		return take_text(
		    slice_trim((struct slice){begin, (size_t)(end - begin)}),
		    at, STATEMENT_TEXT_SIZE);
	}
	case SLOT_QUOTE:
		line->at++;
		return take_text(word->text, at, STATEMENT_TEXT_SIZE);
	case SLOT_WORD:
		line->at++;
		return take_text(word->text, at, STATEMENT_WORD_SIZE);
	case SLOT_SUBJECT:
		line->at++;
		return take_subject(word->text, statement);
	case SLOT_PEER:
		line->at++;
		return endpoint_parse(word->text, at) == 0 &&
		       statement->peer.proto >= 0;
	case SLOT_ADDR:
		line->at++;
		return addr_parse(word->text, at) == 0;
	case SLOT_NUMBER:
		line->at++;
		return take_number(word->text, at);
	case SLOT_MILLI:
		line->at++;
		return take_milli(word->text, at);
	}
	return false;
}

/* ----------------------------------------------------------------- forms */

/* The next piece of a form: a word, "<slot>", "[" or "]"; length 0: its end. */
static struct slice
next_piece(const char **form)
{
	struct slice piece;

	while (**form == ' ')
		(*form)++;
	piece.at = *form;
	if (**form == '[' || **form == ']') {
		(*form)++;
	} else {
		while (**form && **form != ' ' && **form != '[' &&
		       **form != ']')
			(*form)++;
	}
	piece.length = (size_t)(*form - piece.at);
	return piece;
}

static void
stop_at(struct line *line, size_t at, const char *expected, size_t length,
	bool literal, const char *form)
{
	if (line->expected && at < line->furthest)
		return;
	if (line->expected && at == line->furthest && !literal)
		return;
	line->furthest = at;
	line->expected = expected;
	line->expected_length = length;
	line->literal = literal;
	line->form = form;
}

static bool
take_piece(struct line *line, struct slice piece, const char *form,
	   struct statement *statement)
{
	const size_t at = line->at;

	if (piece.at[0] != '<') {
		if (at < line->count && !line->words[at].quoted &&
		    line->words[at].text.length == piece.length &&
		    memcmp(line->words[at].text.at, piece.at, piece.length) ==
			0) {
			line->at++;
			return true;
		}
		stop_at(line, at, piece.at, piece.length, true, form);
		return false;
	}
	for (size_t i = 0; i < SLOT_COUNT; i++) {
		if (strlen(slots[i].name) != piece.length - 2 ||
		    memcmp(slots[i].name, piece.at + 1, piece.length - 2) != 0)
			continue;
		if (statement->given >> i & 1)
			return false;
		if (take_value(line, &slots[i], statement)) {
			statement->given |= 1u << i;
			return true;
		}
		stop_at(line, at, slots[i].expected, strlen(slots[i].expected),
			false, form);
	}
	return false;
}

/* One bracket, from behind "[": was it there?  -1: begun and not right. */
static int
take_bracket(struct line *line, const char **form, const char *whole,
	     struct statement *statement)
{
	const char *begin = *form;
	const size_t at = line->at;
	bool has_slot = false, first = true, lost = false;
	struct slice piece;

	while ((piece = next_piece(form)).length > 0 && piece.at[0] != ']') {
		has_slot |= piece.at[0] == '<';
		if (lost)
			continue;
		if (!take_piece(line, piece, whole, statement)) {
			const bool begun = !first;

			if (begun)
				return -1;
			lost = true;
			line->at = at;
		}
		first = false;
	}
	if (lost)
		return 0;
	if (!has_slot) {
		const struct slice words = {begin, (size_t)(*form - 1 - begin)};

		statement->said |= form_said(words);
	}
	return 1;
}

static bool
try_form(struct line *line, const struct form *form,
	 struct statement *statement)
{
	const char *at = form->form;
	const char *brackets;
	struct slice piece;

	line->at = 0;
	*statement =
	    (struct statement){.kind = form->kind, .port = -1, .proto = -1};
	while (*at && *at != '[') {
		piece = next_piece(&at);
		if (piece.length > 0 &&
		    !take_piece(line, piece, form->form, statement))
			return false;
		while (*at == ' ')
			at++;
	}
	brackets = at;
	while (line->at < line->count) {
		int taken = 0;

		at = brackets;
		while (*at && taken == 0) {
			piece = next_piece(&at);
			if (piece.length == 0)
				break;
			if (piece.at[0] == '[')
				taken = take_bracket(line, &at, form->form,
						     statement);
		}
		if (taken <= 0) {
			stop_at(line, line->at, "the end of the line", 19,
				false, form->form);
			return false;
		}
	}
	return true;
}

static void
say_error(struct story *story, uint32_t number, const struct line *line)
{
	struct text text;

	story->error_line = number;
	text_init(&text, story->error, sizeof(story->error));
	text_add(&text, "expected ");
	text_bytes(&text, line->expected, line->expected_length);
	if (line->furthest < line->count) {
		text_add(&text, ", found '");
		text_slice(&text, line->words[line->furthest].text);
		text_char(&text, '\'');
	} else {
		text_add(&text, ", found the end of the line");
	}
	text_add(&text, "; the form is: ");
	text_add(&text, line->form ? line->form : "");
}

static void
say(struct story *story, uint32_t number, const char *what)
{
	story->error_line = number;
	(void)text_copy(story->error, sizeof(story->error), slice_of(what));
}

/* 0, or LZ_E_FORMAT; error is set. */
static int
read_line(struct story *story, uint32_t number, struct slice whole,
	  struct statement *statement)
{
	struct line line = {.whole = whole};
	struct text unknown;

	if (!cut_words(&line)) {
		say(story, number, "too many words, or a quote without end");
		return LZ_E_FORMAT;
	}
	for (size_t i = 0; i < form_count; i++) {
		if (!try_form(&line, &forms[i], statement))
			continue;
		statement->line = number;
		if (take_text(whole, statement->text, STATEMENT_TEXT_SIZE))
			return 0;
		say(story, number, "only plain ASCII is read");
		return LZ_E_FORMAT;
	}
	if (line.furthest == 0) {
		text_init(&unknown, story->error, sizeof(story->error));
		text_add(&unknown, "expected a statement such as AT, FLOW, "
				   "REPORT or EXPECT, found '");
		text_slice(&unknown, line.words[0].text);
		text_char(&unknown, '\'');
		story->error_line = number;
		return LZ_E_FORMAT;
	}
	say_error(story, number, &line);
	return LZ_E_FORMAT;
}

static int
take_statement(struct story *story, const struct statement *statement)
{
	if (statement->kind == SAY_SCENARIO || statement->kind == SAY_RULE) {
		char *to = statement->kind == SAY_RULE ? story->rule
						       : story->title;

		if (to[0] || story->count > 0) {
			say(story, statement->line,
			    "SCENARIO and RULE stand once, at the top");
			return LZ_E_FORMAT;
		}
		(void)text_copy(to, STATEMENT_TEXT_SIZE,
				slice_of(statement->words));
		return 0;
	}
	if (!story->title[0] || !story->rule[0]) {
		say(story, statement->line,
		    "expected SCENARIO and RULE before anything else");
		return LZ_E_FORMAT;
	}
	if (story->count == STORY_STATEMENTS_MAX) {
		say(story, statement->line, "too many statements");
		return LZ_E_FULL;
	}
	story->statements[story->count++] = *statement;
	return 0;
}

static size_t
count_lines(const char *bytes, size_t length)
{
	size_t count = 1;

	for (size_t i = 0; i < length; i++)
		count += bytes[i] == '\n';
	return count < STORY_STATEMENTS_MAX ? count : STORY_STATEMENTS_MAX;
}

int
story_read(struct story *story, const char *bytes, size_t length)
{
	struct slice rest = {bytes, length};
	struct statement statement;
	uint32_t number = 0;
	int error = 0;

	*story = (struct story){.count = 0};
	if (length > STORY_BYTES_MAX) {
		say(story, 0, "the file is too long");
		return LZ_E_FULL;
	}
	story->statements = memory_new(count_lines(bytes, length),
				       sizeof(*story->statements));
	if (!story->statements)
		return LZ_E_MEMORY;
	while (rest.at && !error) {
		const struct slice line = slice_trim(slice_split(&rest, '\n'));

		number++;
		if (line.length == 0 || line.at[0] == '#')
			continue;
		error = read_line(story, number, line, &statement);
		if (!error)
			error = take_statement(story, &statement);
	}
	if (!error && story->count == 0) {
		say(story, number, "expected a story");
		error = LZ_E_FORMAT;
	}
	return error;
}

void
story_free(struct story *story)
{
	memory_free(story->statements);
	story->statements = NULL;
	story->count = 0;
}
