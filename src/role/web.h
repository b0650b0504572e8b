/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The web role: the subscribers' portal, and the API on a socket of its own.  Who asks is known by the line the
 * request comes from, or by a code.  It reads the desk's store and writes one
 * thing, its spool of releases that subscribers ask for; the desk decides.
 *
 * Nothing of what was asked for, and of whom, is kept or said.
 */
#ifndef ROLE_WEB_H
#define ROLE_WEB_H

#include "role/role.h"

struct web;

/* Opens what the role needs before its sandbox; an exit code, 0 to go on. */
LZ_NODISCARD int web_open(struct role *role, struct web **web);
const struct role_needs *web_needs(struct web *web);
/* Runs until SIGTERM or SIGINT; the exit code. */
int web_run(struct web *web, const char *note);
void web_free(struct web *web);

#endif
