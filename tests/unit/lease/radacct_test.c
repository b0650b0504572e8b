/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of radacct: open and closed ones, what an empty field says, forms of
 * time, and when the source is stopped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lease/radacct.h"
#include "sink.h"

#define HEADER                                                        \
	"radacctid,acctsessionid,AcctUniqueId,username,nasipaddress," \
	"acctstarttime,acctupdatetime,acctstoptime,acctsessiontime,"  \
	"acctterminatecause,framedipaddress,framedipv6address,"       \
	"framedipv6prefix,delegatedipv6prefix,callingstationid,class\n"
/* 2024-06-20 10:00:00 UTC. */
#define TEN_US (INT64_C(1718877600) * TIMES_SECOND_US)

static struct sink sink;
static struct radacct *radacct;
static struct accounting_conf conf = {.holder_count = 2,
				      .holders = {ACCOUNTING_CLASS,
						  ACCOUNTING_USER},
				      .clock_bound_us = 30 * TIMES_SECOND_US,
				      .realm = 3};

static int
begin(void **state)
{
	(void)state;
	radacct = radacct_new(&conf, false, 0);
	return radacct ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	radacct_free(radacct);
	return 0;
}

/* Header and rows in one go, as the database poll brings them. */
static const struct lease_event *
feed(const char *rows)
{
	struct lease_output output = sink_begin(&sink);
	struct lease_chunk chunk = {.origin = 4 << 16,
				    .arrival = {TEN_US + TIMES_DAY_US},
				    .end = true};
	char text[8192];

	chunk.bytes.at = text;
	chunk.bytes.length = (size_t)snprintf(text, sizeof(text), HEADER "%s",
					      rows);
	assert_true(chunk.bytes.length < sizeof(text));
	assert_int_equal(radacct_feed(radacct, &chunk, &output),
			 chunk.bytes.length);
	return sink.events;
}

static void
expect_reason(const char *reason)
{
	assert_int_equal(sink.reason_count, 1);
	assert_string_equal(sink.reasons[0], reason);
}

static void
reads_an_open_row(void **state)
{
	const struct lease_event *event = feed(
	    "1,S1,u1,sub-a,203.0.113.20/32,2024-06-20 10:00:00+00,"
	    "2024-06-20 12:15:00.5+02,,900,,192.0.2.20,2001:db8::5/128,"
	    "2001:db8:1::/64,2001:db8:12::/56,02-00-5E-10-00-0A,0x616263\n");

	(void)state;
	assert_int_equal(sink.reason_count, 0);
	assert_int_equal(sink.event_count, 1);
	assert_int_equal(event->kind, LEASE_ALIVE);
	assert_int_equal(event->marks, LEASE_START_INFERRED);
	assert_string_equal(event->session, "u1");
	assert_string_equal(event->speaker, "203.0.113.20");
	assert_string_equal(event->holder, "class:0x616263");
	assert_int_equal(event->realm, 3);
	assert_int_equal(event->start.us, TEN_US);
	assert_int_equal(event->at.us, TEN_US + 15 * TIMES_MINUTE_US + 500000);
	assert_int_equal(event->subject_count, 4);
	assert_int_equal(event->subjects[0].slot, LEASE_SLOT_ADDRESS);
	assert_int_equal(event->subjects[1].slot, LEASE_SLOT_ADDRESS6);
	assert_int_equal(event->subjects[2].slot, LEASE_SLOT_PREFIX);
	assert_int_equal(event->subjects[3].slot, LEASE_SLOT_DELEGATED);
	assert_int_equal(event->subjects[3].subject.prefix.length, 56);
	assert_int_equal(event->origin, (4 << 16) + sizeof(HEADER) - 1);
	/* Never updated: its start is all there is. */
	event = feed("1,S1,,sub-a,203.0.113.20,2024-06-20 10:00:00+00,NULL,"
		     "NULL,,,192.0.2.20,,,\\N,,\n");
	assert_int_equal(sink.event_count, 1);
	assert_int_equal(event->at.us, TEN_US);
	assert_string_equal(event->session, "S1");
	assert_string_equal(event->holder, "user:sub-a");
	assert_int_equal(event->marks,
			 LEASE_START_INFERRED | LEASE_HOLDER_LESSER);
	/* Empty tells nothing: no address, no event that would clear one. */
	assert_int_equal(event->subject_count, 1);
}

