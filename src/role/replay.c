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
#include "role/replay_cases.h"

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
	uint64_t taken, not_ip;
	unsigned shown; /* of the progress bar */
	int error;
};

static void
print(const struct replay *replay, const struct sighting *sighting)
{
	char line[LINE_SIZE], subject[SUBJECT_TEXT_SIZE];
	char time[TIMES_RFC3339_SIZE];
	struct text text;

	if (replay->order->json) {
		text_init(&text, line, sizeof(line));
		print_sighting(&text, sighting);
		fputs(line, stdout);
		return;
	}
	text_init(&text, subject, sizeof(subject));
	subject_format(&text, &sighting->subject);
	text_init(&text, time, sizeof(time));
	times_format(&text, sighting->time.us);
	printf("%s  %-18s %-16s %s  weight %d, %u packets%s\n", time, subject,
	       rsit_class_name(sighting->class), sighting->detector,
	       sighting->weight_milli, sighting->samples,
	       sighting->marks & SIGHTING_SPOOFABLE ? ", spoofable" : "");
}

static void
say(void *context, const struct sighting *sighting)
{
	struct replay *replay = context;
	int error;

	print(replay, sighting);
	error = replay_cases_sighting(replay->cases, sighting);
	if (error && !replay->error)
		replay->error = error;
}

/* The first record decides: text has no exporter whose timeouts are known. */
static bool
watching(struct replay *replay, bool text)
{
	struct detect_conf *conf = &replay->order->conf->detect;

	if (replay->detect)
		return true;
	if (text)
		conf->lateness_us = TEXT_LATENESS_US;
	replay->detect = detect_new(conf);
	if (!replay->detect)
		replay->error = LZ_E_MEMORY;
	return replay->detect != NULL;
}

static void
feed(struct replay *replay, const struct flow_record *record)
{
	struct flow_record thinned = *record;

	if (!flow_thin(&thinned, replay->order->sample, &replay->rng))
		return;
	if (!watching(replay, record->marks & FLOW_TEXT))
		return;
	replay->taken++;
	detect_flows(replay->detect, &thinned, 1, say, replay);
}

static bool
keep(struct replay *replay, const struct flow_record *record)
{
	if (replay->count == replay->capacity) {
		size_t more = replay->capacity * 2 + 4096;
		void *grown = more > REPLAY_RECORDS_MAX
				  ? NULL
				  : realloc(replay->records,
					    more * sizeof(*replay->records));

		if (!grown) {
			replay->error = LZ_E_FULL;
			return false;
		}
		replay->records = grown;
		replay->capacity = more;
	}
	replay->records[replay->count++] = *record;
	return true;
}

static void
take(void *context, const struct flow_record *records, size_t count)
{
	struct replay *replay = context;

	for (size_t i = 0; i < count && replay->error == 0; i++) {
		if (records[i].marks & FLOW_TEXT)
			(void)keep(replay, &records[i]);
		else
			feed(replay, &records[i]);
	}
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

	replay->cases = replay_cases_new(&cases);
	if (!replay->cases)
		return LZ_E_FORMAT;
	rng_init(&replay->rng, replay->order->seed);
	/* The same key each time: so is the order of what comes out. */
	replay->indicators = indicator_files_read(conf, (struct hash_key){1, 2},
						  NULL);
	if (!replay->indicators)
		return LZ_E_FORMAT;
	conf->detect.indicators = replay->indicators;
	if (replay->order->sample > 1)
		conf->detect.sampling = replay->order->sample;
	replay->decoder = flow_decoder_new(&conf->flow);
	return replay->decoder ? 0 : LZ_E_MEMORY;
}

/* Reading, and for text the second half: what was read is looked at. */
static void
progress(void *context, uint64_t done, uint64_t total)
{
	static const char full[] = "##############################";
	struct replay *replay = context;
	const unsigned width = sizeof(full) - 1;
	const unsigned filled = total ? (unsigned)(done * width / total)
				      : width;

	if (filled == replay->shown)
		return;
	replay->shown = filled;
	fprintf(stderr, "\rreplay: [%-*.*s] %llu records ", (int)width,
		(int)filled, full,
		(unsigned long long)(replay->count ? replay->count
						   : replay->taken));
	if (done >= total)
		fputc('\n', stderr);
}

static int
read_files(struct replay *replay)
{
	const struct replay_order *order = replay->order;
	struct input_conf input = {.format = order->format,
				   .zone_offset_s = order->zone_offset_s,
				   .decoder = replay->decoder,
				   .sink = take,
				   .progress = isatty(STDERR_FILENO) ? progress
								     : NULL,
				   .context = replay};

	for (int i = 0; i < order->file_count; i++) {
		struct input_result result;
		int error = input_file(order->files[i], &input, &result);

		if (error) {
			fprintf(stderr, "lazaret replay: %s\n", result.message);
			return error;
		}
		replay->not_ip += result.argus.not_ip;
	}
	if (replay->error == LZ_E_FULL)
		fprintf(stderr,
			"lazaret replay: more than %u text records; sort and "
			"split the file\n",
			REPLAY_RECORDS_MAX);
	return replay->error;
}

static void
summary(const struct replay *replay, double seconds)
{
	uint32_t sampling = replay->order->sample;
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
	const bool show = isatty(STDERR_FILENO);

	if (replay->count == 0)
		return replay->error;
	replay->shown = 0;
	qsort(replay->records, replay->count, sizeof(*replay->records),
	      by_export);
	for (size_t i = 0; i < replay->count && !replay->error; i++) {
		feed(replay, &replay->records[i]);
		if (show && i % 4096 == 0)
			progress(replay, i, replay->count);
	}
	if (show)
		progress(replay, replay->count, replay->count);
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
	if (replay->error || stats.records == 0)
		return replay->error;
	return replay_cases_end(replay->cases,
				(struct at_event){stats.record_time_us});
}

int
replay_run(const struct replay_order *order)
{
	struct replay replay = {.order = order};
	struct timespec began, ended;
	int error;

	clock_gettime(CLOCK_MONOTONIC, &began);
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
		clock_gettime(CLOCK_MONOTONIC, &ended);
		summary(&replay,
			(double)(ended.tv_sec - began.tv_sec) +
			    (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
	}
	replay_cases_free(replay.cases);
	free(replay.records);
	detect_free(replay.detect);
	flow_decoder_free(replay.decoder);
	indicator_list_free(replay.indicators);
	crypto_fini();
	return error;
}
