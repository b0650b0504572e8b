/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the head, and its small records. */
#include "index/head.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/cursor.h"
#include "base/text.h"
#include "base/writer.h"

#define META_KEY "meta"
#define META_BYTES (4 + 3 * 8 + 2 * 4 + 2 * 8 + HEAD_SLOTS * 4)
#define FILE_MODE 0640
#define LOCK_MODE 0660 /* readers of the group take their slots in it */
#define READERS_MAX 512

static const char *const table_names[HEAD_TABLES] = {
    "meta",  "shape", "long",   "session", "open", "owned", "ended", "party",
    "label", "last",  "source", "name",    "note", "days",  "over",  "amended"};

int
head_error(int answer)
{
	switch (answer) {
	case MDB_SUCCESS:
		return LZ_OK;
	case MDB_NOTFOUND:
		return LZ_E_NOT_FOUND;
	case MDB_KEYEXIST:
		return LZ_E_EXISTS;
	case MDB_MAP_FULL:
	case MDB_DBS_FULL:
	case MDB_READERS_FULL:
	case MDB_TXN_FULL:
		return LZ_E_FULL;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_PANIC:
		return LZ_E_CHECKSUM;
	case MDB_INVALID:
		return LZ_E_FORMAT;
	case MDB_VERSION_MISMATCH:
		return LZ_E_VERSION;
	case MDB_BAD_VALSIZE:
		return LZ_E_RANGE;
	default:
		return answer > 0 ? -answer : LZ_E_STATE;
	}
}

MDB_val
head_value(const void *bytes, size_t length)
{
	return (MDB_val){length, (void *)(uintptr_t)bytes};
}

MDB_val
head_key(uint8_t *buffer, uint64_t first, size_t first_size, uint64_t second,
	 size_t second_size)
{
	struct writer writer;

	writer_init(&writer, buffer, first_size + second_size);
	writer_uint(&writer, first, first_size);
	if (second_size > 0)
		writer_uint(&writer, second, second_size);
	return head_value(buffer, writer.length);
}

uint64_t
head_number(const uint8_t *bytes, size_t size)
{
	struct cursor cursor;

	cursor_init(&cursor, bytes, size);
	return cursor_uint(&cursor, size);
}

static int
open_tables(struct head *head, bool writing)
{
	unsigned flags = writing ? MDB_CREATE : 0;
	MDB_txn *txn;
	int answer = mdb_txn_begin(head->env, NULL, writing ? 0 : MDB_RDONLY,
				   &txn);

	if (answer != 0)
		return head_error(answer);
	for (unsigned i = 0; i < HEAD_TABLES && answer == 0; i++)
		answer = mdb_dbi_open(txn, table_names[i], flags,
				      &head->tables[i]);
	for (unsigned i = 0; i < HEAD_SLOTS * HEAD_SLOT_TABLES && answer == 0;
	     i++) {
		unsigned slot = i / HEAD_SLOT_TABLES;
		char name[4] = {"rso"[i % HEAD_SLOT_TABLES],
				(char)('0' + slot / 10),
				(char)('0' + slot % 10), '\0'};

		answer = mdb_dbi_open(txn, name, flags,
				      &head->slots[i % HEAD_SLOT_TABLES][slot]);
	}
	if (answer != 0) {
		mdb_txn_abort(txn);
		/* A head whose writer died before its first commit. */
		return answer == MDB_NOTFOUND && !writing ? -ENOENT
							  : head_error(answer);
	}
	return head_error(mdb_txn_commit(txn));
}

/* The writer's umask must not keep the readers out. */
static int
set_modes(const char *path)
{
	char file[4096];
	struct text text;

	text_init(&text, file, sizeof(file));
	text_add(&text, path);
	text_add(&text, "/data.mdb");
	if (text.full)
		return -ENAMETOOLONG;
	if (chmod(file, FILE_MODE) != 0)
		return -errno;
	text_init(&text, file, sizeof(file));
	text_add(&text, path);
	text_add(&text, "/lock.mdb");
	return chmod(file, LOCK_MODE) == 0 ? LZ_OK : -errno;
}

int
head_open(const char *path, size_t bytes, bool writing, struct head *head)
{
	/* NOMETASYNC: a power cut may lose the last commit, never integrity;
	 * the raw log has it.  NOTLS: a view isn't bound to a thread. */
	unsigned flags = MDB_NOTLS | (writing ? MDB_NOMETASYNC : MDB_RDONLY);
	int answer = mdb_env_create(&head->env), error, dead;

	if (answer != 0)
		return head_error(answer);
	answer =
	    mdb_env_set_maxdbs(head->env,
			       HEAD_TABLES + HEAD_SLOTS * HEAD_SLOT_TABLES);
	if (answer == 0)
		answer = mdb_env_set_maxreaders(head->env, READERS_MAX);
	if (answer == 0 && writing)
		answer = mdb_env_set_mapsize(head->env, bytes);
	if (answer == 0)
		answer = mdb_env_open(head->env, path, flags, FILE_MODE);
	if (answer == 0)
		answer = mdb_reader_check(head->env, &dead);
	error = head_error(answer);
	if (!error && writing)
		error = set_modes(path);
	if (!error)
		error = open_tables(head, writing);
	if (error)
		head_close(head);
	return error;
}

