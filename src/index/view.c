/* SPDX-License-Identifier: Apache-2.0 */
/* Searching the head and the sealed days as one. */
#include "index/view.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"

#define SHAPES_FIRST 16

/* Rows of one head table, walked backwards. */
struct walk {
	const struct day_question *question;
	const struct shape *shape;
	uint8_t fixed[ROW_KEY_MAX]; /* what all keys begin with */
	size_t fixed_length;
	uint8_t from[ROW_KEY_MAX]; /* the last key that can answer */
	size_t from_length;
	bool bounded; /* no row that began a day before can answer */
	int64_t where;
	view_found *found;
	void *context;
};

int
view_shape_new(struct view *view, const struct shape *shape, uint16_t *number)
{
	if (view->shape_count == view->shape_room) {
		uint32_t room = view->shape_room ? 2 * view->shape_room
						 : SHAPES_FIRST;
		struct shape *shapes = memory_grow(view->shapes,
						   view->shape_room, room,
						   sizeof(*shapes));

		if (!shapes)
			return LZ_E_MEMORY;
		view->shapes = shapes;
		view->shape_room = room;
	}
	*number = (uint16_t)view->shape_count;
	view->shapes[view->shape_count++] = *shape;
	return LZ_OK;
}

/* Shapes have the numbers 0, 1, ... and never go away. */
static int
take_shapes(struct view *view)
{
	view->shape_count = 0;
	for (;;) {
		uint8_t buffer[2];
		MDB_val key = head_key(buffer, view->shape_count, 2, 0, 0);
		MDB_val value;
		struct shape shape;
		uint16_t number;
		int answer = mdb_get(view->txn, view->head->tables[HEAD_SHAPE],
				     &key, &value);

		if (answer == MDB_NOTFOUND)
			return LZ_OK;
		if (answer != 0)
			return head_error(answer);
		if (value.mv_size != SHAPE_BYTES)
			return LZ_E_FORMAT;
		shape_unpack(value.mv_data, &shape);
		answer = view_shape_new(view, &shape, &number);
		if (answer)
			return answer;
	}
}

