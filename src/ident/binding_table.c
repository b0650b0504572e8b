/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows in one array; chains through it by prefix (the newest start first), by
 * session and by source.
 */
#include "ident/binding_table.h"

#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/writer.h"

#define ROWS_FIRST 256u
#define ROWS_CEILING (1u << 27)
#define KEY_SIZE 24
#define KEPT_US (48 * TIMES_HOUR_US)
#define LENGTHS 129

/* The chains a row is in. */
enum chain { BY_PREFIX, BY_SESSION, BY_SOURCE, CHAINS };

struct row {
	struct binding binding;
	uint32_t next[CHAINS];
	uint32_t head[CHAINS]; /* which chain of that kind */
	uint32_t previous;     /* BY_SOURCE: these chains are long */
	bool used;
};

/* Where chains begin, by key. */
struct heads {
	struct map *map;
	uint32_t count, room;
	struct head {
		uint8_t key[KEY_SIZE];
		uint32_t first;
	} * heads;
};

struct source {
	struct tracker_source source;
	struct at_event mark;
	bool set;
};

struct binding_table {
	struct row *rows;
	uint32_t count, room;
	struct map *by_id;
	struct heads chains[CHAINS];
	struct source *sources; /* by number */
	size_t source_room;
	struct party_table *parties;
	struct at_event oldest;
	binding_table_changed *changed;
	void *changed_context;
	uint32_t lengths[LENGTHS]; /* rows of each prefix length */
	/* The walk. */
	uint32_t realm, at;
	struct addr addr;
	struct at_event from, to;
	int length; /* being walked */
	struct binding shown;
};

static const void *
id_of(const void *context, uint32_t slot)
{
	const struct binding_table *table = context;

	return &table->rows[slot].binding.id;
}

static const void *
key_of_head(const void *context, uint32_t slot)
{
	const struct heads *heads = context;

	return heads->heads[slot].key;
}

struct binding_table *
binding_table_new(void)
{
	struct binding_table *table = memory_new(1, sizeof(*table));

	if (!table)
		return NULL;
	table->oldest = times_unset();
	table->parties = party_table_new();
	if (!table->parties) {
		memory_free(table);
		return NULL;
	}
	return table;
}

void
binding_table_free(struct binding_table *table)
{
	if (!table)
		return;
	for (int i = 0; i < CHAINS; i++) {
		map_free(table->chains[i].map);
		memory_free(table->chains[i].heads);
	}
	map_free(table->by_id);
	party_table_free(table->parties);
	memory_free(table->sources);
	memory_free(table->rows);
	memory_free(table);
}

/* Ids and sessions are hashes; prefixes are what sources say: one key for all,
 * as the table serves whoever reads his own files. */
static const struct hash_key hashing = {0x6c617a61, 0x72657473};

static int
refill(struct map **map, uint32_t room, size_t key_length, uint32_t count,
       map_key_of *key_of, const void *context)
{
	struct map *larger = map_new(room, key_length, hashing, key_of,
				     context);
	int error = larger ? LZ_OK : LZ_E_MEMORY;

	for (uint32_t i = 0; !error && i < count; i++)
		error = map_put(larger, i);
	if (error) {
		map_free(larger);
		return error;
	}
	map_free(*map);
	*map = larger;
	return LZ_OK;
}

/* The chain of a key, begun when new; MAP_NONE: no memory. */
static uint32_t
head_for(struct heads *heads, const uint8_t key[KEY_SIZE])
{
	uint32_t room = heads->room ? heads->room * 2 : ROWS_FIRST;
	uint32_t slot = heads->map ? map_find(heads->map, key) : MAP_NONE;
	struct head *grown;

	if (slot != MAP_NONE)
		return slot;
	if (heads->count == heads->room) {
		if (heads->room >= ROWS_CEILING)
			return MAP_NONE;
		grown = memory_grow(heads->heads, heads->room, room,
				    sizeof(*grown));
		if (!grown)
			return MAP_NONE;
		heads->heads = grown;
		if (refill(&heads->map, room, KEY_SIZE, heads->count,
			   key_of_head, heads))
			return MAP_NONE;
		heads->room = room;
	}
	slot = heads->count;
	memcpy(heads->heads[slot].key, key, KEY_SIZE);
	heads->heads[slot].first = MAP_NONE;
	heads->count++;
	if (map_put(heads->map, slot))
		return MAP_NONE;
	return slot;
}

static uint32_t
first_of(const struct heads *heads, const uint8_t key[KEY_SIZE])
{
	uint32_t slot = heads->map ? map_find(heads->map, key) : MAP_NONE;

	return slot == MAP_NONE ? MAP_NONE : heads->heads[slot].first;
}

