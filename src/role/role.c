/* SPDX-License-Identifier: Apache-2.0 */
/* What every role does first: arguments, configuration, folders, counters. */
#include "role/role.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/sha256.h"

#define SOCKETS_FROM 3
enum { EXIT_USAGE = 2, EXIT_CONF = 3, EXIT_SERVICE = 5, EXIT_FAULT = 70 };

const char *
role_name(enum role_number number)
{
	static const char *const names[] = {[ROLE_SENSOR] = "sensor",
					    [ROLE_INTAKE] = "intake",
					    [ROLE_REGISTRAR] = "registrar",
					    [ROLE_DESK] = "desk",
					    [ROLE_NOTIFIER] = "notifier",
					    [ROLE_ENFORCER] = "enforcer",
					    [ROLE_WEB] = "web",
					    [ROLE_LEDGER] = "ledger",
					    [ROLE_METRICS] = "metrics"};

	return names[number];
}

void
role_user(const struct conf *conf, enum role_number number,
	  struct role_user *user)
{
	char account[32];
	const struct passwd *found;

	user->switched = geteuid() == 0;
	user->uid = geteuid();
	user->gid = getegid();
	if (!user->switched)
		return;
	snprintf(account, sizeof(account), "lazaret-%s", role_name(number));
	found = getpwnam(account);
	user->uid = found ? found->pw_uid : conf->uid_base + number;
	user->gid = conf->uid_base;
}

static int
parents_make(char *path)
{
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return -errno;
		*at = '/';
	}
	return 0;
}

/*
 * By a descriptor, and through no link: the folder above may be a role's own,
 * and root gives nothing away that a role points at.
 */
static int
folder_give(const char *path, const struct role_user *user, mode_t mode)
{
	const int fd = open(path,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return -errno;
	/* chown takes the set-group bit away, so the mode comes second. */
	if (user->switched && fchown(fd, user->uid, user->gid) != 0)
		error = -errno;
	/* Another's folder (a unit's) has the mode its owner gave it. */
	else if (fchmod(fd, mode) != 0 && errno != EPERM)
		error = -errno;
	close(fd);
	return error;
}

int
role_folder(const char *path, const struct role_user *user, mode_t mode)
{
	char copy[CONF_PATH_SIZE];
	mode_t before;
	int error = 0;

	if (!text_copy(copy, sizeof(copy), slice_of(path)))
		return -ENAMETOOLONG;
	before = umask(022);
	error = parents_make(copy);
	if (!error && mkdir(copy, 0750) != 0 && errno != EEXIST)
		error = -errno;
	umask(before);
	return error ? error : folder_give(copy, user, mode);
}

/* Can a user pass through all folders above `path`? */
static bool
parents_passable(const struct role *role, const char *path,
		 const struct role_user *user)
{
	char copy[CONF_PATH_SIZE];

	if (!text_copy(copy, sizeof(copy), slice_of(path)))
		return false;
	for (char *at = strchr(copy + 1, '/'); at; at = strchr(at + 1, '/')) {
		struct stat status;
		mode_t need = S_IXOTH;

		*at = '\0';
		if (stat(copy, &status) != 0)
			return false;
		if (status.st_uid == user->uid)
			need = S_IXUSR;
		else if (status.st_gid == user->gid)
			need = S_IXGRP;
		if (!(status.st_mode & need)) {
			fprintf(stderr,
				"%s: user %u can't pass through %s (chmod o+x "
				"%s)\n",
				role->name, (unsigned)user->uid, copy, copy);
			return false;
		}
		*at = '/';
	}
	return true;
}

static bool
folders_make(struct role *role)
{
	struct role_user user;
	int error;

	role_user(role->conf, role->number, &user);
	error = role_folder(role->state_dir, &user, 02750);
	if (error) {
		fprintf(stderr, "%s: can't make %s: %s\n", role->name,
			role->state_dir, lz_strerror(error));
		return false;
	}
	if (user.switched)
		user.uid = 0;
	error = role_folder(role->run_dir, &user, 02750);
	if (error) {
		fprintf(stderr, "%s: can't make %s: %s\n", role->name,
			role->run_dir, lz_strerror(error));
		return false;
	}
	role_user(role->conf, role->number, &user);
	return !user.switched ||
	       (parents_passable(role, role->state_dir, &user) &&
		parents_passable(role, role->run_dir, &user));
}

struct role_options {
	const char *config, *state, *run;
};

static int
options_read(struct role *role, int argc, char **argv,
	     struct role_options *options)
{
	static const struct option known[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"state", required_argument, NULL, 's'},
	    {"run", required_argument, NULL, 'r'},
	    {"seed", required_argument, NULL, 'n'},
	    {NULL, 0, NULL, 0}};
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'c')
			options->config = optarg;
		else if (c == 's')
			options->state = optarg;
		else if (c == 'r')
			options->run = optarg;
		else if (c != 'n' || slice_u64(slice_of(optarg), UINT64_MAX,
					       &role->seed) != 0)
			return EXIT_USAGE;
	}
	return optind == argc ? 0 : EXIT_USAGE;
}

