/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line is split, its columns read, and what they say made one event.  A row
 * whose address and times can be read is never dropped, whatever else is wrong
 * with it: the holder "unreadable:ADDRESS" keeps its place, or the one before
 * would be named for longer than it held the address.
 */
#include "lease/kea.h"

#include <string.h>

#include "base/json_reader.h"

#define CONTEXT_SIZE 8192
#define RELAY_BYTES_MAX 2048
#define V4_BITS_FIRST 96
#define ADDR_BITS 128
#define LIFETIME_INFINITE UINT32_MAX
#define LEASE_TYPE_PREFIX 2
#define STATE_DEFAULT 0
#define STATE_DECLINED 1
#define STATE_RECLAIMED 2
/* Kea counts whole seconds. */
#define KEA_ERROR_US TIMES_SECOND_US

static const char *const column_names[KEA_COLUMN_COUNT] = {
    "address",    "hwaddr", "client_id",  "duid",  "valid_lifetime", "expire",
    "lease_type", "iaid",   "prefix_len", "state", "user_context",
};

struct row {
	struct slice cells[KEA_COLUMN_COUNT];
	struct subject subject;
	uint8_t slot;
	bool has_time;
	bool placed; /* subject and times could be read */
	int64_t start_us, end_us;
	uint64_t lifetime, state;
	struct lease_line line;
};

void
kea_init(struct kea *kea, enum lease_holder_by holder_by, int64_t grace_us,
	 uint32_t realm)
{
	*kea = (struct kea){.holder_by = holder_by,
			    .grace_us = grace_us,
			    .realm = realm,
			    .newest = times_unset()};
}

static bool
is_header(struct slice line)
{
	return line.length > 8 && memcmp(line.at, "address,", 8) == 0;
}

static bool
read_header(struct kea *kea, struct slice line)
{
	int16_t index = 0;
	bool v4, v6;

	for (size_t c = 0; c < KEA_COLUMN_COUNT; c++)
		kea->at[c] = -1;
	while (line.at && index < INT16_MAX) {
		struct slice name = slice_trim(slice_split(&line, ','));

		for (size_t c = 0; c < KEA_COLUMN_COUNT; c++)
			if (slice_equal(name, column_names[c]))
				kea->at[c] = index;
		index++;
	}
	kea->fields = (size_t)index;
	v4 = kea->at[KEA_HWADDR] >= 0 && kea->at[KEA_CLIENT_ID] >= 0;
	v6 = kea->at[KEA_DUID] >= 0 && kea->at[KEA_LEASE_TYPE] >= 0 &&
	     kea->at[KEA_IAID] >= 0 && kea->at[KEA_PREFIX_LENGTH] >= 0;
	kea->has_header = v4 != v6 && kea->at[KEA_ADDRESS] >= 0 &&
			  kea->at[KEA_LIFETIME] >= 0 &&
			  kea->at[KEA_EXPIRE] >= 0;
	return kea->has_header;
}

static bool
split_row(const struct kea *kea, struct slice line, struct row *row)
{
	int16_t index = 0;

	while (line.at && index < INT16_MAX) {
		struct slice cell = slice_split(&line, ',');

		for (size_t c = 0; c < KEA_COLUMN_COUNT; c++)
			if (kea->at[c] == index)
				row->cells[c] = slice_trim(cell);
		index++;
	}
	return (size_t)index == kea->fields;
}

