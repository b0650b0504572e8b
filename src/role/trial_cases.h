/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cases of the desk's store as reports look at them: when each was told,
 * measured, and became clean.
 *
 * A case begins with its first notice (real, where one was; else the one shadow
 * would have sent).  It is clean from its last certain sighting on, once the
 * quiet days of its policy have passed without another; days under a garden or
 * a block count as neither, because a walled line is hardly seen.  Who hasn't
 * been watched so long is not judged.  Parties are compared by number, and
 * never leave this module's rows.
 */
#ifndef ROLE_TRIAL_CASES_H
#define ROLE_TRIAL_CASES_H

#include "conf/conf.h"
#include "fact/case_fact.h"
#include "store/store.h"

#define TRIAL_DAYS_MAX 3660 /* of a window */

/* What is looked at: cases first told in [since, until), watched until `until`.
 * `now` is when the store is read: what retention has erased depends on it. */
struct trial_window {
	struct at_event since, until, now;
	uint8_t class; /* enum rsit_class; RSIT_NONE: all */
};

/* Why a case isn't in a curve, whichever comes first. */
enum trial_left_out {
	TRIAL_TAKEN = 0,
	TRIAL_UNTOLD,    /* no notice, real or not: watched alone */
	TRIAL_OUTSIDE,   /* told outside the window, or another class */
	TRIAL_DISMISSED, /* a false alarm */
	TRIAL_MERGED,    /* it goes on in another case */
	TRIAL_ERASED,    /* so old that others of its age have been erased */
	TRIAL_NEW,       /* told so late that it can't be judged yet */
	TRIAL_UNFOUNDED, /* what it rested on was withdrawn */
	TRIAL_LEFT_COUNT
};

enum trial_verdict_kind {
	TRIAL_VERDICT_RIGHT = 1,
	TRIAL_VERDICT_UNCLEAR = 2,
	TRIAL_VERDICT_WRONG = 3,
	TRIAL_VERDICT_COUNT
};
/* "right", "unclear", "wrong". */
const char *trial_verdict_name(enum trial_verdict_kind verdict);
/* 0: none of these. */
enum trial_verdict_kind trial_verdict_of(const char *name);

struct trial_case {
	uint64_t id, party;
	uint8_t state; /* enum case_state */
	uint8_t arm;   /* enum case_arm */
	uint8_t left_out;
	uint32_t classes;
	int64_t quiet_us;
	struct at_event opened;
	struct at_event told, would_told; /* first of each; unset */
	struct at_event measured; /* first garden, limit, block; unset */
	struct at_event would_measured;
	struct at_event first_seen, last_seen; /* certain; up to `until` */
	struct at_event origin; /* real first, else would; unset */
	bool clean;
	struct at_event clean_at; /* last sighting before, or origin */
	struct at_event
	    freed_at;          /* as clean_at, but not before a garden's end */
	struct at_event again; /* first sighting after that; unset */
	struct at_event watched; /* not clean: it surely wasn't until then */
	/* The worst of what people who looked at it said last; 0: nobody did. */
	uint8_t verdict;
	bool wrong; /* dismissed after a measure, or an objection was granted */
	/* How far it can be trusted, for the sample (role/shadow_report.h). */
	uint8_t certainty; /* enum certainty, best of its sightings */
	bool protected, dismissed_before;
	uint16_t origins, kept, spoofable; /* of kept sightings */
	int32_t score_milli;
};

struct trial_wall {
	size_t index; /* of the case */
	int64_t from_us, to_us;
};

/* Notices or measures, and how they went, in the window. */
struct trial_counts {
	uint64_t mails, messages, letters, calls, notices; /* real; sum last */
	uint64_t would_notices;
	uint64_t measures, would_measures; /* garden, limit, block */
	uint64_t filters, would_filters;
	uint64_t self_releases, staff_releases, objections, granted, dismissed;
	uint64_t asked; /* times the desk asked for a person */
};

/* One day (UTC) of the window; [0]: real, [1]: shadow would have. */
struct trial_day {
	uint32_t notices[2][RSIT_CLASS_COUNT];
	uint32_t measures[2][RSIT_CLASS_COUNT]; /* garden, limit, block */
	uint32_t filters[2][RSIT_CLASS_COUNT];
	uint32_t clean; /* cases taken, at clean_at */
};

struct trial_cases {
	struct trial_window window;
	int64_t first_day; /* days since 1970 */
	size_t day_count;
	struct trial_day *days;
	size_t count;
	struct trial_case *list; /* by id */
	size_t wall_count, wall_room;
	struct trial_wall *walls; /* by case, then by time */
	struct trial_counts counts;
	size_t left_out[TRIAL_LEFT_COUNT];
	size_t unreadable;             /* records of another program */
	int64_t quiet_min, quiet_max;  /* of those taken */
	struct at_event first_verdict; /* unset: nobody judged anything */
	struct at_event kept_since;    /* earliest origin that is whole */
};

/* Sets `now` by the clock, and what is unset: `until` to now, `since` to the
 * earliest of which nothing has been erased yet. */
void trial_cases_window(const struct conf *conf, struct trial_window *window);

/* Reads all; answers LZ_E_RANGE for a window that is empty or longer than
 * TRIAL_DAYS_MAX, LZ_E_MEMORY or an error of the store.  On an error there
 * is nothing to free. */
LZ_NODISCARD int trial_cases_read(struct store *store, const struct conf *conf,
				  const struct trial_window *window,
				  struct trial_cases **cases);
void trial_cases_free(struct trial_cases *cases);
/* By number; NULL. */
struct trial_case *trial_cases_find(const struct trial_cases *cases,
				    uint64_t case_id);
/* The class a case stands under: the first of its classes (RSIT_NONE: none). */
uint8_t trial_cases_class(const struct trial_case *one);
/* Is a garden, limit or block: what falls on a party? */
bool trial_cases_on_party(enum measure_kind kind);

#endif
