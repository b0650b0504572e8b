/* SPDX-License-Identifier: Apache-2.0 */
/* Gathered rows, written together. */
#include "role/desk_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define CASES_A_CALL 256
#define TEXT_SIZE CASE_TEXT_SIZE
#define BODIES_FIRST (1u << 20)

/* A sighting with all that its row borrows. */
struct kept {
	struct sighting sighting;
	struct store_event event;
	char source[TEXT_SIZE];
	char brake_text[TEXT_SIZE];
	uint64_t case_id;
	size_t body; /* of the event: where in bodies */
	uint8_t certainty;
	bool awaiting, folded;
};

struct desk_rows {
	struct kept *kept;
	size_t count, room;
	struct store_sighting *rows; /* the same, as the store takes them */
	uint8_t *bodies;
	size_t bodies_used, bodies_room;
	uint64_t *touched;
	size_t touched_count, touched_room;
	struct store_case cases[CASES_A_CALL];
	uint8_t *records; /* CASES_A_CALL of them, one after the other */
	size_t records_room;
};

struct desk_rows *
desk_rows_new(void)
{
	struct desk_rows *rows = memory_new(1, sizeof(*rows));

	if (!rows)
		return NULL;
	rows->bodies = memory_new(1, BODIES_FIRST);
	/* Room for many of usual size and always for one of the largest. */
	rows->records_room = BODIES_FIRST;
	rows->records = memory_new(1, rows->records_room);
	if (!rows->bodies || !rows->records) {
		desk_rows_free(rows);
		return NULL;
	}
	rows->bodies_room = BODIES_FIRST;
	return rows;
}

void
desk_rows_free(struct desk_rows *rows)
{
	if (!rows)
		return;
	memory_free(rows->kept);
	memory_free(rows->rows);
	memory_free(rows->bodies);
	memory_free(rows->touched);
	memory_free(rows->records);
	memory_free(rows);
}

static int
make_room(struct desk_rows *rows, size_t body)
{
	if (rows->count == rows->room) {
		const size_t room = rows->room * 2 + 256;
		struct kept *kept = memory_grow(rows->kept, rows->room, room,
						sizeof(*kept));
		struct store_sighting *list;

		if (!kept)
			return LZ_E_MEMORY;
		rows->kept = kept;
		list = memory_grow(rows->rows, rows->room, room, sizeof(*list));
		if (!list)
			return LZ_E_MEMORY;
		rows->rows = list;
		rows->room = room;
	}
	if (rows->bodies_used + body > rows->bodies_room) {
		uint8_t *bodies = memory_grow(rows->bodies, rows->bodies_room,
					      rows->bodies_room * 2, 1);

		if (!bodies)
			return LZ_E_MEMORY;
		rows->bodies = bodies;
		rows->bodies_room *= 2;
	}
	return 0;
}

int
desk_rows_sighting(struct desk_rows *rows, const struct store_sighting *row)
{
	const struct store_event *event = row->event;
	struct kept *kept;
	int error = make_room(rows, event ? event->body.length : 0);

	if (error)
		return error;
	kept = &rows->kept[rows->count++];
	kept->sighting = *row->sighting;
	kept->case_id = row->case_id;
	kept->certainty = row->certainty;
	kept->awaiting = row->awaiting;
	kept->folded = event != NULL;
	(void)text_copy(kept->source, sizeof(kept->source),
			slice_of(row->binding_source ? row->binding_source
						     : ""));
	if (!event)
		return 0;
	kept->event = *event;
	(void)text_copy(kept->brake_text, sizeof(kept->brake_text),
			slice_of(event->brake_text ? event->brake_text : ""));
	kept->body = rows->bodies_used;
	memcpy(rows->bodies + rows->bodies_used, event->body.at,
	       event->body.length);
	rows->bodies_used += event->body.length;
	return 0;
}

