/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a case is clean, who is left out, and what the report says of it.
 *
 * `effect_report_test make FOLDER SEED COUNT` fills a store for the command
 * itself (tests/scenario/effect_command.py).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "invented_desk.h"
#include "role/effect_report.h"

#define DAY TIMES_DAY_US
#define NOW INT64_C(1725148800000000) /* 2024-09-01 */

static char folder[] = "/tmp/lz-effect-XXXXXX";
static struct conf *conf;

static struct trial_cases *
read_cases(int64_t since_us, int64_t until_us)
{
	const struct trial_window window = {.since = {since_us},
					    .until = {until_us},
					    .now = {NOW}};
	char path[256], message[STORE_MESSAGE_SIZE] = "";
	struct trial_cases *cases;
	struct store *store;

	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", folder);
	assert_int_equal(store_open_reader(path, &sql_desk, &store, message),
			 0);
	assert_int_equal(trial_cases_read(store, conf, &window, &cases), 0);
	store_close(store);
	return cases;
}

static void
empty_folder(void)
{
	static const char *const names[] = {"desk.sqlite", "desk.sqlite-wal",
					    "desk.sqlite-shm"};
	char path[256];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/desk/%s", folder, names[i]);
		(void)unlink(path);
	}
}

/* One case, and what is made of it. */
static struct trial_case
look_at(const struct invented_case *one)
{
	struct invented_desk desk;
	struct trial_cases *cases;
	struct trial_case found;

	empty_folder();
	invented_desk_open(&desk, folder, NOW);
	invented_desk_add(&desk, one);
	invented_desk_close(&desk);
	cases = read_cases(NOW - 190 * DAY, NOW);
	assert_int_equal(cases->count, 1);
	found = cases->list[0];
	trial_cases_free(cases);
	return found;
}

#define TOLD (NOW - 60 * DAY)

static void
is_clean_after_quiet_days(void **state)
{
	const int64_t seen[] = {TOLD - DAY, TOLD + 2 * DAY};
	const struct invented_case one = {.real = true,
					  .told_us = TOLD,
					  .sighting_count = 2,
					  .sightings_us = seen};
	struct trial_case found = look_at(&one);

	(void)state;
	assert_int_equal(found.left_out, TRIAL_TAKEN);
	assert_true(found.clean);
	assert_int_equal(found.clean_at.us, TOLD + 2 * DAY + TIMES_MINUTE_US);
	assert_int_equal(found.freed_at.us, found.clean_at.us);
	assert_false(times_is_set(found.again));
}

static void
never_seen_after_the_notice(void **state)
{
	const int64_t seen[] = {TOLD - DAY};
	const struct invented_case one = {.real = true,
					  .told_us = TOLD,
					  .sighting_count = 1,
					  .sightings_us = seen};
	const struct trial_case found = look_at(&one);

	(void)state;
	assert_true(found.clean);
	assert_int_equal(found.clean_at.us, TOLD);
}

static void
seen_too_lately(void **state)
{
	const int64_t seen[] = {TOLD - DAY, NOW - 13 * DAY};
	struct invented_case one = {.real = true,
				    .told_us = TOLD,
				    .sighting_count = 2,
				    .sightings_us = seen};
	struct trial_case found = look_at(&one);

	(void)state;
	/* A gap of 47 days: it was clean, and came back. */
	assert_true(found.clean);
	assert_int_equal(found.clean_at.us, TOLD);
	assert_int_equal(found.again.us, NOW - 13 * DAY);
	/* Told on the day it came back: nothing can be said yet. */
	one.told_us = NOW - 13 * DAY;
	assert_int_equal(look_at(&one).left_out, TRIAL_NEW);
}

static void
is_watched_up_to_the_same_moment(void **state)
{
	const int64_t often[] = {TOLD,
				 TOLD + 10 * DAY,
				 TOLD + 20 * DAY,
				 TOLD + 30 * DAY,
				 TOLD + 40 * DAY,
				 NOW - 8 * DAY};
	const struct invented_case one = {.real = true,
					  .told_us = TOLD,
					  .sighting_count = 6,
					  .sightings_us = often};
	const struct trial_case found = look_at(&one);

	(void)state;
	assert_false(found.clean);
	/* Whenever it was seen last: until less the quiet days. */
	assert_int_equal(found.watched.us, NOW - 14 * DAY);
}

static void
walled_days_are_no_quiet_days(void **state)
{
	const int64_t seen[] = {TOLD, TOLD + 3 * DAY};
	const int64_t back[] = {TOLD, TOLD + 3 * DAY, TOLD + 22 * DAY,
				NOW - 20 * DAY};
	struct invented_case one = {.real = true,
				    .told_us = TOLD,
				    .measured_us = TOLD + 4 * DAY,
				    .measured_until_us = TOLD + 20 * DAY,
				    .sighting_count = 2,
				    .sightings_us = seen};
	struct trial_case found = look_at(&one);

	(void)state;
	assert_true(found.clean);
	assert_int_equal(found.clean_at.us, TOLD + 3 * DAY + TIMES_MINUTE_US);
	assert_int_equal(found.freed_at.us, TOLD + 20 * DAY);
	/* Seen two days after the garden: 19 days unseen, 3 of them quiet. */
	one.sighting_count = 4;
	one.sightings_us = back;
	found = look_at(&one);
	assert_true(found.clean);
	assert_int_equal(found.clean_at.us, TOLD + 22 * DAY + TIMES_MINUTE_US);
	/* A limited line is seen as any other. */
	one.measure = MEASURE_LIMIT;
	found = look_at(&one);
	assert_int_equal(found.clean_at.us, TOLD + 3 * DAY + TIMES_MINUTE_US);
	assert_int_equal(found.again.us, TOLD + 22 * DAY);
}

