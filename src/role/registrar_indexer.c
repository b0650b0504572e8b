/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's indexer. */
#include "role/registrar_indexer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/memory.h"
#include "index/index.h"
#include "lease/reason.h"
#include "lease/time_watch.h"
#include "role/binding_changed.h"
#include "role/counter_table.h"
#include "spool/spool.h"

#define SOURCES_MAX 65535
#define CLOCK_EVERY 64 /* records between two looks at the clock */
#define SILENCE_US (30 * TIMES_SECOND_US)
#define KEEP_US (5 * TIMES_MINUTE_US)
#define NOTE_SIZE 1024
#define WATCH_NAME_SIZE (INDEX_SOURCE_NAME_SIZE + 8)
#define WATCHES_US (10 * TIMES_SECOND_US)
#define RESUME_NAME "resume"
#define COMPLAINT_US TIMES_MINUTE_US
/* Batches of a size before it grows again after a failure; tries of a record
 * that fails by itself; records given up with none taken between them. */
#define CAREFUL_BATCHES 64
#define TRIES_MAX 8
#define SKIPS_MAX 16

struct source {
	uint64_t hash; /* of the name */
	char name[INDEX_SOURCE_NAME_SIZE];
	struct tracker_source tracker;
	struct time_watch watch;
	bool watch_dirty;
};

/* What was refused of an input, and when that was last said (monotonic). */
struct refusal {
	const char *reason; /* static */
	uint16_t kind, input;
	int64_t said_us;
};
#define REFUSALS_MAX 64

struct indexer {
	const struct role *role;
	struct counters *counters;
	struct registrar_decoder *decoder;
	struct indexer_paths paths;
	int folder; /* the role's */
	struct index_writer *index;
	uint64_t days_damaged;
	struct spool_reader *raw;
	struct spool_writer *changes;
	uint64_t position;
	int64_t started_us, silenced_us, kept_us, complained_us; /* mono */
	struct refusal refusals[REFUSALS_MAX]; /* said lately */
	bool full;         /* the index was full: a batch was given up for it */
	bool sources_full; /* ... and still was for one more source */
	/* Records a batch may have, halved where one fails until that one is
	 * alone; then how often it was tried. */
	unsigned records_max, careful, tries, skips;
	/* Raw records were lost: nothing open is vouched for any more. */
	bool gap_owed, gap_said; /* said: in this batch */
	uint64_t gap_name;       /* hash and time of the last gap of an input */
	int64_t gap_us;

	struct hash_key key;
	struct map *map;
	struct source *sources;
	uint32_t source_count, source_room;

	/* The batch. */
	struct tracker_store store;
	const struct tracker_source *configured; /* of the present record */
	const struct raw_record *record;
	int error;          /* of the store: ends the batch */
	uint32_t spoke;     /* source of the last event; MAP_NONE: none */
	bool watched;       /* the present record's stamps are */
	bool stop_dirty;    /* a watch has stopped: it is kept at once */
	int64_t watches_us; /* kept, monotonic */
	uint64_t events, refused;
	struct binding_changed *changed;
	size_t changed_count, changed_room;
	/* The outbox in the index: notes of a batch stand there; they are not in
	 * the spool yet. */
	bool noted, owed;
};

/* Decoders don't hand on how a stamp looked. */
static const struct slice no_stamp = {"", 0};

static void
complain(struct indexer *indexer, const char *what, int error)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);

	if (indexer->complained_us &&
	    now - indexer->complained_us < COMPLAINT_US)
		return;
	indexer->complained_us = now;
	fprintf(stderr, "registrar: %s: %s\n", what, lz_strerror(error));
}

/* --------------------------------------------------------------- sources */

static const void *
source_key(const void *context, uint32_t slot)
{
	const struct indexer *indexer = context;

	return &indexer->sources[slot].hash;
}

static int
sources_clear(struct indexer *indexer)
{
	map_free(indexer->map);
	indexer->source_count = 0;
	indexer->spoke = MAP_NONE;
	indexer->map = map_new(SOURCES_MAX, sizeof(uint64_t), indexer->key,
			       source_key, indexer);
	return indexer->map ? 0 : LZ_E_MEMORY;
}

static bool
source_name(char name[INDEX_SOURCE_NAME_SIZE], const struct raw_record *record,
	    const char *speaker)
{
	struct text text;

	text_init(&text, name, INDEX_SOURCE_NAME_SIZE);
	text_bytes(&text, record->name, record->name_length);
	if (*speaker) {
		text_char(&text, '/');
		text_add(&text, speaker);
	}
	return !text.full;
}

