/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `lazaret run` started by a test: in a folder of its own, on free ports, its
 * output in files.  Whatever goes wrong, nothing stays running: the supervisor
 * dies with the test, its roles with it.
 *
 * Waiting is always for a condition, with a deadline.
 */
#ifndef TESTS_ROLE_RUNNING_H
#define TESTS_ROLE_RUNNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RUNNING_PATH_SIZE 128
#define RUNNING_DEADLINE_MS 20000 /* of whatever should take a moment */

struct running {
	char folder[64]; /* state and run lie in it */
	char conf[RUNNING_PATH_SIZE], state[RUNNING_PATH_SIZE],
	    run[RUNNING_PATH_SIZE];
	char out[RUNNING_PATH_SIZE], err[RUNNING_PATH_SIZE];
	pid_t pid; /* of the supervisor; 0: none */
};

/* Makes and empties the folder; fails the test when it can't. */
void running_init(struct running *running);
/* Kills what runs and takes the folder away. */
void running_fini(struct running *running);
/* The same for cmocka: *state is a struct running. */
int running_setup(void **state);
int running_teardown(void **state);

/*
 * Writes the configuration: network 198.18.0.0/15, all listeners on port 0 of
 * 127.0.0.1, and `more` (whole lines of YAML).
 */
void running_configure(const struct running *running, const char *more);
/* NUL-terminated; fails the test when it can't be written. */
void running_write(const struct running *running, const char *name,
		   const char *bytes);

/* `roles`: NULL-ended names, or NULL for all.  Doesn't wait. */
void running_start(struct running *running, const char *const *roles);
/*
 * Copies of all programs that any user may start, in the test's own folder: the
 * build folder may lie in somebody's home.  Made once; `folder` is theirs.
 */
void running_programs(const struct running *running,
		      char folder[RUNNING_PATH_SIZE]);
/* The same as another user and group, where we are root. */
void running_start_as(struct running *running, const char *const *roles,
		      uid_t uid);
/* Waits until it ends by itself or by `signal` (0: none); its exit code. */
int running_end(struct running *running, int signal);

bool running_until(bool (*condition)(void *context), void *context,
		   int64_t deadline_ms);
/* Until `text` stands `times` times in its standard error. */
void running_wait_said(const struct running *running, const char *text,
		       unsigned times);
unsigned running_said(const struct running *running, const char *text);
void running_wait_ready(const struct running *running, const char *role);
/* Of a listener by its name ("netflow"), from its `listening` line. */
uint16_t running_port(const struct running *running, const char *name);
/* The process of a role; 0: there is none. */
pid_t running_role(const struct running *running, const char *role);
/* Waits for a process of the role other than `not`. */
pid_t running_wait_role(const struct running *running, const char *role,
			pid_t not );
/* Is it there and not dead (a zombie counts as dead)? */
bool running_alive(pid_t pid);
void running_wait_dead(pid_t pid);
/* "Uid:" or "Gid:" of a process. */
unsigned running_id_of(pid_t pid, const char *field);

int64_t running_now_ms(void); /* monotonic */
/* A moment for others to work in, inside a loop with a deadline. */
void running_breathe(void);

#endif