static void
reads_a_closed_row(void **state)
{
	const struct lease_event *event = feed(
	    "1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00+00,"
	    "2024-06-20 11:00:00+00,2024-06-20 11:00:00+00,3600,"
	    "User-Request,192.0.2.20,,,,,\n");

	(void)state;
	assert_int_equal(sink.reason_count, 0);
	assert_int_equal(sink.event_count, 2);
	assert_int_equal(event[0].kind, LEASE_WHOLE);
	assert_int_equal(event[0].marks, LEASE_HOLDER_LESSER);
	assert_int_equal(event[0].start.us, TEN_US);
	assert_int_equal(event[0].end.us, TEN_US + TIMES_HOUR_US);
	assert_int_equal(event[0].at.us, TEN_US + TIMES_HOUR_US);
	assert_false(times_is_set(event[0].sure));
	assert_int_equal(event[0].subject_count, 1);
	/* What was blanked before ends with the session. */
	assert_int_equal(event[1].kind, LEASE_STOP);
	assert_int_equal(event[1].subject_count, 0);
	assert_int_equal(event[1].at.us, TEN_US + TIMES_HOUR_US);
	assert_string_equal(event[1].session, "u1");
	/* Only its end is known. */
	event = feed("1,S1,u1,sub-a,203.0.113.20,,,2024-06-20 11:00:00+00,,"
		     "User-Request,192.0.2.20,,,,,\n");
	assert_int_equal(sink.event_count, 1);
	assert_int_equal(event->kind, LEASE_STOP);
	assert_int_equal(event->subject_count, 1);
	assert_false(times_is_set(event->start));
}

/*
 * What FreeRADIUS 3.2.1 had written and PostgreSQL 15 gave out: an
 * Interim-Update had blanked the prefixes, a Stop without cause all addresses,
 * and the NAS's Accounting-On closed the first.
 */
static void
reads_what_postgresql_gives(void **state)
{
	static const char text[] =
	    "acctsessionid,acctuniqueid,username,nasipaddress,acctstarttime,"
	    "acctupdatetime,acctstoptime,acctsessiontime,callingstationid,"
	    "acctterminatecause,framedipaddress,framedipv6address,"
	    "framedipv6prefix,delegatedipv6prefix,class\n"
	    "S11,493f6a88b92eb6bb260d5c4d42f879ed,m\303\274=3Dller o=27x,"
	    "203.0.113.20,2024-06-20 08:00:00+00,2024-06-20 11:00:00+00,"
	    "2024-06-20 11:00:00+00,10800,02-00-5E-10-00-0A,NAS-Reboot,"
	    "192.0.2.20,,,,\n"
	    "S12,7f7c5a4d86e1e757b7c5149e5ab6a8b2,b,203.0.113.20,"
	    "2024-06-20 08:00:00+00,2024-06-20 09:00:00+00,"
	    "2024-06-20 09:00:00+00,3600,\"\",User-Request,192.0.2.21,,,,\n"
	    "S13,f3f5e6c5b1f3ac92af38f59593400f77,c,203.0.113.20,"
	    "2024-06-20 08:00:00+00,2024-06-20 10:00:00+00,"
	    "2024-06-20 10:00:00+00,7200,\"\",\"\",,,,,\n"
	    "S2,u2,\"sub \"\"b\"\", x\",2001:db8::7,2024-06-20 15:30:00+05:30,"
	    ",,,,,192.0.2.23,2001:db8::5,2001:db8:1::/64,2001:db8:12::/56,"
	    "0x616263\n";
	struct lease_output output = sink_begin(&sink);
	struct lease_chunk chunk = {.bytes = {text, sizeof(text) - 1},
				    .arrival = {TEN_US + TIMES_DAY_US},
				    .end = true};
	const struct lease_event *event = sink.events;

	(void)state;
	assert_int_equal(radacct_feed(radacct, &chunk, &output),
			 sizeof(text) - 1);
	assert_int_equal(sink.reason_count, 0);
	assert_int_equal(sink.event_count, 4);
	assert_int_equal(event[0].kind, LEASE_WHOLE);
	assert_string_equal(event[0].holder, "user:m\303\274=3Dller o=27x");
	assert_true(event[0].marks & LEASE_END_INFERRED);
	assert_int_equal(event[0].sure.us, TEN_US - 2 * TIMES_HOUR_US);
	assert_int_equal(event[1].kind, LEASE_WHOLE);
	assert_false(event[1].marks & LEASE_END_INFERRED);
	assert_int_equal(event[2].kind, LEASE_STOP);
	assert_string_equal(event[2].session, event[1].session);
	assert_int_equal(event[3].kind, LEASE_ALIVE);
	assert_string_equal(event[3].speaker, "2001:db8::7");
	assert_string_equal(event[3].holder, "class:0x616263");
	assert_int_equal(event[3].start.us, TEN_US);
	assert_int_equal(event[3].subject_count, 4);
}

