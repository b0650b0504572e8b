/* SPDX-License-Identifier: Apache-2.0 */
/* What check-config prints: errors and sentences, for people and programs. */
#include "cmd/check_print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json_writer.h"

static void
json_error(struct text *text, const char *file, const struct conf_error *error)
{
	struct json_writer json;

	json_writer_init(&json, text);
	json_open_object(&json, NULL);
	json_u64(&json, "v", 1);
	json_string(&json, "kind", "error");
	json_string(&json, "file", file);
	if (error->line) {
		json_u64(&json, "line", error->line);
		json_u64(&json, "column", error->column);
	}
	json_string(&json, "message", error->message);
	json_close_object(&json);
	text_char(text, '\n');
}

void
check_print_result(struct text *text, const char *file, size_t errors)
{
	struct json_writer json;

	json_writer_init(&json, text);
	json_open_object(&json, NULL);
	json_u64(&json, "v", 1);
	json_string(&json, "kind", "check-config");
	json_string(&json, "file", file);
	json_bool(&json, "valid", errors == 0);
	json_u64(&json, "errors", errors);
	json_close_object(&json);
	text_char(text, '\n');
}

void
check_print_errors(struct text *text, const char *file,
		   const struct conf_errors *errors)
{
	for (size_t i = 0; i < errors->count && i < CONF_ERRORS_MAX; i++)
		json_error(text, file, &errors->errors[i]);
}

/* A sentence under its topic; the topic stands once. */
struct page {
	struct text *text;
	const char *topic;
	bool json;
};

static void
say(void *context, const char *topic, const char *sentence)
{
	struct page *page = context;
	struct json_writer json;

	if (page->json) {
		json_writer_init(&json, page->text);
		json_open_object(&json, NULL);
		json_u64(&json, "v", 1);
		json_string(&json, "kind", "statement");
		json_string(&json, "topic", topic);
		json_string(&json, "text", sentence + strspn(sentence, " "));
		json_close_object(&json);
		text_char(page->text, '\n');
		return;
	}
	if (!page->topic || strcmp(page->topic, topic) != 0) {
		text_add(page->text, page->topic ? "\n" : "");
		text_add(page->text, topic);
		text_char(page->text, '\n');
	}
	page->topic = topic;
	text_add(page->text, "  ");
	text_add(page->text, sentence);
	text_char(page->text, '\n');
}

/* What the roles will read, tried by whoever asks: a list that isn't there
 * names nobody, and that is found out too late. */
static void
say_files(struct page *page, char (*paths)[CONF_PATH_SIZE], size_t count,
	  const char *what)
{
	char line[CONF_PATH_SIZE + 160];

	for (size_t i = 0; i < count; i++) {
		if (access(paths[i], R_OK) == 0)
			continue;
		snprintf(line, sizeof(line), "%s can't be read here: %s: %s",
			 paths[i], lz_strerror(-errno), what);
		say(page, "Files that are MISSING", line);
	}
}

void
check_print_words(struct text *text, const struct conf *conf, bool json)
{
	struct page page = {.text = text, .json = json};

	conf_explain(conf, (int64_t)time(NULL) * TIMES_SECOND_US, say, &page);
	say_files(&page, conf->binding_files, conf->binding_file_count,
		  "without it nobody is named by it");
	say_files(&page, conf->indicator_files, conf->indicator_file_count,
		  "without it nothing is found by it");
}
