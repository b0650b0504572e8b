/* SPDX-License-Identifier: Apache-2.0 */
/* The form of a spool's records and the search for sound ones in damage. */
#include "spool/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/writer.h"
#include "spool/spool.h"

#define NAME_DIGITS 20
static const char suffix[] = ".spool";

/* Over length, sequence and body: a record can't pass for another one. */
static uint32_t
record_crc(const uint8_t *record, size_t body_length)
{
	uint32_t crc = hash_crc32c(0, record, 4);

	return hash_crc32c(crc, record + 8, 8 + body_length);
}

void
segment_record_write(uint8_t *at, uint64_t sequence, const void *body,
		     size_t length)
{
	struct writer writer;

	writer_init(&writer, at, SEGMENT_HEADER_SIZE + length);
	writer_u32(&writer, (uint32_t)length);
	writer_u32(&writer, 0);
	writer_u64(&writer, sequence);
	writer_bytes(&writer, body, length);
	writer_patch_u32(&writer, 4, record_crc(at, length));
}

int
segment_record_read(const uint8_t *bytes, size_t length,
		    struct segment_record *record)
{
	struct cursor cursor;
	uint32_t body, crc;

	cursor_init(&cursor, bytes, length);
	body = cursor_u32(&cursor);
	crc = cursor_u32(&cursor);
	record->sequence = cursor_u64(&cursor);
	if (cursor.failed)
		return 0;
	if (body > SPOOL_BODY_MAX || record->sequence == 0)
		return LZ_E_CHECKSUM;
	record->body = cursor_take(&cursor, body);
	if (cursor.failed)
		return 0;
	if (crc != record_crc(bytes, body))
		return LZ_E_CHECKSUM;
	record->length = body;
	record->size = SEGMENT_HEADER_SIZE + (size_t)body;
	return 1;
}

size_t
segment_resync(const uint8_t *bytes, size_t length, uint64_t least)
{
	/* More records than this can't have stood in the damaged stretch: so a
	 * chance pattern is hardly ever worth a checksum. */
	const uint64_t most = least + length / SEGMENT_HEADER_SIZE;

	for (size_t at = 0; at + SEGMENT_HEADER_SIZE <= length; at++) {
		struct cursor cursor;
		struct segment_record record;
		uint64_t sequence;

		cursor_init(&cursor, bytes + at, SEGMENT_HEADER_SIZE);
		cursor_skip(&cursor, 8);
		sequence = cursor_u64(&cursor);
		if (sequence < least || sequence > most)
			continue;
		if (segment_record_read(bytes + at, length - at, &record) == 1)
			return at;
	}
	return length;
}

void
segment_walk(const uint8_t *bytes, size_t length, uint64_t before,
	     struct segment_walk *walk)
{
	size_t at = 0;

	*walk = (struct segment_walk){.last = before};
	while (at < length) {
		struct segment_record record;
		size_t skipped;

		if (segment_record_read(bytes + at, length - at, &record) ==
		    1) {
			if (record.sequence > walk->last)
				walk->last = record.sequence;
			at += record.size;
			walk->end = at;
			continue;
		}
		skipped = segment_resync(bytes + at, length - at,
					 walk->last + 1);
		at += skipped;
		if (at < length)
			walk->damaged++;
	}
}

void
segment_name(char name[SEGMENT_NAME_SIZE], uint64_t first)
{
	struct text text;

	text_init(&text, name, SEGMENT_NAME_SIZE);
	text_padded(&text, first, NAME_DIGITS);
	text_add(&text, suffix);
}

static bool
name_parse(const char *name, uint64_t *first)
{
	struct slice digits = {name, NAME_DIGITS};

	return strlen(name) == SEGMENT_NAME_SIZE - 1 &&
	       strcmp(name + NAME_DIGITS, suffix) == 0 &&
	       slice_u64(digits, UINT64_MAX, first) == 0 && *first > 0;
}

static int
compare_first(const void *a, const void *b)
{
	uint64_t left, right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return left < right ? -1 : left > right;
}

static int
list_read(DIR *folder, uint64_t **firsts, size_t *count)
{
	size_t room = 0;

	for (;;) {
		const struct dirent *entry;
		uint64_t first;

		errno = 0;
		entry = readdir(folder);
		if (!entry)
			return errno ? -errno : 0;
		if (!name_parse(entry->d_name, &first))
			continue;
		if (*count == room) {
			size_t more = room ? 2 * room : 16;
			uint64_t *grown = memory_grow(*firsts, room, more,
						      sizeof(**firsts));

			if (!grown)
				return LZ_E_MEMORY;
			*firsts = grown;
			room = more;
		}
		(*firsts)[(*count)++] = first;
	}
}

int
segment_list(int folder_fd, uint64_t **firsts, size_t *count)
{
	/* A descriptor of its own: the folder's read position is shared by
	 * duplicates. */
	int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder;
	int error;

	*firsts = NULL;
	*count = 0;
	if (fd < 0)
		return -errno;
	folder = fdopendir(fd);
	if (!folder) {
		error = -errno;
		close(fd);
		return error;
	}
	error = list_read(folder, firsts, count);
	closedir(folder);
	if (error) {
		memory_free(*firsts);
		*firsts = NULL;
		*count = 0;
		return error;
	}
	if (*count)
		qsort(*firsts, *count, sizeof(**firsts), compare_first);
	return 0;
}
