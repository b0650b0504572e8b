/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV files by their header line, chunk by chunk (lease/chunk.h): which column
 * is what goes by its name, of which there may be several.
 *
 * A record is a line: a quoted field may hold commas and quotes, but no line
 * break.  Separators are ',' or, where the header has no comma, ';' or a tab.
 */
#ifndef LEASE_TABLE_H
#define LEASE_TABLE_H

#include "base/csv.h"
#include "lease/chunk.h"

#define TABLE_COLUMNS_MAX 16
#define TABLE_NAMES_MAX 5

/* Names of one column, folded; what is left is NULL. */
struct table_column {
	const char *names[TABLE_NAMES_MAX];
};

struct table {
	const struct table_column *columns; /* the format's, static */
	size_t column_count;
	/* The decoder's own. */
	bool begun, wants_header, has_header;
	char separator;
	size_t fields;             /* of the header */
	int at[TABLE_COLUMNS_MAX]; /* -1: there is no such column */
	struct csv csv;
	struct csv_row row;
}; /* 72 kB: for the heap, not the stack */

void table_init(struct table *table, const struct table_column *columns,
		size_t column_count);
/* Does a column exist?  After the header. */
bool table_has(const struct table *table, size_t column);
/* A field of the row at hand, trimmed; empty where there is no such column. */
struct slice table_field(const struct table *table, size_t column);

/* Called for a header (answer NULL, or why it won't do) and for each row that
 * is sound CSV with as many fields as the header; `offset` counts from the
 * start of the chunk. */
struct table_calls {
	const char *(*header)(void *context);
	void (*row)(void *context, uint64_t offset);
	void *context;
	const char *no_header;  /* reason: there is none, or it won't do */
	const char *bad_fields; /* reason: fewer or more fields */
};

/* Is a chunk with offset 0 a file's beginning that will be read on: is its
 * first line whole? */
bool table_begins(const struct lease_chunk *chunk);
/* See lease/chunk.h. */
size_t table_feed(struct table *table, const struct lease_chunk *chunk,
		  const struct table_calls *calls,
		  const struct lease_output *output);

/*
 * A time of a list: RFC 3339; the same without zone, by the clock of `zone_s`
 * (or LEASE_ZONE_UNTOLD); a date alone (its midnight there); or whole seconds
 * since 1970 in nine or ten digits.  *error_us is raised where it is unsure.
 * LZ_E_FORMAT, LZ_E_RANGE.
 */
LZ_NODISCARD int table_time(struct slice slice, int32_t zone_s,
			    struct at_event *time, int64_t *error_us);
/* "account:REF"; false: it is empty, too long, or holds control characters. */
bool table_account(struct slice reference, char *holder);

#endif
