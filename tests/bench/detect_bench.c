/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetFlow v9 datagrams through the decoder and all detectors on one core, at
 * ten thousand and at a million active subjects: records a second, and bytes of
 * the detectors' memory a subject.
 *
 * The traffic is made piece by piece and only decoding and detecting is timed,
 * in processor time of this one thread, because other jobs share the machine;
 * median of five rounds and their spread.  Record time runs on: each round is
 * 130 s of traffic behind a lateness of 120 s, so windows fill, are judged and
 * close; the first 130 s fill memory and aren't counted.  Half of the records
 * come back to a subject.  Per hundred: 73 TCP with a handshake, 2 SYN-only,
 * 23 UDP, 2 ICMP; half of the remote ends are 20,000 popular ones.
 *
 * Pools are of the default size, or larger where subjects ask for it: a pair
 * for each subject, and state of its own for a quarter of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "crypto/sha256.h"
#include "detect/detect.h"
#include "detect/indicators.h"
#include "flow/decoder.h"
#include "flow/export.h"

#define T0_US INT64_C(1767607200000000)
#define PIECE 1024 /* datagrams made, then timed */
#define ROUNDS 5
#define ROUND_US (130 * TIMES_SECOND_US)
#define ROUND_RECORDS 2000000u
#define POPULAR 20000u
#define INDICATORS 10000u

struct piece {
	size_t length[PIECE];
	int64_t now_us[PIECE];
	uint8_t bytes[PIECE][FLOW_EXPORT_DATAGRAM_MAX];
};

struct bench {
	uint32_t subjects;
	struct rng rng;
	struct flow_export export;
	struct flow_decoder *decoder;
	struct detect *detect;
	struct piece *piece;
	uint64_t made, sightings;
	int64_t now_us;
};

static void
say(void *context, const struct sighting *sighting)
{
	struct bench *bench = context;

	bench->sightings += sighting->role == ROLE_INFECTED;
}

static void
take(void *context, const struct flow_record *records, size_t count)
{
	struct bench *bench = context;

	detect_flows(bench->detect, records, count, say, bench);
}

static void
make_record(struct bench *bench, struct flow_record *record)
{
	struct rng *rng = &bench->rng;
	unsigned kind = (unsigned)rng_below(rng, 100);

	memset(record, 0, sizeof(*record));
	record->src = addr_from_v4(0x0a000000u +
				   (uint32_t)rng_below(rng, bench->subjects));
	record->dst = addr_from_v4(
	    rng_below(rng, 2)
		? 0xc6120000u + (uint32_t)rng_below(rng, POPULAR)
		: 0x20000000u + (uint32_t)rng_below(rng, 0x40000000u));
	record->sport = (uint16_t)(1024 + rng_below(rng, 60000));
	record->dport = rng_below(rng, 4) ? 443 : (uint16_t)rng_u64(rng);
	record->packets = 1 + rng_below(rng, 60);
	record->proto = kind < 75 ? 6 : kind < 98 ? 17 : 1;
	record->tcp_flags = kind < 73 ? 0x1b : kind < 75 ? 0x02 : 0;
	if (record->proto == 1)
		record->sport = record->dport = 0;
	record->bytes = record->packets * 500;
	record->end.us = bench->now_us - (int64_t)rng_below(rng, 1000000);
	record->start.us = record->end.us - (int64_t)rng_below(rng, 20000000);
	record->in_if = 7;
	record->out_if = 2;
	if (rng_below(rng, 2)) {
		struct addr addr = record->src;
		uint16_t port = record->sport;

		record->src = record->dst;
		record->dst = addr;
		record->sport = record->dport;
		record->dport = port;
	}
}

static void
make_piece(struct bench *bench)
{
	struct piece *piece = bench->piece;
	struct flow_record records[64];

	for (size_t i = 0; i < PIECE; i++) {
		struct at_event now = {bench->now_us};
		size_t taken;

		for (size_t k = 0; k < 64; k++)
			make_record(bench, &records[k]);
		taken = flow_export_datagram(&bench->export, now, records, 64,
					     piece->bytes[i],
					     &piece->length[i]);
		piece->now_us[i] = bench->now_us;
		bench->made += taken;
		bench->now_us =
		    T0_US +
		    (int64_t)(bench->made * (uint64_t)ROUND_US / ROUND_RECORDS);
	}
}

