/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Civil dates and RFC 3339.
 *
 * Days are counted in years that begin in March, so that the leap day is the
 * last of its year and the days before a month are (153 * month + 2) / 5.
 */
#include "base/times.h"

#define DAYS_PER_ERA 146097 /* 400 years */
#define ERA_TO_1970 719468  /* 0000-03-01 to 1970-01-01 */
#define YEAR_MAX 290000     /* what int64 microseconds hold, rounded down */

struct at_event
times_unset(void)
{
	return (struct at_event){TIMES_UNSET_US};
}

bool
times_is_set(struct at_event time)
{
	return time.us != TIMES_UNSET_US;
}

static int64_t
floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

struct times_date
times_date_of(int64_t us)
{
	int64_t day = floor_div(us, TIMES_DAY_US);
	uint64_t in_day = (uint64_t)us - (uint64_t)day * TIMES_DAY_US;
	int64_t shifted = day + ERA_TO_1970;
	int64_t era = floor_div(shifted, DAYS_PER_ERA);
	uint32_t doe = (uint32_t)(shifted - era * DAYS_PER_ERA);
	uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint32_t march = (5 * doy + 2) / 153;
	struct times_date date;

	date.day = doy - (153 * march + 2) / 5 + 1;
	date.month = march < 10 ? march + 3 : march - 9;
	date.year = (int32_t)(era * 400 + yoe + (date.month <= 2));
	date.weekday = (uint32_t)(day + 4 - floor_div(day + 4, 7) * 7);
	date.hour = (uint32_t)(in_day / TIMES_HOUR_US);
	date.minute = (uint32_t)(in_day / TIMES_MINUTE_US % 60);
	date.second = (uint32_t)(in_day / TIMES_SECOND_US % 60);
	date.us = (uint32_t)(in_day % TIMES_SECOND_US);
	return date;
}

static uint32_t
days_in_month(int32_t year, uint32_t month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30,
				       31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (uint32_t)(month == 2 && leap);
}

int
times_from_date(const struct times_date *date, int64_t *us)
{
	int64_t year = date->year, era, days;
	uint32_t march, yoe, doy;

	if (year < -YEAR_MAX || year > YEAR_MAX || date->month < 1 ||
	    date->month > 12 || date->day < 1 ||
	    date->day > days_in_month(date->year, date->month) ||
	    date->hour > 23 || date->minute > 59 || date->second > 60 ||
	    date->us >= TIMES_SECOND_US)
		return LZ_E_RANGE;
	year -= date->month <= 2;
	march = date->month > 2 ? date->month - 3 : date->month + 9;
	era = floor_div(year, 400);
	yoe = (uint32_t)(year - era * 400);
	doy = (153 * march + 2) / 5 + date->day - 1;
	days = era * DAYS_PER_ERA + yoe * 365 + yoe / 4 - yoe / 100 + doy -
	       ERA_TO_1970;
	*us = days * TIMES_DAY_US + date->hour * TIMES_HOUR_US +
	      date->minute * TIMES_MINUTE_US + date->second * TIMES_SECOND_US +
	      date->us;
	return 0;
}

void
times_format(struct text *text, int64_t us)
{
	struct times_date date = times_date_of(us);

	if (date.year < 0)
		text_char(text, '-');
	text_padded(text, (uint64_t)(date.year < 0 ? -date.year : date.year),
		    4);
	text_char(text, '-');
	text_padded(text, date.month, 2);
	text_char(text, '-');
	text_padded(text, date.day, 2);
	text_char(text, 'T');
	text_padded(text, date.hour, 2);
	text_char(text, ':');
	text_padded(text, date.minute, 2);
	text_char(text, ':');
	text_padded(text, date.second, 2);
	text_char(text, '.');
	text_padded(text, date.us, 6);
	text_char(text, 'Z');
}

/* Takes exactly `width` digits off the front, then `after` (0: nothing). */
static bool
digits(struct slice *rest, size_t width, char after, uint32_t *value)
{
	uint32_t sum = 0;

	if (rest->length < width + (after != 0))
		return false;
	for (size_t i = 0; i < width; i++) {
		char c = rest->at[i];

		if (c < '0' || c > '9')
			return false;
		sum = sum * 10 + (uint32_t)(c - '0');
	}
	if (after && rest->at[width] != after)
		return false;
	rest->at += width + (after != 0);
	rest->length -= width + (after != 0);
	*value = sum;
	return true;
}

/* ".d" to ".ddddddddd" if there is a point; more than six digits are cut. */
static bool
fraction(struct slice *rest, uint32_t *us)
{
	uint32_t sum = 0;
	size_t count = 0;

	*us = 0;
	if (rest->length == 0 || rest->at[0] != '.')
		return true;
	rest->at++;
	rest->length--;
	while (rest->length && rest->at[0] >= '0' && rest->at[0] <= '9') {
		if (count++ < 6)
			sum = sum * 10 + (uint32_t)(rest->at[0] - '0');
		rest->at++;
		rest->length--;
	}
	if (count < 1 || count > 9)
		return false;
	for (; count < 6; count++)
		sum *= 10;
	*us = sum;
	return true;
}

/* 'Z', 'z' or "+hh:mm", and nothing behind it. */
static int
zone(struct slice rest, int64_t *offset_us)
{
	char sign = rest.length ? rest.at[0] : '\0';
	uint32_t hour, minute;

	*offset_us = 0;
	if (rest.length == 1 && (sign == 'Z' || sign == 'z'))
		return 0;
	if (sign != '+' && sign != '-')
		return LZ_E_FORMAT;
	rest.at++;
	rest.length--;
	if (!digits(&rest, 2, ':', &hour) || !digits(&rest, 2, 0, &minute) ||
	    rest.length)
		return LZ_E_FORMAT;
	if (hour > 23 || minute > 59)
		return LZ_E_RANGE;
	*offset_us = hour * TIMES_HOUR_US + minute * TIMES_MINUTE_US;
	if (sign == '-')
		*offset_us = -*offset_us;
	return 0;
}

int
times_parse(struct slice slice, int64_t *us)
{
	struct times_date date = {0};
	uint32_t year;
	int64_t local, offset;
	int error;

	if (!digits(&slice, 4, '-', &year) ||
	    !digits(&slice, 2, '-', &date.month) ||
	    !digits(&slice, 2, 0, &date.day) || slice.length == 0 ||
	    (slice.at[0] != 'T' && slice.at[0] != 't' && slice.at[0] != ' '))
		return LZ_E_FORMAT;
	slice.at++;
	slice.length--;
	if (!digits(&slice, 2, ':', &date.hour) ||
	    !digits(&slice, 2, ':', &date.minute) ||
	    !digits(&slice, 2, 0, &date.second) || !fraction(&slice, &date.us))
		return LZ_E_FORMAT;
	date.year = (int32_t)year;
	error = zone(slice, &offset);
	if (!error)
		error = times_from_date(&date, &local);
	if (error)
		return error;
	if (local - offset < TIMES_EARLIEST_US ||
	    local - offset > TIMES_LATEST_US)
		return LZ_E_RANGE;
	*us = local - offset;
	return 0;
}
