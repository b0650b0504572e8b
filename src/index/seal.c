/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealing, dropping, copying.
 *
 * Sealing: temporary file, fdatasync, rename, fsync of the folder, and only then
 * one transaction that names the day live and empties its slot.  A crash before
 * it leaves a stray file, which the next opening removes.  Dropping goes the
 * other way: the head forgets the day, durably, and then the file goes.
 */
#include "index/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/writer.h"
#include "index/writer.h"

#define SEAL_AFTER_US (2 * TIMES_DAY_US)
#define TEMPORARY_NAME "day.tmp"
#define PATH_SIZE 4096
#define FOLDER_MODE 02750

#define LINE_SIZE 64

/* Rows of a slot, as seal_next. */
struct slot_rows {
	const struct view *view;
	MDB_cursor *cursor;
	uintptr_t page; /* of the tree, where the last row lay */
	size_t page_size;
};

/* All of a leaf is going to be read: waiting for one line at a time would be
 * a third of a seal's time. */
static void
fetch_page(struct slot_rows *rows, const void *at)
{
	uintptr_t page = (uintptr_t)at / rows->page_size;

	if (page == rows->page)
		return;
	rows->page = page;
	for (size_t i = 0; i < rows->page_size; i += LINE_SIZE)
		__builtin_prefetch((const char *)(page * rows->page_size) + i);
}

static int
next_in_slot(void *context, struct binding *row)
{
	struct slot_rows *rows = context;

	for (;;) {
		MDB_val key, value;
		uint16_t number;
		int error, answer = mdb_cursor_get(rows->cursor, &key, &value,
						   MDB_NEXT);

		if (answer == MDB_NOTFOUND)
			return 0;
		if (answer != 0)
			return head_error(answer);
		fetch_page(rows, key.mv_data);
		number = row_key_shape(key.mv_data);
		if (number >= rows->view->shape_count)
			return LZ_E_FORMAT;
		error = row_unpack(&rows->view->shapes[number], key.mv_data,
				   key.mv_size, value.mv_data, value.mv_size,
				   row);
		if (error)
			return error;
		/* The tracker's own notes hold nothing. */
		if (row->realm != TRACKER_REALM_NONE)
			return 1;
	}
}

static int
write_rows(struct day_writer *day, uint32_t number, const struct view *view,
	   seal_next *next, void *context, struct day_facts *facts)
{
	struct binding row;
	int result;

	while ((result = next(context, &row)) == 1) {
		struct shape shape;
		uint16_t known;
		int error;

		if (row_is_long(&row) || row_day(row.end) != number)
			return LZ_E_RANGE;
		shape_of(&row, &shape);
		/* Irregular ones lie together, as in the head. */
		if (view && view_shape(view, &shape, &known) != LZ_OK)
			shape = shape_any_ports(&shape);
		error = day_writer_add(day, &shape, &row);
		if (error)
			return error;
	}
	return result < 0 ? result : day_writer_finish(day, facts);
}

/* view: whose shapes the rows have; NULL: their own. */
static int
write_file(struct index_writer *writer, uint32_t number,
	   const struct view *view, seal_next *next, void *context,
	   struct day_facts *facts)
{
	char name[DAY_NAME_SIZE];
	struct day_writer *day;
	int error = LZ_OK;
	int fd = openat(writer->folder_fd, TEMPORARY_NAME,
			O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			writer->mode);

	if (fd < 0)
		return -errno;
	day = day_writer_new(fd, number);
	if (!day)
		error = LZ_E_MEMORY;
	else if (fchmod(fd, writer->mode) != 0)
		error = -errno;
	else
		error = write_rows(day, number, view, next, context, facts);
	day_writer_free(day);
	if (close(fd) != 0 && !error)
		error = -errno;
	day_name(number, name);
	if (!error && renameat(writer->folder_fd, TEMPORARY_NAME,
			       writer->folder_fd, name) != 0)
		error = -errno;
	if (!error && fsync(writer->folder_fd) != 0)
		error = -errno;
	if (error)
		(void)unlinkat(writer->folder_fd, TEMPORARY_NAME, 0);
	return error;
}

