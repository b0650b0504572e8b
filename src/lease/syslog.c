/* SPDX-License-Identifier: Apache-2.0 */
/* Framing and headers of syslog. */
#include "lease/syslog.h"

#include <string.h>

#define COUNT_DIGITS_MAX 7
#define PRIORITY_MAX 191

/* "NNN ": its digits and the blank; 0: no count; not whole: digits alone. */
static size_t
read_count(const uint8_t *bytes, size_t length, uint64_t *count, bool *whole)
{
	size_t at = 0;

	*count = 0;
	*whole = true;
	if (length == 0 || bytes[0] < '1' || bytes[0] > '9')
		return 0;
	while (at < length && at < COUNT_DIGITS_MAX && bytes[at] >= '0' &&
	       bytes[at] <= '9')
		*count = *count * 10 + (uint64_t)(bytes[at++] - '0');
	if (at == length && at < COUNT_DIGITS_MAX) {
		*whole = false;
		return 0;
	}
	return at < length && bytes[at] == ' ' ? at + 1 : 0;
}

/* A refused message's own bytes. */
static size_t
skip(struct syslog_framer *framer, const uint8_t *bytes, size_t length)
{
	size_t at = 0;

	if (framer->skip_bytes > 0) {
		if (length > framer->skip_bytes)
			length = (size_t)framer->skip_bytes;
		framer->skip_bytes -= length;
		return length;
	}
	while (at < length && bytes[at] != '\n' && bytes[at] != '\0')
		at++;
	framer->skip_line = at == length;
	return at < length ? at + 1 : at;
}

static size_t
cut_line(struct syslog_framer *framer, const uint8_t *bytes, size_t length,
	 bool last, struct slice *message, const char **reason)
{
	size_t at = 0;

	while (at < length && at <= SYSLOG_BYTES_MAX && bytes[at] != '\n' &&
	       bytes[at] != '\0')
		at++;
	if (at > SYSLOG_BYTES_MAX) {
		*reason = "too_long";
		framer->skip_line = true;
		return skip(framer, bytes, length);
	}
	if (at == length && !last)
		return 0;
	*message = slice_trim((struct slice){(const char *)bytes, at});
	if (message->length == 0)
		*message = (struct slice){0};
	return at < length ? at + 1 : at;
}

size_t
syslog_cut(struct syslog_framer *framer, const void *bytes, size_t length,
	   bool last, struct slice *message, const char **reason)
{
	uint64_t count;
	size_t digits;
	bool whole;

	*message = (struct slice){0};
	*reason = NULL;
	if (length == 0)
		return 0;
	if (framer->skip_bytes > 0 || framer->skip_line)
		return skip(framer, bytes, length);
	digits = read_count(bytes, length, &count, &whole);
	if (!whole && !last)
		return 0;
	if (digits == 0)
		return cut_line(framer, bytes, length, last, message, reason);
	if (count > SYSLOG_BYTES_MAX) {
		*reason = "too_long";
		framer->skip_bytes = count;
		return digits;
	}
	if (length - digits < count) {
		if (!last)
			return 0;
		*reason = "count";
		return length;
	}
	*message = (struct slice){(const char *)bytes + digits, (size_t)count};
	return digits + (size_t)count;
}

/* "Jan" to "Dec" at the start of a slice: 1 to 12; 0. */
static uint32_t
month_of(struct slice slice)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (uint32_t i = 0; slice.length >= 3 && i < 12; i++)
		if (memcmp(slice.at, names + 3 * (size_t)i, 3) == 0)
			return i + 1;
	return 0;
}

int
syslog_nearest_year(struct times_date date, int32_t zone_offset_s,
		    int64_t near_us, int64_t *us)
{
	const int64_t offset_us = zone_offset_s * TIMES_SECOND_US;
	int64_t least_us = INT64_MAX;
	int32_t year;

	if (near_us < TIMES_EARLIEST_US || near_us >= TIMES_LATEST_US)
		return LZ_E_RANGE;
	year = times_date_of(near_us + offset_us).year;
	for (int32_t i = -1; i <= 1; i++) {
		int64_t then_us, off_us;

		date.year = year + i;
		if (times_from_date(&date, &then_us) != 0)
			continue;
		then_us -= offset_us;
		off_us = then_us < near_us ? near_us - then_us
					   : then_us - near_us;
		if (off_us >= least_us)
			continue;
		least_us = off_us;
		*us = then_us;
	}
	/* 29 February far from any leap year: no date at all. */
	return least_us <= 184 * TIMES_DAY_US ? 0 : LZ_E_RANGE;
}

