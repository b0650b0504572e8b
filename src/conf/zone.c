/* SPDX-License-Identifier: Apache-2.0 */
/* Zones: the system's files are asked through the C library, day by day. */
#include "conf/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define FOLDER "/usr/share/zoneinfo/"
#define DAY_S 86400

static int64_t
year_begins_s(int32_t year)
{
	const struct times_date date = {.year = year, .month = 1, .day = 1};
	int64_t us = 0;

	if (times_from_date(&date, &us) != 0)
		return 0;
	return us / TIMES_SECOND_US;
}

static int32_t
offset_at(int64_t s)
{
	const time_t time = (time_t)s;
	struct tm local;

	return localtime_r(&time, &local) ? (int32_t)local.tm_gmtoff : 0;
}

/* The first second of the new offset; it isn't `before` at `late`. */
static int64_t
change_between(int64_t early, int64_t late, int32_t before)
{
	while (late - early > 1) {
		const int64_t middle = early + (late - early) / 2;

		if (offset_at(middle) == before)
			early = middle;
		else
			late = middle;
	}
	return late;
}

static void
add_row(struct hours_zone *zone, int64_t s, int32_t offset_s)
{
	zone->rows[zone->count].from_us = s * TIMES_SECOND_US;
	zone->rows[zone->count++].offset_s = offset_s;
}

static void
fill(struct hours_zone *zone)
{
	const int64_t end = year_begins_s(ZONE_YEAR_LAST + 1);
	int64_t s = year_begins_s(ZONE_YEAR_FIRST);
	int32_t offset = offset_at(s);

	add_row(zone, s, offset);
	for (; s < end && zone->count < HOURS_ZONE_ROWS; s += DAY_S) {
		const int32_t next = offset_at(s + DAY_S);

		if (next == offset)
			continue;
		add_row(zone, change_between(s, s + DAY_S, offset), next);
		offset = next;
	}
}

/* A name, not a path: no climbing out of the folder of zones. */
static bool
is_name(const char *name)
{
	return *name >= 'A' && *name <= 'Z' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "_+-/")] == '\0';
}

/* In the time zone `path` for as long as filling takes. */
static int
fill_from(const char *path, struct hours_zone *zone)
{
	const char *now = getenv("TZ");
	char *kept = now ? strdup(now) : NULL;
	int error = 0;

	if (now && !kept)
		return LZ_E_MEMORY;
	if (setenv("TZ", path, 1) == 0) {
		tzset();
		fill(zone);
	} else {
		error = LZ_E_MEMORY;
	}
	if (kept ? setenv("TZ", kept, 1) : unsetenv("TZ"))
		error = LZ_E_MEMORY;
	tzset();
	free(kept);
	return error;
}

static int
fixed(const char *name, struct hours_zone *zone)
{
	uint64_t hours, minutes;
	int32_t offset_s;

	if (strlen(name) != 6 || name[3] != ':' ||
	    slice_u64((struct slice){name + 1, 2}, 99, &hours) ||
	    slice_u64((struct slice){name + 4, 2}, 99, &minutes) ||
	    minutes > 59 || hours * 60 + minutes > 14 * 60)
		return LZ_E_FORMAT;
	offset_s = (int32_t)(hours * 60 + minutes) * 60;
	add_row(zone, year_begins_s(ZONE_YEAR_FIRST),
		name[0] == '-' ? -offset_s : offset_s);
	return 0;
}

int
zone_read(const char *name, struct hours_zone *zone)
{
	char path[sizeof(FOLDER) + ZONE_NAME_SIZE + 1];
	struct stat status;

	memset(zone, 0, sizeof(*zone));
	if (strcmp(name, "UTC") == 0)
		return 0;
	if (*name == '+' || *name == '-')
		return fixed(name, zone);
	if (!is_name(name) || strlen(name) >= ZONE_NAME_SIZE)
		return LZ_E_FORMAT;
	snprintf(path, sizeof(path), ":%s%s", FOLDER, name);
	if (stat(path + 1, &status) != 0 || !S_ISREG(status.st_mode))
		return LZ_E_NOT_FOUND;
	return fill_from(path, zone);
}
