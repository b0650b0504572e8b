/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a registrar has kept, for tests of it, one line of JSON each:
 *
 *   registrar_reader raw FOLDER     accounting packets of its raw log
 *   registrar_reader index FOLDER   bindings of the addresses on standard input
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "fact/subject.h"
#include "index/index.h"
#include "radius/numbers.h"
#include "radius/radius.h"
#include "role/raw_record.h"
#include "spool/spool.h"

#define LINE_SIZE 2048

static int
fail(const char *what, int error)
{
	fprintf(stderr, "registrar_reader: %s: %s\n", what, lz_strerror(error));
	return 1;
}

static void
line_print(struct json_writer *json)
{
	json_close_object(json);
	if (json->text->full)
		abort();
	puts(json->text->at);
}

static void
packet_print(const struct raw_record *record, uint64_t sequence)
{
	char line[LINE_SIZE];
	struct text text;
	struct json_writer json;
	struct radius_packet packet;
	struct radius_iterator iterator;
	struct radius_attribute attribute;
	uint32_t status;

	text_init(&text, line, sizeof(line));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_u64(&json, "sequence", sequence);
	json_slice(&json, "input",
		   (struct slice){record->name, record->name_length});
	if (radius_read(&packet, record->bytes, record->length) != 0)
		abort(); /* what is stored was read before */
	radius_begin(&iterator, &packet);
	while (radius_next(&iterator, &attribute)) {
		const struct slice value = {(const char *)attribute.value,
					    attribute.length};

		if (attribute.vendor)
			continue;
		if (attribute.type == RADIUS_ACCT_SESSION_ID)
			json_slice(&json, "session", value);
		else if (attribute.type == RADIUS_ACCT_STATUS_TYPE &&
			 radius_u32(attribute.value, attribute.length,
				    &status) == 0)
			json_u64(&json, "status", status);
	}
	line_print(&json);
}

static int
raw(const char *folder)
{
	struct spool_reader *reader;
	const uint8_t *body;
	size_t length;
	uint64_t sequence;
	int got = spool_reader_open(folder, 0, &reader);

	if (got)
		return fail(folder, got);
	while ((got = spool_reader_next(reader, &body, &length, &sequence)) ==
	       1) {
		struct raw_record record;
		const int error = raw_record_decode(body, length, &record);

		if (error)
			return fail("a record", error);
		if (record.kind == RAW_RADIUS)
			packet_print(&record, sequence);
	}
	if (got == 0 && spool_reader_lost(reader))
		got = LZ_E_NOT_FOUND;
	spool_reader_close(reader);
	return got ? fail("the raw log", got) : 0;
}

static void
row_print(struct index_reader *reader, const struct binding *row)
{
	char line[LINE_SIZE], subject[SUBJECT_TEXT_SIZE];
	const char *label = "", *source;
	struct text text;
	struct json_writer json;
	struct party_id id;
	struct at_event watermark;

	text_init(&text, subject, sizeof(subject));
	subject_format(&text, &row->subject);
	if (row->party != BINDING_NO_PARTY &&
	    index_reader_party(reader, row->party, &label, &id) != 0)
		abort();
	source = index_reader_source(reader, row->source, &watermark);
	text_init(&text, line, sizeof(line));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_string(&json, "subject", subject);
	json_string(&json, "party", label);
	json_time(&json, "start", row->start.us);
	if (row->end.us != INT64_MAX)
		json_time(&json, "end", row->end.us);
	json_time(&json, "reported", row->reported.us);
	if (row->vouched.us != INT64_MAX)
		json_time(&json, "vouched", row->vouched.us);
	json_u64(&json, "marks", row->marks);
	json_string(&json, "source", source ? source : "");
	json_u64(&json, "sequence", row->offset >> 16);
	line_print(&json);
}

static int
bindings(const char *folder)
{
	const struct at_event first = {0}, last = {INT64_MAX - 1};
	struct index_reader *reader;
	struct binding_cursor cursor;
	char line[ADDR_TEXT_SIZE + 2];
	int error = index_reader_open(folder, &reader);

	if (error)
		return fail(folder, error);
	cursor = index_reader_cursor(reader);
	while (fgets(line, sizeof(line), stdin)) {
		const struct binding *row;
		struct addr addr;

		line[strcspn(line, "\n")] = '\0';
		error = addr_parse(slice_of(line), &addr);
		if (error)
			return fail(line, error);
		cursor.seek(cursor.context, 0, &addr, first, last);
		while ((row = cursor.next(cursor.context)))
			row_print(reader, row);
	}
	index_reader_close(reader);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "raw") == 0)
		return raw(argv[2]);
	if (argc == 3 && strcmp(argv[1], "index") == 0)
		return bindings(argv[2]);
	fprintf(stderr, "usage: registrar_reader raw|index FOLDER\n");
	return 2;
}
