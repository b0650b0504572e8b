/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every page of the portal in every state: it is made, no text from outside
 * becomes markup, no word is said that must not be, nothing is left to fill in.
 * With a folder as argument the pages are written there, for a browser and for
 * a parser (pages_check.py).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "unit/web/sample.h"

static char page[PORTAL_BYTES_MAX];

static const char *
render(unsigned n, bool hostile, struct sample *sample)
{
	struct text text;
	int error;

	sample_page(n, hostile, sample);
	text_init(&text, page, sizeof(page));
	error = portal_render(&sample->page, &sample->site, &words_english,
			      &text);
	if (error)
		fail_msg("%s: %s", sample->name, lz_strerror(error));
	return page;
}

static void
test_every_page_is_made(void **state)
{
	struct sample sample;

	(void)state;
	for (unsigned n = 0; n < SAMPLE_PAGES; n++) {
		render(n, false, &sample);
		if (strstr(page, "{{") || strstr(page, "}}") ||
		    strstr(page, "<script") || strstr(page, "style=") ||
		    strstr(page, "http:") || !strstr(page, "</html>\n"))
			fail_msg("%s:\n%s", sample.name, page);
	}
}

static void
test_text_from_outside_is_text(void **state)
{
	struct sample sample;

	(void)state;
	for (unsigned n = 0; n < SAMPLE_PAGES; n++) {
		render(n, true, &sample);
		if (strstr(page, "<script") || strstr(page, "\"'>") ||
		    strstr(page, "<b>&") || strstr(page, "<i>") ||
		    !strstr(page, "&lt;script&gt;"))
			fail_msg("%s:\n%s", sample.name, page);
	}
}

/* Whole words, in any case; what markup says doesn't count. */
static void
test_never_said(void **state)
{
	static const char *const never[] = {"bot",
					    "malware",
					    "c2",
					    "quarantine",
					    "remediation",
					    "abuse",
					    "violation",
					    "user",
					    "suspected",
					    "immediately",
					    "your computer",
					    "we detected",
					    "failure to",
					    "click here",
					    "virus-free",
					    "guaranteed",
					    "you infected",
					    "$",
					    "€"};
	struct sample sample;

	(void)state;
	for (unsigned n = 0; n < SAMPLE_PAGES; n++) {
		char words[PORTAL_BYTES_MAX];
		size_t length = 0;
		bool markup = false;

		render(n, false, &sample);
		for (const char *at = page; *at; at++) {
			const bool inside = markup || *at == '<';

			words[length++] = inside ? ' ' : *at;
			markup = inside && *at != '>';
		}
		words[length] = '\0';
		for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
			const char *at = strcasestr(words, never[i]);
			const size_t size = strlen(never[i]);

			if (at && at > words && strchr(" .,", at[-1]) &&
			    strchr(" .,", at[size]))
				fail_msg("%s says '%s'", sample.name, never[i]);
		}
	}
}

static bool
says(unsigned n, const char *text)
{
	struct sample sample;

	return strstr(render(n, false, &sample), text) != NULL;
}

static unsigned
number_of(const char *name)
{
	struct sample sample;

	for (unsigned n = 0; n < SAMPLE_PAGES; n++) {
		sample_page(n, false, &sample);
		if (strcmp(sample.name, name) == 0)
			return n;
	}
	fail_msg("no page %s", name);
	return 0;
}

static void
test_says_what_is_so(void **state)
{
	(void)state;
	assert_true(
	    says(number_of("why-garden"), "Limited since Mon 23 Nov, 15:05"));
	assert_true(says(number_of("why-garden"), "LZ-K7QM-4R2D-9XTB"));
	assert_true(says(number_of("why-garden"), "2 more times"));
	assert_true(says(number_of("why-bare"), "1 more time."));
	assert_false(says(number_of("why-bare"), "Is this page real?"));
	assert_true(says(number_of("why-bare"), "number on your bill"));
	assert_false(
	    says(number_of("why-filter"), "Your internet is limited."));
	assert_true(says(number_of("why-spent"),
			 "You have reconnected yourself 2 times."));
	/* What a code alone may show: no address, time or release. */
	for (const char *const *never =
		 (const char *const[]){"192.0.2.17", "Nov", "/release", "token",
				       NULL};
	     *never; never++)
		assert_false(says(number_of("guide"), *never));
	assert_true(says(number_of("steps"), "action=\"/release\""));
	assert_false(says(number_of("steps-spent"), "action=\"/release\""));
	assert_false(says(number_of("steps-filter"), "action=\"/release\""));
	/* Steps 1 to 3 were ticked. */
	assert_true(says(number_of("open"), "<span>Update it</span>"));
	assert_false(says(number_of("open"), "Find it and unplug it"));
	assert_true(says(number_of("open"), "We keep watch until Tue 8 Dec"));
}

/* Whoever was attacked stays unnamed on every page. */
static void
test_the_other_side_is_never_named(void **state)
{
	(void)state;
	for (unsigned n = 0; n < SAMPLE_PAGES; n++)
		assert_false(says(n, "198.51.100"));
}

static int
write_all(const char *folder)
{
	struct sample sample;
	char path[512];
	FILE *file;

	for (unsigned n = 0; n <= SAMPLE_PAGES; n++) {
		const bool style = n == SAMPLE_PAGES;
		const char *bytes = style ? portal_style()
					  : render(n, false, &sample);

		snprintf(path, sizeof(path), "%s/%s%s", folder,
			 style ? "portal" : sample.name,
			 style ? ".css" : ".html");
		file = fopen(path, "w");
		if (!file || fputs(bytes, file) < 0 || fclose(file) != 0)
			return 1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_page_is_made),
	    cmocka_unit_test(test_text_from_outside_is_text),
	    cmocka_unit_test(test_never_said),
	    cmocka_unit_test(test_says_what_is_so),
	    cmocka_unit_test(test_the_other_side_is_never_named),
	};

	if (argc > 1)
		return write_all(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
