/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tracker's store over the open batch.
 *
 * Which entries of which tables a row has is computed from the row and its
 * place; a change takes out what the old row had and the new one hasn't, and
 * puts in the rest.
 */
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/writer.h"
#include "index/writer.h"

#define ENTRY_KEY_MAX 48
#define ENTRIES_MAX 5
#define AMENDED_FIRST 64
#define SLOT_DAYS_AHEAD 2

struct entry {
	MDB_dbi table;
	uint8_t key_length, value_length;
	uint8_t key[ENTRY_KEY_MAX];
	uint8_t value[ROW_VALUE_MAX];
};

struct entries {
	size_t count;
	struct entry at[ENTRIES_MAX];
};

/* An entry that points at the row. */
static struct writer
add_entry(struct entries *entries, MDB_dbi table, const struct place *place,
	  struct entry **entry)
{
	struct writer key;

	lz_assert(entries->count < ENTRIES_MAX);
	*entry = &entries->at[entries->count++];
	(*entry)->table = table;
	memcpy((*entry)->value, place->key, place->key_length);
	(*entry)->value_length = place->key_length;
	writer_init(&key, (*entry)->key, ENTRY_KEY_MAX);
	return key;
}

static void
session_key(struct writer *key, const struct binding *row)
{
	writer_u16(key, row->source);
	writer_u64(key, row->session);
	writer_u64(key, (uint64_t)row->start.us);
	writer_u64(key, row->id);
}

static void
entries_of(const struct index_writer *writer, const struct place *place,
	   struct entries *entries)
{
	const struct head *head = &writer->head;
	const struct binding *row = &place->row;
	bool is_long = place->where == VIEW_LONG;
	bool open = row->end.us == INT64_MAX;
	struct entry *entry;
	struct writer key;

	entries->count = 0;
	key = add_entry(entries, view_table(&writer->view, place->where), place,
			&entry);
	writer_bytes(&key, place->key, place->key_length);
	entry->key_length = (uint8_t)key.length;
	entry->value_length = (uint8_t)row_value_pack(row, entry->value);
	if (row->session != 0) {
		key = add_entry(
		    entries,
		    is_long ? head->tables[HEAD_SESSION]
			    : head->slots[HEAD_SLOT_SESSION][place->where],
		    place, &entry);
		session_key(&key, row);
		entry->key_length = (uint8_t)key.length;
	}
	if (open || row->marks & BINDING_END_INFERRED) {
		key = add_entry(entries,
				is_long
				    ? head->tables[HEAD_OPEN]
				    : head->slots[HEAD_SLOT_OPEN][place->where],
				place, &entry);
		writer_u16(&key, row->source);
		writer_u64(&key, row->id);
		entry->key_length = (uint8_t)key.length;
	}
	if (open && row->party != BINDING_NO_PARTY) {
		key = add_entry(entries, head->tables[HEAD_OWNED], place,
				&entry);
		writer_u32(&key, row->party);
		writer_u64(&key, row->id);
		entry->key_length = (uint8_t)key.length;
	}
	if (is_long && !open) {
		key = add_entry(entries, head->tables[HEAD_ENDED], place,
				&entry);
		writer_u32(&key, row_day(row->end));
		writer_bytes(&key, place->key, place->key_length);
		entry->key_length = (uint8_t)key.length;
	}
}

static bool
same_key(const struct entry *a, const struct entry *b)
{
	return a->table == b->table && a->key_length == b->key_length &&
	       memcmp(a->key, b->key, a->key_length) == 0;
}

static const struct entry *
find_entry(const struct entries *entries, const struct entry *entry)
{
	for (size_t i = 0; i < entries->count; i++)
		if (same_key(&entries->at[i], entry))
			return &entries->at[i];
	return NULL;
}

