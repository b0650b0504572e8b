/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels must be injective: two lines must never share one.  So what isn't
 * plain text is written in hexadecimal, and so is text that could be taken for
 * that or for a separator; what is too long is named by 128 bits of SHA-256.
 */
#include "lease/line.h"

#include <string.h>

#include "base/cursor.h"
#include "fact/digest.h"
#include "lease/holder.h"

#define AGENT_CIRCUIT 1
#define AGENT_REMOTE 2
#define RELAY_INTERFACE 18
#define RELAY_REMOTE 37
/* One part of a label; the longest prefix and a separator go beside two. */
#define PART_SIZE 44
#define WHOLE_PART_SIZE 80

static int
keep(uint8_t *to, size_t *to_length, const uint8_t *bytes, size_t length)
{
	if (length > LEASE_LINE_BYTES_MAX)
		return LZ_E_FORMAT;
	memcpy(to, bytes, length);
	*to_length = length;
	return LZ_OK;
}

int
lease_line_agent_options(struct lease_line *line, const uint8_t *bytes,
			 size_t length)
{
	int error = LZ_OK;

	for (size_t at = 0; at < length && !error;) {
		size_t size;

		if (length - at < 2 || length - at - 2 < bytes[at + 1])
			return LZ_E_FORMAT;
		size = bytes[at + 1];
		if (bytes[at] == AGENT_CIRCUIT)
			error = keep(line->circuit, &line->circuit_length,
				     bytes + at + 2, size);
		if (bytes[at] == AGENT_REMOTE)
			error = keep(line->remote, &line->remote_length,
				     bytes + at + 2, size);
		at += 2 + size;
	}
	return error;
}

/* Enterprise number and the node's bytes (RFC 4649) as "3561/bytes". */
static int
keep_relay_remote(struct lease_line *line, const uint8_t *bytes, size_t length)
{
	char buffer[LEASE_LINE_BYTES_MAX + 1];
	struct cursor cursor;
	struct text text;

	cursor_init(&cursor, bytes, length);
	text_init(&text, buffer, sizeof(buffer));
	text_u64(&text, cursor_u32(&cursor));
	text_char(&text, '/');
	text_bytes(&text, cursor.at, cursor_left(&cursor));
	if (cursor.failed || text.full)
		return LZ_E_FORMAT;
	return keep(line->remote, &line->remote_length,
		    (const uint8_t *)text.at, text.length);
}

