/* SPDX-License-Identifier: Apache-2.0 */
/* Which cases a person should look at: some by lot, some by doubt. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/rng.h"
#include "role/shadow_report.h"

#define CROWD_MIN 10     /* cases on one indicator */
#define BARELY_MILLI 500 /* above the threshold */

/* ---------------------------------------------------------------- by lot */

struct ticket_of_lot {
	const struct trial_case *one;
	uint32_t stratum; /* class, measured or not */
	uint64_t lot;     /* of the seed and the case */
};

static int
by_stratum(const void *left, const void *right)
{
	const struct ticket_of_lot *a = left, *b = right;

	if (a->stratum != b->stratum)
		return a->stratum < b->stratum ? -1 : 1;
	return (a->lot > b->lot) - (a->lot < b->lot);
}

/*
 * Each n-th of all that were told and nobody judged yet, in order of class and
 * measure and by lot within, from a random one on: all have the same chance,
 * and each kind its share.
 */
int
shadow_sample_draw(struct shadow_report *report)
{
	const struct trial_cases *cases = report->cases;
	const struct hash_key key = {report->asked->seed, 0x73616d706c65};
	struct ticket_of_lot *lots = memory_new(cases->count + 1,
						sizeof(*lots));
	const size_t wanted = report->asked->sample;
	struct rng rng;
	size_t count = 0;
	double step, at;

	if (!lots)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < cases->count; i++) {
		const struct trial_case *one = &cases->list[i];

		if (!shadow_report_is_told(cases, one) || one->verdict)
			continue;
		lots[count++] =
		    (struct ticket_of_lot){one,
					   trial_cases_class(one) * 2u +
					       shadow_report_is_measured(one),
					   hash_bytes(&key, &one->id,
						      sizeof(one->id))};
	}
	if (count)
		qsort(lots, count, sizeof(*lots), by_stratum);
	rng_init(&rng, report->asked->seed);
	step = count > wanted ? (double)count / (double)wanted : 1;
	at = count > wanted ? rng_unit(&rng) * step : 0;
	for (; (size_t)at < count && report->sample_count < wanted; at += step)
		report->sample[report->sample_count++] = lots[(size_t)at].one;
	memory_free(lots);
	return 0;
}

/* -------------------------------------------------------------- by doubt */

uint32_t
shadow_sample_points(unsigned reason)
{
	static const uint32_t points[SHADOW_REASONS] = {3, 3, 3, 2, 3, 3, 2, 1};

	return points[reason];
}

void
shadow_sample_reason(struct text *text, const struct shadow_doubt *doubt,
		     unsigned reason)
{
	static const char *const words[SHADOW_REASONS] = {
	    "of its sightings the holder isn't certain",
	    "all of it rests on one origin's word",
	    "of what it rests on could be forged",
	    "it is a protected party: a mistake would weigh more",
	    "its last case was dismissed",
	    "cases rest on one and the same indicator",
	    "it rests on a single sighting",
	    "its score is just above the threshold"};

	if (1u << reason == SHADOW_UNSURE)
		text_u64(text, doubt->unsure_percent);
	if (1u << reason == SHADOW_SPOOFABLE)
		text_u64(text, doubt->spoofable_percent);
	if (1u << reason & (SHADOW_UNSURE | SHADOW_SPOOFABLE))
		text_add(text, " % ");
	if (1u << reason == SHADOW_CROWD) {
		text_u64(text, doubt->crowd);
		text_char(text, ' ');
	}
	text_add(text, words[reason]);
}

static struct shadow_doubt
doubt_of(const struct shadow_report *report, const struct trial_case *one)
{
	const struct shadow_case *rests =
	    &report->seen.cases[one - report->cases->list];
	const int32_t above = one->score_milli -
			      report->conf->policy.notice_at_milli;
	struct shadow_doubt doubt = {.one = one, .crowd = rests->crowd};

	if (rests->sightings)
		doubt.unsure_percent = rests->uncertain * 100 /
				       rests->sightings;
	if (one->kept)
		doubt.spoofable_percent = one->spoofable * 100u / one->kept;
	doubt.reasons = (rests->uncertain ? SHADOW_UNSURE : 0) |
			(one->origins == 1 ? SHADOW_ONE_ORIGIN : 0) |
			(one->spoofable ? SHADOW_SPOOFABLE : 0) |
			(one->protected ? SHADOW_PROTECTED : 0) |
			(one->dismissed_before ? SHADOW_DISMISSED_BEFORE : 0) |
			(rests->crowd >= CROWD_MIN ? SHADOW_CROWD : 0) |
			(rests->sightings == 1 ? SHADOW_SINGLE : 0) |
			(above >= 0 && above < BARELY_MILLI ? SHADOW_BARELY
							    : 0);
	for (unsigned i = 0; i < SHADOW_REASONS; i++)
		if (doubt.reasons & 1u << i)
			doubt.points += shadow_sample_points(i);
	return doubt;
}

/* More points first; of equal ones the measured, then the lower number. */
static bool
goes_before(const struct shadow_doubt *a, const struct shadow_doubt *b)
{
	const bool a_measured = shadow_report_is_measured(a->one),
		   b_measured = shadow_report_is_measured(b->one);

	if (a->points != b->points)
		return a->points > b->points;
	if (a_measured != b_measured)
		return a_measured;
	return a->one->id < b->one->id;
}

void
shadow_sample_doubts(struct shadow_report *report)
{
	const struct trial_cases *cases = report->cases;

	for (size_t i = 0; i < cases->count; i++) {
		struct shadow_doubt doubt;
		size_t at;

		if (!shadow_report_is_told(cases, &cases->list[i]) ||
		    cases->list[i].state == CASE_DISMISSED ||
		    cases->list[i].verdict)
			continue;
		doubt = doubt_of(report, &cases->list[i]);
		at = report->doubt_count;
		while (at > 0 && goes_before(&doubt, &report->doubts[at - 1])) {
			if (at < SHADOW_DOUBTS)
				report->doubts[at] = report->doubts[at - 1];
			at--;
		}
		if (doubt.points == 0 || at == SHADOW_DOUBTS)
			continue;
		report->doubts[at] = doubt;
		if (report->doubt_count < SHADOW_DOUBTS)
			report->doubt_count++;
	}
}
