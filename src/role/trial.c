/* SPDX-License-Identifier: Apache-2.0 */
/* Survival curves and exact intervals. */
#include "role/trial.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

#define Z95 1.959963984540054
#define TAIL 0.025
#define HALF_TOLERANCE 1.5e-8 /* of a curve that touches one half */
#define ITERATIONS_MAX 500
#define NEEDED_MAX UINT64_C(1000000000)

/* --------------------------------------------------------------- curves */

static int
by_span(const void *left, const void *right)
{
	const struct trial_spell *a = left, *b = right;

	return (a->span_us > b->span_us) - (a->span_us < b->span_us);
}

static size_t
make_steps(const struct trial_spell *sorted, size_t count,
	   struct trial_step *steps)
{
	double left = 1, spread = 0;
	size_t made = 0, i = 0;

	while (i < count) {
		struct trial_step *step = &steps[made++];

		*step = (struct trial_step){.at_us = sorted[i].span_us,
					    .at_risk = (uint32_t)(count - i)};
		for (; i < count && sorted[i].span_us == step->at_us; i++) {
			step->cleaned += sorted[i].clean;
			step->censored += !sorted[i].clean;
		}
		if (step->cleaned > 0) {
			const double risk = step->at_risk, gone = step->cleaned;

			/* Exactly 0 for the last one: 1 - n/n is. */
			left *= 1 - gone / risk;
			spread += gone / (risk * (risk - gone));
		}
		step->left = left;
		step->spread = spread;
	}
	return made;
}

int
trial_curve_make(const struct trial_spell *spells, size_t count,
		 struct trial_curve *curve)
{
	struct trial_spell *sorted;

	*curve = (struct trial_curve){.cases = (uint32_t)count};
	if (count == 0)
		return 0;
	sorted = memory_new(count, sizeof(*sorted));
	curve->steps = memory_new(count, sizeof(*curve->steps));
	if (!sorted || !curve->steps) {
		memory_free(sorted);
		trial_curve_free(curve);
		return LZ_E_MEMORY;
	}
	for (size_t i = 0; i < count; i++) {
		sorted[i] = spells[i];
		curve->cleaned += spells[i].clean;
	}
	qsort(sorted, count, sizeof(*sorted), by_span);
	curve->step_count = make_steps(sorted, count, curve->steps);
	memory_free(sorted);
	return 0;
}

void
trial_curve_free(struct trial_curve *curve)
{
	memory_free(curve->steps);
	*curve = (struct trial_curve){0};
}