int
desk_rows_touch(struct desk_rows *rows, uint64_t case_id)
{
	if (rows->touched_count > 0 &&
	    rows->touched[rows->touched_count - 1] == case_id)
		return 0;
	if (rows->touched_count == rows->touched_room) {
		const size_t room = rows->touched_room * 2 + 1024;
		uint64_t *grown = memory_grow(rows->touched, rows->touched_room,
					      room, sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		rows->touched = grown;
		rows->touched_room = room;
	}
	rows->touched[rows->touched_count++] = case_id;
	return 0;
}

bool
desk_rows_waiting(const struct desk_rows *rows)
{
	return rows->count > 0;
}

void
desk_rows_drop(struct desk_rows *rows)
{
	rows->count = rows->touched_count = rows->bodies_used = 0;
}

/* ---- cases ---- */

static struct store_case
case_row(const struct case_record *record, uint64_t events)
{
	return (struct store_case){.id = record->id,
				   .party = record->party,
				   .known = record->known,
				   .state = record->state,
				   .certainty = record->certainty,
				   .score_milli = record->score_milli,
				   .version = record->version,
				   .classes = record->classes,
				   .opened = record->opened,
				   .changed = record->changed,
				   .last = record->last_seen,
				   .due = record->due,
				   .closed = record->closed,
				   .events = events,
				   .arm = record->arm,
				   .ladder = record->ladder,
				   .objected = record->objected,
				   .answer_due = record->answer_due,
				   .merged_into = record->merged_into,
				   .earlier = record->earlier};
}

/* Encodes a record behind `used` bytes of others; LZ_E_FULL. */
static int
encode(struct desk_rows *rows, size_t *used, const struct case_record *record,
       struct store_case *row)
{
	struct writer writer;

	writer_init(&writer, rows->records + *used, rows->records_room - *used);
	case_record_encode(&writer, record);
	if (writer.failed)
		return LZ_E_FULL;
	row->record = (struct store_bytes){rows->records + *used,
					   writer.length};
	*used += writer.length;
	return 0;
}

int
desk_rows_case(struct desk_rows *rows, struct store *store,
	       const struct case_record *record, uint64_t events)
{
	struct store_case row = case_row(record, events);
	size_t used = 0;
	const int error = encode(rows, &used, record, &row);

	return error ? error : desk_store_case_put(store, &row);
}

static int
by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* In the order of their numbers: neighbours in the table follow each other. */
static int
flush_cases(struct desk_rows *rows, struct store *store, struct case_book *book)
{
	size_t count = 0, used = 0;
	uint64_t before = 0;
	int error = 0;

	if (rows->touched_count > 0)
		qsort(rows->touched, rows->touched_count,
		      sizeof(rows->touched[0]), by_number);
	for (size_t i = 0; i < rows->touched_count && !error; i++) {
		const uint64_t id = rows->touched[i];
		const struct case_record *record;

		if (id == before)
			continue;
		before = id;
		record = case_book_find(book, id);
		if (!record)
			continue;
		if (count == CASES_A_CALL ||
		    rows->records_room - used < CASE_RECORD_BYTES_MAX) {
			error = desk_store_cases_put(store, rows->cases, count);
			count = used = 0;
		}
		rows->cases[count] = case_row(record,
					      case_book_events(book, id));
		if (!error)
			error = encode(rows, &used, record,
				       &rows->cases[count++]);
	}
	if (!error && count > 0)
		error = desk_store_cases_put(store, rows->cases, count);
	return error;
}

/* ---- sightings ---- */

static int
by_key(const void *a, const void *b)
{
	const struct sighting *x = ((const struct store_sighting *)a)->sighting;
	const struct sighting *y = ((const struct store_sighting *)b)->sighting;
	const int64_t day_x = x->time.us / TIMES_DAY_US;
	const int64_t day_y = y->time.us / TIMES_DAY_US;

	if (day_x != day_y)
		return day_x < day_y ? -1 : 1;
	return memcmp(x->id, y->id, SIGHTING_ID_SIZE);
}

static int
flush_sightings(struct desk_rows *rows, struct store *store)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct kept *kept = &rows->kept[i];

		kept->event.body.at = rows->bodies + kept->body;
		kept->event.brake_text = *kept->brake_text ? kept->brake_text
							   : NULL;
		rows->rows[i] = (struct store_sighting){
		    .sighting = &kept->sighting,
		    .case_id = kept->case_id,
		    .certainty = kept->certainty,
		    .awaiting = kept->awaiting,
		    .binding_source = *kept->source ? kept->source : NULL,
		    .event = kept->folded ? &kept->event : NULL};
	}
	if (rows->count == 0)
		return 0;
	qsort(rows->rows, rows->count, sizeof(rows->rows[0]), by_key);
	return desk_store_sightings_put(store, rows->rows, rows->count);
}

int
desk_rows_flush(struct desk_rows *rows, struct store *store,
		struct case_book *book)
{
	int error = flush_cases(rows, store, book);

	if (!error)
		error = flush_sightings(rows, store);
	desk_rows_drop(rows);
	return error;
}
