/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does it work?  How soon cases become clean, by what was done about them, with
 * intervals; how many come back; what it costs; how often it was wrong.
 *
 * Made from trial_cases.h's cases by trial.h's arithmetic; printed as text, as
 * JSON lines, or drawn as SVG files.  It names no party and no case.
 */
#ifndef ROLE_EFFECT_REPORT_H
#define ROLE_EFFECT_REPORT_H

#include "conf/conf.h"
#include "role/trial.h"
#include "role/trial_cases.h"

/* Kinds of case that are set side by side.  The first three parts EFFECT_TOLD,
 * as the two before the last do, otherwise. */
enum effect_group {
	EFFECT_TREATED,   /* of the trial: measured when due */
	EFFECT_HELD_BACK, /* of the trial: measured later */
	EFFECT_NO_TRIAL,  /* told, in no trial */
	EFFECT_TOLD,      /* all that were really told or measured */
	EFFECT_MEASURED,  /* of these: a garden, limit or block as well */
	EFFECT_NOTICE,    /* of these: notices alone */
	EFFECT_BASELINE,  /* shadow: nobody was told, nothing was done */
	EFFECT_GROUP_COUNT
};

struct effect_figures {
	struct trial_curve clean;
	struct trial_curve
	    freed; /* the same, not dated before a garden's end */
	struct trial_curve again; /* of the clean: seen again */
};

enum effect_pair {
	EFFECT_PAIR_TRIAL,    /* treated, held back: the fair one */
	EFFECT_PAIR_BASELINE, /* told, baseline */
	EFFECT_PAIR_MEASURE,  /* measured, notice alone */
	EFFECT_PAIR_COUNT
};

struct effect_report {
	const struct trial_cases *cases; /* borrowed */
	const struct costs_conf *costs;  /* borrowed */
	struct effect_figures figures[EFFECT_GROUP_COUNT];
	struct trial_test tests[EFFECT_PAIR_COUNT];
	struct trial_test freed; /* of EFFECT_PAIR_TRIAL, by `freed` */
	uint64_t
	    shadow_arms[2]; /* treated, held back, where neither was done */
	/* Parties under a real measure, and known to be wrong; those judged. */
	uint64_t measured, wrong, judged, judged_wrong, unclear;
	int64_t notice_milli, staff_milli; /* costs; 0 without a currency */
};

#define EFFECT_HORIZONS 6
extern const unsigned effect_report_days[EFFECT_HORIZONS]; /* 1 ... 180 */

/* LZ_E_MEMORY.  The report borrows cases and costs. */
LZ_NODISCARD int effect_report_make(const struct trial_cases *cases,
				    const struct costs_conf *costs,
				    struct effect_report *report);
void effect_report_free(struct effect_report *report);

/* "treated", "held-back" ... and in words, for people. */
const char *effect_report_group_name(enum effect_group group);
const char *effect_report_group_words(enum effect_group group);
/* The two groups of a pair. */
void effect_report_pair(enum effect_pair pair, enum effect_group groups[2]);
/* Why they may or may not be compared, in a sentence. */
const char *effect_report_pair_words(enum effect_pair pair);
/* Was a case really told or measured? */
bool effect_report_is_live(const struct trial_case *one);

/* On standard output. */
void effect_report_text(const struct effect_report *report);
void effect_report_json(const struct effect_report *report);
/*
 * cleaned.svg, time-to-clean.svg and days.svg into a folder that is there.
 * -errno; LZ_E_MEMORY.
 */
LZ_NODISCARD int effect_report_plot(const struct effect_report *report,
				    const char *folder);

#endif
