/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writing side of a spool.
 *
 * Records wait in memory until spool_writer_sync writes them in one piece and
 * makes them durable; so whatever fails, all that wasn't acknowledged is
 * still here and can be written again, into another segment if need be.
 * Readers are told by a mapped page (`durable`) how far they may read: they
 * never see a record that a power cut could still take back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "spool/segment.h"
#include "spool/spool.h"

#define PENDING_BYTES_MAX (2 * (SPOOL_BODY_MAX + SEGMENT_HEADER_SIZE))
#define FILE_MODE 0640

struct spool_writer {
	int folder, lock;
	int segment; /* -1: none yet */
	uint64_t segment_first;
	uint64_t segment_bytes; /* durable ones */
	int64_t segment_since_s;
	bool roll; /* the segment takes no more records */
	uint64_t last, next;
	struct segment_mark *mark;
	uint64_t pending_first;
	size_t pending_length;
	uint8_t pending[PENDING_BYTES_MAX];
};

static int64_t
mono_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void
publish(struct spool_writer *writer)
{
	atomic_store_explicit(&writer->mark->sequence, writer->last,
			      memory_order_release);
}

static void
segment_close(struct spool_writer *writer)
{
	if (writer->segment >= 0)
		close(writer->segment);
	writer->segment = -1;
}

/*
 * Leaves the present segment for a new one that begins with `first`.  What the
 * old one holds beyond its durable bytes is cut where the file system lets us;
 * where it doesn't, readers meet the same records twice and skip them.
 */
static int
segment_begin(struct spool_writer *writer, uint64_t first)
{
	char name[SEGMENT_NAME_SIZE];
	int fd, error;

	segment_name(name, first);
	if (writer->segment >= 0) {
		error = ftruncate(writer->segment,
				  (off_t)writer->segment_bytes);
		/* Nothing durable in it: the new one takes its name. */
		if (writer->segment_first == first)
			error = unlinkat(writer->folder, name, 0);
		(void)error;
	}
	fd = openat(writer->folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		    FILE_MODE);
	if (fd < 0)
		return -errno;
	if (fsync(writer->folder) != 0) {
		error = -errno;
		(void)unlinkat(writer->folder, name, 0);
		close(fd);
		return error;
	}
	segment_close(writer);
	writer->segment = fd;
	writer->segment_first = first;
	writer->segment_bytes = 0;
	writer->segment_since_s = mono_s();
	writer->roll = false;
	return 0;
}

