/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watermark files: what a reader has made durable in its own store.  Two slots
 * in pages of their own, written in turn: a write that is cut off leaves the
 * other one, and whoever holds the file open sees each new value.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/writer.h"
#include "spool/spool.h"

#define SLOT_SIZE 20 /* turn u64, watermark u64, crc32c u32 */
#define SLOT_DISTANCE 4096

struct slot {
	bool sound;
	uint64_t turn, watermark;
};

/* Number of bytes there, or -errno. */
static int
slot_read(int fd, unsigned index, struct slot *slot)
{
	uint8_t bytes[SLOT_SIZE];
	struct cursor cursor;
	ssize_t n = pread(fd, bytes, sizeof(bytes),
			  (off_t)(index * SLOT_DISTANCE));

	slot->sound = false;
	if (n < 0)
		return -errno;
	if (n == SLOT_SIZE) {
		cursor_init(&cursor, bytes, sizeof(bytes));
		slot->turn = cursor_u64(&cursor);
		slot->watermark = cursor_u64(&cursor);
		slot->sound = cursor_u32(&cursor) ==
			      hash_crc32c(0, bytes, SLOT_SIZE - 4);
	}
	return (int)n;
}

/* The newer of the sound slots (sound: false when there is none), and whether
 * anything stands in the file at all. */
static int
slots_read(int fd, struct slot *newest, bool *written)
{
	struct slot slots[2];
	int n[2];

	for (unsigned i = 0; i < 2; i++) {
		n[i] = slot_read(fd, i, &slots[i]);
		if (n[i] < 0)
			return n[i];
	}
	*written = n[0] > 0 || n[1] > 0;
	*newest = slots[1].sound &&
			  (!slots[0].sound || slots[1].turn > slots[0].turn)
		      ? slots[1]
		      : slots[0];
	return 0;
}

int
spool_watermark_write(int folder_fd, const char *name, uint64_t watermark)
{
	int fd = openat(folder_fd, name,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	uint8_t bytes[SLOT_SIZE];
	struct writer writer;
	struct slot newest;
	bool written;
	uint64_t turn;
	int error;

	if (fd < 0)
		return -errno;
	error = slots_read(fd, &newest, &written);
	if (error) {
		close(fd);
		return error;
	}
	turn = newest.sound ? newest.turn + 1 : 0;
	writer_init(&writer, bytes, sizeof(bytes));
	writer_u64(&writer, turn);
	writer_u64(&writer, watermark);
	writer_u32(&writer, hash_crc32c(0, bytes, SLOT_SIZE - 4));
	if (pwrite(fd, bytes, sizeof(bytes),
		   (off_t)((turn & 1) * SLOT_DISTANCE)) != SLOT_SIZE)
		error = errno ? -errno : -ENOSPC;
	else if (fdatasync(fd) != 0)
		error = -errno;
	close(fd);
	return error;
}

int
spool_watermark_read_fd(int fd, uint64_t *watermark)
{
	struct slot newest;
	bool written;
	int error = slots_read(fd, &newest, &written);

	*watermark = 0;
	if (error)
		return error;
	if (newest.sound)
		*watermark = newest.watermark;
	return newest.sound || !written ? 0 : LZ_E_CHECKSUM;
}

int
spool_watermark_read(const char *path, uint64_t *watermark)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error;

	*watermark = 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	error = spool_watermark_read_fd(fd, watermark);
	close(fd);
	return error;
}
