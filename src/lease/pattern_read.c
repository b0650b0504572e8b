/* SPDX-License-Identifier: Apache-2.0 */
/* Reading pattern files: whatever is wrong is said with its place. */
#include <string.h>

#include "base/memory.h"
#include "lease/pattern_rule.h"

/* The file so far. */
struct reader {
	struct pattern *pattern;
	struct pattern_problem *problem;
	struct slice line; /* what is left of it */
	const char *line_start;
	uint32_t number; /* of the line */
	uint8_t time;    /* in force */
	bool zone_told;
	int32_t zone_offset_s;
	bool input_told, versioned;
};

static const struct {
	const char *name;
	uint8_t value;
} field_names[] =
    {
	{"inside", FIELD_INSIDE},
	{"outside", FIELD_OUTSIDE},
	{"address", FIELD_ADDRESS},
	{"port_first", FIELD_PORT_FIRST},
	{"port_last", FIELD_PORT_LAST},
	{"port_count", FIELD_PORT_COUNT},
	{"port", FIELD_PORT},
	{"time", FIELD_TIME},
	{"proto", FIELD_PROTO},
	{"vrf", FIELD_VRF},
	{"host", FIELD_HOST},
	{"word", FIELD_WORD},
	{"skip", FIELD_SKIP},
	{"subscriber", FIELD_SUBSCRIBER},
	{"circuit", FIELD_CIRCUIT},
	{"remote", FIELD_REMOTE},
	{"mac", FIELD_MAC},
	{"account", FIELD_ACCOUNT},
},
  time_names[] =
      {
	  {"bsd", PATTERN_TIME_BSD},
	  {"rfc3339", PATTERN_TIME_RFC3339},
	  {"iso", PATTERN_TIME_ISO},
	  {"epoch", PATTERN_TIME_EPOCH},
	  {"epoch-ms", PATTERN_TIME_EPOCH_MS},
	  {"epoch-hex", PATTERN_TIME_EPOCH_HEX},
},
  kind_names[] = {
      {"alloc", LEASE_START},
      {"release", LEASE_STOP},
      {"alive", LEASE_ALIVE},
};

/* Says what is wrong, at a place in the present line; LZ_E_FORMAT. */
static int
wrong(struct reader *reader, const char *at, const char *expected,
      struct slice found)
{
	struct pattern_problem *problem = reader->problem;
	struct text text;

	problem->line = reader->number;
	problem->column = at ? (uint32_t)(at - reader->line_start) + 1 : 1;
	text_init(&text, problem->text, sizeof(problem->text));
	text_add(&text, "expected ");
	text_add(&text, expected);
	if (found.length > 0) {
		if (found.length > 40)
			found.length = 40;
		text_add(&text, ", found \"");
		text_slice(&text, found);
		text_char(&text, '"');
	}
	return LZ_E_FORMAT;
}

static int
full(struct reader *reader, const char *what)
{
	(void)wrong(reader, NULL, what, (struct slice){0});
	return LZ_E_FULL;
}

/* The next word of the line; blanks behind it go too, one or more. */
static struct slice
word(struct reader *reader)
{
	struct slice *rest = &reader->line;
	struct slice taken = slice_split(rest, ' ');

	while (rest->length > 0 && rest->at[0] == ' ') {
		rest->at++;
		rest->length--;
	}
	return taken;
}

/* Keeps text; its place, or false where it doesn't fit. */
static bool
keep(struct pattern *pattern, const char *bytes, size_t length, uint16_t *at)
{
	if (length > PATTERN_FILE_MAX - 1 - pattern->literal_length)
		return false;
	*at = (uint16_t)pattern->literal_length;
	memcpy(pattern->literals + pattern->literal_length, bytes, length);
	pattern->literal_length += (uint32_t)length;
	return true;
}

static struct pattern_part *
next_part(struct pattern_rule *rule)
{
	return rule->part_count < PATTERN_PARTS_MAX
		   ? &rule->parts[rule->part_count++]
		   : NULL;
}

/* Literal text up to the next field; "{{" is a brace. */
static int
read_literal(struct reader *reader, struct pattern_rule *rule)
{
	struct slice *rest = &reader->line;
	struct pattern *pattern = reader->pattern;
	struct pattern_part *part = next_part(rule);
	uint16_t at;

	if (!part)
		return full(reader, "an event of at most 48 parts");
	part->field = FIELD_LITERAL;
	part->at = (uint16_t)pattern->literal_length;
	while (rest->length > 0) {
		const bool brace = rest->at[0] == '{';

		if (brace && (rest->length < 2 || rest->at[1] != '{'))
			break;
		if (!keep(pattern, rest->at, 1, &at))
			return full(reader, "a file of at most 64 KiB");
		rest->at += brace ? 2 : 1;
		rest->length -= brace ? 2 : 1;
		part->length++;
	}
	return 0;
}

