/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reading side of a spool: follows the writer through its segments, gives
 * nothing that isn't durable yet, and passes over damage without losing count.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "spool/segment.h"
#include "spool/spool.h"

#define BUFFER_BYTES (SPOOL_BODY_MAX + 64 * 1024)

struct spool_reader {
	int folder;
	int segment; /* -1: find one */
	uint64_t segment_first;
	uint64_t offset; /* of buffer[0] in the segment */
	uint64_t expected;
	uint64_t trusted; /* buffer[] is final up to this sequence */
	uint64_t lost;
	const struct segment_mark *mark;
	size_t at, filled; /* in the buffer */
	uint8_t buffer[BUFFER_BYTES];
};

int
spool_reader_open(const char *path, uint64_t after,
		  struct spool_reader **reader)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*reader = NULL;
	if (folder < 0)
		return -errno;
	*reader = memory_new(1, sizeof(**reader));
	if (!*reader) {
		close(folder);
		return LZ_E_MEMORY;
	}
	(*reader)->folder = folder;
	(*reader)->segment = -1;
	(*reader)->expected = after + 1;
	return 0;
}

void
spool_reader_close(struct spool_reader *reader)
{
	if (!reader)
		return;
	if (reader->mark)
		munmap((void *)(uintptr_t)reader->mark, sizeof(*reader->mark));
	if (reader->segment >= 0)
		close(reader->segment);
	close(reader->folder);
	memory_free(reader);
}

