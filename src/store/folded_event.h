/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event in the row of the sighting that was the whole of its step: the
 * parts of a store_event that a case_event row has columns for, packed.  Its
 * ids are left out (no action used one), its case and number are the row's.
 * Inside store/ only.
 */
#ifndef STORE_FOLDED_EVENT_H
#define STORE_FOLDED_EVENT_H

#include "base/cursor.h"
#include "base/writer.h"
#include "store/desk_store.h"

#define FOLDED_EVENT_SCHEMA 1
#define FOLDED_EVENT_BYTES_MAX 4096

void folded_event_encode(struct writer *writer,
			 const struct store_event *event);

/* Texts of a decoded event: they are copies. */
struct folded_texts {
	char brake[256], row[256], refused[256], program[256];
};
/*
 * Fills all but case_id, n and sighting; texts point into *texts, the body into
 * the cursor's bytes.  LZ_E_VERSION, LZ_E_SHORT, LZ_E_RANGE.
 */
LZ_NODISCARD int folded_event_decode(struct cursor *cursor,
				     struct folded_texts *texts,
				     struct store_event *event);

#endif
