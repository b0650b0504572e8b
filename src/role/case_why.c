/* SPDX-License-Identifier: Apache-2.0 */
/* Why a case stands where it stands. */
#include "role/case_why.h"

#include <stdio.h>
#include <string.h>

#include "case/ladder.h"
#include "role/plain_words.h"
#include "role/print_case.h"

static bool
is_over(const struct case_record *record)
{
	return times_is_set(record->closed);
}

/* ------------------------------------------------------------- whom */

static const struct {
	uint32_t asked, answered; /* CASE_ASKED_*, CASE_ANSWERED_* */
	const char *name, *words;
} reasons[] = {
    {CASE_ASKED_PROTECTED, CASE_ANSWERED_PROTECTED, "protected",
     "a person: the party is protected"},
    {CASE_ASKED_BRAKE, CASE_ANSWERED_BRAKE, "common-cause",
     "a person: many cases rest on one cause"},
    {CASE_ASKED_DISMISSED, CASE_ANSWERED_DISMISSED, "dismissed-lately",
     "a person: the case before was dismissed"},
    {CASE_ASKED_CHANNEL, 0, "no-channel",
     "a contact: cannot notify, no channel reaches the party"},
    {CASE_ASKED_END, 0, "ends-soon", "a person: a measure ends tomorrow"},
    {CASE_ASKED_CORRECT, 0, "correction",
     "a person: what a notice said was taken back"},
};
#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

static bool
is_asked(const struct case_record *record, size_t i)
{
	return (record->asked & reasons[i].asked) &&
	       !(record->asked & reasons[i].answered);
}

void
case_why_waits(const struct case_record *record, int32_t zone_s,
	       char text[CASE_WHY_SIZE])
{
	char moment[WORDS_MOMENT_SIZE];
	const char *words = record->state == CASE_HELD ? "a person" : "";

	for (size_t i = REASONS; i-- > 0;)
		if (is_asked(record, i))
			words = reasons[i].words;
	if (record->first_person)
		words = "a second person";
	if (is_over(record))
		words = "";
	snprintf(text, CASE_WHY_SIZE, "%s", words);
	if (!times_is_set(record->objected) || is_over(record))
		return;
	words_moment(moment, record->answer_due, zone_s);
	snprintf(text, CASE_WHY_SIZE, "an answer to the objection by %s",
		 moment);
}

/* ------------------------------------------------------------- what next */

struct next {
	const char *what; /* "notice", a measure's name; NULL: nothing */
	const char *channel;
	struct at_event after; /* not before; unset: not known yet */
};

static struct next
next_of(const struct case_record *record, const struct case_policy *policy)
{
	const struct case_ladder *ladder = case_ladder_of(record, policy);
	const unsigned rung = case_ladder_next_notice(record);
	const struct case_notice *last = case_last_notice(record, false);
	const struct case_rung *measure = case_ladder_measure(record, policy);
	struct next next = {.after = case_ladder_notice_due(record, policy)};

	if (is_over(record))
		return (struct next){.after = times_unset()};
	if (rung < case_ladder_notices(ladder) &&
	    (rung == 0 || times_is_set(next.after))) {
		next.what = "notice";
		next.channel = case_channel_name(ladder->rungs[rung].channel);
		return next;
	}
	if (!measure || case_ladder_on_top(record, policy))
		return (struct next){.after = times_unset()};
	next.what = measure_kind_name(measure->measure);
	next.after = record->measure_step == 0 && last &&
			     times_is_set(last->delivered)
			 ? last->delivered
			 : record->bound_since;
	if (times_is_set(next.after))
		next.after.us += measure->after_us;
	return next;
}

/* ----------------------------------------------------------------- people */

static void
say(const char *name, const char *text)
{
	if (*text)
		printf("  %-10s %s\n", name, text);
}

static void
say_number(const char *name, uint64_t number)
{
	char digits[PRINT_NUMBER_SIZE];

	if (!number)
		return;
	print_number(number, digits);
	say(name, digits);
}

static void
say_findings(const struct case_record *record, int32_t zone_s)
{
	char first[WORDS_MOMENT_SIZE], last[WORDS_MOMENT_SIZE];

	for (uint32_t i = 0; i < record->finding_count; i++) {
		const struct case_finding *finding = &record->findings[i];

		if (!finding->class)
			continue;
		words_moment(first, finding->first, zone_s);
		words_moment(last, finding->last, zone_s);
		printf("  %-10s %s%s%s: %u sighting%s, %s to %s\n", "finding",
		       rsit_class_name(finding->class),
		       finding->family[0] ? " " : "", finding->family,
		       finding->count, finding->count == 1 ? "" : "s", first,
		       last);
	}
}

