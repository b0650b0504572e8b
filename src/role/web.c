/* SPDX-License-Identifier: Apache-2.0 */
/* The web role: what it opens, keeps and writes. */
#include "role/web.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "role/audit.h"
#include "role/command.h"
#include "role/counter_table.h"
#include "role/registrar_webhook.h"
#include "role/sqlite_calls.h"
#include "role/web_state.h"

#define CONNECTIONS_MAX 256
#define PER_SOURCE_MAX 24
#define DEADLINE_MS 10000
#define HOUSEKEEP_TICKS 60
enum { EXIT_CONF = 3, EXIT_FAULT = 70 };

/* ----------------------------------------------------------------- before */

static void
paths_fill(struct web *web)
{
	const struct role *role = web->role;

	snprintf(web->desk_folder, WEB_PATH_SIZE, "%s/desk", role->state_root);
	snprintf(web->ack_path, WEB_PATH_SIZE, "%s/desk/ack.web",
		 role->state_root);
	snprintf(web->desk_bell, WEB_PATH_SIZE, "%s/desk.bell", role->run_dir);
	snprintf(web->spool_path, WEB_PATH_SIZE, "%s/spool", role->state_dir);
	snprintf(web->machines_path, WEB_PATH_SIZE,
		 "%s/" REGISTRAR_WEBHOOK_FOLDER, role->state_root);
	snprintf(web->machines_mark, WEB_PATH_SIZE,
		 "%s/registrar/" REGISTRAR_WEBHOOK_MARK, role->state_root);
	snprintf(web->key_path, WEB_PATH_SIZE, "%s/key", role->state_dir);
}

/* Folders that the sandbox grants must be there. */
static int
folders_make(const struct web *web)
{
	const struct role *role = web->role;
	const char *failed = web->spool_path;
	struct role_user user, desk;
	int error;

	role_user(role->conf, ROLE_WEB, &user);
	role_user(role->conf, ROLE_DESK, &desk);
	error = role_folder(failed, &user, 02750);
	if (!error) {
		failed = web->machines_path;
		error = role_folder(failed, &user, 02750);
	}
	if (!error && access(web->desk_folder, F_OK) != 0) {
		failed = web->desk_folder;
		error = role_folder(failed, &desk, 02750);
	}
	if (error)
		fprintf(stderr, "web: %s: %s\n", failed, lz_strerror(error));
	return error;
}

static int
listening_socket(const struct role *role, const char *name)
{
	for (size_t i = 0; i < role->socket_count; i++)
		if (strcmp(role->socket_names[i], name) == 0)
			return role->sockets[i];
	return -1;
}

static void housekeep(struct web *web);

static void
tick(void *context)
{
	struct web *web = context;

	counters_beat(web->role->counters);
	web_api_tick(web);
	if (web->ticks++ % HOUSEKEEP_TICKS == 0)
		housekeep(web);
}

static bool
http_start(struct web *web, int socket)
{
	const struct http_conf conf = {.socket = socket,
				       .connections_max = CONNECTIONS_MAX,
				       /* All of a proxy's come from one. */
				       .per_source_max =
					   web->role->conf->web.proxy_count
					       ? 0
					       : PER_SOURCE_MAX,
				       .posts = true,
				       .deadline_ms = DEADLINE_MS,
				       .counters = web->role->counters,
				       .answered = COUNTER_WEB_ANSWERED,
				       .refused = COUNTER_WEB_REFUSED,
				       .late = COUNTER_WEB_DEADLINES,
				       .ask = web_ask,
				       .tick = tick,
				       .context = web};

	web->http = http_open(&conf);
	return web->http != NULL;
}

static void
needs_fill(struct web *web)
{
	static const int calls[] = {SQLITE_CALLS,
				    HTTP_CALLS,
				    SCMP_SYS(flock),
				    SCMP_SYS(getdents64),
				    SCMP_SYS(msync),
				    HOLDERS_CALLS,
				    -1};

	web->read_list[0] = web->desk_folder;
	web->write_list[0] = web->role->state_dir;
	if (web->holders && *holders_folder(web->holders)) {
		web->read_list[1] = web->registrar_folder;
		web->write_list[1] = holders_folder(web->holders);
	}
	web->needs = (struct role_needs){.read_paths = web->read_list,
					 .write_paths = web->write_list,
					 .syscalls = calls};
	store_place_needs(web->role->conf, &web->store_needs, &web->needs);
}

static bool
random_fill(struct web *web)
{
	const size_t sizes[] = {sizeof(web->fresh_key), sizeof(web->codes.key),
				sizeof(web->orders.key),
				sizeof(web->tokens.key)};
	void *const places[] = {web->fresh_key, web->codes.key, web->orders.key,
				web->tokens.key};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (getrandom(places[i], sizes[i], 0) != (ssize_t)sizes[i])
			return false;
	return true;
}

int
web_open(struct role *role, struct web **web)
{
	struct web *made = memory_new(1, sizeof(*made));
	const int socket = listening_socket(role, "portal");
	const int api = listening_socket(role, "api");
	int code = 0;

	*web = made;
	if (!made)
		return EXIT_FAULT;
	made->role = role;
	made->ring = -1;
	paths_fill(made);
	if (socket < 0) {
		fputs("web: no socket was handed down\n", stderr);
		return EXIT_CONF;
	}
	if (folders_make(made) != 0 ||
	    store_place(role->conf, role->state_root, "desk", "web",
			&made->place) != 0)
		return EXIT_CONF;
	made->ring = spool_bell_open();
	if (made->ring < 0 || !random_fill(made) || !http_start(made, socket)) {
		fputs("web: HTTP can't be started\n", stderr);
		return EXIT_FAULT;
	}
	if (api >= 0)
		code = web_api_open(made, api);
	needs_fill(made);
	return code;
}

