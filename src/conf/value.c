/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One scalar of the configuration in and out, by kind.  Strict: what isn't
 * wholly of its kind is refused ("12x" is not 12, "010" is not 8 nor 10,
 * "maybe" is not true).
 */
#include <string.h>

#include "conf/schema.h"
#include "fact/case_fact.h"
#include "fact/rsit.h"

static uint64_t
load(const void *at, size_t size)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;

	switch (size) {
	case 1:
		memcpy(&u8, at, 1);
		return u8;
	case 2:
		memcpy(&u16, at, 2);
		return u16;
	default:
		memcpy(&u32, at, 4);
		return u32;
	}
}

static void
save(void *at, size_t size, uint64_t value)
{
	uint8_t u8 = (uint8_t)value;
	uint16_t u16 = (uint16_t)value;
	uint32_t u32 = (uint32_t)value;

	memcpy(at,
	       size == 1   ? (const void *)&u8
	       : size == 2 ? (const void *)&u16
			   : (const void *)&u32,
	       size);
}

static int
in_range(const struct schema *row, int64_t value)
{
	return value >= row->min && value <= row->max ? 0 : LZ_E_RANGE;
}

/* Digits without a leading zero: 010 is eight to some and ten to others. */
static int
whole(struct slice value, uint64_t *number)
{
	if (value.length > 1 && value.at[0] == '0')
		return LZ_E_FORMAT;
	return slice_u64(value, (uint64_t)1 << 53, number);
}

static int
number_read(const struct schema *row, void *at, struct slice value)
{
	uint64_t number;
	int error = whole(value, &number);

	if (!error)
		error = in_range(row, (int64_t)number);
	if (!error)
		save(at, row->size, number);
	return error;
}

static const struct {
	char letter;
	int64_t us;
} units[] = {
    {'d', TIMES_DAY_US},
    {'h', TIMES_HOUR_US},
    {'m', TIMES_MINUTE_US},
    {'s', TIMES_SECOND_US},
};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))
#define DURATION_MAX_S ((uint64_t)10 * 365 * 86400)

static int
duration_us(struct slice value, int64_t *us)
{
	uint64_t number;
	int error;

	if (value.length < 2)
		return LZ_E_FORMAT;
	for (size_t i = 0; i < UNIT_COUNT; i++) {
		if (value.at[value.length - 1] != units[i].letter)
			continue;
		error = whole((struct slice){value.at, value.length - 1},
			      &number);
		if (error)
			return error;
		if (number > DURATION_MAX_S)
			return LZ_E_RANGE;
		*us = (int64_t)number * units[i].us;
		return 0;
	}
	return LZ_E_FORMAT;
}

static int
duration_read(const struct schema *row, void *at, struct slice value)
{
	int64_t us;
	int error = duration_us(value, &us);

	if (!error)
		error = in_range(row, us);
	if (error)
		return error;
	if (row->kind == KIND_DURATION)
		memcpy(at, &us, sizeof(us));
	else
		save(at, 4, (uint64_t)(us / TIMES_SECOND_US));
	return 0;
}

static void
duration_print(struct text *text, int64_t us)
{
	size_t i = 0;

	while (i + 1 < UNIT_COUNT && (us == 0 || us % units[i].us))
		i++;
	text_i64(text, us / units[i].us);
	text_char(text, units[i].letter);
}

/* A decimal with at most `places` digits after the point, as an integer. */
static int
decimal(struct slice value, unsigned places, int64_t *scaled)
{
	struct slice rest = value;
	struct slice front = slice_split(&rest, '.');
	uint64_t number, fraction = 0;
	int error = whole(front, &number);

	if (error)
		return error;
	if (rest.at && (rest.length == 0 || rest.length > places))
		return LZ_E_FORMAT;
	if (rest.at && slice_u64(rest, UINT64_MAX, &fraction))
		return LZ_E_FORMAT;
	if (number > 1000000000)
		return LZ_E_RANGE;
	for (size_t i = rest.at ? rest.length : places; i < places; i++)
		fraction *= 10;
	for (unsigned i = 0; i < places; i++)
		number *= 10;
	*scaled = (int64_t)(number + fraction);
	return 0;
}

static void
decimal_print(struct text *text, uint64_t scaled, unsigned places)
{
	uint64_t one = 1;

	for (unsigned i = 0; i < places; i++)
		one *= 10;
	text_u64(text, scaled / one);
	if (scaled % one == 0)
		return;
	text_char(text, '.');
	for (scaled %= one; scaled % 10 == 0; scaled /= 10)
		places--;
	text_padded(text, scaled, places);
}

