/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts of what was done and of what two policies would do, by day, class and
 * kind; and which parties each of them meets.  Numbers only: no party leaves.
 */
#ifndef ROLE_POLICY_TALLY_H
#define ROLE_POLICY_TALLY_H

#include "base/times.h"
#include "fact/case_fact.h"
#include "fact/rsit.h"

enum policy_side {
	POLICY_DONE,    /* what stands in the store */
	POLICY_PRESENT, /* what the present policy does with the same words */
	POLICY_NEW,
	POLICY_SIDE_COUNT
};

enum policy_what {
	POLICY_NOTICE,
	POLICY_FILTER,
	POLICY_LIMIT,
	POLICY_GARDEN,
	POLICY_BLOCK,
	POLICY_HELD,    /* a person is to decide */
	POLICY_RELEASE, /* a measure ended */
	POLICY_WHAT_COUNT
};

struct policy_cell {
	uint64_t count[POLICY_SIDE_COUNT];
	/* Of measures: lines that met it that day; how long they lasted. */
	uint64_t lines[POLICY_SIDE_COUNT];
	int64_t us[POLICY_SIDE_COUNT];
};

/* policy_tally_met: how a side met a party in the period. */
#define POLICY_MET_NOTICE 0x01
#define POLICY_MET_MEASURE 0x02

struct policy_tally;

/* Of [since, until); LZ_E_RANGE: not a period, or above 10 years; NULL there
 * and without memory. */
LZ_NODISCARD int policy_tally_new(struct at_event since, struct at_event until,
				  uint32_t parties,
				  struct policy_tally **tally);
void policy_tally_free(struct policy_tally *tally);

/* Who did it, with whom, for what, when. */
struct policy_act {
	enum policy_side side;
	uint32_t party; /* row */
	uint8_t class;
	struct at_event when;
};
void policy_tally_notice(struct policy_tally *tally,
			 const struct policy_act *act);
void policy_tally_held(struct policy_tally *tally,
		       const struct policy_act *act);
/* id tells the measures of a party and side apart. */
void policy_tally_on(struct policy_tally *tally, const struct policy_act *act,
		     enum measure_kind kind, uint64_t id);
void policy_tally_off(struct policy_tally *tally, const struct policy_act *act,
		      uint64_t id);
/* Measures still in force lasted until then; LZ_E_MEMORY: counts are short. */
LZ_NODISCARD int policy_tally_end(struct policy_tally *tally,
				  struct at_event end);

const char *policy_what_name(enum policy_what what);
/* Days of the period, the first of them since 1970. */
uint32_t policy_tally_days(const struct policy_tally *tally, int64_t *first);
const struct policy_cell *policy_tally_cell(const struct policy_tally *tally,
					    uint32_t day, uint8_t class,
					    enum policy_what what);
/* Parties that `a` met so, and `b` didn't. */
uint64_t policy_tally_met(const struct policy_tally *tally, uint8_t how,
			  enum policy_side a, enum policy_side b);

#endif
