/* SPDX-License-Identifier: Apache-2.0 */
/* What a case rests on, for people. */
#include "role/explain_evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "role/plain_words.h"
#include "role/print_case.h"

#define WORD_SIZE 64

/* ------------------------------------------------- what text and JSON share */

const struct what_if_step *
explain_sighting_step(const struct what_if_story *story, const uint8_t *id)
{
	for (size_t i = story->count; i-- > 0;)
		if (story->steps[i]->event.kind == CASE_EVENT_SIGHTING &&
		    memcmp(story->steps[i]->sighting.id, id,
			   SIGHTING_ID_SIZE) == 0)
			return story->steps[i];
	return NULL;
}

const struct case_basis *
explain_basis(const struct case_policy *policy, const struct addr *addr,
	      struct at_event when)
{
	const struct case_basis *best = NULL;

	for (uint32_t i = 0; i < policy->basis_count; i++) {
		const struct case_basis *basis = &policy->bases[i];

		if (prefix_contains(&basis->network, addr) &&
		    basis->from_us <= when.us && when.us < basis->until_us &&
		    (!best || basis->network.length > best->network.length))
			best = basis;
	}
	return best;
}

const char *
explain_basis_kind(uint8_t kind)
{
	static const char *const names[BASIS_KIND_COUNT] = {
	    [BASIS_CONTRACT] = "contract",
	    [BASIS_PROTECTION] = "protection of the network",
	    [BASIS_STATUTE] = "statute",
	    [BASIS_CONSENT] = "consent"};

	return kind > 0 && kind < BASIS_KIND_COUNT ? names[kind] : "unknown";
}

static void
add_identity(struct explain_identity *it, const struct case_event *event)
{
	const struct at_event time = event->sighting->time;

	if (it->count++ == 0)
		it->first = it->last = time;
	if (time.us < it->first.us)
		it->first = time;
	if (time.us > it->last.us)
		it->last = time;
	it->end = event->binding_end;
}

size_t
explain_identities(const struct what_if_story *story,
		   struct explain_identity list[EXPLAIN_IDENTITIES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < story->count; i++) {
		const struct case_event *event = &story->steps[i]->event;
		size_t at = 0;

		if (event->kind != CASE_EVENT_SIGHTING)
			continue;
		while (at < count &&
		       (list[at].certainty != event->certainty ||
			list[at].binding != event->binding ||
			list[at].shared != event->shared ||
			strcmp(list[at].source, event->binding_source) != 0))
			at++;
		if (at == EXPLAIN_IDENTITIES_MAX)
			continue;
		if (at == count)
			list[count++] = (struct explain_identity){
			    .certainty = event->certainty,
			    .binding = event->binding,
			    .shared = event->shared,
			    .source = event->binding_source};
		add_identity(&list[at], event);
	}
	return count;
}

bool
explain_is_of(const struct case_item *item,
	      const struct case_sighting *sighting)
{
	return item->origin_hash == sighting->origin_hash &&
	       item->class == sighting->class &&
	       item->first.us <= sighting->time.us &&
	       sighting->time.us <= item->last.us;
}

enum explain_part
explain_part_of(const struct case_item *item, const struct case_record *record,
		uint32_t at)
{
	/* Where several are as strong, the first of them is the one. */
	for (uint32_t i = 0; i < record->sighting_count; i++)
		if (explain_is_of(item, &record->sightings[i]) &&
		    record->sightings[i].weight_milli == item->strongest_milli)
			return i == at ? PART_WHOLE : PART_FIFTH;
	return PART_FIFTH;
}

/* ------------------------------------------------------------- for people */

static const char *
milli(char word[WORD_SIZE], int64_t value)
{
	struct text text;

	text_init(&text, word, WORD_SIZE);
	words_milli(&text, (int32_t)value);
	return word;
}

