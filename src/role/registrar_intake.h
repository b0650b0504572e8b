/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registrar's intake thread: everything that comes in goes into the raw log,
 * uninterpreted, and is made durable in groups; only then is a NAS answered.
 * So an answer is a promise that holds over kill -9, and whatever can't be
 * stored isn't answered: the NAS sends it again.
 */
#ifndef ROLE_REGISTRAR_INTAKE_H
#define ROLE_REGISTRAR_INTAKE_H

#include "role/raw_record.h"
#include "role/registrar_clients.h"
#include "role/role.h"

/* A group waits no longer for company, and is no larger. */
#define INTAKE_GROUP_US 10000
#define INTAKE_GROUP_BYTES (1u << 20)
#define INTAKE_GROUP_COUNT 8192

struct intake;

/*
 * Over the role's sockets, by their names; `clients` NULL: no accounting.  wake:
 * an eventfd, rung when more is durable.  All stay the caller's.
 */
LZ_NODISCARD int intake_new(const struct role *role,
			    struct registrar_clients *clients, int wake,
			    struct intake **intake);
/* Opens the raw log in `folder`, behind the sandbox; role_folder: the role's
 * own, which stays the caller's.  -errno, LZ_E_EXISTS. */
LZ_NODISCARD int intake_open(struct intake *intake, const char *folder,
			     int role_folder);
LZ_NODISCARD int intake_start(struct intake *intake);
/* Ends the thread; what it has taken is durable or unanswered. */
void intake_stop(struct intake *intake);
void intake_free(struct intake *intake); /* the same, and frees */

/* From any thread: the index has come so far, so older segments may go. */
void intake_indexed(struct intake *intake, uint64_t sequence);
/* Before it starts: new records get numbers behind `sequence`.  1: the raw log
 * ended before it, so it was lost or put back from an older copy; 0: it is
 * whole; or an error. */
LZ_NODISCARD int intake_skip(struct intake *intake, uint64_t sequence);
/* From any thread: when its loop last went around, monotonic. */
int64_t intake_beat_us(struct intake *intake);

/*
 * From other threads (database polls): stores and makes durable at the next
 * group.  LZ_E_FULL when too much waits already, LZ_E_RANGE.
 */
LZ_NODISCARD int intake_put(struct intake *intake,
			    const struct raw_record *record);

#endif
