/* SPDX-License-Identifier: Apache-2.0 */
/* Recalls, printed. */
#include "role/recall_show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "role/plain_words.h"
#include "role/recall_weigh.h"

#define LINE_SIZE 4096
#define LOOK_MS 200
#define STANDSTILL_MS 60000

struct showing {
	struct store *store;
	const struct recall_view *how;
	uint64_t id; /* 0: all */
	uint64_t count;
	struct json_writer *json;
	struct store_recall found;
	char reason[RECALL_VALUE_SIZE];
};

/* ----------------------------------------------------------------- JSON */

static int
person_as_json(void *context, const char *actor, struct at_event time)
{
	const struct showing *showing = context;

	json_open_object(showing->json, NULL);
	json_string(showing->json, "actor", actor);
	json_time(showing->json, "time", time.us);
	json_close_object(showing->json);
	return 0;
}

static void
weight_as_json(struct json_writer *json, const struct recall_weight *weight)
{
	json_open_object(json, "rests");
	json_u64(json, "sightings", weight->sightings);
	json_u64(json, "cases", weight->cases);
	json_u64(json, "parties", weight->parties);
	json_u64(json, "measures", weight->measures);
	json_u64(json, "notices", weight->notices);
	json_close_object(json);
}

static int
recall_as_json(struct showing *showing, const struct store_recall *recall,
	       const struct recall_weight *weight)
{
	char line[LINE_SIZE];
	struct json_writer json;
	struct text text;
	int error;

	text_init(&text, line, sizeof(line));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_u64(&json, "v", 1);
	json_string(&json, "kind", "recall");
	json_time(&json, "time", recall->asked.us);
	json_u64(&json, "number", recall->id);
	json_string(&json, "state", recall_state_name(recall->state));
	json_string(&json, "what", recall_kind_name(recall->what.kind));
	json_string(&json, "value", recall->what.value);
	json_time(&json, "since", recall->what.since.us);
	if (times_is_set(recall->what.until))
		json_time(&json, "until", recall->what.until.us);
	json_string(&json, "reason", recall->reason);
	if (times_is_set(recall->done))
		json_time(&json, "done", recall->done.us);
	json_u64(&json, "sightings", recall->sightings);
	json_u64(&json, "cases", recall->cases);
	json_u64(&json, "released", recall->released);
	json_u64(&json, "corrected", recall->corrected);
	showing->json = &json;
	json_open_array(&json, "persons");
	error = recall_store_persons(showing->store, recall->id, person_as_json,
				     showing);
	json_close_array(&json);
	if (weight)
		weight_as_json(&json, weight);
	json_close_object(&json);
	text_char(&text, '\n');
	fputs(line, stdout);
	return error;
}

/* --------------------------------------------------------------- people */

static void
say_time(const struct showing *showing, const char *name, struct at_event time)
{
	char moment[WORDS_MOMENT_SIZE];

	if (!times_is_set(time))
		return;
	words_moment(moment, time, showing->how->zone_s);
	printf("  %-9s %s\n", name, moment);
}

static int
say_person(void *context, const char *actor, struct at_event time)
{
	const struct showing *showing = context;
	char moment[WORDS_MOMENT_SIZE];

	words_moment(moment, time, showing->how->zone_s);
	printf("  %-9s %s, %s\n", "person", actor, moment);
	return 0;
}

static int
say_recall(struct showing *showing, const struct store_recall *recall,
	   const struct recall_weight *weight)
{
	int error;

	printf("recall %" PRIu64 "\n  %-9s %s\n  %-9s %s %s\n  %-9s %s\n",
	       recall->id, "state", recall_state_name(recall->state), "what",
	       recall_kind_name(recall->what.kind), recall->what.value,
	       "reason", recall->reason);
	say_time(showing, "since", recall->what.since);
	say_time(showing, "until", recall->what.until);
	error = recall_store_persons(showing->store, recall->id, say_person,
				     showing);
	if (recall->state != RECALL_WAITING && recall->state != RECALL_DROPPED)
		printf("  %-9s %" PRIu64 " sightings of %" PRIu64
		       " cases taken back, %" PRIu64
		       " measures lifted, %" PRIu64 " notices corrected\n",
		       "so far", recall->sightings, recall->cases,
		       recall->released, recall->corrected);
	say_time(showing, "done", recall->done);
	if (weight)
		printf("  %-9s %" PRIu64 " sightings, %" PRIu64
		       " cases of %" PRIu64 " parties, %" PRIu64
		       " measures in force, %" PRIu64 " notices sent\n",
		       "rests", weight->sightings, weight->cases,
		       weight->parties, weight->measures, weight->notices);
	if (weight && recall->state == RECALL_WAITING && !weight->sightings)
		puts("  nothing rests on it: is it called so? `lazaret shadow "
		     "report` names origins and exporters, `lazaret case show` "
		     "detectors");
	if (recall->state == RECALL_WAITING)
		printf("  another person approves it: lazaret recall approve "
		       "%" PRIu64 "\n",
		       recall->id);
	return error;
}

