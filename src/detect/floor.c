/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The defaults of the detectors, and what they can't see: the rate below which
 * a flood is found with less than 95 % where packets are sampled.
 */
#include <math.h>
#include <string.h>

#include "detect/detect.h"

void
detect_conf_init(struct detect_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	conf->lateness_us = 120 * TIMES_SECOND_US;
	conf->sampling = 1;
	conf->sampling_wide_min = 100;
	conf->flood_pps = 200;
	conf->flood_syn_pps = 100;
	conf->flood_icmp_abs_pps = 1000;
	conf->flood_samples_min = 12;
	conf->scan_targets = 10;
	conf->scan_targets_wide = 50;
	conf->weight_flood_milli = 4000;
	conf->weight_flood_lasts_milli = 6000;
	conf->weight_scan_milli = 5000;
	conf->weight_c2_milli = 5000;
	conf->weight_c2_old_milli = 3000;
	conf->weight_sinkhole_milli = 5000;
	conf->weight_spoofable_max_milli = 1500;
	conf->subjects_max = 65536;
	conf->pairs_max = 262144;
}

/* The mean of a Poisson count that reaches n with 95 %: the 95 % point of a
 * gamma distribution of shape n (Wilson-Hilferty). */
static double
mean_for(double n)
{
	const double z = 1.644854;
	double root = 1 - 1 / (9 * n) + z / (3 * sqrt(n));

	return n * root * root * root;
}

double
detect_floor_pps(const struct detect_conf *conf, uint32_t sampling)
{
	double window_s = sampling > conf->sampling_wide_min ? 60 : 10;
	double n = conf->flood_pps * window_s;

	if (sampling <= 1)
		return conf->flood_pps;
	n /= sampling;
	n = floor(n) < n ? floor(n) + 1 : n;
	if (n < conf->flood_samples_min)
		n = conf->flood_samples_min;
	return mean_for(n) * sampling / window_s;
}
