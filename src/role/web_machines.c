/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /api/v1/machines: what is said is read once to tell who says it whether
 * it can be understood, and stored as it came for the registrar, before it is
 * answered.
 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "lease/machines.h"
#include "lease/reason.h"
#include "role/counter_table.h"
#include "role/raw_record.h"
#include "role/registrar_webhook.h"
#include "role/web_state.h"

struct reading {
	size_t said;
	const char *refused; /* the first reason */
};

static void
take_event(void *context, const struct lease_event *event)
{
	struct reading *reading = context;

	(void)event;
	reading->said++;
}

static void
take_refused(void *context, uint64_t offset, const char *reason)
{
	struct reading *reading = context;

	(void)offset;
	if (!reading->refused)
		reading->refused = reason;
}

int
web_machines_open(struct web *web)
{
	uint64_t read = 0;
	int error = spool_writer_open(web->machines_path, &web->machines);

	/* Goes on where the registrar has read already, should it be lost. */
	if (!error && spool_watermark_read(web->machines_mark, &read) == 0 &&
	    read > spool_writer_last(web->machines))
		error = spool_writer_skip(web->machines, read);
	return error;
}

void
web_machines_housekeep(struct web *web)
{
	uint64_t read = 0;

	/* What stays is trimmed another time. */
	if (web->machines &&
	    spool_watermark_read(web->machines_mark, &read) == 0)
		(void)!spool_writer_trim(web->machines, read);
}

void
web_machines_close(struct web *web)
{
	spool_writer_close(web->machines);
}

/* NULL, or why it can't be taken. */
static const char *
read_body(const struct http_request *request, struct at_arrival now,
	  size_t *said)
{
	struct reading reading = {0};
	const struct lease_output output = {take_event, take_refused, &reading};
	const struct lease_chunk chunk = {.bytes = {request->body,
						    request->body_length},
					  .arrival = now,
					  .end = true};
	struct machines *machines = machines_new(LEASE_ZONE_UNTOLD, 0);
	const struct reason *reason;

	if (!machines)
		return "no memory";
	machines_json(machines, &chunk, &output);
	machines_free(machines);
	*said = reading.said;
	if (!reading.refused)
		return reading.said ? NULL : "there is nothing in it";
	reason = reason_find(reading.refused);
	return reason ? reason->what : reading.refused;
}

static int
store(struct web *web, const struct raw_record *record)
{
	uint8_t bytes[RAW_HEADER_MAX + HTTP_BODY_MAX];
	struct writer writer;
	int error;

	writer_init(&writer, bytes, sizeof(bytes));
	raw_record_encode(&writer, record);
	error = writer.failed ? LZ_E_FULL
			      : spool_writer_append(web->machines, bytes,
						    writer.length, NULL);
	if (!error)
		error = spool_writer_sync(web->machines);
	if (error) {
		counters_add(web->role->counters, COUNTER_WEB_FAILED, 1);
		fprintf(stderr, "web: %s: %s\n", web->machines_path,
			lz_strerror(error));
	}
	return error;
}

int
web_machines_take(struct web *web, const struct permit *permit,
		  const struct http_request *request, size_t *said,
		  const char **why)
{
	char name[RAW_NAME_MAX + 1];
	struct raw_record record = {.kind = RAW_MACHINES,
				    .arrival = {role_clock_us(CLOCK_REALTIME)},
				    .peer = request->source,
				    .port = request->source_port,
				    .name = name,
				    .bytes = (const uint8_t *)request->body,
				    .length = request->body_length};
	struct text text;

	text_init(&text, name, sizeof(name));
	text_add(&text, REGISTRAR_WEBHOOK_NAME);
	text_add(&text, permit->name);
	*why = read_body(request, record.arrival, said);
	if (!*why && text.full)
		*why = "the token's name is too long to be a source's";
	if (*why)
		return LZ_E_FORMAT;
	record.name_length = text.length;
	return store(web, &record);
}
