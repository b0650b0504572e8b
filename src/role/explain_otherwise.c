/* SPDX-License-Identifier: Apache-2.0 */
/* Other lives of a case, told. */
#include "role/explain_otherwise.h"

#include <stdio.h>
#include <string.h>

#include "role/plain_words.h"
#include "role/print_case.h"

#define LINE_SIZE 2048
#define NAME_SIZE 192
#define ORIGINS_MAX 32
#define SINGLES_SHOWN 8
/* Steps stepped for single sightings: few seconds at the most. */
#define SINGLE_STEPS_MAX 400000

struct asking {
	const struct explain_case *it;
	struct what_if_outcome base;
	bool json;
	unsigned told;        /* other lives that differ */
	char same[LINE_SIZE]; /* those that don't, named */
	struct text same_text;
	int error;
};

/* ------------------------------------------------------------ consequences */

static const char *
measure_words(enum measure_kind kind)
{
	static const char *const words[MEASURE_KIND_COUNT] = {
	    [MEASURE_LIMIT] = "limited",
	    [MEASURE_GARDEN] = "put into the walled garden",
	    [MEASURE_BLOCK] = "blocked"};

	return kind < MEASURE_KIND_COUNT && words[kind] ? words[kind]
							: "measured";
}

static void
say_moment(struct text *text, struct at_event time, int32_t zone_s)
{
	char moment[WORDS_MOMENT_SIZE];

	words_moment(moment, time, zone_s);
	text_add(text, moment);
}

static void
and_then(struct text *text)
{
	if (text->length > 0)
		text_add(text, "; ");
}

static void
say_notices(struct text *text, const struct what_if_outcome *was,
	    const struct what_if_outcome *is, int32_t zone_s)
{
	if (was->notices == is->notices && was->noticed.us == is->noticed.us)
		return;
	and_then(text);
	if (is->notices == 0) {
		text_add(text, "it would not have been told");
	} else if (was->noticed.us != is->noticed.us) {
		text_add(text, "it would have been told on ");
		say_moment(text, is->noticed, zone_s);
	} else {
		text_u64(text, is->notices);
		text_add(text, is->notices == 1 ? " notice" : " notices");
		text_add(text, " instead of ");
		text_u64(text, was->notices);
	}
}

static void
say_measures(struct text *text, const struct what_if_outcome *was,
	     const struct what_if_outcome *is, int32_t zone_s)
{
	if (was->measure && !is->measure) {
		and_then(text);
		text_add(text, is->notices > 0
				   ? "it would have been noticed only"
				   : "no measure would have been set");
		return;
	}
	if (!is->measure || (was->measure == is->measure &&
			     was->measured.us == is->measured.us))
		return;
	and_then(text);
	text_add(text, "it would have been ");
	text_add(text, measure_words(is->measure));
	text_add(text, " on ");
	say_moment(text, is->measured, zone_s);
	if (was->measure) {
		text_add(text, " instead of ");
		if (was->measure != is->measure) {
			text_add(text, measure_words(was->measure));
			text_char(text, ' ');
		}
		text_add(text, "on ");
		say_moment(text, was->measured, zone_s);
	}
}

/* In plain words what is otherwise; "" where nothing is. */
static void
say_consequence(struct text *text, const struct what_if_outcome *was,
		const struct what_if_outcome *is, int32_t zone_s)
{
	say_notices(text, was, is, zone_s);
	say_measures(text, was, is, zone_s);
	if (was->filters != is->filters) {
		and_then(text);
		text_add(text, is->filters == 0
				   ? "no attack would have been filtered"
				   : "other attacks would have been filtered");
	}
	if (is->held && !was->held) {
		and_then(text);
		text_add(text, "a person would have been asked first");
	}
	if (was->held && !is->held) {
		and_then(text);
		text_add(text, "no person would have been asked");
	}
	if (was->measure && is->measure &&
	    was->released.us != is->released.us) {
		and_then(text);
		text_add(text, times_is_set(is->released)
				   ? "its release would have been on "
				   : "it would not be released yet");
		if (times_is_set(is->released))
			say_moment(text, is->released, zone_s);
	}
	if (was->state != is->state) {
		and_then(text);
		text_add(text, "it would now be ");
		text_add(text, case_state_name(is->state));
	}
}

/* ----------------------------------------------------------------- telling */

