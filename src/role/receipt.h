/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of a notice: the record of the notifier's spool
 * (state_root/notifier/spool), read by the desk.
 */
#ifndef ROLE_RECEIPT_H
#define ROLE_RECEIPT_H

#include "base/cursor.h"
#include "base/writer.h"
#include "fact/case_fact.h"

#define RECEIPT_SCHEMA 2 /* 1 knew no corrections */
#define RECEIPT_PROOF_SIZE 128
#define RECEIPT_BYTES_MAX 256

struct receipt {
	uint64_t notice;
	bool correction; /* of what took it back, not of the notice itself */
	enum receipt_kind kind;
	struct at_event time;
	char proof[RECEIPT_PROOF_SIZE]; /* a file's name, a server's answer */
};

void receipt_encode(struct writer *writer, const struct receipt *receipt);
/*
 * Reads schema 1, too.  LZ_E_VERSION for an unknown one, LZ_E_SHORT, LZ_E_RANGE
 * for a kind or a time that can't be, LZ_E_FORMAT for a proof with control characters or bytes
 * behind the end.  *receipt is set only on 0.
 */
LZ_NODISCARD int receipt_decode(struct cursor *cursor, struct receipt *receipt);

#endif
