/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The portal as a subscriber meets it: over TCP, from lines of their own, with
 * the real web role and the real desk in their sandboxes.  The test plays the
 * sensor: 127.0.0.7 floods and takes orders, so it is put in a garden.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "fact/sighting.h"
#include "role/command.h"
#include "role/counter_table.h"
#include "role/counters.h"
#include "role/state_folders.h"
#include "spool/spool.h"
#include "store/desk_view.h"
#include "unit/role/running.h"
#include "web/token.h"

#define ANSWER_SIZE 65536
#define LIMITED 7   /* 127.0.0.7 */
#define NEIGHBOUR 8 /* 127.0.0.8 */
#define STRANGER 9

static const char *const desk_and_web[] = {"desk", "web", NULL};
static const char *const with_enforcer[] = {"desk", "web", "enforcer", NULL};

struct trial {
	struct running *running;
	uint16_t port;
	int status;
	char answer[ANSWER_SIZE];
};

/* ------------------------------------------------------------------ HTTP */

static int
http_connect(const struct trial *trial, unsigned line)
{
	struct sockaddr_in from = {.sin_family = AF_INET,
				   .sin_addr = {htonl(0x7f000000 + line)}};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(trial->port),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static int
http_ask(struct trial *trial, unsigned line, const char *bytes)
{
	const int fd = http_connect(trial, line);
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	size_t length = 0;

	(void)send(fd, bytes, strlen(bytes), MSG_NOSIGNAL);
	while (length < sizeof(trial->answer) - 1 &&
	       poll(&polled, 1, RUNNING_DEADLINE_MS) > 0) {
		const ssize_t n = recv(fd, trial->answer + length,
				       sizeof(trial->answer) - 1 - length, 0);

		if (n <= 0)
			break;
		length += (size_t)n;
	}
	close(fd);
	trial->answer[length] = '\0';
	trial->status = 0;
	(void)sscanf(trial->answer, "HTTP/1.1 %d", &trial->status);
	return trial->status;
}

static int
http_get_as(struct trial *trial, unsigned line, const char *host,
	    const char *path)
{
	char bytes[1024];

	snprintf(bytes, sizeof(bytes),
		 "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
		 path, host);
	return http_ask(trial, line, bytes);
}

static int
http_get(struct trial *trial, unsigned line, const char *path)
{
	char host[32];

	snprintf(host, sizeof(host), "127.0.0.1:%u", trial->port);
	return http_get_as(trial, line, host, path);
}

/* `more`: whole header lines. */
static int
http_post(struct trial *trial, unsigned line, const char *path,
	  const char *more, const char *body)
{
	char bytes[4096];

	snprintf(bytes, sizeof(bytes),
		 "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		 "Connection: close\r\nContent-Length: %zu\r\n%s\r\n%s",
		 path, trial->port, strlen(body), more, body);
	return http_ask(trial, line, bytes);
}

static bool
says(const struct trial *trial, const char *text)
{
	return strstr(trial->answer, text) != NULL;
}

/* What stands behind `before` up to one of `ends`, in the answer. */
static void
find(const struct trial *trial, const char *before, const char *ends,
     char *found, size_t size)
{
	const char *at = strstr(trial->answer, before);
	size_t length;

	if (!at)
		fail_msg("no '%s' in:\n%s", before, trial->answer);
	at += strlen(before);
	length = strcspn(at, ends);
	assert_true(length < size);
	memcpy(found, at, length);
	found[length] = '\0';
}

/* ------------------------------------------------------------ the sensor */

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
}

