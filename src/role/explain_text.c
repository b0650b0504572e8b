/* SPDX-License-Identifier: Apache-2.0 */
/* The story of a case for people. */
#include <stdio.h>
#include <string.h>

#include "role/case_why.h"
#include "role/explain_print.h"
#include "role/plain_words.h"
#include "role/print_case.h"

#define LINE_SIZE 1024

/* ------------------------------------------------------------ what came in */

static void
say_sighting(const struct case_entry *entry)
{
	const struct case_event *event = &entry->event;
	char line[LINE_SIZE];
	struct text text;

	text_init(&text, line, sizeof(line));
	words_sighting(&text, &entry->sighting);
	printf("%s: %s\n",
	       event->kind == CASE_EVENT_WITHDRAW ? "withdrawn" : "seen", line);
	if (event->kind == CASE_EVENT_WITHDRAW) {
		if (*event->reason)
			printf("      because %s\n", event->reason);
		return;
	}
	printf("      whose it is: %s%s%s%s\n",
	       certainty_name(event->certainty),
	       event->shared ? ", the address is shared" : "",
	       event->protected ? ", the party is protected" : "",
	       event->known && !event->reachable ? ", no channel reaches it"
						 : "");
}

static void
say_event(const struct explain_step *step)
{
	const struct case_event *event = &step->entry->event;
	char moment[WORDS_MOMENT_SIZE], digits[PRINT_NUMBER_SIZE];

	words_moment(moment, step->event->now, step->zone_s);
	printf("\n#%-3llu  %s  ", (unsigned long long)step->event->n, moment);
	words_moment(moment, event->time, step->zone_s);
	switch (event->kind) {
	case CASE_EVENT_SIGHTING:
	case CASE_EVENT_WITHDRAW:
		say_sighting(step->entry);
		break;
	case CASE_EVENT_RECEIPT:
		print_number(event->notice_id, digits);
		printf("receipt: notice %s was %s at %s\n", digits,
		       receipt_kind_name(event->receipt), moment);
		break;
	case CASE_EVENT_TIMER:
		puts("time has passed");
		break;
	default:
		printf("%s by %s%s%s\n", case_event_kind_name(event->kind),
		       event->self ? "the subscriber" : event->actor,
		       *event->reason ? ": " : "", event->reason);
	}
}

/* ------------------------------------------------------- what came of it */

static void
say_measure(const struct case_entry_action *action, int32_t zone_s)
{
	const char *would = action->would ? "would be " : "";
	char until[WORDS_MOMENT_SIZE];

	words_moment(until, action->expires, zone_s);
	printf("      %s of %s ", measure_kind_name(action->measure),
	       action->target);
	if (action->kind == CASE_ACTION_MEASURE_OFF)
		printf("%slifted: %s\n", would, action->text);
	else
		printf("%s%s until %s: %s\n", would,
		       action->kind == CASE_ACTION_MEASURE_ON ? "set"
							      : "renewed",
		       until, action->text);
}

static void
say_action(const struct case_entry_action *action, int32_t zone_s)
{
	switch (action->kind) {
	case CASE_ACTION_NOTICE:
		printf("      notice %u %s: %s\n", action->step,
		       action->would ? "would be sent" : "is sent",
		       action->text);
		break;
	case CASE_ACTION_CORRECTION:
		printf("      notice %u %staken back: %s\n", action->step,
		       action->would ? "would be " : "is ", action->text);
		break;
	case CASE_ACTION_REFUSED:
		printf("      not done: %s\n", action->text);
		break;
	case CASE_ACTION_PERSON:
		printf("      a person is asked: %s\n", action->text);
		break;
	default:
		say_measure(action, zone_s);
	}
}

static void
say_rules(const struct store_event *event)
{
	char hash[2 * STORE_HASH_SIZE + 1];
	struct text text;

	text_init(&text, hash, sizeof(hash));
	text_hex(&text, event->policy_hash, STORE_HASH_SIZE);
	printf("      under policy %s", hash);
	if (memcmp(event->policy_hash, event->current_hash, STORE_HASH_SIZE)) {
		text_init(&text, hash, sizeof(hash));
		text_hex(&text, event->current_hash, STORE_HASH_SIZE);
		printf(" (live switches of %s)", hash);
	}
	printf(", table %u, program %s\n", event->table_version,
	       event->program);
}

/* Whoever decides about a common cause must know which it may be. */
static void
say_causes(const struct case_entry *entry)
{
	const struct sighting *sighting = &entry->sighting;
	char line[LINE_SIZE];
	struct text text;

	if (strncmp(entry->row, "common-cause", 12) != 0 ||
	    entry->event.kind != CASE_EVENT_SIGHTING)
		return;
	text_init(&text, line, sizeof(line));
	text_add(&text, "origin ");
	text_add(&text, sighting->origin);
	text_add(&text, ", detector ");
	text_add(&text, sighting->detector);
	if (sighting->marks & SIGHTING_HAS_EXPORTER) {
		text_add(&text, ", exporter ");
		addr_format(&text, &sighting->exporter);
	}
	/* Of our own detectors it is a victim, and no cause. */
	if (sighting->marks & SIGHTING_HAS_PEER &&
	    strncmp(sighting->origin, "own-", 4) != 0) {
		text_add(&text, ", indicator ");
		addr_format(&text, &sighting->peer);
	}
	text_add(&text, ", or what named the holder");
	printf("      the cause is one of: %s\n", line);
}

