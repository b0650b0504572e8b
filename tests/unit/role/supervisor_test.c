/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `lazaret run` as an operator meets it: what it refuses and how it says so,
 * how it mends deaths, reloads and ends; folders and users.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "role/counter_table.h"
#include "role/counters.h"
#include "unit/role/running.h"

#define UID_BASE 61000
#define NOBODY 65534

static const char *const sensor_alone[] = {"sensor", NULL};
static const char *const metrics_alone[] = {"metrics", NULL};
static const char *const some_roles[] = {"sensor", "metrics", NULL};

static int
udp_bind(uint16_t *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(*port),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof(at);
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
		close(fd);
		return -1;
	}
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &length), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static void
start_ready(struct running *running, const char *const *roles)
{
	running_configure(running, "");
	running_start(running, roles);
	for (size_t i = 0; roles[i]; i++)
		running_wait_ready(running, roles[i]);
}

/* --------------------------------------------------------------- refused */

static void
test_taken_port(void **state)
{
	struct running *running = *state;
	char conf[2048], wanted[128];
	uint16_t port = 0;
	const int fd = udp_bind(&port);

	snprintf(conf, sizeof(conf),
		 "network: { name: tried, inside: [198.18.0.0/15] }\n"
		 "state_dir: %s\nrun_dir: %s\n"
		 "listen: { netflow: \"127.0.0.1:%u\", ipfix: \"127.0.0.1:0\","
		 " sflow: \"127.0.0.1:0\","
		 " metrics: \"127.0.0.1:0\" }\n",
		 running->state, running->run, port);
	running_write(running, "lazaret.yaml", conf);
	running_start(running, some_roles);
	assert_int_equal(running_end(running, 0), 5);
	snprintf(wanted, sizeof(wanted), "netflow can't listen on 127.0.0.1:%u",
		 port);
	assert_int_equal(running_said(running, wanted), 1);
	snprintf(wanted, sizeof(wanted), "another program has port %u", port);
	assert_int_equal(running_said(running, wanted), 1);
	assert_int_equal(running_said(running, "listen.netflow"), 1);
	/* It is the sensor's: the metrics role alone needs none of it. */
	running_start(running, metrics_alone);
	running_wait_ready(running, "metrics");
	assert_int_equal(running_end(running, SIGTERM), 0);
	close(fd);
}

static void
test_second_run(void **state)
{
	struct running *running = *state;
	struct running second = *running;

	start_ready(running, some_roles);
	second.pid = 0;
	running_start(&second, some_roles);
	assert_int_equal(running_end(&second, 0), 5);
	running_wait_said(running, "another `lazaret run` works here", 1);
	assert_int_equal(running_end(running, SIGTERM), 0);
}

static void
test_bad_configuration(void **state)
{
	struct running *running = *state;

	running_start(running, some_roles); /* there is none */
	assert_int_equal(running_end(running, 0), 3);
	assert_int_equal(running_said(running, "lazaret.yaml"), 1);
	running_configure(running, "metric: 3\n");
	running_start(running, some_roles);
	assert_int_equal(running_end(running, 0), 3);
	assert_true(running_said(running, "lazaret.yaml:5:") == 1);
	/* What a role alone finds out ends all the same. */
	running_configure(running, "indicators: [ { csv: none.csv } ]\n");
	running_start(running, sensor_alone);
	assert_int_equal(running_end(running, 0), 3);
	running_wait_said(running, "none.csv", 1);
	running_wait_said(running, "sensor ended with 3", 1);
}

static void
test_unknown_role(void **state)
{
	static const char *const unknown[] = {"cook", NULL};
	struct running *running = *state;

	running_configure(running, "");
	running_start(running, unknown);
	assert_int_equal(running_end(running, 0), 2);
	assert_int_equal(running_said(running, "there is no role 'cook'"), 1);
}

