/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of `policy.hours`.  Hours are written as people write them on a
 * door ("mon-fri 08:00-18:00") and kept as quarters of a week.
 */
#include <stdio.h>
#include <string.h>

#include "conf/schema_rows.h"
#include "conf/zone.h"

#define QUARTERS_A_DAY 96
#define DAYS 7

static const char *const days[DAYS] = {"mon", "tue", "wed", "thu",
				       "fri", "sat", "sun"};

struct span_of_week {
	unsigned first, last; /* days; last < first: over the week's end */
	unsigned from, to;    /* quarters; to <= from: over midnight */
};

static bool
day_read(struct slice slice, unsigned *day)
{
	for (unsigned i = 0; i < DAYS; i++)
		if (slice_equal_folded(slice, days[i])) {
			*day = i;
			return true;
		}
	return false;
}

/* "08:15" as a quarter of the day; 24:00 is 96. */
static bool
clock_read(struct slice slice, unsigned *quarter)
{
	uint64_t hour, minute;

	if (slice.length != 5 || slice.at[2] != ':' ||
	    slice_u64((struct slice){slice.at, 2}, 24, &hour) ||
	    slice_u64((struct slice){slice.at + 3, 2}, 59, &minute) ||
	    minute % 15 || (hour == 24 && minute))
		return false;
	*quarter = (unsigned)(hour * 4 + minute / 15);
	return true;
}

/* "mon-fri 08:00-18:00", "sat 09:00-12:00", "21:00-07:00" (of every day). */
static bool
span_read(struct slice text, struct span_of_week *span)
{
	struct slice hours = text, first = slice_split(&hours, ' '), from, to;

	*span = (struct span_of_week){.last = DAYS - 1};
	if (!hours.at) {
		hours = text;
	} else {
		struct slice last = first;

		first = slice_split(&last, '-');
		if (!day_read(first, &span->first) ||
		    !day_read(last.at ? last : first, &span->last))
			return false;
	}
	to = hours;
	from = slice_split(&to, '-');
	return to.at && clock_read(from, &span->from) &&
	       clock_read(to, &span->to) && span->from != span->to &&
	       span->from < QUARTERS_A_DAY && span->to > 0;
}

static bool
get(const struct hours_week *week, unsigned quarter)
{
	return week->quarters[quarter / 8] >> quarter % 8 & 1;
}

/* Answers false where a quarter was set before. */
static bool
set_span(struct hours_week *week, const struct span_of_week *span)
{
	unsigned length =
	    (span->to + QUARTERS_A_DAY - span->from - 1) % QUARTERS_A_DAY + 1;

	for (unsigned day = span->first;; day = (day + 1) % DAYS) {
		for (unsigned i = 0; i < length; i++) {
			unsigned quarter =
			    (day * QUARTERS_A_DAY + span->from + i) %
			    HOURS_QUARTERS;

			if (get(week, quarter))
				return false;
			week->quarters[quarter / 8] |=
			    (uint8_t)(1u << quarter % 8);
		}
		if (day == span->last)
			return true;
	}
}

static bool
is_never(const struct hours_week *week)
{
	static const struct hours_week none;

	return week->set && memcmp(week->quarters, none.quarters,
				   sizeof(none.quarters)) == 0;
}

static void
week_take(struct reading *reading, struct hours_week *week, const char *item,
	  const struct node *node, const char *path)
{
	struct span_of_week span;
	const bool never = strcmp(item, "never") == 0;

	if (is_never(week) || (never && week->set)) {
		conf_errors_add(reading->errors, node->line, node->column,
				"policy.hours.%s: 'never' stands beside other "
				"hours; expected it alone, or without it",
				path);
		return;
	}
	if (never) {
		week->set = true;
		return;
	}
	if (!span_read(slice_of(item), &span)) {
		conf_errors_add(reading->errors, node->line, node->column,
				"policy.hours.%s: '%s'; expected days and "
				"quarter hours such as mon-fri 08:00-18:00, or "
				"21:00-07:00 for every day",
				path, item);
		return;
	}
	week->set = true;
	if (!set_span(week, &span))
		conf_errors_add(reading->errors, node->line, node->column,
				"policy.hours.%s: '%s' overlaps hours that "
				"stand there already; say each hour once",
				path, item);
}

