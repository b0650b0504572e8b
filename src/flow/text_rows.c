/* SPDX-License-Identifier: Apache-2.0 */
/* Lines, batches and refusals of text that holds a flow a line. */
#include "flow/text_rows.h"

#include <string.h>

const char *
text_reason_words(enum text_reason reason)
{
	static const char *const words[TEXT_REASON_COUNT] = {
	    [TEXT_GOOD] = "not refused",
	    [TEXT_COLUMNS] = "not the columns of the header",
	    [TEXT_TIME] = "time not understood",
	    [TEXT_ADDRESS] = "address not understood",
	    [TEXT_PROTO] = "unknown protocol",
	    [TEXT_PORT] = "port not understood",
	    [TEXT_COUNT] = "count is no number",
	    [TEXT_EMPTY] = "no packets",
	    [TEXT_LONG] = "line too long",
	    [TEXT_OTHER] = "of another log",
	};

	return words[reason];
}

static struct slice
without_bom(struct slice line)
{
	if (line.length >= 3 && memcmp(line.at, "\xef\xbb\xbf", 3) == 0)
		return (struct slice){line.at + 3, line.length - 3};
	return line;
}

static struct slice
without_cr(struct slice line)
{
	if (line.length > 0 && line.at[line.length - 1] == '\r')
		line.length--;
	return line;
}

struct slice
text_first_line(const char *bytes, size_t length)
{
	const char *end = memchr(bytes, '\n', length);
	const struct slice line = {bytes, end ? (size_t)(end - bytes) : length};

	return without_cr(without_bom(line));
}

void
text_rows_refuse(struct text_rows *rows, enum text_reason reason)
{
	rows->stats.refused++;
	rows->stats.by_reason[reason]++;
	rows->stats.refused_line = rows->line;
	rows->stats.reason = text_reason_words(reason);
}

static void
flush(struct text_rows *rows)
{
	if (rows->batch_count > 0)
		rows->sink(rows->sink_context, rows->batch, rows->batch_count);
	rows->batch_count = 0;
}

struct flow_record *
text_rows_put(struct text_rows *rows)
{
	struct flow_record *record;

	if (rows->batch_count == FLOW_BATCH_MAX)
		flush(rows);
	record = &rows->batch[rows->batch_count++];
	memset(record, 0, sizeof(*record));
	return record;
}

/* Keeps a piece of a line that hasn't ended; what is too long is refused. */
static void
keep(struct text_rows *rows, const char *bytes, size_t length)
{
	if (length > TEXT_LINE_MAX - rows->length) {
		rows->overlong = true;
		rows->length = 0;
	}
	if (rows->overlong)
		return;
	memcpy(rows->bytes + rows->length, bytes, length);
	rows->length += length;
}

static int
line_end(struct text_rows *rows, text_line *take, void *reader)
{
	/* Files are joined with their BOMs. */
	const struct slice line =
	    without_cr(without_bom((struct slice){rows->bytes, rows->length}));
	const bool overlong = rows->overlong;

	rows->line++;
	rows->length = 0;
	rows->overlong = false;
	if (overlong)
		text_rows_refuse(rows, TEXT_LONG);
	else if (slice_trim(line).length > 0)
		return take(reader, line);
	return 0;
}

int
text_rows_feed(struct text_rows *rows, struct slice piece, text_line *line,
	       void *reader, flow_sink *sink, void *context)
{
	int error = 0;

	rows->sink = sink;
	rows->sink_context = context;
	while (piece.length > 0 && !error) {
		const char *end = memchr(piece.at, '\n', piece.length);
		size_t length = end ? (size_t)(end - piece.at) : piece.length;

		keep(rows, piece.at, length);
		if (end) {
			error = line_end(rows, line, reader);
			length++;
		}
		piece.at += length;
		piece.length -= length;
	}
	flush(rows);
	return error;
}

int
text_rows_end(struct text_rows *rows, text_line *line, void *reader,
	      flow_sink *sink, void *context)
{
	int error = 0;

	rows->sink = sink;
	rows->sink_context = context;
	if (rows->length > 0 || rows->overlong)
		error = line_end(rows, line, reader);
	flush(rows);
	return error;
}
