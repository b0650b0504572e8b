/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look-up by arithmetic: 256 plans of a /22 of outside addresses each (33 M
 * subscribers with 504 ports), three configurations one after the other, random
 * addresses, ports and times; median of five rounds, and their spread.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/rng.h"
#include "ident/deterministic_nat.h"

#define ROUNDS 5
#define LOOKUPS 2000000
#define PLANS 256
#define ADDRESSES 1024
#define T0 INT64_C(1767607200000000)
#define GOAL_NS 200.0

struct question {
	struct addr outside;
	uint16_t port;
	struct at_event at;
};

static struct deterministic_nat *
make(void)
{
	struct deterministic_nat *nat = deterministic_nat_new();
	uint32_t lines[2];

	if (!nat)
		abort();
	for (uint32_t i = 0; i < PLANS; i++) {
		for (uint32_t k = 0; k < 3; k++) {
			const uint16_t ports[3] = {504, 1008, 252};
			const uint32_t blocks = 64000 / ports[k];
			const uint32_t inside = 0x0a000000u + i * (1u << 18);
			const uint32_t outside = 0xc6120000u + i * ADDRESSES;
			struct deterministic_nat_plan plan = {
			    .inside_first = addr_from_v4(inside),
			    .inside_last =
				addr_from_v4(inside + blocks * ADDRESSES - 1),
			    .outside_first = addr_from_v4(outside),
			    .outside_last =
				addr_from_v4(outside + ADDRESSES - 1),
			    .inside_realm = 1,
			    .ports = ports[k],
			    .first = 1024,
			    .last = 65535,
			    .excluded_count = 1,
			    .excluded = {{5060, 5061}},
			    .from = {T0 + k * TIMES_DAY_US},
			    .to = {T0 + (k + 1) * TIMES_DAY_US}};
			const char *reason;

			if (deterministic_nat_add(nat, &plan, &reason) != 0) {
				fprintf(stderr, "%s\n",
					reason ? reason : "no memory");
				abort();
			}
		}
	}
	if (deterministic_nat_seal(nat, lines) != 0)
		abort();
	return nat;
}

static double
round_of(const struct deterministic_nat *nat, const struct question *questions,
	 uint64_t *sum)
{
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (size_t i = 0; i < LOOKUPS; i++) {
		struct deterministic_nat_tenant tenant;

		if (deterministic_nat_find(nat, &questions[i].outside,
					   questions[i].port, questions[i].at,
					   &tenant))
			*sum += addr_v4(&tenant.inside);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	return ((double)(to.tv_sec - from.tv_sec) * 1e9 +
		(double)(to.tv_nsec - from.tv_nsec)) /
	       LOOKUPS;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(void)
{
	struct deterministic_nat *nat = make();
	struct question *questions = calloc(LOOKUPS, sizeof(*questions));
	double ns[ROUNDS];
	uint64_t sum = 0;
	struct rng rng;

	if (!questions)
		abort();
	rng_init(&rng, 1);
	for (size_t i = 0; i < LOOKUPS; i++) {
		questions[i].outside = addr_from_v4(
		    0xc6120000u + (uint32_t)rng_below(&rng, PLANS * ADDRESSES));
		questions[i].port = (uint16_t)rng_u64(&rng);
		questions[i].at.us = T0 +
				     (int64_t)rng_below(&rng, 3 * TIMES_DAY_US);
	}
	for (size_t i = 0; i < ROUNDS; i++)
		ns[i] = round_of(nat, questions, &sum);
	qsort(ns, ROUNDS, sizeof(ns[0]), ascending);
	fprintf(stderr,
		"deterministic_nat: %.0f to %.0f ns in %d rounds (sum %" PRIu64
		")\n",
		ns[0], ns[ROUNDS - 1], ROUNDS, sum);
	printf("bench: deterministic_nat_lookup %.0f ns goal %.0f %s\n",
	       ns[ROUNDS / 2], GOAL_NS,
	       ns[ROUNDS / 2] <= GOAL_NS ? "met" : "missed");
	free(questions);
	deterministic_nat_free(nat);
	return 0;
}
