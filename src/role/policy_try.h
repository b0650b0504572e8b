/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `lazaret policy try`: what another policy would have done with the same words
 * of some weeks.  Beside it the present policy does them again, and is held
 * against what was really done: a trial that can't tell the past again says so.
 */
#ifndef ROLE_POLICY_TRY_H
#define ROLE_POLICY_TRY_H

#include "conf/conf.h"
#include "role/policy_tally.h"
#include "store/store.h"

struct policy_try {
	const struct case_policy *present, *other; /* sealed */
	struct at_event since, until;
	const struct conf_retention *retention; /* of the present */
	uint64_t parties_total; /* accounts there are; 0: not known */
	bool json;
};

/* What came of it beside the counts. */
struct policy_trial {
	struct policy_tally *tally;
	uint64_t steps, cases;
	uint64_t unreadable; /* steps of a form this program can't read */
	uint64_t
	    elsewhere;  /* cases opened in the period under a third policy */
	uint64_t unmet; /* persons' words without a case of the new one */
	uint64_t erased[RSIT_CLASS_COUNT]; /* cases of which counts are left */
	uint64_t done, differs; /* acts, and what the present one does else */
	struct at_event newest; /* step; counts go up to it; unset: none */
};

/*
 * Walks the store in one moment's view; errors as the store, LZ_E_RANGE (not a
 * period), LZ_E_MEMORY.  policy_trial_free in any case.
 */
LZ_NODISCARD int policy_try(struct store *store, const struct policy_try *how,
			    struct policy_trial *trial);
void policy_trial_free(struct policy_trial *trial);
/* To standard output. */
void policy_try_print(const struct policy_try *how,
		      const struct policy_trial *trial);

#endif