/* What stands before the next blank; moves behind it and further blanks. */
static struct slice
word(struct slice *rest)
{
	struct slice taken = slice_split(rest, ' ');

	while (rest->length > 0 && rest->at[0] == ' ') {
		rest->at++;
		rest->length--;
	}
	return taken;
}

/* One or two digits, or exactly `width`; false, nothing moved. */
static bool
digits(struct slice *rest, size_t width, uint32_t *value)
{
	const size_t most = width ? width : 2;
	uint32_t sum = 0;
	size_t at = 0;

	while (at < rest->length && at < most && rest->at[at] >= '0' &&
	       rest->at[at] <= '9')
		sum = sum * 10 + (uint32_t)(rest->at[at++] - '0');
	if (at == 0 || (width && at != width))
		return false;
	rest->at += at;
	rest->length -= at;
	*value = sum;
	return true;
}

static bool
take(struct slice *rest, char c)
{
	if (rest->length == 0 || rest->at[0] != c)
		return false;
	rest->at++;
	rest->length--;
	return true;
}

/* "hh:mm:ss" and perhaps ".ddd"; error_us is what its last digit leaves. */
static bool
clock_of(struct slice *rest, struct times_date *date, int64_t *error_us)
{
	uint32_t scale = 100000, digit;

	*error_us = TIMES_SECOND_US;
	if (!digits(rest, 2, &date->hour) || !take(rest, ':') ||
	    !digits(rest, 2, &date->minute) || !take(rest, ':') ||
	    !digits(rest, 2, &date->second))
		return false;
	if (rest->length < 2 || rest->at[0] != '.' || rest->at[1] < '0' ||
	    rest->at[1] > '9')
		return true;
	rest->at++;
	rest->length--;
	while (digits(rest, 1, &digit)) {
		date->us += digit * scale;
		*error_us = scale > 0 ? scale : 1;
		scale /= 10;
	}
	return true;
}

bool
syslog_stamp(struct slice *rest, int32_t zone_offset_s,
	     struct at_arrival arrival, struct at_event *time,
	     int64_t *error_us)
{
	struct times_date date = {0};
	struct slice at = *rest;
	uint32_t year = 0;
	int64_t us;
	int error;

	if (digits(&at, 4, &year) && !take(&at, ' '))
		return false;
	date.month = month_of(at);
	if (date.month == 0)
		return false;
	at.at += 3;
	at.length -= 3;
	while (take(&at, ' '))
		;
	if (!digits(&at, 0, &date.day) || !take(&at, ' '))
		return false;
	if (year == 0 && at.length > 4 && at.at[4] == ' ' &&
	    digits(&at, 4, &year))
		(void)take(&at, ' ');
	if (!clock_of(&at, &date, error_us))
		return false;
	*time = times_unset();
	if (year == 0 && at.length > 5 && at.at[0] == ' ' && at.at[5] == ' ') {
		struct slice behind = {at.at + 1, at.length - 1};

		if (digits(&behind, 4, &year))
			at = behind;
	}
	date.year = (int32_t)year;
	if (year > 0)
		error = times_from_date(&date, &us);
	else if (arrival.us == TIMES_UNSET_US)
		error = LZ_E_RANGE;
	else
		error = syslog_nearest_year(date, zone_offset_s, arrival.us,
					    &us);
	if (!error && year > 0)
		us -= zone_offset_s * TIMES_SECOND_US;
	if (!error && us >= TIMES_EARLIEST_US && us < TIMES_LATEST_US)
		time->us = us;
	*rest = at;
	return true;
}

/* The same as a header's, and what parts it from the rest. */
static bool
old_time(struct slice *rest, int32_t zone_offset_s, struct at_arrival arrival,
	 struct syslog_message *message)
{
	if (!syslog_stamp(rest, zone_offset_s, arrival, &message->time,
			  &message->error_us))
		return false;
	(void)take(rest, ':');
	while (take(rest, ' '))
		;
	return true;
}

/* An RFC 3339 word, or "-". */
static bool
new_time(struct slice *rest, struct syslog_message *message)
{
	struct slice at = *rest;
	const struct slice stamp = word(&at);
	const char *point;
	int64_t us;

	if (slice_equal(stamp, "-")) {
		*rest = at;
		return true;
	}
	if (stamp.length < 20 || stamp.at[10] != 'T' ||
	    times_parse(stamp, &us) != 0)
		return false;
	message->time.us = us;
	point = memchr(stamp.at, '.', stamp.length);
	message->error_us = point ? TIMES_SECOND_US / 1000 : TIMES_SECOND_US;
	*rest = at;
	return true;
}

