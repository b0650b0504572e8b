/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bindings of CSV files, in memory.
 *
 * Sorted by prefix length, address, start.  A look-up cuts the address to each
 * prefix length in use, finds that prefix's rows by bisection and walks back
 * from the last row that starts in time; `reach`, the latest end of all rows
 * of the prefix so far, says when nothing before can touch the interval.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/csv.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/writer.h"
#include "fact/digest.h"
#include "ident/binding_list.h"

#define ADDR_BITS 128
#define ROWS_FIRST 256u
#define SOURCES_MAX 1024
#define IDENTITY_BYTES_MAX 160
#define ADDR_LABEL "addr:"

struct row {
	struct binding binding;
	int64_t reach_us;
};

/* Rows of one prefix length: [first, end). */
struct layer {
	uint8_t length;
	size_t first, end;
};

struct party {
	uint8_t digest[DIGEST_SIZE];
	char label[PARTY_LABEL_SIZE];
};

/* Where the walk stands. */
struct walk {
	struct addr addr;
	int64_t from_us, to_us;
	size_t layer;         /* the next one to look into */
	size_t first;         /* of the prefix's rows */
	size_t at;            /* one behind the next row to look at */
	struct binding given; /* the row as it was handed out last */
};

struct binding_list {
	struct row *rows;
	size_t row_count, row_room, unreadable;
	struct party *parties;
	uint32_t party_count, party_room;
	struct map *party_map;
	/* Rows of party p: by_party[party_first[p]] .. [party_first[p + 1]]. */
	uint32_t *party_first, *by_party;
	char **sources;
	uint16_t source_count;
	bool sealed;
	bool outdated;
	struct at_event vouched; /* where outdated: up to here */
	size_t layer_count;
	struct layer layers[ADDR_BITS + 1];
	struct walk walk;
};

/* Columns of a file, by header. */
struct columns {
	int address, port_first, port_last, party, start, end;
};

struct binding_list *
binding_list_new(void)
{
	return memory_new(1, sizeof(struct binding_list));
}

void
binding_list_free(struct binding_list *list)
{
	if (!list)
		return;
	for (uint16_t i = 0; i < list->source_count; i++)
		memory_free(list->sources[i]);
	memory_free(list->sources);
	map_free(list->party_map);
	memory_free(list->parties);
	memory_free(list->party_first);
	memory_free(list->by_party);
	memory_free(list->rows);
	memory_free(list);
}

static const void *
party_key(const void *context, uint32_t slot)
{
	const struct binding_list *list = context;

	return list->parties[slot].digest;
}

/* Room for one party more; the map is built anew, twice as large. */
static int
grow_parties(struct binding_list *list)
{
	/* Keys are digests already: nobody picks their buckets. */
	static const struct hash_key key = {0, 0};
	uint32_t room = list->party_room ? list->party_room * 2 : ROWS_FIRST;
	struct party *parties;
	struct map *map;
	int error = LZ_OK;

	if (list->party_count < list->party_room)
		return LZ_OK;
	if (list->party_room > UINT32_MAX / 4)
		return LZ_E_FULL;
	parties = memory_grow(list->parties, list->party_room, room,
			      sizeof(*parties));
	if (!parties)
		return LZ_E_MEMORY;
	list->parties = parties;
	map = map_new(room, DIGEST_SIZE, key, party_key, list);
	if (!map)
		return LZ_E_MEMORY;
	for (uint32_t i = 0; i < list->party_count && !error; i++)
		error = map_put(map, i);
	if (error) {
		map_free(map);
		return error;
	}
	map_free(list->party_map);
	list->party_map = map;
	list->party_room = room;
	return LZ_OK;
}

static int
intern_party(struct binding_list *list, struct slice label, uint32_t *party)
{
	uint8_t digest[DIGEST_SIZE];
	int error = grow_parties(list);

	if (error)
		return error;
	digest_bytes(label.at, label.length, digest);
	*party = map_find(list->party_map, digest);
	if (*party != MAP_NONE)
		return LZ_OK;
	*party = list->party_count;
	memcpy(list->parties[*party].digest, digest, sizeof(digest));
	(void)text_copy(list->parties[*party].label, PARTY_LABEL_SIZE, label);
	list->party_count++;
	return map_put(list->party_map, *party);
}

static int
add_source(struct binding_list *list, const char *file)
{
	size_t size = strlen(file) + 1;
	char **sources;

	if (list->source_count == SOURCES_MAX)
		return LZ_E_FULL;
	sources = memory_grow(list->sources, list->source_count,
			      list->source_count + 1u, sizeof(*sources));
	if (!sources)
		return LZ_E_MEMORY;
	list->sources = sources;
	sources[list->source_count] = memory_new(size, 1);
	if (!sources[list->source_count])
		return LZ_E_MEMORY;
	memcpy(sources[list->source_count], file, size);
	list->source_count++;
	return LZ_OK;
}