struct view_day *
view_day(const struct view *view, uint32_t number)
{
	size_t low = 0, high = view->day_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (view->days[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < view->day_count && view->days[low].number == number
		   ? &view->days[low]
		   : NULL;
}

/* Opens what is new in `numbers`, keeps what was open, closes the rest. */
static int
set_days(struct view *view, const uint32_t *numbers, size_t count)
{
	struct view_day *days = memory_new(count + 1, sizeof(*days));
	int missing = LZ_OK;

	if (!days)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < count; i++) {
		struct view_day *old = view_day(view, numbers[i]);

		days[i].number = numbers[i];
		if (old && old->day) {
			days[i].day = old->day;
			old->day = NULL;
		} else if (day_open(view->folder_fd, numbers[i],
				    &days[i].day) == -ENOENT) {
			missing = -ENOENT;
		}
	}
	for (size_t i = 0; i < view->day_count; i++)
		day_close(view->days[i].day);
	memory_free(view->days);
	view->days = days;
	view->day_count = count;
	return missing;
}

static int
take_days(struct view *view)
{
	MDB_dbi table = view->head->tables[HEAD_DAYS];
	uint32_t *numbers;
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_stat stat;
	size_t count = 0;
	int answer = mdb_stat(view->txn, table, &stat);

	if (answer == 0)
		answer = mdb_cursor_open(view->txn, table, &cursor);
	if (answer != 0)
		return head_error(answer);
	numbers = memory_new(stat.ms_entries + 1, sizeof(*numbers));
	if (!numbers) {
		mdb_cursor_close(cursor);
		return LZ_E_MEMORY;
	}
	while (count < stat.ms_entries &&
	       mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0)
		if (key.mv_size == 4)
			numbers[count++] = (uint32_t)head_number(key.mv_data,
								 4);
	mdb_cursor_close(cursor);
	answer = set_days(view, numbers, count);
	memory_free(numbers);
	return answer;
}

int
view_take(struct view *view, MDB_txn *txn)
{
	MDB_stat stat;
	int error;

	view->txn = txn;
	error = head_meta_get(view->head, txn, &view->meta);
	if (!error)
		error = take_shapes(view);
	if (!error)
		error = head_error(
		    mdb_stat(txn, view->head->tables[HEAD_OVER], &stat));
	if (error)
		return error;
	view->over = stat.ms_entries;
	return take_days(view);
}

void
view_leave(struct view *view, bool writing)
{
	for (size_t i = 0; writing && i < 1 + HEAD_SLOTS; i++) {
		if (view->cursors[i])
			mdb_cursor_close(view->cursors[i]);
		view->cursors[i] = NULL;
	}
	view->txn = NULL;
}

void
view_fini(struct view *view)
{
	view_leave(view, true);
	for (size_t i = 0; i < view->day_count; i++)
		day_close(view->days[i].day);
	memory_free(view->days);
	memory_free(view->shapes);
	view->days = NULL;
	view->shapes = NULL;
	view->day_count = 0;
}

int
view_shape(const struct view *view, const struct shape *shape, uint16_t *number)
{
	for (uint32_t i = 0; i < view->shape_count; i++)
		if (shape_equal(&view->shapes[i], shape)) {
			*number = (uint16_t)i;
			return LZ_OK;
		}
	return LZ_E_NOT_FOUND;
}

int
view_slot(const struct view *view, uint32_t day)
{
	for (int i = 0; i < HEAD_SLOTS; i++)
		if (view->meta.slot_day[i] == day)
			return i;
	return -1;
}

MDB_dbi
view_table(const struct view *view, int64_t where)
{
	return where == VIEW_LONG ? view->head->tables[HEAD_LONG]
				  : view->head->slots[HEAD_SLOT_ROWS][where];
}

static int
unpack(const struct view *view, const MDB_val *key, const MDB_val *value,
       struct binding *row)
{
	uint16_t shape;

	if (key->mv_size < 2)
		return LZ_E_FORMAT;
	shape = row_key_shape(key->mv_data);
	if (shape >= view->shape_count)
		return LZ_E_FORMAT;
	return row_unpack(&view->shapes[shape], key->mv_data, key->mv_size,
			  value->mv_data, value->mv_size, row);
}

int
view_row(const struct view *view, int64_t where, const MDB_val *key,
	 struct binding *row)
{
	MDB_val copy = *key, value;
	int answer = mdb_get(view->txn, view_table(view, where), &copy, &value);

	return answer != 0 ? head_error(answer)
			   : unpack(view, key, &value, row);
}

static int
cursor_of(struct view *view, int64_t where, MDB_cursor **cursor)
{
	size_t i = (size_t)(where + 1);
	int answer = 0;

	if (!view->cursors[i])
		answer = mdb_cursor_open(view->txn, view_table(view, where),
					 &view->cursors[i]);
	/* A cursor that was somewhere looks there first: for a random question
	 * that is memory touched for nothing. */
	else if (view->reading)
		answer = mdb_cursor_renew(view->txn, view->cursors[i]);
	*cursor = view->cursors[i];
	return head_error(answer);
}

static int
walk_table(struct view *view, const struct walk *walk)
{
	MDB_val key = head_value(walk->from, walk->from_length), value;
	MDB_cursor *cursor;
	int answer = cursor_of(view, walk->where, &cursor);

	if (answer)
		return answer;
	answer = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	answer = mdb_cursor_get(cursor, &key, &value,
				answer == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
	for (; answer == 0;
	     answer = mdb_cursor_get(cursor, &key, &value, MDB_PREV)) {
		struct binding row;
		int error;

		if (key.mv_size <= walk->fixed_length ||
		    memcmp(key.mv_data, walk->fixed, walk->fixed_length) != 0)
			return LZ_OK;
		error = unpack(view, &key, &value, &row);
		if (error)
			return error;
		if (walk->bounded &&
		    row.start.us < walk->question->from.us - ROW_SHORT_US)
			return LZ_OK;
		if (!row_touches(&row, walk->question->from,
				 walk->question->to))
			continue;
		error = walk->found(walk->context, &row, walk->where);
		if (error)
			return error;
	}
	return answer == MDB_NOTFOUND ? LZ_OK : head_error(answer);
}

/* Keys of an address in one shape; block -1: of all its blocks. */
static void
set_keys(struct walk *walk, uint16_t number, int32_t block)
{
	const struct day_question *question = walk->question;
	uint8_t tail[2 + 8 + 8];
	size_t skip = block < 0 ? 0 : 2;

	walk->fixed_length = row_key_fixed(walk->shape, number, &question->addr,
					   block, walk->fixed);
	memset(tail, 0xff, sizeof(tail));
	for (size_t i = 0; block >= 0 && i < 8; i++)
		tail[2 + i] = (uint8_t)((uint64_t)question->to.us >>
					(56 - 8 * i));
	memcpy(walk->from, walk->fixed, walk->fixed_length);
	memcpy(walk->from + walk->fixed_length, tail + skip,
	       sizeof(tail) - skip);
	walk->from_length = walk->fixed_length + sizeof(tail) - skip;
}

/* One shape in `long` and in the slots whose rows can touch the interval. */
static int
search_shape(struct view *view, struct walk *walk, uint16_t number)
{
	const struct day_question *question = walk->question;
	uint32_t first = row_day(question->from);
	uint32_t last =
	    row_day((struct at_event){question->to.us + ROW_SHORT_US});
	int32_t block;
	int error;

	walk->shape = &view->shapes[number];
	if (!shape_may_hold(walk->shape, question->realm, &question->addr) ||
	    (question->length >= 0 && walk->shape->length != question->length))
		return LZ_OK;
	if (!shape_ports(walk->shape, question->port, question->port_last,
			 &block))
		return LZ_OK;
	set_keys(walk, number, block);
	walk->where = VIEW_LONG;
	walk->bounded = false;
	error = question->to.us < view->meta.long_since.us
		    ? LZ_OK
		    : walk_table(view, walk);
	walk->bounded = block >= 0;
	for (int slot = 0; slot < HEAD_SLOTS && !error; slot++) {
		uint32_t day = view->meta.slot_day[slot];

		if (day == HEAD_NO_DAY || day < first || day > last)
			continue;
		walk->where = slot;
		error = walk_table(view, walk);
	}
	return error;
}

/* Rows of a sealed day, but for those that were amended. */
struct sealed {
	struct view *view;
	uint32_t day;
	view_found *found;
	void *context;
};

static int
take_sealed(void *context, const struct binding *row)
{
	const struct sealed *sealed = context;
	const struct view *view = sealed->view;

	if (view->over > 0) {
		uint8_t buffer[12];
		MDB_val key = head_key(buffer, sealed->day, 4, row->id, 8);
		MDB_val value;
		int answer = mdb_get(view->txn, view->head->tables[HEAD_OVER],
				     &key, &value);

		if (answer != MDB_NOTFOUND)
			return head_error(answer);
	}
	return sealed->found(sealed->context, row, VIEW_SEALED + sealed->day);
}

/* The head's search takes as long as memory takes to bring the days' lines. */
static void
prefetch_days(const struct view *view, const struct day_question *question)
{
	uint32_t first = row_day(question->from);
	uint32_t last =
	    row_day((struct at_event){question->to.us + ROW_SHORT_US});

	for (size_t i = view->day_count;
	     i-- > 0 && view->days[i].number >= first;)
		if (view->days[i].number <= last && view->days[i].day)
			day_prefetch(view->days[i].day, question);
}

static int
search_days(struct view *view, const struct day_question *question,
	    view_found *found, void *context)
{
	uint32_t first = row_day(question->from);
	uint32_t last =
	    row_day((struct at_event){question->to.us + ROW_SHORT_US});

	for (size_t i = view->day_count; i-- > 0;) {
		struct view_day *day = &view->days[i];
		struct sealed sealed = {view, day->number, found, context};
		struct binding row;
		int error;

		if (day->number > last)
			continue;
		if (day->number < first)
			break;
		if (day->day) {
			error = day_search(day->day, question, take_sealed,
					   &sealed);
		} else {
			day_unreadable(day->number, question, &row);
			error = found(context, &row, VIEW_SEALED + day->number);
		}
		if (error)
			return error;
	}
	return LZ_OK;
}

int
view_search(struct view *view, const struct day_question *question,
	    view_found *found, void *context)
{
	struct day_question clamped = *question;
	struct walk walk = {.question = &clamped,
			    .found = found,
			    .context = context};
	int error = LZ_OK;

	if (clamped.from.us < TIMES_DAY_US)
		clamped.from.us = TIMES_DAY_US;
	if (clamped.to.us > TIMES_LATEST_US)
		clamped.to.us = TIMES_LATEST_US;
	if (clamped.to.us < 0)
		return LZ_OK;
	/* Over weeks it would fetch more than it helps. */
	if (clamped.to.us - clamped.from.us <= TIMES_DAY_US)
		prefetch_days(view, &clamped);
	for (uint32_t i = 0; i < view->shape_count && !error; i++)
		error = search_shape(view, &walk, (uint16_t)i);
	return error ? error : search_days(view, &clamped, found, context);
}
