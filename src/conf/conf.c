/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a configuration: file, tree, table, and what the table can't say. */
#include "conf/conf.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "conf/node.h"
#include "conf/schema.h"

void
conf_free(struct conf *conf)
{
	if (!conf)
		return;
	for (uint32_t i = 0; i < conf->policy.protected_count; i++)
		memory_free((char *)conf->policy.protected_labels[i]);
	memory_free((char **)conf->policy.protected_labels);
	memory_free((struct flow_exporter_conf *)conf->flow.exporters);
	memory_free(conf->inside_items);
	memory_free(conf->binding_files);
	memory_free(conf->indicator_files);
	memory_free(conf->essential);
	memory_free(conf->quarantine.infrastructure);
	memory_free(conf->account_sources);
	memory_free(conf->registrar.clients);
	memory_free(conf->registrar.files);
	memory_free(conf->registrar.databases);
	memory_free(conf->registrar.senders);
	memory_free(conf->registrar.exporters);
	memory_free(conf->registrar.plans);
	prefix_map_free(conf->inside);
	memory_free(conf);
}

static void
join(char path[CONF_PATH_SIZE], const char *folder, const char *name)
{
	struct text text;

	text_init(&text, path, CONF_PATH_SIZE);
	text_add(&text, folder);
	text_add(&text, name);
}

/* CONTRACT's places for who runs it, where the file names none. */
static void
set_folders(struct conf *conf)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *run = getenv("XDG_RUNTIME_DIR");
	const char *home = getenv("HOME");
	bool root = geteuid() == 0;

	if (!conf->state_dir[0]) {
		if (root)
			join(conf->state_dir, "/var/lib/lazaret", "");
		else if (state && *state == '/')
			join(conf->state_dir, state, "/lazaret");
		else
			join(conf->state_dir, home ? home : "",
			     "/.local/state/lazaret");
	}
	if (conf->run_dir[0])
		return;
	if (root)
		join(conf->run_dir, "/run/lazaret", "");
	else if (run && *run == '/')
		join(conf->run_dir, run, "/lazaret");
	else
		join(conf->run_dir, conf->state_dir, "/run");
}

static void
set_derived(struct conf *conf)
{
	const char *zone = conf->notice.zone_name;
	int64_t lateness_us = 0;
	uint32_t sampling = 1;

	for (size_t i = 0; i < conf->flow.exporter_count; i++) {
		const struct flow_exporter_conf *exporter =
		    &conf->flow.exporters[i];
		int64_t sum_us = ((int64_t)exporter->active_timeout_s +
				  exporter->inactive_timeout_s) *
				 TIMES_SECOND_US;

		if (sum_us > lateness_us)
			lateness_us = sum_us;
		if (exporter->sampling > sampling)
			sampling = exporter->sampling;
	}
	if (lateness_us > TIMES_HOUR_US)
		lateness_us = TIMES_HOUR_US;
	if (!conf->detect.lateness_us)
		conf->detect.lateness_us = lateness_us ? lateness_us
						       : 120 * TIMES_SECOND_US;
	if (!conf->detect.sampling)
		conf->detect.sampling = sampling;
	conf->detect.weight_spoofable_max_milli =
	    conf->policy.spoofable_max_milli;
	if (!conf->notice.operator_name[0])
		text_copy(conf->notice.operator_name,
			  sizeof(conf->notice.operator_name),
			  slice_of(conf->network_name));
	if (zone[0] == '+' || zone[0] == '-')
		conf->notice.zone_offset_s =
		    (zone[0] == '-' ? -60 : 60) *
		    (((zone[1] - '0') * 10 + zone[2] - '0') * 60 +
		     (zone[4] - '0') * 10 + zone[5] - '0');
	conf->detect.items = conf->inside_items;
	set_folders(conf);
}

static int
build_inside(struct conf *conf)
{
	int error = 0;

	if (!conf->inside_count)
		return 0;
	conf->inside = prefix_map_new();
	if (!conf->inside)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < conf->inside_count && !error; i++)
		error = prefix_map_add(conf->inside,
				       &conf->inside_items[i].prefix,
				       (uint32_t)i);
	if (!error)
		error = prefix_map_seal(conf->inside);
	conf->detect.inside = conf->inside;
	return error;
}

