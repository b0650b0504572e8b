/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is true of a case right after an event was taken in: one bit a fact.
 * The table's guards are sets of these bits and nothing else.
 */
#ifndef CASE_FACTS_H
#define CASE_FACTS_H

#include "case/score.h"
#include "case/step.h"

#define CASE_F_DUPLICATE 0x00000001u /* the event is known already */
#define CASE_F_STALE 0x00000002u     /* speaks of a time before the release */
#define CASE_F_ENOUGH 0x00000004u    /* certain score reaches a notice */
#define CASE_F_ATTACK 0x00000008u    /* an attack is in progress */
#define CASE_F_FLOOD 0x00000010u     /* an own flood was seen */
#define CASE_F_TOLD 0x00000020u      /* a notice stands that didn't fail */
#define CASE_F_CAN_TELL 0x00000040u  /* a notice may go out now */
#define CASE_F_NO_CHANNEL 0x00000080u
#define CASE_F_PROTECTED 0x00000100u
#define CASE_F_BRAKE_NOTICE 0x00000200u
#define CASE_F_BRAKE_MEASURE 0x00000400u
#define CASE_F_COMMON 0x00000800u   /* brake: common cause */
#define CASE_F_A 0x00001000u        /* trigger A: still infected */
#define CASE_F_B 0x00002000u        /* trigger B: attacking */
#define CASE_F_ACTS 0x00004000u     /* automation is about to act */
#define CASE_F_AGAIN 0x00008000u    /* the second notice is due */
#define CASE_F_SPENT 0x00010000u    /* a measure has reached its end */
#define CASE_F_BOUND 0x00020000u    /* a party measure goes on */
#define CASE_F_QUIET 0x00040000u    /* nothing was seen for long enough */
#define CASE_F_RELAPSE 0x00080000u  /* newer evidence alone is enough */
#define CASE_F_ACCEPTED 0x00100000u /* accepted long ago and not bounced */
#define CASE_F_FAILED 0x00200000u   /* the receipt says: failed */
#define CASE_F_SELF 0x00400000u     /* released by the subscriber */
#define CASE_F_SELF_SPENT 0x00800000u
#define CASE_F_MEASURE 0x01000000u   /* any measure is in force */
#define CASE_F_MOVED 0x02000000u     /* an open place without its measure */
#define CASE_F_BASELESS 0x04000000u  /* measures rest on nothing any more */
#define CASE_F_UNFOUNDED 0x08000000u /* nor does the notice */
#define CASE_F_RETRY 0x10000000u     /* what a brake stopped is due again */
#define CASE_F_UNKNOWN 0x20000000u   /* the event names nothing we know */
#define CASE_F_EARLIER 0x40000000u   /* belongs to the case before */
#define CASE_F_DISMISSED 0x80000000u /* lately, and no person said else */
#define CASE_F_COUNT 32

/*
 * `known` is what taking the event in answered: CASE_F_DUPLICATE,
 * CASE_F_UNKNOWN, CASE_F_EARLIER or 0.
 */
uint32_t case_facts(const struct case_record *record,
		    const struct case_event *event,
		    const struct case_step_input *input, uint32_t known);

/* Does the act go live for a case of this policy, by class? */
bool case_is_live(const struct case_step_input *input, enum case_act act,
		  uint8_t class);
/* Class of the newest certain sighting; RSIT_NONE. */
uint8_t case_newest_class(const struct case_record *record);
/* Would a garden rest on classes that are all live, after a real notice? */
bool case_party_measure_live(const struct case_record *record,
			     const struct case_step_input *input);
/* The newest notice that counts under `live`, or NULL. */
const struct case_notice *case_last_notice(const struct case_record *record,
					   bool live);
/* The next time a TIMER event has something to do; unset: never. */
struct at_event case_due(const struct case_record *record,
			 const struct case_policy *policy);
/* "192.0.2.7 > 198.51.100.9:80/udp" */
void case_attack_target(const struct sighting *sighting,
			char target[MEASURE_TARGET_SIZE]);
/* The measure on an attack, or NULL. */
struct case_measure *case_find_filter(struct case_record *record,
				      const char *target);
bool case_place_open(const struct case_place *place, struct at_event now);
bool case_place_bound(const struct case_record *record,
		      const struct case_place *place);

#endif