static const char *
read_subject(const struct kea *kea, struct row *row)
{
	struct addr addr;
	uint64_t type, bits;
	bool v6 = kea->at[KEA_DUID] >= 0;

	if (addr_parse(row->cells[KEA_ADDRESS], &addr) != 0 ||
	    addr_is_v4(&addr) == v6 || addr_is_unspecified(&addr))
		return "kea address";
	row->subject.prefix = (struct prefix){addr, ADDR_BITS};
	row->slot = v6 ? LEASE_SLOT_ADDRESS6 : LEASE_SLOT_ADDRESS;
	if (!v6)
		return NULL;
	if (slice_u64(row->cells[KEA_LEASE_TYPE], LEASE_TYPE_PREFIX, &type))
		return "kea lease type";
	if (type != LEASE_TYPE_PREFIX)
		return NULL;
	row->slot = LEASE_SLOT_DELEGATED;
	if (slice_u64(row->cells[KEA_PREFIX_LENGTH], ADDR_BITS, &bits) ||
	    bits == 0)
		return "kea prefix length";
	row->subject.prefix = prefix_of(&addr, (uint8_t)bits);
	return addr_equal(&row->subject.prefix.addr, &addr)
		   ? NULL
		   : "kea prefix length";
}

static const char *
read_times(struct row *row)
{
	uint64_t expire;

	if (slice_u64(row->cells[KEA_LIFETIME], UINT32_MAX, &row->lifetime))
		return "kea lifetime";
	if (slice_u64(row->cells[KEA_EXPIRE],
		      (uint64_t)(TIMES_LATEST_US / TIMES_SECOND_US), &expire) ||
	    expire < row->lifetime ||
	    expire - row->lifetime <
		(uint64_t)(TIMES_EARLIEST_US / TIMES_SECOND_US))
		return "kea time";
	row->start_us = (int64_t)(expire - row->lifetime) * TIMES_SECOND_US;
	row->end_us = row->lifetime == LIFETIME_INFINITE
			  ? INT64_MAX
			  : (int64_t)expire * TIMES_SECOND_US;
	return NULL;
}

static const char *
read_client(const struct kea *kea, struct row *row)
{
	bool v6 = kea->at[KEA_DUID] >= 0;
	struct slice client = row->cells[v6 ? KEA_DUID : KEA_CLIENT_ID];
	struct lease_line *line = &row->line;
	int hardware, length;
	uint64_t iaid;

	hardware = lease_octets(row->cells[KEA_HWADDR], line->hardware,
				sizeof(line->hardware));
	length = lease_octets(client, line->client, sizeof(line->client));
	if (hardware < 0 || length < 0)
		return "kea client";
	line->hardware_length = (size_t)hardware;
	line->client_length = (size_t)length;
	line->duid = v6;
	if (!v6)
		return NULL;
	if (slice_u64(row->cells[KEA_IAID], UINT32_MAX, &iaid))
		return "kea client";
	line->has_iaid = true;
	line->iaid = (uint32_t)iaid;
	return NULL;
}

/* Kea's "&#x2c" and the like; answers the length, or LZ_E_RANGE. */
static int
unescape(struct slice cell, char *to, size_t capacity)
{
	size_t length = 0;

	for (size_t i = 0; i < cell.length; length++) {
		uint8_t byte;

		if (length == capacity)
			return LZ_E_RANGE;
		if (cell.length - i >= 5 &&
		    memcmp(cell.at + i, "&#x", 3) == 0) {
			char hex[4] = {'0', 'x', cell.at[i + 3],
				       cell.at[i + 4]};

			if (lease_octets((struct slice){hex, 4}, &byte, 1) ==
			    1) {
				to[length] = (char)byte;
				i += 5;
				continue;
			}
		}
		to[length] = cell.at[i++];
	}
	return (int)length;
}

/* Option 82 as Kea keeps it: octets, or (since 2.3) an object around them. */
static int
read_agent_info(struct json_reader *json, const struct json_token *token,
		struct lease_line *line)
{
	struct json_token member;
	struct slice octets = token->raw;
	uint8_t bytes[RELAY_BYTES_MAX];
	int length;

