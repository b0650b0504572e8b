/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the index for writing; batches, sources, notes. */
#include "index/writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/writer.h"

#define FOLDER_MODE 02750
#define FILE_MODE 0640
#define HEAD_NAME_IN_FOLDER "head"
#define LOCK_NAME "writer.lock"
#define TEMPORARY ".tmp"
#define NOTE_MAX 1024
#define SOURCES_FIRST 64
#define CAUSE_MAX 255

int
writer_error(struct index_writer *writer, int answer)
{
	if (answer == MDB_MAP_FULL)
		writer->grow = true;
	return head_error(answer);
}

static uint64_t
system_random(void *context)
{
	uint64_t number = 0;

	(void)context;
	/* Up to 256 bytes are never cut once the pool is ready. */
	while (getrandom(&number, sizeof(number), 0) != sizeof(number))
		continue;
	return number;
}

static int
make_folder(int at_fd, const char *path)
{
	if (mkdirat(at_fd, path, FOLDER_MODE & 0777) != 0)
		return errno == EEXIST ? LZ_OK : -errno;
	/* setgid: files keep the folder's group, whoever runs the writer. */
	return fchmodat(at_fd, path, FOLDER_MODE, 0) == 0 ? LZ_OK : -errno;
}

static int
open_folder(struct index_writer *writer, const char *path)
{
	int error = make_folder(AT_FDCWD, path);

	if (error)
		return error;
	writer->folder_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (writer->folder_fd < 0)
		return -errno;
	writer->lock_fd = openat(writer->folder_fd, LOCK_NAME,
				 O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	if (writer->lock_fd < 0)
		return -errno;
	if (flock(writer->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? LZ_E_EXISTS : -errno;
	return make_folder(writer->folder_fd, HEAD_NAME_IN_FOLDER);
}

static int
open_head(struct index_writer *writer, const char *path)
{
	size_t size = strlen(path) + sizeof("/" HEAD_NAME_IN_FOLDER);
	char *head = memory_new(size, 1);
	struct text text;
	int error;

	if (!head)
		return LZ_E_MEMORY;
	text_init(&text, head, size);
	text_add(&text, path);
	text_add(&text, "/" HEAD_NAME_IN_FOLDER);
	error = head_open(head, writer->map_bytes, true, &writer->head);
	memory_free(head);
	return error;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);

	return length > tail && strcmp(name + length - tail, end) == 0;
}

/*
 * Files of a seal or a drop that a crash cut short: only days that the head
 * names are live.  Days beside a head that knows nothing are no such strays: the
 * head was lost, and a person decides.
 */
static int
remove_strays(struct index_writer *writer)
{
	int fd = openat(writer->folder_fd, ".",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool empty = writer->view.shape_count == 0;
	int error = LZ_OK;

	if (!folder) {
		error = -errno;
		if (fd >= 0)
			(void)close(fd);
		return error;
	}
	while (!error && (entry = readdir(folder)) != NULL) {
		uint32_t day;
		bool is_day = day_name_parse(entry->d_name, &day) == LZ_OK &&
			      !view_day(&writer->view, day);

		if (is_day && empty)
			error = LZ_E_STATE;
		else if ((is_day || ends_with(entry->d_name, TEMPORARY)) &&
			 unlinkat(writer->folder_fd, entry->d_name, 0) != 0)
			error = -errno;
	}
	(void)closedir(folder);
	return error;
}

int
writer_source_room(struct index_writer *writer, size_t number)
{
	size_t room = writer->source_room ? writer->source_room : SOURCES_FIRST;
	struct head_source *sources;
	bool *dirty;

	while (room <= number)
		room *= 2;
	if (room > writer->source_room) {
		sources = memory_grow(writer->sources, writer->source_room,
				      room, sizeof(*sources));
		if (!sources)
			return LZ_E_MEMORY;
		writer->sources = sources;
		dirty = memory_grow(writer->source_dirty, writer->source_room,
				    room, sizeof(*dirty));
		if (!dirty)
			return LZ_E_MEMORY;
		writer->source_dirty = dirty;
		writer->source_room = room;
	}
	if (number >= writer->source_count)
		writer->source_count = number + 1;
	return LZ_OK;
}

static int
read_sources(struct index_writer *writer)
{
	MDB_dbi table = writer->head.tables[HEAD_SOURCE];
	MDB_cursor *cursor;
	MDB_val key, value;
	int error =
	    head_error(mdb_cursor_open(writer->view.txn, table, &cursor));

	writer->source_count = 0;
	while (!error && mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
		struct head_source source;
		uint16_t number;

		error = head_source_unpack(&value, &source);
		if (error)
			break;
		number = source.facts.number;
		error = writer_source_room(writer, number);
		if (error)
			break;
		writer->sources[number] = source;
		writer->source_dirty[number] = false;
	}
	mdb_cursor_close(cursor);
	return error;
}

static size_t
larger(size_t bytes)
{
	return bytes > SIZE_MAX / 2 ? bytes : 2 * bytes;
}

/* More address space before it is needed: a full map costs a whole batch. */
static int
grow_map(struct index_writer *writer)
{
	MDB_envinfo info;
	MDB_stat stat;
	int answer = mdb_env_info(writer->head.env, &info);

	if (answer == 0)
		answer = mdb_env_stat(writer->head.env, &stat);
	if (answer != 0)
		return head_error(answer);
	if (!writer->grow &&
	    (info.me_last_pgno + 1) * stat.ms_psize < info.me_mapsize / 2)
		return LZ_OK;
	answer = mdb_env_set_mapsize(writer->head.env, larger(info.me_mapsize));
	writer->grow = answer != 0;
	return head_error(answer);
}

int
index_begin(struct index_writer *writer)
{
	MDB_txn *txn;
	int error;

	if (writer->view.txn)
		return LZ_E_STATE;
	error = grow_map(writer);
	if (error)
		return error;
	error = writer_error(writer,
			     mdb_txn_begin(writer->head.env, NULL, 0, &txn));
	if (error)
		return error;
	error = view_take(&writer->view, txn);
	/* A day that isn't there answers "unreadable"; the rest goes on. */
	if (error && error != -ENOENT) {
		view_leave(&writer->view, true);
		mdb_txn_abort(txn);
		return error;
	}
	return LZ_OK;
}

static void
end_batch(struct index_writer *writer)
{
	places_clear(&writer->places);
	writer->amended_count = writer->amended_word = 0;
}

void
index_abort(struct index_writer *writer)
{
	MDB_txn *txn = writer->view.txn;

	if (!txn)
		return;
	/* What this batch had in mind of sources is read again. */
	view_leave(&writer->view, true);
	mdb_txn_abort(txn);
	end_batch(writer);
	if (mdb_txn_begin(writer->head.env, NULL, MDB_RDONLY, &txn) != 0)
		return;
	if (view_take(&writer->view, txn) == LZ_OK || writer->view.txn)
		(void)read_sources(writer);
	view_leave(&writer->view, true);
	mdb_txn_abort(txn);
}

static int
put_sources(struct index_writer *writer)
{
	int error = LZ_OK;

	for (size_t i = 0; i < writer->source_count && !error; i++) {
		uint8_t bytes[HEAD_SOURCE_BYTES], buffer[2];
		MDB_val key, value;

		if (!writer->source_dirty[i])
			continue;
		key = head_key(buffer, i, 2, 0, 0);
		value = head_value(bytes, head_source_pack(&writer->sources[i],
							   bytes));
		error = writer_error(writer,
				     mdb_put(writer->view.txn,
					     writer->head.tables[HEAD_SOURCE],
					     &key, &value, 0));
		writer->source_dirty[i] = error != 0;
	}
	return error;
}

/* Key and value of a row, each behind its length. */
static void
put_row(struct writer *out, const struct view *view, const struct binding *row)
{
	uint8_t key[ROW_KEY_MAX], value[ROW_VALUE_MAX];
	struct shape shape;
	uint16_t number;
	size_t length;

	shape_of(row, &shape);
	if (view_shape(view, &shape, &number) != LZ_OK)
		shape = shape_any_ports(&shape);
	if (row->id == 0 || view_shape(view, &shape, &number) != LZ_OK) {
		writer_u16(out, 0);
		return;
	}
	length = row_key(&shape, number, row, key);
	writer_u8(out, (uint8_t)length);
	writer_bytes(out, key, length);
	length = row_value_pack(row, value);
	writer_u8(out, (uint8_t)length);
	writer_bytes(out, value, length);
}

static uint32_t
amended_day(const struct amended *amended)
{
	if (amended->old.end.us != INT64_MAX)
		return row_day(amended->old.end);
	if (amended->now.id != 0 && amended->now.end.us != INT64_MAX)
		return row_day(amended->now.end);
	return row_day(amended->old.start);
}

static int
put_amended(struct index_writer *writer)
{
	int error = LZ_OK;

	for (size_t i = 0; i < writer->amended_count && !error; i++) {
		const struct amended *amended = &writer->amended[i];
		const char *cause = amended->cause ? amended->cause : "";
		uint8_t bytes[2 * (ROW_KEY_MAX + ROW_VALUE_MAX + 2) + 8 + 1 +
			      CAUSE_MAX],
		    buffer[12];
		size_t length = strlen(cause);
		struct writer out;
		MDB_val key, value;

		error = party_used(writer, amended->old.party,
				   amended_day(amended));
		if (error)
			break;
		writer_init(&out, bytes, sizeof(bytes));
		writer_u64(&out, (uint64_t)amended->arrival.us);
		if (length > CAUSE_MAX)
			length = CAUSE_MAX;
		writer_u8(&out, (uint8_t)length);
		writer_bytes(&out, cause, length);
		put_row(&out, &writer->view, &amended->old);
		put_row(&out, &writer->view, &amended->now);
		key = head_key(buffer, amended_day(amended), 4,
			       writer->view.meta.amended++, 8);
		value = head_value(bytes, out.length);
		error = writer_error(writer,
				     mdb_put(writer->view.txn,
					     writer->head.tables[HEAD_AMENDED],
					     &key, &value, 0));
	}
	return error;
}

int
index_commit(struct index_writer *writer, uint64_t position)
{
	MDB_txn *txn = writer->view.txn;
	int error;

	if (!txn)
		return LZ_E_STATE;
	error = put_sources(writer);
	if (!error)
		error = put_amended(writer);
	writer->view.meta.position = position;
	if (!error)
		error = head_meta_put(&writer->head, txn, &writer->view.meta);
	if (error) {
		index_abort(writer);
		return error;
	}
	view_leave(&writer->view, true);
	error = writer_error(writer, mdb_txn_commit(txn));
	end_batch(writer);
	return error;
}

uint64_t
index_position(const struct index_writer *writer)
{
	return writer->view.meta.position;
}

void
index_word(struct index_writer *writer, struct at_arrival arrival)
{
	writer->arrival = arrival;
	writer->amended_word = writer->amended_count;
}

static int
open_all(struct index_writer *writer, const struct index_conf *conf)
{
	int error = open_folder(writer, conf->path);

	if (!error)
		error = open_head(writer, conf->path);
	if (error)
		return error;
	writer->view.head = &writer->head;
	writer->view.folder_fd = writer->folder_fd;
	error = index_begin(writer);
	if (!error)
		error = read_sources(writer);
	if (!error)
		error = remove_strays(writer);
	if (error)
		return error;
	return index_commit(writer, writer->view.meta.position);
}

int
index_writer_open(const struct index_conf *conf, struct index_writer **out)
{
	struct index_writer *writer = memory_new(1, sizeof(*writer));
	int error;

	if (!writer)
		return LZ_E_MEMORY;
	writer->folder_fd = writer->lock_fd = -1;
	writer->mode = conf->reader_mode ? conf->reader_mode : FILE_MODE;
	writer->map_bytes = conf->head_bytes ? conf->head_bytes
					     : HEAD_MAP_DEFAULT;
	if (writer->map_bytes < HEAD_MAP_LEAST)
		writer->map_bytes = HEAD_MAP_LEAST;
	writer->random = conf->random ? conf->random : system_random;
	writer->random_context = conf->random_context;
	error = open_all(writer, conf);
	if (error) {
		index_writer_close(writer);
		return error;
	}
	*out = writer;
	return LZ_OK;
}

void
index_writer_close(struct index_writer *writer)
{
	if (!writer)
		return;
	if (writer->view.txn) {
		MDB_txn *txn = writer->view.txn;

		view_leave(&writer->view, true);
		mdb_txn_abort(txn);
	}
	view_fini(&writer->view);
	head_close(&writer->head);
	if (writer->lock_fd >= 0)
		(void)close(writer->lock_fd);
	if (writer->folder_fd >= 0)
		(void)close(writer->folder_fd);
	places_fini(&writer->places);
	memory_free(writer->amended);
	memory_free(writer->sources);
	memory_free(writer->source_dirty);
	memory_free(writer);
}

int
index_writer_facts(struct index_writer *writer, struct index_facts *facts)
{
	MDB_txn *txn = writer->view.txn;
	bool own = !txn;
	int answer =
	    own ? mdb_txn_begin(writer->head.env, NULL, MDB_RDONLY, &txn) : 0;

	if (answer != 0)
		return head_error(answer);
	view_facts(&writer->view, txn, facts);
	if (own)
		mdb_txn_abort(txn);
	return LZ_OK;
}

static bool
facts_equal(const struct tracker_source *a, const struct tracker_source *b)
{
	return a->interim_us == b->interim_us &&
	       a->silent_after == b->silent_after &&
	       a->complete == b->complete &&
	       a->sessions_numbered == b->sessions_numbered &&
	       a->assigned == b->assigned && a->error_us == b->error_us;
}

static int
new_source(struct index_writer *writer, const char *name, uint16_t *number)
{
	MDB_val key = head_value(name, strlen(name)), value;
	uint8_t bytes[2];
	int error;

	if (writer->view.meta.sources >= UINT16_MAX)
		return LZ_E_FULL;
	*number = (uint16_t)++writer->view.meta.sources;
	value = head_key(bytes, *number, 2, 0, 0);
	error = writer_error(writer, mdb_put(writer->view.txn,
					     writer->head.tables[HEAD_NAME],
					     &key, &value, 0));
	if (!error)
		error = writer_source_room(writer, *number);
	if (error)
		return error;
	writer->sources[*number] =
	    (struct head_source){.facts = {.gap = times_unset()},
				 .watermark = times_unset()};
	(void)text_copy(writer->sources[*number].name,
			sizeof(writer->sources[*number].name), slice_of(name));
	return LZ_OK;
}

int
index_source(struct index_writer *writer, const char *name,
	     struct tracker_source *source)
{
	MDB_val key = head_value(name, strlen(name)), value;
	struct head_source *stored;
	uint16_t number = 0;
	int answer, error = LZ_OK;

	if (!writer->view.txn)
		return LZ_E_STATE;
	if (key.mv_size == 0 || key.mv_size >= INDEX_SOURCE_NAME_SIZE)
		return LZ_E_RANGE;
	answer = mdb_get(writer->view.txn, writer->head.tables[HEAD_NAME], &key,
			 &value);
	if (answer == MDB_NOTFOUND)
		error = new_source(writer, name, &number);
	else if (answer != 0)
		error = head_error(answer);
	else
		number = (uint16_t)head_number(value.mv_data, 2);
	if (error)
		return error;
	if (number >= writer->source_count)
		return LZ_E_FORMAT;
	stored = &writer->sources[number];
	source->number = number;
	if (stored->facts.number != number ||
	    !facts_equal(&stored->facts, source)) {
		source->gap = stored->facts.gap;
		stored->facts = *source;
		writer->source_dirty[number] = true;
	}
	source->gap = stored->facts.gap;
	return LZ_OK;
}

int
index_sources(struct index_writer *writer,
	      int (*each)(void *context, const struct tracker_source *source),
	      void *context)
{
	int error = LZ_OK;

	if (!writer->view.txn)
		return LZ_E_STATE;
	for (uint32_t i = 1; i < writer->source_count && !error; i++)
		if (writer->sources[i].facts.number == i)
			error = each(context, &writer->sources[i].facts);
	return error;
}

const char *
index_source_name(const struct index_writer *writer, uint16_t source)
{
	return source < writer->source_count && writer->sources[source].name[0]
		   ? writer->sources[source].name
		   : NULL;
}

int
index_note_put(struct index_writer *writer, const char *name, const void *value,
	       size_t length)
{
	MDB_val key = head_value(name, strlen(name));
	MDB_val bytes = head_value(value, length);

	if (!writer->view.txn)
		return LZ_E_STATE;
	if (length > NOTE_MAX || key.mv_size == 0)
		return LZ_E_RANGE;
	return writer_error(writer, mdb_put(writer->view.txn,
					    writer->head.tables[HEAD_NOTE],
					    &key, &bytes, 0));
}

int
index_note_get(struct index_writer *writer, const char *name, void *value,
	       size_t size)
{
	MDB_val key = head_value(name, strlen(name)), bytes;
	MDB_txn *txn = writer->view.txn;
	bool own = !txn;
	int answer =
	    own ? mdb_txn_begin(writer->head.env, NULL, MDB_RDONLY, &txn) : 0;

	if (answer != 0)
		return head_error(answer);
	answer = mdb_get(txn, writer->head.tables[HEAD_NOTE], &key, &bytes);
	if (answer == 0 && bytes.mv_size > size)
		answer = LZ_E_RANGE;
	else if (answer == 0)
		memcpy(value, bytes.mv_data, bytes.mv_size);
	else
		answer = head_error(answer);
	if (answer == 0)
		answer = (int)bytes.mv_size;
	if (own)
		mdb_txn_abort(txn);
	return answer;
}
