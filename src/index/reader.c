/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the index while it is written: a view is one transaction of the head
 * and the days it names.  A search gathers its rows at once, since the next
 * question may come before the walk has its end.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/cursor.h"
#include "base/memory.h"
#include "base/text.h"
#include "index/index.h"
#include "index/view.h"

#define ROWS_FIRST 64
#define ROWS_MAX ((size_t)1 << 20)
#define RENEW_TRIES 5

struct index_reader {
	struct head head;
	struct view view;
	MDB_txn *txn;
	uint64_t version;
	struct head_source *sources; /* by number */
	size_t source_count;
	/* The walk. */
	struct binding *rows;
	size_t row_count, row_room, row_next;
	int32_t port; /* -1: not asked for */
	bool found_block;
};

static int
take_sources(struct index_reader *reader)
{
	MDB_dbi table = reader->head.tables[HEAD_SOURCE];
	size_t count = (size_t)reader->view.meta.sources + 1;
	MDB_cursor *cursor;
	MDB_val key, value;
	int error;

	if (count > reader->source_count) {
		struct head_source *sources =
		    memory_grow(reader->sources, reader->source_count, count,
				sizeof(*sources));

		if (!sources)
			return LZ_E_MEMORY;
		reader->sources = sources;
		reader->source_count = count;
	}
	error = head_error(mdb_cursor_open(reader->txn, table, &cursor));
	if (error)
		return error;
	while (!error && mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
		uint64_t number = key.mv_size == 2 ? head_number(key.mv_data, 2)
						   : reader->source_count;

		error = number < reader->source_count
			    ? head_source_unpack(&value,
						 &reader->sources[number])
			    : LZ_E_FORMAT;
	}
	mdb_cursor_close(cursor);
	return error;
}

/* A transaction of now; the writer may have enlarged the map. */
static int
begin(struct index_reader *reader)
{
	for (int i = 0; i < RENEW_TRIES; i++) {
		int answer = reader->txn
				 ? mdb_txn_renew(reader->txn)
				 : mdb_txn_begin(reader->head.env, NULL,
						 MDB_RDONLY, &reader->txn);

		if (answer != MDB_MAP_RESIZED)
			return head_error(answer);
		answer = mdb_env_set_mapsize(reader->head.env, 0);
		if (answer != 0)
			return head_error(answer);
	}
	return LZ_E_STATE;
}

int
index_reader_renew(struct index_reader *reader)
{
	int error = LZ_OK;

	for (int i = 0; i < RENEW_TRIES; i++) {
		if (reader->view.txn) {
			view_leave(&reader->view, false);
			mdb_txn_reset(reader->txn);
		}
		error = begin(reader);
		if (error)
			return error;
		reader->version = mdb_txn_id(reader->txn);
		error = view_take(&reader->view, reader->txn);
		/* Dropped between the two steps: the next view knows. */
		if (error != -ENOENT)
			break;
	}
	/* A day that stays away answers "unreadable". */
	if (error && error != -ENOENT)
		return error;
	return take_sources(reader);
}

int
index_reader_open(const char *path, struct index_reader **out)
{
	struct index_reader *reader = memory_new(1, sizeof(*reader));
	size_t size = strlen(path) + sizeof("/head");
	char *head = memory_new(size, 1);
	struct text text;
	int error = reader && head ? LZ_OK : LZ_E_MEMORY;

	if (!error) {
		reader->view.folder_fd = open(path, O_RDONLY | O_DIRECTORY |
							O_CLOEXEC);
		if (reader->view.folder_fd < 0)
			error = -errno;
		text_init(&text, head, size);
		text_add(&text, path);
		text_add(&text, "/head");
	}
	if (!error)
		error = head_open(head, 0, false, &reader->head);
	memory_free(head);
	if (!error) {
		reader->view.head = &reader->head;
		reader->view.reading = true;
		error = index_reader_renew(reader);
	}
	if (error) {
		index_reader_close(reader);
		return error;
	}
	*out = reader;
	return LZ_OK;
}

void
index_reader_close(struct index_reader *reader)
{
	if (!reader)
		return;
	view_fini(&reader->view);
	if (reader->txn)
		mdb_txn_abort(reader->txn);
	head_close(&reader->head);
	if (reader->view.folder_fd >= 0)
		(void)close(reader->view.folder_fd);
	memory_free(reader->sources);
	memory_free(reader->rows);
	memory_free(reader);
}

uint64_t
index_reader_version(const struct index_reader *reader)
{
	return reader->version;
}

uint64_t
index_reader_position(const struct index_reader *reader)
{
	return reader->view.meta.position;
}

