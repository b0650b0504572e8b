/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Ask again who held this": a later word changed answers about a subject.  The
 * record of the registrar's spool (state_root/registrar/spool), read by the
 * desk.  It is written only when the change stands in the index, so who reads
 * it and renews its view of the index sees the new answer; after a crash it may
 * come twice.
 */
#ifndef ROLE_BINDING_CHANGED_H
#define ROLE_BINDING_CHANGED_H

#include "base/cursor.h"
#include "base/times.h"
#include "base/writer.h"
#include "fact/subject.h"

#define BINDING_CHANGED_SCHEMA 1
#define BINDING_CHANGED_CAUSE_SIZE 48
#define BINDING_CHANGED_BYTES_MAX 128

struct binding_changed {
	uint32_t realm; /* of the subject; 0: public */
	struct subject subject;
	struct at_event from, to; /* [from, to); to may be INT64_MAX */
	char cause[BINDING_CHANGED_CAUSE_SIZE]; /* "late Interim" */
};

void binding_changed_encode(struct writer *writer,
			    const struct binding_changed *changed);
/*
 * LZ_E_VERSION for an unknown schema, LZ_E_SHORT, LZ_E_RANGE for a subject or
 * times that can't be, LZ_E_FORMAT for control characters or bytes behind the
 * end.  *changed is set only on 0.
 */
LZ_NODISCARD int binding_changed_decode(struct cursor *cursor,
					struct binding_changed *changed);

#endif