static int
put_day(struct index_writer *writer, const struct day_facts *facts)
{
	uint8_t buffer[4], bytes[16 + DAY_SUM_SIZE];
	MDB_val key = head_key(buffer, facts->day, 4, 0, 0), value;
	struct writer out;

	writer_init(&out, bytes, sizeof(bytes));
	writer_u64(&out, facts->rows);
	writer_u64(&out, facts->bytes);
	writer_bytes(&out, facts->sum, sizeof(facts->sum));
	lz_assert(!out.failed);
	value = head_value(bytes, out.length);
	return writer_error(writer, mdb_put(writer->view.txn,
					    writer->head.tables[HEAD_DAYS],
					    &key, &value, 0));
}

/* Empties a slot's tables: pages are freed, rows aren't touched one by one. */
static int
empty_slot(struct index_writer *writer, int slot)
{
	for (size_t i = 0; i < HEAD_SLOT_TABLES; i++) {
		int error = writer_error(writer,
					 mdb_drop(writer->view.txn,
						  writer->head.slots[i][slot],
						  0));

		if (error)
			return error;
	}
	writer->view.meta.slot_day[slot] = HEAD_NO_DAY;
	return LZ_OK;
}

/* The transaction that makes a written day live; slot -1: it had none. */
static int
make_live(struct index_writer *writer, const struct day_facts *facts, int slot)
{
	int error = index_begin(writer);

	if (error)
		return error;
	if (facts->rows > 0)
		error = put_day(writer, facts);
	if (!error && slot >= 0)
		error = empty_slot(writer, slot);
	if (error) {
		index_abort(writer);
		return error;
	}
	return index_commit(writer, writer->view.meta.position);
}

int
seal_day(struct index_writer *writer, uint32_t day, seal_next *next,
	 void *context)
{
	struct day_facts facts;
	int error;

	if (writer->view.txn)
		return LZ_E_STATE;
	if (view_day(&writer->view, day))
		return LZ_E_EXISTS;
	error = write_file(writer, day, NULL, next, context, &facts);
	return error ? error : make_live(writer, &facts, -1);
}

static int
seal_slot(struct index_writer *writer, int slot)
{
	uint32_t day = writer->view.meta.slot_day[slot];
	struct slot_rows rows = {.view = &writer->view};
	struct day_facts facts = {.day = day};
	MDB_txn *txn;
	MDB_stat stat;
	int error =
	    head_error(mdb_txn_begin(writer->head.env, NULL, MDB_RDONLY, &txn));

	if (error)
		return error;
	error = head_error(
	    mdb_stat(txn, writer->head.slots[HEAD_SLOT_ROWS][slot], &stat));
	rows.page_size = error ? 1 : stat.ms_psize;
	if (!error)
		error = head_error(
		    mdb_cursor_open(txn,
				    writer->head.slots[HEAD_SLOT_ROWS][slot],
				    &rows.cursor));
	if (!error && stat.ms_entries > 0)
		error = write_file(writer, day, &writer->view, next_in_slot,
				   &rows, &facts);
	if (rows.cursor)
		mdb_cursor_close(rows.cursor);
	mdb_txn_abort(txn);
	return error ? error : make_live(writer, &facts, slot);
}

