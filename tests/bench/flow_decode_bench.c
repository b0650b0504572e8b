/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records a second that one core decodes and counts, from a ring of 4096
 * distinct datagrams in memory (no socket): median of five rounds, and their
 * spread.  The counting is what a sink must at least do: it reads every record.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "flow_ring.h"

#define ROUNDS 5
#define PASSES 10

static void
count(void *context, const struct flow_record *records, size_t number)
{
	uint64_t *sum = context;

	for (size_t i = 0; i < number; i++)
		*sum += records[i].packets + records[i].src.bytes[15];
}

static double
round_of(const struct flow_ring *ring, uint64_t *sum)
{
	static const struct flow_conf conf = {.key = {1, 2}};
	struct flow_decoder *decoder = flow_decoder_new(&conf);
	struct flow_decoder_stats stats;
	struct timespec from, to;
	double seconds;

	if (!decoder)
		abort();
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (size_t pass = 0; pass < PASSES; pass++) {
		for (size_t i = 0; i < FLOW_RING; i++) {
			struct flow_datagram datagram = {
			    .source = addr_from_v4(0xcb007101u),
			    .source_port = 50000,
			    .arrival = {FLOW_RING_NOW_US},
			    .bytes = ring->bytes[i],
			    .length = ring->length[i]};

			if (flow_decoder_datagram(decoder, &datagram, count,
						  sum) < 0)
				abort();
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	flow_decoder_stats(decoder, &stats);
	flow_decoder_free(decoder);
	seconds = (double)(to.tv_sec - from.tv_sec) +
		  (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	return (double)stats.records / seconds;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(const char *name, enum flow_protocol protocol, double goal)
{
	struct flow_ring *ring = malloc(sizeof(*ring));
	double rates[ROUNDS];
	uint64_t sum = 0;

	if (!ring)
		abort();
	flow_ring_fill(ring, protocol);
	for (size_t i = 0; i < ROUNDS; i++)
		rates[i] = round_of(ring, &sum);
	qsort(rates, ROUNDS, sizeof(rates[0]), ascending);
	fprintf(stderr,
		"%s: %.0f to %.0f records/s in %d rounds (sum %" PRIu64 ")\n",
		name, rates[0], rates[ROUNDS - 1], ROUNDS, sum);
	printf("bench: %s %.0f records/s goal %.0f %s\n", name,
	       rates[ROUNDS / 2], goal,
	       rates[ROUNDS / 2] >= goal ? "met" : "missed");
	free(ring);
}

int
main(void)
{
	measure("flow_decode_v9", FLOW_NETFLOW9, 4e6);
	measure("flow_decode_ipfix", FLOW_IPFIX, 3e6);
	return 0;
}
