/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canonical bytes (what the id and the fact key hash) and the stored form of a
 * sighting.  Both are frozen by test vectors: a change of either is a new
 * version or schema number beside the old one, never an edit.
 */
#include <string.h>

#include "base/check.h"
#include "crypto/sha256.h"
#include "fact/sighting.h"

#define CANONICAL_VERSION 1
#define MARKS_KNOWN 0x01ffu
#define MARKS_KNOWN_1 0x00ffu /* of schema 1 */
#define PREFIX_BITS 128

/* Canonical tags, in the order they are written. */
enum canonical_tag {
	TAG_VERSION = 1,
	TAG_ORIGIN = 2,
	TAG_CLASS = 3,
	TAG_ROLE = 4,
	TAG_ADDRESS = 5,
	TAG_PORTS = 6,
	TAG_PROTO = 7,
	TAG_PEER = 8,
	TAG_PEER_PORT = 9,
	TAG_FAMILY = 10,
	TAG_FIRST = 11,
	TAG_LAST = 12,
};

/* Which of the two hashes the bytes are for. */
enum canonical_kind { CANONICAL_ID, CANONICAL_FACT };

static void
put_header(struct writer *writer, enum canonical_tag tag, size_t length)
{
	writer_u8(writer, (uint8_t)tag);
	writer_u16(writer, (uint16_t)length);
}

static void
put_u8(struct writer *writer, enum canonical_tag tag, uint8_t value)
{
	put_header(writer, tag, 1);
	writer_u8(writer, value);
}

static void
put_text(struct writer *writer, enum canonical_tag tag,
	 const char text[SIGHTING_NAME_SIZE])
{
	size_t length = strlen(text);

	put_header(writer, tag, length);
	writer_bytes(writer, text, length);
}

static int64_t
canonical_time(struct at_event time, enum canonical_kind kind)
{
	int64_t into;

	if (kind == CANONICAL_ID || !times_is_set(time))
		return time.us;
	into = time.us % TIMES_MINUTE_US;
	if (into < 0)
		into += TIMES_MINUTE_US;
	/* Unsigned: in the first minute there is, this wraps. */
	return (int64_t)((uint64_t)time.us - (uint64_t)into);
}

static void
put_time(struct writer *writer, enum canonical_tag tag, struct at_event time,
	 enum canonical_kind kind)
{
	put_header(writer, tag, sizeof(time.us));
	writer_u64(writer, (uint64_t)canonical_time(time, kind));
}

/* A lone port is two bytes; pairs are ten bytes each. */
static void
put_ports(struct writer *writer, const struct sighting *sighting,
	  enum canonical_kind kind)
{
	const size_t pair = sizeof(uint16_t) + sizeof(int64_t);

	if (sighting->port_count > 0) {
		put_header(writer, TAG_PORTS, sighting->port_count * pair);
		for (unsigned i = 0; i < sighting->port_count; i++) {
			const struct port_time *at = &sighting->ports[i];

			writer_u16(writer, at->port);
			writer_u64(writer,
				   (uint64_t)canonical_time(at->time, kind));
		}
	} else if (sighting->marks & SIGHTING_HAS_PORT) {
		put_header(writer, TAG_PORTS, sizeof(sighting->port));
		writer_u16(writer, sighting->port);
	} else {
		put_header(writer, TAG_PORTS, 0);
	}
}

static void
put_peer(struct writer *writer, const struct sighting *sighting)
{
	if (sighting->marks & SIGHTING_HAS_PEER) {
		put_header(writer, TAG_PEER, sizeof(sighting->peer.bytes));
		writer_bytes(writer, sighting->peer.bytes,
			     sizeof(sighting->peer.bytes));
	} else {
		put_header(writer, TAG_PEER, 0);
	}
	if (sighting->marks & SIGHTING_HAS_PEER_PORT) {
		put_header(writer, TAG_PEER_PORT, sizeof(sighting->peer_port));
		writer_u16(writer, sighting->peer_port);
	} else {
		put_header(writer, TAG_PEER_PORT, 0);
	}
}