static int
score_read(const struct schema *row, void *at, struct slice value)
{
	int64_t scaled;
	bool share = row->kind == KIND_SHARE;
	int error;

	if (share && (value.length < 2 || value.at[value.length - 1] != '%'))
		return LZ_E_FORMAT;
	value.length -= share;
	error = decimal(value, share ? 4 : 3, &scaled);
	if (!error)
		error = in_range(row, scaled);
	if (!error)
		save(at, 4, (uint64_t)scaled);
	return error;
}

static int
choice_read(const struct schema *row, void *at, struct slice value)
{
	for (const struct schema_name *name = row->names; name->name; name++)
		if (slice_equal(value, name->name)) {
			save(at, row->size, name->value);
			return 0;
		}
	return LZ_E_FORMAT;
}

/* "notice" or "filter.ddos". */
static int
act_read(void *at, struct slice value)
{
	struct conf_act parsed = {ACT_COUNT, RSIT_NONE};
	struct slice class = value;
	struct slice act = slice_split(&class, '.');

	for (uint8_t i = 0; i < ACT_COUNT; i++)
		if (slice_equal(act, case_act_name((enum case_act)i)))
			parsed.act = i;
	if (parsed.act == ACT_COUNT)
		return LZ_E_FORMAT;
	if (class.at) {
		parsed.class = (uint8_t)rsit_class_of(class);
		if (parsed.class == RSIT_NONE)
			return LZ_E_FORMAT;
	}
	memcpy(at, &parsed, sizeof(parsed));
	return 0;
}

static void
act_print(struct text *text, const void *at)
{
	struct conf_act act;

	memcpy(&act, at, sizeof(act));
	text_add(text, case_act_name((enum case_act)act.act));
	if (act.class == RSIT_NONE)
		return;
	text_char(text, '.');
	text_add(text, rsit_class_name((enum rsit_class)act.class));
}

/*
 * What goes into mail headers, pages and the canonical print: no control
 * characters and no line ends, those of Unicode included.  libyaml has seen
 * to it that it is UTF-8.
 */
static bool
is_printable(struct slice value)
{
	static const char *const refused[] = {
	    "\xe2\x80\xa8",                 /* line separator */
	    "\xe2\x80\xa9",                 /* paragraph separator */
	    "\xef\xbb\xbf",                 /* byte order mark */
	    "\xef\xbf\xbe", "\xef\xbf\xbf", /* no characters */
	};

	for (size_t i = 0; i < value.length; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if (c < 0x20 || c == 0x7f)
			return false;
		if (c == 0xc2 && i + 1 < value.length &&
		    (unsigned char)value.at[i + 1] < 0xa0)
			return false;
		for (size_t j = 0; j < sizeof(refused) / sizeof(refused[0]);
		     j++)
			if (value.length - i >= 3 &&
			    memcmp(value.at + i, refused[j], 3) == 0)
				return false;
	}
	return true;
}

static int
text_read(const struct schema *row, void *at, struct slice value)
{
	if (value.length == 0 || !is_printable(value))
		return LZ_E_FORMAT;
	if (value.length >= row->size)
		return LZ_E_RANGE;
	text_copy(at, row->size, value);
	return 0;
}

static int
path_read(const struct reading *reading, const struct schema *row, void *at,
	  struct slice value)
{
	char path[CONF_PATH_SIZE];
	struct text text;

	if (value.length == 0 || memchr(value.at, '\0', value.length))
		return LZ_E_FORMAT;
	text_init(&text, path, sizeof(path));
	if (value.at[0] != '/') {
		text_add(&text, reading->folder);
		text_char(&text, '/');
	}
	text_slice(&text, value);
	if (text.full)
		return LZ_E_RANGE;
	return text_read(row, at, slice_of(path));
}

static int
endpoint_read(void *at, struct slice value)
{
	struct endpoint endpoint;
	struct conf_endpoint parsed;
	int error = endpoint_parse(value, &endpoint);

	if (error)
		return error;
	if (endpoint.port < 0 || endpoint.proto >= 0)
		return LZ_E_FORMAT;
	parsed = (struct conf_endpoint){endpoint.addr, (uint16_t)endpoint.port};
	memcpy(at, &parsed, sizeof(parsed));
	return 0;
}

static void
endpoint_print(struct text *text, const void *at)
{
	struct conf_endpoint stored;
	struct endpoint endpoint = {.proto = -1};

	memcpy(&stored, at, sizeof(stored));
	endpoint.addr = stored.addr;
	endpoint.port = stored.port;
	endpoint_format(text, &endpoint);
}

