/* SPDX-License-Identifier: Apache-2.0 */
/* Single records by their sequence: for who looks something up afterwards. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "spool/segment.h"
#include "spool/spool.h"

int
spool_segments(const char *path, uint64_t **firsts, size_t *count)
{
	const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	*firsts = NULL;
	*count = 0;
	if (folder < 0)
		return -errno;
	error = segment_list(folder, firsts, count);
	close(folder);
	return error;
}

/* Walks a segment; passes over damage as a reader does. */
static int
segment_find(const uint8_t *bytes, size_t length, uint64_t sequence,
	     struct segment_record *record, size_t *offset)
{
	uint64_t least = 1;
	size_t at = 0;
	bool damaged = false;

	while (at < length) {
		if (segment_record_read(bytes + at, length - at, record) == 1) {
			if (record->sequence == sequence) {
				*offset = at;
				return 0;
			}
			if (record->sequence > sequence)
				break;
			least = record->sequence + 1;
			at += record->size;
			continue;
		}
		damaged = true;
		at++;
		at += segment_resync(bytes + at, length - at, least);
	}
	return damaged ? LZ_E_CHECKSUM : LZ_E_NOT_FOUND;
}

static int
file_find(int file, uint64_t sequence, void *body, size_t size,
	  struct spool_place *place)
{
	struct segment_record record;
	struct stat status;
	uint8_t *bytes;
	size_t offset, length;
	int error;

	if (fstat(file, &status) != 0)
		return -errno;
	if (status.st_size == 0)
		return LZ_E_NOT_FOUND;
	length = (size_t)status.st_size;
	bytes = mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	error = segment_find(bytes, length, sequence, &record, &offset);
	if (!error && record.length > size)
		error = LZ_E_RANGE;
	if (!error) {
		memcpy(body, record.body, record.length);
		place->offset = offset;
		place->header = SEGMENT_HEADER_SIZE;
		place->length = record.length;
	}
	munmap(bytes, length);
	return error;
}

int
spool_find(const char *path, uint64_t sequence, void *body, size_t size,
	   struct spool_place *place)
{
	uint64_t *firsts;
	size_t count, i = 0;
	int folder, file, error = spool_segments(path, &firsts, &count);

	if (error)
		return error;
	while (i + 1 < count && firsts[i + 1] <= sequence)
		i++;
	if (count == 0 || firsts[i] > sequence) {
		memory_free(firsts);
		return LZ_E_NOT_FOUND;
	}
	segment_name(place->file, firsts[i]);
	memory_free(firsts);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	file = openat(folder, place->file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	error = file < 0 ? -errno
			 : file_find(file, sequence, body, size, place);
	/* Trimmed between the list and now. */
	if (error == -ENOENT)
		error = LZ_E_NOT_FOUND;
	if (file >= 0)
		close(file);
	close(folder);
	return error;
}
