/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /healthz and /metrics as whoever asks meets them: over TCP, from a metrics
 * role in its sandbox.  Also those who ask for other things, badly, too much
 * or too slowly.
 */
#include <ctype.h>
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
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "role/counter_table.h"
#include "unit/role/running.h"

#define ANSWER_SIZE 131072
#define SLOW_CLIENTS 80 /* more than it takes at once */
#define SLOW_MS_MAX 20000
#define GARBAGE_TRIES 300

static const char *const metrics_alone[] = {"metrics", NULL};
static const char *const with_sensor[] = {"sensor", "metrics", NULL};

/* ------------------------------------------------------------------ HTTP */

static int
http_connect(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Until the other side closes or `deadline_ms` is over; the length. */
static size_t
http_hear(int fd, char *answer, size_t size, int deadline_ms)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	size_t length = 0;

	while (length < size - 1 && poll(&polled, 1, deadline_ms) > 0) {
		const ssize_t n = recv(fd, answer + length, size - 1 - length,
				       0);

		if (n <= 0)
			break;
		length += (size_t)n;
	}
	answer[length] = '\0';
	return length;
}

/* Its status; 0: closed without one.  The answer stays until the next. */
static char answer[ANSWER_SIZE];

static int
http_ask(uint16_t port, const char *bytes, size_t length)
{
	const int fd = http_connect(port);
	int status = 0;

	/* It may have had enough before all was sent. */
	(void)send(fd, bytes, length, MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	http_hear(fd, answer, sizeof(answer), RUNNING_DEADLINE_MS);
	close(fd);
	return sscanf(answer, "HTTP/1.1 %d", &status) == 1 ? status : 0;
}

static int
http_get(uint16_t port, const char *path)
{
	char bytes[256];
	const int length = snprintf(bytes, sizeof(bytes),
				    "GET %s HTTP/1.1\r\nHost: a\r\n"
				    "Connection: close\r\n\r\n",
				    path);

	return http_ask(port, bytes, (size_t)length);
}

static const char *
body_of_answer(void)
{
	const char *at = strstr(answer, "\r\n\r\n");

	assert_non_null(at);
	return at + 4;
}

static uint16_t
metrics_start(struct running *running, const char *const *roles)
{
	running_configure(running, "");
	running_start(running, roles);
	running_wait_ready(running, "metrics");
	return running_port(running, "metrics");
}

/* ---------------------------------------------------------------- health */

struct asking {
	uint16_t port;
	int status;
};

static bool
health_is(void *context)
{
	const struct asking *asking = context;

	return http_get(asking->port, "/healthz") == asking->status;
}

static void
test_health(void **state)
{
	struct running *running = *state;
	const uint16_t port = metrics_start(running, with_sensor);
	struct asking well = {port, 200}, ill = {port, 503};

	running_wait_ready(running, "sensor");
	assert_true(running_until(health_is, &well, RUNNING_DEADLINE_MS));
	assert_non_null(strstr(answer, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(body_of_answer(), "\"ready\":true"));
	/* Dead, whatever its page says still, and then on its way. */
	assert_int_equal(kill(running_wait_role(running, "sensor", 0), SIGKILL),
			 0);
	assert_true(running_until(health_is, &ill, RUNNING_DEADLINE_MS));
	assert_non_null(strstr(body_of_answer(), "\"ready\":false"));
	assert_true(strstr(answer, "\"sensor\":{\"state\":\"down\"}") ||
		    strstr(answer, "\"sensor\":{\"state\":\"starting\"}"));
	assert_non_null(strstr(answer, "\"metrics\":{\"state\":\"ready\","));
	assert_true(running_until(health_is, &well, RUNNING_DEADLINE_MS));
	assert_int_equal(running_end(running, SIGTERM), 0);
}

/* --------------------------------------------------------------- metrics */

/* name or name{label="value"}, a blank, digits. */
static bool
is_sample(const char *line, size_t length)
{
	const char *blank = memchr(line, ' ', length);
	size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyz_0123456789");

	if (!blank || strncmp(line, "lazaret_", 8) != 0)
		return false;
	if (line[name] == '{') {
		name += 1 + strspn(line + name + 1, "abcdefghijklmnopqrstuvwx"
						    "yz_=\"");
		if (line[name++] != '}')
			return false;
	}
	if (line + name != blank || blank + 1 == line + length)
		return false;
	for (const char *at = blank + 1; at < line + length; at++)
		if (!isdigit((unsigned char)*at))
			return false;
	return true;
}

static void
test_metrics_page(void **state)
{
	struct running *running = *state;
	const uint16_t port = metrics_start(running, with_sensor);
	unsigned samples = 0, wanted = 0;
	const char *line, *end;

	running_wait_ready(running, "sensor");
	assert_int_equal(http_get(port, "/metrics"), 200);
	assert_non_null(
	    strstr(answer, "Content-Type: text/plain; version=0.0.4\r\n"));
	for (line = body_of_answer(); *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		if (strncmp(line, "# HELP ", 7) == 0 ||
		    strncmp(line, "# TYPE ", 7) == 0)
			continue;
		/* Names and numbers: nothing else can slip in. */
		if (!is_sample(line, (size_t)(end - line)))
			fail_msg("no sample: %.*s", (int)(end - line), line);
		samples++;
	}
	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		const char *role = counter_rows[i].role;

		wanted += strcmp(role, "run") == 0 ||
			  strcmp(role, "sensor") == 0 ||
			  strcmp(role, "metrics") == 0;
	}
	assert_int_equal(samples, wanted);
	assert_non_null(
	    strstr(answer, "\nlazaret_role_up{role=\"sensor\"} 1\n"));
	assert_int_equal(running_end(running, SIGTERM), 0);
}

/* --------------------------------------------------------- bad requests */

static const struct {
	const char *bytes;
	int status; /* 0: any 4xx, or closed */
} bad_requests[] = {
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 404},
    {"GET /metrics/.. HTTP/1.1\r\nHost: a\r\n\r\n", 404},
    {"GET /../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 404},
    {"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405},
    {"DELETE /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 405},
    {"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 413},
    {"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
     "Content-Length: 7\r\n\r\n",
     400},
    {"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     400},
    {"GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
     "5\r\nhello\r\n0\r\n\r\n",
     413},
    {"GET /healthz HTTP/1.1\r\n\r\n", 0}, /* no host */
    {"GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n", 0},
    {"GET\r\n\r\n", 0},
    {"\r\n\r\n\r\n", 0},
};

static void
test_bad_requests(void **state)
{
	struct running *running = *state;
	const uint16_t port = metrics_start(running, metrics_alone);

	for (size_t i = 0; i < sizeof(bad_requests) / sizeof(bad_requests[0]);
	     i++) {
		const char *bytes = bad_requests[i].bytes;
		const int status = http_ask(port, bytes, strlen(bytes));

		if (bad_requests[i].status
			? status != bad_requests[i].status
			: status != 0 && (status < 400 || status > 505))
			fail_msg("request %zu: %d", i, status);
	}
	assert_int_equal(http_get(port, "/healthz"), 200);
	assert_int_equal(running_end(running, SIGTERM), 0);
	assert_int_equal(running_said(running, "died"), 0);
}

/* `unit` again and again between `before` and `after`. */
static int
ask_long(uint16_t port, const char *before, const char *unit, size_t times,
	 const char *after)
{
	const size_t step = strlen(unit);
	size_t length = strlen(before);
	char *bytes = malloc(length + times * step + strlen(after) + 1);
	int status;

	assert_non_null(bytes);
	strcpy(bytes, before);
	for (size_t i = 0; i < times; i++, length += step)
		memcpy(bytes + length, unit, step);
	strcpy(bytes + length, after);
	status = http_ask(port, bytes, length + strlen(after));
	free(bytes);
	return status;
}

static void
refused(int status)
{
	if (status != 0 && status != 400 && status != 413 && status != 414 &&
	    status != 431)
		fail_msg("status %d", status);
}

static void
test_long_requests(void **state)
{
	struct running *running = *state;
	const uint16_t port = metrics_start(running, metrics_alone);

	/* Refused with words, or closed once it is clear what it is. */
	refused(ask_long(port, "GET /", "x", 100000,
			 " HTTP/1.1\r\nHost: a\r\n\r\n"));
	refused(ask_long(port, "GET /healthz HTTP/1.1\r\nHost: a\r\nX: ", "y",
			 1000000, "\r\n\r\n"));
	refused(ask_long(port, "GET /healthz HTTP/1.1\r\nHost: a\r\n",
			 "X: y\r\n", 100000, "\r\n"));
	assert_int_equal(http_get(port, "/healthz"), 200);
	assert_int_equal(running_end(running, SIGTERM), 0);
	assert_int_equal(running_said(running, "died"), 0);
}

static void
test_garbage(void **state)
{
	struct running *running = *state;
	const uint16_t port = metrics_start(running, metrics_alone);
	struct rng rng;

	rng_init(&rng, 1);
	for (unsigned i = 0; i < GARBAGE_TRIES; i++) {
		char bytes[2048] = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
		static const char end[] = "\r\n\r\n";
		size_t length = strlen(bytes);
		int status;

		if (i % 2) { /* nothing right about it */
			length = (size_t)rng_below(&rng, 2000) + 1;
			for (size_t b = 0; b < length; b++)
				bytes[b] = (char)rng_below(&rng, 256);
		} else { /* almost right */
			bytes[rng_below(&rng, length)] = (char)rng_below(&rng,
									 256);
		}
		/* Without an end it would wait for more: test_slow_clients. */
		memcpy(bytes + length, end, sizeof(end));
		status = http_ask(port, bytes, length + sizeof(end) - 1);
		if (status != 0 && status != 200 &&
		    (status < 400 || status > 505))
			fail_msg("garbage %u: %d", i, status);
	}
	assert_int_equal(http_get(port, "/healthz"), 200);
	assert_int_equal(running_end(running, SIGTERM), 0);
	assert_int_equal(running_said(running, "died"), 0);
}

/* ----------------------------------------------------------- slow clients */

static bool
is_closed(int fd)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	char bytes[256];

	return poll(&polled, 1, 0) > 0 &&
	       recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) <= 0;
}

/* One byte of a request to each that is open; how many that were. */
static unsigned
slow_clients_drip(int fds[SLOW_CLIENTS])
{
	unsigned open = 0;

	for (size_t i = 0; i < SLOW_CLIENTS; i++) {
		if (fds[i] < 0)
			continue;
		if (send(fds[i], "G", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ||
		    is_closed(fds[i])) {
			close(fds[i]);
			fds[i] = -1;
			continue;
		}
		open++;
	}
	return open;
}

/* They all drip bytes, and never end: all are closed, the next is served. */
static void
test_slow_clients(void **state)
{
	struct running *running = *state;
	const uint16_t port = metrics_start(running, metrics_alone);
	struct asking well = {port, 200};
	const int64_t end_ms = running_now_ms() + SLOW_MS_MAX;
	int64_t dripped_ms = 0;
	int fds[SLOW_CLIENTS];
	unsigned open = SLOW_CLIENTS;

	for (size_t i = 0; i < SLOW_CLIENTS; i++)
		fds[i] = http_connect(port);
	while (open) {
		if (running_now_ms() > end_ms)
			fail_msg("%u slow clients are still open", open);
		if (running_now_ms() - dripped_ms >= 100) {
			dripped_ms = running_now_ms();
			open = slow_clients_drip(fds);
		}
		running_breathe();
	}
	assert_true(running_until(health_is, &well, RUNNING_DEADLINE_MS));
	assert_int_equal(http_get(port, "/metrics"), 200);
	assert_null(strstr(answer, "\nlazaret_metrics_deadlines_total 0\n"));
	assert_int_equal(running_end(running, SIGTERM), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_health, running_setup,
					    running_teardown),
	    cmocka_unit_test_setup_teardown(test_metrics_page, running_setup,
					    running_teardown),
	    cmocka_unit_test_setup_teardown(test_bad_requests, running_setup,
					    running_teardown),
	    cmocka_unit_test_setup_teardown(test_long_requests, running_setup,
					    running_teardown),
	    cmocka_unit_test_setup_teardown(test_garbage, running_setup,
					    running_teardown),
	    cmocka_unit_test_setup_teardown(test_slow_clients, running_setup,
					    running_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