static void
put_json(const struct asking *asking, const char *what, const char *name,
	 const struct what_if_outcome *is, const char *words)
{
	char bytes[LINE_SIZE * 2];
	struct json_writer json;
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_u64(&json, "v", 1);
	json_string(&json, "kind", "otherwise");
	print_number_member(&json, "case", asking->it->case_id);
	json_string(&json, "party", asking->it->party);
	json_string(&json, "what", what);
	json_string(&json, "name", name);
	json_bool(&json, "differs", *words != '\0');
	json_u64(&json, "notices", is->notices);
	json_u64(&json, "filters", is->filters);
	json_time(&json, "noticed", is->noticed.us);
	if (is->measure)
		json_string(&json, "measure", measure_kind_name(is->measure));
	json_time(&json, "measured", is->measured.us);
	json_time(&json, "released", is->released.us);
	json_bool(&json, "held", is->held);
	json_string(&json, "state", case_state_name(is->state));
	print_string_member(&json, "words", words);
	json_close_object(&json);
	puts(bytes);
}

/* Lives that other life; answers whether it differs. */
static bool
ask(struct asking *asking, const struct what_if *change, const char *what,
    const char *name, bool silent)
{
	char words[LINE_SIZE] = "";
	struct what_if_outcome is;
	struct text text;
	int error = what_if_run(asking->it->story, change, &is);

	if (error) {
		asking->error = error;
		return false;
	}
	text_init(&text, words, sizeof(words));
	say_consequence(&text, &asking->base, &is, asking->it->zone_s);
	if (silent)
		return *words != '\0';
	if (asking->json) {
		put_json(asking, what, name, &is, words);
	} else if (*words) {
		printf("    %s: %s\n", name, words);
	} else {
		if (asking->same_text.length > 0)
			text_add(&asking->same_text, "; ");
		text_add(&asking->same_text, name);
	}
	asking->told += *words != '\0';
	return *words != '\0';
}

static bool
is_seen(const struct what_if_step *step)
{
	return step->event.kind == CASE_EVENT_SIGHTING;
}

static unsigned
said_by(const struct what_if_story *story, const char *origin)
{
	unsigned count = 0;

	for (size_t i = 0; i < story->count; i++)
		count += is_seen(story->steps[i]) &&
			 strcmp(story->steps[i]->sighting.origin, origin) == 0;
	return count;
}

static void
ask_origins(struct asking *asking)
{
	const struct what_if_story *story = asking->it->story;
	const char *origins[ORIGINS_MAX];
	unsigned count = 0;

	for (size_t i = 0; i < story->count && count < ORIGINS_MAX; i++) {
		const char *origin = story->steps[i]->sighting.origin;
		char name[NAME_SIZE];
		unsigned known = 0;

		while (known < count && strcmp(origins[known], origin) != 0)
			known++;
		if (!is_seen(story->steps[i]) || known < count)
			continue;
		origins[count++] = origin;
		snprintf(name, sizeof(name), "without what %s said (%u)",
			 origin, said_by(story, origin));
		(void)ask(asking,
			  &(struct what_if){.kind = WHAT_IF_NO_ORIGIN,
					    .origin = origin},
			  "without-origin", name, false);
	}
}

/* One sighting less; the only one of its origin was asked about already. */
static void
ask_singles(struct asking *asking)
{
	const struct what_if_story *story = asking->it->story;
	const size_t most = SINGLE_STEPS_MAX / (story->count + 1);
	size_t asked = 0;
	unsigned shown = 0, more = 0;

	for (size_t i = 0; i < story->count && asked < most; i++) {
		const struct what_if_step *step = story->steps[i];
		const struct what_if change = {.kind = WHAT_IF_NO_STEP,
					       .step = i};
		char name[NAME_SIZE], moment[WORDS_MOMENT_SIZE];

		if (!is_seen(step) || said_by(story, step->sighting.origin) < 2)
			continue;
		asked++;
		if (!ask(asking, &change, "", "", true))
			continue;
		words_moment(moment, step->sighting.time, asking->it->zone_s);
		snprintf(name, sizeof(name), "without %s's word of %s",
			 step->sighting.origin, moment);
		if (shown++ < SINGLES_SHOWN || asking->json)
			(void)ask(asking, &change, "without-sighting", name,
				  false);
		else
			more++;
	}
	if (more > 0)
		printf("    and so %u more sightings, each of them alone\n",
		       more);
	if (asked > shown && !asking->json) {
		if (asking->same_text.length > 0)
			text_add(&asking->same_text, "; ");
		text_add(&asking->same_text, "without any one of ");
		text_u64(&asking->same_text, asked - shown);
		text_add(&asking->same_text, " other sightings");
	}
}