static bool
watch_name(char name[WATCH_NAME_SIZE], const struct source *source)
{
	return snprintf(name, WATCH_NAME_SIZE, "watch/%s", source->name) > 0;
}

/* A source that was stopped is, until somebody has looked. */
static int
watch_load(struct indexer *indexer, struct source *source)
{
	char name[WATCH_NAME_SIZE];
	struct time_watch stored;
	int n = 0;

	time_watch_init(&source->watch);
	if (watch_name(name, source))
		n = index_note_get(indexer->index, name, &stored,
				   sizeof(stored));
	if (n == (int)sizeof(stored))
		source->watch = stored;
	if (source->watch.cause != TIME_WATCH_NONE)
		fprintf(stderr, "registrar: %s is still stopped: %s\n",
			source->name, time_watch_text(source->watch.cause));
	return n < 0 && n != LZ_E_NOT_FOUND ? n : 0;
}

/* With the batch: what was learned, now and then; a stop at once. */
static int
watches_store(struct indexer *indexer)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	int error = 0;

	if (!indexer->stop_dirty && now - indexer->watches_us < WATCHES_US)
		return 0;
	for (uint32_t i = 0; i < indexer->source_count && !error; i++) {
		struct source *source = &indexer->sources[i];
		char name[WATCH_NAME_SIZE];

		if (source->watch_dirty && watch_name(name, source))
			error = index_note_put(indexer->index, name,
					       &source->watch,
					       sizeof(source->watch));
		source->watch_dirty = source->watch_dirty && error;
	}
	indexer->watches_us = now;
	indexer->stop_dirty = indexer->stop_dirty && error;
	return error;
}

static void
stop_say(struct indexer *indexer, const struct source *source)
{
	indexer->stop_dirty = true;
	fprintf(stderr,
		"registrar: ALARM: %s is stopped: %s; nothing of it is taken "
		"until somebody has looked and made the file %s/resume\n",
		source->name, time_watch_text(source->watch.cause),
		indexer->role->state_dir);
}

/* A stamp that made no time: of the source that spoke last, for whose it is
 * can't be told. */
static void
watch_unread(struct indexer *indexer)
{
	struct source *source = indexer->spoke == MAP_NONE
				    ? NULL
				    : &indexer->sources[indexer->spoke];

	if (!source || source->watch.cause != TIME_WATCH_NONE)
		return;
	source->watch_dirty = true;
	if (time_watch_see(&source->watch, no_stamp, times_unset(),
			   indexer->record->arrival, 0) == TIME_WATCH_STOP)
		stop_say(indexer, source);
}

/* What was taken of it in doubt is vouched for no longer. */
static int
stop_gap(struct indexer *indexer, struct source *source,
	 const struct lease_event *event)
{
	struct lease_event gap = {.kind = LEASE_GAP,
				  .at = {indexer->record->arrival.us},
				  .start = times_unset(),
				  .end = times_unset(),
				  .sure = times_unset(),
				  .arrival = indexer->record->arrival,
				  .origin = event->origin};
	const int error = tracker_event(&indexer->store, &source->tracker,
					&gap);

	if (error >= 0 && gap.at.us > source->tracker.gap.us)
		source->tracker.gap = gap.at;
	return error;
}

/* False: the word is not to be taken. */
static bool
watch_see(struct indexer *indexer, struct source *source,
	  struct lease_event *event)
{
	const bool stopped = source->watch.cause != TIME_WATCH_NONE;
	const struct at_arrival arrival = {indexer->record->kind == RAW_FILE &&
						   !indexer->record->fresh
					       ? TIMES_UNSET_US
					       : indexer->record->arrival.us};
	enum time_watch_verdict verdict;

	if (stopped)
		return false;
	source->watch_dirty = true;
	verdict = time_watch_see(&source->watch, no_stamp, event->at, arrival,
				 event->origin);
	if (verdict == TIME_WATCH_DOUBT) {
		event->error_us += source->watch.jump_us;
		event->marks |= LEASE_CLOCK_DOUBTED;
	}
	if (verdict != TIME_WATCH_STOP)
		return true;
	stop_say(indexer, source);
	indexer->error = stop_gap(indexer, source, event);
	if (indexer->error > 0 || indexer->error == LZ_E_RANGE)
		indexer->error = 0;
	return false;
}

/* A source is what one speaker of one input says; made known to the index the
 * first time it is met. */
