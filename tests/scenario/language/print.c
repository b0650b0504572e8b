/* SPDX-License-Identifier: Apache-2.0 */
/* Words for what happened. */
#include "print.h"

#include <string.h>

#include "reader.h"

static void
put_time(struct text *text, struct at_event when)
{
	char whole[TIMES_RFC3339_SIZE];
	struct text time;

	text_init(&time, whole, sizeof(whole));
	times_format(&time, when.us);
	whole[10] = ' ';
	text_bytes(text, whole, 19);
}

static const char *
verb(const struct happening *happening)
{
	switch (happening->kind) {
	case SAY_EXPECT_NOTICE:
		return "notice";
	case SAY_EXPECT_MEASURE:
		return "measure begins:";
	case SAY_EXPECT_RENEWAL:
		return "measure renewed:";
	case SAY_EXPECT_RELEASE:
		return "measure ends:";
	case SAY_EXPECT_HOLD:
		return "held for a person";
	case SAY_EXPECT_PERSON:
		return "a person is asked";
	case SAY_EXPECT_REFUSED:
		return "refused";
	case SAY_EXPECT_CORRECTION:
		return "correction";
	default:
		return "the case is now";
	}
}

void
print_happening(const struct happening *happening, char *line, size_t size)
{
	struct text text;

	text_init(&text, line, size);
	put_time(&text, happening->at);
	text_char(&text, ' ');
	text_add(&text, happening->party);
	text_add(&text, ": ");
	text_add(&text, verb(happening));
	if (happening->kind == SAY_EXPECT_NOTICE) {
		text_char(&text, ' ');
		text_u64(&text, happening->step);
		text_add(&text, " by ");
		text_add(&text, case_channel_name(
				    (enum case_channel)happening->channel));
	}
	if (happening->word[0] && happening->kind != SAY_EXPECT_HOLD) {
		text_char(&text, ' ');
		text_add(&text, happening->word);
	}
	if (happening->target[0]) {
		text_add(&text, " on ");
		text_add(&text, happening->target);
	}
	if (happening->kind == SAY_EXPECT_MEASURE) {
		text_add(&text, " until ");
		put_time(&text, happening->expires);
	}
	if (happening->shadow)
		text_add(&text, " (in shadow)");
	if (happening->text[0]) {
		text_add(&text, ": ");
		text_add(&text, happening->text);
	}
}

void
print_story(FILE *out, const struct world *world)
{
	const struct story *story = world->story;
	char line[PRINT_LINE_SIZE];
	size_t at = 0;

	for (size_t i = 0; i <= world->statement && i < story->count; i++) {
		fprintf(out, "  %4u  %s\n", story->statements[i].line,
			story->statements[i].text);
		while (at < world->happening_count &&
		       world->happenings[at].statement <= i) {
			print_happening(&world->happenings[at++], line,
					sizeof(line));
			fprintf(out, "          -> %s\n", line);
		}
	}
}

static const char head[] =
    "<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
    "<!-- Printed by `build/tests/scenarios --page`; a test fails where it is "
    "out of date. -->\n"
    "# Scenarios\n\n"
    "What Lazaret does to a customer, as stories that anybody can read and a "
    "program checks. Each\n"
    "file below `tests/scenarios` is one story: it names what it proves and "
    "which rule it stands\n"
    "for, says what happens, and what has to come of it. They run over the "
    "real detectors and the\n"
    "real life cycle, on a simulated clock: two months pass in a moment.\n\n"
    "    make scenarios                      all of them\n"
    "    make scenarios DIR=tests/scenarios/13-objection\n"
    "    build/tests/scenarios --story FILE  tells what happened, line by "
    "line\n\n"
    "## How to read and write one\n\n"
    "One statement a line; words in capitals are the language's. Lines that "
    "begin with `#` are\n"
    "remarks. Times are UTC. Unless a story says otherwise the network is "
    "192.0.2.0/24 and lets no\n"
    "foreign source address in, notices arrive at once, each party is reached "
    "by one channel, the\n"
    "sensor has watched for ten minutes, and nothing is live.\n\n"
    "**EXPECT is strict.** Lines of EXPECT that stand together form a block: "
    "each takes something\n"
    "that happened since the block before, and whatever is left over fails "
    "the story: a notice, a\n"
    "measure, its end, a case that is held, a person who is asked, a "
    "refusal, a correction. So\n"
    "`EXPECT NOTHING` can fail, and so can a story that forgets something. "
    "Renewals of a measure\n"
    "alone need not be expected. `WITHIN` counts from the last statement "
    "that did something. `AT`\n"
    "means that minute, or that second where seconds are given.\n\n"
    "In the middle of a story `POLICY`, `BIND` and the like take effect as in "
    "life: the desk starts\n"
    "again with the new configuration, and all it knew goes through the "
    "bytes it had stored.\n\n"
    "A whole story, which can be put into a file and run:\n\n"
    "    # SPDX-License-Identifier: Apache-2.0\n"
    "    SCENARIO A scan leads to a notice, and three quiet weeks to its end.\n"
    "    RULE Our terms, section 7.\n\n"
    "    LIVE\n"
    "    BIND 192.0.2.7 TO sub-a FROM 2026-01-01\n"
    "    CONTACT sub-a mail sms\n"
    "    AT 2026-03-02 08:00\n"
    "    SCAN 192.0.2.7 OF PORT 23 FOR 5 min\n"
    "    EXPECT NOTHING\n"
    "    TIME PASSES 10 min\n"
    "    EXPECT NOTICE TO sub-a STEP 1\n"
    "    TIME PASSES 21 days\n"
    "    EXPECT STATE OF sub-a IS closed\n\n"
    "A `<time>` is `2026-03-02 08:20`, with seconds `2026-03-02 08:20:15`; a "
    "date alone is its\n"
    "midnight, a clock alone is of the same day. A `<span>` is a number and "
    "one of s, min, hour,\n"
    "hours, day and days, with a blank between: `10 min`. `<words>` stand in "
    "quotes. `<address>` is\n"
    "also a prefix, or ports of an address as 203.0.113.9:1024-1535; "
    "`<party>`, `<actor>` and\n"
    "`<name>` are words of your own. A `REPORT` of sinkhole or feed needs "
    "`FROM` whose it is.\n\n"
    "## The language\n\n";

void
print_page_head(FILE *out)
{
	const char *form, *says;

	fputs(head, out);
	for (size_t i = 0; (form = reader_form(i, &says)) != NULL; i++)
		fprintf(out, "- `%s`\\\n  %s\n", form, says);
	fputs("\n## The stories\n\n", out);
}
