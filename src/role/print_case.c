/* SPDX-License-Identifier: Apache-2.0 */
/* Cases and what came of them as lines of JSON. */
#include "role/print_case.h"

#include "base/json_writer.h"
#include "role/case_why.h"

void
print_number(uint64_t number, char digits[PRINT_NUMBER_SIZE])
{
	uint8_t bytes[8];
	struct text text;

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (56 - 8 * i));
	text_init(&text, digits, PRINT_NUMBER_SIZE);
	text_hex(&text, bytes, sizeof(bytes));
}

void
print_number_member(struct json_writer *json, const char *key, uint64_t value)
{
	char digits[PRINT_NUMBER_SIZE];

	if (value == 0)
		return;
	print_number(value, digits);
	json_string(json, key, digits);
}

void
print_string_member(struct json_writer *json, const char *key,
		    const char *value)
{
	if (value && *value)
		json_string(json, key, value);
}

static void
begin(struct json_writer *json, struct text *text, const char *kind,
      const struct print_head *head)
{
	json_writer_init(json, text);
	json_open_object(json, NULL);
	json_u64(json, "v", 1);
	json_string(json, "kind", kind);
	json_time(json, "time", head->time.us);
	print_number_member(json, "case", head->case_id);
	print_string_member(json, "party", head->party);
}

static void
end(struct json_writer *json, struct text *text)
{
	json_close_object(json);
	text_char(text, '\n');
}

void
print_case(struct text *text, const struct print_case *line)
{
	struct json_writer json;

	begin(&json, text, "case", &line->head);
	json_string(&json, "certainty", line->certainty);
	json_string(&json, "state", case_state_name(line->state));
	json_i64(&json, "score", line->score_milli);
	json_open_array(&json, "classes");
	for (unsigned class = 1; class < RSIT_CLASS_COUNT; class ++)
		if (line->classes & 1u << class)
			json_string(&json, NULL, rsit_class_name(class));
	json_close_array(&json);
	json_time(&json, "opened", line->opened.us);
	json_time(&json, "due", line->due.us);
	json_time(&json, "closed", line->closed.us);
	if (line->record)
		case_why_json(&json, line->record, line->policy);
	end(&json, text);
}

void
print_notice(struct text *text, const struct print_notice *line)
{
	struct json_writer json;

	begin(&json, text, "notice", &line->head);
	print_number_member(&json, "notice", line->notice);
	json_string(&json, "channel", line->channel);
	json_u64(&json, "step", line->step);
	print_string_member(&json, "code", line->code);
	end(&json, text);
}

void
print_measure(struct text *text, const struct print_measure *line)
{
	struct json_writer json;

	begin(&json, text, "measure", &line->head);
	json_string(&json, "measure", measure_kind_name(line->kind));
	json_string(&json, "action", line->action);
	json_string(&json, "target", line->target);
	json_time(&json, "expires", line->expires.us);
	print_string_member(&json, "reason", line->reason);
	print_number_member(&json, "number", line->measure);
	end(&json, text);
}

void
print_refused(struct text *text, const struct print_refused *line)
{
	struct json_writer json;

	begin(&json, text, "refused", &line->head);
	json_string(&json, "what", line->what);
	json_string(&json, "why", line->why);
	end(&json, text);
}

void
print_receipt(struct text *text, const struct print_receipt *line)
{
	struct json_writer json;

	begin(&json, text, "receipt", &line->head);
	print_number_member(&json, "notice", line->notice);
	json_string(&json, "receipt", receipt_kind_name(line->kind));
	if (line->correction)
		json_bool(&json, "correction", true);
	print_string_member(&json, "proof", line->proof);
	end(&json, text);
}

void
print_effect(struct text *text, const struct print_effect *line)
{
	struct json_writer json;

	begin(&json, text, "effect", &line->head);
	print_number_member(&json, "number", line->measure);
	json_string(&json, "action", line->action);
	json_string(&json, "effect", effect_kind_name(line->kind));
	json_string(&json, "device", line->device);
	print_string_member(&json, "detail", line->detail);
	end(&json, text);
}

void
print_result(struct text *text, const struct print_result *line)
{
	struct json_writer json;

	begin(&json, text, "result", &line->head);
	if (line->recall)
		json_u64(&json, "recall", line->recall);
	json_string(&json, "act", line->act);
	print_string_member(&json, "actor", line->actor);
	json_string(&json, "outcome", line->outcome);
	print_string_member(&json, "from", line->from);
	print_string_member(&json, "state", line->state);
	json_u64(&json, "measures_off", line->measures_off);
	print_string_member(&json, "message", line->message);
	end(&json, text);
}
