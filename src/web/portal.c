/* SPDX-License-Identifier: Apache-2.0 */
/* Fills the templates of share/portal. */
#include "web/portal.h"

#include <string.h>

#include "base/template.h"
#include "web/pages.h"

#define VALUES_MAX 288
#define ARENA_SIZE 12288
#define FIELD_SIZE 64
#define WAIT_MINUTES "10"

struct writing {
	const struct portal_page *page;
	const struct portal_site *site;
	const struct language *language;
	const struct guide *guide;
	struct template_value values[VALUES_MAX];
	size_t count;
	char bytes[ARENA_SIZE]; /* of what is made for this page */
	struct text arena;
};

/* ---------------------------------------------------------------- values */

static void
put(struct writing *writing, const char *name, const char *text)
{
	if (writing->count == VALUES_MAX) {
		writing->arena.full = true;
		return;
	}
	writing->values[writing->count++] = (struct template_value){name, text};
}

/* NULL for "" and NULL: a section that isn't shown. */
static void
put_some(struct writing *writing, const char *name, const char *text)
{
	put(writing, name, text && *text ? text : NULL);
}

static void
put_if(struct writing *writing, const char *name, bool shown)
{
	put(writing, name, shown ? "yes" : NULL);
}

/* A text begun in the arena; done with arena_end, which answers it. */
static char *
arena_begin(struct writing *writing)
{
	return writing->arena.at + writing->arena.length;
}

/* A NUL of its own behind each text. */
static const char *
arena_end(struct writing *writing, const char *begun)
{
	text_char(&writing->arena, '\0');
	return writing->arena.full ? NULL : begun;
}

static void
put_number(struct writing *writing, const char *name, uint64_t number)
{
	const char *begun = arena_begin(writing);

	text_u64(&writing->arena, number);
	put(writing, name, arena_end(writing, begun));
}

static void
add_date(struct writing *writing, const struct times_date *date)
{
	struct text *arena = &writing->arena;

	text_add(arena, writing->language->weekdays[date->weekday]);
	text_char(arena, ' ');
	text_u64(arena, date->day);
	text_char(arena, ' ');
	text_add(arena, writing->language->months[date->month - 1]);
}

/* "Tue 17 Nov", with the clock "Tue 17 Nov, 02:14"; in the line's zone. */
static void
put_time(struct writing *writing, const char *name, struct at_event time,
	 bool clock)
{
	const char *begun = arena_begin(writing);
	struct times_date date;

	if (!times_is_set(time)) {
		put(writing, name, NULL);
		return;
	}
	date = times_date_of(time.us +
			     writing->site->zone_offset_s * TIMES_SECOND_US);
	add_date(writing, &date);
	if (clock) {
		text_add(&writing->arena, ", ");
		text_padded(&writing->arena, date.hour, 2);
		text_char(&writing->arena, ':');
		text_padded(&writing->arena, date.minute, 2);
	}
	put(writing, name, arena_end(writing, begun));
}

static const char *
word_of(const struct language *language, const char *name)
{
	for (const struct word *word = language->words; word->name; word++)
		if (strcmp(word->name, name) == 0)
			return word->text;
	return "";
}

/* ------------------------------------------------------------------ data */

static void
put_site(struct writing *writing)
{
	const struct portal_site *site = writing->site;

	put(writing, "language", writing->language->code);
	put(writing, "operator", site->operator_name);
	put_some(writing, "phone", site->phone);
	put_some(writing, "hours", site->hours);
	put(writing, "emergency", site->emergency);
	put(writing, "zone", site->zone_name);
	put(writing, "phone_or_bill",
	    *site->phone ? site->phone
			 : word_of(writing->language, "bill_number"));
	put(writing, "wait_minutes", WAIT_MINUTES);
}

static bool
is_bound(const struct portal_case *about)
{
	return about->measure == MEASURE_LIMIT ||
	       about->measure == MEASURE_GARDEN ||
	       about->measure == MEASURE_BLOCK;
}

static void
put_seen(struct writing *writing, const struct portal_case *about)
{
	const bool once = about->last.us / TIMES_MINUTE_US ==
			  about->first.us / TIMES_MINUTE_US;

	put_time(writing, "first", about->first, true);
	put_time(writing, "last", about->last, true);
	put_time(writing, "seen_last", about->last, true);
	put_if(writing, "once", about->days < 2 && once);
	put_if(writing, "span", about->days < 2 && !once);
	if (about->days < 2)
		put(writing, "days", NULL);
	else
		put_number(writing, "days", about->days);
	put_if(writing, "both", about->own && about->listed);
	put_if(writing, "own", about->own && !about->listed);
	put_if(writing, "lists", !about->own && about->listed);
	put_time(writing, "told_at", about->told_last, false);
	put_time(writing, "told_first",
		 about->told_first.us == about->told_last.us
		     ? times_unset()
		     : about->told_first,
		 false);
}

