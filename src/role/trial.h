/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arithmetic of "does it work?": from how long each case took to become
 * clean, or was watched in vain, to shares, medians, differences and bounds.
 *
 * Pure, and in floating point: nothing decides by it, people read it.  All
 * intervals are 95 %, two-sided.  Methods: Kaplan and Meier's estimate with
 * Greenwood's variance and the log-log transformed interval (Kalbfleisch and
 * Prentice), medians by Brookmeyer and Crowley, the two-sample log-rank test,
 * Clopper and Pearson's exact binomial interval and Garwood's exact Poisson
 * interval.  tests/interop/effect_r_test.py compares them with R.
 */
#ifndef ROLE_TRIAL_H
#define ROLE_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

/* Of fewer cases nothing can be said, and that is said. */
#define TRIAL_CASES_MIN 10

/* One case: how long until it was clean, or how long it was watched. */
struct trial_spell {
	int64_t span_us; /* from 0 */
	bool clean;      /* false: still infected when the watch ended */
};

/* What happened at one moment; steps rise in time. */
struct trial_step {
	int64_t at_us;
	uint32_t at_risk; /* just before */
	uint32_t cleaned, censored;
	double left;   /* share not yet clean, from now on */
	double spread; /* Greenwood's sum: variance of log(left) */
};

struct trial_curve {
	size_t step_count;
	struct trial_step *steps; /* owned */
	uint32_t cases, cleaned;
};

/* A share or a rate, and between which values it lies. */
struct trial_value {
	bool known;   /* false: no case was watched so long */
	bool bounded; /* low and high are set */
	double value, low, high;
};

/* A median time; each part is unknown where the curve never gets there. */
struct trial_median {
	bool known, low_known, high_known;
	double us, low_us, high_us;
};

struct trial_test {
	bool known; /* false: there was nothing to compare */
	double chi2, p;
};

/* Spells are copied; LZ_E_MEMORY.  No spell: a curve without a step. */
LZ_NODISCARD int trial_curve_make(const struct trial_spell *spells,
				  size_t count, struct trial_curve *curve);
void trial_curve_free(struct trial_curve *curve);

/* Share cleaned by then. */
struct trial_value trial_cleaned(const struct trial_curve *curve,
				 int64_t at_us);
/* Cases still watched and not clean just before. */
uint32_t trial_at_risk(const struct trial_curve *curve, int64_t at_us);
struct trial_median trial_median(const struct trial_curve *curve);
/* Cleaned by then: of the first less of the second (normal approximation). */
struct trial_value trial_difference(const struct trial_curve *one,
				    const struct trial_curve *other,
				    int64_t at_us);
/* Are the two cleaned equally fast? */
struct trial_test trial_log_rank(const struct trial_curve *one,
				 const struct trial_curve *other);

/* Interval of a share left/(share not yet clean), as a curve's step has it. */
struct trial_value trial_step_cleaned(const struct trial_step *step);

/* hits of n, exact; n 0: not known. */
struct trial_value trial_share(uint64_t hits, uint64_t n);
/*
 * The one-sided 95 % upper bound of that share: exact, which is nearly 3/n for
 * no hit.  1 where n is 0.
 */
double trial_bound(uint64_t hits, uint64_t n);
/* So many must be judged right, with so many wrong, for a bound; 0: never. */
uint64_t trial_needed(uint64_t hits, double bound);
/* events per unit, exact Poisson interval; units 0: not known. */
struct trial_value trial_rate(uint64_t events, double units);

#endif