static int
source_of(struct indexer *indexer, const char *speaker, struct source **source)
{
	char name[INDEX_SOURCE_NAME_SIZE];
	struct source *made;
	uint64_t hash;
	uint32_t slot;
	int error;

	if (!source_name(name, indexer->record, speaker))
		return LZ_E_RANGE;
	hash = hash_bytes(&indexer->key, name, strlen(name));
	slot = map_find(indexer->map, &hash);
	if (slot != MAP_NONE) {
		*source = &indexer->sources[slot];
		indexer->spoke = slot;
		return strcmp((*source)->name, name) == 0 ? 0 : LZ_E_EXISTS;
	}
	if (indexer->source_count == indexer->source_room) {
		const uint32_t more = indexer->source_room * 2 + 64;
		struct source *grown = memory_grow(indexer->sources,
						   indexer->source_room, more,
						   sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		indexer->sources = grown;
		indexer->source_room = more;
	}
	made = &indexer->sources[indexer->source_count];
	*made = (struct source){.hash = hash, .tracker = *indexer->configured};
	memcpy(made->name, name, sizeof(name));
	error = index_source(indexer->index, name, &made->tracker);
	if (!error)
		error = watch_load(indexer, made);
	if (!error)
		error = map_put(indexer->map, indexer->source_count);
	if (error)
		return error;
	indexer->spoke = indexer->source_count++;
	*source = made;
	return 0;
}

/* ------------------------------------------------------------------- gaps */

static void
gap_owe(struct indexer *indexer)
{
	indexer->gap_owed = true;
	indexer->gap_said = false;
}

struct gapping {
	struct indexer *indexer;
	struct lease_event event;
	struct slice input; /* empty: of all */
};

static bool
is_of_input(const char *source, struct slice input)
{
	return input.length == 0 ||
	       (source && strncmp(source, input.at, input.length) == 0 &&
		(source[input.length] == '\0' || source[input.length] == '/'));
}

static int
gap_one(void *context, const struct tracker_source *source)
{
	struct gapping *gapping = context;
	struct indexer *indexer = gapping->indexer;

	if (!is_of_input(index_source_name(indexer->index, source->number),
			 gapping->input))
		return 0;
	return tracker_event(&indexer->store, source, &gapping->event);
}

/* Words of an input, or of all, may have been lost up to `at`: of each of its
 * speakers, also those that weren't met since the start. */
static int
gap_say(struct indexer *indexer, struct slice input, int64_t at_us)
{
	struct gapping gapping = {.indexer = indexer,
				  .input = input,
				  .event = {.kind = LEASE_GAP,
					    .at = {at_us},
					    .start = times_unset(),
					    .end = times_unset(),
					    .sure = times_unset()}};
	const int error = index_sources(indexer->index, gap_one, &gapping);

	for (uint32_t i = 0; i < indexer->source_count; i++) {
		struct source *source = &indexer->sources[i];

		if (is_of_input(source->name, input) &&
		    at_us > source->tracker.gap.us)
			source->tracker.gap.us = at_us;
	}
	return error > 0 || error == LZ_E_RANGE ? 0 : error;
}

/* A decoder's word that something of its whole input is missing. */
static int
gap_of_input(struct indexer *indexer, const struct lease_event *event)
{
	const struct slice input = {indexer->record->name,
				    indexer->record->name_length};
	const uint64_t name = hash_bytes(&indexer->key, input.at, input.length);

	/* A piece of a file full of bad rows has one time. */
	if (indexer->gap_us == event->at.us && indexer->gap_name == name)
		return 0;
	indexer->gap_us = event->at.us;
	indexer->gap_name = name;
	return gap_say(indexer, input, event->at.us);
}

/* ----------------------------------------------------------------- events */

static void
refusal_say(const struct indexer *indexer, uint64_t offset, const char *name)
{
	const struct raw_record *record = indexer->record;
	const struct reason *reason = reason_find(name);
	char peer[ADDR_TEXT_SIZE] = "";
	struct text text;

	text_init(&text, peer, sizeof(peer));
	if (record->port)
		addr_format(&text, &record->peer);
	fprintf(stderr, "registrar: %.*s: ", (int)record->name_length,
		record->name);
	if (reason)
		fprintf(stderr, "%s; %s%s%s", reason->what,
			reason_effect_text(reason->effect),
			reason->advice ? "; " : "",
			reason->advice ? reason->advice : "");
	else
		fprintf(stderr, "a record can't be read (%s); it was left out",
			name);
	fprintf(stderr, " (%s%sbyte %" PRIu64 ")\n", peer, *peer ? ", " : "",
		record->kind == RAW_FILE ? record->offset + offset : offset);
}

/* May it be said now? Each reason of each input is, once a minute: a noisy one
 * must not hide another. */
static bool
refusal_due(struct indexer *indexer, const char *reason)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	struct refusal *oldest = indexer->refusals;

	for (size_t i = 0; i < REFUSALS_MAX; i++) {
		struct refusal *said = &indexer->refusals[i];

		if (said->reason && strcmp(said->reason, reason) == 0 &&
		    said->kind == indexer->record->kind &&
		    said->input == indexer->record->input) {
			oldest = said;
			break;
		}
		if (said->said_us < oldest->said_us)
			oldest = said;
	}
	if (oldest->said_us && now - oldest->said_us < COMPLAINT_US)
		return false;
	*oldest = (struct refusal){reason, indexer->record->kind,
				   indexer->record->input, now};
	return true;
}