static void
sighting_append(struct spool_writer *spool, unsigned line, bool flood)
{
	struct sighting sighting = {.address = addr_from_v4(0x7f000000 + line),
				    .peer = addr_from_v4(0xc6336414),
				    .peer_port = 6667,
				    .proto = flood ? 1 : 6,
				    .class = flood ? RSIT_DDOS
						   : RSIT_INFECTED_SYSTEM,
				    .role = ROLE_INFECTED,
				    .weight_milli = flood ? 6000 : 5000,
				    .samples = 1000,
				    .marks = SIGHTING_HAS_PEER |
					     SIGHTING_ESTABLISHED};
	uint8_t bytes[SIGHTING_BYTES_MAX];
	struct writer writer;

	sighting.marks |= flood ? SIGHTING_FLOOD_LASTS : SIGHTING_HAS_PEER_PORT;
	strcpy(sighting.origin, flood ? "own-flow" : "list:tried");
	strcpy(sighting.detector, flood ? "flood.icmp/1" : "contact/1");
	sighting.last.us = sighting.time.us = sighting.known.us =
	    now_us() - TIMES_SECOND_US;
	sighting.first.us = sighting.last.us - 20 * TIMES_SECOND_US;
	sighting.subject.prefix = prefix_of(&sighting.address, 128);
	sighting_seal(&sighting);
	writer_init(&writer, bytes, sizeof(bytes));
	sighting_encode(&writer, &sighting);
	assert_false(writer.failed);
	assert_int_equal(spool_writer_append(spool, bytes, writer.length, NULL),
			 0);
}

static void
sensor_play(const struct running *running)
{
	char path[RUNNING_PATH_SIZE + 32];
	struct spool_writer *spool;

	snprintf(path, sizeof(path), "%s/sensor/spool", running->state);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(spool_writer_open(path, &spool), 0);
	sighting_append(spool, LIMITED, true);
	sighting_append(spool, LIMITED, false);
	assert_int_equal(spool_writer_sync(spool), 0);
	spool_writer_close(spool);
}

static void
configure(const struct running *running, const char *more)
{
	static struct conf_errors errors;
	char text[4096];
	struct conf *conf;

	running_write(running, "bindings.csv",
		      "address,port_first,port_last,party,start,end\n"
		      "127.0.0.7,,,acct-7,2020-01-01T00:00:00Z,\n"
		      "127.0.0.8,,,acct-8,2020-01-01T00:00:00Z,\n");
	snprintf(text, sizeof(text),
		 "network: { name: tried, inside: [127.0.0.0/8],"
		 " source_filtered: true }\n"
		 "bindings: [ { csv: bindings.csv } ]\n"
		 "state_dir: %s\n"
		 "run_dir: %s\n"
		 "listen: { netflow: \"127.0.0.1:0\", ipfix: \"127.0.0.1:0\","
		 " sflow: \"127.0.0.1:0\","
		 " metrics: \"127.0.0.1:0\", portal: \"127.0.0.1:0\" }\n"
		 "essential: [ 192.0.2.53/32 ]\n"
		 "mode: live\n"
		 "live: [ notice, filter, garden ]\n"
		 "notice: { operator: Example Telecom, phone: 202-555-0143,"
		 " hours: every day 8 am to 8 pm, maildir: outbox,"
		 " from: \"Example Telecom <security@example.net>\" }\n"
		 "%s",
		 running->state, running->run, more);
	running_write(running, "lazaret.yaml", text);
	if (conf_read(running->conf, &conf, &errors) != 0)
		fail_msg("%s", errors.errors[0].message);
	assert_int_equal(state_folders_make(conf), 0);
	conf_free(conf);
}

static bool
is_limited(void *context)
{
	struct trial *trial = context;

	return http_get(trial, LIMITED, "/") == 200 &&
	       says(trial, "Your internet is limited. You can fix this.");
}

static struct trial *
begin(void **state, const char *const *roles, const char *more)
{
	static struct trial trial;

	trial.running = *state;
	configure(trial.running, more);
	sensor_play(trial.running);
	running_start(trial.running, roles);
	running_wait_ready(trial.running, "desk");
	running_wait_ready(trial.running, "web");
	trial.port = running_port(trial.running, "portal");
	if (!running_until(is_limited, &trial, RUNNING_DEADLINE_MS))
		fail_msg("never limited:\n%s", trial.answer);
	return &trial;
}

static void
finish(struct trial *trial)
{
	assert_int_equal(running_end(trial->running, SIGTERM), 0);
	assert_int_equal(running_said(trial->running, "forbidden"), 0);
}

