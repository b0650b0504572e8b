/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Survival curves and exact intervals against what R computes of the same data.
 *
 * The data sets are seeded.  `trial_test data` prints them, `trial_test
 * figures` what we make of them; tests/interop/effect_r.R made
 * trial_expected.csv of the former, and effect_r_test.py does so again where R
 * is there.  Without an argument: both compared, and what R doesn't answer.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/times.h"
#include "role/trial.h"

#define CASES_MAX 2000
#define FIGURES_MAX 1000
#define NAME_SIZE 64
#define CLOSE 1e-6

struct set {
	const char *name;
	size_t count[2];
	double clean_a_day[2]; /* share of those left */
	double watched_days;   /* at most; each a random part of it */
	int64_t round_us;      /* 1: no ties */
	double never;          /* share that never gets clean */
};

static const struct set sets[] = {
    {"plain", {60, 60}, {0.2, 0.08}, 200, 1, 0},
    {"ties", {80, 40}, {0.15, 0.1}, 60, TIMES_DAY_US, 0},
    {"censored", {100, 90}, {0.03, 0.02}, 12, TIMES_HOUR_US, 0.5},
    {"empty-arm", {30, 0}, {0.1, 0.1}, 90, 1, 0},
    {"one-each", {1, 1}, {0.1, 0.1}, 90, 1, 0},
    {"all-clean", {12, 9}, {0.9, 0.3}, 1e9, TIMES_DAY_US, 0},
    {"none-clean", {15, 15}, {0.1, 0.1}, 20, TIMES_DAY_US, 1},
    {"half", {4, 2}, {0.5, 0.5}, 1e9, TIMES_DAY_US, 0},
    {"few", {7, 5}, {0.2, 0.05}, 40, TIMES_DAY_US, 0.2},
    {"many", {2000, 1800}, {0.12, 0.1}, 250, TIMES_HOUR_US, 0.1},
};
#define SETS (sizeof(sets) / sizeof(*sets))

static const unsigned horizons[] = {1, 3, 7, 14, 30, 180};
static const uint64_t pairs[][2] = {{0, 20},   {1, 20}, {3, 10},    {10, 10},
				    {0, 2995}, {5, 7},  {17, 4000}, {1, 1}};

static size_t
make(const struct set *set, unsigned arm, struct trial_spell *spells)
{
	struct rng all, rng;

	rng_init(&all, 20240620);
	rng = rng_fork(&all, (uint64_t)(set - sets) * 2 + arm);
	for (size_t i = 0; i < set->count[arm]; i++) {
		const double hazard = -log(1 - set->clean_a_day[arm]);
		const double clean = -log(1 - rng_unit(&rng)) / hazard;
		const double watched = rng_unit(&rng) * set->watched_days;
		const bool never = rng_unit(&rng) < set->never;
		const double days = never || clean > watched ? watched : clean;
		const int64_t us = (int64_t)(days * (double)TIMES_DAY_US);

		spells[i] = (struct trial_spell){.span_us = us / set->round_us *
							    set->round_us,
						 .clean = !never &&
							  clean <= watched};
	}
	return set->count[arm];
}

/* -------------------------------------------------------------- figures */

struct figure {
	char set[NAME_SIZE], what[NAME_SIZE + 8];
	double value;
};

struct figures {
	size_t count;
	struct figure at[FIGURES_MAX];
};

static void
add(struct figures *figures, const char *set, const char *what, double value)
{
	struct figure *figure = &figures->at[figures->count++];

	assert_true(figures->count <= FIGURES_MAX);
	snprintf(figure->set, sizeof(figure->set), "%s", set);
	snprintf(figure->what, sizeof(figure->what), "%s", what);
	figure->value = value;
}

static void
add_value(struct figures *figures, const char *set, const char *what,
	  const struct trial_value *value)
{
	char name[NAME_SIZE + 8];

	if (!value->known)
		return;
	add(figures, set, what, value->value);
	if (!value->bounded)
		return;
	snprintf(name, sizeof(name), "%s.low", what);
	add(figures, set, name, value->low);
	snprintf(name, sizeof(name), "%s.high", what);
	add(figures, set, name, value->high);
}