static void
take_refused(void *context, uint64_t offset, const char *reason)
{
	struct indexer *indexer = context;

	indexer->refused++;
	if (indexer->watched && strstr(reason, "time"))
		watch_unread(indexer);
	if (refusal_due(indexer, reason))
		refusal_say(indexer, offset, reason);
}

static void
take_event(void *context, const struct lease_event *event)
{
	struct indexer *indexer = context;
	struct lease_event word = *event;
	struct source *source = NULL;
	int error;

	if (indexer->error)
		return;
	index_word(indexer->index, indexer->record->arrival);
	error = source_of(indexer, event->speaker, &source);
	/* Once its map is full the index makes room; full again: it has as many
	 * sources as it can, and no batch is given up for one more. */
	if (error == LZ_E_FULL && (indexer->full || indexer->sources_full)) {
		indexer->sources_full = true;
		error = LZ_E_RANGE;
	}
	if (!error && indexer->watched && event->kind != LEASE_WORD &&
	    event->kind != LEASE_GAP && !watch_see(indexer, source, &word)) {
		indexer->refused++;
		return;
	}
	if (!error)
		error = tracker_event(&indexer->store, &source->tracker, &word);
	/* What can't be is the word's fault; all else is the store's, and ends
	 * the batch.  It may have been the end of what we take for held. */
	if (error == LZ_E_RANGE || error == LZ_E_EXISTS) {
		take_refused(indexer, 0, source ? "word" : "source");
		error = source && source->tracker.complete
			    ? stop_gap(indexer, source, event)
			    : 0;
		if (error == LZ_E_RANGE)
			error = 0;
		indexer->error = error < 0 ? error : 0;
		return;
	}
	if (error >= 0 && event->kind == LEASE_GAP && !event->speaker[0])
		error = gap_of_input(indexer, event);
	if (error < 0) {
		indexer->error = error;
		return;
	}
	if (source && event->kind == LEASE_GAP &&
	    event->at.us > source->tracker.gap.us)
		source->tracker.gap = event->at;
	indexer->events++;
}

static int
note_changed(void *context, uint32_t realm, const struct subject *subject,
	     struct at_event from, struct at_event to, const char *cause)
{
	struct indexer *indexer = context;
	struct binding_changed *made;

	if (from.us >= to.us)
		return 0;
	if (indexer->changed_count == indexer->changed_room) {
		const size_t more = indexer->changed_room * 2 + 256;
		struct binding_changed *grown =
		    memory_grow(indexer->changed, indexer->changed_room, more,
				sizeof(*grown));

		if (!grown)
			return LZ_E_MEMORY;
		indexer->changed = grown;
		indexer->changed_room = more;
	}
	made = &indexer->changed[indexer->changed_count++];
	*made = (struct binding_changed){.realm = realm,
					 .subject = *subject,
					 .from = from,
					 .to = to};
	text_copy(made->cause, sizeof(made->cause), slice_of(cause));
	return 0;
}

/* ----------------------------------------------------------------- outbox */

static void
outbox_name(char name[32], size_t number)
{
	snprintf(name, 32, "changes/%07zu", number);
}

/* With the batch: notes of as many changes as fit, and how many notes. */
static int
outbox_write(struct indexer *indexer)
{
	uint8_t bytes[NOTE_SIZE];
	char name[32];
	struct writer writer;
	size_t i = 0, notes = 0;
	int error = 0;

	if (!indexer->changed_count && !indexer->noted)
		return 0;
	while (i < indexer->changed_count && !error) {
		writer_init(&writer, bytes, sizeof(bytes));
		while (i < indexer->changed_count &&
		       writer.capacity - writer.length >
			   BINDING_CHANGED_BYTES_MAX + 2) {
			const size_t at = writer.length;

			writer_u16(&writer, 0);
			binding_changed_encode(&writer, &indexer->changed[i]);
			writer_patch_u16(&writer, at,
					 (uint16_t)(writer.length - at - 2));
			i++;
		}
		if (writer.failed)
			return LZ_E_RANGE;
		outbox_name(name, notes++);
		error = index_note_put(indexer->index, name, bytes,
				       writer.length);
	}
	writer_init(&writer, bytes, sizeof(bytes));
	writer_u32(&writer, (uint32_t)notes);
	if (!error)
		error = index_note_put(indexer->index, "changes", bytes,
				       writer.length);
	return error;
}

