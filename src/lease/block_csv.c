/* SPDX-License-Identifier: Apache-2.0 */
/* Columns to one tenure of ports a row. */
#include "lease/block_csv.h"

#include "base/memory.h"
#include "lease/port_tenure.h"
#include "lease/table.h"

enum column {
	COLUMN_EVENT,
	COLUMN_TIME,
	COLUMN_INSIDE,
	COLUMN_OUTSIDE,
	COLUMN_FIRST,
	COLUMN_LAST,
	COLUMN_HOLDER,
	COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [COLUMN_EVENT] = {{"event"}},
    [COLUMN_TIME] = {{"time", "at"}},
    [COLUMN_INSIDE] = {{"inside"}},
    [COLUMN_OUTSIDE] = {{"public", "outside"}},
    [COLUMN_FIRST] = {{"port_lo", "port_first"}},
    [COLUMN_LAST] = {{"port_hi", "port_last"}},
    [COLUMN_HOLDER] = {{"subscriber", "account", "party"}},
};

static const struct {
	const char *word;
	uint8_t kind;
} events[] = {
    {"alloc", LEASE_START}, {"allocate", LEASE_START}, {"active", LEASE_ALIVE},
    {"free", LEASE_STOP},   {"release", LEASE_STOP},
};

struct block_csv {
	int32_t zone_s;
	uint32_t inside_realm;
	const struct lease_chunk *chunk;   /* while it is being read */
	const struct lease_output *output; /* the same */
	struct table table;
};

struct block_csv *
block_csv_new(int32_t zone_s, uint32_t inside_realm)
{
	struct block_csv *blocks = memory_new(1, sizeof(*blocks));

	if (!blocks)
		return NULL;
	blocks->zone_s = zone_s;
	blocks->inside_realm = inside_realm;
	table_init(&blocks->table, columns, COLUMN_COUNT);
	return blocks;
}

void
block_csv_free(struct block_csv *blocks)
{
	memory_free(blocks);
}

static const char *
check_header(void *context)
{
	const struct block_csv *blocks = context;

	for (size_t c = 0; c < COLUMN_HOLDER; c++)
		if (!table_has(&blocks->table, c))
			return "block header";
	return NULL;
}

static const char *
read_row(const struct block_csv *blocks, struct port_tenure *tenure,
	 char *holder)
{
	const struct table *table = &blocks->table;
	struct slice event = table_field(table, COLUMN_EVENT);
	struct slice account = table_field(table, COLUMN_HOLDER);
	uint64_t first, last;

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (slice_equal_folded(event, events[i].word))
			tenure->kind = events[i].kind;
	if (tenure->kind == 0)
		return "block event";
	if (table_time(table_field(table, COLUMN_TIME), blocks->zone_s,
		       &tenure->at, &tenure->error_us))
		return "block time";
	if (addr_parse(table_field(table, COLUMN_INSIDE), &tenure->inside) ||
	    addr_parse(table_field(table, COLUMN_OUTSIDE), &tenure->outside))
		return "block address";
	if (slice_u64(table_field(table, COLUMN_FIRST), UINT16_MAX, &first) ||
	    slice_u64(table_field(table, COLUMN_LAST), UINT16_MAX, &last))
		return "block ports";
	tenure->first = (uint16_t)first;
	tenure->last = (uint16_t)last;
	if (account.length == 0)
		return NULL;
	if (!table_account(account, holder))
		return "block holder";
	tenure->holder = slice_of(holder);
	return NULL;
}

static void
take_row(void *context, uint64_t offset)
{
	const struct block_csv *blocks = context;
	struct port_tenure tenure = {
	    .inside_realm = blocks->inside_realm,
	    .start = times_unset(),
	    .arrival = blocks->chunk->arrival,
	    .origin = blocks->chunk->origin | offset,
	};
	char holder[PARTY_LABEL_SIZE];
	const char *reason = read_row(blocks, &tenure, holder);

	if (!reason)
		reason = port_tenure_say(&tenure, blocks->output);
	if (reason)
		port_tenure_refuse(blocks->output, offset, reason);
}

size_t
block_csv_feed(struct block_csv *blocks, const struct lease_chunk *chunk,
	       const struct lease_output *output)
{
	const struct table_calls calls = {
	    .header = check_header,
	    .row = take_row,
	    .context = blocks,
	    .no_header = "block header",
	    .bad_fields = "block fields",
	};

	blocks->chunk = chunk;
	blocks->output = output;
	return table_feed(&blocks->table, chunk, &calls, output);
}
