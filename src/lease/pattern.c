/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines by a pattern file. */
#include "lease/pattern.h"

#include <string.h>

#include "lease/holder.h"
#include "lease/line.h"
#include "lease/pattern_rule.h"
#include "lease/port_tenure.h"
#include "lease/syslog.h"

#define NOT_FOUND SIZE_MAX
#define EPOCH_DIGITS_MAX 15

/* One line, and what its fields said of one entry. */
struct saying {
	const struct pattern *pattern;
	const struct pattern_conf *conf;
	const struct lease_output *output;
	struct at_arrival arrival;
	uint64_t origin;
	struct slice host;  /* the header's */
	struct at_event at; /* ... or the entry's own */
	int64_t error_us;
	bool half_day; /* AM or PM stood behind a time */
	/* Of the entry. */
	struct slice fields[FIELD_COUNT];
	struct addr inside, outside;
	struct prefix address;
	uint32_t numbers[FIELD_COUNT];
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct slice
from(struct slice text, size_t at)
{
	return (struct slice){text.at + at, text.length - at};
}

static struct slice
literal_of(const struct pattern *pattern, const struct pattern_part *part)
{
	return (struct slice){pattern->literals + part->at, part->length};
}

/* Where a literal begins in a text; NOT_FOUND. */
static size_t
find(struct slice text, struct slice literal)
{
	size_t at = 0;

	while (text.length - at >= literal.length) {
		const char *first =
		    memchr(text.at + at, literal.at[0],
			   text.length - at - literal.length + 1);

		if (!first)
			break;
		at = (size_t)(first - text.at);
		if (memcmp(first, literal.at, literal.length) == 0)
			return at;
		at++;
	}
	return NOT_FOUND;
}

static size_t
run_of_digits(struct slice text, size_t most)
{
	size_t length = 0;

	while (length < text.length && length < most &&
	       is_digit(text.at[length]))
		length++;
	return length;
}

/*
 * An address: all that can be of one, else that without its last colon and
 * what follows (a port), else without a full stop at its end.
 */
static size_t
take_addr(struct slice text, struct prefix *prefix)
{
	size_t length = 0, cut;

	while (length < text.length &&
	       (is_hex(text.at[length]) || text.at[length] == ':' ||
		text.at[length] == '.'))
		length++;
	cut = length;
	while (cut > 0 && text.at[cut - 1] != ':')
		cut--;
	for (unsigned i = 0; i < 3; i++) {
		const size_t tried = i == 0   ? length
				     : i == 1 ? (cut > 0 ? cut - 1 : 0)
					      : (length > 0 ? length - 1 : 0);
		struct addr addr;

		if (tried == 0 ||
		    addr_parse((struct slice){text.at, tried}, &addr) != 0)
			continue;
		*prefix = prefix_of(&addr, 128);
		return tried;
	}
	return 0;
}

/* An address, or a prefix "2001:db8:7::/56". */
static size_t
take_prefix(struct slice text, struct prefix *prefix)
{
	const size_t length = take_addr(text, prefix);
	size_t digits;

	if (length == 0 || length == text.length || text.at[length] != '/')
		return length;
	digits = run_of_digits(from(text, length + 1), 3);
	if (digits == 0)
		return length;
	return prefix_parse((struct slice){text.at, length + 1 + digits},
			    prefix) == 0
		   ? length + 1 + digits
		   : 0;
}

static size_t
take_number(struct slice text, uint32_t most, uint32_t *number)
{
	const size_t length = run_of_digits(text, text.length);
	uint64_t value;

	if (slice_u64((struct slice){text.at, length}, most, &value) != 0)
		return 0;
	*number = (uint32_t)value;
	return length;
}

static size_t
take_proto(struct slice text, uint32_t *number)
{
	size_t length = 0;
	uint8_t proto;

	while (length < text.length &&
	       (is_digit(text.at[length]) || is_letter(text.at[length]) ||
		text.at[length] == '-'))
		length++;
	if (addr_proto_parse((struct slice){text.at, length}, &proto) != 0)
		return 0;
	*number = proto;
	return length;
}

/* "2026-11-05 06:07:08" and perhaps ".123", without a zone. */
static size_t
take_iso(struct slice text, int32_t zone_offset_s, struct saying *saying)
{
	char stamp[40];
	struct text copy;
	size_t length = 19;
	int64_t us;

	if (text.length < length)
		return 0;
	saying->error_us = TIMES_SECOND_US;
	text_init(&copy, stamp, sizeof(stamp));
	text_bytes(&copy, text.at, length);
	if (text.length > length + 1 &&
	    (text.at[length] == '.' || text.at[length] == ',') &&
	    is_digit(text.at[length + 1])) {
		const size_t digits = run_of_digits(from(text, length + 1), 9);

		text_char(&copy, '.');
		text_bytes(&copy, text.at + length + 1, digits);
		length += 1 + digits;
		saying->error_us = digits < 3 ? TIMES_SECOND_US / 10
					      : TIMES_SECOND_US / 1000;
	}
	text_char(&copy, 'Z');
	if (times_parse(slice_of(stamp), &us) != 0)
		return 0;
	saying->at.us = us - zone_offset_s * TIMES_SECOND_US;
	return length;
}

static size_t
take_rfc3339(struct slice text, struct saying *saying)
{
	size_t length = 0;
	int64_t us;

	while (length < text.length && (is_digit(text.at[length]) ||
					(text.at[length] != '\0' &&
					 strchr("TtZz:+-.", text.at[length]))))
		length++;
	if (times_parse((struct slice){text.at, length}, &us) != 0)
		return 0;
	saying->at.us = us;
	saying->error_us = memchr(text.at, '.', length) ? TIMES_SECOND_US / 1000
							: TIMES_SECOND_US;
	return length;
}

static size_t
take_epoch(struct slice text, uint8_t format, struct saying *saying)
{
	const uint64_t most = (uint64_t)TIMES_LATEST_US;
	size_t length = run_of_digits(text, EPOCH_DIGITS_MAX);
	uint64_t value;
	char hex[2 + 8 + 1] = "0x";

	if (format == PATTERN_TIME_EPOCH_HEX) {
		size_t start = text.length > 2 && text.at[0] == '0' &&
				       (text.at[1] == 'x' || text.at[1] == 'X')
				   ? 2
				   : 0;

		length = start;
		while (length < text.length && is_hex(text.at[length]))
			length++;
		if (length - start > 8)
			return 0;
		memcpy(hex + 2, text.at + start, length - start);
		if (slice_hex((struct slice){hex, 2 + length - start},
			      most / 1000000, &value) != 0)
			return 0;
		value *= 1000000;
	} else if (format == PATTERN_TIME_EPOCH_MS) {
		if (slice_u64((struct slice){text.at, length}, most / 1000,
			      &value) != 0)
			return 0;
		value *= 1000;
	} else {
		if (slice_u64((struct slice){text.at, length}, most / 1000000,
			      &value) != 0)
			return 0;
		value *= 1000000;
	}
	saying->at.us = (int64_t)value;
	saying->error_us = format == PATTERN_TIME_EPOCH_MS
			       ? TIMES_SECOND_US / 1000
			       : TIMES_SECOND_US;
	return length;
}

/* A clock of twelve hours where one of 24 is due: half of all times would be
 * wrong by twelve hours. */
static bool
is_half_day(struct slice behind)
{
	size_t at = behind.length > 0 && behind.at[0] == ' ';

	return behind.length >= at + 2 &&
	       strchr("aApP", behind.at[at]) != NULL && behind.at[at] != '\0' &&
	       (behind.at[at + 1] == 'm' || behind.at[at + 1] == 'M') &&
	       (behind.length == at + 2 || !is_letter(behind.at[at + 2]));
}

static size_t
take_time(const struct pattern_rule *rule, struct slice text,
	  struct saying *saying)
{
	const int32_t zone_s = rule->zone_told ? rule->zone_offset_s
					       : saying->conf->zone_offset_s;
	struct slice behind = text;
	size_t length = 0;

