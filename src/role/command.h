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
#include "fact/recall.h"

#define COMMAND_SCHEMA 2 /* 1 knew HOLD, RELEASE, DISMISS and RESUME */
#define COMMAND_BYTES_MAX 1280
#define COMMAND_IDS_MAX 32 /* sightings named one by one */
/*
 * The web role's spool holds the same records, RELEASE alone, each of a
 * subscriber's own; what became of one stands under its sequence with this bit.
 */
#define COMMAND_RESULT_WEB (UINT64_C(1) << 62)

/* Acts that are no event of a case; numbers are stored: append only. */
enum command_kind {
	COMMAND_SPLIT = 64,  /* some sightings are another party's */
	COMMAND_STOP = 65,   /* automation, everywhere and at once */
	COMMAND_GO = 66,     /* two persons */
	COMMAND_RECALL = 67, /* something proved wrong: proposes */
	COMMAND_RECALL_APPROVE = 68,
	COMMAND_RECALL_DROP = 69,
	COMMAND_RECALL_LIFT = 70, /* it is right again */
	COMMAND_KIND_END = 71
};

/* command.stops */
#define COMMAND_STOP_NOTICES 0x01
#define COMMAND_STOP_MEASURES 0x02

/* Which sightings a split takes. */
enum command_split { SPLIT_IDS = 1, SPLIT_CLASS = 2, SPLIT_ADDRESS = 3 };

struct command {
	/* HOLD, RELEASE, DISMISS, RESUME, OBJECT, ANSWER, ORDER or MERGE of
	 * enum case_event_kind, or one of enum command_kind. */
	uint8_t act;
	/* 0: every case the act fits (RELEASE), or an act on no case. */
	uint64_t case_id;
	struct at_event time; /* when it was said */
	char actor[CASE_TEXT_SIZE];
	char reason[CASE_TEXT_SIZE]; /* "" where none was given */
	bool self; /* by the subscriber; not stored: the spool says it */

	bool granted;     /* ANSWER: the objection is right */
	uint8_t measure;  /* ORDER: enum measure_kind */
	uint8_t security; /* ORDER: enum security_reason */
	/* MERGE: the case it goes on in; SPLIT: a case of the party, 0: a new one;
	 * RECALL_APPROVE, _DROP, _LIFT: the recall's number. */
	uint64_t other;
	uint8_t stops; /* STOP, GO: COMMAND_STOP_* */

	uint8_t split;       /* SPLIT: enum command_split */
	uint8_t class;       /* by class: enum rsit_class */
	struct addr address; /* by address */
	uint8_t id_count;    /* by number, from 1 */
	uint8_t ids[COMMAND_IDS_MAX][SIGHTING_ID_SIZE];

	uint8_t recall;               /* RECALL: enum recall_kind */
	char value[CASE_TEXT_SIZE];   /* what of it: a name, an address */
	struct at_event since, until; /* until may be unset: no end */
};

/* Is it an act a person may order? */
bool command_act(uint8_t act);
/* "hold", "split", "stop", "recall approve" ...; "unknown". */
const char *command_act_name(uint8_t act);
void command_encode(struct writer *writer, const struct command *command);
/*
 * Reads schema 1, too.  LZ_E_VERSION for an unknown one, LZ_E_SHORT, LZ_E_RANGE
 * for an act, a number or a time nobody can order, LZ_E_FORMAT for text with
 * control characters or bytes behind the end.  *command is set only on 0.
 */
LZ_NODISCARD int command_decode(struct cursor *cursor, struct command *command);

#endif