static struct at_event
vouched(const struct index_reader *reader, const struct binding *row)
{
	const struct head_source *source;

	if (row->marks & BINDING_UNREADABLE ||
	    row->source >= reader->source_count)
		return times_unset();
	source = &reader->sources[row->source];
	return tracker_vouched(&source->facts, row, source->watermark);
}

static int
add_row(struct index_reader *reader, const struct binding *row)
{
	if (reader->row_count == reader->row_room) {
		size_t room = reader->row_room ? 2 * reader->row_room
					       : ROWS_FIRST;
		struct binding *rows;

		if (room > ROWS_MAX)
			return LZ_E_FULL;
		rows = memory_grow(reader->rows, reader->row_room, room,
				   sizeof(*rows));
		if (!rows)
			return LZ_E_MEMORY;
		reader->rows = rows;
		reader->row_room = room;
	}
	reader->rows[reader->row_count] = *row;
	reader->rows[reader->row_count].vouched = vouched(reader, row);
	reader->row_count++;
	return LZ_OK;
}

static int
take_row(void *context, const struct binding *row, int64_t where)
{
	struct index_reader *reader = context;
	const struct subject *subject = &row->subject;

	(void)where;
	if (row->realm == TRACKER_REALM_NONE)
		return LZ_OK;
	if (reader->port >= 0 && subject_has_ports(subject)) {
		if (reader->port < subject->port_first ||
		    reader->port > subject->port_last)
			return LZ_OK;
		reader->found_block = true;
	}
	return add_row(reader, row);
}

/* Any block of the address will do: it says that the address is shared. */
static int
take_block(void *context, const struct binding *row, int64_t where)
{
	int error;

	(void)where;
	if (!subject_has_ports(&row->subject))
		return LZ_OK;
	error = add_row(context, row);
	return error ? error : LZ_E_EXISTS;
}

/*
 * A search that failed must not look as if nobody held the address: one row
 * that can't be read stands for all of it.
 */
static void
failed_search(struct index_reader *reader, const struct day_question *question)
{
	struct binding row;

	day_unreadable(0, question, &row);
	row.start.us = TIMES_UNSET_US;
	row.end.us = INT64_MAX;
	if (!reader->rows)
		reader->rows = memory_new(1, sizeof(*reader->rows));
	if (reader->rows && reader->row_room == 0)
		reader->row_room = 1;
	/* Without even this much memory the process can't go on. */
	lz_assert(reader->rows);
	reader->rows[0] = row;
	reader->row_count = 1;
}

static void
search(struct index_reader *reader, uint32_t realm, const struct addr *addr,
       int32_t port, struct at_event from, struct at_event to)
{
	struct day_question question = {.realm = realm,
					.addr = *addr,
					.port = port,
					.port_last = port,
					.length = -1,
					.damaged_ports = port >= 0,
					.from = from,
					.to = to};
	int error;

	reader->row_count = reader->row_next = 0;
	reader->port = port;
	reader->found_block = false;
	error = view_search(&reader->view, &question, take_row, reader);
	if (!error && port >= 0 && !reader->found_block) {
		question.port = question.port_last = -1;
		error = view_search(&reader->view, &question, take_block,
				    reader);
		if (error == LZ_E_EXISTS)
			error = LZ_OK;
	}
	if (error)
		failed_search(reader, &question);
}

static void
cursor_seek(void *context, uint32_t realm, const struct addr *addr,
	    struct at_event from, struct at_event to)
{
	search(context, realm, addr, -1, from, to);
}

static void
cursor_seek_port(void *context, uint32_t realm, const struct addr *addr,
		 uint16_t port, struct at_event from, struct at_event to)
{
	search(context, realm, addr, port, from, to);
}

static const struct binding *
cursor_next(void *context)
{
	struct index_reader *reader = context;

	return reader->row_next < reader->row_count
		   ? &reader->rows[reader->row_next++]
		   : NULL;
}

static struct at_event
cursor_oldest(void *context)
{
	const struct index_reader *reader = context;

	return reader->view.meta.oldest;
}

struct binding_cursor
index_reader_cursor(struct index_reader *reader)
{
	return (struct binding_cursor){.context = reader,
				       .seek = cursor_seek,
				       .seek_port = cursor_seek_port,
				       .next = cursor_next,
				       .oldest = cursor_oldest};
}

int
index_reader_party(const struct index_reader *reader, uint32_t party,
		   const char **label, struct party_id *id)
{
	uint8_t buffer[4];
	MDB_val key = head_key(buffer, party, 4, 0, 0), value;
	int answer = mdb_get(reader->txn, reader->head.tables[HEAD_PARTY], &key,
			     &value);
	const char *text;

	if (answer != 0)
		return head_error(answer);
	text = value.mv_data;
	if (value.mv_size < 14 || text[value.mv_size - 1] != '\0')
		return LZ_E_FORMAT;
	id->value = head_number(value.mv_data, 8);
	*label = text + 12;
	return LZ_OK;
}

