/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each role under its own list of calls and grants: a forbidden call kills it
 * and is named, a path it wasn't given is refused.  A process of the test does
 * what the role's main does up to the closed sandbox, and then what a role
 * taken over would try.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "role/desk.h"
#include "role/enforcer.h"
#include "role/metrics.h"
#include "role/notifier.h"
#include "role/registrar.h"
#include "role/role.h"
#include "role/sensor.h"
#include "role/state_folders.h"
#include "role/web.h"
#include "unit/role/running.h"

#define EXIT_NOT_CLOSED 99
#define EXIT_NO_LANDLOCK 77
#define SOCKET_FD 3

/* ----------------------------------------------------------------- roles */

static const struct role_needs *
sensor_prepare(struct role *role)
{
	struct sensor *sensor;

	return sensor_open(role, &sensor) == 0 ? sensor_needs(sensor) : NULL;
}

static const struct role_needs *
registrar_prepare(struct role *role)
{
	struct registrar *registrar;

	return registrar_open(role, &registrar) == 0
		   ? registrar_needs(registrar)
		   : NULL;
}

static const struct role_needs *
desk_prepare(struct role *role)
{
	struct desk *desk;

	return desk_open(role, &desk) == 0 ? desk_needs(desk) : NULL;
}

static const struct role_needs *
notifier_prepare(struct role *role)
{
	struct notifier *notifier;

	return notifier_open(role, &notifier) == 0 ? notifier_needs(notifier)
						   : NULL;
}

static const struct role_needs *
enforcer_prepare(struct role *role)
{
	struct enforcer *enforcer;

	return enforcer_open(role, &enforcer) == 0 ? enforcer_needs(enforcer)
						   : NULL;
}

static const struct role_needs *
metrics_prepare(struct role *role)
{
	struct metrics *metrics;

	return metrics_open(role, &metrics) == 0 ? metrics_needs(metrics)
						 : NULL;
}

static const struct role_needs *
web_prepare(struct role *role)
{
	struct web *web;

	return web_open(role, &web) == 0 ? web_needs(web) : NULL;
}

/* A role is one row. */
static const struct {
	enum role_number number;
	const struct role_needs *(*prepare)(struct role *role);
	const char *socket;  /* handed down; NULL: none */
	const char *foreign; /* under the state folder, not its business */
} roles[] = {
    {ROLE_SENSOR, sensor_prepare, NULL, "command/spool"},
    {ROLE_REGISTRAR, registrar_prepare, NULL, "sensor"},
    {ROLE_DESK, desk_prepare, NULL, "metrics"},
    {ROLE_NOTIFIER, notifier_prepare, NULL, "sensor"},
    {ROLE_ENFORCER, enforcer_prepare, NULL, "command/spool"},
    {ROLE_WEB, web_prepare, "portal", "sensor"},
    {ROLE_METRICS, metrics_prepare, "metrics", "desk"},
};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

/* ------------------------------------------------------------------ acts */

static int
act_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}
static int
act_execve(void)
{
	return execl("/bin/true", "true", NULL);
}
static int
act_fork(void)
{
	return fork();
}
static int
act_kill(void)
{
	return kill(getppid(), 0);
}
static int
act_ptrace(void)
{
	return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}
static int
act_mount(void)
{
	return mount("none", "/", NULL, MS_REMOUNT, NULL);
}
static int
act_setuid(void)
{
	return setuid(0);
}
static int
act_connect(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};

	return connect(SOCKET_FD, (struct sockaddr *)&to, sizeof(to));
}
static int
act_bind(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET};

	return bind(SOCKET_FD, (struct sockaddr *)&to, sizeof(to));
}
static int
act_executable_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static const struct {
	const char *call; /* as it is named */
	int (*run)(void);
} acts[] = {
    {"socket", act_socket}, {"execve", act_execve},
    {"clone", act_fork},    {"kill", act_kill},
    {"ptrace", act_ptrace}, {"mount", act_mount},
    {"setuid", act_setuid}, {"connect", act_connect},
    {"bind", act_bind},     {"mmap", act_executable_memory},
};
#define ACTS (sizeof(acts) / sizeof(acts[0]))

/* ----------------------------------------------------------------- trial */

static void
socket_hand_down(const char *name)
{
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in any = {.sin_family = AF_INET,
				  .sin_addr = {htonl(INADDR_LOOPBACK)}};

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0 ||
	    listen(fd, 1) != 0 || dup2(fd, SOCKET_FD) != SOCKET_FD)
		_exit(EXIT_NOT_CLOSED);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_FDNAMES", name, 1);
}

