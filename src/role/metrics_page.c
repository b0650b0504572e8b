/* SPDX-License-Identifier: Apache-2.0 */
/* What /healthz and /metrics say, from the counter pages. */
#include <string.h>

#include "base/json_writer.h"
#include "role/counter_table.h"
#include "role/counters.h"
#include "role/metrics.h"

/* As units of their own all are expected but those that few need. */
static const struct {
	const char *name;
	unsigned wanted;
	bool optional;
} roles[] = {
    {"sensor", COUNTER_RUN_WANTED_SENSOR, false},
    {"desk", COUNTER_RUN_WANTED_DESK, false},
    {"notifier", COUNTER_RUN_WANTED_NOTIFIER, false},
    {"enforcer", COUNTER_RUN_WANTED_ENFORCER, true},
    {"registrar", COUNTER_RUN_WANTED_REGISTRAR, true},
    {"web", COUNTER_RUN_WANTED_WEB, true},
    {"metrics", COUNTER_RUN_WANTED_METRICS, false},
};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

/*
 * That it lives is the kernel's word, that it is ready the role's own, and that
 * it still goes around shows.
 */
static bool
role_health(struct json_writer *json, const char *run_dir, const char *name)
{
	const struct counters *page = counters_open(run_dir, name);
	const int64_t since = page ? counters_ready_since_us(page) : 0;
	const bool lives = counters_held(run_dir, name);
	const bool stuck = since &&
			   counters_silent_us(page) > ROLE_SILENT_US_MAX;
	const char *state = "down";

	if (lives && stuck)
		state = "stuck";
	else if (lives)
		state = since ? "ready" : "starting";
	json_open_object(json, name);
	json_string(json, "state", state);
	json_time(json, "since", lives && since ? since : TIMES_UNSET_US);
	json_close_object(json);
	counters_close(page);
	return lives && since && !stuck;
}

static bool
is_expected(const struct counters *run, size_t i, const char *run_dir)
{
	const struct counters *page;

	if (run)
		return counters_get(run, roles[i].wanted) != 0;
	if (!roles[i].optional)
		return true;
	page = counters_open(run_dir, roles[i].name);
	counters_close(page);
	return page != NULL;
}

bool
metrics_health(struct text *text, const char *run_dir, bool supervised)
{
	const struct counters *run = counters_open(run_dir, "run");
	struct json_writer json;
	bool healthy = true;

	json_writer_init(&json, text);
	json_open_object(&json, NULL);
	json_u64(&json, "v", 1);
	json_string(&json, "kind", "health");
	json_open_object(&json, "roles");
	for (size_t i = 0; i < ROLES; i++)
		if (is_expected(supervised ? run : NULL, i, run_dir))
			healthy = role_health(&json, run_dir, roles[i].name) &&
				  healthy;
	json_close_object(&json);
	json_bool(&json, "ready", healthy);
	json_close_object(&json);
	text_char(text, '\n');
	counters_close(run);
	return healthy;
}

static struct slice
base_name(const char *name)
{
	const char *brace = strchr(name, '{');

	return (struct slice){name,
			      brace ? (size_t)(brace - name) : strlen(name)};
}

/* HELP and TYPE stand once before all rows of a name. */
static void
row_head(struct text *text, const struct counter_row *row)
{
	const struct slice name = base_name(row->name);

	text_add(text, "# HELP ");
	text_slice(text, name);
	text_char(text, ' ');
	text_add(text, row->help);
	text_add(text, "\n# TYPE ");
	text_slice(text, name);
	text_char(text, ' ');
	text_add(text, row->type);
	text_char(text, '\n');
}

void
metrics_page(struct text *text, const char *run_dir)
{
	const struct counters *page = NULL;
	const char *role = "";
	struct slice before = {"", 0};

	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		const struct counter_row *row = &counter_rows[i];
		const struct slice name = base_name(row->name);

		if (strcmp(role, row->role) != 0) {
			counters_close(page);
			role = row->role;
			page = counters_open(run_dir, role);
		}
		if (!page)
			continue;
		if (name.length != before.length ||
		    memcmp(name.at, before.at, name.length) != 0)
			row_head(text, row);
		before = name;
		text_add(text, row->name);
		text_char(text, ' ');
		text_u64(text, counters_get(page, i));
		text_char(text, '\n');
	}
	counters_close(page);
}
