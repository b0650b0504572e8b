/* SPDX-License-Identifier: Apache-2.0 */
/* Reads tickets. */
#include "role/tickets.h"

#include "base/csv.h"
#include "base/memory.h"

struct columns {
	int time, address, account;
};

static bool
is_blank(const struct csv_row *row)
{
	for (size_t i = 0; i < row->field_count; i++)
		if (slice_trim(row->fields[i]).length > 0)
			return false;
	return true;
}

static struct slice
field(const struct csv_row *row, int column)
{
	return column < 0 || (size_t)column >= row->field_count
		   ? (struct slice){"", 0}
		   : slice_trim(row->fields[column]);
}

/* "2024-06-20": that whole day. */
static bool
take_date(struct slice text, struct ticket *ticket)
{
	uint64_t year, month, day;
	struct times_date date = {0};

	if (text.length != 10 || text.at[4] != '-' || text.at[7] != '-' ||
	    slice_u64((struct slice){text.at, 4}, 9999, &year) != 0 ||
	    slice_u64((struct slice){text.at + 5, 2}, 12, &month) != 0 ||
	    slice_u64((struct slice){text.at + 8, 2}, 31, &day) != 0)
		return false;
	date.year = (int32_t)year;
	date.month = (uint32_t)month;
	date.day = (uint32_t)day;
	if (times_from_date(&date, &ticket->from.us) != 0 ||
	    ticket->from.us < TIMES_EARLIEST_US ||
	    ticket->from.us >= TIMES_LATEST_US)
		return false;
	ticket->to.us = ticket->from.us + TIMES_DAY_US;
	return true;
}

static bool
printable(struct slice text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f)
			return false;
	return true;
}

/* NULL, or why the row can't be used. */
static const char *
take_row(const struct csv_row *row, const struct columns *columns,
	 struct ticket *ticket)
{
	const struct slice time = field(row, columns->time);
	const struct slice address = field(row, columns->address);
	const struct slice account = field(row, columns->account);

	*ticket = (struct ticket){.line = row->line};
	if (time.length == 0)
		return "no time";
	if (times_parse(time, &ticket->from.us) == 0)
		ticket->to = ticket->from;
	else if (!take_date(time, ticket))
		return "time isn't RFC 3339 with a zone, nor a date";
	ticket->has_address = address.length > 0;
	if (ticket->has_address && addr_parse(address, &ticket->address) != 0)
		return "address can't be read";
	if (account.length > 0 && !printable(account))
		return "account holds control characters";
	if (!text_copy(ticket->account, sizeof(ticket->account), account))
		return "account is longer than 95 bytes";
	if (!ticket->has_address && account.length == 0)
		return "neither address nor account";
	return NULL;
}

/* Commas, semicolons or tabs: whichever the header has most of. */
static char
separator_of(const char *bytes, size_t length)
{
	static const char known[] = {',', ';', '\t'};
	size_t counts[sizeof(known)] = {0}, best = 0;

	for (size_t i = 0; i < length && i < CSV_ROW_BYTES_MAX &&
			   bytes[i] != '\n' && bytes[i] != '\r';
	     i++)
		for (size_t j = 0; j < sizeof(known); j++)
			counts[j] += bytes[i] == known[j];
	for (size_t j = 1; j < sizeof(known); j++)
		best = counts[j] > counts[best] ? j : best;
	return known[best];
}

static int
read_rows(struct csv *csv, struct csv_row *row, const struct columns *columns,
	  tickets_take *take, tickets_refuse *refuse, void *context)
{
	struct ticket ticket;
	size_t count = 0;

	while (csv_next(csv, row)) {
		const char *reason = row->reason;
		int error;

		if (!reason && is_blank(row))
			continue;
		if (!reason)
			reason = take_row(row, columns, &ticket);
		if (reason) {
			refuse(context, row->line, reason);
			continue;
		}
		if (count++ == TICKETS_MAX)
			return LZ_E_FULL;
		error = take(context, &ticket);
		if (error)
			return error;
	}
	return 0;
}

int
tickets_parse(const char *bytes, size_t length, tickets_take *take,
	      tickets_refuse *refuse, void *context)
{
	struct csv *csv = memory_new(1, sizeof(*csv));
	struct csv_row *row = memory_new(1, sizeof(*row));
	struct columns columns = {-1, -1, -1};
	int error = csv && row ? 0 : LZ_E_MEMORY;

	if (!error) {
		csv_init(csv, bytes, length, separator_of(bytes, length));
		if (csv_next(csv, row) && !row->reason)
			columns = (struct columns){csv_column(row, "time"),
						   csv_column(row, "address"),
						   csv_column(row, "account")};
		if (columns.time < 0 ||
		    (columns.address < 0 && columns.account < 0)) {
			refuse(context, 1,
			       "its header names no time, or neither address "
			       "nor account");
			error = LZ_E_FORMAT;
		}
	}
	if (!error)
		error = read_rows(csv, row, &columns, take, refuse, context);
	memory_free(csv);
	memory_free(row);
	return error;
}
