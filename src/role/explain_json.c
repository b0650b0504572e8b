/* SPDX-License-Identifier: Apache-2.0 */
/* The story of a case as JSON lines. */
#include "base/json_writer.h"
#include "role/explain_print.h"
#include "role/plain_words.h"
#include "role/print_case.h"

static void
begin(struct json_writer *json, struct text *text, const char *kind,
      const struct explain_step *step)
{
	json_writer_init(json, text);
	json_open_object(json, NULL);
	json_u64(json, "v", 1);
	json_string(json, "kind", kind);
	json_time(json, "time", step->event->now.us);
	print_number_member(json, "case", step->event->case_id);
	json_string(json, "party", step->party);
	json_u64(json, "n", step->event->n);
}

static void
put_sighting(struct json_writer *json, const struct case_event *event,
	     const struct sighting *sighting)
{
	char address[ADDR_TEXT_SIZE];
	struct text text;

	text_init(&text, address, sizeof(address));
	addr_format(&text, &sighting->address);
	json_open_object(json, "sighting");
	json_hex(json, "id", sighting->id, SIGHTING_ID_SIZE);
	json_time(json, "time", sighting->time.us);
	json_string(json, "origin", sighting->origin);
	json_string(json, "class", rsit_class_name(sighting->class));
	json_string(json, "address", address);
	json_i64(json, "weight", sighting->weight_milli);
	json_string(json, "detector", sighting->detector);
	json_close_object(json);
	if (event->kind == CASE_EVENT_SIGHTING)
		json_string(json, "certainty",
			    certainty_name(event->certainty));
}

static void
put_event(struct json_writer *json, const struct case_entry *entry)
{
	const struct case_event *event = &entry->event;

	json_string(json, "event", case_event_kind_name(event->kind));
	if (event->sighting)
		put_sighting(json, event, &entry->sighting);
	if (event->kind == CASE_EVENT_RECEIPT) {
		print_number_member(json, "notice", event->notice_id);
		json_string(json, "receipt", receipt_kind_name(event->receipt));
	}
	print_string_member(json, "actor", event->actor);
	print_string_member(json, "reason", event->reason);
}

static void
put_action(struct json_writer *json, const struct case_entry_action *action)
{
	static const char *const names[] = {
	    [CASE_ACTION_NOTICE] = "notice",
	    [CASE_ACTION_MEASURE_ON] = "on",
	    [CASE_ACTION_MEASURE_RENEW] = "renew",
	    [CASE_ACTION_MEASURE_OFF] = "off",
	    [CASE_ACTION_REFUSED] = "refused",
	    [CASE_ACTION_PERSON] = "person",
	    [CASE_ACTION_CORRECTION] = "correction"};
	const unsigned count = sizeof(names) / sizeof(names[0]);

	json_open_object(json, NULL);
	json_string(json, "action",
		    action->kind > 0 && action->kind < count
			? names[action->kind]
			: "unknown");
	if (action->kind != CASE_ACTION_REFUSED &&
	    action->kind != CASE_ACTION_PERSON)
		json_bool(json, "would", action->would);
	if (action->measure)
		json_string(json, "measure",
			    measure_kind_name(action->measure));
	if (action->step)
		json_u64(json, "step", action->step);
	print_number_member(json, "number", action->ref);
	print_string_member(json, "target", action->target);
	json_time(json, "expires", action->expires.us);
	print_string_member(json, "why", action->text);
	json_close_object(json);
}

void
explain_step_json(struct text *text, const struct explain_step *step)
{
	const struct store_event *event = step->event;
	const struct case_entry *entry = step->entry;
	struct json_writer json;

	begin(&json, text, "event", step);
	put_event(&json, entry);
	if (entry->from)
		json_string(&json, "from", case_state_name(entry->from));
	json_string(&json, "state", case_state_name(entry->state));
	json_i64(&json, "score", entry->score_milli);
	json_string(&json, "row", entry->row);
	json_string(&json, "why", words_row(entry->row));
	print_string_member(&json, "refused", entry->refused);
	print_string_member(&json, "brake", entry->brake_text);
	json_open_array(&json, "actions");
	for (uint32_t i = 0; i < entry->action_count; i++)
		put_action(&json, &entry->actions[i]);
	json_close_array(&json);
	json_hex(&json, "policy", event->policy_hash, STORE_HASH_SIZE);
	json_hex(&json, "current_policy", event->current_hash, STORE_HASH_SIZE);
	json_u64(&json, "table", event->table_version);
	json_string(&json, "program", event->program);
	json_close_object(&json);
	text_char(text, '\n');
}
