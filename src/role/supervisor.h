/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `lazaret run`: opens the listening sockets, starts the roles, restarts what
 * dies, stops all in order.  It keeps its privileges, so it reads nothing but
 * the configuration.
 */
#ifndef ROLE_SUPERVISOR_H
#define ROLE_SUPERVISOR_H

#include "conf/conf.h"
#include "role/role.h"

#define SUPERVISOR_ROLES_MAX 7

struct supervisor_order {
	const struct conf *conf;
	const char *conf_file; /* NULL: none, everything by default */
	bool json;             /* `listening` lines on standard output */
	/* Which roles; 0: all there are. */
	size_t role_count;
	const char *roles[SUPERVISOR_ROLES_MAX];
};

/* Runs until SIGTERM or SIGINT; an exit code of CONTRACT. */
int supervisor_run(const struct supervisor_order *order);

#endif
