/* SPDX-License-Identifier: Apache-2.0 */
/* `lazaret shadow report`. */
#ifndef CMD_SHADOW_TELL_H
#define CMD_SHADOW_TELL_H

#include "conf/conf.h"
#include "role/shadow_report.h"

struct shadow_telling {
	struct shadow_asked asked; /* window.since, .until: unset by default */
	uint64_t days;             /* 0: until now, or the last 30 */
	bool json;
};

/* An exit code; it has said what it found, or why not. */
int shadow_tell(struct shadow_telling *telling, const struct conf *conf);

#endif
