/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's files. */
#include "role/registrar_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "lease/detail.h"
#include "lease/isc.h"
#include "role/role.h"
#include "role/tail.h"

#define PLACES_NAME "places"
#define PLACES_NEW PLACES_NAME ".new"
#define MARK_BYTES 24
#define PLACE_BYTES_MAX (2 + RAW_NAME_MAX + 2 * MARK_BYTES)
#define PLACES_BYTES_MAX (4 + REGISTRAR_FILES_MAX * PLACE_BYTES_MAX)
#define STEPS_MAX 16 /* of one file, before the others have their turn */
#define WHOLE_US (10 * TIMES_SECOND_US)
#define FRESH_US (3 * TIMES_SECOND_US)
#define KEPT_US TIMES_SECOND_US
#define COMPLAINT_US TIMES_MINUTE_US

struct file {
	const struct registrar_file *conf;
	struct registrar_files *all;
	uint16_t index;
	struct tail_conf tail_conf;
	struct tail *tail; /* of a list: only while it is read */
	struct tail_place place;
	struct tail_counts counted;
	int64_t begun_us;      /* the present reading, our clock */
	int64_t whole_us;      /* said, monotonic; 0: never */
	int64_t end_us;        /* at its end, monotonic; 0: not yet */
	bool fresh;            /* what is read now was written just now */
	const char *gap;       /* why rows may be missing, still to be said */
	int64_t complained_us; /* monotonic */
	bool unread;           /* it is missing, or can't be read */
	/* A list as it was when it was last read whole. */
	struct stat seen;
	bool is_list;
};

struct registrar_files {
	size_t count;
	struct file files[REGISTRAR_FILES_MAX];
	int folder;
	bool dirty;
	int64_t kept_us; /* monotonic */
	/* Of the step at hand. */
	registrar_files_sink *sink;
	void *context;
};

/* ------------------------------------------------------------------- cuts */

static void
pass_over(void *context, const struct lease_event *event)
{
	(void)context;
	(void)event;
}

/* The decoders themselves know best where a record ends. */
static size_t
detail_cut(const char *bytes, size_t length)
{
	static const struct accounting_conf any = {.proxy = true};
	const struct lease_chunk chunk = {.bytes = {bytes, length},
					  .arrival = {TIMES_UNSET_US}};
	const struct lease_output nobody = {pass_over, NULL, NULL};

	return detail_feed(&any, &chunk, &nobody);
}

static size_t
isc_cut(const char *bytes, size_t length)
{
	struct isc isc = {.holder_by = LEASE_BY_LINE};
	const struct lease_chunk chunk = {.bytes = {bytes, length},
					  .arrival = {TIMES_UNSET_US}};
	const struct lease_output nobody = {pass_over, NULL, NULL};

	return isc_feed(&isc, &chunk, &nobody);
}

/* ----------------------------------------------------------------- places */

static void
mark_write(struct writer *writer, const struct tail_mark *mark)
{
	writer_u64(writer, mark->inode);
	writer_u64(writer, mark->offset);
	writer_u32(writer, mark->head_length);
	writer_u32(writer, mark->head_crc);
}

static struct tail_mark
mark_read(struct cursor *cursor)
{
	struct tail_mark mark;

	mark.inode = cursor_u64(cursor);
	mark.offset = cursor_u64(cursor);
	mark.head_length = cursor_u32(cursor);
	mark.head_crc = cursor_u32(cursor);
	return mark;
}

static int
places_store(struct registrar_files *files)
{
	uint8_t bytes[PLACES_BYTES_MAX];
	struct writer writer;
	int fd, error = 0;

	writer_init(&writer, bytes, sizeof(bytes));
	writer_u32(&writer, 0);
	for (size_t i = 0; i < files->count; i++) {
		const struct file *file = &files->files[i];
		const size_t length = strlen(file->conf->name);

		writer_u16(&writer, (uint16_t)length);
		writer_bytes(&writer, file->conf->name, length);
		mark_write(&writer, &file->place.current);
		mark_write(&writer, &file->place.previous);
	}
	if (writer.failed)
		return LZ_E_RANGE;
	writer_patch_u32(&writer, 0,
			 hash_crc32c(0, bytes + 4, writer.length - 4));
	fd = openat(files->folder, PLACES_NEW,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0640);
	if (fd < 0)
		return -errno;
	if (write(fd, bytes, writer.length) != (ssize_t)writer.length)
		error = errno ? -errno : -ENOSPC;
	if (!error && fdatasync(fd) != 0)
		error = -errno;
	close(fd);
	if (!error && renameat(files->folder, PLACES_NEW, files->folder,
			       PLACES_NAME) != 0)
		error = -errno;
	return error;
}

static void
place_take(struct registrar_files *files, struct slice name,
	   const struct tail_place *place)
{
	for (size_t i = 0; i < files->count; i++)
		if (slice_equal(name, files->files[i].conf->name))
			files->files[i].place = *place;
}

