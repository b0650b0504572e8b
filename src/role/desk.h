/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk role: the only writer of cases.
 *
 * A round takes in commands, then receipts, then sightings, then lets timers
 * fire, in one transaction of its store, whose rows say what came of it; after
 * the commit it tells the spools' writers what has been taken in (ack.NAME) and
 * rings for the notifier.  So a kill at any moment leaves the state of the last
 * commit, and what came after it is taken in again.
 */
#ifndef ROLE_DESK_H
#define ROLE_DESK_H

#include "role/role.h"

struct desk;

/*
 * Everything that is opened before the sandbox: binding files, bell, folders.
 * 0, or an exit code (why is said); *desk is owned by the caller even then.
 */
LZ_NODISCARD int desk_open(struct role *role, struct desk **desk);
const struct role_needs *desk_needs(struct desk *desk);
/* Behind the sandbox, until SIGTERM or SIGINT; an exit code. */
int desk_run(struct desk *desk, const char *note);
void desk_free(struct desk *desk);

#endif
