/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tickets as people write them, and what the report makes of a store: who is
 * drawn, who is doubted, which tickets are ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "invented_desk.h"
#include "role/shadow_report.h"

#define DAY TIMES_DAY_US
#define NOW INT64_C(1725148800000000) /* 2024-09-01 */

/* --------------------------------------------------------------- tickets */

struct taken {
	unsigned count, refused;
	struct ticket tickets[8];
	uint64_t lines[8];
	const char *reasons[8];
};

static int
take(void *context, const struct ticket *ticket)
{
	struct taken *taken = context;

	assert_true(taken->count < 8);
	taken->tickets[taken->count++] = *ticket;
	return 0;
}

static void
refuse(void *context, uint64_t line, const char *reason)
{
	struct taken *taken = context;

	assert_true(taken->refused < 8);
	taken->lines[taken->refused] = line;
	taken->reasons[taken->refused++] = reason;
}

static int
parse(const char *text, struct taken *taken)
{
	*taken = (struct taken){0};
	return tickets_parse(text, strlen(text), take, refuse, taken);
}

static void
reads_what_people_write(void **state)
{
	struct taken taken;

	(void)state;
	assert_int_equal(parse("\xef\xbb\xbfNo, TIME ,account,address\r\n"
			       "1,2024-06-20 12:00:00+02:00, line-1 ,\r\n"
			       "2,2024-06-20,,2001:db8::7\r\n",
			       &taken),
			 0);
	assert_int_equal(taken.count, 2);
	assert_int_equal(taken.refused, 0);
	assert_int_equal(taken.tickets[0].from.us, INT64_C(1718877600000000));
	assert_int_equal(taken.tickets[0].to.us, taken.tickets[0].from.us);
	assert_string_equal(taken.tickets[0].account, "line-1");
	assert_false(taken.tickets[0].has_address);
	/* A date is that whole day. */
	assert_int_equal(taken.tickets[1].from.us, INT64_C(1718841600000000));
	assert_int_equal(taken.tickets[1].to.us - taken.tickets[1].from.us,
			 DAY);
	assert_true(taken.tickets[1].has_address);
	assert_int_equal(parse("time\taddress\n2024-06-20\t192.0.2.7\n",
			       &taken),
			 0);
	assert_int_equal(taken.count, 1);
	assert_int_equal(parse("time;account\n2024-06-20;\"a;b\"\n", &taken),
			 0);
	assert_string_equal(taken.tickets[0].account, "a;b");
	assert_int_equal(parse("time,account", &taken), 0);
	assert_int_equal(taken.count, 0);
}

static void
names_what_it_cant_read(void **state)
{
	static const struct {
		const char *row, *reason;
	} rows[] = {
	    {",192.0.2.7,", "no time"},
	    {"2024-06-20T10:00:00,192.0.2.7,",
	     "time isn't RFC 3339 with a zone, nor a date"},
	    {"2024-02-30,192.0.2.7,",
	     "time isn't RFC 3339 with a zone, nor a date"},
	    {"1970-01-01,192.0.2.7,",
	     "time isn't RFC 3339 with a zone, nor a date"},
	    {"2024-06-20,192.0.2.07,", "address can't be read"},
	    {"2024-06-20,,", "neither address nor account"},
	    {"2024-06-20,,\x1b[2J", "account holds control characters"},
	};
	char text[256];
	struct taken taken;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(text, sizeof(text),
			 "time,address,account\n%s\n2024-06-20,192.0.2.7,\n",
			 rows[i].row);
		assert_int_equal(parse(text, &taken), 0);
		assert_int_equal(taken.refused, 1);
		assert_int_equal(taken.lines[0], 2);
		assert_string_equal(taken.reasons[0], rows[i].reason);
		/* And the next row is read. */
		assert_int_equal(taken.count, 1);
		assert_int_equal(taken.tickets[0].line, 3);
	}
	assert_int_equal(parse("address\n192.0.2.7\n", &taken), LZ_E_FORMAT);
	assert_int_equal(parse("time,note\n", &taken), LZ_E_FORMAT);
	assert_int_equal(parse("", &taken), LZ_E_FORMAT);
	assert_int_equal(taken.lines[0], 1); /* where a header should be */
}

