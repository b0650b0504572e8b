/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stories that must fail, each for its reason: a suite whose EXPECT can't fail
 * proves nothing.  And lines that can't be read, named with what was expected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "language/reader.h"
#include "language/run.h"

#define HEAD "SCENARIO a title\nRULE a rule\nLIVE\n"
#define TOLD                                             \
	HEAD "BIND 192.0.2.7 TO sub-a FROM 2026-01-01\n" \
	     "AT 2026-03-02 08:00\n"                     \
	     "REPORT sinkhole 192.0.2.7 FROM sinkhole-a\n"
#define WALLED                                                            \
	HEAD "BIND 192.0.2.7 TO sub-a FROM 2026-01-01\n"                  \
	     "AT 2026-03-02 08:00\n"                                      \
	     "REPORT sinkhole 192.0.2.7 FROM sinkhole-a TIMES 5 EVERY 1 " \
	     "day\nTIME PASSES 4 days\nEXPECT NOTICE TO sub-a\n"

/* A story, and what is said of it: NULL, it holds. */
struct trial {
	const char *text;
	const char *why;
};

static void
try_story(const struct trial *trial)
{
	struct story story;
	struct world *world;
	bool passed;

	assert_int_equal(story_read(&story, trial->text, strlen(trial->text)),
			 0);
	world = world_new(&story);
	assert_non_null(world);
	passed = run_story(world);
	if (passed != !trial->why ||
	    (trial->why && !strstr(world->why, trial->why)))
		fail_msg("%s--> %s: %s", trial->text,
			 passed ? "passed" : "failed", world->why);
	world_free(world);
	story_free(&story);
}

static const struct trial trials[] = {
    {TOLD "EXPECT NOTICE TO sub-a\n", NULL},
    /* Left over, at the end, before NOTHING, and beside another. */
    {TOLD, "this happened, and nobody expected it"},
    {TOLD "EXPECT NOTHING\n", "this happened, and nobody expected it"},
    {TOLD "EXPECT STATE OF sub-a IS noticed\n", "nobody expected it"},
    {WALLED "EXPECT STATE OF sub-a IS quarantined\n",
     "measure begins: garden on 192.0.2.7"},
    {WALLED, "measure begins"},
    /* Once is not twice. */
    {TOLD "EXPECT NOTICE TO sub-a\nEXPECT NOTICE TO sub-a\n",
     "what happened instead: nothing"},
    {TOLD "EXPECT NOTICE TO sub-a\nTIME PASSES 1 hour\n"
	  "EXPECT NOTICE TO sub-a\n",
     "what happened instead: nothing"},
    /* Another party, step, kind, place, time, or in shadow. */
    {TOLD "EXPECT NOTICE TO sub-b\n", "notice 1 by any"},
    {TOLD "EXPECT NOTICE TO sub-a STEP 2\n", "notice 1 by any"},
    {TOLD "EXPECT NOTICE TO sub-a BY sms\n", "notice 1 by any"},
    {TOLD "EXPECT NOTICE TO sub-a AT 2026-03-02 08:01\n", "08:00:00"},
    {TOLD "EXPECT NOTICE TO sub-a IN SHADOW\n", "notice 1"},
    {TOLD "EXPECT MEASURE garden OF sub-a\n", "notice 1"},
    {WALLED "EXPECT MEASURE limit OF sub-a\n", "garden on"},
    {WALLED "EXPECT MEASURE garden OF sub-a ON 192.0.2.8\n",
     "garden on 192.0.2.7"},
    {WALLED "EXPECT MEASURE garden OF sub-a UNTIL 2026-04-05 08:01\n",
     "until 2026-04-05 08:00:00"},
    {WALLED "REPORT beacon 192.0.2.7\nEXPECT MEASURE garden OF sub-a "
	    "AT 2026-03-06 08:01\n",
     "garden on"},
    {WALLED "EXPECT MEASURE garden OF sub-a WITHIN 1 s\n", "garden on"},
    {WALLED "EXPECT MEASURE garden OF sub-a\nPERSON anna RELEASES "
	    "sub-a\nEXPECT RELEASE garden OF sub-a BECAUSE \"its "
	    "time\"\n",
     "a person ended it"},
    /* Questions. */
    {TOLD "EXPECT NOTICE TO sub-a\nEXPECT STATE OF sub-a IS open\n",
     "it is noticed"},
    {TOLD "EXPECT NOTICE TO sub-a\nEXPECT SCORE OF sub-a IS 5.001\n",
     "it is 5.000"},
    {TOLD "EXPECT NOTICE TO sub-a\nEXPECT CASES OF sub-a ARE 2\n",
     "there are 1"},
    {TOLD "EXPECT NOTICE TO sub-a\nEXPECT NO CASE OF sub-a\n", "it has a case"},
    {TOLD "EXPECT NOTICE TO sub-a\nEXPECT RELAPSE OF sub-a\n",
     "names no earlier one"},
    {TOLD "EXPECT NOTICE TO sub-a\nEXPECT LINE 192.0.2.7 FEELS "
	  "garden\n",
     "it is nothing"},
    {TOLD "EXPECT NOTICE TO sub-a\nEXPECT ARM OF sub-a IS treated\n",
     "it is none"},
    {TOLD "EXPECT NOTICE TO sub-a\nEXPECT FINDING OF sub-a CLASS "
	  "scanner\n",
     "no such finding"},
    {TOLD "EXPECT NOTICE TO sub-a\nEXPECT OBJECTION OF sub-a IS "
	  "OPEN\n",
     "it is DECIDED"},
    /* What can't be done. */
    {TOLD "EXPECT NOTICE TO sub-a\nAT 2026-03-01 08:00\n",
     "the clock can't go back"},
    {HEAD "REPORT beacon 192.0.2.7\n", "expected AT"},
    {HEAD "POLICY policy.graze = 3d\nAT 2026-03-02 08:00\n"
	  "REPORT beacon 192.0.2.7\n",
     "the configuration: "},
    {TOLD "EXPECT NOTICE TO sub-a\nPERSON anna RELEASES sub-b\n",
     "sub-b has no case"},
};