static void
prefix_key(uint8_t key[KEY_SIZE], uint32_t realm, const struct prefix *prefix)
{
	struct writer writer;

	memset(key, 0, KEY_SIZE);
	writer_init(&writer, key, KEY_SIZE);
	writer_u32(&writer, realm);
	writer_u8(&writer, prefix->length);
	writer_bytes(&writer, prefix->addr.bytes, 16);
}

/* Session 0: the source's chain. */
static void
session_key(uint8_t key[KEY_SIZE], uint16_t source, uint64_t session)
{
	struct writer writer;

	memset(key, 0, KEY_SIZE);
	writer_init(&writer, key, KEY_SIZE);
	writer_u16(&writer, source);
	writer_u64(&writer, session);
}

static void
make_key(uint8_t key[KEY_SIZE], enum chain chain, const struct binding *row)
{
	if (chain == BY_PREFIX)
		prefix_key(key, row->realm, &row->subject.prefix);
	else
		session_key(key, row->source,
			    chain == BY_SESSION ? row->session : 0);
}

/* Does `a` stand before `b` in its chain? */
static bool
before(const struct binding *a, const struct binding *b)
{
	return a->start.us != b->start.us ? a->start.us > b->start.us
					  : a->id < b->id;
}

static void
link_row(struct binding_table *table, enum chain chain, uint32_t slot)
{
	struct row *row = &table->rows[slot];
	uint32_t *at = &table->chains[chain].heads[row->head[chain]].first;

	if (chain == BY_SOURCE) {
		row->previous = MAP_NONE;
		if (*at != MAP_NONE)
			table->rows[*at].previous = slot;
	} else {
		while (*at != MAP_NONE &&
		       before(&table->rows[*at].binding, &row->binding))
			at = &table->rows[*at].next[chain];
	}
	row->next[chain] = *at;
	*at = slot;
}

static void
unlink_row(struct binding_table *table, enum chain chain, uint32_t slot)
{
	struct row *row = &table->rows[slot];
	uint32_t *at = &table->chains[chain].heads[row->head[chain]].first;

	if (chain == BY_SOURCE) {
		if (row->next[chain] != MAP_NONE)
			table->rows[row->next[chain]].previous = row->previous;
		if (row->previous != MAP_NONE)
			at = &table->rows[row->previous].next[chain];
	} else {
		while (*at != slot)
			at = &table->rows[*at].next[chain];
	}
	*at = row->next[chain];
}

/* Only rows that may still change are in their source's chain. */
static bool
unsettled(const struct binding *row)
{
	return row->end.us == INT64_MAX ||
	       (row->marks & BINDING_END_INFERRED) != 0;
}

static int
grow_rows(struct binding_table *table)
{
	uint32_t room = table->room ? table->room * 2 : ROWS_FIRST;
	struct row *rows;

	if (table->count < table->room)
		return LZ_OK;
	if (table->room >= ROWS_CEILING)
		return LZ_E_FULL;
	rows = memory_grow(table->rows, table->room, room, sizeof(*rows));
	if (!rows)
		return LZ_E_MEMORY;
	table->rows = rows;
	if (refill(&table->by_id, room, sizeof(uint64_t), table->count, id_of,
		   table))
		return LZ_E_MEMORY;
	table->room = room;
	return LZ_OK;
}

static int
add_row(struct binding_table *table, const struct binding *binding,
	uint32_t *slot)
{
	uint8_t key[KEY_SIZE];
	struct row *row;
	int error = grow_rows(table);

	if (error)
		return error;
	*slot = table->count;
	row = &table->rows[*slot];
	row->binding = *binding;
	row->used = true;
	for (int i = 0; i < CHAINS; i++) {
		make_key(key, (enum chain)i, binding);
		row->head[i] = head_for(&table->chains[i], key);
		if (row->head[i] == MAP_NONE)
			return LZ_E_MEMORY;
	}
	table->count++;
	if (map_put(table->by_id, *slot))
		return LZ_E_EXISTS;
	for (int i = 0; i < CHAINS; i++)
		if (i != BY_SOURCE || unsettled(binding))
			link_row(table, (enum chain)i, *slot);
	table->lengths[binding->subject.prefix.length]++;
	return LZ_OK;
}

static void
unlink_all(struct binding_table *table, uint32_t slot)
{
	struct row *row = &table->rows[slot];

	for (int i = 0; row->used && i < CHAINS; i++)
		if (i != BY_SOURCE || unsettled(&row->binding))
			unlink_row(table, (enum chain)i, slot);
}

