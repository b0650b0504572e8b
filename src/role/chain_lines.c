/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds the lines that cases act on, asked again. */
#include "role/chain_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct line {
	uint64_t case_id, binding;
	struct party_id party;
	struct subject target;
	struct at_event
	    since;           /* when it was named, or what hangs on it began */
	struct at_event end; /* as the case knows it */
};

struct lines {
	enum chain_lines_of what;
	const struct prefix *within;
	struct at_event now;
	size_t count, room;
	struct line *list;
	bool no_memory;
};

/* ------------------------------------------------------------- gathering */

static void
add_line(struct lines *lines, const struct line *line)
{
	const size_t room = lines->room * 2 + 64;
	struct line *grown;

	if (lines->within &&
	    !prefix_contains(lines->within, &line->target.prefix.addr) &&
	    !prefix_contains(&line->target.prefix, &lines->within->addr))
		return;
	if (lines->count == lines->room) {
		grown = memory_grow(lines->list, lines->room, room,
				    sizeof(*grown));
		if (!grown) {
			lines->no_memory = true;
			return;
		}
		lines->list = grown;
		lines->room = room;
	}
	lines->list[lines->count++] = *line;
}

static void
add_measures(struct lines *lines, const struct case_record *record)
{
	for (uint32_t i = 0; i < record->measure_count; i++) {
		const struct case_measure *it = &record->measures[i];
		struct line line = {record->id,    it->binding,
				    record->party, {.port_first = 0},
				    it->since,     it->expires};

		if (it->kind != MEASURE_FILTER && it->binding != 0 &&
		    it->expires.us > lines->now.us &&
		    subject_parse(slice_of(it->target), &line.target) == 0)
			add_line(lines, &line);
	}
}

static void
add_places(struct lines *lines, const struct case_record *record)
{
	for (uint32_t i = 0; i < record->place_count; i++) {
		const struct case_place *it = &record->places[i];
		const struct line line = {record->id,
					  it->binding,
					  record->party,
					  it->target,
					  times_is_set(it->last)
					      ? it->last
					      : record->opened,
					  it->end};

		if (it->binding != 0 && it->end.us > lines->now.us)
			add_line(lines, &line);
	}
}

static bool
gather(void *context, const struct case_record *record)
{
	struct lines *lines = context;

	if (record->state == CASE_CLOSED || record->state == CASE_DISMISSED ||
	    record->state == CASE_MERGED)
		return true;
	add_measures(lines, record);
	if (lines->what == CHAIN_LINES_ALL)
		add_places(lines, record);
	return !lines->no_memory;
}

static int
by_number(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->case_id != y->case_id)
		return x->case_id < y->case_id ? -1 : 1;
	if (x->binding != y->binding)
		return x->binding < y->binding ? -1 : 1;
	return 0;
}

/* ---------------------------------------------------------------- asking */

/* Only in a realm of its own does such an address mean anything, and a case
 * doesn't know which: another row of it may be of another. */
static bool
is_private(const struct addr *addr)
{
	static const struct {
		uint32_t net, mask;
	} private[] = {{0x0a000000, 0xff000000},
		       {0x64400000, 0xffc00000},
		       {0xac100000, 0xfff00000},
		       {0xc0a80000, 0xffff0000}};

	for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++)
		if (addr_is_v4(addr) &&
		    (addr_v4(addr) & private[i].mask) == private[i].net)
			return true;
	return !addr_is_v4(addr) && (addr->bytes[0] & 0xfe) == 0xfc;
}

static bool
ports_touch(const struct subject *a, const struct subject *b)
{
	return !subject_has_ports(a) || !subject_has_ports(b) ||
	       (a->port_first <= b->port_last && b->port_first <= a->port_last);
}

/* What the rows of a line say. */
struct said {
	bool held;             /* the party holds it now */
	bool by_another;       /* somebody else does */
	struct at_event until; /* held: the end of its own row */
	struct at_event ended; /* when its own row ended; unset */
	int error;
};

