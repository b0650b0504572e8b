/* SPDX-License-Identifier: Apache-2.0 */
/* What persons, subscribers and channels do: events of a case. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "fact/security_reason.h"
#include "world.h"

static const struct case_record *
case_of(struct world *world, const char *party)
{
	const struct case_record *record = world_case(world, party);

	if (!record)
		(void)world_fail(world, "%s has no case", party);
	return record;
}

static bool
act(struct world *world, const struct statement *say, enum case_event_kind kind,
    struct case_event event)
{
	const struct case_record *record = case_of(world, say->party);

	if (!record)
		return false;
	event.kind = kind;
	event.time = world->clock;
	(void)text_copy(event.actor, sizeof(event.actor), slice_of(say->actor));
	(void)text_copy(event.reason, sizeof(event.reason),
			slice_of(say->words));
	return world_event(world, record->id, &event);
}

static enum measure_kind
measure_of(const char *name)
{
	for (unsigned i = MEASURE_FILTER; i < MEASURE_KIND_COUNT; i++)
		if (strcmp(measure_kind_name((enum measure_kind)i), name) == 0)
			return (enum measure_kind)i;
	return 0;
}

/* What the command line refuses before there is an event. */
static bool
refuse(struct world *world, const struct statement *say, const char *text)
{
	struct happening *happening = world_happens(world, SAY_EXPECT_REFUSED,
						    say->party, 0);

	(void)text_copy(happening->text, sizeof(happening->text),
			slice_of(text));
	return true;
}

static bool
order(struct world *world, const struct statement *say)
{
	const enum measure_kind measure = measure_of(say->word);
	enum security_reason reason;
	int error;

	if (!measure)
		return world_fail(world, "a measure is filter, limit, garden "
					 "or block");
	error = security_reason_parse(slice_of(say->name), &reason);
	if (error == LZ_E_UNSUPPORTED)
		return refuse(world, say, REASON_REFUSED_TEXT);
	if (error)
		return refuse(world, say, "no such reason");
	return act(world, say, CASE_EVENT_ORDER,
		   (struct case_event){.measure = (uint8_t)measure,
				       .security = (uint8_t)reason});
}

static bool
answer(struct world *world, const struct statement *say)
{
	const bool right = strcmp(say->word, "RIGHT") == 0;

	if (!right && strcmp(say->word, "WRONG") != 0)
		return world_fail(world, "an objection is RIGHT or WRONG");
	return act(world, say, CASE_EVENT_ANSWER,
		   (struct case_event){.granted = right});
}

static bool
receive(struct world *world, const struct statement *say)
{
	const struct case_record *record = case_of(world, say->party);
	struct case_event event = {.kind = CASE_EVENT_RECEIPT,
				   .time = world->clock};
	uint32_t step;

	if (!record)
		return false;
	step = statement_gives(say, "n") ? (uint32_t)say->number
					 : record->notice_count;
	if (step == 0 || step > record->notice_count)
		return world_fail(world, "%s has no such notice", say->party);
	event.notice_id = record->notices[step - 1].id;
	for (unsigned i = RECEIPT_SENT; i < RECEIPT_KIND_COUNT; i++)
		if (strcmp(receipt_kind_name((enum receipt_kind)i),
			   say->word) == 0)
			event.receipt = (enum receipt_kind)i;
	if (!event.receipt)
		return world_fail(world, "no such receipt");
	if (statement_gives(say, "time"))
		event.time = world_moment(world, say->time);
	return world_event(world, record->id, &event);
}

/* ---------------------------------------------------------------- recall */

/* Does it rest on what is recalled? */
static bool
rests_on(const struct kept *kept, const char *kind, const char *name)
{
	const struct sighting *sighting = &kept->sighting;
	char text[ENDPOINT_TEXT_SIZE];
	struct endpoint peer = {sighting->peer, sighting->peer_port,
				sighting->proto};
	struct addr exporter;
	struct text out;

	if (strcmp(kind, "detector") == 0)
		return strcmp(sighting->detector, name) == 0;
	if (strcmp(kind, "feed") == 0)
		return strcmp(sighting->origin, name) == 0;
	if (strcmp(kind, "source") == 0)
		return strcmp(kept->source, name) == 0;
	if (strcmp(kind, "exporter") == 0)
		return sighting->marks & SIGHTING_HAS_EXPORTER &&
		       addr_parse(slice_of(name), &exporter) == 0 &&
		       addr_equal(&exporter, &sighting->exporter);
	text_init(&out, text, sizeof(text));
	endpoint_format(&out, &peer);
	return strcmp(kind, "indicator") == 0 &&
	       sighting->marks & SIGHTING_HAS_PEER_PORT &&
	       strcmp(text, name) == 0;
}

static bool
recall(struct world *world, const struct statement *say)
{
	const struct at_event since = world_moment(world, say->time);

	if (!statement_gives(say, "second") ||
	    strcmp(say->actor, say->second) == 0)
		return refuse(world, say, "a second person must say so");
	for (size_t i = 0; i < world->kept_count; i++) {
		const struct kept kept = world->kept[i];
		struct case_event event = {.kind = CASE_EVENT_WITHDRAW,
					   .sighting = &kept.sighting,
					   .target = kept.sighting.subject,
					   .time = world->clock};

		if (kept.case_id == 0 || kept.sighting.time.us < since.us ||
		    !rests_on(&kept, say->word, say->name))
			continue;
		(void)text_copy(event.reason, sizeof(event.reason),
				slice_of("recall"));
		if (!world_event(world, kept.case_id, &event))
			return false;
	}
	return true;
}

