/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parties: a label, a number for rows, a random number for everybody else.  A
 * label is personal data: it goes with the last day that has a row of it, unless
 * a row of it is open.
 */
#include <string.h>

#include "base/check.h"
#include "base/writer.h"
#include "index/writer.h"

#define LABEL_AT 12 /* behind random number and last day */
#define PARTY_BYTES (LABEL_AT + PARTY_LABEL_SIZE)
#define SWEEP_MAX 4096 /* parties looked at in one drop */

static int
put_entry(struct index_writer *writer, enum head_table table, MDB_val key,
	  MDB_val value)
{
	return writer_error(writer, mdb_put(writer->view.txn,
					    writer->head.tables[table], &key,
					    &value, 0));
}

static int
delete_entry(struct index_writer *writer, enum head_table table, MDB_val key)
{
	return writer_error(writer,
			    mdb_del(writer->view.txn,
				    writer->head.tables[table], &key, NULL));
}

static int
put_party(struct index_writer *writer, uint32_t party, uint64_t id,
	  uint32_t last, const char *label)
{
	uint8_t number[4], place[8], bytes[PARTY_BYTES];
	struct writer out;
	int error;

	writer_init(&out, bytes, sizeof(bytes));
	writer_u64(&out, id);
	writer_u32(&out, last);
	writer_bytes(&out, label, strlen(label) + 1);
	lz_assert(!out.failed);
	error = put_entry(writer, HEAD_PARTY, head_key(number, party, 4, 0, 0),
			  head_value(bytes, out.length));
	return error ? error
		     : put_entry(writer, HEAD_LAST,
				 head_key(place, last, 4, party, 4),
				 head_value("", 0));
}

int
party_number(struct index_writer *writer, const char *label, uint32_t *party)
{
	MDB_val key = head_value(label, strlen(label)), value;
	uint32_t today = 0;
	uint8_t number[4];
	uint64_t id;
	int error, answer;

	if (key.mv_size == 0 || key.mv_size >= PARTY_LABEL_SIZE)
		return LZ_E_RANGE;
	answer = mdb_get(writer->view.txn, writer->head.tables[HEAD_LABEL],
			 &key, &value);
	if (answer == 0) {
		*party = (uint32_t)head_number(value.mv_data, 4);
		return LZ_OK;
	}
	if (answer != MDB_NOTFOUND)
		return head_error(answer);
	if (writer->view.meta.parties == BINDING_NO_PARTY)
		return LZ_E_FULL;
	do
		id = writer->random(writer->random_context);
	while (id == 0);
	if (writer->arrival.us > 0)
		today = (uint32_t)(writer->arrival.us / TIMES_DAY_US);
	*party = writer->view.meta.parties++;
	error = put_entry(writer, HEAD_LABEL, key,
			  head_key(number, *party, 4, 0, 0));
	return error ? error : put_party(writer, *party, id, today, label);
}

/* A copy of a party's record; its memory is the tree's. */
static int
get_party(struct index_writer *writer, uint32_t party,
	  uint8_t bytes[PARTY_BYTES])
{
	uint8_t number[4];
	MDB_val key = head_key(number, party, 4, 0, 0), value;
	int answer = mdb_get(writer->view.txn, writer->head.tables[HEAD_PARTY],
			     &key, &value);

	if (answer != 0)
		return head_error(answer);
	if (value.mv_size <= LABEL_AT || value.mv_size > PARTY_BYTES)
		return LZ_E_FORMAT;
	memcpy(bytes, value.mv_data, value.mv_size);
	return bytes[value.mv_size - 1] == '\0' ? LZ_OK : LZ_E_FORMAT;
}

int
party_used(struct index_writer *writer, uint32_t party, uint32_t day)
{
	uint8_t bytes[PARTY_BYTES], place[8];
	uint32_t last;
	int error;

	if (party == BINDING_NO_PARTY)
		return LZ_OK;
	error = get_party(writer, party, bytes);
	/* A row may name what the table never had; it has no label then. */
	if (error)
		return error == LZ_E_NOT_FOUND ? LZ_OK : error;
	last = (uint32_t)head_number(bytes + 8, 4);
	if (day <= last)
		return LZ_OK;
	error = delete_entry(writer, HEAD_LAST,
			     head_key(place, last, 4, party, 4));
	return error ? error
		     : put_party(writer, party, head_number(bytes, 8), day,
				 (const char *)bytes + LABEL_AT);
}

static bool
has_open(MDB_cursor *owned, uint32_t party)
{
	uint8_t buffer[4];
	MDB_val key = head_key(buffer, party, 4, 0, 0), value;

	return mdb_cursor_get(owned, &key, &value, MDB_SET_RANGE) == 0 &&
	       key.mv_size > 4 && memcmp(key.mv_data, buffer, 4) == 0;
}

static int
forget(struct index_writer *writer, uint32_t party)
{
	uint8_t bytes[PARTY_BYTES], number[4];
	const char *label = (const char *)bytes + LABEL_AT;
	int error = get_party(writer, party, bytes);

	if (!error)
		error = delete_entry(writer, HEAD_LABEL,
				     head_value(label, strlen(label)));
	if (!error)
		error = delete_entry(writer, HEAD_PARTY,
				     head_key(number, party, 4, 0, 0));
	return error == LZ_E_NOT_FOUND ? LZ_E_CHECKSUM : error;
}

/* The first key of `last`; LZ_E_NOT_FOUND: it is empty. */
static int
first_last(struct index_writer *writer, uint8_t place[8])
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int error = head_error(mdb_cursor_open(writer->view.txn,
					       writer->head.tables[HEAD_LAST],
					       &cursor));

	if (error)
		return error;
	error = head_error(mdb_cursor_get(cursor, &key, &value, MDB_FIRST));
	if (!error && key.mv_size == 8)
		memcpy(place, key.mv_data, 8);
	else if (!error)
		error = LZ_E_FORMAT;
	mdb_cursor_close(cursor);
	return error;
}

/* LZ_E_NOT_FOUND: there is none left below `before`. */
static int
sweep_one(struct index_writer *writer, MDB_cursor *owned, uint32_t before)
{
	uint8_t place[8];
	uint32_t party;
	int error = first_last(writer, place);

	if (error)
		return error;
	if (head_number(place, 4) >= before)
		return LZ_E_NOT_FOUND;
	party = (uint32_t)head_number(place + 4, 4);
	/* It is asked again when that day goes. */
	if (has_open(owned, party))
		return party_used(writer, party, before);
	error = delete_entry(writer, HEAD_LAST,
			     head_value(place, sizeof(place)));
	return error ? error : forget(writer, party);
}

int
party_sweep(struct index_writer *writer, uint32_t before)
{
	MDB_cursor *owned;
	int error = head_error(mdb_cursor_open(writer->view.txn,
					       writer->head.tables[HEAD_OWNED],
					       &owned));

	if (error)
		return error;
	for (unsigned i = 0; i < SWEEP_MAX && !error; i++)
		error = sweep_one(writer, owned, before);
	mdb_cursor_close(owned);
	return error == LZ_E_NOT_FOUND ? LZ_OK : error;
}
