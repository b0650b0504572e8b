/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small parts that the stored forms of cases, events and policies share.  The
 * readers are strict: what they take can be written again, byte by byte.
 */
#ifndef CASE_STORED_H
#define CASE_STORED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/times.h"
#include "base/writer.h"
#include "fact/subject.h"
#include "net/addr.h"

static inline void
stored_put_time(struct writer *writer, struct at_event time)
{
	writer_u64(writer, (uint64_t)time.us);
}

static inline struct at_event
stored_get_time(struct cursor *cursor)
{
	return (struct at_event){(int64_t)cursor_u64(cursor)};
}

/* False: neither 0 nor 1. */
bool stored_get_flag(struct cursor *cursor, bool *flag);

void stored_put_text(struct writer *writer, const char *text);
/* False: too long for `size` with its NUL, or not printable text. */
bool stored_get_text(struct cursor *cursor, char *text, size_t size);

void stored_put_prefix(struct writer *writer, const struct prefix *prefix);
/* False: too long, or bits set beyond its length. */
bool stored_get_prefix(struct cursor *cursor, struct prefix *prefix);

void stored_put_subject(struct writer *writer, const struct subject *subject);
bool stored_get_subject(struct cursor *cursor, struct subject *subject);

#endif
