/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syslog: messages out of streams in whatever pieces they come, headers of all
 * ages, and the year that old ones don't say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "lease/syslog.h"

static int64_t
us_of(const char *text)
{
	int64_t us = 0;

	assert_int_equal(times_parse(slice_of(text), &us), 0);
	return us;
}

static struct syslog_message
parse(const char *text, const char *arrival)
{
	const struct at_arrival at = {us_of(arrival)};
	struct syslog_message message;

	assert_null(syslog_parse(slice_of(text), 0, at, &message));
	return message;
}

static void
assert_slice(struct slice slice, const char *expected)
{
	assert_int_equal(slice.length, strlen(expected));
	assert_memory_equal(slice.length ? slice.at : "", expected,
			    slice.length);
}

static void
assert_time(const struct syslog_message *message, const char *expected)
{
	assert_int_equal(message->time.us, us_of(expected));
}

static void
the_new_form(void **state)
{
	static const char arrival[] = "2026-11-25T01:02:04Z";
	struct syslog_message m;

	(void)state;
	m = parse("<134>1 2026-11-25T01:02:03.004+01:00 cgn1 natd 77 ID47 "
		  "[a@32473 k=\"v]\\\"\" b=\"2\"][c] \xef\xbb\xbfsome text",
		  arrival);
	assert_int_equal(m.priority, 134);
	assert_time(&m, "2026-11-25T00:02:03.004Z");
	assert_int_equal(m.error_us, 1000);
	assert_slice(m.host, "cgn1");
	assert_slice(m.app, "natd");
	assert_slice(m.text, "some text");
	m = parse("<0>1 - - - - - - x", arrival);
	assert_int_equal(m.priority, 0);
	assert_false(times_is_set(m.time));
	assert_slice(m.host, "");
	assert_slice(m.app, "");
	assert_slice(m.text, "x");
	/* Cisco's CGv6: the year first, then as of old. */
	m = parse("<134>1 2026 Nov 25 01:02:03 192.0.2.3 - - NAT44 - [x]",
		  arrival);
	assert_time(&m, "2026-11-25T01:02:03Z");
	assert_slice(m.host, "192.0.2.3");
	assert_slice(m.text, "[x]");
	/* Data that never ends is text. */
	m = parse("<1>1 2026-11-25T01:02:03Z h a p m [a b=\"c", arrival);
	assert_slice(m.text, "[a b=\"c");
}

static void
the_old_form(void **state)
{
	static const char arrival[] = "2026-11-25T01:02:04Z";
	struct syslog_message m;

	(void)state;
	m = parse("<14>Nov  5 06:07:08 cgn1 natd[7]: text  here", arrival);
	assert_time(&m, "2026-11-05T06:07:08Z");
	assert_int_equal(m.error_us, TIMES_SECOND_US);
	assert_slice(m.host, "cgn1");
	assert_slice(m.app, "natd");
	assert_slice(m.text, "text  here");
	assert_slice(m.rest, "natd[7]: text  here");
	m = parse("Nov 25 01:02:03.25 natd: x\n", arrival);
	assert_time(&m, "2026-11-25T01:02:03.25Z");
	assert_int_equal(m.error_us, 10000);
	assert_slice(m.host, "");
	assert_slice(m.app, "natd");
	m = parse("<14>Nov 25 2026 01:02:03 h t: x", arrival);
	assert_time(&m, "2026-11-25T01:02:03Z");
	m = parse("<14>Nov 25 01:02:03 2024 h t: x", arrival);
	assert_time(&m, "2024-11-25T01:02:03Z");
	assert_slice(m.host, "h");
	m = parse("<14>2026-11-25T01:02:03+02:00 h t: x", arrival);
	assert_time(&m, "2026-11-24T23:02:03Z");
	assert_slice(m.host, "h");
	/* A date of the program's own is no host. */
	m = parse("<14>Nov 25 01:02:03 2026-11-25 01:02:03: h{s}[x]: y",
		  arrival);
	assert_slice(m.host, "");
	m = parse("<999>Nov 25 01:02:03 h t: x", arrival);
	assert_int_equal(m.priority, UINT16_MAX);
	assert_false(times_is_set(m.time));
	m = parse("no header at all", arrival);
	assert_false(times_is_set(m.time));
	assert_slice(m.text, "no header at all");
	m = parse("<14>Nov 31 01:02:03 h t: x", arrival);
	assert_false(times_is_set(m.time));
	assert_slice(m.host, "h");
}

