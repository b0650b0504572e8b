/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is true of a case right after an event was taken in: one bit a fact.
 * The table's guards are sets of these bits and nothing else.  A fact that no
 * row asks for at an event of that kind isn't looked for.
 */
#ifndef CASE_FACTS_H
#define CASE_FACTS_H

#include "case/score.h"
#include "case/step.h"

#define CASE_FACT(bit) (UINT64_C(1) << (bit))

/* The event itself. */
#define CASE_F_DUPLICATE CASE_FACT(0) /* it is known already */
#define CASE_F_UNKNOWN CASE_FACT(1)   /* it names nothing we know */
#define CASE_F_EARLIER CASE_FACT(2)   /* it belongs to the case before */
#define CASE_F_STALE CASE_FACT(3)     /* speaks of a time before the release */
#define CASE_F_FAILED CASE_FACT(4)    /* the receipt says: failed */
#define CASE_F_SELF CASE_FACT(5)      /* released by the subscriber */
#define CASE_F_GRANTED CASE_FACT(6)   /* the objection is right */

/* Evidence. */
#define CASE_F_ENOUGH CASE_FACT(7)  /* certain score reaches a notice */
#define CASE_F_RELAPSE CASE_FACT(8) /* so does what is newer than the release */
#define CASE_F_ATTACK CASE_FACT(9)  /* an attack is in progress */
#define CASE_F_FLOOD CASE_FACT(10)  /* an own flood was seen */
#define CASE_F_A CASE_FACT(11)      /* trigger A: still infected */
#define CASE_F_B CASE_FACT(12)      /* trigger B: attacking */
#define CASE_F_PLACE CASE_FACT(13)  /* known, with a place to act on */
#define CASE_F_MOVED CASE_FACT(14)  /* such a place without its measure */
#define CASE_F_STRONGER CASE_FACT(15) /* the ladder's next measure is due */
#define CASE_F_FIERCER CASE_FACT(16)  /* B's measure is more than is in force */
#define CASE_F_BASELESS CASE_FACT(17) /* measures rest on nothing any more */
#define CASE_F_UNFOUNDED CASE_FACT(18) /* nor does the notice */

/* What was said and done. */
#define CASE_F_TOLD CASE_FACT(19)     /* a notice stands that didn't fail */
#define CASE_F_CAN_TELL CASE_FACT(20) /* a notice may go out now */
#define CASE_F_NO_CHANNEL CASE_FACT(21)
#define CASE_F_AGAIN CASE_FACT(22)    /* the ladder's next notice is due */
#define CASE_F_ACCEPTED CASE_FACT(23) /* accepted long ago and not bounced */
#define CASE_F_MEASURE CASE_FACT(24)  /* any measure is in force */
#define CASE_F_BOUND CASE_FACT(25)    /* a party measure goes on */
#define CASE_F_SPENT CASE_FACT(26)    /* a measure has reached its end */
#define CASE_F_WEAKENED CASE_FACT(27) /* an objection made one weaker */

/* Time. */
#define CASE_F_QUIET CASE_FACT(28) /* nothing was seen for long enough */
#define CASE_F_RETRY CASE_FACT(29) /* what was stopped is due again */
#define CASE_F_NIGHT CASE_FACT(30) /* quiet hours, and no attack */
#define CASE_F_UNHELPED \
	CASE_FACT(31)                  /* what would begin needs the help desk,
					 which is closed; no attack */
#define CASE_F_ENDS_SOON CASE_FACT(32) /* a person is to look at it first */
#define CASE_F_HELD_BACK CASE_FACT(33) /* the trial's arm, and no attack */
#define CASE_F_LOT CASE_FACT(34)       /* drawn for it now */
#define CASE_F_TRIAL CASE_FACT(35)     /* eligible */
#define CASE_F_HOLD_OVER CASE_FACT(36) /* it has just ended */