static int
table_put(void *context, const struct binding *binding)
{
	struct binding_table *table = context;
	uint32_t slot = table->by_id ? map_find(table->by_id, &binding->id)
				     : MAP_NONE;
	struct row *row;

	if (slot == MAP_NONE)
		return add_row(table, binding, &slot);
	row = &table->rows[slot];
	/* What it is found by never changes, but for its start. */
	if (row->used && row->binding.start.us == binding->start.us &&
	    unsettled(&row->binding) == unsettled(binding)) {
		row->binding = *binding;
		return LZ_OK;
	}
	unlink_all(table, slot);
	row->binding = *binding;
	row->used = true;
	for (int i = 0; i < CHAINS; i++)
		if (i != BY_SOURCE || unsettled(binding))
			link_row(table, (enum chain)i, slot);
	return LZ_OK;
}

static int
table_drop(void *context, const struct binding *binding)
{
	struct binding_table *table = context;
	uint32_t slot = table->by_id ? map_find(table->by_id, &binding->id)
				     : MAP_NONE;

	if (slot == MAP_NONE || !table->rows[slot].used)
		return LZ_E_NOT_FOUND;
	unlink_all(table, slot);
	table->rows[slot].used = false;
	return LZ_OK;
}

static int
table_session(void *context, uint16_t source, uint64_t session,
	      struct binding *rows, size_t max)
{
	const struct binding_table *table = context;
	uint8_t key[KEY_SIZE];
	size_t count = 0;
	int64_t newest = INT64_MIN;

	if (source < table->source_room)
		newest = table->sources[source].mark.us;
	session_key(key, source, session);
	for (uint32_t at = first_of(&table->chains[BY_SESSION], key);
	     at != MAP_NONE; at = table->rows[at].next[BY_SESSION]) {
		const struct binding *row = &table->rows[at].binding;

		if (newest > INT64_MIN + KEPT_US &&
		    row->end.us < newest - KEPT_US)
			continue;
		if (count < max)
			rows[count] = *row;
		count++;
	}
	return (int)count;
}

static bool
overlap(const struct subject *a, const struct subject *b)
{
	return !subject_has_ports(a) || !subject_has_ports(b) ||
	       (a->port_first <= b->port_last && b->port_first <= a->port_last);
}

static int
table_touching(void *context, uint32_t realm, const struct subject *subject,
	       struct at_event from, struct at_event to, struct binding *rows,
	       size_t max)
{
	const struct binding_table *table = context;
	uint8_t key[KEY_SIZE];
	size_t count = 0;

	prefix_key(key, realm, &subject->prefix);
	/* The chain falls, the answer rises: the oldest `max` are kept at the
	 * front of a window that slides. */
	for (uint32_t at = first_of(&table->chains[BY_PREFIX], key);
	     at != MAP_NONE; at = table->rows[at].next[BY_PREFIX]) {
		const struct binding *row = &table->rows[at].binding;
		size_t kept = count < max ? count : max;

		if (row->start.us >= to.us || row->end.us <= from.us ||
		    !overlap(&row->subject, subject))
			continue;
		if (kept == max && max > 0)
			kept--;
		memmove(rows + 1, rows, kept * sizeof(*rows));
		rows[0] = *row;
		count++;
	}
	return (int)count;
}

static int
table_open_of(void *context, uint16_t source, struct at_event started,
	      uint64_t after_id, struct binding *rows, size_t max)
{
	const struct binding_table *table = context;
	uint8_t key[KEY_SIZE];
	size_t count = 0;

	session_key(key, source, 0);
	for (uint32_t at = first_of(&table->chains[BY_SOURCE], key);
	     at != MAP_NONE; at = table->rows[at].next[BY_SOURCE]) {
		const struct binding *row = &table->rows[at].binding;
		size_t place = count;

		if (row->id <= after_id || row->start.us >= started.us ||
		    row->end.us <= started.us)
			continue;
		/* The `max` lowest ids, sorted. */
		while (place > 0 && rows[place - 1].id > row->id)
			place--;
		if (place == max)
			continue;
		count += count < max;
		memmove(rows + place + 1, rows + place,
			(count - 1 - place) * sizeof(*rows));
		rows[place] = *row;
	}
	return (int)count;
}

static int
table_party(void *context, const char *label, uint32_t *party)
{
	struct binding_table *table = context;

	return party_table_add(table->parties, PARTY_HOLDER, slice_of(label),
			       party);
}

