/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading single records of the raw log, for evidence: who wants to know what a
 * binding rests on gives its `offset` (a reference: sequence << 16 | place in
 * the record) and gets file, byte and block hash.  Retention besides: which
 * sequences are older than bindings are kept.
 */
#ifndef ROLE_RAW_LOG_H
#define ROLE_RAW_LOG_H

#include "base/errors.h"
#include "base/times.h"
#include "crypto/sha256.h"
#include "role/raw_record.h"
#include "spool/spool.h"

#define RAW_LOG_FOLDER "registrar/raw" /* under state_dir */
#define RAW_LOG_INDEX "registrar/index"
#define RAW_LOG_CHANGES "registrar/spool"

struct raw_evidence {
	char file[SPOOL_NAME_SIZE]; /* in the raw log's folder */
	uint64_t offset;           /* of the record's first byte (its header) */
	uint64_t length;           /* of the record, header included */
	uint8_t hash[SHA256_SIZE]; /* of the record's body */
	uint32_t place;            /* of the word in the record's bytes */
	struct raw_record record;  /* borrows from `body` */
	uint8_t body[SPOOL_BODY_MAX];
};

/*
 * What a reference points at; `folder` is state_dir/registrar/raw.
 * LZ_E_NOT_FOUND: no longer (or never) there; LZ_E_CHECKSUM; -errno.
 * `evidence` is large: allocate it.
 */
LZ_NODISCARD int raw_log_evidence(const char *folder, uint64_t reference,
				  struct raw_evidence *evidence);
/*
 * The last sequence of which all up to it arrived before `oldest`, in whole
 * segments: what spool_writer_trim may be given.  0: none.
 */
LZ_NODISCARD int raw_log_expired(const char *folder, struct at_arrival oldest,
				 uint64_t *sequence);

#endif
