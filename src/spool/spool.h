/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The durable queue between roles: append-only segments, one writer each,
 * read by offset (sequence number), trimmed by the readers' watermarks.
 *
 * A folder holds segment files named by their first sequence (20 digits,
 * ".spool"), <= 64 MiB each.  Record: length u32, crc32c u32 (over length,
 * sequence, body), sequence u64, body; big-endian.  A batch is durable after
 * spool_writer_sync (fdatasync); a torn tail is cut at open.  A failed
 * fdatasync is final for that segment: the writer rolls to a new one and
 * appends again what was not acknowledged.  Nothing is dropped before the
 * readers' watermark covers it; what is covered goes with its segment, of
 * which a new one begins at the latest an hour after the last (retention).
 */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

#define SPOOL_BODY_MAX (1u << 20)
#define SPOOL_SEGMENT_BYTES (64u << 20)
#define SPOOL_SEGMENT_AGE_S 3600

struct spool_writer;

/*
 * Opens (creates) the spool in folder `path`, which must exist.  Holds a
 * flock on it: LZ_E_EXISTS when another writer has it.  -errno otherwise.
 */
LZ_NODISCARD int spool_writer_open(const char *path,
				   struct spool_writer **writer);
void spool_writer_close(struct spool_writer *writer);
/*
 * Appends; *sequence (from 1) may be NULL.  Not durable yet.  LZ_E_RANGE above
 * SPOOL_BODY_MAX.  About 2 MiB may wait for a sync; when they are full it
 * syncs by itself and answers that error (-ENOSPC ...): then the record was not
 * taken, everything before it waits still.
 */
LZ_NODISCARD int spool_writer_append(struct spool_writer *writer,
				     const void *body, size_t length,
				     uint64_t *sequence);
/*
 * Makes all appended records durable and visible to readers.  On an error
 * (-ENOSPC, -EIO ...) they stay appended and are tried again by the next sync.
 */
LZ_NODISCARD int spool_writer_sync(struct spool_writer *writer);
/* Unlinks segments that hold only sequences <= watermark. */
LZ_NODISCARD int spool_writer_trim(struct spool_writer *writer,
				   uint64_t watermark);
/*
 * The next record begins a new segment, unless the present one is empty: for
 * who keeps by time, in whole segments.
 */
void spool_writer_roll(struct spool_writer *writer);
/* Last durable sequence; 0: none. */
uint64_t spool_writer_last(const struct spool_writer *writer);
/*
 * Syncs; the next record gets at least sequence + 1.  For a writer that finds
 * its reader's watermark ahead of itself (its folder was lost or put back from
 * an older copy): else the reader would pass over what is new.
 */
LZ_NODISCARD int spool_writer_skip(struct spool_writer *writer,
				   uint64_t sequence);

struct spool_reader;

/* Reads after sequence `after` (0: from the beginning).  -ENOENT: no folder. */
LZ_NODISCARD int spool_reader_open(const char *path, uint64_t after,
				   struct spool_reader **reader);
void spool_reader_close(struct spool_reader *reader);
/*
 * The next durable record: 1 and *body (borrowed until the next call), 0 when
 * there is none yet, LZ_E_CHECKSUM when damage was met (the following call goes
 * on with the next readable record), -errno.  Follows a living writer; opens
 * files of the folder as it goes.
 */
LZ_NODISCARD int spool_reader_next(struct spool_reader *reader,
				   const uint8_t **body, size_t *length,
				   uint64_t *sequence);
/* Sequences that were asked for and are gone (damage, trimmed too early). */
uint64_t spool_reader_lost(const struct spool_reader *reader);

/* Where a record lies: for evidence. */
#define SPOOL_NAME_SIZE 27
struct spool_place {
	char file[SPOOL_NAME_SIZE]; /* in the spool's folder */
	uint64_t offset;            /* of the record in it */
	size_t header, length;      /* bytes before the body, of the body */
};
/*
 * One record by its sequence, its body copied.  LZ_E_NOT_FOUND: not there (any
 * more); LZ_E_CHECKSUM: damage where it should be; LZ_E_RANGE: `size` is too
 * small; -errno.  A walk through one segment: milliseconds.
 */
LZ_NODISCARD int spool_find(const char *path, uint64_t sequence, void *body,
			    size_t size, struct spool_place *place);
/* First sequences of all segments, ascending; *firsts is owned by the caller
 * (memory_free). */
LZ_NODISCARD int spool_segments(const char *path, uint64_t **firsts,
				size_t *count);

/*
 * A watermark file (two slots with CRC): what a reader has made durable in
 * its own store.  Missing file: 0.
 */
LZ_NODISCARD int spool_watermark_write(int folder_fd, const char *name,
				       uint64_t watermark);
/* LZ_E_CHECKSUM when both slots are damaged.  An empty file: 0. */
LZ_NODISCARD int spool_watermark_read(const char *path, uint64_t *watermark);
/* The same from an open file: it is written in place, so a descriptor stays
 * good. */
LZ_NODISCARD int spool_watermark_read_fd(int fd, uint64_t *watermark);

/* Doorbells: a Unix datagram socket at a path; lost rings cost <= 1 s. */
/*
 * A descriptor (to poll for reading) or -errno.  A socket left there by an
 * earlier process is replaced; owner and group may ring.
 */
LZ_NODISCARD int spool_bell_listen(const char *path);
LZ_NODISCARD int spool_bell_open(void);         /* fd to ring with */
void spool_bell_ring(int fd, const char *path); /* errors don't matter */
void spool_bell_drain(int fd);
/* 0 where somebody listens; -ENOENT, -ECONNREFUSED: nobody; -errno. */
LZ_NODISCARD int spool_bell_try(const char *path);

#endif
