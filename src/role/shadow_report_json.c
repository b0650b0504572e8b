/* SPDX-License-Identifier: Apache-2.0 */
/* The report as JSON lines. */
#include "role/shadow_report.h"

#include <stdio.h>

#include "base/json_writer.h"
#include "role/print_case.h"

#define LINE_SIZE 4096
#define NANO 1e9

struct line {
	char bytes[LINE_SIZE];
	struct text text;
	struct json_writer json;
};

static struct json_writer *
begin(struct line *line, const char *kind)
{
	text_init(&line->text, line->bytes, sizeof(line->bytes));
	json_writer_init(&line->json, &line->text);
	json_open_object(&line->json, NULL);
	json_u64(&line->json, "v", 1);
	json_string(&line->json, "kind", kind);
	return &line->json;
}

static void
end(struct line *line)
{
	json_close_object(&line->json);
	puts(line->bytes);
}

static void
say_head(const struct shadow_report *report)
{
	struct line line;
	struct json_writer *json = begin(&line, "shadow");

	json_time(json, "since", report->cases->window.since.us);
	json_time(json, "until", report->cases->window.until.us);
	json_u64(json, "told", report->told);
	json_u64(json, "measured", report->measured);
	json_u64(json, "sightings", report->seen.total);
	json_u64(json, "erased_judged", report->erased_judged);
	json_u64(json, "erased_wrong", report->erased_wrong);
	if (report->running.sensor) {
		json_u64(json, "exporters_heard", report->running.exporters);
		json_u64(json, "exporters_disputed", report->running.disputed);
		json_u64(json, "export_lost", report->running.lost);
	}
	if (report->running.registrar)
		json_u64(json, "inputs_silent", report->running.silent);
	end(&line);
	for (size_t i = 0; i < report->standing_count; i++) {
		json = begin(&line, "held");
		json_string(json, "reason", report->standings[i]);
		end(&line);
	}
}

static void
say_day(const struct trial_cases *cases, size_t i, unsigned class)
{
	const struct trial_day *day = &cases->days[i];
	struct line line;
	struct json_writer *json;
	uint32_t sum = 0;

	for (unsigned would = 0; would < 2; would++)
		sum += day->notices[would][class] +
		       day->measures[would][class] + day->filters[would][class];
	if (sum == 0)
		return;
	json = begin(&line, "day");
	json_time(json, "day", (cases->first_day + (int64_t)i) * TIMES_DAY_US);
	json_string(json, "class", rsit_class_name(class));
	json_u64(json, "would_notices", day->notices[1][class]);
	json_u64(json, "would_measures", day->measures[1][class]);
	json_u64(json, "would_filters", day->filters[1][class]);
	json_u64(json, "notices", day->notices[0][class]);
	json_u64(json, "measures", day->measures[0][class]);
	json_u64(json, "filters", day->filters[0][class]);
	end(&line);
}

static void
say_bound(const char *what, const struct shadow_bound *bound, double goal)
{
	struct line line;
	struct json_writer *json = begin(&line, "bound");

	json_string(json, "of", what);
	json_u64(json, "judged", bound->judged);
	json_u64(json, "wrong", bound->wrong);
	json_u64(json, "unclear", bound->unclear);
	if (bound->judged)
		json_scaled(json, "bound", (int64_t)(bound->bound * NANO + 0.5),
			    9);
	json_scaled(json, "goal", (int64_t)(goal * NANO + 0.5), 9);
	json_bool(json, "reached", bound->reached);
	if (bound->needed)
		json_u64(json, "needed", bound->needed);
	if (bound->needed && bound->a_day > 0 && !bound->reached)
		json_scaled(json, "days",
			    (int64_t)((double)(bound->needed - bound->judged) /
					  bound->a_day * 1000 +
				      0.5),
			    3);
	end(&line);
}

static void
case_members(struct json_writer *json, const struct trial_case *one)
{
	print_number_member(json, "case", one->id);
	json_time(json, "time", one->origin.us);
	json_open_array(json, "classes");
	for (unsigned i = 1; i < RSIT_CLASS_COUNT; i++)
		if (one->classes & 1u << i)
			json_string(json, NULL, rsit_class_name(i));
	json_close_array(json);
	json_bool(json, "measured", shadow_report_is_measured(one));
}

static void
say_cases(const struct shadow_report *report)
{
	struct line line;

	for (size_t i = 0; i < report->sample_count; i++) {
		struct json_writer *json = begin(&line, "sample");

		case_members(json, report->sample[i]);
		end(&line);
	}
	for (size_t i = 0; i < report->doubt_count; i++) {
		const struct shadow_doubt *doubt = &report->doubts[i];
		struct json_writer *json = begin(&line, "doubt");

		case_members(json, doubt->one);
		json_u64(json, "points", doubt->points);
		json_open_array(json, "reasons");
		for (unsigned j = 0; j < SHADOW_REASONS; j++) {
			char words[256];
			struct text text;

			if (!(doubt->reasons & 1u << j))
				continue;
			text_init(&text, words, sizeof(words));
			shadow_sample_reason(&text, doubt, j);
			json_string(json, NULL, words);
		}
		json_close_array(json);
		end(&line);
	}
}

static void
say_names(const char *kind, const struct shadow_names *names, bool shares)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct shadow_name *name = &names->list[i];
		struct line line;
		struct json_writer *json = begin(&line, kind);

		print_string_member(json, "name", name->name);
		json_u64(json, "sightings", name->total);
		json_time(json, "last", name->last.us);
		json_bool(json, "silent", name->total == 0);
		for (unsigned j = 0; shares && j < CERTAINTY_COUNT; j++)
			json_u64(json, certainty_name(j), name->count[j]);
		end(&line);
	}
}

static void
say_tickets(const struct shadow_tickets *tickets)
{
	struct line line;
	struct json_writer *json;

	for (size_t i = 0; i < tickets->refused && i < SHADOW_REFUSED_MAX;
	     i++) {
		json = begin(&line, "rejected");
		json_u64(json, "line", tickets->refusals[i].line);
		json_string(json, "reason", tickets->refusals[i].reason);
		end(&line);
	}
	json = begin(&line, "tickets");
	json_u64(json, "tickets", tickets->count);
	json_u64(json, "outside", tickets->outside);
	json_u64(json, "rejected", tickets->refused);
	json_u64(json, "both", tickets->both);
	json_u64(json, "watched", tickets->watched);
	json_u64(json, "unattributed", tickets->unattributed);
	json_u64(json, "never_seen", tickets->never);
	json_u64(json, "cases", tickets->ours);
	json_u64(json, "cases_alone", tickets->ours_alone);
	end(&line);
}

void
shadow_report_json(const struct shadow_report *report)
{
	const struct trial_cases *cases = report->cases;

	say_head(report);
	for (size_t i = 0; i < cases->day_count; i++)
		for (unsigned class = 0; class < RSIT_CLASS_COUNT; class ++)
			say_day(cases, i, class);
	say_bound("notices", &report->notices, report->asked->goal);
	say_bound("measures", &report->measures, report->asked->goal);
	say_cases(report);
	say_names("source", &report->seen.sources, true);
	say_names("network", &report->seen.networks, true);
	say_names("exporter", &report->seen.exporters, false);
	say_names("origin", &report->seen.origins, false);
	if (report->has_tickets)
		say_tickets(&report->tickets);
}