/* The sighting that decided: seen and told a day earlier, a day later. */
static void
ask_moved(struct asking *asking, struct at_event when, const char *which)
{
	const struct what_if_story *story = asking->it->story;

	for (size_t i = 0; times_is_set(when) && i < story->count; i++) {
		char name[NAME_SIZE];

		if (!is_seen(story->steps[i]) ||
		    story->steps[i]->input.now.us != when.us)
			continue;
		snprintf(name, sizeof(name),
			 "had what led to the %s been seen a day earlier",
			 which);
		(void)ask(asking,
			  &(struct what_if){.kind = WHAT_IF_MOVED,
					    .step = i,
					    .shift_us = -TIMES_DAY_US},
			  "day-earlier", name, false);
		snprintf(name, sizeof(name),
			 "had what led to the %s been seen a day later", which);
		(void)ask(asking,
			  &(struct what_if){.kind = WHAT_IF_MOVED,
					    .step = i,
					    .shift_us = TIMES_DAY_US},
			  "day-later", name, false);
		return;
	}
}

/* Is there a step of which something is so? */
static bool
any_step(const struct what_if_story *story,
	 bool (*so)(const struct what_if_step *step))
{
	for (size_t i = 0; i < story->count; i++)
		if (so(story->steps[i]))
			return true;
	return false;
}

static bool
is_protected(const struct what_if_step *step)
{
	return step->event.protected;
}

static bool
is_braked(const struct what_if_step *step)
{
	return step->input.brake != 0;
}

static bool
is_hold(const struct what_if_step *step)
{
	return step->event.kind == CASE_EVENT_HOLD;
}

static void
ask_all(struct asking *asking, const struct what_if_outcome *recorded,
	const struct case_policy *present)
{
	const struct what_if_story *story = asking->it->story;

	ask_origins(asking);
	ask_singles(asking);
	ask_moved(asking, recorded->noticed, "notice");
	ask_moved(asking, recorded->measured, "measure");
	if (recorded->notices > 0)
		(void)ask(asking,
			  &(struct what_if){.kind = WHAT_IF_UNDELIVERED},
			  "undelivered", "had no notice arrived", false);
	if (any_step(story, is_protected))
		(void)ask(asking,
			  &(struct what_if){.kind = WHAT_IF_UNPROTECTED},
			  "unprotected", "were the party not protected", false);
	if (any_step(story, is_braked))
		(void)ask(asking, &(struct what_if){.kind = WHAT_IF_UNBRAKED},
			  "unbraked", "had no brake been on", false);
	if (asking->it->record->arm == ARM_HELD_BACK)
		(void)ask(asking, &(struct what_if){.kind = WHAT_IF_NO_TRIAL},
			  "no-trial",
			  "had its measure not been held back for the trial",
			  false);
	if (any_step(story, is_hold))
		(void)ask(asking, &(struct what_if){.kind = WHAT_IF_UNHELD},
			  "unheld", "had no person held it", false);
	if (present)
		(void)ask(asking,
			  &(struct what_if){.kind = WHAT_IF_POLICY,
					    .policy = present},
			  "present-policy", "under the policy of now", false);
}

int
explain_otherwise(const struct explain_case *it,
		  const struct what_if_outcome *recorded,
		  const struct case_policy *present, bool json)
{
	const struct what_if nothing = {.kind = WHAT_IF_NOTHING};
	struct asking asking = {.it = it, .json = json};
	int error = what_if_run(it->story, &nothing, &asking.base);

	if (error)
		return error;
	text_init(&asking.same_text, asking.same, sizeof(asking.same));
	if (!json)
		puts("\nwhat would have happened otherwise (people acting as "
		     "they did):");
	if (!what_if_same(&asking.base, recorded) && !json)
		puts("    this program comes to other decisions from the same "
		     "inputs (see --again):\n"
		     "    what follows is compared with those");
	ask_all(&asking, recorded, present);
	if (!json && asking.told == 0)
		puts("    nothing: no single one of these changes it");
	if (!json && asking.same_text.length > 0)
		printf("    the same: %s\n", asking.same);
	return asking.error;
}