/* People. */
#define CASE_F_PROTECTED CASE_FACT(37) /* and two persons didn't agree */
#define CASE_F_DISMISSED CASE_FACT(38) /* lately, and no person said else */
#define CASE_F_COMMON CASE_FACT(39)    /* brake: common cause */
#define CASE_F_BRAKE_NOTICE CASE_FACT(40)
#define CASE_F_BRAKE_MEASURE CASE_FACT(41)
#define CASE_F_NO_BASIS CASE_FACT(42) /* in law, for this network, now */
#define CASE_F_SELF_SPENT CASE_FACT(43)
#define CASE_F_WRITTEN CASE_FACT(44)   /* spent before; staff released since */
#define CASE_F_OBJECTED CASE_FACT(45)  /* an objection waits for an answer */
#define CASE_F_OVERDUE CASE_FACT(46)   /* for too long */
#define CASE_F_CONTESTED CASE_FACT(47) /* so what would begin must wait */
#define CASE_F_EASES CASE_FACT(48)     /* so what is in force gets weaker */
#define CASE_F_TWO CASE_FACT(49)       /* two persons must say so */
#define CASE_F_SAME_PERSON CASE_FACT(50) /* said so already */
#define CASE_F_SECOND CASE_FACT(51)      /* after another one */
#define CASE_F_NO_REASON CASE_FACT(52)   /* an order without a listed reason */
#define CASE_F_NO_ORDER CASE_FACT(53)    /* ... of what can't be ordered */

#define CASE_F_ACTS CASE_FACT(54)    /* automation is about to act */
#define CASE_F_REACHED CASE_FACT(55) /* what had failed went out after all */
#define CASE_F_COUNT 56

#define CASE_NO_BASIS_TEXT "no legal basis is recorded for this network now"

/* What the facts are drawn from. */
struct case_view {
	const struct case_record *record;
	const struct case_event *event;
	const struct case_step_input *input;
	const struct case_policy *policy;  /* the case opened under */
	const struct case_policy *current; /* what applies at once */
	struct at_event now;
	bool live;      /* a notice would be a real one */
	uint64_t facts; /* found so far */
};

/* What the sightings weigh, worked out once a step. */
struct case_weight {
	int32_t score_milli; /* of all of them */
	bool enough;         /* for a notice; where a fact asks for it */
};

/*
 * `known` is what taking the event in answered: CASE_F_DUPLICATE,
 * CASE_F_UNKNOWN, CASE_F_EARLIER, CASE_F_REACHED or 0.
 */
uint64_t case_facts(const struct case_record *record,
		    const struct case_event *event,
		    const struct case_step_input *input, uint64_t known,
		    struct case_weight *weight);
/* Its parts, in this order; each answers what it adds. */
uint64_t case_evidence_facts(const struct case_view *view,
			     struct case_weight *weight);
uint64_t case_clock_facts(const struct case_view *view);
uint64_t case_people_facts(const struct case_view *view);

/* ---- evidence.c ---- */

/* Certain evidence for a notice, newer than `after`, as of `now`: something of
 * it signed, and not forged by whoever can write an address of ours. */
bool case_is_enough(const struct case_record *record,
		    const struct case_policy *policy, struct at_event after,
		    struct at_event now);
/* Class of the newest certain sighting; RSIT_NONE. */
uint8_t case_newest_class(const struct case_record *record);
/* Time of the newest that a measure may rest on; unset. */
struct at_event case_newest_infected(const struct case_record *record);
/* "192.0.2.7 > 198.51.100.9:80/udp" */
void case_attack_target(const struct sighting *sighting,
			char target[MEASURE_TARGET_SIZE]);
/* The measure on an attack, or NULL. */
struct case_measure *case_find_filter(struct case_record *record,
				      const char *target);
bool case_place_open(const struct case_place *place, struct at_event now);
bool case_place_bound(const struct case_record *record,
		      const struct case_place *place);

/* ---- clock.c ---- */

/* Nothing more happens in this state. */
bool case_has_ended(enum case_state state);

/* The next time a TIMER event has something to do; unset: never. */
struct at_event case_due(const struct case_record *record,
			 const struct case_step_input *input);

/* ---- people.c ---- */

/* Is there a channel that hasn't failed? */
bool case_has_channel(const struct case_record *record);
/* What first_person remembers of whoever speaks; never 0.  Root without a name
 * behind it is anybody: nobody's second person. */
#define CASE_PERSON_ANYBODY 1
uint32_t case_person(const char *actor);
/* ... and of what he asks for. */
uint8_t case_deed(const struct case_event *event);
/* Does the act go live for a case of this policy, by class? */
bool case_is_live(const struct case_step_input *input, enum case_act act,
		  uint8_t class);
/* Would such a measure rest on classes that are all live, after a real
 * notice? */
bool case_measure_live(const struct case_record *record,
		       const struct case_step_input *input,
		       enum measure_kind kind);
/* What applies at once, whatever the case opened under. */
const struct case_policy *case_current(const struct case_step_input *input);

#endif