/* Damage means: from the beginning.  Nothing is lost by that. */
static int
places_load(struct registrar_files *files)
{
	uint8_t bytes[PLACES_BYTES_MAX];
	struct cursor cursor;
	ssize_t n;
	const int fd = openat(files->folder, PLACES_NAME,
			      O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	n = read(fd, bytes, sizeof(bytes));
	close(fd);
	cursor_init(&cursor, bytes, n < 4 ? 0 : (size_t)n);
	if (n < 4 ||
	    cursor_u32(&cursor) != hash_crc32c(0, bytes + 4, (size_t)n - 4)) {
		fprintf(stderr, "registrar: " PLACES_NAME
				" is damaged: files are read again\n");
		return 0;
	}
	while (cursor_left(&cursor)) {
		const uint16_t length = cursor_u16(&cursor);
		const struct slice name = {(const char *)cursor_take(&cursor,
								     length),
					   length};
		struct tail_place place;

		place.current = mark_read(&cursor);
		place.previous = mark_read(&cursor);
		if (cursor.failed)
			break;
		place_take(files, name, &place);
	}
	return 0;
}

/* ------------------------------------------------------------------ files */

static void
complain(struct file *file, const char *what)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);

	if (file->complained_us && now - file->complained_us < COMPLAINT_US)
		return;
	file->complained_us = now;
	fprintf(stderr, "registrar: %s: %s\n", file->conf->path, what);
}

/* "address,..." without its end, where the format has such a line. */
static struct slice
header_line(const struct file *file, struct slice header)
{
	const char *end = header.length ? memchr(header.at, '\n', header.length)
					: NULL;

	if (!end || file->conf->format == REGISTRAR_RADIUS_DETAIL ||
	    file->conf->format == REGISTRAR_ISC_DHCPD ||
	    file->conf->format == REGISTRAR_PATTERN)
		return (struct slice){NULL, 0};
	return (struct slice){header.at, (size_t)(end - header.at) + 1};
}

static void
record_begin(const struct file *file, uint8_t kind, struct raw_record *record)
{
	*record = (struct raw_record){.kind = kind,
				      .input = file->index,
				      .arrival = {file->begun_us},
				      .name = file->conf->name,
				      .name_length = strlen(file->conf->name)};
}

static int
take_chunk(void *context, const struct tail_chunk *chunk)
{
	struct file *file = context;
	struct raw_record record;
	int error;

	record_begin(file, RAW_FILE, &record);
	record.inode = chunk->inode;
	record.offset = chunk->offset;
	record.last = chunk->last;
	record.fresh = file->fresh;
	if (chunk->offset)
		record.header = header_line(file, chunk->header);
	record.bytes = (const uint8_t *)chunk->bytes.at;
	record.length = chunk->bytes.length;
	error = file->all->sink(file->all->context, &record);
	if (!error) {
		file->place = chunk->after;
		file->all->dirty = true;
	}
	return error;
}

/* At the end: all that happened before this reading began is in it. */
static void
say_whole(struct file *file)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	struct raw_record record;

	if (file->whole_us && now - file->whole_us < WHOLE_US)
		return;
	record_begin(file, RAW_WHOLE, &record);
	if (file->all->sink(file->all->context, &record) == 0)
		file->whole_us = now;
}

/* What can't be seen any more, since the last look. */
static void
see_counts(struct file *file)
{
	const struct tail_counts now = tail_counts(file->tail);
	const char *what = NULL;

	if (now.vanished > file->counted.vanished)
		what = "what was read last is gone: rows may be lost";
	else if (now.too_long > file->counted.too_long)
		what = "a record is longer than any can be: skipped";
	else if (now.torn > file->counted.torn)
		what = "it ended within a record";
	if (what)
		complain(file, what);
	else if (now.rewritten > file->counted.rewritten)
		what = "it was cut in place: rows may be lost";
	if (what)
		file->gap = what;
	file->counted = now;
}

/*
 * Rows may be missing, a release or another holder among them: what the file
 * promised before isn't to be vouched for any longer.  0, or what the sink said.
 */
static int
say_gap(struct file *file)
{
	struct raw_record record;
	int error;

	if (!file->gap || file->is_list)
		return 0;
	record_begin(file, RAW_GAP, &record);
	record.bytes = (const uint8_t *)file->gap;
	record.length = strlen(file->gap);
	error = file->all->sink(file->all->context, &record);
	if (!error)
		file->gap = NULL;
	return error;
}

