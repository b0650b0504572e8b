/* SPDX-License-Identifier: Apache-2.0 */
/* What `lazaret case` was asked for, from its command line. */
#ifndef CMD_CASE_ASKED_H
#define CMD_CASE_ASKED_H

#include <stdbool.h>
#include <stdint.h>

#include "fact/case_fact.h"

struct case_asked {
	const char *config;
	const char *which;        /* a case as people write it; NULL: none */
	enum case_event_kind act; /* of hold, release, dismiss, resume; or 0 */
	const char *reason;       /* NULL: none given */
	uint32_t states;          /* list: bit per enum case_state; 0: none */
	int32_t zone_s;           /* of times shown to people */
	bool all, json, yes;
};

/* One option by its letter; false: it doesn't fit, and that was said. */
bool case_asked_take(struct case_asked *asked, int name, const char *value);
/* Does it all fit the verb?  Sets the act.  NULL, or what is wrong. */
const char *case_asked_check(struct case_asked *asked, const char *verb);

#endif
