/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy as data: everything case_step may weigh.  Filled by conf/ from YAML;
 * its hash stands in every event.  Integers only; scores in thousandths.
 */
#ifndef CASE_POLICY_H
#define CASE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/writer.h"
#include "case/hours.h"
#include "fact/case_fact.h"
#include "fact/sighting.h"
#include "net/addr.h"

#define CASE_POLICY_HASH_SIZE 16
#define CASE_PROTECTED_MAX 1024
#define CASE_SELF_RELEASES_MAX 8
#define CASE_RUNGS_MAX 8
#define CASE_LADDERS_MAX 8
#define CASE_FACTORS_MAX 32
#define CASE_BASES_MAX 16
#define CASE_BASIS_SIZE 96
#define CASE_HOLD_BACK_PPM_MAX 100000 /* a tenth of the eligible */
#define CASE_HOLD_BACK_US_MAX (14 * TIMES_DAY_US)

/*
 * One rung of a ladder: a notice by a channel, or a measure on the party.  A
 * rung is climbed when its delay has passed since the one before (a notice's:
 * since it was sent; a measure's: since the last notice was delivered, or since
 * the measure before began) and the party is still seen then.  Each differs
 * from the one before in channel or in strength (conf/ refuses others).
 */
struct case_rung {
	int64_t after_us;
	uint8_t channel; /* of a notice: enum case_channel */
	uint8_t measure; /* enum measure_kind; 0: it is a notice */
};

/* All notices stand before all measures; measures only get stronger. */
struct case_ladder {
	uint32_t count;
	struct case_rung rungs[CASE_RUNGS_MAX];
};

/* What an origin or a detector says counts so much of what it says. */
struct case_factor {
	char name[SIGHTING_NAME_SIZE]; /* of an origin or a detector */
	uint32_t factor_milli;         /* 1000: as it says; at most 2000 */
};

enum case_basis_kind {
	BASIS_CONTRACT = 1,   /* the customer agreed */
	BASIS_PROTECTION = 2, /* the provider's right to protect its network */
	BASIS_STATUTE = 3,    /* a law or an order */
	BASIS_CONSENT = 4,    /* each subscriber's own */
	BASIS_KIND_COUNT
};

/* What allows a network to be watched and its lines to be limited. */
struct case_basis {
	struct prefix network; /* the longest that holds the address counts */
	uint8_t kind;          /* enum case_basis_kind */
	int64_t from_us, until_us;       /* [from, until); INT64_MAX: no end */
	char reference[CASE_BASIS_SIZE]; /* "terms of service, section 7" */
};

/*
 * A trial: of those that a measure would meet by trigger A, a random share is
 * measured later.  Notices are never held back; an attack ends it at once.
 */
struct case_hold_back {
	uint32_t share_ppm; /* 0: off; at most CASE_HOLD_BACK_PPM_MAX */
	int64_t span_us;    /* at most CASE_HOLD_BACK_US_MAX */
	int64_t until_us;   /* end of its legal basis: nobody after it */
	char basis[CASE_BASIS_SIZE];
};

struct case_policy {
	uint32_t version; /* the operator's own count; 0: not said */
	bool live_mode;   /* `mode: live`; else shadow: nothing acts */
	bool live[ACT_COUNT][RSIT_CLASS_COUNT];
	bool essential_set; /* not empty */

	int32_t notice_at_milli;     /* 5000 */
	int32_t measure_at_milli;    /* 11000 */
	int32_t spoofable_max_milli; /* 1500, an item's sighting */
	int32_t
	    unauthenticated_max_milli; /* 3000, that origin's items together */
	int64_t item_span_us;          /* 20 h */
	int64_t item_whole_us;         /* 48 h after its last event */
	int64_t item_half_us;          /* 7 d, by hours */
	int64_t grace_us;              /* 3 d after the last delivered notice */
	int64_t second_notice_us;      /* 3 d */
	int64_t accepted_us;     /* 24 h: accepted and no bounce is delivered */
	int64_t filter_us;       /* 30 min */
	int64_t retry_us;        /* 1 h: what a brake stopped is tried again */
	int64_t attack_fresh_us; /* 1 min */
	uint32_t attack_minutes; /* B: 3 further minutes after the notice */
	int64_t garden_us;       /* 30 d */
	int64_t probation_us;    /* 14 quiet days */
	uint32_t self_releases;  /* 2; at most CASE_SELF_RELEASES_MAX count */
	int64_t self_release_span_us;    /* 90 d */
	enum measure_kind party_measure; /* MEASURE_GARDEN or MEASURE_LIMIT */
	uint32_t filters_max; /* attack tuples a case may filter at once: 4 */

