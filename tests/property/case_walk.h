/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The points of the walk over case_step: a case in some state, with each fact
 * unset, long before, just inside, at and just past its limit, and an event.
 */
#ifndef TEST_CASE_WALK_H
#define TEST_CASE_WALK_H

#include "case/facts.h"
#include "case/ladder.h"
#include "case/table.h"

#define WALK_NOW (INT64_C(1718877600) * TIMES_SECOND_US) /* Thursday, 10:00 */
#define WALK_LATENESS (120 * TIMES_SECOND_US)
#define WALK_NEWEST (WALK_NOW - 5 * TIMES_MINUTE_US)
#define WALK_BINDING 7
#define WALK_BINDING_MOVED 8

enum start_state {
	START_WATCHING,
	START_OPEN,
	START_NOTICED,
	START_QUARANTINED,
	START_PROBATION,
	START_HELD_NOTICED,
	START_HELD_QUARANTINED,
	START_CLOSED,
	START_DISMISSED,
	START_MERGED,
	START_COUNT
};

enum shape {
	SHAPE_ONE,
	SHAPE_TWO_ORIGINS,
	SHAPE_THREE_DAYS,
	SHAPE_FLOOD,
	SHAPE_COUNT
};

enum told {
	TOLD_NEVER,
	TOLD_LONG_BEFORE,
	TOLD_GRACE_INSIDE,
	TOLD_GRACE_AT,
	TOLD_GRACE_PAST,
	TOLD_FAILED,
	TOLD_ACCEPTED_INSIDE,
	TOLD_ACCEPTED_AT,
	TOLD_JUST_SENT,
	TOLD_WOULD,
	TOLD_COUNT
};

enum timing {
	TIMING_NONE,
	TIMING_INSIDE,
	TIMING_AT,
	TIMING_PAST,
	TIMING_RETRY,
	TIMING_QUIET_INSIDE,
	TIMING_QUIET_AT,
	TIMING_COUNT
};

enum deed {
	DEED_SEEN,
	DEED_FLOOD_ONE,
	DEED_ATTACK,
	DEED_ATTACK_LATE,
	DEED_ATTACK_PROBABLE,
	DEED_ATTACK_SHARED,
	DEED_STALE,
	DEED_KNOWN,
	DEED_EARLIER,
	DEED_MOVED,
	DEED_DELIVERED,
	DEED_FAILED,
	DEED_RECEIPT_KNOWN,
	DEED_RECEIPT_UNKNOWN,
	DEED_REACHED,
	DEED_TIMER,
	DEED_HOLD,
	DEED_RESUME,
	DEED_RELEASE,
	DEED_RELEASE_SELF,
	DEED_DISMISS,
	DEED_OBJECT,
	DEED_ANSWER_GRANTED,
	DEED_ANSWER_DENIED,
	DEED_ORDER_LIMIT,
	DEED_ORDER_GARDEN,
	DEED_ORDER_BLOCK,
	DEED_ORDER_FILTER,
	DEED_ORDER_NO_REASON,
	DEED_MERGE,
	DEED_MERGE_NOTHING,
	DEED_LINE_GONE,
	DEED_LINE_ENDS,
	DEED_LINE_UNKNOWN,
	DEED_LINE_KNOWN,
	DEED_WITHDRAW,
	DEED_WITHDRAW_UNKNOWN,
	DEED_COUNT
};

struct setting {
	bool live, known, protected, essential, place_ended;
	uint8_t channels, brake;
	uint8_t self_inside, self_at;
	bool dismissed;
};
enum setting_name {
	SETTING_SHADOW = 0,
	SETTING_LIVE = 1,
	SETTING_NO_CHANNEL = 3,
	SETTING_PROTECTED_LIVE = 5,
	SETTING_SELF_SPENT = 6,
	SETTING_BRAKED = 8,
	SETTING_COMMON = 10,
	SETTING_COUNT = 14
};
extern const struct setting walk_settings[SETTING_COUNT];

#define SCORE_COUNT 7
#define SCORE_NOTICE 2  /* at a notice's threshold */
#define SCORE_MEASURE 5 /* at a measure's */
extern const int32_t walk_scores[SCORE_COUNT];

/* What people, hours and papers say: one axis each, 0 as designed. */
enum axis {
	AXIS_DESK,  /* always, long open, opens now, closes now, long shut */
	AXIS_NIGHT, /* never, long, begins now, ends now */
	AXIS_OBJECTION, /* none; due long after, in a moment, now, before now */
	AXIS_ATTACK,    /* seen long ago, just inside, at, past its time */
	AXIS_PERSON,    /* none; another: now, at, past the limit; the same;
			   another who wanted something else */
	AXIS_TRIAL,     /* off; drawn, not drawn, its paper ends now; held back:
			   inside, at, past its end */
	AXIS_LADDER,    /* plain; a longer one: nothing, one, two climbed; the
			   next measure just inside, at its delay; on top */
	AXIS_FIERCE,    /* attack: garden, limit, block */
	AXIS_PAPER, /* no basis recorded; holds, ends now, begins now, begins
			   in a moment, another network's */
	AXIS_END,   /* ends by itself; asked: in a moment, now, was asked */
	AXIS_KIND,  /* garden; limit; block; limit weakened from garden, from
			   block */
	AXIS_STAFF, /* never released by staff; within the span, at it */
	AXIS_TWO,   /* a block needs two persons; everything does */
	AXIS_COUNT
};
extern const uint8_t walk_axis_sizes[AXIS_COUNT];

struct point {
	enum start_state start;
	enum shape shape;
	enum told told;
	enum timing timing;
	enum deed deed;
	size_t score, setting;
	uint8_t at[AXIS_COUNT];
};

/* All of one point: the case, the event and the rest of the step's input. */
struct scene {
	struct case_record record;
	struct case_event event;
	struct case_step_input input;
	struct sighting seen;
	struct case_policy policy, current;
};

/* Policies as the point's setting and axes have them; the costly part. */
void walk_rules(const struct point *point, struct scene *scene);
/* The rest, under those rules. */
void walk_build(const struct point *point, struct scene *scene);

bool walk_is_bound(enum start_state start);
bool walk_has_ended(enum start_state start);
bool walk_is_order(enum deed deed);

/* ---- case_checks.c ---- */

/* NULL, or what the step broke (static). */
const char *checks_run(const struct point *point, const struct scene *scene,
		       const struct case_record *before,
		       const struct case_step_result *result);
/* The dear ones: the event twice, stored and read back, left alone. */
const char *checks_again(const struct point *point, const struct scene *scene,
			 const struct case_record *before,
			 const struct case_step_result *result,
			 uint64_t *transitions);
const char *checks_end(const struct scene *scene, uint64_t *transitions);

#endif
