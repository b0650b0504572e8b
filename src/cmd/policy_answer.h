/* SPDX-License-Identifier: Apache-2.0 */
/* What `lazaret policy` was asked for, and its answer: lazaret-policy(1). */
#ifndef CMD_POLICY_ANSWER_H
#define CMD_POLICY_ANSWER_H

#include <stdbool.h>

#include "base/times.h"

struct policy_asked {
	const char *verb;             /* "show", "versions", "diff", "try" */
	const char *words[2];         /* policies, as people name them; NULL */
	int count;                    /* of words */
	const char *config;           /* NULL: the standard one */
	struct at_event since, until; /* of try; unset: the last 30 days */
	bool json;
};

/* An exit code; what is wrong is said. */
int policy_answer(const struct policy_asked *asked);

#endif
