/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks the real case_step over every state and event.
 *
 * The first walk is over all of evidence: each score 0 and one below, at and
 * one above its thresholds, each way it is made up, each thing said and each
 * time long before, just inside, at and just past its limit, each setting; all
 * of their combinations.  The second is over what people, hours and papers say
 * (the axes of case_walk.h): every value of every axis, and every two values of
 * two axes, with every state and event, over evidence that is chosen so that
 * each trigger is reached and missed.  Checked after every step is all of
 * case_checks.c but its dear ones, which are made once in SAMPLE steps.  A row
 * of the table that never fires fails too.
 *
 *   case_invariants          all violations, the first of them shown
 *   case_invariants first    ends at the first one
 *   case_invariants first N  the same over one point in N
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/sha256.h"
#include "property/case_walk.h"

#define SAMPLE 61
#define SHOWN_MAX 20
#define FACT_SETS (1u << 20) /* a power of two; far more than there are */

static bool fired[CASE_ROWS_MAX];
static uint64_t states, transitions, violations;
static uint64_t visited[FACT_SETS]; /* state and facts; 0: free */
static unsigned visited_of[CASE_STATE_COUNT];
static struct point here;
static struct scene scene;
static struct case_record before;
static struct case_step_result result;
static bool end_at_first;
static unsigned long stride = 1;
static uint64_t points;

static void
violate(const char *what)
{
	violations++;
	if (violations <= SHOWN_MAX) {
		printf("violated: %s (state %d shape %d told %d timing %d "
		       "deed %d score %d setting %d, axes",
		       what, here.start, here.shape, here.told, here.timing,
		       here.deed, (int)walk_scores[here.score],
		       (int)here.setting);
		for (int i = 0; i < AXIS_COUNT; i++)
			printf(" %d", here.at[i]);
		printf(", row %s)\n", result.row ? result.row : "none");
	}
	if (end_at_first)
		exit(1);
}

/* Sets of facts met in each state. */
static void
visit(enum case_state state, uint64_t facts)
{
	const uint64_t key = (uint64_t)state << CASE_F_COUNT | facts;
	uint64_t at = key * UINT64_C(0x9e3779b97f4a7c15) >> 44;

	while (visited[at] != 0 && visited[at] != key)
		at = (at + 1) % FACT_SETS;
	if (visited[at] == key)
		return;
	visited[at] = key;
	visited_of[state]++;
}

static void
mark_row(void)
{
	for (size_t i = 0; i < case_table_rows; i++)
		if (case_table[i].name == result.row)
			fired[i] = true;
}

static void
walk_point(void)
{
	const char *wrong;

	if (points++ % stride != 0)
		return;
	walk_build(&here, &scene);
	case_record_copy(&before, &scene.record);
	states++;
	transitions++;
	case_step(&scene.record, &scene.event, &scene.input, &result);
	mark_row();
	visit(before.state, result.facts);
	wrong = checks_run(&here, &scene, &before, &result);
	if (!wrong && states % SAMPLE == 0)
		wrong = checks_again(&here, &scene, &before, &result,
				     &transitions);
	if (!wrong && result.changed && scene.record.measure_count > 0 &&
	    states % SAMPLE == 1)
		wrong = checks_end(&scene, &transitions);
	if (wrong)
		violate(wrong);
}

/* ---- evidence ---- */

/* What people say is weighed by nobody. */
static bool
is_said(void)
{
	return here.deed >= DEED_HOLD && here.deed <= DEED_LINE_KNOWN &&
	       !walk_is_order(here.deed);
}

/* Combinations that can't be, or that say nothing new. */
static bool
is_idle(void)
{
	bool bound = walk_is_bound(here.start);

	if (walk_scores[here.score] == 0 && here.shape != SHAPE_ONE &&
	    here.shape != SHAPE_FLOOD)
		return true;
	if (bound &&
	    (here.told == TOLD_NEVER || !walk_settings[here.setting].known))
		return true;
	if (walk_has_ended(here.start) &&
	    (here.timing != TIMING_NONE || here.score > 1))
		return true;
	if (here.start == START_WATCHING && here.told > TOLD_LONG_BEFORE)
		return true;
	return here.timing == TIMING_RETRY && here.deed != DEED_TIMER;
}