static uint64_t
counted(const struct trial *trial, const char *role, unsigned counter)
{
	const struct counters *page = counters_open(trial->running->run, role);
	uint64_t value;

	assert_non_null(page);
	value = counters_get(page, counter);
	counters_close(page);
	return value;
}

/* ----------------------------------------------------------------- tests */

static void
test_the_line_says_who_asks(void **state)
{
	struct trial *trial = begin(state, desk_and_web, "");
	char url[64];

	assert_true(says(trial, "LZ-"));
	assert_true(says(trial, "Content-Security-Policy: default-src 'none'"));
	assert_true(says(trial, "202-555-0143"));
	assert_true(says(trial, "You can do this yourself 2 more times."));
	assert_false(says(trial, "acct-7"));
	assert_false(says(trial, "198.51.100"));
	assert_int_equal(http_get(trial, NEIGHBOUR, "/"), 200);
	assert_true(says(trial, "From here we see no limit on your line."));
	assert_false(says(trial, "127.0.0.7"));
	assert_int_equal(http_get(trial, NEIGHBOUR, "/steps"), 303);
	assert_int_equal(http_get(trial, LIMITED, "/portal.css"), 200);
	assert_int_equal(http_get(trial, LIMITED, "/nothing"), 404);
	assert_true(says(trial, "202-555-0143"));
	assert_int_equal(http_get(trial, LIMITED, "/help"), 200);
	/* A page that pretends: X-Real-IP isn't believed of anybody. */
	assert_int_equal(http_ask(trial, NEIGHBOUR,
				  "GET / HTTP/1.1\r\nHost: localhost\r\n"
				  "X-Real-IP: 127.0.0.7\r\n"
				  "Connection: close\r\n\r\n"),
			 200);
	assert_true(says(trial, "Enter your code"));
	/* Another host: to the portal, whatever it is. */
	snprintf(url, sizeof(url), "Location: http://127.0.0.1:%u/\r\n",
		 trial->port);
	assert_int_equal(http_get_as(trial, LIMITED, "secret.example",
				     "/private?q=1"),
			 302);
	assert_true(says(trial, url));
	assert_false(says(trial, "private"));
	finish(trial);
	assert_int_equal(running_said(trial->running, "secret"), 0);
	assert_int_equal(running_said(trial->running, "private"), 0);
}

static void
test_captive(void **state)
{
	static const struct {
		const char *host, *path, *clear;
		int status;
	} probes[] = {
	    {"connectivity.example", "/generate_204", "", 204},
	    {"captive.example", "/hotspot-detect.html", "Success", 200},
	    {"www.connect.example", "/connecttest.txt",
	     "Microsoft Connect Test", 200},
	    {"detect.example", "/canonical.html", "http-equiv", 200},
	};
	struct trial *trial = begin(state, desk_and_web, "");

	assert_int_equal(http_get(trial, LIMITED, "/captive"), 200);
	assert_true(says(trial, "Content-Type: application/captive+json\r\n"));
	assert_true(says(trial,
			 "{\"captive\":true,\"user-portal-url\":\"http://"
			 "127.0.0.1:"));
	assert_true(says(trial, "\"can-extend-session\":false}"));
	assert_int_equal(http_get(trial, NEIGHBOUR, "/captive"), 200);
	assert_true(
	    says(trial, "{\"captive\":false,\"can-extend-session\":false}"));
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		assert_int_equal(http_get_as(trial, LIMITED, probes[i].host,
					     probes[i].path),
				 302);
		assert_int_equal(http_get_as(trial, NEIGHBOUR, probes[i].host,
					     probes[i].path),
				 probes[i].status);
		assert_true(says(trial, probes[i].clear));
	}
	finish(trial);
}

