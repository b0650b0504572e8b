/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of FreeRADIUS 3, as its vp_prints_value writes them. */
#include "lease/detail_value.h"

#include <string.h>

#include "base/times.h"
#include "net/addr.h"
#include "radius/numbers.h"

bool
detail_value_whole(struct slice value)
{
	if (value.length == 0)
		return false;
	if (value.at[0] != '"')
		return !memchr(value.at, ' ', value.length) &&
		       !memchr(value.at, '\t', value.length);
	for (size_t i = 1; i < value.length; i++) {
		if (value.at[i] == '\\')
			i++;
		else if (value.at[i] == '"')
			return i + 1 == value.length;
	}
	return false;
}

static bool
is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* The escape behind a backslash: its byte, and its length; 0: none. */
static size_t
unescape(struct slice rest, uint8_t *byte)
{
	static const char names[] = "nrt\"\\'", bytes[] = "\n\r\t\"\\'";
	const char *found;

	if (rest.length == 0 || rest.at[0] == '\0')
		return 0;
	found = strchr(names, rest.at[0]);
	if (found) {
		*byte = (uint8_t)bytes[found - names];
		return 1;
	}
	if (rest.length < 3 || rest.at[0] > '3' || !is_octal(rest.at[0]) ||
	    !is_octal(rest.at[1]) || !is_octal(rest.at[2]))
		return 0;
	*byte = (uint8_t)((rest.at[0] - '0') << 6 | (rest.at[1] - '0') << 3 |
			  (rest.at[2] - '0'));
	return 3;
}

