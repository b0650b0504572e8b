/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enforcer role: what the desk desires becomes so on a device, and stays
 * so; effects go into its spool.
 *
 * It keeps CAP_NET_ADMIN alone.  Entries end by themselves unless it refreshes
 * them: should it die for good, the gate opens.  In shadow it touches nothing.
 */
#ifndef ROLE_ENFORCER_H
#define ROLE_ENFORCER_H

#include "role/role.h"

struct enforcer;

/* As of desk_open, desk_needs, desk_run (role/desk.h). */
LZ_NODISCARD int enforcer_open(struct role *role, struct enforcer **enforcer);
const struct role_needs *enforcer_needs(struct enforcer *enforcer);
int enforcer_run(struct enforcer *enforcer, const char *note);
void enforcer_free(struct enforcer *enforcer);

#endif