static void
walk_evidence_under(size_t setting)
{
	here = (struct point){.setting = setting};
	walk_rules(&here, &scene);
	for (int start = 0; start < START_COUNT; start++)
		for (int deed = 0; deed < DEED_COUNT; deed++)
			for (int i = 0; i < SCORE_COUNT * SHAPE_COUNT *
						TOLD_COUNT * TIMING_COUNT;
			     i++) {
				int rest = i / SCORE_COUNT;

				here.start = (enum start_state)start;
				here.deed = (enum deed)deed;
				here.score = (size_t)(i % SCORE_COUNT);
				here.shape = (enum shape)(rest % SHAPE_COUNT);
				rest /= SHAPE_COUNT;
				here.told = (enum told)(rest % TOLD_COUNT);
				here.timing = (enum timing)(rest / TOLD_COUNT);
				if (!is_idle() &&
				    !(is_said() && here.score % 3 != 0))
					walk_point();
			}
}

/* ---- people, hours and papers ---- */

static const size_t chosen_scores[] = {1, SCORE_NOTICE, SCORE_MEASURE};
static const enum told chosen_told[] = {TOLD_LONG_BEFORE, TOLD_FAILED,
					TOLD_NEVER};
static const enum timing chosen_timing[] = {TIMING_NONE, TIMING_INSIDE,
					    TIMING_RETRY, TIMING_QUIET_AT};
static const enum shape chosen_shape[] = {SHAPE_TWO_ORIGINS, SHAPE_THREE_DAYS,
					  SHAPE_FLOOD};
static const size_t chosen_settings[] = {
    SETTING_LIVE,       SETTING_SHADOW,         SETTING_NO_CHANNEL,
    SETTING_SELF_SPENT, SETTING_PROTECTED_LIVE, SETTING_BRAKED,
    SETTING_COMMON};

/* Does the axis say anything to this deed in this state? */
static bool
says_something(enum axis axis)
{
	bool acts = here.deed <= DEED_TIMER;
	bool begins = here.deed <= DEED_MOVED || here.deed == DEED_TIMER ||
		      walk_is_order(here.deed);

	switch (axis) {
	case AXIS_PERSON:
		return here.deed == DEED_RESUME || walk_is_order(here.deed);
	case AXIS_TRIAL:
		return acts && (here.start == START_NOTICED ||
				here.start == START_PROBATION);
	case AXIS_LADDER:
	case AXIS_PAPER:
		return begins || here.deed == DEED_FAILED;
	case AXIS_FIERCE:
		return here.deed <= DEED_MOVED || here.deed == DEED_TIMER;
	case AXIS_END:
		return here.deed == DEED_TIMER;
	case AXIS_KIND:
		return walk_is_bound(here.start);
	case AXIS_STAFF:
		return here.deed == DEED_RELEASE_SELF;
	case AXIS_TWO:
		return walk_is_order(here.deed);
	default:
		return true;
	}
}

static bool
is_idle_among_people(void)
{
	for (int axis = 0; axis < AXIS_COUNT; axis++)
		if (here.at[axis] && !says_something((enum axis)axis))
			return true;
	if (here.at[AXIS_TRIAL] >= 4 && walk_is_bound(here.start))
		return true;
	if (here.timing == TIMING_INSIDE && here.deed > DEED_MOVED &&
	    here.deed != DEED_TIMER && here.deed != DEED_RELEASE &&
	    here.deed != DEED_LINE_GONE)
		return true;
	if (here.deed > DEED_MOVED && here.deed < DEED_TIMER &&
	    (here.timing || here.shape != SHAPE_TWO_ORIGINS))
		return true;
	if (here.timing == TIMING_QUIET_AT && here.deed != DEED_TIMER)
		return true;
	if (is_said() &&
	    (here.score != SCORE_MEASURE || here.shape != SHAPE_TWO_ORIGINS))
		return true;
	return is_idle();
}

