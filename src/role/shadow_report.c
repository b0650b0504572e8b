/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers what the report says. */
#include "role/shadow_report.h"

#include <stdio.h>

#include "role/counter_table.h"
#include "role/counters.h"
#include "store/desk_store.h"
#include "store/trial_view.h"

/* First told in the window, whatever became of it. */
static bool
began(const struct trial_cases *cases, const struct trial_case *one)
{
	const struct trial_window *window = &cases->window;

	return times_is_set(one->origin) &&
	       one->origin.us >= window->since.us &&
	       one->origin.us < window->until.us;
}

bool
shadow_report_is_told(const struct trial_cases *cases,
		      const struct trial_case *one)
{
	return began(cases, one) && one->state != CASE_MERGED &&
	       one->left_out != TRIAL_UNFOUNDED;
}

bool
shadow_report_is_measured(const struct trial_case *one)
{
	return times_is_set(one->measured) || times_is_set(one->would_measured);
}

static void
judge(struct shadow_bound *bound, const struct trial_case *one)
{
	bound->judged += one->verdict == TRIAL_VERDICT_RIGHT ||
			 one->verdict == TRIAL_VERDICT_WRONG;
	bound->wrong += one->verdict == TRIAL_VERDICT_WRONG;
	bound->unclear += one->verdict == TRIAL_VERDICT_UNCLEAR;
}

static void
finish_bound(struct shadow_bound *bound, const struct shadow_report *report)
{
	const struct trial_cases *cases = report->cases;
	int64_t begun;
	double days;

	bound->bound = trial_bound(bound->wrong, bound->judged);
	bound->needed = trial_needed(bound->wrong, report->asked->goal);
	bound->reached = bound->judged > 0 &&
			 bound->bound <= report->asked->goal;
	if (bound->judged == 0)
		return;
	begun = cases->first_verdict.us > cases->window.since.us
		    ? cases->first_verdict.us
		    : cases->window.since.us;
	days = (double)(cases->window.until.us - begun) / (double)TIMES_DAY_US;
	/* One morning's work is a day's. */
	bound->a_day = (double)bound->judged / (days < 1 ? 1 : days);
}

/* What was withdrawn or merged since it was judged still counts as judged. */
static void
count(struct shadow_report *report)
{
	const struct trial_cases *cases = report->cases;

	for (size_t i = 0; i < cases->count; i++) {
		const struct trial_case *one = &cases->list[i];
		const bool told = shadow_report_is_told(cases, one);

		report->told += told;
		report->measured += told && shadow_report_is_measured(one);
		if (!began(cases, one))
			continue;
		judge(&report->notices, one);
		if (shadow_report_is_measured(one))
			judge(&report->measures, one);
	}
	finish_bound(&report->notices, report);
	finish_bound(&report->measures, report);
}

static int
take_standing(void *context, const char *name, struct at_event since,
	      const char *text)
{
	struct shadow_report *report = context;

	(void)name;
	(void)since;
	if (report->standing_count < SHADOW_STANDINGS_MAX)
		(void)text_copy(report->standings[report->standing_count++],
				sizeof(report->standings[0]), slice_of(text));
	return 0;
}

static int
take_erased(void *context, const char *verdict, uint64_t number)
{
	struct shadow_report *report = context;
	const enum trial_verdict_kind kind = trial_verdict_of(verdict);

	if (kind == TRIAL_VERDICT_WRONG)
		report->erased_wrong += number;
	if (kind == TRIAL_VERDICT_WRONG || kind == TRIAL_VERDICT_RIGHT)
		report->erased_judged += number;
	return 0;
}

static void
look_at_roles(const char *run_dir, struct shadow_running *running)
{
	const struct counters *page = counters_open(run_dir, "sensor");

	running->sensor = page && counters_held(run_dir, "sensor");
	if (running->sensor) {
		running->exporters = counters_get(page,
						  COUNTER_SENSOR_EXPORTERS);
		running->disputed = counters_get(page, COUNTER_SENSOR_DISPUTED);
		running->lost = counters_get(page, COUNTER_SENSOR_EXPORT_LOST);
	}
	if (page)
		counters_close(page);
	page = counters_open(run_dir, "registrar");
	running->registrar = page && counters_held(run_dir, "registrar");
	if (running->registrar)
		running->silent = counters_get(page,
					       COUNTER_REGISTRAR_INPUTS_SILENT);
	if (page)
		counters_close(page);
}

static int
make(struct store *store, struct shadow_report *report)
{
	int error = shadow_seen_read(store, report->conf, report->cases,
				     report->has_tickets ? &report->tickets
							 : NULL,
				     &report->seen);

	if (!error && report->has_tickets)
		error = shadow_tickets_end(&report->tickets, report->cases);
	if (!error)
		error = desk_store_standings(store, take_standing, report);
	if (!error)
		error = trial_view_erased(store, report->asked->window.since,
					  report->asked->window.until,
					  take_erased, report);
	if (!error)
		error = shadow_sample_draw(report);
	if (error)
		return error;
	look_at_roles(report->conf->run_dir, &report->running);
	shadow_sample_doubts(report);
	count(report);
	return 0;
}

int
shadow_report_make(struct store *store, const struct conf *conf,
		   const struct shadow_asked *asked,
		   struct shadow_report *report, bool *at_tickets)
{
	int error;

	*at_tickets = false;
	*report = (struct shadow_report){.asked = asked, .conf = conf};
	error = trial_cases_read(store, conf, &asked->window, &report->cases);
	if (!error && asked->tickets) {
		report->has_tickets = true;
		error = shadow_tickets_read(store, asked->tickets,
					    report->cases, &report->tickets);
		*at_tickets = error != 0;
	}
	return error ? error : make(store, report);
}

void
shadow_report_free(struct shadow_report *report)
{
	shadow_seen_free(&report->seen);
	shadow_tickets_free(&report->tickets);
	trial_cases_free(report->cases);
	report->cases = NULL;
}
