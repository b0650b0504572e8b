/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indicators in one table, found by prefix, port and protocol.  A look-up asks
 * first whether any indicator has the port at all, then tries the prefix
 * lengths that occur, the longest first.
 */
#include <string.h>

#include "base/csv.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/text.h"
#include "detect/indicators.h"

#define PROTO_TCP 6
#define PROTO_UDP 17
#define FIRST_CAPACITY 64u
#define CAPACITY_MAX (UINT32_C(1) << 26)
#define LENGTHS 129
#define PORTS 65536

/* What an indicator is found by; no padding. */
struct indicator_key {
	struct addr addr;
	uint16_t port;
	uint8_t proto, length;
};

struct indicator_list {
	struct hash_key key;
	struct indicator *items;
	struct indicator_key *keys;
	uint32_t count, capacity;
	struct map *map;
	size_t domains;
	bool lengths[LENGTHS];
	uint8_t ports[2][PORTS / 8]; /* TCP and others, UDP */
	const struct prefix *spared;
	size_t spared_count;
};

struct indicator_list *
indicator_list_new(struct hash_key key)
{
	struct indicator_list *list = memory_new(1, sizeof(*list));

	if (list)
		list->key = key;
	return list;
}

void
indicator_list_free(struct indicator_list *list)
{
	if (!list)
		return;
	map_free(list->map);
	memory_free(list->items);
	memory_free(list->keys);
	memory_free(list);
}

static int
grow(struct indicator_list *list)
{
	uint32_t capacity = list->capacity ? list->capacity * 2
					   : FIRST_CAPACITY;
	void *grown;

	if (capacity > CAPACITY_MAX)
		return LZ_E_MEMORY;
	grown = memory_grow(list->items, list->capacity, capacity,
			    sizeof(*list->items));
	if (!grown)
		return LZ_E_MEMORY;
	list->items = grown;
	grown = memory_grow(list->keys, list->capacity, capacity,
			    sizeof(*list->keys));
	if (!grown)
		return LZ_E_MEMORY;
	list->keys = grown;
	list->capacity = capacity;
	return LZ_OK;
}

enum column {
	COLUMN_TYPE,
	COLUMN_VALUE,
	COLUMN_PORT,
	COLUMN_PROTO,
	COLUMN_FAMILY,
	COLUMN_SOURCE,
	COLUMN_FIRST,
	COLUMN_LAST,
	COLUMN_VALID,
	COLUMN_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {
    "type",   "value",      "port",      "proto",       "family",
    "source", "first_seen", "last_seen", "valid_until",
};

struct columns {
	int at[COLUMN_COUNT];
};

static struct slice
cell(const struct csv_row *row, const struct columns *columns,
     enum column which)
{
	int at = columns->at[which];

	if (at < 0 || (size_t)at >= row->field_count)
		return (struct slice){"", 0};
	return slice_trim(row->fields[at]);
}

static const char *
read_time(struct slice slice, struct at_event *time)
{
	*time = times_unset();
	if (slice.length == 0)
		return NULL;
	return times_parse(slice, &time->us) == 0 ? NULL
						  : "a time is not RFC 3339";
}

/* Printable: names go to terminals and pages.  Only a source must be whole:
 * two that are cut to the same text would be taken for one origin. */
static const char *
read_name(struct slice slice, char name[INDICATOR_NAME_SIZE], bool whole)
{
	for (size_t i = 0; i < slice.length; i++)
		if (slice.at[i] < 0x20 || slice.at[i] > 0x7e)
			return "a name is not printable ASCII";
	return text_copy(name, INDICATOR_NAME_SIZE, slice) || !whole
		   ? NULL
		   : "source is longer than 31 characters";
}

static const char *
read_endpoint(const struct csv_row *row, const struct columns *columns,
	      struct indicator *item)
{
	struct slice port = cell(row, columns, COLUMN_PORT);
	struct slice proto = cell(row, columns, COLUMN_PROTO);
	uint64_t number;

	if (prefix_parse(cell(row, columns, COLUMN_VALUE), &item->prefix) != 0)
		return "value is no address or prefix";
	if (port.length == 0)
		return "an address without a port matches nothing";
	if (slice_u64(port, UINT16_MAX, &number) != 0 || number == 0)
		return "port is not 1 to 65535";
	item->port = (uint16_t)number;
	if (addr_proto_parse(proto, &item->proto) != 0)
		return "proto is no protocol, such as tcp or udp";
	if (item->proto != PROTO_TCP && item->proto != PROTO_UDP)
		return "only tcp and udp have ports";
	return NULL;
}

/* NULL, or why the row is refused. */
static const char *
read_row(const struct csv_row *row, const struct columns *columns,
	 struct indicator *item)
{
	struct slice type = cell(row, columns, COLUMN_TYPE);
	struct slice source = cell(row, columns, COLUMN_SOURCE);
	static const char word[] = "sinkhole";
	const char *reason;