	/*
	 * Ladders by class.  Number 0 is made by case_policy_seal out of
	 * second_notice_us, grace_us and party_measure above; conf/ adds others.
	 * A case climbs the one of the class that its first notice was for.
	 */
	uint32_t ladder_count;
	struct case_ladder ladders[CASE_LADDERS_MAX];
	uint8_t ladder_of[RSIT_CLASS_COUNT];
	/* Trigger B's; MEASURE_GARDEN, _LIMIT or _BLOCK. */
	enum measure_kind attack_measure;

	uint32_t factor_count;
	struct case_factor factors[CASE_FACTORS_MAX];

	/* Hours.  Outside help_desk nobody is blocked, nor walled in without a
	 * way out by himself, unless he attacks; within quiet nothing goes out
	 * that can wait. */
	struct hours_calendar calendar;
	struct hours_week help_desk, quiet;
	int64_t objection_us; /* staffed time to decide one: 4 h */
	bool auto_release;    /* a spent measure goes into probation; false: a
				 person is asked a day before its end, and it
				 ends all the same */
	int64_t approval_us;  /* a second person's word counts so long: 24 h */
	uint32_t two_persons; /* bit per enum measure_kind: of any party */

	uint32_t basis_count;
	struct case_basis bases[CASE_BASES_MAX]; /* none: not recorded */
	struct case_hold_back hold_back;

	/* Brakes stop automation, never releases. */
	uint32_t brake_notices_hour;  /* 1000 */
	uint32_t brake_measures_hour; /* 50 */
	uint32_t brake_share_ppm;     /* of known parties under measure: 500 */
	uint32_t brake_share_min;     /* but so many always may: 5 */
	uint32_t cause_notices_hour;  /* common cause: 20 */
	uint32_t cause_measures_hour; /* 5 */
	uint32_t brake_node_measures_hour; /* of one access node: 20 */

	uint32_t protected_count;
	const char *const *protected_labels; /* sorted party labels */

	uint8_t hash[CASE_POLICY_HASH_SIZE]; /* case_policy_seal */
};

/* Sets hash over everything else, in canonical bytes. */
void case_policy_seal(struct case_policy *policy);

/*
 * Stored form, schema number first, for policies that open cases were opened
 * under.  Without the protected list (the current one always applies), but
 * with the hash.  Decode: LZ_E_VERSION, LZ_E_SHORT, LZ_E_FORMAT.
 */
#define CASE_POLICY_BYTES_MAX 16384
void case_policy_encode(struct writer *writer,
			const struct case_policy *policy);
LZ_NODISCARD int case_policy_decode(struct cursor *cursor,
				    struct case_policy *policy);

/*
 * Design's start values; everything in shadow.  Inline: conf/ fills a policy
 * without being linked with case/.
 */
static inline void
case_policy_init(struct case_policy *policy)
{
	*policy = (struct case_policy){
	    .notice_at_milli = 5000,
	    .measure_at_milli = 11000,
	    .spoofable_max_milli = 1500,
	    .unauthenticated_max_milli = 3000,
	    .item_span_us = 20 * TIMES_HOUR_US,
	    .item_whole_us = 48 * TIMES_HOUR_US,
	    .item_half_us = 7 * TIMES_DAY_US,
	    .grace_us = 3 * TIMES_DAY_US,
	    .second_notice_us = 3 * TIMES_DAY_US,
	    .accepted_us = 24 * TIMES_HOUR_US,
	    .filter_us = 30 * TIMES_MINUTE_US,
	    .retry_us = TIMES_HOUR_US,
	    .attack_fresh_us = TIMES_MINUTE_US,
	    .attack_minutes = 3,
	    .garden_us = 30 * TIMES_DAY_US,
	    .probation_us = 14 * TIMES_DAY_US,
	    .self_releases = 2,
	    .self_release_span_us = 90 * TIMES_DAY_US,
	    .party_measure = MEASURE_GARDEN,
	    .filters_max = 4,
	    .attack_measure = MEASURE_GARDEN,
	    .objection_us = 4 * TIMES_HOUR_US,
	    .auto_release = true,
	    .approval_us = 24 * TIMES_HOUR_US,
	    .two_persons = 1u << MEASURE_BLOCK,
	    .brake_notices_hour = 1000,
	    .brake_measures_hour = 50,
	    .brake_share_ppm = 500,
	    .brake_share_min = 5,
	    .cause_notices_hour = 20,
	    .cause_measures_hour = 5,
	    .brake_node_measures_hour = 20,
	};
}

#endif
