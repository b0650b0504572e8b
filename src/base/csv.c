/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader tries a row from its first byte; where that goes wrong the row is
 * its first line and reading goes on with the next one.  A quote that is never
 * closed would else take everything behind it along.
 */
#include "base/csv.h"

#include <string.h>

static const char bare_quote[] = "a quote inside an unquoted field";
static const char after_quote[] = "text after a closing quote";
static const char nul_byte[] = "a NUL byte";
static const char unclosed[] = "a quote that isn't closed";
static const char many_fields[] = "more than 512 fields";
static const char too_long[] = "longer than 65536 bytes";

void
csv_init(struct csv *csv, const char *bytes, size_t length, char separator)
{
	csv->rest = (struct slice){bytes, length};
	csv->separator = separator;
	csv->nul_allowed = false;
	csv->line = 1;
	csv->offset = 0;
	csv->scratch_length = 0;
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		csv->rest.at += 3;
		csv->rest.length -= 3;
		csv->offset = 3;
	}
}

static bool
is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* Bytes of the line end at `at`: 2 for CR LF. */
static size_t
line_end(struct slice rest, size_t at)
{
	return rest.at[at] == '\r' && at + 1 < rest.length &&
		       rest.at[at + 1] == '\n'
		   ? 2
		   : 1;
}

/* Moves past `length` bytes and the line end behind them, if any. */
static void
consume(struct csv *csv, size_t length)
{
	size_t i = 0;

	while (i < length) {
		if (is_line_end(csv->rest.at[i])) {
			csv->line++;
			i += line_end(csv->rest, i);
		} else {
			i++;
		}
	}
	if (i < csv->rest.length) {
		csv->line++;
		i += line_end(csv->rest, i);
	}
	csv->rest.at += i;
	csv->rest.length -= i;
	csv->offset += i;
}

/*
 * A quoted field whose opening quote is at *at.  Leaves *at behind the closing
 * quote; answers why it's bad, or NULL.
 */
static const char *
quoted(struct csv *csv, size_t *at, size_t end, struct slice *field)
{
	const char *bytes = csv->rest.at;
	size_t from = *at + 1, i = from;
	char *copy = NULL;

	for (;;) {
		const char *quote = i < end ? memchr(bytes + i, '"', end - i)
					    : NULL;
		size_t length;

		if (!quote)
			return end < csv->rest.length ? too_long : unclosed;
		i = (size_t)(quote - bytes) + 1;
		length = i - 1 - from;
		if (i < end && bytes[i] == '"') {
			/* From its first "" on, the field is a copy. */
			if (!copy)
				copy = csv->scratch + csv->scratch_length;
			memcpy(csv->scratch + csv->scratch_length, bytes + from,
			       length + 1);
			csv->scratch_length += length + 1;
			from = ++i;
			continue;
		}
		*at = i;
		if (!copy) {
			*field = (struct slice){bytes + from, length};
			return NULL;
		}
		memcpy(csv->scratch + csv->scratch_length, bytes + from,
		       length);
		csv->scratch_length += length;
		*field = (struct slice){copy,
					(size_t)(csv->scratch +
						 csv->scratch_length - copy)};
		return NULL;
	}
}

/* An unquoted field beginning at *at; leaves *at on what ends it. */
static const char *
unquoted(struct csv *csv, size_t *at, size_t end, struct slice *field)
{
	const char *bytes = csv->rest.at;
	size_t from = *at, i = from;

	while (i < end && bytes[i] != csv->separator &&
	       !is_line_end(bytes[i])) {
		if (bytes[i] == '"')
			return bare_quote;
		i++;
	}
	*at = i;
	*field = (struct slice){bytes + from, i - from};
	return NULL;
}

/* Reads the row at csv->rest; answers why it's bad, or NULL. */
static const char *
read_row(struct csv *csv, struct csv_row *row)
{
	const char *bytes = csv->rest.at, *reason;
	size_t end = csv->rest.length, at = 0;
	struct slice field;

	csv->scratch_length = 0;
	if (end > CSV_ROW_BYTES_MAX)
		end = CSV_ROW_BYTES_MAX;
	for (;; at++) {
		if (at < end && bytes[at] == '"')
			reason = quoted(csv, &at, end, &field);
		else
			reason = unquoted(csv, &at, end, &field);
		if (reason)
			return reason;
		if (row->field_count == CSV_FIELDS_MAX)
			return many_fields;
		row->fields[row->field_count++] = field;
		if (at == csv->rest.length || is_line_end(bytes[at]))
			break;
		if (at == end)
			return too_long;
		if (bytes[at] != csv->separator)
			return after_quote;
	}
	row->raw.length = at;
	return !csv->nul_allowed && memchr(bytes, '\0', at) ? nul_byte : NULL;
}

bool
csv_next(struct csv *csv, struct csv_row *row)
{
	while (csv->rest.length && is_line_end(csv->rest.at[0]))
		consume(csv, 0);
	if (csv->rest.length == 0)
		return false;
	row->line = csv->line;
	row->offset = csv->offset;
	row->raw = (struct slice){csv->rest.at, 0};
	row->field_count = 0;
	row->reason = read_row(csv, row);
	if (row->reason) {
		row->field_count = 0;
		while (row->raw.length < csv->rest.length &&
		       !is_line_end(row->raw.at[row->raw.length]))
			row->raw.length++;
	}
	consume(csv, row->raw.length);
	return true;
}

int
csv_column(const struct csv_row *header, const char *name)
{
	for (size_t i = 0; i < header->field_count; i++)
		if (slice_equal_folded(slice_trim(header->fields[i]), name))
			return (int)i;
	return -1;
}