static int
outbox_note_send(struct indexer *indexer, const uint8_t *bytes, size_t length)
{
	struct cursor cursor;
	int error = 0;

	cursor_init(&cursor, bytes, length);
	while (cursor_left(&cursor) && !error) {
		const uint16_t size = cursor_u16(&cursor);
		const uint8_t *record = cursor_take(&cursor, size);

		if (cursor.failed)
			return LZ_E_FORMAT;
		error = spool_writer_append(indexer->changes, record, size,
					    NULL);
	}
	return error;
}

static int
outbox_read(struct indexer *indexer)
{
	uint8_t bytes[NOTE_SIZE];
	struct cursor cursor;
	uint32_t notes;
	int n = index_note_get(indexer->index, "changes", bytes, sizeof(bytes));

	if (n < 0)
		return n == LZ_E_NOT_FOUND ? 0 : n;
	cursor_init(&cursor, bytes, (size_t)n);
	notes = cursor_u32(&cursor);
	for (uint32_t i = 0; i < notes; i++) {
		char name[32];

		outbox_name(name, i);
		n = index_note_get(indexer->index, name, bytes, sizeof(bytes));
		if (n >= 0)
			n = outbox_note_send(indexer, bytes, (size_t)n);
		if (n < 0)
			return n;
	}
	return 0;
}

/* What the last commit said has changed, into the spool.  Until it is there no
 * other batch may take its place. */
static int
outbox_send(struct indexer *indexer)
{
	int error;

	if (!indexer->owed)
		return 0;
	error = outbox_read(indexer);
	if (!error)
		error = spool_writer_sync(indexer->changes);
	if (error) {
		complain(indexer, "changes can't be told to the desk", error);
		return error;
	}
	indexer->owed = false;
	spool_bell_ring(indexer->paths.bell_fd, indexer->paths.bell);
	return 0;
}

/* ------------------------------------------------------------------ batch */

static int
raw_open(struct indexer *indexer)
{
	spool_reader_close(indexer->raw);
	indexer->raw = NULL;
	return spool_reader_open(indexer->paths.raw, indexer->position,
				 &indexer->raw);
}

static void
batch_begin(struct indexer *indexer)
{
	indexer->error = 0;
	indexer->events = indexer->refused = 0;
	indexer->changed_count = 0;
	indexer->gap_us = TIMES_UNSET_US;
	indexer->gap_said = false;
}

/* Everything as it was at the last commit. */
static void
batch_abort(struct indexer *indexer, int error)
{
	index_abort(indexer->index);
	counters_add(indexer->counters, COUNTER_REGISTRAR_BATCHES_FAILED, 1);
	if (error != LZ_E_FULL || indexer->full)
		complain(indexer, "a batch is given up and tried again", error);
	/* Full for the first time: it only has to grow. */
	if (error != LZ_E_FULL || indexer->full) {
		indexer->tries = indexer->records_max == 1 ? indexer->tries + 1
							   : 0;
		indexer->records_max = (indexer->records_max + 1) / 2;
		indexer->careful = CAREFUL_BATCHES;
	}
	indexer->full = error == LZ_E_FULL;
	if (sources_clear(indexer) != 0 || raw_open(indexer) != 0)
		complain(indexer, "it can't be begun anew", LZ_E_MEMORY);
}

static int
batch_commit(struct indexer *indexer, uint64_t position)
{
	const size_t changed = indexer->changed_count;
	int error = outbox_write(indexer);

	if (!error)
		error = watches_store(indexer);
	if (!error)
		error = index_commit(indexer->index, position);
	if (error)
		return error;
	indexer->position = position;
	indexer->full = false;
	indexer->gap_owed = indexer->gap_owed && !indexer->gap_said;
	indexer->tries = 0;
	if (indexer->careful && --indexer->careful == 0)
		indexer->records_max = INDEXER_BATCH_EVENTS;
	counters_add(indexer->counters, COUNTER_REGISTRAR_BATCHES, 1);
	counters_add(indexer->counters, COUNTER_REGISTRAR_EVENTS,
		     indexer->events);
	counters_add(indexer->counters, COUNTER_REGISTRAR_EVENTS_REFUSED,
		     indexer->refused);
	counters_add(indexer->counters, COUNTER_REGISTRAR_CHANGED, changed);
	counters_set(indexer->counters, COUNTER_REGISTRAR_RAW_INDEXED,
		     position);
	indexer->noted = indexer->owed = changed != 0;
	return 0;
}