/* What a sighting can lead to, by whose it is and what was done. */
static const char *
leads_to(const struct case_sighting *it)
{
	if (it->certainty != CERTAINTY_CERTAIN)
		return "whose it is isn't certain: leads to nothing";
	if (it->marks & SIGHTING_UNAUTHENTICATED)
		return "nobody vouches for it: only beside others";
	if (it->marks & SIGHTING_SPOOFABLE)
		return "could be forged: only beside others";
	if (!case_counts(it, CASE_COUNT_INFECTED))
		return "can lead to a notice, never to a measure";
	return "can lead to a notice and to a measure";
}

static void
say_sighting(const struct explain_case *it, const struct case_item *item,
	     uint32_t at)
{
	const struct case_sighting *seen = &it->record->sightings[at];
	const struct what_if_step *step = explain_sighting_step(it->story,
								seen->id);
	char moment[WORDS_MOMENT_SIZE], weight[WORD_SIZE], counts[WORD_SIZE];
	const bool whole = explain_part_of(item, it->record, at) == PART_WHOLE;

	words_moment(moment, seen->time, it->zone_s);
	printf("      %s  weight %s, counts %s%s; %s", moment,
	       milli(weight, seen->weight_milli),
	       milli(counts,
		     whole ? seen->weight_milli : seen->weight_milli / 5),
	       whole ? " (the strongest, in full)" : " (a fifth)",
	       leads_to(seen));
	if (step && step->sighting.weight_milli != seen->weight_milli)
		printf("; said with %s, which the policy caps",
		       milli(weight, step->sighting.weight_milli));
	if (step)
		printf(" (%s)", step->sighting.detector);
	putchar('\n');
}

static void
say_item(const struct explain_case *it, const struct case_item *item)
{
	const struct what_if_step *step = NULL;
	char moment[WORDS_MOMENT_SIZE], one[WORD_SIZE], two[WORD_SIZE];
	int64_t others = item->others_milli;
	const int64_t most = (item->strongest_milli < 0
				  ? -(int64_t)item->strongest_milli
				  : item->strongest_milli) /
			     2;

	for (uint32_t i = 0; i < it->record->sighting_count && !step; i++)
		if (explain_is_of(item, &it->record->sightings[i]))
			step =
			    explain_sighting_step(it->story,
						  it->record->sightings[i].id);
	others = others > most ? most : others < -most ? -most : others;
	words_moment(moment, item->first, it->zone_s);
	printf("    %s of %s, the day that began %s: ",
	       rsit_class_name(item->class),
	       item->unauthenticated ? "reporters nobody vouches for"
	       : step                ? step->sighting.origin
				     : "an origin erased since",
	       moment);
	printf("%s and %s of the others%s", milli(one, item->strongest_milli),
	       milli(two, others),
	       others != item->others_milli ? " (at most half)" : "");
	if (item->value_milli != item->strongest_milli + others)
		printf(", decayed to %s", milli(one, item->value_milli));
	putchar('\n');
	for (uint32_t i = 0; i < it->record->sighting_count; i++)
		if (explain_is_of(item, &it->record->sightings[i]))
			say_sighting(it, item, i);
}

static void
say_weights(const struct explain_case *it)
{
	static struct case_items items;
	const struct case_policy *policy = it->policy;
	char moment[WORDS_MOMENT_SIZE], one[WORD_SIZE], two[WORD_SIZE],
	    three[WORD_SIZE];

	words_moment(moment, it->record->changed, it->zone_s);
	printf("\nwhat it rests on, as of %s: score %s (a notice needs %s, a "
	       "measure %s)\n",
	       moment, milli(one, it->record->score_milli),
	       milli(two, policy->notice_at_milli),
	       milli(three, policy->measure_at_milli));
	case_items(it->record, policy, CASE_COUNT_ALL, times_unset(),
		   it->record->changed, &items);
	for (size_t i = 0; i < items.count; i++)
		say_item(it, &items.items[i]);
	if (it->record->sighting_count == 0)
		puts("    nothing any more");
}

