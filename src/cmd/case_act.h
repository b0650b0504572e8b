/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the case that is meant, and the acts of `lazaret case`. */
#ifndef CMD_CASE_ACT_H
#define CMD_CASE_ACT_H

#include "cmd/case_asked.h"
#include "conf/conf.h"
#include "store/store.h"

/* Finds the case that is meant; an exit code, 0: found, else it said why. */
int case_choose(struct store *store, const char *which, uint64_t *case_id);
/* Has the act done by the desk and says what became of it; an exit code. */
int case_act_run(const struct case_asked *asked, const struct conf *conf);

#endif