static void
test_code(void **state)
{
	struct trial *trial = begin(state, desk_and_web, "");
	char code[32], body[64], path[256];

	find(trial, "codebox\">", "<", code, sizeof(code));
	snprintf(body, sizeof(body), "code=%s", code);
	for (char *at = body + 5; *at; at++)
		*at = *at == '-' ? '+' : (char)tolower(*at);
	assert_int_equal(http_post(trial, NEIGHBOUR, "/code", "", body), 303);
	find(trial, "Location: ", "\r", path, sizeof(path));
	assert_int_equal(http_get(trial, NEIGHBOUR, path), 200);
	assert_true(says(trial, "Find it and unplug it"));
	assert_true(says(trial, "What the message was about"));
	/* Class and steps: no address, no time, no release. */
	assert_false(says(trial, "127.0.0.7"));
	assert_false(says(trial, "/release"));
	assert_false(says(trial, "since"));
	path[strlen(path) - 1] ^= 1;
	assert_int_equal(http_get(trial, NEIGHBOUR, path), 303);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(http_post(trial, STRANGER, "/code", "",
					   "code=LZ-2222-2222-2222"),
				 422);
		assert_true(says(trial, "We do not know this code."));
		assert_true(says(trial, "<title>Problem: "));
	}
	assert_int_equal(http_post(trial, STRANGER, "/code", "", body), 429);
	assert_true(says(trial, "Too many tries."));
	assert_int_equal(http_post(trial, NEIGHBOUR, "/code", "", body), 303);
	assert_int_equal(counted(trial, "web", COUNTER_WEB_CODES_STOPPED), 1);
	finish(trial);
}

struct opening {
	struct trial *trial;
	const char *path;
};

static bool
is_open(void *context)
{
	struct opening *opening = context;
	struct trial *trial = opening->trial;

	assert_int_equal(http_get(trial, LIMITED, opening->path), 200);
	if (says(trial, "Your internet is open again. Thank you."))
		return true;
	assert_true(says(trial, "Refresh: 3\r\n"));
	assert_true(says(trial, "Opening your line."));
	return false;
}

static void
token_get(struct trial *trial, char token[TOKEN_TEXT_SIZE])
{
	assert_int_equal(http_get(trial, LIMITED, "/steps"), 200);
	find(trial, "name=\"token\" value=\"", "\"", token, TOKEN_TEXT_SIZE);
}

static void
release_and_wait(struct trial *trial)
{
	char token[TOKEN_TEXT_SIZE], body[256], path[256], origin[64];
	struct opening opening = {.trial = trial, .path = path};

	token_get(trial, token);
	snprintf(body, sizeof(body),
		 "token=%s&step=unplug&step=restart&step=%%3Cb%%3E&device="
		 "camera",
		 token);
	/* Others' pages, lines and forms. */
	assert_int_equal(http_post(trial, LIMITED, "/release",
				   "Origin: http://evil.example\r\n", body),
			 403);
	assert_int_equal(http_post(trial, LIMITED, "/release",
				   "Origin: null\r\n", body),
			 403);
	assert_int_equal(http_post(trial, LIMITED, "/release",
				   "Referer: http://evil.example/a\r\n", body),
			 403);
	assert_int_equal(http_post(trial, LIMITED, "/release", "", "step=a"),
			 403);
	assert_true(says(trial, "Please try again"));
	assert_int_equal(http_post(trial, NEIGHBOUR, "/release", "", body),
			 303);
	assert_true(says(trial, "Location: /\r\n"));
	assert_true(is_limited(trial));
	/* And the real one; the web role dies before it can tell of it. */
	snprintf(origin, sizeof(origin), "Origin: http://127.0.0.1:%u\r\n",
		 trial->port);
	assert_int_equal(http_post(trial, LIMITED, "/release", origin, body),
			 303);
	find(trial, "Location: ", "\r", path, sizeof(path));
	assert_int_equal(kill(running_wait_role(trial->running, "web", 0),
			      SIGKILL),
			 0);
	running_wait_said(trial->running, "web: ready", 2);
	if (!running_until(is_open, &opening, RUNNING_DEADLINE_MS))
		fail_msg("never open:\n%s", trial->answer);
	assert_true(says(trial, "Still to do"));
	assert_true(says(trial, "Change its password now"));
	assert_false(says(trial, "Find it and unplug it"));
	assert_int_equal(http_get(trial, LIMITED, "/"), 200);
	assert_true(says(trial, "we see no limit on your line"));
	assert_int_equal(http_get(trial, LIMITED, "/captive"), 200);
	assert_true(says(trial, "\"captive\":false"));
	assert_int_equal(counted(trial, "desk", COUNTER_DESK_SELF_RELEASES), 1);
}

