/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before anything goes live: what the chain would have done, how far it can be
 * trusted, and what is still missing.
 *
 * It shows cases by number, the operator's networks whole, and never a party's
 * account or address.
 */
#ifndef ROLE_SHADOW_REPORT_H
#define ROLE_SHADOW_REPORT_H

#include "conf/conf.h"
#include "role/shadow_seen.h"
#include "role/shadow_tickets.h"
#include "role/trial.h"
#include "role/trial_cases.h"

#define SHADOW_SAMPLE_MAX 1000
#define SHADOW_DOUBTS 3
#define SHADOW_STANDINGS_MAX 16

/* Why a case may be wrong; bits, with points in shadow_doubt.c. */
#define SHADOW_UNSURE 0x01 /* part of what it rests on isn't certain */
#define SHADOW_ONE_ORIGIN 0x02
#define SHADOW_SPOOFABLE 0x04 /* part of it could be forged */
#define SHADOW_PROTECTED 0x08
#define SHADOW_DISMISSED_BEFORE 0x10
#define SHADOW_CROWD 0x20  /* many cases rest on one indicator */
#define SHADOW_SINGLE 0x40 /* it rests on one sighting */
#define SHADOW_BARELY 0x80 /* its score is just above the threshold */
#define SHADOW_REASONS 8

struct shadow_doubt {
	const struct trial_case *one;
	uint32_t reasons, points;
	uint32_t unsure_percent, spoofable_percent, crowd;
};

/* What people who judged say of one kind of act. */
struct shadow_bound {
	uint64_t judged, wrong, unclear;
	double bound;    /* one-sided 95 %, of wrong ones; 1: nothing judged */
	uint64_t needed; /* judged, with no further wrong one, for the goal */
	bool reached;
	double a_day; /* judged, since the first verdict; 0: none */
};

/* What living roles of this machine count, since they started. */
struct shadow_running {
	bool sensor, registrar;             /* they run, and may be looked at */
	uint64_t exporters, disputed, lost; /* the sensor's */
	uint64_t silent;                    /* inputs of the registrar */
};

struct shadow_asked {
	struct trial_window window;
	uint32_t sample; /* how many to judge; at most SHADOW_SAMPLE_MAX */
	uint64_t seed;
	double goal;         /* bound that is wanted: 0.001 */
	const char *tickets; /* path; NULL: none */
};

struct shadow_report {
	const struct shadow_asked *asked; /* borrowed */
	const struct conf *conf;          /* borrowed */
	struct trial_cases *cases;
	struct shadow_seen seen;
	bool has_tickets;
	struct shadow_tickets tickets;
	uint64_t told, measured; /* cases, in the window */
	size_t sample_count;
	const struct trial_case *sample[SHADOW_SAMPLE_MAX];
	size_t doubt_count;
	struct shadow_doubt doubts[SHADOW_DOUBTS];
	struct shadow_bound notices, measures;
	struct shadow_running running;
	/* Given in the window to cases erased since: not in the bounds. */
	uint64_t erased_judged, erased_wrong;
	size_t standing_count;
	char standings[SHADOW_STANDINGS_MAX][160];
};

/*
 * LZ_E_MEMORY, or as the store; LZ_E_RANGE for the window; for tickets as
 * shadow_tickets_read, with *at_tickets set: tickets.refusals may say more.
 * Freed by the caller either way.
 */
LZ_NODISCARD int shadow_report_make(struct store *store,
				    const struct conf *conf,
				    const struct shadow_asked *asked,
				    struct shadow_report *report,
				    bool *at_tickets);
void shadow_report_free(struct shadow_report *report);

/* Was its party told in the window, or would have been? */
bool shadow_report_is_told(const struct trial_cases *cases,
			   const struct trial_case *one);
/* Was it measured, or would have been? */
bool shadow_report_is_measured(const struct trial_case *one);

/* shadow_sample.c: fills sample, and doubts. */
LZ_NODISCARD int shadow_sample_draw(struct shadow_report *report);
void shadow_sample_doubts(struct shadow_report *report);
/* A reason (bit number) in plain words, into `text`. */
void shadow_sample_reason(struct text *text, const struct shadow_doubt *doubt,
			  unsigned reason);
/* Points of a reason (bit number). */
uint32_t shadow_sample_points(unsigned reason);

/* On standard output. */
void shadow_report_text(const struct shadow_report *report);
void shadow_report_json(const struct shadow_report *report);

#endif
