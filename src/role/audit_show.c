/* SPDX-License-Identifier: Apache-2.0 */
/* A line a look-up. */
#include "role/audit_show.h"

#include <stdio.h>

#include "base/json_writer.h"
#include "fact/rsit.h"
#include "role/print_case.h"

#define LINE_SIZE 2048

static void
show_json(struct text *text, const struct store_audit *audit)
{
	struct json_writer json;

	json_writer_init(&json, text);
	json_open_object(&json, NULL);
	json_u64(&json, "v", 1);
	json_string(&json, "kind", "look-up");
	json_time(&json, "time", audit->time.us);
	json_string(&json, "actor", audit->actor);
	json_string(&json, "question", audit->question);
	json_string(&json, "certainty",
		    certainty_name((enum certainty)audit->certainty));
	if (audit->party.value)
		print_number_member(&json, "party", audit->party.value);
	json_bool(&json, "reveal", audit->reveal);
	if (*audit->why)
		json_string(&json, "why", audit->why);
	if (*audit->about)
		json_string(&json, "case", audit->about);
	json_close_object(&json);
}

static void
show_words(struct text *text, const struct store_audit *audit)
{
	char digits[PRINT_NUMBER_SIZE];

	times_format(text, audit->time.us);
	text_char(text, ' ');
	text_add(text, audit->actor);
	text_add(text, ": ");
	text_add(text, audit->question);
	text_add(text, ": ");
	text_add(text, certainty_name((enum certainty)audit->certainty));
	if (audit->party.value) {
		print_number(audit->party.value, digits);
		text_char(text, ' ');
		text_add(text, digits);
	}
	if (audit->reveal)
		text_add(text, ", account shown");
	text_add(text, *audit->why ? "; why: " : "; no reason given");
	text_add(text, audit->why);
	if (*audit->about) {
		text_add(text, "; case ");
		text_add(text, audit->about);
	}
}

static int
show_one(void *context, const struct store_audit *audit)
{
	const bool *json = context;
	char line[LINE_SIZE];
	struct text text;

	text_init(&text, line, sizeof(line));
	(*json ? show_json : show_words)(&text, audit);
	puts(line);
	return 0;
}

int
audit_show(struct store *store, struct at_event since, bool json)
{
	return audit_store_list(store, since, show_one, &json);
}
