/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles without their sandbox, so that sanitizers, which need calls no role
 * has, can look at them: the whole way from sockets handed down to an orderly
 * end, leaks included.
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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "role/counter_table.h"
#include "role/desk.h"
#include "role/metrics.h"
#include "role/sensor.h"
#include "role/state_folders.h"
#include "spool/spool.h"
#include "unit/role/exporting.h"
#include "unit/role/running.h"

#define SOCKET_FD 3

struct trial {
	struct running running;
	uint16_t port;
	pid_t role;
	const struct counters *page;
};

/* ------------------------------------------------------------- the roles */

static int
sensor_whole(struct role *role)
{
	struct sensor *sensor = NULL;
	int code = sensor_open(role, &sensor);

	if (!code)
		code = sensor_run(sensor, "unconfined");
	sensor_free(sensor);
	return code;
}

static int
desk_whole(struct role *role)
{
	struct desk *desk = NULL;
	int code = desk_open(role, &desk);

	if (!code)
		code = desk_run(desk, "unconfined");
	desk_free(desk);
	return code;
}

static int
metrics_whole(struct role *role)
{
	struct metrics *metrics = NULL;
	int code = metrics_open(role, &metrics);

	if (!code)
		code = metrics_run(metrics, "unconfined");
	metrics_free(metrics);
	return code;
}

/* ----------------------------------------------------------------- trial */

static int
socket_bind(int type, uint16_t *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(at);
	const int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &length), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static int
role_main(const struct trial *trial, enum role_number number,
	  const char *socket_name, int (*whole)(struct role *))
{
	char name[] = "tried", config[] = "--config", path[RUNNING_PATH_SIZE];
	char *arguments[] = {name, config, path, NULL};
	static struct role role;
	int code;

	strcpy(path, trial->running.conf);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_FDNAMES", socket_name, 1);
	code = role_begin(&role, number, 3, arguments);
	if (!code)
		code = whole(&role);
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
role_start(struct trial *trial, enum role_number number, int type,
	   const char *socket_name, int (*whole)(struct role *))
{
	const int fd = socket_bind(type, &trial->port);
	struct conf_errors errors;
	struct conf *conf;

	exporting_configure(&trial->running);
	assert_int_equal(conf_read(trial->running.conf, &conf, &errors), 0);
	assert_int_equal(state_folders_make(conf), 0);
	conf_free(conf);
	/* Made here, so that there is something to wait for. */
	counters_close(counters_create(trial->running.run, role_name(number)));
	trial->page = counters_open(trial->running.run, role_name(number));
	assert_non_null(trial->page);
	trial->role = fork();
	assert_true(trial->role >= 0);
	if (trial->role == 0) {
		if (fd != SOCKET_FD && dup2(fd, SOCKET_FD) != SOCKET_FD)
			_exit(98);
		/* exit, not _exit: leaks are looked for at the end. */
		exit(role_main(trial, number, socket_name, whole));
	}
	close(fd);
	if (!running_until(page_ready, trial, RUNNING_DEADLINE_MS))
		fail_msg("%s doesn't get ready", role_name(number));
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
	running_fini(&trial->running);
	free(trial);
	return 0;
}

/* ----------------------------------------------------------------- tests */

struct counting {
	const struct trial *trial;
	unsigned index;
	uint64_t wanted;
};

static bool
has_counted(void *context)
{
	const struct counting *counting = context;

	return counters_get(counting->trial->page, counting->index) >=
	       counting->wanted;
}

static uint64_t
spool_count(const struct trial *trial)
{
	char path[RUNNING_PATH_SIZE + 32];
	struct spool_reader *reader;
	const uint8_t *body;
	uint64_t sequence = 0;
	size_t length;

	snprintf(path, sizeof(path), "%s/sensor/spool", trial->running.state);
	assert_int_equal(spool_reader_open(path, 0, &reader), 0);
	while (spool_reader_next(reader, &body, &length, &sequence) == 1)
		continue;
	spool_reader_close(reader);
	return sequence;
}

static void
test_sensor(void **state)
{
	struct trial *trial = *state;
	struct counting counting = {trial, COUNTER_SENSOR_SPOOL_LAST,
				    10 * EXPORTING_FLOWS};
	struct exporting exporting;

	role_start(trial, ROLE_SENSOR, SOCK_DGRAM, "netflow", sensor_whole);
	exporting_begin(&exporting, trial->port);
	for (unsigned i = 0; i < 10; i++)
		exporting_send(&exporting);
	assert_int_equal(send(exporting.socket, "no flows", 8, 0), 8);
	assert_true(running_until(has_counted, &counting, RUNNING_DEADLINE_MS));
	role_finish(trial);
	assert_int_equal(spool_count(trial), 10 * EXPORTING_FLOWS);
	/* What waits in its ring when it is told to end is looked at still. */
	role_start(trial, ROLE_SENSOR, SOCK_DGRAM, "netflow", sensor_whole);
	exporting_end(&exporting);
	exporting_begin(&exporting, trial->port);
	for (unsigned i = 0; i < 10; i++)
		exporting_send(&exporting);
	counting = (struct counting){trial, COUNTER_SENSOR_DATAGRAMS, 21};
	assert_true(running_until(has_counted, &counting, RUNNING_DEADLINE_MS));
	role_finish(trial);
	/* The same hosts within five minutes: a new sensor knows nothing. */
	assert_int_equal(spool_count(trial), 20 * EXPORTING_FLOWS);
	exporting_end(&exporting);
}

static void
test_desk(void **state)
{
	struct trial *trial = *state;
	struct counting counting = {trial, COUNTER_SENSOR_SPOOL_LAST,
				    10 * EXPORTING_FLOWS};
	struct exporting exporting;

	role_start(trial, ROLE_SENSOR, SOCK_DGRAM, "netflow", sensor_whole);
	exporting_begin(&exporting, trial->port);
	for (unsigned i = 0; i < 10; i++)
		exporting_send(&exporting);
	exporting_end(&exporting);
	assert_true(running_until(has_counted, &counting, RUNNING_DEADLINE_MS));
	role_finish(trial);
	role_start(trial, ROLE_DESK, SOCK_DGRAM, "none", desk_whole);
	counting.index = COUNTER_DESK_SIGHTINGS;
	assert_true(running_until(has_counted, &counting, RUNNING_DEADLINE_MS));
	role_finish(trial);
}

static void
test_metrics(void **state)
{
	static const char request[] = "GET /metrics HTTP/1.1\r\nHost: a\r\n"
				      "Connection: close\r\n\r\n";
	struct trial *trial = *state;
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	char answer[64] = "";
	int fd;

	role_start(trial, ROLE_METRICS, SOCK_STREAM, "metrics", metrics_whole);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	to.sin_port = htons(trial->port);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(send(fd, request, sizeof(request) - 1, 0),
			 sizeof(request) - 1);
	assert_true(recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL) > 0);
	assert_int_equal(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
	close(fd);
	role_finish(trial);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_sensor, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_desk, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_metrics, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