static void
put_canonical(struct writer *writer, const struct sighting *sighting,
	      enum canonical_kind kind)
{
	put_u8(writer, TAG_VERSION, CANONICAL_VERSION);
	if (kind == CANONICAL_ID)
		put_text(writer, TAG_ORIGIN, sighting->origin);
	put_u8(writer, TAG_CLASS, sighting->class);
	put_u8(writer, TAG_ROLE, sighting->role);
	put_header(writer, TAG_ADDRESS, sizeof(sighting->address.bytes));
	writer_bytes(writer, sighting->address.bytes,
		     sizeof(sighting->address.bytes));
	put_ports(writer, sighting, kind);
	put_u8(writer, TAG_PROTO, sighting->proto);
	put_peer(writer, sighting);
	if (kind == CANONICAL_ID)
		put_text(writer, TAG_FAMILY, sighting->family);
	put_time(writer, TAG_FIRST, sighting->first, kind);
	put_time(writer, TAG_LAST, sighting->last, kind);
}

static void
hash_canonical(const struct sighting *sighting, enum canonical_kind kind,
	       uint8_t hash[SIGHTING_ID_SIZE])
{
	uint8_t bytes[SIGHTING_BYTES_MAX], digest[SHA256_SIZE];
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	put_canonical(&writer, sighting, kind);
	lz_assert(!writer.failed);
	sha256(bytes, writer.length, digest);
	memcpy(hash, digest, SIGHTING_ID_SIZE);
}

void
sighting_canonical(struct writer *writer, const struct sighting *sighting)
{
	put_canonical(writer, sighting, CANONICAL_ID);
}

void
sighting_seal(struct sighting *sighting)
{
	hash_canonical(sighting, CANONICAL_ID, sighting->id);
}

void
sighting_fact_key(const struct sighting *sighting,
		  uint8_t key[SIGHTING_ID_SIZE])
{
	hash_canonical(sighting, CANONICAL_FACT, key);
}

static void
write_time(struct writer *writer, struct at_event time)
{
	writer_u64(writer, (uint64_t)time.us);
}

static void
write_text(struct writer *writer, const char text[SIGHTING_NAME_SIZE])
{
	size_t length = strlen(text);

	writer_u8(writer, (uint8_t)length);
	writer_bytes(writer, text, length);
}

void
sighting_encode(struct writer *writer, const struct sighting *sighting)
{
	writer_u16(writer, SIGHTING_SCHEMA);
	writer_bytes(writer, sighting->id, SIGHTING_ID_SIZE);
	write_time(writer, sighting->time);
	write_time(writer, sighting->known);
	write_time(writer, sighting->first);
	write_time(writer, sighting->last);
	writer_u64(writer, (uint64_t)sighting->time_error_us);
	writer_u64(writer, (uint64_t)sighting->lateness_us);
	writer_bytes(writer, sighting->subject.prefix.addr.bytes, 16);
	writer_u8(writer, sighting->subject.prefix.length);
	writer_u16(writer, sighting->subject.port_first);
	writer_u16(writer, sighting->subject.port_last);
	writer_bytes(writer, sighting->address.bytes, 16);
	writer_bytes(writer, sighting->peer.bytes, 16);
	writer_u16(writer, sighting->port);
	writer_u16(writer, sighting->peer_port);
	writer_u8(writer, sighting->proto);
	writer_u8(writer, sighting->class);
	writer_u8(writer, sighting->role);
	writer_u8(writer, sighting->entered);
	writer_u16(writer, sighting->marks);
	writer_u32(writer, (uint32_t)sighting->weight_milli);
	writer_u32(writer, sighting->samples);
	writer_u32(writer, sighting->sampling);
	writer_u8(writer, sighting->port_count);
	for (unsigned i = 0; i < sighting->port_count; i++) {
		writer_u16(writer, sighting->ports[i].port);
		write_time(writer, sighting->ports[i].time);
	}
	write_text(writer, sighting->origin);
	write_text(writer, sighting->family);
	write_text(writer, sighting->detector);
	if (sighting->marks & SIGHTING_HAS_EXPORTER)
		writer_bytes(writer, sighting->exporter.bytes, 16);
}

static struct at_event
read_time(struct cursor *cursor)
{
	return (struct at_event){(int64_t)cursor_u64(cursor)};
}

static struct addr
read_addr(struct cursor *cursor)
{
	struct addr addr = {{0}};
	const uint8_t *bytes = cursor_take(cursor, sizeof(addr.bytes));

	if (bytes)
		memcpy(addr.bytes, bytes, sizeof(addr.bytes));
	return addr;
}

