/* SPDX-License-Identifier: Apache-2.0 */
/* A history told: each step in a line or two that a person can follow. */
#include <stdio.h>

#include "property/case_history.h"

static void
tell_sighting(const struct case_event *event)
{
	const struct sighting *sighting = event->sighting;
	char moment[TIMES_RFC3339_SIZE];
	struct text text;

	text_init(&text, moment, sizeof(moment));
	times_format(&text, sighting->time.us);
	printf("%s %s of %s (%s), weight %d, at %s, %s, line %u%s%s%s%s",
	       event->kind == CASE_EVENT_WITHDRAW ? "withdrawn:" : "seen:",
	       rsit_class_name(sighting->class), sighting->origin,
	       sighting_role_name(sighting->role), sighting->weight_milli,
	       moment, certainty_name(event->certainty),
	       (unsigned)event->binding, event->shared ? ", shared" : "",
	       event->protected ? ", protected" : "",
	       event->known ? "" : ", of nobody known",
	       sighting->marks & SIGHTING_SPOOFABLE ? ", spoofable" : "");
}

static void
tell_event(const struct case_event *event)
{
	switch (event->kind) {
	case CASE_EVENT_SIGHTING:
	case CASE_EVENT_WITHDRAW:
		tell_sighting(event);
		return;
	case CASE_EVENT_RECEIPT:
		printf("notice %llu was %s",
		       (unsigned long long)event->notice_id % 1000,
		       receipt_kind_name(event->receipt));
		return;
	case CASE_EVENT_TIMER:
		printf("time has passed");
		return;
	case CASE_EVENT_BINDING:
		printf("line %u is another's", (unsigned)event->binding);
		return;
	case CASE_EVENT_ORDER:
		printf("%s orders %s (reason %u)", event->actor,
		       measure_kind_name(event->measure), event->security);
		return;
	default:
		printf("%s by %s%s", case_event_kind_name(event->kind),
		       event->self ? "the subscriber" : event->actor,
		       event->kind != CASE_EVENT_ANSWER ? ""
		       : event->granted                 ? ": right"
							: ": wrong");
	}
}

static void
tell_action(const struct case_action *action)
{
	static const char *const names[] = {"?",      "notice",    "on",
					    "renew",  "off",       "refused",
					    "person", "correction"};
	char moment[TIMES_RFC3339_SIZE] = "";
	struct text text;

	if (action->kind >= CASE_ACTION_MEASURE_ON &&
	    action->kind <= CASE_ACTION_MEASURE_OFF) {
		text_init(&text, moment, sizeof(moment));
		times_format(&text, action->measure.expires.us);
		printf("        %s%s %s %s until %s: %s\n",
		       action->would ? "would " : "", names[action->kind],
		       measure_kind_name(action->measure.kind),
		       action->measure.target, moment, action->text);
		return;
	}
	printf("        %s%s%s%s\n", action->would ? "would " : "",
	       names[action->kind < 8 ? action->kind : 0],
	       action->text ? ": " : "", action->text ? action->text : "");
}

void
history_tell(const struct moment *moment)
{
	const struct case_step_result *result = moment->result;
	char when[TIMES_RFC3339_SIZE];
	struct text text;

	text_init(&text, when, sizeof(when));
	times_format(&text, moment->input->now.us);
	printf("  %s  ", when);
	tell_event(moment->event);
	if (moment->input->brake)
		printf(" [brakes %x]", moment->input->brake);
	printf("\n      %s -> %s by %s%s%s\n",
	       case_state_name(moment->before->state),
	       case_state_name(moment->after->state), result->row,
	       result->refused ? ", refused: " : "",
	       result->refused ? result->refused : "");
	for (size_t i = 0; i < result->action_count; i++)
		tell_action(&result->actions[i]);
}

void
history_tell_rules(uint16_t rules)
{
	static const char *const names[RULES_COUNT] = {
	    "live",
	    "scanner and spam in shadow",
	    "no essentials",
	    "limit instead of garden",
	    "attacks block",
	    "a longer ladder",
	    "help desk 8-18",
	    "quiet 22-6",
	    "a trial",
	    "a basis of 30 days",
	    "another network's basis",
	    "no automatic release",
	    "two persons for a garden",
	    "one self-release",
	    "factors",
	    "attacks limit"};

	printf("  rules: as designed");
	for (unsigned i = 0; i < RULES_COUNT; i++)
		if (rules & 1u << i)
			printf(", %s", names[i]);
	putchar('\n');
}