static void
test_release(void **state)
{
	struct trial *trial = begin(state, desk_and_web, "");

	release_and_wait(trial);
	finish(trial);
}

/* Open is said only once the device has shown that it is. */
static void
test_release_of_a_device(void **state)
{
	struct trial *trial = begin(state, with_enforcer,
				    "quarantine: { driver: \"null\" }\n");

	running_wait_ready(trial->running, "enforcer");
	release_and_wait(trial);
	finish(trial);
}

/* ---------------------------------------------------- the desk's own look */

static int
case_first(void *context, const struct desk_view_case *view)
{
	*(uint64_t *)context = view->stored.id;
	return 0;
}

struct said {
	int outcome;
	unsigned rows;
};

static int
result_take(void *context, const struct store_result *result)
{
	struct said *said = context;

	said->rows++;
	said->outcome = result->outcome;
	return 0;
}

static struct store *
desk_open_reader(const struct running *running)
{
	char path[RUNNING_PATH_SIZE + 32], message[STORE_MESSAGE_SIZE];
	struct store *store;

	snprintf(path, sizeof(path), "%s/desk/desk.sqlite", running->state);
	if (store_open_reader(path, &sql_desk, &store, message) != 0)
		fail_msg("%s", message);
	return store;
}

static void
order(struct spool_writer *spool, enum case_event_kind act, uint64_t case_id)
{
	const struct command command = {.act = (uint8_t)act,
					.case_id = case_id,
					.time = {now_us()},
					.actor = "subscriber"};
	uint8_t bytes[COMMAND_BYTES_MAX];
	struct writer writer;

	writer_init(&writer, bytes, sizeof(bytes));
	command_encode(&writer, &command);
	assert_int_equal(spool_writer_append(spool, bytes, writer.length, NULL),
			 0);
}

struct awaiting {
	struct store *store;
	struct said said;
};

/* The counters run ahead of the transaction; a row is there when it ends. */
static bool
result_there(void *context)
{
	struct awaiting *awaiting = context;

	assert_int_equal(desk_view_results(awaiting->store,
					   4 | COMMAND_RESULT_WEB, result_take,
					   &awaiting->said),
			 0);
	return awaiting->said.rows > 0;
}

static void
order_token(const struct running *running, uint64_t case_id, char path[256])
{
	const struct token token = {.purpose = TOKEN_ORDER,
				    .case_id = case_id,
				    .order = 4,
				    .made = {now_us()}};
	char key_path[RUNNING_PATH_SIZE + 16], text[TOKEN_TEXT_SIZE];
	uint8_t key[TOKEN_KEY_SIZE];
	FILE *file;

	snprintf(key_path, sizeof(key_path), "%s/web/key", running->state);
	file = fopen(key_path, "r");
	assert_non_null(file);
	assert_int_equal(fread(key, 1, sizeof(key), file), sizeof(key));
	fclose(file);
	token_make(key, &token, NULL, text);
	snprintf(path, 256, "/opening?t=%s", text);
}

/* The files of a spool that the test wrote to belong to its role. */
static void
give_back(const char *folder)
{
	struct stat status;
	const struct dirent *entry;
	DIR *files = opendir(folder);

	assert_non_null(files);
	assert_int_equal(stat(folder, &status), 0);
	while ((entry = readdir(files)))
		if (entry->d_name[0] != '.')
			assert_int_equal(fchownat(dirfd(files), entry->d_name,
						  status.st_uid, status.st_gid,
						  0),
					 0);
	closedir(files);
}

