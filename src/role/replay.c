/* SPDX-License-Identifier: Apache-2.0 */
/* Files to sightings, on the records' own clock. */
#include "role/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "crypto/sha256.h"
#include "detect/detect.h"
#include "flow/thin.h"
#include "role/indicator_files.h"
#include "role/print.h"
#include "role/progress_bar.h"
#include "role/replay_cases.h"
#include "role/replay_text.h"

#define LINE_SIZE 4096
#define TEXT_LATENESS_US (120 * TIMES_SECOND_US)

struct replay {
	const struct replay_order *order;
	struct detect *detect;
	struct flow_decoder *decoder;
	struct indicator_list *indicators;
	struct replay_cases *cases;
	struct rng rng;
	struct flow_record *records; /* of text, to be sorted */
	size_t count, capacity;
	struct flow_record batch[FLOW_BATCH_MAX];
	uint64_t taken, not_ip;
	uint32_t sampling; /* largest 1:N met */
	bool refused;      /* something was, or was lost; it has been said */
	int broken;        /* 0, or what a file that breaks off answered */
	struct progress_bar bar;
	int error;
};

/* The first error counts. */
static void
fail(struct replay *replay, int error)
{
	if (!replay->error)
		replay->error = error;
}

static void
say(void *context, const struct sighting *sighting)
{
	struct replay *replay = context;
	char line[LINE_SIZE];
	struct text text;
	int error;

	progress_bar_yield(&replay->bar);
	text_init(&text, line, sizeof(line));
	if (replay->order->json)
		print_sighting(&text, sighting);
	else
		replay_text_sighting(&text, sighting);
	fputs(line, stdout);
	error = replay_cases_sighting(replay->cases, sighting);
	if (error)
		fail(replay, error);
}

/* The first record decides: text has no exporter whose timeouts are known. */
static bool
watching(struct replay *replay, bool text)
{
	struct detect_conf *conf = &replay->order->conf->detect;

	if (replay->detect)
		return true;
	if (text) {
		conf->lateness_us = TEXT_LATENESS_US;
		conf->time_error_us = 0; /* one clock wrote it all */
	}
	replay->detect = detect_new(conf);
	if (!replay->detect)
		fail(replay, LZ_E_MEMORY);
	return replay->detect != NULL;
}

/* As the sensor does: a disputed exporter's records count no more. */
static void
heed_exporter(struct replay *replay, uint32_t index)
{
	struct flow_exporter_stats exporter;

	flow_decoder_exporter(replay->decoder, index, &exporter);
	if (exporter.disputed)
		detect_dispute(replay->detect, index);
	detect_exporter(replay->detect, index, &exporter.addr);
}

/* At most FLOW_BATCH_MAX records: text, or what one datagram held. */
static void
feed(struct replay *replay, const struct flow_record *records, size_t count)
{
	const bool text = records[0].marks & FLOW_TEXT;
	struct flow_record *batch = replay->batch;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		batch[kept] = records[i];
		if (!flow_thin(&batch[kept], replay->order->sample,
			       &replay->rng))
			continue;
		if (batch[kept].sampling > replay->sampling)
			replay->sampling = batch[kept].sampling;
		kept++;
	}
	if (kept == 0 || !watching(replay, text))
		return;
	if (!text)
		heed_exporter(replay, records[0].exporter);
	replay->taken += kept;
	detect_flows(replay->detect, batch, kept, say, replay);
}

static void
keep(struct replay *replay, const struct flow_record *record)
{
	if (replay->count == replay->capacity) {
		size_t room = replay->capacity * 2 + 4096;
		struct flow_record *grown;

		if (room > REPLAY_RECORDS_MAX)
			room = REPLAY_RECORDS_MAX;
		if (replay->count == room) {
			fail(replay, LZ_E_FULL);
			return;
		}
		grown = realloc(replay->records, room * sizeof(*grown));
		if (!grown) {
			fail(replay, LZ_E_MEMORY);
			return;
		}
		replay->records = grown;
		replay->capacity = room;
	}
	replay->records[replay->count++] = *record;
}

static void
take(void *context, const struct flow_record *records, size_t count)
{
	struct replay *replay = context;

	if (replay->error || count == 0)
		return;
	if (!(records[0].marks & FLOW_TEXT)) {
		feed(replay, records, count);
		return;
	}
	for (size_t i = 0; i < count && !replay->error; i++)
		keep(replay, &records[i]);
}

static int
by_export(const void *a, const void *b)
{
	const struct flow_record *x = a, *y = b;

	if (x->exported.us != y->exported.us)
		return x->exported.us < y->exported.us ? -1 : 1;
	return memcmp(x, y, sizeof(*x));
}

