/* SPDX-License-Identifier: Apache-2.0 */
/* One row, one event; what the list as a whole says stands in the header. */
#include "lease/address_list.h"

#include <string.h>

#include "base/memory.h"
#include "lease/line.h"
#include "lease/table.h"

enum column {
	COLUMN_PREFIX,
	COLUMN_HOLDER,
	COLUMN_FROM,
	COLUMN_TO,
	COLUMN_KIND,
	COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [COLUMN_PREFIX] = {{"prefix", "address"}},
    [COLUMN_HOLDER] = {{"subscriber", "party", "account"}},
    [COLUMN_FROM] = {{"valid_from", "start"}},
    [COLUMN_TO] = {{"valid_to", "end"}},
    [COLUMN_KIND] = {{"kind"}},
};

struct address_list {
	int32_t zone_s;
	uint32_t realm;
	const struct lease_chunk *chunk;   /* while it is being read */
	const struct lease_output *output; /* the same */
	struct table table;
};

struct address_list *
address_list_new(int32_t zone_s, uint32_t realm)
{
	struct address_list *list = memory_new(1, sizeof(*list));

	if (!list)
		return NULL;
	list->zone_s = zone_s;
	list->realm = realm;
	table_init(&list->table, columns, COLUMN_COUNT);
	return list;
}

void
address_list_free(struct address_list *list)
{
	memory_free(list);
}

static const char *
check_header(void *context)
{
	const struct address_list *list = context;

	return table_has(&list->table, COLUMN_PREFIX) &&
		       table_has(&list->table, COLUMN_HOLDER) &&
		       table_has(&list->table, COLUMN_FROM)
		   ? NULL
		   : "list header";
}

static const char *
read_times(const struct address_list *list, struct lease_event *event)
{
	struct slice from = table_field(&list->table, COLUMN_FROM);
	struct slice to = table_field(&list->table, COLUMN_TO);

	if (table_time(from, list->zone_s, &event->start, &event->error_us)) {
		event->start.us = TIMES_EARLIEST_US;
		return "list time";
	}
	if (to.length > 0 &&
	    (table_time(to, list->zone_s, &event->end, &event->error_us) ||
	     event->end.us <= event->start.us)) {
		event->end.us = INT64_MAX;
		return "list time";
	}
	return NULL;
}

/* What the row says; NULL, or why only its place can be kept. */
static const char *
read_row(const struct address_list *list, struct lease_event *event)
{
	struct slice kind = table_field(&list->table, COLUMN_KIND);
	const char *reason = read_times(list, event);

	if (reason)
		return reason;
	if (!table_account(table_field(&list->table, COLUMN_HOLDER),
			   event->holder))
		return "list holder";
	if (kind.length > 0 && !slice_equal_folded(kind, "business") &&
	    !slice_equal_folded(kind, "reseller"))
		return "list kind";
	return NULL;
}

static void
take_row(void *context, uint64_t offset)
{
	const struct address_list *list = context;
	const struct lease_chunk *chunk = list->chunk;
	const struct lease_output *output = list->output;
	struct lease_event event = {
	    .kind = LEASE_WHOLE,
	    .subject_count = 1,
	    .realm = list->realm,
	    .end = {INT64_MAX},
	    .sure = times_unset(),
	    .arrival = chunk->arrival,
	    .origin = chunk->origin | offset,
	};
	struct subject *subject = &event.subjects[0].subject;
	const char *reason = "list address";

	if (prefix_parse(table_field(&list->table, COLUMN_PREFIX),
			 &subject->prefix) == 0) {
		reason = read_row(list, &event);
		if (reason)
			lease_hold_place(&event, "unreadable:");
		else
			lease_name_session(&event, event.holder);
		event.at = event.start;
		if (chunk->arrival.us != TIMES_UNSET_US)
			event.at.us = chunk->arrival.us;
		output->sink(output->context, &event);
	}
	if (reason && output->refused)
		output->refused(output->context, offset, reason);
}

size_t
address_list_feed(struct address_list *list, const struct lease_chunk *chunk,
		  const struct lease_output *output)
{
	const struct table_calls calls = {
	    .header = check_header,
	    .row = take_row,
	    .context = list,
	    .no_header = "list header",
	    .bad_fields = "list fields",
	};

	list->chunk = chunk;
	list->output = output;
	/* A list is read anew: what isn't said again has gone. */
	if (table_begins(chunk))
		lease_say_gap(chunk, times_unset(), 0, output);
	return table_feed(&list->table, chunk, &calls, output);
}
