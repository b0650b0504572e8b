/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folders of all roles, made by the supervisor before any role runs: a role
 * grants itself others' folders when it closes its sandbox, so they must be
 * there.
 */
#ifndef ROLE_STATE_FOLDERS_H
#define ROLE_STATE_FOLDERS_H

#include "conf/conf.h"

/*
 * state_dir 0711 where it is missing, run_dir 2750, the command spool 2770,
 * state_dir/ROLE 2750 of each role's user, and the watermarks others read of
 * the desk.  -errno.
 */
LZ_NODISCARD int state_folders_make(const struct conf *conf);
/*
 * A descriptor that keeps a second supervisor off state_dir until it is closed;
 * -EWOULDBLOCK when there is one already, -errno.
 */
LZ_NODISCARD int state_folders_hold(const struct conf *conf);

#endif