/* Reads the last segment through, cuts its torn tail, goes on behind it. */
static int
segment_recover(struct spool_writer *writer, uint64_t first)
{
	char name[SEGMENT_NAME_SIZE];
	struct segment_walk walk = {.last = first - 1};
	struct stat status;
	uint8_t *bytes = NULL;
	int64_t idle_s;

	segment_name(name, first);
	writer->segment = openat(writer->folder, name,
				 O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (writer->segment < 0 || fstat(writer->segment, &status) != 0)
		return -errno;
	if (status.st_size > 0) {
		bytes = mmap(NULL, (size_t)status.st_size, PROT_READ,
			     MAP_PRIVATE, writer->segment, 0);
		if (bytes == MAP_FAILED)
			return -errno;
		segment_walk(bytes, (size_t)status.st_size, first - 1, &walk);
		munmap(bytes, (size_t)status.st_size);
	}
	if (walk.end < (size_t)status.st_size &&
	    ftruncate(writer->segment, (off_t)walk.end) != 0)
		return -errno;
	if (fdatasync(writer->segment) != 0)
		return -errno;
	writer->segment_first = first;
	writer->segment_bytes = walk.end;
	/* At least as old as its newest record: a writer that never lives for
	 * an hour (a command line) must find its old segments old, too. */
	idle_s = time(NULL) - status.st_mtime;
	writer->segment_since_s = mono_s() - (idle_s > 0 ? idle_s : 0);
	writer->last = walk.last;
	return 0;
}

static int
mark_open(struct spool_writer *writer)
{
	struct segment_mark *mark;
	int fd = openat(writer->folder, SEGMENT_MARK_NAME,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	int error;

	if (fd < 0)
		return -errno;
	/* The block must be there: a full disk would kill us at the page. */
	error = posix_fallocate(fd, 0, sizeof(*mark));
	if (error) {
		close(fd);
		return -error;
	}
	mark = mmap(NULL, sizeof(*mark), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	error = mark == MAP_FAILED ? -errno : 0;
	close(fd);
	if (error)
		return error;
	writer->mark = mark;
	publish(writer);
	mark->magic = SEGMENT_MARK_MAGIC;
	return 0;
}

static int
writer_begin(struct spool_writer *writer, const char *path)
{
	uint64_t *firsts;
	size_t count;
	int error;

	writer->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (writer->folder < 0)
		return -errno;
	writer->lock = openat(writer->folder, "lock",
			      O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (writer->lock < 0)
		return -errno;
	if (flock(writer->lock, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? LZ_E_EXISTS : -errno;
	error = segment_list(writer->folder, &firsts, &count);
	if (error)
		return error;
	if (count)
		error = segment_recover(writer, firsts[count - 1]);
	memory_free(firsts);
	if (error)
		return error;
	writer->next = writer->last + 1;
	return mark_open(writer);
}

int
spool_writer_open(const char *path, struct spool_writer **writer)
{
	int error;

	*writer = memory_new(1, sizeof(**writer));
	if (!*writer)
		return LZ_E_MEMORY;
	(*writer)->folder = (*writer)->lock = (*writer)->segment = -1;
	error = writer_begin(*writer, path);
	if (error) {
		spool_writer_close(*writer);
		*writer = NULL;
	}
	return error;
}

void
spool_writer_close(struct spool_writer *writer)
{
	if (!writer)
		return;
	if (writer->mark) {
		/* So that a spool nobody opens again is read to its end even
		 * after a power cut. */
		(void)msync(writer->mark, sizeof(*writer->mark), MS_SYNC);
		munmap(writer->mark, sizeof(*writer->mark));
	}
	segment_close(writer);
	if (writer->lock >= 0)
		close(writer->lock);
	if (writer->folder >= 0)
		close(writer->folder);
	memory_free(writer);
}

int
spool_writer_append(struct spool_writer *writer, const void *body,
		    size_t length, uint64_t *sequence)
{
	const size_t size = SEGMENT_HEADER_SIZE + length;

	if (length > SPOOL_BODY_MAX)
		return LZ_E_RANGE;
	if (PENDING_BYTES_MAX - writer->pending_length < size) {
		int error = spool_writer_sync(writer);

		if (error)
			return error;
	}
	if (!writer->pending_length)
		writer->pending_first = writer->next;
	segment_record_write(writer->pending + writer->pending_length,
			     writer->next, body, length);
	writer->pending_length += size;
	if (sequence)
		*sequence = writer->next;
	writer->next++;
	return 0;
}

static bool
no_room(int error)
{
	return error == -ENOSPC || error == -EDQUOT || error == -EFBIG;
}

static int
pending_write(struct spool_writer *writer)
{
	size_t done = 0;

	while (done < writer->pending_length) {
		ssize_t n = pwrite(writer->segment, writer->pending + done,
				   writer->pending_length - done,
				   (off_t)(writer->segment_bytes + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENOSPC;
		done += (size_t)n;
	}
	return 0;
}

/*
 * A full disk leaves the segment as it was, to be tried again when there is
 * room.  Any other failure, and each one of fdatasync, ends the segment: the
 * kernel may have dropped the pages and would call the next try a success.
 */
static int
pending_commit(struct spool_writer *writer)
{
	int error;

	if (writer->segment < 0 || writer->roll ||
	    writer->segment_bytes + writer->pending_length >
		SPOOL_SEGMENT_BYTES) {
		error = segment_begin(writer, writer->pending_first);
		if (error)
			return error;
	}
	error = pending_write(writer);
	if (error) {
		if (ftruncate(writer->segment, (off_t)writer->segment_bytes) !=
			0 ||
		    !no_room(error))
			writer->roll = true;
		return error;
	}
	if (fdatasync(writer->segment) != 0) {
		writer->roll = true;
		return -errno;
	}
	return 0;
}

int
spool_writer_sync(struct spool_writer *writer)
{
	int error;

	if (!writer->pending_length)
		return 0;
	error = pending_commit(writer);
	if (error && writer->roll)
		error = pending_commit(writer);
	if (error)
		return error;
	writer->segment_bytes += writer->pending_length;
	writer->pending_length = 0;
	writer->last = writer->next - 1;
	publish(writer);
	return 0;
}

int
spool_writer_trim(struct spool_writer *writer, uint64_t watermark)
{
	uint64_t *firsts;
	size_t count;
	int error;

	/* A quiet spool would keep its only segment for ever. */
	if (writer->segment_bytes && !writer->pending_length &&
	    writer->last <= watermark &&
	    mono_s() - writer->segment_since_s >= SPOOL_SEGMENT_AGE_S) {
		error = segment_begin(writer, writer->next);
		if (error)
			return error;
	}
	error = segment_list(writer->folder, &firsts, &count);
	if (error)
		return error;
	for (size_t i = 0; i + 1 < count && firsts[i + 1] - 1 <= watermark;
	     i++) {
		char name[SEGMENT_NAME_SIZE];

		segment_name(name, firsts[i]);
		if (firsts[i] != writer->segment_first &&
		    unlinkat(writer->folder, name, 0) != 0 && errno != ENOENT)
			error = -errno;
	}
	memory_free(firsts);
	return error;
}

int
spool_writer_skip(struct spool_writer *writer, uint64_t sequence)
{
	int error = spool_writer_sync(writer);

	if (error)
		return error;
	if (sequence < writer->next)
		return 0;
	/* The number lives in the name of a segment, so it needs a new one. */
	writer->next = sequence + 1;
	writer->roll = true;
	return 0;
}

void
spool_writer_roll(struct spool_writer *writer)
{
	if (writer->segment_bytes)
		writer->roll = true;
}

uint64_t
spool_writer_last(const struct spool_writer *writer)
{
	return writer->last;
}