static void
walk_people_here(void)
{
	for (int start = 0; start < START_COUNT; start++)
		for (int deed = 0; deed < DEED_COUNT; deed++)
			for (int i = 0; i < 3 * 3 * 4 * 3; i++) {
				here.start = (enum start_state)start;
				here.deed = (enum deed)deed;
				here.score = chosen_scores[i % 3];
				here.told = chosen_told[i / 3 % 3];
				here.timing = chosen_timing[i / 9 % 4];
				here.shape = chosen_shape[i / 36];
				if (!is_idle_among_people())
					walk_point();
			}
}

/* One combination of axes, with everything else. */
static void
walk_people_at(size_t setting, const uint8_t at[AXIS_COUNT])
{
	here = (struct point){.setting = setting};
	memcpy(here.at, at, AXIS_COUNT);
	walk_rules(&here, &scene);
	walk_people_here();
}

/* An objection to what was weakened means the same wherever it is said. */
static bool
is_wanted(size_t setting, int one, int two)
{
	return setting == SETTING_LIVE ||
	       (one == AXIS_OBJECTION && two == AXIS_KIND);
}

/* Every value of every axis; every two of two axes, where all is real. */
static void
walk_people_under(size_t setting)
{
	for (int one = 0; one < AXIS_COUNT; one++)
		for (uint8_t i = 1; i < walk_axis_sizes[one]; i++) {
			uint8_t at[AXIS_COUNT] = {0};

			at[one] = i;
			walk_people_at(setting, at);
			for (int two = one + 1; two < AXIS_COUNT; two++) {
				for (uint8_t k = 1;
				     k < walk_axis_sizes[two] &&
				     is_wanted(setting, one, two);
				     k++) {
					at[two] = k;
					walk_people_at(setting, at);
				}
				at[two] = 0;
			}
		}
}

/* What is weakened by an objection, by all hours of the help desk. */
static void
walk_objections(void)
{
	uint8_t at[AXIS_COUNT] = {0};

	for (uint8_t i = 1; i < walk_axis_sizes[AXIS_OBJECTION]; i++)
		for (uint8_t k = 1; k < walk_axis_sizes[AXIS_KIND]; k++)
			for (uint8_t d = 1; d < walk_axis_sizes[AXIS_DESK];
			     d++) {
				at[AXIS_OBJECTION] = i;
				at[AXIS_KIND] = k;
				at[AXIS_DESK] = d;
				walk_people_at(SETTING_LIVE, at);
			}
}

/* ---- all ---- */

static void
check_rows(void)
{
	for (size_t i = 0; i < case_table_rows; i++) {
		if (fired[i])
			continue;
		printf("violated: row %s never fires\n", case_table[i].name);
		violations++;
	}
}

int
main(int argc, char **argv)
{
	end_at_first = argc > 1 && strcmp(argv[1], "first") == 0;
	if (argc > 2)
		stride = strtoul(argv[2], NULL, 10);
	if (stride == 0 || crypto_init() || case_table_rows > CASE_ROWS_MAX)
		return 1;
	for (size_t set = 0; set < SETTING_COUNT; set++)
		walk_evidence_under(set);
	for (size_t i = 0;
	     i < sizeof(chosen_settings) / sizeof(chosen_settings[0]); i++)
		walk_people_under(chosen_settings[i]);
	walk_objections();
	if (stride == 1)
		check_rows();
	for (int i = CASE_WATCHING; i < CASE_STATE_COUNT; i++)
		printf("visited: %s with %u sets of facts\n",
		       case_state_name((enum case_state)i), visited_of[i]);
	printf("invariants: %llu states, %llu transitions, %llu violations\n",
	       (unsigned long long)states, (unsigned long long)transitions,
	       (unsigned long long)violations);
	return violations ? 1 : 0;
}