static void
add_curve(struct figures *figures, const char *set, unsigned arm,
	  const struct trial_curve *curve)
{
	const struct trial_median median = trial_median(curve);
	const double day = (double)TIMES_DAY_US;
	char name[NAME_SIZE];

	for (size_t i = 0; i < sizeof(horizons) / sizeof(*horizons); i++) {
		const int64_t at = horizons[i] * TIMES_DAY_US;
		const struct trial_value cleaned = trial_cleaned(curve, at);

		snprintf(name, sizeof(name), "cleaned.%u.%u", arm, horizons[i]);
		add_value(figures, set, name, &cleaned);
		if (cleaned.known) {
			snprintf(name, sizeof(name), "risk.%u.%u", arm,
				 horizons[i]);
			add(figures, set, name, trial_at_risk(curve, at));
		}
	}
	snprintf(name, sizeof(name), "median.%u", arm);
	if (median.known)
		add(figures, set, name, median.us / day);
	snprintf(name, sizeof(name), "median.%u.low", arm);
	if (median.low_known)
		add(figures, set, name, median.low_us / day);
	snprintf(name, sizeof(name), "median.%u.high", arm);
	if (median.high_known)
		add(figures, set, name, median.high_us / day);
}

static void
add_set(struct figures *figures, const struct set *set)
{
	static struct trial_spell spells[CASES_MAX];
	struct trial_curve curves[2];
	struct trial_test test;

	for (unsigned arm = 0; arm < 2; arm++) {
		const size_t count = make(set, arm, spells);

		assert_int_equal(trial_curve_make(spells, count, &curves[arm]),
				 0);
		add_curve(figures, set->name, arm, &curves[arm]);
	}
	for (size_t i = 0; i < sizeof(horizons) / sizeof(*horizons); i++) {
		const struct trial_value value =
		    trial_difference(&curves[0], &curves[1],
				     horizons[i] * TIMES_DAY_US);
		char name[NAME_SIZE];

		snprintf(name, sizeof(name), "difference.%u", horizons[i]);
		add_value(figures, set->name, name, &value);
	}
	test = trial_log_rank(&curves[0], &curves[1]);
	if (test.known) {
		add(figures, set->name, "logrank.chi2", test.chi2);
		add(figures, set->name, "logrank.p", test.p);
	}
	trial_curve_free(&curves[0]);
	trial_curve_free(&curves[1]);
}

static void
add_exact(struct figures *figures)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		const uint64_t hits = pairs[i][0], n = pairs[i][1];
		const struct trial_value share = trial_share(hits, n),
					 rate = trial_rate(hits, (double)n);
		char name[NAME_SIZE];

		snprintf(name, sizeof(name), "%u/%u", (unsigned)hits,
			 (unsigned)n);
		add_value(figures, "binomial", name, &share);
		add_value(figures, "poisson", name, &rate);
		add(figures, "bound", name, trial_bound(hits, n));
	}
}

static struct figures *
all_figures(void)
{
	static struct figures figures;

	figures.count = 0;
	for (size_t i = 0; i < SETS; i++)
		add_set(&figures, &sets[i]);
	add_exact(&figures);
	return &figures;
}

/* ---------------------------------------------------------------- print */

static int
print_data(void)
{
	static struct trial_spell spells[CASES_MAX];

	puts("set,arm,us,clean");
	for (size_t i = 0; i < SETS; i++)
		for (unsigned arm = 0; arm < 2; arm++) {
			const size_t count = make(&sets[i], arm, spells);

			for (size_t j = 0; j < count; j++)
				printf("%s,%u,%lld,%d\n", sets[i].name, arm,
				       (long long)spells[j].span_us,
				       spells[j].clean);
		}
	return 0;
}

