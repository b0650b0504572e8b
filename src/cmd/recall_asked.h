/* SPDX-License-Identifier: Apache-2.0 */
/* What `lazaret recall` was asked for, from its command line. */
#ifndef CMD_RECALL_ASKED_H
#define CMD_RECALL_ASKED_H

#include <getopt.h>

#include "cmd/options.h"
#include "role/command.h"

struct recall_asked {
	const char *config, *reason, *value;
	/* Its act is 0 for list and show; other: the number; 0: list. */
	struct command command;
	int32_t zone_s;
	bool json, several; /* several: more than one thing to recall */
};

extern const struct option recall_options[];
/* One option by its letter; false: it doesn't fit, and that was said. */
bool recall_asked_take(struct recall_asked *asked, int name, const char *value);
/* The words: none, or a verb and a number.  One of cmd_exit; has said why. */
int recall_asked_check(struct recall_asked *asked, int count,
		       char *const *words);

#endif