/* From what stood there to what is to stand there. */
static int
exchange(struct index_writer *writer, const struct entries *old,
	 const struct entries *now)
{
	int error = LZ_OK;

	for (size_t i = 0; i < old->count && !error; i++) {
		const struct entry *entry = &old->at[i];
		MDB_val key = head_value(entry->key, entry->key_length);

		if (find_entry(now, entry))
			continue;
		error = writer_error(writer, mdb_del(writer->view.txn,
						     entry->table, &key, NULL));
	}
	for (size_t i = 0; i < now->count && !error; i++) {
		const struct entry *entry = &now->at[i];
		const struct entry *before = find_entry(old, entry);
		MDB_val key = head_value(entry->key, entry->key_length);
		MDB_val value = head_value(entry->value, entry->value_length);

		if (before && before->value_length == entry->value_length &&
		    memcmp(before->value, entry->value, entry->value_length) ==
			0)
			continue;
		error = writer_error(writer,
				     mdb_put(writer->view.txn, entry->table,
					     &key, &value, 0));
	}
	return error;
}

/* The number of a shape, made when new; irregular ones share one at last. */
static int
number_of(struct index_writer *writer, struct shape *shape, uint16_t *number)
{
	struct view *view = &writer->view;
	uint8_t bytes[SHAPE_BYTES], buffer[2];
	MDB_val key, value;
	uint32_t alike = 0;
	int error;

	if (view_shape(view, shape, number) == LZ_OK)
		return LZ_OK;
	for (uint32_t i = 0; i < view->shape_count; i++)
		alike += view->shapes[i].realm == shape->realm &&
			 view->shapes[i].length == shape->length &&
			 view->shapes[i].port_size > 0;
	if (shape->port_size > 0 && alike >= INDEX_SHAPES_MAX &&
	    shape->port_size != SHAPE_ANY_PORTS) {
		*shape = shape_any_ports(shape);
		return number_of(writer, shape, number);
	}
	if (view->shape_count >= UINT16_MAX)
		return LZ_E_FULL;
	shape_pack(shape, bytes);
	key = head_key(buffer, view->shape_count, 2, 0, 0);
	value = head_value(bytes, sizeof(bytes));
	error = writer_error(writer,
			     mdb_put(view->txn, writer->head.tables[HEAD_SHAPE],
				     &key, &value, 0));
	return error ? error : view_shape_new(view, shape, number);
}

/* Is a day one of those that slots are for? */
static bool
near(const struct index_writer *writer, uint32_t day)
{
	int64_t today = writer->arrival.us / TIMES_DAY_US;

	return writer->arrival.us == 0 ||
	       (day <= today + SLOT_DAYS_AHEAD &&
		day + HEAD_SLOTS > today + SLOT_DAYS_AHEAD);
}

/* The slot of the day a row ended on, or VIEW_LONG. */
static int64_t
where_of(struct index_writer *writer, const struct binding *row)
{
	struct head_meta *meta = &writer->view.meta;
	uint32_t day;
	int slot;

	if (row_is_long(row))
		return VIEW_LONG;
	day = row_day(row->end);
	slot = view_slot(&writer->view, day);
	/* A clock gone mad must not use up the slots. */
	if (slot < 0 && !near(writer, day))
		return VIEW_LONG;
	if (slot < 0)
		slot = view_slot(&writer->view, HEAD_NO_DAY);
	if (slot < 0)
		return VIEW_LONG;
	meta->slot_day[slot] = day;
	return slot;
}

/* Would answers about the past have been others? */
static bool
amends(const struct binding *old, const struct binding *now)
{
	if (old->start.us != now->start.us || old->party != now->party ||
	    ((old->marks ^ now->marks) & BINDING_CONFLICT) ||
	    !subject_equal(&old->subject, &now->subject))
		return true;
	return old->end.us != INT64_MAX && old->end.us != now->end.us;
}