/* Is [from, to) of that day a whole run within the day? */
static bool
is_run(const struct hours_week *week, unsigned day, unsigned from, unsigned to)
{
	const unsigned base = day * QUARTERS_A_DAY;

	for (unsigned i = from; i < to; i++)
		if (!get(week, base + i))
			return false;
	return (from == 0 || !get(week, base + from - 1)) &&
	       (to == QUARTERS_A_DAY || !get(week, base + to));
}

static void
clock_print(struct text *text, unsigned quarter)
{
	text_padded(text, quarter / 4, 2);
	text_char(text, ':');
	text_padded(text, quarter % 4 * 15, 2);
}

static void
span_print(char *item, unsigned first, unsigned last, unsigned from,
	   unsigned to)
{
	struct text text;

	text_init(&text, item, SCHEMA_WEEK_SIZE);
	if (first || last != DAYS - 1) {
		text_add(&text, days[first]);
		if (last != first) {
			text_char(&text, '-');
			text_add(&text, days[last]);
		}
		text_char(&text, ' ');
	}
	clock_print(&text, from);
	text_char(&text, '-');
	clock_print(&text, to);
}

/*
 * The index'th run, day by day; days in a row that share a run are said with
 * the first of them.
 */
bool
schema_week_give(const struct hours_week *week, size_t index, char *item)
{
	if (!week->set)
		return false;
	if (is_never(week))
		return index == 0 &&
		       text_copy(item, SCHEMA_WEEK_SIZE, slice_of("never"));
	for (unsigned day = 0; day < DAYS; day++)
		for (unsigned from = 0, to; from < QUARTERS_A_DAY; from = to) {
			unsigned last = day;

			to = from + 1;
			if (!get(week, day * QUARTERS_A_DAY + from))
				continue;
			while (to < QUARTERS_A_DAY &&
			       get(week, day * QUARTERS_A_DAY + to))
				to++;
			if (day && is_run(week, day - 1, from, to))
				continue;
			while (last + 1 < DAYS &&
			       is_run(week, last + 1, from, to))
				last++;
			if (index-- == 0) {
				span_print(item, day, last, from, to);
				return true;
			}
		}
	return false;
}

static void
help_desk_take(struct reading *reading, void *base, const void *item,
	       const struct node *node)
{
	week_take(reading, &((struct conf *)base)->policy.help_desk, item, node,
		  "help_desk");
}

static bool
help_desk_give(const void *base, size_t index, void *item)
{
	return schema_week_give(&((const struct conf *)base)->policy.help_desk,
				index, item);
}

static void
quiet_take(struct reading *reading, void *base, const void *item,
	   const struct node *node)
{
	struct hours_week *quiet = &((struct conf *)base)->policy.quiet;

	week_take(reading, quiet, item, node, "quiet");
	if (is_never(quiet)) /* which is what no hours mean here */
		quiet->set = false;
}

static bool
quiet_give(const void *base, size_t index, void *item)
{
	return schema_week_give(&((const struct conf *)base)->policy.quiet,
				index, item);
}

/* Kept rising. */
static void
day_off_take(struct reading *reading, void *base, const void *item,
	     const struct node *node)
{
	struct hours_calendar *calendar =
	    &((struct conf *)base)->policy.calendar;
	uint32_t at = 0;
	int64_t us;
	int32_t day;

	memcpy(&us, item, sizeof(us));
	day = (int32_t)(us / TIMES_DAY_US);
	while (at < calendar->off_count && calendar->off[at] < day)
		at++;
	if (at < calendar->off_count && calendar->off[at] == day) {
		conf_errors_add(reading->errors, node->line, node->column,
				"policy.hours.days_off: the day stands there "
				"twice");
		return;
	}
	if (calendar->off_count == HOURS_DAYS_OFF) {
		conf_errors_add(reading->errors, node->line, node->column,
				"policy.hours.days_off: more than %u days; "
				"take out those that have passed",
				HOURS_DAYS_OFF);
		return;
	}
	memmove(calendar->off + at + 1, calendar->off + at,
		(calendar->off_count - at) * sizeof(calendar->off[0]));
	calendar->off[at] = day;
	calendar->off_count++;
}