static void
watches_break(struct indexer *indexer, const struct raw_record *record)
{
	for (uint32_t i = 0; i < indexer->source_count; i++) {
		struct source *source = &indexer->sources[i];
		const char *rest = source->name + record->name_length;

		if (strlen(source->name) >= record->name_length &&
		    memcmp(source->name, record->name, record->name_length) ==
			0 &&
		    (*rest == '\0' || *rest == '/'))
			time_watch_break(&source->watch);
	}
}

static bool
place_name(char name[WATCH_NAME_SIZE], const char *input, size_t length)
{
	return snprintf(name, WATCH_NAME_SIZE, "place/%.*s", (int)length,
			input) < WATCH_NAME_SIZE;
}

/* Where to go on with a database, with what has come of it. */
static int
place_store(struct indexer *indexer, const struct raw_record *record)
{
	char name[WATCH_NAME_SIZE];

	if (!place_name(name, record->name, record->name_length))
		return LZ_E_RANGE;
	return index_note_put(indexer->index, name, record->bytes,
			      record->length);
}

int
indexer_place(struct indexer *indexer, const char *input, uint8_t *place,
	      size_t size)
{
	char name[WATCH_NAME_SIZE];

	if (!place_name(name, input, strlen(input)))
		return LZ_E_RANGE;
	return index_note_get(indexer->index, name, place, size);
}

static void
record_take(struct indexer *indexer, const uint8_t *body, size_t length,
	    uint64_t sequence)
{
	const struct lease_output output = {take_event, take_refused, indexer};
	struct tracker_source configured;
	struct raw_record record;
	int error = raw_record_decode(body, length, &record);

	if (error) {
		indexer->refused++;
		gap_owe(indexer);
		return;
	}
	if (indexer->gap_owed && !indexer->gap_said) {
		indexer->error = gap_say(indexer, (struct slice){NULL, 0},
					 record.arrival.us);
		if (indexer->error)
			return;
		fprintf(stderr, "registrar: records of the raw log are lost; "
				"nobody is named for sure who hasn't been "
				"heard of since\n");
		indexer->gap_said = true;
	}
	indexer->record = &record;
	indexer->configured = &configured;
	indexer->watched = registrar_decode_watched(indexer->decoder, &record);
	/* A file that begins anew may begin with what was before. */
	if (record.kind == RAW_FILE && record.offset == 0)
		watches_break(indexer, &record);
	error = registrar_decode(indexer->decoder, &record, sequence << 16,
				 &configured, &output);
	if (!error && record.kind == RAW_WHOLE && record.length)
		error = place_store(indexer, &record);
	if (error == LZ_E_NOT_FOUND)
		counters_add(indexer->counters, COUNTER_REGISTRAR_UNCONFIGURED,
			     1);
	else if (error && !indexer->error)
		indexer->error = error;
}

/* As spool_reader_next, past damage: what was lost there is remembered. */
static int
record_next(struct indexer *indexer, const uint8_t **body, size_t *length,
	    uint64_t *position)
{
	const uint64_t lost = spool_reader_lost(indexer->raw);
	int result;

	do {
		result = spool_reader_next(indexer->raw, body, length,
					   position);
		if (result == LZ_E_CHECKSUM)
			gap_owe(indexer);
	} while (result == LZ_E_CHECKSUM);
	if (spool_reader_lost(indexer->raw) != lost)
		gap_owe(indexer);
	return result;
}

/* Of the records until the batch is full; *position: the last one taken. */
static int
batch_fill(struct indexer *indexer, const uint8_t *body, size_t length,
	   uint64_t *position)
{
	const int64_t until = role_clock_us(CLOCK_MONOTONIC) + INDEXER_BATCH_US;
	unsigned taken = 0;
	int result = 1;

	while (result == 1) {
		record_take(indexer, body, length, *position);
		if (indexer->error)
			return indexer->error;
		if (indexer->events >= INDEXER_BATCH_EVENTS ||
		    ++taken >= indexer->records_max ||
		    (taken % CLOCK_EVERY == 0 &&
		     role_clock_us(CLOCK_MONOTONIC) >= until))
			return 1;
		result = record_next(indexer, &body, &length, position);
	}
	return result;
}

/*
 * A record that fails whenever it is tried must not stop all that stand behind
 * it.  It stays in the raw log; what it may have said is missed.  Not where
 * it is the disk's fault, nor where all of them fail.
 */
