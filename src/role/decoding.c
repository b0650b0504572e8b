/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of `lazaret decode`. */
#include "role/decoding.h"

#include <stdio.h>

#include "role/print_flow.h"

void
decoding_flows(void *context, const struct flow_record *records, size_t count)
{
	const struct decoding *decoding = context;

	for (size_t i = 0; i < count; i++) {
		struct flow_exporter_stats exporter;
		bool text = records[i].marks & FLOW_TEXT;

		if (!text)
			flow_decoder_exporter(decoding->decoder,
					      records[i].exporter, &exporter);
		print_flow(&records[i], text ? NULL : &exporter,
			   decoding->json);
	}
}

static void
take_nat(void *context, const struct nat_event *events, size_t count)
{
	const struct decoding *decoding = context;

	for (size_t i = 0; i < count; i++) {
		struct flow_exporter_stats exporter;

		flow_decoder_exporter(decoding->decoder, events[i].exporter,
				      &exporter);
		print_nat(&events[i], &exporter, decoding->json);
	}
}

void
decoding_begin(struct decoding *decoding)
{
	const struct nat_output nat = {.events = take_nat, .context = decoding};

	flow_decoder_nat(decoding->decoder, &nat);
}

bool
decoding_refused(const char *path, const struct text_stats *stats)
{
	if (stats->refused == 0)
		return false;
	for (unsigned i = 0; i < TEXT_REASON_COUNT; i++)
		if (stats->by_reason[i] > 0)
			fprintf(stderr, "decode: %s: %llu rows refused: %s\n",
				path, (unsigned long long)stats->by_reason[i],
				text_reason_words(i));
	fprintf(stderr,
		"decode: %s: %llu rows refused in all, the last at line "
		"%llu: %s\n",
		path, (unsigned long long)stats->refused,
		(unsigned long long)stats->refused_line, stats->reason);
	return true;
}

static void
say_missing(const struct flow_exporter_stats *exporter)
{
	char addr[ADDR_TEXT_SIZE];
	struct text text;

	if (exporter->lost + exporter->undecoded == 0)
		return;
	text_init(&text, addr, sizeof(addr));
	addr_format(&text, &exporter->addr);
	fprintf(stderr,
		"decode: exporter %s domain %u: %llu %s lost on the way, %llu "
		"data sets without a template\n",
		addr, exporter->domain, (unsigned long long)exporter->lost,
		flow_protocol_lost_unit(exporter->protocol),
		(unsigned long long)exporter->undecoded);
}

bool
decoding_end(const struct decoding *decoding)
{
	uint32_t count = flow_decoder_exporter_count(decoding->decoder);
	struct flow_decoder_stats stats;
	uint64_t bad;

	flow_decoder_stats(decoding->decoder, &stats);
	bad = stats.unsupported;
	if (bad > 0)
		fprintf(stderr, "decode: %llu datagrams of unsupported form\n",
			(unsigned long long)bad);
	for (unsigned i = 0; i < FLOW_MALFORMED_COUNT; i++) {
		bad += stats.malformed[i];
		if (stats.malformed[i] > 0)
			fprintf(stderr, "decode: %llu malformed: %s\n",
				(unsigned long long)stats.malformed[i],
				flow_malformed_name(i));
	}
	for (uint32_t i = 0; i < count; i++) {
		struct flow_exporter_stats exporter;

		flow_decoder_exporter(decoding->decoder, i, &exporter);
		if (exporter.superseded)
			continue;
		print_exporter(&exporter, decoding->json);
		say_missing(&exporter);
		bad += exporter.lost + exporter.undecoded;
	}
	return bad > 0;
}