static bool
conf_load(struct role *role, const char *given)
{
	static struct conf_errors errors;
	char message[16384];
	struct text text;
	const char *path = conf_path(given, getenv("LAZARET_CONFIG"));
	int error = path ? conf_read(path, &role->conf, &errors)
			 : conf_default(&role->conf);

	if (!error)
		return true;
	text_init(&text, message, sizeof(message));
	if (path)
		conf_errors_format(&text, path, &errors);
	fprintf(stderr, "%s: configuration: %s\n%s", role->name,
		lz_strerror(error), message);
	return false;
}

static bool
paths_fill(struct role *role, const struct role_options *options)
{
	const char *root = options->state ? options->state
					  : role->conf->state_dir;
	const char *run = options->run ? options->run : role->conf->run_dir;
	struct text text;

	text_init(&text, role->state_dir, sizeof(role->state_dir));
	text_add(&text, root);
	text_char(&text, '/');
	text_add(&text, role->name);
	return !text.full &&
	       text_copy(role->state_root, sizeof(role->state_root),
			 slice_of(root)) &&
	       text_copy(role->run_dir, sizeof(role->run_dir), slice_of(run));
}

static bool
sockets_take(struct role *role)
{
	const char *count = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	const char *pid = getenv("LISTEN_PID");
	struct slice rest = slice_of(names ? names : "");
	uint64_t n, wanted;

	if (!count)
		return true;
	if (pid && (slice_u64(slice_of(pid), UINT32_MAX, &wanted) != 0 ||
		    wanted != (uint64_t)getpid()))
		return true; /* they are another process's */
	if (slice_u64(slice_of(count), ROLE_SOCKETS_MAX, &n) != 0)
		return false;
	for (int i = 0; i < (int)n; i++) {
		int fd = SOCKETS_FROM + i;

		if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
		    !text_copy(role->socket_names[i],
			       sizeof(role->socket_names[i]),
			       slice_split(&rest, ':')))
			return false;
		role->sockets[role->socket_count++] = fd;
	}
	return true;
}

/* A role doesn't outlive who started it: nobody would restart or stop it. */
static bool
supervisor_follow(struct role *role)
{
	const char *given = getenv("LAZARET_SUPERVISOR");
	uint64_t pid;

	if (!given)
		return true;
	if (slice_u64(slice_of(given), INT32_MAX, &pid) != 0)
		return false;
	role->supervisor = (pid_t)pid;
	return prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 &&
	       getppid() == role->supervisor;
}

static bool
counters_take(struct role *role)
{
	role->counters_fd = counters_hold(role->run_dir, role->name);
	if (role->counters_fd == -EAGAIN) {
		fprintf(stderr, "%s: another %s runs already with %s\n",
			role->name, role->name, role->run_dir);
		return false;
	}
	if (role->counters_fd >= 0)
		role->counters = counters_create(role->run_dir, role->name);
	if (!role->counters)
		fprintf(stderr, "%s: can't map counters in %s: %s\n",
			role->name, role->run_dir, strerror(errno));
	return role->counters != NULL;
}

int
role_begin(struct role *role, enum role_number number, int argc, char **argv)
{
	struct role_options options = {NULL, NULL, NULL};

	*role = (struct role){.number = number,
			      .name = role_name(number),
			      .counters_fd = -1};
	umask(027);
	signal(SIGPIPE, SIG_IGN);
	if (!supervisor_follow(role))
		return EXIT_SERVICE;
	if (options_read(role, argc, argv, &options) != 0) {
		fprintf(stderr,
			"usage: lazaret-%s --config FILE [--state DIR] "
			"[--run DIR] [--seed N]\n",
			role->name);
		return EXIT_USAGE;
	}
	if (!conf_load(role, options.config))
		return EXIT_CONF;
	if (!paths_fill(role, &options) || !folders_make(role))
		return EXIT_CONF;
	if (!sockets_take(role)) {
		fprintf(stderr, "%s: LISTEN_FDS makes no sense\n", role->name);
		return EXIT_USAGE;
	}
	if (!counters_take(role))
		return EXIT_CONF;
	if (crypto_init() != 0) {
		fprintf(stderr, "%s: no SHA-256\n", role->name);
		return EXIT_FAULT;
	}
	return 0;
}

void
role_end(struct role *role)
{
	/* Its page says on that it was ready: who started it asks. */
	counters_close(role->counters);
	if (role->counters_fd >= 0)
		close(role->counters_fd);
	conf_free(role->conf);
	role->counters = NULL;
	role->conf = NULL;
}

int
role_sandbox(const struct role *role, const struct role_needs *needs,
	     const char **note)
{
	struct role_user user;

	role_user(role->conf, role->number, &user);
	return sandbox_close(role->name, &user, role->supervisor, needs, note);
}

int64_t
role_clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
}

void
role_ready(struct role *role, const char *note)
{
	counters_beat(role->counters);
	counters_set_ready(role->counters, role_clock_us(CLOCK_REALTIME));
	fprintf(stderr, "%s: ready, user %u%s%s\n", role->name,
		(unsigned)geteuid(), *note ? ", " : "", note);
}