static void
record_skip(struct indexer *indexer, int error, uint64_t position)
{
	const bool of_system = error > LZ_E_SHORT;
	int failed;

	if (indexer->tries < TRIES_MAX || of_system ||
	    indexer->skips >= SKIPS_MAX)
		return;
	batch_begin(indexer);
	failed = index_begin(indexer->index);
	if (!failed)
		failed = gap_say(indexer, (struct slice){NULL, 0},
				 role_clock_us(CLOCK_REALTIME));
	if (!failed)
		failed = batch_commit(indexer, position);
	if (failed) {
		batch_abort(indexer, failed);
		return;
	}
	fprintf(stderr,
		"registrar: ALARM: record %" PRIu64 " of the raw log can't be "
		"indexed (%s) and is left out; nobody is named for sure who "
		"hasn't been heard of since\n",
		position, lz_strerror(error));
	counters_add(indexer->counters, COUNTER_REGISTRAR_SKIPPED, 1);
	indexer->skips++;
	if (raw_open(indexer) != 0)
		complain(indexer, "the raw log can't be read on", LZ_E_MEMORY);
}

int
indexer_turn(struct indexer *indexer)
{
	const uint8_t *body;
	size_t length;
	uint64_t position = indexer->position;
	int result, error;

	error = outbox_send(indexer);
	if (!error && !indexer->raw)
		error = raw_open(indexer);
	if (error)
		return error;
	result = record_next(indexer, &body, &length, &position);
	counters_set(indexer->counters, COUNTER_REGISTRAR_RAW_LOST,
		     spool_reader_lost(indexer->raw));
	if (result != 1)
		return result;
	batch_begin(indexer);
	error = index_begin(indexer->index);
	if (error) {
		complain(indexer, "the index", error);
		(void)raw_open(indexer);
		return error;
	}
	result = batch_fill(indexer, body, length, &position);
	error = result < 0 ? result : batch_commit(indexer, position);
	if (error) {
		batch_abort(indexer, error);
		record_skip(indexer, error, position);
		return error;
	}
	indexer->skips = 0;
	error = outbox_send(indexer);
	return error ? error : result;
}

/* ---------------------------------------------------------- housekeeping */

static int
silence_one(void *context, const struct tracker_source *source)
{
	struct indexer *indexer = context;
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	const struct at_event at = {role_clock_us(CLOCK_REALTIME)};
	int error;

	/* Nobody was silent while we didn't hear. */
	if (source->interim_us <= 0 ||
	    now - indexer->started_us <
		source->interim_us * (int64_t)source->silent_after)
		return 0;
	error = tracker_silence(&indexer->store, source, at);
	return error < 0 ? error : 0;
}

static void
silence(struct indexer *indexer)
{
	int error;

	batch_begin(indexer);
	error = index_begin(indexer->index);
	if (error) {
		complain(indexer, "the index", error);
		return;
	}
	error = index_sources(indexer->index, silence_one, indexer);
	if (!error)
		error = batch_commit(indexer, indexer->position);
	if (error)
		batch_abort(indexer, error);
}

static void
keep(struct indexer *indexer)
{
	const struct at_event now = {role_clock_us(CLOCK_REALTIME)};
	const struct at_event oldest = {
	    now.us - indexer->role->conf->retention.bindings_us};
	int result = index_seal(indexer->index, now);

	if (result < 0)
		complain(indexer, "no day can be sealed", result);
	result = index_drop(indexer->index, oldest);
	if (result < 0)
		complain(indexer, "old bindings can't be dropped", result);
}

static void
facts_count(struct indexer *indexer)
{
	struct index_facts facts;

	if (index_writer_facts(indexer->index, &facts) != 0)
		return;
	counters_set(indexer->counters, COUNTER_REGISTRAR_ROWS_HEAD,
		     facts.rows_head);
	counters_set(indexer->counters, COUNTER_REGISTRAR_ROWS_SEALED,
		     facts.rows_sealed);
	counters_set(indexer->counters, COUNTER_REGISTRAR_SOURCES,
		     facts.sources);
	counters_set(indexer->counters, COUNTER_REGISTRAR_CONFLICTS,
		     facts.conflicts);
	counters_set(indexer->counters, COUNTER_REGISTRAR_DAYS_DAMAGED,
		     facts.days_damaged);
	if (facts.days_damaged > indexer->days_damaged)
		fprintf(stderr,
			"registrar: ALARM: %" PRIu64
			" day(s) of the index are damaged; nobody is named "
			"from them: put the index back from a copy\n",
			(uint64_t)facts.days_damaged);
	indexer->days_damaged = facts.days_damaged;
}

