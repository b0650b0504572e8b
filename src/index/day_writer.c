/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a sealed day in one pass over its rows. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/times.h"
#include "crypto/sha256.h"
#include "index/day_file.h"

#define CHUNK_PAGES 16

struct group {
	struct shape shape;
	uint32_t first_page, pages;
	uint64_t rows;
};

struct day_writer {
	int fd;
	uint32_t day, pages, keys_room, group_count, group_room;
	uint64_t rows, written;
	struct group *groups;
	struct page_key *keys;
	struct page_key last; /* of this group */
	size_t chunk_used;    /* pages */
	uint8_t *chunk;
	struct page_rows waiting;
};

void
day_name(uint32_t day, char name[DAY_NAME_SIZE])
{
	struct times_date date = times_date_of((int64_t)day * TIMES_DAY_US);
	struct text text;

	text_init(&text, name, DAY_NAME_SIZE);
	text_add(&text, "day-");
	text_padded(&text, (uint64_t)date.year, 4);
	text_char(&text, '-');
	text_padded(&text, date.month, 2);
	text_char(&text, '-');
	text_padded(&text, date.day, 2);
	text_add(&text, ".bindings");
}

int
day_name_parse(const char *name, uint32_t *day)
{
	struct slice rest = slice_of(name);
	struct times_date date = {0};
	char again[DAY_NAME_SIZE];
	uint64_t year, month, number;
	int64_t us;

	if (!slice_equal(slice_split(&rest, '-'), "day") ||
	    slice_u64(slice_split(&rest, '-'), 2200, &year) ||
	    slice_u64(slice_split(&rest, '-'), 12, &month) ||
	    slice_u64(slice_split(&rest, '.'), 31, &number))
		return LZ_E_FORMAT;
	date.year = (int32_t)year;
	date.month = (uint32_t)month;
	date.day = (uint32_t)number;
	if (times_from_date(&date, &us) != 0 || us < 0)
		return LZ_E_FORMAT;
	*day = (uint32_t)(us / TIMES_DAY_US);
	day_name(*day, again);
	return strcmp(again, name) == 0 ? LZ_OK : LZ_E_FORMAT;
}