static struct slice
field(const struct csv_row *row, int column)
{
	static const struct slice none = {"", 0};

	if (column < 0 || (size_t)column >= row->field_count)
		return none;
	return slice_trim(row->fields[column]);
}

/* Ports are given both or not at all, and for one address. */
static const char *
read_ports(const struct csv_row *row, const struct columns *columns,
	   struct subject *subject)
{
	struct slice first = field(row, columns->port_first);
	struct slice last = field(row, columns->port_last);
	uint64_t low, high;

	if (first.length == 0 && last.length == 0)
		return NULL;
	if (first.length == 0 || last.length == 0)
		return "one of the two ports is missing";
	if (slice_u64(first, UINT16_MAX, &low) ||
	    slice_u64(last, UINT16_MAX, &high))
		return "a port is no number from 0 to 65535";
	if (low > high)
		return "the first port is after the last";
	if (high == 0)
		return "port 0 alone is no block of ports";
	if (subject->prefix.length != ADDR_BITS)
		return "a block of ports needs a single address";
	subject->port_first = (uint16_t)low;
	subject->port_last = (uint16_t)high;
	return NULL;
}

static const char *
read_times(const struct csv_row *row, const struct columns *columns,
	   struct binding *binding)
{
	struct slice end = field(row, columns->end);

	if (times_parse(field(row, columns->start), &binding->start.us))
		return "the start is no RFC 3339 time with a zone";
	binding->end.us = INT64_MAX;
	if (end.length > 0 && times_parse(end, &binding->end.us))
		return "the end is no RFC 3339 time with a zone";
	if (binding->end.us <= binding->start.us)
		return "the end is not after the start";
	return NULL;
}

static const char *
check_party(struct slice party)
{
	if (party.length == 0)
		return "the party is empty";
	if (party.length >= PARTY_LABEL_SIZE)
		return "the party is too long";
	for (size_t i = 0; i < party.length; i++)
		if ((unsigned char)party.at[i] < ' ' || party.at[i] == 0x7f)
			return "the party holds a control character";
	if (party.length >= sizeof(ADDR_LABEL) - 1 &&
	    memcmp(party.at, ADDR_LABEL, sizeof(ADDR_LABEL) - 1) == 0)
		return "a party may not begin with addr:";
	return NULL;
}

/*
 * The number of a binding stays when its row moves in the file or gets its
 * end: a measure hangs on it.
 */
static uint64_t
binding_number(const struct binding *binding, struct slice party)
{
	uint8_t bytes[IDENTITY_BYTES_MAX];
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	writer_bytes(&writer, binding->subject.prefix.addr.bytes,
		     sizeof(binding->subject.prefix.addr.bytes));
	writer_u8(&writer, binding->subject.prefix.length);
	writer_u16(&writer, binding->subject.port_first);
	writer_u16(&writer, binding->subject.port_last);
	writer_u64(&writer, (uint64_t)binding->start.us);
	writer_bytes(&writer, party.at, party.length);
	lz_assert(!writer.failed);
	return digest_u64(bytes, writer.length);
}

/* NULL, or why the row is refused. */
static const char *
read_row(const struct csv_row *row, const struct columns *columns,
	 struct binding *binding)
{
	struct slice party = field(row, columns->party);
	const char *reason = row->reason;
	int error;

	if (reason)
		return reason;
	error = prefix_parse(field(row, columns->address),
			     &binding->subject.prefix);
	if (error == LZ_E_RANGE)
		return "the prefix has bits set behind its length";
	if (error)
		return "the address is neither an address nor a prefix";
	reason = check_party(party);
	if (!reason)
		reason = read_ports(row, columns, &binding->subject);
	if (!reason)
		reason = read_times(row, columns, binding);
	if (reason)
		return reason;
	binding->id = binding_number(binding, party);
	binding->hash = digest_u64(row->raw.at, row->raw.length);
	binding->offset = row->offset;
	binding->line = (uint32_t)row->line;
	return NULL;
}

static int
add_row(struct binding_list *list, const struct binding *binding)
{
	size_t room = list->row_room ? list->row_room * 2 : ROWS_FIRST;
	struct row *rows;

	if (list->row_count == list->row_room) {
		rows = memory_grow(list->rows, list->row_room, room,
				   sizeof(*rows));
		if (!rows)
			return LZ_E_MEMORY;
		list->rows = rows;
		list->row_room = room;
	}
	list->rows[list->row_count++].binding = *binding;
	return LZ_OK;
}

