/* SPDX-License-Identifier: Apache-2.0 */
/* An identity answer as a line of JSON, and in plain words. */
#include "role/print_who.h"

#include <stdio.h>

#include "base/json_writer.h"

void
print_who_json(struct text *text, const struct binding_list *list,
	       const struct identity_answer *answer)
{
	bool named = answer->certainty >= CERTAINTY_PROBABLE;
	struct json_writer json;

	json_writer_init(&json, text);
	json_open_object(&json, NULL);
	json_u64(&json, "v", 1);
	json_string(&json, "kind", "who");
	json_string(&json, "certainty", certainty_name(answer->certainty));
	if (named) {
		json_string(&json, "party",
			    binding_list_party(list, answer->party));
		json_time(&json, "from", answer->binding.start.us);
		if (answer->binding.end.us != INT64_MAX) {
			json_time(&json, "to", answer->binding.end.us);
			json_string(&json, "end",
				    answer->binding.marks & BINDING_END_INFERRED
					? "inferred"
					: "observed");
		}
	}
	json_u64(&json, "candidates", answer->candidates);
	json_open_array(&json, "reasons");
	for (uint8_t i = 0; i < answer->reason_count; i++)
		json_string(&json, NULL, answer->reasons[i]);
	json_close_array(&json);
	json_open_array(&json, "sources");
	for (uint8_t i = 0; i < answer->source_count; i++) {
		const struct binding *row = &answer->sources[i];
		char hash[17];

		snprintf(hash, sizeof(hash), "%016llx",
			 (unsigned long long)row->hash);
		json_open_object(&json, NULL);
		json_string(&json, "file",
			    binding_list_source(list, row->source));
		json_u64(&json, "offset", row->offset);
		json_string(&json, "hash", hash);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_close_object(&json);
	text_char(text, '\n');
}

void
print_who(struct text *text, const struct binding_list *list,
	  const struct identity_answer *answer)
{
	static const char *const words[CERTAINTY_COUNT] = {
	    "nobody held it", "the record of that time has been erased",
	    "several parties could be meant; none is named",
	    "probably, not confirmed: ", "certainly: "};

	text_add(text, words[answer->certainty]);
	if (answer->certainty >= CERTAINTY_PROBABLE)
		text_add(text, binding_list_party(list, answer->party));
	text_char(text, '\n');
	for (uint8_t i = 0; i < answer->reason_count; i++) {
		text_add(text, "  ");
		text_add(text, answer->reasons[i]);
		text_char(text, '\n');
	}
}
