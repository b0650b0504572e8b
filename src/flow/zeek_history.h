/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Zeek's history and conn_state say of each side's TCP flags and of who
 * began.  Part of zeek.h, where it is said what the letters mean; nobody else
 * includes this.  Side 0 is the originator (capital letters), 1 the responder.
 */
#ifndef FLOW_ZEEK_HISTORY_H
#define FLOW_ZEEK_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct zeek_history {
	bool told;       /* there was a history, or a state that says flags */
	bool letters[2]; /* the side was seen to send */
	bool lost[2];    /* it sent packets that Zeek took nothing from */
	bool began[2];
	uint8_t flags[2];
};

/* Either cell may be unset (at is NULL). */
void zeek_history_parse(struct slice history, struct slice state,
			struct zeek_history *told);
/*
 * Are a side's flags fit to be shown, if each side sent so many packets?  A
 * lone SYN is so only when nothing of either side went by unseen: it is what
 * makes somebody a scanner.
 */
bool zeek_history_flags_known(const struct zeek_history *told, int side,
			      const uint64_t packets[2]);

#endif