/* What is left of a refused row: the address, for all time, and nobody. */
static int
add_unreadable(struct binding_list *list, const struct csv_row *row,
	       const struct columns *columns)
{
	struct binding binding = {
	    .start = {INT64_MIN},
	    .end = {INT64_MAX},
	    .party = BINDING_NO_PARTY,
	    .marks = BINDING_UNREADABLE,
	    .source = (uint16_t)(list->source_count - 1),
	    .offset = row->offset,
	    .line = (uint32_t)row->line,
	};

	if (row->reason || prefix_parse(field(row, columns->address),
					&binding.subject.prefix) != 0)
		return LZ_OK;
	binding.id = binding_number(&binding, field(row, -1));
	binding.hash = digest_u64(row->raw.at, row->raw.length);
	list->unreadable++;
	return add_row(list, &binding);
}

static int
read_rows(struct binding_list *list, struct csv *csv, struct csv_row *row,
	  binding_refused *refused, void *context)
{
	struct columns columns;
	int taken = 0, error;

	if (!csv_next(csv, row) || row->reason)
		return LZ_E_FORMAT;
	columns.address = csv_column(row, "address");
	columns.port_first = csv_column(row, "port_first");
	columns.port_last = csv_column(row, "port_last");
	columns.party = csv_column(row, "party");
	columns.start = csv_column(row, "start");
	columns.end = csv_column(row, "end");
	if (columns.address < 0 || columns.party < 0 || columns.start < 0)
		return LZ_E_FORMAT;
	while (csv_next(csv, row)) {
		struct binding binding = {
		    .source = (uint16_t)(list->source_count - 1)};
		const char *reason = read_row(row, &columns, &binding);

		if (reason) {
			if (refused)
				refused(context, row->line, reason);
			error = add_unreadable(list, row, &columns);
			if (error)
				return error;
			continue;
		}
		error = intern_party(list, field(row, columns.party),
				     &binding.party);
		if (!error)
			error = add_row(list, &binding);
		if (error)
			return error;
		taken++;
	}
	return taken;
}

int
binding_list_add_csv(struct binding_list *list, const char *file,
		     const char *bytes, size_t length, binding_refused *refused,
		     void *context)
{
	struct csv *csv;
	struct csv_row *row;
	int result;

	lz_assert(!list->sealed);
	result = add_source(list, file);
	if (result)
		return result;
	csv = memory_new(1, sizeof(*csv));
	row = memory_new(1, sizeof(*row));
	result = LZ_E_MEMORY;
	if (csv && row) {
		csv_init(csv, bytes, length, ',');
		result = read_rows(list, csv, row, refused, context);
	}
	memory_free(row);
	memory_free(csv);
	return result;
}

static int
compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* By length, address, start; then anything that makes the order one. */
static int
compare_rows(const void *left, const void *right)
{
	const struct binding *a = &((const struct row *)left)->binding;
	const struct binding *b = &((const struct row *)right)->binding;
	int order = (int)a->subject.prefix.length - b->subject.prefix.length;

	if (!order)
		order = addr_compare(&a->subject.prefix.addr,
				     &b->subject.prefix.addr);
	if (!order)
		order = compare_i64(a->start.us, b->start.us);
	if (!order)
		order = (int)a->source - b->source;
	if (!order)
		order = compare_u64(a->offset, b->offset);
	return order;
}

/* The index from party to rows: counted, then filled from the back. */
static int
index_parties(struct binding_list *list)
{
	uint32_t count = 0;

	if (list->row_count > UINT32_MAX - 1)
		return LZ_E_FULL;
	list->party_first = memory_new((size_t)list->party_count + 2,
				       sizeof(*list->party_first));
	list->by_party = memory_new(list->row_count + 1,
				    sizeof(*list->by_party));
	if (!list->party_first || !list->by_party)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < list->row_count; i++)
		if (list->rows[i].binding.party != BINDING_NO_PARTY)
			list->party_first[list->rows[i].binding.party + 1]++;
	for (uint32_t party = 0; party < list->party_count; party++)
		list->party_first[party + 1] += list->party_first[party];
	for (size_t i = list->row_count; i-- > 0;) {
		const uint32_t party = list->rows[i].binding.party;

		if (party == BINDING_NO_PARTY)
			continue;
		list->by_party[--list->party_first[party + 1]] = (uint32_t)i;
		count++;
	}
	/* What was the end of each has become its beginning. */
	memmove(list->party_first, list->party_first + 1,
		list->party_count * sizeof(*list->party_first));
	list->party_first[list->party_count] = count;
	return LZ_OK;
}

