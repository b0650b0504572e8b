/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as CSV.  The first byte chooses separator and NULs; then the rows
 * must account for every byte of the input, in order, with right line numbers.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/csv.h"
#include "base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct place {
	const char *bytes;
	size_t at;
	uint64_t line;
	bool was_cr;
};

/* Moves on to `to`, counting lines; what lies between may only be line ends. */
static void
walk(struct place *place, size_t to, bool only_line_ends)
{
	lz_assert(to >= place->at);
	for (; place->at < to; place->at++) {
		char c = place->bytes[place->at];

		if (c == '\r' || (c == '\n' && !place->was_cr))
			place->line++;
		place->was_cr = c == '\r';
		lz_assert(!only_line_ends || c == '\r' || c == '\n');
	}
}

static void
check_fields(const struct csv *csv, const struct csv_row *row)
{
	size_t sum = 0;

	lz_assert(row->field_count >= 1 && row->field_count <= CSV_FIELDS_MAX);
	for (size_t i = 0; i < row->field_count; i++) {
		struct slice field = row->fields[i];
		bool in_raw = field.at >= row->raw.at &&
			      field.at + field.length <=
				  row->raw.at + row->raw.length;
		bool in_scratch = field.at >= csv->scratch &&
				  field.at + field.length <=
				      csv->scratch + csv->scratch_length;

		lz_assert(in_raw || in_scratch);
		sum += field.length;
	}
	lz_assert(sum + row->field_count - 1 <= row->raw.length);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;
	struct csv *csv = memory_new(1, sizeof(*csv));
	struct csv_row *row = memory_new(1, sizeof(*row));
	struct place place = {.bytes = bytes, .line = 1};

	if (size > 0 && csv && row) {
		csv_init(csv, bytes, size - 1, ",;\t|"[data[0] & 3]);
		csv->nul_allowed = data[0] & 4;
		place.at = csv->offset;
		while (csv_next(csv, row)) {
			walk(&place, row->offset, true);
			lz_assert(place.line == row->line);
			lz_assert(row->raw.at == bytes + row->offset);
			lz_assert(row->raw.length > 0);
			if (row->reason)
				lz_assert(row->field_count == 0);
			else
				check_fields(csv, row);
			walk(&place, row->offset + row->raw.length, false);
		}
		walk(&place, size - 1, true);
	}
	memory_free(row);
	memory_free(csv);
	return 0;
}