/* "UTC", or "+hh:mm" east of it (whole minutes, at most 14 h). */
static int
offset_read(const struct schema *row, void *at, struct slice value)
{
	uint64_t hours, minutes;

	if (!slice_equal(value, "UTC")) {
		if (value.length != 6 || value.at[3] != ':' ||
		    (value.at[0] != '+' && value.at[0] != '-') ||
		    slice_u64((struct slice){value.at + 1, 2}, 99, &hours) ||
		    slice_u64((struct slice){value.at + 4, 2}, 99, &minutes))
			return LZ_E_FORMAT;
		if (hours > 14 || minutes > 59)
			return LZ_E_RANGE;
	}
	text_copy(at, row->size, value);
	return 0;
}

/* "2026-12-25" */
static int
date_read(const struct schema *row, void *at, struct slice value)
{
	struct times_date date = {0};
	uint64_t parts[3];
	int64_t us;
	struct slice rest = value;

	if (value.length != 10 || value.at[4] != '-' || value.at[7] != '-')
		return LZ_E_FORMAT;
	for (int i = 0; i < 3; i++)
		if (slice_u64(slice_split(&rest, '-'), 9999, &parts[i]))
			return LZ_E_FORMAT;
	date.year = (int32_t)parts[0];
	date.month = (uint32_t)parts[1];
	date.day = (uint32_t)parts[2];
	if (times_from_date(&date, &us) || us < TIMES_EARLIEST_US ||
	    us >= TIMES_LATEST_US)
		return LZ_E_FORMAT;
	us += row->kind == KIND_LAST_DAY ? TIMES_DAY_US : 0;
	memcpy(at, &us, sizeof(us));
	return 0;
}

static void
date_print(struct text *text, const struct schema *row, const void *at)
{
	struct times_date date;
	int64_t us;

	memcpy(&us, at, sizeof(us));
	date =
	    times_date_of(us - (row->kind == KIND_LAST_DAY ? TIMES_DAY_US : 0));
	text_padded(text, (uint64_t)date.year, 4);
	text_char(text, '-');
	text_padded(text, date.month, 2);
	text_char(text, '-');
	text_padded(text, date.day, 2);
}

int
schema_value_read(const struct reading *reading, const struct schema *row,
		  void *at, struct slice value)
{
	struct addr addr;
	struct prefix prefix;
	int error;

	switch (row->kind) {
	case KIND_TEXT:
		return text_read(row, at, value);
	case KIND_PATH:
		return path_read(reading, row, at, value);
	case KIND_NUMBER:
		return number_read(row, at, value);
	case KIND_DURATION:
	case KIND_SECONDS:
		return duration_read(row, at, value);
	case KIND_SCORE:
	case KIND_SHARE:
		return score_read(row, at, value);
	case KIND_CHOICE:
		return choice_read(row, at, value);
	case KIND_ADDRESS:
		error = addr_parse(value, &addr);
		if (!error)
			memcpy(at, &addr, sizeof(addr));
		return error;
	case KIND_PREFIX:
		error = prefix_parse(value, &prefix);
		if (!error)
			memcpy(at, &prefix, sizeof(prefix));
		return error ? LZ_E_FORMAT : 0;
	case KIND_ENDPOINT:
		return endpoint_read(at, value);
	case KIND_ZONE:
		return offset_read(row, at, value);
	case KIND_DATE:
	case KIND_LAST_DAY:
		return date_read(row, at, value);
	case KIND_ACT:
		return act_read(at, value);
	case KIND_GROUP:
	case KIND_LIST:
		break;
	}
	return LZ_E_FORMAT;
}

bool
schema_value_is_set(const struct schema *row, const void *at)
{
	int64_t us;

	switch (row->kind) {
	case KIND_TEXT:
	case KIND_PATH:
	case KIND_ZONE:
		return *(const char *)at != '\0';
	case KIND_DURATION:
		memcpy(&us, at, sizeof(us));
		return us >= row->min;
	case KIND_DATE:
	case KIND_LAST_DAY:
		memcpy(&us, at, sizeof(us));
		return us != 0;
	case KIND_NUMBER:
		return load(at, row->size) >= (uint64_t)row->min;
	case KIND_SECONDS:
		return (int64_t)load(at, 4) * TIMES_SECOND_US >= row->min;
	case KIND_CHOICE:
		for (const struct schema_name *name = row->names; name->name;
		     name++)
			if (name->value == load(at, row->size))
				return true;
		return false;
	default:
		return true;
	}
}

