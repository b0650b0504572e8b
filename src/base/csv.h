/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict CSV reader that survives bad rows (RFC 4180, LF, CRLF or CR).
 *
 * Works on bytes in memory, row by row; fields are slices, quotes removed.
 * A bad row (bare quote, text after a closing quote, NUL, unclosed quote, too
 * many fields, too long) is answered with its reason and costs its own first
 * line, no more: the reader goes on with the next line, so one row never sinks
 * a file.  (A NUL in a row that is whole otherwise costs that row.)
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define CSV_FIELDS_MAX 512
#define CSV_ROW_BYTES_MAX 65536

struct csv_row {
	uint64_t line;    /* number of its first line, from 1 */
	uint64_t offset;  /* of its first byte in the input */
	struct slice raw; /* the row as it stood, without line end */
	size_t field_count;
	struct slice fields[CSV_FIELDS_MAX];
	const char *reason; /* NULL, or why the row is bad (static text) */
};

struct csv {
	struct slice rest;
	char separator;
	bool nul_allowed; /* false after csv_init; the caller may set it */
	uint64_t line;
	uint64_t offset;
	size_t scratch_length;
	char scratch[CSV_ROW_BYTES_MAX]; /* unescaped quoted fields */
}; /* 64 kB: for the heap, not the stack */

/* bytes are borrowed until the last row was read; a UTF-8 BOM is skipped. */
void csv_init(struct csv *csv, const char *bytes, size_t length,
	      char separator);
/*
 * The next row that isn't blank; false at the end.  Slices in *row live until
 * the next call.  A row with a `reason` has no fields.
 */
bool csv_next(struct csv *csv, struct csv_row *row);

/* Index of the column called `name` (folded, trimmed) in a header, or -1. */
int csv_column(const struct csv_row *header, const char *name);

#endif