static int
prepare(struct replay *replay)
{
	struct conf *conf = replay->order->conf;
	const struct replay_cases_conf cases = {.conf = conf,
						.seed = replay->order->seed,
						.json = replay->order->json,
						.out = stdout};
	uint64_t refused = 0;

	replay->cases = replay_cases_new(&cases);
	if (!replay->cases)
		return LZ_E_FORMAT;
	rng_init(&replay->rng, replay->order->seed);
	/* The same key each time: so is the order of what comes out. */
	replay->indicators = indicator_files_read(conf, (struct hash_key){1, 2},
						  &refused);
	if (!replay->indicators)
		return LZ_E_FORMAT;
	replay->refused = refused > 0;
	conf->detect.indicators = replay->indicators;
	if (replay->order->sample > 1)
		conf->detect.sampling = replay->order->sample;
	replay->decoder = flow_decoder_new(&conf->flow);
	return replay->decoder ? 0 : LZ_E_MEMORY;
}

static void
progress(void *context, uint64_t done, uint64_t total)
{
	struct replay *replay = context;

	progress_bar_show(&replay->bar, done, total,
			  replay->count + replay->taken);
}

/* Named on standard error, with what is missing in the result. */
static void
lose(struct replay *replay, const char *file, uint64_t count, const char *what)
{
	if (count == 0)
		return;
	progress_bar_end(&replay->bar);
	fprintf(stderr, "lazaret replay: %s%s%llu %s\n", file,
		*file ? ": " : "", (unsigned long long)count, what);
	replay->refused = true;
}

static int
read_file(struct replay *replay, const char *path, enum input_format *format)
{
	const struct replay_order *order = replay->order;
	const struct input_conf input = {.format = order->format,
					 .zone_offset_s = order->zone_offset_s,
					 .decoder = replay->decoder,
					 .sink = take,
					 .progress = replay->bar.shows
							 ? progress
							 : NULL,
					 .context = replay};
	struct input_result result;
	int error = input_file(path, &input, &result);

	progress_bar_end(&replay->bar);
	if (error) {
		fprintf(stderr, "lazaret replay: %s\n", result.message);
		return error;
	}
	/* Text of one sort can be sorted among another's. */
	if (*format != INPUT_AUTO && (result.format == INPUT_DATAGRAMS) !=
					 (*format == INPUT_DATAGRAMS)) {
		fprintf(stderr,
			"lazaret replay: %s: text and captures can't be "
			"replayed together: text waits until it is sorted\n",
			path);
		return LZ_E_STATE;
	}
	*format = result.format;
	replay->not_ip += result.text.not_ip;
	lose(replay, path, result.text.refused, "rows refused, the last one:");
	if (result.text.refused)
		fprintf(stderr, "%s:%llu: %s\n", path,
			(unsigned long long)result.text.refused_line,
			result.text.reason);
	return 0;
}

static int
read_files(struct replay *replay)
{
	enum input_format format = INPUT_AUTO;
	int error = 0;

	for (int i = 0; i < replay->order->file_count && !error; i++) {
		error = read_file(replay, replay->order->files[i], &format);
		if (!error)
			error = replay->error;
	}
	/* A file that breaks off: what was read until there is shown. */
	if (error == LZ_E_FORMAT && replay->count + replay->taken > 0) {
		replay->broken = error;
		error = 0;
	}
	return error;
}

/* What no other place has said. */
static void
explain_failure(const struct replay *replay)
{
	if (replay->error == LZ_E_FULL)
		fprintf(
		    stderr,
		    "lazaret replay: more than %u text records, which are "
		    "kept in memory to be sorted; split the input by time\n",
		    REPLAY_RECORDS_MAX);
	else if (replay->error)
		fprintf(stderr, "lazaret replay: %s\n",
			lz_strerror(replay->error));
}

/* What the datagrams said that could not be used. */
static void
account(struct replay *replay)
{
	const uint32_t count = flow_decoder_exporter_count(replay->decoder);
	struct flow_decoder_stats stats;
	uint64_t lost = 0, undecoded = 0, malformed = 0, disputed = 0;

	flow_decoder_stats(replay->decoder, &stats);
	for (unsigned i = 0; i < FLOW_MALFORMED_COUNT; i++)
		malformed += stats.malformed[i];
	for (uint32_t i = 0; i < count; i++) {
		struct flow_exporter_stats exporter;

		flow_decoder_exporter(replay->decoder, i, &exporter);
		if (exporter.superseded)
			continue;
		lost += exporter.lost;
		undecoded += exporter.undecoded;
		disputed += exporter.disputed;
	}
	lose(replay, "", stats.unsupported, "datagrams of unsupported form");
	lose(replay, "", malformed, "datagrams malformed");
	lose(replay, "", lost, "datagrams (IPFIX: records) lost on the way");
	lose(replay, "", undecoded, "data sets without a template");
	lose(replay, "", disputed,
	     "exporters disputed: their records count no more; see `lazaret "
	     "decode`");
}

