/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds the lines that cases act on, asked again. */
#include "role/chain_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct line {
	uint64_t case_id, binding;
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
		struct line line = {.case_id = record->id,
				    .binding = it->binding,
				    .since = it->since,
				    .end = it->expires};

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
		const struct line line = {.case_id = record->id,
					  .binding = it->binding,
					  .target = it->target,
					  .since = times_is_set(it->last)
						       ? it->last
						       : record->opened,
					  .end = it->end};

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

static bool
ports_touch(const struct subject *a, const struct subject *b)
{
	return !subject_has_ports(a) || !subject_has_ports(b) ||
	       (a->port_first <= b->port_last && b->port_first <= a->port_last);
}

/* A late word may say that the line was given away before it was named. */
#define LATE_US (7 * TIMES_DAY_US)

static struct binding_cursor
walk(struct chain *chain, const struct line *line, struct at_event now)
{
	const struct binding_cursor cursor =
	    holders_cursor(chain_holders(chain));
	const struct at_event from = {line->since.us - LATE_US};

	cursor.seek(cursor.context, 0, &line->target.prefix.addr, from, now);
	return cursor;
}

/* Whose line it was when it was named: the row of an account. */
static uint32_t
holder_then(struct chain *chain, const struct line *line, struct at_event now)
{
	const struct binding_cursor cursor = walk(chain, line, now);
	uint32_t holder = BINDING_NO_PARTY;
	struct at_event newest = times_unset();
	const struct binding *row;

	while ((row = cursor.next(cursor.context)) != NULL)
		if (row->id == line->binding &&
		    row->party != BINDING_NO_PARTY &&
		    row->start.us <= line->since.us &&
		    row->start.us > newest.us) {
			holder = row->party;
			newest = row->start;
		}
	return holder;
}

/* When the line ended or ends, where the case doesn't know; unset. */
static struct at_event
ask(struct chain *chain, const struct line *line, struct at_event now)
{
	const uint32_t holder = holder_then(chain, line, now);
	struct at_event ended = times_unset();
	struct binding_cursor cursor;
	const struct binding *row;
	bool held = false;

	if (holder == BINDING_NO_PARTY)
		return ended;
	cursor = walk(chain, line, now);
	while ((row = cursor.next(cursor.context)) != NULL) {
		if (row->party != holder ||
		    !ports_touch(&line->target, &row->subject))
			continue;
		held |= row->start.us <= now.us && row->end.us > now.us;
		if (row->id == line->binding && row->end.us > ended.us)
			ended = row->end;
	}
	/* Under a new session it is the same customer's. */
	if (held && ended.us <= now.us)
		return times_unset();
	return ended.us < line->end.us ? ended : times_unset();
}

static int
tell(struct chain *chain, const struct line *line, struct at_event now)
{
	struct case_event event = {.kind = CASE_EVENT_BINDING,
				   .binding = line->binding,
				   .target = line->target,
				   .time = now};

	event.binding_end = ask(chain, line, now);
	if (!times_is_set(event.binding_end))
		return 0;
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