static void
leaves_out_and_says_why(void **state)
{
	const int64_t seen[] = {TOLD, TOLD + DAY};
	struct invented_case one = {.real = true,
				    .told_us = TOLD,
				    .sighting_count = 2,
				    .sightings_us = seen};

	(void)state;
	one.fate = INVENTED_DISMISSED;
	assert_int_equal(look_at(&one).left_out, TRIAL_DISMISSED);
	one.fate = INVENTED_MERGED;
	assert_int_equal(look_at(&one).left_out, TRIAL_MERGED);
	one.fate = INVENTED_WITHDRAWN;
	assert_int_equal(look_at(&one).left_out, TRIAL_UNFOUNDED);
	one.fate = INVENTED_RECALLED;
	assert_int_equal(look_at(&one).left_out, TRIAL_UNFOUNDED);
	one.fate = INVENTED_WATCHED;
	one.told_us = 0;
	assert_int_equal(look_at(&one).left_out, TRIAL_UNTOLD);
	one.fate = INVENTED_PLAIN;
	/* The oldest that is whole: retention and quiet days. */
	one.told_us = NOW - 195 * DAY;
	assert_int_equal(look_at(&one).left_out, TRIAL_OUTSIDE);
}

static void
counts_what_was_wrong(void **state)
{
	const int64_t seen[] = {TOLD, TOLD + DAY};
	struct invented_case one = {.real = true,
				    .told_us = TOLD,
				    .measured_us = TOLD + 4 * DAY,
				    .measured_until_us = TOLD + 6 * DAY,
				    .fate = INVENTED_DISMISSED,
				    .sighting_count = 2,
				    .sightings_us = seen};
	const struct costs_conf none = {.currency = ""};
	struct effect_report report;
	struct trial_cases *cases;
	struct invented_desk desk;

	(void)state;
	empty_folder();
	invented_desk_open(&desk, folder, NOW);
	invented_desk_add(&desk, &one);
	one.fate = INVENTED_PLAIN;
	one.verdict = "wrong";
	invented_desk_add(&desk, &one);
	one.verdict = "right";
	invented_desk_add(&desk, &one);
	one.verdict = "unclear";
	invented_desk_add(&desk, &one);
	one.verdict = NULL;
	invented_desk_add(&desk, &one);
	invented_desk_close(&desk);
	cases = read_cases(NOW - 190 * DAY, NOW);
	assert_int_equal(effect_report_make(cases, &none, &report), 0);
	assert_int_equal(report.measured, 5);
	assert_int_equal(report.wrong, 2);
	assert_int_equal(report.judged, 2);
	assert_int_equal(report.judged_wrong, 1);
	assert_int_equal(report.unclear, 1);
	assert_int_equal(report.cases->counts.dismissed, 1);
	effect_report_free(&report);
	trial_cases_free(cases);
}

/* The measure works in this invented world: the report must find it. */
static void
finds_the_effect_that_is_there(void **state)
{
	const struct costs_conf costs = {.currency = "EUR",
					 .mail_milli = 10,
					 .hour_milli = 40000};
	struct effect_report report;
	struct trial_cases *cases;
	struct trial_value treated, shadow;
	struct invented_desk desk;

	(void)state;
	empty_folder();
	invented_desk_open(&desk, folder, NOW);
	invented_desk_fill(&desk, 7, 1500);
	invented_desk_close(&desk);
	cases = read_cases(NOW - 190 * DAY, NOW);
	assert_int_equal(effect_report_make(cases, &costs, &report), 0);
	assert_true(report.figures[EFFECT_TREATED].clean.cases > 200);
	treated = trial_cleaned(&report.figures[EFFECT_TREATED].clean,
				14 * DAY);
	shadow = trial_cleaned(&report.figures[EFFECT_BASELINE].clean,
			       14 * DAY);
	assert_true(treated.value > shadow.high);
	/* By lot, and measured nine days later: slower, and the test sees it. */
	assert_true(report.tests[EFFECT_PAIR_TRIAL].p < 0.01);
	assert_true(fabs(shadow.value - (1 - exp(-0.06 * 14))) < 0.1);
	assert_true(report.figures[EFFECT_TOLD].again.cleaned > 10);
	/* A cent each. */
	assert_int_equal(report.notice_milli,
			 (int64_t)report.cases->counts.notices * 10);
	effect_report_free(&report);
	trial_cases_free(cases);
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
	char path[256];

	(void)state;
	empty_folder();
	snprintf(path, sizeof(path), "%s/desk", folder);
	(void)rmdir(path);
	(void)rmdir(folder);
	conf_free(conf);
	return 0;
}

static int
make(char **argv)
{
	struct invented_desk desk;

	invented_desk_open(&desk, argv[0], time(NULL) * TIMES_SECOND_US);
	invented_desk_fill(&desk, strtoul(argv[1], NULL, 10),
			   (unsigned)strtoul(argv[2], NULL, 10));
	invented_desk_close(&desk);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_clean_after_quiet_days),
	    cmocka_unit_test(never_seen_after_the_notice),
	    cmocka_unit_test(seen_too_lately),
	    cmocka_unit_test(is_watched_up_to_the_same_moment),
	    cmocka_unit_test(walled_days_are_no_quiet_days),
	    cmocka_unit_test(leaves_out_and_says_why),
	    cmocka_unit_test(counts_what_was_wrong),
	    cmocka_unit_test(finds_the_effect_that_is_there),
	};

	if (argc == 5 && strcmp(argv[1], "make") == 0)
		return make(argv + 2);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