/* ---------------------------------------------------------------- report */

static char folder[] = "/tmp/lz-shadow-XXXXXX";
static struct conf *conf;
static struct shadow_report report;

static struct store *
open_store(void)
{
	char path[256], message[STORE_MESSAGE_SIZE] = "";
	struct store *store;

	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", folder);
	assert_int_equal(store_open_reader(path, &sql_desk, &store, message),
			 0);
	return store;
}

static void
begin(struct invented_desk *desk)
{
	static const char *const names[] = {"desk.sqlite", "desk.sqlite-wal",
					    "desk.sqlite-shm"};
	char path[256];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/desk/%s", folder, names[i]);
		(void)unlink(path);
	}
	invented_desk_open(desk, folder, NOW);
}

static void
make(const struct shadow_asked *asked)
{
	struct store *store = open_store();
	bool at_tickets;

	assert_int_equal(shadow_report_make(store, conf, asked, &report,
					    &at_tickets),
			 0);
	assert_false(at_tickets);
	store_close(store);
}

#define WINDOW                                                             \
	{                                                                  \
		.since = {NOW - 190 * DAY}, .until = {NOW}, .now = { NOW } \
	}

/* Each kind its share, each case the same chance. */
static void
draws_fairly(void **state)
{
	struct invented_desk desk;
	struct shadow_asked asked = {.window = WINDOW,
				     .sample = 40,
				     .goal = 0.001};
	unsigned drawn[1000] = {0}, measured = 0;

	(void)state;
	begin(&desk);
	invented_desk_fill(&desk, 3, 200);
	invented_desk_close(&desk);
	for (asked.seed = 1; asked.seed <= 60; asked.seed++) {
		unsigned here = 0;

		make(&asked);
		assert_int_equal(report.sample_count, 40);
		for (size_t i = 0; i < report.sample_count; i++) {
			assert_int_equal(report.sample[i]->verdict, 0);
			drawn[report.sample[i]->id]++;
			here += shadow_report_is_measured(report.sample[i]);
		}
		if (asked.seed == 1)
			measured = here;
		/* Of the same share, whatever the seed. */
		assert_true(here + 1 >= measured && here <= measured + 1);
		shadow_report_free(&report);
	}
	/* Of some 160, each 15 times in 60 or so; never none, never all. */
	for (uint64_t id = 1; id <= desk.count; id++)
		assert_true(drawn[id] < 40);
}

static void
counts_what_was_judged(void **state)
{
	const int64_t seen[] = {NOW - 60 * DAY, NOW - 59 * DAY};
	struct invented_case one = {.told_us = NOW - 60 * DAY,
				    .sighting_count = 2,
				    .sightings_us = seen,
				    .verdict = "right"};
	const struct shadow_asked asked = {.window = WINDOW,
					   .sample = 20,
					   .seed = 1,
					   .goal = 0.05};
	struct invented_desk desk;

	(void)state;
	begin(&desk);
	for (unsigned i = 0; i < 58; i++)
		invented_desk_add(&desk, &one);
	one.verdict = NULL;
	invented_desk_add(&desk, &one);
	invented_desk_close(&desk);
	make(&asked);
	assert_int_equal(report.notices.judged, 58);
	/* 59 are needed for 5 %. */
	assert_int_equal(report.notices.needed, 59);
	assert_false(report.notices.reached);
	assert_int_equal(report.measures.judged, 0);
	assert_int_equal(report.sample_count, 1);
	shadow_report_free(&report);
	/* Withdrawn after it was judged wrong: it still counts. */
	begin(&desk);
	one.verdict = "wrong";
	one.fate = INVENTED_WITHDRAWN;
	invented_desk_add(&desk, &one);
	invented_desk_close(&desk);
	make(&asked);
	assert_int_equal(report.notices.wrong, 1);
	shadow_report_free(&report);
}

