/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look-up that is to be remembered: who asked, why, for which case, what, and
 * how it was answered.  The record of the command spool and of the web role's
 * spool, beside orders; written durably before the answer is given.
 */
#ifndef ROLE_AUDIT_H
#define ROLE_AUDIT_H

#include <stdbool.h>

#include "base/cursor.h"
#include "base/writer.h"
#include "fact/identity.h"

#define AUDIT_SCHEMA 0xa1 /* first byte: no order begins so */
#define AUDIT_TEXT_SIZE 96
#define AUDIT_BYTES_MAX 512

struct audit {
	struct at_event time;
	char actor[AUDIT_TEXT_SIZE];    /* "ann (uid 1000)", "api:crm" */
	char why[AUDIT_TEXT_SIZE];      /* "" where none was given */
	char about[AUDIT_TEXT_SIZE];    /* the case, as given; "" */
	char question[AUDIT_TEXT_SIZE]; /* "192.0.2.7:443/tcp at ..." */
	char account[AUDIT_TEXT_SIZE];  /* named; "". The desk numbers it */
	uint8_t certainty;              /* enum certainty */
	struct party_id party; /* 0: none was named, or no number yet */
	bool reveal;           /* the account was shown */
};

/* Does a record of the spool begin as one? */
bool audit_is(const uint8_t *bytes, size_t length);
void audit_encode(struct writer *writer, const struct audit *audit);
/*
 * LZ_E_VERSION, LZ_E_SHORT, LZ_E_RANGE for a time or certainty that can't be,
 * LZ_E_FORMAT for control characters or bytes behind the end.  *audit is set
 * only on 0.
 */
LZ_NODISCARD int audit_decode(struct cursor *cursor, struct audit *audit);

#endif
