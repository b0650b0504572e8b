/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life cycle as data.  The first row whose states hold the record's state,
 * whose event is the event's and whose guard agrees fires; a pair without a
 * row is refused and recorded.
 */
#ifndef CASE_TABLE_H
#define CASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "fact/case_fact.h"

#define CASE_ROWS_MAX 160

/* What a row does besides moving to `next`; done in this order. */
#define CASE_DO_FILTER 0x00000001u /* filter the attack, or renew it */
#define CASE_DO_NOTICE 0x00000002u /* a further notice */
#define CASE_DO_TELL 0x00000004u   /* a notice where none stands */
#define CASE_DO_MEASURE \
	0x00000008u               /* the party's measure, everywhere; what is
				       weaker is replaced */
#define CASE_DO_SELF 0x00000010u  /* counts a self-release */
#define CASE_DO_STAFF 0x00000020u /* remembers one by staff */
#define CASE_DO_OFF_SPENT 0x00000040u /* measures at their end */
#define CASE_DO_OFF_ALL 0x00000080u
#define CASE_DO_DELIVERED 0x00000100u /* accepted and silence: delivered */
#define CASE_DO_HOLD_BACK 0x00000200u /* begins the trial's delay */
#define CASE_DO_OBJECT 0x00000400u    /* its clock begins; a person is asked */
#define CASE_DO_EASE 0x00000800u      /* what is stronger than limit: limit */
#define CASE_DO_RESTORE 0x00001000u   /* what an objection had eased */
#define CASE_DO_ANSWERED 0x00002000u  /* the objection is no more */
#define CASE_DO_FIRST 0x00004000u     /* remembers the first of two persons */
#define CASE_DO_AGREED 0x00008000u    /* forgets him: the second one came */
#define CASE_DO_MERGE 0x00010000u     /* it goes on in another case */
#define CASE_DO_CORRECT 0x00020000u   /* notices that don't stand: said so */
#define CASE_DO_BRAKED 0x00040000u    /* says which brake; tries again later */
#define CASE_DO_WAIT_DESK 0x00080000u /* ... when the help desk opens */
#define CASE_DO_WAIT_DAY 0x00100000u  /* ... when the quiet hours end */
#define CASE_DO_RESUME 0x00200000u    /* tries at once; asks no more */
#define CASE_DO_NO_RETRY 0x00400000u
#define CASE_DO_RETRIED 0x00800000u /* the same, unless it is yet to come */
#define CASE_DO_ASK_CHANNEL 0x01000000u
#define CASE_DO_ASK_PROTECTED 0x02000000u
#define CASE_DO_ASK_BRAKE 0x04000000u
#define CASE_DO_ASK_DISMISSED 0x08000000u
#define CASE_DO_ASK_END 0x10000000u
#define CASE_DO_COUNT 29

/* case_row.next besides a state. */
#define CASE_NEXT_SAME 0  /* the state stays */
#define CASE_NEXT_BACK 64 /* where it was before it was held */

struct case_row {
	uint16_t states; /* bit per enum case_state */
	uint8_t event;   /* enum case_event_kind */
	uint8_t next;
	uint64_t need;   /* CASE_F_*: all of them */
	uint64_t forbid; /* none of them */
	uint32_t does;   /* CASE_DO_* */
	const char *name;
	const char *refusal; /* NULL, or why it is refused */
};

extern const struct case_row case_table[];
extern const size_t case_table_rows;

/* The row that fires; NULL: none. */
const struct case_row *case_table_find(enum case_state state,
				       enum case_event_kind event,
				       uint64_t facts);

#endif