static double
seconds_of(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) +
	       (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

static double
time_piece(struct bench *bench)
{
	const struct piece *piece = bench->piece;
	struct timespec from, to;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (size_t i = 0; i < PIECE; i++) {
		struct flow_datagram datagram = {.source =
						     addr_from_v4(0xcb007101u),
						 .source_port = 50000,
						 .arrival = {piece->now_us[i]},
						 .bytes = piece->bytes[i],
						 .length = piece->length[i]};

		if (flow_decoder_datagram(bench->decoder, &datagram, take,
					  bench) < 0)
			abort();
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	return seconds_of(&from, &to);
}

/* Records a second over one round. */
static double
time_round(struct bench *bench)
{
	uint64_t before = bench->made;
	double seconds = 0;

	while (bench->made - before < ROUND_RECORDS) {
		make_piece(bench);
		seconds += time_piece(bench);
	}
	return (double)(bench->made - before) / seconds;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct indicator_list *
indicators(void)
{
	struct indicator_list *list = indicator_list_new((struct hash_key){0});
	char *text = malloc(INDICATORS * 64 + 64);
	size_t length;

	if (!list || !text)
		abort();
	length = (size_t)sprintf(text, "type,value,port,proto,source\n");
	for (uint32_t i = 0; i < INDICATORS; i++)
		length += (size_t)sprintf(text + length,
					  "address,203.0.%u.%u,%u,tcp,bench\n",
					  i >> 8 & 255, i & 255,
					  i % 3 ? 443 : 6667);
	if (indicator_list_add_csv(list, text, length, NULL, NULL) < 0 ||
	    indicator_list_seal(list) != 0)
		abort();
	free(text);
	return list;
}

static long
resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (!file || fscanf(file, "%*s %ld", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

static void
print_figures(const struct bench *bench, const char *size, double rate,
	      double rate_goal, double bytes_goal)
{
	struct detect_stats stats;
	double bytes;

	detect_stats(bench->detect, &stats);
	bytes = (double)stats.bytes / bench->subjects;
	fprintf(stderr,
		"%s: %" PRIu64 " records, %" PRIu32 " pairs, %" PRIu64
		" evicted, %" PRIu64 " late, %" PRIu64 " sightings, %" PRIu64
		" bytes\n",
		size, stats.records, stats.pairs, stats.pairs_evicted,
		stats.late_milli_packets / 1000, bench->sightings, stats.bytes);
	printf("bench: detect_records_%s %.0f records/s goal %.0f %s\n", size,
	       rate, rate_goal, rate >= rate_goal ? "met" : "missed");
	printf("bench: detect_bytes_%s %.0f bytes/subject goal %.0f %s\n", size,
	       bytes, bytes_goal, bytes <= bytes_goal ? "met" : "missed");
}

static void
measure(uint32_t subjects, const char *size, double rate_goal,
	double bytes_goal)
{
	static const struct flow_conf flow_conf = {.key = {1, 2}};
	struct inside_item item = {.assign = 128};
	struct prefix_map *map = prefix_map_new();
	struct indicator_list *list = indicators();
	struct bench bench = {.subjects = subjects, .now_us = T0_US};
	long resident = resident_bytes();
	double rates[ROUNDS], warm;
	struct detect_conf conf;

	detect_conf_init(&conf);
	if (!map || prefix_parse(slice_of("10.0.0.0/8"), &item.prefix) != 0 ||
	    prefix_map_add(map, &item.prefix, 0) != 0 ||
	    prefix_map_seal(map) != 0)
		abort();
	conf.inside = map;
	conf.items = &item;
	conf.source_filtered = true;
	conf.indicators = list;
	if (conf.pairs_max < subjects)
		conf.pairs_max = subjects;
	if (conf.subjects_max < subjects / 4)
		conf.subjects_max = subjects / 4;
	rng_init(&bench.rng, 1);
	flow_export_init(&bench.export, FLOW_NETFLOW9, 1, 1,
			 T0_US - TIMES_HOUR_US);
	bench.piece = malloc(sizeof(*bench.piece));
	bench.decoder = flow_decoder_new(&flow_conf);
	bench.detect = detect_new(&conf);
	if (!bench.piece || !bench.decoder || !bench.detect)
		abort();
	warm = time_round(&bench);
	for (size_t i = 0; i < ROUNDS; i++)
		rates[i] = time_round(&bench);
	qsort(rates, ROUNDS, sizeof(rates[0]), ascending);
	fprintf(stderr,
		"%s: %.0f while memory fills, then %.0f to %.0f records/s; "
		"%ld bytes more resident\n",
		size, warm, rates[0], rates[ROUNDS - 1],
		resident_bytes() - resident);
	print_figures(&bench, size, rates[ROUNDS / 2], rate_goal, bytes_goal);
	detect_free(bench.detect);
	flow_decoder_free(bench.decoder);
	free(bench.piece);
	indicator_list_free(list);
	prefix_map_free(map);
}

int
main(void)
{
	if (crypto_init() != 0)
		return 1;
	/* Ten thousand: 100 MiB in all. A million: 700 MiB. */
	measure(10000, "10k", 5e6, 10486);
	measure(1000000, "1M", 2.5e6, 734);
	crypto_fini();
	return 0;
}
