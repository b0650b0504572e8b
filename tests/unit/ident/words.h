/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short ways to make lease events, feed them to a tracker over a table, and ask
 * the table: shared by the tests of ident.
 */
#ifndef TESTS_UNIT_IDENT_WORDS_H
#define TESTS_UNIT_IDENT_WORDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "ident/binding_table.h"
#include "ident/identify.h"

#define SECOND TIMES_SECOND_US
#define MINUTE TIMES_MINUTE_US
#define HOUR TIMES_HOUR_US
/* 2024-06-20T00:00:00Z */
#define DAY0 INT64_C(1718841600000000)

/* Minutes (and seconds) of that day. */
static inline int64_t
clock_us(int hour, int minute, int second)
{
	return DAY0 + hour * HOUR + minute * MINUTE + second * SECOND;
}
#define AT(hour, minute) clock_us(hour, minute, 0)

static inline void
add_subject(struct lease_event *event, const char *text, uint8_t slot)
{
	struct lease_subject *subject = &event->subjects[event->subject_count];

	assert_int_equal(subject_parse(slice_of(text), &subject->subject), 0);
	subject->slot = slot;
	event->subject_count++;
}

/* subject, holder, session: NULL: none. */
static inline struct lease_event
word(uint8_t kind, const char *session, const char *holder, const char *subject,
     int64_t at_us)
{
	struct lease_event event = {.kind = kind, .at.us = at_us};

	event.start = event.end = event.sure = times_unset();
	if (session)
		strcpy(event.session, session);
	if (holder)
		strcpy(event.holder, holder);
	if (subject)
		add_subject(&event, subject, LEASE_SLOT_ADDRESS);
	/* Each word stands in a place of its own. */
	event.origin = (uint64_t)at_us << 4 | kind;
	return event;
}

/* With Acct-Session-Time. */
static inline struct lease_event
timed(uint8_t kind, const char *session, const char *holder,
      const char *subject, int64_t at_us, int64_t start_us)
{
	struct lease_event event = word(kind, session, holder, subject, at_us);

	event.start.us = start_us;
	event.marks |= LEASE_START_INFERRED;
	return event;
}

static inline void
feed(struct binding_table *table, uint16_t source,
     const struct lease_event *event)
{
	struct tracker_store store = binding_table_store(table);
	const struct tracker_source *its = binding_table_source(table, source);

	assert_non_null(its);
	assert_int_equal(tracker_event(&store, its, event), 0);
}
#define FEED(table, source, ...)                        \
	do {                                            \
		struct lease_event word_ = __VA_ARGS__; \
		feed(table, source, &word_);            \
	} while (0)

static inline struct identity_answer
ask_at(struct binding_table *table, const char *address, int32_t port,
       int64_t at_us, int64_t error_us)
{
	struct binding_cursor cursor = binding_table_cursor(table);
	struct identity_question question = {.port = port,
					     .first.us = at_us,
					     .last.us = at_us,
					     .error_us = error_us};
	struct identity_answer answer;

	assert_int_equal(addr_parse(slice_of(address), &question.addr), 0);
	identify(&cursor, &question, &answer);
	return answer;
}

/* label: NULL where nobody is to be named. */
static inline void
expect_answer(const struct binding_table *table,
	      const struct identity_answer *answer, uint8_t certainty,
	      const char *label, int line)
{
	const char *named =
	    answer->certainty >= CERTAINTY_PROBABLE
		? party_table_label(binding_table_parties(table), answer->party)
		: NULL;

	if (answer->certainty != certainty ||
	    (label ? !named || strcmp(named, label) != 0 : named != NULL))
		fail_msg("line %d: %s %s (%s), not %s %s", line,
			 certainty_name(answer->certainty), named ? named : "-",
			 answer->reasons[0], certainty_name(certainty),
			 label ? label : "-");
}
#define EXPECT_AT(table, certainty, label, ...)                              \
	do {                                                                 \
		struct identity_answer answer_ = ask_at(table, __VA_ARGS__); \
		expect_answer(table, &answer_, certainty, label, __LINE__);  \
	} while (0)

#endif