/* Steps up to and at a time. */
static size_t
steps_until(const struct trial_curve *curve, int64_t at_us)
{
	size_t low = 0, high = curve->step_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (curve->steps[middle].at_us <= at_us)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct trial_value
trial_step_cleaned(const struct trial_step *step)
{
	struct trial_value value = {.known = true, .value = 1 - step->left};
	double middle, reach;

	/* log(-log(0)) and log(-log(1)) don't exist, so no interval does. */
	if (!(step->left > 0 && step->left < 1))
		return value;
	middle = log(-log(step->left));
	reach = Z95 * sqrt(step->spread) / -log(step->left);
	value.bounded = true;
	value.low = 1 - exp(-exp(middle - reach));
	value.high = 1 - exp(-exp(middle + reach));
	return value;
}

/* Is the curve known at a time: was anybody watched so long, or all clean? */
static bool
reaches(const struct trial_curve *curve, int64_t at_us)
{
	const struct trial_step *last;

	if (curve->step_count == 0)
		return false;
	last = &curve->steps[curve->step_count - 1];
	return at_us <= last->at_us || last->left <= 0;
}

static struct trial_step
step_at(const struct trial_curve *curve, int64_t at_us)
{
	const size_t before = steps_until(curve, at_us);

	return before ? curve->steps[before - 1]
		      : (struct trial_step){.left = 1};
}

struct trial_value
trial_cleaned(const struct trial_curve *curve, int64_t at_us)
{
	const struct trial_step step = step_at(curve, at_us);

	return reaches(curve, at_us) ? trial_step_cleaned(&step)
				     : (struct trial_value){0};
}

uint32_t
trial_at_risk(const struct trial_curve *curve, int64_t at_us)
{
	/* The first step at or after it. */
	const size_t first = steps_until(curve, at_us - 1);

	return first < curve->step_count ? curve->steps[first].at_risk : 0;
}

/* A curve's own line, or one end of its band, as share not yet clean. */
enum line { LINE_VALUE, LINE_LOW, LINE_HIGH };

static bool
height(const struct trial_step *step, enum line line, double *left)
{
	const struct trial_value cleaned = trial_step_cleaned(step);

	if (line == LINE_VALUE)
		*left = step->left;
	else if (!cleaned.bounded)
		return false;
	else
		*left = 1 - (line == LINE_LOW ? cleaned.high : cleaned.low);
	return true;
}

/* Where a line first is at one half or below; on it, the middle of the step. */
static bool
crosses(const struct trial_curve *curve, enum line line, double *us)
{
	double left = 1, next;
	size_t i = 0;

	while (i < curve->step_count &&
	       (!height(&curve->steps[i], line, &left) ||
		left >= 0.5 + HALF_TOLERANCE))
		i++;
	if (i == curve->step_count)
		return false;
	*us = (double)curve->steps[i].at_us;
	if (fabs(left - 0.5) >= HALF_TOLERANCE)
		return true;
	for (size_t j = i + 1; j < curve->step_count; j++)
		if (height(&curve->steps[j], line, &next) && next < left) {
			*us = (*us + (double)curve->steps[j].at_us) / 2;
			break;
		}
	return true;
}

struct trial_median
trial_median(const struct trial_curve *curve)
{
	struct trial_median median = {0};

	median.known = crosses(curve, LINE_VALUE, &median.us);
	median.low_known = crosses(curve, LINE_LOW, &median.low_us);
	median.high_known = crosses(curve, LINE_HIGH, &median.high_us);
	return median;
}

struct trial_value
trial_difference(const struct trial_curve *one, const struct trial_curve *other,
		 int64_t at_us)
{
	const struct trial_step a = step_at(one, at_us),
				b = step_at(other, at_us);
	struct trial_value value = {0};
	double variance, reach;

	if (!reaches(one, at_us) || !reaches(other, at_us))
		return value;
	value.known = true;
	value.value = b.left - a.left;
	/* Where all are clean, 0 times infinity: that curve has no spread. */
	variance = (a.left > 0 ? a.left * a.left * a.spread : 0) +
		   (b.left > 0 ? b.left * b.left * b.spread : 0);
	if (!(variance > 0))
		return value;
	reach = Z95 * sqrt(variance);
	value.bounded = true;
	value.low = fmax(-1, value.value - reach);
	value.high = fmin(1, value.value + reach);
	return value;
}

struct trial_test
trial_log_rank(const struct trial_curve *one, const struct trial_curve *other)
{
	double observed = 0, expected = 0, variance = 0;
	struct trial_test test = {0};
	size_t i = 0, j = 0;

	while (i < one->step_count || j < other->step_count) {
		const struct trial_step *a = i < one->step_count
						 ? &one->steps[i]
						 : NULL;
		const struct trial_step *b = j < other->step_count
						 ? &other->steps[j]
						 : NULL;
		const bool in_a = a && (!b || a->at_us <= b->at_us),
			   in_b = b && (!a || b->at_us <= a->at_us);
		const double risk_a = a ? a->at_risk : 0,
			     risk = risk_a + (b ? b->at_risk : 0);
		const double gone = (in_a ? a->cleaned : 0) +
				    (in_b ? b->cleaned : 0);

		if (gone > 0) {
			const double share = risk_a / risk;

			observed += in_a ? a->cleaned : 0;
			expected += gone * share;
			if (risk > 1)
				variance += gone * share * (1 - share) *
					    (risk - gone) / (risk - 1);
		}
		i += in_a;
		j += in_b;
	}
	if (!(variance > 0))
		return test;
	test.known = true;
	test.chi2 = (observed - expected) * (observed - expected) / variance;
	test.p = erfc(sqrt(test.chi2 / 2));
	return test;
}

/* --------------------------------------------------- exact distributions */

static double
log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

static double
not_zero(double x)
{
	return fabs(x) < 1e-300 ? 1e-300 : x;
}

/* Lentz's method for the incomplete beta's continued fraction. */
static double
beta_fraction(double a, double b, double x)
{
	double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), value = d;

	for (int i = 1; i <= ITERATIONS_MAX * 100; i++) {
		const double m = i;
		double step = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double change;

		d = 1 / not_zero(1 + step * d);
		c = not_zero(1 + step / c);
		value *= d * c;
		step = -(a + m) * (a + b + m) * x /
		       ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 / not_zero(1 + step * d);
		c = not_zero(1 + step / c);
		change = d * c;
		value *= change;
		if (fabs(change - 1) < 1e-15)
			break;
	}
	return value;
}

