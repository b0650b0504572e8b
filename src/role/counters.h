/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of a role: a mapped page in the run directory, written by that role
 * alone, read by the metrics child and by commands.  Names and help texts
 * stand in one table, so that /metrics, the man page and the tests agree.
 */
#ifndef ROLE_COUNTERS_H
#define ROLE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/errors.h"

#define COUNTERS_SCHEMA 3
#define COUNTERS_MAX 256

struct counters; /* the mapped page */

/* X(symbol, role, type, "name", "help"): counters.c, role/counter_table.h */

/* Creates or maps the page of a role for writing; NULL and errno. */
struct counters *counters_create(const char *run_dir, const char *role);
/* Maps it for reading; NULL: not there or another schema. */
const struct counters *counters_open(const char *run_dir, const char *role);
void counters_close(const struct counters *counters);
/*
 * Takes the page for this process until it ends or closes the descriptor
 * answered; the kernel lets go of it however the process dies.  -EAGAIN:
 * another living process has it.  -errno.
 */
LZ_NODISCARD int counters_hold(const char *run_dir, const char *role);
/* Does a living process have it? */
bool counters_held(const char *run_dir, const char *role);

void counters_add(struct counters *counters, unsigned index, uint64_t n);
void counters_set(struct counters *counters, unsigned index, uint64_t value);
uint64_t counters_get(const struct counters *counters, unsigned index);
/* Sets and reads the role's state: starting, ready (1). */
void counters_set_ready(struct counters *counters, int64_t since_us);
int64_t counters_ready_since_us(const struct counters *counters);
/* That its loop still goes around; monotonic, of this machine. */
void counters_beat(struct counters *counters);
/* Microseconds since the last beat. */
int64_t counters_silent_us(const struct counters *counters);

#endif