int
index_reader_party_of(struct index_reader *reader, const char *label,
		      uint32_t *party)
{
	MDB_val key = head_value(label, strlen(label)), value;
	int answer;

	if (key.mv_size == 0 || key.mv_size >= PARTY_LABEL_SIZE)
		return LZ_E_NOT_FOUND;
	answer = mdb_get(reader->txn, reader->head.tables[HEAD_LABEL], &key,
			 &value);
	if (answer == 0)
		*party = (uint32_t)head_number(value.mv_data, 4);
	return head_error(answer);
}

/* By address, then first port. */
static bool
row_after(const struct binding *a, const struct binding *b)
{
	int order = addr_compare(&a->subject.prefix.addr,
				 &b->subject.prefix.addr);

	if (order != 0)
		return order > 0;
	return a->subject.port_first > b->subject.port_first;
}

int
index_reader_open_rows(struct index_reader *reader, uint32_t party,
		       struct binding *rows, size_t max)
{
	uint8_t buffer[4];
	MDB_val prefix = head_key(buffer, party, 4, 0, 0), key = prefix, value;
	MDB_cursor *cursor;
	size_t kept = 0;
	int count = 0, error = LZ_OK;
	int answer = mdb_cursor_open(reader->txn,
				     reader->head.tables[HEAD_OWNED], &cursor);

	if (answer != 0)
		return head_error(answer);
	for (answer = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	     answer == 0 && !error && count < INT_MAX && key.mv_size >= 4 &&
	     memcmp(key.mv_data, buffer, 4) == 0;
	     answer = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
		struct binding row;
		size_t at = kept;

		error = view_row(&reader->view, VIEW_LONG, &value, &row);
		if (error)
			break;
		count++;
		row.vouched = vouched(reader, &row);
		while (at > 0 && row_after(&rows[at - 1], &row))
			at--;
		if (at == max)
			continue;
		if (kept == max)
			kept--;
		memmove(&rows[at + 1], &rows[at], (kept - at) * sizeof(*rows));
		rows[at] = row;
		kept++;
	}
	mdb_cursor_close(cursor);
	if (error)
		return error == LZ_E_NOT_FOUND ? LZ_E_CHECKSUM : error;
	return answer != 0 && answer != MDB_NOTFOUND ? head_error(answer)
						     : count;
}

const char *
index_reader_source(const struct index_reader *reader, uint16_t source,
		    struct at_event *watermark)
{
	if (source >= reader->source_count ||
	    reader->sources[source].name[0] == '\0')
		return NULL;
	*watermark = reader->sources[source].watermark;
	return reader->sources[source].name;
}

void
index_reader_facts(const struct index_reader *reader, struct index_facts *facts)
{
	view_facts(&reader->view, reader->txn, facts);
}

/* Reads one packed row; id 0: none. */
static int
read_row(const struct view *view, struct cursor *cursor, struct binding *row)
{
	uint8_t key_length = cursor_u8(cursor), value_length;
	const uint8_t *key = cursor_take(cursor, key_length), *value;
	uint16_t number;

	memset(row, 0, sizeof(*row));
	value_length = cursor_u8(cursor);
	value = cursor_take(cursor, value_length);
	if (cursor->failed)
		return LZ_E_FORMAT;
	if (key_length < 2)
		return LZ_OK;
	number = row_key_shape(key);
	if (number >= view->shape_count)
		return LZ_E_FORMAT;
	return row_unpack(&view->shapes[number], key, key_length, value,
			  value_length, row);
}

int
index_reader_amended(struct index_reader *reader, index_amended *found,
		     void *context)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int error = head_error(
	    mdb_cursor_open(reader->txn, reader->head.tables[HEAD_AMENDED],
			    &cursor));

	if (error)
		return error;
	while (!error && mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
		struct index_amendment amendment = {0};
		struct cursor bytes;

		cursor_init(&bytes, value.mv_data, value.mv_size);
		amendment.arrival.us = (int64_t)cursor_u64(&bytes);
		amendment.cause.length = cursor_u8(&bytes);
		amendment.cause.at =
		    (const char *)cursor_take(&bytes, amendment.cause.length);
		error = read_row(&reader->view, &bytes, &amendment.old);
		if (!error)
			error = read_row(&reader->view, &bytes, &amendment.now);
		if (!error)
			error = found(context, &amendment);
	}
	mdb_cursor_close(cursor);
	return error;
}

int
index_reader_verify(struct index_reader *reader)
{
	int damaged = 0;

	for (size_t i = 0; i < reader->view.day_count; i++) {
		struct day *day = reader->view.days[i].day;

		damaged += !day || day_verify(day) != LZ_OK;
	}
	return damaged;
}
