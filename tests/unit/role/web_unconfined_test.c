/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The web role without its sandbox, for sanitizers: every page over HTTP from a
 * desk's store that the test fills, also with what no desk would write, and
 * requests nobody should send.  What is said of a release follows what the
 * store says, step by step.
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "case/step.h"
#include "crypto/sha256.h"
#include "role/command.h"
#include "role/counter_table.h"
#include "role/state_folders.h"
#include "role/web.h"
#include "store/effect_store.h"
#include "unit/role/running.h"
#include "web/token.h"

#define SOCKET_FD 3
#define CASE_ID UINT64_C(0x77)
#define MEASURE_ID UINT64_C(0xa0)
#define CODE_BITS UINT64_C(0x123456789abcd)
#define ORDER 9
#define ANSWER_SIZE 65536
#define TRIES 100

struct trial {
	struct running running;
	uint16_t port;
	pid_t role;
	const struct counters *page;
	struct store *desk;
	char answer[ANSWER_SIZE];
};

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
}

/* -------------------------------------------------------------- the role */

static int
socket_bind(uint16_t *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(at);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &length), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static int
role_main(const struct trial *trial)
{
	char name[] = "tried", config[] = "--config", path[RUNNING_PATH_SIZE];
	char *arguments[] = {name, config, path, NULL};
	static struct role role;
	struct web *web = NULL;
	int code;

	strcpy(path, trial->running.conf);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_FDNAMES", "portal", 1);
	code = role_begin(&role, ROLE_WEB, 3, arguments);
	if (!code)
		code = web_open(&role, &web);
	if (!code)
		code = web_run(web, "unconfined");
	web_free(web);
	role_end(&role);
	return code;
}

static bool
page_ready(void *context)
{
	const struct trial *trial = context;

	return counters_ready_since_us(trial->page) != 0;
}

static void
role_start(struct trial *trial)
{
	const int fd = socket_bind(&trial->port);
	static struct conf_errors errors;
	struct conf *conf;

	running_configure(&trial->running,
			  "essential: [ 192.0.2.53/32 ]\n"
			  "quarantine: { driver: \"null\" }\n"
			  "portal: { proxies: [ 127.0.0.9 ] }\n");
	assert_int_equal(conf_read(trial->running.conf, &conf, &errors), 0);
	assert_int_equal(state_folders_make(conf), 0);
	conf_free(conf);
	counters_close(counters_create(trial->running.run, "web"));
	trial->page = counters_open(trial->running.run, "web");
	assert_non_null(trial->page);
	trial->role = fork();
	assert_true(trial->role >= 0);
	if (trial->role == 0) {
		if (fd != SOCKET_FD && dup2(fd, SOCKET_FD) != SOCKET_FD)
			_exit(98);
		/* exit, not _exit: leaks are looked for at the end. */
		exit(role_main(trial));
	}
	close(fd);
	if (!running_until(page_ready, trial, RUNNING_DEADLINE_MS))
		fail_msg("web doesn't get ready");
}