void
head_close(struct head *head)
{
	if (head->env)
		mdb_env_close(head->env);
	head->env = NULL;
}

int
head_meta_get(const struct head *head, MDB_txn *txn, struct head_meta *meta)
{
	MDB_val key = head_value(META_KEY, sizeof(META_KEY) - 1), value;
	struct cursor cursor;
	int answer = mdb_get(txn, head->tables[HEAD_META], &key, &value);

	*meta = (struct head_meta){.oldest = times_unset(),
				   .long_since = {INT64_MAX}};
	for (size_t i = 0; i < HEAD_SLOTS; i++)
		meta->slot_day[i] = HEAD_NO_DAY;
	if (answer == MDB_NOTFOUND)
		return LZ_OK;
	if (answer != 0)
		return head_error(answer);
	cursor_init(&cursor, value.mv_data, value.mv_size);
	if (cursor_u32(&cursor) != HEAD_FORMAT)
		return LZ_E_VERSION;
	meta->position = cursor_u64(&cursor);
	meta->conflicts = cursor_u64(&cursor);
	meta->amended = cursor_u64(&cursor);
	meta->parties = cursor_u32(&cursor);
	meta->sources = cursor_u32(&cursor);
	meta->oldest.us = (int64_t)cursor_u64(&cursor);
	meta->long_since.us = (int64_t)cursor_u64(&cursor);
	for (size_t i = 0; i < HEAD_SLOTS; i++)
		meta->slot_day[i] = cursor_u32(&cursor);
	return cursor.failed ? LZ_E_FORMAT : LZ_OK;
}

int
head_meta_put(const struct head *head, MDB_txn *txn,
	      const struct head_meta *meta)
{
	MDB_val key = head_value(META_KEY, sizeof(META_KEY) - 1), value;
	uint8_t bytes[META_BYTES];
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	writer_u32(&writer, HEAD_FORMAT);
	writer_u64(&writer, meta->position);
	writer_u64(&writer, meta->conflicts);
	writer_u64(&writer, meta->amended);
	writer_u32(&writer, meta->parties);
	writer_u32(&writer, meta->sources);
	writer_u64(&writer, (uint64_t)meta->oldest.us);
	writer_u64(&writer, (uint64_t)meta->long_since.us);
	for (size_t i = 0; i < HEAD_SLOTS; i++)
		writer_u32(&writer, meta->slot_day[i]);
	lz_assert(!writer.failed);
	value = head_value(bytes, writer.length);
	return head_error(
	    mdb_put(txn, head->tables[HEAD_META], &key, &value, 0));
}

size_t
head_source_pack(const struct head_source *source,
		 uint8_t bytes[HEAD_SOURCE_BYTES])
{
	const struct tracker_source *facts = &source->facts;
	struct writer writer;

	writer_init(&writer, bytes, HEAD_SOURCE_BYTES);
	writer_u16(&writer, facts->number);
	writer_u64(&writer, (uint64_t)facts->interim_us);
	writer_u32(&writer, facts->silent_after);
	writer_u8(&writer, facts->complete);
	writer_u8(&writer, facts->sessions_numbered);
	writer_u8(&writer, facts->assigned);
	writer_u64(&writer, (uint64_t)facts->error_us);
	writer_u64(&writer, (uint64_t)facts->gap.us);
	writer_u64(&writer, (uint64_t)source->watermark.us);
	writer_bytes(&writer, source->name, strlen(source->name));
	lz_assert(!writer.failed);
	return writer.length;
}

int
head_source_unpack(const MDB_val *value, struct head_source *source)
{
	struct tracker_source *facts = &source->facts;
	struct cursor cursor;
	size_t length;

	memset(source, 0, sizeof(*source));
	cursor_init(&cursor, value->mv_data, value->mv_size);
	facts->number = cursor_u16(&cursor);
	facts->interim_us = (int64_t)cursor_u64(&cursor);
	facts->silent_after = cursor_u32(&cursor);
	facts->complete = cursor_u8(&cursor) == 1;
	facts->sessions_numbered = cursor_u8(&cursor) == 1;
	facts->assigned = cursor_u8(&cursor) == 1;
	facts->error_us = (int64_t)cursor_u64(&cursor);
	facts->gap.us = (int64_t)cursor_u64(&cursor);
	source->watermark.us = (int64_t)cursor_u64(&cursor);
	length = cursor_left(&cursor);
	if (cursor.failed || length >= sizeof(source->name))
		return LZ_E_FORMAT;
	if (length > 0)
		memcpy(source->name, cursor_take(&cursor, length), length);
	return LZ_OK;
}
