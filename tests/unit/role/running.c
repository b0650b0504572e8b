/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret run` started by a test. */
#include "unit/role/running.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define ROLES_MAX 6
#define FILE_MAX ((size_t)4 << 20)

int64_t
running_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
running_breathe(void)
{
	nanosleep(&(struct timespec){0, 1000000}, NULL);
}

bool
running_until(bool (*condition)(void *context), void *context,
	      int64_t deadline_ms)
{
	const int64_t end = running_now_ms() + deadline_ms;

	while (!condition(context)) {
		if (running_now_ms() >= end)
			return false;
		running_breathe();
	}
	return true;
}

/* --------------------------------------------------------------- folders */

static int
remove_one(const char *path, const struct stat *status, int type,
	   struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static void
path_of(const struct running *running, const char *name,
	char path[RUNNING_PATH_SIZE])
{
	snprintf(path, RUNNING_PATH_SIZE, "%s/%s", running->folder, name);
}

void
running_init(struct running *running)
{
	*running = (struct running){0};
	strcpy(running->folder, "/tmp/lazaret-run-XXXXXX");
	assert_non_null(mkdtemp(running->folder));
	assert_int_equal(chmod(running->folder, 0711), 0);
	path_of(running, "lazaret.yaml", running->conf);
	path_of(running, "state", running->state);
	path_of(running, "run", running->run);
	path_of(running, "out", running->out);
	path_of(running, "err", running->err);
}

void
running_fini(struct running *running)
{
	if (running->pid > 0) {
		kill(running->pid, SIGKILL);
		waitpid(running->pid, NULL, 0);
	}
	nftw(running->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int
running_setup(void **state)
{
	*state = calloc(1, sizeof(struct running));
	if (!*state)
		return -1;
	running_init(*state);
	return 0;
}

int
running_teardown(void **state)
{
	struct running *running = *state;

	running_fini(running);
	free(running);
	return 0;
}

void
running_write(const struct running *running, const char *name,
	      const char *bytes)
{
	char path[RUNNING_PATH_SIZE];
	FILE *file;

	path_of(running, name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, strlen(bytes), file), strlen(bytes));
	assert_int_equal(fclose(file), 0);
}

void
running_configure(const struct running *running, const char *more)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 "network: { name: tried, inside: [198.18.0.0/15],"
		 " source_filtered: true }\n"
		 "state_dir: %s\n"
		 "run_dir: %s\n"
		 "listen: { netflow: \"127.0.0.1:0\", ipfix: \"127.0.0.1:0\","
		 " sflow: \"127.0.0.1:0\","
		 " metrics: \"127.0.0.1:0\", portal: \"127.0.0.1:0\", api: "
		 "\"127.0.0.1:0\","
		 " accounting: \"127.0.0.1:0\", syslog: \"127.0.0.1:0\","
		 " syslog_tcp: \"127.0.0.1:0\", nat: \"127.0.0.1:0\" }\n"
		 "%s",
		 running->state, running->run, more);
	running_write(running, "lazaret.yaml", text);
}

/* ------------------------------------------------------------- processes */

void
running_programs(const struct running *running, char folder[RUNNING_PATH_SIZE])
{
	const char *build = getenv("LAZARET_BUILD");
	char command[2048];

	snprintf(folder, RUNNING_PATH_SIZE, "%s/bin", running->folder);
	if (access(folder, F_OK) == 0)
		return;
	snprintf(command, sizeof(command),
		 "mkdir -m 755 '%s' && find '%s' -maxdepth 1 -type f "
		 "-name 'lazaret*' -perm -100 -exec install -m 755 '{}' '%s' "
		 "';'",
		 folder, build ? build : ".", folder);
	assert_int_equal(system(command), 0);
}

static void
child_exec(const struct running *running, const char *build,
	   const char *const *roles, uid_t uid)
{
	char program[1024], config[] = "--config", role[] = "--role";
	char run[] = "run", json[] = "--json";
	char *arguments[6 + 2 * ROLES_MAX] = {program, run, json, config,
					      (char *)(uintptr_t)running->conf};
	size_t count = 5;

	snprintf(program, sizeof(program), "%s/lazaret", build);
	for (size_t i = 0; roles && roles[i] && i < ROLES_MAX; i++) {
		arguments[count++] = role;
		arguments[count++] = (char *)(uintptr_t)roles[i];
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (dup2(open(running->out, O_WRONLY | O_CREAT | O_APPEND, 0644), 1) <
		0 ||
	    dup2(open(running->err, O_WRONLY | O_CREAT | O_APPEND, 0644), 2) <
		0)
		_exit(98);
	if (uid && (setgid(uid) != 0 || setuid(uid) != 0))
		_exit(98);
	execv(program, arguments);
	_exit(98);
}

void
running_start_as(struct running *running, const char *const *roles, uid_t uid)
{
	const char *build = getenv("LAZARET_BUILD");
	char programs[RUNNING_PATH_SIZE];

	assert_int_equal(running->pid, 0);
	if (uid) {
		running_programs(running, programs);
		build = programs;
	}
	if (uid)
		assert_int_equal(chown(running->folder, uid, uid), 0);
	running->pid = fork();
	assert_true(running->pid >= 0);
	if (running->pid == 0)
		child_exec(running, build ? build : ".", roles, uid);
}

void
running_start(struct running *running, const char *const *roles)
{
	running_start_as(running, roles, 0);
}

struct waiting {
	pid_t pid;
	int status;
};

static bool
has_ended(void *context)
{
	struct waiting *waiting = context;

	return waitpid(waiting->pid, &waiting->status, WNOHANG) == waiting->pid;
}

int
running_end(struct running *running, int signal)
{
	struct waiting waiting = {running->pid, 0};

	if (signal)
		assert_int_equal(kill(running->pid, signal), 0);
	if (!running_until(has_ended, &waiting, RUNNING_DEADLINE_MS))
		fail_msg("lazaret run doesn't end");
	running->pid = 0;
	return WIFEXITED(waiting.status) ? WEXITSTATUS(waiting.status) : -1;
}

/* A small file, whole; the length. */
static size_t
file_read(const char *path, char *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t n;

	bytes[0] = '\0';
	if (fd < 0)
		return 0;
	while (length < size - 1 &&
	       (n = read(fd, bytes + length, size - 1 - length)) > 0)
		length += (size_t)n;
	close(fd);
	bytes[length] = '\0';
	return length;
}

/* State letter and first number behind the name of /proc/PID/stat. */
static bool
stat_read(pid_t pid, char name[32], char *state, pid_t *parent)
{
	char path[64], bytes[1024], *open, *close;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (file_read(path, bytes, sizeof(bytes)) == 0)
		return false;
	open = strchr(bytes, '(');
	close = strrchr(bytes, ')');
	if (!open || !close)
		return false;
	*close = '\0';
	snprintf(name, 32, "%s", open + 1);
	return sscanf(close + 1, " %c %d", state, parent) == 2;
}

bool
running_alive(pid_t pid)
{
	char name[32], state;
	pid_t parent;

	return pid > 0 && stat_read(pid, name, &state, &parent) &&
	       state != 'Z' && state != 'X';
}

static bool
is_dead(void *context)
{
	return !running_alive(*(const pid_t *)context);
}

void
running_wait_dead(pid_t pid)
{
	if (!running_until(is_dead, &pid, RUNNING_DEADLINE_MS))
		fail_msg("process %d doesn't die", (int)pid);
}

pid_t
running_role(const struct running *running, const char *role)
{
	char wanted[32], name[32], state;
	const struct dirent *entry;
	DIR *processes = opendir("/proc");
	pid_t found = 0, parent;

	assert_non_null(processes);
	snprintf(wanted, sizeof(wanted), "lazaret-%s", role);
	while (!found && (entry = readdir(processes))) {
		const pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		/* The kernel keeps 15 characters of a name. */
		if (pid > 0 && stat_read(pid, name, &state, &parent) &&
		    parent == running->pid && state != 'Z' &&
		    strncmp(name, wanted, 15) == 0)
			found = pid;
	}
	closedir(processes);
	return found;
}

struct looking {
	const struct running *running;
	const char *role;
	pid_t not, found;
};

static bool
role_found(void *context)
{
	struct looking *looking = context;

	looking->found = running_role(looking->running, looking->role);
	return looking->found && looking->found != looking->not ;
}

pid_t
running_wait_role(const struct running *running, const char *role, pid_t not )
{
	struct looking looking = {running, role, not, 0};

	if (!running_until(role_found, &looking, RUNNING_DEADLINE_MS))
		fail_msg("no %s is running", role);
	return looking.found;
}

unsigned
running_id_of(pid_t pid, const char *field)
{
	char path[64], bytes[4096], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	assert_true(file_read(path, bytes, sizeof(bytes)) > 0);
	at = strstr(bytes, field);
	assert_non_null(at);
	return (unsigned)strtoul(at + strlen(field), NULL, 10);
}

/* ---------------------------------------------------------------- output */

unsigned
running_said(const struct running *running, const char *text)
{
	char *bytes = malloc(FILE_MAX);
	unsigned count = 0;

	assert_non_null(bytes);
	file_read(running->err, bytes, FILE_MAX);
	for (const char *at = bytes; (at = strstr(at, text));
	     at += strlen(text))
		count++;
	free(bytes);
	return count;
}

struct hearing {
	const struct running *running;
	const char *text;
	unsigned times;
};

static bool
was_said(void *context)
{
	const struct hearing *hearing = context;

	return running_said(hearing->running, hearing->text) >= hearing->times;
}

void
running_wait_said(const struct running *running, const char *text,
		  unsigned times)
{
	struct hearing hearing = {running, text, times};
	char bytes[8192];

	if (running_until(was_said, &hearing, RUNNING_DEADLINE_MS))
		return;
	file_read(running->err, bytes, sizeof(bytes));
	fail_msg("'%s' isn't said %u times in:\n%s", text, times, bytes);
}

void
running_wait_ready(const struct running *running, const char *role)
{
	char text[64];

	snprintf(text, sizeof(text), "%s: ready", role);
	running_wait_said(running, text, 1);
}

struct listening {
	const struct running *running;
	char wanted[64];
	unsigned port;
};

static bool
port_known(void *context)
{
	struct listening *listening = context;
	char bytes[4096];
	const char *at;

	file_read(listening->running->out, bytes, sizeof(bytes));
	at = strstr(bytes, listening->wanted);
	return at && strchr(at, '\n') &&
	       sscanf(at + strlen(listening->wanted),
		      ",\"address\":\"127.0.0.1:%u\"", &listening->port) == 1;
}

uint16_t
running_port(const struct running *running, const char *name)
{
	struct listening listening = {.running = running};

	snprintf(listening.wanted, sizeof(listening.wanted), "\"name\":\"%s\"",
		 name);
	if (!running_until(port_known, &listening, RUNNING_DEADLINE_MS))
		fail_msg("no listening line of %s", name);
	return (uint16_t)listening.port;
}
