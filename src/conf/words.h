/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the files that explain a configuration in plain words, one topic a
 * section: sentences go out one by one (conf_explain).
 */
#ifndef CONF_WORDS_H
#define CONF_WORDS_H

#include "conf/conf.h"

struct words {
	conf_say *say;
	void *context;
	const char *topic; /* of what is said now */
	int64_t now_us;
};

#define WORDS_SPAN_SIZE 32
#define WORDS_DATE_SIZE 16

void words_say(struct words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "3 days", "30 minutes": in the largest unit that divides it. */
const char *words_span(char buffer[WORDS_SPAN_SIZE], int64_t us);
/* "11", "5.5" */
const char *words_score(char buffer[WORDS_SPAN_SIZE], int64_t milli);
/* "2026-12-25" */
const char *words_date(char buffer[WORDS_DATE_SIZE], int64_t us);
/* "a garden" and so on. */
const char *words_measure(enum measure_kind kind);

/* The sections, in order of conf_explain's. */
void explain_mode(struct words *words, const struct conf *conf);
void explain_evidence(struct words *words, const struct case_policy *policy);
void explain_steps(struct words *words, const struct conf *conf);
void explain_measures(struct words *words, const struct conf *conf);
void explain_attack(struct words *words, const struct case_policy *policy);
void explain_brakes(struct words *words, const struct case_policy *policy);
void explain_never(struct words *words, const struct conf *conf);
void explain_people(struct words *words, const struct case_policy *policy,
		    const char *zone);
void explain_objections(struct words *words, const struct case_policy *policy);
void explain_trial(struct words *words, const struct case_policy *policy);
void explain_bases(struct words *words, const struct conf *conf);

#endif
