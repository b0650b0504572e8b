/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret shadow judge`: a person's word on a case. */
#ifndef CMD_SHADOW_JUDGE_H
#define CMD_SHADOW_JUDGE_H

#include "conf/conf.h"

struct shadow_judging {
	const char *which;   /* the case, as people name it */
	const char *verdict; /* "right", "wrong", "unclear" */
	const char *note;    /* NULL: none */
	const char *as;      /* who judged, where it isn't the caller; NULL */
};

/* NULL, or what is wrong with what was given. */
const char *shadow_judge_check(const struct shadow_judging *judging);
/* Hands it to the desk; an exit code, and it has said what became of it. */
int shadow_judge(const struct shadow_judging *judging, const struct conf *conf);

#endif