static void
put_expert(struct writing *writing, const struct sighting *seen)
{
	struct text *arena = &writing->arena;
	const char *proto, *begun;

	if (!seen) {
		put(writing, "expert_seen", NULL);
		put(writing, "expert_address", NULL);
		put(writing, "expert_port", NULL);
		put(writing, "expert_origin", NULL);
		return;
	}
	begun = arena_begin(writing);
	times_format(arena, seen->time.us);
	put(writing, "expert_seen", arena_end(writing, begun));
	begun = arena_begin(writing);
	addr_format(arena, &seen->address);
	if (seen->marks & SIGHTING_HAS_PORT) {
		text_char(arena, ' ');
		text_u64(arena, seen->port);
	}
	put(writing, "expert_address", arena_end(writing, begun));
	begun = arena_begin(writing);
	proto = addr_proto_name(seen->proto);
	if (proto)
		text_add(arena, proto);
	else
		text_u64(arena, seen->proto);
	if (seen->marks & SIGHTING_HAS_PEER_PORT) {
		text_char(arena, ' ');
		text_u64(arena, seen->peer_port);
	}
	put(writing, "expert_port", arena_end(writing, begun));
	put(writing, "expert_origin",
	    word_of(writing->language, strncmp(seen->origin, "own-", 4) == 0
					   ? "origin_own"
					   : "origin_other"));
}

static void
put_policy(struct writing *writing, const struct portal_case *about)
{
	struct at_event until = times_unset();

	if (times_is_set(about->released))
		until.us = about->released.us + about->probation_us;
	put_time(writing, "since",
		 writing->page->kind == PORTAL_OPEN ? about->released
						    : about->since,
		 true);
	put_time(writing, "expires", about->expires, false);
	put_time(writing, "watch_day", until, false);
	put_number(writing, "probation_days",
		   (uint64_t)(about->probation_us / TIMES_DAY_US));
	put_number(writing, "used", about->self_used);
	put_if(writing, "used_any", about->self_used > 0);
	if (about->self_left)
		put_number(writing, "left", about->self_left);
	else
		put(writing, "left", NULL);
	put_if(writing, "left_one", about->self_left == 1);
}

static void
put_todo(struct writing *writing)
{
	static const char *const names[GUIDE_STEPS] = {"todo_1", "todo_2",
						       "todo_3", "todo_4",
						       "todo_5"};
	bool any = false;

	for (size_t i = 0; i < GUIDE_STEPS; i++) {
		const bool missing = !(writing->page->ticks >> i & 1);

		any |= missing;
		put(writing, names[i],
		    missing ? writing->guide->steps[i].title : NULL);
	}
	put_if(writing, "todo_any", any);
}

static void
put_case(struct writing *writing)
{
	static const struct portal_case none = {0};
	const struct portal_page *page = writing->page;
	const struct portal_case *about = page->about ? page->about : &none;
	const struct class_words *words =
	    &writing->language->classes
		 [about->class < RSIT_CLASS_COUNT ? about->class : RSIT_NONE];
	const bool on_line = page->kind == PORTAL_STEPS;

	put_some(writing, "code", about->code);
	put(writing, "doing", words->doing);
	put(writing, "seen", words->seen);
	put(writing, "guide_title", writing->guide->title);
	put(writing, "minutes", writing->guide->minutes);
	put_if(writing, "computer",
	       writing->guide == writing->language->computer);
	put_if(writing, "limited", is_bound(about));
	put_if(writing, "slow", about->measure == MEASURE_LIMIT);
	put_if(writing, "on_line", on_line);
	put_some(writing, "token",
		 on_line && is_bound(about) && about->self_left ? page->token
								: NULL);
	put_if(writing, "quota_used",
	       (on_line && is_bound(about) && !about->self_left) ||
		   page->spent);
	put_if(writing, "filter_only", on_line && !is_bound(about));
	put_seen(writing, about);
	put_expert(writing, about->latest);
	put_policy(writing, about);
	put_todo(writing);
}

static void
put_state(struct writing *writing)
{
	const struct portal_page *page = writing->page;

	put_if(writing, "late_yes", page->late);
	put_if(writing, "form_was_old", page->form_was_old);
	put_if(writing, "wrong_code", page->wrong_code);
	put_if(writing, "too_many", page->too_many);
	put_if(writing, "not_limited", page->not_limited);
	put_some(writing, "order",
		 page->kind == PORTAL_OPENING ? page->token : NULL);
	put_some(writing, "guide_token",
		 page->kind == PORTAL_OPEN ? page->token : NULL);
}

static bool
is_taken(const struct writing *writing, const char *name)
{
	for (size_t i = 0; i < writing->count; i++)
		if (strcmp(writing->values[i].name, name) == 0)
			return true;
	return false;
}

/* Words come after data: some have data in them. */
static int
put_words(struct writing *writing)
{
	const size_t data = writing->count;

	for (const struct word *word = writing->language->words; word->name;
	     word++) {
		const char *text = word->text;
		int error;

		if (is_taken(writing, word->name))
			return LZ_E_EXISTS;
		if (strstr(text, "{{")) {
			const char *begun = arena_begin(writing);

			error = template_render(text, TEMPLATE_PLAIN,
						writing->values, data,
						&writing->arena);
			if (error)
				return error;
			text = arena_end(writing, begun);
		}
		put(writing, word->name, text);
	}
	return writing->arena.full ? LZ_E_FULL : 0;
}