static void
say_ladder(const struct case_record *record, const struct case_policy *policy,
	   int32_t zone_s)
{
	const struct next next = next_of(record, policy);
	char moment[WORDS_MOMENT_SIZE];

	printf("  %-10s %u, notices climbed %u, measures climbed %u\n",
	       "ladder", record->ladder, case_ladder_next_notice(record),
	       record->measure_step);
	if (!next.what)
		return;
	printf("  %-10s %s%s%s", "next", next.what,
	       next.channel ? " by channel " : "",
	       next.channel ? next.channel : "");
	if (times_is_set(next.after)) {
		words_moment(moment, next.after, zone_s);
		printf(", if it is still seen after %s", moment);
	}
	putchar('\n');
}

bool
case_why_would(const struct case_record *record)
{
	if (record->state == CASE_NOTICED) {
		for (uint32_t i = 0; i < record->notice_count; i++)
			if (!record->notices[i].would)
				return false;
		return record->notice_count > 0;
	}
	if (record->state != CASE_QUARANTINED)
		return false;
	for (uint32_t i = 0; i < record->measure_count; i++)
		if (!record->measures[i].would)
			return false;
	return record->measure_count > 0;
}

const char *
case_why_state(const struct case_record *record)
{
	if (!case_why_would(record))
		return words_state(record->state);
	return record->state == CASE_NOTICED
		   ? "the party would have been told (in shadow nobody is)"
		   : "a measure would be on the party's line (in shadow none "
		     "is)";
}

void
case_why_print(const struct case_record *record,
	       const struct case_policy *policy, int32_t zone_s)
{
	char text[CASE_WHY_SIZE], moment[WORDS_MOMENT_SIZE];

	case_why_waits(record, zone_s, text);
	say("waits for", text);
	if (times_is_set(record->objected)) {
		words_moment(moment, record->objected, zone_s);
		say("objected", moment);
	}
	say_findings(record, zone_s);
	if (policy)
		say_ladder(record, policy, zone_s);
	if (record->arm)
		printf("  %-10s %s\n", "trial",
		       case_arm_name((enum case_arm)record->arm));
	if (times_is_set(record->held_back_until)) {
		words_moment(moment, record->held_back_until, zone_s);
		say("held back", moment);
	}
	say_number("merged in", record->merged_into);
	say_number("relapse of", record->earlier);
}

/* ------------------------------------------------------------------- JSON */

static void
findings_as_json(struct json_writer *json, const struct case_record *record)
{
	json_open_array(json, "findings");
	for (uint32_t i = 0; i < record->finding_count; i++) {
		const struct case_finding *finding = &record->findings[i];

		if (!finding->class)
			continue;
		json_open_object(json, NULL);
		json_string(json, "class", rsit_class_name(finding->class));
		print_string_member(json, "family", finding->family);
		json_u64(json, "sightings", finding->count);
		json_time(json, "first", finding->first.us);
		json_time(json, "last", finding->last.us);
		json_close_object(json);
	}
	json_close_array(json);
}

static void
next_as_json(struct json_writer *json, const struct next *next)
{
	if (!next->what)
		return;
	json_open_object(json, "next");
	json_string(json, "what", next->what);
	print_string_member(json, "channel", next->channel);
	json_time(json, "after", next->after.us);
	json_close_object(json);
}

void
case_why_json(struct json_writer *json, const struct case_record *record,
	      const struct case_policy *policy)
{
	if (case_why_would(record))
		json_bool(json, "would", true);
	json_open_array(json, "waits_for");
	if (record->first_person && !is_over(record))
		json_string(json, NULL, "second-person");
	for (size_t i = 0; i < REASONS; i++)
		if (is_asked(record, i) && !is_over(record))
			json_string(json, NULL, reasons[i].name);
	json_close_array(json);
	json_time(json, "objected", record->objected.us);
	json_time(json, "answer_due", record->answer_due.us);
	if (record->arm)
		json_string(json, "arm",
			    case_arm_name((enum case_arm)record->arm));
	json_time(json, "held_back_until", record->held_back_until.us);
	json_u64(json, "ladder", record->ladder);
	json_u64(json, "notices_climbed", case_ladder_next_notice(record));
	json_u64(json, "measures_climbed", record->measure_step);
	if (policy) {
		const struct next next = next_of(record, policy);

		next_as_json(json, &next);
	}
	print_number_member(json, "merged_into", record->merged_into);
	print_number_member(json, "earlier", record->earlier);
	findings_as_json(json, record);
}