static int
print_figures(void)
{
	const struct figures *figures = all_figures();

	puts("set,what,value");
	for (size_t i = 0; i < figures->count; i++)
		printf("%s,%s,%.12g\n", figures->at[i].set, figures->at[i].what,
		       figures->at[i].value);
	return 0;
}

/* ---------------------------------------------------------------- tests */

static const struct figure *
find(const struct figures *figures, const char *set, const char *what)
{
	for (size_t i = 0; i < figures->count; i++)
		if (strcmp(figures->at[i].set, set) == 0 &&
		    strcmp(figures->at[i].what, what) == 0)
			return &figures->at[i];
	return NULL;
}

static void
agrees_with_r(void **state)
{
	const struct figures *figures = all_figures();
	const char *source = getenv("LAZARET_SOURCE");
	char path[4096], line[256], set[NAME_SIZE], what[NAME_SIZE];
	size_t compared = 0;
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/unit/role/trial_expected.csv",
		 source ? source : ".");
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		const struct figure *ours;
		double value;

		if (sscanf(line, "%63[^,],%63[^,],%lf", set, what, &value) != 3)
			continue; /* its head */
		ours = find(figures, set, what);
		if (!ours)
			fail_msg("%s %s: R knows it, we don't", set, what);
		if (fabs(ours->value - value) > CLOSE * fmax(1, fabs(value)))
			fail_msg("%s %s: %.10g, R %.10g", set, what,
				 ours->value, value);
		compared++;
	}
	fclose(file);
	/* And nothing that R doesn't answer. */
	assert_int_equal(compared, figures->count);
}

static void
knows_when_it_knows_nothing(void **state)
{
	const struct trial_spell watched = {TIMES_DAY_US, false};
	struct trial_curve empty, one;

	(void)state;
	assert_int_equal(trial_curve_make(NULL, 0, &empty), 0);
	assert_int_equal(trial_curve_make(&watched, 1, &one), 0);
	assert_false(trial_cleaned(&empty, 0).known);
	assert_false(trial_median(&empty).known);
	assert_false(trial_log_rank(&empty, &one).known);
	assert_false(trial_difference(&empty, &one, 0).known);
	assert_true(trial_cleaned(&one, TIMES_DAY_US).known);
	assert_false(trial_cleaned(&one, TIMES_DAY_US).bounded);
	assert_false(trial_cleaned(&one, TIMES_DAY_US + 1).known);
	assert_int_equal(trial_at_risk(&one, TIMES_DAY_US), 1);
	assert_int_equal(trial_at_risk(&one, TIMES_DAY_US + 1), 0);
	assert_false(trial_share(0, 0).known);
	assert_false(trial_share(2, 1).known);
	assert_false(trial_rate(3, 0).known);
	assert_true(trial_bound(0, 0) >= 1 && trial_bound(3, 3) >= 1);
	trial_curve_free(&one);
	trial_curve_free(&empty);
}

/* What a bound asks for is what reaches it, and one less doesn't. */
static void
counts_what_a_bound_needs(void **state)
{
	static const double bounds[] = {0.5, 0.05, 0.01, 0.001, 0.0001};

	(void)state;
	for (size_t i = 0; i < sizeof(bounds) / sizeof(*bounds); i++)
		for (uint64_t hits = 0; hits < 4; hits++) {
			const uint64_t n = trial_needed(hits, bounds[i]);

			assert_true(trial_bound(hits, n) <= bounds[i]);
			assert_true(trial_bound(hits, n - 1) > bounds[i]);
		}
	/* The rule of three. */
	assert_int_equal(trial_needed(0, 0.001), 2995);
	assert_int_equal(trial_needed(0, 0), 0);
	assert_int_equal(trial_needed(0, 1), 0);
	assert_int_equal(trial_needed(0, NAN), 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agrees_with_r),
	    cmocka_unit_test(knows_when_it_knows_nothing),
	    cmocka_unit_test(counts_what_a_bound_needs),
	};

	if (argc == 2 && strcmp(argv[1], "data") == 0)
		return print_data();
	if (argc == 2 && strcmp(argv[1], "figures") == 0)
		return print_figures();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
