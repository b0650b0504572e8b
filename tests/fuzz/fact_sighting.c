/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a stored sighting: what is read is written back as the same
 * bytes (but for the schema number), and whatever facts it holds, its hashes can be taken.
 *
 * The stored form carries its own hash, which a fuzzer can't guess. So where
 * the first byte is odd, the input's bytes become the facts of a sighting that
 * is sealed and stored first; decoding must then accept it or name a range.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/sha256.h"
#include "fact/sighting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take_name(struct cursor *cursor, char name[SIGHTING_NAME_SIZE])
{
	size_t length = cursor_u8(cursor) % SIGHTING_NAME_SIZE;
	const uint8_t *bytes = cursor_take(cursor, length);

	if (bytes)
		memcpy(name, bytes, length);
}

static void
take_facts(struct cursor *cursor, struct sighting *sighting)
{
	const uint8_t *addresses = cursor_take(cursor, 32);

	memset(sighting, 0, sizeof(*sighting));
	if (addresses) {
		memcpy(sighting->address.bytes, addresses, 16);
		memcpy(sighting->peer.bytes, addresses + 16, 16);
	}
	sighting->first.us = (int64_t)cursor_u64(cursor);
	sighting->last.us = (int64_t)cursor_u64(cursor);
	sighting->class = cursor_u8(cursor);
	sighting->role = cursor_u8(cursor);
	sighting->proto = cursor_u8(cursor);
	sighting->marks = cursor_u16(cursor);
	sighting->subject.prefix = prefix_of(&sighting->address,
					     cursor_u8(cursor) % 129);
	sighting->subject.port_first = cursor_u16(cursor);
	sighting->subject.port_last = cursor_u16(cursor);
	sighting->port = cursor_u16(cursor);
	sighting->peer_port = cursor_u16(cursor);
	sighting->port_count = cursor_u8(cursor) % (SIGHTING_PORTS_MAX + 1);
	for (unsigned i = 0; i < sighting->port_count; i++) {
		sighting->ports[i].port = cursor_u16(cursor);
		sighting->ports[i].time.us = (int64_t)cursor_u64(cursor);
	}
	take_name(cursor, sighting->origin);
	take_name(cursor, sighting->family);
	take_name(cursor, sighting->detector);
	addresses = cursor_take(cursor, 16);
	if (addresses)
		memcpy(sighting->exporter.bytes, addresses, 16);
	sighting_seal(sighting);
}

static int
decode(const uint8_t *bytes, size_t length)
{
	uint8_t again[SIGHTING_BYTES_MAX], key[SIGHTING_ID_SIZE];
	struct sighting sighting;
	struct cursor cursor;
	struct writer writer;
	size_t read;
	int error;

	cursor_init(&cursor, bytes, length);
	error = sighting_decode(&cursor, &sighting);
	if (error)
		return error;
	read = length - cursor_left(&cursor);
	writer_init(&writer, again, sizeof(again));
	sighting_encode(&writer, &sighting);
	lz_assert(!writer.failed && writer.length == read);
	/* Written under today's number, whatever it was read under. */
	lz_assert(memcmp(again + 2, bytes + 2, read - 2) == 0);
	sighting_fact_key(&sighting, key);
	return LZ_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t bytes[SIGHTING_BYTES_MAX];
	struct sighting sighting;
	struct cursor cursor;
	struct writer writer;
	int error;

	if (crypto_init() != 0)
		abort();
	if (size == 0 || !(data[0] & 1)) {
		error = decode(data + (size > 0), size - (size > 0));
		lz_assert(error <= 0);
		return 0;
	}
	cursor_init(&cursor, data + 1, size - 1);
	take_facts(&cursor, &sighting);
	writer_init(&writer, bytes, sizeof(bytes));
	sighting_encode(&writer, &sighting);
	lz_assert(!writer.failed);
	error = decode(bytes, writer.length);
	lz_assert(error == LZ_OK || error == LZ_E_RANGE ||
		  error == LZ_E_FORMAT);
	return 0;
}
