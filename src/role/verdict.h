/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person said of a case of the sample: a record of the command spool,
 * beside orders and look-ups.  It changes nothing in the case.
 */
#ifndef ROLE_VERDICT_H
#define ROLE_VERDICT_H

#include <stdbool.h>

#include "base/cursor.h"
#include "base/times.h"
#include "base/writer.h"

#define VERDICT_SCHEMA 0xa2 /* first byte: no order, no look-up begins so */
#define VERDICT_TEXT_SIZE 192
#define VERDICT_BYTES_MAX 512

struct verdict {
	uint64_t case_id;
	struct at_event time;
	uint8_t class;   /* enum rsit_class that the case stands under */
	uint8_t verdict; /* enum trial_verdict_kind */
	char judge[VERDICT_TEXT_SIZE]; /* "ann (uid 1000)" */
	char note[VERDICT_TEXT_SIZE];  /* "" where none was given */
};

/* Does a record of the spool begin as one? */
bool verdict_is(const uint8_t *bytes, size_t length);
void verdict_encode(struct writer *writer, const struct verdict *verdict);
/*
 * LZ_E_VERSION, LZ_E_SHORT, LZ_E_RANGE for a case, time, class or verdict that
 * can't be, LZ_E_FORMAT for control characters or bytes behind the end.
 * *verdict is set only on 0.
 */
LZ_NODISCARD int verdict_decode(struct cursor *cursor, struct verdict *verdict);

#endif