/* A portal taken over can ask for one thing, and the quota holds. */
static void
test_the_desk_takes_releases_alone(void **state)
{
	struct trial *trial = begin(state, desk_and_web,
				    "policy: { self_releases: 0 }\n");
	char path[256];
	struct spool_writer *spool;
	struct awaiting awaiting = {0};
	uint64_t case_id = 0;
	struct store *store = desk_open_reader(trial->running);

	assert_int_equal(http_get(trial, LIMITED, "/steps"), 200);
	assert_false(says(trial, "action=\"/release\""));
	assert_true(says(trial, "On this line a person does it"));
	assert_int_equal(desk_view_cases(store, 1u << CASE_QUARANTINED,
					 case_first, &case_id),
			 0);
	assert_true(case_id != 0);
	assert_int_equal(running_end(trial->running, SIGTERM), 0);
	snprintf(path, sizeof(path), "%s/web/spool", trial->running->state);
	assert_int_equal(spool_writer_open(path, &spool), 0);
	order(spool, CASE_EVENT_DISMISS, case_id);
	order(spool, CASE_EVENT_RELEASE, 0);
	assert_int_equal(spool_writer_append(spool, "?", 1, NULL), 0);
	order(spool, CASE_EVENT_RELEASE, case_id);
	assert_int_equal(spool_writer_sync(spool), 0);
	spool_writer_close(spool);
	give_back(path);
	assert_int_equal(truncate(trial->running->out, 0), 0);
	running_start(trial->running, desk_and_web);
	running_wait_said(trial->running, "web: ready", 2);
	awaiting.store = store;
	if (!running_until(result_there, &awaiting, RUNNING_DEADLINE_MS))
		fail_msg("the desk doesn't read the web role's spool");
	assert_int_equal(awaiting.said.rows, 1);
	assert_int_equal(awaiting.said.outcome, LZ_E_STATE);
	assert_int_equal(counted(trial, "desk", COUNTER_DESK_POISON), 3);
	/* What the page says of it: the line is as it was. */
	trial->port = running_port(trial->running, "portal");
	order_token(trial->running, case_id, path);
	assert_int_equal(http_get(trial, LIMITED, path), 200);
	assert_true(says(trial, "A person helps you now"));
	assert_true(says(trial, "On this line a person does it"));
	assert_false(says(trial, "Refresh:"));
	assert_true(is_limited(trial));
	store_close(store);
	finish(trial);
}

/* ------------------------------------------------------- rude and slow */

static void
test_rude(void **state)
{
	static const struct {
		const char *bytes;
		int status;
	} rude[] = {
	    {"PUT / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
	    {"POST /code HTTP/1.1\r\nHost: a\r\n\r\n", 411},
	    {"POST /code HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n",
	     413},
	    {"POST /code HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
	     "Content-Length: 1\r\n\r\na",
	     400},
	    {"POST /code HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
	     "\r\n1\r\na\r\n0\r\n\r\n",
	     411},
	    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhallo",
	     413},
	    {"GET / HTTP/1.1\r\n\r\n", 400},
	};
	struct trial *trial = begin(state, desk_and_web, "");
	int slow[40];

	for (size_t i = 0; i < sizeof(rude) / sizeof(rude[0]); i++)
		if (http_ask(trial, LIMITED, rude[i].bytes) != rude[i].status)
			fail_msg("%zu: %s", i, trial->answer);
	assert_int_equal(http_post(trial, LIMITED, "/code", "", "code=%0"),
			 403);
	/* Lines that hold connections keep nobody else out. */
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
		slow[i] = http_connect(trial, STRANGER);
		(void)send(slow[i], "GET / HT", 8, MSG_NOSIGNAL);
	}
	assert_int_equal(http_get(trial, LIMITED, "/"), 200);
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++)
		close(slow[i]);
	finish(trial);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_the_line_says_who_asks,
					    running_setup, running_teardown),
	    cmocka_unit_test_setup_teardown(test_captive, running_setup,
					    running_teardown),
	    cmocka_unit_test_setup_teardown(test_code, running_setup,
					    running_teardown),
	    cmocka_unit_test_setup_teardown(test_release, running_setup,
					    running_teardown),
	    cmocka_unit_test_setup_teardown(test_release_of_a_device,
					    running_setup, running_teardown),
	    cmocka_unit_test_setup_teardown(test_the_desk_takes_releases_alone,
					    running_setup, running_teardown),
	    cmocka_unit_test_setup_teardown(test_rude, running_setup,
					    running_teardown),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