static void
years_that_are_not_said(void **state)
{
	static const struct {
		const char *stamp, *arrival, *expected; /* NULL: none */
	} cases[] = {
	    {"Dec 31 23:59:59", "2027-01-01T00:00:02Z", "2026-12-31T23:59:59Z"},
	    {"Jan  1 00:00:01", "2026-12-31T23:59:58Z", "2027-01-01T00:00:01Z"},
	    {"Nov 25 01:02:03", "2026-11-25T01:02:04Z", "2026-11-25T01:02:03Z"},
	    {"Feb 29 12:00:00", "2028-02-29T12:00:05Z", "2028-02-29T12:00:00Z"},
	    {"Feb 29 23:59:59", "2028-03-01T00:00:01Z", "2028-02-29T23:59:59Z"},
	    {"Feb 29 12:00:00", "2026-03-01T12:00:00Z", NULL},
	    {"Feb 29 12:00:00", "2027-12-01T12:00:00Z", "2028-02-29T12:00:00Z"},
	    {"Jul  1 00:00:00", "2026-12-20T00:00:00Z", "2026-07-01T00:00:00Z"},
	    {"Jun  1 00:00:00", "2026-12-20T00:00:00Z", "2027-06-01T00:00:00Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[64];
		struct syslog_message m;

		snprintf(line, sizeof(line), "<1>%s h t: x", cases[i].stamp);
		m = parse(line, cases[i].arrival);
		if (cases[i].expected)
			assert_time(&m, cases[i].expected);
		else
			assert_false(times_is_set(m.time));
	}
}

static void
local_time_has_its_own_new_year(void **state)
{
	const struct at_arrival arrival = {us_of("2026-12-31T23:30:01Z")};
	struct syslog_message m;

	(void)state;
	assert_null(syslog_parse(slice_of("Jan  1 00:30:00 h t: x"), 3600,
				 arrival, &m));
	assert_time(&m, "2026-12-31T23:30:00Z");
	/* Without an arrival nobody knows the year. */
	assert_null(syslog_parse(slice_of("Jan  1 00:30:00 h t: x"), 3600,
				 (struct at_arrival){TIMES_UNSET_US}, &m));
	assert_false(times_is_set(m.time));
}

/* Every second of two years, as it is written, comes back. */
static void
a_stamp_that_comes_at_once_is_right(void **state)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct rng rng;

	(void)state;
	rng_init(&rng, 5);
	for (unsigned i = 0; i < 20000; i++) {
		const int64_t us = us_of("2027-06-01T00:00:00Z") +
				   (int64_t)rng_below(&rng, 730 * 86400) *
				       TIMES_SECOND_US;
		const int32_t zone_s = ((int32_t)rng_below(&rng, 57) - 28) *
				       1800;
		const struct times_date date =
		    times_date_of(us + zone_s * TIMES_SECOND_US);
		struct syslog_message m;
		char line[80];

		snprintf(line, sizeof(line),
			 "<1>%.3s %2u %02u:%02u:%02u h t: x",
			 months + 3 * (size_t)(date.month - 1), date.day,
			 date.hour, date.minute, date.second);
		assert_null(syslog_parse(
		    slice_of(line), zone_s,
		    (struct at_arrival){us + (int64_t)rng_below(&rng, 600) *
						 TIMES_SECOND_US},
		    &m));
		assert_int_equal(m.time.us, us);
	}
}

static void
what_is_refused(void **state)
{
	const struct at_arrival arrival = {0};
	struct syslog_message m;
	char *large = malloc(SYSLOG_BYTES_MAX + 1);

	(void)state;
	assert_string_equal(syslog_parse((struct slice){"a\0b", 3}, 0, arrival,
					 &m),
			    "nul");
	assert_string_equal(syslog_parse((struct slice){"\0\n\0", 3}, 0,
					 arrival, &m),
			    "empty");
	assert_string_equal(syslog_parse((struct slice){NULL, 0}, 0, arrival,
					 &m),
			    "empty");
	assert_null(syslog_parse((struct slice){"ab\0\n", 4}, 0, arrival, &m));
	assert_slice(m.text, "ab");
	assert_non_null(large);
	memset(large, 'a', SYSLOG_BYTES_MAX + 1);
	assert_string_equal(syslog_parse((struct slice){large,
							SYSLOG_BYTES_MAX + 1},
					 0, arrival, &m),
			    "too_long");
	free(large);
}