static int
source_room(struct binding_table *table, uint16_t source)
{
	size_t room = source + 1u;
	struct source *sources;

	if (room <= table->source_room)
		return LZ_OK;
	sources = memory_grow(table->sources, table->source_room, room,
			      sizeof(*sources));
	if (!sources)
		return LZ_E_MEMORY;
	for (size_t i = table->source_room; i < room; i++)
		sources[i].mark = sources[i].source.gap = times_unset();
	table->sources = sources;
	table->source_room = room;
	return LZ_OK;
}

static int
table_mark(void *context, uint16_t source, struct at_event at)
{
	struct binding_table *table = context;
	int error = source_room(table, source);

	if (!error && at.us > table->sources[source].mark.us)
		table->sources[source].mark = at;
	return error;
}

static int
table_gap(void *context, uint16_t source, struct at_event at)
{
	struct binding_table *table = context;
	int error = source_room(table, source);

	if (!error && at.us > table->sources[source].source.gap.us)
		table->sources[source].source.gap = at;
	return error;
}

static int
table_changed(void *context, uint32_t realm, const struct subject *subject,
	      struct at_event from, struct at_event to, const char *cause)
{
	struct binding_table *table = context;

	return table->changed ? table->changed(table->changed_context, realm,
					       subject, from, to, cause)
			      : LZ_OK;
}

struct tracker_store
binding_table_store(struct binding_table *table)
{
	return (struct tracker_store){
	    .context = table,
	    .session = table_session,
	    .touching = table_touching,
	    .open_of = table_open_of,
	    .put = table_put,
	    .drop = table_drop,
	    .party = table_party,
	    .mark = table_mark,
	    .gap = table_gap,
	    .changed = table_changed,
	};
}

void
binding_table_watch(struct binding_table *table, binding_table_changed *changed,
		    void *context)
{
	table->changed = changed;
	table->changed_context = context;
}

int
binding_table_set_source(struct binding_table *table,
			 const struct tracker_source *source)
{
	int error = source_room(table, source->number);
	struct source *kept;

	if (error)
		return error;
	kept = &table->sources[source->number];
	kept->source = *source;
	kept->source.gap = times_unset();
	kept->set = true;
	return LZ_OK;
}

const struct tracker_source *
binding_table_source(const struct binding_table *table, uint16_t source)
{
	return source < table->source_room && table->sources[source].set
		   ? &table->sources[source].source
		   : NULL;
}

void
binding_table_oldest(struct binding_table *table, struct at_event oldest)
{
	table->oldest = oldest;
}

const struct party_table *
binding_table_parties(const struct binding_table *table)
{
	return table->parties;
}

size_t
binding_table_count(const struct binding_table *table)
{
	return table->count;
}

const struct binding *
binding_table_row(const struct binding_table *table, size_t index)
{
	return table->rows[index].used ? &table->rows[index].binding : NULL;
}

/* ---- the cursor ---- */

static void
cursor_seek(void *context, uint32_t realm, const struct addr *addr,
	    struct at_event from, struct at_event to)
{
	struct binding_table *table = context;

	table->realm = realm;
	table->addr = *addr;
	table->from = from;
	table->to = to;
	table->length = LENGTHS;
	table->at = MAP_NONE;
}

/* The first row of the next shorter prefix length in use. */
static bool
next_length(struct binding_table *table)
{
	struct prefix prefix;
	uint8_t key[KEY_SIZE];

	while (table->length > 0) {
		table->length--;
		if (table->lengths[table->length] == 0)
			continue;
		prefix = prefix_of(&table->addr, (uint8_t)table->length);
		prefix_key(key, table->realm, &prefix);
		table->at = first_of(&table->chains[BY_PREFIX], key);
		return true;
	}
	return false;
}

static const struct binding *
cursor_next(void *context)
{
	struct binding_table *table = context;
	const struct tracker_source *source;

	for (;;) {
		const struct row *row;

		while (table->at == MAP_NONE)
			if (!next_length(table))
				return NULL;
		row = &table->rows[table->at];
		table->at = row->next[BY_PREFIX];
		if (row->binding.start.us > table->to.us ||
		    row->binding.end.us <= table->from.us)
			continue;
		table->shown = row->binding;
		source = binding_table_source(table, row->binding.source);
		table->shown.vouched =
		    source ? tracker_vouched(
				 source, &row->binding,
				 table->sources[row->binding.source].mark)
			   : row->binding.heard;
		return &table->shown;
	}
}

static struct at_event
cursor_oldest(void *context)
{
	return ((const struct binding_table *)context)->oldest;
}

struct binding_cursor
binding_table_cursor(struct binding_table *table)
{
	return (struct binding_cursor){
	    .context = table,
	    .seek = cursor_seek,
	    .next = cursor_next,
	    .oldest = cursor_oldest,
	};
}