/* Nothing asked for: every role there is, each as its own user. */
static void
test_all_roles(void **state)
{
	static const struct {
		const char *name;
		unsigned number;
	} all[] = {{"sensor", 1}, {"desk", 4}, {"notifier", 5}, {"metrics", 9}};
	struct running *running = *state;

	running_configure(running, "");
	running_start(running, NULL);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		pid_t pid;

		running_wait_ready(running, all[i].name);
		pid = running_wait_role(running, all[i].name, 0);
		assert_int_equal(running_id_of(pid, "Uid:"),
				 geteuid() ? geteuid()
					   : UID_BASE + all[i].number);
		assert_int_equal(running_id_of(pid, "Seccomp:"), 2);
	}
	assert_int_equal(running_end(running, SIGTERM), 0);
	assert_int_equal(running_said(running, "died"), 0);
	assert_int_equal(running_said(running, "forbidden"), 0);
}

/* ---------------------------------------------------------------- deaths */

/* Dies as soon as it is there, again and again: each wait is longer. */
static void
test_longer_waits(void **state)
{
	static const char *const waits[] = {"in 0.1 s", "in 0.2 s", "in 0.4 s",
					    "in 0.8 s"};
	const size_t count = sizeof(waits) / sizeof(waits[0]);
	struct running *running = *state;
	const struct counters *page;
	pid_t sensor = 0;
	unsigned deaths = 0;

	start_ready(running, sensor_alone);
	/* On a busy machine the first may have lived too long to count. */
	while (running_said(running, waits[count - 1]) == 0) {
		assert_true(deaths < 20);
		sensor = running_wait_role(running, "sensor", sensor);
		assert_int_equal(kill(sensor, SIGKILL), 0);
		running_wait_said(running, "sensor died of SIGKILL", ++deaths);
	}
	for (size_t i = 0; i < count; i++)
		assert_true(running_said(running, waits[i]) > 0);
	running_wait_role(running, "sensor", sensor);
	running_wait_said(running, "sensor: ready", 2);
	page = counters_open(running->run, "run");
	assert_non_null(page);
	assert_int_equal(counters_get(page, COUNTER_RUN_DEATHS_SENSOR), deaths);
	assert_int_equal(counters_get(page, COUNTER_RUN_UP_SENSOR), 1);
	assert_int_equal(counters_get(page, COUNTER_RUN_WANTED_SENSOR), 1);
	assert_int_equal(counters_get(page, COUNTER_RUN_WANTED_DESK), 0);
	counters_close(page);
	assert_int_equal(running_end(running, SIGTERM), 0);
}

/* It ended in order, but nobody here asked it to: it was ready once, so it is
 * started again whatever it says. */
static void
test_ended_by_others(void **state)
{
	struct running *running = *state;
	pid_t sensor;

	start_ready(running, sensor_alone);
	sensor = running_wait_role(running, "sensor", 0);
	assert_int_equal(kill(sensor, SIGTERM), 0);
	running_wait_dead(sensor);
	running_wait_said(running, "sensor ended with 0", 1);
	running_wait_said(running, "sensor: ready", 2);
	sensor = running_wait_role(running, "sensor", sensor);
	running_configure(running, "indicators: [ { csv: none.csv } ]\n");
	assert_int_equal(kill(sensor, SIGKILL), 0);
	/* Its configuration is wrong now: it can't start, and isn't given up. */
	running_wait_said(running, "sensor ended with 3", 2);
	running_configure(running, "");
	running_wait_said(running, "sensor: ready", 3);
	assert_int_equal(running_end(running, SIGTERM), 0);
}

static void
ends_without_rest(struct running *running, int signal)
{
	uint16_t port;
	pid_t sensor, metrics;
	int fd;

	start_ready(running, some_roles);
	sensor = running_wait_role(running, "sensor", 0);
	metrics = running_wait_role(running, "metrics", 0);
	port = running_port(running, "netflow");
	assert_int_equal(running_end(running, signal),
			 signal == SIGKILL ? -1 : 0);
	running_wait_dead(sensor);
	running_wait_dead(metrics);
	fd = udp_bind(&port);
	assert_true(fd >= 0); /* nobody holds its port any more */
	close(fd);
}