static void
hear(struct chain *chain, const struct line *line, const struct binding *row,
     struct at_event now, struct said *said)
{
	const char *account = row->party == BINDING_NO_PARTY
				  ? NULL
				  : holders_account(chain_holders(chain),
						    row->party);
	struct party_id party = {0};
	char label[PARTY_LABEL_SIZE];
	bool own = false;

	if (account) {
		(void)text_copy(label, sizeof(label), slice_of(account));
		said->error = chain_number(chain, label, &party);
		/* Of two parties that were merged either holds it. */
		own = case_book_resolve(chain_book(chain), party).value ==
		      line->party.value;
	}
	if (row->start.us <= now.us && row->end.us > now.us) {
		said->held |= own;
		said->by_another |= account && !own;
		if (own && row->id == line->binding)
			said->until = row->end;
	} else if (row->id == line->binding && row->end.us <= now.us && own &&
		   row->end.us > said->ended.us) {
		said->ended = row->end;
	}
}

/* Rows kept while others are asked for: one walk at a time. */
#define ROWS_MAX 64

/* When the line ended or ends, where the case doesn't know; unset. */
static int
ask(struct chain *chain, const struct line *line, struct at_event now,
    struct at_event *end)
{
	const struct binding_cursor cursor =
	    holders_cursor(chain_holders(chain));
	struct said said = {.until = times_unset(), .ended = times_unset()};
	struct binding rows[ROWS_MAX];
	const struct binding *row;
	size_t count = 0;
	bool found = false;

	*end = times_unset();
	cursor.seek(cursor.context, 0, &line->target.prefix.addr, line->since,
		    now);
	while ((row = cursor.next(cursor.context)) != NULL && count < ROWS_MAX)
		if (ports_touch(&line->target, &row->subject))
			rows[count++] = *row;
	if (count == ROWS_MAX)
		return 0;
	for (size_t i = 0; i < count && !said.error; i++) {
		found |= rows[i].id == line->binding;
		hear(chain, line, &rows[i], now, &said);
	}
	if (said.error)
		return said.error;
	if (said.held) {
		if (times_is_set(said.until) && said.until.us < line->end.us)
			*end = said.until;
		return 0;
	}
	if (times_is_set(said.ended))
		*end = said.ended;
	else if (found ||
		 (said.by_another && !is_private(&line->target.prefix.addr)))
		*end = now;
	return 0;
}

static int
tell(struct chain *chain, const struct line *line, struct at_event now)
{
	struct case_event event = {.kind = CASE_EVENT_BINDING,
				   .binding = line->binding,
				   .target = line->target,
				   .time = now};
	int error = ask(chain, line, now, &event.binding_end);

	if (error || !times_is_set(event.binding_end))
		return error;
	(void)text_copy(event.reason, sizeof(event.reason),
			slice_of("the line is held no more"));
	return chain_event(chain, line->case_id, &event, now);
}

int
chain_lines(struct chain *chain, enum chain_lines_of what,
	    const struct prefix *within, struct at_event now)
{
	struct lines lines = {.what = what, .within = within, .now = now};
	int error = chain_drain(chain);

	if (!error)
		case_book_visit(chain_book(chain), gather, &lines);
	if (lines.no_memory)
		error = LZ_E_MEMORY;
	if (lines.count > 0)
		qsort(lines.list, lines.count, sizeof(*lines.list), by_number);
	for (size_t i = 0; i < lines.count && !error; i++) {
		/* A measure and its place ask the same. */
		if (i > 0 &&
		    by_number(&lines.list[i - 1], &lines.list[i]) == 0 &&
		    subject_equal(&lines.list[i - 1].target,
				  &lines.list[i].target))
			continue;
		error = tell(chain, &lines.list[i], now);
	}
	memory_free(lines.list);
	return error;
}
