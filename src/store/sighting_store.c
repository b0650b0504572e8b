/* SPDX-License-Identifier: Apache-2.0 */
/* Sightings of the desk's store: one by one, and many in one go. */
#include <string.h>

#include "store/desk_store.h"
#include "store/folded_event.h"
#include "store/query.h"
#include "store/sql_text.h"

static int64_t
day_of(const struct sighting *sighting)
{
	return sighting->time.us / TIMES_DAY_US;
}

static void
bind_key(struct query *query, const struct sighting *sighting)
{
	query_i64(query, 1, day_of(sighting));
	query_blob(query, 2, sighting->id, SIGHTING_ID_SIZE);
}

/* What one row's parameters stand in while it is written. */
struct row_bytes {
	uint8_t sighting[SIGHTING_BYTES_MAX];
	uint8_t event[FOLDED_EVENT_BYTES_MAX];
};

static int
bind_sighting(struct query *query, const struct sighting *sighting,
	      uint8_t certainty, bool awaiting, struct row_bytes *bytes)
{
	struct writer writer;

	writer_init(&writer, bytes->sighting, sizeof(bytes->sighting));
	sighting_encode(&writer, sighting);
	bind_key(query, sighting);
	query_i64(query, 3, sighting->time.us);
	query_i64(query, 4, sighting->first.us);
	query_i64(query, 5, sighting->last.us);
	query_i64(query, 6, sighting->known.us);
	query_text(query, 7, sighting->origin);
	query_i64(query, 8, sighting->class);
	query_text(query, 9, sighting->family);
	query_i64(query, 10, sighting->role);
	query_i64(query, 11, sighting->weight_milli);
	query_blob(query, 12, sighting->address.bytes, 16);
	if (sighting->marks & SIGHTING_HAS_PORT)
		query_i64(query, 13, sighting->port);
	query_i64(query, 14, sighting->proto);
	if (sighting->marks & SIGHTING_HAS_PEER)
		query_blob(query, 15, sighting->peer.bytes, 16);
	query_i64(query, 16, (sighting->marks & SIGHTING_SPOOFABLE) != 0);
	query_i64(query, 17, certainty);
	query_i64(query, 18, awaiting);
	query_blob(query, 19, bytes->sighting, writer.length);
	return writer.failed ? LZ_E_RANGE : 0;
}

int
desk_store_sighting_add(struct store *store, const struct sighting *sighting)
{
	struct row_bytes bytes;
	struct query query;
	bool added;
	int error, ended;

	query_begin(&query, store, SQL_DESK_SIGHTING_ADD);
	error = bind_sighting(&query, sighting, CERTAINTY_NOBODY, false,
			      &bytes);
	added = !error && query_step(&query);
	ended = query_end(&query);
	error = error ? error : ended;
	return error || added ? error : LZ_E_EXISTS;
}

struct placing {
	const struct store_sighting *rows;
	struct row_bytes bytes;
};

static void
bind_row(void *context, struct query *query, size_t i)
{
	struct placing *placing = context;
	const struct store_sighting *row = &placing->rows[i];
	struct row_bytes *bytes = &placing->bytes;
	struct writer writer;
	int error = bind_sighting(query, row->sighting, row->certainty,
				  row->awaiting, bytes);

	if (row->case_id)
		query_u64(query, 20, row->case_id);
	if (row->binding_source && *row->binding_source)
		query_text(query, 21, row->binding_source);
	if (row->event) {
		writer_init(&writer, bytes->event, sizeof(bytes->event));
		folded_event_encode(&writer, row->event);
		query_u64(query, 22, row->event->n);
		query_blob(query, 23, bytes->event, writer.length);
		if (writer.failed)
			error = LZ_E_RANGE;
	}
	if (error && !query->error)
		query->error = error;
}

int
desk_store_sightings_put(struct store *store, const struct store_sighting *rows,
			 size_t count)
{
	struct placing placing = {.rows = rows};

	return query_each(store, SQL_DESK_SIGHTING_PUT, count, bind_row, NULL,
			  &placing);
}

struct knowing {
	const struct sighting *const *list;
	bool *known;
};

static void
ask_known(void *context, struct query *query, size_t i)
{
	const struct knowing *knowing = context;

	bind_key(query, knowing->list[i]);
}

static int
take_known(void *context, struct query *query, size_t i)
{
	const struct knowing *knowing = context;

	(void)query;
	knowing->known[i] = true;
	return 0;
}

int
desk_store_known(struct store *store, const struct sighting *const *list,
		 size_t count, bool *known)
{
	struct knowing knowing = {list, known};

	memset(known, 0, count * sizeof(*known));
	return query_each(store, SQL_DESK_SIGHTING_KNOWN, count, ask_known,
			  take_known, &knowing);
}

/* The step that this row carries goes into the rows of its case. */
static int
unfold(struct store *store, const struct sighting *sighting, uint64_t case_id)
{
	struct folded_texts texts;
	struct store_event event;
	struct cursor cursor;
	struct query query;
	size_t length;
	bool folded;
	int error = 0, ended;

	query_begin(&query, store, SQL_DESK_SIGHTING_FOLDED);
	bind_key(&query, sighting);
	folded = query_step(&query) && query_column_u64(&query, 0) != case_id;
	if (folded) {
		const uint8_t *at = query_column_blob(&query, 2, &length);

		cursor_init(&cursor, at, length);
		error = folded_event_decode(&cursor, &texts, &event);
		event.case_id = query_column_u64(&query, 0);
		event.n = query_column_u64(&query, 1);
		event.sighting.at = query_column_blob(&query, 3,
						      &event.sighting.length);
		if (!error)
			error = desk_store_event_add(store, &event);
	}
	ended = query_end(&query);
	error = error ? error : ended;
	if (error || !folded)
		return error;
	query_begin(&query, store, SQL_DESK_SIGHTING_UNFOLD);
	bind_key(&query, sighting);
	return query_run(&query);
}

int
desk_store_sighting_assign(struct store *store, const struct sighting *sighting,
			   uint64_t case_id, uint8_t certainty, bool awaiting,
			   const char *binding_source)
{
	struct query query;
	int error = unfold(store, sighting, case_id);

	if (error)
		return error;
	query_begin(&query, store, SQL_DESK_SIGHTING_ASSIGN);
	bind_key(&query, sighting);
	if (case_id)
		query_u64(&query, 3, case_id);
	query_i64(&query, 4, certainty);
	query_i64(&query, 5, awaiting);
	if (binding_source && *binding_source)
		query_text(&query, 6, binding_source);
	return query_run(&query);
}
