/* SPDX-License-Identifier: Apache-2.0 */
/* An identity answer as a line of JSON, and in plain words. */
#include "role/print_who.h"

#include "base/json_writer.h"
#include "base/times.h"
#include "role/print_case.h"

/* The number where parties have one, else what the user's own file says. */
static const char *
party_text(const struct who_said *said, char digits[PRINT_NUMBER_SIZE])
{
	if (!said->numbered)
		return said->account;
	digits[0] = '\0';
	if (said->party.value)
		print_number(said->party.value, digits);
	return digits;
}

static void
json_party(struct json_writer *json, const struct who_said *said)
{
	const struct binding *row = &said->answer.binding;
	char digits[PRINT_NUMBER_SIZE];
	const char *party = party_text(said, digits);

	if (*party)
		json_string(json, "party", party);
	if (said->numbered && said->reveal && said->account[0])
		json_string(json, "account", said->account);
	if (said->reveal && said->reseller[0])
		json_string(json, "reseller", said->reseller);
	json_time(json, "from", row->start.us);
	if (row->end.us == INT64_MAX)
		return;
	json_time(json, "to", row->end.us);
	json_string(json, "end",
		    row->marks & BINDING_END_INFERRED ? "inferred"
						      : "observed");
}

static void
json_source(struct json_writer *json, const struct who_source *source)
{
	json_open_object(json, NULL);
	if (source->file[0]) {
		json_string(json, "file", source->file);
		json_u64(json, "offset", source->offset);
		json_string(json, "hash", source->hash);
	}
	if (source->name[0])
		json_string(json, "source", source->name);
	json_close_object(json);
}

void
print_who_json(struct text *text, const struct who_said *said)
{
	const struct identity_answer *answer = &said->answer;
	struct json_writer json;

	json_writer_init(&json, text);
	json_open_object(&json, NULL);
	json_u64(&json, "v", 1);
	json_string(&json, "kind", "who");
	json_string(&json, "certainty", certainty_name(answer->certainty));
	if (answer->certainty >= CERTAINTY_PROBABLE)
		json_party(&json, said);
	json_u64(&json, "candidates", answer->candidates);
	json_open_array(&json, "reasons");
	for (uint8_t i = 0; i < answer->reason_count; i++)
		json_string(&json, NULL, answer->reasons[i]);
	json_close_array(&json);
	json_open_array(&json, "sources");
	for (uint8_t i = 0; i < answer->source_count; i++)
		json_source(&json, &said->sources[i]);
	json_close_array(&json);
	json_close_object(&json);
	text_char(text, '\n');
}

static void
words_party(struct text *text, const struct who_said *said)
{
	char digits[PRINT_NUMBER_SIZE];
	const char *party = party_text(said, digits);

	text_add(text, *party ? party : "one party, without a number yet");
	if (said->numbered && said->reveal && said->account[0]) {
		text_add(text, ", account ");
		text_add(text, said->account);
	}
	if (said->reveal && said->reseller[0]) {
		text_add(text, ", a customer of ");
		text_add(text, said->reseller);
	}
}

static void
words_span(struct text *text, const struct binding *row)
{
	text_add(text, "  it held it from ");
	times_format(text, row->start.us);
	if (row->end.us == INT64_MAX) {
		text_add(text, ", and still when its source last spoke");
	} else {
		text_add(text, " to ");
		times_format(text, row->end.us);
		text_add(text, row->marks & BINDING_END_INFERRED
				   ? " (inferred: nobody said so)"
				   : "");
	}
	text_char(text, '\n');
}

static void
words_source(struct text *text, const struct who_source *source)
{
	text_add(text, "  from ");
	if (source->name[0])
		text_add(text, source->name);
	if (source->name[0] && source->file[0])
		text_add(text, ": ");
	if (source->file[0]) {
		text_add(text, source->file);
		/* What is no file (deterministic NAT) has no place in it. */
		if (source->hash[0]) {
			text_add(text, " at byte ");
			text_u64(text, source->offset);
		}
	} else {
		text_add(text, ", whose record is no longer kept");
	}
	text_char(text, '\n');
}

void
print_who(struct text *text, const struct who_said *said)
{
	static const char *const words[CERTAINTY_COUNT] = {
	    "nobody held it", "the record of that time has been erased",
	    "several parties could be meant; none is named",
	    "probably, not confirmed: ", "certainly: "};
	const struct identity_answer *answer = &said->answer;

	text_add(text, words[answer->certainty]);
	if (answer->certainty >= CERTAINTY_PROBABLE)
		words_party(text, said);
	text_char(text, '\n');
	if (answer->certainty >= CERTAINTY_PROBABLE)
		words_span(text, &answer->binding);
	for (uint8_t i = 0; i < answer->reason_count; i++) {
		text_add(text, "  ");
		text_add(text, answer->reasons[i]);
		text_char(text, '\n');
	}
	for (uint8_t i = 0; i < answer->source_count; i++)
		words_source(text, &said->sources[i]);
}