static bool
day_off_give(const void *base, size_t index, void *item)
{
	const struct hours_calendar *calendar =
	    &((const struct conf *)base)->policy.calendar;
	int64_t us;

	if (index >= calendar->off_count)
		return false;
	us = calendar->off[index] * TIMES_DAY_US;
	memcpy(item, &us, sizeof(us));
	return true;
}

static const struct schema hours_item = {.kind = KIND_TEXT,
					 .size = SCHEMA_WEEK_SIZE,
					 .expected = "hours such as mon-fri "
						     "08:00-18:00"};
static const struct schema date_item = {.kind = KIND_DATE};
static const struct schema_list help_desk_list = {SCHEMA_WEEK_SIZE, &hours_item,
						  false, help_desk_take,
						  help_desk_give};
static const struct schema_list quiet_list = {SCHEMA_WEEK_SIZE, &hours_item,
					      false, quiet_take, quiet_give};
static const struct schema_list days_off_list = {sizeof(int64_t), &date_item,
						 false, day_off_take,
						 day_off_give};

const struct schema schema_hours_rows[] = {
    TEXT_ROW("zone", hours_zone,
	     "The clock by which these hours are meant; summer time comes "
	     "along with a name.",
	     .standard = "UTC",
	     .expected = "UTC, an offset such as +02:00 or a name such as "
			 "Europe/Prague"),
    {.name = "help_desk",
     .kind = KIND_LIST,
     .list = &help_desk_list,
     .expected = "a list such as [\"mon-fri 08:00-18:00\"]",
     .help = "When somebody can help: mon-fri 08:00-18:00; never. Outside it "
	     "nobody is blocked, nor put where he can't release himself, "
	     "unless he attacks. Empty: always."},
    {.name = "quiet",
     .kind = KIND_LIST,
     .list = &quiet_list,
     .expected = "a list such as [\"21:00-07:00\"]",
     .help = "When nothing goes out that can wait: 21:00-07:00, or with days "
	     "as above. Empty: never."},
    {.name = "days_off",
     .kind = KIND_LIST,
     .list = &days_off_list,
     .expected = "a list of dates such as [2026-12-25]",
     .help = "Days on which the help desk is closed: 2026-12-25."},
    END};

/* Every quarter of the week is quiet: nobody would ever be told. */
static bool
is_all(const struct hours_week *week)
{
	for (unsigned i = 0; i < HOURS_QUARTERS; i++)
		if (!get(week, i))
			return false;
	return true;
}

void
schema_hours_check(struct conf *conf, const struct node *root,
		   struct conf_errors *errors)
{
	const struct node *hours = node_find(node_find(root, "policy"),
					     "hours");
	const struct node *zone = node_find(hours, "zone");
	const int error = zone_read(conf->hours_zone,
				    &conf->policy.calendar.zone);

	if (error)
		conf_errors_add(
		    errors, zone ? zone->line : 0, zone ? zone->column : 0,
		    error == LZ_E_NOT_FOUND
			? "policy.hours.zone: the system knows no zone '%s'; "
			  "expected a name such as Europe/Prague (package "
			  "tzdata), UTC or an offset such as +02:00"
			: "policy.hours.zone: '%s'; expected UTC, an offset "
			  "such as +02:00 or a name such as Europe/Prague",
		    conf->hours_zone);
	if (conf->policy.quiet.set && is_all(&conf->policy.quiet))
		conf_errors_add(errors, node_find(hours, "quiet")->line,
				node_find(hours, "quiet")->column,
				"policy.hours.quiet: every hour of the week is "
				"quiet, so nobody would be told; leave some "
				"out");
}