	if (token->kind == JSON_OBJECT) {
		octets.length = 0;
		while (json_next(json, &member) != JSON_OBJECT_END) {
			if (member.kind == JSON_STRING &&
			    json_raw_is(member.key, "sub-options"))
				octets = member.raw;
			if (json_skip(json, &member))
				return LZ_E_FORMAT;
		}
	} else if (token->kind != JSON_STRING) {
		return LZ_E_FORMAT;
	}
	length = lease_octets(octets, bytes, sizeof(bytes));
	if (length < 0)
		return length;
	return lease_line_agent_options(line, bytes, (size_t)length);
}

/* One relay of a DHCPv6 message; `best` is the nearest to the client so far. */
static int
read_relay(struct json_reader *json, uint64_t *best, struct lease_line *line)
{
	struct json_token member;
	struct slice options = {"", 0};
	uint8_t bytes[RELAY_BYTES_MAX];
	struct lease_line told = {.circuit_length = 0};
	uint64_t hop = UINT64_MAX;
	int length, error;

	while (json_next(json, &member) != JSON_OBJECT_END) {
		if (member.kind == JSON_STRING &&
		    json_raw_is(member.key, "options"))
			options = member.raw;
		if (member.kind == JSON_NUMBER &&
		    json_raw_is(member.key, "hop") &&
		    slice_u64(member.raw, UINT8_MAX, &hop) != 0)
			return LZ_E_FORMAT;
		if (json_skip(json, &member))
			return LZ_E_FORMAT;
	}
	length = lease_octets(options, bytes, sizeof(bytes));
	if (length < 0)
		return length;
	error = lease_line_relay_options(&told, bytes, (size_t)length);
	if (error || told.circuit_length + told.remote_length == 0 ||
	    hop >= *best)
		return error;
	*best = hop;
	memcpy(line->circuit, told.circuit, told.circuit_length);
	memcpy(line->remote, told.remote, told.remote_length);
	line->circuit_length = told.circuit_length;
	line->remote_length = told.remote_length;
	return LZ_OK;
}

static int
read_relays(struct json_reader *json, const struct json_token *token,
	    struct lease_line *line)
{
	struct json_token relay;
	uint64_t best = UINT64_MAX;

	if (token->kind != JSON_ARRAY)
		return LZ_E_FORMAT;
	while (json_next(json, &relay) != JSON_ARRAY_END)
		if (relay.kind != JSON_OBJECT || read_relay(json, &best, line))
			return LZ_E_FORMAT;
	return LZ_OK;
}

/* What stands under "ISC" of a user context. */
static int
read_isc(struct json_reader *json, struct lease_line *line)
{
	struct json_token member;
	int error = LZ_OK;

	while (!error && json_next(json, &member) != JSON_OBJECT_END) {
		if (json_raw_is(member.key, "relay-agent-info"))
			error = read_agent_info(json, &member, line);
		else if (json_raw_is(member.key, "relays") ||
			 json_raw_is(member.key, "relay-info"))
			error = read_relays(json, &member, line);
		else
			error = json_skip(json, &member);
	}
	return error;
}

static const char *
read_context(struct row *row)
{
	static const char bad[] = "kea context";
	struct json_reader json;
	struct json_token token;
	char text[CONTEXT_SIZE];
	int length = unescape(row->cells[KEA_CONTEXT], text, sizeof(text));

	if (length < 0)
		return bad;
	json_reader_init(&json, text, (size_t)length);
	if (json_next(&json, &token) == JSON_END)
		return NULL;
	if (token.kind != JSON_OBJECT)
		return bad;
	while (json_next(&json, &token) != JSON_OBJECT_END) {
		int error = token.kind == JSON_OBJECT &&
				    json_raw_is(token.key, "ISC")
				? read_isc(&json, &row->line)
				: json_skip(&json, &token);

		if (error)
			return bad;
	}
	return json_next(&json, &token) == JSON_END ? NULL : bad;
}

