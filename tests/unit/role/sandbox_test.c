/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox itself: each forbidden act kills, and is named on standard error;
 * what is granted works.  The roles' own lists are tried in roles_test.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "role/role.h"

static char folder[64] = "/tmp/lazaret-sandbox-XXXXXX";
static bool landlock; /* in the child: the kernel has it */

struct act {
	const char *call; /* named; NULL: allowed, must end with 0 */
	int (*run)(void);
};

static int
act_open(void)
{
	return open("/etc/passwd", O_RDONLY) < 0;
}
static int
act_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
static int
act_exec(void)
{
	return execl("/bin/true", "true", NULL);
}
static int
act_fork(void)
{
	return fork() < 0;
}
static int
act_kill(void)
{
	return kill(getppid(), 0);
}
static int
act_error(void)
{
	errno = EIO;
	perror("sandbox");
	return 0;
}

static const int open_calls[] = {SCMP_SYS(openat), -1};

/* What the child wrote; its wait status. */
static int
child_run(const struct role_needs *needs, int (*act)(void), char *said,
	  size_t size)
{
	struct role_user user = {false, geteuid(), getegid()};
	int ends[2], status;
	size_t length = 0;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const char *note;

		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		if (geteuid() == 0)
			user = (struct role_user){true, 61001, 61000};
		if (sandbox_close("tried", &user, 0, needs, &note) != 0)
			_exit(99);
		landlock = !strstr(note, "no Landlock");
		_exit(act());
	}
	close(ends[1]);
	while ((n = read(ends[0], said + length, size - 1 - length)) > 0)
		length += (size_t)n;
	said[length] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void
test_forbidden_is_named(void **state)
{
	static const struct act acts[] = {
	    {"openat", act_open}, {"socket", act_socket}, {"execve", act_exec},
	    {"clone", act_fork},  {"kill", act_kill},
	};
	const struct role_needs none = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		char said[512], wanted[64];
		int status = child_run(&none, acts[i].run, said, sizeof(said));

		snprintf(wanted, sizeof(wanted), "tried: forbidden call %s\n",
			 acts[i].call);
		assert_string_equal(said, wanted);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSYS);
	}
}

static void
test_abort_and_perror(void **state)
{
	const struct role_needs none = {0};
	char said[512];
	int status;

	(void)state;
	status = child_run(&none, act_error, said, sizeof(said));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_non_null(strstr(said, "sandbox: "));
}

static int
capabilities(uint32_t wanted)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct have[2];

	if (syscall(SYS_capget, &header, have) != 0)
		return 1;
	return have[0].effective != wanted || have[0].permitted != wanted ||
	       have[0].inheritable != 0 || have[1].permitted != 0;
}
static int
act_has_one(void)
{
	return capabilities(1u << CAP_NET_ADMIN);
}
static int
act_has_none(void)
{
	return capabilities(0);
}

/* What a role names is kept through the change of users, and nothing else. */
static void
test_capabilities(void **state)
{
	static const int calls[] = {SCMP_SYS(capget), -1};
	const bool root = geteuid() == 0;
	struct role_needs needs = {.syscalls = calls};
	char said[512];
	int status;

	(void)state;
	status = child_run(&needs, act_has_none, said, sizeof(said));
	assert_string_equal(said, "");
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	needs.capabilities = UINT64_C(1) << CAP_NET_ADMIN;
	status = child_run(&needs, root ? act_has_one : act_has_none, said,
			   sizeof(said));
	assert_string_equal(said, "");
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int
act_granted(void)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/here", folder);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 1;
	close(fd);
	if (!landlock)
		return 0;
	/* Not granted: Landlock answers, the call itself is allowed. */
	if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
		return 2;
	/* Reading was granted, not writing. */
	return open(path, O_WRONLY) >= 0 ? 3 : 0;
}

static void
test_landlock(void **state)
{
	const char *const paths[] = {folder, NULL};
	const struct role_needs needs = {.read_paths = paths,
					 .syscalls = open_calls};
	char said[512], path[128];
	int status, fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/here", folder);
	fd = open(path, O_CREAT | O_WRONLY, 0666);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chmod(path, 0666), 0);
	status = child_run(&needs, act_granted, said, sizeof(said));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void *
thread_main(void *context)
{
	return context;
}

static int
act_thread(void)
{
	pthread_t thread;
	void *result = NULL;

	return pthread_create(&thread, NULL, thread_main, folder) ||
	       pthread_join(thread, &result) || result != folder;
}

static void
test_threads_not_processes(void **state)
{
	const struct role_needs needs = {.threads = true};
	char said[512];
	int status = child_run(&needs, act_thread, said, sizeof(said));

	(void)state;
	assert_string_equal(said, "");
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	status = child_run(&needs, act_fork, said, sizeof(said));
	assert_string_equal(said, "tried: forbidden call clone\n");
	assert_true(WIFSIGNALED(status));
}

static int
act_ring(void)
{
	return send(7, "", 0, 0) >= 0;
}

static void
test_call_on_one_descriptor(void **state)
{
	static const struct role_fd_call on[] = {{SCMP_SYS(sendto), 6},
						 {-1, -1}};
	const struct role_needs needs = {.fd_calls = on};
	char said[512];
	int status = child_run(&needs, act_ring, said, sizeof(said));

	(void)state;
	assert_string_equal(said, "tried: forbidden call sendto\n");
	assert_true(WIFSIGNALED(status));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forbidden_is_named),
	    cmocka_unit_test(test_abort_and_perror),
	    cmocka_unit_test(test_capabilities),
	    cmocka_unit_test(test_landlock),
	    cmocka_unit_test(test_threads_not_processes),
	    cmocka_unit_test(test_call_on_one_descriptor),
	};
	char path[128];
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(path, sizeof(path), "%s/here", folder);
	unlink(path);
	rmdir(folder);
	return failed;
}