static int
text(struct slice value, uint8_t octets[DETAIL_OCTETS_MAX])
{
	size_t length = 0, i = 1;

	if (value.length < 2 || value.at[0] != '"')
		return LZ_E_FORMAT;
	value.length--;
	while (i < value.length) {
		uint8_t byte = (uint8_t)value.at[i++];

		if (byte == '\\') {
			size_t taken =
			    unescape((struct slice){value.at + i,
						    value.length - i},
				     &byte);

			if (taken == 0)
				return LZ_E_FORMAT;
			i += taken;
		}
		if (length == DETAIL_OCTETS_MAX)
			return LZ_E_FORMAT;
		octets[length++] = byte;
	}
	return (int)length;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int
hexadecimal(struct slice value, uint8_t octets[DETAIL_OCTETS_MAX])
{
	size_t length = value.length / 2 - 1;

	if (value.length < 2 || value.at[0] != '0' || value.at[1] != 'x')
		return text(value, octets);
	if (value.length % 2 || length > DETAIL_OCTETS_MAX)
		return LZ_E_FORMAT;
	for (size_t i = 0; i < length; i++) {
		int high = nibble(value.at[2 + 2 * i]);
		int low = nibble(value.at[3 + 2 * i]);

		if (high < 0 || low < 0)
			return LZ_E_FORMAT;
		octets[i] = (uint8_t)(high << 4 | low);
	}
	return (int)length;
}

static int
put_number(uint64_t number, uint8_t octets[DETAIL_OCTETS_MAX])
{
	octets[0] = (uint8_t)(number >> 24);
	octets[1] = (uint8_t)(number >> 16);
	octets[2] = (uint8_t)(number >> 8);
	octets[3] = (uint8_t)number;
	return 4;
}

struct name {
	const char *text;
	int32_t number;
};

/* A number, or one of the names. */
static int
named(struct slice value, const struct name *names, size_t count,
      uint8_t octets[DETAIL_OCTETS_MAX])
{
	uint64_t number;

	if (slice_u64(value, UINT32_MAX, &number) == 0)
		return put_number(number, octets);
	for (size_t i = 0; i < count; i++)
		if (slice_equal(value, names[i].text))
			return put_number((uint64_t)names[i].number, octets);
	return LZ_E_FORMAT;
}

static int
status(struct slice value, uint8_t octets[DETAIL_OCTETS_MAX])
{
	static const struct name names[] = {
	    {"Start", RADIUS_STATUS_START},
	    {"Stop", RADIUS_STATUS_STOP},
	    {"Interim-Update", RADIUS_STATUS_INTERIM},
	    {"Alive", RADIUS_STATUS_INTERIM},
	    {"Accounting-On", RADIUS_STATUS_ON},
	    {"Accounting-Off", RADIUS_STATUS_OFF},
	    {"Tunnel-Start", 9},
	    {"Tunnel-Stop", 10},
	    {"Tunnel-Reject", 11},
	    {"Tunnel-Link-Start", 12},
	    {"Tunnel-Link-Stop", 13},
	    {"Tunnel-Link-Reject", 14},
	    {"Failed", RADIUS_STATUS_FAILED},
	};

	return named(value, names, sizeof(names) / sizeof(names[0]), octets);
}

static int
alloc(struct slice value, uint8_t octets[DETAIL_OCTETS_MAX])
{
	static const struct name names[] = {
	    {"Reserved", 0},
	    {"Allocation", RADIUS_PORT_ALLOCATION},
	    {"Deallocation", RADIUS_PORT_RELEASE},
	};

	return named(value, names, sizeof(names) / sizeof(names[0]), octets);
}

/*
 * Abbreviations that mean one offset wherever they are used.  Not CST, BST,
 * IST and their like: several parts of the world share them.
 */
static int
zone(struct slice name, int64_t *offset_us)
{
	static const struct name zones[] = {
	    {"UTC", 0},    {"GMT", 0},    {"WET", 0},    {"WEST", 60},
	    {"CET", 60},   {"CEST", 120}, {"EET", 120},  {"EEST", 180},
	    {"MSK", 180},  {"SAST", 120}, {"EDT", -240}, {"CDT", -300},
	    {"MDT", -360}, {"PDT", -420}, {"JST", 540},  {"KST", 540},
	    {"AEST", 600}, {"AEDT", 660}, {"NZST", 720}, {"NZDT", 780},
	};
	uint64_t hours, minutes = 0;
	struct slice digits;

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (slice_equal(name, zones[i].text)) {
			*offset_us = zones[i].number * TIMES_MINUTE_US;
			return 0;
		}
	/* Zones without letters: "+03", "-0330". */
	if ((name.length != 3 && name.length != 5) ||
	    (name.at[0] != '+' && name.at[0] != '-'))
		return LZ_E_UNSUPPORTED;
	digits = (struct slice){name.at + 1, 2};
	if (slice_u64(digits, 14, &hours) != 0)
		return LZ_E_UNSUPPORTED;
	digits.at += 2;
	if (name.length == 5 && slice_u64(digits, 59, &minutes) != 0)
		return LZ_E_UNSUPPORTED;
	*offset_us = (int64_t)hours * TIMES_HOUR_US +
		     (int64_t)minutes * TIMES_MINUTE_US;
	if (name.at[0] == '-')
		*offset_us = -*offset_us;
	return 0;
}

static int
month_of(struct slice name, uint32_t *month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (name.length != 3)
		return LZ_E_FORMAT;
	for (uint32_t i = 0; i < 12; i++)
		if (memcmp(names + 3 * i, name.at, 3) == 0) {
			*month = i + 1;
			return 0;
		}
	return LZ_E_FORMAT;
}

static int
part(struct slice from, uint64_t max, uint32_t *value)
{
	uint64_t number;
	int error = slice_u64(from, max, &number);

	if (!error)
		*value = (uint32_t)number;
	return error;
}

/* Jun 20 2024 08:00:00 UTC, without its quotes; days below ten: "Jun  5". */
static int
date(struct slice rest, uint8_t octets[DETAIL_OCTETS_MAX])
{
	struct times_date date = {0};
	int64_t local, offset;
	uint32_t year = 0;
	struct slice clock;
	int error;

	error = month_of(slice_split(&rest, ' '), &date.month);
	rest = slice_trim(rest);
	error |= part(slice_split(&rest, ' '), 31, &date.day);
	error |= part(slice_split(&rest, ' '), 9999, &year);
	clock = slice_split(&rest, ' ');
	error |= part(slice_split(&clock, ':'), 23, &date.hour);
	error |= part(slice_split(&clock, ':'), 59, &date.minute);
	error |= part(clock, 60, &date.second);
	date.year = (int32_t)year;
	if (error || times_from_date(&date, &local) != 0)
		return LZ_E_FORMAT;
	error = zone(rest, &offset);
	if (error)
		return error;
	local = (local - offset) / TIMES_SECOND_US;
	if (local < 0 || local > UINT32_MAX)
		return LZ_E_FORMAT;
	return put_number((uint64_t)local, octets);
}

static int
prefix6(struct slice value, uint8_t octets[DETAIL_OCTETS_MAX])
{
	struct slice rest = value;
	struct slice head = slice_split(&rest, '/');
	struct addr addr;
	uint64_t length;

	if (!rest.at || addr_parse(head, &addr) != 0 ||
	    !memchr(head.at, ':', head.length) ||
	    slice_u64(rest, 128, &length) != 0)
		return LZ_E_FORMAT;
	octets[0] = 0;
	octets[1] = (uint8_t)length;
	memcpy(octets + 2, addr.bytes, 16);
	return 18;
}

static int
address(struct slice value, bool six, uint8_t octets[DETAIL_OCTETS_MAX])
{
	struct addr addr;

	if (value.length == 0 || addr_parse(value, &addr) != 0 ||
	    (memchr(value.at, ':', value.length) != NULL) != six)
		return LZ_E_FORMAT;
	memcpy(octets, six ? addr.bytes : addr.bytes + 12, six ? 16 : 4);
	return six ? 16 : 4;
}

int
detail_value(struct slice value, enum detail_form form,
	     uint8_t octets[DETAIL_OCTETS_MAX])
{
	switch (form) {
	case DETAIL_TEXT:
		return text(value, octets);
	case DETAIL_OCTETS:
		return hexadecimal(value, octets);
	case DETAIL_NUMBER:
		return named(value, NULL, 0, octets);
	case DETAIL_STATUS:
		return status(value, octets);
	case DETAIL_DATE:
		if (value.length > 2 && value.at[0] == '"')
			return date((struct slice){value.at + 1,
						   value.length - 2},
				    octets);
		return named(value, NULL, 0, octets);
	case DETAIL_ADDR4:
		return address(value, false, octets);
	case DETAIL_ADDR6:
		return address(value, true, octets);
	case DETAIL_PREFIX6:
		return prefix6(value, octets);
	default:
		return alloc(value, octets);
	}
}
