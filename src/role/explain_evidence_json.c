/* SPDX-License-Identifier: Apache-2.0 */
/* What a case rests on, as JSON lines. */
#include <stdio.h>

#include "role/explain_evidence.h"
#include "role/print_case.h"

#define LINE_SIZE 4096

struct line {
	char bytes[LINE_SIZE];
	struct text text;
	struct json_writer json;
};

static void
begin(struct line *line, const struct explain_case *it, const char *kind)
{
	text_init(&line->text, line->bytes, sizeof(line->bytes));
	json_writer_init(&line->json, &line->text);
	json_open_object(&line->json, NULL);
	json_u64(&line->json, "v", 1);
	json_string(&line->json, "kind", kind);
	print_number_member(&line->json, "case", it->case_id);
	json_string(&line->json, "party", it->party);
}

static void
end(struct line *line)
{
	json_close_object(&line->json);
	puts(line->bytes);
}

static void
put_weighed(const struct explain_case *it, const struct case_item *item,
	    uint32_t at)
{
	const struct case_sighting *seen = &it->record->sightings[at];
	const struct what_if_step *step = explain_sighting_step(it->story,
								seen->id);
	const bool whole = explain_part_of(item, it->record, at) == PART_WHOLE;
	struct line line;

	begin(&line, it, "weighed");
	json_hex(&line.json, "id", seen->id, SIGHTING_ID_SIZE);
	json_time(&line.json, "time", seen->time.us);
	json_string(&line.json, "class", rsit_class_name(seen->class));
	if (step) {
		json_string(&line.json, "origin", step->sighting.origin);
		json_string(&line.json, "detector", step->sighting.detector);
		json_i64(&line.json, "said", step->sighting.weight_milli);
	}
	json_i64(&line.json, "weight", seen->weight_milli);
	json_i64(&line.json, "counts",
		 whole ? seen->weight_milli : seen->weight_milli / 5);
	json_bool(&line.json, "in_full", whole);
	json_string(&line.json, "certainty", certainty_name(seen->certainty));
	json_bool(&line.json, "for_notice",
		  case_counts(seen, CASE_COUNT_CERTAIN));
	json_bool(&line.json, "for_measure",
		  case_counts(seen, CASE_COUNT_INFECTED));
	end(&line);
}

static void
put_items(const struct explain_case *it)
{
	static struct case_items items;
	struct line line;

	case_items(it->record, it->policy, CASE_COUNT_ALL, times_unset(),
		   it->record->changed, &items);
	for (size_t i = 0; i < items.count; i++) {
		const struct case_item *item = &items.items[i];

		begin(&line, it, "item");
		json_time(&line.json, "time", it->record->changed.us);
		json_string(&line.json, "class", rsit_class_name(item->class));
		json_time(&line.json, "first", item->first.us);
		json_time(&line.json, "last", item->last.us);
		json_i64(&line.json, "strongest", item->strongest_milli);
		json_i64(&line.json, "others", item->others_milli);
		json_i64(&line.json, "value", item->value_milli);
		end(&line);
		for (uint32_t k = 0; k < it->record->sighting_count; k++)
			if (explain_is_of(item, &it->record->sightings[k]))
				put_weighed(it, item, k);
	}
}

static void
put_findings(const struct explain_case *it)
{
	struct line line;

	for (uint32_t i = 0; i < it->record->finding_count; i++) {
		const struct case_finding *found = &it->record->findings[i];

		if (found->class == RSIT_NONE)
			continue;
		begin(&line, it, "finding");
		json_string(&line.json, "class", rsit_class_name(found->class));
		print_string_member(&line.json, "family", found->family);
		json_u64(&line.json, "count", found->count);
		json_time(&line.json, "first", found->first.us);
		json_time(&line.json, "last", found->last.us);
		end(&line);
	}
}

static void
put_identities(const struct explain_case *it)
{
	struct explain_identity list[EXPLAIN_IDENTITIES_MAX];
	const size_t count = explain_identities(it->story, list);
	struct line line;

	for (size_t i = 0; i < count; i++) {
		begin(&line, it, "identity");
		json_string(&line.json, "certainty",
			    certainty_name(list[i].certainty));
		print_number_member(&line.json, "binding", list[i].binding);
		print_string_member(&line.json, "source", list[i].source);
		json_bool(&line.json, "shared", list[i].shared);
		json_u64(&line.json, "count", list[i].count);
		json_time(&line.json, "first", list[i].first.us);
		json_time(&line.json, "last", list[i].last.us);
		end(&line);
	}
}

static void
put_ladder(const struct explain_case *it)
{
	const struct case_record *record = it->record;
	const struct case_ladder *ladder;
	unsigned notices = 0, measures = 0;
	struct line line;

	if (record->ladder >= it->policy->ladder_count)
		return;
	ladder = &it->policy->ladders[record->ladder];
	begin(&line, it, "ladder");
	json_u64(&line.json, "number", record->ladder);
	json_open_array(&line.json, "rungs");
	for (uint32_t i = 0; i < ladder->count; i++) {
		const struct case_rung *rung = &ladder->rungs[i];

		json_open_object(&line.json, NULL);
		json_string(&line.json, "act",
			    rung->measure ? measure_kind_name(rung->measure)
					  : "notice");
		if (!rung->measure)
			json_string(&line.json, "channel",
				    case_channel_name(rung->channel));
		json_i64(&line.json, "after_us", rung->after_us);
		json_bool(&line.json, "climbed",
			  rung->measure ? measures++ < record->measure_step
					: notices++ < record->notice_count);
		json_close_object(&line.json);
	}
	json_close_array(&line.json);
	end(&line);
}

static void
put_basis(const struct explain_case *it)
{
	const struct sighting *latest = &it->record->latest;
	const struct case_basis *basis =
	    times_is_set(latest->time)
		? explain_basis(it->policy, &latest->address, latest->time)
		: NULL;
	struct line line;

	begin(&line, it, "basis");
	json_u64(&line.json, "recorded", it->policy->basis_count);
	if (basis) {
		json_string(&line.json, "basis",
			    explain_basis_kind(basis->kind));
		json_string(&line.json, "reference", basis->reference);
		json_time(&line.json, "from", basis->from_us);
		if (basis->until_us != INT64_MAX)
			json_time(&line.json, "until", basis->until_us);
	}
	end(&line);
}

void
explain_evidence_json(const struct explain_case *it)
{
	put_items(it);
	put_findings(it);
	put_identities(it);
	put_ladder(it);
	put_basis(it);
}
