/* SPDX-License-Identifier: Apache-2.0 */
/* Which text reader a file goes to. */
#include "role/text_reader.h"

#include "base/memory.h"
#include "flow/argus.h"
#include "flow/nfdump_csv.h"
#include "flow/zeek.h"

struct text_reader {
	/* One of them. */
	struct argus *argus;
	struct nfdump_csv *nfdump;
	struct zeek *zeek;
};

enum input_format
text_reader_recognise(const char *bytes, size_t length)
{
	if (argus_recognise(bytes, length))
		return INPUT_ARGUS;
	if (nfdump_csv_recognise(bytes, length))
		return INPUT_NFDUMP;
	return zeek_recognise(bytes, length) ? INPUT_ZEEK : INPUT_AUTO;
}

struct text_reader *
text_reader_new(enum input_format format, int32_t zone_offset_s)
{
	struct text_reader *reader = memory_new(1, sizeof(*reader));

	if (!reader)
		return NULL;
	if (format == INPUT_ARGUS)
		reader->argus = argus_new(zone_offset_s);
	else if (format == INPUT_NFDUMP)
		reader->nfdump = nfdump_csv_new(zone_offset_s);
	else
		reader->zeek = zeek_new();
	if (reader->argus || reader->nfdump || reader->zeek)
		return reader;
	memory_free(reader);
	return NULL;
}

void
text_reader_free(struct text_reader *reader)
{
	if (!reader)
		return;
	argus_free(reader->argus);
	nfdump_csv_free(reader->nfdump);
	zeek_free(reader->zeek);
	memory_free(reader);
}

int
text_reader_feed(struct text_reader *reader, const char *bytes, size_t length,
		 flow_sink *sink, void *context)
{
	if (reader->argus)
		return argus_feed(reader->argus, bytes, length, sink, context);
	if (reader->nfdump)
		return nfdump_csv_feed(reader->nfdump, bytes, length, sink,
				       context);
	return zeek_feed(reader->zeek, bytes, length, sink, context);
}

int
text_reader_end(struct text_reader *reader, flow_sink *sink, void *context)
{
	if (reader->argus)
		return argus_end(reader->argus, sink, context);
	if (reader->nfdump)
		return nfdump_csv_end(reader->nfdump, sink, context);
	return zeek_end(reader->zeek, sink, context);
}

/* Argus names the reason of its last refused row alone. */
static void
stats_of_argus(const struct argus *argus, struct text_stats *stats)
{
	struct argus_stats from;

	argus_stats(argus, &from);
	*stats = (struct text_stats){.rows = from.rows,
				     .not_ip = from.not_ip,
				     .refused = from.refused,
				     .refused_line = from.refused_line,
				     .reason = from.reason};
}

void
text_reader_stats(const struct text_reader *reader, struct text_stats *stats)
{
	if (reader->argus)
		stats_of_argus(reader->argus, stats);
	else if (reader->nfdump)
		nfdump_csv_stats(reader->nfdump, stats);
	else
		zeek_stats(reader->zeek, stats);
}

const char *
text_reader_expects(const struct text_reader *reader)
{
	if (reader->argus)
		return "the header line is not understood; expected the column "
		       "names of Argus";
	if (reader->nfdump)
		return "the header line is not understood; expected the column "
		       "names of nfdump -o csv";
	return "no conn.log: expected #path conn and #fields with id.orig_h, "
	       "or JSON lines of it";
}
