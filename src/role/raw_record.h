/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came in, as it came in: the record of the registrar's raw log, which is
 * authority and evidence for every binding.  Nothing in it is interpreted.
 *
 * u8 version, u8 kind, u16 input, i64 arrival, u8[16] peer, u16 port, u16 name
 * length, name, for RAW_FILE u64 inode, u64 offset, u8 marks, u16 header length
 * and the file's header line, then the bytes; all big-endian.
 */
#ifndef ROLE_RAW_RECORD_H
#define ROLE_RAW_RECORD_H

#include "base/cursor.h"
#include "base/times.h"
#include "base/writer.h"
#include "net/addr.h"

#define RAW_RECORD_VERSION 1
#define RAW_NAME_MAX 63
#define RAW_LINE_MAX 1024 /* of a file's header line */
#define RAW_HEADER_MAX (32 + RAW_NAME_MAX + 19 + RAW_LINE_MAX)
/* Of a record: an event's origin has 16 bits for the place in it. */
#define RAW_BYTES_MAX 65535u

/* Stored: only append. */
enum raw_kind {
	RAW_RADIUS = 1,   /* an accounting packet */
	RAW_SYSLOG = 2,   /* one message, without its framing */
	RAW_IPFIX = 3,    /* a datagram */
	RAW_FILE = 4,     /* whole lines or records of a file */
	RAW_ROWS = 5,     /* rows of a database: CSV with its header line */
	RAW_GAP = 6,      /* here something may be missing: a text says what */
	RAW_WHOLE = 7,    /* the file has been read to its end */
	RAW_MACHINES = 8, /* the body of a POST /api/v1/machines */
	RAW_KIND_COUNT
};

struct raw_record {
	uint8_t kind;
	uint16_t input; /* index among the inputs of its kind, for people; what
			   counts is the name */
	struct at_arrival arrival;
	struct addr peer; /* zero: a file or a database */
	uint16_t port;
	const char *name; /* of the input, as configured; borrowed */
	size_t name_length;
	uint64_t inode, offset; /* RAW_FILE: where the bytes stood */
	bool last;              /* RAW_FILE: no byte will follow in this file */
	bool fresh; /* ... and it was written just before it arrived */
	/* Where the format has one and offset isn't 0, so that each record can
	 * be read by itself; borrowed. */
	struct slice header;
	const uint8_t *bytes; /* borrowed */
	size_t length;
};

/* Encodes into the writer; fails it when the name is too long. */
void raw_record_encode(struct writer *writer, const struct raw_record *record);
/* LZ_E_VERSION, LZ_E_SHORT, LZ_E_RANGE.  Borrows from `body`. */
LZ_NODISCARD int raw_record_decode(const uint8_t *body, size_t length,
				   struct raw_record *record);
/* "RADIUS packet": for people. */
const char *raw_kind_name(uint8_t kind);

#endif