	memset(item, 0, sizeof(*item));
	item->sinkhole = slice_equal_folded(type, word);
	if (!item->sinkhole && !slice_equal_folded(type, "address") &&
	    !slice_equal_folded(type, "prefix"))
		return "type is not address, prefix, sinkhole or domain";
	if (source.length == 0)
		return "no source: an origin needs a name";
	if (source.length >= sizeof(word) - 1 &&
	    slice_equal_folded((struct slice){source.at, sizeof(word) - 1},
			       word))
		item->sinkhole = true;
	reason = read_endpoint(row, columns, item);
	if (!reason)
		reason = read_name(cell(row, columns, COLUMN_FAMILY),
				   item->family, false);
	if (!reason)
		reason = read_name(source, item->source, true);
	if (!reason)
		reason = read_time(cell(row, columns, COLUMN_FIRST),
				   &item->first_seen);
	if (!reason)
		reason = read_time(cell(row, columns, COLUMN_LAST),
				   &item->last_seen);
	if (!reason)
		reason = read_time(cell(row, columns, COLUMN_VALID),
				   &item->valid_until);
	return reason;
}

void
indicator_list_spare(struct indicator_list *list, const struct prefix *prefixes,
		     size_t count)
{
	list->spared = prefixes;
	list->spared_count = count;
}

static bool
is_spared(const struct indicator_list *list, const struct prefix *prefix)
{
	for (size_t i = 0; i < list->spared_count; i++)
		if (prefix_contains(&list->spared[i], &prefix->addr) ||
		    prefix_contains(prefix, &list->spared[i].addr))
			return true;
	return false;
}

static int
add_item(struct indicator_list *list, const struct indicator *item)
{
	int error = list->count == list->capacity ? grow(list) : LZ_OK;

	if (error)
		return error;
	list->items[list->count++] = *item;
	return LZ_OK;
}

static int
add_rows(struct indicator_list *list, struct csv *csv, struct csv_row *row,
	 indicator_refused *refused, void *context)
{
	struct columns columns;
	struct indicator item;
	int taken = 0;

	if (!csv_next(csv, row) || row->reason)
		return LZ_E_FORMAT;
	for (int i = 0; i < COLUMN_COUNT; i++)
		columns.at[i] = csv_column(row, column_names[i]);
	if (columns.at[COLUMN_TYPE] < 0 || columns.at[COLUMN_VALUE] < 0)
		return LZ_E_FORMAT;
	while (csv_next(csv, row)) {
		const char *reason = row->reason;
		int error = LZ_OK;

		if (!reason &&
		    slice_equal_folded(cell(row, &columns, COLUMN_TYPE),
				       "domain")) {
			list->domains++;
			taken++;
			continue;
		}
		if (!reason)
			reason = read_row(row, &columns, &item);
		if (!reason && is_spared(list, &item.prefix))
			reason = "it is essential: everybody talks to it";
		if (!reason)
			error = add_item(list, &item);
		if (error)
			return error;
		if (!reason)
			taken++;
		else if (refused)
			refused(context, row->line, reason);
	}
	return taken;
}

int
indicator_list_add_csv(struct indicator_list *list, const char *bytes,
		       size_t length, indicator_refused *refused, void *context)
{
	/* Large: a row's fields and the reader's scratch. */
	struct csv *csv = memory_new(1, sizeof(*csv));
	struct csv_row *row = memory_new(1, sizeof(*row));
	int answer = LZ_E_MEMORY;

	if (csv && row) {
		csv_init(csv, bytes, length, ',');
		answer = add_rows(list, csv, row, refused, context);
	}
	memory_free(csv);
	memory_free(row);
	return answer;
}

static const void *
key_of(const void *context, uint32_t slot)
{
	const struct indicator_list *list = context;

	return &list->keys[slot];
}

/* The stronger word of two on one endpoint stays: the newer last sight. */
static void
merge(struct indicator *held, const struct indicator *other)
{
	if (other->last_seen.us > held->last_seen.us)
		*held = *other;
}

int
indicator_list_seal(struct indicator_list *list)
{
	map_free(list->map);
	list->map = map_new(list->count ? list->count : 1,
			    sizeof(struct indicator_key), list->key, key_of,
			    list);
	if (!list->map)
		return LZ_E_MEMORY;
	for (uint32_t i = 0; i < list->count; i++) {
		const struct indicator *item = &list->items[i];
		uint8_t *ports = list->ports[item->proto == PROTO_UDP];
		uint32_t held;

		list->keys[i] = (struct indicator_key){item->prefix.addr,
						       item->port, item->proto,
						       item->prefix.length};
		list->lengths[item->prefix.length] = true;
		ports[item->port / 8] |= (uint8_t)(1u << item->port % 8);
		held = map_find(list->map, &list->keys[i]);
		if (held != MAP_NONE) {
			merge(&list->items[held], item);
			continue;
		}
		if (map_put(list->map, i) != 0)
			return LZ_E_MEMORY;
	}
	return LZ_OK;
}

size_t
indicator_list_count(const struct indicator_list *list)
{
	return list->count + list->domains;
}

const struct indicator *
indicator_list_find(const struct indicator_list *list, const struct addr *addr,
		    uint16_t port, uint8_t proto)
{
	const uint8_t *ports = list->ports[proto == PROTO_UDP];

	if (!(ports[port / 8] & 1u << port % 8) || !list->map)
		return NULL;
	for (int length = LENGTHS - 1; length >= 0; length--) {
		struct indicator_key key;
		uint32_t slot;

		if (!list->lengths[length])
			continue;
		key = (struct indicator_key){
		    prefix_of(addr, (uint8_t)length).addr, port, proto,
		    (uint8_t)length};
		slot = map_find(list->map, &key);
		if (slot != MAP_NONE)
			return &list->items[slot];
	}
	return NULL;
}