void
explain_step_text(const struct explain_step *step)
{
	const struct case_entry *entry = step->entry;
	char score[16];
	struct text text;

	say_event(step);
	if (step->ruled_anew)
		say_rules(step->event);
	text_init(&text, score, sizeof(score));
	words_milli(&text, entry->score_milli);
	if (*entry->refused)
		printf("      refused: %s; it stays %s\n", entry->refused,
		       case_state_name(entry->state));
	else if (entry->from == 0)
		printf("      a new case, %s, score %s: %s (%s)\n",
		       case_state_name(entry->state), score,
		       words_row(entry->row), entry->row);
	else if (entry->from == entry->state)
		printf("      stays %s, score %s: %s (%s)\n",
		       case_state_name(entry->state), score,
		       words_row(entry->row), entry->row);
	else
		printf("      from %s to %s, score %s: %s (%s)\n",
		       case_state_name(entry->from),
		       case_state_name(entry->state), score,
		       words_row(entry->row), entry->row);
	say_causes(entry);
	for (uint32_t i = 0; i < entry->action_count; i++)
		say_action(&entry->actions[i], step->zone_s);
}

/* ------------------------------------------------------------ what is next */

static void
say_next(struct at_event time, int32_t zone_s, const char *what,
	 const char *which)
{
	char moment[WORDS_MOMENT_SIZE];

	words_moment(moment, time, zone_s);
	printf("  %s  %s%s\n", moment, what, which);
}

/* Ends of measures, and notices that count as delivered by silence. */
static void
say_running(const struct case_record *record, const struct case_policy *policy,
	    int32_t zone_s)
{
	char what[64];

	for (uint32_t i = 0; i < record->measure_count; i++) {
		const struct case_measure *measure = &record->measures[i];

		snprintf(what, sizeof(what), "the %s %s, of ",
			 measure_kind_name(measure->kind),
			 measure->would ? "that would be set ends" : "ends");
		say_next(measure->expires, zone_s, what, measure->target);
	}
	for (uint32_t i = 0; policy && i < record->notice_count; i++) {
		const struct case_notice *notice = &record->notices[i];
		struct at_event then = {notice->accepted.us};

		if (!times_is_set(notice->accepted) ||
		    times_is_set(notice->delivered) ||
		    times_is_set(notice->failed))
			continue;
		then.us += policy->accepted_us;
		snprintf(what, sizeof(what),
			 "notice %u counts as delivered if no bounce comes",
			 notice->step);
		say_next(then, zone_s, what, "");
	}
	if (times_is_set(record->retry))
		say_next(record->retry, zone_s,
			 "what couldn't be done is tried again", "");
}

static void
say_quiet_end(const struct case_record *record,
	      const struct case_policy *policy, int32_t zone_s)
{
	struct at_event since = record->last_seen;

	if (record->state_since.us > since.us)
		since = record->state_since;
	since.us += policy->probation_us;
	if (record->measure_count == 0)
		say_next(since, zone_s,
			 "closes, if nothing more is seen until then", "");
}

/* The grace after which being seen again leads to a measure. */
static void
say_grace(const struct case_record *record, const struct case_policy *policy,
	  int32_t zone_s)
{
	struct at_event grace = times_unset();

	for (uint32_t i = 0; i < record->notice_count; i++)
		if (times_is_set(record->notices[i].delivered) &&
		    !times_is_set(record->notices[i].failed) &&
		    record->notices[i].delivered.us > grace.us)
			grace = record->notices[i].delivered;
	if (!times_is_set(grace))
		return;
	grace.us += policy->grace_us;
	say_next(grace, zone_s,
		 "the grace of the notice ends: seen after it with enough "
		 "evidence, a measure follows",
		 "");
}

/* Is all that was decided only what would be done? */
static bool
is_shadow(const struct case_record *record)
{
	for (uint32_t i = 0; i < record->notice_count; i++)
		if (!record->notices[i].would)
			return false;
	for (uint32_t i = 0; i < record->measure_count; i++)
		if (!record->measures[i].would)
			return false;
	return record->notice_count > 0 || record->measure_count > 0;
}

void
explain_end_text(const struct case_record *record,
		 const struct case_policy *policy, int32_t zone_s)
{
	printf("now %s: %s\n", case_state_name(record->state),
	       case_why_state(record));
	if (is_shadow(record))
		puts("  in shadow: none of this was really sent or set");
	say_running(record, policy, zone_s);
	switch (record->state) {
	case CASE_HELD:
		printf("  nothing more happens by itself: resume, release or "
		       "dismiss it (it was %s)\n",
		       case_state_name(record->held_from));
		return;
	case CASE_CLOSED:
	case CASE_DISMISSED:
		puts("  nothing more happens: what is seen later opens a new "
		     "case");
		return;
	case CASE_QUARANTINED:
		puts("  after its end it is on probation; `lazaret case "
		     "release` ends it now");
		return;
	default:
		break;
	}
	if (!policy)
		return;
	if (record->state == CASE_NOTICED)
		say_grace(record, policy, zone_s);
	say_quiet_end(record, policy, zone_s);
}