/* Regularised incomplete beta: P(Beta(a, b) <= x). */
static double
beta_below(double a, double b, double x)
{
	double front;

	if (x <= 0 || x >= 1)
		return x >= 1;
	front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) +
		    a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

static double
beta_quantile(double a, double b, double share)
{
	double low = 0, high = 1;

	for (int i = 0; i < ITERATIONS_MAX && high - low > 1e-15; i++) {
		const double middle = low + (high - low) / 2;

		if (beta_below(a, b, middle) < share)
			low = middle;
		else
			high = middle;
	}
	return low + (high - low) / 2;
}

/* P(Poisson(mean) <= k): sums its terms, the largest first in size. */
static double
poisson_below(uint64_t k, double mean)
{
	double sum = 0;

	for (uint64_t i = 0; i <= k; i++) {
		/* From the largest index down; terms below are smaller. */
		const double at = (double)(k - i);
		const double term =
		    exp(at * log(mean) - mean - log_gamma(at + 1));

		sum += term;
		if (at < mean && term < 1e-18 * sum)
			break;
	}
	return sum;
}

static double
poisson_quantile(uint64_t k, double share)
{
	double low = 0, high = (double)k + 20 + 12 * sqrt((double)k + 1);

	for (int i = 0; i < 200 && high - low > 1e-12 * high; i++) {
		const double middle = low + (high - low) / 2;

		if (poisson_below(k, middle) > share)
			low = middle;
		else
			high = middle;
	}
	return low + (high - low) / 2;
}

struct trial_value
trial_share(uint64_t hits, uint64_t n)
{
	const double h = (double)hits, misses = (double)n - h;
	struct trial_value value = {0};

	if (n == 0 || hits > n)
		return value;
	value.known = value.bounded = true;
	value.value = h / (double)n;
	value.low = hits ? beta_quantile(h, misses + 1, TAIL) : 0;
	value.high = hits < n ? beta_quantile(h + 1, misses, 1 - TAIL) : 1;
	return value;
}

double
trial_bound(uint64_t hits, uint64_t n)
{
	if (n == 0 || hits >= n)
		return 1;
	return beta_quantile((double)hits + 1, (double)(n - hits),
			     1 - 2 * TAIL);
}

uint64_t
trial_needed(uint64_t hits, double bound)
{
	uint64_t low = hits, high = hits + 1;

	if (!(bound > 0) || bound >= 1)
		return 0;
	while (trial_bound(hits, high) > bound) {
		low = high;
		high *= 2;
		if (high > NEEDED_MAX)
			return 0;
	}
	while (high - low > 1) {
		const uint64_t middle = low + (high - low) / 2;

		if (trial_bound(hits, middle) > bound)
			low = middle;
		else
			high = middle;
	}
	return high;
}

struct trial_value
trial_rate(uint64_t events, double units)
{
	struct trial_value value = {0};

	if (!(units > 0))
		return value;
	value.known = value.bounded = true;
	value.value = (double)events / units;
	value.low = events ? poisson_quantile(events - 1, 1 - TAIL) / units : 0;
	value.high = poisson_quantile(events, TAIL) / units;
	return value;
}