/* "https://portal.example.net:8443": goes into headers as it is. */
static bool
is_site(const char *url)
{
	const char *host = strncmp(url, "https://", 8) == 0  ? url + 8
			   : strncmp(url, "http://", 7) == 0 ? url + 7
							     : "";

	return *host && host[strspn(host, "abcdefghijklmnopqrstuvwxyz"
					  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789.-:[]")] == '\0';
}

static void
check_portal(const struct conf *conf, const struct node *root,
	     struct conf_errors *errors)
{
	const struct node *portal = node_find(root, "portal");
	const struct node *url = portal ? node_find(portal, "url") : NULL;

	if (url && !is_site(conf->web.url))
		conf_errors_add(errors, url->line, url->column,
				"portal.url: '%s'; expected a scheme and a "
				"host, such as https://portal.example.net",
				conf->web.url);
}

/* Names aren't looked up behind a sandbox; a password stands in its file. */
static void
check_store(const struct conf *conf, const struct node *root,
	    struct conf_errors *errors)
{
	const struct node *store = node_find(root, "store");
	const char *where = conf->store.postgres, *wrong = NULL;
	const char *host = strstr(where, "host=");

	if (!where[0] && conf->store.password_file[0])
		wrong = "password_file: goes with postgres";
	else if (strstr(where, "password="))
		wrong = "postgres: holds a password; expected it in "
			"password_file";
	else if (where[0] && (!host || host[5] != '/') &&
		 !strstr(where, "hostaddr="))
		wrong = "postgres: expected host=/FOLDER of its socket, or "
			"hostaddr=ADDRESS";
	if (store && wrong)
		conf_errors_add(errors, store->line, store->column, "store: %s",
				wrong);
}

static void
check_smtp(const struct conf *conf, const struct node *root,
	   struct conf_errors *errors)
{
	const struct node *notice = node_find(root, "notice");
	const struct node *smtp = notice ? node_find(notice, "smtp") : NULL;
	struct endpoint server;

	if (!smtp)
		return;
	if (endpoint_parse(slice_of(conf->notice.smtp), &server) != 0 ||
	    server.port <= 0 || server.proto >= 0)
		conf_errors_add(errors, smtp->line, smtp->column,
				"notice.smtp: '%s'; expected an address and "
				"port such as 127.0.0.1:25",
				conf->notice.smtp);
	else if ((!conf->notice.contacts[0] && !conf->account_source_count) ||
		 !conf->notice.from[0])
		conf_errors_add(errors, smtp->line, smtp->column,
				"notice.smtp: needs notice.from, and "
				"notice.contacts or accounts");
}

/* What one row can't see: keys that need one another. */
static void
check_together(const struct conf *conf, const struct node *root,
	       struct conf_errors *errors)
{
	const struct node *mode = node_find(root, "mode");
	const struct node *live = node_find(root, "live");
	bool notice = false, any = false;

	for (unsigned act = 0; act < ACT_COUNT; act++)
		for (unsigned i = 0; i < RSIT_CLASS_COUNT; i++) {
			any = any || conf->policy.live[act][i];
			notice = notice || (act == ACT_NOTICE &&
					    conf->policy.live[act][i]);
		}
	if (mode && conf->policy.live_mode && !any && errors->count == 0)
		conf_errors_add(
		    errors, mode->line, mode->column,
		    "mode: live, but 'live' names nothing; expected "
		    "acts such as live: [notice, filter.ddos]");
	if (notice && ((!conf->notice.maildir[0] && !conf->notice.smtp[0]) ||
		       !conf->notice.from[0] || !conf->notice.phone[0]))
		conf_errors_add(errors, live->line, live->column,
				"live: notices can't go live without "
				"notice.maildir or notice.smtp, notice.from "
				"and notice.phone");
	if (conf->quarantine.driver != QUARANTINE_OFF && !conf->essential_count)
		conf_errors_add(errors, node_find(root, "quarantine")->line,
				node_find(root, "quarantine")->column,
				"quarantine.driver: 'essential' is empty; "
				"expected the prefixes no measure may cut");
	check_portal(conf, root, errors);
	check_smtp(conf, root, errors);
	check_store(conf, root, errors);
	schema_registrar_check(conf, root, errors);
	schema_trial_check(conf, root, errors);
	schema_ladders_check(conf, root, errors);
	if (conf->policy.measure_at_milli < conf->policy.notice_at_milli)
		conf_errors_add(errors, root->line, root->column,
				"policy.measure_at: below policy.notice_at; "
				"nobody is limited before being told");
}

/* The absolute folder of a file; "" when it can't be said in CONF_PATH_SIZE. */
static void
set_place(const char *name, char file[CONF_PATH_SIZE],
	  char folder[CONF_PATH_SIZE])
{
	char here[PATH_MAX];
	const char *slash;

	file[0] = '\0';
	if (name[0] != '/' && getcwd(here, sizeof(here))) {
		join(file, here, "/");
		join(folder, file, name);
		memcpy(file, folder, CONF_PATH_SIZE);
	} else {
		join(file, name, "");
	}
	join(folder, file, "");
	slash = strrchr(folder, '/');
	folder[slash ? slash - folder : 0] = '\0';
}

int
conf_parse(const char *name, const char *bytes, size_t length,
	   struct conf **conf, struct conf_errors *errors)
{
	char folder[CONF_PATH_SIZE];
	struct reading reading = {.errors = errors, .folder = folder};
	struct conf *made = memory_new(1, sizeof(*made));
	struct node *root;
	int error = LZ_E_MEMORY;

	*conf = NULL;
	memset(errors, 0, sizeof(*errors));
	if (!made)
		return LZ_E_MEMORY;
	case_policy_init(&made->policy);
	set_place(name, made->file, folder);
	root = node_parse(bytes, length, errors);
	if (root) {
		schema_read(&reading, schema_root(), made, root, "");
		schema_hours_check(made, root, errors);
		check_together(made, root, errors);
		set_derived(made);
		error = reading.no_memory ? LZ_E_MEMORY : build_inside(made);
	}
	node_free(root);
	if (errors->count)
		error = LZ_E_FORMAT;
	if (error)
		conf_free(made);
	else
		*conf = made;
	return error;
}

int
conf_default(struct conf **conf)
{
	struct conf_errors errors = {0};
	struct reading reading = {.errors = &errors, .folder = ""};
	struct conf *made = memory_new(1, sizeof(*made));

	*conf = made;
	if (!made)
		return LZ_E_MEMORY;
	case_policy_init(&made->policy);
	schema_defaults(&reading, schema_root(), made);
	set_derived(made);
	return 0;
}

int
conf_read(const char *path, struct conf **conf, struct conf_errors *errors)
{
	FILE *file = fopen(path, "re");
	char *bytes = memory_new(NODE_BYTES_MAX + 1, 1);
	size_t length = 0;
	int error;

	*conf = NULL;
	memset(errors, 0, sizeof(*errors));
	if (file && bytes)
		length = fread(bytes, 1, NODE_BYTES_MAX + 1, file);
	if (!bytes || !file || ferror(file)) {
		error = bytes ? -errno : LZ_E_MEMORY;
		conf_errors_add(errors, 0, 0, "%s", lz_strerror(error));
	} else {
		error = conf_parse(path, bytes, length, conf, errors);
	}
	if (file)
		fclose(file);
	memory_free(bytes);
	return error;
}

const char *
conf_path(const char *given, const char *environment)
{
	static const char standard[] = "/etc/lazaret/lazaret.yaml";

	if (given)
		return given;
	if (environment && *environment)
		return environment;
	return access(standard, F_OK) == 0 ? standard : NULL;
}

void
conf_errors_format(struct text *text, const char *file,
		   const struct conf_errors *errors)
{
	for (size_t i = 0; i < errors->count && i < CONF_ERRORS_MAX; i++) {
		const struct conf_error *error = &errors->errors[i];

		text_add(text, file);
		if (error->line) {
			text_char(text, ':');
			text_u64(text, error->line);
			text_char(text, ':');
			text_u64(text, error->column);
		}
		text_add(text, ": ");
		text_add(text, error->message);
		text_char(text, '\n');
	}
}

void
conf_print(struct text *text, const struct conf *conf)
{
	schema_print(text, schema_root(), conf);
}