static int
list_one(void *context, const struct store_recall *recall)
{
	struct showing *showing = context;
	char moment[WORDS_MOMENT_SIZE];

	if (showing->how->json)
		return recall_as_json(showing, recall, NULL);
	if (showing->count++ == 0)
		printf("%-6s  %-7s  %-14s  %-24s  %-25s  %s\n", "NUMBER",
		       "STATE", "WHAT", "VALUE", "SINCE", "REASON");
	words_moment(moment, recall->what.since, showing->how->zone_s);
	printf("%-6" PRIu64 "  %-7s  %-14s  %-24s  %-25s  %s\n", recall->id,
	       recall_state_name(recall->state),
	       recall_kind_name(recall->what.kind), recall->what.value, moment,
	       recall->reason);
	return 0;
}

int
recall_list(struct store *store, const struct recall_view *view)
{
	struct showing showing = {.store = store, .how = view};
	const int error = recall_store_list(store, list_one, &showing);

	if (!error && !view->json && showing.count == 0)
		puts("no recall");
	return error;
}

static int
find_one(void *context, const struct store_recall *recall)
{
	struct showing *showing = context;

	if (recall->id != showing->id)
		return 0;
	showing->found = *recall;
	(void)text_copy(showing->reason, sizeof(showing->reason),
			slice_of(recall->reason));
	showing->found.reason = showing->reason;
	showing->count++;
	return 0;
}

int
recall_show(struct store *store, uint64_t id, const struct recall_view *view)
{
	struct showing showing = {.store = store, .how = view, .id = id};
	struct recall_weight weight;
	const struct recall_weight *rests = NULL;
	int error = recall_store_list(store, find_one, &showing);

	if (error || showing.count == 0)
		return error ? error : LZ_E_NOT_FOUND;
	if (showing.found.state == RECALL_WAITING) {
		error = recall_weigh(store, &showing.found.what, &weight);
		rests = &weight;
	}
	if (error)
		return error;
	return view->json ? recall_as_json(&showing, &showing.found, rests)
			  : say_recall(&showing, &showing.found, rests);
}

/* --------------------------------------------------------------- waiting */

static void
wait_a_moment(void)
{
	const struct timespec moment = {0, LOOK_MS * 1000000L};

	nanosleep(&moment, NULL);
}

static void
say_progress(const struct store_recall *recall, bool terminal)
{
	fprintf(stderr,
		"%srecall %" PRIu64 ": %" PRIu64 " sightings taken back%s",
		terminal ? "\r" : "", recall->id, recall->sightings,
		terminal ? "" : "\n");
}

int
recall_follow(struct store *store, uint64_t id)
{
	const bool terminal = isatty(STDERR_FILENO) != 0;
	struct showing showing = {.id = id};
	struct recall_place place = {.day = INT64_MIN};
	int64_t still_ms = 0;
	int error = recall_store_list(store, find_one, &showing);

	while (!error && showing.count &&
	       showing.found.state == RECALL_RUNNING) {
		const bool moved = showing.found.at_day != place.day ||
				   memcmp(showing.found.at_id, place.id,
					  sizeof(place.id));

		if (moved)
			say_progress(&showing.found, terminal);
		still_ms = moved ? 0 : still_ms + LOOK_MS;
		if (still_ms >= STANDSTILL_MS)
			return -ETIMEDOUT;
		place.day = showing.found.at_day;
		memcpy(place.id, showing.found.at_id, sizeof(place.id));
		wait_a_moment();
		error = recall_store_list(store, find_one, &showing);
	}
	if (terminal)
		fputc('\n', stderr);
	return error || showing.count ? error : LZ_E_NOT_FOUND;
}
