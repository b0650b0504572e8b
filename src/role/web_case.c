/* SPDX-License-Identifier: Apache-2.0 */
/* From rows to what a page shows. */
#include "role/web_case.h"

#include <string.h>

#include "base/memory.h"
#include "case/step.h"
#include "quarantine/target.h"

/* The clocks of web and desk are one; what is a moment older isn't another. */
#define ORDER_SLACK_US TIMES_SECOND_US

/* --------------------------------------------------------------- measures */

static unsigned
strength(enum measure_kind kind)
{
	static const unsigned strengths[MEASURE_KIND_COUNT] = {
	    [MEASURE_FILTER] = 1,
	    [MEASURE_LIMIT] = 2,
	    [MEASURE_GARDEN] = 3,
	    [MEASURE_BLOCK] = 4};

	return kind < MEASURE_KIND_COUNT ? strengths[kind] : 0;
}

/* A block of ports isn't whoever comes from its address. */
static bool
covers(const struct store_measure *measure, const struct web_line *line)
{
	struct target target;
	const struct subject *subject = &target.subject;

	if (target_parse(measure->kind, slice_of(measure->target), &target) !=
		0 ||
	    !prefix_contains(&subject->prefix, &line->addr))
		return false;
	return !subject_has_ports(subject) ||
	       (line->port >= subject->port_first && line->port != 0 &&
		line->port <= subject->port_last);
}

struct search {
	const struct web_line *line;
	uint64_t case_id;
	enum measure_kind kind; /* 0: none found */
	struct at_event since, expires;
};

static int
search_measure(void *context, const struct store_measure *measure)
{
	struct search *search = context;

	if (strength(measure->kind) <= strength(search->kind) ||
	    !covers(measure, search->line))
		return 0;
	search->case_id = measure->case_id;
	search->kind = measure->kind;
	search->since = measure->since;
	search->expires = measure->expires;
	return 0;
}

/* ------------------------------------------------------------------ cases */

static void
fill_seen(const struct case_record *record, struct portal_case *about)
{
	int64_t day = INT64_MIN;

	about->first = record->first_seen;
	about->last = record->last_seen;
	for (uint32_t i = 0; i < record->sighting_count; i++) {
		const struct case_sighting *seen = &record->sightings[i];
		const int64_t on = seen->time.us / TIMES_DAY_US;

		/* By time, so equal days stand together. */
		about->days += on != day;
		day = on;
		about->own |= seen->own && seen->class != RSIT_INFECTED_SYSTEM;
		about->listed |= !seen->own ||
				 seen->class == RSIT_INFECTED_SYSTEM;
	}
}

/* Shadow's would-be notices told nobody. */
static void
fill_told(const struct case_record *record, struct portal_case *about)
{
	about->told_first = about->told_last = times_unset();
	for (uint32_t i = 0; i < record->notice_count; i++) {
		const struct case_notice *notice = &record->notices[i];

		if (notice->would)
			continue;
		notice_code_format(notice->code_bits, about->code);
		if (!times_is_set(notice->sent) || times_is_set(notice->failed))
			continue;
		if (!times_is_set(about->told_first))
			about->told_first = notice->sent;
		about->told_last = notice->sent;
	}
}

static void
fill_releases(const struct case_record *record,
	      const struct case_policy *policy, struct at_event now,
	      struct portal_case *about)
{
	for (uint32_t i = 0; i < record->self_release_count; i++)
		about->self_used += record->self_released[i].us >
				    now.us - policy->self_release_span_us;
	if (about->self_used < policy->self_releases)
		about->self_left = policy->self_releases - about->self_used;
	about->probation_us = policy->probation_us;
	about->released = record->probation_since;
}

struct reading {
	const struct conf *conf;
	struct at_event now;
	struct web_found *found;
	int error;
};

