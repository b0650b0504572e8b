/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registrar's third thread: asks databases for new sessions again and again
 * and hands their rows to the intake.  Where to go on comes with the rows
 * through the raw log and stands in the index with what they became, so a kill
 * costs a repetition, never a row.
 */
#ifndef ROLE_REGISTRAR_POLLS_H
#define ROLE_REGISTRAR_POLLS_H

#include "role/registrar_intake.h"

#define REGISTRAR_PLACE_SIZE 16 /* bytes of a RAW_WHOLE of a database */

struct registrar_polls;

/* Reads passwords, before the sandbox; has said what is wrong where it answers
 * an error. */
LZ_NODISCARD int registrar_polls_new(const struct conf *conf,
				     struct intake *intake,
				     struct registrar_polls **polls);
/* Where to go on with a database, as its last RAW_WHOLE said; before start. */
void registrar_polls_place(struct registrar_polls *polls, size_t database,
			   const uint8_t place[REGISTRAR_PLACE_SIZE]);
LZ_NODISCARD int registrar_polls_start(struct registrar_polls *polls);
void registrar_polls_stop(struct registrar_polls *polls);
void registrar_polls_free(struct registrar_polls *polls);

#endif