static void
say_findings(const struct explain_case *it)
{
	char first[WORDS_MOMENT_SIZE], last[WORDS_MOMENT_SIZE];

	puts("what was found:");
	for (uint32_t i = 0; i < it->record->finding_count; i++) {
		const struct case_finding *found = &it->record->findings[i];

		if (found->class == RSIT_NONE)
			continue;
		words_moment(first, found->first, it->zone_s);
		words_moment(last, found->last, it->zone_s);
		printf("    %s%s%s: %u time%s, %s to %s\n",
		       rsit_class_name(found->class),
		       *found->family ? ", " : "", found->family, found->count,
		       found->count == 1 ? "" : "s", first, last);
	}
}

static void
say_identity(const struct explain_case *it)
{
	struct explain_identity list[EXPLAIN_IDENTITIES_MAX];
	const size_t count = explain_identities(it->story, list);
	char first[WORDS_MOMENT_SIZE], last[WORDS_MOMENT_SIZE];

	puts("whose it was:");
	for (size_t i = 0; i < count; i++) {
		const struct explain_identity *row = &list[i];

		words_moment(first, row->first, it->zone_s);
		words_moment(last, row->last, it->zone_s);
		printf("    %s: %u sighting%s, %s to %s",
		       certainty_name(row->certainty), row->count,
		       row->count == 1 ? "" : "s", first, last);
		if (row->binding)
			printf(", line %016" PRIx64, row->binding);
		if (*row->source)
			printf(", by %s", row->source);
		if (row->shared)
			printf(", several held the address at once");
		putchar('\n');
	}
}

static void
say_rung(const struct case_rung *rung, bool climbed)
{
	const bool days = rung->after_us % TIMES_DAY_US == 0;

	printf("    %s ", climbed ? "[x]" : "[ ]");
	if (rung->measure)
		printf("%s", measure_kind_name(rung->measure));
	else if (rung->channel == CHANNEL_ANY)
		printf("notice by whichever channel reaches first");
	else if (rung->channel == CHANNEL_OTHER)
		printf("notice by another channel");
	else
		printf("notice by %s", case_channel_name(rung->channel));
	if (rung->after_us)
		printf(", after %" PRId64 " %s",
		       rung->after_us / (days ? TIMES_DAY_US : TIMES_HOUR_US),
		       days ? "days" : "hours");
	putchar('\n');
}

static void
say_ladder(const struct explain_case *it)
{
	const struct case_record *record = it->record;
	const struct case_ladder *ladder;
	unsigned notices = 0, measures = 0;

	if (record->ladder >= it->policy->ladder_count)
		return;
	ladder = &it->policy->ladders[record->ladder];
	printf("its ladder (number %u of the policy):\n", record->ladder);
	for (uint32_t i = 0; i < ladder->count; i++) {
		const struct case_rung *rung = &ladder->rungs[i];
		const bool climbed = rung->measure
					 ? measures++ < record->measure_step
					 : notices++ < record->notice_count;

		say_rung(rung, climbed);
	}
}

static void
say_basis(const struct explain_case *it)
{
	const struct sighting *latest = &it->record->latest;
	const struct case_basis *basis;
	char network[WORD_SIZE], from[WORDS_MOMENT_SIZE];
	struct text text;

	if (it->policy->basis_count == 0) {
		puts("what allowed it: no legal basis is recorded in the "
		     "policy");
		return;
	}
	basis = times_is_set(latest->time)
		    ? explain_basis(it->policy, &latest->address, latest->time)
		    : NULL;
	if (!basis) {
		puts("what allowed it: no legal basis was recorded for this "
		     "network then: nothing live could act");
		return;
	}
	text_init(&text, network, sizeof(network));
	prefix_format(&text, &basis->network);
	words_moment(from, (struct at_event){basis->from_us}, it->zone_s);
	printf("what allowed it: %s (%s), for %s since %s\n", basis->reference,
	       explain_basis_kind(basis->kind), network, from);
}

void
explain_evidence_text(const struct explain_case *it)
{
	say_weights(it);
	say_findings(it);
	say_identity(it);
	say_ladder(it);
	say_basis(it);
}
