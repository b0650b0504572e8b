/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indicators: sorted once, looked up by the prefix lengths in use.  A bitmap
 * of ports answers nearly all look-ups with no.
 */
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/memory.h"
#include "detect/indicators.h"

#define PORTS 65536
#define LENGTHS 129

struct indicator_list {
	size_t count, capacity;
	struct indicator *items;
	uint8_t ports[PORTS / 8];
	bool lengths[LENGTHS];
};

struct columns {
	int type, value, port, proto, family, source, first, last, until;
};

struct indicator_list *
indicator_list_new(struct hash_key key)
{
	(void)key; /* sorted, so nobody can pick a bucket */
	return memory_new(1, sizeof(struct indicator_list));
}

void
indicator_list_free(struct indicator_list *list)
{
	if (!list)
		return;
	memory_free(list->items);
	memory_free(list);
}

size_t
indicator_list_count(const struct indicator_list *list)
{
	return list->count;
}

static struct slice
field(const struct csv_row *row, int column)
{
	if (column < 0 || (size_t)column >= row->field_count)
		return (struct slice){"", 0};
	return slice_trim(row->fields[column]);
}

static bool
read_time(struct slice slice, struct at_event *time)
{
	*time = times_unset();
	return slice.length == 0 || times_parse(slice, &time->us) == 0;
}

/* NULL: *indicator is filled in; else why not. */
static const char *
read_row(const struct csv_row *row, const struct columns *columns,
	 struct indicator *indicator)
{
	struct slice port = field(row, columns->port);
	struct slice source = field(row, columns->source);
	uint64_t number;

	memset(indicator, 0, sizeof(*indicator));
	if (prefix_parse(field(row, columns->value), &indicator->prefix) != 0)
		return "value is neither an address nor a prefix";
	if (port.length == 0)
		return "no port: an address alone is recycled and shared";
	if (slice_u64(port, PORTS - 1, &number) != 0 || number == 0)
		return "port is not a number from 1 to 65535";
	indicator->port = (uint16_t)number;
	if (addr_proto_parse(field(row, columns->proto), &indicator->proto) !=
	    0)
		return "proto is no protocol, such as tcp or udp";
	if (!read_time(field(row, columns->first), &indicator->first_seen) ||
	    !read_time(field(row, columns->last), &indicator->last_seen) ||
	    !read_time(field(row, columns->until), &indicator->valid_until))
		return "a time is not RFC 3339 with a zone";
	if (source.length == 0)
		return "no source: an origin needs a name";
	/* Cut, where too long. */
	(void)text_copy(indicator->family, sizeof(indicator->family),
			field(row, columns->family));
	(void)text_copy(indicator->source, sizeof(indicator->source), source);
	indicator->sinkhole = slice_equal_folded(field(row, columns->type),
						 "sinkhole");
	return NULL;
}

static int
append(struct indicator_list *list, const struct indicator *indicator)
{
	if (list->count == list->capacity) {
		size_t more = list->capacity * 2 + 64;
		void *grown = memory_grow(list->items, list->capacity, more,
					  sizeof(*list->items));

		if (!grown)
			return LZ_E_MEMORY;
		list->items = grown;
		list->capacity = more;
	}
	list->items[list->count++] = *indicator;
	return 0;
}

static int
add_rows(struct indicator_list *list, struct csv *csv, struct csv_row *row,
	 indicator_refused *refused, void *context)
{
	struct columns columns;
	int taken = 0;

	columns.type = csv_column(row, "type");
	columns.value = csv_column(row, "value");
	columns.port = csv_column(row, "port");
	columns.proto = csv_column(row, "proto");
	columns.family = csv_column(row, "family");
	columns.source = csv_column(row, "source");
	columns.first = csv_column(row, "first_seen");
	columns.last = csv_column(row, "last_seen");
	columns.until = csv_column(row, "valid_until");
	if (columns.type < 0 || columns.value < 0)
		return LZ_E_FORMAT;
	while (csv_next(csv, row)) {
		const char *reason = row->reason;
		struct indicator indicator;
		int error;

		/* Domains are the DNS detectors': no flow shows one. */
		if (!reason &&
		    slice_equal_folded(field(row, columns.type), "domain")) {
			taken++;
			continue;
		}
		if (!reason)
			reason = read_row(row, &columns, &indicator);
		if (reason) {
			if (refused)
				refused(context, row->line, reason);
			continue;
		}
		error = append(list, &indicator);
		if (error)
			return error;
		taken++;
	}
	return taken;
}

int
indicator_list_add_csv(struct indicator_list *list, const char *bytes,
		       size_t length, indicator_refused *refused, void *context)
{
	struct csv *csv = memory_new(1, sizeof(*csv));
	struct csv_row *row = memory_new(1, sizeof(*row));
	int taken = LZ_E_MEMORY;

	if (csv && row) {
		csv_init(csv, bytes, length, ',');
		taken = csv_next(csv, row) && !row->reason
			    ? add_rows(list, csv, row, refused, context)
			    : LZ_E_FORMAT;
	}
	memory_free(csv);
	memory_free(row);
	return taken;
}

/* By where it points, and of two the one seen last first. */
static int
compare(const void *a, const void *b)
{
	const struct indicator *x = a, *y = b;
	int order = x->prefix.length - y->prefix.length;

	if (order == 0)
		order = addr_compare(&x->prefix.addr, &y->prefix.addr);
	if (order == 0)
		order = x->port - y->port;
	if (order == 0)
		order = x->proto - y->proto;
	return order;
}

int
indicator_list_seal(struct indicator_list *list)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof(*list->items), compare);
	for (size_t i = 0; i < list->count; i++) {
		const struct indicator *item = &list->items[i];

		list->ports[item->port / 8] |= (uint8_t)(1u << item->port % 8);
		list->lengths[item->prefix.length] = true;
	}
	return 0;
}

const struct indicator *
indicator_list_find(const struct indicator_list *list, const struct addr *addr,
		    uint16_t port, uint8_t proto)
{
	struct indicator wanted = {.port = port, .proto = proto};

	if (!(list->ports[port / 8] >> port % 8 & 1))
		return NULL;
	for (int length = LENGTHS - 1; length >= 0; length--) {
		const struct indicator *found;

		if (!list->lengths[length])
			continue;
		wanted.prefix = prefix_of(addr, (uint8_t)length);
		found = bsearch(&wanted, list->items, list->count,
				sizeof(*list->items), compare);
		if (found)
			return found;
	}
	return NULL;
}