static const char *
read_row(const struct kea *kea, struct slice line, struct row *row)
{
	const char *reason;

	if (!split_row(kea, line, row))
		return "kea fields";
	reason = read_subject(kea, row);
	if (!reason)
		reason = read_times(row);
	if (reason)
		return reason;
	row->placed = true;
	if (kea->at[KEA_STATE] >= 0 &&
	    slice_u64(row->cells[KEA_STATE], STATE_RECLAIMED, &row->state))
		return "kea state";
	reason = read_client(kea, row);
	return reason ? reason : read_context(row);
}

/* The ends of a lease and how sure they are. */
static void
set_times(const struct kea *kea, const struct row *row,
	  struct lease_event *event)
{
	event->at.us = row->start_us;
	event->start.us = row->start_us;
	event->end.us = row->end_us;
	event->sure = times_unset();
	if (row->lifetime == 0) {
		event->marks = LEASE_END_INFERRED;
		event->sure = event->start;
		event->end = times_unset();
		if (event->arrival.us > event->start.us)
			event->end.us = event->arrival.us;
	} else if (row->state == STATE_RECLAIMED) {
		event->at.us = row->end_us;
	}
	if (row->lifetime != 0 && kea->grace_us > 0 &&
	    row->state != STATE_DECLINED && row->end_us != INT64_MAX) {
		event->marks = LEASE_END_INFERRED;
		event->sure = event->end;
		event->end.us += kea->grace_us;
	}
}

static void
say(const struct kea *kea, const struct lease_chunk *chunk,
    const struct row *row, const char *reason, uint64_t offset,
    const struct lease_output *output)
{
	struct lease_event event = {
	    .kind = LEASE_WHOLE,
	    .subject_count = 1,
	    .subjects = {{row->subject, row->slot}},
	    .realm = kea->realm,
	    .error_us = KEA_ERROR_US,
	    .arrival = chunk->arrival,
	    .origin = chunk->origin | offset,
	};

	set_times(kea, row, &event);
	if (reason)
		lease_hold_place(&event, "unreadable:");
	else if (row->state == STATE_DECLINED)
		lease_hold_place(&event, "declined:");
	else if (lease_line_holder(&row->line, kea->holder_by, event.holder) ||
		 lease_line_session(&row->line, &row->subject, event.session))
		lease_hold_place(&event, "unreadable:");
	output->sink(output->context, &event);
}

static void
take_line(struct kea *kea, const struct lease_chunk *chunk, struct slice line,
	  uint64_t offset, const struct lease_output *output)
{
	struct row row = {.placed = false};
	const char *reason = NULL;

	if (line.length == 0)
		return;
	if (is_header(line)) {
		if (!read_header(kea, line))
			reason = "kea header";
	} else if (!kea->has_header) {
		reason = "kea header";
	} else {
		reason = read_row(kea, line, &row);
	}
	if (reason && output->refused)
		output->refused(output->context, offset, reason);
	if (reason && !row.placed)
		lease_say_gap(chunk, kea->newest, offset, output);
	if (row.placed && row.start_us > kea->newest.us)
		kea->newest.us = row.start_us;
	if (row.placed && !(row.lifetime == 0 && row.state == STATE_RECLAIMED))
		say(kea, chunk, &row, reason, offset, output);
}

size_t
kea_feed(struct kea *kea, const struct lease_chunk *chunk,
	 const struct lease_output *output)
{
	struct slice rest = chunk->bytes;
	size_t consumed = 0;

	if (!kea->begun && chunk->offset != 0) {
		struct slice header = chunk->header;

		header = slice_trim(slice_split(&header, '\n'));
		if (is_header(header))
			(void)read_header(kea, header);
	}
	kea->begun = true;
	while (rest.length > 0) {
		struct slice line = rest;
		size_t size;

		line = slice_split(&rest, '\n');
		if (!rest.at && !chunk->end)
			break;
		size = line.length + (rest.at ? 1 : 0);
		take_line(kea, chunk, slice_trim(line), consumed, output);
		consumed += size;
	}
	return consumed;
}