/* Printable ASCII only: names go to terminals, pages and notices. */
static int
read_text(struct cursor *cursor, char text[SIGHTING_NAME_SIZE])
{
	size_t length = cursor_u8(cursor);
	const uint8_t *bytes;

	if (length >= SIGHTING_NAME_SIZE)
		return LZ_E_RANGE;
	bytes = cursor_take(cursor, length);
	if (!bytes)
		return cursor->failed ? LZ_E_SHORT : LZ_OK;
	for (size_t i = 0; i < length; i++)
		if (bytes[i] < 0x20 || bytes[i] > 0x7e)
			return LZ_E_FORMAT;
	memcpy(text, bytes, length);
	return LZ_OK;
}

static void
read_numbers(struct cursor *cursor, struct sighting *sighting)
{
	const uint8_t *id = cursor_take(cursor, SIGHTING_ID_SIZE);

	if (id)
		memcpy(sighting->id, id, SIGHTING_ID_SIZE);
	sighting->time = read_time(cursor);
	sighting->known = read_time(cursor);
	sighting->first = read_time(cursor);
	sighting->last = read_time(cursor);
	sighting->time_error_us = (int64_t)cursor_u64(cursor);
	sighting->lateness_us = (int64_t)cursor_u64(cursor);
	sighting->subject.prefix.addr = read_addr(cursor);
	sighting->subject.prefix.length = cursor_u8(cursor);
	sighting->subject.port_first = cursor_u16(cursor);
	sighting->subject.port_last = cursor_u16(cursor);
	sighting->address = read_addr(cursor);
	sighting->peer = read_addr(cursor);
	sighting->port = cursor_u16(cursor);
	sighting->peer_port = cursor_u16(cursor);
	sighting->proto = cursor_u8(cursor);
	sighting->class = cursor_u8(cursor);
	sighting->role = cursor_u8(cursor);
	sighting->entered = cursor_u8(cursor);
	sighting->marks = cursor_u16(cursor);
	sighting->weight_milli = (int32_t)cursor_u32(cursor);
	sighting->samples = cursor_u32(cursor);
	sighting->sampling = cursor_u32(cursor);
	sighting->port_count = cursor_u8(cursor);
}

static int
check_numbers(const struct sighting *sighting, uint16_t schema)
{
	const uint16_t known = schema == 1 ? MARKS_KNOWN_1 : MARKS_KNOWN;
	const struct subject *subject = &sighting->subject;
	struct prefix cut;

	if (sighting->class >= RSIT_CLASS_COUNT ||
	    sighting->role >= ROLE_COUNT ||
	    sighting->entered > ENTERED_BORDER ||
	    (sighting->marks & ~known) != 0 ||
	    sighting->port_count > SIGHTING_PORTS_MAX ||
	    sighting->first.us > sighting->last.us ||
	    sighting->time_error_us < 0 || sighting->lateness_us < 0 ||
	    subject->prefix.length > PREFIX_BITS ||
	    subject->port_first > subject->port_last)
		return LZ_E_RANGE;
	cut = prefix_of(&subject->prefix.addr, subject->prefix.length);
	return prefix_equal(&cut, &subject->prefix) ? LZ_OK : LZ_E_RANGE;
}

static int
read_names(struct cursor *cursor, struct sighting *sighting)
{
	int error = read_text(cursor, sighting->origin);

	if (!error)
		error = read_text(cursor, sighting->family);
	if (!error)
		error = read_text(cursor, sighting->detector);
	return error;
}

int
sighting_decode(struct cursor *cursor, struct sighting *sighting)
{
	struct sighting read = {0};
	uint16_t schema = cursor_u16(cursor);
	uint8_t id[SIGHTING_ID_SIZE];
	int error;

	if (cursor->failed)
		return LZ_E_SHORT;
	if (schema != SIGHTING_SCHEMA && schema != 1)
		return LZ_E_VERSION;
	read_numbers(cursor, &read);
	if (cursor->failed)
		return LZ_E_SHORT;
	error = check_numbers(&read, schema);
	if (error)
		return error;
	for (unsigned i = 0; i < read.port_count; i++) {
		read.ports[i].port = cursor_u16(cursor);
		read.ports[i].time = read_time(cursor);
	}
	error = read_names(cursor, &read);
	if (error)
		return error;
	if (read.marks & SIGHTING_HAS_EXPORTER)
		read.exporter = read_addr(cursor);
	if (cursor->failed)
		return LZ_E_SHORT;
	hash_canonical(&read, CANONICAL_ID, id);
	if (memcmp(id, read.id, SIGHTING_ID_SIZE) != 0)
		return LZ_E_CHECKSUM;
	*sighting = read;
	return LZ_OK;
}