/* Always quoted: a party called "true" or "12" must stay a text. */
static void
quoted_print(struct text *text, const char *value)
{
	text_char(text, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			text_char(text, '\\');
		text_char(text, *value);
	}
	text_char(text, '"');
}

static void
choice_print(struct text *text, const struct schema *row, const void *at)
{
	for (const struct schema_name *name = row->names; name->name; name++)
		if (name->value == load(at, row->size)) {
			text_add(text, name->name);
			return;
		}
}

static void
number_print(struct text *text, const struct schema *row, const void *at)
{
	int64_t us;

	switch (row->kind) {
	case KIND_DURATION:
		memcpy(&us, at, sizeof(us));
		duration_print(text, us);
		break;
	case KIND_SECONDS:
		duration_print(text, (int64_t)load(at, 4) * TIMES_SECOND_US);
		break;
	case KIND_SCORE:
		decimal_print(text, load(at, 4), 3);
		break;
	case KIND_SHARE:
		decimal_print(text, load(at, 4), 4);
		text_char(text, '%');
		break;
	default:
		text_u64(text, load(at, row->size));
	}
}

void
schema_value_print(struct text *text, const struct schema *row, const void *at)
{
	struct addr addr;
	struct prefix prefix;

	switch (row->kind) {
	case KIND_TEXT:
	case KIND_PATH:
	case KIND_ZONE:
		quoted_print(text, at);
		break;
	case KIND_CHOICE:
		choice_print(text, row, at);
		break;
	case KIND_ADDRESS:
		memcpy(&addr, at, sizeof(addr));
		text_char(text, '"');
		addr_format(text, &addr);
		text_char(text, '"');
		break;
	case KIND_PREFIX:
		memcpy(&prefix, at, sizeof(prefix));
		text_char(text, '"');
		prefix_format(text, &prefix);
		text_char(text, '"');
		break;
	case KIND_ENDPOINT:
		text_char(text, '"');
		endpoint_print(text, at);
		text_char(text, '"');
		break;
	case KIND_ACT:
		act_print(text, at);
		break;
	case KIND_DATE:
	case KIND_LAST_DAY:
		date_print(text, row, at);
		break;
	default:
		number_print(text, row, at);
	}
}

void
schema_value_range(struct text *text, const struct schema *row)
{
	int64_t ends[2] = {row->min, row->max};

	for (int i = 0; i < 2; i++) {
		uint32_t end = (uint32_t)ends[i];

		text_add(text, i ? " to " : "");
		switch (row->kind) {
		case KIND_DURATION:
		case KIND_SECONDS:
			duration_print(text, ends[i]);
			break;
		case KIND_NUMBER:
			text_i64(text, ends[i]);
			break;
		default:
			number_print(text, row, &end);
		}
	}
}

static const char *const kinds[] = {
    [KIND_TEXT] = "a text without control characters",
    [KIND_PATH] = "a path",
    [KIND_NUMBER] = "a whole number",
    [KIND_DURATION] = "a duration such as 30s, 10m, 48h or 7d",
    [KIND_SECONDS] = "a duration such as 30s, 10m, 48h or 7d",
    [KIND_SCORE] = "a number such as 5 or 1.5",
    [KIND_SHARE] = "a share such as 0.05%",
    [KIND_ADDRESS] = "an address such as 192.0.2.7 or 2001:db8::7",
    [KIND_PREFIX] = "a prefix such as 192.0.2.0/24 or 2001:db8::/32, "
		    "host bits 0",
    [KIND_ENDPOINT] = "an address and port such as 127.0.0.1:2055 or "
		      "[::1]:2055",
    [KIND_ZONE] = "UTC or an offset such as +02:00",
    [KIND_DATE] = "a date such as 2026-12-25",
    [KIND_LAST_DAY] = "a date such as 2026-12-25",
    [KIND_ACT] = "an act such as notice, filter.ddos or garden.scanner",
    [KIND_GROUP] = "a map (key: value)",
    [KIND_LIST] = "a list [...]",
};

void
schema_value_expected(struct text *text, const struct schema *row)
{
	if (row->kind != KIND_CHOICE) {
		text_add(text,
			 row->expected ? row->expected : kinds[row->kind]);
		return;
	}
	for (const struct schema_name *name = row->names; name->name; name++) {
		text_add(text, name == row->names ? ""
			       : name[1].name     ? ", "
						  : " or ");
		text_add(text, name->name);
	}
}