static void
summary(const struct replay *replay, double seconds)
{
	const uint32_t sampling = replay->sampling ? replay->sampling : 1;
	char line[LINE_SIZE];
	struct detect_stats stats;
	struct replay_counts counts;
	struct json_writer json;
	struct text text;
	uint64_t floor_pps =
	    (uint64_t)detect_floor_pps(&replay->order->conf->detect, sampling);

	detect_stats(replay->detect, &stats);
	replay_cases_count(replay->cases, &counts);
	if (!replay->order->json) {
		replay_cases_tell(replay->cases);
		printf("%llu records, %llu sightings, %llu cases, %llu "
		       "notices, %llu measures; floor %llu packets/s at 1:%u; "
		       "%llu packets late, %llu rows not IP\n",
		       (unsigned long long)replay->taken,
		       (unsigned long long)stats.sightings,
		       (unsigned long long)counts.cases,
		       (unsigned long long)counts.notices,
		       (unsigned long long)counts.measures,
		       (unsigned long long)floor_pps, sampling,
		       (unsigned long long)stats.late_milli_packets / 1000,
		       (unsigned long long)replay->not_ip);
		fprintf(stderr, "replay: %.2f s\n", seconds);
		return;
	}
	text_init(&text, line, sizeof(line));
	json_writer_init(&json, &text);
	json_open_object(&json, NULL);
	json_u64(&json, "v", 1);
	json_string(&json, "kind", "summary");
	json_u64(&json, "records", replay->taken);
	json_milli(&json, "seconds", (uint64_t)(seconds * 1000));
	json_u64(&json, "records_per_s",
		 (uint64_t)((double)replay->taken / (seconds + 1e-9)));
	json_u64(&json, "sightings", stats.sightings);
	json_u64(&json, "cases", counts.cases);
	json_u64(&json, "notices", counts.notices);
	json_u64(&json, "measures", counts.measures);
	json_u64(&json, "floor_pps", floor_pps);
	json_u64(&json, "late_packets", stats.late_milli_packets / 1000);
	json_u64(&json, "not_ip", replay->not_ip);
	json_close_object(&json);
	puts(line);
}

/* What was kept, in the order a live exporter would have sent it. */
static int
feed_kept(struct replay *replay)
{
	const size_t total = replay->count;

	if (total == 0)
		return replay->error;
	qsort(replay->records, total, sizeof(*replay->records), by_export);
	for (size_t at = 0; at < total && !replay->error;) {
		const size_t left = total - at;
		const size_t count = left < FLOW_BATCH_MAX ? left
							   : FLOW_BATCH_MAX;

		feed(replay, replay->records + at, count);
		at += count;
		progress_bar_show(&replay->bar, at, total, at);
	}
	progress_bar_end(&replay->bar);
	return replay->error;
}

/* Closes what is open; the clock stops at the last record. */
static int
finish(struct replay *replay)
{
	struct detect_stats stats;

	if (!watching(replay, false))
		return replay->error;
	detect_end(replay->detect, say, replay);
	detect_stats(replay->detect, &stats);
	if (!replay->error && stats.records > 0)
		fail(replay,
		     replay_cases_end(replay->cases,
				      (struct at_event){stats.record_time_us}));
	return replay->error;
}

int
replay_run(const struct replay_order *order, bool *refused)
{
	struct replay replay = {.order = order};
	struct timespec began, ended;
	int error;

	clock_gettime(CLOCK_MONOTONIC, &began);
	progress_bar_init(&replay.bar, "replay");
	error = crypto_init();
	if (!error)
		error = prepare(&replay);
	if (!error)
		error = read_files(&replay);
	if (!error)
		error = feed_kept(&replay);
	if (!error)
		error = finish(&replay);
	if (!error) {
		account(&replay);
		clock_gettime(CLOCK_MONOTONIC, &ended);
		summary(&replay,
			(double)(ended.tv_sec - began.tv_sec) +
			    (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
	}
	explain_failure(&replay);
	*refused = replay.refused;
	replay_cases_free(replay.cases);
	free(replay.records);
	detect_free(replay.detect);
	flow_decoder_free(replay.decoder);
	indicator_list_free(replay.indicators);
	crypto_fini();
	return error ? error : replay.broken;
}
