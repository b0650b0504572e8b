/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What readers of text with one flow a line share: lines out of pieces cut
 * anywhere, records gathered into batches, and rows refused by reason.
 *
 * Part of those readers (nfdump_csv.h, zeek.h), which know what a line means;
 * the statistics are for whoever reads the file.
 */
#ifndef FLOW_TEXT_ROWS_H
#define FLOW_TEXT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/text.h"
#include "fact/flow_record.h"

/* A longer line is refused whole, and the next one is read. */
#define TEXT_LINE_MAX 16384
#define TEXT_COUNT_MAX (UINT64_C(1) << 48)

/* Why a row was refused. */
enum text_reason {
	TEXT_GOOD,    /* it wasn't */
	TEXT_COLUMNS, /* not as many columns as the header, or no JSON object */
	TEXT_TIME,    /* a time or duration isn't understood or out of range */
	TEXT_ADDRESS, /* no address, or the unspecified one (aggregated) */
	TEXT_PROTO,
	TEXT_PORT,  /* no port, or for ICMP no type and code */
	TEXT_COUNT, /* packets or bytes are no number */
	TEXT_EMPTY, /* no packets in either direction */
	TEXT_LONG,  /* the line is over TEXT_LINE_MAX */
	TEXT_OTHER, /* of another log, joined to this one */
	TEXT_REASON_COUNT
};
/* In words for people: "time not understood". */
const char *text_reason_words(enum text_reason reason);

struct text_stats {
	uint64_t rows; /* that gave records */
	uint64_t not_ip;
	uint64_t refused; /* in all */
	uint64_t by_reason[TEXT_REASON_COUNT];
	uint64_t refused_line; /* of the last one, and why */
	const char *reason;
};

struct text_rows {
	struct text_stats stats;
	uint64_t line; /* number of the present one, from 1 */
	bool overlong; /* inside a line that is too long to be kept */
	size_t length; /* of what is kept of an unfinished line */
	size_t batch_count;
	flow_sink *sink;
	void *sink_context;
	char bytes[TEXT_LINE_MAX];
	struct flow_record batch[FLOW_BATCH_MAX];
};

/*
 * One line without its end, a BOM and CR taken off; never blank.  An error of
 * it ends the file.
 */
typedef int text_line(void *reader, struct slice line);

/*
 * Feeds a piece of text: each line that ends in it goes to `line`, what is too
 * long is counted.  What text_rows_put collects goes to `sink`.
 */
LZ_NODISCARD int text_rows_feed(struct text_rows *rows, struct slice piece,
				text_line *line, void *reader, flow_sink *sink,
				void *context);
/* The text has ended: a last line without an end is read. */
LZ_NODISCARD int text_rows_end(struct text_rows *rows, text_line *line,
			       void *reader, flow_sink *sink, void *context);
/* A record to fill, zeroed; only from within `line`. */
struct flow_record *text_rows_put(struct text_rows *rows);
/* The present line is refused. */
void text_rows_refuse(struct text_rows *rows, enum text_reason reason);

/* The first line of a text, without BOM and CR, as `line` would get it. */
struct slice text_first_line(const char *bytes, size_t length);

#endif
