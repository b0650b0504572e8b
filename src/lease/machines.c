/* SPDX-License-Identifier: Apache-2.0 */
/* CSV rows and JSON objects become the same array of fields, and that an event. */
#include "lease/machines.h"

#include <string.h>

#include "base/json_reader.h"
#include "base/memory.h"
#include "lease/holder.h"
#include "lease/line.h"
#include "lease/table.h"

#define FIELD_SIZE 128

enum column {
	COLUMN_ADDRESS,
	COLUMN_MACHINE,
	COLUMN_ACCOUNT,
	COLUMN_RESELLER,
	COLUMN_PORT,
	COLUMN_FROM,
	COLUMN_TO,
	COLUMN_EVENT,
	COLUMN_TIME,
	COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [COLUMN_ADDRESS] = {{"address", "prefix", "ip"}},
    [COLUMN_MACHINE] = {{"vm", "server", "machine"}},
    [COLUMN_ACCOUNT] = {{"account", "subscriber", "customer"}},
    [COLUMN_RESELLER] = {{"reseller"}},
    [COLUMN_PORT] = {{"port", "switch_port"}},
    [COLUMN_FROM] = {{"valid_from", "start"}},
    [COLUMN_TO] = {{"valid_to", "end"}},
    [COLUMN_EVENT] = {{"event"}},
    [COLUMN_TIME] = {{"time", "at"}},
};

static const struct {
	const char *word;
	uint8_t kind;
} events[] = {
    {"assign", LEASE_START}, {"create", LEASE_START}, {"start", LEASE_START},
    {"release", LEASE_STOP}, {"delete", LEASE_STOP},  {"stop", LEASE_STOP},
};

struct fields {
	struct slice of[COLUMN_COUNT];
};

struct machines {
	int32_t zone_s;
	uint32_t realm;
	const struct lease_chunk *chunk;   /* while it is being read */
	const struct lease_output *output; /* the same */
	char texts[COLUMN_COUNT][FIELD_SIZE];
	struct table table;
};

struct machines *
machines_new(int32_t zone_s, uint32_t realm)
{
	struct machines *machines = memory_new(1, sizeof(*machines));

	if (!machines)
		return NULL;
	machines->zone_s = zone_s;
	machines->realm = realm;
	table_init(&machines->table, columns, COLUMN_COUNT);
	return machines;
}

void
machines_free(struct machines *machines)
{
	memory_free(machines);
}

/* Session MACHINE/ADDRESS; a STOP that doesn't say the holder changes none. */
static void
name_session(const struct fields *fields, struct lease_event *event)
{
	char name[PARTY_LABEL_SIZE];

	if (holder_text(name, "vm", fields->of[COLUMN_MACHINE]) ||
	    holder_text(name, "port", fields->of[COLUMN_PORT]))
		lease_name_session(event, name);
	else
		lease_name_session(event, event->holder);
	if (event->kind == LEASE_STOP)
		event->holder[0] = '\0';
}

static bool
read_holder(const struct fields *fields, struct lease_event *event)
{
	struct slice account = fields->of[COLUMN_RESELLER];

	if (account.length == 0)
		account = fields->of[COLUMN_ACCOUNT];
	if (account.length > 0)
		return table_account(account, event->holder);
	if (fields->of[COLUMN_PORT].length > 0)
		return holder_text(event->holder, "port",
				   fields->of[COLUMN_PORT]);
	return holder_text(event->holder, "vm", fields->of[COLUMN_MACHINE]);
}

static const char *
read_word(const struct machines *machines, const struct fields *fields,
	  struct lease_event *event)
{
	struct slice word = fields->of[COLUMN_EVENT];

	event->kind = 0;
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (slice_equal_folded(word, events[i].word))
			event->kind = events[i].kind;
	if (event->kind == 0)
		return "machine event";
	if (table_time(fields->of[COLUMN_TIME], machines->zone_s, &event->at,
		       &event->error_us))
		return "machine time";
	event->start = times_unset();
	event->end = times_unset();
	return NULL;
}

static const char *
read_tenure(const struct machines *machines, const struct fields *fields,
	    struct lease_event *event)
{
	struct slice to = fields->of[COLUMN_TO];

	event->kind = LEASE_WHOLE;
	event->end.us = INT64_MAX;
	if (table_time(fields->of[COLUMN_FROM], machines->zone_s, &event->start,
		       &event->error_us)) {
		event->start.us = TIMES_EARLIEST_US;
		return "machine time";
	}
	if (to.length > 0 &&
	    (table_time(to, machines->zone_s, &event->end, &event->error_us) ||
	     event->end.us <= event->start.us)) {
		event->end.us = INT64_MAX;
		return "machine time";
	}
	return NULL;
}

