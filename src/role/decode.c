/* SPDX-License-Identifier: Apache-2.0 */
/* Files to printed records: what `lazaret decode` does. */
#include "role/decode.h"

#include <stdio.h>

#include "role/print.h"

static void
print_human(struct text *text, const struct flow_record *record)
{
	struct endpoint src = {record->src, record->sport, -1};
	struct endpoint dst = {record->dst, record->dport, record->proto};

	times_format(text, record->start.us);
	text_char(text, ' ');
	endpoint_format(text, &src);
	text_add(text, " > ");
	endpoint_format(text, &dst);
	text_add(text, "  packets ");
	text_u64(text, record->packets);
	text_add(text, "  bytes ");
	text_u64(text, record->bytes);
	text_char(text, '\n');
}

static void
take_flows(void *context, const struct flow_record *records, size_t count)
{
	struct decode *decode = context;

	for (size_t i = 0; i < count; i++) {
		struct flow_exporter_stats stats;
		char line[1024];
		struct text text;

		text_init(&text, line, sizeof(line));
		if (!(records[i].marks & FLOW_TEXT))
			flow_decoder_exporter(decode->decoder,
					      records[i].exporter, &stats);
		if (decode->json)
			print_flow(&text, &records[i],
				   records[i].marks & FLOW_TEXT ? NULL
								: &stats);
		else
			print_human(&text, &records[i]);
		if (fputs(line, stdout) < 0)
			decode->failed = true;
	}
	decode->records += count;
}

/* One line an exporter; true when something was lost or refused. */
static bool
print_exporters(const struct decode *decode)
{
	uint32_t count = flow_decoder_exporter_count(decode->decoder);
	struct flow_decoder_stats total;
	uint64_t refused = 0;

	flow_decoder_stats(decode->decoder, &total);
	for (int i = 0; i < FLOW_MALFORMED_COUNT; i++)
		refused += total.malformed[i];
	for (uint32_t i = 0; i < count; i++) {
		struct flow_exporter_stats stats;
		char line[1024];
		struct text text;

		flow_decoder_exporter(decode->decoder, i, &stats);
		text_init(&text, line, sizeof(line));
		print_exporter(&text, &stats);
		if (decode->json)
			fputs(line, stdout);
		refused += stats.lost + stats.undecoded + stats.implausible;
	}
	refused += total.unsupported;
	if (refused)
		fprintf(stderr,
			"lazaret decode: %llu datagrams or records lost or "
			"refused, %llu of them of versions not read yet\n",
			(unsigned long long)refused,
			(unsigned long long)total.unsupported);
	return refused != 0;
}

enum decode_end
decode_files(struct decode *decode, struct input_conf *conf, char **files)
{
	enum decode_end status = DECODE_DONE;

	conf->decoder = decode->decoder;
	conf->sink = take_flows;
	conf->context = decode;
	for (; *files; files++) {
		struct input_result result;

		if (input_file(*files, conf, &result) != 0) {
			fprintf(stderr, "lazaret decode: %s\n", result.message);
			status = DECODE_UNREADABLE;
		}
		if (result.argus.refused) {
			fprintf(stderr,
				"lazaret decode: %s: %llu rows refused, the "
				"last in line %llu: %s\n",
				*files,
				(unsigned long long)result.argus.refused,
				(unsigned long long)result.argus.refused_line,
				result.argus.reason);
			status = status ? status : DECODE_REFUSED;
		}
	}
	if (print_exporters(decode) && status == DECODE_DONE)
		status = DECODE_REFUSED;
	return decode->failed || fflush(stdout) ? DECODE_OUTPUT : status;
}
