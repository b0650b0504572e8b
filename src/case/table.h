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

#define CASE_ROWS_MAX 96

/* What a row does besides moving to `next`; done in this order. */
#define CASE_DO_FILTER 0x0001u    /* filter the attack, or renew it */
#define CASE_DO_NOTICE 0x0002u    /* a further notice */
#define CASE_DO_TELL 0x0004u      /* a notice where none stands */
#define CASE_DO_GARDEN 0x0008u    /* the party's measure, everywhere */
#define CASE_DO_OFF_SPENT 0x0010u /* measures at their end */
#define CASE_DO_OFF_ALL 0x0020u
#define CASE_DO_DELIVERED 0x0040u /* accepted and silence: delivered */
#define CASE_DO_SELF 0x0080u      /* counts a self-release */
#define CASE_DO_BRAKED 0x0100u    /* says which brake; tries again later */
#define CASE_DO_RETRY_NOW 0x0200u
#define CASE_DO_NO_RETRY 0x0400u
#define CASE_DO_ASK_CHANNEL 0x0800u
#define CASE_DO_ASK_PROTECTED 0x1000u
#define CASE_DO_ASK_BRAKE 0x2000u
#define CASE_DO_CORRECT 0x4000u
#define CASE_DO_ASK_DISMISSED 0x8000u
#define CASE_DO_COUNT 16

/* case_row.next besides a state. */
#define CASE_NEXT_SAME 0  /* the state stays */
#define CASE_NEXT_BACK 64 /* where it was before it was held */

struct case_row {
	uint16_t states; /* bit per enum case_state */
	uint8_t event;   /* enum case_event_kind */
	uint8_t next;
	uint32_t need;   /* CASE_F_*: all of them */
	uint32_t forbid; /* none of them */
	uint16_t does;   /* CASE_DO_* */
	const char *name;
	const char *refusal; /* NULL, or why it is refused */
};

extern const struct case_row case_table[];
extern const size_t case_table_rows;

/* The row that fires; NULL: none. */
const struct case_row *case_table_find(enum case_state state,
				       enum case_event_kind event,
				       uint32_t facts);

#endif