static void
take(const struct machines *machines, const struct fields *fields,
     uint64_t offset)
{
	const struct lease_chunk *chunk = machines->chunk;
	const struct lease_output *output = machines->output;
	struct lease_event event = {
	    .subject_count = 1,
	    .realm = machines->realm,
	    .at = times_unset(),
	    .sure = times_unset(),
	    .arrival = chunk->arrival,
	    .origin = chunk->origin | offset,
	};
	struct prefix *prefix = &event.subjects[0].subject.prefix;
	const char *reason;
	bool list = fields->of[COLUMN_EVENT].length == 0;

	if (prefix_parse(fields->of[COLUMN_ADDRESS], prefix)) {
		reason = "machine address";
	} else {
		reason = list ? read_tenure(machines, fields, &event)
			      : read_word(machines, fields, &event);
		if (!reason && !read_holder(fields, &event))
			reason = "machine holder";
		if (reason)
			lease_hold_place(&event, "unreadable:");
		else
			name_session(fields, &event);
		if (list)
			event.at.us = chunk->arrival.us != TIMES_UNSET_US
					  ? chunk->arrival.us
					  : event.start.us;
		/* Who begins is unknown, but somebody else does. */
		if (list || !reason ||
		    (event.kind == LEASE_START && times_is_set(event.at)))
			output->sink(output->context, &event);
	}
	if (reason && output->refused)
		output->refused(output->context, offset, reason);
}

static const char *
check_header(void *context)
{
	const struct machines *machines = context;
	const struct table *table = &machines->table;

	if (!table_has(table, COLUMN_ADDRESS) ||
	    (!table_has(table, COLUMN_FROM) &&
	     (!table_has(table, COLUMN_EVENT) ||
	      !table_has(table, COLUMN_TIME))))
		return "machine header";
	return table_has(table, COLUMN_ACCOUNT) ||
		       table_has(table, COLUMN_RESELLER) ||
		       table_has(table, COLUMN_MACHINE) ||
		       table_has(table, COLUMN_PORT)
		   ? NULL
		   : "machine header";
}

static void
take_row(void *context, uint64_t offset)
{
	const struct machines *machines = context;
	struct fields fields;

	for (size_t c = 0; c < COLUMN_COUNT; c++)
		fields.of[c] = table_field(&machines->table, c);
	take(machines, &fields, offset);
}

size_t
machines_feed(struct machines *machines, const struct lease_chunk *chunk,
	      const struct lease_output *output)
{
	const struct table_calls calls = {
	    .header = check_header,
	    .row = take_row,
	    .context = machines,
	    .no_header = "machine header",
	    .bad_fields = "machine fields",
	};

	machines->chunk = chunk;
	machines->output = output;
	/* A list is read anew: what isn't said again has gone. */
	if (table_begins(chunk))
		lease_say_gap(chunk, times_unset(), 0, output);
	return table_feed(&machines->table, chunk, &calls, output);
}

static size_t
column_of(struct slice key)
{
	for (size_t c = 0; c < COLUMN_COUNT; c++)
		for (size_t n = 0; n < TABLE_NAMES_MAX; n++)
			if (columns[c].names[n] &&
			    json_raw_is(key, columns[c].names[n]))
				return c;
	return COLUMN_COUNT;
}

/* The members of an object that has begun; NULL, or the reason. */
static const char *
read_object(struct machines *machines, struct json_reader *json,
	    struct fields *fields)
{
	static const char bad[] = "machine json";
	const char *reason = NULL;
	struct json_token token;
	bool seen[COLUMN_COUNT] = {false};

	for (size_t c = 0; c < COLUMN_COUNT; c++)
		fields->of[c] = (struct slice){"", 0};
	while (json_next(json, &token) != JSON_OBJECT_END) {
		size_t c = column_of(token.key);
		int length = 0;

		if (json_skip(json, &token))
			return bad;
		if (c == COLUMN_COUNT)
			continue;
		if (seen[c] ||
		    (token.kind != JSON_STRING && token.kind != JSON_NUMBER &&
		     token.kind != JSON_NULL))
			reason = bad;
		seen[c] = true;
		if (token.kind == JSON_STRING || token.kind == JSON_NUMBER)
			length = json_text(token.raw, machines->texts[c],
					   FIELD_SIZE);
		if (length < 0 && !reason)
			reason = length == LZ_E_RANGE ? "machine text" : bad;
		if (length > 0)
			fields->of[c] = slice_trim(
			    (struct slice){machines->texts[c], (size_t)length});
	}
	return reason;
}

/* One bad line costs itself: goes on behind it.  false: it was the last. */
static bool
next_line(struct json_reader *json, size_t offset)
{
	const char *end = memchr(json->bytes + offset, '\n',
				 json->length - offset);

	if (!end)
		return false;
	json->offset = (size_t)(end - json->bytes) + 1;
	json->depth = 0;
	json->bad = false;
	return true;
}

void
machines_json(struct machines *machines, const struct lease_chunk *chunk,
	      const struct lease_output *output)
{
	struct json_reader json;
	struct json_token token;
	struct fields fields;

	machines->chunk = chunk;
	machines->output = output;
	json_reader_init(&json, chunk->bytes.at, chunk->bytes.length);
	while (json_next(&json, &token) != JSON_END) {
		const size_t offset = token.offset;
		const bool lines = token.kind == JSON_BAD || json.depth < 2;
		const char *reason = "machine json";

		if (token.kind == JSON_ARRAY || token.kind == JSON_ARRAY_END)
			continue;
		if (token.kind == JSON_OBJECT)
			reason = read_object(machines, &json, &fields);
		if (!reason)
			take(machines, &fields, offset);
		else if (output->refused)
			output->refused(output->context, offset, reason);
		if (json.bad && !(lines && next_line(&json, offset)))
			return;
	}
}
