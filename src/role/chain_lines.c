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
	const struct chain_news *within;
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
	    !chain_news_touch(lines->within, &line->target.prefix))
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
				    .party = record->party,
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
					  .party = record->party,
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
walk(struct chain *chain, const struct line *line, uint32_t realm,
     struct at_event now)
{
	const struct binding_cursor cursor =
	    holders_cursor(chain_holders(chain));
	const struct at_event from = {line->since.us - LATE_US};

	cursor.seek(cursor.context, realm, &line->target.prefix.addr, from,
		    now);
	return cursor;
}

/* Whose line it was when it was named: the row of an account; none where its
 * row isn't known. */
static uint32_t
holder_then(struct chain *chain, const struct line *line, uint32_t realm,
	    struct at_event now)
{
	const struct binding_cursor cursor = walk(chain, line, realm, now);
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

/* What the rows of a line say of the one who had it. */
struct said {
	bool held;             /* he has it now */
	struct at_event ended; /* the line's own row did, or will; unset */
	struct at_event heard, quiet; /* it wasn't heard of since, and ended by
					 that alone; unset */
	struct at_event next;         /* newest start of another; unset */
};

static void
hear(const struct line *line, const struct binding *row, uint32_t holder,
     struct at_event now, struct said *said)
{
	const bool quiet = row->marks & BINDING_SILENT;

	if (!ports_touch(&line->target, &row->subject))
		return;
	if (row->party != holder) {
		if (!(row->marks & BINDING_UNREADABLE) &&
		    row->start.us <= now.us && row->start.us > said->next.us)
			said->next = row->start;
		return;
	}
	said->held |= row->start.us <= now.us && row->end.us > now.us;
	if (row->id != line->binding)
		return;
	if (quiet && row->end.us > said->quiet.us) {
		said->quiet = row->end;
		said->heard = row->heard;
	}
	if (!quiet && row->end.us > said->ended.us)
		said->ended = row->end;
}

/*
 * When the line of that holder ended or ends, where the case doesn't know;
 * unset.  A session that isn't heard of may well go on: nobody has said that it
 * ended, until another has the line.
 */
static struct at_event
end_by_row(struct chain *chain, const struct line *line, uint32_t realm,
	   uint32_t holder, struct at_event now)
{
	const struct binding_cursor cursor = walk(chain, line, realm, now);
	struct said said = {.ended = times_unset(),
			    .heard = times_unset(),
			    .quiet = times_unset(),
			    .next = times_unset()};
	const struct binding *row;

	while ((row = cursor.next(cursor.context)) != NULL)
		hear(line, row, holder, now, &said);
	if (times_is_set(said.quiet) && said.next.us > said.heard.us &&
	    said.quiet.us > said.ended.us)
		said.ended = said.quiet;
	/* Under a new session it is the same customer's. */
	if ((said.held && said.ended.us <= now.us) ||
	    said.ended.us >= line->end.us)
		return times_unset();
	return said.ended;
}

/* Of rows kept while the store is asked: more at once name nobody. */
#define NOW_MAX 16

/* Is it named for the line by who has spoken of it since?  An index that is
 * being made anew names those of long ago. */
static bool
names(const struct binding *row, const struct line *line, struct at_event now)
{
	return row->start.us <= now.us && row->end.us > now.us &&
	       row->vouched.us >= line->since.us &&
	       row->party != BINDING_NO_PARTY &&
	       !(row->marks & BINDING_LOSSY) &&
	       ports_touch(&line->target, &row->subject);
}

/* Who is named for the line now: accounts; 0 where any row of it can't be read
 * or contradicts another. */
static size_t
named_now(struct chain *chain, const struct line *line, struct at_event now,
	  uint32_t holders[NOW_MAX])
{
	const struct binding_cursor cursor = walk(chain, line, 0, now);
	const struct binding *row;
	size_t count = 0;
	bool clear = true;

	while ((row = cursor.next(cursor.context)) != NULL) {
		if (row->marks & (BINDING_UNREADABLE | BINDING_CONFLICT))
			clear = false;
		if (!names(row, line, now))
			continue;
		if (count == NOW_MAX)
			clear = false;
		else
			holders[count++] = row->party;
	}
	return clear ? count : 0;
}

/*
 * The line's own row is gone from its source (a list that holds what is, an
 * index put back from a copy).  Where nobody is named nothing is known; where
 * another customer is, it isn't for us to keep him in.
 */
static int
end_by_others(struct chain *chain, const struct line *line, struct at_event now,
	      struct at_event *end)
{
	char which[HOLDERS_NAME_SIZE];
	uint32_t named[NOW_MAX];
	size_t count;

	/* Whose row it was isn't known, or not now; and an inside address is in
	 * each realm another's. */
	if (holders_doubt(chain_holders(chain), now, which) ||
	    holders_realm(chain_holders(chain), 0) != 0)
		return 0;
	count = named_now(chain, line, now, named);
	for (size_t i = 0; i < count; i++) {
		bool own = true;
		const int error = chain_is_of(chain, named[i], line->party,
					      &own);

		if (error || own)
			return error;
	}
	if (count > 0)
		*end = now;
	return 0;
}

/* When the line ended or ends, where the case doesn't know; unset. */
static int
ask(struct chain *chain, const struct line *line, struct at_event now,
    struct at_event *end)
{
	struct holders *holders = chain_holders(chain);
	uint32_t realm = 0;
	size_t i = 0;

	*end = times_unset();
	do {
		const uint32_t holder = holder_then(chain, line, realm, now);

		if (holder != BINDING_NO_PARTY) {
			*end = end_by_row(chain, line, realm, holder, now);
			return 0;
		}
		realm = holders_realm(holders, i++);
	} while (realm != 0);
	return end_by_others(chain, line, now, end);
}

static int
tell(struct chain *chain, const struct line *line, struct at_event now)
{
	struct case_event event = {.kind = CASE_EVENT_BINDING,
				   .binding = line->binding,
				   .target = line->target,
				   .time = now};
	const int error = ask(chain, line, now, &event.binding_end);

	if (error || !times_is_set(event.binding_end))
		return error;
	(void)text_copy(event.reason, sizeof(event.reason),
			slice_of("the line is held no more"));
	return chain_event(chain, line->case_id, &event, now);
}

int
chain_lines(struct chain *chain, enum chain_lines_of what,
	    const struct chain_news *within, struct at_event now)
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

int
chain_lines_news(struct chain *chain, struct chain_news *news,
		 struct at_event now)
{
	int error;

	if (!chain_news_due(news, now))
		return 0;
	chain_news_sort(news);
	error = chain_lines(chain, CHAIN_LINES_ALL, news, now);
	chain_news_drop(news, now);
	return error;
}
