/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every role does first: arguments, configuration, folders, counters;
 * and then: drop to its user and close its sandbox.
 *
 * A role program is started by the supervisor (or by systemd) as
 *   lazaret-ROLE --config FILE [--state DIR] [--run DIR] [--seed N]
 * with listening sockets handed down from descriptor 3 on (LISTEN_FDS,
 * LISTEN_FDNAMES as systemd does).  LAZARET_SUPERVISOR holds the number of the
 * process that started it and whose death ends it.
 */
#ifndef ROLE_ROLE_H
#define ROLE_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/errors.h"
#include "conf/conf.h"
#include "role/counters.h"

#define ROLE_SOCKETS_MAX 16
#define ROLE_SILENT_US_MAX TIMES_MINUTE_US

/* Fixed numbers: user id = uid_base + number. */
enum role_number {
	ROLE_SENSOR = 1,
	ROLE_INTAKE = 2,
	ROLE_REGISTRAR = 3,
	ROLE_DESK = 4,
	ROLE_NOTIFIER = 5,
	ROLE_ENFORCER = 6,
	ROLE_WEB = 7,
	ROLE_LEDGER = 8,
	ROLE_METRICS = 9
};

/* The user and group a role runs as, where it is started by root. */
struct role_user {
	bool switched; /* false: as the caller */
	uid_t uid;
	gid_t gid;
};
void role_user(const struct conf *conf, enum role_number number,
	       struct role_user *user);
const char *role_name(enum role_number number);
/*
 * Makes the folder and its parents (0755), gives it to the user with the mode;
 * a folder that is there already keeps its contents.  -errno; -ENOTDIR and
 * -ELOOP where a link stands in its place.
 */
LZ_NODISCARD int role_folder(const char *path, const struct role_user *user,
			     mode_t mode);

struct role {
	enum role_number number;
	const char *name;               /* "sensor" */
	struct conf *conf;              /* owned */
	char state_dir[CONF_PATH_SIZE]; /* the role's own: state_dir/NAME */
	char state_root[CONF_PATH_SIZE];
	char run_dir[CONF_PATH_SIZE];
	uint64_t seed; /* 0: from the system */
	size_t socket_count;
	int sockets[ROLE_SOCKETS_MAX];
	char socket_names[ROLE_SOCKETS_MAX]
			 [32];     /* "netflow", "ipfix", "sflow" */
	struct counters *counters; /* mapped page, owned */
	int counters_fd;           /* says that it lives; owned, -1: none */
	pid_t supervisor;          /* 0: none */
};

/*
 * Parses arguments, reads the configuration, makes the role's state folder
 * where it may, maps its counter page, calls crypto_init.  On failure it has
 * said why on standard error and answers the exit code (> 0); 0 to go on.
 */
LZ_NODISCARD int role_begin(struct role *role, enum role_number number,
			    int argc, char **argv);
void role_end(struct role *role);

/* What a role may still do after role_sandbox. */
struct role_fd_call {
	int syscall;
	int fd;
};
struct role_needs {
	const char *const *read_paths;  /* NULL-ended; files or folders */
	const char *const *write_paths; /* NULL-ended; folders or files */
	const int *syscalls; /* ended by -1; besides the common list */
	/* Allowed with that first argument alone; ended by syscall -1; NULL. */
	const struct role_fd_call *fd_calls;
	bool threads; /* may begin threads afterwards (never processes) */
	/* The only TCP port it may connect to, where the kernel can say so;
	 * 0: none.  The calls for it stand in `syscalls`. */
	uint16_t connect_port;
	uint16_t database_port; /* and this one: the store's; 0: none */
	/* Bit per CAP_*: kept where they are there, all others are given up;
	 * 0: none of root's is kept. */
	uint64_t capabilities;
};

/*
 * Drops to the role's user, no_new_privs, Landlock where the kernel has it,
 * seccomp: any other call traps, is named on standard error ("sensor:
 * forbidden call openat") and the process dies of SIGSYS.  Called once
 * everything is open.  -errno when it can't be closed (the role must not
 * run).  *note gets what the start line should say ("as caller", "no
 * Landlock"), static text or "".
 */
LZ_NODISCARD int role_sandbox(const struct role *role,
			      const struct role_needs *needs,
			      const char **note);
/*
 * The same for a process that has no role (tests): `name` is what a forbidden
 * call is reported under.
 */
LZ_NODISCARD int sandbox_close(const char *name, const struct role_user *user,
			       pid_t supervisor, const struct role_needs *needs,
			       const char **note);

/* A clock of the system, microseconds: roles alone read clocks. */
int64_t role_clock_us(clockid_t clock);

/*
 * "ready" to the supervisor: a line on standard output is never used; the
 * counter page's state field is set and one line goes to standard error.  From
 * then on the role's loop owes a counters_beat at least every
 * ROLE_SILENT_US_MAX, else it counts as stuck.
 */
void role_ready(struct role *role, const char *note);

#endif
