/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows one growing file and hands its bytes on in chunks of whole records,
 * none twice and none left out: through rotation by rename (logrotate, Kea's
 * lease file cleanup), copytruncate, a record that is only half written yet,
 * and restarts.
 *
 * It never sleeps and never waits: tail_step does one bounded piece of work when
 * a timer or inotify says so.  A file is known by its inode and its first bytes,
 * for inodes are used again.  What was renamed is read to its end before what
 * took its place, and looked after for TAIL_LINGER_STEPS more steps: a writer
 * may go on writing to the old one for a while.
 *
 * What it can't see: a file that came and went between two steps and has none of
 * the names in `older`, and what copytruncate itself loses between its copy and
 * its cut.
 */
#ifndef ROLE_TAIL_H
#define ROLE_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/text.h"

/* Of a chunk: its places fit into 16 bits. */
#define TAIL_CHUNK_MAX 65535u
/* Of the file's beginning that goes with each chunk. */
#define TAIL_HEAD_MAX 1024
#define TAIL_OLDER_MAX 8
/* Steps without news after which a renamed file is closed. */
#define TAIL_LINGER_STEPS 60

/* How far one file has been handed on.  inode 0: none. */
struct tail_mark {
	uint64_t inode, offset;
	uint32_t head_length, head_crc;
};
/* Where to go on after a restart; to be kept together with what was read. */
struct tail_place {
	struct tail_mark current, previous;
};

struct tail_chunk {
	struct slice header; /* the file's first bytes; "" where offset is 0 */
	struct slice bytes;  /* whole records, or with `last` the rest */
	uint64_t inode, offset;
	bool last; /* no byte will follow in this file */
	/* Where to go on once this chunk is kept. */
	struct tail_place after;
};

/* How many of these bytes are whole records; 0: not even one. */
typedef size_t tail_cut(const char *bytes, size_t length);
/* Takes a chunk: 0.  Anything else ends the step, is its answer, and the chunk
 * comes again. */
typedef int tail_sink(void *context, const struct tail_chunk *chunk);

/* A record is a line. */
size_t tail_cut_lines(const char *bytes, size_t length);

struct tail_conf {
	const char *path; /* borrowed */
	tail_cut *cut;
	/*
	 * Suffixes under which the file's former selves are found, the oldest
	 * first; for Kea ".2", ".completed", ".1".  They are read to find the
	 * rest of a file that was renamed while nobody looked, and whole where
	 * it is gone, or at the very first start if `from_older`.
	 */
	const char *older[TAIL_OLDER_MAX];
	size_t older_count;
	bool from_older;
	bool once; /* read what is there to its end; the last record is whole */
};

/* Only ever added to. */
struct tail_counts {
	uint64_t rotated;   /* another file has the name */
	uint64_t rewritten; /* cut or written anew in place: read from 0 */
	uint64_t
	    vanished; /* the stored place's file is gone: rows may be lost */
	uint64_t too_long; /* records longer than a chunk, skipped */
	uint64_t torn;     /* half records at the end of a file that is done */
};

struct tail;

/* `place` NULL: none is stored.  NULL: no memory. */
struct tail *tail_new(const struct tail_conf *conf,
		      const struct tail_place *place);
void tail_free(struct tail *tail);
/*
 * Hands on at most one chunk.  1: come again at once; 0: all that is whole has
 * been handed on (also where there is no such file yet, but for `once`);
 * LZ_E_UNSUPPORTED: no regular file; -errno; or what the sink answered.
 */
LZ_NODISCARD int tail_step(struct tail *tail, tail_sink *sink, void *context);
/* Where the last chunk that was taken ends. */
struct tail_place tail_place(const struct tail *tail);
struct tail_counts tail_counts(const struct tail *tail);

#endif