#define CUT_MAX 16

struct cut {
	size_t count, refused;
	char messages[CUT_MAX][64];
};

/* A stream that comes in pieces of `piece` bytes. */
static void
cut(const char *bytes, size_t length, size_t piece, struct cut *cut)
{
	struct syslog_framer framer = {0};
	size_t at = 0, have = 0;

	memset(cut, 0, sizeof(*cut));
	while (at < length || have > 0) {
		const bool last = at + have == length;
		struct slice message;
		const char *reason;
		const size_t taken = syslog_cut(&framer, bytes + at, have, last,
						&message, &reason);

		assert_true(taken <= have);
		cut->refused += reason != NULL;
		if (message.length > 0) {
			assert_true(cut->count < CUT_MAX);
			snprintf(cut->messages[cut->count++], 64, "%.*s",
				 (int)message.length, message.at);
		}
		at += taken;
		have -= taken;
		if (at == length)
			break;
		if (taken > 0 && have > 0)
			continue;
		assert_true(!last || taken > 0 || have == 0);
		have += piece < length - at - have ? piece : length - at - have;
	}
}

static void
streams_in_any_pieces(void **state)
{
	static const char stream[] = "<1>one\n6 <2>two<3>three\n\n\r\n"
				     "11 <4>fo\nur \0x<5>five\0<6>six";
	static const char *const expected[] = {"<1>one",   "<2>two",
					       "<3>three", "<4>fo\nur ",
					       "<5>five",  "<6>six"};

	(void)state;
	for (size_t piece = 1; piece < sizeof(stream); piece++) {
		struct cut it;

		cut(stream, sizeof(stream) - 1, piece, &it);
		assert_int_equal(it.count, 6);
		assert_int_equal(it.refused, 0);
		for (size_t i = 0; i < 6; i++)
			assert_string_equal(it.messages[i], expected[i]);
	}
}

static void
a_long_one_is_skipped_whole(void **state)
{
	const size_t length = 3 * SYSLOG_BYTES_MAX;
	char *bytes = malloc(length + 64);
	size_t at;
	struct cut it;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'a', length);
	at = length;
	at += (size_t)snprintf(bytes + at, 64, "\n<1>next\n");
	cut(bytes, at, 1000, &it);
	assert_int_equal(it.refused, 1);
	assert_int_equal(it.count, 1);
	assert_string_equal(it.messages[0], "<1>next");

	at = (size_t)snprintf(bytes, 64, "20000 ");
	memset(bytes + at, 'b', 20000);
	at += 20000;
	at += (size_t)snprintf(bytes + at, 64, "8 <1>again");
	cut(bytes, at, 700, &it);
	assert_int_equal(it.refused, 1);
	assert_int_equal(it.count, 1);
	assert_string_equal(it.messages[0], "<1>again");
	free(bytes);
}

static void
a_count_that_lies(void **state)
{
	struct cut it;

	(void)state;
	cut("50 <1>short", 11, 4, &it);
	assert_int_equal(it.count, 0);
	assert_int_equal(it.refused, 1);
	/* No number a message can have: a line that begins with digits. */
	cut("123456789 x\n<1>y\n", 17, 4, &it);
	assert_int_equal(it.count, 2);
	assert_string_equal(it.messages[0], "123456789 x");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_new_form),
	    cmocka_unit_test(the_old_form),
	    cmocka_unit_test(years_that_are_not_said),
	    cmocka_unit_test(local_time_has_its_own_new_year),
	    cmocka_unit_test(a_stamp_that_comes_at_once_is_right),
	    cmocka_unit_test(what_is_refused),
	    cmocka_unit_test(streams_in_any_pieces),
	    cmocka_unit_test(a_long_one_is_skipped_whole),
	    cmocka_unit_test(a_count_that_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