static int
read_field(struct reader *reader, struct pattern_rule *rule)
{
	struct slice *rest = &reader->line;
	const char *start = rest->at;
	const char *end = memchr(rest->at, '}', rest->length);
	struct pattern_part *part;
	struct slice name;

	if (!end)
		return wrong(reader, start, "\"}\" behind a field's name",
			     *rest);
	name = (struct slice){start + 1, (size_t)(end - start) - 1};
	rest->length -= name.length + 2;
	rest->at += name.length + 2;
	for (size_t i = 0; i < sizeof(field_names) / sizeof(field_names[0]);
	     i++) {
		const uint8_t field = field_names[i].value;

		if (!slice_equal(name, field_names[i].name))
			continue;
		if (field != FIELD_SKIP && rule->has >> field & 1)
			return wrong(reader, start, "each field once", name);
		if (rule->part_count > 0 &&
		    rule->parts[rule->part_count - 1].field != FIELD_LITERAL)
			return wrong(reader, start, "text between two fields",
				     name);
		part = next_part(rule);
		if (!part)
			return full(reader, "an event of at most 48 parts");
		part->field = field;
		rule->has |= 1u << field;
		return 0;
	}
	return wrong(reader, start, "the name of a field", name);
}

static bool
has(const struct pattern_rule *rule, uint8_t field)
{
	return rule->has >> field & 1;
}

/* Is it said who holds what, and when? */
static int
check_rule(struct reader *reader, const struct pattern_rule *rule)
{
	const bool holder = (rule->has & FIELD_HOLDERS) != 0;
	const struct slice none = {0};

	if (rule->part_count == 0 ||
	    (rule->part_count == 1 && rule->parts[0].field == FIELD_SKIP))
		return wrong(reader, NULL, "the text of an event", none);
	if (has(rule, FIELD_ADDRESS)) {
		if (has(rule, FIELD_INSIDE) || has(rule, FIELD_OUTSIDE) ||
		    has(rule, FIELD_PORT) || has(rule, FIELD_PORT_FIRST))
			return wrong(reader, NULL,
				     "{address}, or {inside} and {outside}",
				     none);
		if (!holder)
			return wrong(reader, NULL,
				     "a holder beside {address}: {subscriber}, "
				     "{circuit}, {remote}, {mac} or {account}",
				     none);
	} else {
		if (!has(rule, FIELD_INSIDE) || !has(rule, FIELD_OUTSIDE))
			return wrong(reader, NULL, "{inside} and {outside}",
				     none);
		if (holder)
			return wrong(reader, NULL,
				     "no holder beside {inside}, who holds "
				     "the ports himself",
				     none);
		if (has(rule, FIELD_PORT) ? has(rule, FIELD_PORT_FIRST) ||
						has(rule, FIELD_PORT_LAST) ||
						has(rule, FIELD_PORT_COUNT)
					  : !has(rule, FIELD_PORT_FIRST) ||
						has(rule, FIELD_PORT_LAST) ==
						    has(rule, FIELD_PORT_COUNT))
			return wrong(reader, NULL,
				     "{port}, or {port_first} and one of "
				     "{port_last} and {port_count}",
				     none);
	}
	if ((rule->has & FIELD_HOLDERS) & ((rule->has & FIELD_HOLDERS) - 1))
		return wrong(reader, NULL, "one holder", none);
	if (has(rule, FIELD_TIME) && rule->time == PATTERN_TIME_NONE)
		return wrong(reader, NULL, "a line \"time FORMAT\" before it",
			     none);
	if (!has(rule, FIELD_TIME) && reader->pattern->lines)
		return wrong(reader, NULL,
			     "{time}: lines of a file have no header", none);
	return 0;
}

static int
read_event(struct reader *reader)
{
	struct pattern *pattern = reader->pattern;
	const struct slice name = slice_split(&reader->line, ' ');
	struct pattern_rule *rule;
	int error = 0;

	if (pattern->rule_count == PATTERN_EVENTS_MAX)
		return full(reader, "at most 64 events");
	rule = &pattern->rules[pattern->rule_count++];
	for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++)
		if (slice_equal(name, kind_names[i].name))
			rule->kind = kind_names[i].value;
	if (rule->kind == 0)
		return wrong(reader, name.at, "alloc, release or alive", name);
	rule->line = reader->number;
	rule->time = reader->time;
	rule->zone_told = reader->zone_told;
	rule->zone_offset_s = reader->zone_offset_s;
	while (reader->line.length > 0 && !error)
		error = reader->line.at[0] == '{' && (reader->line.length < 2 ||
						      reader->line.at[1] != '{')
			    ? read_field(reader, rule)
			    : read_literal(reader, rule);
	return error ? error : check_rule(reader, rule);
}