static struct slice
said(struct slice slice)
{
	return slice_equal(slice, "-") ? (struct slice){0} : slice;
}

/* "-" or "[...][...]"; a bracket within quotes is none. */
static void
skip_data(struct slice *rest)
{
	if (rest->length > 0 && rest->at[0] == '-') {
		(void)word(rest);
		return;
	}
	while (rest->length > 0 && rest->at[0] == '[') {
		bool quoted = false;
		size_t at = 1;

		for (; at < rest->length; at++) {
			if (quoted && rest->at[at] == '\\')
				at++;
			else if (rest->at[at] == '"')
				quoted = !quoted;
			else if (!quoted && rest->at[at] == ']')
				break;
		}
		/* Never closed: then it was no structured data. */
		if (at >= rest->length)
			return;
		rest->at += at + 1;
		rest->length -= at + 1;
	}
	while (take(rest, ' '))
		;
}

/* HOST APP PROCID MSGID DATA MSG, behind the time. */
static void
new_header(struct slice rest, struct syslog_message *message)
{
	static const char mark[] = "\xef\xbb\xbf";

	message->host = said(word(&rest));
	message->rest = rest;
	message->app = said(word(&rest));
	(void)word(&rest);
	(void)word(&rest);
	skip_data(&rest);
	if (rest.length >= 3 && memcmp(rest.at, mark, 3) == 0) {
		rest.at += 3;
		rest.length -= 3;
	}
	message->text = rest;
}

/* "2026-11-25" in a host's place is a date of the program's own. */
static bool
is_date(struct slice slice)
{
	return slice.length == 10 && slice.at[4] == '-' && slice.at[7] == '-' &&
	       slice.at[0] >= '0' && slice.at[0] <= '9';
}

/* HOST TAG: MSG, behind the time; either may be missing. */
static void
old_header(struct slice rest, struct syslog_message *message)
{
	struct slice behind = rest, host = word(&behind);
	size_t at = 0;

	if (host.length > 0 && behind.length > 0 && !is_date(host) &&
	    host.at[host.length - 1] != ':' && host.at[0] != '[' &&
	    host.at[0] != '{') {
		message->host = host;
		rest = behind;
	}
	message->rest = rest;
	message->text = rest;
	while (at < rest.length && rest.at[at] != ':' && rest.at[at] != '[' &&
	       rest.at[at] != ' ')
		at++;
	if (at == 0 || at == rest.length || rest.at[at] == ' ')
		return;
	message->app = (struct slice){rest.at, at};
	while (at < rest.length && rest.at[at] != ':' && rest.at[at] != ' ')
		at++;
	if (at == rest.length || rest.at[at] != ':')
		return;
	message->text =
	    slice_trim((struct slice){rest.at + at + 1, rest.length - at - 1});
}

static void
read_priority(struct slice *rest, struct syslog_message *message)
{
	struct slice at = *rest;
	uint32_t priority = 0, digit;
	unsigned count = 0;

	if (!take(&at, '<'))
		return;
	for (; count < 3 && digits(&at, 1, &digit); count++)
		priority = priority * 10 + digit;
	if (count == 0 || priority > PRIORITY_MAX || !take(&at, '>'))
		return;
	message->priority = (uint16_t)priority;
	*rest = at;
}

const char *
syslog_parse(struct slice bytes, int32_t zone_offset_s,
	     struct at_arrival arrival, struct syslog_message *message)
{
	struct slice rest = bytes, behind;

	*message = (struct syslog_message){.time = times_unset(),
					   .priority = UINT16_MAX};
	while (rest.length > 0 && (rest.at[rest.length - 1] == '\0' ||
				   rest.at[rest.length - 1] == '\n'))
		rest.length--;
	rest = slice_trim(rest);
	if (rest.length == 0)
		return "empty";
	if (rest.length > SYSLOG_BYTES_MAX)
		return "too_long";
	if (memchr(rest.at, '\0', rest.length))
		return "nul";
	read_priority(&rest, message);
	behind = rest;
	if (take(&behind, '1') && take(&behind, ' ') &&
	    (new_time(&behind, message) ||
	     /* Cisco's CGv6 writes the year first, then as of old. */
	     old_time(&behind, zone_offset_s, arrival, message))) {
		new_header(behind, message);
		return NULL;
	}
	if (old_time(&rest, zone_offset_s, arrival, message) ||
	    (rest.length > 0 && rest.at[0] != '-' &&
	     new_time(&rest, message))) {
		old_header(rest, message);
		return NULL;
	}
	message->rest = rest;
	message->text = rest;
	return NULL;
}