	switch (rule->time) {
	case PATTERN_TIME_BSD:
		if (syslog_stamp(&behind, zone_s, saying->arrival, &saying->at,
				 &saying->error_us))
			length = text.length - behind.length;
		break;
	case PATTERN_TIME_ISO:
		length = take_iso(text, zone_s, saying);
		break;
	case PATTERN_TIME_RFC3339:
		length = take_rfc3339(text, saying);
		break;
	default:
		return take_epoch(text, rule->time, saying);
	}
	if (length > 0 && is_half_day(from(text, length))) {
		saying->half_day = true;
		return 0;
	}
	return length;
}

/* How much of the text a field takes; 0: it is none. */
static size_t
take_field(const struct pattern_rule *rule, uint8_t field, struct slice text,
	   struct saying *saying)
{
	struct prefix prefix = {{{0}}, 128};
	size_t length;

	switch (field) {
	case FIELD_INSIDE:
		length = take_addr(text, &prefix);
		saying->inside = prefix.addr;
		return length;
	case FIELD_OUTSIDE:
		length = take_addr(text, &prefix);
		saying->outside = prefix.addr;
		return length;
	case FIELD_ADDRESS:
		return take_prefix(text, &saying->address);
	case FIELD_PORT_COUNT:
		return take_number(text, UINT16_MAX + 1u,
				   &saying->numbers[field]);
	case FIELD_PROTO:
		return take_proto(text, &saying->numbers[field]);
	case FIELD_TIME:
		return take_time(rule, text, saying);
	default:
		return take_number(text, UINT16_MAX, &saying->numbers[field]);
	}
}

/* Where a rule that begins at `at` ends; NOT_FOUND: it doesn't match. */
static size_t
match(const struct pattern_rule *rule, struct slice text, size_t at,
      struct saying *saying)
{
	memset(saying->fields, 0, sizeof(saying->fields));
	for (uint8_t i = 0; i < rule->part_count; i++) {
		const struct pattern_part *part = &rule->parts[i];
		const struct slice rest = from(text, at);
		size_t length;

		if (part->field == FIELD_LITERAL) {
			if (rest.length < part->length ||
			    memcmp(rest.at,
				   saying->pattern->literals + part->at,
				   part->length) != 0)
				return NOT_FOUND;
			at += part->length;
			continue;
		}
		if (part->field >= FIELD_FREE) {
			length = i + 1u < rule->part_count
				     ? find(rest, literal_of(saying->pattern,
							     part + 1))
				     : rest.length;
			if (length == NOT_FOUND)
				return NOT_FOUND;
		} else {
			length = rest.length > 0 ? take_field(rule, part->field,
							      rest, saying)
						 : 0;
			if (length == 0)
				return NOT_FOUND;
		}
		saying->fields[part->field] = (struct slice){rest.at, length};
		at += length;
	}
	return at;
}

static bool
has(const struct pattern_rule *rule, uint8_t field)
{
	return rule->has >> field & 1;
}

static bool
realm_of(const struct saying *saying, const struct pattern_rule *rule,
	 uint32_t *realm)
{
	const struct pattern *pattern = saying->pattern;
	const struct slice name = saying->fields[FIELD_VRF];

	*realm = saying->conf->realm;
	if (!has(rule, FIELD_VRF) || name.length == 0 || slice_equal(name, "-"))
		return true;
	for (uint32_t i = 0; i < pattern->vrf_count; i++) {
		const struct pattern_vrf *vrf = &pattern->vrfs[i];
		const char *known = pattern->literals + vrf->at;

		if (!(vrf->length == 1 && known[0] == '*') &&
		    (vrf->length != name.length ||
		     memcmp(known, name.at, name.length) != 0))
			continue;
		*realm = vrf->realm;
		return true;
	}
	return false;
}

static bool
holder_of(const struct saying *saying, const struct pattern_rule *rule,
	  char label[PARTY_LABEL_SIZE])
{
	static const struct {
		uint8_t field;
		const char *kind;
	} kinds[] = {{FIELD_SUBSCRIBER, "user"},
		     {FIELD_CIRCUIT, "circuit"},
		     {FIELD_REMOTE, "remote"},
		     {FIELD_ACCOUNT, "account"}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (has(rule, kinds[i].field))
			return holder_text(label, kinds[i].kind,
					   saying->fields[kinds[i].field]);
	return holder_mac(label, saying->fields[FIELD_MAC], false);
}

/* A tenure as far as it is the same for ports and whole addresses. */
static const char *
begin(const struct saying *saying, const struct pattern_rule *rule,
      struct port_tenure *tenure)
{
	*tenure =
	    (struct port_tenure){.kind = rule->kind,
				 .start = times_unset(),
				 .at = saying->at,
				 .error_us = saying->error_us,
				 .word = saying->fields[FIELD_WORD],
				 .speaker = has(rule, FIELD_HOST)
						? saying->fields[FIELD_HOST]
						: saying->host,
				 .arrival = saying->arrival,
				 .origin = saying->origin};
	if (!times_is_set(tenure->at) && !has(rule, FIELD_TIME)) {
		tenure->at.us = saying->arrival.us;
		tenure->error_us = PORT_TENURE_UNDATED_US;
	}
	port_tenure_doubt(tenure, saying->arrival.us);
	return realm_of(saying, rule, &tenure->inside_realm) ? NULL
							     : "vrf_unset";
}

static const char *
say_address(const struct saying *saying, const struct pattern_rule *rule)
{
	const struct prefix *address = &saying->address;
	struct port_tenure tenure;
	struct lease_event event;
	const char *reason = begin(saying, rule, &tenure);

	if (reason)
		return reason;
	if (tenure.at.us < TIMES_EARLIEST_US || tenure.at.us >= TIMES_LATEST_US)
		return "time";
	if (addr_is_unspecified(&address->addr))
		return "address";
	memset(&event, 0, sizeof(event));
	event.kind = tenure.kind;
	event.marks = tenure.marks;
	event.subject_count = 1;
	event.subjects[0].subject.prefix = *address;
	event.subjects[0].slot = addr_is_v4(&address->addr) ? LEASE_SLOT_ADDRESS
				 : address->length == 128
				     ? LEASE_SLOT_ADDRESS6
				     : LEASE_SLOT_DELEGATED;
	event.realm = tenure.inside_realm;
	if (!holder_of(saying, rule, event.holder))
		return "holder";
	if (tenure.speaker.length > 0 &&
	    !text_copy(event.speaker, sizeof(event.speaker), tenure.speaker))
		return "speaker";
	lease_name_session(&event, event.holder);
	event.at = tenure.at;
	event.start = times_unset();
	event.end = times_unset();
	event.sure = times_unset();
	event.error_us = tenure.error_us;
	event.arrival = tenure.arrival;
	event.origin = tenure.origin;
	saying->output->sink(saying->output->context, &event);
	return NULL;
}

static const char *
say_ports(const struct saying *saying, const struct pattern_rule *rule)
{
	const uint32_t *numbers = saying->numbers;
	struct port_tenure tenure;
	const char *reason = begin(saying, rule, &tenure);
	uint32_t last;

	if (reason)
		return reason;
	tenure.inside = saying->inside;
	tenure.outside = saying->outside;
	tenure.proto = has(rule, FIELD_PROTO) ? (uint8_t)numbers[FIELD_PROTO]
					      : 0;
	tenure.single = has(rule, FIELD_PORT);
	tenure.first =
	    (uint16_t)numbers[tenure.single ? FIELD_PORT : FIELD_PORT_FIRST];
	if (has(rule, FIELD_PORT_COUNT))
		last = tenure.first + numbers[FIELD_PORT_COUNT] - 1;
	else
		last = tenure.single ? tenure.first : numbers[FIELD_PORT_LAST];
	if (last > UINT16_MAX)
		return "ports";
	tenure.last = (uint16_t)last;
	return port_tenure_say(&tenure, saying->output);
}

/* The events that begin nearest behind `at`: where; NOT_FOUND. */
static size_t
nearest(const struct pattern *pattern, struct slice text, size_t at)
{
	size_t least = NOT_FOUND;

	for (uint32_t i = 0; i < pattern->rule_count; i++) {
		const struct pattern_part *part = &pattern->rules[i].parts[0];
		/* Nothing behind the nearest so far is nearer. */
		const size_t limit = least == NOT_FOUND ||
					     least + part->length > text.length
					 ? text.length
					 : least + part->length;
		size_t start = at == 0 ? 0 : NOT_FOUND;

		if (part->field == FIELD_LITERAL) {
			start = find((struct slice){text.at + at, limit - at},
				     literal_of(pattern, part));
			start += start == NOT_FOUND ? 0 : at;
		}
		if (start < least)
			least = start;
	}
	return least;
}

/* Does a rule begin there? */
static bool
begins(const struct pattern *pattern, const struct pattern_rule *rule,
       struct slice text, size_t at)
{
	const struct slice literal = literal_of(pattern, &rule->parts[0]);

	if (rule->parts[0].field != FIELD_LITERAL)
		return at == 0;
	return text.length - at >= literal.length &&
	       memcmp(text.at + at, literal.at, literal.length) == 0;
}

/*
 * One entry, by the first rule that matches; where it ends.  Where none does it
 * is refused, if there is a literal that says it is one of ours.
 */
static size_t
say_entry(const struct saying *line, struct slice text, size_t at, bool *ours,
	  const char **reason)
{
	const struct pattern *pattern = line->pattern;
	const size_t behind = at + 1;
	bool half_day = false;

	*ours = false;

	for (uint32_t i = 0; i < pattern->rule_count; i++) {
		const struct pattern_rule *rule = &pattern->rules[i];
		struct saying saying = *line;
		size_t end;

		if (!begins(pattern, rule, text, at))
			continue;
		*ours |= rule->parts[0].field == FIELD_LITERAL;
		end = match(rule, text, at, &saying);
		half_day |= saying.half_day;
		if (end == NOT_FOUND)
			continue;
		*ours = true;
		*reason = has(rule, FIELD_ADDRESS) ? say_address(&saying, rule)
						   : say_ports(&saying, rule);
		return end > behind ? end : behind;
	}
	*ours |= half_day;
	*reason = half_day ? "time_12_hours" : "pattern";
	return behind;
}

/* All entries of a text that begins `base` bytes behind what offsets count
 * from. */
static size_t
say_all(const struct saying *line, struct slice text, size_t base)
{
	size_t at = 0, count = 0;

	while (at < text.length) {
		const size_t start = nearest(line->pattern, text, at);
		const char *reason = NULL;
		bool ours;

		if (start == NOT_FOUND)
			break;
		if (count == PATTERN_ENTRIES_MAX) {
			port_tenure_refuse(line->output, base + start,
					   "entries");
			return count + 1;
		}
		at = say_entry(line, text, start, &ours, &reason);
		count += ours;
		if (ours && reason)
			port_tenure_refuse(line->output, base + start, reason);
	}
	return count;
}

/* `base`: of the line, in what offsets count from. */
static size_t
say_line(struct saying *saying, struct slice line, size_t base)
{
	struct syslog_message message;
	const char *reason;

	saying->at = times_unset();
	saying->host = (struct slice){0};
	if (saying->pattern->lines) {
		reason = line.length > PATTERN_LINE_MAX ? "too_long"
			 : line.length > 0 && memchr(line.at, '\0', line.length)
			     ? "nul"
			     : NULL;
		message.rest = line;
	} else {
		reason = syslog_parse(line, saying->conf->zone_offset_s,
				      saying->arrival, &message);
		saying->at = message.time;
		saying->error_us = message.error_us;
		saying->host = message.host;
	}
	if (!reason)
		return message.rest.length == 0
			   ? 0
			   : say_all(saying, message.rest,
				     base +
					 (size_t)(message.rest.at - line.at));
	/* An empty line is none. */
	if (strcmp(reason, "empty") == 0)
		return 0;
	port_tenure_refuse(saying->output, base, reason);
	return 1;
}

size_t
pattern_say(const struct pattern *pattern, const struct pattern_conf *conf,
	    struct slice line, struct at_arrival arrival, uint64_t origin,
	    const struct lease_output *output)
{
	struct saying saying = {.pattern = pattern,
				.conf = conf,
				.output = output,
				.arrival = arrival,
				.origin = origin};

	return say_line(&saying, line, 0);
}

size_t
pattern_feed(const struct pattern *pattern, const struct pattern_conf *conf,
	     const struct lease_chunk *chunk, const struct lease_output *output)
{
	const struct slice bytes = chunk->bytes;
	size_t at = 0;

	while (at < bytes.length) {
		struct saying saying = {.pattern = pattern,
					.conf = conf,
					.output = output,
					.arrival = chunk->arrival,
					.origin = chunk->origin + at};
		const struct slice rest = from(bytes, at);
		const char *end = memchr(rest.at, '\n', rest.length);
		struct slice line = rest;

		/* A line that fills a chunk is none of ours, whole or not. */
		if (!end && !chunk->end && rest.length <= PATTERN_LINE_MAX)
			break;
		if (end)
			line.length = (size_t)(end - rest.at);
		at += end ? line.length + 1 : line.length;
		if (line.length > 0 && line.at[line.length - 1] == '\r')
			line.length--;
		(void)say_line(&saying, line, (size_t)(line.at - bytes.at));
	}
	return at;
}
