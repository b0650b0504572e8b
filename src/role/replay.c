/* SPDX-License-Identifier: Apache-2.0 */
/* Files to sightings, on the records' own clock. */
#include "role/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_writer.h"
#include "crypto/sha256.h"
#include "detect/detect.h"
#include "detect/indicators.h"
#include "flow/thin.h"
#include "role/print.h"

#define LINE_SIZE 4096
#define LIST_BYTES_MAX ((long)64 << 20)
#define TEXT_LATENESS_US (120 * TIMES_SECOND_US)

struct replay {
	const struct replay_order *order;
	struct detect *detect;
	struct flow_decoder *decoder;
	struct indicator_list *indicators;
	struct rng rng;
	struct flow_record *records; /* of text, to be sorted */
	size_t count, capacity;
	uint64_t taken, not_ip;
	int error;
};

static void
say(void *context, const struct sighting *sighting)
{
	const struct replay *replay = context;
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

static void
refused(void *context, uint64_t line, const char *reason)
{
	fprintf(stderr, "%s:%llu: %s\n", (const char *)context,
		(unsigned long long)line, reason);
}

/* One whole indicator file; bounded. */
static int
read_list(struct indicator_list *list, char *path)
{
	FILE *file = fopen(path, "re");
	char *bytes = NULL;
	long length = -1;
	int taken = LZ_E_FORMAT;

	if (file && fseek(file, 0, SEEK_END) == 0)
		length = ftell(file);
	if (length >= 0 && length <= LIST_BYTES_MAX)
		bytes = malloc((size_t)length + 1);
	if (bytes) {
		rewind(file);
		if (fread(bytes, 1, (size_t)length, file) == (size_t)length)
			taken = indicator_list_add_csv(list, bytes,
						       (size_t)length, refused,
						       path);
	}
	free(bytes);
	if (file)
		fclose(file);
	if (taken < 0)
		fprintf(stderr,
			"%s: no list of indicators could be read; expected "
			"CSV with a header line type,value,port,proto,...\n",
			path);
	return taken < 0 ? taken : 0;
}

static int
prepare(struct replay *replay)
{
	struct conf *conf = replay->order->conf;
	int error = 0;

	rng_init(&replay->rng, replay->order->seed);
	replay->indicators = indicator_list_new((struct hash_key){1, 2});
	if (!replay->indicators)
		return LZ_E_MEMORY;
	for (size_t i = 0; i < conf->indicator_file_count && !error; i++)
		error = read_list(replay->indicators, conf->indicator_files[i]);
	if (!error)
		error = indicator_list_seal(replay->indicators);
	if (error)
		return error;
	conf->detect.indicators = replay->indicators;
	if (replay->order->sample > 1)
		conf->detect.sampling = replay->order->sample;
	replay->decoder = flow_decoder_new(&conf->flow);
	return replay->decoder ? 0 : LZ_E_MEMORY;
}

static int
read_files(struct replay *replay)
{
	const struct replay_order *order = replay->order;
	struct input_conf input = {.format = order->format,
				   .zone_offset_s = order->zone_offset_s,
				   .decoder = replay->decoder,
				   .sink = take,
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
	struct json_writer json;
	struct text text;
	uint64_t floor_pps =
	    (uint64_t)detect_floor_pps(&replay->order->conf->detect, sampling);

	detect_stats(replay->detect, &stats);
	if (!replay->order->json) {
		printf("%llu records, %llu sightings; floor %llu packets/s at "
		       "1:%u; %llu packets late, %llu rows not IP\n",
		       (unsigned long long)replay->taken,
		       (unsigned long long)stats.sightings,
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
	json_u64(&json, "sightings", stats.sightings);
	json_u64(&json, "floor_pps", floor_pps);
	json_u64(&json, "late_packets", stats.late_milli_packets / 1000);
	json_u64(&json, "not_ip", replay->not_ip);
	json_close_object(&json);
	puts(line);
	fprintf(stderr, "replay: %.2f s\n", seconds);
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
	if (!error) {
		if (replay.count > 0)
			qsort(replay.records, replay.count,
			      sizeof(*replay.records), by_export);
		for (size_t i = 0; i < replay.count; i++)
			feed(&replay, &replay.records[i]);
		if (!watching(&replay, false))
			error = replay.error;
	}
	if (!error) {
		detect_end(replay.detect, say, &replay);
		clock_gettime(CLOCK_MONOTONIC, &ended);
		summary(&replay,
			(double)(ended.tv_sec - began.tv_sec) +
			    (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
	}
	free(replay.records);
	detect_free(replay.detect);
	flow_decoder_free(replay.decoder);
	indicator_list_free(replay.indicators);
	crypto_fini();
	return error;
}
