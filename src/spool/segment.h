/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One segment of a spool: the form of its records, and what can be said of
 * bytes that are perhaps damaged.  Used inside this room alone; the format
 * stands in spool.h.
 */
#ifndef SPOOL_SEGMENT_H
#define SPOOL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "spool/spool.h"

#define SEGMENT_HEADER_SIZE 16
#define SEGMENT_NAME_SIZE SPOOL_NAME_SIZE /* 20 digits, ".spool", NUL */

/* The page in which a writer says up to where its records are durable. */
#define SEGMENT_MARK_NAME "durable"
#define SEGMENT_MARK_MAGIC UINT64_C(0x314c4f4f50535a4c) /* "LZSPOOL1" */
struct segment_mark {
	uint64_t magic;
	_Atomic uint64_t sequence;
};

struct segment_record {
	uint64_t sequence;
	const uint8_t *body; /* borrowed */
	size_t length;       /* of body */
	size_t size;         /* of the whole record */
};

/* Writes a record; `at` has room for SEGMENT_HEADER_SIZE + length bytes. */
void segment_record_write(uint8_t *at, uint64_t sequence, const void *body,
			  size_t length);
/*
 * Reads the record at `bytes`: 1, 0 when the bytes end before it does, or
 * LZ_E_CHECKSUM.
 */
LZ_NODISCARD int segment_record_read(const uint8_t *bytes, size_t length,
				     struct segment_record *record);
/*
 * After damage: offset of the next sound record with a sequence >= least that
 * these bytes can hold; `length` when there is none.
 */
size_t segment_resync(const uint8_t *bytes, size_t length, uint64_t least);

/* What a walk over a whole segment found. */
struct segment_walk {
	uint64_t last;  /* highest sequence, or the `before` given */
	size_t end;     /* behind the last sound record */
	size_t damaged; /* damaged stretches before `end` */
};
/* before: the sequence just below the segment's name. */
void segment_walk(const uint8_t *bytes, size_t length, uint64_t before,
		  struct segment_walk *walk);

void segment_name(char name[SEGMENT_NAME_SIZE], uint64_t first);
/*
 * First sequences of all segments in a folder, ascending; *firsts is owned by
 * the caller (memory_free), NULL when there are none.  Negative: an error.
 */
LZ_NODISCARD int segment_list(int folder_fd, uint64_t **firsts, size_t *count);

#endif