/* "Z", "UTC", "+02:00" */
static int
read_zone(struct reader *reader)
{
	const struct slice zone = word(reader);
	char stamp[32];
	struct text text;
	int64_t us;

	text_init(&text, stamp, sizeof(stamp));
	text_add(&text, "2026-01-01T00:00:00");
	text_slice(&text, slice_equal(zone, "UTC") ? slice_of("Z") : zone);
	if (text.full || times_parse(slice_of(stamp), &us) != 0)
		return wrong(reader, zone.at, "UTC or an offset as +02:00",
			     zone);
	reader->zone_told = true;
	reader->zone_offset_s =
	    (int32_t)((INT64_C(1767225600000000) - us) / TIMES_SECOND_US);
	return 0;
}

static int
read_vrf(struct reader *reader)
{
	struct pattern *pattern = reader->pattern;
	const struct slice name = word(reader), number = word(reader);
	struct pattern_vrf *vrf;
	uint64_t realm;

	if (name.length == 0 || slice_u64(number, UINT32_MAX, &realm) != 0)
		return wrong(reader, name.at, "a VRF's name and its realm",
			     number);
	if (pattern->vrf_count == PATTERN_VRFS_MAX)
		return full(reader, "at most 256 VRFs");
	vrf = &pattern->vrfs[pattern->vrf_count++];
	vrf->realm = (uint32_t)realm;
	vrf->length = (uint16_t)name.length;
	if (!keep(pattern, name.at, name.length, &vrf->at))
		return full(reader, "a file of at most 64 KiB");
	return 0;
}

static int
read_time(struct reader *reader)
{
	const struct slice name = word(reader);

	for (size_t i = 0; i < sizeof(time_names) / sizeof(time_names[0]);
	     i++) {
		if (!slice_equal(name, time_names[i].name))
			continue;
		reader->time = time_names[i].value;
		return 0;
	}
	return wrong(reader, name.at,
		     "bsd, rfc3339, iso, epoch, epoch-ms or epoch-hex", name);
}

static int
read_input(struct reader *reader)
{
	const struct slice name = word(reader);

	if (reader->input_told || reader->pattern->rule_count > 0)
		return wrong(reader, name.at, "one input line, before events",
			     name);
	reader->input_told = true;
	reader->pattern->lines = slice_equal(name, "line");
	return reader->pattern->lines || slice_equal(name, "syslog")
		   ? 0
		   : wrong(reader, name.at, "syslog or line", name);
}

static int
read_line(struct reader *reader)
{
	struct slice key;
	int error;

	if (reader->line.length == 0 || reader->line.at[0] == '#')
		return 0;
	if (memchr(reader->line.at, '\0', reader->line.length))
		return wrong(reader, NULL, "text without NUL",
			     (struct slice){0});
	key = slice_equal(slice_trim(reader->line), "")
		  ? (struct slice){0}
		  : slice_split(&reader->line, ' ');
	if (key.length == 0)
		return slice_trim(reader->line).length == 0
			   ? 0
			   : wrong(reader, reader->line_start,
				   "no blank before the first word",
				   (struct slice){0});
	if (!reader->versioned) {
		reader->versioned = slice_equal(key, "lazaret-pattern") &&
				    slice_equal(reader->line, "1");
		return reader->versioned
			   ? 0
			   : wrong(reader, key.at,
				   "\"lazaret-pattern 1\" as first line", key);
	}
	/* An event's text is taken as it stands, blanks and all. */
	if (slice_equal(key, "event"))
		return read_event(reader);
	reader->line = slice_trim(reader->line);
	if (slice_equal(key, "input"))
		error = read_input(reader);
	else if (slice_equal(key, "time"))
		error = read_time(reader);
	else if (slice_equal(key, "zone"))
		error = read_zone(reader);
	else if (slice_equal(key, "vrf"))
		error = read_vrf(reader);
	else
		return wrong(reader, key.at,
			     "event, input, time, zone, vrf or a comment", key);
	if (!error && reader->line.length > 0)
		return wrong(reader, reader->line.at, "the line's end",
			     reader->line);
	return error;
}

int
pattern_read(struct slice file, struct pattern **made,
	     struct pattern_problem *problem)
{
	struct pattern *pattern = memory_new(1, sizeof(*pattern));
	struct reader reader = {.pattern = pattern, .problem = problem};
	int error = 0;

	*made = NULL;
	memset(problem, 0, sizeof(*problem));
	if (!pattern)
		return LZ_E_MEMORY;
	if (file.length >= PATTERN_FILE_MAX)
		error = full(&reader, "a file of at most 64 KiB");
	while (!error && file.length > 0) {
		reader.line = slice_split(&file, '\n');
		reader.line_start = reader.line.at;
		reader.number++;
		if (reader.line.length > 0 &&
		    reader.line.at[reader.line.length - 1] == '\r')
			reader.line.length--;
		error = read_line(&reader);
	}
	if (!error && pattern->rule_count == 0) {
		reader.number++;
		error = wrong(&reader, NULL, "an event", (struct slice){0});
	}
	if (error) {
		memory_free(pattern);
		return error;
	}
	*made = pattern;
	return 0;
}

void
pattern_free(struct pattern *pattern)
{
	memory_free(pattern);
}