/* In a process of its own: everything up to the closed sandbox. */
static const char *
role_close(const struct running *running, size_t i)
{
	char name[] = "tried", config[] = "--config", path[RUNNING_PATH_SIZE];
	char *arguments[] = {name, config, path, NULL};
	const struct role_needs *needs = NULL;
	const char *note = "";
	static struct role role;

	strcpy(path, running->conf);
	if (roles[i].socket)
		socket_hand_down(roles[i].socket);
	if (role_begin(&role, roles[i].number, 3, arguments) == 0)
		needs = roles[i].prepare(&role);
	if (!needs || role_sandbox(&role, needs, &note) != 0)
		_exit(EXIT_NOT_CLOSED);
	return note;
}

/* What the child said, and its wait status. */
static int
child_hear(pid_t child, const int ends[2], char *said, size_t size)
{
	size_t length = 0;
	int status;
	ssize_t n;

	assert_true(child > 0);
	close(ends[1]);
	while ((n = read(ends[0], said + length, size - 1 - length)) > 0)
		length += (size_t)n;
	said[length] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void
act_try(const struct running *running, size_t i, size_t a)
{
	char said[4096], wanted[64];
	int ends[2], status;
	pid_t child;

	/* Not where a handed-down socket goes. */
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[0], 20) == 20 && dup2(ends[1], 21) == 21);
	close(ends[0]);
	close(ends[1]);
	ends[0] = 20;
	ends[1] = 21;
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		role_close(running, i);
		acts[a].run();
		_exit(0);
	}
	status = child_hear(child, ends, said, sizeof(said));
	snprintf(wanted, sizeof(wanted), "%s: forbidden call %s\n",
		 role_name(roles[i].number), acts[a].call);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS ||
	    !strstr(said, wanted))
		fail_msg("%s, %s: status %x, said '%s'",
			 role_name(roles[i].number), acts[a].call,
			 (unsigned)status, said);
}

static void
test_forbidden_kills_and_is_named(void **state)
{
	for (size_t i = 0; i < ROLES; i++)
		for (size_t a = 0; a < ACTS; a++)
			act_try(*state, i, a);
}

/* 0: each was refused by Landlock; else the number of the one that wasn't. */
static int
paths_try(const struct running *running, size_t i)
{
	char foreign[RUNNING_PATH_SIZE * 2], outside[RUNNING_PATH_SIZE + 16];
	const struct {
		const char *path;
		int flags;
	} tries[] = {
	    {"/etc/passwd", O_RDONLY},        {"/proc/self/mem", O_RDWR},
	    {"/tmp", O_RDONLY | O_DIRECTORY}, {running->conf, O_RDONLY},
	    {outside, O_WRONLY | O_CREAT},    {foreign, O_RDONLY | O_DIRECTORY},
	};

	snprintf(foreign, sizeof(foreign), "%s/%s", running->state,
		 roles[i].foreign);
	snprintf(outside, sizeof(outside), "%s/open/new", running->folder);
	for (size_t t = 0; t < sizeof(tries) / sizeof(tries[0]); t++)
		if (open(tries[t].path, tries[t].flags, 0600) >= 0 ||
		    errno != EACCES)
			return (int)t + 1;
	return 0;
}

static void
test_paths_not_given_are_refused(void **state)
{
	const struct running *running = *state;
	char open_folder[RUNNING_PATH_SIZE + 8];
	unsigned tried = 0;

	snprintf(open_folder, sizeof(open_folder), "%s/open", running->folder);
	assert_int_equal(mkdir(open_folder, 0777), 0);
	assert_int_equal(chmod(open_folder, 0777), 0);
	for (size_t i = 0; i < ROLES; i++) {
		const pid_t child = fork();
		int status;

		assert_true(child >= 0);
		if (child == 0)
			_exit(strstr(role_close(running, i), "no Landlock")
				  ? EXIT_NO_LANDLOCK
				  : paths_try(running, i));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) == EXIT_NO_LANDLOCK)
			continue;
		if (WEXITSTATUS(status) != 0)
			fail_msg("%s: path %d", role_name(roles[i].number),
				 WEXITSTATUS(status));
		tried++;
	}
	if (tried == 0)
		print_message("paths: not tried, no Landlock here\n");
}

static int
setup(void **state)
{
	struct conf_errors errors;
	struct running *running;
	struct conf *conf;

	if (running_setup(state) != 0)
		return -1;
	running = *state;
	/* Its own device would touch this machine: interop_enforcer does. */
	running_configure(running, "essential: [198.51.100.0/28]\n"
				   "quarantine: { driver: \"null\" }\n");
	if (conf_read(running->conf, &conf, &errors) != 0 ||
	    state_folders_make(conf) != 0)
		return -1;
	conf_free(conf);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_forbidden_kills_and_is_named,
					    setup, running_teardown),
	    cmocka_unit_test_setup_teardown(test_paths_not_given_are_refused,
					    setup, running_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