int
binding_list_seal(struct binding_list *list)
{
	const struct binding *before = NULL;

	if (list->sealed)
		return LZ_E_STATE;
	if (list->row_count > 0)
		qsort(list->rows, list->row_count, sizeof(*list->rows),
		      compare_rows);
	for (size_t i = 0; i < list->row_count; i++) {
		struct row *row = &list->rows[i];
		const struct subject *subject = &row->binding.subject;
		bool same_length = before && before->subject.prefix.length ==
						 subject->prefix.length;

		if (!same_length)
			list->layers[list->layer_count++] =
			    (struct layer){.length = subject->prefix.length,
					   .first = i};
		list->layers[list->layer_count - 1].end = i + 1;
		row->reach_us = row->binding.end.us;
		if (same_length &&
		    prefix_equal(&before->subject.prefix, &subject->prefix) &&
		    row[-1].reach_us > row->reach_us)
			row->reach_us = row[-1].reach_us;
		before = &row->binding;
	}
	list->sealed = true;
	return index_parties(list);
}

size_t
binding_list_open(const struct binding_list *list, uint32_t party,
		  struct at_event now, const struct binding **open, size_t max)
{
	size_t count = 0;

	if (party >= list->party_count)
		return 0;
	for (uint32_t i = list->party_first[party];
	     i < list->party_first[party + 1]; i++) {
		const struct binding *binding =
		    &list->rows[list->by_party[i]].binding;

		if (binding->start.us > now.us || binding->end.us <= now.us)
			continue;
		if (count < max)
			open[count] = binding;
		count++;
	}
	return count;
}

size_t
binding_list_count(const struct binding_list *list)
{
	return list->row_count - list->unreadable;
}

const char *
binding_list_party(const struct binding_list *list, uint32_t party)
{
	return party < list->party_count ? list->parties[party].label : NULL;
}

bool
binding_list_find(const struct binding_list *list, const char *label,
		  uint32_t *party)
{
	uint8_t digest[DIGEST_SIZE];

	if (!list->party_map)
		return false;
	digest_bytes(label, strlen(label), digest);
	*party = map_find(list->party_map, digest);
	return *party != MAP_NONE;
}

uint32_t
binding_list_party_count(const struct binding_list *list)
{
	return list->party_count;
}

const char *
binding_list_source(const struct binding_list *list, uint16_t source)
{
	return source < list->source_count ? list->sources[source] : NULL;
}

/* Is the row before (addr, start)?  Equal ones are not. */
static bool
row_before(const struct row *row, const struct addr *addr, int64_t start_us)
{
	int order = addr_compare(&row->binding.subject.prefix.addr, addr);

	return order < 0 || (order == 0 && row->binding.start.us < start_us);
}

/* The first row of [first, end) that isn't before (addr, start). */
static size_t
bisect(const struct binding_list *list, size_t first, size_t end,
       const struct addr *addr, int64_t start_us)
{
	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (row_before(&list->rows[middle], addr, start_us))
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

static void
list_seek(void *context, uint32_t realm, const struct addr *addr,
	  struct at_event from, struct at_event to)
{
	struct binding_list *list = context;

	lz_assert(list->sealed);
	list->walk = (struct walk){
	    .addr = *addr,
	    .from_us = from.us,
	    .to_us = to.us,
	    /* Rows of a list are public addresses: no other realm has any. */
	    .layer = realm ? list->layer_count : 0,
	};
}

/* Moves the walk to the rows of the next layer; false: there is none. */
static bool
next_layer(struct binding_list *list)
{
	struct walk *walk = &list->walk;
	const struct layer *layer;
	struct addr cut;

	if (walk->layer == list->layer_count)
		return false;
	layer = &list->layers[walk->layer++];
	cut = prefix_of(&walk->addr, layer->length).addr;
	walk->first = bisect(list, layer->first, layer->end, &cut, INT64_MIN);
	walk->at = walk->to_us == INT64_MAX
		       ? bisect(list, walk->first, layer->end, &cut, INT64_MAX)
		       : bisect(list, walk->first, layer->end, &cut,
				walk->to_us + 1);
	return true;
}

static const struct binding *
list_next(void *context)
{
	struct binding_list *list = context;
	struct walk *walk = &list->walk;

	for (;;) {
		const struct row *row;

		if (walk->at == walk->first) {
			if (!next_layer(list))
				return NULL;
			continue;
		}
		row = &list->rows[--walk->at];
		if (row->reach_us <= walk->from_us)
			walk->at = walk->first;
		else if (row->binding.end.us > walk->from_us) {
			walk->given = row->binding;
			walk->given.vouched =
			    list->outdated ? list->vouched
					   : (struct at_event){INT64_MAX};
			return &walk->given;
		}
	}
}

void
binding_list_outdated(struct binding_list *list, struct at_event since)
{
	if (list->outdated && list->vouched.us <= since.us)
		return;
	list->outdated = true;
	list->vouched = since;
}

static struct at_event
list_oldest(void *context)
{
	(void)context;
	return times_unset();
}

struct binding_cursor
binding_list_cursor(struct binding_list *list)
{
	return (struct binding_cursor){
	    .context = list,
	    .seek = list_seek,
	    .next = list_next,
	    .oldest = list_oldest,
	};
}