static int
note_amended(struct index_writer *writer, const struct binding *old,
	     const struct binding *now)
{
	if (writer->amended_count == writer->amended_room) {
		size_t room = writer->amended_room ? 2 * writer->amended_room
						   : AMENDED_FIRST;
		struct amended *grown = memory_grow(writer->amended,
						    writer->amended_room, room,
						    sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		writer->amended = grown;
		writer->amended_room = room;
	}
	writer->amended[writer->amended_count++] =
	    (struct amended){.old = *old,
			     .now = now ? *now : (struct binding){.id = 0},
			     .arrival = writer->arrival};
	return LZ_OK;
}

/* A sealed file never changes: the row is overruled beside it. */
static int
overrule(struct index_writer *writer, const struct place *place)
{
	uint32_t day = (uint32_t)(place->where - VIEW_SEALED);
	uint8_t buffer[12];
	MDB_val key = head_key(buffer, day, 4, place->row.id, 8);
	MDB_val value = head_value("", 0);
	int error = writer_error(writer, mdb_put(writer->view.txn,
						 writer->head.tables[HEAD_OVER],
						 &key, &value, 0));

	writer->view.over += error == LZ_OK;
	return error;
}

static int
store_put(void *context, const struct binding *row)
{
	struct index_writer *writer = context;
	const struct place *old = places_find(&writer->places, row->id);
	struct place now = {.row = *row};
	struct entries before = {0}, after;
	struct shape shape;
	uint16_t number;
	int error;

	if (!writer->view.txn)
		return LZ_E_STATE;
	if (row->id == 0)
		return LZ_E_RANGE;
	shape_of(row, &shape);
	error = number_of(writer, &shape, &number);
	if (error)
		return error;
	now.where = where_of(writer, row);
	now.key_length = (uint8_t)row_key(&shape, number, row, now.key);
	entries_of(writer, &now, &after);
	if (old && old->key_length == 0)
		old = NULL; /* dropped before */
	if (old && amends(&old->row, row))
		error = note_amended(writer, &old->row, row);
	if (old && !error) {
		if (old->where >= VIEW_SEALED)
			error = overrule(writer, old);
		else
			entries_of(writer, old, &before);
	}
	if (!error)
		error = exchange(writer, &before, &after);
	if (!error && row->end.us != INT64_MAX)
		error = party_used(writer, row->party, row_day(row->end));
	if (error)
		return error;
	if (row->marks & BINDING_CONFLICT &&
	    !(old && old->row.marks & BINDING_CONFLICT))
		writer->view.meta.conflicts++;
	if (now.where == VIEW_LONG &&
	    row->start.us < writer->view.meta.long_since.us)
		writer->view.meta.long_since = row->start;
	return places_set(&writer->places, &now);
}

static int
store_drop(void *context, const struct binding *row)
{
	struct index_writer *writer = context;
	struct place *old = places_find(&writer->places, row->id);
	struct entries before, after = {0};
	int error;

	if (!writer->view.txn)
		return LZ_E_STATE;
	if (!old || old->key_length == 0)
		return LZ_E_NOT_FOUND;
	error = note_amended(writer, &old->row, NULL);
	if (error)
		return error;
	if (old->where >= VIEW_SEALED) {
		error = overrule(writer, old);
	} else {
		entries_of(writer, old, &before);
		error = exchange(writer, &before, &after);
	}
	old->key_length = 0;
	return error;
}

/* Rows handed out, in order, at most `max`; all are remembered. */
struct taken {
	struct index_writer *writer;
	const struct subject *subject;
	struct binding *rows;
	size_t max, kept;
	int count;
};

static int
remember(struct index_writer *writer, const struct binding *row, int64_t where)
{
	struct place place = {.row = *row, .where = where};
	struct shape shape;
	uint16_t number;
	int error;

	if (places_find(&writer->places, row->id))
		return LZ_OK;
	shape_of(row, &shape);
	error = number_of(writer, &shape, &number);
	if (error)
		return error;
	place.key_length = (uint8_t)row_key(&shape, number, row, place.key);
	return places_set(&writer->places, &place);
}

/* Keeps the `max` lowest by start; `newest`: the highest, the highest first. */
static int
take(struct taken *taken, const struct binding *row, int64_t where, bool newest)
{
	size_t at = taken->kept;

	taken->count++;
	while (at > 0 &&
	       (newest ? taken->rows[at - 1].start.us < row->start.us
		       : taken->rows[at - 1].start.us > row->start.us))
		at--;
	if (at == taken->max)
		return LZ_OK;
	if (taken->kept == taken->max)
		taken->kept--;
	memmove(&taken->rows[at + 1], &taken->rows[at],
		(taken->kept - at) * sizeof(*taken->rows));
	taken->rows[at] = *row;
	taken->kept++;
	return remember(taken->writer, row, where);
}

/* Runs over entries that begin with `prefix`, from `from` on. */
typedef int entry_found(void *context, struct binding *row, int64_t where);

static int
each_entry(struct index_writer *writer, MDB_dbi table, int64_t where,
	   const MDB_val *prefix, const MDB_val *from, entry_found *found,
	   void *context)
{
	MDB_val key = *from, value;
	MDB_cursor *cursor;
	int error = LZ_OK;
	int answer = mdb_cursor_open(writer->view.txn, table, &cursor);

	if (answer != 0)
		return head_error(answer);
	for (answer = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	     answer == 0 && !error && key.mv_size >= prefix->mv_size &&
	     memcmp(key.mv_data, prefix->mv_data, prefix->mv_size) == 0;
	     answer = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
		struct binding row;

		error = view_row(&writer->view, where, &value, &row);
		/* An entry without its row: the file isn't whole. */
		if (error == LZ_E_NOT_FOUND)
			error = LZ_E_CHECKSUM;
		if (!error)
			error = found(context, &row, where);
	}
	mdb_cursor_close(cursor);
	if (!error && answer != 0 && answer != MDB_NOTFOUND)
		error = head_error(answer);
	return error == LZ_E_EXISTS ? LZ_OK : error;
}

static int
take_session(void *context, struct binding *row, int64_t where)
{
	return take(context, row, where, true);
}

static int
store_session(void *context, uint16_t source, uint64_t session,
	      struct binding *rows, size_t max)
{
	struct index_writer *writer = context;
	struct taken taken = {.writer = writer, .rows = rows, .max = max};
	const struct head *head = &writer->head;
	uint8_t buffer[10];
	MDB_val key = head_key(buffer, source, 2, session, 8);
	int error;

	if (!writer->view.txn)
		return LZ_E_STATE;
	if (session == 0)
		return 0;
	error = each_entry(writer, head->tables[HEAD_SESSION], VIEW_LONG, &key,
			   &key, take_session, &taken);
	for (int slot = 0; slot < HEAD_SLOTS && !error; slot++)
		if (writer->view.meta.slot_day[slot] != HEAD_NO_DAY)
			error = each_entry(writer,
					   head->slots[HEAD_SLOT_SESSION][slot],
					   slot, &key, &key, take_session,
					   &taken);
	return error ? error : taken.count;
}

static int
take_touching(void *context, const struct binding *row, int64_t where)
{
	struct taken *taken = context;
	const struct subject *subject = taken->subject;

	/* A damaged day has no rows to reason with. */
	if (row->marks & BINDING_UNREADABLE)
		return LZ_OK;
	if (subject_has_ports(subject) && subject_has_ports(&row->subject) &&
	    (row->subject.port_last < subject->port_first ||
	     row->subject.port_first > subject->port_last))
		return LZ_OK;
	return take(taken, row, where, false);
}

static int
store_touching(void *context, uint32_t realm, const struct subject *subject,
	       struct at_event from, struct at_event to, struct binding *rows,
	       size_t max)
{
	struct index_writer *writer = context;
	bool ports = subject_has_ports(subject);
	struct taken taken = {.writer = writer,
			      .subject = subject,
			      .rows = rows,
			      .max = max};
	struct day_question question = {.realm = realm,
					.addr = subject->prefix.addr,
					.length = subject->prefix.length,
					.port = ports ? subject->port_first
						      : -1,
					.port_last = ports ? subject->port_last
							   : -1,
					.from = from,
					.to = {to.us - 1}};
	int error;

	if (!writer->view.txn)
		return LZ_E_STATE;
	if (from.us >= to.us)
		return 0;
	error = view_search(&writer->view, &question, take_touching, &taken);
	return error ? error : taken.count;
}

struct opened {
	struct taken taken;
	struct at_event before;
	bool silent; /* only open rows that weren't heard of either */
};

static int
take_open(void *context, struct binding *row, int64_t where)
{
	struct opened *opened = context;
	struct taken *taken = &opened->taken;
	bool open = row->end.us == INT64_MAX;
	size_t at = taken->kept;

	if (row->start.us >= opened->before.us ||
	    (!open && row->end.us <= opened->before.us) ||
	    (opened->silent && (!open || row->heard.us >= opened->before.us)))
		return LZ_OK;
	while (at > 0 && taken->rows[at - 1].id > row->id)
		at--;
	if (at == taken->max)
		return LZ_E_EXISTS; /* this table holds none below */
	if (taken->kept == taken->max)
		taken->kept--;
	memmove(&taken->rows[at + 1], &taken->rows[at],
		(taken->kept - at) * sizeof(*taken->rows));
	taken->rows[at] = *row;
	taken->kept++;
	return remember(taken->writer, row, where);
}

static int
find_open(struct index_writer *writer, uint16_t source, struct at_event before,
	  bool silent, uint64_t after_id, struct binding *rows, size_t max)
{
	struct opened opened = {.taken = {.writer = writer,
					  .rows = rows,
					  .max = max},
				.before = before,
				.silent = silent};
	const struct head *head = &writer->head;
	uint8_t prefix_buffer[2], from_buffer[10];
	MDB_val prefix = head_key(prefix_buffer, source, 2, 0, 0), from;
	int error;

	if (!writer->view.txn)
		return LZ_E_STATE;
	if (after_id == UINT64_MAX)
		return 0;
	from = head_key(from_buffer, source, 2, after_id + 1, 8);
	error = each_entry(writer, head->tables[HEAD_OPEN], VIEW_LONG, &prefix,
			   &from, take_open, &opened);
	for (int slot = 0; slot < HEAD_SLOTS && !error && !silent; slot++) {
		uint32_t day = writer->view.meta.slot_day[slot];

		if (day == HEAD_NO_DAY || day < row_day(before))
			continue;
		error = each_entry(writer, head->slots[HEAD_SLOT_OPEN][slot],
				   slot, &prefix, &from, take_open, &opened);
	}
	return error ? error : (int)opened.taken.kept;
}

static int
store_open_of(void *context, uint16_t source, struct at_event before,
	      uint64_t after_id, struct binding *rows, size_t max)
{
	return find_open(context, source, before, false, after_id, rows, max);
}

/* A million open rows are looked at each time; few are handed out. */
static int
store_silent(void *context, uint16_t source, struct at_event before,
	     uint64_t after_id, struct binding *rows, size_t max)
{
	return find_open(context, source, before, true, after_id, rows, max);
}

static int
store_party(void *context, const char *label, uint32_t *party)
{
	struct index_writer *writer = context;

	return writer->view.txn ? party_number(writer, label, party)
				: LZ_E_STATE;
}

static int
store_mark(void *context, uint16_t source, struct at_event at)
{
	struct index_writer *writer = context;

	if (source >= writer->source_count)
		return LZ_E_RANGE;
	if (writer->sources[source].watermark.us < at.us) {
		writer->sources[source].watermark = at;
		writer->source_dirty[source] = true;
	}
	return LZ_OK;
}

static int
store_gap(void *context, uint16_t source, struct at_event at)
{
	struct index_writer *writer = context;

	if (source >= writer->source_count)
		return LZ_E_RANGE;
	if (writer->sources[source].facts.gap.us < at.us) {
		writer->sources[source].facts.gap = at;
		writer->source_dirty[source] = true;
	}
	return LZ_OK;
}

static int
store_changed(void *context, uint32_t realm, const struct subject *subject,
	      struct at_event from, struct at_event to, const char *cause)
{
	struct index_writer *writer = context;

	for (size_t i = writer->amended_word; i < writer->amended_count; i++)
		if (!writer->amended[i].cause)
			writer->amended[i].cause = cause;
	if (!writer->changed)
		return LZ_OK;
	return writer->changed(writer->changed_context, realm, subject, from,
			       to, cause);
}

struct tracker_store
index_store(struct index_writer *writer,
	    int (*changed)(void *context, uint32_t realm,
			   const struct subject *subject, struct at_event from,
			   struct at_event to, const char *cause),
	    void *changed_context)
{
	writer->changed = changed;
	writer->changed_context = changed_context;
	return (struct tracker_store){.context = writer,
				      .session = store_session,
				      .touching = store_touching,
				      .open_of = store_open_of,
				      .silent = store_silent,
				      .put = store_put,
				      .drop = store_drop,
				      .party = store_party,
				      .mark = store_mark,
				      .gap = store_gap,
				      .changed = store_changed};
}