static void
test_term_ends_all(void **state)
{
	struct running *running = *state;

	ends_without_rest(running, SIGTERM);
	assert_int_equal(running_said(running, "died"), 0);
	assert_int_equal(running_said(running, "killed"), 0);
	/* And the state it left takes a new start. */
	unlink(running->out);
	unlink(running->err);
	ends_without_rest(running, SIGINT);
}

static void
test_killed_supervisor(void **state)
{
	ends_without_rest(*state, SIGKILL);
}

static void
test_stopped_role_is_killed(void **state)
{
	struct running *running = *state;
	pid_t sensor;

	start_ready(running, sensor_alone);
	sensor = running_wait_role(running, "sensor", 0);
	assert_int_equal(kill(sensor, SIGSTOP), 0);
	assert_int_equal(running_end(running, SIGTERM), 0);
	assert_int_equal(running_said(running, "sensor doesn't end: killed"),
			 1);
	assert_false(running_alive(sensor));
}

/* ---------------------------------------------------------------- reload */

static void
test_reload(void **state)
{
	struct running *running = *state;
	pid_t sensor, metrics;
	uint16_t port;

	start_ready(running, some_roles);
	sensor = running_wait_role(running, "sensor", 0);
	metrics = running_wait_role(running, "metrics", 0);
	port = running_port(running, "netflow");
	/* Unsound: everything stays. */
	running_configure(running, "metric: 3\n");
	assert_int_equal(kill(running->pid, SIGHUP), 0);
	running_wait_said(running, "not reloaded", 1);
	/* Nothing to be changed under running roles. */
	running_configure(running, "run: { uid_base: 62000 }\n");
	assert_int_equal(kill(running->pid, SIGHUP), 0);
	running_wait_said(running, "take a new start", 1);
	assert_int_equal(running_role(running, "sensor"), sensor);
	assert_int_equal(running_role(running, "metrics"), metrics);
	/* Sound: the roles are others, the sockets the same. */
	running_configure(running, "mode: shadow\n");
	assert_int_equal(kill(running->pid, SIGHUP), 0);
	running_wait_role(running, "sensor", sensor);
	running_wait_role(running, "metrics", metrics);
	running_wait_said(running, "sensor: ready", 2);
	running_wait_said(running, "metrics: ready", 2);
	assert_int_equal(udp_bind(&port), -1);
	assert_int_equal(running_said(running, "died"), 0);
	assert_int_equal(running_end(running, SIGTERM), 0);
}

/* ------------------------------------------------------ folders and users */

static const struct {
	const char *path; /* under the test's folder */
	unsigned mode;
	unsigned number; /* of the role; 0: root's */
} places[] = {
    {"state", S_IFDIR | 0711, 0},
    {"state/sensor", S_IFDIR | 02750, 1},
    {"state/sensor/spool", S_IFDIR | 02750, 1},
    {"state/sensor/spool/durable", S_IFREG | 0640, 1},
    {"state/desk", S_IFDIR | 02750, 4},
    {"state/desk/ack.sensor", S_IFREG | 0640, 4},
    {"state/desk/ack.command", S_IFREG | 0640, 4},
    {"state/notifier", S_IFDIR | 02750, 5},
    {"state/metrics", S_IFDIR | 02750, 9},
    {"state/command", S_IFDIR | 02770, 0},
    {"state/command/spool", S_IFDIR | 02770, 0},
    {"run", S_IFDIR | 02750, 0},
    {"run/sensor.counters", S_IFREG | 0640, 0},
    {"run/run.counters", S_IFREG | 0640, 0},
};

static void
places_compare(const struct running *running, uid_t caller)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char path[RUNNING_PATH_SIZE + 64];
		uid_t owner = caller;
		struct stat status;

		if (caller == 0 && places[i].number)
			owner = UID_BASE + places[i].number;
		snprintf(path, sizeof(path), "%s/%s", running->folder,
			 places[i].path);
		assert_int_equal(stat(path, &status), 0);
		if (status.st_mode != places[i].mode ||
		    status.st_uid != owner ||
		    (caller == 0 && status.st_gid != UID_BASE))
			fail_msg("%s: %o, %u:%u", path, status.st_mode,
				 status.st_uid, status.st_gid);
	}
}

