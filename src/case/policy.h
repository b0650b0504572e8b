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
#include "fact/case_fact.h"

#define CASE_POLICY_HASH_SIZE 16
#define CASE_PROTECTED_MAX 1024
#define CASE_SELF_RELEASES_MAX 8

struct case_policy {
	bool live_mode; /* `mode: live`; else shadow: nothing acts */
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

	/* Brakes stop automation, never releases. */
	uint32_t brake_notices_hour;  /* 1000 */
	uint32_t brake_measures_hour; /* 50 */
	uint32_t brake_share_ppm;     /* of known parties under measure: 500 */
	uint32_t brake_share_min;     /* but so many always may: 5 */
	uint32_t cause_notices_hour;  /* common cause: 20 */
	uint32_t cause_measures_hour; /* 5 */

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
#define CASE_POLICY_BYTES_MAX 1024
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
	    .brake_notices_hour = 1000,
	    .brake_measures_hour = 50,
	    .brake_share_ppm = 500,
	    .brake_share_min = 5,
	    .cause_notices_hour = 20,
	    .cause_measures_hour = 5,
	};
}

#endif