static void
doubts_the_thinnest(void **state)
{
	const int64_t seen[] = {NOW - 60 * DAY, NOW - 59 * DAY};
	struct invented_case one = {.told_us = NOW - 60 * DAY,
				    .sighting_count = 2,
				    .sightings_us = seen};
	const struct shadow_asked asked = {.window = WINDOW,
					   .sample = 20,
					   .seed = 1,
					   .goal = 0.05};
	struct invented_desk desk;
	char words[256];
	struct text text;
	uint64_t thin;

	(void)state;
	begin(&desk);
	for (unsigned i = 0; i < 5; i++)
		invented_desk_add(&desk, &one);
	one.sighting_count = 1;
	thin = invented_desk_add(&desk, &one);
	invented_desk_close(&desk);
	make(&asked);
	assert_true(report.doubt_count >= 1);
	assert_int_equal(report.doubts[0].one->id, thin);
	assert_true(report.doubts[0].reasons & SHADOW_SINGLE);
	for (unsigned i = 0; i < SHADOW_REASONS; i++) {
		text_init(&text, words, sizeof(words));
		shadow_sample_reason(&text, &report.doubts[0], i);
		assert_true(text.length > 10 && !text.full);
		assert_true(shadow_sample_points(i) > 0);
	}
	shadow_report_free(&report);
}

static void
joins_tickets_and_cases(void **state)
{
	const int64_t seen[] = {NOW - 60 * DAY, NOW - 59 * DAY};
	struct invented_case one = {.told_us = NOW - 60 * DAY,
				    .sighting_count = 2,
				    .sightings_us = seen};
	struct shadow_asked asked = {.window = WINDOW,
				     .sample = 20,
				     .seed = 1,
				     .goal = 0.05};
	struct invented_desk desk;
	char path[256];
	FILE *file;

	(void)state;
	begin(&desk);
	invented_desk_add(&desk, &one); /* 10.0.0.1 */
	invented_desk_add(&desk, &one); /* 10.0.0.2, by account */
	invented_desk_add(&desk, &one); /* 10.0.0.3: no ticket */
	one.fate = INVENTED_WATCHED;
	one.told_us = 0;
	invented_desk_add(&desk, &one); /* 10.0.0.4: watched */
	invented_desk_close(&desk);
	snprintf(path, sizeof(path), "%s/tickets.csv", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	/* 60 days before September 1 is July 3. */
	fputs("time,address,account\n"
	      "2024-07-05,10.0.0.1,\n"
	      "2024-07-06,10.0.0.1,\n" /* twice: one case */
	      "2024-07-05,,line-1000002\n"
	      "2024-07-05,10.0.0.4,\n"
	      "2024-08-20,10.0.0.3,\n" /* too late to be the same */
	      "2024-07-05,10.0.0.9,\n"
	      "2023-07-05,10.0.0.1,\n",
	      file);
	assert_int_equal(fclose(file), 0);
	asked.tickets = path;
	make(&asked);
	assert_int_equal(report.tickets.count, 6);
	assert_int_equal(report.tickets.outside, 1);
	assert_int_equal(report.tickets.both, 3);
	assert_int_equal(report.tickets.watched, 1);
	assert_int_equal(report.tickets.never, 2);
	assert_int_equal(report.tickets.ours, 3);
	assert_int_equal(report.tickets.ours_alone, 1);
	shadow_report_free(&report);
	(void)unlink(path);
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) && conf_default(&conf) == 0 ? 0 : -1;
}

static int
tear_down(void **state)
{
	struct invented_desk desk;
	char path[256];

	(void)state;
	begin(&desk);
	invented_desk_close(&desk);
	for (const char *name =
		 "desk.sqlite\0desk.sqlite-wal\0desk.sqlite-shm\0";
	     *name; name += strlen(name) + 1) {
		snprintf(path, sizeof(path), "%s/desk/%s", folder, name);
		(void)unlink(path);
	}
	snprintf(path, sizeof(path), "%s/desk", folder);
	(void)rmdir(path);
	(void)rmdir(folder);
	conf_free(conf);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_people_write),
	    cmocka_unit_test(names_what_it_cant_read),
	    cmocka_unit_test(draws_fairly),
	    cmocka_unit_test(counts_what_was_judged),
	    cmocka_unit_test(doubts_the_thinnest),
	    cmocka_unit_test(joins_tickets_and_cases),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