/* ----------------------------------------------------------------- parts */

#define PARTS_MAX 4
struct layout {
	const char *title, *help; /* names of words */
	const char *head, *lead;  /* of the plain pages */
	const char *parts[PARTS_MAX];
};

static const struct layout layouts[PORTAL_KIND_COUNT] = {
    [PORTAL_WHY] = {"title_why",
		    "need_help",
		    NULL,
		    NULL,
		    {portal_part_why, portal_part_help_card,
		     portal_part_why_rest}},
    [PORTAL_STEPS] = {"title_steps",
		      "stuck",
		      NULL,
		      NULL,
		      {portal_part_steps, portal_part_help_card,
		       portal_part_steps_rest}},
    [PORTAL_GUIDE] = {"title_steps",
		      "stuck",
		      NULL,
		      NULL,
		      {portal_part_steps, portal_part_help_card,
		       portal_part_steps_rest}},
    [PORTAL_OPENING] = {"title_opening",
			"need_help",
			NULL,
			NULL,
			{portal_part_opening, portal_part_help_card,
			 portal_part_side_end}},
    [PORTAL_OPEN] = {"title_open",
		     "need_help",
		     NULL,
		     NULL,
		     {portal_part_open, portal_part_help_card,
		      portal_part_open_rest}},
    [PORTAL_REFUSED] = {"title_refused",
			"need_help",
			NULL,
			NULL,
			{portal_part_refused, portal_part_help_card,
			 portal_part_side_end}},
    [PORTAL_ENTRY] = {"title_entry",
		      "need_help",
		      NULL,
		      NULL,
		      {portal_part_entry, portal_part_help_card,
		       portal_part_essentials}},
    [PORTAL_HELP] = {"title_help",
		     "need_help",
		     "help_head",
		     "help_lead",
		     {portal_part_plain, portal_part_help_card,
		      portal_part_essentials}},
    [PORTAL_MISSING] = {"title_missing",
			"need_help",
			"missing_head",
			"missing_lead",
			{portal_part_plain, portal_part_help_card,
			 portal_part_essentials}},
    [PORTAL_ERROR] = {"title_error",
		      "need_help",
		      "error_head",
		      "error_lead",
		      {portal_part_plain, portal_part_help_card,
		       portal_part_essentials}},
};

static int
part(struct writing *writing, const char *source, struct text *text)
{
	return template_render(source, TEMPLATE_HTML, writing->values,
			       writing->count, text);
}

static int
steps_render(struct writing *writing, struct text *text)
{
	const size_t common = writing->count;
	int error = 0;

	for (size_t i = 0; i < GUIDE_STEPS && !error; i++) {
		const struct guide_step *step = &writing->guide->steps[i];

		writing->count = common;
		put_number(writing, "n", i + 1);
		put(writing, "step_key", step->key);
		put(writing, "step_title", step->title);
		put(writing, "step_what", step->what);
		put(writing, "why_text", step->why);
		error = part(writing, portal_part_step, text);
	}
	writing->count = common;
	return error ? error : part(writing, portal_part_steps_end, text);
}

static void
put_titles(struct writing *writing, const struct layout *layout)
{
	const struct portal_page *page = writing->page;
	const struct language *language = writing->language;
	const char *title = layout->title;

	if (page->kind == PORTAL_WHY && !is_bound(page->about))
		title = "title_attack";
	if (page->wrong_code || page->too_many)
		title = "title_entry_problem";
	put(writing, "title", word_of(language, title));
	put(writing, "help_title", word_of(language, layout->help));
	put(writing, "plain_head",
	    layout->head ? word_of(language, layout->head) : NULL);
	put(writing, "plain_lead",
	    layout->lead ? word_of(language, layout->lead) : NULL);
}

const struct guide *
portal_guide(const struct language *language, enum rsit_class class)
{
	return class == RSIT_SPAM ? language->computer : language->device;
}

int
portal_render(const struct portal_page *page, const struct portal_site *site,
	      const struct language *language, struct text *text)
{
	const struct layout *layout = &layouts[page->kind];
	struct writing writing;
	int error;

	writing.page = page;
	writing.site = site;
	writing.language = language;
	writing.guide =
	    portal_guide(language,
			 page->about ? page->about->class : RSIT_NONE);
	writing.count = 0;
	text_init(&writing.arena, writing.bytes, sizeof(writing.bytes));
	put_site(&writing);
	put_case(&writing);
	put_state(&writing);
	put_titles(&writing, layout);
	error = put_words(&writing);
	if (!error)
		error = part(&writing, portal_part_head, text);
	for (size_t i = 0; i < PARTS_MAX && layout->parts[i] && !error; i++)
		error = part(&writing, layout->parts[i], text);
	if (!error &&
	    (page->kind == PORTAL_STEPS || page->kind == PORTAL_GUIDE))
		error = steps_render(&writing, text);
	if (!error)
		error = part(&writing, portal_part_foot, text);
	return error;
}

const char *
portal_style(void)
{
	return portal_part_portal;
}
