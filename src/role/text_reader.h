/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text formats behind one face: Argus, nfdump's CSV, Zeek's conn.log.
 */
#ifndef ROLE_TEXT_READER_H
#define ROLE_TEXT_READER_H

#include <stdint.h>

#include "base/errors.h"
#include "fact/flow_record.h"
#include "flow/text_rows.h"
#include "role/input.h"

struct text_reader;

/* The format that these first bytes are of, or INPUT_AUTO. */
enum input_format text_reader_recognise(const char *bytes, size_t length);
/* NULL without memory.  Of a format that text_reader_recognise answers. */
struct text_reader *text_reader_new(enum input_format format,
				    int32_t zone_offset_s);
void text_reader_free(struct text_reader *reader);
/* LZ_E_FORMAT: the header isn't understood; text_reader_expects says which is. */
LZ_NODISCARD int text_reader_feed(struct text_reader *reader, const char *bytes,
				  size_t length, flow_sink *sink,
				  void *context);
LZ_NODISCARD int text_reader_end(struct text_reader *reader, flow_sink *sink,
				 void *context);
void text_reader_stats(const struct text_reader *reader,
		       struct text_stats *stats);
const char *text_reader_expects(const struct text_reader *reader);

#endif