/* FreeRADIUS closed it because the NAS began anew. */
static void
doubts_an_end_nobody_saw(void **state)
{
	static const struct {
		const char *update, *cause;
		int64_t sure_us;
	} rows[] = {
	    {"2024-06-20 10:30:00+00", "", TEN_US + 30 * TIMES_MINUTE_US},
	    {"2024-06-20 10:30:00+00", "NAS-Reboot",
	     TEN_US + 30 * TIMES_MINUTE_US},
	    {"2024-06-20 11:00:00+00", "NAS-Reboot", TEN_US},
	    {"2024-06-20 09:00:00+00", "", TEN_US},
	    {"", "", TEN_US},
	};
	char text[300];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct lease_event *event;

		snprintf(text, sizeof(text),
			 "1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00+00,"
			 "%s,2024-06-20 11:00:00+00,,%s,192.0.2.20,,,,,\n",
			 rows[i].update, rows[i].cause);
		event = feed(text);
		assert_int_equal(sink.event_count, 1);
		assert_int_equal(event->kind, LEASE_WHOLE);
		assert_int_equal(event->marks,
				 LEASE_END_INFERRED | LEASE_HOLDER_LESSER);
		assert_int_equal(event->sure.us, rows[i].sure_us);
		assert_int_equal(event->end.us, TEN_US + TIMES_HOUR_US);
	}
}