/* 0 as well while there is no writer yet: then nothing is durable. */
static int
mark_read(struct spool_reader *reader, uint64_t *durable)
{
	struct stat status;
	void *page;
	int fd;

	*durable = 0;
	if (!reader->mark) {
		fd = openat(reader->folder, SEGMENT_MARK_NAME,
			    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return errno == ENOENT ? 0 : -errno;
		if (fstat(fd, &status) != 0 ||
		    status.st_size < (off_t)sizeof(*reader->mark)) {
			close(fd);
			return 0;
		}
		page = mmap(NULL, sizeof(*reader->mark), PROT_READ, MAP_SHARED,
			    fd, 0);
		close(fd);
		if (page == MAP_FAILED)
			return -errno;
		reader->mark = page;
	}
	if (reader->mark->magic == SEGMENT_MARK_MAGIC)
		*durable = atomic_load_explicit(
		    (_Atomic uint64_t *)(uintptr_t)&reader->mark->sequence,
		    memory_order_acquire);
	return 0;
}

static int
segment_open(struct spool_reader *reader, uint64_t first)
{
	char name[SEGMENT_NAME_SIZE];
	int fd;

	segment_name(name, first);
	fd = openat(reader->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (reader->segment >= 0)
		close(reader->segment);
	reader->segment = fd;
	reader->segment_first = first;
	reader->offset = 0;
	reader->at = reader->filled = 0;
	return 1;
}

/*
 * Opens the segment after the present one; at first the one that holds the
 * expected sequence, or what comes after it.  1, 0 when there is none, or an
 * error.  A segment that was trimmed away under our hands is passed over.
 */
static int
segment_advance(struct spool_reader *reader)
{
	uint64_t *firsts;
	size_t count, i = 0;
	int result = segment_list(reader->folder, &firsts, &count);

	if (result)
		return result;
	if (reader->segment >= 0)
		while (i < count && firsts[i] <= reader->segment_first)
			i++;
	else
		while (i + 1 < count && firsts[i + 1] <= reader->expected)
			i++;
	for (; i < count; i++) {
		result = segment_open(reader, firsts[i]);
		if (result != -ENOENT)
			break;
		result = 0;
	}
	memory_free(firsts);
	return result;
}

/* Fills the buffer behind what is left in it; the bytes gained or an error. */
static ssize_t
buffer_fill(struct spool_reader *reader)
{
	ssize_t n;

	memmove(reader->buffer, reader->buffer + reader->at,
		reader->filled - reader->at);
	reader->offset += reader->at;
	reader->filled -= reader->at;
	reader->at = 0;
	do
		n = pread(reader->segment, reader->buffer + reader->filled,
			  BUFFER_BYTES - reader->filled,
			  (off_t)(reader->offset + reader->filled));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	reader->filled += (size_t)n;
	return n;
}

/* The record at the reading position: as segment_record_read, or -errno. */
static int
record_peek(struct spool_reader *reader, struct segment_record *record)
{
	for (;;) {
		int result = segment_record_read(reader->buffer + reader->at,
						 reader->filled - reader->at,
						 record);
		ssize_t n;

		if (result)
			return result;
		n = buffer_fill(reader);
		if (n <= 0)
			return (int)n;
	}
}

static void
position_set(struct spool_reader *reader, uint64_t offset)
{
	reader->offset = offset;
	reader->at = reader->filled = 0;
}

/*
 * Looks for the next sound record of this segment that is wanted; 1 when the
 * reader now stands at it, 0 when there is none, or an error.
 */
static int
segment_search(struct spool_reader *reader)
{
	const uint64_t from = reader->offset + reader->at;
	struct stat status;
	size_t length, found;
	uint8_t *bytes;
	ssize_t n;

	if (fstat(reader->segment, &status) != 0)
		return -errno;
	if ((uint64_t)status.st_size <= from)
		return 0;
	length = (size_t)((uint64_t)status.st_size - from);
	if (length > SPOOL_SEGMENT_BYTES + BUFFER_BYTES)
		length = SPOOL_SEGMENT_BYTES + BUFFER_BYTES;
	bytes = memory_new(length, 1);
	if (!bytes)
		return LZ_E_MEMORY;
	n = pread(reader->segment, bytes, length, (off_t)from);
	if (n < 0) {
		memory_free(bytes);
		return -errno;
	}
	/* The damaged record itself is passed over. */
	found = n > 0 ? 1 + segment_resync(bytes + 1, (size_t)n - 1,
					   reader->expected)
		      : 0;
	memory_free(bytes);
	if (n == 0 || found >= (size_t)n)
		return 0;
	position_set(reader, from + found);
	return 1;
}

/* Nothing readable is left of what should be durable. */
static int
all_lost(struct spool_reader *reader, uint64_t durable)
{
	reader->lost += durable - reader->expected + 1;
	reader->expected = durable + 1;
	return LZ_E_CHECKSUM;
}

/* Behind the last whole record, or at damage: 1 to read on, or the answer. */
static int
past_damage(struct spool_reader *reader, bool damaged, uint64_t durable)
{
	int found = segment_search(reader);

	if (found < 0)
		return found;
	if (found)
		return LZ_E_CHECKSUM;
	found = segment_advance(reader);
	if (found < 0)
		return found;
	if (!found)
		return all_lost(reader, durable);
	return damaged ? LZ_E_CHECKSUM : 1;
}

int
spool_reader_next(struct spool_reader *reader, const uint8_t **body,
		  size_t *length, uint64_t *sequence)
{
	uint64_t durable;
	int result = mark_read(reader, &durable);

	if (result)
		return result;
	while (reader->expected <= durable) {
		struct segment_record record;

		/* What was read ahead of the mark may have been torn and
		 * written anew since: a writer that was killed. */
		if (reader->expected > reader->trusted) {
			position_set(reader, reader->offset + reader->at);
			reader->trusted = durable;
		}
		if (reader->segment < 0) {
			result = segment_advance(reader);
			if (result < 0)
				return result;
			if (result == 0)
				return all_lost(reader, durable);
		}
		result = record_peek(reader, &record);
		if (result == 0 || result == LZ_E_CHECKSUM)
			result = past_damage(reader, result != 0, durable);
		else if (result == 1 && record.sequence > durable) {
			/* Everything before it is gone; it may change yet. */
			position_set(reader, reader->offset + reader->at);
			return all_lost(reader, durable);
		} else if (result == 1) {
			reader->at += record.size;
			if (record.sequence < reader->expected)
				continue; /* met twice after a roll */
			reader->lost += record.sequence - reader->expected;
			reader->expected = record.sequence + 1;
			*body = record.body;
			*length = record.length;
			if (sequence)
				*sequence = record.sequence;
			return 1;
		}
		if (result < 0)
			return result;
	}
	return 0;
}

uint64_t
spool_reader_lost(const struct spool_reader *reader)
{
	return reader->lost;
}
