/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device said or showed of a measure: the record of the enforcer's
 * spool (state_root/enforcer/spool), read by the desk.
 */
#ifndef ROLE_EFFECT_H
#define ROLE_EFFECT_H

#include "base/cursor.h"
#include "base/writer.h"
#include "fact/case_fact.h"

#define EFFECT_SCHEMA 1
#define EFFECT_DEVICE_SIZE 32
#define EFFECT_DETAIL_SIZE 128
#define EFFECT_BYTES_MAX 256

struct effect {
	uint64_t measure;
	bool on; /* of putting it into force; else of its release */
	enum effect_kind kind;
	struct at_event time;
	char device[EFFECT_DEVICE_SIZE];
	char detail[EFFECT_DETAIL_SIZE]; /* "" or why */
};

void effect_encode(struct writer *writer, const struct effect *effect);
/*
 * LZ_E_VERSION for an unknown schema, LZ_E_SHORT, LZ_E_RANGE for a kind or a
 * time that can't be, LZ_E_FORMAT for control characters or bytes behind the
 * end.  *effect is set only on 0.
 */
LZ_NODISCARD int effect_decode(struct cursor *cursor, struct effect *effect);

#endif