static void
refuses_bad_rows_alone(void **state)
{
	static const struct {
		const char *row, *reason;
		size_t events;
	} rows[] = {
	    {",,,sub-a,203.0.113.20,2024-06-20 10:00:00+00,,,,,,,,,,\n",
	     "no_session_id", 0},
	    {"1,S1,u1,sub-a,203.0.113.20,,,,,,192.0.2.20,,,,,\n", "no_time", 0},
	    {"1,S1,u1,sub-a,203.0.113.20,2024-06-20,,,,,,,,,,\n", "time", 0},
	    {"1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00,,,,,,,,,,\n",
	     "time_without_zone", 0},
	    {"1,S1,u1,sub-a,203.0.113.20,2024-06-20 11:00:00+00,,"
	     "2024-06-20 10:00:00+00,,User-Request,,,,,,\n",
	     "time", 0},
	    {"1,S1,u1,sub-a\n", "fields", 0},
	    {"1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00+00,,,,,"
	     "127.0.0.1,,,,,\n",
	     "framed_address", 1},
	    {"1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00+00,,,,,"
	     "192.0.2.0/24,,,,,\n",
	     "framed_address", 1},
	    {"1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00+00,,,,,,"
	     "192.0.2.1,,,,\n",
	     "framed_address", 1},
	    {"1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00+00,,,,,,,"
	     "2001:db8::,,,\n",
	     "framed_prefix", 1},
	    {"1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00+00,,,,,,,,"
	     "2001:db8::/24,,\n",
	     "delegated_prefix", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		feed(rows[i].row);
		assert_int_equal(sink.event_count, rows[i].events);
		expect_reason(rows[i].reason);
		assert_int_equal(sink.offsets[0], sizeof(HEADER) - 1);
		assert_null(radacct_stopped(radacct));
	}
}

static void
reads_times_without_zone_by_the_configured_one(void **state)
{
	const struct lease_event *event;

	(void)state;
	radacct_free(radacct);
	radacct = radacct_new(&conf, true, 7200);
	assert_non_null(radacct);
	event = feed("1,S1,u1,sub-a,203.0.113.20,2024-06-20 12:00:00,"
		     "2024-06-20T12:01:00.25,0000-00-00 00:00:00,,,,,,,,\n");
	assert_int_equal(sink.reason_count, 0);
	assert_int_equal(event->start.us, TEN_US);
	assert_int_equal(event->at.us, TEN_US + TIMES_MINUTE_US + 250000);
}

/* All that follows a change of form is refused, until somebody looked. */
static void
stops_where_the_form_of_times_changes(void **state)
{
	(void)state;
	feed("1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00+00,,,,,,,,,,\n");
	assert_int_equal(sink.event_count, 1);
	radacct_free(radacct);
	radacct = radacct_new(&conf, true, 0);
	feed("1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00+05:30,,,,,,,,,,\n"
	     "2,S2,u2,sub-b,203.0.113.20,2024-06-20 10:00:00,,,,,,,,,,\n"
	     "3,S3,u3,sub-c,203.0.113.20,2024-06-20 10:00:00Z,,,,,,,,,,\n");
	assert_int_equal(sink.event_count, 1);
	assert_int_equal(sink.reason_count, 2);
	assert_string_equal(sink.reasons[0], "time_form");
	assert_string_equal(sink.reasons[1], "stopped");
	assert_string_equal(radacct_stopped(radacct),
			    "times have changed their form");
	radacct_begin(radacct);
	assert_null(radacct_stopped(radacct));
	feed("2,S2,u2,sub-b,203.0.113.20,2024-06-20 10:00:00,,,,,,,,,,\n");
	assert_int_equal(sink.event_count, 1);
}

static void
stops_where_half_the_day_is_gone(void **state)
{
	static const char off[] =
	    "1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00+00,,"
	    "2024-06-20 02:00:01+00,14400,User-Request,,,,,,\n";
	static const char right[] =
	    "1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00+00,,"
	    "2024-06-20 11:00:00+00,3600,User-Request,,,,,,\n";

	(void)state;
	for (int i = 0; i < 2; i++) {
		feed(off);
		expect_reason("session_time");
	}
	feed(right);
	assert_int_equal(sink.reason_count, 0);
	for (int i = 0; i < 3; i++) {
		assert_null(radacct_stopped(radacct));
		feed(off);
		expect_reason("session_time");
	}
	assert_string_equal(radacct_stopped(radacct),
			    "times are twelve hours off");
	feed(right);
	expect_reason("stopped");

	radacct_begin(radacct);
	feed("1,S1,u1,sub-a,203.0.113.20,2024-06-20 02:00:00 PM,,,,,,,,,,\n"
	     "1,S1,u1,sub-a,203.0.113.20,06/20/2024 02:00:00,,,,,,,,,,\n"
	     "1,S1,u1,sub-a,203.0.113.20,20.06.2024 02:00,,,,,,,,,,\n");
	assert_int_equal(sink.reason_count, 3);
	assert_string_equal(radacct_stopped(radacct), "times can't be read");
}

static void
doubts_what_is_still_to_come(void **state)
{
	const struct lease_event *event = feed(
	    "1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00+00,"
	    "2024-06-21 11:00:00+00,,,,,,,,,\n");

	(void)state;
	assert_int_equal(event->marks & LEASE_CLOCK_DOUBTED,
			 LEASE_CLOCK_DOUBTED);
	assert_int_equal(event->error_us, TIMES_HOUR_US);
}

static void
wants_its_columns(void **state)
{
	static const char rows[] = "username,acctsessionid,acctstarttime\n"
				   "sub-a,S1,2024-06-20 10:00:00Z\n";
	struct lease_output output = sink_begin(&sink);
	struct lease_chunk chunk = {.bytes = {rows, sizeof(rows) - 1},
				    .arrival = {TEN_US}};

	(void)state;
	assert_int_equal(radacct_feed(radacct, &chunk, &output),
			 sizeof(rows) - 1);
	assert_int_equal(sink.event_count, 0);
	assert_int_equal(sink.reason_count, 2);
	assert_string_equal(sink.reasons[0], "header");
}

/* A file that is followed: the header comes with the first chunk alone, and a
 * line that isn't whole waits. */
static void
follows_a_file(void **state)
{
	static const char text[] = HEADER
	    "1,S1,u1,sub-a,203.0.113.20,2024-06-20 10:00:00Z,,,,,"
	    "192.0.2.20,,,,,\n"
	    "2,S2,u2,sub-b,203.0.113.20,2024-06-20 10:00:00Z,,,,,"
	    "192.0.2.21,,,,,\n";
	size_t length = sizeof(text) - 1;

	(void)state;
	for (size_t cut = sizeof(HEADER) - 1; cut < length; cut++) {
		struct lease_output output = sink_begin(&sink);
		struct lease_chunk chunk = {.header = {text, length},
					    .bytes = {text, cut},
					    .arrival = {TEN_US}};
		size_t consumed = radacct_feed(radacct, &chunk, &output);

		assert_true(consumed <= cut);
		chunk.offset = consumed;
		chunk.bytes = (struct slice){text + consumed,
					     length - consumed};
		assert_int_equal(radacct_feed(radacct, &chunk, &output),
				 length - consumed);
		assert_int_equal(sink.event_count, 2);
		assert_int_equal(sink.reason_count, 0);
		assert_string_equal(sink.events[1].session, "u2");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(reads_an_open_row, begin, end),
	    cmocka_unit_test_setup_teardown(reads_a_closed_row, begin, end),
	    cmocka_unit_test_setup_teardown(reads_what_postgresql_gives, begin,
					    end),
	    cmocka_unit_test_setup_teardown(doubts_an_end_nobody_saw, begin,
					    end),
	    cmocka_unit_test_setup_teardown(refuses_bad_rows_alone, begin, end),
	    cmocka_unit_test_setup_teardown(
		reads_times_without_zone_by_the_configured_one, begin, end),
	    cmocka_unit_test_setup_teardown(
		stops_where_the_form_of_times_changes, begin, end),
	    cmocka_unit_test_setup_teardown(stops_where_half_the_day_is_gone,
					    begin, end),
	    cmocka_unit_test_setup_teardown(doubts_what_is_still_to_come, begin,
					    end),
	    cmocka_unit_test_setup_teardown(wants_its_columns, begin, end),
	    cmocka_unit_test_setup_teardown(follows_a_file, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