static int
read_case(void *context, const struct desk_view_case *view)
{
	struct reading *reading = context;
	struct web_found *found = reading->found;
	struct case_record *record = memory_new(1, sizeof(*record));
	struct cursor cursor;

	if (!record)
		return LZ_E_MEMORY;
	cursor_init(&cursor, view->stored.record.at,
		    view->stored.record.length);
	reading->error = case_record_decode(&cursor, record);
	if (!reading->error && record->state == CASE_WATCHING)
		reading->error = LZ_E_NOT_FOUND;
	if (!reading->error) {
		found->latest = record->latest;
		found->about.class = found->latest.class;
		found->about.latest = &found->latest;
		fill_seen(record, &found->about);
		fill_told(record, &found->about);
		fill_releases(record, &reading->conf->policy, reading->now,
			      &found->about);
	}
	memory_free(record);
	return 0;
}

int
web_case_of_id(struct store *store, const struct conf *conf, uint64_t case_id,
	       struct at_event now, struct web_found *found)
{
	struct reading reading = {.conf = conf, .now = now, .found = found};
	int error;

	*found = (struct web_found){.case_id = case_id};
	error = desk_view_case(store, case_id, read_case, &reading);
	return error ? error : reading.error;
}

int
web_case_of_line(struct store *store, const struct conf *conf,
		 const struct web_line *line, struct at_event now,
		 struct web_found *found)
{
	struct search search = {.line = line};
	int error = effect_store_wanted(store, now, search_measure, &search);

	if (!error && !search.kind)
		error = LZ_E_NOT_FOUND;
	if (!error)
		error = web_case_of_id(store, conf, search.case_id, now, found);
	if (error)
		return error;
	found->about.measure = search.kind;
	found->about.since = search.since;
	found->about.expires = search.expires;
	return 0;
}

/* ----------------------------------------------------------------- orders */

struct result {
	bool there;
	int outcome;
};

static int
read_result(void *context, const struct store_result *row)
{
	struct result *result = context;

	result->there = true;
	result->outcome = row->outcome;
	return 0;
}

struct device {
	bool asked, gone;
};

static int
read_effect(void *context, const struct store_effect *effect)
{
	struct device *device = context;

	device->asked |= effect->on && effect->kind == EFFECT_ASKED;
	device->gone |= !effect->on && effect->kind == EFFECT_OBSERVED;
	return 0;
}

#define LIFTED_MAX 16
struct standing {
	struct at_event made, now;
	bool wanted, anew; /* in force still; begun since */
	size_t count;      /* lifted since, device to be asked */
	uint64_t lifted[LIFTED_MAX];
	struct at_event since;
};

static int
read_measure(void *context, const struct store_measure *measure)
{
	struct standing *standing = context;

	if (measure->would)
		return 0;
	if (measure->wanted && measure->expires.us > standing->now.us) {
		standing->wanted = true;
		standing->anew |= measure->since.us > standing->made.us;
		return 0;
	}
	if (measure->changed.us < standing->made.us - ORDER_SLACK_US)
		return 0;
	if (measure->changed.us > standing->since.us)
		standing->since = measure->changed;
	if (standing->count < LIFTED_MAX)
		standing->lifted[standing->count++] = measure->id;
	return 0;
}

/* Has every device that was asked to do it shown that it is undone? */
static int
devices_done(struct store *store, const struct standing *standing, bool *done)
{
	int error = 0;

	*done = true;
	for (size_t i = 0; i < standing->count && !error; i++) {
		struct device device = {false, false};

		error = effect_store_list(store, standing->lifted[i],
					  read_effect, &device);
		*done = *done && (!device.asked || device.gone);
	}
	return error;
}

int
web_case_order(struct store *store, const struct conf *conf, uint64_t case_id,
	       uint64_t result_number, struct at_event made,
	       struct at_event now, enum web_order *order,
	       struct at_event *since)
{
	struct standing standing = {.made = made, .now = now, .since = made};
	struct result result = {false, 0};
	bool done = true;
	int error = desk_view_results(store, result_number, read_result,
				      &result);

	*order = WEB_ORDER_WAITS;
	if (error || !result.there)
		return error;
	error = desk_view_measures(store, case_id, read_measure, &standing);
	if (!error && conf->quarantine.driver != QUARANTINE_OFF)
		error = devices_done(store, &standing, &done);
	*since = standing.since;
	if (standing.wanted)
		*order = result.outcome  ? WEB_ORDER_REFUSED
			 : standing.anew ? WEB_ORDER_AGAIN
					 : WEB_ORDER_WAITS;
	else if (done)
		*order = WEB_ORDER_OPEN;
	return error;
}