static void
stories_fail_for_their_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		try_story(&trials[i]);
}

static void
lines_are_named(void **state)
{
	static const struct {
		const char *text;
		uint32_t line;
		const char *error;
	} lines[] = {
	    {"AT 2026-03-02 08:00\n", 1, "expected SCENARIO and RULE"},
	    {HEAD "WAIT 3 days\n", 4,
	     "expected a statement such as AT, FLOW, REPORT or EXPECT, found "
	     "'WAIT'"},
	    {HEAD "AT 2026-03-32 08:00\n", 4, "expected a time such as"},
	    {HEAD "TIME PASSES 3 weeks\n", 4, "expected a time span"},
	    {HEAD "TIME PASSES\n", 4, "found the end of the line"},
	    {HEAD "BIND 192.0.2.256 TO sub-a FROM 2026-01-01\n", 4,
	     "expected an address such as"},
	    {HEAD "BIND 192.0.2.7 FOR sub-a FROM 2026-01-01\n", 4,
	     "expected TO, found 'FOR'"},
	    {HEAD "BIND 192.0.2.7 TO sub-a FROM 2026-01-01 TILL 2026-02-01\n",
	     4, "found 'TILL'"},
	    {HEAD "EXPECT REFUSED no quotes\n", 4, "expected words in quotes"},
	    {HEAD "EXPECT REFUSED \"no end\n", 4, "a quote without end"},
	    {HEAD "FLOW 192.0.2.7 -> 198.51.100.9:80 5 packets/s FOR 1 min\n",
	     4, "expected an endpoint such as"},
	    {HEAD "SCENARIO again\n", 4, "stand once, at the top"},
	    {HEAD "EXPECT SCORE OF sub-a IS five\n", 4, "expected a score"},
	    {HEAD "LIVE now\n", 4, "found 'now'"},
	    {"SCENARIO a\nRULE b\n", 3, "expected a story"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct story story;

		assert_int_equal(story_read(&story, lines[i].text,
					    strlen(lines[i].text)),
				 LZ_E_FORMAT);
		if (story.error_line != lines[i].line ||
		    !strstr(story.error, lines[i].error))
			fail_msg("%s--> line %u: %s", lines[i].text,
				 story.error_line, story.error);
		story_free(&story);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stories_fail_for_their_reason),
	    cmocka_unit_test(lines_are_named),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
