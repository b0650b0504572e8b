/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metrics role: /healthz and /metrics over HTTP, from the roles' counter
 * pages.  It answers GET of these two and refuses everything else.
 */
#ifndef ROLE_METRICS_H
#define ROLE_METRICS_H

#include "base/text.h"
#include "role/role.h"

#define METRICS_TEXT_SIZE 65536

struct metrics;

/* Opens what the role needs before its sandbox; an exit code, 0 to go on. */
LZ_NODISCARD int metrics_open(struct role *role, struct metrics **metrics);
const struct role_needs *metrics_needs(struct metrics *metrics);
/* Runs until SIGTERM or SIGINT; the exit code. */
int metrics_run(struct metrics *metrics, const char *note);
void metrics_free(struct metrics *metrics);

/*
 * The two pages (metrics_page.c).  true: all roles that are wanted live and are
 * ready; a supervisor says which these are, without one it is all of them.
 */
bool metrics_health(struct text *text, const char *run_dir, bool supervised);
/* Prometheus text format 0.0.4. */
void metrics_page(struct text *text, const char *run_dir);

#endif
