/* SPDX-License-Identifier: Apache-2.0 */
/* Lines are found here and read by base/csv.h, one at a time. */
#include "lease/table.h"

#include <string.h>

#include "base/check.h"

#define DATE_LENGTH 10
#define EPOCH_DIGITS_MIN 9
#define EPOCH_DIGITS_MAX 10
#define STAMP_SIZE 64
/* The farthest zones lie 14 hours from UTC. */
#define ZONE_ERROR_US (14 * TIMES_HOUR_US)

void
table_init(struct table *table, const struct table_column *columns,
	   size_t column_count)
{
	lz_assert(column_count <= TABLE_COLUMNS_MAX);
	table->columns = columns;
	table->column_count = column_count;
	table->begun = false;
	table->wants_header = false;
	table->has_header = false;
	table->separator = ',';
}

bool
table_has(const struct table *table, size_t column)
{
	return table->at[column] >= 0;
}

struct slice
table_field(const struct table *table, size_t column)
{
	static const struct slice none = {"", 0};

	if (table->at[column] < 0 ||
	    (size_t)table->at[column] >= table->row.field_count)
		return none;
	return slice_trim(table->row.fields[table->at[column]]);
}

static bool
holds(struct slice line, char c)
{
	return line.length > 0 && memchr(line.at, c, line.length) != NULL;
}

/* Reads one line into table->row; why it's bad, or NULL. */
static const char *
read_line(struct table *table, struct slice line)
{
	csv_init(&table->csv, line.at, line.length, table->separator);
	if (!csv_next(&table->csv, &table->row))
		table->row.field_count = 0;
	return table->row.reason;
}

static const char *
read_header(struct table *table, struct slice line,
	    const struct table_calls *calls)
{
	const char *reason;

	table->separator = holds(line, ',')    ? ','
			   : holds(line, ';')  ? ';'
			   : holds(line, '\t') ? '\t'
					       : ',';
	table->has_header = false;
	reason = read_line(table, line);
	if (reason)
		return reason;
	for (size_t c = 0; c < table->column_count; c++) {
		table->at[c] = -1;
		for (size_t n = 0; n < TABLE_NAMES_MAX; n++)
			if (table->columns[c].names[n] && table->at[c] < 0)
				table->at[c] =
				    csv_column(&table->row,
					       table->columns[c].names[n]);
	}
	reason = calls->header(calls->context);
	table->has_header = !reason;
	table->fields = table->row.field_count;
	return reason;
}

static void
take_line(struct table *table, const struct table_calls *calls,
	  struct slice line, uint64_t offset, const struct lease_output *output)
{
	const char *reason;

	if (slice_trim(line).length == 0)
		return;
	if (table->wants_header) {
		table->wants_header = false;
		reason = read_header(table, line, calls);
	} else if (!table->has_header) {
		reason = calls->no_header;
	} else {
		reason = read_line(table, line);
		if (!reason && table->row.field_count != table->fields)
			reason = calls->bad_fields;
		if (!reason)
			calls->row(calls->context, offset);
	}
	if (reason && output->refused)
		output->refused(output->context, offset, reason);
}

bool
table_begins(const struct lease_chunk *chunk)
{
	return chunk->offset == 0 && (chunk->end || holds(chunk->bytes, '\n'));
}

size_t
table_feed(struct table *table, const struct lease_chunk *chunk,
	   const struct table_calls *calls, const struct lease_output *output)
{
	struct slice rest = chunk->bytes, header = chunk->header;
	size_t consumed = 0;

	if (chunk->offset == 0)
		table->wants_header = true;
	else if (!table->begun && header.length > 0)
		(void)read_header(table, slice_split(&header, '\n'), calls);
	table->begun = true;
	while (rest.length > 0) {
		struct slice line = slice_split(&rest, '\n');

		if (!rest.at && !chunk->end)
			break;
		if (line.length > 0 && line.at[line.length - 1] == '\r')
			line.length--;
		take_line(table, calls, line, consumed, output);
		consumed = rest.at ? (size_t)(rest.at - chunk->bytes.at)
				   : chunk->bytes.length;
	}
	return consumed;
}

static bool
all_digits(struct slice slice)
{
	for (size_t i = 0; i < slice.length; i++)
		if (slice.at[i] < '0' || slice.at[i] > '9')
			return false;
	return slice.length > 0;
}

static int
epoch_time(struct slice slice, struct at_event *time)
{
	uint64_t seconds;
	int error;

	if (slice.length < EPOCH_DIGITS_MIN || slice.length > EPOCH_DIGITS_MAX)
		return LZ_E_FORMAT;
	error = slice_u64(slice, UINT64_MAX, &seconds);
	time->us = (int64_t)seconds * TIMES_SECOND_US;
	if (error)
		return error;
	return time->us < TIMES_EARLIEST_US ? LZ_E_RANGE : 0;
}

int
table_time(struct slice slice, int32_t zone_s, struct at_event *time,
	   int64_t *error_us)
{
	const bool date = slice.length == DATE_LENGTH;
	char stamp[STAMP_SIZE];
	struct text text;
	int error;

	if (all_digits(slice))
		return epoch_time(slice, time);
	error = times_parse(slice, &time->us);
	if (error != LZ_E_FORMAT)
		return error;
	if (zone_s == LEASE_ZONE_UNTOLD && !date)
		return LZ_E_FORMAT;
	text_init(&text, stamp, sizeof(stamp));
	text_slice(&text, slice);
	if (date)
		text_add(&text, "T00:00:00");
	text_char(&text, 'Z');
	if (text.full)
		return LZ_E_FORMAT;
	error = times_parse(slice_of(stamp), &time->us);
	if (error)
		return error;
	if (zone_s != LEASE_ZONE_UNTOLD)
		time->us -= zone_s * TIMES_SECOND_US;
	else if (*error_us < ZONE_ERROR_US)
		*error_us = ZONE_ERROR_US;
	return 0;
}

bool
table_account(struct slice reference, char *holder)
{
	struct text text;

	text_init(&text, holder, PARTY_LABEL_SIZE);
	for (size_t i = 0; i < reference.length; i++)
		if ((unsigned char)reference.at[i] < ' ' ||
		    reference.at[i] == 0x7f)
			return false;
	text_add(&text, "account:");
	text_slice(&text, reference);
	return reference.length > 0 && !text.full;
}