static bool
stop(struct world *world, const struct statement *say)
{
	if (strcmp(say->word, "ON") == 0)
		world->stop = CASE_BRAKE_NOTICE | CASE_BRAKE_MEASURE;
	else if (strcmp(say->word, "OFF") == 0)
		world->stop = 0;
	else
		return world_fail(world, "a stop switch is ON or OFF");
	world_stop(world, chain_book(world->chain));
	return true;
}

/* ------------------------------------------------- one party, one case */

static int
by_time(const void *a, const void *b)
{
	const struct case_moved *x = a, *y = b;

	return (x->sighting->time.us > y->sighting->time.us) -
	       (x->sighting->time.us < y->sighting->time.us);
}

static bool
merge(struct world *world, const struct statement *say)
{
	const struct case_record *from = case_of(world, say->party);
	const struct case_record *into = from ? case_of(world, say->other)
					      : NULL;
	struct case_moved *moved = memory_new(WORLD_SIGHTINGS_MAX,
					      sizeof(*moved));
	struct case_merge order = {.moved = moved,
				   .actor = say->actor,
				   .reason = say->words};
	struct alias alias;
	size_t before;
	int error;

	if (!into || !moved) {
		memory_free(moved);
		return false;
	}
	order.from = from->id;
	order.into = into->id;
	alias = (struct alias){from->party, into->party};
	for (size_t i = 0; i < world->kept_count; i++)
		if (world->kept[i].case_id == order.from)
			moved[order.count++] = (struct case_moved){
			    .sighting = &world->kept[i].sighting,
			    .certainty = world->kept[i].certainty};
	qsort(moved, order.count, sizeof(*moved), by_time);
	before = world->happening_count;
	error = case_book_merge(chain_book(world->chain), &order, world->clock,
				world_take_step, world);
	memory_free(moved);
	if (error == LZ_E_STATE) /* where the case refused, it has said why */
		return world->happening_count > before ||
		       refuse(world, say, "one of them has ended");
	if (error)
		return world_fail(world, "the merge failed: %s",
				  lz_strerror(error));
	if (world->alias_count <
	    sizeof(world->aliases) / sizeof(world->aliases[0]))
		world->aliases[world->alias_count++] = alias;
	return true;
}

/* A person says whose it was: that is certain, and no line follows from it. */
static bool
split(struct world *world, const struct statement *say)
{
	const struct case_record *from = case_of(world, say->party);
	const unsigned channels = settings_channels(&world->settings,
						    say->other);
	const struct case_party party = {.id = world_party(world, say->other),
					 .known = true,
					 .reachable = channels > 0,
					 .channels = (uint8_t)channels};
	struct case_split order = {.party = &party,
				   .actor = say->actor,
				   .reason = "split: another party's"};
	struct sighting *sightings;
	struct identity_answer *answers;
	int error = LZ_E_MEMORY;

	if (!from || !world_name(world, say->other))
		return false;
	sightings = memory_new(WORLD_SIGHTINGS_MAX, sizeof(*sightings));
	answers = memory_new(WORLD_SIGHTINGS_MAX, sizeof(*answers));
	order.from = from->id;
	for (size_t i = 0; i < world->kept_count && sightings && answers; i++) {
		if (world->kept[i].case_id != order.from ||
		    (statement_gives(say, "family") &&
		     strcmp(world->kept[i].sighting.family, say->family) != 0))
			continue;
		answers[order.count].certainty = CERTAINTY_CERTAIN;
		sightings[order.count++] = world->kept[i].sighting;
	}
	order.sightings = sightings;
	order.answers = answers;
	if (sightings && answers)
		error = case_book_split(chain_book(world->chain), &order,
					world->clock, world_take_step, world);
	if (!error)
		error = chain_give_back(world->chain, order.from, say->other,
					world->clock);
	memory_free(sightings);
	memory_free(answers);
	return error == 0 ||
	       world_fail(world, "the split failed: %s", lz_strerror(error));
}

bool
persons_do(struct world *world, const struct statement *say)
{
	static const struct case_event none = {0};
	static const struct case_event self = {.self = true};

	switch (say->kind) {
	case SAY_RECEIPT:
		return receive(world, say);
	case SAY_HOLDS:
		return act(world, say, CASE_EVENT_HOLD, none);
	case SAY_RELEASES:
		return act(world, say, CASE_EVENT_RELEASE, none);
	case SAY_DISMISSES:
		return act(world, say, CASE_EVENT_DISMISS, none);
	case SAY_RESUMES:
		return act(world, say, CASE_EVENT_RESUME, none);
	case SAY_ORDERS:
		return order(world, say);
	case SAY_ANSWERS:
		return answer(world, say);
	case SAY_MERGES:
		return merge(world, say);
	case SAY_SPLITS:
		return split(world, say);
	case SAY_SELF_RELEASE:
		return act(world, say, CASE_EVENT_RELEASE, self);
	case SAY_OBJECTS:
		return act(world, say, CASE_EVENT_OBJECT, none);
	case SAY_RECALL:
		return recall(world, say);
	case SAY_STOP:
		return stop(world, say);
	default:
		return world_fail(world, "not understood yet: %s", say->text);
	}
}