static void
stopped_count(struct indexer *indexer)
{
	unsigned stopped = registrar_decoder_stopped(indexer->decoder);

	for (uint32_t i = 0; i < indexer->source_count; i++)
		stopped += indexer->sources[i].watch.cause != TIME_WATCH_NONE;
	counters_set(indexer->counters, COUNTER_REGISTRAR_STOPPED, stopped);
}

/* Somebody has looked and made the file: stopped sources go on. */
static void
resume(struct indexer *indexer)
{
	if (unlinkat(indexer->folder, RESUME_NAME, 0) != 0)
		return;
	fprintf(stderr, "registrar: what was stopped goes on\n");
	for (uint32_t i = 0; i < indexer->source_count; i++) {
		struct source *source = &indexer->sources[i];

		if (source->watch.cause == TIME_WATCH_NONE)
			continue;
		time_watch_resume(&source->watch);
		source->watch_dirty = indexer->stop_dirty = true;
	}
	registrar_decoder_resume(indexer->decoder);
}

void
indexer_housekeep(struct indexer *indexer)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	uint64_t read = 0;
	int error = 0;

	if (now - indexer->silenced_us >= SILENCE_US &&
	    outbox_send(indexer) == 0) {
		silence(indexer);
		(void)outbox_send(indexer); /* tried again by the next turn */
		indexer->silenced_us = now;
	}
	if (!error && indexer->paths.ack_fd >= 0)
		error = spool_watermark_read_fd(indexer->paths.ack_fd, &read);
	if (!error)
		error = spool_writer_trim(indexer->changes, read);
	if (error)
		complain(indexer, "the spool of changes", error);
	if (now - indexer->kept_us >= KEEP_US) {
		keep(indexer);
		indexer->kept_us = now;
	}
	resume(indexer);
	facts_count(indexer);
	stopped_count(indexer);
}

void
indexer_lost(struct indexer *indexer)
{
	gap_owe(indexer);
}

uint64_t
indexer_position(const struct indexer *indexer)
{
	return indexer->position;
}

/* ------------------------------------------------------------------- open */

static int
say(const char *path, int error)
{
	if (error)
		fprintf(stderr, "registrar: %s: %s\n", path,
			lz_strerror(error));
	return error;
}

/* The changes' numbers go on behind what the desk has read: its folder may
 * have been put back from an older copy. */
static int
changes_open(struct indexer *indexer)
{
	const struct indexer_paths *paths = &indexer->paths;
	uint64_t read = 0;
	int error = spool_writer_open(paths->changes, &indexer->changes);

	if (!error && paths->ack_fd >= 0)
		error = spool_watermark_read_fd(paths->ack_fd, &read);
	if (!error && read > spool_writer_last(indexer->changes))
		error = spool_writer_skip(indexer->changes, read);
	return say(paths->changes, error);
}

static int
index_open(struct indexer *indexer)
{
	const struct index_conf conf = {.path = indexer->paths.index,
					.reader_mode = 0640};

	return say(conf.path, index_writer_open(&conf, &indexer->index));
}

int
indexer_open(const struct role *role, struct registrar_decoder *decoder,
	     const struct indexer_paths *paths, struct indexer **indexer)
{
	struct indexer *made = memory_new(1, sizeof(*made));
	int error;

	*indexer = made;
	if (!made)
		return LZ_E_MEMORY;
	made->role = role;
	made->counters = role->counters;
	made->decoder = decoder;
	made->paths = *paths;
	made->folder = paths->folder_fd;
	made->started_us = role_clock_us(CLOCK_MONOTONIC);
	made->silenced_us = made->started_us;
	made->kept_us = made->started_us - KEEP_US;
	made->records_max = INDEXER_BATCH_EVENTS;
	if (getrandom(&made->key, sizeof(made->key), 0) != sizeof(made->key))
		return -errno;
	error = sources_clear(made);
	if (!error)
		error = index_open(made);
	if (!error)
		error = changes_open(made);
	if (error)
		return error;
	made->store = index_store(made->index, note_changed, made);
	made->position = index_position(made->index);
	made->noted = made->owed = true; /* what a killed one didn't tell */
	return say(paths->raw, raw_open(made));
}

void
indexer_free(struct indexer *indexer)
{
	if (!indexer)
		return;
	spool_reader_close(indexer->raw);
	spool_writer_close(indexer->changes);
	index_writer_close(indexer->index);
	map_free(indexer->map);
	memory_free(indexer->sources);
	memory_free(indexer->changed);
	memory_free(indexer);
}
