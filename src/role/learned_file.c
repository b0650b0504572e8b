/* SPDX-License-Identifier: Apache-2.0 */
/* A checksum, then what the decoder saves. */
#include "role/learned_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"

#define NEW_NAME LEARNED_FILE_NAME ".new"
#define SUM_BYTES 4
#define FILE_BYTES_MAX (16u << 20)

static int
read_whole(int fd, uint8_t *bytes, size_t length)
{
	size_t got = 0;

	while (got < length) {
		const ssize_t n = read(fd, bytes + got, length - got);

		if (n < 0)
			return -errno;
		if (n == 0)
			return LZ_E_SHORT;
		got += (size_t)n;
	}
	return 0;
}

static int
load(const uint8_t *bytes, size_t length, struct at_arrival now,
     struct flow_decoder *decoder)
{
	struct cursor cursor;

	cursor_init(&cursor, bytes, length);
	if (cursor_u32(&cursor) !=
	    hash_crc32c(0, bytes + SUM_BYTES, length - SUM_BYTES))
		return LZ_E_CHECKSUM;
	return flow_decoder_load(decoder, now, &cursor);
}

int
learned_file_read(int folder_fd, struct at_arrival now,
		  struct flow_decoder *decoder)
{
	const int fd = openat(folder_fd, LEARNED_FILE_NAME,
			      O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint8_t *bytes = NULL;
	struct stat status;
	int error = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &status) != 0)
		error = -errno;
	else if (status.st_size <= SUM_BYTES || status.st_size > FILE_BYTES_MAX)
		error = LZ_E_CHECKSUM;
	if (!error)
		bytes = memory_new((size_t)status.st_size, 1);
	if (!error && !bytes)
		error = LZ_E_MEMORY;
	if (!error)
		error = read_whole(fd, bytes, (size_t)status.st_size);
	if (!error)
		error = load(bytes, (size_t)status.st_size, now, decoder);
	memory_free(bytes);
	close(fd);
	return error;
}

static int
write_new(int folder_fd, const uint8_t *bytes, size_t length)
{
	const int fd =
	    openat(folder_fd, NEW_NAME,
		   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	int error = 0;
	size_t put = 0;

	if (fd < 0)
		return -errno;
	while (put < length && !error) {
		const ssize_t n = write(fd, bytes + put, length - put);

		if (n < 0)
			error = -errno;
		else
			put += (size_t)n;
	}
	if (!error && fdatasync(fd) != 0)
		error = -errno;
	close(fd);
	return error;
}

int
learned_file_write(int folder_fd, struct at_arrival now,
		   const struct flow_decoder *decoder)
{
	const size_t room = SUM_BYTES + flow_decoder_save_bytes(decoder);
	uint8_t *bytes = memory_new(room, 1);
	struct writer writer, sum;
	int error;

	if (!bytes)
		return LZ_E_MEMORY;
	writer_init(&writer, bytes + SUM_BYTES, room - SUM_BYTES);
	flow_decoder_save(decoder, now, &writer);
	writer_init(&sum, bytes, SUM_BYTES);
	writer_u32(&sum, hash_crc32c(0, writer.bytes, writer.length));
	error = writer.failed
		    ? LZ_E_FULL
		    : write_new(folder_fd, bytes, SUM_BYTES + writer.length);
	if (!error &&
	    renameat(folder_fd, NEW_NAME, folder_fd, LEARNED_FILE_NAME) != 0)
		error = -errno;
	memory_free(bytes);
	return error;
}