static void
role_finish(struct trial *trial)
{
	int status;

	assert_int_equal(kill(trial->role, SIGTERM), 0);
	assert_int_equal(waitpid(trial->role, &status, 0), trial->role);
	trial->role = 0;
	counters_close(trial->page);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* -------------------------------------------------------------- the desk */

static void
case_put(struct trial *trial, enum case_state state, size_t cut)
{
	static uint8_t bytes[CASE_RECORD_BYTES_MAX];
	struct case_record *record = calloc(1, sizeof(*record));
	struct case_policy policy;
	struct writer writer;
	struct store_case row = {.id = CASE_ID,
				 .party = {5},
				 .known = true,
				 .state = state,
				 .certainty = CERTAINTY_CERTAIN,
				 .opened = {now_us()},
				 .changed = {now_us()},
				 .last = {now_us()},
				 .due = times_unset(),
				 .closed = times_unset()};

	assert_non_null(record);
	case_policy_init(&policy);
	case_policy_seal(&policy);
	case_record_init(record, CASE_ID, row.party, row.opened, &policy);
	record->state = state;
	record->first_seen = record->last_seen = row.opened;
	record->latest.address = addr_from_v4(0x7f000007);
	record->latest.class = RSIT_SPAM;
	record->latest.proto = 6;
	record->latest.time = record->latest.known = row.opened;
	record->latest.first = record->latest.last = row.opened;
	record->latest.subject.prefix = prefix_of(&record->latest.address, 128);
	strcpy(record->latest.origin, "own-flow");
	strcpy(record->latest.detector, "scan/1");
	sighting_seal(&record->latest);
	record->notice_count = 1;
	record->notices[0] = (struct case_notice){.id = 1,
						  .code_bits = CODE_BITS,
						  .step = 1,
						  .created = row.opened,
						  .sent = row.opened,
						  .accepted = times_unset(),
						  .delivered = times_unset(),
						  .seen = times_unset(),
						  .acknowledged = times_unset(),
						  .failed = times_unset()};
	writer_init(&writer, bytes, sizeof(bytes));
	case_record_encode(&writer, record);
	free(record);
	assert_false(writer.failed);
	row.record = (struct store_bytes){bytes, writer.length - cut};
	assert_int_equal(desk_store_case_put(trial->desk, &row), 0);
}

static void
measure_put(struct trial *trial, uint64_t id, enum measure_kind kind,
	    const char *target, bool wanted)
{
	const struct store_measure row = {.id = id,
					  .case_id = CASE_ID,
					  .kind = kind,
					  .target = target,
					  .wanted = wanted,
					  .since = {now_us() - TIMES_HOUR_US},
					  .expires = {now_us() + TIMES_DAY_US},
					  .changed = {now_us()},
					  .reason = "tried"};

	assert_int_equal(desk_store_measure_put(trial->desk, &row), 0);
}

static void
effect_put(struct trial *trial, bool on, enum effect_kind kind)
{
	const struct store_effect effect = {.measure = MEASURE_ID,
					    .on = on,
					    .kind = kind,
					    .time = {now_us()},
					    .device = "null",
					    .detail = ""};

	assert_int_equal(effect_store_add(trial->desk, &effect), 0);
}

static void
result_put(struct trial *trial, int outcome)
{
	const struct store_result row = {.command = ORDER | COMMAND_RESULT_WEB,
					 .time = {now_us()},
					 .actor = "subscriber",
					 .act = CASE_EVENT_RELEASE,
					 .case_id = CASE_ID,
					 .outcome = outcome,
					 .message = ""};

	assert_int_equal(desk_store_result_add(trial->desk, &row), 0);
}

static void
desk_make(struct trial *trial)
{
	const struct store_notice notice = {.id = 1,
					    .case_id = CASE_ID,
					    .step = 1,
					    .code_bits = CODE_BITS,
					    .channel = "maildir",
					    .created = {now_us()}};
	char path[RUNNING_PATH_SIZE + 32], message[STORE_MESSAGE_SIZE];

	snprintf(path, sizeof(path), "%s/desk/desk.sqlite",
		 trial->running.state);
	umask(0);
	if (store_open_writer(path, &sql_desk, (struct at_arrival){now_us()},
			      &trial->desk, message) != 0)
		fail_msg("%s", message);
	assert_int_equal(desk_store_party_add(trial->desk, (struct party_id){5},
					      "acct-7", true,
					      (struct at_event){now_us()}),
			 0);
	case_put(trial, CASE_QUARANTINED, 0);
	assert_int_equal(desk_store_notice_add(trial->desk, &notice), 0);
	measure_put(trial, MEASURE_ID, MEASURE_GARDEN, "127.0.0.7", true);
	/* What no desk writes. */
	measure_put(trial, 1, MEASURE_BLOCK, "127.0.0.7 > nowhere", true);
	measure_put(trial, 2, MEASURE_GARDEN, "", true);
	measure_put(trial, 3, MEASURE_GARDEN, "127.0.0.6:1-9", true);
}

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
http_send(struct trial *trial, unsigned line, const void *bytes, size_t size)
{
	const int fd = http_connect(trial, line);
	size_t length = 0;
	int status = 0;
	ssize_t n;

	(void)send(fd, bytes, size, MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	while (length < ANSWER_SIZE - 1 &&
	       (n = recv(fd, trial->answer + length, ANSWER_SIZE - 1 - length,
			 0)) > 0)
		length += (size_t)n;
	close(fd);
	trial->answer[length] = '\0';
	(void)sscanf(trial->answer, "HTTP/1.1 %d", &status);
	return status;
}

static int
http_get(struct trial *trial, unsigned line, const char *path, const char *more)
{
	char bytes[1024];
	const int length = snprintf(bytes, sizeof(bytes),
				    "GET %s HTTP/1.1\r\nHost: localhost\r\n"
				    "Connection: close\r\n%s\r\n",
				    path, more);

	return http_send(trial, line, bytes, (size_t)length);
}

static bool
says(const struct trial *trial, const char *text)
{
	return strstr(trial->answer, text) != NULL;
}

/* ----------------------------------------------------------------- tests */

static void
test_pages(void **state)
{
	struct trial *trial = *state;

	role_start(trial);
	/* No store yet: the way out is there all the same. */
	assert_int_equal(http_get(trial, 7, "/", ""), 200);
	assert_true(says(trial, "Enter your code"));
	assert_false(says(trial, "we see no limit"));
	assert_int_equal(http_get(trial, 7, "/steps", ""), 503);
	assert_int_equal(http_get(trial, 7, "/captive", ""), 503);
	desk_make(trial);
	assert_int_equal(http_get(trial, 7, "/", ""), 200);
	assert_true(says(trial, "Your internet is limited."));
	assert_true(says(trial, "It sends unwanted mail"));
	assert_true(says(trial, "Probably a computer."));
	assert_int_equal(http_get(trial, 7, "/steps", ""), 200);
	assert_true(says(trial, "value=\"scan\""));
	/* Another port of a shared address is another line. */
	assert_int_equal(http_get(trial, 6, "/", ""), 200);
	assert_true(says(trial, "we see no limit"));
	/* A proxy of ours says who asks, and has to. */
	assert_int_equal(http_get(trial, 9, "/", "X-Real-IP: 127.0.0.7\r\n"),
			 200);
	assert_true(says(trial, "Your internet is limited."));
	assert_int_equal(http_get(trial, 9, "/", ""), 400);
	assert_int_equal(http_get(trial, 9, "/", "X-Real-IP: a\r\n"), 400);
	assert_int_equal(http_get(trial, 8, "/", "X-Real-IP: 127.0.0.7\r\n"),
			 200);
	assert_false(says(trial, "Your internet is limited."));
	/* A record that can't be read is our problem, and is said so. */
	case_put(trial, CASE_QUARANTINED, 7);
	assert_int_equal(http_get(trial, 7, "/steps", ""), 503);
	assert_true(says(trial, "That is our problem, not yours."));
	case_put(trial, CASE_QUARANTINED, 0);
	assert_int_equal(http_get(trial, 7, "/steps", ""), 200);
	role_finish(trial);
}

static void
order_path(const struct trial *trial, struct at_event made, char path[256])
{
	const struct token token = {.purpose = TOKEN_ORDER,
				    .case_id = CASE_ID,
				    .order = ORDER,
				    .made = made,
				    .ticks = 0x1f};
	char key_path[RUNNING_PATH_SIZE + 16], text[TOKEN_TEXT_SIZE];
	uint8_t key[TOKEN_KEY_SIZE];
	FILE *file;

	snprintf(key_path, sizeof(key_path), "%s/web/key",
		 trial->running.state);
	file = fopen(key_path, "r");
	assert_non_null(file);
	assert_int_equal(fread(key, 1, sizeof(key), file), sizeof(key));
	assert_int_equal(fclose(file), 0);
	token_make(key, &token, NULL, text);
	snprintf(path, 256, "/opening?t=%s", text);
}

static void
test_open_is_said_when_it_is(void **state)
{
	struct trial *trial = *state;
	char path[256], late[256];

	role_start(trial);
	desk_make(trial);
	effect_put(trial, true, EFFECT_ASKED);
	order_path(trial, (struct at_event){now_us()}, path);
	order_path(trial, (struct at_event){now_us() - TIMES_MINUTE_US}, late);
	/* The desk hasn't come to it. */
	assert_int_equal(http_get(trial, 7, path, ""), 200);
	assert_true(says(trial, "Opening your line."));
	assert_int_equal(http_get(trial, 7, late, ""), 200);
	assert_true(says(trial, "Your line is not open yet."));
	assert_true(says(trial, "Refresh: 3"));
	/* The desk has done it; the device hasn't shown it. */
	result_put(trial, 0);
	measure_put(trial, MEASURE_ID, MEASURE_GARDEN, "127.0.0.7", false);
	for (uint64_t id = 1; id <= 3; id++)
		measure_put(trial, id, MEASURE_GARDEN, "127.0.0.6", false);
	case_put(trial, CASE_PROBATION, 0);
	effect_put(trial, false, EFFECT_ASKED);
	assert_int_equal(http_get(trial, 7, path, ""), 200);
	assert_true(says(trial, "Opening your line."));
	effect_put(trial, false, EFFECT_OBSERVED);
	assert_int_equal(http_get(trial, 7, path, ""), 200);
	assert_true(says(trial, "Your internet is open again."));
	assert_false(says(trial, "Still to do"));
	/* Limited anew: that order is over. */
	measure_put(trial, MEASURE_ID + 1, MEASURE_LIMIT, "127.0.0.7", true);
	order_path(trial, (struct at_event){now_us() - 2 * TIMES_HOUR_US},
		   late);
	assert_int_equal(http_get(trial, 7, late, ""), 303);
	assert_int_equal(http_get(trial, 7, "/", ""), 200);
	assert_true(says(trial, "Slow until you are clean"));
	role_finish(trial);
}

static void
test_refused_is_said(void **state)
{
	struct trial *trial = *state;
	char path[256];

	role_start(trial);
	desk_make(trial);
	order_path(trial, (struct at_event){now_us()}, path);
	result_put(trial, LZ_E_STATE);
	assert_int_equal(http_get(trial, 7, path, ""), 200);
	assert_true(says(trial, "could not be opened from here"));
	assert_false(says(trial, "Refresh:"));
	role_finish(trial);
}

/* Parts of real requests in any order, with bytes that don't belong there. */
static void
test_whatever_is_sent(void **state)
{
	static const char code_form[] = "POST /code HTTP/1.1\r\n"
					"Host: localhost\r\n"
					"Content-Length: 6\r\n\r\ncode=a";
	static const char *const parts[] = {"GET /",
					    "POST /release",
					    " HTTP/1.1\r\n",
					    "Host: a\r\n",
					    "Host: localhost\r\n",
					    "Content-Length: 12\r\n",
					    "Origin: null\r\n",
					    "Referer: http://localhost\r\n",
					    "\r\n",
					    "code=LZ-0000-0000",
					    "token=%00%ff",
					    "steps?t=00",
					    "guide?t=",
					    "opening?t=zz&t=",
					    "Transfer-Encoding: chunked\r\n",
					    "X-Real-IP: ::\r\n",
					    "Host: [::1\r\n",
					    code_form};
	struct trial *trial = *state;
	struct rng rng;

	role_start(trial);
	desk_make(trial);
	rng_init(&rng, 20261125);
	for (unsigned i = 0; i < TRIES; i++) {
		char bytes[2048];
		size_t length = 0;

		while (length < 1024 && rng_below(&rng, 12)) {
			const char *part =
			    parts[rng_below(&rng,
					    sizeof(parts) / sizeof(parts[0]))];

			memcpy(bytes + length, part, strlen(part));
			length += strlen(part);
			if (!rng_below(&rng, 8))
				bytes[length++] = (char)rng_u64(&rng);
		}
		http_send(trial, (unsigned)(5 + rng_below(&rng, 5)), bytes,
			  length);
	}
	assert_int_equal(http_get(trial, 7, "/", ""), 200);
	assert_true(says(trial, "Your internet is limited."));
	role_finish(trial);
}

static int
setup(void **state)
{
	struct trial *trial = calloc(1, sizeof(*trial));

	if (!trial)
		return -1;
	running_init(&trial->running);
	*state = trial;
	return 0;
}

static int
teardown(void **state)
{
	struct trial *trial = *state;

	if (trial->role > 0) {
		kill(trial->role, SIGKILL);
		waitpid(trial->role, NULL, 0);
	}
	store_close(trial->desk);
	running_fini(&trial->running);
	free(trial);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_open_is_said_when_it_is, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_refused_is_said, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_whatever_is_sent, setup,
					    teardown),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
