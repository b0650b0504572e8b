/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a decoder of src/lease said, as lines that a test can compare:
 *
 *   whole 192.0.2.10 mac:02:00:5e:00:53:01 [08:00:00,08:20:00) at 08:00:00
 *   refused 12 kea fields
 *
 * Times of 2024-06-20 without their date; "~08:10:00" is the end of what is
 * sure; '#' and a number is the low part of the origin where it isn't 0.
 */
#ifndef TESTS_UNIT_LEASE_HEARD_H
#define TESTS_UNIT_LEASE_HEARD_H

#include <string.h>

#include "base/text.h"
#include "fact/lease_event.h"

#define HEARD_SIZE 65536

struct heard {
	size_t count, refused;
	struct lease_event last;
	struct text text;
	char bytes[HEARD_SIZE];
};

static inline void
heard_time(struct text *text, struct at_event time)
{
	char bytes[TIMES_RFC3339_SIZE];
	struct text stamp;

	if (!times_is_set(time)) {
		text_char(text, '-');
		return;
	}
	if (time.us == INT64_MAX) {
		text_add(text, "open");
		return;
	}
	text_init(&stamp, bytes, sizeof(bytes));
	times_format(&stamp, time.us);
	if (memcmp(bytes + 19, ".000000Z", 8) == 0)
		bytes[19] = '\0';
	text_add(text,
		 memcmp(bytes, "2024-06-20T", 11) == 0 ? bytes + 11 : bytes);
}

static inline void
heard_event(void *context, const struct lease_event *event)
{
	static const char *const kinds[] = {"?",     "start", "alive", "stop",
					    "whole", "reset", "word",  "gap"};
	struct heard *heard = context;
	struct text *text = &heard->text;

	heard->count++;
	heard->last = *event;
	text_add(text, kinds[event->kind <= 7 ? event->kind : 0]);
	for (size_t i = 0; i < event->subject_count; i++) {
		char subject[SUBJECT_TEXT_SIZE];
		struct text part;

		text_init(&part, subject, sizeof(subject));
		subject_format(&part, &event->subjects[i].subject);
		text_char(text, ' ');
		text_add(text, subject);
	}
	text_char(text, ' ');
	text_add(text, event->holder[0] ? event->holder : "-");
	text_add(text, " [");
	heard_time(text, event->start);
	text_char(text, ',');
	if (event->marks & LEASE_END_INFERRED) {
		text_char(text, '~');
		heard_time(text, event->sure);
		text_char(text, ',');
	}
	heard_time(text, event->end);
	text_add(text, ") at ");
	heard_time(text, event->at);
	if (event->origin & 0xffff) {
		text_add(text, " #");
		text_u64(text, event->origin & 0xffff);
	}
	text_char(text, '\n');
}

static inline void
heard_refused(void *context, uint64_t offset, const char *reason)
{
	struct heard *heard = context;

	heard->refused++;
	text_add(&heard->text, "refused ");
	text_u64(&heard->text, offset);
	text_char(&heard->text, ' ');
	text_add(&heard->text, reason);
	text_char(&heard->text, '\n');
}

static inline struct lease_output
heard_output(struct heard *heard)
{
	heard->count = heard->refused = 0;
	text_init(&heard->text, heard->bytes, sizeof(heard->bytes));
	return (struct lease_output){heard_event, heard_refused, heard};
}

#endif