const struct role_needs *
web_needs(struct web *web)
{
	return &web->needs;
}

/* ----------------------------------------------------------------- behind */

/* The key outlives the process: whoever has just pressed the button is told
 * what came of it by the next one. */
static int
key_begin(struct web *web)
{
	int fd = open(web->key_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ssize_t n;
	int error = 0;

	if (fd < 0)
		return -errno;
	n = pread(fd, web->key, sizeof(web->key), 0);
	if (n != (ssize_t)sizeof(web->key)) {
		memcpy(web->key, web->fresh_key, sizeof(web->key));
		if (pwrite(fd, web->key, sizeof(web->key), 0) !=
			(ssize_t)sizeof(web->key) ||
		    fdatasync(fd) != 0)
			error = -errno;
	}
	close(fd);
	return error;
}

static int
begin(struct web *web)
{
	const char *failed = web->key_path;
	uint64_t read = 0;
	int error = key_begin(web);

	if (!error) {
		failed = web->spool_path;
		error = spool_writer_open(failed, &web->spool);
	}
	/* Goes on where the desk has read already, should it be lost. */
	if (!error && spool_watermark_read(web->ack_path, &read) == 0 &&
	    read > spool_writer_last(web->spool))
		error = spool_writer_skip(web->spool, read);
	if (!error && web->api && web->role->conf->registrar.webhook) {
		failed = web->machines_path;
		error = web_machines_open(web);
	}
	if (error)
		fprintf(stderr, "web: %s: %s\n", failed, lz_strerror(error));
	return error;
}

static void
desk_close(struct web *web)
{
	store_close(web->desk);
	web->desk = NULL;
}

/* The desk's store, once it is there; anew when another file stands there. */
bool
web_desk_readable(struct web *web)
{
	const uint64_t stamp = store_place_stamp(&web->place);
	char message[STORE_MESSAGE_SIZE];
	int error;

	if (web->desk && stamp == web->desk_stamp)
		return true;
	desk_close(web);
	web->desk_stamp = stamp;
	error = store_open_reader(web->place.where, &sql_desk, &web->desk,
				  message);
	if (error && error != web->desk_error && error != -ENOENT &&
	    error != LZ_E_STATE)
		fprintf(stderr, "web: %s: %s\n", web->place.name, message);
	web->desk_error = error;
	return !error;
}

void
web_desk_failed(struct web *web, int error)
{
	counters_add(web->role->counters, COUNTER_WEB_FAILED, 1);
	if (error != web->desk_error)
		fprintf(stderr, "web: %s: %s (%s)\n", web->place.name,
			lz_strerror(error),
			web->desk ? store_message(web->desk) : "");
	web->desk_error = error;
	desk_close(web);
}

int
web_order(struct web *web, uint64_t case_id, const char *did,
	  struct at_event now, uint64_t *sequence)
{
	struct command command = {.act = CASE_EVENT_RELEASE,
				  .case_id = case_id,
				  .time = now,
				  .actor = "subscriber"};
	uint8_t bytes[COMMAND_BYTES_MAX];
	struct writer writer;
	int error;

	(void)text_copy(command.reason, sizeof(command.reason), slice_of(did));
	writer_init(&writer, bytes, sizeof(bytes));
	command_encode(&writer, &command);
	error = writer.failed ? LZ_E_FULL
			      : spool_writer_append(web->spool, bytes,
						    writer.length, sequence);
	if (!error)
		error = spool_writer_sync(web->spool);
	if (error) {
		counters_add(web->role->counters, COUNTER_WEB_FAILED, 1);
		fprintf(stderr, "web: %s: %s\n", web->spool_path,
			lz_strerror(error));
		return error;
	}
	counters_add(web->role->counters, COUNTER_WEB_RELEASES, 1);
	spool_bell_ring(web->ring, web->desk_bell);
	return 0;
}

int
web_audit(struct web *web, const struct audit *audit)
{
	uint8_t bytes[AUDIT_BYTES_MAX];
	struct writer writer;
	int error;

	writer_init(&writer, bytes, sizeof(bytes));
	audit_encode(&writer, audit);
	error = writer.failed ? LZ_E_FULL
			      : spool_writer_append(web->spool, bytes,
						    writer.length, NULL);
	if (!error)
		error = spool_writer_sync(web->spool);
	if (error) {
		counters_add(web->role->counters, COUNTER_WEB_FAILED, 1);
		fprintf(stderr, "web: %s: %s\n", web->spool_path,
			lz_strerror(error));
		return error;
	}
	spool_bell_ring(web->ring, web->desk_bell);
	return 0;
}

static void
housekeep(struct web *web)
{
	uint64_t read = 0;
	int error = spool_watermark_read(web->ack_path, &read);

	if (!error)
		error = spool_writer_trim(web->spool, read);
	if (error && error != web->keep_error)
		fprintf(stderr, "web: can't clean up: %s\n",
			lz_strerror(error));
	web->keep_error = error;
	web_machines_housekeep(web);
}

int
web_run(struct web *web, const char *note)
{
	if (begin(web) != 0)
		return EXIT_CONF;
	role_ready(web->role, note);
	http_run(web->http);
	return 0;
}

void
web_free(struct web *web)
{
	if (!web)
		return;
	http_free(web->api);
	http_free(web->http);
	holders_close(web->holders);
	memory_free(web->permits);
	store_close(web->desk);
	spool_writer_close(web->spool);
	web_machines_close(web);
	if (web->ring >= 0)
		close(web->ring);
	memory_free(web);
}