/* When the earliest row of `long` began, anew: what made it early has gone. */
static int
long_since_find(struct index_writer *writer)
{
	struct at_event since = {INT64_MAX};
	MDB_cursor *cursor;
	MDB_val key, value;
	int answer, error = index_begin(writer);

	if (error)
		return error;
	answer = mdb_cursor_open(writer->view.txn,
				 writer->head.tables[HEAD_LONG], &cursor);
	if (answer != 0) {
		index_abort(writer);
		return head_error(answer);
	}
	while ((answer = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		struct at_event start = row_key_start(key.mv_data, key.mv_size);

		if (start.us < since.us)
			since = start;
	}
	mdb_cursor_close(cursor);
	if (answer != MDB_NOTFOUND) {
		index_abort(writer);
		return head_error(answer);
	}
	writer->view.meta.long_since = since;
	return index_commit(writer, index_position(writer));
}

int
index_seal(struct index_writer *writer, struct at_event now)
{
	int sealed = 0, dead;

	if (writer->view.txn)
		return LZ_E_STATE;
	/* A reader that was killed would keep pages from being used again. */
	sealed = head_error(mdb_reader_check(writer->head.env, &dead));
	if (sealed < 0)
		return sealed;
	for (int slot = 0; slot < HEAD_SLOTS; slot++) {
		uint32_t day = writer->view.meta.slot_day[slot];
		int error;

		/* Late rows of a day that is sealed stay beside it. */
		if (day == HEAD_NO_DAY ||
		    ((int64_t)day + 1) * TIMES_DAY_US >
			now.us - SEAL_AFTER_US ||
		    view_day(&writer->view, day))
			continue;
		error = seal_slot(writer, slot);
		if (error)
			return error;
		sealed++;
	}
	dead = sealed ? long_since_find(writer) : 0;
	return dead < 0 ? dead : sealed;
}

/* Deletes entries whose key begins with a day below `before`. */
static int
drop_below(struct index_writer *writer, enum head_table table, uint32_t before,
	   int (*row)(struct index_writer *writer, const MDB_val *key))
{
	MDB_dbi dbi = writer->head.tables[table];
	MDB_cursor *cursor;
	MDB_val key, value;
	int error = head_error(mdb_cursor_open(writer->view.txn, dbi, &cursor));

	if (error)
		return error;
	while (!error && mdb_cursor_get(cursor, &key, &value, MDB_FIRST) == 0 &&
	       key.mv_size >= 4 && head_number(key.mv_data, 4) < before) {
		uint8_t copy[4 + ROW_KEY_MAX];
		MDB_val kept = head_value(copy, key.mv_size);

		if (key.mv_size > sizeof(copy)) {
			error = LZ_E_FORMAT;
			break;
		}
		/* The memory of a key is the tree's: it moves as rows go. */
		memcpy(copy, key.mv_data, key.mv_size);
		error = writer_error(writer, mdb_cursor_del(cursor, 0));
		if (!error && row)
			error = row(writer, &kept);
	}
	mdb_cursor_close(cursor);
	return error;
}

/* A row of `long` whose entry in `ended` has just gone. */
static int
drop_long(struct index_writer *writer, const MDB_val *ended)
{
	const struct head *head = &writer->head;
	MDB_val key = head_value((const uint8_t *)ended->mv_data + 4,
				 ended->mv_size - 4);
	uint8_t buffer[26];
	struct binding row;
	struct writer out;
	MDB_val entry;
	int error = view_row(&writer->view, VIEW_LONG, &key, &row);
	int answer;

	if (error)
		return error == LZ_E_NOT_FOUND ? LZ_E_CHECKSUM : error;
	answer = mdb_del(writer->view.txn, head->tables[HEAD_LONG], &key, NULL);
	writer_init(&out, buffer, sizeof(buffer));
	writer_u16(&out, row.source);
	writer_u64(&out, row.session);
	writer_u64(&out, (uint64_t)row.start.us);
	writer_u64(&out, row.id);
	entry = head_value(buffer, out.length);
	if (answer == 0 && row.session != 0)
		answer = mdb_del(writer->view.txn, head->tables[HEAD_SESSION],
				 &entry, NULL);
	writer_init(&out, buffer, sizeof(buffer));
	writer_u16(&out, row.source);
	writer_u64(&out, row.id);
	entry = head_value(buffer, out.length);
	if (answer == 0 && row.marks & BINDING_END_INFERRED)
		answer = mdb_del(writer->view.txn, head->tables[HEAD_OPEN],
				 &entry, NULL);
	return writer_error(writer, answer);
}

static int
drop_in_head(struct index_writer *writer, uint32_t before)
{
	int error = drop_below(writer, HEAD_DAYS, before, NULL);

	for (int slot = 0; slot < HEAD_SLOTS && !error; slot++)
		if (writer->view.meta.slot_day[slot] < before)
			error = empty_slot(writer, slot);
	if (!error)
		error = drop_below(writer, HEAD_ENDED, before, drop_long);
	if (!error)
		error = drop_below(writer, HEAD_OVER, before, NULL);
	if (!error)
		error = drop_below(writer, HEAD_AMENDED, before, NULL);
	if (!error)
		error = party_sweep(writer, before);
	return error;
}

/* Files of days that the head has forgotten; one that a crash brings back is a
 * stray, and goes when the index is next opened. */
static int
remove_files(struct index_writer *writer, const uint32_t *days, size_t count)
{
	int error = LZ_OK;

	for (size_t i = 0; i < count; i++) {
		char name[DAY_NAME_SIZE];

		day_name(days[i], name);
		if (unlinkat(writer->folder_fd, name, 0) != 0 &&
		    errno != ENOENT && !error)
			error = -errno;
	}
	return error;
}

static int
forget(struct index_writer *writer, struct at_event oldest, uint32_t before)
{
	int error = drop_in_head(writer, before);

	if (error) {
		index_abort(writer);
		return error;
	}
	if (writer->view.meta.oldest.us < oldest.us)
		writer->view.meta.oldest = oldest;
	error = index_commit(writer, writer->view.meta.position);
	/* The file may only go when no crash can bring its name back. */
	return error ? error : head_error(mdb_env_sync(writer->head.env, 1));
}

int
index_drop(struct index_writer *writer, struct at_event oldest)
{
	uint32_t before, *days;
	size_t count = 0;
	int error;

	if (oldest.us < 0)
		return LZ_E_RANGE;
	before = row_day(oldest);
	error = index_begin(writer);
	if (error)
		return error;
	days = memory_new(writer->view.day_count + 1, sizeof(*days));
	if (!days) {
		index_abort(writer);
		return LZ_E_MEMORY;
	}
	for (size_t i = 0; i < writer->view.day_count; i++)
		if (writer->view.days[i].number < before)
			days[count++] = writer->view.days[i].number;
	error = forget(writer,
		       (struct at_event){(int64_t)before * TIMES_DAY_US},
		       before);
	if (!error)
		error = remove_files(writer, days, count);
	memory_free(days);
	return error ? error : (int)count;
}

static int
copy_file(int from_fd, int to_fd, const char *name, mode_t mode)
{
	int in = openat(from_fd, name, O_RDONLY | O_CLOEXEC), out, error = 0;

	if (in < 0)
		return -errno;
	out = openat(to_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		     mode);
	if (out < 0)
		error = -errno;
	while (!error) {
		ssize_t done = copy_file_range(in, NULL, out, NULL,
					       (size_t)1 << 30, 0);

		if (done == 0)
			break;
		if (done < 0 && errno != EINTR)
			error = -errno;
	}
	if (!error && (fchmod(out, mode) != 0 || fdatasync(out) != 0))
		error = -errno;
	if (out >= 0)
		(void)close(out);
	(void)close(in);
	return error;
}

/* Hard links where both lie on one file system: days never change. */
static int
copy_days(struct index_writer *writer, int to_fd)
{
	for (size_t i = 0; i < writer->view.day_count; i++) {
		char name[DAY_NAME_SIZE];
		int error = LZ_OK;

		day_name(writer->view.days[i].number, name);
		if (linkat(writer->folder_fd, name, to_fd, name, 0) != 0)
			error = errno == EXDEV || errno == EPERM
				    ? copy_file(writer->folder_fd, to_fd, name,
						writer->mode)
				    : -errno;
		/* A day that is gone is gone in the copy, too. */
		if (error && error != -ENOENT)
			return error;
	}
	return fsync(to_fd) == 0 ? LZ_OK : -errno;
}

static int
copy_head(struct index_writer *writer, const char *path)
{
	char file[PATH_SIZE];
	struct text text;

	text_init(&text, file, sizeof(file));
	text_add(&text, path);
	text_add(&text, "/head");
	if (text.full)
		return -ENAMETOOLONG;
	if (mkdir(file, FOLDER_MODE & 0777) != 0 ||
	    chmod(file, FOLDER_MODE) != 0)
		return -errno;
	return head_error(mdb_env_copy2(writer->head.env, file, 0));
}

int
index_snapshot(struct index_writer *writer, const char *path)
{
	int error, to_fd;

	/* The view's days are those of the last batch: look again. */
	error = index_begin(writer);
	if (error)
		return error;
	index_abort(writer);
	if (mkdir(path, FOLDER_MODE & 0777) != 0 && errno != EEXIST)
		return -errno;
	if (chmod(path, FOLDER_MODE) != 0)
		return -errno;
	to_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to_fd < 0)
		return -errno;
	error = copy_days(writer, to_fd);
	if (!error)
		error = copy_head(writer, path);
	(void)close(to_fd);
	return error;
}