/* 1: more; 0: at its end; negative. */
static int
tail_go(struct file *file)
{
	int result, error;

	see_counts(file);
	result = say_gap(file);
	if (result)
		return result;
	result = 1;
	for (unsigned i = 0; i < STEPS_MAX && result == 1; i++)
		result = tail_step(file->tail, take_chunk, file);
	see_counts(file);
	error = say_gap(file);
	return error ? error : result;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A list is read whole when it is another than it was. */
static int
list_go(struct file *file)
{
	struct stat now;
	int result;

	if (!file->tail) {
		if (stat(file->conf->path, &now) != 0)
			return -errno;
		if (same_file(&now, &file->seen))
			return 0;
		file->seen = now;
		file->counted = (struct tail_counts){0};
		file->tail = tail_new(&file->tail_conf, NULL);
		if (!file->tail)
			return LZ_E_MEMORY;
	}
	result = tail_go(file);
	if (result == 1)
		return 1;
	tail_free(file->tail);
	file->tail = NULL;
	if (result < 0)
		file->seen = (struct stat){0};
	return result;
}

static int
file_step(struct file *file)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	struct stat there;
	int result;

	/* The time of a reading is that of its beginning.  A list says how
	 * things are now; a journal's rows may have waited for us. */
	if (!file->is_list || !file->tail)
		file->begun_us = role_clock_us(CLOCK_REALTIME);
	file->fresh = file->is_list ||
		      (file->end_us && now - file->end_us < FRESH_US);
	result = file->is_list ? list_go(file) : tail_go(file);
	/* Where there is no file nothing speaks of a later time: whoever writes
	 * it may have given the address to another. */
	if (result == 0 && stat(file->conf->path, &there) != 0)
		result = -errno;
	file->unread = result < 0;
	file->end_us = result == 0 ? now : 0;
	if (result == 0)
		say_whole(file);
	else if (result < 0)
		complain(file, lz_strerror(result));
	return result;
}

size_t
registrar_files_unread(const struct registrar_files *files)
{
	size_t unread = 0;

	for (size_t i = 0; i < files->count; i++)
		unread += files->files[i].unread;
	return unread;
}

int
registrar_files_step(struct registrar_files *files, registrar_files_sink *sink,
		     void *context)
{
	bool more = false;

	files->sink = sink;
	files->context = context;
	for (size_t i = 0; i < files->count; i++)
		more = file_step(&files->files[i]) == 1 || more;
	return more;
}

int
registrar_files_kept(struct registrar_files *files)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	int error;

	if (!files->dirty || now - files->kept_us < KEPT_US)
		return 0;
	error = places_store(files);
	files->kept_us = now;
	files->dirty = error != 0;
	return error;
}

static void
file_init(struct registrar_files *files, size_t index,
	  const struct registrar_file *conf)
{
	/* As Kea's lease file cleanup names them, the oldest first. */
	static const char *const kea[] = {".2", ".completed", ".1"};
	struct file *file = &files->files[index];

	file->conf = conf;
	file->all = files;
	file->index = (uint16_t)index;
	file->is_list = conf->format == REGISTRAR_ADDRESS_LIST ||
			conf->format == REGISTRAR_MACHINES;
	file->tail_conf = (struct tail_conf){.path = conf->path,
					     .cut = tail_cut_lines,
					     .once = file->is_list};
	if (conf->format == REGISTRAR_RADIUS_DETAIL)
		file->tail_conf.cut = detail_cut;
	if (conf->format == REGISTRAR_ISC_DHCPD)
		file->tail_conf.cut = isc_cut;
	if (conf->format != REGISTRAR_KEA4 && conf->format != REGISTRAR_KEA6)
		return;
	for (size_t i = 0; i < sizeof(kea) / sizeof(kea[0]); i++)
		file->tail_conf.older[file->tail_conf.older_count++] = kea[i];
	file->tail_conf.from_older = true;
}

struct registrar_files *
registrar_files_new(const struct conf *conf)
{
	struct registrar_files *made = memory_new(1, sizeof(*made));

	if (!made)
		return NULL;
	made->folder = -1;
	made->count = conf->registrar.file_count;
	for (size_t i = 0; i < made->count; i++)
		file_init(made, i, &conf->registrar.files[i]);
	return made;
}

int
registrar_files_open(struct registrar_files *files, int folder)
{
	int error;

	files->folder = folder;
	error = places_load(files);
	for (size_t i = 0; i < files->count && !error; i++) {
		struct file *file = &files->files[i];

		if (file->is_list)
			continue;
		file->tail = tail_new(&file->tail_conf,
				      file->place.current.inode ? &file->place
								: NULL);
		if (!file->tail)
			error = LZ_E_MEMORY;
	}
	return error;
}

static int
file_once(struct file *file)
{
	int result;

	file->tail_conf.once = true;
	file->begun_us = role_clock_us(CLOCK_REALTIME);
	file->tail = tail_new(&file->tail_conf, NULL);
	if (!file->tail)
		return LZ_E_MEMORY;
	do
		result = tail_go(file);
	while (result == 1);
	if (result == 0)
		say_whole(file);
	else
		fprintf(stderr, "%s: %s\n", file->conf->path,
			lz_strerror(result));
	return result;
}

int
registrar_files_once(struct registrar_files *files, registrar_files_sink *sink,
		     void *context)
{
	int error = 0;

	files->sink = sink;
	files->context = context;
	for (size_t i = 0; i < files->count && !error; i++)
		error = file_once(&files->files[i]);
	return error;
}

void
registrar_files_free(struct registrar_files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < files->count; i++)
		tail_free(files->files[i].tail);
	memory_free(files);
}
