/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a window can't see: the rate of a flood that reaches the threshold with
 * 95 % when packets are sampled (Poisson; detection.md 1.3).
 */
#include <math.h>

#include "detect/detect.h"
#include "detect/windows.h"

#define MISSED 0.05
#define TERMS 4000
#define HALVINGS 60

/*
 * P(X < n) of a Poisson mean m, without exp(): terms are taken relative to
 * the one at the mean, and divided by their sum.
 */
static double
below(double n, double m)
{
	double mode = floor(m), term = 1, total = 1, under = mode < n ? 1 : 0;

	for (double k = mode; k > 0 && mode - k < TERMS; k--) {
		term *= k / m;
		total += term;
		if (k - 1 < n)
			under += term;
	}
	term = 1;
	for (double k = mode + 1; k - mode < TERMS; k++) {
		term *= m / k;
		total += term;
		if (k < n)
			under += term;
	}
	return under / total;
}

double
detect_floor_pps(const struct detect_conf *conf, uint32_t sampling)
{
	double window_s = (double)((sampling > conf->sampling_wide_min
					? WINDOW_WIDE_US
					: WINDOW_NARROW_US) /
				   TIMES_SECOND_US);
	double need = conf->flood_pps * window_s;
	double low, high;

	if (sampling <= 1)
		return conf->flood_pps;
	need /= sampling;
	if (need < conf->flood_samples_min)
		need = conf->flood_samples_min;
	low = need;
	high = 4 * need + 20;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;

		if (below(need, middle) > MISSED)
			low = middle;
		else
			high = middle;
	}
	return high * sampling / window_s;
}
