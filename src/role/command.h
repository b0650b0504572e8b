/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person orders: the record of the command spool
 * (state_root/command/spool), written by the command line, read by the desk.
 */
#ifndef ROLE_COMMAND_H
#define ROLE_COMMAND_H

#include "base/cursor.h"
#include "base/writer.h"
#include "case/step.h"

#define COMMAND_SCHEMA 1
#define COMMAND_BYTES_MAX 512
/*
 * The web role's spool holds the same records, RELEASE alone, each of a
 * subscriber's own; what became of one stands under its sequence with this bit.
 */
#define COMMAND_RESULT_WEB (UINT64_C(1) << 62)

struct command {
	enum case_event_kind act; /* HOLD, RELEASE, DISMISS or RESUME */
	uint64_t case_id;         /* 0: every case the act fits */
	struct at_event time;     /* when it was said */
	char actor[CASE_TEXT_SIZE];
	char reason[CASE_TEXT_SIZE]; /* "" where none was given */
	bool self; /* by the subscriber; not stored: the spool says it */
};

/* Is it an act a person may order? */
bool command_act(enum case_event_kind act);
void command_encode(struct writer *writer, const struct command *command);
/*
 * LZ_E_VERSION for an unknown schema, LZ_E_SHORT, LZ_E_RANGE for an act or a
 * time nobody can order, LZ_E_FORMAT for text with control characters or bytes
 * behind the end.  *command is set only on 0.
 */
LZ_NODISCARD int command_decode(struct cursor *cursor, struct command *command);

#endif