int
lease_line_relay_options(struct lease_line *line, const uint8_t *bytes,
			 size_t length)
{
	int error = LZ_OK;

	for (size_t at = 0; at < length && !error;) {
		size_t code, size;

		if (length - at < 4)
			return LZ_E_FORMAT;
		code = (size_t)bytes[at] << 8 | bytes[at + 1];
		size = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
		if (length - at - 4 < size)
			return LZ_E_FORMAT;
		if (code == RELAY_INTERFACE)
			error = keep(line->circuit, &line->circuit_length,
				     bytes + at + 4, size);
		if (code == RELAY_REMOTE)
			error = keep_relay_remote(line, bytes + at + 4, size);
		at += 4 + size;
	}
	return error;
}

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int
plain_octets(struct slice text, uint8_t *bytes, size_t max)
{
	if (text.length % 2 != 0)
		return LZ_E_FORMAT;
	if (text.length / 2 > max)
		return LZ_E_RANGE;
	for (size_t i = 0; i < text.length; i += 2) {
		int high = digit_of(text.at[i]), low = digit_of(text.at[i + 1]);

		if (high < 0 || low < 0)
			return LZ_E_FORMAT;
		bytes[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (int)(text.length / 2);
}

int
lease_octets(struct slice text, uint8_t *bytes, size_t max)
{
	size_t count = 0;

	if (text.length >= 2 && text.at[0] == '0' &&
	    (text.at[1] == 'x' || text.at[1] == 'X'))
		return plain_octets((struct slice){text.at + 2,
						   text.length - 2},
				    bytes, max);
	if (text.length == 0)
		return 0;
	while (text.at) {
		struct slice part = slice_split(&text, ':');
		int high = 0, low;

		if (part.length < 1 || part.length > 2)
			return LZ_E_FORMAT;
		if (count == max)
			return LZ_E_RANGE;
		low = digit_of(part.at[part.length - 1]);
		if (part.length == 2)
			high = digit_of(part.at[0]);
		if (high < 0 || low < 0)
			return LZ_E_FORMAT;
		bytes[count++] = (uint8_t)(high << 4 | low);
	}
	return (int)count;
}

/* May it stand as it is?  '#' begins a digest, "0x" hexadecimal. */
static bool
is_plain(const uint8_t *bytes, size_t length)
{
	if (bytes[0] == '#' || (length >= 2 && bytes[0] == '0' &&
				(bytes[1] == 'x' || bytes[1] == 'X')))
		return false;
	for (size_t i = 0; i < length; i++)
		if (bytes[i] <= ' ' || bytes[i] > '~' || bytes[i] == '|' ||
		    bytes[i] == '"' || bytes[i] == ',')
			return false;
	return true;
}

/* `length` > 0 bytes in fewer than `size` characters. */
static void
add_part(struct text *text, const uint8_t *bytes, size_t length, size_t size)
{
	uint8_t digest[DIGEST_SIZE];

	if (length < size && is_plain(bytes, length)) {
		text_bytes(text, bytes, length);
	} else if (2 * length + 2 < size) {
		text_add(text, "0x");
		text_hex(text, bytes, length);
	} else {
		digest_bytes(bytes, length, digest);
		text_char(text, '#');
		text_hex(text, digest, sizeof(digest));
	}
}

/* "02:00:5e", in fewer than `size` characters; else the digest. */
static void
add_octets(struct text *text, const uint8_t *bytes, size_t length, size_t size)
{
	uint8_t digest[DIGEST_SIZE];

	if (length * 3 >= size) {
		digest_bytes(bytes, length, digest);
		text_char(text, '#');
		text_hex(text, digest, sizeof(digest));
		return;
	}
	for (size_t i = 0; i < length; i++) {
		if (i > 0)
			text_char(text, ':');
		text_hex(text, bytes + i, 1);
	}
}

/* One value alone, as every other source writes it; a digest if too long. */
static void
holder_by_part(char *holder, const char *kind, const uint8_t *bytes,
	       size_t length)
{
	uint8_t digest[DIGEST_SIZE];
	struct text text;

	if (holder_text(holder, kind,
			(struct slice){(const char *)bytes, length}))
		return;
	digest_bytes(bytes, length, digest);
	text_init(&text, holder, PARTY_LABEL_SIZE);
	text_add(&text, kind);
	text_add(&text, "-digest:");
	text_hex(&text, digest, sizeof(digest));
}

/* The label by the line; false: the line isn't told. */
static bool
holder_by_line(const struct lease_line *line, enum lease_holder_by by,
	       char *holder)
{
	bool circuit = line->circuit_length > 0 && by != LEASE_BY_REMOTE;
	bool remote = line->remote_length > 0 && by != LEASE_BY_CIRCUIT;
	struct text text;

	if (circuit && remote) {
		text_init(&text, holder, PARTY_LABEL_SIZE);
		text_add(&text, "line:");
		add_part(&text, line->remote, line->remote_length, PART_SIZE);
		text_char(&text, '|');
		add_part(&text, line->circuit, line->circuit_length, PART_SIZE);
	} else if (circuit) {
		holder_by_part(holder, "circuit", line->circuit,
			       line->circuit_length);
	} else if (remote) {
		holder_by_part(holder, "remote", line->remote,
			       line->remote_length);
	}
	return circuit || remote;
}

int
lease_line_holder(const struct lease_line *line, enum lease_holder_by by,
		  char *holder)
{
	struct text text;

	if (by <= LEASE_BY_REMOTE && holder_by_line(line, by, holder))
		return LZ_OK;
	text_init(&text, holder, PARTY_LABEL_SIZE);
	if (line->hardware_length > 0 &&
	    (by != LEASE_BY_CLIENT || line->client_length == 0)) {
		text_add(&text, "mac:");
		add_octets(&text, line->hardware, line->hardware_length,
			   WHOLE_PART_SIZE);
		return LZ_OK;
	}
	if (line->client_length == 0)
		return LZ_E_FORMAT;
	if (!line->duid) {
		holder_by_part(holder, "client", line->client,
			       line->client_length);
		return LZ_OK;
	}
	text_add(&text, "duid:");
	add_octets(&text, line->client, line->client_length, WHOLE_PART_SIZE);
	return LZ_OK;
}

int
lease_line_session(const struct lease_line *line, const struct subject *subject,
		   char *session)
{
	char address[SUBJECT_TEXT_SIZE], iaid[16] = "";
	struct text text;
	size_t room;

	text_init(&text, iaid, sizeof(iaid));
	if (line->has_iaid) {
		text_char(&text, '/');
		text_u64(&text, line->iaid);
	}
	text_init(&text, address, sizeof(address));
	subject_format(&text, subject);
	/* At most 49 and 11 characters: a digest's 33 have room. */
	room = LEASE_ID_SIZE - 2 - text.length - strlen(iaid);
	text_init(&text, session, LEASE_ID_SIZE);
	if (line->client_length > 0) {
		add_octets(&text, line->client, line->client_length, room);
	} else if (line->hardware_length > 0) {
		text_add(&text, "mac:");
		add_octets(&text, line->hardware, line->hardware_length,
			   room - 4);
	} else {
		return LZ_E_FORMAT;
	}
	text_add(&text, iaid);
	text_char(&text, '/');
	text_add(&text, address);
	return LZ_OK;
}

void
lease_hold_place(struct lease_event *event, const char *why)
{
	struct text text;

	text_init(&text, event->holder, sizeof(event->holder));
	text_add(&text, why);
	subject_format(&text, &event->subjects[0].subject);
	text_init(&text, event->session, sizeof(event->session));
	text_add(&text, event->holder);
}

void
lease_name_session(struct lease_event *event, const char *name)
{
	char address[SUBJECT_TEXT_SIZE];
	uint8_t digest[DIGEST_SIZE];
	struct text text;
	size_t length = strlen(name);

	text_init(&text, address, sizeof(address));
	subject_format(&text, &event->subjects[0].subject);
	text_init(&text, event->session, LEASE_ID_SIZE);
	if (length + 1 + strlen(address) < LEASE_ID_SIZE) {
		text_add(&text, name);
	} else {
		digest_bytes(name, length, digest);
		text_char(&text, '#');
		text_hex(&text, digest, sizeof(digest));
	}
	text_char(&text, '/');
	text_add(&text, address);
}

void
lease_say_gap(const struct lease_chunk *chunk, struct at_event newest,
	      uint64_t offset, const struct lease_output *output)
{
	struct lease_event gap = {
	    .kind = LEASE_GAP,
	    .at = {chunk->arrival.us},
	    .start = times_unset(),
	    .end = times_unset(),
	    .sure = times_unset(),
	    .arrival = chunk->arrival,
	    .origin = chunk->origin | offset,
	};

	if (chunk->arrival.us == TIMES_UNSET_US && times_is_set(newest))
		gap.at.us = newest.us + TIMES_SECOND_US;
	if (times_is_set(gap.at))
		output->sink(output->context, &gap);
}