struct day_writer *
day_writer_new(int fd, uint32_t day)
{
	struct day_writer *writer = memory_new(1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->fd = fd;
	writer->day = day;
	writer->written = DAY_HEADER_SIZE;
	writer->chunk = memory_new_aligned(CHUNK_PAGES, DAY_PAGE_SIZE);
	if (!writer->chunk) {
		day_writer_free(writer);
		return NULL;
	}
	return writer;
}

void
day_writer_free(struct day_writer *writer)
{
	if (!writer)
		return;
	memory_free(writer->groups);
	memory_free(writer->keys);
	memory_free(writer->chunk);
	memory_free(writer);
}

static int
write_all(int fd, const uint8_t *bytes, size_t length, uint64_t at)
{
	while (length > 0) {
		ssize_t done = pwrite(fd, bytes, length, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		bytes += done;
		length -= (size_t)done;
		at += (uint64_t)done;
	}
	return LZ_OK;
}

static int
flush_chunk(struct day_writer *writer)
{
	size_t length = writer->chunk_used * DAY_PAGE_SIZE;
	int error = write_all(writer->fd, writer->chunk, length,
			      writer->written);

	writer->written += length;
	writer->chunk_used = 0;
	return error;
}

/* Packs one page of what waits. */
static int
put_page(struct day_writer *writer)
{
	struct group *group = &writer->groups[writer->group_count - 1];

	if (writer->pages == writer->keys_room) {
		uint32_t room = writer->keys_room ? 2 * writer->keys_room : 64;
		struct page_key *keys = memory_grow(writer->keys,
						    writer->keys_room, room,
						    sizeof(*keys));

		if (!keys)
			return LZ_E_MEMORY;
		writer->keys = keys;
		writer->keys_room = room;
	}
	if (writer->chunk_used == CHUNK_PAGES) {
		int error = flush_chunk(writer);

		if (error)
			return error;
	}
	page_key_of(&writer->waiting, 0, &writer->keys[writer->pages]);
	group->rows +=
	    page_pack(&writer->waiting, (uint16_t)(writer->group_count - 1),
		      writer->pages,
		      writer->chunk + writer->chunk_used * DAY_PAGE_SIZE);
	writer->chunk_used++;
	writer->pages++;
	group->pages++;
	return LZ_OK;
}

static int
put_rest(struct day_writer *writer)
{
	int error = LZ_OK;

	while (writer->waiting.count > 0 && !error)
		error = put_page(writer);
	return error;
}

static int
begin_group(struct day_writer *writer, const struct shape *shape)
{
	int error = put_rest(writer);

	if (error)
		return error;
	for (uint32_t i = 0; i < writer->group_count; i++)
		if (shape_equal(&writer->groups[i].shape, shape))
			return LZ_E_STATE;
	if (writer->group_count == UINT16_MAX)
		return LZ_E_FULL;
	if (writer->group_count == writer->group_room) {
		uint32_t room = writer->group_room ? 2 * writer->group_room : 8;
		struct group *groups = memory_grow(writer->groups,
						   writer->group_room, room,
						   sizeof(*groups));

		if (!groups)
			return LZ_E_MEMORY;
		writer->groups = groups;
		writer->group_room = room;
	}
	writer->last = (struct page_key){0};
	writer->groups[writer->group_count++] =
	    (struct group){.shape = *shape, .first_page = writer->pages};
	return LZ_OK;
}

int
day_writer_add(struct day_writer *writer, const struct shape *shape,
	       const struct binding *row)
{
	struct page_rows *waiting = &writer->waiting;
	struct page_key key;
	int error = LZ_OK;

	if (writer->group_count == 0 ||
	    !shape_equal(&writer->groups[writer->group_count - 1].shape, shape))
		error = begin_group(writer, shape);
	else if (waiting->count == PAGE_ROWS_MAX)
		error = put_page(writer);
	if (error)
		return error;
	page_rows_add(waiting, shape, row);
	page_key_of(waiting, waiting->count - 1, &key);
	/* begin_group has set the lowest key there is. */
	if (page_key_compare(&writer->last, &key) > 0)
		return LZ_E_STATE;
	writer->last = key;
	writer->rows++;
	return LZ_OK;
}

static void
put_tail(const struct day_writer *writer, uint8_t *at)
{
	for (uint32_t i = 0; i < writer->group_count; i++) {
		const struct group *group = &writer->groups[i];

		shape_pack(&group->shape, at);
		page_put(at + SHAPE_BYTES, group->first_page, 4);
		page_put(at + SHAPE_BYTES + 4, group->pages, 4);
		page_put(at + SHAPE_BYTES + 8, group->rows, 8);
		at += DAY_GROUP_SIZE;
	}
	for (uint32_t i = 0; i < writer->pages; i++) {
		page_put(at, writer->keys[i].key, 8);
		page_put(at + 8, writer->keys[i].low, 8);
		page_put(at + 16, writer->keys[i].port, 8);
		page_put(at + 24, writer->keys[i].start, 8);
		at += DAY_KEY_SIZE;
	}
}

static int
write_tail(struct day_writer *writer, uint8_t *header)
{
	size_t length = (size_t)writer->group_count * DAY_GROUP_SIZE +
			(size_t)writer->pages * DAY_KEY_SIZE;
	uint8_t *tail = memory_new(length ? length : 1, 1);
	int error;

	if (!tail)
		return LZ_E_MEMORY;
	put_tail(writer, tail);
	page_put(header + DAY_AT_TAIL, writer->written, 8);
	page_put(header + DAY_AT_TAIL_LENGTH, length, 8);
	page_put(header + DAY_AT_TAIL_CRC, hash_crc32c(0, tail, length), 4);
	error = write_all(writer->fd, tail, length, writer->written);
	writer->written += length;
	memory_free(tail);
	return error;
}

/* SHA-256 of all behind the header, read back as it was written. */
static int
sum_file(const struct day_writer *writer, uint8_t sum[SHA256_SIZE])
{
	uint8_t *bytes = mmap(NULL, writer->written, PROT_READ, MAP_SHARED,
			      writer->fd, 0);

	if (bytes == MAP_FAILED)
		return -errno;
	sha256(bytes + DAY_HEADER_SIZE, writer->written - DAY_HEADER_SIZE, sum);
	(void)munmap(bytes, writer->written);
	return LZ_OK;
}

int
day_writer_finish(struct day_writer *writer, struct day_facts *facts)
{
	uint8_t header[DAY_HEADER_SIZE] = {0};
	int error = put_rest(writer);

	if (!error)
		error = flush_chunk(writer);
	if (!error)
		error = write_tail(writer, header);
	memcpy(header, DAY_MAGIC, DAY_MAGIC_SIZE);
	page_put(header + DAY_AT_VERSION, DAY_VERSION, 4);
	page_put(header + DAY_AT_DAY, writer->day, 4);
	page_put(header + DAY_AT_ROWS, writer->rows, 8);
	page_put(header + DAY_AT_PAGES, writer->pages, 4);
	page_put(header + DAY_AT_GROUPS, writer->group_count, 4);
	/* The header makes the file a day: it comes last. */
	if (!error)
		error = sum_file(writer, header + DAY_AT_SUM);
	page_put(header + DAY_AT_CRC, hash_crc32c(0, header, DAY_AT_CRC), 4);
	if (!error)
		error = write_all(writer->fd, header, sizeof(header), 0);
	if (!error && fdatasync(writer->fd) != 0)
		error = -errno;
	*facts = (struct day_facts){.day = writer->day,
				    .pages = writer->pages,
				    .groups = writer->group_count,
				    .rows = writer->rows,
				    .bytes = writer->written};
	memcpy(facts->sum, header + DAY_AT_SUM, sizeof(facts->sum));
	return error;
}
