/* SPDX-License-Identifier: Apache-2.0 */
/* What `lazaret case` was asked for, from its command line. */
#ifndef CMD_CASE_ASKED_H
#define CMD_CASE_ASKED_H

#include <stdbool.h>
#include <stdint.h>

/* case_asked.given: options, a bit each */
#define ASKED_STATE 0x0001u
#define ASKED_ALL 0x0002u
#define ASKED_REASON 0x0004u
#define ASKED_YES 0x0008u
#define ASKED_GRANT 0x0010u
#define ASKED_REFUSE 0x0020u
#define ASKED_MEASURE 0x0040u
#define ASKED_CODE 0x0080u
#define ASKED_IDS 0x0100u
#define ASKED_CLASS 0x0200u
#define ASKED_ADDRESS 0x0400u
#define ASKED_TO 0x0800u

struct case_asked {
	const char *config;
	uint32_t given;
	uint8_t act;       /* as struct command's; 0: list or show */
	const char *which; /* a case as people write it; NULL: none */
	const char *into;  /* merge: the other case */
	const char *reason, *measure, *code, *ids, *class, *address, *to;
	uint32_t states; /* list: bit per enum case_state; 0: none */
	int32_t zone_s;  /* of times shown to people */
	bool json;
};

/* One option by its letter; false: it doesn't fit, and that was said. */
bool case_asked_take(struct case_asked *asked, int name, const char *value);
/* The words: a verb and its cases.  Sets the act.  NULL, or what is wrong. */
const char *case_asked_check(struct case_asked *asked, int count,
			     char *const *words);

#endif