static void
test_folders_and_users(void **state)
{
	struct running *running = *state;
	pid_t sensor, metrics;

	start_ready(running, some_roles);
	places_compare(running, geteuid());
	sensor = running_wait_role(running, "sensor", 0);
	metrics = running_wait_role(running, "metrics", 0);
	if (geteuid() == 0) {
		assert_int_equal(running_id_of(sensor, "Uid:"), UID_BASE + 1);
		assert_int_equal(running_id_of(sensor, "Gid:"), UID_BASE);
		assert_int_equal(running_id_of(metrics, "Uid:"), UID_BASE + 9);
	} else {
		assert_int_equal(running_id_of(sensor, "Uid:"), geteuid());
	}
	assert_int_equal(running_id_of(sensor, "NoNewPrivs:"), 1);
	assert_int_equal(running_id_of(sensor, "Seccomp:"), 2);
	assert_int_equal(running_id_of(metrics, "Seccomp:"), 2);
	assert_int_equal(running_end(running, SIGTERM), 0);
}

/* Without root: all as the caller, and it is said. */
static void
test_as_anybody(void **state)
{
	struct running *running = *state;
	pid_t sensor;

	if (geteuid() != 0)
		return; /* then all the others are this test */
	running_configure(running, "");
	running_start_as(running, some_roles, NOBODY);
	running_wait_ready(running, "sensor");
	running_wait_ready(running, "metrics");
	running_wait_said(running, "not root: all roles run as user 65534", 1);
	running_wait_said(running, "sensor: ready, user 65534, as caller", 1);
	places_compare(running, NOBODY);
	sensor = running_wait_role(running, "sensor", 0);
	assert_int_equal(running_id_of(sensor, "Uid:"), NOBODY);
	assert_int_equal(running_id_of(sensor, "Seccomp:"), 2);
	assert_int_equal(running_end(running, SIGTERM), 0);
}

/* Where a role has put a link, root gives nothing away. */
static void
test_links_are_not_followed(void **state)
{
	struct running *running = *state;
	char link[RUNNING_PATH_SIZE + 32], target[RUNNING_PATH_SIZE];
	struct stat status;

	snprintf(target, sizeof(target), "%s/else", running->folder);
	assert_int_equal(mkdir(target, 0755), 0);
	assert_int_equal(mkdir(running->state, 0711), 0);
	snprintf(link, sizeof(link), "%s/command", running->state);
	assert_int_equal(mkdir(link, 0755), 0);
	strcat(link, "/spool");
	assert_int_equal(symlink(target, link), 0);
	running_configure(running, "");
	running_start(running, sensor_alone);
	assert_int_equal(running_end(running, 0), 3);
	assert_int_equal(running_said(running, "folders under"), 1);
	assert_int_equal(stat(target, &status), 0);
	assert_int_equal(status.st_uid, geteuid());
	assert_int_equal(status.st_mode & 07777, 0755);
}

/* A folder above that the roles' users can't pass: it says which, and how. */
static void
test_impassable_folder(void **state)
{
	struct running *running = *state;
	char wanted[128];

	if (geteuid() != 0)
		return;
	assert_int_equal(chmod(running->folder, 0700), 0);
	running_configure(running, "");
	running_start(running, sensor_alone);
	assert_int_equal(running_end(running, 0), 3);
	snprintf(wanted, sizeof(wanted), "chmod o+x %s)", running->folder);
	assert_int_equal(running_said(running, wanted), 1);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, running_setup, running_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_taken_port),
	    TEST(test_second_run),
	    TEST(test_bad_configuration),
	    TEST(test_unknown_role),
	    TEST(test_all_roles),
	    TEST(test_longer_waits),
	    TEST(test_ended_by_others),
	    TEST(test_term_ends_all),
	    TEST(test_killed_supervisor),
	    TEST(test_stopped_role_is_killed),
	    TEST(test_reload),
	    TEST(test_folders_and_users),
	    TEST(test_as_anybody),
	    TEST(test_links_are_not_followed),
	    TEST(test_impassable_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
