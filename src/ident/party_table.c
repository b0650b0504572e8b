/* SPDX-License-Identifier: Apache-2.0 */
/* An array of labels and a map from their digests to its rows. */
#include "ident/party_table.h"

#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "fact/digest.h"

#define ROOM_FIRST 256u

struct party_row {
	uint8_t digest[DIGEST_SIZE];
	uint8_t kind;
	char label[PARTY_LABEL_SIZE];
};

struct party_table {
	struct party_row *rows;
	uint32_t count, room;
	struct map *map;
};

struct party_table *
party_table_new(void)
{
	return memory_new(1, sizeof(struct party_table));
}

void
party_table_free(struct party_table *table)
{
	if (!table)
		return;
	map_free(table->map);
	memory_free(table->rows);
	memory_free(table);
}

static const void *
row_key(const void *context, uint32_t slot)
{
	const struct party_table *table = context;

	return table->rows[slot].digest;
}

/* Room for one more; the map is built anew, twice as large. */
static int
grow(struct party_table *table)
{
	/* Keys are digests already: nobody picks their buckets. */
	static const struct hash_key key = {0, 0};
	const uint32_t room = table->room ? table->room * 2 : ROOM_FIRST;
	struct party_row *rows;
	struct map *map;
	int error = 0;

	if (table->count < table->room)
		return 0;
	if (table->room > UINT32_MAX / 4)
		return LZ_E_FULL;
	rows = memory_grow(table->rows, table->room, room, sizeof(*rows));
	if (!rows)
		return LZ_E_MEMORY;
	table->rows = rows;
	map = map_new(room, DIGEST_SIZE, key, row_key, table);
	if (!map)
		return LZ_E_MEMORY;
	for (uint32_t i = 0; i < table->count && !error; i++)
		error = map_put(map, i);
	if (error) {
		map_free(map);
		return error;
	}
	map_free(table->map);
	table->map = map;
	table->room = room;
	return 0;
}

int
party_table_add(struct party_table *table, enum party_kind kind,
		struct slice label, uint32_t *party)
{
	char bytes[PARTY_LABEL_SIZE + 1];
	struct party_row *row;
	int error;

	if (label.length == 0 || label.length >= PARTY_LABEL_SIZE)
		return LZ_E_RANGE;
	error = grow(table);
	if (error)
		return error;
	bytes[0] = (char)kind;
	memcpy(bytes + 1, label.at, label.length);
	row = &table->rows[table->count];
	digest_bytes(bytes, label.length + 1, row->digest);
	*party = map_find(table->map, row->digest);
	if (*party != MAP_NONE)
		return 0;
	row->kind = (uint8_t)kind;
	(void)text_copy(row->label, sizeof(row->label), label);
	*party = table->count;
	error = map_put(table->map, *party);
	table->count += !error;
	return error;
}

const char *
party_table_label(const struct party_table *table, uint32_t party)
{
	return party < table->count ? table->rows[party].label : NULL;
}

enum party_kind
party_table_kind(const struct party_table *table, uint32_t party)
{
	return (enum party_kind)table->rows[party].kind;
}

uint32_t
party_table_count(const struct party_table *table)
{
	return table->count;
}
